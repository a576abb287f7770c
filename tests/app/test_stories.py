"""What the ledger tells: the history of one, and where all stood at any instant."""

from datetime import UTC, datetime, timedelta

import pytest

from ptce_workflow.app.as_of import at
from ptce_workflow.app.audit.verify import verify
from ptce_workflow.app.candidatures.advance import advance
from ptce_workflow.app.candidatures.history import history
from ptce_workflow.app.candidatures.overview import show
from ptce_workflow.app.candidatures.record import record
from ptce_workflow.app.contest import Contest
from ptce_workflow.base.errors import Misuse, PtceError
from ptce_workflow.base.runtime import SetClock
from ptce_workflow.ledger.events.base import Reason
from ptce_workflow.ledger.events.facts import Facts
from ptce_workflow.ledger.line import decode
from tests.rehearsal import BEGINNING, added, attack, lines, move, states, submitted
from tests.replaying import replayed

FAR = datetime(2100, 1, 1, tzinfo=UTC)
SECOND = timedelta(microseconds=1)


def stood(contest: Contest, at: datetime | None = None) -> dict[str, str]:
    """Where every candidature stood, by the ledger."""
    return {ref: case.state for ref, case in replayed(contest, at).items()}


def test_whole(full: Contest) -> None:
    """Replayed to its end, the ledger gives what is kept, to the last fact."""
    cases = replayed(full, FAR)
    assert cases.keys() == states(full).keys()
    for ref, case in cases.items():
        assert show(full, ref).case == case


def test_on_before_and_after(contest: Contest, clock: SetClock) -> None:
    ref = added(contest)
    clock.instant = BEGINNING + timedelta(hours=1)
    move(contest, "submit", ref)
    assert stood(contest, BEGINNING - SECOND) == {}
    assert stood(contest, BEGINNING) == {ref: "draft"}
    assert stood(contest, clock.instant - SECOND) == {ref: "draft"}
    assert stood(contest, clock.instant) == {ref: "submitted"}
    assert stood(contest, clock.instant + SECOND) == {ref: "submitted"}
    assert stood(contest) == {ref: "submitted"}


def test_other_zone(contest: Contest) -> None:
    """An instant is the same in whatever zone it is said."""
    added(contest)
    paris = datetime.fromisoformat("2024-02-20T10:00:00+01:00")
    assert stood(contest, paris) == {"C-001": "draft"}
    assert stood(contest, paris - SECOND) == {}


def test_several_at_one_instant(contest: Contest) -> None:
    ref = submitted(contest)
    assert stood(contest, BEGINNING) == {ref: "submitted"}


def test_clock_that_goes_back(contest: Contest, clock: SetClock) -> None:
    ref = added(contest)
    clock.instant = BEGINNING + timedelta(hours=2)
    move(contest, "submit", ref)
    clock.instant = BEGINNING + timedelta(hours=1)
    move(contest, "withdraw", ref)
    assert stood(contest, BEGINNING + timedelta(minutes=59)) == {ref: "draft"}
    assert stood(contest, BEGINNING + timedelta(hours=1)) == {ref: "withdrawn"}
    assert stood(contest, FAR) == {ref: "withdrawn"}
    assert verify(contest).intact


def test_one_candidature_is_not_taken_for_another(contest: Contest) -> None:
    ref, other = added(contest), added(contest)
    id_ = show(contest, ref).case.id
    record(contest, other, {"dossier": {"name": f'"case":"{id_}"'}})
    told = history(contest, ref)
    assert {entry.line.case for entry in told} == {id_}
    assert [entry.line.n for entry in told] == [
        line.n for line in map(decode, lines(contest)) if line.case == id_
    ]


def test_history(full: Contest) -> None:
    """The history of one: its lines in order, what stands beside them, the process of each."""
    told = history(full, "C-002")
    case_id = show(full, "C-002").case.id
    of_it = [decode(line) for line in lines(full) if case_id.encode() in line]
    assert [entry.line.encode() for entry in told] == [line.encode() for line in of_it]
    assert [entry.line.type for entry in told] == [
        "candidature_opened",
        "facts_recorded",
        "transition_made",
        "transition_made",
        "facts_recorded",
        "transition_made",
    ]
    assert isinstance(told[1].side, Facts)
    assert told[1].side.facts["dossier.name"] == "Le Moulin"
    assert told[3].side == Reason("Une pièce manque.")
    assert told[4].side is None
    assert [entry.process.hash for entry in told] == [line.process for line in of_it]
    assert told[0].process != told[-1].process


def test_history_after_erasure(full: Contest) -> None:
    """What was erased is not told any more; the line is."""
    with attack(full) as database:
        database.execute("DELETE FROM side")
    assert [entry.side for entry in history(full, "C-002")] == [None] * 6


def test_history_of_nobody(contest: Contest) -> None:
    """A reference that nobody bears has no history."""
    with pytest.raises(Misuse):
        history(contest, "C-001")


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ("UPDATE ledger SET line = substr(line, 2) WHERE n = 8", 8),
        ("DELETE FROM ledger WHERE n = 6", 7),
        ("UPDATE side SET data = 'x' WHERE n = 7", 7),
    ],
)
def test_damaged(full: Contest, change: str, line: int) -> None:
    """A ledger too damaged to be told says at which line, and what to do; it does not crash."""
    with attack(full) as database:
        database.execute(change)
    with pytest.raises(PtceError, match=f"Line {line} of the ledger") as told:
        at(full, full.clock.now())
    assert "verify" in told.value.mend


def test_moved_by_a_damaged_line(full: Contest) -> None:
    version = show(full, "C-004").case.version
    with attack(full) as database:
        database.execute("UPDATE ledger SET line = 'x' WHERE n = ?", (version,))
    with pytest.raises(PtceError, match=f"Line {version} of the ledger"):
        advance(full, ["C-004"], "submit")
