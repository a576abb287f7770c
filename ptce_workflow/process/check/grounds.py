"""Rules, and all that rests on the rulebook or on a choice: named, and written once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ptce_workflow.base.errors import Finding
from ptce_workflow.base.words import _
from ptce_workflow.process.check.names import unknown
from ptce_workflow.process.check.places import PlacedRule, rules
from ptce_workflow.process.definition import Definition
from ptce_workflow.process.fields import ScoreField
from ptce_workflow.process.folder import CONFIG, sheet_file
from ptce_workflow.process.model import Grounded


def faults(definition: Definition) -> Iterator[Finding]:
    """Tables with neither a `source` nor a `choice`, and rules that are half written."""
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
    yield from _repeated(definition)


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


def _repeated(definition: Definition) -> Iterator[Finding]:
    """Conditions written twice, and every `same_as` that does not lead to a rule written out."""
    written = {placed.path: placed for placed in rules(definition)}
    first: dict[str, str] = {}
    for placed in written.values():
        if placed.rule.same_as is not None:
            yield from _reference(placed, placed.rule.same_as, written)
        elif placed.rule.when is not None:
            condition = " ".join(placed.rule.when.split())
            if condition in first:
                yield _twice(placed, first[condition])
            first.setdefault(condition, placed.path)


def _reference(
    placed: PlacedRule, path: str, written: Mapping[str, PlacedRule]
) -> Iterator[Finding]:
    key = f"{placed.key}.same_as"
    out = [name for name, other in written.items() if other.rule.same_as is None]
    if path not in written:
        yield unknown(placed.file, key, path, out, _("rule written out"))
    elif path not in out:
        further = written[path].rule.same_as or ""
        mend = _('Write same_as = "{path}" instead.').format(path=further)
        yield Finding(
            placed.file,
            key,
            _('"{path}" is not written out either.').format(path=path),
            _("A rule that repeats another is read where that one stands, and no further."),
            mend if further in out else "",
        )


def _twice(placed: PlacedRule, first: str) -> Finding:
    return Finding(
        placed.file,
        f"{placed.key}.when",
        _("This condition is written twice."),
        _("The first is {path}; two copies would drift apart.").format(path=first),
        _('Write same_as = "{path}" instead.').format(path=first),
    )
