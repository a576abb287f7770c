"""The graph of states: all can be reached, none is a dead end by mistake, detours are kept."""

from __future__ import annotations

from collections.abc import Iterator

from ptce_workflow.base.errors import Finding
from ptce_workflow.base.words import _
from ptce_workflow.process.definition import START
from ptce_workflow.process.folder import state_file
from ptce_workflow.process.process import Process


def faults(process: Process) -> Iterator[Finding]:
    """States that cannot be reached or left, and a `must_pass` that can be gone around."""
    definition, machine = process.definition, process.machine
    if not definition.start.transitions:
        yield Finding(
            state_file(START),
            "transitions",
            _("There is no way in."),
            _("Candidatures begin by a transition of this file."),
        )
        return
    reached = machine.paths()
    for name, state in definition.states.items():
        file = f"states/{name}.toml"
        if name not in reached:
            yield Finding(
                file,
                "",
                _("No transition leads to this state."),
                _("No candidature can ever stand here."),
                _("Add a transition with to = {state}, or remove the file.").format(
                    state=f'"{name}"'
                ),
            )
        if {way.to for way in machine.ways[name].values()} <= {name} and not state.ends:
            yield Finding(
                file,
                "ends",
                _("Nothing leaves this state, and it does not say that it ends."),
                _("A candidature would wait here for ever."),
                _("Add a transition, or ends = true."),
            )
        for passed in state.must_pass:
            if passed in definition.states and passed != name:
                yield from _detour(file, machine.paths(without=passed).get(name), passed)


def _detour(file: str, path: tuple[str, ...] | None, passed: str) -> Iterator[Finding]:
    if path is not None:
        yield Finding(
            file,
            "must_pass",
            _('This state can be reached without "{state}".').format(state=passed),
            _("For example: {path}.").format(path=" → ".join(path)),
            _("Close that way, or take the state out of must_pass."),
        )
