"""Which way the database takes to the rows that are asked for."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from sqlalchemy.dialects.sqlite.pysqlite import dialect

from ptce_workflow.store.statements import Statements
from tests.store.places import raw


@pytest.mark.parametrize(
    ("name", "used"),
    [
        ("messages_of", [("case_id",)]),
        ("leases_over", [("stage",)]),
        ("leases_after", [("stage",)]),
        ("count_due", [("stage", "next_at")]),
    ],
)
def test_rows_are_found_by_what_is_asked(
    file: Path, name: str, used: list[tuple[str, ...]]
) -> None:
    """What is asked often walks through no more of a contest than it needs."""
    sql, _arranged = getattr(Statements(dialect()), name)._compiled
    with raw(file) as connection:
        plan = connection.execute(f"EXPLAIN QUERY PLAN {sql}", ("",) * sql.count("?"))
        details = " ".join(row[3] for row in plan)
    found = [tuple(re.findall(r"(\w+)[=<>]", terms)) for terms in re.findall(r"\((.*?)\)", details)]
    assert [columns[1:] for columns in found if columns] == used
