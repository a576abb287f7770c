"""Mails follow from what happens: planned, or cancelled, in the transaction that makes it so."""

import pytest

from ptce_workflow.app.adopt import adopt
from ptce_workflow.app.audit.verify import verify
from ptce_workflow.app.candidatures.advance import advance
from ptce_workflow.app.candidatures.record import record
from ptce_workflow.app.contest import Contest
from ptce_workflow.app.outbox.desk import messages
from ptce_workflow.app.outbox.plan import number_of
from ptce_workflow.app.people import enrol, leave
from ptce_workflow.base.errors import Misuse
from ptce_workflow.base.runtime import SetClock
from tests import mailing
from tests.mailing import at, brief, cancelled, notify, pass_at, planned, subjects, told
from tests.rehearsal import added, edit, lines, move, opened, scored, submitted, types
from tests.smtp import Server

begun, contest, folder, server = mailing.begun, mailing.contest, mailing.folder, mailing.server

OF_A_DRAFT = [
    ("incomplete", "contact", "03-06 10:00"),
    ("reminder", "contact", "03-04 09:00"),
    ("reminder", "contact", "03-08 09:00"),
]


def test_planned_as_it_is_opened(contest: Contest) -> None:
    added(contest)
    assert planned(contest) == [
        *OF_A_DRAFT,
        ("opened", "contact", "02-20 10:00"),
        ("visit", "contact", "02-20 10:00"),
    ]
    assert types(contest)[-3:] == ["candidature_opened", "facts_recorded", "messages_planned"]


def test_what_a_line_tells(contest: Contest) -> None:
    added(contest)
    [line] = told(contest, "messages_planned")
    assert line.case is not None
    assert line.data["messages"][0] == {
        "message": "M-001",
        "notification": "incomplete",
        "occurrence": "2024-03-06T09:00:00.000000Z",
        "recipient": "contact",
        "due": "2024-03-06T09:00:00.000000Z",
        "held": False,
        "sequence": 0,
    }
    opening = line.data["messages"][3]
    assert opening["notification"] == "opened"
    assert opening["occurrence"] == str(line.n - 2)


def test_submitting_cancels_reminders(contest: Contest) -> None:
    """In the transaction that submits: the reminders go, the receipt comes, the meeting stays."""
    ref = added(contest)
    before = len(lines(contest))
    move(contest, "submit", ref)
    assert types(contest)[before:] == ["transition_made", "messages_cancelled", "messages_planned"]
    gone = [(name, "state") for name in ("incomplete", "reminder", "reminder", "opened")]
    assert cancelled(contest) == gone
    assert [one.notification for one in messages(contest)] == ["visit", "receipt"]


def test_refused_changes_nothing(contest: Contest) -> None:
    """A rule that stands in the way leaves the reminders where they are."""
    ref = added(contest, amount=None)
    before = brief(messages(contest))
    assert not advance(contest, [ref], "submit")[0].made
    assert brief(messages(contest)) == before
    assert cancelled(contest) == []


def test_tried_only(contest: Contest) -> None:
    """A trial run plans nothing."""
    ref = added(contest)
    before = (lines(contest), messages(contest))
    advance(contest, [ref], "submit", dry_run=True)
    assert (lines(contest), messages(contest)) == before


def test_withdrawing_cancels(contest: Contest) -> None:
    """Nothing that was ahead is left; the desk is told only where it has an address."""
    ref = added(contest)
    move(contest, "withdraw", ref)
    assert [name for name, _why in cancelled(contest)] == [
        "incomplete",
        "reminder",
        "reminder",
        "opened",
        "visit",
    ]
    assert messages(contest) == ()


def test_to_the_desk_about_a_candidature(contest: Contest) -> None:
    enrol(contest, "Anne", ["desk"], login="anne", email="anne@contest.example")
    enrol(contest, "Paul", ["desk"], login="paul", email="paul@contest.example")
    enrol(contest, "Lise", ["desk"], login="lise")
    move(contest, "withdraw", added(contest))
    assert planned(contest)[-2:] == [
        ("gone", "P-001", "02-20 10:00"),
        ("gone", "P-002", "02-20 10:00"),
    ]


def test_back_to_where_it_was(contest: Contest, clock: SetClock) -> None:
    ref = added(contest)
    names = {one.name for one in messages(contest) if one.notification == "reminder"}
    move(contest, "submit", ref)
    clock.instant = at("2024-03-05T10:00")
    move(contest, "give_back", ref, reason="Une pièce manque.")
    again = [one for one in messages(contest) if one.notification in ("reminder", "incomplete")]
    assert brief(again) == [
        ("incomplete", "planned", "03-06 10:00"),
        ("reminder", "planned", "03-08 09:00"),
    ]
    assert again[1].name in names
    [held] = messages(contest, ["held"])
    assert (held.notification, held.held) == ("given_back", True)


def test_planned_twice(contest: Contest) -> None:
    """A fact that moves no reminder plans none; there is never a second of the same slot."""
    ref = added(contest)
    before = messages(contest)
    record(contest, ref, {"dossier": {"amount": "450"}})
    assert messages(contest) == before
    assert len(told(contest, "messages_planned")) == 1


