"""The grid as it leaves: what may be written in it, what it offers, what it says."""

import csv
from io import BytesIO, StringIO
from zipfile import ZipFile

import pytest
from msgspec.structs import replace
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

import ptce_workflow.app.jury.grid as grid_
from ptce_workflow.app.adopt import adopt
from ptce_workflow.app.contest import Contest
from ptce_workflow.app.jury.marks import declare_links, score
from ptce_workflow.base.words import speaking
from ptce_workflow.office.grid import grid_form
from ptce_workflow.office.sheets import form_written
from ptce_workflow.process.forms import ReturnRefused
from tests.grids import explained, fill, opened, several, take, workbook
from tests.rehearsal import added, edit, english, move

__all__ = ["english"]


def sheet_of(contest: Contest) -> Worksheet:
    """The grid of the north, opened."""
    sheet = opened(workbook(contest)).worksheets[0]
    assert isinstance(sheet, Worksheet)
    return sheet


def test_only_marks_and_comments_may_be_written(contest: Contest) -> None:
    several(contest)
    book = opened(workbook(contest))
    assert all(sheet.protection.sheet for sheet in book.worksheets)
    open_cells = {
        cell.coordinate
        for sheet in book.worksheets
        for row in sheet.iter_rows()
        for cell in row
        if not cell.protection.locked
    }
    assert open_cells == {f"{column}{row}" for column in "EFG" for row in (7, 8, 9)}
    hidden = {sheet.title: sheet.sheet_state for sheet in book.worksheets}
    assert hidden == {
        "Grid": "visible",
        "Guide": "visible",
        "lists": "hidden",
        "stamp": "veryHidden",
    }
    assert book.worksheets[0].column_dimensions["A"].hidden


def test_the_marks_that_are_offered(contest: Contest) -> None:
    explained(contest)
    several(contest)
    book = opened(workbook(contest))
    lists = list(book["lists"].iter_cols(values_only=True))
    marks = [0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4, 4.5, 5]
    assert [[value for value in column if value is not None] for column in lists] == [
        [*marks, "no opinion"],
        marks,
    ]
    rules = book.worksheets[0].data_validations.dataValidation
    assert [str(rule.sqref) for rule in rules] == ["E7:E9", "F7:F9"]
    assert all(rule.type == "list" and rule.showErrorMessage for rule in rules)


def test_what_it_says_of_each(contest: Contest) -> None:
    refs = several(contest)
    score(contest, refs[1], "north", {"idea": 3.5, "method": 4, "remark": "=1+1"})
    sheet = sheet_of(contest)
    assert [sheet.cell(row, 2).value for row in (7, 8, 9)] == refs
    assert [sheet.cell(row, 3).value for row in (7, 8, 9)] == [f"Collectif {n}" for n in (1, 2, 3)]
    assert [cell.value for cell in sheet["E7:G7"][0]] == [None, None, None]
    assert [cell.value for cell in sheet["E8:G8"][0]] == [3.5, 4, "=1+1"]
    assert sheet["G8"].data_type == "s"
    assert sheet["G8"].quotePrefix
    assert [sheet.cell(5, column).value for column in (5, 6, 7)] == ["Idea", "Method", "Remark"]


def test_the_dossier_in_brief(contest: Contest) -> None:
    members = 'members = ["north", "south"]\n'
    shows = 'shows = ["dossier.theme", "dossier.members"]\n'
    edit(contest, "sheets/cra.toml", members, members + shows)
    adopt(contest, "La grille rappelle le dossier.")
    several(contest, 1)
    text = sheet_of(contest)["D7"].value
    assert isinstance(text, str)
    assert text.split("\n")[1].endswith("2 (La Serre, Le Four)")


def test_what_the_guide_explains(contest: Contest) -> None:
    """The scale, when a mark must be explained, where the criterion comes from, how it closes."""
    explained(contest)
    several(contest)
    guide = opened(workbook(contest))["Guide"]
    told = "\n".join(
        str(cell.value) for row in guide.iter_rows() for cell in row if cell.value is not None
    )
    assert "0 to 5, by 0.5\nor: no opinion" in told
    assert "below 2: to be explained under “Remark”" in told
    assert "from 0 to 5" in told
    assert "The marks are closed when:" in told
    assert "Every institution gave its marks" in told


def test_an_article_that_the_organiser_reads_is_marked(contest: Contest) -> None:
    """Below the criterion and in the guide; the organiser's reason stands in the guide."""
    field = 'idea = { type = "score", label = "Idea"'
    edit(contest, "sheets/cra.toml", field, f'{field}, source = "Panel, §1"')
    adopt(contest, "Un article.")
    several(contest)
    book = opened(workbook(contest))
    ground = "Panel, §1, as the organiser reads it"
    assert f"({ground})" in [cell.value for cell in book.worksheets[0]["E"]]
    told = [cell.value for row in book["Guide"].iter_rows() for cell in row]
    assert f"{ground}\nfrom 0 to 5" in told


