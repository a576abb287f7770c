"""Convening a sitting: its agenda, its members and the notice that they get."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import chain

from msgspec import Struct
from msgspec.structs import replace

from ptce_workflow.app.candidatures.advance import must_be_asked
from ptce_workflow.app.contest import Contest, Seen, atomic
from ptce_workflow.app.outbox.plan import CONTEST, Mailing
from ptce_workflow.app.people import need_desk
from ptce_workflow.app.refusals import reason_given, unknown_name
from ptce_workflow.app.transaction import Transaction, Words
from ptce_workflow.base.errors import Misuse, PtceError
from ptce_workflow.base.notation import from_text, to_text
from ptce_workflow.base.words import _, language
from ptce_workflow.ledger.events import clauses
from ptce_workflow.ledger.events.facts import Evidence
from ptce_workflow.ledger.events.sitting import ConvocationRecorded, SittingConvened
from ptce_workflow.ledger.sitting_rules import days_ahead, notice_of
from ptce_workflow.ledger.state import Convocation
from ptce_workflow.process.candidature import Candidature, RuleAnswer, RuleContext
from ptce_workflow.process.explain import Teller
from ptce_workflow.process.fields.base import TextRefused
from ptce_workflow.process.letters.message import PENDING, Stage
from ptce_workflow.process.model.definition import Config
from ptce_workflow.process.model.sheets import Sitting
from ptce_workflow.process.panel import (
    Agenda,
    Deviation,
    VotedOrder,
    counting,
    in_the_chair,
    linked,
    seated,
    speaking,
)
from ptce_workflow.process.process import Edge, Process, nobody, to_the_minute
from ptce_workflow.process.rules import NOTICE


def sitting_named(config: Config, name: str | None) -> tuple[str, Sitting]:
    """The sitting of that name, or the only one that does not rectify. Raises: Misuse."""
    sittings = config.sittings
    first = {key: sitting for key, sitting in sittings.items() if not sitting.rectifies}
    if name is None and len(first) == 1:
        return next(iter(first.items()))
    if name is not None and name in sittings:
        return name, sittings[name]
    if not sittings:
        what = _("No panel of this contest meets to decide.")
        raise Misuse(what, _("A meeting is a table of config.toml: [sittings.<name>]."))
    raise unknown_name(_('"{name}" is no sitting.').format(name=name or ""), name or "", sittings)


_PERSON = "P-"


def who_is_there(tx: Transaction, agenda: Agenda, sitting: Sitting) -> Agenda:
    """An agenda by institution, from institutions and persons present. Raises: Misuse."""
    present: list[str] = []
    heard: list[str] = []
    persons = dict(agenda.persons)
    people = {one.pseudonym: one for one in tx.people() if one.active and one.institution}
    for word in agenda.present:
        name, _sign, pseudonym = word.partition("=")
        if name.startswith(_PERSON) and not pseudonym:
            name, pseudonym = "", name
        if pseudonym:
            if pseudonym not in people:
                what = _('"{name}" sits for no institution.').format(name=pseudonym)
                raise unknown_name(what, pseudonym, people)
            name = name or people[pseudonym].institution or ""
            persons[name] = pseudonym
        (heard if name in sitting.advises else present).append(name)
    chair = agenda.chair or in_the_chair(sitting, present)
    return replace(agenda, present=present, heard=heard, persons=persons, chair=chair)


def check_agenda(
    tx: Transaction, agenda: Agenda, sitting: Sitting, cases: Mapping[str, Candidature]
) -> None:
    _check_presence(tx, agenda, sitting)
    undecided = _('This sitting does not decide "{name}".')
    for deviation in agenda.deviations:
        _check_name(deviation.transition, sitting.decides, undecided)
        _ballot(tx, agenda, sitting, [_case(cases, deviation.ref)], deviation)
    _once([deviation.ref for deviation in agenda.deviations])
    for order in agenda.orders:
        if len(order.refs) < 2:
            what = _("A vote on an order is on several candidatures: {refs}.")
            what = what.format(refs=", ".join(order.refs) or "–")
            why = _("It parts those that share a rank.")
            raise Misuse(what, why, _("`ptce jury rank` shows who shares a rank."))
        _ballot(tx, agenda, sitting, [_case(cases, ref) for ref in order.refs], order)
    _once([ref for order in agenda.orders for ref in order.refs])
    for ref, answers in agenda.answers.items():
        edges = tx.process.edges(_case(cases, ref).state)
        asked = [edges[name].transition.asks for name in sitting.decides if name in edges]
        must_be_asked(answers, tuple(chain.from_iterable(asked)), ref)
    for ref, reason in agenda.reasons.items():
        _case(cases, ref)
        _recorded_reason(reason, ref)


def _check_presence(tx: Transaction, agenda: Agenda, sitting: Sitting) -> None:
    """Lets through those who sit, once each, the voices that they bear, and who chairs."""
    members = tx.process.definition.seats(sitting)
    for institution in agenda.present:
        _check_name(institution, members, _('"{name}" does not sit in this panel.'))
    for giver, bearer in agenda.proxies.items():
        _check_name(giver, members, _('"{name}" does not sit in this panel.'))
        _check_name(bearer, agenda.present, _('"{name}" is not present: it bears no voice.'))
    if len(set(agenda.present)) != len(agenda.present) or not agenda.present:
        mend = _("For example: --present {names}.").format(names=",".join(members[:3]))
        raise Misuse(_("Say who is present, each institution once."), mend=mend)
    if agenda.chair is not None:
        _check_name(agenda.chair, agenda.present, _('"{name}" is not present: it cannot chair.'))
    first = in_the_chair(sitting, agenda.present)
    if first not in (None, agenda.chair):
        what = _('"{name}" cannot chair: "{first}" is present.')
        why = _("The first present of those who chair does: {names}.")
        why = why.format(names=", ".join(sitting.chairs))
        raise Misuse(what.format(name=agenda.chair, first=first), why)


def voices(
    tx: Transaction, agenda: Agenda, sitting: Sitting, cases: Iterable[Candidature]
) -> tuple[str, ...]:
    """Those present who may vote on some candidatures: who steps aside from one does not."""
    definition = tx.process.definition
    sheet, seats = definition.sheets[sitting.panel], definition.seats(sitting)
    return speaking(agenda.present, agenda.proxies, counting(seats, sitting, sheet, cases))


def _ballot(
    tx: Transaction,
    agenda: Agenda,
    sitting: Sitting,
    cases: Sequence[Candidature],
    vote: Deviation | VotedOrder,
) -> None:
    given, refs = [*vote.ayes, *vote.noes], ", ".join(case.ref for case in cases)
    for institution in given:
        there = [*agenda.present, *agenda.proxies]
        _check_name(institution, there, _('"{name}" is not present: it has no voice.'))
        for case in cases:
            _must_count(tx, sitting, institution, case)
            if institution in agenda.proxies:
                _must_count(tx, sitting, agenda.proxies[institution], case)
    for institution in given:
        if given.count(institution) > 1:
            what = _('"{name}" votes more than once on {refs}.')
            why = _("One institution has one voice, for or against.")
            raise Misuse(what.format(name=institution, refs=refs), why)
    if not given:
        what = _("Nobody has voted on {refs}.").format(refs=refs)
        mend = _("Say who is for and who is against: {keys}.").format(keys="ayes, noes")
        raise Misuse(what, mend=mend)
    if not _recorded_reason(vote.reason, refs):
        why = _("The minutes say why a panel departs from its ranking, or parts a tie.")
        raise Misuse(_("The vote on {refs} has no reason.").format(refs=refs), why)


def _must_count(tx: Transaction, sitting: Sitting, institution: str, case: Candidature) -> None:
    sheet = tx.process.definition.sheets[sitting.panel]
    counting = seated(sitting, sheet, case)
    if institution in counting:
        return
    what = _('"{name}" is not asked about {ref}: it has no voice on it.')
    if institution in linked(sitting.panel, case):
        what = _('"{name}" has declared links with {ref}: it has no voice on it.')
    if institution in case.recused.get(sitting.panel, ()):
        what = _('"{name}" steps aside from {ref}: it has no voice on it.')
    mend = _("Those who count: {names}.").format(names=", ".join(counting) or "–")
    raise Misuse(what.format(name=institution, ref=case.ref), mend=mend)


def _recorded_reason(reason: str, refs: str) -> str:
    """A reason as it is recorded. Raises: Misuse that names what it is about."""
    try:
        return reason_given(reason)
    except TextRefused as refused:
        what = _("{file}: {problem}").format(file=refs, problem=refused.what)
        raise Misuse(what, refused.why, refused.mend) from None


def _case(cases: Mapping[str, Candidature], ref: str) -> Candidature:
    if ref not in cases:
        what = _("{ref} is not among the candidatures that this sitting decides on.")
        raise unknown_name(what.format(ref=ref), ref, cases)
    return cases[ref]


def _check_name(name: str, names: Sequence[str], what: str) -> None:
    if name not in names:
        raise unknown_name(what.format(name=name), name, names)


def _once(refs: Sequence[str]) -> None:
    for ref in refs:
        if refs.count(ref) > 1:
            what = _("{ref} is voted on more than once.").format(ref=ref)
            raise Misuse(what, _("One vote settles one matter."))


class Convened(Struct, frozen=True):
    """A sitting that was called, by its name; the call before it, where its hour has moved.

    `days` is its notice if it is told today, `mails` how many call it and `held` those of them that
    a person reads first, `late` what those rules of the sitting say that such a notice does not
    meet, `unreached` the institutions that sit, that were not told and to which no mail can leave.
    `by_hand` is who was called by other means, and when, where that was recorded.
    """

    process: Process
    sitting: str
    call: Convocation
    before: Convocation | None
    days: int
    mails: int = 0
    held: int = 0
    late: tuple[str, ...] = ()
    unreached: tuple[str, ...] = ()
    by_hand: tuple[str, datetime] | None = None


@atomic
def convene(
    tx: Transaction, sitting: str | None, *, at: datetime | None = None, place: str = ""
) -> Convened:
    """Calls a sitting: for an instant, else for its date; at a place, else at that of its date.

    Called again before it is held, its hour or its place moves, and no mail leaves any more that
    tells the one before. After a sitting that lacked its quorum alone, it is the next call.

    Raises: Misuse for an unknown sitting or an hour that cannot be, PtceError for who may not
    call it, or where it is called so already.
    """
    need_desk(tx, _("Only the desk calls a sitting."))
    name, found = sitting_named(tx.process.definition.config, sitting)
    held = tx.sittings
    before, call, moved = held.convened.get(name), held.call(name), held.moved.get(name, 0)
    opens = tx.process.dates.fixed.get(found.date)
    meets = at or (opens if not moved and call == 1 else None)
    if meets is None:
        what = _("Say when the sitting meets.")
        command = f'ptce convene {name} --at "16/04/2024 14:00"'
        mend = _("For example: {command}").format(command=command)
        raise Misuse(what, _("It was called before.") if moved or call > 1 else "", mend)
    place = place or ("" if before is None else before.place)
    event = SittingConvened(to_text(meets), call, moved, place, name)
    tx.record_of_contest(event, words=_words(tx.process, meets))
    convocation, mailing = held.convened[name], Mailing.of(tx)
    if before is not None:
        rows = [row for row in mailing.rows_about(None) if row.occurrence == str(before.n)]
        mailing.cancel(CONTEST, [row for row in rows if row.stage in PENDING], "sitting")
    tx.follow()
    fresh = [row for was, row in mailing.changes() if was is None]
    waits = sum(row.held for row in fresh)
    days, unreached = days_ahead(tx.process, tx.now, meets), _unreached(tx, name, convocation)
    figures = {"notice": days, "call": call, "unreached": len(unreached)}
    late = tuple(_late(tx, found, tx.bare_moment().but(sitting=figures, meets=name)))
    return Convened(tx.process, name, convocation, before, days, len(fresh), waits, late, unreached)


@atomic
def record_convocation(
    tx: Transaction,
    sitting: str | None,
    institution: str,
    evidence: Evidence,
    *,
    at: datetime | None = None,
) -> Convened:
    need_desk(tx, _("Only the desk calls a sitting."))
    name, found = sitting_named(tx.process.definition.config, sitting)
    seats = tx.process.definition.seats(found)
    if institution not in seats:
        what = _('"{name}" does not sit in this panel.').format(name=institution)
        raise unknown_name(what, institution, seats)
    if not tx.process.definition.calls(name):
        why = _("Its notice counts from the day on which it is called: {command}")
        what = _("No mail of this contest calls this sitting.")
        raise PtceError(what, why.format(command="ptce convene"))
    instant = at or tx.now
    event = ConvocationRecorded(to_text(instant), evidence, institution, name)
    when = to_the_minute(tx.process, instant)
    words: Words = {
        **words_of_opening(tx, name),
        clauses.TOLD_AT: lambda _violation: Misuse(
            _("Nobody can have been called to this sitting on {when}.").format(when=when),
            _("Its present hour was set after that, or that is still ahead."),
            _("Check the hour."),
        ),
        clauses.NOTHING: lambda _violation: PtceError(
            _("That is recorded already: called on {when}.").format(when=when)
        ),
    }
    tx.record_of_contest(event, words=words)
    call = tx.sittings.convened[name]
    days = days_ahead(tx.process, tx.now, from_text(call.at))
    unreached = _unreached(tx, name, call)
    whom = institution, instant
    return Convened(tx.process, name, call, None, days, unreached=unreached, by_hand=whom)


def _unreached(tx: Transaction, name: str, call: Convocation) -> tuple[str, ...]:
    """The institutions that sit, not told otherwise, and of whom nobody is to get a mail."""
    notice = notice_of(Seen(tx), tx.process, name, supposed=call.given)
    return () if notice is None else notice.unreached or ()


def _late(tx: Transaction, sitting: Sitting, moment: RuleContext) -> Iterator[str]:
    """What each rule of the sitting says that its notice does not meet, as far as that is known."""
    process, judge = tx.process, tx.process.judge_of_rules(sitting.rules)
    case = nobody(tx.now)
    reads = {question.rule for question in judge.questions if NOTICE in question.used}
    for verdict in judge.verdicts(case, moment) if reads else ():
        if verdict.rule in reads and verdict.answer is RuleAnswer.FAILS:
            yield Teller(process, language()).says(sitting.rules[verdict.rule], case, moment)


def _words(process: Process, meets: datetime) -> Words:
    when = to_the_minute(process, meets)
    again = _(
        "Until it is held it may be called anew for another hour or place; if it decides "
        "nothing, it is called once more."
    )
    return {
        clauses.CALLED_SO: lambda _violation: PtceError(
            _("The sitting is called for {when} already.").format(when=when),
            again,
            _("Hold it first: {command}").format(command="ptce deliberate --help"),
        ),
        clauses.CALLED_LATE: lambda _violation: Misuse(
            _("A sitting is called for an hour still ahead: {when}.").format(when=when),
            mend=_("Check the day and the hour."),
        ),
        clauses.BEFORE_ITS_DATE: lambda violation: Misuse(
            _("The sitting cannot meet on {when}.").format(when=when),
            _("Nothing is decided before {when}").format(
                when=to_the_minute(process, from_text(violation.why))
            ),
        ),
    }


def words_of_hours(tx: Transaction) -> Words:
    now = to_the_minute(tx.process, tx.now)

    def wrong(what: str) -> Misuse:
        return Misuse(what, _("It is recorded on {when}.").format(when=now), _("Check the hour."))

    return {
        clauses.OPENED: lambda _violation: wrong(_("The sitting cannot have begun at that hour.")),
        clauses.CLOSED_AT: lambda _broken: wrong(_("The sitting cannot have ended at that hour.")),
        clauses.DISSENT: lambda violation: Misuse(
            _("No dissent of this institution is written down: {names}.").format(
                names=violation.why
            ),
            _("It must be there, and the sitting must allow it: dissent = true."),
        ),
    }


def words_of_opening(tx: Transaction, name: str) -> Words:
    held = tx.sittings
    called, command = held.convened.get(name), f"ptce convene {name} --at …"
    not_called = _("No meeting of this sitting is called now.")
    if held.moved.get(name) or held.call(name) > 1:
        not_called = _("The sitting was not called again since it decided nothing.")
    when = "" if called is None else to_the_minute(tx.process, from_text(called.at))
    return {
        **words_of_hours(tx),
        clauses.PROXIES: lambda violation: Misuse(
            _("Too many voices are borne by one member: {names}.").format(names=violation.why),
            _("The sitting says how many: {key}.").format(key=f"sittings.{name}.proxies"),
        ),
        clauses.SITS_FOR: lambda violation: Misuse(
            _("This person does not sit for that institution: {names}.").format(
                names=violation.why
            ),
            mend=_("Who sits for whom: {command}").format(command="ptce people list"),
        ),
        clauses.NOT_CALLED: lambda _violation: PtceError(
            not_called,
            _("This contest calls its sittings by a mail."),
            _("Call it: {command}").format(command=command),
        ),
        clauses.BEFORE_ITS_HOUR: lambda _violation: PtceError(
            _("The sitting is called for {when}.").format(when=when),
            _("Nobody may decide before those who were called can be there."),
            _("To have it meet at another hour: {command}").format(command=command),
        ),
    }


class CallMoved(Struct, frozen=True):
    """A sitting that is called for another hour than its date, which an adoption moves.

    `convocations`, by their names, are those that have left or are to leave with its hour.
    """

    sitting: str
    called: datetime
    date: datetime
    convocations: tuple[str, ...]


def calls_moved(tx: Transaction, before: Process, after: Process) -> Iterator[CallMoved]:
    """The sittings that are called, and whose date is another under a process to be adopted."""
    sittings, old, new = after.definition.config.sittings, before.dates.fixed, after.dates.fixed
    dates = {name: sitting.date for name, sitting in sittings.items()}
    dates = {name: date for name, date in dates.items() if old.get(date) != new.get(date)}
    for name, call in tx.sittings.convened.items() if dates else ():
        date, at = new.get(dates.get(name, "")), from_text(call.at)
        if date not in (None, at):
            rows = tx.unit.messages_of(tx.contest, CONTEST)
            sent = (row for row in rows if row.stage in (*PENDING, Stage.SENT, Stage.UNCERTAIN))
            names = tuple(row.name for row in sent if row.occurrence == str(call.n))
            yield CallMoved(name, at, date, names)


def to_call(contest: Contest, edges: Iterable[Edge]) -> str:
    """The first sitting to call for one of these ways; a rectifying one once a mark was mended."""
    with contest.looking() as tx:
        calls, sittings = tx.process.definition.calls, tx.process.definition.config.sittings
        named = (name for edge in edges for name in edge.sittings if not sittings[name].rectifies)
        asked = dict.fromkeys(name for name in named if calls(name))
        convened = tx.sittings.convened
    return next((name for name in asked if name not in convened), "")
