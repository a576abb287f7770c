"""Which of the answers that a form offers are ticked, left standing, or named."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from functools import lru_cache
from typing import Any

from ptce_workflow.base import text as base_text
from ptce_workflow.base.words import _, n_
from ptce_workflow.papers.form_blocks import FormLine
from ptce_workflow.papers.returned import Status

Labels = Mapping[str, Any]
"""What is asked for by its names, as `plain` gives them."""
Reading = tuple[Status, Any, str]
"""An answer as `AnswerRead` has it: its status, its value, and why it is not sure."""

_ALIKE = 0.85
_ON = r"[☒☑✔✓✅✗✘✖✕×❌❎■◼⬛◉🗹🗷⊠]|[\[(]\s*[xX✓✔×]\s*[\])]"
_OFF = r"[☐□◻⬜○❏❑▢]|[\[(][\s_]*[\])]"
_BOX = re.compile(f"({_ON}|{_OFF})")
_IS_ON = re.compile(_ON)
_TICKS = {"x": True, "oui": True, "yes": True, "non": False, "no": False}
_JOINERS = re.compile(r"\b(?:et|and|ou|or|puis|la?|les?|des?|d)\b")


@lru_cache(maxsize=4096)
def plain(text: str) -> str:
    """The words of a text as they are compared; see `base.text.plain`."""
    return base_text.plain(text)


@lru_cache(maxsize=1024)
def _matcher(label: str) -> SequenceMatcher[str]:
    return SequenceMatcher(None, "", label, False)


def likeness(words: str, label: str, least: float = _ALIKE) -> float:
    """How alike two texts are that are to be compared, of 1; 0 for less than the least."""
    if words == label:
        return 1.0
    matcher = _matcher(label)
    matcher.set_seq1(words)
    quick = min(matcher.real_quick_ratio(), matcher.quick_ratio())
    ratio = matcher.ratio() if quick >= least else 0.0
    return ratio if ratio >= least else 0.0


def nearest(words: str, labels: Labels) -> Any:
    """What is called so, or nearly so and nothing else as nearly; None for nothing."""
    if words in labels:
        return labels[words]
    ratios = {
        label: likeness(words, label)
        for label in labels
        # One word more may be another answer, or a "not".
        if len(words.split()) == len(label.split())
    }
    most = max(ratios.values(), default=0.0)
    values = {labels[label] for label, ratio in ratios.items() if ratio == most > 0}
    return values.pop() if len(values) == 1 else None


def choice(lines: Sequence[FormLine], labels: Labels, *, several: bool) -> Reading:
    """The answer that some lines give, or the answers where there may be several."""
    boxes: dict[bool, set[Any]] = {True: set(), False: set()}
    unboxed: set[Any] = set()
    is_other_ticked = is_more = False
    for tick, text in (part for line in lines for part in _parts(line.text)):
        values, typed, rest = _named(text, labels)
        on = tick if typed is None else typed
        is_more |= bool(rest)
        if on is None:
            unboxed |= values
        elif len(values) == 1:
            boxes[on] |= values
        else:
            is_other_ticked |= on
    highlighted = {value for line in lines for value in _named(line.marked, labels)[0]}
    chosen, doubt = _chosen(boxes[True], boxes[False], unboxed, highlighted, {*labels.values()})
    if not chosen:
        if is_more or is_other_ticked:
            return "not_understood", None, doubt or _("It is none of the answers.")
        return "missing", None, doubt
    if len(chosen) > 1 and not several:
        return "not_understood", None, answers_given(len(chosen))
    if is_other_ticked:
        doubt = doubt or _("Something else is ticked.")
    if is_more:
        doubt = doubt or _("More stands beside it.")
    ordered = [value for value in dict.fromkeys(labels.values()) if value in chosen]
    return "to_confirm" if doubt else "read", ordered if several else ordered[0], doubt


def answers_given(count: int) -> str:
    """That there are several answers where one is asked for."""
    return n_("{count} answer is given.", "{count} answers are given.", count).format(count=count)


def _chosen(
    ticked: set[Any], empty: set[Any], unboxed: set[Any], highlighted: set[Any], every: set[Any]
) -> tuple[set[Any], str]:
    """The answers that are chosen, and why that is not sure."""
    standing = empty | unboxed
    if ticked:
        return ticked, ""
    if empty and unboxed:
        return unboxed, _("It is written beside the boxes.")
    if standing & highlighted and highlighted < every:
        return standing & highlighted, _("It is highlighted, not ticked.")
    if standing == every:
        return set(), "" if empty else _("No answer is ticked.")
    return standing, _("The others are gone, and it is not ticked.") if empty else ""


def _parts(text: str) -> Iterator[tuple[bool | None, str]]:
    """The parts of a line, each with the tick before it; or behind it, where the line ends so."""
    first, *rest = _BOX.split(text)
    if not rest:
        yield None, text
        return
    ticks, texts = [_IS_ON.fullmatch(one) is not None for one in rest[::2]], rest[1::2]
    ends_in_box = not texts[-1].strip()
    if first.strip(" \t•·-–—*"):
        texts = [first, *texts[:-1]] if ends_in_box else [f"{first} {texts[0]}", *texts[1:]]
    elif len(texts) > 1 and ends_in_box:
        # A tick that was typed at the end of a line counts beside the box at its beginning.
        ticks, texts = [*ticks[:-2], ticks[-2] or ticks[-1]], texts[:-1]
    yield from zip(ticks, texts, strict=True)


def _named(text: str, labels: Labels) -> tuple[set[Any], bool | None, str]:
    """The answers that words name, the tick that is typed beside one, and what else they say."""
    first, *others = plain(text).split() or [""]
    whole: list[tuple[str, bool | None]] = [(plain(text), None)]
    if others and first in _TICKS:
        whole.append((" ".join(others), _TICKS[first]))
    if others and others[-1] in _TICKS:
        whole.append((" ".join((first, *others[:-1])), _TICKS[others[-1]]))
    for words, tick in whole:
        if words in labels:
            return {labels[words]}, tick, ""
    values, rest = _taken_out(plain(text), labels)
    if values and not rest:
        return values, None, ""
    for words, tick in whole:
        value = nearest(words, labels)
        if value is not None:
            return {value}, tick, ""
    for piece in map(plain, re.split(r"[,;/\n]", text)):
        value = nearest(piece, labels)
        if value is not None and value not in values:
            values.add(value)
            rest = " ".join(word for word in rest.split() if word not in piece.split())
    return values, None, rest


def _taken_out(words: str, labels: Labels) -> tuple[set[Any], str]:
    """The answers whose labels stand among words, the longest first, and the words beside them."""
    values = set()
    for label in sorted(filter(None, labels), key=len, reverse=True):
        rest = re.sub(rf"\b{label}\b", "", words)
        if rest != words:
            words = rest
            values.add(labels[label])
    return values, " ".join(_JOINERS.sub("", words).split())
