"""A returned form opened by a child process, as blocks: lines, boxes, tables.

The content of a control counts as the words around it do, its name never. What is hidden, deleted
by a tracked change, or a comment is no word of the form.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from io import BytesIO
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Literal
from zipfile import ZipFile

import msgspec
from defusedxml.ElementTree import fromstring
from msgspec import Struct
from msgspec.structs import force_setattr

from ptce_workflow.base.errors import Misuse
from ptce_workflow.base.runtime import MOST_MEMORY, MOST_SECONDS, Child, ChildLost
from ptce_workflow.base.words import _, one_line
from ptce_workflow.mail.incoming import Incoming, incoming
from ptce_workflow.office.files import PROPERTIES, Kind, kind_of, of_file, sound_archive, text_in
from ptce_workflow.office.form import (
    MOST_REPEATED,
    ODF_OFFICE,
    ODF_STYLE,
    ODF_TABLE,
    ODF_TEXT,
    CellValue,
    SheetPage,
    pages_of_ods,
    workbook_of,
)

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element


# What word processors leave in a text, and nobody sees; signs of Wingdings as plain ones.
_UNSEEN = str.maketrans(
    {
        **dict.fromkeys("\u200b\u2060\ufeff\u00ad\u200e\u200f", None),
        **dict.fromkeys("\u2028\x0b\x0c", " "),
        **dict.fromkeys("\uf0fe\uf078", "☒"),
        **dict.fromkeys("\uf0a8\uf06f", "☐"),
        "\uf0fc": "✔",
        "\uf0b7": "•",
    }
)


class FormLine(Struct, frozen=True, tag="line"):
    """A line as people see it, without what is struck out.

    `marked` is what is highlighted, underlined or bold in it. `key` is the name of the question
    that it puts, where a hidden cell of a workbook gives one.
    """

    text: str
    marked: str = ""
    key: str = ""

    def __post_init__(self) -> None:
        if not self.text.isascii():
            force_setattr(self, "text", self.text.translate(_UNSEEN))


class Box(Struct, frozen=True, tag="box"):
    """A cell to answer in: the only one of its table, or the one beside a label."""

    lines: tuple[FormLine, ...]


class FormTable(Struct, frozen=True, tag="table"):
    """Rows of cells, each of several lines; what a merged cell covers is empty cells."""

    rows: tuple[tuple[tuple[FormLine, ...], ...], ...]


Block = FormLine | Box | FormTable


class FormDocument(Struct, frozen=True):
    """What a form holds, in its order, and the words that may hold its stamp, the surest last."""

    kind: Literal["docx", "odt", "xlsx", "ods", "text"]
    blocks: tuple[Block, ...]
    stamp_text: str = ""


_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_W14 = "{http://schemas.microsoft.com/office/word/2010/wordml}"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_WRAPPERS = {_W + tag for tag in ("ins", "moveTo", "customXml", "smartTag", "sdtContent")}
_UNREAD = {_W + tag for tag in ("del", "moveFrom", "instrText", "delText", "pPr")} | {_FALLBACK}
_ALONE = {_W + "br": "\n", _W + "cr": "\n", _W + "tab": "\t", _W + "noBreakHyphen": "-"}
# Of Wingdings, by the code that Word gives the sign.
_SYMBOLS: Mapping[str, str] = {
    **dict.fromkeys(("F0FE", "F078", "F053", "F0FD"), "☒"),
    **dict.fromkeys(("F0A8", "F06F", "F071", "F072"), "☐"),
    "F0FC": "✔",
    "F0FB": "✗",
}
_WHITE = ("auto", "none", "", "FFFFFF", "transparent", "#ffffff")
"""How many times a cell that is written once may stand beside itself, or below."""

_Style = Literal["", "struck", "marked", "hidden"]
_Piece = tuple[str, _Style]


def blocks_of_text(text: str) -> FormDocument:
    """A plain text, such as the body of a mail; the marks of a quotation are taken off."""
    lines = (re.sub(r"^(?:> ?)+", "", line.rstrip(" \r")) for line in text.splitlines())
    return FormDocument("text", tuple(map(FormLine, lines)))


def blocks_of_docx(content: bytes) -> FormDocument:
    """A Word file (.docx) whose archive was found sound."""
    with ZipFile(BytesIO(content)) as archive:
        names = sorted(archive.namelist())
        feet = [name for name in names if re.fullmatch(r"word/footer\d*\.xml", name)]
        properties = [name for name in names if name == "docProps/core.xml"]
        around = [_all_text(fromstring(archive.read(name))) for name in (*feet, *properties)]
        body = fromstring(archive.read("word/document.xml")).find(_W + "body")
    hidden: list[str] = []
    blocks = () if body is None else tuple(_docx_blocks(body, hidden))
    return FormDocument("docx", blocks, "\n".join((*hidden, *around)))


def _docx_blocks(parent: Element, hidden: list[str]) -> Iterator[Block]:
    for child in _children(parent):
        if child.tag == _W + "p":
            yield from _lines(_word_pieces(child), hidden)
        elif child.tag == _W + "tbl":
            rows = [
                tuple(
                    cell
                    for element in _children(row, _W + "tc")
                    for cell in _word_cell(element, hidden)
                )
                for row in _children(child, _W + "tr")
                if row.find(f"{_W}trPr/{_W}del") is None
            ]
            yield from _table(rows)


def _children(parent: Element, only: str = "") -> Iterator[Element]:
    """Elements, also those in controls and insertions; a placeholder counts as empty."""
    for child in parent:
        if child.tag == _W + "sdt":
            content = child.find(_W + "sdtContent")
            inner = () if content is None else _children(content, only)
            is_blank = child.find(f"{_W}sdtPr/{_W}showingPlcHdr") is not None
            yield from (
                element.makeelement(element.tag, {}) if is_blank else element for element in inner
            )
        elif child.tag in _WRAPPERS:
            yield from _children(child, only)
        elif child.tag == only or not only:
            yield child


def _word_cell(cell: Element, hidden: list[str]) -> Iterator[tuple[FormLine, ...]]:
    """The cell, and an empty one for each that it covers beside or is covered by above."""
    merged = cell.find(f"{_W}tcPr/{_W}vMerge")
    span = cell.find(f"{_W}tcPr/{_W}gridSpan")
    is_covered = merged is not None and merged.get(_W + "val") != "restart"
    yield () if is_covered else tuple(lines_of(_docx_blocks(cell, hidden)))
    covered = int(span.get(_W + "val") or 1) - 1 if span is not None else 0
    yield from ((),) * min(covered, MOST_REPEATED)


def _word_pieces(element: Element, style: _Style = "") -> Iterator[_Piece]:
    tag = element.tag
    if tag in _UNREAD:
        return
    if tag == _W + "sdt":
        properties = element.find(_W + "sdtPr")
        box = None if properties is None else properties.find(f"{_W14}checkbox/{_W14}checked")
        if box is not None:
            yield ("☒" if box.get(_W14 + "val") in ("1", "true") else "☐"), style
        elif properties is None or properties.find(_W + "showingPlcHdr") is None:
            for content in element.findall(_W + "sdtContent"):
                yield from _word_pieces(content, style)
        return
    if tag == _W + "r":
        style = _word_style(element.find(_W + "rPr"))
    elif tag == _W + "t":
        yield element.text or "", style
    elif tag == _W + "sym":
        yield _SYMBOLS.get(element.get(_W + "char", "").upper(), ""), style
    elif tag in _ALONE:
        yield _ALONE[tag], style
    for number, child in enumerate(element):
        # A paragraph within a paragraph is one of a text box.
        if child.tag == _W + "p" and number:
            yield "\n", ""
        yield from _word_pieces(child, style)


def _word_style(properties: Element | None) -> _Style:
    if properties is None:
        return ""
    marks = {
        child.tag.removeprefix(_W): child.get(_W + ("fill" if child.tag == _W + "shd" else "val"))
        for child in properties
    }
    on = {name for name, value in marks.items() if value not in ("0", "false", "off", "none")}
    if on & {"vanish", "webHidden"}:
        return "hidden"
    if on & {"strike", "dstrike"}:
        return "struck"
    is_shaded = (marks.get("shd") or "") not in _WHITE
    return "marked" if is_shaded or on & {"b", "u", "highlight"} else ""


_FO = "{urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0}"
_LOEXT = "{urn:org:documentfoundation:names:experimental:office:xmlns:loext:1.0}"
_NO_WORDS = {
    ODF_TEXT + "tracked-changes",
    ODF_OFFICE + "annotation",
    ODF_TEXT + "note",
    ODF_OFFICE + "forms",
}
_ODT_ALONE = {ODF_TEXT + "tab": "\t", ODF_TEXT + "line-break": "\n"}
_BLANKS = re.compile("[ \t\r\n]+")
"""What a text of LibreOffice writes for one blank; a no-break one is another."""
_ROW_GROUPS = {ODF_TABLE + f"table-{name}" for name in ("header-rows", "rows", "row-group")}
_PARAGRAPHS = {ODF_TEXT + "p", ODF_TEXT + "h"}


def blocks_of_odt(content: bytes) -> FormDocument:
    """A text of LibreOffice (.odt) whose archive was found sound."""
    with ZipFile(BytesIO(content)) as archive:
        names = archive.namelist()
        parts = {
            name: fromstring(archive.read(f"{name}.xml"))
            for name in ("content", "styles", "meta")
            if f"{name}.xml" in names
        }
    around = [
        _all_text(element)
        for name, tag in (("styles", ODF_STYLE + "footer"), ("meta", ODF_OFFICE + "meta"))
        if name in parts
        for element in parts[name].iter(tag)
    ]
    reader = _OdtReader(parts["content"])
    body = parts["content"].find(f"{ODF_OFFICE}body/{ODF_OFFICE}text")
    blocks = () if body is None else tuple(reader.blocks(body))
    return FormDocument("odt", blocks, "\n".join((*reader.hidden, *around)))


class _OdtReader:
    def __init__(self, content: Element) -> None:
        self.hidden: list[str] = []
        self._styles = {
            style.get(ODF_STYLE + "name", ""): _odt_style(style.find(ODF_STYLE + "text-properties"))
            for style in content.iter(ODF_STYLE + "style")
            if style.get(ODF_STYLE + "family") in ("text", "paragraph")
        }

    def blocks(self, parent: Element) -> Iterator[Block]:
        for child in parent:
            if child.tag in _PARAGRAPHS:
                yield from _lines(self._pieces(child), self.hidden)
            elif child.tag == ODF_TABLE + "table":
                yield from _table([self._row(row) for row in _odt_rows(child)])
            elif child.tag not in _NO_WORDS:
                yield from self.blocks(child)

    def _row(self, row: Element) -> tuple[tuple[FormLine, ...], ...]:
        cells: list[tuple[FormLine, ...]] = []
        for cell in row:
            if cell.tag in (ODF_TABLE + "table-cell", ODF_TABLE + "covered-table-cell"):
                times = int(cell.get(ODF_TABLE + "number-columns-repeated") or 1)
                cells += [tuple(lines_of(self.blocks(cell)))] * min(times, MOST_REPEATED)
        return tuple(cells)

    def _pieces(self, element: Element, style: _Style = "") -> Iterator[_Piece]:
        style = self._styles.get(element.get(ODF_TEXT + "style-name", ""), "") or style
        if element.text:
            yield _BLANKS.sub(" ", element.text), style
        for child in element:
            if child.tag == ODF_TEXT + "s":
                yield " " * min(int(child.get(ODF_TEXT + "c") or 1), MOST_REPEATED), style
            elif child.tag in _ODT_ALONE:
                yield _ODT_ALONE[child.tag], style
            elif child.get(_LOEXT + "showing-place-holder") != "true" and (
                child.tag not in _NO_WORDS
            ):
                if child.tag in _PARAGRAPHS:
                    yield "\n", ""
                yield from self._pieces(child, style)
            if child.tail:
                yield _BLANKS.sub(" ", child.tail), style


def _odt_rows(table: Element) -> Iterator[Element]:
    """The rows of a table; those of a table within a cell are that table's own."""
    for child in table:
        if child.tag == ODF_TABLE + "table-row":
            yield child
        elif child.tag in _ROW_GROUPS:
            yield from _odt_rows(child)


