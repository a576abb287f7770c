"""A candidature passes from one contest to the next, and each ledger names the other."""

import shutil
from collections.abc import Callable, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from ptce_workflow.app.adopt import adopt
from ptce_workflow.app.audit.verify import verify, verify_against
from ptce_workflow.app.candidatures.advance import add
from ptce_workflow.app.candidatures.handover import HANDING, hand_over
from ptce_workflow.app.candidatures.overview import show
from ptce_workflow.app.candidatures.record import receive, record, rectify
from ptce_workflow.app.contest import Contest
from ptce_workflow.app.jury.marks import score
from ptce_workflow.app.people import enrol
from ptce_workflow.base.errors import Misuse, PtceError
from ptce_workflow.base.runtime import EXIT_CODE, SetClock
from ptce_workflow.ledger.events.facts import Evidence
from ptce_workflow.ledger.line import decode, digest
from ptce_workflow.process.candidature import Candidature
from tests import handing
from tests.handing import CONTENT, begin_taker, ready
from tests.ledger.forger import Forger
from tests.one_pass import Couriers, Pass
from tests.rehearsal import (
    BEGINNING,
    SUBMISSION,
    added,
    attack,
    edit,
    erased_again,
    last,
    lines,
    move,
    opened,
    rewrite,
    told,
    types,
)

pytestmark = pytest.mark.served

begun, folder, contest, taker = handing.begun, handing.folder, handing.contest, handing.taker


def test_facts_go_along_and_both_ledgers_name_each_other(contest: Contest, taker: Contest) -> None:
    ref = ready(contest)
    add(taker, {"dossier": {"name": "Une autre"}})
    head = (len(lines(contest)), digest(lines(contest)[-1]))
    done = hand_over(contest, ref, taker)
    assert (done.there.ref, done.there.state, done.before) == ("C-002", "draft", False)
    assert done.carried == (
        *("dossier.name", "dossier.email", "dossier.theme"),
        *("dossier.amount", "dossier.members", "dossier.letter"),
    )
    there = show(taker, "C-002").case
    here = show(contest, ref).case
    assert there.facts["dossier.members"] == here.facts["dossier.members"]
    assert dict(there.private) == {k: v for k, v in here.private.items() if k in done.carried}
    assert there.given == there.private.keys()
    with taker.looking() as tx:
        assert tx.unit.document(there.private["dossier.letter"]["sha256"]) == CONTENT
    opening = next(line for line in map(decode, lines(taker)) if line.case == there.id)
    assert opening.type == "candidature_opened"
    origin = opening.data["origin"]
    assert (origin["n"], origin["hash"]) == head
    assert (origin["contest"], origin["case"]) == ("small-2024", here.id)
    assert (origin["ref"], origin["state"]) == (ref, "submitted")
    receipt = last(contest)
    assert receipt.type == "candidature_handed_over"
    assert receipt.data == {
        "contest": "next-2024",
        "origin": decode(lines(taker)[0]).data["origin"],
        "case": there.id,
        "ref": "C-002",
        "n": opening.n,
        "hash": digest(lines(taker)[opening.n - 1]),
    }
    assert here.state == "submitted"


def test_the_links_are_verified_from_both_sides(contest: Contest, taker: Contest) -> None:
    hand_over(contest, ready(contest), taker)
    hand_over(contest, ready(contest, name="Le Moulin"), taker)
    assert verify(contest).intact
    assert verify(taker).intact
    assert verify(taker).links is None
    for one, other in ((contest, taker), (taker, contest)):
        report = verify_against(one, other)
        assert report.faults == ()
        assert report.links == 2


