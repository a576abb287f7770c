"""The history of the tables, step by step; the ledger itself is never altered."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import command, op
from alembic.config import Config
from sqlalchemy import create_engine, event
from sqlalchemy.engine import Connection
from sqlalchemy.pool import StaticPool

from ptce_workflow.base.errors import PtceError
from ptce_workflow.base.words import _
from ptce_workflow.store.connections import Connection as Opened
from ptce_workflow.store.schema import LINEAGE, Lineage
from ptce_workflow.store.sqlite import copy as copy_to

CASE = (
    "CASE WHEN json_valid(CAST(line AS TEXT)) THEN json_extract(CAST(line AS TEXT), '$.case') END"
)
CLOCK = 'instr(line, CAST(\'"type":"clock_accepted"\' AS BLOB)) > 0'
CLOCK_ON_SERVER = 'position(\'"type":"clock_accepted"\' in line) > 0'
MESSAGE = (
    "contest number:int case_id notification occurrence recipient due next_at stage held:bool "
    "sequence:int attempts:int worker lease_until words address sha256 said"
)
"""What indexes of lines held, and a message, in the versions that made them."""

_PIECE = 256
# A server compares text by its bytes, as SQLite and Python do, whatever its language.
TEXT = sa.String().with_variant(sa.String(collation="C"), "postgresql")
_TYPES: dict[str, sa.types.TypeEngine[Any]] = {
    "": TEXT,
    "int": sa.Integer(),
    "sum": sa.BigInteger(),
    "bool": sa.Boolean(),
    "bytes": sa.LargeBinary(),
}


def made(
    table: str, columns: str, key: str, unique: str = "", *, check: str = "", rowid: bool = True
) -> None:
    """Makes a table as a version of the past had it.

    *Shape* `columns` are names, each with its type where that is not text, as in `n:int`, and
    with `?` where it may be empty; `key` and `unique` are names.
    """
    parts: list[sa.schema.SchemaItem] = []
    for column in columns.split():
        name, _colon, type_ = column.rstrip("?").partition(":")
        parts.append(sa.Column(name, _TYPES[type_], nullable=column.endswith("?")))
    parts.append(sa.PrimaryKeyConstraint(*key.split()))
    if unique:
        parts.append(sa.UniqueConstraint(*unique.split()))
    if check:
        parts.append(sa.CheckConstraint(check))
    op.create_table(table, *parts, sqlite_with_rowid=rowid)


def told_of_contest(before: str, column: str) -> None:
    """Adds a text to the table of contests, empty so far; `before` are the columns it had."""
    if op.get_bind().dialect.name != "sqlite":
        op.add_column("contest", sa.Column(column, TEXT, nullable=False, server_default=""))
        op.alter_column("contest", column, server_default=None)
        return
    # Laid anew, as the classes declare it. Nothing is renamed: SQLite would put the new name of the
    # table in the triggers that look into it.
    op.execute("CREATE TABLE contest_before AS SELECT * FROM contest")
    op.drop_table("contest")
    made("contest", f"{before} {column}", "contest", rowid=False)
    op.execute("INSERT INTO contest SELECT *, '' FROM contest_before")
    op.drop_table("contest_before")


def config(connection: Connection | None = None, lineage: Lineage = LINEAGE) -> Config:
    """Alembic's configuration, for a connection whose transaction is under way."""
    settings = Config()
    options = {
        "script_location": str(Path(__file__).parent),
        "version_locations": os.pathsep.join(str(folder) for folder in lineage.scripts),
        "path_separator": "os",
    }
    for name, value in options.items():
        # In this format a lone % would begin a reference to another option.
        settings.set_main_option(name, value.replace("%", "%%"))
    settings.attributes["connection"] = connection
    return settings


def upgrade(connection: Connection, lineage: Lineage = LINEAGE) -> None:
    """Brings a database to the newest version, inside the caller's transaction."""
    command.upgrade(config(connection, lineage), lineage.head)


@contextmanager
def over(opened: Opened) -> Iterator[Connection]:
    """A transaction of SQLAlchemy's on a connection of a driver, which it closes."""
    url = "sqlite://" if isinstance(opened.driver, sqlite3.Connection) else "postgresql+psycopg://"
    engine = create_engine(url, creator=lambda: opened.driver, poolclass=StaticPool)
    event.listen(engine, "begin", lambda _connection: opened.begin())
    try:
        with engine.begin() as connection:
            yield connection
    finally:
        engine.dispose()


def carry(source: Connection, target: Connection) -> None:
    """Copies every row of one database to the empty tables of another, of whatever version both."""
    tables = sa.MetaData()
    tables.reflect(source)
    for table in tables.sorted_tables:
        if table.name == "alembic_version":
            continue
        in_order = sa.select(table).order_by(*table.primary_key)
        rows = source.execute(in_order.execution_options(yield_per=_PIECE))
        for some in rows.mappings().partitions():
            target.execute(sa.insert(table), [dict(row) for row in some])


def copied(file: Path, version: str) -> Path:
    """Copies an SQLite database beside itself, as of its last commit; the copy.

    The caller has its turn to write, so that nothing is committed between copy and change. The
    copy bears its name only once it is whole and on the disk.

    *Raises* PtceError when it cannot be made.
    """
    copy = file.with_name(f"{file.name}.before-{version}")
    unfinished = copy.with_name(f"{copy.name}.part")
    try:
        unfinished.unlink(missing_ok=True)
        copy_to(file, unfinished)
        return unfinished.replace(copy)
    except (OSError, sqlite3.Error) as error:
        raise PtceError(
            _("The copy {copy} cannot be made; the database is as it was.").format(copy=copy),
            str(error),
            _("Make room, or ask for the right to write there."),
        ) from error
