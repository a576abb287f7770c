"""The parts of a report, and data by shape."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, tzinfo
from decimal import Decimal
from typing import TYPE_CHECKING, Literal, Self

from msgspec import Struct
from msgspec.structs import replace

from ptce_workflow.base.words import _, language, local_time, rehearsal_mark, short_date

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from ptce_workflow.process.process import Process


_NO_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff\ud800-\udfff]")
_BLANK_LINES = re.compile(r"\n[ \t]*\n\s*")
_BULLET = "- "


class Heading(Struct, frozen=True):
    """The heading of the following parts; level 1 is the largest below the title."""

    text: str
    level: Literal[1, 2, 3] = 1


class Lead(Struct, frozen=True):
    """The subject of the report, and what it comes to, in a line: the name stands out."""

    name: str
    rest: str = ""


class Paragraph(Struct, frozen=True):
    """Some sentences; line ends within are kept. `strong` makes all of them stand out.

    In a terminal all of it is indented by its `level`, what one line goes on with by `hanging`
    columns more; and a list follows at once what `heads` it.
    """

    text: str
    strong: bool = False
    hanging: int = 0
    level: int = 0
    heads: bool = False


def detail(text: str, level: int = 1) -> Paragraph:
    """A sentence below another one, which it details."""
    return Paragraph(text, hanging=2, level=level)


class NextStep(Struct, frozen=True):
    """A command that a person may type: `{command}` in the text stands for it.

    `shows_more` where it is no act: it holds for an answer as of an earlier instant as well.
    """

    text: str
    command: str
    shows_more: bool = False


class Aside(Struct, frozen=True):
    """A remark beside the report, and a command to type next: on the error stream, nowhere else."""

    text: str = ""
    command: str = ""


class LookedAt(Struct, frozen=True):
    """Something that was looked at: how that went, its label, what was seen."""

    mark: str
    label: str
    said: str


class Difference(Struct, frozen=True):
    """The lines by which two texts differ, as `diff -u` writes them."""

    text: str


class Bullets(Struct, frozen=True):
    """A list of items, in no order that matters."""

    items: tuple[str, ...]


class ValuedCell(str):
    """A cell of a table: the words that people read, and what a spreadsheet reckons with."""

    __slots__ = ("value",)
    value: int | Decimal | datetime | str

    def __new__(cls, words: str, value: int | Decimal | datetime | str) -> Self:
        """`value` is exact; an instant is one of the contest's own clock, without its zone."""
        cell = super().__new__(cls, words)
        cell.value = value
        return cell


def count(number: int) -> ValuedCell:
    """A cell that holds a whole number."""
    return ValuedCell(str(number), number)


def instant(at: datetime, zone: tzinfo, words: str) -> ValuedCell:
    """A cell that holds an instant, by the clock of the contest."""
    return ValuedCell(words, local_time(at, zone).replace(tzinfo=None))


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
    years = {local_time(at, zone).year for at in instants}
    several = len(years) > 1
    if len(years) == 1 and (now is None or local_time(now, zone).year not in years):
        heading += f" ({years.pop()})"
    return heading, [_day(at, zone, hours=hours, year=several) for at in instants]


def _day(at: datetime, zone: ZoneInfo, *, hours: bool, year: bool) -> ValuedCell:
    local = local_time(at, zone)
    parts = [short_date(local, zone, language())]
    if year:
        parts.append(str(local.year))
    if hours:
        parts.append(f"{local:%H:%M}")
    return instant(at, zone, " ".join(parts))


class Column(Struct, frozen=True):
    """A column of a table: its heading, and whether its cells are figures.

    `share` is its part of the width of a page. In a terminal a `flexible` one may be wrapped where
    the room is narrow; the last one may be `below`: where it would make the table longer than
    need be, it stands on lines of its own, under each row.
    """

    heading: str
    number: bool = False
    flexible: bool = False
    below: bool = False
    share: int = 1


class Table(Struct, frozen=True):
    """Rows below their headings, which every page of paper repeats.

    `named` says that the first cell of a row names it.
    """

    columns: Sequence[Column]
    rows: Sequence[Sequence[str]]
    caption: str = ""
    named: bool = False


