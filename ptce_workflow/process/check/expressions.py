"""Faults of rules in CEL, tried on sample candidatures."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, get_args

from cel_expr_python import cel
from msgspec import Struct

from ptce_workflow.base.errors import Finding
from ptce_workflow.base.words import LANGUAGES, _, suggestion
from ptce_workflow.base.zones import KINDS, RECORDED
from ptce_workflow.process import rules
from ptce_workflow.process.candidature import Candidature, RuleContext
from ptce_workflow.process.check import graph, letters
from ptce_workflow.process.check.places import Place, Words, places, worded, wordings
from ptce_workflow.process.explain import names_in_texts
from ptce_workflow.process.fields import Computable, DatedField, TableField
from ptce_workflow.process.fields.base import ROWS, ZONE
from ptce_workflow.process.model.base import Model, Rule
from ptce_workflow.process.model.defaults import rules_of
from ptce_workflow.process.model.definition import (
    OUTCOME,
    TIME,
    Definition,
    Document,
    Transition,
    item_of,
)
from ptce_workflow.process.model.notification import Notification
from ptce_workflow.process.model.sheets import Role, Sitting
from ptce_workflow.process.panel import FIGURES
from ptce_workflow.process.process import Process

if TYPE_CHECKING:
    from cel_expr_python.cel import Expression, Type


# Wider than the names of values: a slip such as {Date.closing} would be printed as it stands.
_BRACED = re.compile(r"\{([^{}]*)\}")
_NOON = datetime(2024, 3, 1, 12, tzinfo=UTC)
_SOME, _NONE = 100, 0


class _Expression(Struct, frozen=True):
    """An expression, its place, names and type; `field` is the computed field, or ""."""

    place: Place[Model]
    key: str
    source: str
    readable: Collection[str]
    type: Type
    field: str = ""


def faults(process: Process) -> Iterator[Finding]:
    broken: set[str] = set()
    read: dict[str, tuple[str, ...]] = {}
    for written in (*_computed_fields(process), *_conditions(process)):
        source, readable = written.source, written.readable
        several = [*_has_calls(process, source)]
        try:
            compiled = process.scope.compile(source, computed=bool(written.field))
        except RuntimeError as error:
            several = several or explain_error(process, source, str(error), readable)
        else:
            names = read[source] = rules.used_names(compiled, readable)
            if not several:
                parts = rules.tree(compiled)
                several = [*_forbidden_calls(parts), *_mismatches(process.definition, parts, {})]
                several += _wrong_type(written, compiled)
            # One that reads what is broken itself is not tried.
            if not several and broken.isdisjoint(names):
                several += _errors_on_samples(process, compiled, names)
        if several:
            broken.add(written.field)
        yield from (written.place.fault(written.key, *words) for words in several)
    yield from _out_of_reach(process, read)
    definition, variables = process.definition, process.scope.variables
    sentences: list[tuple[Place[Model], str, Collection[str]]] = [
        (rule, "says", variables) for rule in places(definition, Rule)
    ]
    for sitting in places(definition, Sitting):
        sentences += ((sitting, f"reasons.{name}", variables) for name in sitting.table.reasons)
    for document in places(definition, Document):
        readable = {*names_in_texts(process), *document.table.lists}
        signed = (f"signed.{number}" for number in range(len(document.table.signed)))
        sentences += ((document, key, readable) for key in ("text", "closing", *signed))
    for place, key, allowed in sentences:
        for file, written_at, sentence in wordings(definition, place, key):
            for name in _BRACED.findall(sentence):
                if name not in allowed:
                    fault = _unknown_name(definition, place, key, name, allowed)
                    yield replace(fault, file=file, key=written_at)
    printed = names_in_texts(process)
    for document, name, value, _when in _items(process.definition):
        if value not in printed:
            yield _unknown_name(process.definition, document, f"lists.{name}", value, printed)


def _computed_fields(process: Process) -> Iterator[_Expression]:
    recorded = process.scope.recorded
    for place in places(process.definition, Computable):
        source = place.table.computed
        if source is not None and len(place.keys) == 2:
            result = place.table.cel_type(place.path)
            yield _Expression(place, "computed", source, recorded, result, place.path)


def _conditions(process: Process) -> Iterator[_Expression]:
    definition, variables = process.definition, process.scope.variables
    every: list[Place[Rule] | Place[Notification] | Place[Sitting]]
    every = [*places(definition, Rule), *places(definition, Notification)]
    every += places(definition, Sitting)
    for place in every:
        if place.table.when is not None:
            yield _Expression(place, "when", place.table.when, variables, cel.Type.BOOL)
    for document, name, _value, when in _items(definition):
        if when:
            yield _Expression(document, f"lists.{name}", when, variables, cel.Type.BOOL)


def _items(definition: Definition) -> Iterator[tuple[Place[Document], str, str, str | None]]:
    for document in places(definition, Document):
        for name, items in document.table.lists.items():
            for value, when in map(item_of, items):
                yield document, name, value, when


def _out_of_reach(process: Process, read: Mapping[str, tuple[str, ...]]) -> Iterator[Finding]:
    """Names read where they are never known; `read` has those of each condition that compiles."""
    definition = process.definition

    def unknown(place: Place[Model], key: str, when: str | None, why: str) -> Iterator[Finding]:
        for name in read.get(when or "", ()):
            yield from graph.never_known(definition, place, key, name, why)

    for transition in places(definition, Transition):
        why = _("No sitting decides this transition.")
        why = "" if graph.decides_all(definition, transition) else why
        for rule in transition.within(Rule):
            yield from unknown(rule, "when", rule.table.when, why)
        for path, borrowed in rules_of(definition, transition.path).items():
            if path not in transition.table.rules:
                yield from unknown(transition, "same_as", borrowed.when, why)
    for sitting in places(definition, Sitting):
        why = _("A sitting asks this before it meets.")
        yield from unknown(sitting, "when", sitting.table.when, why)
    for mail in places(definition, Notification):
        yield from unknown(mail, "when", mail.table.when, _("A mail leaves when nobody sits."))
        for name in read.get(mail.table.when or "", ()):
            yield from letters.read_of_a_candidature(process, mail, name)
        yield from letters.instants_of_a_candidature(process, mail)


def _unknown_name(
    definition: Definition, place: Place[Model], key: str, name: str, names: Collection[str]
) -> Finding:
    if definition.field(name) is not None:
        what = _("{{{name}}} may be erased: what a rule says cannot show it.")
        why = _("A decision must remain open to examination after a person has been erased.")
        mend = _("Say it without, or name what is kept.")
        return place.fault(key, what, why, mend, name=name)
    what = _("{{{name}}} names no value.")
    why = _("What stands in braces is replaced by a value of the folder.")
    return place.fault(key, what, why, "{near}", name=name, near=suggestion(name, names))


def _has_calls(process: Process, source: str) -> Iterator[Words]:
    """Each `has()` on a name of the folder: compiled, it has left no trace."""
    for match in re.finditer(r"\bhas\s*\(([^()]*)\)", source):
        name = "".join(match[1].split()).removeprefix(".")
        if name in process.scope.variables or process.definition.field(name) is not None:
            what = _("has({name}) does not ask whether the fact is given.")
            why = _("On a name of the folder it gives the value itself.")
            yield worded(what, why, _("Write given.{name} instead."), name=name)


def _forbidden_calls(parts: rules.Node) -> Iterator[Words]:
    called = {node.word for node in rules.every_node(parts) if node.kind == "call"}
    if any(word.startswith("get") for word in called):
        what = _("Rules do not read hours or days out of an instant.")
        why = _("What they give depends on the zone tables of the machine.")
        yield what, why, _("Declare the instant in config.toml, and compare with date.<name>.")
    if "duration" in called:
        what = _("Rules do not count spans of time.")
        mend = _(
            "Declare the instant in config.toml, for example "
            'at = "date.submission + 3 working days".'
        )
        yield what, _("A calendar day is not always 24 hours long."), mend


def _wrong_type(written: _Expression, compiled: Expression) -> Iterator[Words]:
    type_, wanted = compiled.return_type(), written.type
    if type_ == wanted:
        return
    if wanted == cel.Type.BOOL:
        what = _("This condition does not answer yes or no.")
        why = _("It gives a value of type {type}.").format(type=type_.name())
        yield what, why, _("Compare it with something, for example: … > 0.")
    else:
        what = _("This gives a value of type {type}.").format(type=type_.name())
        yield what, _("The field needs one of type {type}.").format(type=wanted.name()), ""


def _errors_on_samples(
    process: Process, expression: Expression, names: tuple[str, ...]
) -> Iterator[Words]:
    """Tries an expression on sample facts: what only fails when it runs would look like a gap."""
    for case, moment in samples(process, names):
        values = process.scope.values(names, case, moment)
        try:
            result = expression.eval(data=values)
        except RuntimeError:
            what = _("This condition takes too many steps.")
            why = _("CEL looks at 10,000 rows at most for one answer; full tables hold more.")
            mend = _("Lower max_rows, or do not look through a table for each row of another.")
            yield what, why, mend
            return
        if len(values) == len(names) and result.type() != expression.return_type():
            mend = _("It must answer whatever facts are recorded.")
            yield _("This condition errs on sample facts."), str(result.value()), mend
            return


_UNDECLARED = re.compile(r"undeclared reference to '([^']+)'")
_NO_COLUMN = re.compile(r"undefined field '([^']+)' not found in struct '([^']+)'")
_NO_OVERLOAD = re.compile(r"no matching overload for '([^']+)' applied to '\(([^']*)\)'")
_GIVEN = re.compile(r"\bgiven\.[a-z][a-z0-9_.]*")


def explain_error(
    process: Process, source: str, message: str, readable: Collection[str]
) -> list[Words]:
    """The faults that CEL finds, in the folder's words: every unknown name, else one."""
    names = [name.removeprefix(".") for name in _UNDECLARED.findall(message)]
    if "cannot be the operand of a select operation" in message:
        # `given.<sheet>` is a value itself: CEL does not see that a longer name was meant.
        names += [name for name in _GIVEN.findall(source) if name not in readable]
    faults = [_unknown(process, name, readable) for name in names]
    faults += (_no_column(process.definition, *column) for column in _NO_COLUMN.findall(message))
    return [*dict.fromkeys(faults)] or [_other(process, source, message)]


