"""What arrives is sorted by what it holds, opened by a child, and never breaks the command."""

from base64 import encodebytes
from collections.abc import Iterator
from io import BytesIO
from multiprocessing import spawn
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import docx
import pytest
from openpyxl import Workbook

from ptce_workflow.base.errors import Misuse
from ptce_workflow.base.words import speaking
from ptce_workflow.office.forms.blocks import (
    Box,
    FileReader,
    FormDocument,
    FormLine,
    FormTable,
    display_name,
    opened,
)

pytestmark = pytest.mark.usefixtures("in_english")

ODF = "application/vnd.oasis.opendocument."


def word(answer: str = "Les Cèdres bleus") -> bytes:
    document = docx.Document()
    document.add_heading("1. Nom *", 2)
    document.add_table(1, 1).cell(0, 0).text = answer
    return saved(document)


def saved(document: object) -> bytes:
    """The bytes that a document or a workbook is saved as."""
    stream = BytesIO()
    document.save(stream)  # type: ignore[attr-defined]
    return stream.getvalue()


def workbook(*rows: tuple[Any, ...]) -> bytes:
    book = Workbook()
    for row in rows or (("1. Nom *", "Les Cèdres bleus"),):
        book.worksheets[0].append(list(row))
    return saved(book)


def archive(parts: dict[str, bytes]) -> bytes:
    stream = BytesIO()
    with ZipFile(stream, "w", ZIP_DEFLATED) as written:
        for name, content in parts.items():
            written.writestr(name, content)
    return stream.getvalue()


def parts(content: bytes) -> dict[str, bytes]:
    with ZipFile(BytesIO(content)) as read:
        return {name: read.read(name) for name in read.namelist()}


def open_document(kind: str, body: str) -> bytes:
    """A text or a spreadsheet of LibreOffice, as small as it may be."""
    names = "".join(
        f' xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for name in ("office", "table", "text")
    )
    content = f"<office:document-content{names}><office:body>{body}</office:body>"
    return archive(
        {
            "mimetype": f"{ODF}{kind}".encode(),
            "content.xml": f"{content}</office:document-content>".encode(),
        }
    )


ODT = open_document("text", "<office:text><text:p>1. Nom</text:p></office:text>")
EML = (
    b"From: A <a@example.org>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n"
    b"\r\n--b\r\nContent-Type: text/plain\r\n\r\nBonjour\r\n--b\r\n"
    b'Content-Type: application/octet-stream; name="../x.pdf"\r\n'
    b'Content-Disposition: attachment; filename="../x.pdf"\r\n\r\n%%PDF-1.7\r\n--b\r\n'
    b"Content-Type: application/octet-stream\r\n"
    b'Content-Disposition: attachment; filename="formulaire"\r\n'
    b"Content-Transfer-Encoding: base64\r\n\r\n%s\r\n--b--\r\n"
)


def refusal(content: bytes, name: str = "f.docx") -> str:
    """Why a file is not read, and what to do."""
    problem = opened(name, content).problem
    assert problem is not None
    assert problem.mend or problem.why or "empty" in problem.what
    return f"{problem.what} {problem.why} {problem.mend}"


