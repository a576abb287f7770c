"""What a file is, by what it holds: a name tells nothing, but one kind of text from another."""

from __future__ import annotations

import re
from io import BytesIO
from typing import Literal
from zipfile import ZipFile

from ptce_workflow.base.errors import Misuse
from ptce_workflow.base.words import N_, _
from ptce_workflow.mail.incoming import is_mail
from ptce_workflow.papers.files import ARCHIVE, unfolded

Kind = Literal["docx", "odt", "xlsx", "ods", "message", "toml", "json", "text"]

_OPEN_DOCUMENT: dict[bytes, Kind] = {
    b"application/vnd.oasis.opendocument.text": "odt",
    b"application/vnd.oasis.opendocument.spreadsheet": "ods",
}
_SMALL = 1_000
_BEGINNING = 65_536
_LOCKED = N_("a document that is protected by a password"), N_("Save it without a password.")
_AS_DOCX = N_("In the program that wrote it, save it as .docx.")
_AS_XLSX = N_("In the spreadsheet program, save it as .xlsx.")
_FILL = N_("Have the form filled in and sent as .docx, .odt, .xlsx or .ods.")
_UNPACK = N_("Unpack it, and hand over the files that it holds one by one.")

Refused = tuple[str, str]
"""What a file is, and what to do about it."""

_PARTS: tuple[tuple[str, Kind | Refused], ...] = (
    ("word/document.xml", "docx"),
    ("xl/workbook.xml", "xlsx"),
    ("xl/workbook.bin", (N_("a workbook in binary format (.xlsb)"), _AS_XLSX)),
    ("ppt/presentation.xml", (N_("a presentation"), _FILL)),
    ("Index/Document.iwa", (N_("a document of Pages, Numbers or Keynote"), _AS_DOCX)),
)
_COMPOUND: tuple[tuple[str, Refused], ...] = (
    ("EncryptedPackage", _LOCKED),
    (
        "__properties_version1.0",
        (N_("a message of Outlook (.msg)"), N_("In the mail program, save it as .eml.")),
    ),
    ("WordDocument", (N_("a document of an old Word (.doc)"), _AS_DOCX)),
    ("Workbook", (N_("a workbook of an old Excel (.xls)"), _AS_XLSX)),
    ("", (N_("a document of an old office program"), _AS_DOCX)),
)
"""What names the streams of a compound file of Microsoft, the most telling first."""

_IMAGE = N_("a picture"), _FILL
_PROGRAM = N_("a program"), N_("Do not open it. Ask its sender for the form.")
_PACKED = N_("an archive"), _UNPACK
_FIRST: tuple[tuple[str, Refused], ...] = (
    (r"[\s\S]{0,1024}%PDF-", (N_("a PDF"), _FILL)),
    (r"\{\\rtf", (N_("a document in RTF"), _AS_DOCX)),
    (r"\x89PNG|\xff\xd8\xff|GIF8[79]a|II\*\0|MM\0\*|RIFF.{4}WEBP|.{4}ftyp(?:hei|mif|avi)|BM.{4}\0{4}",
     _IMAGE),
    (r"MZ[\s\S]{1,62}\0|\x7fELF|\xcf\xfa\xed\xfe|\xca\xfe\xba\xbe", _PROGRAM),
    (r"7z\xbc\xaf|Rar!|\x1f\x8b|\xfd7zXZ|BZh[1-9]1AY|PK[\x05\x07]", _PACKED),
    (r"\x78\x9f\x3e\x22", (N_("an envelope of Outlook (winmail.dat)"),
     N_("Ask its sender to send the form as an attachment in plain text or HTML."))),
    (r"(?i:\s*(?:<!doctype html|<html))", (N_("a web page"), _AS_DOCX)),
    (r"(?:\xef\xbb\xbf)?\s*<\?xml", (N_("a file in XML"), _AS_DOCX)),
)  # fmt: skip
_FIRST_BYTES = tuple((re.compile(first.encode("latin-1"), re.S), what) for first, what in _FIRST)
_TABLE = re.compile(
    r"\s*(?:#[^\n]*\n\s*)*(?:\[\[?[\w.\"' -]+\]\]?[ \t]*(?:#|$)|[\w-]+\.[\w.-]+\s*=)", re.M
)


def kind_of(name: str, content: bytes) -> Kind:
    """The kind of a file.

    *Raises* Misuse, which says what it is and what to do, for one that cannot be read as a form or
    as a message; any exception for an archive that is damaged.
    """
    if not content.strip(b"\0 \t\r\n"):
        raise Misuse(_("The file is empty."))
    if content.startswith(ARCHIVE):
        return _archived(content)
    if content.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        raise next(
            refused(*what) for stream, what in _COMPOUND if stream.encode("utf-16-le") in content
        )
    beginning = content[:_BEGINNING]
    if is_mail(content):
        return "message"
    for first, what in _FIRST_BYTES:
        if first.match(beginning):
            raise refused(*what)
    text = text_in(content)
    if name.lower().endswith(".csv"):
        raise refused(N_("a table in CSV"), _AS_XLSX)
    if text.lstrip().startswith("{") or name.lower().endswith(".json"):
        return "json"
    return "toml" if _TABLE.match(text) or name.lower().endswith(".toml") else "text"


def _archived(content: bytes) -> Kind:
    with ZipFile(BytesIO(content)) as archive:
        names = set(archive.namelist())

        def part(name: str) -> bytes:
            return unfolded(archive, archive.getinfo(name)) if name in names else b""

        if "mimetype" in names and archive.getinfo("mimetype").file_size < _SMALL:
            kind = _OPEN_DOCUMENT.get(part("mimetype").strip())
            if kind is not None and b"encryption-data" in part("META-INF/manifest.xml"):
                raise refused(*_LOCKED)
            if kind is not None:
                return kind
    for name, what in _PARTS:
        if name in names:
            if isinstance(what, str):
                return what
            raise refused(*what)
    raise refused(*_PACKED)


def refused(what: str, mend: str) -> Misuse:
    """The refusal of a file that is something else than what can be read."""
    return Misuse(
        _("This is {what}; no form can be read from it.").format(what=_(what)), "", _(mend)
    )


def text_in(content: bytes) -> str:
    """The text of a file, in whatever encoding mail programs and editors save texts.

    *Raises* Misuse for what is no text.
    """
    encoding = "utf-16" if content.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    text = _decoded(content, encoding) or _decoded(content, "cp1252")
    if text is None or any(mark < " " and mark not in "\t\n\r\f" for mark in text):
        raise refused(N_("a file of an unknown kind"), _FILL)
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _decoded(content: bytes, encoding: str) -> str | None:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError:
        return None
