"""A day of a real mailbox: Postfix sends, reports and delivers, Dovecot shows what came back."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from pathlib import Path

import pytest

from ptce_workflow.app.adopt import adopt
from ptce_workflow.app.audit.verify import verify
from ptce_workflow.app.contest import Contest
from ptce_workflow.app.locations import mailbox_settings, receipt_settings
from ptce_workflow.app.mailbox import MailView, read_server
from ptce_workflow.app.outbox.desk import messages
from ptce_workflow.base.errors import PtceError
from ptce_workflow.base.runtime import SetClock
from ptce_workflow.mail.settings import MailSettings, read_settings
from ptce_workflow.scheduler.passes import tick
from rehearsal.serving import HOST
from tests import mailing
from tests.mailing import at, form_text, notify, told
from tests.post_office import PASSWORD, PostOffice
from tests.rehearsal import submitted

pytestmark = pytest.mark.slow
begun, contest, folder = mailing.begun, mailing.contest, mailing.folder

THEIRS, GONE, OURS = "contact@cedres.example", "gone@cedres.example", "desk@desk.example"
PDF = b"%PDF-1.7\nthe dossier of the cedars\n"


@pytest.fixture
def office() -> Iterator[PostOffice]:
    with PostOffice() as office:
        yield office


def configure(contest: Contest, office: PostOffice, *, security: str = "starttls") -> MailSettings:
    """Names both servers in local.toml; how mails leave."""
    contest.rehearsal = False
    secret = contest.folder / "password"
    secret.write_text(PASSWORD, "utf-8")
    port = office.imap if security == "starttls" else office.imaps
    file = contest.folder / "local.toml"
    before = file.read_text("utf-8") if file.exists() else ""
    file.write_text(
        f'{before}\n[mailbox]\nhost = "{HOST}"\nport = {port}\nsecurity = "{security}"\n'
        f'user = "{OURS}"\npassword_file = "password"\nca_file = "{office.authority}"\n'
        f'\n[receipt]\nentry = ["mx.desk.example"]\n',
        "utf-8",
    )
    smtp = {"host": HOST, "port": office.smtp, "ca_file": str(office.authority), "for_real": True}
    return read_settings({**smtp, "sender": f"The desk <{OURS}>", "per_minute": 0}, "local.toml")


def reply(to: bytes, text: str, *, dossier: bytes = b"", **headers: str) -> bytes:
    """What the contact of a candidature writes back to a mail."""
    theirs, mail = message_from_bytes(to), EmailMessage()
    mail["From"], mail["To"] = THEIRS, OURS
    mail["Subject"] = f"Re: {theirs['Subject']}"
    mail["In-Reply-To"] = theirs["Message-ID"]
    # The sender's own clock stands two years ahead: it is nobody's word.
    mail["Date"] = "Sun, 03 Dec 2028 10:00:00 +0100"
    for name, value in headers.items():
        mail[name.replace("_", "-")] = value
    mail.set_content(text)
    if dossier:
        mail.add_attachment(
            dossier, maintype="application", subtype="pdf", filename="../../dossier.pdf"
        )
        mail.add_attachment(b"MZ\x90", maintype="application", subtype="pdf", filename="photos.exe")
    return mail.as_bytes()


def read(contest: Contest) -> list[MailView]:
    """What `ptce mail read --imap` reads."""
    [settings] = mailbox_settings(contest.folder)
    return list(read_server(contest, settings, receipt_settings(contest.folder)))


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_day_of_a_mailbox(contest: Contest, office: PostOffice, security: str) -> None:
    settings = configure(contest, office, security=security)
    assert isinstance(contest.clock, SetClock)
    submitted(contest, email=THEIRS)
    submitted(contest, email=GONE)
    contest.clock.instant = at("2024-02-20T10:01")
    tick(contest, settings)
    office.wait_for(THEIRS, 1)
    office.wait_for(OURS, 1)

    # Postfix itself reports that nobody there is called so; the next pass reads it.
    contest.clock.instant = at("2024-02-20T10:31")
    done = tick(contest, settings)
    assert {(one.outcome, one.ref) for one in done.read} == {("bounced", "C-002")}
    assert done.mailbox == ""
    # In what order the reports come is the servers' affair.
    back = {one.name for one in messages(contest, ["bounced"])}
    assert back == {line.data["message"] for line in told(contest, "message_bounced")}
    assert {line.actor for line in told(contest, "message_bounced")} == {"courier"}

    reports, received = len(done.read), office.mails(THEIRS)[0].read_bytes()
    office.hand_in(THEIRS, OURS, reply(received, "Merci, c’est bien noté."))
    office.hand_in("", OURS, reply(received, "De retour le 4 mars.", Auto_Submitted="auto-replied"))
    office.hand_in(THEIRS, OURS, reply(received, "Voici le dossier.", dossier=PDF))
    office.hand_in(
        "x@other.example", OURS, b"From: x@other.example\r\nSubject: Spam\r\n\r\nBuy\r\n"
    )
    office.wait_for(OURS, reports + 4)
    contest.clock.instant = datetime.now(UTC) + timedelta(minutes=1)
    found = read(contest)
    outcomes = sorted(one.outcome for one in found)
    assert outcomes == ["answer", "answer", "automatic", "unknown"]
    assert {one.ref for one in found if one.outcome != "unknown"} == {"C-001"}
    for one in found:
        assert one.at is not None
        assert abs(one.at - datetime.now(UTC)) < timedelta(minutes=2)
    [sent] = [one for one in found if one.pieces]
    assert [(one.name, one.size, bool(one.why_refused)) for one in sent.pieces] == [
        ("../../dossier.pdf", len(PDF), False),
        ("photos.exe", 3, True),
    ]
    assert len(told(contest, "mail_received")) == 3

    # Nothing twice, and nothing there is read or moved for whoever reads the mailbox too.
    assert read(contest) == []
    assert len(office.mails(OURS)) == reports + 4
    assert not [mail.name for mail in office.mails(OURS) if "S" in mail.name.rpartition(",")[2]]


def test_a_password_that_is_refused(contest: Contest, office: PostOffice) -> None:
    configure(contest, office)
    Path(contest.folder / "password").write_text("wrong", "utf-8")
    with pytest.raises(PtceError, match="AUTHENTICATIONFAILED"):
        read(contest)


def test_a_form_that_is_sent_is_filed_and_acknowledged(
    contest: Contest, office: PostOffice
) -> None:
    """By SMTP to the mailbox, by IMAP to the ledger, and back to its sender by SMTP."""
    settings = configure(contest, office)
    contest.rehearsal = True
    with (contest.folder / "config.toml").open("a", encoding="utf-8") as config:
        config.write('\n[receipt]\nforms = "open"\nchoice = "no hand is at it"\n')
    notify(contest.folder, "arrived", 'on = "received.dossier"\n', "It came at {{ receipt.at }}.")
    adopt(contest, "Forms are filed.")
    contest.rehearsal = False

    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = THEIRS, OURS, "Our dossier"
    mail.set_content("Here it is.")
    text = form_text(contest, name="Les Cèdres", email=THEIRS, theme="[x] Food")
    mail.add_attachment(text.encode(), "text", "plain", filename="dossier.txt")
    office.hand_in(THEIRS, OURS, mail.as_bytes())
    office.wait_for(OURS, 1)

    assert isinstance(contest.clock, SetClock)
    contest.clock.instant = datetime.now(UTC) + timedelta(minutes=1)
    done = tick(contest, settings)
    assert [(one.outcome, one.ref, one.why) for one in done.read] == [("filed", "C-001", "")]
    [receipt] = told(contest, "sheet_received")
    assert (receipt.actor, receipt.data["evidence"]["sha256"]) == ("courier", done.read[0].sha256)
    office.wait_for(THEIRS, 1)
    subjects = [
        str(message_from_bytes(one.read_bytes())["Subject"]) for one in office.mails(THEIRS)
    ]
    assert any("arrived: C-001" in subject for subject in subjects)
    assert verify(contest).faults == ()
