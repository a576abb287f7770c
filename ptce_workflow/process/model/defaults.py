"""What goes without saying, written out: who may act, what a panel says for its criteria."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TypeVar

from ptce_workflow.process.fields import FieldType, ScoreField
from ptce_workflow.process.letters.definition import Notification
from ptce_workflow.process.model.definition import (
    ANY,
    ENTERED,
    START,
    Definition,
    Gate,
    State,
    Transition,
)
from ptce_workflow.process.model.shared import Model
from ptce_workflow.process.model.sheets import Role, Sheet

M = TypeVar("M", bound=Model)
H = TypeVar("H", Gate, State)
_OF_THE_PANEL = ("scale", "comment_in", "comment_under", "comment_over")
_WHO_ANSWERS: tuple[Role, ...] = ("jury", "desk")
_DESK: tuple[Role, ...] = ("desk",)


def completed(definition: Definition) -> Definition:
    """A definition in which what its keys leave out stands as it is meant."""
    whole = definition.but(
        sheets=_each(definition.sheets, lambda _name, sheet: _sheet(sheet)),
        start=_holder(definition, START, definition.start),
        any=_holder(definition, ANY, definition.any),
        states=_each(definition.states, lambda name, state: _holder(definition, name, state)),
    )
    holders: list[tuple[str, Gate | State]] = [(START, whole.start), (ANY, whole.any)]
    holders += whole.states.items()
    decisions = {
        mail
        for origin, holder in holders
        for name, one in holder.transitions.items()
        if one.decision is not None
        for state in (one.from_ or (origin,))
        for mail in whole.set_off(state, name, one.to)
    }
    return whole.but(
        notifications=_each(
            whole.notifications, lambda name, mail: _notification(whole, mail, name in decisions)
        )
    )


def _each(tables: Mapping[str, M], change: Callable[[str, M], M]) -> Mapping[str, M]:
    return MappingProxyType({name: change(name, table) for name, table in tables.items()})


def _holder(definition: Definition, holder: str, table: H) -> H:
    if not table.transitions:
        return table

    def change(name: str, one: Transition) -> Transition:
        origins = one.from_ if holder == ANY else (holder,)
        by_hand = not any(definition.is_decided(state, name) for state in origins)
        said = "by" in one.written or one.at is not None
        return one if said else one.but(by=_DESK if by_hand else ())

    return table.but(transitions=_each(table.transitions, change))


def _sheet(sheet: Sheet) -> Sheet:
    if not sheet.is_panel:
        return sheet
    said = {name: vars(sheet)[name] for name in _OF_THE_PANEL if name in sheet.written}
    if "no_opinion" in sheet.written:
        said["no_opinion"] = True
    fields: dict[str, FieldType] = {}
    for name, field in sheet.fields.items():
        lacking = {key: said[key] for key in said if key not in field.written}
        fields[name] = field.but(**lacking) if isinstance(field, ScoreField) else field
    by = sheet.by if "by" in sheet.written else _WHO_ANSWERS
    return sheet.but(by=by, fields=MappingProxyType(fields))


def _notification(definition: Definition, mail: Notification, of_a_decision: bool) -> Notification:
    if of_a_decision:
        kept = {} if "uncertain" in mail.written else {"uncertain": "ask"}
        mail = mail.but(**kept, **({} if "expires" in mail.written else {"expires": None}))
    causes = [cause.partition(".") for cause in mail.on]
    entered = tuple(name for root, _dot, name in causes if root == ENTERED)
    alone = entered and len(entered) == len(causes) and "in_" not in mail.written
    return mail.but(in_=tuple(n for n in entered if n in definition.states)) if alone else mail
