"""What is known of a command before its module is imported."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Entry:
    """One command, or a word that gathers several (then without `target`).

    `name` is what is typed after `ptce`; `target` is `module:function` below `cli.commands`;
    `shape` is what `--json` writes, empty where no table is printed.
    """

    name: str
    summary: str
    target: str = ""
    details: str = ""
    examples: tuple[str, ...] = ()
    shape: str = ""

    @property
    def word(self) -> str:
        """The last word of its name."""
        return self.name.rpartition(" ")[2]

    @property
    def parent(self) -> str:
        """The word that gathers it; empty for most."""
        return self.name.rpartition(" ")[0]


@dataclass(frozen=True, slots=True)
class Section:
    """A heading of `ptce --help` and the commands below it."""

    heading: str
    entries: tuple[Entry, ...]
