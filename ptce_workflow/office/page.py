"""A report: its parts, the sentences that they are made of, and their lines in a terminal."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, tzinfo
from decimal import Decimal
from functools import partial
from html import escape
from itertools import groupby
from typing import TYPE_CHECKING, Literal, NamedTuple, Self

from msgspec import Struct
from msgspec.structs import replace

from ptce_workflow.base import words
from ptce_workflow.base.notation import to_text
from ptce_workflow.base.words import _, language, n_, number, padding

if TYPE_CHECKING:
    from pathlib import Path
    from zoneinfo import ZoneInfo

    from ptce_workflow.process.process import Process


_NO_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff\ud800-\udfff]")
_BULLET = "- "


class Heading(Struct, frozen=True):
    """The heading of the following parts; level 1 is the largest below the title.

    One with an `anchor` begins a chapter: a page of its own, on which its text runs on top.
    """

    text: str
    level: Literal[1, 2, 3] = 1
    anchor: str = ""


class Contents(Struct, frozen=True):
    chapters: tuple[Heading, ...]


class Lead(Struct, frozen=True):
    """The subject of the report, and what it comes to, in a line: the name stands out.

    Of a check the name is the verdict, `good` or not, and the rest how much was looked at.
    """

    name: str
    rest: str = ""
    good: bool | None = None


class Paragraph(Struct, frozen=True):
    """Some sentences; line ends within are kept. `strong` ones stand out, a `note` is set apart.

    In a terminal all of it is indented by its `level`, what one line goes on with by `hanging`
    columns more; and a list follows at once what `heads` it.
    """

    text: str
    strong: bool = False
    hanging: int = 0
    level: int = 0
    heads: bool = False
    note: bool = False


class Advice(Struct, frozen=True):
    """A remark, or a command that a person may type: `{command}` in the text stands for it.

    One `beside` the report is on the error stream, and nowhere else. One that `shows_more` is no
    act: it holds for an answer as of an earlier instant as well.
    """

    text: str = ""
    command: str = ""
    beside: bool = False
    shows_more: bool = False


class Bullets(Struct, frozen=True):
    items: tuple[str, ...]


class ValuedCell(str):
    """A cell of a table: the words that people read, and what a spreadsheet reckons with."""

    __slots__ = ("value",)
    value: int | Decimal | datetime | str

    def __new__(cls, shown: str, value: int | Decimal | datetime | str) -> Self:
        """`value` is exact; an instant is one of the contest's own clock, without its zone."""
        cell = super().__new__(cls, shown)
        cell.value = value
        return cell


def count(number: int) -> ValuedCell:
    return ValuedCell(str(number), number)


def instant(at: datetime, zone: tzinfo, shown: str) -> ValuedCell:
    return ValuedCell(shown, words.local_time(at, zone).replace(tzinfo=None))


def dated(
    heading: str,
    instants: Sequence[datetime],
    zone: ZoneInfo,
    *,
    hours: bool = False,
    now: datetime | None = None,
) -> tuple[str, list[ValuedCell]]:
    """A column of days, with their hours if told: its heading, and a cell for each instant.

    The year of `now` goes without saying. Another one is said in the heading when it is the same
    for all, else in each cell.
    """
    years = {words.local_time(at, zone).year for at in instants}
    several = len(years) > 1
    if len(years) == 1 and (now is None or words.local_time(now, zone).year not in years):
        heading += f" ({years.pop()})"
    return heading, [_day(at, zone, hours=hours, year=several) for at in instants]


def _day(at: datetime, zone: ZoneInfo, *, hours: bool, year: bool) -> ValuedCell:
    local = words.local_time(at, zone)
    parts = [words.short_date(local, zone, language())]
    if year:
        parts.append(str(local.year))
    if hours:
        parts.append(f"{local:%H:%M}")
    return instant(at, zone, " ".join(parts))


