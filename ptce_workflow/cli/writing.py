"""What a command answers: printed, written as data, or in a file; and the questions it asks."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from msgspec import Struct

from ptce_workflow.base import speech
from ptce_workflow.base.errors import Misuse
from ptce_workflow.base.words import _
from ptce_workflow.cli.faults import DONE, NOT_DONE
from ptce_workflow.cli.invocation import Invocation
from ptce_workflow.cli.output import Output, safe
from ptce_workflow.cli.parameters import alone
from ptce_workflow.papers.formats import FORMATS, as_written
from ptce_workflow.papers.report import rehearsed

if TYPE_CHECKING:
    from ptce_workflow.app.locations import OutputFile
    from ptce_workflow.papers.report import Part, Report


class Answer(Struct, frozen=True):
    """What a command has to show: a report, or parts of one that are printed as they come.

    `data` is what `--json` writes: whatever holds the names of the command's shape, or a function
    that finds it. `told` is said of a report once it is written in a file, one of the `forms`.
    """

    shown: Callable[[], Report] | Iterable[Part]
    data: Any = None
    code: int = DONE
    told: Callable[[], Iterable[Part]] | None = None
    forms: Sequence[str] = FORMATS


def give(call: Invocation, answer: Answer, shape: str) -> int:
    """Prints an answer, or its data, or writes it in the file that was named; the exit code.

    *Raises* Misuse when nobody is there to be asked, OSError when the machine refuses.
    """
    if call.file is not None:
        alone("-o", {"--json": call.out.as_data})
        target = output_file(call, call.file, answer.forms)
        assert callable(answer.shown), "what may be written in a file is a report"
        report = _dated(call, answer.shown())
        marked = rehearsed(report) if call.rehearses else report
        if not written(call, target, as_written(marked, target.form)):
            return NOT_DONE
        if answer.told is None:
            call.out.tell(_("Written: {file}").format(file=call.file))
        else:
            show(call.out, answer.told())
        show(call.out, report.asides)
    elif call.out.as_data:
        call.out.data(answer.data() if callable(answer.data) else answer.data, shape)
    else:
        shown = answer.shown
        show(call.out, _dated(call, shown()).parts if callable(shown) else shown)
    return answer.code


def _dated(call: Invocation, report: Report) -> Report:
    """A report as of an earlier instant: that is said first, and nothing is proposed to be done."""
    if call.as_of is None:
        return report
    from ptce_workflow.cli.views.then import as_it_stood

    return as_it_stood(call.contest, report)


def show(out: Output, parts: Iterable[Part]) -> None:
    """Prints parts as they come."""
    # Imported here for start-up time: `--help` builds every command and shows no report.
    from ptce_workflow.cli.terminal import print_parts

    print_parts(out, parts)


def output_file(
    call: Invocation, file: Path, forms: Sequence[str], *, any_name: bool = False
) -> OutputFile:
    """The file that a command is to write; see `app.locations.output_file`."""
    from ptce_workflow.app import locations

    return locations.output_file(call.contest_dir, file, forms, any_name=any_name)


def written(call: Invocation, file: OutputFile, content: bytes) -> bool:
    """Writes a file, unless one is there already and nobody says yes; True when it did.

    *Raises* Misuse when nobody is there to be asked, OSError when the machine refuses.
    """
    if may_write(call, file):
        file.write(content)
        return True
    return False


def write(call: Invocation, file: OutputFile, content: bytes) -> int:
    """Writes a file that a command is asked for, and says so; see `written`. The exit code."""
    if not written(call, file, content):
        return NOT_DONE
    call.out.tell(_("Written: {file}").format(file=file.path))
    return DONE


def may_write(call: Invocation, file: OutputFile) -> bool:
    """True when no file is there already, or somebody says yes to its being replaced.

    *Raises* Misuse when nobody is there to be asked.
    """
    question = _("{file} is there already, perhaps filled in. Replace it?").format(file=file.path)
    return not file.is_there or agreed(call, question, _("Nothing was written."))


def agreed(call: Invocation, question: str, otherwise: str, stdin: TextIO | None = None) -> bool:
    """True where `--yes` was typed, or the person at the keyboard says so.

    Anything else, or nothing, is no: `otherwise` says that nothing was done.

    *Raises* Misuse when nobody is there to answer: programs say it beforehand, with --yes.
    """
    if call.yes:
        return True
    nobody = _("Nobody is here to answer: {question}").format(question=question)
    mend = _("Say yes beforehand: {option}").format(option="--yes")
    must_be_here(call.out, nobody, mend, stdin)
    asked = " ".join((question, _("[y/N]")))
    # Every language is understood: whoever types follows habit.
    if speech.agrees(entered(call.out, asked, stdin)):
        return True
    call.out.remark(otherwise)
    return False


def must_be_here(out: Output, nobody: str, mend: str, stdin: TextIO | None = None) -> None:
    """Makes sure that a person is at the keyboard.

    *Raises* Misuse with what to say where nobody is, and how to go on without.
    """
    if not is_somebody_here(out, stdin):
        raise Misuse(nobody, mend=mend)


def is_somebody_here(out: Output, stdin: TextIO | None = None) -> bool:
    """True when a person is at the keyboard, and reads what is asked."""
    answers = sys.stdin if stdin is None else stdin
    return answers is not None and out.is_terminal(answers) and out.is_terminal(out.stderr)


def entered(out: Output, said: str, stdin: TextIO | None = None) -> str:
    """The answer that the person at the keyboard types, without the blanks around it."""
    print(safe(said), end=" ", file=out.stderr, flush=True)
    return (sys.stdin if stdin is None else stdin).readline().strip()
