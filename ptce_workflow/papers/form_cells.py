"""A form that came back as a workbook: its cells as the blocks that a form in Word is read by."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from io import BytesIO
from itertools import chain
from typing import TYPE_CHECKING, Literal
from zipfile import ZipFile

from defusedxml.ElementTree import fromstring

from ptce_workflow.base.text import STAMP
from ptce_workflow.base.words import _
from ptce_workflow.papers.files import unfolded
from ptce_workflow.papers.form_blocks import Block, Box, Document, Line, Table
from ptce_workflow.papers.reading import Page, Value, workbook_of

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_PROPERTIES = "docProps/custom.xml"
_KEY = re.compile(r"[a-z][a-z0-9_]*")
_NUMBERED = re.compile(r"\W*\d{1,2}\s*[.):–-]")
_MOST_DIGITS = 30
_MOST_REPEATED = 50
"""How many times a cell that is written once may stand beside itself, or below."""

_Cells = list[tuple[int, str]]


def blocks_of_xlsx(content: bytes) -> Document:
    """A form in a workbook (.xlsx); formulas are words that nobody computes."""
    book = workbook_of("", content, formulas=True)
    with ZipFile(BytesIO(content)) as archive:
        entries = [entry for entry in archive.infolist() if entry.filename == _PROPERTIES]
        around = [unfolded(archive, entry).decode("utf-8", "replace") for entry in entries]
    return _document(book.pages, "xlsx", [*around, *book.stamp.values()])


def blocks_of_ods(content: bytes) -> Document:
    """A form in a workbook of LibreOffice (.ods) whose archive was found sound."""
    with ZipFile(BytesIO(content)) as archive:
        root = fromstring(archive.read("content.xml"))
    pages = [
        Page(table.get(_TABLE + "name", ""), _ods_cells(table))
        for table in root.iter(_TABLE + "table")
    ]
    stamp = [str(cell) for page in pages if page.name == STAMP for cell in page.cells.values()]
    pages = [page for page in pages if page.name != STAMP]
    return _document(pages, "ods", stamp)


def _document(
    pages: Iterable[Page], kind: Literal["xlsx", "ods"], stamp: Iterable[str]
) -> Document:
    return Document(kind, tuple(chain.from_iterable(map(_blocks, pages))), "\n".join(stamp))


def _blocks(page: Page) -> Iterator[Block]:
    """The blocks of a sheet: one of questions with their answers beside them, or a table."""
    found = list(_rows(page))
    first = [text for cells in found for column, text in cells if column == 1]
    is_keyed = all(map(_KEY.fullmatch, first))
    rows = [_keyed(cells, is_keyed) for cells in found]
    if any(_asks(key, cells) for key, cells in rows):
        for key, cells in rows:
            yield from _question(key, cells)
        return
    heading = next((at for at, (_key, cells) in enumerate(rows) if len(cells) > 1), len(rows))
    for key, cells in rows[:heading]:
        yield Line(" ".join(text for _column, text in cells), key=key)
    columns = sorted({column for _key, cells in rows[heading:] for column, _text in cells})
    table = [dict(cells) for _key, cells in rows[heading:]]
    if table:
        yield Table(tuple(tuple(_lines(row.get(one, "")) for one in columns) for row in table))


def _asks(key: str, cells: _Cells) -> bool:
    """Is this a question with its answer beside it?"""
    return len(cells) > 1 and bool(key or _NUMBERED.match(cells[0][1]))


def _question(key: str, cells: _Cells) -> Iterator[Block]:
    label, *answers = (text for _column, text in cells or [(0, "")])
    if answers and not (key or _NUMBERED.match(label)):
        # An answer that is offered, and the mark beside it.
        yield Line(f"{' '.join(answers)} {label}")
        return
    yield Line(label, key=key)
    if answers:
        yield Box(tuple(line for text in answers for line in _lines(text)))


def _rows(page: Page) -> Iterator[_Cells]:
    """The cells of each row that holds any, by column."""
    rows: dict[int, _Cells] = {}
    for (row, column), value in sorted(page.cells.items()):
        rows.setdefault(row, []).append((column, _told(value)))
    yield from rows.values()


def _keyed(cells: _Cells, is_keyed: bool) -> tuple[str, _Cells]:
    """The name in the hidden column of a row, and its other cells; a number leads its label."""
    key = cells[0][1] if is_keyed and cells[0][0] == 1 else ""
    cells = cells[1:] if key else cells
    if len(cells) > 1 and cells[0][1].rstrip(".").isdecimal():
        (_column, number), (column, label), *rest = cells
        return key, [(column, f"{number.rstrip('.')}. {label}"), *rest]
    return key, cells


def _lines(text: str) -> tuple[Line, ...]:
    return tuple(map(Line, text.splitlines()))


def _told(value: Value) -> str:
    """A value as a person would write it."""
    match value:
        case bool():
            return _("yes") if value else _("no")
        case datetime() if value.time() == time():
            return value.date().isoformat()
        case datetime():
            return value.isoformat(" ", "minutes")
        case date():
            return value.isoformat()
        case Decimal():
            return format(value, "f")
    return str(value)


def _ods_cells(table: Element) -> Mapping[tuple[int, int], Value]:
    cells: dict[tuple[int, int], Value] = {}
    row = 0
    for line in table.iter(_TABLE + "table-row"):
        below, column = _times(line, "rows"), 0
        for cell in line:
            across, value = _times(cell, "columns"), _ods_value(cell)
            if value != "":
                for right in range(min(across, _MOST_REPEATED)):
                    for down in range(min(below, _MOST_REPEATED)):
                        cells[row + down + 1, column + right + 1] = value
            column += across
        row += below
    return cells


def _times(element: Element, what: str) -> int:
    return int(element.get(f"{_TABLE}number-{what}-repeated") or 1)


def _ods_value(cell: Element) -> Value:
    """The value of a cell as it was typed; "" for an empty one."""
    shown = "\n".join("".join(line.itertext()) for line in cell.findall(_TEXT + "p")).strip()
    if formula := cell.get(_TABLE + "formula"):
        return formula
    value = cell.get(_OFFICE + "value")
    if value is not None and (number := Decimal(value)).adjusted() < _MOST_DIGITS:
        return int(number) if number == number.to_integral_value() else number
    if (truth := cell.get(_OFFICE + "boolean-value")) is not None:
        return truth == "true"
    if (day := cell.get(_OFFICE + "date-value")) is not None:
        return datetime.fromisoformat(day)
    return shown
