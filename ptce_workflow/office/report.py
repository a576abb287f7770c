"""The parts of a report, whatever it is written in."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, tzinfo
from decimal import Decimal
from typing import TYPE_CHECKING, Literal, NamedTuple, Self

from msgspec import Struct
from msgspec.structs import replace

from ptce_workflow.base.notation import to_text
from ptce_workflow.base.words import _, language, local_time, rehearsal_mark, short_date

if TYPE_CHECKING:
    from pathlib import Path
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
    return ValuedCell(str(number), number)


def instant(at: datetime, zone: tzinfo, words: str) -> ValuedCell:
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


class LabelledValues(Struct, frozen=True):
    """Labels and what stands beside each."""

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


Part = Lead | Heading | Paragraph | Advice | Bullets | Table | LabelledValues | Signatures | Drawing


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
        running=running or _("Process {hash}").format(hash=process.hash[:12]),
    )


def of_folder(folder: Path, title: str, at: datetime, parts: Iterable[Part]) -> Report:
    """A report in which nothing is read from the contest of a folder, which may be damaged."""
    under = _("as of {when}").format(when=to_text(at))
    name = folder.resolve().name
    return Report(title, language(), at, "ptce", tuple(parts), over=name, under=under)


def rehearsed(report: Report) -> Report:
    over, running = (f"{rehearsal_mark()} {text}" for text in (report.over, report.running))
    return replace(report, over=over, running=running)


def plain(parts: Iterable[Part]) -> Iterator[Part]:
    """The parts, those that only a terminal draws as what they are elsewhere."""
    for part in parts:
        if isinstance(part, Drawing) and part.parts:
            yield from part.parts
        elif not (isinstance(part, Advice) and part.beside):
            yield part


def tables(report: Report) -> Iterator[Table]:
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
    return label[:1].upper() + label[1:]
