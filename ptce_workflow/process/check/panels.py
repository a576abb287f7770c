"""Panels: who is asked, what is explained, what weighs how much; and the meetings that decide."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal

from ptce_workflow.base.errors import Finding
from ptce_workflow.base.suggestions import suggestion
from ptce_workflow.base.words import _
from ptce_workflow.process.check.names import unfit, unknown
from ptce_workflow.process.definition import Definition
from ptce_workflow.process.fields import (
    LongTextField,
    OptionsField,
    ScoreField,
    TableField,
    TextField,
)
from ptce_workflow.process.fields.numbers import hundredths_at_most
from ptce_workflow.process.folder import sheet_file
from ptce_workflow.process.sheets import Sheet

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
