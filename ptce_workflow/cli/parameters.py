"""Arguments and options that several commands share, so that they read alike everywhere."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from ptce_workflow.base.words import N_
from ptce_workflow.cli.values import one_of

# Whether a file may be read is told by whoever reads it.
PATH = click.Path(path_type=Path, readable=False)


class OneOf(click.Choice[str]):
    """One of several words; any other is refused with the nearest of them."""

    def __init__(self, words: Sequence[str]) -> None:
        super().__init__(words)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The word, when it is one of those accepted.

        *Raises* Misuse, with the nearest accepted word.
        """
        assert param is not None, "it is the type of an option"
        return one_of(value, self.choices, option=param.opts[0])


reference = click.argument(
    "ref", metavar=N_("REF"), help=N_("The candidature's reference, such as C-011.")
)
dry_run = click.option(
    "--dry-run", is_flag=True, help=N_("Show what would happen; record nothing.")
)
reason = click.option(
    "--reason", metavar=N_("TEXT"), help=N_("Why, in a sentence; kept beside the ledger.")
)
panel = click.option("--panel", metavar=N_("SHEET"), help=N_("The panel, where there are several."))
yes_to_replace = click.option("--yes", is_flag=True, help=N_("Do not ask before replacing a file."))
to_file = click.option(
    "-o",
    "file",
    metavar=N_("FILE"),
    help=N_("Write it there instead: .csv or .xlsx for its table, .html or .docx for all of it."),
    type=PATH,
)
to_paper = click.option(
    "-o", "file", metavar=N_("FILE"), help=N_("Write it there, as .docx or as .html."), type=PATH
)
yes_to_import = click.option(
    "--yes", is_flag=True, help=N_("Do not ask before recording or replacing.")
)
