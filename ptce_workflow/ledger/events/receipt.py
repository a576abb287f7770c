"""What arrives: received at its hour, complete or not, with what proves it; or noted."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any

from msgspec import UNSET, Struct, UnsetType

from ptce_workflow.base.encoding import from_text, to_text
from ptce_workflow.base.words import N_
from ptce_workflow.ledger.events import clauses as law
from ptce_workflow.ledger.events.base import (
    AboutCandidature,
    Breach,
    Context,
    Entry,
    Hash,
    Instant,
    Name,
    Natural,
    Say,
    SheetName,
    Side,
    Story,
    When,
    doc,
    enter,
)
from ptce_workflow.process.process import Process
from ptce_workflow.process.rules.case import Case


class Evidence(Struct, frozen=True, forbid_unknown_fields=True):
    """The file that proves an arrival, by its hash and its size: neither name nor content."""

    sha256: Hash
    size: Natural

    def told(self) -> Story:
        """Tells the size and the hash of the file."""
        proof = {"hash": self.sha256, "size": self.size}
        yield Say(N_("evidence: {size} bytes, SHA-256 {hash}"), proof)


def arrival(ctx: Context, received_at: str) -> Iterator[Breach]:
    """Tells of an hour of arrival that is still ahead, or before the contest began.

    It may begin when its call has begun: from the opening on, something may have arrived.
    """
    opens, since = ctx.process.opens, ctx.before.begun
    if opens is not None:
        since = min(since, to_text(opens))
    if received_at > ctx.at:
        yield law.FUTURE(received_at)
    elif received_at < since:
        yield law.BEFORE_OPENING(f"{received_at} < {since}")


PROOF = N_("the SHA-256 (sha256) and the bytes (size) of the file that proves it; null without one")


def term_over(process: Process, case: Case, sheet: str, at: datetime) -> str | UnsetType:
    """The term of a request after which it arrived; UNSET for one in time, and for a sheet."""
    until = process.asked_until(sheet, case) if sheet in process.definition.requests else None
    return UNSET if until is None or at <= until else to_text(until)


@enter
class SheetReceived(AboutCandidature, frozen=True):
    """What a sheet asks for has arrived, complete or not."""

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

    def may(self, ctx: Context) -> Iterator[Breach]:
        """Tells of a sheet that nobody sends, of who may not receive it, and of a wrong hour."""
        sheet = ctx.process.definition.sheets.get(self.sheet)
        if sheet is None or not sheet.arrives:
            yield law.NO_SHEET(self.sheet)
            return
        if {"desk", *sheet.by}.isdisjoint(ctx.roles):
            yield law.WRITER(ctx.actor)
        yield from arrival(ctx, self.received_at)
        if (self.acknowledged is UNSET) == (self.received_at < ctx.before.begun):
            yield law.EARLIER(self.received_at)
        if self.acknowledged is not UNSET and self.evidence is None:
            yield law.UNPROVED(self.received_at)
        if sheet.is_request:
            yield from self.askable(ctx)
        known = ctx.case.received.get(self.sheet, ())
        if self.evidence is None and from_text(self.received_at) in known:
            yield law.NOTHING(self.received_at)

    def askable(self, ctx: Context) -> Iterator[Breach]:
        """Tells of a request where it cannot be asked, that waits already, or too early.

        The hour of its arrival counts, not that at which it is typed. One that is late is received.
        """
        case, process = ctx.case, ctx.process
        if case.is_asked(self.sheet):
            yield law.ASKED_ALREADY(self.sheet)
        elif case.state not in process.definition.requests[self.sheet].windows:
            yield law.NOT_ASKED_THERE(case.state)
        elif (since := process.asked_from(self.sheet, case)) is None:
            yield law.ASKED_BEFORE(self.received_at)
        elif from_text(self.received_at) < since:
            yield law.ASKED_BEFORE(f"{self.received_at} < {to_text(since)}")

    def law(self, ctx: Context) -> Iterator[Breach]:
        """Tells besides of a term that the line does not tell as it was."""
        yield from self.may(ctx)
        if self.sheet in ctx.process.definition.requests:
            term = term_over(ctx.process, ctx.case, self.sheet, from_text(self.received_at))
            if term != self.late:
                yield law.ASKED_LATE(f"{term or '–'} ≠ {self.late or '–'}")

    def fold(self, case: Case, line: Entry[Any], side: Any) -> Case:
        """The candidature, of which one thing more has arrived."""
        term = None if self.late is UNSET else from_text(self.late)
        return case.asking(self.sheet, from_text(self.received_at), term).but(version=line.n)

    def announces(self, process: Process) -> tuple[str, ...]:
        """The mails that a receipt of this sheet sets off."""
        return () if self.acknowledged is False else process.definition.announced(self.sheet)

    def story(self, line: Entry[Any], side: Any) -> Story:
        """Tells what arrived, when, and what proves it."""
        values = {"sheet": SheetName(self.sheet), "when": When(self.received_at)}
        yield Say(N_("arrived: {sheet}, {when}"), values)
        if self.acknowledged is not UNSET:
            yield Say(N_("it had arrived before the ledger began"))
        if self.late is not UNSET:
            yield Say(N_("late: its term was {when}"), {"when": When(self.late)})
        if self.evidence is not None:
            yield from self.evidence.told()


class NoteText(Side, frozen=True):
    """The words of a note."""

    text: Annotated[Name, doc(N_("the words of the note"))]


@enter
class NoteWritten(AboutCandidature, frozen=True):
    """Something to be remembered about a candidature: a call, a remark; it changes nothing."""

    kind = "note_written"
    tells = N_("somebody of the desk notes something about a candidature, such as a call")
    private = NoteText

    def may(self, ctx: Context) -> Iterator[Breach]:
        """Tells of anyone but the desk, and of a note without words."""
        yield from law.by_desk(ctx)
        if ctx.case_id not in ctx.subjects:
            yield law.NOTHING()

    def fold(self, case: Case, line: Entry[Any], side: Any) -> Case:
        """The candidature as it was: whoever works on it need not begin again for a note."""
        return case

    def story(self, line: Entry[Any], side: Any) -> Story:
        """Tells what was noted, as far as it is there still."""
        if isinstance(side, NoteText):
            yield Say(N_("note: {text}"), {"text": side.text})
        else:
            yield Say(N_("a note was written"))