@pytest.mark.parametrize(
    ("answers", "name", "why"),
    [
        ({"theme": "care"}, "dossier.theme", '"care" is not one of the answers'),
        ({"amount": "450"}, "dossier.amount", "450 is too large"),
        ({}, "dossier.founded", "it is of type text there, of type date here"),
        ({}, "dossier.urgent", "it is not asked there"),
    ],
)
def test_what_the_other_contest_would_refuse_stays_behind(
    contest: Contest, taker: Contest, answers: dict[str, Any], name: str, why: str
) -> None:
    done = hand_over(contest, ready(contest, **answers), taker)
    left = {one.name: one.why for one in done.left}
    assert why in left[name]
    assert name not in done.carried
    assert name not in done.there.facts
    assert {*done.carried, *left} == {*show(contest, "C-001").case.facts} | {
        *show(contest, "C-001").case.given
    }


def test_what_came_along_is_read_and_not_written(contest: Contest, taker: Contest) -> None:
    hand_over(contest, ready(contest), taker)
    for answers in ({"theme": "care"}, {"name": None}):
        with pytest.raises(PtceError) as refused:
            record(taker, "C-001", {"dossier": answers})
        assert "comes from the contest small-2024, where it is written (C-001)" in refused.value.why
    again = {"theme": "food", "email": "autre@jardins.example", "founded": "2019"}
    record(taker, "C-001", {"dossier": again})
    proof = Evidence("ab" * 32, 12)
    slip = {"dossier": {"amount": "310"}}
    rectify(taker, "C-001", slip, reason="Mal lu.", evidence=proof)
    edit(taker, "states/draft.toml", 'open = ["dossier"]', 'open = ["dossier", "dossier.theme"]')
    adopt(taker, "Le thème peut changer.")
    record(taker, "C-001", {"dossier": {"theme": "food"}})
    assert verify(taker).intact
    assert verify_against(taker, contest).faults == ()


def test_what_it_rests_on_goes_along(contest: Contest, taker: Contest) -> None:
    edit(contest, "states/scored.toml", "meaning", "hands_over = true\nmeaning")
    edit(
        taker,
        "states/start.toml",
        '&& origin.state == "submitted"',
        '&& origin.state in ["submitted", "scored"]',
    )
    for one in (contest, taker):
        adopt(one, "D’un autre état.")
    ref = ready(contest)
    proof = Evidence("cd" * 32, 34)
    receive(contest, ref, "dossier", evidence=proof)
    rectify(contest, ref, {"dossier": {"amount": "320"}}, reason="Mal lu.", evidence=proof)
    for institution in ("north", "south"):
        score(contest, ref, institution, {"idea": "4", "method": "3"})
    move(contest, "close_scoring", ref)
    done = hand_over(contest, ref, taker)
    assert [(one.names, one.evidence) for one in done.exhibits] == [
        (("dossier.letter",), Evidence(sha256(CONTENT).hexdigest(), len(CONTENT))),
        (("dossier",), proof),
        (("dossier.amount",), proof),
    ]
    assert all(decode(lines(contest)[one.n - 1]).case for one in done.exhibits)
    origin = show(taker, "C-001").case.origin
    assert origin is not None
    assert origin["figures"]["cra"]["total"] == 350
    assert [one["n"] for one in origin["exhibits"]] == [one.n for one in done.exhibits]
    assert "received" not in show(taker, "C-001").case.received
    assert verify_against(taker, contest).faults == ()


@pytest.mark.parametrize(
    ("key", "change", "named"),
    [
        ("facts", lambda facts: {**facts, "dossier.theme": "x"}, "The field does not take"),
        ("facts", lambda facts: {**facts, "dossier.amount": 100}, "dossier.amount"),
        ("figures", lambda _figures: {"cra": {"total": 500}}, "cra"),
        ("exhibits", lambda known: [{**known[0], "n": 2}], "line 2 there"),
        ("exhibits", lambda _known: [], "The side row does not hold"),
    ],
)
def test_a_false_account_of_what_came_along(
    contest: Contest, taker: Contest, key: str, change: Callable[[Any], Any], named: str
) -> None:
    hand_over(contest, ready(contest), taker)
    forger = Forger(taker)
    n = types(taker).index("facts_carried") + 1
    forger.data(n, **{key: change(forger.line(n).data[key])})
    forger.told()
    with attack(taker) as database:
        _kept_as_told(database, forger.line(n).data)
    found = told(taker)
    if not found:
        for one, other in ((taker, contest), (contest, taker)):
            (fault,) = verify_against(one, other).faults
            assert fault.what == "What came along with C-001 is not what the other ledger tells."
            found.append((fault.line, fault.why))
    assert any(named in what for _n, what in found)


