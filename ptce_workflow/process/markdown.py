"""Markdown of letters and of the rulebook; citations of its articles.

`texts/rulebook.md` is the rulebook, word for word; a citation is a heading and, after §, the number
of a paragraph under it, and of an item of a list: `Jury du concours, §4.6`. A list is one
paragraph. Another text is named before a colon: `crpa: R133-10, §1`.

Values are no part of what is read. Where a template prints one, a mark of letters and digits stands
while the Markdown is read; it becomes the value afterwards. So a value can never be markup, nothing
is escaped by hand, and what was read can serve for every other reader of the same letter.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple
from urllib.parse import quote

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markdown_it.tree import SyntaxTreeNode
from markupsafe import Markup, escape
from msgspec import Struct

from ptce_workflow.base.errors import Misuse
from ptce_workflow.base.words import _, suggestion
from ptce_workflow.process.model.base import TemplateFault
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
        before = "" if self.text == RULEBOOK else f"{self.text}: "
        at = ".".join(map(str, self.place))
        return f"{before}{self.heading}{f', §{at}' if at else ''}"


class NotThere(Misuse):
    """What is cited does not stand in a text, of that name, or there is no such text."""

    def __init__(self, text: str, what: str, why: str = "", mend: str = "") -> None:
        super().__init__(what, why, mend)
        self.text = text


class Work(Struct, frozen=True):
    name: str
    headings: Mapping[str, Mapping[Place, str]]
    """Under each heading, in order, the words of each place."""
    repeated: tuple[str, ...]
    """The headings that stand more than once: they cannot be cited."""

    def passages(self) -> Iterator[CitedPassage]:
        for heading, places in self.headings.items():
            for place, words in places.items():
                yield CitedPassage(self.name, heading, place, words)

    def heading(self, cited: str) -> str:
        """The heading, by its text or its first words. Raises: NotThere with the nearest."""
        wanted = _plain(cited)
        plain = {title: _plain(title) for title in self.headings}
        begun = re.compile(rf"{re.escape(wanted)}\b")
        matches = [title for title, heading in plain.items() if wanted and heading == wanted] or [
            title for title, heading in plain.items() if wanted and begun.match(heading)
        ]
        if len(matches) == 1:
            return matches[0]
        what = _('No heading "{heading}" stands in {file}.')
        if matches:
            what = _('Several headings of {file} begin with "{heading}".')
        what = what.format(heading=cited, file=text_file(self.name))
        raise NotThere(self.name, what, mend=suggestion(cited, matches or self.headings))


def works_of(files: Files) -> dict[str, Work]:
    """The texts among the files of a folder, by name; those in other languages left out."""
    matches = {path: _FILE.fullmatch(path) for path in sorted(files)}
    return {
        named[1]: read_work(named[1], files[path].decode("utf-8", "replace"))
        for path, named in matches.items()
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
            title = _text_of(node)
            counts[title] += 1
            headings.setdefault(title, {})
        else:
            places = headings.setdefault(title, {})
            number = sum(len(place) == 1 for place in places) + 1
            places |= _cut(node, (number,))
    repeated = tuple(heading for heading, count in counts.items() if count > 1)
    return Work(name, headings, repeated)


def _cut(node: SyntaxTreeNode, place: Place) -> dict[Place, str]:
    passages = {place: _text_of(node)}
    if node.type in ("bullet_list", "ordered_list"):
        passages[place] = ""
        # A list that another paragraph parted goes on as its items say.
        for number, item in enumerate(node.children, int(node.attrs.get("start", 1))):
            own = [child for child in item.children if not child.type.endswith("_list")]
            passages[(*place, number)] = " ".join(map(_text_of, own))
            within = [child for child in item.children if child.type.endswith("_list")]
            for listed in within:
                inner = _cut(listed, (*place, number))
                passages |= {at: words for at, words in inner.items() if len(at) > len(place) + 1}
        passages[place] = "\n".join(
            f"{'  ' * (len(at) - len(place) - 1)}- {words}"
            for at, words in passages.items()
            if len(at) > len(place)
        )
    return passages


def _text_of(node: SyntaxTreeNode) -> str:
    if node.type == "inline":
        return " ".join(node.content.split())
    return " ".join(filter(None, map(_text_of, node.children)))


def cited(source: str, works: Mapping[str, Work]) -> tuple[CitedPassage, ...]:
    """The passages that a citation names, in its order. Raises: NotThere with the nearest."""
    return tuple(
        passage for part in _PART.split(source) for passage in _passages(part.strip(), works)
    )


def _passages(part: str, works: Mapping[str, Work]) -> Iterator[CitedPassage]:
    named = _NAMED.fullmatch(part)
    name, rest = (named["text"], named["rest"]) if named else (RULEBOOK, part)
    work = works.get(name)
    if work is None:
        what = _("There is no file {file}.").format(file=text_file(name))
        raise NotThere(name, what, mend=suggestion(name, works))
    rest = _FREE.sub("", rest)
    places = _PLACES.search(rest)
    heading = work.heading(rest[: places.start()] if places else rest)
    under = work.headings[heading]
    if places is None:
        words = "\n\n".join(words for at, words in under.items() if len(at) == 1)
        yield CitedPassage(name, heading, (), words)
        return
    for place in _numbered(places["places"]):
        if place not in under:
            last = max((at for at in under if len(at) == 1), default=(0,))
            passage = CitedPassage(name, heading, place, "").name
            what = _("{passage} does not exist.").format(passage=passage)
            why = _("The last paragraph under this heading is §{number}.").format(number=last[0])
            raise NotThere(name, what, why)
        yield CitedPassage(name, heading, place, under[place])


def _numbered(places: str) -> Iterator[Place]:
    before: Place = ()
    for match in _RANGE.finditer(places):
        place = tuple(map(int, match["place"].split(".")))
        if match["joined"] and len(before) == len(place):
            yield from ((*place[:-1], number) for number in range(before[-1] + 1, place[-1]))
        yield place
        before = place


def _plain(title: str) -> str:
    folded = unicodedata.normalize("NFKC", title).casefold().replace("’", "'")
    return " ".join(folded.split()).rstrip(" .:?!")


_RULES = ("heading", "list", "blockquote", "emphasis", "balance_pairs", "link", "escape", "newline")
_LINKED = re.compile(r"(?:https|mailto|tel):[^\s<>\"]+", re.IGNORECASE)
_SPACED = re.compile(r"(?<=«) | (?=[;:!?»])")
_HELD = "\0"
"""Surrounds, in a text that was read, the address of a link: a file holds no such character."""
_SCHEME = re.compile("^(?:mailto|tel):", re.IGNORECASE)
_LEADING = re.compile(r"((?:> )*)([ ]*(?:- |\d+[.)] )?)")
_UNSHOWN = re.compile("[\0-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_BREAKS = re.compile("\r\n|[\r\n\x0b\x0c\x85\u2028\u2029]")
_FENCE = "+++"
_SIGN = re.compile(r"\*+|\]\(|!\[")


class MarkdownPage(NamedTuple):
    """A file of a mail: its keys in TOML, its text in Markdown, and the line where that begins."""

    keys: str
    body: str
    first_line: int


def page_of(content: str) -> MarkdownPage:
    """The keys and the text of a mail's file. Raises: TemplateFault where the keys do not end."""
    lines = content.replace("\r\n", "\n").split("\n")
    if lines[0].rstrip() != _FENCE:
        within = re.fullmatch(r"\+\+\+ (.*) \+\+\+", lines[0].rstrip())
        if within is None:
            return MarkdownPage("", content, 1)
        return MarkdownPage(within[1], "\n".join(lines[1:]), 2)
    for number, line in enumerate(lines[1:], 1):
        if line.rstrip() == _FENCE:
            keys, body = map("\n".join, (lines[1:number], lines[number + 1 :]))
            return MarkdownPage(keys, body, number + 2)
    what = _("The keys of this mail do not end.")
    why = _("They stand between two lines that hold {sign}, before its text.").format(sign=_FENCE)
    raise TemplateFault(what, why, _("Add the second line {sign}.").format(sign=_FENCE), line=1)


