"""What the program proposes about the answers of a form; nothing here decides."""

from __future__ import annotations

from ptce_workflow.papers.returned import FormRead
from ptce_workflow.process.process import Process


def reviewed(process: Process, form: FormRead) -> FormRead:
    """The form with the answers that a person has to look at marked `to_confirm`, and why."""
    return form
