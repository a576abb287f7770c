"""A question to the person at the keyboard, before something that cannot be taken back."""

from __future__ import annotations

import sys
from typing import TextIO

from ptce_workflow.base.errors import Misuse
from ptce_workflow.base.words import _
from ptce_workflow.cli.layout import safe
from ptce_workflow.cli.output import Output


def agreed(out: Output, question: str, stdin: TextIO | None = None) -> bool:
    """Whether the person at the keyboard says yes; anything else, or nothing, is no.

    *Raises* Misuse when nobody is there to answer: programs say it beforehand, with --yes.
    """
    answers = sys.stdin if stdin is None else stdin
    if answers is None or not (out.is_terminal(answers) and out.is_terminal(out.stderr)):
        raise Misuse(
            _("Nobody is here to answer: {question}").format(question=question),
            mend=_("Say yes beforehand: {option}").format(option="--yes"),
        )
    print(safe(question), _("[y/N]"), end=" ", file=out.stderr, flush=True)
    # Both languages are understood: whoever types follows habit.
    return answers.readline().strip().lower() in ("y", "yes", "o", "oui")
