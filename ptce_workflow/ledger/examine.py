"""Examination of a ledger: bytes, chain, side rows, and whether each act was allowed."""

from __future__ import annotations

import re
from array import array
from base64 import b64decode
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any, Protocol

from msgspec import UNSET, Struct
from msgspec.structs import replace

from ptce_workflow.base.errors import PtceError
from ptce_workflow.base.runtime import pieces
from ptce_workflow.base.words import _
from ptce_workflow.ledger import line as raw
from ptce_workflow.ledger.events import base as events
from ptce_workflow.ledger.events import clauses, contest
from ptce_workflow.ledger.events.erasure import PersonalDataErased
from ptce_workflow.ledger.events.mail import MessagesPlanned, addressees
from ptce_workflow.ledger.events.transition import CandidatureHandedOver
from ptce_workflow.ledger.line import FIRST_PREV, Line, Malformed, commitment, digest
from ptce_workflow.ledger.state import (
    COURIER,
    INIT,
    SCHEDULER,
    ContestState,
    Key,
    counted,
    difference,
)
from ptce_workflow.process.candidature import Candidature
from ptce_workflow.process.letters.message import MailKey
from ptce_workflow.process.letters.planning import planner_of
from ptce_workflow.process.model.notification import CONTACT
from ptce_workflow.process.process import Process

LineOf = Callable[[int], events.Entry[Any] | None]
"""A line by its number; None for one that is gone or damaged."""

Findings = Iterator[tuple[int, str, str]]
"""What is wrong: at which line, what, and why."""


class SideRow(Protocol):
    """A side row as it is kept: whose it is, and what opens the commitment."""

    @property
    def subject(self) -> str: ...
    @property
    def salt(self) -> str: ...
    @property
    def data(self) -> str: ...


Rows = Mapping[int, events.Entry[Any] | None]
"""Lines that have a side row about somebody, by number."""


class SideRows:
    """The side rows of the lines taken in: those that are there, and those that are gone."""

    def __init__(self, line_of: LineOf) -> None:
        self._line_of = line_of
        self._absent: dict[str, dict[int, None]] = {}
        self._present: dict[str, array[int]] = {}
        # By their first half: a ledger has many, and no two random ones agree so far.
        self._salts: set[int] = set()
        self._erased: dict[str, dict[int, int]] = {}

    def take(self, n: int, committed: Mapping[str, str], rows: Sequence[SideRow]) -> Findings:
        """Takes in what a line commits itself to and the rows that are kept; what is wrong."""
        by_subject = {row.subject: row for row in rows}
        for subject, hash_ in committed.items():
            row = by_subject.get(subject)
            if row is None:
                self._absent.setdefault(subject, {})[n] = None
                continue
            self._present.setdefault(subject, array("Q")).append(n)
            if not self._is_new_salt(row.salt):
                yield n, _(clauses.SALT.says), subject
            if commitment(row.salt, row.data) != hash_:
                why = _("It is not what the line commits itself to.")
                yield n, _("A side row does not match."), why
        for subject in by_subject.keys() - committed.keys():
            why = _("The line says nothing of {subject}.").format(subject=subject)
            yield n, _("A side row does not belong."), why

    def _is_new_salt(self, salt: str) -> bool:
        if re.fullmatch(r"[0-9a-f]{64}", salt) is None:
            return False
        half, known = int(salt[:32], 16), len(self._salts)
        self._salts.add(half)
        return len(self._salts) > known

    def erase(self, subject: str, lines: Collection[int], by: int) -> None:
        self._erased.setdefault(subject, {}).update(dict.fromkeys(lines, by))

    def of(self, subject: str, until: int) -> Rows:
        """The lines up to one with a row about somebody that no line has erased so far."""
        erased = self._erased.get(subject, {})
        every = (*self._present.get(subject, ()), *self._absent.get(subject, ()))
        numbers = sorted(n for n in every if n <= until and n not in erased)
        return {n: self._line_of(n) for n in numbers}

    def finish(self) -> Findings:
        """Tells what can only be told at the end: what is gone without a word, or there again."""
        for subject, lines in self._absent.items():
            for n in lines.keys() - self._erased.get(subject, {}).keys():
                why = _("No later line says that it was erased.")
                yield n, _("A side row is gone."), why
        for subject, erased in self._erased.items():
            present = {*self._present.get(subject, ())}
            for n in present & erased.keys():
                why = _("Line {line} says that it was erased.").format(line=erased[n])
                yield n, _("A side row that was erased is there again."), why


