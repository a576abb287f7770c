"""The small contest that these tests act on."""

from tests.rehearsal import begun, clock, contest, english, folder, full, written

__all__ = ["begun", "clock", "contest", "english", "folder", "full", "written"]
