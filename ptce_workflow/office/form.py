"""Reads a workbook, or the same as CSV, that came back filled in: values by cell, nothing run.

What would cost memory, reach outside or hide a computation is refused before it is looked at:
archives that unfold, documents that declare entities, formulas.
"""

from __future__ import annotations

import csv
import re
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache
from io import BytesIO, StringIO
from itertools import islice
from pathlib import Path
from typing import Any

from ptce_workflow.base.errors import Misuse
from ptce_workflow.base.text import STAMP, TABLE_MARK, plain_text
from ptce_workflow.base.words import _
from ptce_workflow.papers.files import content_of, of_file, sound_archive, text_of
from ptce_workflow.papers.sniffing import kind_of

CellValue = str | int | Decimal | bool | date | datetime
"""The value of a cell; an empty cell holds nothing and is not there."""

LARGEST_FILE_MB = 10
MOST_CELLS = 500_000
_VALUE = re.compile(rb"</(?:\w+:)?(?:v|is)\s*>")
"""The end of what a cell holds."""
_FORMULA = re.compile(rb"<(?:\w+:)?f[\s/>]")
MOST_PLACES = 2_000_000
"""The most cells that are looked at, empty ones included: one may stand a million rows down."""

_CONTROL = re.compile(r"_x00([01][0-9A-Fa-f])_")
"""A sign that XML cannot hold, as a workbook writes it; the end of a line is mostly the one."""


@dataclass(frozen=True, slots=True)
class SheetPage:
    """One sheet: its name, and what its cells hold, by row and column, both counted from 1."""

    name: str
    cells: Mapping[tuple[int, int], CellValue]

    def at(self, row: int, column: int) -> CellValue | None:
        """The value of a cell; None for an empty one."""
        return self.cells.get((row, column))

    def text(self, row: int, column: int) -> str:
        """The value of a cell, as text without blanks around it; "" for an empty one."""
        value = self.cells.get((row, column))
        return "" if value is None else str(value).strip()

    @property
    def rows(self) -> int:
        """The number of the last row that holds anything; 0 for an empty sheet."""
        return max((row for row, _column in self.cells), default=0)


@dataclass(frozen=True, slots=True)
class Handed:
    """A workbook, or a table in CSV, as it came back: its visible sheets, the stamp it left with.

    `stamp` is empty for what was not made here.
    """

    file: str
    pages: tuple[SheetPage, ...]
    stamp: Mapping[str, str]
    is_table: bool = False


def address(row: int, column: int) -> str:
    """A cell as people call it: `B7`."""
    return f"{letters(column)}{row}"


def letters(column: int) -> str:
    """A column as people call it: `B`, `AB`."""
    # openpyxl takes a tenth of a second to load.
    from openpyxl.utils import get_column_letter

    return get_column_letter(column)


def read_workbook(path: Path) -> Handed:
    """The values of a workbook (.xlsx), or of a table in CSV.

    *Raises* Misuse, naming the file, for one that is missing, too large, no workbook, damaged, or
    that holds a formula or an error (naming the cell).
    """
    try:
        content = content_of(path, LARGEST_FILE_MB)
        if not content.strip():
            raise Misuse(_("The file is empty."))
        match path.suffix.lower():
            case ".csv":
                page = _csv_page(content)
                return Handed(path.name, (page,), _table_stamp(page), is_table=True)
            case ".xlsx":
                return workbook_of(path.name, content)
        raise Misuse(
            _("This is not a workbook that can be read."),
            _("Its name ends in .xlsx, or in .csv for a plain table."),
            _("In the spreadsheet program, save it under that format."),
        )
    except Misuse as error:
        raise of_file(path.name, error) from None


def workbook_of(name: str, content: bytes, *, formulas: bool = False) -> Handed:
    """The values of a workbook (.xlsx).

    With `formulas`, one is told by the value that the file keeps of it, else by its own words.

    *Raises* Misuse; see `read_workbook`.
    """
    with _damage_told():
        if kind_of(content) != "xlsx":
            raise Misuse(
                _("This is not a workbook that can be read."),
                _("Its content is not that of an .xlsx file."),
                _("In the spreadsheet program, save it under that format."),
            )
        archive = sound_archive(content)
        # Reading cell after cell up to the limit takes most of a minute on a slow machine.
        values = _VALUE.finditer(archive.getvalue())
        if next(islice(values, MOST_CELLS, None), None) is not None:
            raise _too_many()
        handed = _handed(name, archive, formulas)
        if formulas and _FORMULA.search(archive.getvalue()):
            known = _handed(name, archive, formulas, values=True).pages
            both = zip(handed.pages, known, strict=True)
            pages = tuple(SheetPage(one.name, {**one.cells, **page.cells}) for one, page in both)
            return replace(handed, pages=pages)
        return handed


def _handed(name: str, archive: BytesIO, formulas: bool, *, values: bool = False) -> Handed:
    """The sheets that people see, and the stamp, wherever it stands."""
    # openpyxl takes a tenth of a second to load, and most commands read no workbook.
    from openpyxl import load_workbook

    stamp: Mapping[str, str] = {}
    pages = []
    allowed = _Allowance(formulas=formulas)
    with warnings.catch_warnings():
        # What is told there is what saving the file would lose; it is not saved.
        warnings.simplefilter("ignore")
        options = {"read_only": True, "keep_links": False, "data_only": values}
        with closing(load_workbook(archive, **options)) as book:
            if not book.worksheets:
                raise KeyError(name)
            for sheet in book.worksheets:
                # What the file says of their extent is not believed.
                sheet.reset_dimensions()
                if sheet.title == STAMP:
                    stamp = _stamp(_sheet_page(STAMP, sheet.iter_rows(), allowed))
                elif sheet.sheet_state == "visible":
                    pages.append(_sheet_page(sheet.title, sheet.iter_rows(), allowed))
    return Handed(name, tuple(pages), stamp)


