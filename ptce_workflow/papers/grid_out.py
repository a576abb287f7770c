"""The jury's grid as a workbook to fill in: a row a candidature, a list of marks in each cell.

Only commands that write one import this module; see `papers.workbook`.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from openpyxl.formatting.rule import Rule
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.styles.differential import DifferentialStyle
from openpyxl.utils import get_column_letter

from ptce_workflow.base.words import _, n_, speaking
from ptce_workflow.papers.workbook import (
    FONT,
    MUTED,
    TINT,
    FormColumn,
    Value,
    add_row,
    add_sheet,
    finished,
    new_book,
    offer,
    put,
)
from ptce_workflow.process.fields import FieldType, ScoreField
from ptce_workflow.process.grid import (
    FIRST_ASKED,
    HEADING_ROW,
    KEY,
    NAME,
    REF,
    SUMMARY,
    Grid,
    Mark,
    as_number,
    asked,
    choices,
    explained_by,
    explanation_of,
    headings,
    no_opinion,
    scale_of,
)
from ptce_workflow.process.model import in_hundredths
from ptce_workflow.process.sheets import Sheet

if TYPE_CHECKING:
    from openpyxl.workbook import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

_WIDTHS = {KEY: 4.0, REF: 7.0, NAME: 16.0, SUMMARY: 47.0}
_TEXT_WIDTH, _NARROWEST_MARK, _WIDEST_MARK = 25.0, 10.5, 20.0
_SMALL_SIZE, _SMALL_LINE, _SMALL_LETTERS = 10, 12.2, 1.12
"""The size of small print, the height of its lines in points, its letters a unit of width."""
_SMALLEST_SIZE, _SMALLER = 9, 0.83
"""The size of the wording below the headings, and how wide it is against theirs in bold."""
_SHORTEST_ROW, _TALLEST_ROW = 36.0, 409.0
_GUIDE_WIDTHS = (26, 44, 16, 30, 44)
_GUIDE_LINE = 190
_ALERT = "FBD9D3"
_SMALL = Font(name=FONT, size=_SMALLEST_SIZE, italic=True, color=MUTED)


def grid_workbook(grid: Grid, at: datetime) -> bytes:
    """The bytes of the workbook: the grid, how to fill it in, its stamp; `at` dates it."""
    with speaking(grid.language):
        title = _title(grid)
        book = new_book(title=title, author=grid.contest, at=at, language=grid.language)
        _grid_sheet(book, grid)
        _guide_sheet(book, grid)
        return finished(book, grid.stamp.pairs(), at)


def _title(grid: Grid) -> str:
    return f"{grid.sheet.label.in_(grid.language)} · {grid.institution}"


def _grid_sheet(book: Workbook, grid: Grid) -> None:
    fields = asked(grid.sheet)
    columns = [_column(grid, number, title) for number, title in _numbered(grid)]
    count = len(grid.rows)
    told = n_("{count} candidature to mark", "{count} candidatures to mark", count)
    above = (
        _title(grid),
        f"{grid.contest} · {told.format(count=count)}",
        _("Only the yellow cells are filled in; the sheet “{name}” explains.").format(
            name=_guide_name()
        ),
    )
    sheet, first = add_sheet(book, _("Grid"), columns, above=above)
    assert first == HEADING_ROW + 1, "what reads the grid looks for its headings there"
    _wording(sheet, first, grid, columns)
    for number, row in enumerate(grid.rows, first + 1):
        marks = [_shown(row.given, name) for name in fields]
        add_row(sheet, number, columns, [row.key, row.ref, row.name, row.summary, *marks])
        _lay_out(sheet, number, row.summary, marks)
    last = first + max(1, count)
    for number, (name, field) in enumerate(fields.items(), FIRST_ASKED):
        letter = get_column_letter(number)
        cells = f"{letter}{first + 1}:{letter}{last}"
        if isinstance(field, ScoreField):
            offer(book, sheet, cells, choices(field))
        else:
            _alert(sheet, grid.sheet, name, cells, first + 1)
    sheet.freeze_panes = f"{get_column_letter(SUMMARY)}{first + 1}"
    # On paper what each criterion looks at stands once, and again in the guide.
    sheet.print_title_rows = f"{HEADING_ROW}:{HEADING_ROW}"
    sheet.page_margins.left = sheet.page_margins.right = 0.25
    sheet.print_title_cols = f"{get_column_letter(REF)}:{get_column_letter(NAME)}"


def _lay_out(sheet: Worksheet, number: int, summary: str, marks: Sequence[Value]) -> None:
    """The dossier in small print, the name in bold, and the row as tall as either needs."""
    brief = sheet.cell(number, SUMMARY)
    brief.font = Font(name=FONT, size=_SMALL_SIZE, color=MUTED)
    brief.alignment = Alignment(horizontal="left", vertical="center", wrap_text=True, indent=1)
    sheet.cell(number, NAME).font = Font(name=FONT, size=11, bold=True)
    heights = [_height(mark, _TEXT_WIDTH) for mark in marks if isinstance(mark, str)]
    sheet.row_dimensions[number].height = max(
        _SHORTEST_ROW, _height(summary, _WIDTHS[SUMMARY]), *heights
    )


def _numbered(grid: Grid) -> Iterator[tuple[int, str]]:
    yield from enumerate(headings(grid.sheet, grid.language), 1)


def _column(grid: Grid, number: int, title: str) -> FormColumn:
    if number < FIRST_ASKED:
        return FormColumn(title, _WIDTHS[number], centred=number == REF, hidden=number == KEY)
    field = list(asked(grid.sheet).values())[number - FIRST_ASKED]
    is_mark = isinstance(field, ScoreField)
    told = " ".join(_looked_at(field, grid.language))
    width = _room_for(title, told) if is_mark else _TEXT_WIDTH
    return FormColumn(title, width, asked=True, centred=is_mark)


def _room_for(title: str, told: str) -> float:
    """How wide a column of marks is: as its longest word, and no wider, for all to fit a page."""
    longest = max((_long(word) for word in title.split()), default=0.0)
    smaller = max((_SMALLER * _long(word) for word in told.split()), default=0.0)
    return max(_NARROWEST_MARK, min(_WIDEST_MARK, max(longest, smaller) + 1.6))


def _long(word: str) -> float:
    return sum(map(_letter_width, word))


def _letter_width(letter: str) -> float:
    """What a letter of a heading takes, in units of width, roughly."""
    if letter in "ijltfrI'’.,-()":
        return 0.67
    return 1.65 if letter in "mwMW" else 1.15


def _shown(given: Mapping[str, Mark], name: str) -> Value:
    if name not in given:
        return None
    value = given[name]
    if value is None:
        return no_opinion()
    return as_number(value) if isinstance(value, int) else value


def _wording(sheet: Worksheet, row: int, grid: Grid, columns: list[FormColumn]) -> None:
    """Under each heading, what the rulebook asks to look at, and where it says so."""
    heights = [_SHORTEST_ROW]
    for number, field in enumerate(asked(grid.sheet).values(), FIRST_ASKED):
        told = "\n".join(_looked_at(field, grid.language))
        put(sheet, row, number, told).font = _SMALL
        heights.append(_height(told, columns[number - 1].width) * _SMALLEST_SIZE / _SMALL_SIZE)
    for number in range(REF, len(columns) + 1):
        below = sheet.cell(row, number)
        below.fill = PatternFill("solid", fgColor=TINT)
        below.alignment = Alignment(horizontal="left", vertical="top", wrap_text=True)
    sheet.row_dimensions[row].height = max(heights)


def _height(text: str, width: float) -> float:
    """What a text takes in a column, in points, when it is printed small."""
    letters = int((width - 1) * _SMALL_LETTERS)
    lines = sum(max(1, len(textwrap.wrap(line, letters))) for line in text.split("\n"))
    return min(_TALLEST_ROW, _SMALL_LINE * lines + 8)


def _looked_at(field: FieldType, language: str) -> Iterator[str]:
    if field.help is not None:
        yield field.help.in_(language)
    if field.source is not None:
        yield f"({field.source.in_(language)})"


def _alert(sheet: Worksheet, panel: Sheet, name: str, cells: str, first: int) -> None:
    """A comment that is wanted and is not there turns red, as soon as the mark is chosen."""
    numbers = {field: number for number, field in enumerate(asked(panel), FIRST_ASKED)}
    wanted = []
    for criterion, field in explained_by(panel, name):
        cell = f"${get_column_letter(numbers[criterion])}{first}"
        if field.comment_under is not None:
            bound = in_hundredths(field.comment_under) / 100
            wanted.append(f"AND(ISNUMBER({cell}),{cell}<{bound:g})")
        if field.comment_over is not None:
            bound = in_hundredths(field.comment_over) / 100
            wanted.append(f"AND(ISNUMBER({cell}),{cell}>{bound:g})")
    if wanted:
        own = f"${get_column_letter(numbers[name])}{first}"
        formula = f"AND(LEN(TRIM({own}))=0,OR({','.join(wanted)}))"
        fill = PatternFill("solid", bgColor=_ALERT)
        rule = Rule(type="expression", formula=[formula], dxf=DifferentialStyle(fill=fill))
        sheet.conditional_formatting.add(cells, rule)


def _guide_name() -> str:
    return _("Guide")


def _guide_sheet(book: Workbook, grid: Grid) -> None:
    """How the grid is filled in, and what each column asks."""
    titles = (
        _("criterion"),
        _("what to look at"),
        _("marks"),
        _("comment"),
        _("where it comes from"),
    )
    columns = [FormColumn(title, width) for title, width in zip(titles, _GUIDE_WIDTHS, strict=True)]
    lines = [part for line in _advice(grid) for part in textwrap.wrap(line, _GUIDE_LINE)]
    name = _guide_name()
    sheet, row = add_sheet(book, name, columns, above=(_("How to fill in the grid"), *lines))
    for number, values in enumerate(_explained(grid), row):
        add_row(sheet, number, columns, values)


def _advice(grid: Grid) -> Iterator[str]:
    fields = asked(grid.sheet).values()
    if grid.sheet.help is not None:
        yield grid.sheet.help.in_(grid.language)
    yield "• " + _("Each yellow cell of a mark offers those that may be given.")
    if any(isinstance(field, ScoreField) and field.no_opinion for field in fields):
        yield "• " + _("“{words}” says that you have none; it is not a low mark.").format(
            words=no_opinion()
        )
    yield "• " + _(
        "An empty cell says nothing: it takes back no mark that you gave before. Half a grid may "
        "be sent, and the rest later."
    )
    yield "• " + _(
        "Rows and columns stay as they are: a grid whose headings or rows were changed is refused, "
        "and so are formulas."
    )
    if len(grid.closes) == 1:
        yield "• " + _("The marks are closed when: {rule}").format(rule=grid.closes[0])
    elif grid.closes:
        yield "• " + _("The marks are closed when:")
        yield from (f"   – {sentence}" for sentence in grid.closes)


def _explained(grid: Grid) -> Iterator[list[Value]]:
    language = grid.language
    for field in asked(grid.sheet).values():
        is_mark = isinstance(field, ScoreField)
        grounds = [ground.in_(language) for ground in (field.source, field.choice) if ground]
        yield [
            field.label.in_(language),
            field.help.in_(language) if field.help is not None else None,
            _marks(field) if isinstance(field, ScoreField) else None,
            explanation_of(grid.sheet, field) if isinstance(field, ScoreField) else _("free text"),
            ("\n".join(grounds) or None) if is_mark or grounds else None,
        ]


def _marks(field: ScoreField) -> str:
    told = [scale_of(field)]
    if field.no_opinion:
        told.append(_("or: {words}").format(words=no_opinion()))
    if field.weight != 1:
        weight = as_number(in_hundredths(field.weight))
        told.append(_("weighs {weight}").format(weight=weight))
    return "\n".join(told)
