"""The state of a contest: what its lines amount to, and what rules read of it."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping
from datetime import timedelta
from typing import Any, TypeVar

from msgspec import UNSET, Struct, UnsetType, field, structs

from ptce_workflow.base.notation import from_text
from ptce_workflow.process.candidature import Candidature, RuleContext, Scores
from ptce_workflow.process.letters.message import MailKey, Message
from ptce_workflow.process.model.defaults import InOrder, is_of_order
from ptce_workflow.process.model.definition import TIME, Total
from ptce_workflow.process.panel import ANSWERED, RankPlace, answered, seated, settled, speaking
from ptce_workflow.process.process import Edge, Process

V = TypeVar("V")


class StoredMapping(MutableMapping[str, V]):
    """Values that rows hold, each read when it is asked for, with those that an act has set.

    `read` gives one, or raises KeyError; `every` gives all with their names, in their order. What
    is set without having been read is new.
    """

    def __init__(
        self, read: Callable[[str], V], every: Callable[[], Iterable[tuple[str, V]]]
    ) -> None:
        self._read, self._every = read, every
        self._was: dict[str, V | None] = {}
        self._now: dict[str, V] = {}
        self._is_whole = False

    def __getitem__(self, name: str) -> V:
        value = self._now.get(name)
        return value if value is not None else self.note(name, lambda: self._read(name))

    def __setitem__(self, name: str, value: V) -> None:
        self._was.setdefault(name, None)
        self._now[name] = value

    def __delitem__(self, name: str) -> None:
        raise TypeError("no row is taken away")

    def __iter__(self) -> Iterator[str]:
        self.read_all()
        return iter(self._now)

    def __len__(self) -> int:
        self.read_all()
        return len(self._now)

    def note(self, name: str, read: Callable[[], V]) -> V:
        """The value of a name, read so where it is asked for the first time."""
        if name not in self._now:
            self._was[name] = self._now[name] = read()
        return self._now[name]

    def read_all(self) -> None:
        if not self._is_whole:
            before, self._now, self._is_whole = self._now, {}, True
            for name, value in self._every():
                self._was.setdefault(name, value)
                self._now[name] = before.get(name, value)
            self._now |= before

    def changes(self, *, every: bool = False) -> list[tuple[str, V | None, V]]:
        """What differs from its row, by name, before and after; or `every` value that was read."""
        values = ((name, self._was[name], now) for name, now in self._now.items())
        return [change for change in values if every or change[1] is not change[2]]

    def reset(self) -> None:
        self._now = {name: was for name in self._now if (was := self._was[name]) is not None}
        self._was = {**self._now}


class Convocation(Struct, frozen=True):
    """A meeting that was called: the line that says so, its call, its hour and its place.

    `given` is when the line was written, `moved` how often it was called anew. `since` is the line
    of that sitting before, "" for none: nobody can have been told of this hour earlier.
    `notified_at` has when each institution was told, where a person has recorded it.
    """

    n: int
    call: int
    at: str
    place: str
    given: str
    moved: int = 0
    since: str = ""
    notified_at: Mapping[str, str] = {}


class Vote(Struct, frozen=True):
    transition: str
    ayes: tuple[str, ...]
    noes: tuple[str, ...]
    carried: bool


class Meeting(Struct, frozen=True):
    """A meeting under way: `n` is the line that opened it.

    `notice` is the days of notice, `unreached` how many that sit were not told, None where that is
    not known; `proxies` who bears the voice of each that is not there; `opened` when it began, if
    that was said. `votes` holds the last vote on each candidature, `orders` the place within its
    rank that a vote gave each of those it was tied with.
    """

    n: int
    name: str
    call: int
    present: tuple[str, ...]
    chair: str | None
    notice: int | None = None
    proxies: Mapping[str, str] = {}
    opened: str = ""
    unreached: int | None = None
    votes: Mapping[str, Vote] = {}
    orders: Mapping[str, int] = {}

    def figures(self, members: Iterable[str], case: str, transition: str) -> dict[str, int]:
        """The figures that rules read under `sitting` while they judge a candidature.

        `members` are those whose voice counts for it: who steps aside is neither a member nor
        present. The voices are those of the vote that carried that very decision, else none: a
        vote that was lost leaves a decision to the ranking, as if there had been none; but a rule
        may ask whether one on that very decision was.
        """
        counted = frozenset(members)
        vote = self.votes.get(case)
        about_it = vote is not None and vote.transition == transition
        voted = vote is not None and vote.carried and about_it
        return {
            "present": len(speaking(self.present, self.proxies, counted)),
            "members": len(counted),
            "call": self.call,
            "ayes": sum(one in counted for one in vote.ayes) if vote and voted else 0,
            "noes": sum(one in counted for one in vote.noes) if vote and voted else 0,
            "carried": voted or not about_it,
            **({} if self.notice is None else {"notice": self.notice}),
            **({} if self.unreached is None else {"unreached": self.unreached}),
        }


def takes_up(process: Process, meeting: Meeting | None, state: str, transition: str) -> bool:
    """True where a meeting that rectifies takes up again what was decided on a candidature."""
    sittings = process.definition.config.sittings
    if meeting is None or meeting.name not in sittings or transition != meeting.name:
        return False
    return state in sittings[meeting.name].rectifies


def has_slip(process: Process, held: Sittings, panel: str, cases: Iterable[Candidature]) -> bool:
    """True where a mark of some candidatures was rectified since a sitting of its panel decided."""
    sittings = process.definition.config.sittings
    own = (
        n for name, n in held.decided.items() if name in sittings and sittings[name].panel == panel
    )
    last = max(own, default=0)
    marks = (one for case in cases for one in case.rectified.items() if "@" in one[0])
    return any(n > last and name.startswith(f"{panel}.") for name, n in marks)


def sitting_figures(
    process: Process, meeting: Meeting | None, case: Candidature, transition: str
) -> dict[str, int] | None:
    """The figures under `sitting`; None where it does not decide the transition."""
    definition = process.definition
    if meeting is None or meeting.name not in definition.deciding(case.state, transition):
        return None
    sitting = definition.config.sittings[meeting.name]
    members = seated(sitting, definition.sheets[sitting.panel], case)
    return meeting.figures(members, case.id, transition)


def voted_on(
    process: Process,
    meeting: Meeting | None,
    case: Candidature,
    found: Callable[[str], Candidature | None],
) -> list[Candidature]:
    """The others on whom a vote has settled; empty where nothing goes in order."""
    if meeting is None or not process.goes_in_order:
        return []
    carried = (id_ for id_, vote in meeting.votes.items() if vote.carried and id_ != case.id)
    return [one for one in map(found, carried) if one is not None]


def with_those_ahead(
    edge: Edge, case: Candidature, moment: RuleContext, every: Callable[[], Iterable[Candidature]]
) -> RuleContext:
    """The moment, told who ranks better where a way goes in order and somebody does."""
    ahead = {}
    for rule in edge.rules.values():
        if isinstance(rule, InOrder):
            rank = case.panels.get(rule.panel, {}).get("rank")
            if rank is not None and moment.totals.get(rule.total, rank) < rank:
                ahead[rule.total] = tuple(_ahead(rule, rank, case, every()))
    return moment.but(ahead=ahead) if ahead else moment


def _ahead(
    rule: InOrder, rank: int, case: Candidature, every: Iterable[Candidature]
) -> Iterator[str]:
    """The references of those who stand where a rule looks and rank better, the best first."""
    ranks = (
        (one.panels.get(rule.panel, {}).get("rank", rank), one.ref)
        for one in every
        if one.state == rule.state and one.id != case.id
    )
    yield from (ref for found, ref in sorted(ranks) if found < rank)


class Sittings(Struct):
    """The meetings of a contest, line after line.

    `meeting` is the one under way, `vain` how many calls in a row of each were in vain, `convened`
    those that are called and not held yet, `moved` how often each was called anew at this call,
    `hours` that for which each line called one, by the number of the line as text,
    `decided` the line that opened the last one of each that has decided something, `last` the
    instant of the last line that called or ended each.
    """

    meeting: Meeting | None = None
    vain: dict[str, int] = {}
    convened: dict[str, Convocation] = {}
    moved: dict[str, int] = {}
    hours: dict[str, str] = {}
    decided: dict[str, int] = {}
    last: dict[str, str] = {}

    def convene(self, name: str, call: Convocation) -> None:
        self.convened[name] = structs.replace(call, since=self.last.get(name, ""))
        self.moved[name], self.last[name] = call.moved + 1, call.given
        self.hours[str(call.n)] = call.at

    def tell(self, name: str, institution: str, at: str) -> None:
        call = self.convened[name]
        notified_at = {**call.notified_at, institution: at}
        self.convened[name] = structs.replace(call, notified_at=notified_at)

    def close(self, at: str, next_call: bool | UnsetType) -> None:
        if self.meeting is not None:
            name = self.meeting.name
            self.vain[name] = 0 if next_call is UNSET else self.vain.get(name, 0) + next_call
            if next_call is not False:
                self.moved.pop(name, None)
            self.convened.pop(name, None)
            self.last[name] = at
            self.meeting = None

    def call(self, name: str) -> int:
        """Which call the next meeting of this name is: 1, or more after some that were in vain."""
        return self.vain.get(name, 0) + 1


def places(
    process: Process, name: str, cases: Iterable[Candidature], votes: Mapping[str, int]
) -> dict[str, RankPlace]:
    """The places of the candidatures of a panel, by id, in the order of the ranking.

    All whose figures are recorded: what a sitting has ranked stays there, the others follow from
    their figures and from the `votes` of the sitting under way, by id.
    """
    entries = {case.id: case.panels[name] for case in cases if process.is_ranked(name, case)}
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


class Person(Struct, frozen=True):
    """Someone enrolled: the pseudonym stays, the rest may be erased."""

    pseudonym: str
    roles: tuple[str, ...]
    institution: str | None
    active: bool = True
    private: Mapping[str, Any] = {}

    @property
    def called(self) -> str | None:
        """The name, and the capacity if it is known; None once it was erased."""
        name, capacity = (self.private.get(key) for key in ("name", "capacity"))
        return f"{name}, {capacity}" if name and capacity else name


INIT = Person("init", (), None)
"""The actor that begins a contest, and enrols the first person of its desk."""

SCHEDULER = Person("scheduler", (TIME,), None)
"""Time, when it acts: no line enrols it, and no name stands behind it."""

COURIER = Person("courier", (), None)
"""The actor that sends mails; like time, it is nobody, and it moves no candidature."""

_ENGINES = {engine.pseudonym: engine for engine in (SCHEDULER, COURIER)}


TOLERANCE = timedelta(minutes=5)
"""Several machines differ a little: within this an act takes the instant of the last line."""


class Accepted(Struct, frozen=True):
    """A clock set back that the desk has accepted: the line that says so, and its instant.

    `furthest` is the latest instant of any line before: until then, time is lived twice.
    """

    n: int
    at: str
    furthest: str


class Hours(Struct):
    last: str = ""
    furthest: str = ""
    accepted: Accepted | None = None
    first: str = ""

    def take(self, at: str) -> None:
        self.last = at
        if at > self.furthest:
            self.furthest = at
            self.first = self.first or at

    def accept(self, n: int, at: str) -> None:
        self.accepted = Accepted(n, at, self.furthest)

    def lived_twice(self, at: str) -> Accepted | None:
        """The accepted clock to which an instant owes that it is not later, if there is one."""
        accepted = self.accepted
        return accepted if accepted is not None and at < accepted.furthest else None


def stands_back(at: str, last: str, *, rehearsal: bool) -> bool:
    """Tells a clock that goes back from one that differs a little, as machines do."""
    if rehearsal or at >= last:
        return at < last
    return from_text(last) - from_text(at) > TOLERANCE


class ContestState(Struct):
    contest: str = ""
    rehearsal: bool = False
    process: str = ""
    n: int = 0
    cases: MutableMapping[str, Candidature] = {}
    people: MutableMapping[str, Person] = {}
    versions: Mapping[str, str] = {}
    keys: dict[str, int] = {}
    facts: Mapping[str, Any] = {}
    messages: dict[str, Message] = {}
    mails_of: dict[str, array[int]] = {}
    sittings: Sittings = field(default_factory=Sittings)
    hours: Hours = field(default_factory=Hours)
    origin: str = ""

    def acting(self, actor: str) -> Person | None:
        """Who acts under a name: what acts by itself, or somebody enrolled who has not left."""
        person = _ENGINES.get(actor) or self.people.get(actor)
        return person if person is not None and person.active else None

    def may_type(self, by: str, actor: str) -> bool:
        """True for someone of the desk, who may act as another; a rehearsal tells nobody so."""
        person = self.people.get(by)
        desk = person is not None and person.active and "desk" in person.roles
        return desk and by != actor and actor in self.people and not self.rehearsal

    def plan(self, message: Message) -> None:
        if message.name not in self.messages:
            self.mails_of.setdefault(message.case_id, array("Q")).append(message.number)
        self.messages[message.name] = message

    def messages_about(self, case_id: str | None) -> dict[MailKey, Message]:
        numbers = self.mails_of.get(case_id or "", ())
        about = (self.messages[f"M-{number:03d}"] for number in numbers)
        return {message.key: message for message in about}


def with_process(
    case: Candidature, states: Mapping[str, str], dropped: Iterable[str]
) -> Candidature:
    """A candidature under another process: its state renamed, some of its facts let go."""
    gone = frozenset(dropped)
    renamed = {states.get(name, name): at for name, at in case.entered.items()}
    return case.but(
        state=states.get(case.state, case.state),
        entered=renamed,
        facts={name: value for name, value in case.facts.items() if name not in gone},
        private={name: value for name, value in case.private.items() if name not in gone},
        given=case.given - gone,
        scores=_without(case.scores, gone) if gone else case.scores,
        decided=case.decided and case.decided.renamed(states),
    )


def _without(scores: Mapping[str, Scores], gone: frozenset[str]) -> dict[str, Scores]:
    return {
        sheet: {
            institution: {
                name: mark for name, mark in marks.items() if f"{sheet}.{name}" not in gone
            }
            for institution, marks in given.items()
        }
        for sheet, given in scores.items()
    }


Key = tuple[str, str]
"""A counter's name and bucket: `("state", "draft")`, `("granted", "food")`."""

