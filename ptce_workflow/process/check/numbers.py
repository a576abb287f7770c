"""Numbers and lists: bounds in order, hundredths at most, marks on the scale, nothing twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from decimal import Decimal

from ptce_workflow.base.errors import Finding
from ptce_workflow.base.words import _
from ptce_workflow.process.check.places import transitions
from ptce_workflow.process.definition import Definition, Limit
from ptce_workflow.process.marks import Scale, ScoreField
from ptce_workflow.process.paths import CONFIG, sheet_file
from ptce_workflow.process.questions import (
    AnyField,
    Column,
    DecimalField,
    IntegerField,
    Sheet,
    TableField,
)


def faults(definition: Definition) -> Iterator[Finding]:
    """Every number that cannot be meant as it is written, and every list that repeats itself."""
    for name, limit in definition.config.limits.items():
        yield from _limit(f"limits.{name}.value", limit)
    for name, total in definition.config.totals.items():
        yield from _repeated(CONFIG, f"totals.{name}.in", total.in_)
    for name, sitting in definition.config.sittings.items():
        yield from _repeated(CONFIG, f"sittings.{name}.in", sitting.in_)
        yield from _repeated(CONFIG, f"sittings.{name}.decides", sitting.decides)
    for name, sheet in definition.sheets.items():
        yield from _sheet(sheet_file(name), sheet)
    for placed in transitions(definition):
        yield from _repeated(placed.file, f"{placed.key}.notify", placed.transition.notify)


def hundredths_at_most(file: str, key: str, value: Decimal | int) -> Iterator[Finding]:
    """The fault of a number that has more than two decimals."""
    if not _is_whole_hundredths(Decimal(value)):
        yield _too_fine(file, key, Decimal(value))


def _limit(key: str, limit: Limit) -> Iterator[Finding]:
    value = Decimal(limit.value)
    if not limit.decimal and value != value.to_integral_value():
        yield Finding(
            CONFIG,
            key,
            _("This limit is no whole number: {value}.").format(value=value),
            _("A limit is compared with counts, unless it says that it is decimal."),
            _("Add decimal = true to compare it with scores and decimal fields."),
        )
    elif limit.decimal and not _is_whole_hundredths(value):
        yield _too_fine(CONFIG, key, value)
    elif limit.decimal and value < 0:
        yield Finding(
            CONFIG,
            key,
            _("This limit is negative: {value}.").format(value=value),
            _("Scores and decimal fields are never negative."),
        )


def _sheet(file: str, sheet: Sheet) -> Iterator[Finding]:
    yield from _repeated(file, "members", sheet.members)
    yield from _repeated(file, "conflicts", sheet.conflicts)
    yield from _repeated(file, "shows", sheet.shows)
    ranks = Counter(order.rank for order in sheet.order.values())
    for name, order in sheet.order.items():
        if ranks[order.rank] > 1:
            yield Finding(
                file,
                f"order.{name}.rank",
                _("Two keys have the rank {rank}.").format(rank=order.rank),
                _("Which of them is looked at first would be left to chance."),
                _("Give each key a rank of its own."),
            )
    for name, field in sheet.fields.items():
        yield from _field(file, f"fields.{name}", field)


def _field(file: str, key: str, field: AnyField) -> Iterator[Finding]:
    if field.is_computed and field.required:
        yield Finding(
            file,
            f"{key}.required",
            _("A computed field cannot be required."),
            _("Nobody types it in: it is there as soon as what it reads is."),
            _("Leave `required` out, and ask for what it reads."),
        )
    match field:
        case IntegerField() | DecimalField():
            yield from _bounds(file, key, field)
        case TableField():
            if field.min_rows > field.max_rows:
                yield _crossed(file, f"{key}.min_rows", "min_rows", "max_rows")
            for name, column in field.columns.items():
                yield from _column(file, f"{key}.columns.{name}", column)
        case ScoreField():
            yield from _scale(file, f"{key}.scale", field.scale)


def _column(file: str, key: str, column: Column) -> Iterator[Finding]:
    if column.is_computed:
        yield Finding(
            file,
            f"{key}.computed",
            _("A column cannot be computed."),
            _("Each row holds what was typed in, and nothing else."),
            _("Reckon over the rows in a field of its own."),
        )
    if isinstance(column, IntegerField | DecimalField):
        yield from _bounds(file, key, column)


def _bounds(file: str, key: str, field: IntegerField | DecimalField) -> Iterator[Finding]:
    least, most = field.min, field.max
    if least is not None and most is not None and least > most:
        yield _crossed(file, f"{key}.min", "min", "max")
    for name, bound in (("min", least), ("max", most)):
        if bound is not None and not _is_whole_hundredths(Decimal(bound)):
            yield _too_fine(file, f"{key}.{name}", Decimal(bound))


def _scale(file: str, key: str, scale: Scale) -> Iterator[Finding]:
    marks = {"from": Decimal(scale.from_), "to": Decimal(scale.to), "step": Decimal(scale.step)}
    fine = [name for name, mark in marks.items() if not _is_whole_hundredths(mark)]
    for name in fine:
        yield _too_fine(file, f"{key}.{name}", marks[name])
    if marks["from"] >= marks["to"]:
        yield _crossed(file, f"{key}.from", "from", "to")
    elif not fine and (marks["to"] - marks["from"]) % marks["step"]:
        yield Finding(
            file,
            f"{key}.step",
            _("No step falls on the highest mark."),
            _("From {least} by {step}, nobody arrives at {most}.").format(
                least=marks["from"], step=marks["step"], most=marks["to"]
            ),
        )


def _is_whole_hundredths(value: Decimal) -> bool:
    return value * 100 == (value * 100).to_integral_value()


def _too_fine(file: str, key: str, value: Decimal) -> Finding:
    return Finding(
        file,
        key,
        _("{value} has more than two decimals.").format(value=value),
        _("Scores, decimal fields and what they are compared with are kept in hundredths."),
    )


def _crossed(file: str, key: str, least: str, most: str) -> Finding:
    return Finding(
        file,
        key,
        _("{least} is not below {most}.").format(least=f"`{least}`", most=f"`{most}`"),
        _("Nothing could ever be typed in here."),
        _("Exchange the two, or correct one of them."),
    )


def _repeated(file: str, key: str, names: Iterable[str]) -> Iterator[Finding]:
    for name, count in Counter(names).items():
        if count > 1:
            yield Finding(
                file,
                key,
                _('"{name}" stands here more than once.').format(name=name),
                _("It would be counted as often."),
                _("Name it once."),
            )
