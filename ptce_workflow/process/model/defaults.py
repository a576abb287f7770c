"""Shared defaults of a folder, and the order of candidatures, written out."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import ClassVar, TypeVar

from ptce_workflow.process.fields import FieldType, ScoreField
from ptce_workflow.process.model.base import NOTHING, Grounded, Model, Rule, Text, declare
from ptce_workflow.process.model.definition import (
    ADOPTED,
    ANY,
    CLOSED,
    CONVENED,
    ENTERED,
    SITTINGS,
    START,
    Definition,
    Gate,
    Request,
    State,
    Total,
    Transition,
)
from ptce_workflow.process.model.notification import Notification
from ptce_workflow.process.model.sheets import Role, Sheet, Sitting

MARKS = "marks"
"""The value of `in_order` for the marks of the panel that meets."""
IN_ORDER = "in_order"
"""The name of the rule that `in_order` makes, among those of its transition."""
NOBODY_AHEAD = 10**12
"""The first rank of those who wait where nobody else does: beyond every rank."""
_FIRST = "first_in."


class InOrder(Rule):
    """That nobody else who stands in a state ranks better by the marks of a panel."""

    panel: str = declare(default="")
    state: str = declare(default="")

    @property
    def total(self) -> str:
        """The total that it reads: the first rank of the others who stand there."""
        return f"{_FIRST}{self.state}.{self.panel}"


def is_of_order(total: str) -> bool:
    """True for a total that no folder writes: the first rank of those who stand in a state."""
    return total.startswith(_FIRST)


def panel_of(definition: Definition, state: str, name: str, transition: Transition) -> str | None:
    """The panel that ranks for a transition: that of its sitting, else the only one; or None."""
    sittings = definition.config.sittings
    meets = {sitting.panel for sitting in sittings.values()}
    if transition.in_order not in (None, MARKS):
        return transition.in_order if transition.in_order in meets else None
    panels = {sittings[sitting].panel for sitting in definition.deciding(state, name)} or meets
    return next(iter(panels)) if len(panels) == 1 and state in definition.states else None


def rule_of(definition: Definition, path: str, transition: Transition) -> InOrder | None:
    """The rule of `in_order`, if a transition has one; a vote that carried departs from it."""
    if transition.in_order is None:
        return None
    state, _dot, name = path.partition(".")
    panel = panel_of(definition, state, name, transition)
    if panel is None:
        return None
    source = transition.source
    rule = InOrder(panel=panel, state=state, source=source, choice=transition.choice, when="")
    voted = " || sitting.ayes > 0" if definition.is_decided(state, name) else ""
    return rule.but(when=f"{panel}.rank <= total.{rule.total}{voted}")


def every_total(definition: Definition) -> Mapping[str, Total]:
    """The totals of the folder, and those that its transitions in order read."""
    totals = dict(definition.config.totals)
    for holder, table in definition.holders.items():
        for name, transition in table.transitions.items():
            for state in transition.from_ or (holder,):
                rule = rule_of(definition, f"{state}.{name}", transition)
                if rule is not None:
                    least = f"{rule.panel}.rank"
                    totals[rule.total] = Total(label=Text(least), in_=(rule.state,), least=least)
    return totals


M = TypeVar("M", bound=Model)
G = TypeVar("G", bound=Grounded)
H = TypeVar("H", Gate, State, Request)
# What stands between quotation marks is text.
_READ = re.compile(
    r"\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'|\b(?P<kind>limit|date)\.(?P<name>[a-z][a-z0-9_]*)"
)
_OF_THE_PANEL = ("scale", "comment_in", "comment_under", "comment_over")
_DESK: tuple[Role, ...] = ("desk",)


def completed(definition: Definition) -> Definition:
    """A definition in which what its keys leave out stands as it is meant."""
    whole = definition.but(
        sheets=_each(
            definition.sheets,
            lambda name, sheet: (
                _holder(definition, name, sheet) if isinstance(sheet, Request) else _sheet(sheet)
            ),
        ),
        start=_holder(definition, START, definition.start),
        any=_holder(definition, ANY, definition.any),
        states=_each(definition.states, lambda name, state: _holder(definition, name, state)),
    )
    decisions = {
        mail
        for origin, holder in whole.holders.items()
        for name, transition in holder.transitions.items()
        if transition.decision is not None
        for state in (transition.from_ or (origin,))
        for mail in whole.set_off(state, name, transition.to)
    }
    tables = whole.notifications
    notifications = _each(tables, lambda name, mail: _notification(whole, mail, name in decisions))
    return whole.but(notifications=notifications)


def _each(tables: Mapping[str, M], change: Callable[[str, M], M]) -> Mapping[str, M]:
    return MappingProxyType({name: change(name, table) for name, table in tables.items()})


def _holder(definition: Definition, holder: str, table: H) -> H:
    if not table.transitions:
        return table

    def change(name: str, transition: Transition) -> Transition:
        if "by" in transition.written or transition.at is not None:
            return transition
        origins = transition.from_ if holder == ANY else (holder,)
        by_hand = not any(definition.is_decided(state, name) for state in origins)
        return transition.but(by=_DESK if by_hand else ())

    return table.but(transitions=_each(table.transitions, change))


def _sheet(sheet: Sheet) -> Sheet:
    if not sheet.is_panel:
        return sheet
    shared = {name: vars(sheet)[name] for name in _OF_THE_PANEL if name in sheet.written}
    if "no_opinion" in sheet.written:
        shared["no_opinion"] = True
    fields: dict[str, FieldType] = {}
    for name, field in sheet.fields.items():
        lacking = {key: value for key, value in shared.items() if key not in field.written}
        fields[name] = field.but(**lacking) if isinstance(field, ScoreField) else field
    by = sheet.by if "by" in sheet.written else ("jury", "desk")
    return sheet.but(by=by, fields=MappingProxyType(fields))


def _notification(definition: Definition, mail: Notification, of_a_decision: bool) -> Notification:
    if of_a_decision:
        uncertain = {} if "uncertain" in mail.written else {"uncertain": "ask"}
        mail = mail.but(**uncertain, **({} if "expires" in mail.written else {"expires": None}))
    if mail.on == (ADOPTED,) and mail.about == "candidature" and "in_" not in mail.written:
        return mail.but(in_=tuple(n for n, state in definition.states.items() if not state.ends))
    causes = [cause.partition(".") for cause in mail.on]
    if any(root == CONVENED for root, _dot, _name in causes):
        # It is of use until the sitting meets, whatever that takes.
        absent = {"expires": None, "about": "contest"}
        mail = mail.but(**{key: value for key, value in absent.items() if key not in mail.written})
    if mail.on == (CLOSED,) and "about" not in mail.written:
        mail = mail.but(about="contest")
    entered = tuple(name for root, _dot, name in causes if root == ENTERED)
    alone = entered and len(entered) == len(causes) and "in_" not in mail.written
    return mail.but(in_=tuple(n for n in entered if n in definition.states)) if alone else mail


UNLESS = "unless"
"""The name of the rule that `unless` makes, among those of its transition."""


class NotBefore(Rule):
    """That a sitting decides nothing before its date."""


class HasMean(Rule):
    goes_without_saying: ClassVar[bool] = True

    panel: str = declare(default="")


class Unless(Rule):
    """That one rule at least, of some, does not hold; unknown while that is not settled.

    `named` are the labels of what is named: transitions, or what single rules say.
    """

    parts: Mapping[str, Rule] = declare(default=NOTHING)
    named: tuple[Text, ...] = declare(default=())


def choice_of(
    definition: Definition, table: Grounded, passed: tuple[Grounded, ...] = ()
) -> Text | None:
    """A table's own choice, else that of the first limit or date it reads, not `passed`."""
    if table.choice is not None or any(table is other for other in passed):
        return table.choice
    keys = ("when",) if isinstance(table, Rule) else ("at", "not_before")
    read = " ".join(str(getattr(table, key, "")) for key in keys)
    config = definition.config
    for match in _READ.finditer(read):
        tables: Mapping[str, Grounded] = config.limits if match["kind"] == "limit" else config.dates
        below = tables.get(match["name"] or "")
        choice = None if below is None else choice_of(definition, below, (*passed, table))
        if choice is not None:
            return choice
    return None


