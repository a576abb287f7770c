"""Grids and sign-in sheets that version 0.1.0 sent out are taken back today."""

from __future__ import annotations

import lzma
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from ptce_workflow.app.admin.setup import upgrade
from ptce_workflow.app.admin.verify import verify
from ptce_workflow.app.cases.history import history
from ptce_workflow.app.cases.overview import show
from ptce_workflow.app.contest import Contest
from ptce_workflow.base.clock import SetClock
from ptce_workflow.ledger.events.panel import Comments
from ptce_workflow.papers.reading import read_workbook
from ptce_workflow.papers.sign_in import date_of, read_sign_in
from tests.grids import take
from tests.rehearsal import AFTERWARDS, english, opened
from tests.signing import GARDENS, LEDGER, PROCESS, signing

__all__ = ["english"]

OLDER = Path(__file__).parents[1] / "older"


@pytest.fixture
def begun_then(tmp_path: Path) -> Iterator[Contest]:
    """The small contest as that version left it: three candidatures wait for marks."""
    folder = shutil.copytree(OLDER / "first" / "small", tmp_path / "contest")
    ledger = (OLDER / "0.1.0-small.db.xz").read_bytes()
    (folder / "ptce.db").write_bytes(lzma.decompress(ledger))
    upgrade(folder)
    with opened(folder, SetClock(AFTERWARDS)) as contest:
        yield contest


@pytest.mark.parametrize(
    ("form", "remark"),
    [("xlsx", "Été : « à deux »"), ("csv", "- À revoir ; sinon, bien")],
    ids=["xlsx", "csv"],
)
def test_a_grid(begun_then: Contest, form: str, remark: str) -> None:
    """Marks and a comment are given; what stood in it already stays, and all verifies."""
    taken = take(begun_then, OLDER / f"0.1.0-grid.{form}")
    assert [row.case.ref for row in taken.changed] == ["C-001", "C-002"]
    given = {ref: show(begun_then, ref).case.scores["cra"] for ref in ("C-001", "C-002")}
    assert given == {
        "C-001": {"north": {"idea": 350, "method": 400}},
        "C-002": {"north": {"idea": 450, "method": 300}},
    }
    assert history(begun_then, "C-001")[-1].side == Comments({"remark": remark})
    assert verify(begun_then).intact


def test_a_sign_in_sheet() -> None:
    """The answers of a table and one asked once of a garden."""
    handed = read_workbook(OLDER / "0.1.0-sign-in.xlsx")
    assert date_of(handed, PROCESS, LEDGER) == "workshop"
    signed = read_sign_in(handed, PROCESS, signing(), GARDENS)
    assert [(change.ref, change.who, change.after) for change in signed.changes] == [
        ("C-001", "Ada", "came"),
        ("C-001", "=Bo()", "excused"),
        ("C-001", "", "Un orage."),
    ]
