"""What is shown in place of a letter that a terminal's encoding lacks."""

from __future__ import annotations

import codecs
import io
import unicodedata
from typing import TextIO

HANDLER = "ptce"
# The mark of a rule that fails must not become "?", which is that of a rule that cannot be judged.
_INSTEAD = {
    "✓": "+",
    "✗": "x",
    "→": ">",
    "█": "#",
    "▏": "|",
    "·": "-",
    "–": "-",
    "§": "par. ",
    "…": "...",
    "’": "'",
    "“": '"',
    "”": '"',
    "«": '"',
    "»": '"',
    "œ": "oe",
    "Œ": "OE",
}


def replace_what_is_lacking(*streams: TextIO) -> None:
    """Has streams show the nearest plain letters in place of those that they cannot."""
    codecs.register_error(HANDLER, _instead)
    for stream in streams:
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=HANDLER)


def _instead(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    lacking = error.object[error.start : error.end]
    return "".join(map(plain, lacking)), error.end


def plain(letter: str) -> str:
    """A letter in ASCII: the nearest there is, else a question mark."""
    bare = unicodedata.normalize("NFKD", letter).encode("ascii", "ignore").decode()
    return _INSTEAD.get(letter, bare or "?")
