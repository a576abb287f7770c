"""The story of the rehearsal, and the mails that it leaves to be read."""

import email
import json
import smtplib
from collections import Counter
from collections.abc import Iterator
from contextlib import redirect_stderr
from datetime import datetime
from email import policy
from email.message import EmailMessage
from functools import cache
from io import StringIO
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

import ptce_workflow.app.outbox.desk as desk
import ptce_workflow.app.outbox.waiting as ahead
from ptce_workflow.app.candidatures.overview import overview
from ptce_workflow.app.contest import Contest
from ptce_workflow.app.jury.ranking import standing
from ptce_workflow.app.jury.sittings import sitting
from ptce_workflow.app.outbox.desk import letter_view
from ptce_workflow.base.runtime import SetClock
from ptce_workflow.base.words import LANGUAGES, speaking
from ptce_workflow.cli.invocation import instant
from ptce_workflow.cli.terminal import ERASE_LINE
from ptce_workflow.process.letters.message import Stage as MailStage
from rehearsal.cast import (
    DESK,
    GRIDS,
    HERE,
    NEXT_CONTEST,
    PAPERS,
    RECEIVED,
    RIGHT_ADDRESS,
    SCRIPT,
    WRONG_ADDRESS,
)
from rehearsal.mailbag import Astray, in_order
from rehearsal.run import last_lines, readers_language
from rehearsal.server import Received, Server
from rehearsal.serving import HOST
from rehearsal.stage import Stage, read, show_progress
from tests.cli.lines import run
from tests.conftest import marks_of

pytestmark = pytest.mark.rehearsed

AFTERWARDS = "2024-09-04T09:00:00+02:00"


@pytest.fixture
def afterwards(played: Path) -> Iterator[Contest]:
    """The played contest, to be looked at the day after."""
    clock = SetClock(instant(AFTERWARDS, said_by="test", zone=None))
    with Contest.open(played, actor=DESK, clock=clock) as contest:
        yield contest