def _other(process: Process, source: str, message: str) -> Words:
    if overload := _NO_OVERLOAD.search(message):
        return _mixed_types(process, source, overload[1], overload[2])
    what = _("This condition cannot be read.")
    if syntax := re.search(r"<input>:(\d+):(\d+): (.*?)(?:\n|$)", message):
        place = _("line {line}, character {column}").format(line=syntax[1], column=syntax[2])
        return what, f"{place}: {syntax[3].strip()}", ""
    return what, message.splitlines()[0], ""


def _unknown(process: Process, name: str, readable: Collection[str]) -> Words:
    definition = process.definition
    field = definition.field(name)
    if field is not None and field.erasable:
        what = _('"{name}" may be erased: no rule can read it.')
        why = _("A decision must remain open to examination after a person has been erased.")
        return worded(what, why, _("Ask only whether it was given: given.{name}."), name=name)
    near = suggestion(name, readable)
    if name in process.scope.variables:
        what = _('"{name}" is not a recorded fact.')
        why = _("A computed field reads what is recorded of the candidature, and nothing else.")
        return what.format(name=name), why, near
    sheet, _dot, field_name = name.partition(".")
    if sheet in definition.sheets and field_name:
        what = _('"{field}" does not exist in the sheet "{sheet}".').format(field=name, sheet=sheet)
        own = [candidate for candidate in readable if candidate.startswith(f"{sheet}.")]
        return what, "", suggestion(name, own) or near
    return _('"{name}" does not exist.').format(name=name), "", near


