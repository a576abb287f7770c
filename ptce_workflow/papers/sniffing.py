"""What a file is, by what it holds: a name tells nothing, but one kind of text from another."""

from __future__ import annotations

import re
from contextlib import suppress
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
_OFFICE: dict[str, Kind] = {"word/document.xml": "docx", "xl/workbook.xml": "xlsx"}
_AS_DOCX = N_("In the program that wrote it, save it as .docx.")
_AS_XLSX = N_("In the spreadsheet program, save it as .xlsx.")
_FILL = N_("Have the form filled in and sent as .docx, .odt, .xlsx or .ods.")
_LOCKED = N_("a document that is protected by a password"), N_("Save it without a password.")
_PACKED = N_("an archive"), N_("Unpack it, and hand over its files one by one.")
_PARTS = {
    "xl/workbook.bin": (N_("a workbook in binary format (.xlsb)"), _AS_XLSX),
    "ppt/presentation.xml": (N_("a presentation"), _FILL),
    "Index/Document.iwa": (N_("a document of Pages, Numbers or Keynote"), _AS_DOCX),
}
_COMPOUND = r"\xd0\xcf\x11\xe0"
_BEGINNINGS = (
    (_COMPOUND + r".*E\0n\0c\0r\0y\0p\0t\0e\0d\0P\0a\0c\0k\0a\0g\0e", *_LOCKED),
    (_COMPOUND + r".*_\0_\0p\0r\0o\0p\0e\0r\0t\0i\0e\0s\0_\0v\0e\0r\0s\0i\0o\0n\0001",
     N_("a message of Outlook (.msg)"), N_("In the mail program, save it as .eml.")),
    (_COMPOUND + r".*W\0o\0r\0d\0D\0o\0c", N_("a document of an old Word (.doc)"), _AS_DOCX),
    (_COMPOUND + r".*W\0o\0r\0k\0b\0o\0o\0k", N_("a workbook of an old Excel (.xls)"), _AS_XLSX),
    (_COMPOUND, N_("a document of an old office program"), _AS_DOCX),
    (r".{0,1024}%PDF-", N_("a PDF"), _FILL),
    (r"\{\\rtf", N_("a document in RTF"), _AS_DOCX),
    (r"\x89PNG|\xff\xd8\xff|GIF8[79]a|II\*\0|MM\0\*|RIFF.{4}WEBP|.{4}ftyp(?:hei|mif|avi)"
     r"|BM.{4}\0{4}", N_("a picture"), _FILL),
    (r"MZ.{1,62}\0|\x7fELF|\xcf\xfa\xed\xfe|\xca\xfe\xba\xbe", N_("a program"),
     N_("Do not open it. Ask its sender for the form.")),
    (r"7z\xbc\xaf|Rar!|\x1f\x8b|\xfd7zXZ|BZh[1-9]1AY|PK[\x05\x07]", *_PACKED),
    (r"\x78\x9f\x3e\x22", N_("an envelope of Outlook (winmail.dat)"),
     N_("Ask its sender to send the form as an attachment in plain text or HTML.")),
    (r"(?i:\s*(?:<!doctype html|<html))", N_("a web page"), _AS_DOCX),
    (r"(?:\xef\xbb\xbf)?\s*<\?xml", N_("a file in XML"), _AS_DOCX),
)  # fmt: skip
"""What cannot be read begins like that, the most telling first: what it is, and what to do."""

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
    if is_mail(content):
        return "message"
    for beginning, what, mend in _BEGINNINGS:
        if re.match(beginning.encode("latin-1"), content, re.DOTALL):
            raise refused(what, mend)
    text = text_in(content)
    if name.lower().endswith(".csv"):
        raise refused(N_("a table in CSV"), _AS_XLSX)
    if text.lstrip().startswith("{") or name.lower().endswith(".json"):
        return "json"
    return "toml" if _TABLE.match(text) or name.lower().endswith(".toml") else "text"


def _archived(content: bytes) -> Kind:
    with ZipFile(BytesIO(content)) as archive:
        entries = {entry.filename: entry for entry in archive.infolist()}
        mimetype, manifest = (
            unfolded(archive, entries[name]) if name in entries else b""
            for name in ("mimetype", "META-INF/manifest.xml")
        )
    kind = _OPEN_DOCUMENT.get(mimetype.strip())
    if kind is not None:
        if b"encryption-data" in manifest:
            raise refused(*_LOCKED)
        return kind
    for part, office in _OFFICE.items():
        if part in entries:
            return office
    raise refused(*next((what for part, what in _PARTS.items() if part in entries), _PACKED))


def refused(what: str, mend: str) -> Misuse:
    """The refusal of a file that is something else than what can be read."""
    return Misuse(
        _("This is {what}; no form can be read from it.").format(what=_(what)), "", _(mend)
    )


def text_in(content: bytes) -> str:
    """The text of a file, in whatever encoding mail programs and editors save texts.

    *Raises* Misuse for what is no text.
    """
    first = "utf-16" if content.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    for encoding in (first, "cp1252"):
        with suppress(UnicodeDecodeError):
            text = content.decode(encoding)
            if not any(mark < " " and mark not in "\t\n\r\f" for mark in text):
                return text.replace("\r\n", "\n").replace("\r", "\n")
    raise refused(N_("a file of an unknown kind"), _FILL)
