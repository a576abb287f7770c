"""Faults of the graph of states, of dates, and of panels and their sittings."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from ptce_workflow.base.errors import Finding, Misuse
from ptce_workflow.base.words import _, suggestion
from ptce_workflow.base.zones import KINDS, gazetteer
from ptce_workflow.process import calendar
from ptce_workflow.process.check.places import Check, Place, instance, origins, places
from ptce_workflow.process.dates import ANCHORS, Dates
from ptce_workflow.process.fields import FieldType, OptionsField, ScoreField
from ptce_workflow.process.fields.scalars import hundredths_at_most
from ptce_workflow.process.letters.planning import planner_of
from ptce_workflow.process.model.base import Grounded, InstantSource, Model, Rule
from ptce_workflow.process.model.defaults import IN_ORDER, UNLESS, circles, find_asking, panel_of
from ptce_workflow.process.model.definition import (
    START,
    Config,
    Date,
    Definition,
    Gate,
    Identity,
    Limit,
    Receipt,
    Request,
    Results,
    State,
    Total,
    Transition,
)
from ptce_workflow.process.model.notification import CONTACT, Notification
from ptce_workflow.process.model.sheets import PANEL_KEYS, Order, Sheet, Sitting
from ptce_workflow.process.process import Process
from ptce_workflow.process.rules import of_last

_GROUNDED = (Limit, Date, Receipt, Sitting, Request, ScoreField, Order, Rule)
_LENGTH = re.compile(r"[0-9]+(?![0-9-])")


def _way_in(_process: Process, gate: Place[Gate]) -> Iterator[Finding]:
    if gate.holder == START and not gate.table.transitions:
        what = _("There is no way in.")
        why = _("Candidatures begin by a transition of this file.")
        yield gate.fault("transitions", what, why)


def _state(process: Process, place: Place[State]) -> Iterator[Finding]:
    machine, state, name = process.machine, place.table, place.name
    if not process.definition.start.transitions:
        return
    for sheet, end in state.windows:
        if end is not None and sheet.partition(".")[0] in process.definition.panels:
            what = _("Marks are not closed by an hour.")
            why = _("A transition closes them, when all have answered or the desk decides so.")
            mend = _("Leave out: until {instant}")
            yield place.fault("open", what, why, mend, instant=end)
    if name not in machine.paths():
        what = _("No transition leads to this state.")
        why = _("No candidature can ever stand here.")
        mend = _("Add a transition with to = {state}, or remove the file.")
        yield place.fault("", what, why, mend, state=f'"{name}"')
    if {edge.to for edge in machine.edges[name].values()} <= {name} and not state.ends:
        what = _("Nothing leaves this state, and it does not say that it ends.")
        why = _("A candidature would wait here for ever.")
        mend = _("Add a transition, or ends = true.")
        yield place.fault("ends", what, why, mend)
    for passed in state.must_pass:
        path = None if passed == name else machine.paths(without=passed).get(name)
        if path is not None and passed in process.definition.states:
            what = _('This state can be reached without "{state}".')
            why = _("For example: {path}.")
            mend = _("Close that way, or take the state out of must_pass.")
            yield place.fault("must_pass", what, why, mend, state=passed, path=" → ".join(path))


def _grounds(_process: Process, place: Place[Grounded]) -> Iterator[Finding]:
    table = place.table
    keys = [""] if isinstance(table, _GROUNDED) else []
    if isinstance(table, Transition) and table.in_order is not None:
        keys.append(IN_ORDER)
    if isinstance(table, Sheet):
        keys += [key for key in PANEL_KEYS if key in table.written][:1]
    for key in () if table.grounded else keys:
        what = _("This rests on nothing: neither `source` nor `choice`.")
        why = _("Every refusal cites the rulebook, or owns up to being the organiser's decision.")
        mend = _("Add a `source` (section and paragraph) or a `choice` (why).")
        yield place.fault(key, what, why, mend)


def _rule(process: Process, rule: Place[Rule]) -> Iterator[Finding]:
    for key in ("says", "when"):
        if key not in rule.table.written:
            why = _("A rule says something to people (`says`) and to the engine (`when`).")
            yield rule.missing(key, why)
    first = _first_rules(process.definition)[_condition(rule)]
    if _condition(rule) and first != rule.path:
        why = _("The first is {path}; two copies would drift apart.")
        mend = _('Name it on the transition: same_as = ["{path}"].')
        yield rule.fault("when", _("This condition is written twice."), why, mend, path=first)


@of_last
def _first_rules(definition: Definition) -> Mapping[str, str]:
    return {_condition(rule): rule.path for rule in reversed(places(definition, Rule))}


def _condition(rule: Place[Rule]) -> str:
    return " ".join((rule.table.when or "").split())


def _named_rules(process: Process, placed: Place[Transition | Sitting]) -> Iterator[Finding]:
    definition, table = process.definition, placed.table
    for path in circles(definition, placed.path):
        asking = (find_asking(definition, item) for item in table.unless)
        is_unless = any(rule is not None and rule[0] == path[1] for rule in asking)
        what = _("What is asked here would follow its own rules: {path}.")
        why = _("What is asked would never be known.")
        mend = _("Take one of them out.")
        key = UNLESS if is_unless else "same_as"
        yield placed.fault(key, what, why, mend, path=" → ".join(path))
    for name in (UNLESS, IN_ORDER):
        if getattr(table, name, None) and name in table.rules:
            what = _('The name "{name}" is taken.')
            why = _("It is that of what `{name}` asks.")
            mend = _("Choose another, for example {name}_.")
            yield placed.fault(f"rules.{name}", what, why, mend, name=name)


def _is_decided(process: Process, placed: Place[Transition]) -> bool:
    return any(process.definition.is_decided(state, placed.name) for state in origins(placed))


def _asks(process: Process, placed: Place[Transition]) -> Iterator[Finding]:
    transition = placed.table
    if transition.asks and (placed.holder == START or transition.at is not None):
        what = _("Nobody is there to answer.")
        why = _("Time answers nothing, and a way in has what its file holds.")
        mend = _("Leave it out.")
        yield placed.fault("asks", what, why, mend)
    makes = {*transition.by, *(("desk",) if _is_decided(process, placed) else ())}
    for name in transition.asks:
        sheet = process.definition.sheets.get(name.partition(".")[0])
        if sheet is not None and makes.isdisjoint(sheet.by):
            what = _('Whoever makes this transition may not write "{name}".')
            why = _("Those who may: {names}.")
            mend = _("Add one of them to `by`.")
            yield placed.fault("asks", what, why, mend, name=name, names=", ".join(sheet.by))


def _in_order(process: Process, placed: Place[Transition]) -> Iterator[Finding]:
    definition, table = process.definition, placed.table
    panels = (panel_of(definition, state, placed.name, table) for state in origins(placed))
    if table.in_order is not None and None in panels:
        meets = dict.fromkeys(sitting.panel for sitting in definition.config.sittings.values())
        what = _("No panel is known by whose ranks this goes.")
        why = _("A sitting records ranks: of one panel here, of several, or of none.")
        mend = _("Panels that meet: {names}.")
        yield placed.fault(IN_ORDER, what, why, mend, names=", ".join(meets) or _("none"))


def _decision(process: Process, placed: Place[Transition]) -> Iterator[Finding]:
    definition = process.definition
    if placed.table.decision is None:
        return
    names = {
        name
        for state in origins(placed)
        for name in definition.set_off(state, placed.name, placed.table.to)
        if definition.notifications[name].to == CONTACT
    }
    if not names:
        what = _("No mail tells this decision to its candidature.")
        why = _("A decision counts from when it is told.")
        mend = _('Write one whose keys say: on = "{cause}"')
        yield placed.fault("decision", what, why, mend, cause=f"{placed.holder}.{placed.name}")
    for mail in places(definition, Notification):
        for key in ("expires", "when") if mail.name in names else ():
            if getattr(mail.table, key) is not None:
                what = _("A mail that tells a decision always leaves.")
                why = _("It is sent, or waits for a person.")
                mend = _("Leave it out.")
                yield mail.fault(key, what, why, mend)


def _transition(process: Process, placed: Place[Transition]) -> Iterator[Finding]:
    definition, transition = process.definition, placed.table
    if not (transition.by or transition.at is not None or _is_decided(process, placed)):
        what = _("Nobody can make this transition.")
        why = _("It names neither a role (`by`) nor an instant (`at`).")
        mend = instance("by", '["desk"]')
        yield placed.fault("", what, why, mend)
    if transition.carries and placed.holder != START:
        what = _("Only a way in takes a candidature that another contest hands over.")
        why = _("The ways in are the transitions of states/start.toml.")
        mend = _("Leave it out, or write a way in.")
        yield placed.fault("carries", what, why, mend)
    if transition.carries and not transition.by:
        what = _("Nobody could take a candidature over.")
        why = _("The transition names no role (`by`).")
        mend = instance("by", '["desk"]')
        yield placed.fault("carries", what, why, mend)
    for name in transition.carries:
        sheet, field = name.partition(".")[0], definition.field(name)
        if field is None and name not in definition.sheets:
            continue
        if sheet in definition.panels or (field is not None and field.is_computed):
            what = _('"{name}" cannot be carried.')
            why = _("Marks are those of one jury, and what is computed is worked out anew.")
            mend = _("Take it out.")
            yield placed.fault("carries", what, why, mend, name=name)


def terms_before_mail(process: Process) -> Iterator[Finding]:
    """Adverse decisions that wait on a term which runs before anybody was notified."""
    definition, planner = process.definition, planner_of(process)
    notifications = {name for name in planner.decisions if definition.notifications[name].held}
    announced = {state for name in notifications for state in planner.decisions[name]}
    for place in places(definition, Transition):
        if not place.table.is_contestable:
            continue
        edges = filter(None, (process.edges(state).get(place.name) for state in origins(place)))
        read = dict.fromkeys(name for edge in edges for name in process.judge_of(edge).names)
        named = (name.removeprefix("date.") for name in read if name.startswith("date."))
        terms = {f"date.{name}": definition.config.dates[name].at for name in named}
        for term, source in {**terms, "at": place.table.at}.items():
            root = None if source is None else planner.root(source)
            if root is not None and root.kind == "entered" and root.name in announced:
                what = _("This decision waits on {term}, which counts from {anchor}.")
                why = _("The mail that tells it is held: the term may be over before it has left.")
                mend = _('Count the term from that mail: "notified + …".')
                anchor = f"entered.{root.name}"
                yield place.fault("decision", what, why, mend, term=term, anchor=anchor)


def date_faults(definition: Definition) -> Iterator[Finding]:
    alone = [*_single_instants(definition)]
    yield from alone
    for place, key, length in _lengths(definition):
        try:
            calendar.parse_span(length)
        except calendar.InstantError as error:
            yield _fault_of(place, key, error)
    if not alone:
        yield from _date_order(definition)


def breaks_dates(definition: Definition) -> bool:
    return any(_single_instants(definition)) or isinstance(_dates(definition), Finding)


def _single_instants(definition: Definition) -> Iterator[Finding]:
    (identity,) = places(definition, Identity)
    if _zone(identity.table) is None:
        zones = available_timezones()
        yield identity.unknown("timezone", identity.table.timezone, zones, _("time zone"))
    try:
        calendar.Workdays(identity.table.holidays).check()
    except calendar.InstantError as error:
        yield _fault_of(identity, "holidays", error)
    for kind, written in _INSTANTS.items():
        for place in places(definition, kind):
            for key, source in written(place.table):
                yield from () if source is None else _instant(definition, place, key, source)


def _zone(identity: Identity) -> ZoneInfo | None:
    try:
        return ZoneInfo(identity.timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def _instants_of_request(request: Request) -> Iterator[tuple[str, InstantSource | None]]:
    for window in request.windows.values():
        yield from (("in", end) for end in window if end != request.until)
    yield from (("until", request.until), ("answer_by", request.answer_by))


def instants(notification: Notification) -> Iterator[tuple[str, InstantSource]]:
    for source in notification.at:
        yield "at", source
    for key, instant in (("until", notification.until), ("not_before", notification.not_before)):
        if instant is not None:
            yield key, instant
    expires = notification.expires
    if expires is not None and not (isinstance(expires, str) and _LENGTH.match(expires.strip())):
        yield "expires", expires


_INSTANTS: Mapping[type[Model], Callable[[Any], Iterable[tuple[str, InstantSource | None]]]] = {
    Date: lambda table: [("at", table.at)],
    Transition: lambda table: [("at", table.at)],
    Sheet: lambda table: [
        *(("kept_until", table.kept_until), ("due", table.due)),
        *(("hidden_until", table.opens_at), ("rectify_until", table.rectify_until)),
    ],
    Request: _instants_of_request,
    Results: lambda table: [("after", table.after)],
    State: lambda table: [("open", end) for _name, end in table.windows],
    Notification: instants,
}
"""Every instant of a table, with its key."""


def _lengths(definition: Definition) -> Iterator[tuple[Place[Model], str, str]]:
    for dated in places(definition, Date):
        if dated.table.lasts is not None:
            yield dated, "lasts", dated.table.lasts
    for mail in places(definition, Notification):
        expires = mail.table.expires
        if isinstance(expires, str) and "expires" not in dict(instants(mail.table)):
            yield mail, "expires", expires


def _instant(
    definition: Definition, place: Place[Model], key: str, source: InstantSource
) -> Iterator[Finding]:
    zone = _zone(definition.config.contest)
    try:
        instant = calendar.parse_instant(source)
        if isinstance(instant, calendar.FixedInstant) and zone is not None:
            calendar.check_local(instant.local, zone)
        elif zone is not None:
            calendar.resolve(instant, zone, lambda _anchor: date(2024, 3, 11), calendar.Workdays())
    except calendar.InstantError as error:
        yield _fault_of(place, key, error)
        return
    if instant.anchor is not None:
        kind, name = ANCHORS[instant.anchor.kind], instant.anchor.name
        names = kind.names(definition)
        if name not in names:
            yield place.unknown(key, name, names, _(kind.noun))
        elif (misfit := kind.misfit(definition, name)) is not None:
            yield _fault_of(place, key, misfit)


def _dates(definition: Definition) -> Dates | Finding:
    """The dates worked out, or why they cannot be: they go in a circle, or too far."""
    identity = definition.config.contest
    try:
        return Dates(definition, ZoneInfo(identity.timezone), calendar.Workdays(identity.holidays))
    except calendar.InstantError as error:
        return _fault_of(places(definition, Config)[0], "dates", error)


def _date_order(definition: Definition) -> Iterator[Finding]:
    dates = _dates(definition)
    if isinstance(dates, Finding):
        yield dates
        return
    for results in places(definition, Results):
        if dates.standing(calendar.parse_instant(results.table.after)) is None:
            what = _("This instant hangs on a candidature.")
            why = _("All the results are published together.")
            mend = _("Count from a date of the contest.")
            yield results.fault("after", what, why, mend)
    fixed, zone = dates.fixed, ZoneInfo(definition.config.contest.timezone)
    for place in places(definition, Date):
        name, earlier = place.name, (place.table.not_before or "").removeprefix("date.")
        if earlier in fixed and name in fixed and fixed[name] < fixed[earlier]:
            what = _('This date comes before "{date}".')
            why = _("{here} is before {there}.")
            mend = _("Move one of the two, or change not_before.")
            here, there = (fixed[one].astimezone(zone).isoformat() for one in (name, earlier))
            yield place.fault("at", what, why, mend, date=earlier, here=here, there=there)


def _fault_of(place: Place[Model], key: str, error: calendar.InstantError) -> Finding:
    return place.fault(key, error.what, error.why, error.mend)


_SITTING, _RANK = "sitting.", ".rank"


def _limit(_process: Process, limit: Place[Limit]) -> Iterator[Finding]:
    if (limit.table.value is None) == (limit.table.zone is None):
        why = _("A limit is a number (`value`), or a zone (`zone`): one of the two.")
        yield limit.missing("value", why, "10")
        return
    if limit.table.value is None:
        kind, _blank, code = (limit.table.zone or "").partition(" ")
        try:
            gazetteer().zone(next(accepted for accepted in KINDS if accepted == kind), code)
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
    for other in ("of", "per") if total.table.least is not None else ():
        if other in total.table.written:
            what = _("{key} does not go with {other}.")
            why = _("The smallest value is told, and nothing is summed or grouped.")
            mend = _("Leave one of the two out.")
            yield total.fault("least", what, why, mend, key="least", other=other)
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
            what = _('The state "{state}" has no transition "{name}" that records the means anew.')
            why = _("What was decided is taken up by a transition that is named as the sitting.")
            mend, name = _("Write it there: {example}."), place.name
            example = f'{name} = {{ to = "{place.table.in_[0]}", freezes = "{panel}" }}'
            words = {"state": state, "name": name, "example": example}
            yield place.fault("rectifies", what, why, mend, **words)


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
            what = _('Nobody has a rank in the state "{state}".')
            why = _('No transition on the way there records the means of "{panel}": {path}.')
            mend = _("Add {example} to one of them, or take the state out of `in`.")
            words = {"state": state, "panel": panel, "path": " → ".join(reached[state])}
            yield place.fault("in", what, why, mend, example=f'freezes = "{panel}"', **words)


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
    Gate: [_way_in],
    State: [_state],
    Transition: [_transition, _named_rules, _in_order, _asks, _decision],
    Grounded: [_grounds],
    Rule: [_rule],
    Limit: [_limit],
    FieldType: [_field],
    Sheet: [_of_panels, _sheet, _scales],
    Sitting: [_named_rules, _sitting, _unranked, _decides],
    Total: [_least],
}


def decides_all(definition: Definition, placed: Place[Transition]) -> bool:
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
