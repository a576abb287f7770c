"""Reads a grid of marks that came back: whose it is, and what stands in each of its cells.

What the marks are worth is the desk's matter; here a grid made for something else, or whose columns
are no longer those it left with, is refused before anything of it is believed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from ptce_workflow.base.errors import Misuse, PtceError, shown
from ptce_workflow.base.gc_pause import nothing_to_collect
from ptce_workflow.base.words import LANGUAGES, _
from ptce_workflow.papers.reading import Handed, Page, address, letters, read_workbook
from ptce_workflow.process.fields import FieldType, ScoreField
from ptce_workflow.process.fields.marks import NO_OPINION
from ptce_workflow.process.grid import (
    FIRST_ASKED,
    HEADING_ROW,
    KEY,
    KIND,
    LAYOUT,
    REF,
    TABLE_HEADING_ROW,
    TABLE_MARK,
    Filled,
    FilledRow,
    Stamp,
    asked,
    headings,
    no_opinion_words,
)
from ptce_workflow.process.process import Process
from ptce_workflow.process.returned import CellFault, ReturnRefused
from ptce_workflow.process.sheets import Sheet


def read_grid(path: Path, process: Process) -> Filled:
    """What a grid (.xlsx or .csv) holds, cell by cell.

    *Raises* Misuse for a file that cannot be read, holds a formula or is no grid, PtceError for a
    grid of another contest or process, ReturnRefused with every column that is not where it was.
    """
    with nothing_to_collect():
        handed = read_workbook(path)
    is_table = path.suffix.lower() == ".csv"
    pairs = _table_stamp(handed) if is_table else handed.stamp
    stamp = _checked(handed.file, pairs, process)
    sheet = process.definition.sheets[stamp.panel]
    heading = TABLE_HEADING_ROW if is_table else HEADING_ROW
    page = _page(handed, heading, headings(sheet, stamp.language))
    faults = list(_columns(page, heading, headings(sheet, stamp.language)))
    if faults:
        raise ReturnRefused(handed.file, faults)
    # Below the headings of a workbook stands the wording of each criterion.
    first = heading + (1 if is_table else 2)
    return Filled(
        handed.file,
        stamp,
        {name: letters(number) for number, name in enumerate(asked(sheet), FIRST_ASKED)},
        tuple(_rows(page, first, asked(sheet))),
    )


def _table_stamp(handed: Handed) -> Mapping[str, str]:
    """The pairs in the first line of a table."""
    page = handed.pages[0]
    if page.text(1, 1) != TABLE_MARK:
        return {}
    cells = (page.text(1, column) for column in range(2, page.columns + 1))
    split = (cell.partition("=") for cell in cells)
    return {name: value for name, equals, value in split if equals}


def _checked(file: str, pairs: Mapping[str, str], process: Process) -> Stamp:
    """The stamp, when it is that of a grid of this contest under the process in force."""
    stamp = Stamp.read(pairs)
    if stamp is None or stamp.kind != KIND:
        raise Misuse(
            _("{file} is no grid of the jury.").format(file=file),
            _("It does not bear the stamp of a grid that was written here."),
            _("Fill in the file that this wrote: {command}").format(command=_again("…")),
        )
    contest = process.definition.config.contest.id
    if stamp.contest != contest:
        raise PtceError(
            _("{file} is a grid of another contest.").format(file=file),
            _("It was made for {other}, and this is {contest}.").format(
                other=shown(stamp.contest), contest=contest
            ),
        )
    if stamp.process != process.hash or stamp.layout != LAYOUT:
        raise PtceError(
            _("{file} was made for another process.").format(file=file),
            _("It names {other}; in force is {process}. What it asks may have changed.").format(
                other=shown(stamp.process[:12]), process=process.hash[:12]
            ),
            _("Write it again, and copy the marks: {command}").format(
                command=_again(stamp.institution)
            ),
        )
    _sound(file, stamp, process.definition.sheets)
    return stamp


def _sound(file: str, stamp: Stamp, sheets: Mapping[str, Sheet]) -> None:
    """Refuses a stamp that was tampered with: the process it names has no such panel."""
    sheet = sheets.get(stamp.panel)
    members = () if sheet is None else sheet.members
    if stamp.institution not in members or stamp.language not in LANGUAGES:
        raise Misuse(
            _("The stamp of {file} was changed.").format(file=file),
            _('There is no panel "{panel}" in which "{institution}" sits.').format(
                panel=shown(stamp.panel), institution=shown(stamp.institution)
            ),
            _("Write it again, and copy the marks: {command}").format(command=_again("…")),
        )


def _again(institution: str) -> str:
    return f"ptce jury grid --institution {shown(institution)} -o " + _("FILE")


def _page(handed: Handed, heading: int, titles: tuple[str, ...]) -> Page:
    """The sheet that holds the grid, wherever it stands among the others."""
    named = [page for page in handed.pages if page.text(heading, REF) == titles[REF - 1]]
    if named:
        return named[0]
    return handed.pages[0] if handed.pages else Page("", {})


def _columns(page: Page, heading: int, titles: tuple[str, ...]) -> Iterator[CellFault]:
    """Every column that is not where it was, is called otherwise, or was added."""
    mend = _("Columns stay as they were when the grid was written.")
    for number, title in enumerate(titles, 1):
        found, wanted = _plain(page.text(heading, number)), _plain(title)
        if found == wanted:
            continue
        if found:
            what = _("“{wanted}” stood here, and now “{found}” does.").format(
                wanted=wanted, found=shown(found)
            )
        else:
            what = _("The column “{wanted}” is missing.").format(wanted=wanted)
        yield CellFault(address(heading, number), Misuse(what, "", mend))
    beyond = {column: row for row, column in sorted(page.cells, reverse=True)}
    for column, row in sorted(beyond.items()):
        if column > len(titles) and row >= heading:
            what = _("There was no column here: “{found}”.").format(
                found=shown(page.text(row, column))
            )
            yield CellFault(address(row, column), Misuse(what, "", mend))


def _rows(page: Page, first: int, fields: Mapping[str, FieldType]) -> Iterator[FilledRow]:
    """The rows that hold anything; blank ones at the end are left by many a program."""
    silent = no_opinion_words()
    numbers = sorted({row for row, _column in page.cells if row >= first})
    for number in numbers:
        answers = {}
        for column, (name, field) in enumerate(fields.items(), FIRST_ASKED):
            answer = page.at(number, column)
            if isinstance(answer, str) and isinstance(field, ScoreField):
                answer = NO_OPINION if answer.casefold() in silent else answer
            if answer is not None:
                answers[name] = answer
        yield FilledRow(number, page.text(number, KEY), page.text(number, REF), answers)


def _plain(title: str) -> str:
    return " ".join(title.split())
