"""The output of an act: what was opened, recorded or moved, or every rule that stood in the way."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ptce_workflow.base.errors import Misuse, PtceError
from ptce_workflow.base.words import _, language, n_
from ptce_workflow.cli.output import Output
from ptce_workflow.process.explain import tell_rules
from ptce_workflow.process.process import named
from ptce_workflow.process.rules.case import Answer, Case

if TYPE_CHECKING:
    from ptce_workflow.app.cases.advance import Step
    from ptce_workflow.process.process import Process


def advance_data(steps: tuple[Step, ...], *, dry_run: bool) -> list[dict[str, Any]]:
    """`ptce advance --json`."""
    return [
        {
            "ref": step.before.ref,
            "transition": step.way.name,
            "from": step.before.state,
            "to": step.way.to,
            "made": all(one.made for one in steps) and not dry_run,
            "allowed": step.made,
            "verdicts": {verdict.rule: verdict.answer.value for verdict in step.outcome.verdicts},
            "line": None if dry_run or step.after is step.before else step.after.version,
        }
        for step in steps
    ]


def print_advance(out: Output, process: Process, steps: tuple[Step, ...], *, dry_run: bool) -> None:
    """`ptce advance`, when every rule held: what moved, or would; and what to do next."""
    for step in steps:
        label = process.states[step.way.to].label.in_(language())
        told = _("{case} would become: {state}.") if dry_run else _("{case} is now: {state}.")
        out.tell(told.format(case=named(process, step.before), state=label))
    if dry_run:
        out.remark(_("Nothing was changed."))
    elif not process.states[steps[-1].way.to].ends:
        out.next_step(f"ptce why {steps[0].before.ref}" if len(steps) == 1 else "ptce list")


def refusal(process: Process, steps: tuple[Step, ...], *, dry_run: bool) -> PtceError:
    """`ptce advance`, when a rule stood in the way: every such rule, and on what it rests."""
    refused = [step for step in steps if not step.made]
    answers = [verdict.answer for step in refused for verdict in step.outcome.verdicts]
    why = []
    for step in refused:
        if len(steps) > 1:
            why.append(named(process, step.before))
        for rule in tell_rules(process, step.way, step.outcome.verdicts, step.before, step.moment):
            if rule.answer is not Answer.HOLDS:
                why.extend(rule.lines())
    refs = " ".join(step.before.ref for step in refused[:1])
    kept = ", ".join(str(step.after.version) for step in refused)
    mend = _("Nothing was changed.")
    if not dry_run:
        mend = n_(
            "Nothing was changed; the attempt is in the ledger, line {n}.",
            "Nothing was changed; the attempts are in the ledger, lines {n}.",
            len(refused),
        ).format(n=kept)
    mend += "\n" + _("`ptce why {ref}` tells all of it.").format(ref=refs)
    return PtceError(_counted(answers), "\n".join(why), mend)


def _counted(answers: list[Answer]) -> str:
    fails, unknown = answers.count(Answer.FAILS), answers.count(Answer.UNKNOWN)
    parts = []
    if fails:
        parts.append(n_("{n} rule is not met", "{n} rules are not met", fails).format(n=fails))
    if unknown:
        told = n_("{n} rule cannot be judged yet", "{n} rules cannot be judged yet", unknown)
        parts.append(told.format(n=unknown))
    return ", ".join(parts) + "."


def print_added(out: Output, process: Process, added: Sequence[tuple[str, Case]]) -> None:
    """`ptce add`: the reference that each dossier was given, and what to do next."""
    for file, case in added:
        out.tell(f"{named(process, case)} ({file})")
    if added:
        out.next_step(f"ptce why {added[-1][1].ref}" if len(added) == 1 else "ptce list")


def added_data(process: Process, added: Sequence[tuple[str, Case]]) -> list[dict[str, Any]]:
    """`ptce add --json`."""
    name_field = process.definition.config.contest.name_field
    return [
        {"ref": case.ref, "name": case.private.get(name_field), "file": file}
        for file, case in added
    ]


def nothing_recorded(process: Process, case: Case) -> Misuse:
    """The error for `ptce record` without a fact: what may be written now, and how."""
    state = process.states[case.state]
    mend = ""
    if state.open:
        sheet, _dot, field = state.open[0].partition(".")
        asked = process.definition.sheets[sheet].fields
        field = field or next(name for name, one in asked.items() if not one.is_computed)
        command = f"ptce record {case.ref} {sheet} {field}=…"
        mend = _("For example: {command}").format(command=command)
    return Misuse(
        _("No fact was given."),
        _('In the state "{state}", open to writing: {names}.').format(
            state=state.label.in_(language()), names=", ".join(state.open) or _("nothing")
        ),
        mend,
    )


def print_recorded(out: Output, process: Process, case: Case) -> None:
    """`ptce record`: that it is done, at which line, and what to do next."""
    told = _("{case}: recorded, line {n}.").format(case=named(process, case), n=case.version)
    out.tell(told)
    out.next_step(f"ptce why {case.ref}")
