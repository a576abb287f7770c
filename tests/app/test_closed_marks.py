"""Closed marks: a member sees neither the others' nor what is made of them before it may."""

from datetime import timedelta
from pathlib import Path

import pytest
from msgspec import to_builtins

from ptce_workflow.app.adopt import adopt
from ptce_workflow.app.as_of import at
from ptce_workflow.app.candidatures.advance import advance
from ptce_workflow.app.candidatures.history import history
from ptce_workflow.app.candidatures.overview import overview, show
from ptce_workflow.app.candidatures.why import past, why
from ptce_workflow.app.contest import Contest
from ptce_workflow.app.jury.deliberation import deliberate
from ptce_workflow.app.jury.grid import grid
from ptce_workflow.app.jury.marks import recuse, score
from ptce_workflow.app.jury.ranking import standing
from ptce_workflow.app.jury.sittings import sitting
from ptce_workflow.app.people import enrol
from ptce_workflow.base.runtime import SetClock
from ptce_workflow.process.candidature import Candidature, RuleAnswer
from ptce_workflow.reports.ranking import ranking
from ptce_workflow.reports.sittings import minutes_of
from tests.rehearsal import edit, move, opened
from tests.voting import MEETING, added, agenda, called, clock, english
from tests.voting import contest as empty

__all__ = ["called", "clock", "empty", "english"]


@pytest.fixture
def contest(empty: Contest) -> Contest:
    """A contest whose jurors and auditor are enrolled, opened by its desk."""
    for seat in ("north", "south"):
        enrol(empty, seat.title(), ["jury"], institution=seat, login=seat)
    enrol(empty, "Sam", ["auditor"], login="sam")
    return empty


def marked(contest: Contest, seat: str = "south") -> str:
    """A candidature that one seat has marked, and explained; its reference."""
    ref = added(contest)
    score(contest, ref, seat, {"idea": "4.5", "method": "0.5", "remark": "Fragile."})
    return ref


def seen(folder: Path, clock: SetClock, login: str, ref: str) -> Candidature:
    """The candidature as somebody may see it."""
    with opened(folder, clock, login) as own:
        return show(own, ref).case


def test_before_one_has_marked(contest: Contest, clock: SetClock) -> None:
    ref = marked(contest)
    score(contest, ref, "north", {"idea": "3"})
    assert not advance(contest, [ref], "close_scoring")[0].made
    with opened(contest.folder, clock, "north") as own:
        case = show(own, ref).case
        assert case.scores == {"cra": {"north": {"idea": 300}}}
        assert "Fragile." not in case.private.values()
        with own.looking() as tx:
            assert tx.seen(tx.load([ref])[0]) == case
        (edge,) = why(own, ref, "close_scoring").edges
        (rule,) = edge.rules
        assert (rule.answer, rule.missing) == (RuleAnswer.UNKNOWN, ())
        assert "closed" in rule.observed
        [waits] = [one.awaited for one in overview(own).briefs if one.ref == ref]
        assert waits is not None
        assert waits.what == "the panel is marking"
        lines = str([(to_builtins(one.line), one.side) for one in history(own, ref)])
        assert "scores_given" in lines
        assert "south" not in lines
        assert "enough_voices" not in lines
        [act] = [one for one in past(own, ref).acts if not one.made]
        assert [rule.answer for rule in act.edge.rules] == [RuleAnswer.UNKNOWN]
        assert "closed" in act.edge.rules[0].observed
        found = standing(own)
        assert (found.ranked, [one.ref for one in found.closed]) == ((), [ref])
        assert "The marks are closed" in str(ranking(found, clock.now(), whole=False).parts)
        assert not grid(own, "south").rows[0].given
        assert grid(own).rows[0].given == {"idea": 300}
    for login in ("anne", "sam"):
        case = seen(contest.folder, clock, login, ref)
        assert case.scores["cra"]["south"] == {"idea": 450, "method": 50}


