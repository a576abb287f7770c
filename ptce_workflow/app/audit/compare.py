"""Decisions judged again: by their own process, by another one, and between two dates."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ptce_workflow.app.adopt import UNFIT, differing
from ptce_workflow.app.as_of import at
from ptce_workflow.app.audit.verify import archived, fed
from ptce_workflow.app.candidatures.history import lines_of, steps
from ptce_workflow.app.locations import read_folder
from ptce_workflow.app.projections import line_of
from ptce_workflow.app.refusals import UNREADABLE, damaged_line
from ptce_workflow.base.errors import Misuse, PtceError
from ptce_workflow.base.notation import from_text
from ptce_workflow.base.runtime import nothing_to_collect
from ptce_workflow.base.words import _, language, short_instant
from ptce_workflow.ledger.events import clauses
from ptce_workflow.ledger.events.base import Entry, Event, Sides
from ptce_workflow.ledger.events.candidature import CandidatureOpened, opening
from ptce_workflow.ledger.events.contest import ProcessAdopted
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
from ptce_workflow.ledger.fold import LineOf, ProcessOf
from ptce_workflow.ledger.state import homeless, misfits
from ptce_workflow.ledger.what_if import Divergence, JudgedRanking, Judgement, Reassessment, Renamed
from ptce_workflow.process.candidature import Candidature, by_ref
from ptce_workflow.process.check import sound
from ptce_workflow.process.explain import ExplainedRule, General, explain_rules, ground_of
from ptce_workflow.process.letters.message import Stage
from ptce_workflow.process.process import Process, name_of
from ptce_workflow.process.visibility import SEES_ALL, readable

if TYPE_CHECKING:
    from ptce_workflow.app.as_of import ContestThen
    from ptce_workflow.app.candidatures.history import Step
    from ptce_workflow.app.contest import Contest
    from ptce_workflow.app.outbox.desk import Posted
    from ptce_workflow.app.transaction import Transaction
    from ptce_workflow.ledger.state import Person
    from ptce_workflow.process.candidature import Candidature
    from ptce_workflow.process.process import Process


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

    def _judge(
        self, process: Process, line: Entry[Any], sides: Sides, before: Candidature | None
    ) -> None:
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
    with contest.looking(counts=True) as tx, nothing_to_collect():
        unit, row = tx.unit, tx.unit.contest(contest.id)
        line = partial(line_of, unit, contest.id)
        examiner = _Rejudging(cache(partial(archived, contest, unit)), line)
        label = _("Judging every decision again")
        lines = contest.watch(unit.entries(contest.id), label, row.head_n)
        # Whether documents are kept, `verify` tells: no decision reads them.
        faults = list(fed(lines, examiner, [], lambda _hash: True))
        examiner.finish(row.head_n, row.head_hash)
        of_decisions = {fault for one in examiner.differing for fault in one.faults}
        others = len({*faults, *examiner.faults} - of_decisions)
        rules = _rules_by_line(tx, {one.line for one in examiner.differing})
        differing = tuple(replace(one, rules=rules.get(one.line, ())) for one in examiner.differing)
    return Recheck(examiner.n, dict(examiner.judged), differing, others)


def _rules_by_line(tx: Transaction, asked: Collection[int]) -> dict[int, tuple[RuleDiffering, ...]]:
    """The rules through which decisions differ, by line, as far as the ledger can be replayed."""
    found: dict[int, tuple[RuleDiffering, ...]] = {}
    with suppress(PtceError):
        for step in steps(tx, max(asked, default=0)):
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
    edge = step.process.edges(data.holder).get(data.transition) if made else None
    if made is None or edge is None:
        return
    teller = General(step.process, language())
    for name in dict.fromkeys((*data.verdicts, *made.verdicts)):
        said, found = data.verdicts.get(name, ""), made.verdicts.get(name, "")
        rule = edge.rules.get(name)
        if said != found:
            says = name if rule is None else teller.sentence(rule)
            ground = "" if rule is None else ground_of(rule)
            yield RuleDiffering(name, says, ground, said, found)


@dataclass(frozen=True, slots=True)
class RuleTurned:
    """A rule that answers otherwise, as recorded and by the other folder; None: it is not asked."""

    rule: str
    recorded: ExplainedRule | None
    other: ExplainedRule | None


@dataclass(frozen=True, slots=True)
class TurnView:
    """A turn, told: the rules on which it turns, and what else stands in the way.

    `process` is that of its day; of each breach, the sentence of the law and what shows it. `today`
    is by how much each total changes as of the last line, `turn.totals` by the act alone.
    """

    turn: Divergence
    process: Process
    name: str
    rules: tuple[RuleTurned, ...]
    violations: tuple[tuple[str, str], ...]
    today: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RankView:
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
    turns: tuple[TurnView, ...]
    ranks: tuple[RankView, ...]

    @property
    def same(self) -> bool:
        """True where the folder is the process in force."""
        return self.before.hash == self.after.hash

    @property
    def moved_ranks(self) -> list[RankView]:
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

    Raises: FolderFaults for a folder with faults, Misuse for one of another contest, PtceError for
    one that does not fit what is recorded, for who may not see it all, and for a damaged line.
    """
    after = sound(read_folder(folder))
    with contest.looking() as tx, nothing_to_collect():
        _must_see_all(tx)
        before, row = tx.process, tx.unit.contest(contest.id)
        _must_be_of_contest(before, after, folder)
        _must_fit(tx, before, after)
        adoptions = _adoptions(tx)
        turning = Reassessment(after, tx.process_of, _renamed(adoptions))
        ranks: dict[tuple[str, str], RankView] = {}
        turns: list[TurnView] = []
        for found in _found(contest, tx, turning, row.head_n):
            if isinstance(found, Divergence):
                turns.append(_told(tx, found, after))
            else:
                rank = _rank_told(tx, found)
                ranks[rank.panel, rank.ref] = rank
        turns = [replace(one, today=turning.today(one.turn.case.id)) for one in turns]
        count = len(turning.world.state.cases)
    return WhatIf(
        *(before, after, contest.clock.now(), row.head_n, turning.acts, count),
        1 + len(adoptions),
        tuple(sorted(turns, key=lambda one: by_ref(one.turn.case.ref))),
        tuple(sorted(ranks.values(), key=lambda one: (one.panel, by_ref(one.ref)))),
    )


