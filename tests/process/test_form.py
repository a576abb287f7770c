"""The normal form of a process: it says the same, and needs nothing that reads folders."""

import subprocess
import sys
from datetime import date, timedelta
from hashlib import sha256
from pathlib import Path

import pytest

import ptce_workflow.process.process as form
from ptce_workflow.app.locations import read_folder
from ptce_workflow.process.process import Process
from tests.process.contests import contest
from tests.process.juries import jury
from tests.signing import gardens

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = sorted(
    path.parent
    for pattern in ("config.toml", "contests/*/config.toml", "tests/*/config.toml")
    for path in ROOT.glob(pattern)
)


PROCESSES = [
    *(pytest.param(Process.load(read_folder(folder)), id=folder.name) for folder in FOLDERS),
    pytest.param(Process.load(contest()), id="small"),
    pytest.param(Process.load(jury()), id="jury"),
    pytest.param(Process.load(gardens()), id="gardens"),
]


@pytest.mark.parametrize("process", PROCESSES)
def test_a_process_is_loaded_from_its_form_as_it_was(process: Process) -> None:
    loaded = form.load(form.dump(process), lambda: process.files)
    assert loaded == process
    assert loaded.definition == process.definition
    assert repr(loaded.definition) == repr(process.definition)
    assert loaded.dates.fixed == process.dates.fixed
    assert [edge.rules for edge in loaded.every_edge()] == [
        edge.rules for edge in process.every_edge()
    ]
    assert loaded.dates_read == process.dates_read
    assert loaded.files == process.files
    assert form.dump(loaded) == form.dump(process)


def test_the_days_off_of_the_contest_are_in_the_form() -> None:
    process = Process.load(contest())
    loaded = form.load(form.dump(process), dict)
    days = [date(2021, 1, 1) + timedelta(days=count) for count in range(365 * 9)]
    worked = [loaded.workdays.is_working_day(day) for day in days]
    assert worked == [process.workdays.is_working_day(day) for day in days]
    assert set(loaded.workdays.known) >= {2023, 2024, 2025}


def test_what_is_loaded_cannot_be_changed() -> None:
    loaded = form.load(form.dump(Process.load(contest())), dict)
    for table in (loaded.definition.sheets, loaded.definition.sheets["dossier"].fields):
        with pytest.raises(TypeError):
            table["new"] = None  # type: ignore[index]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{}",
        b"\xff",
        b"[]",
        b'{"hash":"","definition":{},"days_off":{}}',
        b'{"hash":"","definition":{"$":"Gone"},"days_off":{}}',
        b'{"hash":"","definition":{"$":"decimal","value":"x"},"days_off":{}}',
        b'{"hash":"","definition":{"$":"Definition"},"days_off":{"2024":["x"]}}',
    ],
)
def test_what_is_no_form_is_told(content: bytes) -> None:
    with pytest.raises(form.FormError):
        form.load(sha256(content).hexdigest().encode() + b"\n" + content, dict)


def test_one_byte_that_is_not_the_one_that_was_written_is_seen() -> None:
    """Wherever it is: a rule that says something else would not show otherwise."""
    content = form.dump(Process.load(contest()))
    for place in range(0, len(content), 997):
        changed = bytearray(content)
        changed[place] ^= 1
        with pytest.raises(form.FormError):
            form.load(bytes(changed), dict)


def test_loading_a_form_needs_no_validator_and_no_calendar_of_the_world(tmp_path: Path) -> None:
    place = tmp_path / "form.json"
    place.write_bytes(form.dump(Process.load(contest())))
    heavy = ["pydantic", "pydantic_core", "holidays", "babel", "sqlalchemy", "cel_expr_python"]
    program = (
        "import sys, pathlib\n"
        "from ptce_workflow.process import process as form\n"
        f"process = form.load(pathlib.Path({str(place)!r}).read_bytes(), dict)\n"
        "assert process.dates.fixed and process.dates_read and list(process.every_edge())\n"
        f"print(*[name for name in {heavy} if name in sys.modules])"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert ran.stdout.split() == []
