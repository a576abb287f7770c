"""Events of a candidature: opened, handed over, taken over."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from hashlib import sha256
from typing import Annotated, Any
from uuid import UUID

from msgspec import Struct, to_builtins

from ptce_workflow.base.notation import from_text
from ptce_workflow.base.words import N_
from ptce_workflow.ledger.events import clauses
from ptce_workflow.ledger.events.base import (
    AboutCandidature,
    Context,
    Count,
    Entry,
    FieldNames,
    Hash,
    Instant,
    Name,
    Phrase,
    Reason,
    Reference,
    SheetName,
    Sides,
    StateName,
    Story,
    Violation,
    When,
    describe_reason,
    doc,
    register,
)
from ptce_workflow.ledger.events.facts import (
    Evidence,
    Facts,
    FactsRecorded,
    FactsRectified,
    SheetReceived,
)
from ptce_workflow.ledger.events.transition import (
    Judged,
    against,
    answers,
    moment_of,
    owed_by,
    unlike,
)
from ptce_workflow.ledger.state import Accepted, ContestState
from ptce_workflow.process.candidature import Candidature, Own, reference
from ptce_workflow.process.fields import FileField
from ptce_workflow.process.model.definition import START
from ptce_workflow.process.process import Process


class Origin(Struct, frozen=True, forbid_unknown_fields=True):
    case: Name
    contest: Name
    hash: Hash
    n: Count
    origin: Hash
    ref: Name
    state: Name


def received_id(origin: str, case: str) -> str:
    """The id in the contest that takes over: of the origin and the id there, never twice."""
    digest = sha256(f"{origin}\n{case}\n".encode()).digest()
    return str(UUID(bytes=digest[:16], version=4))


@register
class CandidatureOpened(Judged, frozen=True):
    """A candidature that comes in, empty; what is known of it follows."""

    kind = "candidature_opened"
    tells = N_("a candidature begins")
    private = Reason
    opens = True

    origin: Annotated[
        Origin | None,
        doc(
            N_(
                "null; or, of a candidature that another contest handed over: that contest's id "
                "(contest), the random origin of its ledger (origin), the candidature there (case, "
                "ref) and its state, the number and the hash of the last line there (n, hash)"
            )
        ),
    ]
    ref: Annotated[Reference, doc(N_("its reference, as people say it"))]
    to: Annotated[Name, doc(N_("the state it stands in now"))]

    def blank(self, ctx: Context) -> Candidature:
        return blank(ctx, self.ref, self.origin)

    def validate_new(self, ctx: Context) -> Iterator[Violation]:
        case_id, count = ctx.case_id or "", ctx.before.candidatures()
        if ctx.before.case(case_id) is not None or int(self.ref[2:]) <= count:
            yield clauses.EXISTS(self.ref)
        elif self.ref != reference(count):
            yield clauses.NEXT_REFERENCE(f"{reference(count)} ≠ {self.ref}")
        edge, origin = ctx.process.edges(START).get(self.transition), self.origin
        if edge is None:
            yield clauses.NO_WAY(f"{START} → {self.transition}")
            return
        if bool(edge.transition.carries) != (origin is not None):
            yield clauses.WAY_IN(edge.name)
        if origin is not None and case_id != received_id(origin.origin, origin.case):
            yield clauses.NOT_HANDED(origin.ref)
        yield from self.may_move(ctx, edge, self.blank(ctx))

    def validate_recorded(self, ctx: Context) -> Iterator[Violation]:
        yield from self.validate_new(ctx)
        opened = opening(ctx, self.blank(ctx), self.transition)
        if opened is None:
            return
        yield from unlike(opened, self)
        if not opened.to:
            yield clauses.NOT_ALLOWED(against(opened))
        elif opened.to != self.to:
            yield clauses.LEADS(f"{opened.to} ≠ {self.to}")

    def move(self, before: Candidature | None) -> tuple[str, str] | None:
        return START, self.transition

    def fold(self, case: Candidature | None, line: Entry[Any], side: Any) -> Candidature:
        at = from_text(line.at)
        return Candidature(
            line.case or "",
            self.ref,
            self.to,
            at,
            line.n,
            entered={self.to: at},
            origin=None if self.origin is None else to_builtins(self.origin),
        )

    def apply(self, state: ContestState, line: Entry[Any], sides: Sides) -> None:
        opened = self.fold(None, line, None)
        if state.overwrites:
            opened = opened.but(facts=Own(), private=Own())
        state.cases[line.case or ""] = opened.but(contest=state.facts) if state.facts else opened

    def owed(self, ctx: Context, accepted: Accepted) -> tuple[str, ...]:
        return owed_by(ctx, self, self.blank(ctx), accepted)

    def describe(self, line: Entry[Any], side: Any) -> Story:
        yield Phrase(N_("candidature opened: {state}"), {"state": StateName(self.to)})
        if self.origin is not None:
            values = {"contest": self.origin.contest, "ref": self.origin.ref}
            yield Phrase(N_("handed over by {contest}, where it is {ref}"), values)
        yield from describe_reason(side)


def blank(ctx: Context, ref: str, origin: Origin | None) -> Candidature:
    """A candidature that is about to be opened, as the rules of a way in see it."""
    origin_data = None if origin is None else to_builtins(origin)
    facts = ctx.before.facts
    return Candidature(ctx.case_id or "", ref, START, ctx.now, 0, origin=origin_data, contest=facts)


def opening(ctx: Context, case: Candidature, transition: str) -> CandidatureOpened | None:
    """The event of a way in taken now, its `to` empty where a rule stands in the way."""
    edge = ctx.process.edges(START).get(transition)
    if edge is None:
        return None
    outcome = ctx.judge(edge, case, moment_of(ctx, edge, case))
    missing, verdicts = answers(outcome)
    origin = None if case.origin is None else Origin(**case.origin)
    return CandidatureOpened(
        missing, outcome.totals, transition, verdicts, origin, case.ref, outcome.to or ""
    )


@register
class CandidatureHandedOver(AboutCandidature, frozen=True):
    kind = "candidature_handed_over"
    tells = N_("another contest has taken a candidature over; it stays here as it is")

    case: Annotated[Name, doc(N_("the candidature's id there"))]
    contest: Annotated[Name, doc(N_("that contest's id"))]
    hash: Annotated[Hash, doc(N_("the hash of that line"))]
    n: Annotated[Count, doc(N_("the number of the line that opened it there"))]
    origin: Annotated[Hash, doc(N_("the random origin of that contest's ledger"))]
    ref: Annotated[Name, doc(N_("its reference there"))]

    def validate_new(self, ctx: Context) -> Iterator[Violation]:
        case = ctx.case
        yield from clauses.by_desk(ctx)
        if not ctx.process.states[case.state].hands_over:
            yield clauses.NOT_FROM_THERE(case.state)
        if self.origin in case.handed_over:
            yield clauses.HANDED_ALREADY(self.contest)

    def fold(self, case: Candidature, line: Entry[Any], side: Any) -> Candidature:
        there = {**case.handed_over, self.origin: self.ref}
        return case.but(version=line.n, handed_over=there)

    def describe(self, line: Entry[Any], side: Any) -> Story:
        values = {"contest": self.contest, "ref": self.ref}
        yield Phrase(N_("handed over to {contest}, where it is {ref}"), values)


class Exhibit(Struct, frozen=True, forbid_unknown_fields=True):
    """A line of the other ledger on which facts rest: its fields or sheet, and when it was."""

    at: Instant
    evidence: Evidence | None
    n: Count
    names: tuple[Name, ...]


@register
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

    def validate_new(self, ctx: Context) -> Iterator[Violation]:
        case, process = ctx.case, ctx.process
        if case.origin is None or case.facts or case.given or "carried" in case.origin:
            yield clauses.NOT_CARRIED(case.ref)
        if self.removed or not (self.names or self.exhibits or self.figures):
            yield clauses.NOTHING()
        private = self.erasable(ctx)
        yield from self.side_violations(ctx, private)
        carries = carried_by(process, case.state)
        for name in self.names:
            sheet_name = name.partition(".")[0]
            field, sheet = process.definition.field(name), process.definition.sheets.get(sheet_name)
            if field is None or sheet is None:
                yield clauses.NO_FIELD(name)
            elif {"desk", *sheet.by}.isdisjoint(ctx.roles):
                yield clauses.WRITER(ctx.actor)
            elif field.is_computed or sheet.is_panel:
                yield clauses.NOT_WRITTEN(name)
            elif carries.isdisjoint((name, sheet_name)):
                yield clauses.NOT_CARRIED(name)
            elif not field.records_parts(self.facts.get(name), (private or {}).get(name)):
                yield clauses.VALUE(name)
            elif isinstance(field, FileField):
                of_name = [one for one in self.exhibits if one.names == (name,)]
                proofs = [exhibit.evidence for exhibit in of_name]
                if not any(proofs) or (private and proof_of(private[name]) not in proofs):
                    yield clauses.GIVEN(name)

    def owed(self, ctx: Context, accepted: Any) -> tuple[str, ...]:
        """None: what another ledger tells, no clock of this one can change."""
        return ()

    def fold(self, case: Candidature, line: Entry[Any], side: Any) -> Candidature:
        """The candidature with what came along; its origin tells what that was and rests on."""
        values = {
            "carried": sorted(self.names),
            "exhibits": [
                {**to_builtins(exhibit), "names": list(exhibit.names)} for exhibit in self.exhibits
            ],
            "figures": self.figures,
        }
        return super().fold(case, line, side).but(origin={**(case.origin or {}), **values})

    def describe(self, line: Entry[Any], side: Any) -> Story:
        yield from super().describe(line, side)
        for exhibit in self.exhibits:
            is_sheet = "." not in exhibit.names[0]
            what = SheetName(exhibit.names[0]) if is_sheet else FieldNames(exhibit.names)
            values = {"what": what, "when": When(exhibit.at), "n": exhibit.n}
            yield Phrase(N_("there: {what}, {when} (line {n})"), values)
            if exhibit.evidence is not None:
                yield from exhibit.evidence.describe()


def carried_by(process: Process, state: str) -> frozenset[str]:
    """The sheets and fields that the ways in which lead to a state carry."""
    edges = process.edges(START).values()
    return frozenset(name for edge in edges if edge.to == state for name in edge.transition.carries)


def proof_of(answer: Any) -> Evidence | None:
    """The hash and the size of a document that was recorded; None for any other answer."""
    is_document = isinstance(answer, dict) and "sha256" in answer
    return Evidence(answer["sha256"], answer["size"]) if is_document else None


def exhibits(
    lines: Iterable[tuple[Entry[Any], Any]], carried: Collection[str]
) -> tuple[Exhibit, ...]:
    """The lines, with side rows, on which carried facts rest; none for erased documents."""
    sheets = {name.partition(".")[0] for name in carried}
    receipts: list[Exhibit] = []
    documents: dict[str, Exhibit] = {}
    for line, side in lines:
        event = line.data
        if isinstance(event, SheetReceived) and event.sheet in sheets:
            receipts.append(Exhibit(event.received_at, event.evidence, line.n, (event.sheet,)))
        if not isinstance(event, FactsRecorded):
            continue
        names = tuple(name for name in event.names if name in carried)
        if isinstance(event, FactsRectified | FactsCarried) and names:
            proof = event.evidence if isinstance(event, FactsRectified) else None
            receipts.append(Exhibit(line.at, proof, line.n, names))
        written = side.facts if isinstance(side, Facts) else {}
        for name in names:
            proof = proof_of(written.get(name))
            if proof is not None:
                documents[name] = Exhibit(line.at, proof, line.n, (name,))
    return tuple(
        sorted((*receipts, *documents.values()), key=lambda exhibit: (exhibit.n, exhibit.names))
    )
