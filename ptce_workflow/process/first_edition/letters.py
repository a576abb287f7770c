"""The letters of the first edition: four templates a mail, a text and a page in each language."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from markupsafe import escape

from ptce_workflow.base.words import _
from ptce_workflow.process.letters.markdown import Filled, plain
from ptce_workflow.process.letters.readable import LONGEST_SUBJECT, TemplateFault
from ptce_workflow.process.letters.sandbox import LINE_BREAK
from ptce_workflow.process.letters.templates import Templates
from ptce_workflow.process.letters.values import Letter
from ptce_workflow.process.model.folder import notification_file

_CONTROLS = ("Cc", "Cs", "Zl", "Zp")
_ITEM = re.compile(r"[-*] |\d+[.)] ")
_MANY_BLANK_LINES = re.compile(r"\n{3,}")


def letter_of_two(
    templates: Templates, name: str, language: str, variables: Mapping[str, Any]
) -> Letter:
    """The letter of a notification whose text and page are two templates, in one language.

    *Raises* TemplateFault when a template gives none.
    """
    known = {**variables, "language": language}
    text_file = notification_file(name, f"{language}.txt.j2")
    subject, body = _letter_of(text_file, templates.rendered(text_file, known))
    html_file = notification_file(name, f"{language}.html.j2")
    html = templates.rendered(html_file, {**known, "subject": subject})
    html = html.replace(LINE_BREAK, "\n").strip()
    if not html:
        raise TemplateFault(_("This template gives nothing."), file=html_file)
    return Letter(subject=subject, text=body, html=f"{html}\n", language=language)


def draft_of_two(letter: Letter) -> str:
    """The Markdown of a letter, for a person to change."""
    lines = [*map(_marked, letter.text.strip("\n").split("\n")), ""]
    body = "\n".join(
        f"{line}\\" if line and after and not _ITEM.match(after) else line
        for line, after in pairwise(lines)
    )
    return f"# {plain(letter.subject)}\n\n{body}\n"


def _marked(line: str) -> str:
    """A line of a text as Markdown; an item of a list stays one."""
    item = _ITEM.match(line)
    sign = item[0] if item else ""
    return f"{sign}{plain(line[len(sign) :])}"


def letter_of_one(found: Filled, language: str) -> Letter:
    """A letter that a person has written: no layout of the folder is made for it."""
    head = f'<meta charset="utf-8">\n<title>{escape(found.subject)}</title>'
    page = f'<html lang="{language}">\n<head>\n{head}\n</head>\n<body>\n{found.html}</body>'
    return Letter(found.subject, f"{found.text}\n", f"<!DOCTYPE html>\n{page}\n</html>\n", language)


def _letter_of(file: str, rendered: str) -> tuple[str, str]:
    """The subject and the text: the first line, and what follows."""
    subject, _break, rest = rendered.partition("\n")
    subject = subject.strip()
    if not subject:
        raise TemplateFault(_("This template gives no subject."), _told_subject(), file=file)
    if any(unicodedata.category(character) in _CONTROLS for character in subject):
        raise TemplateFault(
            _("The subject holds a line break or another control character."),
            _("It would end the line, and begin another in the head of the mail."),
            file=file,
        )
    if len(subject) > LONGEST_SUBJECT:
        raise TemplateFault(
            _("The subject has {count} characters.").format(count=len(subject)),
            _("{limit} are accepted at most.").format(limit=LONGEST_SUBJECT),
            _("Shorten it."),
            file=file,
        )
    lines = (line.rstrip() for line in rest.replace(LINE_BREAK, "\n").split("\n"))
    body = _MANY_BLANK_LINES.sub("\n\n", "\n".join(lines)).strip("\n")
    if not body:
        raise TemplateFault(_("This template gives no text."), _told_subject(), file=file)
    return subject, f"{body}\n"


def _told_subject() -> str:
    return _("The first line of a text template is the subject, the rest is the text.")
