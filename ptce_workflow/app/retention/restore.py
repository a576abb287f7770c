"""Restoring a backup: verified, compared with the present ledger, put in its place.

Nothing is lost in silence: what the ledger has and the backup has not is told first, and a copy of
it stays. What was erased since is erased again. Checkpoints of lines that are gone are put aside: a
copy held elsewhere still tells of these lines, which is right.
"""

from __future__ import annotations

import shutil
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from ptce_workflow.app.audit.verify import Verification, verify
from ptce_workflow.app.candidatures.history import ledger_origin
from ptce_workflow.app.checkpoints import checkpoint_files
from ptce_workflow.app.contest import Contest, NoLedger, Watch
from ptce_workflow.app.locations import (
    CHECKPOINTS,
    DATABASE_FILE,
    beside_database,
    contest_id,
    database_file,
    database_url,
)
from ptce_workflow.app.people import need_keeper
from ptce_workflow.app.preconditions import must_be_here
from ptce_workflow.app.retention.backup import (
    checkpoints_of,
    copied_to,
    is_same,
    replace_contest,
    room_beside,
)
from ptce_workflow.app.retention.erase import erase
from ptce_workflow.app.retention.held import Selection, undone_erasures
from ptce_workflow.base.errors import Damaged, InDoubt, Misuse, PtceError
from ptce_workflow.base.notation import to_text
from ptce_workflow.base.runtime import Clock, failpoint
from ptce_workflow.base.words import _
from ptce_workflow.ledger.events.base import Entry, read
from ptce_workflow.ledger.line import Malformed, digest
from ptce_workflow.store.database import Database, database_named, file_of
from ptce_workflow.store.schema import NoTables
from ptce_workflow.store.sqlite import copy, file_complaint, is_damage, translated_errors

if TYPE_CHECKING:
    from ptce_workflow.store.database import Repository
    from ptce_workflow.store.rows import ContestRow


_MOST_FAULTS = 3


class Comparison(Struct, frozen=True):
    """A backup beside the ledger that is there: they agree up to the line `common`.

    `present` is how far the ledger goes, None where none can be read, `why` then. `lost` are the
    lines after the common ones that it has and the backup has not, as far as they can be read.
    """

    present: int | None = None
    common: int = 0
    lost: Sequence[Entry[Any]] = ()
    why: str = ""

    @property
    def losing(self) -> int:
        return 0 if self.present is None else self.present - self.common


class Restorable(Struct, frozen=True):
    """A backup that may take the ledger's place: a contest with some lines, the last at `until`.

    `former` is the contest as its database keeps it, or a server is to; None where the file
    `target` is gone, or cannot be read.
    """

    contest: Contest
    target: Path
    lines: int
    until: str
    comparison: Comparison
    former: Contest | None

    @property
    def place(self) -> str:
        return str(self.target) if self.former is None else self.former.database.place


def is_unreadable(folder: Path, error: PtceError) -> bool:
    """True where a contest could not be opened because its database is gone, or damaged."""
    file = database_file(folder)
    if file is None:
        return isinstance(error, (NoTables, NoLedger, Damaged))
    return not file.exists() or is_damage(error)


@contextmanager
def prepared_backup(
    present: Contest | PtceError, folder: Path, file: Path, clock: Clock, watch: Watch
) -> Iterator[Restorable]:
    """A backup, made ready beside the database, verified, and compared with the ledger there.

    `present` is the contest as it stands, or why its database cannot be read. Nothing of it is
    changed, nor of the file; what was made ready goes at the end.

    Raises: Misuse for a file that is none, another contest's, or the ledger itself; PtceError for
    one that is not sound, of another version, or not for whoever asks.
    """
    # What a restore keeps aside lies beside the usual file, for a database on a server.
    target = database_file(folder) or folder / DATABASE_FILE
    former = _former(present, folder, clock)
    if isinstance(present, Contest):
        need_keeper(present, _("Only the desk puts a backup in the place of the ledger."))
        with present.database.reading() as repo:
            must_be_here(repo.contest(present.id))
    no_backup = _("There is no backup {file}.") if not file.is_file() else ""
    if no_backup or (target.exists() and target.samefile(file)):
        what = no_backup or _("{file} is the ledger itself.")
        raise Misuse(what.format(file=file), mend=_("Name a file that `ptce backup` has made."))
    with ExitStack() as after:
        place = after.enter_context(room_beside(target))
        ready = place / target.name
        with translated_errors(str(file), partial(_complaint_of_copy, file, target)):
            copy(file, ready)
        failpoint("restoring")
        database = Database.open(ready, named=str(file))
        after.callback(database.close)
        with database.reading() as repo:
            row = _same_contest(present, folder, file, repo)
            if former is not None and former.database.file is None:
                _must_have_left(row, former.database)
            until = ""
            with suppress(KeyError, Malformed):
                until = read(repo.line(row.contest, row.head_n)).at
        contest = Contest(folder, database, row.contest, actor=None, clock=clock)
        contest.watch = watch
        _put_checkpoints(folder, file, place, row.head_n)
        _must_be_sound(file, verify(contest, home=place))
        comparison = _compare(contest, present, target, row)
        is_read = comparison.present is not None or database_file(folder) is None
        yield Restorable(
            contest, target, row.head_n, until, comparison, former if is_read else None
        )


