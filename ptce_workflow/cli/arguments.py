"""The options that may stand anywhere on the line, taken off it before anything else is read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ptce_workflow.base.errors import Misuse
from ptce_workflow.base.words import LANGUAGES, _

VALUED = ("--contest", "--as", "--lang")
FLAGS = ("--json", "--version")


@dataclass(frozen=True, slots=True)
class Common:
    """What was said by the common options; `lacking` is the first one without its value."""

    contest: str | None = None
    actor: str | None = None
    language: str | None = None
    json: bool = False
    version: bool = False
    lacking: str | None = None


def split(words: Iterable[str]) -> tuple[Common, tuple[str, ...]]:
    """Takes the common options off a line, wherever they stand before a `--`.

    Never fails: the language in which to complain is not known yet (`refuse` complains).
    *Shape*: what they say, the last one of each counting; and the other words in their order.
    """
    said: dict[str, str] = {}
    lacking: list[str] = []
    rest: list[str] = []
    waiting = list(words)
    while waiting:
        word = waiting.pop(0)
        name, joined, value = word.partition("=")
        if word == "--":
            rest += [word, *waiting]
            break
        if word in FLAGS:
            said[word] = ""
        elif name in VALUED and (value or (not joined and is_value(waiting))):
            said[name] = value or waiting.pop(0)
        elif name in VALUED:
            lacking.append(name)
        else:
            rest.append(word)
    common = Common(
        contest=said.get("--contest"),
        actor=said.get("--as"),
        language=said.get("--lang"),
        json="--json" in said,
        version="--version" in said,
        lacking=lacking[0] if lacking else None,
    )
    return common, tuple(rest)


def is_value(waiting: Sequence[str]) -> bool:
    """Whether the next word can be an option's value, being neither an option nor nothing."""
    return bool(waiting) and bool(waiting[0]) and not waiting[0].startswith("-")


def refuse(common: Common) -> None:
    """*Raises* Misuse when a common option lacks its value or names an unknown language."""
    if common.lacking:
        raise Misuse(
            _("The option {option} needs a value.").format(option=common.lacking),
            mend=_("For example: {example}").format(example=example_of(common.lacking)),
        )
    if common.language is not None and common.language not in LANGUAGES:
        raise Misuse(
            _('ptce does not speak "{language}".').format(language=common.language),
            mend=_("Languages: {languages}.").format(languages=", ".join(LANGUAGES)),
        )


def example_of(option: str) -> str:
    """A common option as it might be typed."""
    examples = {
        "--contest": "ptce list --contest occitanie-2024",
        "--as": "ptce list --as P-001",
        "--lang": "ptce list --lang en",
    }
    return examples[option]
