"""The bytes of a line: one way to write it, and every other refused."""

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any
from unicodedata import normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from ptce_workflow.ledger.line import (
    FIRST_PREV,
    LARGEST_INTEGER,
    Line,
    Malformed,
    canonical,
    commitment,
    decode,
    digest,
    line_instant,
)

GOLDEN = Line(
    n=7,
    prev="ab" * 32,
    at="2024-03-11T11:00:00.000000Z",
    case="1a52b624-d352-4460-ab06-253f24add594",
    actor="P-001",
    type="transition_made",
    process="cd" * 32,
    data={
        "transition": "submit",
        "to": "submitted",
        "from": "draft",
        "verdicts": {"on_time": "holds", "complete": "holds"},
        "missing": {},
        "totals": {"taken": 3},
        "panels": {},
    },
    pd={"1a52b624-d352-4460-ab06-253f24add594": "ef" * 32},
)
GOLDEN_BYTES = (
    b'{"actor":"P-001","at":"2024-03-11T11:00:00.000000Z",'
    b'"case":"1a52b624-d352-4460-ab06-253f24add594",'
    b'"data":{"from":"draft","missing":{},"panels":{},"to":"submitted",'
    b'"totals":{"taken":3},"transition":"submit",'
    b'"verdicts":{"complete":"holds","on_time":"holds"}},'
    b'"def":"cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd","n":7,'
    b'"pd":{"1a52b624-d352-4460-ab06-253f24add594":'
    b'"efefefefefefefefefefefefefefefefefefefefefefefefefefefefefefefef"},'
    b'"prev":"abababababababababababababababababababababababababababababababab",'
    b'"type":"transition_made"}\n'
)


def test_golden_bytes() -> None:
    """The bytes of one fixed line never drift: a ledger of today is read in ten years."""
    assert GOLDEN.encode() == GOLDEN_BYTES
    assert decode(GOLDEN_BYTES) == GOLDEN


def test_golden_hashes() -> None:
    """The hash is what `sha256sum` says of the line with its line feed."""
    assert digest(GOLDEN_BYTES) == (
        "ebbf6dac3a096f2d96a391ba7c9c6ae2ac037c876438feb920de0bf6279fe418"
    )
    assert digest(b"abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_commitment() -> None:
    """A commitment is the hash of salt, line feed, JSON, line feed: a shell can make it again."""
    salt, data = "00" * 32, '{"reason":"x"}'
    assert commitment(salt, data) == digest(salt.encode() + b"\n" + data.encode() + b"\n")
    assert commitment(salt, data) != commitment("01" + salt[2:], data)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"b": 1, "a": [True, False, None]}, b'{"a":[true,false,null],"b":1}\n'),
        (
            {"peach": 0, "péché": 1, "pêche": 2},
            b'{"peach":0,"p\\u00e9ch\\u00e9":1,"p\\u00eache":2}\n',
        ),
        ("\u20ac$\u000f\nA'B\"\\/\b\t\f\r", b'"\\u20ac$\\u000f\\nA\'B\\"\\\\/\\b\\t\\f\\r"\n'),
        ("😀", b'"\\ud83d\\ude00"\n'),
        ([0, -1, LARGEST_INTEGER], b"[0,-1,9007199254740991]\n"),
        ({}, b"{}\n"),
    ],
)
def test_canonical(value: object, expected: bytes) -> None:
    """Keys sorted, no spaces, the short escapes of RFC 8785, all beyond ASCII escaped."""
    assert canonical(value) == expected


def changed(**values: Any) -> bytes:
    """The golden line with other values, in canonical form."""
    return canonical({**json.loads(GOLDEN_BYTES), **values})


