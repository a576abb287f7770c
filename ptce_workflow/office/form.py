"""Forms as workbooks or CSV: written with frames, read back by cell.

What would cost memory, reach outside or hide a computation is refused before it is looked at:
archives that unfold, documents that declare entities, formulas.

A form says once which columns there are, what each offers and what the file is made for; it is
written by `office.sheets`, and read back here: one that was made for something else, or whose
columns are no longer where they were, is refused before anything of it is believed.
"""

from __future__ import annotations

import csv
import re
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache
from io import BytesIO, StringIO
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zipfile import ZipFile

from msgspec import Struct
from msgspec.structs import replace

from ptce_workflow.base.errors import Misuse, shown
from ptce_workflow.base.words import LANGUAGES, STAMP, TABLE_MARK, _, plain_text
from ptce_workflow.office.files import content_of, kind_of, of_file, sound_archive, text_of
from ptce_workflow.process.forms import CellFault, Returned, ReturnedRow, ReturnRefused

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from ptce_workflow.process.process import Process


CellValue = str | int | Decimal | bool | date | datetime
"""The value of a cell; an empty cell holds nothing and is not there."""

LARGEST_FILE_MB = 10
MOST_REPEATED = 50
ODF_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
ODF_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
ODF_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
ODF_STYLE = "{urn:oasis:names:tc:opendocument:xmlns:style:1.0}"
MOST_CELLS = 500_000
_VALUE = re.compile(rb"</(?:\w+:)?(?:v|is)\s*>")
"""The end of what a cell holds."""
_FORMULA = re.compile(rb"<(?:\w+:)?f[\s/>]")
MOST_PLACES = 2_000_000
"""The most cells that are looked at, empty ones included: one may stand a million rows down."""

_CONTROL = re.compile(r"_x00([01][0-9A-Fa-f])_")
"""A sign that XML cannot hold, as a workbook writes it; the end of a line is mostly the one."""


class SheetPage(Struct, frozen=True):
    """One sheet: its name, and what its cells hold, by row and column, both counted from 1."""

    name: str
    cells: Mapping[tuple[int, int], CellValue]

    def at(self, row: int, column: int) -> CellValue | None:
        return self.cells.get((row, column))

    def text(self, row: int, column: int) -> str:
        """The value of a cell, as text without blanks around it; "" for an empty one."""
        value = self.cells.get((row, column))
        return "" if value is None else str(value).strip()

    @property
    def rows(self) -> int:
        """The number of the last row that holds anything; 0 for an empty sheet."""
        return max((row for row, _column in self.cells), default=0)


class Handed(Struct, frozen=True):
    """A workbook or CSV as it came back: visible sheets, and the stamp, empty for foreign ones."""

    file: str
    pages: tuple[SheetPage, ...]
    stamp: Mapping[str, str]
    is_table: bool = False


def address(row: int, column: int) -> str:
    return f"{letters(column)}{row}"


def letters(column: int) -> str:
    # openpyxl takes a tenth of a second to load.
    from openpyxl.utils import get_column_letter

    return get_column_letter(column)


def read_workbook(path: Path) -> Handed:
    """Reads a .xlsx, .ods or CSV file. Raises: Misuse for one that cannot be read, or formulas."""
    try:
        return read_content(path.name, path.suffix.lower(), content_of(path, LARGEST_FILE_MB))
    except Misuse as error:
        raise of_file(path.name, error) from None


def read_content(name: str, suffix: str, content: bytes) -> Handed:
    """Reads the bytes of a .xlsx, .ods or .csv file. Raises: Misuse."""
    if not content.strip():
        raise Misuse(_("The file is empty."))
    match suffix:
        case ".csv":
            page = _csv_page(content)
            return Handed(name, (page,), _table_stamp(page), is_table=True)
        case ".xlsx":
            return workbook_of(name, content)
        case ".ods":
            with _damage_text():
                pages, stamp = pages_of_ods(sound_archive(content).getvalue(), formulas=False)
                return Handed(name, pages, stamp)
    what = _("This is not a workbook that can be read.")
    why = _("Its name ends in .xlsx or .ods, or in .csv for a plain table.")
    raise Misuse(what, why, _("In the spreadsheet program, save it under that format."))


