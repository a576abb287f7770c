"""Lines and mails found by candidature, people by login, and the form of a process."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_CASE = (
    "CASE WHEN json_valid(CAST(line AS TEXT)) THEN json_extract(CAST(line AS TEXT), '$.case') END"
)

_CLOCK = 'instr(line, CAST(\'"type":"clock_accepted"\' AS BLOB)) > 0'
_NOT_CANCELLED = "stage <> 'cancelled'"
_PENDING = "stage IN ('planned', 'held', 'queued', 'retry', 'claimed')"


def upgrade() -> None:
    """Keeps messages by candidature, and adds what finds lines, people and forms."""
    if op.get_bind().dialect.name == "sqlite":
        op.create_index("ledger_case", "ledger", [sa.text(_CASE)])
        op.create_index("ledger_clock", "ledger", ["n"], sqlite_where=sa.text(_CLOCK))
    op.drop_index("person_login", "person")
    op.create_index("person_login", "person", ["login"])
    op.create_table(
        "process_form",
        *map(_text, ("process", "made_by")),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("process"),
    )
    for index in ("message_next", "message_standing"):
        op.drop_index(index, "message")
    op.rename_table("message", "message_before")
    _messages()
    op.execute("INSERT INTO message SELECT * FROM message_before")
    op.drop_table("message_before")


def _messages() -> None:
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
        sqlite_with_rowid=False,
    )
    for name, columns, where in (
        ("message_next", ["contest", "stage", "next_at", "number"], _NOT_CANCELLED),
        ("message_standing", ["case_id"], _PENDING),
    ):
        condition = sa.text(where)
        op.create_index(
            name, "message", columns, sqlite_where=condition, postgresql_where=condition
        )


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.String(), nullable=False)


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=False)
