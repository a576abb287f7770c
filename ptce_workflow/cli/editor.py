"""A text in the editor of the person at the keyboard, and what they made of it."""

from __future__ import annotations

import os
import shlex
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from shutil import rmtree
from typing import TypeVar

from ptce_workflow.base.errors import Misuse, PtceError
from ptce_workflow.base.words import _
from ptce_workflow.cli.output import Output
from ptce_workflow.cli.writing import must_be_here
from ptce_workflow.papers.files import read_text

T = TypeVar("T")


def taken(
    out: Output,
    name: str,
    text: str,
    other: str,
    take: Callable[[str], T],
    retold: Callable[[str, Misuse], str] | None = None,
) -> T | None:
    """What `take` makes of the text as a person has changed it; None where all of it is gone.

    A text with faults is opened again as it is `retold`, until it is taken, or left as it was. What
    was written is kept in its file, of that name, if all fails; `other` is the command by which a
    FILE is taken without an editor.

    *Raises* Misuse where nobody is here or no editor is named, PtceError where that does not run.
    """
    command = _editor()
    from_file = _("From a file: {command}").format(command=other)
    must_be_here(out, _("Nobody is here to write in an editor."), from_file)
    if not command:
        raise Misuse(_("No editor is named in VISUAL or EDITOR."), mend=from_file)
    # A folder of its own, which nobody else can read: letters hold names and reasons.
    folder = Path(tempfile.mkdtemp(prefix="ptce-"))
    file, offered = folder / name, text
    fault: Misuse | None = None
    try:
        while True:
            file.write_text(offered, "utf-8")
            _run([*command, str(file)])
            if file.is_file() and not file.read_bytes().strip():
                done = None
                break
            written = read_text(file)
            if fault is not None and written == offered:
                raise fault
            try:
                done = take(written)
                break
            except Misuse as error:
                if retold is None:
                    raise
                fault, offered = error, retold(written, error)
    except BaseException:
        if file.is_file() and file.read_bytes() != text.encode():
            out.remark(_("Your text is kept in {file}").format(file=file))
            out.next_step(other.replace("FILE", shlex.quote(str(file))))
        else:
            rmtree(folder, ignore_errors=True)
        raise
    rmtree(folder, ignore_errors=True)
    return done


def _editor() -> list[str]:
    """The words of the command that VISUAL or EDITOR names."""
    named = os.environ.get("VISUAL") or os.environ.get("EDITOR") or ""
    try:
        return shlex.split(named)
    except ValueError as error:
        raise Misuse(
            _("VISUAL or EDITOR cannot be read as a command: {named}").format(named=named)
        ) from error


def _run(words: list[str]) -> None:
    try:
        ended = subprocess.run(words, check=False)
    except OSError as error:
        raise PtceError(
            _("The editor {name} cannot be run.").format(name=words[0]),
            _("It is not found, or may not be run."),
            _("Name another in VISUAL or EDITOR."),
        ) from error
    if ended.returncode:
        told = _("The editor {name} ended with code {code}.")
        if ended.returncode < 0:
            told = _("The editor {name} was stopped.")
        what = told.format(name=words[0], code=ended.returncode)
        raise PtceError(what, _("Nothing was changed."))
