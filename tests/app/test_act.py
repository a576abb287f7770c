"""One act is one transaction: what it gathered is kept whole, or leaves nothing behind."""

import pytest

import ptce_workflow.ledger.events.clauses as clauses
from ptce_workflow.app.adopt import adopt
from ptce_workflow.app.audit.verify import verify
from ptce_workflow.app.candidatures.advance import AdvanceRequest, add_all, advance, foresee, step
from ptce_workflow.app.contest import Contest
from ptce_workflow.app.people import enrol
from ptce_workflow.app.preconditions import engine_versions
from ptce_workflow.base.errors import Misuse, PtceError
from ptce_workflow.ledger.events.contest import PersonLeft
from ptce_workflow.ledger.line import decode, digest
from ptce_workflow.ledger.state import STATE
from tests.rehearsal import added, attack, edit, lines, move, scored, states, submitted, types

pytestmark = [pytest.mark.served, pytest.mark.both]

OLDER = '{"versions": {"cel": "0.0.1"}}'


def of_another_engine(contest: Contest) -> None:
    """Makes the ledger one that an older engine wrote, as far as the next act can tell."""
    with attack(contest) as database:
        database.execute("UPDATE contest SET content = ?", (OLDER,))


def test_chained(contest: Contest) -> None:
    """Every line names the hash of the one before, and stands beside the same hash."""
    scored(contest)
    prev = "0" * 64
    for n, content in enumerate(lines(contest), 1):
        line = decode(content)
        assert (line.n, line.prev) == (n, prev)
        prev = digest(content)


def test_engine_changed(contest: Contest) -> None:
    """With other versions than the ledger tells, the next act says so first, and only once."""
    of_another_engine(contest)
    assert [fault.what for fault in verify(contest).faults] == [
        "What is kept disagrees with the ledger: the versions."
    ]
    added(contest)
    added(contest)
    assert types(contest)[3:] == ["engine_changed", *["candidature_opened", "facts_recorded"] * 2]
    assert decode(lines(contest)[3]).data == {"versions": engine_versions()}
    assert verify(contest).intact


def test_engine_changed_before_an_adoption(contest: Contest) -> None:
    edit(contest, "config.toml", "value = 2,", "value = 3,")
    of_another_engine(contest)
    before = len(lines(contest))
    adopt(contest, "Une place de plus.")
    assert types(contest)[before:] == ["engine_changed", "process_adopted"]
    assert verify(contest).intact


def test_engine_changed_before_a_refusal(contest: Contest) -> None:
    refs = [added(contest), added(contest, amount=None)]
    of_another_engine(contest)
    before = len(lines(contest))
    advance(contest, refs, "submit")
    assert types(contest)[before:] == ["engine_changed", "transition_refused"]
    assert verify(contest).intact


def test_engine_changed_and_nothing_done(contest: Contest) -> None:
    ref = added(contest)
    of_another_engine(contest)
    before = lines(contest)
    advance(contest, [ref], "submit", dry_run=True)
    assert lines(contest) == before
    move(contest, "submit", ref)
    assert types(contest)[len(before) :] == ["engine_changed", "transition_made"]
    assert verify(contest).intact


def test_interrupted(contest: Contest) -> None:
    """An act that is cut off after it wrote everything leaves nothing of itself."""
    ref = added(contest)
    before = lines(contest)

    def cut_off() -> None:
        with contest.acting() as tx:
            assert step(tx, tx.load([ref])[0], AdvanceRequest("submit")).made
            tx.flush()
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        cut_off()
    assert lines(contest) == before
    assert states(contest) == {ref: "draft"}
    assert verify(contest).intact


@pytest.mark.parametrize("early", [True, False])
def test_counters_asked_for_early_or_late(contest: Contest, early: bool) -> None:
    refs = [added(contest), added(contest)]
    with contest.acting() as tx:
        if early:
            assert tx.counters()[STATE, "draft"] == 2
        step(tx, tx.load(refs[:1])[0], AdvanceRequest("submit"))
        assert (tx.counters()[STATE, "draft"], tx.counters()[STATE, "submitted"]) == (1, 1)
        step(tx, tx.load(refs[1:])[0], AdvanceRequest("submit"))
        tx.flush()
        in_act = {key: number for key, number in tx.counters().items() if number}
    with contest.looking() as tx:
        kept = tx.unit.counters(contest.id).items()
        assert in_act == {key: number for key, number in kept if number}
    assert verify(contest).intact


def test_lines_that_are_not_flushed(contest: Contest) -> None:
    submitted(contest)
    left = enrol(contest, "Sam", ["auditor"], login="sam").pseudonym
    before = lines(contest)

    def forget() -> None:
        with contest.acting() as tx:
            tx.record_of_contest(PersonLeft(left))

    with pytest.raises(RuntimeError, match=r"1 lines .* call flush\(\)"):
        forget()
    assert lines(contest) == before
    assert verify(contest).intact


def test_a_line_after_the_flush(contest: Contest) -> None:
    """What is recorded once the transaction was flushed would be lost as well."""
    ref, before = added(contest), len(lines(contest))

    def go_on() -> None:
        with contest.acting() as tx:
            step(tx, tx.load([ref])[0], AdvanceRequest("submit"))
            tx.flush()
            tx.record_of_contest(PersonLeft("P-001"), asked=True)

    with pytest.raises(RuntimeError, match="never written"):
        go_on()
    assert len(lines(contest)) == before


def test_discarded(contest: Contest) -> None:
    """Nothing is kept of a transaction that was only tried, and it cannot be written any more."""
    submitted(contest)
    left = enrol(contest, "Sam", ["auditor"], login="sam").pseudonym
    before = lines(contest)
    with contest.acting() as tx:
        tx.record_of_contest(PersonLeft(left))
        tx.discard()
    with contest.looking() as tx, pytest.raises(RuntimeError, match="after discard"):
        tx.flush()
    assert lines(contest) == before
    assert verify(contest).intact


def test_what_is_tried_is_discarded(contest: Contest) -> None:
    ref, lacking = added(contest), added(contest, amount=None)
    before = lines(contest)
    assert foresee(contest, [ref], "submit").steps[0].made
    assert not foresee(contest, [lacking], "submit").steps[0].made
    advance(contest, [ref], "submit", dry_run=True)
    assert add_all(contest, [("one", {})], dry_run=True)
    assert lines(contest) == before


def test_the_law_is_asked(contest: Contest) -> None:
    """Nothing is recorded that verifying would name, whichever use case asks for it."""
    before = lines(contest)
    with contest.acting() as tx, pytest.raises(PtceError, match="last person of the desk"):
        tx.record_of_contest(PersonLeft("P-001"))
    words = {clauses.ACTOR: lambda violation: Misuse(f"Who is {violation.why}")}
    with contest.acting() as tx, pytest.raises(Misuse, match="Who is P-009"):
        tx.record_of_contest(PersonLeft("P-009"), words=words)
    assert lines(contest) == before
