"""Whole numbers, decimals and marks: read exactly, never through a binary fraction."""

from __future__ import annotations

import re
from decimal import Decimal
from math import isfinite
from typing import Any

from ptce_workflow.base.errors import shown
from ptce_workflow.base.words import _, n_
from ptce_workflow.process.field_types.refusal import Unreadable
from ptce_workflow.process.field_types.typed import expected, plain_line
from ptce_workflow.process.marks import ScoreField
from ptce_workflow.process.model import in_hundredths
from ptce_workflow.process.questions import DecimalField, IntegerField

MOST = 2**53 - 1
"""The largest integer that every reader of JSON keeps exactly."""
_MOST_DIGITS = 16
_NUMBER = re.compile(
    r"(?P<sign>[+-]?)(?P<whole>[0-9]+|[0-9]{1,3}(?: [0-9]{3})+)(?:[.,](?P<rest>[0-9]+))?"
)
_MINUS = "\u2212"


def read_integer(field: IntegerField, raw: Any) -> int:
    """A whole number; blanks between thousands are understood."""
    number = _exact(raw, places=0)
    _check_bounds(number, field.min, field.max)
    return int(number)


def read_decimal(field: DecimalField, raw: Any) -> int:
    """A decimal number, in hundredths; a comma or a point stands before its decimals."""
    number = _exact(raw, places=field.places)
    _check_bounds(number, field.min if field.min is not None else 0, field.max)
    return in_hundredths(number)


def read_score(field: ScoreField, raw: Any) -> int:
    """A mark on the field's scale, in hundredths."""
    scale = field.scale
    mark = _plain_mark(raw)
    if mark is not None and mark in scale.marks:
        return mark
    number = _exact(raw, places=2)
    mark = in_hundredths(number)
    if mark in scale.marks:
        return mark
    lowest, highest, step = (Decimal(bound) for bound in (scale.from_, scale.to, scale.step))
    raise Unreadable(
        _("{number} is not a mark of the scale.").format(number=plain(number)),
        _("Marks go from {lowest} to {highest} by steps of {step}.").format(
            lowest=plain(lowest), highest=plain(highest), step=plain(step)
        ),
        _nearest_marks(number, lowest, highest, step),
    )


def _plain_mark(raw: Any) -> int | None:
    """The hundredths of a number as workbooks hold most marks; None for any other answer."""
    # A grid has thousands of them: reading them the long way would take as long as all the rest.
    if type(raw) is int:
        return raw * 100
    if type(raw) is Decimal and raw.as_tuple().exponent == -1 and raw.adjusted() < _MOST_DIGITS:
        return int(raw.scaleb(2))
    return None


def plain(number: Decimal | int) -> str:
    """A number without exponent and without zeros at its end."""
    text = f"{Decimal(number):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _exact(raw: Any, *, places: int) -> Decimal:
    """The number, exactly; *raises* Unreadable for more than `places` decimals."""
    if isinstance(raw, str):
        number = _typed(raw)
    elif isinstance(raw, bool) or not isinstance(raw, int | float | Decimal):
        raise expected(_("a number"), raw)
    elif isinstance(raw, int) and abs(raw) > MOST:
        raise _too_large()
    else:
        finite = raw.is_finite() if isinstance(raw, Decimal) else isfinite(raw)
        if not finite:
            raise Unreadable(_("{number} is not a number.").format(number=raw))
        # What a spreadsheet or JSON holds as 3.50 or 12.0 is written with no zeros at its end.
        number = _without_end_zeros(Decimal(repr(raw) if isinstance(raw, float) else raw))
    if not number:
        return Decimal(0)
    if number.adjusted() >= _MOST_DIGITS:
        raise _too_large()
    exponent = number.as_tuple().exponent
    if isinstance(exponent, int) and -exponent > places:
        raise _too_many_places(number, places, typed=isinstance(raw, str))
    if abs(number) > MOST or (places and abs(number) > MOST // 100):
        raise _too_large()
    return number


def _typed(raw: str) -> Decimal:
    text = plain_line(raw).replace(_MINUS, "-")
    found = _NUMBER.fullmatch(text)
    if found is None:
        raise Unreadable(
            _('"{text}" is not a number.').format(text=shown(text)),
            _("It has both a comma and a point.") if "," in text and "." in text else "",
            _("Write digits only, for example {example}.").format(example="1200"),
        )
    whole = found["whole"].replace(" ", "")
    return Decimal(f"{found['sign']}{whole}.{found['rest'] or ''}")


def _without_end_zeros(number: Decimal) -> Decimal:
    # Decimal.normalize() would round to the precision of the context.
    sign, digits, exponent = number.as_tuple()
    if not isinstance(exponent, int):
        return number
    kept = len(digits)
    while kept and exponent < 0 and not digits[kept - 1]:
        kept, exponent = kept - 1, exponent + 1
    return Decimal((sign, digits[:kept], exponent))


def _check_bounds(
    number: Decimal, lowest: Decimal | int | None, highest: Decimal | int | None
) -> None:
    if lowest is not None and number < lowest:
        raise Unreadable(
            _("{number} is too small.").format(number=plain(number)),
            _("{bound} is the smallest accepted.").format(bound=plain(lowest)),
        )
    if highest is not None and number > highest:
        raise Unreadable(
            _("{number} is too large.").format(number=plain(number)),
            _("{bound} is the largest accepted.").format(bound=plain(highest)),
        )


def _nearest_marks(number: Decimal, lowest: Decimal, highest: Decimal, step: Decimal) -> str:
    if number < lowest or number > highest:
        return ""
    below = lowest + (number - lowest) // step * step
    above = below + step
    if above > highest:
        return _("The nearest is {below}.").format(below=plain(below))
    return _("The nearest are {below} and {above}.").format(below=plain(below), above=plain(above))


def _too_large() -> Unreadable:
    return Unreadable(_("This number is too large to be recorded."))


def _too_many_places(number: Decimal, places: int, *, typed: bool) -> Unreadable:
    exponent = number.as_tuple().exponent
    # Written out, a number as small as 1e-999999999 would fill a gigabyte.
    written = str(number) if number.adjusted() < -_MOST_DIGITS else f"{number:f}"
    what = _("{number} has too many decimals.") if places else _("{number} is not a whole number.")
    why = n_(
        "At most {count} decimal is accepted.", "At most {count} decimals are accepted.", places
    )
    return Unreadable(
        what.format(number=shown(written)),
        why.format(count=places) if places else "",
        _("If the sign sets thousands apart, leave it out.") if typed and exponent == -3 else "",
    )