def _marked(definition: Definition, table: G) -> G:
    """A rule or a date that bears the mark of each limit and date that it reads."""
    choice = choice_of(definition, table)
    return table if choice is table.choice else table.but(choice=choice)


def find_asking(definition: Definition, path: str) -> tuple[str, Transition | Sitting] | None:
    """What asks rules behind `state.transition` or `sittings.sitting`, and where it is written."""
    holder, _dot, name = path.partition(".")
    if holder == SITTINGS and name in definition.config.sittings:
        return path, definition.config.sittings[name]
    written, transition = definition.written_in(holder, name) or ("", None)
    if transition is None or (written != holder and holder not in transition.from_):
        return None
    return f"{written}.{name}", transition


def rules_of(definition: Definition, path: str) -> Mapping[str, Rule]:
    """Every rule of a transition by its name, or by its path if borrowed; broken paths left out."""
    return MappingProxyType(_written_out(definition, path, ()))


def rules_in_sittings(definition: Definition, path: str) -> Mapping[str, Mapping[str, Rule]]:
    """Every rule of a transition by sitting; those of the sitting bear their whole path."""
    own = rules_of(definition, path)
    return MappingProxyType(
        {
            name: MappingProxyType({**_named(definition, f"{SITTINGS}.{name}", ()), **own})
            for name in definition.deciding(*path.split("."))
        }
    )


