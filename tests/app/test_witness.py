"""Each mail quotes the line that set it off; those who take part get the last checkpoint too."""

import email
from base64 import encodebytes
from email import policy
from email.message import EmailMessage
from pathlib import Path

import pytest

from ptce_workflow.app.audit.verify import checkpoints_in, lines_quoted_in, verify
from ptce_workflow.app.checkpoints import last_checkpoint, last_outside, make
from ptce_workflow.app.contest import Contest
from ptce_workflow.app.outbox.letters import Trace, quoted
from ptce_workflow.app.people import enrol
from ptce_workflow.base.errors import Misuse
from ptce_workflow.ledger.line import decode, digest
from tests import mailing
from tests.mailing import pass_at, told
from tests.rehearsal import added, attack, forge, lines, move
from tests.smtp import Received, Server

begun, contest, folder, server = mailing.begun, mailing.contest, mailing.folder, mailing.server
FILE = Path("mail.eml")


def of(server: Server, name: str) -> Received:
    """The last mail of a notification that arrived."""
    return [one for one in server.received if one.subject.startswith(name)][-1]


def traced(contest: Contest, n: int) -> Trace:
    """A line of the ledger as a mail quotes it."""
    return Trace(n, digest(lines(contest)[n - 1]))


def forwarded(content: bytes, how: str) -> bytes:
    """A mail as somebody hands it over: attached, quoted, saved as a page, in base64."""
    whole = email.message_from_bytes(content, policy=policy.default)
    assert isinstance(whole, EmailMessage)
    text, page = (whole.get_body((kind,)) for kind in ("plain", "html"))
    assert text is not None
    assert page is not None
    outer = EmailMessage(policy=policy.SMTP)
    outer["From"], outer["To"] = "a@collectif.example", "b@auditor.example"
    if how == "attached":
        outer.set_content("See below.")
        outer.add_attachment(whole)
    elif how == "file":
        outer.set_content("See below.")
        outer.add_attachment(content, "application", "octet-stream", filename="Mail.EML")
    elif how == "quoted":
        outer.set_content("".join(f"> {line}\n" for line in text.get_content().splitlines()))
    elif how == "page":
        outer.set_content(page.get_content(), "html")
    else:
        head = b"From: a@b.example\nContent-Transfer-Encoding: base64\n"
        kind = b"Content-Type: text/plain; charset=utf-8\n\n"
        return head + kind + encodebytes(text.get_content().encode())
    return outer.as_bytes()


def test_each_mail_quotes_the_line_that_set_it_off(contest: Contest, server: Server) -> None:
    ref = added(contest)
    pass_at(contest, server, "2024-02-20T10:30")
    opened = int(told(contest, "candidature_opened")[-1].n)
    assert lines_quoted_in(FILE, of(server, "opened").content)[0].trace == traced(contest, opened)
    pass_at(contest, server, "2024-03-04T09:30")
    [planned, *_later] = [line.n for line in told(contest, "messages_planned") if line.case]
    assert lines_quoted_in(FILE, of(server, "reminder").content)[0].trace == traced(
        contest, planned
    )
    move(contest, "submit", ref)
    pass_at(contest, server, "2024-03-04T09:40")
    text = of(server, "receipt").message.get_body(("plain",))
    assert text is not None
    mail, told_last = of(server, "receipt"), text.get_content().rstrip().splitlines()[-1]
    n, hash_ = str(mail.message["X-PTCE-Line"]).split()
    assert (int(n), hash_) == (traced(contest, int(n)).line, traced(contest, int(n)).hash)
    groups = f"{hash_[:4]} {hash_[4:8]} {hash_[8:12]} {hash_[12:16]}"
    assert told_last == f"To verify later: line {n}, fingerprint {groups}."
    page = mail.message.get_body(("html",))
    assert page is not None
    assert f"<p>{told_last}</p>" in page.get_content()


