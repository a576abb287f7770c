"""Templates: four for each notification, and each one reads and gives a letter."""

from __future__ import annotations

from collections.abc import Iterator

from ptce_workflow.base.errors import Finding
from ptce_workflow.base.gazetteer import Gazetteer
from ptce_workflow.base.words import LANGUAGES, _
from ptce_workflow.process.folder import LAYOUTS, TEMPLATES, layout_file, notification_file
from ptce_workflow.process.notifications.faults import TemplateFault
from ptce_workflow.process.notifications.letters import templates_of
from ptce_workflow.process.notifications.samples import samples
from ptce_workflow.process.notifications.templates import Templates
from ptce_workflow.process.notifications.variables import variables
from ptce_workflow.process.process import Process


def faults(process: Process) -> Iterator[Finding]:
    """Templates that are missing or cannot be read, and layouts that cannot."""
    templates = templates_of(process)
    for layout in LAYOUTS:
        if layout_file(layout) in process.files:
            yield from _unread(templates, layout_file(layout))
    for name in process.definition.notifications:
        for template in TEMPLATES:
            file = notification_file(name, template)
            if file in process.files:
                yield from _unread(templates, file)
            else:
                yield Finding(
                    file,
                    "",
                    _("This template is missing."),
                    _("Every mail is written as text and as HTML, in every language."),
                )


def unwritten(process: Process) -> Iterator[Finding]:
    """Templates that read, and give no letter on some sample; each is told once.

    The folder has no other fault: what letters tell is worked out as it is for people.
    """
    templates = templates_of(process)
    for name in process.definition.notifications:
        for language in LANGUAGES:
            for subject in samples(process, name):
                known = variables(process, name, language, subject, places=Gazetteer)
                try:
                    templates.render(name, language, known)
                except TemplateFault as fault:
                    yield fault.finding
                    break


def _unread(templates: Templates, file: str) -> Iterator[Finding]:
    try:
        templates.read(file)
    except TemplateFault as fault:
        yield fault.finding
