"""What a shell offers while a line is typed."""

import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from ptce_workflow.cli.commands.setup import SCRIPTS
from ptce_workflow.cli.main import main
from ptce_workflow.cli.terminal import NOBODY_READS
from tests.cli.lines import run

Capture = pytest.CaptureFixture[str]
LARZAC, CANIGOU = "C-001  (La Fabrique du Larzac)", "C-002  (Les Marmites du Canigou)"


def asked(capsys: Capture, monkeypatch: pytest.MonkeyPatch, shell: str, *words: str) -> list[str]:
    monkeypatch.setenv("_PTCE_COMPLETE", shell)
    # On a busy machine the end of its patience would be that of the tests.
    monkeypatch.setattr("ptce_workflow.cli.main.COMPLETED_WITHIN_S", 600)
    done = run(capsys, *words)
    assert (done.code, done.err) == (0, "")
    return done.out.splitlines()


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("hi", ["history"]),
        ("rep", ["replay", "répondre"]),
        ("courriels dr", ["drop"]),
        ("adopt --dr", ["--drop", "--dry-run"]),
        ("completion z", ["zsh"]),
        ("check conf", []),
    ],
)
def test_words_of_the_program(
    line: str, offered: list[str], capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert asked(capsys, monkeypatch, "bash", f"ptce {line}") == offered


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("voir ", [LARZAC, CANIGOU]),
        ("show lar", ["C-001"]),
        ("show nothing", []),
        ("avancer C-", [LARZAC, CANIGOU]),
        ("advance C-001 C-", ["C-002"]),
        ("advance larzac sub", ["submit"]),
        ("why C-001 sub", ["submit"]),
        ("record C-001 dossier ga", ["gaps="]),
        ("record C-001 dossier gaps=", []),
        ("receive C-001 doss", ["dossier"]),
        ("answer C-001 app", ["appeal"]),
        ("answer C-001 appeal gr", ["granted"]),
        ("list --state scor", ["scored"]),
        ("list --state=scor", ["scored"]),
        ("mail list --state he", ["held"]),
        ("mail list --notification selec", ["selected"]),
        ("mail show M-001", ["M-001"]),
        ("list --as jur", ["P-002"]),
        ("people leave P-002", ["P-002"]),
        ("jury grid --institution dree", ["dreets"]),
        ("people enrol X --role aud", ["auditor"]),
        ("show --contest nowhere C", []),
    ],
)
def test_words_of_the_contest(
    line: str, offered: list[str], contest: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert asked(capsys, monkeypatch, "bash", f"ptce {line}") == offered


def test_each_shell_reads_its_own_lines(
    contest: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ("list", "--state=scor")
    assert asked(capsys, monkeypatch, "zsh", *words) == ["--state=scored:Notée"]
    assert asked(capsys, monkeypatch, "fish", *words) == ["--state=scored\tNotée"]
    assert asked(capsys, monkeypatch, "bash") == asked(capsys, monkeypatch, "bash", "ptce ")


def test_nobody_is_offered_what_may_not_be_read(
    contest: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PTCE_ACTOR", "passante")
    for line in ("show ", "advance ", "list --as ", "people leave ", "mail show "):
        assert asked(capsys, monkeypatch, "bash", f"ptce {line}") == []


@pytest.mark.long
def test_a_shell_that_has_gone_is_no_fault(
    contest: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_words: object, **_how: object) -> None:
        raise BrokenPipeError

    monkeypatch.setattr("builtins.print", gone)
    monkeypatch.setenv("_PTCE_COMPLETE", "bash")
    assert main(["ptce sh"]) == NOBODY_READS


def test_a_shell_does_not_wait_for_long(contest: Path) -> None:
    """Somebody holds the whole file: nothing is offered, and nothing is said."""
    environ = {**os.environ, "_PTCE_COMPLETE": "bash"}
    with closing(sqlite3.connect(contest / "ptce.db")) as other:
        other.executescript("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE")
        done = subprocess.run(
            [sys.executable, "-m", "ptce_workflow", "ptce show "],
            env=environ,
            capture_output=True,
            check=False,
            timeout=60,
        )
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


TYPED = {
    "bash": """eval "$(ptce completion bash)"
COMP_LINE='ptce list --state=scor' COMP_POINT=22; _ptce ptce; echo "${COMPREPLY[@]}"
""",
    "fish": "ptce completion fish | source; complete -C 'ptce list --state=scor'\n",
    "zsh": """eval "$(ptce completion zsh)"
_describe() { echo $found }
words=(ptce list --state=scor) CURRENT=3; _ptce
""",
}


@pytest.mark.long
@pytest.mark.parametrize("shell", SCRIPTS)
def test_a_shell_runs_its_script(shell: str, contest: Path, tmp_path: Path) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    program = tmp_path / "ptce"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m ptce_workflow "$@"\n')
    program.chmod(0o755)
    path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        [shell, "-c", TYPED[shell]],
        env={**os.environ, "PATH": path, "HOME": str(tmp_path)},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert "scored" in done.stdout, done.stderr
