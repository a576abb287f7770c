"""Where instants fall on the calendar, in what order dates come, how long things last."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

import ptce_workflow.base.words as speech
from ptce_workflow.process.calendar import (
    Anchor,
    InstantError,
    Offset,
    Span,
    TimeUnit,
    Workdays,
    check_local,
    date_order,
    days_until,
    parse_instant,
    parse_span,
    resolve,
    resolve_dates,
    to_utc,
)
from tests.cases import cases

pytestmark = pytest.mark.usefixtures("in_english")

PARIS = ZoneInfo("Europe/Paris")
FRANCE = Workdays("FR")
NEAR_2024 = st.datetimes(
    datetime.fromisoformat("2023-01-01"),
    datetime.fromisoformat("2026-01-01"),
    timezones=st.just(UTC),
)


@pytest.fixture(autouse=True, scope="module")
def _calendar_loaded() -> None:
    """Loads public holidays before any property test is timed."""
    FRANCE.check()


def wall(text: str) -> datetime:
    """An hour on a clock of no zone."""
    return datetime.fromisoformat(text)


def at(source: object, start: datetime | date | None, workdays: Workdays = FRANCE) -> datetime:
    """Where an instant falls in Paris when its anchor happened at `start`."""
    found = resolve(parse_instant(source), PARIS, lambda _anchor: start, workdays)
    assert found is not None
    assert found.tzinfo is UTC
    return found.astimezone(PARIS)


def paris(text: str, *, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=PARIS, fold=fold)


@pytest.mark.parametrize(
    ("source", "start", "expected"),
    cases("""
        date.x + 3 working days at 18:00 | 2024-03-11T12:00 | 2024-03-14T18:00
        date.x - 3 working days | 2024-03-11T12:00 | 2024-03-06T12:00
        date.x - 7 days at 09:00 | 2024-03-11T12:00 | 2024-03-04T09:00
        date.x | 2024-03-11T12:00 | 2024-03-11T12:00
        date.x at 18:00 | 2024-03-11T12:34:56 | 2024-03-11T18:00
        date.x + 1 working day | 2024-03-29T10:00 | 2024-04-02T10:00
        date.x - 3 working days at 18:00 | 2024-05-14T09:30 | 2024-05-07T18:00
        date.x + 0 working days | 2024-04-01T10:00 | 2024-03-29T10:00
        date.x + 1 month | 2024-01-31T10:00 | 2024-02-29T10:00
        date.x + 1 month | 2023-01-31T10:00 | 2023-02-28T10:00
        date.x - 1 month | 2024-03-31T10:00 | 2024-02-29T10:00
        date.x + 13 months | 2023-12-31T10:00 | 2025-01-31T10:00
        date.x + 1 year | 2024-02-29T10:00 | 2025-02-28T10:00
        date.x - 4 years | 2024-02-29T10:00 | 2020-02-29T10:00
        date.x - 1 month | 2024-01-15T10:00 | 2023-12-15T10:00
        date.x + 1 day | 2024-03-30T12:00 | 2024-03-31T12:00
        date.x + 24 hours | 2024-03-30T12:00 | 2024-03-31T13:00
        date.x + 1 week | 2024-10-26T12:00 | 2024-11-02T12:00
        date.x + 24 hours | 2024-10-26T12:00 | 2024-10-27T11:00
        date.x + 60 minutes | 2024-03-31T01:30 | 2024-03-31T03:30
        date.x + 1 day | 2024-03-30T02:30 | 2024-03-31T03:00
        date.x + 1 day | 2024-03-30T02:00:00.5 | 2024-03-31T03:00
        date.x at 02:00 | 2024-03-31T12:00 | 2024-03-31T03:00
        date.x + 2 months | 2024-01-31T02:59:59.999999 | 2024-03-31T03:00
        date.x + 1 day | 2024-10-26T02:30 | 2024-10-27T02:30
        date.x at 02:00 | 2024-10-27T12:00 | 2024-10-27T02:00
        entered.x + 3 days | 2024-03-11T11:42:07.5 | 2024-03-14T11:42:07.5
        entered.x + 3 days at 11:42 | 2024-03-11T11:42:07.5 | 2024-03-14T11:42
    """),
)
def test_where_an_instant_falls(source: str, start: str, expected: str) -> None:
    assert at(source, paris(start)) == paris(expected)


@pytest.mark.parametrize(
    ("start", "last"),
    cases("""
        2024-04-12T10:00 | 2024-06-13
        2024-04-12T00:00 | 2024-06-13
        2024-04-12T23:59:59.999999 | 2024-06-13
        2024-04-14T10:00 | 2024-06-17
        2024-04-15T10:00 | 2024-06-17
        2023-02-27T10:00 | 2023-04-28
        2023-02-28T10:00 | 2023-05-02
        2024-09-10T10:00 | 2024-11-12
        2023-12-31T10:00 | 2024-03-01
        2024-04-30T10:00 | 2024-07-01
        2024-12-31T10:00 | 2025-03-03
        2024-02-29T10:00 | 2024-04-30
        2024-08-31T10:00 | 2024-11-04
    """),
)
def test_clear_months_end_with_a_whole_working_day(start: str, last: str) -> None:
    end = at("notified + 2 clear months", paris(start))
    assert end == paris(f"{last}T23:59:59.999999")
    assert end + timedelta.resolution == paris(last) + timedelta(days=1)


def test_clear_months_from_a_day() -> None:
    end = at("dossier.told + 1 clear month", date(2024, 5, 14))
    assert end == paris("2024-06-17T23:59:59.999999")
    assert str(parse_instant("dossier.told + 1 clear month")) == "dossier.told + 1 clear month"


def test_the_end_of_a_day_is_told_as_its_midnight() -> None:
    end = at("notified + 2 clear months", paris("2024-04-12T10:00"))
    assert speech.long_instant(end, PARIS, "fr") == "jeudi 13 juin 2024 à 24\N{NO-BREAK SPACE}h"
    assert speech.long_instant(end, PARIS, "en", seconds=True) == "Thursday 13 June 2024 at 24:00"
    assert speech.short_instant(end, PARIS, "en") == "13 Jun 24:00"
    assert speech.clock(paris("2024-06-13T23:59:59"), PARIS, "en") == "23:59"


def test_the_first_of_two_comings() -> None:
    assert at("date.x + 1 day", paris("2024-10-26T02:30")).utcoffset() == timedelta(hours=2)


def test_hours_pass_through_the_hour_that_comes_twice() -> None:
    again = at("date.x + 1 hour", paris("2024-10-27T02:30"))
    assert (again.hour, again.minute, again.utcoffset()) == (2, 30, timedelta(hours=1))


def test_an_anchor_is_itself() -> None:
    second = paris("2024-10-27T02:30", fold=1).astimezone(UTC)
    assert at("entered.x", second).astimezone(UTC) == second


def test_a_day_as_an_anchor_is_its_midnight() -> None:
    assert at("dossier.meeting", date(2024, 3, 11)) == paris("2024-03-11T00:00")
    assert at("dossier.meeting - 1 week at 09:00", date(2024, 3, 11)) == paris("2024-03-04T09:00")


def test_an_instant_is_unknown_until_its_anchor_happens() -> None:
    def never(_anchor: Anchor) -> datetime | None:
        return None

    counted = parse_instant("entered.eligible + 1 day")
    assert resolve(counted, PARIS, never, FRANCE) is None
    fixed = parse_instant(wall("2024-03-11T12:00"))
    assert resolve(fixed, PARIS, never, FRANCE) == datetime(2024, 3, 11, 11, tzinfo=UTC)


def test_anchors_may_be_a_mapping() -> None:
    """The anchors that happened can be handed over as the `get` of a mapping."""
    happened = {Anchor("entered", "eligible"): paris("2024-03-11T12:00")}
    found = resolve(parse_instant("entered.eligible + 1 day"), PARIS, happened.get, FRANCE)
    assert found == paris("2024-03-12T12:00")


def test_a_naive_anchor_is_a_mistake_of_the_program() -> None:
    """The zone of the machine is never taken for the zone of the contest."""
    with pytest.raises(TypeError, match="aware"):
        at("entered.x", wall("2024-03-11T12:00"))


@pytest.mark.parametrize(
    "source",
    ["date.x + 9999 years", "date.x - 9999 months", "date.x - 9999 weeks", "date.x - 9 years"],
)
def test_an_instant_out_of_the_calendar_is_refused(source: str) -> None:
    """An instant before year 1 or after year 9999 is refused as such."""
    start = datetime(9, 6, 1, tzinfo=UTC) if " - " in source else datetime(9000, 1, 1, tzinfo=UTC)
    with pytest.raises(InstantError, match="out of the calendar"):
        at(source, start)


def test_the_clocks_of_paris_in_2024() -> None:
    with pytest.raises(InstantError) as skipped:
        check_local(wall("2024-03-31T02:30"), PARIS)
    assert "does not exist" in skipped.value.what
    assert "2024-03-31T03:00:00" in skipped.value.mend
    with pytest.raises(InstantError) as twice:
        check_local(wall("2024-10-27T02:30"), PARIS)
    assert "comes twice" in twice.value.what


@pytest.mark.parametrize(
    "text",
    [
        "2024-03-11T12:00",
        "2024-03-31T01:59:59.999999",
        "2024-03-31T03:00",
        "2024-10-27T01:59:59.999999",
        "2024-10-27T03:00",
    ],
)
def test_an_hour_that_happens_once(text: str) -> None:
    check_local(datetime.fromisoformat(text), PARIS)


def test_a_whole_day_may_be_skipped() -> None:
    """Samoa had no 30 December 2011: its noon becomes the first hour of the 31st."""
    apia = ZoneInfo("Pacific/Apia")
    with pytest.raises(InstantError, match="does not exist"):
        check_local(wall("2011-12-30T12:00"), apia)
    first = to_utc(wall("2011-12-30T12:00"), apia).astimezone(apia)
    assert first == datetime(2011, 12, 31, tzinfo=apia)


@given(NEAR_2024)
def test_an_hour_of_the_clock_is_its_instant(instant: datetime) -> None:
    """Every instant is found again from its local hour, unless that hour came before."""
    local = instant.astimezone(PARIS)
    found = to_utc(local.replace(tzinfo=None, fold=0), PARIS)
    assert found == (instant - timedelta(hours=1) if local.fold else instant)


@given(
    st.datetimes(wall("2023-01-01T00:00"), wall("2026-01-01T00:00")),
    st.timedeltas(timedelta(0), timedelta(days=400)),
)
def test_later_on_the_wall_is_never_earlier(local: datetime, more: timedelta) -> None:
    assert to_utc(local, PARIS) <= to_utc(local + more, PARIS)


@given(NEAR_2024, st.integers(-400, 400), st.sampled_from(TimeUnit))
def test_counting_further_leads_later(start: datetime, count: int, repo: TimeUnit) -> None:
    """One unit more leads to a later instant, whatever the clocks do in between.

    Of 0 and -1 working days from a day off, both are the same working day.
    """
    count = max(count, 0) if repo is TimeUnit.CLEAR_MONTHS else count
    less, more = (at(f"date.x {Offset(units, repo)}", start) for units in (count, count + 1))
    assert less <= more
    if repo is not TimeUnit.WORKING_DAYS:
        assert less < more


@given(NEAR_2024, st.integers(0, 400), st.sampled_from((TimeUnit.MINUTES, TimeUnit.HOURS)))
def test_time_that_passes_comes_back(start: datetime, count: int, repo: TimeUnit) -> None:
    there = at(f"date.x + {count} {repo}", start)
    # Two zones never agree on an hour that comes twice: instants are compared in UTC.
    assert at(f"date.x - {count} {repo}", there).astimezone(UTC) == start


DATES = {
    "lapse": parse_instant("date.submission + 3 working days at 18:00"),
    "found": parse_instant("date.lapse + 1 week"),
    "appeal": parse_instant("entered.ineligible + 10 working days at 18:00"),
    "appeal_read": parse_instant("date.appeal + 1 day"),
    "submission": parse_instant(wall("2024-03-11T12:00")),
}


def test_dates_come_after_those_they_hang_on() -> None:
    order = date_order(DATES)
    assert sorted(order) == sorted(DATES)
    for first, later in (("submission", "lapse"), ("lapse", "found"), ("appeal", "appeal_read")):
        assert order.index(first) < order.index(later)


def test_all_dates_of_a_contest() -> None:
    stand_still = resolve_dates(DATES, PARIS, lambda _anchor: None, FRANCE)
    assert stand_still == {
        "submission": paris("2024-03-11T12:00"),
        "lapse": paris("2024-03-14T18:00"),
        "found": paris("2024-03-21T18:00"),
    }
    happened = {Anchor("entered", "ineligible"): paris("2024-03-18T10:00")}
    of_a_case = resolve_dates(DATES, PARIS, happened.get, FRANCE)
    assert of_a_case["appeal"] == paris("2024-04-02T18:00")
    assert of_a_case["appeal_read"] == paris("2024-04-03T18:00")


def test_a_circle_of_dates_is_told() -> None:
    dates = {
        "before": parse_instant("date.a + 1 day"),
        "a": parse_instant("date.b + 1 day"),
        "b": parse_instant("date.c + 1 day"),
        "c": parse_instant("date.a - 2 days"),
    }
    with pytest.raises(InstantError) as caught:
        date_order(dates)
    assert caught.value.why == "date.a → date.b → date.c → date.a"
    with pytest.raises(InstantError, match="waits for itself"):
        date_order({"a": parse_instant("date.a")})


def test_a_date_that_hangs_on_nothing_known_waits() -> None:
    dates = {"a": parse_instant("date.nowhere + 1 day")}
    assert date_order(dates) == ("a",)
    assert resolve_dates(dates, PARIS, lambda _anchor: None, FRANCE) == {}


@pytest.mark.parametrize(
    ("now", "days"),
    [
        ("2024-03-08T23:59", 3),
        ("2024-03-11T00:00", 0),
        ("2024-03-11T12:01", 0),
        ("2024-03-12T00:00", -1),
    ],
)
def test_how_many_days_are_left(now: str, days: int) -> None:
    assert days_until(paris("2024-03-11T12:00"), paris(now).astimezone(UTC), PARIS) == days


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("2 hours", "2024-02-26T14:00", "2024-02-26T16:00"),
        ("90 minutes", "2024-03-31T01:00", "2024-03-31T03:30"),
        ("1 day", "2024-03-30T14:00", "2024-03-31T14:00"),
        ("24 hours", "2024-03-30T14:00", "2024-03-31T15:00"),
    ],
)
def test_when_something_ends(text: str, start: str, end: str) -> None:
    """Hours pass; days keep the hour on the wall."""
    over = parse_span(text).after(paris(start), PARIS)
    assert over == paris(end)
    assert over.tzinfo is UTC


@given(st.integers(1, 9_999), st.sampled_from((TimeUnit.MINUTES, TimeUnit.HOURS, TimeUnit.DAYS)))
def test_a_span_is_written_as_it_is_read(count: int, repo: TimeUnit) -> None:
    assert parse_span(str(Span(count, repo))) == Span(count, repo)


@pytest.mark.parametrize(
    ("source", "what", "mend"),
    [
        ("0 hours", "no length of time", "2 hours"),
        ("-2 hours", "no length of time", ""),
        ("hours", "no length of time", ""),
        (2, "no length of time", ""),
        ("0.5 hours", "no count", "smaller"),
        ("2 hour s", "no unit of time", '"hours"'),
        ("3 working days", "no unit of time", ""),
        ("1 month", "no unit of time", ""),
    ],
)
def test_what_is_no_span(source: object, what: str, mend: str) -> None:
    with pytest.raises(InstantError) as caught:
        parse_span(source)
    assert what in caught.value.what
    assert mend in caught.value.mend
