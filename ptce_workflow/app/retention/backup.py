"""Backups of a contest, verified; moving a contest to another database.

The latter is kept beside the database, and not in the ledger: a backup tells nothing of the
contest. Where a server keeps the database it makes copies of its own, of which nothing is known.

The rows are compared before anything is kept; the ledger is then verified where it came to be.
It may be written there last of all, once it may not be where it was: whatever cuts that short
leaves one place in which the contest goes on, or none. What is left behind is read and no more:
the row of the contest says where it goes on, and every act looks at that row anyway.
"""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, closing, contextmanager, nullcontext, suppress
from pathlib import Path
from stat import S_IRWXO, S_IWOTH
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec import json as msgspec_json

from ptce_workflow.app.audit.verify import Verification, verify
from ptce_workflow.app.checkpoints import checkpoint_files, has_line
from ptce_workflow.app.contest import Contest
from ptce_workflow.app.locations import (
    BACKUP_NOTE,
    DATABASE_FILE,
    Backup,
    Naming,
    OutputFile,
    beside_database,
    check_apart,
    database_file,
    kept_beside,
    known_backups,
    last_backup,
    name_moved,
    private_files,
    unwritable,
    write_whole,
)
from ptce_workflow.app.outbox.attachments import attached_documents
from ptce_workflow.app.people import need_keeper
from ptce_workflow.app.pieces import received_documents
from ptce_workflow.app.preconditions import check_sees_all, elsewhere, must_be_here
from ptce_workflow.app.retention.held import undone_erasures
from ptce_workflow.base.errors import Misuse, PtceError
from ptce_workflow.base.runtime import failpoint
from ptce_workflow.base.words import _
from ptce_workflow.ledger.checkpoint import SignedNote, find
from ptce_workflow.ledger.examine import Named
from ptce_workflow.store.database import Database, database_named
from ptce_workflow.store.schema import unguarded
from ptce_workflow.store.sqlite import copy, heads, translated_errors

if TYPE_CHECKING:
    from ptce_workflow.store.copying import Named as Names
    from ptce_workflow.store.database import Repository


_WITH_IT = ".checkpoints"


def keep_beside(contest: Contest, file: Path) -> None:
    """Writes a backup's checkpoints beside it. Raises: OSError."""
    n, hash_ = heads(file).get(contest.id, (0, ""))
    notes = (one.note for one in checkpoint_files(beside_database(contest.folder)))
    if texts := [one.encode().decode() for one in notes if one and one.checkpoint.size <= n]:
        # A heading first: it is a list, and none of the notes alone.
        content = "\n".join((f"{file.name}:\n", *texts))
        write_whole(file.with_name(file.name + _WITH_IT), content.encode())
    backup = Backup(str(file.resolve()), n, hash_, contest.clock.now())
    # An auditor keeps its copies to itself, and writes nothing in the folder of the contest.
    with suppress(OSError, PtceError):
        contest.check_writer()
        others = (one for one in known_backups(contest.folder) if one.file != backup.file)
        every = [*(one for one in others if Path(one.file).exists()), backup]
        lines = b"".join(msgspec_json.encode(one) + b"\n" for one in every)
        write_whole(beside_database(contest.folder) / BACKUP_NOTE, lines)


def checkpoints_of(file: Path) -> tuple[SignedNote, ...]:
    """The checkpoints that were written beside a backup; none where that file is not there."""
    beside = file.with_name(file.name + _WITH_IT)
    if not beside.is_file():
        return ()
    return tuple(find(beside.read_text("utf-8", errors="replace")))


def copies_with_erased(contest: Contest) -> list[Path]:
    """What restores put aside, and the backups known of, with what was erased since.

    Those that cannot be looked into are among them: nobody can tell that they hold nothing.
    """

    def holds(file: Path) -> bool:
        with suppress(PtceError), closing(Database.open(file)) as copied, copied.reading() as repo:
            return any(undone_erasures(contest, repo))
        return True

    target = database_file(contest.folder) or contest.folder / DATABASE_FILE
    name = rf"{re.escape(target.stem)}\.before-.*{re.escape(target.suffix)}"
    backups = (Path(backup.file) for backup in known_backups(contest.folder))
    copies = [*left_in(target.parent, name), *(file for file in backups if file.is_file())]
    return [file for file in copies if holds(file)]


def open_to_others(folder: Path) -> list[Path]:
    """What others may open: names, passwords, or their folders. Raises: Misuse."""
    backup = last_backup(folder)
    private = [*private_files(folder), *(() if backup is None else (Path(backup.file),))]
    places = dict.fromkeys((folder, beside_database(folder)))
    changed = [place for place in places if _permissions(place) & S_IWOTH]
    return changed + [file for file in private if _permissions(file) & S_IRWXO]


