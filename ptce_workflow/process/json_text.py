"""JSON as people hand it over: exact numbers, no key twice, no value that JSON does not have."""

from __future__ import annotations

import json
from collections import Counter
from decimal import Decimal
from typing import Any, NoReturn

from ptce_workflow.base.errors import Misuse
from ptce_workflow.base.words import _


def read_json(text: str) -> Any:
    """The value of a text in JSON; decimal numbers are Decimal.

    *Raises* Misuse with the line and the column where it stops being JSON.
    """
    try:
        return json.loads(
            text,
            parse_float=Decimal,
            parse_constant=_refuse_constant,
            object_pairs_hook=_without_repeats,
        )
    except json.JSONDecodeError as error:
        raise Misuse(
            _("This is not JSON from line {line}, character {column} on.").format(
                line=error.lineno, column=error.colno
            ),
            _("There it reads: {excerpt}").format(excerpt=_excerpt(text, error.pos))
            if text[error.pos :].strip()
            else _("It ends there, before everything is closed."),
            _("Look for a comma, a quotation mark or a bracket that is missing or in excess."),
        ) from None
    except RecursionError:
        raise too_deep() from None
    except (ArithmeticError, ValueError):
        raise Misuse(_("A number in this JSON has too many digits.")) from None


def too_deep() -> Misuse:
    """The error for lists and tables inside one another without end."""
    return Misuse(_("Lists and tables are nested too deep to be read."))


def _excerpt(text: str, position: int) -> str:
    return text[position : position + 40].splitlines()[0]


def _refuse_constant(name: str) -> NoReturn:
    raise Misuse(_('"{name}" is not a number.').format(name=name))


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        (repeated, _times), *_others = Counter(name for name, _value in pairs).most_common(1)
        raise Misuse(
            _('The key "{name}" stands twice.').format(name=repeated),
            _("Only one of its two values could be kept."),
            _("Keep the right one."),
        )
    return found
