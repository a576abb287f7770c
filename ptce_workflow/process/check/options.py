"""Answers: a text that a condition compares with a field must be one that the field can take."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, get_args

from ptce_workflow.base.geography.zones import KINDS
from ptce_workflow.base.suggestions import suggestion
from ptce_workflow.base.words import LANGUAGES, _
from ptce_workflow.process.compiled import Node, tree
from ptce_workflow.process.definition import TIME, Definition
from ptce_workflow.process.fields import TableField
from ptce_workflow.process.rows import is_zone, table_of_row
from ptce_workflow.process.sheets import Role

if TYPE_CHECKING:
    from cel_expr_python.cel import Expression

_COMPARISONS = ("_==_", "_!=_", "@in")
_ELEMENT = "_[_]"


@dataclass(frozen=True, slots=True)
class _Value:
    """What is known of a part of a condition: the texts it spells out, or the answers it takes."""

    texts: tuple[str, ...] = ()
    name: str = ""
    answers: frozenset[str] = frozenset()


_Loops = Mapping[str, _Value]
"""What the loops around a part call their elements, and what those are."""


def unknown_answers(
    definition: Definition, expression: Expression
) -> Iterator[tuple[str, str, str]]:
    """What, why and mend for each text that is compared with what can never be equal to it."""
    yield from _faults(definition, tree(expression), {})


def _faults(definition: Definition, node: Node, loops: _Loops) -> Iterator[tuple[str, str, str]]:
    if node.kind == "call" and node.word in _COMPARISONS:
        one, other = (_value(definition, part, loops) for part in node.parts)
        yield from _compared(one, other)
        yield from _compared(other, one)
    inside = loops
    if node.kind == "loop":
        inside = {**loops, node.word: _value(definition, node.parts[0], loops)}
    for position, part in enumerate(node.parts):
        yield from _faults(definition, part, inside if position else loops)


def _compared(value: _Value, other: _Value) -> Iterator[tuple[str, str, str]]:
    for text in other.texts:
        if value.name and text not in value.answers:
            yield (
                _('"{name}" is never "{text}".').format(name=value.name, text=text),
                _("That is none of the answers it can take."),
                suggestion(text, value.answers - {""}),
            )


def _value(definition: Definition, node: Node, loops: _Loops) -> _Value:
    """A part of a condition; a list counts as its elements."""
    match node.kind:
        case "text":
            return _Value(texts=(node.word,))
        case "list":
            parts = (_value(definition, part, loops) for part in node.parts)
            return _Value(texts=tuple(text for part in parts for text in part.texts))
        case "name":
            return loops[node.word] if node.word in loops else _named(definition, node.word)
        case "column":
            return _column(definition, node.parts[0].row, node.word)
        case "call" if node.word == _ELEMENT:
            return _value(definition, node.parts[0], loops)
    return _Value()


def _named(definition: Definition, name: str) -> _Value:
    surroundings = {
        "actor.roles": (*get_args(Role), TIME),
        "actor.institution": ("", *definition.config.institutions),
        "contest.language": LANGUAGES,
    }
    if name in surroundings:
        return _Value(name=name, answers=frozenset(surroundings[name]))
    field = definition.field(name)
    answers = field.answers if field is not None else frozenset[str]()
    return _Value(name=name, answers=answers) if answers else _Value()


def _column(definition: Definition, row: str, column: str) -> _Value:
    if is_zone(row):
        return _Value(name=column, answers=frozenset(KINDS)) if column == "kind" else _Value()
    table = definition.field(table_of_row(row))
    asked = table.columns.get(column) if isinstance(table, TableField) else None
    answers = asked.answers if asked is not None else frozenset[str]()
    return _Value(name=column, answers=answers) if answers else _Value()