@pytest.mark.long
def test_a_transition_to_the_same_state(contest: Contest, server: Server) -> None:
    edit(
        contest,
        "states/draft.toml",
        "[transitions.lapse]",
        '[transitions.nudge]\nlabel = "Nudge"\nto = "draft"\nchoice = "if need be"\n\n'
        "[transitions.lapse]",
    )
    notify(contest.folder, "nudged", 'on = "draft.nudge"')
    adopt(contest, "Relancer.")
    ref = added(contest)
    move(contest, "nudge", ref)
    pass_at(contest, server, "2024-02-20T10:01")
    move(contest, "nudge", ref)
    pass_at(contest, server, "2024-02-20T10:02")
    assert subjects(server).count("nudged: C-001") == 2
    assert len(messages(contest, ["planned"], notification="reminder")) == 2


def test_a_reminder_that_hangs_on_when_it_came_there(contest: Contest, clock: SetClock) -> None:
    ref = scored(contest)
    clock.instant = at("2024-03-12T10:00")
    move(contest, "select", ref)
    assert brief(messages(contest, notification="follow_up")) == [
        ("follow_up", "planned", "03-22 09:00")
    ]
    assert brief(messages(contest, ["held"])) == [("chosen", "held", "03-25 10:00")]


def test_a_reminder_that_hangs_on_a_fact(contest: Contest) -> None:
    notify(
        contest.folder,
        "birthday",
        'to = "contact"\nat = ["dossier.founded + 5 years at 09:00"]\nin = ["draft"]',
    )
    adopt(contest, "Un anniversaire.")
    ref = added(contest, founded="2019-03-01")
    assert planned(contest)[0] == ("birthday", "contact", "03-01 09:00")
    record(contest, ref, {"dossier": {"founded": "2019-03-04"}})
    assert cancelled(contest) == [("birthday", "state")]
    assert brief(messages(contest, notification="birthday")) == [
        ("birthday", "planned", "03-04 09:00")
    ]
    record(contest, ref, {"dossier": {"founded": None}})
    assert messages(contest, notification="birthday") == ()
    record(contest, ref, {"dossier": {"founded": "2019-03-01"}})
    assert messages(contest, notification="birthday")[0].name == "M-001"


def test_many_at_once(contest: Contest) -> None:
    """Candidatures that move together each have their own mails, and every name is its own."""
    refs = [added(contest, name=f"Collectif {number}") for number in range(4)]
    move(contest, "submit", *refs)
    names = [one.name for one in messages(contest, ["planned", "cancelled"])]
    assert len(names) == len(set(names)) == 4 * 6
    assert {one.ref for one in messages(contest, notification="receipt")} == set(refs)


def test_enrolling_a_juror(contest: Contest) -> None:
    """A juror with an address gets what the jury gets, from now on; one without gets nothing."""
    enrol(contest, "Nour", ["jury"], institution="north", login="nour", email="nour@nord.example")
    assert planned(contest) == [
        ("jury", "P-002", "03-12 09:00"),
        ("sheets", "P-002", "03-15 09:00"),
        ("sheets", "P-002", "03-19 09:00"),
    ]
    enrol(contest, "Sacha", ["jury"], institution="south", login="sacha")
    assert len(planned(contest)) == 3


def test_enrolling_a_juror_late(contest: Contest, clock: SetClock) -> None:
    clock.instant = at("2024-03-15T09:00")
    enrol(contest, "Nour", ["jury"], institution="north", login="nour", email="nour@nord.example")
    assert planned(contest) == [("sheets", "P-002", "03-19 09:00")]


def test_enrolling_again(contest: Contest) -> None:
    """The same person under another address: nothing is planned twice."""
    for address in ("nour@nord.example", "nour@ailleurs.example"):
        enrol(contest, "Nour", ["jury"], institution="north", login="nour", email=address)
    assert len(planned(contest)) == 3
    assert {one.address for one in messages(contest)} == {"nour@ailleurs.example"}
    assert {one.to for one in messages(contest)} == {"Nour"}


def test_no_address_any_more(contest: Contest) -> None:
    enrol(contest, "Nour", ["jury"], institution="north", login="nour", email="nour@nord.example")
    before = brief(messages(contest))
    enrol(contest, "Nour", ["jury"], institution="north", login="nour")
    assert messages(contest) == ()
    assert {why for _name, why in cancelled(contest)} == {"recipient"}
    enrol(contest, "Nour", ["jury"], institution="north", login="nour", email="nour@nord.example")
    assert brief(messages(contest)) == before


def test_leaving(contest: Contest) -> None:
    """Whoever leaves gets no more mail; the others do."""
    for login, institution in (("nour", "north"), ("sacha", "south")):
        address = f"{login}@jury.example"
        enrol(contest, login, ["jury"], institution=institution, login=login, email=address)
    leave(contest, "nour")
    assert {one.recipient for one in messages(contest)} == {"P-003"}
    assert cancelled(contest) == [(name, "recipient") for name in ("jury", "sheets", "sheets")]


