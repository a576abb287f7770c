"""The schema of the database: triggers, version, rights of roles.

What is granted is read from the statements themselves: an act that none of them does, such as
changing a line, nobody is granted. Declared here is only which of them are not everybody's, and
what privileges cannot say: whose a line is, and what goes only with a line that tells of it.

The triggers refuse whatever is not one more line at the end of the ledger. They guard against
mistakes and against SQL typed in haste, not against whoever owns the file: that is what the
chain is for.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cache
from hashlib import sha256
from itertools import chain
from typing import Any

from ptce_workflow.base.errors import PtceError, shown
from ptce_workflow.base.runtime import data
from ptce_workflow.base.words import N_, _
from ptce_workflow.store.connections import Connection
from ptce_workflow.store.rows import TABLES

_OWNER = "owner"
_DESK, _JURY, _SCHEDULER, _AUDITOR = ROLES = ("desk", "jury", "scheduler", "auditor")
"""The roles, each a group of logins; the tables' owner, who begins contests, is none of them."""
_OF_MAIL = (
    *("add_mail", "remove_mail", "add_pause", "remove_pause"),
    *("add_attachments", "remove_attachments"),
    *("add_received", "change_received", "add_uids", "remove_document"),
)

ALONE: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(("insert_contest", "set_moved"), (_OWNER,)),
    "set_passed": (_SCHEDULER,),
    **dict.fromkeys(("add_process_files", "set_process", "clear_counters"), (_DESK,)),
    **dict.fromkeys(("add_person", "remove_person"), (_DESK,)),
    "remove_side": (_DESK,),
    # By a form everybody is judged; it is made of the files of a process.
    **dict.fromkeys(("add_form", "remove_form"), (_DESK,)),
    # A pass sends mails and reads the mailbox, and removes what belongs to nothing: see
    # `ptce_document()`.
    **dict.fromkeys(_OF_MAIL, (_DESK, _SCHEDULER)),
    "erase_attachments": (_DESK,),
    # A juror's act plans mails: what it makes moot the courier cancels.
    "change_rows": (_DESK, _SCHEDULER),
}
"""Who alone runs a statement: rules, people, erasures; what time never does, nor a juror."""
_WRITERS = (_DESK, _JURY, _SCHEDULER)

_ACT = re.compile(r"(INSERT) INTO (\w+)|(DELETE) FROM (\w+)|(UPDATE) (\w+) SET (.+) WHERE ")
_UPSERT = re.compile(r"INSERT INTO (\w+) .* DO UPDATE SET (.+)")
_SET = re.compile(r"(?:^|, )(\w+) ?=")
VERSION = "schema_version"
"""The table beside ours that says of which version they are."""
_VERSION_TABLE = f"CREATE TABLE {VERSION} ( version VARCHAR NOT NULL, PRIMARY KEY (version) )"
_EVERYBODY = "PUBLIC"

Acts = dict[tuple[str, str], set[str]]
"""What may be done: the act and the table, with the columns of an update."""


def acts(role: str) -> Acts:
    from ptce_workflow.store.rows_postgresql import TEXTS

    found: Acts = {}
    for name, text in TEXTS.items():
        if role not in ALONE.get(name, _WRITERS):
            continue
        if act := _ACT.match(text):
            verb, table, *changed = (part for part in act.groups() if part)
            found.setdefault((verb, table), set()).update(*map(_SET.findall, changed))
        if upsert := _UPSERT.match(text):
            table, changed_by = upsert.groups()
            found.setdefault(("UPDATE", table), set()).update(_SET.findall(changed_by))
    return found


def table_names() -> list[str]:
    return [words[2] for words in map(str.split, TABLES) if words[1] == "TABLE"]


def grants(schema: str, prefix: str) -> str:
    """The script that makes the roles and sets what each may do; it may run any number of times.

    `schema` is where the tables are, `prefix` how the names of the roles begin.
    """
    return ";\n".join((*_grants(schema, {role: f"{prefix}_{role}" for role in ROLES}), ""))


