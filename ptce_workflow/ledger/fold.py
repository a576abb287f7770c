"""Lines taken in one by one: side rows, names, and the contest before a line."""

from __future__ import annotations

import re
from array import array
from base64 import b64decode
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from ptce_workflow.base.words import _
from ptce_workflow.ledger.events.base import Entry, Past
from ptce_workflow.ledger.events.contest import ProcessAdopted
from ptce_workflow.ledger.line import Line, commitment
from ptce_workflow.ledger.state import ContestState, Key
from ptce_workflow.process.process import Process

LineOf = Callable[[int], Entry[Any] | None]
"""A line by its number; None for one that is gone or damaged."""

Findings = Iterator[tuple[int, str, str]]
"""What is wrong: at which line, what, and why."""


class SideRow(Protocol):
    """A side row as it is kept: whose it is, and what opens the commitment."""

    @property
    def subject(self) -> str:
        """Whose it is."""

    @property
    def salt(self) -> str:
        """The salt that was hashed before the data."""

    @property
    def data(self) -> str:
        """Canonical JSON, without its line feed."""


class Rows(Mapping[int, Entry[Any] | None]):
    """Lines that have a side row about somebody, by number; each is read when it is asked for."""

    def __init__(self, numbers: Iterable[int], line_of: LineOf) -> None:
        self._numbers = dict.fromkeys(numbers)
        self._line_of = line_of

    def __getitem__(self, n: int) -> Entry[Any] | None:
        if n not in self._numbers:
            raise KeyError(n)
        return self._line_of(n)

    def __iter__(self) -> Iterator[int]:
        return iter(self._numbers)

    def __len__(self) -> int:
        return len(self._numbers)


class SideRows:
    """The side rows of the lines taken in: those that are there, and those that are gone."""

    def __init__(self, line_of: LineOf) -> None:
        self._line_of = line_of
        self._absent: dict[str, dict[int, None]] = {}
        self._present: dict[str, array[int]] = {}
        self._erased: dict[str, dict[int, int]] = {}

    def take(self, n: int, committed: Mapping[str, str], rows: Sequence[SideRow]) -> Findings:
        """Takes in what a line commits itself to and the rows that are kept; what is wrong."""
        by_subject = {row.subject: row for row in rows}
        for subject, hash_ in committed.items():
            row = by_subject.get(subject)
            if row is None:
                self._absent.setdefault(subject, {})[n] = None
                continue
            self._present.setdefault(subject, array("Q")).append(n)
            if commitment(row.salt, row.data) != hash_:
                why = _("It is not what the line commits itself to.")
                yield n, _("A side row does not match."), why
        for subject in by_subject.keys() - committed.keys():
            why = _("The line says nothing of {subject}.").format(subject=subject)
            yield n, _("A side row does not belong."), why

    def erase(self, subject: str, lines: Collection[int], by: int) -> None:
        """Takes note that a line tells of the erasure of the rows of some others."""
        self._erased.setdefault(subject, {}).update(dict.fromkeys(lines, by))

    def of(self, subject: str, until: int) -> Rows:
        """The lines up to one with a row about somebody that no line has erased so far."""
        erased = self._erased.get(subject, {})
        every = (*self._present.get(subject, ()), *self._absent.get(subject, ()))
        return Rows(sorted(n for n in every if n <= until and n not in erased), self._line_of)

    def finish(self) -> Findings:
        """Tells what can only be told at the end: what is gone without a word, or there again."""
        for subject, lines in self._absent.items():
            for n in lines.keys() - self._erased.get(subject, {}).keys():
                why = _("No later line says that it was erased.")
                yield n, _("A side row is gone."), why
        for subject, erased in self._erased.items():
            present = {*self._present.get(subject, ())}
            for n in present & erased.keys():
                why = _("Line {line} says that it was erased.").format(line=erased[n])
                yield n, _("A side row that was erased is there again."), why


KEYED = ("contest_created", "key_changed")
"""The kinds of line that tell by which key checkpoints are signed from there on."""
MAILED = ("message_sent", "message_uncertain")
"""The kinds of line that tell the hash of a mail that left, or may have left."""

_DOCUMENT = re.compile(r'"sha256":"([0-9a-f]{64})"')
_PROOF = re.compile(rb'"evidence":\{"sha256":"([0-9a-f]{64})"')
# As they stand in a line, which no text that somebody has typed can imitate: its quotes are masked.


def documents_in(data: str) -> list[str]:
    return _DOCUMENT.findall(data)


@dataclass(slots=True)
class Named:
    """The names that the lines so far have told.

    Shape: `rules` are hashes of processes; `documents` of files that were handed in, `proofs` of
    files of which nothing else was ever kept; `mails` the name and the hash of each, in order;
    `keys` the number of the line and the 32 bytes.
    """

    rules: set[str] = field(default_factory=set)
    in_force: str = ""
    documents: set[str] = field(default_factory=set)
    proofs: set[str] = field(default_factory=set)
    mails: list[tuple[str, str]] = field(default_factory=list)
    keys: list[tuple[int, bytes]] = field(default_factory=list)

    def take(self, line: Line, content: bytes) -> None:
        self.rules.add(line.process)
        self.in_force = line.process
        data = line.data
        if line.type == "process_adopted":
            self.in_force = str(data.get("to"))
            self.rules.add(self.in_force)
        elif line.type in MAILED:
            self.mails.append((_text(data.get("message")), _text(data.get("sha256"))))
        elif line.type in KEYED and isinstance(data.get("key"), str):
            self.keys.append((line.n, _bytes(data["key"])))
        if b'"evidence":{' in content:
            self.proofs.update(proof.decode() for proof in _PROOF.findall(content))

    def take_sides(self, texts: Iterable[str]) -> None:
        for text in texts:
            if '"sha256":' in text:
                self.documents.update(documents_in(text))


def _text(value: Any) -> str:
    return value if isinstance(value, str) else "–"


def _bytes(text: str) -> bytes:
    try:
        return b64decode(text, validate=True)
    except ValueError:
        return b""


ProcessOf = Callable[[str], Process | None]


class ExaminedPast(Past):
    """The contest before a line that is examined: with side rows, and what its act has set off.

    `cause` is who did the last thing that follows from nothing, and when; `set_off` are the mails
    that this act sets off, by candidature ("" for the contest) and line.
    """

    def __init__(
        self,
        state: ContestState,
        counters: Callable[[], Mapping[Key, int]],
        process_of: ProcessOf,
        beside: SideRows,
    ) -> None:
        super().__init__(state, counters, process_of)
        self._beside = beside
        self.cause = ("", "")
        self.set_off: dict[str, dict[int, tuple[str, ...]]] = {}

    def set_off_about(self, case_id: str) -> Mapping[int, tuple[str, ...]]:
        return self.set_off.get(case_id, {})

    def side_rows(self, subject: str) -> Rows:
        return self._beside.of(subject, self.state.n)

    def note(self, line: Entry[Any], process: Process | None) -> None:
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
    return line.actor, line.at
