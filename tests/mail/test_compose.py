"""A letter becomes a message that says what was meant, and nothing that was smuggled in."""

import email
from datetime import UTC, datetime, timedelta
from email import policy
from email.message import EmailMessage, Message
from email.utils import parsedate_to_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from ptce_workflow.base.words import one_line
from ptce_workflow.mail.message import (
    CalendarEntry,
    Enclosed,
    Mailbox,
    MailHeading,
    compose,
    invitation,
    message_id,
    says,
)
from ptce_workflow.process.letters.variables import Letter

NOON = datetime(2024, 3, 11, 11, tzinfo=UTC)
DESK = Mailbox("Concours PTCE", "concours@cress.example")
PERSON = Mailbox("Les Jardins d’à côté", "jardins@collectif.example")
LETTER = Letter(
    "Accusé de réception",
    "Bonjour,\n\nVotre dossier est arrivé à 12 h.\n.\n",
    "<!doctype html>\n<html lang='fr'><p>Votre dossier est arrivé.</p></html>\n",
    "fr",
)
HEADERS = [
    *("From", "To", "Subject", "Date", "Message-ID", "References"),
    *("Auto-Submitted", "Content-Language", "MIME-Version", "Content-Type"),
]


def heading(recipient: Mailbox = PERSON, reply_to: Mailbox | None = None) -> MailHeading:
    """A heading as the desk writes it."""
    return MailHeading(DESK, recipient, message_id("M-001", DESK.domain), NOON, reply_to, "fr")


def entry(title: str = "Session 1") -> bytes:
    ends = NOON + timedelta(hours=3)
    dated = "s1@x.example", title, NOON, ends, NOON
    return invitation(CalendarEntry(*dated, sequence=0, organizer=DESK, attendee=PERSON))


def read(written: bytes) -> EmailMessage:
    """A message as a mail program reads it."""
    message = email.message_from_bytes(written, policy=policy.default)
    assert isinstance(message, EmailMessage)
    assert not [defect for part in message.walk() for defect in part.defects]
    return message


def text_of(part: Message) -> str:
    """The text of a part, with plain line ends."""
    assert isinstance(part, EmailMessage)
    content = part.get_content()
    assert isinstance(content, str)
    return content.replace("\r\n", "\n")


def is_sound(written: bytes) -> bool:
    """Seven bits, and lines that every server takes."""
    lines = written.split(b"\r\n")
    whole = all(b"\r" not in line and b"\n" not in line and len(line) <= 998 for line in lines)
    return written.isascii() and whole and written.endswith(b"\r\n")


def test_a_letter_arrives_as_written() -> None:
    written = compose(LETTER, heading(reply_to=Mailbox("", "bureau@cress.example")))
    message = read(written)
    assert is_sound(written)
    assert message["Subject"] == LETTER.subject
    assert message["To"] == f"{PERSON.name} <{PERSON.address}>"
    assert message["Reply-To"] == "bureau@cress.example"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Content-Language"] == "fr"
    assert parsedate_to_datetime(message["Date"]) == NOON
    assert message.get_content_type() == "multipart/alternative"
    text, html = message.iter_parts()
    assert text_of(text) == LETTER.text
    assert text_of(html) == LETTER.html
    assert (text.get_content_type(), html.get_content_type()) == ("text/plain", "text/html")


def test_an_invitation_is_shown_and_attached() -> None:
    written = compose(LETTER, heading(), entry())
    message = read(written)
    assert is_sound(written)
    assert message.get_content_type() == "multipart/mixed"
    kinds = [part.get_content_type() for part in message.walk() if not part.is_multipart()]
    assert kinds == ["text/plain", "text/html", "text/calendar", "application/ics"]
    shown, attached = list(message.walk())[-2:]
    assert shown.get_param("method") == "REQUEST"
    assert shown.get_payload(decode=True) == attached.get_payload(decode=True) == entry()
    assert attached.get_filename() == "invite.ics"


