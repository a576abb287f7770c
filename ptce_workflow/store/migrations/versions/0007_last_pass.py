"""When the last pass over a contest was made."""

from __future__ import annotations

from ptce_workflow.store.migrations import told_of_contest

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Adds the column."""
    before = "contest process rehearsal:bool versions head_n:int head_hash moved_to"
    told_of_contest(before, "last_pass")
