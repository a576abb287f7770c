"""The page that documents the command line, written from what the commands say of themselves."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from typer._click import Command as BaseCommand
from typer._click import Context

from ptce_workflow.base.words import _, speaking
from ptce_workflow.cli.faults import INTERRUPTED, MISUSED, NOT_DONE
from ptce_workflow.cli.invocation import Invocation
from ptce_workflow.cli.output import Output
from ptce_workflow.cli.shell import HELP_OPTIONS, Group
from ptce_workflow.cli.table import entries

WIDTH = 80


def cli_page(language: str) -> str:
    """The whole command line as Markdown, in a language: the help of `ptce` and of each command.

    *Shape*: the same text on every machine, whatever its terminal.
    """
    with speaking(language):
        return "\n".join(_page())


def help_text(name: str = "") -> str:
    """The help of one command (`jury score`), or of `ptce`, at the page's width."""
    context = _context(name)
    try:
        return context.get_help()
    finally:
        context.close()


def _page() -> Iterator[str]:
    yield "# " + _("The command line")
    yield ""
    yield _("This page is written from `ptce --help`: `make docs` writes it again.")
    yield from _block(help_text())
    for entry in entries():
        if entry.target:
            yield f"## ptce {entry.name}"
            yield from _block(help_text(entry.name))
    yield "## " + _("Exit codes")
    yield ""
    yield from _table((_("code"), _("meaning")), _exit_codes())
    yield "## " + _("Environment")
    yield ""
    yield from _table((_("variable"), _("meaning")), _variables())


def _block(text: str) -> Iterator[str]:
    yield from ("", "```text", text, "```", "")


def _table(heading: tuple[str, str], rows: list[tuple[str, str]]) -> Iterator[str]:
    yield f"| {heading[0]} | {heading[1]} |"
    yield "| --- | --- |"
    for name, meaning in rows:
        yield f"| `{name}` | {meaning} |"
    yield ""


def _exit_codes() -> list[tuple[str, str]]:
    return [
        ("0", _("Done.")),
        (
            str(NOT_DONE),
            _("Understood and not done: a rule, a role, a conflict, a full disk, a broken ledger."),
        ),
        (str(MISUSED), _("Misuse: a line, a file or a folder that cannot be read.")),
        (str(INTERRUPTED), _("Interrupted from the keyboard.")),
    ]


def _variables() -> list[tuple[str, str]]:
    return [
        ("PTCE_CONTEST", _("The contest's folder, as --contest.")),
        ("PTCE_ACTOR", _("Who acts, as --as.")),
        ("PTCE_LANG", _("The language, as --lang.")),
        ("PTCE_NOW", _("The present instant, in a rehearsal contest only.")),
        ("PTCE_DATABASE", _("The database, instead of ptce.db in the contest's folder.")),
        ("PTCE_DEBUG", _("1: a fault of the program shows where it happened.")),
        ("NO_COLOR", _("Anything: no colour.")),
    ]


def _context(name: str) -> Context:
    """The context in which a command shows its help, at the page's width."""
    nowhere = Invocation(Path(), None, {}, Output(io.StringIO(), io.StringIO()))
    command: BaseCommand = Group("", nowhere)
    # Parsing is lenient here: a help page is asked for, no line is run.
    settings: dict[str, Any] = {"terminal_width": WIDTH, "resilient_parsing": True}
    context = command.make_context("ptce", [], help_option_names=HELP_OPTIONS, **settings)
    for word in name.split():
        assert isinstance(command, Group)
        found = command.get_command(context, word)
        if found is None:
            raise KeyError(name)
        command = found
        context = command.make_context(word, [], parent=context, **settings)
    return context