def without(key: str) -> bytes:
    """The golden line without one of its keys, in canonical form."""
    return canonical(
        {name: value for name, value in json.loads(GOLDEN_BYTES).items() if name != key}
    )


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"\n", id="empty line"),
        pytest.param(b"null\n", id="no object"),
        pytest.param(b"[]\n", id="a list"),
        pytest.param(GOLDEN_BYTES[:-1], id="no line feed"),
        pytest.param(GOLDEN_BYTES + b"\n", id="two line feeds"),
        pytest.param(GOLDEN_BYTES[:-1] + b"\r\n", id="CRLF"),
        pytest.param(GOLDEN_BYTES * 2, id="two lines"),
        pytest.param(GOLDEN_BYTES[: len(GOLDEN_BYTES) // 2], id="cut short"),
        pytest.param(b"\xef\xbb\xbf" + GOLDEN_BYTES, id="BOM"),
        pytest.param(GOLDEN_BYTES.decode().encode("utf-16"), id="UTF-16"),
        pytest.param(b" " + GOLDEN_BYTES, id="space before"),
        pytest.param(GOLDEN_BYTES.replace(b'"n":7', b'"n": 7'), id="space inside"),
        pytest.param(GOLDEN_BYTES.replace(b'"n":7', b'"n":7,"n":7'), id="key twice"),
        pytest.param(
            GOLDEN_BYTES.replace(b'"taken":3', b'"taken":2,"taken":3'), id="inner key twice"
        ),
        pytest.param(
            json.dumps(
                dict(reversed(json.loads(GOLDEN_BYTES).items())), separators=(",", ":")
            ).encode()
            + b"\n",
            id="other order of keys",
        ),
        pytest.param(GOLDEN_BYTES.replace(b'"submit"', b'"\\u0073ubmit"'), id="needless escape"),
        pytest.param(GOLDEN_BYTES.replace(b'"submit"', b'"s\\/ubmit"'), id="escaped slash"),
        pytest.param(GOLDEN_BYTES.replace(b'"submit"', '"dépôt"'.encode()), id="UTF-8"),
        pytest.param(GOLDEN_BYTES.replace(b'"submit"', b'"d\\u00E9p"'), id="capital escape"),
        pytest.param(GOLDEN_BYTES.replace(b'"taken":3', b'"taken":3.0'), id="float"),
        pytest.param(GOLDEN_BYTES.replace(b'"taken":3', b'"taken":3e0'), id="exponent"),
        pytest.param(GOLDEN_BYTES.replace(b'"taken":3', b'"taken":NaN'), id="NaN"),
        pytest.param(GOLDEN_BYTES.replace(b'"taken":3', b'"taken":-Infinity'), id="infinity"),
        pytest.param(GOLDEN_BYTES.replace(b'"taken":3', b'"taken":-0'), id="minus zero"),
        pytest.param(GOLDEN_BYTES.replace(b'"taken":3', b'"taken":03'), id="leading zero"),
        pytest.param(changed(data={"x": LARGEST_INTEGER + 1}), id="integer too large"),
        pytest.param(changed(data={"x": -LARGEST_INTEGER - 1}), id="integer too small"),
        pytest.param(GOLDEN_BYTES.replace(b":3", b":" + b"9" * 5000), id="endless integer"),
        pytest.param(changed(data={"x": normalize("NFD", "dépôt")}), id="NFD"),
        pytest.param(changed(data={normalize("NFD", "é"): 1}), id="NFD key"),
        pytest.param(changed(data={"x": "\U0001d15e"}), id="composed, outside the basic plane"),
        pytest.param(changed(data={"x": "\U00011099\U000110ba"}), id="decomposed, outside as well"),
        pytest.param(changed(data={"x": "\ud83d"}), id="half a character"),
        pytest.param(b"[" * 100_000 + b"\n", id="too deep"),
        pytest.param(changed(hash="ab" * 32), id="another key"),
        pytest.param(changed(N=7), id="key of other case"),
        *(pytest.param(without(key), id=f"no {key}") for key in json.loads(GOLDEN_BYTES)),
    ],
)
def test_malformed(content: bytes) -> None:
    """What `encode` would not have written is refused, however near it comes."""
    with pytest.raises(Malformed):
        decode(content)


WRONG_KINDS: Mapping[str, Sequence[Any]] = {
    "n": [None, "7", True, 0, -1, []],
    "prev": [None, 0, "", "ab" * 31, "AB" * 32, "zz" * 32, "ab" * 33],
    "def": [None, 1, "occitanie"],
    "at": [
        *(None, 0, "", "2024-03-11", "2024-03-11T11:00:00Z", "2024-13-11T11:00:00.000000Z"),
        *("2024-03-11T12:00:00.000000+01:00", "2024-03-11T11:00:00.000000Z\n"),
        "٢٠٢٤-03-11T11:00:00.000000Z",
    ],
    "case": [1, [], {}, False],
    "actor": [None, 1, []],
    "type": [None, 1, []],
    "data": [None, 1, [], "x"],
    "by": [None, 1, []],
    "pd": [1, [], "x", {"x": None}, {"x": "ab"}, {"x": {"y": "ab" * 32}}],
}


@pytest.mark.parametrize(
    ("key", "value"), [(key, value) for key, values in WRONG_KINDS.items() for value in values]
)
def test_wrong_kind(key: str, value: object) -> None:
    """A value of the wrong kind is refused before anyone reckons with it; `true` is no 1."""
    with pytest.raises(Malformed, match=f'"{key}"'):
        decode(changed(**{key: value}))


def test_floats_are_never_written_as_not_a_number() -> None:
    with pytest.raises(ValueError, match="JSON"):
        replace(GOLDEN, data={"x": float("nan")}).encode()


def test_the_instant_alone() -> None:
    """The hour of a line is told without the rest of it, or refused where it is no hour."""
    assert line_instant(GOLDEN.encode()) == GOLDEN.at
    undated = replace(GOLDEN, at="2024-13-11T11:00:00.000000Z").encode()
    for content in (b"", b"{}\n", b"[1]\n", GOLDEN.encode()[:-9], undated, b"[" * 100_000):
        with pytest.raises(Malformed):
            line_instant(content)


def test_first_prev() -> None:
    """The first line names 64 zeros, and is a line like another."""
    first = replace(GOLDEN, n=1, prev=FIRST_PREV, case=None, pd=None)
    assert decode(first.encode()) == first


texts = st.text(st.characters(exclude_categories=["Cs"])).map(lambda text: normalize("NFC", text))
values = st.recursive(
    st.none() | st.booleans() | st.integers(-LARGEST_INTEGER, LARGEST_INTEGER) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(texts, values, max_size=4))
def test_round_trip(data: dict[str, Any]) -> None:
    """Whatever a line may hold comes back as it went in, and is written again the same."""
    line = replace(GOLDEN, data=data)
    assert decode(line.encode()) == line
    assert decode(line.encode()).encode() == line.encode()


@given(st.integers(0, len(GOLDEN_BYTES) - 1), st.integers(0, 255))
def test_one_byte(position: int, byte: int) -> None:
    """With one byte changed it is no line, or another line: never the same one."""
    content = GOLDEN_BYTES[:position] + bytes([byte]) + GOLDEN_BYTES[position + 1 :]
    if content == GOLDEN_BYTES:
        return
    with suppress(Malformed):
        assert decode(content) != GOLDEN
