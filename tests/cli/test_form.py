"""`ptce form`: the blank form of a sheet, for anybody or for one candidature."""

from io import BytesIO
from pathlib import Path

import pytest
from docx import Document
from openpyxl import load_workbook

from ptce_workflow.app.contest import Contest
from ptce_workflow.base.runtime import SetClock
from ptce_workflow.office.forms.blank import stamp_in
from tests.cli.lines import Run, run
from tests.grids import several
from tests.rehearsal import begun, clock, folder

__all__ = ["begun", "clock", "folder"]

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def small(
    folder: Path, clock: SetClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Contest:
    """The small contest with three candidatures, its desk at the keyboard beside it."""
    contest = Contest.open(folder, actor="anne", clock=clock)
    several(contest)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PTCE_CONTEST", str(folder))
    monkeypatch.setenv("PTCE_ACTOR", "anne")
    monkeypatch.setenv("PTCE_NOW", clock.now().isoformat())
    return contest


def form(capsys: Capture, *words: str) -> Run:
    """Runs `ptce form` in English."""
    return run(capsys, "form", *words, "--lang", "en")


@pytest.mark.long
def test_a_form_is_written_in_either_format_and_says_that_it_is_of_a_rehearsal(
    small: Contest, capsys: Capture
) -> None:
    for name in ("dossier.docx", "dossier.xlsx"):
        assert form(capsys, "dossier", "-o", name).code == 0
    paper = Document("dossier.docx")
    assert paper.paragraphs[0].text.startswith("[")
    assert stamp_in(paper.paragraphs[-1].text) is not None
    assert load_workbook("dossier.xlsx").worksheets[0]["B2"].value == paper.paragraphs[0].text


def test_a_form_for_one_candidature_is_stamped_for_it(small: Contest, capsys: Capture) -> None:
    assert form(capsys, "dossier", "--for", "C-002", "-o", "dossier.docx").code == 0
    stamp = stamp_in(Document(BytesIO(Path("dossier.docx").read_bytes())).paragraphs[-1].text)
    assert stamp is not None
    assert stamp.ref == "C-002"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("cra", "-o", "cra.docx"), 'Nobody outside fills in a sheet "cra"'),
        (("dosier", "-o", "dosier.docx"), 'Did you mean "dossier"?'),
        (("dossier", "-o", "dossier.pdf"), ".docx"),
        (("dossier", "--for", "C-999", "-o", "dossier.docx"), "C-999"),
    ],
)
def test_what_makes_no_form_is_refused(
    small: Contest, capsys: Capture, words: tuple[str, ...], told: str
) -> None:
    refused = form(capsys, *words)
    assert (refused.code, told in refused.err) == (2, True)
    assert not any(Path().glob("*.docx"))


def test_without_a_file_the_form_is_named_after_its_sheet(small: Contest, capsys: Capture) -> None:
    assert form(capsys, "dossier").code == 0
    assert stamp_in(Document("dossier.docx").paragraphs[-1].text) is not None
