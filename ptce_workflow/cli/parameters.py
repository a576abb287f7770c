"""Parameters of commands, words that name something of the contest, what a shell offers."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import click
from msgspec import Struct

from ptce_workflow.base.errors import Misuse, shown
from ptce_workflow.base.words import (
    LANGUAGES,
    N_,
    _,
    alike,
    did_you_mean,
    meant,
    nearest,
    speaking,
)
from ptce_workflow.reports.listing import FIXED_COLUMNS, WAITS_FOR

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from ptce_workflow.app.contest import Contest
    from ptce_workflow.process.model.base import Text
    from ptce_workflow.process.process import Process


OF_CONTEST = "contest"
"""What stands for the contest where a candidature's reference is asked for."""
Labels = Mapping[str, Iterable[str]]
Words = Mapping[str, str]
"""What may be typed, and what each of them stands for; where that is nothing, it is empty."""


class ContestReader(Protocol):
    @property
    def contest(self) -> Contest:
        """The contest."""

    def reference(self, word: str) -> str:
        """The reference of the candidature that a word means."""


class Labelled(Protocol):
    @property
    def label(self) -> Text:
        """Its name, as people read it."""


def offered(found: Words, begun: str) -> list[CompletionItem]:
    """Those that begin as typed; else the only one of which what it stands for holds that."""
    from click.shell_completion import CompletionItem

    typed = alike(begun)
    keys = [key for key in found if alike(key).startswith(typed)]
    if not keys:
        named = [key for key, label in found.items() if typed in alike(label)]
        keys = named if len(named) == 1 else []
    return [CompletionItem(key, "key", found[key]) for key in keys]


class KeyParameter(click.ParamType[str]):
    name = "word"

    def __init__(
        self, find: Callable[[ContestReader, str], str], offers: Callable[[ContestReader], Labels]
    ) -> None:
        self.find, self.offers = find, offers

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        labels = {key: next(iter(names), "") for key, names in self.offers(ctx.obj).items()}
        return offered(labels, incomplete)

    def resolve(self, call: ContestReader, value: Any) -> Any:
        if isinstance(value, tuple):
            return tuple(self.find(call, word) for word in value)
        return None if value is None else self.find(call, value)


def resolve_key(word: str, labels: Labels) -> str:
    """The key that a word names, else the word. Raises: Misuse where it names several."""
    keys = meant(word, labels)
    if len(keys) > 1:
        mend = _("Write one of their names: {names}.").format(names=", ".join(keys))
        raise Misuse(_('"{text}" may mean several things.').format(text=word), mend=mend)
    return keys[0] if keys else word


def _labelled(labels: Callable[[Process], Labels]) -> KeyParameter:
    return KeyParameter(
        lambda call, word: resolve_key(word, labels(call.contest.process)),
        lambda call: labels(call.contest.process),
    )


def spoken(labelled: Mapping[str, Labelled]) -> Labels:
    return {name: item.label.spoken() for name, item in labelled.items()}


def institutions(process: Process) -> Labels:
    items = process.definition.config.institutions.items()
    return {name: (*item.label.spoken(), *item.names) for name, item in items}


def resolve_transition(process: Process, word: str, among: Iterable[str]) -> str:
    """Of some states, else of all. Raises: Misuse where a word names several."""
    near = [edge for state in among for edge in process.edges(state).values()]
    for edges in (near, [edge for edge in process.every_edge() if edge.moves]):
        labels: dict[str, tuple[str, ...]] = {}
        for edge in edges:
            labels[edge.name] = (*labels.get(edge.name, ()), *edge.transition.label.spoken())
        if (key := resolve_key(word, labels)) in labels:
            return key
    return word


def resolve_field(fields: Mapping[str, Labelled], word: str) -> str:
    return resolve_key(word, spoken(fields))


def resolve_answers(
    process: Process, answers: Mapping[str, Mapping[str, Any]], transitions: Collection[str]
) -> dict[str, dict[str, Any]]:
    """Answers by sheet and field, named whole, by themselves, or by their labels."""
    every = (edge.transition.asks for edge in process.every_edge() if edge.name in transitions)
    labels: dict[str, tuple[str, ...]] = {}
    for name in dict.fromkeys(chain.from_iterable(every)):
        field = process.definition.field(name)
        labels[name] = () if field is None else (name.partition(".")[2], *field.label.spoken())
    grouped: dict[str, dict[str, Any]] = {}
    for sheet, values in answers.items():
        for word, answer in values.items():
            whole = resolve_key(".".join(filter(None, (sheet, word))), labels)
            holder, _dot, field_name = whole.rpartition(".")
            grouped.setdefault(holder, {})[field_name] = answer
    return grouped