class Column(Struct, frozen=True):
    """A column of a table: its heading, and whether its cells are figures.

    `share` is its part of the width of a page. In a terminal a `flexible` one may be wrapped where
    the room is narrow; the last one may be `below`: where it would make the table longer than
    need be, it stands on lines of its own, under each row. A web page draws the figures of one of
    `bars` as bars too.
    """

    heading: str
    number: bool = False
    flexible: bool = False
    below: bool = False
    share: int = 1
    bars: bool = False


class Table(Struct, frozen=True):
    """Rows below their headings, which every page of paper repeats.

    `named` says that the first cell of a row names it.
    """

    columns: Sequence[Column]
    rows: Sequence[Sequence[str]]
    caption: str = ""
    named: bool = False


class LabelledValues(Struct, frozen=True):
    pairs: tuple[tuple[str, str], ...]


class Signatures(Struct, frozen=True):
    """Empty places in which people sign, under the name or the function of each."""

    names: tuple[str, ...]


class Styled(NamedTuple):
    """A part of a line that stands out on a terminal; what it says is said by its words too."""

    text: str
    style: str


Line = str | tuple[str | Styled, ...]


class Drawing(Struct, frozen=True):
    """A picture; `said` tells what it shows, to whoever sees none.

    `lines` draws it in a terminal of so many columns (None: as wide as need be), with a `legend`
    below; one that `joins` follows another at once. A page shows `svg`, or `parts` as paper does;
    without any of them both hold the words only: what a picture shows stands in a table as well.
    """

    said: str
    lines: Callable[[int | None], Iterator[Line]]
    svg: Callable[[], str] | None = None
    legend: str = ""
    parts: tuple[Part, ...] = ()
    joins: bool = False


Part = (
    Lead
    | Heading
    | Contents
    | Paragraph
    | Advice
    | Bullets
    | Table
    | LabelledValues
    | Signatures
    | Drawing
)


class Letterhead(Struct, frozen=True):
    """Whose paper it is, at the head of its first page: the picture, then who and where, if any."""

    lines: tuple[str, ...] = ()
    logo: bytes = b""


class Report(Struct, frozen=True):
    """A whole document, or what a command has to show.

    `head` stands above all of it on paper, `over` above the title and `under` below it; `running`
    at the foot of every page, before its number. `at` dates the document's properties, `author`
    signs them. A terminal shows the parts alone, and asks for no `head`: it takes all files.
    """

    title: str
    language: str
    at: datetime
    author: str
    parts: tuple[Part, ...] = ()
    over: str = ""
    under: str = ""
    running: str = ""
    head: Callable[[], Letterhead] = Letterhead

    @property
    def asides(self) -> Iterator[Part]:
        """The remarks beside the report, which hold whatever it is written in."""
        advice = (part for part in self.parts if isinstance(part, Advice))
        return (part for part in advice if part.beside and not part.command)


def of_contest(
    process: Process,
    title: str,
    at: datetime,
    parts: Iterable[Part],
    under: str = "",
    running: str = "",
) -> Report:
    contest = process.definition.config.contest.title.text
    return Report(
        title,
        language(),
        at,
        contest,
        tuple(parts),
        over=contest,
        under=under,
        running=running or _("Process {hash}").format(hash=process.hash[:12]),
        head=partial(letterhead, process, language()),
    )


def letterhead(process: Process, language: str) -> Letterhead:
    """The head of the organiser's papers; empty where the folder has no more than its name."""
    organiser = process.definition.config.organiser
    if organiser is None or not (organiser.logo or organiser.address):
        return Letterhead()
    texts = (text.in_(language) for text in (organiser.name, organiser.address) if text)
    logo = process.files[organiser.logo] if organiser.logo else b""
    return Letterhead(tuple(line for text in texts for line in text.splitlines()), logo)


def signed(place: object, day: str, names: Iterable[str]) -> Iterator[Part]:
    """Where and when a paper was signed, and by whom: what is not known is written by hand."""
    yield say(_("Done at {place}, on {day}."), place=place or "…", day=day)
    yield Signatures(tuple(names))