def workbook_of(name: str, content: bytes, *, formulas: bool = False) -> Handed:
    """Reads a workbook; `formulas` count by their kept values. Raises: Misuse."""
    with _damage_text():
        if kind_of(content) != "xlsx":
            what = _("This is not a workbook that can be read.")
            why = _("Its content is not that of an .xlsx file.")
            raise Misuse(what, why, _("In the spreadsheet program, save it under that format."))
        archive = sound_archive(content)
        # Reading cell after cell up to the limit takes most of a minute on a slow machine.
        values = _VALUE.finditer(archive.getvalue())
        if next(islice(values, MOST_CELLS, None), None) is not None:
            raise _too_many()
        handed = _handed(name, archive, formulas)
        if formulas and _FORMULA.search(archive.getvalue()):
            computed = _handed(name, archive, formulas, values=True).pages
            both = zip(handed.pages, computed, strict=True)
            pages = (SheetPage(page.name, {**page.cells, **other.cells}) for page, other in both)
            return replace(handed, pages=tuple(pages))
        return handed


def _handed(name: str, archive: BytesIO, formulas: bool, *, values: bool = False) -> Handed:
    """The sheets that people see, and the stamp, wherever it stands."""
    # openpyxl takes a tenth of a second to load, and most commands read no workbook.
    from openpyxl import load_workbook

    stamp: Mapping[str, str] = {}
    pages = []
    allowed = _Allowance(formulas=formulas)
    with warnings.catch_warnings():
        # The warnings there name what saving the file would lose; it is not saved.
        warnings.simplefilter("ignore")
        options = {"read_only": True, "keep_links": False, "data_only": values}
        with closing(load_workbook(archive, **options)) as book:
            if not book.worksheets:
                raise KeyError(name)
            for sheet in book.worksheets:
                # What the file says of their extent is not believed.
                sheet.reset_dimensions()
                if sheet.title == STAMP:
                    page = _sheet_page(STAMP, sheet.iter_rows(), allowed)
                    stamp = {
                        page.text(row, 1): page.text(row, 2) for row in range(1, page.rows + 1)
                    }
                elif sheet.sheet_state == "visible":
                    pages.append(_sheet_page(sheet.title, sheet.iter_rows(), allowed))
    return Handed(name, tuple(pages), stamp)


def pages_of_ods(
    content: bytes, *, formulas: bool = True
) -> tuple[tuple[SheetPage, ...], Mapping[str, str]]:
    """The sheets of a sound .ods that people see, and its stamp. Raises: Misuse for formulas."""
    # Imported here for start-up time: most commands read no workbook.
    from defusedxml.ElementTree import fromstring

    with ZipFile(BytesIO(content)) as archive:
        root = fromstring(archive.read("content.xml"))
    hidden = {
        style.get(ODF_STYLE + "name")
        for style in root.iter(ODF_STYLE + "style")
        if style.find(f"{ODF_STYLE}table-properties[@{ODF_TABLE}display='false']") is not None
    }
    visible, stamp = [], dict[str, str]()
    for table in root.iter(ODF_TABLE + "table"):
        page = SheetPage(table.get(ODF_TABLE + "name", ""), dict(_ods_cells(table)))
        if page.name == STAMP:
            stamp = {page.text(row, 1): page.text(row, 2) for row in range(1, page.rows + 1)}
        elif table.get(ODF_TABLE + "style-name") not in hidden:
            if not formulas and table.find(f".//*[@{ODF_TABLE}formula]") is not None:
                what = _("A cell of the sheet “{sheet}” holds a formula.").format(sheet=page.name)
                why = _("What a formula gives depends on the program that opens it.")
                raise Misuse(what, why, _("Replace it by its value."))
            visible.append(page)
    return tuple(visible), stamp


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
    if number := cell.get(ODF_OFFICE + "value"):
        return exact(float(number))
    if truth := cell.get(ODF_OFFICE + "boolean-value"):
        return truth == "true"
    if day := cell.get(ODF_OFFICE + "date-value"):
        return datetime.fromisoformat(day)
    text = "\n".join("".join(line.itertext()) for line in cell.findall(ODF_TEXT + "p")).strip()
    return text or cell.get(ODF_TABLE + "formula", "")


