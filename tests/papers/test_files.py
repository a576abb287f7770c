"""Archives that would unfold, reach outside or hide something: refused before they are read."""

from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest
from openpyxl import DEFUSEDXML

from ptce_workflow.process.fields.text import MEGABYTE
from tests.papers.test_reading import MAIN, SHEET, STRINGS, TYPES, changed, page, refusal, written

pytestmark = pytest.mark.usefixtures("in_english")


@pytest.mark.parametrize(
    "declared",
    [
        b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>',
        b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>',
        b'<!doctype x SYSTEM "http://x.example/x.dtd">',
    ],
)
@pytest.mark.parametrize("part", [SHEET, STRINGS, TYPES])
def test_declarations_are_refused(declared: bytes, part: str, tmp_path: Path) -> None:
    """No entity is ever looked up, inside or outside, in whatever part it hides."""
    file = written(tmp_path / "grille.xlsx", {"A1": "x"})
    refused = refusal(changed(file, part, lambda content: declared + content))
    assert "entities" in refused.what


def test_declarations_cannot_hide_in_a_part_of_another_name(tmp_path: Path) -> None:
    file = written(tmp_path / "grille.xlsx", {"A1": "x"})
    with ZipFile(file) as archive:
        sheet = archive.read(SHEET)
    changed(file, "xl/worksheets/sheet.bin", lambda _content: b"<!DOCTYPE x []>" + sheet)
    links = "xl/_rels/workbook.xml.rels"
    changed(file, links, lambda content: content.replace(b"sheet1.xml", b"sheet.bin"))
    assert "damaged" in refusal(file).what


def test_the_reader_follows_no_entity_either() -> None:
    assert DEFUSEDXML


@pytest.mark.parametrize("encoding", ["utf-16", "utf-7", "utf-32"])
def test_declarations_cannot_hide_in_another_encoding(encoding: str, tmp_path: Path) -> None:
    """Parts are in UTF-8; others might be read otherwise than they were looked at."""
    file = written(tmp_path / "grille.xlsx", {"A1": "x"})
    hidden = f'<?xml version="1.0" encoding="{encoding.upper()}"?><!DOCTYPE x []><x/>'
    refusal(changed(file, SHEET, lambda _content: hidden.encode(encoding)))


def test_the_strict_variant_is_told(tmp_path: Path) -> None:
    """Its cells have other names: it would look empty."""
    file = written(tmp_path / "grille.xlsx", {"A1": "x"})
    strict = b"http://purl.oclc.org/ooxml/spreadsheetml/main"
    for part in (SHEET, "xl/workbook.xml"):
        changed(file, part, lambda content: content.replace(MAIN.encode(), strict))
    assert "strict" in refusal(file).what


@pytest.mark.parametrize(
    "part", ["docProps/core.xml", "docProps/custom.xml", "xl/theme/theme1.xml"]
)
def test_what_holds_no_cell_may_be_odd(part: str, tmp_path: Path) -> None:
    file = written(tmp_path / "grille.xlsx", {"A1": "x"})
    assert page(changed(file, part, lambda _content: b"<odd")).text(1, 1) == "x"


def test_an_archive_that_unfolds_too_much_is_refused_unread(tmp_path: Path) -> None:
    file = written(tmp_path / "grille.xlsx", {"A1": "x"})
    changed(file, SHEET, lambda content: content + b" " * (60 * MEGABYTE))
    assert file.stat().st_size < MEGABYTE
    assert "unfolds" in refusal(file).what


def test_an_archive_that_lies_about_its_sizes_is_damaged(tmp_path: Path) -> None:
    file = written(tmp_path / "grille.xlsx", {"A1": "x"})
    changed(file, SHEET, lambda content: content + b" " * (60 * MEGABYTE))
    content = file.read_bytes()
    with ZipFile(BytesIO(content)) as archive:
        size = archive.getinfo(SHEET).file_size
    file.write_bytes(content.replace(size.to_bytes(4, "little"), (2000).to_bytes(4, "little")))
    assert "damaged" in refusal(file).what


def test_an_archive_of_too_many_parts_is_refused(tmp_path: Path) -> None:
    file = written(tmp_path / "grille.xlsx", {"A1": "x"})
    with ZipFile(file, "a") as archive:
        for number in range(1_100):
            archive.writestr(f"xl/{number}.xml", b"<x/>")
    assert "unfolds" in refusal(file).what
