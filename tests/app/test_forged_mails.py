"""A row of the outbox that no line tells so: nothing leaves, no line is written, and it is told."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

import pytest

from ptce_workflow.app.audit.verify import verify
from ptce_workflow.app.contest import Contest
from ptce_workflow.app.outbox.delivery import post_due
from ptce_workflow.app.outbox.desk import drop, letter_view, messages, release
from ptce_workflow.app.outbox.plan import Mailing
from ptce_workflow.app.people import enrol
from ptce_workflow.base.errors import PtceError
from ptce_workflow.base.notation import from_text, to_text
from ptce_workflow.base.runtime import SetClock, never
from ptce_workflow.process.letters.message import MailKey
from ptce_workflow.reports.scheduler import FAILED, steps
from ptce_workflow.scheduler import passes
from tests import mailing
from tests.mailing import at, pass_at, settings, subjects
from tests.rehearsal import added, attack, lines, move, submitted
from tests.smtp import Server

begun, folder, server = mailing.begun, mailing.folder, mailing.server
contest = mailing.contest_as_it_is

HELD, AHEAD = "stage = 'held'", "stage = 'planned' AND notification = 'reminder'"
NOW = "stage = 'planned' AND notification = 'opened'"
EARLY, PAST = "'2024-02-20T09:00:00.000000Z'", "'2024-02-20T08:59:00.000000Z'"
PLANTED = (
    "INSERT INTO message SELECT contest, 900, case_id, notification, '77', recipient, due, "
    "next_at, stage, held, sequence, attempts, worker, lease_until, words, address, sha256, said, "
    "read, sent, erased FROM message WHERE number = ?"
)
FORGED = {
    "a_held_letter_is_planned": (HELD, "stage = 'planned', held = FALSE", "stage"),
    "its_stage_alone": (HELD, "stage = 'planned'", "stage"),
    "a_held_letter_is_queued": (HELD, "stage = 'queued'", "stage"),
    "a_held_letter_is_tried_again": (HELD, f"stage = 'retry', next_at = {EARLY}", "stage"),
    "a_held_letter_was_claimed": (HELD, f"stage = 'claimed', lease_until = {PAST}", "stage"),
    "a_held_letter_was_leaving": (HELD, f"stage = 'data', lease_until = {PAST}", "stage"),
    "a_reminder_is_due_earlier": (AHEAD, f"due = {EARLY}, next_at = {EARLY}", "due"),
    "a_reminder_leaves_earlier": (AHEAD, f"next_at = {EARLY}", "next_at"),
    "a_reminder_is_queued": (AHEAD, "stage = 'queued'", "stage"),
    "another_reader": (NOW, "recipient = 'P-001'", "recipient"),
    "another_mail": (NOW, "notification = 'given_back'", "notification"),
    "about_the_contest": (NOW, "case_id = ''", "number"),
    "an_update_of_an_entry": (NOW, "sequence = 3", "sequence"),
    "held_before": (NOW, "held = TRUE", "held"),
    "read_before": (NOW, "read = 'x'", "read"),
    "planted": (NOW, "", "number"),
}


@pytest.fixture
def waiting(contest: Contest) -> Contest:
    """The letter of a decision is held, reminders wait, and mails are due."""
    move(contest, "give_back", submitted(contest), reason="Une pièce manque.")
    added(contest)
    return contest


def forge(contest: Contest, where: str, change: str) -> str:
    """Changes the first row of those, or plants one like it; its name."""
    with attack(contest) as database:
        found = database.execute(f"SELECT number FROM message WHERE {where} ORDER BY number")
        (number,) = found.fetchone()
        statement = f"UPDATE message SET {change} WHERE number = ?" if change else PLANTED
        assert database.execute(statement, (number,)).rowcount == 1
    return f"M-{number if change else 900:03d}"


@pytest.mark.served
@pytest.mark.parametrize("how", FORGED)
def test_left_alone_and_told(waiting: Contest, server: Server, how: str) -> None:
    where, change, column = FORGED[how]
    name = forge(waiting, where, change)
    complaints = list[PtceError]()
    waiting.complain = complaints.append
    before = len(lines(waiting))
    assert pass_at(waiting, server, "2024-02-20T10:01").left_alone == (name,)
    assert not any(name.encode() in line for line in lines(waiting)[before:])
    assert not any(one.startswith(("given_back", "reminder")) for one in subjects(server))
    assert [f"{name} ({column})" in one.what for one in complaints] == [True]
    [mails] = [one for one in steps(lambda: waiting, waiting.folder) if one.step == "mails"]
    assert mails.outcome == FAILED
    assert name in (mails.said or "")


@pytest.mark.served
def test_the_others_leave_all_the_same(waiting: Contest, server: Server) -> None:
    """However many rows are planted, and although they come first."""
    with attack(waiting) as database:
        (number,) = database.execute(f"SELECT number FROM message WHERE {NOW}").fetchone()
        for planted in range(900, 912):
            statement = PLANTED.replace("900", str(planted)).replace("77", str(planted))
            database.execute(statement, (number,))
        database.execute(f"UPDATE message SET next_at = {PAST} WHERE number >= 900")
    done = pass_at(waiting, server, "2024-02-20T10:01")
    assert len(done.left_alone) == 12
    assert "opened: C-002" in subjects(server)


def test_no_act_of_the_desk_follows_it(waiting: Contest) -> None:
    name = forge(waiting, AHEAD, "stage = 'held', held = TRUE")
    with pytest.raises(PtceError, match=rf"{name} \(stage\)"):
        release(waiting, [name])
    with pytest.raises(PtceError, match=rf"{name} \(stage\)"):
        drop(waiting, name, "Pour rien.")


def test_an_act_cancels_no_planted_row(waiting: Contest) -> None:
    name, before = forge(waiting, NOW, ""), len(lines(waiting))
    move(waiting, "withdraw", "C-002")
    new = lines(waiting)[before:]
    assert any(b"messages_cancelled" in line for line in new)
    assert not any(name.encode() in line for line in new)


LATER = {
    "by_a_day": ("notification = 'reminder'", "2024-02-21T09:00", 1, True),
    "by_13_days": ("notification = 'reminder'", "2024-02-21T09:00", 13, True),
    "until_the_office_opens": ("notification = 'reminder'", "2024-03-04T22:00", 1, False),
    "for_another_day_after_that": ("notification = 'reminder'", "2024-03-04T22:00", 2, True),
}


@pytest.mark.parametrize("how", LATER)
def test_kept_back(waiting: Contest, how: str) -> None:
    """Before its hour a mail waits for that alone; afterwards, for the next hour of mails."""
    where, now, days, found = LATER[how]
    with attack(waiting) as database:
        first = f"SELECT number, due FROM message WHERE {where} ORDER BY due, number"
        number, due = database.execute(first).fetchone()
        hour = to_text(from_text(due) + timedelta(days=days))
        database.execute("UPDATE message SET next_at = ? WHERE number = ?", (hour, number))
    assert isinstance(waiting.clock, SetClock)
    waiting.clock.instant = at(now)
    faults = [f"The mail M-{number:03d} is kept back until {hour}."] if found else []
    assert [one.what for one in verify(waiting).faults] == faults


@pytest.mark.served
def test_what_time_did_not_try_is_remarked(
    waiting: Contest, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The drafts have lapsed, and mails left for days: no line tells of the lapse."""
    monkeypatch.setattr(passes, "_make_due_transitions", lambda *_of, **_sure: ())
    pass_at(waiting, server, "2024-03-20T09:00")
    release(waiting, [one.name for one in messages(waiting, ["held"])])
    pass_at(waiting, server, "2024-03-20T09:01")
    remarks = [one.why for one in verify(waiting).remarks if "Time was to make" in one.what]
    assert [one.split(",")[0] for one in remarks] == ["C-001: lapse", "C-002: lapse"]
    monkeypatch.undo()
    pass_at(waiting, server, "2024-03-20T09:02")
    assert verify(waiting).remarks == ()


