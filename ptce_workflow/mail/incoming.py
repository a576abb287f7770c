"""A mail that came in or was kept: who sent it, its servers' lines, its text, what is attached."""

from __future__ import annotations

import re
from base64 import b64decode
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from email import errors
from email.message import Message
from email.parser import BytesParser
from email.policy import Compat32, Policy, default
from html import unescape
from typing import Any, TypeAlias, TypeVar

from msgspec import Struct

from ptce_workflow.base.errors import Misuse
from ptce_workflow.base.text import one_line
from ptce_workflow.base.words import _

T = TypeVar("T")
# A Message, whose stub does not tell parts of a mail from texts.
Mail: TypeAlias = Any

LINE_HEADER = "X-PTCE-Line"
"""The header that has the line of the ledger that set a mail off, and its whole hash."""
LARGEST_BYTES = 30_000_000
_LONGEST_HEADERS = 64_000
_LONGEST_VALUE = 2_000
_LONGEST_WORDS = 200
_MOST = {"part": 200, "container": 40, "header": 5_000}
_MOST_FORWARDS = 5

_HEADER = re.compile(rb"(?i)\A(?:From [^\n]*\n)?(?:[!-9;-~]+:[^\n]*\r?\n(?:[ \t][^\n]*\r?\n)*)+")
_HEAD_END = re.compile(rb"\r?\n\r?\n")
# A mail kept in an mbox file begins with such a line, and so does each one after it.
_NEXT_IN_MBOX = re.compile(rb"\n\r?\nFrom \S+ [^\n]*\d{4}\r?\n[!-9;-~]+:")
_CONTAINER = re.compile(r"\s*(?:multipart|message)/", re.IGNORECASE)
_WORD = re.compile(r"\s*([\w-]+)")
_REFERENCE = re.compile(r"<[^<>\s]{1,250}>")
_UUENCODED = re.compile(r"^begin [0-7]{3,4} \S.*\n[!-`]{2,61}$", re.MULTILINE)
_SOFT_BREAK = re.compile(r"(?<!^--) \n(?!>)", re.MULTILINE)
_BODIES = ("text/plain", "text/html")
_FORWARDS = ("message/rfc822", "message/global")
_SIGNATURES = tuple(f"application/{one}-signature" for one in ("pkcs7", "x-pkcs7", "pgp"))
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
_DAMAGE = (
    *(errors.CloseBoundaryNotFoundDefect, errors.NoBoundaryInMultipartDefect),
    *(errors.StartBoundaryNotFoundDefect, errors.InvalidBase64PaddingDefect),
    *(errors.InvalidBase64CharactersDefect, errors.InvalidBase64LengthDefect),
)
# What the standard library raises on values that it did not expect.
_BROKEN: tuple[type[Exception], ...] = (AssertionError, AttributeError, LookupError, OverflowError)
_BROKEN += (RecursionError, TypeError, ValueError)


class Piece(Struct, frozen=True):
    """What is attached to a mail, or to a mail that is forwarded in it.

    `name` is what the sender called it: to be shown, never to be used as a path. `kind` is the
    sender's word, too. The text of a mail forwarded as an attachment is a piece of kind
    `text/plain`.
    """

    name: str
    kind: str
    content: bytes


class Incoming(Struct, frozen=True):
    """A mail as it was read.

    `received` are its own Received lines, from the top: those of a mail forwarded in it prove
    nothing. `references` are the mails that it answers, the nearest first. `remarks` tell what
    could not be read of it; `line` is that of the ledger, in a mail of the contest itself.
    """

    address: str
    name: str
    subject: str
    message_id: str
    references: tuple[str, ...]
    received: tuple[str, ...]
    text: str
    pieces: tuple[Piece, ...]
    remarks: tuple[str, ...] = ()
    line: str = ""


