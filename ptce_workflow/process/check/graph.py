"""The graph of states: ways that lead nowhere, what rests on nothing, hand-overs."""

from __future__ import annotations

from collections.abc import Iterator

from ptce_workflow.base.errors import Finding
from ptce_workflow.base.words import _
from ptce_workflow.process.check.places import Place, instance, origins, places
from ptce_workflow.process.fields import ScoreField
from ptce_workflow.process.letters.definition import Notification
from ptce_workflow.process.letters.recipients import CONTACT
from ptce_workflow.process.model.defaults import UNLESS, circles, find_asking
from ptce_workflow.process.model.definition import (
    START,
    Date,
    Definition,
    Receipt,
    Request,
    State,
    Transition,
)
from ptce_workflow.process.model.folder import state_file
from ptce_workflow.process.model.order import IN_ORDER, panel_of
from ptce_workflow.process.model.quantities import Limit
from ptce_workflow.process.model.shared import Grounded, Rule
from ptce_workflow.process.model.sheets import PANEL_KEYS, Order, Sheet
from ptce_workflow.process.model.sitting import Sitting
from ptce_workflow.process.process import Process

_GROUNDED = (Limit, Date, Receipt, Sitting, Request, ScoreField, Order)


def faults(process: Process) -> Iterator[Finding]:
    """Every state out of the way, rule half written, or table that rests on nothing."""
    definition = process.definition
    if not definition.start.transitions:
        yield Finding(
            state_file(START),
            "transitions",
            _("There is no way in."),
            _("Candidatures begin by a transition of this file."),
        )
    else:
        for place in places(definition, State):
            yield from _state(process, place)
    for placed in places(definition, Transition):
        yield from _transition(definition, placed)
    for sitting in places(definition, Sitting):
        yield from _borrowed(definition, sitting)
    for grounded in places(definition, Grounded):
        if isinstance(grounded.table, _GROUNDED) and not grounded.table.grounded:
            yield _ungrounded(grounded)
    for sheet in places(definition, Sheet):
        said = [key for key in PANEL_KEYS if key in sheet.table.written]
        if said and not sheet.table.grounded:
            yield _ungrounded(sheet, said[0])
    yield from _rules(definition)


def _state(process: Process, place: Place[State]) -> Iterator[Finding]:
    """A state that cannot be reached or left, and a `must_pass` that can be gone around."""
    machine, state, name = process.machine, place.table, place.name
    for sheet, end in state.windows:
        if end is not None and sheet.partition(".")[0] in process.definition.panels:
            yield place.fault(
                "open",
                _("Marks are not closed by an hour."),
                _("A transition closes them, when all have answered or the desk decides so."),
                _("Leave out: until {instant}"),
                instant=end,
            )
    if name not in machine.paths():
        yield place.fault(
            "",
            _("No transition leads to this state."),
            _("No candidature can ever stand here."),
            _("Add a transition with to = {state}, or remove the file."),
            state=f'"{name}"',
        )
    if {way.to for way in machine.ways[name].values()} <= {name} and not state.ends:
        yield place.fault(
            "ends",
            _("Nothing leaves this state, and it does not say that it ends."),
            _("A candidature would wait here for ever."),
            _("Add a transition, or ends = true."),
        )
    for passed in state.must_pass:
        if passed in process.definition.states and passed != name:
            path = machine.paths(without=passed).get(name)
            if path is not None:
                yield place.fault(
                    "must_pass",
                    _('This state can be reached without "{state}".'),
                    _("For example: {path}."),
                    _("Close that way, or take the state out of must_pass."),
                    state=passed,
                    path=" → ".join(path),
                )


def _ungrounded(place: Place[Grounded], key: str = "") -> Finding:
    return place.fault(
        key,
        _("This rests on nothing: neither `source` nor `choice`."),
        _("Every refusal cites the rulebook, or owns up to being the organiser's decision."),
        _("Add a `source` (section and paragraph) or a `choice` (why)."),
    )


def _rules(definition: Definition) -> Iterator[Finding]:
    """Rules half written, and conditions written twice."""
    first: dict[str, str] = {}
    for placed in places(definition, Rule):
        for key in ("says", "when"):
            if key not in placed.table.written:
                why = _("A rule says something to people (`says`) and to the engine (`when`).")
                yield placed.missing(key, why)
        if not placed.table.grounded:
            yield _ungrounded(placed)
        condition = " ".join((placed.table.when or "").split())
        if condition and first.setdefault(condition, placed.path) != placed.path:
            yield placed.fault(
                "when",
                _("This condition is written twice."),
                _("The first is {path}; two copies would drift apart."),
                _('Name it on the transition: same_as = ["{path}"].'),
                path=first[condition],
            )