def _odt_style(properties: Element | None) -> _Style:
    if properties is None:
        return ""
    if properties.get(ODF_TEXT + "display") == "none":
        return "hidden"
    if properties.get(ODF_STYLE + "text-line-through-style", "none") != "none":
        return "struck"
    marks = (
        properties.get(_FO + "background-color", "none") not in _WHITE,
        properties.get(ODF_STYLE + "text-underline-style", "none") != "none",
        properties.get(_FO + "font-weight") == "bold",
    )
    return "marked" if any(marks) else ""


def lines_of(blocks: Iterable[Block]) -> Iterator[FormLine]:
    for block in blocks:
        match block:
            case FormLine():
                yield block
            case Box(lines):
                yield from lines
            case FormTable(rows):
                yield from (line for row in rows for cell in row for line in cell)


def _lines(pieces: Iterator[_Piece], hidden: list[str]) -> Iterator[FormLine]:
    """The lines of a paragraph; those that are hidden apart, for a stamp may stand there."""
    parts: list[list[_Piece]] = [[]]
    for text, style in pieces:
        first, *more = text.split("\n")
        parts[-1].append((first, style))
        parts += [[(piece, style)] for piece in more]
    for part in parts:
        shown, marked, unseen = (
            "".join(text for text, style in part if style in styles)
            for styles in (("", "marked"), ("marked",), ("hidden",))
        )
        if unseen:
            hidden.append(unseen)
        if shown or not unseen:
            yield FormLine(shown, marked)


