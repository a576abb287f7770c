"""Which mails are planned, when and for whom; the stages of a mail.

A message is known by its key: the notification, the occurrence (the line that set it off, or the
instant it was meant for) and the recipient. Planning twice gives the same keys, so that no mail
is planned twice, whoever plans it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date, datetime, time, timedelta
from functools import cached_property, lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from msgspec import Struct

from ptce_workflow.base.notation import to_text
from ptce_workflow.process import calendar
from ptce_workflow.process.candidature import Candidature
from ptce_workflow.process.dates import ANCHORS
from ptce_workflow.process.letters.message import MailKey, Message, Stage
from ptce_workflow.process.model.base import Text
from ptce_workflow.process.model.definition import ADOPTED
from ptce_workflow.process.model.notification import (
    DESK_LETTER,
    Addressee,
    MailHours,
    Members,
    Notification,
    institutions_of,
)
from ptce_workflow.process.process import Edge, Process

_NAMED = re.compile(r"\bdate\.([a-z][a-z0-9_]*)")
LIMIT = re.compile(r"\blimit\.([a-z][a-z0-9_]*)")
_MAIL = re.compile(r"notifications/([a-z0-9_]+)[./]")
_PROCESSES_KEPT = 4


class ChangeView(Struct, frozen=True):
    name: str
    label: Text
    before: datetime
    after: datetime | None


def moved(
    before: Process, after: Process
) -> Iterator[tuple[str, datetime | None, datetime | None]]:
    """The name and both instants (or None) of each date of the contest that moves."""
    old, new = before.dates.fixed, after.dates.fixed
    for name in sorted(old.keys() | new.keys()):
        if old.get(name) != new.get(name):
            yield name, old.get(name), new.get(name)


def dates_named(words: str) -> list[str]:
    return _NAMED.findall(words)


def dates_by_mail(process: Process) -> Mapping[str, Collection[str]]:
    """The dates that each mail tells: in its words, by its calendar entry, or as a reminder."""
    dates: dict[str, dict[str, None]] = {}
    for name, mail in process.definition.notifications.items():
        of_mail = dates.setdefault(name, {})
        if mail.event is not None:
            of_mail.setdefault(mail.event)
        for source in mail.at:
            of_mail.update(dict.fromkeys(dates_named(str(source))))
    for name, words in _words_of_mails(process):
        dates[name].update(dict.fromkeys(dates_named(words)))
    return dates


def limits_by_mail(process: Process) -> Mapping[str, Collection[str]]:
    limits: dict[str, set[str]] = {}
    for name, words in _words_of_mails(process):
        limits.setdefault(name, set()).update(LIMIT.findall(words))
    return limits


def _words_of_mails(process: Process) -> Iterator[tuple[str, str]]:
    for path, content in process.files.items():
        file = _MAIL.match(path)
        if file and file[1] in process.definition.notifications and not path.endswith(".toml"):
            words = content.decode("utf-8", "replace")
            yield file[1], words.rpartition("\n+++")[2] if path.endswith(".md") else words


@lru_cache(_PROCESSES_KEPT)
def _binding(process: Process) -> frozenset[str]:
    """The dates that bind whoever files: those that mails name, and that end what they do."""
    definition, by_mail = process.definition, dates_by_mail(process)
    names: set[str] = set()
    for name, mail in definition.notifications.items():
        if not mail.recipients.are_enrolled:
            names.update(by_mail[name])
    ends = [end for state in process.states.values() for _name, end in state.windows]
    for source in (*ends, *(request.until for request in definition.requests.values())):
        names.update(dates_named(str(source)))
    for path, content in process.files.items():
        if path.startswith("texts/"):
            names.update(dates_named(content.decode("utf-8", "replace")))
    return frozenset(names)


def changes(before: Process, after: Process, now: datetime, mail: str) -> tuple[ChangeView, ...]:
    """The dates that move or are no more, by time, that bind the readers of a mail."""
    views, inside = [], after.definition.notifications[mail].recipients.are_enrolled
    binding = None if inside else _binding(before) | _binding(after)
    for name, old, new in moved(before, after):
        concerns = binding is None or name in binding
        if concerns and old is not None and max(old, new or old) > now:
            dates = after.definition.config.dates
            dated = dates.get(name) or before.definition.config.dates[name]
            views.append(ChangeView(name, dated.label, old, new))
    return tuple(sorted(views, key=lambda view: (view.before, view.name)))


class Window(Struct, frozen=True):
    """Two hours on the contest's clocks, on its working days; instants go in and out in UTC."""

    opens: time
    closes: time
    zone: ZoneInfo
    workdays: calendar.Workdays

    @classmethod
    def of(cls, hours: MailHours, zone: ZoneInfo, workdays: calendar.Workdays) -> Window:
        opens, closes = map(time.fromisoformat, (hours.opens, hours.closes))
        return cls(opens, closes, zone, workdays)

    def moved_into(self, instant: datetime, deadline: datetime) -> datetime:
        """The hour in the window, the same day, or the working day before the deadline."""
        local = instant.astimezone(self.zone)
        day = self.workdays.previous_or_same(local.date())
        hour = min(max(local.time(), self.opens), self.closes)
        moved = self._at(day, hour)
        if moved < deadline:
            return moved
        return self._at(self.workdays.add(day, -1), self.closes)

    def opening_from(self, now: datetime) -> datetime:
        """The first instant of the window from now on: now itself while it is open."""
        local = now.astimezone(self.zone)
        worked = self.workdays.is_working_day(local.date())
        if worked and self.opens <= local.time() <= self.closes:
            return now
        if worked and local.time() < self.opens:
            return self._at(local.date(), self.opens)
        return self._at(self.workdays.add(local.date(), 1), self.opens)

    def next_day_at(self, hour: time, after: datetime, *, weekly: bool = False) -> datetime:
        """The hour that comes after an instant on a working day, or the first one of a week."""
        day = after.astimezone(self.zone).date()
        while (
            not self.workdays.is_working_day(day)
            or self._at(day, hour) <= after
            or (weekly and self.workdays.add(day, -1) >= day - timedelta(days=day.weekday()))
        ):
            day += timedelta(days=1)
        return self._at(day, hour)

    def _at(self, day: date, hour: time) -> datetime:
        return calendar.to_utc(datetime.combine(day, hour), self.zone)


