"""The sources of letters: what would be read otherwise than it looks, and where a fault stands."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from operator import itemgetter
from typing import NamedTuple

from ptce_workflow.base.words import N_, _
from ptce_workflow.process.letters.markdown import Loose, Page, page_of
from ptce_workflow.process.letters.readable import TemplateFault


class _Sign(NamedTuple):
    """Something in a source that would be read otherwise than it looks, from its group on."""

    sign: re.Pattern[str]
    what: str
    mend: str


_NUMBERED = re.compile(r" {0,3}((?:0|[2-9]|\d{2,})[.)] )")
_SIGNS = (
    _Sign(
        re.compile(r"( {4}|\t)"),
        N_("This line is indented by four spaces or more."),
        N_("Write it with less: what belongs to an item of a list stands two spaces further in."),
    ),
    _Sign(
        re.compile(r".*\S( {2,})$"),
        N_("This line ends with spaces, which would break it."),
        N_("Take them away, or write \\ at its end for a line break."),
    ),
    _Sign(
        _NUMBERED,
        N_("This line begins like an item of a list."),
        N_("Write \\ before the point, or begin the line otherwise."),
    ),
    _Sign(
        re.compile(r".*?(<[A-Za-z/!?])"),
        N_("This line holds HTML, which would be shown as it is."),
        N_("Write it in Markdown; a < that is meant is followed by a space."),
    ),
    _Sign(
        re.compile(r".*?(!\[)"),
        N_("This line holds a picture, and mails have none."),
        N_("Write a link instead."),
    ),
    _Sign(
        re.compile(r" {0,3}(`{3}|~{3})"),
        N_("This line begins a block of code, and mails have none."),
        N_("Write it as a quotation, with > before each line."),
    ),
    _Sign(
        re.compile(r"(?=.*\|) *(\|?[ :|-]*-{3}[ :|-]*)$"),
        N_("This line belongs to a table, and mails have none."),
        N_("Write a list instead."),
    ),
)
_TAGS = re.compile(r"\{[{%#].*?[}%#]\}")
_ITEM = re.compile(r" {0,3}\d+[.)] ")
_LEADING = re.compile(r"(?:(?:[->]|#+|\d+[.)])(?: +|$))*")
"""What makes a line a heading, an item of a list, or part of a quotation."""


def misread(source: str, first_line: int = 1) -> Iterator[TemplateFault]:
    """Each line of a letter that Markdown would read otherwise than it looks, one fault a line."""
    before = ""
    for number, line in enumerate(source.split("\n"), first_line):
        bare = _bare(line)
        for sign, what, mend in _SIGNS:
            found = sign.match(bare)
            if found and not (sign is _NUMBERED and _ITEM.match(before)):
                yield TemplateFault(_(what), "", _(mend), line=number, column=found.start(1) + 1)
                break
        before = bare if bare.strip() else before


def _bare(line: str) -> str:
    """A line whose tags are letters: what they print is read as text."""
    return _TAGS.sub(lambda tag: "x" * len(tag[0]), line)


class Stand(NamedTuple):
    """Where something stands in the files of a folder; lines and columns count from 1."""

    file: str
    line: int
    column: int


def stand_of_heading(file: str, content: str, heading: str | None) -> Stand:
    """Where a heading stands in a mail; without one, where it should."""
    page = page_of(content)
    for number, line in _lines(page):
        if heading is not None and line.startswith("#") and _gives(line, heading):
            return Stand(file, number, 1)
    return Stand(file, page.first_line, 1)


def stand_of_sign(files: Mapping[str, str], loose: Loose) -> Stand | None:
    """Where a sign stands in the mail and the texts that made a letter; None if it is in none."""
    run = re.compile(rf"(?<![\\*]){re.escape(loose.sign)}(?!\*)")
    found = [
        (not _gives(line, loose.line), Stand(file, number, runs[min(loose.before, len(runs) - 1)]))
        for file, content in files.items()
        for number, line in _lines(page_of(content))
        if (runs := [one.start() + 1 for one in run.finditer(_bare(line))])
    ]
    # Where no line alone gives what was read, as with two branches in one, the first has the sign.
    return min(found, key=itemgetter(0), default=(True, None))[1]


def _lines(page: Page) -> Iterable[tuple[int, str]]:
    return enumerate(page.body.split("\n"), page.first_line)


def _gives(line: str, read: str) -> bool:
    """True where a line of a source may have given one that was read, whatever its tags print."""
    parts = map(re.escape, _TAGS.split(_LEADING.sub("", line.strip(), count=1)))
    return re.fullmatch(".*".join(parts), read.strip()) is not None
