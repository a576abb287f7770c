"""Sign-in sheets that come back: what they change, and every cell that cannot be taken."""

import csv
from collections.abc import Sequence
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from openpyxl import load_workbook

from ptce_workflow.base.errors import Misuse
from ptce_workflow.base.words import use_language
from ptce_workflow.office.form import read_workbook
from ptce_workflow.office.grid import Signed, date_of, read_sign_in
from ptce_workflow.process.candidature import Candidature
from ptce_workflow.process.forms import ReturnRefused
from ptce_workflow.process.process import Process
from tests.cases import thinned
from tests.signing import CAME, EXCUSED, GARDENS, LEDGER, PROCESS, fill, garden, gardens, sheet
from tests.signing import signing as sign_in

pytestmark = pytest.mark.usefixtures("in_english")

ABSENCE = "Ground of the absence"


def read(file: Path, cases: Sequence[Candidature] = GARDENS) -> Signed:
    return read_sign_in(read_workbook(file), PROCESS, sign_in(), cases)


def refusal(file: Path, cases: Sequence[Candidature] = GARDENS) -> str:
    """Why a sheet is not taken."""
    with pytest.raises(ReturnRefused) as refused:
        read(file, cases)
    assert file.name in refused.value.what
    return refused.value.why


@pytest.fixture
def blank(tmp_path: Path) -> Path:
    """A sheet that nobody has filled in: E asks the morning, H the ground of an absence."""
    return sheet(tmp_path / "feuille.xlsx")


def test_it_lists_who_is_expected_and_what_is_known(tmp_path: Path) -> None:
    (page,) = read_workbook(sheet(tmp_path / "sheet.xlsx", language="en")).pages
    rows = [[page.text(row, column) for column in range(2, 9)] for row in range(6, page.rows + 1)]
    assert rows == [
        ["Ref.", "Name", "Name", "Presence", "Name of who signs", "Signature", ABSENCE],
        ["C-001", "Les Jardins", "Ada", "", "", "", ""],
        ["C-001", "Les Jardins", "=Bo()", "", "", "", ""],
        ["C-002", "Le Potager", "Cléo", "came", "", "", ""],
    ]


def test_what_is_signed_on_paper_is_read_from_no_cell(blank: Path) -> None:
    assert read(fill(blank, {"F7": "Ada", "G7": "signed"})) == Signed((), {})


def test_an_empty_sheet_changes_nothing(blank: Path) -> None:
    assert read(blank) == Signed((), {})
    assert read(fill(blank, {"E9": None})) == Signed((), {})


def test_what_is_filled_in_is_what_changes(blank: Path) -> None:
    signed = read(fill(blank, {"E7": CAME, "E8": EXCUSED, "H7": "Un orage."}))
    told = [(change.ref, change.who, change.before, change.after) for change in signed.changes]
    assert told == [
        ("C-001", "Ada", None, "came"),
        ("C-001", "=Bo()", None, "excused"),
        ("C-001", "", None, "Un orage."),
    ]
    assert signed.facts == {
        "C-001": {
            "workshop": {
                "people": [
                    {"name": "Ada", "morning": "came"},
                    {"name": "=Bo()", "morning": "excused"},
                ],
                "ground": "Un orage.",
            }
        }
    }


def test_the_same_sheet_twice_has_nothing_to_change(blank: Path) -> None:
    fill(blank, {"E7": CAME, "H7": "Un orage."})
    after = garden(
        "C-001",
        "Les Jardins",
        ["Ada", "=Bo()"],
        [{"name": "Ada", "morning": "came"}, {"name": "=Bo()"}],
        private={"workshop.ground": "Un orage."},
    )
    assert read(blank, (after, GARDENS[1])) == Signed((), {})


@pytest.mark.long
def test_who_came_without_being_a_member_keeps_its_row(tmp_path: Path) -> None:
    case = garden("C-001", "Les Jardins", ["Ada"], [{"name": "Dan", "morning": "came"}])
    file = sheet(tmp_path / "feuille.xlsx", (case,))
    signed = read(fill(file, {"E7": CAME}), (case,))
    assert signed.facts["C-001"]["workshop"]["people"] == [
        {"name": "Ada", "morning": "came"},
        {"name": "Dan", "morning": "came"},
    ]


def test_two_members_of_one_name_are_told_apart(tmp_path: Path) -> None:
    rows = [{"name": "Ada", "morning": "came"}, {"name": "Ada"}]
    case = garden("C-001", "Les Jardins", ["Ada", "Ada"], rows)
    file = sheet(tmp_path / "feuille.xlsx", (case,))
    signed = read(fill(file, {"E8": EXCUSED}), (case,))
    assert [row["morning"] for row in signed.facts["C-001"]["workshop"]["people"]] == [
        "came", "excused",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("cells", "told"),
    thinned(
        [
            ({"E7": "peut-être"}, "E7"),
            ({"E8": 12}, "E8"),
            ({"H7": "x" * 101}, "H7"),
            ({"H8": "Un orage.", "H7": "Une panne."}, "H8"),
            ({"D7": "Bo"}, "D7"),
            ({"B7": "C-002"}, "B7"),
            ({"E6": "L’après-midi"}, "E6"),
            ({"A10": None, "D10": "Dan", "E10": CAME}, "D10"),
            ({"A8": "C-001:1"}, "B8"),
        ],
        3,
    ),
)
def test_what_cannot_be_taken_is_told_by_its_cell(
    cells: dict[str, Any], told: str, blank: Path
) -> None:
    assert told in refusal(fill(blank, {"E9": CAME, **cells}))


