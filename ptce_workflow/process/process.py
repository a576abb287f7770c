"""The process: a contest folder once read, and its compiled form.

It says what the folder says, once checked, with the days off of the years of the contest: what
most commands need of a process, without what reads and checks folders.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property, lru_cache
from hashlib import sha256
from types import MappingProxyType
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import transitions
from msgspec import Struct

from ptce_workflow.base import words
from ptce_workflow.base.errors import FolderFaults
from ptce_workflow.base.words import _, language, n_
from ptce_workflow.process.calendar import Instant, Workdays, parse_instant
from ptce_workflow.process.candidature import Candidature, RuleContext, Verdict
from ptce_workflow.process.dates import Dates, Versions, versions
from ptce_workflow.process.fields import FieldType, field_types
from ptce_workflow.process.model import defaults
from ptce_workflow.process.model.base import InstantSource, Model, Rule
from ptce_workflow.process.model.definition import (
    ANY,
    START,
    TIME,
    Definition,
    RequestAnswer,
    State,
    Total,
    Transition,
)
from ptce_workflow.process.model.folder import Files, process_hash, request_file
from ptce_workflow.process.model.sheets import Sitting
from ptce_workflow.process.panel import has_mean

if TYPE_CHECKING:
    from ptce_workflow.process.rules import Judge, Scope


def _asked_at_once(condition: str | None) -> frozenset[str]:
    """What a condition asks whatever else holds: the parts of a plain conjunction."""
    if condition is None or "||" in condition or "?" in condition:
        return frozenset()
    return frozenset(part.strip() for part in condition.split("&&"))


class Edge(transitions.Transition):
    def __init__(
        self,
        source: str,
        dest: str,
        *callbacks: Any,
        name: str,
        file: str,
        transition: Transition,
        rules: Mapping[str, Rule],
        mails: tuple[str, ...],
        sittings: Mapping[str, Mapping[str, Rule]],
    ) -> None:
        super().__init__(source, dest, *callbacks)
        self.name = name
        self.key = f"{source}.{name}" if isinstance(transition, RequestAnswer) else name
        """Its name among all that may be done with a candidature: an answer has its request's."""
        self.file = file
        self.transition = transition
        asked = {name: rule for own in sittings.values() for name, rule in own.items()}
        self.rules = MappingProxyType({**asked, **rules})
        """Every rule, by name; what sittings ask of it included."""
        self.sittings = sittings
        """The rules that each sitting which decides it asks, by the sitting."""
        self.mails = mails
        """The mails that it sets off, in the order of the folder."""
        self.to = dest
        """The state it leads to; "" for an answer, which moves nothing."""

    @property
    def decided(self) -> bool:
        return bool(self.sittings)

    @property
    def origin(self) -> str:
        return self.source

    @cached_property
    def instant(self) -> Instant | None:
        """The instant at which time makes it; None for one that only people make."""
        return None if self.transition.at is None else parse_instant(self.transition.at)

    @cached_property
    def returns(self) -> bool:
        """True when a rule lets it lead only where a candidature has stood before."""
        been = f"given.entered.{self.to}"
        return any(been in _asked_at_once(rule.when) for rule in self.rules.values())

    @property
    def moves(self) -> bool:
        return bool(self.to)

    @cached_property
    def roles(self) -> tuple[str, ...]:
        return (*self.transition.by, *((TIME,) if self.transition.at is not None else ()))


