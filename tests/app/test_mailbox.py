"""The outbox as people see it: what waits, what it says, and what they decide about it."""

from functools import partial

import pytest

import ptce_workflow.app.outbox.waiting as ahead
from ptce_workflow.app.adopt import adopt
from ptce_workflow.app.candidatures.record import record
from ptce_workflow.app.contest import Contest
from ptce_workflow.app.outbox.desk import (
    letter_view,
    messages,
    release,
    resolve,
    resolve_each,
    resume,
)
from ptce_workflow.app.outbox.waiting import Waiting
from ptce_workflow.app.people import enrol
from ptce_workflow.base.errors import Misuse, PtceError
from ptce_workflow.base.runtime import SetClock
from tests import mailing
from tests.mailing import at, body_of, brief, notify, pass_at, read, subjects, told, uncertain
from tests.rehearsal import added, lines, move, remark, scored, submitted
from tests.smtp import Misbehaviour, Server

begun, contest, folder, server = mailing.begun, mailing.contest, mailing.folder, mailing.server

REFUSED = "5.1.1 nobody here by that name"


def given_back(contest: Contest) -> tuple[str, str]:
    """A candidature that was given back: its reference, and the message that waits to be read."""
    ref = submitted(contest)
    move(contest, "give_back", ref, reason="Une pièce manque.")
    [held] = messages(contest, ["held"], ref=ref)
    return ref, held.name


def failed(contest: Contest, server: Server) -> str:
    """A message that the server has refused."""
    server.then("RCPT", f"550 {REFUSED}")
    added(contest)
    pass_at(contest, server, "2024-02-20T10:00")
    [posted] = messages(contest, ["failed"])
    return posted.name


def test_a_message_in_a_list(contest: Contest) -> None:
    ref = added(contest)
    [meeting] = messages(contest, notification="visit")
    assert (meeting.name, meeting.label, meeting.ref) == ("M-005", "Visit", ref)
    assert (meeting.candidature, meeting.to, meeting.recipient) == (
        "Les Jardins",
        "Les Jardins",
        "contact",
    )
    assert read(meeting.next_at) == "02-20 10:00"
    assert not meeting.held


def test_choosing(contest: Contest) -> None:
    """By stage, by candidature, by notification; those that have ended only when asked for."""
    first, second = added(contest), submitted(contest)
    assert {one.ref for one in messages(contest, ref=first)} == {first}
    assert [one.ref for one in messages(contest, notification="receipt")] == [second]
    assert messages(contest, ["sent"]) == ()
    assert "cancelled" not in {str(one.stage) for one in messages(contest)}
    gone = messages(contest, ["cancelled"], ref=second)
    assert {one.notification for one in gone} == {"incomplete", "reminder", "opened"}


def test_in_the_order_of_time(contest: Contest) -> None:
    for name in ("Les Jardins", "Le Moulin"):
        added(contest, name=name)
    hours = [one.next_at for one in messages(contest)]
    assert hours == sorted(hours)


def test_choosing_what_is_not(contest: Contest) -> None:
    added(contest)
    with pytest.raises(Misuse, match='"hold" is not a stage') as told:
        messages(contest, ["hold"])
    assert "held" in str(told.value)
    with pytest.raises(Misuse, match='no notification "remind"'):
        messages(contest, notification="remind")
    with pytest.raises(Misuse, match="C-009"):
        messages(contest, ref="C-009")


def test_a_letter_before_it_leaves(contest: Contest) -> None:
    """It is shown as it would be written now, in either language, and can still change."""
    added(contest)
    letter = letter_view(contest, "m-4")
    assert (letter.posted.notification, letter.frozen, letter.eml) == ("opened", False, None)
    assert letter.letter.subject == "[REHEARSAL] opened: C-001"
    assert (letter.letter.language, letter_view(contest, "M-004", "fr").letter.language) == (
        "en",
        "fr",
    )


@pytest.mark.parametrize("name", ["M-099", "M-000", "99999"])
def test_no_such_message(contest: Contest, name: str) -> None:
    """A number that no message has is told."""
    with pytest.raises(Misuse, match=f"There is no message {name}"):
        letter_view(contest, name)


