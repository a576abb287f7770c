"""Text that others wrote, made fit to stand on one line of a header or of a listing."""

from __future__ import annotations

import re
import unicodedata

_JOINERS = "\u200c\u200d"
_BREAKS = frozenset({"Cc", "Zl", "Zp"})
_UNSEEN = frozenset({"Cf", "Cs", "Cn"})


def one_line(text: str, *, at_most: int) -> str:
    """The text on one line, without characters that nobody sees, cut at a word with an ellipsis.

    Line ends and other controls become blanks; what turns the direction of writing, surrogates
    and unassigned characters go. `=?` is parted: Python 3.11 would decode the encoded word that
    it begins, line end and all, and write what it hid into the header.

    *Source* RFC 2047 section 2 for `=?`; CVE-2024-6923 for what became of it.
    """
    if not text.isprintable():
        text = "".join(one if one.isprintable() else _seen(one) for one in text)
    # After the characters that nobody sees, which may stand between the two.
    text = re.sub(" {2,}", " ", text.replace("=?", "= ?")).strip()
    return text if len(text) <= at_most else _cut(text, at_most)


def _seen(character: str) -> str:
    category = unicodedata.category(character)
    if category in _BREAKS:
        return " "
    return "" if category in _UNSEEN and character not in _JOINERS else character


def _cut(text: str, at_most: int) -> str:
    head, blank, _ = text[:at_most].rpartition(" ")
    # A "word" that fills most of the line is none: it is cut where the room ends.
    kept = head if blank and len(head) > at_most // 2 else text[: at_most - 1]
    return f"{kept.rstrip()}…"
