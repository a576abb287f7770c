"""Panels and their sittings: scales, orders, figures, quorum, what is decided."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from decimal import Decimal

from ptce_workflow.base.errors import Finding
from ptce_workflow.base.text import suggestion
from ptce_workflow.base.words import _
from ptce_workflow.process.check.names import unfit, unknown
from ptce_workflow.process.check.places import PlacedTransition, rules, transitions
from ptce_workflow.process.fields import (
    LongTextField,
    OptionsField,
    ScoreField,
    TableField,
    TextField,
)
from ptce_workflow.process.fields.numbers import hundredths_at_most
from ptce_workflow.process.machine import Machine
from ptce_workflow.process.model.definition import Definition, Sitting
from ptce_workflow.process.model.folder import CONFIG, notification_file, sheet_file
from ptce_workflow.process.model.sheets import Sheet
from ptce_workflow.process.process import Process
from ptce_workflow.process.rules.compiled import used_names

_TEXTS = (TextField, LongTextField)


def faults(definition: Definition) -> Iterator[Finding]:
    """Every panel that asks for what it cannot get, or weighs what it does not hold."""
    for name, sheet in definition.sheets.items():
        file = sheet_file(name)
        yield from _out_of_place(file, sheet)
        if sheet.is_panel:
            yield from _assigned(definition, file, sheet)
            yield from _conflicts(definition, file, sheet)
            yield from _shows(definition, file, sheet)
        yield from _weights(file, sheet)
        for field_name, field in sheet.fields.items():
            if isinstance(field, ScoreField):
                yield from _comments(file, f"fields.{field_name}", sheet, field)


def _out_of_place(file: str, sheet: Sheet) -> Iterator[Finding]:
    """Keys that only a panel has, in a sheet that is none."""
    for key in ("assigned", "conflicts", "shows", "mean"):
        if key in sheet.written and not sheet.is_panel:
            yield Finding(
                file,
                key,
                _("Only a panel has {key}.").format(key=f"`{key}`"),
                _("This sheet names no members."),
                _("Add members, or leave it out."),
            )


def _assigned(definition: Definition, file: str, sheet: Sheet) -> Iterator[Finding]:
    """The field that says who is asked offers the members, and nobody else."""
    name = sheet.assigned
    if name is None:
        return
    field = definition.field(name)
    if field is None:
        choices = _of_type(definition, OptionsField)
        yield unknown(file, "assigned", name, choices, _("field of type options"))
    elif not isinstance(field, OptionsField):
        yield Finding(
            file,
            "assigned",
            _('"{name}" is a field of type {type}.').format(name=name, type=field.type),
            _("Expected here: {kinds}.").format(kinds="options"),
        )
    else:
        for option in field.options:
            if option not in sheet.members:
                yield Finding(
                    file,
                    "assigned",
                    _('"{name}" has the answer "{option}", which is no member.').format(
                        name=name, option=option
                    ),
                    _("Whoever is asked sits in this panel."),
                    suggestion(option, sheet.members),
                )


def _conflicts(definition: Definition, file: str, sheet: Sheet) -> Iterator[Finding]:
    """Names are looked for in texts: in fields, or in columns of tables."""
    types = _types(definition)
    known = [name for name, type_ in types.items() if type_ in ("text", "long_text")]
    for name in sheet.conflicts:
        type_ = types.get(name)
        if type_ is None:
            kind = _("text field, or column,")
            yield unfit(file, "conflicts", name, known, kind, definition.field(name))
        elif name not in known:
            yield Finding(
                file,
                "conflicts",
                _('"{name}" is a field of type {type}.').format(name=name, type=type_),
                _("Names are looked for in texts."),
                suggestion(name, [found for found in known if found.startswith(f"{name}.")]),
            )


def _shows(definition: Definition, file: str, sheet: Sheet) -> Iterator[Finding]:
    """Fields that a grid shows and that are none, or hold marks of the panel itself."""
    known = [
        f"{name}.{field}"
        for name, asked in definition.sheets.items()
        if not asked.is_panel
        for field in asked.fields
    ]
    for name in sheet.shows:
        if name not in known:
            kind = _("field outside of panels")
            yield unfit(file, "shows", name, known, kind, definition.field(name))


def _weights(file: str, sheet: Sheet) -> Iterator[Finding]:
    for name in sheet.criteria:
        field = sheet.fields[name]
        if isinstance(field, ScoreField):
            yield from hundredths_at_most(file, f"fields.{name}.weight", field.weight)
    if sheet.criteria and not any(sheet.weights.values()):
        yield Finding(
            file,
            f"fields.{sheet.criteria[0]}.weight",
            _("No criterion of this panel weighs anything."),
            _("The total would be a mean of nothing."),
            _("Give one of them a weight; without the key, each weighs 1."),
        )


def _comments(file: str, key: str, sheet: Sheet, field: ScoreField) -> Iterator[Finding]:
    """A mark that must be explained and cannot be, or bounds that no mark meets."""
    bounds = {"comment_under": field.comment_under, "comment_over": field.comment_over}
    wanted = {name: Decimal(bound) for name, bound in bounds.items() if bound is not None}
    if field.comment_in is not None:
        texts = [name for name, asked in sheet.fields.items() if isinstance(asked, _TEXTS)]
        if field.comment_in not in texts:
            kind = _("text field of the panel")
            found = sheet.fields.get(field.comment_in)
            yield unfit(file, f"{key}.comment_in", field.comment_in, texts, kind, found)
    elif wanted:
        yield Finding(
            file,
            f"{key}.comment_in",
            _("The key {key} is missing.").format(key="comment_in"),
            _("Some marks must be explained, and nothing says where."),
            _("Name a text field of the panel, for example: {example}").format(
                example='comment_in = "comment"'
            ),
        )
    for name, bound in wanted.items():
        yield from hundredths_at_most(file, f"{key}.{name}", bound)
    yield from _bounds(file, key, field, wanted)


def _bounds(
    file: str, key: str, field: ScoreField, wanted: Mapping[str, Decimal]
) -> Iterator[Finding]:
    least, most = Decimal(field.scale.from_), Decimal(field.scale.to)
    for name, bound in wanted.items():
        reached = least < bound <= most if name == "comment_under" else least <= bound < most
        if not reached:
            yield Finding(
                file,
                f"{key}.{name}",
                _("No mark of the scale is on that side of {bound}, or all are.").format(
                    bound=bound
                ),
                _("The scale goes from {least} to {most}.").format(least=least, most=most),
                _("Name a mark within the scale, or leave the key out."),
            )
    if len(wanted) == 2 and wanted["comment_under"] > wanted["comment_over"]:
        yield Finding(
            file,
            f"{key}.comment_under",
            _("{least} is not below {most}.").format(
                least="`comment_under`", most="`comment_over`"
            ),
            _("Every mark would have to be explained."),
            _("Exchange the two, or correct one of them."),
        )


def _of_type(definition: Definition, type_: type) -> list[str]:
    return [name for name in definition.field_names() if isinstance(definition.field(name), type_)]


def _types(definition: Definition) -> dict[str, str]:
    """The type of every field outside of panels, and of every column, by qualified name."""
    found: dict[str, str] = {}
    for sheet_name, sheet in definition.sheets.items():
        for field_name, field in sheet.fields.items() if not sheet.is_panel else ():
            found[f"{sheet_name}.{field_name}"] = field.type
            for column_name, column in (
                field.columns.items() if isinstance(field, TableField) else ()
            ):
                found[f"{sheet_name}.{field_name}.{column_name}"] = column.type
    return found


_ROOT, _RANK = "sitting.", ".rank"


def sitting_faults(process: Process) -> Iterator[Finding]:
    """Every sitting that nobody holds, that ranks nothing, or that decides on nothing."""
    definition = process.definition
    for name, sitting in definition.config.sittings.items():
        key = f"sittings.{name}"
        yield from _panel(definition, f"{key}.panel", sitting)
        for state in sitting.in_:
            if state not in definition.states:
                kind = _("state (a file of states/)")
                yield unknown(CONFIG, f"{key}.in", state, definition.states, kind)
            else:
                yield from _unranked(process.machine, f"{key}.in", sitting.panel, state)
        for decided in sitting.decides:
            yield from _decided(definition, f"{key}.decides", sitting, decided)
        for reasoned in sitting.reasons:
            if reasoned not in sitting.decides:
                kind = _("transition that the sitting decides")
                yield unknown(CONFIG, f"{key}.reasons", reasoned, sitting.decides, kind)


def sitting_conditions(process: Process) -> Iterator[Finding]:
    """Every condition that reads a sitting where none is under way, or ranks that none records.

    Names and dates stand; a condition that CEL refuses is told elsewhere.
    """
    # Rules and mails fail in the same two ways, but only a rule has a transition that a sitting
    # may decide: a mail reads a sitting at no time.
    definition = process.definition
    ranks = _never_recorded(definition)
    for placed in rules(definition):
        rule = placed.rule
        written = definition.rule(rule.same_as) if rule.same_as else rule
        if written is None:
            continue
        key = f"{placed.key}.{'same_as' if rule.same_as else 'when'}"
        for name in _read(process, written.when):
            if name in ranks:
                yield _unknown_rank(placed.file, key, name)
            elif name.startswith(_ROOT) and not _decides_all(definition, placed.on):
                yield _never_known(placed.file, key, name, _("No sitting decides this transition."))
    for name, notification in definition.notifications.items():
        for read in _read(process, notification.when):
            if read in ranks:
                yield _unknown_rank(notification_file(name), "when", read)
            elif read.startswith(_ROOT):
                why = _("A mail leaves when nobody sits.")
                yield _never_known(notification_file(name), "when", read, why)
    for name, total in definition.config.totals.items():
        if total.least in ranks:
            yield _unknown_rank(CONFIG, f"totals.{name}.least", str(total.least))


def _panel(definition: Definition, key: str, sitting: Sitting) -> Iterator[Finding]:
    if sitting.panel not in definition.panels:
        sheet = definition.sheets.get(sitting.panel)
        yield unfit(CONFIG, key, sitting.panel, definition.panels, _("panel"), sheet)
    elif all(placed.transition.freezes != sitting.panel for placed in transitions(definition)):
        yield Finding(
            CONFIG,
            key,
            _('No transition records the means of "{panel}".').format(panel=sitting.panel),
            _("A sitting follows ranks, and those come from recorded means."),
            _("Add {example} to the transition that closes the scoring.").format(
                example=f'freezes = "{sitting.panel}"'
            ),
        )


def _unranked(machine: Machine, key: str, panel: str, state: str) -> Iterator[Finding]:
    """A state in which no candidature ever has a rank: a sitting could decide on none there."""
    reached = machine.paths()
    every = (way for ways in machine.ways.values() for way in ways.values())
    freezing = [way for way in every if way.transition.freezes == panel]
    ranked = any(state in machine.paths(way.to) for way in freezing if way.origin in reached)
    # Told elsewhere: no transition freezes this panel at all, or none leads to this state.
    if freezing and state in reached and not ranked:
        yield Finding(
            CONFIG,
            key,
            _('Nobody has a rank in the state "{state}".').format(state=state),
            _('No transition on the way there records the means of "{panel}": {path}.').format(
                panel=panel, path=" → ".join(reached[state])
            ),
            _("Add {example} to one of them, or take the state out of `in`.").format(
                example=f'freezes = "{panel}"'
            ),
        )


def _decided(definition: Definition, key: str, sitting: Sitting, name: str) -> Iterator[Finding]:
    """A decision is a way out of every state of the sitting, and the desk writes it down."""
    states = [state for state in sitting.in_ if state in definition.states]
    if not states:
        return
    called = [placed for placed in transitions(definition) if placed.name == name]
    leaving = {origin for placed in called for origin in placed.origins}
    if not leaving.intersection(states):
        known = _ways_out(definition, states)
        yield unknown(CONFIG, key, name, known, _("transition out of the states of `in`"))
        return
    for state in states:
        if state not in leaving:
            yield Finding(
                CONFIG,
                key,
                _('"{transition}" does not leave the state "{state}".').format(
                    transition=name, state=state
                ),
                _("The sitting decides on every candidature that stands in a state of `in`."),
                _("Write such a transition there, or take the state out of `in`."),
            )
    for placed in called:
        if set(placed.origins) & set(states) and "desk" not in placed.transition.by:
            yield Finding(
                CONFIG,
                key,
                _('The desk cannot make "{transition}".').format(transition=name),
                _("It writes down what the sitting decides."),
                _("Add it to `by`, in {file}.").format(file=placed.file),
            )


def _ways_out(definition: Definition, states: Collection[str]) -> list[str]:
    return [placed.name for placed in transitions(definition) if set(placed.origins) & set(states)]


def _decides_all(definition: Definition, placed: PlacedTransition) -> bool:
    """True for a transition that a sitting decides from wherever it leaves."""
    decided = {
        state
        for sitting in definition.config.sittings.values()
        if placed.name in sitting.decides
        for state in sitting.in_
    }
    return decided.issuperset(placed.origins)


def _read(process: Process, condition: str | None) -> tuple[str, ...]:
    """The names that a condition reads, where figures of a sitting or ranks may be among them."""
    # Most sitting_conditions do not even hold the words: compiling them again would take long.
    spelled = "".join((condition or "").split())
    if condition is None or not (_ROOT in spelled or _RANK in spelled):
        return ()
    try:
        expression = process.scope.env.compile(condition)
    except RuntimeError:
        return ()
    return used_names(expression, process.scope.variables)


def _never_recorded(definition: Definition) -> frozenset[str]:
    """The ranks of panels that never meet: it is the sitting that records them."""
    meets = {sitting.panel for sitting in definition.config.sittings.values()}
    return frozenset(f"{name}{_RANK}" for name in definition.panels if name not in meets)


def _unknown_rank(file: str, key: str, name: str) -> Finding:
    panel = name.removesuffix(_RANK)
    return Finding(
        file,
        key,
        _("{name} is never known here.").format(name=name),
        _('A sitting records ranks, and none is of the panel "{panel}".').format(panel=panel),
        _("Write such a sitting in config.toml, or read another figure, such as {total}.").format(
            total=f"{panel}.total"
        ),
    )


def _never_known(file: str, key: str, name: str, why: str) -> Finding:
    return Finding(
        file,
        key,
        _("{name} is never known here.").format(name=name),
        why,
        _("Name the transition in `decides` of a sitting, or leave {name} out.").format(name=name),
    )
