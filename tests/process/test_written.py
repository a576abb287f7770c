"""Days and instants as people write them: read in the contest's zone, or refused with a reason."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

import ptce_workflow.base.words as speech
from ptce_workflow.base.words import speaking
from ptce_workflow.process.calendar import (
    InstantError,
    end_of_day,
    is_day,
    read_day,
    read_moment,
    with_year,
)

PARIS = ZoneInfo("Europe/Paris")
MOMENT = datetime(2024, 3, 14, 10, 42, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        *("2024-03-14", "14/03/2024", "14.3.2024", "14 mars 2024", "jeudi 14 mars 2024"),
        *("14 March 2024", "Thursday 14 March 2024", "March 14, 2024", "Mar 14 2024"),
        *("le jeudi 14 mars 2024", "14th March 2024", "14 MARS 2024", " 14  mars\u00a02024 "),
    ],
)
def test_a_day_is_read_however_it_is_written(text: str) -> None:
    assert read_day(text) == date(2024, 3, 14)
    assert is_day(text)


@pytest.mark.parametrize(
    ("text", "month"),
    [("1er fevrier 2024", 2), ("1 févr. 2024", 2), ("1er août 2024", 8), ("1 Aug 2024", 8)],
)
def test_months_are_read_without_accents_and_short(text: str, month: int) -> None:
    assert read_day(text) == date(2024, month, 1)


@pytest.mark.parametrize(
    "text",
    [
        *("14/03/2024 11:42", "14 mars 2024 à 11 h 42", "14 mars 2024 a 11h42", "2024-03-14 11:42"),
        *("jeudi 14 mars 2024, 11 h 42", "14 March 2024 at 11:42", "14/03/2024 à 11 heures 42"),
        *("14 mars 2024 à 10:42 Z", "2024-03-14T11:42:00.0+01:00", "14 mars 2024 à 11 h 42 min"),
    ],
)
def test_an_instant_is_read_in_the_zone(text: str) -> None:
    """Unless it says its offset."""
    assert read_moment(text, PARIS) == MOMENT


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("14/03/24 11:42", "century"),
        ("14 mars à 11 h 42", "year"),
        ("30 février 2024 à 11 h", "no day of the calendar"),
        ("vendredi 14 mars 2024 à 11 h", "names two days"),
        ("14 mars 2024", "no hour"),
        ("14 mars 2024 à midi", '"à midi" is not an hour'),
        ("14 mars 2024 à 25 h", "not an hour"),
        ("14 marsouins 2024", "not a day"),
        ("31/03/2024 2:30", "does not exist"),
        ("27/10/2024 2:30", "twice"),
    ],
)
def test_what_is_no_instant_is_refused(text: str, what: str) -> None:
    with speaking("en"), pytest.raises(InstantError, match=what) as refused:
        read_moment(text, PARIS)
    assert refused.value.mend


def test_an_hour_that_comes_twice_is_told_by_its_offset() -> None:
    with pytest.raises(InstantError) as refused:
        read_moment("27/10/2024 2:30", PARIS)
    first, second = "2024-10-27T02:30:00+02:00", "2024-10-27T02:30:00+01:00"
    assert first in refused.value.mend
    assert second in refused.value.mend
    assert read_moment(first, PARIS) < read_moment(second, PARIS)


def test_a_day_ends_before_the_next_begins() -> None:
    for day, after in (("2024-03-31", "2024-04-01"), ("2024-10-27", "2024-10-28")):
        gap = read_moment(f"{after} 00:00", PARIS) - end_of_day(read_day(day), PARIS)
        assert gap.total_seconds() == pytest.approx(1e-6)


@given(
    st.datetimes(
        datetime(1900, 1, 1),  # noqa: DTZ001
        datetime(2199, 12, 31),  # noqa: DTZ001
        timezones=st.just(UTC),
    ),
    st.sampled_from(["fr", "en"]),
)
def test_what_the_program_says_is_read_back(moment: datetime, language: str) -> None:
    moment = moment.replace(microsecond=0)
    said = speech.long_instant(moment, ZoneInfo("UTC"), language, seconds=True)
    assert read_moment(said, ZoneInfo("UTC")) == moment


def test_a_past_day_may_leave_its_year_out() -> None:
    paris, today = ZoneInfo("Europe/Paris"), date(2024, 3, 9)
    for text, read in {
        "8 mars 11h42": "2024-03-08T11:42:00+01:00",
        "9 mars 11h42": "2024-03-09T11:42:00+01:00",
        "10 mars à 11 h 42": "2024-03-10T11:42:00+01:00",
        "dimanche 10 mars 11h42": "2024-03-10T11:42:00+01:00",
        "28 décembre 11h42": "2023-12-28T11:42:00+01:00",
        "1 octobre 11h42": "2023-10-01T11:42:00+02:00",
        "29 février 8h": "2024-02-29T08:00:00+01:00",
        "10 mars 2025 11h42": "2025-03-10T11:42:00+01:00",
    }.items():
        assert read_moment(with_year(text, today), paris).isoformat() == read
    assert with_year("2 janvier 8h", date(2024, 12, 31)) == "2 janvier 2025 8h"
    with pytest.raises(InstantError):
        read_moment(with_year("29 février 8h", date(2023, 3, 1)), paris)
    with pytest.raises(InstantError):
        read_moment("8 mars 11h42", paris)
