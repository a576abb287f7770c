"""The panel meets: the rules cut along the ranking, votes depart from it, all of it or nothing."""

import dataclasses
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from ptce_workflow.app.adopt import adopt
from ptce_workflow.app.audit.verify import verify
from ptce_workflow.app.candidatures.advance import advance
from ptce_workflow.app.candidatures.history import history
from ptce_workflow.app.candidatures.why import past
from ptce_workflow.app.contest import Contest
from ptce_workflow.app.jury.deliberation import deliberate
from ptce_workflow.app.jury.marks import recuse, score
from ptce_workflow.app.jury.sittings import sitting, sittings
from ptce_workflow.app.people import enrol
from ptce_workflow.base.errors import Misuse, PtceError
from ptce_workflow.base.runtime import EXIT_CODE, SetClock
from ptce_workflow.ledger.events.base import Reason
from ptce_workflow.ledger.events.sitting import DeviationDecided
from ptce_workflow.ledger.line import decode
from ptce_workflow.office.formats import to_html
from ptce_workflow.process.panel import Agenda, Deviation, VotedOrder
from ptce_workflow.reports.sittings import minutes_of
from tests.one_pass import Couriers, Pass
from tests.rehearsal import edit, last, lines, move, opened, types
from tests.voting import (
    MEETING,
    SEATS,
    agenda,
    called,
    clock,
    english,
    frozen,
    marked,
    ranks,
    states,
)

pytestmark = pytest.mark.served

__all__ = ["called", "clock", "english"]

ORDER = VotedOrder(("C-003", "C-002"), "Le plus mûr.", ("north", "south", "east"), ("west",))
AGAINST = Deviation("C-001", "wait", "Déjà aidé.", ("north", "south"), ("east",))


@pytest.fixture
def now(clock: SetClock) -> None:
    clock.instant = MEETING


