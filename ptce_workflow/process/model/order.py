"""What `in_order` asks, written out: a rule, and the totals that it reads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ptce_workflow.process.model.definition import Definition, Transition
from ptce_workflow.process.model.quantities import Total
from ptce_workflow.process.model.shared import Rule, Text, declare

MARKS = "marks"
"""The value of `in_order` for the marks of the panel that meets."""
IN_ORDER = "in_order"
"""The name of the rule that `in_order` makes, among those of its transition."""
NOBODY_AHEAD = 10**12
"""The first rank of those who wait where nobody else does: beyond every rank."""
_FIRST = "first_in."


class InOrder(Rule):
    """That nobody else who stands in a state ranks better by the marks of a panel."""

    panel: str = declare(default="")
    state: str = declare(default="")

    @property
    def total(self) -> str:
        """The total that it reads: the first rank of the others who stand there."""
        return f"{_FIRST}{self.state}.{self.panel}"


def is_of_order(total: str) -> bool:
    """True for a total that no folder writes: the first rank of those who stand in a state."""
    return total.startswith(_FIRST)


def panel_of(definition: Definition, state: str, name: str, transition: Transition) -> str | None:
    """The panel by whose ranks a transition out of a state goes; None where that is not said.

    The one of the sitting that decides it, else the only one that meets.
    """
    sittings = definition.config.sittings
    meets = {sitting.panel for sitting in sittings.values()}
    if transition.in_order not in (None, MARKS):
        return transition.in_order if transition.in_order in meets else None
    panels = {sittings[sitting].panel for sitting in definition.deciding(state, name)} or meets
    return next(iter(panels)) if len(panels) == 1 and state in definition.states else None


def rule_of(definition: Definition, path: str, transition: Transition) -> InOrder | None:
    """The rule that the `in_order` of a transition makes; None where it has none, or a wrong one.

    A decision that a vote has carried departs from the order: that is what the vote was for.
    """
    if transition.in_order is None:
        return None
    state, _dot, name = path.partition(".")
    panel = panel_of(definition, state, name, transition)
    if panel is None:
        return None
    rule = InOrder(
        panel=panel, state=state, source=transition.source, choice=transition.choice, when=""
    )
    voted = " || sitting.ayes > 0" if definition.is_decided(state, name) else ""
    return rule.but(when=f"{panel}.rank <= total.{rule.total}{voted}")


def every_total(definition: Definition) -> Mapping[str, Total]:
    """The totals of the folder, and those that its transitions in order read."""
    return {**definition.config.totals, **dict(_of_order(definition))}


def _of_order(definition: Definition) -> Iterator[tuple[str, Total]]:
    for holder, table in definition.holders.items():
        for name, transition in table.transitions.items():
            for state in transition.from_ or (holder,):
                rule = rule_of(definition, f"{state}.{name}", transition)
                if rule is not None:
                    least = f"{rule.panel}.rank"
                    yield rule.total, Total(label=Text(least), in_=(rule.state,), least=least)
