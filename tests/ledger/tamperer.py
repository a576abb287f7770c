"""Someone who owns a ledger, changes what it says, and chains it again from end to end."""

from __future__ import annotations

import json
import re
from base64 import b64decode
from collections.abc import Callable, Mapping
from functools import partial
from hashlib import sha256
from typing import Any

from msgspec import structs
from msgspec.structs import replace

from ptce_workflow.app.contest import Contest
from ptce_workflow.app.locations import PUBLIC_FILE
from ptce_workflow.ledger.checkpoint import public_pem
from ptce_workflow.ledger.examine import KEYED
from ptce_workflow.ledger.line import Line, canonical, commitment, decode, digest
from ptce_workflow.process.candidature import Candidature, Decided
from tests.ledger.recomposed import composed_anew
from tests.rehearsal import attack, forge, lines, rewrite, rewrite_contest
from tests.servers import by_hand

KEPT = ("What is kept", "A candidature is kept", "A candidature of the ledger is not kept")
"""How a fault begins that compares what is kept beside the ledger with the ledger.

A forger of lines rebuilds what is kept. That is spared here: verifying compares it only where it
finds no line unlawful, so a forged line is found where a fault says more than that.
"""


def salt_of(n: int, subject: str) -> str:
    """A salt of a side row that is made up: as random as any."""
    return sha256(f"{n} {subject}".encode()).hexdigest()


QUOTED = "The ledger is not the one that its mails quote"
"""How the fault begins that a forger is spared who composes every mail anew."""
Deed = Callable[[Any], object]
"""What is done to a database in somebody's hands."""