def _grants(schema: str, names: Mapping[str, str]) -> Iterator[str]:
    groups = ", ".join(map(_quoted, names.values()))
    tables = ", ".join(map(_quoted, (*table_names(), VERSION)))
    yield "BEGIN"
    # What a session makes for itself would be looked at first, were it not named last.
    yield f"SET LOCAL search_path = {_quoted(schema)}, pg_temp"
    for name in names.values():
        yield (
            f"DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = {_text(name)}) "
            f"THEN CREATE ROLE {_quoted(name)} NOLOGIN; END IF; END $$"
        )
    yield f"REVOKE CREATE ON SCHEMA {_quoted(schema)} FROM {_EVERYBODY}"
    yield f"GRANT USAGE ON SCHEMA {_quoted(schema)} TO {groups}"
    yield f"REVOKE ALL ON TABLE {tables} FROM {_EVERYBODY}, {groups}"
    yield f"GRANT SELECT ON TABLE {tables} TO {groups}"
    for role, name in names.items():
        for (verb, table), columns in sorted(acts(role).items()):
            some = f" ({', '.join(map(_quoted, sorted(columns)))})" if columns else ""
            yield f"GRANT {verb}{some} ON TABLE {_quoted(table)} TO {_quoted(name)}"
    for function, body in guards().items():
        yield (
            f"CREATE OR REPLACE FUNCTION {function} RETURNS trigger LANGUAGE plpgsql "
            f"SET search_path FROM CURRENT AS $${body}$$"
        )
    for trigger in triggers(_text(names[_SCHEDULER])):
        yield trigger.replace("CREATE ", "CREATE OR REPLACE ")
    yield "COMMIT"


def beyond(rights: Iterable[tuple[str, str, str, str]], scheduler: str) -> Iterator[str]:
    """The statements that take away what is granted to everybody, or to a role beyond its acts.

    `rights` are, each, of whom, which act, on which table and column ("" for all of them);
    `scheduler` names that group, or nobody has set what each may do: then only the former count.
    """
    prefix = scheduler.removesuffix(_SCHEDULER)
    groups = {f"{prefix}{role}": acts(role) for role in ROLES} if scheduler else {}
    wide: dict[tuple[str, str], set[str]] = {}
    for role, act, table, column in rights:
        columns = groups.get(role, {}).get((act, table))
        is_granted = columns is not None and (not columns or column in columns)
        if role == _EVERYBODY or (groups and act != "SELECT" and not is_granted):
            wide.setdefault((role, table), set()).add(f"{act} ({column})" if column else act)
    for (role, table), found in sorted(wide.items()):
        yield f"REVOKE {', '.join(sorted(found))} ON {table} FROM {role}"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def triggers(scheduler: str) -> list[str]:
    """The statements that set the triggers; `scheduler` is the name of its role, as a text."""
    statements = query("triggers").replace("{scheduler}", scheduler).split(";\n")
    return [" ".join(statement.split()) for statement in statements if statement]


@cache
def guards() -> dict[str, str]:
    """The functions that the triggers run, and their bodies."""
    parts = map(str.splitlines, query("guards").split("\n\n"))
    texts = {
        head.removeprefix("-- "): " ".join(
            line.strip() for line in lines if not line.startswith("--")
        )
        for head, *lines in parts
    }
    owned, written = texts.pop("owned"), texts.pop("written")

    def own(found: re.Match[str]) -> str:
        return written.replace("{contest}", found[1])

    return {
        name: re.sub(r"{written ([\w.]+)}", own, body.replace("{owned}", owned))
        for name, body in texts.items()
    }


_NO_SUCH_TABLE = "42P01"


class NoTables(PtceError):
    """A database that has none of the tables of a contest."""


@cache
def version() -> str:
    """The version of the tables that this program makes: the hash of what makes and guards them."""
    tables = (*_in_file(), *functions(), *_postgresql())
    return sha256("\n".join(tables).encode()).hexdigest()[:12]


def check_version(driver: Any, place: str) -> None:
    """Makes sure that a database has the tables that this program makes.

    Raises: NoTables when it is no database of ours, PtceError when it is of another version.
    """
    try:
        rows = driver.execute(f"SELECT version FROM {VERSION}").fetchall()
    except Exception as error:  # each driver has errors of its own
        missing = getattr(error, "sqlstate", None) == _NO_SUCH_TABLE
        if not missing and "no such table" not in str(error):
            raise
        # A server answers nothing more in a transaction in which something failed.
        driver.rollback()
        what = _("{place} is not the database of a contest.").format(place=place)
        why = _("It has none of its tables.")
        mend = _("Name the right file, or begin a contest with `ptce init`.")
        raise NoTables(what, why, mend) from error
    if len(rows) != 1:
        what = _("The tables of the database {place} are damaged.").format(place=place)
        why = _("schema_version says of which version they are in one row, and holds {count}.")
        why = why.format(count=len(rows))
        mend = _("Restore a backup; keep the damaged database for examination.")
        raise PtceError(what, why, mend)
    text = str(rows[0][0])
    if text != version():
        what = _("Another version of this program made the database {place}.").format(place=place)
        why = _("Its tables are of version {found}; this program makes version {own}.")
        mend = _("Open it with the program that made it: this one converts no database.")
        raise PtceError(what, why.format(found=shown(text), own=version()), mend)


