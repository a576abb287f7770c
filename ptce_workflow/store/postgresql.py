"""PostgreSQL: the driver, and its refusals in words."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext, suppress
from functools import cache
from itertools import chain, count, starmap
from pathlib import Path
from threading import Timer
from typing import TYPE_CHECKING, Any, LiteralString
from urllib.parse import quote

from ptce_workflow.base.errors import Busy, Lost, Misuse, PtceError, shown
from ptce_workflow.base.notation import to_json
from ptce_workflow.base.runtime import elapsed_seconds, wait
from ptce_workflow.base.words import N_, _
from ptce_workflow.store import connections
from ptce_workflow.store.rows_postgresql import TEXTS
from ptce_workflow.store.schema import altered_on_server, owner_on_server, query
from ptce_workflow.store.sqlite import DISK_FAILED, DISK_FULL, ROW_REFUSED, SOON_S, in_silence

if TYPE_CHECKING:
    from psycopg import Error


_UNREACHED = connections.Complaint(
    N_("The server of the database {place} cannot be reached."),
    N_(
        "Check that it runs, and the address in local.toml with what it asks of the server, such "
        "as sslmode or target_session_attrs; then try again."
    ),
)
_NOT_NOW = connections.Complaint(
    N_("The server of the database {place} is not available for now."),
    N_(
        "Try again in a moment. If it lasts, have it allow more connections, or see which server "
        "ought to take over, and target_session_attrs in local.toml."
    ),
    kind=Busy,
)
_TURNED_DOWN = connections.Complaint(
    N_("The server of the database {place} refuses the connection."),
    N_(
        "Check the role (PGUSER) and its password (~/.pgpass), and the name of the database in "
        "local.toml; createdb NAME makes one. Else ask whoever keeps the server."
    ),
)
_FOR_NOW = (
    # It starts, stops, is in recovery, or takes nobody yet.
    *("the database system is ", "système de base"),
    *("too many ", "connection slots", "trop de ", "connexions restants"),
    *("session is read-only", "server is in hot standby"),
)
"""Words of a server that may take us later, in English or French.

