"""The process: a contest folder once read, immutable, known by its hash."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from ptce_workflow.base.errors import FolderFaults
from ptce_workflow.process.case import Case
from ptce_workflow.process.dates import Dates
from ptce_workflow.process.definition import (
    ANY,
    START,
    TIME,
    Definition,
    Rule,
    State,
    Total,
    Transition,
)
from ptce_workflow.process.folder import Files, process_hash
from ptce_workflow.process.instant import Instant, parse_instant
from ptce_workflow.process.paths import state_file
from ptce_workflow.process.workdays import Workdays

if TYPE_CHECKING:
    from ptce_workflow.process.case import Moment
    from ptce_workflow.process.machine import Machine
    from ptce_workflow.process.rules import Judge, Verdict
    from ptce_workflow.process.scope import Scope


@dataclass(frozen=True, slots=True)
class Way:
    """A transition out of one state, its rules written out (`same_as` followed)."""

    name: str
    origin: str
    file: str
    transition: Transition
    rules: Mapping[str, Rule]

    @property
    def to(self) -> str:
        """The state it leads to."""
        return self.transition.to

    @property
    def roles(self) -> tuple[str, ...]:
        """The roles that may make it, that of time included where it has an instant."""
        return (*self.transition.by, *((TIME,) if self.transition.at is not None else ()))

    def seen_at(self, moment: Moment) -> Moment:
        """The moment as its rules see it: what marks a receipt receives now, unless said when."""
        if self.transition.receives and moment.received_at is None:
            return replace(moment, received_at=moment.now)
        return moment


@dataclass(frozen=True, slots=True)
class Outcome:
    """What judging a transition gave: every verdict, the totals seen, and where it leads.

    `to` is None when a rule stands in the way.
    """

    verdicts: tuple[Verdict, ...]
    totals: Mapping[str, int]
    to: str | None


@dataclass(frozen=True, eq=False, repr=False)
class Process:
    """One contest folder, read; two are equal when their bytes are.

    What follows from the folder is worked out when it is first asked for: most commands ask for
    few rules, some for none, and hardly any for the bytes, so `source` gives these when asked.
    """

    definition: Definition
    hash: str
    """The hash that names the process."""
    source: Callable[[], Files]
    workdays: Workdays
    """The days that count as working days."""

    @cached_property
    def files(self) -> Files:
        """The bytes of the folder."""
        return MappingProxyType(dict(self.source()))

    @cached_property
    def zone(self) -> ZoneInfo:
        """The zone in which the folder says its hours."""
        return ZoneInfo(self.definition.config.contest.timezone)

    @cached_property
    def dates(self) -> Dates:
        """The dates of `config.toml`."""
        return Dates(self.definition, self.zone, self.workdays)

    @cached_property
    def states(self) -> Mapping[str, State]:
        """The states, as a candidature meets them."""
        names = _in_order(self.definition)
        return MappingProxyType({name: self.definition.states[name] for name in names})

    @cached_property
    def _ways(self) -> Mapping[str, Mapping[str, Way]]:
        return {
            state: MappingProxyType(dict(_ways(self.definition, state)))
            for state in (START, *self.states)
        }

    @cached_property
    def _timed(self) -> Mapping[str, list[tuple[str, Instant]]]:
        return {
            state: [
                (name, parse_instant(way.transition.at))
                for name, way in ways.items()
                if way.transition.at is not None
            ]
            for state, ways in self._ways.items()
        }

    @cached_property
    def kept_totals(self) -> tuple[tuple[str, Total], ...]:
        """The totals that have a counter of their own, by name."""
        totals = self.definition.config.totals
        return tuple((name, total) for name, total in totals.items() if total.is_kept)

    @cached_property
    def _judges(self) -> dict[tuple[str, str], Judge]:
        return {}

    @cached_property
    def _writable(self) -> dict[tuple[str, tuple[str, ...]], frozenset[str]]:
        return {}

    @classmethod
    def load(cls, files: Files) -> Process:
        """Reads a folder that `check` has already accepted.

        *Raises* FolderFaults when it does not even read.
        """
        # Only what reads a folder needs the validators; most processes are loaded from their form.
        from ptce_workflow.process.reading import read_definition

        definition, findings = read_definition(files)
        if definition is None:
            raise FolderFaults(findings)
        return cls.of(definition, files)

    @classmethod
    def of(cls, definition: Definition, files: Files) -> Process:
        """The process of a folder that was read."""
        kept = dict(files)
        workdays = Workdays(definition.config.contest.holidays)
        return cls(definition, process_hash(kept), lambda: kept, workdays)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Process) and other.hash == self.hash

    def __hash__(self) -> int:
        return hash(self.hash)

    @property
    def language(self) -> str:
        """The contest's own language."""
        return self.definition.config.contest.language

    def ways(self, state: str) -> Mapping[str, Way]:
        """The transitions out of a state, by name; `start` has the ways in."""
        return self._ways.get(state, {})

    def every_way(self) -> Iterator[Way]:
        """Every transition of every state, the ways in first."""
        for ways in self._ways.values():
            yield from ways.values()

    @cached_property
    def scope(self) -> Scope:
        """The values that rules read."""
        # Loading CEL and protobuf takes longer than reading the folder; listing needs neither.
        from ptce_workflow.process.scope import Scope

        return Scope(self.definition, self.zone, self.dates)

    @cached_property
    def machine(self) -> Machine:
        """The state machine."""
        # Loaded with the first decision only, like the rules.
        from ptce_workflow.process.machine import Machine

        return Machine(
            (START, *self.states), ((way.name, way.origin, way.to) for way in self.every_way())
        )

    def judge(self, way: Way, case: Case, moment: Moment) -> Outcome:
        """Asks every rule of a transition, and the machine where it leads."""
        judge = self.judge_of(way)
        verdicts = judge.verdicts(case, moment)
        to = self.machine.decide(way.origin, way.name, verdicts)
        return Outcome(verdicts, judge.totals(moment), to)

    def judge_of(self, way: Way) -> Judge:
        """The compiled rules of a transition."""
        key = (way.origin, way.name)
        if key not in self._judges:
            # Compiling is what takes CEL; see `scope`.
            from ptce_workflow.process.rules import Judge

            self._judges[key] = Judge(self.scope, way.rules)
        return self._judges[key]

    @cached_property
    def dates_read(self) -> Mapping[str, tuple[str, ...]]:
        """The dates that the rules of the ways out of each state read, by state.

        The normal form brings them along: who lists candidatures need not compile every rule.
        """
        read = {
            state: {name for way in self.ways(state).values() for name in self.judge_of(way).names}
            for state in self.states
        }
        return {
            state: tuple(sorted(one.removeprefix("date.") for one in names if "date." in one[:5]))
            for state, names in read.items()
        }

    def still_holds(self, notification: str, case: Case | None, moment: Moment) -> bool:
        """Whether the condition of a mail holds; one that cannot tell does not."""
        key = (notification, "")
        if key not in self._judges:
            from ptce_workflow.process.rules import Judge

            when = self.definition.notifications[notification].when
            self._judges[key] = Judge(self.scope, {"when": Rule(when=when)})
        judged = case or Case("", "", START, moment.now, 0)
        (verdict,) = self._judges[key].verdicts(judged, moment)
        return verdict.answer == "holds"

    def is_open(self, name: str, state: str) -> bool:
        """Whether a field (`sheet.field`) may be written in a state."""
        open_ = self.states[state].open
        return name in open_ or name.partition(".")[0] in open_

    def is_ranked(self, panel: str, case: Case) -> bool:
        """Whether a candidature's figures are recorded, and its panel is not open again."""
        return panel in case.panels and panel not in self.states[case.state].open

    def writable(self, state: str, roles: tuple[str, ...]) -> frozenset[str]:
        """The fields that someone who acts in some roles may write in a state."""
        key = (state, roles)
        if key not in self._writable:
            self._writable[key] = frozenset(
                f"{sheet_name}.{field}"
                for sheet_name, sheet in self.definition.sheets.items()
                if not set(sheet.by).isdisjoint(roles)
                for field in sheet.fields
                if self.is_open(f"{sheet_name}.{field}", state)
            )
        return self._writable[key]

    def due(self, case: Case) -> dict[str, datetime]:
        """When time will make each timed transition of a candidature, as far as is known."""
        found = ((name, self.dates.resolve(at, case)) for name, at in self._timed[case.state])
        return {name: instant for name, instant in found if instant is not None}


