"""The small contest that these tests act on, and someone who forges its ledger."""

from tests.ledger.forger import forger
from tests.rehearsal import begun, clock, contest, english, folder, full, written

__all__ = ["begun", "clock", "contest", "english", "folder", "forger", "full", "written"]
