"""The letters of a process: what a mail says to one reader, as text and as HTML."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import cache, lru_cache
from typing import Any

from ptce_workflow.base import speech
from ptce_workflow.base.runtime import data
from ptce_workflow.base.words import _, own_language, speaking
from ptce_workflow.process.letters.markdown import (
    Filled,
    Loose,
    Marks,
    fill,
    outline_of,
    prefix_of,
    read_markdown,
)
from ptce_workflow.process.letters.readable import Passage, Readable, TemplateFault, parts
from ptce_workflow.process.letters.source import stand_of_heading, stand_of_sign
from ptce_workflow.process.letters.templates import LINE_BREAK, MARKS, Templates
from ptce_workflow.process.letters.values import Dated, Letter, Subject
from ptce_workflow.process.letters.variables import variables, variables_of_text
from ptce_workflow.process.machine import Way
from ptce_workflow.process.model.folder import LAYOUT, mail_file, text_file
from ptce_workflow.process.process import Process, signature

REMEDIES, SILENCE, PRIVACY, RANKING = "remedies", "silence", "privacy", "ranking"
"""The texts that the program puts where they belong."""

BY_TIME = "by_time"
"""What the program itself says of a decision that time made."""

_FRAME = ("greeting", "question", "farewell", "signed", "opening")
_PROCESSES_KEPT = 4


def letter(process: Process, name: str, language: str, subject: Subject) -> Letter:
    """The letter of a notification to one reader; the same facts, the same letter.

    It is in another language than the one asked for where the folder has no text in that one.

    *Raises* TemplateFault, in the language in force, when its templates give none.
    """
    spoken = language_of(process, name, language)
    known = variables(process, name, spoken, subject)
    return write(process, name, spoken, known, appended(process, name, subject))


def taken_back(process: Process, language: str, subject: Subject, dated: Dated) -> Letter:
    """The letter by which a calendar entry is taken back: no template of the folder says it."""
    known = variables_of_text(process, language, subject)
    with speaking(own_language(language)):
        marks = Marks(_prefix(process))
        title = marks.mark(dated.title)
        when = marks.mark(speech.long_instant(dated.begins, process.zone, language))
        heading = _("Cancelled: {title}, {when}").format(title=title, when=when)
        said = _("You are not expected any more: its entry goes out of your calendar.")
        source = f"# {heading}\n\n{said}\n"
    found = fill(read_markdown(source, language), _prefix(process), marks.values)
    return framed(process, found, "", language, known)


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
    made, receipt = subject.transition, subject.receipt
    way = None if made is None else process.ways(made.from_).get(made.name)
    by_rank = way is not None and (way.decided or way.transition.in_order is not None)
    own = made is not None and made.by_time and way is not None and way.transition.decision
    case = subject.case
    figures = {} if case is None else case.panels
    waits = case is not None and not process.states[case.state].ends
    owed = {
        BY_TIME: bool(own),
        RANKING: by_rank and any("rank" in one for one in figures.values()),
        remedies_of(way): way is not None and way.transition.is_contestable,
        SILENCE: waits and receipt is not None and receipt.sheet not in process.definition.requests,
        PRIVACY: subject.first,
    }
    known = (BY_TIME, *_titles(process))
    return tuple(text for text, due in owed.items() if due and text in known)


def remedies_of(way: Way | None) -> str:
    """The text that tells the remedies against what a way decides."""
    return (None if way is None else way.transition.remedies) or REMEDIES


def write(
    process: Process,
    name: str,
    language: str,
    known: Mapping[str, Any],
    ending: Collection[str] = (),
) -> Letter:
    """The letter of a notification, from the variables of its templates.

    `ending` are the texts that it ends with, where it does not print them itself.

    *Raises* TemplateFault when its templates give none.
    """
    source, prefix, values = _source(process, name, language, known, ending)
    found = fill(read_markdown(source, language), prefix, values)
    return framed(process, found, name, language, known)


def attempt(
    process: Process,
    name: str,
    language: str,
    known: Mapping[str, Any],
    ending: Collection[str] = (),
) -> None:
    """Tries a letter as far as the folder can be at fault: the program's own page always stands.

    *Raises* TemplateFault where `write` does, and for signs of Markdown too that nothing closes:
    they are shown as they stand, and no mail waits for that.
    """
    _hold(process, name, language, known, ending)
    if LAYOUT in process.files:
        write(process, name, language, known, ending)
    source, _prefix, _values = _source(process, name, language, known, ending)
    for loose in outline_of(source, language).loose:
        raise _unanswered(process, name, language, loose)


def _hold(
    process: Process, name: str, language: str, known: Mapping[str, Any], ending: Collection[str]
) -> None:
    """Holds the paths of a letter's templates, in every branch, against its variables.

    *Raises* TemplateFault for the first that does not exist.
    """
    templates, held = templates_of(process), set[str]()

    def text(title: str) -> str:
        if title not in held and title != BY_TIME:
            held.add(title)
            templates.hold(_said_in(process, text_file, title, language), names)
        return ""

    names = {**known, "texts": Readable("texts", _titles(process), text)}
    templates.hold(_said_in(process, mail_file, name, language), names)
    for title in ending:
        text(title)
    if LAYOUT in process.files:
        frame = Readable("frame", _FRAME, lambda _name: None)
        templates.hold(LAYOUT, {**names, "subject": "", "body": "", "frame": frame})


def _unanswered(process: Process, name: str, language: str, loose: Loose) -> TemplateFault:
    mail = _said_in(process, mail_file, name, language)
    texts = [_said_in(process, text_file, one, language) for one in _titles(process)]
    files = {file: process.files[file].decode() for file in (mail, *texts) if file in process.files}
    return unanswered(loose, *(stand_of_sign(files, loose) or (mail, 0, 0)))


def unanswered(loose: Loose, file: str = "", line: int = 0, column: int = 0) -> TemplateFault:
    """The fault of a sign that nothing closes."""
    return TemplateFault(
        _("{sign} opens or closes something, and nothing answers it.").format(sign=loose.sign),
        _("It would be shown as it stands."),
        _("Write the sign that is missing, or \\ before a sign that is meant as it is."),
        file=file,
        line=line,
        column=column,
    )


def _titles(process: Process) -> list[str]:
    return [path[6:].removesuffix(".md") for path in process.files if path[:6] == "texts/"]


def _source(
    process: Process, name: str, language: str, known: Mapping[str, Any], ending: Collection[str]
) -> tuple[str, str, list[str]]:
    """The Markdown of a mail and its texts, how its marks begin, and what they stand for.

    *Raises* TemplateFault where it has not one heading.
    """
    parts, prefix, values = source_of(process, name, language, known, ending)
    whole = "\n\n".join(parts)
    read = outline_of(whole, language)
    if len(read.headings) != 1 or not read.subject:
        file = _said_in(process, mail_file, name, language)
        last = read.headings[-1] if read.headings else None
        stand = stand_of_heading(file, process.files[file].decode(), last)
        raise misheaded(read.headings, *stand)
    return whole, prefix, values


def source_of(
    process: Process, name: str, language: str, known: Mapping[str, Any], ending: Collection[str]
) -> tuple[list[str], str, list[str]]:
    """The Markdown of a mail, then of each text it ends with, and the marks within them.

    *Shape* how the marks begin, and what they stand for.
    """
    file = _said_in(process, mail_file, name, language)
    templates, prefix = templates_of(process), _prefix(process)
    marks = Marks(prefix)
    printed: set[str] = set()

    def text(name: str) -> Passage:
        printed.add(name)
        if name == BY_TIME:
            return Passage(_by_time(marks.mark(str(known["transition"].part("at"))), language))
        said = templates.rendered(_said_in(process, text_file, name, language), names)
        return Passage(said.strip("\n"))

    names = {**known, MARKS: marks}
    mail = {**names, "texts": Readable("texts", _titles(process), text)}
    source = templates.rendered(file, mail).strip("\n")
    parts = [source, *(text(one) for one in ending if one not in printed)]
    return parts, prefix, marks.values


def _by_time(when: str, language: str) -> str:
    """What the program says of a decision that nobody took, and what may be asked."""
    with speaking(own_language(language)):
        told = _(
            "This decision was made automatically on {when}: the program applied the rules of the "
            "contest, and nobody made it. You may ask for a person to look at it: answer this "
            "email."
        )
    return told.format(when=when)


def text_alone(process: Process, name: str, language: str, subject: Subject) -> str:
    """A text of the folder about a candidature, plain; "" where the folder has none of that name.

    *Raises* TemplateFault when its template gives none.
    """
    if text_file(name) not in process.files:
        return ""
    marks = Marks(_prefix(process))
    known = {**variables_of_text(process, language, subject), MARKS: marks}
    source = templates_of(process).rendered(_said_in(process, text_file, name, language), known)
    return fill(read_markdown(source.strip("\n"), language), _prefix(process), marks.values).text


def misheaded(
    headings: Sequence[str], file: str = "", line: int = 0, column: int = 0
) -> TemplateFault:
    """The fault of a mail that has not one heading."""
    return TemplateFault(
        _("This mail has {count} headings.").format(count=len(headings)),
        _("Its subject is its one heading, a line that begins with #."),
        _("Write ## before headings within the mail."),
        file=file,
        line=line,
        column=column,
    )


@lru_cache(_PROCESSES_KEPT)
def _prefix(process: Process) -> str:
    """How the marks of its letters begin: as nothing in its mails and texts does."""
    return prefix_of([one.decode() for file, one in process.files.items() if file[-3:] == ".md"])


def _said_in(process: Process, file: Callable[[str, str], str], name: str, language: str) -> str:
    """The file of a mail or a text in a language, else in that of the folder."""
    own = process.definition.config.contest.language
    other = file(name, "" if language == own else language)
    return other if other in process.files else file(name, "")


def framed(
    process: Process, found: Filled, name: str, language: str, known: Mapping[str, Any]
) -> Letter:
    """The letter between its greeting and its signature, which are the same for all."""
    with speaking(own_language(language)):
        return _framed(process, found, language, known, for_desk=name in _desk_mails(process))


def _framed(
    process: Process, found: Filled, language: str, known: Mapping[str, Any], *, for_desk: bool
) -> Letter:
    about = str(known["contest"].part("title"))
    if "candidature" in known:
        ref = known["candidature"].part("ref")
        about = _("{contest}, application {ref}").format(contest=about, ref=ref)
    question = "" if for_desk else _question(process, language)
    farewell = "" if for_desk else _("Kind regards,")
    signed = [*signature(process, language), about]
    greeting = _("Hello,")
    framed = (greeting, question, farewell, signed, found.opening)
    frame = dict(zip(_FRAME, framed, strict=True))
    page = {"language": language, "subject": found.subject, "body": found.html}
    own = LAYOUT in process.files
    html = (templates_of(process) if own else _program_layout()).rendered(
        LAYOUT, {**known, **page, "frame": parts("frame", frame)}
    )
    last = "\n".join(filter(None, (farewell, *signed)))
    text = "\n\n".join(part for part in (greeting, found.text, question, last) if part)
    html = html.replace(LINE_BREAK, "\n").strip()
    return Letter(found.subject, f"{text}\n", f"{html}\n", language)


def _question(process: Process, language: str) -> str:
    """What to do with a question: answer, or call."""
    service = process.definition.config.service
    if service is None or not service.telephone:
        return _("A question? Just answer this mail.")
    told = _("A question? Answer this mail, or call {telephone}.")
    if service.hours is not None:
        told = _("A question? Answer this mail, or call {telephone} ({hours}).")
    hours = "" if service.hours is None else service.hours.in_(language)
    return told.format(telephone=service.unbroken_telephone, hours=hours)


def _desk_mails(process: Process) -> frozenset[str]:
    notifications = process.definition.notifications
    return frozenset(name for name, one in notifications.items() if one.recipients.read_digest)


@lru_cache(_PROCESSES_KEPT)
def templates_of(process: Process) -> Templates:
    """The templates of a process, each compiled once."""
    return Templates(process.files)


@cache
def _program_layout() -> Templates:
    return Templates({LAYOUT: data("process/letters/layout.html.j2").read_bytes()})
