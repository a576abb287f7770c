"""Runs migrations on the connection that the caller hands over, in the caller's transaction."""

from __future__ import annotations

from alembic import context

from ptce_workflow.store.tables import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
)
context.run_migrations()
