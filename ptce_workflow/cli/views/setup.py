"""Faults of a folder, adoptions and a contest that begins, as they are printed."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ptce_workflow.base.errors import Finding
from ptce_workflow.base.words import _, language, n_
from ptce_workflow.cli.output import BOLD, GREEN, RED, Output, Styled
from ptce_workflow.cli.views.mail import reads

if TYPE_CHECKING:
    from ptce_workflow.app.admin.adopt import Adoption
    from ptce_workflow.app.admin.create import Created
    from ptce_workflow.process.process import Process


def check_data(findings: Sequence[Finding]) -> list[dict[str, Any]]:
    """`ptce check --json`."""
    return [
        {
            "file": finding.file,
            "key": finding.key,
            "what": finding.what,
            "why": finding.why,
            "mend": finding.mend,
        }
        for finding in findings
    ]


def print_faults(out: Output, findings: Sequence[Finding]) -> None:
    """`ptce check`: every fault with its place and its mend."""
    _print_findings(out, findings)
    count = len(findings)
    out.say(Styled(n_("{count} fault.", "{count} faults.", count).format(count=count), RED))


def _print_findings(out: Output, findings: Sequence[Finding]) -> None:
    for finding in findings:
        out.title(finding.file, f" · {finding.key}" if finding.key else "")
        for part in filter(None, (finding.what, finding.why, finding.mend)):
            out.tell(part, "  ")
        out.say()


def print_sound(out: Output, process: Process, remarks: Sequence[Finding]) -> None:
    """`ptce check`: what is worth knowing of a folder without fault, and what it holds."""
    _print_findings(out, remarks)
    definition = process.definition
    rules = sum(len(way.rules) for way in process.every_way())
    counts = (
        (n_("{count} state", "{count} states", len(process.states)), len(process.states)),
        (n_("{count} rule", "{count} rules", rules), rules),
        (n_("{count} sheet", "{count} sheets", len(definition.sheets)), len(definition.sheets)),
    )
    told = ", ".join(words.format(count=count) for words, count in counts)
    title = definition.config.contest.title.in_(language())
    out.tell(_("{title}: no fault ({told}).").format(title=title, told=told))
    out.say(_("Process {hash}").format(hash=process.hash[:12]))
    if remarks:
        count = len(remarks)
        out.say(n_("{count} remark, above.", "{count} remarks, above.", count).format(count=count))


def print_adoption(out: Output, adoption: Adoption, *, dry_run: bool) -> None:
    """`ptce adopt`: the difference, the dates that move, and what became of it."""
    if not adoption.changes:
        out.say(_("The folder is the process in force; there is nothing to adopt."))
        return
    for line in adoption.difference.rstrip("\n").split("\n"):
        _print_changed(out, line)
    out.say()
    for moved in adoption.moved:
        out.tell(moved, "  ", "  ")
    if dry_run:
        command = 'ptce adopt --reason "…"'
        out.advise(_("Nothing was changed. To adopt it: {command}"), command)
        return
    told = _("Process {hash} is in force (line {line}).")
    out.tell(told.format(hash=adoption.after.hash[:12], line=adoption.line))
    if adoption.held:
        count = len(adoption.held)
        told = n_(
            "{count} mail has to be read before it leaves: {names}",
            "{count} mails have to be read before they leave: {names}",
            count,
        )
        out.tell(told.format(count=count, names=", ".join(adoption.held)))
        out.next_step(reads(adoption.held))


def _print_changed(out: Output, line: str) -> None:
    """A line of a difference: what it adds or takes away begins with a sign, and is coloured."""
    named = line.startswith(("+++", "---"))
    style = {"+": GREEN, "-": RED}.get(line[:1]) if not named else BOLD
    out.say(Styled(line, style) if style else line)


def print_created(out: Output, folder: Path, created: Created) -> None:
    """`ptce init`: what was made, who was enrolled, what to type next."""
    title = created.process.definition.config.contest.title.in_(language())
    # "." and ".." name nothing once they are read elsewhere, nor at the end of a sentence.
    shown = folder if folder.name not in ("", "..") else folder.resolve()
    out.tell(_("{title}: the contest has begun in {folder}.").format(title=title, folder=shown))
    if created.copied:
        out.tell(_("The folder holds a model: rewrite it, then adopt it."))
    if created.rehearsal:
        out.tell(_("It is a rehearsal: PTCE_NOW sets its clock, and its ledger says so."))
    login, who = created.person.private.get("login", ""), created.person.pseudonym
    out.tell(_("{login} is enrolled as {who}, for the desk.").format(login=login, who=who))
    there = "" if folder.resolve() == Path.cwd() else f"cd {shlex.quote(str(folder))} && "
    out.next_step(f"{there}ptce check && ptce list")


def print_upgraded(out: Output, copy: Path | None) -> None:
    """`ptce init --upgrade`: that it is done, and where the copy is."""
    out.say(_("The database is up to date."))
    if copy is not None:
        out.tell(_("What it was is kept in {file}.").format(file=copy))