@contextmanager
def _damage_text() -> Iterator[None]:
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


def _table_stamp(page: SheetPage) -> dict[str, str]:
    cells = [str(value) for (row, _column), value in sorted(page.cells.items()) if row == 1]
    if cells[:1] != [TABLE_MARK]:
        return {}
    split = (cell.partition("=") for cell in cells)
    return {name: value for name, equals, value in split if equals}


class _Allowance(Struct):
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
            content = cell.value
            if content is None:
                continue
            allowed.take(cells=1)
            where = (cell.row, cell.column)
            if cell.data_type in ("f", "e") and not allowed.formulas:
                raise _no_value(name, address(*where), cell)
            value = (
                str(getattr(content, "text", content)) if cell.data_type == "f" else _value(content)
            )
            if value != "":
                cells[where] = value
    return SheetPage(name, cells)


def _value(content: Any) -> CellValue:
    """Trimmed text, exact number, truth or day. Raises: OverflowError for too large a number."""
    match content:
        case str():
            return _CONTROL.sub(lambda sign: chr(int(sign[1], 16)), content).strip()
        case float():
            return exact(content)
        case time():
            return content.isoformat()
        case timedelta():
            return str(content)
        case int() | date() as value:
            return value
    raise TypeError(type(content))


@lru_cache(maxsize=1_000)
def exact(value: float) -> int | Decimal:
    """The number that was typed; a grid holds the same few a thousand times."""
    number = Decimal(repr(value))
    return int(number) if number == number.to_integral_value() else number


def _too_many() -> Misuse:
    what = _("This table has too many cells.")
    return Misuse(what, _("{limit} are accepted at most.").format(limit=MOST_CELLS))


def _no_value(sheet: str, where: str, cell: Any) -> Misuse:
    if cell.data_type == "f":
        what = _("The cell {cell} of the sheet “{sheet}” holds a formula.")
        why = _("What a formula gives depends on the program that opens it.")
        return Misuse(what.format(cell=where, sheet=sheet), why, _("Replace it by its value."))
    what = _("The cell {cell} of the sheet “{sheet}” holds an error: {value}.")
    what = what.format(cell=where, sheet=sheet, value=cell.value)
    return Misuse(what, "", _("Write its value."))


def _csv_page(content: bytes) -> SheetPage:
    """A table in CSV; the sign between cells is found, and what was escaped is given back."""
    program = _("In the spreadsheet program, save it as CSV in the encoding UTF-8.")
    text = text_of(content, program)
    # The sign that sets most cells of the first line apart; later texts have commas.
    separator = max(";,\t", key=text.lstrip().partition("\n")[0].count)
    cells: dict[tuple[int, int], CellValue] = {}
    try:
        for number, row in enumerate(csv.reader(StringIO(text), delimiter=separator), 1):
            for column, cell in enumerate(row, 1):
                value = plain_text(cell.strip(" ")).strip()
                if value:
                    cells[number, column] = value
            if len(cells) > MOST_CELLS:
                raise _too_many()
    except csv.Error as error:
        raise Misuse(
            _("This is not a table in CSV."), _("The reader says: {reason}").format(reason=error)
        ) from None
    return SheetPage("", cells)


Value = str | int | float | bool | Decimal | datetime | None
"""The value of a cell on its way out; never a formula."""

KEY, REF = 1, 2
"""The first columns: what ties a row to whom it is about, and the reference of the candidature."""
STAYS = 3
"""The number of columns that stay in sight: the key, the reference, and a name."""
_COLUMN, _IN_STAMP, _PARTS_IN_STAMP = "column.", "|", 3
"""How the stamp names its columns; between name, question and heading; how many they are."""
_TABLE_HEADING = 2
"""The row of headings in CSV: under the stamp, and right above the rows."""


