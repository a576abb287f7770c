"""The small contest that these tests act on."""

from tests.rehearsal import begun, clock, contest, english, folder, full, written
from tests.store.places import database, file, place

__all__ = [
    "begun",
    "clock",
    "contest",
    "database",
    "english",
    "file",
    "folder",
    "full",
    "place",
    "written",
]
