"""Fields of one value that rules read: numbers in exact arithmetic, options, days and hours."""

from __future__ import annotations

import re
from abc import abstractmethod
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import date, datetime
from decimal import MAX_EMAX, MAX_PREC, MIN_EMIN, Context, Decimal
from functools import cached_property
from math import isfinite
from typing import TYPE_CHECKING, Any, ClassVar, Literal, TypeVar
from zoneinfo import ZoneInfo

from ptce_workflow.base import words
from ptce_workflow.base.errors import Finding, Misuse, shown
from ptce_workflow.base.notation import from_text, to_text
from ptce_workflow.base.words import (
    N_,
    NO,
    YES,
    _,
    alike,
    did_you_mean,
    language,
    long_date,
    long_instant,
    n_,
    nearest,
)
from ptce_workflow.process import calendar
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
from ptce_workflow.process.model.base import (
    LARGEST,
    Bool,
    Int,
    Model,
    Name,
    Named,
    Text,
    WholeNumber,
    declare,
    in_hundredths,
)

if TYPE_CHECKING:
    from cel_expr_python import cel

MOST = 2**53 - 1
"""The largest integer that every reader of JSON keeps exactly."""
MOST_DIGITS = 16
_LARGE = 1_000_000
"""A number on which rules are tried, larger than any list that they might count in."""
_EXACT = Context(prec=MAX_PREC, Emin=MIN_EMIN, Emax=MAX_EMAX)
"""No number is rounded to it."""
_NUMBER = re.compile(
    r"(?P<sign>[+-]?)(?P<whole>[0-9]+|[0-9]{1,3}(?: [0-9]{3})+)(?:[.,](?P<rest>[0-9]+))?"
)
_MINUS = "\u2212"


class _Bounded(Computable, Cell):
    is_summed: ClassVar[bool] = True
    width: ClassVar[int] = 2

    min: WholeNumber | None
    max: WholeNumber | None

    @abstractmethod
    def recorded(self, number: Decimal | int) -> int:
        """A number as the ledger holds it."""

    @property
    def bounds(self) -> tuple[int | None, int | None]:
        least, most = self.min, self.max
        return (
            None if least is None else self.recorded(least),
            None if most is None else self.recorded(most),
        )

    def records(self, value: Any) -> bool:
        if type(value) is not int or abs(value) > MOST:
            return False
        least, most = self.bounds
        return (least is None or value >= least) and (most is None or value <= most)

    def sample(self) -> int:
        return self._nearest(self.recorded(1))

    def trials(self) -> tuple[int, ...]:
        """A number, a large one, and nothing; or what comes nearest to each."""
        return self.sample(), self._nearest(self.recorded(_LARGE)), self._nearest(0)

    def _nearest(self, value: int) -> int:
        least, most = self.bounds
        if most is not None:
            value = min(value, most)
        return value if least is None else max(value, least)

    def faults(self, file: str, key: str) -> Iterator[Finding]:
        yield from super().faults(file, key)
        least, most = self.min, self.max
        if least is not None and most is not None and least > most:
            yield crossed(file, f"{key}.min", "min", "max")
        for name, bound in (("min", least), ("max", most)):
            if bound is not None:
                yield from hundredths_at_most(file, f"{key}.{name}", bound)


class IntegerField(_Bounded):
    """A whole number; `int` in rules."""

    type: ClassVar[str] = "integer"
    in_rules: ClassVar[str] = "INT"
    wrapper: ClassVar[str] = "Int64Value"

    min: Int | None = declare(
        default=None, description=N_("the smallest accepted"), ge=-LARGEST, le=LARGEST
    )
    max: Int | None = declare(
        default=None, description=N_("the largest accepted"), ge=-LARGEST, le=LARGEST
    )

    def read(self, raw: Any, zone: ZoneInfo) -> int:
        number = exact(raw, places=0)
        _check_bounds(number, self.min, self.max)
        return int(number)

    def recorded(self, number: Decimal | int) -> int:
        return int(number)

    def show(self, value: Any, language: str, zone: ZoneInfo) -> str:
        return words.number(value, language)