def _mixed_types(process: Process, source: str, function: str, type_: str) -> Words:
    sign = function.replace("_", " ").removeprefix("@").strip()
    mend, types, limits = "", set(type_.split(", ")), process.definition.config.limits
    whole = [name for name in re.findall(r"\blimit\.([a-z][a-z0-9_]*)", source) if name in limits]
    whole = [name for name in whole if isinstance(limits[name].value, int)]
    if {"int", "uint"} <= types and whole:
        written = f"{limits[whole[0]].value}.0"
        mend = _("What has decimals is compared with a number that has a point: {key} = {value}")
        mend = mend.format(key=f"limits.{whole[0]}.value", value=written)
    elif {"int", "uint"} <= types:
        mend = _("What has decimals is in hundredths, with a u: write 350u for 3.50.")
    elif "double" in types:
        mend = _("There are no decimals here but hundredths, with a u: write 350u for 3.50.")
    what = _("Values of these types do not go together: {types}.").format(types=type_)
    return what, _("The fault is at {sign}.").format(sign=f"`{sign}`"), mend


def _no_column(definition: Definition, column: str, row: str) -> Words:
    name = rules.table_of_row(row)
    table = definition.field(name)
    columns = table.columns if isinstance(table, TableField) else {}
    if column in columns:
        what = _('The column "{column}" may be erased: no rule can read it.').format(column=column)
        why = _("A decision must remain open to examination after a person has been erased.")
        return what, why, ""
    column_names = [name for name, field in columns.items() if not field.erasable] or RECORDED
    what = _('"{column}" is not a column of "{table}".')
    what = what.format(column=column, table=name or _("a territory"))
    return what, "", suggestion(column, column_names)


