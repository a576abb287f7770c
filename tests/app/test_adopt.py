"""Adopting a process: the one way in which a rule changes, and what may not change by it."""

from datetime import UTC, datetime, timedelta

import pytest

from ptce_workflow.app.adopt import adopt
from ptce_workflow.app.audit.verify import verify
from ptce_workflow.app.candidatures.advance import advance
from ptce_workflow.app.candidatures.history import history
from ptce_workflow.app.candidatures.overview import show
from ptce_workflow.app.contest import Contest
from ptce_workflow.base.errors import FolderFaults, Misuse, PtceError
from ptce_workflow.base.runtime import SetClock
from ptce_workflow.scheduler.passes import tick
from tests.rehearsal import LAPSE, added, edit, last, lines, move, opened, remark, scored, states

DEADLINE = ("config.toml", "at = 2024-03-11T12:00:00", "at = 2024-03-18T12:00:00")
PLACES = ("config.toml", "value = 2,", "value = 3,")


def test_adopted(contest: Contest) -> None:
    """The line names both processes; the bytes are archived; the reason stands beside."""
    before = contest.process
    edit(contest, *PLACES)
    adoption = adopt(contest, "Une place de plus.")
    assert adoption.changes
    old, new = (line for line in adoption.difference.splitlines() if "places = " in line)
    assert (old[0], new[0], new[1:]) == ("-", "+", old[1:].replace("= 2,", "= 3,"))
    line = last(contest)
    assert (line.type, line.n) == ("process_adopted", adoption.line)
    assert line.data == {
        "from": before.hash,
        "to": adoption.after.hash,
        "states": {},
        "dropped": [],
    }
    assert line.process == before.hash
    assert b"place de plus" not in lines(contest)[-1]
    assert contest.process == adoption.after != before
    assert verify(contest).intact


def test_goes_on_without_opening_again(contest: Contest) -> None:
    """Whoever adopted goes on at once; a contest opened before must be opened again."""
    remark(contest)
    with (
        pytest.raises(PtceError, match="The folder differs"),
        opened(contest.folder, SetClock(contest.clock.now())) as late,
    ):
        added(late)
    adopt(contest, "Une remarque.")
    assert added(contest) == "C-001"
    assert verify(contest).intact


def test_put_back(contest: Contest, clock: SetClock) -> None:
    """A folder that was put back needs no adoption."""
    path = contest.folder / "config.toml"
    before = path.read_bytes()
    remark(contest)
    path.write_bytes(before)
    with opened(contest.folder, clock) as again:
        assert not adopt(again, None).changes
        added(again)


def test_words_alone(contest: Contest) -> None:
    """A correction of words is told as such: no rule has changed."""
    edit(contest, "states/scored.toml", 'label = "Scored"', 'label = "Marked"')
    assert adopt(contest, "Un mot.").words_alone
    edit(contest, *PLACES)
    assert not adopt(contest, "Une place de plus.").words_alone


def test_no_change(contest: Contest) -> None:
    """With nothing to adopt nothing is written, and no reason is asked for."""
    before = lines(contest)
    adoption = adopt(contest, None)
    assert not adoption.changes
    assert adoption.difference == ""
    assert lines(contest) == before


@pytest.mark.parametrize("reason", [None, ""])
def test_reason_needed(contest: Contest, reason: str | None) -> None:
    """A rule changes for a reason."""
    remark(contest)
    before = lines(contest)
    with pytest.raises(Misuse, match="needs a reason"):
        adopt(contest, reason)
    assert lines(contest) == before


