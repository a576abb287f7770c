"""`in_order`: nobody ranks better who still waits, at the desk and in the sitting."""

import pytest

from ptce_workflow.app.adopt import adopt
from ptce_workflow.app.audit.verify import verify
from ptce_workflow.app.candidatures.advance import advance
from ptce_workflow.app.candidatures.why import past, why
from ptce_workflow.app.contest import Contest
from ptce_workflow.app.jury.deliberation import deliberate
from ptce_workflow.app.jury.ranking import standing
from ptce_workflow.base.errors import FolderFaults
from ptce_workflow.base.runtime import SetClock
from ptce_workflow.process.panel import Deviation
from tests.rehearsal import edit, move
from tests.voting import MEETING, SEATS, agenda, called, clock, contest, english, frozen, states

__all__ = ["called", "clock", "contest", "english"]

ORDER = 'in_order = "marks"\nchoice = "Who ranks better comes first."\n'
RULE = """
[transitions.promote.rules.in_order]
says = "Nobody waits at a better rank"
when = "total.waiting == 0 || cra.rank <= total.first_waiting"
choice = "in order"
"""


def listed(contest: Contest) -> None:
    """Has the waiting list go in order by the key, and no longer by totals of its own."""
    edit(contest, "states/waiting.toml", RULE, "")
    edit(contest, "states/waiting.toml", "same_as", ORDER + "same_as")
    adopt(contest, "In order.")


def strict(contest: Contest) -> None:
    """Has the sitting select in order: who is declined is so before, by a rule of its own."""
    edit(contest, "states/scored.toml", 'to = "selected"\n', f'to = "selected"\n{ORDER}')
    edit(contest, "config.toml", '["select", "wait", "decline"]', '["decline", "select", "wait"]')
    edit(
        contest,
        "states/scored.toml",
        'reason = true\nsame_as = ["scored.select.in_time", "scored.select.quorum"]',
        'reason = true\nsame_as = ["scored.select.in_time", "scored.select.quorum"]\n'
        'unless = ["scored.select.good_enough"]',
    )
    listed(contest)


def told(contest: Contest, ref: str) -> tuple[str, str, str, str]:
    """What the order says of giving a place: the answer, the rule, what was seen, the ground."""
    (edge,) = why(contest, ref, "promote").edges
    rule = next(one for one in edge.rules if one.id == "in_order")
    return rule.answer.value, rule.says, rule.observed, rule.ground


def test_a_waiting_list(contest: Contest, clock: SetClock) -> None:
    """A place goes to the best who waits; the refusal names who comes before, and its ground."""
    listed(contest)
    frozen(contest, "5", "4", "3.5", "3", "3")
    clock.instant = MEETING
    deliberate(contest, agenda())
    move(contest, "withdraw", "C-001")
    ground = "choice of the organiser: Who ranks better comes first."
    says = "Nobody in the state “Waiting” ranks better"
    shared = "rank 4, shared with others"
    assert told(contest, "C-004") == ("fails", says, f"{shared} · before it: C-003", ground)
    (step,) = advance(contest, ["C-004"], "promote")
    assert (step.made, dict(step.moment.ahead)) == (False, {"first_in.waiting.cra": ("C-003",)})
    move(contest, "promote", "C-003")
    move(contest, "withdraw", "C-002")
    # At one rank, either of both.
    assert told(contest, "C-005") == ("holds", says, shared, ground)
    move(contest, "promote", "C-005")
    assert told(contest, "C-004")[0] == "holds"
    assert verify(contest).faults == ()
    assert (
        past(contest, "C-004").acts[-1].edge.rules[-1].observed
        == "rank 4, shared with others · before it: C-003"
    )


def test_a_strict_cut(contest: Contest, clock: SetClock) -> None:
    """In a sitting nobody is selected while somebody better is undecided."""
    strict(contest)
    frozen(contest, "5", "0.5", "4", "3")
    clock.instant = MEETING
    found = standing(contest)
    foreseen = {one.case.ref: found.outcomes[one.case.id] for one in found.ranked}
    deliberate(contest, agenda())
    assert foreseen == dict(states(contest))
    assert foreseen == {
        "C-001": "selected",
        "C-002": "declined",
        "C-003": "selected",
        "C-004": "waiting",
    }
    assert verify(contest).faults == ()


def test_a_vote_departs_from_the_order(contest: Contest, clock: SetClock) -> None:
    strict(contest)
    frozen(contest, "5", "4", "3", "2")
    clock.instant = MEETING
    votes = [
        Deviation("C-001", "wait", "Not ripe.", SEATS),
        Deviation("C-004", "select", "The only one in the valley.", SEATS),
    ]
    deliberate(contest, agenda(deviations=votes))
    assert dict(states(contest)) == {
        "C-001": "waiting",
        "C-002": "selected",
        "C-003": "waiting",
        "C-004": "selected",
    }
    assert verify(contest).faults == ()


@pytest.mark.parametrize(
    ("key", "what"),
    [
        ('in_order = "marks"\n', "This rests on nothing"),
        ('in_order = "town"\nchoice = "x"\n', "No panel is known by whose ranks this goes."),
        ('in_order = "opinion"\nchoice = "x"\n', "No panel is known by whose ranks this goes."),
        (ORDER, 'The name "in_order" is taken.'),
    ],
)
def test_an_order_that_is_none(contest: Contest, key: str, what: str) -> None:
    """One that rests on nothing, of a panel that never meets, beside a rule of its name."""
    opinion = 'label = "Opinion"\nmembers = ["north"]\n[fields.view]\ntype = "text"\nlabel = "V"\n'
    (contest.folder / "sheets" / "opinion.toml").write_text(opinion, "utf-8")
    edit(contest, "states/submitted.toml", '["dossier", "cra"]', '["dossier", "cra", "opinion"]')
    edit(contest, "states/waiting.toml", "same_as", f"{key}same_as")
    if key != ORDER:
        edit(contest, "states/waiting.toml", RULE, "")
    with pytest.raises(FolderFaults) as found:
        adopt(contest, "In order.")
    assert what in str(found.value)
