"""The holes of the page on speed: what the last whole runs of the benches have found."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from bench.figures import Row, declared, grown, measured, number, rows, sizes


class HistoryEntry(NamedTuple):
    """A part of a run as the page tells it; `heads` are the sizes, where there are several."""

    title: str
    about: str
    heads: Sequence[str]
    rows: Sequence[Row]


def holes(language: str) -> dict[str, Any]:
    """What the page on speed is filled with."""
    runs = measured()
    parts = {kind: list(_told(kind, run["found"], language)) for kind, run in runs.items()}
    every = [row for told in parts.values() for part in told for row in part.rows]
    return {
        "parts": parts,
        "machines": {kind: _on(run["on"]) for kind, run in runs.items()},
        "asked": sum(row.met is not None for row in every),
        "missed": [row for row in every if row.met is False],
        "language": language,
    }


def _told(kind: str, found: Mapping[str, Any], language: str) -> Iterator[HistoryEntry]:
    for name, declaration in declared().items():
        if name not in found:
            continue
        part = found[name]
        title, about = declaration.title[language], declaration.about[language]
        if kind == "bench":
            yield HistoryEntry(title, about, (), list(rows(name, part, language)))
        for database, by_size in {} if kind == "bench" else part.items():
            heads = [number(size, language) for size in sizes(by_size)]
            told = list(grown(name, by_size, language))
            yield HistoryEntry(f"{title} ({database})", about, heads, told)


def _on(machine: Mapping[str, Any]) -> dict[str, Any]:
    versions = ", ".join(f"{name} {version}" for name, version in machine["versions"].items())
    return {**machine, "versions": versions}
