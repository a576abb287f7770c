"""A unit of work: what one transaction reads and writes, by names that say so."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy.engine import Connection

from ptce_workflow.base.errors import PtceError
from ptce_workflow.base.words import _
from ptce_workflow.store.outbox import Outbox
from ptce_workflow.store.rows import (
    BriefRow,
    CandidatureRow,
    ContestRow,
    CounterRow,
    DueRow,
    LineRow,
    PersonRow,
    SideRow,
    sound,
)
from ptce_workflow.store.statements import Statement, Statements

Key = tuple[str, str]


class Unit(Outbox):
    """The reads and writes of one transaction; it interprets neither lines nor JSON."""

    def __init__(self, connection: Connection, statements: Statements) -> None:
        driver: Any = connection.connection.driver_connection
        self._driver = driver
        self._cursor: Any = driver.cursor()
        self._streams: list[Any] = []
        self._do = statements

    def close(self) -> None:
        """Lets go of what was read only in part; the transaction is about to end."""
        for cursor in (self._cursor, *self._streams):
            cursor.close()

    def _stream(self) -> Any:
        """A cursor of its own for rows that are read while others are asked for."""
        cursor = self._driver.cursor()
        self._streams.append(cursor)
        return cursor

    # The ledger and what it commits itself to.

    def append_lines(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Adds lines: `contest, n, prev, line`; the database refuses any that is not the next."""
        self._write(self._do.add_line, rows)

    def add_sides(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Adds side rows: `contest, n, subject, salt, data`."""
        self._write(self._do.add_side, rows)

    def set_head(self, contest: str, n: int, hash_: str) -> None:
        """Keeps the number and the hash of the last line."""
        self._do.set_head.run(self._cursor, of_contest=contest, head_n=n, head_hash=hash_)

    def line(self, contest: str, n: int) -> bytes:
        """The bytes of a line.

        *Raises* KeyError when there is none.
        """
        row = self._do.line.run(self._cursor, contest=contest, n=n).fetchone()
        if row is None:
            raise KeyError(n)
        return bytes(row[0])

    def lines_of_kind(self, contest: str, kind: str) -> list[tuple[int, bytes]]:
        """The lines of a kind, in order: their numbers and their bytes."""
        end = f'"type":"{kind}"}}\n'.encode()
        values = {"contest": contest, "before_end": len(end) - 1, "end": end}
        found = self._do.lines_of_kind.run(self._cursor, **values)
        return [(n, bytes(content)) for n, content in found]

    def side(self, contest: str, n: int, subject: str) -> str | None:
        """What is left of a line's side row about a subject; None once it is erased."""
        row = self._do.side.run(self._cursor, contest=contest, n=n, subject=subject).fetchone()
        return None if row is None else str(row[0])

    def entries(self, contest: str) -> Iterator[tuple[int, LineRow | None, list[SideRow]]]:
        """Every line with the side rows of its number, in order, read as it goes.

        *Shape* number, line, side rows; the line is None for side rows that have none.
        """
        lines = self._do.lines.run(self._stream(), contest=contest)
        sides = map(SideRow._make, self._do.sides.run(self._stream(), contest=contest))
        side = next(sides, None)
        for n, prev, content in lines:
            while side is not None and side.n < n:
                yield side.n, None, [side]
                side = next(sides, None)
            own = []
            while side is not None and side.n == n:
                own.append(side)
                side = next(sides, None)
            yield n, LineRow(n, prev, bytes(content)), own
        while side is not None:
            yield side.n, None, [side]
            side = next(sides, None)

    def archive_process(self, process: str, files: Mapping[str, bytes]) -> None:
        """Keeps the bytes of a process, unless they are kept already."""
        if not self.process_files(process):
            rows = [
                {"process": process, "path": path, "content": content}
                for path, content in files.items()
            ]
            self._do.add_process_file.run_many(self._cursor, rows)

    def process_files(self, process: str) -> dict[str, bytes]:
        """The bytes of a process by path; nothing when they are not kept."""
        found = self._do.process_files.run(self._cursor, process=process)
        return {path: bytes(content) for path, content in found}

    def add_document(self, content: bytes) -> None:
        """Keeps a document, unless it is kept already."""
        sha256 = hashlib.sha256(content).hexdigest()
        if self._do.document.run(self._cursor, sha256=sha256).fetchone() is None:
            self._do.add_document.run(self._cursor, sha256=sha256, content=content)

    def document(self, sha256: str) -> bytes | None:
        """The bytes of a document."""
        row = self._do.document.run(self._cursor, sha256=sha256).fetchone()
        return None if row is None else bytes(row[0])

    # The contest.

    def add_contest(self, row: ContestRow) -> None:
        """Begins a contest."""
        self._do.add_contest.run(self._cursor, **row._asdict())

    def contest(self, contest: str) -> ContestRow:
        """A contest of the database.

        *Raises* KeyError when there is none of that name.
        """
        row = self._do.contest.run(self._cursor, contest=contest).fetchone()
        if row is None:
            raise KeyError(contest)
        return _contest(row)

    def contests(self) -> list[ContestRow]:
        """Every contest of the database."""
        return [_contest(row) for row in self._do.contests.run(self._cursor)]

    def set_process(self, contest: str, process: str) -> None:
        """Puts a process in force."""
        self._do.set_process.run(self._cursor, of_contest=contest, process=process)

    def set_versions(self, contest: str, versions: str) -> None:
        """Keeps the versions that the last `engine_changed` line tells."""
        self._do.set_versions.run(self._cursor, of_contest=contest, versions=versions)

    # Candidatures.

    def candidature(self, contest: str, ref: str) -> CandidatureRow | None:
        """The candidature of that reference."""
        row = self._do.candidature.run(self._cursor, contest=contest, ref=ref).fetchone()
        return None if row is None else sound(CandidatureRow, row)

    def candidature_by_id(self, contest: str, id_: str) -> CandidatureRow:
        """The candidature behind an id that another row names.

        *Raises* KeyError when there is none.
        """
        row = self._do.candidature_by_id.run(self._cursor, contest=contest, id=id_).fetchone()
        if row is None:
            raise KeyError(id_)
        return sound(CandidatureRow, row)

    def every_candidature(self, contest: str) -> Iterator[CandidatureRow]:
        """Every candidature, in the order of their references as text, read as it goes."""
        found = self._do.every_candidature.run(self._stream(), contest=contest)
        return (sound(CandidatureRow, row) for row in found)

    def briefs(self, contest: str, state: str | None = None) -> list[BriefRow]:
        """Every candidature, or those of one state, by number and without what weighs."""
        found = (
            self._do.briefs.run(self._cursor, contest=contest)
            if state is None
            else self._do.briefs_of_state.run(self._cursor, contest=contest, state=state)
        )
        return [sound(BriefRow, row) for row in found]

    def add_candidatures(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Adds candidatures, every column named."""
        self._write(self._do.add_candidature, rows)

    def update_candidatures(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Changes candidatures, every column named; `was` is the version that each had."""
        self._change(self._do.update_candidature, rows)

    def move_candidatures(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Changes candidatures but for their names and what may be erased; see above."""
        self._change(self._do.move_candidature, rows)

    def _change(self, statement: Statement, rows: Sequence[Mapping[str, Any]]) -> None:
        if not rows:
            return
        self._write(
            statement,
            [{**row, "of_contest": row["contest"], "of_id": row["id"]} for row in rows],
        )
        if self._cursor.rowcount != len(rows):
            raise PtceError(
                _("Someone else changed a candidature at the same time; nothing was written."),
                mend=_("Look at it again, then try again."),
            )

    # Counters and due instants.

    def counters(self, contest: str) -> dict[Key, int]:
        """Every counter, by name and bucket."""
        found = self._do.counters.run(self._cursor, contest=contest)
        counters = (sound(CounterRow, row) for row in found)
        return {(counter.name, counter.bucket): counter.value for counter in counters}

    def add_to_counters(self, contest: str, moved: Mapping[Key, int]) -> None:
        """Moves counters, from nothing where there was none."""
        rows = [
            {"contest": contest, "name": name, "bucket": bucket, "value": value}
            for (name, bucket), value in moved.items()
        ]
        self._write(self._do.add_to_counter, rows)

    def replace_counters(self, contest: str, counters: Mapping[Key, int]) -> None:
        """Sets every counter anew."""
        self._do.clear_counters.run(self._cursor, contest=contest)
        self.add_to_counters(contest, counters)

    def replace_due(self, contest: str, case_id: str, rows: Mapping[str, tuple[str, bool]]) -> None:
        """Sets the due instants of a candidature anew: by transition, when, and whether tried."""
        self._do.clear_due.run(self._cursor, contest=contest, case_id=case_id)
        keys = {"contest": contest, "case_id": case_id}
        self._write(
            self._do.add_due,
            [
                {**keys, "transition": transition, "at": at, "tried": tried}
                for transition, (at, tried) in rows.items()
            ],
        )

    def due_until(self, contest: str, at: str) -> list[DueRow]:
        """What is due by an instant and was not tried yet, in the order of time."""
        found = self._do.due_until.run(self._cursor, contest=contest, at=at, tried=False)
        return [_due(row) for row in found]

    def every_due(self, contest: str) -> list[DueRow]:
        """Every due instant, in the order of time."""
        return [_due(row) for row in self._do.every_due.run(self._cursor, contest=contest)]

    # People.

    def people(self, contest: str) -> list[PersonRow]:
        """Everyone enrolled, by pseudonym."""
        return [_person(row) for row in self._do.people.run(self._cursor, contest=contest)]

    def person(self, contest: str, who: str) -> PersonRow | None:
        """The person of that pseudonym or login, one who is active before one who left."""
        row = self._do.person.run(self._cursor, contest=contest, who=who).fetchone()
        return None if row is None else _person(row)

    def put_person(self, row: Mapping[str, Any]) -> None:
        """Keeps a person, every column named, in place of what was kept before."""
        self._do.remove_person.run(self._cursor, contest=row["contest"], pseudonym=row["pseudonym"])
        self._do.add_person.run(self._cursor, **row)


# SQLite has no booleans: what comes out of it is 0 or 1.


def _contest(row: Sequence[Any]) -> ContestRow:
    found = sound(ContestRow, row)
    return found._replace(rehearsal=bool(found.rehearsal))


def _due(row: Sequence[Any]) -> DueRow:
    found = sound(DueRow, row)
    return found._replace(tried=bool(found.tried))


def _person(row: Sequence[Any]) -> PersonRow:
    found = sound(PersonRow, row)
    return found._replace(active=bool(found.active))
