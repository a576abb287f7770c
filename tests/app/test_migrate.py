"""A folder of the first edition is rewritten on disk, and its ledger goes on."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from ptce_workflow.app.admin.adopt import adopt
from ptce_workflow.app.admin.folder import KEPT, migrate
from ptce_workflow.app.admin.setup import create
from ptce_workflow.app.admin.verify import verify
from ptce_workflow.app.cases.overview import show
from ptce_workflow.app.contest import Contest
from ptce_workflow.app.jury.cutoff import ranking
from ptce_workflow.app.locations import read_folder
from ptce_workflow.app.post.desk import messages
from ptce_workflow.base.clock import SetClock
from ptce_workflow.base.errors import FolderFaults, Misuse
from ptce_workflow.process.check import check
from tests.chronicle import END, GIVER
from tests.ledger.test_older import restored
from tests.rehearsal import lines, move, opened, states

WAITING = ("planned", "held", "queued")
FIRST = Path(__file__).resolve().parents[1] / "older" / "first"


@pytest.fixture
def first(tmp_path: Path) -> Path:
    """A folder of the first edition, of the test's own."""
    return shutil.copytree(FIRST / "whole", tmp_path / "contest")


def test_what_was_there_is_kept(first: Path) -> None:
    """Byte by byte, in a folder that is a contest's still; nothing else of it is left."""
    before = read_folder(first)
    (first / "notes.txt").write_text("mine", "utf-8")
    done = migrate(first)
    assert done is not None
    assert read_folder(first / KEPT) == before
    assert read_folder(first) == done.files
    assert check(read_folder(first)) == ()
    assert not [one for one in (first / "notifications").iterdir() if one.is_dir()]
    assert {one.name for one in first.iterdir()} >= {"notes.txt", KEPT, "translations"}
    assert not list(first.rglob(".*"))


def test_twice_changes_nothing(first: Path) -> None:
    """It is of the second edition then."""
    migrate(first)
    before = read_folder(first)
    assert migrate(first) is None
    assert read_folder(first) == before


def test_a_trial_writes_nothing(first: Path) -> None:
    """What would be left to do is told all the same."""
    before = {path: path.stat().st_mtime_ns for path in first.rglob("*")}
    assert migrate(first, dry_run=True) is not None
    assert {path: path.stat().st_mtime_ns for path in first.rglob("*")} == before


def test_nothing_is_written_over_what_was_kept(first: Path) -> None:
    """The only copy of a folder is not replaced by another."""
    (first / KEPT).mkdir()
    before = read_folder(first)
    with pytest.raises(Misuse, match="There is a folder"):
        migrate(first)
    assert read_folder(first) == before


def test_a_folder_with_faults_is_left_as_it_is(first: Path) -> None:
    """Also one that was half migrated by hand."""
    (first / "notifications" / "chosen.md").write_text("# Choisi\n\nOui.\n", "utf-8")
    before = read_folder(first)
    with pytest.raises(FolderFaults):
        migrate(first)
    assert read_folder(first) == before
    assert not (first / KEPT).exists()


def interrupted(folder: Path, writes: int) -> None:
    """Has a migration die after so many files."""
    left = [None] * writes
    replace = Path.replace

    def stop(path: Path, target: Path) -> Path:
        if not left:
            raise KeyboardInterrupt
        left.pop()
        return replace(path, target)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Path, "replace", stop)
        patch.setattr("ptce_workflow.app.admin.folder._sweep", lambda *_args: stop(folder, folder))
        with pytest.raises(KeyboardInterrupt):
            migrate(folder)


@pytest.mark.parametrize("writes", [0, 1, 3, 10, "all but one", "all"])
def test_what_an_interruption_leaves_is_ended(first: Path, writes: int | str) -> None:
    """The copy is whole before anything is written; the next time writes what was left."""
    before, whole = read_folder(first), migrate(first, dry_run=True)
    assert whole is not None
    known = {"all but one": len(whole.files) - 1, "all": len(whole.files)}
    interrupted(first, len(before) + (known[writes] if isinstance(writes, str) else writes))
    assert read_folder(first / KEPT) == before
    done = migrate(first)
    assert done is not None
    assert read_folder(first) == whole.files
    assert read_folder(first / KEPT) == before
    assert migrate(first) is None


def test_what_was_changed_after_an_interruption_is_not_written_over(first: Path) -> None:
    """A person puts back what was there."""
    before, whole = read_folder(first), migrate(first, dry_run=True)
    assert whole is not None
    interrupted(first, len(before) + len(whole.files))
    config = first / "config.toml"
    config.write_text(config.read_text("utf-8") + "# mine\n", "utf-8")
    changed = read_folder(first)
    with pytest.raises(Misuse, match="has not come to its end") as told:
        migrate(first)
    assert KEPT in told.value.why
    assert read_folder(first) == changed
    kept = (first / KEPT).rename(first.with_name(KEPT))
    shutil.rmtree(first)
    kept.rename(first)
    assert read_folder(first) == before
    assert migrate(first) is not None


@pytest.mark.long
@pytest.mark.parametrize(
    "kind",
    [
        pytest.param(one, marks=pytest.mark.slow if one == "aap-national" else ())
        for one in sorted(folder.name for folder in FIRST.iterdir())
    ],
)
def test_a_contest_of_each_kind_takes_it_in_force(kind: str, tmp_path: Path) -> None:
    """Begun by the first edition, it goes on by the second; both judge their own lines."""
    folder, clock = shutil.copytree(FIRST / kind, tmp_path / kind), SetClock(END)
    create(folder, login="anne", rehearsal=True, clock=clock)
    done = migrate(folder)
    assert done is not None
    assert done.faults == ()
    with opened(folder, clock) as contest:
        assert contest.process.definition.edition == 1
        adopt(contest, "Le dossier passe à la deuxième édition.")
        assert contest.process.definition.edition == 2
        assert verify(contest).intact


def told(contest: Contest) -> list[object]:
    """Where each candidature stands, what is known of it, its rank, and the mails that wait."""
    facts = [show(contest, ref) for ref in states(contest)]
    ranks = [(one.case.ref, one.place.rank, dict(one.figures)) for one in ranking(contest)[1]]
    mails = [(one.name, one.notification, one.due) for one in messages(contest, WAITING)]
    return [states(contest), [(one.case.ref, one.case.facts) for one in facts], ranks, mails]


def test_a_contest_under_way_takes_it_in_force(tmp_path: Path) -> None:
    """One of an earlier version, candidatures in every state: nothing moves, nothing is lost."""
    folder = restored("0.1.0", GIVER, tmp_path)
    clock = SetClock(END)
    with opened(folder, clock) as contest:
        before, written = told(contest), lines(contest)
        done = migrate(folder)
        assert done is not None
        assert done.faults == ()
        with opened(folder, clock) as again:
            adopt(again, "Le dossier passe à la deuxième édition.")
            assert told(again) == before
            assert lines(again)[: len(written)] == written
            assert verify(again).intact
            assert again.process.definition.edition == 2
            move(again, "withdraw", "C-003")
            assert verify(again).intact