def _kept_as_told(database: Any, told: Mapping[str, Any]) -> None:
    """Writes what a forged line tells into the row of its candidature, as a forger would."""
    came = {"exhibits": told["exhibits"], "figures": told["figures"]}

    def forged(case: Candidature) -> Candidature:
        if case.origin is None:
            return case
        return case.but(facts={**case.facts, **told["facts"]}, origin={**case.origin, **came})

    rewrite(database, forged)


def test_to_itself(taker: Contest) -> None:
    """A candidature begins anew in its own contest; one ledger bears both lines, and is judged."""
    edit(taker, "states/submitted.toml", "meaning", "hands_over = true\nmeaning")
    edit(taker, "states/start.toml", '"small-2024"', '"next-2024"')
    adopt(taker, "Une seconde demande.")
    ref = add(taker, {"dossier": {"name": "Les Jardins", "theme": "food", "amount": "300"}}).ref
    move(taker, "submit", ref)
    done = hand_over(taker, ref, taker)
    assert (done.there.ref, done.there.state, done.before) == ("C-002", "draft", False)
    assert types(taker)[-3:] == ["candidature_opened", "facts_carried", "candidature_handed_over"]
    assert hand_over(taker, ref, taker).before
    assert verify(taker).intact
    forger, n = Forger(taker), types(taker).index("facts_carried") + 1
    forger.data(n, figures={"cra": {"total": 500}})
    # A line that the other side of the link names is another one now: chain it there too.
    forger.told()
    with attack(taker) as database:
        _kept_as_told(database, forger.line(n).data)
    assert (n, "What came along with C-002 is not what the other ledger tells.") in told(taker)


def test_twice_is_once(contest: Contest, taker: Contest) -> None:
    """Doing it again finds what was done, and writes nothing."""
    ref = ready(contest)
    first = hand_over(contest, ref, taker)
    written = (lines(contest), lines(taker))
    again = hand_over(contest, ref, taker)
    assert (again.before, again.line) == (True, None)
    assert again.there.ref == first.there.ref
    assert (lines(contest), lines(taker)) == written


def test_it_may_go_on_to_several_contests(contest: Contest, taker: Contest, tmp_path: Path) -> None:
    ref = ready(contest)
    hand_over(contest, ref, taker)
    begin_taker(tmp_path / "other")
    with opened(tmp_path / "other", SetClock(BEGINNING)) as other:
        assert not hand_over(contest, ref, other).before
        assert verify_against(other, contest).links == 1
    assert len(show(contest, ref).case.handed_over) == 2
    assert verify(contest).intact


def test_a_dry_run_writes_nothing(contest: Contest, taker: Contest) -> None:
    """It tells what would go along."""
    ref = ready(contest)
    written = (lines(contest), lines(taker))
    done = hand_over(contest, ref, taker, dry_run=True)
    assert (done.there.state, done.line) == ("draft", None)
    assert "dossier.name" in done.carried
    assert (lines(contest), lines(taker)) == written


@pytest.mark.long
@pytest.mark.parametrize(
    ("point", "taken"), [("settling", False), (HANDING, True), ("settling:2", True)]
)
def test_killed_on_the_way(
    folder: Path, contest: Contest, taker: Contest, couriers: Couriers, point: str, taken: bool
) -> None:
    ref = ready(contest)
    words = ("hand-over", ref, "--to", str(folder / "taker"))
    dying = Pass(folder / "giver", 0, BEGINNING, dies_at=point, words=words)
    assert couriers.makes(dying) == EXIT_CODE
    assert verify(contest).intact
    assert verify(taker).intact
    assert ("candidature_opened" in types(taker)) == taken
    assert "candidature_handed_over" not in types(contest)
    if taken:
        (fault,) = verify_against(taker, contest).faults
        assert "does not say that it handed C-001 over" in fault.what
    done = hand_over(contest, ref, taker)
    assert done.before is taken
    assert done.line == len(lines(contest))
    assert types(taker).count("candidature_opened") == 1
    assert verify_against(taker, contest).faults == ()
    assert verify_against(contest, taker).faults == ()


