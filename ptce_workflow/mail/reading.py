"""A mail that somebody kept, read again: the texts in it, quoted, attached or forwarded."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from email import message_from_bytes, policy
from email.message import EmailMessage
from html import unescape

_HEADER = re.compile(rb"(?i)\A(?:From [^\n]*\n)?(?:[!-9;-~]+:[^\n]*\r?\n(?:[ \t][^\n]*\r?\n)*)+")
_HEAD_BYTES = 64_000
_MAIL = (".eml",)
_TEXT = (".txt",)
_DEEPEST = 5
LINE_HEADER = "X-PTCE-Line"
"""The header that has the line of the ledger that set a mail off, and its whole hash."""
# What Python decodes beside these is no charset of a mail, and some of it takes hours.
_CHARSET = re.compile(r"utf|iso|us-ascii|ascii|latin|windows|cp\d|mac|koi8|gb|big5|shift|euc")
# Each takes a time that grows with the text alone, whatever is left open in it.
_BLOCK = "(?:p|div|tr|li|h[1-6])"
_BREAK = re.compile(rf"</{_BLOCK}>\s?<{_BLOCK}\b[^<>]*>|<(?:br|/?{_BLOCK})\b[^<>]*>", re.IGNORECASE)
_CELL = re.compile(r"</t[dh]\b[^<>]*>", re.IGNORECASE)
_UNSHOWN = re.compile(r"<(?=(?:style|script|title)\b)", re.IGNORECASE)
_SHOWN_AGAIN = re.compile(r"</(?:style|script|title)\b", re.IGNORECASE)
_MARKUP = re.compile(r"<[^<>]*>")
_QUOTED = re.compile(r"^[ \t]*(?:>[ \t]?)+", re.MULTILINE)


def texts(content: bytes) -> Iterator[str]:
    """The texts of a mail: of its parts, of those attached to it, of mails forwarded in it.

    The line of the ledger that a header has is one of them.

    What is no mail is one text. Signs of quotation are taken off the lines.
    """
    for text in _texts(content, 0):
        yield _QUOTED.sub("", text.replace("\r\n", "\n"))


def _texts(content: bytes, depth: int) -> Iterator[str]:
    if not is_mail(content):
        yield decoded(content, "utf-8-sig")
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
            text = decoded(body, _charset(part))
            yield plain(text) if part.get_content_subtype() == "html" else text


def is_mail(content: bytes) -> bool:
    """True for what begins with the headers that every mail bears."""
    head = _HEADER.match(content[:_HEAD_BYTES].removeprefix(b"\xef\xbb\xbf"))
    return head is not None and re.search(rb"(?im)^(from|received|date):", head[0]) is not None


def _charset(part: EmailMessage) -> str:
    return str(part.get_content_charset("utf-8"))


def decoded(content: bytes, charset: str) -> str:
    """The text that bytes are: in the charset that they claim, else in the two usual ones."""
    for named in (charset, "utf-8"):
        try:
            if _CHARSET.match(named):
                return content.decode(named)
        except (LookupError, ValueError):
            continue
    return content.decode("cp1252", "replace")


def plain(html: str) -> str:
    """The text that a page shows, a line for each of its paragraphs and rows."""
    first, *hidden = html.split("<!--")
    shown = first + "".join(comment.partition("-->")[2] for comment in hidden)
    first, *hidden = _UNSHOWN.split(shown)
    ends = [_SHOWN_AGAIN.split(one, 1) for one in hidden]
    shown = first + "".join(f"<{end[1]}" for end in ends if len(end) > 1)
    if "<pre" not in shown.lower():  # a line of the source is none of the page
        shown = " ".join(shown.split())
    shown = _MARKUP.sub("", _CELL.sub("\t", _BREAK.sub("\n", shown)))
    with suppress(ValueError):  # a number of thousands of digits is no character
        shown = unescape(shown)
    lines = (line.strip(" ") for line in shown.replace("\xa0", " ").split("\n"))
    return re.sub("\n{3,}", "\n\n", "\n".join(lines))
