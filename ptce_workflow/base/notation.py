"""Instants and values as text in the ledger and the database; TOML and JSON read strictly."""

from __future__ import annotations

import json
import re
import tomllib
from collections import Counter
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, NoReturn

import msgspec

from ptce_workflow.base.errors import Misuse, shown
from ptce_workflow.base.words import _

# Several times as fast as the standard library; no keys are sorted and no letters escaped, so that
# what a hash covers is written elsewhere.
_DECODER, _ENCODER = msgspec.json.Decoder(), msgspec.json.Encoder()


def to_text(instant: datetime) -> str:
    """An aware instant in UTC with six decimals and a Z. Raises: ValueError for a naive one."""
    if instant.tzinfo is None:
        raise ValueError("a naive datetime is not an instant")
    if instant.tzinfo is not UTC:
        instant = instant.astimezone(UTC)
    # Three times as fast as strftime, and every line of the ledger needs several.
    return instant.isoformat(timespec="microseconds")[:-6] + "Z"


def from_text(text: str) -> datetime:
    return datetime.fromisoformat(text)


def from_json(content: str | bytes) -> Any:
    """The value that a text stands for. Raises: ValueError for what is no JSON."""
    try:
        return _DECODER.decode(content)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def to_json(value: object) -> str:
    return _ENCODER.encode(value).decode()


def read_json(text: str) -> Any:
    """The value of a JSON text; decimals are Decimal. Raises: Misuse, with line and column."""
    try:
        return json.loads(
            text,
            parse_float=Decimal,
            parse_constant=_refuse_constant,
            object_pairs_hook=_without_repeats,
        )
    except json.JSONDecodeError as error:
        what = _("This is not JSON from line {line}, character {column} on.")
        why = _("It ends there, before everything is closed.")
        if text[error.pos :].strip():
            excerpt = text[error.pos : error.pos + 40].splitlines()[0]
            why = _("There it reads: {excerpt}").format(excerpt=excerpt)
        mend = _("Look for a comma, a quotation mark or a bracket that is missing or in excess.")
        raise Misuse(what.format(line=error.lineno, column=error.colno), why, mend) from None
    except RecursionError:
        raise too_deep() from None
    except (ArithmeticError, ValueError):
        raise Misuse(_("A number in this JSON has too many digits.")) from None


def too_deep() -> Misuse:
    return Misuse(_("Lists and tables are nested too deep to be read."))


def _refuse_constant(name: str) -> NoReturn:
    raise Misuse(_('"{name}" is not a number.').format(name=name))


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    table = dict(pairs)
    if len(table) < len(pairs):
        (repeated, _times), *_others = Counter(name for name, _value in pairs).most_common(1)
        what = _('The key "{name}" stands twice.').format(name=repeated)
        raise Misuse(what, _("Only one of its two values could be kept."), _("Keep the right one."))
    return table


class NotToml(Misuse):
    def __init__(self, what: str, why: str, mend: str, line: int, column: int = 1) -> None:
        super().__init__(what, why, mend)
        self.line = line
        self.column = column


_PLACE = re.compile(r"\s*\(at (?:line (?P<line>\d+), column (?P<column>\d+)|end of document)\)$")
# Reading a key of many parts takes the square of their number: minutes for one of a megabyte.
_LONG_KEY = re.compile(
    r"""(?<![\w.-])(?:(?:[\w-]++|"[^"\n]*+"|'[^'\n]*+')[ \t]*+\.[ \t]*+){32}""", re.ASCII
)


def read_toml(text: str) -> dict[str, Any]:
    """The tables of a TOML text; decimals are Decimal. Raises: Misuse, with line and column."""
    if long_key := _LONG_KEY.search(text):
        line = text.count("\n", 0, long_key.start()) + 1
        message = _("Line {line} holds a key of too many parts.").format(line=line)
        raise NotToml(message, "", "", line)
    try:
        return tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        raise _not_toml(text, str(error)) from None
    except RecursionError:
        raise too_deep() from None
    except (ArithmeticError, ValueError):
        raise Misuse(_("A number or a date in this file cannot be read.")) from None


def _not_toml(text: str, message: str) -> NotToml:
    match = _PLACE.search(message)
    last = text.rstrip().count("\n") + 1
    if match is None or (match["line"] is None and not message.startswith("Cannot ")):
        what = _("The file ends at line {line}, before everything is closed.").format(line=last)
        why = _("It is perhaps cut off; else a quotation mark or a bracket is missing.")
        return NotToml(what, _line(text, last), why, last)
    line, column = int(match["line"] or last), int(match["column"] or 1)
    what = _("This is not TOML from line {line}, character {column} on.")
    what = what.format(line=line, column=column)
    why = _("Text stands between quotation marks, each key once, each answer on a line of its own.")
    return NotToml(what, _line(text, line), why, line, column)


def _line(text: str, number: int) -> str:
    line = text.split("\n")[number - 1].strip()
    return _("There it reads: {excerpt}").format(excerpt=shown(line))
