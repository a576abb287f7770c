"""Filing what arrives: a new candidature or a new version of one, with remarks for a person."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from msgspec.structs import replace

from ptce_workflow.app.candidatures import record
from ptce_workflow.app.candidatures.advance import open_case
from ptce_workflow.app.candidatures.history import LONGEST_NOTE, entries_about, write_note
from ptce_workflow.app.contest import Contest
from ptce_workflow.app.transaction import Transaction
from ptce_workflow.base.errors import Misuse, PtceError
from ptce_workflow.base.notation import to_text
from ptce_workflow.base.structures import Names, structure_names
from ptce_workflow.base.words import _, alike, one_line
from ptce_workflow.ledger.events.facts import FactsReceived, SheetReceived
from ptce_workflow.office import page
from ptce_workflow.process.candidature import Candidature, by_ref
from ptce_workflow.process.fields import FieldType, TableField
from ptce_workflow.process.process import Process, named, sheet_label, to_the_second
from ptce_workflow.process.visibility import SEES_ALL

if TYPE_CHECKING:
    from ptce_workflow.mail.incoming import Incoming
    from ptce_workflow.office.forms.answers import AnswerRead, FormRead
    from ptce_workflow.office.forms.blocks import FileReader, OpenedFile

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
        outcome = write_filing(tx, filing)
        if seen is not None and _stood(seen) != _stood(outcome):
            raise record.changed_meanwhile(outcome.receipt.case)
        tx.end(dry_run=dry_run)
    return outcome


def write_filing(tx: Transaction, filing: Filing) -> FilingOutcome:
    """Writes down a sheet that arrived, with its answers. Raises: Misuse, PtceError."""
    arrival, before = filing.arrival, None
    if filing.ref:
        (before,) = tx.load([filing.ref])
        own = (filing.sheet, to_text(arrival.at), arrival.evidence)
        sheets = (line.data for line, _side in entries_about(tx.unit, tx.contest, before.id))
        sheets = (one for one in sheets if isinstance(one, SheetReceived))
        if any((one.sheet, one.received_at, one.evidence) == own for one in sheets):
            who, when = named(tx.process, before), to_the_second(tx.process, arrival.at)
            what = _("{case}: what arrived on {when} is recorded already.")
            why = _("Nothing was written, and no mail leaves again.")
            mend = _("If it is another one, give its own hour.")
            raise Misuse(what.format(case=who, when=when), why, mend)
    elif not filing.is_another:
        record.must_be_unknown(tx, arrival.evidence)
    opened = before or open_case(tx)
    case = record.arrive(tx, opened, filing.sheet, arrival)
    event = partial(FactsReceived, received_at=to_text(arrival.at))
    reading = record.Answers(tx, case, event, arrival)
    case = record.tell_facts(reading, reading.event(filing.answers, leave_out=True))
    found = tuple(doubts(tx.process, case, before))
    if before and alike(filing.sender) not in ("", name_and_address(tx.process, before)[1]):
        text = _("{address} is not the contact of {ref}: make sure of who sent it.")
        found = (text.format(address=filing.sender, ref=before.ref), *found)
    note = "\n".join(filter(None, (*found, filing.note)))[:LONGEST_NOTE]
    if note:
        write_note(tx, case, note)
    receipt = record.receipt_of(tx, opened, case, filing.sheet, arrival)
    differences = tuple(_differences(tx.process, before, case, filing, reading.problems))
    return FilingOutcome(before, receipt, differences, reading.problems, found, note)


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


class ArrivalRead(Struct, frozen=True):
    """A file that arrived: its form, or the problem for which none was read.

    `unread` are the pieces of a message that are no form.
    """

    file: str
    form: FormRead | None = None
    problem: Misuse | None = None
    message: Incoming | None = None
    unread: tuple[str, ...] = ()

    @property
    def sender(self) -> str:
        return self.message.address if self.message else ""

    @property
    def author(self) -> str:
        name = self.message.name if self.message else ""
        return f"{name} <{self.sender}>" if name else self.sender

    @property
    def outside(self) -> tuple[str, ...]:
        """The lines that answer no question: of the form, and of the message that brought it."""
        passages = [*self.form.outside] if self.form else []
        if self.message is not None and (self.form is None or self.form.file != self.file):
            passages.append(self.message.text)
        return tuple(_lines(passages))

    @property
    def doubts(self) -> Iterator[str]:
        if self.problem is not None:
            text = _("It is received without answers, for it cannot be read: {reason}")
            yield text.format(reason=" ".join((self.problem.what, self.problem.why)).strip())
        if self.form is not None and self.form.stamp is None:
            yield _("It bears no stamp: its questions were recognised by their labels.")
        elif self.form is not None and not self.form.is_current:
            yield _("It is an older form: its words or its questions have changed since.")
        if self.message is not None:
            yield from self.message.remarks


def read_arrival(reader: FileReader, file: str, content: bytes, process: Process) -> ArrivalRead:
    """A file read by a child process: its form, else its text. Raises: Misuse."""
    try:
        opened = reader.open(file, content)
    except Misuse as error:
        return ArrivalRead(file, problem=error)
    forms: list[FormRead] = []
    unread: list[str] = []
    for piece in _pieces(opened):
        form, problem = _form(piece.name, piece, process)
        if form is not None:
            forms.append(form)
        else:
            refused = problem if problem and piece.problem else Misuse("")
            text = " ".join(filter(None, (refused.what, refused.why, refused.mend)))
            unread.append(page.pair(piece.name, text) if text else piece.name)
    if len(forms) > 1:
        what = _("{count} forms came in one mail: {names}.").format(
            count=len(forms), names=", ".join(one.file for one in forms)
        )
        why = _("Each is filed by itself: which candidature one belongs to is for you to say.")
        mend = _("Save them, then: `ptce add FILE --for REF --at INSTANT --evidence MAIL`.")
        raise Misuse(what, why, mend)
    form, problem = (forms[0], None) if forms else _form(file, opened, process)
    return ArrivalRead(file, form, problem, opened.message, tuple(unread))


def _pieces(opened: OpenedFile) -> Iterator[OpenedFile]:
    """The pieces of a message, and of the messages that are forwarded in it."""
    for piece in opened.pieces:
        yield from (*_pieces(piece), piece)


def _form(file: str, opened: OpenedFile, process: Process) -> tuple[FormRead | None, Misuse | None]:
    """The form that a file is, or why it is none; *raises* ForeignForm."""
    # Imported here for start-up time: most facts are recorded without a form.
    from ptce_workflow.office.forms.reader import ForeignForm, read_form

    if opened.document is None:
        return None, opened.problem
    try:
        return read_form(file, opened.document, process), None
    except ForeignForm:
        raise
    except Misuse as error:
        return None, error


def note_of(read: ArrivalRead, process: Process) -> str:
    """A note of what was not recorded: to confirm, unasked, the message's text."""
    form = read.form
    passages = [
        page.pair(label_of(process, form.sheet, one), one.words)
        for one in (form.answers if form else ())
        if form and one.status in ("to_confirm", "not_understood") and one.words
    ]
    text = "\n".join((*_lines(passages), *read.outside))
    return f"{one_line(read.file, at_most=200)}\n{text}" if text else ""


