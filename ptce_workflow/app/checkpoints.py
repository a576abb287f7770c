"""Checkpoints beside the database: made, listed and signed."""

from __future__ import annotations

from base64 import b64encode
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from ptce_workflow.app.locations import (
    CHECKPOINTS,
    KEY_FILE,
    NEXT_KEY_FILE,
    PUBLIC_FILE,
    beside_database,
    unwritable,
    write_whole,
)
from ptce_workflow.app.projections import keys_told
from ptce_workflow.app.refusals import damaged_line
from ptce_workflow.base.errors import Misuse, PtceError, refusal_of
from ptce_workflow.base.notation import from_text
from ptce_workflow.base.words import _
from ptce_workflow.ledger import checkpoint
from ptce_workflow.ledger.checkpoint import Checkpoint, NoKey, NoNote, SignedNote
from ptce_workflow.ledger.events.codec import read
from ptce_workflow.ledger.line import Malformed, digest, instant_told

if TYPE_CHECKING:
    from ptce_workflow.store.database import Database
    from ptce_workflow.store.rows import ContestRow
    from ptce_workflow.store.unit import Repository


UNREAD = (LookupError, AttributeError, ValueError)
"""The errors that come of reading a line that no program of ours wrote."""


class GoneBack(PtceError):
    """The ledger does not go on from what was signed of it: lines are gone, or are others now."""


class OpenContest(Protocol):
    """A contest that is open, as far as it has a folder and a ledger."""

    @property
    def folder(self) -> Path:
        """Its folder."""

    @property
    def database(self) -> Database:
        """Its database."""

    @property
    def id(self) -> str:
        """Its id."""


@dataclass(frozen=True, slots=True)
class CheckpointFile:
    """A file of the folder of checkpoints, and the checkpoint in it; `why` it holds none.

    `content` is None for what the system does not let be read.
    """

    file: Path
    content: bytes | None
    note: SignedNote | None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Made:
    """A checkpoint and its file; `line` is that of the key, where the key is new, and `why`."""

    note: SignedNote
    file: Path
    line: int | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class CheckpointEntry:
    """A checkpoint that is kept: its line, the instant of that line if it is there, its hash."""

    size: int
    at: datetime | None
    hash: str
    file: Path


def kept(folder: Path) -> tuple[CheckpointFile, ...]:
    """The checkpoints that are kept beside the database of a contest; see `kept_in`."""
    return kept_in(beside_database(folder))


def kept_in(home: Path) -> tuple[CheckpointFile, ...]:
    """What the folder of checkpoints holds there, in the order of the lines.

    Raises: PtceError when the system does not let the folder be read.
    """
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


def listed(contest: OpenContest) -> tuple[CheckpointEntry, ...]:
    """The checkpoints kept beside the database, in the order of the lines.

    Raises: PtceError when the system does not let them be read.
    """
    every = [(one.file, one.note.checkpoint) for one in kept(contest.folder) if one.note]
    with contest.database.reading() as repo:
        told = {}
        for _file, found in every:
            with suppress(*UNREAD):
                told[found.size] = from_text(instant_told(repo.line(contest.id, found.size)))
    return tuple(
        CheckpointEntry(one.size, told.get(one.size), one.hash, file) for file, one in every
    )


def last_kept(folder: Path) -> SignedNote | None:
    """The last checkpoint of the folder that can be read, or None."""
    place = beside_database(folder) / CHECKPOINTS
    for file in sorted(place.glob("*.txt"), reverse=True):
        if (note := _read(file).note) is not None:
            return note
    return None


def _read(file: Path) -> CheckpointFile:
    try:
        content = file.read_bytes()
    except OSError as error:
        return CheckpointFile(file, None, None, _said(error))
    try:
        return CheckpointFile(file, content, checkpoint.read(content))
    except NoNote as error:
        return CheckpointFile(file, content, None, str(error))