class _Value(Struct, frozen=True):
    """A part of a condition, as far as known: the texts it spells out, or the answers it takes."""

    texts: tuple[str, ...] = ()
    name: str = ""
    answers: Collection[str] | None = None


_Loops = Mapping[str, _Value]
"""The elements of the loops around a part, by the name that each has there."""


def _mismatches(definition: Definition, node: rules.Node, loops: _Loops) -> Iterator[Words]:
    """A fault for each text that is compared with what can never be equal to it."""
    if node.kind == "call" and node.word in ("_==_", "_!=_", "@in"):
        left_values, right = (_value(definition, part, loops) for part in node.parts)
        yield from _impossible_texts(left_values, right)
        yield from _impossible_texts(right, left_values)
    inside = loops
    if node.kind == "loop":
        inside = {**loops, node.word: _value(definition, node.parts[0], loops)}
    for position, part in enumerate(node.parts):
        yield from _mismatches(definition, part, inside if position else loops)


def _impossible_texts(value: _Value, other: _Value) -> Iterator[Words]:
    for text in other.texts:
        if value.answers is not None and text not in value.answers:
            what = _('"{name}" is never "{text}".').format(name=value.name, text=text)
            near = suggestion(text, {*value.answers} - {""})
            yield what, _("That is none of the answers it can take."), near


def _value(definition: Definition, node: rules.Node, loops: _Loops) -> _Value:
    match node.kind:
        case "text":
            return _Value(texts=(node.word,))
        case "list":
            parts = (_value(definition, part, loops) for part in node.parts)
            return _Value(texts=tuple(text for part in parts for text in part.texts))
        case "name" if node.word in loops:
            return loops[node.word]
        case "name":
            return _Value(name=node.word, answers=_answers(definition, node.word))
        case "column":
            row = node.parts[0].row
            return _Value(name=node.word, answers=_answers_of_column(definition, row, node.word))
        case "call" if node.word == "_[_]":
            return _value(definition, node.parts[0], loops)
    return _Value()


def _answers(definition: Definition, name: str) -> Collection[str] | None:
    """The answers that a name can take; None where they are free."""
    surroundings: dict[str, Collection[str]] = {
        "actor.roles": (*get_args(Role), TIME),
        "actor.institution": ("", *definition.config.institutions),
        "contest.language": LANGUAGES,
        rules.STATE: definition.states,
    }
    for request, table in definition.requests.items():
        surroundings[f"{request}.{OUTCOME}"] = table.transitions
    field = definition.field(name)
    return surroundings.get(name, (field.answers or None) if field is not None else None)


def _answers_of_column(definition: Definition, row: str, column: str) -> Collection[str] | None:
    if row == f"{ROWS}.{ZONE}":
        return KINDS if column == "kind" else None
    table = definition.field(rules.table_of_row(row))
    field = table.columns.get(column) if isinstance(table, TableField) else None
    return (field.answers or None) if field is not None else None


