"""Every fault of a contest folder at once, each with its place, its reason and its mend."""

from __future__ import annotations

from ptce_workflow.base.errors import Finding, FolderFaults
from ptce_workflow.process.check import expressions, graph, letters, names
from ptce_workflow.process.check.places import findings
from ptce_workflow.process.model.folder import Files
from ptce_workflow.process.model.reading import located, read_definition
from ptce_workflow.process.process import Process


def sound(files: Files) -> Process:
    """The process of a folder. Raises: FolderFaults, with every fault."""
    process, findings = examined(files)
    if process is None or findings:
        raise FolderFaults(findings)
    return process


def check(files: Files) -> tuple[Finding, ...]:
    """Every fault of a folder, in the order of files and lines; none for one that may be adopted.

    Files that do not read are reported first, alone: what they say to one another can only be
    judged once all of them can be read. The same holds for rules, which need the names and the
    dates to stand; and for letters, which are tried once everything else stands.
    """
    return examined(files)[1]


def examined(files: Files) -> tuple[Process | None, tuple[Finding, ...]]:
    """The process, unless some file does not read, and every fault of the folder."""
    definition, unread = read_definition(files)
    if definition is None:
        return None, unread
    process = Process.of(definition, files)
    faults = [
        *names.faults(process),
        *findings(process, names.CHECKS),
        *findings(process, graph.CHECKS),
        *graph.date_faults(definition),
        *letters.faults(process),
    ]
    if not names.breaks_scope(definition) and not graph.breaks_dates(definition):
        faults += expressions.faults(process)
    if not faults:
        faults = [*graph.terms_before_mail(process), *letters.unwritten(process)]
    return process, located(files, sorted(set(faults)))