STATE = "state"
"""The counters that are always kept: how many candidatures stand in each state."""


def contributions(process: Process, case: Candidature) -> dict[Key, int]:
    """The share of a candidature in each counter; counts of states need none."""
    added = {(STATE, case.state): 1}
    for name, total in process.totals.items():
        if total.is_kept and case.state in total.in_:
            bucket, amount = _bucket(process, total, case), _amount(process, total, case)
            if bucket is not None:
                added[(name, bucket)] = amount
    return added


def difference(process: Process, before: Candidature | None, after: Candidature) -> dict[Key, int]:
    # By hand: it is asked of every line, and `Counter` takes three times as long.
    moved = contributions(process, after)
    if before is not None:
        for key, amount in contributions(process, before).items():
            moved[key] = moved.get(key, 0) - amount
    return {key: amount for key, amount in moved.items() if amount}


def totals_for(
    process: Process,
    counters: Mapping[Key, int],
    case: Candidature,
    settled: Iterable[Candidature] = (),
) -> dict[str, int]:
    """Every total over the others; those `settled` by a vote wait no more."""
    own = contributions(process, case)
    gone: Mapping[Key, int] = own
    for other in settled:
        gone = Counter(gone) + Counter(contributions(process, other))
    seen = {}
    for name, total in process.totals.items():
        if total.least is not None:
            least = _least(name, counters, gone if is_of_order(name) else own)
            if least is not None:
                seen[name] = least
        elif total.is_kept:
            key = (name, _bucket(process, total, case) or "")
            seen[name] = counters.get(key, 0) - own.get(key, 0)
        else:
            keys = [(STATE, state) for state in total.in_]
            seen[name] = sum(counters.get(key, 0) - own.get(key, 0) for key in keys)
    return seen