def test_released(contest: Contest, server: Server) -> None:
    """What is held never leaves by itself; once somebody has read it, it does."""
    _ref, name = given_back(contest)
    pass_at(contest, server, "2024-02-20T11:00")
    assert "given_back: C-001" not in subjects(server)
    words = letter_view(contest, name).words
    [posted] = release(contest, [name], read={name: words})
    assert (str(posted.stage), posted.held) == ("planned", True)
    [line] = told(contest, "messages_released")
    assert (line.actor, line.data) == ("P-001", {"words": {name: words}})
    pass_at(contest, server, "2024-02-20T11:01")
    assert subjects(server).count("given_back: C-001") == 1


def test_released_words_do_not_change(contest: Contest, server: Server) -> None:
    """What leaves is what was read, although more has been recorded since."""
    ref, name = given_back(contest)
    release(contest, [name], read={name: letter_view(contest, name).words})
    record(contest, ref, {"dossier": {"theme": "care"}})
    pass_at(contest, server, "2024-02-20T11:00")
    [mail] = [one for one in server.received if "given_back" in one.subject]
    assert body_of(mail) == "About Food. Une pièce manque."


def test_words_that_changed_since_they_were_read(contest: Contest) -> None:
    """All or nothing: one that would say something else by now keeps the other one back."""
    (first, one), (second, other) = given_back(contest), given_back(contest)
    read_ = {name: letter_view(contest, name).words for name in (one, other)}
    record(contest, second, {"dossier": {"theme": "care"}})
    before = lines(contest)
    with pytest.raises(PtceError, match=f"{other} would not say any more what you have read"):
        release(contest, [one, other], read=read_)
    assert lines(contest) == before
    assert {str(posted.stage) for posted in messages(contest, notification="given_back")} == {
        "held"
    }
    release(contest, [one], read=read_)
    assert [posted.ref for posted in messages(contest, ["held"])] == [second]
    assert first != second


def test_released_twice(contest: Contest) -> None:
    """Named twice it is released once; released already, it is refused."""
    _ref, name = given_back(contest)
    assert len(release(contest, [name, name.lower(), name.removeprefix("M-")])) == 1
    assert len(told(contest, "messages_released")) == 1
    with pytest.raises(PtceError, match=f"{name} is planned"):
        release(contest, [name])


def test_released_before_its_hour(contest: Contest, server: Server, clock: SetClock) -> None:
    """A decision that was read early still waits for the day on which it is announced."""
    ref = scored(contest)
    clock.instant = at("2024-03-12T10:00")
    move(contest, "select", ref)
    [held] = messages(contest, ["held"])
    release(contest, [held.name])
    pass_at(contest, server, "2024-03-25T09:59")
    assert "chosen: C-001" not in subjects(server)
    pass_at(contest, server, "2024-03-25T10:00")
    assert "chosen: C-001" in subjects(server)


def test_released_on_a_day_off(contest: Contest, server: Server, clock: SetClock) -> None:
    ref = scored(contest)
    clock.instant = at("2024-03-26T10:00")
    move(contest, "select", ref)
    clock.instant = at("2024-03-30T11:00")
    release(contest, [messages(contest, ["held"])[0].name])
    pass_at(contest, server, "2024-03-30T11:01")
    assert "chosen: C-001" not in subjects(server)
    # Easter Monday is a day off as well.
    assert brief(messages(contest, notification="chosen")) == [("chosen", "planned", "04-02 09:00")]
    pass_at(contest, server, "2024-04-02T09:00")
    assert "chosen: C-001" in subjects(server)


def test_held_and_moot(contest: Contest) -> None:
    """What waits to be read is cancelled by what makes it moot."""
    ref, name = given_back(contest)
    move(contest, "submit", ref)
    with pytest.raises(PtceError, match=f"{name} is cancelled"):
        release(contest, [name])


