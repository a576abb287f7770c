"""Grids that come back: whose they are, and whether their columns are those they left with."""

import csv
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest
from openpyxl import load_workbook

from ptce_workflow.app.adopt import adopt
from ptce_workflow.app.audit.verify import verify
from ptce_workflow.app.candidatures.history import history
from ptce_workflow.app.candidatures.overview import show
from ptce_workflow.app.contest import Contest
from ptce_workflow.base.errors import Misuse, PtceError
from ptce_workflow.base.words import speaking
from ptce_workflow.ledger.events.panel import Comments
from ptce_workflow.office.grid import read_grid
from ptce_workflow.office.page import Paragraph
from ptce_workflow.process.forms import ReturnRefused
from ptce_workflow.reports.setup import adopted
from tests.cases import thinned
from tests.grids import fill, several, table, take, workbook
from tests.rehearsal import edit, english, remark

__all__ = ["english"]


def rows_of(file: Path) -> list[list[str]]:
    text = file.read_bytes().decode("utf-8-sig")
    return list(csv.reader(StringIO(text), delimiter=";" if ";" in text.split("\n")[0] else ","))


def write(file: Path, rows: list[list[str]], separator: str = ";") -> Path:
    """Writes a table anew, as another program would."""
    text = StringIO(newline="")
    csv.writer(text, delimiter=separator).writerows(rows)
    file.write_text(text.getvalue(), "utf-8")
    return file


def faults(contest: Contest, file: Path) -> list[str]:
    """What is told of a grid whose columns are refused."""
    with pytest.raises(ReturnRefused) as told:
        read_grid(file, contest.process)
    return [str(fault) for fault in told.value.faults]


def test_what_it_holds(contest: Contest) -> None:
    """Each cell under the name of its field; a row for each candidature."""
    refs = several(contest)
    filled = read_grid(fill(workbook(contest), {"E7": 3.5, "G8": " Clair. "}), contest.process)
    assert [row.ref for row in filled.rows] == refs
    assert [row.number for row in filled.rows] == [7, 8, 9]
    assert filled.letters == {"idea": "E", "method": "F", "remark": "G"}
    assert [dict(row.answers) for row in filled.rows] == [
        {"idea": pytest.approx(3.5)},
        {"remark": "Clair."},
        {},
    ]
    assert filled.stamp["institution"] == "north"


def test_another_language(contest: Contest) -> None:
    """A grid is read in the language in which it was written, whoever reads it."""
    several(contest, 1)
    with speaking("fr"):
        file = workbook(contest)
    sheet = load_workbook(file).worksheets[0]
    assert sheet["E5"].value == "Idée"
    assert take(contest, fill(file, {"E7": 4})).changed


def test_a_column_renamed_shifted_missing(contest: Contest) -> None:
    several(contest)
    renamed = fill(workbook(contest), {"E5": "Idea (out of 5)"})
    assert [told[:4] for told in faults(contest, renamed)] == ["E5: "]
    swapped = fill(workbook(contest), {"E5": "Method", "F5": "Idea"})
    assert [told[:4] for told in faults(contest, swapped)] == ["E5: ", "F5: "]
    shifted = workbook(contest)
    book = load_workbook(shifted)
    book.worksheets[0].insert_cols(5)
    book.save(shifted)
    assert [told[:4] for told in faults(contest, shifted)] == ["E5: ", "F5: ", "G5: ", "H5: "]
    cut = workbook(contest)
    book = load_workbook(cut)
    book.worksheets[0].delete_cols(7)
    book.save(cut)
    (told,) = faults(contest, cut)
    assert told.startswith("G5: ")
    assert "missing" in told


def test_a_column_added(contest: Contest) -> None:
    """What stands beside the grid is no part of it, and is not passed over in silence."""
    several(contest)
    (told,) = faults(contest, fill(workbook(contest), {"I8": "à revoir"}))
    assert told.startswith("I8: ")
    assert "à revoir" in told


def test_headings_moved_down(contest: Contest) -> None:
    """A line slipped in above the headings shifts all of them."""
    several(contest)
    file = workbook(contest)
    book = load_workbook(file)
    book.worksheets[0].insert_rows(1)
    book.save(file)
    assert len(faults(contest, file)) == 7


def test_a_formula(contest: Contest) -> None:
    """A formula is refused by its cell: what it gives depends on the program that opens it."""
    several(contest)
    with pytest.raises(Misuse, match=r"F8.*formula"):
        read_grid(fill(workbook(contest), {"F8": "=1+2"}), contest.process)


@pytest.mark.parametrize("form", [workbook, table])
def test_a_word_mended_elsewhere_leaves_it_valid(
    form: Callable[..., Path], contest: Contest
) -> None:
    (ref, *_others) = several(contest)
    file = form(contest)
    remark(contest)
    adopt(contest, "Une remarque.")
    if file.suffix == ".xlsx":
        fill(file, {"E7": 3.5, "F7": 4})
    else:
        rows = rows_of(file)
        rows[2][4:6] = "3,5", "4"
        write(file, rows)
    taken = take(contest, file)
    assert [len(row.changes) for row in taken.changed] == [2]
    assert show(contest, ref).case.scores["cra"]["north"] == {"idea": 350, "method": 400}
    assert verify(contest).intact


