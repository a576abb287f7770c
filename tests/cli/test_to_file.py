"""`-o`: what a command prints, in a file for spreadsheets, as a page or on paper."""

import csv
import html
import io
import json
import re
from pathlib import Path

import pytest
from docx import Document
from openpyxl import load_workbook

from ptce_workflow.cli.grammar import every_command
from ptce_workflow.office.formats import FORMATS, PAPERS
from tests.cli.lines import run
from tests.servers import by_hand

pytestmark = pytest.mark.rehearsed

Capture = pytest.CaptureFixture[str]
LINES = {
    "calendar": ("calendar",),
    "checkpoint": ("checkpoint", "--list"),
    "decisions": ("decisions",),
    "history": ("history", "C-005"),
    "jury rank": ("jury", "rank"),
    "list": ("list",),
    "mail list": ("mail", "list", "--all"),
    "minutes": ("minutes", "--list"),
    "people list": ("people", "list"),
    "results": ("results",),
}
# What an intact ledger comes to has no table.
WITHOUT_ROWS = {"verify": ("verify",)}
PAPERS_ONLY = {"rulebook": ("rulebook",), "why": ("why", "C-010")}
PAPERS_ONLY |= {"show": ("show", "C-005", "--full")}
# They write something else by that option, or what has tests of its own.
OTHERS = {"audit", "diagram", "diff", "document", "export", "form", "jury grid", "sign-in"}
OTHERS |= {"grants", "replay", "stats", "mail preview"}


def test_every_command_with_it_is_tried() -> None:
    taking = {
        name
        for name, command in every_command().items()
        if any("-o" in parameter.opts for parameter in command.params)
    }
    assert taking == {*LINES, *WITHOUT_ROWS, *PAPERS_ONLY, *OTHERS}


@pytest.mark.long
@pytest.mark.parametrize("name", LINES)
def test_its_table_can_be_read_by_programs(
    name: str, request: pytest.FixtureRequest, capsys: Capture
) -> None:
    # Nothing lies ahead of the contest that was played to its end.
    request.getfixturevalue("begun" if name == "calendar" else "demo")
    for form in FORMATS:
        ended = run(capsys, *LINES[name], "-o", f"told{form}")
        assert (ended.code, ended.err) == (0, ""), ended.err
        assert ended.out == f"Écrit\u00a0: told{form}\n"
    table = io.StringIO(Path("told.csv").read_text("utf-8-sig"), newline="")
    heading, *rows = csv.reader(table, delimiter=";")
    assert rows
    (sheet, *_others) = load_workbook("told.xlsx").worksheets
    cells: list[list[object]] = [list(row) for row in sheet.iter_rows(values_only=True)]
    assert len(cells) - cells.index([*heading]) - 1 == len(rows)
    assert "<h1>" in Path("told.html").read_text("utf-8")
    assert "".join(heading) in "".join(
        cell.text for one in Document("told.docx").tables for cell in one.rows[0].cells
    )


@pytest.mark.long
def test_faults_are_written_with_their_lines(demo: Path, capsys: Capture) -> None:
    with by_hand(demo) as database:
        database.execute("UPDATE candidature SET state = 'draft' WHERE ref = 'C-001'")
    assert run(capsys, "verify", "-o", "faults.csv").code == 1
    heading, *rows = csv.reader(
        io.StringIO(Path("faults.csv").read_text("utf-8-sig")), delimiter=";"
    )
    assert len(heading) == 3
    assert len(rows) == len(json.loads(run(capsys, "verify", "--json").out)["findings"]) > 0


@pytest.mark.long
@pytest.mark.parametrize("name", [*PAPERS_ONLY, *WITHOUT_ROWS])
def test_what_has_no_table_is_read_or_printed(
    name: str, request: pytest.FixtureRequest, capsys: Capture
) -> None:
    request.getfixturevalue("cited" if name == "rulebook" else "demo")
    words_typed = {**PAPERS_ONLY, **WITHOUT_ROWS}[name]
    # A page sets the name of a mail apart from the brackets around it.
    shown = run(capsys, *words_typed).out.replace("(", " ").replace(")", " ").split()
    for form in PAPERS:
        assert run(capsys, *words_typed, "-o", f"told{form}").code == 0
    page = Path("told.html").read_text("utf-8")
    words = re.sub(r"<[^>]*>", " ", page[page.index("<main>") :])
    paper = Document("told.docx")
    texts = [line.text for line in paper.paragraphs]
    texts += [cell.text for table in paper.tables for row in table.rows for cell in row.cells]
    for read in (html.unescape(words).split(), " ".join(texts).split()):
        assert set(shown) - {"·", "→"} <= {word.strip("()") for word in read}
    assert run(capsys, *words_typed, "-o", "told.csv").code == (2 if name in PAPERS_ONLY else 0)


def test_the_list_holds_whole_days(demo: Path, capsys: Capture) -> None:
    listed = json.loads(run(capsys, "list", "--json").out)
    run(capsys, "list", "-o", "list.xlsx")
    (sheet,) = load_workbook("list.xlsx").worksheets
    rows = [row for row in sheet.iter_rows(values_only=True) if str(row[0]).startswith("C-")]
    assert [row[0] for row in rows] == [one["ref"] for one in listed]
    assert all(str(row[3]).startswith("2024-") for row in rows)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("list", "-o", "list.csv", "--json"), 2),
        (("list", "-o", "list.txt"), 2),
        (("list", "-o", "ptce.db"), 2),
        (("list", "-o", "config.toml"), 2),
        (("list", "-o", "nowhere/list.csv"), 1),
    ],
)
def test_what_cannot_be_written(
    words: tuple[str, ...], code: int, demo: Path, capsys: Capture
) -> None:
    before = {path.name: path.read_bytes() for path in demo.iterdir() if path.is_file()}
    ended = run(capsys, *words)
    assert (ended.code, ended.out) == (code, "")
    assert {path.name: path.read_bytes() for path in demo.iterdir() if path.is_file()} == before