It refuses so before it gives its refusals numbers, and nobody can ask for another language then.
"""


_EACH = "All failures were:"
_SAYS = N_("It says: {reason}")


def unreached(error: Error, place: str) -> PtceError:
    text = str(error)
    said = text.partition(":")[2]
    # It answers, in whatever language.
    complaint = _TURNED_DOWN if "FATAL" in said else _UNREACHED
    if any(words in said for words in _FOR_NOW):
        complaint = _NOT_NOW
    # Of several servers that were tried the driver tells each, after the last one.
    each = text.partition(_EACH)[2] or text
    return complaint.error(_SAYS, " ".join(each.split()), place=place)


_LOST = connections.Complaint(
    N_("The connection to the database {place} was lost; nothing was written."),
    N_("Try again."),
    kind=Lost,
)
_GAVE_WAY = connections.Complaint(
    N_("Somebody else was writing in the database {place}; nothing was written."),
    N_("Try again."),
    kind=Lost,
)
_BUSY = connections.Complaint(
    N_("The database {place} is busy; nothing was written."),
    N_("Try again; if it lasts, look for a command that hangs."),
    N_("Other commands have been writing for half a minute."),
    kind=Busy,
)
_NO_TABLES = connections.Complaint(
    N_("The tables of the database {place} are damaged."),
    N_("Restore a backup; keep the damaged database for examination."),
)
_NOT_ONES_OWN = connections.Complaint(
    N_("This role may not do that in the database {place}; nothing was written."),
    N_("Act under your own login, enrolled in this contest and in the group of its role."),
)
_NOT_ALLOWED, _OF_FILES = "42501", ("fd.c", "md.c")
_COMPLAINTS = {
    "08": _LOST,
    "57P": _LOST,
    "55P03": _BUSY,
    "40": _GAVE_WAY,
    "57014": connections.Complaint(
        N_("The server cut short what was asked of the database {place}; nothing was written."),
        N_(
            "Try again, unless somebody who keeps the server has stopped it. Where it takes longer "
            "than is allowed: statement_timeout, in the options of the address."
        ),
    ),
    "53300": _NOT_NOW,
    "53": DISK_FULL,
    _NOT_ALLOWED: connections.Complaint(
        N_("This role may not do that in the database {place}; nothing was written."),
        N_(
            "To begin, move or restore a contest, type it as the role that owns the "
            "tables ({owner}). For all else this login lacks the group of its role: `ptce "
            "grants` writes it, for whoever keeps the server."
        ),
    ),
    "25006": connections.Complaint(
        N_("The database {place} cannot be written; nothing was changed."),
        N_("Name the server that takes what is written, in local.toml."),
        N_("The server is read-only: it may be a standby. It says: {reason}"),
    ),
    "23": ROW_REFUSED,
    "P0001": ROW_REFUSED,
    "22": connections.Complaint(
        N_("The database {place} cannot hold that; nothing was written."),
        N_("Leave out the character that it names."),
    ),
    "42P01": _NO_TABLES,
    "42703": _NO_TABLES,
    "42883": _NO_TABLES,
    "58": DISK_FAILED,
    "XX": DISK_FAILED,
}
"""The first numbers of what a server refuses (SQLSTATE), the particular before the general."""


def complained(error: Error, number: str, place: str, owner: Callable[[], str]) -> Exception:
    """The error for what a server refuses, by its number; `owner` says who may type what."""
    if number == _NOT_ALLOWED and error.diag.source_file in _OF_FILES:
        # What the server itself may not do with a file of its own.
        number = "58"
    if number == "23502":
        return connections.overtaken()
    found = (one for start, one in _COMPLAINTS.items() if number.startswith(start))
    complaint = next(found, None)
    if complaint is None:
        return error
    # What a row holds comes after the first line, and is not for a message.
    reason = shown(error.diag.message_primary or str(error).partition("\n")[0])
    known = {"place": place}
    if number == _NOT_ALLOWED:
        # Our triggers look whose a line is; all else is of rights that a role has or has not.
        if error.diag.source_function == "exec_stmt_raise":
            complaint = _NOT_ONES_OWN
        else:
            known["owner"] = owner()
    return complaint.error(_SAYS, reason, **known)


try:
    import psycopg
    from psycopg.conninfo import conninfo_to_dict, make_conninfo
except ImportError as error:  # it is not there, or finds no library of PostgreSQL's
    raise Misuse(
        _("No driver is installed for the database {place}.").format(place="postgresql://…"),
        str(error),
        _("Install it: pip install 'psycopg[binary]'; or give the path of a file."),
    ) from error
# It warns, on the terminal, of what goes wrong after an error that is told already.
logging.getLogger("psycopg").setLevel(logging.ERROR)

_TURN = "SELECT pg_advisory_xact_lock(hashtextextended(%(contest)s, 0))"
# Refused where others wait already: nobody comes before them.
_AT_ONCE = _TURN.replace("pg_advisory", "pg_try_advisory")
# Not the lock of a contest, whatever it is called.
_HOLD = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 1))"
_CONNECTION = {
    "application_name": "ptce",
    "connect_timeout": 10,
    # One that was cut is noticed within a minute, whether something was sent on it or not.
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
}
_SESSION = {
    # Anything less may lose, with the power, a line that a mail has already quoted.
    "synchronous_commit": "on",
    # Whoever hangs, or is cut off, keeps nobody from writing for longer than that.
    "idle_in_transaction_session_timeout": "5min",
    "statement_timeout": "10min",
    # One whose network was cut keeps it no longer than others wait for their turn.
    "tcp_keepalives_idle": 10,
    "tcp_keepalives_interval": 5,
    "tcp_keepalives_count": 3,
    "tcp_user_timeout": 25_000,
}
"""What an address may say otherwise, of a connection and of what the server does for it."""
_ONCE: Sequence[connections.Values] = ({},)
_AT_MOST = 100
"""How many rows, or statements, wait to be sent with others at most."""
AWAY_S, _ASKS_AGAIN_S = 30.0, 0.1
"""How long a server that was there may be away, as one that restarts or hands over is."""


class Server(connections.Base):
    """A database kept by a server: its files, and what damages them, are not seen from here.

    Raises: Misuse for an address that makes no sense.
    """

    file: Path | None = None
    texts: Mapping[str, str] = TEXTS
    mark = "%({name})s"

    def __init__(self, url: str, busy_timeout_ms: int) -> None:
        settings = _settings(url)
        self.place = _named(settings)
        self.waits: Callable[[], None] = in_silence
        session = {**_SESSION, "lock_timeout": busy_timeout_ms}
        options = (f"-c {name}={value}" for name, value in session.items())
        own: dict[str, Any] = {
            **_CONNECTION,
            **settings,
            "client_encoding": "UTF8",
            "options": " ".join((*options, settings.get("options", ""))).strip(),
        }
        self._address = make_conninfo(**own)

    def reader(self) -> connections.Connection:
        begins: LiteralString = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
        return _ServerConnection(self._connected(), begins)

    def writer(self) -> connections.Connection:
        # A snapshot would be older than the turn.
        return _ServerConnection(self._connected(), "BEGIN ISOLATION LEVEL READ COMMITTED")

    def login(self, driver: Any) -> connections.Login | None:
        """Whom the server has let in; None for who owns the tables, whom its rights do not bind."""
        return next((connections.Login(*row) for row in driver.execute(query("login"))), None)

    def turn(self, contest: str) -> connections.Statement:
        """What takes the turn: a lock on the contest, for `n` must have no gap."""
        return _AT_ONCE, {"contest": contest}

    def wait_turn(
        self,
        connection: connections.Connection,
        contest: str,
        first: Sequence[connections.Statement],
    ) -> list[connections.Found]:
        with self._telling():
            return connection.ask((_TURN, {"contest": contest}), *first)

    @contextmanager
    def _telling(self) -> Iterator[None]:
        """Tells whoever listens once something takes longer than people notice."""
        if self.waits is in_silence:
            yield
            return
        timer = Timer(SOON_S, self.waits)
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def hold(self, driver: Any, name: str) -> None:
        driver.execute(_HOLD, (name,))

    def is_back(self) -> bool:
        until_s = elapsed_seconds() + AWAY_S
        while True:
            try:
                psycopg.connect(self._address).close()
                return True
            except psycopg.OperationalError:
                if elapsed_seconds() >= until_s:
                    return False
                wait(_ASKS_AGAIN_S)

    def served(self, driver: Any) -> connections.Served:
        asked = "SELECT current_setting('server_version'), current_user::text, pg_is_in_recovery()"
        version, role, is_standby = driver.execute(asked).fetchone()
        return connections.Served(version.partition(" ")[0], role, is_standby)

    def altered(self, driver: Any) -> list[str]:
        return altered_on_server(driver)

    def complaint(self, error: BaseException) -> Exception | None:
        if not isinstance(error, psycopg.Error):
            return None
        number = error.sqlstate or ("08" if isinstance(error, psycopg.OperationalError) else "22")
        return complained(error, number, self.place, self._owner)

    def _owner(self) -> str:
        """What to put before a command that only the tables' owner may type."""
        owner = _("OWNER")
        with suppress(psycopg.Error), psycopg.connect(self._address, autocommit=True) as driver:
            owner = owner_on_server(driver)
        return f"PGUSER={owner} ptce …"

    def _connected(self) -> psycopg.Connection[Any]:
        try:
            return psycopg.connect(self._address, autocommit=True)
        except psycopg.OperationalError as error:
            raise unreached(error, self.place) from error