def _permissions(file: Path) -> int:
    with suppress(OSError):
        return file.stat().st_mode if os.name == "posix" else 0
    return 0


_RESTORING = ".restore-"
_IN_USE = "in-use"
"""A database that is locked for as long as its folder is in use: no death leaves it locked."""


def left_in(place: Path, name: str) -> tuple[Path, ...]:
    return tuple(file for file in sorted(place.iterdir()) if re.fullmatch(name, file.name))


def sweep(folders: Iterable[Path]) -> None:
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def room_beside(database: Path) -> Iterator[Path]:
    """A private folder beside a database, for a while. Raises: OSError, PtceError."""
    sweep(left_by_restores(database))
    place = database.with_name(f"{_RESTORING}{os.urandom(4).hex()}")
    place.mkdir(mode=0o700)
    try:
        with closing(sqlite3.connect(place / _IN_USE, isolation_level=None)) as lock:
            with translated_errors(str(database)):
                lock.execute("BEGIN EXCLUSIVE")
            yield place
    finally:
        sweep([place])


def left_by_restores(database: Path | None) -> tuple[Path, ...]:
    """The copies that restores left beside a database when they were killed; none in use."""
    if database is None:
        return ()
    with suppress(OSError):
        folders = left_in(database.parent, re.escape(_RESTORING) + "[0-9a-f]{8}")
        return tuple(folder for folder in folders if not _is_in_use(folder))
    return ()


def _is_in_use(folder: Path) -> bool:
    """True while a restore works there; an empty one holds nothing, and may be about to."""
    lock = folder / _IN_USE
    if not lock.exists():
        return not any(folder.iterdir())
    try:
        with closing(sqlite3.connect(lock, timeout=0, isolation_level=None)) as driver:
            driver.execute("BEGIN EXCLUSIVE")
    except sqlite3.Error:
        return True
    return False


def check_original(contest: Contest) -> None:
    """Raises: Misuse for an export, from which something is missing."""
    if contest.is_copy:
        what = _("{folder} is an export: no copy is made of it.").format(folder=contest.folder)
        mend = _("Copy its folder as it is; `ptce verify` tells whether it is whole.")
        raise Misuse(what, mend=mend)


class Moved(Struct, frozen=True):
    """A contest that `left` a database for another: how it is verified there, and named."""

    contest: str
    place: str
    left: str
    naming: Naming
    report: Verification
    head: str


def move(contest: Contest, to: str | Path, *, anyway: bool = False) -> Moved:
    """Moves a contest to another database, or back to its own from where it goes on.

    Nobody writes in it meanwhile. Where it was moved there already nothing is copied, and what was
    left to do is done. With `anyway` a ledger with faults is moved too, and a contest goes on in
    its own database although the one that it was moved to cannot be looked at.

    Raises: Misuse for a place that makes no sense; PtceError when it cannot be done, and then the
    contest goes on where it is, and is only read in the other.
    """
    check_original(contest)
    need_keeper(contest, _("Only the desk moves a contest to another database."))
    to = database_named(to)
    if isinstance(to, Path):
        to = to.absolute()
        if not to.exists():
            check_apart(contest.folder, to)
    with closing(Database.ready(to)) as target:
        if not is_same(contest.database, target):
            left, report = place_of(contest.database), _carry(contest, target, faulty=anyway)
        else:
            left, report = _bring_back(contest, target, anyway=anyway)
        with target.reading() as repo:
            head = repo.contest(contest.id).head_hash
        if isinstance(to, Path):
            # A file within the folder is named by its path from there.
            home, file = Path(os.path.realpath(contest.folder)), Path(os.path.realpath(to))
            to = str(file.relative_to(home) if file.is_relative_to(home) else file)
        naming = name_moved(contest.folder, to)
        return Moved(contest.id, target.place, left, naming, report, head)