@cache
def messages(played: Path) -> dict[str, EmailMessage]:
    """The mails that were received, by the name of their file."""
    found = {}
    for file in sorted((played / RECEIVED).glob("*.eml")):
        message = email.message_from_bytes(file.read_bytes(), policy=policy.default)
        assert isinstance(message, EmailMessage)
        found[file.stem] = message
    return found


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_story_is_told_in_both_languages(
    language: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("PTCE_CONTEST", "PTCE_ACTOR"):
        monkeypatch.setenv(name, "")
    with speaking(language):
        stage = Stage(tmp_path, DESK)
        for scene, words in stage.story.items():
            assert stage.said(scene)
            assert words["fr"] != words["en"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_rehearsal_ends_in_ten_lines(
    language: str, played: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("PTCE_CONTEST", "PTCE_ACTOR"):
        monkeypatch.setenv(name, "")
    monkeypatch.chdir(played.parent)
    with speaking(language):
        lines = last_lines(Stage(played, DESK), 319).splitlines()
    assert len(lines) <= 10
    assert [line for line in lines if len(line) > 80 and "PATH" not in line] == []
    named = [line.split()[0] for line in lines if line.startswith("  demo/")]
    assert len(named) == 5
    assert [path for path in named if not Path(path).exists()] == []


def test_all_that_is_typed_is_kept(played: Path) -> None:
    script = (played / SCRIPT).read_text("utf-8")
    assert "$ ptce deliberate " in script
    assert "ptce replay --check" in script
    assert "\x1b" not in script


@pytest.mark.parametrize(("terminal", "shown"), [(True, f"{ERASE_LINE}1/2"), (False, "1/2\n")])
def test_progress_is_one_line_on_a_terminal(
    terminal: bool, shown: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = StringIO()
    monkeypatch.setattr(told, "isatty", lambda: terminal)
    monkeypatch.setattr("rehearsal.stage._IS_DUMB", False)
    with redirect_stderr(told):
        show_progress("1/2")
        show_progress("")
    assert told.getvalue() == shown + (ERASE_LINE if terminal else "")


@pytest.mark.parametrize(
    ("environ", "language"),
    [
        ({}, "fr"),
        ({"LANG": "C.UTF-8"}, "fr"),
        ({"LANG": "en_GB.UTF-8"}, "en"),
        ({"LANG": "en_GB.UTF-8", "LC_ALL": "fr_FR.UTF-8"}, "fr"),
        ({"LANG": "fr_FR.UTF-8", "PTCE_LANG": "en"}, "en"),
    ],
)
def test_the_reader_is_spoken_to_in_their_language(environ: dict[str, str], language: str) -> None:
    assert readers_language(environ) == language


def test_the_clock_only_goes_forward() -> None:
    instants = [words["at"] for words in read("story.toml").values() if "at" in words]
    assert instants == sorted(instants)
    assert all(at.tzinfo is not None for at in instants)


def test_every_completion_completes_a_dossier() -> None:
    for file in (HERE / "completions").glob("*.toml"):
        assert (HERE / "dossiers" / file.name).is_file()


@pytest.mark.long
def test_every_kind_of_mail_arrives(played: Path, afterwards: Contest) -> None:
    kinds = Counter(stem.split("-")[4] for stem in messages(played))
    assert set(kinds) == set(afterwards.process.definition.notifications) - UNSENT


@pytest.mark.long
def test_files_stand_in_the_order_of_time(played: Path) -> None:
    for stem, message in messages(played).items():
        left = message["Date"].datetime.astimezone(ZoneInfo("Europe/Paris"))
        assert datetime.strptime(stem[:15], "%Y-%m-%d-%H%M") == left.replace(tzinfo=None)  # noqa: DTZ007


@pytest.mark.long
def test_each_mail_has_its_page_and_its_place_in_the_index(played: Path) -> None:
    index = (played / RECEIVED / "index.html").read_text("utf-8")
    for stem in messages(played):
        assert f'href="{stem}.html"' in index
        assert "<html" in (played / RECEIVED / f"{stem}.html").read_text("utf-8")
    assert index.count(".html") == len(messages(played))


@pytest.mark.long
def test_what_failed_leaves_again_to_the_right_address(played: Path) -> None:
    to = Counter(message["To"].addresses[0].addr_spec for message in messages(played).values())
    assert WRONG_ADDRESS not in to
    again = [stem for stem in messages(played) if stem.startswith("2024-02-12-1130")]
    assert [stem.split("-")[4:] for stem in again] == [
        ["draft_opened", "C", "003"],
        ["information_meeting", "C", "003"],
    ]
    assert to[RIGHT_ADDRESS] > len(again)


@pytest.mark.parametrize(
    ("ref", "day", "trace"),
    [
        pytest.param("C-004", "2024-04-17", "withdrawn", marks=pytest.mark.slow),
        ("C-008", "2024-04-22", "place_taken_back"),
    ],
)
def test_who_has_left_is_reminded_of_nothing(ref: str, day: str, trace: str, played: Path) -> None:
    late = [stem for stem in messages(played) if ref in stem and stem > day]
    told = [stem.split("-")[4] for stem in late]
    freed = ["session_1_convocation", "session_2_convocation"]
    assert sorted({*told} - {"confirmation_overdue"}) == sorted([trace, *freed])


def test_the_jury_has_parted_a_tie_and_kept_to_its_ranking(afterwards: Contest) -> None:
    held = sitting(afterwards, 2)
    order, deviation = held.votes
    assert (order.carried, order.casting) == (True, True)
    assert (deviation.carried, deviation.casting) == (False, False)


UNSENT = {"absence", "appeal_redressed", "date_moved", "date_moved_jury", "erasure_request"}
RANKING = (7, 2, 1, 6, 9, 8, 4, 5, 3, 10, 11, 17, 12, 15)
"""The numbers of the candidatures, best first."""
ELSEWHERE = {
    "withdrawn": (4, 8), "accompanied": (10,), "not_selected": (12, 15), "invited_directly": (13,),
    "ineligible": (14,), "late": (16,), "incomplete": (18,),
    "discarded": (19,),
}  # fmt: skip
"""Where those stand that do not end ready for the AMI."""
LETTERS = {
    "draft_opened": 15, "information_meeting": 8, "information_meeting_reminder": 8,
    "draft_reminder": 17, "draft_last_morning": 1, "completion_asked": 1, "acknowledgement": 20,
    "late": 1, "incomplete": 1, "lapsed": 1, "ineligible": 2, "invited_directly": 1,
    "jury_invitation": 6, "jury_convocation": 12, "missing_sheets": 7,
    "selected": 10, "wait_listed": 3, "not_selected": 2, "session_1_convocation": 13,
    "session_2_convocation": 13, "promoted": 2, "withdrawn": 2, "restored": 1,
    "appeal_received": 2, "appeal_granted": 1, "appeal_rejected": 1,
    "confirmation_reminder": 3,
    "confirmation_overdue": 1, "place_taken_back": 1, "session_reminder": 10,
    "accompaniment_completed": 10, "ami_ready": 9, "ami_follow_up": 16,
    "minutes": 12, "marks_recorded": 6,
    # Thirty weeks, and two sittings.
    "witness_auditor": 32, "witness_chair": 32,
}  # fmt: skip
"""How many of each notification are received, but for what the desk is told each morning."""


def test_the_story_is_the_same_however_the_contest_is_worded(
    played: Path, afterwards: Contest
) -> None:
    ranked = sorted(standing(afterwards).ranked, key=lambda one: one.rank)
    assert [one.case.ref for one in ranked] == [f"C-{number:03}" for number in RANKING]
    ended = {brief.ref: brief.state for brief in overview(afterwards).briefs}
    where = {f"C-{number:03}": state for state, those in ELSEWHERE.items() for number in those}
    assert ended == {ref: where.get(ref, "ami_ready") for ref in ended}
    assert len(ended) == 19
    kinds = (stem.split("-")[4] for stem in messages(played))
    # Both days go out of the calendars of who withdraws, by mistake too, or loses its place.
    freed = Counter(session_1_convocation=3, session_2_convocation=3)
    assert Counter(kind for kind in kinds if kind != "desk_digest") == Counter(LETTERS) + freed


def test_what_goes_out_on_paper_is_there(played: Path) -> None:
    names = {file.name for file in (played / PAPERS).iterdir()}
    assert names == {
        "ami.docx", "certificate.docx", "minutes.docx", "minutes.html", "ranking.html",
        "results.html", "session_1.xlsx", "session_2.xlsx",
    }  # fmt: skip
    assert len(list((played / GRIDS).iterdir())) == 5


@pytest.mark.long
def test_the_next_contest_has_taken_over(demo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for here, there in ((demo, demo / NEXT_CONTEST), (demo / NEXT_CONTEST, demo)):
        ended = run(capsys, "verify", "--contest", str(here), "--against", str(there), "--json")
        report = json.loads(ended.out)
        assert (ended.code, report["intact"], report["links"]) == (0, True, 2)
    taken = json.loads(run(capsys, "list", "--contest", str(demo / NEXT_CONTEST), "--json").out)
    shown = [
        json.loads(
            run(capsys, "show", one["ref"], "--contest", str(demo / NEXT_CONTEST), "--json").out
        )
        for one in taken
    ]
    origins = [one["origin"] for one in shown]
    assert all("dossier.members" in one["carried"] for one in origins)
    assert any({"ami.composition", "ami.economic_model"} <= {*one["carried"]} for one in origins)
    assert any(one["figures"].get("cra", {}).get("voices") for one in origins)


def test_nothing_is_left_undone(afterwards: Contest) -> None:
    waiting = ahead.waiting(afterwards)
    assert (waiting.held, waiting.uncertain, waiting.failed) == (0, 0, 0)
    assert waiting.paused == ""


@pytest.mark.long
def test_a_mail_lost_or_got_twice_stops_the_rehearsal(afterwards: Contest) -> None:
    sent = [
        Received(one.address, letter_view(afterwards, one.name).eml or b"")
        for one in desk.messages(afterwards, (MailStage.SENT,))
    ]
    assert len(in_order(sent, afterwards)) == len(sent)
    for wrong in (sent[1:], [*sent, sent[0]], [*sent[1:], Received(sent[0].address, b"")]):
        with pytest.raises(Astray):
            in_order(wrong, afterwards)


def test_afterwards_the_server_is_not_there(demo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    completion = "completions/10-soleils-des-corbieres.toml"
    assert run(capsys, "record", "C-010", "--from", completion).code == 0
    assert run(capsys, "advance", "C-010", "declare_ami_ready", "--yes").code == 0
    run(capsys, "tick")
    listed = run(capsys, "mail", "list", "--ref", "C-010", "--notification", "ami_ready", "--json")
    assert '"stage": "queued"' in listed.out


def test_the_server_refuses_some_and_keeps_the_rest() -> None:
    """It is a real server: anyone who speaks SMTP may ask."""
    with Server(refused=["nobody@there.example"]) as server:
        with smtplib.SMTP(HOST, server.port) as client:
            client.sendmail("a@there.example", ["b@there.example"], "Subject: x\r\n\r\ny\r\n")
            with pytest.raises(smtplib.SMTPRecipientsRefused) as refusal:
                client.sendmail("a@there.example", ["nobody@there.example"], "x")
        assert refusal.value.recipients["nobody@there.example"][0] == 550
    assert server.received == [Received("b@there.example", b"Subject: x\r\n\r\ny\r\n")]


def test_one_process_plays_it(request: pytest.FixtureRequest) -> None:
    asking = {
        item.nodeid.partition("::")[0]
        for item in request.session.items
        if "played" in getattr(item, "fixturenames", ())
    }
    assert [path for path in asking if "rehearsed" not in marks_of(path)] == []
