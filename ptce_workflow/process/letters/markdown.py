"""Markdown of letters: read once, and given as text and as HTML from the same tokens.

Values are no part of what is read. Where a template prints one, a mark of letters and digits stands
while the Markdown is read; it becomes the value afterwards. So a value can never be markup, nothing
is escaped by hand, and what was read can serve for every other reader of the same letter.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple
from urllib.parse import quote

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from markdown_it.tree import SyntaxTreeNode
from markupsafe import Markup, escape

from ptce_workflow.base.words import _
from ptce_workflow.process.letters.readable import TemplateFault

_RULES = ("heading", "list", "blockquote", "emphasis", "balance_pairs", "link", "escape", "newline")
_LINKED = re.compile(r"(?:https|mailto|tel):[^\s<>\"]+", re.IGNORECASE)
_SPACED = re.compile(r"(?<=«) | (?=[;:!?»])")
_HELD = "\0"
"""Surrounds, in a text that was read, the address of a link: a file holds no such character."""
_SCHEME = re.compile("^(?:mailto|tel):", re.IGNORECASE)
_LEADING = re.compile(r"((?:> )*)([ ]*(?:- |\d+[.)] )?)")
_UNSHOWN = re.compile("[\0-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_SOME_BLANKS = re.compile("[ \t\n]+")
_BREAKS = re.compile("\r\n|[\r\n\x0b\x0c\x85\u2028\u2029]")
_FENCE = "+++"
_FENCED_LINE = re.compile(r"\+\+\+ (.*) \+\+\+")
_SIGN = re.compile(r"\*+|\]\(|!\[")
_PLAIN = re.compile(r"[^*_\\\[\]!\n]+")
"""A line without any sign is text: most are, and nothing need look for more in them."""
_LETTERS_KEPT, _LINES_KEPT = 256, 2_048


class Page(NamedTuple):
    """A file of a mail: its keys in TOML, its text in Markdown, and the line where that begins."""

    keys: str
    body: str
    first_line: int


def page_of(content: str) -> Page:
    """The two parts of a file of a mail; without a first line `+++` it is all text.

    *Raises* TemplateFault where the keys do not end.
    """
    lines = content.replace("\r\n", "\n").split("\n")
    if lines[0].rstrip() != _FENCE:
        within = _FENCED_LINE.fullmatch(lines[0].rstrip())
        return Page(within[1], "\n".join(lines[1:]), 2) if within else Page("", content, 1)
    for number, line in enumerate(lines[1:], 1):
        if line.rstrip() == _FENCE:
            return Page("\n".join(lines[1:number]), "\n".join(lines[number + 1 :]), number + 2)
    raise TemplateFault(
        _("The keys of this mail do not end."),
        _("They stand between two lines that hold {sign}, before its text.").format(sign=_FENCE),
        _("Add the second line {sign}.").format(sign=_FENCE),
        line=1,
    )


class Marks:
    """Marks that stand for the values of one letter, while its Markdown is read."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self.values: list[str] = []

    def mark(self, value: str) -> str:
        """The mark of a value: letters and digits, which no Markdown is made of."""
        lines = _UNSHOWN.sub("", _BREAKS.sub("\n", value)).split("\n")
        self.values.append("\n".join(line.rstrip() for line in lines))
        return f"{self._prefix}{len(self.values) - 1}z"


def prefix_of(sources: Sequence[str]) -> str:
    """The beginning of the marks of a letter: one that stands in none of its sources."""
    prefix = "zq"
    while any(prefix in source for source in sources):
        prefix += "q"
    return prefix


class Loose(NamedTuple):
    """A sign that opens something, or closes it, and that nothing answers.

    `line` is the line that holds it, without what makes it a quotation or an item of a list;
    `before` counts the same signs in front of it there.
    """

    sign: str
    line: str
    before: int


