"""Calling a sitting: when, where, how many days before; and the meetings that were held so far."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from ptce_workflow.app.admin.people import need_desk
from ptce_workflow.app.cases.history import lines_of
from ptce_workflow.app.contest import Contest, atomic
from ptce_workflow.app.jury.agenda import sitting_named
from ptce_workflow.app.post.plan import Mailing, addressees
from ptce_workflow.app.transaction import Transaction, Words
from ptce_workflow.base import speech
from ptce_workflow.base.encoding import from_text, to_text
from ptce_workflow.base.errors import Misuse, PtceError
from ptce_workflow.base.words import _, language
from ptce_workflow.ledger.events import clauses as law
from ptce_workflow.ledger.events.base import Event
from ptce_workflow.ledger.events.panel import RankRecorded
from ptce_workflow.ledger.events.sitting import (
    MEETINGS,
    SittingClosed,
    SittingConvened,
    SittingOpened,
    notice_given,
)
from ptce_workflow.ledger.events.transition import TransitionMade
from ptce_workflow.ledger.state import Convocation, Sittings
from ptce_workflow.process.explain import Teller
from ptce_workflow.process.machine import Way
from ptce_workflow.process.model.definition import START
from ptce_workflow.process.model.sitting import Sitting
from ptce_workflow.process.model.surroundings import NOTICE
from ptce_workflow.process.process import Process
from ptce_workflow.process.rules.case import Answer, Case

_TOLD_BY = (*MEETINGS, RankRecorded, TransitionMade)


@dataclass(frozen=True, slots=True)
class Convened:
    """A sitting that was called, by its name; the call before it, where its hour has moved.

    `mails` is how many leave to call it, `late` what those rules of the sitting say that such a
    notice does not meet, `unreached` the institutions that sit and to which no mail can leave.
    """

    process: Process
    sitting: str
    call: Convocation
    before: Convocation | None
    mails: int
    late: tuple[str, ...]
    unreached: tuple[str, ...]


@atomic
def convene(
    act: Transaction, sitting: str | None, *, at: datetime | None = None, place: str = ""
) -> Convened:
    """Calls a sitting: for an instant, else for its date; at a place, else at that of its date.

    Called again before it is held, its hour or its place moves. After a sitting that decided
    nothing, it is the next call.

    *Raises* Misuse for an unknown sitting or an hour that cannot be, PtceError for who may not
    call it, or where it is called so already.
    """
    need_desk(act, _("Only the desk calls a sitting."))
    name, found = sitting_named(act.process.definition.config, sitting)
    held = act.sittings = held_before(act)
    before, call = held.convened.get(name), held.call(name)
    opens = act.process.dates.fixed.get(found.date)
    meets = at or (opens if before is None and call == 1 else None)
    if meets is None:
        raise Misuse(
            _("Say when the sitting meets."),
            _("It was called before.") if before is not None or call > 1 else "",
            _("For example: {command}").format(
                command=f'ptce convene {name} --at "16/04/2024 14:00"'
            ),
        )
    event = SittingConvened(
        to_text(meets),
        call,
        0 if before is None else before.moved + 1,
        notice_given(act.process, act.now, meets),
        place or ("" if before is None else before.place),
        name,
    )
    line = act.append(event, words=_words(act.process, meets))
    act.follow()
    mails = sum(was is None for was, _row in Mailing.of(act).changes())
    late = tuple(_late(act, found, event))
    call_made = event.convocation(line.n)
    return Convened(act.process, name, call_made, before, mails, late, _unreached(act, name, found))


def _unreached(act: Transaction, name: str, sitting: Sitting) -> tuple[str, ...]:
    """The institutions that sit, and of whom nobody with an address is enrolled."""
    definition = act.process.definition
    if not definition.calls(name):
        return ()
    reached = {one.institution for one in addressees(act.people()) if "jury" in one.roles}
    return tuple(seat for seat in definition.seats(sitting) if seat not in reached)


def _late(act: Transaction, sitting: Sitting, event: SittingConvened) -> Iterator[str]:
    """What each rule of the sitting says that its notice does not meet, as far as that is known."""
    process, judge = act.process, act.process.judge_of_rules(sitting.rules)
    nobody = Case("", "", START, act.now, 0)
    figures = {"notice": event.notice, "call": event.call}
    moment = act.bare_moment().but(sitting=figures, meets=event.sitting)
    reads = {one.rule for one in judge.questions if NOTICE in one.used}
    for verdict in judge.verdicts(nobody, moment) if reads else ():
        if verdict.rule in reads and verdict.answer is Answer.FAILS:
            teller = Teller(process, language())
            yield teller.says(sitting.rules[verdict.rule], nobody, moment)


def _told(process: Process, at: datetime) -> str:
    return speech.long_instant(at, process.zone, language())


def _words(process: Process, meets: datetime) -> Words:
    when = _told(process, meets)
    again = _(
        "Until it is held it may be called anew for another hour or place; if it decides "
        "nothing, it is called once more."
    )
    return {
        law.CALLED_SO.code: lambda _breach: PtceError(
            _("The sitting is called for {when} already.").format(when=when),
            again,
            _("Hold it first: {command}").format(command="ptce deliberate --help"),
        ),
        law.CALLED_LATE.code: lambda _breach: Misuse(
            _("A sitting is called for an hour still ahead: {when}.").format(when=when),
            mend=_("Check the day and the hour."),
        ),
        law.BEFORE_ITS_DATE.code: lambda breach: Misuse(
            _("The sitting cannot meet on {when}.").format(when=when),
            _("Nothing is decided before {when}").format(
                when=_told(process, from_text(breach.why))
            ),
        ),
    }


def words_of_hours(act: Transaction) -> Words:
    """The refusals of hours that cannot be, and of a dissent that the folder does not allow."""
    now = _told(act.process, act.now)

    def wrong(what: str) -> Misuse:
        return Misuse(what, _("It is recorded on {when}.").format(when=now), _("Check the hour."))

    return {
        law.OPENED.code: lambda _breach: wrong(_("The sitting cannot have begun at that hour.")),
        law.CLOSED_AT.code: lambda _breach: wrong(_("The sitting cannot have ended at that hour.")),
        law.DISSENT.code: lambda breach: Misuse(
            _("No dissent of this institution is written down: {names}.").format(names=breach.why),
            _("It must be there, and the sitting must allow it: dissent = true."),
        ),
    }


def words_of_opening(act: Transaction, name: str, held: Sittings) -> Words:
    """The refusals of a meeting that was not called, or not for now, each with how to mend it."""
    called, call = held.convened.get(name), held.call(name)

    def not_called() -> PtceError:
        what = _("The sitting was not called.")
        if call > 1:
            what = _("The sitting was not called a second time since it decided nothing.")
        return PtceError(
            what,
            _("This contest calls its sittings by a mail."),
            _("Call it: {command}").format(command=f"ptce convene {name} --at …"),
        )

    def too_early() -> PtceError:
        assert called is not None
        return PtceError(
            _("The sitting is called for {when}.").format(
                when=_told(act.process, from_text(called.at))
            ),
            _("Nobody may decide before those who were called can be there."),
            _("To have it meet at another hour: {command}").format(
                command=f"ptce convene {name} --at …"
            ),
        )

    return {
        **words_of_hours(act),
        law.PROXIES.code: lambda breach: Misuse(
            _("Too many voices are borne by one member: {names}.").format(names=breach.why),
            _("The sitting says how many: {key}.").format(key=f"sittings.{name}.proxies"),
        ),
        law.SITS_FOR.code: lambda breach: Misuse(
            _("This person does not sit for that institution: {names}.").format(names=breach.why),
            mend=_("Who sits for whom: {command}").format(command="ptce people list"),
        ),
        law.NOT_CALLED.code: lambda _breach: not_called(),
        law.BEFORE_ITS_HOUR.code: lambda _breach: too_early(),
    }


def to_call(contest: Contest, ways: Iterable[Way]) -> str:
    """The first sitting that decides one of these ways, and that nobody has called yet; or ""."""
    with contest.looking() as act:
        calls = act.process.definition.calls
        asked = dict.fromkeys(name for way in ways for name in way.sittings if calls(name))
        # Which one is called follows from the lines of meetings alone.
        convened = held_before(act, MEETINGS).convened if asked else {}
    return next((name for name in asked if name not in convened), "")


def held_before(act: Transaction, kinds: Collection[type[Event]] = _TOLD_BY) -> Sittings:
    """The meetings held so far, from the lines of those kinds: all that tell of them, or some."""
    held = Sittings()
    for line, _text in lines_of(act.unit, act.contest, kinds):
        case_id = line.case or ""
        match line.data:
            case TransitionMade():
                held.decides(case_id)
            case RankRecorded(sheet=panel):
                held.ranks(panel, case_id)
            case SittingConvened(sitting=name):
                held.convene(name, line.data.convocation(line.n))
            case SittingOpened():
                held.open(line.data.meets(None, line))
            case SittingClosed():
                held.close()
    return held
