"""What was done to a ledger is found by what the page of its export says finds it first."""

import json
import shutil
from pathlib import Path

import pytest

from ptce_workflow.app.audit.export import verify_export
from ptce_workflow.app.audit.verify import verify
from ptce_workflow.app.checkpoints import make
from ptce_workflow.app.contest import Contest
from ptce_workflow.app.locations import LEDGER
from ptce_workflow.app.people import enrol
from ptce_workflow.base.errors import PtceError
from ptce_workflow.exports.tables import findings, verify_pages
from ptce_workflow.ledger.checkpoint import Checkpoint, sign
from ptce_workflow.ledger.line import digest
from tests.chronicle import EARLIER, GIVER, giver, lived
from tests.ledger.tamperer import Tamperer
from tests.ledger.tamperings.found import FOUND
from tests.ledger.tamperings.lies import LIES
from tests.ledger.tamperings.limits import LIMITS
from tests.ledger.tamperings.table import Tampering
from tests.test_audit import CHECKS, REMARKED, checked, exported, needs_tools, sign_off

__all__ = ["giver", "lived"]

pytestmark = needs_tools
BYTES = {
    "a_line_edited": "line",
    "a_line_deleted": "line",
    "a_line_deleted_and_chained": "side",
    "a_line_inserted": "line",
    "two_lines_swapped": "side",
    "the_last_line_edited": "rewritten",
    "bytes_of:not_canonical": "form",
    "bytes_of:a_key_twice": "form",
    "beside:edited": "side",
    "beside:gone": "side",
    "beside:added": "side",
    "archived:edited": "rules",
    "archived:gone": "rules",
    "archived:added": "rules",
    "a_document_edited": "lists",
}
"""What the table calls those that change bytes without writing all anew."""
QUICK = ("a_reason_rewritten", "the_end_cut_off")
TABLE = [
    pytest.param(how, id=str(how), marks=[] if how.name in QUICK else pytest.mark.slow)
    for how in (*FOUND, *LIES, *LIMITS)
]


@pytest.fixture(scope="session")
def kept(lived: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkpoint of the last line of what was lived, in the hands of somebody else."""
    folder = shutil.copytree(lived / GIVER, tmp_path_factory.mktemp("kept") / GIVER)
    with Contest.open(folder, actor="anne") as contest:
        made = make(contest)
    assert made is not None
    return made.file


def finder(folder: Path, export: Path, kept: Path) -> str:
    """What finds first that something is wrong with a contest, or with its export.

    Whoever did it has the key, and signs a checkpoint of what the ledger says now.
    """
    try:
        exported(folder, export)
    except PtceError:
        # Its own tables are such that the program does not open it.
        return "live"
    if not any(export.glob("checkpoints/*.txt")):
        sign_anew(export, (folder / "ptce.key").read_bytes())
    if checked(export) != CHECKS:
        return "shell"
    if checked(export, str(kept)) != CHECKS:
        return "checkpoint"
    if verify_export(export, verify_pages).faults:
        return "verify"
    with Contest.open(folder, actor="anne") as contest:
        return "live" if verify(contest).faults else "nothing"


def sign_anew(export: Path, key: bytes) -> None:
    """Adds a checkpoint of the last line, whatever it says."""
    first, *others = (export / LEDGER).read_bytes().splitlines(keepends=True)
    data = json.loads(first)["data"]
    contest, origin = (json.dumps(data[name]).strip('"') for name in ("contest", "origin"))
    head = Checkpoint(f"ptce/{contest}/{origin}", 1 + len(others), digest([first, *others][-1]))
    (export / "checkpoints").mkdir()
    (export / "checkpoints" / f"{head.size:09d}.txt").write_bytes(sign(head, key).encode())
    sign_off(export)


@pytest.mark.long
@pytest.mark.parametrize("how", TABLE)
def test_what_finds_it(how: Tampering, giver: Path, kept: Path, tmp_path: Path) -> None:
    """Whoever does it does away with the checkpoints there are; one lies elsewhere."""
    with Contest.open(giver, actor="anne") as contest:
        it = Tamperer(contest)
        before = list(it.lines)
        how.act(it)
        it.write()
    same = [line for line, was in zip(it.lines, before, strict=False) if line is was]
    covered = len(same) < len(before)
    forged = "rewritten" if covered else "unlawful"
    finding = BYTES.get(how.name) or (forged if it.forged else "beside")
    if how.name == "the_end_cut_off":
        # Side rows whose line is gone are in the way, and so are those whose erasure no line tells.
        left = any(line.pd or line.type == "personal_data_erased" for line in before[-3:])
        finding = "side" if left else "cut"
    by = findings()[finding]["by"]
    if how.name == "missing:another_key":
        # The key that the lines tell then is the former one, with which nobody signs any more.
        by = "shell"
    assert finder(giver, tmp_path / "export", kept) == by, finding


@pytest.mark.slow
def test_an_older_copy_in_its_place(lived: Path, kept: Path, tmp_path: Path) -> None:
    older = shutil.copytree(lived / EARLIER, tmp_path / "older")
    assert finder(older, tmp_path / "export", kept) == findings()["cut"]["by"]
    [*_, last] = sorted((older / "checkpoints").iterdir())
    assert checked(tmp_path / "export", str(last)) == CHECKS
    # The checkpoints that are beside the database tell too, unless these were done away with.
    shutil.copy(kept, older / "checkpoints")
    assert finder(older, tmp_path / "signed", kept) == findings()["note"]["by"]


@pytest.mark.slow
def test_two_exports_that_part(lived: Path, tmp_path: Path) -> None:
    one, other = (shutil.copytree(lived / EARLIER, tmp_path / name) for name in ("one", "other"))
    for folder in (one, other):
        shutil.rmtree(folder / "checkpoints")
        with Contest.open(folder, actor="anne") as contest:
            enrol(contest, folder.name, ["auditor"])
            made = make(contest)
        assert checked(exported(folder, tmp_path / f"{folder.name}-export")) == CHECKS
    assert made is not None
    assert finder(one, tmp_path / "again", made.file) == findings()["cut"]["by"]


@pytest.mark.long
def test_what_was_rewritten_since(giver: Path, lived: Path, tmp_path: Path) -> None:
    how = next(how for how in LIMITS if how.name == "a_vote_rewritten")
    with Contest.open(giver, actor="anne") as contest:
        it = Tamperer(contest)
        n = int(how.act(it))
        it.write(composing=True)
    kept = max(one for one in (lived / GIVER / "checkpoints").iterdir() if int(one.stem) < n)
    assert finder(giver, tmp_path / "export", kept) == findings()["late"]["by"]


def test_every_line_of_the_table_is_tried() -> None:
    tried = {*BYTES.values(), "cut", "rewritten", "unlawful", "beside", "late", "file", "note"}
    tried |= {finding for finding, _remark, _act in REMARKED.values()}
    assert tried == findings().keys()
