"""SQLite: the driver.

Every daily command opens one: SQLAlchemy takes longer to load than most commands take to run.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from ptce_workflow.base.errors import Busy, Lost, Misuse, PtceError, shown
from ptce_workflow.base.runtime import elapsed_seconds
from ptce_workflow.base.words import N_, _
from ptce_workflow.store import connections
from ptce_workflow.store.rows import SQLITE, TABLES
from ptce_workflow.store.schema import altered

BUSY_TIMEOUT_MS = 30_000
_ASKS_FOR_MS = 20
_MOST_DAMAGE = 5
SOON_S = 1.0
_PATIENCE = f"busy_timeout={BUSY_TIMEOUT_MS}"
_PRAGMAS = (
    "journal_mode=WAL",
    # Anything less may lose, with the power, a line that a mail has already quoted.
    "synchronous=FULL",
    "foreign_keys=ON",
    # An erased side row must leave no bytes behind in the file.
    "secure_delete=ON",
)
_NOT_YET = ("SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_FULL")
_UNWRITABLE = ("SQLITE_READONLY", "SQLITE_CANTOPEN")


class SqliteFile(connections.Base):
    """An SQLite file; `makes` lets SQLite make it, `pragmas` are set on every connection."""

    texts: Mapping[str, str] = SQLITE
    mark = ":{name}"

    def __init__(self, file: Path, busy_timeout_ms: int, *, makes: bool = False) -> None:
        self.place = str(file)
        self.file: Path | None = file
        self._path = file
        self.pragmas: tuple[str, ...] = (f"busy_timeout={busy_timeout_ms}", *_PRAGMAS)
        self.patience_s = busy_timeout_ms / 1000
        self.waits: Callable[[], None] = in_silence
        self._mode = "rwc" if makes else "rw"

    def reader(self) -> connections.Connection:
        connection = _Reading(self._opened())
        connection.driver.execute("PRAGMA query_only=ON").close()
        return connection

    def writer(self) -> _Writing:
        return _Writing(self._opened(), self)

    def turn(self, contest: str) -> connections.Statement:
        """Nothing: BEGIN IMMEDIATE has waited until nobody else writes."""
        return "SELECT 1", {}

    def altered(self, driver: sqlite3.Connection) -> list[str]:
        return [] if self.file is None else altered(driver)

    def damage(self, driver: sqlite3.Connection) -> list[str]:
        rows = driver.execute(f"PRAGMA integrity_check({_MOST_DAMAGE})").fetchall()
        return [text for (text,) in rows if text != "ok"]

    def complaint(self, error: BaseException) -> Exception | None:
        return file_complaint(error, self.place)

    def gather(self) -> None:
        # Closing does so too, but keeps silent when the disk has no room for it.
        with closing(self.writer()) as connection:
            connection.driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").close()

    def scrub(self) -> bool:
        # Deleting overwrites a row where it lies now, and not where it lay before its page was
        # parted: the whole file is written anew, and takes that room on the disk. A reader keeps
        # what it sees until it has done.
        try:
            with closing(self.writer()) as connection:
                connection.execute_in_turn("VACUUM")
                checkpoint = connection.driver.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                return bool(checkpoint.fetchone()[0] == 0)
        except sqlite3.OperationalError as error:
            if not error.sqlite_errorname.startswith(_NOT_YET):
                raise
            return False

    def _opened(self) -> sqlite3.Connection:
        return connected(self._path, self._mode, self.pragmas)


class Memory(SqliteFile):
    """A database of SQLite's without a file, empty: it is gone once it is closed.

    Its tables are those of a file, without what guards them: nobody else can write there.
    """

    def __init__(self) -> None:
        super().__init__(Path(), BUSY_TIMEOUT_MS)
        self.file, self.place = None, _("in memory")
        # Connections share what bears one name, for as long as one of them is open.
        self._uri = f"file:ptce-{os.urandom(8).hex()}?mode=memory&cache=shared"
        self._kept = self._opened()
        for statement in TABLES:
            self._kept.execute(statement).close()

    def _opened(self) -> sqlite3.Connection:
        return _prepared(self._uri, ())

    def close(self) -> None:
        self._kept.close()


class _Reading:
    """A connection whose transactions see one state of the file."""

    def __init__(self, driver: sqlite3.Connection) -> None:
        self.driver = driver
        self._cursor = driver.cursor()

    def begin(self, *first: connections.Statement) -> list[connections.Found]:
        self._begin()
        return self.ask(*first)

    def _begin(self) -> None:
        self.driver.execute("BEGIN")

    def ask(self, *statements: connections.Statement) -> list[connections.Found]:
        return [self._cursor.execute(*statement).fetchall() for statement in statements]

    def tell(self, text: str, rows: Sequence[connections.Values]) -> None:
        if len(rows) == 1:
            self._cursor.execute(text, rows[0])
        else:
            self._cursor.executemany(text, rows)

    def send(self) -> None:
        pass

    def stream(self, statement: connections.Statement) -> sqlite3.Cursor:
        return self.driver.execute(*statement)

    def commit(self) -> None:
        self.driver.execute("COMMIT")

    def rollback(self) -> None:
        # A full disk has rolled it back already.
        if self.driver.in_transaction:
            self.driver.execute("ROLLBACK")

    def close(self) -> None:
        # A statement that it still holds would keep the file open, and its log unfolded beside it.
        self._cursor.close()
        self.driver.close()

    def is_lost(self, error: BaseException) -> bool:
        return False


class _Writing(_Reading):
    """A connection whose transactions begin once nobody else writes.

    SQLite's own wait asks ever more seldom: whoever came last is served first, and whoever has
    waited longest gives up. Short waits, begun anew time and again, treat all alike.
    """

    def __init__(self, driver: sqlite3.Connection, base: SqliteFile) -> None:
        super().__init__(driver)
        self._base = base
        asks_for_ms = min(_ASKS_FOR_MS, int(base.patience_s * 1000))
        driver.execute(f"PRAGMA busy_timeout={asks_for_ms}").close()

    def _begin(self) -> None:
        self.execute_in_turn("BEGIN IMMEDIATE")

    def execute_in_turn(self, statement: str) -> None:
        """Runs a statement that only one connection at a time may run, once its turn has come."""
        began_s, is_noticed = elapsed_seconds(), False
        while True:
            try:
                self.driver.execute(statement).close()
                return
            except sqlite3.OperationalError as error:
                waited_s = elapsed_seconds() - began_s
                busy = error.sqlite_errorname.startswith("SQLITE_BUSY")
                if not busy or waited_s >= self._base.patience_s:
                    raise
                if waited_s > SOON_S and not is_noticed:
                    is_noticed = True
                    self._base.waits()


def connected(
    file: Path, mode: str = "rw", pragmas: Sequence[str] = (_PATIENCE, *_PRAGMAS)
) -> sqlite3.Connection:
    """A connection to a file, set up; one that only reads where nothing may be written.

    Even reading keeps files beside a database. Where these cannot be made (a disc, somebody
    else's folder) it is read as it is, provided that no line waits beside it to be brought in.
    Raises: PtceError, sqlite3.Error.
    """
    # As a URI: a file that has gone meanwhile is not made anew, and no name is misread.
    uri = file.absolute().as_uri()
    try:
        return _prepared(f"{uri}?mode={mode}", pragmas)
    except sqlite3.OperationalError as error:
        refused = getattr(error, "sqlite_errorname", "")
        if not refused.startswith(_UNWRITABLE) or not file.is_file():
            raise
        waiting = file.with_name(f"{file.name}-wal")
        if waiting.exists() and waiting.stat().st_size:
            what = _("The database {place} cannot be read where nothing can be written.")
            why = _("Its last lines wait in {file}, and bringing them in is writing.")
            mend = _(
                "Copy both to a place of your own; or have one file made of them: ptce backup FILE"
            )
            raise PtceError(what.format(place=file), why.format(file=waiting), mend) from error
        return _prepared(f"{uri}?mode=ro&immutable=1", pragmas)


def _prepared(uri: str, pragmas: Sequence[str]) -> sqlite3.Connection:
    # The driver's own transactions begin too late: reads would not be part of them.
    driver = sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False)
    try:
        for pragma in pragmas:
            driver.execute(f"PRAGMA {pragma}").close()
    except BaseException:
        driver.close()
        raise
    return driver


def copy(source: Path, target: Path, first: Callable[[], object] | None = None) -> None:
    """Puts what one database holds, as of its last commit, in the place of what another one holds.

    Writers of the source are not held up: it is read as any reader does. Whoever has the target
    open sees it whole: as it was before, or as it is after. `first` is called once nobody else may
    write there, before anything is replaced. A new file is for its owner alone.

    Raises: OSError or sqlite3.Error when it cannot be written, or somebody goes on writing there.
    """
    until_s = elapsed_seconds() + BUSY_TIMEOUT_MS / 1000
    waiting = [] if first is None else [first]

    def check_patience(status: int, _left: int, _total: int) -> None:
        # Python would try for ever.
        if status in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            if elapsed_seconds() >= until_s:
                error = sqlite3.OperationalError("database is locked")
                error.sqlite_errorname = "SQLITE_BUSY"
                raise error
        elif waiting:
            # From its first page on a copy holds the turn to write, until it is whole.
            waiting.pop()()

    is_new = not target.exists()
    target.touch(0o600)
    opened = sqlite3.connect(target) if is_new else connected(target)
    with closing(opened) as driver, closing(connected(source)) as copied:
        copied.backup(driver, pages=-1 if first is None else 1, progress=check_patience)
    with target.open("rb+") as stream:
        os.fsync(stream.fileno())


def is_damage(error: PtceError) -> bool:
    """True for the error of a file that is no database, or is damaged."""
    name = getattr(error.__cause__, "sqlite_errorname", "") or ""
    return name.startswith(("SQLITE_NOTADB", "SQLITE_CORRUPT"))


def heads(file: Path) -> dict[str, tuple[int, str]]:
    """The number and the hash of the last line of each contest in a copy.

    Shape: empty for a file that is no copy, and for one that somebody is writing to. It is
    read without being touched: opening it as a ledger would change a database that is none.
    """
    if file.with_name(f"{file.name}-wal").exists():
        return {}
    try:
        with closing(
            sqlite3.connect(f"{file.absolute().as_uri()}?immutable=1", uri=True)
        ) as copied:
            rows = copied.execute("SELECT contest, head_n, head_hash FROM contest").fetchall()
    except sqlite3.Error:
        return {}
    return {contest: (n, hash_) for contest, n, hash_ in rows}


@contextmanager
def translated_errors(
    place: str,
    complaint: Callable[[BaseException], Exception | None] | None = None,
    on_lost: Callable[[Lost], None] | None = None,
) -> Iterator[None]:
    """Turns what a database complains of, an SQLite file by default, into errors with a mend.

    `on_lost` is called with the error of a connection that was lost before it is raised.

    Raises: PtceError; anything that is no fault of the surroundings passes through.
    """
    try:
        yield
    except UnicodeEncodeError as error:
        # A byte that was typed and is no text: Python hands it on, and no database takes it.
        what = _('"{text}" is not UTF-8 text.').format(text=shown(error.object))
        why = _("No reference, name or login of a contest is written so.")
        raise Misuse(what, why) from error
    except Exception as error:
        worded = (complaint(error) if complaint else file_complaint(error, place)) or error
        if on_lost is not None and isinstance(worded, Lost):
            on_lost(worded)
        if worded is error:
            raise
        raise worded from error


def in_silence() -> None:
    """Tells nobody."""


_LOCKED = connections.Complaint(
    N_("The database {place} is busy; nothing was written."),
    N_("Try again; if it lasts, look for a command that hangs (`fuser -v ptce.db`), and end it."),
    N_("Other commands have been writing for half a minute."),
    kind=Busy,
)
DISK_FULL = connections.Complaint(
    N_("There is no room left for the database {place}; nothing was written."),
    N_("Make room, then try again."),
    N_("The disk is full, or a quota is."),
)
DISK_FAILED = connections.Complaint(
    N_("The disk failed under the database {place}; nothing was written."),
    N_("Check the disk, then `ptce verify`."),
)
ROW_REFUSED = connections.Complaint(
    N_("The database {place} refused a row; nothing was written."),
    N_("Try again; if it is refused again, `ptce verify` tells what is wrong with the ledger."),
)
_DAMAGED = connections.Complaint(
    N_("{place} is not a database, or is damaged."),
    N_("Restore a backup; keep the damaged file for examination."),
)
_COMPLAINTS = {
    "SQLITE_BUSY": _LOCKED,
    "SQLITE_LOCKED": _LOCKED,
    "SQLITE_READONLY": connections.Complaint(
        N_("The database {place} cannot be written; nothing was changed."),
        N_("Ask for the right to write there."),
        N_("The file, its folder or its disk is read-only."),
    ),
    "SQLITE_FULL": DISK_FULL,
    "SQLITE_CANTOPEN": connections.Complaint(
        N_("The database {place} cannot be opened."),
        N_("Check that the file and its folder exist and may be read and written."),
    ),
    "SQLITE_NOTADB": _DAMAGED,
    "SQLITE_CORRUPT": _DAMAGED,
    "SQLITE_CONSTRAINT": ROW_REFUSED,
    # The little file that even reading keeps beside the database found no room.
    "SQLITE_IOERR_SHM": DISK_FULL,
    "SQLITE_IOERR": DISK_FAILED,
    "SQLITE_SCHEMA": _DAMAGED,
}
_SAYS = N_("The system says: {reason}.")


def file_complaint(error: BaseException, place: str) -> Exception | None:
    """What SQLite complains of, in words; None for what it does not."""
    if not isinstance(error, sqlite3.Error):
        return None
    # Python itself complains of text that is none, and names no error of SQLite's.
    # A table or a column that is gone has no name of its own either.
    undecoded = any(words in str(error) for words in ("Could not decode", "no such", "no column"))
    name = "SQLITE_CORRUPT" if undecoded else getattr(error, "sqlite_errorname", "") or ""
    if name == "SQLITE_CONSTRAINT_NOTNULL":
        return connections.overtaken()
    for start, complaint in _COMPLAINTS.items():
        if name.startswith(start):
            return complaint.error(_SAYS, str(error), place=place)
    return error
