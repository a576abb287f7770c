"""Columns and paths: one declaration for a table, for data and for the shape that help tells."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ptce_workflow.app.locations import read_folder
from ptce_workflow.base.words import speaking
from ptce_workflow.process.process import Process
from ptce_workflow.reports.listing import Col, JsonObject, Listing, documented, shaped, table

ROOT = Path(__file__).parents[2]
SHAPE = "[{ref=case.ref, said?, first=pairs.items: [{key=0, value=1}], rules: [{id}]}]"


@dataclass
class _Row:
    ref: str = "C-001"
    said: str = ""
    count: int = 3
    at: datetime = datetime(2024, 3, 1, 9, tzinfo=UTC)
    pairs: dict[str, int] = field(default_factory=lambda: {"a": 1})
    rules: tuple[Any, ...] = ({"id": "one", "other": 2},)
    case: Any = None


def test_a_shape_finds_each_key_where_it_says() -> None:
    """By attributes, methods and numbers; null where it may be empty, or something is none."""
    row = JsonObject(_Row(), case=_Row("C-002"))
    value = {"ref": "C-002", "said": None, "first": [{"key": "a", "value": 1}]}
    assert shaped(SHAPE, [row]) == [value | {"rules": [{"id": "one"}]}]
    assert shaped("{ref=case.ref}", _Row()) == {"ref": None}
    assert documented(SHAPE) == "[{ref, said, first: [{key, value}], rules: [{id}]}]"


def test_a_path_that_leads_nowhere_is_a_fault() -> None:
    with pytest.raises(AttributeError):
        shaped("{wrong}", _Row())


def test_rows_are_shown_by_what_their_values_are() -> None:
    """Figures as figures, days under their year; columns in which nothing stands may go."""
    process = Process.load(read_folder(ROOT / "tests" / "small"))
    columns = (
        Col("ref.", "ref"),
        Col("no.", "count", number=True),
        Col("since", "at", hours=False),
        Col("said", "said", spare=True),
        Col("erased", "said", "(erased)"),
        Col("rules", lambda row: iter(("x", row.ref))),
    )
    with speaking("en"):
        shown = table(process, [_Row()], *columns)
    headings = [column.heading for column in shown.columns]
    assert headings == ["ref.", "no.", "since (2024)", "erased", "rules"]
    assert [str(cell) for cell in shown.rows[0]] == ["C-001", "3", "1 Mar", "(erased)", "x\nC-001"]


def test_a_listing_tells_its_keys_wherever_it_stands() -> None:
    listing = Listing("Rows", "name=ref, said?", Col("ref.", "ref"))
    assert listing.shape == "[{name=ref, said?}]"
    assert listing.within("posted") == "name=posted.ref, said=posted.said?"
