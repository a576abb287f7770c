"""Rows as they come out of the database, and whether they are such as commands write.

SQLite keeps what it is given, whatever the type of the column: an edit made by hand easily turns
a number into text. A row is looked at when it comes out, before anything is made of it; lines and
side rows are left to whoever examines the ledger.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import product
from typing import Any, NamedTuple, TypeVar

from ptce_workflow.base.errors import PtceError, shown
from ptce_workflow.base.words import _


class LineRow(NamedTuple):
    """A stored line."""

    n: int
    prev: str
    line: bytes


class SideRow(NamedTuple):
    """A stored side row."""

    n: int
    subject: str
    salt: str
    data: str


class ContestRow(NamedTuple):
    """A contest of the database."""

    contest: str
    process: str
    rehearsal: bool
    versions: str
    head_n: int
    head_hash: str


class BriefRow(NamedTuple):
    """A candidature, what lists print of it."""

    id: str
    ref: str
    state: str
    since: str
    name: str | None


class CandidatureRow(NamedTuple):
    """A candidature, whole."""

    id: str
    ref: str
    state: str
    since: str
    version: int
    name: str | None
    record: str
    private: str


class CounterRow(NamedTuple):
    """A counter."""

    name: str
    bucket: str
    value: int


class DueRow(NamedTuple):
    """A timed transition ahead of a candidature."""

    case_id: str
    ref: str
    transition: str
    at: str
    tried: bool


class PersonRow(NamedTuple):
    """Someone enrolled."""

    pseudonym: str
    roles: str
    institution: str | None
    login: str | None
    private: str
    active: bool


class MessageRow(NamedTuple):
    """A message, every column but the contest."""

    number: int
    case_id: str
    notification: str
    occurrence: str
    recipient: str
    due: str
    next_at: str
    stage: str
    held: bool
    sequence: int
    attempts: int
    worker: str
    lease_until: str
    words: str
    address: str
    sha256: str
    said: str


class PauseRow(NamedTuple):
    """Why no mail leaves, and until when."""

    paused_until: str
    pauses: int
    why: str


def _shapes(*columns: tuple[type, ...]) -> frozenset[tuple[type, ...]]:
    """The types that the columns of a row may have together."""
    return frozenset(product(*columns))


_TEXT, _NUMBER, _OPTIONAL = (str,), (int,), (str, type(None))
# SQLite has no booleans: what comes out of it is 0 or 1.
_SWITCH = (int, bool)
_KNOWN: Mapping[type, tuple[str, frozenset[tuple[type, ...]]]] = {
    ContestRow: ("contest", _shapes(_TEXT, _TEXT, _SWITCH, _TEXT, _NUMBER, _TEXT)),
    BriefRow: ("candidature", _shapes(_TEXT, _TEXT, _TEXT, _TEXT, _OPTIONAL)),
    CandidatureRow: (
        "candidature",
        _shapes(_TEXT, _TEXT, _TEXT, _TEXT, _NUMBER, _OPTIONAL, _TEXT, _TEXT),
    ),
    DueRow: ("due", _shapes(_TEXT, _TEXT, _TEXT, _TEXT, _SWITCH)),
    PersonRow: ("person", _shapes(_TEXT, _TEXT, _OPTIONAL, _OPTIONAL, _TEXT, _SWITCH)),
    CounterRow: ("counter", _shapes(_TEXT, _TEXT, _NUMBER)),
    MessageRow: (
        "message",
        _shapes(_NUMBER, *[_TEXT] * 7, _SWITCH, _NUMBER, _NUMBER, *[_TEXT] * 6),
    ),
    PauseRow: ("courier", _shapes(_TEXT, _NUMBER, _TEXT)),
}
R = TypeVar(
    "R",
    ContestRow,
    BriefRow,
    CandidatureRow,
    DueRow,
    PersonRow,
    CounterRow,
    MessageRow,
    PauseRow,
)


def sound(kind: type[R], row: Iterable[Any]) -> R:
    """A row, its columns of the types that commands write.

    *Raises* PtceError for any other.
    """
    made = kind(*row)
    table, known = _KNOWN[kind]
    if tuple(map(type, made)) not in known:
        raise damaged_row(table, made[0])
    return made


def damaged_row(table: str, row: object) -> PtceError:
    """The error for a row, named by its first column, that no command of ours has written."""
    return PtceError(
        _("The table {table} of the database is damaged.").format(table=table),
        _("The row {row} holds what no command writes there.").format(row=shown(str(row))),
        _("`ptce verify` tells all that is broken; restore a backup."),
    )