def circles(
    definition: Definition, path: str, passed: tuple[str, ...] = ()
) -> Iterator[tuple[str, ...]]:
    """Every way in which a transition names itself, by what it names; `passed` led here."""
    written, asking = find_asking(definition, path) or ("", None)
    if asking is None:
        return
    if written in passed:
        if written == passed[0]:
            yield (*passed, written)
        return
    for item in (*asking.same_as, *asking.unless):
        yield from circles(definition, item, (*passed, written))


def _written_out(definition: Definition, path: str, passed: tuple[str, ...]) -> dict[str, Rule]:
    written, asking = find_asking(definition, path) or ("", None)
    if asking is None or written in passed:
        return {}
    rules = {name: _marked(definition, rule) for name, rule in asking.rules.items()}
    if isinstance(asking, Sitting) and asking.at is not None:
        of, why = asking.source, asking.choice
        opens = NotBefore(says=Text(asking.at), when=f"now >= {asking.at}", source=of, choice=why)
        rules = {"at": opens, **rules}
    for item in asking.same_as:
        for name, rule in _named(definition, item, (*passed, written)).items():
            rules.setdefault(name, rule)
    if isinstance(asking, Transition):
        in_order, frozen = rule_of(definition, path, asking), asking.freezes or ""
        if in_order is not None:
            rules[IN_ORDER] = in_order
        if frozen in definition.panels and definition.sheets[frozen].criteria:
            sheet = definition.sheets[frozen]
            ground = {"source": sheet.source, "choice": sheet.choice}
            rules["has_mean"] = HasMean(panel=frozen, when=f"{frozen}.total >= 0u", **ground)
    parts: dict[str, Rule] = {}
    for item in asking.unless:
        parts |= _named(definition, item, (*passed, written))
    if parts:
        # Whatever the answer of one, CEL's `&&` settles the whole as soon as another fails.
        every = " && ".join(f"(\n{rule.when}\n)" for rule in parts.values())
        labels = tuple(_label(definition, item) for item in asking.unless)
        when, ground = f"!({every})", {"source": asking.source, "choice": asking.choice}
        rules[UNLESS] = Unless(when=when, parts=MappingProxyType(parts), named=labels, **ground)
    return rules


def _named(definition: Definition, item: str, passed: tuple[str, ...]) -> dict[str, Rule]:
    """The rules that an item of a list names, each by its whole path."""
    if find_asking(definition, item) is None:
        rule = definition.rule(item)
        return {} if rule is None else {item: _marked(definition, rule)}
    rules = _written_out(definition, item, passed)
    return {name if "." in name else f"{item}.{name}": rule for name, rule in rules.items()}


def _label(definition: Definition, item: str) -> Text:
    _written, asking = find_asking(definition, item) or ("", None)
    if asking is not None:
        return asking.label
    rule = definition.rule(item)
    return rule.says if rule is not None and rule.says is not None else Text(item)
