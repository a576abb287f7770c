"""Copies of the ledger to keep elsewhere: whole, verified, and in the place of no other file."""

from __future__ import annotations

import os
from pathlib import Path

from ptce_workflow.app.admin.verify import Verification, verify
from ptce_workflow.app.contest import Contest
from ptce_workflow.app.outputs import OutputFile
from ptce_workflow.base.errors import Misuse, PtceError
from ptce_workflow.base.words import _, n_
from ptce_workflow.ledger.line import digest
from ptce_workflow.store.database import Database
from ptce_workflow.store.sqlite import copy, heads, told


def kept_by_server() -> PtceError:
    """The refusal to copy a database that is no file."""
    return PtceError(
        _("The database of this contest is kept by a server: `ptce backup` copies files only."),
        _("A server makes its own copies, of one state throughout."),
        _("Have PostgreSQL make one: pg_dump --format=custom --file=FILE DATABASE"),
    )


def check_replaceable(session: Contest, file: OutputFile) -> None:
    """Makes sure that what is there is nothing, or an earlier copy of this very ledger.

    *Raises* Misuse.
    """
    if file.is_there and not _is_earlier(session, file.path):
        raise Misuse(
            _("{file} is no earlier copy of this ledger: nothing is written over it.").format(
                file=file.path
            ),
            _("It is another database, or goes further than this ledger does."),
            _("Name another file, or move that one away."),
        )


def back_up(session: Contest, file: OutputFile) -> Verification:
    """Copies the ledger, with all that is kept beside it, and verifies the copy.

    The copy bears its name only once it is whole; one with faults takes no earlier one's place.

    *Raises* PtceError when it cannot be made, OSError when its folder cannot be written.
    """
    source = session.database.file
    if source is None:
        raise kept_by_server()
    unfinished = file.path.with_name(f".{file.path.name}.{os.urandom(4).hex()}.part")
    try:
        with told(str(file.path)):
            copy(source, unfinished)
        report = _verified(session, unfinished)
        if report.faults and file.is_there:
            raise PtceError(
                _("The earlier copy {file} stays: this ledger is not sound.").format(
                    file=file.path
                ),
                _faults(report),
                _("`ptce verify` names them; name another file to keep a copy all the same."),
            )
        unfinished.replace(file.path)
    except OSError as error:
        error.filename, error.filename2 = str(file.path), None
        raise
    finally:
        for end in ("", "-wal", "-shm"):
            unfinished.with_name(unfinished.name + end).unlink(missing_ok=True)
    return report


def _faults(report: Verification) -> str:
    count = len(report.faults)
    return n_("It has {count} fault.", "It has {count} faults.", count).format(count=count)


def _verified(session: Contest, file: Path) -> Verification:
    database = Database.open(file)
    try:
        copied = Contest(session.folder, database, session.id, actor=None, clock=session.clock)
        copied.watch = session.watch
        return verify(copied)
    finally:
        database.close()


def _is_earlier(session: Contest, file: Path) -> bool:
    """True for a copy that this ledger goes on from."""
    n, hash_ = heads(file).get(session.id, (0, ""))
    try:
        with session.database.reading() as unit:
            return digest(unit.line(session.id, n)) == hash_
    except KeyError:
        return False