def test_the_rules_of_the_other_contest_decide(contest: Contest, taker: Contest) -> None:
    ref = ready(contest)
    for institution in ("north", "south"):
        score(contest, ref, institution, {"idea": "4", "method": "4"})
    move(contest, "close_scoring", ref)
    move(contest, "select", ref)
    written = (lines(contest), lines(taker))
    with pytest.raises(PtceError) as refused:
        hand_over(contest, ref, taker)
    assert refused.value.what == "The contest next-2024 does not take C-001 over."
    assert "It comes from the small contest" in refused.value.why
    assert "selected" in refused.value.why
    assert (lines(contest), lines(taker)) == written


def test_not_from_every_state(contest: Contest, taker: Contest) -> None:
    ref = added(contest)
    with pytest.raises(PtceError) as refused:
        hand_over(contest, ref, taker)
    assert "Draft" in refused.value.what
    assert "Submitted, Selected" in refused.value.why


def test_only_the_desk_hands_over(folder: Path, contest: Contest, taker: Contest) -> None:
    ref = ready(contest)
    enrol(contest, "Sam", ["auditor"], login="sam")
    clock = SetClock(BEGINNING)
    with opened(folder / "giver", clock, "sam") as seen, pytest.raises(PtceError) as refused:
        hand_over(seen, ref, taker)
    assert "Only the desk" in refused.value.what
    with (
        opened(folder / "taker", clock, "sam") as stranger,
        pytest.raises(PtceError, match="not enrolled"),
    ):
        hand_over(contest, ref, stranger)


def test_not_to_a_copy_nor_to_one_that_takes_nothing(
    folder: Path, contest: Contest, taker: Contest, tmp_path: Path
) -> None:
    ref = ready(contest)
    moved = shutil.copytree(folder / "giver", tmp_path / "copy")
    with opened(moved, SetClock(BEGINNING)) as copy, pytest.raises(Misuse, match="its own copy"):
        hand_over(contest, ref, copy)
    hand_over(contest, ref, taker)
    back = show(taker, "C-001").case.ref
    with pytest.raises(PtceError, match="not handed over from there"):
        hand_over(taker, back, contest)


def test_a_way_in_takes_what_it_is_for(contest: Contest, taker: Contest) -> None:
    ref = ready(contest)
    with pytest.raises(Misuse, match="another contest hands over"):
        add(taker, {"dossier": {"name": "X"}}, transition="take_over")
    with pytest.raises(Misuse, match="takes no candidature over in this way"):
        hand_over(contest, ref, taker, transition="create")
    with pytest.raises(Misuse, match='No way in is called "takeover"') as refused:
        hand_over(contest, ref, taker, transition="takeover")
    assert "take_over" in refused.value.mend
    assert add(taker, {"dossier": {"name": "X"}}).origin is None


def test_a_rehearsal_stays_among_rehearsals(contest: Contest, tmp_path: Path) -> None:
    """What was rehearsed never enters a ledger that counts."""
    ref = ready(contest)
    begin_taker(tmp_path / "real", rehearsal=False)
    with (
        Contest.open(tmp_path / "real", actor="anne") as real,
        pytest.raises(PtceError, match="One of the two contests is a rehearsal"),
    ):
        hand_over(contest, ref, real)


def erase(contest: Contest, ref: str) -> None:
    """Erases all that a candidature has told of people, as the desk does."""
    case = show(contest, ref).case
    with contest.acting() as tx:
        numbers = tuple(
            line.n for line in map(decode, lines(contest)) if line.case == case.id and line.pd
        )
        # Under way still: as where an older copy has brought back what was erased.
        tx.record(case.id, erased_again(contest, tx, case.id, numbers))
        tx.flush()
    with attack(contest) as database:
        database.execute("DELETE FROM side WHERE subject = ?", (case.id,))
        named = "SELECT 1 FROM side WHERE data LIKE '%' || sha256 || '%'"
        database.execute(f"DELETE FROM document WHERE NOT EXISTS ({named})")
        query = "UPDATE candidature SET private = '{}', name = NULL WHERE id = ?"
        database.execute(query, (case.id,))


