"""The statements, for whichever database they are compiled."""

import re

import ptce_workflow.store.statements as statements
from ptce_workflow.store.rows import SQLITE
from ptce_workflow.store.rows_postgresql import TEXTS


def test_a_server_is_asked_for_the_same_by_the_same_names() -> None:
    assert TEXTS.keys() == SQLITE.keys()
    for name, text in SQLITE.items():
        named = set(re.findall(r":(\w+)", text))
        assert set(re.findall(r"%\((\w+)\)s", TEXTS[name])) == named, name
        assert re.findall(r"\{\w+\}", TEXTS[name]) == re.findall(r"\{\w+\}", text)


def test_what_is_written_down_is_what_compiling_gives() -> None:
    assert statements.texts(statements.SQLITE) == SQLITE
    assert statements.texts(statements.POSTGRESQL) == TEXTS