class FormColumn(Struct, frozen=True):
    """A column: its heading, its width in characters, and the name that its answers come back by.

    Without a name it asks nothing, and its cells are locked. `choices` are all that it takes, if
    not empty; `below` stands under its heading in a workbook; `once` is for what is asked of all
    rows of a candidature together. An empty cell turns red where one of the columns in
    `explains` holds a number below (`<`) or above (`>`) a bound. `hidden` is for what only the
    program reads; `asks` tells apart what is asked: see `process.forms.question`.
    """

    title: str
    width: float = 14
    name: str = ""
    asks: str = ""
    choices: Sequence[Value] = ()
    below: str | None = None
    once: bool = False
    explains: Sequence[tuple[str, str, float]] = ()
    centred: bool = False
    hidden: bool = False
    bold: bool = False
    muted: bool = False

    def fits(self, value: str, answer: object) -> bool:
        """Whether an answer of then answers what is asked now: 3 of 5 is not 3 of 10."""
        in_words = not any(isinstance(choice, int | float) for choice in self.choices)
        return value == self.asks or (in_words and answer in self.choices)


def stamped_columns(stamp: Mapping[str, str]) -> list[FormColumn]:
    """The columns that a form had as it left; none where the stamp was changed."""
    columns: list[FormColumn] = []
    while key := stamp.get(f"{_COLUMN}{len(columns) + 1}", ""):
        if key.count(_IN_STAMP) < _PARTS_IN_STAMP - 1:
            return []
        name, asks, title = key.split(_IN_STAMP, _PARTS_IN_STAMP - 1)
        columns.append(FormColumn(title, name=name, asks=asks))
    return columns


class TableSheet(Struct, frozen=True):
    """A sheet to be read only: its name, lines above a table, and the table."""

    name: str
    above: Sequence[str]
    columns: Sequence[FormColumn]
    rows: Sequence[Sequence[Value]]


class FormKind(Struct, frozen=True):
    """A kind of form: what its stamp calls it, and where its workbooks have their headings.

    `layout` rises with every change that older files would not stand. `made_for` names what else
    the stamp holds, `foreign` says that a file is none, `again` is the command that writes one.
    """

    name: str
    layout: str
    heading: int
    made_for: tuple[str, ...]
    foreign: str
    again: str
    refuses_more: bool = False
    """True where nothing may be written beside its columns."""

    def stamp_of(self, handed: Handed, ledger: Mapping[str, str], process: Process) -> Stamp:
        """The stamp of a returned file. Raises: Misuse for another kind, ledger or edition."""
        stamp = handed.stamp
        if stamp.get("kind") != self.name:
            raise self.refusal(handed, _(self.foreign))
        if any(stamp.get(name) != value for name, value in ledger.items()):
            why = _(
                "It was made for another contest, or for a rehearsal: {other}. This is {contest}."
            )
            contest = shown(stamp.get("contest", "?"))
            raise self.refusal(handed, why.format(other=contest, contest=ledger["contest"]))
        if stamp.get("layout") != self.layout:
            text = _("Another version of the program wrote it: its cells stand elsewhere now.")
            raise self.refusal(handed, text)
        whole = set(self.made_for) <= stamp.keys() and len(stamped_columns(stamp)) > REF
        if stamp.get("language") not in LANGUAGES or not whole:
            raise self.refusal(handed, stamp_changed())
        return {**stamp, "process": process.hash}

    def refusal(self, handed: Handed, why: str) -> Misuse:
        labels = {name: shown(handed.stamp.get(name, "…")) for name in self.made_for}
        what = _("{file} is not taken; nothing was recorded.").format(file=handed.file)
        mend = _("Write it again, and copy what was filled in: {command}")
        mend = mend.format(command=self.again.format(**labels))
        return Misuse(what, why, mend)


Stamp = Mapping[str, str]
"""The contest, the process and more that a form is made for; they must come back the same."""


