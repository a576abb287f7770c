"""Rectifying: a slip of the typist is mended once it is closed, in daylight."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from ptce_workflow.app.audit.verify import verify
from ptce_workflow.app.candidatures.history import rectified
from ptce_workflow.app.candidatures.overview import show
from ptce_workflow.app.candidatures.record import Arrival, FactsRefused, record, rectify
from ptce_workflow.app.candidatures.why import past, why
from ptce_workflow.app.contest import Contest
from ptce_workflow.app.jury.sittings import sitting
from ptce_workflow.base.notation import from_text
from ptce_workflow.base.runtime import SetClock
from ptce_workflow.cli.main import main
from ptce_workflow.ledger.events.base import read
from ptce_workflow.office.page import Table
from ptce_workflow.reports.sittings import minutes_of
from tests import chronicle
from tests.app.test_receipt import ARRIVAL, PROOF, at, begun
from tests.app.test_windows import CLOSING, THREE, TWO, WINDOW, held
from tests.ledger.forger import Forger
from tests.rehearsal import lines, move, opened, types

giver, lived = chronicle.giver, chronicle.lived
WHY = "Une ligne tapée deux fois."


@pytest.fixture
def contest(tmp_path: Path) -> Iterator[Contest]:
    """Three people were typed where two had been named; the hour of closing has passed."""
    window = WINDOW.replace(', "dossier.name"', "")
    with begun(tmp_path, states__draft_toml=window) as running:
        at(running, ARRIVAL)
        record(running, "C-001", {"dossier": {"name": "Serres", "people": THREE}}, Arrival(ARRIVAL))
        at(running, CLOSING + timedelta(days=1))
        yield running


def mended(contest: Contest, **answers: object) -> None:
    rectify(contest, "C-001", {"dossier": answers}, reason=WHY, evidence=PROOF)


def test_rules_read_what_was_mended_and_say_so(contest: Contest) -> None:
    assert not held(contest)
    mended(contest, people=TWO, name="Serre")
    assert held(contest)
    told = why(contest, "C-001", "close")
    read = {rule.id: rule.rectified for rule in told.edges[0].rules}
    assert read == {"arrived": (), "in_time": (), "pair": ("dossier.people",)}
    one = told.rectified["dossier.name"]
    assert (one.before, one.after, one.reason) == ("Serres", "Serre", WHY)
    assert {one.name for one in show(contest, "C-001").rectified} == {
        "dossier.name",
        "dossier.people",
    }
    # Mended again, the last time counts; what is the same leaves no line.
    mended(contest, name="Les Serres")
    before = types(contest)
    mended(contest, name="Les Serres")
    assert types(contest) == before
    assert why(contest, "C-001").rectified["dossier.name"].before == "Serre"


def test_what_was_decided_since_tells_what_was_mended_by_then(contest: Contest) -> None:
    """`why --past` tells a rectification beside the rule that read it, and no later one."""
    mended(contest, people=TWO)
    move(contest, "close", "C-001")
    act = past(contest, "C-001").acts[-1]
    assert act.mended["dossier.people"].reason == WHY
    assert {rule.id: rule.rectified for rule in act.edge.rules}["pair"] == ("dossier.people",)


@pytest.mark.parametrize(
    ("answers", "what"),
    [
        ({"people": TWO, "nom": "x"}, 'There is no field "nom"'),
        ({"size": "3"}, "is worked out from other facts"),
        ({"people": "x"}, "not JSON"),
        ({"contact": "z@z.example"}, "can still be written"),
    ],
)
def test_what_cannot_be_mended(contest: Contest, answers: dict[str, object], what: str) -> None:
    before = types(contest)
    with pytest.raises(FactsRefused) as told:
        mended(contest, **answers)
    assert what in str(told.value)
    assert types(contest) == before


def test_what_was_never_filed_is_not_added(tmp_path: Path) -> None:
    with begun(tmp_path, states__draft_toml=WINDOW.replace(', "dossier.name"', "")) as running:
        at(running, CLOSING + timedelta(days=1))
        with pytest.raises(FactsRefused, match="was never filed"):
            mended(running, people=TWO)


def test_what_is_open_is_written(contest: Contest) -> None:
    at(contest, CLOSING)
    with pytest.raises(FactsRefused, match="can still be written"):
        mended(contest, people=TWO)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ({"before": {}}, "The line does not tell what stood there before."),
        ({"removed": ["dossier.size"]}, "Nobody writes that: it is worked out, or the panel's."),
        ({"removed": ["dossier.contact"]}, "What is open is written, and not mended."),
    ],
)
def test_a_forger_who_mends_is_found(contest: Contest, data: dict[str, object], says: str) -> None:
    """What stood there before is told, and what may be mended is."""
    mended(contest, people=TWO)
    forger = Forger(contest)
    n = max(n for n, line in enumerate(forger.lines, 1) if line.type == "facts_rectified")
    forger.data(n, **data)
    assert (n, says) in forger.told()
    forger.data(n, before={"dossier.people": [{}] * 3}, removed=[])
    kept = forger.line(n)
    forger.lines[n - 1] = replace(kept, pd=None)
    assert (n, "This needs a reason, and none was given.") in forger.told()
    forger.lines[n - 1] = kept
    assert forger.told() == []


def test_the_minutes_tell_it(giver: Path) -> None:
    with opened(giver, SetClock(chronicle.END)) as running:
        told = sitting(running)
        assert [(one.ref, one.name) for one in told.rectified] == [
            ("C-003", "dossier.governance"),
            ("C-003", "dossier.need"),
        ]
        tables = [part for part in minutes_of(told).parts if isinstance(part, Table)]
        cells = [cell for table in tables for row in table.rows for cell in row]
        assert "Un four. → Un four à bois." in cells


def test_typed(contest: Contest, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """It needs a reason and a proof that can be read; then it is shown wherever it counts."""
    proof = tmp_path / "courriel.eml"
    proof.write_bytes(b"mail")
    place = ["--contest", str(contest.folder), "--as", "anne", "--lang", "en"]

    def typed(*words: str) -> int:
        with pytest.MonkeyPatch.context() as patched:
            patched.setenv("PTCE_NOW", "2024-03-12T12:00:00+01:00")
            return main([*words, *place])

    def mending(*words: str) -> int:
        return typed("record", "C-001", "dossier", "name=Serre", *words)

    proved = ("--evidence", str(proof))
    assert mending("--rectify", *proved) == 2
    assert mending("--rectify", "--reason", WHY) == 2
    assert mending("--rectify", "--reason", " ", *proved) == 2
    assert mending("--reason", WHY) == 2
    assert mending("--rectify", "--reason", WHY, "--evidence", str(tmp_path / "x")) == 2
    assert mending("--rectify", "--reason", WHY, *proved, "--at", "8/3/2024 9:12") == 2
    capsys.readouterr()
    assert mending("--rectify", "--reason", WHY, *proved) == 0
    assert "Serres → Serre" in capsys.readouterr().out
    for words in (("history", "C-001"), ("show", "C-001")):
        assert typed(*words) == 0
        said = " ".join(capsys.readouterr().out.split())
        assert "Serres → Serre" in said
        assert WHY in said
    assert typed("why", "C-001", "--json") == 0
    assert "rectified" in json.loads(capsys.readouterr().out)["transitions"][0]["rules"][0]
    assert verify(contest).faults == ()


def test_erased_with_what_people_wrote(contest: Contest) -> None:
    mended(contest, name="Serre")
    n = types(contest).index("facts_rectified") + 1
    line, case = read(lines(contest)[n - 1]), show(contest, "C-001").case
    [one] = rectified(contest.process, case, line.data, None, from_text(line.at), n)
    assert (one.before, one.after, one.reason) == ("(erased)", "(erased)", None)