def restore(backup: Restorable, clock: Clock) -> tuple[Path, ...]:
    """Puts a backup in the ledger's place; where the former stays. Raises: PtceError."""
    target = backup.target
    now = to_text(clock.now())[:19].replace(":", "")
    # A number where it was used already: clocks of rehearsals stand still.
    taken = {file.name for file in target.parent.iterdir()}
    stamps = (now, *(f"{now}-{number}" for number in range(2, len(taken) + 2)))
    stamp = next(name for name in stamps if _aside(target, name).name not in taken)
    aside = _aside(target, stamp)
    folder, name = backup.contest.folder, backup.contest.id
    ready, former = backup.contest.database, backup.former
    assert ready.file is not None
    # What is written from here on lies beside it; the backup was only read.
    ready.place = str(target)
    with ready.writing(name) as repo:
        repo.set_moved(name, "")
    ready.gather()
    moved: list[Path] = []
    with translated_errors(str(target)):
        for ending in ("", "-wal", "-shm") if former is None else ():
            present = target.with_name(target.name + ending)
            if present.exists():
                present.rename(aside.with_name(aside.name + ending))
                moved += [] if ending else [aside]
        # In a new database the tables are not there yet.
        with closing(Database.ready(database_url(folder))) as database:
            first = None
            if former is not None and _is_there(former):
                # Under the lock: what somebody commits until then is in the copy.
                first = partial(copied_to, former, aside)
                moved.append(aside)
            try:
                replace_contest(ready, name, database, first)
            except InDoubt:
                raise
            except BaseException:
                # It holds names and addresses, and nothing has taken their place.
                if former is not None:
                    aside.unlink(missing_ok=True)
                raise
    moved += _later_checkpoints_aside(folder, backup.lines, stamp)
    home = beside_database(folder) / CHECKPOINTS
    for file in (ready.file.parent / CHECKPOINTS).glob("*.txt"):
        home.mkdir(exist_ok=True)
        if not (home / file.name).exists():
            shutil.copyfile(file, home / file.name)
    return tuple(moved)


def redo_erasures(contest: Contest, restored: int) -> tuple[int, int, str]:
    """How many erasures a restore had undone and were made again, how many are left, and why."""
    why, redone = "", 0
    try:
        redone = len(erase(contest, Selection(restored=restored), None))
    except PtceError as error:
        why = error.what
    with contest.database.reading() as repo:
        return redone, len([*undone_erasures(contest, repo)]), why


def _complaint_of_copy(file: Path, target: Path, error: BaseException) -> Exception | None:
    """What SQLite complains of while a backup is copied: room is wanting beside the target."""
    is_full = getattr(error, "sqlite_errorname", "").startswith("SQLITE_FULL")
    return file_complaint(error, str(target if is_full else file))


def _former(present: Contest | PtceError, folder: Path, clock: Clock) -> Contest | None:
    """The contest of the database; None for an unreadable file. Raises: PtceError."""
    if isinstance(present, Contest):
        return present
    if database_file(folder) is not None:
        return None
    opens = Database if isinstance(present, NoTables) else Database.open
    database = opens(database_url(folder))
    contest = Contest(folder, database, contest_id(folder) or "", actor=None, clock=clock)
    if not isinstance(present, NoTables):
        need_keeper(contest, "")
    return contest


def _is_there(contest: Contest) -> bool:
    with contest.database.reading() as repo:
        row, first = repo.contest_kept(contest.id), repo.bytes_of_line(contest.id, 1)
    return row is not None or first is not None


