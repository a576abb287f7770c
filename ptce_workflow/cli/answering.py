"""`ptce record --edit`: the answers of a sheet in an editor, judged as a whole when it is saved."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from ptce_workflow.app.cases.overview import Dossier, show
from ptce_workflow.app.cases.record import AnswersChanged, FactsRefused, Raw
from ptce_workflow.base.errors import Misuse, PtceError
from ptce_workflow.base.speech import short_instant
from ptce_workflow.base.words import _, language
from ptce_workflow.cli import editor
from ptce_workflow.cli.invocation import Invocation
from ptce_workflow.cli.views.cases import note_told, nothing_recorded
from ptce_workflow.papers import answer_file as files
from ptce_workflow.papers.intake import attach_files
from ptce_workflow.process.process import Process, named, sheet_label
from ptce_workflow.process.rules.case import Case

R = TypeVar("R")


def edited(
    call: Invocation, ref: str, sheet: str | None, write: Callable[[Raw, Case], R]
) -> R | None:
    """What `write` makes of the answers of a sheet that were changed in an editor; None for none.

    It is given them, and the candidature as the editor showed it.

    *Raises* Misuse for a sheet that is not told, or answers that are left as they were refused.
    """
    dossier = show(call.contest, ref)
    process, seen = dossier.process, dossier.case
    name = _sheet_meant(process, seen, sheet)
    text = files.answer_file(process, name, seen, _heading(dossier, name, call.contest.clock.now()))

    def take(written: str) -> R | None:
        raw = files.changed(text, files.without_faults(written))
        if not any(raw.values()):
            return None
        return write(attach_files(raw, process.definition.sheets, Path.cwd()), seen)

    def retold(written: str, error: Misuse) -> str:
        nonlocal seen
        if isinstance(error, AnswersChanged):
            # Whoever keeps an answer after that has seen what it replaces.
            seen = error.case
        told: list[tuple[str, PtceError]] = [("", error)]
        if isinstance(error, FactsRefused):
            told = list(zip(error.fields, error.problems, strict=True))
        return files.with_faults(files.without_faults(written), told)

    other = f"ptce record {ref} --from FILE"
    return editor.taken(call.out, f"{ref}-{name}.toml", text, other, take, retold)


def _heading(dossier: Dossier, sheet: str, now: datetime) -> str:
    """The candidature, the sheet, and the latest note: it may hold what a form left open."""
    process = dossier.process
    first = f"{named(process, dossier.case)} · {sheet_label(process, sheet)}"
    how = _(
        "A line that begins with # is not read. An answer that you empty is withdrawn; one whose "
        "lines you take out stays as it is. * is required."
    )
    at = _("Opened: {instant}").format(instant=short_instant(now, process.zone, language()))
    return "\n".join([first, *(note_told(process, one) for one in dossier.notes[-1:]), at, how])


def _sheet_meant(process: Process, case: Case, typed: str | None) -> str:
    """The sheet that was typed, or the only one that may be written where a candidature stands.

    *Raises* Misuse for none, or for several.
    """
    sheets = process.definition.sheets
    asked = [name for name, one in sheets.items() if not (one.is_panel or one.of_contest)]
    opened = {one.partition(".")[0] for one in process.states[case.state].opens}
    here = [name for name in asked if name in {*opened, *process.pending(case)}]
    found = here if typed is None else [typed]
    if len(found) != 1 or found[0] not in asked:
        raise nothing_recorded(process, case, _("Which sheet is to be written?"))
    return found[0]
