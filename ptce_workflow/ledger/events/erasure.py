"""Events of erasure: side rows and mails that are gone; the lines stay."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import datetime
from itertools import pairwise
from typing import Annotated, Any, ClassVar, Literal

from msgspec import UNSET, Struct, UnsetType, field, to_builtins
from msgspec.structs import replace

from ptce_workflow.base.words import N_, _, nN_
from ptce_workflow.ledger.checkpoint import is_signed, signed
from ptce_workflow.ledger.events import clauses
from ptce_workflow.ledger.events.base import (
    CONTEST_SUBJECT,
    Context,
    Count,
    Entry,
    Event,
    Hash,
    MessageName,
    Name,
    Phrase,
    Pseudonym,
    Reason,
    SheetName,
    Sides,
    Story,
    Violation,
    describe_reason,
    doc,
    register,
)
from ptce_workflow.ledger.events.facts import FactsRecorded, FactsRectified
from ptce_workflow.ledger.events.mail import AboutMails
from ptce_workflow.ledger.events.panel import LinksDeclared, ScoresGiven
from ptce_workflow.ledger.line import canonical
from ptce_workflow.ledger.state import ContestState
from ptce_workflow.process.candidature import Candidature
from ptce_workflow.process.letters.message import Stage
from ptce_workflow.process.letters.planning import planner_of
from ptce_workflow.process.model.definition import ERASED
from ptce_workflow.process.process import Process

_WAITING = (Stage.PLANNED, Stage.HELD)


def mail_name(number: int) -> str:
    return f"mail:{number}"


def kept_with(process: Process, event: Event) -> frozenset[str]:
    """The sheets that rule a side row's time; reasons and answers of mails: the contact's."""
    names: tuple[str, ...] = ()
    if isinstance(event, FactsRectified):
        names = event.names
    elif isinstance(event, FactsRecorded):
        names = event.given
    elif isinstance(event, ScoresGiven | LinksDeclared):
        names = (event.sheet,)
    sheets = {name.partition(".")[0] for name in names} or {""}
    return frozenset(map(process.definition.kept_with, sheets))


class ListedErasure(Struct, frozen=True, forbid_unknown_fields=True):
    """An erasure as it is listed beside the database: which ledger, the line, whose, what is gone.

    `rows` are the hashes that the lines commit themselves to, by number; `mails` those of the bytes
    of mails, sent or received, by name, "" where none was written. The contest signs it all; ""
    without its key.
    """

    ledger: Hash
    line: Count
    subject: Name
    rows: Mapping[str, Hash]
    mails: Mapping[str, str] = {}
    signature: str = ""

    @property
    def place(self) -> tuple[int, str]:
        return self.line, self.subject

    def signed_with(self, private: bytes) -> ListedErasure:
        return replace(self, signature=b64encode(signed(private, self._text())).decode())

    def is_signed_by(self, keys: Iterable[str]) -> bool:
        """True when one of these public keys, in base64, belongs to the one that has signed it."""
        with suppress(ValueError):
            signature, text = b64decode(self.signature, validate=True), self._text()
            return any(is_signed(b64decode(key), text, signature) for key in keys)
        return False

    def _text(self) -> bytes:
        return canonical({**to_builtins(self), "signature": ""})


class Again(Struct, frozen=True, forbid_unknown_fields=True):
    """An erasure of a ledger that was replaced, and up to which line another was restored."""

    erasure: ListedErasure
    restored: Count


@register
class PersonalDataErased(Event, frozen=True):
    kind = "personal_data_erased"
    tells = N_("side rows and the words of mails are gone; what was decided stays")
    about: ClassVar[Literal["contest", "candidature", "either"]] = "either"
    private = Reason

    lines: Annotated[
        tuple[Count, ...], doc(N_("the numbers of the lines whose side rows are gone"))
    ]
    whose: Annotated[Name, doc(N_("whose they were: a candidature, a person, or `contest`"))] = (
        field(name="subject")
    )
    again: Annotated[
        Again | UnsetType,
        doc(
            N_(
                "where a restore had brought it back: `restored`, up to which line the backup "
                "went; `erasure`, what the ledger that was replaced had erased, by which line, "
                "with the signature of the contest; left out for anything else"
            )
        ),
    ] = UNSET
    mails: Annotated[
        tuple[MessageName, ...] | UnsetType,
        doc(N_("the mails whose words and bytes are gone, if any; the hash of each stays")),
    ] = UNSET
    sheets: Annotated[
        tuple[Name, ...] | UnsetType,
        doc(N_("the sheets whose time is over; left out where all of the subject is gone")),
    ] = UNSET
    to: Annotated[
        Pseudonym | UnsetType,
        doc(N_("the reader of the mails whose rows are gone, where it is for that person")),
    ] = UNSET
    visa: Annotated[
        Name | UnsetType, doc(N_("the reference of the visa of the archives, if one was needed"))
    ] = UNSET

    def subject(self, ctx: Context) -> str:
        """Whose they were: why they are gone goes with what is erased of them later."""
        return self.whose

    def validate_new(self, ctx: Context) -> Iterator[Violation]:
        yield from clauses.by_desk(ctx)
        lines, mails = self.lines, self.mails or ()
        if not (lines or mails) or any(number >= next_ for number, next_ in pairwise(lines)):
            yield clauses.NOTHING(", ".join(map(str, lines)))
        rows = ctx.before.side_rows(self.whose)
        absent = [n for n in lines if n not in rows]
        if absent:
            yield clauses.NOT_THERE(", ".join(map(str, absent)))
        if self.sheets is UNSET and not self.again and self.whose not in ctx.subjects:
            yield clauses.REASON(self.whose)
        if (ctx.case_id is not None) != (ctx.before.case(self.whose) is not None):
            yield clauses.ABOUT(self.whose)
        elif self.again:
            yield from self._again(ctx, self.again)
            return
        elif self.to is not UNSET:
            yield from self._to_somebody(ctx, self.to)
        elif ctx.case_id is not None:
            yield from self._of_candidature(ctx, ctx.case)
        elif self.whose != CONTEST_SUBJECT:
            person = ctx.before.person(self.whose)
            if person is None or person.active:
                yield clauses.STILL_ACTS(self.whose)
            yield from self._all_of(ctx, lambda message: message.recipient == self.whose)
        yield from self._mails(ctx)

    def noted(self) -> Iterator[Violation]:
        if self.again:
            why = _("Restored up to line {restored}; it was line {line} of the ledger replaced.")
            line, restored = self.again.erasure.line, self.again.restored
            yield clauses.ERASED_AGAIN(why.format(restored=restored, line=line))

    def _again(self, ctx: Context, again: Again) -> Iterator[Violation]:
        """The law of an erasure that was lawful in a ledger of which nothing else is left."""
        erasure, restored, keys = again.erasure, again.restored, ctx.before.keys
        if not restored <= ctx.before.state.n or erasure.line <= restored:
            yield clauses.AGAIN_BEYOND(f"{erasure.line} ≤ {restored}")
        rows = ctx.before.side_rows(self.whose)
        hashes = {n: line.pd.get(self.whose) for n, line in rows.items() if line and line.pd}
        if (
            (erasure.ledger, erasure.subject) != (ctx.before.origin, self.whose)
            or not erasure.is_signed_by(key_at(keys, restored))
            or any(hashes.get(n) != erasure.rows.get(str(n)) for n in self.lines)
            or not erasure.mails.keys() >= {*(self.mails or ())}
        ):
            yield clauses.AGAIN_SIGNED(erasure.line)

    def _to_somebody(self, ctx: Context, to: str) -> Iterator[Violation]:
        person, rows = ctx.before.person(to), ctx.before.side_rows(self.whose)
        if person is None or person.active:
            yield clauses.STILL_ACTS(to)
        for n in self.lines:
            line = rows.get(n)
            event = None if line is None else line.data
            names = event.names() if isinstance(event, AboutMails) else ("",)
            messages = map(ctx.before.message, names)
            if not all(message is not None and message.recipient == to for message in messages):
                yield clauses.NOT_THEIRS(str(n))

    def _of_candidature(self, ctx: Context, case: Candidature) -> Iterator[Violation]:
        process = ctx.process
        # What the folder no longer keeps goes, wherever a candidature has been left standing.
        ends = process.states[case.state].ends or self.sheets is not UNSET
        if not ends or process.pending(case):
            yield clauses.UNDER_WAY(case.ref)
        decisions, about = planner_of(process).decisions, ctx.before.messages_of(case.id).values()
        waiting = [
            mail.name for mail in about if mail.stage in _WAITING and mail.notification in decisions
        ]
        if waiting:
            # What else waits is cancelled for want of an address.
            yield clauses.MAIL_WAITS(", ".join(waiting))
        lacking = visas(process, case, None if self.sheets is UNSET else self.sheets)
        if lacking and not self.visa:
            yield clauses.VISA(", ".join(lacking))
        if self.sheets is UNSET:
            yield from self._all_of(ctx, lambda message: message.case == case.id)
            return
        over = {name for name, at in process.kept_until(case).items() if at <= ctx.now}
        early = [name for name in self.sheets if name not in over]
        if early or not self.sheets:
            yield clauses.NOT_OVER(", ".join(early))
        lines = rows_over(ctx, case.id, self.sheets, over)
        if list(self.lines) != lines:
            yield clauses.NOT_ALL(", ".join(map(str, sorted({*lines} ^ {*self.lines}))))
        if process.definition.contact_sheet in self.sheets:
            yield from self._every_mail(ctx, lambda message: message.case == case.id)

    def _all_of(self, ctx: Context, is_theirs: Any) -> Iterator[Violation]:
        others = ctx.before.side_rows(self.whose).keys() - {*self.lines}
        if others:
            yield clauses.NOT_ALL(", ".join(map(str, sorted(others))))
        yield from self._every_mail(ctx, is_theirs)

    def _every_mail(self, ctx: Context, is_theirs: Any) -> Iterator[Violation]:
        named = {*(self.mails or ())}
        ids = (None, *(case.id for case in ctx.before.every_case()))
        for message in (mail for id_ in ids for mail in ctx.before.messages_of(id_).values()):
            if is_theirs(message) and not message.erased and message.name not in named:
                yield clauses.NOT_ALL(message.name)

    def _mails(self, ctx: Context) -> Iterator[Violation]:
        """Tells of mails that there are not, and of others' that are not over."""
        for name in self.mails or ():
            message = ctx.before.message(name)
            if message is None:
                yield clauses.NO_MAIL(name)
            elif self.whose not in (message.case, message.recipient):
                if message.case is not None:
                    yield clauses.OTHER_MAIL(name)
                elif message.stage in _WAITING:
                    yield clauses.MAIL_WAITS(name)

    def announces(self, process: Process) -> tuple[str, ...]:
        of_candidature = not self.whose.startswith((CONTEST_SUBJECT, "P-"))
        return process.definition.caused(ERASED) if of_candidature else ()

    def apply_to_mails(self, state: ContestState, line: Entry[Any], sides: Sides) -> None:
        for name in self.mails or ():
            state.messages[name] = state.messages[name].without_words()

    def describe(self, line: Entry[Any], side: Any) -> Story:
        beside = nN_("erased beside {count} line", "erased beside {count} lines")
        mails = nN_("erased: {count} mail", "erased: {count} mails")
        for count, text in ((len(self.lines), beside), (len(self.mails or ()), mails)):
            if count:
                yield Phrase(text[0], {"count": count}, text[1], count)
        whose = self.to or (self.whose if line.case is None else CONTEST_SUBJECT)
        if whose != CONTEST_SUBJECT:
            yield Phrase(N_("what was held of {person}"), {"person": whose})
        for name in self.sheets or ():
            yield Phrase(N_("no longer kept: {sheet}"), {"sheet": SheetName(name)})
        if self.visa:
            yield Phrase(N_("visa of the archives: {visa}"), {"visa": self.visa})
        if self.again:
            again_text = N_("again, as line {line} of the ledger that was replaced had told")
            yield Phrase(again_text, {"line": self.again.erasure.line})
        yield from describe_reason(side)


