"""A mail that came in: its sender, its text, what is attached; no mail holds the reader up."""

import time
from email.message import EmailMessage

import pytest
from msgspec import msgpack

from ptce_workflow.base.errors import Misuse
from ptce_workflow.mail.incoming import Incoming, incoming, texts

pytestmark = pytest.mark.usefixtures("in_english")

HEAD = b"From: Les Cedres <a@cedres.example>\r\nSubject: Dossier\r\n"
MIXED = HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"
CUT = "Something in it arrived damaged or cut off."
DOCX = "vnd.openxmlformats-officedocument.wordprocessingml.document"


def mail(text: str = "Bonjour", **headers: str) -> EmailMessage:
    """A mail of the collective, with a text."""
    made = EmailMessage()
    said = {"From": "Les Cèdres bleus <a@cedres.example>", "Subject": "Dossier de candidature"}
    for name, value in {**said, **headers}.items():
        made[name.replace("_", "-")] = value
    made.set_content(text)
    return made


def part(headers: str, body: bytes) -> bytes:
    return f"--b\r\n{headers}\r\n\r\n".encode() + body + b"\r\n"


def read(made: EmailMessage | bytes) -> Incoming:
    return incoming(made if isinstance(made, bytes) else made.as_bytes())


def test_it_tells_who_wrote_what_about_what() -> None:
    """The sender and the subject; its Date is never read."""
    made = mail()
    made["Date"] = "Mon, 11 Mar 2030 11:00:00 +0100"
    found = read(made)
    assert (found.address, found.name) == ("a@cedres.example", "Les Cèdres bleus")
    assert (found.subject, found.text) == ("Dossier de candidature", "Bonjour\n")
    assert found.received == ()
    assert found.pieces == ()
    assert found.remarks == ()


def test_a_sender_whose_header_stands_on_two_lines_is_known() -> None:
    said = b"From: Les =?utf-8?q?C=C3=A8dres?= bleus\r\n <a@cedres.example>\r\n\r\nBonjour"
    found = read(said)
    assert (found.name, found.address) == ("Les Cèdres bleus", "a@cedres.example")


def test_it_goes_through_a_pipe_unchanged() -> None:
    made = mail()
    made.add_attachment(b"PK", maintype="application", subtype=DOCX, filename="été.docx")
    found = read(made)
    assert msgpack.decode(msgpack.encode(found), type=Incoming) == found
    assert found.pieces[0].name == "été.docx"


def test_a_page_is_read_where_there_is_no_plain_text() -> None:
    made = mail(" \n")
    made.add_alternative(
        "<title>x</title><style>p {}</style>4. Territoire<div>Millau<br>et\n Rodez &amp; Agen</div>"
        "<!-- <p>non</p> --><table><tr><td>a</td><td>b</td></tr></table>",
        subtype="html",
    )
    assert read(made).text.split() == [
        *["4.", "Territoire", "Millau", "et", "Rodez", "&", "Agen", "a", "b"]
    ]
    assert "Territoire\nMillau\net Rodez & Agen\n" in read(made).text
    made = mail("en clair")
    made.add_alternative("<p>en page</p>", subtype="html")
    assert read(made).text == "en clair\n"


def test_lines_that_a_mail_program_broke_are_joined() -> None:
    body = b"Un long \r\ntexte.\r\nAutre ligne\r\n-- \r\nNous\r\n"
    flowed = HEAD + b"Content-Type: text/plain; format=flowed\r\n\r\n" + body
    assert read(flowed).text == "Un long texte.\nAutre ligne\n-- \nNous\n"
    assert read(HEAD + b"\r\n" + body).text == body.decode().replace("\r\n", "\n")


@pytest.mark.parametrize(
    ("headers", "is_piece"),
    [
        ("Content-Type: application/pdf; name=a.pdf", True),
        ("Content-Type: application/pdf; name=a.pdf\r\nContent-Disposition: inline", True),
        ("Content-Type: image/png; name=a.png\r\nContent-Disposition: attachment", True),
        ("Content-Type: image/png\r\nContent-Disposition: attachment\r\nContent-ID: <1>", True),
        ("Content-Type: image/png; name=a.png\r\nContent-Disposition: inline", False),
        ("Content-Type: image/png; name=logo.png\r\nContent-ID: <1>", False),
        ("Content-Type: application/octet-stream\r\nContent-ID: <1>", True),
        ("Content-Type: application/pkcs7-signature; name=smime.p7s", False),
        ("Content-Type: text/plain; name=notes.txt", True),
        ("Content-Type: text/plain\r\nContent-Disposition: attachment", True),
    ],
)
def test_what_is_attached_and_what_is_shown(headers: str, is_piece: bool) -> None:
    """Signatures and pictures within the text are no pieces; a form never is lost."""
    found = read(MIXED + part("Content-Type: text/plain", b"x") + part(headers, b"y") + b"--b--")
    assert (found.text, len(found.pieces)) == ("x", is_piece)


