"""A report as a terminal shows it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from itertools import groupby
from typing import Any

from ptce_workflow.base.text import columns_of, padding
from ptce_workflow.base.words import _
from ptce_workflow.cli.output import (
    BOLD,
    GREEN,
    INDENT,
    RED,
    YELLOW,
    Output,
    Styled,
    folded,
    wrapped,
)
from ptce_workflow.papers.report import (
    Aside,
    Bullets,
    Difference,
    Drawing,
    Findings,
    Heading,
    LabelledValues,
    Lead,
    LookedAt,
    NextStep,
    Note,
    Paragraph,
    Part,
    RuleShown,
    Signatures,
    Table,
    Timeline,
    TimelineEntry,
    VerdictLine,
    WayShown,
)

_BELOW, _FAR_BELOW = " " * 4, " " * 8
_WIDEST_EVENT_CELLS = 40
# Wider than this, a column of labels is too far from what it labels.
_WIDEST_LABEL_CELLS = 54
_SHORT_CELLS = 40
_LEAST_VALUE_CELLS = 24
_SIGNED_CELLS = 30
# Where no terminal says how wide it is; and the widest that an eye follows from left to right.
_USUAL_CELLS, _WIDEST_CELLS = 80, 100
_STYLES = {"✓": GREEN, "✗": RED, "?": YELLOW, "!": YELLOW}


def print_parts(out: Output, parts: Iterable[Part]) -> None:
    """Prints parts as they come, with a blank line between those that stand apart."""
    before: Part | None = None
    for part in parts:
        if isinstance(part, Aside):
            _aside(out, part)
            continue
        if isinstance(part, Drawing):
            lines = tuple(part.lines(out.width(out.stdout)))
            if not lines:
                continue
        if before is not None and _stands_apart(part, before):
            out.say()
        if isinstance(part, Drawing):
            _drawing(out, part, lines)
        else:
            _PRINTERS[type(part)](out, part)
        before = part


def _stands_apart(part: Part, before: Part) -> bool:
    """Sentences follow a line or other sentences at once, a list what it is headed by."""
    if isinstance(before, Heading) or (isinstance(before, Paragraph) and before.heads):
        return False
    if isinstance(part, LookedAt):
        return not isinstance(before, LookedAt)
    return not isinstance(part, Lead | Paragraph) or not isinstance(
        before, Lead | Paragraph | VerdictLine
    )


def _aside(out: Output, part: Aside) -> None:
    if part.text:
        out.remark(part.text)
    if part.command:
        out.next_step(part.command)


def _paragraph(out: Output, part: Paragraph) -> None:
    out.tell(part.text, INDENT * part.level, " " * part.hanging)


def _bullets(out: Output, part: Bullets) -> None:
    for item in part.items:
        out.tell(item, hanging=INDENT)


def _looked_at(out: Output, part: LookedAt) -> None:
    start = f"{part.label}  "
    room, taken = out.width(out.stdout), columns_of(start) + 4
    first, *others = wrapped(part.said, None if room is None else room - taken)
    style = _STYLES.get(part.mark)
    mark = Styled(part.mark, style) if style else part.mark
    out.say(INDENT, mark, " ", (start + first).rstrip())
    for line in others:
        out.say(" " * taken + line)


def _difference(out: Output, part: Difference) -> None:
    """What a line adds or takes away begins with a sign, and is coloured."""
    for line in part.text.rstrip("\n").split("\n"):
        named = line.startswith(("+++", "---"))
        style = BOLD if named else {"+": GREEN, "-": RED}.get(line[:1])
        out.say(Styled(line, style) if style else line)


def _facts(out: Output, part: LabelledValues) -> None:
    """A short value beside its label, anything longer below it."""
    room = out.width(out.stdout)
    facts = [(label, value.split("\n") if value else []) for label, value in part.pairs]
    width = _label_width(facts, room)
    for label, lines in facts:
        beside = f"{INDENT}{label}{padding(label, max(width, columns_of(label)))}  "
        if _fits_beside(lines, columns_of(beside), room):
            out.say(beside + lines[0])
            continue
        out.tell(label, INDENT, INDENT)
        for line in lines:
            out.tell(line, _BELOW, INDENT if line.startswith("· ") else "")


def _label_width(facts: list[tuple[str, list[str]]], room: int | None) -> int:
    """The widest label of a short value, as long as it leaves room for one."""
    most = min(_WIDEST_LABEL_CELLS, (room or _USUAL_CELLS) - _LEAST_VALUE_CELLS)
    short = (label for label, lines in facts if _fits_beside(lines, 0, _SHORT_CELLS))
    return max((width for label in short if (width := columns_of(label)) <= most), default=0)


def _fits_beside(lines: list[str], used: int, room: int | None) -> bool:
    return len(lines) == 1 and (room is None or used + columns_of(lines[0]) <= room)


def _outcome(out: Output, part: VerdictLine) -> None:
    text = f"{part.text} · " if part.text else ""
    out.say(text, Styled(part.verdict, GREEN if part.good else RED))


def _findings(out: Output, part: Findings) -> None:
    if part.heading:
        out.say(Styled(part.heading, YELLOW))
    for place, what, why in part.found:
        out.tell(_("{label}: {value}").format(label=place, value=what), INDENT, INDENT)
        if why:
            out.tell(why, " " * 6)


def _way(out: Output, part: WayShown) -> None:
    """Its name, its verdict on the right; each rule, and on the right what that rests on."""
    verdict = Styled(part.verdict, GREEN if part.is_open else RED)
    room = _room(out)
    *lines, last = wrapped(f"→ {part.name}", out.width(out.stdout), INDENT, INDENT)
    for line in lines:
        out.say(line)
    if columns_of(last) + 2 + columns_of(verdict.text) > room:
        out.say(last)
        last = ""
    out.say(last, " " * (room - columns_of(last) - columns_of(verdict.text)), verdict)
    if part.remark:
        out.tell(part.remark, _BELOW)
    for rule in part.rules:
        _rule(out, rule, room)


def _rule(out: Output, rule: RuleShown, room: int) -> None:
    """The mark and the sentence; below it what was seen or lacks; on the right what it rests on."""
    width = out.width(out.stdout)
    sentence = wrapped(rule.says, None if width is None else room - 6)
    lines = [f"{_BELOW}{rule.mark} {sentence[0]}", *(f"{_BELOW}  {line}" for line in sentence[1:])]
    for seen in rule.seen:
        lines += wrapped(seen, None if width is None else room, _FAR_BELOW, INDENT)
    first, *others = _with_ground(lines, rule.ground, room)
    before, mark, after = first.partition(rule.mark)
    out.say(before, Styled(mark, _STYLES[mark]), after)
    for line in others:
        out.say(line)
    for words in rule.cited:
        for line in words.split("\n"):
            out.tell(line, f"{_FAR_BELOW}> ")


def _with_ground(lines: list[str], ground: str, room: int) -> list[str]:
    """The lines of a rule and on what it rests: at the end of the last one, else below it."""
    width = columns_of(ground)
    if columns_of(lines[-1]) + 2 + width <= room:
        gap = " " * (room - columns_of(lines[-1]) - width)
        return [*lines[:-1], lines[-1] + gap + ground]
    if len(_FAR_BELOW) + width <= room:
        return [*lines, " " * (room - width) + ground]
    return [*lines, *(_FAR_BELOW + line for line in folded(ground, room - len(_FAR_BELOW)))]


def _room(out: Output) -> int:
    return min(out.width(out.stdout) or _USUAL_CELLS, _WIDEST_CELLS)


def _timeline(out: Output, part: Timeline) -> None:
    """Day by day: the hour, what happens, and to whom; what concerns nobody alone stands out."""
    widths = (columns_of(one.label) for one in part.events)
    width = min(max(widths, default=0), _WIDEST_EVENT_CELLS)
    for number, (day, events) in enumerate(groupby(part.events, key=lambda one: one.day)):
        if number:
            out.say()
        out.say(Styled(day, BOLD))
        for one in events:
            _event(out, one, width)


def _event(out: Output, one: TimelineEntry, width: int) -> None:
    hour = f"  {one.hour}  "
    if not one.readers:
        out.say(hour, Styled(one.label, YELLOW))
        return
    room = out.width(out.stdout)
    told = f"{hour}{one.label}{padding(one.label, width)}  {one.readers}"
    if room is not None and columns_of(told) > room:
        out.say(f"{hour}{one.label}")
        out.tell(one.readers, " " * columns_of(hour) + INDENT)
    else:
        out.say(told)


def _signatures(out: Output, part: Signatures) -> None:
    for name in part.names:
        out.tell(name, INDENT, INDENT)
        out.say(INDENT, "…" * _SIGNED_CELLS)


def _drawing(out: Output, part: Drawing, lines: tuple[str, ...]) -> None:
    for line in lines:
        out.say(line)
    if part.legend:
        out.tell(part.legend, INDENT, INDENT)


_PRINTERS: Mapping[type, Callable[[Output, Any], None]] = {
    Lead: lambda out, part: out.title(part.name, f" · {part.rest}" if part.rest else ""),
    Heading: lambda out, part: out.title(part.text, ""),
    Paragraph: _paragraph,
    Note: lambda out, part: out.tell(part.text),
    NextStep: lambda out, part: out.advise(part.text, part.command),
    Bullets: _bullets,
    LabelledValues: _facts,
    Table: Output.table,
    Timeline: _timeline,
    WayShown: _way,
    VerdictLine: _outcome,
    Findings: _findings,
    LookedAt: _looked_at,
    Signatures: _signatures,
    Difference: _difference,
}
