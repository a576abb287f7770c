"""The hand-over of a candidature to another contest, and its check against both ledgers.

The contest that takes it over writes first, and finds what it has taken by where it came from;
the contest that hands it over writes afterwards, still holding its turn. Whatever breaks off in
between, doing it again completes it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from contextlib import nullcontext, suppress
from typing import Any

from msgspec import Struct, to_builtins

from ptce_workflow.app.candidatures.advance import open_case, way_in
from ptce_workflow.app.candidatures.history import entries_about, ledger_origin, lines_of
from ptce_workflow.app.contest import Contest, judge
from ptce_workflow.app.refusals import without_role
from ptce_workflow.app.transaction import Transaction, Words
from ptce_workflow.base.errors import Misuse, PtceError
from ptce_workflow.base.runtime import failpoint
from ptce_workflow.base.words import _
from ptce_workflow.ledger.events import clauses
from ptce_workflow.ledger.events.base import NO_SIDES, Entry, read, read_side
from ptce_workflow.ledger.events.contest import ProcessAdopted
from ptce_workflow.ledger.events.facts import Facts
from ptce_workflow.ledger.events.transition import (
    CandidatureHandedOver,
    CandidatureOpened,
    Exhibit,
    FactsCarried,
    Origin,
    TransitionMade,
    exhibits,
    received_id,
)
from ptce_workflow.ledger.examine import Fault
from ptce_workflow.ledger.line import digest
from ptce_workflow.process.candidature import Candidature, is_given
from ptce_workflow.process.fields import FileField
from ptce_workflow.process.process import Edge, Process
from ptce_workflow.store.database import Repository


class Book(Struct):
    """The hand-overs that a ledger tells of, and each candidature's states, line after line.

    `along` are the lines that tell what came along with a candidature.
    """

    origin: str
    unit: Repository
    contest: str
    hashes: dict[int, str] = {}
    opened: dict[str, Entry[CandidatureOpened]] = {}
    along: dict[str, Entry[FactsCarried]] = {}
    handed: list[Entry[CandidatureHandedOver]] = []
    stood: dict[str, list[tuple[int, str]]] = {}

    @classmethod
    def of(cls, repo: Repository, contest: str) -> Book:
        book = cls(ledger_origin(repo, contest), repo, contest)
        for n, row, _sides in repo.entries(contest):
            if row is not None:
                book.hashes[n] = digest(row.line)
                book._take(read(row.line))
        return book

    def _take(self, line: Entry[Any]) -> None:
        event, case_id = line.data, line.case or ""
        match event:
            case ProcessAdopted(states=renamed):
                for case, steps in self.stood.items():
                    if steps[-1][1] in renamed:
                        self.stood[case].append((line.n, renamed[steps[-1][1]]))
            case CandidatureOpened(to=to):
                self.opened[case_id] = line
                self.stood.setdefault(case_id, []).append((line.n, to))
            case TransitionMade(to=to):
                self.stood.setdefault(case_id, []).append((line.n, to))
            case FactsCarried():
                self.along[case_id] = line
            case CandidatureHandedOver():
                self.handed.append(line)

    def state(self, case: str, n: int) -> str:
        """The state of a candidature after a line; nowhere before it was opened."""
        steps = self.stood.get(case, [])
        place = bisect_right(steps, n, key=lambda step: step[0])
        return steps[place - 1][1] if place else ""

    def receipt(self, case: str, there: str) -> Entry[CandidatureHandedOver] | None:
        own = (line for line in self.handed if line.case == case and line.data.origin == there)
        return next(own, None)


def compared(own: Book, other: Book) -> tuple[int, list[Fault]]:
    """How many hand-overs link two ledgers, and faults by our line; 0 for theirs alone."""
    taken = [line for line in own.opened.values() if _names(line.data.origin, other)]
    given = [line for line in own.handed if _names(line.data, other)]
    faults = [fault for line in taken for fault in _takeover_faults(line, own, other)]
    faults += [fault for line in given for fault in _given(line, own, other)]
    if not faults:
        # What came along is looked at where both tell of the same candidature.
        faults += [fault for line in taken for fault in _came_along(line.case, own, other)]
        along = ((line.n, _came_along(line.data.case, other, own)) for line in given)
        faults += [Fault(n, fault.what, fault.why) for n, found in along for fault in found]
    faults += _unmatched(own, other)
    return len(taken) + len(given), faults


def _unmatched(own: Book, other: Book) -> Iterator[Fault]:
    """The faults for what the other ledger says of this one, and this one does not say at all."""
    for line in other.opened.values():
        origin = line.data.origin
        if origin is None or not _names(origin, own):
            continue
        if own.receipt(origin.case, other.origin) is None:
            what = _("The other ledger says that it took {ref} over from here.")
            there = _("See line {n} there.").format(n=line.n)
            mend = _("Perhaps it was interrupted: `ptce hand-over {ref}` here completes it.")
            yield Fault(0, *(one.format(ref=origin.ref) for one in (what, f"{there} {mend}")))
    for given in other.handed:
        if _names(given.data, own) and given.data.case not in own.opened:
            what = _("The other ledger says that {ref} was taken over here.")
            there = _("See line {n} there.").format(n=given.n)
            yield Fault(0, what.format(ref=given.data.ref), there)


def _names(reference: Origin | CandidatureHandedOver | None, book: Book) -> bool:
    return reference is not None and reference.origin == book.origin


def _takeover_faults(line: Entry[CandidatureOpened], own: Book, other: Book) -> Iterator[Fault]:
    origin, ref = line.data.origin, line.data.ref
    assert origin is not None
    opening = other.opened.get(origin.case)
    if other.hashes.get(origin.n) != origin.hash:
        what = _("The other ledger is not the one that handed {ref} over.").format(ref=ref)
        why = _("Its line {n} is gone, or is not the one that was named.").format(n=origin.n)
        yield Fault(line.n, what, why)
    if opening is None or opening.data.ref != origin.ref:
        what = _("The other ledger does not know the candidature {ref}.").format(ref=origin.ref)
        yield Fault(line.n, what)
        return
    stood = other.state(origin.case, origin.n)
    if stood != origin.state:
        what = _("The candidature did not stand where it is said to come from.")
        yield Fault(line.n, what, f"{origin.ref}: {origin.state} ≠ {stood or '–'}")
    receipt = other.receipt(origin.case, own.origin)
    if receipt is None:
        what = _("The other ledger does not say that it handed {ref} over.").format(ref=ref)
        why = _("Perhaps it was interrupted: `ptce hand-over {ref}` there completes it.")
        yield Fault(line.n, what, why.format(ref=origin.ref))
    elif not _is_receipt_of(receipt.data, line, own):
        what = _("The other ledger names another line than this one.")
        yield Fault(line.n, what, _("See line {n} there.").format(n=receipt.n))


def _given(line: Entry[CandidatureHandedOver], own: Book, other: Book) -> Iterator[Fault]:
    data = line.data
    there = other.opened.get(data.case)
    if there is None or not _is_receipt_of(data, there, other):
        what = _("The other ledger does not tell of the candidature that it took over.")
        why = _("It should be {ref}, opened by line {n} there.").format(ref=data.ref, n=data.n)
        yield Fault(line.n, what, why)
        return
    origin = there.data.origin
    if origin is None or not _names(origin, own) or origin.case != line.case:
        what = _("The candidature {ref} of the other ledger does not come from here.")
        yield Fault(line.n, what.format(ref=data.ref))
    elif own.hashes.get(origin.n) != origin.hash or origin.n >= line.n:
        what = _("The other ledger names a line that is not in this one.")
        yield Fault(line.n, what, _("It names line {n}.").format(n=origin.n))


def _came_along(case_id: str | None, taker: Book, giver: Book) -> Iterator[Fault]:
    """The faults of what came along with a candidature: it is what the other ledger tells."""
    line, opened = taker.along.get(case_id or ""), taker.opened.get(case_id or "")
    if line is None or opened is None or opened.data.origin is None:
        return
    origin, carried = opened.data.origin, line.data
    lines = [
        (entry, side)
        for entry, side in entries_about(giver.unit, giver.contest, origin.case)
        if entry.case == origin.case and entry.n <= origin.n
    ]
    case: Any = None
    for entry, side in lines:
        case = entry.data.fold(case, entry, side)
    beside = taker.unit.side(taker.contest, line.n, line.case or "")
    private = to_builtins(read_side(line.type, beside))["facts"] if beside else {}
    wrong = [
        name
        for name in carried.names
        if not is_given(case, name)
        or case.facts.get(name) != carried.facts.get(name)
        or (name in case.private and private.get(name) not in (None, case.private[name]))
    ]
    panels = carried.figures.items()
    wrong += [panel for panel, figures in panels if figures != case.panels.get(panel)]
    there = exhibits(lines, carried.names)
    # Of a document that was erased there, only the hour is left to be compared.
    hours = {(entry.n, entry.at) for entry, side in lines if entry.pd and side is None}
    strange = [one for one in carried.exhibits if one not in there and (one.n, one.at) not in hours]
    strange += [one for one in there if one not in carried.exhibits]
    wrong += [_("line {n} there").format(n=one.n) for one in strange]
    if wrong:
        what = _("What came along with {ref} is not what the other ledger tells.")
        yield Fault(line.n, what.format(ref=opened.data.ref), ", ".join(wrong))


def _is_receipt_of(
    receipt: CandidatureHandedOver, line: Entry[CandidatureOpened], book: Book
) -> bool:
    expected = (receipt.case, receipt.ref, receipt.n, receipt.hash)
    return expected == (line.case, line.data.ref, line.n, book.hashes[line.n])


HANDING = "handing over"
"""The fail-point between the two transactions."""


class Left(Struct, frozen=True):
    name: str
    why: str


class HandedOver(Struct, frozen=True):
    """A candidature here and where it was taken over, what it brought along, what it did not.

    `exhibits` are the lines here on which that rests, `figures` the panels whose figures went
    along. `line` is the number of the line here, None when nothing was written. `before` is
    whether the other contest had taken it over already: then nothing more was carried.
    """

    here: Candidature
    there: Candidature
    process: Process
    contest: str
    carried: tuple[str, ...]
    left: tuple[Left, ...]
    exhibits: tuple[Exhibit, ...]
    figures: tuple[str, ...]
    line: int | None
    before: bool


def hand_over(
    giver: Contest,
    ref: str,
    taker: Contest,
    *,
    transition: str | None = None,
    dry_run: bool = False,
) -> HandedOver:
    """Hands a candidature over, with the facts that are carried. Raises: Misuse, PtceError."""
    own, itself = _may_meet(giver, taker)
    with giver.acting() as giving:
        (case,) = giving.load([ref])
        _may_leave(giving, case)
        # A contest that hands over to itself does both in one transaction.
        with nullcontext(giving) if itself else taker.acting() as taking:
            taken = _take(giving, taking, case, own, transition)
            if dry_run:
                taking.discard()
            elif not itself:
                taking.flush()
        failpoint(HANDING)
        line = None
        if taken.event.origin not in case.handed_over and not dry_run:
            case = giving.record(case.id, taken.event)
            line = case.version
        if not dry_run:
            giving.flush()
    along = taken.along
    return HandedOver(
        *(case, taken.case, taking.process, taker.id, taken.carried, taken.left),
        exhibits=() if along is None else along.exhibits,
        figures=() if along is None else tuple(along.figures),
        line=line,
        before=taken.before,
    )


class _Takeover(Struct, frozen=True):
    """A candidature that the other contest took over, and the event to be recorded here."""

    case: Candidature
    event: CandidatureHandedOver
    carried: tuple[str, ...] = ()
    left: tuple[Left, ...] = ()
    along: FactsCarried | None = None
    before: bool = False


def _may_leave(tx: Transaction, case: Candidature) -> None:
    """Raises: PtceError for anyone but the desk, or a state that hands nothing over."""
    states = tx.process.states
    labels = [state.label.text for state in states.values() if state.hands_over]
    words: Words = {
        clauses.DESK: lambda _violation: without_role(
            tx.actor, ("desk",), _("Only the desk hands candidatures over.")
        ),
        clauses.NOT_FROM_THERE: lambda _violation: PtceError(
            _('{ref} stands in the state "{state}": it is not handed over from there.').format(
                ref=case.ref, state=states[case.state].label
            ),
            _("States from which candidatures are handed over: {names}.").format(
                names=", ".join(labels) or _("none")
            ),
            _("`ptce why {ref}` shows the ways out.").format(ref=case.ref),
        ),
    }
    judge(tx, case.id, CandidatureHandedOver("", "", "", 1, "", ""), NO_SIDES, words)


def _may_meet(giver: Contest, taker: Contest) -> tuple[str, bool]:
    """The origin of the ledger, and whether it is both sides, before any lock."""
    origins = []
    for contest in (giver, taker):
        with contest.database.reading() as repo:
            origins.append(ledger_origin(repo, contest.id))
    itself = giver.folder.resolve() == taker.folder.resolve()
    if origins[0] == origins[1] and not itself:
        why = _("Both folders lead to the contest {contest}.").format(contest=taker.id)
        mend = _("Name another folder (--to DIR); if PTCE_DATABASE is set, unset it.")
        raise Misuse(_("A contest hands nothing over to its own copy."), why, mend)
    if giver.rehearsal != taker.rehearsal:
        what = _("One of the two contests is a rehearsal, the other is not.")
        mend = _("Hand over from a rehearsal to a rehearsal: `ptce init DIR --rehearsal`.")
        raise PtceError(what, _("What was rehearsed would pass for what happened."), mend)
    return origins[0], itself


def _take(
    giving: Transaction, taking: Transaction, case: Candidature, own: str, transition: str | None
) -> _Takeover:
    there = ledger_origin(taking.unit, taking.contest)
    with suppress(KeyError):
        existing = taking.case(received_id(own, case.id))
        for entry, text in lines_of(taking.unit, taking.contest, (CandidatureOpened,)):
            if entry.case == existing.id:
                fields = existing.id, taking.contest, digest(text), entry.n, there, existing.ref
                return _Takeover(existing, CandidatureHandedOver(*fields), before=True)
        what = _("The ledger of {contest} does not tell of {ref}.")
        mend = _("`ptce verify` there tells all that is broken; restore a backup.")
        raise PtceError(what.format(contest=taking.contest, ref=existing.ref), mend=mend)
    # The head that is kept: a line that this act has gathered might never be written.
    row = giving.unit.contest(giving.contest)
    head = row.head_hash, row.head_n
    origin = Origin(case.id, giving.contest, *head, own, case.ref, case.state)
    edge = way_in(taking, transition, handed=True)
    opened = open_case(taking, edge.name, origin=origin)
    line = taking.prev, taking.n
    event = CandidatureHandedOver(opened.id, taking.contest, *line, there, opened.ref)
    along, private, carried, left = _packed(giving, taking, case, edge)
    if along.names or along.exhibits or along.figures:
        opened = taking.record(opened.id, along, private if along.given else None)
    return _Takeover(opened, event, carried, left, along)


def _packed(
    giving: Transaction, taking: Transaction, case: Candidature, edge: Edge
) -> tuple[FactsCarried, Facts, tuple[str, ...], tuple[Left, ...]]:
    """What the other contest takes: event, erasable part, names; then the facts left here."""
    definition, there = giving.process.definition, taking.process.definition
    facts: dict[str, Any] = {}
    private: dict[str, Any] = {}
    carried, left = [], []
    for name in definition.field_names():
        field, asked, sheet = definition.field(name), there.field(name), name.partition(".")[0]
        if field is None or not (name in case.facts or name in case.given):
            continue
        try:
            if asked is None:
                raise PtceError(_("it is not asked there"))
            if asked.is_computed or there.sheets[sheet].is_panel:
                raise PtceError(_("it is worked out there"))
            if {name, sheet}.isdisjoint(edge.transition.carries):
                raise PtceError(_("it is asked there anew"))
            value = case.answer(name, field)
            if value is None or (name in case.given and name not in case.private):
                raise PtceError(_("it was erased"))
            if field.type != asked.type:
                what = _("it is of type {kind} there, of type {own} here")
                raise PtceError(what.format(kind=asked.type, own=field.type))
            asked.parse(field.typed(value), zone=taking.process.zone)
            if isinstance(field, FileField):
                content = giving.unit.document(value["sha256"])
                if content is None:
                    raise PtceError(_("the document is missing"))
                taking.unit.add_document(content)
        except PtceError as refused:
            left.append(Left(name, " ".join((refused.what, refused.why)).strip()))
            continue
        # As it stands in the line there: no other reading of it comes between.
        if name in case.facts:
            facts[name] = case.facts[name]
        if name in case.given:
            private[name] = case.private[name]
        carried.append(name)
    lines = entries_about(giving.unit, giving.contest, case.id)
    event = FactsCarried(
        facts=facts,
        given=tuple(sorted(private)),
        removed=(),
        exhibits=exhibits(lines, carried),
        figures={panel: dict(figures) for panel, figures in case.panels.items()},
    )
    return event, Facts(private), tuple(carried), tuple(left)
