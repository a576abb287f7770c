"""Where candidatures stand, and where the rules would cut: shown to all, recorded by nobody."""

import pytest

import ptce_workflow.app.jury.ranking as cutoff
from ptce_workflow.app.adopt import adopt
from ptce_workflow.app.audit.verify import verify
from ptce_workflow.app.contest import Contest
from ptce_workflow.app.jury.deliberation import deliberate
from ptce_workflow.app.jury.marks import recuse, score
from ptce_workflow.app.jury.ranking import Standing
from ptce_workflow.app.jury.sittings import sitting
from ptce_workflow.base.errors import Misuse, PtceError
from ptce_workflow.base.runtime import SetClock
from ptce_workflow.ledger.line import decode
from ptce_workflow.process.panel import VotedOrder
from ptce_workflow.reports.ranking import outcome_text, ranking, remarks, scale_of
from tests.rehearsal import edit, lines, move, opened, types
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
    marked,
    ranks,
    recorded_ranks,
    states,
)

__all__ = ["called", "clock", "contest", "english"]


def last_rank(contest: Contest) -> dict[str, object]:
    """What the last line that records a rank says, beside its panel."""
    told = [line for line in map(decode, lines(contest)) if line.type == "rank_recorded"][-1]
    return {key: value for key, value in told.data.items() if key != "sheet"}


def outcomes(standing: Standing) -> dict[str, str]:
    """Where each stands or would be put, by reference, in rank order."""
    return {one.case.ref: standing.outcomes.get(one.case.id, "") for one in standing.ranked}


def test_before_the_close(contest: Contest) -> None:
    """While marks are given the ranking is provisional, and there is no cut."""
    low, high = marked(contest, "2"), marked(contest, "4")
    added(contest)
    standing = cutoff.standing(contest)
    assert [(one.rank, one.case.ref) for one in standing.ranked] == [(1, high), (2, low)]
    assert not standing.frozen
    assert standing.cut is None
    assert outcomes(standing) == {high: "", low: ""}


def test_the_cut_ahead(contest: Contest) -> None:
    """Before the meeting, the cut is that of the first date that lets the rules decide."""
    refs = frozen(contest, "5", "4", "2", "0.5")
    before = lines(contest)
    standing = cutoff.standing(contest)
    assert standing.frozen
    assert standing.cut is not None
    assert (standing.cut.last_in.case.ref, standing.cut.first_out.case.ref) == (refs[1], refs[2])
    assert f"{standing.cut.at}" == "2024-04-09 12:00:00+00:00"
    assert not standing.cut.close
    assert list(outcomes(standing).values()) == ["selected", "selected", "waiting", "declined"]
    assert lines(contest) == before


def told(contest: Contest) -> list[str]:
    """The last column of the ranking, as people read it."""
    standing = cutoff.standing(contest)
    return [outcome_text(standing, one) for one in standing.ranked]


def test_nothing_reads_as_decided_before_the_sitting(contest: Contest, clock: SetClock) -> None:
    """Until it meets, the acts that the rules would allow; then what it decided, for good."""
    refs = frozen(contest, "5", "4", "3", "2", "0.5")
    move(contest, "withdraw", refs[2])
    assert told(contest) == ["Select", "Select", "Withdrawn", "Put on the list", "Decline"]
    clock.instant = MEETING
    deliberate(contest, agenda())
    decided = ["Selected", "Selected", "Withdrawn", "Waiting", "Declined"]
    assert told(contest) == decided
    move(contest, "withdraw", refs[0], refs[3])
    assert told(contest) == decided
    frozen(contest, "5")
    assert "by the rules: Select" in told(contest)


def test_whoever_looks(contest: Contest, clock: SetClock) -> None:
    """Who is enrolled reads the ranking, nobody else."""
    frozen(contest, "5", "4", "2")
    with (
        opened(contest.folder, clock, "nobody") as looking,
        pytest.raises(PtceError, match="not enrolled"),
    ):
        cutoff.standing(looking)


HOURS = """
[fields.hours]
type = "score"
scale = { from = 0, to = 40 }
weight = 0
label = "Hours"
choice = "for the record"
"""


def test_the_scale_is_that_of_what_counts(contest: Contest) -> None:
    before = scale_of(cutoff.standing(contest))
    sheet = contest.folder / "sheets" / "cra.toml"
    sheet.write_text(sheet.read_text("utf-8") + HOURS, "utf-8")
    adopt(contest, "Des heures, pour mémoire.")
    assert "hours" in contest.process.definition.sheets["cra"].criteria
    assert scale_of(cutoff.standing(contest)) == before