class Machine(transitions.Machine):
    """The states of a process and the ways between them, on `transitions`.

    The library is asked which ways there are, never to take one: it would stop at the first rule
    that fails, and people are told all of them. Nothing here has an effect on a candidature.
    """

    transition_cls = Edge

    def __init__(self, definition: Definition) -> None:
        """`auto_transitions` is off: it would add transitions past every guard."""
        super().__init__(
            model=None,
            states=[START, *definition.states, *definition.requests],
            initial=None,
            auto_transitions=False,
            # As no transition can be called: a folder that calls one so is told, by `check`.
            model_attribute="state of a candidature",
        )
        self._definition = definition
        self._names: dict[str, tuple[str, ...]] = {}
        for state in self.states:
            own = definition.holders[state]
            asked = state in definition.requests
            file = request_file(state) if asked else definition.state_file(state)
            written = {name: (one, file) for name, one in own.transitions.items()}
            for name, one in definition.any.transitions.items():
                if state in one.from_:
                    written.setdefault(name, (one, definition.state_file(ANY)))
            self._names[state] = tuple(written)
            for name, (one, file) in written.items():
                self.add_transition(
                    name,
                    state,
                    one.to,
                    name=name,
                    file=file,
                    transition=one,
                    rules=defaults.rules_of(definition, f"{state}.{name}"),
                    sittings=defaults.rules_in_sittings(definition, f"{state}.{name}"),
                    mails=definition.set_off(state, name, one.to),
                )

    @cached_property
    def edges(self) -> Mapping[str, Mapping[str, Edge]]:
        """The ways out of each state by name, in the order of the folder; `start` has those in."""
        # The library keeps them by name, in the order in which it met a name in any state.
        edges: dict[str, dict[str, Any]] = {
            state: {name: self.get_transitions(name, state)[0] for name in names}
            for state, names in self._names.items()
        }
        return MappingProxyType({state: MappingProxyType(ways) for state, ways in edges.items()})

    @cached_property
    def timed(self) -> Mapping[str, tuple[Edge, ...]]:
        return {
            state: tuple(edge for edge in edges.values() if edge.transition.at is not None)
            for state, edges in self.edges.items()
        }

    @cached_property
    def order(self) -> tuple[str, ...]:
        """The states as a candidature meets them: by distance from the start, decided ones last."""
        states = self._definition.states
        met = [name for name in (*self.paths(), *states) if name in states]
        return tuple(sorted(dict.fromkeys(met), key=lambda name: states[name].ends))

    def paths(self, origin: str = START, *, without: str = "") -> dict[str, tuple[str, ...]]:
        """The shortest way from a state to each other, one of which may be closed."""
        paths: dict[str, tuple[str, ...]] = {origin: (origin,)}
        queue = deque([origin])
        while queue:
            here = queue.popleft()
            for edge in self.edges.get(here, {}).values():
                closed = edge.to == without or (edge.returns and origin == START)
                if edge.to not in paths and not closed:
                    paths[edge.to] = (*paths[here], edge.to)
                    queue.append(edge.to)
        return paths


_parsed = lru_cache(parse_instant)
"""What a checked folder says of an instant: it is asked of every candidature."""


