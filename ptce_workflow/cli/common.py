"""The options that may stand anywhere on the line, taken off it before the command is read.

They are those of an outer command, which hands on whatever it does not know: how to speak and
where the contest is must be known before anything can be said of the rest of the line.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import click

from ptce_workflow.base.errors import Misuse
from ptce_workflow.base.words import LANGUAGES, N_, _


def _valued(*names: str, metavar: str, text: str) -> click.Option:
    """An option with a value; typed without one, it is empty, and `refuse` says so."""
    return click.Option(names, metavar=metavar, help=text, is_flag=False, flag_value="")


CONTEST = _valued(
    "--contest",
    metavar=N_("DIR"),
    text=N_("The contest's folder; else PTCE_CONTEST, else the nearest one upward."),
)
ACTOR = _valued(
    "--as",
    "actor",
    metavar=N_("ACTOR"),
    text=N_("Who acts; else PTCE_ACTOR, else your login."),
)
LANGUAGE = _valued(
    "--lang",
    "language",
    metavar="|".join(LANGUAGES),
    text=N_("The language; else PTCE_LANG, else the contest's."),
)
JSON = click.Option(
    ["--json"], is_flag=True, help=N_("Write data instead of a table, where there is one.")
)
VERSION = click.Option(["--version"], is_flag=True, help=N_("Show the version and stop."))

VALUED = {
    CONTEST: "ptce list --contest occitanie-2024",
    ACTOR: "ptce list --as P-001",
    LANGUAGE: "ptce list --lang en",
}
"""Those with a value, each with an example."""

COMMON = (*VALUED, JSON, VERSION)

_OUTER = click.Command(
    "ptce",
    params=list(COMMON),
    add_help_option=False,
    context_settings={"ignore_unknown_options": True, "allow_extra_args": True},
)


@dataclass(frozen=True, slots=True)
class Common:
    """What was said by the common options; empty where one lacks its value."""

    contest: str | None = None
    actor: str | None = None
    language: str | None = None
    json: bool = False
    version: bool = False


def split(words: Sequence[str]) -> tuple[Common, tuple[str, ...]]:
    """Takes the common options off a line, wherever they stand before a `--`.

    Never fails: the language in which to complain is not known yet (`refuse` complains).
    *Shape*: what they say, the last one of each counting; and the other words in their order.
    """
    # What follows `--` is a value, and so is no option; the mark itself is the command's to read.
    end = words.index("--") if "--" in words else len(words)
    context = _OUTER.make_context("ptce", list(words[:end]))
    return Common(**context.params), (*context.args, *words[end:])


def refuse(common: Common) -> None:
    """*Raises* Misuse when a common option lacks its value or names an unknown language."""
    for option, example in VALUED.items():
        if getattr(common, option.name) == "":
            raise Misuse(
                _("The option {option} needs a value.").format(option=option.opts[0]),
                mend=_("For example: {example}").format(example=example),
            )
    if common.language is not None and common.language not in LANGUAGES:
        raise Misuse(
            _('ptce does not speak "{language}".').format(language=common.language),
            mend=_("Languages: {languages}.").format(languages=", ".join(LANGUAGES)),
        )