def of_folder(folder: Path, title: str, at: datetime, parts: Iterable[Part]) -> Report:
    """A report in which nothing is read from the contest of a folder, which may be damaged."""
    under = _("as of {when}").format(when=to_text(at))
    name = folder.resolve().name
    return Report(title, language(), at, "ptce", tuple(parts), over=name, under=under)


def rehearsed(report: Report) -> Report:
    over, running = (f"{words.rehearsal_mark()} {text}" for text in (report.over, report.running))
    return replace(report, over=over, running=running)


def plain(parts: Iterable[Part]) -> Iterator[Part]:
    """The parts, those that only a terminal draws as what they are elsewhere."""
    for part in parts:
        if isinstance(part, Drawing) and part.parts:
            yield from part.parts
        elif not (isinstance(part, Advice) and part.beside):
            yield part


def tables(report: Report) -> Iterator[Table]:
    return (table for _heading, table in tables_by_heading(report))


def tables_by_heading(report: Report) -> Iterator[tuple[str, Table]]:
    """The tables of a report, each with the heading below which it stands; "" before the first."""
    heading = ""
    for part in plain(report.parts):
        if isinstance(part, Heading):
            heading = part.text
        elif isinstance(part, Table):
            yield heading, part


def written(text: str) -> Iterator[Part]:
    """The parts of a plain text: blank lines part paragraphs, `- ` begins an item."""
    for block in re.split(r"\n[ \t]*\n\s*", clean(text).strip()):
        lines = [line.strip() for line in block.split("\n")]
        texts: list[str] = []
        items: list[str] = []
        for line in lines:
            if line.startswith(_BULLET):
                items.append(line.removeprefix(_BULLET).strip())
            elif items:
                items[-1] += f" {line}"
            elif line:
                texts.append(line)
        if texts:
            yield Paragraph("\n".join(texts))
        if items:
            yield Bullets(tuple(items))


def clean(text: str) -> str:
    """The text without the control characters that no document can hold."""
    return _NO_CONTROL.sub("", text)


def capital(label: str) -> str:
    return label[:1].upper() + label[1:]


def text(message: str, /, **values: object) -> str:
    """A translated message with its values: a label for what has one, `count` as a figure."""
    shown = {name: getattr(value, "label", value) for name, value in values.items()}
    if isinstance(count := shown.get("count"), int):
        shown["count"] = number(count, language())
    return message.format(**shown) if shown else message


def pair(label: object, value: object) -> str:
    return text(_("{label}: {value}"), label=label, value=value)


def first(texts: Sequence[str], most: int | None) -> list[str]:
    more = len(texts[most:]) if most else 0
    return [*texts[:most], *([n_("and {count} more", "and {count} more", more)] if more else ())]


def some(texts: Sequence[str], most: int) -> str:
    return " ".join((", ".join(texts[:most]), *first(texts, most)[most:]))


def lead(name: str, rest: str = "") -> Lead:
    return Lead(name, rest)


def heading(message: str, level: Literal[1, 2, 3] = 1, /, **values: object) -> Heading:
    return Heading(text(message, **values), level)


def bullets(items: Iterable[str]) -> Bullets:
    return Bullets(tuple(items))


def facts(pairs: Iterable[tuple[str, str]]) -> LabelledValues:
    return LabelledValues(tuple(pairs))


def say(message: str, /, **values: object) -> Paragraph:
    return Paragraph(text(message, **values))


def strong(message: str, /, **values: object) -> Paragraph:
    return Paragraph(text(message, **values), strong=True)


def above(message: str, /, **values: object) -> Paragraph:
    return Paragraph(text(message, **values), heads=True)


def line(message: str, /, level: int = 0, **values: object) -> Paragraph:
    """A sentence that stands for itself: what it goes on with is indented."""
    return Paragraph(text(message, **values), hanging=2, level=level)


def detail(message: str, /, **values: object) -> Paragraph:
    """A sentence below another one, which it details."""
    return line(message, 1, **values)


