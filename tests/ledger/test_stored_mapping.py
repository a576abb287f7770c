"""Rows read as they are asked for, and what an act has set of them."""

import pytest

from ptce_workflow.ledger.state import StoredMapping


class Rows:
    """Rows by name, and which were read one by one; `None` in the list: all of them."""

    def __init__(self, **rows: str) -> None:
        self.rows = rows
        self.asked: list[str | None] = []
        self.mapping = StoredMapping(self.one, self.every)

    def one(self, name: str) -> str:
        self.asked.append(name)
        return self.rows[name]

    def every(self) -> list[tuple[str, str]]:
        self.asked.append(None)
        return list(self.rows.items())


def test_a_row_is_read_once() -> None:
    stored = Rows(a="1", b="2", c="3")
    assert [stored.mapping["b"], stored.mapping.get("b")] == ["2", "2"]
    assert "d" not in stored.mapping
    assert stored.asked == ["b", "d"]
    stored.mapping["z"] = "9"
    assert list(stored.mapping.items()) == [("a", "1"), ("b", "2"), ("c", "3"), ("z", "9")]
    assert len(stored.mapping) == 4
    assert stored.asked == ["b", "d", None]


def test_what_was_set_is_what_changes() -> None:
    """With what stood before; what was never read is new, and a row that was only read is not."""
    stored = Rows(a="1", b="2")
    stored.mapping["a"] += "!"
    stored.mapping["n"] = "new"
    assert stored.mapping["b"] == "2"
    assert stored.mapping.changes() == [("a", "1", "1!"), ("n", None, "new")]
    assert stored.mapping.changes(every=True)[-1] == ("b", "2", "2")
    stored.mapping.reset()
    assert stored.mapping.changes() == []
    assert list(stored.mapping.items()) == [("a", "1"), ("b", "2")]


def test_rows_stay_in_their_order() -> None:
    stored = Rows(a="1", b="2")
    stored.mapping["b"] += "!"
    assert list(stored.mapping) == ["a", "b"]
    stored.mapping.reset()
    assert list(stored.mapping) == ["a", "b"]


def test_a_row_stays() -> None:
    """Nothing that is recorded takes one away."""
    with pytest.raises(TypeError, match="no row"):
        del Rows(a="1").mapping["a"]
