"""Handing a candidature over to another contest: two ledgers, each of which names the other.

The contest that takes it over writes first, and finds what it has taken by where it came from;
the contest that hands it over writes afterwards, still holding its turn. Whatever breaks off in
between, doing it again completes it.
"""

from __future__ import annotations

from contextlib import nullcontext, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ptce_workflow.app.cases.advance import open_case, way_in
from ptce_workflow.app.cases.history import entries_about, ledger_origin, lines_of
from ptce_workflow.app.policies import judge
from ptce_workflow.app.refusals import without_role
from ptce_workflow.app.transaction import Transaction, Words
from ptce_workflow.base.errors import Misuse, PtceError
from ptce_workflow.base.runtime import reach
from ptce_workflow.base.words import _, language
from ptce_workflow.ledger.events import clauses as law
from ptce_workflow.ledger.events.base import NO_SIDES
from ptce_workflow.ledger.events.candidature import (
    CandidatureHandedOver,
    CandidatureOpened,
    Origin,
    received_id,
)
from ptce_workflow.ledger.events.carried import Exhibit, FactsCarried, exhibits
from ptce_workflow.ledger.events.facts import Facts
from ptce_workflow.ledger.line import digest
from ptce_workflow.process.fields import FieldType, FileField
from ptce_workflow.process.machine import Way
from ptce_workflow.process.rules.case import Case

if TYPE_CHECKING:
    from ptce_workflow.app.contest import Contest
    from ptce_workflow.process.process import Process


HANDING = "handing over"
"""The fail-point between the two transactions."""


@dataclass(frozen=True, slots=True)
class Left:
    """A fact that was not carried, and why."""

    name: str
    why: str


@dataclass(frozen=True, slots=True)
class HandedOver:
    """A candidature here and where it was taken over, what it brought along, what it did not.

    `exhibits` are the lines here on which that rests, `figures` the panels whose figures went
    along. `line` is the number of the line here, None when nothing was written. `before` is
    whether the other contest had taken it over already: then nothing more was carried.
    """

    here: Case
    there: Case
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
    """Hands a candidature over, with the facts that the other contest carries.

    *Raises* Misuse for an unknown reference or way in, or for a copy of the same contest;
    PtceError when the state, the role or a rule of either contest stands in the way.
    """
    own, itself = _may_meet(giver, taker)
    with giver.acting() as giving:
        (case,) = giving.load([ref])
        _may_leave(giving, case)
        # A contest that hands over to itself does both in one transaction.
        with nullcontext(giving) if itself else taker.acting() as taking:
            taken = _take(giving, taking, case, own, transition)
            if not (dry_run or itself):
                taking.commit()
        reach(HANDING)
        line = None
        if taken.event.origin not in case.handed_over and not dry_run:
            case = giving.tell(case.id, taken.event)
            line = case.version
        if not dry_run:
            giving.commit()
    along = taken.along
    return HandedOver(
        case,
        taken.case,
        taking.process,
        taker.id,
        taken.carried,
        taken.left,
        () if along is None else along.exhibits,
        () if along is None else tuple(along.figures),
        line,
        taken.before,
    )


@dataclass(frozen=True, slots=True)
class _Taken:
    """A candidature that the other contest took over, and the event to be recorded here."""

    case: Case
    event: CandidatureHandedOver
    carried: tuple[str, ...] = ()
    left: tuple[Left, ...] = ()
    along: FactsCarried | None = None
    before: bool = False


def _may_leave(act: Transaction, case: Case) -> None:
    """Asks the law, before the other contest is asked for anything.

    *Raises* PtceError for anyone but the desk, and for a state that hands nothing over.
    """
    states = act.process.states
    labels = [state.label.in_(language()) for state in states.values() if state.hands_over]
    words: Words = {
        law.DESK: lambda _breach: without_role(
            act.actor, ("desk",), _("Only the desk hands candidatures over.")
        ),
        law.NOT_FROM_THERE: lambda _breach: PtceError(
            _('{ref} stands in the state "{state}": it is not handed over from there.').format(
                ref=case.ref, state=states[case.state].label
            ),
            _("States from which candidatures are handed over: {names}.").format(
                names=", ".join(labels) or _("none")
            ),
            _("`ptce why {ref}` shows the ways out.").format(ref=case.ref),
        ),
    }
    nowhere = CandidatureHandedOver("", "", "", 1, "", "")
    judge(act, case.id, nowhere, NO_SIDES, words)


