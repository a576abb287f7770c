"""What another folder would have decided: up to the first act that turns, and nothing invented."""

import shutil
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from ptce_workflow.app.adopt import adopt
from ptce_workflow.app.audit.compare import TurnView, WhatIf, adoptions, what_if
from ptce_workflow.app.candidatures.advance import advance
from ptce_workflow.app.contest import Contest
from ptce_workflow.app.jury.deliberation import deliberate
from ptce_workflow.app.people import enrol
from ptce_workflow.base.errors import FolderFaults, Misuse, PtceError
from ptce_workflow.base.runtime import SetClock
from ptce_workflow.process.explain import ExplainedRule
from ptce_workflow.process.panel import Deviation, VotedOrder
from tests import rehearsal
from tests.rehearsal import change, edit, move
from tests.voting import MEETING, agenda, called, clock, contest, english, frozen, marked, moved_up

__all__ = ["called", "clock", "contest", "english", "moved_up"]

begun, full, written = rehearsal.begun, rehearsal.full, rehearsal.written


def copied(contest: Contest) -> Path:
    """A copy of the contest's folder, in which a test changes a rule."""
    folder = contest.folder.with_name("other")
    beside = shutil.ignore_patterns("ptce*", "checkpoints")
    return shutil.copytree(contest.folder, folder, ignore=beside)


def otherwise(contest: Contest, *changes: tuple[str, str, str]) -> WhatIf:
    """What a copy of the folder would have decided, some places of its files changed."""
    folder = copied(contest)
    for one in changes:
        change(folder, *one)
    return what_if(contest, folder)


def told(found: WhatIf) -> dict[str, tuple[str, str, str]]:
    """By reference, how its act turns, what would have been done instead, where it would be."""
    return {
        one.turn.case.ref: (one.turn.how, one.turn.instead, one.turn.leads) for one in found.turns
    }


def through(one: TurnView) -> dict[str, tuple[str, str]]:
    """The rules on which an act turns: their answers, as recorded and otherwise."""

    def answer(rule: ExplainedRule | None) -> str:
        return "–" if rule is None else str(rule.answer)

    return {rule.rule: (answer(rule.recorded), answer(rule.other)) for rule in one.rules}


FLOOR = ("config.toml", "value = 1.0", "value = 4.5")
PLACES = ("config.toml", 'value = 2, choice = "two', 'value = 1, choice = "two')


def test_the_same_folder_turns_nothing(moved_up: Contest, full: Contest) -> None:
    for one in (moved_up, full):
        found = what_if(one, one.folder)
        assert (found.turns, found.ranks) == ((), ())
        assert found.same
        assert found.acts > 6


@pytest.mark.sqlite("compares the bytes of the file")
def test_another_floor(moved_up: Contest) -> None:
    """Who has not the mean would have been declined; its place would have been free."""
    before = sha256((moved_up.folder / "ptce.db").read_bytes()).digest()
    found = otherwise(moved_up, FLOOR)
    assert told(found) == {
        "C-002": ("otherwise", "decline", "declined"),
        "C-003": ("otherwise", "decline", "declined"),
    }
    (second, third) = found.turns
    assert through(second) == {"good_enough": ("holds", "fails")}
    (rule,) = second.rules
    assert rule.recorded is not None
    assert rule.other is not None
    assert (rule.recorded.says, rule.other.says) == (
        "The mean reaches 1.00",
        "The mean reaches 4.50",
    )
    assert rule.other.observed == "4.00"
    assert (second.turn.totals, third.turn.totals) == ({"taken": -1}, {"waiting": -1})
    # By the last line the third had taken the place of the first.
    (taken, _waiting) = found.totals
    assert (taken.acts, taken.today) == ({"C-002": -1}, {"C-002": -1, "C-003": -1})
    assert sha256((moved_up.folder / "ptce.db").read_bytes()).digest() == before