def incoming(content: bytes) -> Incoming:
    """What a mail says, from its bytes.

    *Raises* Misuse for what is no mail, several mails, or larger than a mail may be.
    """
    content = content.removeprefix(b"\xef\xbb\xbf")
    if len(content) > LARGEST_BYTES:
        raise _unread(_("It is larger than {most} MB.").format(most=LARGEST_BYTES // 1_000_000))
    if not is_mail(content):
        raise _unread(_("It does not begin with the headers of a mail."))
    if not _HEAD_END.search(content, 0, _LONGEST_HEADERS) and len(content) > _LONGEST_HEADERS:
        raise _unread(_("Its headers are longer than {most} kB.").format(most=64))
    if content.startswith(b"From ") and _NEXT_IN_MBOX.search(content):
        raise _unread(_("The file holds several mails."), _("Save each mail in a file of its own."))
    try:
        return _read(_parsed(content))
    except _BROKEN as error:
        raise _unread(_("Its parts are not put together as those of a mail are.")) from error


class _Bounded(Compat32):
    """A policy that refuses a mail as soon as it has too many parts, and cuts long headers.

    Python takes minutes, or all memory, for some mails that are small.
    """

    seen: Counter[str]

    def __init__(self) -> None:
        super().__init__()
        self.__dict__["seen"] = Counter[str]()  # attributes of a policy cannot be set

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        name, value = super().header_source_parse(sourcelines)
        self.count("header")
        if name.lower() == "content-type" and _CONTAINER.match(value):
            self.count("container")
        return name, value[:_LONGEST_VALUE]

    def header_fetch_parse(self, name: str, value: str) -> str:
        """The value as text, that of eight bits a letter too."""
        return decoded(value.encode("utf-8", "surrogateescape"), "utf-8")

    def count(self, what: str) -> None:
        self.seen[what] += 1
        if self.seen[what] > _MOST[what]:
            raise _unread(_("It is made of more parts than a mail is."))


def _parsed(content: bytes) -> Mail:
    bounded = _Bounded()

    def part(policy: Policy = bounded) -> Mail:
        bounded.count("part")
        return Message(policy)

    return BytesParser(part, policy=bounded).parsebytes(content)


@dataclass(slots=True)
class _Found:
    """What a mail holds beside its text."""

    pieces: list[Piece] = field(default_factory=list)
    remarks: dict[str, None] = field(default_factory=dict)

    def tell(self, remark: str) -> None:
        self.remarks[remark] = None


def _read(mail: Mail) -> Incoming:
    found = _Found()
    text = _text(mail, found)
    if _UUENCODED.search(text):
        found.tell(
            _("A file stands in the text itself (uuencode): ask for it again as an attachment.")
        )
    if any(isinstance(defect, _DAMAGE) for part in mail.walk() for defect in part.defects):
        found.tell(_("Something in it arrived damaged or cut off."))
    address, name = _or(("", ""), lambda: _sender(mail))
    answered = [*_ids(mail, "in-reply-to"), *reversed(_ids(mail, "references"))]
    return Incoming(
        address=address,
        name=name,
        subject=_words(_first(mail, "subject")),
        message_id="".join(_ids(mail, "message-id")[:1]),
        references=tuple(dict.fromkeys(answered)),
        received=tuple(_values(mail, "received")),
        text=text,
        pieces=tuple(found.pieces),
        remarks=tuple(found.remarks),
        line=_first(mail, LINE_HEADER.lower()),
    )


def _text(part: Mail, found: _Found, inside: str = "", forwards: int = 0) -> str:
    """The text of a part and of those in it; what is attached to them goes to `found`."""
    kind = part.get_content_type()
    # Asked for what it holds only then: else it decodes a text by whatever its sender names.
    held = part.get_payload() if part.is_multipart() else []
    if held and kind in _FORWARDS:
        if forwards < _MOST_FORWARDS:
            _forwarded(part, found, forwards + 1)
        else:
            found.tell(_("Mails forwarded one in another were read down to the fifth."))
        return ""
    if held and kind.startswith("multipart/"):
        subtype = part.get_content_subtype()
        texts = [(each, _text(each, found, subtype, forwards)) for each in held]
        said = [(each.get_content_type(), text) for each, text in texts if text.strip()]
        if subtype == "alternative":  # the plainest, else the one that its sender likes best
            said = [one for one in said if one[0] == "text/plain"][:1] or said[-1:]
        return "\n\n".join(text for _kind, text in said)
    content = b"\n".join(map(bytes, held)) or _content(part)
    name, place = _or("", lambda: _words(part.get_filename() or "")), part.get_content_disposition()
    is_attached = place == "attachment"
    # What has no boundary is read as a text.
    if not is_attached and not name and (kind in _BODIES or kind.startswith("multipart/")):
        return _body(part, kind, content)
    is_shown = place == "inline" or "content-id" in part or inside == "related"
    if kind not in _SIGNATURES and (
        is_attached or not is_shown or (name and not kind.startswith("image/"))
    ):
        found.pieces.append(Piece(name, kind, content))
    return ""


def _forwarded(part: Mail, found: _Found, forwards: int) -> None:
    """Opens a mail within a mail: its text and what is attached to it are pieces."""
    mail = part.get_payload()[0]
    if "base64" in _encoding(part):  # no mail may be sent so, and some are
        mail = _parsed(_or(b"", lambda: b64decode(mail.get_payload())))
    text = _text(mail, found, forwards=forwards)
    if text.strip():
        name = _words(_first(mail, "subject"))
        found.pieces.append(Piece(name, "text/plain", text.encode()))


def _body(part: Mail, kind: str, content: bytes) -> str:
    text = decoded(content, str(_or("", part.get_content_charset) or ""))
    text = re.sub(r"\r\n?", "\n", text).replace("\0", "")
    if kind == "text/html":
        return plain(text)
    if _or("", lambda: str(part.get_param("format", ""))).lower() == "flowed":
        gap = "" if _or("", lambda: str(part.get_param("delsp", ""))).lower() == "yes" else " "
        return re.sub("(?m)^ ", "", _SOFT_BREAK.sub(gap, text))
    return text


def _content(part: Mail) -> bytes:
    """The bytes of a part, decoded; a blank behind the name of the encoding changes nothing."""
    if encoding := _encoding(part):
        part.replace_header("content-transfer-encoding", encoding)
    body: bytes = part.get_payload(decode=True) or b""
    if any(isinstance(defect, errors.InvalidBase64LengthDefect) for defect in part.defects):
        bare = re.sub(rb"[^\w+/]", b"", body)
        return b64decode(bare[: len(bare) // 4 * 4])
    return body


def _encoding(part: Mail) -> str:
    found = _WORD.match(_first(part, "content-transfer-encoding"))
    return found[1].lower() if found else ""


def _sender(mail: Mail) -> tuple[str, str]:
    """The address of who wrote, and the name to show."""
    header: Any = default.header_factory("from", _first(mail, "from"))
    first = header.addresses[0]
    if not (first.username and first.domain):
        return "", ""
    return one_line(first.addr_spec, at_most=320), one_line(first.display_name, at_most=200)


def _ids(mail: Mail, header: str) -> list[str]:
    return [one for value in _values(mail, header) for one in _REFERENCE.findall(value)]


def _values(part: Mail, header: str) -> list[str]:
    return part.get_all(header) or []


def _first(part: Mail, header: str) -> str:
    """The value of a header, on one line: a long one is sent on several."""
    return re.sub(r"\r?\n(?=[ \t])", "", next(iter(_values(part, header)), ""))


def _words(value: str) -> str:
    """A value with its encoded words, on one line."""
    text = str(_or(value, lambda: default.header_factory("subject", value)))
    return one_line(text, at_most=_LONGEST_WORDS)


def _or(instead: T, read: Callable[[], T]) -> T:
    """What is read, or else something instead of what nobody can read."""
    try:
        return read()
    except _BROKEN:
        return instead


def _unread(why: str, mend: str = "") -> Misuse:
    return Misuse(_("The mail cannot be read."), why, mend)


def texts(content: bytes, depth: int = 0) -> Iterator[str]:
    """The texts of a mail that was kept: its own, of what is attached to it or forwarded in it.

    The line of the ledger that a header has is one of them. What is no mail is one text. Signs of
    quotation are taken off the lines.
    """
    try:
        mail = incoming(content)
    except Misuse:
        yield _unquoted(decoded(content, "utf-8-sig"))
        return
    if mail.line:
        yield f"line {mail.line}"
    yield _unquoted(mail.text)
    for piece in mail.pieces:
        if piece.name.lower().endswith(".eml") and depth < _MOST_FORWARDS:
            yield from texts(piece.content, depth + 1)
        elif piece.kind.startswith("text/") or piece.name.lower().endswith(".txt"):
            text = decoded(piece.content, "utf-8")
            yield _unquoted(plain(text) if piece.kind == "text/html" else text)


def _unquoted(text: str) -> str:
    return _QUOTED.sub("", text.replace("\r\n", "\n"))


def is_mail(content: bytes) -> bool:
    """True for what begins with the headers that every mail bears."""
    head = _HEADER.match(content[:_LONGEST_HEADERS].removeprefix(b"\xef\xbb\xbf"))
    return head is not None and re.search(rb"(?im)^(from|received|date):", head[0]) is not None


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
