"""The texts that a folder rests on, by heading, paragraph and item, and what cites them.

`texts/rulebook.md` is the rulebook, word for word; a citation is a heading and, after §, the number
of a paragraph under it, and of an item of a list: `Jury du concours, §4.6`. A list is one
paragraph. Another text is named before a colon: `crpa: R133-10, §1`.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import lru_cache

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode
from msgspec import Struct

from ptce_workflow.base.errors import Misuse
from ptce_workflow.base.text import suggestion
from ptce_workflow.base.words import _
from ptce_workflow.process.model.folder import Files, text_file

RULEBOOK = "rulebook"
"""The text that a citation means when it names none."""

Place = tuple[int, ...]
"""The number of a paragraph under its heading, then those of items of lists."""

_FILE = re.compile(r"texts/([a-z][a-z0-9_]*)\.md")
_PART = re.compile(r"\s*;\s*")
_NAMED = re.compile(r"(?P<text>[a-z][a-z0-9_]*): *(?P<rest>.*)", re.DOTALL)
_FREE = re.compile(r"\s+:\s.*|\s*\([^()]*\)\s*$", re.DOTALL)
_PLACES = re.compile(
    r",\s*(?P<places>§\s?\d+(?:\.\d+)*(?:(?:\s*,\s*|\s+(?:et|à|and|to)\s+)§\s?\d+(?:\.\d+)*)*)\s*$"
)
_RANGE = re.compile(r"(?P<joined>à|to)?\s*§\s?(?P<place>\d+(?:\.\d+)*)")


class CitedPassage(Struct, frozen=True):
    """A passage of a text: `place` is () for a heading with all that stands under it."""

    text: str
    heading: str
    place: Place
    words: str

    @property
    def name(self) -> str:
        """The passage as it is cited: `Jury du concours, §4.6`."""
        before = "" if self.text == RULEBOOK else f"{self.text}: "
        at = ".".join(map(str, self.place))
        return f"{before}{self.heading}{f', §{at}' if at else ''}"


class NotThere(Misuse):
    """What is cited does not stand in a text, of that name, or there is no such text."""

    def __init__(self, text: str, what: str, why: str = "", mend: str = "") -> None:
        super().__init__(what, why, mend)
        self.text = text


class Work(Struct, frozen=True):
    """A text of `texts/`, cut at its headings, paragraphs and items."""

    name: str
    headings: Mapping[str, Mapping[Place, str]]
    """Under each heading, in order, the words of each place."""
    repeated: tuple[str, ...]
    """The headings that stand more than once: they cannot be cited."""

    def passages(self) -> Iterator[CitedPassage]:
        """Every paragraph, in order, and every item behind its list."""
        for heading, places in self.headings.items():
            for place, words in places.items():
                yield CitedPassage(self.name, heading, place, words)

    def heading(self, cited: str) -> str:
        """The heading that is meant: as it stands, or by words that begin one alone.

        *Raises* NotThere with the nearest.
        """
        wanted = _plain(cited)
        plain = {title: _plain(title) for title in self.headings}
        begun = re.compile(rf"{re.escape(wanted)}\b")
        found = [title for title, known in plain.items() if wanted and known == wanted] or [
            title for title, known in plain.items() if wanted and begun.match(known)
        ]
        if len(found) == 1:
            return found[0]
        raise NotThere(
            self.name,
            _('No heading "{heading}" stands in {file}.').format(
                heading=cited, file=text_file(self.name)
            )
            if not found
            else _('Several headings of {file} begin with "{heading}".').format(
                heading=cited, file=text_file(self.name)
            ),
            mend=suggestion(cited, found or self.headings),
        )


def works_of(files: Files) -> dict[str, Work]:
    """The texts among the files of a folder, by name; those in other languages left out."""
    found = {path: _FILE.fullmatch(path) for path in sorted(files)}
    return {
        named[1]: read_work(named[1], files[path].decode("utf-8", "replace"))
        for path, named in found.items()
        if named
    }


@lru_cache(16)
def read_work(name: str, content: str) -> Work:
    """A text, cut at its headings, paragraphs and items; what precedes the first heading is ""."""
    reader = MarkdownIt("zero").enable(["heading", "lheading", "list", "blockquote", "newline"])
    headings: dict[str, dict[Place, str]] = {}
    counts: Counter[str] = Counter()
    title = ""
    for node in SyntaxTreeNode(reader.parse(content)).children:
        if node.type == "heading":
            title = _said(node)
            counts[title] += 1
            headings.setdefault(title, {})
        else:
            places = headings.setdefault(title, {})
            number = sum(len(place) == 1 for place in places) + 1
            places |= _cut(node, (number,))
    repeated = tuple(heading for heading, count in counts.items() if count > 1)
    return Work(name, headings, repeated)


def _cut(node: SyntaxTreeNode, place: Place) -> dict[Place, str]:
    found = {place: _said(node)}
    if node.type in ("bullet_list", "ordered_list"):
        found[place] = ""
        # A list that another paragraph parted goes on as its items say.
        for number, item in enumerate(node.children, int(node.attrs.get("start", 1))):
            own = [child for child in item.children if not child.type.endswith("_list")]
            found[(*place, number)] = " ".join(map(_said, own))
            within = [child for child in item.children if child.type.endswith("_list")]
            for listed in within:
                inner = _cut(listed, (*place, number))
                found |= {at: words for at, words in inner.items() if len(at) > len(place) + 1}
        found[place] = "\n".join(
            f"{'  ' * (len(at) - len(place) - 1)}- {words}"
            for at, words in found.items()
            if len(at) > len(place)
        )
    return found


def _said(node: SyntaxTreeNode) -> str:
    if node.type == "inline":
        return " ".join(node.content.split())
    return " ".join(filter(None, map(_said, node.children)))


def cited(source: str, works: Mapping[str, Work]) -> tuple[CitedPassage, ...]:
    """The passages that a citation names, in its order.

    *Raises* NotThere for one that is not there, with the nearest that is.
    """
    return tuple(
        passage for part in _PART.split(source) for passage in _passages(part.strip(), works)
    )


def _passages(part: str, works: Mapping[str, Work]) -> Iterator[CitedPassage]:
    named = _NAMED.fullmatch(part)
    name, rest = (named["text"], named["rest"]) if named else (RULEBOOK, part)
    work = works.get(name)
    if work is None:
        raise NotThere(
            name,
            _("There is no file {file}.").format(file=text_file(name)),
            mend=suggestion(name, works),
        )
    rest = _FREE.sub("", rest)
    places = _PLACES.search(rest)
    heading = work.heading(rest[: places.start()] if places else rest)
    under = work.headings[heading]
    if places is None:
        yield CitedPassage(
            name, heading, (), "\n\n".join(w for at, w in under.items() if len(at) == 1)
        )
        return
    for place in _numbered(places["places"]):
        if place not in under:
            last = max((at for at in under if len(at) == 1), default=(0,))
            raise NotThere(
                name,
                _("{passage} does not exist.").format(
                    passage=CitedPassage(name, heading, place, "").name
                ),
                _("The last paragraph under this heading is §{number}.").format(number=last[0]),
            )
        yield CitedPassage(name, heading, place, under[place])


def _numbered(places: str) -> Iterator[Place]:
    before: Place = ()
    for found in _RANGE.finditer(places):
        place = tuple(map(int, found["place"].split(".")))
        if found["joined"] and len(before) == len(place):
            yield from ((*place[:-1], number) for number in range(before[-1] + 1, place[-1]))
        yield place
        before = place


def _plain(title: str) -> str:
    """A heading without what may be typed otherwise: capitals, quotes, spaces, signs at its end."""
    folded = unicodedata.normalize("NFKC", title).casefold().replace("’", "'")
    return " ".join(folded.split()).rstrip(" .:?!")
