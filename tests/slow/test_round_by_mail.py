"""A contest that goes by mail alone: real servers take the dossiers, the packs and the grids."""

import itertools
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from hashlib import sha256
from pathlib import Path

import pytest

from ptce_workflow.app.audit.verify import verify
from ptce_workflow.app.candidatures.record import record
from ptce_workflow.app.contest import Contest
from ptce_workflow.app.create import FolderOrigin, create
from ptce_workflow.app.jury.grid import grids_of_mail, take_grid
from ptce_workflow.app.mailbox import received
from ptce_workflow.app.outbox.desk import letter_view, messages, release
from ptce_workflow.app.people import enrol
from ptce_workflow.base.runtime import SetClock
from ptce_workflow.office.docx import blank_to_docx
from ptce_workflow.office.forms.blank import blank, questionnaire
from ptce_workflow.process.calendar import TimeUnit
from ptce_workflow.process.dates import Shift
from ptce_workflow.scheduler.passes import tick
from rehearsal.filling import filled
from rehearsal.hands import fill_grid
from rehearsal.mailbox import answers
from tests.life import REPOSITORY
from tests.mailing import at, told
from tests.post_office import PostOffice
from tests.rehearsal import in_earnest, move
from tests.slow.test_mailbox import OURS, configure

pytestmark = pytest.mark.slow

COLLECTIVES = {"contact@cedres.example": 1, "second@cedres.example": 10}
"""Who sends a dossier, and the number of the dossier of the rehearsal that it is."""
JUROR, SEAT = "juror@desk.example", "dreets"
MARKS = (4, 4, 4.5, 4, 3.5, 4, 4)


@pytest.fixture
def contest(tmp_path: Path) -> Iterator[Contest]:
    """The contest of the rulebook in earnest, one to two weeks before it closes.

    The servers stamp mails with the hour of this machine: the dates of the folder move there.
    """
    model, folder = tmp_path / "model", tmp_path / "contest"
    for part in ("states", "sheets", "requests", "notifications", "texts"):
        shutil.copytree(REPOSITORY / part, model / part)
    text = (REPOSITORY / "config.toml").read_text("utf-8")
    assert text.count('\nforms = "ask"') == 1
    text = text.replace('\nforms = "ask"', '\nforms = "open"')
    (model / "config.toml").write_text(text, "utf-8")
    now = datetime.now(UTC)
    weeks = (now - at("2024-03-11T12:00")) // timedelta(weeks=1) + 2
    clock = SetClock(now - timedelta(minutes=5))
    origin = FolderOrigin(folder=model, shift=Shift(weeks, TimeUnit.WEEKS))
    create(folder, login="bureau", clock=clock, origin=origin)
    with in_earnest(folder, clock, "bureau", "bureau") as contest:
        yield contest


def mail_of(sender: str, name: str, content: bytes) -> bytes:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, OURS, f"Notre fichier {name}"
    mail.set_content("Bonjour,\n\nLe voici, rempli.\n")
    mail.add_attachment(content, "application", "octet-stream", filename=name)
    return mail.as_bytes()


def arrived(office: PostOffice, mailbox: str, words: str) -> EmailMessage:
    """The mail with these words in its subject, as it lies in a mailbox."""
    reader = BytesParser(EmailMessage, policy=policy.default)
    for count in itertools.count(1):
        office.wait_for(mailbox, count)
        for file in office.mails(mailbox):
            mail = reader.parsebytes(file.read_bytes())
            if words in str(mail["Subject"]):
                return mail
    raise AssertionError(words)


def test_the_whole_round(contest: Contest, tmp_path: Path) -> None:
    assert isinstance(contest.clock, SetClock)
    with PostOffice() as office:
        settings = configure(contest, office)

        # The collectives send their dossiers: each is opened, and acknowledged.
        asked = questionnaire(contest.process, "dossier", "fr")
        form = blank_to_docx(blank(contest.process, "dossier", "fr"))
        for sender, number in COLLECTIVES.items():
            content = filled(form, asked, {**answers(number), "contact_email": sender})
            office.hand_in(sender, OURS, mail_of(sender, "dossier.docx", content))
        office.wait_for(OURS, 2)
        contest.clock.instant = datetime.now(UTC) + timedelta(minutes=1)
        read = tick(contest, settings).read
        assert [(one.outcome, one.why) for one in read] == [("filed", "")] * 2
        lines = told(contest, "sheet_received")
        written = {(line.actor, line.data["evidence"]["sha256"]) for line in lines}
        assert written == {("courier", one.sha256) for one in read}
        refs = {one.sender: one.ref for one in read}
        for sender, ref in refs.items():
            assert ref in arrived(office, sender, "nous avons reçu votre dossier")["Subject"]

        move(contest, "submit", *refs.values())
        for ref in refs.values():
            record(contest, ref, {"review": {"exists_already": True, "already_ptce": False}})
        move(contest, "declare_eligible", *refs.values())

        # The invitation leaves once it was read, with all that the jury needs.
        enrol(contest, "Une jurée", ["jury"], institution=SEAT, email=JUROR)
        [held] = messages(contest, ["held"], notification="jury_invitation", to=JUROR)
        contest.clock.instant = held.next_at + timedelta(minutes=1)
        view = letter_view(contest, held.name)
        release(contest, [held.name], read={held.name: view.words})
        tick(contest, settings)
        parts = arrived(office, JUROR, "notes attendues").iter_attachments()
        files = {part.get_filename(): part.get_content() for part in parts}
        names = ["grille-dreets.xlsx", "declaration-dreets.docx", "livret-dreets.docx"]
        attached = [(name, sha256(files[name]).hexdigest()) for name in names]
        assert attached == [(one.name, one.sha256) for one in view.attached]

        # The grid that the juror received is filled in and sent back; a person takes it.
        grid = tmp_path / names[0]
        grid.write_bytes(files[grid.name])
        fill_grid(grid, dict.fromkeys(refs.values(), MARKS))
        office.hand_in(JUROR, OURS, mail_of(JUROR, grid.name, grid.read_bytes()))
        arrived(office, OURS, grid.name)
        contest.clock.instant += timedelta(minutes=30)
        assert tick(contest, settings).mailbox == ""
        [mail] = [one for one in received(contest) if one.sender == JUROR]
        [handed] = grids_of_mail(contest, mail.name)
        assert handed.is_known
        take_grid(contest, handed.filled, mail=handed.mail)
        lines = told(contest, "scores_given")
        assert [line.data["evidence"]["sha256"] for line in lines] == [mail.sha256] * 2
        [mail] = [one for one in received(contest) if one.sender == JUROR]
        assert mail.outcome == "filed"

        # The juror reads which marks are recorded.
        [first, _last] = messages(contest, ["planned"], notification="marks_recorded", to=JUROR)
        contest.clock.instant = first.next_at + timedelta(minutes=1)
        tick(contest, settings)
        text = str(arrived(office, JUROR, "notes enregistrées en votre nom").get_body(("plain",)))
        assert all(ref in text for ref in refs.values())
    assert verify(contest).faults == ()