def roles() -> Labels:
    from ptce_workflow.ledger.events.contest import ROLES
    from ptce_workflow.process.process import role_label

    labels: dict[str, list[str]] = {role: [] for role in ROLES}
    for language in LANGUAGES:
        with speaking(language):
            for role, label in labels.items():
                label.append(role_label(role))
    return labels


def _references(call: ContestReader) -> dict[str, tuple[str]]:
    contest = call.contest
    with contest.looking() as tx:
        hidden = tx.hides(tx.process.definition.config.contest.name_field)
        rows = tx.unit.briefs(contest.id)
        return {row.ref: ("" if hidden else row.name or "",) for row in rows}


REFERENCE = KeyParameter(lambda call, word: call.reference(word), _references)
REFERENCE_OR_CONTEST = KeyParameter(
    lambda call, word: word if word == OF_CONTEST else call.reference(word), _references
)
INSTITUTION = _labelled(institutions)
ROLE = KeyParameter(lambda _call, word: resolve_key(word, roles()), lambda _call: roles())
SHEET = _labelled(lambda process: spoken(process.definition.sheets))
DOCUMENT = _labelled(lambda process: spoken(process.definition.config.documents))
SITTING = _labelled(lambda process: spoken(process.definition.config.sittings))
DATE = _labelled(lambda process: spoken(process.definition.config.dates))


def _mails(ctx: click.Context) -> Words:
    """Those that have not ended."""
    from ptce_workflow.process.letters.message import ENDED

    contest = ctx.obj.contest
    with contest.looking() as tx:
        rows, known = tx.unit.messages(contest.id), _texts(tx.process.definition.notifications)
        return {row.name: known.get(row.notification, "") for row in rows if row.stage not in ENDED}


def _people(ctx: click.Context) -> Words:
    from ptce_workflow.app.people import list_people

    every = list_people(ctx.obj.contest)
    return {one.pseudonym: one.private.get("name", "") for one in every if one.active}


def _fields(ctx: click.Context) -> Words:
    sheets = _definition(ctx).sheets
    [sheet] = meant(ctx.params["sheet"], {name: x.label.spoken() for name, x in sheets.items()})
    return _texts(sheets[sheet].fields, "=")


def _ways(ctx: click.Context, refs: Sequence[str]) -> dict[str, Any]:
    """What whoever types may make of some candidatures, by name."""
    with ctx.obj.contest.looking() as tx:
        cases, may = tx.load(refs), {*tx.actor.roles}
        edges = [edge for case in cases for edge in tx.process.edges(case.state).values()]
    return {edge.name: edge.transition for edge in edges if may & {*edge.roles}}


def _steps(ctx: click.Context) -> Words:
    """The references that `advance` moves, then its transitions, then what one of them asks for."""
    refs, named = [], ""
    for word in (word for word in ctx.params["words"] or () if "=" not in word):
        try:
            refs.append(ctx.obj.reference(word))
        except Misuse:
            named = word
    others = {ref: name for ref, (name,) in _references(ctx.obj).items() if ref not in refs}
    ways = _ways(ctx, refs)
    if not named:
        return _texts(ways) | others
    return _texts({name: _definition(ctx).field(name) for name in ways[named].asks}, "=")


def _answers(ctx: click.Context) -> Words:
    """The requests that there are, then the answers of the one that is named."""
    requests, request = _definition(ctx).requests, ctx.params["request"]
    return _texts(requests[request].transitions if request else requests)


def _states(ctx: click.Context) -> Words:
    """Those of candidatures, or of mails for a command of theirs."""
    if (ctx.parent or ctx).info_name == "mail":
        from ptce_workflow.reports.mail import stage_labels

        return stage_labels()
    return _texts(ctx.obj.contest.process.states)


def _definition(ctx: click.Context) -> Any:
    return ctx.obj.contest.process.definition