def test_sent_again_to_another_address(contest: Contest, server: Server) -> None:
    name = failed(contest, server)
    assert letter_view(contest, name).posted.said.endswith(REFUSED)
    record(contest, "C-001", {"dossier": {"email": "juste@collectif.example"}})
    [posted], _skipped = resolve_each(contest, [name, name], "resend")
    assert str(posted.stage) == "planned"
    assert len(told(contest, "message_resolved")) == 1
    pass_at(contest, server, "2024-02-20T10:05")
    assert server.received[-1].recipients == ("juste@collectif.example",)
    assert letter_view(contest, name).posted.address == "juste@collectif.example"


def test_tried_again_then_corrected(contest: Contest, server: Server) -> None:
    added(contest)
    pass_at(contest, server, "2024-02-20T10:00")
    server.then("RCPT", f"550 {REFUSED}")
    pass_at(contest, server, "2024-03-04T09:00")
    [posted] = messages(contest, ["failed"])
    assert isinstance(contest.clock, SetClock)
    contest.clock.instant = at("2024-03-05T10:00")
    resolve(contest, posted.name, "resend")
    record(contest, "C-001", {"dossier": {"email": "juste@collectif.example"}})
    remark(contest)
    adopt(contest, "Une remarque.")
    pass_at(contest, server, "2024-03-05T10:01")
    assert str(letter_view(contest, posted.name).posted.stage) == "sent"
    assert server.received[-1].recipients == ("juste@collectif.example",)


@pytest.mark.parametrize(
    ("outcome", "stage"), [("sent", "sent"), ("resend", "planned"), ("dropped", "cancelled")]
)
def test_resolved(contest: Contest, server: Server, outcome: str, stage: str) -> None:
    """A person says what became of an uncertain one; the ledger keeps who, and what."""
    name = uncertain(contest, server)
    posted = resolve(contest, name, outcome, "Le collectif le dit.")
    assert str(posted.stage) == stage
    [line] = told(contest, "message_resolved")
    assert (line.actor, line.data) == ("P-001", {"message": name, "as": outcome})
    assert b"collectif le dit" not in b"".join(lines(contest))


def test_the_very_same_mail_again(contest: Contest, server: Server) -> None:
    """What may have arrived is sent again byte for byte, under the same Message-ID."""
    name = uncertain(contest, server)
    resolve(contest, name, "resend")
    pass_at(contest, server, "2024-02-20T10:02")
    first, second = [one for one in server.received if "receipt" in one.subject]
    assert first.content == second.content
    assert str(letter_view(contest, name).posted.stage) == "sent"


def test_arrived_needs_a_reason(contest: Contest, server: Server) -> None:
    name = uncertain(contest, server)
    for reason in (None, "", "  "):
        with pytest.raises(Misuse, match="how you know"):
            resolve(contest, name, "sent", reason)
    assert str(letter_view(contest, name).posted.stage) == "uncertain"


@pytest.mark.parametrize("outcome", ["sent", "resend", "dropped"])
def test_nothing_to_resolve(contest: Contest, outcome: str) -> None:
    """What is planned, or held, needs no such word."""
    _ref, name = given_back(contest)
    for one in (name, messages(contest, notification="visit")[0].name):
        with pytest.raises(PtceError, match=f"{one} is "):
            resolve(contest, one, outcome, "Parce que.")


def test_what_failed_did_not_arrive(contest: Contest, server: Server) -> None:
    """What the server refused cannot be called sent."""
    name = failed(contest, server)
    with pytest.raises(PtceError, match=f"{name} is failed"):
        resolve(contest, name, "sent", "Parce que.")
    assert str(resolve(contest, name, "dropped").stage) == "cancelled"


def test_no_such_outcome(contest: Contest, server: Server) -> None:
    """An outcome that does not exist is told, with the nearest."""
    name = failed(contest, server)
    with pytest.raises(Misuse, match='"drop" is no outcome') as told:
        resolve(contest, name, "drop")
    assert "dropped" in str(told.value)


