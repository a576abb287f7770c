"""The parts of a contest that do not fit another process: states, requests, facts, scores."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from ptce_workflow.process.fields import FieldType, TableField
from ptce_workflow.process.panel.figures import figures_of
from ptce_workflow.process.process import Process
from ptce_workflow.process.rules.case import Case, is_given

Refs = dict[str, list[str]]
"""References, by what they do not fit."""


def homeless(after: Process, cases: Sequence[Case]) -> Refs:
    """Candidatures whose state is gone, by that state."""
    found: Refs = {}
    for case in cases:
        if case.state not in after.states:
            found.setdefault(case.state, []).append(case.ref)
    return found


def unanswered(before: Process, after: Process, cases: Sequence[Case]) -> Refs:
    """Candidatures about which a request waits that is gone, by that request."""
    found: Refs = {}
    for case in cases:
        for name in before.pending(case):
            if name not in after.definition.requests:
                found.setdefault(name, []).append(case.ref)
    return found


def misfits(before: Process, after: Process, cases: Sequence[Case]) -> Refs:
    """Candidatures whose recorded facts or marks the new sheets would not accept, by field."""
    found: Refs = {}
    for name in before.definition.field_names():
        was, asked = before.definition.field(name), after.definition.field(name)
        if was is None or asked == was:
            continue
        for case in cases:
            if not all(_still_fits(was, asked, *parts) for parts in _recorded(case, name)):
                found.setdefault(name, []).append(case.ref)
    return found


def refigured(before: Process, after: Process, cases: Sequence[Case]) -> Refs:
    """Candidatures whose figures, closed before a sitting, would come to others, by panel.

    Those of one candidature would follow the new weights or members as soon as an institution
    steps aside from it, and be compared with the others' old ones.
    """
    found: Refs = {}
    for sitting in after.definition.config.sittings.values():
        name, sheet = sitting.panel, after.definition.sheets[sitting.panel]
        was = before.definition.sheets.get(name)
        if was is None or was == sheet:
            continue
        refs = [
            case.ref
            for case in cases
            if case.state in (*sitting.in_, *sitting.rectifies)
            and after.is_closed(name, case)
            and figures_of(name, was, case) != figures_of(name, sheet, case)
        ]
        if refs:
            found[name] = refs
    return found


def _recorded(case: Case, name: str) -> Iterator[tuple[Any, Any]]:
    """The recorded parts of a field: the line's and the erasable one, or each mark."""
    if is_given(case, name):
        yield case.facts.get(name), case.private.get(name)
    sheet, _dot, criterion = name.partition(".")
    for marks in case.scores.get(sheet, {}).values():
        if criterion in marks:
            yield marks[criterion], None


def _still_fits(was: FieldType, asked: FieldType | None, line: Any, private: Any) -> bool:
    """True where a field, as it is asked now, would record the same again in the same place."""
    if asked is None or isinstance(asked, TableField) != isinstance(was, TableField):
        return False
    whole = was.join(line, private)
    return whole is None or (asked.split(whole)[0] == line and asked.fits(line, private))