def verdict(text: str, outcome: str, *, good: bool) -> Lead:
    return Lead(outcome, text, good)


def note(message: str, /, **values: object) -> Paragraph:
    return Paragraph(text(message, **values), note=True)


def aside(message: str, /, **values: object) -> Advice:
    return Advice(text(message, **values), beside=True)


def suggest(command: str) -> Advice:
    return Advice(command=command, beside=True)


def advise(message: str, command: str, /, **values: object) -> Advice:
    """What to type for something: `{command}` in the message stands for it."""
    return Advice(text(message, command="{command}", **values), command)


BOLD, GREEN, RED, YELLOW = "1", "1;32", "1;31", "33"
INDENT = "  "
BELOW, _FAR_BELOW = " " * 4, " " * 8
_STYLES = {"✓": GREEN, "✗": RED, "?": YELLOW, "!": YELLOW}
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
        room = max(width, 20) - words.columns_of(own)
        first, *others = folded(line.strip(" "), room, after=room - words.columns_of(hanging))
        lines.append((own + first).rstrip())
        lines += (own + hanging + other for other in others)
    return lines


def folded(
    text: str, width: int, *, after: int | None = None, cut_words: bool = False
) -> list[str]:
    """One line broken at its spaces into lines of a width, those after the first of another.

    Shape: at least one line; a word longer than a line stands alone, unless words may be cut.
    """
    if words.columns_of(text) <= width:
        return [text]
    lines, line = [], ""
    room, later = max(width, 1), max(width if after is None else after, 1)
    for word in text.split(" "):
        longer = f"{line} {word}" if line else word
        if words.columns_of(longer) <= room:
            line = longer
            continue
        if line:
            lines.append(line)
            room = later
        while cut_words and words.columns_of(word) > room:
            end = next(
                n for n in range(len(word), 0, -1) if n == 1 or words.columns_of(word[:n]) <= room
            )
            lines.append(word[:end])
            word, room = word[end:], later
        line = word
    return [*lines, line]


def looked_at(mark: str, label: str, seen: str) -> Drawing:
    def lines(room: int | None) -> Iterator[Line]:
        start = f"{label}  "
        taken = words.columns_of(start) + 4
        first, *others = wrapped(seen, None if room is None else room - taken)
        yield INDENT, Styled(mark, _STYLES.get(mark, "")), " ", (start + first).rstrip()
        yield from (" " * taken + line for line in others)

    return Drawing("", lines, parts=(Paragraph(f"{mark} {label} {seen}"),), joins=True)


def difference(text: str) -> Drawing:
    def lines(_room: int | None) -> Iterator[Line]:
        for line in text.rstrip("\n").split("\n"):
            named = line.startswith(("+++", "---"))
            yield (Styled(line, BOLD if named else {"+": GREEN, "-": RED}.get(line[:1], "")),)

    return Drawing("", lines, parts=(Paragraph(text),))


def letter(subject: str, text: str, html: str) -> Drawing:
    """A mail: its text in a terminal, in a page what its reader sees, where none of it acts."""

    def lines(room: int | None) -> Iterator[Line]:
        yield from wrapped(text.rstrip("\n"), room, BELOW)

    def frame() -> str:
        return f'<iframe sandbox="" srcdoc="{escape(html)}"></iframe>'

    return Drawing(subject, lines, svg=frame)


def findings(found: Sequence[tuple[str, str, str]], heading: str = "") -> Drawing:
    def lines(room: int | None) -> Iterator[Line]:
        if heading:
            yield (Styled(heading, YELLOW),)
        for place, what, why in found:
            yield from wrapped(pair(place, what), room, INDENT, INDENT)
            yield from wrapped(why, room, " " * 6) if why else ()

    columns = Column(_("line"), share=2), Column(_("what"), share=6), Column(_("why"), share=6)
    return Drawing("", lines, parts=(Table(columns, found, heading),))


_BAR_CELLS, _LONG_BAR_CELLS = 10, 40
_BETWEEN_BARS = "   "


