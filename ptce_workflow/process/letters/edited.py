"""A letter that a person rewrites for its one reader: its Markdown, and what becomes of it.

What the program puts around a letter stays the program's: the greeting, the signature, and the
texts that such a letter ends with, which tell of remedies and of personal data.
"""

from __future__ import annotations

from ptce_workflow.base.words import _
from ptce_workflow.process.letters.markdown import (
    fill,
    outline_of,
    prefix_of,
    read_markdown,
    shown_alone,
    written_out,
)
from ptce_workflow.process.letters.readable import LONGEST_SUBJECT, LONGEST_TEXT, TemplateFault
from ptce_workflow.process.letters.render import (
    appended,
    framed,
    language_of,
    misheaded,
    source_of,
    unanswered,
)
from ptce_workflow.process.letters.values import Letter, Subject
from ptce_workflow.process.letters.variables import variables
from ptce_workflow.process.process import Process


def draft(process: Process, name: str, language: str, subject: Subject) -> str:
    """The Markdown of a letter to one reader, for a person to change.

    *Raises* TemplateFault when its templates give none.
    """
    spoken = language_of(process, name, language)
    known = variables(process, name, spoken, subject)
    parts, prefix, values = source_of(process, name, spoken, known, ())
    return f"{written_out(parts[0], prefix, values)}\n"


def edited(process: Process, name: str, language: str, subject: Subject, source: str) -> Letter:
    """The letter to one reader in the words of a person, from `draft` or not.

    *Raises* TemplateFault for words that would be read otherwise than they are meant.
    """
    spoken = language_of(process, name, language)
    known = variables(process, name, spoken, subject)
    own, owed = shown_alone(source), appended(process, name, subject)
    (_mail, *texts), prefix, values = source_of(process, name, spoken, known, owed)
    ending = [written_out(text, prefix, values) for text in texts]
    whole = "\n\n".join((own, *ending))
    _sound(own, whole, spoken)
    found = fill(read_markdown(whole, spoken), prefix_of([whole]), ())
    return framed(process, found, name, spoken, known)


def _sound(own: str, whole: str, language: str) -> None:
    """Lets through what a person has written, if it can be a letter.

    *Raises* TemplateFault for anything else.
    """
    read = outline_of(whole, language)
    if len(read.headings) != 1 or not read.subject:
        raise misheaded(read.headings)
    for loose in read.loose:
        raise unanswered(loose)
    if not outline_of(own, language).body:
        raise TemplateFault(_("This mail says nothing below its subject."))
    if len(read.subject) > LONGEST_SUBJECT or len(whole) > LONGEST_TEXT:
        raise TemplateFault(
            _("This mail is too long."),
            _("A subject has at most {subject} characters, a mail {text}.").format(
                subject=LONGEST_SUBJECT, text=LONGEST_TEXT
            ),
        )
