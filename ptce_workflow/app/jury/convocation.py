"""Calling a sitting: when, where, how many days ahead; and who was called by other means."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from ptce_workflow.app.admin.people import need_desk
from ptce_workflow.app.contest import Contest, atomic
from ptce_workflow.app.jury.agenda import sitting_named
from ptce_workflow.app.jury.meetings import held_before
from ptce_workflow.app.policies import Seen
from ptce_workflow.app.post.plan import CONTEST, Mailing
from ptce_workflow.app.refusals import unknown_name
from ptce_workflow.app.transaction import Transaction, Words
from ptce_workflow.base import speech
from ptce_workflow.base.encoding import from_text, to_text
from ptce_workflow.base.errors import Misuse, PtceError
from ptce_workflow.base.words import _, language
from ptce_workflow.ledger.events import clauses as law
from ptce_workflow.ledger.events.sitting import MEETINGS, ConvocationRecorded, SittingConvened
from ptce_workflow.ledger.notice import days_ahead, notice_of
from ptce_workflow.ledger.state import Convocation
from ptce_workflow.process.explain import Teller
from ptce_workflow.process.letters.outbox import PENDING, Stage
from ptce_workflow.process.machine import Way
from ptce_workflow.process.model.definition import START
from ptce_workflow.process.model.sitting import Sitting
from ptce_workflow.process.model.surroundings import NOTICE
from ptce_workflow.process.process import Process
from ptce_workflow.process.rules.case import Case, Moment, RuleAnswer

if TYPE_CHECKING:
    from ptce_workflow.ledger.events.receipt import Evidence


@dataclass(frozen=True, slots=True)
class Convened:
    """A sitting that was called, by its name; the call before it, where its hour has moved.

    `days` is its notice if it is told today, `mails` how many call it and `held` those of them that
    a person reads first, `late` what those rules of the sitting say that such a notice does not
    meet, `unreached` the institutions that sit, that were not told and to which no mail can leave.
    `told` is who was called by other means, and when, where that was recorded.
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
    told: tuple[str, datetime] | None = None


@atomic
def convene(
    act: Transaction, sitting: str | None, *, at: datetime | None = None, place: str = ""
) -> Convened:
    """Calls a sitting: for an instant, else for its date; at a place, else at that of its date.

    Called again before it is held, its hour or its place moves, and no mail leaves any more that
    tells the one before. After a sitting that lacked its quorum alone, it is the next call.

    *Raises* Misuse for an unknown sitting or an hour that cannot be, PtceError for who may not
    call it, or where it is called so already.
    """
    need_desk(act, _("Only the desk calls a sitting."))
    name, found = sitting_named(act.process.definition.config, sitting)
    held = act.sittings = held_before(act, MEETINGS)
    before, call, moved = held.convened.get(name), held.call(name), held.moved.get(name, 0)
    opens = act.process.dates.fixed.get(found.date)
    meets = at or (opens if not moved and call == 1 else None)
    if meets is None:
        raise Misuse(
            _("Say when the sitting meets."),
            _("It was called before.") if moved or call > 1 else "",
            _("For example: {command}").format(
                command=f'ptce convene {name} --at "16/04/2024 14:00"'
            ),
        )
    place = place or ("" if before is None else before.place)
    event = SittingConvened(to_text(meets), call, moved, place, name)
    line = act.append(event, words=_words(act.process, meets))
    held.convene(name, event.convocation(line))
    made, mailing = held.convened[name], Mailing.of(act)
    if before is not None:
        rows = [row for row in mailing.rows_about(None) if row.occurrence == str(before.n)]
        mailing.cancel(CONTEST, [row for row in rows if row.stage in PENDING], "sitting")
    act.follow()
    fresh = [row for was, row in mailing.changes() if was is None]
    waits = sum(row.held for row in fresh)
    days, unreached = days_ahead(act.process, act.now, meets), _unreached(act, name, made)
    figures = {"notice": days, "call": call, "unreached": len(unreached)}
    late = tuple(_late(act, found, act.bare_moment().but(sitting=figures, meets=name)))
    return Convened(act.process, name, made, before, days, len(fresh), waits, late, unreached)


@atomic
def told_otherwise(
    act: Transaction,
    sitting: str | None,
    institution: str,
    evidence: Evidence,
    *,
    at: datetime | None = None,
) -> Convened:
    """Records that an institution was called by other means than a mail of this contest.

    *Raises* Misuse for a name that leads nowhere or an hour that cannot be, PtceError for who may
    not say so, and for a sitting that nobody has called.
    """
    need_desk(act, _("Only the desk calls a sitting."))
    name, found = sitting_named(act.process.definition.config, sitting)
    seats = act.process.definition.seats(found)
    if institution not in seats:
        what = _('"{name}" does not sit in this panel.').format(name=institution)
        raise unknown_name(what, institution, seats)
    if not act.process.definition.calls(name):
        raise PtceError(
            _("No mail of this contest calls this sitting."),
            _("Its notice counts from the day on which it is called: {command}").format(
                command="ptce convene"
            ),
        )
    held = act.sittings = held_before(act, MEETINGS)
    told = at or act.now
    event = ConvocationRecorded(to_text(told), evidence, institution, name)
    act.append(event, words={**words_of_opening(act, name), **_words_of_hand(act, told)})
    held.tell(name, institution, event.at)
    call = held.convened[name]
    days = days_ahead(act.process, act.now, from_text(call.at))
    unreached = _unreached(act, name, call)
    whom = institution, told
    return Convened(act.process, name, call, None, days, unreached=unreached, told=whom)


