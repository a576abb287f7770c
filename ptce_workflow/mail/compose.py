"""A letter as the bytes that go to the server: the same for the same letter, whatever the day.

Headers are written here rather than by `email.message`: its folding varies between versions of
Python, has let names become headers (CVE-2024-6923), and takes most of the time of sending.
"""

from __future__ import annotations

import base64
import hashlib
import re
from binascii import b2a_qp
from dataclasses import dataclass
from datetime import datetime
from email import policy
from email.header import Header
from email.parser import BytesHeaderParser
from email.utils import format_datetime

from ptce_workflow.base.text import one_line
from ptce_workflow.base.words import is_language
from ptce_workflow.mail.address import Mailbox, is_domain
from ptce_workflow.process.letters.values import Letter

_LONGEST_WORDS = 200
_LONGEST_LINE = 998
_LINE = 76
_MESSAGE_ID = re.compile(r"<[A-Za-z0-9.]+@([A-Za-z0-9.-]+)>")
_METHOD = re.compile(rb"^METHOD:([A-Z]+)\r$", re.MULTILINE)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_ATTACHED = "invite.ics"

Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class MailHeading:
    """The headers of a letter: from whom, to whom, when. The message id is `message_id`'s."""

    sender: Mailbox
    recipient: Mailbox
    message_id: str
    date: datetime
    reply_to: Mailbox | None
    language: str


def message_id(key: str, domain: str) -> str:
    """The Message-ID of what the key names, so that a message sent twice is known as one.

    *Raises* ValueError for a domain that is not ASCII.
    """
    if not is_domain(domain):
        raise ValueError(f"not a domain: {domain!r}")
    return f"<{hashlib.sha256(key.encode()).hexdigest()[:32]}@{domain}>"


def compose(letter: Letter, heading: MailHeading, invitation: bytes | None = None) -> bytes:
    """The message in MIME: seven bits, CRLF, the same bytes for the same arguments.

    The text comes first, the HTML after it; an invitation stands with them, for the programs that
    show it, and is attached as well, for those that look for it there.

    *Raises* ValueError when a header could not be written as meant.
    *Source* RFC 5322, RFC 2045 to 2047, RFC 3834 (Auto-Submitted), RFC 6047 (invitations).
    """
    # No line of quoted-printable or base64 can hold "=_". Neither boundary begins the other: a
    # reader looks at the beginning of a line only (RFC 2046 section 5.1.1).
    digest = hashlib.sha256(heading.message_id.encode()).hexdigest()[:32]
    outer, inner = f"=_{digest}.0", f"=_{digest}.1"
    parts = [_text("plain", letter.text), _text("html", letter.html)]
    if invitation is None:
        kind, body = _together("alternative", parts, outer)
    else:
        shown, attached = _invitation(invitation)
        kind, body = _together("alternative", [*parts, shown], inner)
        kind, body = _together("mixed", [_part(kind, (), body), attached], outer)
    headers = (*_headers(letter, heading), ("Content-Type", kind))
    written = _block(headers) + b"\r\n" + body
    _check(written, headers, heading)
    return written


def says(written: bytes, letter: Letter) -> bool:
    """True when a message that `compose` wrote says what a letter says: subject, text and HTML."""
    head, _end, body = written.partition(b"\r\n\r\n")
    # Up to what comes next: a longer subject, or text, begins like a shorter one.
    subject = _block((_subject(letter),)) + b"Date: "
    parts = (_text("plain", letter.text), _text("html", letter.html))
    return subject in head and all(part + b"\r\n--=_" in body for part in parts)


def _headers(letter: Letter, heading: MailHeading) -> Headers:
    if heading.date.tzinfo is None:
        raise ValueError("a naive datetime is not an instant")
    found = _MESSAGE_ID.fullmatch(heading.message_id)
    if found is None or not is_domain(found[1]):
        raise ValueError(f"not a message id: {heading.message_id!r}")
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
        ("Auto-Submitted", "auto-generated"),
        ("Content-Language", heading.language),
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


def _words(header: str, text: str) -> str:
    charset = "us-ascii" if text.isascii() else "utf-8"
    encoded = Header(text, charset, maxlinelen=_LINE, header_name=header)
    return encoded.encode(linesep="\r\n")


def _block(headers: Headers) -> bytes:
    return b"".join(f"{name}: {value}\r\n".encode("ascii") for name, value in headers)


def _text(subtype: str, text: str) -> bytes:
    lines = "".join(f"{_CONTROL.sub('', line)}\r\n" for line in text.splitlines()) or "\r\n"
    encoded = b2a_qp(lines.encode(), istext=True)
    headers = (("Content-Transfer-Encoding", "quoted-printable"),)
    return _part(f"text/{subtype}; charset=utf-8", headers, encoded)


def _invitation(ics: bytes) -> tuple[bytes, bytes]:
    """The invitation to be shown, and the same to be saved."""
    found = _METHOD.search(ics)
    if found is None:
        raise ValueError("an invitation has a METHOD")
    encoded = base64.encodebytes(ics).replace(b"\n", b"\r\n")
    headers = (("Content-Transfer-Encoding", "base64"),)
    shown = f"text/calendar; charset=utf-8; method={found[1].decode()}"
    saved = (*headers, ("Content-Disposition", f'attachment; filename="{_ATTACHED}"'))
    return (
        _part(shown, headers, encoded),
        _part(f'application/ics; name="{_ATTACHED}"', saved, encoded),
    )


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
