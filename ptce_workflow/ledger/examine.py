"""Examining a ledger: its bytes, its chain, its side rows, and whether each act was allowed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from pydantic_core import from_json

from ptce_workflow.base.words import _
from ptce_workflow.ledger import events
from ptce_workflow.ledger.legality import Court
from ptce_workflow.ledger.line import FIRST_PREV, Line, Malformed, commitment, decode, digest
from ptce_workflow.ledger.replay import NO_SIDES, World
from ptce_workflow.process.case import Case
from ptce_workflow.process.process import Process
from ptce_workflow.process.totals import Key, counted, difference


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong, and at which line; 0 for what concerns no line in particular."""

    line: int
    what: str
    why: str = ""


class SideRow(Protocol):
    """A side row as it is kept: whose it is, and what opens the commitment."""

    @property
    def subject(self) -> str:
        """Whose it is."""

    @property
    def salt(self) -> str:
        """What was hashed before the data."""

    @property
    def data(self) -> str:
        """Canonical JSON, without its line feed."""


ProcessOf = Callable[[str], Process | None]


class Examiner:
    """Takes the lines in one by one, rebuilds what they amount to, and gathers every fault.

    `remarks` are what is lawful and has to be known all the same.

    The hash of a line is only vouched for by what follows it: the `prev` of the next line or,
    for the last one, the head kept beside the ledger.
    """

    def __init__(self, process_of: ProcessOf) -> None:
        self.faults: list[Fault] = []
        self.remarks: list[Fault] = []
        self.world = World()
        self.counters: dict[Key, int] = {}
        self.n = 0
        self.hash = FIRST_PREV
        self._court = Court(self.world, self.counters, self._against, self._remark)
        self._process_of = process_of
        self._missing_processes: set[str] = set()
        self._absent: dict[tuple[int, str], Fault] = {}
        self._present: set[tuple[int, str]] = set()
        self._erased: dict[tuple[int, str], int] = {}

    def take(self, n: int, prev: str, content: bytes, sides: Sequence[SideRow]) -> None:
        """Examines the next stored line: its number and `prev` columns, its bytes, its sides."""
        if n != self.n + 1:
            self._tell(
                self.n + 1,
                _("The line is gone."),
                _("Line {before} is followed by line {after}.").format(before=self.n, after=n),
            )
        self.n, before, self.hash = n, self.hash, digest(content)
        try:
            line = decode(content)
        except Malformed as error:
            self._tell(n, _("The line is damaged."), str(error))
            return
        if not line.prev == prev == before or line.n != n:
            self._chained(n, prev, line, before)
        if sides or line.pd:
            self._sides_of(line, sides)
        self._lawful(line, sides)

    def finish(self, head_n: int, head_hash: str) -> None:
        """Tells what can only be told at the end: the head, and what is gone without a word."""
        if head_n > self.n:
            self._tell(
                self.n + 1,
                _("The last lines are gone."),
                _("The ledger had {count} lines.").format(count=head_n),
            )
        elif head_n < self.n:
            self._tell(
                head_n + 1,
                _("The line was added by other means."),
                _("The last line written was line {count}.").format(count=head_n),
            )
        elif head_hash != self.hash:
            self._tell(
                self.n,
                _("The line was changed."),
                _("Its hash is not the one that was kept when it was written."),
            )
        for key, fault in self._absent.items():
            if key not in self._erased:
                self.faults.append(fault)
        if self.world.process and self._process(self.world.process) is None:
            self._missing(self.n, self.world.process)
        for key in self._present & self._erased.keys():
            self._tell(
                key[0],
                _("A side row that was erased is there again."),
                _("Line {line} says that it was erased.").format(line=self._erased[key]),
            )
        for key in self._erased.keys() - self._present - self._absent.keys():
            self._tell(
                self._erased[key],
                _("The line tells of the erasure of what never was."),
                _("Line {line} has no such side row.").format(line=key[0]),
            )

    def _chained(self, n: int, prev: str, line: Line, before: str) -> None:
        if line.n != n:
            self._tell(
                n,
                _("The line is not in its place."),
                _("It calls itself line {number}.").format(number=line.n),
            )
        if prev != line.prev:
            self._tell(
                n,
                _("The line is not in its place."),
                _("The hash kept beside it is not the one that it names."),
            )
        if line.prev != before and prev != before:
            self._tell(
                max(n - 1, 1),
                _("The line was changed."),
                _("Line {next} follows a line with another hash.").format(next=n),
            )

    def _sides_of(self, line: Line, sides: Sequence[SideRow]) -> None:
        pd = line.pd or {}
        kept = {row.subject: row for row in sides}
        for subject, committed in pd.items():
            row = kept.get(subject)
            if row is None:
                self._absent[(self.n, subject)] = Fault(
                    self.n,
                    _("A side row is gone."),
                    _("No later line says that it was erased."),
                )
                continue
            self._present.add((self.n, subject))
            if commitment(row.salt, row.data) != committed:
                self._tell(
                    self.n,
                    _("A side row does not match."),
                    _("It is not what the line commits itself to."),
                )
        for subject in kept.keys() - pd.keys():
            self._tell(
                self.n,
                _("A side row does not belong."),
                _("The line says nothing of {subject}.").format(subject=subject),
            )

    def _lawful(self, line: Line, sides: Sequence[SideRow]) -> None:
        process = self._process(line.process)
        if process is None:
            self._missing(self.n, line.process)
        before = self.world.cases.get(line.case) if line.case else None
        try:
            if process is not None:
                self._court.hear(process, line)
            left = {row.subject: from_json(row.data) for row in sides} if sides else NO_SIDES
            self.world.apply(line, left)
            self._count(process, line, before)
            if line.type == events.PERSONAL_DATA_ERASED:
                subject = line.data["subject"]
                self._erased.update(((n, subject), self.n) for n in line.data["lines"])
        # A line may say anything at all, and rules may be asked about it.
        except (LookupError, TypeError, ValueError, AttributeError, RuntimeError) as error:
            self._tell(
                self.n,
                _("The line cannot be replayed."),
                f"{type(error).__name__}: {error}",
            )

    def _missing(self, n: int, hash_: str) -> None:
        """Tells once of each process that is not there, at the first line that needs it."""
        if hash_ not in self._missing_processes:
            self._missing_processes.add(hash_)
            self._tell(
                n,
                _("The process that judged this line is missing or damaged."),
                _("Its hash is {hash}.").format(hash=hash_[:12]),
            )

    def _count(self, process: Process | None, line: Line, before: Case | None) -> None:
        if line.type == events.PROCESS_ADOPTED:
            adopted = self._process(line.data["to"])
            if adopted is not None:
                self.counters.clear()
                self.counters.update(counted(adopted, self.world.cases.values()))
        if line.case is not None and process is not None:
            for key, moved in difference(process, before, self.world.cases[line.case]).items():
                self.counters[key] = self.counters.get(key, 0) + moved

    def _process(self, hash_: str) -> Process | None:
        return None if hash_ in self._missing_processes else self._process_of(hash_)

    def _against(self, what: str, why: object) -> None:
        self._tell(self.n, what, str(why))

    def _remark(self, what: str, why: object) -> None:
        self.remarks.append(Fault(self.n, what, str(why)))

    def _tell(self, n: int, what: str, why: str = "") -> None:
        self.faults.append(Fault(n, what, why))