@contextmanager
def _damage_told() -> Iterator[None]:
    """Says in one sentence what a damaged file makes the reader say in a hundred ways."""
    try:
        yield
    except Misuse:
        raise
    except Exception:
        # A damaged file fails anywhere: in the archive, in XML, in a number, in a missing part.
        raise Misuse(
            _("This workbook is damaged, or cut off."),
            mend=_("Open it in the spreadsheet program and save it again."),
        ) from None


def _stamp(page: SheetPage) -> dict[str, str]:
    return {page.text(row, 1): page.text(row, 2) for row in range(1, page.rows + 1)}


def _table_stamp(page: SheetPage) -> dict[str, str]:
    """The pairs in the first line of a table."""
    cells = [str(value) for (row, _column), value in sorted(page.cells.items()) if row == 1]
    if cells[:1] != [TABLE_MARK]:
        return {}
    split = (cell.partition("=") for cell in cells)
    return {name: value for name, equals, value in split if equals}


@dataclass(slots=True)
class _Allowance:
    """What may still be looked at in a workbook, and kept, over all of its sheets."""

    places: int = MOST_PLACES
    cells: int = MOST_CELLS
    formulas: bool = False

    def take(self, *, places: int = 0, cells: int = 0) -> None:
        """Counts what was looked at or kept; *raises* Misuse where it is too much."""
        self.places -= places
        self.cells -= cells
        if self.places < 0 or self.cells < 0:
            raise _too_many()


def _sheet_page(name: str, rows: Iterable[Sequence[Any]], allowed: _Allowance) -> SheetPage:
    """The cells of a sheet that hold a value; a formula or an error is refused by its cell."""
    cells: dict[tuple[int, int], CellValue] = {}
    for row in rows:
        # Even an empty row takes time.
        allowed.take(places=len(row) or 1)
        for cell in row:
            found = cell.value
            if found is None:
                continue
            allowed.take(cells=1)
            where = (cell.row, cell.column)
            if cell.data_type in ("f", "e") and not allowed.formulas:
                raise _no_value(name, address(*where), cell)
            value = str(getattr(found, "text", found)) if cell.data_type == "f" else _value(found)
            if value != "":
                cells[where] = value
    return SheetPage(name, cells)


def _value(found: Any) -> CellValue:
    """The value of a cell: text without blanks around it, an exact number, yes or no, a day.

    An hour without a day is text.

    *Raises* OverflowError for a number beyond all that a program can hold.
    """
    match found:
        case str():
            return _CONTROL.sub(lambda sign: chr(int(sign[1], 16)), found).strip()
        case float():
            return exact(found)
        case time():
            return found.isoformat()
        case timedelta():
            return str(found)
        case int() | date() as value:
            return value
    raise TypeError(type(found))


@lru_cache(maxsize=1_000)
def exact(found: float) -> int | Decimal:
    """The number that was typed; a grid holds the same few a thousand times."""
    number = Decimal(repr(found))
    return int(number) if number == number.to_integral_value() else number


def _too_many() -> Misuse:
    return Misuse(
        _("This table has too many cells."),
        _("{limit} are accepted at most.").format(limit=MOST_CELLS),
    )


def _no_value(sheet: str, where: str, cell: Any) -> Misuse:
    if cell.data_type == "f":
        return Misuse(
            _("The cell {cell} of the sheet “{sheet}” holds a formula.").format(
                cell=where, sheet=sheet
            ),
            _("What a formula gives depends on the program that opens it."),
            _("Replace it by its value."),
        )
    return Misuse(
        _("The cell {cell} of the sheet “{sheet}” holds an error: {value}.").format(
            cell=where, sheet=sheet, value=cell.value
        ),
        "",
        _("Write its value."),
    )


def _csv_page(content: bytes) -> SheetPage:
    """A table in CSV; the sign between cells is found, and what was escaped is given back."""
    program = _("In the spreadsheet program, save it as CSV in the encoding UTF-8.")
    text = text_of(content, program)
    cells: dict[tuple[int, int], CellValue] = {}
    try:
        for number, row in enumerate(csv.reader(StringIO(text), delimiter=_separator(text)), 1):
            _keep(cells, number, row)
    except csv.Error as error:
        raise Misuse(
            _("This is not a table in CSV."),
            _("The reader says: {reason}").format(reason=str(error)),
        ) from None
    return SheetPage("", cells)


def _keep(cells: dict[tuple[int, int], CellValue], number: int, row: Sequence[str]) -> None:
    for column, cell in enumerate(row, 1):
        text = plain_text(cell.strip(" "))
        if text.strip():
            cells[number, column] = text.strip()
    if len(cells) > MOST_CELLS:
        raise _too_many()


def _separator(text: str) -> str:
    """The sign that sets most cells of the first line apart.

    Further down texts have commas of their own, more than there are cells.
    """
    first, _newline, _rest = text.lstrip().partition("\n")
    return max(";,\t", key=first.count)
