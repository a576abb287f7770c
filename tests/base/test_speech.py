"""Days, hours and numbers in French and in English."""

from datetime import UTC, date, datetime, time
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from babel import Locale
from babel.numbers import format_decimal
from hypothesis import given
from hypothesis import strategies as st

import ptce_workflow.base.words as speech

PARIS = ZoneInfo("Europe/Paris")
NOON = datetime(2024, 3, 11, 11, 0, tzinfo=UTC)
RECEIVED = datetime(2024, 3, 11, 10, 42, 7, tzinfo=UTC)
LANGUAGES = st.sampled_from(("fr", "en"))
INSTANTS = st.datetimes(
    datetime.fromisoformat("1900-01-02"),
    datetime.fromisoformat("2100-01-01"),
    timezones=st.just(UTC),
)


@pytest.mark.parametrize(
    ("instant", "language", "said"),
    [
        (NOON, "fr", "lundi 11 mars 2024 à 12\u00a0h"),
        (NOON, "en", "Monday 11 March 2024 at 12:00"),
        (RECEIVED, "fr", "lundi 11 mars 2024 à 11\u00a0h\u00a042"),
        (RECEIVED, "en", "Monday 11 March 2024 at 11:42"),
        (datetime(2024, 7, 31, 22, 5, tzinfo=UTC), "fr", "jeudi 1er août 2024 à 0\u00a0h\u00a005"),
        (datetime(2024, 7, 31, 22, 5, tzinfo=UTC), "en", "Thursday 1 August 2024 at 00:05"),
    ],
)
def test_an_instant_is_said_in_full(instant: datetime, language: str, said: str) -> None:
    assert speech.long_instant(instant, PARIS, language) == said


@pytest.mark.parametrize(
    ("instant", "language", "said"),
    [
        (RECEIVED, "fr", "11\u00a0h\u00a042\u00a0min\u00a007\u00a0s"),
        (RECEIVED, "en", "11:42:07"),
        (NOON, "fr", "12\u00a0h"),
        (NOON, "en", "12:00:00"),
        (NOON.replace(second=5), "fr", "12\u00a0h\u00a000\u00a0min\u00a005\u00a0s"),
        (NOON.replace(minute=30), "fr", "12\u00a0h\u00a030"),
    ],
)
def test_seconds_are_said_when_asked(instant: datetime, language: str, said: str) -> None:
    assert speech.clock(instant, PARIS, language, seconds=True) == said
    assert speech.long_instant(instant, PARIS, language, seconds=True).endswith(f" {said}")


def test_an_instant_is_told_shortly_in_tables() -> None:
    assert speech.short_instant(RECEIVED, PARIS, "fr") == "11 mars 11:42"
    assert speech.short_instant(RECEIVED, PARIS, "en") == "11 Mar 11:42"


def test_a_day_is_told_shortly_or_in_full() -> None:
    day = date(2024, 2, 26)
    assert speech.short_date(day, PARIS, "fr") == "26 févr."
    assert speech.short_date(day, PARIS, "en") == "26 Feb"
    assert speech.long_date(day, PARIS, "fr") == "lundi 26 février 2024"
    assert speech.long_date(day, PARIS, "en") == "Monday 26 February 2024"
    assert speech.short_date(date(2024, 5, 1), PARIS, "fr") == "1er mai"


def test_the_day_of_an_instant_is_the_day_of_the_zone() -> None:
    late = datetime(2024, 2, 29, 23, 30, tzinfo=UTC)
    assert speech.short_date(late, PARIS, "fr") == "1er mars"
    assert speech.long_date(late, PARIS, "en") == "Friday 1 March 2024"


def test_a_naive_datetime_is_not_said() -> None:
    for say in (speech.long_instant, speech.short_instant, speech.short_date, speech.clock):
        with pytest.raises(TypeError, match="naive"):
            say(datetime.fromisoformat("2024-03-11T12:00"), PARIS, "fr")


def test_another_language_has_days_and_numbers_in_french() -> None:
    assert speech.days_from_now(3, "oc") == speech.days_from_now(3, "fr")
    assert speech.days_from_now(3, "en-IE") == speech.days_from_now(3, "en")
    assert speech.tag("oc") == "oc"


