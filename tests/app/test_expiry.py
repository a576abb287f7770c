"""What is of no more use: it expires, and people are told; what a person reads late is no lie."""

import pytest

from ptce_workflow.app.contest import Contest
from ptce_workflow.app.outbox.desk import letter_view, messages, release, resolve
from ptce_workflow.app.outbox.waiting import expired_lately, too_late, waiting
from ptce_workflow.base.errors import PtceError
from ptce_workflow.base.runtime import SetClock
from tests import mailing
from tests.mailing import at, bodies, pass_at, reword, subjects
from tests.rehearsal import added, move, submitted
from tests.smtp import Server

begun, contest, folder, server = mailing.begun, mailing.contest, mailing.folder, mailing.server

HELD = 'in = ["draft"]\nheld = true\n'
USUAL = "About {{ candidature.ref }}."


def held(contest: Contest, expires: str) -> str:
    """A mail that waits to be read, and the key that says until when it is of use: its name."""
    reword(contest, "given_back", USUAL, toml=f"{HELD}expires = {expires}")
    ref = submitted(contest)
    move(contest, "give_back", ref, reason="Une pièce manque.")
    [one] = messages(contest, ["held"])
    return one.name


def clock_at(contest: Contest, instant: str) -> None:
    """Sets the clock, and lets nothing happen."""
    assert isinstance(contest.clock, SetClock)
    contest.clock.instant = at(instant)


def test_released_too_late(contest: Contest, server: Server) -> None:
    """No release promises what would only expire; the pass says so, and the desk is reminded."""
    name = held(contest, '"date.meeting"')
    clock_at(contest, "2024-03-06T14:01")
    with pytest.raises(PtceError, match="of no more use since") as refused:
        release(contest, [name], read={name: letter_view(contest, name).words})
    assert "notifications/given_back.md says so: expires = date.meeting" in refused.value.why
    assert name in pass_at(contest, server, "2024-03-06T14:02").expired
    assert name not in pass_at(contest, server, "2024-03-06T14:02").expired
    assert [one.name for one in messages(contest, ["expired"], notification="given_back")] == [name]
    assert waiting(contest).expired >= 1
    with pytest.raises(PtceError, match="of no more use since"):
        resolve(contest, name, "resend")
    pass_at(contest, server, "2024-03-14T14:01")
    with contest.looking() as tx:
        assert name not in {row.name for row in expired_lately(tx)}
    reword(contest, "given_back", USUAL, toml=HELD)
    resolve(contest, name, "resend")
    release(contest, [name], read={name: letter_view(contest, name).words})
    pass_at(contest, server, "2024-03-14T14:04")
    assert bodies(server, "given_back") == ["About C-001."]


def test_a_length_counts_from_the_release(contest: Contest, server: Server) -> None:
    name = held(contest, '"2 days"')
    assert name not in pass_at(contest, server, "2024-03-08T10:00").expired
    release(contest, [name], read={name: letter_view(contest, name).words})
    pass_at(contest, server, "2024-03-10T09:59")
    assert bodies(server, "given_back") == ["About C-001."]


def test_set_off_too_late(contest: Contest, server: Server) -> None:
    clock_at(contest, "2024-03-06T15:00")
    added(contest)
    ticked = pass_at(contest, server, "2024-03-06T15:00")
    [visit] = messages(contest, ["expired"], notification="visit")
    assert visit.name in ticked.expired
    with contest.looking() as tx:
        (case,) = tx.load(["C-001"])
    assert (visit.name, "Visit") in too_late(contest, case.id)
    assert not [one for one in subjects(server) if one.startswith("visit")]
