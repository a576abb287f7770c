"""The files that go with mails: written, named, kept apart, sent, verified, erased."""

from __future__ import annotations

from contextlib import closing
from email import message_from_bytes, policy
from hashlib import sha256
from pathlib import Path

import pytest
from msgspec.structs import replace

from ptce_workflow.app.audit.export import export, verify_export
from ptce_workflow.app.audit.verify import verify
from ptce_workflow.app.contest import Contest
from ptce_workflow.app.locations import OutputFile
from ptce_workflow.app.outbox import delivery
from ptce_workflow.app.outbox.attachments import Attachment, holders, whole_mail
from ptce_workflow.app.outbox.desk import letter_view, messages, release
from ptce_workflow.app.retention.backup import back_up, copy_contest
from ptce_workflow.app.retention.erase import erase
from ptce_workflow.app.retention.held import subject_data
from ptce_workflow.app.retention.restore import prepared_backup, redo_erasures
from ptce_workflow.app.retention.restore import restore as put_in_place
from ptce_workflow.app.transaction import Transaction
from ptce_workflow.base.errors import PtceError
from ptce_workflow.base.runtime import SetClock
from ptce_workflow.exports.tables import verify_pages
from ptce_workflow.mail.message import attached_files, with_files, without_files
from ptce_workflow.office.page import Paragraph
from ptce_workflow.process.letters.message import Message
from ptce_workflow.reports.mail import bytes_of, previews
from ptce_workflow.store.database import Database
from tests import mailing
from tests.mailing import pass_at, reword, settings, subjects, told
from tests.rehearsal import added, attack, move, opened
from tests.smtp import Server

begun, contest, folder, server = mailing.begun, mailing.contest, mailing.folder, mailing.server
ATTACHES = 'attach = ["form.dossier"]\n'
NOON = "2024-02-20T10:00"


