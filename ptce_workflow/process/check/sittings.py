"""Sittings: they decide what can be decided there, and rules read them nowhere else."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from ptce_workflow.base.errors import Finding
from ptce_workflow.base.words import _
from ptce_workflow.process.check.names import unfit, unknown
from ptce_workflow.process.check.places import PlacedTransition, rules, transitions
from ptce_workflow.process.compiled import used_names
from ptce_workflow.process.definition import Definition, Sitting
from ptce_workflow.process.folder import CONFIG, notification_file
from ptce_workflow.process.machine import Machine
from ptce_workflow.process.process import Process

_ROOT, _RANK = "sitting.", ".rank"


def faults(process: Process) -> Iterator[Finding]:
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


def conditions(process: Process) -> Iterator[Finding]:
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
    # Most conditions do not even hold the words: compiling them again would take long.
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