_SOURCES_KEPT = 256
_BY_SENDING = frozenset({"sent", "notified"})
_PLANNERS_KEPT = 8


_OFF = "off"


def entry_occurrence(event: str, sequence: int, *, off: bool = False) -> str:
    return f"{event} {sequence} {_OFF}" if off else f"{event} {sequence}"


def takes_back(occurrence: str) -> bool:
    """True for a message that takes a calendar entry back: the program itself writes it."""
    return occurrence.endswith(f" {_OFF}")


WORKING_DAYS_TO_TELL = 1
"""A person reads the letter of a decision, and nobody waits for it over more days than that."""
_HOUR = timedelta(hours=1)


class CopyView(Struct, frozen=True):
    """A file that a reader was sent: its name, with which mail, and when that left."""

    file: str
    mail: Text
    sent: datetime


def tell_by(process: Process, decided: datetime, due: datetime) -> datetime:
    """Until when a decision is to be told: the end of the next working day, whoever reads it first.

    Or an hour after the instant for which its letter was planned, where the folder has it wait.
    """
    day = process.workdays.add(decided.astimezone(process.zone).date(), WORKING_DAYS_TO_TELL)
    return max(calendar.start_of_day(day + timedelta(days=1), process.zone), due + _HOUR)


class EntryDetails(NamedTuple):
    """What a calendar entry says, as far as it moves: its date, hour, length and place."""

    event: str
    begins: datetime
    lasts: str | None
    place: str


