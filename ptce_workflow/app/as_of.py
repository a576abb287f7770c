"""The contest as it stood at an earlier instant, rebuilt from its ledger."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime
from functools import cached_property
from typing import Any, NamedTuple, NoReturn, TypeVar

from msgspec import Struct
from msgspec.structs import asdict

from ptce_workflow.app.candidatures.history import Step, last_line, steps
from ptce_workflow.app.contest import ActingPerson, Contest, Watch
from ptce_workflow.app.projections import contest_column, person_columns, to_columns
from ptce_workflow.app.refusals import damaged_line
from ptce_workflow.app.transaction import Transaction
from ptce_workflow.base.errors import Misuse
from ptce_workflow.base.notation import from_text, to_text
from ptce_workflow.base.runtime import SetClock, nothing_to_collect, pieces
from ptce_workflow.base.words import _
from ptce_workflow.ledger.line import decode, digest
from ptce_workflow.ledger.state import ContestState, counted
from ptce_workflow.process.candidature import Candidature
from ptce_workflow.process.letters.message import Message
from ptce_workflow.process.process import Process, to_the_minute
from ptce_workflow.process.visibility import SEES_ALL, veiled
from ptce_workflow.store.database import Database, Repository, in_pieces
from ptce_workflow.store.rows import ContestRow
from ptce_workflow.store.sqlite import Memory


class _Curtain(Struct, frozen=True):
    """What whoever looks may not see today: sheets of all, and sheets of some candidatures."""

    hand: ActingPerson
    kept: frozenset[str]
    closed: Mapping[str, tuple[str, ...]]

    @classmethod
    def of(cls, tx: Transaction, hand: ActingPerson) -> _Curtain:
        person, closed = hand[0], dict[str, tuple[str, ...]]()
        if SEES_ALL.isdisjoint(person.roles):
            closed = {case.id: tx.seen(case).closed for case in tx.every_case()}
        return cls(hand, tx.process.kept_from(person.roles), closed)

    def veil(self, case: Candidature) -> Candidature:
        """A candidature of an earlier day without what is closed to whoever looks today."""
        closed = [name for name in self.closed.get(case.id, ()) if name not in case.closed]
        return veiled(case, closed, self.hand[0].institution or "")


class ContestThen(Contest):
    """A contest as it stood after its line `last`, at an instant; it can only be read.

    Whoever looks is who looks today, whatever they were then. What was closed to them then is
    closed, and what is so today.
    """

    def __init__(
        self, today: Contest, database: Database, clock: SetClock, last: int, curtain: _Curtain
    ) -> None:
        super().__init__(
            today.folder,
            database,
            today.id,
            actor=today.actor,
            clock=clock,
            rehearsal=today.rehearsal,
            login=today.login,
        )
        self.last = last
        self.holds_bytes = False
        self.watch = today.watch
        self.attachments = today.attachments
        self._curtain = curtain

    @cached_property
    def folder_hash(self) -> str:
        """The hash of the process in force then: how the folder was by then is in no line."""
        return self.process.hash

    def who(self, repo: Repository, contest: ContestRow) -> ActingPerson:
        return self._curtain.hand

    def process_of(self, repo: Repository, hash_: str) -> Process:
        process = super().process_of(repo, hash_)
        process.keep(self._curtain.hand[0].roles, self._curtain.kept)
        return process

    @contextmanager
    def looking(self, *, counts: bool = False) -> Iterator[Transaction]:
        with super().looking(counts=counts) as tx:
            tx.veil = self._curtain.veil
            yield tx

    def acting(self, **_said: Any) -> NoReturn:
        raise Misuse(_("Nothing can be recorded at an earlier instant."))


class Moment(NamedTuple):
    """An instant, and the line after which the contest is meant, where one was named; else 0."""

    at: datetime
    line: int = 0


def instant_of_line(contest: Contest, n: int) -> datetime:
    """The instant of a line. Raises: Misuse for a number that no line has, PtceError."""
    with contest.looking() as tx:
        unit, head = tx.unit, tx.row.head_n
        if not 1 <= n <= head:
            what = _("There is no line {n}; the last one is line {last}.").format(n=n, last=head)
            raise Misuse(what)
        try:
            return from_text(decode(unit.line(contest.id, n)).at)
        except (KeyError, ValueError) as error:
            raise damaged_line(n, error) from error


def at(contest: Contest, instant: datetime, line: int = 0) -> ContestThen:
    return stood(contest, instant, ContestThen, line)


Stood = TypeVar("Stood", bound=ContestThen)


def stood(contest: Contest, instant: datetime, kind: type[Stood], line: int = 0) -> Stood:
    """The contest after a line, or the last one dated by an instant. Raises: Misuse, PtceError."""
    with ExitStack() as refused, contest.looking() as tx, nothing_to_collect():
        if not line and instant > tx.now:
            when, now = (to_the_minute(tx.process, one) for one in (instant, tx.now))
            what = _("This instant lies ahead: {when}.").format(when=when)
            why = _("It is {now}; what will be is in no line.").format(now=now)
            raise Misuse(what, why, _("`ptce calendar` tells what lies ahead."))
        last = line or last_line(tx.unit, contest.id, to_text(instant))
        if not last:
            hours = instant, instant_of_line(contest, 1)
            when, begun = (to_the_minute(tx.process, one) for one in hours)
            what = _("This contest had not begun: {when}.").format(when=when)
            raise Misuse(what, _("Its ledger begins on {first}.").format(first=begun))
        database = Database(Memory())
        refused.callback(database.close)
        with database.writing(contest.id) as repo:
            _Filled(tx, repo, last, instant).fill(contest.watch)
        curtain = _Curtain.of(tx, contest.who(tx.unit, tx.unit.contest(contest.id)))
        refused.pop_all()
        return kind(contest, database, SetClock(instant), last, curtain)


class _Filled:
    """The tables of a contest as they stood after a line, written in another database."""

    def __init__(self, tx: Transaction, repo: Repository, last: int, instant: datetime) -> None:
        self.act, self.unit, self.last, self.instant = tx, repo, last, instant
        self.contest = tx.contest
        self.state = ContestState()
        self.processes: set[str] = set()

    def fill(self, watch: Watch) -> None:
        for some in pieces(steps(self.act, self.last, watch, self.state)):
            self._lines(some)
        act, state = self.act, self.state
        for hash_ in sorted({*self.processes, state.process}):
            self.unit.archive_process(hash_, act.unit.process_files(hash_))
            form = act.unit.form(hash_)
            if form is not None:
                self.unit.add_form([{"process": hash_, **form._asdict()}])
        row = act.row._replace(process=state.process, content=contest_column(state))
        row = row._replace(head_n=self.last, head_hash=self._head(), moved_to="", last_pass="")
        self.unit.add_contest(row)
        process, unit, cases = act.process_of(state.process), self.unit, state.cases.values
        own = {"contest": self.contest}
        in_pieces(unit.add_candidatures, ({**own, **to_columns(process, case)} for case in cases()))
        totals = {key: number for key, number in counted(process, cases()).items() if number}
        unit.add_to_counters(self.contest, totals)
        people = (person_columns(self.contest, person) for person in state.people.values())
        in_pieces(unit.add_person, people)
        in_pieces(unit.add_messages, ({**own, **asdict(mail)} for mail in self._mails()))
        until = to_text(self.instant)
        read = (row for row in self.act.unit.received_mails(self.contest) if row.read_at <= until)
        in_pieces(unit.add_received, ({**own, **row._asdict()} for row in read))

    def _mails(self) -> Iterator[Message]:
        """The mails as of the instant; where no row is kept beside the ledger, as its lines say."""
        row, instant = None, to_text(self.instant)
        for row in self.act.unit.messages(self.contest):
            message = self.state.messages.get(row.name)
            if message is not None:
                yield message.with_letter(row, instant)
        if row is None:
            yield from self.state.messages.values()

    def _lines(self, some: Sequence[Step]) -> None:
        own = {"contest": self.contest}
        self.processes.update(step.line.process for step in some)
        read = ((step.line, step.content) for step in some)
        self.unit.append_lines(
            [{**own, "n": line.n, "prev": line.prev, "line": content} for line, content in read]
        )
        self.unit.add_sides([{**own, **side._asdict()} for step in some for side in step.stored])

    def _head(self) -> str:
        """The hash of the last line, by what vouches for it: the line after, or the head kept."""
        row = self.act.unit.contest(self.contest)
        if self.last == row.head_n:
            return row.head_hash
        try:
            return decode(self.act.unit.line(self.contest, self.last + 1)).prev
        except (KeyError, ValueError):
            # What it vouched for is gone: the line speaks for itself.
            return digest(self.unit.line(self.contest, self.last))
