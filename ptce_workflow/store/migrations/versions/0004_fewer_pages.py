"""Lines and messages kept where they were added, and nothing by which nobody looks for them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from ptce_workflow.store.migrations import CASE, CLOCK, CLOCK_ON_SERVER, MESSAGE, made
from ptce_workflow.store.schema import functions, guard

revision = "0004"
down_revision = "0003"

_TRIGGERS = (
    *("ledger_no_update", "ledger_no_delete", "ledger_next", "ledger_no_replace"),
    *("side_no_update", "side_no_replace"),
    *("process_file_no_update", "process_file_no_delete", "process_file_no_replace"),
)


def upgrade() -> None:
    """Lays the rows of two tables anew, and sets the triggers."""
    dialect = op.get_bind().dialect.name
    op.drop_index("candidature_state", "candidature")
    if dialect == "sqlite":
        for trigger in _TRIGGERS:
            op.execute(f"DROP TRIGGER IF EXISTS {trigger}")
        _lines()
    else:
        op.execute("DROP FUNCTION IF EXISTS ptce_refuse, ptce_next_line CASCADE")
        op.drop_constraint("ledger_contest_prev_key", "ledger")
        for statement in functions():
            op.execute(statement)
        op.create_index("ledger_case", "ledger", [sa.text("ptce_case(line)")])
        said = sa.text(CLOCK_ON_SERVER)
        op.create_index("ledger_clock", "ledger", ["n"], postgresql_where=said)
    _messages()
    for statement in guard(dialect):
        op.execute(statement)


def _lines() -> None:
    for index in ("ledger_case", "ledger_clock"):
        op.drop_index(index, "ledger")
    op.rename_table("ledger", "ledger_before")
    made("ledger", "contest n:int prev line:bytes", "contest n", check="rowid > 0")
    op.execute("INSERT INTO ledger SELECT * FROM ledger_before ORDER BY contest, n")
    op.drop_table("ledger_before")
    op.create_index("ledger_case", "ledger", [sa.text(CASE)])
    op.create_index("ledger_clock", "ledger", ["n"], sqlite_where=sa.text(CLOCK))


def _messages() -> None:
    for index in ("message_next", "message_standing"):
        op.drop_index(index, "message")
    op.rename_table("message", "message_before")
    slot = "contest case_id notification occurrence recipient"
    made("message", MESSAGE, slot, "contest number")
    op.execute("INSERT INTO message SELECT * FROM message_before ORDER BY contest, number")
    op.drop_table("message_before")
    if op.get_bind().dialect.name == "postgresql":
        # The former one had its name until now.
        op.execute("ALTER INDEX message_pkey1 RENAME TO message_pkey")
    _indexed("message_next", "contest stage next_at number", "stage <> 'cancelled'")
    pending = "stage IN ('planned', 'held', 'queued', 'retry', 'claimed')"
    _indexed("message_standing", "case_id", pending)


def _indexed(name: str, columns: str, condition: str) -> None:
    where = sa.text(condition)
    op.create_index(name, "message", columns.split(), sqlite_where=where, postgresql_where=where)
