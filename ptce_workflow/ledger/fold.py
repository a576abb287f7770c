"""The contest as the lines before left it, in memory: what the law of the next one may ask."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ptce_workflow.ledger.beside import Beside, Rows
from ptce_workflow.ledger.events.base import Entry
from ptce_workflow.ledger.events.contest import ProcessAdopted
from ptce_workflow.ledger.state import ContestState, Hours, Meeting
from ptce_workflow.process.process import Process
from ptce_workflow.process.rules.totals import Key

ProcessOf = Callable[[str], Process | None]


class Past:
    """The contest as the lines before left it: `events.before.Before`, in memory.

    `cause` is who did the last thing that follows from nothing, and when; `set_off` are the mails
    that this act sets off, by candidature ("" for the contest) and line.
    """

    def __init__(
        self,
        state: ContestState,
        counted: Mapping[Key, int],
        process_of: ProcessOf,
        beside: Beside | None = None,
    ) -> None:
        self._state = state
        # Whoever judges whole lines takes side rows in; nobody else asks for them.
        self._beside = beside or Beside(lambda _n: None)
        self.cause = ("", "")
        self.adopted: tuple[int, str] | None = None
        self.set_off: dict[str, dict[int, tuple[str, ...]]] = {}
        # What is looked up for every line is asked without a step in between.
        self.case, self.every_case = state.cases.get, state.cases.values
        self.candidatures = state.cases.__len__
        self.message, self.messages = state.messages.get, state.messages.__len__
        self.messages_of = state.messages_about
        self.person, self.people = state.people.get, state.people.values
        self.sittings = state.sittings
        self.counters = lambda: counted
        self.process_of = process_of

    @property
    def rehearsal(self) -> bool:
        """True when its clock may be set by hand."""
        return self._state.rehearsal

    @property
    def begun(self) -> str:
        """The instant of its first line."""
        return self._state.hours.first

    @property
    def hours(self) -> Hours:
        """The last and the furthest instant of its lines."""
        return self._state.hours

    @property
    def process(self) -> str:
        """The hash of the process in force."""
        return self._state.process

    @property
    def versions(self) -> Mapping[str, str]:
        """The versions that verdicts depend on, by name."""
        return self._state.versions

    @property
    def keys(self) -> Mapping[str, int]:
        """The keys that sign checkpoints, each with the line from which it does."""
        return self._state.keys

    @property
    def facts(self) -> Mapping[str, Any]:
        """The facts of the contest, by qualified name."""
        return self._state.facts

    @property
    def meeting(self) -> Meeting | None:
        """The meeting under way."""
        return self._state.sittings.meeting

    def set_off_about(self, case_id: str) -> Mapping[int, tuple[str, ...]]:
        """The mails that the act under way has set off about a candidature, by line."""
        return self.set_off.get(case_id, {})

    def beside(self, subject: str) -> Rows:
        """The lines with a side row about somebody that no line before has erased."""
        return self._beside.of(subject, self._state.n)

    def take(self, line: Entry[Any], process: Process | None) -> None:
        """Takes note of what the next line follows from, or is followed by."""
        event = line.data
        if not event.follows:
            cause = cause_of(line)
            if cause != self.cause:
                self.set_off.clear()
            self.cause = cause
            self.adopted = (line.n, event.from_) if isinstance(event, ProcessAdopted) else None
        mails = () if process is None else event.announces(process)
        if mails:
            self.set_off.setdefault(line.case or "", {})[line.n] = mails


def cause_of(line: Entry[Any]) -> tuple[str, str]:
    """Whose act a line belongs to, and when that was."""
    return line.actor, line.at
