"""A hand-over as it is printed: where the candidature went, with what, and what stayed behind."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from ptce_workflow.base import speech
from ptce_workflow.base.words import _, language, n_
from ptce_workflow.cli.output import Output
from ptce_workflow.process.process import named

if TYPE_CHECKING:
    from ptce_workflow.app.cases.handover import HandedOver
    from ptce_workflow.process.process import Process


def handed_data(done: HandedOver, *, dry_run: bool) -> dict[str, Any]:
    """`ptce hand-over --json`; `line` is null where nothing was written here."""
    return {
        "ref": done.here.ref,
        "contest": done.contest,
        "there": None if dry_run and not done.before else done.there.ref,
        "state": done.there.state,
        "made": not (dry_run or done.before),
        "carried": list(done.carried),
        "left": [{"name": one.name, "why": one.why} for one in done.left],
        "line": done.line,
    }


def print_handed(
    out: Output, process: Process, done: HandedOver, folder: Path, *, dry_run: bool
) -> None:
    """`ptce hand-over`: where it stands there, what it took along, what stayed behind and why."""
    title = done.process.definition.config.contest.title.in_(language())
    case, ref = named(process, done.here), done.there.ref
    if done.before:
        told = _("{case} was taken over already by the contest {contest}, as {ref}.")
        out.tell(told.format(case=case, contest=title, ref=ref))
        if done.line is not None:
            told = _("It was not told here; now it is, line {n}.")
            out.tell(told.format(n=done.line))
        return
    state = done.process.states[done.there.state].label.in_(language())
    told = (
        _("{case} would be taken over by the contest {contest}: {state}.")
        if dry_run
        else _("{case} is taken over by the contest {contest}, as {ref}: {state}.")
    )
    out.tell(told.format(case=case, contest=title, ref=ref, state=state))
    count = len(done.carried)
    carried = n_("{count} fact is carried.", "{count} facts are carried.", count)
    out.tell(carried.format(count=count))
    if done.left:
        out.tell(_("Not carried:"))
        reasons: dict[str, list[str]] = {}
        for one in done.left:
            field = process.definition.field(one.name)
            reasons.setdefault(one.why, []).append(
                field.label.in_(language()) if field else one.name
            )
        for why, labels in reasons.items():
            # One name before its reason; many below it, or it would be read too late.
            if len(labels) == 1:
                told = _("{label}: {value}").format(label=labels[0], value=why)
                out.tell(f"· {told}", "  ", "    ")
                continue
            counted = speech.number(len(labels), language())
            told = _("{why} ({count}):").format(why=why, count=counted)
            out.tell(f"· {told}", "  ", "    ")
            for label in labels:
                out.tell(label, "    ", "    ")
    if dry_run:
        out.remark(_("Nothing was changed."))
    else:
        out.next_step(f"ptce why {ref} --contest {folder}")
