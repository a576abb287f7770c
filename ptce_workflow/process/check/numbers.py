"""Numbers and lists: bounds in order, hundredths at most, marks on the scale, nothing twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from decimal import Decimal

from ptce_workflow.base.errors import Finding
from ptce_workflow.base.words import _
from ptce_workflow.process.check.places import transitions
from ptce_workflow.process.fields.numbers import hundredths_at_most
from ptce_workflow.process.model.definition import Definition, Limit
from ptce_workflow.process.model.folder import CONFIG, sheet_file
from ptce_workflow.process.model.sheets import Sheet


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
    elif limit.decimal and (fine := [*hundredths_at_most(CONFIG, key, value)]):
        yield from fine
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
        yield from field.faults(file, f"fields.{name}")


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
