"""Conditions: CEL takes them, they answer on whatever is recorded, and read nothing erasable."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, get_args

from cel_expr_python import cel

from ptce_workflow.base.errors import Finding
from ptce_workflow.base.geography.zones import KINDS, RECORDED
from ptce_workflow.base.text import suggestion
from ptce_workflow.base.words import LANGUAGES, _
from ptce_workflow.process.check.places import rules
from ptce_workflow.process.check.samples import samples
from ptce_workflow.process.fields import Computable, TableField
from ptce_workflow.process.model.definition import TIME, Definition
from ptce_workflow.process.model.folder import CONFIG, notification_file, sheet_file
from ptce_workflow.process.model.sheets import Role
from ptce_workflow.process.process import Process
from ptce_workflow.process.rules.compiled import Node, every_node, tree, used_names
from ptce_workflow.process.rules.rows import is_zone, table_of_row

if TYPE_CHECKING:
    from cel_expr_python.cel import Env, Expression, Type

# Wider than the names of values: a slip such as {Date.closing} would be printed as it stands.
_BRACED = re.compile(r"\{([^{}]*)\}")
_HAS = re.compile(r"\bhas\s*\(([^()]*)\)")


@dataclass(frozen=True, slots=True)
class _Written:
    """An expression as it is written, where, and what it may read and must give.

    `field` is the computed field that it works out, "" for a condition.
    """

    file: str
    key: str
    field: str
    source: str
    env: Env
    known: Collection[str]
    type: Type


def faults(process: Process) -> Iterator[Finding]:
    """Every expression that does not stand, and every sentence that names an unknown value."""
    broken: set[str] = set()
    for written in (*_computed(process), *_conditions(process)):
        for what, why, mend in _faults(process, written, broken):
            broken.add(written.field)
            yield Finding(written.file, written.key, what, why, mend)
    for placed in rules(process.definition):
        if placed.rule.says is not None:
            for language in LANGUAGES:
                key = f"{placed.key}.says.{language}"
                sentence = placed.rule.says.in_(language)
                yield from _sentence(process, placed.file, key, sentence)
    for name, sitting in process.definition.config.sittings.items():
        for transition, reason in sitting.reasons.items():
            for language in LANGUAGES:
                key = f"sittings.{name}.reasons.{transition}.{language}"
                yield from _sentence(process, CONFIG, key, reason.in_(language))


def _computed(process: Process) -> Iterator[_Written]:
    readable = process.scope.line_env, process.scope.recorded
    for name, sheet in process.definition.sheets.items():
        for field_name, field in sheet.fields.items():
            if isinstance(field, Computable) and field.computed is not None:
                file, key = sheet_file(name), f"fields.{field_name}.computed"
                qualified = f"{name}.{field_name}"
                result = field.cel_type(qualified)
                yield _Written(file, key, qualified, field.computed, *readable, result)


def _conditions(process: Process) -> Iterator[_Written]:
    answer = process.scope.env, process.scope.variables, cel.Type.BOOL
    for placed in rules(process.definition):
        if placed.rule.when is not None:
            yield _Written(placed.file, f"{placed.key}.when", "", placed.rule.when, *answer)
    for name, notification in process.definition.notifications.items():
        if notification.when is not None:
            yield _Written(notification_file(name), "when", "", notification.when, *answer)


def _faults(process: Process, written: _Written, broken: Collection[str]) -> Iterator[Told]:
    """Faults of an expression; one that reads what is broken itself is not tried."""
    asked = [*_asked(process, written.source)]
    if asked:
        yield from asked
        return
    try:
        expression = written.env.compile(written.source)
    except RuntimeError as error:
        yield from told(process, written.source, str(error), written.known)
        return
    found = [
        *_refused(expression),
        *unknown_answers(process.definition, expression),
        *_mistyped(written, expression),
    ]
    yield from found
    names = used_names(expression, written.known)
    if not found and not any(name in broken for name in names):
        yield from _tried(process, expression, names)


def _asked(process: Process, source: str) -> Iterator[Told]:
    """Each `has()` on a name of the folder: compiled, it has left no trace."""
    for found in _HAS.finditer(source):
        name = "".join(found[1].split()).removeprefix(".")
        if name in process.scope.variables or process.definition.field(name) is not None:
            yield (
                _("has({name}) does not ask whether the fact is given.").format(name=name),
                _("On a name of the folder it gives the value itself."),
                _("Write given.{name} instead.").format(name=name),
            )


def _refused(expression: Expression) -> Iterator[Told]:
    called = {node.word for node in every_node(tree(expression)) if node.kind == "call"}
    if any(word.startswith("get") for word in called):
        yield (
            _("Rules do not read hours or days out of an instant."),
            _("What they give depends on the zone tables of the machine."),
            _("Declare the instant in config.toml, and compare with date.<name>."),
        )
    if "duration" in called:
        yield (
            _("Rules do not count spans of time."),
            _("A calendar day is not always 24 hours long."),
            _(
                "Declare the instant in config.toml, for example "
                'at = "date.submission + 3 working days".'
            ),
        )


def _mistyped(written: _Written, expression: Expression) -> Iterator[Told]:
    given = expression.return_type()
    if given == written.type:
        return
    if written.type == cel.Type.BOOL:
        yield (
            _("This condition does not answer yes or no."),
            _("It gives a value of type {type}.").format(type=given.name()),
            _("Compare it with something, for example: … > 0."),
        )
    else:
        yield (
            _("This gives a value of type {type}.").format(type=given.name()),
            _("The field needs one of type {type}.").format(type=written.type.name()),
            "",
        )


def _tried(process: Process, expression: Expression, names: tuple[str, ...]) -> Iterator[Told]:
    """Tries an expression on sample facts: what only fails when it runs would look like a gap."""
    for case, moment in samples(process, names):
        values = process.scope.values(names, case, moment)
        try:
            result = expression.eval(data=values)
        except RuntimeError:
            yield (
                _("This condition takes too many steps."),
                _("CEL looks at 10,000 rows at most for one answer; full tables hold more."),
                _("Lower max_rows, or do not look through a table for each row of another."),
            )
            return
        if len(values) == len(names) and result.type() != expression.return_type():
            yield (
                _("This condition errs on sample facts."),
                str(result.value()),
                _("It must answer whatever facts are recorded."),
            )
            return


def _sentence(process: Process, file: str, key: str, sentence: str) -> Iterator[Finding]:
    for found in _BRACED.finditer(sentence):
        name = found[1]
        if name in process.scope.variables:
            continue
        if process.definition.field(name) is not None:
            yield Finding(
                file,
                key,
                _("{{{name}}} may be erased: what a rule says cannot show it.").format(name=name),
                _("A decision must remain open to examination after a person has been erased."),
                _("Say it without, or name what is kept."),
            )
        else:
            yield Finding(
                file,
                key,
                _("{{{name}}} names no value.").format(name=name),
                _("What stands in braces is replaced by a value of the folder."),
                suggestion(name, process.scope.variables),
            )


Told = tuple[str, str, str]
"""A fault: what is wrong, why, and how to mend it."""

_UNDECLARED = re.compile(r"undeclared reference to '([^']+)'")
_NO_COLUMN = re.compile(r"undefined field '([^']+)' not found in struct '([^']+)'")
_NO_OVERLOAD = re.compile(r"no matching overload for '([^']+)' applied to '\(([^']*)\)'")
_SELECTED = "cannot be the operand of a select operation"
_GIVEN = re.compile(r"\bgiven\.[a-z][a-z0-9_.]*")
_SYNTAX = re.compile(r"<input>:(\d+):(\d+): (.*?)(?:\n|$)")


def told(process: Process, source: str, message: str, known: Collection[str]) -> tuple[Told, ...]:
    """The faults that CEL tells, in the folder's words; `known` are the names to be read there.

    Every name that does not exist is told; of other faults CEL tells one at a time.
    """
    names = [name.removeprefix(".") for name in _UNDECLARED.findall(message)]
    if _SELECTED in message:
        # `given.<sheet>` is a value itself: CEL does not see that a longer name was meant.
        names += [name for name in _GIVEN.findall(source) if name not in known]
    found = [
        *(_undeclared(process, name, known) for name in names),
        *(_no_column(process.definition, *column) for column in _NO_COLUMN.findall(message)),
    ]
    return tuple(dict.fromkeys(found)) or (_other(message),)


def _other(message: str) -> Told:
    if overload := _NO_OVERLOAD.search(message):
        return _mixed(overload[1], overload[2])
    what = _("This condition cannot be read.")
    if syntax := _SYNTAX.search(message):
        place = _("line {line}, character {column}").format(line=syntax[1], column=syntax[2])
        return what, f"{place}: {syntax[3].strip()}", ""
    return what, message.splitlines()[0], ""


def _undeclared(process: Process, name: str, known: Collection[str]) -> Told:
    definition = process.definition
    asked = definition.field(name)
    if asked is not None and asked.erasable:
        return _erasable(name)
    if name in process.scope.variables:
        return (
            _('"{name}" is not a recorded fact.').format(name=name),
            _("A computed field reads what is recorded of the candidature, and nothing else."),
            suggestion(name, known),
        )
    sheet, _dot, field_name = name.partition(".")
    if sheet in definition.sheets and field_name:
        own = [candidate for candidate in known if candidate.startswith(f"{sheet}.")]
        return (
            _('"{field}" does not exist in the sheet "{sheet}".').format(field=name, sheet=sheet),
            "",
            suggestion(name, own) or suggestion(name, known),
        )
    return _('"{name}" does not exist.').format(name=name), "", suggestion(name, known)


def _erasable(name: str) -> Told:
    return (
        _('"{name}" may be erased: no rule can read it.').format(name=name),
        _("A decision must remain open to examination after a person has been erased."),
        _("Ask only whether it was given: given.{name}.").format(name=name),
    )


def _mixed(function: str, given: str) -> Told:
    sign = function.replace("_", " ").removeprefix("@").strip()
    mend = ""
    if {"int", "uint"} <= set(given.split(", ")):
        mend = _("What has decimals is in hundredths, with a u: write 350u for 3.50.")
    elif "double" in given.split(", "):
        mend = _("There are no decimals here but hundredths, with a u: write 350u for 3.50.")
    return (
        _("Values of these types do not go together: {types}.").format(types=given),
        _("The fault is at {sign}.").format(sign=f"`{sign}`"),
        mend,
    )


def _no_column(definition: Definition, column: str, row: str) -> Told:
    name = table_of_row(row)
    table = definition.field(name)
    columns = table.columns if isinstance(table, TableField) else {}
    if column in columns:
        return (
            _('The column "{column}" may be erased: no rule can read it.').format(column=column),
            _("A decision must remain open to examination after a person has been erased."),
            "",
        )
    known = [name for name, asked in columns.items() if not asked.erasable] or RECORDED
    return (
        _('"{column}" is not a column of "{table}".').format(
            column=column, table=name or _("a territory")
        ),
        "",
        suggestion(column, known),
    )


_COMPARISONS = ("_==_", "_!=_", "@in")
_ELEMENT = "_[_]"


@dataclass(frozen=True, slots=True)
class _Value:
    """A part of a condition, as far as known: the texts it spells out, or the answers it takes."""

    texts: tuple[str, ...] = ()
    name: str = ""
    answers: frozenset[str] = frozenset()


_Loops = Mapping[str, _Value]
"""The elements of the loops around a part, by the name that each has there."""


def unknown_answers(
    definition: Definition, expression: Expression
) -> Iterator[tuple[str, str, str]]:
    """A fault for each text that is compared with what can never be equal to it."""
    yield from _mismatches(definition, tree(expression), {})


def _mismatches(
    definition: Definition, node: Node, loops: _Loops
) -> Iterator[tuple[str, str, str]]:
    if node.kind == "call" and node.word in _COMPARISONS:
        one, other = (_value(definition, part, loops) for part in node.parts)
        yield from _compared(one, other)
        yield from _compared(other, one)
    inside = loops
    if node.kind == "loop":
        inside = {**loops, node.word: _value(definition, node.parts[0], loops)}
    for position, part in enumerate(node.parts):
        yield from _mismatches(definition, part, inside if position else loops)


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
