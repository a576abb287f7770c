"""Lines found by candidature, people by login, and the form of a process.

Messages were kept by candidature from here on, without a rowid; the next version lays them anew.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from ptce_workflow.store.migrations import CASE, CLOCK, made

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Adds what finds lines, people and forms."""
    if op.get_bind().dialect.name == "sqlite":
        op.create_index("ledger_case", "ledger", [sa.text(CASE)])
        op.create_index("ledger_clock", "ledger", ["n"], sqlite_where=sa.text(CLOCK))
    op.drop_index("person_login", "person")
    op.create_index("person_login", "person", ["login"])
    made("process_form", "process made_by content:bytes", "process")