def test_once_closed(contest: Contest, clock: SetClock) -> None:
    """Once no more can be given a member sees them all; who stepped aside never does."""
    ref, other = marked(contest), marked(contest)
    for one in (ref, other):
        for seat in ("north", "east"):
            score(contest, one, seat, {"idea": "3", "method": "3"})
    recuse(contest, other, "north", "Membre du collectif.")
    move(contest, "close_scoring", ref, other)
    recuse(contest, other, "west", "Voisine.")
    clock.instant = MEETING
    deliberate(contest, agenda("south", "east", "west"))
    assert seen(contest.folder, clock, "north", ref).panels["cra"]["total"] == 283
    hidden = seen(contest.folder, clock, "north", other)
    assert (hidden.closed, hidden.panels) == (("cra",), {})
    assert hidden.scores == {"cra": {"north": {"idea": 300, "method": 300}}}
    with opened(contest.folder, clock, "north") as own:
        found = standing(own)
        assert [one.case.ref for one in found.ranked] == [ref]
        assert [one.ref for one in found.closed] == [other]
        lines = [to_builtins(one.line.data) for one in history(own, other)]
        assert not any(line.get("panels") or "rank" in line for line in lines)
        assert not any("good_enough" in line.get("verdicts", ()) for line in lines)
        told = {one.case.ref: one.figures for one in sitting(own).judged}
        assert "total" in told[ref]
        assert told[other].keys() == {"rank", "tied"}
        assert minutes_of(sitting(own)).parts


@pytest.mark.parametrize("until", ['"own"', '"date.meeting"'])
def test_when_the_folder_says(contest: Contest, clock: SetClock, until: str) -> None:
    """The folder may open them once one's own are in, or at an hour."""
    edit(
        contest,
        "sheets/cra.toml",
        "members =",
        f'hidden_until = {until}\nchoice = "why"\nmembers =',
    )
    adopt(contest, "Les notes s’ouvrent plus tôt.")
    ref = marked(contest)
    score(contest, ref, "north", {"idea": "3"})
    assert seen(contest.folder, clock, "north", ref).closed == ("cra",)
    if until == '"own"':
        score(contest, ref, "north", {"method": "-"})
    else:
        clock.instant = MEETING
    assert seen(contest.folder, clock, "north", ref).scores["cra"]["south"]["idea"] == 450


def test_answered(contest: Contest) -> None:
    """Who has no opinion has answered all the same; the voices alone would wait for ever."""
    edit(
        contest,
        "states/submitted.toml",
        "cra.voices >= limit.voices",
        "cra.answered == cra.expected",
    )
    adopt(contest, "Chacune a répondu.")
    ref = marked(contest)
    for seat in ("north", "east"):
        score(contest, ref, seat, {"idea": "3", "method": "-"})
    assert not advance(contest, [ref], "close_scoring")[0].made
    score(contest, ref, "west", {"idea": "3"})
    assert not advance(contest, [ref], "close_scoring")[0].made
    score(contest, ref, "west", {"method": "-"})
    move(contest, "close_scoring", ref)
    assert show(contest, ref).case.panels["cra"]["voices"] == 1


def earlier(folder: Path, clock: SetClock, ref: str, hours: int) -> Candidature:
    """The candidature as the juror of the north may see it as of some hours ago."""
    instant = clock.instant - timedelta(hours=hours)
    with opened(folder, clock, "north") as own, at(own, instant) as found:
        return show(found, ref).case


def test_going_back_shows_nothing_hidden(contest: Contest, clock: SetClock) -> None:
    """Neither what was hidden then, nor what is so today; who was not there yet may look."""
    ref = marked(contest)
    for seat in ("north", "east"):
        score(contest, ref, seat, {"idea": "3", "method": "3"})
    clock.instant += timedelta(hours=1)
    move(contest, "close_scoring", ref)
    clock.instant += timedelta(hours=1)
    assert earlier(contest.folder, clock, ref, 1).scores["cra"].keys() == {"north", "south", "east"}
    before = earlier(contest.folder, clock, ref, 2)
    assert before.closed == ("cra",)
    assert before.scores["cra"].keys() == {"north"}
    enrol(contest, "Lou", ["auditor"], login="lou")
    with (
        opened(contest.folder, clock, "lou") as own,
        at(own, clock.instant - timedelta(hours=2)) as found,
    ):
        assert len(show(found, ref).case.scores["cra"]) == 3
    recuse(contest, ref, "north", "Une parente.")
    before = earlier(contest.folder, clock, ref, 1)
    assert before.panels == {}
    assert before.scores["cra"].keys() == {"north"}


def test_a_sheet_that_others_read_by_now(contest: Contest, clock: SetClock) -> None:
    """Whoever may not read it today does not read it by going back."""
    ref = added(contest)
    clock.instant += timedelta(hours=1)
    assert earlier(contest.folder, clock, ref, 1).private["dossier.name"] == "Les Jardins"
    dossier = contest.folder / "sheets" / "dossier.toml"
    dossier.write_text('reads = ["desk"]\n' + dossier.read_text("utf-8"), "utf-8")
    adopt(contest, "Le dossier est pour le bureau.")
    assert earlier(contest.folder, clock, ref, 1).private["dossier.name"] == ref
