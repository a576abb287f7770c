"""`ptce record --edit`: the answers of a sheet in an editor, judged as a whole when it is saved."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from ptce_workflow.base.errors import Misuse, PtceError
from ptce_workflow.base.words import _, language
from ptce_workflow.cli.invocation import Invocation

if TYPE_CHECKING:
    from collections.abc import Callable

    from ptce_workflow.app.cases.overview import Dossier
    from ptce_workflow.app.cases.record import Raw
    from ptce_workflow.process.process import Process
    from ptce_workflow.process.rules.case import Case

T = TypeVar("T")


def edited(
    call: Invocation, ref: str, sheet: str | None, write: Callable[[Raw, Case], T]
) -> T | None:
    """What `write` makes of the answers of a sheet that were changed in an editor; None for none.

    It is given them, and the candidature as the editor showed it.

    *Raises* Misuse for a sheet that is not told, or answers that are left as they were refused.
    """
    from ptce_workflow.app.cases.overview import show
    from ptce_workflow.app.cases.record import FactsRefused
    from ptce_workflow.cli import editor
    from ptce_workflow.papers import answer_file as files
    from ptce_workflow.papers.intake import attach_files

    dossier = show(call.contest, ref)
    process, case = dossier.process, dossier.case
    name = _sheet_meant(process, case, sheet)
    fields = process.definition.sheets[name].fields
    values = {
        one: files.handed_over(field, case.answer(f"{name}.{one}", field), language(), process.zone)
        for one, field in fields.items()
        if not field.is_computed
    }
    text = files.answer_file(process, name, values, language(), heading=_heading(dossier, name))

    def take(written: str) -> T | None:
        raw = files.changed(text, files.without_faults(written))
        if not any(raw.values()):
            return None
        return write(attach_files(raw, process.definition.sheets, Path.cwd()), case)

    def retold(written: str, error: Misuse) -> str:
        told: list[tuple[str, PtceError]] = [("", error)]
        if isinstance(error, FactsRefused):
            told = list(zip(error.fields, error.problems, strict=True))
        return files.with_faults(files.without_faults(written), told)

    other = _("From a file: {command}").format(command=f"ptce record {ref} --from FILE")
    return editor.taken(call.out, f"{ref}-{name}.toml", text, other, take, retold)


def _heading(dossier: Dossier, sheet: str) -> str:
    """The candidature and the sheet, and the latest note: it may hold what a form left open."""
    from ptce_workflow.cli.views.cases import note_told
    from ptce_workflow.process.process import named, sheet_label

    process = dossier.process
    first = f"{named(process, dossier.case)} · {sheet_label(process, sheet)}"
    return "\n".join([first, *(note_told(process, one) for one in dossier.notes[-1:])])


def _sheet_meant(process: Process, case: Case, typed: str | None) -> str:
    """The sheet that was typed, or the only one that may be written where a candidature stands.

    *Raises* Misuse for none, or for several.
    """
    from ptce_workflow.app.refusals import unknown_name

    sheets = process.definition.sheets
    asked = {name: one for name, one in sheets.items() if not (one.is_panel or one.of_contest)}
    opened = (*process.states[case.state].opens, *process.pending(case))
    here = [name for name in asked if name in {one.partition(".")[0] for one in opened}]
    if typed is None and len(here) == 1:
        return here[0]
    if typed is None:
        raise Misuse(
            _("Which sheet is to be written?"),
            _('In the state "{state}", open to writing: {names}.').format(
                state=process.states[case.state].label.in_(language()),
                names=", ".join(here) or _("nothing"),
            ),
            _("For example: {command}").format(
                command=f"ptce record {case.ref} {(here or [*asked])[0]} --edit"
            ),
        )
    if typed not in asked:
        what = _('"{name}" is no sheet about a candidature that an editor can show.')
        raise unknown_name(what.format(name=typed), typed, asked)
    return typed
