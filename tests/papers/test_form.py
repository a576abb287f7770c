"""The frame of forms by itself: a kind declared here goes out, is filled in, and comes back."""

import csv
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import pytest
from msgspec.structs import replace
from openpyxl import load_workbook

from ptce_workflow.base.errors import Misuse
from ptce_workflow.office.form import Form, FormColumn, FormKind, Handed, read_workbook
from ptce_workflow.office.sheets import form_written
from ptce_workflow.process.forms import Returned, ReturnRefused
from tests.signing import PROCESS

pytestmark = pytest.mark.usefixtures("in_english")

AT = datetime(2024, 4, 18, 8, tzinfo=UTC)
VISITS = FormKind("visits", "1", 4, ("who",), "no list of visits", "ptce visits --of {who}")
LEDGER = {"contest": "gardens-2024"}
COLUMNS = (
    FormColumn("key", hidden=True),
    FormColumn("ref."),
    FormColumn("garden", 20),
    FormColumn("visit", name="visit", choices=("yes", "no"), below="In spring."),
    FormColumn("hours", name="hours", below=""),
    FormColumn("remark", 30, name="remark", once=True, explains=[("hours", ">", 2)]),
)
FORM = Form(
    VISITS,
    "en",
    COLUMNS,
    {**LEDGER, "process": PROCESS.hash, "who": "ada"},
    name="Visits",
    above=("Visits", "Where to go"),
    rows=(
        ("k1", "C-001", "=Les Jardins", None, None, None),
        ("k2", "C-001", "Le Four", "no", 1.5, None),
        ("k3", "C-002", "Le Potager", None, None, "Court."),
    ),
)
FORMS = pytest.mark.parametrize("suffix", [".xlsx", ".csv"])


def handed(folder: Path, suffix: str = ".xlsx", form: Form = FORM, **cells: str | float) -> Handed:
    """The form as it comes back, after cells were filled in (`D6` is that of the workbook)."""
    file = folder / f"visits{suffix}"
    file.write_bytes(form_written(form, suffix, AT))
    if suffix == ".xlsx":
        book = load_workbook(file)
        for cell, value in cells.items():
            book.worksheets[0][cell] = value
        book.save(file)
    else:
        text = file.read_bytes().decode("utf-8-sig")
        rows = list(csv.reader(StringIO(text, newline="")))
        for cell, value in cells.items():
            # A table has its stamp and its headings above the rows, a workbook five lines.
            number = int(cell[1:]) - (4 if int(cell[1:]) > VISITS.heading else 3)
            rows[number][ord(cell[0]) - ord("A")] = str(value)
        with file.open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream).writerows(rows)
    return read_workbook(file)


def refused(form: Form, came: Handed) -> list[str]:
    """The columns that are not where they were."""
    with pytest.raises(ReturnRefused) as told:
        form.returned(came)
    return [str(fault) for fault in told.value.faults]


def answers(returned: Returned) -> list[tuple[str, str, dict[str, str]]]:
    """Each row by its key and its reference, its answers as text."""
    return [
        (row.key, row.ref, {name: str(answer) for name, answer in row.answers.items()})
        for row in returned.rows
    ]


@FORMS
def test_out_and_back(suffix: str, tmp_path: Path) -> None:
    """What was filled in comes back under the names of the columns, each cell with its address."""
    came = handed(tmp_path, suffix, D6="yes", E6=3, F6="Long.")
    returned = FORM.returned(came)
    assert answers(returned) == [
        ("k1", "C-001", {"visit": "yes", "hours": "3", "remark": "Long."}),
        ("k2", "C-001", {"visit": "no", "hours": "1.5"}),
        ("k3", "C-002", {"remark": "Court."}),
    ]
    assert returned.rows[0].whose == ("k1", "C-001", "=Les Jardins")
    first = 6 if suffix == ".xlsx" else 3
    assert returned.cell(returned.rows[1], "hours") == f"E{first + 1}"


@FORMS
def test_a_form_in_another_language_is_read_as_it_was_written(suffix: str, tmp_path: Path) -> None:
    came = handed(tmp_path, suffix, replace(FORM, language="fr")) if suffix == ".xlsx" else None
    if came is None:
        file = tmp_path / "visites.csv"
        file.write_bytes(form_written(replace(FORM, language="fr"), suffix, AT))
        assert ";1,5;" in file.read_text("utf-8")
        came = read_workbook(file)
    assert len(FORM.returned(came).rows) == 3


