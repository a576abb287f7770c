"""TOML as people write it: exact numbers, and the line where it stops being TOML."""

from __future__ import annotations

import re
import tomllib
from decimal import Decimal
from typing import Any

from ptce_workflow.base.errors import Misuse, shown
from ptce_workflow.base.words import _
from ptce_workflow.process.json_text import too_deep

_PLACE = re.compile(r"\s*\(at (?:line (?P<line>\d+), column (?P<column>\d+)|end of document)\)$")
_TWICE = "Cannot "
"""How the reader begins what it says of a key that is there already."""
# Reading a key of many parts takes the square of their number: minutes for one of a megabyte.
_LONG_KEY = re.compile(
    r"""(?<![\w.-])(?:(?:[\w-]++|"[^"\n]*+"|'[^'\n]*+')[ \t]*+\.[ \t]*+){32}""", re.ASCII
)


def read_toml(text: str) -> dict[str, Any]:
    """The tables of a text in TOML; decimal numbers are Decimal.

    *Raises* Misuse with the line and the column where it stops being TOML.
    """
    if long_key := _LONG_KEY.search(text):
        raise Misuse(
            _("Line {line} holds a key of too many parts.").format(
                line=text.count("\n", 0, long_key.start()) + 1
            )
        )
    try:
        return tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        raise _not_toml(text, str(error)) from None
    except RecursionError:
        raise too_deep() from None
    except (ArithmeticError, ValueError):
        raise Misuse(_("A number or a date in this file cannot be read.")) from None


def _not_toml(text: str, message: str) -> Misuse:
    """The error for a text that stops being TOML, with the line where it does."""
    found = _PLACE.search(message)
    last = text.rstrip().count("\n") + 1
    if found is None or (found["line"] is None and not message.startswith(_TWICE)):
        return Misuse(
            _("The file ends at line {line}, before everything is closed.").format(line=last),
            _line(text, last),
            _("It is perhaps cut off; else a quotation mark or a bracket is missing."),
        )
    line, column = int(found["line"] or last), int(found["column"] or 1)
    return Misuse(
        _("This is not TOML from line {line}, character {column} on.").format(
            line=line, column=column
        ),
        _line(text, line),
        _("Text stands between quotation marks, each key once, each answer on a line of its own."),
    )


def _line(text: str, number: int) -> str:
    line = text.split("\n")[number - 1].strip()
    return _("There it reads: {excerpt}").format(excerpt=shown(line))
