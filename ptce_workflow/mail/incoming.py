"""An incoming mail: sender, text, attachments, what it reports or answers, and when it arrived."""

from __future__ import annotations

import re
from codecs import BOM_UTF8
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from email.parser import BytesParser
from email.policy import Compat32, default
from email.utils import parseaddr, parsedate_to_datetime
from fnmatch import fnmatchcase
from html import unescape
from ipaddress import ip_address
from itertools import chain
from typing import TYPE_CHECKING, Any, TypeAlias

from msgspec import Struct

from ptce_workflow.base.errors import Misuse
from ptce_workflow.base.words import _, one_line
from ptce_workflow.mail import LINE_HEADER, TRIAL_HEADER

if TYPE_CHECKING:
    from ptce_workflow.mail.settings import ReceiptSettings
    from ptce_workflow.process.model.definition import Hour

# A Message, whose stub does not tell parts of a mail from texts.
Mail: TypeAlias = Any

_LONGEST_HEADERS = 64_000
_LONGEST_VALUE = 2_000
_LONGEST_WORDS = 200
_DEEPEST = 5

VERIFIED = "Authentication-Results"
_IDENTIFIER = re.compile(r"<[^<>\s]{3,320}>")
_OF_MANY = ("auto_reply", "bulk", "junk", "list")
_STATUS = ("message/delivery-status", "message/global-delivery-status")
_RETURNED = (
    *("message/rfc822", "text/rfc822-headers"),
    *("message/global", "message/global-headers"),
)
_HEADER = re.compile(rb"(?i)(?:[!-9;-~]+:[^\n]*\r?\n(?:[ \t][^\n]*\r?\n)*)+")
_SOFT_BREAK = re.compile(r"(?<!^--) \n(?!>)", re.MULTILINE)
_BODIES = ("text/plain", "text/html")
_SIGNATURES = tuple(f"application/{one}-signature" for one in ("pkcs7", "x-pkcs7", "pgp"))
# What Python decodes beside these is no charset of a mail, and some of it takes hours.
_CHARSET = re.compile(r"utf|iso|us-ascii|ascii|latin|windows|cp\d|mac|koi8|gb|big5|shift|euc")
# Each takes a time that grows with the text alone, whatever is left open in it.
_UNSHOWN = re.compile(r"(?is)<(style|script|title)\b.*?(?:</\1\b[^<>]*>|\Z)|<!--.*?(?:-->|\Z)")
_BLOCK = "(?:p|div|tr|li|h[1-6])"
_BREAK = re.compile(rf"(?i)</{_BLOCK}>\s?<{_BLOCK}\b[^<>]*>|<(?:br|/?{_BLOCK})\b[^<>]*>")
_CELL = re.compile(r"(?i)</t[dh]\b[^<>]*>")
_MARKUP = re.compile(r"<[^<>]*>")
_QUOTED = re.compile(r"^[ \t]*(?:>[ \t]?)+", re.MULTILINE)


class Piece(Struct, frozen=True):
    """What is attached to a mail: a file, or a mail that is forwarded in it.

    `name` is what the sender called it: to be shown, never to be used as a path. `kind` is the
    sender's word, too.
    """

    name: str
    kind: str
    content: bytes


class DeliveryReport(Struct, frozen=True):
    """What a mail server reports of a mail to one recipient, by its address before and behind."""

    action: str
    recipients: tuple[str, ...]
    said: str


class ReturnedMail(Struct, frozen=True):
    """The mail that a report is about, as far as the report returns it; "" where it does not.

    `line` is that of the ledger, `envelope` the identifier given to the mail server.
    """

    identifiers: tuple[str, ...] = ()
    line: str = ""
    date: str = ""
    envelope: str = ""


class Incoming(Struct, frozen=True):
    """A mail as it was read.

    `received` are its own Received lines, from the top: those of a mail forwarded in it prove
    nothing. `remarks` tell what is odd in it; `line` is that of the ledger, in a mail of
    the contest itself. `identifiers` are its own and those of the mails that it answers, the last
    one first; `verified` is what mail servers say of its sender, from the top; `trial` names the
    letter that a trial mail tries.
    """

    address: str
    name: str
    subject: str
    received: tuple[str, ...]
    text: str
    pieces: tuple[Piece, ...]
    remarks: tuple[str, ...] = ()
    line: str = ""
    identifiers: tuple[str, ...] = ()
    is_automatic: bool = False
    reports: tuple[DeliveryReport, ...] = ()
    returned: ReturnedMail = ReturnedMail()
    verified: tuple[str, ...] = ()
    trial: str = ""


