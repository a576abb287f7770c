"""Catalogues of a contest folder, made and brought up to date."""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct

from ptce_workflow.app.locations import OutputFile, read_folder
from ptce_workflow.base.errors import FolderFaults, Misuse
from ptce_workflow.base.words import _
from ptce_workflow.process.model.catalogues import po_of
from ptce_workflow.process.model.folder import catalogue_file, mail_file
from ptce_workflow.process.model.reading import read_definition
from ptce_workflow.process.model.translating import refreshed


class Translated(Struct, frozen=True):
    """A catalogue that was written: its phrases, how many wait, the mails without a text."""

    file: Path
    phrases: int
    missing: int
    mails: tuple[str, ...]


def translate(folder: Path, language: str) -> Translated:
    """Writes the catalogue of a folder in a language; one that is there keeps what it says.

    *Raises* Misuse for a language that is none, or that of the folder; FolderFaults for a folder
    that does not read.
    """
    files = read_folder(folder)
    definition, faults = read_definition(files)
    if definition is None:
        raise FolderFaults(faults)
    if definition.edition == 1:
        raise Misuse(
            _("This folder is of the first edition: it says each phrase in two languages."),
            mend=_("`ptce migrate` makes one of the second edition of it."),
        )
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
