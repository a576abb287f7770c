"""A sitting that decides: the cut by the rules, the votes that depart from it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Literal

from msgspec import UNSET, Struct
from msgspec.structs import replace

from ptce_workflow.app.candidatures.advance import AdvanceRequest, AdvanceStep, refuse, step
from ptce_workflow.app.candidatures.record import write_facts
from ptce_workflow.app.contest import Contest, Seen, context
from ptce_workflow.app.jury import convocation
from ptce_workflow.app.people import need_desk
from ptce_workflow.app.refusals import reason_given
from ptce_workflow.app.transaction import Transaction
from ptce_workflow.base.errors import Misuse, PtceError
from ptce_workflow.base.notation import to_text
from ptce_workflow.base.words import _
from ptce_workflow.ledger.events.base import CONTEST_SUBJECT, NO_SIDES, UNSAID, Reason
from ptce_workflow.ledger.events.panel import rank_of_place
from ptce_workflow.ledger.events.sitting import (
    DEVIATION,
    ORDER,
    DeviationDecided,
    Dissent,
    SittingClosed,
    SittingOpened,
    VoteTaken,
    notice_fields,
)
from ptce_workflow.ledger.events.transition import answers
from ptce_workflow.ledger.sitting_rules import Notice, held_again, is_call, notice_of
from ptce_workflow.ledger.state import has_slip, outcome, places
from ptce_workflow.process import panel
from ptce_workflow.process.candidature import Candidature
from ptce_workflow.process.explain import Teller, explain_rules
from ptce_workflow.process.model.sheets import Sitting

if TYPE_CHECKING:
    from ptce_workflow.app.outbox.desk import Posted


class Deliberated(Struct, frozen=True):
    """A meeting: its lines, its call, who was there, its votes, its decisions by rank.

    When a rule stood in the way of every decision on some candidature, nothing was decided on
    any; the meeting and the refusals are written down all the same. `notice` tells who was told of
    it, and how many days ahead; `next_call` which call the next one is. `letters` are the mails
    that follow, of a meeting that is only tried.
    """

    line: int
    closed: int
    name: str
    call: int
    agenda: panel.Agenda
    ballots: tuple[Ballot, ...]
    decisions: tuple[Decision, ...]
    notice: Notice | None
    next_call: int
    letters: tuple[Posted, ...] = ()

    @property
    def decided(self) -> bool:
        return all(decision.made is not None for decision in self.decisions)

    @property
    def outcome(self) -> tuple[tuple[str, str], ...]:
        """Each reference with the transition that was made of it, empty for none."""
        return tuple(
            (decision.case.ref, decision.made.edge.name if decision.made else "")
            for decision in self.decisions
        )


def deliberate(
    contest: Contest,
    agenda: panel.Agenda,
    *,
    dry_run: bool = False,
    shown: Deliberated | None = None,
) -> Deliberated:
    """Holds a meeting, all its decisions or none, only if it comes out as `shown`."""
    with contest.acting() as tx:
        held = _hold(tx, agenda)
        if shown is not None and (held.call, held.outcome) != (shown.call, shown.outcome):
            what = _("The sitting no longer comes out as it was shown.")
            why = _("Somebody has changed a candidature in the meantime. Nothing was written.")
            raise PtceError(what, why, _("Look at it again, then confirm."))
        if not dry_run:
            tx.flush()
            return held
        tx.discard()
        if held.decided:
            # Loaded here: what is recorded shows no letter.
            from ptce_workflow.app.outbox.desk import letters_ahead

            held = replace(held, letters=letters_ahead(tx))
    return held


def _hold(tx: Transaction, agenda: panel.Agenda) -> Deliberated:
    """Holds a meeting and decides on every candidature before it, or on none.

    Transitions are tried in the order of the sitting, for candidatures in rank order, so that the
    rules make the cut. A vote that is carried fixes a decision, or parts those that share a rank.

    Raises: Misuse for an agenda that names what is not there, PtceError when nothing is to be
    decided, ranks are lacking, or a tie lies across the cut and no vote has parted it.
    """
    need_desk(tx, _("Only the desk holds the sitting."))
    name, sitting = convocation.sitting_named(tx.process.definition.config, agenda.sitting)
    cases = _to_decide(tx, sitting)
    agenda = convocation.who_is_there(tx, agenda, sitting)
    convocation.check_agenda(tx, agenda, sitting, {case.ref: case for case in cases})
    meeting, call = Course(tx, agenda, name, sitting), tx.sittings.call(name)
    line = meeting.open(cases)
    instead: Mapping[str, str] = {}
    if agenda.deviations and tx.meeting is not None:
        # What the ranking alone would give: told beside each decision that departs from it.
        instead = held_again(context(tx), tx.meeting, sketch=True).made
    ballots = tuple(meeting.vote(instead))
    meeting.decide()
    if len(meeting.made) < len(cases):
        if sitting.rectifies:
            lacking = next(case.id for case in cases if case.id not in meeting.made)
            raise _undecided(tx, meeting.tried[lacking][-1])
        tx.reset()
        meeting.refuse(cases)
    closed = meeting.close()
    decisions = tuple(meeting.decision(case, instead) for case in meeting.in_order())
    next_call = tx.sittings.call(name)
    whole = agenda, ballots, decisions, meeting.notice, next_call
    return Deliberated(line, closed, name, call, *whole)


def _to_decide(tx: Transaction, sitting: Sitting) -> list[Candidature]:
    process = tx.process
    cases = [case for case in tx.every_case() if process.is_before(sitting, case, tx.now)]
    if not cases:
        states = ", ".join(str(process.states[state].label) for state in sitting.in_)
        what = _("Nothing is to be decided.")
        why = _("No candidature stands in the state: {states}.").format(states=states)
        raise PtceError(what, why, _("`ptce list` shows where each stands."))
    if sitting.rectifies and not has_slip(process, tx.sittings, sitting.panel, cases):
        why = _("A sitting that rectifies decides again by marks that were rectified.")
        mend = _("To rectify one: {command}").format(command="ptce jury score … --rectify")
        raise PtceError(_("No mark was rectified since a sitting decided."), why, mend)
    unplaced = [case.ref for case in cases if not process.is_ranked(sitting.panel, case)]
    if unplaced:
        what = _("Some candidatures have no rank: {refs}.").format(refs=", ".join(unplaced))
        why = _("A candidature is ranked once the panel's scores of it are closed and have a mean.")
        raise PtceError(what, why)
    return cases


class Decision(Struct, frozen=True):
    """The decision on a candidature, or all that stood in the way of any.

    `rank` and `tied` are its place; `instead` is the transition that the ranking would have
    given, where a vote departs from it; `steps` are the tries, the last one made if any was;
    `reason` is what was written down with it.
    """

    case: Candidature
    rank: int
    tied: int
    steps: tuple[AdvanceStep, ...]
    instead: str | None = None
    reason: str | None = None

    @property
    def made(self) -> AdvanceStep | None:
        return self.steps[-1] if self.steps and self.steps[-1].made else None


class Ballot(Struct, frozen=True):
    about: panel.Deviation | panel.VotedOrder
    carried: bool
    casting: bool
    aside: tuple[str, ...] = ()


class Course(Struct):
    """A meeting under way in an act: what is fixed by votes, what was tried and made.

    `placed` are the places that it follows, by id.
    """

    act: Transaction
    agenda: panel.Agenda
    name: str
    sitting: Sitting
    fixed: dict[str, str] = {}
    tried: dict[str, list[AdvanceStep]] = {}
    made: dict[str, AdvanceStep] = {}
    reasons: dict[tuple[str, str], str | None] = {}
    placed: dict[str, panel.RankPlace] = {}
    notice: Notice | None = None

    def open(self, cases: Sequence[Candidature]) -> int:
        self.tried = {case.id: [] for case in cases}
        present = tuple(self.agenda.present)
        process, name = self.act.process, self.name
        opened = UNSET if self.agenda.opened is None else to_text(self.agenda.opened)
        self.notice = notice_of(Seen(self.act), process, name, opened or "")
        notice, unreached = notice_fields(self.notice)
        event = SittingOpened(
            self.act.sittings.call(name),
            self.agenda.chair,
            present,
            name,
            notice=notice,
            heard=tuple(self.agenda.heard) or UNSET,
            opened_at=opened,
            persons=dict(self.agenda.persons) or UNSET,
            place=self.agenda.place or UNSET,
            proxies=dict(self.agenda.proxies) or UNSET,
            unreached=unreached,
        )
        words = convocation.words_of_opening(self.act, self.name)
        line = self.act.record_of_contest(event, words=words).n
        for case in cases:
            if answers := self.agenda.answers.get(case.ref):
                write_facts(self.act, self.act.cases[case.id], answers)
        for case in cases:
            if case.state in self.sitting.rectifies:
                take_up(self.act, case, self.name, self._reason(case, self.name))
        return line

    def vote(self, instead: Mapping[str, str]) -> Iterator[Ballot]:
        """Takes the votes: on orders first, then on deviations."""
        by_ref = {self.act.cases[id_].ref: id_ for id_ in self.tried}
        for order in self.agenda.orders:
            ids = [by_ref[ref] for ref in order.refs]
            placed = self._places()
            ranks = {placed[id_].rank for id_ in ids}
            # Who shares it and is not before the sitting, having withdrawn, cannot be voted on.
            sharing = [id_ for id_ in self.tried if placed[id_].rank in ranks]
            if len(ranks) != 1 or sorted(sharing) != sorted(ids):
                what = _("{refs} are not all those that share one rank.")
                what = what.format(refs=", ".join(order.refs))
                why = _("A vote on an order parts a tie; a deviation needs a vote of its own.")
                raise Misuse(what, why, _("`ptce jury rank` shows who shares a rank."))
            yield self._ballot(ORDER, ids, None, order)
        for deviation in self.agenda.deviations:
            id_ = by_ref[deviation.ref]
            yield (ballot := self._ballot(DEVIATION, [id_], deviation.transition, deviation))
            if ballot.carried:
                self.fixed[id_] = deviation.transition
                event = DeviationDecided(instead.get(id_), deviation.transition)
                self.act.record(id_, event, Reason(reason_given(deviation.reason)))

    def _ballot(
        self,
        about: Literal["deviation", "order"],
        ids: Sequence[str],
        transition: str | None,
        asked: panel.Deviation | panel.VotedOrder,
    ) -> Ballot:
        cases = [self.act.cases[id_] for id_ in ids]
        may = convocation.voices(self.act, self.agenda, self.sitting, cases)
        carried, casting = outcome(
            asked.ayes, asked.noes, self.agenda.chair, casting_vote=self.sitting.casting_vote
        )
        ayes, noes = tuple(asked.ayes), tuple(asked.noes)
        abstained = tuple(one for one in may if one not in (*ayes, *noes))
        there = (*self.agenda.present, *self.agenda.proxies)
        aside = panel.stepped_aside(self.sitting.panel, there, cases)
        voted = abstained, aside, ayes, carried, tuple(ids), casting, noes, transition
        event = VoteTaken(about, *voted)
        # What was said of one candidature is erased with it; of several, with the contest.
        subject = ids[0] if len(ids) == 1 else CONTEST_SUBJECT
        self.act.record_of_contest(event, {subject: Reason(reason_given(asked.reason))})
        return Ballot(asked, carried, casting, aside)

    def rank(self) -> None:
        """Records every place of the panel for good; an earlier one stays, but for a vote."""
        name, votes = self.sitting.panel, self._orders()
        self.placed = self._places()
        for id_, place in self.placed.items():
            case, vote = self.act.cases[id_], votes.get(id_)
            if "rank" in case.panels[name] and id_ not in votes:
                continue
            self.act.record(id_, rank_of_place(name, place, vote))

    def _places(self) -> dict[str, panel.RankPlace]:
        cases = self.act.every_case()
        return places(self.act.process, self.sitting.panel, cases, self._orders())

    def _orders(self) -> Mapping[str, int]:
        return {} if self.act.meeting is None else self.act.meeting.orders

    def decide(self) -> None:
        """Ranks, then tries each transition in turn along it, votes first. Raises: PtceError."""
        self.rank()
        for transition, group in panel.cut(self.sitting.decides, self.fixed, self):
            edge = self.act.process.edges(group[0].state)[transition]
            what = _('The cut of "{name}" goes through a tie: {refs}.')
            refs = ", ".join(case.ref for case in group)
            why = _("They share a rank, and not all of them can have it. Nothing was decided.")
            mend = _("Have the panel vote on their order, and put it into the agenda: {command}")
            mend = mend.format(command="ptce deliberate --template > agenda.toml")
            raise PtceError(what.format(name=edge.transition.label, refs=refs), why, mend)

    def allows(self, case: Candidature, transition: str) -> bool:
        edge = self.act.process.edges(case.state).get(transition)
        if edge is None:
            return False
        moment = self.act.moment(case, transition=transition)
        return self.act.process.judge(edge, case, moment).to is not None

    def attempt(self, case: Candidature, transition: str) -> bool:
        """Takes a decision if the rules allow it; whether they did."""
        reason = self._reason(case, transition)
        tried = step(self.act, case, AdvanceRequest(transition, reason))
        self.tried[case.id].append(tried)
        self.reasons[case.id, transition] = reason
        if tried.made:
            self.made[case.id] = tried
        return tried.made

    def _reason(self, case: Candidature, transition: str) -> str | None:
        voted = {(one.ref, one.transition): one.reason for one in self.agenda.deviations}
        own = self.agenda.reasons.get(case.ref) or voted.get((case.ref, transition), "")
        if reason_given(own):
            return reason_given(own)
        given = self.sitting.reasons.get(transition)
        if given is not None:
            teller = Teller(self.act.process, self.act.process.language)
            return teller.filled(given, case, self.act.moment(case, transition=transition))
        edge = self.act.process.edges(case.state)[transition]
        if edge.transition.reason and self.allows(case, transition):
            what = _('{ref}: the transition "{name}" needs a reason.')
            what = what.format(ref=case.ref, name=transition)
            mend = _("Give it in the agenda, or under `reasons` of the sitting in config.toml.")
            raise Misuse(what, _("The decision is told with its reason."), mend)
        return UNSAID if edge.transition.reason else None

    def close(self) -> int:
        texts = {name: reason_given(text) or UNSAID for name, text in self.agenda.dissent.items()}
        closed = UNSET if self.agenda.closed is None else to_text(self.agenda.closed)
        next_call = UNSET if self.made else self.is_call()
        event = SittingClosed(closed, tuple(texts) or UNSET, next_call)
        sides = {CONTEST_SUBJECT: Dissent(texts)} if texts else NO_SIDES
        return self.act.record_of_contest(event, sides, convocation.words_of_hours(self.act)).n

    def is_call(self) -> bool:
        """True where the meeting after this one, which is in vain, is another call."""
        steps = ((id_, one) for id_, tried in self.tried.items() for one in tried)
        tries = ((id_, one.edge, answers(one.outcome)[1]) for id_, one in steps)
        return is_call(self.act.process, self.name, tries)

    def refuse(self, cases: Sequence[Candidature]) -> None:
        """Writes down the meeting that could decide nothing, and what stood in the way.

        Raises: PtceError where it was a vote that rules do not allow, or the others' decisions
        that leave no room: then the agenda is to be changed, and no meeting was in vain.
        """
        lacking = [case for case in cases if case.id not in self.made]
        tried = {case.id: self.tried[case.id] for case in lacking}
        for case in lacking:
            if case.id in self.fixed:
                voted = tried[case.id][-1]
                what = _('The rules do not allow what was voted on {ref}: "{name}".')
                what = what.format(ref=case.ref, name=voted.edge.name)
                mend = _(
                    "Nothing was written. Take the vote out of the agenda, or vote on something "
                    "else."
                )
                raise PtceError(what, _obstacles(self.act, voted), mend)
        self.open(cases)
        self.rank()
        self.made = {}
        # Judged anew, at the same instant, among candidatures that have not moved.
        for case, one, request in self._again(lacking, tried):
            if step(self.act, case, request).made:
                self.act.reset()
                raise _undecided(self.act, one)
        # A meeting in vain records no rank: the scores of others may close before the next one.
        self.act.reset()
        self.open(cases)
        for case, _one, request in self._again(lacking, tried):
            again = step(self.act, case, request)
            self.tried[case.id].append(refuse(self.act, again, request))

    def _again(
        self, cases: Sequence[Candidature], tried: Mapping[str, Sequence[AdvanceStep]]
    ) -> Iterator[tuple[Candidature, AdvanceStep, AdvanceRequest]]:
        for case in cases:
            for one in tried[case.id]:
                request = AdvanceRequest(one.edge.name, self.reasons[case.id, one.edge.name])
                yield self.act.cases[case.id], one, request

    def decision(self, case: Candidature, instead: Mapping[str, str]) -> Decision:
        place = self.placed[case.id]
        departs = instead.get(case.id) if case.id in self.fixed else None
        tries = tuple(self.tried[case.id])
        result = self.made.get(case.id)
        reason = self.reasons[case.id, result.edge.name] if result else None
        return Decision(case, place.rank, place.tied, tries, departs, reason)

    def in_order(self) -> list[Candidature]:
        return panel.by_rank((self.act.cases[id_] for id_ in self.tried), self.rank_of)

    def rank_of(self, case: Candidature) -> int:
        return self.placed[case.id].rank


def take_up(tx: Transaction, case: Candidature, sitting: str, reason: str | None) -> None:
    """Takes up again what was decided on a candidature. Raises: PtceError where rules forbid it."""
    tried = step(tx, tx.cases[case.id], AdvanceRequest(sitting, reason))
    if not tried.made:
        what = _("What was decided on {ref} cannot be taken up again.").format(ref=case.ref)
        why = _obstacles(tx, tried)
        raise PtceError(what, why, _("Nothing was written: what was decided stands."))


def _undecided(tx: Transaction, tried: AdvanceStep) -> PtceError:
    what = _("No decision on {ref} is possible beside those on the others.")
    return PtceError(
        what.format(ref=tried.before.ref),
        _obstacles(tx, tried),
        _("Nothing was written. Vote on a deviation, or have the rules and the limits looked at."),
    )


def _obstacles(tx: Transaction, tried: AdvanceStep) -> str:
    verdicts = tried.outcome.verdicts
    rules = explain_rules(tx.process, tried.edge, verdicts, tried.before, tried.moment)
    return "\n".join(line for rule in rules if rule.answer != "holds" for line in rule.lines())
