"""The agenda of a sitting, once read: its names are checked, and the voices of its votes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import chain

from ptce_workflow.app.cases.advance import must_be_asked
from ptce_workflow.app.refusals import reason_given, unknown_name
from ptce_workflow.app.transaction import Transaction
from ptce_workflow.base.errors import Misuse
from ptce_workflow.base.words import _
from ptce_workflow.process.fields.answers import TextRefused
from ptce_workflow.process.model.definition import Config
from ptce_workflow.process.model.sitting import Sitting
from ptce_workflow.process.panel.figures import linked
from ptce_workflow.process.panel.meeting import (
    Agenda,
    Deviation,
    VotedOrder,
    counting,
    in_the_chair,
    seated,
    speaking,
)
from ptce_workflow.process.rules.case import Case


def sitting_named(config: Config, name: str | None) -> tuple[str, Sitting]:
    """The sitting of that name, or the only one that does not rectify another.

    *Raises* Misuse when it does not exist or several do.
    """
    sittings = config.sittings
    first = {key: one for key, one in sittings.items() if not one.rectifies}
    if name is None and len(first) == 1:
        return next(iter(first.items()))
    if name is not None and name in sittings:
        return name, sittings[name]
    if not sittings:
        raise Misuse(
            _("No panel of this contest meets to decide."),
            _("A meeting is a table of config.toml: [sittings.<name>]."),
        )
    raise unknown_name(_('"{name}" is no sitting.').format(name=name or ""), name or "", sittings)


_PERSON = "P-"


def who_is_there(act: Transaction, agenda: Agenda, sitting: Sitting) -> Agenda:
    """An agenda whose presence is told by institution: who has a voice, who is heard, who sits.

    `present` may name institutions, persons (`P-004`), or both (`sgar=P-004`).

    *Raises* Misuse for a person that sits for no institution.
    """
    present: list[str] = []
    heard: list[str] = []
    persons = dict(agenda.persons)
    known = {one.pseudonym: one for one in act.people() if one.active and one.institution}
    for word in agenda.present:
        name, _sign, pseudonym = word.partition("=")
        if name.startswith(_PERSON) and not pseudonym:
            name, pseudonym = "", name
        if pseudonym:
            if pseudonym not in known:
                what = _('"{name}" sits for no institution.').format(name=pseudonym)
                raise unknown_name(what, pseudonym, known)
            name = name or known[pseudonym].institution or ""
            persons[name] = pseudonym
        (heard if name in sitting.advises else present).append(name)
    chair = agenda.chair or in_the_chair(sitting, present)
    return replace(agenda, present=present, heard=heard, persons=persons, chair=chair)


def check_agenda(
    act: Transaction, agenda: Agenda, sitting: Sitting, cases: Mapping[str, Case]
) -> None:
    """Lets an agenda through whose every name leads somewhere; `cases` are those decided on.

    *Raises* Misuse for the first that does not.
    """
    _check_presence(act, agenda, sitting)
    for deviation in agenda.deviations:
        _known(deviation.transition, sitting.decides, _('This sitting does not decide "{name}".'))
        _ballot(act, agenda, sitting, [_case(cases, deviation.ref)], deviation)
    _once([deviation.ref for deviation in agenda.deviations])
    for order in agenda.orders:
        if len(order.refs) < 2:
            raise Misuse(
                _("A vote on an order is on several candidatures: {refs}.").format(
                    refs=", ".join(order.refs) or "–"
                ),
                _("It parts those that share a rank."),
                _("`ptce jury rank` shows who shares a rank."),
            )
        _ballot(act, agenda, sitting, [_case(cases, ref) for ref in order.refs], order)
    _once([ref for order in agenda.orders for ref in order.refs])
    for ref, answers in agenda.answers.items():
        ways = act.process.ways(_case(cases, ref).state)
        asked = [ways[name].transition.asks for name in sitting.decides if name in ways]
        must_be_asked(answers, tuple(chain.from_iterable(asked)), ref)
    for ref, reason in agenda.reasons.items():
        _case(cases, ref)
        _said(reason, ref)


def _check_presence(act: Transaction, agenda: Agenda, sitting: Sitting) -> None:
    """Lets through those who sit, once each, the voices that they bear, and who chairs."""
    members = act.process.definition.seats(sitting)
    for institution in agenda.present:
        _known(institution, members, _('"{name}" does not sit in this panel.'))
    for giver, bearer in agenda.proxies.items():
        _known(giver, members, _('"{name}" does not sit in this panel.'))
        _known(bearer, agenda.present, _('"{name}" is not present: it bears no voice.'))
    if len(set(agenda.present)) != len(agenda.present) or not agenda.present:
        raise Misuse(
            _("Say who is present, each institution once."),
            mend=_("For example: --present {names}.").format(names=",".join(members[:3])),
        )
    if agenda.chair is not None:
        _known(agenda.chair, agenda.present, _('"{name}" is not present: it cannot chair.'))
    first = in_the_chair(sitting, agenda.present)
    if first not in (None, agenda.chair):
        raise Misuse(
            _('"{name}" cannot chair: "{first}" is present.').format(
                name=agenda.chair, first=first
            ),
            _("The first present of those who chair does: {names}.").format(
                names=", ".join(sitting.chairs)
            ),
        )


def voices(
    act: Transaction, agenda: Agenda, sitting: Sitting, cases: Iterable[Case]
) -> tuple[str, ...]:
    """Those present who may vote on some candidatures: who steps aside from one does not."""
    definition = act.process.definition
    sheet, seats = definition.sheets[sitting.panel], definition.seats(sitting)
    return speaking(agenda.present, agenda.proxies, counting(seats, sitting, sheet, cases))


def _ballot(
    act: Transaction,
    agenda: Agenda,
    sitting: Sitting,
    cases: Sequence[Case],
    vote: Deviation | VotedOrder,
) -> None:
    """Checks one vote: voices of those who may vote, each once, and why."""
    given = [*vote.ayes, *vote.noes]
    for institution in given:
        there = [*agenda.present, *agenda.proxies]
        _known(institution, there, _('"{name}" is not present: it has no voice.'))
        for case in cases:
            _must_count(act, sitting, institution, case)
            if institution in agenda.proxies:
                _must_count(act, sitting, agenda.proxies[institution], case)
    for institution in given:
        if given.count(institution) > 1:
            raise Misuse(
                _('"{name}" votes more than once on {refs}.').format(
                    name=institution, refs=", ".join(case.ref for case in cases)
                ),
                _("One institution has one voice, for or against."),
            )
    if not given:
        raise Misuse(
            _("Nobody has voted on {refs}.").format(refs=", ".join(case.ref for case in cases)),
            mend=_("Say who is for and who is against: {options}.").format(
                options="--ayes, --noes"
            ),
        )
    refs = ", ".join(case.ref for case in cases)
    if not _said(vote.reason, refs):
        raise Misuse(
            _("The vote on {refs} has no reason.").format(refs=refs),
            _("The minutes say why a panel departs from its ranking, or parts a tie."),
        )


def _must_count(act: Transaction, sitting: Sitting, institution: str, case: Case) -> None:
    """Lets through an institution whose voice counts for a candidature."""
    sheet = act.process.definition.sheets[sitting.panel]
    counting = seated(sitting, sheet, case)
    if institution in counting:
        return
    what = _('"{name}" is not asked about {ref}: it has no voice on it.')
    if institution in linked(sitting.panel, case):
        what = _('"{name}" has declared links with {ref}: it has no voice on it.')
    if institution in case.recused.get(sitting.panel, ()):
        what = _('"{name}" steps aside from {ref}: it has no voice on it.')
    raise Misuse(
        what.format(name=institution, ref=case.ref),
        mend=_("Those who count: {names}.").format(names=", ".join(counting) or "–"),
    )


def _said(reason: str, refs: str) -> str:
    """A reason as it is recorded.

    *Raises* Misuse that names what it is about.
    """
    try:
        return reason_given(reason)
    except TextRefused as refused:
        what = _("{file}: {problem}").format(file=refs, problem=refused.what)
        raise Misuse(what, refused.why, refused.mend) from None


def _case(cases: Mapping[str, Case], ref: str) -> Case:
    if ref not in cases:
        what = _("{ref} is not among the candidatures that this sitting decides on.")
        raise unknown_name(what.format(ref=ref), ref, cases)
    return cases[ref]


def _known(name: str, known: Sequence[str], what: str) -> None:
    if name not in known:
        raise unknown_name(what.format(name=name), name, known)


def _once(refs: Sequence[str]) -> None:
    for ref in refs:
        if refs.count(ref) > 1:
            raise Misuse(
                _("{ref} is voted on more than once.").format(ref=ref),
                _("One vote settles one matter."),
            )