def test_what_was_erased_is_not_carried(contest: Contest, taker: Contest) -> None:
    ref = ready(contest)
    erase(contest, ref)
    done = hand_over(contest, ref, taker)
    assert set(done.carried) == {"dossier.theme", "dossier.amount"}
    left = {one.name: one.why for one in done.left}
    assert (
        left["dossier.name"] == left["dossier.email"] == left["dossier.letter"] == "it was erased"
    )
    assert dict(done.there.private) == {}
    assert verify(contest).intact
    assert verify_against(taker, contest).faults == ()


def test_erasable_facts_stay_erasable_there(contest: Contest, taker: Contest) -> None:
    """They stand in side rows of the other ledger, never in its lines."""
    hand_over(contest, ready(contest), taker)
    whole = b"".join(lines(taker))
    assert b"Les Jardins" not in whole
    assert b"jardins@" not in whole
    assert b"La Serre" not in whole
    erase(taker, "C-001")
    assert verify(taker).intact


def test_the_rules_read_where_it_comes_from(contest: Contest, taker: Contest) -> None:
    ref = ready(contest)
    variables = contest.process.scope.variables
    with contest.looking() as tx:
        case = tx.load([ref])[0]
        moment = tx.moment(case)
        names = ("given.origin", "origin.contest", "origin.state", "handed_over")
        assert [variables[name].read(case, moment) for name in names] == [False, None, None, False]
    hand_over(contest, ref, taker)
    with contest.looking() as tx:
        assert variables["handed_over"].read(tx.load([ref])[0], moment)
    with taker.looking() as tx:
        case = tx.load(["C-001"])[0]
        found = [taker.process.scope.variables[name].read(case, moment) for name in names]
        assert found == [True, "small-2024", "submitted", False]


# The link, when one of the two ledgers is not what it was.


def test_a_ledger_rewritten_from_end_to_end(contest: Contest, taker: Contest) -> None:
    hand_over(contest, ready(contest), taker)
    forger = Forger(contest)
    forger.change(1, at="2024-02-19T09:00:00.000000Z")
    assert forger.told() == []
    (fault,) = verify_against(taker, contest).faults
    assert fault.what == "The other ledger is not the one that handed C-001 over."
    (fault,) = verify_against(contest, taker).faults
    assert fault.what == "The other ledger names a line that is not in this one."


def test_the_taking_ledger_rewritten(contest: Contest, taker: Contest) -> None:
    hand_over(contest, ready(contest), taker)
    forger = Forger(taker)
    forger.change(1, at="2024-02-19T09:00:00.000000Z")
    assert forger.told() == []
    (fault,) = verify_against(contest, taker).faults
    assert fault.what == "The other ledger does not tell of the candidature that it took over."
    (fault,) = verify_against(taker, contest).faults
    assert fault.what == "The other ledger names another line than this one."


@pytest.mark.parametrize(
    ("origin", "what"),
    [
        (
            None,
            "The way in is for candidatures that another contest hands over, and for no others.",
        ),
        ({}, "The line does not hold what its kind holds."),
        ({"n": True}, "The line does not hold what its kind holds."),
        ({"hash": "0"}, "The line does not hold what its kind holds."),
        ({"case": "another"}, "The candidature is not the one that was handed over."),
        ({"state": "selected"}, "The rules, asked again, do not answer the same."),
    ],
)
def test_a_false_origin(
    contest: Contest, taker: Contest, origin: dict[str, Any] | None, what: str
) -> None:
    """Where a candidature comes from is examined with the rules that asked for it."""
    hand_over(contest, ready(contest), taker)
    forger = Forger(taker)
    n = types(taker).index("candidature_opened") + 1
    true = forger.line(n).data["origin"]
    forger.data(n, origin={**true, **origin} if origin else origin)
    assert (n, what) in forger.told()