def test_who_is_enrolled_later_was_owed_nothing(waiting: Contest) -> None:
    """At the same instant, by the same hand: a rehearsal's clock stands still."""
    move(waiting, "withdraw", "C-002")
    enrol(waiting, "Bea", ["desk"], email="bea@desk.example")
    assert verify(waiting).remarks == ()


def test_a_mail_that_nobody_planned_is_remarked(
    waiting: Contest, monkeypatch: pytest.MonkeyPatch
) -> None:
    def without_receipts(
        mailing: Mailing, case_id: str, ahead: Mapping[MailKey, datetime], *of: Any
    ) -> None:
        plan(mailing, case_id, {key: at for key, at in ahead.items() if key[0] != "receipt"}, *of)

    plan = Mailing.plan
    monkeypatch.setattr(Mailing, "plan", without_receipts)
    move(waiting, "submit", "C-002")
    [remark] = verify(waiting).remarks
    assert remark.what == "A mail was owed, and no line plans it."
    assert remark.why.startswith("receipt to contact, on 2024-02-20T09:00")


SHOWN = {
    "at_another_hour": "next_at = '2024-05-01T06:30:00.000000Z'",
    "after_more_tries": "attempts = 7",
    "to_nobody": "address = ''",
    "without_an_answer": "said = ''",
    "with_other_bytes": "sha256 = ''",
    "in_the_words_of_another": "words = replace(words, 'C-002', 'C-001')",
    "in_damaged_words": "words = '{\"x\":1}'",
    "in_no_words": "words = ''",
    "as_erased": "words = '', erased = TRUE",
}


