"""Writes a table as TOML anew, with its comments, and the templates of a mail as one text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from html import unescape
from typing import Any

import tomlkit
from tomlkit.container import Container
from tomlkit.items import Comment, Item, Table, Whitespace

from ptce_workflow.base.errors import Finding
from ptce_workflow.base.words import _
from ptce_workflow.process.model.folder import Files, notification_file
from ptce_workflow.process.model.notation import read_toml

_WIDTH = 160
"""What stands on one line: a rule with its words, its condition and what it rests on."""
_BARE = re.compile(r"[A-Za-z0-9_-]+")
Path = tuple[str, ...]


class Notes:
    """What a text in TOML holds besides its values: comments, and how each value is written."""

    def __init__(self) -> None:
        self.above: dict[Path, list[str]] = {}
        self.beside: dict[Path, str] = {}
        self.texts: dict[Path, tuple[Any, str]] = {}
        self.order: list[Path] = []
        self.last: list[str] = []
        self._waiting: list[str] = []

    @classmethod
    def of(cls, text: str, prefix: Path = ()) -> Notes:
        """The notes of a text; every path begins with the prefix."""
        notes = cls()
        notes._gather(tomlkit.parse(text), prefix)
        notes.last = notes._taken()
        return notes

    def _taken(self) -> list[str]:
        taken, self._waiting = self._waiting, []
        return taken

    def _gather(self, container: Container, prefix: Path) -> None:
        for key, item in container.body:
            if isinstance(item, Whitespace):
                self._waiting += [""] * item.as_string().count("\n")
            elif isinstance(item, Comment):
                self._waiting.append(item.trivia.comment)
            elif key is not None:
                self._note((*prefix, key.key), item)

    def _note(self, path: Path, item: Item) -> None:
        if isinstance(item, Table):
            if not item.is_super_table():
                self._mark(path, item.trivia.comment)
            self._gather(item.value, path)
            return
        self._mark(path, item.trivia.comment)
        text = item.as_string()
        self.texts[path] = (read_toml(f"x = {text}")["x"], text)

    def _mark(self, path: Path, beside: str) -> None:
        self.order.append(path)
        if above := self._taken():
            self.above[path] = above
        if beside:
            self.beside[path] = beside

    def settled(self, table: Mapping[str, Any], moved: Mapping[Path, Path]) -> Notes:
        """The notes at the places that a table still has; those of what it lost stand later."""
        there = set(_paths(table, ()))
        settled = Notes()
        settled.texts = {_moved(path, moved): text for path, text in self.texts.items()}
        carried: list[str] = []
        for path in self.order:
            place = _moved(path, moved)
            above, beside = self.above.get(path, []), self.beside.get(path, "")
            while place and place not in there:
                place = place[:-1]
            kept = bool(place) and (place == _moved(path, moved) or _is_leaf(table, place))
            if not kept:
                carried += [*above, *([beside] if beside else [])]
                continue
            if above := [*carried, *above]:
                settled.above.setdefault(place, []).extend(above)
                carried = []
            if beside and place not in settled.beside:
                settled.beside[place] = beside
            elif beside:
                settled.above.setdefault(place, []).append(beside)
        settled.last = [*carried, *self.last]
        return settled


def _moved(path: Path, moved: Mapping[Path, Path]) -> Path:
    for before, after in moved.items():
        if path[: len(before)] == before:
            return after + path[len(before) :]
    return path


def _paths(table: Mapping[str, Any], prefix: Path) -> Iterator[Path]:
    for key, value in table.items():
        yield (*prefix, key)
        if isinstance(value, dict):
            yield from _paths(value, (*prefix, key))


def _is_leaf(table: Any, path: Path) -> bool:
    for key in path:
        table = table[key]
    return not isinstance(table, dict)


def toml_of(table: Mapping[str, Any], notes: Notes, moved: Mapping[Path, Path] = {}) -> str:
    """A table as TOML: short tables on one line, the others below a heading of their own."""
    writer = _Writer(notes.settled(table, moved))
    writer.section(table, ())
    lines = [*writer.lines, *_spaced(writer.notes.last)]
    return "\n".join(lines).strip("\n") + "\n"


class _Writer:
    def __init__(self, notes: Notes) -> None:
        self.notes = notes
        self.lines: list[str] = []

    def section(self, table: Mapping[str, Any], path: Path) -> None:
        """What stands in a table: first what takes a line each, then the tables below it."""
        lines = self._without_heading(table, path)
        self.lines += [line for key in lines for line in lines[key]]
        for key, value in table.items():
            if key not in lines:
                self._headed(value, (*path, key))

    def _without_heading(self, table: Mapping[str, Any], path: Path) -> dict[str, list[str]]:
        """The lines of what needs no heading; of tables, those before the first that does."""
        lines = {key: self._lines(key, value, path) for key, value in table.items()}
        heading = any(found is None for found in lines.values())
        below, found = False, {}
        for key, value in table.items():
            own = lines[key]
            if isinstance(value, dict) and heading:
                # Beside tables with headings, a table takes one line or has its own.
                below = below or self._line(key, value, (*path, key)) is None
            if own is not None and not (below and isinstance(value, dict)):
                found[key] = own
        return found

    def _lines(self, key: str, value: Any, path: Path) -> list[str] | None:
        """A key with what stands above it, on a line, or a line for each thing in a small table."""
        place = (*path, key)
        above = _spaced(self.notes.above.get(place, ()))
        line = self._line(key, value, place)
        if line is not None:
            return [*above, line]
        heading = len(".".join(map(_key, place))) + len("\n[]\n")
        if len(value) * (len(key) + 1) >= heading or place in self.notes.beside:
            return None
        found = list(above)
        for name, one in value.items():
            line = self._line(name, one, (*place, name))
            if line is None or len(line) + len(key) >= _WIDTH:
                return None
            found += [*_spaced(self.notes.above.get((*place, name), ())), f"{_key(key)}.{line}"]
        return found if value else None

    def _headed(self, table: Mapping[str, Any], path: Path) -> None:
        above = self.notes.above.get(path, [])
        alone = all(isinstance(one, dict) for one in table.values())
        first = next(iter(table.items()), None)
        if first is None or not alone or first[0] in self._without_heading(table, path):
            if first is not None and alone:
                above = [*above, *self._lifted((*path, first[0]))]
            blank = 0 if not self.lines or (any(above) and not above[0]) else 1
            beside = self.notes.beside.get(path, "")
            head = f"[{'.'.join(map(_key, path))}]{f'  {beside}' if beside else ''}"
            self.lines += [*[""] * blank, *_spaced(above), head]
        else:
            self.lines += _spaced(above)
        self.section(table, path)

    def _lifted(self, path: Path) -> list[str]:
        """What stands above the first table of several, apart from it: it is about them all."""
        above = self.notes.above.get(path, [])
        cut = max((place for place, line in enumerate(above, 1) if not line), default=0)
        self.notes.above[path] = above[cut:]
        return above[:cut]

    def _line(self, key: str, value: Any, path: Path) -> str | None:
        """A key and its value; None for a table that does not stand on one line."""
        beside = self.notes.beside.get(path, "")
        if not isinstance(value, dict):
            line = f"{_key(key)} = {self._value(value, path, len(key) + 3)}"
            return f"{line:<35} {beside}" if beside else line
        if not value or any(
            one[: len(path)] == path and one != path
            for one in (*self.notes.above, *self.notes.beside)
        ):
            return None
        line = self._short(key, value, path)
        fits = "\n" not in line and len(line) <= _WIDTH
        return (f"{line}  {beside}" if beside else line) if fits else None

    def _short(self, key: str, value: Any, path: Path) -> str:
        """A key and its value on one line; a table that holds one thing alone adds its key."""
        name = _key(key)
        while isinstance(value, dict) and len(value) == 1:
            ((key, value),) = value.items()
            path, name = (*path, key), f"{name}.{_key(key)}"
        return f"{name} = {self._inline(value, path)}"

    def _inline(self, value: Any, path: Path) -> str:
        if not isinstance(value, dict):
            return self._value(value, path, 0)
        inside = (self._short(key, one, (*path, key)) for key, one in value.items())
        return f"{{ {', '.join(inside)} }}"

    def _value(self, value: Any, path: Path, before: int) -> str:
        for place in (path, *(one for one in self.notes.texts if one[:-1] == path)):
            known, text = self.notes.texts.get(place, (None, ""))
            if type(known) is type(value) and (known == value or _stripped(known) == value):
                if isinstance(value, list) and "\n" in text and "#" not in text:
                    together = f"[{', '.join(_text_of(one) for one in value)}]"
                    return together if before + len(together) <= _WIDTH else text
                return text
        return _text_of(value)


def _stripped(value: Any) -> Any:
    return value.strip() if isinstance(value, str) else value


def _text_of(value: Any) -> str:
    if isinstance(value, Decimal):
        return str(value) if value % 1 else f"{value:.1f}"
    if isinstance(value, str) and "\n" in value:
        return tomlkit.string(value, multiline=True).as_string()
    if isinstance(value, list):
        return f"[{', '.join(map(_text_of, value))}]"
    if isinstance(value, dict):
        return f"{{ {', '.join(f'{_key(key)} = {_text_of(one)}' for key, one in value.items())} }}"
    return str(tomlkit.item(value).as_string())


def _key(key: str) -> str:
    return key if _BARE.fullmatch(key) else tomlkit.string(key).as_string()


def _spaced(lines: list[str] | tuple[str, ...]) -> list[str]:
    """Comments as they stand, without more than two blank lines together; none for blanks alone."""
    if not any(lines):
        return []
    return re.sub("\n{4,}", "\n\n\n", "\n".join(lines)).split("\n")


_BLOCK = re.compile(
    r"\{%[-+]?\s*block\s+(\w+)\s*[-+]?%\}(.*?)\{%[-+]?\s*endblock(?:\s+\w+)?\s*[-+]?%\}", re.DOTALL
)
_EXTENDS = re.compile(r"\{%[-+]?\s*extends\b.*?%\}")
_COMMENT = re.compile(r"\{#.*?#\}", re.DOTALL)
_TAG = re.compile(r"(\{[{%#].*?[}%#]\})", re.DOTALL)
_TAGS_ALONE = re.compile(r"\s*(?:\{[%#].*?[%#]\}\s*)+")
_ITEM = re.compile(r"\s*(?:[-+*]|1[.)]) ")
_NUMBERED = re.compile(r"^(\d+)([.)] )")
_KNOWN_BLOCKS = ("subject", "body", "ask")
_GREETING = re.compile(r"(?:Bonjour|Hello|Madame, Monsieur)\s*[,!]?\s*\n+")
_WRAPPED = 60
"""A line as long was wrapped by hand: its end is no break that anyone meant."""
_STRONG = re.compile(r"<(strong|b|em|i)\b[^>]*>(.*?)</\1>", re.DOTALL)
_HEADED = re.compile(r"<h[2-6]\b[^>]*>(.*?)</h[2-6]>", re.DOTALL)
_QUOTED = re.compile(r"<blockquote\b[^>]*>(.*?)</blockquote>", re.DOTALL)
_HTML = re.compile(r"<[^<>]*>")
_LINK = re.compile(r"https?://\S+")
_WORD = re.compile(r"\w+")


def page_of_two(name: str, language: str, files: Files) -> tuple[str, tuple[Finding, ...]]:
    """The text of a mail in one language, its heading first, and what was left behind.

    Its words are those of the text template; what the page sets in bold is so here too.
    """
    text_file, html_file = (
        notification_file(name, f"{language}.{form}.j2") for form in ("txt", "html")
    )
    text, html = (
        files.get(file, b"").decode("utf-8", "replace") for file in (text_file, html_file)
    )
    text, html = text.replace("\r\n", "\n"), html.replace("\r\n", "\n")
    subject, body, ask = _parts(text)
    # The parts in bold are those of the page, where the text has them word for word once.
    page = _dressed(_marked_down(body), html)
    if ask:
        page = f"{page}\n\n{_marked_down(ask)}"
    found = [*_left_behind(text_file, text), *_left_behind(html_file, html)]
    if _words_of(_html_body(html)) != _words_of(body):
        found.append(
            Finding(
                html_file,
                "",
                _("The page does not say what the text says."),
                _("A mail has one text now, of which both are made: it is that of the text."),
                _("Compare them in first-edition/, and add what is missing."),
            )
        )
    return f"# {subject}\n\n{page}\n", tuple(found)


def _parts(text: str) -> tuple[str, str, str]:
    """The subject, the text, and the last sentence of a text template."""
    blocks = {found[1]: found[2].strip("\n") for found in _BLOCK.finditer(text)}
    if _EXTENDS.search(text):
        subject, body = blocks.get("subject", ""), blocks.get("body", "")
        return " ".join(_escaped(subject).split()), body, blocks.get("ask", "").strip()
    subject, _break, body = text.strip("\n").partition("\n")
    body = _GREETING.sub("", body.strip("\n"), count=1)
    return " ".join(_escaped(subject).split()), body, ""


def _left_behind(file: str, text: str) -> Iterator[Finding]:
    """What a template does that one text cannot do."""
    names = [found[1] for found in _BLOCK.finditer(text)]
    extends = _EXTENDS.search(text)
    for name in names:
        if name not in _KNOWN_BLOCKS:
            what = _('The block "{name}" is left behind.').format(name=name)
            why = _("A mail is one text, between the greeting and the signature of the program.")
            yield Finding(file, "", what, why, _("Write it into the text, where it belongs."))
    beside = _COMMENT.sub("", _BLOCK.sub("", text))
    if extends and _EXTENDS.sub("", beside, count=1).strip():
        what = _("Something stands outside the blocks, or around one.")
        why = _("A mail is one text: it has no blocks, and no condition on one.")
        yield Finding(file, "", what, why, _("Write it into the text, where it belongs."))


def _marked_down(body: str) -> str:
    """A plain text as Markdown that reads the same."""
    lines = [line.rstrip() for line in body.split("\n")]
    put: list[str] = []
    in_list = False
    for index, line in enumerate(lines):
        bare = line.strip()
        if not bare:
            put.append("")
            in_list = False
            continue
        if _TAGS_ALONE.fullmatch(line):
            put.append(line)
            continue
        bare = re.sub(r"^[+*] ", "- ", bare)
        item = _ITEM.match(line)
        in_list = in_list or item is not None
        following = lines[index + 1] if index + 1 < len(lines) else ""
        breaks = (
            len(bare) < _WRAPPED
            and following.strip()
            and not _TAGS_ALONE.fullmatch(following)
            and not _ITEM.match(following)
        )
        lead = "  " if in_list and not item else ""
        written = _escaped(bare, at_start=item is None)
        put.append(f"{lead}{written}{chr(92) if breaks else ''}")
    return "\n".join(put).strip("\n")


def _escaped(line: str, *, at_start: bool = False) -> str:
    """A line whose signs are read as they stand; what Jinja reads is left alone."""
    pieces = _TAG.split(line)
    pieces[::2] = [_signs(piece) for piece in pieces[::2]]
    if at_start:
        pieces[0] = re.sub(r"^(#{1,6} |>)", r"\\\1", _NUMBERED.sub(r"\1\\\2", pieces[0], count=1))
    return "".join(pieces)


def _signs(piece: str) -> str:
    piece = re.sub(r"<((?:https?|mailto):[^\s<>]+)>", r"\1", piece)
    return re.sub(r"([\\*\[\]]|(?<!\w)_|_(?!\w))", r"\\\1", piece.removeprefix("- ")).join(
        ("- " if piece.startswith("- ") else "", "")
    )


def _dressed(page: str, html: str) -> str:
    """A page with the bold parts, the headings and the quotations of its HTML."""
    for pattern, sign in ((_STRONG, "**"), (_HEADED, "## "), (_QUOTED, "> ")):
        for found in pattern.finditer(html):
            words = _escaped(unescape(_HTML.sub("", found[found.lastindex or 0]))).split()
            # Words are parted by spaces of every kind, as by those before a colon.
            inside = r"[ \u00a0]".join(map(re.escape, words))
            there = re.findall(rf"(?<!\*){inside}", page) if words else ()
            if len(there) != 1:
                continue
            if pattern is _STRONG:
                sign = "**" if found[1] in ("strong", "b") else "*"
                page = page.replace(there[0], f"{sign}{there[0]}{sign}")
            else:
                page = re.sub(rf"(?m)^{re.escape(there[0])}$", f"{sign}\\g<0>", page)
    return page


def _html_body(html: str) -> str:
    blocks = {found[1]: found[2] for found in _BLOCK.finditer(html)}
    return unescape(_HTML.sub(" ", blocks.get("body", html)))


def _words_of(text: str) -> list[str]:
    """The words of a text in their order, and what its tags print; addresses apart."""
    return _WORD.findall(_LINK.sub(" ", _COMMENT.sub("", text)))
