"""The form of a process: what commands load in place of its files, and what `verify` says of it."""

from typing import Any

import pytest

from ptce_workflow.app.adopt import adopt
from ptce_workflow.app.audit.verify import verify
from ptce_workflow.app.candidatures.overview import overview, show
from ptce_workflow.app.contest import Contest
from ptce_workflow.base.runtime import SetClock
from tests.rehearsal import added, attack, move, opened, remark, told

ANOTHER = "UPDATE process_form SET made_by = 'ptce_workflow 0.0.1'"


def change_form(database: Any) -> None:
    """Has the only form say something else."""
    [(content,)] = database.execute("SELECT content FROM process_form").fetchall()
    changed = bytes(content).replace(b"draft", b"drawn")
    database.execute("UPDATE process_form SET content = ?", (changed,))


def made_by(contest: Contest) -> list[str]:
    """Who made each form."""
    with attack(contest) as database:
        return [name for (name,) in database.execute("SELECT made_by FROM process_form")]


def test_commands_load_the_form(contest: Contest, clock: SetClock) -> None:
    ref = added(contest)
    with attack(contest) as database:
        database.execute("DELETE FROM process_file")
    with opened(contest.folder, clock) as again:
        assert [brief.ref for brief in overview(again).briefs] == [ref]
        move(again, "submit", ref)
        assert not verify(again).intact


@pytest.mark.parametrize(
    "change",
    [
        ANOTHER,
        "DELETE FROM process_form",
        "UPDATE process_form SET content = x'7b7d'",
        "UPDATE process_form SET content = x'ff'",
    ],
)
def test_a_form_that_cannot_be_loaded_is_made_again(
    contest: Contest, clock: SetClock, change: str
) -> None:
    ref = added(contest)
    ours = made_by(contest)
    with attack(contest) as database:
        database.execute(change)
    with opened(contest.folder, clock) as again:
        before = made_by(contest)
        assert show(again, ref).case.state == "draft"
        assert made_by(contest) == before
        move(again, "submit", ref)
        assert verify(again).intact
    assert made_by(contest) == ours


def test_a_form_changed_by_hand_is_named(contest: Contest, clock: SetClock) -> None:
    with attack(contest) as database:
        change_form(database)
    with opened(contest.folder, clock) as again:
        ((line, what),) = told(again)
    assert line == 0
    assert what.startswith("The form of the process")


def test_a_form_that_another_version_made_is_nobody_s_business(contest: Contest) -> None:
    """It is not read, and would be made again: what it says is no fault."""
    with attack(contest) as database:
        change_form(database)
        database.execute(ANOTHER)
    assert verify(contest).intact


def test_an_adoption_keeps_the_form_of_what_it_adopts(contest: Contest) -> None:
    (ours,) = made_by(contest)
    remark(contest)
    adopt(contest, "Une remarque.")
    assert made_by(contest) == [ours, ours]
    assert verify(contest).intact
