"""Adopting a process in which a date has moved, or a mail has changed: what waits follows."""

import re
import shutil

import pytest
from icalendar import Calendar

import ptce_workflow.app.outbox.desk as desk
from ptce_workflow.app.adopt import adopt
from ptce_workflow.app.contest import Contest
from ptce_workflow.app.outbox.delivery import claim, post_due, step
from ptce_workflow.app.outbox.desk import letter_view, release
from ptce_workflow.app.people import enrol
from ptce_workflow.base.runtime import SetClock, never
from tests import mailing
from tests.mailing import (
    at,
    body_of,
    brief,
    calendar_of,
    cancelled,
    notify,
    pass_at,
    read,
    settings,
    subjects,
    told,
)
from tests.rehearsal import added, edit, move, scored, submitted, types
from tests.smtp import Misbehaviour, Received, Server

begun, contest, folder, server = mailing.begun, mailing.contest, mailing.folder, mailing.server

A_WEEK_LATER = ("at = 2024-03-11T12:00:00", "at = 2024-03-18T12:00:00")
MEETINGS = ("at = 2024-03-06T14:00:00", "at = 2024-03-07T10:00:00", "at = 2024-03-08T10:00:00")


def change(contest: Contest, old: str, new: str, file: str = "config.toml") -> None:
    """Changes one place of the folder, and adopts it."""
    edit(contest, file, old, new)
    adopt(contest, "Une autre date.")


def entries(server: Server) -> list[tuple[str, int, str]]:
    """The calendar entries that came: which, its sequence, when it begins; in order."""
    found = []
    for received in _invitations(server):
        [event] = Calendar.from_ical(calendar_of(received)).walk("VEVENT")
        begins = read(event.decoded("DTSTART"))
        found.append((str(event["UID"]), int(str(event["SEQUENCE"])), begins))
    return found


def _invitations(server: Server) -> list[Received]:
    return [one for one in server.received if "visit" in one.subject]


def test_a_deadline_that_moves(contest: Contest, server: Server) -> None:
    added(contest)
    pass_at(contest, server, "2024-02-20T10:00")
    before = len(types(contest))
    change(contest, *A_WEEK_LATER)
    assert types(contest)[before:] == ["process_adopted", "messages_cancelled", "messages_planned"]
    assert {why for _name, why in cancelled(contest)} == {"process"}
    assert brief(desk.messages(contest)) == [
        ("reminder", "planned", "03-11 09:00"),
        ("incomplete", "planned", "03-13 10:00"),
        ("reminder", "planned", "03-15 09:00"),
    ]
    assert contest.process.hash == told(contest, "messages_planned")[-1].process


def test_there_and_back(contest: Contest) -> None:
    """A deadline that moves back finds its reminders, under their old names."""
    enrol(contest, "Nour", ["jury"], institution="north", login="nour", email="nour@nord.example")
    added(contest)
    before = [(one.name, one.due) for one in desk.messages(contest)]
    change(contest, *A_WEEK_LATER)
    assert [(one.name, one.due) for one in desk.messages(contest)] != before
    change(contest, *reversed(A_WEEK_LATER))
    assert [(one.name, one.due) for one in desk.messages(contest)] == before


def test_a_remark(contest: Contest) -> None:
    """What changes no mail cancels none and plans none."""
    enrol(contest, "Anne", ["desk"], login="anne", email="anne@contest.example")
    added(contest)
    before = brief(desk.messages(contest))
    change(contest, "# A contest made", "# A small contest made")
    assert brief(desk.messages(contest)) == before
    assert cancelled(contest) == []


def test_an_entry_whose_date_moves(contest: Contest, server: Server) -> None:
    added(contest)
    pass_at(contest, server, "2024-02-20T10:00")
    change(contest, *MEETINGS[:2])
    pass_at(contest, server, "2024-02-20T10:01")
    (first, zero, then), (second, one, later) = entries(server)
    assert first == second
    assert (zero, one) == (0, 1)
    assert (then, later) == ("03-06 14:00", "03-07 10:00")
    invited, moved = _invitations(server)
    assert body_of(moved).startswith("Moved: ")
    assert invited.message["Message-ID"] != moved.message["Message-ID"]