def _may_meet(giver: Contest, taker: Contest) -> tuple[str, bool]:
    """The origin of the ledger that hands over, and whether it hands over to itself.

    Looked at before either ledger is locked: a database cannot wait for itself.
    """
    origins = []
    for contest in (giver, taker):
        with contest.database.reading() as unit:
            origins.append(ledger_origin(unit, contest.id))
    itself = giver.folder.resolve() == taker.folder.resolve()
    if origins[0] == origins[1] and not itself:
        raise Misuse(
            _("A contest hands nothing over to its own copy."),
            _("Both folders lead to the contest {contest}.").format(contest=taker.id),
            _("Name another folder (--to DIR); if PTCE_DATABASE is set, unset it."),
        )
    if giver.rehearsal != taker.rehearsal:
        raise PtceError(
            _("One of the two contests is a rehearsal, the other is not."),
            _("What was rehearsed would pass for what happened."),
            _("Hand over from a rehearsal to a rehearsal: `ptce init DIR --rehearsal`."),
        )
    return origins[0], itself


def _take(
    giving: Transaction, taking: Transaction, case: Case, own: str, transition: str | None
) -> _Taken:
    there = ledger_origin(taking.unit, taking.contest)
    with suppress(KeyError):
        known = taking.case(received_id(own, case.id))
        n, hash_ = _opening_line(taking, known)
        event = CandidatureHandedOver(known.id, taking.contest, hash_, n, there, known.ref)
        return _Taken(known, event, before=True)
    # The head that is kept: a line that this act has gathered might never be written.
    kept = giving.unit.contest(giving.contest)
    head = kept.head_hash, kept.head_n
    origin = Origin(case.id, giving.contest, *head, own, case.ref, case.state)
    way = way_in(taking, transition, handed=True)
    opened = open_case(taking, way.name, origin=origin)
    line = taking.prev, taking.n
    event = CandidatureHandedOver(opened.id, taking.contest, *line, there, opened.ref)
    along, private, carried, left = _packed(giving, taking, case, way)
    if along.names or along.exhibits or along.figures:
        opened = taking.tell(opened.id, along, private if along.given else None)
    return _Taken(opened, event, carried, left, along)


def _opening_line(act: Transaction, case: Case) -> tuple[int, str]:
    """The number and the hash of the line that opened a candidature.

    *Raises* PtceError when the ledger has none.
    """
    for line, text in lines_of(act.unit, act.contest, (CandidatureOpened,)):
        if line.case == case.id:
            return line.n, digest(text)
    raise PtceError(
        _("The ledger of {contest} does not tell of {ref}.").format(
            contest=act.contest, ref=case.ref
        ),
        mend=_("`ptce verify` there tells all that is broken; restore a backup."),
    )


def _packed(
    giving: Transaction, taking: Transaction, case: Case, way: Way
) -> tuple[FactsCarried, Facts, tuple[str, ...], tuple[Left, ...]]:
    """What the other contest takes: the event, what of it may be erased, the names in order.

    Then the facts that are left here.
    """
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
            if {name, sheet}.isdisjoint(way.transition.carries):
                raise PtceError(_("it is asked there anew"))
            _check(giving, taking, case, name, field, asked)
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


def _check(
    giving: Transaction,
    taking: Transaction,
    case: Case,
    name: str,
    field: FieldType,
    asked: FieldType,
) -> None:
    """Sees that a fact reads in the other contest; its document goes along.

    *Raises* PtceError for one that was erased, or that the other contest would refuse.
    """
    value = case.answer(name, field)
    if value is None or (name in case.given and name not in case.private):
        raise PtceError(_("it was erased"))
    if field.type != asked.type:
        raise PtceError(
            _("it is of type {kind} there, of type {own} here").format(
                kind=asked.type, own=field.type
            )
        )
    asked.parse(field.typed(value), zone=taking.process.zone)
    if isinstance(field, FileField):
        content = giving.unit.document(value["sha256"])
        if content is None:
            raise PtceError(_("the document is missing"))
        taking.unit.add_document(content)