@pytest.mark.parametrize(
    ("data", "what"),
    [
        ({"hash": "x"}, "The line does not hold what its kind holds."),
        ({"ref": 1}, "The line does not hold what its kind holds."),
        ({"origin": "x"}, "The line does not hold what its kind holds."),
    ],
)
def test_a_false_receipt(contest: Contest, taker: Contest, data: dict[str, Any], what: str) -> None:
    """A line that leads nowhere is told."""
    n = hand_over(contest, ready(contest), taker).line
    assert n is not None
    forger = Forger(contest)
    forger.data(n, **data)
    assert (n, what) in forger.told()


def test_a_receipt_out_of_place(contest: Contest, taker: Contest) -> None:
    """Nor may it be given twice, from another state, or by somebody else than the desk."""
    other = show(contest, added(contest)).case.id
    n = hand_over(contest, ready(contest), taker).line
    assert n is not None
    forger = Forger(contest)
    twice = forger.append(n)
    forger.change(n, case=other)
    forger.change(twice, actor="scheduler")
    found = forger.told()
    assert (n, "No candidature is handed over from that state.") in found
    assert (twice, "Only the desk may do this.") in found
    forger.change(n, case=forger.line(twice).case)
    assert (twice, "The candidature was handed over there already.") in forger.told()


def test_the_other_ledger_was_begun_again(contest: Contest, taker: Contest, tmp_path: Path) -> None:
    ref = ready(contest)
    shutil.copytree(contest.folder, tmp_path / "before")
    hand_over(contest, ref, taker)
    with opened(tmp_path / "before", SetClock(BEGINNING)) as before:
        move(before, "give_back", ref, reason="Non.")
        (fault,) = verify_against(taker, before).faults
        assert "does not say that it handed C-001 over" in fault.what
        assert "ptce hand-over C-001" in fault.why


def test_what_only_the_other_ledger_tells(contest: Contest, taker: Contest, tmp_path: Path) -> None:
    ref = ready(contest)
    for ours in (contest, taker):
        shutil.copytree(ours.folder, tmp_path / f"before-{ours.id}")
    hand_over(contest, ref, taker)
    with opened(tmp_path / f"before-{contest.id}", SetClock(BEGINNING)) as before:
        (fault,) = verify_against(before, taker).faults
        assert fault.what == f"The other ledger says that it took {ref} over from here."
        assert f"`ptce hand-over {ref}` here completes it" in fault.why
        hand_over(before, ref, taker)
        assert verify_against(before, taker).intact
    with opened(tmp_path / f"before-{taker.id}", SetClock(BEGINNING)) as before:
        (fault,) = verify_against(before, contest).faults
        assert fault.what == "The other ledger says that C-001 was taken over here."


def test_not_against_itself(contest: Contest, tmp_path: Path) -> None:
    """A copy would agree about no hand-over at all, and that proves nothing."""
    shutil.copytree(contest.folder, tmp_path / "copy")
    with (
        opened(tmp_path / "copy", SetClock(BEGINNING)) as copy,
        pytest.raises(Misuse, match="not compared with itself"),
    ):
        verify_against(contest, copy)


def test_a_broken_ledger_is_not_compared(contest: Contest, taker: Contest) -> None:
    hand_over(contest, ready(contest), taker)
    with attack(contest) as database:
        database.execute("UPDATE side SET salt = ? WHERE n = 5", ("0" * 64,))
    report = verify_against(taker, contest)
    (fault,) = report.faults
    assert fault.what == "The other ledger is broken."
    assert str(contest.folder) in fault.why
    assert report.links is None


def test_late_in_the_contest(contest: Contest, taker: Contest, clock: SetClock) -> None:
    ref = ready(contest)
    clock.instant = SUBMISSION
    assert hand_over(contest, ref, taker).there.since == SUBMISSION
    assert told(taker) == []
