"""A disk that is full, a database that is locked: an act is undone as a whole, and said to be."""

import sqlite3
from contextlib import closing

import pytest

from ptce_workflow.app.audit.verify import verify
from ptce_workflow.app.candidatures.advance import add_all, advance
from ptce_workflow.app.candidatures.overview import show
from ptce_workflow.app.candidatures.record import record
from ptce_workflow.app.contest import Contest
from ptce_workflow.app.people import enrol
from ptce_workflow.base.errors import PtceError
from ptce_workflow.base.runtime import SetClock
from ptce_workflow.scheduler.passes import tick
from ptce_workflow.store.database import Database
from tests.rehearsal import LAPSE, added, lines, move, opened, states
from tests.store.places import narrow as narrow_database


@pytest.mark.sqlite("fills the file")
def test_full_disk(contest: Contest, clock: SetClock) -> None:
    """An act that does not fit leaves no line, fact or document; a small one still fits."""
    ref = added(contest)
    before = lines(contest)
    with opened(contest.folder, clock) as narrow:
        narrow_database(narrow.database, 8)
        narrow.close()
        letter = {"name": "lettre.pdf", "content": b"%PDF" + bytes(200_000)}
        with pytest.raises(PtceError, match="no room left"):
            record(narrow, ref, {"dossier": {"letter": letter, "amount": "1"}})
        with pytest.raises(PtceError, match="no room left"):
            add_all(narrow, [("", {"dossier": {"name": f"Collectif {n}"}}) for n in range(200)])
        assert lines(contest) == before
        assert show(contest, ref).case.facts["dossier.amount"] == 30000
        assert verify(contest).intact
        move(narrow, "submit", ref)
    assert verify(contest).intact


@pytest.mark.sqlite("holds the file's lock; on a server: tests/store/test_server.py")
def test_locked(contest: Contest, clock: SetClock) -> None:
    """While another program writes too long, nothing is done, reading goes on, then all is well."""
    ref = added(contest)
    clock.instant = LAPSE
    before = lines(contest)
    place = contest.folder / "ptce.db"
    with closing(Database.open(place, busy_timeout_ms=10)) as impatient:
        contest.database.close()
        contest.database = impatient
        with closing(sqlite3.connect(place, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            for act in (
                lambda: advance(contest, [ref], "submit"),
                lambda: record(contest, ref, {"dossier": {"amount": "1"}}),
                lambda: enrol(contest, "Bo", ["desk"]),
                lambda: tick(contest),
            ):
                with pytest.raises(PtceError, match="busy; nothing was written"):
                    act()
            assert states(contest) == {ref: "draft"}
            assert verify(contest).intact
            other.execute("ROLLBACK")
        assert lines(contest) == before
        assert len(tick(contest).steps) == 1
        assert verify(contest).intact
