"""A rehearsal has a clock of its own, says that it is one, and writes to nobody but the desk."""

import io
import json
import shutil
from datetime import datetime
from pathlib import Path

import pytest
from docx import Document
from openpyxl import load_workbook

from ptce_workflow.app.locations import CLOCK_FILE
from ptce_workflow.cli.main import main
from tests.cli.lines import run
from tests.cli.posting import DESK_ADDRESS, DOSSIERS, english, use_server
from tests.smtp import Server

Capture = pytest.CaptureFixture[str]
MARK = "[RÉPÉTITION]"
NOW = "2024-02-27T09:00:00+01:00"


@pytest.fixture
def rehearsal(begun: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A rehearsal begun under PTCE_NOW, in a new terminal where it is not set."""
    monkeypatch.delenv("PTCE_NOW")
    return begun


def clock(capsys: Capture, *words: str) -> dict[str, object]:
    """What `ptce clock` tells of where the clock stands."""
    told = run(capsys, "clock", *words, "--json")
    assert told.code == 0, told.err
    return dict(json.loads(told.out))


def test_it_stands_where_it_was_set(rehearsal: Path, capsys: Capture) -> None:
    assert clock(capsys)["now"] == "2024-02-27T08:00:00.000000Z"
    found = clock(capsys, "--set", "8 mars 2024 10h")
    assert (found["now"], found["stands"]) == ("2024-03-08T09:00:00.000000Z", True)
    assert "8 mars" in run(capsys, "clock").out
    assert "dans 3 jours" in run(capsys, "list").out
    assert clock(capsys, "--free")["stands"] is False
    assert not (rehearsal / CLOCK_FILE).exists()
    year = datetime.fromisoformat(str(clock(capsys)["now"])).year
    assert year > 2024, "the machine's hour"
    assert run(capsys, "clock", "--free").code == 0, "twice does no harm"


def test_it_is_never_set_before_what_has_happened(rehearsal: Path, capsys: Capture) -> None:
    refused = english(capsys, "clock", "--set", "2024-02-27T08:59:59+01:00")
    assert (refused.code, "The clock cannot stand at" in refused.err) == (1, True)
    assert english(capsys, "clock", "--set", NOW).code == 0
    assert run(capsys, "clock", "--set", "hier soir").code == 2
    assert run(capsys, "clock", "--set", NOW, "--free").code == 2
    (rehearsal / CLOCK_FILE).write_text("noon\n", "utf-8")
    broken = english(capsys, "list")
    assert (broken.code, "does not tell an instant" in broken.err) == (2, True)


@pytest.mark.sqlite("it takes the file of the database away")
def test_another_rehearsal_begins_at_its_hour(
    rehearsal: Path, tmp_path: Path, capsys: Capture
) -> None:
    clock(capsys, "--set", "8 mars 2024 10h")
    kept = shutil.copytree(rehearsal, tmp_path / "kept")
    (kept / "ptce.db").unlink()
    (kept / CLOCK_FILE).write_text("2024-03-01T09:00:00.000000Z\n", "utf-8")
    for folder, day in ((kept, "03-01"), (tmp_path / "new", "03-08")):
        assert run(capsys, "init", str(folder), "--rehearsal").code == 0
        told = json.loads(run(capsys, "clock", "--json", "--contest", str(folder)).out)
        assert told["now"] == told["last"] == f"2024-{day}T09:00:00.000000Z"


def test_what_was_typed_for_one_command_wins(
    rehearsal: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PTCE_NOW", "2024-03-05T09:00:00+01:00")
    told = run(capsys, "clock", "--set", "8 mars 2024 10h")
    assert "PTCE_NOW est défini, et l’emporte" in told.err
    assert clock(capsys)["now"] == "2024-03-05T08:00:00.000000Z"
    monkeypatch.delenv("PTCE_NOW")
    assert clock(capsys)["now"] == "2024-03-08T09:00:00.000000Z"


def test_nothing_waits_for_a_clock_that_stands(rehearsal: Path, capsys: Capture) -> None:
    """`ptce run` would make nothing due; `ptce tick` does what is due at that hour."""
    refused = english(capsys, "run")
    assert (refused.code, "ptce tick" in refused.err) == (1, True)
    assert run(capsys, "tick").code == 0


@pytest.mark.sqlite("it looks at the file of the database")
def test_in_earnest_no_clock_is_set(
    rehearsal: Path, tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    earnest = shutil.copytree(rehearsal, tmp_path / "earnest")
    (earnest / "ptce.db").unlink()
    monkeypatch.chdir(earnest)
    begins = "init", str(earnest), "--as", "anne"
    assert "cannot be set by hand" in english(capsys, *begins).err
    (earnest / CLOCK_FILE).unlink()
    monkeypatch.setenv("PTCE_NOW", NOW)
    assert english(capsys, *begins).code == 1
    monkeypatch.delenv("PTCE_NOW")
    monkeypatch.setattr("ptce_workflow.cli.invocation.login_name", lambda: "anne")
    monkeypatch.delenv("PTCE_ACTOR")
    assert run(capsys, *begins[:2], "--yes").code == 0
    refused = english(capsys, "clock", "--set", NOW)
    assert (refused.code, "only a rehearsal may" in refused.err) == (1, True)
    shutil.copy(rehearsal / CLOCK_FILE, earnest)
    assert "remove ptce.clock" in english(capsys, "list").err


class Terminal(io.StringIO):
    """Where a person reads."""

    encoding = "utf-8"

    def isatty(self) -> bool:
        """True: somebody sits there."""
        return True


def test_each_command_says_that_it_is_a_rehearsal(
    contest: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To whoever reads it: never in data, nor where it goes on to a program or a file."""

    def told(*words: str) -> str:
        screen = Terminal()
        monkeypatch.setattr("sys.stderr", screen)
        assert main(words) == 0
        return screen.getvalue().replace("\u00a0", " ")

    main(["list"])
    assert MARK not in capsys.readouterr().err, "a pipe"
    assert told("list").startswith(f"{MARK} mardi 27 février 2024 à 9 h")
    assert MARK not in told("list", "--json")
    assert MARK not in told("list", "-o", "list.csv")
    assert MARK not in (contest / "list.csv").read_text("utf-8-sig")


def test_it_is_written_on_each_paper(contest: Path, capsys: Capture) -> None:
    for name in ("show.docx", "show.html"):
        assert run(capsys, "show", "C-001", "-o", name).code == 0
    paper = Document("show.docx")
    assert paper.paragraphs[0].text.startswith(MARK)
    assert MARK in paper.sections[0].footer.paragraphs[0].text
    assert Path("show.html").read_text("utf-8").count(MARK) == 2
    run(capsys, "list", "-o", "list.xlsx")
    assert str(load_workbook("list.xlsx").worksheets[0]["A2"].value).startswith(MARK)
    run(capsys, "jury", "grid", "--institution", "dreets", "-o", "grid.xlsx")
    cells = (cell.value for row in load_workbook("grid.xlsx").worksheets[0] for cell in row)
    assert str(next(filter(None, cells))).startswith(MARK)


def test_its_mails_stay_home(contest: Path, capsys: Capture) -> None:
    """The envelope alone is addressed otherwise: the letter and the ledger name its reader."""
    with Server() as server:
        use_server(contest, server)
        local = contest / "local.toml"
        real = local.read_text("utf-8")
        local.write_text(real.replace("for_real = true", ""), "utf-8")
        assert "ses courriels vont à desk@contest.example" in run(capsys, "doctor").out
        assert run(capsys, "tick").code == 0
        first = server.received[0]
        assert {one.recipients for one in server.received} == {(DESK_ADDRESS,)}
        assert DESK_ADDRESS not in str(first.message["To"])
        assert str(first.message["Subject"]).startswith(f"{MARK} ")
        assert run(capsys, "verify").code == 0
        told = json.loads(run(capsys, "mail", "list", "--state", "sent", "--json").out)
        assert DESK_ADDRESS not in {one["address"] for one in told}
        local.write_text(f'{real.replace("for_real = true", "")}rehearsal_to = "me@x.example"\n')
        run(capsys, "add", *map(str, sorted(DOSSIERS.glob("*.toml"))[2:3]))
        run(capsys, "tick")
        assert server.received[-1].recipients == ("me@x.example",)
        local.write_text(real, "utf-8")
        run(capsys, "add", *map(str, sorted(DOSSIERS.glob("*.toml"))[3:4]))
        run(capsys, "tick")
        assert server.received[-1].recipients[0] in str(server.received[-1].message["To"])
