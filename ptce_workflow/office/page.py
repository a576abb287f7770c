"""The sentences of a report, each a message and its values."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

from ptce_workflow.base.words import _, language, n_, number
from ptce_workflow.office.report import Advice, Bullets, Heading, LabelledValues, Lead, Paragraph


def text(message: str, /, **values: object) -> str:
    """A translated message with its values: a label for what has one, `count` as a figure."""
    shown = {name: getattr(value, "label", value) for name, value in values.items()}
    if isinstance(count := shown.get("count"), int):
        shown["count"] = number(count, language())
    return message.format(**shown) if shown else message


def pair(label: object, value: object) -> str:
    """A label, and what stands beside it."""
    return text(_("{label}: {value}"), label=label, value=value)


def first(texts: Sequence[str], most: int | None) -> list[str]:
    """The first texts, and how many more there are."""
    more = len(texts[most:]) if most else 0
    return [*texts[:most], *([n_("and {count} more", "and {count} more", more)] if more else ())]


def lead(name: str, rest: str = "") -> Lead:
    """The subject of the report, and what it comes to."""
    return Lead(name, rest)


def heading(message: str, level: Literal[1, 2, 3] = 1, /, **values: object) -> Heading:
    """The heading of the following parts."""
    return Heading(text(message, **values), level)


def bullets(items: Iterable[str]) -> Bullets:
    """A list of items."""
    return Bullets(tuple(items))


def facts(pairs: Iterable[tuple[str, str]]) -> LabelledValues:
    """Labels and what stands beside each."""
    return LabelledValues(tuple(pairs))


def say(message: str, /, **values: object) -> Paragraph:
    """Some sentences."""
    return Paragraph(text(message, **values))


def strong(message: str, /, **values: object) -> Paragraph:
    """Sentences that stand out."""
    return Paragraph(text(message, **values), strong=True)


def above(message: str, /, **values: object) -> Paragraph:
    """A sentence that heads a list."""
    return Paragraph(text(message, **values), heads=True)


def line(message: str, /, level: int = 0, **values: object) -> Paragraph:
    """A sentence that stands for itself: what it goes on with is indented."""
    return Paragraph(text(message, **values), hanging=2, level=level)


def detail(message: str, /, **values: object) -> Paragraph:
    """A sentence below another one, which it details."""
    return line(message, 1, **values)


def verdict(text: str, outcome: str, *, good: bool) -> Lead:
    """How much a check looked at, and what came of it."""
    return Lead(outcome, text, good)


def note(message: str, /, **values: object) -> Paragraph:
    """A remark, set apart."""
    return Paragraph(text(message, **values), note=True)


def aside(message: str, /, **values: object) -> Advice:
    """A remark beside the report."""
    return Advice(text(message, **values), beside=True)


def suggest(command: str) -> Advice:
    """What to type next."""
    return Advice(command=command, beside=True)


def advise(message: str, command: str, /, **values: object) -> Advice:
    """What to type for something: `{command}` in the message stands for it."""
    return Advice(text(message, command="{command}", **values), command)
