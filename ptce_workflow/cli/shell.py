"""The command line's grammar, and all that it says of itself.

Typer reads the signatures and parses. What it would say in English of its own (headings, help,
faults) is said here instead, in the language in force: hence the classes below, and the imports
from the part of typer that holds its base classes.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any

import typer
import typer.main
from typer._click import Command as BaseCommand
from typer._click import Context, HelpFormatter
from typer._click.exceptions import UsageError
from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption

from ptce_workflow.base.errors import Misuse
from ptce_workflow.base.suggestions import did_you_mean, nearest
from ptce_workflow.base.words import _, n_
from ptce_workflow.cli.entry import Entry
from ptce_workflow.cli.invocation import Invocation
from ptce_workflow.cli.table import entries, sections
from ptce_workflow.cli.usage import misuse, shown_usage

HELP_OPTIONS = ["-h", "--help"]


class Page(HelpFormatter):
    """A page of help, its headings in the language in force."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        """Writes the line that says how to type a command."""
        super().write_usage(prog, args, prefix or _("Usage: "))

    def write_heading(self, heading: str) -> None:
        """Writes a heading."""
        self.write(" " * self.current_indent + _("{heading}:").format(heading=heading) + "\n")


class PageContext(Context):
    """Typer's context, with our pages."""

    formatter_class = Page


class Spoken(BaseCommand):
    """What commands and groups of commands share: whatever they say comes from the catalogue."""

    context_class = PageContext

    def get_help_option(self, ctx: Context) -> TyperOption | None:
        """The option that shows the help."""
        option = super().get_help_option(ctx)
        if option is not None:
            option.help = _("Show this help and stop.")
            # Typer leaves it unset, and then loads pydantic to read a value that is not there.
            option.default = False
        return option

    def parse_args(self, ctx: Context, args: list[str]) -> list[str]:
        """Reads the words of the line.

        *Raises* Misuse for a line that cannot be read.
        """
        try:
            return super().parse_args(ctx, args)
        except UsageError as error:
            error.ctx = error.ctx or ctx
            raise misuse(error) from error

    def format_epilog(self, ctx: Context, formatter: HelpFormatter) -> None:
        """Writes what ends a page."""

    def common_options(self) -> list[tuple[str, str]]:
        """The options that may stand anywhere, and what they do."""
        return [
            (
                "--contest " + _("DIR"),
                _("The contest's folder; else PTCE_CONTEST, else the nearest one upward."),
            ),
            ("--as " + _("ACTOR"), _("Who acts; else PTCE_ACTOR, else your login.")),
            ("--lang fr|en", _("The language; else PTCE_LANG, else the contest's.")),
        ]


class Command(Spoken, TyperCommand):
    """One command of the table."""

    # Words too many are refused by `parse_args` below, in the language in force.
    allow_extra_args = True
    entry: Entry

    def parse_args(self, ctx: Context, args: list[str]) -> list[str]:
        """Reads the words of the line.

        *Raises* Misuse for a line that cannot be read, or holds words too many.
        """
        extra = super().parse_args(ctx, args)
        if extra and not ctx.resilient_parsing:
            words = " ".join(extra)
            what = n_("A word too many: {words}.", "Words too many: {words}.", len(extra))
            raise shown_usage(ctx, what.format(words=words))
        return extra

    def collect_usage_pieces(self, ctx: Context) -> list[str]:
        """The words of the usage line."""
        arguments = (shown_argument(p) for p in self.params if isinstance(p, TyperArgument))
        return ["[OPTIONS]", *arguments]

    def format_options(self, ctx: Context, formatter: HelpFormatter) -> None:
        """Writes the arguments, the options, and those of every command."""
        arguments = [
            (str(parameter.metavar), parameter.help or "")
            for parameter in self.params
            if isinstance(parameter, TyperArgument)
        ]
        options = [
            shown_option(parameter)
            for parameter in self.get_params(ctx)
            if isinstance(parameter, TyperOption)
        ]
        common = self.common_options()
        if self.entry.shape:
            writes = _("Write data instead: {shape}").format(shape=self.entry.shape)
            options.append(("--json", writes))
        for heading, rows in (
            (_("Arguments"), arguments),
            (_("Options"), options),
            (_("Common options"), common),
        ):
            if rows:
                with formatter.section(heading):
                    formatter.write_dl(rows, col_max=26)

    def format_epilog(self, ctx: Context, formatter: HelpFormatter) -> None:
        """Writes the examples, unwrapped."""
        examples = self.entry.examples
        with formatter.section(n_("Example", "Examples", len(examples))):
            for example in examples:
                formatter.write(" " * formatter.current_indent + example + "\n")


