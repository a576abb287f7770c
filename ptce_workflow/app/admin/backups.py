"""What goes with a backup: its checkpoints, in a file beside it; and what is known of the last one.

The latter is kept beside the database, and not in the ledger: a backup tells nothing of the
contest. Where a server keeps the database it makes copies of its own, of which nothing is known.
"""

from __future__ import annotations

import os
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from stat import S_IRWXO, S_IWOTH
from typing import TYPE_CHECKING

from msgspec import DecodeError, Struct, ValidationError, json

from ptce_workflow.app.checkpoints import kept
from ptce_workflow.app.locations import BACKUP_NOTE, beside_database, private_files, write_whole
from ptce_workflow.base.errors import PtceError
from ptce_workflow.ledger.checkpoint import SignedNote, find
from ptce_workflow.store.sqlite import heads

if TYPE_CHECKING:
    from ptce_workflow.app.contest import Contest

_WITH_IT = ".checkpoints"


class Backup(Struct, frozen=True, forbid_unknown_fields=True):
    """A backup that was made and verified: its file, how far it goes, when it was made."""

    file: str
    lines: int
    hash: str
    at: datetime


def keep_beside(contest: Contest, file: Path) -> None:
    """Writes the checkpoints of a backup beside it, and keeps what is known of it.

    *Raises* OSError where its folder cannot be written.
    """
    n, hash_ = heads(file).get(contest.id, (0, ""))
    notes = [one.note for one in kept(contest.folder) if one.note is not None]
    if told := [note.encode().decode() for note in notes if note.checkpoint.size <= n]:
        # A heading first: it is a list, and none of the notes alone.
        content = "\n".join((f"{file.name}:\n", *told))
        write_whole(file.with_name(file.name + _WITH_IT), content.encode())
    backup = Backup(str(file.absolute()), n, hash_, contest.clock.now())
    # An auditor keeps its copies to itself, and writes nothing in the folder of the contest.
    with suppress(OSError, PtceError):
        contest.check_writer()
        write_whole(beside_database(contest.folder) / BACKUP_NOTE, json.encode(backup) + b"\n")


def checkpoints_of(file: Path) -> tuple[SignedNote, ...]:
    """The checkpoints that were written beside a backup; none where that file is not there."""
    beside = file.with_name(file.name + _WITH_IT)
    if not beside.is_file():
        return ()
    return tuple(find(beside.read_text("utf-8", errors="replace")))


def last_backup(folder: Path) -> Backup | None:
    """The last backup that is known of; None where none was made, or the note cannot be read."""
    try:
        content = (beside_database(folder) / BACKUP_NOTE).read_bytes()
        return json.decode(content, type=Backup)
    except (OSError, DecodeError, ValidationError):
        return None


def open_to_others(folder: Path) -> list[Path]:
    """What anyone with an account may open: names, addresses, a password, the last backup.

    A folder in which anyone may put another file in the place of these is among it.

    *Raises* Misuse when local.toml cannot be read.
    """
    backup = last_backup(folder)
    private = [*private_files(folder), *(() if backup is None else (Path(backup.file),))]
    places = dict.fromkeys((folder, beside_database(folder)))
    changed = [place for place in places if _permissions(place) & S_IWOTH]
    return changed + [file for file in private if _permissions(file) & S_IRWXO]


def _permissions(file: Path) -> int:
    """The permission bits of a file; 0 where the machine knows no such thing."""
    with suppress(OSError):
        return file.stat().st_mode if os.name == "posix" else 0
    return 0
