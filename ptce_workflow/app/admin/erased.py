"""The erasures of a ledger, listed beside its database too: an older copy brings back what is gone.

The list holds numbers of lines, pseudonyms and the hashes that those lines tell anyway; nothing of
what was erased. Whoever puts an older database in place finds there what has to be erased again.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import DecodeError, Struct, ValidationError, json

from ptce_workflow.app.locations import LIST, beside
from ptce_workflow.app.projections import line_of
from ptce_workflow.base.errors import PtceError, refusal_of
from ptce_workflow.base.words import _

if TYPE_CHECKING:
    from ptce_workflow.app.contest import Contest
    from ptce_workflow.store.unit import Unit

ERASING = ".erasing"
"""The ending of the mark that stands while bytes wait to be overwritten."""


class Erasure(Struct, frozen=True, forbid_unknown_fields=True):
    """An erasure as it is listed: which ledger, the line, whose, and what was gone.

    `rows` are the hashes that the lines commit themselves to, by number; `mails` those of their
    bytes, by name, "" where none was written.
    """

    ledger: str
    line: int
    subject: str
    rows: Mapping[str, str]
    mails: Mapping[str, str] = {}


def _beside(contest: Contest, ending: str) -> Path:
    return beside(contest.folder, contest.database.file, ending)


def listed(contest: Contest) -> tuple[Erasure, ...]:
    """The erasures that the list beside the database tells, of whichever ledgers.

    *Raises* PtceError where it cannot be read.
    """
    file = _beside(contest, LIST)
    if not file.exists():
        return ()
    try:
        lines = file.read_bytes().splitlines()
        return tuple(json.decode(line, type=Erasure) for line in lines)
    except (OSError, DecodeError, ValidationError) as error:
        raise PtceError(
            _("The list of erasures {file} cannot be read.").format(file=file),
            str(error),
            _("It tells what an older copy would bring back: restore it from a backup."),
        ) from error


@contextmanager
def listing(contest: Contest, erasures: Sequence[Erasure]) -> Iterator[None]:
    """Lists erasures that are about to be committed; not those of an act that comes to nothing.

    Before, and not after: what is listed and was not erased is told, the reverse never would be.

    *Raises* PtceError where the list cannot be written.
    """
    file, mark = _beside(contest, LIST), _beside(contest, ERASING)
    try:
        before = file.stat().st_size if file.exists() else 0
        mark.touch(0o600)
        _append(file, b"".join(json.encode(one) + b"\n" for one in erasures))
    except OSError as error:
        raise PtceError(
            _("The list of erasures {file} cannot be written; nothing was erased.").format(
                file=file
            ),
            _("The system says: {reason}.").format(reason=refusal_of(error)),
        ) from error
    try:
        yield
    except BaseException:
        with suppress(OSError):
            os.truncate(file, before)
        raise


def _append(file: Path, content: bytes) -> None:
    if not file.exists():
        file.touch(0o600)
    with file.open("ab") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())


def is_pending(contest: Contest) -> bool:
    """True while bytes of what was erased may be left in the files of the database."""
    return _beside(contest, ERASING).exists()


def finish(contest: Contest) -> bool:
    """Overwrites what is left of what was erased; False while it cannot.

    Somebody else reads the files, or the disk has no room: the erasure stands all the same.
    """
    if not is_pending(contest):
        return True
    if not contest.database.scrub():
        return False
    _beside(contest, ERASING).unlink(missing_ok=True)
    return True


def found_again(contest: Contest) -> tuple[Erasure, ...]:
    """The erasures of this ledger of which something is there again, as far as it is.

    *Raises* PtceError where the list cannot be read.
    """
    with contest.database.reading() as unit:
        return tuple(brought_back(contest, unit))


def brought_back(contest: Contest, unit: Unit) -> Iterator[Erasure]:
    """The same, in a transaction."""
    # A pass of the scheduler looks at no line.
    from ptce_workflow.app.cases.history import ledger_origin

    erasures = listed(contest)
    origin = ledger_origin(unit, contest.id) if erasures else ""
    # Each time it is erased again it is listed again: a row counts by the first that names it.
    told: set[tuple[str, str]] = set()
    for one in erasures:
        if one.ledger == origin:
            there = {
                n: hash_
                for n, hash_ in one.rows.items()
                if (one.subject, n) not in told and _is_there(unit, contest, one, n)
            }
            if there:
                told.update((one.subject, n) for n in there)
                yield Erasure(one.ledger, one.line, one.subject, there, one.mails)


def _is_there(unit: Unit, contest: Contest, erasure: Erasure, n: str) -> bool:
    """True where a row is there, and its line is the one that the erasure was about."""
    if unit.side(contest.id, int(n), erasure.subject) is None:
        return False
    line = line_of(unit, contest.id, int(n))
    return line is not None and (line.pd or {}).get(erasure.subject) == erasure.rows[n]
