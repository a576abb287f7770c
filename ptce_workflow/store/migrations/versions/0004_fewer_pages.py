"""Lines and messages kept where they were added, and nothing by which nobody looks for them."""

from __future__ import annotations

from collections.abc import Callable

import sqlalchemy as sa
from alembic import op

from ptce_workflow.store.triggers import guard

revision = "0004"
down_revision = "0003"

_CASE = (
    "CASE WHEN json_valid(CAST(line AS TEXT)) THEN json_extract(CAST(line AS TEXT), '$.case') END"
)
_CLOCK = 'instr(line, CAST(\'"type":"clock_accepted"\' AS BLOB)) > 0'
_NOT_CANCELLED = "stage <> 'cancelled'"
_PENDING = "stage IN ('planned', 'held', 'queued', 'retry', 'claimed')"
_SQLITE_TRIGGERS = (
    *("ledger_no_update", "ledger_no_delete", "ledger_next", "ledger_no_replace"),
    *("side_no_update", "side_no_replace"),
    *("process_file_no_update", "process_file_no_delete", "process_file_no_replace"),
)


def upgrade() -> None:
    """Lays the rows of two tables anew, and sets the triggers."""
    dialect = op.get_bind().dialect.name
    op.drop_index("candidature_state", "candidature")
    if dialect == "sqlite":
        for trigger in _SQLITE_TRIGGERS:
            op.execute(f"DROP TRIGGER IF EXISTS {trigger}")
        for index in ("ledger_case", "ledger_clock"):
            op.drop_index(index, "ledger")
        for index in ("message_next", "message_standing"):
            op.drop_index(index, "message")
        _laid_anew("ledger", _ledger, "contest, n")
        _laid_anew("message", _message, "contest, number")
    else:
        op.execute("DROP FUNCTION IF EXISTS ptce_refuse, ptce_next_line CASCADE")
        op.drop_constraint("ledger_contest_prev_key", "ledger")
    for statement in guard(dialect):
        op.execute(statement)


def _laid_anew(table: str, make: Callable[[], None], order: str) -> None:
    op.rename_table(table, f"{table}_before")
    make()
    op.execute(f"INSERT INTO {table} SELECT * FROM {table}_before ORDER BY {order}")
    op.drop_table(f"{table}_before")


def _ledger() -> None:
    op.create_table(
        "ledger",
        _text("contest"),
        _number("n"),
        _text("prev"),
        sa.Column("line", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("contest", "n"),
        sa.CheckConstraint("rowid > 0"),
    )
    op.create_index("ledger_case", "ledger", [sa.text(_CASE)])
    op.create_index("ledger_clock", "ledger", ["n"], sqlite_where=sa.text(_CLOCK))


def _message() -> None:
    op.create_table(
        "message",
        _text("contest"),
        _number("number"),
        *map(_text, ("case_id", "notification", "occurrence", "recipient", "due", "next_at")),
        _text("stage"),
        sa.Column("held", sa.Boolean(), nullable=False),
        *map(_number, ("sequence", "attempts")),
        *map(_text, ("worker", "lease_until", "words", "address", "sha256", "said")),
        sa.PrimaryKeyConstraint("contest", "case_id", "notification", "occurrence", "recipient"),
        sa.UniqueConstraint("contest", "number"),
    )
    for name, columns, where in (
        ("message_next", ["contest", "stage", "next_at", "number"], _NOT_CANCELLED),
        ("message_standing", ["case_id"], _PENDING),
    ):
        op.create_index(name, "message", columns, sqlite_where=sa.text(where))


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.String(), nullable=False)


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=False)
