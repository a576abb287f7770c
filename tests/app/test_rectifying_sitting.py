"""A sitting that rectifies decides again, all at once, from where the first one did."""

import shutil
from datetime import timedelta

import pytest

from ptce_workflow.app.adopt import adopt
from ptce_workflow.app.as_of import at as as_of
from ptce_workflow.app.audit.compare import recheck, what_if
from ptce_workflow.app.audit.verify import verify
from ptce_workflow.app.candidatures.history import history
from ptce_workflow.app.candidatures.overview import overview, show
from ptce_workflow.app.candidatures.why import past
from ptce_workflow.app.contest import Contest
from ptce_workflow.app.jury.deliberation import deliberate
from ptce_workflow.app.jury.marks import recuse
from ptce_workflow.app.jury.sittings import sitting, sittings
from ptce_workflow.app.outbox.desk import messages, release
from ptce_workflow.base.errors import FolderFaults, PtceError
from ptce_workflow.base.runtime import SetClock
from ptce_workflow.cli.main import main
from ptce_workflow.exports.documents import disclosed, marks_of
from ptce_workflow.process.panel import Deviation
from ptce_workflow.reports.sittings import minutes_of
from ptce_workflow.reports.telling import Narrator
from tests.app.test_rectified_marks import UNTIL, mend
from tests.ledger.forger import Forger
from tests.mailing import notify
from tests.papers.test_minutes import text_of
from tests.rehearsal import change, edit, move, types
from tests.voting import MEETING, agenda, called, clock, contest, english, frozen, recorded_ranks
from tests.voting import states as where

__all__ = ["called", "clock", "contest", "english"]

AGAIN = """
[sittings.again]
label = "Rectification"
panel = "cra"
in = ["scored"]
rectifies = ["selected", "waiting", "declined"]
decides = ["select", "wait", "decline"]
reasons = { decline = "Rank {cra.rank}." }
choice = "a slip is mended by those who decided"
"""
TAKEN = """
[transitions.again]
label = "Take up again"
to = "scored"
freezes = "cra"
choice = "the sitting decides anew"
"""


@pytest.fixture
def decided(contest: Contest, clock: SetClock) -> list[str]:
    """Two have the places, two wait, the fifth was declined; a sitting may decide again."""
    edit(contest, "sheets/cra.toml", 'label = "Grid"\n', f'label = "Grid"\n{UNTIL}')
    with (contest.folder / "config.toml").open("a", encoding="utf-8") as file:
        file.write(AGAIN)
    for state in ("selected", "waiting"):
        with (contest.folder / "states" / f"{state}.toml").open("a", encoding="utf-8") as file:
            file.write(TAKEN)
    change(
        contest.folder,
        "states/declined.toml",
        "[transitions]\n",
        '[transitions]\nagain = { label = "Take up again", to = "scored", freezes = "cra" }\n',
    )
    adopt(contest, "Slips are mended.")
    refs = frozen(contest, "5", "4", "3", "2", "0.5")
    clock.instant = MEETING
    deliberate(contest, agenda(chair="north", sitting="vote"))
    return refs


def again(contest: Contest, *present: str, **asked: object) -> object:
    """Holds the sitting that rectifies."""
    return deliberate(contest, agenda(*present, chair="north", sitting="again", **asked))


