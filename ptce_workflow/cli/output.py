"""Printing: data on the output, remarks on the error stream; text made to fit a terminal."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import count, zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TextIO, TypeVar

from msgspec import Struct, field

from ptce_workflow.base.clock import elapsed_seconds
from ptce_workflow.base.text import columns_of, padding
from ptce_workflow.base.words import _
from ptce_workflow.papers.listing import plain_json, shaped

if TYPE_CHECKING:
    from ptce_workflow.papers.report import Column, Table

T = TypeVar("T")
PATIENCE_S = 1.0
STEPS_OF_A_BAR = 200
ERASE_LINE, SHOW_CURSOR = "\r\x1b[2K", "\x1b[?25h"
BOLD, GREEN, RED, YELLOW = "1", "1;32", "1;31", "33"


class Styled(NamedTuple):
    """A part of a line that stands out on a terminal; what it says is said by its words too."""

    text: str
    style: str


class Output(Struct, frozen=True):
    """The two streams of one invocation and how to write on them.

    With `as_data`, nothing but what `data` writes reaches the standard output.
    """

    stdout: TextIO
    stderr: TextIO
    as_data: bool = False
    environ: Mapping[str, str] = field(default_factory=dict)
    seconds: Callable[[], float] = elapsed_seconds
    _shown: list[str] = field(default_factory=list)
    _answered: list[bool] = field(default_factory=list)

    def say(self, *parts: str | Styled) -> None:
        """Prints a line for a reader."""
        self._answered[:] = [True]
        stream = self.stderr if self.as_data else self.stdout
        print("".join(self._painted(part, stream) for part in parts), file=stream)

    def tell(self, text: str, indent: str = "", hanging: str = "") -> None:
        """Prints text for a reader, wrapped where a person reads it."""
        for line in wrapped(safe(text), self.width(self.stdout), indent, hanging):
            self.say(line)

    def title(self, name: str, rest: str) -> None:
        """Prints what a page is about: its name stands out."""
        for number, line in enumerate(wrapped(safe(name + rest), self.width(self.stdout))):
            named = number == 0 and line.startswith(name)
            self.say(*((Styled(name, BOLD), line.removeprefix(name)) if named else (line,)))

    def remark(self, text: str) -> None:
        """Prints a remark beside the result, wrapped where a person reads it."""
        print("\n".join(wrapped(safe(text), self.width(self.stderr))), file=self.stderr)

    def next_step(self, command: str) -> None:
        """Says what to type next, as a remark."""
        lines = advice(_("What is next: {command}"), command, self.width(self.stderr))
        print(safe("\n".join(lines)), file=self.stderr)

    def advise(self, message: str, command: str) -> None:
        """Says what to type for something; the command is never cut by the end of a line."""
        for line in advice(message, command, self.width(self.stdout)):
            self.say(line)

    def data(self, value: Any, shape: str) -> None:
        """Prints data for a program: JSON with the keys of a documented shape, in their order."""
        self._answered[:] = [True]
        data = shaped(shape, value)
        text = json.dumps(data, ensure_ascii=False, indent=2, default=plain_json)
        if not can_write(self.stdout, text):
            text = json.dumps(data, indent=2, default=plain_json)
        print(text, file=self.stdout)

    @property
    def has_answered(self) -> bool:
        """True once something was printed that cannot be taken back."""
        return bool(self._answered)

    def raw(self, content: bytes) -> None:
        """Prints bytes as they are, for a file or another program."""
        self._answered[:] = [True]
        self.stdout.flush()
        buffer = getattr(self.stdout, "buffer", None)
        if buffer is None:
            self.stdout.write(content.decode("utf-8", "replace"))
        else:
            buffer.write(content)
            buffer.flush()

    def table(self, table: Table) -> None:
        """Prints a table: made to fit a terminal, plain elsewhere."""
        heading, body = laid_out(table.columns, table.rows, self.width(self.stdout))
        for line in heading:
            self.say(Styled(line, BOLD))
        for line in body:
            self.say(line)

    def progress(self, items: Iterable[T], label: str, total: int | None = None) -> Iterator[T]:
        """Passes the items on; shows how far it is once that takes more than about a second."""
        advance: Callable[[int], None] | None = None
        began = self.seconds()
        visible = self.is_terminal(self.stderr) and self.environ.get("TERM") != "dumb"
        try:
            for done, item in enumerate(items):
                if advance is not None:
                    advance(1)
                elif visible and self.seconds() - began > PATIENCE_S:
                    advance = self._bar(label, total)
                    advance(done)
                yield item
        finally:
            self.settle()

    def settle(self) -> None:
        """Takes away what shows progress, so that something else can be said."""
        if self._shown:
            self._shown.clear()
            print(ERASE_LINE + SHOW_CURSOR, end="", file=self.stderr, flush=True)

    def width(self, stream: TextIO) -> int | None:
        """The columns to keep to; None where no person reads, so that lines stay whole."""
        return shutil.get_terminal_size().columns if self.is_terminal(stream) else None

    def coloured(self, stream: TextIO) -> bool:
        """True when colour may be used there; it is never the only sign of anything."""
        dull = bool(self.environ.get("NO_COLOR")) or self.environ.get("TERM") == "dumb"
        return self.is_terminal(stream) and not dull

    @staticmethod
    def is_terminal(stream: TextIO) -> bool:
        """True when a person reads this stream."""
        return not stream.closed and stream.isatty()

    def _painted(self, part: str | Styled, stream: TextIO) -> str:
        if isinstance(part, str):
            return safe(part)
        if not self.coloured(stream):
            return safe(part.text)
        return f"\x1b[{part.style}m{safe(part.text)}\x1b[0m"

    def _bar(self, label: str, total: int | None) -> Callable[[int], None]:
        """Shows a bar; the function that moves it on by a number of items."""
        # Imported here for start-up time: only work over a second needs it.
        import click

        self._shown.append(label)
        bar = click.progressbar(
            count(),
            length=total,
            label=safe(label),
            show_pos=total is None,
            file=self.stderr,
            update_min_steps=max(1, (total or 0) // STEPS_OF_A_BAR),
        )
        return bar.update


def open_stream(stream: TextIO | None) -> TextIO:
    """A standard stream, or one that leads nowhere where whoever began `ptce` closed it."""
    return Path(os.devnull).open("w", encoding="utf-8") if stream is None else stream


def advice(message: str, command: str, width: int | None) -> list[str]:
    """A message that ends with `{command}`: on one line, else the command on one of its own."""
    told = message.format(command=command)
    if width is None or columns_of(told) <= width:
        return [told]
    return [*wrapped(message.format(command=""), width), f"  {command}"]


def can_write(stream: TextIO, text: str) -> bool:
    """True when the stream's encoding can hold this text."""
    try:
        text.encode(stream.encoding or "utf-8")
    except UnicodeEncodeError:
        return False
    return True