def test_an_entry_that_moves_to_and_fro(contest: Contest, server: Server) -> None:
    added(contest)
    pass_at(contest, server, "2024-02-20T10:00")
    first, second, third = MEETINGS
    for number, (old, new) in enumerate(
        [(first, second), (second, first), (first, second), (second, third)], 1
    ):
        change(contest, old, new)
        pass_at(contest, server, f"2024-02-20T10:0{number}")
    told = entries(server)
    assert len({uid for uid, _sequence, _begins in told}) == 1
    assert [(sequence, begins) for _uid, sequence, begins in told] == [
        (0, "03-06 14:00"),
        (1, "03-07 10:00"),
        (2, "03-06 14:00"),
        (3, "03-07 10:00"),
        (4, "03-08 10:00"),
    ]
    assert desk.messages(contest, ["failed", "uncertain", "expired"]) == ()


def test_an_update_that_has_not_left(contest: Contest, server: Server) -> None:
    added(contest)
    pass_at(contest, server, "2024-02-20T10:00")
    change(contest, *MEETINGS[:2])
    change(contest, *MEETINGS[1:])
    pass_at(contest, server, "2024-02-20T10:01")
    assert [begins for _uid, _sequence, begins in entries(server)] == ["03-06 14:00", "03-08 10:00"]
    assert entries(server)[1][1] > 0


def test_an_invitation_that_has_not_left(contest: Contest, server: Server) -> None:
    added(contest)
    change(contest, *MEETINGS[:2])
    pass_at(contest, server, "2024-02-20T10:00")
    assert [(sequence, begins) for _uid, sequence, begins in entries(server)] == [
        (0, "03-07 10:00")
    ]


def test_whoever_left_is_not_told(contest: Contest, server: Server) -> None:
    """A candidature that has withdrawn since gets no update."""
    ref = added(contest)
    pass_at(contest, server, "2024-02-20T10:00")
    move(contest, "withdraw", ref)
    change(contest, *MEETINGS[:2])
    pass_at(contest, server, "2024-02-20T10:01")
    assert len(entries(server)) == 1


def test_the_title_of_an_entry(contest: Contest, server: Server) -> None:
    added(contest)
    pass_at(contest, server, "2024-02-20T10:00")
    change(contest, '"Meeting"', '"The meeting"')
    pass_at(contest, server, "2024-02-20T10:01")
    assert len(entries(server)) == 1


def test_an_announcement_that_is_put_off(contest: Contest, server: Server, clock: SetClock) -> None:
    first, second = scored(contest), scored(contest, name="Le Moulin")
    clock.instant = at("2024-03-12T10:00")
    move(contest, "select", first, second)
    released = desk.messages(contest, ["held"])[0].name
    release(contest, [released])
    change(contest, "2024-03-25T10:00:00", "2024-03-28T10:00:00", "notifications/chosen.md")
    assert brief(desk.messages(contest, notification="chosen")) == [
        ("chosen", "held", "03-28 10:00"),
        ("chosen", "held", "03-28 10:00"),
    ]
    pass_at(contest, server, "2024-03-25T10:00")
    release(contest, [one.name for one in desk.messages(contest, ["held"])])
    pass_at(contest, server, "2024-03-28T09:59")
    assert "chosen: C-001" not in subjects(server)
    pass_at(contest, server, "2024-03-28T10:00")
    assert {"chosen: C-001", "chosen: C-002"} <= set(subjects(server))


def test_an_announcement_that_is_made_earlier(contest: Contest, clock: SetClock) -> None:
    ref = scored(contest)
    clock.instant = at("2024-03-12T10:00")
    move(contest, "select", ref)
    file = "notifications/chosen.md"
    change(contest, "not_before = 2024-03-25T10:00:00", "not_before = 2024-03-11T10:00:00", file)
    assert brief(desk.messages(contest, ["held"])) == [("chosen", "held", "03-12 10:00")]


def test_an_announcement_that_came_is_left_alone(contest: Contest, clock: SetClock) -> None:
    ref = scored(contest)
    clock.instant = at("2024-03-12T10:00")
    move(contest, "select", ref)
    before = brief(desk.messages(contest, ["held"]))
    clock.instant = at("2024-03-26T10:00")
    change(contest, *MEETINGS[:2])
    assert brief(desk.messages(contest, ["held"])) == before


@pytest.mark.parametrize("held", ["true", "false"])
def test_a_mail_that_somebody_reads_from_now_on(
    contest: Contest, server: Server, held: str
) -> None:
    enrol(contest, "Nour", ["jury"], institution="north", login="nour", email="nour@nord.example")
    added(contest)
    for value in ("true", held):
        for name in ("opened", "reminder", "jury"):
            _hold(contest, name, value)
        adopt(contest, "On relit, ou non.")
    stages = {
        name: {str(one.stage) for one in desk.messages(contest, notification=name)}
        for name in ("opened", "reminder", "jury")
    }
    stage = "held" if held == "true" else "planned"
    assert stages == {"opened": {stage}, "reminder": {stage}, "jury": {stage}}
    pass_at(contest, server, "2024-03-12T09:00")
    assert ("jury: Nour" in subjects(server)) == (held == "false")


