"""What is held of somebody: where each thing is, what it is, until when it is kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ptce_workflow.app.admin import extent
from ptce_workflow.app.post.plan import name_of
from ptce_workflow.app.post.render import letter_of
from ptce_workflow.app.projections import rows_of
from ptce_workflow.base.encoding import from_json, from_text
from ptce_workflow.ledger.events.codec import kind_of
from ptce_workflow.ledger.events.erasure import kept_with

if TYPE_CHECKING:
    from ptce_workflow.app.contest import Contest
    from ptce_workflow.app.transaction import Transaction


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
class Held:
    """All that is held of a candidature or of a person; `named` is where they are named besides.

    `facts` are the answers that a line itself holds, which no erasure takes away.
    """

    who: str
    name: str | None
    facts: Mapping[str, Any]
    rows: tuple[HeldRow, ...]
    mails: tuple[HeldMail, ...]
    documents: tuple[HeldDocument, ...]
    named: tuple[str, ...]
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
            gone.words,
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


def _mails(act: Transaction, gone: extent.Gone) -> Iterator[HeldMail]:
    for row in extent.mails_of(act, gone):
        if row.words:
            letter = letter_of(row.words)
            at = from_text(row.next_at)
            told = (row.stage, row.address, letter.subject, letter.text)
            yield HeldMail(name_of(row), at, *told)
