"""What arrives as a file: the form that is in it, who sent it, and what is left to a person."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from msgspec import Struct
from msgspec.structs import replace

from ptce_workflow.app.cases.filing import Filing, identity
from ptce_workflow.app.cases.note import LONGEST_NOTE
from ptce_workflow.app.cases.receive import Arrival
from ptce_workflow.app.cases.remarks import name_and_address
from ptce_workflow.base.errors import Misuse, PtceError
from ptce_workflow.base.text import alike, one_line
from ptce_workflow.base.words import _, language
from ptce_workflow.mail.incoming import Incoming
from ptce_workflow.papers.form_reader import ForeignForm, read_form
from ptce_workflow.papers.opening import FileReader, OpenedFile
from ptce_workflow.papers.returned import AnswerRead, FormRead
from ptce_workflow.process.fields import FieldType, TableField
from ptce_workflow.process.process import Process, named, sheet_label
from ptce_workflow.process.rules.case import Case


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
        """The sender as the message gives them, with their name."""
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
        """What is to be looked at twice in it."""
        if self.problem is not None:
            told = _("It is received without answers, for it cannot be read: {reason}")
            yield told.format(reason=" ".join((self.problem.what, self.problem.why)).strip())
        if self.form is not None and self.form.stamp is None:
            yield _("It bears no stamp: its questions were recognised by their labels.")
        elif self.form is not None and not self.form.is_current:
            yield _("It is an older form: its words or its questions have changed since.")
        if self.message is not None:
            yield from self.message.remarks


def read_arrival(reader: FileReader, file: str, content: bytes, process: Process) -> ArrivalRead:
    """What a file holds, read by a child process: of a message, the one form in it, else its text.

    *Raises* Misuse for a form of another contest, and for several forms in one message.
    """
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
            why = problem if problem and piece.problem else Misuse("")
            said = " ".join(filter(None, (why.what, why.why, why.mend)))
            told = _("{label}: {value}").format(label=piece.name, value=said)
            unread.append(told if said else piece.name)
    if len(forms) > 1:
        raise Misuse(
            _("{count} forms came in one mail: {names}.").format(
                count=len(forms), names=", ".join(one.file for one in forms)
            ),
            _("Each is filed by itself: which candidature one belongs to is for you to say."),
            _("Save them, then: `ptce add FILE --for REF --received INSTANT --evidence MAIL`."),
        )
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
    """What a file says that is not recorded as an answer, as a note; "" where there is nothing.

    Words that a person has to confirm, what answers no question, and the text of the message.
    """
    form = read.form
    passages = [
        _("{label}: {value}").format(label=label_of(process, form.sheet, one), value=one.words)
        for one in (form.answers if form else ())
        if form and one.status in ("to_confirm", "not_understood") and one.words
    ]
    kept = "\n".join((*_lines(passages), *read.outside))
    return f"{one_line(read.file, at_most=200)}\n{kept}" if kept else ""


def _lines(passages: Iterable[str]) -> Iterator[str]:
    lines = (one_line(line, at_most=LONGEST_NOTE) for text in passages for line in text.split("\n"))
    return filter(None, lines)


def label_of(process: Process, sheet: str, answer: AnswerRead) -> str:
    """The label of what is answered; of a cell: its table, its row, and its column."""
    asked = field_of(process, sheet, answer).label.in_(language())
    if not answer.cell:
        return asked
    table = process.definition.sheets[sheet].fields[answer.field].label.in_(language())
    told = _("{label}, row {number}, {column}")
    return told.format(label=table, number=answer.cell[0], column=asked)


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
    cases: Collection[Case],
    *,
    opens: str,
    is_new: bool,
) -> str:
    """By the stamp of the form, else as `typed`, else by the address of its sender; "" for a new.

    `opens` is the name or the address that was typed for a new one. The address that a form gives
    of its contact names none: anybody can write it there.

    *Raises* Misuse where these name several, or the sender alone names one of another name, or no
    form came from them; PtceError for what is only likely to be about one.
    """
    form = read.form
    stamped = form.stamp.ref if form and form.stamp else ""
    if stamped and (is_new or opens or typed not in ("", stamped)):
        raise Misuse(
            _("{file} is a form made for {ref}.").format(file=read.file, ref=stamped),
            mend=_("Leave this out: {option}").format(option="--new, --name, --email, --for"),
        )
    if stamped or typed or is_new:
        return stamped or typed
    asked = process.definition.config.contest
    said, written = (_sure(form, one) for one in (asked.name_field, asked.contact_field))
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
        raise PtceError(
            _("{file} seems to be about {case}.").format(file=read.file, case=listed),
            _("Its form gives the address of that contact, who is not known to have sent it."),
            mend,
        )
    known = name_and_address(process, found[0])[0]
    if opens or (said and known and alike(said) != known):
        what = _("{file} comes from the contact of {case}.").format(file=read.file, case=listed)
        why = _("Its form, or what was typed, says: {name}").format(name=opens or said)
        raise Misuse(what, why, mend)
    if form is None:
        raise _undecided(read, found[0].ref)
    return found[0].ref


def _undecided(read: ArrivalRead, ref: str = "") -> Misuse:
    """The error for what has no form, and is a dossier only where a person says so.

    Whoever decides is told who sent it, its subject, and what is attached.
    """
    assert read.problem is not None
    told = [read.problem.why, *(_("Attached: {name}").format(name=one) for one in read.unread)]
    if read.message is not None:
        came = _("From {sender}, subject: {subject}")
        told.insert(0, came.format(sender=read.author, subject=read.message.subject))
    mend = _("To receive it all the same: --for REF, or --name “…” --email … opens one.")
    if ref:
        mend = _(
            "A dossier of {ref}: --for {ref}. Another one: --new --name “…”. A question: "
            "`ptce note {ref} “…”`."
        ).format(ref=ref)
    return Misuse(read.problem.what, "\n".join(filter(None, told)), mend)


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
    """What is filed of an arrival; `name` and `address` were typed, and come first.

    A new candidature whose form gives no address is answered at that of its sender.

    *Raises* Misuse for what opens a candidature, and tells neither its answers nor its name.
    """
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
            told = _("“{sheet}” opens no candidature.").format(sheet=sheet_label(process, sheet))
            raise Misuse(told, mend=_("Say whose it is: --for REF."))
        address = address or ("" if _sure(form, asked.contact_field) else read.sender)
    answers = identity(process, name, address)
    answers[sheet] = {**sure, **answers.get(sheet, {})}
    note = note_of(read, process)
    return Filing(sheet, answers, arrival, note, ref, read.sender, is_another)
