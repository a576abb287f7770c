"""Rules that say the same: written once, and named by `same_as` wherever they return."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ptce_workflow.base.errors import Finding
from ptce_workflow.base.words import _
from ptce_workflow.process.check.names import unknown
from ptce_workflow.process.check.places import PlacedRule, rules
from ptce_workflow.process.definition import Definition


def faults(definition: Definition) -> Iterator[Finding]:
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
