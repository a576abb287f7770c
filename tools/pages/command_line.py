"""The holes of the page on the command line: the help of `ptce` and of each command."""

from __future__ import annotations

from typing import Any

import click

import ptce_workflow.cli.terminal as faults
from ptce_workflow.cli.grammar import Group, places

WIDTH = 80


def holes(_language: str) -> dict[str, Any]:
    """The values of the page, in the language in force; the same whatever the terminal."""
    return {
        "help": help_text,
        "commands": list(places()),
        "codes": faults,
    }


def help_text(name: str = "") -> str:
    """The help of one command (`jury score`), or of `ptce`, at the page's width."""
    context = _context(name)
    try:
        return context.get_help()
    finally:
        context.close()


def _context(name: str) -> click.Context:
    """The context in which a command shows its help, at the page's width."""
    command: click.Command = Group()
    # Parsing is lenient here: a help page is asked for, no line is run.
    context = command.make_context("ptce", [], terminal_width=WIDTH, resilient_parsing=True)
    for word in name.split():
        assert isinstance(command, Group)
        found = command.get_command(context, word)
        if found is None:
            raise KeyError(name)
        command = found
        context = command.make_context(word, [], parent=context, resilient_parsing=True)
    return context
