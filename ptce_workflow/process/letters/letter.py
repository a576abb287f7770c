"""A letter rendered: its template, its Markdown, its text and HTML.

A person may rewrite a letter. What the program puts around it stays the program's: the greeting,
the signature, and the texts at its end, which tell of remedies and of personal data.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import cache, lru_cache
from typing import Any

from ptce_workflow.base.runtime import data
from ptce_workflow.base.words import _, long_instant, own_language, speaking
from ptce_workflow.process.letters.templates import (
    LINE_BREAK,
    LONGEST_TEXT,
    MARKS,
    Passage,
    Templates,
)
from ptce_workflow.process.letters.variables import (
    Dated,
    Letter,
    Readable,
    Subject,
    parts,
    variables,
    variables_of_text,
)
from ptce_workflow.process.machine import Edge
from ptce_workflow.process.markdown import (
    Filled,
    Loose,
    Markdown,
    Marks,
    prefix_of,
    read_markdown,
    shown_alone,
)
from ptce_workflow.process.model.base import TemplateFault
from ptce_workflow.process.model.folder import LAYOUT, mail_file, text_file
from ptce_workflow.process.process import Process, signature

REMEDIES, SILENCE, PRIVACY, RANKING = "remedies", "silence", "privacy", "ranking"
"""The texts that the program puts where they belong."""

BY_TIME = "by_time"
"""What the program itself says of a decision that time made."""

FRAME = ("greeting", "question", "farewell", "signed", "opening")
"""What the program says around a mail, in its layout."""

LONGEST_SUBJECT = 250
_PROCESSES_KEPT = 4


class MailSource:
    """The Markdown of a notification to one reader, and of the texts that it ends with.

    It is in another language than the one asked for where the folder has no text in that one.
    """

    def __init__(self, process: Process, name: str, language: str, subject: Subject) -> None:
        self.process = process
        self.name = name
        self.language = language_of(process, name, language)
        self.file = file_in(process, mail_file, name, self.language)
        self.known = variables(process, name, self.language, subject)
        self.ending = appended(process, name, subject)
        self.marks = Marks(_prefix(process))

    def parts(self, ending: Collection[str]) -> list[str]:
        """The Markdown of the mail, then of each text it does not print. Raises: TemplateFault."""
        templates, printed = templates_of(self.process), set[str]()
        names = {**self.known, MARKS: self.marks}

        def text(title: str) -> Passage:
            printed.add(title)
            if title == BY_TIME:
                when = self.marks.mark(str(self.known["transition"].part("at")))
                return Passage(_by_time(when, self.language))
            file = file_in(self.process, text_file, title, self.language)
            return Passage(templates.rendered(file, names).strip("\n"))

        mail = {**names, "texts": Readable("texts", titles(self.process), text)}
        source = templates.rendered(self.file, mail).strip("\n")
        return [source, *(text(title) for title in ending if title not in printed)]

    def read(self) -> Markdown:
        return read_markdown("\n\n".join(self.parts(self.ending)), self.language)

    def letter(self) -> Letter:
        """The letter to its reader. Raises: TemplateFault when its templates give none."""
        read = self.read()
        if not read.is_mail:
            raise misheaded(read.headings).at(self.file, 0)
        return self.framed(self.marks.fill(read))

    def framed(self, filled: Filled) -> Letter:
        readers = self.process.definition.notifications[self.name].recipients
        return _framed(self.process, filled, self.language, self.known, readers.read_digest)


def letter(process: Process, name: str, language: str, subject: Subject) -> Letter:
    """The letter to one reader. Raises: TemplateFault, in the language in force."""
    return MailSource(process, name, language, subject).letter()


def draft(process: Process, name: str, language: str, subject: Subject) -> str:
    """The Markdown of a letter, for a person to change. Raises: TemplateFault."""
    source = MailSource(process, name, language, subject)
    return f"{source.marks.written_out(source.parts(())[0])}\n"


def edited(process: Process, name: str, language: str, subject: Subject, own: str) -> Letter:
    """The letter in a person's words. Raises: TemplateFault for words that read otherwise."""
    source, own = MailSource(process, name, language, subject), shown_alone(own)
    texts = source.parts(source.ending)[1:]
    whole = "\n\n".join((own, *map(source.marks.written_out, texts)))
    read = read_markdown(whole, source.language)
    if not read.is_mail:
        raise misheaded(read.headings)
    for loose in read.loose:
        raise unanswered(loose)
    if not read_markdown(own, source.language).text:
        raise TemplateFault(_("This mail says nothing below its subject."))
    if len(read.subject) > LONGEST_SUBJECT or len(whole) > LONGEST_TEXT:
        why = _("A subject has at most {subject} characters, a mail {text}.").format(
            subject=LONGEST_SUBJECT, text=LONGEST_TEXT
        )
        raise TemplateFault(_("This mail is too long."), why)
    return source.framed(Marks(prefix_of([whole])).fill(read))


def cancellation_letter(process: Process, language: str, subject: Subject, dated: Dated) -> Letter:
    """The letter by which a calendar entry is taken back: no template of the folder says it."""
    values, marks = variables_of_text(process, language, subject), Marks(_prefix(process))
    with speaking(own_language(language)):
        title = marks.mark(dated.title)
        when = marks.mark(long_instant(dated.begins, process.zone, language))
        heading = _("Cancelled: {title}, {when}").format(title=title, when=when)
        body = _("You are not expected any more: its entry goes out of your calendar.")
    read = read_markdown(f"# {heading}\n\n{body}\n", language)
    return _framed(process, marks.fill(read), language, values)