def test_a_close_call(contest: Contest) -> None:
    """Less than half a step apart is close; half a step is not."""
    frozen(contest, "5", "3")
    ref = added(contest)
    for seat, mark in (("north", "3"), ("south", "3"), ("east", "2.5"), ("west", "2.5")):
        score(contest, ref, seat, {"idea": mark, "method": mark})
    move(contest, "close_scoring", ref)
    cut = cutoff.standing(contest).cut
    assert cut is not None
    assert (cut.difference, cut.close) == (25, False)
    recuse(contest, ref, "west", "Liée.")
    cut = cutoff.standing(contest).cut
    assert cut is not None
    assert (cut.difference, cut.close) == (17, True)


def test_without_each(contest: Contest, clock: SetClock) -> None:
    """One institution carries a candidature over the line: without its marks another is let in."""
    first, *_others = frozen(contest, "5")
    refs = []
    for high in ("west", "east"):
        ref = added(contest)
        for seat in SEATS:
            mark = "3" if seat != high else "5" if high == "west" else "4"
            score(contest, ref, seat, {"idea": mark, "method": mark})
        move(contest, "close_scoring", ref)
        refs.append(ref)
    carried, other = refs
    clock.instant = MEETING
    deliberate(contest, agenda())
    standing = cutoff.standing(contest)
    assert standing.cut is not None
    assert standing.cut.last_in.case.ref == carried
    found = {one.institution: one for one in cutoff.without_each(standing)}
    assert [*found] == [*SEATS]
    assert (found["west"].lets_in, found["west"].leaves_out) == ((other,), (carried,))
    for seat in ("north", "south", "east"):
        assert (found[seat].lets_in, found[seat].leaves_out, found[seat].even) == ((), (), ())
    assert first not in {ref for one in found.values() for ref in one.leaves_out}
    printed = "".join(
        map(str, ranking(standing, contest.clock.now(), [*found.values()], whole=False).parts)
    )
    assert "without the marks of each institution" in printed


def test_a_tie_across_the_cut(contest: Contest) -> None:
    refs = frozen(contest, "5", "3", "3")
    standing = cutoff.standing(contest)
    [(transition, cases)] = standing.torn
    assert transition == "select"
    assert [case.ref for case in cases] == refs[1:]
    assert standing.cut is None
    assert outcomes(standing) == {refs[0]: "selected", refs[1]: "", refs[2]: ""}


def test_once_decided(contest: Contest, clock: SetClock) -> None:
    """Afterwards the cut is where it was made, and who left since is passed over."""
    refs = frozen(contest, "5", "4", "2", "1")
    clock.instant = MEETING
    deliberate(contest, agenda())
    move(contest, "withdraw", refs[1])
    standing = cutoff.standing(contest)
    assert outcomes(standing) == dict(
        zip(refs, ["selected", "withdrawn", "waiting", "waiting"], strict=True)
    )
    assert standing.cut is not None
    assert standing.cut.at is None
    assert standing.cut.first_out.case.ref == refs[2]


@pytest.fixture
def by_theme(contest: Contest) -> Contest:
    """The contest with one place for each theme."""
    theme = (
        '[fields.theme]\ntype = "option"\nlabel = "Theme"\nrequired = false\n'
        'options.food = "Meals"\n'
        'options.wood = "Wood"'
    )
    edit(contest, "sheets/dossier.toml", "[fields.partners]", f"{theme}\n[fields.partners]")
    edit(contest, "config.toml", 'in = ["selected"]', 'in = ["selected"], per = "dossier.theme"')
    edit(contest, "config.toml", 'value = 2, choice = "two', 'value = 1, choice = "two')
    adopt(contest, "A place for each theme.")
    return contest


def test_a_cut_for_each_group(by_theme: Contest) -> None:
    themes = {"5": "food", "4": "food", "3.5": "wood", "3": "wood", "2": "wood"}
    refs = [marked(by_theme, mark, theme=theme) for mark, theme in themes.items()]
    move(by_theme, "close_scoring", *refs)
    standing = cutoff.standing(by_theme)
    assert list(outcomes(standing).values()) == [
        *("selected", "waiting", "selected", "waiting", "waiting")
    ]
    assert [(cut.last_in.case.ref, cut.first_out.case.ref) for cut in standing.cuts] == [
        ("C-001", "C-002"),
        ("C-003", "C-004"),
    ]
    assert standing.cut is None
    assert not standing.departs
    assert [told.partition(", as")[0] for told in remarks(standing)] == [
        "Meals – Cut: between C-001 and C-002",
        "Wood – Cut: between C-003 and C-004",
    ]


