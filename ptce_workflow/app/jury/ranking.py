"""The ranking of candidatures, and the cut that the rules make."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import product
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

from ptce_workflow.app.contest import Contest, Seen, context
from ptce_workflow.app.jury.deliberation import take_up
from ptce_workflow.app.jury.marks import panel_name
from ptce_workflow.app.transaction import Transaction
from ptce_workflow.base.notation import to_text
from ptce_workflow.base.runtime import nothing_to_collect
from ptce_workflow.ledger.events.base import UNSAID
from ptce_workflow.ledger.events.transition import unanswered
from ptce_workflow.ledger.sitting_rules import Notice, RepeatedMeeting, notice_of
from ptce_workflow.ledger.state import Meeting
from ptce_workflow.process.candidature import Candidature, RuleAnswer, by_ref
from ptce_workflow.process.model.sheets import Sitting
from ptce_workflow.process.panel import (
    RankPlace,
    counts,
    figures_of,
    finest_step,
    has_mean,
    order_keys,
    settled,
)
from ptce_workflow.process.process import Process


class Cut(Struct, frozen=True):
    """The line between those who get the first decision of a sitting and those who do not.

    `difference` is how far apart the figures lie by which the panel ranks first, in hundredths;
    `close` whether that is less than half a step of its scale. `at` is the instant at which the
    rules would cut so; None once it is decided. `per` names the fields by whose answers the rules
    count: the line then goes through those alone who gave the same answers as these two.
    """

    last_in: RankedCandidature
    first_out: RankedCandidature
    difference: int | None
    close: bool
    at: datetime | None
    per: tuple[str, ...] = ()

    @property
    def after(self) -> int:
        return self.last_in.rank + self.last_in.place.tied - 1

    @property
    def group(self) -> dict[str, Any]:
        return {name: self.last_in.case.facts.get(name) for name in self.per}


class Standing(Struct, frozen=True):
    """The ranking of a panel; `outcomes` is the state where each stands, or would be put, by id.

    `decided` is the state where the last sitting put each, wherever it went since; `proposed` the
    transition that the rules would have it take. Who left before a sitting is in neither.
    `torn` are the ties that a cut goes through, each with the transition that not all can have:
    those have no outcome yet, and where the first decision is cut so, there is no line.
    `closed` are those whose marks are kept from whoever looks: they have no place here, and while
    there are any, nothing is said of a cut. `unranked` are those whose marks come to no mean, or to
    none so far. `departs` tells that decisions do not follow the
    ranking: then there is no line either. They were made, or are those that the rules would make
    at the instant `at`.
    """

    process: Process
    panel: str
    ranked: tuple[RankedCandidature, ...]
    outcomes: Mapping[str, str]
    cuts: tuple[Cut, ...] = ()
    torn: tuple[tuple[str, tuple[Candidature, ...]], ...] = ()
    departs: bool = False
    at: datetime | None = None
    decided: Mapping[str, str] = {}
    proposed: Mapping[str, str] = {}
    closed: tuple[Candidature, ...] = ()
    unranked: tuple[Candidature, ...] = ()

    @property
    def cut(self) -> Cut | None:
        return next((cut for cut in self.cuts if not cut.per), None)

    @property
    def group_cuts(self) -> list[Cut]:
        return [cut for cut in self.cuts if cut.per]

    @property
    def frozen(self) -> bool:
        return all(one.frozen for one in self.ranked)

    @property
    def recorded(self) -> bool:
        return all(one.recorded for one in self.ranked)


def ranking(contest: Contest, panel: str | None = None) -> tuple[str, list[RankedCandidature]]:
    """The panel of that name, or the only one, and every candidature that it ranked so far."""
    with contest.looking() as tx:
        chosen = panel_name(tx.process.definition, panel)
        return chosen, rank(tx.process, chosen, _parted(tx, chosen)[0])


def standing(contest: Contest, panel: str | None = None, sitting: str | None = None) -> Standing:
    """The ranking of a panel, and the cut of its `sitting`, or the first. Raises: Misuse."""
    with contest.looking() as tx, nothing_to_collect():
        process = tx.process
        chosen = panel_name(process.definition, panel)
        shown, closed = _parted(tx, chosen)
        ranked = tuple(rank(process, chosen, shown))
        placed = {one.case.id for one in ranked}
        rest = (case for case in shown if chosen in case.scores and case.id not in placed)
        unranked = tuple(sorted(rest, key=lambda case: by_ref(case.ref)))
        meets = sitting_of(process, chosen, sitting)
        if meets is None or closed:
            return Standing(process, chosen, ranked, {}, closed=closed, unranked=unranked)
        sketch = _sketched(tx, *meets, [one.case for one in ranked if one.frozen])
        return replace(_standing(process, chosen, ranked, meets[1], sketch), unranked=unranked)


def _parted(tx: Transaction, panel: str) -> tuple[list[Candidature], tuple[Candidature, ...]]:
    """The candidatures whose marks whoever looks may see, and those marked whose are closed."""
    shown, closed = [], []
    for case in tx.every_case():
        seen = tx.seen(case)
        if panel not in seen.closed:
            shown.append(seen)
        elif panel in case.scores:
            closed.append(seen)
    return shown, tuple(sorted(closed, key=lambda case: by_ref(case.ref)))


def sitting_of(
    process: Process, panel: str, named: str | None = None
) -> tuple[str, Sitting] | None:
    """The sitting of a panel of that name, else the first; None when it never meets."""
    sittings = process.definition.config.sittings.items()
    own = (found for found in sittings if found[1].panel == panel)
    return next((found for found in own if named in (None, found[0])), None)


def _sketched(
    tx: Transaction, name: str, sitting: Sitting, ranked: Sequence[Candidature]
) -> RepeatedMeeting | None:
    """The sitting that rules would make now, or at the first date ahead that allows a decision.

    An instant that allows the first decision to anyone comes before any that does not; where none
    does, the next decision is looked at, and so on: a sitting that only declines decides, too.
    """
    before = {one.id for one in ranked if tx.process.is_before(sitting, one, tx.now)}
    if not before:
        return None
    # Looking needs no role; whether the rules would let the desk decide does.
    tx.actor = replace(tx.actor, roles=("desk",))
    ahead = sorted(at for at in tx.process.dates.fixed.values() if at > tx.now)
    definition = tx.process.definition
    notice = notice_of(Seen(tx), tx.process, name, supposed=to_text(tx.now))
    if notice is None or (notice.unreached and not notice.since):
        # In time, whatever the rules ask.
        notice = Notice(365, unreached=() if definition.calls(name) else None)
    unreached = None if notice.unreached is None else len(notice.unreached)
    own = tx.n, name, tx.sittings.call(name), tuple(definition.seats(sitting)), None, notice.days
    meeting = tx.sittings.meeting = Meeting(*own, unreached=unreached)
    for id_ in before:
        if tx.cases[id_].state in sitting.rectifies:
            take_up(tx, tx.cases[id_], name, UNSAID)
    ctx = context(tx)
    sketch = _Sketch.of(ctx, meeting, tx.cases.keys() - before)
    # The ranks are those of all dates: only the hour moves.
    for transition, at in product(sitting.decides, (tx.now, *ahead)):
        ctx.now = at
        if any(sketch.allows(case, transition) for case in sketch.cases.values()):
            sketch.decide(sketch=True)
            return sketch
    return None


class _Sketch(RepeatedMeeting):
    """A meeting as it would be.

    A decision on those in `silent`, by id, asks for answers that are given at the meeting alone:
    nothing is foretold of them.
    """

    silent: set[str] = field(default_factory=set)

    def attempt(self, case: Candidature, transition: str) -> bool:
        edge = self.ctx.process.edges(case.state).get(transition)
        outcome = self.judged(case, transition) if edge and unanswered(edge, case) else None
        if outcome and RuleAnswer.FAILS not in [one.answer for one in outcome.verdicts]:
            self.silent.add(case.id)
        return case.id not in self.silent and super().attempt(case, transition)


def _standing(
    process: Process,
    panel: str,
    ranked: tuple[RankedCandidature, ...],
    sitting: Sitting,
    sketch: RepeatedMeeting | None,
) -> Standing:
    made = {} if sketch is None else sketch.made
    torn = () if sketch is None else tuple(sketch.torn)
    open_ = {case.id for _transition, cases in torn for case in cases}
    decided = {
        one.case.id: state
        for one in ranked
        if one.frozen and (state := _put_by(process, sitting, one.case))
    }
    proposed, outcomes = {}, {}
    for one in ranked:
        edge = process.edges(one.case.state).get(made.get(one.case.id, ""))
        if edge is not None and one.case.id not in open_:
            outcomes[one.case.id], proposed[one.case.id] = edge.to, edge.name
        elif one.frozen and one.case.state not in sitting.in_:
            outcomes[one.case.id] = one.case.state
    first = targets(process, sitting, sitting.decides[:1])
    let_in = {id_: state in first for id_, state in decided.items()}
    let_in |= {id_: name == sitting.decides[0] for id_, name in made.items()}
    at = sketch.ctx.now if sketch and not let_in.keys().isdisjoint(made) else None
    split = {case.id for name, cases in torn if name == sitting.decides[0] for case in cases}
    per = counted_apart(process, sitting)
    cuts, departs = [], False
    for group in _groups([one for one in ranked if one.case.id in let_in], per):
        first_out = next((n for n, one in enumerate(group) if not let_in[one.case.id]), None)
        if first_out is None:
            continue
        if any(let_in[one.case.id] for one in group[first_out:]):
            departs = True
        elif first_out and split.isdisjoint(one.case.id for one in group):
            cuts.append(_cut(process, panel, group[first_out - 1], group[first_out], at, per))
    return Standing(
        process, panel, ranked, outcomes, tuple(cuts), torn, departs, at, decided, proposed
    )


def counted_apart(process: Process, sitting: Sitting) -> tuple[str, ...]:
    """The fields by whose answers the rules of the first decision count, as places by group do."""
    totals, first = process.totals, sitting.decides[0]
    edges = [edge for state in sitting.in_ if (edge := process.edges(state).get(first)) is not None]
    read = {name for edge in edges for name in process.judge_of(edge).totals_read}
    return tuple(sorted({per for name in read if (per := totals[name].per) is not None}))


def _groups(
    ranked: Sequence[RankedCandidature], per: Sequence[str]
) -> Iterable[list[RankedCandidature]]:
    """Those who gave the same answers to some fields, each group in rank order."""
    groups: dict[tuple[str, ...], list[RankedCandidature]] = {}
    for one in ranked:
        answers = tuple(str(one.case.facts.get(name, "")) for name in per)
        groups.setdefault(answers, []).append(one)
    return groups.values()


def targets(process: Process, sitting: Sitting, decides: Iterable[str]) -> set[str]:
    edges = [process.edges(state) for state in sitting.in_]
    return {by_name[name].to for name in decides for by_name in edges if name in by_name}


def _put_by(process: Process, sitting: Sitting, case: Candidature) -> str | None:
    """The state where the last sitting put a candidature; None where none decided on it.

    It is the first of those that decisions lead to which it entered after it last stood before
    the sitting: where it went from there, it went by itself or by the desk.
    """
    if case.state in sitting.in_:
        return None
    before = [case.entered[state] for state in sitting.in_ if state in case.entered]
    if not before:
        return None
    since = [
        (case.entered[state], state)
        for state in targets(process, sitting, sitting.decides)
        if state in case.entered and case.entered[state] >= max(before)
    ]
    return min(since)[1] if since else None


def _cut(
    process: Process,
    panel: str,
    last_in: RankedCandidature,
    first_out: RankedCandidature,
    at: datetime | None,
    per: tuple[str, ...],
) -> Cut:
    sheet = process.definition.sheets[panel]
    key, _ascending = order_keys(sheet)[0]
    difference = None
    if not counts(key) and key in last_in.figures and key in first_out.figures:
        difference = abs(last_in.figures[key] - first_out.figures[key])
    close = difference is not None and 2 * difference < finest_step(sheet)
    return Cut(last_in, first_out, difference, close, at, per)


class CutWithout(Struct, frozen=True):
    """Whom the cut lets in, leaves out, and goes through, without the marks of an institution.

    Those it `lets_in` were left out, those it `leaves_out` were let in; those who are `even` share
    a rank at the cut.
    """

    institution: str
    lets_in: tuple[str, ...]
    leaves_out: tuple[str, ...]
    even: tuple[str, ...]


def without_each(standing: Standing) -> Iterator[CutWithout]:
    """The cut after as many, by the marks of all but one institution; no rule is asked."""
    if (cut := standing.cut) is None:
        return
    process, panel = standing.process, standing.panel
    judged = {*standing.decided, *standing.proposed}
    pool = [one for one in standing.ranked if one.case.id in judged]
    before = {one.case.ref for one in pool if one.rank <= cut.last_in.rank}
    sheet = process.definition.sheets[panel]
    for member in sheet.members:
        figures = {}
        for one in pool:
            scores = one.case.scores[panel].items()
            given = {name: marks for name, marks in scores if name != member}
            case = one.case.but(scores={**one.case.scores, panel: given})
            figures[case.ref] = figures_of(panel, sheet, case)
        entries = {ref: figure for ref, figure in figures.items() if has_mean(sheet, figure)}
        again = {place.entry: place for place in settled(sheet, entries, {})}
        reached = {ref for ref, place in again.items() if place.rank <= len(before)}
        even = {ref for ref in reached if again[ref].rank + again[ref].tied - 1 > len(before)}
        parts = reached - even - before, before - reached, even
        yield CutWithout(member, *(tuple(sorted(refs, key=by_ref)) for refs in parts))


class RankedCandidature(Struct, frozen=True):
    """A candidature's place, its figures (hundredths and counts), and where it stands.

    `frozen` tells whether the figures are recorded for good, or follow from the marks so far;
    `recorded` whether a sitting has recorded the rank, or it moves with the figures.
    """

    place: RankPlace
    case: Candidature
    figures: Mapping[str, int]
    frozen: bool
    recorded: bool = False

    @property
    def rank(self) -> int:
        return self.place.rank


def rank(process: Process, name: str, cases: Iterable[Candidature]) -> list[RankedCandidature]:
    sheet = process.definition.sheets[name]
    by_id = {case.id: case for case in cases if name in case.scores}
    frozen = {id_ for id_, case in by_id.items() if process.is_closed(name, case)}
    figures = {
        id_: case.panels[name] if id_ in frozen else figures_of(name, sheet, case)
        for id_, case in by_id.items()
    }
    entries = {id_: figure for id_, figure in figures.items() if has_mean(sheet, figure)}
    ranked = [
        RankedCandidature(place, by_id[id_], figures[id_], id_ in frozen, "rank" in entries[id_])
        for place in settled(sheet, entries, {})
        for id_ in [place.entry]
    ]
    return sorted(ranked, key=lambda one: (one.rank, by_ref(one.case.ref)))
