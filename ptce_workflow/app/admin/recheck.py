"""Every recorded decision judged again under the process that its line cites."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from ptce_workflow.app.admin.verify import archived, fed
from ptce_workflow.app.cases.history import steps
from ptce_workflow.app.projections import line_of
from ptce_workflow.base.errors import PtceError
from ptce_workflow.base.runtime import nothing_to_collect
from ptce_workflow.base.words import _, language
from ptce_workflow.ledger.beside import LineOf
from ptce_workflow.ledger.events.base import Entry, Event, Sides
from ptce_workflow.ledger.events.candidature import CandidatureOpened, opening
from ptce_workflow.ledger.events.panel import RankRecorded
from ptce_workflow.ledger.events.sitting import (
    DeviationDecided,
    SittingClosed,
    SittingOpened,
    VoteTaken,
)
from ptce_workflow.ledger.events.transition import (
    Asked,
    Judged,
    TransitionMade,
    TransitionRefused,
    attempt,
)
from ptce_workflow.ledger.examine import Examiner, Fault
from ptce_workflow.ledger.past import ProcessOf
from ptce_workflow.process.explain import General, ground_of

if TYPE_CHECKING:
    from ptce_workflow.app.cases.history import Step
    from ptce_workflow.app.contest import Contest
    from ptce_workflow.app.transaction import Transaction
    from ptce_workflow.process.process import Process
    from ptce_workflow.process.rules.case import Case

DECISIONS: tuple[type[Event], ...] = (
    *(CandidatureOpened, TransitionMade, TransitionRefused),
    *(SittingOpened, VoteTaken, DeviationDecided, RankRecorded, SittingClosed),
)
"""The kinds of lines that decide something, or that a decision rests on."""


@dataclass(frozen=True, slots=True)
class RuleDiffering:
    """A rule that answers otherwise than its line says: what it says and on what it rests."""

    rule: str
    says: str
    ground: str
    recorded: str
    found: str


@dataclass(frozen=True, slots=True)
class Differing:
    """A decision that is not what the process of its line gives: why, and through which rules.

    `ref` is the candidature, or "" for a decision about several; so is `transition`.
    """

    line: int
    type: str
    ref: str
    transition: str
    faults: tuple[Fault, ...]
    rules: tuple[RuleDiffering, ...] = ()


@dataclass(frozen=True, slots=True)
class Recheck:
    """How many decisions were judged again, by kind, and those that differ.

    `others` is how many faults the ledger has besides, of which `verify` tells.
    """

    lines: int
    judged: Mapping[str, int]
    differing: tuple[Differing, ...]
    others: int

    @property
    def holds(self) -> bool:
        """True where nothing differs, and all of it could be judged."""
        return not self.differing and not self.others


class _Rejudging(Examiner):
    """Examines a ledger, and takes note of its decisions."""

    def __init__(self, process_of: ProcessOf, line_of: LineOf) -> None:
        super().__init__(process_of, line_of)
        self.judged: Counter[str] = Counter()
        self.differing: list[Differing] = []

    def _judge(self, process: Process, line: Entry[Any], sides: Sides, before: Case | None) -> None:
        told = len(self.faults)
        super()._judge(process, line, sides, before)
        if isinstance(line.data, DECISIONS):
            self.judged[line.type] += 1
            found = tuple(one for one in self.faults[told:] if one.line == line.n)
            if found:
                ref = getattr(line.data, "ref", "") if before is None else before.ref
                transition = getattr(line.data, "transition", "") or ""
                self.differing.append(Differing(line.n, line.type, ref, transition, found))


def recheck(contest: Contest) -> Recheck:
    """Judges every decision of the ledger again, under the process of its line.

    What differs is told without a mark or a figure: whoever asks need not be one who sees them.
    """
    with contest.looking(counts=True) as act, nothing_to_collect():
        unit, row = act.unit, act.unit.contest(contest.id)
        line = partial(line_of, unit, contest.id)
        examiner = _Rejudging(cache(partial(archived, contest, unit)), line)
        label = _("Judging every decision again")
        lines = contest.watch(unit.entries(contest.id), label, row.head_n)
        # Whether documents are kept, `verify` tells: no decision reads them.
        faults = list(fed(lines, examiner, [], lambda _hash: True))
        examiner.finish(row.head_n, row.head_hash)
        of_decisions = {fault for one in examiner.differing for fault in one.faults}
        others = len({*faults, *examiner.faults} - of_decisions)
        rules = _rules_by_line(act, {one.line for one in examiner.differing})
        differing = tuple(replace(one, rules=rules.get(one.line, ())) for one in examiner.differing)
    return Recheck(examiner.n, dict(examiner.judged), differing, others)


def _rules_by_line(
    act: Transaction, asked: Collection[int]
) -> dict[int, tuple[RuleDiffering, ...]]:
    """The rules through which decisions differ, by line, as far as the ledger can be replayed."""
    found: dict[int, tuple[RuleDiffering, ...]] = {}
    with suppress(PtceError):
        for step in steps(act, max(asked, default=0)):
            if step.line.n in asked:
                found[step.line.n] = tuple(_rules(step))
    return found


def _rules(step: Step) -> Iterator[RuleDiffering]:
    """The rules that answer otherwise than a line says."""
    data, ctx = step.line.data, step.context
    made: Judged | None = None
    if isinstance(data, CandidatureOpened):
        made = opening(ctx, data.blank(ctx), data.transition)
    elif isinstance(data, Asked):
        made = attempt(ctx, ctx.case, data.key)
    way = step.process.ways(data.holder).get(data.transition) if made else None
    if made is None or way is None:
        return
    teller = General(step.process, language())
    for name in dict.fromkeys((*data.verdicts, *made.verdicts)):
        said, found = data.verdicts.get(name, ""), made.verdicts.get(name, "")
        rule = way.rules.get(name)
        if said != found:
            says = name if rule is None else teller.sentence(rule)
            ground = "" if rule is None else ground_of(rule)
            yield RuleDiffering(name, says, ground, said, found)
