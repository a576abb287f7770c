"""A contest in which a panel of four meets: what the tests of marks, votes and minutes act on.

`vote/` is its folder: two places, a waiting list, a quorum on the first call, a casting vote. It is
begun once; each test gets a copy of its own.
"""

import shutil
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ptce_workflow.app.adopt import adopt
from ptce_workflow.app.candidatures.advance import add
from ptce_workflow.app.candidatures.overview import overview, show
from ptce_workflow.app.contest import Contest
from ptce_workflow.app.create import create
from ptce_workflow.app.jury.deliberation import deliberate
from ptce_workflow.app.jury.marks import score
from ptce_workflow.app.jury.ranking import ranking
from ptce_workflow.base.runtime import SetClock
from ptce_workflow.process.panel import Agenda
from tests.rehearsal import edit, english, move, opened

__all__ = ["english"]

VOTE = Path(__file__).with_name("vote")
SCORING = datetime(2024, 3, 20, 9, tzinfo=UTC)
MEETING = datetime(2024, 4, 9, 12, 30, tzinfo=UTC)
SEATS = ("north", "south", "east", "west")


@pytest.fixture(scope="session")
def called(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a contest that has just begun, to be copied and never written."""
    folder = tmp_path_factory.mktemp("called") / "contest"
    shutil.copytree(VOTE, folder)
    create(folder, login="anne", rehearsal=True, clock=SetClock(SCORING))
    return folder


@pytest.fixture
def clock() -> SetClock:
    """The clock of the contest, which a test sets as it goes."""
    return SetClock(SCORING)


@pytest.fixture
def contest(called: Path, tmp_path: Path, clock: SetClock) -> Iterator[Contest]:
    """A contest of the test's own, opened by its desk."""
    folder = shutil.copytree(called, tmp_path / "contest")
    with opened(folder, clock) as contest:
        yield contest


def added(contest: Contest, **answers: Any) -> str:
    """Opens a candidature, whose panel may give its marks at once; its reference."""
    given = {"name": "Les Jardins", "email": "jardins@collectif.example", **answers}
    return add(contest, {"dossier": given}).ref


def marked(
    contest: Contest,
    mark: str,
    *,
    idea: str | None = None,
    seats: tuple[str, ...] = SEATS,
    **answers: Any,
) -> str:
    """Opens a candidature to which each seat gives one mark, unless the idea has its own."""
    ref = added(contest, **answers)
    for seat in seats:
        given = {"idea": idea or mark, "method": mark, "remark": "Vu."}
        score(contest, ref, seat, given)
    return ref


def frozen(contest: Contest, *marks: str, **answers: Any) -> list[str]:
    """Candidatures with these marks, their figures and ranks recorded; their references."""
    refs = [marked(contest, mark, **answers) for mark in marks]
    move(contest, "close_scoring", *refs)
    return refs


def heard(contest: Contest) -> None:
    """Has the town, and one institution of the panel besides, be heard by an opinion in words."""
    sheet = (
        'label = "Opinion"\n'
        'members = ["north", "town"]\n'
        '[fields.view]\ntype = "text"\nlabel = "View"\n'
    )
    (contest.folder / "sheets" / "opinion.toml").write_text(sheet, "utf-8")
    town = '[institutions]\ntown = { label = "Town" }'
    edit(contest, "config.toml", "[institutions]", town)
    edit(contest, "states/submitted.toml", '["dossier", "cra"]', '["dossier", "cra", "opinion"]')
    adopt(contest, "Others are heard.")


def agenda(*present: str, **asked: Any) -> Agenda:
    """An agenda; all sit unless some are named."""
    return Agenda(present=present or SEATS, **asked)


def states(contest: Contest) -> Mapping[str, str]:
    """Where every candidature stands, by what is kept."""
    return {brief.ref: brief.state for brief in overview(contest).briefs}


def ranks(contest: Contest) -> dict[str, int]:
    """The ranks of those whose figures are recorded, by reference."""
    return {one.case.ref: one.rank for one in ranking(contest)[1] if one.frozen}


def recorded_ranks(contest: Contest) -> dict[str, int]:
    """The ranks that a sitting has recorded, by reference."""
    cases = (show(contest, brief.ref).case for brief in overview(contest).briefs)
    found = {case.ref: case.panels.get("cra", {}) for case in cases}
    return {ref: figures["rank"] for ref, figures in found.items() if "rank" in figures}


@pytest.fixture
def moved_up(contest: Contest, clock: SetClock) -> Contest:
    """Two have the places, a third waits, a fourth was declined; then the third moves up."""
    frozen(contest, "5", "4", "3", "0.5")
    clock.instant = MEETING
    deliberate(contest, agenda(chair="north"))
    move(contest, "withdraw", "C-001")
    move(contest, "promote", "C-003")
    return contest
