"""Moving candidatures: all of them or none, by whoever may, and never without a trace."""

from datetime import timedelta

import pytest

from ptce_workflow.app.audit.verify import verify
from ptce_workflow.app.candidatures.advance import add, advance
from ptce_workflow.app.candidatures.history import history
from ptce_workflow.app.candidatures.overview import show
from ptce_workflow.app.candidatures.record import receive, record
from ptce_workflow.app.candidatures.why import why
from ptce_workflow.app.contest import Contest
from ptce_workflow.app.people import enrol
from ptce_workflow.base.errors import Misuse, PtceError
from ptce_workflow.base.runtime import SetClock
from ptce_workflow.ledger.events.base import Reason
from ptce_workflow.ledger.events.facts import Evidence
from ptce_workflow.process.candidature import RuleAnswer
from ptce_workflow.scheduler.passes import tick
from tests.rehearsal import (
    LAPSE,
    SUBMISSION,
    added,
    last,
    lines,
    move,
    opened,
    scored,
    states,
    submitted,
)


def test_moves(contest: Contest) -> None:
    """A candidature moves, and its line says from where, where to, and what every rule said."""
    ref = added(contest)
    [step] = advance(contest, [ref], "submit")
    assert step.made
    assert (step.before.state, step.after.state) == ("draft", "submitted")
    assert show(contest, ref).case == step.after
    line = last(contest)
    assert line.type == "transition_made"
    assert line.actor == "P-001"
    assert (line.data["from"], line.data["to"]) == ("draft", "submitted")
    assert line.data["verdicts"] == {"on_time": "holds", "complete": "holds"}
    assert verify(contest).intact


def test_refused(contest: Contest) -> None:
    """A refusal moves nothing, and is a line with every verdict and what is missing."""
    ref = added(contest, amount=None)
    [step] = advance(contest, [ref], "submit")
    assert not step.made
    assert [verdict.answer for verdict in step.outcome.verdicts] == [
        RuleAnswer.HOLDS,
        RuleAnswer.FAILS,
    ]
    assert states(contest) == {ref: "draft"}
    line = last(contest)
    assert line.type == "transition_refused"
    assert line.data["verdicts"] == {"on_time": "holds", "complete": "fails"}
    assert show(contest, ref).case.version == line.n
    assert verify(contest).intact


def test_unknown_says_what_is_missing(contest: Contest) -> None:
    """A rule that cannot tell for want of a fact stands in the way, and names the fact."""
    ref = added(contest, urgent=None)
    [step] = advance(contest, [ref], "lapse")
    assert not step.made
    assert last(contest).data["missing"] == {"nothing_urgent": ["dossier.urgent"]}


def test_several(contest: Contest) -> None:
    """Several references move together, in one transaction; one named twice moves once."""
    one, other = added(contest), added(contest)
    before = len(lines(contest))
    steps = advance(contest, [one, other, one], "submit")
    assert [step.before.ref for step in steps] == [one, other]
    assert len(lines(contest)) == before + 2
    assert set(states(contest).values()) == {"submitted"}


def test_all_or_none(contest: Contest) -> None:
    """When one is refused none moves, and only what was refused is written down."""
    good, bad, fine = added(contest), added(contest, amount=None), added(contest)
    before = len(lines(contest))
    steps = advance(contest, [good, bad, fine], "submit")
    assert [step.made for step in steps] == [True, False, True]
    assert [step.after.state for step in steps] == ["draft"] * 3
    assert [step.after == show(contest, step.before.ref).case for step in steps] == [True] * 3
    assert set(states(contest).values()) == {"draft"}
    assert len(lines(contest)) == before + 1
    assert last(contest).case == show(contest, bad).case.id
    assert verify(contest).intact


def test_all_or_none_with_a_reason(contest: Contest) -> None:
    good, bad = added(contest), added(contest, amount=None)
    advance(contest, [good, bad], "submit", reason="Reçus ensemble.")
    assert [told.side for told in history(contest, good)][2:] == []
    assert history(contest, bad)[-1].side == Reason("Reçus ensemble.")
    assert verify(contest).intact


