"""An address from which a mail came back: what else goes there waits, until a person mends it."""

from collections.abc import Callable

import pytest

import ptce_workflow.app.outbox.waiting as ahead
from ptce_workflow.app.adopt import adopt
from ptce_workflow.app.candidatures.overview import overview
from ptce_workflow.app.candidatures.record import record
from ptce_workflow.app.contest import Contest
from ptce_workflow.app.outbox.delivery import claim, post_due
from ptce_workflow.app.outbox.desk import (
    Posted,
    letter_view,
    messages,
    release,
    resolve,
    resolve_each,
)
from ptce_workflow.app.people import enrol
from ptce_workflow.app.retention.erase import erase
from ptce_workflow.base.errors import Misuse, PtceError
from ptce_workflow.base.runtime import SetClock, never
from ptce_workflow.reports.mail import waiting_text
from tests import mailing
from tests.mailing import NOTIFICATIONS, at, notify, pass_at, settings, subjects
from tests.rehearsal import added, edit, move, submitted
from tests.smtp import Server

begun, contest, folder, server = mailing.begun, mailing.contest, mailing.folder, mailing.server

BACK = "550 5.1.1 mailbox unknown"
REMINDED = "2024-03-04T09:00"
NEW = "juste@collectif.example"


def one(contest: Contest, notification: str, ref: str = "C-001") -> Posted:
    """The next mail of a notification about a candidature, or the one that left."""
    stages = ("planned", "held", "sent", "bounced", "undelivered", "expired")
    return messages(contest, stages, ref=ref, notification=notification)[0]


@pytest.fixture
def bounced(contest: Contest, server: Server) -> str:
    """The first mail of a candidature, which has come back."""
    added(contest)
    pass_at(contest, server, "2024-02-20T10:00")
    name = one(contest, "opened").name
    resolve(contest, name, "bounced", BACK)
    server.received.clear()
    return name


def test_what_is_due_for_that_address_waits(contest: Contest, server: Server, bounced: str) -> None:
    other = added(contest, name="Le Moulin", email="moulin@collectif.example")
    pass_at(contest, server, REMINDED)
    waits = one(contest, "reminder")
    assert (str(waits.stage), waits.doubtful, waits.waits_for_person) == ("planned", True, True)
    assert {posted.ref for posted in messages(contest, ["sent"], notification="reminder")} == {
        other
    }
    assert [brief.correct_address for brief in overview(contest).briefs] == [True, False]
    leaving = {mail.name: mail.at for mail in ahead.forecast(contest)}
    assert (waits.forecast(leaving).leaves, waits.forecast(leaving).moot) == (None, False)
    counts = ahead.waiting(contest)
    assert (counts.late, counts.doubtful) == (0, 1)
    assert "1 to a doubtful address" in waiting_text(counts)
    [remark] = letter_view(contest, waits.name).remarks
    assert "came back" in remark


def corrected(contest: Contest, bounced: str) -> None:
    record(contest, "C-001", {"dossier": {"email": NEW}})


def let_go(contest: Contest, bounced: str) -> None:
    release(contest, [one(contest, "reminder").name])


def taken_back(contest: Contest, bounced: str) -> None:
    resolve(contest, bounced, "sent", "They found it.")


def sent_again(contest: Contest, bounced: str) -> None:
    """The mailbox was full: who sends the same mail again trusts the address."""
    resolve(contest, bounced, "resend")


@pytest.mark.parametrize("mends", [corrected, let_go, taken_back, sent_again])
def test_what_ends_the_wait(
    contest: Contest, server: Server, bounced: str, mends: Callable[[Contest, str], None]
) -> None:
    pass_at(contest, server, REMINDED)
    mends(contest, bounced)
    pass_at(contest, server, "2024-03-04T09:16")
    assert "reminder: C-001" in subjects(server)
    [address] = {received.recipients[0] for received in server.received}
    assert (address == NEW) == (mends is corrected)
    assert str(one(contest, "reminder").stage) == "sent"
    [brief] = overview(contest).briefs
    assert brief.correct_address == (mends is let_go)


def test_a_release_before_it_came_back_counts_no_more(
    contest: Contest, server: Server, bounced: str
) -> None:
    """Whoever released that mail did not know; and one release is for one mail."""
    pass_at(contest, server, REMINDED)
    name = one(contest, "reminder").name
    release(contest, [name])
    resolve(contest, one(contest, "visit").name, "bounced", BACK)
    pass_at(contest, server, "2024-03-04T09:16")
    assert (server.received, one(contest, "reminder").doubtful) == ([], True)


def test_what_waits_so_may_come_too_late(contest: Contest, server: Server, bounced: str) -> None:
    pass_at(contest, server, REMINDED)
    result = pass_at(contest, server, "2024-03-11T12:05")
    late = messages(contest, ["expired"], notification="reminder")[-1].name
    assert late in result.expired
    assert late in [name for name, _label in ahead.too_late(contest, about(contest))]


def about(contest: Contest) -> str:
    with contest.looking() as tx:
        return tx.load(["C-001"])[0].id


