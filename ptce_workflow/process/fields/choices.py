"""Fields of choice and of time: yes or no, options, days and hours."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar
from zoneinfo import ZoneInfo

from ptce_workflow.base.errors import Misuse, shown
from ptce_workflow.base.notation import from_text, to_text
from ptce_workflow.base.words import (
    N_,
    NO,
    YES,
    _,
    alike,
    did_you_mean,
    long_date,
    long_instant,
    nearest,
)
from ptce_workflow.process.calendar import (
    example_day,
    example_moment,
    in_zone,
    read_day,
    read_moment,
    to_utc,
)
from ptce_workflow.process.fields.base import (
    Cell,
    Computable,
    DatedField,
    FieldType,
    RowBuilders,
    SignedFor,
    Unreadable,
    expected,
    line,
    plain_line,
    read_each,
)
from ptce_workflow.process.model.base import Name, Named, Text, declare

if TYPE_CHECKING:
    from cel_expr_python import cel


class BooleanField(Computable, Cell):
    """Yes or no; `bool` in rules."""

    type: ClassVar[str] = "boolean"
    in_rules: ClassVar[str] = "BOOL"
    wrapper: ClassVar[str] = "BoolValue"
    width: ClassVar[int] = 2

    legal_form_of: Name | None = declare(
        default=None,
        description=N_(
            "in a table, for a column that asks whether a structure is of the social economy: the "
            "text column that names it. The legal form that the name tells is proposed where the "
            "answer is missing, and a person is asked where it is another"
        ),
        examples=['"name"'],
    )

    def read(self, raw: Any, zone: ZoneInfo) -> bool:
        if isinstance(raw, bool):
            return raw
        if not isinstance(raw, str):
            raise expected(_("yes or no"), raw)
        text = line(raw)
        word = text.casefold()
        if word in YES or word in NO:
            return word in YES
        raise Unreadable(
            _('"{text}" is neither yes nor no.').format(text=shown(text)),
            mend=_("Write {yes} or {no}.").format(yes=_("yes"), no=_("no")),
        )

    def records(self, value: Any) -> bool:
        return type(value) is bool

    def sample(self) -> bool:
        return True

    def trials(self) -> tuple[bool, ...]:
        return True, False

    def show(self, value: Any, language: str, zone: ZoneInfo) -> str:
        return _("yes") if value else _("no")

    def show_in_row(self, value: Any, language: str, zone: ZoneInfo) -> str:
        """The answer with its label: yes alone would not say to what."""
        return _("{label}: {value}").format(
            label=self.label.in_(language), value=_("yes") if value else _("no")
        )

    def tally(self, values: Sequence[Any], language: str) -> list[str]:
        return [f"{self.label.in_(language)} {sum(1 for value in values if value)}"]


class _Choice(FieldType):
    """The part that both kinds of choice share."""

    options: Named[Text] = declare(description=N_("the answers, by name"), min_length=1)

    @property
    def answers(self) -> frozenset[str]:
        return frozenset(self.options)

    def label_of(self, name: str, language: str) -> str:
        """The label of an answer; its name when the folder no longer has it."""
        label = self.options.get(name)
        return label.in_(language) if label else name

    def read_one(self, raw: Any) -> str:
        """The name of an answer, from its name or from its label in either language."""
        text, options = line(raw), self.options
        if text in options:
            return text
        keys = [
            name
            for name, label in options.items()
            if alike(text) in (alike(name), *map(alike, label.spoken()))
        ]
        if len(keys) == 1:
            return keys[0]
        if keys:
            raise Unreadable(
                _('"{text}" may mean several answers.').format(text=shown(text)),
                mend=_("Write one of their names: {names}.").format(names=", ".join(keys)),
            )
        labels = (spoken for label in options.values() for spoken in label.spoken())
        texts = (f"{label.text} ({name})" for name, label in options.items())
        what = _('"{text}" is not one of the answers.').format(text=shown(text))
        why = _("Answers: {names}.").format(names="; ".join(texts))
        raise Unreadable(what, why, did_you_mean(nearest(text, [*labels, *options])))


class OptionField(_Choice, SignedFor, Cell):
    """One of several answers; the option's name, a `string`, in rules."""

    type: ClassVar[str] = "option"
    rules_read: ClassVar[str] = N_("`string`: the name of the answer")
    in_rules: ClassVar[str] = "STRING"
    wrapper: ClassVar[str] = "StringValue"
    is_grouped: ClassVar[bool] = True

    def read(self, raw: Any, zone: ZoneInfo) -> str:
        return self.read_one(raw)

    def records(self, value: Any) -> bool:
        return type(value) is str and value in self.options

    def sample(self) -> str:
        return next(iter(self.options))

    def trials(self) -> tuple[str, ...]:
        return tuple(self.options)

    def show(self, value: Any, language: str, zone: ZoneInfo) -> str:
        return self.label_of(value, language)

    def tally(self, values: Sequence[Any], language: str) -> list[str]:
        counts = Counter(values)
        return [
            f"{self.label_of(name, language)} {counts[name]}"
            for name in self.options
            if counts[name]
        ]


