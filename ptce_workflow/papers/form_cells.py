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
from ptce_workflow.papers.form_blocks import (
    MOST_REPEATED,
    ODF_OFFICE,
    ODF_STYLE,
    ODF_TABLE,
    ODF_TEXT,
    Block,
    Box,
    FormDocument,
    FormLine,
    FormTable,
)
from ptce_workflow.papers.reading import CellValue, SheetPage, exact, workbook_of

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_KEY = re.compile(r"[a-z][a-z0-9_]*")
_NUMBERED = re.compile(r"\W*(\d{1,2})\s*[.):–-]")


def blocks_of_xlsx(content: bytes) -> FormDocument:
    """A form in a workbook (.xlsx); formulas count as the values that it keeps of them."""
    book = workbook_of("", content, formulas=True)
    return FormDocument("xlsx", _in_order(book.pages), "\n".join(book.stamp.values()))


def blocks_of_ods(content: bytes) -> FormDocument:
    """A form in a workbook of LibreOffice (.ods) whose archive was found sound."""
    with ZipFile(BytesIO(content)) as archive:
        root = fromstring(archive.read("content.xml"))
    hidden = {
        style.get(ODF_STYLE + "name")
        for style in root.iter(ODF_STYLE + "style")
        if style.find(f"{ODF_STYLE}table-properties[@{ODF_TABLE}display='false']") is not None
    }
    visible, stamp = [], ""
    for table in root.iter(ODF_TABLE + "table"):
        page = SheetPage(table.get(ODF_TABLE + "name", ""), dict(_ods_cells(table)))
        if page.name == STAMP:
            stamp = "\n".join(map(str, page.cells.values()))
        elif table.get(ODF_TABLE + "style-name") not in hidden:
            visible.append(page)
    return FormDocument("ods", _in_order(visible), stamp)


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
    if table:
        yield FormTable(
            tuple(tuple(_text_lines(row.get(one, "")) for one in columns) for row in table)
        )


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
    """A value as a person would write it."""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return str(value).removesuffix(" 00:00:00") if isinstance(value, datetime) else str(value)


def _ods_cells(table: Element) -> Iterator[tuple[tuple[int, int], CellValue]]:
    row = 0
    for line in table.iter(ODF_TABLE + "table-row"):
        below, column = _times(line, "rows"), 0
        for cell in line:
            across, value = _times(cell, "columns"), _ods_value(cell)
            for right in range(min(across, MOST_REPEATED) if value != "" else 0):
                for down in range(min(below, MOST_REPEATED)):
                    yield (row + down + 1, column + right + 1), value
            column += across
        row += below


def _times(element: Element, what: str) -> int:
    return int(element.get(f"{ODF_TABLE}number-{what}-repeated") or 1)


def _ods_value(cell: Element) -> CellValue:
    """The value of a cell; the words of a formula that has none; "" for an empty cell."""
    if number := cell.get(ODF_OFFICE + "value"):
        return exact(float(number))
    if truth := cell.get(ODF_OFFICE + "boolean-value"):
        return truth == "true"
    if day := cell.get(ODF_OFFICE + "date-value"):
        return datetime.fromisoformat(day)
    text = "\n".join("".join(line.itertext()) for line in cell.findall(ODF_TEXT + "p")).strip()
    return text or cell.get(ODF_TABLE + "formula", "")