class _Policy(Compat32):
    """Cuts values that Python would take minutes for, or all memory, and reads those of 8 bits."""

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        name, value = super().header_source_parse(sourcelines)
        return name, value[:_LONGEST_VALUE]

    def header_fetch_parse(self, name: str, value: str) -> str:
        return decoded(value.encode("utf-8", "surrogateescape"), "utf-8")


def incoming(content: bytes) -> Incoming:
    """What a mail says, from its bytes. Raises: Misuse."""
    if not is_mail(content):
        why = _("It does not begin with the headers of a mail.")
        raise Misuse(_("The mail cannot be read."), why)
    try:
        return _read(_PARSER.parsebytes(content.removeprefix(BOM_UTF8)))
    except (AssertionError, AttributeError, LookupError, RecursionError, TypeError, ValueError):
        why = _("Its parts are not put together as those of a mail are.")
        raise Misuse(_("The mail cannot be read."), why) from None


_PARSER: BytesParser[Mail] = BytesParser(policy=_Policy())


def _read(mail: Mail) -> Incoming:
    pieces: list[Piece] = []
    text = _text(mail, pieces)
    verified = tuple(" ".join(one.split()) for one in mail.get_all(VERIFIED) or ())
    doubted = _("A mail server doubts that its sender wrote it: {verdict}")
    doubts = [doubted.format(verdict=one) for one in verified if "dmarc=fail" in one.lower()]
    if any(part.defects for part in mail.walk()):
        doubts.append(_("Something in it arrived damaged or cut off."))
    name, address = parseaddr(_first(mail, "from"))
    reports, returned = _reports(mail)
    return Incoming(
        address=_address(address),
        name=_words(name),
        subject=_words(_first(mail, "subject")),
        received=tuple(mail.get_all("received") or ()),
        text=text,
        pieces=tuple(pieces),
        remarks=tuple(doubts),
        line=_first(mail, LINE_HEADER),
        identifiers=_identifiers(mail, "message-id", "in-reply-to", "references"),
        is_automatic=_is_automatic(mail),
        reports=reports,
        returned=returned,
        trial=_first(mail, TRIAL_HEADER),
        verified=verified,
    )


def sender_of(content: bytes) -> str:
    mail = _PARSER.parsebytes(content.removeprefix(BOM_UTF8), headersonly=True)
    return _address(parseaddr(_first(mail, "from"))[1])


def _address(named: str) -> str:
    return one_line(named, at_most=320) if "@" in named else ""


def _identifiers(mail: Mail, *headers: str) -> tuple[str, ...]:
    """The identifiers that headers name, the last of each first."""
    named = (reversed(_IDENTIFIER.findall(_first(mail, header))) for header in headers)
    return tuple(dict.fromkeys(chain.from_iterable(named)))


def _is_automatic(mail: Mail) -> bool:
    """True where no person wrote it, nor is to be answered. Source: RFC 3834."""
    return (
        _first(mail, "auto-submitted").strip().lower() not in ("", "no")
        or _first(mail, "precedence").strip().lower() in _OF_MANY
        or _first(mail, "return-path").strip() == "<>"
        or any(header in mail for header in ("x-autoreply", "x-autorespond"))
        or mail.get_content_type() == "multipart/report"
    )


def _reports(mail: Mail) -> tuple[tuple[DeliveryReport, ...], ReturnedMail]:
    """The reports that a mail itself makes, and the mail that they return. Source: RFC 3464."""
    # Its own parts alone: a report that somebody forwards is no report of a mail server.
    parts = mail.get_payload() if mail.get_content_type() == "multipart/report" else ""
    groups: list[Mail] = []
    copy: Mail = None
    for part in parts if isinstance(parts, list) else ():
        if part.get_content_type() in _STATUS and not groups:
            groups = _groups(part)
        elif part.get_content_type() in _RETURNED and copy is None:
            within = part.get_payload() if part.is_multipart() else []
            copy = next(iter(within), None) or _PARSER.parsebytes(_content(part).lstrip())
    if not groups:
        return (), ReturnedMail()
    envelope = _first(groups[0], "original-envelope-id").strip()
    returned = ReturnedMail(envelope=envelope)
    if copy is not None:
        named = _identifiers(copy, "message-id", "x-microsoft-original-message-id", "references")
        line, date = _first(copy, LINE_HEADER).strip(), _first(copy, "date").strip()
        returned = ReturnedMail(named, line, date, envelope)
    reports = map(_of_recipient, groups)
    return tuple(report for report in reports if report.action), returned


