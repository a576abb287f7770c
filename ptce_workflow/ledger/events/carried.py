"""What another contest hands over: its facts, and what they rest on there."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import Annotated, Any

from msgspec import Struct, to_builtins

from ptce_workflow.base.words import N_
from ptce_workflow.ledger.events import clauses as law
from ptce_workflow.ledger.events.base import (
    Breach,
    Context,
    Count,
    Entry,
    FieldNames,
    Instant,
    Name,
    Say,
    SheetName,
    Story,
    When,
    doc,
    enter,
)
from ptce_workflow.ledger.events.facts import Facts, FactsRecorded, FactsRectified
from ptce_workflow.ledger.events.receipt import Evidence, SheetReceived
from ptce_workflow.process.fields import FileField
from ptce_workflow.process.model.definition import START
from ptce_workflow.process.process import Process
from ptce_workflow.process.rules.case import Case


class Exhibit(Struct, frozen=True, forbid_unknown_fields=True):
    """A line of the other ledger on which facts rest: an arrival, a document, a rectification.

    `names` are those of its fields, or of the sheet that arrived; `at` is when that was.
    """

    at: Instant
    evidence: Evidence | None
    n: Count
    names: tuple[Name, ...]


@enter
class FactsCarried(FactsRecorded, frozen=True):
    """Facts that come along with a candidature that another contest hands over."""

    kind = "facts_carried"
    tells = N_("facts come along from the contest that handed over, with what they rest on there")

    exhibits: Annotated[
        tuple[Exhibit, ...],
        doc(
            N_(
                "the lines there on which they rest: the number (n), the hour (at), the sheet that "
                "arrived or the fields (names), and the file (evidence), or null"
            )
        ),
    ]
    figures: Annotated[
        dict[Name, dict[Name, int]],
        doc(N_("the figures of each panel as they were recorded there, by its name")),
    ]

    def may(self, ctx: Context) -> Iterator[Breach]:
        """Tells of what no contest handed over, or is not what the way in carries."""
        case, process = ctx.case, ctx.process
        if case.origin is None or case.facts or case.given or "carried" in case.origin:
            yield law.NOT_CARRIED(case.ref)
        if self.removed or not (self.names or self.exhibits or self.figures):
            yield law.NOTHING()
        private = self.erasable(ctx)
        yield from self.beside(ctx, private)
        carries = carried_by(process, case.state)
        for name in self.names:
            sheet_name = name.partition(".")[0]
            field, sheet = process.definition.field(name), process.definition.sheets.get(sheet_name)
            if field is None or sheet is None:
                yield law.NO_FIELD(name)
            elif {"desk", *sheet.by}.isdisjoint(ctx.roles):
                yield law.WRITER(ctx.actor)
            elif field.is_computed or sheet.is_panel:
                yield law.NOT_WRITTEN(name)
            elif carries.isdisjoint((name, sheet_name)):
                yield law.NOT_CARRIED(name)
            elif not field.records_parts(self.facts.get(name), (private or {}).get(name)):
                yield law.VALUE(name)
            elif isinstance(field, FileField):
                yield from self._proved(name, private)

    def _proved(self, name: str, private: Any) -> Iterator[Breach]:
        """Tells of a document that no line there proves."""
        proofs = [one.evidence for one in self.exhibits if one.names == (name,)]
        if not any(proofs) or (private is not None and proof_of(private[name]) not in proofs):
            yield law.GIVEN(name)

    def owed(self, ctx: Context, accepted: Any) -> tuple[str, ...]:
        """None: what another ledger tells, no clock of this one can change."""
        return ()

    def fold(self, case: Case, line: Entry[Any], side: Any) -> Case:
        """The candidature with what came along; its origin tells what that was and rests on."""
        told = {
            "carried": sorted(self.names),
            "exhibits": [{**to_builtins(one), "names": list(one.names)} for one in self.exhibits],
            "figures": self.figures,
        }
        return super().fold(case, line, side).but(origin={**(case.origin or {}), **told})

    def story(self, line: Entry[Any], side: Any) -> Story:
        """Tells what came along, and each line there on which it rests."""
        yield from super().story(line, side)
        for one in self.exhibits:
            is_sheet = "." not in one.names[0]
            what = SheetName(one.names[0]) if is_sheet else FieldNames(one.names)
            values = {"what": what, "when": When(one.at), "n": one.n}
            yield Say(N_("there: {what}, {when} (line {n})"), values)
            if one.evidence is not None:
                yield from one.evidence.told()


def carried_by(process: Process, state: str) -> frozenset[str]:
    """The sheets and fields that the ways in which lead to a state carry."""
    ways = process.ways(START).values()
    return frozenset(name for way in ways if way.to == state for name in way.transition.carries)


def proof_of(answer: Any) -> Evidence | None:
    """The hash and the size of a document that was recorded; None for any other answer."""
    is_document = isinstance(answer, dict) and "sha256" in answer
    return Evidence(answer["sha256"], answer["size"]) if is_document else None


def exhibits(
    lines: Iterable[tuple[Entry[Any], Any]], carried: Collection[str]
) -> tuple[Exhibit, ...]:
    """The lines about a candidature on which the facts that are carried rest, in their order.

    `lines` come with their side rows: a document that was erased is none any more.
    """
    sheets = {name.partition(".")[0] for name in carried}
    found: list[Exhibit] = []
    documents: dict[str, Exhibit] = {}
    for line, side in lines:
        event = line.data
        if isinstance(event, SheetReceived) and event.sheet in sheets:
            found.append(Exhibit(event.received_at, event.evidence, line.n, (event.sheet,)))
        if not isinstance(event, FactsRecorded):
            continue
        names = tuple(name for name in event.names if name in carried)
        if isinstance(event, FactsRectified | FactsCarried) and names:
            proof = event.evidence if isinstance(event, FactsRectified) else None
            found.append(Exhibit(line.at, proof, line.n, names))
        written = side.facts if isinstance(side, Facts) else {}
        for name in names:
            proof = proof_of(written.get(name))
            if proof is not None:
                documents[name] = Exhibit(line.at, proof, line.n, (name,))
    return tuple(sorted((*found, *documents.values()), key=lambda one: (one.n, one.names)))
