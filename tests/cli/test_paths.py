"""The paths of `--json`, held against the annotations of the records that they are found in."""

import ast
import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest

from ptce_workflow.cli.grammar import every_command
from ptce_workflow.reports.listing import shape_keys
from tests.test_floors import PACKAGE, trees

pytestmark = pytest.mark.parsed

# What each command answers with; names in braces are given beside the attributes of the record.
RECORDS = {
    "list": "Brief",
    "mail list": "Posted",
    "mail show": "LetterView {headers}",
    "people list": "Person",
    "minutes": "SittingHeld",
    "show": "Dossier {name facts pieces untold too_late notified}",
    "why": "Explanation {acts}",
    "advance": "AdvanceStep {to done verdicts line}",
    "hand-over": "HandedOver {there state made exhibits}",
    "receive": "ReceivedSheet",
    "convene": "Convened",
    "diff": "Between",
    "verify": "Verification",
    "adopt": "Adoption",
    "jury rank": "Standing {ranking without_each}",
    "deliberate": "Deliberated {written line votes decisions}",
}
LISTS = {"list", "tuple", "Sequence", "Iterable", "frozenset", "set", "Collection"}
MAPPINGS = {"dict", "Mapping", "MappingProxyType", "Counter", "defaultdict"}


@cache
def _classes() -> dict[str, list[ast.ClassDef]]:
    found: dict[str, list[ast.ClassDef]] = {}
    for _file, tree in trees(PACKAGE):
        for node in tree.body:
            if isinstance(node, ast.ClassDef):
                found.setdefault(node.name, []).append(node)
    return found


def _attribute(name: str, attribute: str) -> str | None:
    """The annotation of an attribute or a property of a class, or of one that it derives from."""
    for one in _classes()[name]:
        for node in one.body:
            if isinstance(node, ast.AnnAssign) and ast.unparse(node.target) == attribute:
                return ast.unparse(node.annotation)
            if isinstance(node, ast.FunctionDef) and node.name == attribute:
                return "Any" if node.returns is None else ast.unparse(node.returns)
            if f"self.{attribute} = " in ast.unparse(node):
                return "Any"
        for base in map(ast.unparse, one.bases):
            base = base.partition("[")[0]
            if base in _classes() and (found := _attribute(base, attribute)):
                return found
    return None


def _kinds(told: str) -> Iterator[str]:
    """What an annotation may be, without None."""
    node = ast.parse(told.strip("'\""), mode="eval").body
    while isinstance(node, ast.BinOp):
        yield from _kinds(ast.unparse(node.right))
        node = node.left
    if ast.unparse(node) != "None":
        yield ast.unparse(node)


def _step(told: str, name: str) -> str:
    """The annotation of what a step leads to; "Any" where nothing more is known."""
    kinds = [*_kinds(told)]
    for kind in kinds:
        outer, _bracket, inner = kind.partition("[")
        parts = ast.parse(f"({inner.removesuffix(']')},)", mode="eval").body if inner else None
        items = [ast.unparse(one) for one in parts.elts] if isinstance(parts, ast.Tuple) else []
        if outer in _classes():
            found = "Any" if name == "value" else _attribute(outer, name)
            if found is not None:
                return found
        elif outer in LISTS and (name == "*" or name.isdigit()):
            whole = outer != "tuple" or "..." in items
            return items[0 if whole else int(name)] if items else "Any"
        elif outer in MAPPINGS:
            return f"list[tuple[{', '.join(items)}]]" if name == "items" else items[-1]
        else:
            return "Any"
    raise AssertionError(f"no {name} in {told}")


def _walk(keys: Any, told: str) -> None:
    if isinstance(keys, list):
        told = next(_kinds(told)) if told in _classes() else _step(told, "*")
        return _walk(keys[0], told)
    for key, inner in (keys or {}).items():
        name, _sign, path = key.removesuffix("?").partition("=")
        found = told
        for step in (path or name).split("."):
            found = _step(found, step)
        _walk(inner, found)
    return None


@pytest.mark.parametrize("name", RECORDS)
def test_every_path_leads_somewhere(name: str) -> None:
    """A record that loses a name is found here, not by whoever types `--json`."""
    record, _brace, beside = RECORDS[name].partition(" {")
    keys = shape_keys(every_command()[name].paths)
    keys = keys[0] if isinstance(keys, list) else keys
    given = beside.removesuffix("}").split()
    found = {
        key: inner
        for key, inner in keys.items()
        if re.split(r"[.?]", key.partition("=")[2] or key)[0] not in given
    }
    assert found
    _walk(found, record)


def test_a_path_that_leads_nowhere_is_found() -> None:
    keys = json.loads('{"ref=case.reference": null}')
    with pytest.raises(AssertionError, match="no reference in Candidature"):
        _walk(keys, "Explanation")