def _found(
    contest: Contest, tx: Transaction, turning: Reassessment, last: int
) -> Iterator[Divergence | JudgedRanking]:
    """What turns, line after line.

    Raises: PtceError for a line that does not follow from those before it.
    """
    label = _("Judging every act again")
    n, state = 0, turning.world.state
    try:
        for step in steps(tx, last, contest.watch, state, label):
            n = step.line.n
            yield from turning.take(step.line, step.sides)
            step.is_taken = True
        yield from turning.finish()
    except UNREADABLE as error:
        raise damaged_line(n, error) from error


def _told(tx: Transaction, turn: Divergence, other: Process) -> TurnView:
    """A turn in words, in the language in force, as far as whoever looks may read."""
    process = tx.process if turn.recorded is None else turn.recorded.process
    name = name_of(process, readable(process, turn.case, tx.actor.roles))
    violations = tuple((_(one.clause.says), _spoken(one.why, other)) for one in turn.violations)
    return TurnView(turn, process, name, tuple(_turned_rules(tx, turn)), violations)


def _spoken(why: str, other: Process) -> str:
    """What shows a breach: an hour as it is said where the contest is."""
    try:
        return short_instant(from_text(why), other.zone, language())
    except ValueError:
        return why


def _turned_rules(tx: Transaction, turn: Divergence) -> Iterator[RuleTurned]:
    """The rules that answer otherwise."""
    then, now = (
        {} if one is None else {rule.id: rule for rule in _explained_rules(tx, one)}
        for one in (turn.recorded, turn.other)
    )
    for name in dict.fromkeys((*then, *now)):
        was, would = then.get(name), now.get(name)
        if (was and was.answer) != (would and would.answer):
            yield RuleTurned(name, was, would)


def _explained_rules(tx: Transaction, judged: Judgement) -> Sequence[ExplainedRule]:
    case = readable(judged.process, judged.case, tx.actor.roles)
    return explain_rules(judged.process, judged.edge, judged.verdicts, case, judged.moment)


def _rank_told(tx: Transaction, found: JudgedRanking) -> RankView:
    case = readable(tx.process, found.case, tx.actor.roles)
    closed = found.panel in case.closed
    was, would = ({} if closed else one for one in (found.recorded, found.other))
    name = name_of(tx.process, case)
    return RankView(case.ref, name, found.panel, found.line, was, would)


