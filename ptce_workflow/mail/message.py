"""A letter as MIME bytes: senders, recipients, calendar entries.

The bytes are the same for the same letter, whatever the day.

Headers are written here rather than by `email.message`: its folding varies between versions of
Python, has let names become headers (CVE-2024-6923), and takes most of the time of sending.
"""

from __future__ import annotations

import base64
import re
from binascii import b2a_qp
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email import policy
from email.header import Header
from email.parser import BytesHeaderParser, BytesParser
from email.utils import format_datetime
from functools import lru_cache
from hashlib import sha256
from textwrap import fill

from icalendar import Calendar, Event, vCalAddress
from msgspec import Struct

from ptce_workflow.base.words import is_language, one_line
from ptce_workflow.mail import LINE_HEADER, TRIAL_HEADER
from ptce_workflow.process.letters.variables import Letter

_LONGEST_WORDS = 200
# Mails of one kind bear the same subject, and writing it takes longer than all the rest.
_HEADERS_KEPT = 256
_LONGEST_LINE = 998
_LINE = 76
_MESSAGE_ID = re.compile(r"<[A-Za-z0-9.]+@([A-Za-z0-9.-]+)>")
_METHOD = re.compile(rb"^METHOD:([A-Z]+)\r$", re.MULTILINE)
# A quoted line of the ledger is found by its digits, which nobody types across two lines.
_DIGITS = re.compile(r"\b[0-9a-f]{4}(?: [0-9a-f]{4})+\b")
_ITEM = re.compile(r"\s*(?:(?:[-*•–]|\d+[.)]) )?")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_ATTACHED = "invite.ics"
_INLINE = (("Content-Disposition", "inline"),)
_FILE_NAME = re.compile(r"[A-Za-z0-9._-]{1,64}")
_HASH_HEADER = "X-PTCE-SHA256"
_NAMED_FILE = re.compile(rb'filename="([^"]+)"\r\nX-PTCE-SHA256: ([0-9a-f]{64})$')
_BOUNDARY = b"\r\n--=_"
_KINDS = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pdf": "application/pdf",
    "html": "text/html; charset=utf-8",
}
"""The kind of an attached file, by the ending of its name."""

Headers = tuple[tuple[str, str], ...]


class MailHeading(Struct, frozen=True):
    """The headers of a letter: from whom, to whom, when. The message id is `message_id`'s.

    `line` is the line of the ledger that set it off, with its hash; `thread` the message id, of no
    message, under which letters are put together; `trial` the notification of a trial mail.
    """

    sender: Mailbox
    recipient: Mailbox
    message_id: str
    date: datetime
    reply_to: Mailbox | None
    language: str
    line: str = ""
    thread: str = ""
    trial: str = ""


class Enclosed(Struct, frozen=True):
    """What goes with a letter to be kept: the words that it is shown with, and the file."""

    said: str
    name: str
    content: bytes


def message_id(key: str, domain: str) -> str:
    """The Message-ID of a key, the same each time. Raises: ValueError."""
    if not is_domain(domain):
        raise ValueError(f"not a domain: {domain!r}")
    return f"<{sha256(key.encode()).hexdigest()[:32]}@{domain}>"


def compose(
    letter: Letter,
    heading: MailHeading,
    invitation: bytes | None = None,
    enclosed: Enclosed | None = None,
    attachments: Sequence[tuple[str, bytes]] = (),
) -> bytes:
    """The message in MIME: seven bits, CRLF, the same bytes for the same arguments.

    The text comes first, the HTML after it; an invitation stands with them, for the programs that
    show it, and is attached as well, for those that look for it there. What is enclosed comes next,
    its words as a text of their own, which is shown below the letter, and its file. The attached
    files come last, each by its name and its bytes.

    Raises: ValueError when a header could not be written as meant.
    Source: RFC 5322, RFC 2045 to 2047, RFC 3834 (Auto-Submitted), RFC 6047 (invitations).
    """
    # No line of quoted-printable or base64 can hold "=_". Neither boundary begins the other: a
    # reader looks at the beginning of a line only (RFC 2046 section 5.1.1).
    digest = sha256(heading.message_id.encode()).hexdigest()[:24]
    outer, inner = f"=_{digest}.0", f"=_{digest}.1"
    parts = _bodies(letter)
    files = list[bytes]()
    if invitation is not None:
        shown, attached = _invitation(invitation)
        parts.append(shown)
        files.append(attached)
    if enclosed is not None:
        saved = _file("text/plain; charset=utf-8", enclosed.content, enclosed.name)
        files += [_text("plain", enclosed.said, _INLINE), saved]
    for name, content in attachments:
        if not _FILE_NAME.fullmatch(name):
            raise ValueError(f"not the name of an attached file: {name!r}")
        kind = _KINDS.get(name.rpartition(".")[2], "application/octet-stream")
        files.append(_file(kind, content, name, ((_HASH_HEADER, sha256(content).hexdigest()),)))
    kind, body = _together("alternative", parts, inner if files else outer)
    if files:
        kind, body = _together("mixed", [_part(kind, (), body), *files], outer)
    headers = (*_headers(letter, heading), ("Content-Type", kind))
    written = _block(headers) + b"\r\n" + body
    _check(written, headers, heading)
    return written


