"""Events of a sitting: opened, votes, decisions, closed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Any, Literal

from msgspec import UNSET, UnsetType, field
from msgspec.structs import replace

from ptce_workflow.base.notation import from_text, to_json, to_text
from ptce_workflow.base.words import N_, nN_
from ptce_workflow.ledger import sitting_rules
from ptce_workflow.ledger.events import clauses
from ptce_workflow.ledger.events.base import (
    CONTEST_SUBJECT,
    AboutCandidature,
    CandidatureName,
    Context,
    Count,
    Entry,
    Instant,
    InstitutionName,
    Listed,
    Name,
    Natural,
    Phrase,
    Pseudonym,
    Reason,
    Side,
    Sides,
    Story,
    TransitionName,
    Violation,
    When,
    describe_reason,
    doc,
    register,
)
from ptce_workflow.ledger.events.contest import AboutContest
from ptce_workflow.ledger.events.facts import Evidence, describe_evidence
from ptce_workflow.ledger.sitting_rules import Notice, notice_of
from ptce_workflow.ledger.state import ContestState, Convocation, Meeting, Vote, outcome
from ptce_workflow.process.model.definition import CLOSED
from ptce_workflow.process.panel import counting, in_the_chair, speaking, stepped_aside
from ptce_workflow.process.process import Process

DEVIATION: Literal["deviation"] = "deviation"
ORDER: Literal["order"] = "order"


NOTICE = nN_("{count} calendar day of notice", "{count} calendar days of notice")


def _meets_next(ctx: Context, name: str) -> Iterator[Violation]:
    yield from clauses.by_desk(ctx)
    if name not in ctx.process.definition.config.sittings:
        yield clauses.NO_SITTING(name)
    elif ctx.before.meeting is not None:
        yield clauses.SITS_ALREADY(ctx.before.meeting.name)


@register
class SittingConvened(AboutContest, frozen=True):
    kind = "sitting_convened"
    tells = N_("a sitting is called")

    at: Annotated[Instant, doc(N_("when it meets"))]
    call: Annotated[Count, doc(N_("1, or more after some that lacked their quorum alone"))]
    moved: Annotated[Natural, doc(N_("how often it was called anew since"))]
    place: Annotated[str, doc(N_("where it meets, if that was said; else empty"))]
    sitting: Annotated[Name, doc(N_("which meeting of config.toml it is"))]

    def validate_new(self, ctx: Context) -> Iterator[Violation]:
        yield from _meets_next(ctx, self.sitting)
        sitting = ctx.process.definition.config.sittings.get(self.sitting)
        if sitting is None:
            return
        sittings = ctx.before.sittings
        called, before = sittings.call(self.sitting), sittings.convened.get(self.sitting)
        if self.call != called:
            yield clauses.CALL(f"{called} ≠ {self.call}")
        if before is not None and (before.at, before.place) == (self.at, self.place):
            yield clauses.CALLED_SO(self.sitting)
        if self.moved != sittings.moved.get(self.sitting, 0):
            yield clauses.MOVED(str(self.moved))
        if self.at <= ctx.at:
            yield clauses.CALLED_LATE(f"{self.at} ≤ {ctx.at}")
        opens = ctx.process.dates.fixed.get(sitting.date)
        if opens is not None and from_text(self.at) < opens:
            yield clauses.BEFORE_ITS_DATE(to_text(opens))

    def announces(self, process: Process) -> tuple[str, ...]:
        return process.definition.calls(self.sitting)

    def apply(self, state: ContestState, line: Entry[Any], sides: Sides) -> None:
        state.sittings.convene(self.sitting, self.convocation(line))

    def convocation(self, line: Entry[Any]) -> Convocation:
        return Convocation(line.n, self.call, self.at, self.place, line.at, self.moved)

    def describe(self, line: Entry[Any], side: Any) -> Story:
        yield Phrase(N_("call {call}, for {when}"), {"call": self.call, "when": When(self.at)})
        if self.place:
            yield Phrase(N_("place: {place}"), {"place": self.place})


@register
class ConvocationRecorded(AboutContest, frozen=True):
    kind = "convocation_recorded"
    tells = N_("an institution was called to a sitting by other means than a mail of this contest")

    at: Annotated[Instant, doc(N_("when it was told"))]
    evidence: Annotated[
        Evidence, doc(N_("the SHA-256 (sha256) and the bytes (size) of the file that proves it"))
    ]
    institution: Annotated[Name, doc(N_("the institution"))]
    sitting: Annotated[Name, doc(N_("which meeting of config.toml it is"))]

    def validate_new(self, ctx: Context) -> Iterator[Violation]:
        yield from _meets_next(ctx, self.sitting)
        sitting = ctx.process.definition.config.sittings.get(self.sitting)
        call = ctx.before.sittings.convened.get(self.sitting)
        if sitting is None:
            return
        if call is None or not ctx.process.definition.calls(self.sitting):
            yield clauses.NOT_CALLED(self.sitting)
        elif not call.since <= self.at <= ctx.at:
            yield clauses.TOLD_AT(self.at)
        elif call.notified_at.get(self.institution) == self.at:
            yield clauses.NOTHING(self.at)
        if self.institution not in ctx.process.definition.seats(sitting):
            yield clauses.MEMBER(self.institution)

    def apply(self, state: ContestState, line: Entry[Any], sides: Sides) -> None:
        state.sittings.tell(self.sitting, self.institution, self.at)

    def describe(self, line: Entry[Any], side: Any) -> Story:
        values = {"label": InstitutionName(self.institution), "when": When(self.at)}
        yield Phrase(N_("called by other means: {label}, {when}"), values)
        yield from describe_evidence(self.evidence)


@register
class SittingOpened(AboutContest, frozen=True):
    kind = "sitting_opened"
    tells = N_("a panel meets")

    call: Annotated[Count, doc(N_("1, or more after some that lacked their quorum alone"))]
    chair: Annotated[Name | None, doc(N_("the institution that chairs, or null"))]
    present: Annotated[tuple[Name, ...], doc(N_("the institutions that are there"))]
    sitting: Annotated[Name, doc(N_("which meeting of config.toml it is"))]
    notice: Annotated[
        Natural | UnsetType,
        doc(N_("the days of notice, where it was called, as rules read them (`sitting.notice`)")),
    ] = UNSET
    heard: Annotated[
        tuple[Name, ...] | UnsetType, doc(N_("the institutions heard without a voice, if any"))
    ] = UNSET
    opened_at: Annotated[Instant | UnsetType, doc(N_("when it began, if that was said"))] = UNSET
    persons: Annotated[
        Mapping[Name, Pseudonym] | UnsetType, doc(N_("who is there for an institution, if said"))
    ] = UNSET
    place: Annotated[Name | UnsetType, doc(N_("where it meets, if that was said"))] = UNSET
    proxies: Annotated[
        Mapping[Name, Name] | UnsetType,
        doc(N_("who bears the voice of an institution that is not there, if any does")),
    ] = UNSET
    unreached: Annotated[
        tuple[Name, ...] | UnsetType,
        doc(N_("the institutions that sit and that no convocation reached, where mails call it")),
    ] = UNSET

    def validate_new(self, ctx: Context) -> Iterator[Violation]:
        yield from _meets_next(ctx, self.sitting)
        sitting = ctx.process.definition.config.sittings.get(self.sitting)
        if sitting is None:
            return
        members = ctx.process.definition.seats(sitting)
        for institution in self.present:
            if institution not in members:
                yield clauses.MEMBER(institution)
        if not self.present or len({*self.present}) < len(self.present):
            yield clauses.PRESENT(", ".join(self.present))
        if self.chair is not None and self.chair not in self.present:
            yield clauses.CHAIR(self.chair)
        first = in_the_chair(sitting, self.present)
        if first not in (None, self.chair):
            yield clauses.FIRST_CHAIRS(f"{first} ≠ {self.chair or '–'}")
        called = ctx.before.sittings.call(self.sitting)
        if self.call != called:
            yield clauses.CALL(f"{called} ≠ {self.call}")
        call = ctx.before.sittings.convened.get(self.sitting)
        if call is None:
            if ctx.process.definition.calls(self.sitting):
                yield clauses.NOT_CALLED(self.sitting)
        elif ctx.at < call.at:
            yield clauses.BEFORE_ITS_HOUR(f"{ctx.at} < {call.at}")
        notice = notice_of(ctx.before, ctx.process, self.sitting, self.opened_at or "")
        if (self.notice, self.unreached) != notice_fields(notice):
            yield clauses.NOTICE(f"{notice_fields(notice)} ≠ {(self.notice, self.unreached)}")
        heard, proxies = self.heard or (), self.proxies or {}
        if self.heard == () or not {*heard} <= {*sitting.advises} or len({*heard}) < len(heard):
            yield clauses.HEARD(", ".join(heard))
        bearing = Counter(proxies.values())
        absent = all(member in members and member not in self.present for member in proxies)
        if self.proxies == {} or not absent or not {*bearing} <= {*self.present}:
            yield clauses.PROXY(", ".join(proxies))
        if max(bearing.values(), default=0) > sitting.proxies:
            yield clauses.PROXIES(", ".join(proxies))
        if self.persons == {}:
            yield clauses.SITS_FOR("–")
        for institution, pseudonym in (self.persons or {}).items():
            person = ctx.before.person(pseudonym)
            speaks = person is not None and person.active and person.institution == institution
            if institution not in (*self.present, *heard) or not speaks:
                yield clauses.SITS_FOR(f"{pseudonym}: {institution}")
        if self.opened_at and not (call.at if call else "") <= self.opened_at <= ctx.at:
            yield clauses.OPENED(self.opened_at)

    def validate_recorded(self, ctx: Context) -> Iterator[Violation]:
        yield from self.validate_new(ctx)
        sitting = ctx.process.definition.config.sittings.get(self.sitting)
        if sitting is not None and ctx.before.meeting is None:
            yield from sitting_rules.opened(ctx, sitting)

    def apply(self, state: ContestState, line: Entry[Any], sides: Sides) -> None:
        if state.sittings.meeting is not None:
            raise ValueError(self.kind)
        notice, opened = None if self.notice is UNSET else self.notice, self.opened_at or ""
        proxies = self.proxies or {}
        unreached = None if self.unreached is UNSET else len(self.unreached)
        who = (self.present, self.chair, notice, proxies, opened, unreached)
        state.sittings.meeting = Meeting(line.n, self.sitting, self.call, *who)

    def describe(self, line: Entry[Any], side: Any) -> Story:
        yield Phrase(self.tells), Phrase(N_("call {call}"), {"call": self.call})
        yield Phrase(N_("present: {present}"), {"present": institutions(self.present)})
        if self.chair is not None:
            yield Phrase(N_("in the chair: {label}"), {"label": InstitutionName(self.chair)})
        if self.proxies:
            yield Phrase(N_("by proxy: {labels}"), {"labels": institutions(self.proxies)})
        if self.notice is not UNSET:
            count = {"count": self.notice}
            yield Phrase(NOTICE[0], count, NOTICE[1], self.notice)
        if self.unreached:
            label = {"labels": institutions(self.unreached)}
            yield Phrase(N_("that no convocation reached: {labels}"), label)


def notice_fields(notice: Notice | None) -> tuple[int | UnsetType, tuple[str, ...] | UnsetType]:
    """What the line of an opening keeps of its notice: the days, and who was not reached."""
    if notice is None:
        return UNSET, UNSET
    return notice.days, UNSET if notice.unreached is None else notice.unreached


OUTCOMES = {
    (True, True): N_("carried, by the chair's casting vote"),
    (True, False): N_("carried"),
    (False, True): N_("not carried, by the chair's casting vote"),
    (False, False): N_("not carried"),
}
"""What a vote came to: whether it was carried, and whether the chair's voice decided."""