@pytest.fixture(scope="module")
def reader() -> Iterator[FileReader]:
    """One child for the tests that do it no harm."""
    with FileReader() as begun:
        yield begun


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("docx", word()),
        ("odt", ODT),
        ("xlsx", workbook()),
        ("ods", open_document("spreadsheet", "<office:spreadsheet/>")),
        ("text", "1. Nom\nÉté".encode()),
        ("text", "1. Nom\nÉté".encode("cp1252")),
        ("text", "1. Nom\nÉté".encode("utf-16")),
        ("text", b"PK Services, MZ, [x] oui"),
        ("message", b"Received: from x\r\nFrom: a@example.org\r\n\r\nBonjour"),
    ],
)
def test_a_file_is_what_it_holds(kind: str, content: bytes, reader: FileReader) -> None:
    found = reader.open("../scan.pdf", content)
    assert (found.name, found.kind) == ("scan.pdf", kind)
    if kind == "text":
        assert found.document is not None
        assert "Ã" not in str(found.document)


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 64


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "empty"),
        (b"\0\0 \n", "empty"),
        (b"%PDF-1.7\n", "a PDF"),
        (b"junk\n%PDF-1.7 junk PK\x03\x04", "a PDF"),
        (OLE + "EncryptedPackage".encode("utf-16-le"), "password"),
        (OLE, "(.doc, .xls)"),
        (rb"{\rtf1 Nom}", "RTF"),
        (b"\x89PNG\r\n\x1a\n", "a picture"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF", "a picture"),
        (b"\0\0\0\x18ftypheic", "a picture"),
        (b"MZ\x90\0\x03\0\0\0", "unknown kind"),
        (b"\x78\x9f\x3e\x22\x01\0", "winmail.dat"),
        (b"7z\xbc\xaf\x27\x1c", "an archive"),
        (b"PK\x05\x06" + b"\0" * 18, "an archive"),
        (archive({"formulaire.docx": b"x"}), "an archive"),
        (archive({"ppt/presentation.xml": b"x"}), "an archive"),
        (b"From a@b.example Mon Mar  4 09:00:00 2024\nFrom: a@b.example\n\nx", "a box of mails"),
        (archive({"mimetype": f"{ODF}text".encode(), "META-INF/manifest.xml":
                  b"<manifest:encryption-data/>"}), "password"),
        (b"<!DOCTYPE html><p>Nom", "a web page"),
        (b"\xef\xbb\xbf<?xml version='1.0'?><office:document/>", "in XML"),
        (b"\x01\x02\x03\x04", "unknown kind"),
    ],
)  # fmt: skip
def test_what_is_no_form_is_named(content: bytes, told: str) -> None:
    assert told in refusal(content)
    assert refusal(content, "formulaire.odt") == refusal(content)


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("word/vbaProject.bin", b"x", "macros"),
        ("Basic/Standard/Module1.xml", b"<x/>", "macros"),
        ("word/document.xml", b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>',
         "entities"),
        ("word/document.xml", b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><x>&b;</x>',
         "entities"),
        ("word/document.xml", "<x/>".encode("utf-16"), "entities"),
        ("word/document.xml",
         b'<w:document xmlns:w="http://purl.oclc.org/ooxml/wordprocessingml/main"/>', "strict"),
        ("word/document.xml", b"<x>" + b" " * 5_300_000, "unfolds"),
        ("word/media/image1.png", b"\0" * 51_000_000, "unfolds"),
        ("word/media/image1.png", b"\0" * 9_000_000, "unfolds"),
        ("WORD/document.xml", b"<x/>", "twice"),
    ],
)  # fmt: skip
def test_what_could_do_harm_is_refused(name: str, content: bytes, told: str) -> None:
    assert told in refusal(archive({**parts(word()), name: content}))


def test_an_archive_of_very_many_parts_is_refused() -> None:
    many = {f"word/media/{number}": b"" for number in range(1_000)}
    assert "unfolds" in refusal(archive({**parts(word()), **many}))


@pytest.mark.parametrize("declared", [0, 1, 100])
def test_a_part_that_unfolds_to_more_than_it_declares(declared: int) -> None:
    honest = archive({**parts(word()), "word/document.xml": b"<x>" + b" " * 4_000_000})
    size = (4_000_003).to_bytes(4, "little")
    assert honest.count(size) == 2
    assert "damaged" in refusal(honest.replace(size, declared.to_bytes(4, "little")))


@pytest.mark.parametrize("name", ["mimetype", "META-INF/manifest.xml"])
def test_what_tells_the_kind_is_not_unfolded_either(name: str) -> None:
    bomb = archive({name: b" " * 60_000_000})
    assert len(bomb) < 100_000
    assert "damaged" in refusal(bomb)


def test_an_external_part_is_not_followed(reader: FileReader) -> None:
    held = parts(word())
    links = "word/_rels/document.xml.rels"
    held[links] = held[links].replace(
        b"</Relationships>",
        b'<Relationship Id="x" TargetMode="External" Target="file:///etc/passwd" Type="http://'
        b'schemas.openxmlformats.org/officeDocument/2006/relationships/aFChunk"/></Relationships>',
    )
    assert reader.open("f.docx", archive(held)).document == opened("f", word()).document


def test_a_file_cut_anywhere_is_damaged(reader: FileReader) -> None:
    for content in (word(), workbook(), ODT):
        for cut in range(4, len(content), len(content) // 7):
            with pytest.raises(Misuse, match=r"damaged|unknown kind|archive"):
                reader.open("f.docx", content[:cut])


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\fakepath\\d.docx", "d.docx"),
        ("a\0b\n\x1b[2J.docx", "a b [2J.docx"),
        ("fac\u202excod.exe", "facxcod.exe"),
        ("é" * 300, "é" * 79 + "…"),
        ("", "?"),
        ("/", "?"),
        ("\udce9.docx", ".docx"),
    ],
)
def test_a_name_is_fit_to_be_shown(name: str, shown: str, reader: FileReader) -> None:
    assert display_name(name) == shown
    assert reader.open(name, b"1. Nom").name == shown


def test_the_pieces_of_a_mail_are_opened(reader: FileReader) -> None:
    """Those that cannot be read say why; the text is a form as well."""
    found = reader.open("a.eml", EML % encodebytes(word()))
    assert found.message is not None
    assert found.document == FormDocument("text", (FormLine("Bonjour"),))
    pdf, form = found.pieces
    assert (pdf.name, pdf.problem and "a PDF" in pdf.problem.what) == ("x.pdf", True)
    assert (form.kind, form.document) == ("docx", opened("f", word()).document)
    assert found.message.pieces == ()


