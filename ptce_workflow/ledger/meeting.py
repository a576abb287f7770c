"""A meeting of a panel as the ledger tells it: who is there, and how those present have voted."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from msgspec import Struct

from ptce_workflow.process.panel.figures import PLACE, Place, asked_of, settled
from ptce_workflow.process.process import Process
from ptce_workflow.process.rules.case import Case


class Vote(Struct, frozen=True):
    """The votes of those present on one decision about a candidature."""

    transition: str
    ayes: tuple[str, ...]
    noes: tuple[str, ...]
    carried: bool


class Meeting(Struct, frozen=True):
    """A meeting under way: `n` is the line that opened it.

    `votes` holds the last vote on each candidature, `orders` the place within its rank that a
    vote gave each of those it was tied with.
    """

    n: int
    name: str
    call: int
    present: tuple[str, ...]
    chair: str | None
    votes: Mapping[str, Vote] = {}
    orders: Mapping[str, int] = {}

    def figures(self, members: Iterable[str], case: str, transition: str) -> dict[str, int]:
        """The figures that rules read under `sitting` while they judge a candidature.

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
    """The figures that rules read under `sitting` while a transition is judged.

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

    def open(self, meeting: Meeting | None) -> None:
        """Begins a meeting."""
        self.meeting, self._decided = meeting, False

    def decides(self, case: str) -> None:
        """Takes note of a transition: if somebody sits, it is a decision of theirs."""
        if self.meeting is not None:
            self._decided = True
            for moving in self.provisional.values():
                moving.discard(case)

    def ranks(self, panel: str, case: str) -> None:
        """Takes note of a rank: it moves no more once a meeting has recorded it."""
        moving = self.provisional.setdefault(panel, set())
        if self.meeting is None:
            moving.add(case)
        else:
            moving.discard(case)

    def close(self) -> None:
        """Ends the meeting under way."""
        if self.meeting is not None:
            name = self.meeting.name
            self.vain[name] = 0 if self._decided else self.vain.get(name, 0) + 1
            self.meeting = None

    def call(self, name: str) -> int:
        """Which call the next meeting of this name is: 1, or more after some that were in vain."""
        return self.vain.get(name, 0) + 1


def places(
    process: Process,
    name: str,
    cases: Iterable[Case],
    votes: Mapping[str, int],
    provisional: Collection[str] = (),
) -> dict[str, Place]:
    """The places of the candidatures of a panel, by id, in the order of the ranking.

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


def outcome(
    ayes: Iterable[str], noes: Iterable[str], chair: str | None, *, casting_vote: bool
) -> tuple[bool, bool]:
    """A pair: true when a vote is carried, true when the chair's voice decided it.

    A simple majority of the voices given; as many for as against is a no, unless the sitting
    gives the chair the casting vote: then it falls as the chair itself has voted.
    """
    for_, against = list(ayes), list(noes)
    if len(for_) != len(against):
        return len(for_) > len(against), False
    decides = casting_vote and chair is not None and chair in (*for_, *against)
    return decides and chair in for_, decides
