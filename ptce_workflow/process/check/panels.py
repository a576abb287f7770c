"""Faults of panels and their sittings: bounds, scales, figures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from ptce_workflow.base.errors import Finding, Misuse
from ptce_workflow.base.words import _, suggestion
from ptce_workflow.base.zones import KINDS, gazetteer
from ptce_workflow.process.check.places import Check, Place, origins, places
from ptce_workflow.process.fields import FieldType, OptionsField, ScoreField
from ptce_workflow.process.fields.numbers import hundredths_at_most
from ptce_workflow.process.model.base import Model
from ptce_workflow.process.model.definition import Definition, Limit, Total, Transition
from ptce_workflow.process.model.sheets import PANEL_KEYS, Sheet, Sitting
from ptce_workflow.process.process import Process

_SITTING, _RANK = "sitting.", ".rank"


def _limit(_process: Process, limit: Place[Limit]) -> Iterator[Finding]:
    if (limit.table.value is None) == (limit.table.zone is None):
        why = _("A limit is a number (`value`), or a zone (`zone`): one of the two.")
        yield limit.missing("value", why, "10")
        return
    if limit.table.value is None:
        kind, _blank, code = (limit.table.zone or "").partition(" ")
        try:
            gazetteer().zone(next(kind_ for kind_ in KINDS if kind_ == kind), code)
        except Misuse as error:
            yield limit.fault("zone", error.what, error.why, error.mend)
        return
    value = Decimal(limit.table.value)
    fine = [*hundredths_at_most(limit.file, limit.key("value"), value)]
    if limit.table.decimal:
        yield from fine
    if limit.table.decimal and not fine and value < 0:
        why = _("Scores and decimal fields are never negative.")
        yield limit.fault("value", _("This limit is negative: {value}."), why, value=value)


def _field(process: Process, field: Place[FieldType]) -> Iterator[Finding]:
    # A table tells what is wrong with its columns.
    if len(field.keys) != 2:
        return
    yield from field.table.faults(field.file, field.key())
    sheet = process.definition.sheets[field.holder]
    if field.table.in_panel == "mark" and not sheet.is_panel:
        what = _("Only a panel gives marks.")
        why = _("This sheet names no members.")
        mend = _("Add members, or use type = {type}.")
        yield field.fault("type", what, why, mend, type='"decimal"')
    elif sheet.is_panel and not field.table.in_panel:
        what = _("A panel holds marks and comments only.")
        why = _("The facts of a candidature stand in other sheets.")
        yield field.fault("type", what, why)


def _of_panels(process: Process, place: Place[Sheet]) -> Iterator[Finding]:
    sheet = place.table
    for key in ("assigned", "conflicts", "shows", "order", *PANEL_KEYS):
        if key in sheet.written and not sheet.is_panel:
            what, mend = _("Only a panel has {key}."), _("Add members, or leave it out.")
            if key == "order":
                what, mend = _("Only a panel ranks."), _("Add members, or leave the order out.")
            yield place.fault(key, what, _("This sheet names no members."), mend, key=f"`{key}`")
    field = process.definition.field(sheet.assigned or "")
    for option in field.options if isinstance(field, OptionsField) and sheet.is_panel else ():
        if option not in sheet.members:
            what = _('"{name}" has the answer "{option}", which is no member.')
            why = _("Whoever is asked sits in this panel.")
            mend = suggestion(option, sheet.members)
            yield place.fault("assigned", what, why, mend, name=sheet.assigned, option=option)
    ranks = Counter(order.rank for order in sheet.order.values())
    for name, order in sheet.order.items():
        if ranks[order.rank] > 1:
            what = _("Two keys have the rank {rank}.")
            why = _("Which of them is looked at first would be left to chance.")
            mend = _("Give each key a rank of its own.")
            yield place.fault(f"order.{name}.rank", what, why, mend, rank=order.rank)
    if sheet.criteria and not any(sheet.weights.values()):
        what = _("No criterion of this panel weighs anything.")
        why = _("The total would be a mean of nothing.")
        mend = _("Give one of them a weight; without the key, each weighs 1.")
        yield place.fault(f"fields.{sheet.criteria[0]}.weight", what, why, mend)


def _sheet(process: Process, place: Place[Sheet]) -> Iterator[Finding]:
    sheet = place.table
    # What is said of arrivals, on a sheet that nobody sends in.
    for key in ("receipt", "stays_complete"):
        if key in sheet.written and not sheet.is_sent:
            what = _("Nobody sends this sheet in.")
            why = _("Marks are given one by one, and facts of the contest are the desk's.")
            mend = _("Leave it out.")
            yield place.fault(key, what, why, mend)
    if sheet.reads and not sheet.is_sent:
        what = _("Everyone who is enrolled reads this sheet.")
        why = _("Marks are closed by hidden_until, and the facts of the contest are everybody's.")
        mend = _("Leave it out.")
        yield place.fault("reads", what, why, mend)
    for name in sheet.shows:
        other = process.definition.sheets.get(name.partition(".")[0])
        if other is not None and other.reads and "jury" not in (*other.reads, *other.by):
            what = _('"{name}" is kept from the members.')
            why = _("The grid would show nothing there.")
            mend = _("Leave it out, or let them read the sheet: {key}.")
            yield place.fault("shows", what, why, mend, name=name, key='reads = ["desk", "jury"]')
    if sheet.of_contest and sheet.is_panel:
        what = _("A panel marks candidatures, and not the contest.")
        mend = _("Leave `about` out, or `members`.")
        yield place.fault("about", what, "", mend)
    for name, field in sheet.fields.items() if sheet.of_contest and not sheet.is_panel else ():
        if field.erasable or field.split(field.sample())[1] is not None:
            what = _("A fact of the contest is not of a type that may be erased.")
            why = _("It is no answer of a person, and rules read it.")
            yield place.fault(f"fields.{name}.type", what, why)


def _scales(_process: Process, sheet: Place[Sheet]) -> Iterator[Finding]:
    if sheet.table.scale is not None:
        yield from sheet.table.scale.faults(sheet.file, "scale")
    for score in sheet.within(ScoreField):
        yield from hundredths_at_most(score.file, score.key("weight"), score.table.weight)
        if score.table.scale is not sheet.table.scale:
            yield from score.table.scale.faults(score.file, score.key("scale"))
        yield from _comments(sheet, score)


def _comments(sheet: Place[Sheet], place: Place[ScoreField]) -> Iterator[Finding]:
    field = place.table

    def holder(key: str) -> Place[Model]:
        shared = key in sheet.table.written and getattr(sheet.table, key) == getattr(field, key)
        return sheet if shared else place

    bounds = {"comment_under": field.comment_under, "comment_over": field.comment_over}
    wanted = {name: Decimal(bound) for name, bound in bounds.items() if bound is not None}
    if wanted and field.comment_in is None:
        what = _("The key {key} is missing.")
        why = _("Some marks must be explained, and nothing says where.")
        mend = _("Name a text field of the panel, for example: {example}")
        yield place.fault(
            "comment_in", what, why, mend, key="comment_in", example='comment_in = "comment"'
        )
    least, most = Decimal(field.scale.from_), Decimal(field.scale.to)
    for name, bound in wanted.items():
        yield from hundredths_at_most(place.file, holder(name).key(name), bound)
        if not (least < bound <= most if name == "comment_under" else least <= bound < most):
            what = _("No mark of the scale is on that side of {bound}, or all are.")
            why = _("The scale goes from {least} to {most}.")
            mend = _("Name a mark within the scale, or leave the key out.")
            yield holder(name).fault(name, what, why, mend, bound=bound, least=least, most=most)
    if len(wanted) == 2 and wanted["comment_under"] > wanted["comment_over"]:
        what = _("{least} is not below {most}.")
        why = _("Every mark would have to be explained.")
        mend = _("Exchange the two, or correct one of them.")
        yield holder("comment_under").fault(
            "comment_under", what, why, mend, least="`comment_under`", most="`comment_over`"
        )


def _least(process: Process, total: Place[Total]) -> Iterator[Finding]:
    for key in ("of", "per") if total.table.least is not None else ():
        if key in total.table.written:
            what = _("{key} does not go with {other}.")
            why = _("The smallest value is told, and nothing is summed or grouped.")
            mend = _("Leave one of the two out.")
            yield total.fault("least", what, why, mend, key="least", other=key)
    yield from never_known(process.definition, total, "least", total.table.least or "", "")


def _sitting(process: Process, place: Place[Sitting]) -> Iterator[Finding]:
    definition, panel = process.definition, place.table.panel
    freezes = any(transition.freezes == panel for transition in definition.every_transition())
    if panel in definition.panels and not freezes:
        what = _('No transition records the means of "{panel}".')
        why = _("A sitting follows ranks, and those come from recorded means.")
        mend = _("Add {example} to the transition that closes the scoring.")
        yield place.fault("panel", what, why, mend, panel=panel, example=f'freezes = "{panel}"')
    for name in sorted({*place.table.advises} & {*definition.seats(place.table)}):
        what = _('"{name}" has a voice here, and is heard without one.')
        why = _("An institution sits, or is heard: one of the two.")
        mend = _("Take it out of one of the lists.")
        yield place.fault("advises", what, why, mend, name=name)
    for state in place.table.rectifies:
        edge = process.edges(state).get(place.name)
        anew = edge is not None and edge.to in place.table.in_ and edge.transition.freezes == panel
        if state in definition.states and not anew:
            yield place.fault(
                "rectifies",
                _('The state "{state}" has no transition "{name}" that records the means anew.'),
                _("What was decided is taken up by a transition that is named as the sitting."),
                _("Write it there: {example}."),
                state=state,
                name=place.name,
                example=f'{place.name} = {{ to = "{place.table.in_[0]}", freezes = "{panel}" }}',
            )


def _unranked(process: Process, place: Place[Sitting]) -> Iterator[Finding]:
    machine, panel = process.machine, place.table.panel
    reached = machine.paths()
    freezing = [edge for edge in process.every_edge() if edge.transition.freezes == panel]
    ranked = {
        state for edge in freezing if edge.origin in reached for state in machine.paths(edge.to)
    }
    # Told elsewhere: no transition freezes this panel at all, or none leads to this state.
    for state in place.table.in_ if freezing else ():
        if state in process.definition.states and state in reached and state not in ranked:
            yield place.fault(
                "in",
                _('Nobody has a rank in the state "{state}".'),
                _('No transition on the way there records the means of "{panel}": {path}.'),
                _("Add {example} to one of them, or take the state out of `in`."),
                state=state,
                panel=panel,
                path=" → ".join(reached[state]),
                example=f'freezes = "{panel}"',
            )


def _decides(process: Process, place: Place[Sitting]) -> Iterator[Finding]:
    definition = process.definition
    states = [state for state in place.table.in_ if state in definition.states]
    out = [edge for edge in places(definition, Transition) if {*origins(edge)} & {*states}]
    for name in place.table.decides if states else ():
        named = [edge for edge in out if edge.name == name]
        if not named:
            names, kind = [edge.name for edge in out], _("transition out of the states of `in`")
            yield place.unknown("decides", name, names, kind)
            continue
        leaving = {origin for edge in named for origin in origins(edge)}
        for state in states:
            if state not in leaving:
                what = _('"{transition}" does not leave the state "{state}".')
                why = _("The sitting decides on every candidature that stands in a state of `in`.")
                mend = _("Write such a transition there, or take the state out of `in`.")
                yield place.fault("decides", what, why, mend, transition=name, state=state)
        for edge in named:
            if edge.table.by and "desk" not in edge.table.by:
                what = _('The desk cannot make "{transition}".')
                why = _("It writes down what the sitting decides.")
                mend = _("Add it to `by`, in {file}.")
                yield place.fault("decides", what, why, mend, transition=name, file=edge.file)


CHECKS: Mapping[type[Model], Sequence[Check]] = {
    Limit: [_limit],
    FieldType: [_field],
    Sheet: [_of_panels, _sheet, _scales],
    Sitting: [_sitting, _unranked, _decides],
    Total: [_least],
}


def decides_all(definition: Definition, placed: Place[Transition]) -> bool:
    """True for a transition that a sitting decides from wherever it leaves."""
    sittings = definition.config.sittings.values()
    deciding = (sitting for sitting in sittings if placed.name in sitting.decides)
    decided = {state for sitting in deciding for state in sitting.in_}
    return decided.issuperset(origins(placed))


def never_known(
    definition: Definition, place: Place[Model], key: str, name: str, why: str
) -> Iterator[Finding]:
    """The fault of reading a rank never recorded, or (with a `why`) a sitting not under way."""
    panel = name.removesuffix(_RANK)
    meets = {sitting.panel for sitting in definition.config.sittings.values()}
    if name.endswith(_RANK) and panel in definition.panels and panel not in meets:
        what = _("{name} is never known here.")
        why = _('A sitting records ranks, and none is of the panel "{panel}".')
        mend = _("Write such a sitting in config.toml, or read another figure, such as {total}.")
        yield place.fault(key, what, why, mend, name=name, panel=panel, total=f"{panel}.total")
    elif why and name.startswith(_SITTING):
        mend = _("Name the transition in `decides` of a sitting, or leave {name} out.")
        yield place.fault(key, _("{name} is never known here."), why, mend, name=name)