@pytest.mark.served
@pytest.mark.parametrize("how", SHOWN)
def test_what_left_is_shown_from_its_line_and_its_bytes(
    waiting: Contest, server: Server, how: str
) -> None:
    pass_at(waiting, server, "2024-02-20T10:01")
    where = "notification = 'opened' AND stage = 'sent'"
    name = forge(waiting, where, "attempts = attempts")
    before = letter_view(waiting, name)
    assert before.letter.subject.startswith("[REHEARSAL] opened: C-00")
    assert before.eml in [one.content for one in server.received]
    forge(waiting, where, SHOWN[how])
    after = letter_view(waiting, name)
    assert (after.posted, after.letter, after.eml) == (before.posted, before.letter, before.eml)
    assert all(name in f"{one.what}" for one in verify(waiting).faults)
    assert not verify(waiting).intact


@pytest.mark.served
def test_bytes_that_did_not_leave_are_not_shown(waiting: Contest, server: Server) -> None:
    pass_at(waiting, server, "2024-02-20T10:01")
    name = forge(waiting, "notification = 'opened' AND stage = 'sent'", "attempts = 1")
    with attack(waiting) as database:
        database.execute("DELETE FROM mail WHERE number = ?", (int(name[2:]),))
    with pytest.raises(PtceError, match=f"The mail {name} is missing"):
        letter_view(waiting, name)


@pytest.mark.served
def test_what_waits_in_the_queue_is_in_no_line(waiting: Contest, server: Server) -> None:
    """A limit: whoever changes words, bytes and hash of what nobody has to read, is believed."""
    post_due(waiting, settings(server), never)
    with attack(waiting) as database:
        where = "message.number = mail.number AND notification = 'opened' AND stage = 'queued'"
        query = f"SELECT mail.number, content FROM message, mail WHERE {where}"
        number, content = database.execute(query).fetchone()
        forged = bytes(content).replace(b"Words.", b"Lies!!")
        words, kept = "words = replace(words, 'Words.', 'Lies!!')", sha256(forged).hexdigest()
        database.execute("UPDATE mail SET content = ? WHERE number = ?", (forged, number))
        statement = f"UPDATE message SET sha256 = ?, {words} WHERE number = ?"
        database.execute(statement, (kept, number))
    assert pass_at(waiting, server, "2024-02-20T10:01").left_alone == ()
    assert forged in [one.content for one in server.received]
    assert verify(waiting).intact
