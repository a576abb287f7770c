"""Workbooks and documents as LibreOffice opens and saves them."""

import shutil
import subprocess
from pathlib import Path

import pytest

from ptce_workflow.office.docx import to_docx
from ptce_workflow.office.form import read_workbook
from ptce_workflow.office.formats import to_html
from ptce_workflow.office.grid import date_of, read_sign_in
from tests.papers.test_html_and_docx import REPORT
from tests.signing import EXCUSED, GARDENS, LEDGER, PROCESS, fill, sheet
from tests.signing import signing as sign_in

pytestmark = pytest.mark.slow


def converted(file: Path, ending: str, folder: Path) -> Path:
    """The file as LibreOffice saves it under another format."""
    office = shutil.which("soffice")
    assert office, "soffice is missing: apt-get install libreoffice-calc libreoffice-writer"
    subprocess.run(
        [
            office,
            f"-env:UserInstallation=file://{folder / 'profile'}",
            *("--headless", "--convert-to", ending, "--outdir", str(folder), str(file)),
        ],
        check=True,
        capture_output=True,
        timeout=120,
    )
    made = folder / file.with_suffix(f".{ending}").name
    assert made.is_file()
    return made


def saved(file: Path, folder: Path) -> Path:
    """The workbook after LibreOffice has opened it and saved it again."""
    folder.mkdir()
    return converted(converted(file, "ods", folder), "xlsx", folder)


def test_a_sheet_saved_by_libreoffice_is_taken(tmp_path: Path) -> None:
    file = fill(sheet(tmp_path / "feuille.xlsx"), {"E8": EXCUSED, "H7": "Un orage."})
    handed = read_workbook(saved(file, tmp_path / "office"))
    assert date_of(handed, PROCESS, LEDGER) == "workshop"
    signed = read_sign_in(handed, PROCESS, sign_in(), GARDENS)
    assert [(change.who, change.after) for change in signed.changes] == [
        ("=Bo()", "excused"),
        ("", "Un orage."),
    ]


def test_libreoffice_opens_the_paper(tmp_path: Path) -> None:
    for name, content in (("paper.docx", to_docx(REPORT)), ("page.html", to_html(REPORT).encode())):
        file = tmp_path / name
        file.write_bytes(content)
        assert converted(file, "pdf", tmp_path).read_bytes().startswith(b"%PDF")
