"""Output of commands: data, remarks, text fitted to a terminal, exit codes."""

from __future__ import annotations

import json
import os
import shutil
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import count, zip_longest
from pathlib import Path
from typing import Any, TextIO, TypeVar

from msgspec import Struct, field

from ptce_workflow.base.errors import Misuse, PtceError, refusal_of
from ptce_workflow.base.runtime import elapsed_seconds
from ptce_workflow.base.words import _, columns_of, padding
from ptce_workflow.office import page
from ptce_workflow.reports.listing import plain_json, shaped

T = TypeVar("T")
PATIENCE_S = 1.0
STEPS_OF_A_BAR = 200
ERASE_LINE, SHOW_CURSOR = "\r\x1b[2K", "\x1b[?25h"


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

    def say(self, *parts: str | page.Styled) -> None:
        self._answered[:] = [True]
        stream = self.stderr if self.as_data else self.stdout
        print("".join(self._painted(part, stream) for part in parts), file=stream)

    def tell(self, text: str, indent: str = "", hanging: str = "") -> None:
        for line in page.wrapped(text, self.width(self.stdout), indent, hanging):
            self.say(line)

    def title(self, name: str, rest: str) -> None:
        for number, line in enumerate(page.wrapped(name + rest, self.width(self.stdout))):
            named = number == 0 and line.startswith(name)
            self.say(
                *((page.Styled(name, page.BOLD), line.removeprefix(name)) if named else (line,))
            )

    def remark(self, text: str) -> None:
        """Prints a remark beside the result, wrapped where a person reads it."""
        print("\n".join(page.wrapped(text, self.width(self.stderr))), file=self.stderr)

    def next_step(self, command: str) -> None:
        lines = advice(_("What is next: {command}"), command, self.width(self.stderr))
        print(page.safe("\n".join(lines)), file=self.stderr)

    def advise(self, message: str, command: str) -> None:
        """Says what to type for something; the command is never cut by the end of a line."""
        for line in advice(message, command, self.width(self.stdout)):
            self.say(line)

    def data(self, value: Any, shape: str) -> None:
        """Prints data for a program: JSON with the keys of a documented shape, in their order."""
        self._answered[:] = [True]
        data = shaped(shape, value)
        text = json.dumps(data, ensure_ascii=False, indent=2, default=plain_json)
        try:
            text.encode(self.stdout.encoding or "utf-8")
        except UnicodeEncodeError:
            text = json.dumps(data, indent=2, default=plain_json)
        print(text, file=self.stdout)

    @property
    def has_answered(self) -> bool:
        """True once something was printed that cannot be taken back."""
        return bool(self._answered)

    def raw(self, content: bytes) -> None:
        self._answered[:] = [True]
        self.stdout.flush()
        buffer = getattr(self.stdout, "buffer", None)
        if buffer is None:
            self.stdout.write(content.decode("utf-8", "replace"))
        else:
            buffer.write(content)
            buffer.flush()

    def table(self, table: page.Table) -> None:
        heading, body = laid_out(table.columns, table.rows, self.width(self.stdout))
        for line in heading:
            self.say(page.Styled(line, page.BOLD))
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
        return not stream.closed and stream.isatty()

    def _painted(self, part: str | page.Styled, stream: TextIO) -> str:
        if isinstance(part, str):
            return page.safe(part)
        if not (part.style and self.coloured(stream)):
            return page.safe(part.text)
        return f"\x1b[{part.style}m{page.safe(part.text)}\x1b[0m"

    def _bar(self, label: str, total: int | None) -> Callable[[int], None]:
        """Shows a bar; the function that moves it on by a number of items."""
        # Imported here for start-up time: only work over a second needs it.
        import click

        self._shown.append(label)
        bar = click.progressbar(
            count(),
            length=total,
            label=page.safe(label),
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
    text = message.format(command=command)
    if width is None or columns_of(text) <= width:
        return [text]
    return [*page.wrapped(message.format(command=""), width), f"  {command}"]


GAP = "  "
# Narrower than this, a column of words is no longer read but deciphered.
NARROWEST = 8


def laid_out(
    columns: Sequence[page.Column], rows: Sequence[Sequence[str]], room: int | None = None
) -> tuple[list[str], list[str]]:
    """A table as lines: those of its heading, and those of its rows.

    Without a room nothing is wrapped. Else it is laid out so as to fit, in as few lines as can
    be: flexible columns are wrapped, and a last one that may stand below its row does so.
    """
    heading = [column.heading for column in columns]
    table = [[page.safe(cell) for cell in row] for row in (heading, *rows)]
    widths = _natural(table)
    if room is None or _total(widths) <= room:
        return _split(_beside(columns, widths, table))
    beside = _beside(columns, _squeezed(columns, table, room), table)
    if not columns[-1].below:
        return _split(beside)
    below = _below(columns, table, room)
    return _split(min(beside, below, key=lambda lines: sum(map(len, lines))))


def _natural(table: Sequence[Sequence[str]]) -> list[int]:
    cells = (column for column in zip(*table, strict=True))
    return [
        max(columns_of(line) for cell in column for line in cell.split("\n")) for column in cells
    ]


def _total(widths: Sequence[int]) -> int:
    return len(page.INDENT) + sum(widths) + len(GAP) * (len(widths) - 1)


def _squeezed(
    columns: Sequence[page.Column], table: Sequence[Sequence[str]], room: int
) -> list[int]:
    """Widths that fit, the widest flexible column first, none below the narrowest."""
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
    columns: Sequence[page.Column], widths: Sequence[int], table: Sequence[Sequence[str]]
) -> list[list[str]]:
    return [list(_line(columns, widths, row)) for row in table]


