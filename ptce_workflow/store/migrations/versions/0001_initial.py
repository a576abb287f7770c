"""The first tables; the triggers that keep the ledger append-only are set by the last version."""

from __future__ import annotations

from alembic import op

from ptce_workflow.store.migrations import made

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Makes every table."""
    made("ledger", "contest n:int prev line:bytes", "contest n", "contest prev", rowid=False)
    made("side", "contest n:int subject salt data", "contest n subject", rowid=False)
    made("process_file", "process path content:bytes", "process path", rowid=False)
    made("document", "sha256 content:bytes", "sha256")
    contest = "contest process rehearsal:bool versions head_n:int head_hash"
    made("contest", contest, "contest", rowid=False)
    person = "contest pseudonym roles institution? login? private active:bool"
    made("person", person, "contest pseudonym", rowid=False)
    op.create_index("person_login", "person", ["contest", "login"])
    candidature = "contest id ref state since version:int name? record private"
    made("candidature", candidature, "contest id", "contest ref")
    op.create_index("candidature_state", "candidature", ["contest", "state"])
    due = "contest case_id transition at tried:bool"
    made("due", due, "contest case_id transition", rowid=False)
    op.create_index("due_at", "due", ["contest", "tried", "at"])
    made("counter", "contest name bucket value:sum", "contest name bucket", rowid=False)
