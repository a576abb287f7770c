"""Every mail that will leave if nobody does anything: what is told is what then happens."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from textwrap import dedent
from typing import Any

import pytest

from ptce_workflow.app.adopt import adopt
from ptce_workflow.app.audit.verify import verify
from ptce_workflow.app.contest import Contest
from ptce_workflow.app.outbox.desk import messages
from ptce_workflow.app.outbox.waiting import Ahead, forecast, waiting
from ptce_workflow.app.people import enrol
from ptce_workflow.base.runtime import SetClock
from ptce_workflow.ledger.line import decode
from ptce_workflow.scheduler.passes import tick
from tests import mailing
from tests.mailing import PARIS, at, notify, pass_at, read, settings
from tests.rehearsal import added, edit, lines, move, scored, submitted
from tests.smtp import Server

begun, contest, folder, server = mailing.begun, mailing.contest, mailing.folder, mailing.server

Row = tuple[str, str, str, str]
"""When, which notification, about which candidature, to whom."""


def rows(ahead: tuple[Ahead, ...]) -> list[Row]:
    """What is told to leave by itself, but for what comes every day."""
    return [
        (read(one.at), one.notification, one.ref, one.recipient)
        for one in ahead
        if not one.held and one.until is None
    ]


def lived(contest: Contest, server: Server, until: str) -> list[Row]:
    """What then leaves, hour by hour, while nobody does anything, but for the daily mail."""
    assert isinstance(contest.clock, SetClock)
    for now in _hours(contest.clock.now(), at(until)):
        contest.clock.instant = now
        tick(contest, settings(server))
    planned: dict[str, Mapping[str, Any]] = {}
    refs: dict[str | None, str] = {}
    found = []
    for line in map(decode, lines(contest)):
        if line.type == "candidature_opened":
            refs[line.case] = line.data["ref"]
        elif line.type == "messages_planned":
            planned |= {one["message"]: one for one in line.data["messages"]}
        elif line.type == "message_sent":
            message = planned[line.data["message"]]
            hour = read(datetime.fromisoformat(line.at))
            ref = refs.get(line.case, "")
            found.append((hour, message["notification"], ref, message["recipient"]))
    assert verify(contest).faults == ()
    return [row for row in found if row[1] != "digest"]


def _hours(now: datetime, until: datetime) -> Iterator[datetime]:
    """Now, and every half hour of the day until an instant."""
    yield now
    now = now.replace(minute=0)
    while (now := now + timedelta(minutes=30)) <= until:
        if 8 <= now.astimezone(PARIS).hour < 19:
            yield now


def test_nothing_ahead(contest: Contest) -> None:
    """Without candidatures and people, no mail will leave."""
    assert forecast(contest) == ()


@pytest.mark.long
def test_a_draft_that_lapses_by_itself(contest: Contest, server: Server) -> None:
    added(contest)
    told = rows(forecast(contest))
    assert told == [
        ("02-20 10:00", "opened", "C-001", "contact"),
        ("02-20 10:00", "visit", "C-001", "contact"),
        ("03-04 09:00", "reminder", "C-001", "contact"),
        ("03-08 09:00", "reminder", "C-001", "contact"),
        ("03-14 18:00", "lapsed", "C-001", "contact"),
    ]
    assert sorted(lived(contest, server, "2024-03-15T18:00")) == told


@pytest.mark.long
def test_what_will_not_hold(contest: Contest, server: Server) -> None:
    added(contest, amount=None)
    added(contest)
    told = rows(forecast(contest))
    assert [row for row in told if row[1] == "incomplete"] == [
        ("03-06 10:00", "incomplete", "C-001", "contact")
    ]
    assert sorted(lived(contest, server, "2024-03-15T18:00")) == sorted(told)


@pytest.mark.long
def test_a_rule_that_stands_in_the_way(contest: Contest, server: Server) -> None:
    added(contest, urgent=True)
    told = rows(forecast(contest))
    assert "lapsed" not in {name for _at, name, _ref, _to in told}
    assert sorted(lived(contest, server, "2024-03-15T18:00")) == told


@pytest.mark.long
def test_everybody(contest: Contest, server: Server, clock: SetClock) -> None:
    """Jurors, candidatures in several states, one that is selected: all of it comes true."""
    for login, institution in (("nour", "north"), ("sacha", "south")):
        address = f"{login}@jury.example"
        enrol(contest, login, ["jury"], institution=institution, login=login, email=address)
    chosen = scored(contest)
    submitted(contest)
    added(contest)
    clock.instant = at("2024-03-05T10:00")
    move(contest, "select", chosen)
    told = rows(forecast(contest))
    assert ("03-15 09:00", "follow_up", chosen, "contact") in told
    assert sorted(lived(contest, server, "2024-04-20T18:00")) == sorted(told)


@pytest.mark.long
def test_at_the_instant_of_a_transition(contest: Contest, server: Server) -> None:
    notify(contest.folder, "last", 'to = "contact"\nat = ["date.lapse"]\nin = ["draft"]')
    adopt(contest, "Un dernier mot.")
    added(contest)
    told = rows(forecast(contest))
    assert "last" not in {name for _at, name, _ref, _to in told}
    assert sorted(lived(contest, server, "2024-03-15T18:00")) == told


@pytest.mark.long
def test_one_transition_after_another(contest: Contest, server: Server) -> None:
    state = contest.folder / "states" / "lapsed.toml"
    text = state.read_text("utf-8").replace("ends = true\n", "")
    state.write_text(
        text + "\n[transitions.forget]\n"
        'label = "Forget"\nto = "closed"\n'
        'at = "entered.lapsed + 3 days"\n'
        'choice = "in the end"\n',
        "utf-8",
    )
    notify(contest.folder, "forgotten", 'on = "lapsed.forget"')
    notify(
        contest.folder,
        "regret",
        'to = "contact"\nat = ["entered.lapsed + 1 day at 10:00", "entered.lapsed + 9 days"]\n'
        'in = ["lapsed"]',
    )
    adopt(contest, "Oublier.")
    added(contest)
    told = rows(forecast(contest))
    assert told[-3:] == [
        ("03-14 18:00", "lapsed", "C-001", "contact"),
        ("03-15 10:00", "regret", "C-001", "contact"),
        ("03-17 18:00", "forgotten", "C-001", "contact"),
    ]
    assert sorted(lived(contest, server, "2024-03-30T18:00")) == told


def test_after_a_stop(contest: Contest, server: Server, clock: SetClock) -> None:
    """What is late is told for the next open hour; what came too late, or was overtaken, not."""
    added(contest)
    clock.instant = at("2024-03-09T20:00")
    told = rows(forecast(contest))
    assert told == [
        # What a transition set off does not wait for Monday.
        ("03-09 20:00", "opened", "C-001", "contact"),
        ("03-11 09:00", "reminder", "C-001", "contact"),
        ("03-14 18:00", "lapsed", "C-001", "contact"),
    ]
    assert lived(contest, server, "2024-03-15T18:00") == told


@pytest.mark.long
def test_a_state_entered_late(contest: Contest, server: Server, clock: SetClock) -> None:
    """What was due since time should have moved a candidature leaves late, or is said not to."""
    days = ", ".join(f'"date.lapse + {day} days at 10:00"' for day in (1, 4, 30))
    notify(contest.folder, "after", f'to = "contact"\nat = [{days}]\nin = ["lapsed"]')
    short = 'to = "contact"\nat = ["date.lapse + 1 day at 11:00"]\nin = ["lapsed"]\n'
    notify(contest.folder, "short", f'{short}expires = "2 hours"')
    adopt(contest, "Des suites.")
    added(contest)
    promised = [row[:2] for row in rows(forecast(contest))[-5:]]
    assert promised == [
        ("03-14 18:00", "lapsed"),
        ("03-15 10:00", "after"),
        ("03-15 11:00", "short"),
        ("03-18 10:00", "after"),
        ("04-12 10:00", "after"),
    ]
    clock.instant = at("2024-03-19T10:00")
    told = [row for row in rows(forecast(contest)) if row[1] in ("lapsed", "after", "short")]
    assert told == [
        ("03-19 10:00", "after", "C-001", "contact"),
        ("03-19 10:00", "lapsed", "C-001", "contact"),
        ("04-12 10:00", "after", "C-001", "contact"),
    ]
    left = lived(contest, server, "2024-04-14T18:00")
    assert sorted(row for row in left if row[1] in ("lapsed", "after", "short")) == told
    planned = {
        one["message"]: one["notification"]
        for line in mailing.told(contest, "messages_planned")
        for one in line.data["messages"]
    }
    expired = [line.data for line in mailing.told(contest, "messages_expired")]
    why = [(planned[name], data["why"]) for data in expired for name in data["messages"]]
    assert sorted(one for one in why if one[0] in ("after", "short")) == [
        ("after", "overtaken"),
        ("short", "late"),
    ]


def test_every_day(contest: Contest) -> None:
    """A daily mail is told once, with its last day."""
    enrol(contest, "Anne", ["desk"], login="anne", email="anne@contest.example")
    [digest] = forecast(contest)
    assert (digest.notification, digest.to, digest.ref) == ("digest", "Anne", "")
    assert (read(digest.at), digest.until and read(digest.until)) == ("02-21 08:30", "04-12 08:30")
    assert (digest.name, str(digest.stage)) == ("M-001", "planned")


def test_what_waits_for_a_person(contest: Contest, clock: SetClock) -> None:
    """What is held is told as held, at the hour for which it waits."""
    ref = scored(contest)
    clock.instant = at("2024-03-12T10:00")
    move(contest, "select", ref)
    [held] = [one for one in forecast(contest) if one.held]
    assert (held.notification, read(held.at), str(held.stage)) == ("chosen", "03-25 10:00", "held")


def test_a_mail_that_is_not_planned_yet(contest: Contest) -> None:
    added(contest)
    lapsed = forecast(contest)[-1]
    assert (lapsed.notification, lapsed.name, lapsed.stage) == ("lapsed", "", None)
    assert (lapsed.to, lapsed.label, lapsed.held) == ("Les Jardins", "Lapsed", False)


def test_looking_changes_nothing(contest: Contest, server: Server) -> None:
    """Whoever asks writes nothing."""
    added(contest)
    pass_at(contest, server, "2024-02-20T10:00")
    before = (lines(contest), messages(contest))
    forecast(contest)
    assert (lines(contest), messages(contest)) == before


def test_by_the_process_in_force(contest: Contest) -> None:
    added(contest)
    before = forecast(contest)
    edit(contest, "config.toml", "at = 2024-03-11T12:00:00", "at = 2024-03-18T12:00:00")
    assert forecast(contest) == before


@pytest.mark.long
def test_a_place_is_promised_once(contest: Contest, server: Server) -> None:
    """Of three whose hour is the same, two find a place; the third is told nothing."""
    edit(contest, "config.toml", "[totals]", '[totals]\ngone = { label = "Gone", in = ["lapsed"] }')
    room = """
    rules.room = { says = "Room", when = "total.gone < limit.places", choice = "room for two" }
    rules.nothing_urgent"""
    edit(contest, "states/draft.toml", "\nrules.nothing_urgent", dedent(room))
    adopt(contest, "Deux places.")
    for _time in range(3):
        added(contest)
    told = rows(forecast(contest))
    assert [row for row in told if row[1] == "lapsed"] == [
        ("03-14 18:00", "lapsed", "C-001", "contact"),
        ("03-14 18:00", "lapsed", "C-002", "contact"),
    ]
    assert sorted(lived(contest, server, "2024-03-15T18:00")) == sorted(told)


def test_every_list_of_mails_says_the_same(contest: Contest, clock: SetClock) -> None:
    """Of a mail that waits: what leaves is told with its hour, what is of no more use as moot."""
    added(contest)
    clock.instant = at("2024-03-07T10:00")
    ahead = forecast(contest)
    leaving = {one.name: one.at for one in ahead if one.name}
    listed = [one.forecast(leaving) for one in messages(contest)]
    moot = {one.notification for one in listed if one.moot}
    assert moot == {"visit", "incomplete"}
    assert {one.name: one.leaves for one in listed if one.leaves} == leaving
    assert waiting(contest).late == sum(one.at <= clock.now() for one in ahead)
