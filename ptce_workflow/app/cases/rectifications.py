"""What was rectified of a candidature, and how: before and after, with its reason and proof."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from msgspec import Struct

from ptce_workflow.app.refusals import UNREADABLE, damaged_line
from ptce_workflow.base.encoding import from_text
from ptce_workflow.base.words import _, language
from ptce_workflow.ledger.events.base import UNSAID, AnswerOf, Side
from ptce_workflow.ledger.events.codec import read, read_side
from ptce_workflow.ledger.events.facts import FactsRectified, Mended
from ptce_workflow.ledger.events.panel import MarksMended, ScoresRectified
from ptce_workflow.process.process import Process, institution_label
from ptce_workflow.process.rules.case import Case

if TYPE_CHECKING:
    from ptce_workflow.store.unit import Unit


class Rectification(Struct, frozen=True):
    """An answer, or a mark, that was mended: before and after, why, what proves it, its line.

    `reason` is None once it was erased.
    """

    ref: str
    name: str
    label: str
    before: str
    after: str
    reason: str | None
    evidence: str
    at: datetime
    line: int


def rectifications(
    unit: Unit, contest: str, process: Process, case: Case
) -> tuple[Rectification, ...]:
    """Each answer of a candidature that was mended, the last time that it was.

    *Raises* PtceError for a line that is damaged.
    """
    found: list[Rectification] = []
    for n in sorted({*case.rectified.values()}):
        try:
            line = read(unit.line(contest, n))
            kept = unit.side(contest, n, case.id)
            side = read_side(line.type, kept) if kept else None
            told = tuple(rectified(process, case, line.data, side, from_text(line.at), n))
        except UNREADABLE as error:
            raise damaged_line(n, error) from error
        found += [one for one in told if case.rectified[one.name] == n]
    return tuple(found)


def rectified(
    process: Process,
    case: Case,
    event: FactsRectified | ScoresRectified,
    side: Side | None,
    at: datetime,
    n: int,
) -> Iterator[Rectification]:
    """Each answer or mark that an event mends, at an instant and by the line of that number."""
    for name in event.names:
        asked, marked, institution = name.partition("@")
        field = process.definition.field(asked)
        label = asked if field is None else field.label.in_(language())
        yield Rectification(
            case.ref,
            name,
            f"{label} ({institution_label(process, institution)})" if marked else label,
            answer_told(process, event.told(name, side, before=True)),
            answer_told(process, event.told(name, side, before=False)),
            side.reason if isinstance(side, Mended | MarksMended) else None,
            event.evidence.sha256,
            at,
            n,
        )


def answer_told(process: Process, answer: AnswerOf, *, kept_back: bool = False) -> str:
    """An answer as people read it; that it was taken away, or erased, or is kept from a reader."""
    field = process.definition.field(answer.name)
    if answer.removed or field is None:
        return UNSAID
    value = field.join(answer.line, answer.private)
    if value is None:
        return _("(left out)") if kept_back else _("(erased)")
    return field.display(value, language(), process.zone)
