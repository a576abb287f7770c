"""Facts of the contest: what the rulebook leaves to be fixed later, known to every candidature."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ptce_workflow.app.audit.verify import verify
from ptce_workflow.app.candidatures.advance import add, advance
from ptce_workflow.app.candidatures.record import FactsRefused, record, record_of_contest
from ptce_workflow.app.candidatures.why import why
from ptce_workflow.app.contest import Contest
from ptce_workflow.app.create import create
from ptce_workflow.base.errors import PtceError
from ptce_workflow.base.runtime import SetClock
from ptce_workflow.base.words import speaking
from ptce_workflow.process.check import check
from ptce_workflow.scheduler.passes import tick
from tests.process.test_catalogues import FILES, INSTITUTION
from tests.rehearsal import opened

NOTICE = """
label = "Avis"
about = "contest"

[fields]
opens = { type = "datetime", label = "Ouverture du vote", required = false }
seats = { type = "integer", label = "Places" }
"""
OPENING = """
[dates.vote]
label = "Vote"
at = "notice.opens + 1 day"
choice = "plus tard"
"""
VOTE = """
[transitions.vote]
label = "Voter"
to = "closed"

[transitions.vote.rules]
seats = { says = "{notice.seats} places", when = "notice.seats > 0", choice = "x" }

[transitions.end]
label = "Finir"
to = "gone"
at = "date.vote"
"""
BEGINNING = datetime(2024, 3, 1, 9, tzinfo=UTC)


def folder(**changes: str) -> dict[str, bytes]:
    """The gardens, in which a notice is given later."""
    texts = {
        **FILES,
        "config.toml": FILES["config.toml"] + INSTITUTION + OPENING,
        "sheets/notice.toml": NOTICE,
        "states/draft.toml": FILES["states/draft.toml"] + VOTE,
    }
    texts |= {path.replace("__", "/") + ".toml": text for path, text in changes.items()}
    return {path: text.encode() for path, text in texts.items()}


@pytest.fixture
def contest(tmp_path: Path) -> Iterator[Contest]:
    """The contest as it has begun, with one candidature."""
    place = tmp_path / "gardens"
    for path, content in folder().items():
        (place / path).parent.mkdir(parents=True, exist_ok=True)
        (place / path).write_bytes(content)
    clock = SetClock(BEGINNING)
    with speaking("en"):
        create(place, login="anne", rehearsal=True, clock=clock)
        with opened(place, clock) as running:
            add(running, {"dossier": {"name": "Serres", "contact": "a@b.example"}})
            yield running


def allowed(contest: Contest, ref: str = "C-001") -> dict[str, bool]:
    return {edge.name: edge.allowed for edge in why(contest, ref).edges}


def test_every_candidature_knows_them(contest: Contest) -> None:
    """Those that are there, and those that come; rules cannot tell before."""
    assert not allowed(contest)["vote"]
    (change,) = record_of_contest(contest, {"notice": {"seats": "3"}})
    assert (change.name, change.after) == ("notice.seats", 3)
    assert allowed(contest)["vote"]
    add(contest, {"dossier": {"name": "Halle", "contact": "c@d.example"}})
    assert allowed(contest, "C-002")["vote"]
    advance(contest, ["C-002"], "vote")
    assert verify(contest).faults == ()


def test_one_that_is_taken_away_is_known_no_more(contest: Contest) -> None:
    record_of_contest(contest, {"notice": {"seats": "3"}})
    assert record_of_contest(contest, {"notice": {"seats": "3"}}) == ()
    (change,) = record_of_contest(contest, {"notice": {"seats": ""}})
    assert (change.before, change.after) == (3, None)
    assert not allowed(contest)["vote"]
    assert verify(contest).faults == ()


def test_a_date_may_hang_on_one(contest: Contest) -> None:
    assert isinstance(contest.clock, SetClock)
    record_of_contest(contest, {"notice": {"opens": "2024-03-05T09:00"}})
    record_of_contest(contest, {"notice": {"opens": "2024-03-06T09:00"}})
    contest.clock.instant = datetime(2024, 3, 6, 12, tzinfo=UTC)
    tick(contest, None)
    assert why(contest, "C-001").case.state == "draft"
    contest.clock.instant = datetime(2024, 3, 7, 12, tzinfo=UTC)
    tick(contest, None)
    assert why(contest, "C-001").case.state == "gone"
    assert verify(contest).faults == ()


def test_they_are_no_answers_of_a_candidature(contest: Contest) -> None:
    """Nor are its answers facts of the contest; what cannot be read is told."""
    with pytest.raises(PtceError):
        record(contest, "C-001", {"notice": {"seats": "3"}})
    for raw in ({"dossier": {"name": "x"}}, {"notice": {"seat": "3"}}, {"notice": {"seats": "x"}}):
        with pytest.raises(FactsRefused):
            record_of_contest(contest, raw)


@pytest.mark.parametrize(
    ("path", "text", "key"),
    [
        ("sheets__notice", NOTICE.replace("integer", "text"), "fields.seats.type"),
        ("sheets__notice", NOTICE.replace("about", 'members = ["town"]\nabout'), "about"),
        (
            "states__draft",
            FILES["states/draft.toml"].replace('"marks"]', '"marks", "notice"]'),
            "open",
        ),
    ],
)
def test_what_cannot_be_a_fact_of_the_contest_is_told(path: str, text: str, key: str) -> None:
    """What a person may have erased, a panel's marks, what a state opens."""
    assert check(folder()) == ()
    assert key in {one.key for one in check(folder(**{path: text}))}
