"""Files that people hand over: their kind by content, archives read with care.

What would cost memory or reach outside is refused: archives that unfold, XML that declares
entities. No form needs either. What is written gives the same bytes for the same content.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import datetime
from io import BytesIO
from pathlib import Path
from posixpath import normpath
from typing import Literal, cast, get_args
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from ptce_workflow.base.errors import Misuse, refusal_of, shown
from ptce_workflow.base.words import N_, _
from ptce_workflow.mail.incoming import decoded, is_mail
from ptce_workflow.process.fields.text import MEGABYTE

LARGEST_MB = 5


def read_text(path: Path) -> str:
    """Raises: Misuse for a file that is missing, too large, empty, or no text in UTF-8."""
    try:
        return text_of(content_of(path))
    except Misuse as error:
        raise of_file(path, error) from None


def content_of(path: Path, max_mb: int = LARGEST_MB) -> bytes:
    """Raises: Misuse for a file that is missing, not plain, too large, or not readable."""
    limit = max_mb * MEGABYTE
    try:
        if not path.exists():
            raise Misuse(_("There is no such file."))
        if not path.is_file():
            raise Misuse(_("This is a folder, or no plain file."))
        size = path.stat().st_size
        if size <= limit:
            with path.open("rb") as stream:
                content = stream.read(limit + 1)
            size = len(content)
    except OSError as error:
        why = _("The system says: {reason}.").format(reason=refusal_of(error))
        raise Misuse(_("The file cannot be opened."), why) from None
    _refuse_large(size, max_mb)
    return content


def _refuse_large(size: int, max_mb: int) -> None:
    if size > max_mb * MEGABYTE:
        what = _("The file has {size} megabytes.").format(size=-(-size // MEGABYTE))
        raise Misuse(what, _("{limit} are accepted at most.").format(limit=max_mb))


def content_typed(path: Path) -> bytes:
    """The bytes of any file named on the command line. Raises: Misuse, which names it."""
    try:
        return content_of(path, LARGEST_CONTENT_MB)
    except Misuse as error:
        raise of_file(path, error) from None


def text_of(content: bytes, program: str = "") -> str:
    """Text in UTF-8; `program` says how to save it again. Raises: Misuse for anything else."""
    mend = program or _("In the editor, save it again with the encoding UTF-8.")
    if content.startswith((b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")):
        raise Misuse(_("The file is not in UTF-8."), mend=mend)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        what = _("The file is not in UTF-8 at line {line}.").format(line=line)
        raise Misuse(what, mend=mend) from None
    if "\0" in text:
        raise Misuse(_("This is not a text: it holds NUL characters."))
    if not text.strip():
        raise Misuse(_("The file is empty."))
    return text


def of_file(path: Path | str, error: Misuse) -> Misuse:
    what = _("{file}: {problem}").format(file=path, problem=error.what)
    return Misuse(what, error.why, error.mend)


LARGEST_CONTENT_MB = 50
LARGEST_PIECE_MB = 20
LARGEST_TEXT_MB = 5
MOST_ENTRIES = 1_000
LARGEST_RATIO = 200
ARCHIVE = b"PK\x03\x04"
"""The first bytes of an archive: what stands before them would be another file for others."""

_UNREAD = ("docProps/", "customXml/", "xl/theme/", "word/theme/")
"""The parts that nothing is read of, and that a reader might stumble over."""
PROPERTIES = "docProps/core.xml"
"""The part of a document with its title, its author and the like."""
_TEXTS = ("word/document.xml", "content.xml")
_MACROS = re.compile(r"(?:.*/)?vbaProject\.bin|(?:Basic|Scripts)/.+", re.IGNORECASE)
_OLE, _ENTRY = b"\xd0\xcf\x11\xe0", b"PK\x01\x02"
_VBA = re.compile(rb"V\0B\0A\0_\0P\0R\0O\0J\0E\0C\0T|M\0a\0c\0r\0o\0s\0")
# Windows, Unix, macOS, Java, Android; a shortcut; a script that names its interpreter.
_PROGRAM = re.compile(
    rb"MZ|\x7fELF|[\xce\xcf]\xfa\xed\xfe|\xca\xfe\xba\xbe|dex\n|L\0\0\0\x01\x14\x02\0|#!"
)
_RUNS = re.compile(
    r"(?i)\.(?:exe|com|scr|pif|dll|cpl|msi|msp|jar|apk|app|lnk|url|reg|iso|img|vhdx?|chm|one|hta"
    r"|bat|cmd|ps1|psm1|vbs?|vbe|jse?|mjs|wsf|wsh|sh|command|py|pl|rb|xll|xlam|ppam)[\s.]*$"
)
"""The names of what runs at a click: scripts are texts, which no first byte tells."""
_HEAD = 4_096
"""The bytes in which a part says what it is."""
_DECLARED = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_ENCODING = re.compile(rb"""\A\s*<\?xml[^>]*encoding\s*=\s*["']([^"']*)["']""")
_FIRST_YEAR = 1980
"""Archives know no earlier one."""


def steady(
    archive: bytes, at: datetime, properties: Callable[[bytes], bytes] = lambda content: content
) -> bytes:
    """The archive with every entry dated `at`, so that its bytes hang on its content alone."""
    moment = at.timetuple()[:6] if at.year >= _FIRST_YEAR else (_FIRST_YEAR, 1, 1, 0, 0, 0)
    written = BytesIO()
    with ZipFile(BytesIO(archive)) as source, ZipFile(written, "w", ZIP_DEFLATED) as target:
        for entry in source.infolist():
            info = ZipInfo(entry.filename, moment)
            info.compress_type = ZIP_DEFLATED
            info.external_attr = 0o600 << 16
            content = source.read(entry)
            target.writestr(info, properties(content) if info.filename == PROPERTIES else content)
    return written.getvalue()


def sound_archive(content: bytes, *keep: str) -> BytesIO:
    """The XML parts of an office file, in a new archive. Raises: Misuse, BadZipFile."""
    if not content.startswith(ARCHIVE):
        raise BadZipFile
    sound = BytesIO()
    with ZipFile(BytesIO(content)) as archive, ZipFile(sound, "w") as copy:
        entries = archive.infolist()
        _refuse_size(entries, len(content))
        # Of two parts of one name, as any program may see names, each would read another one.
        names: set[str] = set()
        for entry in entries:
            name = normpath(entry.filename.replace("\\", "/")).lstrip("/").lower()
            if name in names:
                what = _("This file holds a part twice: {name}.").format(name=shown(entry.filename))
                why = _("What one program shows of it need not be what another one reads.")
                raise Misuse(what, why, _afresh())
            names.add(name)
        _refuse_macros(archive.namelist())
        for entry in entries:
            name = entry.filename
            is_read = name in keep or not name.startswith(_UNREAD)
            if is_read and name.endswith((".xml", ".rels")):
                part = unfolded(archive, entry)
                _refuse_declarations(part)
                _refuse_strictness(part)
                copy.writestr(ZipInfo(name), part)
    return sound


def unfolded(archive: ZipFile, entry: ZipInfo) -> bytes:
    largest = LARGEST_CONTENT_MB * MEGABYTE
    if entry.compress_type not in (ZIP_STORED, ZIP_DEFLATED) or entry.file_size > largest:
        raise BadZipFile
    with archive.open(entry) as stream:
        return stream.read(entry.file_size + 1)


def _refuse_size(entries: Sequence[ZipInfo], own: int) -> None:
    total = sum(entry.file_size for entry in entries)
    most = min(LARGEST_CONTENT_MB * MEGABYTE, max(MEGABYTE, LARGEST_RATIO * own))
    text = sum(entry.file_size for entry in entries if entry.filename in _TEXTS)
    if total > most or text > LARGEST_TEXT_MB * MEGABYTE or len(entries) > MOST_ENTRIES:
        why = _("{size} MB in {count} parts, from a file of {own} MB.")
        why = why.format(size=-(-total // MEGABYTE), count=len(entries), own=-(-own // MEGABYTE))
        raise Misuse(_("This file unfolds to much more than it should."), why, _afresh())


def _refuse_macros(names: Sequence[str]) -> None:
    """Refuses what would run in an office program, whatever the file calls itself."""
    if any(map(_MACROS.fullmatch, names)):
        what = _("This file holds macros: programs that run when it is opened.")
        why = _("A form needs none, and none is ever run here.")
        raise Misuse(what, why, _("Save it without macros, as .docx or .xlsx."))


def _refuse_declarations(part: bytes) -> None:
    """Refuses what could reach outside or unfold: no form needs DTD or entities."""
    match = _ENCODING.match(part.removeprefix(b"\xef\xbb\xbf"))
    encoding = match[1].decode("ascii", "replace").lower() if match else "utf-8"
    if _DECLARED.search(part) or b"\0" in part or encoding not in ("utf-8", "utf8", "us-ascii"):
        what = _("This file holds what no form needs (a document type or entities).")
        why = _("Such a file can be made to read other files, or to fill the memory.")
        raise Misuse(what, why, _afresh())


def _refuse_strictness(part: bytes) -> None:
    """Refuses the variant of the format whose names are others: nothing would be found."""
    if re.search(rb"http://purl\.oclc\.org/ooxml/(?:spreadsheet|wordprocessing)ml/", part[:_HEAD]):
        what = _("This file is in the strict variant of its format.")
        why = _("What it holds is written under other names than those that are read here.")
        raise Misuse(what, why, _("In the office program, save it as an ordinary .docx or .xlsx."))


def _afresh() -> str:
    return _("Copy what it holds into a fresh one.")


Kind = Literal["docx", "odt", "xlsx", "ods", "message", "text"]

_OPEN_DOCUMENT: dict[bytes, Kind] = {
    b"application/vnd.oasis.opendocument.text": "odt",
    b"application/vnd.oasis.opendocument.spreadsheet": "ods",
}
_LOCKED = N_("a document that is protected by a password")
_PACKED = N_("an archive")
_UNKNOWN = N_("a file of an unknown kind")
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
    """Raises: Misuse, with what to do, for a file that is no form and no message."""
    if not content.strip(b"\0 \t\r\n"):
        raise Misuse(_("The file is empty."))
    what = _described(content)
    if what not in get_args(Kind):
        raise _refused(what)
    return cast("Kind", what)


def kind_to_keep(content: bytes, name: str) -> str:
    """What a file is that came with a mail. Raises: Misuse for one that is not to be kept."""
    _refuse_large(len(content), LARGEST_PIECE_MB)
    names = [name]
    try:
        if content.startswith(ARCHIVE):
            names += _names_in(content)
        elif content.startswith(_OLE) and _VBA.search(content):
            names.append("vbaProject.bin")
        _refuse_macros(names)
        if _PROGRAM.match(content) or any(map(_RUNS.search, names)):
            raise Misuse(_("This is a program or a script, or an archive that holds one."))
        return _described(content)
    except BadZipFile:
        raise Misuse(_("This file is damaged, or cut off.")) from None


def _names_in(archive: bytes) -> list[str]:
    """The names in an archive, nothing else of which is read. Raises: Misuse, BadZipFile."""
    try:
        if archive.count(_ENTRY) > MOST_ENTRIES:
            raise BadZipFile
        with ZipFile(BytesIO(archive)) as opened:
            entries = opened.infolist()
    except Exception:  # whatever a damaged one leads to
        raise BadZipFile from None
    _refuse_size(entries, len(archive))
    return [entry.filename for entry in entries]


def _described(content: bytes) -> str:
    """The kind of a file; in words, where none can be read from it. Raises: BadZipFile."""
    if content.startswith(ARCHIVE):
        with ZipFile(BytesIO(content)) as archive:
            names = archive.namelist()
            mimetype, manifest = (
                unfolded(archive, archive.getinfo(name)) if name in names else b""
                for name in ("mimetype", "META-INF/manifest.xml")
            )
        if b"encryption-data" in manifest:
            return _LOCKED
        for part, office in {"word/document.xml": "docx", "xl/workbook.xml": "xlsx"}.items():
            if part in names:
                return office
        return _OPEN_DOCUMENT.get(mimetype.strip(), _PACKED)
    if is_mail(content):
        return "message"
    for beginning, what in _BEGINNINGS.items():
        if re.match(beginning, content, re.DOTALL):
            return what
    try:
        text_in(content)
    except Misuse:
        return _UNKNOWN
    return "text"


def _refused(what: str) -> Misuse:
    mend = _("Have it saved as .docx, .odt, .xlsx or .ods without a password; a mail, as .eml.")
    return Misuse(_("This is {what}; no form can be read from it.").format(what=_(what)), "", mend)


def text_in(content: bytes) -> str:
    """Decodes a text as mail programs and editors save them. Raises: Misuse for no text."""
    is_wide = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    text = decoded(content, "utf-16" if is_wide else "utf-8-sig")
    if re.search(r"[^\t\n\f\r -\U0010ffff]", text):
        raise _refused(_UNKNOWN)
    return re.sub("\r\n?", "\n", text)