def make(driver: Any, place: str, *, on_server: bool) -> None:
    """Makes the tables of a new database, in the caller's transaction.

    Those of a server may be there already: it keeps the contests of several folders.

    Raises: PtceError for a file that holds tables, and a server that holds others.
    """
    if driver.execute(_THERE_ON_SERVER if on_server else _THERE_IN_FILE).fetchone():
        if on_server:
            with suppress(NoTables):
                check_version(driver, place)
                return
        what = _("The database {place} is there already.").format(place=place)
        mend = _("Choose another place; `ptce list` shows what is in this one.")
        raise PtceError(what, _("It holds tables, and may hold a ledger."), mend)
    # Indexes and triggers stand on the functions.
    statements = (*functions(), *_tables_on_server(), *_postgresql()) if on_server else _in_file()
    for statement in statements:
        driver.execute(statement)
    driver.execute(f"INSERT INTO {VERSION} VALUES ('{version()}')")


_THERE_IN_FILE = "SELECT name FROM sqlite_master WHERE type = 'table'"
_THERE_ON_SERVER = (
    "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND pg_table_is_visible(oid) "
    "AND relnamespace <> 'pg_catalog'::regnamespace"
)


def _in_file() -> tuple[str, ...]:
    return (*TABLES, _VERSION_TABLE, *_sqlite())


def _tables_on_server() -> tuple[str, ...]:
    # Imported here for start-up time: most databases are files.
    from ptce_workflow.store.rows_postgresql import TABLES as ON_SERVER

    return (*ON_SERVER, _VERSION_TABLE.replace("VARCHAR", 'VARCHAR COLLATE "C"'))


def owner_on_server(driver: Any) -> str:
    asked = "SELECT pg_get_userbyid(relowner)::text FROM pg_class WHERE oid = 'ledger'::regclass"
    return str(driver.execute(asked).fetchone()[0])


_MESSAGE = "append-only: only the next line may be added"
FROZEN = {"ledger": ("DELETE", "UPDATE"), "process_file": ("DELETE", "UPDATE"), "side": ("UPDATE",)}
"""The tables in which some statements are refused, with these."""
_NEXT = " OR ".join(
    (
        "NEW.n IS DISTINCT FROM (SELECT COALESCE(MAX(n), 0) + 1 FROM ledger "
        "WHERE contest = NEW.contest)",
        # Whoever begins to write names the head that is kept, and none of its lines names the
        # line of another: two chains cannot begin at one line.
        "EXISTS (SELECT 1 FROM contest WHERE contest = NEW.contest "
        "AND head_n = NEW.n - 1 AND head_hash <> NEW.prev)",
        "EXISTS (SELECT 1 FROM ledger WHERE contest = NEW.contest "
        "AND n = NEW.n - 1 AND prev = NEW.prev)",
    )
)


def _sqlite() -> Iterator[str]:
    """INSERT OR REPLACE deletes the row in its way, and fires no DELETE trigger.

    So what it might replace is looked for first, by every key there is: the next line has none in
    its way but by its rowid.
    """
    for table, acts in FROZEN.items():
        for act in acts:
            yield (
                f"CREATE TRIGGER {table}_no_{act.lower()} BEFORE {act} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{_MESSAGE}'); END"
            )
    # SQLite before 3.39 has no IS DISTINCT FROM; its IS NOT is the same.
    following = _NEXT.replace("IS DISTINCT FROM", "IS NOT")
    following += " OR EXISTS (SELECT 1 FROM ledger WHERE rowid = NEW.rowid)"
    for name, table, condition in (
        ("ledger_next", "ledger", following),
        ("side_no_replace", "side", _exists("side")),
        ("process_file_no_replace", "process_file", _exists("process_file")),
    ):
        yield (
            f"CREATE TRIGGER {name} BEFORE INSERT ON {table} WHEN {condition} "
            f"BEGIN SELECT RAISE(ABORT, '{_MESSAGE}'); END"
        )


