"""The pages of an export that tell how to check it by standard tools: VERIFY.md, and in English.

Their sources stand in `verify/`: prose with holes, written `[[ … ]]`, the commands, and the table
of what finds what.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from typing import TYPE_CHECKING

from ptce_workflow.base.runtime import data

if TYPE_CHECKING:
    from ptce_workflow.app.admin.export import Head


PAGES = {"VERIFY.md": "fr", "VERIFY.en.md": "en"}
_SOURCES = data("papers/verify")
_HOLE = re.compile(r"\[\[ (\w+) \]\]")
_FINDERS: Mapping[str, Mapping[str, str]] = {
    "fr": {
        "shell": "les commandes",
        "checkpoint": "les commandes, avec un point de contrôle gardé ailleurs",
        "verify": "`ptce verify`, sur cet export",
        "live": "`ptce verify`, dans le répertoire du concours",
        "nothing": "rien",
    },
    "en": {
        "shell": "the commands",
        "checkpoint": "the commands, with a checkpoint held elsewhere",
        "verify": "`ptce verify`, on this export",
        "live": "`ptce verify`, in the folder of the contest",
        "nothing": "nothing",
    },
}


def verify_pages(head: Head) -> dict[str, bytes]:
    """The pages of an export, by the name of the file: the same whoever makes it, and whenever."""
    return {name: _verify_page(language, head).encode() for name, language in PAGES.items()}


def commands() -> str:
    """The commands that check an export: they know no language."""
    return _source("commands.sh").rstrip()


def findings() -> dict[str, dict[str, str]]:
    """What may have been done, by a name: what finds it first (`by`), and how it is told."""
    return tomllib.loads(_source("findings.toml"))


def findings_table(language: str) -> str:
    """The rows of the table of what finds what."""
    return "\n".join(
        f"| {found[language]} | {_FINDERS[language][found['by']]} |"
        for found in findings().values()
    )


def _verify_page(language: str, head: Head) -> str:
    holes = {
        **{name: str(getattr(head, name)) for name in head.__slots__},
        "commands": commands(),
        "findings": findings_table(language),
    }
    return _HOLE.sub(lambda hole: holes[hole[1]], _source(f"{language}.md"))


def _source(name: str) -> str:
    return (_SOURCES / name).read_text("utf-8")
