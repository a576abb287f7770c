"""Totals: counts and sums over candidatures, kept as counters that each change moves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from ptce_workflow.process.model.order import is_of_order
from ptce_workflow.process.model.quantities import Total
from ptce_workflow.process.panel.figures import ANSWERED, answered
from ptce_workflow.process.process import Process
from ptce_workflow.process.rules.case import Case, Moment

Key = tuple[str, str]
"""A counter's name and bucket: `("state", "draft")`, `("granted", "food")`."""

STATE = "state"
"""The counters that are always kept: how many candidatures stand in each state."""


def contributions(process: Process, case: Case) -> dict[Key, int]:
    """The share of one candidature in each counter.

    A total that only counts states is the sum of their counters, and needs none of its own.
    """
    added = {(STATE, case.state): 1}
    for name, total in process.kept_totals:
        if case.state in total.in_:
            bucket, amount = _bucket(process, total, case), _amount(process, total, case)
            if bucket is not None:
                added[(name, bucket)] = amount
    return added


def difference(process: Process, before: Case | None, after: Case) -> dict[Key, int]:
    """The moves of the counters when a candidature changes."""
    if (
        before is not None
        and before.state == after.state
        and (
            (before.facts is after.facts and before.panels is after.panels)
            or after.state not in process.states_counted
        )
    ):
        # Nothing else counts, and in most states no fact and no figure does.
        return {}
    moved = contributions(process, after)
    if before is not None:
        for key, amount in contributions(process, before).items():
            moved[key] = moved.get(key, 0) - amount
    return {key: amount for key, amount in moved.items() if amount}


def totals_for(
    process: Process, counters: Mapping[Key, int], case: Case, settled: Iterable[Case] = ()
) -> dict[str, int]:
    """Every total as a candidature sees it: over the others, itself left out.

    `settled` are others on whom a vote has settled what becomes of them: they wait no more.
    """
    own = contributions(process, case)
    gone: Mapping[Key, int] = own
    for other in settled:
        gone = Counter(gone) + Counter(contributions(process, other))
    seen = {}
    for name, total in process.totals.items():
        if total.least is not None:
            least = _least(name, counters, gone if is_of_order(name) else own)
            if least is not None:
                seen[name] = least
        elif total.is_kept:
            key = (name, _bucket(process, total, case) or "")
            seen[name] = counters.get(key, 0) - own.get(key, 0)
        else:
            keys = [(STATE, state) for state in total.in_]
            seen[name] = sum(counters.get(key, 0) - own.get(key, 0) for key in keys)
    return seen


def counted(process: Process, cases: Iterable[Case]) -> dict[Key, int]:
    """Every counter, from nothing: what the kept ones are compared with."""
    counters: dict[Key, int] = {}
    for case in cases:
        for key, amount in contributions(process, case).items():
            counters[key] = counters.get(key, 0) + amount
    return {key: amount for key, amount in counters.items() if amount}


def _least(name: str, counters: Mapping[Key, int], own: Mapping[Key, int]) -> int | None:
    """The smallest value that another candidature has; a counter is kept for each value."""
    values = (
        int(bucket)
        for (counter, bucket), count in counters.items()
        if counter == name and count > own.get((counter, bucket), 0)
    )
    return min(values, default=None)


def _bucket(process: Process, total: Total, case: Case) -> str | None:
    """The bucket in which a candidature counts, or None while what it needs is not recorded."""
    if total.least is not None:
        sheet, _dot, figure = total.least.partition(".")
        value = case.panels.get(sheet, {}).get(figure)
        if figure == ANSWERED and sheet in case.panels:
            value = answered(sheet, process.definition.sheets[sheet], case)
        return None if value is None else str(value)
    return "" if total.per is None else str(case.facts.get(total.per, ""))


def _amount(process: Process, total: Total, case: Case) -> int:
    if total.of is None:
        return 1
    value = case.facts.get(total.of)
    if value is None:
        value = process.scope.variables[total.of].read(case, Moment(case.since))
    return 0 if value is None else int(value)
