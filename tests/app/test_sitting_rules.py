"""What a sitting says once: its rules, its hour, whom it is about, who sits and who chairs."""

import pytest

from ptce_workflow.app.adopt import adopt
from ptce_workflow.app.audit.verify import verify
from ptce_workflow.app.candidatures.advance import advance
from ptce_workflow.app.contest import Contest
from ptce_workflow.app.jury.deliberation import deliberate
from ptce_workflow.app.jury.marks import recuse
from ptce_workflow.app.locations import read_folder
from ptce_workflow.base.errors import Misuse
from ptce_workflow.base.runtime import SetClock
from ptce_workflow.process.check import check, sound
from ptce_workflow.process.check.remarks import remarks
from ptce_workflow.process.panel import Deviation
from tests.rehearsal import edit
from tests.voting import MEETING, agenda, called, clock, contest, english, frozen, states

__all__ = ["called", "clock", "contest", "english"]

RULES = """at = "date.meeting"
same_as = ["submitted.close_scoring.enough_voices"]

[sittings.vote.rules.half]
says = "Half of those who sit are present, or it is the second call"
when = "sitting.call > 1 || 2 * sitting.present >= sitting.members"
choice = "half is enough"

[sittings.vote.rules.majority]
says = "No vote was taken on this decision, or it passed; at a tie the chair decides"
when = "sitting.carried"
choice = "the majority of voices"
"""
ITSELF = (
    '"scored.select.in_time", "scored.select.quorum", "scored.select.majority", ',
    '\nsame_as = ["scored.select.in_time", "scored.select.quorum"]',
    'same_as = ["submitted.close_scoring.enough_voices"]\n',
)


def ruled(contest: Contest, more: str = "", config: tuple[str, str] | None = None) -> None:
    """Has the sitting ask its rules, and the decisions only what is their own."""
    states = contest.folder / "states" / "scored.toml"
    text = states.read_text("utf-8")
    for said in ITSELF:
        assert said in text
        text = text.replace(said, "")
    for name in ("in_time", "quorum", "majority"):
        before, _head, rest = text.partition(f"[transitions.select.rules.{name}]\n")
        text = before + rest.partition("\n\n")[2]
    states.write_text(text, "utf-8")
    last = 'choice = "four voices may be even"\n'
    edit(contest, "config.toml", last, f"{last}{more}{RULES}")
    if config is not None:
        edit(contest, "config.toml", *config)
    adopt(contest, "The sitting says its rules once.")


def test_each_decision_is_asked_the_rules_of_its_sitting(contest: Contest, clock: SetClock) -> None:
    ruled(contest)
    good, _better, poor = frozen(contest, "4", "5", "0.5")
    [alone] = advance(contest, [poor], "decline", reason="Rang 3.")
    assert not alone.made
    early = deliberate(contest, agenda(), dry_run=True)
    assert not early.decided
    clock.instant = MEETING
    few = deliberate(contest, agenda("north"))
    failed = {
        verdict.rule
        for decision in few.decisions
        for step in decision.steps
        for verdict in step.outcome.verdicts
        if verdict.answer != "holds"
    }
    assert not few.decided
    assert failed == {"sittings.vote.half", "scored.select.good_enough", "good_enough"}
    assert deliberate(contest, agenda("north", "south")).decided
    assert states(contest)[good] == "selected"
    assert verify(contest).intact


def test_a_vote_lost_on_a_decision_stands_in_its_way(contest: Contest, clock: SetClock) -> None:
    """`sitting.carried`: what the panel has voted down it does not decide, ranking or not."""
    ruled(contest)
    (first, second) = frozen(contest, "5", "4")
    clock.instant = MEETING
    lost = Deviation(first, "select", "Déjà aidé.", ("north",), ("south", "east"))
    assert deliberate(contest, agenda(deviations=[lost])).decided
    assert states(contest) == {first: "waiting", second: "selected"}
    assert verify(contest).intact


