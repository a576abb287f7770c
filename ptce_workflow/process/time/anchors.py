"""Kinds of anchor that an instant may be counted from, each declared once; see `instant`."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import date

from msgspec import Struct

from ptce_workflow.base.words import N_, _
from ptce_workflow.process.fields import DatedField, field_types
from ptce_workflow.process.model.definition import Definition
from ptce_workflow.process.rules.case import Case
from ptce_workflow.process.time.instant import AnchorKind, InstantError


class AnchorType(Struct, frozen=True):
    """A kind of anchor: how it is written and told, the names it has, when it happened.

    `happened` is None for dates of the contest, which hang on one another first. `stirred` tells
    that it may have happened anew where a candidature stays where it is: its mails may then move.
    `misfit` is what is wrong with a name that is there and that nothing can be counted from.
    """

    written: str
    told: str
    noun: str
    names: Callable[[Definition], Collection[str]]
    happened: Callable[[Definition, Case, str], date | None] | None
    stirred: Callable[[Case, Case], bool]
    misfit: Callable[[Definition, str], InstantError | None] = lambda _definition, _name: None


def _about_the_contest(definition: Definition, name: str) -> InstantError | None:
    if definition.notifications[name].about != "contest":
        return None
    return InstantError(
        _('"{name}" is a mail about the contest.').format(name=name),
        _("It is sent to no candidature: this instant would never be known."),
        _("Count from a date, or from a mail about a candidature."),
    )


def _undated(definition: Definition, name: str) -> InstantError | None:
    asked = definition.field(name)
    if asked is None or isinstance(asked, DatedField):
        return None
    dated = [type_ for type_, model in field_types().items() if issubclass(model, DatedField)]
    return InstantError(
        _('"{name}" is a field of type {type}.').format(name=name, type=asked.type),
        _("Expected here: {kinds}.").format(kinds=_(" or ").join(dated)),
    )


def _answered(definition: Definition, case: Case, name: str) -> date | None:
    value = case.facts.get(name)
    if value is None:
        return None
    asked = definition.field(name)
    assert isinstance(asked, DatedField), "check accepts no instant that hangs on anything else"
    return asked.instant(value)


def _never(_before: Case, _after: Case) -> bool:
    return False


ANCHORS: Mapping[AnchorKind, AnchorType] = {
    "date": AnchorType(
        "date.<name>",
        N_("a date of `config.toml`"),
        N_("date"),
        lambda definition: definition.config.dates,
        None,
        _never,
    ),
    "entered": AnchorType(
        "entered.<state>",
        N_("the last time the candidature came into that state"),
        N_("state"),
        lambda definition: definition.states,
        lambda _definition, case, name: case.entered.get(name),
        _never,
    ),
    "sent": AnchorType(
        "sent.<notification>",
        N_("the last time that mail, which is about a candidature, was sent to it"),
        N_("notification"),
        lambda definition: definition.notifications,
        lambda _definition, case, name: case.sent.get(name),
        lambda before, after: before.sent is not after.sent,
        _about_the_contest,
    ),
    "field": AnchorType(
        "<sheet>.<field>",
        N_("what was answered to a field of type `date` or `datetime`"),
        N_("field"),
        lambda definition: definition.field_names(),
        _answered,
        lambda before, after: before.facts is not after.facts,
        _undated,
    ),
}
