"""The received mails and the files attached to them: how they are kept, and let go.

Their bytes are documents of the database, each once by its SHA-256. What a file is, its first bytes
tell. What could run when somebody opens it is not kept, nor what unfolds to much more than it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Literal

from msgspec import Struct, to_builtins
from msgspec.json import decode
from msgspec.structs import replace

from ptce_workflow.app.refusals import without_role
from ptce_workflow.base.errors import Busy, Misuse, PtceError
from ptce_workflow.base.notation import from_text, to_json, to_text
from ptce_workflow.base.words import N_, _, one_line
from ptce_workflow.ledger.events.erasure import mail_name
from ptce_workflow.ledger.events.facts import Evidence
from ptce_workflow.process.candidature import Candidature
from ptce_workflow.process.fields import FileField
from ptce_workflow.process.visibility import SEES_ALL
from ptce_workflow.store.rows import ReceivedRow

if TYPE_CHECKING:
    from ptce_workflow.app.contest import Contest
    from ptce_workflow.app.transaction import Transaction
    from ptce_workflow.process.process import Process
    from ptce_workflow.store.database import Repository


_LONGEST_NAME = 200


Outcome = Literal[
    "filed",
    "unchanged",
    "bounced",
    "report",
    "notice",
    "answer",
    "automatic",
    "trial",
    "unknown",
    "unreadable",
]
LABELS: dict[Outcome, str] = {
    "filed": N_("filed"),
    "unchanged": N_("brings nothing new"),
    "bounced": N_("a mail came back"),
    "report": N_("report that was not taken"),
    "notice": N_("notice of a mail server"),
    "answer": N_("answer"),
    "automatic": N_("automatic reply"),
    "trial": N_("trial mail"),
    "unknown": N_("for a person to read"),
    "unreadable": N_("not readable"),
}
ASKING: tuple[Outcome, ...] = ("report", "answer", "unknown", "unreadable")
"""What a person has to look at."""


ENDINGS = {
    **{kind: (f".{kind}",) for kind in ("docx", "odt", "xlsx", "ods")},
    "message": (".eml",),
    "text": (".txt", ".csv", ".md", ".toml"),
    "a PDF": (".pdf",),
    "a document in RTF": (".rtf",),
    "a picture": (".jpg", ".jpeg", ".png", ".gif", ".tif", ".tiff", ".webp", ".heic"),
    "an archive": (".zip", ".7z", ".rar", ".gz", ".pptx", ".odp"),
    "a document that is protected by a password": (".docx", ".xlsx", ".odt", ".ods"),
    "a file in an old format (.doc, .xls) or a message of Outlook (.msg)": (".doc", ".xls", ".msg"),
    "a web page, or a file in XML": (".html", ".htm", ".xml", ".svg"),
}
"""How files are called, by their kinds (`office/files.py`)."""


class KeptPiece(Struct, frozen=True):
    """A file attached to a mail; `why_refused` says why its bytes are not kept.

    Its `number` is that of no other of the contest, ever.
    """

    sha256: str
    name: str
    kind: str
    size: int
    why_refused: str = ""
    number: int = 0

    @property
    def label(self) -> str:
        return f"piece:{self.number}"

    @property
    def endings(self) -> tuple[str, ...]:
        """How a file of its kind may be called: first as it is, where that tells no other kind."""
        own = "." + self.name.rpartition(".")[2].lower()
        return tuple(sorted(ENDINGS.get(self.kind, (".bin",)), key=lambda one: one != own))


def keep(unit: Repository, content: bytes, name: str) -> KeptPiece:
    """Keeps the bytes of an attached file, unless they are kept already or must not be."""
    # Imported here for start-up time: most passes find no mail.
    from ptce_workflow.office.files import kind_to_keep

    kind = why_refused = ""
    try:
        kind = kind_to_keep(content, name)
        unit.add_document(content)
    except Misuse as error:
        why_refused = error.what
    shown = one_line(name, at_most=_LONGEST_NAME)
    return KeptPiece(sha256(content).hexdigest(), shown, kind, len(content), why_refused)


def keep_mail(
    tx: Transaction, content: bytes, pieces: Sequence[KeptPiece] = (), **columns: str
) -> ReceivedRow:
    """Keeps a mail that is not there yet: with its candidature, or as long as the folder says.

    `columns` are those of the table `received_mail` that are not worked out here.
    """
    tx.unit.add_document(content)
    last = tx.unit.last_piece(tx.contest)
    numbered = [replace(piece, number=n) for n, piece in enumerate(pieces, last + 1)]
    until = tx.now + timedelta(days=tx.process.definition.config.receipt.keep_days)
    empty = dict.fromkeys(("received_at", "why", "case_id", "message", "sender", "subject"), "")
    row = ReceivedRow(
        **{**empty, **columns},
        number=tx.unit.last_received(tx.contest) + 1,
        sha256=sha256(content).hexdigest(),
        read_at=to_text(tx.now),
        pieces=to_json(to_builtins(numbered)),
        last_piece=last + len(numbered),
        kept_until="" if columns.get("case_id") else to_text(until),
        erased=False,
    )
    tx.unit.add_received([{"contest": tx.contest, **row._asdict()}])
    return row


def mark_filed(
    tx: Transaction, row: ReceivedRow, case_id: str = "", outcome: Outcome = "filed"
) -> None:
    """Has a mail wait for nobody any more: a line names it as evidence, or it is `unchanged`.

    Filed, it is kept with its candidature, or with those of the lines that name it.
    """
    # As it is now: another grid of the same mail may have changed something.
    row = tx.unit.received_by_sha256(tx.contest, row.sha256) or row
    if row.outcome == "filed":
        return
    until = "" if outcome == "filed" else row.kept_until
    whose = row.case_id or case_id
    filed = row._replace(outcome=outcome, why="", case_id=whose, kept_until=until)
    tx.filed.append({"contest": tx.contest, **filed._asdict()})


def pieces_of(row: ReceivedRow) -> tuple[KeptPiece, ...]:
    return decode(row.pieces, type=tuple[KeptPiece, ...])


def received_documents(repo: Repository, contest: str) -> set[str]:
    return set().union(*map(documents_of, repo.received_mails(contest)))


class PieceOfCase(Struct, frozen=True):
    """A file that a candidature handed in: with a mail, at an hour, or as the answer to a field."""

    name: str
    file: KeptPiece
    mail: str = ""
    at: datetime | None = None


def pieces_with(
    tx: Transaction, case: Candidature, rows: Sequence[ReceivedRow]
) -> Iterator[PieceOfCase]:
    """The files of a candidature, as far as its reader may see it; `rows` are all mails read.

    What came with a mail may hold any of its answers: whoever may not read a sheet sees none.
    """
    definition = tx.process.definition
    if all(definition.sheets[name].is_panel for name in case.closed):
        for row in rows:
            at = from_text(row.received_at or row.read_at)
            for piece in pieces_of(row) if row.case_id == case.id and not row.erased else ():
                yield PieceOfCase(piece.label, piece, mail_name(row.number), at)
    for name in definition.field_names():
        if isinstance(definition.field(name), FileField) and (value := case.private.get(name)):
            yield PieceOfCase(name, KeptPiece(value["sha256"], value["name"], "", value["size"]))


def of_candidature(contest: Contest, ref: str) -> tuple[Process, list[PieceOfCase]]:
    with contest.looking() as tx:
        (case,) = tx.load([ref])
        rows = tx.unit.received_mails(tx.contest)
        return tx.process, list(pieces_with(tx, tx.seen(case), rows))


def piece_content(contest: Contest, name: str) -> tuple[KeptPiece, bytes]:
    """A file that came with a mail, and its bytes. Raises: Misuse, PtceError."""
    mend = _("`ptce show REF --pieces` lists the files of a candidature.")
    with contest.looking() as tx:
        if SEES_ALL.isdisjoint(tx.actor.roles):
            what = _("The files that came with mails are read by the desk and the auditor.")
            raise without_role(tx.actor, ("desk",), what)
        for row in tx.unit.received_mails(tx.contest):
            piece = next((one for one in pieces_of(row) if one.label == name), None)
            if piece is None:
                continue
            if piece.why_refused:
                what = _("{name} was refused: {why}").format(name=name, why=piece.why_refused)
                raise PtceError(what, _("Its bytes are not kept."))
            content = tx.unit.document(piece.sha256)
            if not content or sha256(content).hexdigest() != piece.sha256:
                raise PtceError(_("{name} is no longer whole.").format(name=name))
            return piece, content
    raise Misuse(_("There is no {name}, or it was erased.").format(name=name), mend=mend)


def documents_of(row: ReceivedRow) -> set[str]:
    """The hashes of the documents that a mail has; none once it is erased."""
    kept = {piece.sha256 for piece in pieces_of(row) if not piece.why_refused}
    return set() if row.erased else {row.sha256, *kept}


_NAME = re.compile(r"mail:\d+")


def evidence(contest: Contest, name: str) -> tuple[Evidence, datetime | None] | None:
    """A mail that `received_mail` finds, as what proves something, and the hour that counts."""
    stored = received_mail(contest, name)
    if stored is None:
        return None
    row, content = stored
    proof = Evidence(row.sha256, len(content))
    return proof, from_text(row.received_at) if row.received_at else None


def received_mail(contest: Contest, name: str) -> tuple[ReceivedRow, bytes] | None:
    """A mail that is kept, with its bytes; None for another name. Raises: Misuse if it is gone."""
    if not _NAME.fullmatch(name):
        return None
    with contest.database.reading() as repo:
        every = repo.received_mails(contest.id)
        row = next((row for row in every if mail_name(row.number) == name), None)
        content = row and repo.document(row.sha256)
    if row is None or not content or sha256(content).hexdigest() != row.sha256:
        what = _("{name} is not there, or no longer whole.").format(name=name)
        raise Misuse(what, mend=_("`ptce mail read --list` shows what is."))
    return row, content


def erase_mails(unit: Repository, contest: str, rows: Sequence[ReceivedRow]) -> None:
    """Removes what mails say, and their bytes; their numbers and hashes stay."""
    gone = {"sender": "", "subject": "", "why": "", "pieces": "[]", "erased": True}
    unit.change_received([{"contest": contest, **row._asdict(), **gone} for row in rows])
    for hash_ in sorted({hash_ for row in rows for hash_ in documents_of(row)}):
        unit.drop_document(hash_)


def erase_over(contest: Contest) -> None:
    """Removes the mails of no candidature that were kept long enough."""
    now = to_text(contest.clock.now())
    with contest.database.reading() as repo:
        if not repo.received_over(contest.id, now):
            return
    # Where the database is busy, a later pass does it.
    with suppress(Busy), contest.database.writing(contest.id) as repo:
        erase_mails(repo, contest.id, repo.received_over(contest.id, now))