def samples(process: Process, names: tuple[str, ...]) -> Iterator[tuple[Candidature, RuleContext]]:
    """Candidatures that try each value of some variables beside the first and last of others."""
    values = dict(_trials(process, names))
    for place in (0, -1):
        base = {name: several[place] for name, several in values.items()}
        yield _case(process, base)
        for name, several in values.items():
            for value in several:
                if value != base[name]:
                    yield _case(process, {**base, name: value})
    first = {name: several[0] for name, several in values.items()}
    fields = {name: field for name in first if (field := process.definition.field(name))}
    full = first | {name: field.filled(first[name]) for name, field in fields.items()}
    if any(full[name] is not value for name, value in first.items()):
        yield _case(process, full)


def _trials(process: Process, names: tuple[str, ...]) -> Iterator[tuple[str, tuple[Any, ...]]]:
    """The values that a variable is tried with, what is full first and what is empty last."""
    for name in names:
        root = name.partition(".")[0]
        sheet = process.definition.sheets.get(root)
        if name == rules.CARRIED:
            yield name, (True, False)
        elif root in ("total", "sitting") or (sheet is not None and sheet.is_panel):
            yield name, (_SOME, _NONE)
        elif _is_outcome(process, name):
            yield name, tuple(process.definition.requests[root].transitions)
        elif (field := process.definition.field(name)) is not None:
            if isinstance(field, Computable) and field.computed is not None:
                yield from _trials(process, _worked_out_from(process)[name])
            else:
                yield name, field.trials()


def _is_outcome(process: Process, name: str) -> bool:
    """True for the answer to a request: a field of any other sheet may be called so too."""
    root, _dot, rest = name.partition(".")
    return rest == OUTCOME and root in process.definition.requests


@rules.of_last
def _worked_out_from(process: Process) -> dict[str, tuple[str, ...]]:
    return {
        f"{sheet_name}.{name}": process.scope.worked_out_from(computed)
        for sheet_name, sheet in process.definition.sheets.items()
        for name, field in sheet.fields.items()
        if isinstance(field, Computable) and (computed := field.computed) is not None
    }


@rules.of_last
def _basis(definition: Definition) -> tuple[dict[str, Any], dict[str, dict[str, int]]]:
    """What is known on every sample: the answers that instants count from, and all figures."""
    dated = {
        f"{name}.{field_name}": field.sample()
        for name, sheet in definition.sheets.items()
        for field_name, field in sheet.fields.items()
        if isinstance(field, DatedField)
    }
    panels = {
        name: dict.fromkeys((*sheet.criteria, *FIGURES), _SOME)
        for name, sheet in definition.sheets.items()
        if sheet.is_panel
    }
    return dated, panels


def _case(process: Process, values: Mapping[str, Any]) -> tuple[Candidature, RuleContext]:
    dated, marked = _basis(process.definition)
    facts = {**dated}
    panels = {name: {**figures} for name, figures in marked.items()}
    totals = dict.fromkeys(process.totals, _SOME)
    sitting: dict[str, Any] = {
        **dict.fromkeys(rules.SITTING, _SOME),
        rules.CARRIED.partition(".")[2]: True,
    }
    answers: dict[str, str] = {}
    for name, value in values.items():
        root, _dot, rest = name.partition(".")
        if root in panels:
            panels[root][rest] = value
        elif root == "total":
            totals[rest] = value
        elif root == "sitting":
            sitting[rest] = value
        elif _is_outcome(process, name):
            answers[root] = value
        else:
            facts[name] = value
    case = Candidature(
        "",
        "C-001",
        "",
        _NOON,
        1,
        facts=facts,
        contest=facts,
        panels=panels,
        entered=dict.fromkeys(process.definition.states, _NOON),
        received=dict.fromkeys(process.definition.requests, (_NOON,)),
        answers=answers,
        origin={"contest": "", "ref": "C-001", "state": ""},
    )
    return case, RuleContext(_NOON, ("desk",), "", totals, sitting=sitting)
