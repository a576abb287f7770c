"""The graph of states: ways that lead nowhere, what rests on nothing, hand-overs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ptce_workflow.base.errors import Finding
from ptce_workflow.base.words import _
from ptce_workflow.process.check.names import unknown
from ptce_workflow.process.check.places import PlacedRule, PlacedTransition, rules, transitions
from ptce_workflow.process.fields import ScoreField
from ptce_workflow.process.model.definition import START, Definition
from ptce_workflow.process.model.folder import CONFIG, sheet_file, state_file
from ptce_workflow.process.model.shared import Grounded
from ptce_workflow.process.process import Process


def faults(process: Process) -> Iterator[Finding]:
    """States that cannot be reached or left, and a `must_pass` that can be gone around."""
    definition, machine = process.definition, process.machine
    if not definition.start.transitions:
        yield Finding(
            state_file(START),
            "transitions",
            _("There is no way in."),
            _("Candidatures begin by a transition of this file."),
        )
        return
    reached = machine.paths()
    for name, state in definition.states.items():
        file = f"states/{name}.toml"
        if name not in reached:
            yield Finding(
                file,
                "",
                _("No transition leads to this state."),
                _("No candidature can ever stand here."),
                _("Add a transition with to = {state}, or remove the file.").format(
                    state=f'"{name}"'
                ),
            )
        if {way.to for way in machine.ways[name].values()} <= {name} and not state.ends:
            yield Finding(
                file,
                "ends",
                _("Nothing leaves this state, and it does not say that it ends."),
                _("A candidature would wait here for ever."),
                _("Add a transition, or ends = true."),
            )
        for passed in state.must_pass:
            if passed in definition.states and passed != name:
                yield from _detour(file, machine.paths(without=passed).get(name), passed)


def _detour(file: str, path: tuple[str, ...] | None, passed: str) -> Iterator[Finding]:
    if path is not None:
        yield Finding(
            file,
            "must_pass",
            _('This state can be reached without "{state}".').format(state=passed),
            _("For example: {path}.").format(path=" → ".join(path)),
            _("Close that way, or take the state out of must_pass."),
        )


def ground_faults(definition: Definition) -> Iterator[Finding]:
    """Tables with neither a `source` nor a `choice`, and rules that are half written."""
    for table in ("limits", "dates", "sittings"):
        for name, grounded in getattr(definition.config, table).items():
            yield from _ground(CONFIG, f"{table}.{name}", grounded)
    for name, sheet in definition.sheets.items():
        for field_name, asked in sheet.fields.items():
            if isinstance(asked, ScoreField):
                yield from _ground(sheet_file(name), f"fields.{field_name}", asked)
        if "mean" in sheet.written:
            yield from _ground(sheet_file(name), "mean", sheet.mean)
        for order_name, order in sheet.order.items():
            yield from _ground(sheet_file(name), f"order.{order_name}", order)
    for placed in rules(definition):
        yield from _rule(placed)
    yield from _repeated(definition)


def _rule(placed: PlacedRule) -> Iterator[Finding]:
    rule = placed.rule
    written = {"says": rule.says, "when": rule.when, "source": rule.source, "choice": rule.choice}
    if rule.same_as is not None:
        for key in (key for key, value in written.items() if value is not None):
            yield Finding(
                placed.file,
                f"{placed.key}.{key}",
                _("A rule with `same_as` says nothing else."),
                _("It is the other rule, word for word."),
                _("Remove this key, or write the rule out."),
            )
        return
    for key in ("says", "when"):
        if written[key] is None:
            yield Finding(
                placed.file,
                f"{placed.key}.{key}",
                _("The key {key} is missing.").format(key=key),
                _("A rule says something to people (`says`) and to the engine (`when`)."),
            )
    yield from _ground(placed.file, placed.key, rule)


def _ground(file: str, key: str, grounded: Grounded) -> Iterator[Finding]:
    if not grounded.grounded:
        yield Finding(
            file,
            key,
            _("This rests on nothing: neither `source` nor `choice`."),
            _("Every refusal cites the rulebook, or owns up to being the organiser's decision."),
            _("Add a `source` (section and paragraph) or a `choice` (why)."),
        )


def _repeated(definition: Definition) -> Iterator[Finding]:
    """Conditions written twice, and every `same_as` that does not lead to a rule written out."""
    written = {placed.path: placed for placed in rules(definition)}
    first: dict[str, str] = {}
    for placed in written.values():
        if placed.rule.same_as is not None:
            yield from _reference(placed, placed.rule.same_as, written)
        elif placed.rule.when is not None:
            condition = " ".join(placed.rule.when.split())
            if condition in first:
                yield _twice(placed, first[condition])
            first.setdefault(condition, placed.path)


def _reference(
    placed: PlacedRule, path: str, written: Mapping[str, PlacedRule]
) -> Iterator[Finding]:
    key = f"{placed.key}.same_as"
    out = [name for name, other in written.items() if other.rule.same_as is None]
    if path not in written:
        yield unknown(placed.file, key, path, out, _("rule written out"))
    elif path not in out:
        further = written[path].rule.same_as or ""
        mend = _('Write same_as = "{path}" instead.').format(path=further)
        yield Finding(
            placed.file,
            key,
            _('"{path}" is not written out either.').format(path=path),
            _("A rule that repeats another is read where that one stands, and no further."),
            mend if further in out else "",
        )


def _twice(placed: PlacedRule, first: str) -> Finding:
    return Finding(
        placed.file,
        f"{placed.key}.when",
        _("This condition is written twice."),
        _("The first is {path}; two copies would drift apart.").format(path=first),
        _('Write same_as = "{path}" instead.').format(path=first),
    )


def handing_faults(definition: Definition) -> Iterator[Finding]:
    """Every `carries` that stands where it does not belong, or names what cannot be carried."""
    for placed in transitions(definition):
        if placed.transition.carries:
            yield from _placed(placed)
            for name in placed.transition.carries:
                yield from _carried(definition, placed, name)


def _placed(placed: PlacedTransition) -> Iterator[Finding]:
    key = f"{placed.key}.carries"
    if placed.holder != START:
        yield Finding(
            placed.file,
            key,
            _("Only a way in takes a candidature that another contest hands over."),
            _("The ways in are the transitions of states/start.toml."),
            _("Leave it out, or write a way in."),
        )
    if not placed.transition.by:
        yield Finding(
            placed.file,
            key,
            _("Nobody could take a candidature over."),
            _("The transition names no role (`by`)."),
            _("For example: {key} = {example}").format(key="by", example='["desk"]'),
        )


def _carried(definition: Definition, placed: PlacedTransition, name: str) -> Iterator[Finding]:
    key = f"{placed.key}.carries"
    sheet_name = name.partition(".")[0]
    sheet, field = definition.sheets.get(sheet_name), definition.field(name)
    if sheet is None or (name != sheet_name and field is None):
        known = [*definition.sheets, *definition.field_names()]
        yield unknown(placed.file, key, name, known, _("sheet or field"))
        return
    if sheet.is_panel or (field is not None and field.is_computed):
        yield Finding(
            placed.file,
            key,
            _('"{name}" cannot be carried.').format(name=name),
            _("Marks are those of one jury, and what is computed is worked out anew."),
            _("Take it out."),
        )
        return
    state = definition.states.get(placed.transition.to)
    if state is not None and not {name, sheet_name} & set(state.open):
        yield Finding(
            placed.file,
            key,
            _('"{name}" cannot be written in the state "{state}".').format(
                name=name, state=placed.transition.to
            ),
            _("What is carried is written down where the way in leads."),
            _("Add it to `open` there, or carry less."),
        )
