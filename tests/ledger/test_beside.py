"""What stands beside the database is asked, and not believed: keys, checkpoints, lists, notes."""

import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import pytest
from msgspec import json, structs

from ptce_workflow.app.audit.verify import Verification, verify
from ptce_workflow.app.candidatures.history import ledger_origin
from ptce_workflow.app.checkpoints import make
from ptce_workflow.app.contest import Contest
from ptce_workflow.app.people import enrol
from ptce_workflow.app.projections import rows_of
from ptce_workflow.app.retention.held import signed_by_contest
from ptce_workflow.base.runtime import SetClock
from ptce_workflow.ledger.events.erasure import ListedErasure
from tests.chronicle import END, giver, lived, taker
from tests.ledger.tamperer import Tamperer
from tests.ledger.tamperings.table import in_earnest as told_in_earnest
from tests.rehearsal import in_earnest, opened

__all__ = ["giver", "lived", "taker"]

NOTHING = ""


class Case(NamedTuple):
    """What is done to the folder of a contest, given that of another; what verifying says.

    A fault begins with `!`.
    """

    act: Callable[[Path, Path], object]
    said: str = NOTHING


def checkpoint(folder: Path) -> Path:
    """The last checkpoint of a contest, made anew."""
    with opened(folder, SetClock(END)) as contest:
        return make(contest).file


def deleted(folder: Path, _other: Path) -> None:
    shutil.rmtree(folder / "checkpoints")


def doubled(folder: Path, _other: Path) -> None:
    file = checkpoint(folder)
    shutil.copy(file, file.with_name("copy.txt"))


def of_another(folder: Path, other: Path) -> None:
    shutil.copy(checkpoint(other), folder / "checkpoints" / "000000003.txt")


def of_a_later_line(folder: Path, _other: Path) -> None:
    file = checkpoint(folder)
    origin, size, *others = file.read_bytes().splitlines(keepends=True)
    file.write_bytes(b"".join((origin, b"%d\n" % (int(size) + 1), *others)))


def of_two_ledgers(folder: Path, _other: Path) -> None:
    """The same line, signed twice: once as it is, once in a copy that went another way."""
    fork = shutil.copytree(folder, folder.with_name("fork"))
    for place, name in ((folder, "Ada"), (fork, "Eve")):
        with opened(place, SetClock(END)) as contest:
            enrol(contest, name, ["auditor"])
            file = make(contest).file
        if place is fork:
            shutil.copy(file, folder / "checkpoints" / "fork.txt")


def no_text(folder: Path, _other: Path) -> None:
    (checkpoint(folder)).write_bytes(b"\xff\xfe")


def entry(folder: Path, line: int, *, signed: bool, false: bool = False) -> None:
    """Calls erased, in the list, what is held of a candidature under way, or what never was."""
    with opened(folder, SetClock(END)) as contest, contest.looking() as tx:
        case = tx.load(["C-004"])[0].id
        rows = rows_of(tx.unit, tx.contest, case)
        hashes = {str(n): (one.pd or {})[case] for n, one in rows.items() if one is not None}
        hashes = dict.fromkeys(hashes, "0" * 64) if false else hashes
        listed = ListedErasure(ledger_origin(tx.unit, tx.contest), line, case, hashes)
        if signed:
            [listed] = signed_by_contest(contest, tx.unit, [listed])
    with (folder / "ptce.erased").open("ab") as file:
        file.write(json.encode(listed) + b"\n")


def signature_of_another_entry(folder: Path, _other: Path) -> None:
    """The signature of a true entry under one that names more."""
    entry(folder, 999, signed=False)
    *_others, true, false = (folder / "ptce.erased").read_bytes().splitlines()
    signature = json.decode(true, type=ListedErasure).signature
    forged = structs.replace(json.decode(false, type=ListedErasure), signature=signature)
    (folder / "ptce.erased").write_bytes(json.encode(forged) + b"\n")


INVENTED = "!The list of erasures names what no line of this ledger has erased."
CASES = {
    "checkpoints deleted": Case(deleted, "No checkpoint is kept beside the database"),
    "a checkpoint doubled": Case(doubled),
    "a checkpoint of another contest": Case(of_another, "!The checkpoint checkpoints/000000003"),
    "a checkpoint of a later line": Case(of_a_later_line, "is not as it was signed"),
    "two checkpoints of one line": Case(of_two_ledgers, "!Two checkpoints of one line"),
    "a checkpoint that is no text": Case(no_text, "!There is no checkpoint in"),
    "the list of erasures emptied": Case(
        lambda folder, _other: (folder / "ptce.erased").write_bytes(b""), "lacks this one"
    ),
    "the list of erasures removed": Case(
        lambda folder, _other: (folder / "ptce.erased").unlink(), "lacks this one"
    ),
    "the list of erasures damaged": Case(
        lambda folder, _other: (folder / "ptce.erased").write_bytes(b"{]"), "!The list of erasures"
    ),
    "the list of another contest": Case(
        lambda folder, other: shutil.copy(folder / "ptce.erased", other / "ptce.erased")
    ),
    "a line of text in the list": Case(
        lambda folder, _other: entry(folder, 999, signed=False), INVENTED
    ),
    "a line of text of a line there is": Case(
        lambda folder, _other: entry(folder, 20, signed=False), INVENTED
    ),
    "a line of text with other hashes": Case(
        lambda folder, _other: entry(folder, 999, signed=False, false=True),
        "has an entry that the contest has not signed. Line 999",
    ),
    "the signature of another entry": Case(signature_of_another_entry, INVENTED),
    "an entry that the key signed": Case(
        lambda folder, _other: entry(folder, 999, signed=True), "!What was erased is there again"
    ),
    "a mark of an erasure": Case(
        lambda folder, _other: (folder / "ptce.erasing").write_bytes(b'{"ledger":"'), NOTHING
    ),
}


def said(report: Verification, expected: str) -> bool:
    """Whether verifying says it, in a fault or in a remark."""
    if not expected:
        return not report.faults
    is_fault = expected.startswith("!")
    found = report.faults if is_fault else (*report.faults, *report.remarks)
    return any(expected.removeprefix("!") in f"{one.what} {one.why}" for one in found)


@pytest.mark.parametrize("name", CASES)
def test_what_stands_beside(name: str, giver: Path, taker: Path) -> None:
    case = CASES[name]
    case.act(giver, taker)
    for place in (giver, taker):
        with opened(place, SetClock(END)) as contest:
            report = verify(contest)
        if place is giver:
            assert said(report, case.said), (report.faults, report.remarks)
        else:
            assert report.faults == ()


@pytest.mark.parametrize(
    ("earnest", "at", "named"),
    [
        (False, END - timedelta(days=30), False),
        (False, END + timedelta(days=3000), False),
        (True, END + timedelta(days=3000), False),
        (True, END - timedelta(days=30), True),
        (True, datetime(1, 1, 2, tzinfo=UTC), True),
        (True, datetime(9999, 12, 31, 23, tzinfo=UTC), False),
    ],
)
def test_an_auditor_whose_clock_stands_elsewhere(
    giver: Path, earnest: bool, at: datetime, named: bool
) -> None:
    """What was written later than now is named; how late it is now changes nothing."""
    if earnest:
        with Contest.open(giver, actor="anne") as contest:
            forger = Tamperer(contest)
            told_in_earnest(forger)
            forger.write()
    with in_earnest(giver, SetClock(at), "anne") if earnest else opened(giver, SetClock(at)) as it:
        faults = verify(it).faults
    assert ("The line is dated later than now." in {one.what for one in faults}) == named