@pytest.fixture(scope="module")
def ranked(called: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A contest of five candidatures, the fifth below the floor."""
    folder = shutil.copytree(called, tmp_path_factory.mktemp("ranked") / "contest")
    with opened(folder, SetClock(MEETING)) as contest:
        frozen(contest, "5", "4", "3", "2", "0.5")
    return folder


@pytest.fixture
def contest(
    called: Path, tmp_path: Path, clock: SetClock, request: pytest.FixtureRequest
) -> Iterator[Contest]:
    """A contest of the test's own, opened by its desk; of `ranked`, where `five` is asked for."""
    source = request.getfixturevalue("ranked") if "five" in request.fixturenames else called
    with opened(shutil.copytree(source, tmp_path / "contest"), clock) as contest:
        yield contest


@pytest.fixture
def five(contest: Contest, now: None) -> list[str]:
    """The candidatures of `ranked`."""
    return ["C-001", "C-002", "C-003", "C-004", "C-005"]


def test_along_the_ranking(contest: Contest, five: list[str]) -> None:
    """Two places, two that wait, one declined with the reason of the folder: one transaction."""
    before = len(lines(contest))
    held = deliberate(contest, agenda(chair="north"))
    assert held.decided
    assert (held.line, held.call) == (before + 1, 1)
    decided = ["selected", "selected", "waiting", "waiting", "declined"]
    assert states(contest) == dict(zip(five, decided, strict=True))
    assert types(contest)[before:] == [
        "sitting_opened",
        *["rank_recorded"] * 5,
        *["transition_made"] * 5,
        "sitting_closed",
    ]
    assert history(contest, five[4])[-1].side == Reason("Rank 5.")
    assert decode(lines(contest)[held.closed - 1]).type == "sitting_closed"
    assert verify(contest).intact


def test_in_the_words_of_the_panel(contest: Contest, five: list[str]) -> None:
    deliberate(contest, agenda(reasons={five[4]: "Hors sujet."}))
    assert history(contest, five[4])[-1].side == Reason("Hors sujet.")


def test_a_dry_run_writes_nothing(contest: Contest, five: list[str]) -> None:
    """It comes out as it would, and leaves no trace."""
    before = lines(contest)
    assert deliberate(contest, agenda(), dry_run=True).decided
    assert lines(contest) == before
    assert set(states(contest).values()) == {"scored"}


def test_what_was_shown_is_what_is_written(contest: Contest, five: list[str]) -> None:
    shown = deliberate(contest, agenda(), dry_run=True)
    move(contest, "withdraw", five[0])
    before = lines(contest)
    with pytest.raises(PtceError, match="no longer comes out"):
        deliberate(contest, agenda(), shown=shown)
    assert lines(contest) == before
    again = deliberate(contest, agenda(), dry_run=True)
    assert deliberate(contest, agenda(), shown=again).decided
    assert states(contest)[five[2]] == "selected"


def test_too_early(contest: Contest) -> None:
    """A rule that stands in the way of all decides nothing; the meeting is written down."""
    refs = frozen(contest, "5", "4")
    held = deliberate(contest, agenda())
    assert not held.decided
    assert set(states(contest).values()) == {"scored"}
    assert types(contest)[held.line - 1 :] == [
        "sitting_opened",
        *["transition_refused"] * 6,
        "sitting_closed",
    ]
    assert [len(one.steps) for one in held.decisions] == [3, 3]
    assert [one.case.ref for one in held.decisions] == refs
    assert verify(contest).intact


def test_second_call(contest: Contest, five: list[str]) -> None:
    """Without a quorum nothing is decided; the second call needs none; the next one does again."""
    assert not deliberate(contest, agenda("north")).decided
    held = deliberate(contest, agenda("north"))
    assert held.decided
    assert held.call == 2
    more = frozen(contest, "2.5")
    assert not deliberate(contest, agenda("north")).decided
    assert states(contest)[more[0]] == "scored"
    assert verify(contest).intact


def test_a_tie_across_the_cut(contest: Contest, now: None) -> None:
    frozen(contest, "5", "3", "3")
    before = lines(contest)
    with pytest.raises(PtceError, match="goes through a tie: C-002, C-003") as told:
        deliberate(contest, agenda())
    assert "ptce deliberate --template" in told.value.mend
    assert lines(contest) == before


def test_parted_by_a_vote(contest: Contest, now: None) -> None:
    frozen(contest, "5", "3", "3")
    held = deliberate(contest, agenda(orders=[ORDER]))
    assert held.decided
    assert [ballot.carried for ballot in held.ballots] == [True]
    assert states(contest) == {"C-001": "selected", "C-002": "waiting", "C-003": "selected"}
    assert ranks(contest) == {"C-001": 1, "C-003": 2, "C-002": 3}
    assert verify(contest).intact


@pytest.mark.parametrize("chair", [None, "south", "north"])
def test_casting_vote(contest: Contest, now: None, chair: str | None) -> None:
    """As many for as against is a no, unless the chair was for."""
    frozen(contest, "5", "3", "3")
    even = replace(ORDER, ayes=("north", "east"), noes=("south", "west"))
    asked = agenda(orders=[even], chair=chair)
    if chair == "north":
        [ballot] = deliberate(contest, asked).ballots
        assert (ballot.carried, ballot.casting) == (True, True)
        assert states(contest)["C-003"] == "selected"
    else:
        with pytest.raises(PtceError, match="goes through a tie"):
            deliberate(contest, asked)
    assert verify(contest).intact


def test_a_tie_that_no_cut_goes_through(contest: Contest, now: None) -> None:
    frozen(contest, "4", "4", "2", "2")
    assert deliberate(contest, agenda()).decided
    assert list(states(contest).values()) == ["selected", "selected", "waiting", "waiting"]


def test_a_tie_with_one_that_withdrew(contest: Contest, now: None) -> None:
    frozen(contest, "5", "3", "3", "3")
    move(contest, "withdraw", "C-004")
    with pytest.raises(PtceError, match="goes through a tie: C-002, C-003"):
        deliberate(contest, agenda())
    assert deliberate(contest, agenda(orders=[ORDER])).decided
    assert states(contest)["C-003"] == "selected"
    assert verify(contest).intact


def test_withdrawn_between_grids_and_sitting(contest: Contest, five: list[str]) -> None:
    move(contest, "withdraw", five[0])
    held = deliberate(contest, agenda())
    assert [one.case.ref for one in held.decisions] == five[1:]
    assert states(contest) == dict(
        zip(five, ["withdrawn", "selected", "selected", "waiting", "declined"], strict=True)
    )
    assert verify(contest).intact


def test_deviation(contest: Contest, five: list[str]) -> None:
    """A vote that is carried fixes a decision; the ledger keeps what the ranking would have given.

    The place that it leaves goes to the next in the ranking.
    """
    held = deliberate(contest, agenda(deviations=[AGAINST]))
    assert held.decided
    assert [one.instead for one in held.decisions] == ["select", None, None, None, None]
    assert [states(contest)[ref] for ref in five[:3]] == ["waiting", "selected", "selected"]
    told = [one for one in history(contest, five[0]) if one.line.type == "deviation_decided"]
    assert told[0].line.data == DeviationDecided("select", "wait")
    assert told[0].side == Reason("Déjà aidé.")
    assert verify(contest).intact


def test_deviation_upwards(contest: Contest, five: list[str]) -> None:
    """Whoever is voted in takes a place, and the last of the ranking to be let in has none."""
    up = Deviation(five[3], "select", "Seule de sa vallée.", SEATS)
    deliberate(contest, agenda(deviations=[up]))
    assert [states(contest)[ref] for ref in five[:4]] == [
        "selected",
        "waiting",
        "waiting",
        "selected",
    ]


def test_deviation_lost(contest: Contest, five: list[str]) -> None:
    """A vote that is not carried leaves the ranking as it is, and is kept."""
    lost = replace(AGAINST, ayes=("east",), noes=("north", "south"))
    held = deliberate(contest, agenda(deviations=[lost]))
    assert held.decided
    assert [ballot.carried for ballot in held.ballots] == [False]
    assert states(contest)[five[0]] == "selected"
    assert "vote_taken" in types(contest)
    assert "deviation_decided" not in types(contest)
    assert verify(contest).intact


def test_a_vote_against_what_the_ranking_gives(contest: Contest, five: list[str]) -> None:
    lost = Deviation(five[0], "select", "À confirmer.", ("north",), ("south", "east"))
    deliberate(contest, agenda(deviations=[lost]))
    assert states(contest)[five[0]] == "selected"
    assert verify(contest).intact


def test_deviation_against_a_rule(contest: Contest, five: list[str]) -> None:
    forbidden = Deviation(five[4], "select", "Pour l’encourager.", SEATS)
    before = lines(contest)
    with pytest.raises(PtceError, match="do not allow what was voted on C-005") as told:
        deliberate(contest, agenda(deviations=[forbidden]))
    assert "The mean reaches 1.00" in told.value.why
    assert lines(contest) == before
    assert deliberate(contest, agenda(), dry_run=True).call == 1


def test_never_one_place_more(contest: Contest, five: list[str]) -> None:
    ups = [Deviation(ref, "select", "Aussi.", SEATS) for ref in five[:3]]
    before = lines(contest)
    with pytest.raises(PtceError, match="do not allow what was voted on C-003") as told:
        deliberate(contest, agenda(deviations=ups))
    assert "A place is left (2 of 2)" in told.value.why
    assert lines(contest) == before


def test_eleven_by_hand(contest: Contest, five: list[str]) -> None:
    """Outside a sitting nobody is selected, not even by the desk: nobody has voted."""
    steps = advance(contest, five[:3], "select")
    assert not any(step.made for step in steps)
    assert set(states(contest).values()) == {"scored"}
    assert verify(contest).intact


def test_the_reason_that_only_the_ranking_would_need(contest: Contest, five: list[str]) -> None:
    path = contest.folder / "config.toml"
    text = path.read_text("utf-8")
    path.write_text(
        "\n".join(line for line in text.splitlines() if not line.startswith("reasons")), "utf-8"
    )
    adopt(contest, "Sans motif type.")
    with pytest.raises(Misuse, match="needs a reason"):
        deliberate(contest, agenda())
    saved = Deviation(five[4], "decline", "Trop peu d’éléments.", SEATS)
    assert deliberate(contest, agenda(deviations=[saved])).decided
    assert history(contest, five[4])[-1].side == Reason("Trop peu d’éléments.")


def test_what_a_sitting_alone_decides(contest: Contest, five: list[str]) -> None:
    """Where nobody is named who may, the desk writes down what a sitting has decided."""
    path = contest.folder / "states" / "scored.toml"
    path.write_text(path.read_text("utf-8").replace('by = ["desk"]\n', ""), "utf-8")
    adopt(contest, "Nobody but the panel.")
    with pytest.raises(PtceError, match="is made by a sitting"):
        advance(contest, [five[0]], "decline", reason="Trop tard.")
    assert deliberate(contest, agenda()).decided
    assert verify(contest).intact


def test_the_waiting_list_moves_in_order(contest: Contest, five: list[str]) -> None:
    deliberate(contest, agenda())
    assert not advance(contest, [five[2]], "promote")[0].made
    move(contest, "withdraw", five[0])
    assert not advance(contest, [five[3]], "promote")[0].made
    move(contest, "promote", five[2])
    move(contest, "withdraw", five[1])
    move(contest, "promote", five[3])
    assert verify(contest).intact


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        (Agenda(present=()), "who is present"),
        (Agenda(present=("north", "north")), "each institution once"),
        (Agenda(present=("north", "sud")), '"sud" does not sit'),
        (agenda("north", chair="south"), '"south" is not present'),
        (agenda(sitting="votes"), '"votes" is no sitting'),
        (agenda(reasons={"C-009": "…"}), "C-009 is not among"),
        (agenda(deviations=[replace(AGAINST, ref="C-009")]), "C-009 is not among"),
        (
            agenda(deviations=[replace(AGAINST, transition="withdraw")]),
            'not decide "withdraw"',
        ),
        (agenda(deviations=[replace(AGAINST, reason=" ")]), "has no reason"),
        (agenda(deviations=[replace(AGAINST, ayes=(), noes=())]), "Nobody has voted"),
        (agenda(deviations=[AGAINST, AGAINST]), "more than once"),
        (agenda(deviations=[replace(AGAINST, noes=("north",))]), "votes more than once"),
        (agenda("north", "south", deviations=[AGAINST]), '"east" is not present: it has'),
        (agenda(orders=[ORDER]), "not all those that share one rank"),
        (agenda(orders=[replace(ORDER, refs=())]), "is on several candidatures: –"),
        (
            agenda(orders=[replace(ORDER, refs=("C-001",))]),
            "is on several candidatures: C-001",
        ),
        (agenda(reasons={"C-002": "\a"}), "C-002: The text holds"),
        (
            agenda(deviations=[replace(AGAINST, reason="z" * 2001)]),
            "C-001: The text has 2001",
        ),
    ],
)
def test_agenda_refused(contest: Contest, five: list[str], asked: Agenda, told: str) -> None:
    """An agenda that makes no sense is told what is wrong, and leaves no line."""
    before = lines(contest)
    with pytest.raises(Misuse, match=told):
        deliberate(contest, asked)
    assert lines(contest) == before