INDENT = GAP = "  "
# Narrower than this, a column of words is no longer read but deciphered.
NARROWEST = 8
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
    columns: Sequence[Column], rows: Sequence[Sequence[str]], room: int | None = None
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
    beside = _beside(columns, _squeezed(columns, table, room), table)
    if not columns[-1].below:
        return _split(beside)
    below = _below(columns, table, room)
    return _split(min(beside, below, key=lambda lines: sum(map(len, lines))))


def _natural(table: Sequence[Sequence[str]]) -> list[int]:
    """The width of each column when nothing is wrapped."""
    cells = (column for column in zip(*table, strict=True))
    return [
        max(columns_of(line) for cell in column for line in cell.split("\n")) for column in cells
    ]


def _total(widths: Sequence[int]) -> int:
    return len(INDENT) + sum(widths) + len(GAP) * (len(widths) - 1)


def _squeezed(columns: Sequence[Column], table: Sequence[Sequence[str]], room: int) -> list[int]:
    """Widths that fit, the widest flexible column giving way first, none below the narrowest.

    A word is cut only where nothing else gives way.
    """
    left = _natural(table)
    words = _natural([["\n".join(cell.split()) for cell in row] for row in table])
    for least in ([max(NARROWEST, word) for word in words], [NARROWEST] * len(words)):
        while _total(left) > room:
            giving = [n for n, one in enumerate(columns) if one.flexible and left[n] > least[n]]
            if not giving:
                break
            left[max(giving, key=lambda n: left[n])] -= 1
    return left


def _beside(
    columns: Sequence[Column], widths: Sequence[int], table: Sequence[Sequence[str]]
) -> list[list[str]]:
    """The lines of each row, every cell in its column."""
    return [list(_line(columns, widths, row)) for row in table]


def _below(columns: Sequence[Column], table: Sequence[Sequence[str]], room: int) -> list[list[str]]:
    """The lines of each row, the cell of the last column under the others."""
    upper = [row[:-1] for row in table]
    widths = _squeezed(columns[:-1], upper, room)
    indent = INDENT + " " * widths[0] + GAP
    left = room - len(indent)
    lines = []
    for row, rest in zip(table, upper, strict=True):
        told = [line for part in row[-1].split("\n") for line in folded(part, left, cut_words=True)]
        lines.append(
            [*_line(columns[:-1], widths, rest), *(indent + line for line in told if line)]
        )
    return lines


def _line(columns: Sequence[Column], widths: Sequence[int], row: Sequence[str]) -> Iterator[str]:
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