def _borrowed(
    definition: Definition, placed: Place[Transition] | Place[Sitting]
) -> Iterator[Finding]:
    """What a transition or a sitting names that names it in turn, and a rule's name taken."""
    for path in circles(definition, placed.path):
        key = "unless" if path[1] in _written_at(definition, placed.table.unless) else "same_as"
        yield placed.fault(
            key,
            _("What is asked here would follow its own rules: {path}."),
            _("What is asked would never be known."),
            _("Take one of them out."),
            path=" → ".join(path),
        )
    in_order = getattr(placed.table, "in_order", None)
    for name, asked in ((UNLESS, placed.table.unless), (IN_ORDER, in_order)):
        if asked and name in placed.table.rules:
            yield placed.fault(
                f"rules.{name}",
                _('The name "{name}" is taken.'),
                _("It is that of what `{name}` asks."),
                _("Choose another, for example {name}_."),
                name=name,
            )


def _asks(definition: Definition, placed: Place[Transition]) -> Iterator[Finding]:
    """Answers that nobody could give in the act."""
    transition = placed.table
    decided = any(definition.is_decided(state, placed.name) for state in origins(placed))
    if transition.asks and (placed.holder == START or transition.at is not None):
        yield placed.fault(
            "asks",
            _("Nobody is there to answer."),
            _("Time answers nothing, and a way in has what its file holds."),
            _("Leave it out."),
        )
    makes = {*transition.by, *(("desk",) if decided else ())}
    for name in transition.asks:
        sheet = definition.sheets.get(name.partition(".")[0])
        if sheet is not None and makes.isdisjoint(sheet.by):
            yield placed.fault(
                "asks",
                _('Whoever makes this transition may not write "{name}".'),
                _("Those who may: {names}."),
                _("Add one of them to `by`."),
                name=name,
                names=", ".join(sheet.by),
            )


def _in_order(definition: Definition, placed: Place[Transition]) -> Iterator[Finding]:
    """An order of ranks that no sitting records, or that rests on nothing."""
    if placed.table.in_order is None:
        return
    if not placed.table.grounded:
        yield _ungrounded(placed, IN_ORDER)
    for state in origins(placed):
        if panel_of(definition, state, placed.name, placed.table) is None:
            meets = dict.fromkeys(one.panel for one in definition.config.sittings.values())
            yield placed.fault(
                IN_ORDER,
                _("No panel is known by whose ranks this goes."),
                _("A sitting records ranks: of one panel here, of several, or of none."),
                _("Panels that meet: {names}."),
                names=", ".join(meets) or _("none"),
            )
            return


def _written_at(definition: Definition, items: tuple[str, ...]) -> frozenset[str]:
    found = (find_asking(definition, item) for item in items)
    return frozenset(one[0] for one in found if one is not None)


def _decision(definition: Definition, placed: Place[Transition]) -> Iterator[Finding]:
    """A decision that no mail tells to the contact, or that one may fail to tell."""
    if placed.table.decision is None:
        return
    mails = {mail.name: mail for mail in places(definition, Notification)}
    told = {
        name
        for state in origins(placed)
        for name in definition.set_off(state, placed.name, placed.table.to)
        if definition.notifications[name].to == CONTACT
    }
    if not told:
        yield placed.fault(
            "decision",
            _("No mail tells this decision to its candidature."),
            _("A decision counts from when it is told."),
            _('Write one whose keys say: on = "{cause}"'),
            cause=f"{placed.holder}.{placed.name}",
        )
    for name in sorted(told):
        mail = mails[name].table
        for key in [key for key in ("expires", "when") if getattr(mail, key) is not None]:
            yield mails[name].fault(
                key,
                _("A mail that tells a decision always leaves."),
                _("It is sent, or waits for a person."),
                _("Leave it out."),
            )


def _transition(definition: Definition, placed: Place[Transition]) -> Iterator[Finding]:
    """A transition that nobody can make, or that carries what cannot be carried."""
    transition = placed.table
    decided = any(definition.is_decided(state, placed.name) for state in origins(placed))
    if not transition.by and transition.at is None and not decided:
        yield placed.fault(
            "",
            _("Nobody can make this transition."),
            _("It names neither a role (`by`) nor an instant (`at`)."),
            instance("by", '["desk"]'),
        )
    yield from _borrowed(definition, placed)
    yield from _in_order(definition, placed)
    yield from _asks(definition, placed)
    yield from _decision(definition, placed)
    if transition.carries and placed.holder != START:
        yield placed.fault(
            "carries",
            _("Only a way in takes a candidature that another contest hands over."),
            _("The ways in are the transitions of states/start.toml."),
            _("Leave it out, or write a way in."),
        )
    if transition.carries and not transition.by:
        yield placed.fault(
            "carries",
            _("Nobody could take a candidature over."),
            _("The transition names no role (`by`)."),
            instance("by", '["desk"]'),
        )
    for name in transition.carries:
        sheet_name = name.partition(".")[0]
        field = definition.field(name)
        if sheet_name not in definition.sheets or (name != sheet_name and field is None):
            continue
        if sheet_name in definition.panels or (field is not None and field.is_computed):
            yield placed.fault(
                "carries",
                _('"{name}" cannot be carried.'),
                _("Marks are those of one jury, and what is computed is worked out anew."),
                _("Take it out."),
                name=name,
            )