KEYED = ("contest_created", "key_changed")
"""The kinds of line that tell by which key checkpoints are signed from there on."""
MAILED = ("message_sent", "message_uncertain")
"""The kinds of line that tell the hash of a mail that left, or may have left."""

_DOCUMENT = re.compile(r'"sha256":"([0-9a-f]{64})"')
_PROOF = re.compile(rb'"evidence":\{"sha256":"([0-9a-f]{64})"')
# As they stand in a line, which no text that somebody has typed can imitate: its quotes are masked.


def documents_in(data: str) -> list[str]:
    return _DOCUMENT.findall(data)


class Named(Struct):
    """The names that the lines so far have told.

    Shape: `rules` are hashes of processes; `documents` of files that were handed in, `proofs` of
    files of which nothing else was ever kept; `mails` the name and the hash of each, in order;
    `attached` the hashes of their attachments;
    `keys` the number of the line and the 32 bytes.
    """

    rules: set[str] = set()
    in_force: str = ""
    documents: set[str] = set()
    proofs: set[str] = set()
    mails: list[tuple[str, str]] = []
    attached: set[str] = set()
    keys: list[tuple[int, bytes]] = []

    def take(self, line: Line, content: bytes) -> None:
        self.rules.add(line.process)
        self.in_force = line.process
        data = line.data
        if line.type == "process_adopted":
            self.in_force = str(data.get("to"))
            self.rules.add(self.in_force)
        elif line.type in MAILED:
            self.mails.append((_text(data.get("message")), _text(data.get("sha256"))))
            attached = data.get("attached", ())
            self.attached.update(map(_text, attached if isinstance(attached, list) else ()))
        elif line.type in KEYED and isinstance(data.get("key"), str):
            self.keys.append((line.n, _bytes(data["key"])))
        self.proofs.update(proof.decode() for proof in _PROOF.findall(content))

    def take_lines(self, contents: Iterable[bytes]) -> None:
        for content in contents:
            with suppress(Malformed):
                self.take(raw.read(content), content)

    def take_sides(self, texts: Iterable[str]) -> None:
        for text in texts:
            if '"sha256":' in text:
                self.documents.update(documents_in(text))


def _text(value: Any) -> str:
    return value if isinstance(value, str) else "–"


def _bytes(text: str) -> bytes:
    try:
        return b64decode(text, validate=True)
    except ValueError:
        return b""


_OWN_ACTS = (contest.ProcessAdopted, contest.PersonEnrolled, contest.PersonLeft)
_ENGINES = (SCHEDULER.pseudonym, COURIER.pseudonym)
ProcessOf = Callable[[str], Process | None]


class ExaminedPast(events.Past):
    """The contest before a line that is examined: with side rows, and what its act has set off.

    `cause` is who did the last thing that follows from nothing, and when; `set_off` are the mails
    that this act sets off, by candidature ("" for the contest) and line, `planned` those that it
    plans.
    """

    def __init__(
        self,
        state: ContestState,
        counters: Callable[[], Mapping[Key, int]],
        process_of: ProcessOf,
        beside: SideRows,
    ) -> None:
        super().__init__(state, counters, process_of)
        self._beside = beside
        self.cause = ("", "")
        self.set_off: dict[str, dict[int, tuple[str, ...]]] = {}
        self.planned: set[MailKey] = set()

    def set_off_about(self, case_id: str) -> Mapping[int, tuple[str, ...]]:
        return self.set_off.get(case_id, {})

    def side_rows(self, subject: str) -> Rows:
        return self._beside.of(subject, self.state.n)

    def note(self, line: events.Entry[Any], process: Process | None) -> None:
        """Takes note of what the next line follows from, or is followed by."""
        event = line.data
        if not event.follows:
            if self.ends_with(line):
                self.set_off.clear()
                self.planned.clear()
            self.cause = cause_of(line)
            is_adoption = isinstance(event, contest.ProcessAdopted)
            self.adopted = (line.n, event.from_) if is_adoption else None
        if isinstance(event, MessagesPlanned):
            self.planned.update(one.key for one in event.messages)
        mails = () if process is None else event.announces(process)
        if not (mails or self.set_off):
            return
        case = self.case(line.case) if line.case else None
        if case is not None and case.taken_up is not None and event.move(case) is None:
            # What a sitting has upheld sets nothing off, nor does that it was taken up again.
            self.set_off.pop(case.id, None)
        elif mails:
            self.set_off.setdefault(line.case or "", {})[line.n] = mails

    def ends_with(self, line: events.Entry[Any]) -> bool:
        """True where the act before has ended: a line is of another one.

        In a rehearsal several acts may bear one instant; what changes who is written to is its own.
        """
        event = line.data
        return not event.follows and (isinstance(event, _OWN_ACTS) or cause_of(line) != self.cause)

    def unplanned(self, process: Process) -> Iterator[tuple[int, MailKey]]:
        """The mails that the act owed and did not plan, each with the line that set it off."""
        planner, people = planner_of(process), [*addressees(process, self.people())]
        # Where an address was erased since, who else was to be written to may hang on it.
        sure = [one for one in people if one.is_sure]
        every = [replace(one, is_sure=True) for one in people]
        for about, lines in self.set_off.items():
            case = self.case(about)
            undone = case is not None and case.decided is not None and case.decided.undone
            for n, name in ((n, name) for n, mails in lines.items() for name in mails):
                if process.definition.notifications[name].recipients.hold_files:
                    # No line tells who was sent which file.
                    continue
                readers = {*planner.readers(name, case, every)}
                for reader in planner.readers(name, case, sure):
                    key = MailKey(name, str(n), reader)
                    # Of a decision that is undone before its contact heard of it, nothing is told.
                    is_told = key in self.planned or (undone and reader == CONTACT)
                    if reader in readers and not is_told:
                        yield n, key