def text_alone(process: Process, name: str, language: str, subject: Subject) -> str:
    """A text of the folder, plain; "" where there is none. Raises: TemplateFault."""
    if text_file(name) not in process.files:
        return ""
    marks = Marks(_prefix(process))
    values = {**variables_of_text(process, language, subject), MARKS: marks}
    source = templates_of(process).rendered(file_in(process, text_file, name, language), values)
    return marks.fill(read_markdown(source.strip("\n"), language)).text


def language_of(process: Process, name: str, language: str) -> str:
    """The language in which a notification is written to who reads one."""
    own = process.definition.config.contest.language
    return language if mail_file(name, language) in process.files else own


def appended(process: Process, name: str, subject: Subject) -> tuple[str, ...]:
    """The texts that a mail to the contact ends with, by name: the program's own, the folder's.

    How a decision came about that nobody took, remedies after one that may be contested, how a rank
    is worked out after one that followed one (code des relations entre le public et
    l'administration, L311-3-1), what silence means after a receipt (but where nothing is to
    come any more), and what becomes of personal data in the first mail that a contact gets.
    """
    if process.definition.notifications[name].recipients.are_enrolled:
        return ()
    view, receipt = subject.transition, subject.receipt
    edge = None if view is None else process.edges(view.from_).get(view.name)
    by_rank = edge is not None and (edge.decided or edge.transition.in_order is not None)
    own = view is not None and view.by_time and edge is not None and edge.transition.decision
    case = subject.case
    figures = {} if case is None else case.panels
    waits = case is not None and not process.states[case.state].ends
    owed = {
        BY_TIME: bool(own),
        RANKING: by_rank and any("rank" in figure for figure in figures.values()),
        remedies_of(edge): edge is not None and edge.transition.is_contestable,
        SILENCE: waits and receipt is not None and receipt.sheet not in process.definition.requests,
        PRIVACY: subject.first,
    }
    paths = (BY_TIME, *titles(process))
    return tuple(text for text, due in owed.items() if due and text in paths)


def remedies_of(edge: Edge | None) -> str:
    """The text that tells the remedies against what a way decides."""
    return (None if edge is None else edge.transition.remedies) or REMEDIES


def _by_time(when: str, language: str) -> str:
    """Says that nobody took a decision, and what may be asked."""
    with speaking(own_language(language)):
        text = _(
            "This decision was made automatically on {when}: the program applied the rules of the "
            "contest, and nobody made it. You may ask for a person to look at it: answer this "
            "email."
        )
    return text.format(when=when)


def titles(process: Process) -> list[str]:
    """The names of the texts of a folder, those in its other languages among them."""
    return [path[6:].removesuffix(".md") for path in process.files if path[:6] == "texts/"]


def file_in(process: Process, file: Callable[[str, str], str], name: str, language: str) -> str:
    """The file of a mail or a text in a language, else in that of the folder."""
    own = process.definition.config.contest.language
    other = file(name, "" if language == own else language)
    return other if other in process.files else file(name, "")


def misheaded(headings: Sequence[str]) -> TemplateFault:
    return TemplateFault(
        _("This mail has {count} headings.").format(count=len(headings)),
        _("Its subject is its one heading, a line that begins with #."),
        _("Write ## before headings within the mail."),
    )


def unanswered(loose: Loose) -> TemplateFault:
    what = _("{sign} opens or closes something, and nothing answers it.").format(sign=loose.sign)
    mend = _("Write the sign that is missing, or \\ before a sign that is meant as it is.")
    return TemplateFault(what, _("It would be shown as it stands."), mend)


@lru_cache(_PROCESSES_KEPT)
def _prefix(process: Process) -> str:
    """How the marks of its letters begin: as nothing in its mails and texts does."""
    return prefix_of([text.decode() for file, text in process.files.items() if file[-3:] == ".md"])


def _framed(
    process: Process,
    filled: Filled,
    language: str,
    values: Mapping[str, Any],
    for_desk: bool = False,
) -> Letter:
    with speaking(own_language(language)):
        about = str(values["contest"].part("title"))
        if "candidature" in values:
            ref = values["candidature"].part("ref")
            about = _("{contest}, application {ref}").format(contest=about, ref=ref)
        question = "" if for_desk else _question(process, language)
        farewell = "" if for_desk else _("Kind regards,")
        signed, greeting = [*signature(process, language), about], _("Hello,")
        paragraphs = (greeting, question, farewell, signed, filled.opening)
        page = {"language": language, "subject": filled.subject, "body": filled.html}
        frame = parts("frame", dict(zip(FRAME, paragraphs, strict=True)))
        templates = templates_of(process) if LAYOUT in process.files else _program_layout()
        html = templates.rendered(LAYOUT, {**values, **page, "frame": frame})
    last = "\n".join(filter(None, (farewell, *signed)))
    text = "\n\n".join(part for part in (greeting, filled.text, question, last) if part)
    html = html.replace(LINE_BREAK, "\n").strip()
    return Letter(filled.subject, f"{text}\n", f"{html}\n", language)


def _question(process: Process, language: str) -> str:
    service = process.definition.config.service
    if service is None or not service.telephone:
        return _("A question? Just answer this mail.")
    text = _("A question? Answer this mail, or call {telephone}.")
    if service.hours is not None:
        text = _("A question? Answer this mail, or call {telephone} ({hours}).")
    hours = "" if service.hours is None else service.hours.in_(language)
    return text.format(telephone=service.unbroken_telephone, hours=hours)


@lru_cache(_PROCESSES_KEPT)
def templates_of(process: Process) -> Templates:
    """The templates of a process, each compiled once."""
    return Templates(process.files)


@cache
def _program_layout() -> Templates:
    return Templates({LAYOUT: data("process/letters/layout.html.j2").read_bytes()})