class _ServerConnection:
    """A connection, and its transactions, which it begins alike.

    A server is waited for as seldom as may be: what is written goes with what is asked next, or
    with the end of the transaction. A cursor is kept for each text: it knows how its parameters
    and its rows are put.
    """

    def __init__(self, driver: psycopg.Connection[Any], begins: LiteralString) -> None:
        self._driver: Any = driver
        self._begins = begins
        self._queue: list[tuple[str, Sequence[connections.Values]]] = []
        self._cursors: dict[str, Any] = {}
        self._numbers = count()

    @property
    def driver(self) -> Any:
        self.send()
        return self._driver

    def begin(self, *first: connections.Statement) -> list[connections.Found]:
        self._queue = [(self._begins, _ONCE)]
        return self.ask(*first)

    def tell(self, text: str, rows: Sequence[connections.Values]) -> None:
        self._queue.append((text, rows))
        if sum(len(rows) for _text, rows in self._queue) > _AT_MOST:
            self.ask()

    def send(self) -> None:
        if self._queue:
            self.ask()

    def stream(self, statement: connections.Statement) -> Any:
        cursor = self.driver.cursor(f"ptce_{next(self._numbers)}", binary=True)
        cursor.itersize = 1000
        return cursor.execute(*statement)

    def commit(self) -> None:
        self.tell("COMMIT", _ONCE)
        self.send()

    def ask(self, *asked: connections.Statement) -> list[connections.Found]:
        """Sends what was queued, and what is asked, in one go; what each of these has found."""
        queued, self._queue = self._queue, []
        sent = sum(len(rows) for _text, rows in queued) + len(asked)
        with self._driver.pipeline() if sent > 1 else nullcontext():
            for text, values in chain.from_iterable(starmap(_statements, queued)):
                self._cursors[text] = self._run(text, values)
            cursors = [self._run(*statement) for statement in asked]
        answers = [cursor.fetchall() for cursor in cursors]
        for (text, _values), cursor, rows in zip(asked, cursors, answers, strict=True):
            # It holds what it has found, which may be much.
            if len(rows) < _AT_MOST:
                self._cursors[text] = cursor
        return answers

    def _run(self, text: str, values: connections.Values) -> Any:
        # Numbers and bytes are sent as they are.
        cursor = self._cursors.pop(text, None) or self._driver.cursor(binary=True)
        return cursor.execute(text, values)

    def rollback(self) -> None:
        self._queue.clear()
        # A connection that is lost has rolled it back already.
        with suppress(psycopg.OperationalError):
            self._driver.rollback()

    def close(self) -> None:
        self._driver.close()

    def is_lost(self, error: BaseException) -> bool:
        return bool(self._driver.closed) and isinstance(error, psycopg.OperationalError)


