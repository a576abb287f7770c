"""Documents and sign-in sheets at the keyboard: written, taken back, refused in words."""

import json
import re
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import pytest
from docx import Document
from openpyxl import load_workbook

from tests.cli.lines import Run, run
from tests.signing import ORGANISER, fill, gardens, png

Capture = pytest.CaptureFixture[str]
DOSSIER = """
[dossier]
name = "{name}"
contact = "jardin@collectif.example"
theme = "food"
members = [{{ name = "Ada", kind = "neighbour" }}, {{ name = "Bo", kind = "club" }}]
"""


def english(capsys: Capture, *words: str) -> Run:
    return run(capsys, *words, "--lang", "en")


@pytest.fixture
def garden(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> Path:
    """Two gardens on the eve of their workshop, the desk at its keyboard."""
    folder = tmp_path / "gardens"
    for path, content in gardens().items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    monkeypatch.setenv("PTCE_ACTOR", "bureau")
    monkeypatch.setenv("PTCE_NOW", "2024-03-08T09:00:00+01:00")
    assert run(capsys, "init", str(folder), "--rehearsal").code == 0
    monkeypatch.chdir(folder)
    for name in ("Les Jardins", "Le Potager"):
        (tmp_path / f"{name}.toml").write_text(DOSSIER.format(name=name), "utf-8")
        assert run(capsys, "add", str(tmp_path / f"{name}.toml")).code == 0
    return folder


def test_a_document_is_written_on_paper_and_as_a_page(garden: Path, capsys: Capture) -> None:
    assert english(capsys, "document", "card", "C-001", "-o", "card.docx").code == 0
    assert english(capsys, "document", "card", "C-001", "-o", "card.html").code == 0
    paper = Document(BytesIO((garden / "card.docx").read_bytes()))
    said = "“Les Jardins” (C-001) comes on Saturday 20 April 2024."
    assert said in [line.text for line in paper.paragraphs]
    page = re.sub("<[^>]+>", "", (garden / "card.html").read_text("utf-8"))
    assert said in page
    assert not list(garden.glob(".*"))


def test_papers_bear_the_letterhead_of_the_folder(garden: Path, capsys: Capture) -> None:
    """Once it is adopted, and not before: a picture that papers cannot show never is."""
    config = garden / "config.toml"
    config.write_text(config.read_text("utf-8") + ORGANISER, "utf-8")
    (garden / "logo.png").write_bytes(png() + b"\0" * 40_000_000)
    ended = english(capsys, "adopt", "--reason", "Our letterhead.")
    assert ended.code == 2
    assert "logo.png" in ended.err + ended.out
    assert "This file is too large." in ended.err + ended.out
    assert english(capsys, "document", "card", "C-001", "-o", "before.docx").code == 0
    assert not Document(BytesIO((garden / "before.docx").read_bytes())).inline_shapes
    (garden / "logo.png").write_bytes(png())
    ended = english(capsys, "adopt", "--reason", "Our letterhead.")
    assert ended.code == 0
    assert f"+sha256 {sha256(png()).hexdigest()}" in ended.out
    for paper in ("card", "dossier"):
        assert english(capsys, "document", paper, "C-001", "-o", f"{paper}.docx").code == 0
        written = Document(BytesIO((garden / f"{paper}.docx").read_bytes()))
        assert len(written.inline_shapes) == 1
        assert [line.text for line in written.paragraphs[1:3]] == ["Garden & Co", "1 Garden Street"]
    assert english(capsys, "sign-in", "--session", "workshop", "-o", "signed.xlsx").code == 0
    head = load_workbook(garden / "signed.xlsx").worksheets[0].oddHeader
    assert head is not None
    assert head.left.text == "Garden && Co\n1 Garden Street"


def test_a_document_speaks_the_language_asked_for(garden: Path, capsys: Capture) -> None:
    assert run(capsys, "document", "card", "C-001", "-o", "carte.html", "--lang", "fr").code == 0
    assert 'lang="fr"' in (garden / "carte.html").read_text("utf-8")
    assert "vient le samedi 20 avril 2024" in (garden / "carte.html").read_text("utf-8")


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("carrd", "C-001", "-o", "x.docx"), 2, "card"),
        (("card", "C-009", "-o", "x.docx"), 2, "C-009"),
        (("card", "C-001", "-o", "x.odt"), 2, ".docx"),
        (("card", "C-001", "-o", "none/x.docx"), 1, "none"),
        (("card", "C-001", "--panel", "cra"), 2, "--panel"),
        (("card", "C-001", "--institution", "north"), 2, "--institution"),
        (("card",), 2, "ptce document card C-001"),
        (("dossier",), 2, "ptce document dossier C-001"),
        (("booklet", "C-001"), 2, "Leave this out: C-001"),
        (("piece:3", "C-001"), 2, "Leave this out: C-001"),
        (("piece:3",), 2, "Say in which file"),
        (("piece:3", "-o", "x.docx"), 2, "There is no piece:3"),
    ],
)
def test_what_cannot_be_printed_is_told(
    words: tuple[str, ...], code: int, told: str, garden: Path, capsys: Capture
) -> None:
    ended = english(capsys, "document", *words)
    assert ended.code == code
    assert told in ended.err
    assert not (garden / "x.docx").exists()


def test_the_help_lists_what_a_folder_has(garden: Path, capsys: Capture) -> None:
    """Each by its name; where there is no folder, the help stays."""
    shown = english(capsys, "document", "--help").out
    assert "card         Garden card" in shown
    assert all(f"  {name} " in shown for name in ("booklet", "declaration", "dossier", "piece:3"))
    assert english(capsys, "document", "--help", "--contest", str(garden / "none")).code == 0