def rule_at(definition: Definition, path: str) -> Rule | None:
    """The rule behind `state.transition.rule`, or None."""
    holder_name, _dot, rest = path.partition(".")
    transition_name, _dot, rule_name = rest.partition(".")
    gates = {START: definition.start, ANY: definition.any}
    holder = gates.get(holder_name) or definition.states.get(holder_name)
    transition = holder.transitions.get(transition_name) if holder else None
    return transition.rules.get(rule_name) if transition else None


def _in_order(definition: Definition) -> list[str]:
    """The states as a candidature meets them: by distance from the start, decided ones last."""
    met = dict.fromkeys(way.to for way in definition.start.transitions.values())
    queue = list(met)
    for name in queue:
        state = definition.states.get(name)
        following = [way.to for way in state.transitions.values()] if state else []
        following += [way.to for way in definition.any.transitions.values() if name in way.from_]
        fresh = [to for to in dict.fromkeys(following) if to not in met]
        met.update(dict.fromkeys(fresh))
        queue.extend(fresh)
    names = [name for name in (*met, *definition.states) if name in definition.states]
    return sorted(dict.fromkeys(names), key=lambda name: definition.states[name].ends)


def _ways(definition: Definition, state: str) -> Iterator[tuple[str, Way]]:
    own = definition.start if state == START else definition.states[state]
    for name, transition in own.transitions.items():
        yield name, _way(definition, name, state, state_file(state), transition)
    for name, transition in definition.any.transitions.items():
        if state in transition.from_ and name not in own.transitions:
            yield name, _way(definition, name, state, state_file(ANY), transition)


def _way(definition: Definition, name: str, state: str, file: str, transition: Transition) -> Way:
    rules = {}
    for rule_name, rule in transition.rules.items():
        followed = rule_at(definition, rule.same_as) if rule.same_as else rule
        rules[rule_name] = followed or rule
    return Way(name, state, file, transition, MappingProxyType(rules))
