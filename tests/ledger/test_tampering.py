"""Whoever owns the file may change what it says; verifying names the line, or what is beside it."""

import shutil
from pathlib import Path

import pytest

from ptce_workflow.app.audit.verify import HeldCheckpoint, verify, verify_against
from ptce_workflow.app.checkpoints import make
from ptce_workflow.app.contest import Contest
from ptce_workflow.base.errors import PtceError
from ptce_workflow.ledger.examine import Fault
from tests.chronicle import EARLIER, GIVER, giver, lived, taker
from tests.ledger.tamperer import KEPT, QUOTED, Tamperer
from tests.ledger.tamperings.found import FOUND
from tests.ledger.tamperings.lies import LIES
from tests.ledger.tamperings.limits import LIMITS
from tests.ledger.tamperings.table import Expected, Tampering

__all__ = ["giver", "lived", "taker"]

TABLE = (*LIES, *FOUND)


@pytest.fixture(scope="module")
def witness(lived: Path, tmp_path_factory: pytest.TempPathFactory) -> HeldCheckpoint:
    """The checkpoint of a ledger that somebody keeps elsewhere; whoever attacks has no other."""
    folder = shutil.copytree(lived / GIVER, tmp_path_factory.mktemp("witness") / GIVER)
    with Contest.open(folder, actor="anne") as contest:
        made = make(contest)
    assert made is not None
    return HeldCheckpoint("mail.eml", made.note)


def verified(folder: Path, *shown: HeldCheckpoint) -> tuple[Fault, ...]:
    """Every fault that verifying finds; a ledger that is not even opened has one."""
    try:
        with Contest.open(folder, actor="anne") as contest:
            return verify(contest, shown).faults
    except PtceError as error:
        return (Fault(0, error.what, error.why),)


def named(faults: tuple[Fault, ...], expected: Expected, *, forged: bool) -> bool:
    """Tells whether a fault is at the line that is expected, or holds the words."""
    at_line = isinstance(expected, int)
    spared = KEPT + (QUOTED,) * at_line if forged else ()
    return any(
        one.line == expected if at_line else str(expected) in f"{one.what} {one.why}"
        for one in faults
        if not one.what.startswith(spared)
    )


def tampered(folder: Path, how: Tampering, *, composing: bool = False) -> tuple[Expected, Tamperer]:
    """Tampers with a contest: what must be named, and whoever did it."""
    with Contest.open(folder, actor="anne") as contest:
        it = Tamperer(contest)
        expected = how.act(it)
        it.write(composing=composing)
    return expected, it


def vouched_against(faults: tuple[Fault, ...], lines: int, witness: HeldCheckpoint) -> bool:
    """Tells whether a checkpoint says that the ledger was written anew, or that lines are gone."""
    size = witness.note.checkpoint.size
    expected = (size, "written anew") if lines >= size else (lines + 1, "are gone")
    return any(
        one.line == expected[0] and expected[1] in one.what and witness.name in one.why
        for one in faults
    )


def test_nothing_is_named_in_what_was_lived(giver: Path) -> None:
    assert verified(giver) == ()
    with Contest.open(giver, actor="anne") as contest:
        it = Tamperer(contest)
        it.change(1)
        assert it.forged
        it.write()
    assert verified(giver) == ()


@pytest.mark.parametrize("how", TABLE, ids=str)
def test_named(giver: Path, witness: HeldCheckpoint, how: Tampering) -> None:
    """Verifying names the line, or what is beside it; and a checkpoint, what was written anew."""
    expected, it = tampered(giver, how)
    faults = verified(giver, witness)
    told = f"{how}: expected {expected!r}, found {faults}"
    assert named(faults, expected, forged=it.forged), told
    if it.reaches_back:
        assert vouched_against(faults, len(it.lines), witness), told


@pytest.mark.parametrize("how", LIMITS, ids=str)
def test_beyond_what_one_file_can_tell(
    giver: Path, witness: HeldCheckpoint, how: Tampering
) -> None:
    """What every mail that left would have told is told anew as well: see the next test."""
    _expected, it = tampered(giver, how, composing=True)
    assert verified(giver) == (), f"{how} is found now: it is a limit no longer"
    found = verified(giver, witness)
    assert len(found) == 1
    assert vouched_against(found, len(it.lines), witness)


@pytest.mark.parametrize("how", LIMITS, ids=str)
def test_the_mails_that_left_tell_of_it(giver: Path, how: Tampering) -> None:
    _expected, _it = tampered(giver, how)
    assert any(one.what.startswith(QUOTED) for one in verified(giver))


def test_an_older_copy_in_its_place(lived: Path, witness: HeldCheckpoint, tmp_path: Path) -> None:
    earlier = shutil.copytree(lived / EARLIER, tmp_path / EARLIER)
    assert verified(earlier) == ()
    [fault] = verified(earlier, witness)
    with Contest.open(earlier, actor="anne") as contest:
        assert fault.line == verify(contest).lines + 1
    assert "are gone" in fault.what


def test_a_changed_hand_over_is_found_beside_the_other_ledger(giver: Path, taker: Path) -> None:
    with Contest.open(giver, actor="anne") as contest, Contest.open(taker, actor="anne") as other:
        assert verify_against(contest, other).faults == ()
        it = Tamperer(contest)
        n = it.data(it.find("candidature_handed_over"), hash="0" * 64)
        it.write()
        assert verify(contest).faults == ()
        assert [one.line for one in verify_against(contest, other).faults] == [n]


def test_no_name_stands_twice() -> None:
    names = [how.name for how in (*TABLE, *LIMITS)]
    assert len(names) == len({*names})
