"""A decision's clock starts when its mail has left, and stands still again where that came back."""

from __future__ import annotations

import pytest

from ptce_workflow.app.admin.adopt import adopt
from ptce_workflow.app.admin.verify import verify
from ptce_workflow.app.cases.explain import why
from ptce_workflow.app.cases.overview import show
from ptce_workflow.app.contest import Contest
from ptce_workflow.app.post.desk import messages, release, resolve
from ptce_workflow.process.rules.receipt import notified
from tests import mailing
from tests.mailing import at, notify, pass_at
from tests.rehearsal import edit, move, submitted
from tests.smtp import Server

begun, contest, folder, server = mailing.begun, mailing.contest, mailing.folder, mailing.server

_ENDS = """
[transitions.end]
label = "End"
to = "withdrawn"
rules.told = { says = "The decision was notified", when = "given.notified", choice = "it counts from then" }
rules.late = { says = "The time for remedies has passed", when = "now >= date.remedies", choice = "not before" }
rules.back = { says = "It has been submitted once", when = "given.entered.submitted", choice = "else nothing was decided" }
"""  # noqa: E501
_DATE = 'remedies = { label = "Remedies", at = "notified + 10 days at 18:00", choice = "days" }'


@pytest.fixture
def deciding(contest: Contest) -> Contest:
    """A contest in which giving a dossier back is a decision, which has a term and a reminder."""
    notify(contest.folder, "nudge", 'in = ["draft"]\nat = ["notified + 9 days at 09:00"]')
    edit(contest, "config.toml", "[dates]", f"[dates]\n{_DATE}")
    edit(
        contest, "states/submitted.toml", "reason = true }", 'reason = true, decision = "adverse" }'
    )
    draft = contest.folder / "states" / "draft.toml"
    draft.write_text(draft.read_text("utf-8") + _ENDS, "utf-8")
    adopt(contest, "Un recours.")
    return contest


def told(contest: Contest) -> str | None:
    """When the last decision on the one candidature was notified, in UTC."""
    case = show(contest, "C-001").case
    instant = notified(contest.process.definition, case)
    return None if instant is None else f"{instant:%m-%d %H:%M}"


def nudges(contest: Contest) -> list[str]:
    """The days on which the reminder leaves."""
    planned = messages(contest, ["planned"], notification="nudge")
    return [f"{one.due:%m-%d}" for one in planned]


def let_go(contest: Contest) -> str:
    """The held mail of the decision, which a person lets go."""
    [held] = messages(contest, ["held"])
    release(contest, [held.name])
    return held.name


def test_from_its_mail_alone(deciding: Contest, server: Server) -> None:
    """Nothing counts from the decision, all from its mail; what came back is not counted."""
    submitted(deciding)
    move(deciding, "give_back", "C-001", reason="Une pièce manque.")
    pass_at(deciding, server, "2024-02-21T10:00")
    assert (told(deciding), nudges(deciding)) == (None, [])
    name = let_go(deciding)
    pass_at(deciding, server, "2024-02-23T10:00")
    assert (told(deciding), nudges(deciding)) == ("02-23 09:00", ["03-01"])
    resolve(deciding, name, "bounced", "550 5.1.1 unknown")
    assert (told(deciding), nudges(deciding)) == (None, [])
    resolve(deciding, name, "sent", "Another address.")
    assert (told(deciding), nudges(deciding)) == ("02-23 09:00", ["03-01"])
    assert verify(deciding).faults == ()


def test_the_last_decision_counts(deciding: Contest, server: Server) -> None:
    """A decision taken again has to be told again, whatever was told of the first."""
    submitted(deciding)
    for day in ("2024-02-21", "2024-02-26"):
        move(deciding, "give_back", "C-001", reason="Une pièce manque.")
        assert told(deciding) is None
        let_go(deciding)
        pass_at(deciding, server, f"{day}T10:00")
        assert told(deciding) == f"{at(f'{day}T10:00'):%m-%d %H:%M}"
        move(deciding, "submit", "C-001")


def test_rules_read_it(deciding: Contest, server: Server) -> None:
    """What hangs on it is not known before, and says so."""
    submitted(deciding)
    move(deciding, "give_back", "C-001", reason="Une pièce manque.")
    told_late = why(deciding, "C-001", "end").ways[0].rules
    assert [str(one.answer) for one in told_late] == ["fails", "unknown", "holds"]
    let_go(deciding)
    pass_at(deciding, server, "2024-02-23T10:00")
    pass_at(deciding, server, "2024-03-05T10:00")
    move(deciding, "end", "C-001")