def cause_of(line: events.Entry[Any]) -> tuple[str, str]:
    return line.actor, line.at


# A line may say anything at all, and rules may be asked about it.
_SENSELESS = (
    *(LookupError, TypeError, ValueError, AttributeError, RuntimeError, ArithmeticError),
    PtceError,
)


class Fault(Struct, frozen=True):
    """Something wrong, and at which line; 0 for what concerns no line in particular."""

    line: int
    what: str
    why: str = ""


LedgerRows = Iterable[tuple[int, Any, Sequence[SideRow]]]
"""By number: the line, with its `prev` and the bytes `line`, or None; and the side rows."""
Stated = tuple[str, events.Entry[Any] | Malformed]
"""The hash of a stored line, and what it says, or why it says nothing."""


class Examiner:
    """Takes the lines in one by one, rebuilds what they amount to, and gathers every fault.

    `remarks` are what is lawful and has to be known all the same; `handed_to` are the origins of
    the ledgers that took candidatures over; `worked` is when time or the courier last wrote a line;
    `processes` those that judged lines, None for each that is missing.

    The hash of a line is only vouched for by what follows it: the `prev` of the next line or,
    for the last one, the head kept beside the ledger.
    """

    def __init__(self, process_of: ProcessOf, line_of: LineOf) -> None:
        self.faults: list[Fault] = []
        self.remarks: list[Fault] = []
        self.handed_to: set[str] = set()
        self.processes = _Archive(process_of)
        self.state = ContestState()
        self.counters = Counter[Key]()
        self.n = 0
        self.hash = FIRST_PREV
        self.worked = ""
        self._missing_processes: set[str] = set()
        # No method: what holds one of its own is a cycle, and stays in memory until collected.
        self._process = self.processes.__getitem__
        self._beside = SideRows(line_of)
        counters = self.counters
        self._past = ExaminedPast(self.state, lambda: counters, self._process, self._beside)
        self._memory: dict[str, object] = {}
        self._lost: set[str] = set()
        self._announced: events.Entry[Any] | None = None

    def examine(self, rows: LedgerRows, head_n: int, head_hash: str) -> None:
        for some in pieces(rows):
            contents = [row.line for _n, row, _sides in some if row is not None]
            # To hash and decode some lines in a row, and judge them then, takes a seventh less.
            hashes = list(map(digest, contents))
            read = zip(hashes, list(map(_decoded, contents)), strict=True)
            for n, row, sides in some:
                if row is None:
                    self._fault(n, _("A side row does not belong."), _("There is no such line."))
                    continue
                self._take(n, row.prev, row.line, sides, next(read))
                if sides:
                    self._examine_sides(n, sides)
        if head_n > self.n:
            what = _("The last lines are gone.")
            self._fault(self.n + 1, what, _("The ledger had {count} lines.").format(count=head_n))
        elif head_n < self.n:
            why = _(
                "By the head that is kept the last line written was line {count}. Where "
                "somebody has put that back, the lines after it are genuine."
            ).format(count=head_n)
            self._fault(head_n + 1, _("The line was added by other means."), why)
        elif head_hash != self.hash:
            why = _("Its hash is not the one that was kept when it was written.")
            self._fault(self.n, _("The line was changed."), why)
        self._announce(None)
        self._owed(None)
        if self.state.process and self._process(self.state.process) is None:
            self._missing(self.n, self.state.process)
        for fault in self._beside.finish():
            self._fault(*fault)

    def _examine_sides(self, n: int, sides: Sequence[SideRow]) -> None:
        """What else is examined of the side rows of a line that was taken in."""

    def _take(
        self, n: int, prev: str, content: bytes, sides: Sequence[SideRow], stated: Stated
    ) -> None:
        if n != self.n + 1:
            why = _("Line {before} is followed by line {after}.").format(before=self.n, after=n)
            self._fault(self.n + 1, _("The line is gone."), why)
        self.n, before = n, self.hash
        self.hash, line = stated
        if isinstance(line, Malformed):
            self._unread(n, prev, content, before, line)
            return
        if not line.prev == prev == before or line.n != n:
            self._chained(n, prev, line, before)
        if sides or line.pd:
            for fault in self._beside.take(self.n, line.pd or {}, sides):
                self._fault(*fault)
        self._lawful(line, sides)

    def _unread(self, n: int, prev: str, content: bytes, before: str, error: Malformed) -> None:
        """Tells of a line that no event is: damaged, or of another shape than its kind."""
        try:
            line = raw.decode(content)
        except Malformed as damage:
            self._fault(n, _("The line is damaged."), str(damage))
            return
        self._chained(n, prev, line, before)
        if events.kind_of(line.type) is None:
            self._fault(n, _("No line is of this kind."), line.type)
        else:
            self._fault(n, _(clauses.KIND.says), str(error))
        if line.case is not None:
            # What follows of it would only draw faults that are none of its own.
            self._lost.add(line.case)

    def _chained(self, n: int, prev: str, line: events.Entry[Any] | raw.Line, before: str) -> None:
        if line.n != n:
            what = _("The line is not in its place.")
            self._fault(n, what, _("It calls itself line {number}.").format(number=line.n))
        if prev != line.prev:
            what = _("The line is not in its place.")
            self._fault(n, what, _("The hash kept beside it is not the one that it names."))
        if line.prev != before and prev != before:
            why = _("Line {next} follows a line with another hash.").format(next=n)
            self._fault(max(n - 1, 1), _("The line was changed."), why)

    def _lawful(self, line: events.Entry[Any], rows: Sequence[SideRow]) -> None:
        process = self._process(line.process)
        if process is None:
            self._missing(self.n, line.process)
        before = self.state.cases.get(line.case) if line.case else None
        earlier = len(self.faults)
        sides = self._read(line, rows) if rows else events.NO_SIDES
        try:
            if process is not None and line.case not in self._lost:
                ctx = events.context_of(self._past, process, line, sides)
                ctx.memory, ctx.loaded_case = self._memory, before
                self._judge(ctx, line, before)
            self._owed(line)
            self._past.note(line, process)
            if line.actor in _ENGINES:
                self.worked = line.at
            events.apply(self.state, line, sides)
            self._count(process, line, before)
            if isinstance(line.data, CandidatureHandedOver):
                self.handed_to.add(line.data.origin)
            elif isinstance(line.data, PersonalDataErased):
                self._beside.erase(line.data.whose, line.data.lines, self.n)
        except _SENSELESS as error:
            self._memory.clear()
            if len(self.faults) == earlier and line.case not in self._lost:
                what = _("The line cannot be replayed.")
                self._fault(self.n, what, f"{type(error).__name__}: {error}")

    def _read(self, line: events.Entry[Any], rows: Sequence[SideRow]) -> events.Sides:
        sides = {}
        for row in rows:
            if row.subject not in (line.pd or ()):
                continue
            try:
                sides[row.subject] = events.read_side(line.type, row.data)
            except Malformed as error:
                self._fault(self.n, _(clauses.SIDE.says), str(error))
        return sides

    def _judge(
        self, ctx: events.Context, line: events.Entry[Any], before: Candidature | None
    ) -> None:
        for violation in self._of_every_line(line, ctx):
            self._violated(violation)
        if self._announced is not None or isinstance(line.data, contest.EngineChanged):
            self._announce(line)
        if line.data.about == ("contest" if line.case is not None else "candidature"):
            self._violated(clauses.ABOUT(line.type))
            return
        if before is None and line.case is not None and not line.data.opens:
            self._violated(clauses.NO_CASE(line.case))
            return
        for violation in line.data.validate_recorded(ctx):
            self._violated(violation)
        for noted in line.data.noted():
            self._remark(_(noted.clause.says), noted.why)
        accepted = self.state.hours.lived_twice(line.at)
        rules = () if accepted is None else line.data.owed(ctx, accepted)
        if accepted is not None and rules:
            what = _("Line {n} has accepted a clock set back: by it alone this was timely.")
            why = _("At {furthest}, up to where the lines went before, it would not hold: {rules}.")
            why = why.format(furthest=accepted.furthest, rules=", ".join(rules))
            self._remark(what.format(n=accepted.n), why)

    def _announce(self, line: events.Entry[Any] | None) -> None:
        """Tells of a change of engine that goes with no act of whoever wrote it."""
        before, self._announced = self._announced, None
        if before is not None and (line is None or cause_of(line) != cause_of(before)):
            self._fault(before.n, _(clauses.NO_ACT.says), before.actor)
        if line is not None and isinstance(line.data, contest.EngineChanged):
            self._announced = None if self._past.cause == cause_of(line) else line

    def _owed(self, line: events.Entry[Any] | None) -> None:
        """Remarks the mails that the act before a line, or the last one, owed and did not plan."""
        past = self._past
        if not past.set_off or not (line is None or past.ends_with(line)):
            return
        process = self._process(self.state.process)
        for n, mail in () if process is None else past.unplanned(process):
            why = _("{mail} to {reader}, on {at}.")
            why = why.format(mail=mail.notification, reader=mail.recipient, at=past.cause[1])
            self.remarks.append(Fault(n, _("A mail was owed, and no line plans it."), why))

    def _of_every_line(
        self, line: events.Entry[Any], ctx: events.Context
    ) -> Iterator[events.Violation]:
        event, state = line.data, self.state
        if (line.n == 1) is not isinstance(event, contest.ContestCreated):
            yield clauses.FIRST()
        if state.process and line.process != state.process:
            yield clauses.IN_FORCE(line.process[:12])
        if line.at < state.hours.last and line.type != "clock_accepted":
            why = _("{at} is before {last}, and no line says that the clock was set back.")
            yield clauses.IN_ORDER(why.format(at=line.at, last=state.hours.last))
        beginning = line.actor == INIT.pseudonym and not state.people
        if ctx.person is None and not beginning:
            yield clauses.ACTOR(line.actor)
        if line.by is not UNSET and not state.may_type(line.by, line.actor):
            yield clauses.TYPED(line.by)
        own = event.by_courier and line.actor == COURIER.pseudonym
        if event.follows and not own and cause_of(line) != self._past.cause:
            yield clauses.NO_CAUSE(line.actor)
        if line.pd:
            if event.private is None:
                yield clauses.SIDE(line.type)
            elif set(line.pd) != {event.subject(ctx)}:
                yield clauses.SUBJECT(", ".join(line.pd))

    def _missing(self, n: int, hash_: str) -> None:
        """Tells once of each process that is not there, at the first line that needs it."""
        if hash_ not in self._missing_processes:
            self._missing_processes.add(hash_)
            what = _("The process that judged this line is missing or damaged.")
            self._fault(n, what, _("Its hash is {hash}.").format(hash=hash_[:12]))

    def _count(
        self, process: Process | None, line: events.Entry[Any], before: Candidature | None
    ) -> None:
        if isinstance(line.data, contest.ProcessAdopted):
            adopted = self._process(line.data.to)
            if adopted is not None:
                self.counters.clear()
                self.counters.update(counted(adopted, self.state.cases.values()))
        if line.case is not None and process is not None:
            for key, moved in difference(process, before, self.state.cases[line.case]).items():
                self.counters[key] += moved

    def _violated(self, violation: events.Violation) -> None:
        """Tells of a clause that is broken: a remark where a rehearsal's clock is set back."""
        if violation.clause is clauses.IN_ORDER and self.state.rehearsal:
            self._remark(_(violation.clause.says), violation.why)
        else:
            self._fault(self.n, _(violation.clause.says), violation.why)

    def _remark(self, what: str, why: str) -> None:
        self.remarks.append(Fault(self.n, what, why))

    def _fault(self, n: int, what: str, why: str = "") -> None:
        self.faults.append(Fault(n, what, why))


def _decoded(content: bytes) -> events.Entry[Any] | Malformed:
    try:
        return events.decode(content)
    except Malformed as error:
        return error


class _Archive(dict[str, Process | None]):
    def __init__(self, process_of: ProcessOf) -> None:
        self._process_of = process_of

    def __missing__(self, hash_: str) -> Process | None:
        self[hash_] = process = self._process_of(hash_)
        return process