class Writer:
    """Attaches the references of the candidatures that are not erased."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.more = b""

    def __call__(self, tx: Transaction, row: Message, wanted: str, language: str) -> Attachment:
        self.asked.append(f"{row.name} {wanted}")
        cases = [case for case in tx.every_case() if case.private]
        content = "\n".join(case.ref for case in cases).encode() + self.more
        return Attachment("livret.docx", content, tuple(case.id for case in cases))


@pytest.fixture
def writer(contest: Contest) -> Writer:
    contest.attachments = writer = Writer()
    reword(contest, "opened", "Words.", toml=ATTACHES + 'expires = "date.lapse"')
    reword(
        contest,
        "given_back",
        "Words.",
        toml=f'{ATTACHES}in = ["draft"]\nheld = true\nuncertain = "ask"',
    )
    return writer


def left(contest: Contest, name: str) -> bytes:
    with contest.database.reading() as repo:
        content = whole_mail(repo, contest.id, int(name[2:])).content
    assert content is not None
    return content


def test_sent_with_its_attachment(contest: Contest, server: Server, writer: Writer) -> None:
    """It leaves whole, is kept without the bytes of its files, and its line names them."""
    added(contest)
    pass_at(contest, server, NOON)
    [received] = [one for one in server.received if one.subject.startswith("opened")]
    [part] = [
        one
        for one in message_from_bytes(received.content, policy=policy.default).iter_attachments()
        if one.get_filename() == "livret.docx"
    ]
    hash_ = sha256(b"C-001").hexdigest()
    assert part.get_payload(decode=True) == b"C-001"
    assert part["X-PTCE-SHA256"] == hash_
    [line] = [one for one in told(contest, "message_sent") if one.data["notification"] == "opened"]
    assert line.data["attached"] == [hash_]
    name = line.data["message"]
    whole = left(contest, name)
    assert line.data["sha256"] == sha256(whole).hexdigest()
    with contest.database.reading() as repo:
        kept = repo.mail(contest.id, int(name[2:])) or b""
        assert repo.document(hash_) == b"C-001"
        assert repo.document_uses(hash_) == 1
    assert kept == without_files(whole) != whole
    assert with_files(kept, {hash_: b"C-001"}) == whole
    assert attached_files(kept) == [("livret.docx", hash_)]
    others = [one for one in told(contest, "message_sent") if one.n != line.n]
    assert others
    assert not any("attached" in one.data for one in others)
    view = letter_view(contest, name)
    assert [(one.name, one.size, one.sha256) for one in view.attached] == [
        ("livret.docx", 5, hash_)
    ]
    assert bytes_of(view) == whole
    twice = replace(view, attached=view.attached * 2)
    shown = [one for one in previews(contest.process, [twice]) if isinstance(one, Paragraph)]
    [[first, second]] = [one.text.split("\n") for one in shown if "livret.docx" in one.text]
    assert first.index("livret.docx") == second.index("livret.docx")
    assert writer.asked == [f"{name} form.dossier"]


def test_nothing_writes_it(contest: Contest, server: Server, writer: Writer) -> None:
    del writer
    contest.attachments = None
    added(contest)
    pass_at(contest, server, NOON)
    [failed] = messages(contest, ["failed"])
    assert failed.said == f"{failed.name} has attachments, and nothing writes them here."


def test_larger_than_the_folder_lets(contest: Contest, server: Server, writer: Writer) -> None:
    writer.more = b"x" * 8_000_000
    added(contest)
    pass_at(contest, server, NOON)
    [failed] = messages(contest, ["failed"])
    assert "bytes; the folder lets none leave of over 10000000" in failed.said
    assert not any(one.startswith("opened") for one in subjects(server))


def held(contest: Contest, server: Server) -> str:
    """A mail with an attachment that waits for a person."""
    ref = added(contest)
    added(contest)
    move(contest, "submit", ref)
    move(contest, "give_back", ref, reason="Une page manque.")
    [posted] = messages(contest, ["held"])
    return posted.name


def test_what_is_released_is_what_leaves(contest: Contest, server: Server, writer: Writer) -> None:
    """The words that a person reads name the file: it leaves as it was then."""
    name = held(contest, server)
    before = letter_view(contest, name)
    assert [one.size for one in before.attached] == [11]
    writer.more = b" more"
    with pytest.raises(PtceError, match="would not say any more"):
        release(contest, [name], read={name: before.words})
    release(contest, [name], read={name: letter_view(contest, name).words})
    writer.more = b" other"
    pass_at(contest, server, NOON)
    [line] = [one for one in told(contest, "message_sent") if one.data["message"] == name]
    assert line.data["attached"] == [sha256(b"C-001\nC-002 more").hexdigest()]


def test_another_file_after_an_adoption(contest: Contest, server: Server, writer: Writer) -> None:
    """A released mail whose file changes with the rules waits for a reader again."""
    name = held(contest, server)
    release(contest, [name])

    class OfRules(Writer):
        def __call__(self, tx: Transaction, row: Message, wanted: str, language: str) -> Attachment:
            self.more = tx.process.hash.encode()
            return super().__call__(tx, row, wanted, language)

    reword(contest, "gone", "Others.")
    assert messages(contest, ["held"]) == ()
    contest.attachments = OfRules()
    reword(contest, "gone", "Words again.")
    assert [one.name for one in messages(contest, ["held"])] == [name]


STAGES = ("held", "released", "queued", "claimed", "data", "sent")


@pytest.mark.parametrize("stage", STAGES)
def test_erased(contest: Contest, server: Server, writer: Writer, stage: str) -> None:
    """An attachment goes with whoever is named in it, wherever its mail stands."""
    name = held(contest, server)
    gone = "C-002"
    before = sha256(b"C-001\nC-002").hexdigest()
    if stage != "held":
        release(contest, [name])
    if stage in ("queued", "claimed", "data"):
        delivery.post_due(contest, settings(server), lambda: False)
    taken = (
        delivery.claim(contest, settings(server), "w", 9) if stage in ("claimed", "data") else ()
    )
    if stage == "data":
        delivery.step(contest, "w", (), taken)
    if stage == "sent":
        pass_at(contest, server, NOON)
    move(contest, "withdraw", gone, reason="Plus tard.")
    if stage == "data":
        with pytest.raises(PtceError, match="is leaving at this moment"):
            erase(contest, gone, "À sa demande.")
        delivery.release_lease(contest, "w", taken)
        return
    files = [(one.message, one.file) for one in subject_data(contest, gone).attachments]
    assert ((name, "livret.docx") in files) == (stage != "held")
    with contest.looking() as tx:
        id_ = tx.load([gone])[0].id
        assert [one.name for one in holders(tx, id_)] == (
            [
                one.name
                for one in messages(contest, ["sent"])
                if one.notification in ("opened", "given_back")
            ]
            if stage == "sent"
            else []
        )
    erase(contest, gone, "À sa demande.")
    with contest.database.reading() as repo:
        assert repo.document(before) is None
    [row] = messages(contest, names=[name])
    if stage == "sent":
        assert row.stage == "sent"
        view = letter_view(contest, name)
        assert [(one.size, one.erased) for one in view.attached] == [(None, True)]
        with pytest.raises(PtceError, match="cannot be made again"):
            bytes_of(view)
        remarks = [one.what for one in verify(contest).remarks]
        assert any("An attachment was erased" in one for one in remarks)
        return
    assert row.stage == "held"
    if stage == "claimed":
        begun = delivery.step(contest, "w", (), taken)[1]
        assert int(name[2:]) not in [one.number for one in begun]
        delivery.release_lease(contest, "w", taken)
    assert letter_view(contest, name).attached[0].sha256 == sha256(b"C-001").hexdigest()
    release(contest, [name])
    pass_at(contest, server, NOON)
    [line] = [one for one in told(contest, "message_sent") if one.data["message"] == name]
    assert line.data["attached"] == [sha256(b"C-001").hexdigest()]


NOT_THOSE = "The attachments of the mail {name} are not those that it had."
FORGED = {
    "UPDATE attachment SET name = 'autre.docx' WHERE number = {n}": NOT_THOSE,
    "DELETE FROM attachment WHERE number = {n}": NOT_THOSE,
    "UPDATE attachment SET sha256 = '{other}' WHERE number = {n}": NOT_THOSE,
    "UPDATE document SET content = '{other}' WHERE sha256 = '{hash}'": (
        "A document is missing or damaged."
    ),
    "UPDATE attachment SET erased = true WHERE number = {n}": (
        "An attachment is gone, and no line has erased it."
    ),
}


@pytest.mark.parametrize("forged", FORGED)
def test_forged(folder: Path, clock: SetClock, server: Server, forged: str) -> None:
    """Whoever changes an attachment, its row or its name by hand is found out."""
    with opened(folder, clock) as contest:
        contest.attachments = Writer()
        reword(contest, "opened", "Words.", toml=ATTACHES + 'expires = "date.lapse"')
        added(contest)
        pass_at(contest, server, NOON)
        assert verify(contest).intact
        [line] = [one for one in told(contest, "message_sent") if "attached" in one.data]
        name, [hash_] = line.data["message"], line.data["attached"]
        values = {"n": int(name[2:]), "hash": hash_, "other": "0" * 64}
        with attack(contest) as database:
            database.execute(forged.format(**values))
        found = {fault.what for fault in verify(contest).faults}
        assert FORGED[forged].format(name=name) in found


@pytest.mark.sqlite("what a backup copies is the same on a server: see tests/store")
def test_kept_by_a_backup_and_erased_again(
    contest: Contest, server: Server, writer: Writer, tmp_path: Path
) -> None:
    """A backup has the attachments; what was erased since is erased again after a restore."""
    del writer
    ref = added(contest)
    pass_at(contest, server, NOON)
    hash_, file = sha256(b"C-001").hexdigest(), tmp_path / "backup.db"
    move(contest, "withdraw", ref, reason="Plus tard.")
    back_up(contest, OutputFile(file, "db"))
    erase(contest, ref, "À sa demande.")
    with prepared_backup(contest, contest.folder, file, contest.clock, contest.watch) as ready:
        with ready.contest.database.reading() as repo:
            assert repo.document(hash_) == b"C-001"
        put_in_place(ready, contest.clock)
    assert redo_erasures(contest, ready.lines) == (1, 0, "")
    with contest.database.reading() as repo:
        assert repo.document(hash_) is None
        assert [row.erased for row in repo.attachments(contest.id)] == [True]


def test_erased_while_planned(contest: Contest, server: Server, writer: Writer) -> None:
    """A mail that nobody has written yet names nobody: it leaves without who is erased."""
    del writer
    added(contest)
    ref = added(contest)
    move(contest, "withdraw", ref, reason="Plus tard.")
    row = min(
        (one for one in messages(contest, ["planned"]) if one.notification == "opened"),
        key=lambda one: one.name,
    )
    assert subject_data(contest, ref).attachments == ()
    erase(contest, ref, "À sa demande.")
    pass_at(contest, server, NOON)
    [line] = [one for one in told(contest, "message_sent") if one.data["message"] == row.name]
    assert line.data["attached"] == [sha256(b"C-001").hexdigest()]
    with contest.database.reading() as repo:
        assert repo.document(sha256(b"C-001\nC-002").hexdigest()) is None
    assert verify(contest).faults == ()


def test_in_an_export(contest: Contest, server: Server, writer: Writer, tmp_path: Path) -> None:
    """An export lists the hash of the attachment and that of the mail, and is sound by itself."""
    del writer
    added(contest)
    pass_at(contest, server, NOON)
    [line] = [one for one in told(contest, "message_sent") if "attached" in one.data]
    assert export(contest, tmp_path / "export", verify_pages).intact
    assert (
        f"{sha256(b'C-001').hexdigest()}  kept\n" in (tmp_path / "export/documents.txt").read_text()
    )
    mails = (tmp_path / "export/mails.txt").read_text()
    assert f"{line.data['sha256']}  {line.data['message']}\n" in mails
    assert verify_export(tmp_path / "export", verify_pages).intact


@pytest.mark.sqlite("the other database of the copy is a file: see tests/store for a server")
def test_moves_with_the_contest(
    contest: Contest, server: Server, writer: Writer, tmp_path: Path
) -> None:
    """Another database has the rows and the bytes, and gives the whole mail."""
    del writer
    added(contest)
    pass_at(contest, server, NOON)
    [line] = [one for one in told(contest, "message_sent") if "attached" in one.data]
    with closing(Database.create(tmp_path / "other.db")) as other:
        copy_contest(contest.database, contest.id, other)
        with other.reading() as repo, contest.database.reading() as own:
            assert repo.attachments(contest.id) == own.attachments(contest.id) != []
            content = whole_mail(repo, contest.id, int(line.data["message"][2:])).content
    assert sha256(content or b"").hexdigest() == line.data["sha256"]


def test_killed_as_it_is_recorded(
    contest: Contest, server: Server, writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A courier that dies after the server took a mail: it is not lost, nor sent as another."""
    del writer
    added(contest)

    def dies(name: str) -> None:
        if name == "recording":
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(delivery, "failpoint", dies)
        with pytest.raises(KeyboardInterrupt):
            pass_at(contest, server, NOON)
    for minute in ("10:30", "11:00", "12:00"):
        pass_at(contest, server, f"2024-02-20T{minute}")
    copies = {one.content for one in server.received if one.subject.startswith("opened")}
    [line] = [one for one in told(contest, "message_sent") if "attached" in one.data]
    assert {sha256(content).hexdigest() for content in copies} == {line.data["sha256"]}
