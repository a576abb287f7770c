"""Writing an export: a ledger and what its lines commit themselves to, as files to be checked.

Whatever it holds follows from the ledger and from what is kept beside it: two exports of one
ledger are the same to the byte, whoever makes them, whenever and in whichever language.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from ptce_workflow.app.admin.exported import (
    DOCUMENTS,
    MAILS,
    PROCESSES,
    SIDE,
    documents_told,
    keys_told,
    mails_told,
    manifest_of,
    side_line,
    verify_export,
)
from ptce_workflow.app.admin.leftovers import left_in, sweep
from ptce_workflow.app.admin.moving import check_original
from ptce_workflow.app.admin.verify import is_document_kept
from ptce_workflow.app.checkpoints import kept, unreadable
from ptce_workflow.app.locations import CHECKPOINTS, LEDGER, MANIFEST, check_apart, is_export
from ptce_workflow.app.preconditions import check_sees_all
from ptce_workflow.base.errors import Misuse, PtceError
from ptce_workflow.base.runtime import reach
from ptce_workflow.base.words import _, n_
from ptce_workflow.ledger.line import FIRST_PREV, Malformed, read
from ptce_workflow.ledger.named import Named

if TYPE_CHECKING:
    from ptce_workflow.app.admin.verify import Verification
    from ptce_workflow.app.contest import Contest
    from ptce_workflow.store.unit import Unit


@dataclass(frozen=True, slots=True)
class Head:
    """How far an exported ledger goes: its contest, its last line, the checkpoints with it."""

    contest: str
    lines: int
    hash: str
    at: str
    checkpoints: int = 0


Pages = Callable[[Head], Mapping[str, bytes]]
"""The pages that tell a reader how to check an export, by the name of the file."""


def export(contest: Contest, target: Path, pages: Pages) -> Verification:
    """Writes an export, verifies it, and gives it its name; what was found.

    It is made beside its place. One with faults takes no earlier one's place.

    *Raises* Misuse where something else stands there; PtceError for someone who may not read all
    that is in it; OSError when its folder cannot be written.
    """
    check_original(contest)
    with contest.looking() as act:
        check_sees_all(act)
    target = target.resolve()
    check_target(contest, target)
    unfinished = _beside(target, "part")
    try:
        _write(contest, _Folder(unfinished), pages)
        _check_goes_on(target, unfinished)
        report = verify_export(unfinished, clock=contest.clock, watch=contest.watch)
        if report.faults and is_export(target, whole=False):
            raise _stays(target, len(report.faults))
        _give_place(unfinished, target)
    except OSError as error:
        error.filename, error.filename2 = str(target), None
        raise
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return report


def check_target(contest: Contest, target: Path) -> None:
    """Makes sure that a folder is not there, is empty, or is an export.

    *Raises* Misuse; OSError for a folder that cannot be read.
    """
    check_apart(contest.folder, target)
    there = target.is_symlink() or target.exists()
    if there and not (
        target.is_dir() and (is_export(target, whole=False) or not any(target.iterdir()))
    ):
        raise Misuse(
            _("{folder} holds something else: nothing is written over it.").format(folder=target),
            _("Only an earlier export of the same ledger is replaced."),
            _("Name another folder."),
        )


def _check_goes_on(earlier: Path, later: Path) -> None:
    """Makes sure that a ledger goes on from the one in an earlier export, to the byte.

    *Raises* Misuse: two that part from one another are what an auditor looks for.
    """
    before = earlier / LEDGER
    if not before.is_file():
        return
    with before.open("rb") as old, (later / LEDGER).open("rb") as new:
        while some := old.read(1 << 20):
            if new.read(len(some)) != some:
                raise Misuse(
                    _("The export in {folder} is not of an earlier state of this ledger.").format(
                        folder=earlier
                    ),
                    _("This ledger does not begin with its lines."),
                    _("Keep it for whoever audits, and name another folder."),
                )


def _stays(target: Path, count: int) -> PtceError:
    return PtceError(
        _("The earlier export {folder} stays: this ledger is not sound.").format(folder=target),
        n_("It has {count} fault.", "It has {count} faults.", count).format(count=count),
        _("`ptce verify` names them; name another folder to export it all the same."),
    )


def _beside(target: Path, ending: str) -> Path:
    return target.with_name(f".{target.name}.{os.urandom(4).hex()}.{ending}")


def _give_place(unfinished: Path, target: Path) -> None:
    """Gives an export its name; what bore it has it back if that fails.

    What an interruption has left beside it goes: names and addresses are in it too.
    """
    reach("exported")
    aside = _beside(target, "old") if target.exists() else None
    if aside is not None:
        target.rename(aside)
        reach("set aside")
    try:
        unfinished.rename(target)
    except OSError:
        if aside is not None:
            aside.rename(target)
        raise
    sweep(left_in(target.parent, rf"\.{re.escape(target.name)}\.[0-9a-f]{{8}}\.(part|old)"))


@dataclass(slots=True)
class _Folder:
    """A folder that is being written, for its owner alone, and the hash of each file."""

    place: Path
    hashes: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.place.mkdir(mode=0o700)

    @contextmanager
    def writing(self, name: str) -> Iterator[Callable[[bytes], None]]:
        """A file, as what takes its bytes; they are on the disk at the end."""
        path, hash_ = self.place / name, sha256()
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("xb") as stream:

            def take(content: bytes) -> None:
                stream.write(content)
                hash_.update(content)

            yield take
            stream.flush()
            os.fsync(stream.fileno())
        self.hashes[name] = hash_.hexdigest()

    def write(self, name: str, content: bytes) -> None:
        """Writes a whole file."""
        with self.writing(name) as take:
            take(content)


def _write(contest: Contest, folder: _Folder, pages: Pages) -> None:
    # Read first: one made meanwhile is of lines that are not seen here. One of lines that are
    # gone goes along: it is what shows that they are.
    notes = kept(contest.folder)
    for note in notes:
        if note.content is None:
            raise unreadable(note.file, note.why)
        folder.write(f"{CHECKPOINTS}/{_safe(note.file.name)}", note.content)
    with contest.database.reading() as unit:
        named, head = _write_lines(contest, unit, folder)
        for rules in sorted(named.rules):
            for path, content in unit.process_files(rules).items():
                folder.write(f"{PROCESSES}/{rules}/{_safe(path)}", content)
        folder.write(DOCUMENTS, documents_told(named, lambda hash_: is_document_kept(unit, hash_)))
    folder.write(MAILS, mails_told(named))
    head = replace(head, checkpoints=len(notes))
    for name, content in {**keys_told(named), **pages(head)}.items():
        folder.write(name, content)
    folder.write(MANIFEST, manifest_of(folder.hashes))


def _write_lines(contest: Contest, unit: Unit, folder: _Folder) -> tuple[Named, Head]:
    """Writes the lines and the side rows; what they name, and how far they go."""
    named, n, hash_, at = Named(), 0, FIRST_PREV, ""
    total = unit.contest(contest.id).head_n
    entries = contest.watch(unit.entries(contest.id), _("Exporting the ledger"), total)
    with folder.writing(LEDGER) as to_ledger, folder.writing(SIDE) as to_side:
        for _n, row, sides in entries:
            for side in sides:
                to_side(side_line(side))
            named.take_sides(str(side.data) for side in sides)
            if row is None:
                continue
            to_ledger(row.line)
            n, hash_ = n + 1, sha256(row.line).hexdigest()
            try:
                line = read(row.line)
            except Malformed:
                continue
            named.take(line, row.line)
            at = line.at
    return named, Head(contest.id, n, hash_, at)


def _safe(path: str) -> str:
    """The path of a file in an export, which must stay in its folder.

    *Raises* PtceError.
    """
    parts = path.split("/")
    if not path.isprintable() or "\\" in path or any(part in ("", ".", "..") for part in parts):
        raise PtceError(
            _("A file of the contest cannot be written in an export: {path}").format(
                path=ascii(path)
            ),
            _("Its name leads out of the folder, or is none that a file should have."),
            _("`ptce verify` tells what else is wrong with this ledger."),
        )
    return path
