"""A sitting is called: its mail and its entry, the days of notice, and the second call."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from icalendar import Calendar

from ptce_workflow.app.admin.adopt import adopt
from ptce_workflow.app.admin.people import enrol
from ptce_workflow.app.admin.verify import verify
from ptce_workflow.app.contest import Contest
from ptce_workflow.app.jury.convocation import convene
from ptce_workflow.app.jury.cutoff import standing
from ptce_workflow.app.jury.sitting_run import deliberate
from ptce_workflow.app.post.desk import letter_told, messages
from ptce_workflow.base.clock import SetClock
from ptce_workflow.base.encoding import to_text
from ptce_workflow.base.errors import Misuse, PtceError
from ptce_workflow.scheduler.passes import tick
from tests.ledger.forger import Forger
from tests.mailing import calendar_of, settings
from tests.rehearsal import edit
from tests.smtp import Server
from tests.voting import MEETING, agenda, called, clock, contest, english, frozen, states

__all__ = ["called", "clock", "contest", "english"]

CALL = """+++
label = "Convocation"
on = "convened.vote"
to = "jury"
+++
# You are called to the {{ sitting.label }}{% if sitting.moved %}: new date{% endif %}

{% if sitting.call > 1 %}**Second call: no quorum is needed.**{% endif %}

On **{{ sitting.when }}**, {{ sitting.when.place }}; {{ sitting.notice }} days ahead.

{% for one in sitting.candidatures %}- {{ one.ref }} {{ one.name }}
{% endfor %}
"""
NOTICE = """
[sittings.vote.rules.notice]
says = "It was called five days before, or this is a second call"
when = "sitting.notice >= 5 || sitting.call > 1"
choice = "five days"
"""


@pytest.fixture
def calls(contest: Contest, clock: SetClock) -> Contest:
    """A contest that calls its sitting by a mail, five days before; two candidatures are ranked."""
    (contest.folder / "notifications").mkdir(exist_ok=True)
    (contest.folder / "notifications" / "call.md").write_text(CALL, "utf-8")
    last = 'choice = "four voices may be even"\n'
    edit(contest, "config.toml", last, f'at = "date.meeting"\n{last}{NOTICE}')
    edit(contest, "config.toml", "2024-04-09T14:00:00,", '2024-04-09T14:00:00, lasts = "2 hours",')
    adopt(contest, "Sittings are called.")
    for name, seat in (("Nour", "north"), ("Sami", "south")):
        enrol(contest, name, ["jury"], institution=seat, email=f"{seat}@seat.example")
    frozen(contest, "5", "4")
    clock.instant = MEETING - timedelta(days=7)
    return contest


def test_a_sitting_is_called_with_its_entry_and_its_agenda(calls: Contest) -> None:
    """Those who sit get the hour, the place, the candidatures; and nobody sits before."""
    assert standing(calls).proposed, "it is shown what a sitting called in time would decide"
    with pytest.raises(PtceError, match="was not called"):
        deliberate(calls, agenda())
    done = convene(calls, "vote", place="Town hall")
    assert (done.call.call, done.call.notice, done.mails, done.late) == (1, 7, 2, ())
    assert done.unreached == ("east", "west"), "nobody of theirs is enrolled"
    posted = messages(calls, ["planned"])
    assert [one.to for one in posted] == ["Nour", "Sami"]
    text = letter_told(calls, posted[0].name).letter.text.replace("\N{NO-BREAK SPACE}", " ")
    assert "Tuesday 9 April 2024 at 14:00" in text
    assert "Town hall; 7 days" in text
    assert "C-001 Les Jardins" in text
    assert "quorum" not in text
    with pytest.raises(PtceError, match="is called for"):
        deliberate(calls, agenda())
    assert verify(calls).intact


def test_its_hour_moves_until_it_is_held(calls: Contest, clock: SetClock) -> None:
    """Called anew, it is the same call and the same entry, later in its sequence."""
    convene(calls, None, place="Town hall")
    with pytest.raises(PtceError, match="already"):
        convene(calls, None, at=datetime.fromisoformat("2024-04-09T14:00+02:00"))
    with Server() as server:
        tick(calls, settings(server))
        clock.instant += timedelta(hours=1)
        moved = convene(calls, None, at=MEETING + timedelta(days=1))
        assert (moved.call.call, moved.call.moved) == (1, 1)
        tick(calls, settings(server))
    entries = [calendar_of(one) for one in server.received]
    [first], [_sami], [last], [_sami_again] = [
        Calendar.from_ical(one).walk("VEVENT") for one in entries
    ]
    assert [first["SEQUENCE"], last["SEQUENCE"]] == [0, 1]
    assert first["UID"] == last["UID"]
    assert first["LOCATION"] == last["LOCATION"] == "Town hall"
    assert first.decoded("DTEND") - first.decoded("DTSTART") == timedelta(hours=2)
    clock.instant = MEETING
    with pytest.raises(PtceError, match="is called for"):
        deliberate(calls, agenda())
    assert verify(calls).intact


def test_called_too_late_the_folder_decides(calls: Contest, clock: SetClock) -> None:
    """The days of notice are in the line, and a rule of the folder reads them."""
    clock.instant = MEETING - timedelta(days=2)
    late = convene(calls, None)
    assert late.call.notice == 2
    assert late.late == ("It was called five days before, or this is a second call",)
    clock.instant = MEETING
    held = deliberate(calls, agenda())
    assert not held.decided
    assert "sittings.vote.notice" in {
        verdict.rule
        for step in held.decisions[0].steps
        for verdict in step.outcome.verdicts
        if verdict.answer != "holds"
    }
    assert verify(calls).intact


def test_a_second_call_says_that_no_quorum_is_needed(calls: Contest, clock: SetClock) -> None:
    """It is called once the first decided nothing, for an hour ahead, and sits in any number."""
    convene(calls, None)
    clock.instant = MEETING
    assert not deliberate(calls, agenda("north")).decided
    # Not in the same minute, nor without a call of its own.
    with pytest.raises(PtceError, match="second time"):
        deliberate(calls, agenda("north"))
    with pytest.raises(Misuse, match="when the sitting meets"):
        convene(calls, None)
    with pytest.raises(Misuse, match="still ahead"):
        convene(calls, None, at=MEETING)
    again = convene(calls, None, at=MEETING + timedelta(hours=1))
    assert (again.call.call, again.call.moved, again.call.notice) == (2, 0, 0)
    name = messages(calls, ["planned"])[-1].name
    assert "no quorum is needed" in letter_told(calls, name).letter.text
    clock.instant = MEETING + timedelta(hours=1)
    held = deliberate(calls, agenda("north"))
    assert (held.decided, held.call) == (True, 2)
    assert set(states(calls).values()) == {"selected"}
    assert verify(calls).intact


def test_an_hour_before_its_date_is_none(calls: Contest) -> None:
    """A sitting decides nothing before its date: it is not called for an earlier hour."""
    with pytest.raises(Misuse, match="cannot meet"):
        convene(calls, None, at=MEETING - timedelta(days=1))
    n = convene(calls, None).call.n
    forger = Forger(calls)
    forger.data(n, at=to_text(MEETING - timedelta(days=1)), notice=6)
    assert (n, "The meeting was called for an hour before its date.") in forger.told()