def test_who_steps_aside_has_no_voice(contest: Contest, five: list[str]) -> None:
    recuse(contest, five[0], "north", "Liée.")
    with pytest.raises(Misuse, match='"north" steps aside from C-001'):
        deliberate(contest, agenda(deviations=[AGAINST]))
    others = replace(AGAINST, ayes=("south", "west"))
    assert deliberate(contest, agenda(deviations=[others])).decided
    vote = next(decode(line) for line in lines(contest) if b'"vote_taken"' in line)
    assert "north" not in [*vote.data["ayes"], *vote.data["noes"], *vote.data["abstained"]]
    assert vote.data["aside"] == ["north"]
    (act,) = (one for one in past(contest, "C-001").acts if one.sitting)
    assert act.sitting is not None
    assert act.sitting.aside == ("north",)
    view = sitting(contest)
    assert [one.aside for one in view.votes] == [("north",)]
    assert "Stepped aside, and did not vote" in to_html(minutes_of(view))
    assert verify(contest).intact


JURORS = """
[fields.jurors]
type = "options"
label = "Who judges"
required = false
options.north = "North"
options.south = "South"
options.east = "East"
"""


def test_who_is_not_asked_has_no_voice(contest: Contest, clock: SetClock) -> None:
    dossier = contest.folder / "sheets" / "dossier.toml"
    dossier.write_text(dossier.read_text("utf-8") + JURORS, "utf-8")
    edit(contest, "sheets/cra.toml", "members =", 'assigned = "dossier.jurors"\nmembers =')
    adopt(contest, "Trois juges.")
    seats = ("north", "south", "east")
    ref = marked(contest, "3", seats=seats, jurors=list(seats))
    move(contest, "close_scoring", ref)
    clock.instant = MEETING
    asked = Deviation(ref, "decline", "Trop tôt.", ("north", "south"), ("west",))
    with pytest.raises(Misuse, match='"west" is not asked about C-001'):
        deliberate(contest, agenda(deviations=[asked]))
    assert deliberate(contest, agenda(deviations=[replace(asked, noes=())])).decided
    vote = next(decode(line) for line in lines(contest) if b'"vote_taken"' in line)
    assert vote.data["abstained"] == ["east"]
    assert verify(contest).intact


