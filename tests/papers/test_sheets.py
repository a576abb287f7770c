"""The tables of a report for spreadsheets: figures and instants as such, texts never formulas."""

import csv
from datetime import UTC, datetime
from decimal import Decimal
from io import BytesIO
from zoneinfo import ZoneInfo

import pytest
from openpyxl import load_workbook

from ptce_workflow.office.page import (
    Column,
    Heading,
    Paragraph,
    Report,
    Table,
    ValuedCell,
    bars,
    count,
    instant,
)
from ptce_workflow.office.sheets import to_csv, to_xlsx

AT = datetime(2024, 4, 18, 8, tzinfo=UTC)
COLUMNS = (Column("rang", number=True), Column("collectif"), Column("moyenne"), Column("depuis"))
ROWS = (
    (
        ValuedCell("1 =", 1),
        "=HYPERLINK(1)",
        ValuedCell("3,50", Decimal("3.50")),
        instant(AT, ZoneInfo("Europe/Paris"), "18 avr."),
    ),
    (count(2), "Chaux \x0bdevant\nSète", "–", "…"),
)


def report(*tables: Table, language: str = "fr") -> Report:
    """A report that holds these tables."""
    return Report("Classement", language, AT, "Concours", (Paragraph("Provisoire."), *tables))


@pytest.mark.parametrize(
    ("language", "separator", "mean"), [("fr", ";", "3,50"), ("en", ",", "3.50")]
)
def test_a_table_in_csv(language: str, separator: str, mean: str) -> None:
    written = to_csv(report(Table(COLUMNS, ROWS), language=language))
    assert written.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(written.decode("utf-8-sig").splitlines(True), delimiter=separator))
    assert rows[0] == ["rang", "collectif", "moyenne", "depuis"]
    assert rows[1] == ["1", "'=HYPERLINK(1)", mean, "2024-04-18 10:00"]
    assert rows[2][0] == "2"


def test_tables_of_the_same_columns_are_one_in_csv() -> None:
    """Each row after its heading; a table of other columns is left to the workbook."""
    parts = (
        *(Heading("Par état"), bars([("Déposée", 2)])),
        *(Table(COLUMNS, ROWS), Heading("Par thème"), bars([("Eau", 1200)])),
    )
    whole = Report("Chiffres", "fr", AT, "Concours", parts)
    rows = csv.reader(to_csv(whole).decode("utf-8-sig").splitlines(True), delimiter=";")
    heading, *others = rows
    assert heading == ["objet", "intitulé", "nombre"]
    assert others == [["Par état", "Déposée", "2"], ["Par thème", "Eau", "1200"]]


def test_tables_in_a_workbook() -> None:
    """A sheet each; figures and instants can be reckoned with, and every cell may be written."""
    book = load_workbook(BytesIO(to_xlsx(report(Table(COLUMNS, ROWS), Table(COLUMNS[:1], ())))))
    first, second = book.worksheets
    (heading,) = (cell.row for cell in first["A"] if cell.value == "rang")
    row = [cell.value for cell in first[heading + 1]]
    assert row[:3] == [1, "=HYPERLINK(1)", 3.5]
    assert str(row[3]) == "2024-04-18 10:00:00"
    assert first[heading + 1][1].data_type == "s"
    assert first[heading + 1][2].number_format == "0.00"
    # An instant is longer than the words for it; a column too narrow would show signs instead.
    assert first.column_dimensions["D"].width > len("2024-04-18 10:00")
    assert first.auto_filter.ref == f"A{heading}:D{heading + 2}"
    assert not first.protection.sheet
    assert second.title != first.title


def test_the_same_report_gives_the_same_bytes() -> None:
    told = report(Table(COLUMNS, ROWS))
    assert to_csv(told) == to_csv(told)
    assert to_xlsx(told) == to_xlsx(told)


def test_a_report_without_a_table() -> None:
    assert to_csv(report()) == b"\xef\xbb\xbf"
    assert load_workbook(BytesIO(to_xlsx(report()))).worksheets[0]["A1"].value == "Classement"