def institutions(names: Iterable[str]) -> Listed:
    return Listed(tuple(map(InstitutionName, names)))


@register
class VoteTaken(AboutContest, frozen=True):
    kind = "vote_taken"
    tells = N_("those present have voted")
    private = Reason

    about_: Annotated[
        Literal["deviation", "order"],
        doc(N_("deviation: one decision; order: how candidatures at one rank follow")),
    ] = field(name="about")
    abstained: Annotated[tuple[Name, ...], doc(N_("the institutions that gave no voice"))]
    aside: Annotated[
        tuple[Name, ...],
        doc(N_("the institutions present that stepped aside from one of these candidatures")),
    ]
    ayes: Annotated[tuple[Name, ...], doc(N_("the institutions for"))]
    carried: Annotated[bool, doc(N_("whether it passed"))]
    cases: Annotated[
        tuple[Name, ...], doc(N_("the candidatures; for an order, in the order that is voted"))
    ]
    casting: Annotated[bool, doc(N_("whether the chair's voice decided"))]
    noes: Annotated[tuple[Name, ...], doc(N_("the institutions against"))]
    transition: Annotated[Name | None, doc(N_("the decision voted on, or null"))]

    def subject(self, ctx: Context) -> str:
        """The one candidature that it is about, to be erased with it; of several, the contest."""
        return self.cases[0] if len(self.cases) == 1 else CONTEST_SUBJECT

    def validate_new(self, ctx: Context) -> Iterator[Violation]:
        yield from clauses.by_desk(ctx)
        meeting = ctx.before.meeting
        sittings = ctx.process.definition.config.sittings
        sitting = None if meeting is None else sittings.get(meeting.name)
        if meeting is None or sitting is None:
            yield clauses.NOBODY_SAT(self.kind)
            return
        definition = ctx.process.definition
        cases = [case for case in map(ctx.before.case, self.cases) if case is not None]
        sheet, seats = definition.sheets[sitting.panel], definition.seats(sitting)
        voices = [*self.ayes, *self.noes, *self.abstained]
        counted = counting(seats, sitting, sheet, cases)
        if sorted(voices) != sorted(speaking(meeting.present, meeting.proxies, counted)):
            yield clauses.VOICES(", ".join(voices))
        aside = stepped_aside(sitting.panel, (*meeting.present, *meeting.proxies), cases)
        if self.aside != aside:
            yield clauses.VOTE_ASIDE(f"{', '.join(aside) or '–'} ≠ {', '.join(self.aside) or '–'}")
        casting_vote = sitting.casting_vote
        carried, casting = outcome(self.ayes, self.noes, meeting.chair, casting_vote=casting_vote)
        came = {"carried": carried, "casting": casting}
        flags = {"carried": self.carried, "casting": self.casting}
        if came != flags:
            yield clauses.COUNTED(f"{to_json(came)} ≠ {to_json(flags)}")
        if (self.transition is None) != (self.about_ == ORDER):
            yield clauses.VOTED_ON(self.transition or "–")
        if self.subject(ctx) not in ctx.subjects:
            yield clauses.VOTE_REASON()
        if not self.ayes and not self.noes:
            yield clauses.NO_VOICE()

    def validate_recorded(self, ctx: Context) -> Iterator[Violation]:
        yield from self.validate_new(ctx)
        order = self.about_ == ORDER
        yield from sitting_rules.voted(ctx, self.cases, self.transition, order=order)

    def apply(self, state: ContestState, line: Entry[Any], sides: Sides) -> None:
        meeting = state.sittings.meeting
        if meeting is None:
            raise ValueError(self.kind)
        votes, orders = meeting.votes, meeting.orders
        if self.about_ != ORDER:
            vote = Vote(self.transition or "", self.ayes, self.noes, self.carried)
            votes = {**votes, **dict.fromkeys(self.cases, vote)}
        elif self.carried:
            orders = {**orders, **{case: place for place, case in enumerate(self.cases, 1)}}
        state.sittings.meeting = replace(meeting, votes=votes, orders=orders)

    def describe(self, line: Entry[Any], side: Any) -> Story:
        values: dict[str, object] = {"refs": Listed(tuple(map(CandidatureName, self.cases)))}
        if self.transition is None:
            yield Phrase(N_("vote on the order of {refs}"), values)
        else:
            label = TransitionName(self.transition)
            yield Phrase(N_("vote on {refs}: {label}"), {**values, "label": label})
        yield (
            Phrase(N_("for: {labels}"), {"labels": institutions(self.ayes)}),
            Phrase(N_("against: {labels}"), {"labels": institutions(self.noes)}),
            Phrase(N_("abstained: {labels}"), {"labels": institutions(self.abstained)}),
        )
        if self.aside:
            labels = {"labels": institutions(self.aside)}
            yield Phrase(N_("stepped aside, and did not vote: {labels}"), labels)
        yield Phrase(OUTCOMES[self.carried, self.casting])
        yield from describe_reason(side)


