"""What time has done, as it is printed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ptce_workflow.base.instants import to_text
from ptce_workflow.base.words import _, language
from ptce_workflow.cli.output import Output
from ptce_workflow.cli.views.acts import named

if TYPE_CHECKING:
    from ptce_workflow.process.process import Process
    from ptce_workflow.scheduler.tick import Ticked


def tick_data(ticked: Ticked) -> list[dict[str, Any]]:
    """`ptce tick --json`."""
    return [
        {
            "ref": step.before.ref,
            "transition": step.way.name,
            "at": to_text(step.moment.now),
            "done": step.made,
        }
        for step in ticked.steps
    ]


def print_tick(out: Output, process: Process, ticked: Ticked) -> None:
    """`ptce tick`: what became of each candidature whose hour had come."""
    if not ticked.steps:
        out.say(_("Nothing was due."))
    for step in ticked.steps:
        if step.made:
            label = process.states[step.way.to].label.in_(language())
            told = _("{case} is now: {state}.").format(
                case=named(process, step.before), state=label
            )
        else:
            told = _("{case}: a rule stood in the way of {transition}.").format(
                case=named(process, step.before), transition=step.way.name
            )
        out.tell(told)
