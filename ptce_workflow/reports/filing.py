"""Reports on what arrives: what was read in a file, and what a person must confirm."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from ptce_workflow.app.candidatures.filing import Filing, FilingOutcome, identity, name_and_address
from ptce_workflow.app.candidatures.history import LONGEST_NOTE
from ptce_workflow.app.candidatures.record import Arrival
from ptce_workflow.base.errors import Misuse, PtceError
from ptce_workflow.base.words import _, alike, language, n_, one_line
from ptce_workflow.mail.incoming import Incoming
from ptce_workflow.office import page
from ptce_workflow.office.forms.answers import AnswerRead, FormRead
from ptce_workflow.office.forms.blocks import FileReader, OpenedFile
from ptce_workflow.office.forms.reader import ForeignForm, read_form
from ptce_workflow.office.page import Part
from ptce_workflow.process.candidature import Candidature
from ptce_workflow.process.fields import FieldType, TableField
from ptce_workflow.process.process import Process, named, sheet_label, to_the_second
from ptce_workflow.reports.telling import changed, label_of_name, row_text


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
        """The address that the message gives for its sender; "" without one."""
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
        mend = _("Save them, then: `ptce add FILE --for REF --received INSTANT --evidence MAIL`.")
        raise Misuse(what, why, mend)
    form, problem = (forms[0], None) if forms else _form(file, opened, process)
    return ArrivalRead(file, form, problem, opened.message, tuple(unread))


def _pieces(opened: OpenedFile) -> Iterator[OpenedFile]:
    """The pieces of a message, and of the messages that are forwarded in it."""
    for piece in opened.pieces:
        yield from (*_pieces(piece), piece)


def _form(file: str, opened: OpenedFile, process: Process) -> tuple[FormRead | None, Misuse | None]:
    """The form that a file is, or why it is none; *raises* ForeignForm."""
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
    arrival: Arrival,
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


_SHOWN = 160


class Preview(Struct, frozen=True):
    """What was read of a file, and what filing it comes to.

    `hours` are those of its arrival by what tells them, the one that counts first; `doubts` what
    is to be looked at twice.
    """

    read: ArrivalRead
    hours: Mapping[str, datetime]
    outcome: FilingOutcome
    doubts: tuple[str, ...]


def read(preview: Preview) -> Iterator[Part]:
    """`ptce add`, before it is filed: whose it is, when it arrived, and what was read of it."""
    read, outcome = preview.read, preview.outcome
    form, receipt = read.form, outcome.receipt
    process, case, message = receipt.process, receipt.case, read.message
    yield page.lead(one_line(read.file, at_most=_SHOWN))
    pairs: list[tuple[str, str]] = []
    if message is not None:
        pairs = [(_("from"), read.author), (_("subject"), message.subject)]
    text = _("a version of {case}") if outcome.before else _("a new candidature: {case}")
    pairs.append((_("arrived"), "\n".join(_hours(process, preview.hours))))
    pairs.append((sheet_label(process, receipt.sheet), text.format(case=named(process, case))))
    yield page.facts(pairs)
    yield from map(page.note, preview.doubts)
    if outcome.before is not None:
        found = outcome.differences
        yield page.say(_("What differs from what is recorded: {count}"), count=len(found))
        yield from changed(process, found, case.ref, {change.name for change in found})
    if form is not None:
        yield from _answers(process, form, is_new=outcome.before is None)
    reasons: dict[str, list[str]] = {}
    for name, problem in outcome.left_out.items():
        reasons.setdefault(problem.why or problem.what, []).append(label_of_name(process, name))
    for why, labels in reasons.items():
        yield page.line(_("Left out: {labels}. {reason}"), labels=", ".join(labels), reason=why)
    for text, passages in (
        (_("Outside the questions, kept in a note: {count}"), read.outside),
        (_("Attached, and not read: {count}"), read.unread),
    ):
        if passages:
            yield page.above(text, count=len(passages))
            yield page.bullets(one_line(passage, at_most=LONGEST_NOTE) for passage in passages)


def left_open(read: ArrivalRead, outcome: FilingOutcome) -> Iterator[Part]:
    """How to write what a form leaves to be confirmed, where the note of it is read too."""
    statuses = {answer.status for answer in read.form.answers} if read.form else set()
    if statuses - {"read", "missing"}:
        receipt = outcome.receipt
        yield page.suggest(f"ptce record {receipt.case.ref} {receipt.sheet} --edit")


def _hours(process: Process, hours: Mapping[str, datetime]) -> Iterator[str]:
    text = {
        "typed": _("{when} (as typed)"),
        "entry": _("{when} (taken by the first server)"),
        "delivery": _("{when} (stored in the mailbox)"),
    }
    for source, at in hours.items():
        yield text[source].format(when=to_the_second(process, at))


def _answers(process: Process, form: FormRead, *, is_new: bool) -> Iterator[Part]:
    """The answers of a form, by how sure they are; those of a version show what differs."""
    for status, text in (
        ("read", n_("Read: {count} answer", "Read: {count} answers", len(form.sure))),
        ("to_confirm", _("To confirm: {count}")),
        ("not_understood", _("Not understood: {count}")),
        ("missing", _("Without an answer: {count}")),
    ):
        some = [one for one in form.answers if one.status == status]
        if some:
            yield page.above(text, count=len(some))
            if status != "read" or is_new:
                pairs = (
                    (label_of(process, form.sheet, one), _answer_text(process, form, one))
                    for one in some
                )
                yield page.facts(pairs)


def _answer_text(process: Process, form: FormRead, answer: AnswerRead) -> str:
    """The value that is recorded of an answer, else its words and why they are not."""
    if answer.status == "missing":
        return ""
    if answer.status == "read":
        return value_text(process, form, answer)
    texts = [one_line(answer.words, at_most=_SHOWN), one_line(answer.why, at_most=LONGEST_NOTE)]
    if answer in form.to_agree:
        texts.append(_("Understood: {value}").format(value=value_text(process, form, answer)))
    return "\n".join(filter(None, texts))


def value_text(process: Process, form: FormRead, answer: AnswerRead) -> str:
    """The value of an answer, as it would be recorded; as it stands where it cannot be."""
    field = field_of(process, form.sheet, answer)
    try:
        value = field.parse(answer.value, zone=process.zone)
    except Misuse:
        return one_line(str(answer.value), at_most=_SHOWN)
    if isinstance(field, TableField):
        return "\n".join(f"· {row_text(process, field, row)}" for row in value)
    return one_line(field.display(value, language(), process.zone), at_most=_SHOWN)


def data(preview: Preview) -> dict[str, Any]:
    """`ptce add --json`, for what is no dossier in TOML or JSON."""
    read, outcome = preview.read, preview.outcome
    receipt = outcome.receipt
    process, case = receipt.process, receipt.case
    return {
        "ref": case.ref,
        "name": case.private.get(process.definition.config.contest.name_field),
        "file": read.file,
        "opened": outcome.before is None,
        "sheet": receipt.sheet,
        "received_at": receipt.at,
        "hour": next(iter(preview.hours)),
        "sender": read.sender or None,
        "doubts": preview.doubts,
        "answers": read.form.answers if read.form else (),
        "changes": outcome.differences,
        "missing": receipt.missing,
        "left_out": tuple(outcome.left_out),
        "note": outcome.note,
        "unread": read.unread,
    }