class Loose(NamedTuple):
    """A sign without its pair, the line that holds it, and how many stand `before` it there."""

    sign: str
    line: str
    before: int


class Markdown(NamedTuple):
    """A letter with its marks; `loose` signs have no pair, `opening` is its first sentence."""

    subject: str
    text: str
    html: str
    opening: str
    headings: tuple[str, ...]
    loose: tuple[Loose, ...]

    @property
    def is_mail(self) -> bool:
        return len(self.headings) == 1 and self.subject != ""


class Filled(NamedTuple):
    subject: str
    text: str
    html: Markup
    opening: str


class Marks:
    """Marks that stand for the values of one letter, while its Markdown is read."""

    def __init__(self, prefix: str) -> None:
        self.values: list[str] = []
        self._prefix = prefix
        self._mark = re.compile(rf"{prefix}(\d+)z")

    def mark(self, value: str) -> str:
        """The mark of a value: letters and digits, which no Markdown is made of."""
        lines = _UNSHOWN.sub("", _BREAKS.sub("\n", value)).split("\n")
        self.values.append("\n".join(line.rstrip() for line in lines))
        return f"{self._prefix}{len(self.values) - 1}z"

    def fill(self, read: Markdown) -> Filled:
        # Its values are escaped as they are filled in.
        def value_or_link(place: re.Match[str]) -> str:
            if place["value"] is not None:
                return str(escape(self.values[int(place["value"])])).replace("\n", "<br>\n")
            address = self._linked(place["address"].replace("&amp;", "&"))
            return f' href="{escape(address)}"' if address else ""

        # In one pass: what a value brings is not looked at again.
        either = rf' href="(?P<address>[^"]*)"|{self._prefix}(?P<value>\d+)z'
        html = Markup(re.sub(either, value_or_link, read.html))  # noqa: S704
        text = "\n".join(map(self._filled_line, read.text.split("\n")))
        return Filled(self._one_line(read.subject), text, html, self._one_line(read.opening))

    def written_out(self, source: str) -> str:
        """The Markdown of one letter, its values in the place of their marks."""

        def value_and_sign(mark: re.Match[str]) -> str:
            value, after = plain(self.values[int(mark[1])]), mark[2]
            # A number that begins a line, and what the letter sets behind it, are no item of a
            # list.
            return f"{value}\\{after}" if after and _NUMBER_LAST.search(value) else value + after

        return re.sub(rf"{self._mark.pattern}([.)]?)", value_and_sign, source)

    def _filled(self, text: str, change: Callable[[str], str] = str) -> str:
        return self._mark.sub(lambda mark: change(self.values[int(mark[1])]), text)

    def _one_line(self, text: str) -> str:
        return " ".join(re.split("[ \t\n]+", self._filled(text).strip()))

    def _linked(self, address: str) -> str:
        """The address of a link with its values; "" where no letter may lead to it."""
        safe = ":/?#[]@!$&'()*+,;=%~" if self._mark.fullmatch(address) else "@+"
        filled = self._filled(address, lambda value: quote(value.strip(), safe=safe))
        return filled if _LINKED.fullmatch(filled) else ""

    def _filled_line(self, line: str) -> str:
        leading = _LEADING.match(line)
        assert leading is not None
        # What follows a line break of a value stands further in: no line of a value can be taken
        # for one of the letter.
        further = f"\n{leading[1]}{' ' * len(leading[2])}  "
        pieces = line.split(_HELD)
        pieces[::2] = [
            self._filled(piece, lambda value: value.replace("\n", further)) for piece in pieces[::2]
        ]
        addresses = map(self._linked, pieces[1::2])
        pieces[1::2] = [f" <{_SCHEME.sub('', to)}>" if to else "" for to in addresses]
        return "".join(pieces).rstrip()