def _words_of_hand(act: Transaction, told: datetime) -> Words:
    when = _told(act.process, told)
    return {
        law.TOLD_AT: lambda _breach: Misuse(
            _("Nobody can have been called to this sitting on {when}.").format(when=when),
            _("Its present hour was set after that, or that is still ahead."),
            _("Check the hour."),
        ),
        law.NOTHING: lambda _breach: PtceError(
            _("That is recorded already: called on {when}.").format(when=when)
        ),
    }


def _unreached(act: Transaction, name: str, call: Convocation) -> tuple[str, ...]:
    """The institutions that sit, not told otherwise, and of whom nobody is to get a mail."""
    notice = notice_of(Seen(act), act.process, name, supposed=call.given)
    return () if notice is None else notice.unreached or ()


def _late(act: Transaction, sitting: Sitting, moment: Moment) -> Iterator[str]:
    """What each rule of the sitting says that its notice does not meet, as far as that is known."""
    process, judge = act.process, act.process.judge_of_rules(sitting.rules)
    nobody = Case("", "", START, act.now, 0)
    reads = {one.rule for one in judge.questions if NOTICE in one.used}
    for verdict in judge.verdicts(nobody, moment) if reads else ():
        if verdict.rule in reads and verdict.answer is RuleAnswer.FAILS:
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
        law.CALLED_SO: lambda _breach: PtceError(
            _("The sitting is called for {when} already.").format(when=when),
            again,
            _("Hold it first: {command}").format(command="ptce deliberate --help"),
        ),
        law.CALLED_LATE: lambda _breach: Misuse(
            _("A sitting is called for an hour still ahead: {when}.").format(when=when),
            mend=_("Check the day and the hour."),
        ),
        law.BEFORE_ITS_DATE: lambda breach: Misuse(
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
        law.OPENED: lambda _breach: wrong(_("The sitting cannot have begun at that hour.")),
        law.CLOSED_AT: lambda _breach: wrong(_("The sitting cannot have ended at that hour.")),
        law.DISSENT: lambda breach: Misuse(
            _("No dissent of this institution is written down: {names}.").format(names=breach.why),
            _("It must be there, and the sitting must allow it: dissent = true."),
        ),
    }


def words_of_opening(act: Transaction, name: str) -> Words:
    """The refusals of a meeting that was not called, or not for now, each with how to mend it."""
    held = act.sittings
    called, command = held.convened.get(name), f"ptce convene {name} --at …"
    not_called = _("No meeting of this sitting is called now.")
    if held.moved.get(name) or held.call(name) > 1:
        not_called = _("The sitting was not called again since it decided nothing.")

    def too_early() -> PtceError:
        assert called is not None
        return PtceError(
            _("The sitting is called for {when}.").format(
                when=_told(act.process, from_text(called.at))
            ),
            _("Nobody may decide before those who were called can be there."),
            _("To have it meet at another hour: {command}").format(command=command),
        )

    return {
        **words_of_hours(act),
        law.PROXIES: lambda breach: Misuse(
            _("Too many voices are borne by one member: {names}.").format(names=breach.why),
            _("The sitting says how many: {key}.").format(key=f"sittings.{name}.proxies"),
        ),
        law.SITS_FOR: lambda breach: Misuse(
            _("This person does not sit for that institution: {names}.").format(names=breach.why),
            mend=_("Who sits for whom: {command}").format(command="ptce people list"),
        ),
        law.NOT_CALLED: lambda _breach: PtceError(
            not_called,
            _("This contest calls its sittings by a mail."),
            _("Call it: {command}").format(command=command),
        ),
        law.BEFORE_ITS_HOUR: lambda _breach: too_early(),
    }


@dataclass(frozen=True, slots=True)
class CallMoved:
    """A sitting that is called for another hour than its date, which an adoption moves.

    `told` are the convocations, by their names, that have left or are to leave with its hour.
    """

    sitting: str
    called: datetime
    date: datetime
    told: tuple[str, ...]


def calls_moved(act: Transaction, before: Process, after: Process) -> Iterator[CallMoved]:
    """The sittings that are called, and whose date is another under a process to be adopted."""
    sittings, old, new = after.definition.config.sittings, before.dates.fixed, after.dates.fixed
    dates = {name: one.date for name, one in sittings.items()}
    dates = {name: date for name, date in dates.items() if old.get(date) != new.get(date)}
    for name, call in held_before(act, MEETINGS).convened.items() if dates else ():
        date, at = new.get(dates.get(name, "")), from_text(call.at)
        if date not in (None, at):
            rows = act.unit.messages_of(act.contest, CONTEST)
            sent = (row for row in rows if row.stage in (*PENDING, Stage.SENT, Stage.UNCERTAIN))
            told = tuple(row.name for row in sent if row.occurrence == str(call.n))
            yield CallMoved(name, at, date, told)


def to_call(contest: Contest, ways: Iterable[Way]) -> str:
    """The first sitting that decides one of these ways, and that nobody has called yet; or "".

    One that rectifies is called once a mark was mended, by whoever mended it.
    """
    with contest.looking() as act:
        calls, sittings = act.process.definition.calls, act.process.definition.config.sittings
        named = (name for way in ways for name in way.sittings if not sittings[name].rectifies)
        asked = dict.fromkeys(name for name in named if calls(name))
        # Which one is called follows from the lines of meetings alone.
        convened = held_before(act, MEETINGS).convened if asked else {}
    return next((name for name in asked if name not in convened), "")