_SIGNS_WITHIN = re.compile(r"[\\*\[\]]|(?<![^\W_])_|_(?![^\W_])")
_SIGNS_BEFORE = re.compile(r"(?m)^(>|(?:#{1,6}|[-+]|\d{1,9}(?=[.)]))(?=[.)]?(?:[ \t]|$)))")

_NUMBER_LAST = re.compile(r"(?:^|\n)\d{1,9}$")


def plain(text: str) -> str:
    """Markdown that says a text, and nothing but that text."""
    told = _SIGNS_WITHIN.sub(r"\\\g<0>", text)
    told = _SIGNS_BEFORE.sub(lambda one: f"{one[0]}\\" if one[0].isdigit() else f"\\{one[0]}", told)
    return told.replace("\n", "\\\n")


def written_out(source: str, prefix: str, values: Sequence[str]) -> str:
    """The Markdown of one letter, its values in the place of their marks."""

    def told(found: re.Match[str]) -> str:
        value, after = plain(values[int(found[1])]), found[2]
        # A number that begins a line, and what the letter sets behind it, are no item of a list.
        return f"{value}\\{after}" if after and _NUMBER_LAST.search(value) else value + after

    return re.sub(rf"{prefix}(\d+)z([.)]?)", told, source)


def shown_alone(source: str) -> str:
    """What a person wrote, without what no reader would see."""
    return _UNSHOWN.sub("", _BREAKS.sub("\n", source)).strip("\n")


class Outline(NamedTuple):
    """A letter that was read: its subject, and the tokens of the rest; all its headings."""

    subject: str
    body: tuple[Token, ...]
    loose: tuple[Loose, ...]
    headings: tuple[str, ...]


class Skeleton(NamedTuple):
    """A letter whose marks are still in it: the subject, the text and the HTML."""

    subject: str
    text: str
    html: str
    opening: str


class Filled(NamedTuple):
    """A letter whose values stand in it; `opening` is the first sentence, for lists of mails."""

    subject: str
    text: str
    html: Markup
    opening: str


def fill(skeleton: Skeleton, prefix: str, values: Sequence[str]) -> Filled:
    """The letter with its values: as text, whatever they hold."""
    mark = re.compile(rf"{prefix}(\d+)z")

    def one_line(text: str) -> str:
        return " ".join(
            _SOME_BLANKS.split(mark.sub(lambda found: values[int(found[1])], text).strip())
        )

    linked = _links(mark, values)
    return Filled(
        one_line(skeleton.subject),
        "\n".join(_filled_lines(skeleton.text, mark, values, linked)),
        # Its values are escaped as they are filled in.
        Markup(_filled_html(skeleton.html, mark, values, linked)),  # noqa: S704
        one_line(skeleton.opening),
    )


def _links(mark: re.Pattern[str], values: Sequence[str]) -> Callable[[str], str]:
    """Gives the address of a link its values; "" where it is none that a letter may lead to."""

    def linked(address: str) -> str:
        whole = mark.fullmatch(address)
        safe = ":/?#[]@!$&'()*+,;=%~" if whole else "@+"
        filled = mark.sub(lambda found: quote(values[int(found[1])].strip(), safe=safe), address)
        return filled if _LINKED.fullmatch(filled) else ""

    return linked


def _filled_lines(
    text: str, mark: re.Pattern[str], values: Sequence[str], linked: Callable[[str], str]
) -> Iterator[str]:
    for line in text.split("\n"):
        leading = _LEADING.match(line)
        assert leading is not None
        # What follows a line break of a value stands further in: no line of a value can be taken
        # for one of the letter.
        further = f"\n{leading[1]}{' ' * len(leading[2])}  "
        pieces = line.split(_HELD)
        pieces[::2] = [_valued(piece, mark, values, further) for piece in pieces[::2]]
        pieces[1::2] = [
            f" <{_SCHEME.sub('', to)}>" if to else "" for to in map(linked, pieces[1::2])
        ]
        yield "".join(pieces).rstrip()


def _valued(piece: str, mark: re.Pattern[str], values: Sequence[str], further: str) -> str:
    return mark.sub(lambda found: further.join(values[int(found[1])].split("\n")), piece)