def prefix_of(sources: Sequence[str]) -> str:
    """The beginning of the marks of a letter: one that stands in none of its sources."""
    prefix = "zq"
    while any(prefix in source for source in sources):
        prefix += "q"
    return prefix


_SIGNS_WITHIN = re.compile(r"[\\*\[\]]|(?<![^\W_])_|_(?![^\W_])")
_SIGNS_BEFORE = re.compile(r"(?m)^(>|(?:#{1,6}|[-+]|\d{1,9}(?=[.)]))(?=[.)]?(?:[ \t]|$)))")

_NUMBER_LAST = re.compile(r"(?:^|\n)\d{1,9}$")


def plain(text: str) -> str:
    escaped = _SIGNS_WITHIN.sub(r"\\\g<0>", text)
    escaped = _SIGNS_BEFORE.sub(
        lambda match: f"{match[0]}\\" if match[0].isdigit() else f"\\{match[0]}", escaped
    )
    return escaped.replace("\n", "\\\n")


def shown_alone(source: str) -> str:
    return _UNSHOWN.sub("", _BREAKS.sub("\n", source)).strip("\n")


@lru_cache(256)
def read_markdown(source: str, language: str) -> Markdown:
    """What a letter in Markdown says, by the language whose spaces it keeps."""
    reader, loose = _reader(), list[Loose]()
    tokens = reader.parse(source)
    for token in tokens:
        children = token.children or []
        loose += _loose(token.content, children)
        for text in children:
            if text.type in ("text", "text_special"):
                text.type = "text"
                if language.startswith("fr"):
                    text.content = _SPACED.sub("\u00a0", text.content)
    headings = tuple(within.content for token, within in pairwise(tokens) if _is_heading(token))
    subject, body = _parted(tokens)
    # Sets what is to be done apart: paragraphs that begin with a strong word and a colon.
    for token, inline in pairwise(body):
        children = inline.children or []
        kinds = [child.type for child in children[:3]]
        if kinds[:1] == ["text"] and not children[0].content:
            del kinds[0]
        if token.type != "paragraph_open" or kinds[:2] != ["strong_open", "text"]:
            continue
        closed = next(i for i, child in enumerate(children) if child.type == "strong_close")
        if children[closed - 1].content.rstrip().endswith(":"):
            token.attrSet("class", "act")
    tree = SyntaxTreeNode(body)
    opening = next((_inline(node.children[0]) for node in tree.children if node.children), "")
    return Markdown(
        _inline(SyntaxTreeNode(subject).children[0]) if subject else "",
        "\n".join(_blocks(tree.children)),
        reader.renderer.render(body, reader.options, {}),
        re.sub(f"{_HELD}.*?{_HELD}", "", opening),
        headings,
        tuple(loose),
    )


