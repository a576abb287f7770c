"""Who steps aside neither scores nor counts: declared, found in dossiers, taken back."""

from typing import Any

import pytest

import ptce_workflow.app.jury.ranking as cutoff
from ptce_workflow.app.audit.verify import verify
from ptce_workflow.app.candidatures.advance import advance
from ptce_workflow.app.candidatures.overview import show
from ptce_workflow.app.candidatures.why import why
from ptce_workflow.app.contest import Contest
from ptce_workflow.app.jury.deliberation import deliberate
from ptce_workflow.app.jury.marks import conflicts, recuse, score
from ptce_workflow.app.people import enrol
from ptce_workflow.base.errors import Misuse, PtceError
from ptce_workflow.base.runtime import SetClock
from ptce_workflow.process.panel import Deviation
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
    for seat, mark in by_seat.items():
        score(contest, ref, seat, {"idea": mark, "method": mark, "remark": "Vu."})


def test_before_the_close(contest: Contest) -> None:
    """Whoever steps aside before the close is not awaited, and its marks are no voice."""
    ref = added(contest)
    marks(contest, ref, north="5", south="1", east="1")
    case = recuse(contest, ref, "north", "Membre du collectif.")
    assert case.recused == {"cra": ("north",)}
    assert case.panels == {}
    assert last(contest).data == {"sheet": "cra", "institution": "north", "panels": {}}
    assert b"Membre" not in lines(contest)[-1]
    move(contest, "close_scoring", ref)
    found = show(contest, ref).case.panels["cra"]
    assert (found["total"], found["voices"], found["expected"], found["recused"]) == (100, 2, 3, 1)
    assert verify(contest).intact


def test_after_the_close(contest: Contest) -> None:
    """The marks stay in the ledger and stop counting; means are recorded anew, and ranks move."""
    first, second = added(contest), marked(contest, "3")
    marks(contest, first, north="5", south="3", east="3", west="3")
    move(contest, "close_scoring", first, second)
    assert ranks(contest) == {first: 1, second: 2}
    scores = show(contest, first).case.scores
    recuse(contest, first, "north", "Elle subventionne le collectif.")
    assert show(contest, first).case.scores == scores
    assert show(contest, first).case.panels["cra"]["total"] == 300
    assert types(contest)[-1] == "institution_recused"
    assert ranks(contest) == {first: 1, second: 1}
    assert verify(contest).intact


def test_taken_back(contest: Contest) -> None:
    """A recusal entered by mistake is lifted: everything is as it was, the ledger tells both."""
    first, second = frozen(contest, "4", "3")
    recuse(contest, first, "north", "Erreur de ligne.")
    before = show(contest, first).case.panels
    recuse(contest, first, "north", "C’était un autre dossier.", lift=True)
    assert show(contest, first).case.recused == {}
    after = show(contest, first).case.panels["cra"]
    assert (before["cra"]["voices"], after["voices"], after["recused"]) == (3, 4, 0)
    assert ranks(contest) == {first: 1, second: 2}
    assert verify(contest).intact


def test_all_of_them(contest: Contest) -> None:
    """Without a voice left nothing can be closed, and `why` says so."""
    ref = marked(contest, "4")
    for seat in SEATS:
        recuse(contest, ref, seat, "Toutes liées.")
    [step] = advance(contest, [ref], "close_scoring")
    assert not step.made
    [edge] = (edge for edge in why(contest, ref).edges if edge.name == "close_scoring")
    [rule] = edge.rules
    assert "voices: 0" in rule.observed
    assert "voices stepped aside: 4" in rule.observed
    assert verify(contest).intact


def test_all_of_them_after_the_close(contest: Contest, clock: SetClock) -> None:
    first, second = frozen(contest, "5", "2")
    for seat in SEATS:
        recuse(contest, first, seat, "Toutes liées.")
    assert ranks(contest) == {second: 1}
    assert [case.ref for case in cutoff.standing(contest).unranked] == [first]
    clock.instant = MEETING
    before = lines(contest)
    with pytest.raises(PtceError, match="have no rank: C-001") as told:
        deliberate(contest, agenda())
    assert "have a mean" in told.value.why
    assert lines(contest) == before
    recuse(contest, first, "north", "Entrée pour une autre.", lift=True)
    assert deliberate(contest, agenda()).decided
    assert states(contest) == {first: "waiting", second: "selected"}
    assert verify(contest).intact


def test_no_mark_any_more(contest: Contest) -> None:
    ref = added(contest)
    recuse(contest, ref, "south", "Adhérente.")
    before = lines(contest)
    with pytest.raises(PtceError, match="has stepped aside") as told:
        score(contest, ref, "south", {"idea": "3"})
    assert "--lift" in told.value.mend
    assert lines(contest) == before


