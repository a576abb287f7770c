"""A sitting is called: its mail and its entry, the days of notice, and the second call."""

from datetime import datetime, timedelta

import pytest
from icalendar import Calendar
from msgspec.structs import replace

from ptce_workflow.app.adopt import adopt
from ptce_workflow.app.audit.verify import verify
from ptce_workflow.app.contest import Contest
from ptce_workflow.app.jury.convocation import convene, record_convocation
from ptce_workflow.app.jury.deliberation import deliberate
from ptce_workflow.app.jury.ranking import standing
from ptce_workflow.app.jury.sittings import sitting
from ptce_workflow.app.outbox.desk import letter_view, messages, release, resolve
from ptce_workflow.app.people import enrol
from ptce_workflow.base.errors import Misuse, PtceError
from ptce_workflow.base.notation import to_text
from ptce_workflow.base.runtime import SetClock
from ptce_workflow.ledger.events.facts import Evidence
from ptce_workflow.reports.audit import audit_ledger
from ptce_workflow.reports.sittings import attendance
from ptce_workflow.scheduler.passes import tick
from tests.ledger.forger import Forger
from tests.mailing import calendar_of, settings
from tests.rehearsal import edit
from tests.smtp import Misbehaviour, Server
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
PROOF = Evidence("0" * 64, 12)
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


def leave(contest: Contest) -> list[str]:
    """Has all that is due leave; to whom it went."""
    with Server() as server:
        tick(contest, settings(server))
    return [to for one in server.received for to in one.recipients]


def test_a_sitting_is_called_with_its_entry_and_its_agenda(calls: Contest) -> None:
    assert standing(calls).proposed, "it is shown what a sitting called in time would decide"
    with pytest.raises(PtceError, match="No meeting of this sitting is called"):
        deliberate(calls, agenda())
    done = convene(calls, "vote", place="Town hall")
    assert (done.call.call, done.days, done.mails, done.late) == (1, 7, 2, ())
    assert done.unreached == ("east", "west"), "nobody of theirs is enrolled"
    posted = messages(calls, ["planned"])
    assert [one.to for one in posted] == ["Nour", "Sami"]
    text = letter_view(calls, posted[0].name).letter.text.replace("\N{NO-BREAK SPACE}", " ")
    assert "Tuesday 9 April 2024 at 14:00" in text
    assert "Town hall; 7 days" in text
    assert "C-001 Les Jardins" in text
    assert "quorum" not in text
    with pytest.raises(PtceError, match="is called for"):
        deliberate(calls, agenda())
    assert verify(calls).intact


def test_its_hour_moves_until_it_is_held(calls: Contest, clock: SetClock) -> None:
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


def test_a_call_replaces_only_what_its_reader_was_sent(calls: Contest, clock: SetClock) -> None:
    convene(calls, None)
    convene(calls, None, at=MEETING + timedelta(days=1))

    def subjects() -> set[str]:
        names = [one.name for one in messages(calls, ["planned"])]
        return {letter_view(calls, name).letter.subject for name in names}

    assert not any("new date" in one for one in subjects())
    leave(calls)
    clock.instant += timedelta(hours=1)
    convene(calls, None, at=MEETING + timedelta(days=2))
    assert all("new date" in one for one in subjects())
    assert verify(calls).intact


def test_called_too_late_the_folder_decides(calls: Contest, clock: SetClock) -> None:
    clock.instant = MEETING - timedelta(days=2)
    late = convene(calls, None)
    assert late.days == 2
    assert late.late == ("It was called five days before, or this is a second call",)
    leave(calls)
    clock.instant = MEETING
    held = deliberate(calls, agenda())
    assert not held.decided
    assert held.notice is not None
    assert (held.notice.days, held.notice.unreached) == (2, ("east", "west"))
    assert held.next_call == 1, "one that was not duly called is no call"
    again = convene(calls, None, at=MEETING + timedelta(hours=1))
    assert (again.call.call, again.call.moved) == (1, 1), "its entry moves with it"
    assert "sittings.vote.notice" in {
        verdict.rule
        for step in held.decisions[0].steps
        for verdict in step.outcome.verdicts
        if verdict.answer != "holds"
    }
    assert verify(calls).intact


