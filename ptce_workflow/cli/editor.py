"""A text in the editor of the person at the keyboard, and what they made of it."""

from __future__ import annotations

import os
import shlex
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import rmtree

from ptce_workflow.base.errors import Misuse, PtceError
from ptce_workflow.base.words import _
from ptce_workflow.cli.output import Output
from ptce_workflow.cli.writing import must_be_here
from ptce_workflow.papers.files import read_text


@contextmanager
def changed(out: Output, name: str, text: str) -> Iterator[str]:
    """The text as a person has changed it; it is kept in its file if what follows fails.

    *Raises* Misuse where nobody is here or no editor is named, PtceError where that does not run.
    """
    command = _editor()
    other = _("From a file: {command}").format(command=f"ptce mail edit {name} --file FILE")
    must_be_here(out, _("Nobody is here to write in an editor."), other)
    if not command:
        raise Misuse(_("No editor is named in VISUAL or EDITOR."), mend=other)
    # A folder of its own, which nobody else can read: letters hold names and reasons.
    folder = Path(tempfile.mkdtemp(prefix="ptce-"))
    file = folder / f"{name}.md"
    try:
        file.write_text(text, "utf-8")
        _run([*command, str(file)])
        written = read_text(file)
    except BaseException:
        rmtree(folder, ignore_errors=True)
        raise
    try:
        yield written
    except PtceError:
        out.remark(_("Your text is kept in {file}").format(file=file))
        raise
    rmtree(folder, ignore_errors=True)


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
            _("The editor {name} cannot be run.").format(name=words[0]), error.strerror or ""
        ) from error
    if ended.returncode:
        raise PtceError(
            _("The editor {name} ended with code {code}.").format(
                name=words[0], code=ended.returncode
            ),
            _("Nothing was changed."),
        )
