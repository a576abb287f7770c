"""The command `ptce`: reads the line, runs one command, reports the outcome."""

from __future__ import annotations

import atexit
import codecs
import gc
import io
import os
import sys
import unicodedata
from collections.abc import Sequence
from contextlib import closing, suppress
from threading import Timer
from typing import TYPE_CHECKING, TextIO

from ptce_workflow.base.errors import Lost, retry_when_busy
from ptce_workflow.base.runtime import VERSION
from ptce_workflow.base.words import speaking
from ptce_workflow.cli.invocation import Invocation, contest_folder, spoken_language
from ptce_workflow.cli.parameters import Common, refuse, split
from ptce_workflow.cli.terminal import Output, open_stream, outcome

if TYPE_CHECKING:
    from pathlib import Path

    from click.shell_completion import CompletionItem


COMPLETED_WITHIN_S = 5.0
"""Whoever types goes on after that, though the database does not answer."""

COLLECT_AFTER = 200_000
"""Objects that must come to be, beyond those that went, before garbage is looked for."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit codes: 0 done; 1 understood and not done; 2 misuse; 130 interrupted."""
    if arguments is None:
        collect_rarely()
    if shell := os.environ.get("_PTCE_COMPLETE"):
        return complete(shell, sys.argv[1:] if arguments is None else arguments)
    # A letter that the terminal cannot show is no reason to fail.
    stdout, stderr = open_stream(sys.stdout), open_stream(sys.stderr)
    replace_what_is_lacking(stdout, stderr)
    common, words = split(sys.argv[1:] if arguments is None else arguments)
    out = Output(stdout, stderr, as_data=common.json, environ=os.environ)
    folder = contest_folder(common.contest, os.environ)
    with speaking(spoken_language(common.language, folder, os.environ)):
        try:
            refuse(common, folder)
            code = run_whole(common, words, folder, out)
            out.stdout.flush()
            return code
        except (Exception, KeyboardInterrupt) as error:
            return outcome(error, out)


def complete(shell: str, typed: Sequence[str]) -> int:
    """Prints what may stand where the line ends; nothing at all where anything goes wrong."""
    # Imported here for start-up time: few lines are typed to be completed.
    from click.shell_completion import ShellComplete, split_arg_string

    from ptce_workflow.cli.grammar import Group

    if shell == "bash":
        line = typed[0] if typed else ""
        typed = [*split_arg_string(line)[1:], *([""] if line[-1:].isspace() else [])]
    *words, begun = typed or [""]
    common, _rest = split(words)
    folder = contest_folder(common.contest, os.environ)
    spoken = spoken_language(common.language, folder, os.environ)
    giving_up = Timer(COMPLETED_WITHIN_S, os._exit, (0,))
    giving_up.start()
    lines: list[str] = []
    with suppress(Exception), open_stream(None) as nowhere, speaking(spoken):
        out = Output(nowhere, nowhere, environ=os.environ)
        with closing(Invocation(folder, common.actor, os.environ, out)) as call:
            found = ShellComplete(Group(), {"obj": call}, "ptce", "").get_completions(words, begun)
            # Files are what the shell itself offers, where nothing is.
            lines = as_lines(shell, [one for one in found if one.type in ("plain", "key")], begun)
    giving_up.cancel()
    try:
        print("\n".join(lines), end="\n" if lines else "", flush=True)
    except (OSError, KeyboardInterrupt) as error:
        return outcome(error, Output(sys.stdout, sys.stderr))
    return 0


def as_lines(shell: str, items: Sequence[CompletionItem], begun: str) -> list[str]:
    """A line for each, as its shell reads it: in bash, without what stands before its word."""
    option = "".join(begun.rpartition("=")[:2]) if begun.startswith("-") else ""
    cut = 0 if option else max(map(begun.rfind, ":=")) + 1
    lines = []
    for item in items:
        text = " ".join((item.help or "").split())
        if shell == "zsh":
            lines.append(option + item.value.replace(":", r"\:") + f":{text}")
        elif shell == "fish":
            lines.append(f"{option}{item.value}\t{text}")
        else:
            # A single one is put into the line; several are shown, up to where they differ.
            shows = text and item.type == "key" and len(items) > 1
            lines.append(item.value[cut:] + (f"  ({text})" if shows else ""))
    return [*filter(None, lines)]


def collect_rarely() -> None:
    """Has Python look for garbage seldom in this process, and not at its end.

    What a command imports is no garbage before Python ends, and then all of it goes: looking
    through it while modules load, and again at the end, would take a third of a short command.
    """
    gc.set_threshold(COLLECT_AFTER)
    atexit.register(gc.freeze)


def run_whole(common: Common, words: Sequence[str], folder: Path | None, out: Output) -> int:
    """Runs a command; anew where the connection to a database broke before anything was done."""

    def act() -> int:
        invocation = Invocation(folder, common.actor, os.environ, out, common.language)
        with closing(invocation):
            return run(common, words, invocation)

    return retry_when_busy(
        act, lambda error: isinstance(error, Lost) and bool(error.again) and not out.has_answered
    )


def run(common: Common, words: Sequence[str], invocation: Invocation) -> int:
    if common.version:
        invocation.out.stdout.write(f"ptce {VERSION}\n")
        return 0
    # Imported here for start-up time: `--version` needs no grammar.
    from click import UsageError
    from click.exceptions import Exit, NoArgsIsHelpError

    from ptce_workflow.cli.grammar import meant, misuse

    group, words = meant(words, invocation.folder)
    try:
        with group.make_context("ptce", list(words), obj=invocation) as context:
            code = group.invoke(context)
    except NoArgsIsHelpError as error:
        print(error.message, file=invocation.out.stderr)
        code = error.exit_code
    except UsageError as error:
        raise misuse(error) from error
    except Exit as end:
        code = end.exit_code
    return code if isinstance(code, int) else 0


HANDLER = "ptce"
# The mark of a rule that fails must not become "?", which is that of a rule that cannot be judged.
_INSTEAD = {
    "✓": "+",
    "✗": "x",
    "→": ">",
    "█": "#",
    "▏": "|",
    "·": "-",
    "–": "-",
    "§": "par. ",
    "…": "...",
    "’": "'",
    "“": '"',
    "”": '"',
    "«": '"',
    "»": '"',
    "œ": "oe",
    "Œ": "OE",
}


def replace_what_is_lacking(*streams: TextIO) -> None:
    """Has streams show the nearest plain letters in place of those that they cannot."""
    codecs.register_error(HANDLER, _instead)
    for stream in streams:
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=HANDLER)


def _instead(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    lacking = error.object[error.start : error.end]
    return "".join(map(plain, lacking)), error.end


def plain(letter: str) -> str:
    """A letter in ASCII: the nearest there is, else a question mark."""
    bare = unicodedata.normalize("NFKD", letter).encode("ascii", "ignore").decode()
    return _INSTEAD.get(letter, bare or "?")
