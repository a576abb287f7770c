"""A ledger taken in one candidature after the other comes to what it comes to line after line."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from ptce_workflow.app.cases.replayed import OutOfPlace, process_after
from ptce_workflow.app.contest import Contest
from ptce_workflow.base.errors import PtceError
from ptce_workflow.ledger.events.codec import Row
from ptce_workflow.ledger.packed import Cases
from ptce_workflow.process.rules.case import Case
from tests.chronicle import giver, lived

__all__ = ["giver", "lived"]

ALL = 1_000_000
RECORDED = b'"type":"facts_recorded"}\n'


@pytest.fixture
def rows(giver: Path) -> list[Row]:
    """The lines of a contest in which every kind happens."""
    with Contest.open(giver, actor="anne") as contest, contest.reading() as (unit, _process):
        return list(unit.said(contest.id))


def _after(rows: Sequence[Row], many: int, at_once: int = ALL) -> tuple[str, list[Case]]:
    cases = Cases()
    process = process_after(rows, cases, many, 1, at_once)
    return process, list(cases.values())


def _with(rows: list[Row], n: int, old: bytes, new: bytes) -> list[Row]:
    """The lines, one of them changed."""
    number, line, sides = rows[n - 1]
    assert line is not None
    assert number == n
    assert old in line[-1]
    return [*rows[: n - 1], (n, (n, line[-1].replace(old, new)), sides), *rows[n:]]


def _recorded(rows: list[Row]) -> list[int]:
    """Lines that follow each other and are about several candidatures, of which each had one."""
    return [n for n, line, _sides in rows if line is not None and line[-1].endswith(RECORDED)]


@pytest.mark.parametrize("at_once", [2, 50, ALL])
def test_it_comes_to_the_same(rows: list[Row], at_once: int) -> None:
    """Candidatures, their order and the process in force, however many lines are in memory."""
    in_order = _after(rows, ALL)
    assert len(in_order[1]) > 2
    assert _after(rows, 0, at_once) == in_order


def test_the_first_line_at_fault_is_told(rows: list[Row]) -> None:
    """Of several, whichever candidature is taken in first, and whatever is wrong with each."""
    last, one = _recorded(rows)[-1], _recorded(rows)[-2]
    for first, second in ((one, last), (last, one)):
        broken = _with(_with(rows, first, b'"n":', b'"m":'), second, b'"case":"', b'"case":"0')
        for many in (0, ALL):
            with pytest.raises(PtceError, match=f"Line {one} "):
                _after(broken, many)


def test_a_candidature_that_is_named_otherwise_has_the_lines_taken_in_as_they_come(
    rows: list[Row],
) -> None:
    """Bytes that say the same: a candidature would be taken for two."""
    last = _recorded(rows)[-1]
    line = rows[last - 1][1]
    assert line is not None
    _before, named, id_ = line[-1].partition(b'"case":"')
    otherwise = _with(rows, last, named + id_[:1], named + b"\\u00" + id_[:1].hex().encode())
    with pytest.raises(OutOfPlace):
        _after(otherwise, 0)
    assert _after(otherwise, ALL) == _after(rows, ALL)
