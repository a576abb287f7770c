"""The database of a contest: how it is opened, its transactions, what they read and write."""

from __future__ import annotations

import hashlib
import os
import re
import shlex
import weakref
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any

from msgspec.structs import asdict

from ptce_workflow.base.errors import InDoubt, Lost, Misuse, PtceError, shown
from ptce_workflow.base.runtime import nothing_to_collect, pieces
from ptce_workflow.base.words import _
from ptce_workflow.process.letters.message import Message
from ptce_workflow.store.connections import (
    Ahead,
    Base,
    CommitLost,
    Connection,
    Connections,
    Found,
    Served,
    Statement,
)
from ptce_workflow.store.rows import ContestRow, LineRow, ListedRow, PauseRow, Queries, SideRow
from ptce_workflow.store.schema import NoTables, check_version, make, owner_on_server
from ptce_workflow.store.sqlite import BUSY_TIMEOUT_MS, Memory, SqliteFile, translated_errors

Key = tuple[str, str]


class Repository(Queries):
    """The reads and writes of one transaction; it interprets neither lines nor JSON.

    A method for each statement is in `Queries`; here are those that run several, or say more.
    """

    last: Mapping[str, Any] | None = None
    """The last line that this transaction has added."""

    # The ledger and what it commits itself to.

    def append_lines(self, lines: Sequence[Mapping[str, Any]]) -> None:
        self.last = lines[-1] if lines else self.last
        self.insert_lines(lines)

    def line(self, contest: str, n: int) -> bytes:
        """The bytes of a line. Raises: KeyError when there is none."""
        content = self.bytes_of_line(contest, n)
        if content is None:
            raise KeyError(n)
        return content

    def furthest(self, contest: str) -> int:
        """The number of the last line, whatever head is kept."""
        head = self.contest(contest).head_n
        return max((line.n for line in self.lines_after(contest, head)), default=head)

    def entries(self, contest: str) -> Iterator[tuple[int, LineRow | None, list[SideRow]]]:
        """Every line with the side rows of its number, in order, read as it goes.

        Shape: number, line, side rows; the line is None for side rows that have none.
        """
        return _beside(self.lines(contest), self.sides(contest))

    def entries_about(
        self, contest: str, case_id: str
    ) -> Iterator[tuple[int, LineRow, list[SideRow]]]:
        for line in self.lines_about(contest, case_id):
            yield line.n, line, self.sides_of_line(contest, line.n)

    def archive_process(self, process: str, files: Mapping[str, bytes]) -> None:
        self.hold(process)
        if not self.files_of_process(process):
            rows = ({"path": path, "content": content} for path, content in files.items())
            self.add_process_files([{"process": process, **row} for row in rows])

    def process_files(self, process: str) -> dict[str, bytes]:
        return {file.path: file.content for file in self.files_of_process(process)}

    def hold(self, name: str) -> None:
        """Has nobody else keep, or let go of, what several contests of a server may share."""
        self._base.hold(self.driver, name)

    def add_document(self, content: bytes) -> None:
        sha256 = hashlib.sha256(content).hexdigest()
        self.hold(sha256)
        if self.document(sha256) is None:
            self.insert_document([{"sha256": sha256, "content": content}])

    def document_uses(self, sha256: str) -> int:
        """How many side rows, received mails and attachments name a document, of any contest."""
        naming = self.sides_naming(f'"{sha256}"') + self.received_with(sha256)
        return naming + self.attached_with(sha256)

    def drop_document(self, sha256: str) -> None:
        """Removes a document that nothing names any more."""
        # Another contest of the server may be handed the same file meanwhile.
        self.hold(sha256)
        if not self.document_uses(sha256):
            self.remove_document(sha256)

    # The contest and its candidatures.

    def contest_kept(self, contest: str) -> ContestRow | None:
        try:
            return self.contest(contest)
        except KeyError:
            return None

    def add_contest(self, row: ContestRow) -> None:
        self.insert_contest([row._asdict()])

    def to_list(self, contest: str, states: Collection[str] = ()) -> Iterable[ListedRow]:
        """Every candidature, or those of some states, in no order and without what weighs most."""
        if not states:
            return self.listed(contest)
        return chain.from_iterable(self.listed_of_state(contest, one) for one in states)

    # Counters.

    def counters(self, contest: str) -> dict[Key, int]:
        return {(row.name, row.bucket): row.value for row in self.counter_rows(contest)}

    def add_to_counters(self, contest: str, moved: Mapping[Key, int]) -> None:
        names = ("contest", "name", "bucket", "value")
        rows = ((contest, *key, value) for key, value in moved.items())
        self.add_counters([dict(zip(names, row, strict=True)) for row in rows])

    # People.

    def put_person(self, row: Mapping[str, Any]) -> None:
        """Keeps a person, every column named, in place of what was kept before."""
        self.remove_person(row["contest"], row["pseudonym"])
        self.add_person([row])

    # The outbox.

    def stages(self, contest: str) -> dict[str, tuple[int, str, str]]:
        """The number of messages at each stage but cancelled, and their first and last hours."""
        rows = self.stage_rows(contest)
        return {row.stage: (row.messages, row.earliest, row.latest) for row in rows}

    def change_messages(self, contest: str, changes: Sequence[tuple[Message, Message]]) -> None:
        """Changes messages, each from what it was; one that is no longer so is refused."""
        had = ({"was": was.stage, "was_worker": was.worker} for was, _now in changes)
        rows = ({"contest": contest, **asdict(now)} for _was, now in changes)
        self.change_rows([row | before for row, before in zip(rows, had, strict=True)])

    def put_mail(self, contest: str, number: int, content: bytes) -> None:
        self.remove_mail(contest, number)
        self.add_mail([{"contest": contest, "number": number, "content": content}])

    def put_pause(self, contest: str, pause: PauseRow | None) -> None:
        self.remove_pause(contest)
        if pause is not None:
            self.add_pause([{"contest": contest, **pause._asdict()}])

    def end_pause(self, contest: str, now: str) -> None:
        """Has mails leave again; what the server refused in the same words is remembered."""
        pause = self.pause(contest)
        if pause is not None:
            self.put_pause(contest, pause._replace(paused_until=now, pauses=0, why=""))


