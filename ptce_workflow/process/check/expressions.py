"""Conditions: they compile, answer yes or no on whatever is recorded, and read nothing erasable."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cel_expr_python import cel

from ptce_workflow.base.errors import Finding
from ptce_workflow.base.suggestions import suggestion
from ptce_workflow.base.words import LANGUAGES, _
from ptce_workflow.process.check.compile_errors import Told, told
from ptce_workflow.process.check.options import unknown_answers
from ptce_workflow.process.check.places import rules
from ptce_workflow.process.check.samples import samples
from ptce_workflow.process.compiled import every_node, tree, used_names
from ptce_workflow.process.fields import Computable
from ptce_workflow.process.folder import CONFIG, notification_file, sheet_file
from ptce_workflow.process.process import Process

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
    """What is wrong with an expression; one that reads what is broken itself is not tried."""
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
