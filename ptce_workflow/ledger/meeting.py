"""A meeting of a panel as the ledger tells it: who is there, and how those present have voted."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ptce_workflow.ledger import events
from ptce_workflow.ledger.line import Line
from ptce_workflow.process.case import Case
from ptce_workflow.process.panel import PLACE, Place, asked_of, settled
from ptce_workflow.process.process import Process

DEVIATION = "deviation"
ORDER = "order"
MEETING_LINES = frozenset((events.SITTING_OPENED, events.VOTE_TAKEN, events.SITTING_CLOSED))


@dataclass(frozen=True, slots=True)
class Vote:
    """How those present voted on one decision about a candidature."""

    transition: str
    ayes: tuple[str, ...]
    noes: tuple[str, ...]
    carried: bool


@dataclass(frozen=True, slots=True)
class Meeting:
    """A meeting under way: `n` is the line that opened it.

    `votes` holds the last vote on each candidature, `orders` the place within its rank that a
    vote gave each of those it was tied with.
    """

    n: int
    name: str
    call: int
    present: tuple[str, ...]
    chair: str | None
    votes: Mapping[str, Vote] = field(default_factory=dict)
    orders: Mapping[str, int] = field(default_factory=dict)

    def figures(self, members: Iterable[str], case: str, transition: str) -> dict[str, int]:
        """What rules read under `sitting` while they judge a candidature.

        `members` are those whose voice counts for it: who steps aside is neither a member nor
        present. The voices are those of the vote that carried that very decision, else none: a
        vote that was lost leaves a decision to the ranking, as if there had been none.
        """
        counted = frozenset(members)
        vote = self.votes.get(case)
        voted = vote is not None and vote.carried and vote.transition == transition
        return {
            "present": sum(one in counted for one in self.present),
            "members": len(counted),
            "call": self.call,
            "ayes": sum(one in counted for one in vote.ayes) if vote and voted else 0,
            "noes": sum(one in counted for one in vote.noes) if vote and voted else 0,
        }


def sitting_figures(
    process: Process, meeting: Meeting | None, case: Case, transition: str
) -> dict[str, int] | None:
    """What rules read under `sitting` while a transition of a candidature is judged.

    None where nobody sits, and for a transition that the meeting does not decide on.
    """
    if meeting is None:
        return None
    sitting = process.definition.config.sittings.get(meeting.name)
    if sitting is None or transition not in sitting.decides or case.state not in sitting.in_:
        return None
    members = asked_of(sitting.panel, process.definition.sheets[sitting.panel], case)
    return meeting.figures(members, case.id, transition)


@dataclass(slots=True)
class Sittings:
    """The meetings of a contest, line after line.

    `meeting` is the one under way, `vain` how often in a row each was called and decided nothing.
    `provisional` are the candidatures, by panel, whose rank was recorded before any sitting, as
    versions before 0.2 did: such a rank moves until a sitting records it.
    """

    meeting: Meeting | None = None
    provisional: dict[str, set[str]] = field(default_factory=dict)
    vain: dict[str, int] = field(default_factory=dict)
    _decided: bool = False

    def take(self, line: Line) -> None:
        """Takes the next line in.

        *Raises* ValueError for a line that tells of a meeting that is not open.
        """
        if line.type in MEETING_LINES:
            before, self.meeting = self.meeting, meets(self.meeting, line)
            if line.type == events.SITTING_OPENED:
                self._decided = False
            elif before is not None and self.meeting is None:
                self.vain[before.name] = 0 if self._decided else self.vain.get(before.name, 0) + 1
        elif line.type == events.RANK_RECORDED:
            moving, case = self.provisional.setdefault(line.data["sheet"], set()), line.case or ""
            moving.add(case) if self.meeting is None else moving.discard(case)
        elif self.meeting is not None and line.type == events.TRANSITION_MADE:
            self._decided = True
            for cases in self.provisional.values():
                cases.discard(line.case or "")

    def call(self, name: str) -> int:
        """Which call the next meeting of this name is: 1, or more after some that were in vain."""
        return self.vain.get(name, 0) + 1


SITTING_LINES = frozenset((*MEETING_LINES, events.TRANSITION_MADE, events.RANK_RECORDED))


def places(
    process: Process,
    name: str,
    cases: Iterable[Case],
    votes: Mapping[str, int],
    provisional: Collection[str] = (),
) -> dict[str, Place]:
    """Where the candidatures of a panel come, by id, those first that come first.

    All whose figures are recorded: what a sitting has ranked stays there, the others follow from
    their figures and from the `votes` of the sitting under way, by id.
    """
    entries = {}
    for case in cases:
        if process.is_ranked(name, case):
            figures = case.panels[name]
            if case.id in provisional:
                figures = {key: one for key, one in figures.items() if key not in PLACE}
            entries[case.id] = figures
    sheet = process.definition.sheets[name]
    return {place.entry: place for place in settled(sheet, entries, votes)}


def rank_data(sheet: str, place: Place, vote: int | None) -> dict[str, Any]:
    """What the line says that records a place."""
    return {
        "sheet": sheet,
        "rank": place.rank,
        "tied": place.tied,
        "parted_by": place.parted_by or None,
        "vote": vote,
    }


def meets(meeting: Meeting | None, line: Line) -> Meeting | None:
    """The meeting under way after one more line; None when nobody sits.

    *Raises* ValueError for a line that tells of a meeting that is not open, or opens a second one.
    """
    data = line.data
    if line.type == events.SITTING_OPENED:
        if meeting is not None:
            raise ValueError(line.type)
        return Meeting(line.n, data["sitting"], data["call"], tuple(data["present"]), data["chair"])
    if meeting is None:
        raise ValueError(line.type)
    if line.type == events.SITTING_CLOSED:
        return None
    if data["about"] == ORDER:
        voted = {case: place for place, case in enumerate(data["cases"], 1)}
        return replace(meeting, orders={**meeting.orders, **voted}) if data["carried"] else meeting
    vote = Vote(data["transition"], tuple(data["ayes"]), tuple(data["noes"]), data["carried"])
    return replace(meeting, votes={**meeting.votes, **dict.fromkeys(data["cases"], vote)})


def outcome(
    ayes: Iterable[str], noes: Iterable[str], chair: str | None, *, casting_vote: bool
) -> tuple[bool, bool]:
    """Whether a vote is carried, and whether the chair's voice decided it.

    A simple majority of the voices given; as many for as against is a no, unless the sitting
    gives the chair the casting vote: then it falls as the chair itself has voted.
    """
    for_, against = list(ayes), list(noes)
    if len(for_) != len(against):
        return len(for_) > len(against), False
    decides = casting_vote and chair is not None and chair in (*for_, *against)
    return decides and chair in for_, decides
