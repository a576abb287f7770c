"""Answers as they are handed over: text made one, their kinds, and the problems of one."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from itertools import compress
from typing import Any, TypeVar

from msgspec import Struct

from ptce_workflow.base.errors import Misuse
from ptce_workflow.base.words import _, n_

_BLANKS = "\t\n\r \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
_BLANKS += "\u202f\u205f\u3000"
_INVISIBLE = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
"""Letters and marks that show nothing, though Unicode counts them as printable."""
_BIDI = frozenset(
    "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u206a\u206b"
)
_REPLACEMENT = "\ufffd"
_JOINER = "\u200d"
# Bullets of a word processor, which its symbol font alone draws.
_SYMBOLS = re.compile("[\uf000-\uf0ff]")
_PICTURES = ("So", "Sk")
# What European languages are written with: every one of these letters and signs may stay.
_PLAIN_LINE = re.compile("[ -~\u00a0-\u00ac\u00ae-\u02ff\u2010-\u2027]*")
_PLAIN_LINES = re.compile("[\t\n -~\u00a0-\u00ac\u00ae-\u02ff\u2010-\u2027]*")
_ENCODED_WORD = "=?"


class TextRefused(Misuse):
    """A text holds something that cannot be recorded."""


def normalise(value: str, *, multiline: bool, max_length: int) -> str:
    """The text in composed form (NFC), without blanks around it; "" for nothing but blanks.

    Ends of lines become LF, and signs of a symbol font bullets, in a text of many lines. No-break
    spaces, which French typography needs, and emoji are kept.
    Characters that this Python's Unicode does not know are refused with the invisible ones: only
    assigned characters are sure to stay in composed form for ever.

    *Raises* TextRefused with the code point and its place, or with the length.
    """
    text = unicodedata.normalize("NFC", value).strip(_BLANKS)
    if multiline:
        text = _SYMBOLS.sub("•", text.replace("\r\n", "\n"))
    plain = _PLAIN_LINES if multiline else _PLAIN_LINE
    for index in () if plain.fullmatch(text) else range(len(text)):
        reason = _reason(text, index, multiline=multiline)
        if reason:
            raise _refused(text, index, reason, multiline=multiline)
    if not multiline and _ENCODED_WORD in text:
        raise TextRefused(
            _('The text holds "{sign}" ({place}).').format(
                sign=_ENCODED_WORD, place=_place(text, text.index(_ENCODED_WORD), multiline=False)
            ),
            _("In a mail, these two signs begin a coded word that can hide another header."),
            _("Put a blank between them."),
        )
    if len(text) > max_length:
        raise TextRefused(
            _("The text has {count} characters.").format(count=len(text)),
            _("{limit} are accepted at most.").format(limit=max_length),
            _("Shorten it."),
        )
    return text


def legible(text: str) -> str:
    """A text that somebody else wrote, without what `normalise` refuses."""
    text = _SYMBOLS.sub("•", text.replace("\r\n", "\n").replace("\r", "\n"))
    kept = (not _reason(text, index, multiline=True) for index in range(len(text)))
    return "".join(compress(text, kept))


def _reason(text: str, index: int, *, multiline: bool) -> str:
    """Why a character cannot stay; "" for one that may."""
    character = text[index]
    if character.isprintable() and character not in _INVISIBLE | {_REPLACEMENT}:
        return ""
    category = unicodedata.category(character)
    if category == "Zs" or (multiline and character in "\t\n"):
        return ""
    if character == _JOINER and _joins_pictures(text, index):
        return ""
    if character in "\n\r\u0085\u2028\u2029":
        return _("It ends a line: one line is expected, or plain ends of lines.")
    if character in _BIDI:
        return _("It changes the order in which the text is shown.")
    if character == _REPLACEMENT:
        return _("It stands where a letter was lost: the text was read in a wrong encoding.")
    match category:
        case "Cc":
            return _("It is a control character, not a letter.")
        case "Cs":
            return _("It is half a character: the text was cut or badly read.")
        case "Co":
            return _("It has no agreed meaning: each font draws another.")
        case "Cn":
            return _("It is unknown to Unicode {version}, which this program uses.").format(
                version=unicodedata.unidata_version
            )
    return _("It does not show: two texts that look alike would differ.")


def _joins_pictures(text: str, index: int) -> bool:
    """True where a zero-width joiner stands between two signs, as in the emoji of a farmer."""
    before, after = text[:index].rstrip("\ufe0f")[-1:], text[index + 1 : index + 2]
    return all(sign and unicodedata.category(sign) in _PICTURES for sign in (before, after))


def _refused(text: str, index: int, reason: str, *, multiline: bool) -> TextRefused:
    character = text[index]
    point = f"U+{ord(character):04X} {unicodedata.name(character, '')}".strip()
    return TextRefused(
        _("The text holds the character {point} ({place}).").format(
            point=point, place=_place(text, index, multiline=multiline)
        ),
        reason,
        _("Type the passage again, without it."),
    )


def _place(text: str, index: int, *, multiline: bool) -> str:
    column = index - (text.rfind("\n", 0, index) + 1) + 1
    if not multiline:
        return _("character {column}").format(column=index + 1)
    line = text.count("\n", 0, index) + 1
    return _("line {line}, character {column}").format(line=line, column=column)


T = TypeVar("T")
_TOLD = 20


class Problem(Struct, frozen=True):
    """One thing that is wrong: what, why, how to mend it, and where in a list or a table.

    *Units* rows count from 1, as they were handed over; None for the answer as a whole.
    """

    what: str
    why: str = ""
    mend: str = ""
    row: int | None = None
    column: str | None = None
    where: str = ""

    @classmethod
    def of(
        cls, error: Misuse, *, row: int | None = None, column: str | None = None, where: str = ""
    ) -> Problem:
        """An error met while reading, with its place."""
        return cls(error.what, error.why, error.mend, row, column, where)

    def __str__(self) -> str:
        told = " ".join(part for part in (self.what, self.why, self.mend) if part)
        return _("{label}: {value}").format(label=self.where, value=told) if self.where else told


class Unreadable(Misuse):
    """A value, or a cell, that its type cannot read; the place is added by who asked for it."""


class Unreadables(Misuse):
    """Several problems of a list or a table, found in one reading."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(problems[0].what)
        self.problems = tuple(problems)


