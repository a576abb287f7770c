"""Who steps aside neither scores nor counts: declared, found in dossiers, taken back."""

from __future__ import annotations

from typing import Any

import pytest

from ptce_workflow.app.contest import Contest
from ptce_workflow.base.clock import SetClock
from ptce_workflow.base.errors import Misuse, PtceError
from tests.rehearsal import last, lines, move, opened, types
from tests.voting import (
    MEETING,
    SEATS,
    added,
    agenda,
    called,
    clock,
    contest,
    english,
    frozen,
    heard,
    marked,
    ranks,
    states,
)

__all__ = ["called", "clock", "contest", "english"]


def marks(contest: Contest, ref: str, **by_seat: str) -> None:
    """Gives one mark a seat."""
    for seat, mark in by_seat.items():
        contest.score(ref, seat, {"idea": mark, "method": mark, "remark": "Vu."})


def test_before_the_close(contest: Contest) -> None:
    """Whoever steps aside before the close is not awaited, and its marks are no voice."""
    ref = added(contest)
    marks(contest, ref, north="5", south="1", east="1")
    case = contest.recuse(ref, "north", "Membre du collectif.")
    assert case.recused == {"cra": ("north",)}
    assert case.panels == {}
    assert last(contest).data == {"sheet": "cra", "institution": "north", "panels": {}}
    assert b"Membre" not in lines(contest)[-1]
    move(contest, "close_scoring", ref)
    found = contest.show(ref).case.panels["cra"]
    assert (found["total"], found["voices"], found["expected"], found["recused"]) == (100, 2, 3, 1)
    assert contest.verify().intact


def test_after_the_close(contest: Contest) -> None:
    """The marks stay in the ledger and stop counting; means are recorded anew, and ranks move."""
    first, second = added(contest), marked(contest, "3")
    marks(contest, first, north="5", south="3", east="3", west="3")
    move(contest, "close_scoring", first, second)
    assert ranks(contest) == {first: 1, second: 2}
    scores = contest.show(first).case.scores
    contest.recuse(first, "north", "Elle subventionne le collectif.")
    assert contest.show(first).case.scores == scores
    assert contest.show(first).case.panels["cra"]["total"] == 300
    assert types(contest)[-1] == "institution_recused"
    assert ranks(contest) == {first: 1, second: 1}
    assert contest.verify().intact


def test_taken_back(contest: Contest) -> None:
    """A recusal entered by mistake is lifted: everything is as it was, the ledger tells both."""
    first, second = frozen(contest, "4", "3")
    contest.recuse(first, "north", "Erreur de ligne.")
    before = contest.show(first).case.panels
    contest.recuse(first, "north", "C’était un autre dossier.", lift=True)
    assert contest.show(first).case.recused == {}
    after = contest.show(first).case.panels["cra"]
    assert (before["cra"]["voices"], after["voices"], after["recused"]) == (3, 4, 0)
    assert ranks(contest) == {first: 1, second: 2}
    assert contest.verify().intact


def test_all_of_them(contest: Contest) -> None:
    """Without a voice left nothing can be closed, and `why` says so."""
    ref = marked(contest, "4")
    for seat in SEATS:
        contest.recuse(ref, seat, "Toutes liées.")
    [step] = contest.advance([ref], "close_scoring")
    assert not step.made
    [way] = (way for way in contest.why(ref).ways if way.name == "close_scoring")
    [rule] = way.rules
    assert "voices: 0" in rule.observed
    assert "voices stepped aside: 4" in rule.observed
    assert contest.verify().intact


def test_all_of_them_after_the_close(contest: Contest, clock: SetClock) -> None:
    """Ranked last without a mean, it gets no place; the others are decided on all the same."""
    first, second = frozen(contest, "5", "2")
    for seat in SEATS:
        contest.recuse(first, seat, "Toutes liées.")
    assert ranks(contest) == {first: 2, second: 1}
    clock.instant = MEETING
    assert contest.deliberate(agenda()).decided
    assert states(contest) == {first: "declined", second: "selected"}
    assert contest.verify().intact


def test_no_mark_any_more(contest: Contest) -> None:
    """Whoever stepped aside is told so when it wants to score."""
    ref = added(contest)
    contest.recuse(ref, "south", "Adhérente.")
    before = lines(contest)
    with pytest.raises(PtceError, match="has stepped aside") as told:
        contest.score(ref, "south", {"idea": "3"})
    assert "--lift" in told.value.mend
    assert lines(contest) == before


