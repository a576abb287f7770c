"""Texts and answers in the editor of the person at the keyboard."""

from __future__ import annotations

import os
import shlex
import subprocess
import tempfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from shutil import rmtree
from typing import TypeVar

from ptce_workflow.app.candidatures.overview import Dossier, show
from ptce_workflow.app.candidatures.record import AnswersChanged, FactsRefused, Raw
from ptce_workflow.base.errors import Misuse, PtceError
from ptce_workflow.base.words import _, language, short_instant
from ptce_workflow.cli import editor
from ptce_workflow.cli.invocation import Invocation, must_be_here
from ptce_workflow.cli.terminal import Output
from ptce_workflow.office.dossiers import attach_files
from ptce_workflow.office.files import read_text
from ptce_workflow.office.forms import answer_file
from ptce_workflow.process.candidature import Candidature
from ptce_workflow.process.process import Process, named, sheet_label
from ptce_workflow.reports.candidatures import note_told, nothing_recorded

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

    Raises: Misuse where nobody is here or no editor is named, PtceError where that does not run.
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
        text = _("The editor {name} ended with code {code}.")
        if ended.returncode < 0:
            text = _("The editor {name} was stopped.")
        what = text.format(name=words[0], code=ended.returncode)
        raise PtceError(what, _("Nothing was changed."))


R = TypeVar("R")


def edited(
    call: Invocation, ref: str, sheet: str | None, write: Callable[[Raw, Candidature], R]
) -> R | None:
    """What `write` makes of the answers of a sheet that were changed in an editor; None for none.

    It is given them, and the candidature as the editor showed it.

    Raises: Misuse for a sheet that is not told, or answers that are left as they were refused.
    """
    dossier = show(call.contest, ref)
    process, seen = dossier.process, dossier.case
    name = _chosen_sheet(process, seen, sheet)
    text = answer_file.answer_file(
        process, name, seen, _heading(dossier, name, call.contest.clock.now())
    )

    def take(written: str) -> R | None:
        raw = answer_file.changed(text, answer_file.without_faults(written))
        if not any(raw.values()):
            return None
        return write(attach_files(raw, process.definition.sheets, Path.cwd()), seen)

    def retold(written: str, error: Misuse) -> str:
        nonlocal seen
        if isinstance(error, AnswersChanged):
            # Whoever keeps an answer after that has seen what it replaces.
            seen = error.case
        faults: list[tuple[str, PtceError]] = [("", error)]
        if isinstance(error, FactsRefused):
            faults = list(zip(error.fields, error.problems, strict=True))
        return answer_file.with_faults(answer_file.without_faults(written), faults)

    command = f"ptce record {ref} --from FILE"
    return editor.taken(call.out, f"{ref}-{name}.toml", text, command, take, retold)


def _heading(dossier: Dossier, sheet: str, now: datetime) -> str:
    """The candidature, the sheet, and the latest note: it may hold what a form left open."""
    process = dossier.process
    first = f"{named(process, dossier.case)} · {sheet_label(process, sheet)}"
    how = _(
        "A line that begins with # is not read. An answer that you empty is withdrawn; one whose "
        "lines you take out stays as it is. * is required."
    )
    at = _("Opened: {instant}").format(instant=short_instant(now, process.zone, language()))
    return "\n".join([first, *(note_told(process, note) for note in dossier.notes[-1:]), at, how])


def _chosen_sheet(process: Process, case: Candidature, typed: str | None) -> str:
    """The sheet typed, or the only open one. Raises: Misuse for none, or several."""
    sheets = process.definition.sheets
    sheets_ = [name for name, key in sheets.items() if not (key.is_panel or key.of_contest)]
    opened = {key.partition(".")[0] for key in process.states[case.state].opens}
    here = [name for name in sheets_ if name in {*opened, *process.pending(case)}]
    candidates = here if typed is None else [typed]
    if len(candidates) != 1 or candidates[0] not in sheets_:
        raise nothing_recorded(process, case, _("Which sheet is to be written?"))
    return candidates[0]