def make(contest: OpenContest) -> Made:
    """Signs how far the ledger has come, and keeps that beside it.

    The file of the last line is there already where nothing happened since.

    Raises: GoneBack where the ledger does not go on from its last checkpoint; PtceError where the
    key is not there, and where the system does not let the file be written.
    """
    before = last_kept(contest.folder)
    with contest.database.reading() as repo:
        row = repo.contest(contest.id)
        keys = keys_told(repo, contest.id)
        found = _head(repo, row)
        if before is not None:
            _must_go_on(repo, row, found, before, beside_database(contest.folder) / CHECKPOINTS)
    home = beside_database(contest.folder)
    # Whoever asks is told that the folder cannot be read, though nothing in it is looked at.
    _files(home)
    # Looked for even where nothing new is signed: whoever asks is told that it is gone.
    key = signing_key(home, last_key(keys))
    file = home / CHECKPOINTS / f"{found.size:09d}.txt"
    if before is not None and before.checkpoint == found:
        return Made(before, file)
    note = checkpoint.sign(found, key)
    try:
        file.parent.mkdir(exist_ok=True)
        write_whole(file, note.encode())
    except OSError as error:
        raise unwritable(file.parent, error) from error
    return Made(note, file)


def check_key(contest: OpenContest) -> None:
    """Looks whether the key that signs is where it must be.

    Raises: PtceError when it is not there.
    """
    with contest.database.reading() as repo:
        keys = keys_told(repo, contest.id)
    signing_key(beside_database(contest.folder), last_key(keys))


def last_key(keys: dict[str, int]) -> str:
    """The key that signs now, of those that the ledger tells."""
    return next(reversed(keys))


def _head(repo: Repository, row: ContestRow) -> Checkpoint:
    """What there is to sign: never a head that the last line is not. Raises: PtceError."""
    try:
        first, last = (repo.line(row.contest, n) for n in (1, row.head_n))
        if digest(last) == row.head_hash:
            return Checkpoint(row.contest, read(first).data.origin, row.head_n, row.head_hash)
        raise Malformed(_("its hash is not the one that was kept when it was written"))
    except UNREAD as error:
        raise damaged_line(row.head_n, error) from error


def _must_go_on(
    repo: Repository, row: ContestRow, found: Checkpoint, before: SignedNote, place: Path
) -> None:
    told = before.checkpoint
    is_ours = told.origin == found.origin and told.size <= row.head_n
    if is_ours and has_line(repo, row.contest, told.size, told.hash):
        return
    what = _("No checkpoint is made: the ledger does not go on from the one of line {n}.").format(
        n=told.size
    )
    why = _(
        "It is an older copy, a server that took over had not received all of it, or its lines "
        "were changed: to sign it would hide that, and mails that have left might leave again."
    )
    mend = _(
        "`ptce verify` tells what is missing, `ptce mail list` what is to leave. To go on "
        "without it, move the checkpoints that go further out of {folder}."
    ).format(folder=place)
    raise GoneBack(what, why, mend)


def has_line(repo: Repository, contest: str, n: int, hash_: str) -> bool:
    """True where the ledger of a contest has a line of that number and hash."""
    with suppress(KeyError):
        return digest(repo.line(contest, n)) == hash_
    return False


def signing_key(home: Path, key: str) -> bytes:
    """The private key, as PEM, whose public half is this one.

    What an interruption has kept from taking its place takes it now.

    Raises: PtceError when it is not there.
    """
    why = _("There is no such file.")
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
            raise unreadable(home / name, _said(error)) from error
    what = _("No checkpoint is made: the key that signs is not in {file}.").format(
        file=home / KEY_FILE
    )
    mend = _("Put it back. If it is lost, make another: ptce checkpoint --rotate-key --reason …")
    raise PtceError(what, why, mend)


def begin_key(folder: Path) -> str:
    """The public key of a contest that begins, in base64; the files are made, or found there.

    Raises: PtceError when they cannot be written, or hold something else.
    """
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


def unreadable(file: Path, why: str) -> PtceError:
    """The refusal of a file that the system does not let be read."""
    return PtceError(_("The file {file} cannot be read.").format(file=file), why)


def _said(error: OSError) -> str:
    return _("The system says: {reason}.").format(reason=refusal_of(error))