def _below(
    columns: Sequence[page.Column], table: Sequence[Sequence[str]], room: int
) -> list[list[str]]:
    upper = [row[:-1] for row in table]
    widths = _squeezed(columns[:-1], upper, room)
    indent = page.INDENT + " " * widths[0] + GAP
    left = room - len(indent)
    lines = []
    for row, rest in zip(table, upper, strict=True):
        value_lines = [
            line for part in row[-1].split("\n") for line in page.folded(part, left, cut_words=True)
        ]
        lines.append(
            [*_line(columns[:-1], widths, rest), *(indent + line for line in value_lines if line)]
        )
    return lines


def _line(
    columns: Sequence[page.Column], widths: Sequence[int], row: Sequence[str]
) -> Iterator[str]:
    cells = [
        [line for part in cell.split("\n") for line in page.folded(part, width, cut_words=True)]
        for cell, width in zip(row, widths, strict=True)
    ]
    for parts in zip_longest(*cells, fillvalue=""):
        padded = (
            padding(text, width) + text if column.number else text + padding(text, width)
            for column, text, width in zip(columns, parts, widths, strict=True)
        )
        yield (page.INDENT + GAP.join(padded)).rstrip(" ")


def _split(lines: list[list[str]]) -> tuple[list[str], list[str]]:
    return lines[0], [line for row in lines[1:] for line in row]


DONE = 0
NOT_DONE = 1
MISUSED = 2
INTERRUPTED = 130
NOBODY_READS = 141


def outcome(error: BaseException, out: Output) -> int:
    """Says what went wrong and gives the exit code that tells it to programs."""
    out.settle()
    if isinstance(error, BrokenPipeError):
        # Nobody reads the output any longer (`ptce list | head`): what is still in the buffer goes
        # nowhere, so that closing it says nothing either. A test's stream is no file.
        with suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), out.stdout.fileno())
        return NOBODY_READS
    if isinstance(error, KeyboardInterrupt):
        out.remark(_("Interrupted."))
        return INTERRUPTED
    if isinstance(error, PtceError):
        show_error(error, out)
        return error.exit_code
    doubt = _("What was not reported as done may not be done: ptce verify tells.")
    if isinstance(error, OSError):
        reason = refusal_of(error)
        refused = PtceError(_("The machine refuses: {reason}.").format(reason=reason), doubt)
        # Unnamed, it is mostly the output.
        if error.filename is not None:
            name = os.fsdecode(error.filename) if not isinstance(error.filename, int) else "?"
            refused = PtceError(_("{file}: {reason}.").format(file=name, reason=reason))
        show_error(refused, out, _("Error:"))
        return NOT_DONE
    what = _("ptce failed; the fault is its own, not yours ({kind}).")
    mend = _(
        "To report it, run the same line with PTCE_DEBUG=1 and send what appears, once you "
        "have read that it quotes nothing personal."
    )
    show_error(PtceError(what.format(kind=type(error).__name__), doubt, mend), out, _("Error:"))
    if out.environ.get("PTCE_DEBUG") == "1":
        traceback.print_exception(error, file=out.stderr)
    return NOT_DONE