def test_who_may(contest: Contest, clock: SetClock) -> None:
    """A juror declares for their own institution, and takes nothing back; an auditor neither."""
    ref = added(contest)
    contest.enrol("Noa", ["jury"], institution="north", login="noa")
    contest.enrol("Sam", ["auditor"], login="sam")
    with opened(contest.folder, clock, "noa") as noa:
        with pytest.raises(PtceError, match="may not speak"):
            noa.recuse(ref, "south", "Pour une autre.")
        noa.recuse(ref, "north", "La mienne.")
        with pytest.raises(PtceError, match="may not speak"):
            noa.recuse(ref, "north", "Finalement non.", lift=True)
    with (
        opened(contest.folder, clock, "sam") as sam,
        pytest.raises(PtceError, match="may not speak"),
    ):
        sam.recuse(ref, "south", "Vu de loin.")
    contest.recuse(ref, "north", "Le bureau revient dessus.", lift=True)
    assert contest.verify().intact


@pytest.mark.parametrize(
    ("asked", "error", "told"),
    [
        ({"institution": "nort"}, Misuse, "sits in no panel"),
        ({"reason": " "}, Misuse, "Say why"),
        ({"institution": "south"}, PtceError, "already"),
        ({"lift": True}, PtceError, "has not stepped aside"),
        ({"panel": "dossier"}, Misuse, "not a panel"),
    ],
)
def test_refused(
    contest: Contest, asked: dict[str, Any], error: type[PtceError], told: str
) -> None:
    """What cannot be, or is so already, leaves no line."""
    ref = added(contest)
    contest.recuse(ref, "south", "Adhérente.")
    before = lines(contest)
    given = {"institution": "north", "reason": "Liée.", **asked}
    with pytest.raises(error, match=told):
        contest.recuse(ref, given.pop("institution"), given.pop("reason"), **given)
    assert lines(contest) == before


def test_once_decided(contest: Contest, clock: SetClock) -> None:
    """Nobody steps aside from what is decided."""
    [ref] = frozen(contest, "0.5")
    clock.instant = MEETING
    contest.deliberate(agenda())
    with pytest.raises(PtceError, match="is decided"):
        contest.recuse(ref, "north", "Trop tard.")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("L’union du SUD, section 3", ["south"]),
        ("Régie de l’Est", ["east"]),
        ("North", ["north"]),
        ("Ouest et Nord réunis", ["north", "west"]),
        ("Sudation et Esthétique", []),
        ("", []),
    ],
)
def test_found_in_a_dossier(contest: Contest, text: str, found: list[str]) -> None:
    """A member's name is proposed wherever it stands as whole words, and confirmed by a person."""
    partners = [{"name": "Une commune"}, *([{"name": text}] if text else [])]
    ref = added(contest, partners=partners)
    assert [one.institution for one in contest.conflicts()] == found
    for one in contest.conflicts():
        assert (one.case.ref, one.field, one.text) == (ref, "dossier.partners.name", text)
        contest.recuse(ref, one.institution, "Nommée dans le dossier.")
    assert contest.conflicts() == ()


def test_nothing_to_find_once_decided(contest: Contest) -> None:
    """A candidature whose matter is decided has no conflicts left."""
    ref = added(contest, partners=[{"name": "Union du Sud"}])
    assert len(contest.conflicts()) == 1
    move(contest, "withdraw", ref)
    assert contest.conflicts() == ()


def test_which_of_several_panels(contest: Contest) -> None:
    """It is the one in which an institution sits; where it may be any, they are named."""
    ref = marked(contest, "3")
    heard(contest)
    assert contest.recuse(ref, "south", "Liée.").recused == {"cra": ("south",)}
    with pytest.raises(Misuse, match="several panels") as told:
        contest.recuse(ref, "north", "Liée.")
    assert told.value.mend == "Name one: --panel cra|opinion"
    for ask in (contest.standing, contest.conflicts):
        with pytest.raises(Misuse, match="This contest has several panels") as told:
            ask()
        assert told.value.mend == "Name one: --panel cra|opinion"
        ask("cra")