# What cannot be judged.


def _must_see_all(tx: Transaction) -> None:
    if SEES_ALL.isdisjoint(tx.actor.roles):
        what = _("Only the desk and the auditors see what other rules would have decided.")
        raise PtceError(what, _("It tells the marks and the ranks of every candidature."))


def _must_be_of_contest(before: Process, after: Process, folder: Path) -> None:
    """Raises: Misuse for the folder of another contest, or in another language."""
    ids = [one.definition.config.contest.id for one in (before, after)]
    if ids[0] != ids[1]:
        what = _('{folder} is the folder of another contest: "{name}".').format(
            folder=folder, name=ids[1]
        )
        why = _("Acts are judged again by a folder of the same contest.")
        raise Misuse(what, why, _("Copy the folder of the contest, and change a rule in the copy."))
    if before.language != after.language:
        what = _('{folder} is written in another language: "{name}".').format(
            folder=folder, name=after.language
        )
        why = _("Its words would not be those that were read.")
        raise Misuse(what, why, _("Put contest.language back: {name}").format(name=before.language))


def _must_fit(tx: Transaction, before: Process, after: Process) -> None:
    """Raises: PtceError, with all that does not fit, for a folder that lacks what is recorded."""
    problems = list(_unfit(before, after, list(tx.every_case())))
    met = {line.data.sitting for line, _content in lines_of(tx.unit, tx.contest, (SittingOpened,))}
    for name in sorted(met - after.definition.config.sittings.keys()):
        problems.append(_('The sitting "{name}" is gone, and it has met.').format(name=name))
    if problems:
        what = _("The folder lacks what is recorded: no act can be judged again by it.")
        mend = _("Copy the folder of the contest, and change a rule in the copy.")
        raise PtceError(what, "\n".join(problems), mend)


def _unfit(before: Process, after: Process, cases: Sequence[Candidature]) -> Iterator[str]:
    """What of the candidatures another process does not hold, each as a sentence."""
    for name, refs in homeless(after, cases).items():
        yield _(UNFIT[clauses.HOMELESS]).format(state=name, refs=", ".join(refs))
    asked: dict[str, list[str]] = {}
    for case in cases:
        for name in before.definition.requests:
            if name in case.received and name not in after.definition.requests:
                asked.setdefault(name, []).append(case.ref)
    for name, refs in asked.items():
        text = _('The request "{request}" is gone, and was made: {refs}.')
        yield text.format(request=name, refs=", ".join(refs))
    fields: dict[str, dict[str, None]] = {}
    for name, refs in misfits(before, after, cases).items():
        sheet = name.partition(".")[0]
        gone = sheet not in after.definition.sheets
        fields.setdefault(sheet if gone else name, {}).update(dict.fromkeys(refs))
    for case in cases[:1]:
        lost = (name for name in case.contest if after.definition.field(name) is None)
        fields.update((name, {_("the contest"): None}) for name in lost)
    for name, those in fields.items():
        yield _(UNFIT[clauses.MISFIT]).format(field=name, refs=", ".join(those))


def _adoptions(tx: Transaction) -> list[tuple[int, Mapping[str, str]]]:
    """The adoptions, by line, with the states that each has renamed."""
    found = lines_of(tx.unit, tx.contest, (ProcessAdopted,))
    return [(line.n, line.data.states) for line, _content in found]


def _renamed(adoptions: Sequence[tuple[int, Mapping[str, str]]]) -> Renamed:
    def renamed(n: int, state: str) -> str:
        for line, states in adoptions:
            if line > n:
                state = states.get(state, state)
        return state

    return renamed


KINDS = ("state", "fact", "mark", "rank", "mail", "rule", "person")
"""The kinds of what may have changed, in the order in which they are told."""


@dataclass(frozen=True, slots=True)
class Changed:
    """Something that stood otherwise at each of two instants; None where there was none.

    `key` names it: the qualified name of an answer, `panel.criterion@institution` for a mark,
    `panel.figure` for a figure of a panel, the name of a mail, a file of the rules, a pseudonym.
    `ref` is the candidature, `name` what it is called, empty for what is about none.
    """

    kind: str
    ref: str
    name: str
    key: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class DiffSide:
    """One of the two instants: the last line by then, and the process in force."""

    at: datetime
    line: int
    process: Process