def show_error(error: PtceError, out: Output, label: str = "") -> None:
    label = label or (_("Error:") if isinstance(error, Misuse) else _("Refused:"))
    width = out.width(out.stderr)
    lines = page.wrapped(f"{label} {error.what}", width)
    for line in "\n".join(filter(None, (error.why, error.mend))).split("\n"):
        # What a mark or a bullet begins goes on beneath its own words.
        hanging = "  " if line.lstrip()[1:2] == " " else ""
        lines += page.wrapped(line, width, "  ", hanging) if line else []
    if out.coloured(out.stderr):
        lines[0] = lines[0].replace(label, f"\x1b[1;31m{label}\x1b[0m", 1)
    print("\n".join(lines), file=out.stderr)


# Wider than this, a column of labels is too far from what it labels.
_WIDEST_LABEL_CELLS = 54
_SHORT_CELLS = 40
_LEAST_VALUE_CELLS = 24
_SIGNED_CELLS = 30


def print_parts(out: Output, parts: Iterable[page.Part]) -> None:
    """Prints parts as they come, with a blank line between those that stand apart."""
    before: page.Part | None = None
    for part in parts:
        if isinstance(part, page.Advice) and part.beside:
            if part.text:
                out.remark(part.text)
            if part.command:
                out.next_step(part.command)
            continue
        if isinstance(part, page.Drawing):
            lines = tuple(part.lines(out.width(out.stdout)))
            if not lines:
                continue
        if before is not None and _stands_apart(part, before):
            out.say()
        if isinstance(part, page.Drawing):
            for line in lines:
                out.say(*([line] if isinstance(line, str) else line))
            if part.legend:
                out.tell(part.legend, page.INDENT, page.INDENT)
        else:
            _print(out, part)
        before = part


def _stands_apart(part: page.Part, before: page.Part) -> bool:
    """Sentences follow a line or other sentences at once, a list what it is headed by."""
    if isinstance(before, page.Heading) or (isinstance(before, page.Paragraph) and before.heads):
        return False
    if isinstance(part, page.Drawing) and part.joins:
        return not (isinstance(before, page.Drawing) and before.joins)
    if isinstance(part, page.Lead) and part.good is not None:
        return True
    return not (_is_sentence(part) and _is_sentence(before))


def _is_sentence(part: page.Part) -> bool:
    return isinstance(part, page.Lead) or (isinstance(part, page.Paragraph) and not part.note)


def _print(out: Output, part: page.Part) -> None:
    match part:
        case page.Heading(text):
            out.title(text, "")
        case page.Lead(name, rest, None):
            out.title(name, f" · {rest}" if rest else "")
        case page.Lead(name, rest, good):
            verdict = page.Styled(name, page.GREEN if good else page.RED)
            out.say(f"{rest} · " if rest else "", verdict)
        case page.Paragraph(text):
            out.tell(text, page.INDENT * part.level, " " * part.hanging)
        case page.Advice(text, command):
            out.advise(text, command)
        case page.Bullets(items):
            for item in items:
                out.tell(item, hanging=page.INDENT)
        case page.Contents(chapters):
            for chapter in chapters:
                out.tell(chapter.text, hanging=page.INDENT)
        case page.LabelledValues():
            _facts(out, part)
        case page.Table():
            out.table(part)
        case page.Signatures(names):
            for name in names:
                out.tell(name, page.INDENT, page.INDENT)
                out.say(page.INDENT, "…" * _SIGNED_CELLS)


def _facts(out: Output, part: page.LabelledValues) -> None:
    room = out.width(out.stdout)
    facts = [(label, value.split("\n") if value else []) for label, value in part.pairs]
    # The widest label of a short value, as long as it leaves room for one.
    most = min(_WIDEST_LABEL_CELLS, (room or page.USUAL_CELLS) - _LEAST_VALUE_CELLS)
    short = (columns_of(label) for label, lines in facts if _fits_beside(lines, 0, _SHORT_CELLS))
    width = max((cells for cells in short if cells <= most), default=0)
    for label, lines in facts:
        beside = f"{page.INDENT}{label}{padding(label, max(width, columns_of(label)))}  "
        if _fits_beside(lines, columns_of(beside), room):
            out.say(beside + lines[0])
            continue
        out.tell(label, page.INDENT, page.INDENT)
        for line in lines:
            out.tell(line, page.BELOW, page.INDENT if line.startswith("· ") else "")


def _fits_beside(lines: list[str], used: int, room: int | None) -> bool:
    return len(lines) == 1 and (room is None or used + columns_of(lines[0]) <= room)