def test_who_may(contest: Contest, clock: SetClock) -> None:
    """A juror declares for their own institution, and takes nothing back; an auditor neither."""
    ref = added(contest)
    enrol(contest, "Noa", ["jury"], institution="north", login="noa")
    enrol(contest, "Sam", ["auditor"], login="sam")
    with opened(contest.folder, clock, "noa") as noa:
        with pytest.raises(PtceError, match="may not speak"):
            recuse(noa, ref, "south", "Pour une autre.")
        recuse(noa, ref, "north", "La mienne.")
        with pytest.raises(PtceError, match="may not speak"):
            recuse(noa, ref, "north", "Finalement non.", lift=True)
    with (
        opened(contest.folder, clock, "sam") as sam,
        pytest.raises(PtceError, match="may not speak"),
    ):
        recuse(sam, ref, "south", "Vu de loin.")
    recuse(contest, ref, "north", "Le bureau revient dessus.", lift=True)
    assert verify(contest).intact


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
    recuse(contest, ref, "south", "Adhérente.")
    before = lines(contest)
    given = {"institution": "north", "reason": "Liée.", **asked}
    with pytest.raises(error, match=told):
        recuse(contest, ref, given.pop("institution"), given.pop("reason"), **given)
    assert lines(contest) == before


def test_once_decided(contest: Contest, clock: SetClock) -> None:
    """Nobody steps aside from what is decided."""
    [ref] = frozen(contest, "0.5")
    clock.instant = MEETING
    deliberate(contest, agenda())
    with pytest.raises(PtceError, match="is decided"):
        recuse(contest, ref, "north", "Trop tard.")


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
    partners = [{"name": "Une commune"}, *([{"name": text}] if text else [])]
    ref = added(contest, partners=partners)
    assert [one.institution for one in conflicts(contest)] == found
    for one in conflicts(contest):
        assert (one.case.ref, one.field, one.text) == (ref, "dossier.partners.name", text)
        recuse(contest, ref, one.institution, "Nommée dans le dossier.")
    assert conflicts(contest) == ()


def test_nothing_to_find_once_decided(contest: Contest) -> None:
    ref = added(contest, partners=[{"name": "Union du Sud"}])
    assert len(conflicts(contest)) == 1
    move(contest, "withdraw", ref)
    assert conflicts(contest) == ()


def test_which_of_several_panels(contest: Contest) -> None:
    """It is the one in which an institution sits; where it may be any, they are named."""
    ref = marked(contest, "3")
    heard(contest)
    assert recuse(contest, ref, "south", "Liée.").recused == {"cra": ("south",)}
    with pytest.raises(Misuse, match="several panels") as told:
        recuse(contest, ref, "north", "Liée.")
    assert told.value.mend == "Name one: --panel cra|opinion"
    for ask in (cutoff.standing, conflicts):
        with pytest.raises(Misuse, match="This contest has several panels") as told:
            ask(contest)
        assert told.value.mend == "Name one: --panel cra|opinion"
        ask(contest, "cra")


def test_one_person_of_a_seat(contest: Contest, clock: SetClock) -> None:
    for login in ("noa", "nils"):
        enrol(contest, login.title(), ["jury"], institution="north", login=login)
    ref = added(contest)
    marks(contest, ref, north="4", south="2")
    with opened(contest.folder, clock, "noa") as noa, opened(contest.folder, clock, "nils") as nils:
        with pytest.raises(PtceError, match="may not speak"):
            recuse(noa, ref, "nils", "Pour un autre.")
        case = recuse(noa, ref, "noa", "Une parente.")
        assert (case.recused, case.aside) == ({}, {"cra": ("P-002",)})
        assert last(contest).data == {
            "institution": "north",
            "panels": {},
            "person": "P-002",
            "sheet": "cra",
        }
        with pytest.raises(PtceError, match="P-002 has stepped aside") as told:
            score(noa, ref, "north", {"idea": "5"})
        assert "Another person" in told.value.why
        assert show(noa, ref).case.scores == {"cra": {}}
        score(nils, ref, "north", {"idea": "5"})
        assert last(contest).actor == "P-003"
        with pytest.raises(PtceError, match="may not speak"):
            recuse(noa, ref, "P-002", "Finalement non.", lift=True)
    move(contest, "close_scoring", ref)
    assert show(contest, ref).case.panels["cra"]["expected"] == len(SEATS)
    recuse(contest, ref, "P-002", "Erreur.", lift=True)
    with pytest.raises(PtceError, match="has not stepped aside"):
        recuse(contest, ref, "P-002", "Encore.", lift=True)
    with pytest.raises(Misuse, match="anne"):
        recuse(contest, ref, "anne", "Le bureau.")
    assert show(contest, ref).case.panels["cra"]["expected"] == len(SEATS)
    assert verify(contest).intact


def test_a_chair_that_stepped_aside_casts_no_vote(contest: Contest, clock: SetClock) -> None:
    first, second = frozen(contest, "5", "4")
    recuse(contest, first, "north", "Liée.")
    clock.instant = MEETING
    vote = Deviation(first, "wait", "Plus tard.", ["south"], ["east"])
    deliberate(contest, agenda(*SEATS[:3], chair="north", deviations=[vote]))
    assert states(contest) == {first: "selected", second: "selected"}
    assert verify(contest).intact
