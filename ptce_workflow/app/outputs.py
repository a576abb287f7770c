"""Files that commands write: whole or not at all, and in the place of nothing else.

Whatever a command writes goes through `output_file`: a slip of the shell's completion must not
put a calendar in the place of a ledger.
"""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ptce_workflow.app.locations import own_files, rules_and_settings
from ptce_workflow.base.errors import Misuse
from ptce_workflow.base.words import _

_LOOKED_AT_BYTES = 4096
_ZIP = rb"PK\x03\x04"
_FORMS = {
    ".csv": rb"[^\x00]*\Z",
    ".db": rb"SQLite format 3\x00",
    ".docx": _ZIP,
    ".html": rb"(?i:\s*<(!doctype|html))",
    ".ics": rb"BEGIN:VCALENDAR",
    ".json": rb"\s*[{\[]",
    ".xlsx": _ZIP,
}
"""The beginning of a file of each form; an empty file may become any."""


@dataclass(frozen=True, slots=True)
class OutputFile:
    """A file that may be written, and its form; made by `output_file`."""

    path: Path
    form: str

    @property
    def is_there(self) -> bool:
        """True when something bears its name already."""
        return self.path.exists()

    def write(self, content: bytes) -> None:
        """Writes it whole or not at all, whatever of its form stood there.

        *Raises* OSError when the machine refuses, with the name that was asked for.
        """
        if self.is_there and not self.path.is_file():
            # A terminal, a pipe: it cannot be put in another's place.
            self.path.write_bytes(content)
            return
        unfinished = self.path.with_name(f".{self.path.name}.{os.urandom(4).hex()}.part")
        try:
            unfinished.write_bytes(content)
            unfinished.replace(self.path)
        except OSError as error:
            error.filename, error.filename2 = str(self.path), None
            raise
        finally:
            unfinished.unlink(missing_ok=True)


def output_file(
    folder: Path, path: Path, forms: Sequence[str], *, any_name: bool = False
) -> OutputFile:
    """The file of that name, for a command of the contest of a folder to write.

    Its form is told by the ending of its name; with `any_name` it is the first of `forms`.

    *Raises* Misuse for a name that ends in none of the forms, for a file of this contest or of
    another, and for one that holds something of another form; OSError for a folder, and for what
    cannot be read.
    """
    homes = Path(os.path.realpath(path)).parents
    others = (own for home in homes for own in rules_and_settings(home))
    if any(_is_same(path, own) for own in (*own_files(folder), *others)):
        raise Misuse(
            _("{file} belongs to the contest: nothing is written over it.").format(file=path),
            _("Its rules, its settings or its ledger would be lost."),
            _("Name another file."),
        )
    form = path.suffix.lower()
    if any_name:
        form = forms[0]
    elif form not in forms:
        example = (path.stem or _("FILE")) + forms[0]
        raise Misuse(
            _("{file}: the ending of its name says in which form it is written.").format(file=path),
            _("Accepted: {words}.").format(words=", ".join(forms)),
            _("For example: {example}").format(example=example),
        )
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if path.is_file():
        with path.open("rb") as stream:
            begins = stream.read(_LOOKED_AT_BYTES)
        if begins and not re.match(_FORMS[form], begins):
            raise Misuse(
                _("{file} holds something else: nothing is written over it.").format(file=path),
                _("What it holds is not of the form {form}.").format(form=form),
                _("Name another file, or move that one away."),
            )
    return OutputFile(path, form)


def _is_same(path: Path, own: Path) -> bool:
    """True for a file of the contest, by whichever name, or for one in a folder of it."""
    ours, real = os.path.realpath(own), Path(os.path.realpath(path))
    # A disk may hold several names of one file, or see no difference between some.
    return any(str(place) == ours or _one_file(place, own) for place in (real, *real.parents))


def _one_file(path: Path, own: Path) -> bool:
    try:
        return path.samefile(own)
    except OSError:
        return False