def in_pieces(add: Callable[[list[Any]], object], rows: Iterable[Mapping[str, Any]]) -> None:
    for some in pieces(rows):
        add(some)


def _beside(
    lines: Iterable[LineRow], sides: Iterator[SideRow]
) -> Iterator[tuple[int, LineRow | None, list[SideRow]]]:
    """Lines, each with the side rows of its number; both begin with it, and are in its order."""
    side = next(sides, None)
    for line in lines:
        n, own = line[0], []
        while side is not None and side[0] <= n:
            if side[0] == n:
                own.append(side)
            else:
                yield side[0], None, [side]
            side = next(sides, None)
        yield n, line, own
    while side is not None:
        yield side[0], None, [side]
        side = next(sides, None)


class Database:
    """A database, open; every access is a transaction that reads, or one that writes.

    On SQLite a transaction that writes begins IMMEDIATE: it waits for its turn before it reads
    anything that it will base a decision on.
    """

    def __init__(
        self,
        url: str | Path | Memory,
        *,
        busy_timeout_ms: int = BUSY_TIMEOUT_MS,
        makes: bool = False,
    ) -> None:
        if isinstance(url, Memory):
            lending = _lent(url)
        elif (file := file_of(url)) is not None:
            lending = _lent(SqliteFile(file, busy_timeout_ms, makes=makes))
        else:
            lending = _served(str(url), busy_timeout_ms, os.getpid())
        self.base, self._readers, self._writers = lending
        self.place, self.file = self.base.place, self.base.file
        self.login: str | None = None
        self.makes_passes = True
        self._has_committed = False
        self._closers = [self._readers.close, self._writers.close]
        if isinstance(self.base, Memory):
            self._closers.append(self.base.close)
        self._closing = weakref.finalize(self, _close, self._closers)

    @classmethod
    def open(
        cls, url: str | Path, *, busy_timeout_ms: int = BUSY_TIMEOUT_MS, named: str = ""
    ) -> Database:
        """Opens a database, called `named`. Raises: PtceError."""
        database = cls(url, busy_timeout_ms=busy_timeout_ms)
        database.place = named or database.place
        if database.file is not None and not database.file.is_file():
            what = _("This contest has no ledger yet: {place} does not exist.")
            mend = _("`ptce init {folder}` begins one.").format(folder=database.file.parent)
            raise PtceError(what.format(place=database.file), mend=mend)
        with database._translating(), database._readers.transaction() as (connection, _first):
            check_version(connection.driver, database.place)
            let_in = database.base.login(connection.driver)
            if let_in is not None:
                database.login, database.makes_passes = let_in
        return database

    @classmethod
    def create(cls, url: str | Path) -> Database:
        """Makes the tables of a new database, and opens it.

        A server's may be there already: it keeps the contests of several folders.

        Raises: PtceError when it cannot be written, or is a file that is there already; one that
        could not be completed is not left behind.
        """
        database = cls(url, makes=True)
        was_there = database.file is not None and database.file.exists()
        if database.file is not None and not was_there:
            # Made before SQLite makes it, for its owner alone: it will hold names and addresses.
            # What SQLite keeps beside it takes its mode. A refusal is told as SQLite meets it.
            with suppress(OSError):
                database.file.touch(0o600, exist_ok=False)
        try:
            with database._translating():
                database._make()
        except BaseException:
            database.close()
            if database.file is not None and not was_there:
                database.file.unlink(missing_ok=True)
            raise
        return database

    @classmethod
    def ready(cls, url: str | Path) -> Database:
        """Opens a database for another contest, with tables. Raises: PtceError."""
        file = file_of(url)
        if file is None or file.is_file():
            with suppress(NoTables):
                return cls.open(url)
        return cls.create(url)

    @contextmanager
    def reading(self, ahead: Sequence[Ahead] = ()) -> Iterator[Repository]:
        """A transaction that sees one state; `ahead` is asked as it begins."""
        with (
            self._translating(),
            self._readers.transaction(*self._asked(ahead)) as (connection, answers),
            self._unit(connection, dict(zip(ahead, answers, strict=True))) as repo,
        ):
            yield repo

    @contextmanager
    def writing(self, contest: str, ahead: Sequence[Ahead] = ()) -> Iterator[Repository]:
        """A transaction that writes; committed at the end, rolled back by any exception.

        What will be asked in any case is asked `ahead`, together with the turn to write. Where the
        connection breaks as it is committed, the ledger tells whether it was kept.

        Raises: PtceError when its turn does not come in time, or the disk does not take it; Lost
        where the connection breaks before it was kept, InDoubt where nobody can tell.
        """
        last = None
        with self._translating(), nothing_to_collect():
            try:
                with self._in_turn(contest, ahead) as repo:
                    yield repo
                    last = repo.last
                    if last is None:
                        # What no line tells could not be looked up: only its end is in doubt.
                        repo.connection.send()
            except CommitLost:
                self._look_up(contest, last)
        self._has_committed = True

    def altered(self) -> list[str]:
        with self._translating(), self._readers.transaction() as (connection, _first):
            return self.base.altered(connection.driver)

    def damage(self) -> PtceError | None:
        """What the database finds against its own rows and indexes, with its mend."""
        with self._translating(), self._readers.transaction() as (connection, _first):
            texts = self.base.damage(connection.driver)
        if not texts:
            return None
        mend = _("Restore a backup; keep the damaged file for examination.")
        if all(map(_HIDES_ROWS.search, texts)):
            mend = _("Commands may overlook rows. To make the indexes again: {command}")
            mend = mend.format(command=f"sqlite3 {shlex.quote(self.place)} REINDEX")
        what = _("The file of the database does not hold together.")
        return PtceError(what, "; ".join(map(shown, texts)) + ".", mend)

    def served(self) -> Served | None:
        with self._translating(), self._readers.transaction() as (connection, _first):
            return self.base.served(connection.driver)

    def owner(self) -> str:
        with self._translating(), self._readers.transaction() as (connection, _first):
            return owner_on_server(connection.driver)

    def gather(self) -> None:
        """Brings all that was committed into one file. Raises: PtceError."""
        with self._translating():
            self.base.gather()

    def scrub(self) -> bool:
        """Leaves no byte of what was deleted in the files; False while it cannot: try later."""
        self.close()
        with self._translating():
            return self.base.scrub()

    def close(self) -> None:
        """Closes what is open; a later transaction opens it again, if it is a file."""
        _close(self._closers)

    def _translating(self) -> AbstractContextManager[None]:
        """Turns complaints into errors; a connection that was lost is told once it can be had."""
        return translated_errors(self.place, self.base.complaint, self._lost)

    def _lost(self, error: Lost) -> None:
        # One that passes through a transaction around this one has waited already.
        if error.again is None:
            error.again = not self._has_committed
            self.base.is_back()

    def _look_up(self, contest: str, last: Mapping[str, Any] | None) -> None:
        """Whether the last line stands. Raises: Lost, InDoubt."""
        what = _("The connection to the database {place} broke as the act was being kept.")
        in_doubt = InDoubt(
            what.format(place=self.place),
            _("Nobody can tell whether it is."),
            _("See with `ptce history` whether it was done, before you do it again."),
        )
        if last is None or not self.base.is_back():
            raise in_doubt
        try:
            # Whoever was writing has ended by now: that connection held the same lock.
            with self._in_turn(contest) as repo:
                content = repo.bytes_of_line(contest, last["n"])
        except Exception as error:
            raise in_doubt from error
        if content != last["line"]:
            what = _("The connection to the database {place} was lost; nothing was written.")
            raise Lost(what.format(place=self.place), mend=_("Try again."))

    @contextmanager
    def _in_turn(self, contest: str, ahead: Sequence[Ahead] = ()) -> Iterator[Repository]:
        asked = self._asked(ahead)
        begins = self._writers.transaction(self.base.turn(contest), *asked)
        with begins as (connection, (turn, *answers)):
            if not turn[0][0]:
                _turn, *answers = self.base.wait_turn(connection, contest, asked)
            with self._unit(connection, dict(zip(ahead, answers, strict=True))) as repo:
                yield repo

    def _asked(self, ahead: Sequence[Ahead]) -> list[Statement]:
        return [Repository.statement(self.base, question) for question in ahead]

    def _unit(self, connection: Connection, answers: Mapping[Ahead, Found]) -> closing[Repository]:
        return closing(Repository(connection, self.base, ahead=answers))

    def _make(self) -> None:
        with closing(self.base.writer()) as connection:
            connection.begin()
            self.base.hold(connection.driver, "schema_version")
            make(connection.driver, self.place, on_server=self.file is None)
            connection.commit()