def _statements(text: str, rows: Sequence[connections.Values]) -> Iterable[connections.Statement]:
    """What is run for some rows: one statement, but where they hold bytes, which may be many."""
    if len(rows) == 1 or any(isinstance(value, bytes) for value in rows[0].values()):
        return ((text, values) for values in rows)
    return ((_together(text), {"rows": to_json(rows)}),)


@cache
def _together(text: str) -> str:
    """A statement that writes several rows at once, booleans typed."""
    types = {name: type_ or "BOOLEAN" for name, type_ in _PARAMETER.findall(text)}
    columns = ", ".join(f"{name} {type_}" for name, type_ in types.items())
    given = f" FROM json_to_recordset(%(rows)s::json) AS given ({columns})"
    single = _PARAMETER.sub(r"given.\1", text)
    if single.startswith("UPDATE"):
        return single.replace(" WHERE ", f"{given} WHERE ")
    return _VALUES.sub(rf" SELECT \1{given}", single)


_PARAMETER = re.compile(r"%\((\w+)\)s(?:::(\w+))?")
_VALUES = re.compile(r" VALUES \((.*?)\)(?= ON CONFLICT|$)")


def _settings(url: str) -> dict[str, Any]:
    """What an address says, by the driver's names. Raises: Misuse, without it."""
    rest = url.partition("://")[2]
    authority = rest.partition("/")[0].partition("?")[0]
    try:
        if rest.count("@") > authority.count("@") or rest.count("@") > 1:
            raise ValueError
        settings: dict[str, Any] = dict(conninfo_to_dict(f"postgresql://{rest}"))
        for port in str(settings.get("port") or "0").split(","):
            int(port or 0)
    except (psycopg.Error, ValueError) as error:
        what = _("{place} is not the address of a database.").format(place="postgresql://…")
        unknown = _UNKNOWN.search(str(error))
        if unknown and "password" not in rest.removeprefix(authority):
            raise Misuse(
                what,
                _('"{name}" is no setting of a connection.').format(name=unknown[1]),
                _("Check how it is written, such as sslmode or target_session_attrs."),
            ) from error
        raise Misuse(
            what,
            _("It is postgresql://ROLE:PASSWORD@HOST:PORT/DATABASE."),
            _("Write @ as %40, / as %2F, : as %3A and ? as %3F in a name or a password."),
        ) from error
    return settings


def _named(settings: dict[str, Any]) -> str:
    """An address as messages show it: without the password, and all that is no part of a name."""
    user, host, port = (settings.get(key) or "" for key in ("user", "host", "port"))
    role = f"{quote(str(user), safe='')}@" if user else ""
    name = settings.get("dbname") or user
    if str(host).startswith("/"):
        # The folder of a socket: before the name it would be taken for a part of that.
        more = f"&port={port}" if port else ""
        return f"postgresql://{role}/{name}?host={quote(str(host), safe='/,')}{more}"
    hosts, ports = (str(several).split(",") for several in (host, port))
    # One port is that of every host.
    pairs = zip(hosts, ports * len(hosts) if len(ports) == 1 else ports, strict=False)
    where = (quote(host, safe="/[]:") + (f":{port}" if port else "") for host, port in pairs)
    return f"postgresql://{role}{','.join(where)}/{name}"


_UNKNOWN = re.compile(r'query parameter: "(\w+)"')