def test_every_cell_is_told_and_nothing_is_taken(blank: Path) -> None:
    why = refusal(fill(blank, {"E7": "x", "E8": "y", "E9": EXCUSED}))
    assert [line.partition(":")[0] for line in why.splitlines()] == ["E7", "E8"]
    assert "Answers: came, excused." in why


def test_a_formula_is_refused(blank: Path) -> None:
    with pytest.raises(Misuse, match="E7"):
        read(fill(blank, {"E7": '=IF(1,"venu","excusé")'}))


def test_rows_may_be_sorted_or_taken_away(blank: Path) -> None:
    book = load_workbook(blank)
    page = book.worksheets[0]
    page.unmerge_cells("H7:H8")
    ada, bo = ([cell.value for cell in page[row]] for row in (7, 8))
    for column, (first, second) in enumerate(zip(bo, ada, strict=True), 1):
        page.cell(7, column).value = first
        page.cell(7, column).data_type = "s" if isinstance(first, str) else "n"
        page.cell(8, column).value = second
    page["E8"].value = CAME
    page.delete_rows(9)
    book.save(blank)
    (change,) = read(blank).changes
    assert (change.who, change.after) == ("Ada", "came")


def test_a_garden_that_left_is_not_written_to(blank: Path) -> None:
    first, left = GARDENS
    handed = read_workbook(fill(blank, {"E7": CAME}))
    signed = read_sign_in(handed, PROCESS, sign_in(), [first], [left])
    assert [change.ref for change in signed.changes] == ["C-001"]
    handed = read_workbook(fill(blank, {"E9": EXCUSED}))
    with pytest.raises(ReturnRefused) as refused:
        read_sign_in(handed, PROCESS, sign_in(), [first], [left])
    assert "B9" in refused.value.why


def test_rows_of_nobody_are_refused(blank: Path) -> None:
    assert "B9" in refusal(blank, GARDENS[:1])
    assert read(fill(blank, {"E9": None}), GARDENS[:1]) == Signed((), {})


def test_members_changed_since_are_seen(blank: Path) -> None:
    other = garden("C-001", "Les Jardins", ["Zoé", "Ada"])
    assert "D7" in refusal(fill(blank, {"E7": CAME}), (other, GARDENS[1]))


def test_the_labels_of_either_language_are_understood(tmp_path: Path) -> None:
    file = sheet(tmp_path / "sheet.xlsx", language="en")
    use_language("fr")
    (change,) = read(fill(file, {"E7": "came"})).changes
    assert change.after == "came"


@pytest.mark.parametrize("language", ["de", "", None])
def test_a_language_that_is_none_is_refused(blank: Path, language: str | None) -> None:
    handed = read_workbook(blank)
    stamp = {name: value for name, value in handed.stamp.items() if name != "language"}
    stamp |= {} if language is None else {"language": language}
    with pytest.raises(Misuse) as refused:
        date_of(replace(handed, stamp=stamp), PROCESS, LEDGER)
    assert "hidden sheet was changed" in refused.value.why


def saved(file: Path, rows: list[list[str]]) -> Path:
    """The table as another program saves it, with commas between its cells."""
    with file.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows(rows)
    return file


def test_a_table_comes_back(tmp_path: Path) -> None:
    file = sheet(tmp_path / "feuille.csv")
    text = file.read_bytes().decode("utf-8-sig")
    rows = list(csv.reader(StringIO(text, newline=""), delimiter=";"))
    assert rows[2][2:4] == ["Les Jardins", "Ada"]
    rows[2][4], rows[3][4], rows[2][7] = CAME, EXCUSED, "Un orage."
    saved(file, rows)
    assert date_of(read_workbook(file), PROCESS, LEDGER) == "workshop"
    told = [(change.who, change.after) for change in read(file).changes]
    assert told == [("Ada", "came"), ("=Bo()", "excused"), ("", "Un orage.")]
    rows[3][4] = "peut-être"
    assert refusal(saved(file, rows)).startswith("E4: ")


def test_a_foreign_sheet_is_refused(blank: Path, tmp_path: Path) -> None:
    handed = read_workbook(blank)
    assert date_of(handed, PROCESS, LEDGER) == "workshop"
    changed = Process.load(gardens(replace={"config.toml": ('"Workshop"', '"Fair"')}))
    assert date_of(handed, changed, LEDGER) == "workshop"
    for process, ledger in (
        (PROCESS, ("orchards-2024", LEDGER[1])),
        (PROCESS, (LEDGER[0], "1" * 64)),
    ):
        with pytest.raises(Misuse, match=r"feuille\.xlsx"):
            date_of(handed, process, ledger)
    plain = tmp_path / "plain.csv"
    plain.write_text("a;b\n")
    with pytest.raises(Misuse, match=r"plain\.csv"):
        date_of(read_workbook(plain), PROCESS, LEDGER)
