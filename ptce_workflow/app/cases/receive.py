"""Receiving what arrives, complete or not, at the hour at which it arrived."""

from __future__ import annotations

from datetime import datetime

from msgspec import UNSET, Struct

from ptce_workflow.app.contest import atomic
from ptce_workflow.app.preconditions import instant_of_line
from ptce_workflow.app.refusals import unknown_name, without_role
from ptce_workflow.app.transaction import Transaction, Words
from ptce_workflow.base.encoding import from_text, to_text
from ptce_workflow.base.errors import Misuse, PtceError
from ptce_workflow.base.words import _
from ptce_workflow.ledger.events import clauses as law
from ptce_workflow.ledger.events.base import Breach
from ptce_workflow.ledger.events.codec import read as read_line
from ptce_workflow.ledger.events.receipt import Evidence, SheetReceived, term_over
from ptce_workflow.process.process import Process, named, to_the_second
from ptce_workflow.process.rules.case import Case, is_given
from ptce_workflow.process.rules.receipt import asked, received


class Arrival(Struct, frozen=True):
    """When what is written arrived, and what proves it; see `receive` for `acknowledge`."""

    at: datetime
    evidence: Evidence | None = None
    acknowledge: bool = False


class ReceivedSheet(Struct, frozen=True):
    """What was received, the arrivals known before, which one counts, and what is missing.

    `late` is the term of a request that arrived after it.
    """

    process: Process
    case: Case
    sheet: str
    at: datetime
    evidence: Evidence | None
    before: tuple[datetime, ...]
    counts: datetime
    missing: tuple[str, ...]
    late: datetime | None = None


@atomic
def receive(
    act: Transaction,
    ref: str,
    sheet: str,
    *,
    at: datetime | None = None,
    evidence: Evidence | None = None,
    acknowledge: bool = False,
) -> ReceivedSheet:
    """Records that what a sheet asks for has arrived: now, where no hour is given.

    What had arrived before the ledger began sets a mail off only where it is to `acknowledge` it.

    *Raises* Misuse for an unknown reference or sheet, or an hour before the contest began or
    still ahead; PtceError when the actor may not receive it, or where it is received already.
    """
    (case,) = act.load([ref])
    arrival = Arrival(at or act.now, evidence, acknowledge)
    return receipt_of(act, case, arrive(act, case, sheet, arrival), sheet, arrival)


def receipt_of(
    act: Transaction, before: Case, after: Case, sheet: str, arrival: Arrival
) -> ReceivedSheet:
    """What an arrival comes to, for a candidature as it was before it and as it is now."""
    definition = act.process.definition
    asks = sheet in definition.requests
    counts = asked(definition, sheet, after) if asks else received(definition, sheet, after)
    assert counts is not None
    required = definition.sheets[sheet].required(sheet)
    missing = tuple(name for name in required if not is_given(after, name))
    known, late = before.received.get(sheet, ()), after.late.get(sheet)
    proof = arrival.evidence
    return ReceivedSheet(act.process, after, sheet, arrival.at, proof, known, counts, missing, late)


def arrive(act: Transaction, case: Case, sheet: str, arrival: Arrival) -> Case:
    """Writes down that a sheet has arrived; see `receive`."""
    at, begun = arrival.at, instant_of_line(act.unit, act.contest, 1) or ""
    late, told = term_over(act.process, case, sheet, at), to_text(at)
    acknowledged = arrival.acknowledge if told < begun else UNSET
    event = SheetReceived(arrival.evidence, told, sheet, late, acknowledged)
    words = {**words_of_arrival(act, sheet, at), **words_of_request(act, case, sheet, at)}
    return act.tell(case.id, event, words=words)


def must_be_unknown(act: Transaction, evidence: Evidence | None) -> None:
    """Stops a file that proves an arrival already from opening a candidature; *raises* Misuse."""
    mark = b"" if evidence is None else evidence.sha256.encode()
    for row in act.unit.lines(act.contest) if mark else ():
        line = read_line(row.line) if mark in row.line else None
        if line is not None and isinstance(line.data, SheetReceived):
            known = next(one for one in act.every_case() if one.id == line.case)
            raise Misuse(
                _("This file is recorded already: {case}.").format(case=named(act.process, known)),
                _("Nothing was written, and no mail leaves again."),
                _("Say which: --for {ref}; or --new opens another.").format(ref=known.ref),
            )


