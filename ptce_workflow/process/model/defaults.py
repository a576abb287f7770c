"""What goes without saying, written out: who may act, what a panel says for its criteria."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TypeVar

from ptce_workflow.process.fields import FieldType, ScoreField
from ptce_workflow.process.letters.definition import Notification
from ptce_workflow.process.model.definition import ENTERED, Definition, Transition
from ptce_workflow.process.model.shared import Model
from ptce_workflow.process.model.sheets import Role, Sheet

M = TypeVar("M", bound=Model)
_OF_THE_PANEL = ("scale", "comment_in", "comment_under", "comment_over")
_WHO_ANSWERS: tuple[Role, ...] = ("jury", "desk")
_DESK: tuple[Role, ...] = ("desk",)


def completed(definition: Definition) -> Definition:
    """A definition in which what its keys leave out stands as it is meant."""
    whole = definition.but(
        sheets=_each(definition.sheets, _sheet),
        start=definition.start.but(transitions=_each(definition.start.transitions, _transition)),
        any=definition.any.but(transitions=_each(definition.any.transitions, _transition)),
        states=_each(
            definition.states,
            lambda state: (
                state.but(transitions=_each(state.transitions, _transition))
                if state.transitions
                else state
            ),
        ),
    )
    return whole.but(notifications=_each(whole.notifications, _notification))


def _each(tables: Mapping[str, M], change: Callable[[M], M]) -> Mapping[str, M]:
    return MappingProxyType({name: change(table) for name, table in tables.items()})


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


def _transition(transition: Transition) -> Transition:
    said = "by" in transition.written or transition.at is not None
    return transition if said else transition.but(by=_DESK)


def _notification(mail: Notification) -> Notification:
    causes = [cause.partition(".") for cause in mail.on]
    entered = tuple(name for root, _dot, name in causes if root == ENTERED)
    alone = entered and len(entered) == len(causes) and "in_" not in mail.written
    return mail.but(in_=entered) if alone else mail