def test_a_second_call_says_that_no_quorum_is_needed(calls: Contest, clock: SetClock) -> None:
    convene(calls, None)
    leave(calls)
    clock.instant = MEETING
    assert not deliberate(calls, agenda("north")).decided
    # Not in the same minute, nor without a call of its own.
    with pytest.raises(PtceError, match="not called again"):
        deliberate(calls, agenda("north"))
    with pytest.raises(Misuse, match="when the sitting meets"):
        convene(calls, None)
    with pytest.raises(Misuse, match="still ahead"):
        convene(calls, None, at=MEETING)
    again = convene(calls, None, at=MEETING + timedelta(hours=1))
    assert (again.call.call, again.call.moved, again.days) == (2, 0, 0)
    name = messages(calls, ["planned"])[-1].name
    assert "no quorum is needed" in letter_view(calls, name).letter.text
    clock.instant = MEETING + timedelta(hours=1)
    held = deliberate(calls, agenda("north"))
    assert (held.decided, held.call) == (True, 2)
    assert set(states(calls).values()) == {"selected"}
    assert verify(calls).intact


def test_an_hour_before_its_date_is_none(calls: Contest) -> None:
    with pytest.raises(Misuse, match="cannot meet"):
        convene(calls, None, at=MEETING - timedelta(days=1))
    n = convene(calls, None).call.n
    forger = Forger(calls)
    forger.data(n, at=to_text(MEETING - timedelta(days=1)))
    assert (n, "The meeting was called for an hour before its date.") in forger.told()


def test_the_notice_counts_from_the_mails_that_left(calls: Contest, clock: SetClock) -> None:
    convene(calls, None)
    clock.instant = MEETING - timedelta(days=3)
    assert sorted(leave(calls)) == ["north@seat.example", "south@seat.example"]
    clock.instant = MEETING
    held = deliberate(calls, agenda())
    assert held.notice is not None
    assert (held.decided, held.notice.days) == (False, 3)
    assert verify(calls).intact


def test_nobody_was_called_where_no_mail_left(calls: Contest, clock: SetClock) -> None:
    convene(calls, None)
    clock.instant = MEETING
    held = deliberate(calls, agenda())
    assert held.notice is not None
    assert (held.decided, held.notice.days) == (False, 0)
    assert held.notice.unreached == ("north", "south", "east", "west")
    assert leave(calls) == [], "nobody is called to what was held"
    assert {one.stage for one in messages(calls, ["expired"])} == {"expired"}
    told = dict(attendance(sitting(calls)))
    assert "North" in told["Not reached by a convocation"]
    assert "Convocations" not in told, "“none” would be of another gender in French"
    assert told["Notice"] == "0 calendar days of notice"
    [row] = audit_ledger(calls).rows["notice"]
    assert "North" in row.text
    assert verify(calls).intact


def test_told_by_other_means_with_evidence(calls: Contest, clock: SetClock) -> None:
    """It is recorded by hand, until the hour moves; the smallest notice of all is that of all."""
    with pytest.raises(PtceError, match="No meeting of this sitting is called"):
        record_convocation(calls, None, "east", PROOF)
    convene(calls, None)
    leave(calls)
    clock.instant = MEETING - timedelta(days=6)
    for seat in ("east", "west"):
        done = record_convocation(calls, None, seat, PROOF)
    assert (done.unreached, done.days) == ((), 6)
    with pytest.raises(PtceError, match="recorded already"):
        record_convocation(calls, None, "west", PROOF)
    with pytest.raises(Misuse, match="can have been"):
        record_convocation(calls, None, "east", PROOF, at=clock.instant + timedelta(seconds=1))
    with pytest.raises(Misuse, match="does not sit"):
        record_convocation(calls, None, "nobody", PROOF)
    # One that was mailed too was called on the day of its mail.
    record_convocation(calls, None, "north", PROOF)
    clock.instant = MEETING
    held = deliberate(calls, agenda())
    assert held.notice is not None
    assert (held.decided, held.notice.days, held.notice.unreached) == (True, 6, ())
    told = dict(attendance(sitting(calls)))
    assert "by other means" in told["Convocations"]
    assert told["Convocations"].count("mail of") == 2
    assert {row.line for row in audit_ledger(calls).rows["notice"]} != set()
    assert verify(calls).intact


