"""Conditions: as people write them, as CEL takes them, and the parts of what CEL makes of them.

`yes(x)` is false where nobody has answered x, rather than unknown. A territory is `inside` a zone
where it names something and all of it lies there; it `touches` one where some of it does.

*Source* `Any{2: CheckedExpr{2: references by node, 3: types by node, 4: the expression}}`, the
checked expressions of the Common Expression Language (`cel/expr/checked.proto`, `syntax.proto`).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

from google.protobuf.empty_pb2 import Empty
from google.protobuf.unknown_fields import UnknownFieldSet
from msgspec import Struct

from ptce_workflow.process.model.quantities import Limit

if TYPE_CHECKING:
    from cel_expr_python.cel import Expression

Kind = Literal["text", "name", "column", "call", "list", "loop", "other"]
_CONSTANT, _TEXT_CONSTANT = 3, 6
_MESSAGE_TYPE = 9
_NONE = 0
_FORMS: Mapping[int, tuple[Kind, int, tuple[int, ...]]] = {
    4: ("name", 1, ()),
    5: ("column", 2, (1,)),
    6: ("call", 2, (1, 3)),
    7: ("list", _NONE, (1,)),
    9: ("loop", 1, (2, 4, 5, 6, 7)),
}
"""By the number of a form: what we call it, where its word stands, where its parts stand."""


class Node(Struct, frozen=True):
    """One node of an expression.

    `word` is the text of a constant, the name of a variable, of a column, of a function, or of
    what a loop (`all`, `exists`, `filter`, …) calls each element; `row` the message that the node
    gives, "" for anything else. The first part of a loop is what it goes over.
    """

    kind: Kind
    word: str
    row: str
    parts: tuple[Node, ...]


def used_names(expression: Expression, known: Collection[str]) -> tuple[str, ...]:
    """The declared variables that a compiled expression reads, in alphabetical order."""
    references = _checked(expression).get(2, ())
    names = {_text(_only(_only(entry, 2), 1)) for entry in references}
    return tuple(sorted(names.intersection(known)))


def tree(expression: Expression) -> Node:
    """The whole of a compiled expression, its loops written out."""
    checked = _checked(expression)
    rows = {}
    for entry in checked.get(3, ()):
        rows[_number(entry, 1)] = _text(_only(_only(entry, 2), _MESSAGE_TYPE))
    return _node(checked[4][0], rows)


def every_node(node: Node) -> Iterator[Node]:
    """A node, and all that it is made of."""
    yield node
    for part in node.parts:
        yield from every_node(part)


def _node(message: bytes, rows: Mapping[int, str]) -> Node:
    fields = _fields(message)
    row = rows.get(next((c for n, c in fields if n == 2 and isinstance(c, int)), 0), "")
    form, content = next((n, c) for n, c in fields if isinstance(c, bytes))
    kind, named, inside = _FORMS.get(form, ("other", _NONE, ()))
    said = [(n, c) for n, c in _fields(content) if isinstance(c, bytes)]
    if form == _CONSTANT:
        texts = [c for n, c in said if n == _TEXT_CONSTANT]
        return Node("text", _text(texts[0]), row, ()) if texts else Node("other", "", row, ())
    word = next((_text(c) for n, c in said if n == named), "")
    return Node(kind, word, row, tuple(_node(c, rows) for n, c in said if n in inside))


@lru_cache(maxsize=1)
def _checked(expression: Expression) -> dict[int, list[bytes]]:
    return _by_number(_only(expression.serialize(), 2))


def _only(message: bytes, number: int) -> bytes:
    return _by_number(message).get(number, [b""])[0]


def _number(message: bytes, number: int) -> int:
    return next((c for n, c in _fields(message) if n == number and isinstance(c, int)), 0)


def _text(content: bytes) -> str:
    return content.decode()


def _by_number(message: bytes) -> dict[int, list[bytes]]:
    found: dict[int, list[bytes]] = {}
    for number, content in _fields(message):
        if isinstance(content, bytes):
            found.setdefault(number, []).append(content)
    return found


def _fields(message: bytes) -> list[tuple[int, bytes | int]]:
    """The numbered fields of a protobuf message: whole numbers, and all that has a length."""
    fields = UnknownFieldSet(Empty.FromString(message))
    return [(one.field_number, one.data) for one in map(fields.__getitem__, range(len(fields)))]


_NAME = r"[a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)+"
# What stands between quotation marks is text.
_SHORT = re.compile(
    r"(?P<text>\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*')"
    rf"|\byes\(\s*(?P<asked>{_NAME})\s*\)"
    rf"|\b(?P<where>{_NAME})\.(?P<how>inside|touches)\(\s*limit\.(?P<limit>[a-z][a-z0-9_]*)\s*\)"
)
_INSIDE: Mapping[str, str] = {
    "region": "z.regions == [{code}]",
    "department": "z.departments == [{code}]",
    "epci": 'z.kind == "epci" && z.code == {code}',
    "commune": 'z.kind == "commune" && z.code == {code}',
}
# A territory records no other kinds of zone that it touches.
_TOUCHES: Mapping[str, str] = {
    "region": "{code} in z.regions",
    "department": "{code} in z.departments",
}


def written_out(condition: str, limits: Mapping[str, Limit]) -> str:
    """A condition in plain CEL; what is no shorthand stands as it is."""

    def put(found: re.Match[str]) -> str:
        if found["text"]:
            return found[0]
        if found["asked"]:
            return f"(given.{found['asked']} && {found['asked']})"
        limit = limits.get(found["limit"])
        if limit is None or limit.zone is None:
            return found[0]
        kind = limit.zone.partition(" ")[0]
        forms = _INSIDE if found["how"] == "inside" else _TOUCHES
        if kind not in forms:
            return found[0]
        asked = forms[kind].format(code=f"limit.{found['limit']}")
        if found["how"] == "touches":
            return f"{found['where']}.exists(z, {asked})"
        return f"({found['where']}.size() > 0 && {found['where']}.all(z, {asked}))"

    return _SHORT.sub(put, condition)
