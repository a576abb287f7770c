"""What arrives as a file: the form that is in it, who sent it, and what is left to a person."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from ptce_workflow.app.cases.filing import Filing, candidatures_of, identity
from ptce_workflow.app.cases.note import LONGEST_NOTE
from ptce_workflow.app.cases.receive import Arrival
from ptce_workflow.app.contest import Contest
from ptce_workflow.base.errors import Misuse
from ptce_workflow.base.text import alike, one_line
from ptce_workflow.base.words import _, language
from ptce_workflow.mail.incoming import Incoming
from ptce_workflow.papers.form_reader import ForeignForm, read_form
from ptce_workflow.papers.opening import Opened, Reader
from ptce_workflow.papers.proposals import reviewed
from ptce_workflow.papers.returned import AnswerRead, FormRead
from ptce_workflow.process.process import Process, named, sheet_label


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
    def doubts(self) -> Iterator[str]:
        """What is to be looked at twice in it."""
        if self.problem is not None:
            told = _("It is received without answers, for it cannot be read: {reason}")
            yield told.format(reason=" ".join((self.problem.what, self.problem.why)).strip())
        if self.form is not None and self.form.stamp is None:
            yield _("It bears no stamp: its questions were recognised by their labels.")
        elif self.form is not None and not self.form.is_current:
            yield _("It is a form of an older edition: what it asks has changed since.")
        if self.message is not None:
            yield from self.message.remarks


def read_arrival(reader: Reader, file: str, content: bytes, process: Process) -> ArrivalRead:
    """What a file holds, read by a child process.

    *Raises* Misuse for a form of another contest, and for several forms in one message.
    """
    try:
        opened = reader.open(file, content)
    except Misuse as error:
        return ArrivalRead(file, problem=error)
    if opened.message is not None:
        return _of_message(file, opened, process)
    return _read(file, _form(file, opened, process))


def _of_message(file: str, opened: Opened, process: Process) -> ArrivalRead:
    """The one form among the pieces of a message, else in its text."""
    forms: list[FormRead] = []
    unread: list[str] = []
    for piece in _pieces(opened):
        form = _form(piece.name, piece, process)
        if isinstance(form, FormRead):
            forms.append(form)
        else:
            why = form.what if piece.problem is not None else ""
            unread.append(": ".join(filter(None, (piece.name, why))))
    if len(forms) > 1:
        raise Misuse(
            _("{count} forms came in one mail: {names}.").format(
                count=len(forms), names=", ".join(one.file for one in forms)
            ),
            _("Each is filed by itself: which candidature one belongs to is for you to say."),
            _("Save them, then: `ptce add FILE --for REF --received INSTANT --evidence MAIL`."),
        )
    found = forms[0] if forms else _form(file, opened, process)
    return _read(file, found, opened.message, tuple(unread))


def _read(
    file: str,
    form: FormRead | Misuse,
    message: Incoming | None = None,
    unread: tuple[str, ...] = (),
) -> ArrivalRead:
    if isinstance(form, Misuse):
        return ArrivalRead(file, None, form, message, unread)
    return ArrivalRead(file, form, None, message, unread)


def _pieces(opened: Opened) -> Iterator[Opened]:
    """The pieces of a message, and of the messages that are forwarded in it."""
    for piece in opened.pieces:
        yield from (*_pieces(piece), piece)


def _form(file: str, opened: Opened, process: Process) -> FormRead | Misuse:
    """The form that a file is, or why it is none; *raises* ForeignForm."""
    if opened.document is None:
        assert opened.problem is not None
        return opened.problem
    try:
        return reviewed(process, read_form(file, opened.document, process))
    except ForeignForm:
        raise
    except Misuse as error:
        return error


def remarks(read: ArrivalRead, process: Process) -> str:
    """What a file says that is not recorded as an answer, as a note; "" where there is nothing.

    Words that a person has to confirm, what answers no question, and the text of the message.
    """
    told: list[str] = []
    form = read.form
    for one in form.answers if form else ():
        if one.status in ("to_confirm", "not_understood") and one.words:
            label = label_of(process, form.sheet if form else "", one)
            told.append(_("{label}: {value}").format(label=label, value=one.words))
    told += form.outside if form else ()
    if read.message is not None and read.message.text and (form is None or form.file != read.file):
        told.append(read.message.text)
    lines = (one_line(line, at_most=LONGEST_NOTE) for text in told for line in text.splitlines())
    kept = "\n".join(filter(None, lines))
    return f"{one_line(read.file, at_most=200)}\n{kept}"[:LONGEST_NOTE] if kept else ""


def label_of(process: Process, sheet: str, answer: AnswerRead) -> str:
    """The label of what is answered; of a cell: its table, its row, and its column."""
    name, _bracket, cell = answer.name.partition("[")
    field = process.definition.sheets[sheet].fields.get(name)
    if field is None:
        return answer.name
    label = field.label.in_(language())
    if not cell:
        return label
    row, _dot, column = cell.partition("].")
    asked = getattr(field, "columns", {}).get(column)
    told = _("{label}, row {number}, {column}")
    named = asked.label.in_(language()) if asked else column
    return told.format(label=label, number=row, column=named)


class Meant(Struct, frozen=True):
    """The candidature that an arrival is about, "" for a new one; and what to look at twice."""

    ref: str = ""
    doubts: tuple[str, ...] = ()


def candidature_of(contest: Contest, read: ArrivalRead, said: str, *, is_new: bool) -> Meant:
    """By the stamp of the form, else as `said`, else by the address of its sender or contact.

    *Raises* Misuse where these name several, or the address alone names one of another name.
    """
    process, stamped = contest.process, read.form and read.form.stamp and read.form.stamp.ref
    asked = process.definition.config.contest
    name, address = (_sure(read.form, field) for field in (asked.name_field, asked.contact_field))
    if stamped and (is_new or said not in ("", stamped)):
        raise Misuse(
            _("{file} is a form made for {ref}.").format(file=read.file, ref=stamped),
            mend=_("Leave this out: {option}").format(option="--new, --for"),
        )
    if ref := stamped or said:
        return Meant(ref, tuple(_stranger(contest, read.sender, ref)))
    cases = () if is_new else candidatures_of(contest, (read.sender, address))
    if not cases:
        return Meant()
    listed = "\n".join(named(process, case) for case in cases)
    mend = _("Say which: --for {ref}; or --new opens another.").format(ref=cases[0].ref)
    if len(cases) > 1:
        raise Misuse(
            _("{file} may be about several candidatures.").format(file=read.file), listed, mend
        )
    known = cases[0].private.get(asked.name_field)
    if name and known and alike(name) != alike(str(known)):
        raise Misuse(
            _("{file} comes from the contact of another name.").format(file=read.file),
            _("{listed}; the form says: {name}").format(listed=listed, name=name),
            mend,
        )
    return Meant(cases[0].ref, tuple(_stranger(contest, read.sender, cases[0].ref)))


def _sure(form: FormRead | None, qualified: str | None) -> str:
    """What a form surely answers to a field named whole; "" for nothing."""
    sheet, _dot, name = (qualified or "").partition(".")
    return str(form.sure.get(name) or "") if form is not None and form.sheet == sheet else ""


def _stranger(contest: Contest, sender: str, ref: str) -> Iterator[str]:
    """That the sender is not the contact of the candidature, where that is so."""
    if sender and ref not in (case.ref for case in candidatures_of(contest, (sender,))):
        told = _("{address} is not the contact of {ref}: make sure of who sent it.")
        yield told.format(address=sender, ref=ref)


def filing_of(
    contest: Contest, read: ArrivalRead, meant: Meant, arrival: Arrival, name: str, address: str
) -> Filing:
    """What is filed of an arrival; `name` and `address` were typed, and come first.

    A new candidature whose form gives no address is answered at that of its sender.

    *Raises* Misuse for what opens a candidature and gives neither its form nor its name.
    """
    process, form = contest.process, read.form
    asked = process.definition.config.contest
    own = (asked.contact_field or asked.name_field).partition(".")[0]
    sheet = form.sheet if form else own
    if not meant.ref:
        if form is None and not name:
            assert read.problem is not None
            raise Misuse(
                read.problem.what,
                read.problem.why,
                _("To receive it all the same: --for REF, or --name “…” --email … opens one."),
            )
        if sheet != own:
            told = _("“{sheet}” opens no candidature.").format(sheet=sheet_label(process, sheet))
            raise Misuse(told, mend=_("Say whose it is: --for REF."))
        address = address or ("" if _sure(form, asked.contact_field) else read.sender)
    answers = identity(process, name, address)
    answers[sheet] = {**(form.sure if form else {}), **answers.get(sheet, {})}
    return Filing(sheet, answers, arrival, remarks(read, process), meant.ref)