FOOT = "70564d361a2b3c4d"


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("Pour vérifier plus tard : ligne 22, empreinte 7056 4d36 1a2b 3c4d.", 16),
        ("line 22, 7056 4D36\n1A2B 3C4D", 16),
        ("C-001 · d’après le journal, ligne 22, 7056\xa04d36\xa01a2b\xa03c4d · 1 / 2", 16),
        ("Procès-verbal · ligne 22 du journal · 7056 4d36 1a2b 3c4d", 16),
        (f"ligne 22 : empreinte {FOOT * 4}", 64),
        (f"ligne 22 : {FOOT} puis ligne 22 : {FOOT}abcd", 20),
        ("ligne 22, empreinte 7056 4d36 1a2b", 0),
        ("ligne 22, empreinte 7056 4d36 1a2b 3c4", 0),
        ("ligne 22, empreinte 7056 4d36 1a2b 3c4dz", 0),
    ],
)
def test_sixteen_digits_or_more_are_read(text: str, digits: int) -> None:
    found = list(quoted(text))
    assert found == ([Trace(22, (FOOT * 4)[:16] + found[0].hash[16:])] if digits else [])
    assert [len(one.hash) for one in found] == ([digits] if digits else [])


@pytest.mark.parametrize("how", ["", "attached", "file", "quoted", "page", "base64"])
def test_a_receipt_that_somebody_kept(contest: Contest, server: Server, how: str) -> None:
    ref = added(contest)
    move(contest, "submit", ref)
    pass_at(contest, server, "2024-02-20T10:30")
    content = of(server, "receipt").content
    found = lines_quoted_in(FILE, forwarded(content, how) if how else content)
    report = verify(contest, found)
    assert report.faults == ()
    [receipt] = report.receipts
    assert (receipt.ref, receipt.kind) == (ref, "a candidature moves")


def test_a_receipt_of_a_ledger_written_anew(contest: Contest, server: Server) -> None:
    move(contest, "submit", added(contest))
    pass_at(contest, server, "2024-02-20T10:30")
    [receipt] = lines_quoted_in(FILE, of(server, "receipt").content)
    before = [*map(decode, lines(contest))]
    n = receipt.trace.line
    for forged, expected in (
        ([*before[: n - 1], *before[n:]], "is not the one that mail.eml quotes"),
        (before[: n - 1], "that mail.eml quotes is not in the ledger"),
    ):
        with attack(contest) as file:
            forge(file, forged)
        found = verify(contest, [receipt]).faults
        assert [one.line for one in found if expected in one.what] == [n]
    with attack(contest) as file:
        forge(file, before)


def test_a_mail_without_a_line_is_refused() -> None:
    with pytest.raises(Misuse, match="quotes no line"):
        lines_quoted_in(FILE, b"From: a@b.example\n\nHello, line 12 of the letter.\n")


def test_those_who_take_part_get_the_last_checkpoint(contest: Contest, server: Server) -> None:
    enrol(contest, "Ada", ["desk"], login="ada", email="ada@contest.example")
    assert last_outside(contest) is None
    ref = added(contest)
    move(contest, "withdraw", ref)
    added(contest)
    pass_at(contest, server, "2024-02-20T10:30")
    note = last_checkpoint(contest.folder)
    assert note is not None
    mail = of(server, "gone")
    [attached] = mail.message.iter_attachments()
    assert attached.get_filename() == f"checkpoint-{note.checkpoint.size:09d}.txt"
    assert attached.get_payload(decode=True) == note.encode()
    texts = (part for part in mail.message.walk() if part.get_content_maintype() == "text")
    assert sum(note.checkpoint.origin in part.get_content() for part in texts) == 2
    assert last_outside(contest) is None, "the desk is no witness against itself"
    assert b"checkpoint-" not in of(server, "opened").content
    [one] = checkpoints_in(FILE, mail.content)
    assert one.note == note
    make(contest)
    for how in ("attached", "file"):
        report = verify(contest, checkpoints_in(FILE, forwarded(mail.content, how)))
        assert (report.faults, report.remarks) == ((), ())