@FORMS
def test_each_column_that_moved_is_named(suffix: str, tmp_path: Path) -> None:
    told = refused(FORM, handed(tmp_path, suffix, C4="hours", D4="", E4="garden"))
    row = 4 if suffix == ".xlsx" else 2
    assert [line.partition(":")[0] for line in told] == [f"{letter}{row}" for letter in "CDE"]
    assert "“garden” stood here, and now “hours” does." in told[0]
    assert "The column “visit” is missing." in told[1]


def test_what_is_written_beside_it(tmp_path: Path) -> None:
    """A note beside a form does no harm, unless its kind refuses whatever is no part of it."""
    came = handed(tmp_path, H7="rappeler")
    assert len(FORM.returned(came).rows) == 3
    strict = replace(FORM, kind=replace(VISITS, refuses_more=True))
    (told,) = refused(strict, came)
    assert told.startswith("H7: There was no column here: “rappeler”.")


def test_a_row_added_by_hand_has_no_key(tmp_path: Path) -> None:
    row = FORM.returned(handed(tmp_path, C9="Le Champ", D9="yes")).rows[-1]
    assert (row.key, row.begins, row.answers) == ("", 3, {"visit": "yes"})


def test_only_what_asks_may_be_written(tmp_path: Path) -> None:
    handed(tmp_path)
    sheet = load_workbook(tmp_path / "visits.xlsx")["Visits"]
    row = {cell.coordinate for cell in sheet[8] if not cell.protection.locked}
    assert row == {"D8", "E8", "F8"}
    (listed,) = sheet.data_validations.dataValidation
    assert str(listed.sqref) == "D6:D8"
    assert [str(cells) for cells in sheet.merged_cells.ranges] == ["F6:F7"]
    (red,) = sheet.conditional_formatting
    assert red.rules[0].formula == ["AND(LEN(TRIM($F6))=0,OR(AND(ISNUMBER($E6),$E6>2)))"]
    assert sheet["D5"].value == "In spring."


@FORMS
def test_its_stamp_says_what_it_was_made_for(suffix: str, tmp_path: Path) -> None:
    came = handed(tmp_path, suffix)
    assert VISITS.stamp_of(came, LEDGER, PROCESS)["who"] == "ada"
    other = replace(came, stamp={**came.stamp, "process": "f" * 64})
    assert VISITS.stamp_of(other, LEDGER, PROCESS)["process"] == PROCESS.hash
    for changed, why in (
        ({"kind": "grid"}, "no list of visits"),
        ({"contest": "orchards"}, "another contest, or for a rehearsal: orchards"),
        ({"layout": "0"}, "Another version of the program"),
        ({"column.2": "ref."}, "hidden sheet was changed"),
        ({"language": "de"}, "hidden sheet was changed"),
    ):
        with pytest.raises(Misuse) as told:
            VISITS.stamp_of(replace(came, stamp={**came.stamp, **changed}), LEDGER, PROCESS)
        assert why in told.value.why
        assert told.value.mend.endswith("ptce visits --of ada")
    without = {name: value for name, value in came.stamp.items() if name != "who"}
    with pytest.raises(Misuse, match="not taken; nothing was recorded"):
        VISITS.stamp_of(replace(came, stamp=without), LEDGER, PROCESS)


@FORMS
def test_what_is_asked_otherwise_now_is_left_out_and_named(suffix: str, tmp_path: Path) -> None:
    scale = replace(FORM, columns=(*COLUMNS[:4], replace(COLUMNS[4], choices=(1, 2)), COLUMNS[5]))
    came = handed(tmp_path, suffix, scale, D6="yes", E6=2, F6="Long.")
    asks = {"visit": "twice", "hours": "of ten", "remark": ""}
    now = [replace(one, asks=asks.get(one.name, "")) for one in scale.columns]
    now[3] = replace(now[3], title="visits", choices=("no", "often"))
    returned = replace(scale, columns=now[:5]).returned(came)
    assert [row.answers for row in returned.rows] == [{}, {"visit": "no"}, {}]
    first = 6 if suffix == ".xlsx" else 3
    assert returned.left == {
        "visit": [f"D{first}"],
        "hours": [f"E{first}", f"E{first + 1}"],
        "remark": [f"F{first}", f"F{first + 2}"],
    }
    told = list(returned.differences())
    assert told[0] == "“visit” is called “visits” now: its cells are taken."
    assert told[2].startswith("“hours” is no longer asked so: 2 cells are not taken (E")
    # A column that is new now was not in it; those that it has are found where it left them.
    more = replace(scale, columns=(*COLUMNS[:3], FormColumn("new", name="new"), *scale.columns[3:]))
    (row, *_others) = answers(more.returned(came))
    assert row[2] == {"visit": "yes", "hours": "2", "remark": "Long."}
