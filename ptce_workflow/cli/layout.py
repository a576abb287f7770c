"""Text made to fit a terminal: how wide it is, where it breaks, how columns share the room."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import TYPE_CHECKING

from ptce_workflow.base.text import columns_of, padding

if TYPE_CHECKING:
    from ptce_workflow.papers.report import Column

INDENT = GAP = "  "
# Narrower than this, a column of words is no longer read but deciphered.
NARROWEST = 8
# What could move the cursor, hide text or turn its direction round: shown, never sent.
_UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")

Row = Sequence[str]


def safe(text: str) -> str:
    """Text whose control and direction characters are written out, so that none takes effect."""
    return _UNSAFE.sub(lambda match: match[0].encode("unicode_escape").decode(), text)


def wrapped(text: str, width: int | None, indent: str = "", hanging: str = "") -> list[str]:
    """The lines of a text at a width, each keeping its own indentation; None: as they are.

    What one line goes on with begins further right by `hanging`. Words are never cut.
    """
    lines: list[str] = []
    for line in text.split("\n"):
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

    *Shape* at least one line; a word longer than a line stands alone, unless words may be cut.
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


def laid_out(
    columns: Sequence[Column], rows: Sequence[Row], room: int | None = None
) -> tuple[list[str], list[str]]:
    """A table as lines: those of its heading, and those of its rows.

    Without a room nothing is wrapped. Else it is laid out so as to fit, in as few lines as can
    be: flexible columns are wrapped, and a last one that may stand below its row does so.
    """
    heading = [column.heading for column in columns]
    table = [[safe(cell) for cell in row] for row in (heading, *rows)]
    widths = _natural(table)
    if room is None or _total(widths) <= room:
        return _split(_beside(columns, widths, table))
    beside = _beside(columns, _squeezed(columns, widths, room), table)
    if not columns[-1].below:
        return _split(beside)
    below = _below(columns, table, room)
    return _split(min(beside, below, key=lambda lines: sum(map(len, lines))))


def _natural(table: Sequence[Row]) -> list[int]:
    """The width of each column when nothing is wrapped."""
    cells = (column for column in zip(*table, strict=True))
    return [
        max(columns_of(line) for cell in column for line in cell.split("\n")) for column in cells
    ]


def _total(widths: Sequence[int]) -> int:
    return len(INDENT) + sum(widths) + len(GAP) * (len(widths) - 1)


def _squeezed(columns: Sequence[Column], widths: Sequence[int], room: int) -> list[int]:
    """Widths that fit, the widest flexible column giving way first, none below the narrowest."""
    left = list(widths)
    while _total(left) > room:
        giving = [n for n, column in enumerate(columns) if column.flexible and left[n] > NARROWEST]
        if not giving:
            break
        left[max(giving, key=lambda n: left[n])] -= 1
    return left


def _beside(
    columns: Sequence[Column], widths: Sequence[int], table: Sequence[Row]
) -> list[list[str]]:
    """The lines of each row, every cell in its column."""
    return [list(_line(columns, widths, row)) for row in table]


def _below(columns: Sequence[Column], table: Sequence[Row], room: int) -> list[list[str]]:
    """The lines of each row, the cell of the last column under the others."""
    upper = [row[:-1] for row in table]
    widths = _squeezed(columns[:-1], _natural(upper), room)
    indent = INDENT + " " * widths[0] + GAP
    left = room - len(indent)
    lines = []
    for row, rest in zip(table, upper, strict=True):
        told = [line for part in row[-1].split("\n") for line in folded(part, left, cut_words=True)]
        lines.append(
            [*_line(columns[:-1], widths, rest), *(indent + line for line in told if line)]
        )
    return lines


def _line(columns: Sequence[Column], widths: Sequence[int], row: Row) -> Iterator[str]:
    """A row as lines: as many as its longest cell takes."""
    cells = [
        [line for part in cell.split("\n") for line in folded(part, width, cut_words=True)]
        for cell, width in zip(row, widths, strict=True)
    ]
    for parts in zip_longest(*cells, fillvalue=""):
        padded = (
            padding(text, width) + text if column.number else text + padding(text, width)
            for column, text, width in zip(columns, parts, widths, strict=True)
        )
        yield (INDENT + GAP.join(padded)).rstrip(" ")


def _split(lines: list[list[str]]) -> tuple[list[str], list[str]]:
    return lines[0], [line for row in lines[1:] for line in row]