def _hold(contest: Contest, name: str, value: str) -> None:
    """Says whether a notification waits for a reader."""
    file = contest.folder / "notifications" / f"{name}.md"
    text = re.sub(r"held = .*\n", "", file.read_text("utf-8"))
    file.write_text(text.replace("+++\n", f"+++\nheld = {value}\n", 1), "utf-8")


def test_a_mail_of_a_juror(contest: Contest) -> None:
    enrol(contest, "Nour", ["jury"], institution="north", login="nour", email="nour@nord.example")
    change(contest, *A_WEEK_LATER)
    assert brief(desk.messages(contest, notification="jury")) == [
        ("jury", "planned", "03-19 09:00")
    ]


def test_other_office_hours(contest: Contest) -> None:
    """The same mail, at the hour at which it may leave now."""
    enrol(contest, "Nour", ["jury"], institution="north", login="nour", email="nour@nord.example")
    added(contest)
    names = {one.name for one in desk.messages(contest)}
    config = contest.folder / "config.toml"
    config.write_text(config.read_text("utf-8") + '\n[mail]\nopens = "11:30"\n', "utf-8")
    adopt(contest, "On ouvre plus tard.")
    hours = {f"{one.due.astimezone(mailing.PARIS):%H:%M}" for one in desk.messages(contest)}
    assert hours == {"10:00", "11:30"}
    assert {one.name for one in desk.messages(contest)} == names


def test_a_new_notification(contest: Contest) -> None:
    """Candidatures that are there already get what is still ahead of them."""
    ref = added(contest)
    notify(
        contest.folder,
        "more",
        'to = "contact"\nat = ["2024-02-19T09:00:00", "2024-02-21T09:00:00"]\nin = ["draft"]',
    )
    adopt(contest, "Un rappel de plus.")
    assert brief(desk.messages(contest, ref=ref, notification="more")) == [
        ("more", "planned", "02-21 09:00")
    ]


def test_no_notification_any_more(contest: Contest, server: Server) -> None:
    enrol(contest, "Anne", ["desk"], login="anne", email="anne@contest.example")
    added(contest)
    shutil.rmtree(contest.folder / "notifications")
    adopt(contest, "Plus de courriels.")
    assert desk.messages(contest) == ()
    pass_at(contest, server, "2024-03-15T18:00")
    assert subjects(server) == []


def test_what_is_in_the_queue(contest: Contest, server: Server) -> None:
    server.always("RCPT", "450 4.2.0 later")
    added(contest)
    pass_at(contest, server, "2024-02-20T10:00")
    change(contest, *MEETINGS[:2])
    server.always("RCPT", Misbehaviour.USUAL)
    pass_at(contest, server, "2024-02-20T10:30")
    assert [(sequence, begins) for _uid, sequence, begins in entries(server)] == [
        (0, "03-07 10:00")
    ]


def test_what_a_courier_holds(contest: Contest, server: Server) -> None:
    added(contest)
    given = settings(server)
    assert post_due(contest, given, never) == 2
    messages = claim(contest, given, "a courier", 10)
    assert len(messages) == 2
    change(contest, *MEETINGS[:2])
    assert step(contest, "a courier", (), messages) == ((), ())
    pass_at(contest, server, "2024-02-20T10:00")
    assert [(sequence, begins) for _uid, sequence, begins in entries(server)] == [
        (0, "03-07 10:00")
    ]
    assert [one.attempts for one in desk.messages(contest, ["sent"])] == [1, 1]


def test_what_was_released_keeps_its_words(contest: Contest, server: Server) -> None:
    ref = submitted(contest)
    move(contest, "give_back", ref, reason="Une pièce manque.")
    [held] = desk.messages(contest, ["held"])
    release(contest, [held.name])
    words = letter_view(contest, held.name).words
    change(contest, *A_WEEK_LATER)
    assert letter_view(contest, held.name).words == words
    pass_at(contest, server, "2024-02-20T10:01")
    assert "given_back: C-001" in subjects(server)


def test_trying_it_out(contest: Contest) -> None:
    """A trial run of an adoption plans nothing."""
    added(contest)
    before = desk.messages(contest)
    edit(contest, "config.toml", *A_WEEK_LATER)
    adopt(contest, None, dry_run=True)
    assert desk.messages(contest) == before
