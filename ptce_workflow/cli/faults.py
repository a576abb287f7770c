"""The one place where what went wrong becomes text on the error stream and an exit code."""

from __future__ import annotations

import os
import traceback
from contextlib import suppress

import click
from click.exceptions import NoArgsIsHelpError

from ptce_workflow.base.errors import Misuse, PtceError, refusal_of
from ptce_workflow.base.text import did_you_mean, nearest
from ptce_workflow.base.words import _
from ptce_workflow.cli.output import Output, safe, wrapped
from ptce_workflow.cli.parameters import COMMON

DONE = 0
NOT_DONE = 1
MISUSED = 2
INTERRUPTED = 130
NOBODY_READS = 141


def outcome(error: BaseException, out: Output) -> int:
    """Says what went wrong and gives the exit code that tells it to programs."""
    out.settle()
    if isinstance(error, BrokenPipeError):
        return silenced(out)
    if isinstance(error, KeyboardInterrupt):
        out.remark(_("Interrupted."))
        return INTERRUPTED
    if isinstance(error, HelpWanted):
        print(error.what, file=out.stderr)
        return MISUSED
    if isinstance(error, PtceError):
        show(error, out)
        return error.exit_code
    if isinstance(error, OSError):
        show(refused_by_machine(error), out, _("Error:"))
        return NOT_DONE
    show(fault_of_ours(error), out, _("Error:"))
    if out.environ.get("PTCE_DEBUG") == "1":
        traceback.print_exception(error, file=out.stderr)
    return NOT_DONE


def show(error: PtceError, out: Output, label: str = "") -> None:
    """Prints what happened, why, and how to mend it, wrapped where a person reads.

    Without a label, what was misused is called an error and the rest a refusal.
    """
    label = label or (_("Error:") if isinstance(error, Misuse) else _("Refused:"))
    width = out.width(out.stderr)
    lines = wrapped(safe(f"{label} {error.what}"), width)
    for line in "\n".join(filter(None, (error.why, error.mend))).split("\n"):
        # What a mark or a bullet begins goes on beneath its own words.
        hanging = "  " if line.lstrip()[1:2] == " " else ""
        lines += wrapped(safe(line), width, "  ", hanging) if line else []
    if out.coloured(out.stderr):
        lines[0] = lines[0].replace(label, f"\x1b[1;31m{label}\x1b[0m", 1)
    print("\n".join(lines), file=out.stderr)


def refused_by_machine(error: OSError) -> PtceError:
    """The error for a file or folder that the machine refuses; unnamed, mostly for output."""
    reason = refusal_of(error)
    if error.filename is None:
        return PtceError(_("The machine refuses: {reason}.").format(reason=reason), _not_told())
    name = os.fsdecode(error.filename) if not isinstance(error.filename, int) else "?"
    return PtceError(_("{file}: {reason}.").format(file=name, reason=reason))


def fault_of_ours(error: BaseException) -> PtceError:
    """A fault of the program, with how to report it."""
    return PtceError(
        _("ptce failed; the fault is its own, not yours ({kind}).").format(
            kind=type(error).__name__
        ),
        _not_told(),
        _(
            "To report it, run the same line with PTCE_DEBUG=1 and send what appears, once you "
            "have read that it quotes nothing personal."
        ),
    )


def _not_told() -> str:
    return _("What was not reported as done may not be done: ptce verify tells.")


def silenced(out: Output) -> int:
    """Nobody reads the output any longer (`ptce list | head`): stop without a word."""
    # What is still in the buffer goes nowhere, so that closing it says nothing either. A stream
    # that is no file (a test's) has nothing to redirect.
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), out.stdout.fileno())
    return NOBODY_READS


class HelpWanted(Misuse):
    """`ptce`, or a word that gathers commands, was typed alone: its help is the answer."""


def misuse(error: click.UsageError) -> Misuse:
    """The error of click as our own; none of its words are used."""
    context = error.ctx
    assert context is not None, "the grammar gives every usage error its context"
    if isinstance(error, NoArgsIsHelpError):
        return HelpWanted(context.get_help())
    return shown_usage(context, said(error, context))


def said(error: click.UsageError, context: click.Context) -> str:
    """The fault of the line, in a sentence."""
    if isinstance(error, click.MissingParameter) and isinstance(error.param, click.Argument):
        metavar = str(error.param.metavar)
        return _("{name} is missing.").format(name=_(metavar))
    if isinstance(error, click.MissingParameter) and error.param is not None:
        return _("The option {option} is missing.").format(option=error.param.opts[0])
    if isinstance(error, click.NoSuchOption):
        return unknown_option(error.option_name, context)
    if isinstance(error, click.BadOptionUsage):
        if takes_value(context, error.option_name):
            return _("The option {option} needs a value.").format(option=error.option_name)
        return _("The option {option} takes no value.").format(option=error.option_name)
    if isinstance(context.command, click.Group):
        return _("The command is missing.")
    return _("This line cannot be read.")


def unknown_option(name: str, context: click.Context) -> str:
    """That there is no such option, with the nearest ones."""
    known = ["--help"]
    for parameter in (*COMMON, *context.command.params):
        known += parameter.opts if isinstance(parameter, click.Option) else ()
    text = _("There is no option {option}.").format(option=name)
    return f"{text} {did_you_mean(nearest(name, known))}".rstrip()


def takes_value(context: click.Context, name: str) -> bool:
    """True when the option of that name takes a value."""
    return any(
        isinstance(parameter, click.Option) and name in parameter.opts and not parameter.is_flag
        for parameter in context.command.get_params(context)
    )


def shown_usage(context: click.Context, what: str) -> Misuse:
    """A misuse with the way to type the command and where its help is."""
    pieces = " ".join(context.command.collect_usage_pieces(context))
    return Misuse(
        what,
        _("Usage: ") + f"{context.command_path} {pieces}",
        _("More: {command}").format(command=f"{context.command_path} --help"),
    )
