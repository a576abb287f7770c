"""The outbox: messages, the bytes that leave, and whether the courier is paused."""

from __future__ import annotations

from alembic import op

from ptce_workflow.store.migrations import MESSAGE, made

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Makes the tables of mail."""
    slot = "contest case_id notification occurrence recipient"
    made("message", MESSAGE, "contest number", slot)
    op.create_index("message_next", "message", ["contest", "stage", "next_at", "number"])
    op.create_index("message_standing", "message", ["contest", "case_id", "stage"])
    made("mail", "contest number:int content:bytes", "contest number")
    made("courier", "contest paused_until pauses:int why", "contest", rowid=False)