def _lines(passages: Iterable[str]) -> Iterator[str]:
    lines = (one_line(line, at_most=LONGEST_NOTE) for text in passages for line in text.split("\n"))
    return filter(None, lines)


def label_of(process: Process, sheet: str, answer: AnswerRead) -> str:
    """The label of what is answered; of a cell: its table, its row, and its column."""
    asked = field_of(process, sheet, answer).label.text
    if not answer.cell:
        return asked
    table = process.definition.sheets[sheet].fields[answer.field].label.text
    text = _("{label}, row {number}, {column}")
    return text.format(label=table, number=answer.cell[0], column=asked)


def field_of(process: Process, sheet: str, answer: AnswerRead) -> FieldType:
    """The field that is answered; the column, of a cell."""
    field = process.definition.sheets[sheet].fields[answer.field]
    if answer.cell and isinstance(field, TableField):
        return field.columns[answer.cell[1]]
    return field


def candidature_of(
    process: Process,
    read: ArrivalRead,
    typed: str,
    cases: Collection[Candidature],
    *,
    opens: str,
    is_new: bool,
) -> str:
    """By the stamp of the form, else as `typed`, else by the address of its sender; "" for a new.

    `opens` is the name or the address that was typed for a new one. The address that a form gives
    of its contact names none: anybody can write it there.

    Raises: Misuse where these name several, or the sender alone names one of another name, or no
    form came from them; PtceError for what is only likely to be about one.
    """
    form = read.form
    stamped = form.stamp.ref if form and form.stamp else ""
    if stamped and (is_new or opens or typed not in ("", stamped)):
        what = _("{file} is a form made for {ref}.").format(file=read.file, ref=stamped)
        mend = _("Leave this out: {option}").format(option="--new, --name, --email, --for")
        raise Misuse(what, mend=mend)
    if stamped or typed or is_new:
        return stamped or typed
    asked = process.definition.config.contest
    name, written = (_sure(form, one) for one in (asked.name_field, asked.contact_field))
    sent, found = (
        [case for case in cases if address and name_and_address(process, case)[1] == alike(address)]
        for address in (read.sender, written)
    )
    found = sent or found
    if not found:
        return ""
    listed = "\n".join(named(process, case) for case in found)
    mend = _("Say which: --for {ref}; or --new opens another.").format(ref=found[0].ref)
    if len(found) > 1:
        what = _("{file} may be about several candidatures.").format(file=read.file)
        raise Misuse(what, listed, mend)
    if not sent:
        what = _("{file} seems to be about {case}.").format(file=read.file, case=listed)
        why = _("Its form gives the address of that contact, who is not known to have sent it.")
        raise PtceError(what, why, mend)
    recorded = name_and_address(process, found[0])[0]
    if opens or (name and recorded and alike(name) != recorded):
        what = _("{file} comes from the contact of {case}.").format(file=read.file, case=listed)
        why = _("Its form, or what was typed, says: {name}").format(name=opens or name)
        raise Misuse(what, why, mend)
    if form is None:
        raise _undecided(read, found[0].ref)
    return found[0].ref