def test_fewer_places(moved_up: Contest) -> None:
    """The cut falls earlier; who would wait at a better rank stands before whoever moved up."""
    found = otherwise(moved_up, PLACES)
    assert told(found) == {
        "C-002": ("otherwise", "wait", "waiting"),
        "C-003": ("refused", "", "waiting"),
    }
    assert [through(one) for one in found.turns] == [
        {"place_left": ("holds", "fails")},
        {"in_order": ("holds", "fails")},
    ]


def test_another_weight_moves_ranks_and_the_cut(contest: Contest, clock: SetClock) -> None:
    marked(contest, "4")
    marked(contest, "3.5", idea="4")
    marked(contest, "2.5", idea="4.5")
    move(contest, "close_scoring", "C-001", "C-002", "C-003")
    clock.instant = MEETING
    deliberate(contest, agenda())
    found = otherwise(contest, ("sheets/cra.toml", "[fields.idea]", "[fields.idea]\nweight = 9"))
    assert told(found) == {
        "C-002": ("otherwise", "wait", "waiting"),
        "C-003": ("otherwise", "select", "selected"),
    }
    # Who has no place any more leaves it to who comes after in rank.
    assert [one.turn.since for one in found.turns] == [(), ("C-002",)]
    ranks = {one.case.ref: (one.recorded["rank"], one.other["rank"]) for one in found.ranks}
    assert ranks == {"C-001": (1, 2), "C-002": (2, 3), "C-003": (3, 1)}
    third = found.ranks[2]
    # (9 × 4.5 + 2.5) / 10.
    assert (third.recorded["total"], third.other["total"]) == (350, 430)


def test_a_tie_on_which_nobody_voted(contest: Contest, clock: SetClock) -> None:
    """Where the cut goes through a tie, a vote would have been needed: none is supposed."""
    marked(contest, "5")
    marked(contest, "4", idea="3")
    marked(contest, "2", idea="3")
    move(contest, "close_scoring", "C-001", "C-002", "C-003")
    clock.instant = MEETING
    deliberate(contest, agenda())
    sheet = "sheets/cra.toml"
    by_idea = ('total = { rank = 1, key = "cra.total"', 'total = { rank = 1, key = "cra.idea"')
    other = ('idea = { rank = 2, key = "cra.idea"', 'idea = { rank = 2, key = "cra.lowest"')
    both = otherwise(contest, (sheet, *by_idea))
    assert told(both) == {"C-002": ("tied", "", "scored"), "C-003": ("tied", "", "scored")}
    assert [one.turn.beside for one in both.turns] == [("C-003",), ("C-002",)]
    shutil.rmtree(contest.folder.with_name("other"))
    assert told(otherwise(contest, (sheet, *by_idea), (sheet, *other))) == {}


def test_votes_are_as_recorded(contest: Contest, clock: SetClock) -> None:
    frozen(contest, "5", "4", "4", "2")
    clock.instant = MEETING
    order = VotedOrder(["C-003", "C-002"], "The third first.", ["north", "south", "east"], ["west"])
    away = Deviation("C-001", "wait", "It asked for it.", ["north", "south", "east"], ["west"])
    deliberate(contest, agenda(orders=[order], deviations=[away]))
    assert told(otherwise(contest, PLACES)) == {"C-002": ("otherwise", "wait", "waiting")}
    shutil.rmtree(contest.folder.with_name("other"))
    voted = (
        "states/scored.toml",
        "sitting.ayes >= sitting.noes",
        "sitting.ayes >= 9 || sitting.ayes == 0",
    )
    refused = told(otherwise(contest, voted))
    assert refused["C-001"][0] == "undecided"


