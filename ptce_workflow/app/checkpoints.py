"""Checkpoints beside the database: made, signed and listed; the key that signs them."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Mapping
from contextlib import AbstractContextManager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

from msgspec import Struct

from ptce_workflow.app.locations import (
    CHECKPOINTS,
    KEY_FILE,
    NEXT_KEY_FILE,
    PUBLIC_FILE,
    beside_database,
    unwritable,
    write_whole,
)
from ptce_workflow.app.projections import instant_in, person_of, public_keys
from ptce_workflow.app.refusals import UNREADABLE, damaged_line, reason_given, without_role
from ptce_workflow.app.transaction import Transaction
from ptce_workflow.base.errors import Misuse, PtceError, refusal_of
from ptce_workflow.base.notation import from_text
from ptce_workflow.base.words import _
from ptce_workflow.ledger import checkpoint
from ptce_workflow.ledger.checkpoint import Checkpoint, NoKey, NoNote, SignedNote
from ptce_workflow.ledger.events import clauses
from ptce_workflow.ledger.events.base import CONTEST_SUBJECT, NO_SIDES, Reason, read
from ptce_workflow.ledger.events.contest import KeyChanged
from ptce_workflow.ledger.line import Malformed, digest, line_instant
from ptce_workflow.process.letters.message import Stage
from ptce_workflow.process.model.notification import CONTACT
from ptce_workflow.store.database import Database, Repository
from ptce_workflow.store.rows import ContestRow


class GoneBack(PtceError):
    """The ledger does not go on from what was signed of it: lines are gone, or are others now."""


class OpenContest(Protocol):
    """What is asked of an open contest: `Contest`, which imports this module."""

    folder: Path
    database: Database
    id: str

    def looking(self, *, counts: bool) -> AbstractContextManager[Transaction]:
        """A view of it for whoever looks."""

    def acting(self) -> AbstractContextManager[Transaction]:
        """A transaction of whoever acts."""


class CheckpointFile(Struct, frozen=True):
    """A file of the folder of checkpoints, and the checkpoint in it; `why` it holds none.

    `content` is None for what the system does not let be read.
    """

    file: Path
    content: bytes | None
    note: SignedNote | None
    why: str = ""


class NewCheckpoint(Struct, frozen=True):
    """A checkpoint and its file; `line` is that of the key, where the key is new, and `why`."""

    note: SignedNote
    file: Path
    line: int | None = None
    why: str = ""


class CheckpointEntry(Struct, frozen=True):
    """A checkpoint that is kept: its line, the instant of that line if it is there, its hash."""

    size: int
    at: datetime | None
    hash: str
    file: Path


def checkpoint_files(home: Path) -> tuple[CheckpointFile, ...]:
    """The files of a folder of checkpoints, in the order of lines. Raises: PtceError."""
    return tuple(map(_read, _files(home)))


def _files(home: Path) -> list[Path]:
    place = home / CHECKPOINTS
    try:
        return sorted(file for file in place.iterdir() if file.name.endswith(".txt"))
    except OSError as error:
        # Where none was made there is no folder; a link that leads nowhere is none either.
        if isinstance(error, FileNotFoundError) and not place.is_symlink():
            return []
        raise PtceError(
            _("The folder {folder} cannot be read.").format(folder=place),
            _("The system says: {reason}.").format(reason=refusal_of(error)),
            _("Checkpoints are kept there: move away what stands in its place."),
        ) from error


def _read(file: Path) -> CheckpointFile:
    try:
        content = file.read_bytes()
    except OSError as error:
        why = _("The system says: {reason}.").format(reason=refusal_of(error))
        return CheckpointFile(file, None, None, why)
    try:
        return CheckpointFile(file, content, checkpoint.read(content))
    except NoNote as error:
        return CheckpointFile(file, content, None, str(error))


def list_checkpoints(contest: OpenContest) -> tuple[CheckpointEntry, ...]:
    """The checkpoints beside the database, in the order of lines. Raises: PtceError."""
    entries = []
    with contest.database.reading() as repo:
        for one in checkpoint_files(beside_database(contest.folder)):
            if one.note is None:
                continue
            signed, at = one.note.checkpoint, None
            with suppress(*UNREADABLE):
                at = from_text(line_instant(repo.line(contest.id, signed.size)))
            entries.append(CheckpointEntry(signed.size, at, signed.hash, one.file))
    return tuple(entries)


def last_checkpoint(folder: Path) -> SignedNote | None:
    place = beside_database(folder) / CHECKPOINTS
    notes = (_read(file).note for file in sorted(place.glob("*.txt"), reverse=True))
    return next((note for note in notes if note is not None), None)


def make(contest: OpenContest) -> NewCheckpoint:
    """Signs how far the ledger has come, in a file beside it. Raises: GoneBack, PtceError."""
    before, home = last_checkpoint(contest.folder), beside_database(contest.folder)
    with contest.database.reading() as repo:
        row = repo.contest(contest.id)
        keys = public_keys(repo, contest.id)
        head = _head(repo, row)
        if before is not None:
            signed = before.checkpoint
            is_ours = signed.origin == head.origin and signed.size <= row.head_n
            if not (is_ours and has_line(repo, row.contest, signed.size, signed.hash)):
                raise _gone_back(signed.size, home / CHECKPOINTS)
    # Whoever asks is told that the folder cannot be read, though nothing in it is looked at.
    _files(home)
    # Looked for even where nothing new is signed: whoever asks is told that it is gone.
    key = signing_key(home, keys)
    file = home / CHECKPOINTS / f"{head.size:09d}.txt"
    if before is not None and before.checkpoint == head:
        return NewCheckpoint(before, file)
    note = checkpoint.sign(head, key)
    try:
        file.parent.mkdir(exist_ok=True)
        write_whole(file, note.encode())
    except OSError as error:
        raise unwritable(file.parent, error) from error
    return NewCheckpoint(note, file)


def _head(repo: Repository, row: ContestRow) -> Checkpoint:
    """What there is to sign: never a head that the last line is not. Raises: PtceError."""
    try:
        first, last = (repo.line(row.contest, n) for n in (1, row.head_n))
        if digest(last) == row.head_hash:
            origin = checkpoint.origin_of(row.contest, read(first).data.origin)
            return Checkpoint(origin, row.head_n, row.head_hash)
        raise Malformed(_("its hash is not the one that was kept when it was written"))
    except UNREADABLE as error:
        raise damaged_line(row.head_n, error) from error


def _gone_back(n: int, place: Path) -> GoneBack:
    what = _("No checkpoint is made: the ledger does not go on from the one of line {n}.")
    why = _(
        "It is an older copy, a server that took over had not received all of it, or its lines "
        "were changed: to sign it would hide that, and mails that have left might leave again."
    )
    mend = _(
        "`ptce verify` tells what is missing, `ptce mail list` what is to leave. To go on "
        "without it, move the checkpoints that go further out of {folder}."
    ).format(folder=place)
    return GoneBack(what.format(n=n), why, mend)


def has_line(repo: Repository, contest: str, n: int, hash_: str) -> bool:
    with suppress(KeyError):
        return digest(repo.line(contest, n)) == hash_
    return False


ENCLOSED = "checkpoint-"
"""How the name of the file of a checkpoint begins that goes with a mail."""

_FILE = re.compile(rb'filename="%s([0-9]{9,})\.txt"' % ENCLOSED.encode())

WITNESSED_WITHIN = timedelta(days=8)
"""A line for which nobody outside has vouched for so long is told: a week, and a day off."""


class Outside(Struct, frozen=True):
    """A checkpoint that left: its line, the mail, to whom, and when; `lines` the ledger has now.

    `since` is when the first line that it does not cover was written.
    """

    size: int
    message: str
    recipient: str
    at: datetime
    lines: int
    since: datetime | None


def last_outside(contest: OpenContest) -> Outside | None:
    """The last checkpoint that left to somebody who is not of the desk; None where none has.

    The desk holds the key and the database: it is no witness against itself.
    """
    with contest.looking(counts=True) as tx:
        return last_sent(tx.unit, tx.contest, tx.n)


def last_sent(repo: Repository, contest: str, lines: int) -> Outside | None:
    people = map(person_of, repo.people(contest))
    no_witness = {CONTACT, *(one.pseudonym for one in people if "desk" in one.roles)}
    for row in reversed(repo.messages_at(contest, Stage.SENT)):
        if row.recipient in no_witness:
            continue
        match = _FILE.search(repo.mail(contest, row.number) or b"")
        if match is not None:
            size, at = int(match[1]), instant_in(row.next_at, "message", row.number)
            is_last = size >= lines
            since = None if is_last else from_text(line_instant(repo.line(contest, size + 1)))
            return Outside(size, row.name, row.recipient, at, lines, since)
    return None


def check_key(contest: OpenContest) -> None:
    """Looks whether the key that signs is where it must be. Raises: PtceError when it is not."""
    with contest.database.reading() as repo:
        keys = public_keys(repo, contest.id)
    signing_key(beside_database(contest.folder), keys)


def signing_key(home: Path, keys: Mapping[str, int]) -> bytes:
    """The private key that signs now, as PEM: that of the last of the keys that the ledger tells.

    What an interruption has kept from taking its place takes it now. Raises: PtceError.
    """
    key, why = [*keys][-1], _("There is no such file.")
    for name in (KEY_FILE, NEXT_KEY_FILE):
        try:
            pem = (home / name).read_bytes()
            if b64encode(public := checkpoint.public_key(pem)).decode() == key:
                if name == NEXT_KEY_FILE:
                    (home / name).replace(home / KEY_FILE)
                    write_whole(home / PUBLIC_FILE, checkpoint.public_pem(public))
                return pem
            why = _("It is another key than the one that the ledger tells.")
        except FileNotFoundError:
            continue
        except NoKey as error:
            why = str(error)
        except OSError as error:
            reason = _("The system says: {reason}.").format(reason=refusal_of(error))
            raise unreadable(home / name, reason) from error
    what = _("No checkpoint is made: the key that signs is not in {file}.")
    mend = _("Put it back. If it is lost, make another: ptce checkpoint --rotate-key --reason …")
    raise PtceError(what.format(file=home / KEY_FILE), why, mend)


def unreadable(file: Path, why: str) -> PtceError:
    return PtceError(_("The file {file} cannot be read.").format(file=file), why)


def begin_key(folder: Path) -> str:
    """The public key of a new contest, in base64; its files are made. Raises: PtceError."""
    home = beside_database(folder)
    try:
        with suppress(FileExistsError):
            write_whole(home / KEY_FILE, checkpoint.new_key(), private=True, anew=True)
        key = checkpoint.public_key((home / KEY_FILE).read_bytes())
        write_whole(home / PUBLIC_FILE, checkpoint.public_pem(key))
    except NoKey as error:
        raise Misuse(
            _("{file} does not hold a key that signs checkpoints.").format(file=home / KEY_FILE),
            str(error),
            _("Move that file away; a contest that begins makes its own."),
        ) from error
    except OSError as error:
        raise unwritable(home, error) from error
    return b64encode(key).decode()


def rotate_key(contest: OpenContest, reason: str | None) -> NewCheckpoint:
    """Has a new key sign from here on, itself signed by the former. Raises: Misuse, PtceError."""
    reason = reason_given(reason)
    home, pem = beside_database(contest.folder), checkpoint.new_key()
    public = checkpoint.public_key(pem)
    why: Any = "rotated"
    with contest.acting() as tx:
        try:
            before = signing_key(home, public_keys(tx.unit, tx.contest))
            signature = b64encode(checkpoint.signed(before, public)).decode()
        except PtceError:
            why, signature = "lost", ""
        event = KeyChanged(b64encode(public).decode(), signature, why)
        sides = {CONTEST_SUBJECT: Reason(reason)} if reason else NO_SIDES
        refusals = {
            clauses.DESK: lambda _violation: without_role(
                tx.actor, ("desk",), _("Only the desk changes the key that signs checkpoints.")
            ),
            clauses.REASON: lambda _violation: Misuse(
                _("The key is not changed without a reason."),
                _("Who holds earlier checkpoints will ask why another key signs the later ones."),
                _('Add --reason "…".'),
            ),
        }
        tx.record_of_contest(event, sides, refusals)
        try:
            write_whole(home / NEXT_KEY_FILE, pem, private=True)
        except OSError as error:
            raise unwritable(home, error) from error
        tx.flush()
        # It is made below, where a failure is an error.
        tx.is_decisive, line = False, tx.n
    made = make(contest)
    return NewCheckpoint(made.note, made.file, line, why)
