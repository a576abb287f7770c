"""Filing what arrives: it opens a candidature, or is a version of one that is there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from functools import partial
from typing import Any

from msgspec import Struct

from ptce_workflow.app.cases.advance import open_case
from ptce_workflow.app.cases.edits import AnswerChange, changes
from ptce_workflow.app.cases.history import entries_about
from ptce_workflow.app.cases.note import LONGEST_NOTE, write_note
from ptce_workflow.app.cases.receive import (
    Arrival,
    ReceivedSheet,
    arrive,
    must_be_unknown,
    receipt_of,
)
from ptce_workflow.app.cases.record import Answers, changed_meanwhile, tell_facts
from ptce_workflow.app.cases.remarks import doubts, name_and_address
from ptce_workflow.app.contest import Contest
from ptce_workflow.app.transaction import Transaction
from ptce_workflow.base.encoding import to_text
from ptce_workflow.base.errors import Misuse, PtceError
from ptce_workflow.base.text import alike
from ptce_workflow.base.words import _
from ptce_workflow.ledger.events.facts import FactsReceived
from ptce_workflow.ledger.events.receipt import SheetReceived
from ptce_workflow.process.process import Process, named, to_the_second
from ptce_workflow.process.rules.case import Case
from ptce_workflow.process.secrecy import SEES_ALL


class Filing(Struct, frozen=True):
    """A sheet that arrived, what is sure of its answers, and what to note beside them.

    `ref` is the candidature of which it is a version; "" opens one. `is_another` says that it opens
    one even where what arrived is recorded for another.
    """

    sheet: str
    answers: Mapping[str, Mapping[str, Any]]
    arrival: Arrival
    note: str = ""
    ref: str = ""
    sender: str = ""
    is_another: bool = False


class FilingOutcome(Struct, frozen=True):
    """What a filing comes to: the candidature before, None for a new one, and its receipt.

    `differences` are its answers that differ from those recorded. `left_out` are those that may not
    be written there, by name, each with why; `doubts` what a person should look at in the others.
    """

    before: Case | None
    receipt: ReceivedSheet
    differences: tuple[AnswerChange, ...]
    left_out: Mapping[str, PtceError]
    doubts: tuple[str, ...]
    note: str


def file(
    contest: Contest, filing: Filing, *, seen: FilingOutcome | None = None, dry_run: bool = False
) -> FilingOutcome:
    """Receives a sheet at its hour and records what may be written of it, in one act.

    `seen` is what whoever agreed to it was shown.

    *Raises* Misuse for what is no sheet that arrives, is received already, or an hour that cannot
    be; PtceError when the actor may not file it, or somebody else has written meanwhile.
    """
    with contest.acting() as act:
        outcome = _outcome(act, filing)
        if seen is not None and _stood(seen) != _stood(outcome):
            raise changed_meanwhile(outcome.receipt.case)
        if not dry_run:
            act.commit()
    return outcome


def _stood(outcome: FilingOutcome) -> tuple[str, int | None]:
    return outcome.receipt.case.ref, outcome.before.version if outcome.before else None


def _outcome(act: Transaction, filing: Filing) -> FilingOutcome:
    arrival, before = filing.arrival, None
    if filing.ref:
        (before,) = act.load([filing.ref])
        _must_be_new(act, before, filing)
    elif not filing.is_another:
        must_be_unknown(act, arrival.evidence)
    opened = before or open_case(act)
    case = arrive(act, opened, filing.sheet, arrival)
    reading = Answers(act, case, partial(FactsReceived, received_at=to_text(arrival.at)), arrival)
    case = tell_facts(reading, reading.event(filing.answers, leave_out=True))
    found = (*_stranger(act.process, before, filing.sender), *doubts(act.process, case, before))
    note = "\n".join(filter(None, (*found, filing.note)))[:LONGEST_NOTE]
    if note:
        write_note(act, case, note)
    receipt = receipt_of(act, opened, case, filing.sheet, arrival)
    differences = tuple(_differences(act.process, before, case, filing, reading.problems))
    return FilingOutcome(before, receipt, differences, reading.problems, found, note)


def _differences(
    process: Process, before: Case | None, after: Case, filing: Filing, left_out: Iterable[str]
) -> Iterator[AnswerChange]:
    """The answers of a version that differ from what is recorded, left out or not."""
    if before is None:
        return
    yield from changes(process, before, after)
    for name in left_out:
        sheet, _dot, key = name.partition(".")
        field = process.definition.field(name)
        if field is None:
            continue
        with suppress(Misuse):
            value = field.parse(filing.answers[sheet][key], zone=process.zone)
            present = before.answer(name, field)
            if value != present:
                yield AnswerChange(name, field, present, value)


def _must_be_new(act: Transaction, case: Case, filing: Filing) -> None:
    """Stops what was received already: the same file, at the same hour; *raises* Misuse."""
    own = (filing.sheet, to_text(filing.arrival.at), filing.arrival.evidence)
    for line, _side in entries_about(act.unit, act.contest, case.id):
        one = line.data
        if isinstance(one, SheetReceived) and (one.sheet, one.received_at, one.evidence) == own:
            raise Misuse(
                _("{case}: what arrived on {when} is recorded already.").format(
                    case=named(act.process, case),
                    when=to_the_second(act.process, filing.arrival.at),
                ),
                _("Nothing was written, and no mail leaves again."),
                _("If it is another one, give its own hour."),
            )


def _stranger(process: Process, case: Case | None, sender: str) -> Iterator[str]:
    """That the sender is not the contact of the candidature, where that is so."""
    if case and sender and name_and_address(process, case)[1] != alike(sender):
        told = _("{address} is not the contact of {ref}: make sure of who sent it.")
        yield told.format(address=sender, ref=case.ref)


def candidatures(contest: Contest) -> dict[str, Case]:
    """Every candidature, by reference; none for who may not see all of them."""
    with contest.looking() as act:
        sees = not SEES_ALL.isdisjoint(act.actor.roles)
        return {case.ref: case for case in act.every_case()} if sees else {}


def identity(process: Process, name: str, address: str) -> dict[str, dict[str, Any]]:
    """The name of a candidature and the address of its contact, as answers; of what is given."""
    asked = process.definition.config.contest
    given: dict[str, dict[str, Any]] = {}
    for field, value in ((asked.name_field, name), (asked.contact_field, address)):
        if field and value:
            sheet, _dot, key = field.partition(".")
            given.setdefault(sheet, {})[key] = value
    return given
