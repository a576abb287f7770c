"""What is held of somebody: where each thing is, what it is, until when it is kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ptce_workflow.app.admin import extent
from ptce_workflow.app.post.render import letter_of
from ptce_workflow.app.projections import rows_of
from ptce_workflow.base.encoding import from_json, from_text
from ptce_workflow.ledger.events.codec import kind_of
from ptce_workflow.ledger.events.erasure import kept_with
from ptce_workflow.ledger.line import read

if TYPE_CHECKING:
    from ptce_workflow.app.contest import Contest
    from ptce_workflow.app.transaction import Transaction
    from ptce_workflow.process.letters.message import Message


@dataclass(frozen=True, slots=True)
class HeldRow:
    """Words beside a line: its number and instant, what kind of line, the words, until when."""

    line: int
    at: datetime
    type: str
    tells: str
    words: Mapping[str, Any]
    until: datetime | None


@dataclass(frozen=True, slots=True)
class HeldMail:
    """A mail about somebody, or to them: when it was last looked at, to whom, what it says."""

    message: str
    at: datetime
    stage: str
    to: str
    subject: str
    text: str


@dataclass(frozen=True, slots=True)
class HeldDocument:
    """A document that was handed in."""

    sha256: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Mention:
    """Something about others that names somebody: a line or a mail, its instant, of what kind.

    What it says is not theirs to be given, for it tells of the others too.
    """

    place: int | str
    at: datetime
    type: str
    tells: str


@dataclass(frozen=True, slots=True)
class Held:
    """All that is held of a candidature or of a person; `named` is what names them besides.

    `facts` are the answers that a line itself holds, which no erasure takes away.
    """

    who: str
    name: str | None
    facts: Mapping[str, Any]
    rows: tuple[HeldRow, ...]
    mails: tuple[HeldMail, ...]
    documents: tuple[HeldDocument, ...]
    named: tuple[Mention, ...]
    is_case: bool


def held(contest: Contest, who: str) -> Held:
    """All that is held of a candidature, by its reference, or of a person.

    *Raises* Misuse for nobody, PtceError for anyone but the desk.
    """
    with contest.looking() as act:
        gone = extent.of(act, who)
        people = {person.pseudonym for person in act.people()}
        is_case = gone.subject not in people
        case = act.case(gone.subject) if is_case else None
        return Held(
            gone.called,
            gone.name,
            {} if case is None else dict(case.facts),
            tuple(sorted(_rows(act, gone), key=lambda row: row.line)),
            tuple(_mails(act, gone)),
            tuple(
                HeldDocument(one, content)
                for one in gone.documents
                if (content := act.unit.document(one)) is not None
            ),
            tuple(_mentions(act, gone)),
            is_case,
        )


def _rows(act: Transaction, gone: extent.Gone) -> Iterator[HeldRow]:
    for subject, numbers in gone.rows.items():
        lines = rows_of(act.unit, act.contest, subject)
        for row in act.unit.sides_of(act.contest, subject):
            line = lines.get(row.n)
            if row.n not in numbers or line is None:
                continue
            kind = kind_of(line.type)
            ends: list[datetime | None] = [None]
            if line.case is not None:
                until = act.process.kept_until(act.case(line.case))
                ends = [until.get(name) for name in kept_with(act.process, line.data)]
            known = [end for end in ends if end is not None]
            yield HeldRow(
                row.n,
                from_text(line.at),
                line.type,
                "" if kind is None else kind.tells,
                from_json(row.data),
                max(known) if len(known) == len(ends) else None,
            )


def _mentions(act: Transaction, gone: extent.Gone) -> Iterator[Mention]:
    for n in (place for place in gone.words if isinstance(place, int)):
        content = act.unit.bytes_of_line(act.contest, n)
        if content is not None:
            line = read(content)
            kind = kind_of(line.type)
            yield Mention(n, from_text(line.at), line.type, "" if kind is None else kind.tells)
    besides = {place for place in gone.words if isinstance(place, str)}
    besides |= {row.name for row in extent.mails_of(act, gone) if not _is_theirs(row, gone)}
    for row in act.unit.messages(act.contest):
        if row.name in besides:
            letter = act.process.definition.notifications.get(row.notification)
            label = row.notification if letter is None else str(letter.label)
            yield Mention(row.name, from_text(row.next_at), row.notification, label)


def _is_theirs(row: Message, gone: extent.Gone) -> bool:
    """True for a mail about the candidature, or to the person; others only name them."""
    return gone.subject in (row.case_id, row.recipient)


def _mails(act: Transaction, gone: extent.Gone) -> Iterator[HeldMail]:
    for row in extent.mails_of(act, gone):
        if row.words and _is_theirs(row, gone):
            letter = letter_of(row.words)
            at = from_text(row.next_at)
            told = (row.stage, row.address, letter.subject, letter.text)
            yield HeldMail(row.name, at, *told)
