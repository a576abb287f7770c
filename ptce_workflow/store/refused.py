"""What a server refuses, in words: of who is not let in, and of what is asked of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ptce_workflow.base.errors import Busy, Lost, PtceError, shown
from ptce_workflow.base.words import N_, _
from ptce_workflow.store.connections import overtaken

if TYPE_CHECKING:
    from psycopg import Error

Words = tuple[str, str, str]
_CHECK_ROLE = N_(
    "Check the role (PGUSER, or in local.toml) and its password (~/.pgpass), or ask whoever keeps "
    "the server."
)
_UNREACHED: Words = (
    N_("The server of the database {place} cannot be reached."),
    N_("It says: {reason}"),
    N_("Check that it runs, and the address in local.toml; then try again."),
)
_REFUSED: Words = (
    N_("The server of the database {place} does not let this role in."),
    N_("It says: {reason}"),
    _CHECK_ROLE,
)
_NO_DATABASE: Words = (
    N_("The server has no database {place}."),
    N_("It says: {reason}"),
    N_("Check its name in local.toml, or have it made: createdb NAME"),
)
_CROWDED: Words = (
    N_("The server of the database {place} lets nobody else in for now."),
    N_("It says: {reason}"),
    N_("Try again; if it lasts, have the server allow more connections."),
)
_STARTING: Words = (
    N_("The server of the database {place} is starting or stopping."),
    N_("It says: {reason}"),
    N_("Try again in a moment."),
)
_TAKEN_OVER: Words = (
    N_("No server of the database {place} takes what is written for now."),
    N_("It says: {reason}"),
    N_(
        "Where another one is about to take over, try again in a moment; if it lasts, see which "
        "one ought to, and target_session_attrs in local.toml."
    ),
)
_NOT_TO_BE_HAD: Words = (
    N_("The address of the database {place} asks for what cannot be had."),
    N_("It says: {reason}"),
    N_("Check its port, and what it asks of the server: sslmode, target_session_attrs."),
)
_TURNED_DOWN: Words = (
    N_("The server of the database {place} refuses the connection."),
    N_("It says: {reason}"),
    N_(
        "Check the role (PGUSER) and its password (~/.pgpass), the name of the database in "
        "local.toml, or ask whoever keeps the server."
    ),
)
_CONNECTING = {
    # Before what names a database: it starts, stops, is in recovery, or takes nobody yet.
    "the database system is ": _STARTING,
    "système de base": _STARTING,
    "too many ": _CROWDED,
    "connection slots": _CROWDED,
    "trop de ": _CROWDED,
    "connexions restants": _CROWDED,
    "password": _REFUSED,
    "mot de passe": _REFUSED,
    "pg_hba.conf": _REFUSED,
    "role ": _REFUSED,
    "rôle ": _REFUSED,
    "not permitted to log in": _REFUSED,
    "permission denied for database": _REFUSED,
    "droit refusé": _REFUSED,
    "does not exist": _NO_DATABASE,
    "n'existe pas": _NO_DATABASE,
    "session is read-only": _TAKEN_OVER,
    "server is in hot standby": _TAKEN_OVER,
    "invalid ": _NOT_TO_BE_HAD,
    "SSL": _NOT_TO_BE_HAD,
    "certificate": _NOT_TO_BE_HAD,
    "session is": _NOT_TO_BE_HAD,
    "standby mode": _NOT_TO_BE_HAD,
    # It answers, in whatever language.
    "FATAL": _TURNED_DOWN,
}
"""What a server refuses before it gives its refusals numbers, by words of theirs.