def words_of_request(act: Transaction, case: Case, name: str, at: datetime) -> Words:
    """The refusals of a request that may not be asked, each with how to mend it."""
    process, request = act.process, act.process.definition.requests.get(name)
    if request is None:
        return {}
    label, when = request.label, to_the_second(process, at)
    hour = _("The hour of its arrival counts: give it with --at, and keep what proves it.")

    def early(_breach: Breach) -> PtceError:
        opens = process.asked_from(name, case)
        why = _("{ref} stands in “{state}” since {since}.").format(
            ref=case.ref,
            state=process.states[case.state].label,
            since=to_the_second(process, case.entered[case.state]),
        )
        if opens not in (None, case.entered[case.state]):
            why = _("It may be asked from {when}.").format(when=to_the_second(process, opens))
        return PtceError(
            _("“{sheet}” cannot have arrived by {when}: there was nothing to ask yet.").format(
                sheet=label, when=when
            ),
            why,
            hour,
        )

    return {
        law.ASKED_ALREADY: lambda _breach: PtceError(
            _("“{sheet}” waits for its answer already: {ref}.").format(sheet=label, ref=case.ref),
            _("It arrived on {when}.").format(when=to_the_second(process, case.received[name][-1])),
            _("Answer it first: {command}").format(command=f"ptce answer {case.ref} {name} …"),
        ),
        law.NOT_ASKED_THERE: lambda _breach: PtceError(
            _("There is nothing against which to ask “{sheet}”: {ref}.").format(
                sheet=label, ref=case.ref
            ),
            _("It stands in “{state}”; it may be asked in: {states}.").format(
                state=process.states[case.state].label,
                states=", ".join(str(process.states[state].label) for state in request.windows),
            ),
            _("`ptce show {ref}` tells where it stands: is it this candidature?").format(
                ref=case.ref
            ),
        ),
        law.ASKED_BEFORE: early,
    }


def words_of_arrival(act: Transaction, sheet: str, at: datetime) -> Words:
    """The refusals of an arrival that may not be, each with how to mend it."""
    sheets = act.process.definition.sheets
    sent = [name for name, one in sheets.items() if one.arrives]
    when = to_the_second(act.process, at)
    return {
        law.NO_SHEET: lambda _breach: unknown_name(
            _('Nothing is received for "{name}": it is no sheet that somebody sends in.').format(
                name=sheet
            ),
            sheet,
            sent,
        ),
        law.WRITER: lambda _breach: without_role(
            act.actor,
            ("desk", *sheets[sheet].by),
            _('This person may not receive the sheet "{name}".').format(name=sheets[sheet].label),
        ),
        law.FUTURE: lambda _breach: Misuse(
            _("Nothing can have arrived in the future: {when}.").format(when=when),
            mend=_("Check the day and the hour of the arrival."),
        ),
        law.BEFORE_OPENING: lambda breach: Misuse(
            _("Nothing can have arrived before the contest began: {when}.").format(when=when),
            _("It began on {when}.").format(
                when=to_the_second(act.process, from_text(breach.why.rpartition(" ")[2]))
            ),
            _(
                "Check the day and the hour of the arrival. If the call began before its ledger, "
                "config.toml says when: contest.opens"
            ),
        ),
        law.UNPROVED: lambda breach: Misuse(
            _(breach.clause.says),
            _("“{sheet}” arrived on {when}.").format(sheet=sheets[sheet].label, when=when),
            _("Add: {words}").format(words=" ".join(("--evidence", _("FILE")))),
        ),
        law.NOTHING: lambda _breach: Misuse(
            _("This arrival is recorded already: {when}.").format(when=when),
            _("Nothing was written, and no mail leaves again."),
            _("If it is another one, give its own hour."),
        ),
    }
