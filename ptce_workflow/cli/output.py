"""Printing: data on the output, remarks on the error stream, colour only to help."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TextIO, TypeVar

from ptce_workflow.base.clock import elapsed_seconds
from ptce_workflow.base.text import DRAWN_ROWS_AT_MOST, columns_of
from ptce_workflow.base.words import _
from ptce_workflow.cli.layout import laid_out, safe, wrapped

if TYPE_CHECKING:
    from ptce_workflow.papers.report import Table

T = TypeVar("T")
PATIENCE_S = 1.0
STEPS_OF_A_BAR = 200
ERASE_LINE, SHOW_CURSOR = "\r\x1b[2K", "\x1b[?25h"
BOLD, GREEN, RED, YELLOW = "1", "1;32", "1;31", "33"


class Styled(NamedTuple):
    """A part of a line that stands out on a terminal; what it says is said by its words too."""

    text: str
    style: str


@dataclass(frozen=True, slots=True)
class Output:
    """The two streams of one invocation and how to write on them.

    With `as_data`, nothing but what `data` writes reaches the standard output.
    """

    stdout: TextIO
    stderr: TextIO
    as_data: bool = False
    environ: Mapping[str, str] = field(default_factory=dict)
    seconds: Callable[[], float] = elapsed_seconds
    _shown: list[str] = field(default_factory=list, repr=False)

    def say(self, *parts: str | Styled) -> None:
        """Prints a line for a reader."""
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

    def data(self, value: Any) -> None:
        """Prints data for a program: JSON with the keys in their documented order."""
        text = json.dumps(value, ensure_ascii=False, indent=2)
        if not can_write(self.stdout, text):
            text = json.dumps(value, indent=2)
        print(text, file=self.stdout)

    def raw(self, content: bytes) -> None:
        """Prints bytes as they are, for a file or another program."""
        self.stdout.flush()
        buffer = getattr(self.stdout, "buffer", None)
        if buffer is None:
            self.stdout.write(content.decode("utf-8", "replace"))
        else:
            buffer.write(content)
            buffer.flush()

    def table(self, table: Table) -> None:
        """Prints a table: made to fit a terminal, plain elsewhere or when long."""
        drawn = len(table.rows) <= DRAWN_ROWS_AT_MOST and self.is_terminal(self.stdout)
        room = self.width(self.stdout) if drawn else None
        heading, body = laid_out(table.columns, table.rows, room)
        for line in heading:
            self.say(Styled(line, BOLD) if drawn else line)
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