class OptionsField(_Choice):
    """Some of several answers; `list(string)` in rules."""

    type: ClassVar[str] = "options"
    rules_read: ClassVar[str] = N_("`list(string)`: the names of the answers")

    def read(self, raw: Any, zone: ZoneInfo) -> list[str]:
        """Names in the order of the definition; set apart by semicolons, or by commas."""
        if isinstance(raw, str):
            raw = self._split_answers(raw)
        if not isinstance(raw, list):
            raise expected(_("a list"), raw)
        keys = read_each(raw, self.read_one)
        return [name for name in self.options if name in keys]

    def _split_answers(self, text: str) -> list[str]:
        if ";" not in text:
            with suppress(Misuse):
                return [self.read_one(text)]
        separator = ";" if ";" in text else ","
        return [part for part in text.split(separator) if part.strip()]

    def records(self, value: Any) -> bool:
        return (
            type(value) is list
            and all(type(name) is str for name in value)
            and value == [name for name in self.options if name in value]
        )

    def sample(self) -> list[str]:
        return [next(iter(self.options))]

    def trials(self) -> tuple[list[str], ...]:
        return list(self.options), list(self.options)[:1], []

    def show(self, value: Any, language: str, zone: ZoneInfo) -> str:
        return ", ".join(self.label_of(name, language) for name in value)

    def cel_type(self, qualified: str) -> cel.Type:
        # As in the base class.
        from cel_expr_python import cel

        return cel.Type.List(cel.Type.STRING)


T = TypeVar("T", date, datetime)
_FIRST_YEAR, _LAST_YEAR = 1900, 2199


class DateField(DatedField, Cell):
    """A day; in rules, the instant at which it begins in the contest's zone."""

    type: ClassVar[str] = "date"
    rules_read: ClassVar[str] = N_("`timestamp`: the first instant of that day")
    # A day is text in a row (`2024-05-14`, which compares as it reads): an unset timestamp would
    # be 1970.
    wrapper: ClassVar[str] = "StringValue"

    def read(self, raw: Any, zone: ZoneInfo) -> str:
        """A day, as `2024-05-14`."""
        if isinstance(raw, datetime):
            raise expected(_("a day"), raw, _("Leave the hour out."))
        if isinstance(raw, date):
            return _checked(raw).isoformat()
        if not isinstance(raw, str):
            raise expected(_("a day"), raw, example_day())
        return _checked(read_day(plain_line(raw))).isoformat()

    def records(self, value: Any) -> bool:
        day = _written_as(date.fromisoformat, date.isoformat, value)
        return day is not None and _FIRST_YEAR <= day.year <= _LAST_YEAR

    def sample(self) -> str:
        return "2024-05-14"

    def show(self, value: Any, language: str, zone: ZoneInfo) -> str:
        return long_date(date.fromisoformat(value), zone, language)

    def instant(self, value: str) -> date:
        return date.fromisoformat(value)

    def binding(
        self, qualified: str, zone: ZoneInfo, rows: RowBuilders
    ) -> Callable[[Any], datetime]:
        return lambda value: to_utc(datetime.combine(date.fromisoformat(value), time()), zone)


class DatetimeField(DatedField):
    """A day and an hour in the contest's zone; `timestamp` in rules."""

    type: ClassVar[str] = "datetime"

    def read(self, raw: Any, zone: ZoneInfo) -> str:
        """In UTC; without offset, in the zone. Raises: InstantError for a double hour."""
        if isinstance(raw, datetime):
            moment = in_zone(raw, zone)
        elif isinstance(raw, str):
            moment = read_moment(plain_line(raw), zone)
        else:
            raise expected(_("a day and an hour"), raw, example_moment())
        _checked(moment)
        return to_text(moment)

    def records(self, value: Any) -> bool:
        return _written_as(from_text, to_text, value) is not None

    def sample(self) -> str:
        return "2024-05-14T07:30:00.000000Z"

    def show(self, value: Any, language: str, zone: ZoneInfo) -> str:
        return long_instant(from_text(value), zone, language)

    def instant(self, value: str) -> datetime:
        return from_text(value)

    def binding(
        self, qualified: str, zone: ZoneInfo, rows: RowBuilders
    ) -> Callable[[Any], datetime]:
        return from_text


def _written_as(read: Callable[[str], T], write: Callable[[T], str], value: Any) -> T | None:
    """The value of a text that would be written the very same; None for anything else."""
    if type(value) is not str:
        return None
    try:
        parsed = read(value)
        return parsed if write(parsed) == value else None
    except (ValueError, OverflowError):
        return None


def _checked(day: date) -> date:
    if not _FIRST_YEAR <= day.year <= _LAST_YEAR:
        why = _("Years from {first} to {last} are accepted.").format(
            first=_FIRST_YEAR, last=_LAST_YEAR
        )
        raise Unreadable(_("The year {year} cannot be meant.").format(year=day.year), why)
    return day