def _table(rows: list[tuple[tuple[FormLine, ...], ...]]) -> Iterator[Block]:
    if [len(row) for row in rows] == [1]:
        yield Box(rows[0][0])
    elif rows:
        yield FormTable(tuple(rows))


def _all_text(element: Element) -> str:
    return " ".join("".join(element.itertext()).split())


_KEY = re.compile(r"[a-z][a-z0-9_]*")
_NUMBERED = re.compile(r"\W*(\d{1,2})\s*[.):–-]")


def blocks_of_xlsx(content: bytes) -> FormDocument:
    """A form in a workbook (.xlsx); formulas count as the values that it keeps of them."""
    book = workbook_of("", content, formulas=True)
    return FormDocument("xlsx", _in_order(book.pages), "\n".join(book.stamp.values()))


def _in_order(pages: Sequence[SheetPage]) -> tuple[Block, ...]:
    """The blocks of all sheets; a table stands on its own, and goes where its question comes."""
    numbered: list[tuple[int, int, Block]] = []
    for place, page in enumerate(pages):
        number = 0
        for block in _blocks(page):
            start = _NUMBERED.match(block.text) if isinstance(block, FormLine) else None
            number = int(start[1]) if start else number
            numbered.append((number, place, block))
    return tuple(block for _number, _place, block in sorted(numbered, key=itemgetter(0, 1)))