def test_another_quorum(contest: Contest, clock: SetClock) -> None:
    """A meeting in vain would have decided, and one that decided would have been in vain."""
    frozen(contest, "5", "4")
    clock.instant = MEETING
    deliberate(contest, agenda("north"))
    rule = ("states/scored.toml", "sitting.present * 2 >= sitting.members || sitting.call > 1")
    found = otherwise(contest, (*rule, "sitting.present > 0"))
    assert told(found) == {
        "C-001": ("passed", "select", "selected"),
        "C-002": ("passed", "select", "selected"),
    }
    assert not found.turns[0].turn.made
    assert through(found.turns[0]) == {"quorum": ("fails", "holds")}
    shutil.rmtree(contest.folder.with_name("other"))
    deliberate(contest, agenda("north"))
    strict = otherwise(contest, (*rule, "sitting.present * 2 >= sitting.members"))
    assert {one[0] for one in told(strict).values()} == {"undecided"}
    assert through(strict.turns[1]) == {"quorum": ("holds", "fails")}
    assert strict.turns[1].turn.beside == ("C-001", "C-002")


def test_a_deadline_moved(full: Contest) -> None:
    """Time would have acted before, or only later; who was late then, or was not, is told."""
    lapse = ("config.toml", '"date.submission + 3 days at 18:00"')
    later = otherwise(full, (*lapse, '"date.submission + 30 days at 18:00"'))
    how = {one.turn.how for one in later.turns}
    assert how == {"later"}
    assert all(one.turn.due is not None for one in later.turns)
    shutil.rmtree(full.folder.with_name("other"))
    opening = ("config.toml", "at = 2024-02-01T08:00:00")
    submission = ("config.toml", "at = 2024-03-11T12:00:00")
    sooner = otherwise(
        full, (*opening, "at = 2024-01-01T08:00:00"), (*submission, "at = 2024-02-19T12:00:00")
    )
    assert told(sooner)["C-001"] == ("refused", "", "draft")
    assert through(sooner.turns[0]) == {"on_time": ("holds", "fails")}


@pytest.mark.parametrize("hour", [17, 19])
def test_time_at_another_hour(full: Contest, hour: int) -> None:
    """Time would have done the same before anything else was recorded: the following goes on."""
    found = otherwise(full, ("config.toml", "days at 18:00", f"days at {hour}:00"))
    assert told(found) == dict.fromkeys(("C-002", "C-003"), ("moved", "", "lapsed"))
    assert {one.turn.hour for one in found.turns} == {rehearsal.LAPSE}
    assert {one.turn.due for one in found.turns} == {rehearsal.LAPSE + timedelta(hours=hour - 18)}
    assert (found.acts, found.totals) == (what_if(full, full.folder).acts, ())


def test_time_would_have_acted_before_people(full: Contest) -> None:
    first = ("config.toml", '"date.submission + 3 days at 18:00"', "2024-02-20T09:30:00")
    base = ("config.toml", "at = 2024-03-11T12:00:00", "at = 2024-02-10T12:00:00")
    found = otherwise(full, first, base)
    lapsed = {one.turn.case.ref: one.turn for one in found.turns if one.turn.how == "sooner"}
    assert lapsed
    assert {one.leads for one in lapsed.values()} == {"lapsed"}
    assert all(one.due is not None and one.line for one in lapsed.values())


def test_no_such_way_nor_role(moved_up: Contest) -> None:
    """A transition that the folder has not, or that others make, would have been refused."""
    found = otherwise(
        moved_up,
        ("states/waiting.toml", "[transitions.promote]", "[transitions.move_up]"),
        ("states/waiting.toml", "[transitions.promote.rules", "[transitions.move_up.rules"),
        ("states/any.toml", 'to = "withdrawn"', 'to = "withdrawn"\nby = ["jury"]'),
    )
    assert {one.turn.case.ref: [says for says, _why in one.violations] for one in found.turns} == {
        "C-001": ["Whoever made the transition had not the role."],
        "C-003": ["The process of the day has no such transition."],
    }


def test_states_renamed_since(moved_up: Contest) -> None:
    """Acts before an adoption are judged by the names of today."""
    for file in ("states/waiting.toml", "states/any.toml", "states/scored.toml", "config.toml"):
        path = moved_up.folder / file
        path.write_text(path.read_text("utf-8").replace('"waiting"', '"listed"'), "utf-8")
    (moved_up.folder / "states/waiting.toml").rename(moved_up.folder / "states/listed.toml")
    adopt(moved_up, "Another word.", states={"waiting": "listed"})
    found = what_if(moved_up, moved_up.folder)
    assert (found.processes, found.turns) == (2, ())