def test_cells_that_still_fit_are_taken_and_the_others_named(contest: Contest) -> None:
    (ref, *_others) = several(contest)
    file = fill(workbook(contest), {"E7": 3, "F7": 4, "G7": "Clair."})
    edit(
        contest,
        "sheets/cra.toml",
        'idea = { type = "score", label = "Idea"',
        'third = { type = "score", label = "Third", choice = "one more" }\n'
        'idea = { type = "score", scale = { from = 0, to = 10, step = 1 }, label = "Idea"',
    )
    edit(contest, "sheets/cra.toml", 'label = "Method"', 'label = "Ways"')
    adopt(contest, "Sur dix.")
    filled = read_grid(file, contest.process)
    assert dict(filled.left) == {"Idea": ["E7"]}
    assert dict(filled.renamed) == {"Method": "Ways"}
    take(contest, file)
    case = show(contest, ref).case
    assert case.scores["cra"]["north"] == {"method": 400}
    assert "Clair." in case.private.values()
    assert verify(contest).intact


def stamped(file: Path, key: str, value: str) -> Path:
    """Changes what the stamp says of one thing."""
    book = load_workbook(file)
    for row in book["stamp"].iter_rows():
        if row[0].value == key:
            row[1].value = value
    book.save(file)
    return file


@pytest.mark.parametrize(
    ("key", "value", "told"),
    thinned(
        [
            ("contest", "other-2024", "another contest"),
            ("kind", "sign_in", "no grid"),
            ("layout", "0", "Another version"),
            ("panel", "dossier", "stamp"),
            ("institution", "east", "stamp"),
            ("language", "de", "stamp"),
        ],
        3,
    ),
)
def test_a_stamp_of_something_else(contest: Contest, key: str, value: str, told: str) -> None:
    several(contest)
    with pytest.raises(PtceError, match=told):
        read_grid(stamped(workbook(contest), key, value), contest.process)


def test_no_stamp(contest: Contest, tmp_path: Path) -> None:
    """A workbook or a table of one's own is no grid."""
    several(contest)
    bare = workbook(contest)
    book = load_workbook(bare)
    del book["stamp"]
    book.save(bare)
    with pytest.raises(Misuse, match="no grid"):
        read_grid(bare, contest.process)
    own = write(tmp_path / "own.csv", [["ref.", "Idea"], ["C-001", "3"]])
    with pytest.raises(Misuse, match="no grid"):
        read_grid(own, contest.process)


def test_a_table_comes_back(contest: Contest) -> None:
    refs = several(contest)
    with speaking("fr"):
        file = table(contest)
    rows = rows_of(file)
    rows[2][4:7] = ["3,5", "4.0", "- À revoir ; sinon, bien"]
    taken = take(contest, write(file, rows))
    assert [row.case.ref for row in taken.changed] == [refs[0]]
    assert show(contest, refs[0]).case.scores["cra"]["north"] == {"idea": 350, "method": 400}
    assert history(contest, refs[0])[-1].side == Comments({"remark": "- À revoir ; sinon, bien"})


def test_a_table_saved_with_another_sign(contest: Contest) -> None:
    """A program that sets cells apart otherwise does no harm, whatever the comments hold."""
    (ref,) = several(contest, 1)
    rows = rows_of(table(contest))
    rows[2][4:7] = ["3.5", "4", "; ; ; ; ; ; ; ; ; ; ; ; ; ; ; ; ; ; ; ; ; ; ; ; ;"]
    take(contest, write(table(contest), rows, ","))
    assert show(contest, ref).case.scores["cra"]["north"] == {"idea": 350, "method": 400}


def test_a_table_with_a_formula_in_it(contest: Contest) -> None:
    several(contest)
    rows = rows_of(table(contest))
    rows[2][4] = "=1+2"
    with pytest.raises(ReturnRefused, match="E3"):
        take(contest, write(table(contest), rows))


def test_a_table_whose_columns_changed(contest: Contest) -> None:
    several(contest)
    rows = rows_of(table(contest))
    rows[1][4], rows[1][5] = rows[1][5], rows[1][4]
    assert [told[:4] for told in faults(contest, write(table(contest), rows))] == ["E2: ", "F2: "]


def test_two_languages_know_no_opinion(contest: Contest) -> None:
    """Nothing but a mark is read as an opinion: a comment may well say that there is none."""
    several(contest, 1)
    filled = read_grid(fill(workbook(contest), {"G7": "no opinion"}), contest.process)
    assert dict(filled.rows[0].answers) == {"remark": "no opinion"}


def test_an_adoption_that_is_tried_counts_the_grids_that_may_be_out(contest: Contest) -> None:
    """At most one an institution, and the columns that would not be taken."""
    several(contest)
    remark(contest)
    (out,) = adopt(contest, None, dry_run=True).consequences.forms
    assert (out.form, out.count, out.otherwise) == ("cra", 2, ())
    edit(contest, "sheets/cra.toml", 'label = "Method"', 'no_opinion = true, label = "Method"')
    (out,) = adopt(contest, None, dry_run=True).consequences.forms
    assert out.otherwise == ("Method",)
    said = [
        part.text
        for part in adopted(adopt(contest, None, dry_run=True), dry_run=True)
        if isinstance(part, Paragraph)
    ]
    assert said[-1] == (
        "Grid: 2 grids at most · these columns are not taken any more, the others are: Method"
    )
