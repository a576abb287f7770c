"""The hours at which mails leave: working days, open hours, never past a deadline."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ptce_workflow.process.calendar import Workdays
from ptce_workflow.process.letters.planning import Window
from ptce_workflow.process.model.notification import MailHours
from tests.cases import cases

PARIS = ZoneInfo("Europe/Paris")
FRANCE = Window.of(MailHours(opens="09:00", closes="18:00"), PARIS, Workdays("FR"))
NEVER = datetime(2100, 1, 1, tzinfo=UTC)

INSTANTS = st.integers(0, 1_000_000).map(
    lambda minutes: datetime(2024, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)
HOURS = st.times().map(lambda at: at.replace(second=0, microsecond=0))


def at(text: str) -> datetime:
    """An instant as it is read on the clocks of Paris."""
    return datetime.fromisoformat(text).replace(tzinfo=PARIS).astimezone(UTC)


def read(instant: datetime) -> str:
    """An instant as the clocks of Paris show it."""
    assert instant.tzinfo is UTC
    return f"{instant.astimezone(PARIS):%a %Y-%m-%d %H:%M}"


@pytest.mark.parametrize(
    ("meant", "leaves"),
    cases("""
        2024-03-04T09:00 | Mon 2024-03-04 09:00
        2024-03-04T18:00 | Mon 2024-03-04 18:00
        2024-03-04T13:37 | Mon 2024-03-04 13:37
        2024-03-04T06:30 | Mon 2024-03-04 09:00
        2024-03-04T23:10 | Mon 2024-03-04 18:00
        2024-03-04T00:00 | Mon 2024-03-04 09:00
        2024-03-09T09:00 | Fri 2024-03-08 09:00
        2024-03-10T12:00 | Fri 2024-03-08 12:00
        2024-03-09T22:00 | Fri 2024-03-08 18:00
        2024-04-01T10:00 | Fri 2024-03-29 10:00
        2024-05-01T10:00 | Tue 2024-04-30 10:00
        2024-05-08T10:00 | Tue 2024-05-07 10:00
        2024-05-09T10:00 | Tue 2024-05-07 10:00
        2024-05-10T10:00 | Fri 2024-05-10 10:00
        2024-05-12T10:00 | Fri 2024-05-10 10:00
        2024-03-31T02:30 | Fri 2024-03-29 09:00
        2024-10-27T02:30 | Fri 2024-10-25 09:00
        2025-01-01T12:00 | Tue 2024-12-31 12:00
    """),
)
def test_moved_into(meant: str, leaves: str) -> None:
    """A mail leaves on the day that was meant or a working day before, while offices are open."""
    assert read(FRANCE.moved_into(at(meant), NEVER)) == leaves


@pytest.mark.parametrize(
    ("meant", "deadline", "leaves"),
    [
        # The first hour of the day would be too late: the evening before.
        ("2024-03-11T07:00", "2024-03-11T08:30", "Fri 2024-03-08 18:00"),
        ("2024-03-11T07:00", "2024-03-11T09:00", "Fri 2024-03-08 18:00"),
        ("2024-03-11T07:00", "2024-03-11T09:01", "Mon 2024-03-11 09:00"),
        ("2024-05-02T06:00", "2024-05-02T07:00", "Tue 2024-04-30 18:00"),
        ("2024-04-02T00:10", "2024-04-02T01:00", "Fri 2024-03-29 18:00"),
    ],
)
def test_never_past_its_deadline(meant: str, deadline: str, leaves: str) -> None:
    """Where the opening would come too late, it leaves in the evening before."""
    assert read(FRANCE.moved_into(at(meant), at(deadline))) == leaves


@pytest.mark.parametrize(
    ("now", "opening"),
    [
        ("2024-03-04T09:00", "Mon 2024-03-04 09:00"),
        ("2024-03-04T18:00", "Mon 2024-03-04 18:00"),
        ("2024-03-04T08:59", "Mon 2024-03-04 09:00"),
        ("2024-03-04T18:01", "Tue 2024-03-05 09:00"),
        ("2024-03-08T18:01", "Mon 2024-03-11 09:00"),
        ("2024-03-29T20:00", "Tue 2024-04-02 09:00"),
        ("2024-03-31T02:30", "Tue 2024-04-02 09:00"),
        ("2024-05-07T19:00", "Fri 2024-05-10 09:00"),
        ("2024-05-08T10:00", "Fri 2024-05-10 09:00"),
        ("2024-10-27T02:30", "Mon 2024-10-28 09:00"),
    ],
)
def test_opening_from(now: str, opening: str) -> None:
    """What is late waits for the next open hour; while one is open, it does not wait."""
    assert read(FRANCE.opening_from(at(now))) == opening


@pytest.mark.parametrize("fold", [0, 1])
def test_an_hour_that_comes_twice(fold: int) -> None:
    night = Window.of(MailHours(opens="00:00", closes="23:59"), PARIS, Workdays())
    twice = datetime(2024, 10, 27, 2, 30, tzinfo=PARIS, fold=fold).astimezone(UTC)
    assert read(night.moved_into(twice, NEVER)) == "Fri 2024-10-25 02:30"
    assert read(night.opening_from(twice)) == "Mon 2024-10-28 00:00"


@pytest.mark.parametrize(
    ("after", "hour", "following"),
    [
        ("2024-03-04T08:29", "08:30", "Mon 2024-03-04 08:30"),
        ("2024-03-04T08:30", "08:30", "Tue 2024-03-05 08:30"),
        ("2024-03-08T12:00", "08:30", "Mon 2024-03-11 08:30"),
        ("2024-03-28T12:00", "08:30", "Fri 2024-03-29 08:30"),
        ("2024-03-29T12:00", "08:30", "Tue 2024-04-02 08:30"),
        ("2024-05-07T12:00", "02:30", "Fri 2024-05-10 02:30"),
        # Summer time begins, and ends, between two of them.
        ("2024-03-29T12:00", "02:30", "Tue 2024-04-02 02:30"),
        ("2024-10-25T12:00", "02:30", "Mon 2024-10-28 02:30"),
    ],
)
def test_next_day_at(after: str, hour: str, following: str) -> None:
    """A daily mail comes next on the first working day whose hour is still ahead."""
    assert read(FRANCE.next_day_at(time.fromisoformat(hour), at(after))) == following


@pytest.mark.parametrize(
    ("after", "following"),
    [
        ("2024-03-20T12:00", "Mon 2024-03-25 09:00"),
        ("2024-03-25T08:59", "Mon 2024-03-25 09:00"),
        ("2024-03-25T09:00", "Tue 2024-04-02 09:00"),
        ("2024-04-01T12:00", "Tue 2024-04-02 09:00"),
        ("2024-12-30T12:00", "Mon 2025-01-06 09:00"),
    ],
)
def test_next_week_at(after: str, following: str) -> None:
    """A weekly mail comes next on the first working day of a week."""
    assert read(FRANCE.next_day_at(time(9), at(after), weekly=True)) == following


def is_open(window: Window, instant: datetime) -> bool:
    """Whether an instant lies in the window, told by the calendar alone."""
    local = instant.astimezone(PARIS)
    worked = Workdays("FR").is_working_day(local.date())
    return worked and window.opens <= local.time() <= window.closes


@given(meant=INSTANTS, seconds=st.integers(1, 40 * 86_400), opens=HOURS, closes=HOURS)
def test_moved_well(meant: datetime, seconds: int, opens: time, closes: time) -> None:
    """Whatever is meant, it leaves in the window, before its deadline, and never a day later."""
    assume(opens < closes)
    window = Window(opens, closes, PARIS, Workdays("FR"))
    deadline = meant + timedelta(seconds=seconds)
    moved = window.moved_into(meant, deadline)
    assert moved < deadline
    assert is_open(window, moved)
    assert moved.astimezone(PARIS).date() <= meant.astimezone(PARIS).date()


@given(meant=INSTANTS)
def test_moved_as_little_as_can_be(meant: datetime) -> None:
    day = meant.astimezone(PARIS).date()
    left = FRANCE.moved_into(meant, NEVER).astimezone(PARIS).date()
    between = (date.fromordinal(one) for one in range(left.toordinal() + 1, day.toordinal() + 1))
    assert not any(map(Workdays("FR").is_working_day, between))


@given(meant=INSTANTS)
def test_moved_once(meant: datetime) -> None:
    """What lies in the window stays there."""
    moved = FRANCE.moved_into(meant, NEVER)
    assert FRANCE.moved_into(moved, NEVER) == moved
    assert FRANCE.opening_from(moved) == moved


@given(now=INSTANTS)
def test_opens_at_the_first_open_hour(now: datetime) -> None:
    opening = FRANCE.opening_from(now)
    assert opening >= now
    assert is_open(FRANCE, opening)
    earlier = opening - timedelta(minutes=1)
    assert opening == now or not is_open(FRANCE, max(now, earlier))


@given(after=INSTANTS, hour=HOURS)
def test_daily_comes_on_every_working_day(after: datetime, hour: time) -> None:
    following = FRANCE.next_day_at(hour, after)
    assert following > after
    first, last = (one.astimezone(PARIS).date() for one in (after, following))
    between = (date.fromordinal(one) for one in range(first.toordinal() + 1, last.toordinal()))
    assert not any(map(Workdays("FR").is_working_day, between))
    assert Workdays("FR").is_working_day(last)
