"""One act: a transaction that appends lines and stores what follows from them.

Everything that writes goes through here, so that the ledger, the present states, the counters
and the due instants are always changed together, and by the same fold that replays them.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any, Protocol, Self

from msgspec import UNSET, Struct, UnsetType, to_builtins

from ptce_workflow.app import projections
from ptce_workflow.app.refusals import unknown_reference
from ptce_workflow.base.errors import PtceError
from ptce_workflow.base.notation import to_text
from ptce_workflow.base.runtime import failpoint
from ptce_workflow.ledger.events.base import (
    CONTEST_SUBJECT,
    NO_SIDES,
    Clause,
    Entry,
    Event,
    Reason,
    Side,
    Sides,
    Violation,
)
from ptce_workflow.ledger.events.contest import ProcessAdopted
from ptce_workflow.ledger.events.panel import LinksDeclared, ScoresGiven
from ptce_workflow.ledger.line import canonical, commitment, digest
from ptce_workflow.ledger.state import (
    ContestState,
    Key,
    Meeting,
    Person,
    Sittings,
    StoredMapping,
    counted,
    difference,
    sitting_figures,
    totals_for,
    voted_on,
)
from ptce_workflow.process.candidature import Candidature, RuleContext
from ptce_workflow.process.letters.message import MailKey, Message
from ptce_workflow.process.process import Edge, Process
from ptce_workflow.process.visibility import as_seen
from ptce_workflow.store.database import Repository
from ptce_workflow.store.rows import CandidatureRow, ContestRow

_OF_JURY = (ScoresGiven.kind, LinksDeclared.kind)


class MailPlan(Protocol):
    """The mails that follow from an act, as far as the act itself asks for them."""

    def follow(self, before: Mapping[str, Candidature | None]) -> None:
        """Plans and cancels what follows from the candidatures that have changed."""

    def write(self) -> None:
        """Writes what was gathered."""

    def message(self, name: str) -> Message | None:
        """A mail, as the act has left it."""

    def messages_about(self, case_id: str | None) -> Mapping[MailKey, Message]:
        """The mails about a candidature, or about the contest."""


Archive = Callable[[str], Process]
"""The processes that were in force once, by hash."""

Words = Mapping[Clause, Callable[[Violation], PtceError]]
"""The words of an act for what the law says against it, by the code of the clause."""
NO_WORDS: Words = {}


class Policies(Struct, frozen=True):
    mail: Callable[[Transaction], MailPlan]
    judge: Callable[[Transaction, str | None, Event, Sides, Words], None]


class SetOff(Struct, frozen=True):
    """A line that sets mails off; `edge` is the one that it makes, if it makes one."""

    line: int
    mails: tuple[str, ...]
    edge: Edge | None


@dataclass(slots=True)
class Transaction:
    """A transaction under way, a context that is left once it was flushed or discarded.

    It starts after the last line that was written; `typed_by` is who types for the actor.
    """

    unit: Repository
    row: ContestRow
    process: Process
    actor: Person
    now: datetime
    policies: Policies
    archive: Archive | None = None
    typed_by: str | UnsetType = UNSET
    contest: str = field(init=False)
    n: int = field(init=False)
    prev: str = field(init=False)
    set_off: dict[str, list[SetOff]] = field(default_factory=dict)
    marks: dict[Any, int | None] = field(default_factory=dict)
    veil: Callable[[Candidature], Candidature] | None = None
    attachments: Callable[..., Any] | None = None
    is_decisive: bool = False
    _state: ContestState | None = None
    _lines: list[dict[str, Any]] = field(default_factory=list)
    _sides: list[dict[str, Any]] = field(default_factory=list)
    filed: list[dict[str, Any]] = field(default_factory=list)
    """The rows of received mails that the act files; see `pieces.mark_filed`."""
    _proofs: list[tuple[str, str]] = field(default_factory=list)
    _counters: Counter[Key] | None = None
    _deltas: Counter[Key] = field(default_factory=Counter)
    _mail: MailPlan | None = None
    _adopted: Mapping[str, Candidature] | None = None
    _decides: bool = False
    _waiting: int = 0
    _flushed: int = 0
    _is_discarded: bool = False

    def __post_init__(self) -> None:
        self.contest = self.row.contest
        # The head kept beside the ledger is followed, not the bytes of the last line: were they
        # changed, the next line would go on naming the hash that they had.
        self.n, self.prev = self.row.head_n, self.row.head_hash

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_error: object) -> None:
        """Raises: RuntimeError where lines would be lost, unless another error ends it."""
        if kind is None and not self._is_discarded and self._has_unwritten:
            lost = len(self._lines) - self._flushed
            what = f"{lost} lines of the transaction were recorded and never written"
            raise RuntimeError(f"{what}: call flush() once they are recorded, or discard()")

    @property
    def _has_unwritten(self) -> bool:
        """True with lines to write; one on the engine's versions alone waits for others."""
        return len(self._lines) > max(self._waiting, self._flushed)

    @property
    def state(self) -> ContestState:
        """The contest as the lines amount to, those of this act included.

        Candidatures and people are read as they are asked for; of mails, see `mail`.
        """
        if self._state is None:
            row, content = self.row, projections.contest_content(self.row)
            self._state = ContestState(
                row.contest,
                row.rehearsal,
                row.process,
                row.head_n,
                StoredMapping(
                    lambda id_: self._case_of(self.unit.candidature_by_id(self.contest, id_)),
                    self._read_cases,
                ),
                StoredMapping(lambda name: dict(self._read_people())[name], self._read_people),
                content.versions,
                facts=content.facts,
                messages={},
                sittings=content.sittings,
            )
        return self._state

    @property
    def cases(self) -> StoredMapping[Candidature]:
        cases = self.state.cases
        assert isinstance(cases, StoredMapping)
        return cases

    @property
    def sittings(self) -> Sittings:
        return self.state.sittings

    def _read_cases(self) -> Iterator[tuple[str, Candidature]]:
        for row in self.unit.every_candidature(self.contest):
            yield row.id, self._case_of(row)

    def _case_of(self, row: CandidatureRow) -> Candidature:
        case = projections.case_of(row, self.process)
        return case.but(contest=self.facts) if self.facts else case

    def _read_people(self) -> Iterator[tuple[str, Person]]:
        for row in self.unit.people(self.contest):
            yield row.pseudonym, projections.person_of(row)

    def process_of(self, hash_: str) -> Process:
        if hash_ == self.process.hash or self.archive is None:
            return self.process
        return self.archive(hash_)

    @property
    def meeting(self) -> Meeting | None:
        return self.sittings.meeting

    def load(self, refs: Iterable[str]) -> list[Candidature]:
        found = []
        for ref in refs:
            row = self.unit.candidature(self.contest, ref)
            if row is None:
                raise unknown_reference(self.unit, self.contest, ref)
            found.append(self.cases.note(row.id, partial(self._case_of, row)))
        return found

    @property
    def facts(self) -> Mapping[str, Any]:
        return self.state.facts

    def moment(self, case: Candidature, *, transition: str = "") -> RuleContext:
        counters = self.counters()
        settled = voted_on(self.process, self.meeting, case, self.case)
        return RuleContext(
            now=self.now,
            roles=self.actor.roles,
            institution=self.actor.institution or "",
            totals=totals_for(self.process, counters, case, settled),
            sitting=sitting_figures(self.process, self.meeting, case, transition),
            meets="" if self.meeting is None else self.meeting.name,
        )

    def seen(self, case: Candidature, process: Process | None = None) -> Candidature:
        """The candidature as the actor may see it; a `veil` hides more."""
        actor, process = self.actor, process or self.process
        who = actor.roles, actor.institution, self.now, actor.pseudonym
        seen = as_seen(process, case, *who)
        return seen if self.veil is None else self.veil(seen)

    def name_of(self, case: Candidature) -> str | None:
        """A candidature's name, or reference if hidden; None once erased."""
        name_field = self.process.definition.config.contest.name_field
        return case.ref if self.hides(name_field) else case.private.get(name_field)

    def hides(self, name: str) -> bool:
        """True for a field (`sheet.field`) that whoever looks may not read."""
        return name.partition(".")[0] in self.process.kept_from(self.actor.roles)

    def bytes_of_line(self, n: int) -> bytes | None:
        """The bytes of a line, of one that this act has recorded as well."""
        own = (line["line"] for line in self._lines if line["n"] == n)
        return next(own, None) or self.unit.bytes_of_line(self.contest, n)

    def bare_moment(self) -> RuleContext:
        return RuleContext(now=self.now, roles=self.actor.roles)

    def counters(self) -> Counter[Key]:
        if self._counters is None:
            # Most acts only move them, and never ask for them.
            self._counters = Counter(self.unit.counters(self.contest))
            self._counters.update(self._deltas)
        return self._counters

    def record_of_contest(
        self, event: Event, sides: Sides = NO_SIDES, words: Words = NO_WORDS, *, asked: bool = False
    ) -> Entry[Any]:
        """Appends a line about the contest as a whole, unless the law says no; see `record`."""
        self._ask(None, event, sides, words, asked=asked)
        line = self._append(None, event, sides)
        if mails := event.announces(self.process):
            self.set_off.setdefault("", []).append(SetOff(line.n, mails, None))
        return line

    def record(
        self,
        case_id: str,
        event: Event,
        side: Side | None = None,
        words: Words = NO_WORDS,
        *,
        asked: bool = False,
    ) -> Candidature:
        """Appends a line about one candidature and applies it; the candidature as it is now.

        `side` is what of it may be erased, or None. The law is asked first, unless it was `asked`
        already, or the event only follows from another. Raises: PtceError, in the act's `words`.
        """
        before = None if event.opens else self.case(case_id)
        sides = {case_id: side} if side is not None else NO_SIDES
        self._ask(case_id, event, sides, words, asked=asked)
        line = self._append(case_id, event, sides)
        after = self.case(case_id)
        # A mail of a jury is about several candidatures, and belongs to none of them.
        proof = None if event.kind in _OF_JURY else getattr(event, "evidence", None)
        if proof:
            self._proofs.append((proof.sha256, case_id))
        move = event.move(before)
        edge = None if move is None else self.process.edges(move[0])[move[1]]
        mails = event.announces(self.process) if edge is None else edge.mails
        if before is not None and before.taken_up is not None and move is None:
            # What a sitting has upheld sets nothing off, nor does that it was taken up again.
            self.set_off.pop(case_id, None)
        elif edge is not None or mails:
            self.set_off.setdefault(case_id, []).append(SetOff(line.n, mails, edge))
        moved = difference(self.process, before, after)
        self._deltas.update(moved)
        if self._counters is not None:
            self._counters.update(moved)
        return after

    def _ask(
        self, case_id: str | None, event: Event, sides: Sides, words: Words, *, asked: bool
    ) -> None:
        if not (asked or event.follows):
            self.policies.judge(self, case_id, event, sides, words)

    def case(self, case_id: str) -> Candidature:
        """The candidature behind an id that another row names, as this act sees it."""
        return self.cases[case_id]

    def every_case(self) -> list[Candidature]:
        return list(self.cases.values())

    @property
    def mail(self) -> MailPlan:
        """The messages that the act plans, cancels and changes; see `Mailing.of`."""
        if self._mail is None:
            self._mail = self.policies.mail(self)
        return self._mail

    def adopt(self, process: Process, event: ProcessAdopted, reason: str) -> int:
        """Puts another process in force; its line. The caller plans the mails."""
        # As the process before knows them: it has the names of their states.
        self.cases.read_all()
        projections.keep_form(self.unit, process)
        line = self.record_of_contest(event, {CONTEST_SUBJECT: Reason(reason)}, asked=True)
        self.process = process
        self._adopted = dict(self.cases)
        self._counters = Counter(counted(process, self._adopted.values()))
        return line.n

    def people(self) -> list[Person]:
        return [one for _name, one in sorted(self.state.people.items())]

    def reset(self) -> None:
        """Lets go of all that was gathered about candidatures, as if the act had just begun."""
        if len(self._lines) > self._waiting:
            first = self._lines[self._waiting]
            self.n, self.prev = first["n"] - 1, first["prev"]
            del self._lines[self._waiting :]
        self._sides.clear()
        self._proofs.clear()
        self.filed.clear()
        self._deltas.clear()
        self._counters = None
        self.set_off.clear()
        self.state.sittings = projections.contest_content(self.row).sittings
        self.cases.reset()

    def follow(self) -> None:
        """Plans the mails that follow from the act, which then may be looked at or written."""
        adopted = self._adopted or {}
        before = {id_: adopted.get(id_, was) for id_, was, _now in self.cases.changes()}
        self.mail.follow(before)

    def discard(self) -> None:
        """Declares that nothing of the transaction is to be written: it is only tried."""
        self._is_discarded = True

    def end(self, *, dry_run: bool) -> None:
        if dry_run:
            self.discard()
        else:
            self.flush()

    def flush(self) -> None:
        """Writes the lines and their effects; `Database.writing` commits them."""
        if self._is_discarded:
            raise RuntimeError("flush() after discard(): the transaction was only to be tried")
        self.unit.change_received(self.filed)
        if not self._has_unwritten:
            # What says that the engine has changed goes with an act, and waits for one.
            self.mail.write()
            return
        unit, contest = self.unit, self.contest
        self.follow()
        unit.append_lines(self._lines)
        unit.add_sides(self._sides)
        if self._adopted is not None:
            # A server takes the files of a process once a line adopts it.
            unit.archive_process(self.process.hash, self.process.files)
        unit.set_head(contest, self.n, self.prev)
        if (content := projections.contest_column(self.state)) != self.row.content:
            unit.set_content(contest, content)
        for sha256, case_id in self._proofs:
            unit.own_received(contest, case_id, sha256)
        people = self.state.people
        assert isinstance(people, StoredMapping)
        for _name, _was, person in people.changes():
            self.unit.put_person(projections.person_columns(self.contest, person))
        self._flush_cases()
        counts = self._deltas if self._adopted is None else self.counters()
        if self._adopted is not None:
            unit.set_process(contest, self.process.hash)
            unit.clear_counters(contest)
        unit.add_to_counters(contest, {key: by for key, by in counts.items() if by})
        self._deltas.clear()
        self.mail.write()
        self._flushed = len(self._lines)
        self.is_decisive = self._decides
        failpoint("settling")

    def _flush_cases(self) -> None:
        process, fresh, changed, moved = self.process, [], [], []
        adopts = self._adopted is not None
        for _id, was, now in self.cases.changes(every=adopts):
            if was is None:
                fresh.append({"contest": self.contest, **projections.to_columns(process, now)})
                continue
            had = {"contest": self.contest, "was": was.version}
            if adopts or now.private is not was.private:
                changed.append({**had, **projections.to_columns(process, now)})
            else:
                moved.append({**had, **projections.moved_columns(process, now)})
        self.unit.add_candidatures(fresh)
        self.unit.update_candidatures(changed)
        self.unit.move_candidatures(moved)

    def _append(self, case_id: str | None, event: Event, sides: Sides) -> Entry[Any]:
        n, commitments = self.n + 1, dict[str, str]()
        for subject, side in sides.items():
            salt = os.urandom(32).hex()
            data = canonical(to_builtins(side)).decode("ascii").removesuffix("\n")
            own = {"contest": self.contest, "n": n, "subject": subject}
            self._sides.append({**own, "salt": salt, "data": data})
            commitments[subject] = commitment(salt, data)
        line = Entry(
            self.actor.pseudonym,
            to_text(self.now),
            case_id,
            event,
            self.process.hash,
            n,
            commitments or None,
            self.prev,
            event.kind,
            self.typed_by,
        )
        content = line.encode()
        self._lines.append({"contest": self.contest, "n": n, "prev": self.prev, "line": content})
        self._decides |= event.is_decisive
        self.n, self.prev = n, digest(content)
        if event.waits and self._waiting == len(self._lines) - 1:
            self._waiting += 1
        event.apply(self.state, line, sides)
        return line