def test_a_problem_is_told_in_the_language_of_the_command(reader: FileReader) -> None:
    with speaking("fr"), pytest.raises(Misuse, match="C’est un PDF"):
        reader.open("f.docx", b"%PDF-")
    with pytest.raises(Misuse, match="This is a PDF"):
        reader.open("f.docx", b"%PDF-")


def test_a_child_that_was_killed_is_begun_anew() -> None:
    with FileReader() as reader:
        reader.open("a.txt", b"1. Nom")
        assert reader._process is not None
        reader._process.kill()
        reader._process.join()
        with pytest.raises(Misuse, match=r"a\.txt: This file cannot be read"):
            reader.open("a.txt", b"1. Nom")
        assert reader.open("a.txt", b"1. Nom").kind == "text"


def test_a_child_that_cannot_begin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spawn, "_python_exe", b"/nowhere/python")
    with FileReader() as reader, pytest.raises(Misuse, match="cannot be read"):
        reader.open("a.txt", b"1. Nom")


@pytest.mark.long
def test_a_file_that_takes_too_much_memory() -> None:
    pytest.importorskip("resource")
    with FileReader(memory=200 << 20) as reader:
        assert reader.open("a.txt", b"1. Nom").kind == "text"
        with pytest.raises(Misuse, match="more memory or time"):
            reader.open("a.txt", b"1. Nom\n" * 9_000_000)
        assert reader.open("a.docx", word()).kind == "docx"


def test_a_file_that_takes_too_long() -> None:
    with FileReader(seconds=0.0) as reader, pytest.raises(Misuse, match="more memory or time"):
        reader.open("a.txt", b"1. Nom")


def test_a_form_in_a_workbook(reader: FileReader) -> None:
    content = workbook(
        ("contest", "Concours"),
        ("name", "1. Nom *", "Les Cèdres\nbleus"),
        ("siret", "2. SIRET", 49123456700012.0),
        ("ready", "3. Prêts", True),
        (None, "une réponse", "X"),
    )
    assert reader.open("f", content).document == FormDocument(
        "xlsx",
        (
            FormLine("Concours", key="contest"),
            FormLine("1. Nom *", key="name"), Box((FormLine("Les Cèdres"), FormLine("bleus"))),
            FormLine("2. SIRET", key="siret"), Box((FormLine("49123456700012"),)),
            FormLine("3. Prêts", key="ready"), Box((FormLine("yes"),)),
            FormLine("X une réponse"),
        ),
    )  # fmt: skip


def test_a_table_in_a_workbook(reader: FileReader) -> None:
    content = workbook(("4. Membres",), ("Nom", "SIRET"), (), (None, "=1+1"), ("A",))
    read = reader.open("f", content).document
    assert read is not None
    assert read.blocks == (
        FormLine("4. Membres"),
        FormTable(
            (
                ((FormLine("Nom"),), (FormLine("SIRET"),)),
                ((), (FormLine("=1+1"),)),
                ((FormLine("A"),), ()),
            )
        ),
    )


def test_a_form_in_a_workbook_of_libreoffice(reader: FileReader) -> None:
    def cell(text: str, **said: object) -> str:
        told = "".join(
            f' {name.replace("_", "-").replace("-", ":", 1)}="{value}"'
            for name, value in said.items()
        )
        return f"<table:table-cell{told}>{text and f'<text:p>{text}</text:p>'}</table:table-cell>"

    rows = (
        cell("1. SIRET") + cell("4,91E+13", office_value="4.91234567E+13"),
        cell("2. Jour") + cell("8/3/24", office_date_value="2024-03-08"),
        cell("3. Prêts") + cell("VRAI", office_boolean_value="true"),
        cell("4. Nombre") + cell("9 %", office_value="0.09"),
        cell("5. Somme") + cell("2", office_value="2", table_formula="of:=1+1"),
        cell("6. Bio") + cell("FAUX", office_boolean_value="false", table_formula="of:=FALSE()"),
        cell("7. Rien") + cell("", table_formula="of:=1+1"),
        cell("", table_number_columns_repeated=16_000),
    )
    table = "".join(f"<table:table-row>{row}</table:table-row>" for row in rows)
    body = f"<office:spreadsheet><table:table>{table}</table:table></office:spreadsheet>"
    read = reader.open("f", open_document("spreadsheet", body)).document
    assert read is not None
    boxes = [block.lines[0].text for block in read.blocks if isinstance(block, Box)]
    assert boxes == ["49123456700000", "2024-03-08", "yes", "0.09", "2", "no", "of:=1+1"]
