"""Recording answers, and receiving what arrives with its hour and its evidence."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from msgspec import UNSET, Struct

from ptce_workflow.app.candidatures.history import Rectification, rectified
from ptce_workflow.app.contest import atomic, context
from ptce_workflow.app.pieces import mark_filed
from ptce_workflow.app.preconditions import instant_of_line
from ptce_workflow.app.refusals import unknown_name, without_role
from ptce_workflow.app.transaction import Transaction, Words
from ptce_workflow.base.errors import Misuse, PtceError, shown
from ptce_workflow.base.notation import from_text, read_json, to_text
from ptce_workflow.base.words import _, did_you_mean, language, n_, nearest, plain
from ptce_workflow.ledger.events import clauses
from ptce_workflow.ledger.events.base import Clause, Violation
from ptce_workflow.ledger.events.base import read as read_line
from ptce_workflow.ledger.events.contest import ContestFactsRecorded
from ptce_workflow.ledger.events.facts import (
    Evidence,
    Facts,
    FactsReceived,
    FactsRecorded,
    FactsRectified,
    Mended,
    SheetReceived,
    present_facts,
    term_over,
)
from ptce_workflow.process.candidature import Candidature, is_given
from ptce_workflow.process.dates import asked, received
from ptce_workflow.process.fields import (
    FieldType,
    FileField,
    OptionsField,
    TableField,
    TerritoryField,
    ValueRefused,
    is_blank,
)
from ptce_workflow.process.fields.base import Problem
from ptce_workflow.process.model.sheets import Sheet
from ptce_workflow.process.process import Process, named, sheet_label, to_the_second

Row = dict[str, Any]


class Edit(Struct, frozen=True):
    """One change: something added (`+`), taken away (`-`), or a row or a cell of it replaced."""

    value: str
    sign: str = ""
    row: int = 0
    column: str | None = None


class Edits(Struct, frozen=True):
    """The changes to one answer, in the order in which they were typed.

    territory+=Castelnaudary     territory-=Toulouse
    members[2].siret=…           members[2]=            members+=Anne       members-=Anne

    Rows are numbered from 1, as they stand before the change; the number after the last begins one.
    """

    edits: tuple[Edit, ...]


def edited(field: FieldType, present: Any, answer: Any, zone: ZoneInfo) -> Any:
    """A whole answer from changes and what is recorded. Raises: ValueRefused."""
    if not isinstance(answer, Edits):
        return answer
    try:
        if isinstance(field, TableField):
            return _rows(field, present, answer.edits)
        if isinstance(field, OptionsField | TerritoryField):
            items = list(present or ())
            for edit in answer.edits:
                if not edit.sign:
                    mend = _("Write FIELD+=VALUE to add one, FIELD-=VALUE to take one away.")
                    raise Misuse(_("This answer is a list: its items have no number."), mend=mend)
                for item in field.parse(edit.value, zone=zone):
                    if edit.sign == "+":
                        items += [] if item in items else [item]
                    elif item in items:
                        items.remove(item)
                    else:
                        text = field.display([item], language(), zone)
                        raise Misuse(_("{item} is not among the answers.").format(item=text))
            return items
        what = _("This answer is no list and no table: it has no parts.")
        raise Misuse(what, mend=_("Write it anew: FIELD=VALUE."))
    except ValueRefused:
        raise
    except Misuse as error:
        raise ValueRefused(str(field.label), [Problem.of(error)]) from None


def _rows(field: TableField, recorded: Any, edits: Sequence[Edit]) -> list[Row]:
    rows: list[Row | None] = [dict(row) for row in field.typed(recorded or [])]
    present = rows[:]
    for edit in edits:
        if edit.sign == "+":
            rows += _added(field, edit.value)
        elif edit.sign == "-":
            rows[_row_named(field, present, edit.value)] = None
        else:
            _set(field, rows, edit)
    # A row that is gone stays blank until all are read: the others keep their numbers.
    return [row or {} for row in rows] if any(rows) else []


def _added(field: TableField, text: str) -> list[Row]:
    """The rows of a text in JSON, or one whose first column has it."""
    if text.lstrip()[:1] not in ("{", "["):
        return [{next(iter(field.columns)): text}]
    read = read_json(text)
    return read if isinstance(read, list) else [read]


def _row_named(field: TableField, rows: Sequence[Row | None], text: str) -> int:
    """The place of the one row of that number, or in which a cell says so."""
    if text.strip().isdecimal() and 0 < int(text) <= len(rows):
        return int(text) - 1
    found = [
        place
        for place, row in enumerate(rows)
        if row and plain(text) in [plain(str(cell)) for cell in row.values()]
    ]
    if len(found) == 1:
        return found[0]
    if found:
        numbers = ", ".join(str(place + 1) for place in found)
        what = _('"{text}" may mean several rows: {numbers}.')
        raise Misuse(what.format(text=shown(text), numbers=numbers), mend=_("Write its number."))
    name = next(iter(field.columns))
    names = [str(row[name]) for row in rows if row and name in row]
    what = _('No row says "{text}".').format(text=shown(text))
    raise Misuse(what, mend=did_you_mean(nearest(text, names)) or _counted(len(rows)))


def _set(field: TableField, rows: list[Row | None], edit: Edit) -> None:
    if not 0 < edit.row <= len(rows) + 1:
        raise Misuse(
            _("There is no row {number}.").format(number=edit.row), mend=_counted(len(rows))
        )
    if edit.row > len(rows):
        rows.append({})
    if edit.column is not None:
        # A column that there is not is refused when the row is read.
        row = rows[edit.row - 1]
        rows[edit.row - 1] = {**(row or {}), edit.column: edit.value}
    elif is_blank(edit.value):
        rows[edit.row - 1] = None
    else:
        (rows[edit.row - 1],) = _added(field, edit.value)[:1]


def _counted(count: int) -> str:
    text = n_("There is {count} row.", "There are {count} rows.", count)
    return f"{text} " + _("The next number begins one.")


class AnswerChange(Struct, frozen=True):
    """One answer before and after; None where there is none, or it was erased."""

    name: str
    field: FieldType
    before: Any
    after: Any

    @property
    def dropped(self) -> list[Any]:
        if not isinstance(self.before, list):
            return []
        return [item for item in self.before if item not in (self.after or ())]


def changes(process: Process, before: Candidature, after: Candidature) -> tuple[AnswerChange, ...]:
    found = []
    for name in process.definition.field_names():
        field = process.definition.field(name)
        if field is None or field.is_computed:
            continue
        one, other = before.answer(name, field), after.answer(name, field)
        if one != other:
            found.append(AnswerChange(name, field, one, other))
    return tuple(found)


class Arrival(Struct, frozen=True):
    """When what is written arrived, and what proves it; see `receive` for `acknowledge`."""

    at: datetime
    evidence: Evidence | None = None
    acknowledge: bool = False


class ReceivedSheet(Struct, frozen=True):
    """What was received, the arrivals known before, which one counts, and what is missing.

    `late` is the term of a request that arrived after it; `is_kept` says that the mail which proves
    it is among those received.
    """

    process: Process
    case: Candidature
    sheet: str
    at: datetime
    evidence: Evidence | None
    before: tuple[datetime, ...]
    counts: datetime
    missing: tuple[str, ...]
    late: datetime | None
    is_kept: bool


@atomic
def receive(
    tx: Transaction,
    ref: str,
    sheet: str,
    *,
    at: datetime | None = None,
    evidence: Evidence | None = None,
    acknowledge: bool = False,
) -> ReceivedSheet:
    """Records that what a sheet asks for has arrived: now, where no hour is given.

    What had arrived before the ledger began sets a mail off only where it is to `acknowledge` it.

    Raises: Misuse for an unknown reference or sheet, or an hour before the contest began or
    still ahead; PtceError when the actor may not receive it, or where it is received already.
    """
    (case,) = tx.load([ref])
    arrival = Arrival(at or tx.now, evidence, acknowledge)
    return receipt_of(tx, case, arrive(tx, case, sheet, arrival), sheet, arrival)


def receipt_of(
    tx: Transaction, before: Candidature, after: Candidature, sheet: str, arrival: Arrival
) -> ReceivedSheet:
    definition = tx.process.definition
    asks = sheet in definition.requests
    counts = asked(definition, sheet, after) if asks else received(definition, sheet, after)
    assert counts is not None
    required = definition.sheets[sheet].required(sheet)
    missing = tuple(name for name in required if not is_given(after, name))
    proof = arrival.evidence
    own = tx.process, after, sheet, arrival.at, proof
    instants, late = before.received.get(sheet, ()), after.late.get(sheet)
    is_kept = bool(proof and tx.unit.received_by_sha256(tx.contest, proof.sha256))
    return ReceivedSheet(*own, instants, counts, missing, late, is_kept)


def arrive(tx: Transaction, case: Candidature, sheet: str, arrival: Arrival) -> Candidature:
    at, begun = arrival.at, instant_of_line(tx.unit, tx.contest, 1) or ""
    late, text = term_over(tx.process, case, sheet, at), to_text(at)
    acknowledged = arrival.acknowledge if text < begun else UNSET
    event = SheetReceived(arrival.evidence, text, sheet, late, acknowledged)
    words = {**words_of_arrival(tx, sheet, at), **words_of_request(tx, case, sheet, at)}
    after = tx.record(case.id, event, words=words)
    proof = arrival.evidence
    mail = proof and tx.unit.received_by_sha256(tx.contest, proof.sha256)
    if mail and mail.outcome != "bounced":
        mark_filed(tx, mail, case.id)
    return after


def must_be_unknown(tx: Transaction, evidence: Evidence | None) -> None:
    """Stops a file that proves an arrival already from opening a candidature; *raises* Misuse."""
    mark = b"" if evidence is None else evidence.sha256.encode()
    for row in tx.unit.lines(tx.contest) if mark else ():
        line = read_line(row.line) if mark in row.line else None
        if line is not None and isinstance(line.data, SheetReceived):
            existing = next(one for one in tx.every_case() if one.id == line.case)
            what, case = _("This file is recorded already: {case}."), named(tx.process, existing)
            mend = _("Say which: --for {ref}; or --new opens another.").format(ref=existing.ref)
            why = _("Nothing was written, and no mail leaves again.")
            raise Misuse(what.format(case=case), why, mend)


def words_of_request(tx: Transaction, case: Candidature, name: str, at: datetime) -> Words:
    process, request = tx.process, tx.process.definition.requests.get(name)
    if request is None:
        return {}
    label, when = request.label, to_the_second(process, at)
    hour = _("The hour of its arrival counts: give it with --at, and keep what proves it.")

    def early(_violation: Violation) -> PtceError:
        opens = process.asked_from(name, case)
        why = _("{ref} stands in “{state}” since {since}.").format(
            ref=case.ref,
            state=process.states[case.state].label,
            since=to_the_second(process, case.entered[case.state]),
        )
        if opens not in (None, case.entered[case.state]):
            why = _("It may be asked from {when}.").format(when=to_the_second(process, opens))
        what = _("“{sheet}” cannot have arrived by {when}: there was nothing to ask yet.")
        return PtceError(what.format(sheet=label, when=when), why, hour)

    return {
        clauses.ASKED_ALREADY: lambda _violation: PtceError(
            _("“{sheet}” waits for its answer already: {ref}.").format(sheet=label, ref=case.ref),
            _("It arrived on {when}.").format(when=to_the_second(process, case.received[name][-1])),
            _("Answer it first: {command}").format(command=f"ptce answer {case.ref} {name} …"),
        ),
        clauses.NOT_ASKED_THERE: lambda _violation: PtceError(
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
        clauses.ASKED_BEFORE: early,
    }


def words_of_arrival(tx: Transaction, sheet: str, at: datetime) -> Words:
    sheets = tx.process.definition.sheets
    sent = [name for name, one in sheets.items() if one.arrives]
    when = to_the_second(tx.process, at)
    return {
        clauses.NO_SHEET: lambda _violation: unknown_name(
            _('Nothing is received for "{name}": it is no sheet that somebody sends in.').format(
                name=sheet
            ),
            sheet,
            sent,
        ),
        clauses.WRITER: lambda _violation: without_role(
            tx.actor,
            ("desk", *sheets[sheet].by),
            _('This person may not receive the sheet "{name}".').format(name=sheets[sheet].label),
        ),
        clauses.FUTURE: lambda _violation: Misuse(
            _("Nothing can have arrived in the future: {when}.").format(when=when),
            mend=_("Check the day and the hour of the arrival."),
        ),
        clauses.BEFORE_OPENING: lambda violation: Misuse(
            _("Nothing can have arrived before the contest began: {when}.").format(when=when),
            _("It began on {when}.").format(
                when=to_the_second(tx.process, from_text(violation.why.rpartition(" ")[2]))
            ),
            _(
                "Check the day and the hour of the arrival. If the call began before its ledger, "
                "config.toml says when: contest.opens"
            ),
        ),
        clauses.UNPROVED: lambda violation: Misuse(
            _(violation.clause.says),
            _("“{sheet}” arrived on {when}.").format(sheet=sheets[sheet].label, when=when),
            _("Add: {words}").format(words=" ".join(("--evidence", _("FILE")))),
        ),
        clauses.NOTHING: lambda _violation: Misuse(
            _("This arrival is recorded already: {when}.").format(when=when),
            _("Nothing was written, and no mail leaves again."),
            _("If it is another one, give its own hour."),
        ),
    }


Raw = Mapping[str, Mapping[str, Any]]
"""The values that people handed over, by sheet and field, not yet read."""

Write = Callable[[dict[str, Any], tuple[str, ...], tuple[str, ...]], FactsRecorded]
"""How an event is made of facts, of the names of those that may be erased, and of what goes."""

_FORBIDS = (
    *(clauses.NO_FIELD, clauses.WRITER, clauses.NOT_WRITTEN, clauses.CLOSED, clauses.CARRIED),
    *(clauses.TOO_LATE, clauses.NEVER_FILED, clauses.STILL_OPEN),
)


class FactsRefused(Misuse):
    """Some of what was handed over cannot be recorded; nothing was.

    `fields` names the field of each problem where whoever asked needs to point at it.
    """

    def __init__(self, problems: tuple[PtceError, ...], fields: tuple[str, ...] = ()) -> None:
        super().__init__(
            n_(
                "{count} answer cannot be recorded; nothing was written.",
                "{count} answers cannot be recorded; nothing was written.",
                len(problems),
            ),
            "\n".join(_without_repeats(problems)),
        )
        self.problems = problems
        self.fields = fields


class AnswersChanged(FactsRefused):
    """Somebody else has written there since: `case` is the candidature as it is now."""

    def __init__(self, case: Candidature, problems: Mapping[str, PtceError]) -> None:
        super().__init__(tuple(problems.values()), tuple(problems))
        self.case = case


def _without_repeats(problems: Sequence[PtceError]) -> Iterator[str]:
    """The problems; why, and how to mend it, after the last of several that share both."""
    for problem, following in zip(problems, (*problems[1:], None), strict=True):
        shared = following is not None and (following.why, following.mend)
        yield problem.what if shared == (problem.why, problem.mend) else str(problem)


@atomic
def record(
    tx: Transaction,
    ref: str,
    raw: Raw,
    arrival: Arrival | None = None,
    *,
    seen: Candidature | None = None,
) -> tuple[Candidature, Candidature]:
    """Records facts of a candidature, unless changed since `seen`; before and after."""
    (case,) = tx.load([ref])
    _must_stand(tx, case, seen, raw)
    return case, write_facts(tx, case, raw, arrival)


def _must_stand(tx: Transaction, case: Candidature, seen: Candidature | None, raw: Raw) -> None:
    """Raises: AnswersChanged where an answer changed since whoever wrote had seen it."""
    problems: dict[str, PtceError] = {}
    for name in (f"{sheet}.{name}" for sheet, answers in raw.items() for name in answers):
        field = tx.process.definition.field(name)
        if seen and field and (now := case.answer(name, field)) != seen.answer(name, field):
            value = field.display(now, language(), tx.process.zone)
            problems[name] = PtceError(
                _("Somebody else has written here since you opened it: {value}").format(
                    value=value
                ),
                mend=_("To write your answer over it, take these lines out and save."),
            )
    if problems:
        raise AnswersChanged(case, problems)


def changed_meanwhile(case: Candidature) -> PtceError:
    """The error for what was agreed to before somebody else wrote there."""
    what = _("{ref} was changed by somebody else at this very moment.").format(ref=case.ref)
    return PtceError(what, _("Nothing was written."), _("Do it again."))


@atomic
def record_of_contest(tx: Transaction, raw: Raw) -> tuple[AnswerChange, ...]:
    """Records facts of the contest; what changes. Raises: FactsRefused, PtceError."""
    definition, before = tx.process.definition, tx.facts
    problems: list[PtceError] = []
    facts: dict[str, Any] = {}
    removed: list[str] = []
    for sheet_name, answers in raw.items():
        sheet = definition.sheets.get(sheet_name)
        if sheet is None or not sheet.of_contest:
            names = [name for name, one in definition.sheets.items() if one.of_contest]
            what = _('"{name}" is no sheet about the contest.').format(name=sheet_name)
            problems.append(unknown_name(what, sheet_name, names))
            continue
        for name, answer in answers.items():
            qualified, field = f"{sheet_name}.{name}", sheet.fields.get(name)
            if field is None:
                what = _('There is no field "{field}" in the sheet "{sheet}".')
                text = what.format(field=name, sheet=sheet_name)
                problems.append(unknown_name(text, name, sheet.fields))
                continue
            try:
                whole = edited(field, before.get(qualified), answer, tx.process.zone)
                if is_blank(whole):
                    removed += [qualified] if qualified in before else []
                    continue
                value = field.parse(whole, zone=tx.process.zone)
            except ValueRefused as refused:
                problems.append(refused)
            else:
                facts |= {} if before.get(qualified) == value else {qualified: value}
    if problems:
        raise FactsRefused(tuple(problems))
    if facts or removed:
        tx.record_of_contest(ContestFactsRecorded(facts, tuple(sorted(removed))))
    return tuple(
        AnswerChange(name, field, before.get(name), tx.facts.get(name))
        for name in sorted({*facts, *removed})
        if (field := definition.field(name)) is not None
    )


@atomic
def record_all(
    tx: Transaction, facts: Mapping[str, Raw], *, seen: Mapping[str, int]
) -> tuple[Candidature, ...]:
    """Records facts of several candidatures, or none. Raises: FactsRefused, PtceError."""
    cases = tx.load(facts)
    for case in cases:
        if case.version != seen.get(case.ref, case.version):
            raise changed_meanwhile(case)
    return write_each(tx, ((case.ref, case, facts[case.ref]) for case in cases))


def write_each(
    tx: Transaction,
    dossiers: Iterable[tuple[str, Candidature, Raw]],
    arrival: Arrival | None = None,
) -> tuple[Candidature, ...]:
    """Writes facts of several candidatures. Raises: FactsRefused, with every fault by name."""
    recorded: list[Candidature] = []
    problems: list[PtceError] = []
    for name, case, raw in dossiers:
        try:
            recorded.append(write_facts(tx, case, raw, arrival))
        except FactsRefused as refused:
            for problem in refused.problems:
                what = _("{file}: {problem}").format(file=name, problem=problem.what)
                problems.append(Misuse(what if name else problem.what, problem.why, problem.mend))
    if problems:
        raise FactsRefused(tuple(problems))
    return tuple(recorded)


def write_facts(
    tx: Transaction, case: Candidature, raw: Raw, arrival: Arrival | None = None
) -> Candidature:
    """Writes facts of a candidature down; an empty answer takes the fact away.

    Those that had arrived before are received first, unless they were: that hour bounds them.

    Raises: FactsRefused with every fault, PtceError when the actor may not write there.
    """
    write: Write = FactsRecorded
    if arrival is not None:
        write = partial(FactsReceived, received_at=to_text(arrival.at))
        sheets = tx.process.definition.sheets
        for name in raw:
            is_received = arrival.at in case.received.get(name, ()) and arrival.evidence is None
            if name in sheets and sheets[name].is_sent and not is_received:
                case = arrive(tx, case, name, arrival)
    reading = Answers(tx, case, write, arrival)
    return tell_facts(reading, reading.event(raw))


def tell_facts(reading: Answers, event: FactsRecorded | None) -> Candidature:
    """The candidature once an event was told that writes what was read; as it was without one."""
    if event is None:
        return reading.case
    side = Facts(reading.private) if reading.private else None
    return reading.act.record(reading.case.id, event, side)


class Answers:
    """Answers read one after the other, to be written by an event, and what is wrong with any."""

    def __init__(
        self, tx: Transaction, case: Candidature, write: Write, arrival: Arrival | None = None
    ) -> None:
        self.write = write
        self.arrival = arrival
        self.act = tx
        self.case = case
        self.ctx = context(tx, case.id)
        self.facts: dict[str, Any] = {}
        self.private: dict[str, Any] = {}
        self.removed: list[str] = []
        self.documents: list[bytes] = []
        self.problems: dict[str, PtceError] = {}

    def event(self, raw: Raw, *, leave_out: bool = False) -> FactsRecorded | None:
        """The event that writes what has changed; None where nothing has.

        Answers with a fault are told in `problems`, and those without are written, where it is to
        `leave_out` the others.

        Raises: FactsRefused with every fault, PtceError when the actor may not write there.
        """
        for sheet_name, answers in raw.items():
            self._take(sheet_name, answers)
        if self.problems and not leave_out:
            raise FactsRefused(tuple(self.problems.values()), tuple(self.problems))
        for content in self.documents:
            self.act.unit.add_document(content)
        if not (self.facts or self.private or self.removed):
            return None
        given, removed = tuple(sorted(self.private)), tuple(sorted(self.removed))
        return self.write(self.facts, given, removed)

    def _take(self, sheet_name: str, answers: Mapping[str, Any]) -> None:
        """Reads a sheet's answers as far as it may be written. Raises: PtceError."""
        definition = self.act.process.definition
        sheet = definition.sheets.get(sheet_name)
        if sheet is None:
            what = _('There is no sheet "{name}".').format(name=sheet_name)
            self.problems[sheet_name] = unknown_name(what, sheet_name, definition.sheets)
            return
        for field_name, answer in answers.items():
            qualified = f"{sheet_name}.{field_name}"
            # Asked of each field, before its answer is read: all that is wrong is told at once.
            violations = self.write({qualified: None}, (), ()).validate_new(self.ctx)
            refused = next((b.clause for b in violations if b.clause in _FORBIDS), None)
            if refused is clauses.CARRIED and self._stands(qualified, answer):
                continue
            if refused is not None:
                problem = self._refusal(refused, sheet, sheet_name, field_name)
                self.problems[qualified] = problem
                if sheet.is_panel:
                    return
                continue
            field = sheet.fields[field_name]
            present = self.case.answer(qualified, field)
            try:
                whole = edited(field, present, answer, self.act.process.zone)
            except ValueRefused as wrong:
                self.problems[qualified] = wrong
                continue
            if not is_blank(whole):
                self._read(qualified, field, whole)
            elif self.act.process.keeps(qualified, self.case):
                what = _('"{field}" cannot be taken away: "{sheet}" is complete.')
                self.problems[qualified] = PtceError(
                    what.format(field=field.label, sheet=sheet.label),
                    _("What is complete stays so: the last complete version counts."),
                    _("Write another answer in its place."),
                )
            elif is_given(self.case, qualified):
                self.removed.append(qualified)

    def _stands(self, qualified: str, answer: Any) -> bool:
        """True for an answer that stands so already: a whole dossier may be typed in again."""
        field = self.act.process.definition.field(qualified)
        assert field is not None, "what was carried is a field"
        zone, present = self.act.process.zone, self.case.answer(qualified, field)
        try:
            whole = edited(field, present, answer, zone)
            return not is_blank(whole) and field.parse(whole, zone=zone) == present
        except ValueRefused:
            return False

    def _refusal(self, clause: Clause, sheet: Sheet, sheet_name: str, field_name: str) -> PtceError:
        qualified = f"{sheet_name}.{field_name}"
        if clause is clauses.NO_FIELD:
            what = _('There is no field "{field}" in the sheet "{sheet}".').format(
                field=field_name, sheet=sheet_name
            )
            return unknown_name(what, field_name, sheet.fields)
        if clause is clauses.WRITER:
            raise without_role(
                self.act.actor,
                sheet.by,
                _('This person may not write in the sheet "{name}".').format(name=sheet.label),
            )
        if clause is clauses.CLOSED:
            state = self.act.process.states[self.case.state]
            labels = (sheet_label(self.act.process, name) for name in state.opens)
            what = _('"{field}" cannot be written in the state "{state}".')
            why = _("Open there: {names}.").format(names=", ".join(labels) or _("nothing"))
            return PtceError(what.format(field=qualified, state=state.label), why)
        if clause is clauses.CARRIED:
            text = _('"{field}" comes from the contest {contest}, where it is written ({ref}).')
            origin = self.case.origin or {}
            what = text.format(field=qualified, contest=origin["contest"], ref=origin["ref"])
            mend = _('A slip is mended by --rectify --reason "…" --evidence FILE.')
            return PtceError(what, _("What came along is read here, not written."), mend)
        if clause is clauses.TOO_LATE:
            return self._closed(qualified)
        if clause is clauses.NEVER_FILED:
            what = _('"{field}" was never filed: there is nothing to mend.').format(field=qualified)
            return PtceError(what, _("What comes late is not added so."))
        if clause is clauses.STILL_OPEN:
            what = _('"{field}" can still be written.').format(field=qualified)
            mend = _("Leave out: {option}").format(option="--rectify, --reason, --evidence")
            return PtceError(what, mend=mend)
        if sheet.is_panel:
            what = _('The sheet "{name}" is the panel\'s.').format(name=sheet.label)
            return Misuse(what, mend=_("Use `ptce jury score`."))
        if sheet.is_request:
            what = _('"{field}" is written while the request waits for its answer, not mended.')
            return PtceError(what.format(field=qualified))
        what = _('"{field}" is worked out from other facts.').format(field=qualified)
        return Misuse(what, mend=_("Leave it out."))

    def _closed(self, qualified: str) -> PtceError:
        process = self.act.process
        closes = process.closes(qualified, self.case)
        assert closes is not None, "what is too late has an hour"
        what = _('"{field}" is closed since {when}.').format(
            field=qualified, when=to_the_second(process, closes)
        )
        if self.arrival is not None:
            text = _("This arrived on {when}: too late.")
            when = to_the_second(process, self.arrival.at)
            mend = _(
                "Leave the contents out, and record the arrival: `ptce receive`. A new candidature "
                "is opened with its name and its address alone, and the same --at."
            )
            return PtceError(what, text.format(when=when), mend)
        why = _("What had arrived by then is still written, with the hour of its arrival.")
        mend = _(
            "Add --at INSTANT; a slip of the typist is mended by "
            '--rectify --reason "…" --evidence FILE.'
        )
        return PtceError(what, why, mend)

    def _read(self, qualified: str, field: FieldType, answer: Any) -> None:
        zone = self.act.process.zone
        try:
            value = field.parse(answer, zone=zone)
        except ValueRefused as refused:
            self.problems[qualified] = refused
            return
        if isinstance(field, FileField):
            content = answer.get("content")
            if content is None:
                what = _('"{field}" needs the file itself.').format(field=qualified)
                why = _("Its name and its hash alone prove nothing.")
                self.problems[qualified] = Misuse(what, why)
                return
            self.documents.append(content)
        line_part, private_part = field.split(value)
        same_line = line_part == self.case.facts.get(qualified)
        if same_line and private_part == self.case.private.get(qualified):
            return
        if line_part is not None:
            self.facts[qualified] = line_part
        if private_part is not None:
            self.private[qualified] = private_part


@atomic
def rectify(
    tx: Transaction,
    ref: str,
    raw: Raw,
    *,
    reason: str,
    evidence: Evidence,
    seen: Candidature | None = None,
) -> tuple[Candidature, tuple[Rectification, ...]]:
    """Mends filed answers that are closed; what was mended. Raises: FactsRefused."""
    (case,) = tx.load([ref])
    _must_stand(tx, case, seen, raw)

    def write(
        facts: dict[str, Any], given: tuple[str, ...], removed: tuple[str, ...]
    ) -> FactsRectified:
        before = present_facts(case.facts, (*facts, *given, *removed))
        return FactsRectified(facts, given, removed, before, evidence)

    reading = Answers(tx, case, write)
    event = reading.event(raw)
    if not isinstance(event, FactsRectified):
        return case, ()
    side = Mended(reading.private, present_facts(case.private, event.names), reason)
    after = tx.record(case.id, event, side)
    return after, tuple(rectified(tx.process, after, event, side, tx.now, after.version))
