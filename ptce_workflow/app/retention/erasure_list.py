"""The list of the erasures that were made, beside the database, and what a restore undoes of them.

The list holds numbers of lines, pseudonyms and the hashes that those lines tell anyway; nothing of
what was erased. The key of the contest signs each entry. It is a hint: what a restore has brought
back is erased again where that was signed and stood beyond the restored lines, and nothing else is.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import DecodeError, ValidationError
from msgspec import json as msgspec_json

from ptce_workflow.app.checkpoints import signing_key
from ptce_workflow.app.contest import Contest
from ptce_workflow.app.locations import LIST, beside, beside_database
from ptce_workflow.app.projections import line_of, public_keys
from ptce_workflow.base.errors import PtceError, refusal_of
from ptce_workflow.base.runtime import failpoint
from ptce_workflow.base.words import _
from ptce_workflow.ledger.events.erasure import Again, ListedErasure, PersonalDataErased, key_at
from ptce_workflow.ledger.examine import Fault

if TYPE_CHECKING:
    from ptce_workflow.store.database import Repository


ERASING = ".erasing"
"""The ending of the mark of an erasure under way.

It holds what is about to be erased until that is listed, and stands empty while bytes wait to be
overwritten.
"""


def _beside(contest: Contest, ending: str) -> Path:
    return beside(contest.folder, contest.database.file, ending)


def read_erasures(contest: Contest) -> tuple[ListedErasure, ...]:
    """The erasures on the list beside the database, of whichever ledgers. Raises: PtceError."""
    file = _beside(contest, LIST)
    try:
        return tuple(_entries(file))
    except FileNotFoundError:
        return ()
    except (OSError, DecodeError, ValidationError) as error:
        raise PtceError(
            _("The list of erasures {file} cannot be read.").format(file=file),
            str(error),
            _("It tells what an older copy would bring back: restore it from a backup."),
        ) from error


def _announced(contest: Contest) -> list[ListedErasure]:
    """The erasures of the mark; without one that was cut short as it was written."""
    erasures: list[ListedErasure] = []
    with suppress(OSError, DecodeError, ValidationError):
        erasures.extend(_entries(_beside(contest, ERASING)))
    return erasures


def _entries(file: Path) -> Iterator[ListedErasure]:
    for line in file.read_bytes().splitlines():
        yield msgspec_json.decode(line, type=ListedErasure)


@contextmanager
def announced(contest: Contest, erasures: Sequence[ListedErasure]) -> Iterator[None]:
    """Writes erasures down that are about to be committed, and takes them back if the act fails.

    Before, and not after: one that is not listed would be brought back by a restore.

    Raises: PtceError where they cannot be written.
    """
    mark = _beside(contest, ERASING)
    try:
        mark.touch(0o600)
        before = mark.stat().st_size
        _append(mark, erasures)
    except OSError as error:
        raise PtceError(
            _("The list of erasures {file} cannot be written; nothing was erased.").format(
                file=mark
            ),
            _("The system says: {reason}.").format(reason=refusal_of(error)),
        ) from error
    failpoint("announced")
    try:
        yield
    except BaseException:
        with suppress(OSError):
            os.truncate(mark, before)
        raise


def _append(file: Path, erasures: Iterable[ListedErasure]) -> None:
    file.touch(0o600)
    with file.open("ab") as stream:
        stream.writelines(msgspec_json.encode(erasure) + b"\n" for erasure in erasures)
        stream.flush()
        os.fsync(stream.fileno())


def is_scrub_pending(contest: Contest) -> bool:
    """True while bytes of what was erased may be left in the files of the database."""
    return _beside(contest, ERASING).exists()


def finish(contest: Contest) -> bool:
    """Lists what was erased, and overwrites the bytes that are left of it; False while it cannot.

    Somebody else reads the files, or the disk has no room: the erasure stands all the same.
    """
    mark = _beside(contest, ERASING)
    if not mark.exists():
        return True
    try:
        if mark.stat().st_size:
            # Nobody is about to commit one meanwhile; what was cut short was never done.
            with contest.database.writing(contest.id) as repo:
                recorded = _recorded(contest, repo)
                done = (one for one in _announced(contest) if one.place in recorded)
                _append(_beside(contest, LIST), done)
                os.truncate(mark, 0)
    except OSError:
        return False
    if not contest.database.scrub():
        return False
    mark.unlink(missing_ok=True)
    return True


def _recorded(contest: Contest, repo: Repository) -> set[tuple[int, str]]:
    """The lines of erasures, and whose each was. Raises: PtceError."""
    from ptce_workflow.app.candidatures.history import lines_of

    lines = lines_of(repo, contest.id, (PersonalDataErased,))
    return {(line.n, line.data.whose) for line, _content in lines}


def _called(contest: Contest, repo: Repository, subject: str) -> str:
    """What a person types for a subject: a reference, or a pseudonym."""
    with suppress(KeyError):
        return repo.candidature_by_id(contest.id, subject).ref
    return subject


def signed_by_contest(
    contest: Contest, repo: Repository, erasures: Sequence[ListedErasure]
) -> Sequence[ListedErasure]:
    """Erasures, signed by the key of the contest; unsigned where it is not there."""
    with suppress(PtceError):
        key = signing_key(beside_database(contest.folder), public_keys(repo, contest.id))
        return [erasure.signed_with(key) for erasure in erasures]
    return erasures


def to_redo(
    contest: Contest, repo: Repository, restored: int
) -> Iterator[tuple[Again, tuple[int, ...]]]:
    """What a restore up to a line has brought back and may be erased again; the rows of each.

    That is what the contest signed, beyond the restored lines. Raises: PtceError.
    """
    keys = key_at(public_keys(repo, contest.id), restored)
    listed = (one for one in read_erasures(contest) if one.line > restored)
    signed = [one for one in listed if one.is_signed_by(keys)]
    for erasure, back in _undone(contest, repo, signed):
        yield Again(erasure, restored), back


Undone = Iterator[tuple[ListedErasure, tuple[int, ...]]]
"""Erasures, each with the lines whose rows are there."""


def undone_erasures(contest: Contest, repo: Repository) -> Undone:
    """The listed erasures of this ledger that are undone. Raises: PtceError."""
    return _undone(contest, repo, read_erasures(contest))


def _undone(contest: Contest, repo: Repository, erasures: Sequence[ListedErasure]) -> Undone:
    # A pass of the scheduler looks at no line.
    from ptce_workflow.app.candidatures.history import ledger_origin

    origin = ledger_origin(repo, contest.id) if erasures else ""
    # Each time it is erased again it is listed again: a row counts by the first that names it.
    counted: set[tuple[str, str]] = set()
    for erasure in erasures:
        if erasure.ledger == origin:
            back = [
                n
                for n in erasure.rows
                if (erasure.subject, n) not in counted and _is_back(repo, contest, erasure, n)
            ]
            if back:
                counted.update((erasure.subject, n) for n in back)
                yield erasure, tuple(map(int, back))


def _is_back(repo: Repository, contest: Contest, erasure: ListedErasure, n: str) -> bool:
    """True where a row is there, and its line is the one that the erasure was about."""
    if repo.side(contest.id, int(n), erasure.subject) is None:
        return False
    line = line_of(repo, contest.id, int(n))
    return line is not None and (line.pd or {}).get(erasure.subject) == erasure.rows[n]


def undone_faults(contest: Contest, repo: Repository) -> Iterator[Fault]:
    """What is there of what the list beside the database calls erased."""
    try:
        for erasure, back in undone_erasures(contest, repo):
            if not erasure.is_signed_by(public_keys(repo, contest.id)):
                what = _("The list of erasures names what no line of this ledger has erased.")
                why = _("The contest has not signed it: it erases nothing. Take it off {file}.")
                yield Fault(back[0], what, why.format(file=_beside(contest, LIST).name))
                continue
            what = _("What was erased is there again: an older database was put in place.")
            why = _(
                "Line {line} of the later one told of it. To erase it again, restore that database "
                'by `ptce restore`, or erase it by name: ptce erase {who} --reason "…"'
            )
            who = _called(contest, repo, erasure.subject)
            yield Fault(back[0], what, why.format(line=erasure.line, who=who))
    except PtceError as error:
        yield Fault(0, error.what, error.why)


def list_remarks(contest: Contest, repo: Repository) -> Iterator[Fault]:
    """Remarks on erasures that the list lacks, and on one that was cut short."""
    with suppress(PtceError):
        recorded = _recorded(contest, repo)
        announced = {one.place for one in _announced(contest)}
        listed = {one.place for one in read_erasures(contest)}
        for n, _subject in sorted(recorded - listed - announced):
            what = _("The list of erasures beside the database lacks this one.")
            why = _("A restore would bring back what it erased: put the list back from a copy.")
            yield Fault(n, what, why)
        for _n, subject in sorted(announced - recorded):
            what = _("An erasure was interrupted before it was done: nothing was erased.")
            why = _('Type it again: ptce erase {who} --reason "…"')
            yield Fault(0, what, why.format(who=_called(contest, repo, subject)))
