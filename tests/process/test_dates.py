"""The contest's dates: fixed ones, and those that hang on a candidature."""

from datetime import UTC, datetime

import pytest

from ptce_workflow.process.calendar import InstantError, parse_instant
from ptce_workflow.process.process import Process
from tests.process.contests import candidature, contest, shipped

LAPSE = """
[transitions.lapse]
label = "Close"
to = "refused"
at = "date.closing + 3 working days at 18:00"
"""
FIELDS = """
[fields.founded]
type = "date"
label = "x"
"""


def utc(*parts: int) -> datetime:
    """An instant in UTC."""
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type, misc]


def test_dates_that_no_candidature_moves_are_fixed() -> None:
    dates = Process.load(contest()).dates
    assert dates.fixed == {"opening": utc(2024, 2, 5, 8), "closing": utc(2024, 3, 11, 11)}
    assert dates.of("closing", candidature()) == utc(2024, 3, 11, 11)


def test_a_date_waits_for_what_it_hangs_on() -> None:
    dates = Process.load(contest()).dates
    assert dates.of("appeal", candidature()) is None
    early = candidature(entered={"refused": utc(2024, 3, 20, 9)})
    late = candidature(entered={"refused": utc(2024, 4, 20, 9)})
    assert dates.of("appeal", early) == utc(2024, 4, 4, 16)
    assert dates.of("appeal", late) == utc(2024, 5, 6, 16)


@pytest.mark.parametrize(
    ("instant", "expected"),
    [
        ("date.closing", utc(2024, 3, 11, 11)),
        ("date.appeal + 1 day", utc(2024, 4, 5, 16)),
        ("dossier.visit - 1 week at 09:00", utc(2024, 4, 3, 7)),
        ("dossier.founded", utc(2024, 7, 13, 22)),
        ("dossier.founded + 1 day at 08:00", utc(2024, 7, 15, 6)),
        ("entered.selected + 1 day", None),
        ("sent.receipt + 1 day", None),
    ],
)
def test_an_instant_is_counted_from_whatever_happened(
    instant: str, expected: datetime | None
) -> None:
    dates = Process.load(contest({"sheets/dossier.toml": FIELDS})).dates
    case = candidature(
        entered={"refused": utc(2024, 3, 20, 9)},
        facts={"dossier.visit": "2024-04-10T08:00:00.000000Z", "dossier.founded": "2024-07-14"},
    )
    assert dates.resolve(parse_instant(instant), case) == expected


def test_the_same_instant_for_one_candidature_is_not_that_of_another() -> None:
    """What was worked out for one is never kept for the next."""
    dates = Process.load(contest()).dates
    instant = parse_instant("entered.refused + 1 day")
    for day in (1, 2, 3):
        case = candidature(entered={"refused": utc(2024, 5, day, 9)})
        assert dates.resolve(instant, case) == utc(2024, 5, day + 1, 9)
    assert dates.resolve(instant, candidature()) is None


def test_time_makes_what_is_due_in_the_present_state() -> None:
    process = Process.load(contest({"states/draft.toml": LAPSE}))
    assert process.due(candidature()) == {"lapse": utc(2024, 3, 14, 17)}
    assert process.due(candidature(state="submitted")) == {}


def test_what_hangs_on_nothing_yet_is_not_due() -> None:
    timed = LAPSE.replace("date.closing + 3 working days", "dossier.visit + 1 day")
    process = Process.load(contest({"states/draft.toml": timed}))
    assert process.due(candidature()) == {}


def test_a_folder_with_a_circle_of_dates_does_not_work_out() -> None:
    change = ("at = 2024-02-05T09:00:00", 'at = "date.opening + 1 day"')
    process = Process.load(contest(replace={"config.toml": change}))
    with pytest.raises(InstantError):
        _ = process.dates


def test_the_dates_of_the_rulebook() -> None:
    fixed = Process.load(shipped()).dates.fixed
    assert fixed["submission"] == utc(2024, 3, 11, 11)
    assert fixed["lapse"] == utc(2024, 3, 14, 17)
    assert fixed["session_1"] == utc(2024, 5, 14, 7, 30)
    assert fixed["waiting_list_end"] == utc(2024, 5, 7, 16)


def test_a_date_of_a_candidature_waits_for_another_that_stands() -> None:
    """Of `at` and `not_before`, the later; whoever comes late gets the time that is its own."""
    later = contest(
        replace={
            "config.toml": (
                'at = "entered.refused + 10 working days at 18:00"',
                'at = "entered.refused + 2 days at 18:00"\nnot_before = "date.closing"',
            )
        }
    )
    dates = Process.load(later).dates
    assert dates.of("appeal", candidature()) is None
    early = candidature(entered={"refused": utc(2024, 3, 1, 9)})
    late = candidature(entered={"refused": utc(2024, 4, 20, 9)})
    assert dates.of("appeal", early) == dates.fixed["closing"]
    assert dates.of("appeal", late) == utc(2024, 4, 22, 16)
    assert dates.resolve(parse_instant("date.appeal + 1 day"), early) == utc(2024, 3, 12, 11)


def test_a_date_waits_for_another_that_hangs_on_the_candidature() -> None:
    one = contest(
        {
            "config.toml": """
            [dates.reply]
            label = "x"
            at = "entered.draft + 1 year"
            choice = "x"
            """
        },
        replace={"config.toml": ('at 18:00"', 'at 18:00"\nnot_before = "date.reply"')},
    )
    dates = Process.load(one).dates
    refused = candidature(entered={"refused": utc(2024, 3, 20, 9)})
    assert dates.of("appeal", refused) == utc(2024, 4, 4, 16)
    opened = {"draft": utc(2024, 2, 1, 9), "refused": utc(2024, 3, 20, 9)}
    assert dates.of("appeal", candidature(entered=opened)) == utc(2025, 2, 1, 9)