def test_only_those_whose_decision_changes_move(contest: Contest, decided: list[str]) -> None:
    before = {ref: show(contest, ref).case for ref in decided}
    mend(contest, decided[2], "north", idea="5", method="5")
    mend(contest, decided[2], "south", idea="5", method="5")
    mend(contest, decided[2], "east", idea="5", method="5")
    assert where(contest) == {ref: one.state for ref, one in before.items()}
    again(contest)
    moved = ["selected", "waiting", "selected", "waiting", "declined"]
    assert where(contest) == dict(zip(decided, moved, strict=True))
    assert recorded_ranks(contest) == dict(zip(decided, [1, 3, 2, 4, 5], strict=True))
    for ref in (decided[0], decided[3], decided[4]):
        was, now = before[ref], show(contest, ref).case
        assert (now.since, now.entered, now.decided) == (was.since, was.entered, was.decided)
        assert now.taken_up is None
    assert show(contest, decided[2]).case.panels["cra"]["total"] == 450
    assert [one.decided for one in sittings(contest)] == [5, 5]
    told = text_of(minutes_of(sitting(contest)))
    assert "Decided again, by rectified marks" in told
    assert "C-002\n2 → 3\n4.00\nSelected → Waiting" in told
    assert "C-003\n3 → 2\n3.00 → 4.50\nWaiting → Selected" in told
    assert "C-001\n1\n5.00\nSelected" in told
    first = text_of(minutes_of(sitting(contest, 1)))
    assert "Decided again" not in first
    assert "Marks rectified since the sitting" in first
    assert verify(contest).intact


@pytest.fixture
def slip(contest: Contest, decided: list[str], clock: SetClock) -> list[str]:
    """A mark that lifts the third above the second is rectified."""
    clock.instant += timedelta(days=2)
    for seat in ("north", "south", "east"):
        mend(contest, decided[2], seat, idea="5", method="5")
    return decided


def test_the_ledger_is_held_again(contest: Contest, slip: list[str], clock: SetClock) -> None:
    again(contest)
    done = clock.instant
    assert recheck(contest).differing == ()
    assert not what_if(contest, contest.folder).turns
    clock.instant += timedelta(days=1)
    then = as_of(contest, done)
    assert {one.ref: one.state for one in overview(then).briefs} == where(contest)
    act = past(contest, slip[2]).acts[-1]
    assert (act.edge.to, act.ranked) == ("selected", {"cra": 5})
    assert "what was decided is taken up again" in " ".join(
        sentence
        for one in history(contest, slip[2])
        for sentence in Narrator(one, None).sentences(one.line.data.describe(one.line, one.side))
    )


def test_others_places_would_have_turned(contest: Contest, slip: list[str]) -> None:
    """With three places the second would have kept its own, and the third got one at once."""
    again(contest)
    folder = shutil.copytree(
        contest.folder,
        contest.folder.with_name("other"),
        ignore=shutil.ignore_patterns("ptce*", "checkpoints"),
    )
    change(folder, "config.toml", '"Places", value = 2', '"Places", value = 3')
    found = {one.turn.case.ref: one.turn.instead for one in what_if(contest, folder).turns}
    assert found == {"C-002": "select", "C-003": "select"}


def test_it_needs_a_slip_and_goes_once(contest: Contest, decided: list[str]) -> None:
    before = types(contest)
    with pytest.raises(PtceError, match="No mark was rectified"):
        again(contest)
    assert types(contest) == before
    mend(contest, decided[2], idea="5")
    again(contest)
    with pytest.raises(PtceError, match="No mark was rectified"):
        again(contest)
    assert verify(contest).intact


def test_what_stands_in_the_way_leaves_all_as_it_was(contest: Contest, slip: list[str]) -> None:
    before, kept = where(contest), types(contest)
    with pytest.raises(PtceError, match="No decision on C-001 is possible"):
        again(contest, "north")
    for ref in slip[:3]:
        with pytest.raises(PtceError):
            move(contest, "again", ref)
    assert (where(contest), types(contest)) == (before, kept)
    assert verify(contest).intact


def test_who_steps_aside_afterwards_hinders_nothing(contest: Contest, slip: list[str]) -> None:
    recuse(contest, slip[2], "west", "It is a partner.")
    again(contest)
    assert where(contest)["C-003"] == "selected"
    assert verify(contest).intact


def test_a_vote_departs_from_the_new_ranking(contest: Contest, slip: list[str]) -> None:
    """As at any sitting: told with what the ranking would have given."""
    vote = Deviation(slip[2], "wait", "Is helped already.", ("north", "south", "east"), ("west",))
    again(contest, deviations=[vote])
    assert where(contest)["C-002"] == "selected"
    (one,) = [one for one in sitting(contest).judged if one.departs]
    assert (one.case.ref, one.instead) == ("C-003", "select")
    assert verify(contest).intact