def without_files(written: bytes) -> bytes:
    """A message that `compose` wrote, with the bodies of its attached files empty."""
    return _with_bodies(written, lambda _hash: b"")


def with_files(text: bytes, contents: Mapping[str, bytes]) -> bytes:
    """A message that `without_files` gave, with its attached files, by SHA-256, put in again."""
    return _with_bodies(text, lambda hash_: _base64(contents[hash_]))


def _with_bodies(written: bytes, body_of: Callable[[str], bytes]) -> bytes:
    # The head of a part ends at its first empty line: what a letter says is in no head.
    parts = written.split(_BOUNDARY)
    for place, part in enumerate(parts):
        head, end, _body = part.partition(b"\r\n\r\n")
        if match := _NAMED_FILE.search(head):
            parts[place] = head + end + body_of(match[2].decode())
    return _BOUNDARY.join(parts)


def attached_files(written: bytes) -> list[tuple[str, str]]:
    """The name and the SHA-256 of each attached file of a message that `compose` wrote."""
    heads = (part.partition(b"\r\n\r\n")[0] for part in written.split(_BOUNDARY))
    found = map(_NAMED_FILE.search, heads)
    return [(one[1].decode(), one[2].decode()) for one in found if one is not None]


def says(written: bytes, letter: Letter) -> bool:
    """True when a message that `compose` wrote says what a letter says: subject, text and HTML."""
    head, _end, body = written.partition(b"\r\n\r\n")
    # Up to what comes next: a longer subject, or text, begins like a shorter one.
    subject = _block((_subject(letter),)) + b"Date: "
    return subject in head and all(part + b"\r\n--=_" in body for part in _bodies(letter))


def wrapped(text: str) -> str:
    """A text in lines of 76 characters, but for links and hashes, which stay whole."""
    return "\n".join(_wrapped_line(_CONTROL.sub("", line)) for line in text.splitlines())


def _wrapped_line(line: str) -> str:
    if len(line) <= _LINE:
        return line
    item = _ITEM.match(line)
    return fill(
        _DIGITS.sub(lambda digits: digits[0].replace(" ", "\0"), line),
        _LINE,
        subsequent_indent=" " * (item.end() if item else 0),
        expand_tabs=False,
        replace_whitespace=False,
        break_long_words=False,
        break_on_hyphens=False,
    ).replace("\0", " ")


def _bodies(letter: Letter) -> list[bytes]:
    return [_text("plain", wrapped(letter.text)), _text("html", letter.html)]


def letter_in(written: bytes) -> Letter:
    """The letter that a message which `compose` wrote says. Raises: ValueError for another one."""
    mail = BytesParser(policy=policy.default).parsebytes(written)
    bodies = [mail.get_body((kind,)) for kind in ("plain", "html")]
    if not all(bodies):
        raise ValueError("no text, or no HTML")
    text, html = (body.get_content().replace("\r\n", "\n") for body in bodies if body)
    return Letter(str(mail["Subject"]), text, html, str(mail["Content-Language"]))


def _headers(letter: Letter, heading: MailHeading) -> Headers:
    if heading.date.tzinfo is None:
        raise ValueError("a naive datetime is not an instant")
    for named in (heading.message_id, *filter(None, (heading.thread,))):
        match = _MESSAGE_ID.fullmatch(named)
        if match is None or not is_domain(match[1]):
            raise ValueError(f"not a message id: {named!r}")
    if not is_language(heading.language):
        raise ValueError(f"not a language: {heading.language!r}")
    reply_to = heading.reply_to
    return (
        ("From", _address("From", heading.sender)),
        ("To", _address("To", heading.recipient)),
        *(() if reply_to is None else (("Reply-To", _address("Reply-To", reply_to)),)),
        _subject(letter),
        ("Date", format_datetime(heading.date)),
        ("Message-ID", heading.message_id),
        # Its own as well, the last: some servers give a mail another Message-ID, and leave these.
        ("References", "\r\n ".join(filter(None, (heading.thread, heading.message_id)))),
        ("Auto-Submitted", "auto-generated"),
        ("Content-Language", heading.language),
        *(((LINE_HEADER, heading.line),) if heading.line else ()),
        *(((TRIAL_HEADER, heading.trial),) if heading.trial else ()),
        ("MIME-Version", "1.0"),
    )


