"""What the desk has to do next, where a panel has to meet first."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ptce_workflow.app.candidatures.overview import overview
from ptce_workflow.app.candidatures.why import awaited
from ptce_workflow.app.contest import Contest
from ptce_workflow.app.locations import read_folder
from ptce_workflow.base.runtime import SetClock
from ptce_workflow.base.words import speaking
from ptce_workflow.process.candidature import Candidature, RuleContext
from ptce_workflow.process.process import Process
from tests.voting import MEETING, called, clock, contest, frozen

ROOT = Path(__file__).resolve().parents[2]
__all__ = ["called", "clock", "contest"]


def test_a_candidature_that_waits_for_the_panel_says_so(contest: Contest, clock: SetClock) -> None:
    [_ref] = frozen(contest, "4")
    waits = overview(contest).briefs[0].awaited
    assert waits is not None
    assert (waits.who, waits.what) == ("jury", "to be decided in a sitting")
    assert waits.until == MEETING - timedelta(minutes=30)
    clock.instant = MEETING
    waits = overview(contest).briefs[0].awaited
    assert waits is not None
    assert (waits.who, waits.until) == ("desk", None)


@pytest.mark.parametrize(
    ("state", "facts", "now", "expected"),
    [
        ("eligible", {}, "2024-03-25", ("jury", "notes : 0 institution sur 6, avant le 5 avr.")),
        ("selected", {}, "2024-04-18", ("applicant", "Confirmation : réponse attendue")),
        (
            "selected",
            {"confirmation.confirmed": True},
            "2024-04-18",
            ("time", "le 15 mai : Attester l’accompagnement"),
        ),
        ("draft", {}, "2024-03-12", ("time", "le 14 mars : Clore : aucun dossier reçu")),
    ],
)
def test_each_state_of_the_contest_says_whom_it_waits_for(
    state: str, facts: dict[str, Any], now: str, expected: tuple[str, str]
) -> None:
    process = Process.load(read_folder(ROOT))
    at = datetime.fromisoformat(f"{now}T12:00:00+01:00")
    case = Candidature("a", "C-001", state, at, 1, facts=facts, entered={state: at})
    with speaking("fr"):
        waits = awaited(process, case, RuleContext(at, ("desk",)))
        assert waits is not None
        assert (waits.who, waits.text(process, at).replace("\u00a0", " ")) == expected
