"""Typed text made one: composed, trimmed, and free of what cannot be seen or would deceive."""

from __future__ import annotations

import re
import unicodedata

from ptce_workflow.base.errors import Misuse
from ptce_workflow.base.words import _

_BLANKS = "\t\n\r \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
_BLANKS += "\u202f\u205f\u3000"
_INVISIBLE = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
"""Letters and marks that show nothing, though Unicode counts them as printable."""
_BIDI = frozenset(
    "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u206a\u206b"
)
_REPLACEMENT = "\ufffd"
_JOINER = "\u200d"
_PICTURES = ("So", "Sk")
# What European languages are written with: every one of these letters and signs may stay.
_PLAIN_LINE = re.compile("[ -~\u00a0-\u00ac\u00ae-\u02ff\u2010-\u2027]*")
_PLAIN_LINES = re.compile("[\t\n -~\u00a0-\u00ac\u00ae-\u02ff\u2010-\u2027]*")
_ENCODED_WORD = "=?"


class TextRefused(Misuse):
    """A text holds something that cannot be recorded."""


def normalise(value: str, *, multiline: bool, max_length: int) -> str:
    """The text in composed form (NFC), without blanks around it; "" for nothing but blanks.

    Ends of lines become LF. No-break spaces, which French typography needs, and emoji are kept.
    Characters that this Python's Unicode does not know are refused with the invisible ones: only
    assigned characters are sure to stay in composed form for ever.

    *Raises* TextRefused with the code point and its place, or with the length.
    """
    text = unicodedata.normalize("NFC", value).strip(_BLANKS)
    if multiline:
        text = text.replace("\r\n", "\n")
    plain = _PLAIN_LINES if multiline else _PLAIN_LINE
    for index, character in () if plain.fullmatch(text) else enumerate(text):
        if not character.isprintable() or character in _INVISIBLE or character == _REPLACEMENT:
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


def _reason(text: str, index: int, *, multiline: bool) -> str:
    """Why a character cannot stay; "" for one that may."""
    character = text[index]
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
