"""Arguments and options that several commands share, and the values that people type in them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click
from msgspec import Struct

from ptce_workflow.base.errors import Misuse, shown
from ptce_workflow.base.text import did_you_mean, nearest
from ptce_workflow.base.words import LANGUAGES, N_, _
from ptce_workflow.cli.naming import REFERENCE, SHEET, key_meant

_F = TypeVar("_F", bound=Callable[..., Any] | click.Command)
# Whether a file may be read is told by whoever reads it.
PATH = click.Path(path_type=Path, readable=False)


class OneOf(click.Choice[str]):
    """One of several words; any other is refused with the nearest of them."""

    def __init__(self, words: Sequence[str]) -> None:
        super().__init__(words)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The word, when it is one of those accepted.

        *Raises* Misuse, with the nearest accepted word.
        """
        assert param is not None, "it is the type of an option"
        return one_of(value, self.choices, option=param.opts[0])


class Count(click.ParamType[int]):
    """A whole number from 1 on."""

    name = "count"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """The number that was typed.

        *Raises* Misuse for what is none.
        """
        assert param is not None, "it is the type of an option"
        word = str(value)
        if word.isascii() and word.isdecimal() and 0 < int(word) <= _MOST:
            return int(word)
        raise Misuse(
            _('{option}: "{word}" is not a number that it takes.').format(
                option=param.opts[0], word=shown(word)
            ),
            _("It is a whole number, from 1 to {most}.").format(most=_MOST),
        )


COUNT = Count()
_MOST = 1_000_000


def option(names: str, metavar: str, text: str, **more: Any) -> Callable[[_F], _F]:
    """An option with a value: its names, blanks between, what stands for the value, its help."""
    return click.option(*names.split(), metavar=metavar, help=text, **more)


def flag(names: str, text: str) -> Callable[[_F], _F]:
    """An option without a value."""
    return click.option(*names.split(), is_flag=True, help=text)


def argument(name: str, metavar: str, text: str, **more: Any) -> Callable[[_F], _F]:
    """A word whose place names it."""
    return click.argument(name, metavar=metavar, help=text, **more)


reference = argument(
    "ref",
    N_("REF"),
    N_("The candidature's reference, such as C-011 or 11, or words of its name."),
    type=REFERENCE,
)
dry_run = flag("--dry-run", N_("Show what would happen; record nothing."))
reason = option("--reason", N_("TEXT"), N_("Why, in a sentence; kept beside the ledger."))
panel = option("--panel", N_("SHEET"), N_("The panel, where there are several."), type=SHEET)

received = option(
    "--received", N_("INSTANT"), N_("When it arrived, such as 11/03/2024 11:42; it is received.")
)
evidence = option(
    "--evidence proof",
    N_("FILE"),
    N_("What proves it, such as the mail: its SHA-256 and size are kept."),
    type=PATH,
)

acknowledge = flag(
    "--acknowledge told", N_("Have a mail acknowledge what had arrived before the ledger began.")
)

as_of = option(
    "--at as_of",
    N_("INSTANT"),
    N_("As of then: an hour, such as 11/03/2024 12:00, or the end of a day. By the ledger."),
)
# Like it, `file` and `yes` are no arguments of the command's function: the grammar sets them on
# its call.
yes_to_replace = flag("--yes", N_("Do not ask before replacing a file."))
yes_to_import = flag("--yes", N_("Do not ask before recording or replacing."))
_TABLES_TOO = N_(
    "Write it there instead: .csv or .xlsx for its table, .html or .docx for all of it."
)


def to_file(text: str = _TABLES_TOO) -> Callable[[Callable[..., Any]], Any]:
    """The two options of a command whose answer may be written in a file."""
    file = option("-o file", N_("FILE"), text, type=PATH)
    return lambda function: file(yes_to_replace(function))


ON_PAPER = N_("Write it there, as .docx or as .html.")


def _valued(*names: str, metavar: str, text: str) -> click.Option:
    """An option with a value; typed without one, it is empty, and `refuse` says so."""
    return click.Option(names, metavar=metavar, help=text, is_flag=False, flag_value="")


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
    """Takes the common options off a line, wherever they stand before a `--`.

    Never fails: the language in which to complain is not known yet (`refuse` complains).
    *Shape*: what they say, the last one of each counting; and the other words in their order.
    """
    # What follows `--` is a value, and so is no option; the mark itself is the command's to read.
    end = words.index("--") if "--" in words else len(words)
    context = _OUTER.make_context("ptce", list(words[:end]))
    return Common(**context.params), (*context.args, *words[end:])


def refuse(common: Common, folder: Path | None) -> None:
    """*Raises* Misuse when a common option lacks its value or names an unknown language."""
    for option, example in VALUED.items():
        if getattr(common, option.name) == "":
            raise Misuse(
                _("The option {option} needs a value.").format(option=option.opts[0]),
                mend=_("For example: {example}").format(example=example),
            )
    if common.language is not None and common.language not in (known := spoken_in(folder)):
        raise Misuse(
            _('ptce does not speak "{language}".').format(language=common.language),
            mend=_("Languages: {languages}.").format(languages=", ".join(known)),
        )


