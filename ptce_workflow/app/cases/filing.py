"""Filing what arrives: it opens a candidature, or is a version of one that is there."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import partial
from typing import Any

from msgspec import Struct

from ptce_workflow.app.cases.advance import open_case
from ptce_workflow.app.cases.note import write_note
from ptce_workflow.app.cases.receive import Arrival, Receipt, arrive, receipt_of
from ptce_workflow.app.cases.record import Answers, changed_meanwhile, tell_facts
from ptce_workflow.app.contest import Contest
from ptce_workflow.app.transaction import Transaction
from ptce_workflow.base.encoding import to_text
from ptce_workflow.base.errors import Misuse, PtceError
from ptce_workflow.base.text import alike
from ptce_workflow.base.words import _
from ptce_workflow.ledger.events.facts import FactsReceived
from ptce_workflow.process.process import Process, named, to_the_second
from ptce_workflow.process.rules.case import Case
from ptce_workflow.process.secrecy import SEES_ALL


class Filing(Struct, frozen=True):
    """A sheet that arrived, what is sure of its answers, and what to note beside them.

    `ref` is the candidature of which it is a version; "" opens one.
    """

    sheet: str
    answers: Mapping[str, Mapping[str, Any]]
    arrival: Arrival
    note: str = ""
    ref: str = ""


class Filed(Struct, frozen=True):
    """What a filing comes to: the candidature before, None for a new one, and its receipt.

    `left_out` are the answers that may not be written there, by name, each with why.
    """

    before: Case | None
    receipt: Receipt
    left_out: Mapping[str, PtceError]
    note: str


def file(
    contest: Contest, filing: Filing, *, seen: Filed | None = None, dry_run: bool = False
) -> Filed:
    """Receives a sheet at its hour and records what may be written of it, in one act.

    `seen` is what whoever agreed to it was shown.

    *Raises* Misuse for what is no sheet that arrives, is received already, or an hour that cannot
    be; PtceError when the actor may not file it, or somebody else has written meanwhile.
    """
    with contest.acting() as act:
        filed = _filed(act, filing)
        if seen is not None and _stood(seen) != _stood(filed):
            raise changed_meanwhile(filed.receipt.case)
        if not dry_run:
            act.commit()
    return filed


def _stood(filed: Filed) -> tuple[str, int | None]:
    return filed.receipt.case.ref, filed.before.version if filed.before else None


def _filed(act: Transaction, filing: Filing) -> Filed:
    arrival, before = filing.arrival, None
    if filing.ref:
        (before,) = act.load([filing.ref])
        if arrival.at in before.received.get(filing.sheet, ()):
            when = to_the_second(act.process, arrival.at)
            raise Misuse(
                _("{case}: what arrived on {when} is recorded already.").format(
                    case=named(act.process, before), when=when
                ),
                _("Nothing was written, and no mail leaves again."),
                _("If it is another one, give its own hour."),
            )
    opened = before or open_case(act, arrived=arrival.at)
    case = arrive(act, opened, filing.sheet, arrival)
    reading = Answers(act, case, partial(FactsReceived, received_at=to_text(arrival.at)), arrival)
    case = tell_facts(reading, reading.event(filing.answers, leave_out=True))
    if filing.note:
        write_note(act, case, filing.note)
    receipt = receipt_of(act, opened, case, filing.sheet, arrival)
    return Filed(before, receipt, reading.problems, filing.note)


def candidatures_of(contest: Contest, addresses: Collection[str]) -> tuple[Case, ...]:
    """The candidatures whose contact is one of some addresses; none for who may not see it."""
    with contest.looking() as act:
        if SEES_ALL.isdisjoint(act.actor.roles):
            return ()
        contact = act.process.definition.config.contest.contact_field or ""
        known = {alike(address) for address in addresses if address}
        if not known:
            return ()
        cases = list(act.every_case())
    return tuple(one for one in cases if alike(str(one.private.get(contact) or "")) in known)


def identity(process: Process, name: str, address: str) -> dict[str, dict[str, Any]]:
    """The name of a candidature and the address of its contact, as answers; of what is given."""
    asked = process.definition.config.contest
    given: dict[str, dict[str, Any]] = {}
    for field, value in ((asked.name_field, name), (asked.contact_field, address)):
        if field and value:
            sheet, _dot, key = field.partition(".")
            given.setdefault(sheet, {})[key] = value
    return given