def test_leaving_before_it_was_read(contest: Contest) -> None:
    notify(contest.folder, "gone", 'to = "desk"\nheld = true')
    adopt(contest, "On relit.")
    for login in ("anne", "paul"):
        enrol(contest, login, ["desk"], login=login, email=f"{login}@contest.example")
    move(contest, "withdraw", added(contest))
    leave(contest, "paul")
    assert {one.to for one in messages(contest, ["held"])} == {"anne"}
    assert cancelled(contest)[-1] == ("gone", "recipient")


def test_another_role(contest: Contest, server: Server) -> None:
    """What goes to the desk does not go to somebody who has become something else meanwhile."""
    enrol(contest, "Paul", ["desk"], login="paul", email="paul@contest.example")
    ref = added(contest)
    move(contest, "withdraw", ref)
    enrol(contest, "Paul", ["auditor"], login="paul", email="paul@contest.example")
    pass_at(contest, server, "2024-02-20T10:01")
    assert "gone: C-001" not in subjects(server)
    assert cancelled(contest)[-1] == ("gone", "recipient")


def test_leaving_and_coming_back(contest: Contest, server: Server) -> None:
    enrol(contest, "Anne", ["desk"], login="anne", email="anne@contest.example")
    enrol(contest, "Paul", ["desk"], login="paul")
    held = added(contest)
    move(contest, "submit", held)
    move(contest, "give_back", held, reason="Une pièce manque.")
    with opened(contest.folder, SetClock(at("2024-02-20T11:00")), "paul") as other:
        leave(other, "anne")
        assert messages(other, notification="digest") == ()
        enrol(other, "Anne", ["desk"], login="anne", email="anne@contest.example")
    for day in ("2024-02-21T08:30", "2024-02-22T08:30"):
        pass_at(contest, server, day)
    assert subjects(server).count("digest: Anne") == 2


def test_the_digest_goes_on(contest: Contest, server: Server) -> None:
    """Each one plans the next, until the last day; one that would be empty does not leave."""
    enrol(contest, "Anne", ["desk"], login="anne", email="anne@contest.example")
    pass_at(contest, server, "2024-02-21T08:30")
    digests = brief(messages(contest, ["cancelled", "sent", "planned"], notification="digest"))
    assert digests[-1] == ("digest", "planned", "02-22 08:30")
    pass_at(contest, server, "2024-04-12T08:30")
    assert brief(messages(contest, notification="digest")) == []
    assert messages(contest, ["expired"], notification="digest") != ()


def test_a_digest_after_a_stop(contest: Contest, server: Server) -> None:
    enrol(contest, "Anne", ["desk"], login="anne", email="anne@contest.example")
    pass_at(contest, server, "2024-02-28T10:00")
    assert brief(messages(contest, ["expired", "planned"], notification="digest")) == [
        ("digest", "expired", "02-28 10:00"),
        ("digest", "planned", "02-29 08:30"),
    ]


@pytest.mark.parametrize(("name", "number"), [("M-012", 12), ("m-12", 12), ("7", 7)])
def test_names(name: str, number: int) -> None:
    """A message is found by its number, however it is written."""
    assert number_of(name) == number


@pytest.mark.parametrize("name", ["", "M-", "C-001", "M-1.5", "M--1", "M-²", "M-1234567890", "x"])
def test_no_names(name: str) -> None:
    """Anything else is told."""
    with pytest.raises(Misuse, match="is not a message"):
        number_of(name)


def test_submitted_without_a_draft_reminder_left(contest: Contest, server: Server) -> None:
    """Once it is submitted, no reminder to finish it ever leaves."""
    submitted(contest)
    for day in ("2024-03-04T09:00", "2024-03-06T10:00", "2024-03-08T09:00"):
        pass_at(contest, server, day)
    assert [one for one in subjects(server) if not one.startswith("receipt")] == ["visit: C-001"]


def test_what_a_juror_makes_moot_the_courier_cancels(contest: Contest, server: Server) -> None:
    """A juror's act plans, and cancels nothing; no reminder of it leaves."""
    by = 'to = "submitted"\nby = ["desk", "jury"]'
    edit(contest, "states/draft.toml", 'to = "submitted"', by)
    adopt(contest, "A juror may submit.")
    enrol(contest, "Nour", ["jury"], institution="north", login="nour", email="nour@nord.example")
    ref = added(contest)
    pass_at(contest, server, "2024-02-20T10:01")
    before, contest.actor = len(lines(contest)), "nour"
    move(contest, "submit", ref)
    assert types(contest)[before:] == ["transition_made", "messages_planned"]
    contest.actor = "anne"
    gone = [("reminder", "state"), ("incomplete", "state"), ("reminder", "state")]
    assert {name for name, _why in gone} < {one.notification for one in messages(contest)}
    for day in ("2024-03-04T09:01", "2024-03-06T10:01", "2024-03-08T09:01"):
        pass_at(contest, server, day)
    assert cancelled(contest) == gone
    assert {line.actor for line in told(contest, "messages_cancelled")} == {"courier"}
    assert {subject.partition(": ")[0] for subject in subjects(server)} == {"opened", "visit"}
    assert verify(contest).faults == ()