def test_rules_that_leave_the_ranking(contest: Contest) -> None:
    edit(contest, "states/scored.toml", "cra.total >= limit.floor", "cra.total < 450u")
    adopt(contest, "The best need no help.")
    refs = frozen(contest, "5", "4", "2")
    standing = cutoff.standing(contest)
    assert outcomes(standing)[refs[1]] == "selected"
    assert standing.departs
    [told] = remarks(standing)
    assert "ptce deliberate --dry-run" in told
    assert "minutes" not in told


def test_some_are_still_open(contest: Contest) -> None:
    [closed] = frozen(contest, "3")
    still = marked(contest, "4", seats=("north",))
    standing = cutoff.standing(contest)
    assert [(one.case.ref, one.frozen) for one in standing.ranked] == [
        (still, False),
        (closed, True),
    ]
    assert not standing.frozen


def test_a_contest_without_candidatures(contest: Contest) -> None:
    standing = cutoff.standing(contest)
    assert standing.ranked == ()
    assert standing.cut is None
    with pytest.raises(Misuse, match="not a panel"):
        cutoff.standing(contest, "dossier")


def test_nobody_can_have_the_first_decision(contest: Contest) -> None:
    refs = frozen(contest, "0.5", "0")
    standing = cutoff.standing(contest)
    assert outcomes(standing) == dict.fromkeys(refs, "declined")
    assert standing.cut is None


def test_nothing_can_be_decided_ever(contest: Contest) -> None:
    frozen(contest, "5", "4")
    edit(contest, "states/scored.toml", "now >= date.meeting", "total.taken > 99")
    adopt(contest, "Never.")
    standing = cutoff.standing(contest)
    assert standing.cut is None
    assert set(standing.outcomes.values()) == set()


def test_ranks_move_until_the_sitting(contest: Contest, clock: SetClock) -> None:
    refs = []
    for mark in ("3", "5", "4"):
        ref = marked(contest, mark)
        before = len(lines(contest))
        move(contest, "close_scoring", ref)
        assert len(lines(contest)) == before + 1
        refs.append(ref)
    third, first, second = refs
    assert ranks(contest) == {first: 1, second: 2, third: 3}
    assert recorded_ranks(contest) == {}
    clock.instant = MEETING
    deliberate(contest, agenda())
    assert recorded_ranks(contest) == {first: 1, second: 2, third: 3}
    assert verify(contest).intact


def test_a_rank_recorded_for_good(contest: Contest, clock: SetClock) -> None:
    """Whoever is judged later takes the rank it would have had; nobody else's is written again."""
    refs = frozen(contest, "5", "3", "2")
    clock.instant = MEETING
    deliberate(contest, agenda())
    before = recorded_ranks(contest)
    better = marked(contest, "4")
    move(contest, "close_scoring", better)
    assert recorded_ranks(contest) == before
    assert ranks(contest) == {**before, better: 2}
    assert [one.recorded for one in cutoff.standing(contest).ranked] == [True, True, False, True]
    assert not cutoff.standing(contest).recorded
    length = len(lines(contest))
    assert deliberate(contest, agenda()).decided
    assert types(contest)[length:].count("rank_recorded") == 1
    assert recorded_ranks(contest) == {refs[0]: 1, refs[1]: 2, better: 2, refs[2]: 3}
    assert states(contest)[better] == "waiting"
    assert last_rank(contest) == {"rank": 2, "tied": 2, "parted_by": "total", "vote": None}
    told = sitting(contest)
    assert [one.figures["rank"] for one in told.judged] == [2]
    assert verify(contest).intact


def test_a_recusal_after_the_sitting(contest: Contest, clock: SetClock) -> None:
    refs = frozen(contest, "5", "4", "3", "3")
    clock.instant = MEETING
    tied = VotedOrder((refs[3], refs[2]), "Le plus mûr.", SEATS)
    deliberate(contest, agenda(orders=[tied]))
    before = recorded_ranks(contest)
    assert (before[refs[3]], before[refs[2]]) == (3, 4)
    recuse(contest, refs[2], "north", "Liée.")
    assert recorded_ranks(contest) == before
    assert verify(contest).intact


def test_a_sitting_in_vain_ranks_nobody(contest: Contest, clock: SetClock) -> None:
    """Scores may still be closed before the next call, which ranks them with the others."""
    first, second = frozen(contest, "5", "3")
    clock.instant = MEETING
    in_vain = deliberate(contest, agenda("north"))
    assert not in_vain.decided
    assert [one.rank for one in in_vain.decisions] == [1, 2]
    assert recorded_ranks(contest) == {}
    assert [one.figures["rank"] for one in sitting(contest).judged] == [1, 2]
    between = marked(contest, "4")
    move(contest, "close_scoring", between)
    assert deliberate(contest, agenda("north", "south")).decided
    assert recorded_ranks(contest) == {first: 1, between: 2, second: 3}
    assert verify(contest).intact