class Planner:
    """Plans the mails of one process; it reads no clock and writes nothing."""

    def __init__(self, process: Process) -> None:
        definition = process.definition
        self._process = process
        self._notifications = definition.notifications
        self._window = Window.of(definition.config.mail, process.zone, process.workdays)
        self._reminders = {
            state: [
                (name, notification, tuple(map(_read, notification.at)))
                for name, notification in self._notifications.items()
                if notification.at and state in notification.in_
            ]
            for state in process.states
        }
        self._leaving: dict[tuple[str, datetime, datetime], datetime] = {}
        enrolled = [mail for mail in self._notifications.values() if mail.recipients.are_enrolled]
        self.writes_to_people = bool(enrolled)
        """True where a mail goes to anyone enrolled."""
        about_candidatures = any(mail.about == "candidature" for mail in enrolled)
        self.writes_to_people_about_candidatures = about_candidatures
        self._to_members = {
            state
            for state, reminders in self._reminders.items()
            if any(isinstance(timed.recipients, Members) for _name, timed, _instants in reminders)
        }
        self._moved_by = {
            state: {
                root.kind
                for _name, notification, _instants in reminders
                for source in (*notification.at, notification.expires)
                if source is not None and (root := self.root(source)) is not None
            }
            for state, reminders in self._reminders.items()
        }

    def moves_with_facts(self, before: Candidature | None, after: Candidature) -> bool:
        """True where a reminder may move although the candidature stays where it is."""
        if before is None:
            return True
        if after.state in self._to_members and institutions_of(before) != institutions_of(after):
            return True
        moved_by = self._moved_by.get(after.state, ())
        return any(ANCHORS[kind].stirred(before, after) for kind in moved_by)

    @cached_property
    def decisions(self) -> Mapping[str, frozenset[str]]:
        """The mails that tell a contact what was decided, each with where those decisions lead."""
        decisions: dict[str, set[str]] = {}
        for edge in self._process.every_edge():
            if edge.transition.decision is not None:
                for name in self._process.definition.telling(f"{edge.origin}.{edge.name}"):
                    decisions.setdefault(name, set()).add(edge.to)
        return {name: frozenset(states) for name, states in decisions.items()}

    def is_left(self, name: str, case: Candidature | None) -> bool:
        """True where a mail tells a decision, and the candidature stands elsewhere by now."""
        leads = self.decisions.get(name, frozenset())
        # The answer to a request leads nowhere, and stands wherever a candidature goes.
        return case is not None and bool(leads) and "" not in leads and case.state not in leads

    def entry(self, name: str, case: Candidature | None) -> EntryDetails | None:
        """The calendar entry that goes with a mail; None without one, or while it has no hour."""
        notification = self._notifications.get(name)
        event = None if notification is None else notification.event
        if event is None or event not in self._process.definition.config.dates:
            return None
        dated, begins = self._process.definition.config.dates[event], self.hour_of(event, case)
        if begins is None:
            return None
        place = "" if dated.place is None else str(dated.place)
        return EntryDetails(event, begins, dated.lasts, place)

    def hour_of(self, date: str, case: Candidature | None) -> datetime | None:
        """The instant of a date, for a candidature or for all; None where it is not known yet."""
        dates = self._process.dates
        return dates.fixed.get(date) if case is None else dates.of(date, case)

    @cached_property
    def _invited(self) -> Mapping[str, frozenset[str]]:
        invited = {state: set[str]() for state in self._process.states}
        for notification in self._notifications.values():
            if notification.event is not None and notification.about == "candidature":
                for state, table in self._process.states.items():
                    if state in notification.in_ or not (notification.in_ or table.ends):
                        invited[state].add(notification.event)
        return {state: frozenset(events) for state, events in invited.items()}

    def invites(self, event: str, state: str) -> bool | None:
        """Whether a state is invited to a date; None where nothing is decided yet."""
        if event in self._invited[state]:
            return True
        return False if self._process.states[state].ends else None

    def turns(self, before: str, after: str) -> bool:
        """True where a way may free somebody of a date, or invite them to it once more."""
        states = self._process.states
        return any(self._invited.values()) and any(
            states[state].ends for state in (before, after) if state in states
        )

    def still(
        self,
        message: Message,
        case: Candidature | None,
        wanted: Mapping[MailKey, datetime],
        now: datetime,
        *,
        reached: bool,
        again: bool,
    ) -> Message | str | None:
        """What becomes of a mail that waits: itself where it stays, None where it is obsolete.

        An hour where it is cancelled and planned anew. `wanted` are the mails that time plans,
        `reached` is whether its recipient can be written to, `again` whether its decision is taken
        anew in this very act.
        """
        name, notification = message.notification, self._notifications.get(message.notification)
        if takes_back(message.occurrence) or name == DESK_LETTER:
            return message
        if notification is None or not reached:
            return None
        set_off = message.occurrence.isdecimal()
        # The update of an entry is meant for no hour of its own.
        if (notification.at or case is None) and not (message.sequence or set_off):
            due = wanted.get(message.key)
            # One whose hour is over may have been sent again since, and be due later than meant;
            # of those about the contest, it is not asked for any more.
            is_over = message.due <= to_text(now) and (due is not None or case is None)
            as_meant = due is not None and to_text(due) == message.due
            stays = is_over or (as_meant and message.held == notification.held)
            return message if stays else None
        if case is None:
            return message
        if notification.held and name in self.decisions:
            # It waits for a person, wherever the candidature stands by now.
            if message.stage == Stage.HELD and again:
                return None
        elif notification.in_ and case.state not in notification.in_:
            return None
        return self._put_off(message, notification, case, now) if set_off else message

    def _put_off(
        self, message: Message, notification: Notification, case: Candidature, now: datetime
    ) -> Message | str:
        """A mail that a line set off, or its hour where it has another, or a reader to await."""
        due = to_text(self.set_off_at(message.notification, case, now))
        moves = due != message.due and max(due, message.due) > to_text(now)
        if moves or (message.held != notification.held and not message.words):
            return due
        is_released = notification.held and message.stage != Stage.HELD
        if is_released and self.is_left(message.notification, case):
            # The candidature has moved since: a person looks at it again.
            return message.due
        return message

    @cached_property
    def on_adoption(self) -> tuple[str, ...]:
        every = self._notifications.items()
        return tuple(name for name, notification in every if ADOPTED in notification.on)

    def announced(
        self, name: str, case: Candidature | None, now: datetime, people: Iterable[Addressee]
    ) -> dict[str, datetime]:
        """When a mail that an adoption sets off leaves, by reader; for nobody where it is moot."""
        notification = self._notifications[name]
        is_about = (notification.about == "contest") == (case is None)
        elsewhere = case is not None and notification.in_ and case.state not in notification.in_
        if elsewhere or not is_about:
            return {}
        due = self.set_off_at(name, case, now)
        return dict.fromkeys(notification.recipients.about(case).among(people), due)

    @cached_property
    def expiring_unread(self) -> tuple[str, ...]:
        """The mails that a person reads first, and that an instant makes of no more use."""
        return tuple(
            name
            for name, notification in self._notifications.items()
            if notification.held
            and notification.expires is not None
            and _length(notification.expires) is None
        )

    def is_set_by_sending(self, name: str) -> bool:
        """True for a reminder whose hour counts from a sending: of a mail, or of a decision."""
        notification = self._notifications.get(name)
        if notification is None or not notification.at:
            return False
        sources = filter(None, (*notification.at, notification.expires))
        roots = filter(None, map(self.root, sources))
        return not _BY_SENDING.isdisjoint(root.kind for root in roots)

    def reminders(self, case: Candidature, people: Iterable[Addressee]) -> dict[MailKey, datetime]:
        """The mails that leave at their hours for a candidature that stays where it is."""
        reminders: dict[MailKey, datetime] = {}
        for name, notification, instants in self._reminders.get(case.state, ()):
            for instant in instants:
                nominal = self._process.dates.resolve(instant, case)
                deadline = nominal and self.expiry(notification, nominal, case)
                if nominal is None or deadline is None or nominal >= deadline:
                    continue
                due = self._moved(name, nominal, deadline)
                for recipient in notification.recipients.about(case).among(people):
                    reminders[MailKey(name, to_text(nominal), recipient)] = due
        return reminders

    def set_off(
        self,
        mails: Iterable[str],
        case: Candidature | None,
        line: int,
        now: datetime,
        people: Iterable[Addressee],
    ) -> dict[MailKey, datetime]:
        """The mails that a line sets off, each now or at an instant ahead; late ones expire."""
        instants = {}
        for name in mails:
            due = self.set_off_at(name, case, now)
            for recipient in self.readers(name, case, people):
                instants[MailKey(name, str(line), recipient)] = due
        return instants

    def readers(
        self, name: str, case: Candidature | None, people: Iterable[Addressee]
    ) -> Iterator[str]:
        """Those to whom a mail goes: of one that calls a sitting, who is called."""
        notification, definition = self._notifications[name], self._process.definition
        recipients = notification.recipients
        called = {seat for seats in definition.called_by(name) for seat in seats}
        if called and recipients.are_institutions:
            people = (person for person in people if person.institution in called)
        return recipients.about(case).among(people)

    def missed(self, before: Candidature, edge: Edge, now: datetime) -> datetime:
        """Since when mails are due that a transition in time would have planned; else now."""
        due = self._process.due(before).get(edge.key)
        # Never before it came to where time found it: nothing was ahead of it until then.
        return now if due is None else min(max(due, before.since), now)

    def contest_wide(self, now: datetime, people: Iterable[Addressee]) -> dict[MailKey, datetime]:
        """The mails ahead about the contest as a whole; of one that recurs, the next."""
        instants = {}
        for name, notification in self._notifications.items():
            if notification.about != "contest":
                continue
            standing = (self._process.dates.standing(_read(source)) for source in notification.at)
            for nominal in (*filter(None, standing), *self._next_daily(notification, now)):
                deadline = self.expiry(notification, nominal, None)
                due = self._moved(name, nominal, deadline)
                for recipient in notification.recipients.among(people):
                    instants[MailKey(name, to_text(nominal), recipient)] = due
        return instants

    def digests(self, now: datetime, people: Iterable[Addressee]) -> dict[MailKey, datetime]:
        keys, notifications = self.contest_wide(now, people), self._notifications
        daily = (key for key in keys if notifications[key.notification].is_digest)
        return {key._replace(occurrence=to_text(now)): now for key in daily}

    def dailies(self, name: str, after: datetime) -> Iterator[datetime]:
        """Every hour of a recurring mail after an instant, until it stops; none without an end."""
        notification = self._notifications[name]
        if notification.until is None:
            return
        while following := self._next_daily(notification, after):
            (after,) = following
            yield after

    def expiry(
        self, notification: Notification, due: datetime, case: Candidature | None
    ) -> datetime:
        """The instant from which a mail is of no use; one that is not known yet never comes."""
        never = due.max.replace(tzinfo=due.tzinfo)
        if notification.expires is None:
            return never
        length = _length(notification.expires)
        if length is not None:
            return length.after(due, self._process.zone)
        return self._instant(notification.expires, case) or never

    def expired(
        self, notification: Notification, due: datetime, now: datetime, case: Candidature | None
    ) -> datetime | None:
        """Since when a mail that leaves again is of no use; a length counts from `now`."""
        leaves = max(due, now)
        expires = self.expiry(notification, leaves, case)
        return expires if expires <= leaves else None

    def may_leave_at(
        self, notification: Notification, due: datetime, now: datetime, case: Candidature | None
    ) -> datetime:
        """When a due mail may leave: in the window, and never past its expiry."""
        hurried = notification.any_hour or not (
            notification.at or notification.recurs or notification.not_before
        )
        opening = now if hurried else self._window.opening_from(now)
        return opening if opening < self.expiry(notification, due, case) else now

    def set_off_at(self, name: str, case: Candidature | None, now: datetime) -> datetime:
        """The instant at which a mail set off leaves: now, unless it waits for one ahead."""
        notification = self._notifications[name]
        if notification.not_before is None:
            return now
        instant = self._instant(notification.not_before, case)
        if instant is None or instant <= now:
            return now
        return self._moved(name, instant, self.expiry(notification, instant, case))

    def root(self, source: object) -> calendar.Anchor | None:
        """The event that moves an instant, dates followed; None where it stands still."""
        if _length(source) is not None:
            return None
        anchor = _read(source).anchor
        while anchor is not None and anchor.kind == "date":
            if anchor.name in self._process.dates.fixed:
                return None
            anchor = _read(self._process.definition.config.dates[anchor.name].at).anchor
        return anchor

    def _next_daily(self, notification: Notification, after: datetime) -> tuple[datetime, ...]:
        if notification.recurs is None:
            return ()
        hour, weekly = time.fromisoformat(notification.recurs), notification.daily is None
        following = self._window.next_day_at(hour, after, weekly=weekly)
        until = self._instant(notification.until, None) if notification.until else None
        return () if until is not None and following > until else (following,)

    def _instant(self, source: object, case: Candidature | None) -> datetime | None:
        instant = _read(source)
        if case is None:
            return self._process.dates.standing(instant)
        return self._process.dates.resolve(instant, case)

    def _moved(self, name: str, nominal: datetime, deadline: datetime) -> datetime:
        if self._notifications[name].any_hour:
            return nominal
        key = (name, nominal, deadline)
        if key not in self._leaving:
            # Most reminders are meant for the same instant in every candidature.
            self._leaving[key] = self._window.moved_into(nominal, deadline)
        return self._leaving[key]


