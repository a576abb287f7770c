"""Mail at the keyboard: what waits, what it says, and what a person decides about it."""

import io
import json
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import ptce_workflow.reports.mail as letters
import ptce_workflow.reports.mail as views
from ptce_workflow.app.candidatures.history import history
from ptce_workflow.app.contest import Contest
from ptce_workflow.app.locations import mail_settings
from ptce_workflow.app.outbox.delivery import claim
from ptce_workflow.app.outbox.desk import letter_view, messages
from ptce_workflow.base.errors import Misuse
from ptce_workflow.base.runtime import SetClock
from ptce_workflow.base.words import speaking
from ptce_workflow.cli.commands.mail import release
from ptce_workflow.cli.grammar import every_command
from ptce_workflow.cli.invocation import Invocation, agreed
from ptce_workflow.cli.terminal import Output, print_parts
from ptce_workflow.process.letters.message import Stage
from rehearsal.cast import DESK
from tests.cases import thinned
from tests.cli.lines import run
from tests.cli.posting import JUROR_ADDRESS, NOW, english, use_server
from tests.cli.shapes import agrees, shape
from tests.smtp import Misbehaviour, Server

Capture = pytest.CaptureFixture[str]


class Terminal(io.StringIO):
    """A stream that a person reads, or writes."""

    def isatty(self) -> bool:
        """Says that a person is there."""
        return True


class Answering(Terminal):
    """A person who does something else before answering yes."""

    def __init__(self, before: tuple[str, ...], capsys: Capture) -> None:
        super().__init__()
        self.before, self.capsys = before, capsys

    def readline(self, size: int = -1, /) -> str:  # type: ignore[override]
        done = run(self.capsys, *self.before)
        assert done.code == 0, done.err
        return "y\n"


@pytest.fixture
def server(contest: Path) -> Iterator[Server]:
    """The mail server of that contest."""
    with Server() as server:
        use_server(contest, server)
        yield server


def mails(capsys: Capture, *words: str) -> list[dict[str, Any]]:
    """What `mail list` gives as data."""
    found: list[dict[str, Any]] = json.loads(run(capsys, "mail", "list", *words, "--json").out)
    return found


def named(capsys: Capture, notification: str) -> str:
    """The first mail of a notification, whatever became of it."""
    return str(mails(capsys, "--notification", notification, "--all")[0]["message"])


def released(call: Invocation, name: str) -> int:
    """Releases a mail; the exit code."""
    with release.make_context("release", [name], obj=call) as context:
        return int(release.invoke(context))


def at_keyboard() -> Invocation:
    """A desk at its terminal, in the folder at hand."""
    environ = {"PTCE_ACTOR": DESK, "PTCE_NOW": NOW, "NO_COLOR": "1"}
    return Invocation(Path.cwd(), None, environ, Output(Terminal(), Terminal(), environ=environ))


def test_what_has_not_left_is_listed_in_time(contest: Path, capsys: Capture) -> None:
    found = mails(capsys)
    assert found
    assert {one["stage"] for one in found} <= set(views.OPEN)
    assert [one["next_at"] for one in found] == sorted(one["next_at"] for one in found)


def test_mails_are_chosen_by_state_candidature_and_notification(
    contest: Path, capsys: Capture
) -> None:
    """Each option narrows the list; a state may be named as people call it."""
    held = mails(capsys, "--state", "held")
    assert [one["notification"] for one in held] == ["jury_invitation"]
    assert mails(capsys, "--state", "held for review", "--lang", "en") == mails(
        capsys, "--state", "held", "--lang", "en"
    )
    assert {one["ref"] for one in mails(capsys, "--ref", "C-002")} == {"C-002"}
    reminders = mails(capsys, "--notification", "draft_reminder")
    assert {one["ref"] for one in reminders} == {"C-001", "C-002"}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("mail", "list", "--state", "plannd"), "planned"),
        (("mail", "list", "--notification", "selectd"), "selected"),
        (("mail", "list", "--ref", "C-099"), "C-099"),
        (("mail", "show", "M-999"), "M-999"),
        (("mail", "show", "spring"), "spring"),
        (("mail", "show", "M-001", "--eml", "--json"), "--json"),
        (("mail", "release"), "ptce mail release M-011 --yes"),
        (("mail", "release", "--yes"), "ptce mail release M-012"),
        (("mail", "release", "M-001", "--ref", "C-001"), "ptce mail release M-001"),
        (("mail", "release", "--notification", "selected"), "ptce mail list --state held"),
        (("mail", "resolve", "M-001"), "--sent, --resend, --drop"),
        (("mail", "resolve", "M-001", "--sent", "--drop"), "--sent, --resend, --drop"),
    ],
)
def test_misuse_is_answered_with_what_is_right(
    words: tuple[str, ...], said: str, contest: Path, capsys: Capture
) -> None:
    ended = english(capsys, *words)
    assert (ended.code, ended.out) == (2, "")
    assert said in ended.err


