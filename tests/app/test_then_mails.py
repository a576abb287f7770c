"""The mails of a contest as it stood: what was listed at each hour is listed as of it."""

from datetime import datetime, timedelta

from ptce_workflow.app.as_of import at
from ptce_workflow.app.contest import Contest
from ptce_workflow.app.outbox.desk import Posted, edit, messages, release, resolve
from ptce_workflow.base.runtime import SetClock
from ptce_workflow.process.letters.message import Stage
from tests import mailing
from tests.mailing import pass_at
from tests.rehearsal import move, submitted
from tests.smtp import Server

begun, contest, folder, server = mailing.begun, mailing.contest, mailing.folder, mailing.server
STAGES = tuple(map(str, Stage))


def test_the_stages_of_mails(contest: Contest, server: Server) -> None:
    told: list[tuple[datetime, tuple[Posted, ...]]] = []

    def note() -> None:
        found = messages(contest, STAGES)
        assert isinstance(contest.clock, SetClock)
        told.append((contest.clock.instant, found))
        contest.clock.instant += timedelta(seconds=1)

    ref = submitted(contest)
    note()
    pass_at(contest, server, "2024-02-20T10:01")
    note()
    [receipt] = messages(contest, ["sent"], ref=ref, notification="receipt")
    resolve(contest, receipt.name, "bounced", "550 unknown")
    note()
    resolve(contest, receipt.name, "resend")
    note()
    move(contest, "give_back", ref, reason="Une pièce manque.")
    note()
    [held] = messages(contest, ["held"], ref=ref, notification="given_back")
    edit(contest, held.name, "# Rendu\n\nAutre chose.", "Plus clair.")
    note()
    release(contest, [held.name])
    note()
    pass_at(contest, server, "2024-02-20T14:01")
    note()
    assert {str(one.stage) for _at, found in told for one in found} >= {
        *("planned", "held", "sent", "bounced", "cancelled")
    }
    assert any(one.rewritten for _at, found in told for one in found)
    for instant, found in told:
        with at(contest, instant) as before:
            assert messages(before, STAGES) == found