def test_the_sentence_that_is_signed_before(contest: Contest) -> None:
    signed = 'declares = "We have no link."\nmembers ='
    edit(contest, "sheets/cra.toml", "members =", signed)
    adopt(contest, "Chacune déclare ses liens.")
    several(contest)
    file = fill(workbook(contest), {"F7": 3.5})
    assert "signs, by “no” under “link declared”: “We have no link.”" in str(
        [*load_workbook(file)["Guide"].values]
    )
    with pytest.raises(ReturnRefused, match="declared nothing"):
        take(contest, file)
    declare_links(contest, institution="north")
    assert len(take(contest, file).changed) == 1


def test_several_rules_that_close_the_marks_are_listed_once(contest: Contest) -> None:
    several(contest)
    grid = replace(grid_.grid(contest, "north"), closes=("One holds", "Another holds"))
    guide = load_workbook(BytesIO(form_written(grid_form(grid), ".xlsx", contest.clock.now())))[
        "Guide"
    ]
    told = [str(row[0].value).strip() for row in guide.iter_rows() if row[0].value is not None]
    at = told.index("• The marks are closed when:")
    assert told[at + 1 : at + 3] == ["– One holds", "– Another holds"]


def test_a_column_of_marks_is_as_wide_as_its_longest_word(contest: Contest) -> None:
    sheet = sheet_of(contest)
    before = sheet.column_dimensions["E"].width
    edit(contest, "sheets/cra.toml", '"Idea"', '"An accompaniment"')
    adopt(contest, "Un critère change de nom.")
    assert before < 12 < 16 < sheet_of(contest).column_dimensions["E"].width <= 20


def test_a_comment_that_is_wanted_is_shown(contest: Contest) -> None:
    several(contest)
    assert not sheet_of(contest).conditional_formatting
    explained(contest)
    (found,) = sheet_of(contest).conditional_formatting
    assert str(found.sqref) == "G7:G9"
    assert found.rules[0].formula == ["AND(LEN(TRIM($G7))=0,OR(AND(ISNUMBER($E7),$E7<2)))"]


def test_in_the_language_of_whoever_asks(contest: Contest) -> None:
    several(contest, 1)
    with speaking("fr"):
        content = form_written(
            grid_form(grid_.grid(contest, "north")), ".xlsx", contest.clock.now()
        )
    book = load_workbook(BytesIO(content))
    assert [book.worksheets[0].cell(5, n).value for n in (5, 6, 7)] == [
        "Idée",
        "Méthode",
        "Remarque",
    ]
    assert book.properties.language == "fr-FR"


def test_the_same_grid_twice_is_the_same_file(contest: Contest) -> None:
    several(contest)
    assert workbook(contest).read_bytes() == workbook(contest, name="twice.xlsx").read_bytes()


def test_it_is_printed_on_a_page(contest: Contest) -> None:
    several(contest)
    sheet = sheet_of(contest)
    assert (sheet.page_setup.orientation, sheet.page_setup.paperSize) == ("landscape", 9)
    assert sheet.page_setup.fitToWidth == 1
    assert sheet.print_title_rows == "$5:$5"
    assert sheet.freeze_panes == "D7"


def test_nobody_to_mark(contest: Contest) -> None:
    """A grid without rows is still a grid: it comes back, and changes nothing."""
    added(contest)
    assert take(contest, workbook(contest)).rows == ()


def test_no_name_reaches_outside(contest: Contest) -> None:
    ref = added(contest, name="=HYPERLINK(0)")
    move(contest, "submit", ref)
    file = workbook(contest)
    sheet = opened(file).worksheets[0]
    assert (sheet["C7"].value, sheet["C7"].data_type) == ("=HYPERLINK(0)", "s")
    with ZipFile(file) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    assert not any(b"<f>" in part or b"External" in part for part in parts.values())


@pytest.mark.parametrize(("language", "sign", "mark"), [("fr", ";", "3,5"), ("en", ",", "3.5")])
def test_as_a_table(contest: Contest, language: str, sign: str, mark: str) -> None:
    """In CSV, cells and decimals are set apart as the language does; formulas are defused."""
    (ref,) = several(contest, 1)
    score(contest, ref, "north", {"idea": "3.5", "remark": "=1+1"})
    with speaking(language):
        content = form_written(grid_form(grid_.grid(contest, "north")), ".csv", contest.clock.now())
    assert content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(StringIO(content.decode("utf-8-sig")), delimiter=sign))
    assert "institution=north" in rows[0]
    assert rows[2][1] == ref
    assert rows[2][4:] == [mark, "", "'=1+1"]
    assert len({len(row) for row in rows[1:]}) == 1
