"""What people do in a spreadsheet: fill a grid of marks in, tick who came to a day."""

from __future__ import annotations

import csv
from collections.abc import Collection, Mapping, Sequence
from io import StringIO
from pathlib import Path
from typing import Any

from openpyxl import load_workbook

from ptce_workflow.base.words import LANGUAGES, speaking
from ptce_workflow.office.form import REF
from ptce_workflow.office.grid import GRID, SIGN_IN, links_heading, sign_in_form
from ptce_workflow.process.fields import OptionField
from ptce_workflow.process.forms import sign_ins
from ptce_workflow.process.process import Process

Filled = Mapping[str, Sequence[Any]]
"""What is written beside a reference: a mark for each criterion, then the comment, if any."""

_FRENCH, _ENGLISH = ";", ","
_FIRST_ASKED = 5
"""The first column of a grid that asks for something: for links, or for a mark."""
_NO_LINK = "non"
_STRUCTURE = 4
"""The column of a sign-in sheet that names a structure."""


def fill_grid(file: Path, answers: Filled) -> None:
    """Fills a grid in, as a workbook or as a table in CSV; a mark `-` is no opinion."""
    if file.suffix == ".csv":
        _fill_table(file, answers)
        return
    book = load_workbook(file)
    page = book.worksheets[0]
    declares = _is_links(page.cell(GRID.heading, _FIRST_ASKED).value)
    for row in range(GRID.heading + 1, page.max_row + 1):
        given = answers.get(str(page.cell(row, REF).value), ())
        for column, answer in enumerate(_after_links(given, declares), _FIRST_ASKED):
            page.cell(row, column).value = answer
    book.save(file)


def _fill_table(file: Path, answers: Filled) -> None:
    text = file.read_bytes().decode("utf-8-sig")
    separator = _FRENCH if text.startswith(f"ptce{_FRENCH}") else _ENGLISH
    rows = list(csv.reader(StringIO(text, newline=""), delimiter=separator))
    declares = _is_links(rows[1][_FIRST_ASKED - 1])
    for row in rows[2:]:
        given = answers.get(row[REF - 1], ())
        for column, answer in enumerate(_after_links(given, declares), _FIRST_ASKED - 1):
            row[column] = str(answer).replace(".", ",") if separator == _FRENCH else str(answer)
    with file.open("w", encoding="utf-8-sig", newline="") as written:
        csv.writer(written, delimiter=separator).writerows(rows)


def _is_links(heading: object) -> bool:
    """Whether a column asks for the links of an institution, in any language."""
    known = set()
    for one in LANGUAGES:
        with speaking(one):
            known.add(links_heading().casefold())
    return str(heading).casefold() in known


def _after_links(given: Sequence[Any], declares: bool) -> Sequence[Any]:
    """The answers of a row, no link declared before them where a column asks for it."""
    return (_NO_LINK, *given) if given and declares else given


def fill_sign_in(
    file: Path,
    process: Process,
    date: str,
    *,
    language: str,
    absent: Collection[str] = (),
    excused: Collection[str] = (),
    excuse: str = "",
) -> None:
    """Ticks who came to a day: everyone, but the `absent` structures and the `excused` references.

    Options stand in the order of the folder: present, excused, absent.
    """
    asked = next(one for one in sign_ins(process.definition) if one.date == date)
    options = next(iter(asked.columns.values()))
    assert isinstance(options, OptionField)
    columns = sign_in_form(process, asked, language).asked
    presence, ground = (columns[next(iter(names))] for names in (asked.columns, asked.fields))
    came, accepted, away = (label.in_(language) for label in options.options.values())
    book = load_workbook(file)
    page = book.worksheets[0]
    before = ""
    for row in range(SIGN_IN.heading + 1, page.max_row + 1):
        ref = str(page.cell(row, REF).value)
        answer = away if page.cell(row, _STRUCTURE).value in absent else came
        if ref in excused:
            answer = accepted
            if ref != before:
                page.cell(row, ground).value = excuse
        page.cell(row, presence).value = answer
        before = ref
    book.save(file)
