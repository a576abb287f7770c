"""The outbox: messages, the bytes that leave, and whether the courier is paused."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Makes the tables of mail."""
    op.create_table(
        "message",
        _text("contest"),
        _number("number"),
        *map(_text, ("case_id", "notification", "occurrence", "recipient", "due", "next_at")),
        _text("stage"),
        sa.Column("held", sa.Boolean(), nullable=False),
        *map(_number, ("sequence", "attempts")),
        *map(_text, ("worker", "lease_until", "words", "address", "sha256", "said")),
        sa.PrimaryKeyConstraint("contest", "number"),
        sa.UniqueConstraint("contest", "case_id", "notification", "occurrence", "recipient"),
    )
    op.create_index("message_next", "message", ["contest", "stage", "next_at", "number"])
    op.create_index("message_standing", "message", ["contest", "case_id", "stage"])
    op.create_table(
        "mail",
        _text("contest"),
        _number("number"),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("contest", "number"),
    )
    op.create_table(
        "courier",
        _text("contest"),
        _text("paused_until"),
        _number("pauses"),
        _text("why"),
        sa.PrimaryKeyConstraint("contest"),
        sqlite_with_rowid=False,
    )


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.String(), nullable=False)


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=False)