def bars(counts: Sequence[tuple[str, int]]) -> Drawing:
    """Labels and numbers as bars in a terminal, elsewhere as a table."""
    columns = Column(_("label"), share=2), Column(_("number"), number=True, bars=True, share=3)
    table = Table(columns, [(label, count(n)) for label, n in counts], named=True)
    return Drawing("", lambda room: bar_lines(counts, room), parts=(table,))


def bar_lines(
    counts: Sequence[tuple[str, int]], room: int | None, abreast: int = 1
) -> Iterator[str]:
    """The bars, so many a row where there is room; below their labels where there is little."""
    figures = [number(n, language()) for _label, n in counts]
    digits = max(3, *map(words.columns_of, figures)) if figures else 0
    most = max((n for _label, n in counts), default=1)
    widths = [
        max((words.columns_of(label) for label, _n in counts[place::abreast]), default=0)
        for place in range(abreast)
    ]
    taken = len(INDENT) + sum(widths) + len(_BETWEEN_BARS) * (abreast - 1)
    free = _LONG_BAR_CELLS if room is None else (room - taken) // abreast - digits - 3
    if free < _BAR_CELLS and abreast > 1:
        yield from bar_lines(counts, room, 1)
        return
    below = free < _BAR_CELLS
    cells = _BAR_CELLS if below or abreast > 1 else min(free, _LONG_BAR_CELLS)
    rows = []
    for place, (label, n) in enumerate(counts):
        bar = f"▏{'█' * max(1, round(cells * n / most)):<{cells}} {figures[place]:>{digits}}"
        if below:
            yield from wrapped(label, room, INDENT, INDENT)
            yield INDENT + bar
        else:
            rows.append(f"{label}{padding(label, widths[place % abreast])} {bar}")
    for start in range(0, len(rows), abreast):
        yield INDENT + _BETWEEN_BARS.join(rows[start : start + abreast])


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
        for passage in self.cited:
            for line in passage.split("\n"):
                yield from wrapped(line, width, f"{_FAR_BELOW}> ")


def edge(
    name: str, verdict: str, rules: Sequence[RuleLines], *, is_open: bool, remark: str = ""
) -> Drawing:
    """A way out of a state with its verdict, and each of its rules; `remark` is about the way."""

    def lines(width: int | None) -> Iterator[Line]:
        room = _room(width)
        *before, last = wrapped(f"→ {name}", width, INDENT, INDENT)
        yield from before
        if words.columns_of(last) + 2 + words.columns_of(verdict) > room:
            yield last
            last = ""
        gap = " " * (room - words.columns_of(last) - words.columns_of(verdict))
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
    width = words.columns_of(ground)
    if words.columns_of(lines[-1]) + 2 + width <= room:
        gap = " " * (room - words.columns_of(lines[-1]) - width)
        return [*lines[:-1], lines[-1] + gap + ground]
    if len(_FAR_BELOW) + width <= room:
        return [*lines, " " * (room - width) + ground]
    return [*lines, *(_FAR_BELOW + line for line in folded(ground, room - len(_FAR_BELOW)))]


def _room(width: int | None) -> int:
    return min(width or USUAL_CELLS, _WIDEST_CELLS)


class TimelineEntry(NamedTuple):
    day: str
    hour: str
    at: ValuedCell
    label: str
    readers: str = ""


def timeline(events: Sequence[TimelineEntry]) -> Drawing:
    """The events, in the order of time: day by day in a terminal, elsewhere as a table."""

    def lines(room: int | None) -> Iterator[Line]:
        width = min(max((words.columns_of(one.label) for one in events), default=0), 40)
        for place, (day, those) in enumerate(groupby(events, key=lambda one: one.day)):
            if place:
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
    elif room is None or words.columns_of(text) <= room:
        yield text
    else:
        yield f"{hour}{one.label}"
        yield from wrapped(one.readers, room, " " * words.columns_of(hour) + INDENT)