class Outcome(Struct, frozen=True):
    """The judgement of a transition: every verdict, the totals seen, and where it leads.

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
    _kept_from: dict[tuple[str, ...], frozenset[str]] = field(default_factory=dict, init=False)
    _judges: dict[tuple[str, str], Judge] = field(default_factory=dict, init=False)
    _closing: dict[tuple[str, str, tuple[str, ...]], tuple[Instant, ...]] = field(
        default_factory=dict, init=False
    )
    _writable: dict[tuple[Any, ...], Mapping[str, FieldType | None]] = field(
        default_factory=dict, init=False
    )

    @cached_property
    def files(self) -> Files:
        return MappingProxyType(dict(self.source()))

    @cached_property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.definition.config.contest.timezone)

    @cached_property
    def dates(self) -> Dates:
        return Dates(self.definition, self.zone, self.workdays)

    @cached_property
    def machine(self) -> Machine:
        return Machine(self.definition)

    @cached_property
    def states(self) -> Mapping[str, State]:
        return MappingProxyType({name: self.definition.states[name] for name in self.machine.order})

    @cached_property
    def totals(self) -> Mapping[str, Total]:
        return MappingProxyType(defaults.every_total(self.definition))

    @cached_property
    def goes_in_order(self) -> bool:
        return any(map(defaults.is_of_order, self.totals))

    @cached_property
    def frozen_by_ways(self) -> frozenset[str]:
        names = (edge.transition.freezes for edge in self.every_edge())
        return frozenset(name for name in names if name is not None)

    @classmethod
    def load(cls, files: Files) -> Process:
        """Reads a checked folder. Raises: FolderFaults when it does not read."""
        # Only what reads a folder needs the validators; most processes are loaded from their form.
        from ptce_workflow.process.model.reading import read_definition

        definition, findings = read_definition(files)
        if definition is None:
            raise FolderFaults(findings)
        return cls.of(definition, files)

    @classmethod
    def of(cls, definition: Definition, files: Files) -> Process:
        own_files = dict(files)
        workdays = Workdays(definition.config.contest.holidays)
        return cls(definition, process_hash(own_files), lambda: own_files, workdays)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Process) and other.hash == self.hash

    def __hash__(self) -> int:
        return hash(self.hash)

    @property
    def language(self) -> str:
        return self.definition.config.contest.language

    def edges(self, state: str) -> Mapping[str, Edge]:
        """The ways out of a state, those in of `start`, the answers to a request; by name."""
        return self.machine.edges.get(state, {})

    def edge(self, case: Candidature, key: str) -> Edge | None:
        """What may be done with a candidature: a way out of its state, or `request.answer`."""
        request, _dot, answer = key.rpartition(".")
        return self.machine.edges.get(request or case.state, {}).get(answer)

    def way_back(self, case: Candidature) -> Edge | None:
        """What a person undoes an end with: the transition to where a candidature stood last."""
        if not self.states[case.state].ends:
            return None
        been = [*case.entered]
        ways = [e for e in self.edges(case.state).values() if e.to in been and e.transition.by]
        return max(ways, key=lambda e: (case.entered[e.to], been.index(e.to)), default=None)

    def every_edge(self) -> Iterator[Edge]:
        """Every transition of every state, the ways in first, answers to requests last."""
        for holder in (START, *self.states, *self.definition.requests):
            yield from self.machine.edges[holder].values()

    def leads_onward(self, state: str, edge: Edge, *, timed: bool = False) -> bool:
        """Whether people (or time, where `timed`) take a way that leads further, not back."""
        passed = self.states[state].must_pass if state in self.states else ()
        own_file = not edge.moves or edge.file == self.definition.state_file(state)
        taken = timed or edge.transition.by or edge.decided
        back = edge.transition.back or (edge.to in passed and edge.transition.next is None)
        return bool(taken and own_file and not back)

    def ways_onward(self, state: str) -> list[Edge]:
        """The ways to show as what is next: those that the folder names so, else the harmless.

        A way back, one against the candidature and one that needs a reason are no next step.
        """
        edges = [edge for edge in self.edges(state).values() if self.leads_onward(state, edge)]
        return [edge for edge in edges if edge.transition.next is not None] or [
            edge
            for edge in edges
            if edge.decided or not (edge.transition.reason or edge.transition.is_contestable)
        ]

    def pending(self, case: Candidature) -> tuple[str, ...]:
        return tuple(filter(case.is_asked, self.definition.requests))

    @cached_property
    def scope(self) -> Scope:
        # Loading CEL and protobuf takes longer than reading the folder; listing needs neither.
        from ptce_workflow.process.rules import Scope

        return Scope(self.definition, self.zone, self.dates)

    def judge(self, edge: Edge, case: Candidature, moment: RuleContext) -> Outcome:
        judge = self.judge_of(edge, moment.meets)
        verdicts = judge.verdicts(case, moment)
        return Outcome(verdicts, judge.totals(moment), edge.to if judge.allow(verdicts) else None)

    def judge_of(self, edge: Edge, meets: str = "") -> Judge:
        """The compiled rules of a transition; where a sitting meets, those that it asks."""
        asked = meets if len(edge.sittings) > 1 and meets in edge.sittings else ""
        key = (edge.origin, f"{edge.name} {asked}")
        return self._compiled(key, edge.sittings[asked] if asked else edge.rules)

    def judge_of_rules(self, rules: Mapping[str, Rule]) -> Judge:
        return self._compiled(("", "\n".join(rules)), rules)

    def _compiled(self, key: tuple[str, str], rules: Mapping[str, Rule]) -> Judge:
        if key not in self._judges:
            # Compiling is what takes CEL; see `scope`.
            from ptce_workflow.process.rules import Judge

            self._judges[key] = Judge(self.scope, rules)
        return self._judges[key]

    @cached_property
    def dates_read(self) -> Mapping[str, tuple[str, ...]]:
        """By state, the dates that its rules read, kept in the normal form."""
        read = {
            state: {
                name for edge in self.edges(state).values() for name in self.judge_of(edge).names
            }
            for state in self.states
        }
        return {
            state: tuple(sorted(one.removeprefix("date.") for one in names if "date." in one[:5]))
            for state, names in read.items()
        }

    def still_holds(self, notification: str, case: Candidature | None, moment: RuleContext) -> bool:
        """True where the condition of a mail holds; one that cannot tell does not."""
        when = self.definition.notifications[notification].when
        return self._holds(when, case or nobody(moment.now), moment)

    def is_before(self, sitting: Sitting, case: Candidature, now: datetime) -> bool:
        """True where a sitting is to decide on a candidature, or to decide again."""
        ranked = "rank" in case.panels.get(sitting.panel, {})
        waits = case.state in sitting.in_ or (case.state in sitting.rectifies and ranked)
        return waits and self._holds(sitting.when, case, RuleContext(now))

    def _holds(self, when: str | None, case: Candidature, moment: RuleContext) -> bool:
        """True where a condition holds, or there is none; one that cannot tell does not."""
        if when is None:
            return True
        judge = self._compiled(("?", when), {"when": Rule(when=when)})
        (verdict,) = judge.verdicts(case, moment)
        return verdict.answer == "holds"

    def is_open(self, name: str, state: str, asked: tuple[str, ...] = ()) -> bool:
        """True where a field (`sheet.field`) may be written in a state, or by what is pending."""
        open_ = (*self.states[state].opens, *self._opened_by(asked))
        return (
            name in open_
            or name.partition(".")[0] in open_
            or name in self._always_open
            or name in self._asked.get(state, ())
        )

    def reads_only(self, name: str, case: Candidature) -> bool:
        """True where a field came along from another contest, and is not opened by its own name."""
        carried = case.origin is not None and name in case.origin.get("carried", ())
        if not carried or name in self._always_open:
            return False
        return name not in (*self.states[case.state].opens, *self._opened_by(self.pending(case)))

    def closes(
        self, name: str, case: Candidature, asked: tuple[str, ...] | None = None
    ) -> datetime | None:
        """Until when a field is open, or None; `asked` are the pending requests."""
        asked = self.pending(case) if asked is None else asked
        key = (case.state, name, asked)
        ends = self._closing.get(key)
        if ends is None:
            ends = self._closing[key] = self._ends(*key)
        if not ends:
            return None
        instants = [self.dates.resolve(end, case) for end in ends]
        return None if None in instants else max(at for at in instants if at is not None)

    def _ends(self, state: str, name: str, asked: tuple[str, ...]) -> tuple[Instant, ...]:
        """The ends of what opens a field; none where something opens it for good."""
        sheet, entries = name.partition(".")[0], self.states[state].windows
        entries += tuple((opened, None) for opened in self._opened_by(asked))
        until = [end for opened, end in entries if opened in (name, sheet)]
        # The widest counts: what is open without an end is never closed.
        always = name in self._always_open or name in self._asked.get(state, ())
        return () if None in until or always else tuple(map(parse_instant, until))

    def versions(self, sheet: str, at: datetime, case: Candidature) -> Versions:
        """What an arrival of a sheet is among all of them, by the windows in which it is open."""
        return versions(case.received.get(sheet, ()), at, self.open_until(sheet, case))

    def open_until(self, sheet: str, case: Candidature) -> datetime | None:
        """Until when a sheet is open in any state; None where it never closes, or nobody knows."""
        windows = (window for state in self.states.values() for window in state.windows)
        ends = {end for opened, end in windows if opened == sheet}
        instants = [end and self.dates.resolve(parse_instant(end), case) for end in ends]
        return max((one for one in instants if one), default=None) if all(instants) else None

    @property
    def opens(self) -> datetime | None:
        """From when on something may have arrived, where the folder says so."""
        named = self.definition.config.contest.opens or ""
        return self.dates.fixed.get(named.removeprefix("date."))

    def asked_from(self, request: str, case: Candidature) -> datetime | None:
        """From when a request may be asked about a candidature; None while it may not be."""
        windows = self.definition.requests[request].windows
        if case.state not in windows:
            return None
        # What arrived while it stood elsewhere, where it could be asked too, is often typed later.
        starts = [start for state, (start, _end) in windows.items() if state in case.entered]
        instants = [self.instant(start, case) for start in starts]
        if windows[case.state][0] is None:
            instants.append(case.entered[case.state])
        return min((at for at in instants if at is not None), default=None)

    def asked_until(self, request: str, case: Candidature) -> datetime | None:
        """The term of a request about a candidature; None while it is not known."""
        asked = self.definition.requests[request]
        _start, until = asked.windows.get(case.state, (None, asked.until))
        return self.instant(until, case.contested(request))

    def answer_by(self, request: str, case: Candidature) -> datetime | None:
        return self.instant(self.definition.requests[request].answer_by, case)

    def is_decided_on(self, panel: str, case: Candidature) -> bool:
        """Whether a candidature has gone on since a panel's figures froze."""
        sittings = self.definition.config.sittings.values()
        waits = {state for sitting in sittings if sitting.panel == panel for state in sitting.in_}
        waits |= {edge.to for edge in self.every_edge() if edge.transition.freezes == panel}
        return panel in case.panels and case.state not in waits

    def kept_until(self, case: Candidature) -> dict[str, datetime]:
        """Until when the answers of each sheet are kept that says so, as far as that is known."""
        sheets = self.definition.sheets.items()
        instants = ((name, self.instant(one.kept_until, case)) for name, one in sheets)
        return {name: at for name, at in instants if at is not None}

    def instant(self, source: InstantSource | None, case: Candidature) -> datetime | None:
        return None if source is None else self.dates.resolve(_parsed(source), case)

    def _opened_by(self, asked: tuple[str, ...]) -> Iterator[str]:
        """What pending requests open: what they hold themselves, and what they say."""
        for request in asked:
            yield from (request, *self.definition.requests[request].open)
            yield from self._asked.get(request, ())

    def keeps(self, name: str, case: Candidature) -> bool:
        """True where a field (`sheet.field`) belongs to what is complete, and is to stay so."""
        sheet_name = name.partition(".")[0]
        sheet = self.definition.sheets.get(sheet_name)
        if sheet is None or not sheet.stays_complete:
            return False
        required = sheet.required(sheet_name)
        return name in required and case.given.union(case.facts).issuperset(required)

    @cached_property
    def _asked(self) -> Mapping[str, frozenset[str]]:
        """The fields that are answered in the act of leaving each state, where there are some."""
        asked = {
            state: frozenset(name for edge in edges.values() for name in edge.transition.asks)
            for state, edges in self.machine.edges.items()
        }
        return {state: names for state, names in asked.items() if names}

    @cached_property
    def _always_open(self) -> frozenset[str]:
        """The fields that may be written in every state: those that say so, and the contact."""
        definition = self.definition
        own = {
            f"{sheet}.{name}"
            for sheet, one in definition.sheets.items()
            for name, field in one.fields.items()
            if field.open and not one.of_contest
        }
        return frozenset(own | {definition.config.contest.contact_field})

    def is_closed(self, panel: str, case: Candidature) -> bool:
        """True where a candidature's figures are recorded, and its panel is not open again."""
        return panel in case.panels and panel not in self.states[case.state].opens

    def is_ranked(self, panel: str, case: Candidature) -> bool:
        """True where they are and hold a mean: nothing without one has a place."""
        return self.is_closed(panel, case) and has_mean(
            self.definition.sheets[panel], case.panels[panel]
        )

    def writable(
        self, state: str, roles: tuple[str, ...], asked: tuple[str, ...] = ()
    ) -> Mapping[str, FieldType | None]:
        """The fields that some roles may write in a state; None for nobody."""
        key = (state, roles, asked)
        if key not in self._writable:
            self._writable[key] = {
                f"{sheet_name}.{name}": None if sheet.is_panel or field.is_computed else field
                for sheet_name, sheet in self.definition.sheets.items()
                if not set(sheet.by).isdisjoint(roles)
                for name, field in sheet.fields.items()
                if self.is_open(f"{sheet_name}.{name}", state, asked)
            }
        return self._writable[key]

    def kept_from(self, roles: Collection[str]) -> frozenset[str]:
        """The sheets that people of some roles may not read; time and the courier are nobody."""
        key = tuple(sorted(roles))
        if key not in self._kept_from:
            people = {"desk", "jury"}.intersection(roles) and "auditor" not in roles
            self._kept_from[key] = frozenset(
                name
                for name, sheet in self.definition.sheets.items()
                if people and sheet.reads and {*sheet.reads, *sheet.by}.isdisjoint(roles)
            )
        return self._kept_from[key]

    def keep(self, roles: Collection[str], sheets: Collection[str]) -> None:
        """Has people of some roles read some sheets no more, as far as there are such."""
        hidden = self.definition.sheets.keys() & sheets
        self._kept_from[tuple(sorted(roles))] = self.kept_from(roles) | hidden

    def due(self, case: Candidature) -> dict[str, datetime]:
        """The instant of each timed transition of a candidature, by key, as far as it is known."""
        instants = {}
        for holder in (case.state, *self.pending(case)):
            for edge in self.machine.timed[holder]:
                instant = None if edge.instant is None else self.dates.resolve(edge.instant, case)
                if instant is not None:
                    instants[edge.key] = instant
        return instants