def _exists(table: str) -> str:
    made = next(text for text in TABLES if text.startswith(f"CREATE TABLE {table} "))
    columns = re.findall(r"\w+", _KEY.findall(made)[0][1])
    same = " AND ".join(f"{column} = NEW.{column}" for column in columns)
    return f"EXISTS (SELECT 1 FROM {table} WHERE {same})"


_FUNCTIONS = {
    "ptce_refuse() RETURNS trigger": f"BEGIN RAISE EXCEPTION '{_MESSAGE}'; END",
    "ptce_next_line() RETURNS trigger": (
        f"BEGIN IF {_NEXT} THEN RAISE EXCEPTION '{_MESSAGE}'; END IF; RETURN NEW; END"
    ),
    # Of which candidature a line tells; NULL for one that is damaged, where a cast would fail.
    "ptce_case(line bytea) RETURNS text": (
        "BEGIN RETURN convert_from(line, 'UTF8')::json ->> 'case'; "
        "EXCEPTION WHEN OTHERS THEN RETURN NULL; END"
    ),
}
"""PostgreSQL's functions of ours and their bodies; they change nothing but what they are given."""


def functions() -> Iterator[str]:
    """The statements that make the functions on which PostgreSQL's indexes and triggers stand."""
    # What a session makes for itself would be looked at first, were it not named last.
    yield "SELECT set_config('search_path', quote_ident(current_schema()) || ', pg_temp', true)"
    for head, body in _FUNCTIONS.items():
        text = "" if head.endswith("trigger") else " IMMUTABLE STRICT PARALLEL SAFE"
        path = " SET search_path FROM CURRENT"
        yield f"CREATE FUNCTION {head} LANGUAGE plpgsql{text}{path} AS $${body}$$"


@contextmanager
def unguarded(connection: Connection) -> Iterator[None]:
    """Lets whoever owns the tables add lines of any kind, and delete them, until the end of this.

    A transaction that fails puts the guards back as well: there it is one of its changes.
    """
    if isinstance(connection.driver, sqlite3.Connection):
        for name in _by_name(_sqlite()):
            connection.driver.execute(f"DROP TRIGGER {name}")
        yield
        for statement in _sqlite():
            connection.driver.execute(statement)
        return
    for act in ("DISABLE", "ENABLE"):
        for table in FROZEN:
            connection.driver.execute(f"ALTER TABLE {table} {act} TRIGGER USER")
        if act == "DISABLE":
            yield


def _postgresql() -> Iterator[str]:
    yield (
        "CREATE TRIGGER ledger_next BEFORE INSERT ON ledger "
        "FOR EACH ROW EXECUTE FUNCTION ptce_next_line()"
    )
    for table, acts in FROZEN.items():
        yield (
            f"CREATE TRIGGER {table}_frozen BEFORE {' OR '.join(acts)} ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION ptce_refuse()"
        )
        yield (
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION ptce_refuse()"
        )


_KEY = re.compile(r"(PRIMARY KEY|UNIQUE) \(([^)]*)\)")
_COLUMN = re.compile(r'(?<=[(,] )(\w+) ([A-Z]+)((?: COLLATE "C")?(?: NOT NULL)?)(?=,)')
_MADE_IN_FILE = """SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL
AND NOT (type = 'table' AND name IN ('sqlite_stat1', 'sqlite_stat4')) ORDER BY name"""
"""Whatever was made in a file, but for the statistics that ANALYZE keeps."""


def altered(driver: Any) -> list[str]:
    """What is not as it was made in an SQLite database, each in a sentence.

    Whoever takes a trigger away, empties it or adds one has a reason that the chain does not show.
    """
    return _compared(_by_name(_in_file()), _actual(driver, (_MADE_IN_FILE,)))


def _actual(driver: Any, *asked: tuple[Any, ...]) -> dict[str, str]:
    """What was made, by name; what bears one name together, so that nothing is hidden."""
    found: dict[str, str] = {}
    for name, text in chain.from_iterable(driver.execute(*one).fetchall() for one in asked):
        found[name] = f"{found[name]} {text}" if name in found else text
    return found


# As `acting.sql` tells them: how a function was declared, and where it looks for names.
_OF_TRIGGER, _PATH = "v f f", "search_path=*, pg_temp"


