"""Conditions: CEL takes them, they answer on whatever is recorded, and read nothing erasable."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, get_args

from cel_expr_python import cel

from ptce_workflow.base.errors import Finding
from ptce_workflow.base.geography.atlas import KINDS, RECORDED
from ptce_workflow.base.text import suggestion
from ptce_workflow.base.words import LANGUAGES, _
from ptce_workflow.process.check import letters, panels
from ptce_workflow.process.check.places import Place, places, wordings
from ptce_workflow.process.check.samples import samples
from ptce_workflow.process.fields import Computable, TableField
from ptce_workflow.process.letters.definition import Notification
from ptce_workflow.process.model.defaults import rules_of
from ptce_workflow.process.model.definition import OUTCOME, TIME, Definition, Transition
from ptce_workflow.process.model.documents import Document, item_of
from ptce_workflow.process.model.shared import Model, Rule
from ptce_workflow.process.model.sheets import Role
from ptce_workflow.process.model.sitting import Sitting
from ptce_workflow.process.model.surroundings import STATE
from ptce_workflow.process.printed import names_in_texts
from ptce_workflow.process.process import Process
from ptce_workflow.process.rules.compiled import Node, every_node, tree, used_names
from ptce_workflow.process.rules.scope import is_zone, table_of_row

if TYPE_CHECKING:
    from cel_expr_python.cel import Expression, Type

# Wider than the names of values: a slip such as {Date.closing} would be printed as it stands.
_BRACED = re.compile(r"\{([^{}]*)\}")
_HAS = re.compile(r"\bhas\s*\(([^()]*)\)")


@dataclass(frozen=True, slots=True)
class _Written:
    """An expression as it is written, where, and what it may read and must give.

    `field` is the computed field that it works out, "" for a condition.
    """

    place: Place[Model]
    key: str
    source: str
    known: Collection[str]
    type: Type
    field: str = ""


def faults(process: Process) -> Iterator[Finding]:
    """Every expression that does not stand, and every sentence that names an unknown value."""
    broken: set[str] = set()
    read: dict[str, tuple[str, ...]] = {}
    for one in (*_computed(process), *_conditions(process)):
        found = [*_asked(process, one.source)]
        try:
            expression = process.scope.compile(one.source, computed=bool(one.field))
        except RuntimeError as error:
            found += () if found else told(process, one.source, str(error), one.known)
        else:
            names = read[one.source] = used_names(expression, one.known)
            if not found:
                parts = tree(expression)
                found += _refused(parts)
                found += _mismatches(process.definition, parts, {})
                found += _mistyped(one, expression)
            # One that reads what is broken itself is not tried.
            if not found and broken.isdisjoint(names):
                found += _tried(process, expression, names)
        if found:
            broken.add(one.field)
        for fault in found:
            yield one.place.fault(one.key, *fault)
    yield from _out_of_reach(process, read)
    yield from _sentences(process)


def _computed(process: Process) -> Iterator[_Written]:
    known = process.scope.recorded
    for place in places(process.definition, Computable):
        source = place.table.computed
        if source is not None and len(place.keys) == 2:
            result = place.table.cel_type(place.path)
            yield _Written(place, "computed", source, known, result, place.path)


def _conditions(process: Process) -> Iterator[_Written]:
    known = process.scope.variables
    rules, mails = places(process.definition, Rule), places(process.definition, Notification)
    for place, when in (
        *((rule, rule.table.when) for rule in rules),
        *((mail, mail.table.when) for mail in mails),
        *((sitting, sitting.table.when) for sitting in places(process.definition, Sitting)),
    ):
        if when is not None:
            yield _Written(place, "when", when, known, cel.Type.BOOL)
    for document in places(process.definition, Document):
        for name, items in document.table.lists.items():
            for _value, when in map(item_of, items):
                if when:
                    yield _Written(document, f"lists.{name}", when, known, cel.Type.BOOL)


def _out_of_reach(process: Process, read: Mapping[str, tuple[str, ...]]) -> Iterator[Finding]:
    """Names read where they are never known; `read` has those of each condition that compiles."""
    definition = process.definition
    for transition in places(definition, Transition):
        why = _("No sitting decides this transition.")
        why = "" if panels.decides_all(definition, transition) else why
        for rule in transition.within(Rule):
            for name in read.get(rule.table.when or "", ()):
                yield from panels.never_known(definition, rule, "when", name, why)
        for path, named in rules_of(definition, transition.path).items():
            for name in () if path in transition.table.rules else read.get(named.when or "", ()):
                yield from panels.never_known(definition, transition, "same_as", name, why)
    for sitting in places(definition, Sitting):
        why = _("A sitting asks this before it meets.")
        for name in read.get(sitting.table.when or "", ()):
            yield from panels.never_known(definition, sitting, "when", name, why)
    for mail in places(definition, Notification):
        why = _("A mail leaves when nobody sits.")
        for name in read.get(mail.table.when or "", ()):
            yield from panels.never_known(definition, mail, "when", name, why)
            yield from letters.read_of_a_candidature(process, mail, name)
        yield from letters.instants_of_a_candidature(process, mail)


def _sentences(process: Process) -> Iterator[Finding]:
    """Names in braces that have no value, or one that may be erased."""
    definition, variables = process.definition, process.scope.variables
    sentences: list[tuple[Place[Model], str, Collection[str]]] = [
        *((rule, "says", variables) for rule in places(definition, Rule)),
        *(
            (sitting, f"reasons.{name}", variables)
            for sitting in places(definition, Sitting)
            for name in sitting.table.reasons
        ),
        *(
            (document, key, {*names_in_texts(process), *document.table.lists})
            for document in places(definition, Document)
            for key in (
                "text",
                "closing",
                *(f"signed.{n}" for n in range(len(document.table.signed))),
            )
        ),
    ]
    for document in places(definition, Document):
        for name, items in document.table.lists.items():
            for value, _when in map(item_of, items):
                if value not in (printed := names_in_texts(process)):
                    yield _unnamed(definition, document, f"lists.{name}", value, printed)
    for place, key, known in sentences:
        for file, told_at, sentence in wordings(definition, place, key):
            for name in _BRACED.findall(sentence):
                if name not in known:
                    yield replace(
                        _unnamed(definition, place, key, name, known), file=file, key=told_at
                    )


def _unnamed(
    definition: Definition, place: Place[Model], key: str, name: str, known: Collection[str]
) -> Finding:
    if definition.field(name) is not None:
        return place.fault(
            key,
            _("{{{name}}} may be erased: what a rule says cannot show it."),
            _("A decision must remain open to examination after a person has been erased."),
            _("Say it without, or name what is kept."),
            name=name,
        )
    return place.fault(
        key,
        _("{{{name}}} names no value."),
        _("What stands in braces is replaced by a value of the folder."),
        "{near}",
        name=name,
        near=suggestion(name, known),
    )


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


def _refused(parts: Node) -> Iterator[Told]:
    called = {node.word for node in every_node(parts) if node.kind == "call"}
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


Told = tuple[str, str, str]
"""A fault: what is wrong, why, and how to mend it."""

_UNDECLARED = re.compile(r"undeclared reference to '([^']+)'")
_NO_COLUMN = re.compile(r"undefined field '([^']+)' not found in struct '([^']+)'")
_NO_OVERLOAD = re.compile(r"no matching overload for '([^']+)' applied to '\(([^']*)\)'")
_SELECTED = "cannot be the operand of a select operation"
_GIVEN = re.compile(r"\bgiven\.[a-z][a-z0-9_.]*")
_LIMIT = re.compile(r"\blimit\.([a-z][a-z0-9_]*)")
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
    return tuple(dict.fromkeys(found)) or (_other(process, source, message),)


def _other(process: Process, source: str, message: str) -> Told:
    if overload := _NO_OVERLOAD.search(message):
        return _mixed(process, source, overload[1], overload[2])
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


def _mixed(process: Process, source: str, function: str, given: str) -> Told:
    sign = function.replace("_", " ").removeprefix("@").strip()
    mend, limits = "", process.definition.config.limits
    whole = [
        name
        for name in _LIMIT.findall(source)
        if name in limits and isinstance(limits[name].value, int)
    ]
    if {"int", "uint"} <= set(given.split(", ")) and whole:
        written = f"{limits[whole[0]].value}.0"
        mend = _("What has decimals is compared with a number that has a point: {key} = {value}")
        mend = mend.format(key=f"limits.{whole[0]}.value", value=written)
    elif {"int", "uint"} <= set(given.split(", ")):
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


def _mismatches(definition: Definition, node: Node, loops: _Loops) -> Iterator[Told]:
    """A fault for each text that is compared with what can never be equal to it."""
    if node.kind == "call" and node.word in _COMPARISONS:
        one, other = (_value(definition, part, loops) for part in node.parts)
        yield from _compared(one, other)
        yield from _compared(other, one)
    inside = loops
    if node.kind == "loop":
        inside = {**loops, node.word: _value(definition, node.parts[0], loops)}
    for position, part in enumerate(node.parts):
        yield from _mismatches(definition, part, inside if position else loops)


def _compared(value: _Value, other: _Value) -> Iterator[Told]:
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
    outcomes = {f"{name}.{OUTCOME}": one.transitions for name, one in definition.requests.items()}
    surroundings = {
        "actor.roles": (*get_args(Role), TIME),
        "actor.institution": ("", *definition.config.institutions),
        "contest.language": LANGUAGES,
        STATE: tuple(definition.states),
        **outcomes,
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
