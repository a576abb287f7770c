"""Text that people read or typed: its room, one line of it, cells, and what it resembles."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence

from ptce_workflow.base.words import _

DRAWN_ROWS_AT_MOST = 100
"""What fits a few screens is drawn with care; what is longer is read by programs and `less`."""

# Latin letters and the marks between them: one column each. A long list is made of little else.
_NARROW = re.compile("[\x00-\xac\xae-\u02ff\u2010-\u2027]*")

_APART = re.compile(r"[^a-z0-9]+")
_JOINERS = "\u200c\u200d"
_BREAKS = frozenset({"Cc", "Zl", "Zp"})
_UNSEEN = frozenset({"Cf", "Cs", "Cn"})

STAMP = "stamp"
"""The hidden sheet of a workbook that says what it was made for: a key and a value in each row."""
TABLE_MARK = "ptce"
"""The first cell of a table in CSV whose first line is its stamp: `key=value` in each cell."""

# What a spreadsheet takes for the beginning of a formula or of a command, wide forms included.
_FORMULA = r"[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]"
_ESCAPED = re.compile(rf"'+{_FORMULA}")
_DANGEROUS = re.compile(rf"'*{_FORMULA}")

_FEW = 12
_TELLING = 3
"""From how many letters on the beginning of a name tells which one was meant."""


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


def plain(text: str) -> str:
    """The text as names are compared: without capitals, accents and signs, in words."""
    letters = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return _APART.sub(" ", bare).strip()


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
    head, blank, _word = text[:at_most].rpartition(" ")
    # A "word" that fills most of the line is none: it is cut where the room ends.
    kept = head if blank and len(head) > at_most // 2 else text[: at_most - 1]
    return f"{kept.rstrip()}…"


def safe_text(value: str) -> str:
    """The text as a cell of a CSV file may hold it; `plain_text` gives it back unchanged.

    What a spreadsheet would take for a formula gets an apostrophe before it.
    """
    return f"'{value}" if _DANGEROUS.match(value) else value


def plain_text(cell: str) -> str:
    """The text that a cell of a CSV file stands for; see `safe_text`."""
    return cell[1:] if _ESCAPED.match(cell) else cell


def is_formula_like(value: str) -> bool:
    """True for a text that a spreadsheet would take for a formula if it were typed into it."""
    return _DANGEROUS.match(value) is not None


def suggestion(word: str, known: Iterable[str]) -> str:
    """A sentence that proposes the nearest known name, or lists the names when few.

    *Shape* an empty string when nothing is near and the names are many.
    """
    names = sorted(known)
    listed = _("Known here: {names}.").format(names=", ".join(names))
    return did_you_mean(nearest(word, names)) or (listed if 0 < len(names) <= _FEW else "")


def nearest(word: str, known: Iterable[str], *, most: int = 1) -> list[str]:
    """The known names that come nearest to a word, the nearest first; none that is far.

    Where some begin with the word, it was cut short: no other is near, and length is no matter.
    """
    names, typed = {alike(name): name for name in known}, alike(word)
    begun = [name for name in names if len(typed) >= _TELLING and name.startswith(typed)]
    if begun:
        return [names[name] for name in sorted(begun, key=len)[:most]]
    # Few commands are misspelt: the others do without what compares names.
    from difflib import get_close_matches

    return [names[near] for near in get_close_matches(typed, names, n=most)]


def meant(word: str, labels: Mapping[str, Iterable[str]]) -> list[str]:
    """The keys that a word may stand for: itself, or those that are called so.

    Capitals, accents, apostrophes and other signs make no difference.
    """
    if word in labels:
        return [word]
    typed = plain(word)
    return [key for key, called in labels.items() if typed and typed in map(plain, (key, *called))]


def did_you_mean(names: Sequence[str]) -> str:
    """A sentence that proposes names; "" when there are none."""
    if not names:
        return ""
    quoted = (_('"{name}"').format(name=name) for name in names)
    return _("Did you mean {names}?").format(names=_(" or ").join(quoted))


def alike(text: str) -> str:
    """A text without what people leave out when they type: capitals, accents, double blanks."""
    decomposed = unicodedata.normalize("NFD", text.replace("’", "'").casefold())
    return " ".join("".join(c for c in decomposed if not unicodedata.combining(c)).split())


def fingerprint(hash_: str) -> str:
    """The first sixteen digits of a hash, in groups of four, as people read and type them."""
    return " ".join(hash_[at : at + 4] for at in range(0, 16, 4))
