"""Hand-overs: what a way in carries exists, is no panel's, and may be written where it leads."""

from __future__ import annotations

from collections.abc import Iterator

from ptce_workflow.base.errors import Finding
from ptce_workflow.base.words import _
from ptce_workflow.process.check.names import unknown
from ptce_workflow.process.check.places import PlacedTransition, transitions
from ptce_workflow.process.definition import START, Definition


def faults(definition: Definition) -> Iterator[Finding]:
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