def _blocks(page: SheetPage) -> Iterator[Block]:
    """The blocks of a sheet: one of questions with their answers beside them, or a table."""
    rows = list(_rows(page))
    asking = [cells for key, cells in rows if key or (cells and _NUMBERED.match(cells[0][1]))]
    if len(asking) > 1 or any(len(cells) > 1 for cells in asking):
        for key, cells in rows:
            yield from _question(key, [text for _column, text in cells])
        return
    heading = next((at for at, (_key, cells) in enumerate(rows) if len(cells) > 1), len(rows))
    for key, cells in rows[:heading]:
        yield FormLine(" ".join(text for _column, text in cells), key=key)
    table = [dict(cells) for _key, cells in rows[heading:]]
    columns = sorted({column for row in table for column in row})
    lines = (tuple(_text_lines(row.get(one, "")) for one in columns) for row in table)
    if table:
        yield FormTable(tuple(lines))


def _question(key: str, texts: Sequence[str]) -> Iterator[Block]:
    label, *answers = texts or [""]
    if answers and not (key or _NUMBERED.match(label)):
        # An answer that is offered, and the mark beside it.
        yield FormLine(f"{' '.join(answers)} {label}")
        return
    yield FormLine(label, key=key)
    if answers:
        yield Box(_text_lines("\n".join(answers)))


