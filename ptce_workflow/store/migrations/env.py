"""Runs migrations on the connection that the caller hands over, in the caller's transaction."""

from __future__ import annotations

from alembic import context

from ptce_workflow.store.tables import Stored

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Stored.metadata,
)
context.run_migrations()
