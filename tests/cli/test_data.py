"""`--json`: the keys that the help documents are those that are written."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ptce_workflow.cli.grammar import every_command, load
from rehearsal.mailbox import ARRIVALS, MAILBOX, deliver, the_blank
from tests.cli.lines import run
from tests.cli.shapes import agrees, shape

pytestmark = pytest.mark.rehearsed

LINES = {
    "add": ("add", "{mail}", "--yes"),
    "adopt": ("adopt", "--dry-run"),
    "advance": ("advance", "C-010", "withdraw", "--reason", "…", "--dry-run"),
    "audit": ("audit",),
    "calendar": ("calendar",),
    "check": ("check", "broken"),
    "checkpoint": ("checkpoint",),
    "clock": ("clock",),
    "decisions": ("decisions",),
    "diff": ("diff", "--from", "11/03/2024", "--to", "12/04/2024"),
    "doctor": ("doctor",),
    "erase": ("erase", "C-014", "--dry-run"),
    "export": ("export", "--subject", "C-014"),
    "history": ("history", "C-005"),
    "jury grid": ("jury", "grid", "--institution", "dreets", "-o", "dreets.xlsx"),
    "jury rank": ("jury", "rank"),
    "list": ("list",),
    "mail list": ("mail", "list", "--all"),
    "mail preview": ("mail", "preview"),
    "mail read": ("mail", "read", "{mail}"),
    "mail show": ("mail", "show", "M-001"),
    "minutes": ("minutes",),
    "note": ("note", "C-001", "a appelé"),
    "people enrol": ("people", "enrol", "Bureau 2", "--role", "desk"),
    "convene": ("convene", "--at", "16/09/2024 14:00"),
    "people leave": ("people", "leave", "P-003"),
    "people list": ("people", "list"),
    "receive": ("receive", "C-001", "dossier"),
    "replay": ("replay", "--check"),
    "show": ("show", "C-001"),
    "stats": ("stats",),
    "tick": ("tick",),
    "today": ("today",),
    "verify": ("verify",),
    "why": ("why", "C-010"),
}
# They need more than the played contest: `test_mail.py`, `test_handover.py`,
# `test_documents.py`, `test_requests.py`, `test_jury.py`, `test_results.py`,
# `test_database.py` and `test_mail_trial.py` try them.
ELSEWHERE = {"hand-over", "sign-in", "mail release", "mail resolve"}
ELSEWHERE |= {"answer", "mail edit", "mail drop", "deliberate", "jury conflicts", "jury declare"}
ELSEWHERE |= {"results", "move", "mail test", "mail login", "mail write"}
LATER = replace(ARRIVALS[0], at=datetime(2024, 9, 3, 9, tzinfo=UTC))
"""One more mail of a collective, the day before."""


def test_every_documented_shape_is_tried() -> None:
    assert {name for name, command in every_command().items() if command.shape} == {
        *LINES,
        *ELSEWHERE,
    }


@pytest.mark.long
@pytest.mark.parametrize("name", LINES)
def test_data_has_the_documented_keys(
    name: str, demo: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing but JSON reaches the output, and its keys are those that `--help` tells."""
    broken = demo / "broken"
    broken.mkdir()
    (broken / "config.toml").write_text("[contest]\n")
    deliver(demo / MAILBOX, the_blank(), [LATER])
    words = [word.format(mail=f"{MAILBOX}/{LATER.file}") for word in LINES[name]]
    ended = run(capsys, *words, "--json")
    data = json.loads(ended.out)
    documented = load(name).shape
    assert agrees(shape(documented), data), json.dumps(data, indent=2)[:2000]
    assert data


def test_the_state_of_each_candidature_at_noon(
    demo: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ended = run(capsys, "list", "--at", "2024-03-11T12:00:00+01:00", "--json")
    states = {one["ref"]: one["state"] for one in json.loads(ended.out)}
    assert states.pop("C-009") == "draft"
    assert "C-016" not in states
    assert set(states.values()) == {"submitted"}
    assert len(states) == 14


def test_where_the_rehearsal_ends(demo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nine are ready for the AMI, one is on its way, and nine ended otherwise."""
    states = [one["state"] for one in json.loads(run(capsys, "list", "--json").out)]
    counts = {state: states.count(state) for state in set(states)}
    assert counts == {
        "ami_ready": 9,
        "accompanied": 1,
        "withdrawn": 2,
        "not_selected": 2,
        "invited_directly": 1,
        "ineligible": 1,
        "late": 1,
        "incomplete": 1,
        "discarded": 1,
    }
    assert run(capsys, "verify").code == 0
