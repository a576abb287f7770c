"""Which way the database takes to the rows that are asked for."""

import re
from pathlib import Path

import pytest

import ptce_workflow.store.tables as tables
from ptce_workflow.process.letters.message import PENDING, Stage
from ptce_workflow.store.rows import SQLITE
from tests.servers import by_hand
from tests.store.places import CONTEST


@pytest.mark.parametrize(
    ("name", "used"),
    [
        ("lines_about", [("<expr>",)]),
        ("messages_of", [("case_id",)]),
        ("person", [("pseudonym",), ("login",)]),
        (
            "messages_standing",
            [("case_id",), ("case_id", "notification", "occurrence", "recipient")],
        ),
        ("due_until", [("due",)]),
        ("count_due", [("stage", "next_at")]),
        ("change_rows", [("number",)]),
    ],
)
def test_rows_are_found_by_what_is_asked(
    file: Path, name: str, used: list[tuple[str, ...]]
) -> None:
    sql = SQLITE[name].replace("{slots}", "VALUES (:a, :b, :c), (:d, :e, :f)")
    values = dict.fromkeys(re.findall(r":(\w+)", sql), "")
    with by_hand(file, autocommit=True) as connection:
        plan = connection.execute(f"EXPLAIN QUERY PLAN {sql}", values)
        details = " ".join(row[3] for row in plan)
    found = [
        tuple(re.findall(r"(\w+|<expr>)[=<>]", terms))
        for terms in re.findall(r"\((.*?)\)", details)
    ]
    # All that is asked is about one contest.
    found = [tuple(name for name in columns if name != "contest") for columns in found]
    assert [columns for columns in found if columns] == used


def test_lines_that_accept_a_clock_are_found_among_themselves(file: Path) -> None:
    with by_hand(file, autocommit=True) as connection:
        sql = SQLITE["clock_lines"]
        plan = connection.execute(f"EXPLAIN QUERY PLAN {sql}", {"contest": CONTEST})
        assert [row[3] for row in plan] == ["SCAN ledger USING INDEX ledger_clock"]


def test_what_stands_is_what_has_not_left() -> None:
    assert set(re.findall(r"'(\w+)'", tables.PENDING)) == {stage.value for stage in PENDING}
    assert re.findall(r"'(\w+)'", tables.NOT_CANCELLED) == [Stage.CANCELLED.value]
