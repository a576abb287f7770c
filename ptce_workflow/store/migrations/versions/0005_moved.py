"""Where a contest goes on that was moved to another database."""

from __future__ import annotations

from ptce_workflow.store.migrations import told_of_contest

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Adds the column."""
    told_of_contest("contest process rehearsal:bool versions head_n:int head_hash", "moved_to")
