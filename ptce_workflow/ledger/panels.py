"""Whether what a panel did was allowed: its marks, who stepped aside, ranks, meetings, votes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from ptce_workflow.base.words import _
from ptce_workflow.ledger import events
from ptce_workflow.ledger.hours import RANKS_BY_SITTINGS, written_since
from ptce_workflow.ledger.line import Line
from ptce_workflow.ledger.meeting import DEVIATION, ORDER, outcome, places
from ptce_workflow.process import panel
from ptce_workflow.process.fields import ScoreField
from ptce_workflow.process.panel import Place
from ptce_workflow.process.process import Process
from ptce_workflow.process.sheets import Sheet

if TYPE_CHECKING:
    from ptce_workflow.ledger.replay import Person, World

Tell = Callable[[str, object], None]


class PanelCourt:
    """Judges the lines of a panel again, and tells what the process of the day did not allow."""

    def __init__(self, world: World, tell: Tell) -> None:
        self._world = world
        self._tell = tell
        self._placed: tuple[object, Mapping[str, Place]] | None = None
        self._figures = 0

    def scored(self, process: Process, line: Line, person: Person | None) -> None:
        """Marks: in an open panel, on the scale, by who is asked and does not step aside."""
        case, data = self._world.cases[line.case or ""], line.data
        name, institution = data["sheet"], data["institution"]
        sheet = process.definition.sheets.get(name)
        if sheet is None or name not in process.states[case.state].open:
            self._tell(_("No mark could be given in that state."), f"{name} ({case.state})")
            return
        self._sits(sheet, institution)
        if institution in case.recused.get(name, ()):
            self._tell(_("This institution had stepped aside."), institution)
        elif institution not in panel.assigned_to(sheet, case):
            self._tell(_("This institution was not asked."), institution)
        if person is None or not _may_score(person, sheet, institution):
            self._tell(_("Whoever wrote it had not the role."), line.actor)
        for criterion, mark in data["scores"].items():
            field = sheet.fields.get(criterion)
            if mark is None and isinstance(field, ScoreField) and field.no_opinion:
                continue
            # `true` is an integer to Python, and no mark.
            if type(mark) is not int or mark not in sheet.scales.get(criterion, ()):
                self._tell(_("The mark is not on the scale."), f"{criterion}: {mark}")

    def stepped_aside(self, process: Process, line: Line, person: Person | None) -> None:
        """A recusal, or the end of one: by who may, of who sits, with the figures that follow."""
        case, data = self._world.cases[line.case or ""], line.data
        name, institution = data["sheet"], data["institution"]
        sheet = process.definition.sheets.get(name)
        if sheet is None:
            self._tell(_("The process of the day has no such panel."), name)
            return
        self._sits(sheet, institution)
        lifted = line.type == events.RECUSAL_LIFTED
        roles = () if person is None else person.roles
        own = person is not None and "jury" in roles and person.institution == institution
        if "desk" not in roles and not (own and not lifted):
            self._tell(_("Whoever wrote it had not the role."), line.actor)
        if process.states[case.state].ends:
            self._tell(_("Nobody steps aside from what is decided."), case.state)
        if case.id not in (line.pd or ()):
            self._tell(_("Whoever steps aside says why, and no reason was given."), institution)
        if (institution in case.recused.get(name, ())) != lifted:
            self._tell(_("The institution stood where the line puts it already."), institution)
        after = panel.with_voice(name, institution, case, lifted=lifted)
        ranked = process.is_ranked(name, case)
        expected = {name: panel.figures_of(name, sheet, after)} if ranked else {}
        if data["panels"] != expected:
            self._tell(_("The panel's figures are not those of its marks."), name)

    def changed(self) -> None:
        """Takes note that figures, by which candidatures are ranked, may have changed."""
        self._figures += 1

    def placed(self, process: Process, line: Line, _person: Person | None) -> None:
        """A rank: the one that the recorded figures give, votes of the meeting counted."""
        data = line.data
        name, meeting = data["sheet"], self._world.sittings.meeting
        sheet = process.definition.sheets.get(name)
        if sheet is None:
            self._tell(_("The process of the day has no such panel."), name)
            return
        case_id, sittings = line.case or "", self._world.sittings
        moving = sittings.provisional.get(name, set())
        by_sitting = written_since(RANKS_BY_SITTINGS, self._world.versions, line)
        if by_sitting:
            sitting = meeting and process.definition.config.sittings.get(meeting.name)
            if not sitting or sitting.panel != name:
                self._tell(_("Ranks are recorded by a sitting of their panel alone."), name)
            figures = self._world.cases[case_id].panels.get(name, {})
            if "rank" in figures and case_id not in moving:
                self._tell(_("The rank was recorded for good before."), str(figures["rank"]))
        votes = {} if meeting is None else meeting.orders
        asked = (name, process.hash, self._figures, votes, meeting and meeting.n)
        if self._placed is None or self._placed[0] != asked:
            cases = self._world.cases
            # Before, each rank followed from all the figures anew.
            anew = moving if by_sitting else cases.keys()
            self._placed = (asked, places(process, name, cases.values(), votes, anew))
        place = self._placed[1].get(case_id)
        told = (data["rank"], data["tied"], data["parted_by"], data["vote"])
        found = place and (
            place.rank,
            place.tied,
            place.parted_by or None,
            votes.get(case_id),
        )
        if told != found:
            self._tell(_("The rank is not the one that the figures give."), f"{told} ≠ {found}")

    def opened(self, process: Process, line: Line, person: Person | None) -> None:
        """A meeting: one that the process knows, of members of its panel."""
        data = line.data
        self._by_desk(line, person)
        sitting = process.definition.config.sittings.get(data["sitting"])
        if sitting is None:
            self._tell(_("The process of the day has no such sitting."), data["sitting"])
            return
        members = process.definition.sheets[sitting.panel].members
        for institution in data["present"]:
            if institution not in members:
                self._tell(_("This institution does not sit in the panel."), institution)
        if not data["present"] or len({*data["present"]}) < len(data["present"]):
            self._tell(_("Each institution present counts once."), ", ".join(data["present"]))
        if data["chair"] is not None and data["chair"] not in data["present"]:
            self._tell(_("Who chairs was not present."), data["chair"])
        called = self._world.sittings.call(data["sitting"])
        if data["call"] != called:
            self._tell(_("The meeting was not called so often."), f"{called} ≠ {data['call']}")

    def voted(self, process: Process, line: Line, person: Person | None) -> None:
        """A vote: of those present who do not step aside, counted as the process says."""
        data, meeting = line.data, self._world.sittings.meeting
        self._by_desk(line, person)
        sittings = process.definition.config.sittings
        sitting = None if meeting is None else sittings.get(meeting.name)
        if meeting is None or sitting is None:
            self._tell(_("Nobody sat."), line.type)
            return
        voices = [*data["ayes"], *data["noes"], *data["abstained"]]
        sheet = process.definition.sheets[sitting.panel]
        allowed = [
            frozenset(panel.asked_of(sitting.panel, sheet, self._world.cases[id_]))
            for id_ in data["cases"]
        ]
        if sorted(voices) != sorted(frozenset(meeting.present).intersection(*allowed)):
            self._tell(
                _("The voices are not those of the institutions present."), ", ".join(voices)
            )
        carried, casting = outcome(
            data["ayes"], data["noes"], meeting.chair, casting_vote=sitting.casting_vote
        )
        if (data["carried"], data["casting"]) != (carried, casting):
            self._tell(_("The vote was not counted so."), f"{carried} ≠ {data['carried']}")
        if data["about"] not in (DEVIATION, ORDER):
            self._tell(_("A vote is on one decision, or on an order."), data["about"])

    def deviated(self, process: Process, line: Line, person: Person | None) -> None:
        """A decision that departs from the ranking: only by a vote that was carried."""
        meeting = self._world.sittings.meeting
        self._by_desk(line, person)
        vote = meeting and meeting.votes.get(line.case or "")
        if not vote or not vote.carried or vote.transition != line.data["transition"]:
            self._tell(_("No vote that was carried decided so."), line.data["transition"])

    def closed(self, process: Process, line: Line, person: Person | None) -> None:
        """The end of a meeting."""
        self._by_desk(line, person)

    def _sits(self, sheet: Sheet, institution: str) -> None:
        if institution not in sheet.members:
            self._tell(_("This institution does not sit in the panel."), institution)

    def _by_desk(self, line: Line, person: Person | None) -> None:
        if person is None or "desk" not in person.roles:
            self._tell(_("Only the desk may do this."), line.actor)


def _may_score(person: Person, sheet: Sheet, institution: str) -> bool:
    roles: list[Any] = [role for role in person.roles if role in sheet.by]
    return "desk" in roles or ("jury" in roles and person.institution == institution)