def _carry(contest: Contest, target: Database, *, faulty: bool) -> Verification:
    """Has a contest go on in another database, once it is copied and verified there."""
    beside = _beside(contest, target)
    with contest.database.writing(contest.id) as repo:
        row = repo.contest(contest.id)
        if row.moved_to != target.place:
            must_be_here(row)
            for source, place in beside:
                try:
                    place.parent.mkdir(exist_ok=True)
                    write_whole(place, source.read_bytes(), private=True)
                except OSError as error:
                    raise unwritable(place.parent, error) from error
            copy_contest(contest.database, contest.id, target, left=place_of(contest.database))
            failpoint("copied")
        home = contest.folder if target.file is None else target.file.parent
        report = verified(contest, target, home)
        if not (report.intact or faulty):
            what = _("The ledger in {place} is not sound: the contest goes on here.")
            why = _("Every row there is as it is here; there it is only read.")
            mend = _("`ptce verify` names them. To move it as it is: --force")
            raise PtceError(what.format(place=target.place), f"{report.count_text} {why}", mend)
        repo.set_moved(contest.id, target.place)
    failpoint("left")
    with contest.database.writing(contest.id) as repo, target.writing(contest.id) as there:
        moved_to, row = repo.contest(contest.id).moved_to, there.contest(contest.id)
        if moved_to != target.place:
            raise elsewhere(moved_to or place_of(contest.database))
        if row.moved_to == place_of(contest.database):
            there.set_moved(contest.id, "")
        else:
            must_be_here(row)
    failpoint("moved")
    return report


def _bring_back(contest: Contest, target: Database, *, anyway: bool) -> tuple[str, Verification]:
    """Has a contest go on in its own database again. Raises: Misuse, PtceError."""
    with target.reading() as repo:
        place = repo.contest(contest.id).moved_to
    if not place:
        what = _("{place} is where the contest is already.").format(place=target.place)
        raise Misuse(what, mend=_("Name another database: ptce move URL"))
    with ExitStack() as after:
        try:
            other = after.enter_context(closing(Database.open(database_named(place))))
            with other.reading() as repo:
                if repo.contest_kept(contest.id) is None:
                    raise PtceError(_("The contest is not there."))
        except PtceError as error:
            if not anyway:
                raise PtceError(
                    _("The contest was moved to {place}, and cannot be looked at there.").format(
                        place=place
                    ),
                    error.what,
                    _("If it is lost there, or was never moved, it goes on here with --force."),
                ) from error
            with target.writing(contest.id) as repo:
                repo.set_moved(contest.id, "")
            return place, verified(contest, target)
        return place, _carry(_in(contest, other), target, faulty=anyway)


def copy_contest(
    source: Database,
    contest: str,
    target: Database,
    *,
    anew: bool = False,
    left: str = "",
    first: Callable[[], object] | None = None,
) -> None:
    """Copies all rows of a contest, as they are at one instant, and compares them afterwards.

    An earlier state of the same ledger is brought up to date. With `anew` whatever is there of the
    contest is replaced, by lines too that no command would write. Where it is to be `left` the
    contest goes on so far, and the copy is only read. `first` is called once nobody else may write.

    Raises: PtceError where another ledger of the contest is, or what was written is not what was
    read: nothing is kept then.
    """
    # It brings SQLAlchemy, which takes longer to load than most commands take to run.
    from ptce_workflow.store.copying import Copier

    with (
        source.reading() as own,
        target.writing(contest) as there,
        unguarded(there.connection) if anew else nullcontext(),
    ):
        if first is not None:
            first()
        if not anew:
            _must_go_on(own, there, contest, target.place)
        names = _names(own, contest)
        with closing(Copier(source, own)) as reader, closing(Copier(target, there)) as writer:
            reader.carry(writer, names, anew=anew)
            failpoint("copying")
            expected, written = reader.sums(names), writer.sums(names)
        if other := sorted(name for name in expected if expected[name] != written[name]):
            what = _("{place} does not hold what was written: nothing is kept there.").format(
                place=target.place
            )
            why = _("These tables differ: {names}.").format(names=", ".join(other))
            mend = _("Perhaps `ptce verify` tells why; else choose another database.")
            raise PtceError(what, why, mend)
        if left:
            there.set_moved(contest, left)


def place_of(database: Database) -> str:
    """What a mark calls a database: its address without a password, or its whole path."""
    return database.place if database.file is None else str(database.file.absolute())


def _names(repo: Repository, contest: str) -> Names:
    """What the rows of a contest are found by: itself, its rulebooks, its documents."""
    named = Named()
    named.take_lines(line.line for line in repo.lines(contest))
    named.take_sides(str(side.data) for side in repo.sides(contest))
    row = repo.contest_kept(contest)
    rules = named.rules if row is None else named.rules | {row.process}
    documents = named.documents | received_documents(repo, contest)
    documents |= attached_documents(repo, contest)
    return {"contest": {contest}, "process": rules, "sha256": documents}


def _must_go_on(own: Repository, there: Repository, contest: str, place: str) -> None:
    """Makes sure that a contest is not there, or an earlier state of the same ledger is."""
    row = there.contest_kept(contest)
    if row is None or has_line(own, contest, row.head_n, row.head_hash):
        return
    what = _("{place} holds the contest {contest} already: nothing was changed.").format(
        place=place, contest=contest
    )
    why = _("It goes further there, or is another ledger: only an earlier state is replaced.")
    raise PtceError(what, why, _("Choose another database; `ptce list` there shows what is in it."))