def counted(process: Process, cases: Iterable[Candidature]) -> dict[Key, int]:
    """Every counter, from nothing: what the kept ones are compared with."""
    counters = Counter[Key]()
    for case in cases:
        counters.update(contributions(process, case))
    return {key: amount for key, amount in counters.items() if amount}


def _least(name: str, counters: Mapping[Key, int], own: Mapping[Key, int]) -> int | None:
    """The smallest value that another candidature has; a counter is kept for each value."""
    values = (
        int(bucket)
        for (counter, bucket), count in counters.items()
        if counter == name and count > own.get((counter, bucket), 0)
    )
    return min(values, default=None)


def _bucket(process: Process, total: Total, case: Candidature) -> str | None:
    """The bucket in which a candidature counts, or None while what it needs is not recorded."""
    if total.least is not None:
        sheet, _dot, figure = total.least.partition(".")
        value = case.panels.get(sheet, {}).get(figure)
        if figure == ANSWERED and sheet in case.panels:
            value = answered(sheet, process.definition.sheets[sheet], case)
        return None if value is None else str(value)
    return "" if total.per is None else str(case.facts.get(total.per, ""))


def _amount(process: Process, total: Total, case: Candidature) -> int:
    if total.of is None:
        return 1
    value = case.facts.get(total.of)
    if value is None:
        value = process.scope.variables[total.of].read(case, RuleContext(case.since))
    return 0 if value is None else int(value)
