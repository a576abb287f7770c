"""A form that came back as a workbook: the same answers, whatever the cells made of them."""

import re
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from openpyxl import load_workbook
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from ptce_workflow.office.forms.answers import AnswerRead, FormRead
from ptce_workflow.office.forms.blocks import opened
from ptce_workflow.office.forms.reader import read_form
from ptce_workflow.office.sheets import blank_to_xlsx
from tests.cases import thinned
from tests.papers.test_blank import made, process
from tests.papers.test_opening import saved
from tests.slow.test_grid_soffice import saved_by_libreoffice

ANSWERS = {
    "collective_name": "Les Cèdres bleus",
    "contact_email": "cedres@example.org",
    "contact_phone": "06 12 34 56 78",
    "territory": "Millau\nAuch",
    "project": "Un projet\nen deux lignes",
    "prepared": "oui",
}
MEMBERS = (
    ("Asso A", "entreprise de l’ESS", "oui", "10000000900009"),
    ("Mairie B", "collectivité ou groupement", "non", "20000000810008"),
)
SURE = {
    **ANSWERS,
    "contact_phone": "06 12 34 56 78",
    "territory": ["Millau", "Auch"],
    "prepared": True,
    "themes": ["energy", "tourism"],
}


@pytest.fixture(scope="module")
def form() -> bytes:
    return blank_to_xlsx(made())


def filled(form: bytes, change: Callable[[Workbook], None] = lambda _book: None) -> FormRead:
    """What is read of the form when it was filled in, and changed."""
    return read(filled_in(form, change))


def filled_in(form: bytes, change: Callable[[Workbook], None] = lambda _book: None) -> bytes:
    """The form when it was filled in, and changed."""
    book = load_workbook(BytesIO(form))
    sheet = book.worksheets[0]
    rows = {sheet.cell(row, 1).value: row for row in range(1, sheet.max_row + 1)}
    for name, answer in ANSWERS.items():
        sheet.cell(rows[name], 3).value = answer
    for row in range(1, sheet.max_row + 1):
        if sheet.cell(row, 2).value in ("énergie", "tourisme"):
            sheet.cell(row, 3).value = "x"
    table, heading = members(book)
    for number, cells in enumerate(MEMBERS):
        # Between them a row stays empty.
        for column, value in enumerate(cells, 2):
            table.cell(heading + 1 + 2 * number, column).value = value
    change(book)
    return saved(book)


def members(book: Workbook) -> tuple[Worksheet, int]:
    """The sheet of a table, and the row of its headings."""
    sheet = book.worksheets[1]
    return sheet, next(row for row in range(1, 20) if sheet.cell(row, 3).value)


def read(content: bytes) -> FormRead:
    found = opened("f.xlsx", content)
    assert found.document is not None, found.problem
    return read_form("f.xlsx", found.document, process("root"))


def answer(form: FormRead, name: str) -> AnswerRead:
    return next(one for one in form.answers if one.name == name)


def test_a_blank_workbook_answers_nothing(form: bytes) -> None:
    found = read(form)
    assert (found.sure, found.outside) == ({}, ())
    assert found.stamp == made().questionnaire.stamp


def test_a_workbook_that_was_filled_in_is_read(form: bytes) -> None:
    found = filled(form)
    assert {name: found.sure.get(name) for name in SURE} == SURE
    rows = answer(found, "members")
    assert (rows.status, [row["name"] for row in rows.value]) == ("read", ["Asso A", "Mairie B"])
    assert found.outside == ()


@pytest.mark.long
def test_without_its_hidden_column_labels_tell(form: bytes) -> None:
    def bare(book: Workbook) -> None:
        for sheet in book.worksheets:
            for row in range(1, sheet.max_row + 1):
                if sheet.sheet_state == "visible":
                    sheet.cell(row, 1).value = None

    assert filled(form, bare).answers == filled(form).answers