def _of_recipient(group: Mail) -> DeliveryReport:
    addresses = (
        _first(group, header).rpartition(";")[2].strip().lower()
        for header in ("original-recipient", "final-recipient")
    )
    said = _first(group, "diagnostic-code").partition(";")[2] or _first(group, "status")
    action = _first(group, "action").strip().lower().partition(" ")[0]
    recipients = tuple(dict.fromkeys(filter(None, addresses)))
    return DeliveryReport(action, recipients, one_line(said, at_most=_LONGEST_WORDS))


def _groups(part: Mail) -> list[Mail]:
    """The groups of headers of a status report, of the mail first and then of each recipient."""
    within = part.get_payload() if part.is_multipart() else []
    if len(within) > 1:
        return list(within)
    # The parser parts what is encoded nowhere, and does not decode it.
    encoded = b"Content-Transfer-Encoding: %b\n\n%b" % (
        _first(part, "content-transfer-encoding").encode("ascii", "replace"),
        b"".join(map(bytes, within)).lstrip(),
    )
    content = _content(_PARSER.parsebytes(encoded))
    return [_PARSER.parsebytes(one) for one in re.split(rb"\r?\n\r?\n", content.strip())]


def _text(part: Mail, pieces: list[Piece]) -> str:
    """The text of a part and of those in it; what is attached to them goes to `pieces`."""
    kind = part.get_content_type()
    # Asked for what it holds only then: else it decodes a text by whatever its sender names.
    within: list[Mail] = part.get_payload() if part.is_multipart() else []
    if within and kind.startswith("multipart/"):
        texts = [(each.get_content_type(), _text(each, pieces)) for each in within]
        texts = [one for one in texts if one[1].strip()]
        if kind == "multipart/alternative":  # the plainest
            texts = sorted(texts, key=lambda one: one[0] != "text/plain")[:1]
        return "\n\n".join(text for _kind, text in texts)
    content = b"\n".join(map(bytes, within)) or _content(part)
    name = part.get_filename() or "".join(_first(each, "subject") for each in within[:1])
    is_attached = part.get_content_disposition() == "attachment"
    # What has no boundary is read as a text.
    if not is_attached and not name and (kind in _BODIES or kind.startswith("multipart/")):
        return _body(part, kind, content)
    # A picture that is not attached is one within the text.
    if kind not in _SIGNATURES and (is_attached or not kind.startswith("image/")):
        pieces.append(Piece(_words(name), kind, content))
    return ""


def _body(part: Mail, kind: str, content: bytes) -> str:
    text = decoded(content, str(part.get_content_charset()))
    text = re.sub(r"\r\n?", "\n", text).replace("\0", "")
    if kind == "text/html":
        return plain(text)
    if str(part.get_param("format")).lower() == "flowed":
        return re.sub("(?m)^ ", "", _SOFT_BREAK.sub(" ", text))
    return text


def _content(part: Mail) -> bytes:
    """The bytes of a part, decoded; a blank behind the name of the encoding changes nothing."""
    encoding = re.match(r"\s*([\w-]+)", _first(part, "content-transfer-encoding"))
    if encoding:
        part.replace_header("content-transfer-encoding", encoding[1])
    return part.get_payload(decode=True) or b""


def _first(part: Mail, header: str) -> str:
    """The value of a header, on one line: a long one is sent on several."""
    return re.sub(r"\r?\n(?=[ \t])", "", part.get(header, ""))


def _words(value: str) -> str:
    return one_line(str(default.header_factory("subject", value)), at_most=_LONGEST_WORDS)


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
        if depth < _DEEPEST and is_mail(piece.content):
            yield from texts(piece.content, depth + 1)
        elif piece.kind.startswith("text/") or piece.name.lower().endswith(".txt"):
            text = decoded(piece.content, "utf-8")
            yield _unquoted(plain(text) if piece.kind == "text/html" else text)


def _unquoted(text: str) -> str:
    return _QUOTED.sub("", text.replace("\r\n", "\n"))


def is_mail(content: bytes) -> bool:
    head = _HEADER.match(content[:_LONGEST_HEADERS].removeprefix(BOM_UTF8))
    return head is not None and re.search(rb"(?im)^(from|received|date):", head[0]) is not None


