"""The other yardstick: `eventsourcing`, with events that hold what our lines hold.

An aggregate a candidature; each event carries the data of the line it stands for, and the facts
that we keep beside the line. As with us, an advance loads the candidature, decides nothing that
it was not told, appends one event and commits, by the persistence that comes with it: SQLite runs
in WAL with `synchronous=FULL`, its default; on PostgreSQL it locks its table to append. It chains,
hashes and judges nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any
from uuid import UUID

from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event
from msgspec import to_builtins

from ptce_workflow.ledger.events.base import Entry, Sides


class Candidature(Aggregate):
    """A candidature as a sourced aggregate."""

    @event("Opened")
    def __init__(self, actor: str, data: dict[str, Any]) -> None:
        self.ref = data["ref"]
        self.state = data["to"]
        self.facts: dict[str, Any] = {}
        self.private: dict[str, Any] = {}
        self.scores: dict[str, Any] = {}
        self.place: dict[str, Any] = {}
        self.received: list[Any] = []
        self.declared: dict[str, Any] = {}

    @event("Recorded")
    def record(self, actor: str, data: dict[str, Any], private: dict[str, Any]) -> None:
        """Facts are written down."""
        self.facts = {**self.facts, **data["facts"]}
        self.private = {**self.private, **private}

    @event("Received")
    def receive(self, actor: str, data: dict[str, Any]) -> None:
        """The dossier arrives."""
        self.received = [*self.received, data["received_at"]]

    @event("Declared")
    def declare(self, actor: str, data: dict[str, Any]) -> None:
        """An institution declares its links."""
        self.declared = {**self.declared, data["institution"]: data["links"]}

    @event("Scored")
    def score(self, actor: str, data: dict[str, Any]) -> None:
        """An institution gives marks."""
        self.scores = {**self.scores, data["institution"]: data["scores"]}

    @event("Ranked")
    def rank(self, actor: str, data: dict[str, Any]) -> None:
        """The candidature gets another place in the ranking."""
        self.place = data

    @event("Moved")
    def move(self, actor: str, data: dict[str, Any]) -> None:
        """The candidature moves."""
        self.state = data["to"]


_TOLD_BY = {
    "sheet_received": "receive",
    "links_declared": "declare",
    "scores_given": "score",
    "rank_recorded": "rank",
}


class Sourced:
    """An application that keeps candidatures, by the references that ours bear."""

    def __init__(self, place: Path | str) -> None:
        """Begins in a file of SQLite's, or in a database of PostgreSQL's by its address."""
        self.app: Application[UUID] = Application(env=_kept_at(str(place)))
        self.ids: dict[str, UUID] = {}
        self.events = 0

    def tell(self, lines: Iterable[tuple[Entry[Any], Sides]]) -> None:
        """Takes in what the lines of a ledger tell of candidatures."""
        cases: dict[str, Candidature] = {}
        for line, sides in lines:
            if line.case is None:
                continue
            private = to_builtins(sides[line.case])["facts"] if line.case in sides else {}
            said = (line.type, line.actor, to_builtins(line.data), private)
            cases[line.case] = self.told(cases.get(line.case), *said)
        self.app.save(*cases.values())

    def told(
        self,
        case: Candidature | None,
        kind: str,
        actor: str,
        data: dict[str, Any],
        private: dict[str, Any],
    ) -> Candidature:
        """A candidature once a line of that kind was told of it; None is one that opens."""
        self.events += 1
        if case is None:
            case = Candidature(actor, data)
            self.ids[case.ref] = case.id
        elif kind in ("facts_recorded", "facts_received"):
            case.record(actor, data, private)
        else:
            getattr(case, _TOLD_BY.get(kind, "move"))(actor, data)
        return case

    def advance(self, ref: str, actor: str, data: dict[str, Any]) -> None:
        """Loads a candidature, moves it, and keeps it."""
        case = self.get(ref)
        case.move(actor, data)
        self.app.save(case)

    def get(self, ref: str) -> Candidature:
        """A candidature, made again from its events."""
        case: Candidature = self.app.repository.get(self.ids[ref])
        return case

    def replay(self) -> int:
        """Makes every candidature again; how many there are."""
        return sum(1 for ref in self.ids if self.get(ref).state)

    def close(self) -> None:
        """Lets go of the database."""
        self.app.close()


def _kept_at(place: str) -> dict[str, str]:
    """What tells `eventsourcing` where to keep its events."""
    if not place.startswith("postgresql:"):
        return {"PERSISTENCE_MODULE": "eventsourcing.sqlite", "SQLITE_DBNAME": place}
    from psycopg.conninfo import conninfo_to_dict

    said = {"password": "", **conninfo_to_dict(place)}
    parts = ("dbname", "host", "user", "password")
    own = {f"POSTGRES_{part.upper()}": str(said[part]) for part in parts}
    return {"PERSISTENCE_MODULE": "eventsourcing.postgres", **own}
