"""The lines of a terminal: text fitted to its columns, and what is drawn there alone."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from ptce_workflow.base.words import _, columns_of, padding
from ptce_workflow.office.page import pair
from ptce_workflow.office.report import (
    Column,
    Drawing,
    Heading,
    Line,
    Paragraph,
    Part,
    Styled,
    Table,
    ValuedCell,
)

BOLD, GREEN, RED, YELLOW = "1", "1;32", "1;31", "33"
INDENT = "  "
BELOW, _FAR_BELOW = " " * 4, " " * 8
_STYLES = {"✓": GREEN, "✗": RED, "?": YELLOW, "!": YELLOW}
_WIDEST_EVENT_CELLS = 40
# Where no terminal says how wide it is; and the widest that an eye follows from left to right.
USUAL_CELLS, _WIDEST_CELLS = 80, 100
# What could move the cursor, hide text or turn its direction round: shown, never sent.
_UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def safe(text: str) -> str:
    """Text whose control and direction characters are written out, so that none takes effect."""
    return _UNSAFE.sub(lambda match: match[0].encode("unicode_escape").decode(), text)


def wrapped(text: str, width: int | None, indent: str = "", hanging: str = "") -> list[str]:
    """The lines of a text at a width, each keeping its own indentation; None: as they are.

    What one line goes on with begins further right by `hanging`. Words are never cut.
    """
    lines: list[str] = []
    for line in safe(text).split("\n"):
        if width is None:
            lines.append((indent + line).rstrip())
            continue
        own = indent + line[: len(line) - len(line.lstrip(" "))]
        room = max(width, 20) - columns_of(own)
        first, *others = folded(line.strip(" "), room, after=room - columns_of(hanging))
        lines.append((own + first).rstrip())
        lines += (own + hanging + other for other in others)
    return lines


def folded(
    text: str, width: int, *, after: int | None = None, cut_words: bool = False
) -> list[str]:
    """One line broken at its spaces into lines of a width, those after the first of another.

    Shape: at least one line; a word longer than a line stands alone, unless words may be cut.
    """
    if columns_of(text) <= width:
        return [text]
    lines, line = [], ""
    room, later = max(width, 1), max(width if after is None else after, 1)
    for word in text.split(" "):
        longer = f"{line} {word}" if line else word
        if columns_of(longer) <= room:
            line = longer
            continue
        if line:
            lines.append(line)
            room = later
        while cut_words and columns_of(word) > room:
            end = next(n for n in range(len(word), 0, -1) if n == 1 or columns_of(word[:n]) <= room)
            lines.append(word[:end])
            word, room = word[end:], later
        line = word
    return [*lines, line]


def looked_at(mark: str, label: str, seen: str) -> Drawing:
    """Something that was looked at: how that went, its label, what was seen."""

    def lines(room: int | None) -> Iterator[Line]:
        start = f"{label}  "
        taken = columns_of(start) + 4
        first, *others = wrapped(seen, None if room is None else room - taken)
        yield INDENT, Styled(mark, _STYLES.get(mark, "")), " ", (start + first).rstrip()
        yield from (" " * taken + line for line in others)

    return Drawing("", lines, parts=(Paragraph(f"{mark} {label} {seen}"),), joins=True)


def difference(text: str) -> Drawing:
    """The lines by which two texts differ, as `diff -u` writes them."""

    def lines(_room: int | None) -> Iterator[Line]:
        for line in text.rstrip("\n").split("\n"):
            named = line.startswith(("+++", "---"))
            yield (Styled(line, BOLD if named else {"+": GREEN, "-": RED}.get(line[:1], "")),)

    return Drawing("", lines, parts=(Paragraph(text),))


def findings(found: Sequence[tuple[str, str, str]], heading: str = "") -> Drawing:
    """The findings of a check: where, what and why, below a heading if there is one."""

    def lines(room: int | None) -> Iterator[Line]:
        if heading:
            yield (Styled(heading, YELLOW),)
        for place, what, why in found:
            yield from wrapped(pair(place, what), room, INDENT, INDENT)
            yield from wrapped(why, room, " " * 6) if why else ()

    columns = Column(_("line"), share=2), Column(_("what"), share=6), Column(_("why"), share=6)
    return Drawing("", lines, parts=(Table(columns, found, heading),))


class RuleLines(NamedTuple):
    """A rule as it was judged: its mark, what it says, what was seen, and on what it rests.

    `cited` are the words of what it rests on, where they are asked for.
    """

    mark: str
    says: str
    seen: tuple[str, ...]
    ground: str
    cited: tuple[str, ...] = ()

    def lines(self, width: int | None) -> Iterator[Line]:
        """The mark and the sentence; below it what was seen; on the right what it rests on."""
        room = _room(width)
        sentence = wrapped(self.says, None if width is None else room - 6)
        lines = [f"{BELOW}{self.mark} {sentence[0]}"]
        lines += (f"{BELOW}  {line}" for line in sentence[1:])
        for seen in self.seen:
            lines += wrapped(seen, None if width is None else room, _FAR_BELOW, INDENT)
        first, *others = _with_ground(lines, self.ground, room)
        before, mark, after = first.partition(self.mark)
        yield before, Styled(mark, _STYLES[mark]), after
        yield from others
        for words in self.cited:
            for line in words.split("\n"):
                yield from wrapped(line, width, f"{_FAR_BELOW}> ")


def edge(
    name: str, verdict: str, rules: Sequence[RuleLines], *, is_open: bool, remark: str = ""
) -> Drawing:
    """A way out of a state with its verdict, and each of its rules; `remark` is about the way."""

    def lines(width: int | None) -> Iterator[Line]:
        room = _room(width)
        *before, last = wrapped(f"→ {name}", width, INDENT, INDENT)
        yield from before
        if columns_of(last) + 2 + columns_of(verdict) > room:
            yield last
            last = ""
        gap = " " * (room - columns_of(last) - columns_of(verdict))
        yield last, gap, Styled(verdict, GREEN if is_open else RED)
        yield from wrapped(remark, width, BELOW) if remark else ()
        for rule in rules:
            yield from rule.lines(width)

    parts: list[Part] = [Heading(pair(name, verdict), 2)]
    if remark:
        parts.append(Paragraph(remark))
    if rules:
        heads = (_("Rule"), 6), (_("What was seen"), 4), (_("It rests on"), 4)
        rows = [
            (f"{one.mark} {one.says}", "\n".join(one.seen), "\n".join((one.ground, *one.cited)))
            for one in rules
        ]
        parts.append(Table([Column(head, share=share) for head, share in heads], rows))
    return Drawing("", lines, parts=tuple(parts))


def _with_ground(lines: list[str], ground: str, room: int) -> list[str]:
    """The lines of a rule and on what it rests: at the end of the last one, else below it."""
    width = columns_of(ground)
    if columns_of(lines[-1]) + 2 + width <= room:
        gap = " " * (room - columns_of(lines[-1]) - width)
        return [*lines[:-1], lines[-1] + gap + ground]
    if len(_FAR_BELOW) + width <= room:
        return [*lines, " " * (room - width) + ground]
    return [*lines, *(_FAR_BELOW + line for line in folded(ground, room - len(_FAR_BELOW)))]


def _room(width: int | None) -> int:
    return min(width or USUAL_CELLS, _WIDEST_CELLS)


class TimelineEntry(NamedTuple):
    """Something that happens at an hour of a day; `readers` whom it concerns."""

    day: str
    hour: str
    at: ValuedCell
    label: str
    readers: str = ""


def timeline(events: Sequence[TimelineEntry]) -> Drawing:
    """The events, in the order of time: day by day in a terminal, elsewhere as a table."""

    def lines(room: int | None) -> Iterator[Line]:
        width = min(max((columns_of(one.label) for one in events), default=0), _WIDEST_EVENT_CELLS)
        for number, (day, those) in enumerate(groupby(events, key=lambda one: one.day)):
            if number:
                yield ""
            yield (Styled(day, BOLD),)
            for one in those:
                yield from _event(one, width, room)

    columns = Column(_("when"), share=4), Column(_("what"), share=6), Column(_("to"), share=6)
    table = Table(columns, [(one.at, one.label, one.readers) for one in events])
    return Drawing("", lines, parts=(table,))


def _event(one: TimelineEntry, width: int, room: int | None) -> Iterator[Line]:
    """The hour, what happens, and to whom; what concerns nobody alone stands out."""
    hour = f"  {one.hour}  "
    text = f"{hour}{one.label}{padding(one.label, width)}  {one.readers}"
    if not one.readers:
        yield hour, Styled(one.label, YELLOW)
    elif room is None or columns_of(text) <= room:
        yield text
    else:
        yield f"{hour}{one.label}"
        yield from wrapped(one.readers, room, " " * columns_of(hour) + INDENT)