def _subject(letter: Letter) -> tuple[str, str]:
    subject = one_line(letter.subject, at_most=_LONGEST_WORDS)
    return "Subject", _words("Subject", subject)


def _address(header: str, mailbox: Mailbox) -> str:
    name = one_line(mailbox.name, at_most=_LONGEST_WORDS)
    if not name:
        return mailbox.address
    if name.isascii():
        escaped = name.replace("\\", "\\\\").replace('"', '\\"')
        name = f'"{escaped}"'
    else:
        name = _words(header, name)
    return f"{name}\r\n <{mailbox.address}>"


@lru_cache(_HEADERS_KEPT)
def _words(header: str, text: str) -> str:
    charset = "us-ascii" if text.isascii() else "utf-8"
    encoded = Header(text, charset, maxlinelen=_LINE, header_name=header)
    return encoded.encode(linesep="\r\n")


def _block(headers: Headers) -> bytes:
    return b"".join(f"{name}: {value}\r\n".encode("ascii") for name, value in headers)


def _text(subtype: str, text: str, more: Headers = ()) -> bytes:
    lines = "".join(f"{_CONTROL.sub('', line)}\r\n" for line in text.splitlines()) or "\r\n"
    encoded = b2a_qp(lines.encode(), istext=True)
    headers = (("Content-Transfer-Encoding", "quoted-printable"), *more)
    return _part(f"text/{subtype}; charset=utf-8", headers, encoded)


def _base64(content: bytes) -> bytes:
    return base64.encodebytes(content).replace(b"\n", b"\r\n")


def _file(kind: str, content: bytes, name: str = "", more: Headers = ()) -> bytes:
    headers: Headers = (("Content-Transfer-Encoding", "base64"),)
    if name:
        kind = f'{kind}; name="{name}"'
        headers = (*headers, ("Content-Disposition", f'attachment; filename="{name}"'), *more)
    return _part(kind, headers, _base64(content))


def _invitation(ics: bytes) -> tuple[bytes, bytes]:
    match = _METHOD.search(ics)
    if match is None:
        raise ValueError("an invitation has a METHOD")
    shown = _file(f"text/calendar; charset=utf-8; method={match[1].decode()}", ics)
    return shown, _file("application/ics", ics, _ATTACHED)


def _part(kind: str, headers: Headers, body: bytes) -> bytes:
    return _block((("Content-Type", kind), *headers)) + b"\r\n" + body


def _together(subtype: str, parts: list[bytes], boundary: str) -> tuple[str, bytes]:
    line = b"--" + boundary.encode("ascii")
    # The line end before a boundary is the boundary's: a part keeps its own.
    body = b"".join(line + b"\r\n" + part + b"\r\n" for part in parts) + line + b"--\r\n"
    return f'multipart/{subtype}; boundary="{boundary}"', body


def _check(written: bytes, headers: Headers, heading: MailHeading) -> None:
    """Reads the message again: no header, no recipient but those meant, and no broken line."""
    lines = written.split(b"\r\n")
    if any(len(line) > _LONGEST_LINE or b"\r" in line or b"\n" in line for line in lines):
        raise ValueError("a line would be broken or too long")
    if not written.isascii():
        raise ValueError("a byte would not be ASCII")
    # Whoever reads it takes the first empty line for the end of the headers.
    head = written.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
    read = BytesHeaderParser(policy=policy.default).parsebytes(head)
    if list(read.keys()) != [name for name, _value in headers]:
        raise ValueError("a header would be read otherwise than meant")
    for name, mailbox in (("From", heading.sender), ("To", heading.recipient)):
        if [address.addr_spec for address in read[name].addresses] != [mailbox.address]:
            raise ValueError(f"{name} would be read otherwise than meant")


_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_DOMAIN = rf"{_LABEL}(?:\.{_LABEL})*"
_ADDRESS = re.compile(rf"(?P<local>{_ATOM}(?:\.{_ATOM})*)@(?P<domain>{_DOMAIN})")
_NAMED = re.compile(r"(?P<name>[^<>]*)<(?P<address>[^<>]*)>")
_LONGEST_LOCAL = 64
_LONGEST = 254


def is_address(text: str) -> bool:
    """True for an address that every mail server understands.

    ASCII only and without quotes, so that it can stand as it is in a command or a header.

    Source: RFC 5321 sections 4.1.2 and 4.5.3.1; `=?` is RFC 2047's, whatever stands around it.
    """
    match = _ADDRESS.fullmatch(text)
    return (
        match is not None
        and len(match["local"]) <= _LONGEST_LOCAL
        and len(text) <= _LONGEST
        and "=?" not in text
    )


