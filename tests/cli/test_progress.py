"""Long work shows how far it is, whichever command does it."""

import io
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest

from ptce_workflow.app.as_of import at
from ptce_workflow.app.audit.verify import verify
from ptce_workflow.app.candidatures.advance import add_all, advance
from ptce_workflow.app.candidatures.history import history
from ptce_workflow.app.candidatures.record import Arrival
from ptce_workflow.app.contest import Contest
from ptce_workflow.base.runtime import SetClock
from ptce_workflow.cli.invocation import Invocation, instant
from ptce_workflow.cli.terminal import Output
from ptce_workflow.office.forms.answer_file import read_dossier
from ptce_workflow.scheduler.passes import tick

pytestmark = pytest.mark.rehearsed

T = TypeVar("T")
DOSSIERS = sorted((Path(__file__).resolve().parents[2] / "rehearsal" / "dossiers").glob("*.toml"))


class Onlooker:
    """Whoever waits: how many items went by of those announced."""

    def __init__(self) -> None:
        self.passed = 0
        self.total: int | None = None

    def __call__(self, items: Iterable[T], label: str, total: int | None = None) -> Iterator[T]:
        """Counts what goes by."""
        assert label
        self.total = total
        for item in items:
            self.passed += 1
            yield item


IN_TIME = Arrival(instant("2024-03-11T11:42:00+01:00", said_by="test", zone=None))
[UNSENT] = [file for file in DOSSIERS if file.name.startswith("16-")]
"""A name and an address: nothing has come, and time closes it."""
LONG: dict[str, tuple[Callable[[Contest], object], int | None]] = {
    "verify": (lambda contest: verify(contest), None),
    "at": (lambda contest: at(contest, contest.clock.now()), None),
    "history": (lambda contest: history(contest, "C-005"), None),
    "add": (
        lambda contest: add_all(
            contest, [(f.name, read_dossier(f)) for f in DOSSIERS[:3]], arrival=IN_TIME
        ),
        3,
    ),
    "advance": (lambda contest: advance(contest, ["C-010"], "withdraw", reason="…"), 1),
}


@pytest.mark.long
@pytest.mark.parametrize("name", LONG)
def test_long_work_says_how_far_it_is(name: str, demo: Path) -> None:
    clock = SetClock(instant("2024-06-04T09:00:00+02:00", said_by="test", zone=None))
    with Contest.open(demo, actor="bureau", clock=clock) as contest:
        contest.watch = onlooker = Onlooker()
        work, expected = LONG[name]
        work(contest)
        lines = verify(contest).lines if expected is None else expected
    assert onlooker.total is not None
    assert onlooker.passed >= onlooker.total == lines


def test_a_tick_says_how_far_it_is(demo: Path) -> None:
    clock = SetClock(instant("2024-06-04T09:00:00+02:00", said_by="test", zone=None))
    with Contest.open(demo, actor="bureau", clock=clock) as contest:
        add_all(contest, [(UNSENT.name, read_dossier(UNSENT))])
        contest.watch = onlooker = Onlooker()
        steps = tick(contest).steps
    # Of the four ends of a draft that fall due at one hour, time makes one.
    assert (onlooker.passed, len(steps)) == (4, 1)


def test_the_command_line_watches(demo: Path) -> None:
    out = Output(io.StringIO(), io.StringIO())
    invocation = Invocation(demo, "bureau", {}, out)
    try:
        assert invocation.contest.watch == out.progress
    finally:
        invocation.close()
