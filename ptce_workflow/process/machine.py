"""The state machine, built on `transitions`: nobody moves but along a declared transition."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from transitions import Machine as _Machine
from transitions import MachineError

from ptce_workflow.process.rules import Verdict, all_hold


@dataclass(slots=True)
class _Walker:
    """The throw-away model that one decision moves, so that a failure moves nothing else."""

    state: str
    allowed: bool

    def every_rule_holds(self) -> bool:
        return self.allowed


class Machine:
    """States and transitions of a process; it decides, and changes nothing."""

    def __init__(self, states: Iterable[str], transitions: Iterable[tuple[str, str, str]]) -> None:
        """Builds the machine from `(name, from, to)` transitions.

        `auto_transitions` is off: by default the library adds a `to_<state>` that jumps past
        every guard.
        """
        self._machine = _Machine(
            model=None,
            states=list(states),
            initial=None,
            auto_transitions=False,
            transitions=[
                {"trigger": name, "source": origin, "dest": to, "conditions": "every_rule_holds"}
                for name, origin, to in transitions
            ],
        )
        self._decided: dict[tuple[str, str, bool], str | None] = {}

    def decide(self, state: str, transition: str, verdicts: tuple[Verdict, ...]) -> str | None:
        """The state that a transition leads to; None when a rule stands in the way.

        *Raises* KeyError when the state has no such transition.
        """
        asked = (state, transition, all_hold(verdicts))
        # It answers by nothing else, so it is asked everything once.
        if asked not in self._decided:
            self._decided[asked] = self._walk(*asked)
        return self._decided[asked]

    def _walk(self, state: str, transition: str, allowed: bool) -> str | None:
        walker = _Walker(state, allowed)
        event = self._machine.events.get(transition)
        if event is None:
            raise KeyError(transition)
        try:
            moved = event.trigger(walker)
        except (MachineError, ValueError) as error:
            raise KeyError(transition) from error
        return walker.state if moved else None