LACKING = {
    "another contest": ("config.toml", 'id = "vote-2024"', 'id = "vote-2025"'),
    "another language": ("config.toml", 'language = "en"', 'language = "fr"'),
    "a field": ("sheets/dossier.toml", "email = {", "post = {"),
}


@pytest.mark.parametrize("lacking", LACKING)
def test_a_folder_that_does_not_fit(moved_up: Contest, lacking: str) -> None:
    changes = [LACKING[lacking]]
    if lacking == "a field":
        changes.append(("config.toml", '"dossier.email"', '"dossier.post"'))
    with pytest.raises(PtceError) as refused:
        otherwise(moved_up, *changes)
    assert refused.value.mend
    assert refused.value.what


def test_a_folder_without_a_state_or_a_sitting(moved_up: Contest) -> None:
    folder = copied(moved_up)
    (folder / "states/declined.toml").rename(folder / "states/turned_down.toml")
    for file in ("states/scored.toml",):
        path = folder / file
        path.write_text(path.read_text("utf-8").replace('"declined"', '"turned_down"'), "utf-8")
    config = folder / "config.toml"
    config.write_text(
        config.read_text("utf-8").replace("[sittings.vote]", "[sittings.jury]"), "utf-8"
    )
    with pytest.raises(PtceError) as refused:
        what_if(moved_up, folder)
    assert "declined" in refused.value.why
    assert "vote" in refused.value.why


def test_no_folder_of_a_contest(moved_up: Contest, tmp_path: Path) -> None:
    with pytest.raises(Misuse, match="is a file, not a folder") as refused:
        what_if(moved_up, moved_up.folder / "config.toml")
    assert str(moved_up.folder) in refused.value.mend
    assert "init" not in refused.value.mend
    with pytest.raises(FolderFaults):
        otherwise(moved_up, ("states/scored.toml", "now >= date.meeting", "now >= date.never"))
    for folder in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(Misuse):
            what_if(moved_up, folder)


def test_only_who_sees_all_may_ask(moved_up: Contest) -> None:
    enrol(moved_up, "Nour", ["jury"], institution="north", login="nour")
    enrol(moved_up, "Sam", ["auditor"], login="sam")
    moved_up.actor = "nour"
    with pytest.raises(PtceError, match="desk and the auditors"):
        what_if(moved_up, moved_up.folder)
    moved_up.actor = "sam"
    assert what_if(moved_up, moved_up.folder).turns == ()


def test_refused_together(contest: Contest, clock: SetClock) -> None:
    """Of several that moved at once none did: a refusal keeps the totals that it states."""
    frozen(contest, "5", "4", "3", "2")
    clock.instant = MEETING
    deliberate(contest, agenda())
    move(contest, "withdraw", "C-002")
    assert not all(step.made for step in advance(contest, ["C-003", "C-004"], "promote"))
    edit(contest, "config.toml", 'title = "Voted contest"', 'title = "A voted contest"')
    assert what_if(contest, contest.folder).turns == ()


def test_each_adoption_is_compared_with_the_acts_before_it(moved_up: Contest) -> None:
    """By the lines since the rules before were in force, though the same rules come back."""
    ends = moved_up.clock.now()
    for n, (old, new) in enumerate([("1.0", "4.5"), ("4.5", "1.0"), ("1.0", "4.5")]):
        moved_up.clock = SetClock(ends + timedelta(hours=n))
        change(moved_up.folder, "config.toml", f"value = {old}", f"value = {new}")
        adopt(moved_up, "Un autre seuil.")
    first, second, third = adoptions(moved_up)
    assert (first.since, second.since, third.since) == (1, first.line, second.line)
    assert first.decided > 5
    assert (second.decided, third.decided) == (0, 0)
    turns = [[turn.turn.case.ref for turn in one.turns or ()] for one in (first, second, third)]
    assert turns == [["C-002", "C-003"], [], ["C-002", "C-003"]]
