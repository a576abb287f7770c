"""The ledger told: the history of a candidature, and the contest before each of its lines."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache, cached_property, partial
from itertools import takewhile
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from ptce_workflow.app.refusals import UNREADABLE, damaged_line, unknown_reference
from ptce_workflow.base.encoding import from_text
from ptce_workflow.base.runtime import pieces
from ptce_workflow.base.words import _
from ptce_workflow.ledger.events.base import (
    Context,
    Entry,
    Event,
    Reason,
    Side,
    Sides,
    apply,
)
from ptce_workflow.ledger.events.codec import read, read_rows
from ptce_workflow.ledger.events.facts import Facts
from ptce_workflow.ledger.events.receipt import NoteWritten
from ptce_workflow.ledger.line import Malformed, commitment, decode, digest, instant_told
from ptce_workflow.ledger.past import Past
from ptce_workflow.ledger.state import ContestState
from ptce_workflow.process.process import Process
from ptce_workflow.process.rules.case import Case
from ptce_workflow.process.rules.totals import Key, counted
from ptce_workflow.process.secrecy import SEES_ALL

if TYPE_CHECKING:
    from ptce_workflow.app.contest import Contest, Watch
    from ptce_workflow.app.transaction import Transaction
    from ptce_workflow.store.rows import ContestRow, LineRow, SideRow
    from ptce_workflow.store.unit import Unit


Said = str | None
"""Words that people wrote: "" when there were none, None once they were erased."""


def said(line: Entry[Any], sides: Sides, subject: str) -> Said:
    """The reason written beside a line."""
    if subject not in (line.pd or {}):
        return ""
    side = sides.get(subject)
    return side.reason if isinstance(side, Reason) else None


@dataclass(frozen=True, slots=True)
class Told:
    """A line of a candidature, what is left of its side row, the process of its day.

    `roles` are those of whoever acted, or the one that the engine plays itself.
    """

    line: Entry[Any]
    side: Side | None
    process: Process
    roles: tuple[str, ...]


def history(contest: Contest, ref: str) -> tuple[Told, ...]:
    """Every line that tells of a candidature, in order, without what is closed to whoever looks.

    *Raises* Misuse for a reference that does not exist.
    """
    with contest.looking() as act:
        (case,) = map(act.seen, act.load([ref]))
        people = {person.pseudonym: person.roles for person in act.people()}
        told = []
        for line, side in entries_about(act.unit, contest.id, case.id):
            if isinstance(line.data, NoteWritten) and SEES_ALL.isdisjoint(act.actor.roles):
                continue
            process = act.process_of(line.process)
            roles = people.get(line.actor, (line.actor,))
            if case.closed:
                data = line.data.as_seen(process, case, act.actor.institution or "")
                if data is None:
                    continue
                line = replace(line, data=data)
                side = side.as_seen(case) if isinstance(side, Facts) else side
            told.append(Told(line, side, process, roles))
        return tuple(told)


def unchained(contest: Contest, ref: str) -> tuple[int, ...]:
    """The lines about a candidature that are not those for which the next line vouches.

    Nor are those whose side rows are others than they committed themselves to. Whether the whole
    chain holds, `verify` tells: here only what is about to be read is looked at.

    *Raises* Misuse for a reference that does not exist.
    """
    with contest.reading() as (unit, _process):
        row = unit.candidature(contest.id, ref)
        if row is None:
            raise unknown_reference(unit, contest.id, ref)
        head, vouched = unit.contest(contest.id), set()
        # Its last line is known, even where it tells of nobody any more.
        told = {row.version}
        for n, line, sides in unit.entries_about(contest.id, row.id):
            told.add(n)
            if _is_vouched_for(unit, head, line, sides):
                vouched.add(n)
        return tuple(sorted(told - vouched))


def _is_vouched_for(unit: Unit, head: ContestRow, row: LineRow, sides: Sequence[SideRow]) -> bool:
    try:
        line = decode(row.line)
        if row.n < head.head_n:
            vouched = decode(unit.line(head.contest, row.n + 1)).prev
        else:
            vouched = head.head_hash
    except (KeyError, Malformed):
        return False
    committed = line.pd or {}
    return (line.n, line.prev, digest(row.line)) == (row.n, row.prev, vouched) and all(
        committed.get(side.subject) == commitment(side.salt, side.data) for side in sides
    )


def last_line(unit: Unit, contest: str, at: str) -> int:
    """The number of the last line whose instant is `at` or before; 0 where there is none.

    *Raises* PtceError for a line that is damaged.
    """
    last = 0
    head = unit.contest(contest).head_n
    with suppress(KeyError, Malformed):
        if instant_told(unit.line(contest, head)) <= at:
            return head
    for row in unit.lines(contest):
        try:
            if instant_told(row.line) <= at:
                last = row.n
        except (Malformed, TypeError) as error:
            raise damaged_line(row.n, error) from error
    return last


@dataclass
class Step:
    """A line with its side rows, and the contest as the lines before it left it.

    `content` is its bytes, `stored` its side rows as they are kept. The `state` goes on with the
    line when the step is taken, or else when the next one is asked for.
    """

    line: Entry[Any]
    sides: Sides
    state: ContestState
    content: bytes
    stored: Sequence[SideRow]
    process_of: Callable[[str], Process]
    is_taken: bool = False

    @cached_property
    def process(self) -> Process:
        """The process of its day."""
        return self.process_of(self.line.process)

    @cached_property
    def context(self) -> Context:
        """What its rules and its law could ask."""
        line, past = self.line, Past(self.state, {}, self.process_of)
        # Counted where a rule reads totals that its line does not tell, and once.
        past.counters = cache(partial(_counted, self.process, self.state))
        person, at = self.state.acting(line.actor), from_text(line.at)
        told = (line.case, line.at, at, line.actor, person, (), self.sides)
        return Context(past, self.process, *told)

    def ranked(self, panel: str) -> int:
        """How many candidatures had their figures of a panel recorded."""
        return sum(self.process.is_ranked(panel, one) for one in self.state.cases.values())

    def take(self) -> Case | None:
        """Has the state go on with the line; the candidature that it is about, as it was before.

        *Raises* PtceError for a line that does not follow from those before it.
        """
        self.is_taken = True
        line, case_id = self.line, self.line.case
        try:
            before = None if case_id is None else self.state.cases.get(case_id)
            apply(self.state, line, self.sides)
        except UNREADABLE as error:
            raise damaged_line(line.n, error) from error
        return before


def steps(
    act: Transaction,
    last: int | None = None,
    watch: Watch | None = None,
    state: ContestState | None = None,
    label: str = "",
) -> Iterator[Step]:
    """The lines of the ledger, or those up to the `last` one, each with the contest before it.

    `label` says what is done with them to whoever waits. A `state` is gone on with.

    *Raises* PtceError for a line or a side row that is damaged, or that does not follow from those
    before it.
    """
    unit, state = act.unit, ContestState() if state is None else state
    head = unit.contest(act.contest).head_n
    rows = unit.entries(act.contest)
    if last is not None and last < head:
        rows = takewhile(lambda row: row[0] <= last, rows)
    if watch is not None:
        rows = watch(rows, label or _("Reading the ledger"), head if last is None else last)
    for some in pieces(rows):
        read, damage = read_rows(some)
        there = ((row, stored) for _n, row, stored in some if row is not None)
        for (line, sides), (row, stored) in zip(read, there, strict=False):
            step = Step(line, sides, state, row.line, stored, act.process_of)
            yield step
            if not step.is_taken:
                step.take()
        if damage is not None:
            raise damaged_line(*damage)


def _counted(process: Process, state: ContestState) -> dict[Key, int]:
    return counted(process, state.cases.values())


def ledger_origin(unit: Unit, contest: str) -> str:
    """The random origin of a ledger, which its first line tells: two of one contest differ in it.

    *Raises* PtceError for a line that is damaged.
    """
    try:
        return str(read(unit.line(contest, 1)).data.origin)
    except (LookupError, AttributeError, ValueError) as error:
        raise damaged_line(1, error) from error


def lines_of(
    unit: Unit, contest: str, kinds: Collection[type[Event]]
) -> Iterator[tuple[Entry[Any], bytes]]:
    """The lines of some kinds, each with its bytes; no other line is taken apart.

    *Raises* PtceError for a line that is damaged.
    """
    # `type` is the last key of a line.
    ends = tuple(f'"type":"{kind.kind}"}}\n'.encode() for kind in kinds)
    for row in unit.lines(contest):
        if row.line.endswith(ends):
            try:
                yield read(row.line), row.line
            except Malformed as error:
                raise damaged_line(row.n, error) from error


def entries_about(unit: Unit, contest: str, case_id: str) -> Iterator[tuple[Entry[Any], Any]]:
    """The lines that tell of a candidature, each with its side row, or None.

    *Raises* PtceError for a line or a side row that is damaged.
    """
    read, damage = read_rows(unit.entries_about(contest, case_id))
    for line, sides in read:
        yield line, sides.get(case_id)
    if damage is not None:
        raise damaged_line(*damage)
