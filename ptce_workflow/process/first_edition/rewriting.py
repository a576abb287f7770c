"""Writes a table as TOML anew, with the comments of the text that it was read from."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

import tomlkit
from tomlkit.container import Container
from tomlkit.items import Comment, Item, Table, Whitespace

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