def test_what_was_told_of_another_hour_counts_no_more(calls: Contest, clock: SetClock) -> None:
    """Called anew: mails with the old hour never leave, and nobody was told of the new one yet."""
    convene(calls, None)
    old = [one.name for one in messages(calls, ["planned"])]
    record_convocation(calls, None, "east", PROOF)
    clock.instant += timedelta(days=1)
    later = MEETING + timedelta(days=1)
    assert convene(calls, None, at=later).mails == 2
    assert [one.name for one in messages(calls, ["cancelled"])] == old
    with pytest.raises(Misuse, match="can have been"):
        record_convocation(calls, None, "east", PROOF, at=clock.instant - timedelta(days=2))
    clock.instant += timedelta(days=2)
    leave(calls)
    clock.instant = later
    held = deliberate(calls, agenda())
    assert held.notice is not None
    assert (held.notice.days, held.notice.unreached) == (5, ("east", "west"))
    assert held.decided
    assert verify(calls).intact


def test_a_mail_that_came_back_reached_nobody(calls: Contest, clock: SetClock) -> None:
    convene(calls, None)
    leave(calls)
    north, south = (one.name for one in messages(calls, ["sent"], notification="call"))
    resolve(calls, north, "bounced", "full")
    clock.instant = MEETING
    held = deliberate(calls, agenda())
    assert held.notice is not None
    assert held.notice.unreached == ("north", "east", "west")
    resolve(calls, south, "bounced", "full")
    assert sitting(calls).notice == held.notice
    assert verify(calls).intact


def test_a_convocation_waits_as_long_as_its_sitting(calls: Contest, clock: SetClock) -> None:
    edit(calls, "notifications/call.md", 'to = "jury"\n', 'to = "jury"\nheld = true\n')
    adopt(calls, "They are read first.")
    clock.instant = MEETING - timedelta(days=30)
    done = convene(calls, None)
    assert (done.mails, done.held) == (2, 2)
    first, second = (one.name for one in messages(calls, ["held"]))
    clock.instant = MEETING - timedelta(days=6, seconds=1)
    text = letter_view(calls, first).letter.text.replace("\N{NO-BREAK SPACE}", " ")
    assert "6 days ahead" in text, "it tells the days from now"
    release(calls, [first])
    assert leave(calls) == ["north@seat.example"]
    clock.instant = datetime.fromisoformat("2024-04-09T14:00+02:00")
    with pytest.raises(PtceError, match="would not leave any more"):
        release(calls, [second])
    assert leave(calls) == []
    assert [one.stage for one in messages(calls, ["held", "expired"])] == ["expired"]
    assert deliberate(calls, agenda()).notice.days == 6  # type: ignore[union-attr]
    assert verify(calls).intact


def test_what_lacks_more_than_its_quorum_is_no_call(calls: Contest, clock: SetClock) -> None:
    convene(calls, None)
    clock.instant = MEETING
    lacking = deliberate(calls, agenda("north"))
    assert (lacking.decided, lacking.call, lacking.next_call) == (False, 1, 1)
    again = convene(calls, None, at=MEETING + timedelta(days=7))
    assert again.call.call == 1
    leave(calls)
    clock.instant = MEETING + timedelta(days=7)
    lacking = deliberate(calls, agenda("north"))
    assert (lacking.call, lacking.next_call) == (1, 2), "duly called, it lacked its quorum alone"
    forger = Forger(calls)
    forger.data(lacking.closed, next_call=False)
    assert "next meeting" in " ".join(says for _n, says in forger.told())


def test_the_line_of_the_opening_is_computed_from_the_mails(
    calls: Contest, clock: SetClock
) -> None:
    convene(calls, None)
    leave(calls)
    clock.instant = MEETING
    line = deliberate(calls, agenda()).line
    forgeries: tuple[dict[str, object], ...] = ({"notice": 9}, {"unreached": []})
    for forged in forgeries:
        forger = Forger(calls)
        forger.data(line, **forged)
        says = "The notice is not what the lines of the convocations give."
        assert (line, says) in forger.told()