Those of its own language, English or French: nobody can ask for another before being let in.
"""


_EACH = "All failures were:"


def unreached(error: Error, place: str) -> PtceError:
    """The error for a server that lets nobody in, by what it says."""
    said = str(error)
    found = (words for mark, words in _CONNECTING.items() if mark in said.partition(":")[2])
    # Of several servers that were tried the driver tells each, after the last one.
    each = said.partition(_EACH)[2] or said
    return _refusal(next(found, _UNREACHED), place, " ".join(each.split()))


_LOST: Words = (
    N_("The connection to the database {place} was lost; nothing was written."),
    N_("It says: {reason}"),
    N_("Try again."),
)
_GAVE_WAY: Words = (
    N_("Somebody else was writing in the database {place}; nothing was written."),
    N_("It says: {reason}"),
    N_("Try again."),
)
_BUSY: Words = (
    N_("The database {place} is busy; nothing was written."),
    N_("Other commands have been writing for half a minute."),
    N_("Try again; if it lasts, look for a command that hangs."),
)
_ROW_REFUSED: Words = (
    N_("The database {place} refused a row; nothing was written."),
    N_("It says: {reason}"),
    N_("Try again; if it is refused again, `ptce verify` tells what is wrong with the ledger."),
)
_NO_TABLES: Words = (
    N_("The tables of the database {place} are damaged."),
    N_("It says: {reason}"),
    N_("Restore a backup; keep the damaged database for examination."),
)
_DISK_FAILED: Words = (
    N_("The disk failed under the database {place}; nothing was written."),
    N_("It says: {reason}"),
    N_("Check the disk, then `ptce verify`."),
)
_NOT_ONES_OWN: Words = (
    N_("This role may not do that in the database {place}; nothing was written."),
    N_("It says: {reason}"),
    N_("Act under your own login, enrolled in this contest and in the group of its role."),
)
_NOT_ALLOWED, _OF_FILES = "42501", ("fd.c", "md.c")
_COMPLAINTS: dict[str, Words] = {
    "08": _LOST,
    "57P": _LOST,
    "55P03": _BUSY,
    "40": _GAVE_WAY,
    "57014": (
        N_("The server cut short what was asked of the database {place}; nothing was written."),
        N_("It says: {reason}"),
        N_(
            "Try again, unless somebody who keeps the server has stopped it. Where it takes longer "
            "than is allowed: statement_timeout, in the options of the address."
        ),
    ),
    "53300": _CROWDED,
    "53": (
        N_("There is no room left for the database {place}; nothing was written."),
        N_("It says: {reason}"),
        N_("Make room, then try again."),
    ),
    _NOT_ALLOWED: (
        N_("This role may not do that in the database {place}; nothing was written."),
        N_("It says: {reason}"),
        N_(
            "To begin, move or restore a contest, type it as the role that owns the "
            "tables ({owner}). For all else this login lacks the group of its role: `ptce "
            "grants` writes it, for whoever keeps the server."
        ),
    ),
    "25006": (
        N_("The database {place} cannot be written; nothing was changed."),
        N_("The server is read-only: it may be a standby. It says: {reason}"),
        N_("Name the server that takes what is written, in local.toml."),
    ),
    "23": _ROW_REFUSED,
    "P0001": _ROW_REFUSED,
    "22": (
        N_("The database {place} cannot hold that; nothing was written."),
        N_("It says: {reason}"),
        N_("Leave out the character that it names."),
    ),
    "42P01": _NO_TABLES,
    "42703": _NO_TABLES,
    "42883": _NO_TABLES,
    "58": _DISK_FAILED,
    "XX": _DISK_FAILED,
}
"""The first numbers of what a server refuses (SQLSTATE), the particular before the general."""


_KINDS: dict[Words, type[PtceError]] = {
    _BUSY: Busy,
    _CROWDED: Busy,
    _STARTING: Busy,
    _TAKEN_OVER: Busy,
    _LOST: Lost,
    _GAVE_WAY: Lost,
}


def complained(error: Error, number: str, place: str, owner: Callable[[], str]) -> Exception:
    """The error for what a server refuses, by its number; `owner` says who may type what."""
    if number == _NOT_ALLOWED and error.diag.source_file in _OF_FILES:
        # What the server itself may not do with a file of its own.
        number = "58"
    if number == "23502":
        return overtaken()
    found = (words for start, words in _COMPLAINTS.items() if number.startswith(start))
    words = next(found, None)
    if words is None:
        return error
    # What a row holds comes after the first line, and is not for a message.
    reason = shown(error.diag.message_primary or str(error).partition("\n")[0])
    if number != _NOT_ALLOWED:
        return _refusal(words, place, reason)
    # Our triggers look whose a line is; all else is of rights that a role has or has not.
    if error.diag.source_function == "exec_stmt_raise":
        return _refusal(_NOT_ONES_OWN, place, reason)
    return _refusal(words, place, reason, owner=owner())


def _refusal(words: Words, place: str, reason: str, **known: str) -> PtceError:
    what, why, mend = words
    kind = _KINDS.get(words, PtceError)
    return kind(_(what).format(place=place), _(why).format(reason=reason), _(mend).format(**known))
