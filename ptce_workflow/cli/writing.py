"""Files that commands write: over another one only on a yes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ptce_workflow.base.words import _
from ptce_workflow.cli.asking import agreed
from ptce_workflow.cli.invocation import Invocation

if TYPE_CHECKING:
    from ptce_workflow.desk.outputs import OutputFile


def output_file(
    call: Invocation, file: Path, forms: Sequence[str], *, any_name: bool = False
) -> OutputFile:
    """The file that a command is to write; see `desk.outputs.output_file`."""
    # Imported here for start-up time: `--help` builds every command and writes nothing.
    from ptce_workflow.desk import outputs

    return outputs.output_file(call.contest_dir, file, forms, any_name=any_name)


def written(call: Invocation, file: OutputFile, content: bytes, *, yes: bool) -> bool:
    """Writes a file, unless one is there already and nobody says yes; True when it did.

    *Raises* Misuse when nobody is there to be asked, OSError when the machine refuses.
    """
    if file.is_there and not yes:
        question = _("{file} is there already, perhaps filled in. Replace it?")
        if not agreed(call.out, question.format(file=file.path)):
            call.out.remark(_("Nothing was written."))
            return False
    file.write(content)
    return True
