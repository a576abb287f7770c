"""The form of a process, from which commands load it without reading its files again.

It is kept beside the archived files, by who made it: a program whose tables of the folder have
other keys, or that counts days off by other calendars, makes it again when it next writes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ptce_workflow.base.version import VERSION, installed_version
from ptce_workflow.process.model import form
from ptce_workflow.process.model.shape import SHAPE

if TYPE_CHECKING:
    from ptce_workflow.process.model.folder import Files
    from ptce_workflow.process.process import Process
    from ptce_workflow.store.unit import Unit


def keep_form(unit: Unit, process: Process) -> None:
    """Keeps the form of a process, in place of one that another program made."""
    unit.remove_form(process.hash)
    row = {"process": process.hash, "made_by": _this_program(), "content": form.dump(process)}
    unit.add_form([row])


def kept_process(unit: Unit, hash_: str, source: Callable[[], Files]) -> Process | None:
    """A process as its form tells it; None where this program has made none that it can load."""
    kept = unit.form(hash_)
    if kept is None or kept.made_by != _this_program():
        return None
    try:
        process = form.load(kept.content, source)
    except form.FormError:
        return None
    return process if process.hash == hash_ else None


def is_altered(unit: Unit, process: Process) -> bool:
    """The form of a process, read from its files, is no longer the one that this program made."""
    kept = unit.form(process.hash)
    return (
        kept is not None and kept.made_by == _this_program() and kept.content != form.dump(process)
    )


def _this_program() -> str:
    return f"ptce_workflow {VERSION} {SHAPE}, holidays {installed_version('holidays')}"
