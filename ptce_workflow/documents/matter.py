"""What a document says, whatever it is written on: `paper` makes it DOCX, `page` makes it HTML."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

_NO_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff\ud800-\udfff]")
_BLANK_LINES = re.compile(r"\n[ \t]*\n\s*")
_BULLET = "- "


@dataclass(frozen=True, slots=True)
class Heading:
    """What the following parts are about; level 1 is the largest below the title."""

    text: str
    level: Literal[1, 2, 3] = 1


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Some sentences; line ends within are kept. `strong` makes all of them stand out."""

    text: str
    strong: bool = False


@dataclass(frozen=True, slots=True)
class Bullets:
    """A list of items, in no order that matters."""

    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """Rows below their headings, which every page of paper repeats.

    `widths` are shares, one a column; without them, all are alike. `numbers` are the columns,
    counted from 0, whose cells are figures. `named` says that the first cell of a row names it.
    """

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    caption: str = ""
    widths: tuple[int, ...] = ()
    numbers: tuple[int, ...] = ()
    named: bool = False


@dataclass(frozen=True, slots=True)
class Facts:
    """Labels and what stands beside each."""

    pairs: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Note:
    """A remark, set apart and smaller."""

    text: str


@dataclass(frozen=True, slots=True)
class Places:
    """Empty places in which people sign, under the name or the function of each."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Drawing:
    """A picture on a page, in SVG of our own making; `said` tells what it shows, for all others.

    Paper holds the words only: what a picture shows stands in a table there as well.
    """

    svg: str
    said: str


Part = Heading | Paragraph | Bullets | Table | Facts | Note | Places | Drawing


@dataclass(frozen=True, slots=True)
class Matter:
    """A whole document.

    `over` stands above the title and `under` below it; `running` at the foot of every page, before
    its number. `at` dates the document's properties, `author` signs them.
    """

    title: str
    language: str
    at: datetime
    author: str
    parts: tuple[Part, ...] = field(default=())
    over: str = ""
    under: str = ""
    running: str = ""


def written(text: str) -> Iterator[Part]:
    """The parts of a plain text: blank lines part paragraphs, `- ` begins an item."""
    for block in _BLANK_LINES.split(clean(text).strip()):
        lines = [line.strip() for line in block.split("\n")]
        said: list[str] = []
        items: list[str] = []
        for line in lines:
            if line.startswith(_BULLET):
                items.append(line.removeprefix(_BULLET).strip())
            elif items:
                items[-1] += f" {line}"
            elif line:
                said.append(line)
        if said:
            yield Paragraph("\n".join(said))
        if items:
            yield Bullets(tuple(items))


def clean(text: str) -> str:
    """The text without the control characters that no document can hold."""
    return _NO_CONTROL.sub("", text)
