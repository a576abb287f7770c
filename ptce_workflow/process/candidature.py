"""A candidature as rules see it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from enum import StrEnum
from sys import intern
from types import MappingProxyType
from typing import Any, Self

from msgspec import Struct
from msgspec.structs import replace

from ptce_workflow.process.fields import FieldType

Scores = Mapping[str, Mapping[str, int | None]]
"""Marks in hundredths, by institution and criterion; None for who has no opinion."""


def comment_name(sheet: str, field: str, institution: str) -> str:
    return f"{sheet}.{field}@{institution}"


def by_ref(ref: str) -> tuple[int, str]:
    """The place of a reference among others: C-1000 comes after C-999."""
    return len(ref), ref


class _None(dict[str, Any]):
    """A dictionary to which nothing is ever added: msgspec makes one of its own of any other."""


NONE: Mapping[str, Any] = _None()
"""What a candidature has none of: replaying copies and counts references to what it has."""


class Unread(Mapping[str, Any]):
    """What a text tells, read by what keeps a few of those lately looked at."""

    __slots__ = ("_content", "_read")

    def __init__(self, content: Any, read: Callable[[Any], Mapping[str, Any]]) -> None:
        self._content = content
        self._read = read

    def __getitem__(self, name: str) -> Any:
        return self._read(self._content)[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._read(self._content))

    def __len__(self) -> int:
        return len(self._read(self._content))


class Decided(Struct, frozen=True, gc=False, array_like=True):
    """The last decision on a candidature: the way that took it (`state.transition`), and when.

    `sent` is when each mail was last sent since; `against` the decision against which a request
    was asked that this one answers. `n` is its line, `before` the decision before it, and `undone`
    says that the candidature has come back to the state that it left; `by` is who made it.
    """

    edge: str
    at: datetime
    sent: Mapping[str, datetime] = {}
    against: Decided | None = None
    n: int = 0
    before: Decided | None = None
    undone: bool = False
    by: str = ""

    def counting(self, mail: str, at: datetime | None) -> Decided:
        """The decision, since which a mail counts as sent at an instant, or as never sent."""
        instants = {name: instant for name, instant in self.sent.items() if name != mail}
        if at is not None and at >= self.at:
            instants[mail] = at
        against = self.against and self.against.counting(mail, at)
        before = self.before and self.before.counting(mail, at)
        return replace(self, sent=instants, against=against, before=before)

    def renamed(self, states: Mapping[str, str]) -> Decided:
        origin, _dot, transition = self.edge.partition(".")
        against = self.against and self.against.renamed(states)
        before = self.before and self.before.renamed(states)
        edge = f"{states.get(origin, origin)}.{transition}"
        return replace(self, edge=edge, against=against, before=before)

    def at_line(self, n: str) -> Decided | None:
        if str(self.n) == n:
            return self
        earlier = (one.at_line(n) for one in filter(None, (self.against, self.before)))
        return next(filter(None, earlier), None)


def links_name(sheet: str, institution: str) -> str:
    return comment_name(sheet, "", institution)


class Candidature(Struct, frozen=True, gc=False, array_like=True):
    """One candidature at one line of its history.

    `facts` are what a ledger line holds, by qualified name (`dossier.theme`); `private` what
    stands in side rows and may be erased; `given` the names of the erasable facts once given,
    which stay. `panels` holds the figures recorded when a panel's scores were frozen, `tried`
    the due instants at which time has already been refused a transition, `sent` when each mail
    was last sent, `recused` who steps aside from each panel, `received` every arrival of each
    sheet in the order in which they were entered (see `rules.receipt`), `rectified` the last
    line that mended each answer, `decided` the last decision, `answers` the answer to each
    request since it was last asked, `late` the term of each that arrived after it. `version` is
    the number of the last line that changed it.

    `origin` names the ledger, the candidature and the line from which another contest handed it
    over, or is None; `handed_over` the reference that it got in each contest to which it was
    handed over, by the origin of that contest's ledger. `contest` are the facts of the contest,
    which every candidature knows and none of its own lines tells. `closed` are the panels whose
    marks are kept from whoever looks; see `process.visibility`. `declared` tells, by panel and
    institution, whether it has said that it has links with the candidature, or the institution
    that presides and found that they have no influence; `aside` which persons
    step aside from each panel while their institution keeps its seat. `assigned` holds, by field,
    the members asked where that answer is kept from whoever looks: how many count is no secret.
    `taken_up` is the candidature as it was before a sitting under way took its decision up again.
    """

    id: str
    ref: str
    state: str
    since: datetime
    version: int
    facts: Mapping[str, Any] = NONE
    private: Mapping[str, Any] = NONE
    given: frozenset[str] = frozenset()
    entered: Mapping[str, datetime] = NONE
    scores: Mapping[str, Scores] = NONE
    panels: Mapping[str, Mapping[str, int]] = NONE
    tried: Mapping[str, datetime] = NONE
    sent: Mapping[str, datetime] = NONE
    recused: Mapping[str, tuple[str, ...]] = NONE
    origin: Mapping[str, Any] | None = None
    handed_over: Mapping[str, str] = NONE
    contest: Mapping[str, Any] = NONE
    received: Mapping[str, tuple[datetime, ...]] = NONE
    rectified: Mapping[str, int] = NONE
    decided: Decided | None = None
    closed: tuple[str, ...] = ()
    declared: Mapping[str, Mapping[str, bool | str]] = NONE
    aside: Mapping[str, tuple[str, ...]] = NONE
    answers: Mapping[str, str] = NONE
    assigned: Mapping[str, tuple[str, ...]] = NONE
    late: Mapping[str, datetime] = NONE
    taken_up: Candidature | None = None

    def answer(self, name: str, field: FieldType) -> Any:
        """The recorded value of a field; None for one that was not given, or that was erased."""
        line = self.facts.get(name, self.contest.get(name))
        return field.join(line, self.private.get(name))

    def but(self, **changes: Any) -> Self:
        return replace(self, **changes)

    def is_asked(self, request: str) -> bool:
        return request in self.received and request not in self.answers

    def asking(self, sheet: str, at: datetime, term: datetime | None = None) -> Self:
        """With an arrival, perhaps after its `term`; a request is then asked anew."""
        received = {**self.received, sheet: (*self.received.get(sheet, ()), at)}
        late = {name: value for name, value in self.late.items() if name != sheet}
        late |= {} if term is None else {sheet: term}
        asked, own = self.but(received=received, late=late or NONE), f"{sheet}."
        if sheet not in self.answers:
            return asked
        return asked.but(
            answers={name: value for name, value in self.answers.items() if name != sheet},
            facts={name: value for name, value in self.facts.items() if not name.startswith(own)},
            private={name: one for name, one in self.private.items() if not name.startswith(own)},
            given=frozenset(name for name in self.given if not name.startswith(own)),
        )

    def answered(self, request: str, answer: str) -> Self:
        own = f"{request}."
        tried = {name: at for name, at in self.tried.items() if not name.startswith(own)}
        return replace(self, answers={**self.answers, request: answer}, tried=tried)

    def counting(self, mail: str, at: datetime | None) -> Self:
        sent = {name: instant for name, instant in self.sent.items() if name != mail}
        decided = None if self.decided is None else self.decided.counting(mail, at)
        return replace(self, sent=sent if at is None else {**sent, mail: at}, decided=decided)

    def deciding(self, edge: str, at: datetime, n: int, request: str = "", by: str = "") -> Self:
        against = self.contested(request).decided if request else None
        before = None if request else self.decided
        return replace(self, decided=Decided(edge, at, {}, against, n, before, by=by))

    def contested(self, request: str) -> Self:
        """The candidature as a request sees it: its own answers are not what it contests."""
        decided = self.decided
        if decided is None or decided.edge.partition(".")[0] != request:
            return self
        return replace(self, decided=decided.against)

    def upheld(self, version: int) -> Self:
        """The candidature on which a sitting has decided again as before: it stays as it was."""
        was = self.taken_up or self
        fields = {name: getattr(was, name) for name in ("state", "since", "entered", "decided")}
        return self.but(version=version, tried=was.tried, taken_up=None, **fields)

    def moved(
        self,
        to: str,
        at: datetime,
        *,
        panels: Mapping[str, Mapping[str, int]] = MappingProxyType({}),
        version: int | None = None,
    ) -> Self:
        decided = self.decided
        if decided is not None and to != self.state and decided.edge.partition(".")[0] == to:
            decided = replace(decided, undone=True)
        return replace(
            self,
            decided=decided,
            state=intern(to),
            since=at,
            version=self.version if version is None else version,
            # A name that many share.
            entered={**self.entered, intern(to): at},
            panels={**self.panels, **panels} if panels else self.panels,
            tried={} if self.tried else self.tried,
        )


class RuleContext(Struct, frozen=True):
    """The surroundings of a judgement: the instant, who acts, and what the others add up to.

    `totals` leaves the candidature that is judged out. `sitting` holds the figures
    of the meeting under way, or None where nobody sits; `meets` is the name of that sitting.
    `ahead` names, by total, those who rank better where a way goes in order, to tell people.
    """

    now: datetime
    roles: tuple[str, ...] = ()
    institution: str = ""
    totals: Mapping[str, int] = {}
    sitting: Mapping[str, int] | None = None
    ahead: Mapping[str, tuple[str, ...]] = {}
    meets: str = ""

    def but(self, **changes: Any) -> Self:
        return replace(self, **changes)


class RuleAnswer(StrEnum):
    HOLDS = "holds"
    FAILS = "fails"
    UNKNOWN = "unknown"
    ERROR = "error"
    """All that it reads is known, and it cannot be worked out."""


class Verdict(Struct, frozen=True):
    """A rule's answer; `missing` names the facts without which it cannot tell."""

    rule: str
    answer: RuleAnswer
    missing: tuple[str, ...] = ()


def is_given(case: Candidature, qualified: str) -> bool:
    return qualified in case.facts or qualified in case.given or qualified in case.contest


def with_marks(
    case: Candidature, sheet: str, institution: str, marks: Mapping[str, int | None]
) -> Candidature:
    panel_marks = case.scores.get(sheet, {})
    own = {**panel_marks.get(institution, {}), **marks}
    return case.but(scores={**case.scores, sheet: {**panel_marks, institution: own}})


def reference(count: int) -> str:
    return f"C-{count + 1:03d}"
