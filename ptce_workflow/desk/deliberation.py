"""The panel meets: the rules make the cut along the ranking, votes depart from it, all at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ptce_workflow.base.errors import PtceError
from ptce_workflow.base.words import _
from ptce_workflow.desk.act import Act
from ptce_workflow.desk.agenda import check_agenda, sitting_named
from ptce_workflow.desk.course import Ballot, Course, Decision
from ptce_workflow.desk.people import need_desk
from ptce_workflow.desk.stories import lines_of
from ptce_workflow.ledger.events.panel import RankRecorded
from ptce_workflow.ledger.events.sitting import MEETINGS, SittingClosed, SittingOpened
from ptce_workflow.ledger.events.transition import TransitionMade
from ptce_workflow.ledger.meeting import Sittings
from ptce_workflow.process.agenda import Agenda
from ptce_workflow.process.case import Case
from ptce_workflow.process.definition import Sitting

_NOTHING: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class Deliberated:
    """A meeting: the lines that open and close it, its call, its votes, its decisions by rank.

    When a rule stood in the way of every decision on some candidature, nothing was decided on
    any; the meeting and the refusals are written down all the same.
    """

    line: int
    closed: int
    name: str
    call: int
    ballots: tuple[Ballot, ...]
    decisions: tuple[Decision, ...]

    @property
    def decided(self) -> bool:
        """Whether every candidature has its decision."""
        return all(decision.made is not None for decision in self.decisions)

    @property
    def outcome(self) -> tuple[tuple[str, str], ...]:
        """Each reference with the transition that was made of it, empty for none."""
        return tuple(
            (one.case.ref, one.made.way.name if one.made else "") for one in self.decisions
        )


def as_shown(held: Deliberated, shown: Deliberated) -> None:
    """Lets a meeting through that comes out as it was shown to whoever agreed to it.

    *Raises* PtceError when something has changed in between.
    """
    if (held.call, held.outcome) != (shown.call, shown.outcome):
        raise PtceError(
            _("The sitting no longer comes out as it was shown."),
            _("Somebody has changed a candidature in the meantime. Nothing was written."),
            _("Look at it again, then confirm."),
        )


def deliberate(act: Act, agenda: Agenda) -> Deliberated:
    """Holds a meeting and decides on every candidature before it, or on none.

    Transitions are tried in the order of the sitting, for candidatures in rank order, so that the
    rules make the cut. A vote that is carried fixes a decision, or parts those that share a rank.

    *Raises* Misuse for an agenda that names what is not there, PtceError when nothing is to be
    decided, ranks are lacking, or a tie lies across the cut and no vote has parted it.
    """
    need_desk(act, _("Only the desk holds the sitting."))
    name, sitting = sitting_named(act.process.definition.config, agenda.sitting)
    cases = _to_decide(act, name, sitting)
    check_agenda(act, agenda, sitting, {case.ref: case for case in cases})
    held = act.sittings = held_before(act)
    instead = _NOTHING
    if agenda.deviations:
        # What the ranking alone would give: told beside each decision that departs from it.
        plain = Course(act, agenda, name, sitting, held, sketch=True)
        plain.open(cases)
        plain.decide()
        instead = {id_: one.way.name for id_, one in plain.made.items()}
        act.forget()
    meeting = Course(act, agenda, name, sitting, held)
    line = meeting.open(cases)
    ballots = tuple(meeting.vote(instead))
    meeting.decide()
    if len(meeting.made) < len(cases):
        act.forget()
        meeting.refuse(cases)
    closed = meeting.close()
    decisions = tuple(meeting.decision(case, instead) for case in meeting.in_order())
    return Deliberated(line, closed, name, held.call(name), ballots, decisions)


def held_before(act: Act) -> Sittings:
    """The meetings held so far, from the lines that tell of them."""
    held = Sittings()
    for line, _text in lines_of(act.unit, act.contest, (*MEETINGS, RankRecorded, TransitionMade)):
        case_id = line.case or ""
        match line.data:
            case TransitionMade():
                held.decides(case_id)
            case RankRecorded(sheet=panel):
                held.ranks(panel, case_id)
            case SittingOpened():
                held.open(line.data.meets(None, line))
            case SittingClosed():
                held.close()
    return held


def _to_decide(act: Act, name: str, sitting: Sitting) -> list[Case]:
    cases = [case for case in act.every_case() if case.state in sitting.in_]
    states = ", ".join(str(act.process.states[state].label) for state in sitting.in_)
    if not cases:
        raise PtceError(
            _("Nothing is to be decided."),
            _("No candidature stands in the state: {states}.").format(states=states),
            _("`ptce list` shows where each stands."),
        )
    unplaced = [case.ref for case in cases if not act.process.is_ranked(sitting.panel, case)]
    if unplaced:
        raise PtceError(
            _("Some candidatures have no rank: {refs}.").format(refs=", ".join(unplaced)),
            _("A candidature is ranked once the panel's scores of it are closed."),
        )
    return cases