def test_all_or_none_with_the_last_place(contest: Contest) -> None:
    refs = [scored(contest) for _ in range(3)]
    steps = advance(contest, refs, "select")
    assert [step.made for step in steps] == [True, True, False]
    assert set(states(contest).values()) == {"scored"}
    assert last(contest).data["totals"] == {"taken": 2, "granted": 60000}
    assert verify(contest).intact
    move(contest, "select", *refs[:2])
    assert verify(contest).intact


@pytest.mark.parametrize("odd", ["C-099", "c-001", "", "C-001 ", "' OR 1=1 --"])
def test_unknown_reference(contest: Contest, odd: str) -> None:
    """A reference that nobody bears is told, with the nearest one; nothing is written."""
    ref = added(contest)
    before = lines(contest)
    with pytest.raises(Misuse):
        advance(contest, [ref, odd], "submit")
    assert lines(contest) == before
    assert states(contest) == {ref: "draft"}


def test_misspelt_transition(contest: Contest) -> None:
    """A transition that does not exist is told with the nearest that does."""
    ref = added(contest)
    with pytest.raises(Misuse) as told:
        advance(contest, [ref], "submitt")
    assert "submit" in told.value.mend
    assert told.value.exit_code == 2


def test_moved_since(contest: Contest, clock: SetClock) -> None:
    """Whoever comes second is told who moved the candidature, when, and where to look."""
    ref = added(contest)
    enrol(contest, "Bo", ["desk"], login="bo")
    with opened(contest.folder, clock, "bo") as other:
        move(other, "submit", ref)
    before = lines(contest)
    with pytest.raises(PtceError) as told:
        advance(contest, [ref], "submit")
    assert told.value.exit_code == 1
    assert "Submitted" in told.value.what
    assert "P-002" in told.value.why
    assert "20 February 2024 at 10:00" in told.value.why
    assert f"line {len(before)}" in told.value.why
    assert lines(contest) == before


@pytest.mark.parametrize(
    ("transition", "login", "roles", "institution"),
    [
        ("submit", "noa", ["jury"], "north"),
        ("submit", "sam", ["auditor"], None),
        ("lapse", "sam", ["auditor"], None),
        ("withdraw", "noa", ["jury", "auditor"], "south"),
    ],
)
def test_without_the_role(
    contest: Contest,
    clock: SetClock,
    transition: str,
    login: str,
    roles: list[str],
    institution: str | None,
) -> None:
    """Someone without the role moves nothing, and writes nothing: not even a refusal."""
    ref = added(contest)
    enrol(contest, "X", roles, login=login, institution=institution)
    before = lines(contest)
    with (
        opened(contest.folder, clock, login) as other,
        pytest.raises(PtceError, match="may not do this"),
    ):
        advance(other, [ref], transition)
    assert lines(contest) == before


def test_moved_by_time(contest: Contest, clock: SetClock) -> None:
    """What moved it is named in words, not by the name that the ledger has for it."""
    ref = added(contest)
    clock.instant = LAPSE + timedelta(minutes=1)
    tick(contest)
    with pytest.raises(PtceError) as told:
        advance(contest, [ref], "submit")
    assert "by the scheduler (line " in told.value.why


def test_time_only(contest: Contest) -> None:
    """What only time may make, the desk may not."""
    ref = scored(contest)
    move(contest, "select", ref)
    with pytest.raises(PtceError, match="done by itself, at its hour") as refused:
        advance(contest, [ref], "close")
    assert "21 March 2024 at 10:00" in refused.value.why
    assert "scheduler" not in str(refused.value)