def _texts(labelled: Mapping[str, Any], sign: str = "") -> dict[str, str]:
    return {f"{name}{sign}": one.label.text for name, one in labelled.items()}


def _offering(find: Callable[[click.Context], Words]) -> Callable[..., list[CompletionItem]]:
    return lambda ctx, _param, incomplete: offered(find(ctx), incomplete)


_NOTIFICATION = _offering(lambda ctx: _texts(_definition(ctx).notifications))
OFFERS = {
    **dict.fromkeys(("actor", "who"), _offering(_people)),
    **dict.fromkeys(("message", "messages"), _offering(_mails)),
    **dict.fromkeys(("--notification", "--notification only"), _NOTIFICATION),
    **dict.fromkeys(("request", "answer"), _offering(_answers)),
    "words": _offering(_steps),
    "transition": _offering(lambda ctx: _texts(_ways(ctx, [ctx.obj.reference(ctx.params["ref"])]))),
    "facts": _offering(_fields),
    "--state": _offering(_states),
}
"""What is offered for parameters whose type does not say it, as they are declared."""


_F = TypeVar("_F", bound=Callable[..., Any] | click.Command)
# Whether a file may be read is reported by whoever reads it.
PATH = click.Path(path_type=Path, readable=False)


class OneOf(click.Choice[str]):
    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Raises: Misuse, with the nearest accepted word."""
        assert param is not None, "it is the type of an option"
        if value in self.choices:
            return str(value)
        what = _('{option}: "{word}" is not one of the accepted words.')
        raise Misuse(
            what.format(option=param.opts[0], word=value),
            _("Accepted: {words}.").format(words=", ".join(self.choices)),
            did_you_mean(nearest(value, self.choices)),
        )


class Count(click.ParamType[int]):
    name = "count"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """The number that was typed. Raises: Misuse for what is none."""
        assert param is not None, "it is the type of a parameter"
        word = str(value)
        if word.isascii() and word.isdecimal() and len(word) < 10 and 0 < int(word) <= _MOST:
            return int(word)
        own = param.opts[0] if isinstance(param, click.Option) else param.metavar or ""
        what = _('{option}: "{word}" is not a number that it takes.')
        what = what.format(option=own.strip("[]"), word=shown(word))
        raise Misuse(what, _("It is a whole number, from 1 to {most}.").format(most=_MOST))


COUNT = Count()
_MOST = 1_000_000


def option(names: str, metavar: str, text: str, **more: Any) -> Callable[[_F], _F]:
    """An option with a value: its names, blanks between, what stands for the value, its help."""
    offer = OFFERS.get(names)
    return click.option(*names.split(), metavar=metavar, help=text, shell_complete=offer, **more)


def flag(names: str, text: str) -> Callable[[_F], _F]:
    return click.option(*names.split(), is_flag=True, help=text)


def argument(name: str, metavar: str, text: str, **more: Any) -> Callable[[_F], _F]:
    offer = OFFERS.get(name)
    return click.argument(name, metavar=metavar, help=text, shell_complete=offer, **more)


reference = argument(
    "ref",
    N_("REF"),
    N_("The candidature's reference, such as C-011 or 11, or words of its name."),
    type=REFERENCE,
)
dry_run = flag("--dry-run", N_("Show what would happen; record nothing."))
reason = option("--reason", N_("TEXT"), N_("Why, in a sentence; kept beside the ledger."))
panel = option("--panel", N_("SHEET"), N_("The panel, where there are several."), type=SHEET)

received = option("--at received", N_("INSTANT"), N_("When it arrived, such as 11/03/2024 11:42."))
evidence = option(
    "--evidence proof",
    N_("FILE"),
    N_("What proves it, such as the mail, or mail:12 if it was read: its SHA-256 and size stay."),
    type=PATH,
)

acknowledge = flag(
    "--acknowledge", N_("Have a mail acknowledge what had arrived before the ledger began.")
)

as_of = option(
    "--at as_of",
    N_("INSTANT"),
    N_(
        "As of then, by the ledger: an hour, such as 11/03/2024 12:00, the end of a day, a line, "
        "or a date of the contest, such as date.submission."
    ),
)
# Like it, `file`, `force` and `yes` are no arguments of the command's function: the grammar sets
# them on its call.
force = flag("--force", N_("Replace what is there already, without asking."))
yes_to_record = flag("--yes", N_("Do not ask before recording."))
_TABLES_TOO = N_(
    "Write it there instead: .csv or .xlsx for its table, .html or .docx for all of it."
)


def to_file(text: str = _TABLES_TOO) -> Callable[[Callable[..., Any]], Any]:
    file = option("-o file", N_("FILE"), text, type=PATH)
    return lambda function: file(force(function))


ON_PAPER = N_("Write it there, as .docx or as .html.")


def _valued(*names: str, metavar: str, text: str) -> click.Option:
    """An option with a value; typed without one, it is empty, and `refuse` says so."""
    offer = OFFERS.get(names[-1])
    settings: dict[str, Any] = {"is_flag": False, "flag_value": "", "shell_complete": offer}
    return click.Option(names, metavar=metavar, help=text, **settings)


CONTEST = _valued(
    "--contest",
    metavar=N_("DIR"),
    text=N_("The contest's folder; else PTCE_CONTEST, else the nearest one upward."),
)
ACTOR = _valued(
    "--as", "actor", metavar=N_("ACTOR"), text=N_("Who acts; else PTCE_ACTOR, else your login.")
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


class Common(Struct, frozen=True):
    """The values of the common options; empty where one lacks its value."""

    contest: str | None = None
    actor: str | None = None
    language: str | None = None
    json: bool = False
    version: bool = False


def split(words: Sequence[str]) -> tuple[Common, tuple[str, ...]]:
    """Takes common options off a line, up to `--`; never fails (`refuse` complains later)."""
    # What follows `--` is a value, and so is no option; the mark itself is the command's to read.
    end = words.index("--") if "--" in words else len(words)
    context = _OUTER.make_context("ptce", list(words[:end]))
    return Common(**context.params), (*context.args, *words[end:])


def refuse(common: Common, folder: Path | None) -> None:
    """Raises: Misuse when a common option lacks its value or names an unknown language."""
    for option, example in VALUED.items():
        if getattr(common, option.name) == "":
            what = _("The option {option} needs a value.").format(option=option.opts[0])
            raise Misuse(what, mend=_("For example: {example}").format(example=example))
    if common.language is not None and common.language not in (languages := spoken_in(folder)):
        what = _('ptce does not speak "{language}".').format(language=common.language)
        raise Misuse(what, mend=_("Languages: {languages}.").format(languages=", ".join(languages)))


def spoken_in(folder: Path | None) -> tuple[str, ...]:
    """The languages to choose from: the program's own, and those of a contest's catalogues."""
    catalogues = () if folder is None else sorted((folder / "translations").glob("*.po"))
    return tuple(dict.fromkeys((*LANGUAGES, *(file.stem for file in catalogues))))


def pairs(words: Iterable[str], *, form: str) -> dict[str, str]:
    """Reads `name=value` words, of that `form`. Raises: Misuse for a bad or doubled one."""
    read: dict[str, str] = {}
    for word in words:
        name, equals, value = word.partition("=")
        name = name.strip()
        if not equals or not name:
            mend = _("Write {form}, without a space around the sign =.").format(form=form)
            raise Misuse(_('"{word}" cannot be read.').format(word=word), mend=mend)
        if name in read:
            what = _('"{name}" is given twice.').format(name=name)
            raise Misuse(what, mend=_("Keep one of the two."))
        read[name] = value
    return read


_EDIT = re.compile(
    r"(?P<field>[^=\[]+?)(?:(?P<sign>[+-])|\[(?P<row>[0-9]{1,4})\](?:\.(?P<column>[^=\[]+))?)"
    r"=(?P<value>.*)",
    re.DOTALL,
)


def answers_typed(words: Iterable[str]) -> dict[str, Any]:
    """Reads `a=1`, `b+=1`, `b-=1`, `c[2].d=1`. Raises: Misuse for a bad or doubled one."""
    # Imported here for start-up time: one command alone records answers.
    from ptce_workflow.app.candidatures.record import Edit, Edits

    whole, parts = [], dict[str, list[Edit]]()
    for word in words:
        match = _EDIT.fullmatch(word)
        if match is None:
            whole.append(word)
            continue
        edit = Edit(match["value"], match["sign"] or "", int(match["row"] or 0), match["column"])
        parts.setdefault(match["field"], []).append(edit)
    read: dict[str, Any] = dict(pairs(whole, form=_("FIELD=VALUE")))
    for name, edits in parts.items():
        if name in read:
            what = _('"{name}" is given twice.').format(name=name)
            raise Misuse(what, mend=_("Keep one of the two."))
        read[name] = Edits(tuple(edits))
    return read


def alone(option: str, others: Mapping[str, object], why: str = "") -> None:
    """Raises: Misuse for an option that goes alone, with those typed beside it."""
    typed = [key for key, value in others.items() if value]
    if typed:
        what = _("{option} stands alone.").format(option=option)
        raise Misuse(what, why, _("Leave this out: {option}").format(option=", ".join(typed)))


def goes_with(key: str, other: str, mend: str) -> Misuse:
    return Misuse(_("{key} goes with {other}.").format(key=key, other=other), mend=mend)


def written_or_taken(output: object, filled: object, what: str) -> None:
    """Raises: Misuse, with `what`, unless exactly one of two files is named."""
    if (output is None) == (filled is None):
        file = _("FILE")
        raise Misuse(what, mend=_("Accepted: {words}.").format(words=f"-o {file}, --import {file}"))


def one_of(word: str, labels: Labels, what: str, known: str) -> str:
    """What a word names, by key or label. Raises: Misuse, with the nearest, or else all `known`."""
    name = resolve_key(word, labels)
    if name in labels:
        return name
    near = nearest(word, (*labels, *chain.from_iterable(labels.values())))
    raise Misuse(what.format(name=word), mend=did_you_mean(near) or known)


def state_named(word: str, labels: Mapping[str, str]) -> str:
    """A state by name or label. Raises: Misuse, with the nearest state, or all."""
    states = ", ".join(f"{name} ({label})" for name, label in labels.items())
    every = {name: (label,) for name, label in labels.items()}
    known = _("States: {names}.").format(names=states)
    return one_of(word, every, _('There is no state "{name}".'), known)


def whom(process: Process, word: str) -> str:
    """Whom candidatures wait for, by the word of the program or the contest. Raises: Misuse."""
    labels: dict[str, tuple[str, ...]] = {name: (_(text),) for name, text in WAITS_FOR.items()}
    nouns = (noun.spoken() for noun in process.definition.config.contest.noun)
    labels["applicant"] += (*chain.from_iterable(nouns),)
    known = _("Accepted: {words}.").format(words=", ".join(map(_, WAITS_FOR.values())))
    return one_of(word, labels, _('--waiting: nobody is called "{name}" here.'), known)


def columns_named(process: Process, typed: str) -> tuple[str, ...]:
    """The columns that words name, contacts and answers included. Raises: Misuse."""
    definition, contacts = process.definition, "contacts"
    labels: dict[str, tuple[str, ...]] = {name: (_(text),) for name, text in FIXED_COLUMNS.items()}
    labels[contacts] = (_("contacts"),)
    for name in definition.field_names():
        if (field := definition.field(name)) and not definition.sheets[
            name.partition(".")[0]
        ].is_panel:
            labels[name] = (name.partition(".")[2], *field.label.spoken())
    known = _("Columns: {names}, or an answer such as {example}.").format(
        names=", ".join((*map(_, FIXED_COLUMNS.values()), _("contacts"))),
        example=definition.config.contest.name_field,
    )
    what, names = _('There is no column "{name}".'), list[str]()
    for word in typed.split(",") if typed else ():
        name = one_of(word.strip(), labels, what, known)
        names += ("name", *definition.contacts) if name == contacts else (name,)
    return tuple(dict.fromkeys(names))


def references_and_transition(
    words: Sequence[str],
) -> tuple[tuple[str, ...], str, dict[str, str]]:
    """Reads `REF… TRANSITION FIELD=VALUE…`. Raises: Misuse."""
    answers = pairs((word for word in words if "=" in word), form=_("FIELD=VALUE"))
    *references, transition = [word for word in words if "=" not in word] or [""]
    if not references:
        mend = _("To see those that are open to it: {command}")
        mend = mend.format(command=f"ptce why {transition}")
        raise Misuse(_("Say which transition {ref} is to take.").format(ref=transition), mend=mend)
    return tuple(references), transition, answers