def entry_turns(
    before: Process, after: Process, name: str, case: Candidature | None
) -> tuple[str, bool] | None:
    """The date of a calendar entry that an adoption changes, True where it is taken back."""
    notification = before.definition.notifications[name]
    if (notification.about == "contest") != (case is None):
        return None
    was, entry = (planner_of(process).entry(name, case) for process in (before, after))
    mail = after.definition.notifications.get(name) or notification
    if was is None or (case is not None and mail.in_ and case.state not in mail.in_):
        return None
    if entry is not None and entry.event == was.event:
        return None if entry == was else (was.event, False)
    dated = was.event in after.definition.config.dates
    begins = planner_of(after).hour_of(was.event, case) if dated else None
    return None if begins == was.begins else (was.event, True)


def event_of(process: Process, name: str, occurrence: str) -> str | None:
    event, _blank, sequence = occurrence.partition(" ")
    if sequence:
        return event
    notification = process.definition.notifications.get(name)
    return None if notification is None else notification.event


@lru_cache(_PLANNERS_KEPT)
def planner_of(process: Process) -> Planner:
    return Planner(process)


# The same few sources are read for every candidature, and again for each of its mails.
_read = lru_cache(_SOURCES_KEPT)(calendar.parse_instant)


@lru_cache(_SOURCES_KEPT)
def _length(source: object) -> calendar.Span | None:
    """The length of time that `expires` gives; None where it is an instant, or never."""
    if source is None:
        return None
    try:
        return calendar.parse_span(source)
    except calendar.InstantError:
        return None