_HIDES_ROWS = re.compile("missing from index|entries in index")


def _close(closers: Iterable[Callable[[], None]]) -> None:
    for close in closers:
        close()


def database_named(word: str | Path) -> str | Path:
    """A database by address or path. Raises: Misuse, without the address."""
    if isinstance(word, Path):
        return word
    if "://" in word:
        return word.strip()
    if _MEANT_AS_ADDRESS.search(word):
        raise Misuse(
            _("{place} is not the address of a database.").format(place="postgres…"),
            _("It is postgresql://ROLE:PASSWORD@HOST:PORT/DATABASE."),
            _("Give the path of a file, or an address: {example}").format(example="postgresql://…"),
        )
    return Path(word)


def file_of(url: str | Path) -> Path | None:
    """The file of a database; None for a server's. Raises: Misuse."""
    if isinstance(url, Path) or "://" not in url:
        return Path(url)
    kind, _mark, rest = url.partition("://")
    name = kind.partition("+")[0].lower()
    if name in _SERVERS:
        return None
    if name != "sqlite":
        what = _("No driver is installed for the database {place}.").format(place=f"{kind}://…")
        mend = _("Give the path of a file, or an address: {example}").format(example=_EXAMPLE)
        raise Misuse(what, mend=mend)
    file = rest.partition("?")[0]
    if file in ("", "/", "/:memory:"):
        what = _("{place} names no file.").format(place=url)
        why = _("A ledger must outlive the command that writes it.")
        raise Misuse(what, why, _("Give the path of a file."))
    return Path(file.removeprefix("/"))


_SERVERS = ("postgresql", "postgres")
_EXAMPLE = "postgresql://…"
_MEANT_AS_ADDRESS = re.compile(r"^\s*postgres(ql)?(:|//)|\b(host|dbname|password)\s*=", re.I)


_Lending = tuple[Base, Connections, Connections]


@cache
def _served(url: str, busy_timeout_ms: int, _process: int) -> _Lending:
    """A server, once in a process, for all its contests."""
    # Imported here for start-up time: most databases are files.
    from ptce_workflow.store.postgresql import Server

    return _lent(Server(url, busy_timeout_ms))


def _lent(base: Base) -> _Lending:
    return base, Connections(base.reader, keeps=False), Connections(base.writer)
