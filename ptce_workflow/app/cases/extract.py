"""All that is recorded of the candidatures, read at once: for tables and logs of other programs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ptce_workflow.app.cases.history import lines_of
from ptce_workflow.app.preconditions import check_sees_all
from ptce_workflow.base.words import _
from ptce_workflow.ledger.events.base import Entry
from ptce_workflow.ledger.events.candidature import CandidatureOpened
from ptce_workflow.ledger.events.delivery import MessageSent
from ptce_workflow.ledger.events.panel import ScoresGiven
from ptce_workflow.ledger.events.receipt import SheetReceived
from ptce_workflow.ledger.events.transition import TransitionMade, TransitionRefused
from ptce_workflow.ledger.line import digest
from ptce_workflow.ledger.state import Person
from ptce_workflow.process.letters.message import Message
from ptce_workflow.process.machine import Way
from ptce_workflow.process.process import Process
from ptce_workflow.process.rules.case import Case, by_ref

if TYPE_CHECKING:
    from ptce_workflow.app.contest import Contest

_KINDS = (
    *(CandidatureOpened, TransitionMade, TransitionRefused, SheetReceived),
    *(ScoresGiven, MessageSent),
)


@dataclass(frozen=True, slots=True)
class ExtractRow:
    """A line of the ledger about a candidature, its reference, the hash of its bytes."""

    line: Entry[Any]
    ref: str
    hash: str


@dataclass(frozen=True, slots=True)
class Extract:
    """The candidatures by reference, the lines that tell of them, the mails and the people.

    `head` is the number and the hash of the last line of the ledger.
    """

    process: Process
    now: datetime
    head: tuple[int, str]
    cases: tuple[Case, ...]
    rows: tuple[ExtractRow, ...]
    messages: tuple[Message, ...]
    people: tuple[Person, ...]
    processes: Mapping[str, Process]

    def way(self, row: ExtractRow) -> Way | None:
        """The way that was asked for, by the process of its day."""
        process = self.processes[row.line.process]
        return process.ways(row.line.data.holder).get(row.line.data.transition)


def extract(contest: Contest) -> Extract:
    """All that is recorded of the candidatures.

    *Raises* PtceError for someone who may not read all that is in it.
    """
    with contest.looking() as act:
        check_sees_all(act)
        unit, row = act.unit, act.unit.contest(contest.id)
        cases = sorted(map(act.seen, act.every_case()), key=lambda case: by_ref(case.ref))
        refs: Mapping[str | None, str] = {case.id: case.ref for case in cases}
        watched = contest.watch(
            lines_of(unit, contest.id, _KINDS), _("Reading the ledger"), row.head_n
        )
        rows = tuple(
            ExtractRow(line, refs.get(line.case, ""), digest(raw)) for line, raw in watched
        )
        return Extract(
            act.process,
            act.now,
            (row.head_n, row.head_hash),
            tuple(cases),
            rows,
            tuple(unit.messages(contest.id)),
            tuple(act.people()),
            {hash_: act.process_of(hash_) for hash_ in {one.line.process for one in rows}},
        )