def test_attachments_that_stand_in_an_alternative_are_kept() -> None:
    # Apple Mail writes them so.
    within = part("Content-Type: application/pdf; name=a.pdf", b"y").replace(b"--b", b"--c")
    body = part("Content-Type: text/plain", b"x")
    body += part("Content-Type: multipart/mixed; boundary=c", within + b"--c--") + b"--b--"
    found = read(MIXED.replace(b"mixed", b"alternative") + body)
    assert (found.text, [one.name for one in found.pieces]) == ("x", ["a.pdf"])


@pytest.mark.parametrize(
    ("headers", "body", "content", "remarks"),
    [
        ("Content-Type: a/b\r\nContent-Transfer-Encoding: base64 ", b"UEs=", b"PK", ()),
        ("Content-Type: a/b\r\nContent-Transfer-Encoding: BASE64 (c)", b"UEs=", b"PK", ()),
        ("Content-Type: a/b\r\nContent-Transfer-Encoding: base64", b"UEsDB", b"UEsDB", (CUT,)),
        ("Content-Type: a/b\r\nContent-Transfer-Encoding: base64", b"UE", b"P", (CUT,)),
        ("Content-Type: a/b; name=x.docx", b"", b"", ()),
        ("Content-Type: application/zip; name=a.zip", b"PK\x03\x04", b"PK\x03\x04", ()),
    ],
)
def test_the_bytes_of_what_is_attached(
    headers: str, body: bytes, content: bytes, remarks: tuple[str, ...]
) -> None:
    found = read(MIXED + part(headers, body) + b"--b--")
    assert [one.content for one in found.pieces] == [content]
    assert found.remarks == remarks


@pytest.mark.parametrize(
    ("parameter", "shown"),
    [
        ('name="../../C:\\\\x\\\\d.docx"', "../../C:\\x\\d.docx"),
        ('name="=?utf-8?q?=C3=A9t=C3=A9.docx?="', "été.docx"),
        ("name*=utf-8''%C3%A9t%C3%A9.docx", "été.docx"),
        ('name="été.docx"', "été.docx"),
        (f'name="{"x" * 300}.docx"', "x" * 199 + "…"),
        ('name="\u202excod.exe"', "xcod.exe"),
    ],
)
def test_names_are_for_reading_only(parameter: str, shown: str) -> None:
    made = MIXED + part(f"Content-Type: a/b; {parameter}", b"x") + b"--b--"
    assert [one.name for one in read(made).pieces] == [shown]


def test_a_mail_forwarded_in_it_is_opened_and_its_servers_are_not_believed() -> None:
    inner = mail("1. Nom du collectif\nLes Cèdres", Subject="Mon dossier")
    inner["Received"] = "from a by mx.desk.example; Mon, 11 Mar 2024 10:00:00 +0100"
    inner.add_attachment(b"PK", maintype="application", subtype=DOCX, filename="dossier.docx")
    outer = mail("Pour information")
    outer.add_attachment(inner)
    found = read(outer)
    assert found.received == ()
    assert found.text == "Pour information\n"
    (piece,) = found.pieces
    assert (piece.name, piece.kind) == ("Mon dossier", "message/rfc822")
    within = read(piece.content)
    assert within.text == "1. Nom du collectif\nLes Cèdres\n"
    assert [(one.name, one.content) for one in within.pieces] == [("dossier.docx", b"PK")]


def test_a_report_of_a_mail_server_is_a_piece() -> None:
    report = part(
        "Content-Type: message/delivery-status", b"Action: failed\r\n\r\nStatus: 5.0.0\r\n"
    )
    (piece,) = read(MIXED + report + b"--b--").pieces
    assert piece.kind == "message/delivery-status"
    assert b"Action: failed" in piece.content


