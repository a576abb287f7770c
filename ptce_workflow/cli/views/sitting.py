"""Sittings as they are printed: who met, how they voted, each decision, and their list."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ptce_workflow.base import speech
from ptce_workflow.base.encoding import to_text
from ptce_workflow.base.errors import Misuse, PtceError, shown
from ptce_workflow.base.words import _, language, n_
from ptce_workflow.cli.output import Output
from ptce_workflow.papers.ranking import mean_of, rank_told, vote_told
from ptce_workflow.papers.report import Column, NextStep, Report, Table, count, instant, of_contest
from ptce_workflow.process.explain import tell_rules
from ptce_workflow.process.panel.sitting import Deviation, VotedOrder
from ptce_workflow.process.process import name_of, way_label
from ptce_workflow.process.rules.case import Answer

if TYPE_CHECKING:
    from ptce_workflow.app.jury.sitting_run import Ballot, Decision, Deliberated
    from ptce_workflow.app.jury.sittings import Held, SittingTold
    from ptce_workflow.app.post.desk import Posted
    from ptce_workflow.process.model.definition import Sitting
    from ptce_workflow.process.panel.sitting import Agenda
    from ptce_workflow.process.process import Process


def sitting_data(
    process: Process, asked: Agenda, held: Deliberated, *, dry_run: bool
) -> dict[str, Any]:
    """`ptce deliberate --json`; means in hundredths."""
    panel = _sitting(process, held).panel
    return {
        "line": None if dry_run else held.line,
        "sitting": held.name,
        "call": held.call,
        "present": list(asked.present),
        "chair": asked.chair,
        "decided": held.decided,
        "written": not dry_run,
        "votes": [_vote_data(ballot) for ballot in held.ballots],
        "decisions": [_decision_data(process, panel, one) for one in held.decisions],
    }


def _vote_data(ballot: Ballot) -> dict[str, Any]:
    about = ballot.about
    return {
        "about": "order" if isinstance(about, VotedOrder) else "deviation",
        "refs": list(about.refs) if isinstance(about, VotedOrder) else [about.ref],
        "transition": about.transition if isinstance(about, Deviation) else None,
        "ayes": list(about.ayes),
        "noes": list(about.noes),
        "casting": ballot.casting,
        "carried": ballot.carried,
        "reason": about.reason,
    }


def _decision_data(process: Process, panel: str, one: Decision) -> dict[str, Any]:
    made = one.made
    return {
        "ref": one.case.ref,
        "name": one.case.private.get(process.definition.config.contest.name_field),
        "rank": one.rank,
        "tied": one.tied,
        "mean": one.case.panels[panel].get("total"),
        "transition": made.way.name if made else None,
        "to": made.way.to if made else None,
        "instead": one.instead,
        "reason": one.reason,
        "tries": [
            {
                "transition": step.way.name,
                "allowed": step.made,
                "verdicts": {
                    verdict.rule: verdict.answer.value for verdict in step.outcome.verdicts
                },
            }
            for step in one.steps
        ],
    }


def print_sitting(
    out: Output, process: Process, asked: Agenda, held: Deliberated, *, dry_run: bool
) -> None:
    """`ptce deliberate`: the meeting, its votes, its decisions; or that it decides nothing."""
    sitting = _sitting(process, held)
    title = sitting.label.in_(language())
    told = _("{sitting} · call {call}").format(sitting=title, call=held.call)
    out.title(title, told.removeprefix(title))
    for line in _people(process, asked, sitting):
        out.tell(line, "  ", "  ")
    for ballot in held.ballots:
        out.say()
        for line in _ballot(process, sitting, asked, ballot):
            out.tell(line, "  ", "  ")
    out.say()
    if not held.decided:
        out.tell(_("Nothing would be decided: rules stand in the way."))
        for line in _obstacles(process, held):
            out.tell(line, "  ", "  ")
        return
    _print_decisions(out, process, sitting, held)
    if not dry_run:
        told = _("The sitting is in the ledger, from line {first} to line {last}.")
        out.say()
        out.tell(told.format(first=held.line, last=held.closed))


def print_next(out: Output, waiting: Sequence[Posted], held: Deliberated) -> None:
    """After a sitting: the mails that wait to be read, and the minutes."""
    decided = {one.case.ref for one in held.decisions}
    count = sum(one.ref in decided for one in waiting)
    if count:
        told = n_(
            "{count} mail tells of it and is held until released: {command}",
            "{count} mails tell of it and are held until released: {command}",
            count,
        )
        out.advise(told.replace("{count}", str(count)), "ptce mail list --state held")
    out.next_step("ptce minutes -o minutes.docx")


def undecided(process: Process, asked: Agenda, held: Deliberated, *, dry_run: bool) -> PtceError:
    """`ptce deliberate`, when rules stood in the way: each rule, for whom, and its article."""
    lacking = sum(one.made is None and bool(one.steps) for one in held.decisions)
    what = n_(
        "Nothing is decided: rules stood in the way of every decision on {count} candidature.",
        "Nothing is decided: rules stood in the way of every decision on {count} candidatures.",
        lacking,
    ).format(count=lacking)
    why = [*_people(process, asked, _sitting(process, held)), *_obstacles(process, held)]
    if dry_run:
        mend = _("Nothing was changed.")
    else:
        told = _(
            "The sitting is in the ledger, from line {first} to line {last}; the next one will be "
            "call {call}."
        )
        mend = told.format(first=held.line, last=held.closed, call=held.call + 1)
    return PtceError(what, "\n".join(why), mend)


def _sitting(process: Process, held: Deliberated) -> Sitting:
    return process.definition.config.sittings[held.name]


def _people(process: Process, asked: Agenda, sitting: Sitting) -> Iterator[str]:
    members = process.definition.sheets[sitting.panel].members
    absent = [name for name in members if name not in asked.present]
    told = _("present: {count} of {members} institutions ({names})")
    yield told.format(
        count=len(asked.present), members=len(members), names=", ".join(asked.present)
    )
    if absent:
        yield _("absent: {names}").format(names=", ".join(absent))
    if asked.chair:
        yield _("chair: {name}").format(name=asked.chair)


def _ballot(process: Process, sitting: Sitting, asked: Agenda, ballot: Ballot) -> Iterator[str]:
    about = ballot.about
    outcome = vote_told(carried=ballot.carried, casting=ballot.casting)
    if isinstance(about, VotedOrder):
        yield _("vote on the order {refs}: {outcome}").format(
            refs=", ".join(about.refs), outcome=outcome
        )
    else:
        label = way_label(process, sitting.in_[0], about.transition)
        yield _("vote on {ref} → {label}: {outcome}").format(
            ref=about.ref, label=label, outcome=outcome
        )
    yield "  " + _("for: {ayes}; against: {noes}").format(
        ayes=", ".join(about.ayes) or "–", noes=", ".join(about.noes) or "–"
    )
    yield "  " + _("reason: {reason}").format(reason=about.reason)


def _print_decisions(out: Output, process: Process, sitting: Sitting, held: Deliberated) -> None:
    columns = [
        Column(_("rank"), number=True),
        Column(_("ref.")),
        Column(_("collective"), flexible=True),
        Column(_("mean"), number=True),
        Column(_("decision"), flexible=True),
    ]
    rows = []
    for one in held.decisions:
        assert one.made is not None
        decision = process.states[one.made.way.to].label.in_(language())
        if one.instead is not None:
            label = way_label(process, sitting.in_[0], one.instead)
            told = _("{decision} (the ranking: {label})")
            decision = told.format(decision=decision, label=label)
        rank = rank_told(one.rank, one.tied)
        name = name_of(process, one.case)
        mean = mean_of(one.case.panels[sitting.panel])
        rows.append([rank, one.case.ref, name, mean, decision])
    out.table(Table(columns, rows))


def _obstacles(process: Process, held: Deliberated) -> Iterator[str]:
    """Each rule that did not hold, once for all candidatures in whose way it stood alike."""
    found: dict[tuple[str, ...], dict[str, None]] = {}
    ways: dict[tuple[str, ...], dict[str, None]] = {}
    for one in held.decisions:
        if one.made is not None:
            continue
        for step in one.steps:
            verdicts = step.outcome.verdicts
            for rule in tell_rules(process, step.way, verdicts, step.before, step.moment):
                if rule.answer is not Answer.HOLDS:
                    lines = tuple(rule.lines())
                    found.setdefault(lines, {})[one.case.ref] = None
                    label = step.way.transition.label.in_(language())
                    ways.setdefault(lines, {})[label] = None
    for lines, refs in found.items():
        labels = ", ".join(ways[lines])
        yield _("{refs} → {labels}:").format(refs=", ".join(refs), labels=labels)
        yield from lines


_LONGEST = 9
"""The most figures that a number may have: more are none that was ever given."""


def sittings_data(found: Sequence[Held]) -> list[dict[str, Any]]:
    """`ptce minutes --json`."""
    return [
        {
            "number": one.number,
            "sitting": one.name,
            "call": one.call,
            "at": to_text(one.at),
            "line": one.line,
            "closed": one.closed,
            "hash": one.hash,
            "present": list(one.present),
            "chair": one.chair,
            "decided": one.decided,
        }
        for one in found
    ]


def sittings_report(process: Process, found: Sequence[Held], now: datetime) -> Report:
    """`ptce minutes --list`: number, sitting, day, call, who was there, what it decided."""
    columns = [
        Column(_("no."), number=True, share=1),
        Column(_("sitting"), flexible=True, share=5),
        Column(_("when"), share=3),
        Column(_("call"), number=True, share=2),
        Column(_("present"), number=True, share=2),
        Column(_("decided"), number=True, share=2),
        Column(_("line"), number=True, share=2),
    ]
    rows = [
        [
            count(one.number),
            _label(process, one.name),
            instant(one.at, process.zone, speech.short_instant(one.at, process.zone, language())),
            count(one.call),
            count(len(one.present)),
            count(one.decided),
            count(one.closed),
        ]
        for one in found
    ]
    none = NextStep(_("No sitting was held yet. To hold one: {command}"), "ptce deliberate --help")
    return of_contest(process, _("Sittings"), now, [Table(columns, rows) if rows else none])


def _label(process: Process, name: str) -> str:
    sitting = process.definition.config.sittings.get(name)
    return sitting.label.in_(language()) if sitting else name


def number_typed(word: str | None) -> int | None:
    """The number of a sitting.

    *Raises* Misuse for anything else.
    """
    if word is None:
        return None
    if not (word.isascii() and word.isdigit() and len(word) <= _LONGEST):
        raise Misuse(
            _('"{word}" is not the number of a sitting.').format(word=shown(word)),
            mend=_("Those that were held: {command}").format(command="ptce minutes --list"),
        )
    return int(word)


def print_written(out: Output, told: SittingTold, file: Path) -> None:
    """`ptce minutes -o FILE`: which sitting it is, and the hash that a copy keeps."""
    label = _label(told.process, told.held.name)
    count = told.held.decided
    decided = n_("{count} decision", "{count} decisions", count).format(count=count)
    out.tell(f"{label} · {decided}")
    out.tell(_("The minutes are in {file}.").format(file=file))
    said = _("Line {n} of the ledger has the hash {hash}.")
    out.tell(said.format(n=told.held.closed, hash=told.held.hash))