def _rows(page: SheetPage) -> Iterator[tuple[str, list[tuple[int, str]]]]:
    """The name in the hidden column of each row that holds anything, and its other cells."""
    is_keyed = all(
        _KEY.fullmatch(str(value)) for (_row, column), value in page.cells.items() if column == 1
    )
    for _row, row in groupby(sorted(page.cells.items()), key=lambda cell: cell[0][0]):
        cells = [(column, _text(value)) for (_row, column), value in row]
        key = cells.pop(0)[1] if is_keyed and cells[0][0] == 1 else ""
        yield key, cells


def _text_lines(text: str) -> tuple[FormLine, ...]:
    return tuple(map(FormLine, text.splitlines()))


def _text(value: CellValue) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return str(value).removesuffix(" 00:00:00") if isinstance(value, datetime) else str(value)


_DEEPEST = 5
_LONGEST_NAME = 80


class OpenedFile(Struct, frozen=True):
    """A file that was opened: what it holds, or why it cannot be read.

    `name` is fit to be shown, never to be used as a path. The `document` of a message is its text;
    what is attached to it stands in `pieces` alone.
    """

    name: str
    kind: Kind | None = None
    document: FormDocument | None = None
    message: Incoming | None = None
    pieces: tuple[OpenedFile, ...] = ()
    problem: Misuse | None = None


class FileReader(Child):
    def __init__(self, *, memory: int = MOST_MEMORY, seconds: float = MOST_SECONDS) -> None:
        super().__init__(opened, memory=memory, seconds=seconds)

    def __enter__(self) -> FileReader:
        return self

    def open(self, name: str, content: bytes) -> OpenedFile:
        """Raises: Misuse for an unreadable file; pieces of a message have a `problem`."""
        label = display_name(name)
        try:
            answer: OpenedFile = self.ask(label, content)
        except ChildLost:
            why = _("Reading it took more memory or time than any form does.")
            lost = Misuse(_("This file cannot be read."), why, _save_again())
            answer = OpenedFile(label, problem=lost)
        if answer.problem is not None:
            raise of_file(answer.name, answer.problem)
        return answer


def opened(name: str, content: bytes, depth: int = 0) -> OpenedFile:
    """A file opened in this very process: whoever asks must be able to lose it (`FileReader`)."""
    label = display_name(name)
    try:
        kind = kind_of(content)
        match kind:
            case "message" if depth < _DEEPEST:
                return _message(label, content, depth)
            case "docx":
                document = blocks_of_docx(_sound(content))
            case "odt":
                document = blocks_of_odt(_sound(content))
            case "xlsx":
                document = blocks_of_xlsx(content)
            case "ods":
                pages, names = pages_of_ods(_sound(content))
                document = FormDocument("ods", _in_order(pages), "\n".join(names.values()))
            case _:
                document = blocks_of_text(text_in(content))
        return OpenedFile(label, kind, document)
    except Misuse as error:
        return OpenedFile(label, problem=error)
    except MemoryError:
        raise
    except Exception:
        # A damaged file fails anywhere: in the archive, in XML, in a number, in a missing part.
        damage = Misuse(_("This file is damaged, or cut off."), mend=_save_again())
        return OpenedFile(label, problem=damage)


def _message(name: str, content: bytes, depth: int) -> OpenedFile:
    mail = incoming(content)
    pieces = tuple(opened(piece.name, piece.content, depth + 1) for piece in mail.pieces)
    message = msgspec.structs.replace(mail, pieces=())
    return OpenedFile(name, "message", blocks_of_text(mail.text), message, pieces)


def _sound(content: bytes) -> bytes:
    return sound_archive(content, PROPERTIES).getvalue()


def _save_again() -> str:
    return _("Open it in the office program and save it again, as .docx or .xlsx.")


def display_name(name: str) -> str:
    """A name that a sender gave a file, as it can be shown: without folders and unseen signs."""
    return one_line(re.split(r"[/\\]", name)[-1], at_most=_LONGEST_NAME) or "?"
