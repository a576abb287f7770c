"""Whether a line was allowed: judged again by the process of its day, on the facts of its day.

A ledger can be whole, every hash in its place, and still tell of an act that the rulebook did
not allow: integrity is not legality.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from ptce_workflow.base.instants import from_text, to_text
from ptce_workflow.base.words import _
from ptce_workflow.ledger import events, handing, hours
from ptce_workflow.ledger.conduct import Conduct
from ptce_workflow.ledger.line import Line
from ptce_workflow.ledger.meeting import sitting_figures
from ptce_workflow.ledger.panels import PanelCourt
from ptce_workflow.ledger.replay import COURIER, SCHEDULER, Person, World
from ptce_workflow.process.case import Case, Moment
from ptce_workflow.process.definition import START
from ptce_workflow.process.machine import Way
from ptce_workflow.process.process import Outcome, Process
from ptce_workflow.process.totals import Key, totals_for

Tell = Callable[[str, object], None]
"""Takes what was not allowed, and why: a line may say anything, so what it says may be no text."""

_NONE: Mapping[str, Any] = {}


class Court:
    """Judges acts again, in their order, and tells what the process of the day did not allow.

    *Shape* `world` is what the lines before amount to, `counters` what its candidatures add up
    to; whoever holds the court takes each line into both once it was heard.
    """

    def __init__(self, world: World, counters: Mapping[Key, int], tell: Tell, remark: Tell) -> None:
        self._world = world
        self._counters = counters
        self._tell = tell
        self._remark = remark
        self._panels = PanelCourt(world, tell)
        self._conduct = Conduct(world, counters, tell)

    def hear(self, process: Process, line: Line) -> None:
        """Judges one line by the process that it names."""
        kind = events.BY_NAME.get(line.type)
        if kind is None:
            self._tell(_("No line is of this kind."), line.type)
            return
        if line.data.keys() != kind.data.keys():
            self._tell(_("The line does not hold what its kind holds."), ", ".join(kind.data))
            return
        if (line.n == 1) != (line.type == events.CONTEST_CREATED):
            self._tell(_("A ledger begins with the creation of its contest, and only there."), "")
        if self._world.process and line.process != self._world.process:
            self._tell(
                _("The line was judged by a process that was not in force."), line.process[:12]
            )
        self._in_order(line)
        person = self._person(line)
        hear = self.HEARINGS.get(line.type)
        if hear is not None:
            hear(self, process, line, person)
        heard = self.PANEL_HEARINGS.get(line.type)
        if heard is not None:
            heard(self._panels, process, line, person)
        self._conduct.hear(process, line, person)
        if line.type in _CHANGE_FIGURES:
            self._panels.changed()

    def _person(self, line: Line) -> Person | None:
        if line.actor == SCHEDULER.pseudonym:
            return SCHEDULER
        person = self._world.people.get(line.actor)
        return person if person is not None and person.active else None

    # The order of time.

    def _in_order(self, line: Line) -> None:
        """A rehearsal's clock goes where it is set; so did all clocks once, for older programs."""
        breach = self._world.hours.breach(line)
        if breach is not None:
            ordered = hours.written_since(hours.LINES_IN_ORDER, self._world.versions, line)
            tell = self._tell if ordered and not self._world.rehearsal else self._remark
            tell(*breach)

    def _clock_accepted(self, process: Process, line: Line, person: Person | None) -> None:
        self._desk_only(process, line, person)
        world = self._world
        for breach in hours.acceptance_breaches(world.hours, line, rehearsal=world.rehearsal):
            self._tell(*breach)

    def _engine_changed(self, process: Process, line: Line, person: Person | None) -> None:
        for breach in hours.version_breaches(self._world.versions, line):
            self._tell(*breach)

    def _timely(self, process: Process, way: Way, line: Line, case: Case, moment: Moment) -> None:
        accepted = self._world.hours.lived_twice(line.at)
        if accepted is None:
            return
        rules = hours.owed(accepted, process, way, case, moment)
        if rules:
            self._remark(
                _("Line {n} has accepted a clock set back: by it alone this was timely.").format(
                    n=accepted.n
                ),
                _(
                    "At {furthest}, up to where the lines went before, it would not hold: {rules}."
                ).format(furthest=accepted.furthest, rules=", ".join(rules)),
            )

    # Candidatures that move, or could not.

    def _opened(self, process: Process, line: Line, person: Person | None) -> None:
        case_id, ref = line.case or "", line.data["ref"]
        if case_id in self._world.cases or ref in self._world.refs:
            self._tell(_("This candidature exists already."), ref)
        origin, way = line.data["origin"], process.ways(START).get(line.data["transition"])
        for what, why in handing.opened_faults(way, case_id, origin):
            self._tell(what, why)
        origin = origin if handing.is_origin(origin) else None
        blank = Case(case_id, ref, START, from_text(line.at), line.n - 1, origin=origin)
        self._judged(process, line, person, case=blank)

    def _handed_over(self, process: Process, line: Line, person: Person | None) -> None:
        self._desk_only(process, line, person)
        case = self._world.cases[line.case or ""]
        for what, why in handing.handed_faults(process, case, line.data):
            self._tell(what, why)

    def _moved(self, process: Process, line: Line, person: Person | None) -> None:
        case = self._world.cases[line.case or ""]
        if line.data["from"] != case.state:
            self._tell(
                _("The candidature did not stand in the state that it leaves."),
                f"{line.data['from']} ≠ {case.state}",
            )
            return
        self._judged(process, line, person, case=case)

    def _judged(self, process: Process, line: Line, person: Person | None, *, case: Case) -> None:
        data = line.data
        way = process.ways(case.state).get(data["transition"])
        if way is None:
            self._tell(
                _("The process of the day has no such transition."),
                f"{case.state} → {data['transition']}",
            )
            return
        self._by_whom(way, line, person)
        moment = self._moment(process, line, person, case=case)
        self._in_time(process, way, line, case=case, moment=moment)
        outcome = process.judge(way, case, moment)
        self._answered(line, outcome)
        read, told = set(process.judge_of(way).totals_read), data["totals"].keys()
        # The least of nothing is not known, and then not told.
        known = {one for one in read if process.definition.config.totals[one].least is None}
        if not known <= told <= read:
            self._tell(_("The line does not hold the totals that the rules looked at."), way.name)
        if line.type != events.TRANSITION_REFUSED:
            if data["to"] != way.to:
                self._tell(_("The transition does not lead there."), f"{way.to} ≠ {data['to']}")
            self._figures(process, way, line, case=case)
            self._timely(process, way, line, case, moment)

    def _moment(self, process: Process, line: Line, person: Person | None, *, case: Case) -> Moment:
        received, meeting = line.data["received_at"], self._world.sittings.meeting
        transition = line.data["transition"]
        return Moment(
            from_text(line.at),
            () if person is None else person.roles,
            "" if person is None else person.institution or "",
            line.data["totals"],
            None if received is None else from_text(received),
            sitting=sitting_figures(process, meeting, case, transition),
        )

    def _by_whom(self, way: Way, line: Line, person: Person | None) -> None:
        if person is None or set(person.roles).isdisjoint(way.roles):
            self._tell(_("Whoever made the transition had not the role."), line.actor)
        by_hand = person is not SCHEDULER and line.type != events.CANDIDATURE_OPENED
        if by_hand and way.transition.reason and line.case not in (line.pd or _NONE):
            self._tell(_("The transition needs a reason, and none was given."), way.name)

    def _in_time(
        self, process: Process, way: Way, line: Line, *, case: Case, moment: Moment
    ) -> None:
        """What time makes, it makes at its hour; only what it tried bears a due instant."""
        received = moment.received_at
        if (received is not None) != way.transition.receives:
            self._tell(_("The instant of receipt does not belong, or is missing."), "")
        elif received is not None and received > moment.now:
            self._tell(_("The dossier cannot have been received in the future."), to_text(received))
        by_time = line.actor == SCHEDULER.pseudonym
        due = process.due(case).get(way.name) if by_time else None
        told = "" if due is None else to_text(due)
        if by_time and (due is None or due > moment.now):
            self._tell(_("Time made the transition before its hour."), told)
        if line.type == events.TRANSITION_REFUSED and (line.data["due"] or "") != told:
            self._tell(_("The due instant is not the one of the process."), str(line.data["due"]))

    def _answered(self, line: Line, outcome: Outcome) -> None:
        data, made = line.data, line.type != events.TRANSITION_REFUSED
        verdicts = outcome.verdicts
        answers = {verdict.rule: verdict.answer for verdict in verdicts}
        missing = {verdict.rule: list(verdict.missing) for verdict in verdicts if verdict.missing}
        if answers != data["verdicts"] or missing != data["missing"]:
            self._tell(
                _("The rules, asked again, do not answer the same."),
                _differences(data["verdicts"], answers),
            )
        if made != (outcome.to is not None):
            self._tell(
                _("The rules did not allow it.") if made else _("The rules did not refuse it."),
                ", ".join(rule for rule, answer in answers.items() if answer != "holds"),
            )

    def _figures(self, process: Process, way: Way, line: Line, *, case: Case) -> None:
        """What a line states beside its verdicts: totals, and the panel's figures."""
        totals, read = line.data["totals"], process.judge_of(way).totals_read
        seen = totals_for(process, self._counters, case) if read else _NONE
        for name in read:
            if seen.get(name) != totals.get(name):
                self._tell(
                    _("A total was not what the line says."),
                    f"total.{name}: {seen.get(name)} ≠ {totals.get(name)}",
                )
        frozen, expected = way.transition.freezes, _NONE
        if frozen:
            expected = {frozen: process.scope.figures[frozen](case)}
        if line.data.get("panels", {}) != expected:
            self._tell(_("The panel's figures are not those of its marks."), frozen or "")

    # What is written down of them.

    def _recorded(self, process: Process, line: Line, person: Person | None) -> None:
        case, data = self._world.cases[line.case or ""], line.data
        open_ = process.writable(case.state, () if person is None else person.roles)
        names = (*data["facts"], *data["given"], *data["removed"])
        for name in () if open_.issuperset(names) else names:
            if process.definition.field(name) is None:
                self._tell(_("The process of the day has no such field."), name)
            elif not process.is_open(name, case.state):
                self._tell(_("This could not be written in that state."), f"{name} ({case.state})")
            elif name not in open_:
                self._tell(_("Whoever wrote it had not the role."), line.actor)

    # What concerns the contest as a whole.

    def _desk_only(self, process: Process, line: Line, person: Person | None) -> None:
        first = line.actor == "init" and not self._world.people
        if not first and (person is None or "desk" not in person.roles):
            self._tell(_("Only the desk may do this."), line.actor)

    def _adopted(self, process: Process, line: Line, person: Person | None) -> None:
        self._desk_only(process, line, person)
        if line.data["from"] != self._world.process:
            self._tell(
                _("The line was judged by a process that was not in force."),
                line.data["from"][:12],
            )

    # Mails.

    def _planned(self, process: Process, line: Line, person: Person | None) -> None:
        for planned in line.data["messages"]:
            notification = process.definition.notifications.get(planned["notification"])
            if notification is None:
                self._tell(
                    _("The process of the day has no such notification."), planned["notification"]
                )
            elif (notification.about == "contest") != (line.case is None):
                self._tell(_("The mail is not about what the process says."), planned["message"])
            elif planned["held"] != notification.held:
                self._tell(_("The mail was to wait for a person, or not to."), planned["message"])

    def _sent(self, process: Process, line: Line, person: Person | None) -> None:
        if line.actor != COURIER.pseudonym:
            self._tell(_("Only the courier may do this."), line.actor)
        told = line.data.get("notification")
        message = self._world.messages.get(line.data.get("message", ""))
        if told is not None and (message is None or message.slot.notification != told):
            self._tell(_("The line does not name the mail that the message is."), told)

    HEARINGS: ClassVar[Mapping[str, Callable[[Court, Process, Line, Person | None], None]]] = {
        events.CANDIDATURE_OPENED: _opened,
        events.CANDIDATURE_HANDED_OVER: _handed_over,
        events.TRANSITION_MADE: _moved,
        events.TRANSITION_REFUSED: _moved,
        events.FACTS_RECORDED: _recorded,
        events.CLOCK_ACCEPTED: _clock_accepted,
        events.ENGINE_CHANGED: _engine_changed,
        events.PERSON_ENROLLED: _desk_only,
        events.PERSON_LEFT: _desk_only,
        events.PROCESS_ADOPTED: _adopted,
        events.MESSAGES_PLANNED: _planned,
        events.MESSAGES_RELEASED: _desk_only,
        events.MESSAGE_RESOLVED: _desk_only,
        events.MESSAGES_EXPIRED: _sent,
        events.MESSAGE_SENT: _sent,
        events.MESSAGE_FAILED: _sent,
        events.MESSAGE_UNCERTAIN: _sent,
    }
    PANEL_HEARINGS: ClassVar[
        Mapping[str, Callable[[PanelCourt, Process, Line, Person | None], None]]
    ] = {
        events.SCORES_GIVEN: PanelCourt.scored,
        events.INSTITUTION_RECUSED: PanelCourt.stepped_aside,
        events.RECUSAL_LIFTED: PanelCourt.stepped_aside,
        events.RANK_RECORDED: PanelCourt.placed,
        events.SITTING_OPENED: PanelCourt.opened,
        events.VOTE_TAKEN: PanelCourt.voted,
        events.DEVIATION_DECIDED: PanelCourt.deviated,
        events.SITTING_CLOSED: PanelCourt.closed,
    }


_CHANGE_FIGURES = frozenset(
    (
        events.SCORES_GIVEN,
        events.INSTITUTION_RECUSED,
        events.RECUSAL_LIFTED,
        events.TRANSITION_MADE,
        events.PROCESS_ADOPTED,
    )
)
"""After these a ranking is to be worked out again."""


def _differences(told: Mapping[str, str], found: Mapping[str, str]) -> str:
    names = sorted({*told, *found})
    return ", ".join(
        f"{name}: {told.get(name, '–')} ≠ {found.get(name, '–')}"
        for name in names
        if told.get(name) != found.get(name)
    )