@pytest.mark.parametrize(
    ("body", "charset", "text"),
    [
        ("é".encode(), "utf-8", "é"),
        ("é".encode(), "us-ascii", "é"),
        ("é".encode("cp1252"), "utf-8", "é"),
        ("é’".encode("cp1252"), "unknown-8bit", "é’"),
        ("é".encode("utf-16"), "utf-16", "é"),
        (b"a\0b", "utf-8", "ab"),
        (b"x-", "punycode", "x-"),
        (b"x", "utf-8\0", "x"),
    ],
)
def test_a_charset_may_be_wrong(body: bytes, charset: str, text: str) -> None:
    made = HEAD + f"Content-Type: text/plain; charset={charset}\r\n\r\n".encode() + body
    assert read(made).text == text


def test_no_boundary_and_a_mail_cut_off_are_read_as_far_as_they_go() -> None:
    found = read(HEAD + b"Content-Type: multipart/mixed\r\n\r\n--b\r\n\r\nx\r\n--b--")
    assert "x" in found.text
    assert found.remarks == (CUT,)
    cut = part("Content-Type: a/b; name=a.pdf\r\nContent-Transfer-Encoding: base64", b"AAAAA")
    found = read(MIXED + part("Content-Type: text/plain", b"x") + cut)
    assert (found.text, found.remarks) == ("x", (CUT,))
    assert [(one.name, len(one.content)) for one in found.pieces] == [("a.pdf", 5)]


def levels(count: int) -> bytes:
    """A mail whose parts lie in one another."""
    down = b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (one, one)
        for one in range(count)
    )
    return HEAD + down + b"\r\nx\r\n"


REFUSED = {
    "nothing": b"",
    "no headers": b"Bonjour,\r\n\r\nvoici mon dossier.\r\n",
    "only NULs": b"\0" * 1000,
    "a PDF": b"%PDF-1.7\n",
    "1,000 levels": levels(1000),
    "comments": b"From: " + b"(" * 20_000 + b"<a@b.example>\r\n\r\n",
    "a name in no charset": MIXED + part("Content-Type: a/b; name*=nope\0''x.docx", b"") + b"--b--",
}
READ = {
    "20,000 parts": MIXED + b"--b\r\n\r\nx\r\n" * 20_000,
    "long headers": HEAD + b"X: y\r\n" * 20_000 + b"\r\n",
    "many headers": MIXED + b"--b\r\n" + b"X:y\r\n" * 6_000,
    "20,000 encoded words": HEAD + b"To: " + b"=?utf-8?q?=C3=A9?= " * 20_000 + b"\r\n\r\n",
    "encoded words": b"From: a@b.example\r\nSubject: "
    + b"=?utf-8?q?=C3=A9?= " * 3_000
    + b"\r\n\r\n",
    "quotes": b"Subject: x\r\nFrom: " + b'"' * 20_000 + b"<a@b.example>\r\n\r\n",
    "parameters": HEAD + b"Content-Type: multipart/mixed" + b';"' * 20_000 + b"\r\n\r\n",
    "levels": levels(38),
    "an unclosed page": HEAD + b"Content-Type: text/html\r\n\r\n" + b"<!--<script<" * 20_000,
    "no address": b"From: undisclosed\r\n\r\nx",
    "NULs": b"From: \0a@b.example\0\r\nSubject: \0\r\n\r\n\0",
    "eight bits": "From: é <é@é.example>\r\nSubject: é\r\n\r\né".encode("latin-1"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_mail_is_refused_at_once(name: str) -> None:
    begun = time.process_time()
    with pytest.raises(Misuse) as refused:
        incoming(REFUSED[name])
    assert refused.value.what
    assert refused.value.why
    assert time.process_time() - begun < 2


@pytest.mark.parametrize("name", READ)
def test_what_is_hard_to_read_is_read_at_once(name: str) -> None:
    begun = time.process_time()
    found = incoming(READ[name])
    assert time.process_time() - begun < 2
    assert "\0" not in found.address + found.name + found.subject + found.text


def test_the_texts_of_a_mail_that_was_kept() -> None:
    made = mail("> ligne 22\n>> 7056 4d36", **{"X-PTCE-Line": "22 7056"})
    made.add_attachment("é".encode("cp1252"), maintype="text", subtype="plain", filename="a.txt")
    made.add_attachment(
        mail("au fond").as_bytes(), maintype="application", subtype="octet-stream", filename="b.eml"
    )
    assert list(texts(made.as_bytes())) == [
        "line 22 7056",
        "ligne 22\n7056 4d36\n",
        "é",
        "au fond\n",
    ]
    assert list(texts(b"ligne 22")) == ["ligne 22"]
    assert list(texts(levels(1000)))
