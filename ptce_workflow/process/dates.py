"""The dates of a contest, and when sheets were received, decisions notified, requests answered."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from msgspec import Struct

from ptce_workflow.base.errors import Misuse, shown
from ptce_workflow.base.words import N_, _
from ptce_workflow.process.calendar import (
    MOST,
    Anchor,
    AnchorKind,
    Instant,
    InstantError,
    TimeUnit,
    Workdays,
    check_local,
    months_later,
    parse_instant,
    resolve,
    resolve_dates,
)
from ptce_workflow.process.candidature import Candidature, Decided, RuleContext
from ptce_workflow.process.fields import DatedField, field_types
from ptce_workflow.process.model.definition import Definition


def received(definition: Definition, sheet: str, case: Candidature) -> datetime | None:
    """The first arrival of a sheet, or the last where it says so; None while there is none."""
    arrived = case.received.get(sheet, ())
    if not arrived:
        return None
    return max(arrived) if definition.sheets[sheet].receipt == "last" else min(arrived)


class Versions(NamedTuple):
    """Whether an arrival is late, which one `counts` instead of it, which one it `replaces`."""

    is_late: bool
    counts: datetime | None
    replaces: datetime | None


def versions(arrived: Iterable[datetime], at: datetime, until: datetime | None) -> Versions:
    """What an arrival is among all those of a sheet: the last one in time counts."""
    late = until is not None and at > until
    others = [instant for instant in arrived if instant != at]
    last = max((instant for instant in others if until is None or instant <= until), default=None)
    instead = last is not None and (late or last > at)
    return Versions(late, last if instead else None, None if instead else last)


def notified(definition: Definition, case: Candidature) -> datetime | None:
    """When the mail of the last decision was last sent, and did not come back; or None."""
    decided = standing(definition, case)
    return None if decided is None else _notified_at(definition, decided)


def standing(definition: Definition, case: Candidature) -> Decided | None:
    """The last decision, but for those that were undone before anybody was notified."""
    decided = case.decided
    while decided is not None and decided.undone and _notified_at(definition, decided) is None:
        decided = decided.before
    return decided


def decision(definition: Definition, case: Candidature) -> Decided | None:
    """The decision that stands: an answer to a request changes neither it nor its day."""
    decided = standing(definition, case)
    while decided is not None and decided.edge.partition(".")[0] in definition.requests:
        decided = decided.against
    return decided


def decisions(case: Candidature) -> tuple[Decided, ...]:
    """The decisions on a candidature and the answers to its requests, the first one first.

    Of several answers to one request, only the last one.
    """
    every, decided = list[Decided](), case.decided
    while decided is not None:
        every.append(decided)
        decided = decided.against or decided.before
    return tuple(reversed(every))


def is_undone(definition: Definition, case: Candidature, mail: str, line: str) -> bool:
    """True for the mail of a decision, at a line, that was undone before anybody was notified."""
    decided = case.decided
    if decided is None or decided is standing(definition, case) or str(decided.n) != line:
        return False
    return mail in definition.telling(decided.edge)


def is_replaced(definition: Definition, case: Candidature | None, line: int) -> bool:
    """True for the line of a decision after which another was taken; an answer replaces none."""
    decided = None if case is None else standing(definition, case)
    later = decided is not None and decided.n > line
    while decided is not None and decided.n != line:
        decided = decided.against
    return later and decided is None


def _notified_at(definition: Definition, decided: Decided) -> datetime | None:
    sendings = map(decided.sent.get, definition.telling(decided.edge))
    return max((sent for sent in sendings if sent is not None), default=None)


def asked(definition: Definition, name: str, case: Candidature) -> datetime | None:
    arrived = case.received.get(name)
    if not arrived:
        return None
    windows = definition.requests[name].windows.items()
    plain = (state for state, (start, _end) in windows if start is None)
    since = [case.entered[state] for state in plain if state in case.entered]
    over = name in case.answers and max(since, default=arrived[-1]) > arrived[-1]
    return None if over else arrived[-1]


def reviews_own(definition: Definition, name: str, case: Candidature, who: str) -> bool:
    """Whether the folder wants another person for a request; a sitting's decision is nobody's."""
    request, decided = definition.requests.get(name), case.contested(name).decided
    if request is None or "another" not in request.review or decided is None:
        return False
    return decided.by == who and not definition.is_decided(*decided.edge.split("."))


def outcome(definition: Definition, name: str, case: Candidature) -> str | None:
    """The answer to the last request of a name; None while there is none, or it counts no more."""
    return case.answers.get(name) if asked(definition, name, case) is not None else None


class AnchorType(Struct, frozen=True):
    """A kind of anchor: how it is written and described, the names it has, when it happened.

    `happened` is None for dates of the contest, which hang on one another first. `stirred` tells
    that it may have happened anew where a candidature stays where it is: its mails may then move.
    `misfit` is what is wrong with a name that is there and that nothing can be counted from.
    """

    written: str
    description: str
    noun: str
    names: Callable[[Definition], Collection[str]]
    happened: Callable[[Definition, Candidature, str], date | None] | None
    stirred: Callable[[Candidature, Candidature], bool] = lambda _before, _after: False
    misfit: Callable[[Definition, str], InstantError | None] = lambda _definition, _name: None


def _about_the_contest(definition: Definition, name: str) -> InstantError | None:
    if definition.notifications[name].about != "contest":
        return None
    what = _('"{name}" is a mail about the contest.').format(name=name)
    why = _("It is sent to no candidature: this instant would never be known.")
    return InstantError(what, why, _("Count from a date, or from a mail about a candidature."))


def _undated(definition: Definition, name: str) -> InstantError | None:
    field = definition.field(name)
    if field is None or isinstance(field, DatedField):
        return None
    dated = [type_ for type_, model in field_types().items() if issubclass(model, DatedField)]
    what = _('"{name}" is a field of type {type}.').format(name=name, type=field.type)
    return InstantError(what, _("Expected here: {kinds}.").format(kinds=_(" or ").join(dated)))


def _never_notified(definition: Definition, _name: str) -> InstantError | None:
    if any(transition.decision for transition in definition.every_transition()):
        return None
    what = _("Nothing is decided in this folder.")
    mend = _('Say of a transition what it decides: decision = "adverse", for example.')
    return InstantError(what, _("This instant would never be known."), mend)


def _answered(definition: Definition, case: Candidature, name: str) -> date | None:
    value = case.facts.get(name, case.contest.get(name))
    if value is None:
        return None
    field = definition.field(name)
    assert isinstance(field, DatedField), "check accepts no instant that hangs on anything else"
    return field.instant(value)


ANCHORS: Mapping[AnchorKind, AnchorType] = {
    "date": AnchorType(
        "date.<name>",
        N_("a date of `config.toml`"),
        N_("date"),
        lambda definition: definition.config.dates,
        None,
    ),
    "entered": AnchorType(
        "entered.<state>",
        N_("the last time the candidature came into that state"),
        N_("state"),
        lambda definition: definition.states,
        lambda _definition, case, name: case.entered.get(name),
    ),
    "received": AnchorType(
        "received.<sheet>",
        N_("the receipt of that sheet: the first, or the last where its `receipt` says so"),
        N_("sheet that is sent in"),
        lambda definition: [name for name, one in definition.sheets.items() if one.is_sent],
        lambda definition, case, name: received(definition, name, case),
        lambda before, after: before.received is not after.received,
    ),
    "asked": AnchorType(
        "asked.<request>",
        N_("the arrival of the last request of that name"),
        N_("request (a file of requests/)"),
        lambda definition: definition.requests,
        lambda definition, case, name: asked(definition, name, case),
        lambda before, after: before.received is not after.received,
    ),
    "sent": AnchorType(
        "sent.<notification>",
        N_(
            "the last time that mail, which is about a candidature, was sent to it and did not "
            "come back"
        ),
        N_("notification"),
        lambda definition: definition.notifications,
        lambda _definition, case, name: case.sent.get(name),
        lambda before, after: before.sent is not after.sent,
        _about_the_contest,
    ),
    "notified": AnchorType(
        "notified",
        N_(
            "when the mail of the last decision on the candidature was last sent to it and did "
            "not come back"
        ),
        N_("decision"),
        lambda _definition: ("",),
        lambda definition, case, _name: notified(definition, case),
        lambda before, after: before.sent is not after.sent,
        _never_notified,
    ),
    "field": AnchorType(
        "<sheet>.<field>",
        N_("what was answered to a field of type `date` or `datetime`"),
        N_("field"),
        lambda definition: definition.field_names(),
        _answered,
        lambda before, after: (
            before.facts is not after.facts or before.contest is not after.contest
        ),
        _undated,
    ),
}


class Dates:
    """Every date of `config.toml`; `fixed` has, in UTC, those that no candidature moves."""

    def __init__(self, definition: Definition, zone: ZoneInfo, workdays: Workdays) -> None:
        self._definition = definition
        self._zone = zone
        self._workdays = workdays
        self._instants = {
            name: parse_instant(dated.at) for name, dated in definition.config.dates.items()
        }
        self._still: dict[Instant, datetime | None] = {}
        self._earliest = {
            name: other
            for name, dated in definition.config.dates.items()
            if (other := (dated.not_before or "").removeprefix("date.")) in self._instants
        }
        self.fixed = resolve_dates(
            self._instants, zone, lambda _anchor: None, workdays, self._earliest
        )

    def of(self, name: str, case: Candidature) -> datetime | None:
        """In UTC, never before `not_before`; None while what it hangs on has not happened."""
        if name in self.fixed:
            return self.fixed[name]
        instant = self.resolve(self._instants[name], case)
        other = self._earliest.get(name)
        earliest = None if instant is None or other is None else self.of(other, case)
        return instant if instant is None or earliest is None else max(instant, earliest)

    def standing(self, instant: Instant) -> datetime | None:
        if instant not in self._still:
            self._still[instant] = resolve(instant, self._zone, self._standing, self._workdays)
        return self._still[instant]

    def resolve(self, instant: Instant, case: Candidature) -> datetime | None:
        still = self.standing(instant)
        if still is not None:
            return still
        return resolve(
            instant, self._zone, lambda anchor: self._anchor(anchor, case), self._workdays
        )

    def reader(self, name: str) -> Callable[[Candidature, RuleContext], datetime | None]:
        fixed = self.fixed.get(name)
        if fixed is not None:
            return lambda _case, _moment: fixed
        return lambda case, _moment: self.of(name, case)

    def _standing(self, anchor: Anchor) -> datetime | None:
        return self.fixed.get(anchor.name) if anchor.kind == "date" else None

    def _anchor(self, anchor: Anchor, case: Candidature) -> date | None:
        happened = ANCHORS[anchor.kind].happened
        if happened is None:
            return self.of(anchor.name, case)
        return happened(self._definition, case, anchor.name)


_UNITS = {
    "d": TimeUnit.DAYS, "w": TimeUnit.WEEKS, "m": TimeUnit.MONTHS, "y": TimeUnit.YEARS,
    "j": TimeUnit.DAYS, "s": TimeUnit.WEEKS, "a": TimeUnit.YEARS
}  # fmt: skip
_WEEK = 7
_ONE_DAY = timedelta(days=1)


class Shift(Struct, frozen=True):
    count: int
    unit: TimeUnit

    def __str__(self) -> str:
        forms = {
            TimeUnit.DAYS: _("{count}d"), TimeUnit.WEEKS: _("{count}w"),
            TimeUnit.MONTHS: _("{count}m"), TimeUnit.YEARS: _("{count}y")
        }  # fmt: skip
        return forms[self.unit].format(count=self.count)


def parse_shift(text: str) -> Shift:
    """Reads `1y`, `18m`, `52w`, `10d`, or as in French `1a`, `52s`, `10j`. Raises: Misuse."""
    match = re.fullmatch(r"(?P<count>[0-9]{1,4}) ?(?P<unit>[dwmyjsa])", text.strip().lower())
    if match is None or not int(match["count"]):
        what = _('"{text}" is no length by which dates could be moved.').format(text=shown(text))
        why = _(
            "It is a whole number from 1 to {most} and a unit: d for days, w for weeks, "
            "m for months, y for years."
        ).format(most=MOST)
        mend = _("Write for example: {example}").format(example=Shift(1, TimeUnit.YEARS))
        raise Misuse(what, why, mend)
    return Shift(int(match["count"]), _UNITS[match["unit"]])


def shifted(
    dates: Collection[datetime], shift: Shift, zone: ZoneInfo, workdays: Workdays
) -> Mapping[datetime, datetime]:
    """Every local day and hour, moved: hours and order are kept, and so are working days.

    Weeks and years move all dates by the same number of whole weeks, so that each keeps its day of
    the week: a year is the number of weeks that comes nearest to the anniversary of the first date.
    Months keep the day of the month, or take the last one. A date on a working day that would fall
    on a day off goes to the next working day; one that stood on a day off stays where it falls.
    One that would overtake the date after it pushes that one on.

    Raises: Misuse where a date would leave the calendar.
    """
    instants: dict[datetime, datetime] = {}
    latest: datetime | None = None
    try:
        weeks = _whole_weeks(min(dates), shift) if dates else timedelta()
        for local in sorted(dates):
            day = local + weeks
            if shift.unit is TimeUnit.MONTHS:
                day = datetime.combine(months_later(local.date(), shift.count), local.time())
            worked = workdays.is_working_day(local.date())
            while (
                (latest is not None and day <= latest)
                or (worked and not workdays.is_working_day(day.date()))
                or not _happens_once(day, zone)
            ):
                day += _ONE_DAY
            instants[local] = latest = day
    except OverflowError:
        what = _("Dates moved by {shift} would leave the calendar.").format(shift=shift)
        raise Misuse(what, _("The calendar goes from year 1 to year 9999.")) from None
    return instants


def _whole_weeks(first: datetime, shift: Shift) -> timedelta:
    if shift.unit is TimeUnit.YEARS:
        days = (months_later(first.date(), 12 * shift.count) - first.date()).days
        return timedelta(days=round(days / _WEEK) * _WEEK)
    return timedelta(days=shift.count * (_WEEK if shift.unit is TimeUnit.WEEKS else 1))


def _happens_once(local: datetime, zone: ZoneInfo) -> bool:
    try:
        check_local(local, zone)
    except InstantError:
        return False
    return True
