"""The grammar of instants: what it reads, what it refuses, and how it is written back."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ptce_workflow.base.errors import Misuse
from ptce_workflow.process.calendar import (
    Anchor,
    CountedInstant,
    FixedInstant,
    Instant,
    InstantError,
    Offset,
    TimeUnit,
    parse_instant,
)

pytestmark = pytest.mark.usefixtures("in_english")

PARIS = ZoneInfo("Europe/Paris")
SUBMISSION = Anchor("date", "submission")

NAMES = st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True)
ANCHORS = st.one_of(
    st.builds(Anchor, st.sampled_from(("date", "entered", "sent")), NAMES),
    st.builds(
        lambda sheet, field: Anchor("field", f"{sheet}.{field}"),
        NAMES.filter(lambda name: name not in ("date", "entered", "sent")),
        NAMES,
    ),
)
UNITS = [unit for unit in TimeUnit if unit is not TimeUnit.CLEAR_MONTHS]
COUNTED = st.builds(
    CountedInstant,
    ANCHORS,
    st.none() | st.builds(Offset, st.integers(-9_999, 9_999), st.sampled_from(UNITS)),
    st.none() | st.builds(time, st.integers(0, 23), st.integers(0, 59)),
)
CLEAR = st.builds(
    CountedInstant,
    ANCHORS,
    st.builds(Offset, st.integers(0, 9_999), st.just(TimeUnit.CLEAR_MONTHS)),
)
INSTANTS = st.one_of(st.builds(FixedInstant, st.datetimes()), COUNTED, CLEAR)


def wall(text: str) -> datetime:
    """An hour on a clock of no zone."""
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("source", "instant"),
    [
        (wall("2024-03-11T12:00"), FixedInstant(wall("2024-03-11T12:00"))),
        ("2024-03-11T12:00", FixedInstant(wall("2024-03-11T12:00"))),
        ("2024-03-11 23:59:59", FixedInstant(wall("2024-03-11T23:59:59"))),
        ("date.submission", CountedInstant(SUBMISSION)),
        ("date.submission at 18:00", CountedInstant(SUBMISSION, None, time(18))),
        (
            "date.submission + 3 working days at 18:00",
            CountedInstant(SUBMISSION, Offset(3, TimeUnit.WORKING_DAYS), time(18)),
        ),
        (
            "entered.eligible - 1 week",
            CountedInstant(Anchor("entered", "eligible"), Offset(-1, TimeUnit.WEEKS)),
        ),
        (
            "sent.reminder + 90 minutes",
            CountedInstant(Anchor("sent", "reminder"), Offset(90, TimeUnit.MINUTES)),
        ),
        (
            "dossier.born + 1 year",
            CountedInstant(Anchor("field", "dossier.born"), Offset(1, TimeUnit.YEARS)),
        ),
        ("  date.submission  +1 day ", CountedInstant(SUBMISSION, Offset(1, TimeUnit.DAYS))),
        (
            "date.submission-7 days at 09:00",
            CountedInstant(SUBMISSION, Offset(-7, TimeUnit.DAYS), time(9)),
        ),
    ],
)
def test_what_an_instant_is_made_of(source: object, instant: Instant) -> None:
    assert parse_instant(source) == instant


@given(INSTANTS)
def test_an_instant_is_written_as_it_is_read(instant: Instant) -> None:
    again = parse_instant(str(instant))
    assert again == instant
    assert hash(again) == hash(instant)


def test_an_instant_has_one_canonical_text() -> None:
    assert str(parse_instant("date.x   +  1   months  at 09:00")) == "date.x + 1 month at 09:00"
    assert str(parse_instant("date.x - 2 working day")) == "date.x - 2 working days"
    assert str(parse_instant("date.x - 1 days")) == "date.x - 1 day"
    assert str(parse_instant("2024-03-11 12:00")) == "2024-03-11T12:00:00"


def test_an_instant_tells_its_anchor() -> None:
    assert parse_instant("dossier.born + 1 year").anchor == Anchor("field", "dossier.born")
    assert parse_instant("2024-03-11T12:00:00").anchor is None


@pytest.mark.parametrize(
    ("source", "what", "mend"),
    [
        (date(2024, 3, 11), "day without an hour", "2024-03-11T12:00:00"),
        ("2024-03-11", "day without an hour", "2024-03-11T12:00:00"),
        (time(12), "no instant", "date.submission + 3 working days"),
        (12, "no instant", "date.submission"),
        ("", "no instant", "date.submission"),
        ("2024-02-30T12:00:00", "no day and hour of the calendar", "2024-03-11T12:00:00"),
        ("2024-03-11T24:00", "no day and hour of the calendar", ""),
        ("2024-03-11T12:00:00Z", "its own time zone", "2024-03-11T12:00:00, in"),
        (datetime(2024, 3, 11, 12, tzinfo=PARIS), "its own time zone", "2024-03-11T12:00:00, in"),
        ("submission + 3 days", "nothing that an instant can be", '"date.submission"'),
        ("date.Submission", "nothing that an instant can be", ""),
        ("date.a.b", "nothing that an instant can be", ""),
        ("date.x + 3 workin days", "no unit of time", '"working days"'),
        ("date.x + 3 jours", "no unit of time", ""),
        ("date.x + 3 Days", "no unit of time", '"days"'),
        ("date.x + 1.5 days", "no count", ""),
        ("date.x + 10000 days", "no count", "larger unit"),
        ("date.x + days", "no instant", ""),
        ("date.x + -3 days", "no instant", ""),
        ("date.x + ٣ days", "no instant", ""),
        ("notified + 2 clear months at 18:00", "no clear term", "+ 2 clear months"),
        ("notified - 2 clear months", "no clear term", "+ 2 clear months"),
        ("notified + 2 clear days", "no unit of time", ""),
        ("date.x at 9:00", "no hour of the day", "at 09:00"),
        ("date.x at 24:00", "no hour of the day", ""),
        ("date.x at 18:00:30", "no hour of the day", ""),
        ("date.x + 3 days at 12 h", "no hour of the day", ""),
        ("date.x\x00", "nothing that an instant can be", ""),
    ],
)
def test_what_is_no_instant(source: object, what: str, mend: str) -> None:
    """What cannot be read is refused with its reason, and what is near is proposed."""
    with pytest.raises(InstantError) as caught:
        parse_instant(source)
    assert what in caught.value.what
    assert mend in caught.value.mend
    assert caught.value.why or caught.value.mend


def test_an_instant_with_a_zone_says_where_the_zone_is() -> None:
    with pytest.raises(InstantError) as caught:
        parse_instant("2024-03-11T12:00:00+01:00")
    assert caught.value.why == "The contest's zone is said once, in config.toml."


def test_an_instant_error_is_a_misuse_and_a_value_error() -> None:
    assert issubclass(InstantError, Misuse)
    assert issubclass(InstantError, ValueError)
    assert InstantError("what", "why", "mend").exit_code == 2


@given(st.text(max_size=300))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        instant = parse_instant(text)
    except InstantError as error:
        said = error.what
    else:
        said = str(instant)
        assert parse_instant(said) == instant
    assert len(said) < 200


def test_a_very_long_text_is_refused_shortly() -> None:
    for text in ("date.x + " * 10_000, "date." + "x" * 300):
        with pytest.raises(InstantError) as caught:
            parse_instant(text)
        assert len(caught.value.what) < 100