@register
class DeviationDecided(AboutCandidature, frozen=True):
    kind = "deviation_decided"
    tells = N_("the panel decides otherwise than the ranking would have it")
    private = Reason

    instead: Annotated[
        Name | None, doc(N_("the one that the ranking and the rules would have given"))
    ]
    transition: Annotated[Name, doc(N_("the transition it decides on"))]

    def validate_new(self, ctx: Context) -> Iterator[Violation]:
        yield from clauses.by_desk(ctx)
        meeting = ctx.before.meeting
        vote = meeting and meeting.votes.get(ctx.case_id or "")
        if not vote or not vote.carried or vote.transition != self.transition:
            yield clauses.NO_VOTE(self.transition)
        if ctx.case_id not in ctx.subjects:
            yield clauses.VOTE_REASON(self.transition)

    def validate_recorded(self, ctx: Context) -> Iterator[Violation]:
        yield from self.validate_new(ctx)
        yield from sitting_rules.deviated(ctx, self.instead)

    def describe(self, line: Entry[Any], side: Any) -> Story:
        yield Phrase(N_("voted: {label}"), {"label": TransitionName(self.transition)})
        if self.instead is not None:
            values = {"label": TransitionName(self.instead)}
            yield Phrase(N_("the ranking would have given: {label}"), values)
        yield from describe_reason(side)


