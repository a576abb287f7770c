"""Writing a folder of the first edition as one of the second."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from ptce_workflow.app.locations import read_folder
from ptce_workflow.base.errors import Misuse, PtceError, refusal_of
from ptce_workflow.base.words import _
from ptce_workflow.process.first_edition.migration import Migration, migrated
from ptce_workflow.process.model.folder import CONFIG, PARTS, Files
from ptce_workflow.process.model.reading import of_both

KEPT = "first-edition"
"""The folder, within that of the contest, in which the files of the first edition are kept."""


def migrate(folder: Path, *, dry_run: bool = False) -> Migration | None:
    """Rewrites a folder as one of the second edition; None for one that is of it already.

    All is worked out before anything is written; what was there is copied into `first-edition/`
    first. The configuration is written last: what an interruption leaves is told as half done.

    *Raises* FolderFaults for a folder that does not read, Misuse for one that is half of each
    edition or where `first-edition/` is there already, PtceError for one that cannot be written.
    """
    before, kept = read_folder(folder), folder / KEPT
    try:
        found = migrated(before)
    except Misuse:
        if kept.is_dir() and of_both(before):
            raise _unfinished(kept) from None
        raise
    if found is None or dry_run:
        return found
    if kept.exists():
        raise Misuse(
            _("There is a folder {folder} already.").format(folder=kept),
            _("The files of the first edition are kept there."),
            _("Move it elsewhere, or put back what it holds."),
        )
    unfinished = folder / f".{KEPT}-{os.urandom(4).hex()}"
    try:
        _put(unfinished, before)
        unfinished.rename(kept)
        _put(folder, found.files)
        _sweep(folder, before.keys() - found.files.keys())
    except OSError as error:
        raise PtceError(
            _("The folder {folder} cannot be written.").format(folder=folder),
            _("The system says: {reason}.").format(reason=refusal_of(error)),
        ) from error
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return found


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
        made = file.with_name(f".{file.name}.new")
        made.write_bytes(files[name])
        made.replace(file)


def _sweep(folder: Path, names: set[str]) -> None:
    """Removes files, and the folders of the process that they leave empty."""
    for name in names:
        (folder / name).unlink(missing_ok=True)
    for part in PARTS[1:]:
        for below in sorted((folder / part).rglob("*"), reverse=True):
            if below.is_dir() and not any(below.iterdir()):
                below.rmdir()
