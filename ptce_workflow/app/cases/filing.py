"""Filing what arrives: it opens a candidature, or is a version of one that is there."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import partial
from typing import Any

from msgspec import Struct

from ptce_workflow.app.cases.advance import open_case
from ptce_workflow.app.cases.note import write_note
from ptce_workflow.app.cases.receive import Arrival, arrive
from ptce_workflow.app.cases.record import Answers, changed_meanwhile, tell_facts
from ptce_workflow.app.contest import Contest
from ptce_workflow.app.transaction import Transaction
from ptce_workflow.base.encoding import to_text
from ptce_workflow.base.errors import Misuse, PtceError
from ptce_workflow.base.text import alike
from ptce_workflow.base.words import _
from ptce_workflow.ledger.events.facts import FactsReceived
from ptce_workflow.process.process import Process, named, to_the_second
from ptce_workflow.process.rules.case import Case, is_given


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
    """What a filing comes to: the candidature before, None for a new one, and after.

    `left_out` are the answers that may not be written there, by name, each with why.
    """

    process: Process
    filing: Filing
    before: Case | None
    case: Case
    left_out: Mapping[str, PtceError]

    @property
    def missing(self) -> tuple[str, ...]:
        """What the sheet cannot be complete without, and still lacks."""
        required = self.process.definition.sheets[self.filing.sheet].required(self.filing.sheet)
        return tuple(name for name in required if not is_given(self.case, name))


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
            raise changed_meanwhile(filed.case)
        if not dry_run:
            act.commit()
    return filed


def _stood(filed: Filed) -> tuple[str, int | None]:
    return filed.case.ref, None if filed.before is None else filed.before.version


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
    case = before or open_case(act, arrived=arrival.at)
    case = arrive(act, case, filing.sheet, arrival)
    reading = Answers(act, case, partial(FactsReceived, received_at=to_text(arrival.at)), arrival)
    case = tell_facts(reading, reading.event(filing.answers, leave_out=True))
    if filing.note:
        write_note(act, case, filing.note)
    return Filed(act.process, filing, before, case, reading.problems)


def candidatures_of(contest: Contest, addresses: Collection[str]) -> tuple[Case, ...]:
    """The candidatures whose contact is one of some addresses."""
    with contest.looking() as act:
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
