"""Working days: which days they are, and how they are counted."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ptce_workflow.process.calendar import InstantError, Workdays

pytestmark = pytest.mark.usefixtures("in_english")

FRANCE = Workdays("FR")
DAYS = st.dates(date(2000, 1, 1), date(2040, 1, 1))


@pytest.fixture(autouse=True, scope="module")
def _calendar_loaded() -> None:
    """Loads public holidays before any property test is timed."""
    FRANCE.check()


def test_public_holidays_of_spring_2024_in_france() -> None:
    """From April to May 2024, the weekdays off in France are these five."""
    spring = [date(2024, 4, 1) + timedelta(days=days) for days in range(61)]
    off = [day for day in spring if day.weekday() < 5 and not FRANCE.is_working_day(day)]
    assert [(day.month, day.day) for day in off] == [(4, 1), (5, 1), (5, 8), (5, 9), (5, 20)]
    assert all(Workdays().is_working_day(day) for day in off)


def test_without_a_country_only_weekends_are_off() -> None:
    week = [date(2024, 1, 1) + timedelta(days=days) for days in range(7)]
    assert [Workdays().is_working_day(day) for day in week] == [True] * 5 + [False] * 2


@pytest.mark.parametrize(
    ("start", "count", "end"),
    [
        ("2024-03-11", 3, "2024-03-14"),
        ("2024-03-11", -1, "2024-03-08"),
        ("2024-03-08", 1, "2024-03-11"),
        ("2024-03-09", 1, "2024-03-11"),
        ("2024-03-10", -1, "2024-03-08"),
        ("2024-03-10", 0, "2024-03-08"),
        ("2024-03-11", 0, "2024-03-11"),
        ("2024-05-07", 1, "2024-05-10"),
        ("2024-12-31", 1, "2025-01-02"),
        ("2024-02-28", 2, "2024-03-01"),
    ],
)
def test_counting_working_days_in_france(start: str, count: int, end: str) -> None:
    assert FRANCE.add(date.fromisoformat(start), count) == date.fromisoformat(end)


def test_the_working_day_before_a_day_off() -> None:
    assert FRANCE.previous_or_same(date(2024, 5, 20)) == date(2024, 5, 17)
    assert FRANCE.previous_or_same(date(2024, 5, 21)) == date(2024, 5, 21)
    assert Workdays().previous_or_same(date(2024, 5, 20)) == date(2024, 5, 20)


@given(DAYS, st.integers(-40, 40))
def test_working_days_lead_to_a_working_day(day: date, count: int) -> None:
    end = FRANCE.add(day, count)
    assert FRANCE.is_working_day(end)
    if count > 0:
        passed = (day + timedelta(days=days + 1) for days in range((end - day).days))
    else:
        passed = (end + timedelta(days=days) for days in range((day - end).days))
    assert count == 0 or sum(map(FRANCE.is_working_day, passed)) == abs(count)


@given(DAYS.filter(FRANCE.is_working_day), st.integers(-40, 40), st.integers(-40, 40))
def test_working_days_add_up(day: date, first: int, then: int) -> None:
    assert FRANCE.add(FRANCE.add(day, first), then) == FRANCE.add(day, first + then)


@pytest.mark.parametrize(
    ("country", "near"),
    [
        ("fr", '"FR"'),
        ("FRA", '"FR"'),
        ("Frnace", '"FR"'),
        ("United Kingdom", '"GB"'),
        ("", ""),
        ("QQ", ""),
    ],
)
def test_an_unknown_country_is_refused(country: str, near: str) -> None:
    with pytest.raises(InstantError) as caught:
        Workdays(country).check()
    assert "No public holidays" in caught.value.what
    assert near in caught.value.mend
    with pytest.raises(InstantError):
        Workdays(country).is_working_day(date(2024, 3, 11))


def test_a_known_country_or_none_is_accepted() -> None:
    """France has a calendar, and a contest may do without."""
    FRANCE.check()
    Workdays().check()
    assert Workdays("FR") == FRANCE
    assert hash(Workdays("FR")) == hash(FRANCE)


@pytest.mark.parametrize("country", ["FR", "AE", "CN", "SA"])
def test_days_kept_by_year_are_those_of_the_calendar(country: str) -> None:
    asked = Workdays(country)
    kept = Workdays(country, {year: asked.unlike_the_week(year) for year in (2021, 2022, 2024)})
    days = [date(2021, 1, 1) + timedelta(days=count) for count in range(4 * 365 + 1)]
    assert [*map(kept.is_working_day, days)] == [*map(asked.is_working_day, days)]
    assert kept == asked