def test_a_date_that_moves_after_the_call_proposes_another(calls: Contest, clock: SetClock) -> None:
    convene(calls, None)
    leave(calls)
    names = tuple(one.name for one in messages(calls, ["sent"], notification="call"))
    edit(calls, "config.toml", "2024-04-09T14:00:00,", "2024-04-10T14:00:00,")
    [moved] = adopt(calls, "A day later.").calls
    assert (moved.sitting, moved.convocations) == ("vote", names)
    assert (moved.date - moved.called).days == 1
    # Held on its new date all the same: nobody was called to that.
    clock.instant = MEETING + timedelta(days=1)
    held = deliberate(calls, agenda())
    assert held.notice is not None
    assert (held.decided, held.notice.days, held.next_call) == (False, 0, 1)
    assert held.notice.unreached == ("north", "south", "east", "west")
    assert verify(calls).intact


def test_a_sitting_on_another_day_was_not_called(calls: Contest, clock: SetClock) -> None:
    """Recorded a day later it is that of its call, unless it is said to have met another day."""
    convene(calls, None)
    leave(calls)
    clock.instant = MEETING + timedelta(days=1)
    held = deliberate(calls, replace(agenda(), opened=clock.instant), dry_run=True)
    assert held.notice is not None
    assert (held.decided, held.notice.days) == (False, 0)
    held = deliberate(calls, agenda())
    assert held.notice is not None
    assert (held.decided, held.notice.days) == (True, 7)
    assert verify(calls).intact


def test_one_that_expires_is_a_fault(calls: Contest) -> None:
    """A convocation is of use until the hour of its sitting, whatever the folder would say."""
    edit(calls, "notifications/call.md", 'to = "jury"\n', 'to = "jury"\nexpires = "3 days"\n')
    with pytest.raises(PtceError, match="of use until the hour"):
        adopt(calls, "Three days.")


def test_a_rule_may_ask_that_all_were_reached(calls: Contest, clock: SetClock) -> None:
    edit(calls, "config.toml", "sitting.notice >= 5 || sitting.call > 1", "sitting.unreached == 0")
    adopt(calls, "All of them are called.")
    convene(calls, None)
    leave(calls)
    record_convocation(calls, None, "east", PROOF)
    clock.instant = MEETING
    lacking = deliberate(calls, agenda())
    assert (lacking.decided, lacking.next_call) == (False, 1)
    convene(calls, None, at=MEETING + timedelta(days=7))
    leave(calls)
    for seat in ("east", "west"):
        record_convocation(calls, None, seat, PROOF)
    clock.instant = MEETING + timedelta(days=7)
    assert deliberate(calls, agenda()).decided
    assert verify(calls).intact


def test_one_that_nobody_was_sure_of_counts_from_a_persons_word(
    calls: Contest, clock: SetClock
) -> None:
    edit(calls, "notifications/call.md", 'to = "jury"\n', 'to = "jury"\nuncertain = "ask"\n')
    adopt(calls, "Never twice.")
    convene(calls, None)
    with Server() as server:
        server.then("content", Misbehaviour.KEEP_AND_DROP)
        tick(calls, settings(server))
        clock.instant += timedelta(minutes=1)
        tick(calls, settings(server))
    [doubted] = [one.name for one in messages(calls, ["uncertain"])]
    [left] = [one.name for one in messages(calls, ["sent"], notification="call")]
    clock.instant = MEETING - timedelta(days=6)
    resolve(calls, doubted, "sent", "Told on the telephone.")
    resolve(calls, left, "bounced", "full")
    clock.instant = MEETING - timedelta(days=5)
    resolve(calls, left, "sent", "It did arrive.")
    clock.instant = MEETING
    held = deliberate(calls, agenda())
    assert held.notice is not None
    assert sorted(at[:10] for at in held.notice.since.values()) == ["2024-04-02", "2024-04-03"]
    assert (held.decided, held.notice.days) == (True, 6)
    assert verify(calls).intact