class Dissent(Side, frozen=True):
    said: Annotated[Mapping[Name, str], doc(N_("why, by institution"))]


@register
class SittingClosed(AboutContest, frozen=True):
    kind = "sitting_closed"
    tells = N_("the meeting is over")
    private = Dissent
    decisive = True

    closed_at: Annotated[Instant | UnsetType, doc(N_("when it ended, if that was said"))] = UNSET
    dissent: Annotated[
        tuple[Name, ...] | UnsetType,
        doc(N_("the institutions that had it written down that they did not agree, if any")),
    ] = UNSET
    next_call: Annotated[
        bool | UnsetType,
        doc(
            N_(
                "where nothing was decided, whether the next meeting is another call: this one was "
                "duly called, and lacked its quorum alone"
            )
        ),
    ] = UNSET

    def validate_new(self, ctx: Context) -> Iterator[Violation]:
        yield from clauses.by_desk(ctx)
        meeting = ctx.before.meeting
        if meeting is None:
            yield clauses.NOBODY_SAT(self.kind)
            return
        if self.closed_at and not meeting.opened <= self.closed_at <= ctx.at:
            yield clauses.CLOSED_AT(self.closed_at)
        dissent, sitting = self.dissent or (), ctx.process.definition.config.sittings[meeting.name]
        side = ctx.sides.get(CONTEST_SUBJECT)
        is_complete = self.dissent != () and bool(ctx.subjects) is bool(dissent)
        if isinstance(side, Dissent):
            is_complete = is_complete and {*side.said} == {*dissent}
        there = {*dissent} <= {*meeting.present, *meeting.proxies}
        if dissent and not (sitting.dissent and there and len({*dissent}) == len(dissent)):
            yield clauses.DISSENT(", ".join(dissent))
        elif not is_complete:
            yield clauses.DISSENT_TOLD(", ".join(dissent))

    def validate_recorded(self, ctx: Context) -> Iterator[Violation]:
        yield from self.validate_new(ctx)
        yield from sitting_rules.closed(ctx, self.next_call)

    def describe(self, line: Entry[Any], side: Any) -> Story:
        yield Phrase(self.tells)
        if self.next_call is not UNSET:
            again = N_("nothing was decided, for want of a quorum; the next one is another call")
            same = N_("nothing was decided; the next one is no further call")
            yield Phrase(again if self.next_call else same)
        if self.dissent:
            yield Phrase(N_("did not agree: {labels}"), {"labels": institutions(self.dissent)})
        if isinstance(side, Dissent):
            for name, text in side.said.items():
                values = {"label": InstitutionName(name), "value": text}
                yield Phrase(N_("{label}: {value}"), values)

    def announces(self, process: Process) -> tuple[str, ...]:
        return process.definition.caused(CLOSED)

    def apply(self, state: ContestState, line: Entry[Any], sides: Sides) -> None:
        if state.sittings.meeting is None:
            raise ValueError(self.kind)
        state.sittings.close(line.at, self.next_call)


MEETINGS = (SittingConvened, ConvocationRecorded, SittingOpened, SittingClosed)
"""The events that call a meeting, begin it and end it."""
