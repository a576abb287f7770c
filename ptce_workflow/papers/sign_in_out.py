"""The sign-in sheet of a date: a workbook to be signed on paper, then filled in and read back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from openpyxl.utils import get_column_letter

from ptce_workflow.base import speech
from ptce_workflow.base.instants import to_text
from ptce_workflow.base.words import _, speaking
from ptce_workflow.papers.workbook import (
    FormColumn,
    Value,
    add_row,
    add_sheet,
    begin_block,
    finished,
    new_book,
    offer,
)
from ptce_workflow.process.calendar import parse_span
from ptce_workflow.process.fields import OptionField, SignedFor
from ptce_workflow.process.signing import (
    KIND,
    LAYOUT,
    Expected,
    SignIn,
    expected,
    recorded_of,
    titles,
)

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

    from ptce_workflow.process.case import Case
    from ptce_workflow.process.process import Process

_ROOM_TO_SIGN = 32
_NARROW, _SIDE, _WIDE = 8, 23, 30


def sign_in_sheet(
    process: Process,
    sign_in: SignIn,
    cases: Iterable[Case],
    *,
    ledger: tuple[str, str],
    at: datetime,
    language: str,
) -> bytes:
    """The workbook of a date: a row for each structure of each candidature.

    `ledger` names the contest and the random origin of its ledger; `at` is when it is made.
    """
    title = process.definition.config.contest.title.in_(language)
    with speaking(language):
        book = new_book(title=_("Sign-in sheet"), author=title, at=at, language=language)
        columns = _columns(process, sign_in, language)
        sheet, row = add_sheet(
            book, _("Sign-in sheet"), columns, above=_above(process, sign_in, title, language)
        )
        first = row
        for case in cases:
            row = _block(process, sign_in, case, sheet, row, columns, language)
        if row > first:
            _offer_answers(book, sheet, sign_in, (first, row - 1), language)
        stamp = {
            "kind": KIND,
            "layout": LAYOUT,
            "contest": ledger[0],
            "origin": ledger[1],
            "process": process.hash,
            "date": sign_in.date,
            "language": language,
            "made": to_text(at),
        }
        return finished(book, stamp, at)


def _columns(process: Process, sign_in: SignIn, language: str) -> list[FormColumn]:
    said = iter(titles(process, sign_in, language))
    columns = [
        FormColumn(next(said), hidden=True),
        FormColumn(next(said), _NARROW),
        FormColumn(next(said), _SIDE),
    ]
    if sign_in.table:
        columns.append(FormColumn(next(said), _SIDE))
    columns += [_asked(next(said), asked) for asked in sign_in.columns.values()]
    columns += [FormColumn(next(said), _SIDE), FormColumn(next(said), _SIDE)]
    columns += [_asked(next(said), asked) for asked in sign_in.fields.values()]
    return columns


def _asked(title: str, asked: SignedFor) -> FormColumn:
    if isinstance(asked, OptionField):
        return FormColumn(title, 15, asked=True, centred=True)
    return FormColumn(title, _WIDE, asked=True)


def _above(process: Process, sign_in: SignIn, contest: str, language: str) -> tuple[str, ...]:
    date = process.definition.config.dates[sign_in.date]
    instant = process.dates.fixed.get(sign_in.date)
    when = ""
    if instant is not None:
        when = speech.long_instant(instant, process.zone, language)
        if date.lasts is not None:
            end = parse_span(date.lasts).after(instant, process.zone)
            ends = speech.clock(end, process.zone, language)
            when = _("{start}, until {end}").format(start=when, end=ends)
    return (
        _("Sign-in sheet: {date}").format(date=date.label.in_(language)),
        " · ".join(filter(None, (when, contest))),
        _("Sign on paper. Then fill in the yellow cells, save, and type:"),
        "ptce sign-in --import …",
    )


def _block(
    process: Process,
    sign_in: SignIn,
    case: Case,
    sheet: Worksheet,
    row: int,
    columns: list[FormColumn],
    language: str,
) -> int:
    """Writes the rows of a candidature; the number of the row after them."""
    rows = expected(process, sign_in, case)
    wholes = [recorded_of(process, case, name) for name in sign_in.fields]
    name_field = process.definition.config.contest.name_field
    name = str(case.private.get(name_field) or case.ref)
    for number, one in enumerate(rows):
        values: list[Value] = [one.key, case.ref, name]
        values += [one.name] if sign_in.table else []
        values += [*_answers(sign_in, one, language), None, None]
        values += [whole if number == 0 else None for whole in wholes]
        add_row(sheet, row + number, columns, values)
        height = sheet.row_dimensions[row + number].height or 0
        sheet.row_dimensions[row + number].height = max(height, _ROOM_TO_SIGN)
    if rows:
        begin_block(sheet, row, columns)
    if len(rows) > 1:
        for column in range(sign_in.first_field, sign_in.first_field + len(sign_in.fields)):
            sheet.merge_cells(
                start_row=row, end_row=row + len(rows) - 1, start_column=column, end_column=column
            )
    return row + len(rows)


def _answers(sign_in: SignIn, one: Expected, language: str) -> Iterator[str | None]:
    for name, asked in sign_in.columns.items():
        yield shown(asked, one.row.get(name), language)


def shown(asked: SignedFor, value: str | None, language: str) -> str | None:
    """A recorded answer as it stands in the sheet: the label of an option, or the text."""
    if value is not None and isinstance(asked, OptionField):
        label = asked.options.get(value)
        return value if label is None else label.in_(language)
    return value


def _offer_answers(
    book: Workbook, sheet: Worksheet, sign_in: SignIn, rows: tuple[int, int], language: str
) -> None:
    first, last = rows
    numbered = [
        *enumerate(sign_in.columns.values(), sign_in.first_asked),
        *enumerate(sign_in.fields.values(), sign_in.first_field),
    ]
    for column, asked in numbered:
        if isinstance(asked, OptionField):
            letter = get_column_letter(column)
            labels = [label.in_(language) for label in asked.options.values()]
            offer(book, sheet, f"{letter}{first}:{letter}{last}", labels)
