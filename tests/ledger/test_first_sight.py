"""A line taken at first sight is one that a closer look takes: the short way misses nothing."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ptce_workflow.ledger.line import (
    FIRST_PREV,
    LARGEST_INTEGER,
    Line,
    Malformed,
    canonical,
    decode,
    read,
)

names = st.text(st.sampled_from('abz_."\\ é\x7f'), max_size=4)
numbers = st.integers(-LARGEST_INTEGER - 2, LARGEST_INTEGER + 2) | st.floats(allow_nan=False)
values = st.recursive(
    st.none() | st.booleans() | numbers | names,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=8,
)
TABLE: dict[str, Any] = {
    "actor": "P-001",
    "at": "2024-03-11T11:00:00.000000Z",
    "case": None,
    "data": {},
    "def": FIRST_PREV,
    "n": 7,
    "pd": None,
    "prev": FIRST_PREV,
    "type": "facts_recorded",
}


def whole(value: object) -> bool:
    """Whether every number in a value is one that a line may hold."""
    if isinstance(value, dict):
        return all(map(whole, value.values()))
    if isinstance(value, list):
        return all(map(whole, value))
    return not isinstance(value, float) and (
        not isinstance(value, int) or abs(value) <= LARGEST_INTEGER
    )


@given(st.dictionaries(names, values, max_size=4), st.booleans(), st.booleans(), st.booleans())
def test_only_the_canonical_bytes(
    data: dict[str, Any], ordered: bool, spaced: bool, escaped: bool
) -> None:
    content = (
        json.dumps(
            {**TABLE, "data": data},
            sort_keys=ordered,
            separators=(", ", ":") if spaced else (",", ":"),
            ensure_ascii=escaped,
        ).encode()
        + b"\n"
    )
    if whole(data) and content == canonical({**TABLE, "data": data}):
        assert decode(content).data == data
    else:
        with pytest.raises(Malformed):
            decode(content)


def test_order_deep_inside() -> None:
    """Keys out of order are seen at any depth, in objects within lists as well."""
    line = decode(canonical({**TABLE, "data": {"facts": {"t": [{"a": 1, "b": 2}]}}}))
    swapped = line.encode().replace(b'{"a":1,"b":2}', b'{"b":2,"a":1}')
    assert swapped != line.encode()
    with pytest.raises(Malformed, match="canonical"):
        decode(swapped)


def test_reading_asks_for_no_canonical_form() -> None:
    line = Line(7, FIRST_PREV, TABLE["at"], None, "P-001", "facts_recorded", FIRST_PREV, {}, None)
    assert read(json.dumps(TABLE).encode()) == line == read(line.encode())
    for content in (b"", b"[]", b"{}", json.dumps({**TABLE, "n": True}).encode(), b"\xff"):
        with pytest.raises(Malformed):
            read(content)