def test_expired_and_sent_all_the_same(contest: Contest, server: Server) -> None:
    """A person may want what came too late to leave; its days are counted anew."""
    ref = submitted(contest)
    pass_at(contest, server, "2024-03-05T10:00")
    [late] = messages(contest, ["expired"], notification="receipt")
    resolve(contest, late.name, "resend")
    pass_at(contest, server, "2024-03-05T10:01")
    assert f"receipt: {ref}" in subjects(server)


def test_only_what_failed_is_tried_again(contest: Contest) -> None:
    added(contest)
    with pytest.raises(PtceError, match="M-001 is planned"):
        resolve(contest, "M-001", "resend")


def test_a_courier_that_pauses(contest: Contest, server: Server) -> None:
    """A server that is gone is not a message's fault; the desk may have it tried at once."""
    server.always("greeting", "421 4.3.2 closed")
    added(contest)
    pass_at(contest, server, "2024-02-20T10:00")
    waiting = ahead.waiting(contest)
    assert "421" in waiting.paused or "closed" in waiting.paused
    assert waiting.paused_until == at("2024-02-20T10:01")
    assert {one.attempts for one in messages(contest)} == {0}
    server.always("greeting", Misbehaviour.USUAL)
    pass_at(contest, server, "2024-02-20T10:00")
    assert subjects(server) == []
    resume(contest)
    pass_at(contest, server, "2024-02-20T10:00")
    assert subjects(server) == ["opened: C-001", "visit: C-001"]
    assert ahead.waiting(contest).paused == ""


def test_nothing_asks_for_anybody(contest: Contest) -> None:
    assert ahead.waiting(contest) == Waiting(0, 0, 0, 0, 0, "", None, ("North", "South"))
    enrol(contest, "Nour", ["jury"], institution="north", login="nour", email="nour@nord.example")
    assert ahead.waiting(contest).nobody == ("South",)


def test_what_asks_for_somebody(contest: Contest, server: Server) -> None:
    uncertain(contest, server)
    given_back(contest)
    added(contest, email=None)
    pass_at(contest, server, "2024-02-20T10:02")
    added(contest)
    waiting = ahead.waiting(contest)
    assert (waiting.held, waiting.uncertain, waiting.failed, waiting.late) == (1, 1, 2, 2)


def test_a_notification_that_is_gone(contest: Contest, server: Server) -> None:
    name = failed(contest, server)
    for file in (contest.folder / "notifications").glob("opened.*"):
        file.unlink()
    adopt(contest, "Un courriel de moins.")
    enrol(contest, "Anne", ["desk"], login="anne", email="anne@contest.example")
    [posted] = messages(contest, ["failed"])
    assert (posted.name, posted.label) == (name, "opened")
    assert letter_view(contest, name).letter.subject == "[REHEARSAL] opened: C-001"
    pass_at(contest, server, "2024-02-21T08:30")
    assert "digest: Anne" in subjects(server)
    resolve(contest, name, "resend")
    pass_at(contest, server, "2024-02-21T08:31")
    assert str(letter_view(contest, name).posted.stage) == "cancelled"


def test_a_letter_that_was_never_written(contest: Contest) -> None:
    added(contest)
    for file in (contest.folder / "notifications").glob("opened.*"):
        file.unlink()
    adopt(contest, "Un courriel de moins.")
    with pytest.raises(PtceError, match="M-004 has no words"):
        letter_view(contest, "M-004")


def test_a_letter_that_cannot_be_written(contest: Contest) -> None:
    """Whoever would release it sees why not, and it stays held."""
    words = "Words. {% if candidature.name == 'Trop' %}{{ entered.selected }}{% endif %}"
    toml = 'to = "contact"\nin = ["draft"]\nheld = true'
    notify(contest.folder, "given_back", toml, words)
    adopt(contest, "Une heure que personne ne connaît.")
    ref = submitted(contest, name="Trop")
    move(contest, "give_back", ref, reason="Une pièce manque.")
    [held] = messages(contest, ["held"])
    for act in (partial(letter_view, contest), lambda name: release(contest, [name])):
        with pytest.raises(PtceError, match="selected"):
            act(held.name)
    assert messages(contest, ["held"]) == (held,)
