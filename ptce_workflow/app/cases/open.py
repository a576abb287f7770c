"""Opening a candidature by one of the ways in, with what is known of it."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence

from ptce_workflow.app.cases.advance import words_of_way
from ptce_workflow.app.cases.record import FactsRefused, Raw, record
from ptce_workflow.app.policies import ask, context
from ptce_workflow.app.refusals import unknown_name
from ptce_workflow.app.transaction import Transaction
from ptce_workflow.base.encoding import to_text
from ptce_workflow.base.errors import Misuse, PtceError
from ptce_workflow.base.text import alike
from ptce_workflow.base.words import _
from ptce_workflow.ledger.events.candidature import Origin, blank, opening, received_id, reference
from ptce_workflow.ledger.events.transition import moment_of
from ptce_workflow.process.explain.telling import tell_rules
from ptce_workflow.process.machine import Way
from ptce_workflow.process.model.definition import START
from ptce_workflow.process.process import Outcome
from ptce_workflow.process.rules.case import Answer, Case, Moment


def add_all(
    act: Transaction, dossiers: Iterable[tuple[str, Raw]], transition: str | None = None
) -> tuple[Case, ...]:
    """Opens a candidature for each dossier and records what it holds; all of them, or none.

    *Raises* Misuse for an unknown way in; FactsRefused with every fault of every dossier;
    PtceError when the actor lacks the role, or a rule stands in the way.
    """
    cases: list[Case] = []
    problems: list[PtceError] = []
    for name, raw in dossiers:
        try:
            cases.append(record(act, open_case(act, transition), raw))
        except FactsRefused as refused:
            problems += [_in_dossier(name, problem) for problem in refused.problems]
    if problems:
        raise FactsRefused(tuple(problems))
    return tuple(cases)


def twins(act: Transaction, added: Sequence[Case]) -> dict[str, str]:
    """Which of the candidatures just added bear the name and the address of an earlier one.

    *Shape* the reference of the first earlier one, by reference. Capitals, accents and blanks
    make no difference; a candidature without a name or an address is like no other.
    """
    names: dict[str, list[str]] = {}
    for row in act.unit.briefs(act.contest):
        names.setdefault(alike(row.name or ""), []).append(row.ref)
    later, found = {case.ref for case in added}, {}
    for case in added:
        later.discard(case.ref)
        name, address = _identity(act, case)
        for ref in names.get(name, ()) if name and address else ():
            if ref != case.ref and ref not in later:
                (other,) = act.load([ref])
                if _identity(act, other) == (name, address):
                    found[case.ref] = ref
                    break
    return found


def _identity(act: Transaction, case: Case) -> tuple[str, str]:
    asked = act.process.definition.config.contest
    name, address = (
        case.private.get(field or "") for field in (asked.name_field, asked.contact_field)
    )
    return alike(str(name or "")), alike(str(address or ""))


def open_case(
    act: Transaction, transition: str | None = None, *, origin: Origin | None = None
) -> Case:
    """Opens an empty candidature, unless a rule stands in the way; see `add_all`.

    `origin` is the line of another ledger from which it is handed over.
    """
    way = way_in(act, transition, handed=origin is not None)
    case_id = received_id(origin.origin, origin.case) if origin else str(uuid.uuid4())
    ctx = context(act, case_id)
    case = blank(ctx, reference(ctx.before.candidatures()), origin)
    received_at = act.now if way.transition.receives else None
    received = None if received_at is None else to_text(received_at)
    event = opening(ctx, case, way.name, received)
    assert event is not None
    ask(event.may(ctx), words_of_way(act, way))
    if not event.to:
        moment = moment_of(ctx, way, case, received)
        raise _closed(act, way, ctx.judge(way, case, moment), case, moment)
    return act.tell(case_id, event, asked=True)


def _closed(act: Transaction, way: Way, outcome: Outcome, blank: Case, moment: Moment) -> PtceError:
    told = tell_rules(act.process, way, outcome.verdicts, blank, moment)
    what = _("No candidature can be opened now.")
    if blank.origin is not None:
        what = _("The contest {contest} does not take {ref} over.").format(
            contest=act.contest, ref=blank.origin["ref"]
        )
    return PtceError(
        what,
        "\n".join(
            line for rule in told if rule.answer is not Answer.HOLDS for line in rule.lines()
        ),
    )


def _in_dossier(name: str, problem: PtceError) -> PtceError:
    what = _("{label}: {value}").format(label=name, value=problem.what) if name else problem.what
    return PtceError(what, problem.why, problem.mend)


def way_in(act: Transaction, transition: str | None, *, handed: bool = False) -> Way:
    """The way in of that name, or the first; `handed` for what another contest hands over.

    *Raises* Misuse when there is none of that name, or of that sort.
    """
    every = act.process.ways(START)
    ways = {name: way for name, way in every.items() if bool(way.transition.carries) == handed}
    name = transition or next(iter(ways), "")
    if name in ways:
        return ways[name]
    if name in every or not name:
        raise Misuse(*_wrong_way(act, handed=handed))
    raise unknown_name(_('No way in is called "{name}".').format(name=name), name, ways)


def _wrong_way(act: Transaction, *, handed: bool) -> tuple[str, str]:
    if handed:
        return (
            _("The contest {contest} takes no candidature over in this way.").format(
                contest=act.contest
            ),
            _("A way in that takes one over says what it carries (`carries`)."),
        )
    return (
        _("This way in is for candidatures that another contest hands over."),
        _("That contest's desk hands them over: ptce hand-over REF --to DIR"),
    )
