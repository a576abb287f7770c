"""The contest's dates: those that stand still, and those that hang on a candidature."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from zoneinfo import ZoneInfo

from ptce_workflow.process.model.definition import Definition
from ptce_workflow.process.rules.case import Case, Moment
from ptce_workflow.process.time.anchors import ANCHORS
from ptce_workflow.process.time.calendar import resolve, resolve_dates
from ptce_workflow.process.time.instant import Anchor, Instant, parse_instant
from ptce_workflow.process.time.workdays import Workdays


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
        self.fixed = resolve_dates(self._instants, zone, lambda _anchor: None, workdays)
        earlier = {
            name: (dated.not_before or "").removeprefix("date.")
            for name, dated in definition.config.dates.items()
        }
        self._earliest = {
            name: self.fixed[other] for name, other in earlier.items() if other in self.fixed
        }

    def of(self, name: str, case: Case) -> datetime | None:
        """The instant of a date, in UTC; None while what it hangs on has not happened.

        One that hangs on a candidature never comes before the standing date of its `not_before`.
        """
        if name in self.fixed:
            return self.fixed[name]
        instant = self.resolve(self._instants[name], case)
        earliest = self._earliest.get(name)
        return instant if instant is None or earliest is None else max(instant, earliest)

    def standing(self, instant: Instant) -> datetime | None:
        """Any instant of the folder's grammar that hangs on no candidature, in UTC."""
        if instant not in self._still:
            self._still[instant] = resolve(instant, self._zone, self._standing, self._workdays)
        return self._still[instant]

    def resolve(self, instant: Instant, case: Case) -> datetime | None:
        """Any instant of the folder's grammar for a candidature, in UTC."""
        still = self.standing(instant)
        if still is not None:
            return still
        return resolve(
            instant, self._zone, lambda anchor: self._anchor(anchor, case), self._workdays
        )

    def reader(self, name: str) -> Callable[[Case, Moment], datetime | None]:
        """The function by which a rule reads a date."""
        fixed = self.fixed.get(name)
        if fixed is not None:
            return lambda _case, _moment: fixed
        return lambda case, _moment: self.of(name, case)

    def _standing(self, anchor: Anchor) -> datetime | None:
        return self.fixed.get(anchor.name) if anchor.kind == "date" else None

    def _anchor(self, anchor: Anchor, case: Case) -> date | None:
        happened = ANCHORS[anchor.kind].happened
        if happened is None:
            return self.of(anchor.name, case)
        return happened(self._definition, case, anchor.name)