def test_letters_go_to_those_alone_whose_decision_changes(
    contest: Contest, decided: list[str]
) -> None:
    for state in ("selected", "waiting", "declined"):
        notify(contest.folder, f"now_{state}", f'on = "entered.{state}"')
    adopt(contest, "They are told.")
    for seat in ("north", "south", "east"):
        mend(contest, decided[2], seat, idea="5", method="5")
    again(contest)
    planned = [(one.ref, one.notification) for one in messages(contest)]
    assert sorted(planned) == [("C-002", "now_waiting"), ("C-003", "now_selected")]
    assert verify(contest).intact


@pytest.mark.long
def test_only_its_own_letters_tell_of_it(
    contest: Contest, decided: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """A letter of a decision that it has replaced, still held, is none of them."""
    for state in ("selected", "waiting"):
        notify(contest.folder, f"now_{state}", f'on = "entered.{state}"\nheld = true')
    adopt(contest, "They are told.")
    for mark in ("5", "2"):
        for seat in ("north", "south", "east"):
            mend(contest, decided[2], seat, idea=mark, method=mark)
        # Who was told to let one leave, and whom it no longer concerns, looks at it again.
        for one in messages(contest, ["held"]):
            release(contest, [one.name])
        asked = ["--sitting", "again", "--present", "north,south,east", "--chair", "north", "--yes"]
        asked += ["--contest", str(contest.folder), "--as", "anne"]
        assert main(["deliberate", *asked]) == 0
        assert "2 mails tell of it" in capsys.readouterr().out
    assert {one.ref for one in messages(contest, ["held"])} == {"C-002", "C-003"}
    told = text_of(marks_of(disclosed(contest, decided[2])))
    assert "Marks rectified" in told, "those of the second sitting come to the same as at the first"
    assert verify(contest).intact


@pytest.mark.parametrize(
    ("kind", "change_", "says"),
    [
        ("transition_made", {"takes_up": True}, "The line does not tell that a decision is"),
        ("rank_recorded", {"rank": 4}, "The rank is not the one that the figures give."),
    ],
)
def test_a_forger_is_found(
    contest: Contest, slip: list[str], kind: str, change_: dict[str, object], says: str
) -> None:
    """Who takes nothing up, or ranks otherwise."""
    again(contest)
    forger = Forger(contest)
    opened = max(n for n, line in enumerate(forger.lines, 1) if line.type == "sitting_opened")
    n = max(n for n, one in enumerate(forger.lines, 1) if n > opened and one.type == kind)
    forger.data(n, **change_)
    assert any(at == n and told.startswith(says) for at, told in forger.told())


@pytest.mark.parametrize("left", ['freezes = "cra"\n', 'to = "scored"\n'])
def test_a_folder_without_its_ways_is_at_fault(
    contest: Contest, decided: list[str], left: str
) -> None:
    other = 'to = "submitted"\n' if left.startswith("to") else ""
    path = contest.folder / "states" / "waiting.toml"
    text = path.read_text("utf-8")
    at = text.index("[transitions.again]")
    path.write_text(text[:at] + text[at:].replace(left, other), "utf-8")
    with pytest.raises(FolderFaults, match='The state "waiting" has no transition "again"'):
        adopt(contest, "Wrong.")


@pytest.mark.parametrize(
    ("gone", "says"),
    [
        ("scores_rectified", "No mark was rectified since a sitting decided."),
        ("transition_made", "The meeting left something decided that it was to take up."),
    ],
)
def test_what_is_left_out_is_found(
    contest: Contest, decided: list[str], gone: str, says: str
) -> None:
    mend(contest, decided[2], idea="5", method="5")
    again(contest)
    forger = Forger(contest)
    opened = max(n for n, line in enumerate(forger.lines, 1) if line.type == "sitting_opened")
    known = [n for n, line in enumerate(forger.lines, 1) if line.type == gone]
    n = known[0] if gone == "scores_rectified" else min(n for n in known if n > opened)
    del forger.lines[n - 1]
    assert any(told == says for _at, told in forger.told())
