"""A form that came back as a workbook: its cells as the blocks that a form in Word is read by."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from io import BytesIO
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING
from zipfile import ZipFile

from defusedxml.ElementTree import fromstring

from ptce_workflow.base.text import STAMP
from ptce_workflow.base.words import _
from ptce_workflow.papers.form_blocks import Block, Box, Document, Line, Table
from ptce_workflow.papers.reading import Page, Value, exact, workbook_of

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_STYLE = "{urn:oasis:names:tc:opendocument:xmlns:style:1.0}"
_KEY = re.compile(r"[a-z][a-z0-9_]*")
_NUMBERED = re.compile(r"\W*(\d{1,2})\s*[.):–-]")
_MOST_REPEATED = 50
"""How many times a cell that is written once may stand beside itself, or below."""


def blocks_of_xlsx(content: bytes) -> Document:
    """A form in a workbook (.xlsx); formulas count as the values that it keeps of them."""
    book = workbook_of("", content, formulas=True)
    return Document("xlsx", _in_order(book.pages), "\n".join(book.stamp.values()))


def blocks_of_ods(content: bytes) -> Document:
    """A form in a workbook of LibreOffice (.ods) whose archive was found sound."""
    with ZipFile(BytesIO(content)) as archive:
        root = fromstring(archive.read("content.xml"))
    hidden = {
        style.get(_STYLE + "name")
        for style in root.iter(_STYLE + "style")
        if style.find(f"{_STYLE}table-properties[@{_TABLE}display='false']") is not None
    }
    visible, stamp = [], ""
    for table in root.iter(_TABLE + "table"):
        page = Page(table.get(_TABLE + "name", ""), dict(_ods_cells(table)))
        if page.name == STAMP:
            stamp = "\n".join(map(str, page.cells.values()))
        elif table.get(_TABLE + "style-name") not in hidden:
            visible.append(page)
    return Document("ods", _in_order(visible), stamp)


def _in_order(pages: Sequence[Page]) -> tuple[Block, ...]:
    """The blocks of all sheets; a table stands on its own, and goes where its question comes."""
    numbered: list[tuple[int, int, Block]] = []
    for place, page in enumerate(pages):
        number = 0
        for block in _blocks(page):
            start = _NUMBERED.match(block.text) if isinstance(block, Line) else None
            number = int(start[1]) if start else number
            numbered.append((number, place, block))
    return tuple(block for _number, _place, block in sorted(numbered, key=itemgetter(0, 1)))


def _blocks(page: Page) -> Iterator[Block]:
    """The blocks of a sheet: one of questions with their answers beside them, or a table."""
    rows = list(_rows(page))
    asking = [cells for key, cells in rows if key or (cells and _NUMBERED.match(cells[0][1]))]
    if len(asking) > 1 or any(len(cells) > 1 for cells in asking):
        for key, cells in rows:
            yield from _question(key, [text for _column, text in cells])
        return
    heading = next((at for at, (_key, cells) in enumerate(rows) if len(cells) > 1), len(rows))
    for key, cells in rows[:heading]:
        yield Line(" ".join(text for _column, text in cells), key=key)
    table = [dict(cells) for _key, cells in rows[heading:]]
    columns = sorted({column for row in table for column in row})
    if table:
        yield Table(tuple(tuple(_lines(row.get(one, "")) for one in columns) for row in table))


def _question(key: str, texts: Sequence[str]) -> Iterator[Block]:
    label, *answers = texts or [""]
    if answers and not (key or _NUMBERED.match(label)):
        # An answer that is offered, and the mark beside it.
        yield Line(f"{' '.join(answers)} {label}")
        return
    yield Line(label, key=key)
    if answers:
        yield Box(_lines("\n".join(answers)))


def _rows(page: Page) -> Iterator[tuple[str, list[tuple[int, str]]]]:
    """The name in the hidden column of each row that holds anything, and its other cells."""
    is_keyed = all(
        _KEY.fullmatch(str(value)) for (_row, column), value in page.cells.items() if column == 1
    )
    for _row, row in groupby(sorted(page.cells.items()), key=lambda cell: cell[0][0]):
        cells = [(column, _text(value)) for (_row, column), value in row]
        key = cells.pop(0)[1] if is_keyed and cells[0][0] == 1 else ""
        yield key, cells


def _lines(text: str) -> tuple[Line, ...]:
    return tuple(map(Line, text.splitlines()))


def _text(value: Value) -> str:
    """A value as a person would write it."""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return str(value).removesuffix(" 00:00:00") if isinstance(value, datetime) else str(value)


def _ods_cells(table: Element) -> Iterator[tuple[tuple[int, int], Value]]:
    row = 0
    for line in table.iter(_TABLE + "table-row"):
        below, column = _times(line, "rows"), 0
        for cell in line:
            across, value = _times(cell, "columns"), _ods_value(cell)
            for right in range(min(across, _MOST_REPEATED) if value != "" else 0):
                for down in range(min(below, _MOST_REPEATED)):
                    yield (row + down + 1, column + right + 1), value
            column += across
        row += below


def _times(element: Element, what: str) -> int:
    return int(element.get(f"{_TABLE}number-{what}-repeated") or 1)


def _ods_value(cell: Element) -> Value:
    """The value of a cell; the words of a formula that has none; "" for an empty cell."""
    if number := cell.get(_OFFICE + "value"):
        return exact(float(number))
    if truth := cell.get(_OFFICE + "boolean-value"):
        return truth == "true"
    if day := cell.get(_OFFICE + "date-value"):
        return datetime.fromisoformat(day)
    text = "\n".join("".join(line.itertext()) for line in cell.findall(_TEXT + "p")).strip()
    return text or cell.get(_TABLE + "formula", "")