def test_dry_run(contest: Contest) -> None:
    """A trial shows the difference and the dates that move, and writes nothing."""
    edit(contest, *DEADLINE)
    before = lines(contest)
    adoption = adopt(contest, None, dry_run=True)
    assert adoption.changes
    assert adoption.moved == (
        "date.lapse: 2024-03-14 18:00 → 2024-03-21 18:00",
        "date.submission: 2024-03-11 12:00 → 2024-03-18 12:00",
    )
    assert lines(contest) == before
    assert contest.process == adoption.before


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("config.toml", 'name_field = "dossier.name"', 'name_field = "dossier.nam"'),
        ("states/draft.toml", "<= date.submission", "<= date.submision"),
        ("states/draft.toml", "[transitions.submit]", "[transitions.submit"),
        ("sheets/dossier.toml", 'type = "option"', 'type = "choice"'),
    ],
)
def test_folder_with_faults(contest: Contest, file: str, old: str, new: str) -> None:
    """A folder with faults is not adopted; each fault is told with its file."""
    edit(contest, file, old, new)
    before = lines(contest)
    with pytest.raises(FolderFaults) as told:
        adopt(contest, "Parce que.")
    assert file in {finding.file for finding in told.value.findings}
    assert told.value.exit_code == 2
    assert lines(contest) == before


def test_another_contest(contest: Contest) -> None:
    """A contest keeps its name: the ledger tells of one."""
    edit(contest, "config.toml", 'id = "small-2024"', 'id = "small-2025"')
    before = lines(contest)
    with pytest.raises(PtceError, match="small-2025"):
        adopt(contest, "Une autre année.")
    assert lines(contest) == before


def test_deadline_moved(contest: Contest, clock: SetClock) -> None:
    """A deadline that moves takes along what time was to do, for candidatures under way too."""
    ref = added(contest)
    edit(contest, *DEADLINE)
    adopt(contest, "Un report d’une semaine.")
    assert show(contest, ref).due == {"lapse": LAPSE + timedelta(days=7)}
    clock.instant = LAPSE + timedelta(minutes=1)
    assert tick(contest).steps == ()
    clock.instant = datetime(2024, 3, 18, 11, tzinfo=UTC)
    move(contest, "submit", ref)
    assert verify(contest).intact


def test_deadline_moved_back(contest: Contest, clock: SetClock) -> None:
    """A deadline brought forward makes due at once what lies behind it by then."""
    ref = added(contest)
    clock.instant = datetime(2024, 3, 1, 9, tzinfo=UTC)
    edit(contest, DEADLINE[0], DEADLINE[1], "at = 2024-02-26T12:00:00")
    adopt(contest, "Une semaine de moins.")
    assert [step.made for step in tick(contest).steps] == [True]
    assert states(contest) == {ref: "lapsed"}
    assert verify(contest).intact


def test_tried_anew(contest: Contest, clock: SetClock) -> None:
    """What time could not do at one instant, it tries again at the one that replaces it."""
    added(contest, urgent=True)
    clock.instant = LAPSE
    assert [step.made for step in tick(contest).steps] == [False]
    edit(contest, *DEADLINE)
    adopt(contest, "Un report d’une semaine.")
    assert tick(contest).steps == ()
    clock.instant += timedelta(days=7)
    assert [step.made for step in tick(contest).steps] == [False]
    assert verify(contest).intact


def test_judged_by_their_own_process(contest: Contest, clock: SetClock) -> None:
    refs = [scored(contest) for _ in range(3)]
    move(contest, "select", *refs[:2])
    assert not advance(contest, [refs[2]], "select")[0].made
    edit(contest, *PLACES)
    adopt(contest, "Une place de plus.")
    move(contest, "select", refs[2])
    edit(contest, "config.toml", "value = 3,", "value = 1,")
    adopt(contest, "Deux places de moins.")
    assert verify(contest).intact
    assert [told.process.hash for told in history(contest, refs[0])].count(
        contest.process.hash
    ) == 0
    clock.instant += timedelta(days=60)
    assert len(tick(contest).steps) == 3
    assert verify(contest).intact


def test_counters_of_another_total(contest: Contest) -> None:
    refs = [scored(contest, theme=theme) for theme in ("food", "care")]
    move(contest, "select", refs[0])
    edit(contest, "config.toml", ', per = "dossier.theme"', "")
    edit(contest, "config.toml", "value = 1000.0", "value = 500.0")
    adopt(contest, "Une seule bourse, et plus petite.")
    assert verify(contest).intact
    [step] = advance(contest, [refs[1]], "select")
    assert not step.made
    assert step.outcome.totals == {"taken": 1, "granted": 30000}
    assert verify(contest).intact
