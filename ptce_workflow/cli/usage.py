"""A line that cannot be read: what click found wrong, said in the language in force."""

from __future__ import annotations

import click
from click.exceptions import NoArgsIsHelpError

from ptce_workflow.base.errors import Misuse
from ptce_workflow.base.suggestions import did_you_mean, nearest
from ptce_workflow.base.words import _
from ptce_workflow.cli.common import COMMON


class HelpWanted(Misuse):
    """`ptce`, or a word that gathers commands, was typed alone: its help is the answer."""


def misuse(error: click.UsageError) -> Misuse:
    """What click refuses, as our own error; none of its words are used."""
    context = error.ctx
    assert context is not None, "the grammar gives every usage error its context"
    if isinstance(error, NoArgsIsHelpError):
        return HelpWanted(context.get_help())
    return shown_usage(context, said(error, context))


def said(error: click.UsageError, context: click.Context) -> str:
    """What is wrong with the line, in a sentence."""
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
    """Whether the option of that name takes a value."""
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
