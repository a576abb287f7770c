"""The arguments that several commands share, so that they read alike everywhere.

They are functions, called when a signature is read: the help is in the language then in force.
"""

from __future__ import annotations

from typing import Any

import typer

from ptce_workflow.base.words import _


def argument(metavar: str, text: str) -> Any:
    """A word of the line that its place names."""
    return typer.Argument(metavar=metavar, help=text, show_default=False)


def option(name: str, metavar: str, text: str) -> Any:
    """A word of the line that follows its name."""
    return typer.Option(name, metavar=metavar, help=text, show_default=False)


def flag(name: str, text: str) -> Any:
    """A name that says yes by standing there."""
    return typer.Option(name, help=text, show_default=False)


def reference() -> Any:
    """The reference of one candidature."""
    return argument(_("REF"), _("The candidature's reference, such as C-011."))


def dry_run() -> Any:
    """To see what would happen."""
    return flag("--dry-run", _("Show what would happen; record nothing."))


def reason() -> Any:
    """Why it is done."""
    return option("--reason", _("TEXT"), _("Why, in a sentence; kept beside the ledger."))


def panel() -> Any:
    """Which panel it is about."""
    return option("--panel", _("SHEET"), _("The panel, where there are several."))


def yes_to_replace() -> Any:
    """To write over a file that is there."""
    return flag("--yes", _("Do not ask before replacing a file."))


def yes_to_import() -> Any:
    """To take a file back, or to write over one, without a question."""
    return flag("--yes", _("Do not ask before recording or replacing."))
