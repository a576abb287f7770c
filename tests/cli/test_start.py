"""What a daily command loads before it does its work."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cases import thinned
from tests.cli.posting import do
from tests.servers import ON_SERVER

FORMATS = {"babel", "docx", "holidays", "icalendar", "jinja2", "markdown_it", "openpyxl"}
TABLES = {"psycopg", "pydantic", "pydantic_core", "sqlalchemy", "sqlmodel"}
PLANS = {"aiosmtplib", "apscheduler", "asyncio", "email", "phonenumbers", "stdnum", "transitions"}
HEAVY = {*FORMATS, *TABLES, "cryptography", "rich", "typer"}
JUDGING = {"cel_expr_python", "google"}
if ON_SERVER:
    HEAVY.remove("psycopg")
ACTS = "ptce_workflow.app.candidatures.advance"
LETTERS = "ptce_workflow.process.letters.variables"
WATCHED = HEAVY | PLANS | JUDGING | {ACTS, LETTERS}

LOADS = {
    "list": {*JUDGING, "transitions"},
    "today": {*JUDGING, "transitions"},
    "why C-001": {*JUDGING, "transitions"},
    "mail list": {*JUDGING, "transitions", "jinja2", "markdown_it", LETTERS},
    "advance C-001 submit": {*JUDGING, "transitions", ACTS},
    "--help": set[str](),
}
"""Which of the libraries and large modules a command may load: to take one out is progress."""


def loaded(*words: str) -> set[str]:
    """The modules and packages that a command loads, in a process of its own."""
    command = [sys.executable, "-X", "importtime", "-m", "ptce_workflow", *words]
    done = subprocess.run(command, capture_output=True, encoding="utf-8")
    assert done.returncode == 0, done.stderr[-500:]
    names = re.findall(r"^import time: +\d+ \| +\d+ \| +([\w.]+)", done.stderr, re.MULTILINE)
    assert "ptce_workflow" in names
    return {*names, *(name.partition(".")[0] for name in names)}


@pytest.mark.parametrize(
    "words",
    [
        ("show", "C-001"),
        pytest.param(("history", "C-001"), marks=pytest.mark.long),
        pytest.param(("show", "C-001", "--at", "now"), marks=pytest.mark.long),
        ("record", "C-002", "dossier", "collective_name=Autre"),
        pytest.param(("advance", "C-001", "submit", "--dry-run"), marks=pytest.mark.long),
    ],
)
def test_a_daily_command_loads_none_of_the_large_libraries(
    contest: Path, words: tuple[str, ...]
) -> None:
    if words[0] == "advance":
        do("receive", "C-001", "dossier")
    assert loaded(*words) & HEAVY == set()


def test_a_list_judges_nothing(contest: Path) -> None:
    assert loaded("list", "--json") & (HEAVY | JUDGING) == set()


@pytest.mark.sqlite("the driver of a server loads more")
@pytest.mark.parametrize("line", thinned(LOADS, 2))
def test_a_command_loads_no_more_than_it_did(contest: Path, line: str) -> None:
    if line.startswith("advance"):
        do("receive", "C-001", "dossier")
    assert loaded(*line.split()) & WATCHED <= LOADS[line]
