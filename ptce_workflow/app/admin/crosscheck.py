"""The links between two ledgers: each hand-over is told by both, and both tell the same."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from msgspec import to_builtins

from ptce_workflow.app.cases.history import entries_about, ledger_origin
from ptce_workflow.base.words import _
from ptce_workflow.ledger.events.base import Entry
from ptce_workflow.ledger.events.candidature import CandidatureHandedOver, CandidatureOpened, Origin
from ptce_workflow.ledger.events.carried import FactsCarried, exhibits
from ptce_workflow.ledger.events.codec import read, read_side
from ptce_workflow.ledger.events.contest import ProcessAdopted
from ptce_workflow.ledger.events.transition import TransitionMade
from ptce_workflow.ledger.examine import Fault
from ptce_workflow.ledger.line import digest
from ptce_workflow.process.rules.case import is_given

if TYPE_CHECKING:
    from ptce_workflow.store.unit import Unit


_NOWHERE = ""


@dataclass(slots=True)
class Book:
    """The hand-overs that a ledger tells of, and each candidature's states, line after line.

    `along` are the lines that tell what came along with a candidature.
    """

    origin: str
    unit: Unit
    contest: str
    hashes: dict[int, str] = field(default_factory=dict)
    opened: dict[str, Entry[CandidatureOpened]] = field(default_factory=dict)
    along: dict[str, Entry[FactsCarried]] = field(default_factory=dict)
    handed: list[Entry[CandidatureHandedOver]] = field(default_factory=list)
    stood: dict[str, list[tuple[int, str]]] = field(default_factory=dict)

    @classmethod
    def of(cls, unit: Unit, contest: str) -> Book:
        """The book of a ledger whose lines are sound."""
        book = cls(ledger_origin(unit, contest), unit, contest)
        for n, row, _sides in unit.entries(contest):
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
        return steps[place - 1][1] if place else _NOWHERE

    def receipt(self, case: str, there: str) -> Entry[CandidatureHandedOver] | None:
        """The line that says that a candidature was handed over to another ledger."""
        for line in self.handed:
            if line.case == case and line.data.origin == there:
                return line
        return None


def compared(own: Book, other: Book) -> tuple[int, list[Fault]]:
    """The number of hand-overs that link two ledgers, and the faults where the two disagree.

    *Shape* faults bear the numbers of our lines; 0 for what the other one tells and we do not.
    """
    taken = [line for line in own.opened.values() if _names(line.data.origin, other)]
    given = [line for line in own.handed if _names(line.data, other)]
    faults = [fault for line in taken for fault in _taken(line, own, other)]
    faults += [fault for line in given for fault in _given(line, own, other)]
    if not faults:
        # What came along is looked at where both tell of the same candidature.
        faults += [fault for line in taken for fault in _came_along(line.case, own, other)]
        faults += [
            Fault(line.n, fault.what, fault.why)
            for line in given
            for fault in _came_along(line.data.case, other, own)
        ]
    faults += _untold(own, other)
    return len(taken) + len(given), faults


def _untold(own: Book, other: Book) -> Iterator[Fault]:
    """The faults for what the other ledger says of this one, and this one does not say at all."""
    for line in other.opened.values():
        origin = line.data.origin
        if (
            origin is not None
            and _names(origin, own)
            and own.receipt(origin.case, other.origin) is None
        ):
            yield Fault(
                0,
                _("The other ledger says that it took {ref} over from here.").format(
                    ref=origin.ref
                ),
                _("See line {n} there.").format(n=line.n)
                + " "
                + _("Perhaps it was interrupted: `ptce hand-over {ref}` here completes it.").format(
                    ref=origin.ref
                ),
            )
    for given in other.handed:
        if _names(given.data, own) and given.data.case not in own.opened:
            yield Fault(
                0,
                _("The other ledger says that {ref} was taken over here.").format(
                    ref=given.data.ref
                ),
                _("See line {n} there.").format(n=given.n),
            )


def _names(told: Origin | CandidatureHandedOver | None, book: Book) -> bool:
    return told is not None and told.origin == book.origin


def _taken(line: Entry[CandidatureOpened], own: Book, other: Book) -> Iterator[Fault]:
    """The faults of a candidature that we took over."""
    origin, ref = line.data.origin, line.data.ref
    assert origin is not None
    known = other.opened.get(origin.case)
    if other.hashes.get(origin.n) != origin.hash:
        yield Fault(
            line.n,
            _("The other ledger is not the one that handed {ref} over.").format(ref=ref),
            _("Its line {n} is gone, or is not the one that was named.").format(n=origin.n),
        )
    if known is None or known.data.ref != origin.ref:
        yield Fault(
            line.n,
            _("The other ledger does not know the candidature {ref}.").format(ref=origin.ref),
        )
        return
    stood = other.state(origin.case, origin.n)
    if stood != origin.state:
        yield Fault(
            line.n,
            _("The candidature did not stand where it is said to come from."),
            f"{origin.ref}: {origin.state} ≠ {stood or '–'}",
        )
    receipt = other.receipt(origin.case, own.origin)
    if receipt is None:
        yield Fault(
            line.n,
            _("The other ledger does not say that it handed {ref} over.").format(ref=ref),
            _("Perhaps it was interrupted: `ptce hand-over {ref}` there completes it.").format(
                ref=origin.ref
            ),
        )
    elif not _is_receipt_of(receipt.data, line, own):
        yield Fault(
            line.n,
            _("The other ledger names another line than this one."),
            _("See line {n} there.").format(n=receipt.n),
        )


def _given(line: Entry[CandidatureHandedOver], own: Book, other: Book) -> Iterator[Fault]:
    """The faults of a candidature that we handed over."""
    data = line.data
    there = other.opened.get(data.case)
    if there is None or not _is_receipt_of(data, there, other):
        yield Fault(
            line.n,
            _("The other ledger does not tell of the candidature that it took over."),
            _("It should be {ref}, opened by line {n} there.").format(ref=data.ref, n=data.n),
        )
        return
    origin = there.data.origin
    if origin is None or not _names(origin, own) or origin.case != line.case:
        yield Fault(
            line.n,
            _("The candidature {ref} of the other ledger does not come from here.").format(
                ref=data.ref
            ),
        )
    elif own.hashes.get(origin.n) != origin.hash or origin.n >= line.n:
        yield Fault(
            line.n,
            _("The other ledger names a line that is not in this one."),
            _("It names line {n}.").format(n=origin.n),
        )


def _came_along(case_id: str | None, taker: Book, giver: Book) -> Iterator[Fault]:
    """The faults of what came along with a candidature: it is what the other ledger tells."""
    line, opened = taker.along.get(case_id or ""), taker.opened.get(case_id or "")
    if line is None or opened is None or opened.data.origin is None:
        return
    origin, told = opened.data.origin, line.data
    lines = [
        (entry, side)
        for entry, side in entries_about(giver.unit, giver.contest, origin.case)
        if entry.case == origin.case and entry.n <= origin.n
    ]
    case: Any = None
    for entry, side in lines:
        case = entry.data.fold(case, entry, side)
    kept = taker.unit.side(taker.contest, line.n, line.case or "")
    private = to_builtins(read_side(line.type, kept))["facts"] if kept else {}
    wrong = [
        name
        for name in told.names
        if not is_given(case, name)
        or case.facts.get(name) != told.facts.get(name)
        or (name in case.private and private.get(name) not in (None, case.private[name]))
    ]
    wrong += [panel for panel, figures in told.figures.items() if figures != case.panels.get(panel)]
    there = exhibits(lines, told.names)
    # Of a document that was erased there, only the hour is left to be compared.
    hours = {(entry.n, entry.at) for entry, side in lines if entry.pd and side is None}
    strange = [one for one in told.exhibits if one not in there and (one.n, one.at) not in hours]
    strange += [one for one in there if one not in told.exhibits]
    wrong += [_("line {n} there").format(n=one.n) for one in strange]
    if wrong:
        yield Fault(
            line.n,
            _("What came along with {ref} is not what the other ledger tells.").format(
                ref=opened.data.ref
            ),
            ", ".join(wrong),
        )


def _is_receipt_of(
    receipt: CandidatureHandedOver, line: Entry[CandidatureOpened], book: Book
) -> bool:
    told = (receipt.case, receipt.ref, receipt.n, receipt.hash)
    return told == (line.case, line.data.ref, line.n, book.hashes[line.n])
