"""A question to the person at the keyboard, before something that cannot be taken back."""

from __future__ import annotations

import sys
from typing import TextIO

from ptce_workflow.base import speech
from ptce_workflow.base.errors import Misuse
from ptce_workflow.base.words import _
from ptce_workflow.cli.layout import safe
from ptce_workflow.cli.output import Output


def agreed(out: Output, question: str, stdin: TextIO | None = None) -> bool:
    """True where the person at the keyboard says yes; anything else, or nothing, is no.

    *Raises* Misuse when nobody is there to answer: programs say it beforehand, with --yes.
    """
    nobody = _("Nobody is here to answer: {question}").format(question=question)
    must_be_here(out, nobody, _("Say yes beforehand: {option}").format(option="--yes"), stdin)
    # Every language is understood: whoever types follows habit.
    asked = " ".join((question, _("[y/N]")))
    return speech.agrees(entered(out, asked, stdin))


def must_be_here(out: Output, nobody: str, mend: str, stdin: TextIO | None = None) -> None:
    """Makes sure that a person is at the keyboard.

    *Raises* Misuse with what to say where nobody is, and how to go on without.
    """
    answers = sys.stdin if stdin is None else stdin
    if answers is None or not (out.is_terminal(answers) and out.is_terminal(out.stderr)):
        raise Misuse(nobody, mend=mend)


def entered(out: Output, said: str, stdin: TextIO | None = None) -> str:
    """The answer that the person at the keyboard types, without the blanks around it."""
    print(safe(said), end=" ", file=out.stderr, flush=True)
    return (sys.stdin if stdin is None else stdin).readline().strip()
