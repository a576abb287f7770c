"""The small contest whose papers these tests write and read."""

from __future__ import annotations

from tests.rehearsal import begun, clock, contest, folder, full, written

__all__ = ["begun", "clock", "contest", "folder", "full", "written"]
