"""What time makes late counts from the hour for which it was due."""

from ptce_workflow.app.adopt import adopt
from ptce_workflow.app.contest import Contest
from tests import mailing
from tests.mailing import notify, pass_at, planned, subjects
from tests.rehearsal import added
from tests.smtp import Server

begun, contest, folder, server = mailing.begun, mailing.contest, mailing.folder, mailing.server
AFTER = """
at = ["entered.lapsed + 1 day at 09:00", "entered.lapsed + 5 days at 09:00"]
in = ["lapsed"]
any_hour = true
"""


def test_entered_at_its_hour(contest: Contest, server: Server) -> None:
    """Four days late: what counts from that hour, and was due since, leaves late."""
    notify(contest.folder, "after", AFTER)
    adopt(contest, "Un rappel.")
    ref = added(contest)
    pass_at(contest, server, "2024-03-18T10:00")
    with contest.looking() as tx:
        (case,) = tx.load([ref])
    assert case.state == "lapsed"
    assert case.entered["lapsed"] == case.since == contest.process.dates.fixed["lapse"]
    hours = [when for name, _to, when in planned(contest) if name == "after"]
    assert hours == ["03-15 09:00", "03-19 09:00"]
    assert subjects(server).count("after: C-001") == 1
