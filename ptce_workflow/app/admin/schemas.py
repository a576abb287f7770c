"""The JSON Schemas that editors read, put beside the files of a contest folder."""

from __future__ import annotations

from pathlib import Path

from ptce_workflow.app.locations import OutputFile, read_folder
from ptce_workflow.base.errors import Misuse
from ptce_workflow.base.words import _
from ptce_workflow.process.model.schemas import FOLDER, with_directive, written_schemas
from ptce_workflow.process.process import Process


def write_schemas(folder: Path, *, lines: bool = False) -> tuple[Path, ...]:
    """Writes the schemas into a folder's `schemas/`; the files that changed.

    They are no part of the process. With `lines`, each TOML file of the folder that names no
    schema yet names its own on a new first line: that changes the process, and is adopted.

    *Raises* Misuse for a folder of the first edition, FolderFaults where lines cannot be added
    to one that does not read.
    """
    files = read_folder(folder)
    made = written_schemas()
    if lines:
        if Process.load(files).definition.edition == 1:
            raise Misuse(
                _("This folder is of the first edition: it says each phrase in two languages."),
                mend=_("`ptce migrate` makes one of the second edition of it."),
            )
        made |= {name: with_directive(name, content) for name, content in files.items()}
    changed = []
    (folder / FOLDER).mkdir(exist_ok=True)
    for name, content in made.items():
        path = folder / name
        if not path.is_file() or path.read_bytes() != content:
            OutputFile(path, path.suffix).write(content)
            changed.append(path)
    return tuple(changed)