@pytest.mark.long
@pytest.mark.parametrize("siret", [10000000900009, 10000000900009.0])
def test_a_siret_is_read_as_a_number_too(siret: float, form: bytes) -> None:
    def number(book: Workbook) -> None:
        sheet, heading = members(book)
        sheet.cell(heading + 1, 5).value = siret

    assert filled(form, number).sure["members"] == filled(form).sure["members"]


@pytest.mark.parametrize("siret", thinned([1.00000009e13, "1,00E+13", 1000001600013], 3))
def test_a_siret_that_lost_digits_is_not_guessed(siret: Any, form: bytes) -> None:
    def number(book: Workbook) -> None:
        sheet, heading = members(book)
        sheet.cell(heading + 1, 5).value = siret

    found = filled(form, number)
    assert answer(found, "members[1].siret").status != "read"


def test_a_table_that_was_pasted_a_column_aside_is_not_guessed(form: bytes) -> None:
    def aside(book: Workbook) -> None:
        sheet, heading = members(book)
        for row in range(heading + 1, heading + 4):
            for column in range(6, 2, -1):
                sheet.cell(row, column).value = sheet.cell(row, column - 1).value
            sheet.cell(row, 2).value = None

    assert "members" not in filled(form, aside).sure


def test_a_phone_that_lost_its_zero_is_told(form: bytes) -> None:
    def number(book: Workbook) -> None:
        sheet = book.worksheets[0]
        for row in range(1, sheet.max_row + 1):
            if sheet.cell(row, 1).value == "contact_phone":
                sheet.cell(row, 3).value = 612345678

    assert answer(filled(form, number), "contact_phone").status != "read"


@pytest.mark.slow
@pytest.mark.parametrize("formats", [("xlsx",), ("ods",), ("ods", "xlsx"), ("xls", "xlsx")])
def test_a_workbook_that_libreoffice_saved(
    formats: tuple[str, ...], form: bytes, tmp_path: Path
) -> None:
    file = tmp_path / "f.xlsx"
    file.write_bytes(filled_in(form))
    came = read(saved_by_libreoffice(file, *formats).read_bytes())
    assert came.answers == filled(form).answers
    assert (came.outside, came.stamp) == ((), made().questionnaire.stamp)


@pytest.mark.long
@pytest.mark.parametrize(
    ("cell", "kind", "status", "value"),
    [
        ('<f>"Les "&amp;A1</f><v>Les Cèdres</v>', 't="str"', "read", "Les Cèdres"),
        ("<f>1+1</f>", "", "not_understood", None),
        ("<f>A1</f><v>#REF!</v>", 't="e"', "not_understood", None),
    ],
)
def test_a_formula_counts_as_its_value(
    cell: str, kind: str, status: str, value: str | None, form: bytes
) -> None:
    """The value that the file keeps of it is the answer, and its own words never are."""
    content = with_cell(filled_in(form), "Les Cèdres bleus", cell, kind)
    found = answer(read(content), "collective_name")
    assert (found.status, found.value) == (status, value)


def with_cell(content: bytes, text: str, cell: str, kind: str) -> bytes:
    """A workbook whose cell with a text holds something else."""
    book = load_workbook(BytesIO(content))
    sheet = book.worksheets[0]
    where = next(one.coordinate for row in sheet for one in row if one.value == text)
    changed = BytesIO()
    with ZipFile(BytesIO(content)) as archive, ZipFile(changed, "w") as written:
        for name in archive.namelist():
            part = archive.read(name).decode("utf-8", "surrogateescape")
            if name == "xl/worksheets/sheet1.xml":
                part, count = re.subn(
                    rf'<c r="{where}"([^>]*?) t="\w+">.*?</c>',
                    rf'<c r="{where}"\1 {kind}>{cell}</c>',
                    part,
                )
                assert count == 1
            written.writestr(name, part.encode("utf-8", "surrogateescape"))
    return changed.getvalue()
