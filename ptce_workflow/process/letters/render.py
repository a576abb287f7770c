"""The letters of a process: what a mail says to one reader, as text and as HTML."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from typing import Any

from jinja2 import Environment, PackageLoader

from ptce_workflow.base.geography import Gazetteer
from ptce_workflow.base.words import LANGUAGES, _, speaking
from ptce_workflow.process.fields import Places
from ptce_workflow.process.first_edition.letters import letter_of_two
from ptce_workflow.process.letters.markdown import Filled, Marks, fill, prefix_of, read_markdown
from ptce_workflow.process.letters.readable import TemplateFault, parts
from ptce_workflow.process.letters.sandbox import LINE_BREAK, MARKS
from ptce_workflow.process.letters.templates import Templates
from ptce_workflow.process.letters.values import Letter, Subject
from ptce_workflow.process.letters.variables import variables
from ptce_workflow.process.model.folder import layout_file, mail_file
from ptce_workflow.process.process import Process

_LAYOUT = "layout.html.j2"
_PROCESSES_KEPT = 4


def letter(
    process: Process, name: str, language: str, subject: Subject, *, places: Places = Gazetteer
) -> Letter:
    """The letter of a notification to one reader; the same facts, the same letter.

    It is in another language than the one asked for where the folder has no text in that one.

    *Raises* TemplateFault, in the language in force, when its templates give none.
    """
    spoken = language_of(process, name, language)
    known = variables(process, name, spoken, subject, places=places)
    return write(process, name, spoken, known)


def language_of(process: Process, name: str, language: str) -> str:
    """The language in which a notification is written to who reads one."""
    source = mail_file(name) in process.files
    own = process.definition.config.contest.language
    return own if source and mail_file(name, language) not in process.files else language


def write(
    process: Process,
    name: str,
    language: str,
    known: Mapping[str, Any],
    *,
    strict: bool = False,
) -> Letter:
    """The letter of a notification, from the variables of its templates.

    *Raises* TemplateFault when its templates give none; where `strict`, for signs of Markdown too
    that nothing closes: they are shown as they stand, and no mail waits for that.
    """
    templates = templates_of(process)
    if mail_file(name) not in process.files:
        return letter_of_two(templates, name, language, known)
    own = process.definition.config.contest.language
    file = mail_file(name) if language == own else mail_file(name, language)
    prefix = prefix_of([process.files[file].decode()])
    marks = Marks(prefix)
    source = templates.rendered(file, {**known, MARKS: marks})
    skeleton = read_markdown(source.strip("\n"), language)
    if skeleton.headings != 1 or not skeleton.subject:
        raise TemplateFault(
            _("This mail has {count} headings.").format(count=skeleton.headings),
            _("Its subject is its one heading, a line that begins with #."),
            _("Write ## before headings within the mail."),
            file=file,
        )
    if strict and skeleton.loose:
        raise TemplateFault(
            _("{sign} opens or closes something, and nothing answers it.").format(
                sign=skeleton.loose[0]
            ),
            _("It would be shown as it stands."),
            _("Write the sign that is missing, or \\ before a sign that is meant as it is."),
            file=file,
        )
    found = fill(skeleton, prefix, marks.values)
    with speaking(language if language in LANGUAGES else LANGUAGES[0]):
        return _framed(process, found, language, known, for_desk=name in _desk_mails(process))


def _framed(
    process: Process, found: Filled, language: str, known: Mapping[str, Any], *, for_desk: bool
) -> Letter:
    """The letter between its greeting and its signature, which are the same for all."""
    greeting = _("Hello,")
    question = "" if for_desk else _("A question? Just answer this mail.")
    closing = [*([] if for_desk else [_("Kind regards,")]), *_signature(process, language)]
    about = str(known["contest"].part("title"))
    if "candidature" in known:
        about = _("{contest}, application {ref}").format(
            contest=about, ref=known["candidature"].part("ref")
        )
    frame = parts(
        "frame",
        {
            "greeting": greeting,
            "question": question,
            "closing": closing,
            "about": about,
            "opening": found.opening,
        },
    )
    page = {"language": language, "subject": found.subject, "body": found.html, "frame": frame}
    own = layout_file(_LAYOUT) in process.files
    html = (templates_of(process) if own else _program_layout()).rendered(
        layout_file(_LAYOUT), {**known, **page}
    )
    last = "\n".join([*closing, about])
    text = "\n\n".join(part for part in (greeting, found.text, question, last) if part)
    html = html.replace(LINE_BREAK, "\n").strip()
    return Letter(found.subject, f"{text}\n", f"{html}\n", language)


def _signature(process: Process, language: str) -> Iterator[str]:
    yield _("The contest desk")


def _desk_mails(process: Process) -> frozenset[str]:
    notifications = process.definition.notifications
    return frozenset(name for name, one in notifications.items() if one.recipients.read_digest)


@lru_cache(_PROCESSES_KEPT)
def templates_of(process: Process) -> Templates:
    """The templates of a process, each compiled once."""
    return Templates(process.files)


@cache
def _program_layout() -> Templates:
    loader = PackageLoader("ptce_workflow.process", "letters")
    source, *_more = loader.get_source(Environment(), _LAYOUT)
    return Templates({layout_file(_LAYOUT): source.encode()})
