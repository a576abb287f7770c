"""Single acts that something interrupts: each stands whole or not at all, whatever was told."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from signal import SIGKILL

from faults.bases import Base, Sqlite, copied, other_kind, settle
from faults.stage import GONE, GROUP, LEASE, dossier_file, judged, kinds, mails, panel
from faults.tally import Run, Tally
from ptce_workflow.app.audit.verify import verify
from ptce_workflow.app.locations import database_url
from ptce_workflow.app.retention.backup import copied_to
from ptce_workflow.app.retention.held import list_remarks
from ptce_workflow.base.errors import PtceError
from ptce_workflow.base.runtime import SetClock, elapsed_seconds
from ptce_workflow.store.database import Database
from ptce_workflow.store.rows import LineRow
from tests.one_pass import Pass
from tests.rehearsal import BEGINNING, edit, move, opened
from tests.voting import MEETING

PATIENCE = 40
"""How often one act is interrupted at most before it is let through."""

OURS = "fault is its own"
"""What no command ever ought to say."""


@dataclass(frozen=True)
class Act:
    """What is typed, in which contest, at which instant; `prepare` is done to the folder first.

    `kills` is how often it is killed in a whole campaign. What it writes outside of its contest
    goes to `output`, in a folder of its own; `{target}` is a database of the other kind.
    """

    name: str
    kills: int
    words: tuple[str, ...]
    contest: Callable[[Base, Path], Path] = mails
    now: datetime = BEGINNING
    prepare: Callable[[Path], object] = lambda folder: None

    @property
    def moves(self) -> bool:
        """Whether it leaves the database in which the contest is."""
        return "{target}" in self.words


def _another_place(folder: Path) -> None:
    with opened(folder, SetClock(BEGINNING)) as contest:
        edit(contest, "config.toml", "value = 2,", "value = 3,")


def _backup(folder: Path) -> None:
    with opened(folder, SetClock(BEGINNING)) as contest:
        kept = folder.parent / "kept.db"
        kept.unlink(missing_ok=True)
        copied_to(contest, kept)
        move(contest, "withdraw", *GROUP)


ACTS = (
    Act("add", 20, ("add", "{home}/nouveau.json", "{home}/suivant.json")),
    Act("record", 15, ("record", GROUP[0], "dossier", "amount=450", "theme=care")),
    Act("advance", 30, ("advance", *GROUP, "submit")),
    Act("adopt", 20, ("adopt", "--reason", "Une place de plus."), prepare=_another_place),
    Act("erase", 25, ("erase", GONE, "--reason", "À sa demande.", "--yes")),
    Act("checkpoint", 10, ("checkpoint",)),
    Act("export", 10, ("export", "{home}/output", "--force")),
    Act("backup", 10, ("backup", "{home}/output/copy.db", "--force")),
    Act("restore", 10, ("restore", "{home}/kept.db", "--yes"), prepare=_backup),
    Act("move", 10, ("move", "{target}")),
    Act(
        "deliberate",
        30,
        ("deliberate", "--present", "north,south,east,west", "--chair", "north", "--yes"),
        contest=panel,
        now=MEETING,
    ),
)
"""190 kills; the couriers' are beside them (see `kills`)."""


