"""The complaints of a database, said to the person at the keyboard."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from ptce_workflow.base.errors import Busy, Misuse, PtceError, shown
from ptce_workflow.base.words import _


@contextmanager
def told(place: str) -> Iterator[None]:
    """Turns what the database complains of into errors with a reason and a mend.

    *Raises* PtceError; anything that is no fault of the surroundings passes through.
    """
    try:
        yield
    except UnicodeEncodeError as error:
        # A byte that was typed and is no text: Python hands it on, and no database takes it.
        raise Misuse(
            _('"{text}" is not UTF-8 text.').format(text=shown(error.object)),
            _("No reference, name or login of a contest is written so."),
        ) from error
    except Exception as error:
        # SQLAlchemy, which makes and changes tables, wraps what the driver complains of.
        complaint = getattr(error, "orig", error)
        if isinstance(complaint, sqlite3.Error):
            raise _sqlite(complaint, place) from error
        raise


def _sqlite(error: sqlite3.Error, place: str) -> Exception:
    # Python itself complains of text that is none, and names no error of SQLite's.
    # A table or a column that is gone has no name of its own either.
    undecoded = any(words in str(error) for words in ("Could not decode", "no such", "no column"))
    name = "SQLITE_CORRUPT" if undecoded else getattr(error, "sqlite_errorname", "") or ""
    for start, make in _SQLITE.items():
        if name.startswith(start):
            what, why, mend = make()
            why = why or _("The system says: {reason}.").format(reason=error)
            kind = Busy if make is _locked else PtceError
            return kind(what.format(place=place), why, mend)
    return error


def _locked() -> tuple[str, str, str]:
    return (
        _("The database {place} is busy; nothing was written."),
        _("Another command has been writing for several seconds."),
        _("Try again; if it lasts, look for a command that hangs."),
    )


def _read_only() -> tuple[str, str, str]:
    return (
        _("The database {place} cannot be written; nothing was changed."),
        _("The file, its folder or its disk is read-only."),
        _("Ask for the right to write there."),
    )


def _full() -> tuple[str, str, str]:
    return (
        _("There is no room left for the database {place}; nothing was written."),
        _("The disk is full, or a quota is."),
        _("Make room, then try again."),
    )


def _unopened() -> tuple[str, str, str]:
    return (
        _("The database {place} cannot be opened."),
        "",
        _("Check that the file and its folder exist and may be read and written."),
    )


def _damaged() -> tuple[str, str, str]:
    return (
        _("{place} is not a database, or is damaged."),
        "",
        _("Restore a backup; keep the damaged file for examination."),
    )


def _refused() -> tuple[str, str, str]:
    return (
        _("The database {place} refused a row; nothing was written."),
        "",
        _("Try again; if it is refused again, `ptce verify` tells what is wrong with the ledger."),
    )


def _disk() -> tuple[str, str, str]:
    return (
        _("The disk failed under the database {place}; nothing was written."),
        "",
        _("Check the disk, then `ptce verify`."),
    )


_SQLITE = {
    "SQLITE_BUSY": _locked,
    "SQLITE_LOCKED": _locked,
    "SQLITE_READONLY": _read_only,
    "SQLITE_FULL": _full,
    "SQLITE_CANTOPEN": _unopened,
    "SQLITE_NOTADB": _damaged,
    "SQLITE_CORRUPT": _damaged,
    "SQLITE_CONSTRAINT": _refused,
    # The little file that even reading keeps beside the database found no room.
    "SQLITE_IOERR_SHM": _full,
    "SQLITE_IOERR": _disk,
    "SQLITE_SCHEMA": _damaged,
}
