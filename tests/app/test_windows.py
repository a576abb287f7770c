"""Writing windows: past their hour, only what had arrived by then is written."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ptce_workflow.app.adopt import adopt
from ptce_workflow.app.audit.verify import verify
from ptce_workflow.app.candidatures.advance import add_all
from ptce_workflow.app.candidatures.record import Arrival, FactsRefused, receive, record
from ptce_workflow.app.candidatures.why import why
from ptce_workflow.app.contest import Contest, accept_clock
from ptce_workflow.base.errors import PtceError
from ptce_workflow.cli.main import main
from ptce_workflow.office.page import Advice
from ptce_workflow.process.check import check
from ptce_workflow.reports.why import why_report
from tests.app.test_receipt import ARRIVAL, DRAFT, PROOF, at, begun, folder
from tests.ledger.forger import Forger
from tests.rehearsal import edit, types

SIZE = """
[transitions.close.rules.pair]
says = "Deux personnes"
when = "dossier.people.size() == 2"
choice = "x"
"""
WINDOW = DRAFT.replace('["dossier"]', '["dossier until date.closing", "dossier.name"]') + SIZE
CLOSING = datetime(2024, 3, 11, 11, tzinfo=UTC)
TWO, THREE = ([{"name": name} for name in names] for names in ("AB", "ABC"))


@pytest.fixture
def contest(tmp_path: Path) -> Iterator[Contest]:
    """The dossier of three people came in time; the hour of closing has passed."""
    with begun(tmp_path, states__draft_toml=WINDOW) as running:
        at(running, ARRIVAL)
        record(running, "C-001", {"dossier": {"name": "Serres", "people": THREE}}, Arrival(ARRIVAL))
        at(running, CLOSING + timedelta(days=1))
        yield running


def held(contest: Contest, transition: str = "close") -> bool:
    return why(contest, "C-001", transition).edges[0].allowed


def test_what_was_filed_stands(contest: Contest) -> None:
    assert not held(contest)
    with pytest.raises(FactsRefused) as told:
        record(contest, "C-001", {"dossier": {"people": TWO}})
    assert '"dossier.people" is closed since Monday 11 March 2024 at 12:00.' in str(told.value)
    assert "--at INSTANT" in str(told.value)
    assert not held(contest)
    # What is open without an end, by itself or as the contact, is written all the same.
    record(contest, "C-001", {"dossier": {"name": "Halle", "contact": "c@d.example"}})


def test_to_the_very_hour(contest: Contest) -> None:
    at(contest, CLOSING)
    record(contest, "C-001", {"dossier": {"people": TWO}})
    assert held(contest)


def test_nobody_is_told_to_write_what_is_closed(contest: Contest) -> None:
    """What is next is no answer that would be refused."""
    rule = SIZE.replace("dossier.people.size() == 2", "given.dossier.people").replace("pair", "any")
    edit(contest, "states/draft.toml", SIZE, rule)
    adopt(contest, "Une règle plus simple.")
    add_all(contest, [("", {"dossier": {"name": "Quai"}})])

    def told() -> str:
        steps = why_report(why(contest, "C-002", "close"), contest.clock.now()).parts
        return " ".join(str(part) for part in steps if isinstance(part, Advice) and not part.beside)

    assert "people" not in told()
    assert "ptce receive C-002 dossier" in told()
    at(contest, CLOSING)
    receive(contest, "C-002", "dossier")
    assert "ptce record C-002 dossier people=…" in told()
    at(contest, CLOSING + timedelta(minutes=1))
    assert told() == ""


def test_what_had_arrived_is_typed_later(contest: Contest) -> None:
    """By the hour of its arrival, which is received with it unless it was; not a minute later."""
    arrival = Arrival(CLOSING - timedelta(minutes=18), PROOF)
    _before, case = record(contest, "C-001", {"dossier": {"people": TWO}}, arrival)
    assert case.received == {"dossier": (ARRIVAL, arrival.at)}
    assert types(contest)[-3:] == ["sheet_received", "facts_received", "messages_planned"]
    assert held(contest)
    _before, again = record(contest, "C-001", {"dossier": {"people": THREE}}, Arrival(arrival.at))
    assert again.received == case.received
    late = Arrival(CLOSING + timedelta(minutes=30))
    with pytest.raises(FactsRefused, match=r"(?s)closed since.*too late"):
        record(contest, "C-001", {"dossier": {"people": TWO}}, late)
    assert again.received == case.received


@pytest.mark.parametrize(
    ("instant", "what"),
    [
        (CLOSING + timedelta(days=2), "in the future"),
        (datetime(2024, 2, 29, 9, tzinfo=UTC), "before the contest began"),
    ],
)
def test_an_arrival_that_cannot_be(contest: Contest, instant: datetime, what: str) -> None:
    before = types(contest)
    with pytest.raises(PtceError, match=what):
        record(contest, "C-001", {"dossier": {"people": TWO}}, Arrival(instant))
    with pytest.raises(PtceError, match=what):
        add_all(contest, [("x", {"dossier": {"name": "x"}})], arrival=Arrival(instant))
    assert types(contest) == before


def test_what_came_in_time_is_opened_late(contest: Contest) -> None:
    raw = {"dossier": {"name": "Quai", "people": TWO, "contact": "q@q.example"}}
    with pytest.raises(FactsRefused):
        add_all(contest, [("q.toml", raw)])
    [case] = add_all(contest, [("q.toml", raw)], arrival=Arrival(CLOSING))
    assert (case.ref, case.received["dossier"]) == ("C-002", (CLOSING,))


def test_a_window_that_moves_opens_again(contest: Contest) -> None:
    edit(contest, "config.toml", "2024-03-11T12:00:00", "2024-03-18T12:00:00")
    adopt(contest, "Une semaine de plus.")
    record(contest, "C-001", {"dossier": {"people": TWO}})
    assert held(contest)


def test_an_hour_that_is_not_known_has_not_passed(tmp_path: Path) -> None:
    """It may hang on what happens to the candidature, such as its receipt."""
    window = WINDOW.replace("until date.closing", "until received.dossier + 1 day")
    with begun(tmp_path, states__draft_toml=window) as running:
        at(running, CLOSING)
        record(running, "C-001", {"dossier": {"people": THREE}})
        receive(running, "C-001", "dossier", at=ARRIVAL)
        with pytest.raises(FactsRefused, match="closed since Saturday 9 March 2024"):
            record(running, "C-001", {"dossier": {"people": TWO}})


@pytest.mark.parametrize(
    ("kind", "says"),
    [
        ("facts_recorded", "This had not arrived when the field was closed."),
        ("facts_received", "Nothing was received at the hour that the line tells."),
    ],
)
def test_a_forger_who_writes_late_is_found(contest: Contest, kind: str, says: str) -> None:
    record(contest, "C-001", {"dossier": {"people": TWO}}, Arrival(ARRIVAL))
    forger = Forger(contest)
    n = max(n for n, line in enumerate(forger.lines, 1) if line.type == "facts_received")
    data = dict(forger.line(n).data)
    if kind == "facts_received":
        data["received_at"] = "2024-03-09T08:12:00.000000Z"
    else:
        del data["received_at"]
    forger.change(n, type=kind, data=data)
    assert (n, says) in forger.told()
    forger.change(
        n, type="facts_received", data={**data, "received_at": "2024-03-08T08:12:00.000000Z"}
    )
    assert forger.told() == []


@pytest.mark.parametrize(
    ("open_", "what"),
    [
        ("dossier until date.clossing", '"clossing" does not exist'),
        ("dossier until tomorrow", "nothing that an instant can be counted from"),
        ("dosier until date.closing", '"dosier" does not exist'),
        ("marks until date.closing", "Marks are not closed by an hour."),
        ("dossier until", '"dossier until" does not exist'),
    ],
)
def test_a_window_that_cannot_be_is_told(open_: str, what: str) -> None:
    draft = WINDOW.replace("dossier until date.closing", open_)
    assert check(folder(states__draft_toml=WINDOW)) == ()
    found = check(folder(states__draft_toml=draft))
    assert [what in one.what for one in found if one.key == "open"] == [True]


def test_a_clock_set_back_is_told(contest: Contest) -> None:
    at(contest, CLOSING + timedelta(hours=1))
    record(contest, "C-001", {"dossier": {"name": "Halle"}})
    at(contest, CLOSING - timedelta(hours=1))
    accept_clock(contest, "Elle avançait.")
    record(contest, "C-001", {"dossier": {"people": TWO}})
    [remark] = verify(contest).remarks[-1:]
    assert "by it alone this was timely" in remark.what
    assert "dossier.people" in remark.why


def test_typed(contest: Contest, capsys: pytest.CaptureFixture[str]) -> None:
    """The hour as people write it; a proof without it is refused."""
    place = ["--contest", str(contest.folder), "--as", "anne", "--lang", "en"]

    def typed(*words: str) -> int:
        with pytest.MonkeyPatch.context() as patched:
            patched.setenv("PTCE_NOW", "2024-03-12T12:00:00+01:00")
            return main(["record", "C-001", "dossier", "name=Halle", *words, *place])

    assert typed("--evidence", str(contest.folder / "config.toml")) == 2
    assert "--evidence goes with --at" in capsys.readouterr().err
    assert typed("--at", "11/03/2024 11:42") == 0
    assert verify(contest).faults == ()
