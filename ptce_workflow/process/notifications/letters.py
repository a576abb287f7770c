"""Writes the letter of a notification, in the language of whoever reads it."""

from __future__ import annotations

from functools import lru_cache

from ptce_workflow.base.gazetteer import Gazetteer
from ptce_workflow.process.fields import Places
from ptce_workflow.process.notifications.templates import Templates
from ptce_workflow.process.notifications.told import Letter, Subject
from ptce_workflow.process.notifications.variables import variables
from ptce_workflow.process.process import Process

_PROCESSES_KEPT = 4


def letter(
    process: Process, name: str, language: str, subject: Subject, *, places: Places = Gazetteer
) -> Letter:
    """The letter of a notification (`fr` or `en`) to one reader; the same facts, the same letter.

    *Raises* TemplateFault, in the language in force, when its templates give none.
    """
    known = variables(process, name, language, subject, places=places)
    return templates_of(process).render(name, language, known)


@lru_cache(_PROCESSES_KEPT)
def templates_of(process: Process) -> Templates:
    """The templates of a process, each compiled once."""
    return Templates(process.files)