def read_each(items: Sequence[Any], read: Callable[[Any], T]) -> list[T]:
    """The values of a list's items; *raises* Unreadables with every item that is wrong."""
    values: list[T] = []
    problems: list[Problem] = []
    for row, item in enumerate(items, 1):
        try:
            values.append(read(item))
        except Misuse as error:
            where = _("item {row}").format(row=row) if len(items) > 1 else ""
            problems.append(Problem.of(error, row=row, where=where))
    if problems:
        raise Unreadables(problems)
    return values


class ValueRefused(Misuse):
    """An answer that its field does not accept, with every problem in it."""

    def __init__(self, label: str, problems: Sequence[Problem]) -> None:
        self.label = label
        self.problems = tuple(problems)
        if len(problems) == 1 and not problems[0].where:
            (only,) = problems
            what = _("{label}: {value}").format(label=label, value=only.what)
            super().__init__(what, only.why, only.mend)
            return
        what = n_("{label}: {count} problem.", "{label}: {count} problems.", len(problems))
        told = [str(problem) for problem in problems[:_TOLD]]
        more = len(problems) - _TOLD
        if more > 0:
            told.append(n_("and {count} more", "and {count} more", more).format(count=more))
        super().__init__(what.format(label=label, count=len(problems)), "\n  ".join(told))


LINE_LENGTH = 200
_PLAIN_SPACES = str.maketrans("\u00a0\u2009\u202f", "   ")


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
    return line(raw).translate(_PLAIN_SPACES)


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