def test_what_is_given_up_leaves_its_address_doubtful(
    contest: Contest, server: Server, bounced: str
) -> None:
    assert str(resolve(contest, bounced, "dropped", "Told by telephone.").stage) == "undelivered"
    pass_at(contest, server, REMINDED)
    assert one(contest, "reminder").doubtful
    assert server.received == []
    resolve(contest, bounced, "sent", "They found it.")
    assert not one(contest, "reminder").doubtful


def test_what_is_in_the_queue_waits_too(contest: Contest, server: Server, bounced: str) -> None:
    resolve(contest, bounced, "sent", "They found it.")
    assert isinstance(contest.clock, SetClock)
    contest.clock.instant = at(REMINDED)
    post_due(contest, settings(server), never)
    name = messages(contest, ["queued"])[0].name
    resolve(contest, bounced, "bounced", BACK)
    assert claim(contest, settings(server), "courier", 10) == ()
    waits = letter_view(contest, name).posted
    assert (str(waits.stage), waits.doubtful) == ("planned", True)
    record(contest, "C-001", {"dossier": {"email": NEW}})
    pass_at(contest, server, "2024-03-04T09:20")
    assert [received.recipients for received in server.received] == [(NEW,)]


def test_an_address_of_the_desk(contest: Contest, server: Server) -> None:
    """A person has their address for all candidatures; others of the desk are written to."""
    enrol(contest, "Max", ["desk"], login="max", email="max@contest.example")
    enrol(contest, "Léa", ["desk"], login="lea", email="lea@contest.example")
    first, second = submitted(contest), submitted(contest, name="Le Moulin")
    move(contest, "withdraw", first)
    pass_at(contest, server, "2024-02-20T10:00")
    to_max = messages(contest, ["sent"], notification="gone", to="MAX@")
    resolve(contest, to_max[0].name, "bounced", BACK)
    server.received.clear()
    move(contest, "withdraw", second)
    pass_at(contest, server, "2024-02-20T10:05")
    gone = [one for one in server.received if one.subject.startswith("gone")]
    assert [received.recipients for received in gone] == [("lea@contest.example",)]
    [waits] = messages(contest, ["planned"], notification="gone")
    assert (waits.doubtful, waits.address) == (True, "max@contest.example")
    assert not any(brief.correct_address for brief in overview(contest).briefs)


def test_an_erased_address_is_doubtful_no_more(
    contest: Contest, server: Server, bounced: str
) -> None:
    move(contest, "withdraw", "C-001")
    assert overview(contest).briefs[0].correct_address
    erase(contest, "C-001", "Demandé.")
    [brief] = overview(contest).briefs
    assert not brief.correct_address


def test_what_is_not_doubtful_needs_no_release(contest: Contest) -> None:
    added(contest)
    with pytest.raises(PtceError, match="is planned") as refused:
        release(contest, [one(contest, "reminder").name])
    assert refused.value.why == "It is not held for review."


def test_what_its_condition_would_cancel_is_not_released(contest: Contest) -> None:
    notify(contest.folder, "given_back", f'{NOTIFICATIONS["given_back"]}when = "!given.dossier"\n')
    adopt(contest, "Une condition.")
    move(contest, "give_back", submitted(contest), reason="Une pièce manque.")
    name = one(contest, "given_back").name
    with pytest.raises(PtceError, match="its condition no longer holds") as refused:
        release(contest, [name])
    assert "notifications/given_back.md" in refused.value.why
    assert "!given.dossier" in refused.value.why
    assert f"ptce mail drop {name}" in refused.value.mend
    assert one(contest, "given_back").stage == "held"


def test_some_of_several_are_too_late(contest: Contest, server: Server) -> None:
    """The others leave again; where nothing can be done, each says why."""
    added(contest)
    server.always("RCPT", "550 5.1.1 nobody")
    pass_at(contest, server, "2024-02-20T10:00")
    opened, visit = (
        messages(contest, ["failed"], notification=name)[0].name for name in ("opened", "visit")
    )
    assert isinstance(contest.clock, SetClock)
    contest.clock.instant = at("2024-03-07T09:00")
    changed, skipped = resolve_each(contest, [visit, opened], "resend")
    assert [posted.name for posted in changed] == [opened]
    assert "would not leave any more" in skipped[visit].what
    changed, skipped = resolve_each(contest, [visit, opened], "resend")
    assert (changed, [*skipped]) == ((), [visit, opened])
    with pytest.raises(PtceError, match="would not leave any more"):
        resolve_each(contest, [visit], "resend")
    with pytest.raises(Misuse, match="one mail alone"):
        resolve_each(contest, [visit, opened], "resend", "A reason.")


def test_a_decision_that_waits_so_is_not_told_yet(contest: Contest, server: Server) -> None:
    """A person has let its mail leave, before another came back."""
    adverse = 'reason = true, decision = "adverse" }'
    edit(contest, "states/submitted.toml", "reason = true }", adverse)
    adopt(contest, "Une décision.")
    ref = submitted(contest)
    pass_at(contest, server, "2024-02-20T10:00")
    move(contest, "give_back", ref, reason="Une pièce manque.")
    held = one(contest, "given_back").name
    release(contest, [held])
    resolve(contest, one(contest, "receipt").name, "bounced", BACK)
    pass_at(contest, server, "2024-02-20T10:05")
    [told] = ahead.unnotified(contest)
    assert (told.message, told.waits) == (held, False)
    assert told.why == "a mail to its address came back"
