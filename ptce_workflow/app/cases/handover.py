"""Handing a candidature over to another contest: two ledgers, each of which names the other.

The contest that takes it over writes first, and finds what it has taken by where it came from;
the contest that hands it over writes afterwards, still holding its turn. Whatever breaks off in
between, doing it again completes it.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ptce_workflow.app.cases.advance import open_case, way_in
from ptce_workflow.app.cases.history import ledger_origin, lines_of
from ptce_workflow.app.cases.record import write_facts
from ptce_workflow.app.policies import judge
from ptce_workflow.app.refusals import without_role
from ptce_workflow.app.transaction import Transaction, Words
from ptce_workflow.base.errors import Misuse, PtceError
from ptce_workflow.base.geography import Gazetteer
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
from ptce_workflow.ledger.line import digest
from ptce_workflow.process.fields import FieldType, FileField
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

    `line` is the number of the line here, None when nothing was written. `before` is whether the
    other contest had taken it over already: then nothing more was carried.
    """

    here: Case
    there: Case
    process: Process
    contest: str
    carried: tuple[str, ...]
    left: tuple[Left, ...]
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

    *Raises* Misuse for an unknown reference or way in, or for one and the same contest; PtceError
    when the state, the role or a rule of either contest stands in the way.
    """
    own = _may_meet(giver, taker)
    with giver.acting() as giving:
        (case,) = giving.load([ref])
        _may_leave(giving, case)
        with taker.acting() as taking:
            taken = _take(giving, taking, case, own, transition)
            if not dry_run:
                taking.commit()
        reach(HANDING)
        line = None
        if taken.event.origin not in case.handed_over and not dry_run:
            case = giving.tell(case.id, taken.event)
            line = case.version
        if not dry_run:
            giving.commit()
    process = taking.process
    return HandedOver(
        case, taken.case, process, taker.id, taken.carried, taken.left, line, taken.before
    )


@dataclass(frozen=True, slots=True)
class _Taken:
    """A candidature that the other contest took over, and the event to be recorded here."""

    case: Case
    event: CandidatureHandedOver
    carried: tuple[str, ...] = ()
    left: tuple[Left, ...] = ()
    before: bool = False


def _may_leave(act: Transaction, case: Case) -> None:
    """Asks the law, before the other contest is asked for anything.

    *Raises* PtceError for anyone but the desk, and for a state that hands nothing over.
    """
    states = act.process.states
    labels = [state.label.in_(language()) for state in states.values() if state.hands_over]
    words: Words = {
        law.DESK.code: lambda _breach: without_role(
            act.actor, ("desk",), _("Only the desk hands candidatures over.")
        ),
        law.NOT_FROM_THERE.code: lambda _breach: PtceError(
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


def _may_meet(giver: Contest, taker: Contest) -> str:
    """The origin of the ledger that hands over, once it is seen that the two may meet.

    Looked at before either ledger is locked: a database cannot wait for itself.
    """
    origins = []
    for contest in (giver, taker):
        with contest.database.reading() as unit:
            origins.append(ledger_origin(unit, contest.id))
    if origins[0] == origins[1]:
        raise Misuse(
            _("A contest hands nothing over to itself."),
            _("Both folders lead to the contest {contest}.").format(contest=taker.id),
            _("Name another folder (--to DIR); if PTCE_DATABASE is set, unset it."),
        )
    if giver.rehearsal != taker.rehearsal:
        raise PtceError(
            _("One of the two contests is a rehearsal, the other is not."),
            _("What was rehearsed would pass for what happened."),
            _("Hand over from a rehearsal to a rehearsal: `ptce init DIR --rehearsal`."),
        )
    return origins[0]


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
    raw, carried, left = _packed(giving, taking, case, opened.state, way.transition.carries)
    return _Taken(write_facts(taking, opened, raw), event, carried, left)


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
    giving: Transaction, taking: Transaction, case: Case, state: str, carries: tuple[str, ...]
) -> tuple[dict[str, dict[str, Any]], tuple[str, ...], tuple[Left, ...]]:
    """The facts that the other contest takes, as answers and by name, and those that are left."""
    definition = giving.process.definition
    writable = taking.process.writable(state, taking.actor.roles)
    raw: dict[str, dict[str, Any]] = {}
    carried, left = [], []
    for name in definition.field_names():
        field, asked = definition.field(name), taking.process.definition.field(name)
        if field is None or not (name in case.facts or name in case.given):
            continue
        sheet_name, _dot, field_name = name.partition(".")
        try:
            if asked is None or not {name, sheet_name} & set(carries):
                raise PtceError(_("it is not asked there"))
            if asked.is_computed or name not in writable:
                raise PtceError(_("it cannot be written there"))
            answer = _answer(giving, taking, case, name, field, asked)
        except PtceError as refused:
            left.append(Left(name, " ".join((refused.what, refused.why)).strip()))
        else:
            raw.setdefault(sheet_name, {})[field_name] = answer
            carried.append(name)
    return raw, tuple(carried), tuple(left)


def _answer(
    giving: Transaction,
    taking: Transaction,
    case: Case,
    name: str,
    field: FieldType,
    asked: FieldType,
) -> Any:
    """A fact as a person would hand it over, once it was seen that it reads.

    *Raises* PtceError for one that was erased, or that the other contest would refuse.
    """
    value = case.answer(name, field)
    if value is None:
        raise PtceError(_("it was erased"))
    if field.type != asked.type:
        raise PtceError(
            _("it is of type {kind} there, of type {own} here").format(
                kind=asked.type, own=field.type
            )
        )
    typed = field.typed(value)
    if isinstance(field, FileField):
        content = giving.unit.document(value["sha256"])
        if content is None:
            raise PtceError(_("the document is missing"))
        typed = {"name": value["name"], "content": content}
    asked.parse(typed, places=Gazetteer, zone=taking.process.zone)
    return typed