@lru_cache(1)
def _reader() -> MarkdownIt:
    # `text_join` would make one text of what was written with `\` before it and of what was not.
    return MarkdownIt("zero", {"html": False}).enable(list(_RULES)).disable("text_join")


def _loose(content: str, tokens: Sequence[Token]) -> Iterator[Loose]:
    lines, seen = iter(content.split("\n")), Counter[str]()
    line = next(lines)
    for token in tokens:
        if token.type in ("softbreak", "hardbreak"):
            line = next(lines)
            seen.clear()
        seen[token.markup] += 1
        for sign in _SIGN.findall(token.content) if token.type == "text" else ():
            yield Loose(sign, line, seen[sign])
            seen[sign] += 1


def _parted(tokens: list[Token]) -> tuple[list[Token], list[Token]]:
    """The inline part of the first heading, and everything but that heading."""
    for index, token in enumerate(tokens):
        if _is_heading(token) and token.level == 0:
            return [tokens[index + 1]], tokens[:index] + tokens[index + 3 :]
    return [], tokens


def _is_heading(token: Token) -> bool:
    return token.type == "heading_open" and token.tag == "h1"


def _blocks(nodes: Sequence[SyntaxTreeNode]) -> Iterator[str]:
    for index, node in enumerate(nodes):
        # The paragraphs of a list without blank lines are hidden: they stand close.
        if index and not (node.hidden or nodes[index - 1].hidden):
            yield ""
        match node.type:
            case "paragraph" | "heading":
                yield from _inline(node.children[0]).split("\n")
            case "blockquote":
                yield from (f"> {line}".rstrip() for line in _blocks(node.children))
            case "bullet_list" | "ordered_list":
                yield from _items(node)


def _items(listed: SyntaxTreeNode) -> Iterator[str]:
    number = int(listed.attrs.get("start", 1)) if listed.type == "ordered_list" else 0
    for index, item in enumerate(listed.children):
        sign = f"{number + index}. " if number else "- "
        if index and not any(child.hidden for child in item.children):
            yield ""
        for place, line in enumerate(_blocks(item.children)):
            yield f"{' ' * len(sign) if place else sign}{line}".rstrip()


def _inline(node: SyntaxTreeNode) -> str:
    match node.type:
        case "text":
            return node.content
        case "softbreak":
            return " "
        case "hardbreak":
            return "\n"
    inside = "".join(_inline(child) for child in node.children)
    if node.type == "link":
        address = str(node.attrs["href"])
        if inside != _SCHEME.sub("", address):
            return f"{inside}{_HELD}{address}{_HELD}"
    return inside