def key_at(keys: Mapping[str, int], line: int) -> list[str]:
    """The key that signs at a line; none where the ledger had not begun."""
    return [key for key, first in keys.items() if first <= line][-1:]


def retention_ends(process: Process, case: Candidature) -> dict[str, datetime]:
    held = {
        process.definition.kept_with(name) for name in {n.partition(".")[0] for n in case.private}
    }
    return {name: at for name, at in process.kept_until(case).items() if name in held}


def visas(
    process: Process, case: Candidature, sheets: tuple[str, ...] | None = None
) -> tuple[str, ...]:
    """The sheets, of those named or of all with an answer, that need the visa of the archives."""
    filled_sheets = {name.partition(".")[0] for name in (*case.given, *case.facts)}
    named = map(process.definition.kept_with, filled_sheets) if sheets is None else sheets
    needing = {name for name, sheet in process.definition.sheets.items() if sheet.visa}
    return tuple(sorted(needing.intersection(named)))


def rows_over(ctx: Context, case_id: str, sheets: tuple[str, ...], over: set[str]) -> list[int]:
    """The lines whose side rows go once the time of all their sheets is over."""
    numbers = []
    for n, line in ctx.before.side_rows(case_id).items():
        rows = frozenset() if line is None else kept_with(ctx.process, line.data)
        if not rows.isdisjoint(sheets) and rows <= over:
            numbers.append(n)
    return numbers