def spoken_in(folder: Path | None) -> tuple[str, ...]:
    """The languages to choose from: the program's own, and those of a contest's catalogues."""
    found = () if folder is None else sorted((folder / "translations").glob("*.po"))
    return tuple(dict.fromkeys((*LANGUAGES, *(file.stem for file in found))))


def pairs(words: Iterable[str], *, form: str) -> dict[str, str]:
    """Reads `name=value` words; `form` is how one is written (`field=value`).

    *Raises* Misuse for a word without `=` or a name said twice.
    """
    read: dict[str, str] = {}
    for word in words:
        name, equals, value = word.partition("=")
        name = name.strip()
        if not equals or not name:
            raise Misuse(
                _('"{word}" cannot be read.').format(word=word),
                mend=_("Write {form}, without a space around the sign =.").format(form=form),
            )
        if name in read:
            raise Misuse(
                _('"{name}" is given twice.').format(name=name), mend=_("Keep one of the two.")
            )
        read[name] = value
    return read


_EDIT = re.compile(
    r"(?P<field>[^=\[]+?)(?:(?P<sign>[+-])|\[(?P<row>[0-9]{1,4})\](?:\.(?P<column>[^=\[]+))?)"
    r"=(?P<value>.*)",
    re.DOTALL,
)


def answers_typed(words: Iterable[str]) -> dict[str, Any]:
    """Reads answers and changes to a part of them: `a=1`, `b+=1`, `b-=1`, `c[2].d=1`.

    *Raises* Misuse for a word that is none, or an answer given both whole and in parts.
    """
    # Imported here for start-up time: one command alone records answers.
    from ptce_workflow.app.cases.edits import Edit, Edits

    whole, parts = [], dict[str, list[Edit]]()
    for word in words:
        found = _EDIT.fullmatch(word)
        if found is None:
            whole.append(word)
            continue
        edit = Edit(found["value"], found["sign"] or "", int(found["row"] or 0), found["column"])
        parts.setdefault(found["field"], []).append(edit)
    read: dict[str, Any] = dict(pairs(whole, form=_("FIELD=VALUE")))
    for name, edits in parts.items():
        if name in read:
            raise Misuse(
                _('"{name}" is given twice.').format(name=name), mend=_("Keep one of the two.")
            )
        read[name] = Edits(tuple(edits))
    return read


def one_of(word: str, accepted: Sequence[str], *, option: str) -> str:
    """The word, when it is one of those accepted.

    *Raises* Misuse, with the nearest accepted word.
    """
    if word in accepted:
        return word
    raise Misuse(
        _('{option}: "{word}" is not one of the accepted words.').format(option=option, word=word),
        _("Accepted: {words}.").format(words=", ".join(accepted)),
        did_you_mean(nearest(word, accepted)),
    )


def alone(option: str, others: Mapping[str, object], why: str = "") -> None:
    """Lets through an option that says all, when none of the others was typed; they are by name.

    *Raises* Misuse otherwise, with those that were.
    """
    typed = [other for other, value in others.items() if value]
    if typed:
        raise Misuse(
            _("{option} stands alone.").format(option=option),
            why,
            _("Leave this out: {option}").format(option=", ".join(typed)),
        )


def goes_with(key: str, other: str, mend: str) -> Misuse:
    """The error for an option without the one that it goes with."""
    return Misuse(_("{key} goes with {other}.").format(key=key, other=other), mend=mend)


def written_or_taken(output: object, filled: object, what: str) -> None:
    """Lets through exactly one of a file to write and one to take; `what` says so.

    *Raises* Misuse otherwise.
    """
    if (output is None) == (filled is None):
        file = _("FILE")
        raise Misuse(what, mend=_("Accepted: {words}.").format(words=f"-o {file}, --import {file}"))


def state_named(word: str, labels: Mapping[str, str]) -> str:
    """The state that a word names, by its name or by its label; `labels` are by name.

    *Raises* Misuse, with the nearest state, or with all of them.
    """
    name = key_meant(word, {name: (label,) for name, label in labels.items()})
    if name in labels:
        return name
    known = ", ".join(f"{name} ({label})" for name, label in labels.items())
    raise Misuse(
        _('There is no state "{name}".').format(name=word),
        mend=did_you_mean(nearest(word, (*labels, *labels.values())))
        or _("States: {names}.").format(names=known),
    )


def references_and_transition(
    words: Sequence[str],
) -> tuple[tuple[str, ...], str, dict[str, str]]:
    """Reads `REF… TRANSITION FIELD=VALUE…`: references, the transition, answers by field.

    *Raises* Misuse when the transition is missing, or an answer cannot be read.
    """
    answers = pairs((word for word in words if "=" in word), form=_("FIELD=VALUE"))
    *references, transition = [word for word in words if "=" not in word] or [""]
    if not references:
        raise Misuse(
            _("Say which transition {ref} is to take.").format(ref=transition),
            mend=_("To see those that are open to it: {command}").format(
                command=f"ptce why {transition}"
            ),
        )
    return tuple(references), transition, answers
