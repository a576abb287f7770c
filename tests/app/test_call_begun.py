"""A contest may begin when its call has begun: what had arrived is received, proved and marked."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from ptce_workflow.app.audit.verify import verify
from ptce_workflow.app.candidatures.advance import add_all
from ptce_workflow.app.candidatures.history import history
from ptce_workflow.app.candidatures.record import Arrival, receive
from ptce_workflow.app.contest import Contest
from ptce_workflow.app.outbox.desk import messages
from ptce_workflow.base.errors import Misuse, PtceError
from ptce_workflow.ledger.line import Line, decode
from ptce_workflow.scheduler.passes import tick
from tests.app.test_receipt import BEGINNING, CONFIG, DRAFT, PROOF, at, begun
from tests.ledger.forger import Forger
from tests.rehearsal import lines

OPENS = """
[dates.opening]
label = "Ouverture"
at = 2024-02-05T09:00:00
choice = "x"
"""
WITH_OPENING = CONFIG.replace("[contest]\n", '[contest]\nopens = "date.opening"\n') + OPENS
OPENING = BEGINNING.replace(month=2, day=5, hour=8)
EARLY = BEGINNING - timedelta(days=9)
REMINDER = """+++
label = "Rappel"
at = ["date.closing - 14 days at 09:00", "date.closing - 2 days at 09:00"]
in = ["draft"]
+++
# Rappel

Bientôt.
"""


@pytest.fixture
def contest(tmp_path: Path) -> Iterator[Contest]:
    """The gardens, begun weeks after the call; their ledger stays intact."""
    changes = {"config_toml": WITH_OPENING, "notifications__reminder_md": REMINDER}
    with begun(tmp_path, **changes) as running:
        at(running, BEGINNING + timedelta(hours=1))
        yield running


def names(contest: Contest) -> list[str]:
    """The mails that are to leave."""
    return [one.notification for one in messages(contest, ["planned"])]


def arrivals(contest: Contest) -> list[Line]:
    """The lines that tell of an arrival."""
    return [line for line in map(decode, lines(contest)) if line.type == "sheet_received"]


def test_what_had_arrived_is_received(contest: Contest) -> None:
    receive(contest, "C-001", "dossier", at=EARLY, evidence=PROOF)
    [line] = arrivals(contest)
    assert line.data["acknowledged"] is False
    assert "acknowledged" not in names(contest)
    said = [
        one.message
        for entry in history(contest, "C-001")
        for one in entry.line.data.describe(entry.line, entry.side)
    ]
    assert "it had arrived before the ledger began" in said


def test_it_is_acknowledged_where_that_is_asked_for(contest: Contest) -> None:
    receive(contest, "C-001", "dossier", at=EARLY, evidence=PROOF, acknowledge=True)
    assert names(contest).count("acknowledged") == 1
    receive(contest, "C-001", "dossier", at=BEGINNING)
    assert names(contest).count("acknowledged") == 2
    marks = [one.data.get("acknowledged") for one in arrivals(contest)]
    assert marks == [True, None]


def test_to_the_second(contest: Contest) -> None:
    """From the very opening on, up to the first line; not without what proves it."""
    before = lines(contest)
    with pytest.raises(Misuse, match="before the contest began") as refused:
        receive(contest, "C-001", "dossier", at=OPENING - timedelta(seconds=1), evidence=PROOF)
    assert "5 February 2024" in refused.value.why
    with pytest.raises(PtceError, match="with what proves it") as refused_too:
        receive(contest, "C-001", "dossier", at=BEGINNING - timedelta(seconds=1))
    assert "--evidence" in refused_too.value.mend
    assert lines(contest) == before
    receive(contest, "C-001", "dossier", at=OPENING, evidence=PROOF)


def test_a_whole_dossier_is_entered_so(contest: Contest) -> None:
    dossier = {"dossier": {"name": "Quai", "contact": "q@b.example"}}
    [case] = add_all(contest, [("", dossier)], arrival=Arrival(EARLY, PROOF))
    assert case.received["dossier"] == (EARLY,)
    due = {one.due for one in messages(contest, ["planned"]) if one.notification == "reminder"}
    assert {instant.day for instant in due} == {8}, "the one of 26 February is past"


def test_what_time_makes_late_plans_nothing_past(tmp_path: Path) -> None:
    after = REMINDER.replace('"date.closing - 14 days at 09:00"', '"date.opening + 15 days"')
    changes = {
        "config_toml": WITH_OPENING,
        "notifications__reminder_md": after.replace('in = ["draft"]', 'in = ["closed"]'),
        "states__draft_toml": DRAFT.replace(
            'to = "closed"', 'to = "closed"\nat = "date.opening + 5 days at 09:00"', 1
        ),
    }
    with begun(tmp_path, **changes) as running:
        at(running, BEGINNING + timedelta(hours=1))
        receive(running, "C-001", "dossier", at=EARLY, evidence=PROOF)
        [step] = tick(running).steps
        assert step.made
        due = [one.due for one in messages(running, ["planned"])]
        assert [instant.day for instant in due] == [8], "the one of 20 February is past"


def test_without_an_opening_nothing_came_before(tmp_path: Path) -> None:
    with begun(tmp_path) as running:
        at(running, BEGINNING + timedelta(hours=1))
        with pytest.raises(Misuse, match="before the contest began") as refused:
            receive(running, "C-001", "dossier", at=EARLY, evidence=PROOF)
        assert "contest.opens" in refused.value.mend


def test_a_mark_that_is_forged_is_found(contest: Contest) -> None:
    receive(contest, "C-001", "dossier", at=EARLY, evidence=PROOF)
    [n] = [one.n for one in arrivals(contest)]
    before = Forger(contest)
    for data in ({"evidence": None}, {"received_at": "2024-03-01T09:30:00.000000Z"}):
        forger = Forger(contest)
        forger.lines = list(before.lines)
        forger.data(n, **data)
        assert any(found == n for found, _what in forger.told())
    before.told()
    assert verify(contest).intact
