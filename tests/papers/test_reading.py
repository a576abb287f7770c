"""Workbooks that come back: values by cell, and whatever would run, unfold or reach outside."""

import warnings
from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.formula import ArrayFormula

from ptce_workflow.base.errors import Misuse
from ptce_workflow.office.form import LARGEST_FILE_MB, SheetPage, address, read_workbook
from ptce_workflow.process.fields.text import MEGABYTE

pytestmark = pytest.mark.usefixtures("in_english")

SHEET = "xl/worksheets/sheet1.xml"
STRINGS = "xl/sharedStrings.xml"
TYPES = "[Content_Types].xml"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def written(file: Path, cells: Mapping[str, Any]) -> Path:
    """A workbook that some other program wrote."""
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = "Grille"
    for where, value in cells.items():
        sheet[where] = value
    book.save(file)
    return file


def changed(file: Path, part: str, change: Callable[[bytes], bytes]) -> Path:
    """The workbook with one of its parts changed behind the back of its program."""
    with ZipFile(file) as archive:
        parts = {entry.filename: archive.read(entry) for entry in archive.infolist()}
    parts[part] = change(parts.get(part, b""))
    with ZipFile(file, "w", ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return file


def by_hand(file: Path, rows: str, before: str = "") -> Path:
    """A workbook whose sheet another program, or nobody, would write like that."""
    sheet = f'<worksheet xmlns="{MAIN}">{before}<sheetData>{rows}</sheetData></worksheet>'
    return changed(written(file, {"A1": "x"}), SHEET, lambda _content: sheet.encode())


def page(file: Path) -> SheetPage:
    (found,) = read_workbook(file).pages
    return found


def refusal(file: Path) -> Misuse:
    """Why a file is not read; its name is told."""
    with pytest.raises(Misuse) as refused:
        read_workbook(file)
    assert file.name in refused.value.what
    return refused.value


def test_values_come_back_as_they_were_written(tmp_path: Path) -> None:
    day = datetime(2024, 5, 14)  # noqa: DTZ001 - a workbook knows no zone
    cells = {"A1": " Nom ", "B2": 3, "C2": 3.5, "D2": 0.1, "E2": True, "F2": day, "G2": "  "}
    found = page(written(tmp_path / "grille.xlsx", cells))
    assert found.name == "Grille"
    assert [found.at(2, column) for column in range(2, 8)] == [
        3, Decimal("3.5"), Decimal("0.1"), True, day, None,
    ]  # fmt: skip
    assert (found.text(1, 1), found.text(2, 3), found.text(9, 9)) == ("Nom", "3.5", "")
    assert found.rows == 2


def test_days_hours_and_large_numbers(tmp_path: Path) -> None:
    cells = {"A1": date(2024, 2, 29), "B1": time(9, 30), "C1": timedelta(hours=9), "D1": 1e20}
    found = page(written(tmp_path / "grille.xlsx", {**cells, "AB1": 4.0}))
    day = datetime(2024, 2, 29)  # noqa: DTZ001 - a workbook knows no zone
    assert dict(found.cells) == {
        (1, 1): day, (1, 2): "09:30:00", (1, 3): "9:00:00", (1, 4): 10**20, (1, 28): 4,
    }  # fmt: skip
    assert type(found.at(1, 28)) is int


def test_days_counted_from_1904(tmp_path: Path) -> None:
    book = Workbook()
    book.epoch = datetime(1904, 1, 1)  # noqa: DTZ001 - a workbook knows no zone
    sheet = book.worksheets[0]
    day = datetime(2024, 5, 3)  # noqa: DTZ001 - a workbook knows no zone
    sheet["A1"], sheet["B1"] = day, 1.5
    sheet["B1"].number_format = "[Red]0.0"
    book.save(tmp_path / "grille.xlsx")
    found = page(tmp_path / "grille.xlsx")
    assert (found.at(1, 1), found.at(1, 2)) == (day, Decimal("1.5"))


def test_a_text_in_several_runs_is_one(tmp_path: Path) -> None:
    """How it is pronounced is no part of it; the end of a line may be written by its number."""
    file = by_hand(
        tmp_path / "grille.xlsx",
        '<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c>'
        '<c r="C1" t="inlineStr"><is><r><t>deux</t></r><r><t> mots</t></r></is></c></row>',
    )
    strings = (
        f'<sst xmlns="{MAIN}"><si><r><t>Bon</t></r><r><t xml:space="preserve"> projet</t></r>'
        '<rPh sb="0" eb="1"><t>ignored</t></rPh></si><si><t>a_x000D_\nb</t></si></sst>'
    )
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
    named = f'<Override PartName="/{STRINGS}" ContentType="{kind}"/></Types>'
    changed(file, TYPES, lambda content: content.replace(b"</Types>", named.encode()))
    found = page(changed(file, STRINGS, lambda _content: strings.encode()))
    assert [found.at(1, column) for column in (1, 2, 3)] == ["Bon projet", "a\r\nb", "deux mots"]


def test_cells_without_a_reference_follow_one_another(tmp_path: Path) -> None:
    """Elements may have a prefix, rows may be missing."""
    file = written(tmp_path / "grille.xlsx", {"A1": "x"})
    sheet = (
        f'<x:worksheet xmlns:x="{MAIN}"><x:sheetData><x:row><x:c><x:v>1</x:v></x:c>'
        '<x:c t="inlineStr"><x:is><x:t>deux</x:t></x:is></x:c></x:row>'
        '<x:row r="5"><x:c r="C5"><x:v>2.5</x:v></x:c></x:row></x:sheetData></x:worksheet>'
    )
    found = page(changed(file, SHEET, lambda _content: sheet.encode()))
    assert dict(found.cells) == {(1, 1): 1, (1, 2): "deux", (5, 3): Decimal("2.5")}


@pytest.mark.parametrize("extent", ["A1", "A1:XFD1048576", "C3:D4"])
def test_what_a_sheet_says_of_its_extent_is_not_believed(extent: str, tmp_path: Path) -> None:
    rows = '<row r="1"><c r="A1"><v>1</v></c></row><row r="9"><c r="XFD9"><v>2</v></c></row>'
    file = by_hand(tmp_path / "grille.xlsx", rows, f'<dimension ref="{extent}"/>')
    assert dict(page(file).cells) == {(1, 1): 1, (9, 16_384): 2}


@pytest.mark.long
def test_a_cell_too_far_away_is_not_looked_for(tmp_path: Path) -> None:
    rows = '<row r="900000000000"><c r="A900000000000"><v>1</v></c></row>'
    assert "too many" in refusal(by_hand(tmp_path / "grille.xlsx", rows)).what


def test_the_sheets_that_people_see(tmp_path: Path) -> None:
    book = Workbook()
    first = book.worksheets[0]
    first.merge_cells("A1:C2")
    first["A1"] = "Titre"
    book.create_sheet("Cachée").sheet_state = "hidden"
    book["Cachée"]["A1"] = "=1+1"
    book.create_sheet("stamp").sheet_state = "veryHidden"
    book["stamp"].append(["kind", "grid"])
    book.create_sheet("Deux")["B2"] = 2
    book.save(tmp_path / "grille.xlsx")
    handed = read_workbook(tmp_path / "grille.xlsx")
    assert [(one.name, dict(one.cells)) for one in handed.pages] == [
        ("Sheet", {(1, 1): "Titre"}),
        ("Deux", {(2, 2): 2}),
    ]
    assert handed.stamp == {"kind": "grid"}


def test_a_text_that_looks_like_a_formula_is_a_text(tmp_path: Path) -> None:
    file = tmp_path / "grille.xlsx"
    book = Workbook()
    cell = book.worksheets[0]["B7"]
    cell.value = "=1+1"
    cell.data_type = "s"
    book.save(file)
    assert page(file).text(7, 2) == "=1+1"


@pytest.mark.parametrize(
    "formula",
    ["=1+1", '=HYPERLINK("http://x.example")', "=A1", ArrayFormula("B7:B8", "=A1:A2")],
    ids=["sum", "link", "cell", "array"],
)
def test_a_formula_is_refused_by_its_cell(formula: Any, tmp_path: Path) -> None:
    assert "B7" in refusal(written(tmp_path / "grille.xlsx", {"B7": formula})).what


@pytest.mark.parametrize(
    ("cell", "told"),
    [
        ('<c r="B7"><f>1+1</f><v>2</v></c>', "formula"),
        ('<c r="B7"><f t="shared" si="0"/><v>2</v></c>', "formula"),
        ('<c r="B7"><f/></c>', "formula"),
        ('<c r="B7" t="e"><v>#DIV/0!</v></c>', "#DIV/0!"),
    ],
)
def test_what_was_computed_is_no_value(cell: str, told: str, tmp_path: Path) -> None:
    what = refusal(by_hand(tmp_path / "grille.xlsx", f'<row r="7">{cell}</row>')).what
    assert "B7" in what
    assert told in what


def test_an_error_is_refused_by_its_cell(tmp_path: Path) -> None:
    file = written(tmp_path / "grille.xlsx", {"B7": "x"})
    book = load_workbook(file)
    book.worksheets[0]["B7"].value = "#REF!"
    book.worksheets[0]["B7"].data_type = "e"
    book.save(file)
    assert "B7" in refusal(file).what


@pytest.mark.parametrize(
    "cell",
    [
        '<c r="A1"><v>deux</v></c>',
        '<c r="A1"><v>nan</v></c>',
        '<c r="A1"><v>1e999</v></c>',
        '<c r="A1" t="s"><v>7</v></c>',
        '<c r="1A"><v>1</v></c>',
        '<c r="é1"><v>1</v></c>',
        '<c r="A1" s="x"><v>1</v></c>',
        "<c",
    ],
)
def test_a_cell_that_cannot_be_is_damage(cell: str, tmp_path: Path) -> None:
    file = by_hand(tmp_path / "grille.xlsx", f'<row r="1">{cell}</row>')
    assert "damaged" in refusal(file).what


@pytest.mark.parametrize("part", [SHEET, "xl/workbook.xml", "xl/styles.xml", TYPES])
@pytest.mark.parametrize("content", [b"", b"<x/>", b"<x>"])
def test_a_part_that_is_another_is_damage(part: str, content: bytes, tmp_path: Path) -> None:
    file = changed(written(tmp_path / "grille.xlsx", {"A1": "x"}), part, lambda _content: content)
    if (part, content) in ((SHEET, b"<x/>"), ("xl/styles.xml", b"<x/>")):
        assert page(file).cells in ({}, {(1, 1): "x"})
    else:
        assert "damaged" in refusal(file).what


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("grille.xlsx", b"", "empty"),
        ("grille.xlsx", b"hello", "not a workbook"),
        ("grille.xlsx", b"\xd0\xcf\x11\xe0rest", "old format"),
        ("grille.xlsx", b"PK\x03\x04 cut", "damaged"),
        ("grille.ods", b"PK", "damaged"),
        ("grille.csv", b"\xff\xfea\x00", "UTF-8"),
        ("grille.csv", b"a;b\0c", "NUL"),
    ],
)
def test_what_is_no_workbook_is_told(name: str, content: bytes, told: str, tmp_path: Path) -> None:
    """With the file's name, and the way to mend it, never a traceback."""
    file = tmp_path / name
    file.write_bytes(content)
    assert told in refusal(file).what