def name_of(process: Process, case: Candidature) -> str:
    """The name of a candidature, its reference where that is kept from whoever looks; or erased."""
    name_field = process.definition.config.contest.name_field
    fallback = case.ref if name_field.partition(".")[0] in case.closed else _("(erased)")
    return case.private.get(name_field) or fallback


def noun_of(process: Process) -> str:
    """The word of the contest for one candidature: “jardin” where gardens apply."""
    noun = process.definition.config.contest.noun
    return noun[0].text if noun else _("candidature")


def counted(process: Process, count: int) -> str:
    """A number of candidatures, in the words of the contest: “12 jardins”, “1 candidature”."""
    noun = process.definition.config.contest.noun
    if not noun:
        return n_("{count} candidature", "{count} candidatures", count)
    return f"{words.number(count, language())} {noun[words.is_plural(count)].text}"


def named(process: Process, case: Candidature) -> str:
    """A candidature by its reference and its name; by its reference where that cannot be read."""
    name = case.private.get(process.definition.config.contest.name_field)
    return f"{case.ref} {name}" if name and name != case.ref else case.ref


def institution_label(process: Process, name: str) -> str:
    institution = process.definition.config.institutions.get(name)
    return institution.label.text if institution else name


def role_label(role: str) -> str:
    return {
        "desk": _("desk"),
        "jury": _("juror"),
        "auditor": _("auditor"),
        "scheduler": _("scheduler"),
        "courier": _("courier"),
    }.get(role, role)


