"""Workbooks to fill in: what may be written in them, what they say of themselves."""

from datetime import UTC, datetime
from io import BytesIO
from zipfile import ZipFile

from openpyxl import Workbook, load_workbook

from ptce_workflow.base.words import STAMP
from ptce_workflow.office.form import Form, FormColumn, FormKind
from ptce_workflow.office.sheets import LISTS, form_workbook

AT = datetime(2024, 4, 18, 8, tzinfo=UTC)
KIND = FormKind("test", "1", heading=4, made_for=(), foreign="", again="")
COLUMNS = (
    FormColumn("key", hidden=True),
    FormColumn("Réf.", 20),
    FormColumn("Note", name="mark", choices=["oui, bien sûr", 3.5], centred=True),
)


def made(name: str = "Ada") -> bytes:
    """A workbook with one row, in which a mark is asked."""
    above, rows = ("Grille", "À remplir"), [["k", name, None]]
    form = Form(KIND, "fr", COLUMNS, {}, "Grille", "Concours", above, rows)
    return form_workbook(form, AT)


def opened(content: bytes) -> Workbook:
    """The workbook as another program reads it."""
    return load_workbook(BytesIO(content))


def test_the_same_content_gives_the_same_bytes() -> None:
    content = made()
    with ZipFile(BytesIO(content)) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(2024, 4, 18, 8, 0, 0)}
        assert b"2024-04-18T08:00:00Z</dcterms:modified>" in archive.read("docProps/core.xml")
    assert made() == content


def test_only_the_cells_that_ask_may_be_written() -> None:
    book = opened(made())
    sheet = book["Grille"]
    assert sheet.protection.sheet
    assert sheet.protection.password is None
    assert [sheet.cell(5, column).protection.locked for column in (1, 2, 3)] == [True, True, False]
    assert sheet.column_dimensions["A"].hidden


def test_a_text_never_is_a_formula() -> None:
    """Whatever it begins with; and what XML cannot hold is left out."""
    cell = opened(made("=HYPERLINK(\x01)"))["Grille"]["B5"]
    assert (cell.value, cell.data_type, cell.quotePrefix) == ("=HYPERLINK()", "s", True)


def test_answers_are_offered_whatever_they_hold() -> None:
    book = opened(made())
    (validation,) = book["Grille"].data_validations.dataValidation
    assert validation.formula1 == f"'{LISTS}'!$A$1:$A$2"
    assert [book[LISTS].cell(row, 1).value for row in (1, 2)] == ["oui, bien sûr", 3.5]
    assert book[LISTS].sheet_state == "hidden"


def test_it_says_what_it_is() -> None:
    book = opened(made())
    assert book[STAMP].sheet_state == "veryHidden"
    assert [cell.value for cell in book[STAMP][1]] == ["language", "fr"]


def test_it_is_printed_on_the_width_of_a_page() -> None:
    sheet = opened(made())["Grille"]
    assert (sheet.page_setup.orientation, sheet.page_setup.paperSize) == ("landscape", 9)
    assert (sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight) == (1, 0)
    assert sheet.print_title_rows == "$4:$4"
    assert sheet.oddFooter is not None
    assert sheet.oddFooter.center.text == "&P / &N"
    assert sheet.page_margins.footer < sheet.page_margins.bottom
    assert sheet.freeze_panes == "D5"