def test_the_chairs_voice_carries(contest: Contest, clock: SetClock) -> None:
    """At a tie it falls as the first of `chairs` that is present has voted, whoever is named."""
    ruled(contest, 'chairs = ["west", "north"]\n')
    (first, _second) = frozen(contest, "5", "4")
    clock.instant = MEETING
    tie = Deviation(first, "wait", "Déjà aidé.", ("north",), ("south",))
    there = ("north", "south", "east")
    with pytest.raises(Misuse, match='"north" is present'):
        deliberate(contest, agenda(*there, chair="south"))
    held = deliberate(contest, agenda(*there, deviations=[tie]))
    assert [(one.carried, one.casting) for one in held.ballots] == [(True, True)]
    assert states(contest)[first] == "waiting"
    assert verify(contest).intact


def test_others_than_those_who_mark_may_sit(contest: Contest, clock: SetClock) -> None:
    """`members` sit, and step aside like any other; those of the panel have no seat."""
    town = ('west = { label = "West" }', 'west = { label = "West" }\ntown = { label = "Town" }')
    ruled(contest, 'members = ["north", "town"]\n', town)
    (first, second) = frozen(contest, "5", "4")
    clock.instant = MEETING
    with pytest.raises(Misuse, match='"south" does not sit'):
        deliberate(contest, agenda("north", "south"))
    recuse(contest, first, "town", "Elle le loge.")
    aside = Deviation(first, "wait", "Déjà aidé.", ("town",))
    with pytest.raises(Misuse, match="steps aside"):
        deliberate(contest, agenda("north", "town", deviations=[aside]))
    assert deliberate(contest, agenda("town")).decided is False
    assert deliberate(contest, agenda("north", "town")).decided
    assert states(contest) == {first: "selected", second: "selected"}
    assert verify(contest).intact


def test_two_sittings_each_for_a_part(contest: Contest, clock: SetClock) -> None:
    """`when` parts those it decides on; each sitting asks its own rules, and no other's."""
    other = (
        "[sittings.vote]",
        '[sittings.small]\nlabel = "Small"\npanel = "cra"\nin = ["scored"]\n'
        'decides = ["wait"]\nwhen = "cra.total < 300u"\nchoice = "x"\n'
        'same_as = ["sittings.vote.majority"]\n\n[sittings.vote]',
    )
    ruled(contest, 'when = "cra.total >= 300u"\n', other)
    (first, second) = frozen(contest, "5", "2")
    clock.instant = MEETING
    assert deliberate(contest, agenda("north", sitting="small")).outcome == ((second, "wait"),)
    assert not deliberate(contest, agenda("north", sitting="vote")).decided
    assert deliberate(contest, agenda(sitting="vote")).outcome == ((first, "select"),)
    assert verify(contest).intact


@pytest.mark.parametrize(
    ("more", "key", "what"),
    [
        ('chairs = ["town"]', "chairs", '"town" does not exist'),
        ('at = "date.metting"', "at", '"date.metting" does not exist'),
        ('same_as = ["sittings.vote"]', "same_as", "would follow its own rules"),
        ('when = "sitting.present > 1"', "when", "sitting.present is never known here"),
    ],
)
def test_keys_of_a_sitting_that_do_not_stand(
    contest: Contest, more: str, key: str, what: str
) -> None:
    """What names nobody, or what cannot be known, is told at its key."""
    edit(contest, "config.toml", "casting_vote = true\n", f"casting_vote = true\n{more}\n")
    found = [one for one in check(read_folder(contest.folder)) if one.key == f"sittings.vote.{key}"]
    assert [what in one.what for one in found] == [True]


def test_a_sitting_without_a_rule_is_remarked(contest: Contest) -> None:
    """Where no rule asks who sits, whoever is present decides, and `check` says so."""

    def told() -> list[str]:
        process = sound(read_folder(contest.folder))
        return [one.what for one in remarks(process, MEETING) if "alone" in one.what]

    assert told() == []
    edit(
        contest,
        "states/scored.toml",
        'same_as = ["scored.select.in_time", "scored.select.quorum"]',
        "",
    )
    assert told() == ["Whoever is present decides, were it alone: decline."]
