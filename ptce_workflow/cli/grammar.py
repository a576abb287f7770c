"""The grammar of the command line, on click."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any

import click

from ptce_workflow.base.errors import Misuse
from ptce_workflow.base.words import N_, _, did_you_mean, n_, nearest
from ptce_workflow.cli.index import SECTIONS
from ptce_workflow.cli.invocation import Answer, give
from ptce_workflow.cli.parameters import JSON, VALUED, VERSION, Meant
from ptce_workflow.cli.terminal import shown_usage
from ptce_workflow.reports.listing import Listing, documented

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from ptce_workflow.cli.invocation import Invocation


WIDEST_TERM = 26
"""The columns that a word or an option may take before its explanation begins below it."""

Row = tuple[str, str]

PLACES = {name: place for section in SECTIONS.values() for name, place in section.items()}
"""The module and the function of each command, by what is typed after `ptce`."""

GATHERED = {
    "people": N_("Say who may act: enrol, list, leave."),
    "jury": N_("Score the candidatures and rank them."),
    "mail": N_("Read mails before they leave, and say what becomes of them."),
}
"""The words that gather several commands, and what these do."""


class HelpPage(click.HelpFormatter):
    """A page of help, its headings in the language in force."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        """Writes the line that says how to type a command."""
        super().write_usage(prog, args, prefix or _("Usage: "))

    def write_heading(self, heading: str) -> None:
        """Writes a heading."""
        self.write(" " * self.current_indent + _("{heading}:").format(heading=heading) + "\n")

    def write_list(self, heading: str, rows: Sequence[Row]) -> None:
        """Writes words with their explanations below a heading; nothing when there are none."""
        if rows:
            with self.section(heading):
                self.write_dl(rows, col_max=WIDEST_TERM)

    def write_lines(self, heading: str, lines: Sequence[str]) -> None:
        """Writes lines below a heading, unwrapped."""
        with self.section(heading):
            for line in lines:
                self.write(" " * self.current_indent + line + "\n")


class PageContext(click.Context):
    """Click's context, with our pages."""

    formatter_class = HelpPage


class Spoken(click.Command):
    """The base of commands and groups of commands: whatever they say comes from the catalogue."""

    context_class = PageContext

    @property
    def paragraphs(self) -> list[str]:
        """The help of the command: a sentence, then more of it."""
        return [" ".join(text.split()) for text in (self.help or "").split("\n\n")]

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        """The option that shows the help."""
        option = super().get_help_option(ctx)
        if option is not None:
            option.help = N_("Show this help and stop.")
        return option

    def get_short_help_str(self, limit: int = 45) -> str:
        """The help of the command, in a sentence."""
        return _(self.paragraphs[0])

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem[Any]]:
        """The words that may stand there, each with its help."""
        found = super().shell_complete(ctx, incomplete)
        for item in found:
            item.help = _(item.help) if item.help else ""
        return found

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Reads the words of the line.

        Raises: UsageError for a line that cannot be read, with the context in which it could not.
        """
        try:
            return super().parse_args(ctx, args)
        except click.UsageError as error:
            error.ctx = error.ctx or ctx
            raise

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Writes what it does."""
        formatter.write_paragraph()
        with formatter.indentation():
            formatter.write_text("\n\n".join(map(_, self.paragraphs)))


