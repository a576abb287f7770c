"""Where the keys of a folder stand in its files: the line and the column of a fault."""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import replace

from ptce_workflow.base.errors import Finding, Misuse, PtceError, shown
from ptce_workflow.process.letters.markdown import page_of
from ptce_workflow.process.model.folder import Files
from ptce_workflow.process.model.notation import NotToml, read_toml

Position = tuple[int, int]
"""A line and a column, both counted from 1; columns in characters."""

_TOKEN = re.compile(
    r"(?P<blank>[ \t\r]++|#[^\n]*+)|(?P<newline>\n)|(?P<sign>[][{},.=])"
    r'|(?P<text>"""(?:\\.|(?!""")[^\\])*+""""{0,2}|' + r"'''(?:(?!''').)*+''''{0,2}"
    r'|"(?:\\.|[^"\\\n])*+"|' + r"'[^'\n]*+')|(?P<bare>[^]\s[{},.=#\"']++)",
    re.DOTALL,
)


def located(files: Files, findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The findings, each with the line and the column where its key stands, and in that order.

    A key that is not there has the place of the table that lacks it, a file as a whole its first
    line; a finding whose place is known keeps it, and one about a file that is missing has none.
    """
    files_read: dict[str, Mapping[str, Position]] = {}
    placed = []
    for finding in findings:
        file, line, column = finding.file, finding.line, finding.column
        if line is None and file in files:
            if file not in files_read:
                files_read[file] = _of_file(file, files[file])
            line, column = _nearest(files_read[file], finding.key)
        placed.append(replace(finding, line=line, column=line and (column or 1)))
    return tuple(sorted(placed, key=lambda f: (f.file, f.line or 0, f.column or 0)))


def _nearest(known: Mapping[str, Position], key: str) -> Position:
    while key and key not in known:
        key = key.rpartition(".")[0]
    return known.get(key, (1, 1))


def _of_file(file: str, content: bytes) -> Mapping[str, Position]:
    """The places of the keys of a file; where it stops being one under "", if it does."""
    text = content.decode("utf-8", "replace")
    if file.endswith(".toml"):
        return positions(text)
    if not file.endswith(".md") or not text.startswith("+++"):
        return {}
    try:
        page = page_of(text)
    except PtceError:
        return {}
    if page.first_line > 2 or not page.keys:
        return positions(f"\n{page.keys}")
    # All keys stand on the first line.
    before = text.index(page.keys)
    return {key: (1, before + column) for key, (_line, column) in positions(page.keys).items()}


def positions(text: str) -> Mapping[str, Position]:
    """The place of every key of a text in TOML, by its dotted name as faults tell it.

    Items of lists are counted from 1 in it; what stands in one is known without the number too,
    as that of the first. A text that is not TOML has the place where it stops to be under "".
    """
    try:
        read_toml(text)
        keys = _Scanner(text).keys
    except NotToml as error:
        return {"": (error.line, error.column)}
    except (Misuse, RecursionError):
        return {}
    starts = [0, *(match.end() for match in re.finditer("\n", text))]
    lines = {key: bisect_right(starts, at) for key, at in keys.items()}
    return {key: (line, keys[key] - starts[line - 1] + 1) for key, line in lines.items()}


class _Scanner:
    """Walks through a text that is TOML and notes where each key begins."""

    def __init__(self, text: str) -> None:
        self.keys: dict[str, int] = {}
        self._tokens = [
            (match.lastgroup or "", match[0], match.start())
            for match in _TOKEN.finditer(text)
            if match.lastgroup != "blank"
        ]
        self._tokens.append(("end", "", len(text)))
        self._next = 0
        self._tables_in: dict[tuple[str | int, ...], int] = {}
        table: tuple[str | int, ...] = ()
        while self._skip() != "end":
            if self._sign() == "[":
                table = self._header()
            else:
                self._pair(table)

    def _header(self) -> tuple[str | int, ...]:
        self._next += 1
        is_item = self._sign() == "["
        self._next += is_item
        path = self._key(())
        self._next += 1 + is_item
        if is_item:
            path = path[:-1] if isinstance(path[-1], int) else path
            self._tables_in[path] = self._tables_in.get(path, 0) + 1
            path = (*path, self._tables_in[path])
        return path

    def _pair(self, table: tuple[str | int, ...]) -> None:
        path = self._key(table)
        self._next += 1
        self._value(path)

    def _key(self, above: tuple[str | int, ...]) -> tuple[str | int, ...]:
        path = above
        while True:
            kind, written, at = self._tokens[self._next]
            part = tomllib.loads(f"key = {written}")["key"] if kind == "text" else written
            path = (*path, part)
            self._note(path, at)
            if path in self._tables_in:
                path = (*path, self._tables_in[path])
            self._next += 1
            if self._sign() != ".":
                return path
            self._next += 1

    def _value(self, path: tuple[str | int, ...]) -> None:
        opened = self._sign()
        if opened not in ("[", "{"):
            while self._tokens[self._next][0] in ("text", "bare") or self._sign() == ".":
                self._next += 1
            return
        self._next += 1
        count = 0
        while self._skip() != "end" and self._sign() not in ("]", "}"):
            if self._sign() == ",":
                self._next += 1
            elif opened == "{":
                self._pair(path)
            else:
                count += 1
                self._note((*path, count), self._tokens[self._next][2])
                self._value((*path, count))
        self._next += 1

    def _note(self, path: tuple[str | int, ...], at: int) -> None:
        for steps in (path, [step for step in path if isinstance(step, str)]):
            self.keys.setdefault(".".join(shown(str(step)) for step in steps), at)

    def _sign(self) -> str:
        kind, written, _at = self._tokens[self._next]
        return written if kind == "sign" else ""

    def _skip(self) -> str:
        while self._tokens[self._next][0] == "newline":
            self._next += 1
        return self._tokens[self._next][0]