def _expected_on_server() -> Iterator[tuple[str, str]]:
    """What PostgreSQL says, by name, of what was made there."""
    for statement in _tables_on_server():
        _create, kind, name, *_rest = statement.split()
        if kind == "INDEX":
            yield name, _as_deparsed(statement)
            continue
        for column, type_, more in _COLUMN.findall(statement):
            holds = type_.lower().replace("varchar", "character varying")
            yield f"{name}.{column}", f"COLUMN {holds}{more}"
        for key, columns in _KEY.findall(statement):
            parts = ("pkey",) if key == "PRIMARY KEY" else (*columns.split(", "), "key")
            yield "_".join((name, *parts)), f"{key} ({columns})"
    for head, body in _FUNCTIONS.items():
        types = _OF_TRIGGER if head.endswith("trigger") else "i t f"
        yield head.partition("(")[0] + "()", f"{types} {_PATH} {body}"


def _as_deparsed(index: str) -> str:
    """The text of an index without what PostgreSQL adds to what it was given."""
    text = _HEX.sub(lambda found: f"'{bytes.fromhex(found[1]).decode(errors='replace')}'", index)
    text = _CAST.sub("", text).replace("stage IN (", "stage = ANY (ARRAY[")
    start, _on, rest = text.replace(" USING btree", "").partition(" ON ")
    return f"{start} ON {re.sub(r'[][() ]', '', rest).lower()}"


_HEX = re.compile(r"'\\x([0-9a-f]*)'")
_CAST = re.compile(r"::(?:character varying|\w+)(?:\[\])?")


def query(name: str) -> str:
    return (data("store/as_made") / f"{name}.sql").read_text("utf-8")


def altered_on_server(driver: Any) -> list[str]:
    """The same of a PostgreSQL database, of the functions that its triggers run, and of rights."""
    expected = _by_name(_postgresql()) | dict(_expected_on_server())
    tables = [*table_names(), VERSION]
    found = _actual(driver, (query("acting"), (tables,)))
    for name, text in driver.execute(query("indexes"), (tables,)).fetchall():
        found[name] = " ".join((_as_deparsed(text), *filter(None, [found.get(name)])))
    # What `ptce grants` has set is there as a whole, or not at all.
    granted = _by_name(triggers("'*'"))
    granted |= {name: f"{_OF_TRIGGER} {_PATH} {body}" for name, body in guards().items()}
    scheduler = _ANY_SCHEDULER.search(found.get("ledger_actor", ""))
    if not granted.keys().isdisjoint(found):
        expected |= granted
        found = {name: _ANY_SCHEDULER.sub("'*'", text) for name, text in found.items()}
    rights = driver.execute(query("rights"), (tables,)).fetchall()
    revoking = beyond(rights, scheduler[0].strip("'") if scheduler else "")
    needless = _("There is a right that no command needs. To take it away: {statement}")
    return [
        *_compared(expected, found, again=granted),
        *(needless.format(statement=shown(statement)) for statement in revoking),
    ]


_ANY_SCHEDULER = re.compile(r"(?<=ptce_actor\()'[^']*_scheduler'(?=\)$)")


def _by_name(statements: Iterable[str]) -> dict[str, str]:
    return {statement.split()[2]: statement for statement in statements}


def _compared(
    expected: Mapping[str, str], found: Mapping[str, str], again: Collection[str] = ()
) -> list[str]:
    """What differs, each in a sentence; what is set `again` by a command has that named."""
    added = _("{name} acts in the tables and was not made with them.")
    mend = " " + _("`ptce grants` writes what sets it again.")
    differences = [
        (_missed(text, is_gone=name not in found) + (mend if name in again else ""), name)
        for name, text in expected.items()
        if found.get(name) != text
    ]
    differences += [(added, name) for name in found if name not in expected]
    return [what.format(name=shown(name)) for what, name in differences]


_KINDS = {
    "CREATE TRIGGER": N_("The trigger {name}"),
    "CREATE TABLE": N_("The table {name}"),
    "CREATE INDEX": N_("The index {name}"),
    "COLUMN": N_("The column {name}"),
    "PRIMARY": N_("The key {name}"),
    "UNIQUE": N_("The key {name}"),
    "": N_("The function {name}"),
}


def _missed(text: str, *, is_gone: bool) -> str:
    what = next(_(kind) for start, kind in _KINDS.items() if text.startswith(start))
    return (_("{what} is gone.") if is_gone else _("{what} was changed.")).format(what=what)