@pytest.mark.parametrize(
    ("days", "french", "english"),
    [
        (0, "aujourd’hui", "today"),
        (1, "demain", "tomorrow"),
        (-1, "hier", "yesterday"),
        (3, "dans 3 jours", "in 3 days"),
        (-2, "il y a 2 jours", "2 days ago"),
        (12_040, "dans 12\u202f040 jours", "in 12,040 days"),
    ],
)
def test_how_far_a_day_is(days: int, french: str, english: str) -> None:
    assert speech.days_from_now(days, "fr") == french
    assert speech.days_from_now(days, "en") == english


@pytest.mark.parametrize(
    ("count", "french", "english"),
    [
        (0, "0", "0"),
        (999, "999", "999"),
        (1204, "1204", "1204"),
        (9999, "9999", "9999"),
        (10_000, "10\u202f000", "10,000"),
        (1_000_000, "1\u202f000\u202f000", "1,000,000"),
        (-12_040, "-12\u202f040", "-12,040"),
    ],
)
def test_whole_numbers(count: int, french: str, english: str) -> None:
    """Thousands are set apart from 10,000 on: four figures may be a year."""
    assert speech.number(count, "fr") == french
    assert speech.number(count, "en") == english


@pytest.mark.parametrize(
    ("count", "french", "english"),
    [
        (350, "3,50", "3.50"),
        (0, "0,00", "0.00"),
        (7, "0,07", "0.07"),
        (-5, "-0,05", "-0.05"),
        (400_050, "4000,50", "4000.50"),
        (1_204_050, "12\u202f040,50", "12,040.50"),
    ],
)
def test_hundredths(count: int, french: str, english: str) -> None:
    """A number in hundredths is said exactly, always with two decimals."""
    assert speech.hundredths(count, "fr") == french
    assert speech.hundredths(count, "en") == english


@given(st.integers(-(10**15), 10**15), LANGUAGES)
def test_every_hundredth_is_kept(count: int, language: str) -> None:
    said = speech.hundredths(count, language)
    figures = "".join(character for character in said if character in "-0123456789")
    assert int(figures) == count


@given(st.integers(-(10**15), 10**15), LANGUAGES)
def test_numbers_are_said_as_babel_says_them(count: int, language: str) -> None:
    whole = "#,##0" if abs(count) >= 10_000 else "0"
    assert speech.number(count, language) == format_decimal(count, whole, locale=language)
    hundredths, pattern = Decimal(count).scaleb(-2), "#,##0.00" if abs(count) >= 10**6 else "0.00"
    assert speech.hundredths(count, language) == format_decimal(
        hundredths, pattern, locale=language
    )


@pytest.mark.parametrize("language", speech.LANGUAGES)
def test_names_and_marks_are_those_of_the_cldr(language: str) -> None:
    usage, locale = speech.USAGES[language], Locale(language)
    days, months = locale.days["format"]["wide"], locale.months["format"]
    assert usage.days == tuple(days[day] for day in range(7))
    assert usage.months == tuple(months["wide"].values())
    assert usage.short_months == tuple(months["abbreviated"].values())
    marks = locale.number_symbols["latn"]
    assert (usage.decimal, usage.thousands) == (marks["decimal"], marks["group"])


@given(INSTANTS, LANGUAGES)
def test_the_long_form_says_the_local_time(instant: datetime, language: str) -> None:
    local = instant.astimezone(PARIS)
    hour, minute = (24, 0) if local.time() == time.max else (local.hour, local.minute)
    words = speech.long_instant(instant, PARIS, language).replace("\u00a0", " ").split()
    assert words[1].removesuffix("er") == str(local.day)
    assert words[3] == str(local.year)
    if language == "fr":
        assert int(words[5]) == hour
        assert int(words[7] if len(words) > 7 else 0) == minute
    else:
        assert words[5] == f"{hour:02}:{minute:02}"


@pytest.mark.parametrize(
    ("answer", "agreed"),
    [("o", True), ("Oui", True), ("Y", True), ("yes", True), ("", False), ("n", False)],
)
def test_who_says_yes_in_any_language_agrees(answer: str, agreed: bool) -> None:
    assert speech.agrees(answer) is agreed
    assert {"oui", "yes", "vrai", "true"} == speech.YES
    assert not speech.YES & speech.NO
