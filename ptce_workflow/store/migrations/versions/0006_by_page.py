"""An index in the order of lists: a page of the candidatures of a state is read alone."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Adds the index."""
    op.create_index(
        "candidature_page", "candidature", ["contest", "state", sa.text("length(ref)"), "ref"]
    )
