"""What is written in a contest folder: catalogues and schemas."""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct

from ptce_workflow.app.locations import (
    OutputFile,
    database_url,
    read_folder,
)
from ptce_workflow.base.errors import Finding, FolderFaults, Misuse
from ptce_workflow.base.words import _
from ptce_workflow.process.model.catalogues import po_of
from ptce_workflow.process.model.folder import CONFIG, catalogue_file, mail_file
from ptce_workflow.process.model.positions import located
from ptce_workflow.process.model.reading import read_definition
from ptce_workflow.process.model.schemas import FOLDER, with_directive, written_schemas
from ptce_workflow.process.model.translating import refreshed
from ptce_workflow.process.process import Process
from ptce_workflow.store.sqlite import heads


class Translated(Struct, frozen=True):
    """A catalogue that was written: its phrases, how many wait, the mails without a text."""

    file: Path
    phrases: int
    missing: int
    mails: tuple[str, ...]


def other_ledger(folder: Path, process: Process) -> tuple[Finding, ...]:
    """The fault of a folder whose contest has another id than the ledger in the file beside it."""
    file, own = database_url(folder), process.definition.config.contest.id
    kept = sorted(heads(file)) if isinstance(file, Path) and file.exists() else []
    if not kept or own in kept:
        return ()
    what = _("The ledger beside this folder is that of {ids}.").format(ids=", ".join(kept))
    why = _("The id of a contest does not change once it has begun.")
    mend = _("Put contest.id back, or begin this contest in another folder.")
    return located(process.files, [Finding(CONFIG, "contest.id", what, why, mend)])


def translate(folder: Path, language: str) -> Translated:
    """Writes the catalogue of a folder in a language; one that is there keeps what it says.

    *Raises* Misuse for a language that is none, or that of the folder; FolderFaults for a folder
    that does not read.
    """
    files = read_folder(folder)
    definition, faults = read_definition(files)
    if definition is None:
        raise FolderFaults(faults)
    if language == definition.config.contest.language:
        raise Misuse(
            _("The folder itself is written in this language: {tag}.").format(tag=language)
        )
    name = catalogue_file(language)
    content = refreshed(definition, language, files.get(name))
    path = folder / name
    if content != files.get(name):
        path.parent.mkdir(exist_ok=True)
        OutputFile(path, ".po").write(content)
    said = [entry for entry in po_of(content) if entry.id]
    mails = [mail_file(one, language) for one in definition.notifications]
    return Translated(
        path,
        len(said),
        sum(not entry.string for entry in said),
        tuple(mail for mail in mails if mail not in files),
    )


def write_schemas(folder: Path, *, lines: bool = False) -> tuple[Path, ...]:
    """Writes the schemas into a folder's `schemas/`; the files that changed.

    They are no part of the process. With `lines`, each TOML file of the folder that names no
    schema yet names its own on a new first line: that changes the process, and is adopted.

    *Raises* FolderFaults where lines cannot be added to a folder that does not read.
    """
    files = read_folder(folder)
    made = written_schemas()
    if lines:
        Process.load(files)
        made |= {name: with_directive(name, content) for name, content in files.items()}
    changed = []
    (folder / FOLDER).mkdir(exist_ok=True)
    for name, content in made.items():
        path = folder / name
        if not path.is_file() or path.read_bytes() != content:
            OutputFile(path, path.suffix).write(content)
            changed.append(path)
    return tuple(changed)
