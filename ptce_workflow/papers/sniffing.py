"""What a file is, by what it holds: its name tells nothing."""

from __future__ import annotations

import re
from io import BytesIO
from typing import Literal
from zipfile import ZipFile

from ptce_workflow.base.errors import Misuse
from ptce_workflow.base.words import N_, _
from ptce_workflow.mail.incoming import decoded, is_mail
from ptce_workflow.papers.files import ARCHIVE, unfolded

Kind = Literal["docx", "odt", "xlsx", "ods", "message", "text"]

_OPEN_DOCUMENT: dict[bytes, Kind] = {
    b"application/vnd.oasis.opendocument.text": "odt",
    b"application/vnd.oasis.opendocument.spreadsheet": "ods",
}
_OFFICE: dict[str, Kind] = {"word/document.xml": "docx", "xl/workbook.xml": "xlsx"}
_LOCKED = N_("a document that is protected by a password")
_PACKED = N_("an archive")
_BEGINNINGS = {
    rb"\xd0\xcf\x11\xe0.*E\0n\0c\0r\0y\0p\0t\0e\0d\0P\0a\0c\0k\0a\0g\0e": _LOCKED,
    rb"\xd0\xcf\x11\xe0": N_("a file in an old format (.doc, .xls) or a message of Outlook (.msg)"),
    rb".{0,1024}%PDF-": N_("a PDF"),
    rb"\{\\rtf": N_("a document in RTF"),
    rb"\x89PNG|\xff\xd8\xff|GIF8|II\*\0|MM\0\*|RIFF.{4}WEBP|.{4}ftyp": N_("a picture"),
    rb"7z\xbc\xaf|Rar!|\x1f\x8b|PK[\x05\x07]": _PACKED,
    rb"\x78\x9f\x3e\x22": N_("an envelope of Outlook (winmail.dat)"),
    rb"From \S+ +\w{3} \w{3} ": N_("a box of mails"),
    rb"(?i)(?:\xef\xbb\xbf)?\s*<(?:!doctype|html|\?xml)": N_("a web page, or a file in XML"),
}
"""What cannot be read begins like that, the most telling first."""


def kind_of(content: bytes) -> Kind:
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
    for beginning, what in _BEGINNINGS.items():
        if re.match(beginning, content, re.DOTALL):
            raise _refused(what)
    text_in(content)
    return "text"


def _archived(content: bytes) -> Kind:
    with ZipFile(BytesIO(content)) as archive:
        names = archive.namelist()
        mimetype, manifest = (
            unfolded(archive, archive.getinfo(name)) if name in names else b""
            for name in ("mimetype", "META-INF/manifest.xml")
        )
    if b"encryption-data" in manifest:
        raise _refused(_LOCKED)
    for part, office in _OFFICE.items():
        if part in names:
            return office
    if kind := _OPEN_DOCUMENT.get(mimetype.strip()):
        return kind
    raise _refused(_PACKED)


def _refused(what: str) -> Misuse:
    return Misuse(
        _("This is {what}; no form can be read from it.").format(what=_(what)),
        "",
        _("Have it saved as .docx, .odt, .xlsx or .ods without a password; a mail, as .eml."),
    )


def text_in(content: bytes) -> str:
    """The text of a file, in whatever encoding mail programs and editors save texts.

    *Raises* Misuse for what is no text.
    """
    is_wide = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    text = decoded(content, "utf-16" if is_wide else "utf-8-sig")
    if re.search(r"[^\t\n\f\r -\U0010ffff]", text):
        raise _refused(N_("a file of an unknown kind"))
    return re.sub("\r\n?", "\n", text)