class Tamperer:
    """A contest whose lines are changed in memory, then written and chained anew.

    What is kept beside the ledger stays as it was, unless a statement says otherwise.
    """

    def __init__(self, contest: Contest, like: Tamperer | None = None) -> None:
        """Reads the ledger, unless somebody else has read the same one."""
        self.contest = contest
        if like is None:
            self._before = [decode(line) for line in lines(contest)]
            with by_hand(contest.folder) as database:
                rows = database.execute("SELECT n, subject, data FROM side").fetchall()
            self._rows = {(n, subject): data for n, subject, data in rows}
        else:
            self._before, self._rows = like._before, like._rows
        self.lines = [*self._before]
        self._origins: list[int | None] = [*range(1, len(self.lines) + 1)]
        self._sides: list[tuple[int, str, str, str]] = []
        self._deeds: dict[bool, list[Deed]] = {False: [], True: []}
        self._last: list[Callable[[], object]] = []
        self._rehead = False

    def line(self, n: int) -> Line:
        """A line as it stands."""
        return self.lines[n - 1]

    def find(self, type_: str, nth: int = 0, **data: Any) -> int:
        """The number of a line of a kind whose data hold these; the first, unless told."""
        found = [
            n
            for n, line in enumerate(self.lines, 1)
            if line.type == type_ and data.items() <= line.data.items()
        ]
        return found[nth]

    def case(self, ref: str) -> str:
        return self.line(self.find("candidature_opened", ref=ref)).case or ""

    def change(self, n: int, **columns: Any) -> int:
        """Changes what a line says beside its data; its number."""
        self.lines[n - 1] = replace(self.line(n), **columns)
        return n

    def data(self, n: int, **data: Any) -> int:
        """Changes some of a line's data; its number."""
        return self.change(n, data={**self.line(n).data, **data})

    def append(
        self,
        type_: str,
        *,
        actor: str = "P-001",
        case: str | None = None,
        at: str | None = None,
        side: Mapping[str, Mapping[str, Any]] | None = None,
        **data: Any,
    ) -> int:
        """Adds a line at the end, with its side rows; its number."""
        last, n = self.lines[-1], len(self.lines) + 1
        self.lines.append(Line(n, "", at or last.at, case, actor, type_, last.process, data, None))
        self._origins.append(None)
        for subject, content in (side or {}).items():
            self.side(n, subject, content)
        return n

    def again(self, n: int, *, at: str | None = None, **data: Any) -> int:
        """Adds a line like another one at the end, its side rows included; its number."""
        line = self.line(n)
        added = self.append(
            line.type, actor=line.actor, case=line.case, at=at, **{**line.data, **data}
        )
        for subject in line.pd or ():
            self.side(added, subject, {"reason": "Encore."})
        return added

    def side(self, n: int, subject: str, content: Mapping[str, Any], salt: str = "") -> int:
        """Gives a line a side row that it commits itself to; the line's number."""
        text = canonical(content).decode().rstrip("\n")
        salt = salt or salt_of(n, subject)
        self.change(n, pd={**(self.line(n).pd or {}), subject: commitment(salt, text)})
        self._sides.append((n, subject, salt, text))
        return n

    def drop(self, n: int) -> int:
        """Takes a line out, its side rows with it, and moves what follows up; its number.

        What names later lines and mails by their numbers is told anew, as a careful hand would.
        """
        gone = self.lines.pop(n - 1)
        self._origins.pop(n - 1)
        moved = {old: old - 1 for old in range(n + 1, len(self.lines) + 2)}
        for at, line in enumerate(self.lines):
            self.lines[at] = replace(line, data=_renumbered(line.data, moved))
        for subject in gone.pd or ():
            self.sql("DELETE FROM side WHERE n = ? AND subject = ?", n, subject)
        for old, new in moved.items():
            self.sql("UPDATE side SET n = ? WHERE n = ?", new, old)
            self.sql("UPDATE candidature SET version = ? WHERE version = ?", new, old)
            self.sql("UPDATE message SET occurrence = ? WHERE occurrence = ?", str(new), str(old))
        self._deeds[False] += [partial(rewrite, change=partial(_moved_up, n)), rewrite_contest]
        return n

    def swap(self, n: int) -> int:
        """Has a line and the next one change places, their side rows with them; its number."""
        self.lines[n - 1 : n + 1] = reversed(self.lines[n - 1 : n + 1])
        self.sql(
            "UPDATE side SET n = CASE n WHEN ? THEN -1 ELSE 0 END WHERE n IN (?, ?)", n, n, n + 1
        )
        self.sql("UPDATE side SET n = CASE n WHEN -1 THEN ? ELSE ? END WHERE n < 1", n + 1, n)
        return n

    def repeat(self, n: int) -> int:
        """Says a line once more at once; what follows moves down. Its number."""
        self.lines.insert(n, self.line(n))
        self.sql("UPDATE side SET n = -n - 1 WHERE n > ?", n)
        self.sql("UPDATE side SET n = -n WHERE n < 0")
        self.sql(
            "INSERT INTO side SELECT contest, ?, subject, salt, data FROM side WHERE n = ?",
            n + 1,
            n,
        )
        return n

    def subjects(self, n: int) -> list[str]:
        """Those of whom a line has a side row, erased ones left out."""
        return [subject for subject in self.line(n).pd or () if (n, subject) in self._rows]

    def row(self, n: int, subject: str) -> dict[str, Any]:
        """What a side row of a line holds."""
        return dict(json.loads(self._rows[n, subject]))

    def without_row(self, n: int, subject: str) -> int:
        """Takes a side row away, and what commits the line to it; the line's number."""
        left = {name: value for name, value in (self.line(n).pd or {}).items() if name != subject}
        self.sql("DELETE FROM side WHERE n = ? AND subject = ?", n, subject)
        return self.change(n, pd=left or None)

    def sql(self, statement: str, *values: Any, afterwards: bool = False) -> None:
        """Runs a statement once the lines are written, or once the triggers are there again."""
        self._deeds[afterwards].append(lambda database: database.execute(statement, values))

    def afterwards(self, deed: Callable[[], object]) -> None:
        """Has something done once all is written, and nobody has the database open."""
        self._last.append(deed)

    def edit(self, n: int, old: bytes, new: bytes) -> int:
        """Changes the bytes of a line that is written, and nothing else; its number."""

        def edited(database: Any) -> None:
            (line,) = database.execute("SELECT line FROM ledger WHERE n = ?", (n,)).fetchone()
            assert old in line
            line = line.replace(old, new)
            database.execute("UPDATE ledger SET line = ? WHERE n = ?", (line, n))

        self._deeds[False].append(edited)
        return n

    def head(self) -> None:
        """Has the head vouch for the bytes of the last line, whatever they are."""
        self._rehead = True

    def on_database(self, deed: Deed) -> None:
        """Does something to the database once the triggers are there again."""
        self._deeds[True].append(deed)

    def mail(self, number: int) -> bytes:
        with by_hand(self.contest.folder) as database:
            found = database.execute("SELECT content FROM mail WHERE number = ?", (number,))
            return bytes(found.fetchone()[0])

    @property
    def forged(self) -> bool:
        """Tells whether a line was put in, taken out, moved or written anew."""
        # By identity: 1 and true are equal to Python, and different bytes.
        return [*map(id, self.lines)] != [*map(id, self._before)]

    @property
    def reaches_back(self) -> bool:
        """Tells whether a line that was there is gone, changed or in another place."""
        return [*map(id, self.lines[: len(self._before)])] != [*map(id, self._before)]

    def write(self, *, composing: bool = False) -> None:
        """Writes it all, every number and hash in its place.

        A patient hand is `composing`: it has every later mail quote the lines as they are now.
        """
        with attack(self.contest) as database:
            if self.forged:
                forge(database, self.lines)
            for deed in self._deeds[False]:
                deed(database)
            if composing:
                forge(database, composed_anew(database, self.lines, self._origins))
            for n, subject, salt, text in self._sides:
                (name,) = database.execute("SELECT contest FROM contest").fetchone()
                database.execute("DELETE FROM side WHERE n = ? AND subject = ?", (n, subject))
                database.execute(
                    "INSERT INTO side (contest, n, subject, salt, data) VALUES (?, ?, ?, ?, ?)",
                    (name, n, subject, salt, text),
                )
            if self._rehead:
                (last,) = database.execute("SELECT line FROM ledger ORDER BY n DESC").fetchone()
                database.execute("UPDATE contest SET head_hash = ?", (digest(last),))
        with by_hand(self.contest.folder) as database:
            for deed in self._deeds[True]:
                deed(database)
        if composing:
            # Whoever owns the database owns the file beside it, with the key that the lines tell.
            keys = [line.data["key"] for line in self.lines if line.type in KEYED]
            (self.contest.folder / PUBLIC_FILE).write_text(public_pem(b64decode(keys[-1])).decode())
        for last in self._last:
            last()


def _moved_up(n: int, case: Candidature) -> Candidature:
    """Moves up the lines that a candidature names, after one that is gone."""
    return case.but(
        version=case.version - (case.version > n),
        rectified={name: by - (by > n) for name, by in case.rectified.items()},
        decided=_decided_before(n, case.decided),
    )


def _decided_before(n: int, decided: Decided | None) -> Decided | None:
    """A decision, its line and those of the decisions that it tells moved up."""
    if decided is None:
        return None
    against, before = (_decided_before(n, one) for one in (decided.against, decided.before))
    line = decided.n - (decided.n > n)
    return structs.replace(decided, against=against, before=before, n=line)


def _renumbered(data: Mapping[str, Any], moved: Mapping[int, int]) -> Any:
    """The data of a line after others have moved: a mail that a line set off bears its number."""
    text = json.dumps(data)
    return json.loads(
        re.sub(
            r'("occurrence": )"(\d+)"',
            lambda found: f'{found[1]}"{moved.get(int(found[2]), int(found[2]))}"',
            text,
        )
    )
