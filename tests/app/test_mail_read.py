"""What came back is read: reports mark mails, answers are lines, all else waits for a person."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from email.message import EmailMessage
from itertools import islice
from pathlib import Path
from typing import Self

import pytest

from ptce_workflow.app.adopt import adopt
from ptce_workflow.app.as_of import at as as_of
from ptce_workflow.app.audit.verify import verify
from ptce_workflow.app.candidatures.history import history, note
from ptce_workflow.app.candidatures.overview import Wanted, overview
from ptce_workflow.app.candidatures.record import record
from ptce_workflow.app.contest import Contest
from ptce_workflow.app.locations import mailbox_settings
from ptce_workflow.app.mailbox import (
    MailView,
    check_desk,
    parse,
    read,
    read_files,
    read_server,
    received,
)
from ptce_workflow.app.outbox.desk import messages, resolve
from ptce_workflow.app.people import enrol
from ptce_workflow.base.errors import Misuse, PtceError
from ptce_workflow.base.runtime import ChildLost, SetClock
from ptce_workflow.ledger.examine import Fault
from ptce_workflow.mail.mailbox import StoredMail
from ptce_workflow.mail.settings import read_receipt
from ptce_workflow.reports.overview import list_report
from ptce_workflow.reports.scheduler import steps
from tests import mailing
from tests.imap import PASSWORD, Imap
from tests.mail.test_reports import report
from tests.mailing import bodies, notify, pass_at, told
from tests.rehearsal import edit, move, opened, scored, submitted
from tests.smtp import Server

begun, contest, folder, server = mailing.begun, mailing.contest, mailing.folder, mailing.server

SAID = "550 5.1.1 nobody here by that name"
TRUSTED = read_receipt({"entry": ["mx.desk.example"]}, "local.toml")
HOUR = "2024-02-21T08:00:00"


class AtHand:
    """What stands for the child: it reads here, which takes no second to begin."""

    def __init__(self, answer: Callable[[bytes], object]) -> None:
        self.ask = answer

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        """Ends nothing."""


@pytest.fixture(autouse=True)
def _at_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ptce_workflow.app.mailbox.Child", AtHand)


@pytest.fixture
def left(contest: Contest, server: Server) -> str:
    """The receipt of a candidature, which has left."""
    submitted(contest)
    pass_at(contest, server, "2024-02-20T10:01")
    [posted] = messages(contest, ["sent"], ref="C-001", notification="receipt")
    return posted.name


def headers(server: Server, at: int = -1, kind: str = "receipt") -> dict[str, str]:
    """The headers of a mail of a kind as it left."""
    sent = [one for one in server.received if one.subject.startswith(kind)][at]
    return {name: str(value) for name, value in sent.message.items()}


def bounce(server: Server, at: int = -1, /, **other: str) -> bytes:
    """The report of a mail server on a receipt that came back, or one that says `other`."""
    sent = headers(server, at, other.get("kind", "receipt"))
    mail = {name: sent[name] for name in ("Message-ID", "Date", "X-PTCE-Line", "Subject")} | {
        name.replace("_", "-"): value for name, value in other.items() if name[0].isupper()
    }
    action, to = other.get("action", "failed"), other.get("to", sent["To"])
    status = (
        "Reporting-MTA: dns; mx.example\n\n"
        f"Final-Recipient: rfc822; {to.rpartition('<')[2].strip('>')}\n"
        f"Action: {action}\nStatus: 5.1.1\nDiagnostic-Code: smtp; {SAID}\n"
    )
    return report(status, "".join(f"{name}: {value}\n" for name, value in mail.items() if value))


def answer(text: str = "Bonjour", **headers: str) -> bytes:
    """A mail of somebody, as it lies in the mailbox: our server has taken it."""
    made = EmailMessage()
    made["Received"] = (
        f"from out.example (out.example [198.51.100.7]) by mx.desk.example; {_rfc(HOUR)}"
    )
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    for name, value in {"From": "x@other.example", "Subject": "Bonjour", **named}.items():
        made[name] = value
    made.set_content(text)
    return made.as_bytes()


def _rfc(hour: str) -> str:
    from datetime import UTC, datetime
    from email.utils import format_datetime

    return format_datetime(datetime.fromisoformat(hour).replace(tzinfo=UTC))


def taken(contest: Contest, *contents: bytes) -> list[MailView]:
    """What is read of a mailbox that holds these mails, a day after the receipt."""
    assert isinstance(contest.clock, SetClock)
    contest.clock.instant += timedelta(days=1)
    return list(read(contest, [StoredMail("box", one) for one in contents], TRUSTED))


def only(contest: Contest, content: bytes) -> MailView:
    [one] = taken(contest, content)
    return one


def stage(contest: Contest, name: str) -> str:
    return next(str(one.stage) for one in messages(contest, STAGES) if one.name == name)


STAGES = ("planned", "held", "sent", "bounced", "failed", "cancelled", "expired")


def test_a_report_marks_its_mail(contest: Contest, server: Server, left: str) -> None:
    """As a hand does, by the courier, with the report as evidence; a person takes it back."""
    content = bounce(server)
    one = only(contest, content)
    assert (one.outcome, one.message, one.ref, one.why) == ("bounced", left, "C-001", "")
    assert stage(contest, left) == "bounced"
    [line] = told(contest, "message_bounced")
    assert (line.actor, line.data["since"]) == ("courier", None)
    assert line.data["evidence"] == {"sha256": one.sha256, "size": len(content)}
    entry = history(contest, "C-001")[-1]
    assert getattr(entry.side, "reason", "") == SAID
    resolve(contest, left, "sent", "It was another address.")
    assert stage(contest, left) == "sent"


@pytest.mark.parametrize(
    "other",
    [
        {"Message_ID": "<new@outlook.example>", "X_PTCE_Line": ""},
        {"Message_ID": "<new@outlook.example>", "X_Microsoft_Original_Message_ID": "OURS"},
        {"Message_ID": "<new@outlook.example>"},
    ],
    ids=["references", "microsoft", "line"],
)
def test_an_identifier_that_was_rewritten(
    contest: Contest, server: Server, left: str, other: dict[str, str]
) -> None:
    ours = headers(server)["Message-ID"]
    named = {"References": ours} if "X_PTCE_Line" in other else {}
    other = {name: value.replace("OURS", ours) for name, value in other.items()} | named
    assert only(contest, bounce(server, **other)).outcome == "bounced"


@pytest.mark.parametrize(
    ("other", "outcome", "why"),
    [
        ({"to": "other@cedres.example"}, "report", "did not go to the address"),
        ({"Message_ID": f"<{'0' * 32}@x.example>", "X_PTCE_Line": ""}, "report", "names no mail"),
        ({"Date": "Mon, 19 Feb 2024 10:00:00 +0000"}, "report", "earlier sending"),
        ({"action": "delayed"}, "notice", "no failure: delayed"),
    ],
)
def test_a_report_that_is_not_taken(
    contest: Contest, server: Server, left: str, other: dict[str, str], outcome: str, why: str
) -> None:
    one = only(contest, bounce(server, **other))
    assert one.outcome == outcome
    assert why in one.why
    assert stage(contest, left) == "sent"


def test_a_report_of_the_first_sending_after_the_second(
    contest: Contest, server: Server, left: str
) -> None:
    resolve(contest, left, "bounced")
    resolve(contest, left, "resend")
    pass_at(contest, server, "2024-02-22T11:00")
    assert "earlier sending" in only(contest, bounce(server, 0)).why
    assert stage(contest, left) == "sent"
    assert only(contest, bounce(server)).outcome == "bounced"


def test_a_report_without_an_hour_on_what_left_twice(
    contest: Contest, server: Server, left: str
) -> None:
    resolve(contest, left, "bounced")
    resolve(contest, left, "resend")
    pass_at(contest, server, "2024-02-22T11:00")
    assert "earlier sending" in only(contest, bounce(server, Date="")).why


def test_the_address_was_corrected_since(contest: Contest, server: Server, left: str) -> None:
    record(contest, "C-001", {"dossier": {"email": "new@cedres.example"}})
    assert "was corrected" in only(contest, bounce(server)).why


def test_the_address_has_answered_since(contest: Contest, server: Server, left: str) -> None:
    """Anybody can forge a report: whoever answers has the mails."""
    mail = answer(From=headers(server)["To"], In_Reply_To=headers(server)["Message-ID"])
    first, second = taken(contest, mail, bounce(server))
    assert (first.outcome, second.outcome) == ("answer", "report")
    assert "has answered since: mail:1" in second.why


def test_a_report_twice(contest: Contest, server: Server, left: str) -> None:
    """The very same is not read again; another one on the same mail is known."""
    content = bounce(server)
    taken(contest, content)
    assert taken(contest, content) == []
    assert "known already" in only(contest, content + b"\n").why
    assert len(told(contest, "message_bounced")) == 1


@pytest.mark.parametrize("column", ["message", "outcome", "read_at"])
def test_a_report_is_compared_with_its_line(
    contest: Contest, server: Server, left: str, column: str
) -> None:
    def change(value: str) -> tuple[Fault, ...]:
        with contest.database.writing(contest.id) as repo:
            repo.driver.execute(f"UPDATE received_mail SET {column} = '{value}'")
        return verify(contest).faults

    only(contest, bounce(server))
    with contest.database.reading() as repo:
        [row] = repo.received_mails(contest.id)
    [fault] = change("answer")
    assert (fault.line, fault.what) == (
        told(contest, "message_bounced")[0].n,
        "The mail is kept otherwise than the line tells of it.",
    )
    assert change(getattr(row, column)) == ()


def test_a_mail_that_never_left(contest: Contest, server: Server, left: str) -> None:
    resolve(contest, left, "bounced")
    resolve(contest, left, "resend")
    assert "has not left" in only(contest, bounce(server)).why


@pytest.mark.parametrize("is_automatic", [False, True])
def test_an_answer_is_a_line(
    contest: Contest, server: Server, left: str, is_automatic: bool
) -> None:
    own = {"Auto_Submitted": "auto-replied"} if is_automatic else {}
    one = only(contest, answer(In_Reply_To=headers(server)["Message-ID"], **own))
    assert one.outcome == ("automatic" if is_automatic else "answer")
    assert (one.ref, one.message, one.sender) == ("C-001", left, "x@other.example")
    [line] = told(contest, "mail_received")
    assert line.actor == "courier"
    assert line.data["automatic"] is is_automatic
    assert line.data["received_at"] == f"{HOUR}.000000Z"
    assert "other.example" not in repr(line)
    side = history(contest, "C-001")[-1].side
    assert getattr(side, "subject", "") == "Bonjour"


def test_whose_answer_it_is(contest: Contest, server: Server, left: str) -> None:
    """By its thread, else as the contact of one candidature: the subject may tell which."""
    to = headers(server)["To"]
    submitted(contest)
    found = taken(
        contest,
        answer(From=to),
        answer(From=to, Subject="Re: C-002"),
        answer(From=to, Subject="Re: C-009"),
        answer(Subject="Re: C-001"),
        answer("Another", In_Reply_To=headers(server)["Message-ID"], Subject="Re: C-002"),
    )
    refs = [one.ref for one in found]
    assert refs == ["", "C-002", "", "", "C-001"]
    assert [one.outcome for one in found[2:4]] == ["unknown", "unknown"]


def test_who_reads_it(
    contest: Contest, folder: Path, clock: SetClock, left: str, tmp_path: Path
) -> None:
    file = tmp_path / "a.eml"
    file.write_bytes(answer())
    enrol(contest, "Nour", ["jury"], institution="north", login="nour")
    enrol(contest, "Sam", ["auditor"], login="sam")
    for login in ("nour", "sam"):
        with opened(folder, clock, login) as other:
            with pytest.raises(PtceError, match="Only the desk reads"):
                check_desk(other)
            if login == "sam":
                assert received(other) == []
            else:
                with pytest.raises(PtceError, match="Only the desk reads"):
                    received(other)
    [one] = read_files(contest, [file], TRUSTED)
    assert one.outcome == "unknown"


def test_stopped_half_way(contest: Contest, server: Server, left: str) -> None:
    """What was read before a mailbox breaks off stays; then the rest is read, and nothing twice."""
    mails = [StoredMail("imap://box", answer(str(n)), 7, n) for n in range(1, 101)]

    def breaking() -> Iterator[StoredMail]:
        yield from mails[:50]
        raise PtceError("The mailbox cannot be read.")

    read_before: list[MailView] = []
    with pytest.raises(PtceError, match="cannot be read"):
        read_before += read(contest, breaking(), TRUSTED)
    assert len(received(contest)) == 50
    with contest.database.reading() as repo:
        assert len(repo.uids_read(contest.id, "imap://box", 7)) == 50
    assert len(list(read(contest, mails, TRUSTED))) == 50
    renumbered = [StoredMail("imap://box", one.content, 8, one.uid) for one in mails]
    assert list(read(contest, renumbered, TRUSTED)) == []
    with contest.database.reading() as repo:
        assert len(repo.uids_read(contest.id, "imap://box", 8)) == 100
    assert len(received(contest)) == 100


def test_two_read_at_once(contest: Contest, folder: Path, clock: SetClock, left: str) -> None:
    mails = [StoredMail("imap://box", answer(str(n)), 7, n) for n in range(1, 5)]
    with opened(folder, clock) as other:

        def meanwhile() -> Iterator[StoredMail]:
            yield from mails
            assert len(list(read(other, mails, TRUSTED))) == 4

        assert list(read(contest, meanwhile(), TRUSTED)) == []
    assert len(received(contest)) == 4


@pytest.fixture
def served(contest: Contest, monkeypatch: pytest.MonkeyPatch) -> Callable[[Imap], Imap]:
    """A contest in earnest, whose local.toml names a mailbox on a server of the tests."""
    contest.rehearsal = False
    file = contest.folder / "local.toml"
    before = file.read_text("utf-8") if file.exists() else ""
    table = 'host = "imap.desk.example"\nuser = "desk"\npassword_env = "PTCE_TEST"\n'
    file.write_text(f"{before}\n[[mailbox]]\n{table}", "utf-8")
    monkeypatch.setenv("PTCE_TEST", PASSWORD)

    def serve(imap: Imap) -> Imap:
        monkeypatch.setattr("ptce_workflow.mail.mailbox._connected", lambda _settings: imap)
        return imap

    return serve


def test_a_pass_reads_the_mailbox(
    contest: Contest, server: Server, left: str, served: Callable[[Imap], Imap]
) -> None:
    """Each pass, and in one run not oftener than every five minutes."""
    imap = served(Imap({"INBOX": {1: bounce(server), 2: answer()}}))
    done = pass_at(contest, server, "2024-02-21T10:00")
    assert [one.outcome for one in done.read] == ["bounced", "unknown"]
    assert stage(contest, left) == "bounced"
    imap.folders["INBOX"][3] = answer("Another")
    assert pass_at(contest, server, "2024-02-21T10:04").read == ()
    assert len(pass_at(contest, server, "2024-02-21T10:05").read) == 1
    assert [uid for _folder, uid in imap.fetched] == [1, 2, 3]


def test_a_mailbox_that_breaks_off_stops_no_pass(
    contest: Contest, server: Server, left: str, served: Callable[[Imap], Imap]
) -> None:
    """A password that expires while it is read: told, and what was read stays."""
    told_of: list[PtceError] = []
    contest.complain = told_of.append
    served(Imap({"INBOX": {n: answer(str(n)) for n in range(1, 9)}}, breaks_after=3))
    submitted(contest)
    done = pass_at(contest, server, "2024-02-21T10:00")
    assert len(done.read) == 3
    assert done.mail is not None
    assert done.mail.sent
    assert [one.what for one in told_of] == [done.mailbox]
    assert "imap.desk.example" in done.mailbox


def test_a_rehearsal_reads_files_alone(
    contest: Contest, server: Server, left: str, served: Callable[[Imap], Imap]
) -> None:
    served(Imap({"INBOX": {1: bounce(server)}}))
    contest.rehearsal = True
    assert pass_at(contest, server, "2024-02-21T10:00").read == ()
    [settings] = mailbox_settings(contest.folder)
    with pytest.raises(Misuse, match="A rehearsal reads no mailbox"):
        read_server(contest, settings, None)


def test_a_report_that_returns_the_number_of_the_sending_alone(
    contest: Contest, server: Server, left: str
) -> None:
    content = bounce(server, Message_ID="", X_PTCE_Line="", Date="")
    first, second = (
        content.replace(b"dns; mx.example\n", b"dns; mx.example\nOriginal-Envelope-Id: %b\n" % one)
        for one in (f"{left}.9".encode(), f"{left}.1".encode())
    )
    found = taken(contest, first, second)
    assert [one.outcome for one in found] == ["report", "bounced"]
    assert "earlier sending" in found[0].why


def test_a_trial_mail_tells_what_was_made_of_its_sender(contest: Contest, left: str) -> None:
    said = "mx.desk.example; spf=pass smtp.mailfrom=desk.example; dkim=fail"
    one = only(contest, answer(X_PTCE_Trial="receipt", Authentication_Results=said))
    assert (one.outcome, one.why) == ("trial", f"Authentication-Results: {said}")


def digest(contest: Contest) -> None:
    """Has the desk read a digest each morning."""
    notify(
        contest.folder,
        "morning",
        'daily = "08:30"\nabout = "contest"\nto = "desk"\nany_hour = true\n',
        "{% for task in digest.tasks %}{{ task.title }}: {{ task.things | join }} {% endfor %}.",
    )
    adopt(contest, "Un point du jour.")
    enrol(contest, "Lou", ["desk"], login="lou", email="lou@desk.example")


def test_a_decision_that_came_back_is_told_at_once(
    contest: Contest, server: Server, served: Callable[[Imap], Imap]
) -> None:
    edit(
        contest, "states/scored.toml", 'to = "selected"', 'to = "selected"\ndecision = "favourable"'
    )
    mailing.reword(contest, "chosen", "You are chosen.", toml='in = ["selected"]\n')
    digest(contest)
    imap = served(Imap({"INBOX": {}}))
    ref = scored(contest)
    move(contest, "select", ref)
    pass_at(contest, server, "2024-02-21T10:00")
    [chosen] = messages(contest, ["sent"], ref=ref, notification="chosen")
    imap.folders["INBOX"][1] = bounce(server, kind="chosen")
    told_before = len(bodies(server, "morning"))
    pass_at(contest, server, "2024-02-21T10:30")
    assert len(bodies(server, "morning")) == told_before + 1
    assert f"to be sent again (1): {chosen.name}" in bodies(server, "morning")[-1]


def test_the_desk_is_told_in_its_digest(
    contest: Contest, server: Server, left: str, served: Callable[[Imap], Imap]
) -> None:
    """An answer is in each digest until the desk does something about its candidature."""
    digest(contest)
    imap = served(Imap({"INBOX": {}}))
    pass_at(contest, server, "2024-02-21T08:31")
    imap.folders["INBOX"][1] = answer(In_Reply_To=headers(server)["Message-ID"])
    pass_at(contest, server, "2024-02-21T10:00")
    pass_at(contest, server, "2024-02-22T08:31")
    assert "mail:1 answer, C-001, x@other.example" in bodies(server, "morning")[-1]
    imap.folders["INBOX"][2] = answer("Junk")
    pass_at(contest, server, "2024-02-22T10:00")
    pass_at(contest, server, "2024-02-23T08:31")
    assert "mail:1 " in bodies(server, "morning")[-1]
    assert "mail:2 " in bodies(server, "morning")[-1]
    note(contest, "C-001", "Answered by telephone.")
    pass_at(contest, server, "2024-02-26T08:31")
    assert "mail:1 " not in bodies(server, "morning")[-1]


OPEN = b"From: x@other.example\nContent-Type: multipart/mixed"
DEEP = b"From: x@other.example\n" + b"".join(
    b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(1000)
)
MALFORMED = {
    "no header": b"\x00\x01\x02",
    "no body": b"From: x@other.example\n",
    "no boundary": OPEN + b"\n\ntext",
    "a boundary that never ends": OPEN + b"; boundary=b\n\n--b\n\ntext",
    "a boundary that never begins": OPEN + b"; boundary=b\n\ntext",
    "a boundary twice": OPEN + b"; boundary=b; boundary=c\n\n--b\n\ntext\n--b--",
    "an encoding of multipart": OPEN
    + b"; boundary=b\nContent-Transfer-Encoding: base64\n\n--b\n\ntext\n--b--",
    "broken base64": b"From: x@other.example\nContent-Transfer-Encoding: base64\n\nA===B=",
    "a charset that is none": b"From: x@other.example\nContent-Type: text/plain; charset=rot13\n\n",
    "a kind that is none": b"From: x@other.example\nContent-Type: ;;;=\n\ntext",
    "bytes of eight bits": b"From: \xe9\xff <x@other.example>\nSubject: \xff\xfe\n\n\xff",
    "an encoded word that never ends": b"From: =?utf-8?q?x\nSubject: =?utf-8?b?////?=\n\nx",
    "a line that goes on from nothing": b" goes on\nFrom: x@other.example\n\ntext",
    "a header without a name": b"From: x@other.example\n: nothing\n\ntext",
    "quotes without an end": b"From: " + b'"' * 5000 + b"\n\ntext",
    "no hour": b"Received: from a by mx.desk.example; yesterday\nFrom: x@other.example\n\ntext",
    "a mail within that is none": b"From: x@other.example\nContent-Type: message/rfc822\n\n",
    "a report without an end": report()[:500],
    "a report of nothing": report("", ""),
    "a thousand levels": DEEP,
}


@pytest.mark.parametrize("kind", MALFORMED)
def test_a_malformed_mail_is_left_to_a_person(contest: Contest, kind: str) -> None:
    one = only(contest, MALFORMED[kind])
    assert one.outcome in ("unknown", "unreadable", "report")
    assert one.why


def test_a_mail_that_takes_too_long_is_told(
    contest: Contest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is not taken for one that says nothing; the mails after it are read."""

    def lost(_reader: AtHand, content: bytes) -> object:
        if b"slow" in content:
            raise ChildLost
        return parse(content)

    monkeypatch.setattr(AtHand, "ask", lost, raising=False)
    monkeypatch.setattr(AtHand, "__init__", lambda _self, _answer: None)
    slow, other = taken(contest, answer("slow"), answer("other"))
    assert (slow.outcome, other.outcome) == ("unreadable", "unknown")
    assert "more memory or time" in slow.why