def is_domain(text: str) -> bool:
    """True for a domain in ASCII; one label is enough, as in `localhost`."""
    return re.fullmatch(_DOMAIN, text) is not None and len(text) < _LONGEST


@dataclass(frozen=True, slots=True)
class Mailbox:
    """A name, which may be empty and may hold anything, and an address.

    Raises: ValueError for an address that `is_address` refuses.
    """

    name: str
    address: str

    def __post_init__(self) -> None:
        if not is_address(self.address):
            raise ValueError(f"not an address: {self.address!r}")

    def __str__(self) -> str:
        return f"{self.name} <{self.address}>" if self.name else self.address

    @property
    def domain(self) -> str:
        return self.address.rpartition("@")[2]


def read_mailbox(text: str) -> Mailbox:
    """Reads `Name <address>` or a bare address. Raises: ValueError for anything else."""
    named = _NAMED.fullmatch(text.strip())
    if named is None:
        return Mailbox("", text.strip())
    return Mailbox(named["name"].strip().strip('"').strip(), named["address"].strip())


_PRODUCT = "-//ptce-workflow//ptce//FR"
_ICS_LINE = 200


class CalendarDate(Struct, frozen=True):
    """A date in a calendar; without `ends` it is a moment. `stamp` is when this was said."""

    uid: str
    title: str
    begins: datetime
    ends: datetime | None
    stamp: datetime
    description: str = ""
    place: str = ""


class CalendarEntry(CalendarDate, frozen=True, kw_only=True):
    """A date to which one person is invited, moved or no longer invited.

    The uid stays the same and `sequence` grows as the date moves.
    """

    sequence: int
    organizer: Mailbox
    attendee: Mailbox
    cancelled: bool = False


def invitation(entry: CalendarEntry) -> bytes:
    """The entry as an invitation (METHOD REQUEST), or as its cancellation (CANCEL).

    Raises: ValueError for a naive datetime. Source: RFC 5545, RFC 5546 sections 3.2.2 and 3.2.5.
    """
    event = _event(entry)
    event.add("sequence", entry.sequence)
    event.add("organizer", _person(entry.organizer))
    # Nobody reads answers from calendars: whoever cannot come answers the mail.
    asked = {"ROLE": "REQ-PARTICIPANT", "PARTSTAT": "NEEDS-ACTION", "RSVP": "FALSE"}
    event.add("attendee", _person(entry.attendee, asked))
    event.add("status", "CANCELLED" if entry.cancelled else "CONFIRMED")
    return _written("CANCEL" if entry.cancelled else "REQUEST", [event])


def calendar(entries: Iterable[CalendarDate]) -> bytes:
    """The dates as a calendar to import (METHOD PUBLISH). Raises: ValueError."""
    events = [_event(entry) for entry in entries]
    for event in events:
        # A date of the contest does not make its reader busy.
        event.add("transp", "TRANSPARENT")
    return _written("PUBLISH", events)


def _event(entry: CalendarDate) -> Event:
    event = Event()
    event.add("uid", one_line(entry.uid, at_most=_ICS_LINE))
    event.add("summary", one_line(entry.title, at_most=_ICS_LINE))
    event.add("dtstart", _utc(entry.begins))
    if entry.ends is not None:
        event.add("dtend", _utc(entry.ends))
    event.add("dtstamp", _utc(entry.stamp))
    if entry.place:
        event.add("location", one_line(entry.place, at_most=_ICS_LINE))
    lines = [one_line(line, at_most=1000) for line in entry.description.splitlines()]
    if any(lines):
        event.add("description", "\n".join(lines))
    return event


def _person(mailbox: Mailbox, more: dict[str, str] | None = None) -> vCalAddress:
    person = vCalAddress(f"mailto:{mailbox.address}")
    # Few calendars know how a double quote is written inside one (RFC 6868).
    name = one_line(mailbox.name, at_most=_ICS_LINE).replace('"', "'").replace("^", "")
    for key, value in {**({"CN": name} if name else {}), **(more or {})}.items():
        person.params[key] = value
    return person


def _utc(instant: datetime) -> datetime:
    if instant.tzinfo is None:
        raise ValueError("a naive datetime is not an instant")
    return instant.astimezone(UTC).replace(microsecond=0)


def _written(method: str, events: list[Event]) -> bytes:
    whole = Calendar()
    whole.add("prodid", _PRODUCT)
    whole.add("version", "2.0")
    whole.add("calscale", "GREGORIAN")
    whole.add("method", method)
    for event in events:
        whole.add_component(event)
    return bytes(whole.to_ical())