class Command(Spoken):
    """One command: beside its words, its examples and the shape of what `--json` writes.

    `shape` is empty where no table is printed; `paths` tells besides where each key is found. Of a
    listing, a command may answer with the rows.
    """

    # Words too many are refused by `parse_args` below, in the language in force.
    allow_extra_args = True

    def __init__(
        self, name: str | None, *, examples: tuple[str, ...], shape: str | Listing, **settings: Any
    ) -> None:
        super().__init__(name, **settings)
        self.examples = examples
        self.listing = shape if isinstance(shape, Listing) else None
        self.paths = shape.shape if isinstance(shape, Listing) else shape
        self.shape = documented(self.paths)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Reads the words of the line.

        Raises: Misuse for words too many, UsageError for a line that cannot be read otherwise.
        """
        extra = super().parse_args(ctx, args)
        if extra and not ctx.resilient_parsing:
            words = " ".join(extra)
            what = n_("A word too many: {words}.", "Words too many: {words}.", len(extra))
            raise shown_usage(ctx, what.format(words=words))
        return extra

    def invoke(self, ctx: click.Context) -> Any:
        """Runs the command and gives its answer; the exit code.

        Raises: Misuse when data are wanted of a command that has none.
        """
        call: Invocation = ctx.obj
        if call.out.as_data and not self.shape:
            raise Misuse(
                _('"{command}" prints no table: it has no --json.').format(command=ctx.command_path)
            )
        call.as_of = ctx.params.pop("as_of", None)
        self._ask_meant(ctx, call)
        call.file, call.yes = ctx.params.pop("file", None), ctx.params.pop("yes", False)
        answer = super().invoke(ctx)
        listing = self.listing
        if listing is not None and isinstance(answer, list | tuple):
            rows = answer
            answer = Answer(lambda: listing.report(call.contest, rows), rows)
        return give(call, answer, self.paths) if isinstance(answer, Answer) else answer

    def _ask_meant(self, ctx: click.Context, call: Invocation) -> None:
        """Puts, for each word that names something of the contest, the key of it."""
        for param in self.params:
            if isinstance(param.type, Meant) and param.name is not None:
                ctx.params[param.name] = param.type.found(call, ctx.params[param.name])

    def collect_usage_pieces(self, ctx: click.Context) -> list[str]:
        """The words of the usage line."""
        arguments = (shown_argument(p) for p in self.params if isinstance(p, click.Argument))
        return ["[OPTIONS]", *arguments]

    def format_arguments(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Writes the words whose place names them."""
        assert isinstance(formatter, HelpPage)
        arguments = (one for one in self.params if isinstance(one, click.Argument))
        said = [(str(one.metavar), str(one.help)) for one in arguments]
        rows = [(_(metavar), _(explained)) for metavar, explained in said]
        formatter.write_list(_("Arguments"), rows)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Writes the command's own options, and those of every command."""
        assert isinstance(formatter, HelpPage)
        options = (one for one in self.get_params(ctx) if isinstance(one, click.Option))
        rows = [shown_option(one) for one in options]
        if self.shape:
            rows.append(("--json", _("Write data instead: {shape}").format(shape=self.shape)))
        formatter.write_list(_("Options"), rows)
        formatter.write_list(_("Common options"), [shown_option(one) for one in VALUED])

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Writes the examples, unwrapped."""
        assert isinstance(formatter, HelpPage)
        examples = [_(example) for example in self.examples]
        formatter.write_lines(n_("Example", "Examples", len(examples)), examples)


def command(
    name: str, *, examples: tuple[str, ...], shape: str | Listing = ""
) -> Callable[[Callable[..., Any]], Command]:
    """Makes a command of a function of its invocation and of what was typed.

    `name` is what is typed after `ptce`; `cli.commands` lists it below its heading, and `cli.index`
    is made of both (tools/generate.py). The docstring is its help, from the catalogue as all words
    are: in a sentence what it does, then a paragraph more.
    """

    def made(function: Callable[..., Any]) -> Command:
        own = click.command(name, cls=Command, examples=examples, shape=shape)
        return own(click.pass_obj(function))

    return made


def load(name: str) -> Command:
    """The command of that name (`jury score`), its module imported now."""
    module, _colon, function = PLACES[name].partition(":")
    command: Command = getattr(import_module(f"ptce_workflow.cli.commands.{module}"), function)
    return command


def every_command() -> dict[str, Command]:
    """Every command by its name, all modules imported."""
    return {name: load(name) for name in PLACES}


class Group(Spoken, click.Group):
    """`ptce` itself, or a word that gathers several commands; each is imported when called."""

    def __init__(self, prefix: str = "") -> None:
        super().__init__(
            prefix or "ptce",
            help=GATHERED.get(prefix, N_("Runs a contest whose rulebook is data.")),
            no_args_is_help=True,
            context_settings={"help_option_names": ["-h", "--help"]},
        )
        self.prefix = prefix

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The words that may follow."""
        start = f"{self.prefix} " if self.prefix else ""
        below = (name.removeprefix(start) for name in PLACES if name.startswith(start))
        return list(dict.fromkeys(word.partition(" ")[0] for word in below))

    def get_command(self, ctx: click.Context, cmd_name: str) -> Spoken | None:
        """The command of that word; None when there is none."""
        name = f"{self.prefix} {cmd_name}" if self.prefix else cmd_name
        if name in PLACES:
            return load(name)
        return Group(name) if name in GATHERED else None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Finds the command that the first word names.

        Raises: Misuse when there is none, with the nearest name.
        """
        found = self.get_command(ctx, args[0])
        if found is None and not ctx.resilient_parsing:
            what = _('There is no command "{name}".').format(name=args[0])
            mend = _("The commands: {command}").format(command=f"{ctx.command_path} --help")
            raise Misuse(what, self._nearest(args[0]), mend)
        return args[0] if found else None, found, args[1:]

    def _nearest(self, word: str) -> str:
        # Those of this group come last, so that they win over the same word elsewhere.
        ordered = sorted((*PLACES, *GATHERED), key=lambda n: n.rpartition(" ")[0] == self.prefix)
        known = {name.rpartition(" ")[2]: name for name in ordered}
        return did_you_mean([known[name] for name in nearest(word, known, most=2)])

    def collect_usage_pieces(self, ctx: click.Context) -> list[str]:
        return ["[OPTIONS]", _("COMMAND ...")]

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        assert isinstance(formatter, HelpPage)
        self.format_commands(ctx, formatter)
        options = [*VALUED, JSON, self.get_help_option(ctx), None if self.prefix else VERSION]
        rows = [shown_option(option) for option in options if option]
        formatter.write_list(_("Options, before or after the command"), rows)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Writes what to type first."""
        assert isinstance(formatter, HelpPage)
        if not self.prefix:
            first = ["ptce init " + _("DIR") + " --rehearsal", "ptce " + _("COMMAND") + " --help"]
            formatter.write_lines(_("To begin"), first)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Writes the commands under their headings."""
        start = f"{self.prefix} " if self.prefix else ""
        shown = {
            heading: {
                name.removeprefix(start): load(name) for name in names if name.startswith(start)
            }
            for heading, names in SECTIONS.items()
        }
        # One width for all headings, so that every summary begins in the same column.
        width = max(len(name) for commands in shown.values() for name in commands)
        for heading, commands in shown.items():
            rows = [(name.ljust(width), one.get_short_help_str()) for name, one in commands.items()]
            if rows:
                with formatter.section(_("Commands") if self.prefix else _(heading)):
                    formatter.write_dl(rows)


def shown_argument(argument: click.Argument) -> str:
    """An argument as the usage line shows it: `REF`, `[TRANSITION]`, `FILE ...`."""
    metavar = str(argument.metavar)
    name = _(metavar)
    several = " ..." if argument.nargs != 1 and "..." not in name else ""
    return name + several if argument.required else f"[{name}]{several}"


def shown_option(option: click.Option) -> Row:
    """An option and what it does, with its default."""
    names = ", ".join(sorted(option.opts, key=len))
    value = " " + _(option.metavar) if option.metavar else ""
    return names + value, " ".join(_remarks(option))


def _remarks(option: click.Option) -> Iterator[str]:
    if option.help:
        yield _(option.help)
    if isinstance(option.type, click.Choice):
        yield _("Accepted: {words}.").format(words=", ".join(option.type.choices))
    if option.required:
        yield _("[required]")
    if isinstance(option.default, str):
        yield _("[default: {value}]").format(value=option.default)
