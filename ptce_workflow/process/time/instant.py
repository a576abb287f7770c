"""The grammar of instants: what may stand after `at` in a contest folder.

An instant is a local day and hour, or is counted from something that happens:

    2024-03-11T12:00:00
    date.submission + 3 working days at 18:00
    entered.ineligible + 1 month
    notified + 2 clear months
    asked.appeal + 2 months
    dossier.first_meeting - 7 days at 09:00
"""

from __future__ import annotations

import re
from datetime import date, datetime, time
from enum import StrEnum
from typing import Literal

from msgspec import Struct

from ptce_workflow.base.errors import Misuse, shown
from ptce_workflow.base.text import did_you_mean, nearest
from ptce_workflow.base.words import _

NOTIFIED = "notified"
"""The one anchor that has no name: there is one last decision."""

AnchorKind = Literal["date", "entered", "received", "asked", "sent", "notified", "field"]

MOST = 9_999
_LONGEST = 200
_NAME = "[a-z][a-z0-9_]*"
_DATED = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?P<hour>[T ][0-9]{2}:[0-9]{2}(?::[0-9.]+)?)?.*")
_COUNTED = re.compile(
    r"(?P<anchor>[^ +-]+)"
    r"(?: ?(?P<sign>[+-]) ?(?P<count>[0-9][0-9.,_]*) (?P<unit>.+?))?"
    r"(?: at (?P<hour>.+))?"
)
_SPAN = re.compile(r"(?P<count>[0-9][0-9.,_]*) (?P<unit>.+)")


class InstantError(Misuse, ValueError):
    """An instant, a span or a country of working days that cannot be read or does not exist.

    A ValueError as well, so that a model which reads it reports it as one of its own.
    """


class TimeUnit(StrEnum):
    """The units in which offsets and spans are counted, as they are written for several."""

    MINUTES = "minutes"
    HOURS = "hours"
    DAYS = "days"
    WORKING_DAYS = "working days"
    WEEKS = "weeks"
    MONTHS = "months"
    YEARS = "years"
    CLEAR_MONTHS = "clear months"
    """Whole days alone count: see `calendar`."""

    def word(self, count: int) -> str:
        """The unit as it is written after a count."""
        return self.removesuffix("s") if abs(count) == 1 else str(self)


class Anchor(Struct, frozen=True):
    """The event from which an instant is counted; the name of a field is `sheet.field`.

    That a decision was notified has no name: "".
    """

    kind: AnchorKind
    name: str

    def __str__(self) -> str:
        if self.kind == "field":
            return self.name
        return f"{self.kind}.{self.name}" if self.name else self.kind


class Offset(Struct, frozen=True):
    """The distance of an instant from its anchor; negative before it."""

    count: int
    unit: TimeUnit

    def __str__(self) -> str:
        sign = "-" if self.count < 0 else "+"
        return f"{sign} {abs(self.count)} {self.unit.word(self.count)}"


class FixedInstant(Struct, frozen=True):
    """A day and an hour on the contest's clocks; `local` is naive, the zone is the contest's."""

    local: datetime

    @property
    def anchor(self) -> None:
        """Nothing: a fixed instant is counted from no other."""
        return None

    def __str__(self) -> str:
        return self.local.isoformat()


class CountedInstant(Struct, frozen=True):
    """An instant counted from an anchor, then moved to an hour of its day when one is given."""

    anchor: Anchor
    offset: Offset | None = None
    hour: time | None = None

    def __str__(self) -> str:
        hour = None if self.hour is None else f"at {self.hour:%H:%M}"
        return " ".join(str(part) for part in (self.anchor, self.offset, hour) if part is not None)


Instant = FixedInstant | CountedInstant


def parse_instant(source: object) -> Instant:
    """Reads what stands after `at`: a datetime without zone, or text; `str()` writes it back.

    *Raises* InstantError for anything else.
    """
    if isinstance(source, datetime):
        return _fixed(source)
    if isinstance(source, date):
        raise _without_hour(source.isoformat())
    if not isinstance(source, str):
        raise _unreadable(str(source))
    text = " ".join(source.split())
    if len(text) > _LONGEST:
        raise _unreadable(text)
    dated = _DATED.fullmatch(text)
    if dated is not None:
        return _dated(text, dated)
    parts = _COUNTED.fullmatch(text)
    if parts is None:
        raise _unreadable(text)
    anchor, sign, count, unit, hour = parts.group("anchor", "sign", "count", "unit", "hour")
    offset = None
    if sign is not None:
        number = _count(count)
        offset = Offset(-number if sign == "-" else number, _unit(unit, tuple(TimeUnit)))
        if offset.unit is TimeUnit.CLEAR_MONTHS and (hour is not None or sign == "-"):
            raise InstantError(
                _('"{text}" is no clear term.').format(text=shown(text)),
                _("Clear months come after what they are counted from, and end with a whole day."),
                _("Write for example: {example}").format(example="notified + 2 clear months"),
            )
    return CountedInstant(_anchor(anchor), offset, None if hour is None else parse_hour(hour))