@pytest.mark.parametrize("actor", ["zoe", "", "scheduler", "init", "P-002", "P-001 ", "courier"])
def test_unknown_actor(contest: Contest, clock: SetClock, actor: str) -> None:
    """Nobody acts who is not enrolled; what the engine plays itself is nobody either."""
    ref = added(contest)
    before = lines(contest)
    with (
        opened(contest.folder, clock, actor) as other,
        pytest.raises(PtceError, match="not enrolled"),
    ):
        advance(other, [ref], "submit")
    assert lines(contest) == before


# Reasons and receipts.


def test_reason(contest: Contest) -> None:
    """A reason stands in a side row, never in the line."""
    ref = submitted(contest)
    move(contest, "give_back", ref, reason="Une pièce manque.")
    assert b"manque" not in lines(contest)[-1]
    assert history(contest, ref)[-1].side == Reason("Une pièce manque.")


@pytest.mark.parametrize("reason", [None, ""])
def test_reason_needed(contest: Contest, reason: str | None) -> None:
    """Where a reason is needed, none means nothing is done."""
    ref = submitted(contest)
    before = lines(contest)
    with pytest.raises(Misuse, match="needs a reason"):
        advance(contest, [ref], "give_back", reason=reason)
    assert lines(contest) == before


def test_reason_offered(contest: Contest) -> None:
    """A reason may be given where none is needed, even for what is refused."""
    ref = added(contest, amount=None)
    advance(contest, [ref], "submit", reason="Reçu incomplet.")
    assert history(contest, ref)[-1].side == Reason("Reçu incomplet.")
    assert verify(contest).intact


@pytest.mark.parametrize(
    ("late_seconds", "made"), [(-1, True), (0, True), (1e-6, False), (1, False)]
)
def test_deadline(contest: Contest, clock: SetClock, late_seconds: float, *, made: bool) -> None:
    """Received at the very instant of the deadline is on time; a microsecond later is late."""
    ref = added(contest)
    clock.instant = SUBMISSION + timedelta(seconds=late_seconds)
    assert advance(contest, [ref], "submit")[0].made is made


def test_received_before(contest: Contest, clock: SetClock) -> None:
    """A dossier entered late counts from its receipt."""
    ref = added(contest)
    clock.instant = SUBMISSION + timedelta(days=2)
    proof = Evidence("0" * 64, 1)
    receive(contest, ref, "dossier", at=SUBMISSION - timedelta(minutes=1), evidence=proof)
    assert advance(contest, [ref], "submit")[0].made
    assert verify(contest).intact


# Trying, and why.


def test_dry_run(contest: Contest) -> None:
    """A trial says what would become of it, and writes nothing, whatever the rules say."""
    good, bad = added(contest), added(contest, amount=None)
    before = lines(contest)
    assert advance(contest, [good], "submit", dry_run=True)[0].made
    assert not advance(contest, [bad], "submit", dry_run=True)[0].made
    assert lines(contest) == before
    assert set(states(contest).values()) == {"draft"}


def test_why_agrees(contest: Contest) -> None:
    """`why` says what `advance` then does, for every way out."""
    ref = scored(contest, mark="2")
    told = {edge.name: edge.allowed for edge in why(contest, ref).edges}
    assert told == {"select": False, "decline": True, "withdraw": True}
    for name, allowed in told.items():
        assert advance(contest, [ref], name, dry_run=True)[0].made is allowed


def test_folder_differs(contest: Contest, clock: SetClock) -> None:
    """With a folder that is not the process in force, the desk writes nothing."""
    ref = added(contest)
    path = contest.folder / "config.toml"
    path.write_bytes(path.read_bytes() + b"\n")
    before = lines(contest)
    with opened(contest.folder, clock) as again:
        for act in (
            lambda: advance(again, [ref], "submit"),
            lambda: add(again, {}),
            lambda: record(again, ref, {"dossier": {"amount": "1"}}),
            lambda: enrol(again, "X", ["desk"]),
        ):
            with pytest.raises(PtceError, match="The folder differs"):
                act()
        assert why(again, ref).case.ref == ref
        assert verify(again).intact
    assert lines(contest) == before
