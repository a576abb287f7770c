"""The statements, for whichever database they are compiled."""

from __future__ import annotations

import re

import ptce_workflow.store.tables as statements
from ptce_workflow.store.rows import SQLITE
from ptce_workflow.store.rows_postgresql import TEXTS


def test_a_server_is_asked_for_the_same_by_the_same_names() -> None:
    """Each statement has a text in PostgreSQL's words, with the parameters that SQLite's has."""
    assert TEXTS.keys() == SQLITE.keys()
    for name, text in SQLITE.items():
        named = set(re.findall(r":(\w+)", text))
        assert set(re.findall(r"%\((\w+)\)s", TEXTS[name])) == named, name
        assert re.findall(r"\{\w+\}", TEXTS[name]) == re.findall(r"\{\w+\}", text)


def test_what_is_written_down_is_what_compiling_gives() -> None:
    """Commands run the texts of the module; whoever changes a table writes it again."""
    assert statements.texts(statements.SQLITE) == SQLITE
    assert statements.texts(statements.POSTGRESQL) == TEXTS