class DecimalField(_Bounded):
    """A number of one or two decimals, never negative; `uint` hundredths in rules."""

    type: ClassVar[str] = "decimal"
    rules_read: ClassVar[str] = N_("`uint`, in hundredths: `350u` is 3.50")
    in_rules: ClassVar[str] = "UINT"
    wrapper: ClassVar[str] = "UInt64Value"

    places: Int = declare(default=2, description=N_("digits after the comma"), ge=1, le=2)
    min: WholeNumber | None = declare(
        default=None, description=N_("the smallest accepted"), ge=0, le=LARGEST
    )
    max: WholeNumber | None = declare(
        default=None, description=N_("the largest accepted"), ge=0, le=LARGEST
    )

    def read(self, raw: Any, zone: ZoneInfo) -> int:
        number = exact(raw, places=self.places)
        _check_bounds(number, self.min if self.min is not None else 0, self.max)
        return in_hundredths(number)

    def recorded(self, number: Decimal | int) -> int:
        return in_hundredths(number)

    def typed(self, value: Any) -> str:
        return str(Decimal(value).scaleb(-2))

    def records(self, value: Any) -> bool:
        return super().records(value) and value >= 0 and value % 10 ** (2 - self.places) == 0

    def show(self, value: Any, language: str, zone: ZoneInfo) -> str:
        text = words.hundredths(value, language)
        return text[:-1] if self.places == 1 else text


def hundredths_at_most(file: str, key: str, value: Decimal | int) -> Iterator[Finding]:
    if Decimal(value) * 100 != (Decimal(value) * 100).to_integral_value():
        why = _("Scores, decimal fields and what they are compared with are kept in hundredths.")
        yield Finding(file, key, _("{value} has more than two decimals.").format(value=value), why)


def crossed(file: str, key: str, least: str, most: str) -> Finding:
    what = _("{least} is not below {most}.").format(least=f"`{least}`", most=f"`{most}`")
    why = _("Nothing could ever be typed in here.")
    return Finding(file, key, what, why, _("Exchange the two, or correct one of them."))


