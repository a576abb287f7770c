"""Handing over what the contest holds, in forms that others read without this program."""

from __future__ import annotations

from pathlib import Path

from ptce_workflow.app.locations import OutputFile, is_export
from ptce_workflow.base.errors import Misuse
from ptce_workflow.base.words import N_, _, language
from ptce_workflow.cli.faults import DONE, NOT_DONE
from ptce_workflow.cli.grammar import command
from ptce_workflow.cli.invocation import Invocation
from ptce_workflow.cli.parameters import PATH, alone, argument, flag, goes_with, option, to_file
from ptce_workflow.cli.writing import Answer, agreed, output_file, write


@command(
    "export",
    examples=(
        *("ptce export ../export", "ptce export --csv tables", "ptce export --xes log.xes"),
        *("ptce export --subject C-012 -o held.html", "ptce export --subject P-004 --json"),
    ),
    shape=(
        "{who, name, facts, rows: [{line, at, type, words, until}], "
        "mails: [{message, at, stage, to, subject, text}], documents: [{hash, content}], "
        "named: [{place, at, type}]}"
    ),
)
@argument(
    "folder",
    N_("DIR"),
    N_("Where to write it: a new folder, or an earlier export."),
    type=PATH,
    required=False,
)
@option(
    "--csv tables",
    N_("DIR"),
    N_("Write flat tables for a spreadsheet there, and a page on their columns."),
    type=PATH,
)
@option(
    "--xes log",
    N_("FILE"),
    N_("Write the moves there as an event log (XES, IEEE 1849): no answer, no name."),
    type=PATH,
)
@option(
    "--subject subject",
    N_("WHO"),
    N_("All that is held of a candidature or of a person, for whoever asks."),
)
@flag("--names", N_("With --csv: names, addresses and answers that may be erased too."))
@to_file(N_("With --subject: write it there, as .docx or as .html."))
def export(
    call: Invocation,
    folder: Path | None,
    tables: Path | None,
    log: Path | None,
    subject: str | None,
    names: bool,
) -> Answer | int:
    """Export the ledger into a folder that anyone can check, and verify it; or other forms of it.

    Its VERIFY.md tells how to check everything by sha256sum, jq and openssl alone. Two exports of
    one ledger are equal to the byte. Only an earlier export of the same ledger is replaced. In the
    other forms people are pseudonyms, and answers those alone that rules read, unless --names asks
    for more.
    """
    if subject is not None:
        others = {_("DIR"): folder, "--csv": tables, "--xes": log, "--names": names}
        alone("--subject", others)
        return _of_somebody(call, subject)
    if call.file is not None:
        raise goes_with("-o", "--subject", _("`ptce export DIR` writes a folder."))
    ways = {_("DIR"): folder, "--csv": tables, "--xes": log}
    if sum(typed is not None for typed in ways.values()) != 1:
        raise Misuse(
            _("Say what to export, and where to."),
            mend=_("Accepted: {words}.").format(words=", ".join(ways)),
        )
    if names and tables is None:
        raise goes_with("--names", "--csv", _("Leave it out."))
    if log is not None:
        return _event_log(call, log)
    if tables is not None:
        return _flat_tables(call, tables, names=names)
    assert folder is not None
    return _to_check(call, folder)


def _to_check(call: Invocation, folder: Path) -> Answer | int:
    from ptce_workflow.app.admin.export import check_target, export
    from ptce_workflow.cli.views import audit as views
    from ptce_workflow.papers.verify_pages import verify_pages

    check_target(call.contest, folder)
    question = _("{folder} is an export already. Replace it?").format(folder=folder)
    if is_export(folder, whole=False) and not agreed(call, question, _("Nothing was written.")):
        return NOT_DONE
    report = export(call.contest, folder, verify_pages)
    return Answer(views.exported(folder, report), code=DONE if report.intact else NOT_DONE)


def _of_somebody(call: Invocation, who: str) -> Answer:
    """What is held of somebody."""
    from ptce_workflow.app.admin.held import held
    from ptce_workflow.cli.commands.erasure import meant
    from ptce_workflow.cli.views import erasure as views

    found = held(call.contest, meant(call, who))
    return Answer(
        lambda: views.held_report(call.contest, found),
        views.held_data(found),
        forms=(".html", ".docx"),
    )


def _event_log(call: Invocation, log: Path) -> int:
    from ptce_workflow.app.cases.extract import extract
    from ptce_workflow.papers.xes import xes

    target = output_file(call, log, (".xes",))
    return write(call, target, xes(extract(call.contest), language()))


def _flat_tables(call: Invocation, folder: Path, *, names: bool) -> int:
    """Writes the tables; those that are there already are replaced all, or none."""
    from ptce_workflow.app.cases.extract import extract
    from ptce_workflow.papers.flat import FILES, flat_files

    targets: dict[str, OutputFile] = {
        name: output_file(call, folder / name, (Path(name).suffix,)) for name in FILES
    }
    question = _("{folder} holds such tables already. Replace them?").format(folder=folder)
    is_there = any(target.is_there for target in targets.values())
    if is_there and not agreed(call, question, _("Nothing was written.")):
        return NOT_DONE
    files = flat_files(extract(call.contest), names=names)
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        targets[name].write(content)
    call.out.tell(_("Written: {file}").format(file=folder))
    return DONE