def filled(columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> Table:
    """A table without the columns in which nothing stands: they say nothing."""
    said = [place for place in range(len(columns)) if any(row[place] for row in rows)]
    return Table([columns[place] for place in said], [[row[n] for n in said] for row in rows])


class VerdictLine(Struct, frozen=True):
    """The result of a check: how much was looked at, then the verdict, which stands out."""

    text: str
    verdict: str
    good: bool


class Findings(Struct, frozen=True):
    """The findings of a check: where, what and why, below a heading if there is one."""

    found: tuple[tuple[str, str, str], ...]
    heading: str = ""

    def as_table(self) -> Table:
        """A row for each."""
        columns = (
            Column(_("line"), share=2),
            Column(_("what"), share=6),
            Column(_("why"), share=6),
        )
        return Table(columns, self.found, self.heading)


class RuleShown(Struct, frozen=True):
    """A rule as it was judged: its mark, what it says, what was seen, and on what it rests.

    `cited` are the words of what it rests on, where they are asked for.
    """

    mark: str
    says: str
    seen: tuple[str, ...]
    ground: str
    cited: tuple[str, ...] = ()


class EdgeLines(Struct, frozen=True):
    """A way out of a state, and each of its rules; `remark` is about the way itself.

    `outcome` says what became of one that was tried.
    """

    name: str
    is_open: bool
    rules: tuple[RuleShown, ...]
    remark: str = ""
    outcome: str = ""

    @property
    def verdict(self) -> str:
        """The word that says whether it may be taken, or what became of it."""
        return self.outcome or (_("possible") if self.is_open else _("impossible"))

    def as_parts(self) -> Iterator[Part]:
        """A heading and a table, where nothing is drawn with more care."""
        yield Heading(_("{label}: {value}").format(label=self.name, value=self.verdict), 2)
        if self.remark:
            yield Paragraph(self.remark)
        columns = (
            Column(_("Rule"), share=6),
            Column(_("What was seen"), share=4),
            Column(_("It rests on"), share=4),
        )
        rows = [
            (f"{one.mark} {one.says}", "\n".join(one.seen), "\n".join((one.ground, *one.cited)))
            for one in self.rules
        ]
        if rows:
            yield Table(columns, rows)


class TimelineEntry(Struct, frozen=True):
    """Something that happens at an hour of a day; `readers` whom it concerns."""

    day: str
    hour: str
    at: ValuedCell
    label: str
    readers: str = ""


class Timeline(Struct, frozen=True):
    """The events, in the order of time: day by day in a terminal, elsewhere as a table."""

    events: Sequence[TimelineEntry]

    def as_table(self) -> Table:
        """A row for each event."""
        columns = (Column(_("when"), share=4), Column(_("what"), share=6), Column(_("to"), share=6))
        return Table(columns, [(one.at, one.label, one.readers) for one in self.events])


class LabelledValues(Struct, frozen=True):
    """Labels and what stands beside each."""

    pairs: tuple[tuple[str, str], ...]


class Note(Struct, frozen=True):
    """A remark, set apart and smaller."""

    text: str


class Signatures(Struct, frozen=True):
    """Empty places in which people sign, under the name or the function of each."""

    names: tuple[str, ...]


class Drawing(Struct, frozen=True):
    """A picture; `said` tells what it shows, to whoever sees none.

    `lines` draws it in a terminal of so many columns (None: as wide as need be), with a `legend`
    below; `svg` on a page.
    Paper holds the words only: what a picture shows stands in a table there as well.
    """

    said: str
    lines: Callable[[int | None], Iterator[str]]
    svg: Callable[[], str] | None = None
    legend: str = ""


Part = (
    Lead
    | Heading
    | Paragraph
    | NextStep
    | Aside
    | LookedAt
    | Difference
    | Bullets
    | Table
    | Timeline
    | EdgeLines
    | VerdictLine
    | Findings
    | LabelledValues
    | Note
    | Signatures
    | Drawing
)


class Report(Struct, frozen=True):
    """A whole document, or what a command has to show.

    `over` stands above the title and `under` below it; `running` at the foot of every page, before
    its number. `at` dates the document's properties, `author` signs them. A terminal shows the
    parts alone.
    """

    title: str
    language: str
    at: datetime
    author: str
    parts: tuple[Part, ...] = ()
    over: str = ""
    under: str = ""
    running: str = ""

    @property
    def asides(self) -> Iterator[Part]:
        """The remarks beside the report, which hold whatever it is written in."""
        return (part for part in self.parts if isinstance(part, Aside) and not part.command)


def of_contest(
    process: Process, title: str, at: datetime, parts: Iterable[Part], under: str = ""
) -> Report:
    """The report of a contest at an instant, in the language in force."""
    contest = process.definition.config.contest.title.text
    return Report(
        title,
        language(),
        at,
        contest,
        tuple(parts),
        over=contest,
        under=under,
        running=_("Process {hash}").format(hash=process.hash[:12]),
    )


def rehearsed(report: Report) -> Report:
    """A report with the mark of a rehearsal on every page."""
    over, running = (f"{rehearsal_mark()} {said}" for said in (report.over, report.running))
    return replace(report, over=over, running=running)


def plain(parts: Iterable[Part]) -> Iterator[Part]:
    """The parts, those that only a terminal draws as what they are elsewhere."""
    for part in parts:
        match part:
            case Timeline() | Findings():
                yield part.as_table()
            case VerdictLine():
                yield Lead(part.verdict, part.text)
            case EdgeLines():
                yield from part.as_parts()
            case LookedAt():
                yield Paragraph(f"{part.mark} {part.label} {part.said}")
            case Difference():
                yield Paragraph(part.text)
            case Aside():
                pass
            case _:
                yield part


def tables(report: Report) -> Iterator[Table]:
    """The tables of a report."""
    return (part for part in plain(report.parts) if isinstance(part, Table))


def written(text: str) -> Iterator[Part]:
    """The parts of a plain text: blank lines part paragraphs, `- ` begins an item."""
    for block in _BLANK_LINES.split(clean(text).strip()):
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
    """A label with a capital, as a heading has it."""
    return label[:1].upper() + label[1:]
