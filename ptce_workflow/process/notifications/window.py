"""The hours at which mails leave that nothing hurries: on working days, while offices are open."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from ptce_workflow.process.calendar import to_utc
from ptce_workflow.process.notifications.definition import MailHours
from ptce_workflow.process.workdays import Workdays


@dataclass(frozen=True, slots=True)
class Window:
    """Two hours on the contest's clocks, on its working days; instants go in and out in UTC."""

    opens: time
    closes: time
    zone: ZoneInfo
    workdays: Workdays

    @classmethod
    def of(cls, hours: MailHours, zone: ZoneInfo, workdays: Workdays) -> Window:
        """The window that a contest folder describes."""
        return cls(
            time.fromisoformat(hours.opens), time.fromisoformat(hours.closes), zone, workdays
        )

    def moved_into(self, instant: datetime, deadline: datetime) -> datetime:
        """The instant at which a mail meant for one leaves: the same day, or a working day before.

        Too early an hour becomes the first one, too late an hour the last one of the day. Where
        that would be at or past the deadline, the last hour of the working day before is taken.
        """
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

    def next_day_at(self, hour: time, after: datetime) -> datetime:
        """The first working day's hour that comes after an instant."""
        day = after.astimezone(self.zone).date()
        while not self.workdays.is_working_day(day) or self._at(day, hour) <= after:
            day += timedelta(days=1)
        return self._at(day, hour)

    def _at(self, day: date, hour: time) -> datetime:
        return to_utc(datetime.combine(day, hour), self.zone)