@pytest.mark.parametrize("columns", thinned([60, 80, 120], 3))
@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_line_fits_the_terminal(
    columns: int, language: str, contest: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    call = at_keyboard()
    with speaking(language):
        found, process = messages(call.contest), call.contest.process
        print_parts(call.out, views.list_report(process, found, call.contest.clock.now()).parts)
        for one in found:
            told = letter_view(call.contest, one.name, language)
            lines = history(call.contest, one.ref) if one.ref else ()
            print_parts(call.out, letters.letter(process, told, lines))
            print_parts(call.out, letters.previews(process, [told]))
    call.close()
    assert isinstance(call.out.stdout, Terminal)
    # What cannot be broken stands alone: the address of a page, a hash.
    whole = re.compile("://|[0-9a-f]{64}")
    printed = [line for line in call.out.stdout.getvalue().splitlines() if not whole.search(line)]
    assert max(map(len, printed)) <= columns


def test_a_letter_that_is_not_written_yet_is_shown_as_it_would_be(
    contest: Path, capsys: Capture
) -> None:
    name = named(capsys, "draft_reminder")
    told = english(capsys, "mail", "show", name)
    assert "not written for good yet" in told.out
    bytes_ = english(capsys, "mail", "show", name, "--eml")
    assert (bytes_.code, bytes_.out) == (1, "")


def test_a_cancelled_letter_is_told_as_one_that_stays(contest: Path, capsys: Capture) -> None:
    """It is not "not yet" written: it never will be."""
    name = named(capsys, "draft_reminder")
    ref = next(one["ref"] for one in mails(capsys) if one["message"] == name)
    assert english(capsys, "advance", ref, "withdraw", "--reason", "x", "--yes").code == 0
    told = english(capsys, "mail", "show", name).out
    assert "It will not leave: this is what it would say now." in told
    assert "not written for good yet" not in told


def test_a_mail_is_no_change(server: Server, contest: Path, capsys: Capture) -> None:
    """Who comes late is told who changed the candidature, not which mail left since."""
    english(capsys, "tick")
    told = english(capsys, "advance", "C-001", "declare_eligible")
    assert told.code == 1
    assert "by P-001 (line " in " ".join(told.err.split())


def test_show_tells_what_was_last_written(server: Server, contest: Path, capsys: Capture) -> None:
    assert "Nothing was written to them yet." in english(capsys, "show", "C-001").out
    name = named(capsys, "draft_opened")
    english(capsys, "tick")
    (line,) = [
        line
        for line in english(capsys, "show", "C-001").out.splitlines()[:5]
        if line.startswith("Last written to them: “")
    ]
    assert line.endswith(f"27 February 2024 at 09:00 ({name})")


@pytest.mark.parametrize("word", ["dreets", "DREETS", "jury"])
def test_a_letter_to_an_institution(word: str, contest: Path, capsys: Capture) -> None:
    file = contest / "letter.md"
    file.write_text("# The meeting has moved\n\nCome on Tuesday.\n", "utf-8")
    written = run(capsys, "mail", "write", "--to", word, "--from", str(file), "--json")
    assert written.code == 0, written.err
    [letter] = json.loads(written.out)
    assert (letter["address"], letter["stage"], letter["ref"]) == (JUROR_ADDRESS, "held", None)
    nobody = english(capsys, "mail", "write", "--to", "sgar", "--from", str(file))
    assert (nobody.code, "There is nobody to write to" in nobody.err) == (1, True)


def test_a_letter_is_shown_in_the_language_asked_for(
    contest: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = named(capsys, "draft_reminder")
    shown = ("mail", "show", name, "--json")
    assert json.loads(run(capsys, *shown, "--lang", "en").out)["language"] == "en"
    monkeypatch.setenv("PTCE_LANG", "en")
    assert json.loads(run(capsys, *shown).out)["language"] == "fr"


def test_the_bytes_that_left_are_shown(server: Server, contest: Path, capsys: Capture) -> None:
    name = named(capsys, "draft_opened")
    assert run(capsys, "tick").code == 0
    (address,) = {one["address"] for one in mails(capsys, "--all") if one["message"] == name}
    got = [one for one in server.received if address in one.recipients]
    written = run(capsys, "mail", "show", name, "--eml").out.encode()
    assert any(written.split() == one.content.split() for one in got)
    shown = json.loads(run(capsys, "mail", "show", name, "--json").out)
    headers = {one["name"]: one["value"] for one in shown["headers"]}
    assert headers["Subject"] == shown["subject"]
    assert shown["frozen"]
    assert shown["stage"] == "sent"


@pytest.mark.parametrize(
    ("typed", "yes"),
    [
        *(("y\n", True), ("OUI\n", True), ("o\n", True), ("Yes\n", True)),
        *(("\n", False), ("no\n", False), ("Non\n", False), ("n\n", False)),
        *(("peut-être\nouis\noui\n", True), ("ok\n\n", False)),
    ],
)
def test_what_is_neither_yes_nor_no_is_asked_again(typed: str, yes: bool) -> None:
    said = Terminal()
    call = Invocation(None, None, {}, Output(Terminal(), said))
    with speaking("en"):
        assert agreed(call, "Sure?", "No, then.", Terminal(typed)) is yes
    assert said.getvalue().count("Sure?") == typed.count("\n")
    assert said.getvalue().count("is neither yes nor no") == typed.count("\n") - 1
    assert ("No, then." in said.getvalue()) != yes


class Interrupted(Terminal):
    """A keyboard at which somebody types Ctrl-C."""

    def readline(self, size: int = -1, /) -> str:  # type: ignore[override]
        raise KeyboardInterrupt


@pytest.mark.parametrize(
    ("stdin", "error"),
    [(Terminal(""), Misuse), (Terminal("?\n"), Misuse), (Interrupted(), KeyboardInterrupt)],
)
def test_an_answer_that_never_comes_is_no(stdin: Terminal, error: type[BaseException]) -> None:
    """The input ends, or somebody interrupts: what is left undone is said all the same."""
    said = Terminal()
    call = Invocation(None, None, {}, Output(Terminal(), said))
    with pytest.raises(error):
        agreed(call, "Sure?", "No, then.", stdin)
    assert said.getvalue().endswith("] \nNo, then.\n")


def test_nobody_answers_a_program() -> None:
    call = Invocation(None, None, {}, Output(Terminal(), Terminal()))
    unread = Invocation(None, None, {}, Output(Terminal(), io.StringIO()))
    with pytest.raises(Misuse):
        agreed(call, "Sure?", "No, then.", io.StringIO("y\n"))
    with pytest.raises(Misuse):
        agreed(unread, "Sure?", "No, then.", Terminal("y\n"))


def test_mails_are_released_once_they_were_read(contest: Path, capsys: Capture) -> None:
    asked = english(capsys, "mail", "release", "--notification", "jury_invitation")
    assert asked.code == 2
    assert "--yes" in asked.err
    assert len(mails(capsys, "--state", "held")) == 1
    done = english(capsys, "mail", "release", "--notification", "jury_invitation", "--yes")
    assert done.code == 0
    assert "Juror" in done.out
    assert "1 mail is released" in done.out
    assert mails(capsys, "--state", "held") == []


@pytest.mark.parametrize(("answer", "left"), [("n\n", 1), ("oui\n", 0)])
def test_a_person_is_asked(
    answer: str, left: int, contest: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = named(capsys, "jury_invitation")
    monkeypatch.setattr("sys.stdin", Terminal(answer))
    call = at_keyboard()
    assert released(call, name) == left
    call.close()
    assert isinstance(call.out.stdout, Terminal)
    assert name in call.out.stdout.getvalue()
    assert len(mails(capsys, "--state", "held")) == left


def test_what_was_not_read_is_not_released(
    contest: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = named(capsys, "jury_invitation")
    config = contest / "config.toml"
    text = config.read_text("utf-8")
    config.write_text(text.replace("at = 2024-04-05T18:00:00", "at = 2024-04-05T17:00:00"), "utf-8")
    assert config.read_text("utf-8") != text
    meanwhile = ("adopt", "--reason", "One hour less.")
    monkeypatch.setattr("sys.stdin", Answering(meanwhile, capsys))
    call = at_keyboard()
    with pytest.raises(Exception, match="M-"):
        released(call, name)
    call.close()
    assert [one["stage"] for one in mails(capsys, "--notification", "jury_invitation")] == ["held"]


def test_what_is_not_held_cannot_be_released(contest: Path, capsys: Capture) -> None:
    ended = english(capsys, "mail", "release", named(capsys, "draft_reminder"))
    assert (ended.code, ended.out) == (1, "")


def test_a_tick_tells_what_became_of_the_mails(
    server: Server, contest: Path, capsys: Capture
) -> None:
    server.then("content", "550 5.1.1 nobody here", Misbehaviour.KEEP_AND_DROP)
    told = english(capsys, "tick")
    assert told.code == 1
    assert "1 failed" in told.out
    assert "1 uncertain" in told.out
    assert "--state failed" in told.err
    assert "refused by the server (1)" in english(capsys, "today").out
    assert "nobody here" in english(capsys, "mail", "list").out
    assert "Nothing was due" in english(capsys, "tick").out


def test_a_person_says_what_becomes_of_a_mail_that_failed(
    server: Server, contest: Path, capsys: Capture
) -> None:
    server.then("content", "550 5.1.1 nobody here")
    english(capsys, "tick")
    (failed,) = mails(capsys, "--state", "failed")
    name, ref = failed["message"], failed["ref"]
    assert f"ptce mail resolve {name} --resend" in english(capsys, "mail", "show", name).err
    tried = english(capsys, "mail", "resolve", name, "--resend")
    assert tried.code == 0
    assert "planned" in tried.out
    assert "ptce tick" in tried.err
    assert "1 sent" in english(capsys, "tick").out
    story = english(capsys, "mail", "show", name).out
    assert "nobody here" in story
    assert f"{name} leaves again" in story
    assert f"mail sent: {name}" in english(capsys, "history", ref).out


def test_a_mail_that_failed_can_be_dropped(server: Server, contest: Path, capsys: Capture) -> None:
    """It never leaves, and no longer asks for a person."""
    server.then("content", "550 5.1.1 nobody here")
    english(capsys, "tick")
    (failed,) = mails(capsys, "--state", "failed")
    done = english(capsys, "mail", "resolve", failed["message"], "--drop", "--reason", "Told.")
    assert "cancelled" in done.out
    assert mails(capsys, "--state", "failed") == []
    shown = english(capsys, "mail", "show", failed["message"]).out
    assert "reason: Told." in shown
    assert "It will not leave." in shown


def test_a_mail_that_came_back(server: Server, contest: Path, capsys: Capture) -> None:
    english(capsys, "tick")
    name = mails(capsys, "--state", "sent")[0]["message"]
    told = english(capsys, "mail", "resolve", name, "--bounced", "--reason", "550 mailbox unknown")
    assert f"ptce mail resolve {name} --resend" in told.out + told.err
    assert f"ptce mail resolve {name} --sent" in told.out + told.err
    assert "Mails that came back" in english(capsys, "today").out
    assert "1 came back" in english(capsys, "doctor").out
    assert "550 mailbox unknown" in english(capsys, "mail", "list").out
    shown = english(capsys, "mail", "show", name).out
    assert "nothing counts from its sending" in shown
    again = english(capsys, "mail", "resolve", name, "--bounced")
    assert (again.code, "Only a mail that has left" in again.err) == (1, True)
    assert f"mail came back: {name}" in shown
    assert english(capsys, "mail", "resolve", name, "--sent").code == 2
    done = english(capsys, "mail", "resolve", name, "--sent", "--reason", "another address")
    assert "sent" in done.out
    assert mails(capsys, "--state", "bounced") == []
    assert f"mail did arrive: {name}" in english(capsys, "mail", "show", name).out


def test_all_that_failed_is_tried_again(server: Server, contest: Path, capsys: Capture) -> None:
    server.always("RCPT", "550 5.1.1 no such user")
    run(capsys, "tick")
    failed = {one["message"] for one in mails(capsys, "--state", "failed")}
    assert len(failed) > 1
    asked = english(capsys, "mail", "resolve", "--failed")
    assert asked.code == 2
    assert f"Apply --resend to these {len(failed)} mails?" in asked.err
    assert failed <= {*asked.out.split()}
    assert english(capsys, "mail", "resolve", "M-001", "--failed").code == 2
    assert english(capsys, "mail", "resolve", "--failed", "--yes").code == 0
    assert mails(capsys, "--state", "failed") == []
    server.always("RCPT", Misbehaviour.USUAL)
    run(capsys, "tick")
    assert failed <= {one["message"] for one in mails(capsys, "--state", "sent")}
    ended = english(capsys, "mail", "resolve", "--failed")
    assert (ended.code, ended.out.strip()) == (1, "No such mail.")


def test_mail_may_leave_again_at_once(server: Server, contest: Path, capsys: Capture) -> None:
    """A server that was gone pauses the courier, which says so; `resume` ends the pause."""
    server.then("greeting", "421 4.3.2 closing")
    english(capsys, "tick")
    assert "Sending is paused" in english(capsys, "today").out
    assert "closing" in english(capsys, "mail", "list").err
    assert english(capsys, "mail", "resume").code == 0
    assert "2 sent" in english(capsys, "tick").out


def test_why_due_mails_have_not_left(
    server: Server, contest: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rate, and another courier: each is told with its hour."""
    with (contest / "local.toml").open("a") as local:
        local.write("per_minute = 1\n")
    told = english(capsys, "tick")
    assert "1 sent" in told.out
    assert "1 mail waits its turn, 1 a minute at most: the last leaves on" in told.err
    assert "ptce tick" not in told.err
    later = datetime.fromisoformat(NOW) + timedelta(minutes=2)
    monkeypatch.setenv("PTCE_NOW", later.isoformat())
    with Contest.open(contest, clock=SetClock(later)) as other:
        settings = mail_settings(contest)
        assert settings is not None
        assert claim(other, settings, "another", 1)
    told = english(capsys, "mail", "list")
    assert "1 mail is held by another courier: if it has ended, it is back on" in told.err
    assert "is due" not in told.err


@pytest.mark.parametrize(
    ("rates", "told"),
    [
        ("per_minute = 1", "1 a minute at most: Tuesday 27 February 2024 at 09:01"),
        ("per_hour = 1", "1 an hour at most: Tuesday 27 February 2024 at 10:00"),
        ("per_minute = 1\nper_day = 1", "1 a day at most: Wednesday 28 February 2024 at 09:00"),
    ],
)
def test_the_narrowest_rate_is_told(
    rates: str, told: str, server: Server, contest: Path, capsys: Capture
) -> None:
    with (contest / "local.toml").open("a") as local:
        local.write(f"{rates}\n")
    rate, _colon, last = told.partition(": ")
    said = english(capsys, "tick").err
    assert f"1 mail waits its turn, {rate}: the last leaves on {last}." in said


def test_a_rate_counts_from_what_has_left(
    server: Server, contest: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not from when somebody asks."""
    with (contest / "local.toml").open("a") as local:
        local.write("per_hour = 1\n")
    english(capsys, "tick")
    later = datetime.fromisoformat(NOW) + timedelta(minutes=40)
    monkeypatch.setenv("PTCE_NOW", later.isoformat())
    told = english(capsys, "mail", "list").err
    assert "1 an hour at most: the last leaves on Tuesday 27 February 2024 at 10:00." in told


def test_a_doubt_that_asks_nobody_is_no_next_step(
    server: Server, contest: Path, capsys: Capture
) -> None:
    server.then("content", Misbehaviour.KEEP_AND_DROP)
    told = english(capsys, "tick")
    states = [one["stage"] for one in mails(capsys, "--all")]
    assert "1 uncertain" in told.out
    assert ("uncertain" in states) is ("--state uncertain" in told.err)
    assert "--state failed" not in told.err


def test_without_a_server_mails_wait_and_the_list_says_so(contest: Path, capsys: Capture) -> None:
    for words in (("tick",), ("mail", "list")):
        assert "no mail server is set" in english(capsys, *words).err


def test_every_stage_has_its_words() -> None:
    assert len(set(views.stage_labels().values())) == len(Stage)


def test_the_juror_gets_the_released_mail(
    server: Server, contest: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(capsys, "mail", "release", "--notification", "jury_invitation", "--yes")
    monkeypatch.setenv("PTCE_NOW", "2024-03-26T09:00:00+01:00")
    run(capsys, "tick")
    assert [one for one in server.received if one.recipients == (JUROR_ADDRESS,)]


def test_acts_write_the_mails_as_data(server: Server, contest: Path, capsys: Capture) -> None:
    documented = {name: shape(one.shape) for name, one in every_command().items() if one.shape}
    server.always("content", "550 5.1.1 nobody here")
    run(capsys, "tick")
    failed = mails(capsys, "--state", "failed")[0]["message"]
    held = named(capsys, "jury_invitation")
    file = contest.parent / "letter.md"
    file.write_text("# Other words\n\nCome.\n", "utf-8")
    for words in (
        ("mail", "edit", held, "--from", str(file)),
        ("mail", "write", "--to", "C-001", "--from", str(file)),
        ("mail", "drop", held, "--reason", "told by telephone"),
        ("mail", "resolve", held, "--resend"),
        ("mail", "release", held, "--yes"),
        ("mail", "resolve", failed, "--resend"),
        ("mail", "resolve", failed, "--drop"),
    ):
        if words[-1] == "--drop":
            run(capsys, "tick")
        ended = run(capsys, *words, "--json")
        data = json.loads(ended.out)
        done = data["changed"] if words[1] == "resolve" else data
        assert len(done) == 1, ended.err
        assert agrees(documented[" ".join(words[:2])], data)


def test_a_doubtful_address_at_the_keyboard(
    server: Server, contest: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The list names the candidature, a mail that waits tells why, the same address is asked."""
    english(capsys, "tick")
    [first, *_others] = mails(capsys, "--state", "sent")
    name, ref = first["message"], first["ref"]
    english(capsys, "mail", "resolve", name, "--bounced", "--reason", "550 5.1.1")
    assert "address to be corrected" in english(capsys, "list").out
    flagged = json.loads(run(capsys, "list", "--json").out)
    assert [one["ref"] for one in flagged if one["correct_address"]] == [ref]
    waits = mails(capsys, "--ref", ref, "--state", "planned")[0]
    assert (waits["doubtful"], waits["leaves"], waits["moot"]) == (True, None, False)
    assert "planned, address doubtful" in english(capsys, "mail", "list").out
    assert "came back" in english(capsys, "mail", "show", waits["message"]).out
    foreseen = english(capsys, "advance", ref, "withdraw", "--reason", "x")
    assert "a mail to its address came back" in foreseen.out, foreseen.err
    let_go = english(capsys, "mail", "release", waits["message"], "--yes")
    assert "address doubtful" not in let_go.out
    left = {one["message"]: one["doubtful"] for one in mails(capsys, "--ref", ref)}
    assert (left.pop(waits["message"]), {*left.values()}) == (False, {True})
    asked = english(capsys, "mail", "resolve", name, "--resend")
    assert (asked.code, "Apply --resend to this mail?" in asked.err) == (2, True)
    assert f"has not changed since: {first['address']}" in asked.out
    assert english(capsys, "mail", "resolve", name, "--resend", "--yes").code == 0
    assert not mails(capsys, "--ref", ref, "--state", "planned")[0]["doubtful"]


def test_mails_are_found_by_address(server: Server, contest: Path, capsys: Capture) -> None:
    english(capsys, "tick")
    [sent, *_others] = mails(capsys, "--state", "sent")
    address = sent["address"]
    found = mails(capsys, "--to", address.upper(), "--all")
    assert {one["address"] for one in found} == {address}
    assert {one["stage"] for one in found} >= {"sent", "planned"}
    assert address in english(capsys, "mail", "list", "--to", address).out
    assert mails(capsys, "--to", "@nowhere.example", "--all") == []
    told = english(capsys, *("mail", "resolve", "--to", address, "--bounced", "--yes"))
    assert told.code == 0
    assert {one["stage"] for one in mails(capsys, "--to", address, "--all")} >= {"bounced"}