def sheet_label(process: Process, name: str) -> str:
    sheet = process.definition.sheets.get(name)
    return name if sheet is None else sheet.label.text


def to_the_second(process: Process, at: datetime) -> str:
    """An instant to the minute, as it is typed, and to the second where one decides."""
    return words.long_instant(at, process.zone, language(), seconds=bool(at.second))


def to_the_minute(process: Process, at: datetime) -> str:
    return words.long_instant(at, process.zone, language())


def nobody(now: datetime) -> Candidature:
    """A candidature of which nothing is known: what hangs on none is told of it."""
    return Candidature("", "", START, now, 0)


def signature(process: Process, language: str) -> Iterator[str]:
    """The lines that sign a mail or a document: who runs the contest, and whose it is."""
    config = process.definition.config
    if config.service is None and config.organiser is None:
        yield _("The contest desk")
    for body in filter(None, (config.service, config.organiser)):
        if body.person is not None:
            yield body.person.in_(language)
        yield body.name.in_(language)
        address = "" if body.address is None else body.address.in_(language)
        reached = [edge for edge in (body.unbroken_telephone, body.mail, address) if edge]
        if reached:
            yield " · ".join(reached)


def edge_label(process: Process, state: str, transition: str) -> str:
    edge = process.edges(state).get(transition)
    return transition if edge is None else edge.transition.label.text


