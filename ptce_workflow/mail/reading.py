"""A mail that somebody kept, read again: the texts in it, quoted, attached or forwarded."""

from __future__ import annotations

import re
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from html import unescape

_HEADER = re.compile(rb"(?i)\A(?:[!-9;-~]+:[^\n]*\r?\n(?:[ \t][^\n]*\r?\n)*)+")
_MAIL = (".eml",)
_TEXT = (".txt",)
_DEEPEST = 5
LINE_HEADER = "X-PTCE-Line"
"""The header that has the line of the ledger that set a mail off, and its whole hash."""
_TAG = re.compile(r"<(?:br|/p|/div|/tr|/li|/h[1-6])\b[^>]*>", re.IGNORECASE)
_MARKUP = re.compile(r"<(style|script)\b.*?</\1>|<!--.*?-->|<[^>]*>", re.IGNORECASE | re.DOTALL)
_QUOTED = re.compile(r"^[ \t]*(?:>[ \t]?)+", re.MULTILINE)


def texts(content: bytes) -> Iterator[str]:
    """The texts of a mail: of its parts, of those attached to it, of mails forwarded in it.

    The line of the ledger that a header has is one of them.

    What is no mail is one text. Signs of quotation are taken off the lines.
    """
    for text in _texts(content, 0):
        yield _QUOTED.sub("", text.replace("\r\n", "\n"))


def _texts(content: bytes, depth: int) -> Iterator[str]:
    if not _is_mail(content):
        yield _decoded(content, "utf-8-sig")
        return
    mail = message_from_bytes(content, policy=policy.default)
    if line := mail[LINE_HEADER]:
        yield f"line {line}"
    for part in mail.walk():
        name = (part.get_filename() or "").lower()
        if part.is_multipart():
            continue
        body = part.get_payload(decode=True)
        if not isinstance(body, bytes):
            continue
        if name.endswith(_MAIL) and depth < _DEEPEST:
            yield from _texts(body, depth + 1)
        elif part.get_content_maintype() == "text" or name.endswith(_TEXT):
            text = _decoded(body, _charset(part))
            yield _plain(text) if part.get_content_subtype() == "html" else text


def _is_mail(content: bytes) -> bool:
    """True for what begins with the headers that every mail bears."""
    head = _HEADER.match(content.removeprefix(b"\xef\xbb\xbf"))
    return head is not None and re.search(rb"(?im)^(from|received|date):", head[0]) is not None


def _charset(part: EmailMessage) -> str:
    return str(part.get_content_charset("utf-8"))


def _decoded(content: bytes, charset: str) -> str:
    try:
        return content.decode(charset, "replace")
    except LookupError:
        return content.decode("utf-8", "replace")


def _plain(html: str) -> str:
    return unescape(_MARKUP.sub("", _TAG.sub("\n", html))).replace("\xa0", " ")
