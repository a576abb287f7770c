"""Which mail leaves, when and to whom: from the process and a candidature alone."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ptce_workflow.base.notation import to_text
from ptce_workflow.process.candidature import Candidature
from ptce_workflow.process.letters.message import MailKey
from ptce_workflow.process.letters.planning import Planner, planner_of
from ptce_workflow.process.model.notification import CONTACT, Addressee, Notification
from ptce_workflow.process.process import Process
from tests.process.contests import NOW, SMALL, candidature, contest, mail, only

PARIS = ZoneInfo("Europe/Paris")
ANNE = Addressee("P-001", ("desk",))
TOWN = Addressee("P-002", ("jury",), "town")
BOTH = Addressee("P-003", ("desk", "jury"), "school")
AUDITOR = Addressee("P-004", ("auditor",))
PEOPLE = (ANNE, TOWN, BOTH, AUDITOR)

REMINDER = """
label = "Reminder"
to = "contact"
at = ["date.closing - 7 days at 09:00", "date.closing - 2 days at 09:00"]
in = ["draft"]
expires = "date.closing"
"""
CONTEST_WIDE = """
label = "To the jury"
to = "institutions"
about = "contest"
at = ["date.closing + 1 working day at 09:00"]
"""
DIGEST = """
label = "Digest"
to = "desk"
about = "contest"
daily = "08:30"
until = "date.closing"
any_hour = true
"""


def at(text: str) -> datetime:
    """An instant as it is read on the clocks of Paris."""
    return datetime.fromisoformat(text).replace(tzinfo=PARIS).astimezone(UTC)


def with_mail(toml: str, name: str = "told", **files: str) -> Process:
    """The small contest with one more notification, whose templates say the least."""
    return Process.load(contest(write={f"notifications/{name}.md": mail(toml), **files}))


def planner(toml: str, name: str = "told") -> Planner:
    """What plans the mails of that contest."""
    return planner_of(with_mail(toml, name))


def told(found: dict[MailKey, datetime]) -> list[tuple[str, str]]:
    """Who gets a mail, and when on the clocks of Paris, in time."""
    return [
        (slot.recipient, f"{due.astimezone(PARIS):%Y-%m-%d %H:%M}")
        for slot, due in sorted(found.items(), key=lambda one: (one[1], one[0]))
    ]


def set_off(process: Process, case: Candidature, now: datetime) -> dict[MailKey, datetime]:
    """What submitting sets off, in the small contest."""
    edge = process.edges("draft")["submit"]
    return planner_of(process).set_off(edge.mails, case, 12, now, PEOPLE)


def test_reminders() -> None:
    """Each instant gives one; the one that falls on a Saturday leaves on Friday."""
    found = planner(REMINDER).reminders(candidature(), PEOPLE)
    assert told(found) == [(CONTACT, "2024-03-04 09:00"), (CONTACT, "2024-03-08 09:00")]


def test_a_slot_names_the_instant_that_was_meant() -> None:
    """A mail that leaves on Friday is still the one of Saturday: opening hours may change."""
    found = planner(REMINDER).reminders(candidature(), PEOPLE)
    meant = to_text(at("2024-03-09T09:00"))
    assert found[MailKey("told", meant, CONTACT)] == at("2024-03-08T09:00")


def test_planned_twice() -> None:
    """Planning again, in another process of the same bytes, gives the same slots and hours."""
    first, second = (planner(REMINDER + 'when = "!given.dossier"\n') for _time in range(2))
    assert first.reminders(candidature(), PEOPLE) == second.reminders(candidature(), ())
    assert first.contest_wide(NOW, PEOPLE) == second.contest_wide(NOW, PEOPLE)


def test_only_where_it_is_of_use() -> None:
    assert planner(REMINDER).reminders(candidature(state="submitted"), PEOPLE) == {}


def test_what_hangs_on_what_has_not_happened() -> None:
    toml = REMINDER.replace(
        '["date.closing - 7 days at 09:00", "date.closing - 2 days at 09:00"]',
        '["dossier.visit - 1 day at 09:00", "entered.draft + 3 days at 09:00"]',
    )
    found = planner(toml)
    assert found.reminders(candidature(), ()) == {}
    visited = candidature(
        facts={"dossier.visit": "2024-02-22T14:00:00.000000Z"},
        entered={"draft": at("2024-02-16T11:00")},
    )
    assert told(found.reminders(visited, ())) == [
        (CONTACT, "2024-02-19 09:00"),
        (CONTACT, "2024-02-21 09:00"),
    ]


def test_of_no_more_use_when_its_hour_comes() -> None:
    """A reminder whose hour is not before its expiry is never planned."""
    toml = REMINDER.replace("date.closing - 2 days at 09:00", "date.closing + 1 day at 09:00")
    found = planner(toml).reminders(candidature(), ())
    assert told(found) == [(CONTACT, "2024-03-04 09:00")]


@pytest.mark.parametrize(
    ("hour", "any_hour", "leaves"),
    [
        ("2024-03-31T02:30:00", "false", "2024-03-29 09:00"),
        # Half past two does not exist that night: it is when the clocks skip it.
        ("2024-03-31T02:30:00", "true", "2024-03-31 03:00"),
        # It comes twice: the first one counts.
        ("2024-10-27T02:30:00", "true", "2024-10-27 02:30"),
        ("2024-10-27T02:30:00", "false", "2024-10-25 09:00"),
        ("2024-05-01T22:00:00", "true", "2024-05-01 22:00"),
        ("2024-05-01T22:00:00", "false", "2024-04-30 18:00"),
    ],
)
def test_at_any_hour(hour: str, any_hour: str, leaves: str) -> None:
    """Without the window, a mail leaves at the very instant that was meant, Sunday night too."""
    toml = f"""
    label = "Reminder"
    to = "contact"
    at = [{hour}]
    in = ["draft"]
    any_hour = {any_hour}
    """
    found = planner(toml).reminders(candidature(), ())
    assert told(found) == [(CONTACT, leaves)]


def test_the_second_half_past_two_is_an_hour_later() -> None:
    toml = """
    label = "Reminder"
    to = "contact"
    at = [2024-10-27T02:30:00]
    in = ["draft"]
    any_hour = true
    """
    [due] = planner(toml).reminders(candidature(), ()).values()
    assert due == datetime(2024, 10, 27, 0, 30, tzinfo=UTC)


def test_a_kind_of_recipient_that_is_not_known() -> None:
    known = with_mail(REMINDER).definition.notifications["told"]
    unknown = Notification.checked({**vars(known), "to": "everyone"})
    with pytest.raises(KeyError):
        list(unknown.recipients.among(PEOPLE))
    found = only(
        contest(
            write={"notifications/receipt.md": mail(REMINDER.replace('"contact"', '"everyone"'))}
        )
    )
    assert (found.key, found.file) == ("to", "notifications/receipt.md")


@pytest.mark.parametrize(
    ("to", "expected"),
    [("contact", [CONTACT]), ("desk", ["P-001", "P-003"]), ("institutions", ["P-002", "P-003"])],
)
def test_to_whom(to: str, expected: list[str]) -> None:
    """By role: the desk, whoever sits for an institution, or the collective; one mail each."""
    found = planner(REMINDER.replace('"contact"', f'"{to}"')).reminders(candidature(), PEOPLE)
    assert sorted({slot.recipient for slot in found}) == expected
    assert len(found) == 2 * len(expected)


def test_to_those_whose_sheets_are_missing() -> None:
    toml = CONTEST_WIDE.replace('"institutions"', '"missing_sheets"') + 'panel = "marks"\n'
    found = planner(toml).contest_wide(NOW, PEOPLE)
    assert sorted(slot.recipient for slot in found) == ["P-002", "P-003"]


def test_set_off_at_once() -> None:
    sunday = at("2024-03-10T03:00")
    found = set_off(Process.load(contest()), candidature(state="submitted"), sunday)
    assert found == {MailKey("receipt", "12", CONTACT): sunday}


@pytest.mark.parametrize(
    ("not_before", "now", "leaves"),
    [
        ('"date.closing"', "2024-03-01T20:00", "2024-03-11 12:00"),
        ('"date.closing"', "2024-03-11T12:00", "2024-03-11 12:00"),
        ('"date.closing"', "2024-03-13T23:00", "2024-03-13 23:00"),
        # Easter Monday: what waits until then is ready on the Friday before.
        ("2024-04-01T10:00:00", "2024-03-01T20:00", "2024-03-29 10:00"),
        # What it hangs on has not happened.
        ('"date.appeal"', "2024-03-01T20:00", "2024-03-01 20:00"),
    ],
)
def test_set_off_not_before(not_before: str, now: str, leaves: str) -> None:
    files = contest({"notifications/receipt.md": f"not_before = {not_before}\n"})
    found = set_off(Process.load(files), candidature(state="submitted"), at(now))
    assert told(found) == [(CONTACT, leaves)]


def test_contest_wide() -> None:
    """About the contest there is one mail to each; about candidatures, none here."""
    found = planner(CONTEST_WIDE).contest_wide(NOW, PEOPLE)
    assert told(found) == [("P-002", "2024-03-12 09:00"), ("P-003", "2024-03-12 09:00")]
    assert planner(CONTEST_WIDE).reminders(candidature(), PEOPLE) == {}


@pytest.mark.parametrize(
    ("now", "following"),
    [
        ("2024-03-01T08:29", ["2024-03-01 08:30"]),
        ("2024-03-01T08:30", ["2024-03-04 08:30"]),
        ("2024-03-09T12:00", ["2024-03-11 08:30"]),
        # `until` is on the 11th at noon.
        ("2024-03-11T08:30", []),
    ],
)
def test_daily(now: str, following: list[str]) -> None:
    """Of a daily mail the next one is planned, until it stops."""
    found = planner(DIGEST).contest_wide(at(now), [ANNE])
    assert [when for _who, when in told(found)] == following


def test_every_day_ahead() -> None:
    """The days on which a daily mail still comes; for one without an end, none are told."""
    days = list(planner(DIGEST).dailies("told", at("2024-03-05T09:00")))
    assert [f"{day.astimezone(PARIS):%d %H:%M}" for day in days] == [
        "06 08:30",
        "07 08:30",
        "08 08:30",
        "11 08:30",
    ]
    endless = planner(DIGEST.replace('until = "date.closing"\n', ""))
    assert list(endless.dailies("told", NOW)) == []


@pytest.mark.parametrize(
    ("expires", "when"),
    [
        ("3 days", "2024-03-31 09:00"),
        ("1 hour", "2024-03-28 10:00"),
        ("date.closing", "2024-03-11 12:00"),
        ("2024-04-01T00:00:00", "2024-04-01 00:00"),
        ("entered.draft + 1 month", "2024-04-01 13:00"),
    ],
)
def test_expiry(expires: str, when: str) -> None:
    """A length of time is counted from its hour, on the clocks; an instant is what it is."""
    process = with_mail(REMINDER.replace('"date.closing"\n', f'"{expires}"\n'))
    notification = process.definition.notifications["told"]
    case = candidature(entered={"draft": NOW})
    found = planner_of(process).expiry(notification, at("2024-03-28T09:00"), case)
    assert f"{found.astimezone(PARIS):%Y-%m-%d %H:%M}" == when


def test_an_expiry_that_is_not_known_yet() -> None:
    """What hangs on something that has not happened is of use for ever."""
    process = with_mail(REMINDER.replace('expires = "date.closing"', 'expires = "date.appeal"'))
    notification = process.definition.notifications["told"]
    found = planner_of(process).expiry(notification, NOW, candidature())
    assert found > NOW + timedelta(days=365_000)


@pytest.mark.parametrize(
    ("now", "leaves"),
    [
        ("2024-03-08T10:00", "2024-03-08 10:00"),
        ("2024-03-08T18:00", "2024-03-08 18:00"),
        ("2024-03-08T18:01", "2024-03-11 09:00"),
        ("2024-03-09T10:00", "2024-03-11 09:00"),
        ("2024-03-11T07:00", "2024-03-11 09:00"),
    ],
)
def test_late(now: str, leaves: str) -> None:
    """One that is late waits for the next open hour."""
    assert may_leave("date.closing", "2024-03-08T09:00", now) == leaves


@pytest.mark.parametrize("expires", ["2024-03-11T09:00:00", "2024-03-10T12:00:00", "2 days"])
def test_late_and_soon_of_no_use(expires: str) -> None:
    """Where it would have expired by then, it leaves at whatever hour it is."""
    assert may_leave(expires, "2024-03-08T09:00", "2024-03-09T22:00") == "2024-03-09 22:00"


def test_late_and_of_no_use_to_one_candidature() -> None:
    process = with_mail(REMINDER.replace('"date.closing"\n', '"entered.draft + 10 days"\n'))
    notification = process.definition.notifications["told"]
    case = candidature(entered={"draft": at("2024-03-01T00:00")})
    late = at("2024-03-09T22:00")
    assert planner_of(process).may_leave_at(notification, late, late, case) == late


@pytest.mark.parametrize(
    ("notification", "waits"),
    [
        ('at = ["date.closing"]\nin = ["draft"]', True),
        ('at = ["date.closing"]\nin = ["draft"]\nany_hour = true', False),
        ('about = "contest"\ndaily = "09:00"', True),
    ],
)
def test_who_waits_for_the_opening(notification: str, waits: bool) -> None:
    """What has an hour of its own waits, unless it may leave at any hour."""
    to = "desk" if "about" in notification else "contact"
    process = with_mail(f'label = "R"\nto = "{to}"\n{notification}')
    told = process.definition.notifications["told"]
    sunday = at("2024-03-10T03:00")
    assert (planner_of(process).may_leave_at(told, sunday, sunday, None) > sunday) == waits


@pytest.mark.parametrize(("waiting", "waits"), [(False, False), (True, True)])
def test_what_is_set_off_waits_only_if_told(waiting: bool, waits: bool) -> None:
    add = {"notifications/receipt.md": 'not_before = "date.opening"'}
    process = Process.load(contest(add if waiting else {}))
    receipt = process.definition.notifications["receipt"]
    sunday = at("2024-03-10T03:00")
    assert (planner_of(process).may_leave_at(receipt, sunday, sunday, None) > sunday) == waits


def may_leave(expires: str, due: str, now: str) -> str:
    """When a reminder leaves that was due, and is looked at now."""
    process = with_mail(REMINDER.replace('"date.closing"\n', f'"{expires}"\n'))
    notification = process.definition.notifications["told"]
    found = planner_of(process).may_leave_at(notification, at(due), at(now), candidature())
    return f"{found.astimezone(PARIS):%Y-%m-%d %H:%M}"


def test_whom_it_writes_to() -> None:
    collectives = planner_of(Process.load(contest()))
    assert not collectives.writes_to_people
    everyone = planner(CONTEST_WIDE)
    assert everyone.writes_to_people
    assert not everyone.writes_to_people_about_candidatures
    assert planner(REMINDER.replace('"contact"', '"desk"')).writes_to_people_about_candidatures


@pytest.mark.parametrize(
    ("anchor", "change", "moves"),
    [
        # A date may hang on a fact itself; this one stands still.
        ("date.closing - 1 day", {"facts": {"dossier.plots": 3}}, False),
        ("entered.draft + 1 day", {"facts": {"dossier.plots": 3}}, False),
        ("dossier.visit - 1 day", {"facts": {"dossier.plots": 3}}, True),
        ("dossier.visit - 1 day", {"private": {"dossier.name": "x"}}, False),
        ("sent.receipt + 3 days", {"sent": {"receipt": NOW}}, True),
    ],
)
def test_moves_with_facts(anchor: str, change: dict[str, Any], moves: bool) -> None:
    """A candidature is planned anew only where what changed can move a reminder."""
    before = candidature()
    toml = REMINDER.replace('"date.closing - 7 days at 09:00", ', "").replace(
        "date.closing - 2 days at 09:00", anchor
    )
    found = planner(toml)
    assert found.moves_with_facts(None, before)
    assert found.moves_with_facts(before, before.but(**change)) == moves
    assert not found.moves_with_facts(before, before)


def test_moves_with_a_date_that_hangs_on_a_fact() -> None:
    hanging = SMALL["config.toml"].replace(
        'at = "entered.refused + 10 working days at 18:00"', 'at = "dossier.visit + 2 days"'
    )
    toml = REMINDER.replace("date.closing - 2 days at 09:00", "date.appeal - 1 day at 09:00")
    found = planner_of(with_mail(toml, **{"config.toml": hanging}))
    before = candidature()
    assert found.moves_with_facts(before, before.but(facts={"dossier.plots": 3}))
    assert not found.moves_with_facts(before, before.but(sent={"receipt": NOW}))


def test_a_second_copy_that_does_no_harm() -> None:
    """A notification is sent again by itself, but for one that says otherwise."""
    asked, resent = (
        with_mail(REMINDER + line).definition.notifications["told"]
        for line in ('uncertain = "ask"\n', "")
    )
    assert asked.uncertain == "ask"
    assert resent.uncertain == "resend"


def test_wrong_window() -> None:
    """Hours that are none are found in the folder."""
    fault = only(contest({"config.toml": '[mail]\nopens = "9:00"'}))
    assert (fault.file, fault.key) == ("config.toml", "mail.opens")


@given(days=st.integers(-40, 40), hour=st.times(), minutes_to_expiry=st.integers(1, 9_999))
def test_never_late(days: int, hour: Any, minutes_to_expiry: int) -> None:
    """Whatever hour is meant, a reminder leaves before it expires, and on an earlier hour only."""
    meant = f"date.closing {'-' if days < 0 else '+'} {abs(days)} days at {hour:%H:%M}"
    process = with_mail(
        REMINDER.replace('"date.closing - 7 days at 09:00", ', "")
        .replace("date.closing - 2 days at 09:00", meant)
        .replace('"date.closing"\n', f'"{minutes_to_expiry} minutes"\n')
    )
    [(slot, due)] = planner_of(process).reminders(candidature(), ()).items()
    nominal = datetime.fromisoformat(slot.occurrence)
    assert due < nominal + timedelta(minutes=minutes_to_expiry)
    assert due.astimezone(PARIS).date() <= nominal.astimezone(PARIS).date()