def test_a_mail_of_sixty_megabytes(contest: Contest, tmp_path: Path) -> None:
    file = tmp_path / "a.eml"
    with file.open("wb") as written:
        written.write(answer())
        written.truncate(60_000_000)
    [one] = read_files(contest, [file], TRUSTED)
    assert one.outcome == "unreadable"
    assert "larger than 30 MB" in one.why


def test_an_hour_ahead_is_no_hour(contest: Contest) -> None:
    """Our own server's clock stood ahead: a person states the hour."""
    ahead = answer().replace(b"2024", b"2026")
    assert only(contest, ahead).at is None


@pytest.mark.long
def test_ten_thousand_mails_stopped_half_way(contest: Contest) -> None:
    mails = [StoredMail("imap://box", answer(str(n)), 7, n) for n in range(1, 10_001)]
    first = [one.sha256 for one in islice(read(contest, mails, TRUSTED), 5_000)]
    with contest.database.reading() as repo:
        uids = {row.uid for row in repo.uids_read(contest.id, "imap://box", 7)}
    assert len(uids) >= 5_000
    rest = [one.sha256 for one in read(contest, mails, TRUSTED)]
    assert not {*first} & {*rest}
    assert len(received(contest)) == 10_000


def test_an_answer_is_told_until_the_desk_acts(
    contest: Contest, server: Server, left: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In `list`, by its hour of receipt; an automatic reply before or after changes nothing."""
    ours = headers(server)["Message-ID"]
    away = {"In_Reply_To": ours, "Auto_Submitted": "auto-replied"}
    only(contest, answer("Away", **away))
    assert [one.answered for one in overview(contest).briefs] == [None]
    hour = only(contest, answer(In_Reply_To=ours)).at
    only(contest, answer("Away again", **away))
    seen = overview(contest)
    assert hour is not None
    assert [one.answered for one in seen.briefs] == [hour]
    shown = str(list_report(seen, Wanted()).parts)
    assert "answered on 21 Feb" in shown
    answered = contest.clock.now()
    assert isinstance(contest.clock, SetClock)
    contest.clock.instant += timedelta(hours=1)
    with monkeypatch.context() as typed:
        enrol(contest, "Nour", ["jury"], institution="north", login="nour")
        typed.setattr(contest, "actor", "nour")
        assert [one.answered for one in overview(contest).briefs] == [None]
    record(contest, "C-001", {"dossier": {"email": "new@cedres.example"}})
    assert [one.answered for one in overview(contest).briefs] == [None]
    assert [one.answered for one in overview(as_of(contest, answered)).briefs] == [hour]


def test_a_mail_that_is_too_large_names_its_sender(contest: Contest) -> None:
    [one] = read(contest, [StoredMail("box", answer(), is_cut=True)], TRUSTED)
    assert (one.outcome, one.sender, one.subject) == ("unreadable", "x@other.example", "Bonjour")
    assert "larger than 30 MB" in one.why


def test_doctor_tries_the_mailbox(contest: Contest, served: Callable[[Imap], Imap]) -> None:
    """It signs in and opens each folder, and fetches nothing; the words of the server are shown."""

    def tried() -> tuple[str, str, tuple[str, ...]]:
        [step] = [one for one in steps(lambda: contest, contest.folder) if one.step == "mailbox"]
        return step.outcome, step.said or "", step.trouble

    imap = served(Imap({"INBOX": {1: answer(), 2: answer("Another")}}))
    assert tried() == ("ok", "desk, imap.desk.example\nINBOX: 2", ())
    assert imap.fetched == []
    imap.folders.clear()
    outcome, said, trouble = tried()
    assert (outcome, trouble) == ("failed", ("mailbox",))
    assert "no folder INBOX" in said
    assert "no such folder" in said
    settings = contest.folder / "local.toml"
    settings.write_text(settings.read_text("utf-8").replace("user =", "usr ="), "utf-8")
    assert tried()[::2] == ("failed", ("mailbox",))
    contest.rehearsal = True
    assert tried()[0] == "skipped"