def plain(number: Decimal | int) -> str:
    text = f"{Decimal(number):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def exact(raw: Any, *, places: int) -> Decimal:
    """The number, exactly; *raises* Unreadable for more than `places` decimals."""
    if isinstance(raw, str):
        text = plain_line(raw).replace(_MINUS, "-")
        match = _NUMBER.fullmatch(text)
        if match is None:
            why = _("It has both a comma and a point.") if "," in text and "." in text else ""
            mend = _("Write digits only, for example {example}.").format(example="1200")
            raise Unreadable(_('"{text}" is not a number.').format(text=shown(text)), why, mend)
        whole = match["whole"].replace(" ", "")
        number = Decimal(f"{match['sign']}{whole}.{match['rest'] or ''}")
    elif isinstance(raw, bool) or not isinstance(raw, int | float | Decimal):
        raise expected(_("a number"), raw)
    elif isinstance(raw, int) and abs(raw) > MOST:
        raise _too_large()
    else:
        finite = raw.is_finite() if isinstance(raw, Decimal) else isfinite(raw)
        if not finite:
            raise Unreadable(_("{number} is not a number.").format(number=raw))
        # What a spreadsheet or JSON holds as 3.50 or 12.0 is written with no zeros at its end.
        number = Decimal(repr(raw) if isinstance(raw, float) else raw).normalize(_EXACT)
    if not number:
        return Decimal(0)
    if number.adjusted() >= MOST_DIGITS:
        raise _too_large()
    exponent = number.as_tuple().exponent
    if isinstance(exponent, int) and -exponent > places:
        raise _too_many_places(number, places, typed=isinstance(raw, str))
    if abs(number) > MOST or (places and abs(number) > MOST // 100):
        raise _too_large()
    return number


def _check_bounds(
    number: Decimal, lowest: Decimal | int | None, highest: Decimal | int | None
) -> None:
    if lowest is not None and number < lowest:
        what = _("{number} is too small.").format(number=plain(number))
        raise Unreadable(what, _("{bound} is the smallest accepted.").format(bound=plain(lowest)))
    if highest is not None and number > highest:
        what = _("{number} is too large.").format(number=plain(number))
        raise Unreadable(what, _("{bound} is the largest accepted.").format(bound=plain(highest)))


def _too_large() -> Unreadable:
    return Unreadable(_("This number is too large to be recorded."))


def _too_many_places(number: Decimal, places: int, *, typed: bool) -> Unreadable:
    exponent = number.as_tuple().exponent
    # Written out, a number as small as 1e-999999999 would fill a gigabyte.
    written = str(number) if number.adjusted() < -MOST_DIGITS else f"{number:f}"
    what = _("{number} has too many decimals.") if places else _("{number} is not a whole number.")
    why = n_(
        "At most {count} decimal is accepted.", "At most {count} decimals are accepted.", places
    )
    mend = _("If the sign sets thousands apart, leave it out.") if typed and exponent == -3 else ""
    return Unreadable(
        what.format(number=shown(written)), why.format(count=places) if places else "", mend
    )


NO_OPINION = "-"
"""The sign, typed or in a grid, of a member that has no opinion."""


class Scale(Model):
    """From the lowest mark to the highest, by steps."""

    from_: WholeNumber = declare(description=N_("the lowest mark"), ge=0, le=1000)
    to: WholeNumber = declare(description=N_("the highest mark"), ge=0, le=1000)
    step: WholeNumber = declare(
        default=Decimal(1), description=N_("the distance between marks"), gt=0, le=1000
    )

    @cached_property
    def marks(self) -> range:
        low, high, step = map(in_hundredths, (self.from_, self.to, self.step))
        return range(low, high + 1, step)

    def faults(self, file: str, key: str) -> Iterator[Finding]:
        """Marks that are too fine, in the wrong order, or that no step falls on."""
        marks = {"from": Decimal(self.from_), "to": Decimal(self.to), "step": Decimal(self.step)}
        fine = [
            finding
            for name, mark in marks.items()
            for finding in hundredths_at_most(file, f"{key}.{name}", mark)
        ]
        yield from fine
        if marks["from"] >= marks["to"]:
            yield crossed(file, f"{key}.from", "from", "to")
        elif not fine and (marks["to"] - marks["from"]) % marks["step"]:
            why = _("From {least} by {step}, nobody arrives at {most}.")
            why = why.format(least=marks["from"], step=marks["step"], most=marks["to"])
            yield Finding(file, f"{key}.step", _("No step falls on the highest mark."), why)


COMMENT_IN = declare(
    default=None,
    description=N_("the field of the panel in which a mark is explained"),
    examples=['"comment"'],
)
COMMENT_UNDER = declare(
    default=None, description=N_("a mark below it must be explained"), ge=0, le=1000
)
COMMENT_OVER = declare(
    default=None, description=N_("a mark above it must be explained"), ge=0, le=1000
)


class ScoreField(FieldType):
    """A mark given by a member of the panel; `uint` hundredths in rules."""

    type: ClassVar[str] = "score"
    rules_read: ClassVar[str] = N_("`uint`, in hundredths: `350u` is 3.50")
    in_rules: ClassVar[str] = "UINT"
    in_panel: ClassVar[Literal["", "mark", "comment"]] = "mark"

    scale: Scale = declare(
        default=None,
        description=N_("the marks that may be given, where the panel does not say it"),
        examples=["{ from = 0, to = 5, step = 0.5 }"],
    )
    weight: WholeNumber = declare(
        default=Decimal(1),
        description=N_("what it weighs in the panel's total, beside the other criteria"),
        ge=0,
        le=1000,
    )
    no_opinion: Bool = declare(
        default=False,
        description=N_(
            "whether a member may say that it has no opinion, written `-`; left out, as the panel "
            "says"
        ),
    )
    comment_in: Name | None = COMMENT_IN
    comment_under: WholeNumber | None = COMMENT_UNDER
    comment_over: WholeNumber | None = COMMENT_OVER

    def wants_comment(self, mark: int) -> bool:
        """True where a mark, in hundredths, must be explained in `comment_in`."""
        under, over = self.comment_under, self.comment_over
        is_low = under is not None and mark < in_hundredths(under)
        return is_low or (over is not None and mark > in_hundredths(over))

    def read(self, raw: Any, zone: ZoneInfo) -> int:
        scale = self.scale
        if isinstance(raw, str) and not _NUMBER.fullmatch(plain_line(raw)):
            silent = _("Who has no opinion writes “no opinion”, or {sign}.").format(sign=NO_OPINION)
            raise self._refused(shown(raw), silent if self.no_opinion else "")
        number = exact(raw, places=2)
        mark = in_hundredths(number)
        if mark in scale.marks:
            return mark
        bounds = (Decimal(bound) for bound in (scale.from_, scale.to, scale.step))
        raise self._refused(as_shown(number), _nearest_marks(number, *bounds))

    def _refused(self, text: str, mend: str) -> Unreadable:
        scale = self.scale
        why = _("Marks go from {lowest} to {highest} by steps of {step}.").format(
            lowest=as_shown(scale.from_), highest=as_shown(scale.to), step=as_shown(scale.step)
        )
        return Unreadable(_("{number} is not a mark of the scale.").format(number=text), why, mend)

    def typed(self, value: Any) -> str:
        return str(Decimal(value).scaleb(-2))

    def records(self, value: Any) -> bool:
        return type(value) is int and value in self.scale.marks

    def sample(self) -> int:
        return in_hundredths(self.scale.from_)

    def show(self, value: Any, language: str, zone: ZoneInfo) -> str:
        return words.hundredths(value, language)


def as_shown(number: Decimal | int) -> str:
    return words.with_marks(plain(number), language())


def _nearest_marks(number: Decimal, lowest: Decimal, highest: Decimal, step: Decimal) -> str:
    if number < lowest or number > highest:
        return ""
    below = lowest + (number - lowest) // step * step
    above = below + step
    if above > highest:
        return _("The nearest is {below}.").format(below=plain(below))
    return _("The nearest are {below} and {above}.").format(below=plain(below), above=plain(above))


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
        what = _('"{text}" is neither yes nor no.').format(text=shown(text))
        raise Unreadable(what, mend=_("Write {yes} or {no}.").format(yes=_("yes"), no=_("no")))

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
        label = self.label.in_(language)
        return _("{label}: {value}").format(label=label, value=_("yes") if value else _("no"))

    def counted_as(self, value: Any) -> list[str]:
        return [_("yes") if value else _("no")]

    def tally(self, values: Sequence[Any], language: str) -> list[str]:
        return [f"{self.label.in_(language)} {sum(1 for value in values if value)}"]


class _Choice(FieldType):
    options: Named[Text] = declare(description=N_("the answers, by name"), min_length=1)

    @property
    def answers(self) -> frozenset[str]:
        return frozenset(self.options)

    def label_of(self, name: str, language: str) -> str:
        """The label of an answer; its name when the folder no longer has it."""
        label = self.options.get(name)
        return label.in_(language) if label else name

    def counted_as(self, value: Any) -> list[str]:
        names = [value] if isinstance(value, str) else value
        return [self.label_of(name, words.language()) for name in names]

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
            what = _('"{text}" may mean several answers.').format(text=shown(text))
            mend = _("Write one of their names: {names}.").format(names=", ".join(keys))
            raise Unreadable(what, mend=mend)
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
        names = (name for name in self.options if counts[name])
        return [f"{self.label_of(name, language)} {counts[name]}" for name in names]


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
        if isinstance(raw, datetime):
            raise expected(_("a day"), raw, _("Leave the hour out."))
        if isinstance(raw, date):
            return _checked(raw).isoformat()
        if not isinstance(raw, str):
            raise expected(_("a day"), raw, calendar.example_day())
        return _checked(calendar.read_day(plain_line(raw))).isoformat()

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
        return lambda value: calendar.start_of_day(date.fromisoformat(value), zone)


class DatetimeField(DatedField):
    """A day and an hour in the contest's zone; `timestamp` in rules."""

    type: ClassVar[str] = "datetime"

    def read(self, raw: Any, zone: ZoneInfo) -> str:
        """In UTC; without offset, in the zone. Raises: InstantError for a double hour."""
        if isinstance(raw, datetime):
            moment = calendar.in_zone(raw, zone)
        elif isinstance(raw, str):
            moment = calendar.read_moment(plain_line(raw), zone)
        else:
            raise expected(_("a day and an hour"), raw, calendar.example_moment())
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
        why = _("Years from {first} to {last} are accepted.")
        why = why.format(first=_FIRST_YEAR, last=_LAST_YEAR)
        raise Unreadable(_("The year {year} cannot be meant.").format(year=day.year), why)
    return day
