"""A sitting replayed from the ledger: its notice, ranking, votes and rules.

Each decision of a meeting may be allowed by itself, and the meeting still be forged: the rules
make the cut only if they are asked in rank order.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Self

from msgspec import UNSET, Struct, UnsetType

from ptce_workflow.base.notation import from_text
from ptce_workflow.ledger.events import clauses
from ptce_workflow.ledger.events.base import RANKING, Context, Past, Violation
from ptce_workflow.ledger.state import (
    Key,
    Meeting,
    difference,
    has_slip,
    places,
    sitting_figures,
    takes_up,
    totals_for,
    voted_on,
)
from ptce_workflow.process.calendar import days_until
from ptce_workflow.process.candidature import Candidature, RuleAnswer, RuleContext
from ptce_workflow.process.letters.message import PENDING, Stage
from ptce_workflow.process.model.sheets import Sitting
from ptce_workflow.process.panel import RankPlace, by_rank, cut, with_rank
from ptce_workflow.process.process import Edge, Outcome, Process

Refusal = tuple[str, Edge, Mapping[str, str]]
"""A decision that rules stood in the way of: on which candidature, which, the answers of all."""

_MEMORY = "conduct"
_QUORUM = {"sitting.present", "sitting.members"}
_VOICES = {"sitting.ayes", "sitting.noes", "sitting.carried"}


class Conduct(Struct):
    """The state of a meeting that the law keeps from one of its lines to the next.

    `plain` are the decisions that the ranking alone would give, `foreseen` those that the votes and
    the ranking give, in their order; `made` is how many were made, `ranked` whether a rank was
    recorded. Once a meeting went `astray` nothing more is foreseen of it. `departed` are those of
    whom a line says that a vote decided, `refused` the decisions that rules stood in the way of.
    """

    plain: Mapping[str, str] | None = None
    foreseen: list[tuple[str, str]] | None = None
    made: int = 0
    ranked: bool = False
    astray: bool = False
    departed: set[str] = set()
    refused: list[Refusal] = []


def opened(ctx: Context, sitting: Sitting) -> Iterator[Violation]:
    """Tells of those that a meeting is to decide on and that are not ranked, nor about to be."""
    ctx.memory[_MEMORY] = conduct = Conduct()
    name, cases = sitting.panel, _before(ctx, sitting).values()
    if sitting.rectifies and not has_slip(ctx.process, ctx.before.sittings, name, cases):
        yield clauses.NO_SLIP(name)
    lacking = [case.ref for case in cases if not ctx.process.is_ranked(name, case)]
    if lacking:
        conduct.astray = True
        yield clauses.NO_RANK(", ".join(lacking))


def ranked(ctx: Context) -> Iterator[Violation]:
    """Tells of a rank that is recorded once something was decided."""
    under_way = _under_way(ctx)
    if under_way is not None:
        under_way[0].ranked = True
        if under_way[0].made:
            yield clauses.LATE_RANK()


def voted(
    ctx: Context, ids: Sequence[str], transition: str | None, *, order: bool
) -> Iterator[Violation]:
    """Tells of a vote taken too late, or on what was not before the meeting."""
    under_way = _under_way(ctx)
    if under_way is None:
        return
    conduct, sitting, meeting = under_way
    before = _before(ctx, sitting)
    if conduct.plain is None and not conduct.astray:
        conduct.plain = held_again(ctx, meeting, sketch=True).made
    if conduct.made:
        yield clauses.LATE_VOTE()
    if not ids or not before.keys() >= {*ids}:
        yield clauses.NOT_BEFORE_IT("order" if order else "deviation")
    elif not conduct.astray:
        yield from _on_what(ctx, meeting, before, ids, None if order else transition or "")


def _on_what(
    ctx: Context,
    meeting: Meeting,
    before: Mapping[str, Candidature],
    ids: Sequence[str],
    transition: str | None,
) -> Iterator[Violation]:
    """Tells of a vote that is neither on one decision (`transition`) nor on a whole tie, once."""
    sitting = ctx.process.definition.config.sittings[meeting.name]
    refs = ", ".join(before[id_].ref for id_ in ids)
    taken = meeting.votes.keys()
    if transition is None:
        taken = meeting.orders.keys()
        standing = placed(ctx, sitting.panel, meeting)
        sharing = [id_ for id_ in before if standing[id_].rank == standing[ids[0]].rank]
        if sorted(sharing) != sorted(ids) or len(ids) < 2:
            yield clauses.WHOLE_TIE(refs)
    elif len(ids) != 1 or transition not in sitting.decides:
        yield clauses.NOT_ITS_OWN(f"{refs} {transition}")
    if taken & {*ids}:
        yield clauses.VOTED_TWICE(refs)


def deviated(ctx: Context, instead: str | None) -> Iterator[Violation]:
    """Tells of a departure from what the ranking would not have given."""
    under_way = _under_way(ctx)
    if under_way is not None:
        conduct, id_ = under_way[0], ctx.case_id or ""
        conduct.departed.add(id_)
        given = (conduct.plain or {}).get(id_)
        if instead != given and not conduct.astray:
            yield clauses.INSTEAD(f"{given or '–'} ≠ {instead or '–'}")


def moved(ctx: Context, transition: str) -> Iterator[Violation]:
    """Tells of a decision that is not the next one of the meeting held once more."""
    under_way = _under_way(ctx)
    if under_way is None or under_way[0].astray:
        return
    conduct, sitting, meeting = under_way
    if takes_up(ctx.process, meeting, ctx.case.state, transition):
        if conduct.made or conduct.ranked or conduct.plain is not None:
            yield clauses.TAKEN_UP_LATE(ctx.case.ref)
        return
    if conduct.foreseen is None:
        before = _before(ctx, sitting).values()
        if left := [case.ref for case in before if case.state in sitting.rectifies]:
            yield clauses.NOT_TAKEN_UP(", ".join(left))
        cases = {case.id: case for case in ctx.before.every_case()}
        votes = meeting.orders
        lacking = [
            cases[id_].ref
            for id_ in placed(ctx, sitting.panel, meeting)
            if "rank" not in cases[id_].panels[sitting.panel]
            or votes.get(id_, vote := cases[id_].panels[sitting.panel].get("vote")) != vote
        ]
        if lacking:
            yield clauses.NOT_ALL_RANKED(", ".join(lacking))
        carried = {id_ for id_, vote in meeting.votes.items() if vote.carried}
        for id_ in sorted(carried - conduct.departed):
            yield clauses.NOT_DEPARTED(_named(ctx, id_, meeting.votes[id_].transition))
        again = held_again(ctx, meeting)
        whole = again.is_whole and not again.torn
        # A meeting that could not decide on everyone decides on nobody.
        conduct.foreseen = list(again.made.items()) if whole else []
    ahead = conduct.foreseen[conduct.made :]
    conduct.made += 1
    if not ahead or (ctx.case_id, transition) != ahead[0]:
        conduct.astray = True
        expected = _named(ctx, *ahead[0]) if ahead else "–"
        yield clauses.ASTRAY(f"{_named(ctx, ctx.case_id, transition)} ≠ {expected}")


def refused(ctx: Context, edge: Edge, verdicts: Mapping[str, str]) -> None:
    under_way = _under_way(ctx)
    if under_way is not None:
        under_way[0].refused.append((ctx.case_id or "", edge, verdicts))


def is_call(process: Process, sitting: str, refusals: Iterable[Refusal]) -> bool:
    """Tells whether the meeting after one in vain is another call.

    It is after one that was duly called and lacked its quorum alone, for each candidature that it
    could not decide on; always in a folder without a mail that calls it. A rule that reads how many
    are there, and no voice, asks for a quorum.
    """
    alone: dict[str, bool] = {}
    for id_, edge, verdicts in refusals if process.definition.calls(sitting) else ():
        reads = {one.rule: {*one.used} for one in process.judge_of(edge, sitting).questions}
        failing = [
            reads.get(rule, set()) for rule, one in verdicts.items() if one != RuleAnswer.HOLDS
        ]
        if any(read & {"sitting.notice", "sitting.unreached"} for read in failing):
            return False
        quorum = all(read & _QUORUM and not read & _VOICES for read in failing)
        alone[id_] = alone.get(id_, False) or quorum
    return all(alone.values())


def closed(ctx: Context, next_call: bool | UnsetType) -> Iterator[Violation]:
    """Tells of a meeting that left something undecided, or was in vain for nothing."""
    under_way = _under_way(ctx)
    if under_way is None or under_way[0].astray:
        return
    conduct, sitting, meeting = under_way
    if conduct.ranked and not conduct.made:
        yield clauses.RANKED_IN_VAIN(meeting.name)
    tried: dict[str, set[str]] = {}
    for id_, edge, _verdicts in conduct.refused:
        tried.setdefault(id_, set()).add(edge.name)
    expected = UNSET if conduct.made else is_call(ctx.process, meeting.name, conduct.refused)
    if next_call != expected:
        yield clauses.NEXT_CALL(f"{expected} ≠ {next_call}")
    if conduct.made:
        if conduct.made < len(conduct.foreseen or ()):
            left = (case.ref for case in _before(ctx, sitting).values())
            yield clauses.UNDECIDED(", ".join(left))
    elif not any({*sitting.decides} <= those for those in tried.values()):
        # Else the next meeting of that name would be a second call, and might need no quorum.
        yield clauses.NOT_IN_VAIN(meeting.name)


def placed(ctx: Context, name: str, meeting: Meeting | None) -> Mapping[str, RankPlace]:
    """The places of a panel in a meeting, worked out again once a figure may have changed."""
    votes = {} if meeting is None else meeting.orders
    asked = (name, ctx.process.hash, votes, meeting and meeting.n)
    remembered = ctx.memory.get(RANKING)
    if not isinstance(remembered, tuple) or remembered[0] != asked:
        remembered = asked, places(ctx.process, name, ctx.before.every_case(), votes)
        ctx.memory[RANKING] = remembered
    found: Mapping[str, RankPlace] = remembered[1]
    return found


def _under_way(ctx: Context) -> tuple[Conduct, Sitting, Meeting] | None:
    """The meeting under way, what is remembered of it, and what the process says of it."""
    meeting, conduct = ctx.before.meeting, ctx.memory.get(_MEMORY)
    if meeting is None or not isinstance(conduct, Conduct):
        return None
    sitting = ctx.process.definition.config.sittings.get(meeting.name)
    return None if sitting is None else (conduct, sitting, meeting)


def _before(ctx: Context, sitting: Sitting) -> dict[str, Candidature]:
    every = ctx.before.every_case()
    return {case.id: case for case in every if ctx.process.is_before(sitting, case, ctx.now)}


def _named(ctx: Context, case_id: str | None, transition: str) -> str:
    case = ctx.before.case(case_id or "")
    return f"{case.ref if case else case_id} {transition}"


def held_again(
    ctx: Context, meeting: Meeting, *, sketch: bool = False, without: Collection[str] = ()
) -> RepeatedMeeting:
    """The meeting under way held once more, on copies, some candidatures left out.

    A sketch goes on where a cut goes through a tie.

    Raises: LookupError where the process has no such meeting, or does not rank all before it.
    """
    again = RepeatedMeeting.of(ctx, meeting, without)
    again.decide(sketch=sketch)
    return again


def _suppose_ranked(
    ctx: Context,
    name: str,
    meeting: Meeting,
    before: dict[str, Candidature],
    counters: Counter[Key],
) -> None:
    """Has those whose rank is not recorded yet bear it, as they will when it is decided."""
    cases = {case.id: case for case in ctx.before.every_case()}
    for id_, place in placed(ctx, name, meeting).items():
        case, vote = cases[id_], meeting.orders.get(id_)
        after = with_rank(name, case, place.rank, place.tied, vote)
        counters.update(difference(ctx.process, case, after))
        if id_ in before:
            before[id_] = after


class RepeatedMeeting(Struct):
    """A meeting held once more; `made` are the decisions by id, in their order.

    `torn` are the ties that a cut went through, each with the transition, `tried` each decision
    that was tried, by id and transition: the candidature and the moment when it was judged last.
    """

    ctx: Context
    sitting: Sitting
    meeting: Meeting
    places: Mapping[str, RankPlace]
    cases: dict[str, Candidature]
    counters: Counter[Key]
    torn: list[tuple[str, tuple[Candidature, ...]]] = []
    made: dict[str, str] = {}
    tried: dict[tuple[str, str], tuple[Candidature, RuleContext]] = {}

    @classmethod
    def of(cls, ctx: Context, meeting: Meeting, without: Collection[str] = ()) -> Self:
        """A meeting before its first decision, all of its panel ranked."""
        sitting = ctx.process.definition.config.sittings[meeting.name]
        standing, counters = placed(ctx, sitting.panel, meeting), Counter(ctx.before.counters())
        cases = {id_: case for id_, case in _before(ctx, sitting).items() if id_ not in without}
        _suppose_ranked(ctx, sitting.panel, meeting, cases, counters)
        return cls(ctx, sitting, meeting, standing, cases, counters)

    def decide(self, *, sketch: bool = False) -> None:
        """Takes every decision; a sketch goes on where a cut goes through a tie."""
        votes = self.meeting.votes.items()
        fixed = {id_: vote.transition for id_, vote in votes if vote.carried}
        for torn in cut(self.sitting.decides, fixed, self):
            self.torn.append(torn)
            if not sketch:
                break

    @property
    def is_whole(self) -> bool:
        """True where everyone is decided on: else a meeting decides on nobody."""
        return len(self.made) == len(self.cases)

    def in_order(self) -> list[Candidature]:
        return by_rank(self.cases.values(), self.rank_of)

    def rank_of(self, case: Candidature) -> int:
        return self.places[case.id].rank

    def attempt(self, case: Candidature, transition: str) -> bool:
        """Moves a copy of a candidature if the rules allow it; whether they did."""
        if not self.allows(case, transition):
            return False
        process = self.ctx.process
        edge = process.edges(case.state)[transition]
        frozen = edge.transition.freezes
        panels = {frozen: process.scope.figures[frozen](case)} if frozen else {}
        after = case.moved(edge.to, self.ctx.now, panels=panels)
        self.counters.update(difference(process, case, after))
        self.cases[case.id] = after
        self.made[case.id] = transition
        return True

    def allows(self, case: Candidature, transition: str) -> bool:
        outcome = self.judged(case, transition)
        return outcome is not None and outcome.to is not None

    def judged(self, case: Candidature, transition: str) -> Outcome | None:
        process = self.ctx.process
        edge = process.edges(case.state).get(transition)
        if edge is None:
            return None
        settled = voted_on(process, self.meeting, case, self.cases.get)
        moment = RuleContext(
            self.ctx.now,
            self.ctx.roles,
            self.ctx.institution,
            totals_for(process, self.counters, case, settled),
            sitting=sitting_figures(process, self.meeting, case, transition),
            meets=self.meeting.name,
        )
        self.tried[case.id, transition] = case, moment
        return process.judge(edge, case, moment)


class Notice(Struct, frozen=True):
    """The calendar days of notice of a sitting, and how its institutions were reached.

    `days` is the smallest number of those that were reached; 0 where mails call the sitting and
    nobody was. `since` tells, by institution, when it was first told of the present hour and place,
    `by_hand` those of which a person has recorded it, `unreached` those that sit and were not told;
    None in a folder without a mail that calls it: then the days count from the act of calling.
    """

    days: int
    since: Mapping[str, str] = {}
    by_hand: tuple[str, ...] = ()
    unreached: tuple[str, ...] | None = None


def days_ahead(process: Process, instant: datetime, meets: datetime) -> int:
    """The calendar days from the local day on which a meeting is told to that on which it meets."""
    return max(0, days_until(meets, instant, process.zone))


def notice_of(
    before: Past, process: Process, name: str, opens: str = "", *, supposed: str = ""
) -> Notice | None:
    """The notice of a sitting that opens at an instant, else at the hour for which it is called.

    Whoever was called for another day, or before its date has moved, was not called to it.
    `supposed` is when mails that still wait are supposed to leave. None where nobody called it.
    """
    call = before.sittings.convened.get(name)
    if call is None:
        return None
    definition, sitting = process.definition, process.definition.config.sittings[name]
    called, mails = from_text(call.at), definition.calls(name)
    if not mails:
        return Notice(days_ahead(process, from_text(call.given), called))
    opens, date = opens or call.at, process.dates.fixed.get(sitting.date)
    meets, since = from_text(opens), dict(call.notified_at)
    for message in before.messages_of(None).values():
        if message.occurrence != str(call.n) or message.notification not in mails:
            continue
        left = message.sent if message.stage == Stage.SENT else ""
        at = left or (supposed if message.stage in PENDING else "")
        person = before.person(message.recipient)
        institution = "" if person is None else person.institution or ""
        if at:
            since[institution] = min(at, since.get(institution, at))
    seats = definition.seats(sitting)
    stands = days_until(meets, called, process.zone) == 0 and called >= (date or called)
    since = {seat: since[seat] for seat in seats if stands and since.get(seat, "9") <= opens}
    days = [days_ahead(process, from_text(at), meets) for at in since.values()]
    by_hand = tuple(seat for seat in since if since[seat] == call.notified_at.get(seat))
    unreached = tuple(seat for seat in seats if seat not in since)
    return Notice(min(days, default=0), since, by_hand, unreached)