@dataclass(frozen=True, slots=True)
class Between:
    """The changes between two instants; `difference` is that of the rules, as `diff -u` has it."""

    before: DiffSide
    after: DiffSide
    changes: tuple[Changed, ...]
    difference: str


@dataclass(frozen=True, slots=True)
class _Snapshot:
    side: DiffSide
    cases: Mapping[str, Candidature]
    names: Mapping[str, str]
    mails: Mapping[str, Posted]
    people: Mapping[str, Person]

    @classmethod
    def of(cls, contest: ContestThen) -> _Snapshot:
        """A contest as it stood, as far as whoever looks may see it."""
        # Imported here: what writes letters takes long to load.
        from ptce_workflow.app.outbox.desk import messages

        with contest.looking() as tx:
            cases = sorted(map(tx.seen, tx.every_case()), key=lambda case: by_ref(case.ref))
            names = {case.ref: tx.name_of(case) or "" for case in cases}
            people = {one.pseudonym: one for one in tx.people()}
            side = DiffSide(tx.now, contest.last, tx.process)
        mails = {one.name: one for one in messages(contest, tuple(map(str, Stage)))}
        return cls(side, {case.ref: case for case in cases}, names, mails, people)


def between(contest: Contest, since: datetime, until: datetime) -> Between:
    """What changed between two instants, as far as whoever looks may see both.

    Raises: Misuse where the second is not after the first; see `then.at`.
    """
    if until <= since:
        mend = _("For example: {example}").format(
            example="ptce diff --from 11/03/2024 --to 12/03/2024"
        )
        raise Misuse(_("The second instant is not after the first."), mend=mend)
    with at(contest, since) as first, at(contest, until) as second:
        before, after = _Snapshot.of(first), _Snapshot.of(second)
        found = sorted(_changes(before, after), key=_place)
        rules = "".join(differing(before.side.process, after.side.process))
    return Between(before.side, after.side, tuple(found), rules)


def _place(one: Changed) -> tuple[int, tuple[int, str]]:
    return KINDS.index(one.kind), by_ref(one.ref) if one.ref else (0, "")


def _changes(before: _Snapshot, after: _Snapshot) -> Iterator[Changed]:
    for ref, case in after.cases.items():
        was = before.cases.get(ref)
        for kind, found in _of_case(case).items():
            had = {} if was is None else _of_case(was)[kind]
            for key, old, new in _differing(had, found):
                yield Changed(kind, ref, after.names[ref], key, old, new)
    mails = ({name: str(one.stage) for name, one in side.mails.items()} for side in (before, after))
    for key, old, new in _differing(*mails):
        mail = after.mails[key]
        yield Changed("mail", mail.ref, mail.label, key, old, new)
    rules = (side.side.process.files for side in (before, after))
    for key, old, new in _differing(*rules):
        yield Changed(
            "rule", "", "", key, *(None if one is None else len(one) for one in (old, new))
        )
    people = (
        {key: [*one.roles] if one.active else [] for key, one in side.people.items()}
        for side in (before, after)
    )
    for key, old, new in _differing(*people):
        named = after.people[key].private.get("name") or ""
        yield Changed("person", "", named, key, old, new)


def _of_case(case: Candidature) -> dict[str, dict[str, Any]]:
    """All that may change of a candidature, by kind and key."""
    marks = {
        f"{panel}.{criterion}@{institution}": mark
        for panel, given in case.scores.items()
        for institution, own in given.items()
        for criterion, mark in own.items()
    }
    ranks = {
        f"{panel}.{figure}": figures[figure]
        for panel, figures in case.panels.items()
        for figure in ("rank", "total")
        if figure in figures
    }
    private = {name: value for name, value in case.private.items() if "@" not in name}
    facts = {**case.facts, **private}
    return {"state": {"": case.state}, "fact": facts, "mark": marks, "rank": ranks}


def _differing(
    before: Mapping[str, Any], after: Mapping[str, Any]
) -> Iterator[tuple[str, Any, Any]]:
    """Each key whose value is another, in the order of those after, then of those that are gone."""
    for key in dict.fromkeys((*after, *before)):
        old, new = before.get(key), after.get(key)
        if old != new or (key in before) != (key in after):
            yield key, old, new