def test_nothing_to_decide(contest: Contest, now: None) -> None:
    """A sitting needs candidatures whose figures are recorded."""
    with pytest.raises(PtceError, match="Nothing is to be decided"):
        deliberate(contest, agenda())
    marked(contest, "4")
    with pytest.raises(PtceError, match="Nothing is to be decided"):
        deliberate(contest, agenda())


def test_no_mark_after_the_close(contest: Contest, five: list[str], clock: SetClock) -> None:
    enrol(contest, "Noa", ["jury"], institution="north", login="noa")
    before = lines(contest)
    with (
        opened(contest.folder, clock, "noa") as noa,
        pytest.raises(PtceError, match="no mark can be given"),
    ):
        score(noa, five[0], "north", {"idea": "1"})
    assert lines(contest) == before


@pytest.mark.long
def test_killed(contest: Contest, five: list[str], couriers: Couriers) -> None:
    """A power cut before the last of it is written leaves nothing of a sitting; the next is whole.

    The program itself dies, at the point where all is written and nothing is committed.
    """
    before = lines(contest)
    lives = Pass(
        *(contest.folder, 0, MEETING), words=("deliberate", "--present", ",".join(SEATS), "--yes")
    )
    assert couriers.makes(dataclasses.replace(lives, dies_at="settling")) == EXIT_CODE
    assert lines(contest) == before
    assert set(states(contest).values()) == {"scored"}
    assert verify(contest).intact
    assert sittings(contest) == ()
    assert couriers.makes(lives) == 0
    assert states(contest)[five[0]] == "selected"
    assert verify(contest).intact


def test_reopened(contest: Contest, five: list[str]) -> None:
    """What an appeal reopens is decided on by the next sitting, at its rank, as a first call."""
    deliberate(contest, agenda())
    move(contest, "reopen", five[4], reason="Recours accueilli.")
    held = deliberate(contest, agenda(reasons={five[4]: "Après recours."}))
    assert (held.call, [one.case.ref for one in held.decisions]) == (1, [five[4]])
    assert last(contest).type == "sitting_closed"
    assert verify(contest).intact