def is_same(first: Database, second: Database) -> bool:
    if first.file is not None and second.file is not None:
        return first.file.samefile(second.file)
    return first.file is second.file and _server(first) == _server(second)


def _server(database: Database) -> object:
    """What tells one database of one server from every other, whatever it is called by."""
    with database.reading() as repo:
        asked = "SELECT pg_postmaster_start_time()::text, current_database()"
        return repo.driver.execute(asked).fetchone()


def verified(contest: Contest, database: Database, home: Path | None = None) -> Verification:
    """A contest verified as another database holds it, by what stands in a folder beside it."""
    return verify(_in(contest, database), home=home)


def _in(contest: Contest, database: Database) -> Contest:
    other = Contest(contest.folder, database, contest.id, actor=None, clock=contest.clock)
    other.watch = contest.watch
    return other


def _beside(contest: Contest, target: Database) -> list[tuple[Path, Path]]:
    """What is to stand beside the other database. Raises: Misuse where something does."""
    source = kept_beside(contest.folder, contest.database.file)
    pairs: list[tuple[Path, Path]] = []
    for own, other in zip(source, kept_beside(contest.folder, target.file), strict=True):
        # The last backup is of what is left behind.
        if own == other or own.name == BACKUP_NOTE:
            continue
        inside = sorted(own.iterdir()) if own.is_dir() else [own] if own.is_file() else []
        pairs += ((file, other / file.name if own.is_dir() else other) for file in inside)
    for own, other in pairs:
        if own.is_file() and other.exists() and other.read_bytes() != own.read_bytes():
            what = _("{file} is there already, and is not that of this contest.").format(file=other)
            why = _("It has to stand beside the database: the key, the checkpoints, the erasures.")
            raise Misuse(what, why, _("Choose a folder of its own for the database."))
    return [(own, other) for own, other in pairs if own.is_file() and not other.exists()]


def check_replaceable(contest: Contest, file: OutputFile) -> None:
    """Raises: Misuse unless nothing, or an earlier copy, is there."""
    if not file.is_there:
        return
    with contest.database.reading() as repo:
        is_earlier = has_line(repo, contest.id, *heads(file.path).get(contest.id, (0, "")))
    if not is_earlier:
        what = _("{file} is no earlier copy of this ledger: nothing is written over it.").format(
            file=file.path
        )
        why = _("It is another database, or goes further than this ledger does.")
        raise Misuse(what, why, _("Name another file, or move that one away."))


def back_up(contest: Contest, file: OutputFile) -> Verification:
    """Copies the ledger with all beside it, and verifies it. Raises: PtceError, OSError."""
    with contest.looking() as tx:
        check_sees_all(tx, keeps=True)
    sweep(left_by_restores(contest.database.file))
    try:
        with room_beside(file.path) as place:
            unfinished = place / file.path.name
            with translated_errors(str(file.path)):
                copied_to(contest, unfinished)
            failpoint("copied")
            with closing(Database.open(unfinished)) as copied:
                report = verified(contest, copied)
            if not report.intact and file.is_there:
                what = _("The earlier copy {file} stays: this ledger is not sound.").format(
                    file=file.path
                )
                mend = _("`ptce verify` names them; name another file to keep a copy all the same.")
                raise PtceError(what, report.count_text, mend)
            unfinished.replace(file.path)
        keep_beside(contest, file.path)
    except OSError as error:
        error.filename, error.filename2 = str(file.path), None
        raise
    return report


def copied_to(contest: Contest, file: Path) -> None:
    """Copies a contest into a file, where it is only read: it goes on where it was copied from."""
    with closing(Database.create(file)) as target:
        replace_contest(contest.database, contest.id, target)
        with target.writing(contest.id) as repo:
            repo.set_moved(contest.id, place_of(contest.database))
        target.gather()


def replace_contest(
    source: Database, contest: str, target: Database, first: Callable[[], object] | None = None
) -> None:
    """Puts a contest in the place of what another database holds of it, with all its rows.

    Files that hold no other contest are copied as they are, guards included. `first` is called
    once nobody else may write there, before anything is replaced.
    """
    own, other = _file_of_one(source), _file_of_one(target)
    if own is None or other is None:
        copy_contest(source, contest, target, anew=True, first=first)
    else:
        copy(own, other, first)


def _file_of_one(database: Database) -> Path | None:
    """The file of a database that holds one contest at most."""
    with database.reading() as repo:
        return database.file if len(repo.contests()) < 2 else None