def parse_length(source: object, units: tuple[TimeUnit, ...]) -> tuple[int, TimeUnit]:
    """Reads a count of at least one and its unit, as in `2 hours`; only these units will do.

    *Raises* InstantError for anything else.
    """
    text = " ".join(source.split()) if isinstance(source, str) else str(source)
    parts = None if len(text) > _LONGEST else _SPAN.fullmatch(text)
    count = 0 if parts is None else _count(parts["count"])
    if parts is None or count == 0:
        raise InstantError(
            _('"{text}" is no length of time.').format(text=shown(text)),
            _("It is a whole number from 1 on and a unit: {units}.").format(units=", ".join(units)),
            _("Write for example: {example}").format(example="2 hours"),
        )
    return count, _unit(parts["unit"], units)


def _fixed(local: datetime) -> FixedInstant:
    if local.tzinfo is not None:
        raise InstantError(
            _('"{text}" says its own time zone.').format(text=local.isoformat()),
            _("The contest's zone is said once, in config.toml."),
            _("Write {text}, in the contest's own time.").format(
                text=local.replace(tzinfo=None).isoformat()
            ),
        )
    return FixedInstant(local.replace(fold=0))


def _dated(text: str, parts: re.Match[str]) -> FixedInstant:
    try:
        if parts["hour"] is None:
            raise _without_hour(date.fromisoformat(text).isoformat())
        return _fixed(datetime.fromisoformat(text))
    except InstantError:
        raise
    except ValueError:
        raise InstantError(
            _('"{text}" is no day and hour of the calendar.').format(text=shown(text)),
            mend=_("Write year, month, day and hour, as in 2024-03-11T12:00:00."),
        ) from None


def _anchor(text: str) -> Anchor:
    if text == NOTIFIED:
        return Anchor("notified", "")
    root, dot, name = text.partition(".")
    if not dot or not re.fullmatch(_NAME, root) or not re.fullmatch(_NAME, name):
        near = [f"date.{text}"] if re.fullmatch(_NAME, text) else []
        raise InstantError(
            _('"{text}" is nothing that an instant can be counted from.').format(text=shown(text)),
            _("It can be counted from {anchors}.").format(anchors=_anchors()),
            did_you_mean(near),
        )
    match root:
        case "date" | "entered" | "received" | "asked" | "sent":
            return Anchor(root, name)
    return Anchor("field", text)


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) > MOST:
        raise InstantError(
            _('"{text}" is no count of hours or days.').format(text=shown(text)),
            _("It is a whole number, {most} at most.").format(most=MOST),
            _("Take a smaller or a larger unit."),
        )
    return int(text)


def _unit(text: str, accepted: tuple[TimeUnit, ...]) -> TimeUnit:
    written = {word: unit for unit in accepted for word in (unit.word(1), unit.word(2))}
    if text in written:
        return written[text]
    raise InstantError(
        _('"{text}" is no unit of time here.').format(text=shown(text)),
        _("Known here: {names}.").format(names=", ".join(accepted)),
        did_you_mean(nearest(text, written)),
    )


def parse_hour(text: str) -> time:
    """Reads an hour of the day, as it stands after `at`.

    *Raises* InstantError for anything else.
    """
    if re.fullmatch(r"([01][0-9]|2[0-3]):[0-5][0-9]", text):
        return time.fromisoformat(text)
    raise InstantError(
        _('"{text}" is no hour of the day.').format(text=shown(text)),
        _("It is written with four figures, from 00:00 to 23:59, without seconds."),
        _("Write for example: at 09:00."),
    )


def _without_hour(day: str) -> InstantError:
    return InstantError(
        _('"{day}" is a day without an hour.').format(day=day),
        _("A deadline that does not say its hour is read in several ways."),
        _("Write {text}, or the hour that is meant.").format(text=f"{day}T12:00:00"),
    )


def _unreadable(text: str) -> InstantError:
    return InstantError(
        _('"{text}" is no instant.').format(text=shown(text)),
        _(
            "An instant is a local day and hour, or is counted from {anchors}: then + or -, "
            "a whole number, a unit ({units}), then at and the hour; both are optional."
        ).format(anchors=_anchors(), units=", ".join(TimeUnit)),
        _("Write for example: {example}").format(
            example="date.submission + 3 working days at 18:00"
        ),
    )


def _anchors() -> str:
    return _(
        "date.x, entered.state, received.sheet, asked.request, sent.notification, notified or "
        "sheet.field"
    )
