"""The room that text takes in a terminal."""

from __future__ import annotations

import re
import unicodedata

DRAWN_ROWS_AT_MOST = 100
"""What fits a few screens is drawn with care; what is longer is read by programs and `less`."""

# Latin letters and the marks between them: one column each. A long list is made of little else.
_NARROW = re.compile("[\x00-\xac\xae-\u02ff\u2010-\u2027]*")


def columns_of(text: str) -> int:
    """Returns the columns that a text takes: two a wide character, none a combining one."""
    if _NARROW.fullmatch(text):
        return len(text)
    wide = sum(unicodedata.east_asian_width(mark) in "WF" for mark in text)
    empty = sum(unicodedata.category(mark) in ("Mn", "Me", "Cf") for mark in text)
    return len(text) + wide - empty


def padding(text: str, width: int) -> str:
    """The spaces that bring a text to a width."""
    return " " * (width - columns_of(text))
