"""The small contest whose papers these tests write and read."""

from tests.browsing import browser
from tests.rehearsal import begun, clock, contest, folder, full, written

__all__ = ["begun", "browser", "clock", "contest", "folder", "full", "written"]
