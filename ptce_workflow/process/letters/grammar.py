"""The grammar of templates, and the guards that are put into one before it is compiled.

Templates print, ask, and go through lists. Everything else that Jinja knows is refused as the
template is read, so that nothing of it can be reached when a letter is written.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence

from jinja2 import nodes
from jinja2.visitor import NodeTransformer

from ptce_workflow.base.text import did_you_mean, nearest
from ptce_workflow.base.words import _
from ptce_workflow.process.letters.readable import (
    CHARACTERS_A_STEP,
    FUNCTIONS,
    NAMES,
    TemplateFault,
)

COUNTED = "(counted)"
JOINED = "(joined)"
COMPARED = "(compared)"
MEASURED = "(measured)"
"""Guards, by names that no template can write: what a loop goes through, what `~` joins, what is
compared, and what is looked into or cut.
"""

TESTS = ("defined", "undefined")
"""Jinja's other tests are of no use here, and `odd` would format a text that holds a `%`."""
DEEPEST = 50
_ALLOWED = frozenset(
    (
        *(nodes.Template, nodes.Output, nodes.TemplateData),
        *(nodes.If, nodes.For, nodes.Assign, nodes.Name, nodes.Const, nodes.Keyword),
        *(nodes.List, nodes.Tuple, nodes.Getattr, nodes.Getitem, nodes.Slice, nodes.Call),
        *(nodes.Filter, nodes.Test, nodes.CondExpr, nodes.Compare, nodes.Operand, nodes.Concat),
        *(nodes.And, nodes.Or, nodes.Not, nodes.Neg, nodes.Pos),
        *(nodes.Add, nodes.Sub, nodes.Mul, nodes.FloorDiv, nodes.Mod),
    )
)
_LEAVES = frozenset((nodes.TemplateData, nodes.Name, nodes.Const))
_WRITTEN: Mapping[str, str] = {
    "Pow": "**",
    "Div": "/",
    "Dict": "{ }",
    "AssignBlock": "set",
    "CallBlock": "call",
    "FilterBlock": "filter",
    "FromImport": "from",
    "Scope": "autoescape",
}
"""The notation of nodes that are not called as jinja calls them."""


def guarded(tree: nodes.Template, filters: Collection[str]) -> nodes.Template:
    """The same template with its guards.

    *Raises* TemplateFault, with its line, for whatever may not be written.
    """
    stored: set[str] = set()
    read: list[nodes.Name] = []
    kinds = Counter[type[nodes.Node]]()
    for node in _every(tree):
        _check(node, filters)
        kinds[type(node)] += 1
        if isinstance(node, nodes.Name):
            if node.ctx == "load":
                read.append(node)
            else:
                stored.add(node.name)
        _guard_parts(node)
    known = {*NAMES, *FUNCTIONS, *stored, "loop"}
    for name in read:
        if name.name not in known:
            raise TemplateFault(
                _('"{name}" does not exist.').format(name=name.name),
                _("Known here: {names}.").format(names=", ".join(sorted(NAMES))),
                did_you_mean(nearest(name.name, known)),
                line=name.lineno,
            )
    if kinds[nodes.Concat]:
        _Joins().visit(tree)
    return tree


def _every(tree: nodes.Node) -> Iterator[nodes.Node]:
    """Every node; without recursion, since the depth is what is looked at."""
    left: list[tuple[nodes.Node, int]] = [(tree, 0)]
    while left:
        node, depth = left.pop()
        if depth > DEEPEST:
            raise TemplateFault(
                _("This template is nested too deep."),
                _("Nothing stands in more than {most} others.").format(most=DEEPEST),
                line=node.lineno,
            )
        # As it was written: whoever is given the node may guard what it is made of.
        children = [] if type(node) in _LEAVES else [*node.iter_child_nodes()]
        yield node
        left.extend((child, depth + 1) for child in reversed(children))


def _check(node: nodes.Node, filters: Collection[str]) -> None:
    # What is allowed is listed; each case below narrows one sort of node further. What no case
    # names needs no more than to stand in the list.
    if type(node) not in _ALLOWED:
        word = type(node).__name__
        raise _refused(_WRITTEN.get(word, word.lower()), node.lineno)
    match node:
        case nodes.Name(ctx="store") if node.name in NAMES or node.name in FUNCTIONS:
            raise TemplateFault(
                _('The name "{name}" is taken.').format(name=node.name), line=node.lineno
            )
        case nodes.For(recursive=True):
            raise _refused("recursive", node.lineno)
        case nodes.Call():
            function = node.node
            if not isinstance(function, nodes.Name) or function.name not in FUNCTIONS:
                raise _refused(getattr(function, "name", "") or _called(function), node.lineno)
            _check_spread(node)
        case nodes.Filter():
            if node.name not in filters:
                raise _unknown(_('The filter "{name}" is not known here.'), node, filters)
            _check_spread(node)
        case nodes.Test():
            if node.name not in TESTS:
                raise _unknown(_('The test "{name}" is not known here.'), node, TESTS)


def _check_spread(call: nodes.Call | nodes.Filter) -> None:
    if call.dyn_args is not None or call.dyn_kwargs is not None:
        raise _refused("*", call.lineno)


def _called(function: nodes.Node) -> str:
    return getattr(function, "attr", "") or type(function).__name__


def _refused(thing: str, line: int) -> TemplateFault:
    return TemplateFault(
        _('"{thing}" has no place in a letter.').format(thing=thing),
        _("Templates print values, ask questions and go through lists; see docs/format.md."),
        line=line,
    )


def _unknown(what: str, node: nodes.Filter | nodes.Test, known: Collection[str]) -> TemplateFault:
    why = _("Known here: {names}.").format(names=", ".join(sorted(known)))
    return TemplateFault(what.format(name=node.name), why, line=node.lineno)


def _guard_parts(node: nodes.Node) -> None:
    """Puts the guards in: what loops go through is counted, what is compared or cut is measured."""
    match node:
        case nodes.For():
            # Each turn counts as what stands in the loop.
            turn = sum(map(_weight, (*node.body, node.target)))
            if node.test is not None:
                turn += _weight(node.test)
            node.iter = _guard(COUNTED, node.iter, [nodes.Const(turn, lineno=node.lineno)])
        case nodes.Compare():
            # Texts and numbers only: lists of lists may take for ever.
            node.expr = _guard(COMPARED, node.expr)
        case nodes.Operand():
            looked_into = node.op in ("in", "notin")
            node.expr = _guard(MEASURED if looked_into else COMPARED, node.expr)
        case nodes.Getitem(arg=nodes.Slice()):
            node.node = _guard(MEASURED, node.node)


class _Joins(NodeTransformer):
    """Measures what is joined before it is."""

    def visit_Concat(self, node: nodes.Concat) -> nodes.Filter:  # noqa: N802 - named by jinja
        """The same texts, joined by a guard."""
        self.generic_visit(node)
        first, *others = node.nodes
        return _guard(JOINED, first, others)


def _guard(name: str, node: nodes.Node, others: Sequence[nodes.Expr] = ()) -> nodes.Filter:
    return nodes.Filter(node, name, list(others), [], None, None, lineno=node.lineno)


def _weight(node: nodes.Node) -> int:
    """The steps that a part of a template takes when it is gone through once."""
    length = len(node.data) if isinstance(node, nodes.TemplateData) else 0
    below = () if type(node) in _LEAVES else node.iter_child_nodes()
    return 1 + length // CHARACTERS_A_STEP + sum(map(_weight, below))
