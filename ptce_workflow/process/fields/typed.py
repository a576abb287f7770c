"""The kinds of raw values, from the command line, TOML and JSON, and plain text among them."""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from ptce_workflow.base.words import _
from ptce_workflow.process.fields.refusal import Unreadable
from ptce_workflow.process.text import normalise

LINE_LENGTH = 200
_BLANKS = str.maketrans("\u00a0\u2009\u202f", "   ")


def is_blank(raw: Any) -> bool:
    """True where nothing was given: an empty cell, blanks, an empty list or table."""
    return raw is None or (isinstance(raw, str) and not raw.strip()) or raw in ([], {}, ())


def line(raw: Any, *, max_length: int = LINE_LENGTH) -> str:
    """A line of text; *raises* Unreadable for another kind of value, TextRefused as `normalise`."""
    if not isinstance(raw, str):
        raise expected(_("a text"), raw, _("Put it between quotation marks."))
    return normalise(raw, multiline=False, max_length=max_length)


def plain_line(raw: Any) -> str:
    """A line of text, as `line`, whose narrow and unbreakable blanks are plain spaces."""
    return line(raw).translate(_BLANKS)


def expected(what: str, raw: Any, mend: str = "") -> Unreadable:
    """The error for a value of the wrong kind."""
    return Unreadable(
        _("This is {given}; {what} is expected.").format(given=_kind_of(raw), what=what), mend=mend
    )


def _kind_of(raw: Any) -> str:
    """The kind of a value that was handed over, as people call it."""
    # Order matters: True is an int, a datetime is a date.
    kinds: tuple[tuple[type | tuple[type, ...], str], ...] = (
        (bool, _("yes or no")),
        ((int, float, Decimal), _("a number")),
        (str, _("a text")),
        (datetime, _("a day and an hour")),
        (date, _("a day")),
        (time, _("an hour")),
        (dict, _("a table")),
        (list, _("a list")),
    )
    return next((name for kind, name in kinds if isinstance(raw, kind)), _("nothing"))