def _filled_html(
    html: str, mark: re.Pattern[str], values: Sequence[str], linked: Callable[[str], str]
) -> str:
    def valued(found: re.Match[str]) -> str:
        if found["value"] is not None:
            return str(escape(values[int(found["value"])])).replace("\n", "<br>\n")
        address = linked(found["address"].replace("&amp;", "&"))
        return f' href="{escape(address)}"' if address else ""

    # In one pass: what a value brings is not looked at again.
    either = rf' href="(?P<address>[^"]*)"|{mark.pattern.replace("(", "(?P<value>", 1)}'
    return re.sub(either, valued, html)


@lru_cache(_LETTERS_KEPT)
def outline_of(source: str, language: str) -> Outline:
    """A letter in Markdown as it is read, by the language whose spaces it keeps."""
    tokens = _reader().parse(source, {_FRENCH: language.startswith("fr")})
    loose = (sign for token in tokens for sign in token.meta.get(_LOOSE, ()))
    subject, body = _parted(tokens)
    return Outline(
        _inline(SyntaxTreeNode(subject).children[0]) if subject else "",
        tuple(body),
        tuple(loose),
        tuple(said.content for one, said in pairwise(tokens) if _is_heading(one)),
    )


@lru_cache(_LETTERS_KEPT)
def read_markdown(source: str, language: str) -> Skeleton:
    """What a letter in Markdown says, by the language whose spaces it keeps."""
    read, reader = outline_of(source, language), _reader()
    body = [*read.body]
    _mark_acts(body)
    tree = SyntaxTreeNode(body)
    text = "\n".join(_blocks(tree.children))
    opening = next((_inline(node.children[0]) for node in tree.children if node.children), "")
    html = reader.renderer.render(body, reader.options, {})
    return Skeleton(read.subject, text, html, re.sub(f"{_HELD}.*?{_HELD}", "", opening))


@lru_cache(1)
def _reader() -> MarkdownIt:
    # `text_join` would make one text of what was written with `\` before it and of what was not.
    reader = MarkdownIt("zero", {"html": False}).enable(list(_RULES)).disable("text_join")
    reader.core.ruler.at("inline", _read_lines)
    return reader


_FRENCH, _LOOSE = "french", "loose"


def _read_lines(state: StateCore) -> None:
    """Reads what stands within paragraphs and headings: letters of one mail share most of them."""
    for token in state.tokens:
        if token.type == "inline":
            children, loose = _line(token.content, french=state.env[_FRENCH])
            token.children, token.meta = [*children], {_LOOSE: loose}


@lru_cache(_LINES_KEPT)
def _line(content: str, *, french: bool) -> tuple[tuple[Token, ...], tuple[Loose, ...]]:
    """The tokens of a text, and the signs in it that nothing answers."""
    reader, tokens = _reader(), list[Token]()
    if _PLAIN.fullmatch(content):
        tokens.append(Token("text", "", 0, content=content))
    else:
        reader.inline.parse(content, reader, {}, tokens)
    loose = tuple(_loose(content, tokens))
    for token in tokens:
        if token.type in ("text", "text_special"):
            token.type = "text"
            token.content = _SPACED.sub("\u00a0", token.content) if french else token.content
    return tuple(tokens), loose


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


def _mark_acts(tokens: list[Token]) -> None:
    """Sets what is to be done apart: paragraphs that begin with a strong word and a colon."""
    for opening, inline in pairwise(tokens):
        children = inline.children or []
        kinds = [child.type for child in children[:3]]
        if kinds[:1] == ["text"] and not children[0].content:
            del kinds[0]
        if opening.type != "paragraph_open" or kinds[:2] != ["strong_open", "text"]:
            continue
        closed = next(i for i, child in enumerate(children) if child.type == "strong_close")
        if children[closed - 1].content.rstrip().endswith(":"):
            opening.attrSet("class", "act")


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