def _same_contest(
    present: Contest | PtceError, folder: Path, file: Path, repo: Repository
) -> ContestRow:
    """The contest of the folder, in the backup. Raises: Misuse for another."""
    named = present.id if isinstance(present, Contest) else contest_id(folder)
    row = repo.contest_kept(named or "")
    if row is None:
        names = ", ".join(other.contest for other in repo.contests()) or "–"
        what = _("{file} is a backup of another contest: {names}.").format(file=file, names=names)
        raise Misuse(what, _("This folder is that of {contest}.").format(contest=named or "–"))
    if isinstance(present, Contest):
        with present.database.reading() as own:
            ours, theirs = _origin(own, row.contest), _origin(repo, row.contest)
        if "" not in (ours, theirs) and ours != theirs:
            what = _("{file} is a backup of another ledger of this contest.").format(file=file)
            why = _("Both begin at another line: a rehearsal, or a contest begun anew.")
            mend = _("Restore it in a folder of its own, beside a copy of config.toml.")
            raise Misuse(what, why, mend)
    return row


def _must_have_left(row: ContestRow, server: Database) -> None:
    """Raises: PtceError where a contest goes on in the backup's database."""
    place, why = row.moved_to, _("Restored on a server too, it would be written in both.")
    file = file_of(place)
    if place == server.place or (file is not None and not file.is_file()):
        return
    try:
        with closing(Database.open(database_named(place))) as other:
            with other.reading() as repo:
                there = repo.contest_kept(row.contest)
            if there is None or there.moved_to == server.place or is_same(other, server):
                return
            place = there.moved_to or place
    except PtceError as error:
        why = error.what
    what = _("The contest of this backup goes on in {place}: nothing was changed.").format(
        place=place
    )
    mend = _(
        "Move it from there: ptce move URL. If it is lost there, restore it into a file, and "
        "move that one."
    )
    raise PtceError(what, why, mend)


def _origin(repo: Repository, contest: str) -> str:
    """The origin of a ledger; "" where its first line is damaged, which a backup is for."""
    try:
        return ledger_origin(repo, contest)
    except PtceError:
        return ""


def _must_be_sound(file: Path, report: Verification) -> None:
    if report.intact:
        return
    faults = report.faults[:_MOST_FAULTS]
    first = (f"{fault.line}: {fault.what} {fault.why}".strip() for fault in faults)
    what = _("The backup {file} is not sound.").format(file=file)
    mend = _("Take an earlier one; keep this one for examination. Nothing was changed.")
    raise PtceError(what, "\n".join((report.count_text, *first)), mend)


def _compare(
    contest: Contest, present: Contest | PtceError, target: Path, row: ContestRow
) -> Comparison:
    if isinstance(present, PtceError):
        is_there = target.exists() or isinstance(present, Damaged)
        return Comparison(why=present.what if is_there else "")
    try:
        with contest.database.reading() as theirs, present.database.reading() as ours:
            head = ours.furthest(row.contest)

            def differs(n: int) -> bool:
                return not _hash(ours, row.contest, n) == _hash(theirs, row.contest, n) != ""

            # Where one line is the same, all before are.
            lines = range(1, min(head, row.head_n) + 1)
            common, lost = bisect_left(lines, True, key=differs), list[Entry[Any]]()
            for n in range(common + 1, head + 1):
                with suppress(KeyError, Malformed):
                    lost.append(read(ours.line(row.contest, n)))
            return Comparison(head, common, tuple(lost))
    except PtceError as error:
        if not is_damage(error):
            raise
        return Comparison(why=error.what)


def _hash(repo: Repository, contest: str, n: int) -> str:
    try:
        return digest(repo.line(contest, n))
    except (KeyError, TypeError):
        return ""


def _put_checkpoints(folder: Path, file: Path, place: Path, lines: int) -> None:
    kept = (entry.note for entry in checkpoint_files(beside_database(folder)))
    (place / CHECKPOINTS).mkdir()
    for note in filter(None, (*checkpoints_of(file), *kept)):
        size = note.checkpoint.size
        if size <= lines:
            (place / CHECKPOINTS / f"{size:09d}.txt").write_bytes(note.encode())


def _later_checkpoints_aside(folder: Path, lines: int, stamp: str) -> Iterator[Path]:
    """Moves the checkpoints of lines that are there no more; the folder in which they stay."""
    later = [
        entry.file
        for entry in checkpoint_files(beside_database(folder))
        if entry.note and entry.note.checkpoint.size > lines
    ]
    if later:
        aside = later[0].with_name(f"before-{stamp}")
        aside.mkdir(exist_ok=True)
        for file in later:
            file.rename(aside / file.name)
        yield aside


def _aside(target: Path, stamp: str) -> Path:
    return target.with_name(f"{target.stem}.before-{stamp}{target.suffix}")
