"""Whether a meeting decided what its ranking, its votes and the rules gave, and nothing else.

Each decision of a meeting may be allowed by itself, and the meeting still be forged: the rules
make the cut only if they are asked in rank order. So the meeting is held once more.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, ClassVar

from ptce_workflow.base.instants import from_text
from ptce_workflow.base.words import _
from ptce_workflow.ledger import events
from ptce_workflow.ledger.hours import RANKS_BY_SITTINGS, written_since
from ptce_workflow.ledger.line import Line
from ptce_workflow.ledger.meeting import ORDER, Meeting, places
from ptce_workflow.ledger.rerun import Rerun
from ptce_workflow.process import panel
from ptce_workflow.process.case import Case
from ptce_workflow.process.definition import Sitting
from ptce_workflow.process.panel import Place
from ptce_workflow.process.process import Process
from ptce_workflow.process.sheets import Sheet
from ptce_workflow.process.totals import Key, difference

if TYPE_CHECKING:
    from ptce_workflow.ledger.replay import Person, World

Tell = Callable[[str, object], None]


@dataclass(frozen=True, slots=True)
class _Heard:
    """A line of a meeting under way, and what it is judged by."""

    process: Process
    sitting: Sitting
    meeting: Meeting
    line: Line
    person: Person | None


class Conduct:
    """Follows each meeting line by line, and tells where it went otherwise than it would have."""

    def __init__(self, world: World, counters: Mapping[Key, int], tell: Tell) -> None:
        self._world = world
        self._counters = counters
        self._tell = tell
        self._by_sittings = False
        self._begin()

    def _begin(self) -> None:
        self._plain: Mapping[str, str] | None = None
        self._foreseen: list[tuple[str, str]] | None = None
        self._made = 0
        self._ranked = False
        self._astray = False
        self._refused: dict[str, set[str]] = {}

    def hear(self, process: Process, line: Line, person: Person | None) -> None:
        """Judges one line, if it tells of a meeting or of what is decided in one."""
        meeting, sittings = self._world.sittings.meeting, process.definition.config.sittings
        if line.type == events.SITTING_OPENED:
            self._begin()
            sitting = sittings.get(line.data["sitting"])
            if meeting is None and sitting is not None:
                self._by_sittings = written_since(RANKS_BY_SITTINGS, self._world.versions, line)
                self._opened(process, sitting)
            return
        judge = self.HEARINGS.get(line.type)
        if judge is not None and meeting is not None and meeting.name in sittings:
            judge(self, _Heard(process, sittings[meeting.name], meeting, line, person))

    def _before(self, sitting: Sitting) -> dict[str, Case]:
        """The candidatures that a meeting decides on, as they stand."""
        return {id_: case for id_, case in self._world.cases.items() if case.state in sitting.in_}

    def _opened(self, process: Process, sitting: Sitting) -> None:
        """Those that the meeting decides on: ranked before it, or about to be."""
        name, before = sitting.panel, self._before(sitting)
        lacking = [
            case.ref for case in before.values() if not self._may_be_ranked(process, name, case)
        ]
        if lacking:
            self._tell(_("The meeting was about what had no rank."), ", ".join(lacking))
            self._astray = True
        elif not self._by_sittings:
            self._in_the_order_of_figures(process.definition.sheets[name], name, before)

    def _may_be_ranked(self, process: Process, name: str, case: Case) -> bool:
        if self._by_sittings:
            return process.is_ranked(name, case)
        return "rank" in case.panels.get(name, {})

    def _in_the_order_of_figures(self, sheet: Sheet, name: str, before: Mapping[str, Case]) -> None:
        figures = {id_: case.panels[name] for id_, case in before.items()}
        for one, next_ in pairwise(panel.places(sheet, figures, {})):
            recorded = [figures[place.entry]["rank"] for place in (one, next_)]
            in_order = recorded[0] < recorded[1] if one.rank < next_.rank else len({*recorded}) == 1
            if not in_order:
                refs = [before[place.entry].ref for place in (one, next_)]
                self._tell(
                    _("The ranks that the meeting followed are not those that the figures give."),
                    ", ".join(refs),
                )

    def _places(self, heard: _Heard) -> Mapping[str, Place]:
        """The places of the whole panel, as the meeting has them so far."""
        name, sittings = heard.sitting.panel, self._world.sittings
        moving = sittings.provisional.get(name, ())
        return places(heard.process, name, self._world.cases.values(), heard.meeting.orders, moving)

    def _rank(self, heard: _Heard) -> None:
        """A rank: once the votes were taken, and before anything is decided."""
        self._ranked = True
        if self._by_sittings and self._made:
            self._tell(_("A rank was recorded when decisions were made already."), "")

    def _voted(self, heard: _Heard) -> None:
        line, ids, before = heard.line, heard.line.data["cases"], self._before(heard.sitting)
        if self._plain is None and not self._astray:
            self._plain = self._rerun(heard, sketch=True).made
        if self._made:
            self._tell(_("A vote was taken when decisions were made already."), "")
        subject = ids[0] if len(ids) == 1 else events.CONTEST_SUBJECT
        if subject not in (line.pd or ()):
            self._tell(_("A vote needs a reason, and none was given."), "")
        if not line.data["ayes"] and not line.data["noes"]:
            self._tell(_("Nobody has voted."), "")
        if not ids or not before.keys() >= {*ids}:
            self._tell(_("The vote is on what was not before the meeting."), line.data["about"])
        elif not self._astray:
            self._on_what(heard, before, ids)

    def _on_what(self, heard: _Heard, before: Mapping[str, Case], ids: Sequence[str]) -> None:
        """Whether a vote is on one decision about one candidature, or on a whole tie; once."""
        meeting, transition = heard.meeting, heard.line.data["transition"]
        refs = ", ".join(before[id_].ref for id_ in ids)
        voted = meeting.votes.keys()
        if heard.line.data["about"] == ORDER:
            voted = meeting.orders.keys()
            ranks = self._ranks(heard)
            sharing = [id_ for id_ in before if ranks[id_] == ranks[ids[0]]]
            if sorted(sharing) != sorted(ids) or len(ids) < 2:
                self._tell(_("The vote on an order is not on all those that share one rank."), refs)
        elif len(ids) != 1 or transition not in heard.sitting.decides:
            self._tell(_("The meeting does not decide that."), f"{refs} {transition}")
        if voted & {*ids}:
            self._tell(_("A candidature was voted on more than once."), refs)

    def _deviated(self, heard: _Heard) -> None:
        line = heard.line
        instead = (self._plain or {}).get(line.case or "")
        if not self._astray and line.data["instead"] != instead:
            self._tell(
                _("The ranking would have given another decision."),
                f"{instead or '–'} ≠ {line.data['instead'] or '–'}",
            )

    def _moved(self, heard: _Heard) -> None:
        if self._astray:
            return
        line = heard.line
        if self._foreseen is None:
            self._all_ranked(heard)
            self._foreseen = self._expected(heard)
        expected = self._foreseen[self._made] if self._made < len(self._foreseen) else None
        self._made += 1
        if (line.case, line.data["transition"]) != expected:
            self._astray = True
            self._tell(
                _("The decision is not the one that the ranking, the votes and the rules give."),
                f"{self._named(line.case, line.data['transition'])} ≠ "
                f"{'–' if expected is None else self._named(*expected)}",
            )

    def _all_ranked(self, heard: _Heard) -> None:
        """The ranks of the whole panel, which the meeting has to record before it decides."""
        if not self._by_sittings:
            return
        name, cases = heard.sitting.panel, self._world.cases
        moving = self._world.sittings.provisional.get(name, ())
        lacking = [
            cases[id_].ref
            for id_ in self._places(heard)
            if id_ in moving or "rank" not in cases[id_].panels[name]
        ]
        if lacking:
            self._tell(_("The meeting did not record the rank of all."), ", ".join(lacking))

    def _ranks(self, heard: _Heard) -> Mapping[str, int]:
        """The ranks that the meeting follows, by id."""
        if self._by_sittings:
            return {id_: place.rank for id_, place in self._places(heard).items()}
        name = heard.sitting.panel
        before = self._before(heard.sitting)
        return {id_: case.panels[name]["rank"] for id_, case in before.items()}

    def _expected(self, heard: _Heard) -> list[tuple[str, str]]:
        """The decisions of the meeting, in their order; none if it could not decide on everyone."""
        rerun = self._rerun(heard)
        all_decided = len(rerun.made) == len(rerun.cases)
        return list(rerun.made.items()) if all_decided and not rerun.torn else []

    def _rerun(self, heard: _Heard, *, sketch: bool = False) -> Rerun:
        person, counters = heard.person, dict(self._counters)
        before = self._before(heard.sitting)
        if self._by_sittings:
            self._suppose_ranked(heard, before, counters)
        return Rerun(
            heard.process,
            heard.sitting,
            heard.meeting,
            before,
            self._ranks(heard),
            counters,
            from_text(heard.line.at),
            () if person is None else person.roles,
            "" if person is None else person.institution or "",
            {id_: vote.transition for id_, vote in heard.meeting.votes.items() if vote.carried},
            sketch,
        ).decide()

    def _suppose_ranked(
        self, heard: _Heard, before: dict[str, Case], counters: dict[Key, int]
    ) -> None:
        """Has those whose rank is not recorded yet bear it, as they will when it is decided."""
        name, process = heard.sitting.panel, heard.process
        for id_, place in self._places(heard).items():
            case = self._world.cases[id_]
            vote = heard.meeting.orders.get(id_)
            after = panel.with_rank(name, case, place.rank, place.tied, vote)
            for key, by in difference(process, case, after).items():
                counters[key] = counters.get(key, 0) + by
            if id_ in before:
                before[id_] = after

    def _refusal(self, heard: _Heard) -> None:
        refused = self._refused.setdefault(heard.line.case or "", set())
        refused.add(heard.line.data["transition"])

    def _closed(self, heard: _Heard) -> None:
        if self._astray:
            return
        if self._by_sittings and self._ranked and not self._made:
            self._tell(_("A meeting in vain records no rank."), heard.meeting.name)
        if self._made:
            if self._made < len(self._foreseen or ()):
                left = (case.ref for case in self._before(heard.sitting).values())
                self._tell(_("The meeting left candidatures undecided."), ", ".join(left))
        elif not any({*heard.sitting.decides} <= refused for refused in self._refused.values()):
            # Else the next meeting of that name would be a second call, and might need no quorum.
            self._tell(_("Nothing shows that the meeting was in vain."), heard.meeting.name)

    def _named(self, case_id: str | None, transition: Any) -> str:
        case = self._world.cases.get(case_id or "")
        return f"{case.ref if case else case_id} {transition}"

    HEARINGS: ClassVar[Mapping[str, Callable[[Conduct, _Heard], None]]] = {
        events.VOTE_TAKEN: _voted,
        events.DEVIATION_DECIDED: _deviated,
        events.TRANSITION_MADE: _moved,
        events.TRANSITION_REFUSED: _refusal,
        events.SITTING_CLOSED: _closed,
        events.RANK_RECORDED: _rank,
    }