def test_a_document_has_its_states(garden: Path, capsys: Capture) -> None:
    assert english(capsys, "advance", "C-001", "submit").code == 0
    ended = english(capsys, "document", "card", "C-001", "-o", "card.docx")
    assert ended.code == 1
    assert "It is printed in: Draft." in ended.err


def test_nothing_is_overwritten_without_a_yes(garden: Path, capsys: Capture) -> None:
    """A sheet may be filled in already."""
    file = garden / "sheet.xlsx"
    file.write_bytes(b"PK\x03\x04 mine")
    ended = english(capsys, "sign-in", "--session", "workshop", "-o", "sheet.xlsx")
    assert ended.code == 2
    assert "--force" in ended.err
    assert file.read_bytes() == b"PK\x03\x04 mine"
    assert english(capsys, "sign-in", "-o", "sheet.xlsx", "--force").code == 0
    assert file.read_bytes() != b"PK\x03\x04 mine"


def test_a_sheet_goes_out_and_comes_back(garden: Path, capsys: Capture) -> None:
    assert english(capsys, "sign-in", "--session", "workshop", "-o", "sheet.xlsx").code == 0
    fill(garden / "sheet.xlsx", {"E7": "came", "E8": "excused", "E9": "venu", "H9": "A storm."})
    ended = english(capsys, "sign-in", "--import", "sheet.xlsx", "--yes")
    assert ended.code == 0, ended.err
    assert "Recorded for 2 candidatures." in ended.out
    shown = json.loads(english(capsys, "show", "C-001", "--json").out)["facts"]
    assert shown["workshop.people"] == [
        {"morning": "came", "name": "Ada"},
        {"morning": "excused", "name": "Bo"},
    ]
    assert json.loads(english(capsys, "show", "C-002", "--json").out)["facts"][
        "workshop.ground"
    ] == ("A storm.")
    lines = english(capsys, "verify").out
    again = english(capsys, "sign-in", "--import", "sheet.xlsx")
    assert (again.code, "nothing to change" in again.out) == (0, True)
    assert english(capsys, "verify").out == lines


def test_what_a_sheet_changes_can_be_read_by_a_program(garden: Path, capsys: Capture) -> None:
    assert english(capsys, "sign-in", "-o", "sheet.xlsx").code == 0
    fill(garden / "sheet.xlsx", {"E7": "came", "H7": "Late."})
    ended = english(capsys, "sign-in", "--import", "sheet.xlsx", "--yes", "--json")
    first = {"ref": "C-001", "before": None}
    assert json.loads(ended.out) == [
        {**first, "who": "Ada", "asked": "in the morning", "after": "came"},
        {**first, "who": None, "asked": "Ground of the absence", "after": "Late."},
    ]


def test_a_sheet_is_taken_whole_or_not_at_all(garden: Path, capsys: Capture) -> None:
    """One cell that cannot be read, and nothing is recorded."""
    assert english(capsys, "sign-in", "-o", "sheet.xlsx").code == 0
    fill(garden / "sheet.xlsx", {"E7": "came", "E9": "perhaps"})
    before = english(capsys, "verify").out
    ended = english(capsys, "sign-in", "--import", "sheet.xlsx", "--yes")
    assert ended.code == 2
    assert "E9" in ended.err
    assert english(capsys, "verify").out == before


def test_nothing_is_recorded_without_a_yes(garden: Path, capsys: Capture) -> None:
    assert english(capsys, "sign-in", "-o", "sheet.xlsx").code == 0
    fill(garden / "sheet.xlsx", {"E7": "came"})
    ended = english(capsys, "sign-in", "--import", "sheet.xlsx")
    assert ended.code == 2
    assert "Ada" in ended.out
    assert "people" not in english(capsys, "show", "C-001", "--json").out


def test_a_sheet_of_a_moved_on_garden_says_nothing_new(garden: Path, capsys: Capture) -> None:
    assert english(capsys, "sign-in", "-o", "sheet.xlsx").code == 0
    fill(garden / "sheet.xlsx", {"E7": "came", "E9": "came"})
    assert english(capsys, "sign-in", "--import", "sheet.xlsx", "--yes").code == 0
    assert english(capsys, "advance", "C-001", "submit").code == 0
    assert english(capsys, "sign-in", "--import", "sheet.xlsx").code == 0
    fill(garden / "sheet.xlsx", {"E7": "excused"})
    ended = english(capsys, "sign-in", "--import", "sheet.xlsx", "--yes")
    assert (ended.code, "B7" in ended.err) == (2, True)
    assert english(capsys, "advance", "C-002", "submit").code == 0
    ended = english(capsys, "sign-in", "-o", "other.xlsx")
    assert ended.code == 1
    assert "Nobody is expected" in ended.err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ((), "--import"),
        (("-o", "x.xlsx", "--import", "y.xlsx"), "--import"),
        (("--session", "workshop", "--import", "y.xlsx"), "--session"),
        (("--session", "workshp", "-o", "x.xlsx"), "workshop"),
        (("--session", "closing", "-o", "x.xlsx"), "workshop"),
        (("-o", "x.pdf"), ".xlsx"),
        (("--import", "none.xlsx"), "none.xlsx"),
    ],
)
def test_a_line_that_makes_no_sense_is_told(
    words: tuple[str, ...], told: str, garden: Path, capsys: Capture
) -> None:
    """With what would."""
    ended = english(capsys, "sign-in", *words)
    assert ended.code == 2
    assert told in ended.err
