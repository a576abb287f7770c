"""The commands of `ptce`, read by click.

Click says its own words through `gettext`: `messages.mo`, beside our catalogue, has them in French.
Ours are put into the language in force when a command is looked up.
"""

from __future__ import annotations

import gettext
import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from copy import copy
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.exceptions import NoSuchCommand

from ptce_workflow.base import words
from ptce_workflow.base.errors import Misuse, PtceError
from ptce_workflow.base.words import N_, _, alike, did_you_mean, language, n_, nearest, plain
from ptce_workflow.cli.commands import IN_FRENCH, REFERRED, SECTIONS
from ptce_workflow.cli.invocation import Answer, Invocation, give
from ptce_workflow.cli.parameters import JSON, VALUED, VERSION, KeyParameter, offered
from ptce_workflow.reports.listing import Listing, documented

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

SETTINGS = {"help_option_names": ["-h", "--help"], "show_default": True}
LISTED = {name: module for rows in SECTIONS.values() for module, *names in rows for name in names}
"""The modules of the commands that stand below a heading: no other module is imported for them."""
SPELLED = {alike(word): name for name, word in IN_FRENCH.items()}

GATHERED = {
    "people": N_("Say who may act: enrol, list, leave."),
    "jury": N_("Score the candidatures and rank them."),
    "mail": N_("Read mails before they leave, and say what becomes of them."),
}
"""The words that gather several commands, and what these do."""


class Command(click.Command):
    """A command, its examples, and the shape of `--json`; of a listing, rows may be the answer.

    `choices` are the words that a folder has for its first argument, and what each stands for.
    """

    def __init__(
        self,
        name: str | None,
        *,
        examples: tuple[str, ...],
        shape: str | Listing,
        choices: Callable[[Invocation], Mapping[str, str]] | None = None,
        **settings: Any,
    ) -> None:
        super().__init__(name, context_settings=SETTINGS, **settings)
        self.examples, self.choices = examples, choices
        self.listing = shape if isinstance(shape, Listing) else None
        self.paths = shape.shape if isinstance(shape, Listing) else shape
        self.shape = documented(self.paths)

    @property
    def paragraphs(self) -> list[str]:
        """The docstring of the function, in English: a sentence, then more of it."""
        return [" ".join(text.split()) for text in (self.callback.__doc__ or "").split("\n\n")]

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        option = super().get_help_option(ctx)
        if option is not None:
            # Click keeps the option, and with it the language in which it was first asked for.
            option.help = gettext.gettext("Show this message and exit.")
        return option

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        super().format_options(ctx, formatter)
        if self.choices is not None and ctx.obj is not None:
            # What is wrong with a folder is not told by the help of a command.
            with suppress(PtceError, OSError):
                rows = [*self.choices(ctx.obj).items()]
                heading = _("{heading}:").format(heading=self.params[0].metavar)
                with formatter.section(heading[:-1]):
                    formatter.write_dl(rows)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Raises: UsageError, with its context, which click's parser leaves out."""
        try:
            return super().parse_args(ctx, args)
        except click.UsageError as error:
            error.ctx = error.ctx or ctx
            raise

    def invoke(self, ctx: click.Context) -> Any:
        """Raises: Misuse when data are wanted of a command that has none."""
        call: Invocation = ctx.obj
        if call.out.as_data and not self.shape:
            what = _('"{command}" prints no table: it has no --json.')
            raise Misuse(what.format(command=ctx.command_path))
        call.as_of = ctx.params.pop("as_of", None)
        for param in self.params:
            if isinstance(param.type, KeyParameter) and param.name is not None:
                ctx.params[param.name] = param.type.resolve(call, ctx.params[param.name])
        call.file = ctx.params.pop("file", None)
        call.yes, call.force = ctx.params.pop("yes", False), ctx.params.pop("force", False)
        answer = super().invoke(ctx)
        listing = self.listing
        if listing is not None and isinstance(answer, list | tuple):
            rows = answer
            answer = Answer(lambda: listing.report(call.contest, rows), rows)
        return give(call, answer, self.paths) if isinstance(answer, Answer) else answer


def command(
    name: str,
    *,
    examples: tuple[str, ...],
    shape: str | Listing = "",
    choices: Callable[[Invocation], Mapping[str, str]] | None = None,
) -> Callable[[Callable[..., Any]], Command]:
    """Makes a command of a function of its invocation and of what was typed.

    `name` is what is typed after `ptce`; `cli.commands` lists it below its heading. The docstring
    is its help, from the catalogue as all words are: in a sentence what it does, then a paragraph
    more.
    """

    def decorate(function: Callable[..., Any]) -> Command:
        own = click.command(name, cls=Command, examples=examples, shape=shape, choices=choices)
        return own(click.pass_obj(function))

    return decorate