class Interrupted:
    """An act that is interrupted over and over, each time on what is left of the time before."""

    def __init__(self, run: Run, act: Act, tally: Tally) -> None:
        self.run, self.act, self.tally = run, act, tally
        self.home = run.place / act.name
        self.output, self.told = self.home / "output", run.told
        self.output.mkdir(parents=True)
        first = run.begun(act.contest)
        self.begun = shutil.copytree(first, self.home / "begun")
        self._own = run.base.copy(first)
        settle(self.begun, self._own)
        for name in ("nouveau", "suivant"):
            dossier_file(self.home, name)
        with self._contest("whole") as folder:
            began_s = elapsed_seconds()
            code = self.types(folder)
            self.usual_s = elapsed_seconds() - began_s
            if code != 0:
                raise RuntimeError(f"{act.name}: {code} {self.told.read_text('utf-8')}")
            self.after = kinds(folder)
        self.written = self._written()

    def close(self) -> None:
        """Does away with all that it has made."""
        shutil.rmtree(self.home)
        self.run.base.drop(self._own)

    def interrupt(self, folder: Path, turn: int) -> int:
        """Has the act begin, and interrupts it; its exit code."""
        raise NotImplementedError

    def types(self, folder: Path, lives_s: float | None = None, *, anew: bool = False) -> int:
        """Has the act typed, by somebody who may be killed; its exit code."""
        words = [word.format(home=self.home, target=self.target) for word in self.act.words]
        self.told.unlink(missing_ok=True)
        told, now = str(self.told), self.act.now
        one = Pass(folder, 0, now, killed_after_s=lives_s, words=words, told=told, anew=anew)
        return self.run.couriers.makes(one)

    def trial(self, name: str) -> None:
        """Interrupts the act in a contest of its own, until it stands."""
        shutil.rmtree(self.output, ignore_errors=True)
        self.output.mkdir()
        with (
            self._contest(name) as folder,
            self.tally.judging(f"{self.act.name} {name}"),
        ):
            for turn in range(PATIENCE):
                last = turn == PATIENCE - 1
                code = self.types(folder) if last else self.interrupt(folder, turn)
                if self.stands(folder, code):
                    self._afterwards(folder)
                    break

    @contextmanager
    def _contest(self, name: str) -> Iterator[Path]:
        """A contest to act in, and a place to which it may be moved."""
        place, self.target = self.home / "new", ""
        place.mkdir(exist_ok=True)
        with (
            copied(self.run.base, self.begun, self.home / name) as folder,
            other_kind(self.run.base, place) if self.act.moves else nullcontext("") as self.target,
        ):
            self.source = database_url(folder)
            # In each copy: a backup is restored in the database that it was made of.
            self.act.prepare(folder)
            self.before = kinds(folder)
            yield folder

    def stands(self, folder: Path, code: int) -> bool:
        """Whether the act stands, told or not; judges everything."""
        told = self.told.read_text("utf-8") if self.told.exists() else ""
        assert code in (0, 1, -SIGKILL), f"exit code {code}: {told}"
        assert OURS not in told, told
        self.tally.tried += code != 0
        self.tally.refused += code == 1
        self._count_announced(folder)
        with opened(folder, SetClock(self.act.now)) as contest:
            now = [line.type for line in judged(contest)]
        if now not in (self.before, self.after):
            self.tally.doubled += len(now) > max(len(self.before), len(self.after))
            raise AssertionError(f"half of it stands: {now[len(self.before) :]}")
        written = self._written()
        assert not written or written == self.written, f"half of {sorted(self.written)} is there"
        left = [one.name for one in self.home.rglob(".*") if folder not in one.parents]
        left += [one.name for one in folder.glob(".restore-*")]
        assert code != 0 or not left, f"{left} is left of an earlier one"
        if self.act.moves:
            # There was no room to write it down: a person is asked to, and does.
            if code == 0 and (asked := re.search('^url = "(.*)"$', told, re.MULTILINE)):
                settle(folder, asked[1])
            stands = self._moved(folder)
        else:
            stands = self.before != self.after == now
        assert code != 1 or not stands, f"it is called refused, and stands: {told}"
        if code == 0:
            self.tally.acts += 1
            is_whole = now == self.after and written == self.written
            if not is_whole or (self.act.moves and not stands):
                self.tally.loses(f"what {self.act.name} was told to have done: {told}")
        elif stands:
            self.tally.unsaid += 1
        else:
            return False
        return True

    def _moved(self, folder: Path) -> bool:
        """Whether the contest goes on in the other database: in one at most, in both the same."""
        ledgers, goes_on = list[list[LineRow]](), set[str | Path]()
        for place in (self.source, self.target if "://" in self.target else Path(self.target)):
            # There may be no table yet.
            with (
                suppress(PtceError),
                closing(Database.open(place)) as database,
                database.reading() as repo,
            ):
                goes_on |= {place for row in repo.contests() if not row.moved_to}
                ledgers += [list(repo.lines(row.contest)) for row in repo.contests()]
        assert len(goes_on) < 2, "it goes on in two databases"
        assert all(one == ledgers[0] for one in ledgers), "half of it is in the other database"
        return goes_on == {database_url(folder)} != {self.source}

    def _count_announced(self, folder: Path) -> None:
        """Counts an erasure that was announced and not done; it is only typed again."""
        with (
            opened(folder, SetClock(self.act.now)) as contest,
            contest.database.reading() as repo,
        ):
            told = [one for one in list_remarks(contest, repo) if not one.line]
            self.tally.announced += len(told)

    def _written(self) -> dict[str, bytes]:
        """What the act has written outside of its contest, whole; a copy is verified instead."""
        if not self.output.is_dir():
            return {}
        copy = self.output / "copy.db"
        if copy.exists():
            folder = self.home / "restored"
            shutil.copytree(self.begun, folder, ignore=shutil.ignore_patterns("ptce.db*"))
            shutil.copy(copy, folder / "ptce.db")
            settle(folder, "")
            with opened(folder, SetClock(self.act.now)) as contest:
                faults = verify(contest).faults
            shutil.rmtree(folder)
            assert faults == (), faults
            return {copy.name: b""}
        # What is not yet whole bears another name.
        return {
            file.name: file.read_bytes()
            for file in self.output.rglob("*")
            if file.is_file() and "/." not in str(file.relative_to(self.home))
        }

    def _afterwards(self, folder: Path) -> None:
        """What a kill left for later is done by the next pass: no byte of what was erased stays."""
        if self.act.name == "erase" and self.run.base.name == Sqlite.name:
            later = Pass(folder, 0, self.act.now + LEASE, words=["tick"])
            assert self.run.couriers.makes(later) == 0
            gone = f"c{int(GONE.removeprefix('C-'))}@collectif.example".encode()
            for file in folder.glob("ptce.db*"):
                assert gone not in file.read_bytes(), f"{file.name} holds what was erased"