_KIND = "$"
"""The key that no folder can write: it tells what a table of the form stands for."""

_VALUE = "value"
SHAPE = "b1bc5d1576fd"
"""The hash of the form: of its tables, keys and how values are put; `make generate` renews it."""

# Order matters: a datetime is a date.
_PLAIN: Mapping[type, tuple[str, Callable[[Any], str], Callable[[str], Any]]] = {
    Decimal: ("decimal", str, Decimal),
    datetime: ("datetime", datetime.isoformat, datetime.fromisoformat),
    date: ("date", date.isoformat, date.fromisoformat),
}
_READ = {name: read for name, _write, read in _PLAIN.values()}
_YEARS_BEFORE, _YEARS_AFTER = 1, 3


class FormError(ValueError):
    """A form that is none, or that another version of the program has written."""


def dump(process: Process) -> bytes:
    """A process in its normal form, below its SHA-256; the bytes of its folder are no part."""
    form = {
        "hash": process.hash,
        "definition": process.definition,
        "dates_read": process.dates_read,
        "days_off": {
            str(year): sorted(map(date.isoformat, process.workdays.unlike_the_week(year)))
            for year in _years(process)
            if process.workdays.country is not None
        },
    }
    text = json.dumps(form, ensure_ascii=False, separators=(",", ":"), default=_written).encode()
    return _digest(text) + b"\n" + text