def test_a_missing_or_too_large_file_is_told(tmp_path: Path) -> None:
    assert "no such file" in refusal(tmp_path / "none.xlsx").what
    large = tmp_path / "large.xlsx"
    with large.open("wb") as stream:
        stream.truncate(LARGEST_FILE_MB * MEGABYTE + 1)
    assert f"{LARGEST_FILE_MB + 1} megabytes" in refusal(large).what


@pytest.mark.parametrize("cut", range(1, 10))
def test_a_workbook_cut_anywhere_is_damaged_or_read(cut: int, tmp_path: Path) -> None:
    file = written(tmp_path / "grille.xlsx", {"A1": "x", "B2": 3})
    content = file.read_bytes()
    file.write_bytes(content[: len(content) * cut // 10])
    refusal(file)


@pytest.mark.parametrize("separator", [";", ",", "\t"])
def test_a_table_in_csv_is_read_whatever_sets_its_cells_apart(
    separator: str, tmp_path: Path
) -> None:
    file = tmp_path / "grille.csv"
    rows = [["réf.", "nom", "note"], ["C-001", "'=Bo()", "3"], ["C-002", '"Les, Jardins"', ""]]
    file.write_text("\n".join(separator.join(row) for row in rows), "utf-8-sig")
    found = page(file)
    assert (found.text(1, 1), found.text(2, 2), found.text(2, 3)) == ("réf.", "=Bo()", "3")
    assert found.text(3, 2) == "Les, Jardins"


def test_cells_are_named_as_people_name_them() -> None:
    assert [address(7, column) for column in (2, 26, 27, 703)] == ["B7", "Z7", "AA7", "AAA7"]


@pytest.mark.parametrize("twin", [SHEET, "xl/Worksheets/sheet1.xml", "xl/./worksheets//sheet1.xml"])
def test_a_part_that_is_there_twice(twin: str, tmp_path: Path) -> None:
    """One program may show the first one, another read the second."""
    file = written(tmp_path / "grille.xlsx", {"A1": "x"})
    with ZipFile(file, "a") as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        archive.writestr(twin, archive.read(SHEET).replace(b"x", b"y"))
    assert "twice" in refusal(file).what


@pytest.mark.long
def test_too_many_cells_are_not_even_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = "".join(f"<row><c><v>{n * 7919 % 100_003}</v></c></row>" for n in range(500_001))
    file = by_hand(tmp_path / "grille.xlsx", rows)

    def asked(*_arguments: object, **_options: object) -> None:
        raise AssertionError

    monkeypatch.setattr("openpyxl.load_workbook", asked)
    assert "too many cells" in refusal(file).what