class Form(Struct, frozen=True):
    """A form in a language: its columns; and, where it leaves, what stands in it.

    `above` are the lines over the columns of a workbook, the title first; `guide` is its second
    sheet.
    """

    kind: FormKind
    language: str
    columns: Sequence[FormColumn]
    stamp: Stamp = {}
    name: str = ""
    author: str = ""
    above: Sequence[str] = ()
    rows: Sequence[Sequence[Value]] = ()
    guide: TableSheet | None = None
    head: str = ""
    """Whose it is, at the top of each printed page."""

    @property
    def asked(self) -> dict[str, int]:
        return {column.name: n for n, column in enumerate(self.columns, 1) if column.name}

    def stamped(self) -> dict[str, str]:
        own = {"language": self.language, "layout": self.kind.layout, "kind": self.kind.name}
        columns = {
            f"{_COLUMN}{n}": _IN_STAMP.join((column.name, column.asks, column.title))
            for n, column in enumerate(self.columns, 1)
        }
        return {**self.stamp, **own, **columns}

    def returned(self, handed: Handed) -> Returned:
        """The rows that came back, with cells no longer asked. Raises: ReturnRefused."""
        heading = _TABLE_HEADING if handed.is_table else self.kind.heading
        then = stamped_columns(handed.stamp)
        title = then[REF - 1].title
        pages = [page for page in handed.pages if page.text(heading, REF) == title]
        page = next(iter(pages or handed.pages), SheetPage("", {}))
        if faults := [*_moved(page, heading, then), *self._added(page, heading, len(then))]:
            raise ReturnRefused(handed.file, faults)
        has_wording = any(column.below is not None for column in self.columns)
        first = heading + (2 if has_wording and not handed.is_table else 1)
        named_columns = {n: column for n, column in enumerate(then, 1) if column.name}
        whose = range(KEY, min(named_columns, default=len(then) + 1))
        now = {column.name: column for column in self.columns}
        outside: dict[str, list[str]] = {}
        begins: dict[int, int] = {}
        for row, column in sorted(page.cells):
            begins.setdefault(row, column)
        rows = []
        for number in (row for row in begins if row >= first):
            texts = tuple(page.text(number, column) for column in whose)
            answers = {}
            for column, left in named_columns.items():
                answer, asked = page.at(number, column), now.get(left.name)
                if answer is not None and asked is not None and asked.fits(left.asks, answer):
                    answers[left.name] = answer
                elif answer is not None:
                    outside.setdefault(left.title, []).append(address(number, column))
            rows.append(ReturnedRow(number, begins[number], texts, answers))
        columns = {left.name: letters(column) for column, left in named_columns.items()}
        both = (
            (left.title, now[left.name].title)
            for left in named_columns.values()
            if left.name in now
        )
        renamed = {title: today for title, today in both if _plain(title) != _plain(today)}
        return Returned(handed.file, handed.stamp, columns, tuple(rows), outside, renamed)

    def _added(self, page: SheetPage, heading: int, wide: int) -> Iterator[CellFault]:
        added: dict[int, int] = {}
        for row, column in sorted(page.cells):
            if self.kind.refuses_more and column > wide and row >= heading:
                added.setdefault(column, row)
        for column, row in sorted(added.items()):
            text = shown(page.text(row, column))
            what = _("There was no column here: “{found}”.").format(found=text)
            yield CellFault(address(row, column), _as_it_was(what))


def stamp_changed() -> str:
    return _("Its hidden sheet was changed, or the first line of its table: it holds the stamp.")


def _moved(page: SheetPage, heading: int, columns: Sequence[FormColumn]) -> Iterator[CellFault]:
    for number, column in enumerate(columns, 1):
        title, wanted = (_plain(text) for text in (page.text(heading, number), column.title))
        if title != wanted:
            what = _("The column “{wanted}” is missing.")
            if title:
                what = _("“{wanted}” stood here, and now “{found}” does.")
            what = what.format(wanted=wanted, found=shown(title))
            yield CellFault(address(heading, number), _as_it_was(what))


def _as_it_was(what: str) -> Misuse:
    return Misuse(what, "", _("Columns stay as they were when the file was written."))


def _plain(title: str) -> str:
    return " ".join(title.split())