def load(content: bytes, source: Callable[[], Files]) -> Process:
    """The process of a form; `source` gives its bytes. Raises: FormError."""
    digest, _line, text = content.partition(b"\n")
    if digest != _digest(text):
        # A bit that fell over would change a rule, and nothing else would show it.
        raise FormError(digest)
    try:
        form = json.loads(text, object_hook=_reader())
        definition, days = form["definition"], form["days_off"]
        if not isinstance(definition, Definition):
            raise FormError(definition)
        days_off = {int(year): frozenset(map(date.fromisoformat, days[year])) for year in days}
        workdays = Workdays(definition.config.contest.holidays, days_off)
        process = Process(definition, str(form["hash"]), source, workdays)
        # What it would work out itself, by compiling every rule.
        vars(process)["dates_read"] = form["dates_read"]
        return process
    except (ArithmeticError, AttributeError, KeyError, TypeError, ValueError) as error:
        raise FormError(repr(error)) from error


def _digest(text: bytes) -> bytes:
    return sha256(text).hexdigest().encode()


def _years(process: Process) -> range:
    """The years of the contest, with some around them for what is counted from its dates."""
    years = [instant.year for instant in process.dates.fixed.values()]
    if not years:
        return range(0)
    first, last = max(min(years) - _YEARS_BEFORE, date.min.year), max(years) + _YEARS_AFTER
    return range(first, min(last, date.max.year) + 1)


def _written(value: Any) -> dict[str, Any]:
    """What JSON can say, of a value for which it has no word."""
    if isinstance(value, Model):
        table = {name: getattr(value, name) for name in value.written}
        return {_KIND: _name(type(value))} | table
    for kind, (name, write, _read_back) in _PLAIN.items():
        if isinstance(value, kind):
            return {_KIND: name, _VALUE: write(value)}
    return dict(value)


def _reader() -> Callable[[dict[str, Any]], Any]:
    """A function from a table of the form to what it stands for; tables in it are read already."""
    by_name: dict[str, type[Model]] = {_name(model): model for model in models()}
    by_name |= {_name(model): model for model in field_types().values()}

    def read(table: dict[str, Any]) -> Any:
        kind = table.pop(_KIND, None)
        if kind in _READ:
            return _READ[kind](table[_VALUE])
        for name, value in table.items():
            if type(value) is list:
                table[name] = tuple(value)
        return MappingProxyType(table) if kind is None else by_name[kind].checked(table)

    return read


def _name(model: type[Model]) -> str:
    """The name of a model in a form; for a type of field, from the word that folders have."""
    return f"{model.type} field" if model.type else model.__name__


def models(above: type[Model] = Model) -> Iterator[type[Model]]:
    for model in above.__subclasses__():
        yield model
        yield from models(model)
