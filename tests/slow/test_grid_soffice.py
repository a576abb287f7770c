"""Grids that went through LibreOffice itself: saved by it, they say what they said."""

import shutil
import subprocess
from pathlib import Path

import pytest

from ptce_workflow.app.audit.verify import verify
from ptce_workflow.app.candidatures.history import history
from ptce_workflow.app.candidatures.overview import show
from ptce_workflow.app.contest import Contest
from ptce_workflow.app.jury.marks import score
from ptce_workflow.base.errors import Misuse
from ptce_workflow.base.words import speaking
from ptce_workflow.ledger.events.panel import Comments
from ptce_workflow.office.grid import read_grid
from tests.grids import explained, fill, opened, several, table, take, workbook
from tests.rehearsal import edit

pytestmark = pytest.mark.slow
AT_MOST_S = 120


def saved_by_libreoffice(file: Path, *formats: str) -> Path:
    """The file, saved under one format after the other; the last one."""
    program = shutil.which("soffice")
    assert program, "LibreOffice is missing: apt-get install libreoffice-calc"
    profile = (file.parent / "profile").as_uri()
    for number, format_ in enumerate(formats):
        out = file.parent / f"saved-{number}"
        subprocess.run(
            [
                program,
                f"-env:UserInstallation={profile}",
                *("--headless", "--convert-to", format_, "--outdir", str(out), str(file)),
            ],
            check=True,
            capture_output=True,
            timeout=AT_MOST_S,
        )
        file = out / f"{file.stem}.{format_.partition(':')[0]}"
        assert file.is_file()
    return file


@pytest.mark.parametrize("formats", [("xlsx",), ("ods", "xlsx")], ids=["xlsx", "ods"])
def test_saved_as_a_workbook(contest: Contest, formats: tuple[str, ...]) -> None:
    edit(contest, "sheets/cra.toml", 'type = "text"', 'type = "long_text"')
    explained(contest)
    first, second, _third = several(contest)
    with speaking("fr"):
        file = workbook(contest)
    cells = {"E7": 3.5, "F7": 4, "G7": "Été :\n« à deux »", "E8": "-", "F8": 0, "G8": "=1+1"}
    book = opened(fill(file, cells))
    book.worksheets[0]["G8"].data_type = "s"
    book.save(file)
    there = saved_by_libreoffice(file, *formats)
    taken = take(contest, there)
    assert [row.case.ref for row in taken.changed] == [first, second]
    assert show(contest, first).case.scores["cra"]["north"] == {"idea": 350, "method": 400}
    assert show(contest, second).case.scores["cra"]["north"] == {"idea": None, "method": 0}
    assert history(contest, first)[-1].side == Comments({"remark": "Été :\n« à deux »"})
    assert history(contest, second)[-1].side == Comments({"remark": "=1+1"})
    assert take(contest, there).changed == ()
    assert verify(contest).intact


def test_what_protects_it_stays(contest: Contest) -> None:
    several(contest)
    book = opened(saved_by_libreoffice(workbook(contest), "xlsx"))
    sheet = book.worksheets[0]
    assert sheet.protection.sheet
    assert not sheet["E7"].protection.locked
    assert sheet["B7"].protection.locked
    assert sheet.column_dimensions["A"].hidden
    assert {rule.type for rule in sheet.data_validations.dataValidation} == {"list"}
    assert book["stamp"].sheet_state != "visible"


def test_a_formula_typed_there(contest: Contest) -> None:
    several(contest)
    there = saved_by_libreoffice(fill(workbook(contest), {"E7": "=1+2"}), "xlsx")
    with pytest.raises(Misuse, match="E7"):
        read_grid(there, contest.process)


def test_a_table(contest: Contest) -> None:
    """A table in CSV opened and saved again by LibreOffice still stands."""
    (ref,) = several(contest, 1)
    score(contest, ref, "south", {"idea": "3.5", "method": 4, "remark": "- court"})
    file = table(contest, "south")
    there = saved_by_libreoffice(file, "csv:Text - txt - csv (StarCalc):44,34,76")
    assert take(contest, there).changed == ()