class Group(Spoken, TyperGroup):
    """`ptce` itself, or a word that gathers several commands; each is imported when called."""

    def __init__(self, prefix: str, invocation: Invocation) -> None:
        summaries = {entry.name: entry.summary for entry in entries()}
        super().__init__(
            name=prefix or "ptce",
            help=summaries.get(prefix, _("Runs a contest whose rulebook is data.")),
            rich_markup_mode=None,
            no_args_is_help=True,
            subcommand_metavar=_("COMMAND ..."),
        )
        self.prefix = prefix
        self.invocation = invocation

    def list_commands(self, ctx: Context) -> list[str]:
        """The words that may follow."""
        return [entry.word for entry in entries() if entry.parent == self.prefix]

    def get_command(self, ctx: Context, cmd_name: str) -> BaseCommand | None:
        """The command of that word; None when there is none."""
        for entry in entries():
            if entry.parent == self.prefix and entry.word == cmd_name:
                if entry.target:
                    return load(entry, self.invocation)
                return Group(entry.name, self.invocation)
        return None

    def invoke(self, ctx: Context) -> Any:
        """Runs the command that the line names.

        *Raises* Misuse when it names none.
        """
        try:
            return super().invoke(ctx)
        except UsageError as error:
            error.ctx = error.ctx or ctx
            raise misuse(error) from error

    def resolve_command(
        self, ctx: Context, args: list[str]
    ) -> tuple[str | None, BaseCommand | None, list[str]]:
        """Finds the command that the first word names.

        *Raises* Misuse when there is none, with the nearest name.
        """
        command = self.get_command(ctx, args[0])
        if command is None and not ctx.resilient_parsing:
            raise Misuse(
                _('There is no command "{name}".').format(name=args[0]),
                self._nearest(args[0]),
                _("The commands: {command}").format(command=f"{ctx.command_path} --help"),
            )
        return args[0] if command else None, command, args[1:]

    def _nearest(self, word: str) -> str:
        # Those of this group come last, so that they win over the same word elsewhere.
        ordered = sorted(entries(), key=lambda entry: entry.parent == self.prefix)
        known = {entry.word: entry.name for entry in ordered}
        return did_you_mean([known[name] for name in nearest(word, known, most=2)])

    def format_options(self, ctx: Context, formatter: HelpFormatter) -> None:
        """Writes the commands under their headings, then the options."""
        self.format_commands(ctx, formatter)
        options = [("--json", _("Write data instead of a table, where there is one."))]
        options += [shown_option(wanted)] if (wanted := self.get_help_option(ctx)) else []
        if not self.prefix:
            options.append(("--version", _("Show the version and stop.")))
        with formatter.section(_("Options, before or after the command")):
            formatter.write_dl([*self.common_options(), *options], col_max=26)

    def format_epilog(self, ctx: Context, formatter: HelpFormatter) -> None:
        """Writes what to type first."""
        if not self.prefix:
            first = ("ptce init " + _("DIR") + " --rehearsal", "ptce " + _("COMMAND") + " --help")
            with formatter.section(_("To begin")):
                for line in first:
                    formatter.write(" " * formatter.current_indent + line + "\n")

    def format_commands(self, ctx: Context, formatter: HelpFormatter) -> None:
        """Writes the commands under their headings."""
        shown = [
            (_("Commands") if self.prefix else section.heading, entry)
            for section in sections()
            for entry in section.entries
            if entry.target and self.prefix in ("", entry.parent)
        ]
        names = [entry.name.removeprefix(f"{self.prefix} ") for _heading, entry in shown]
        # One width for all headings, so that every summary begins in the same column.
        width = max(map(len, names))
        for heading in dict.fromkeys(heading for heading, _entry in shown):
            rows = [
                (name.ljust(width), entry.summary)
                for name, (own, entry) in zip(names, shown, strict=True)
                if own == heading
            ]
            with formatter.section(heading):
                formatter.write_dl(rows)


def load(entry: Entry, invocation: Invocation) -> Command:
    """Imports a command's module and lets typer read its signature."""
    module, _colon, name = entry.target.partition(":")
    function = getattr(import_module(f"ptce_workflow.cli.commands.{module}"), name)
    app = typer.Typer(add_completion=False, rich_markup_mode=None)
    text = "\n\n".join(filter(None, (entry.summary, entry.details)))
    app.command(entry.word, cls=Command, help=text)(given(function, invocation, entry))
    command = typer.main.get_command(app)
    assert isinstance(command, Command)
    command.entry = entry
    return command


def given(function: Callable[..., Any], invocation: Invocation, entry: Entry) -> Callable[..., Any]:
    """The function with its first argument given, so that typer sees only the others."""
    # Annotations are read now, not when the module was imported: the help in them is then in
    # the language in force.
    signature = inspect.signature(function, eval_str=True)
    others = list(signature.parameters.values())[1:]

    def run(**values: Any) -> Any:
        if invocation.out.as_data and not entry.shape:
            raise Misuse(
                _('"{command}" prints no table: it has no --json.').format(
                    command=f"ptce {entry.name}"
                )
            )
        return function(invocation, **values)

    run.__signature__ = signature.replace(parameters=others)  # type: ignore[attr-defined]
    return run


def shown_argument(argument: TyperArgument) -> str:
    """An argument as the usage line shows it: `REF`, `[TRANSITION]`, `FILE ...`."""
    name = str(argument.metavar)
    several = " ..." if argument.nargs != 1 and "..." not in name else ""
    return name + several if argument.required else f"[{name}]{several}"


def shown_option(option: TyperOption) -> tuple[str, str]:
    """An option and what it does, with its default."""
    names = ", ".join(sorted(option.opts, key=len))
    value = f" {option.metavar}" if option.metavar else ""
    return names + value, " ".join(_remarks(option))


def _remarks(option: TyperOption) -> Iterator[str]:
    if option.help:
        yield option.help
    if option.required:
        yield _("[required]")
    if isinstance(option.default, str):
        yield _("[default: {value}]").format(value=option.default)
