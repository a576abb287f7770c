"""Every rule, limit, date, sitting and mark rests on the rulebook or is owned up to as a choice."""

from __future__ import annotations

from collections.abc import Iterator

from ptce_workflow.base.errors import Finding
from ptce_workflow.base.words import _
from ptce_workflow.process.check.places import PlacedRule, rules
from ptce_workflow.process.definition import Definition
from ptce_workflow.process.fields import ScoreField
from ptce_workflow.process.folder import CONFIG, sheet_file
from ptce_workflow.process.model import Grounded


def faults(definition: Definition) -> Iterator[Finding]:
    """What names neither a `source` nor a `choice`, and rules that are half written."""
    for table in ("limits", "dates", "sittings"):
        for name, grounded in getattr(definition.config, table).items():
            yield from _ground(CONFIG, f"{table}.{name}", grounded)
    for name, sheet in definition.sheets.items():
        for field_name, asked in sheet.fields.items():
            if isinstance(asked, ScoreField):
                yield from _ground(sheet_file(name), f"fields.{field_name}", asked)
        if "mean" in sheet.written:
            yield from _ground(sheet_file(name), "mean", sheet.mean)
        for order_name, order in sheet.order.items():
            yield from _ground(sheet_file(name), f"order.{order_name}", order)
    for placed in rules(definition):
        yield from _rule(placed)


def _rule(placed: PlacedRule) -> Iterator[Finding]:
    rule = placed.rule
    written = {"says": rule.says, "when": rule.when, "source": rule.source, "choice": rule.choice}
    if rule.same_as is not None:
        for key in (key for key, value in written.items() if value is not None):
            yield Finding(
                placed.file,
                f"{placed.key}.{key}",
                _("A rule with `same_as` says nothing else."),
                _("It is the other rule, word for word."),
                _("Remove this key, or write the rule out."),
            )
        return
    for key in ("says", "when"):
        if written[key] is None:
            yield Finding(
                placed.file,
                f"{placed.key}.{key}",
                _("The key {key} is missing.").format(key=key),
                _("A rule says something to people (`says`) and to the engine (`when`)."),
            )
    yield from _ground(placed.file, placed.key, rule)


def _ground(file: str, key: str, grounded: Grounded) -> Iterator[Finding]:
    if not grounded.grounded:
        yield Finding(
            file,
            key,
            _("This rests on nothing: neither `source` nor `choice`."),
            _("Every refusal cites the rulebook, or owns up to being the organiser's decision."),
            _("Add a `source` (section and paragraph) or a `choice` (why)."),
        )