def decoded(content: bytes, charset: str) -> str:
    """The text that bytes are: in the charset that they claim, else in the two usual ones."""
    for encoding in (charset, "utf-8"):
        try:
            if _CHARSET.match(encoding):
                return content.decode(encoding)
        except (LookupError, ValueError):
            continue
    return content.decode("cp1252", "replace")


def plain(html: str) -> str:
    """The text that a page shows, a line for each of its paragraphs and rows."""
    shown = _UNSHOWN.sub("", html)
    if "<pre" not in shown.lower():  # a line of the source is none of the page
        shown = " ".join(shown.split())
    shown = unescape(_MARKUP.sub("", _CELL.sub("\t", _BREAK.sub("\n", shown))))
    lines = (line.strip(" ") for line in shown.replace("\xa0", " ").split("\n"))
    return re.sub("\n{3,}", "\n\n", "\n".join(lines))


_CLOCKS_APART = timedelta(minutes=15)
_ADDRESS = re.compile(r"[\[(](?:IPv6:)?([0-9a-fA-F.:]{3,45})[\])]")
_GREETING = re.compile(r"\bhelo=(?:\[[^\]]*\]|[^\s)]*)", re.IGNORECASE)
_FROM = re.compile(r"^\s*from\s(.*?)\sby\s[^()]*(?:\(|with|id|;|$)", re.IGNORECASE)
_BY = re.compile(r"(?:^|\s)by\s+([^\s;]+)", re.IGNORECASE)


class MailArrival(Struct, frozen=True):
    """The two hours of a mail, and the one that counts: None where a person has to state it.

    `entry` is when a server of ours took it from outside, `delivery` when the last one stored it.
    """

    at: datetime | None
    entry: datetime | None = None
    delivery: datetime | None = None
    why: str = ""
    """Why there is no hour, or why it is to be looked at; "" where it is sure."""


def hour_of(mail: Incoming, settings: ReceiptSettings | None, counts: Hour) -> MailArrival:
    """When a mail arrived. The lines below that of the entry host are the sender's own word."""
    if settings is None:
        why = _("The table [receipt] of local.toml does not name the mail servers that are yours.")
        return MailArrival(None, why=why)
    above = delivery = None
    missing = _("No mail server of yours wrote on it when it arrived.")
    for line in mail.received:
        by, address, at = hop(line)
        if not _is_named(by, (*settings.entry, *settings.inner)):
            return MailArrival(None, why=missing)
        delivery = delivery or at
        if _is_named(by, settings.entry) and not _is_ours(address, settings):
            entry, why = at or above, ""
            if at is None:
                why = _("The server that took it from outside tells no hour that can be read.")
            elif above is not None and at - above > _CLOCKS_APART:
                why = _("Two mail servers of yours tell hours that cannot both be right.")
            return MailArrival(entry if counts == "entry" else delivery, entry, delivery, why)
        above = at or above
        missing = _("A mail server that is not among yours stands in front of yours.")
    if mail.received:
        missing = _("No mail server of yours took it from outside.")
    return MailArrival(None, why=missing)


def hop(line: str) -> tuple[str, str, datetime | None]:
    """Who wrote a Received line, by which address it was handed the mail, and when."""
    head, _semicolon, hour = " ".join(line.split()).rpartition(";")
    bare, before = head, ""
    while bare != before:  # what stands in comments is nobody's word
        bare, before = re.sub(r"\([^()]*\)", "", bare), bare
    by = _BY.search(bare)
    # Neither is what the sender's server called itself.
    came = _FROM.search(_GREETING.sub("", head))
    addresses = _ADDRESS.findall(came[1]) if came else []
    at: datetime | None
    try:
        at = parsedate_to_datetime(re.sub(r"\(.*\)", "", hour).strip())
        # A zone of -0000 comes without one.
        at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (IndexError, OverflowError, TypeError, ValueError):
        at = None
    return by[1].rstrip(".").lower() if by else "", addresses[-1] if addresses else "", at


def _is_named(host: str, patterns: Sequence[str]) -> bool:
    return any(fnmatchcase(host, pattern) for pattern in patterns)


def _is_ours(address: str, settings: ReceiptSettings) -> bool:
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    parsed = getattr(parsed, "ipv4_mapped", None) or parsed
    return parsed.is_loopback or any(parsed in network for network in settings.networks)
