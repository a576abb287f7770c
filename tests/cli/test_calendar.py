"""What lies ahead, at the keyboard and as a calendar file."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from icalendar import Calendar
from msgspec.structs import replace

from ptce_workflow.app.outbox.waiting import Ahead
from ptce_workflow.base.runtime import SetClock
from ptce_workflow.base.words import speaking
from ptce_workflow.cli.terminal import print_parts
from ptce_workflow.reports.scheduler import calendar_report
from tests.cli.lines import run
from tests.cli.posting import DESK_ADDRESS, english
from tests.cli.test_pages import lines as printed
from tests.cli.test_pages import terminal
from tests.rehearsal import opened

Capture = pytest.CaptureFixture[str]
MORNING = datetime(2024, 2, 27, 8, tzinfo=UTC)


def day(lines: list[str], heading: str) -> list[str]:
    """The lines below a day, until the next one."""
    place = lines.index(heading)
    return lines[place + 1 : lines.index("", place) if "" in lines[place:] else None]


def test_days_tell_mails_among_the_dates(contest: Path, capsys: Capture) -> None:
    lines = english(capsys, "calendar").out.splitlines()
    morning, noon = day(lines, "Monday 11 March 2024")
    assert morning.startswith("  09:00  Last reminder before the deadline ")
    assert morning.endswith(" 2 collectives")
    assert noon == "  12:00  Application deadline"
    assert "Monday 5 February 2024" not in lines


def test_dates_that_last_say_until_when(contest: Path, capsys: Capture) -> None:
    lines = english(capsys, "calendar").out.splitlines()
    assert day(lines, "Tuesday 14 May 2024") == [
        "  09:30  First day of the programme (until 16:30)"
    ]


def test_what_a_person_reads_first_is_starred(contest: Path, capsys: Capture) -> None:
    told = english(capsys, "calendar").out
    starred = [line for line in told.splitlines() if " *  " in line]
    (line,) = [line for line in starred if line.endswith(" Juror")]
    assert line.startswith("  09:00  Invitation of the jury to score")
    assert told.count("ptce mail list --state held") == 1


def test_the_star_stands_apart(contest: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = terminal(80, monkeypatch)
    with opened(contest, SetClock(MORNING)) as told:
        decision = Ahead(MORNING, "decision", "Decision", "C-001", "contact", "Larzac", held=True)
        print_parts(out, calendar_report(told.process, [decision], (), MORNING).parts)
    assert printed(out)[1] == "  09:00  Decision *  C-001 Larzac"


def test_a_daily_mail_that_is_late_is_told_once(
    contest: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    late, usual = (
        Ahead(
            *(MORNING.replace(day=day, hour=hour, minute=30), "desk_digest", "Digest", ""),
            *("P-001", "Marie Durand", False),
            daily=True,
        )
        for day, hour in ((27, 10), (28, 7))
    )
    other = replace(usual, recipient="P-002")
    out = terminal(120, monkeypatch)
    with opened(contest, SetClock(MORNING)) as told, speaking("en"):
        print_parts(out, calendar_report(told.process, [late, usual, other], (), MORNING).parts)
    assert printed(out)[0] == (
        "Digest · every working day at 08:30, from 27 Feb on, to: Marie Durand, Marie Durand"
    )


def test_daily_mails_are_told_once(contest: Path, capsys: Capture) -> None:
    enrolled = run(capsys, "people", "enrol", "Desk 2", "--role", "desk", "--email", DESK_ADDRESS)
    assert enrolled.code == 0, enrolled.err
    told = english(capsys, "calendar").out
    assert told.count("Daily digest") == 1
    assert told.splitlines()[0].startswith("Daily digest · every working day at 08:30")
    data = json.loads(run(capsys, "calendar", "--json").out)
    daily = [one["notification"] for one in data["mails"] if one["daily"]]
    assert daily == ["desk_digest", "witness_chair"]
    weekly = "the first working day of every week at 09:00"
    assert f"Checkpoint, for who chairs the jury · {weekly}" in told


def test_one_candidature_alone(contest: Path, capsys: Capture) -> None:
    """--ref keeps its mails, and the dates that hold for all."""
    told = json.loads(run(capsys, "calendar", "--ref", "C-002", "--json").out)
    assert {one["ref"] for one in told["mails"]} == {"C-002"}
    every = json.loads(run(capsys, "calendar", "--json").out)
    assert told["dates"] == every["dates"]
    assert len(every["mails"]) > 2 * len(told["mails"])
    assert run(capsys, "calendar", "--ref", "C-099").code == 2


def test_data_is_in_the_order_of_time(contest: Path, capsys: Capture) -> None:
    told = json.loads(run(capsys, "calendar", "--json").out)
    for kind in ("mails", "dates"):
        assert [one["at"] for one in told[kind]] == sorted(one["at"] for one in told[kind])
    lapsed = [one for one in told["mails"] if one["notification"] == "lapsed"]
    assert [one["stage"] for one in lapsed] == [None, None]
    recurring = {one["notification"] for one in told["mails"] if one["daily"]}
    assert recurring == {"witness_chair"}


def test_the_end_of_the_contest_is_said(
    contest: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PTCE_NOW", "2025-06-01T09:00:00+02:00")
    assert run(capsys, "tick").code == 0
    told = english(capsys, "calendar", "--ref", "C-001").out
    assert "Application deadline" not in told


def test_the_dates_can_be_imported_in_a_calendar(contest: Path, capsys: Capture) -> None:
    done = english(capsys, "calendar", "--ics", "dates.ics")
    assert done.code == 0
    assert "dates.ics" in done.out
    content = (contest / "dates.ics").read_bytes()
    assert run(capsys, "calendar", "--ics", "-", "--lang", "en").out.split() == (
        content.decode().split()
    )
    events = {str(event["summary"]): event for event in Calendar.from_ical(content).walk("VEVENT")}
    noon, three = datetime(2024, 3, 11, 11, tzinfo=UTC), datetime(2024, 2, 26, 15, tzinfo=UTC)
    assert events["Application deadline"].decoded("dtstart") == noon
    assert events["Information meeting"].decoded("dtend") == three
    assert len({str(event["uid"]) for event in events.values()}) == len(events)


def test_a_calendar_file_is_no_data(contest: Path, capsys: Capture) -> None:
    assert run(capsys, "calendar", "--ics", "-", "--json").code == 2


def test_a_file_that_cannot_be_written_is_said(contest: Path, capsys: Capture) -> None:
    ended = run(capsys, "calendar", "--ics", "nowhere/dates.ics")
    assert ended.code == 1
    assert "nowhere" in ended.err


@pytest.mark.parametrize("word", ["soon", "0", "-1", "nan", "1e9"])
def test_a_run_rests_for_a_time_that_makes_sense(word: str, contest: Path, capsys: Capture) -> None:
    ended = run(capsys, "run", f"--every={word}")
    assert (ended.code, ended.out) == (2, "")


def test_a_log_is_plain_or_json(contest: Path, capsys: Capture) -> None:
    ended = english(capsys, "run", "--log", "jsn")
    assert ended.code == 2
    assert "json" in ended.err
