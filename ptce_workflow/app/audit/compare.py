"""Decisions judged again: by their own process, by another one, and between two dates."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from ptce_workflow.app.adopt import UNFIT, differing, moved
from ptce_workflow.app.as_of import ContestThen, Moment, at
from ptce_workflow.app.audit.verify import examine_ledger
from ptce_workflow.app.candidatures.history import HistoryEntry, entries_between, lines_of, steps
from ptce_workflow.app.contest import Contest
from ptce_workflow.app.create import with_settings
from ptce_workflow.app.locations import read_folder
from ptce_workflow.app.outbox.desk import messages
from ptce_workflow.app.refusals import UNREADABLE, damaged_line
from ptce_workflow.app.transaction import Transaction
from ptce_workflow.base.errors import Misuse, PtceError
from ptce_workflow.base.notation import from_text
from ptce_workflow.base.runtime import nothing_to_collect
from ptce_workflow.base.words import N_, _, language, short_instant
from ptce_workflow.ledger.events import clauses, panel, sitting
from ptce_workflow.ledger.events.base import Context, Entry, Event
from ptce_workflow.ledger.events.contest import ProcessAdopted, homeless, misfits
from ptce_workflow.ledger.events.erasure import PersonalDataErased
from ptce_workflow.ledger.events.facts import FactsRecorded, SheetReceived
from ptce_workflow.ledger.events.transition import (
    Asked,
    CandidatureOpened,
    Judged,
    TransitionMade,
    TransitionRefused,
    attempt,
    opening,
)
from ptce_workflow.ledger.examine import Examiner, Fault, LineOf, ProcessOf
from ptce_workflow.ledger.what_if import Divergence, JudgedRanking, Judgement, Reassessment, Renamed
from ptce_workflow.process.candidature import Candidature, by_ref
from ptce_workflow.process.check import sound
from ptce_workflow.process.explain import ExplainedRule, General, explain_rules, ground_of
from ptce_workflow.process.letters.message import Stage
from ptce_workflow.process.model.folder import in_other_words
from ptce_workflow.process.process import Process, name_of
from ptce_workflow.process.visibility import SEES_ALL, readable

DECISIONS: tuple[type[Event], ...] = (
    *(CandidatureOpened, TransitionMade, TransitionRefused, panel.RankRecorded),
    *(sitting.SittingOpened, sitting.VoteTaken, sitting.DeviationDecided, sitting.SittingClosed),
)
"""The kinds of lines that decide something, or that a decision rests on."""


class RuleDiffering(Struct, frozen=True):
    """A rule that answers otherwise than its line says: what it says and on what it rests."""

    rule: str
    says: str
    ground: str
    recorded: str
    found: str


class Differing(Struct, frozen=True):
    """A decision that is not what the process of its line gives: why, and through which rules.

    `ref` is the candidature, or "" for a decision about several; so is `transition`.
    """

    line: int
    type: str
    ref: str
    transition: str
    faults: tuple[Fault, ...]
    rules: tuple[RuleDiffering, ...] = ()


class Recheck(Struct, frozen=True):
    """How many decisions were judged again, by kind, and those that differ.

    `others` is how many faults the ledger has besides, of which `verify` tells.
    """

    lines: int
    judged: Mapping[str, int]
    differing: tuple[Differing, ...]
    others: int

    @property
    def holds(self) -> bool:
        return not self.differing and not self.others


class _Rejudging(Examiner):
    def __init__(self, process_of: ProcessOf, line_of: LineOf) -> None:
        super().__init__(process_of, line_of)
        self.judged: Counter[str] = Counter()
        self.differing: list[Differing] = []

    def _judge(self, ctx: Context, line: Entry[Any], before: Candidature | None) -> None:
        earlier = len(self.faults)
        super()._judge(ctx, line, before)
        if not isinstance(line.data, DECISIONS):
            return
        self.judged[line.type] += 1
        if faults := tuple(one for one in self.faults[earlier:] if one.line == line.n):
            ref = getattr(line.data, "ref", "") if before is None else before.ref
            transition = getattr(line.data, "transition", "") or ""
            rules: tuple[RuleDiffering, ...] = ()
            # Of a line that says what makes no sense, its faults tell enough.
            with suppress(*UNREADABLE, PtceError):
                rules = tuple(_rules(ctx, line.data))
            self.differing.append(Differing(line.n, line.type, ref, transition, faults, rules))


def recheck(contest: Contest) -> Recheck:
    """Judges every decision again under the process of its line, without marks or figures."""
    with contest.looking(counts=True) as tx, nothing_to_collect():
        examiner = examine_ledger(contest, tx.unit, _Rejudging, _("Judging every decision again"))
        of_decisions = {fault for one in examiner.differing for fault in one.faults}
        others = len({*examiner.faults} - of_decisions)
        return Recheck(examiner.n, dict(examiner.judged), tuple(examiner.differing), others)


def _rules(ctx: Context, data: Event) -> Iterator[RuleDiffering]:
    today: Judged | None = None
    if isinstance(data, CandidatureOpened):
        today = opening(ctx, data.blank(ctx), data.transition)
    elif isinstance(data, Asked):
        today = attempt(ctx, ctx.case, data.key)
    if today is None or not isinstance(data, Judged):
        return
    edge = ctx.process.edges(data.holder).get(data.transition)
    if edge is None:
        return
    teller = General(ctx.process, language())
    for name in dict.fromkeys((*data.verdicts, *today.verdicts)):
        recorded, found = data.verdicts.get(name, ""), today.verdicts.get(name, "")
        rule = edge.rules.get(name)
        if recorded != found:
            says = name if rule is None else teller.sentence(rule)
            ground = "" if rule is None else ground_of(rule)
            yield RuleDiffering(name, says, ground, recorded, found)


class RuleTurned(Struct, frozen=True):
    """A rule that answers otherwise, as recorded and by the other folder; None: it is not asked."""

    rule: str
    recorded: ExplainedRule | None
    other: ExplainedRule | None


class TurnView(Struct, frozen=True):
    """A turn with the rules on which it turns, and what else stands in the way.

    `process` is that of its day; of each breach, the sentence of the law and what shows it. `today`
    is by how much each total changes as of the last line, `turn.totals` by the act alone.
    """

    turn: Divergence
    process: Process
    name: str
    rules: tuple[RuleTurned, ...]
    violations: tuple[tuple[str, str], ...]
    today: Mapping[str, int] = {}


class TotalMoved(Struct, frozen=True):
    """By how much each candidature changes a total: by its act, and as of the last line."""

    total: str
    acts: Mapping[str, int]
    today: Mapping[str, int]


class WhatIf(Struct, frozen=True):
    """What another folder would have decided: by candidature, the first act that turns.

    `acts` is how many were judged again, `processes` how many were in force one after the other;
    `ranks` are those of which the rank or the mean is another one.
    """

    before: Process
    after: Process
    at: datetime
    lines: int
    acts: int
    candidatures: int
    processes: int
    turns: tuple[TurnView, ...]
    ranks: tuple[JudgedRanking, ...]

    @property
    def same(self) -> bool:
        return self.before.hash == self.after.hash

    @property
    def totals(self) -> tuple[TotalMoved, ...]:
        found = []
        for name in self.after.totals:
            turned = [(one.turn.case.ref, one.turn.totals, one.today) for one in self.turns]
            acts = {ref: totals[name] for ref, totals, _today in turned if totals.get(name)}
            today = {ref: totals[name] for ref, _acts, totals in turned if totals.get(name)}
            if acts or today:
                found.append(TotalMoved(name, acts, today))
        return tuple(found)


def what_if(
    contest: Contest, folder: Path | None, settings: Mapping[str, str] = MappingProxyType({})
) -> WhatIf:
    """Judges every act by a folder, or by the rules in force. Raises: FolderFaults, PtceError."""
    with contest.looking() as tx, nothing_to_collect():
        if SEES_ALL.isdisjoint(tx.actor.roles):
            what = _("Only the desk and the auditors see what other rules would have decided.")
            raise PtceError(what, _("It tells the marks and the ranks of every candidature."))
        files = tx.process.files if folder is None else read_folder(folder)
        after = sound(with_settings(files, settings))
        folder = folder or contest.folder
        before, last = tx.process, tx.unit.contest(contest.id).head_n
        ids = [one.definition.config.contest.id for one in (before, after)]
        if ids[0] != ids[1]:
            what = _('{folder} is the folder of another contest: "{name}".')
            why = _("Acts are judged again by a folder of the same contest.")
            raise Misuse(what.format(folder=folder, name=ids[1]), why, _(_CHANGE_A_COPY))
        if before.language != after.language:
            what = _('{folder} is written in another language: "{name}".')
            why = _("Its words would not be those that were read.")
            mend = _("Put contest.language back: {name}").format(name=before.language)
            raise Misuse(what.format(folder=folder, name=after.language), why, mend)
        adoptions = _check_fits(tx, before, after)
        judging = Reassessment(after, tx.process_of, _renamed(adoptions))
        ranks: dict[tuple[str, str], JudgedRanking] = {}
        turns: list[TurnView] = []
        for found in _reassessed(contest, tx, judging, last):
            if isinstance(found, Divergence):
                turns.append(_turn(tx, found, after))
            elif found.panel not in (case := readable(before, found.case, tx.actor.roles)).closed:
                ranks[found.panel, case.ref] = replace(found, case=case)
        turns = [replace(one, today=judging.today(one.turn.case.id)) for one in turns]
        keys = ("rank", "total")
        moves = (
            one
            for one in ranks.values()
            if any(one.recorded.get(k) != one.other.get(k) for k in keys)
        )
        return WhatIf(
            *(before, after, contest.clock.now(), last, judging.acts),
            len(judging.world.state.cases),
            1 + len(adoptions),
            tuple(sorted(turns, key=lambda one: by_ref(one.turn.case.ref))),
            tuple(sorted(moves, key=lambda one: (one.panel, by_ref(one.case.ref)))),
        )


class AdoptionReview(Struct, frozen=True):
    """An adoption: the rules before, in force from line `since` on, and after its `line`.

    `decided` is how many decisions the rules before had judged; `turns` the acts that those after
    would have judged otherwise, None where they cannot judge them.
    """

    line: int
    at: datetime
    since: int
    before: Process
    after: Process
    decided: int
    turns: tuple[TurnView, ...] | None

    @property
    def difference(self) -> str:
        return "".join(differing(self.before, self.after))

    @property
    def dates(self) -> tuple[str, ...]:
        return tuple(map(str, moved(self.before, self.after)))

    @property
    def words_alone(self) -> bool:
        return in_other_words(self.before.definition, self.after.definition)


def adoptions(contest: Contest) -> tuple[AdoptionReview, ...]:
    """Every adoption, with what it judges otherwise of the acts before it. Raises: PtceError."""
    with contest.looking() as tx, nothing_to_collect():
        adopted = [line for line, _content in lines_of(tx.unit, tx.contest, (ProcessAdopted,))]
        if not adopted:
            return ()
        judged = [line.n for line, _content in lines_of(tx.unit, tx.contest, DECISIONS)]
        found, since = [], 1
        for line in adopted:
            before, after = (tx.process_of(hash_) for hash_ in (line.data.from_, line.data.to))
            turns: tuple[TurnView, ...] | None = ()
            if not in_other_words(before.definition, after.definition):
                renamed = [(one.n, one.data.states) for one in adopted if one.n <= line.n]
                judging = Reassessment(after, tx.process_of, _renamed(renamed))
                # Rules that cannot judge the acts before tell nothing of them.
                turns = None
                with suppress(PtceError):
                    every = list(_reassessed(contest, tx, judging, line.n - 1))
                    turned = (_turn(tx, one, after) for one in every if isinstance(one, Divergence))
                    turns = tuple(sorted(turned, key=lambda one: by_ref(one.turn.case.ref)))
            decided = sum(since <= n < line.n for n in judged)
            at = from_text(line.at)
            found.append(AdoptionReview(line.n, at, since, before, after, decided, turns))
            since = line.n
        return tuple(found)


def _reassessed(
    contest: Contest, tx: Transaction, judging: Reassessment, last: int
) -> Iterator[Divergence | JudgedRanking]:
    """What turns, line after line. Raises: PtceError for a line that does not follow."""
    label = _("Judging every act again")
    n, state = 0, judging.world.state
    try:
        for step in steps(tx, last, contest.watch, state, label):
            n = step.line.n
            yield from judging.take(step.line, step.sides)
            step.is_taken = True
        yield from judging.finish()
    except UNREADABLE as error:
        raise damaged_line(n, error) from error


def _turn(tx: Transaction, turn: Divergence, other: Process) -> TurnView:
    """A turn in words, in the language in force, as far as whoever looks may read."""
    process = tx.process if turn.recorded is None else turn.recorded.process
    name = name_of(process, readable(process, turn.case, tx.actor.roles))
    violations = tuple(
        (_(violation.clause.says), _evidence(violation.why, other)) for violation in turn.violations
    )
    then, now = _explained(tx, turn.recorded), _explained(tx, turn.other)
    rules = []
    for rule in dict.fromkeys((*then, *now)):
        was, would = then.get(rule), now.get(rule)
        if (was and was.answer) != (would and would.answer):
            rules.append(RuleTurned(rule, was, would))
    return TurnView(turn, process, name, tuple(rules), violations)


def _evidence(why: str, other: Process) -> str:
    """What shows a breach; an instant in the zone of the contest."""
    try:
        return short_instant(from_text(why), other.zone, language())
    except ValueError:
        return why


def _explained(tx: Transaction, judged: Judgement | None) -> dict[str, ExplainedRule]:
    if judged is None:
        return {}
    process, case = judged.process, readable(judged.process, judged.case, tx.actor.roles)
    rules = explain_rules(process, judged.edge, judged.verdicts, case, judged.moment)
    return {rule.id: rule for rule in rules}


# What cannot be judged.

_CHANGE_A_COPY = N_("Copy the folder of the contest, and change a rule in the copy.")


def _check_fits(
    tx: Transaction, before: Process, after: Process
) -> list[tuple[int, Mapping[str, str]]]:
    """The adoptions, by line, with the states that each has renamed. Raises: PtceError."""
    adoptions, met = [], set()
    for line, _content in lines_of(tx.unit, tx.contest, (ProcessAdopted, sitting.SittingOpened)):
        if isinstance(line.data, sitting.SittingOpened):
            met.add(line.data.sitting)
        else:
            adoptions.append((line.n, line.data.states))
    problems = list(_unfit(before, after, list(tx.every_case())))
    for name in sorted(met - after.definition.config.sittings.keys()):
        problems.append(_('The sitting "{name}" is gone, and it has met.').format(name=name))
    if problems:
        what = _("The folder lacks what is recorded: no act can be judged again by it.")
        raise PtceError(what, "\n".join(problems), _(_CHANGE_A_COPY))
    return adoptions


def _unfit(before: Process, after: Process, cases: Sequence[Candidature]) -> Iterator[str]:
    """What of the candidatures another process does not hold, each as a sentence."""
    for name, refs in homeless(after, cases).items():
        yield _(UNFIT[clauses.HOMELESS]).format(state=name, refs=", ".join(refs))
    for name in before.definition.requests:
        refs_asked = ", ".join(case.ref for case in cases if name in case.received)
        if refs_asked and name not in after.definition.requests:
            text = _('The request "{request}" is gone, and was made: {refs}.')
            yield text.format(request=name, refs=refs_asked)
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


def _renamed(adoptions: Sequence[tuple[int, Mapping[str, str]]]) -> Renamed:
    def renamed(n: int, state: str) -> str:
        for line, states in adoptions:
            if line > n:
                state = states.get(state, state)
        return state

    return renamed


KINDS = ("state", "fact", "mark", "rank", "mail", "rule", "person")
"""The kinds of what may have changed, in the order in which they are told."""


class Changed(Struct, frozen=True):
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


class DiffSide(Struct, frozen=True):
    """One of the two instants: the last line by then, and the process in force."""

    at: datetime
    line: int
    process: Process


class ActBetween(Struct, frozen=True):
    """A line that is told itself: a sitting, a vote, a recusal, a declaration of links."""

    entry: HistoryEntry
    case: Candidature | None

    @property
    def ref(self) -> str:
        return "" if self.case is None else self.case.ref


class Between(Struct, frozen=True):
    """The changes between two instants; `difference` is that of the rules, as `diff -u` has it.

    `acts` are lines that are told one by one, `hidden` counts what neither tells: refusals, and
    what was changed on the way, or back. `cases` are the candidatures by id, as of the second.
    """

    before: DiffSide
    after: DiffSide
    changes: tuple[Changed, ...]
    difference: str
    acts: tuple[ActBetween, ...]
    hidden: Mapping[str, int]
    cases: Mapping[str, Candidature]


Key = tuple[str, str, str]
"""What may have changed: its kind, the candidature, and which of that kind; see `Changed`."""


class _Snapshot(Struct, frozen=True):
    """A contest as it stood, as far as whoever looks may see it.

    `names` are those of candidatures by reference, of people and of mails by their own key.
    """

    side: DiffSide
    values: dict[Key, Any] = {}
    names: dict[str, str] = {}

    @classmethod
    def of(cls, contest: ContestThen) -> _Snapshot:
        with contest.looking() as tx:
            found = cls(DiffSide(tx.now, contest.last, tx.process))
            for case in sorted(map(tx.seen, tx.every_case()), key=lambda case: by_ref(case.ref)):
                found.names[case.ref] = tx.name_of(case) or ""
                for kind, key, value in _of_case(case):
                    found.values[kind, case.ref, key] = value
            for person in tx.people():
                found.names[person.pseudonym] = person.private.get("name") or ""
                roles = [*person.roles] if person.active else []
                found.values["person", "", person.pseudonym] = roles
            for file, content in tx.process.files.items():
                found.values["rule", "", file] = content
        for mail in messages(contest, tuple(map(str, Stage))):
            found.names[mail.name] = mail.label
            found.values["mail", mail.ref, mail.name] = str(mail.stage)
        return found


def _of_case(case: Candidature) -> Iterator[tuple[str, str, Any]]:
    yield "state", "", case.state
    private = {name: value for name, value in case.private.items() if "@" not in name}
    for name, value in {**case.facts, **private}.items():
        yield "fact", name, value
    for sheet, given in case.scores.items():
        for institution, own in given.items():
            for criterion, mark in own.items():
                yield "mark", f"{sheet}.{criterion}@{institution}", mark
    for sheet, figures in case.panels.items():
        for figure in ("rank", "total"):
            if figure in figures:
                yield "rank", f"{sheet}.{figure}", figures[figure]


def between(contest: Contest, since: Moment, until: Moment) -> Between:
    """What changed between two moments, as far as whoever looks may see both. Raises: Misuse."""
    same = until.at == since.at and until.line <= since.line
    if until.at < since.at or same:
        example, mend = "ptce diff --from 11/03/2024 --to 12/03/2024", _("For example: {example}")
        what = _("The second instant is not after the first.")
        raise Misuse(what, mend=mend.format(example=example))
    with at(contest, *since) as first, at(contest, *until) as second:
        before, after = _Snapshot.of(first), _Snapshot.of(second)
        rules = "".join(differing(before.side.process, after.side.process))
        order = {kind: place for place, kind in enumerate(KINDS)}
        changes = list(_changes(before, after))
        changes.sort(key=lambda one: (order[one.kind], by_ref(one.ref) if one.ref else (0, "")))
        with second.looking() as tx:
            lines = list(entries_between(tx, first.last, second.last))
            cases = {case.id: case for case in map(tx.seen, tx.every_case())}
    acts = tuple(
        ActBetween(entry, case)
        for entry, case in lines
        if isinstance(event := entry.line.data, _ACTS) and getattr(event, "links", True)
    )
    hidden = _hidden(lines, changes)
    return Between(before.side, after.side, tuple(changes), rules, acts, hidden, cases)


_ACTS = (
    *(sitting.SittingConvened, sitting.ConvocationRecorded, sitting.SittingOpened),
    *(sitting.SittingClosed, sitting.VoteTaken, sitting.DeviationDecided, panel.LinksCleared),
    *(panel.InstitutionRecused, panel.RecusalLifted, panel.SteppedAside, panel.LinksDeclared),
)
"""The kinds of lines that are told one by one; of declarations those that name links."""


def _hidden(
    lines: Sequence[tuple[HistoryEntry, Candidature | None]], changes: Sequence[Changed]
) -> dict[str, int]:
    """Of some lines what is told neither by the net changes nor as an act, by kind."""
    written, hidden = Counter[Key](), Counter[str]()
    for entry, case in lines:
        ref = "" if case is None else case.ref
        match entry.line.data:
            case TransitionRefused():
                hidden["refusal"] += 1
            case panel.LinksDeclared(links=False):
                hidden["no_link"] += 1
            case SheetReceived():
                hidden["arrival"] += 1
            case PersonalDataErased():
                hidden["erasure"] += 1
            case CandidatureOpened() | TransitionMade():
                written["state", ref, ""] += 1
            case FactsRecorded(names=names):
                written.update(("fact", ref, name) for name in names)
            case panel.ScoresGiven(sheet=sheet, institution=institution, scores=scores):
                written.update(("mark", ref, f"{sheet}.{one}@{institution}") for one in scores)
    shown = {(one.kind, one.ref, one.key) for one in changes}
    for key, times in written.items():
        hidden[key[0]] += times - (key in shown)
    return dict(+hidden)


def _changes(before: _Snapshot, after: _Snapshot) -> Iterator[Changed]:
    for key in dict.fromkeys((*after.values, *before.values)):
        old, new = before.values.get(key), after.values.get(key)
        if old == new and (key in before.values) == (key in after.values):
            continue
        kind, ref, name = key
        if kind == "rule":
            old, new = (None if one is None else len(one) for one in (old, new))
        called = after.names.get(name if kind in ("mail", "person") else ref, "")
        yield Changed(kind, ref, called, name, old, new)
