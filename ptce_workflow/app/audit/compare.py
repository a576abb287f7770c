"""What other rules would have decided: every recorded act judged again under another folder."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ptce_workflow.app.admin.adopt import UNFIT
from ptce_workflow.app.cases.history import lines_of, steps
from ptce_workflow.app.locations import read_folder
from ptce_workflow.app.refusals import UNREADABLE, damaged_line
from ptce_workflow.base import speech
from ptce_workflow.base.encoding import from_text
from ptce_workflow.base.errors import Misuse, PtceError
from ptce_workflow.base.runtime import nothing_to_collect
from ptce_workflow.base.words import _, language
from ptce_workflow.ledger.events import clauses as law
from ptce_workflow.ledger.events.contest import ProcessAdopted
from ptce_workflow.ledger.events.sitting import SittingOpened
from ptce_workflow.ledger.supposed import Judgement
from ptce_workflow.ledger.turning import JudgedRanking, Renamed, Turn, Turning
from ptce_workflow.process.check import sound
from ptce_workflow.process.explain import RuleTold, tell_rules
from ptce_workflow.process.fit import homeless, misfits
from ptce_workflow.process.process import Process, name_of
from ptce_workflow.process.rules.case import Case, by_ref
from ptce_workflow.process.secrecy import SEES_ALL, readable

if TYPE_CHECKING:
    from ptce_workflow.app.contest import Contest
    from ptce_workflow.app.transaction import Transaction


@dataclass(frozen=True, slots=True)
class RuleTurned:
    """A rule that answers otherwise, as recorded and by the other folder; None: it is not asked."""

    rule: str
    recorded: RuleTold | None
    other: RuleTold | None


@dataclass(frozen=True, slots=True)
class TurnTold:
    """A turn, told: the rules on which it turns, and what else stands in the way.

    `process` is that of its day; of each breach, the sentence of the law and what shows it. `today`
    is by how much each total changes as of the last line, `turn.totals` by the act alone.
    """

    turn: Turn
    process: Process
    name: str
    rules: tuple[RuleTurned, ...]
    breaches: tuple[tuple[str, str], ...]
    today: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RankTold:
    """The place of a candidature at a sitting: rank and mean, as recorded and otherwise."""

    ref: str
    name: str
    panel: str
    line: int
    recorded: Mapping[str, int]
    other: Mapping[str, int]

    @property
    def moved(self) -> bool:
        """True where its rank or its mean is another one."""
        return any(self.recorded.get(key) != self.other.get(key) for key in ("rank", "total"))


@dataclass(frozen=True, slots=True)
class TotalMoved:
    """By how much each candidature changes a total: by its act, and as of the last line."""

    total: str
    acts: Mapping[str, int]
    today: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class WhatIf:
    """What another folder would have decided: by candidature, the first act that turns.

    `acts` is how many were judged again, `processes` how many were in force one after the other.
    """

    before: Process
    after: Process
    at: datetime
    lines: int
    acts: int
    candidatures: int
    processes: int
    turns: tuple[TurnTold, ...]
    ranks: tuple[RankTold, ...]

    @property
    def same(self) -> bool:
        """True where the folder is the process in force."""
        return self.before.hash == self.after.hash

    @property
    def moved_ranks(self) -> list[RankTold]:
        """Those whose rank or mean is another one."""
        return [one for one in self.ranks if one.moved]

    @property
    def totals(self) -> tuple[TotalMoved, ...]:
        """Each total that changes, in the order of the folder."""
        found = []
        for name in self.after.totals:
            acts = {one.turn.case.ref: one.turn.totals.get(name, 0) for one in self.turns}
            today = {one.turn.case.ref: one.today.get(name, 0) for one in self.turns}
            if any(acts.values()) or any(today.values()):
                found.append(TotalMoved(name, _moving(acts), _moving(today)))
        return tuple(found)


def _moving(those: Mapping[str, int]) -> dict[str, int]:
    return {ref: by for ref, by in those.items() if by}


def what_if(contest: Contest, folder: Path) -> WhatIf:
    """Judges every recorded act again under another folder; nothing is written.

    *Raises* FolderFaults for a folder with faults, Misuse for one of another contest, PtceError for
    one that does not fit what is recorded, for who may not see it all, and for a damaged line.
    """
    after = sound(read_folder(folder))
    with contest.looking() as act, nothing_to_collect():
        _must_see_all(act)
        before, row = act.process, act.unit.contest(contest.id)
        _must_be_of_contest(before, after, folder)
        _must_fit(act, before, after)
        adoptions = _adoptions(act)
        turning = Turning(after, act.process_of, _renamed(adoptions))
        ranks: dict[tuple[str, str], RankTold] = {}
        turns: list[TurnTold] = []
        for found in _found(contest, act, turning, row.head_n):
            if isinstance(found, Turn):
                turns.append(_told(act, found, after))
            else:
                told = _rank_told(act, found)
                ranks[told.panel, told.ref] = told
        turns = [replace(one, today=turning.today(one.turn.case.id)) for one in turns]
        count = len(turning.world.state.cases)
    return WhatIf(
        *(before, after, contest.clock.now(), row.head_n, turning.acts, count),
        1 + len(adoptions),
        tuple(sorted(turns, key=lambda one: by_ref(one.turn.case.ref))),
        tuple(sorted(ranks.values(), key=lambda one: (one.panel, by_ref(one.ref)))),
    )


def _found(
    contest: Contest, act: Transaction, turning: Turning, last: int
) -> Iterator[Turn | JudgedRanking]:
    """What turns, line after line.

    *Raises* PtceError for a line that does not follow from those before it.
    """
    label = _("Judging every act again")
    n, state = 0, turning.world.state
    try:
        for step in steps(act, last, contest.watch, state, label):
            n = step.line.n
            yield from turning.take(step.line, step.sides)
            step.is_taken = True
        yield from turning.finish()
    except UNREADABLE as error:
        raise damaged_line(n, error) from error


def _told(act: Transaction, turn: Turn, other: Process) -> TurnTold:
    """A turn in words, in the language in force, as far as whoever looks may read."""
    process = act.process if turn.recorded is None else turn.recorded.process
    name = name_of(process, readable(process, turn.case, act.actor.roles))
    breaches = tuple((_(one.clause.says), _spoken(one.why, other)) for one in turn.breaches)
    return TurnTold(turn, process, name, tuple(_turned_rules(act, turn)), breaches)


def _spoken(why: str, other: Process) -> str:
    """What shows a breach: an hour as it is said where the contest is."""
    try:
        return speech.short_instant(from_text(why), other.zone, language())
    except ValueError:
        return why


def _turned_rules(act: Transaction, turn: Turn) -> Iterator[RuleTurned]:
    """The rules that answer otherwise."""
    then, now = (
        {} if one is None else {rule.id: rule for rule in _explained_rules(act, one)}
        for one in (turn.recorded, turn.other)
    )
    for name in dict.fromkeys((*then, *now)):
        was, would = then.get(name), now.get(name)
        if (was and was.answer) != (would and would.answer):
            yield RuleTurned(name, was, would)


def _explained_rules(act: Transaction, judged: Judgement) -> Sequence[RuleTold]:
    case = readable(judged.process, judged.case, act.actor.roles)
    return tell_rules(judged.process, judged.way, judged.verdicts, case, judged.moment)


def _rank_told(act: Transaction, found: JudgedRanking) -> RankTold:
    case = readable(act.process, found.case, act.actor.roles)
    closed = found.panel in case.closed
    was, would = ({} if closed else one for one in (found.recorded, found.other))
    name = name_of(act.process, case)
    return RankTold(case.ref, name, found.panel, found.line, was, would)


# What cannot be judged.


def _must_see_all(act: Transaction) -> None:
    if SEES_ALL.isdisjoint(act.actor.roles):
        raise PtceError(
            _("Only the desk and the auditors see what other rules would have decided."),
            _("It tells the marks and the ranks of every candidature."),
        )


def _must_be_of_contest(before: Process, after: Process, folder: Path) -> None:
    """*Raises* Misuse for the folder of another contest, or in another language."""
    ids = [one.definition.config.contest.id for one in (before, after)]
    if ids[0] != ids[1]:
        raise Misuse(
            _('{folder} is the folder of another contest: "{name}".').format(
                folder=folder, name=ids[1]
            ),
            _("Acts are judged again by a folder of the same contest."),
            _("Copy the folder of the contest, and change a rule in the copy."),
        )
    if before.language != after.language:
        raise Misuse(
            _('{folder} is written in another language: "{name}".').format(
                folder=folder, name=after.language
            ),
            _("Its words would not be those that were read."),
            _("Put contest.language back: {name}").format(name=before.language),
        )


def _must_fit(act: Transaction, before: Process, after: Process) -> None:
    """*Raises* PtceError, with all that does not fit, for a folder that lacks what is recorded."""
    problems = list(_unfit(before, after, list(act.every_case())))
    met = {
        line.data.sitting for line, _content in lines_of(act.unit, act.contest, (SittingOpened,))
    }
    for name in sorted(met - after.definition.config.sittings.keys()):
        problems.append(_('The sitting "{name}" is gone, and it has met.').format(name=name))
    if problems:
        raise PtceError(
            _("The folder lacks what is recorded: no act can be judged again by it."),
            "\n".join(problems),
            _("Copy the folder of the contest, and change a rule in the copy."),
        )


def _unfit(before: Process, after: Process, cases: Sequence[Case]) -> Iterator[str]:
    """What of the candidatures another process does not hold, each as a sentence."""
    for name, refs in homeless(after, cases).items():
        yield _(UNFIT[law.HOMELESS]).format(state=name, refs=", ".join(refs))
    asked: dict[str, list[str]] = {}
    for case in cases:
        for name in before.definition.requests:
            if name in case.received and name not in after.definition.requests:
                asked.setdefault(name, []).append(case.ref)
    for name, refs in asked.items():
        told = _('The request "{request}" is gone, and was made: {refs}.')
        yield told.format(request=name, refs=", ".join(refs))
    fields: dict[str, dict[str, None]] = {}
    for name, refs in misfits(before, after, cases).items():
        sheet = name.partition(".")[0]
        gone = sheet not in after.definition.sheets
        fields.setdefault(sheet if gone else name, {}).update(dict.fromkeys(refs))
    for case in cases[:1]:
        lost = (name for name in case.contest if after.definition.field(name) is None)
        fields.update((name, {_("the contest"): None}) for name in lost)
    for name, those in fields.items():
        yield _(UNFIT[law.MISFIT]).format(field=name, refs=", ".join(those))


def _adoptions(act: Transaction) -> list[tuple[int, Mapping[str, str]]]:
    """The adoptions, by line, with the states that each has renamed."""
    found = lines_of(act.unit, act.contest, (ProcessAdopted,))
    return [(line.n, line.data.states) for line, _content in found]


def _renamed(adoptions: Sequence[tuple[int, Mapping[str, str]]]) -> Renamed:
    def renamed(n: int, state: str) -> str:
        for line, states in adoptions:
            if line > n:
                state = states.get(state, state)
        return state

    return renamed
