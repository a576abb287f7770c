"""Dates moved all together: hours, order and working days are kept."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ptce_workflow.base.errors import Misuse
from ptce_workflow.process.calendar import TimeUnit, Workdays
from ptce_workflow.process.dates import Shift, parse_shift, shifted
from tests.cases import cases

pytestmark = pytest.mark.usefixtures("in_english")

PARIS = ZoneInfo("Europe/Paris")
FRANCE = Workdays("FR")
LENGTHS = st.builds(
    Shift,
    st.integers(1, 30),
    st.sampled_from([TimeUnit.DAYS, TimeUnit.WEEKS, TimeUnit.MONTHS, TimeUnit.YEARS]),
)
HOURS = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)).map(  # noqa: DTZ001
    lambda local: local.replace(microsecond=0, fold=0)
)


def moved(text: str, *dates: str) -> list[str]:
    """Where dates are moved to, in the order in which they are said."""
    known = [datetime.fromisoformat(one) for one in dates]
    found = shifted(known, parse_shift(text), PARIS, FRANCE)
    return [found[one].isoformat(timespec="minutes") for one in known]


@pytest.mark.parametrize(
    ("text", "before", "after"),
    cases("""
        1y | 2024-03-11T12:00 | 2025-03-10T12:00
        2y | 2024-03-11T12:00 | 2026-03-09T12:00
        1a | 2024-03-11T12:00 | 2025-03-10T12:00
        52w | 2024-03-11T12:00 | 2025-03-10T12:00
        52w | 2023-04-24T09:00 | 2024-04-22T09:00
        52w | 2024-04-22T09:00 | 2025-04-22T09:00
        18m | 2024-03-11T12:00 | 2025-09-11T12:00
        2m | 2024-03-11T12:00 | 2024-05-13T12:00
        1m | 2024-01-31T12:00 | 2024-02-29T12:00
        10d | 2024-03-11T12:00 | 2024-03-21T12:00
        5j | 2024-03-11T12:00 | 2024-03-18T12:00
        1w | 2024-03-09T12:00 | 2024-03-16T12:00
        1w | 2024-03-24T02:30 | 2024-04-01T02:30
    """),
)
def test_a_date_is_moved(text: str, before: str, after: str) -> None:
    assert moved(text, before) == [after]


def test_years_move_all_dates_alike() -> None:
    before = ["2024-02-12T09:00", "2024-03-04T12:00", "2024-06-17T14:00", "2026-09-07T09:00"]
    days = {
        datetime.fromisoformat(after) - datetime.fromisoformat(one)
        for one, after in zip(before, moved("3y", *before), strict=True)
    }
    assert days == {timedelta(days=1099)} or days == {timedelta(days=1092)}


def test_one_that_is_put_off_pushes_the_next() -> None:
    """Monday 21 April 2025 is a day off, and the Tuesday was after it."""
    assert moved("52w", "2024-04-22T14:00", "2024-04-23T09:00") == [
        "2025-04-22T14:00",
        "2025-04-23T09:00",
    ]


@given(st.sets(HOURS, min_size=1, max_size=8), LENGTHS)
def test_hours_order_and_working_days_are_kept(dates: set[datetime], shift: Shift) -> None:
    found = shifted(dates, shift, PARIS, FRANCE)
    after = [found[one] for one in sorted(dates)]
    assert after == sorted(set(after))
    for before, now in found.items():
        assert now.time() == before.time()
        assert now > before
        if FRANCE.is_working_day(before.date()):
            assert FRANCE.is_working_day(now.date())


@pytest.mark.parametrize(
    "text", ["0d", "", "y", "1", "1 year", "-1y", "1.5y", "12345d", "1h", "é", "²y"]
)
def test_what_is_no_length(text: str) -> None:
    with pytest.raises(Misuse) as refused:
        parse_shift(text)
    assert "1y" in refused.value.mend


def test_dates_stay_in_the_calendar() -> None:
    """9999 years on there is none."""
    with pytest.raises(Misuse, match="9999y"):
        moved("9999y", "2024-03-11T12:00")


def test_no_date_no_move() -> None:
    """A contest may have none."""
    assert shifted([], parse_shift("1y"), PARIS, FRANCE) == {}
