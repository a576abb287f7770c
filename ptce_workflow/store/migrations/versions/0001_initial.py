"""The first tables; the triggers that keep the ledger append-only are set by the last version."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Makes every table."""
    _ledger()
    _contest()
    _candidatures()


def _text(name: str, *, optional: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(), nullable=optional)


def _bytes(name: str) -> sa.Column[bytes]:
    return sa.Column(name, sa.LargeBinary(), nullable=False)


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=False)


def _flag(name: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean(), nullable=False)


def _ledger() -> None:
    op.create_table(
        "ledger",
        _text("contest"),
        _number("n"),
        _text("prev"),
        _bytes("line"),
        sa.PrimaryKeyConstraint("contest", "n"),
        sa.UniqueConstraint("contest", "prev"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "side",
        _text("contest"),
        _number("n"),
        _text("subject"),
        _text("salt"),
        _text("data"),
        sa.PrimaryKeyConstraint("contest", "n", "subject"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "process_file",
        _text("process"),
        _text("path"),
        _bytes("content"),
        sa.PrimaryKeyConstraint("process", "path"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "document", _text("sha256"), _bytes("content"), sa.PrimaryKeyConstraint("sha256")
    )


def _contest() -> None:
    op.create_table(
        "contest",
        _text("contest"),
        _text("process"),
        _flag("rehearsal"),
        _text("versions"),
        _number("head_n"),
        _text("head_hash"),
        sa.PrimaryKeyConstraint("contest"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "person",
        _text("contest"),
        _text("pseudonym"),
        _text("roles"),
        _text("institution", optional=True),
        _text("login", optional=True),
        _text("private"),
        _flag("active"),
        sa.PrimaryKeyConstraint("contest", "pseudonym"),
        sqlite_with_rowid=False,
    )
    op.create_index("person_login", "person", ["contest", "login"])


def _candidatures() -> None:
    op.create_table(
        "candidature",
        _text("contest"),
        _text("id"),
        _text("ref"),
        _text("state"),
        _text("since"),
        _number("version"),
        _text("name", optional=True),
        _text("record"),
        _text("private"),
        sa.PrimaryKeyConstraint("contest", "id"),
        sa.UniqueConstraint("contest", "ref"),
    )
    op.create_index("candidature_state", "candidature", ["contest", "state"])
    op.create_table(
        "due",
        _text("contest"),
        _text("case_id"),
        _text("transition"),
        _text("at"),
        _flag("tried"),
        sa.PrimaryKeyConstraint("contest", "case_id", "transition"),
        sqlite_with_rowid=False,
    )
    op.create_index("due_at", "due", ["contest", "tried", "at"])
    op.create_table(
        "counter",
        _text("contest"),
        _text("name"),
        _text("bucket"),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("contest", "name", "bucket"),
        sqlite_with_rowid=False,
    )
