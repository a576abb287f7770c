"""The history of a candidature from the ledger: its lines, notes, rectifications, meetings."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from functools import cache, cached_property
from itertools import takewhile
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from ptce_workflow.app.contest import Contest, Watch, atomic
from ptce_workflow.app.preconditions import check_sees_all
from ptce_workflow.app.refusals import UNREADABLE, damaged_line, unknown_reference, without_role
from ptce_workflow.app.transaction import Transaction
from ptce_workflow.base.errors import Misuse
from ptce_workflow.base.notation import from_text
from ptce_workflow.base.runtime import nothing_to_collect
from ptce_workflow.base.words import _, language
from ptce_workflow.ledger.events import base as events
from ptce_workflow.ledger.events import clauses
from ptce_workflow.ledger.events.facts import (
    Facts,
    FactsRectified,
    MailReceived,
    Mended,
    NoteText,
    NoteWritten,
)
from ptce_workflow.ledger.events.panel import MarksMended, ScoresRectified
from ptce_workflow.ledger.line import Malformed, commitment, decode, digest, line_instant
from ptce_workflow.ledger.state import ContestState, counted
from ptce_workflow.process.candidature import Candidature
from ptce_workflow.process.fields.base import legible, normalise
from ptce_workflow.process.process import Process, institution_label
from ptce_workflow.process.visibility import SEES_ALL
from ptce_workflow.store.database import Repository
from ptce_workflow.store.rows import ContestRow, LineRow, SideRow

RecordedWords = str | None
"""Words that people wrote: "" when there were none, None once they were erased."""


def recorded_words(line: events.Entry[Any], sides: events.Sides, subject: str) -> RecordedWords:
    if subject not in (line.pd or {}):
        return ""
    side = sides.get(subject)
    return side.reason if isinstance(side, events.Reason) else None


class HistoryEntry(Struct, frozen=True):
    """A line of a candidature, what is left of its side row, the process of its day.

    `roles` are those of whoever acted, or the one that the engine plays itself.
    """

    line: events.Entry[Any]
    side: events.Side | None
    process: Process
    roles: tuple[str, ...]


def history(contest: Contest, ref: str) -> tuple[HistoryEntry, ...]:
    """Every line of a candidature, without what is closed. Raises: Misuse."""
    with contest.looking() as tx:
        (case,) = map(tx.seen, tx.load([ref]))
        people = {person.pseudonym: person.roles for person in tx.people()}
        lines = entries_about(tx.unit, contest.id, case.id)
        entries = (_seen(tx, case, line, side, people) for line, side in lines)
        return tuple(entry for entry in entries if entry is not None)


def _seen(
    tx: Transaction,
    case: Candidature,
    line: events.Entry[Any],
    side: events.Side | None,
    people: Mapping[str, tuple[str, ...]],
) -> HistoryEntry | None:
    """A line about a candidature, as far as the actor may see it; None where they may not."""
    if isinstance(line.data, NoteWritten | MailReceived) and SEES_ALL.isdisjoint(tx.actor.roles):
        return None
    process = tx.process_of(line.process)
    if case.closed:
        data = line.data.as_seen(process, case, tx.actor.institution or "")
        if data is None:
            return None
        line = replace(line, data=data)
        side = side.as_seen(case) if isinstance(side, Facts) else side
    return HistoryEntry(line, side, process, people.get(line.actor, (line.actor,)))


def entries_between(
    tx: Transaction, first: int, last: int
) -> Iterator[tuple[HistoryEntry, Candidature | None]]:
    """The lines after `first` up to `last`, each with its candidature, without what is closed."""
    people = {person.pseudonym: person.roles for person in tx.people()}
    cases = {case.id: tx.seen(case) for case in tx.every_case()}
    rows = (row for row in tx.unit.entries(tx.contest) if first < row[0] <= last)
    for line, sides, _stored in _read(rows):
        case = cases.get(line.case or "")
        if case is not None:
            entry = _seen(tx, case, line, sides.get(case.id), people)
        else:
            roles = people.get(line.actor, (line.actor,))
            side = next(iter(sides.values()), None)
            entry = HistoryEntry(line, side, tx.process_of(line.process), roles)
        if entry is not None:
            yield entry, case


def unchained(contest: Contest, ref: str) -> tuple[int, ...]:
    """The lines about a candidature that are not those for which the next line vouches.

    Nor are those whose side rows are others than they committed themselves to. Whether the whole
    chain holds, `verify` tells: here only what is about to be read is looked at. Raises: Misuse.
    """
    with contest.looking() as tx:
        unit = tx.unit
        row, head = unit.candidature(contest.id, ref), unit.contest(contest.id)
        if row is None:
            raise unknown_reference(unit, contest.id, ref)
        entries = unit.entries_about(contest.id, row.id)
        vouched = {n: _is_vouched_for(unit, head, line, sides) for n, line, sides in entries}
        # Its last line is known, even where it tells of nobody any more.
        return tuple(n for n in sorted({row.version, *vouched}) if not vouched.get(n))


def _is_vouched_for(
    repo: Repository, head: ContestRow, row: LineRow, sides: Sequence[SideRow]
) -> bool:
    try:
        line = decode(row.line)
        vouched = head.head_hash
        if row.n < head.head_n:
            vouched = decode(repo.line(head.contest, row.n + 1)).prev
    except (KeyError, Malformed):
        return False
    committed = {side.subject: commitment(side.salt, side.data) for side in sides}
    same = (line.n, line.prev, digest(row.line)) == (row.n, row.prev, vouched)
    return same and committed.items() <= (line.pd or {}).items()


def last_line(repo: Repository, contest: str, at: str) -> int:
    """The number of the last line by an instant, or 0. Raises: PtceError."""
    last = 0
    head = repo.contest(contest).head_n
    with suppress(KeyError, Malformed):
        if line_instant(repo.line(contest, head)) <= at:
            return head
    for row in repo.lines(contest):
        try:
            if line_instant(row.line) <= at:
                last = row.n
        except (Malformed, TypeError) as error:
            raise damaged_line(row.n, error) from error
    return last


class Step(Struct, dict=True):
    """A line with its side rows, and the contest as the lines before it left it.

    `content` is its bytes, `stored` its side rows as they are kept. The `state` goes on with the
    line when the step is taken, or else when the next one is asked for.
    """

    line: events.Entry[Any]
    sides: events.Sides
    state: ContestState
    content: bytes
    stored: Sequence[SideRow]
    process_of: Callable[[str], Process]
    is_taken: bool = False

    @cached_property
    def process(self) -> Process:
        return self.process_of(self.line.process)

    @cached_property
    def context(self) -> events.Context:
        # Counted where a rule reads totals that its line does not tell, and once.
        counters = cache(lambda: counted(self.process, self.state.cases.values()))
        past = events.Past(self.state, counters, self.process_of)
        return events.context_of(past, self.process, self.line, self.sides)

    def ranked(self, panel: str) -> int:
        return sum(self.process.is_ranked(panel, case) for case in self.state.cases.values())

    def take(self) -> Candidature | None:
        """Moves the state on by the line; the candidature as it was. Raises: PtceError."""
        self.is_taken = True
        line, case_id = self.line, self.line.case
        try:
            before = None if case_id is None else self.state.cases.get(case_id)
            events.apply(self.state, line, self.sides)
        except UNREADABLE as error:
            raise damaged_line(line.n, error) from error
        return before


def steps(
    tx: Transaction,
    last: int | None = None,
    watch: Watch | None = None,
    state: ContestState | None = None,
    label: str = "",
) -> Iterator[Step]:
    """The lines of the ledger, or those up to the `last` one, each with the contest before it.

    `label` says what is done with them to whoever waits. A `state` is gone on with.

    Raises: PtceError for a line or a side row that is damaged, or that does not follow from those
    before it.
    """
    unit, state = tx.unit, ContestState() if state is None else state
    head = unit.contest(tx.contest).head_n
    rows = unit.entries(tx.contest)
    if last is not None and last < head:
        rows = takewhile(lambda row: row[0] <= last, rows)
    if watch is not None:
        rows = watch(rows, label or _("Reading the ledger"), head if last is None else last)
    for line, sides, (content, stored) in _read(rows):
        step = Step(line, sides, state, content, stored, tx.process_of)
        yield step
        if not step.is_taken:
            step.take()


def _read(
    rows: Iterable[tuple[int, LineRow | None, list[SideRow]]],
) -> Iterator[tuple[events.Entry[Any], events.Sides, tuple[bytes, list[SideRow]]]]:
    """Each line with its side rows, read, and both as they are stored. Raises: PtceError."""
    for n, row, stored in rows:
        if row is not None:
            try:
                line, sides = events.read_row(row.line, stored)
            except Malformed as error:
                raise damaged_line(n, error) from error
            yield line, sides, (row.line, stored)


def ledger_origin(repo: Repository, contest: str) -> str:
    """The random origin of a ledger, from its first line. Raises: PtceError."""
    try:
        return str(events.read(repo.line(contest, 1)).data.origin)
    except (LookupError, AttributeError, ValueError) as error:
        raise damaged_line(1, error) from error


def lines_of(
    repo: Repository, contest: str, kinds: Collection[type[events.Event]]
) -> Iterator[tuple[events.Entry[Any], bytes]]:
    """The lines of some kinds, with their bytes. Raises: PtceError."""
    # `type` is the last key of a line.
    ends = tuple(f'"type":"{kind.kind}"}}\n'.encode() for kind in kinds)
    for row in repo.lines(contest):
        if row.line.endswith(ends):
            try:
                yield events.read(row.line), row.line
            except Malformed as error:
                raise damaged_line(row.n, error) from error


def entries_about(
    repo: Repository, contest: str, case_id: str
) -> Iterator[tuple[events.Entry[Any], Any]]:
    """The lines of a candidature, each with its side row, or None. Raises: PtceError."""
    for line, sides, _stored in _read(repo.entries_about(contest, case_id)):
        yield line, sides.get(case_id)


LONGEST_NOTE = 100_000


class Noted(Struct, frozen=True):
    text: str
    actor: str
    at: datetime
    line: int


@atomic
def note(tx: Transaction, ref: str, text: str) -> tuple[Process, Candidature, Noted]:
    (case,) = tx.load([ref])
    return tx.process, case, write_note(tx, case, text)


def write_note(tx: Transaction, case: Candidature, text: str) -> Noted:
    """Writes a note down, without unseen signs. Raises: Misuse, TextRefused, PtceError."""
    words = normalise(legible(text), multiline=True, max_length=LONGEST_NOTE)
    if not any(map(str.isalnum, words)):
        raise Misuse(_("A note without words says nothing."), mend=_("Write what to remember."))
    what = _("Only the desk may write a note about a candidature.")
    refused = {clauses.DESK: lambda _violation: without_role(tx.actor, ("desk",), what)}
    tx.record(case.id, NoteWritten(), NoteText(words), refused)
    return Noted(words, tx.actor.pseudonym, tx.now, tx.n)


def notes(tx: Transaction, case: Candidature) -> Iterator[Noted]:
    """The notes that were not erased, for the desk; else none. Raises: PtceError."""
    if SEES_ALL.isdisjoint(tx.actor.roles):
        return
    for line, side in entries_about(tx.unit, tx.contest, case.id):
        if isinstance(side, NoteText):
            yield Noted(side.text, line.actor, from_text(line.at), line.n)


class Rectification(Struct, frozen=True):
    """An answer, or a mark, that was mended: before and after, why, what proves it, its line.

    `reason` is None once it was erased.
    """

    ref: str
    name: str
    label: str
    before: str
    after: str
    reason: str | None
    evidence: str
    at: datetime
    line: int


def rectifications(
    repo: Repository, contest: str, process: Process, case: Candidature
) -> tuple[Rectification, ...]:
    """Each mended answer, with its last mending. Raises: PtceError."""
    found: list[Rectification] = []
    for n in sorted({*case.rectified.values()}):
        try:
            line = events.read(repo.line(contest, n))
            beside = repo.side(contest, n, case.id)
            side = events.read_side(line.type, beside) if beside else None
            corrections = tuple(rectified(process, case, line.data, side, from_text(line.at), n))
        except UNREADABLE as error:
            raise damaged_line(n, error) from error
        found += [one for one in corrections if case.rectified[one.name] == n]
    return tuple(found)


def rectified(
    process: Process,
    case: Candidature,
    event: FactsRectified | ScoresRectified,
    side: events.Side | None,
    at: datetime,
    n: int,
) -> Iterator[Rectification]:
    """Each answer or mark that an event mends, at an instant and by the line of that number."""
    for name in event.names:
        asked, marked, institution = name.partition("@")
        field = process.definition.field(asked)
        label = asked if field is None else field.label.text
        yield Rectification(
            case.ref,
            name,
            f"{label} ({institution_label(process, institution)})" if marked else label,
            answer_text(process, event.answer_of(name, side, before=True)),
            answer_text(process, event.answer_of(name, side, before=False)),
            side.reason if isinstance(side, Mended | MarksMended) else None,
            event.evidence.sha256,
            at,
            n,
        )


def answer_text(process: Process, answer: events.AnswerOf, *, kept_back: bool = False) -> str:
    """An answer as people read it; that it was taken away, or erased, or is kept from a reader."""
    field = process.definition.field(answer.name)
    if answer.removed or field is None:
        return events.UNSAID
    value = field.join(answer.line, answer.private)
    if value is None:
        return _("(left out)") if kept_back else _("(erased)")
    return field.display(value, language(), process.zone)


class Whole:
    """A ledger that may be gone through from its first line to its last, again and again."""

    def __init__(self, contest: Contest, tx: Transaction) -> None:
        row = tx.unit.contest(contest.id)
        self.contest = contest.id
        self.rehearsal = contest.rehearsal
        self.now: datetime = tx.now
        self.count = row.head_n
        self.head = row.head_hash
        self.process = tx.process
        self.state = ContestState()
        """What the lines amount to that were gone through last."""
        self.tx = tx
        self._watch = contest.watch
        self._roles = {one.pseudonym: one.roles for one in tx.people()}

    def steps(self, label: str = "") -> Iterator[Step]:
        """Every line in order; `state` follows them. Raises: PtceError."""
        self.state = ContestState()
        return steps(self.tx, None, self._watch, self.state, label)

    def entry(self, step: Step, sides: events.Sides) -> HistoryEntry:
        """A line to be told with the side rows that may be; of one about nobody, its only one."""
        line = step.line
        side = next(iter(sides.values()), None) if line.case is None else sides.get(line.case)
        roles = self._roles.get(line.actor, (line.actor,))
        return HistoryEntry(line, side, self.tx.process_of(line.process), roles)


@contextmanager
def whole(contest: Contest) -> Iterator[Whole]:
    """The ledger of an open contest. Raises: PtceError for who may not read everything."""
    with contest.looking() as tx, nothing_to_collect():
        check_sees_all(tx)
        yield Whole(contest, tx)
