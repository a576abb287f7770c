"""When the last pass over a contest was made."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from ptce_workflow.store.migrations import TEXT, made

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Adds the column."""
    if op.get_bind().dialect.name != "sqlite":
        empty = sa.Column("last_pass", TEXT, nullable=False, server_default="")
        op.add_column("contest", empty)
        op.alter_column("contest", "last_pass", server_default=None)
        return
    # Laid anew, as the classes declare it. Nothing is renamed: SQLite would put the new name of the
    # table in the triggers that look into it.
    op.execute("CREATE TABLE contest_before AS SELECT * FROM contest")
    op.drop_table("contest")
    columns = "contest process rehearsal:bool versions head_n:int head_hash moved_to last_pass"
    made("contest", columns, "contest", rowid=False)
    op.execute("INSERT INTO contest SELECT *, '' FROM contest_before")
    op.drop_table("contest_before")
