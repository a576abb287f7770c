"""A contest as it stood: every table as it was, and nothing can be written."""

import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from ptce_workflow.app.as_of import Moment, at
from ptce_workflow.app.audit.compare import between
from ptce_workflow.app.audit.verify import verify
from ptce_workflow.app.candidatures.advance import advance
from ptce_workflow.app.candidatures.overview import overview, show
from ptce_workflow.app.contest import Contest
from ptce_workflow.base.errors import Misuse, PtceError
from ptce_workflow.base.notation import from_text
from ptce_workflow.base.runtime import SetClock
from ptce_workflow.ledger.line import decode
from tests.app.test_handover import erase
from tests.chronicle import giver, lived
from tests.rehearsal import BEGINNING, attack, lines

__all__ = ["giver", "lived"]

HOUR = timedelta(hours=1)


def test_every_table_agrees_with_the_ledger_at_each_instant(full: Contest) -> None:
    """Whatever the instant, what was written in memory is what `verify` works out."""
    # Those of lines to come would tell that these are gone.
    shutil.rmtree(full.folder / "checkpoints")
    instants = sorted({decode(line).at for line in lines(full)})
    for instant in instants:
        with at(full, from_text(instant)) as found:
            report = verify(found)
            assert report.faults == ()
            assert report.lines == found.last
    with at(full, full.clock.now()) as found:
        assert overview(found) == overview(full)
        for brief in overview(full).briefs:
            assert show(found, brief.ref) == show(full, brief.ref)


def test_every_kind_of_line_is_taken_in(giver: Path) -> None:
    shutil.rmtree(giver / "checkpoints")
    with Contest.open(giver, actor="anne") as contest:
        instants = [from_text(decode(line).at) for line in lines(contest)]
        contest.clock = SetClock(max(instants))
        found = set()
        for instant in sorted({*instants}):
            with at(contest, instant) as then:
                found |= {fault.what for fault in verify(then).faults}
        # The file that was handed in stays in the database of today; what was erased later is gone.
        assert found == {"A document is missing or damaged.", "A side row is gone."}
        assert between(contest, Moment(min(instants)), Moment(max(instants))).changes


def test_nothing_is_written_there(full: Contest) -> None:
    before = lines(full)
    with at(full, full.clock.now()) as found, pytest.raises(Misuse, match="Nothing can be"):
        advance(found, ["C-001"], "withdraw")
    assert lines(full) == before


def test_instants_without_an_answer(full: Contest) -> None:
    with pytest.raises(Misuse, match="had not begun"):
        at(full, BEGINNING - HOUR)
    with pytest.raises(Misuse, match="lies ahead"):
        at(full, full.clock.now() + HOUR)


def test_a_ledger_too_damaged_to_be_read(full: Contest) -> None:
    with attack(full) as database:
        database.execute("UPDATE ledger SET line = '{}' WHERE n = 9")
    with pytest.raises(PtceError, match="Line 9 of the ledger"):
        at(full, full.clock.now())


def test_names_erased_since(full: Contest) -> None:
    """What was erased is not there, however far one goes back; and whoever left is not known."""
    instant = full.clock.now()
    [was, *_others] = overview(full).briefs
    assert was.name
    erase(full, was.ref)
    with at(full, instant) as found:
        [brief, *_others] = overview(found).briefs
        assert (brief.ref, brief.name) == (was.ref, None)
