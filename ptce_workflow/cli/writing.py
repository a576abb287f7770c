"""Files that commands write: over another one only on a yes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ptce_workflow.base.words import _
from ptce_workflow.cli.asking import agreed
from ptce_workflow.cli.faults import DONE, NOT_DONE
from ptce_workflow.cli.invocation import Invocation
from ptce_workflow.cli.parameters import alone
from ptce_workflow.papers.formats import FORMATS, as_written

if TYPE_CHECKING:
    from ptce_workflow.app.outputs import OutputFile
    from ptce_workflow.papers.report import Report


def output_file(
    call: Invocation, file: Path, forms: Sequence[str], *, any_name: bool = False
) -> OutputFile:
    """The file that a command is to write; see `app.outputs.output_file`."""
    # Imported here for start-up time: `--help` builds every command and writes nothing.
    from ptce_workflow.app import outputs

    return outputs.output_file(call.contest_dir, file, forms, any_name=any_name)


def written(call: Invocation, file: OutputFile, content: bytes, *, yes: bool) -> bool:
    """Writes a file, unless one is there already and nobody says yes; True when it did.

    *Raises* Misuse when nobody is there to be asked, OSError when the machine refuses.
    """
    if may_write(call, file, yes=yes):
        file.write(content)
        return True
    return False


def may_write(call: Invocation, file: OutputFile, *, yes: bool) -> bool:
    """True when no file is there already, or somebody says yes to its being replaced.

    *Raises* Misuse when nobody is there to be asked.
    """
    question = _("{file} is there already, perhaps filled in. Replace it?").format(file=file.path)
    if yes or not file.is_there or agreed(call.out, question):
        return True
    call.out.remark(_("Nothing was written."))
    return False


def shown(
    call: Invocation,
    report: Callable[[], Report],
    data: Callable[[], Any],
    file: Path | None = None,
    *,
    yes: bool = False,
    forms: Sequence[str] = FORMATS,
) -> int:
    """Prints a report, or its data, or writes it in a file; the exit code."""
    if file is not None:
        alone("-o", {"--json": call.out.as_data})
        target = output_file(call, file, forms)
        if not written(call, target, as_written(report(), target.form), yes=yes):
            return NOT_DONE
        call.out.tell(_("Written: {file}").format(file=file))
    elif call.out.as_data:
        call.out.data(data())
    else:
        from ptce_workflow.cli.terminal import print_report

        print_report(call.out, report())
    return DONE