def _speak() -> None:
    """Has click speak the language in force: `gettext` reads it of this variable alone."""
    os.environ["LANGUAGE"] = language()
    gettext.bindtextdomain("messages", str(Path(words.__file__).parent / "locale"))


def declared_in(module: str) -> dict[str, Command]:
    values = vars(import_module(f"ptce_workflow.cli.commands.{module}")).values()
    return {str(value.name): value for value in values if isinstance(value, Command)}


@cache
def headed() -> dict[str, dict[str, str]]:
    """The module of each command, below its heading; all of them are imported for that.

    A command that no heading names comes last below the first heading of its module.
    """
    sections = {
        heading: {name: module for module, *names in rows for name in names}
        for heading, rows in SECTIONS.items()
    }
    for module in dict.fromkeys(LISTED.values()):
        first = next(names for names in sections.values() if module in names.values())
        first |= {name: module for name in declared_in(module) if name not in LISTED}
    return sections


class Late:
    """A module that loads when something of it is asked for: few commands need all of theirs."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, name: str) -> Any:
        return getattr(import_module(self._name), name)


def places() -> dict[str, str]:
    """The module of each command, by what is typed after `ptce`."""
    return {name: module for names in headed().values() for name, module in names.items()}


def load(name: str) -> Command:
    """The command of that name (`jury score`), its module imported now, in the language spoken."""
    _speak()
    module = LISTED.get(name) or places()[name]
    command = copy(declared_in(module)[name])
    common = [translated(option) for option in VALUED]
    if command.shape:
        shape = _("Write data instead: {shape}").format(shape=command.shape)
        common.append(click.Option(["--json"], is_flag=True, help=shape))
    for option in common:
        # `split` took them off the line: the language depends on them.
        option.expose_value, option.callback = False, _refuse_after_dashes
    command.params = [*map(translated, command.params), *common]
    command.help = "\n\n".join((*map(_, command.paragraphs), *also_typed(name)))
    command.short_help = _(command.paragraphs[0])
    examples = command.examples
    command.epilog = unwrapped(n_("Example", "Examples", len(examples)), *map(_, examples))
    return command


def in_french(name: str) -> str:
    """What may be typed for the name of a command; empty where a word of it has no other."""
    words = [IN_FRENCH.get(word, "") for word in name.split()]
    return " ".join(words) if all(words) else ""


def also_typed(name: str) -> list[str]:
    other = in_french(name)
    return [_("Also typed: {command}").format(command=f"ptce {other}")] if other else []


def _refuse_after_dashes(ctx: click.Context, option: click.Parameter, value: object) -> None:
    """Refuses a common option that `split` left, as it leaves all that follows `--`."""
    if value not in (None, False):
        raise click.NoSuchOption(option.opts[0], ctx=ctx)


def translated(param: click.Parameter) -> click.Parameter:
    own = copy(param)
    assert isinstance(own, click.Option | click.Argument)
    own.help = own.help and _(own.help)
    if isinstance(own.type, click.Choice):
        own.metavar = None  # Click shows the words to choose from.
    elif own.metavar:
        own.metavar = _(own.metavar)
        if isinstance(own, click.Argument):
            several = " ..." if own.nargs != 1 and "..." not in own.metavar else ""
            own.metavar = (own.metavar if own.required else f"[{own.metavar}]") + several
    return own


def unwrapped(heading: str, *lines: str) -> str:
    return "\n".join(("\b", _("{heading}:").format(heading=heading), *(f"  {x}" for x in lines)))


def every_command() -> dict[str, Command]:
    return {name: load(name) for name in places()}


def meant(words: Sequence[str], folder: Path | None) -> tuple[Group, list[str]]:
    """What a line asks of which group: `help …` for help, a contest with no command for today."""
    if words[:1] == ("help",):
        typed = [word for word in words[1:] if word != "help"]
        keys = {key: heading for heading, names in REFERRED.items() for key in map(plain, names)}
        heading = keys.get(plain(" ".join(typed)), "")
        return Group(section=heading), ["--help"] if heading else [*typed, "--help"]
    is_today = not words or (words[0].startswith("-") and words[0] not in ("-h", "--help", "--"))
    return Group(), ["today", *words] if folder is not None and is_today else list(words)


class Group(click.Group):
    """`ptce` itself, or a word that gathers several commands; each is imported when called.

    Its help lists the commands of one `section` alone, where that is given.
    """

    def __init__(self, prefix: str = "", section: str = "") -> None:
        _speak()
        purpose = GATHERED.get(prefix, N_("Runs a contest whose rulebook is data."))
        options = [] if section else [*VALUED, JSON] if prefix else [*VALUED, JSON, VERSION]
        first = ("ptce init " + _("DIR") + " --rehearsal", "ptce " + _("COMMAND") + " --help")
        super().__init__(
            prefix or "ptce",
            help="\n\n".join((_(purpose), *also_typed(prefix)) if prefix else (_(purpose),)),
            params=[translated(option) for option in options],
            epilog=None if prefix or section else unwrapped(_("To begin"), *first),
            subcommand_metavar=_("COMMAND ..."),
            no_args_is_help=True,
            context_settings=SETTINGS,
        )
        self.prefix, self.section = prefix, section
        self.start = f"{prefix} " if prefix else ""

    def list_commands(self, ctx: click.Context) -> list[str]:
        below = (name.removeprefix(self.start) for name in places() if name.startswith(self.start))
        return list(dict.fromkeys(word.partition(" ")[0] for word in below))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        name = self.start + cmd_name
        if name in GATHERED:
            return Group(name)
        return load(name) if name in LISTED or name in places() else None

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """What click offers, and the French words once one of them is begun."""
        own = self.list_commands(ctx)
        also = {word: "" for name, word in IN_FRENCH.items() if incomplete and name in own}
        return [*super().shell_complete(ctx, incomplete), *offered(also, incomplete)]

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Takes the French word for a command's own, so that its help and errors name it."""
        return super().resolve_command(ctx, [SPELLED.get(alike(args[0]), args[0]), *args[1:]])

    def nearest(self, word: str) -> str:
        # Those of this group come last, so that they win over the same word elsewhere.
        ordered = sorted((*places(), *GATHERED), key=lambda n: n.rpartition(" ")[0] == self.prefix)
        typed = [(one, name) for name in ordered for one in (name, in_french(name)) if one]
        names = {one.rpartition(" ")[2]: (one, name) for one, name in typed}
        found: dict[str, str] = {}
        for near in nearest(word, names, most=2):
            one, name = names[near]
            found.setdefault(name, one)
        return did_you_mean([*found.values()])

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        self.format_commands(ctx, formatter)
        click.Command.format_options(self, ctx, formatter)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        sections, referred = dict[str, list[tuple[str, str]]](), list[tuple[str, str]]()
        for heading, names in headed().items():
            mine = [name for name in names if name.startswith(self.start)]
            rows = [(n.removeprefix(self.start), load(n).get_short_help_str()) for n in mine]
            if self.prefix:
                sections.setdefault(_("Commands"), []).extend(rows)
            elif heading in REFERRED and not self.section:
                referred.append((_(heading), f"ptce help {REFERRED[heading][0]}"))
            elif self.section in ("", heading):
                sections[_(heading)] = rows
        for title, rows in sections.items():
            # Click adds the colon, without the space that French has before it.
            with formatter.section(_("{heading}:").format(heading=title)[:-1]):
                formatter.write_dl(rows)
        if referred:
            formatter.write_paragraph()
            formatter.write_dl(referred)


def misuse(error: click.UsageError) -> Misuse:
    """The error of click as ours: what is wrong, how to type the command, where its help is."""
    context = error.ctx or click.Context(Group(), info_name="ptce")
    if isinstance(error, NoSuchCommand) and isinstance(context.command, Group):
        mend = _("The commands: {command}").format(command=f"{context.command_path} --help")
        return Misuse(error.message, context.command.nearest(error.command_name), mend)
    if isinstance(error, click.BadParameter) and error.param is not None:
        error.param_hint = error.param.get_error_hint(context).replace("'", "")
    what = error.format_message()
    if isinstance(error, click.NoSuchOption):
        what = f"{error.message} {did_you_mean(error.possibilities or ())}".rstrip()
    pieces = " ".join(context.command.collect_usage_pieces(context))
    why = _("Usage: ") + f"{context.command_path} {pieces}"
    return Misuse(what, why, _("More: {command}").format(command=f"{context.command_path} --help"))
