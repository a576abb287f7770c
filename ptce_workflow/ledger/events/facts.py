"""Events of what arrives: answers recorded, sheets received, notes written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Annotated, Any, ClassVar, Self

from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import replace

from ptce_workflow.base.notation import from_text, to_text
from ptce_workflow.base.words import N_
from ptce_workflow.ledger.events import clauses
from ptce_workflow.ledger.events.base import (
    AboutCandidature,
    AnswerOf,
    Context,
    Entry,
    FieldNames,
    Hash,
    Instant,
    Name,
    Natural,
    Phrase,
    SheetName,
    Side,
    Story,
    Value,
    Violation,
    When,
    describe_facts,
    describe_reason,
    doc,
    register,
    without,
)
from ptce_workflow.ledger.state import Accepted
from ptce_workflow.process.candidature import Candidature, is_given
from ptce_workflow.process.process import Process


class Evidence(Struct, frozen=True, forbid_unknown_fields=True):
    """The file that proves an arrival, by its hash and its size: neither name nor content."""

    sha256: Hash
    size: Natural


def describe_evidence(evidence: Evidence | UnsetType | None) -> Story:
    if isinstance(evidence, Evidence):
        proof = {"hash": evidence.sha256, "size": evidence.size}
        yield Phrase(N_("evidence: {size} bytes, SHA-256 {hash}"), proof)


def arrival(ctx: Context, received_at: str) -> Iterator[Violation]:
    """An hour of arrival that is ahead, or before both the opening and the contest."""
    opens, since = ctx.process.opens, ctx.before.begun
    if opens is not None:
        since = min(since, to_text(opens))
    if received_at > ctx.at:
        yield clauses.FUTURE(received_at)
    elif received_at < since:
        yield clauses.BEFORE_OPENING(f"{received_at} < {since}")


PROOF = N_("the SHA-256 (sha256) and the bytes (size) of the file that proves it; null without one")


def term_over(process: Process, case: Candidature, sheet: str, at: datetime) -> str | UnsetType:
    """The term of a request after which it arrived; UNSET for one in time, and for a sheet."""
    until = process.asked_until(sheet, case) if sheet in process.definition.requests else None
    return UNSET if until is None or at <= until else to_text(until)


@register
class SheetReceived(AboutCandidature, frozen=True):
    kind = "sheet_received"
    tells = N_("what a sheet asks for has arrived, complete or not")

    evidence: Annotated[Evidence | None, doc(PROOF)]
    received_at: Annotated[Instant, doc(N_("when it arrived"))]
    sheet: Annotated[Name, doc(N_("the sheet"))]
    late: Annotated[
        Instant | UnsetType,
        doc(N_("where a request arrived after its term, that term; else left out")),
    ] = UNSET
    acknowledged: Annotated[
        bool | UnsetType,
        doc(N_("if it had arrived before the ledger began: whether a mail says so; else left out")),
    ] = UNSET

    def validate_new(self, ctx: Context) -> Iterator[Violation]:
        sheet = ctx.process.definition.sheets.get(self.sheet)
        if sheet is None or not sheet.arrives:
            yield clauses.NO_SHEET(self.sheet)
            return
        if {"desk", *sheet.by}.isdisjoint(ctx.filing_roles):
            yield clauses.WRITER(ctx.actor)
        if ctx.is_courier and self.evidence is None:
            yield clauses.FILED_UNPROVED()
        yield from arrival(ctx, self.received_at)
        if (self.acknowledged is UNSET) == (self.received_at < ctx.before.begun):
            yield clauses.EARLIER(self.received_at)
        if self.acknowledged is not UNSET and self.evidence is None:
            yield clauses.UNPROVED(self.received_at)
        if sheet.is_request:
            yield from self.askable(ctx)
        instants = ctx.case.received.get(self.sheet, ())
        if self.evidence is None and from_text(self.received_at) in instants:
            yield clauses.NOTHING(self.received_at)

    def askable(self, ctx: Context) -> Iterator[Violation]:
        case, process = ctx.case, ctx.process
        if case.is_asked(self.sheet):
            yield clauses.ASKED_ALREADY(self.sheet)
        elif case.state not in process.definition.requests[self.sheet].windows:
            yield clauses.NOT_ASKED_THERE(case.state)
        elif (since := process.asked_from(self.sheet, case)) is None:
            yield clauses.ASKED_BEFORE(self.received_at)
        elif from_text(self.received_at) < since:
            yield clauses.ASKED_BEFORE(f"{self.received_at} < {to_text(since)}")

    def validate_recorded(self, ctx: Context) -> Iterator[Violation]:
        yield from self.validate_new(ctx)
        if self.sheet in ctx.process.definition.requests:
            term = term_over(ctx.process, ctx.case, self.sheet, from_text(self.received_at))
            if term != self.late:
                yield clauses.ASKED_LATE(f"{term or '–'} ≠ {self.late or '–'}")

    def fold(self, case: Candidature, line: Entry[Any], side: Any) -> Candidature:
        term = None if self.late is UNSET else from_text(self.late)
        return case.asking(self.sheet, from_text(self.received_at), term).but(version=line.n)

    def announces(self, process: Process) -> tuple[str, ...]:
        return () if self.acknowledged is False else process.definition.announced(self.sheet)

    def describe(self, line: Entry[Any], side: Any) -> Story:
        values = {"sheet": SheetName(self.sheet), "when": When(self.received_at)}
        yield Phrase(N_("arrived: {sheet}, {when}"), values)
        if self.acknowledged is not UNSET:
            yield Phrase(N_("it had arrived before the ledger began"))
        if self.late is not UNSET:
            yield Phrase(N_("late: its term was {when}"), {"when": When(self.late)})
        yield from describe_evidence(self.evidence)


class NoteText(Side, frozen=True):
    text: Annotated[Name, doc(N_("the words of the note"))]


@register
class NoteWritten(AboutCandidature, frozen=True):
    kind = "note_written"
    tells = N_("somebody of the desk notes something about a candidature, such as a call")
    private = NoteText

    def validate_new(self, ctx: Context) -> Iterator[Violation]:
        if "desk" not in ctx.filing_roles:
            yield clauses.DESK(ctx.actor)
        if ctx.case_id not in ctx.subjects:
            yield clauses.NOTHING()

    def fold(self, case: Candidature, line: Entry[Any], side: Any) -> Candidature:
        """The candidature as it was: whoever works on it need not begin again for a note."""
        return case

    def describe(self, line: Entry[Any], side: Any) -> Story:
        if isinstance(side, NoteText):
            yield Phrase(N_("note: {text}"), {"text": side.text})
        else:
            yield Phrase(N_("a note was written"))


class SenderAndSubject(Side, frozen=True):
    sender: Annotated[str, doc(N_("the address from which it came"))]
    subject: Annotated[str, doc(N_("its subject"))]


@register
class MailReceived(AboutCandidature, frozen=True):
    kind = "mail_received"
    tells = N_("the courier has read an answer about a candidature in a mailbox")
    private = SenderAndSubject

    automatic: Annotated[bool, doc(N_("whether a program wrote it, such as an absence message"))]
    evidence: Annotated[Evidence, doc(N_("the SHA-256 (sha256) and the bytes (size) of the mail"))]
    received_at: Annotated[
        Instant | None, doc(N_("when a mail server of ours took it; null where none tells"))
    ]

    def validate_new(self, ctx: Context) -> Iterator[Violation]:
        yield from clauses.by_courier(ctx)
        if ctx.case_id not in ctx.subjects:
            yield clauses.NOTHING()
        if self.received_at is not None and self.received_at > ctx.latest:
            yield clauses.FUTURE(self.received_at)

    def fold(self, case: Candidature, line: Entry[Any], side: Any) -> Candidature:
        return case

    def describe(self, line: Entry[Any], side: Any) -> Story:
        automatic = N_("automatic reply received by mail")
        yield Phrase(automatic if self.automatic else N_("answer received by mail"))
        if self.received_at is not None:
            yield Phrase(N_("it arrived on {when}"), {"when": When(self.received_at)})
        if isinstance(side, SenderAndSubject):
            values = {"sender": side.sender, "subject": side.subject}
            yield Phrase(N_("from {sender}: {subject}"), values)
        yield from describe_evidence(self.evidence)


class Facts(Side, frozen=True):
    facts: Annotated[dict[Name, Value], doc(N_("the erasable facts, by qualified name"))]

    def as_seen(self, case: Candidature) -> Self:
        """The facts of the sheets that somebody may read; see `process.visibility`."""
        return replace(self, facts=_of_open(self.facts, case))


@register
class FactsRecorded(AboutCandidature, frozen=True):
    kind = "facts_recorded"
    tells = N_("facts are written down, changed or taken away")
    private: ClassVar[type[Side] | None] = Facts
    is_timely: ClassVar[bool] = True
    """True where it may be written until the clock of the act says that it is too late."""

    facts: Annotated[dict[Name, Value], doc(N_("what rules may read, by qualified name"))]
    given: Annotated[tuple[Name, ...], doc(N_("the names of the erasable facts that are given"))]
    removed: Annotated[tuple[Name, ...], doc(N_("the names of the facts that are taken away"))]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((*self.facts, *self.given, *self.removed)))

    def arrived(self, ctx: Context) -> datetime:
        """When what it writes arrived: as it is written, where nothing else is said."""
        return ctx.now

    def roles(self, ctx: Context) -> tuple[str, ...]:
        return ctx.roles

    def erasable(self, ctx: Context) -> Mapping[str, Any] | None:
        side = ctx.sides.get(ctx.case.id)
        return side.facts if isinstance(side, Facts) else None

    def side_violations(
        self, ctx: Context, private: Mapping[str, Any] | None
    ) -> Iterator[Violation]:
        if bool(self.given) != (ctx.case.id in ctx.subjects):
            yield clauses.GIVEN(", ".join(self.given))
        elif private is not None and sorted(private) != list(self.given):
            yield clauses.GIVEN(", ".join(sorted({*private} ^ {*self.given})))

    def validate_new(self, ctx: Context) -> Iterator[Violation]:
        case, process = ctx.case, ctx.process
        if not (self.facts or self.given or self.removed):
            yield clauses.NOTHING()
        private = self.erasable(ctx)
        yield from self.side_violations(ctx, private)
        sheets, pending = process.definition.sheets, process.pending(case)
        open_ = process.writable(case.state, self.roles(ctx), pending)
        arrived = self.arrived(ctx)
        for name in self.names:
            field = open_.get(name)
            closes = process.closes(name, case, pending)
            if case.origin is not None and process.reads_only(name, case):
                yield clauses.CARRIED(name)
                continue
            if closes is not None and arrived > closes and name in open_:
                yield clauses.TOO_LATE(f"{name}: {to_text(arrived)} > {to_text(closes)}")
                continue
            if name in self.removed and process.keeps(name, case):
                yield clauses.STAYS_COMPLETE(name)
                continue
            if field is not None and name not in self.removed:
                erased = None if private is None else private.get(name)
                if not field.records_parts(self.facts.get(name), erased):
                    yield clauses.VALUE(name)
                continue
            field, sheet = process.definition.field(name), sheets.get(name.partition(".")[0])
            if field is None or sheet is None:
                yield clauses.NO_FIELD(name)
            elif set(sheet.by).isdisjoint(self.roles(ctx)):
                yield clauses.WRITER(ctx.actor)
            elif field.is_computed or sheet.is_panel:
                yield clauses.NOT_WRITTEN(name)
            elif name not in open_:
                yield clauses.CLOSED(f"{name} ({case.state})")
            elif name in self.facts or name in self.given or not is_given(case, name):
                yield clauses.NOTHING(name)

    def owed(self, ctx: Context, accepted: Accepted) -> tuple[str, ...]:
        furthest, names = from_text(accepted.furthest), self.names if self.is_timely else ()
        closing = ((name, ctx.process.closes(name, ctx.case)) for name in names)
        return tuple(name for name, closes in closing if closes is not None and closes < furthest)

    def fold(self, case: Candidature, line: Entry[Any], side: Any) -> Candidature:
        facts, private, names = case.facts, case.private, case.given
        texts = side.facts if isinstance(side, Facts) else None
        if self.removed or not names.issuperset(self.given):
            names = names.union(self.given).difference(self.removed)
        if self.facts:
            facts = {**facts, **self.facts}
        if texts:
            private = {**private, **texts}
        if self.removed:
            facts, private = without(facts, self.removed), without(private, self.removed)
        return case.but(version=line.n, facts=facts, private=private, given=names)

    def as_seen(self, process: Process, case: Candidature, institution: str) -> Self | None:
        seen = replace(
            self,
            facts=_of_open(self.facts, case),
            given=tuple(_of_open(dict.fromkeys(self.given), case)),
            removed=tuple(_of_open(dict.fromkeys(self.removed), case)),
        )
        return seen if seen.names else None

    def describe(self, line: Entry[Any], side: Any) -> Story:
        return describe_facts({*self.facts, *self.given}, self.removed)


@register
class FactsReceived(FactsRecorded, frozen=True):
    kind = "facts_received"
    tells = N_("facts that had arrived, at an hour that was received, are written down later")
    is_timely = False

    received_at: Annotated[Instant, doc(N_("when they arrived"))]

    def arrived(self, ctx: Context) -> datetime:
        return from_text(self.received_at)

    def roles(self, ctx: Context) -> tuple[str, ...]:
        return ctx.filing_roles

    def validate_new(self, ctx: Context) -> Iterator[Violation]:
        yield from arrival(ctx, self.received_at)
        case, at = ctx.case, self.arrived(ctx)
        for sheet in dict.fromkeys(name.partition(".")[0] for name in self.names):
            if at not in case.received.get(sheet, ()):
                yield clauses.NO_RECEIPT(f"{sheet}: {self.received_at}")
        yield from super().validate_new(ctx)

    def describe(self, line: Entry[Any], side: Any) -> Story:
        yield Phrase(N_("as it had arrived, {when}"), {"when": When(self.received_at)})
        yield from super().describe(line, side)


class Mended(Facts, frozen=True):
    """What was mended of what may be erased, as it was before and after, and why."""

    before: Annotated[dict[Name, Value], doc(N_("the erasable facts as they stood before"))]
    reason: Annotated[str, doc(N_("why, in words"))]

    def as_seen(self, case: Candidature) -> Self:
        return replace(super().as_seen(case), before=_of_open(self.before, case))


@register
class FactsRectified(FactsRecorded, frozen=True):
    kind = "facts_rectified"
    tells = N_("a slip of whoever typed is mended, with a reason and what proves it")
    private = Mended
    is_timely = False

    before: Annotated[dict[Name, Value], doc(N_("what rules read before, by qualified name"))]
    evidence: Annotated[Evidence, doc(PROOF)]

    def validate_new(self, ctx: Context) -> Iterator[Violation]:
        case = ctx.case
        if not self.names:
            yield clauses.NOTHING()
        side = ctx.sides.get(case.id)
        texts = side if isinstance(side, Mended) else None
        if case.id not in ctx.subjects or (texts is not None and not texts.reason.strip()):
            yield clauses.REASON()
        if texts is not None:
            if sorted(texts.facts) != list(self.given):
                yield clauses.GIVEN(", ".join(sorted({*texts.facts} ^ {*self.given})))
            erased = (name in case.given and name not in case.private for name in self.names)
            if texts.before != present_facts(case.private, self.names) and not any(erased):
                yield clauses.BEFORE(", ".join(texts.before))
        if self.before != present_facts(case.facts, self.names):
            yield clauses.BEFORE(", ".join(self.before))
        for name in self.names:
            yield from self._mended(ctx, name, None if texts is None else texts.facts.get(name))

    def _mended(self, ctx: Context, name: str, erased: Any) -> Iterator[Violation]:
        process, case = ctx.process, ctx.case
        field = process.definition.field(name)
        sheet = process.definition.sheets.get(name.partition(".")[0])
        closes = process.closes(name, case)
        if field is None or sheet is None:
            yield clauses.NO_FIELD(name)
        elif set(sheet.by).isdisjoint(ctx.roles):
            yield clauses.WRITER(ctx.actor)
        elif field.is_computed or not sheet.is_sent:
            yield clauses.NOT_WRITTEN(name)
        elif not is_given(case, name):
            yield clauses.NEVER_FILED(name)
        elif process.is_open(name, case.state, process.pending(case)) and not (
            process.reads_only(name, case) or (closes is not None and ctx.now > closes)
        ):
            yield clauses.STILL_OPEN(name)
        elif name in self.removed:
            if process.keeps(name, case):
                yield clauses.STAYS_COMPLETE(name)
        elif not field.records_parts(self.facts.get(name), erased):
            yield clauses.VALUE(name)

    def as_seen(self, process: Process, case: Candidature, institution: str) -> Self | None:
        seen = super().as_seen(process, case, institution)
        return seen and replace(seen, before=_of_open(self.before, case))

    def fold(self, case: Candidature, line: Entry[Any], side: Any) -> Candidature:
        mended = super().fold(case, line, side)
        rectified = {**case.rectified, **dict.fromkeys(self.names, line.n)}
        return mended.but(rectified=rectified)

    def describe(self, line: Entry[Any], side: Any) -> Story:
        for name in self.names:
            values = {
                "label": FieldNames((name,)),
                "before": self.answer_of(name, side, before=True),
                "after": self.answer_of(name, side, before=False),
            }
            yield Phrase(N_("rectified: {label}: {before} → {after}"), values)
        yield from describe_evidence(self.evidence)
        yield from describe_reason(side)

    def answer_of(self, name: str, side: Any, *, before: bool) -> AnswerOf:
        line = self.before if before else self.facts
        erased: dict[str, Any] = {}
        if isinstance(side, Mended):
            erased = side.before if before else side.facts
        return AnswerOf(name, line.get(name), erased.get(name), not before and name in self.removed)


def present_facts(facts: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: facts[name] for name in names if name in facts}


def _of_open(facts: Mapping[str, Any], case: Candidature) -> dict[str, Any]:
    return {
        name: value for name, value in facts.items() if name.partition(".")[0] not in case.closed
    }
