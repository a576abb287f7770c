"""What is written in a contest folder: catalogues, schemas, the second edition of a first."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from msgspec import Struct

from ptce_workflow.app.locations import (
    OutputFile,
    database_url,
    read_folder,
    unwritable,
    write_whole,
)
from ptce_workflow.base.errors import Finding, FolderFaults, Misuse
from ptce_workflow.base.words import _
from ptce_workflow.process.first_edition.migration import Migration, migrated
from ptce_workflow.process.model.catalogues import po_of
from ptce_workflow.process.model.definition import Definition
from ptce_workflow.process.model.folder import CONFIG, PARTS, Files, catalogue_file, mail_file
from ptce_workflow.process.model.positions import located
from ptce_workflow.process.model.reading import of_both, read_definition
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
    _check_edition(definition)
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


def _check_edition(definition: Definition) -> None:
    if definition.edition == 1:
        raise Misuse(
            _("This folder is of the first edition: it says each phrase in two languages."),
            mend=_("`ptce migrate` makes one of the second edition of it."),
        )


KEPT = "first-edition"
"""The folder, within that of the contest, in which the files of the first edition are kept."""


def migrate(folder: Path, *, dry_run: bool = False) -> Migration | None:
    """Rewrites a folder as one of the second edition; None for one that is of it already.

    All is worked out before anything is written; what was there is copied into `first-edition/`
    first. The configuration is written last; what an interruption leaves half done is ended.

    *Raises* FolderFaults for a folder that does not read, Misuse for one that is half of each
    edition or where `first-edition/` is there already, PtceError for one that cannot be written.
    """
    before, kept = read_folder(folder), folder / KEPT
    begun = _begun(before, kept) if (kept / CONFIG).is_file() else None
    try:
        found = begun or migrated(before)
    except Misuse:
        if kept.is_dir() and of_both(before):
            raise _unfinished(kept) from None
        raise
    if found is None or dry_run:
        return found
    if begun is None and kept.exists():
        raise Misuse(
            _("There is a folder {folder} already.").format(folder=kept),
            _("The files of the first edition are kept there."),
            _("Move it elsewhere, or put back what it holds."),
        )
    unfinished = folder / f".{KEPT}-{os.urandom(4).hex()}"
    try:
        if begun is None:
            _put(unfinished, before)
            unfinished.rename(kept)
        _put(folder, found.files)
        _sweep(folder, before.keys() - found.files.keys())
    except OSError as error:
        raise unwritable(folder, error) from error
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return found


def _begun(before: Files, kept: Path) -> Migration | None:
    """The migration that was interrupted; None where none was, or files were changed since."""
    first = read_folder(kept)
    try:
        found = migrated(first)
    except Misuse:
        return None
    if found is None:
        return None
    made = found.files
    left = [name for name in before if before[name] == first.get(name) != made.get(name)]
    known = (
        content in (first.get(name), made.get(name)) or _is_half_written(name)
        for name, content in before.items()
    )
    return found if left and all(known) else None


def _is_half_written(name: str) -> bool:
    last = name.rpartition("/")[2]
    return last.startswith(".") and last.endswith(".part")


def _unfinished(kept: Path) -> Misuse:
    return Misuse(
        _("A migration of this folder has not come to its end."),
        _("What was there before is whole in {folder}.").format(folder=kept),
        _(
            "Delete {places} here, put what {folder} holds in their place, move {folder} away, "
            "and migrate again."
        ).format(places=", ".join((CONFIG, *(f"{part}/" for part in PARTS[1:]))), folder=KEPT),
    )


def _put(folder: Path, files: Files) -> None:
    """Writes files, the configuration last; each is there whole or not at all."""
    for name in sorted(files, key=lambda name: name == CONFIG):
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        write_whole(file, files[name])


def _sweep(folder: Path, names: set[str]) -> None:
    """Removes files, and the folders of the process that they leave empty."""
    for name in names:
        (folder / name).unlink(missing_ok=True)
    for part in PARTS[1:]:
        for below in sorted((folder / part).rglob("*"), reverse=True):
            if below.is_dir() and not any(below.iterdir()):
                below.rmdir()


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
        _check_edition(Process.load(files).definition)
        made |= {name: with_directive(name, content) for name, content in files.items()}
    changed = []
    (folder / FOLDER).mkdir(exist_ok=True)
    for name, content in made.items():
        path = folder / name
        if not path.is_file() or path.read_bytes() != content:
            OutputFile(path, path.suffix).write(content)
            changed.append(path)
    return tuple(changed)