def _undecided(read: ArrivalRead, ref: str = "") -> Misuse:
    """The error for an arrival without form, with its sender and pieces."""
    assert read.problem is not None
    reasons = [read.problem.why, *(_("Attached: {name}").format(name=one) for one in read.unread)]
    if read.message is not None:
        came = _("From {sender}, subject: {subject}")
        reasons.insert(0, came.format(sender=read.author, subject=read.message.subject))
    mend = _("To receive it all the same: --for REF, or --name “…” --email … opens one.")
    if ref:
        mend = _(
            "A dossier of {ref}: --for {ref}. Another one: --new --name “…”. A question: "
            "`ptce note {ref} “…”`."
        ).format(ref=ref)
    return Misuse(read.problem.what, "\n".join(filter(None, reasons)), mend)


def _sure(form: FormRead | None, qualified: str | None) -> str:
    """What a form surely answers to a field named whole; "" for nothing."""
    sheet, _dot, name = (qualified or "").partition(".")
    return str(form.sure.get(name) or "") if form is not None and form.sheet == sheet else ""


def filing_of(
    process: Process,
    read: ArrivalRead,
    ref: str,
    arrival: record.Arrival,
    name: str,
    address: str,
    *,
    is_another: bool,
) -> Filing:
    """What is filed of an arrival; typed `name` and `address` first. Raises: Misuse."""
    form = read.form
    asked = process.definition.config.contest
    own = (asked.contact_field or asked.name_field).partition(".")[0]
    sheet, sure = (form.sheet, form.sure) if form else (own, {})
    if not ref:
        if not (sure or name):
            blank = Misuse(
                _("{file}: its form is empty, or no answer in it is sure.").format(file=read.file)
            )
            raise _undecided(replace(read, problem=read.problem or blank))
        if sheet != own:
            text = _("“{sheet}” opens no candidature.").format(sheet=sheet_label(process, sheet))
            raise Misuse(text, mend=_("Say whose it is: --for REF."))
        address = address or ("" if _sure(form, asked.contact_field) else read.sender)
    answers = identity(process, name, address)
    answers[sheet] = {**sure, **answers.get(sheet, {})}
    return Filing(sheet, answers, arrival, note_of(read, process), ref, read.sender, is_another)
