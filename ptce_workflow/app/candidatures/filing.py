"""Filing what arrives: a new candidature or a new version of one, with remarks for a person."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import Any

from msgspec import Struct

from ptce_workflow.app.candidatures import record
from ptce_workflow.app.candidatures.advance import open_case
from ptce_workflow.app.candidatures.history import LONGEST_NOTE, entries_about, write_note
from ptce_workflow.app.contest import Contest
from ptce_workflow.app.transaction import Transaction
from ptce_workflow.base.errors import Misuse, PtceError
from ptce_workflow.base.notation import to_text
from ptce_workflow.base.structures import Names, structure_names
from ptce_workflow.base.words import _, alike
from ptce_workflow.ledger.events.facts import FactsReceived, SheetReceived
from ptce_workflow.process.candidature import Candidature, by_ref
from ptce_workflow.process.process import Process, named, to_the_second
from ptce_workflow.process.visibility import SEES_ALL

_NAMESAKES = 3


def doubts(process: Process, case: Candidature, before: Candidature | None = None) -> Iterator[str]:
    """Sentences on the answers to look at, among those that were changed."""
    for sheet, asked in process.definition.sheets.items():
        fields = {} if asked.is_panel or asked.of_contest else asked.fields
        for name, field in fields.items():
            value = case.answer(f"{sheet}.{name}", field)
            is_new = before is None or before.answer(f"{sheet}.{name}", field) != value
            for doubt in field.doubts(value) if value is not None and is_new else ():
                text = _("{ref}, {label}: {doubt}")
                yield text.format(ref=case.ref, label=field.label, doubt=doubt)


def remarks(contest: Contest, cases: Sequence[Candidature]) -> list[str]:
    """Sentences on new candidatures without an address, or of a name met before; none decides.

    They are compared with those of earlier candidatures, and of the known structures that the
    folder asks for. A candidature without a name or an address is the twin of no other.
    """
    texts: list[str] = []
    later = {case.ref for case in cases}
    with contest.looking() as tx:
        names = Names((row.ref, row.name or "") for row in tx.unit.briefs(tx.contest))
        listed = tx.process.definition.config.contest.known
        for case in cases:
            later.discard(case.ref)
            contact = tx.process.definition.config.contest.contact_field
            if contact and contact not in case.given:
                text = _(
                    "{ref} has no address: not even its acknowledgement can leave. "
                    "Give it: `{command}`."
                )
                command = f"ptce record {case.ref} {contact.replace('.', ' ')}=…"
                texts.append(text.format(ref=case.ref, command=command))
            own = name_and_address(tx.process, case)
            text = _("{ref}: a known PTCE has a close name: “{name}” ({territory}; {status}).")
            texts += [
                text.format(ref=case.ref, name=one.name, territory=one.territory, status=one.status)
                for one in (structure_names(listed).like(own[0]) if listed else ())
            ]
            refs = [ref for ref in names.like(own[0]) if ref != case.ref and ref not in later]
            others = tx.load(sorted(refs, key=by_ref)[:_NAMESAKES])
            twins = [one for one in others if all(own) and name_and_address(tx.process, one) == own]
            if twins:
                text = _(
                    "{ref} has the same name and the same address as {earlier}: is it one too many?"
                )
                texts.append(text.format(ref=case.ref, earlier=twins[0].ref))
                continue
            close = _("{ref} has a name close to that of {earlier}: is it the same collective?")
            same = _("{ref} bears the name of {earlier}: is it the same collective?")
            for other in others:
                is_same = name_and_address(tx.process, other)[0] == own[0]
                text = same if is_same else close
                texts.append(text.format(ref=case.ref, earlier=named(tx.process, other)))
    return texts


def name_and_address(process: Process, case: Candidature) -> tuple[str, str]:
    """The name and the address of the contact, as they are compared."""
    asked = process.definition.config.contest
    name, address = (
        case.private.get(field or "") for field in (asked.name_field, asked.contact_field)
    )
    return alike(str(name or "")), alike(str(address or ""))


class Filing(Struct, frozen=True):
    """A sheet that arrived, what is sure of its answers, and what to note beside them.

    `ref` is the candidature of which it is a version; "" opens one. `is_another` says that it opens
    one even where what arrived is recorded for another.
    """

    sheet: str
    answers: Mapping[str, Mapping[str, Any]]
    arrival: record.Arrival
    note: str = ""
    ref: str = ""
    sender: str = ""
    is_another: bool = False


class FilingOutcome(Struct, frozen=True):
    """What a filing comes to: the candidature before, None for a new one, and its receipt.

    `differences` are its answers that differ from those recorded. `left_out` are those that may not
    be written there, by name, each with why; `doubts` what a person should look at in the others.
    """

    before: Candidature | None
    receipt: record.ReceivedSheet
    differences: tuple[record.AnswerChange, ...]
    left_out: Mapping[str, PtceError]
    doubts: tuple[str, ...]
    note: str


def file(
    contest: Contest, filing: Filing, *, seen: FilingOutcome | None = None, dry_run: bool = False
) -> FilingOutcome:
    """Receives a sheet and records its answers, as `seen`. Raises: Misuse, PtceError."""
    with contest.acting() as tx:
        arrival, before = filing.arrival, None
        if filing.ref:
            (before,) = tx.load([filing.ref])
            _must_be_new(tx, before, filing)
        elif not filing.is_another:
            record.must_be_unknown(tx, arrival.evidence)
        opened = before or open_case(tx)
        case = record.arrive(tx, opened, filing.sheet, arrival)
        event = partial(FactsReceived, received_at=to_text(arrival.at))
        reading = record.Answers(tx, case, event, arrival)
        case = record.tell_facts(reading, reading.event(filing.answers, leave_out=True))
        found = (*_stranger(tx.process, before, filing.sender), *doubts(tx.process, case, before))
        note = "\n".join(filter(None, (*found, filing.note)))[:LONGEST_NOTE]
        if note:
            write_note(tx, case, note)
        receipt = record.receipt_of(tx, opened, case, filing.sheet, arrival)
        differences = tuple(_differences(tx.process, before, case, filing, reading.problems))
        outcome = FilingOutcome(before, receipt, differences, reading.problems, found, note)
        if seen is not None and _stood(seen) != _stood(outcome):
            raise record.changed_meanwhile(outcome.receipt.case)
        tx.end(dry_run=dry_run)
    return outcome


def _stood(outcome: FilingOutcome) -> tuple[str, int | None]:
    return outcome.receipt.case.ref, outcome.before.version if outcome.before else None


def _differences(
    process: Process,
    before: Candidature | None,
    after: Candidature,
    filing: Filing,
    left_out: Iterable[str],
) -> Iterator[record.AnswerChange]:
    """The answers of a version that differ from what is recorded, left out or not."""
    if before is None:
        return
    yield from record.changes(process, before, after)
    for name in left_out:
        sheet, _dot, key = name.partition(".")
        field = process.definition.field(name)
        if field is None:
            continue
        with suppress(Misuse):
            value = field.parse(filing.answers[sheet][key], zone=process.zone)
            present = before.answer(name, field)
            if value != present:
                yield record.AnswerChange(name, field, present, value)


def _must_be_new(tx: Transaction, case: Candidature, filing: Filing) -> None:
    """Stops what was received already: the same file, at the same hour; *raises* Misuse."""
    own = (filing.sheet, to_text(filing.arrival.at), filing.arrival.evidence)
    for line, _side in entries_about(tx.unit, tx.contest, case.id):
        one = line.data
        if isinstance(one, SheetReceived) and (one.sheet, one.received_at, one.evidence) == own:
            who, when = named(tx.process, case), to_the_second(tx.process, filing.arrival.at)
            what = _("{case}: what arrived on {when} is recorded already.")
            why = _("Nothing was written, and no mail leaves again.")
            mend = _("If it is another one, give its own hour.")
            raise Misuse(what.format(case=who, when=when), why, mend)


def _stranger(process: Process, case: Candidature | None, sender: str) -> Iterator[str]:
    """That the sender is not the contact of the candidature, where that is so."""
    if case and sender and name_and_address(process, case)[1] != alike(sender):
        text = _("{address} is not the contact of {ref}: make sure of who sent it.")
        yield text.format(address=sender, ref=case.ref)


def candidatures(contest: Contest) -> dict[str, Candidature]:
    """Every candidature, by reference; none for who may not see all of them."""
    with contest.looking() as tx:
        sees = not SEES_ALL.isdisjoint(tx.actor.roles)
        return {case.ref: case for case in tx.every_case()} if sees else {}


def identity(process: Process, name: str, address: str) -> dict[str, dict[str, Any]]:
    """The name of a candidature and the address of its contact, as answers; of what is given."""
    asked = process.definition.config.contest
    given: dict[str, dict[str, Any]] = {}
    for field, value in ((asked.name_field, name), (asked.contact_field, address)):
        if field and value:
            sheet, _dot, key = field.partition(".")
            given.setdefault(sheet, {})[key] = value
    return given
