"""The files that go with mails: what writes them, and how they are kept apart from the mails."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Protocol

from msgspec import Struct, convert
from msgspec.json import decode

from ptce_workflow.app.transaction import Transaction
from ptce_workflow.base.notation import from_json, to_json
from ptce_workflow.process.letters.message import HAVE_LEFT, Message
from ptce_workflow.store.database import Repository
from ptce_workflow.store.rows import AttachmentRow


class Attachment(Struct, frozen=True):
    """A file that goes with a mail; `subjects` are the ids of the candidatures and people in it."""

    name: str
    content: bytes
    subjects: tuple[str, ...] = ()

    @property
    def sha256(self) -> str:
        return sha256(self.content).hexdigest()


class AttachmentWriter(Protocol):
    """Writes the file that an item of a notification's `attach` names: the same for the same mail.

    None where there is nothing to attach. Its dates are those of the mail, `row.due`.
    """

    def __call__(
        self, tx: Transaction, row: Message, wanted: str, language: str
    ) -> Attachment | None: ...


class AttachedName(Struct, frozen=True):
    name: str
    sha256: str


class WholeMail(Struct, frozen=True):
    """The bytes of a mail; without them, where `gone` names attachments that are not kept.

    `text` are the bytes that are kept with the mail itself: the attachments are empty there.
    """

    content: bytes | None
    text: bytes | None
    gone: tuple[str, ...] = ()


def named_in(words: str) -> tuple[AttachedName, ...]:
    if '"attached":[' not in words:
        return ()
    return convert(from_json(words).get("attached", ()), tuple[AttachedName, ...])


def keep(unit: Repository, contest: str, row: Message, files: Mapping[str, Attachment]) -> None:
    """Keeps the attachments that the words of a mail name, and no others, by their SHA-256."""
    before = unit.attachments_of(contest, row.number)
    unit.remove_attachments(contest, row.number)
    rows = []
    for place, one in enumerate(named_in(row.words)):
        unit.add_document(files[one.sha256].content)
        added = AttachmentRow(
            row.number, place, one.sha256, one.name, to_json(files[one.sha256].subjects), False
        )
        rows.append({"contest": contest, **added._asdict()})
    unit.add_attachments(rows)
    _drop_documents(unit, before)


def erase(unit: Repository, contest: str, rows: Iterable[AttachmentRow]) -> None:
    rows, gone = [row for row in rows if not row.erased], {"contest": contest, "erased": True}
    unit.erase_attachments([{**gone, "number": row.number, "place": row.place} for row in rows])
    _drop_documents(unit, rows)


def _drop_documents(unit: Repository, rows: Iterable[AttachmentRow]) -> None:
    for hash_ in sorted({row.sha256 for row in rows if not row.erased}):
        unit.drop_document(hash_)


def whole_mail(repo: Repository, contest: str, number: int) -> WholeMail:
    # Imported here for start-up time: most commands look at no bytes.
    from ptce_workflow.mail.message import attached_files, with_files

    text = repo.mail(contest, number)
    files = attached_files(text or b"")
    if text is None or not files:
        return WholeMail(text, text)
    contents = {hash_: repo.document(hash_) for _name, hash_ in files}
    if gone := tuple(name for name, hash_ in files if contents[hash_] is None):
        return WholeMail(None, text, gone)
    return WholeMail(with_files(text, {hash_: it or b"" for hash_, it in contents.items()}), text)


def attached_documents(repo: Repository, contest: str) -> set[str]:
    return {row.sha256 for row in repo.attachments(contest) if not row.erased}


def subjects_of(row: AttachmentRow) -> tuple[str, ...]:
    return decode(row.subjects, type=tuple[str, ...])


def holders(tx: Transaction, subject: str) -> tuple[Message, ...]:
    """The mails that have left with an attachment that names a subject, erased since or not."""
    every = tx.unit.attachments(tx.contest)
    numbers = sorted({row.number for row in every if subject in subjects_of(row)})
    rows = (tx.unit.message(tx.contest, number) for number in numbers)
    return tuple(row for row in rows if row is not None and row.stage in HAVE_LEFT)