def test_what_is_no_invitation_is_refused() -> None:
    """Without a method no calendar would know what to do."""
    with pytest.raises(ValueError, match="METHOD"):
        compose(LETTER, heading(), b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n")


def test_the_same_letter_gives_the_same_bytes() -> None:
    """What is hashed before it is sent must not change."""
    assert compose(LETTER, heading(), entry()) == compose(LETTER, heading(), entry())


def test_a_message_id_names_what_it_is_about() -> None:
    """The same for the same key, another for another, and never a broken one."""
    assert message_id("a", "x.example") == message_id("a", "x.example")
    assert message_id("a", "x.example") != message_id("b", "x.example")
    with pytest.raises(ValueError, match="not a domain"):
        message_id("a", "x.example>\r\nBcc: y@z.example")


INJECTIONS = [
    "Asso =?utf-8?q?=0ABcc:_x@evil.example?=",
    "Asso =\u200b?utf-8?q?=0ABcc:_x@evil.example?=",
    "Asso\r\nBcc: x@evil.example",
    "Asso\nBcc: x@evil.example",
    "Asso\r\n\r\nBonjour",
    "Asso\n",
    "Asso\x00\x1b[2J",
    "Asso\u2028Bcc: x@evil.example",
    "Asso\x85Bcc: x@evil.example",
    "\u202eossA",
    'Asso" <x@evil.example>, "',
    "Asso <x@evil.example>,",
    "Asso\\",
    "Asso, Bureau; (rien) : Été",
    "é" * 10_000,
    "x" * 10_000,
    "mot " * 2500,
    "\ud800",
    "",
]


@pytest.mark.parametrize("text", INJECTIONS)
def test_nothing_is_smuggled_into_a_header(text: str) -> None:
    name = Mailbox(text, PERSON.address)
    letter = Letter(text, "Bonjour", "<p>Bonjour</p>", "fr")
    written = compose(letter, heading(name, reply_to=name), entry(text))
    message = read(written)
    assert is_sound(written)
    assert message.keys() == [*HEADERS[:2], "Reply-To", *HEADERS[2:]]
    for header in ("To", "Reply-To"):
        assert [one.addr_spec for one in message[header].addresses] == [PERSON.address]
    assert len(message["Subject"]) <= 200


@given(subject=st.text(max_size=400), name=st.text(max_size=400), body=st.text(max_size=400))
def test_whatever_the_words(subject: str, name: str, body: str) -> None:
    """The headers are those meant, and read as the words that were written."""
    letter = Letter(subject, body, body, "fr")
    written = compose(letter, heading(Mailbox(name, PERSON.address)))
    message = read(written)
    assert is_sound(written)
    assert message.keys() == HEADERS
    assert message["Subject"] == one_line(subject, at_most=200)
    (address,) = message["To"].addresses
    assert address.addr_spec == PERSON.address
    # This reader changes, adds and takes blanks where a long name is folded.
    written_name = one_line(name, at_most=200)
    assert "".join(address.display_name.split()) == "".join(written_name.split())


def test_a_body_keeps_its_lines() -> None:
    letter = Letter("x", "a\r\nb\rc \n" + "é" * 5000 + "\x00\x1b\n", "", "fr")
    text, html = read(compose(letter, heading())).iter_parts()
    assert text_of(text) == "a\nb\nc \n" + "é" * 5000 + "\n"
    assert text_of(html) == "\n"


def test_letters_about_one_thing_are_put_together() -> None:
    """By an identifier of no mail; their own follows, which a server that renames mails leaves."""
    alone, thread = heading(), message_id("C-001", DESK.domain)
    references = read(compose(LETTER, structs.replace(alone, thread=thread)))["References"]
    assert references.split() == [thread, alone.message_id]
    assert read(compose(LETTER, alone))["References"] == alone.message_id


LINK = "https://collectif.example/" + "x" * 80
HASH = "0123456789abcdef" * 4


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("mot " * 30, " ".join(["mot"] * 19) + "\n" + " ".join(["mot"] * 11)),
        (f"- {'mot ' * 20}", f"- {' '.join(['mot'] * 18)}\n  mot mot"),
        (f"12. {'mot ' * 19}", f"12. {' '.join(['mot'] * 18)}\n    mot"),
        (f"Voir {LINK}", f"Voir\n{LINK}"),
        (f"SHA-256 de ce qui a été reçu : {HASH}", f"SHA-256 de ce qui a été reçu :\n{HASH}"),
        (f"{'x' * 66} 0123 4567 89ab cdef.", f"{'x' * 66}\n0123 4567 89ab cdef."),
        (f"{'x' * 72} mot\u00a0: oui", f"{'x' * 72}\nmot\u00a0: oui"),
        ("court  et  espacé", "court  et  espacé"),
    ],
)
def test_a_text_is_wrapped(line: str, expected: str) -> None:
    """At 76 characters; a link, a hash and the digits that quote a line stay whole."""
    written = compose(structs.replace(LETTER, text=f"{line}\n\nfin\n"), heading())
    text, _html = read(written).iter_parts()
    assert text_of(text) == f"{expected}\n\nfin\n"
    assert says(written, structs.replace(LETTER, text=f"{line}\n\nfin\n"))


def test_no_line_of_the_headers_is_long() -> None:
    enclosed = Enclosed("Gardez ce message.", "checkpoint-000000123.txt", b"origine\n")
    for more in ((None, None), (entry(), enclosed)):
        lines = compose(LETTER, heading(), *more).split(b"\r\n")
        assert max(map(len, lines)) <= 78


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"message_id": "<a@b>\r\nBcc: x@y.example"}, "message id"),
        ({"message_id": "a@b.example"}, "message id"),
        ({"date": datetime(2024, 3, 11)}, "naive"),  # noqa: DTZ001 - the fault to be refused
        ({"language": "fr\r\nBcc: x"}, "language"),
    ],
)
def test_a_heading_that_cannot_stand_is_refused(change: dict[str, object], said: str) -> None:
    parts = {field: getattr(heading(), field) for field in MailHeading.__struct_fields__}
    with pytest.raises(ValueError, match=said):
        compose(LETTER, MailHeading(**{**parts, **change}))


@pytest.mark.parametrize("ics", [None, entry()])
def test_what_is_enclosed_comes_last(ics: bytes | None) -> None:
    content = "Trois lignes, « signées ».\n".encode()
    written = compose(LETTER, heading(), ics, Enclosed("Gardez ceci.\n", "kept.txt", content))
    message = read(written)
    assert is_sound(written)
    shown, attached = list(message.walk())[-2:]
    assert shown.get_content() == "Gardez ceci.\r\n"
    assert shown.get_content_disposition() == "inline"
    assert attached.get_payload(decode=True) == content
    assert attached.get_filename() == "kept.txt"
    assert says(written, LETTER)


@pytest.mark.parametrize("ics", [None, entry()])
def test_what_a_message_says(ics: bytes | None) -> None:
    written = compose(LETTER, heading(), ics)
    assert says(written, LETTER)
    for part in ("subject", "text", "html"):
        more = structs.replace(LETTER, **{part: getattr(LETTER, part) + "\nAnd more, " * 12})
        assert not says(written, more)
        assert not says(compose(more, heading(), ics), LETTER)
