"""The holes of the page on the command line: the help of `ptce` and of each command."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from typer._click import Command as BaseCommand
from typer._click import Context

from ptce_workflow.cli import faults
from ptce_workflow.cli.invocation import Invocation
from ptce_workflow.cli.output import Output
from ptce_workflow.cli.shell import HELP_OPTIONS, Group
from ptce_workflow.cli.table import entries

WIDTH = 80


def holes(_language: str) -> dict[str, Any]:
    """What fills the page, in the language in force; the same whatever the terminal."""
    return {
        "help": help_text,
        "commands": [entry.name for entry in entries() if entry.target],
        "codes": faults,
    }


def help_text(name: str = "") -> str:
    """The help of one command (`jury score`), or of `ptce`, at the page's width."""
    context = _context(name)
    try:
        return context.get_help()
    finally:
        context.close()


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
