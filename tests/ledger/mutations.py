"""Every change of one line that a well-chained ledger can bear, named by what it changes.

A change is named by its place and its sort (`data.roles[] shape`): several values are tried under
one name. Names of things, which differ from line to line, are told as `*`.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from random import Random
from typing import Any

from ptce_workflow.ledger.events.base import MODULES
from ptce_workflow.ledger.line import Line
from tests.ledger.tamperer import Tamperer

NAMED = frozenset(
    ("facts", "missing", "panels", "scores", "states", "totals", "verdicts", "versions", "words")
)
"""Tables of a line whose keys are names, not those of its kind."""

SHAPES: Sequence[object] = (None, 7, "x", True, [], {}, -1, "", 1.5, {"": None})
KINDS = tuple(sorted(MODULES.keys() - {"facts_carried"}))
"""The kinds of line that this ledger holds.

What is carried stands in the ledger that took over: tests of hand-overs have both.
"""

UNKNOWN = "12345678-1234-4123-8123-123456789abc"
ACTORS = {
    "actor juror": "P-002",
    "actor nobody": "P-999",
    "actor courier": "courier",
    "actor scheduler": "scheduler",
    "actor init": "init",
    "actor word": "zzz",
}

Change = Callable[[Tamperer], object]
Place = tuple[str | int, ...]


@dataclass(frozen=True)
class Mutation:
    """A change of one line: what it is called, which variant of it, and what it does."""

    name: str
    variant: int
    change: Change


def mutations(it: Tamperer, n: int, random: Random) -> Iterator[Mutation]:
    """Every change of a line; the values that it takes from other lines are chosen by chance."""
    line = it.line(n)
    yield from _envelope(it, n)
    yield from _rows(it, n)
    yield Mutation("order", 0, lambda it: it.swap(n))
    yield Mutation("twice", 0, lambda it: it.repeat(n))
    yield Mutation("gone", 0, lambda it: it.drop(n))
    alike = [other for other in it.lines if other.type == line.type and other.n != n]
    for place in _places(line.data):
        yield from _values(line, n, place, alike, random)


def _envelope(it: Tamperer, n: int) -> Iterator[Mutation]:
    line = it.line(n)

    def column(name: str, **columns: Any) -> Mutation:
        return Mutation(name, 0, lambda it: it.change(n, **columns))

    for name, actor in ACTORS.items():
        if actor != line.actor:
            yield column(name, actor=actor)
    yield column("typed by juror", by="P-002")
    if line.at[:4].isdigit():
        yield column("at earlier", at=f"{int(line.at[:4]) - 1:04d}{line.at[4:]}")
        yield column("at later", at=f"{int(line.at[:4]) + 1:04d}{line.at[4:]}")
    # In the order in which they were opened: their ids are drawn by lot.
    cases = [one.case for one in it.lines if one.type == "candidature_opened"]
    yield column("case other", case=next(case for case in cases if case != line.case))
    yield column("case unknown", case=UNKNOWN)
    if line.case is not None:
        yield column("case none", case=None)
    processes = sorted({other.process for other in it.lines} - {line.process})
    if processes:
        yield column("def other", process=processes[0])
    yield column("def unknown", process="0" * 64)
    kinds = sorted({other.type for other in it.lines} - {line.type})
    for variant, kind in enumerate((kinds[n % len(kinds)], "zzz")):
        yield Mutation("type", variant, partial(Tamperer.change, n=n, type=kind))


def _rows(it: Tamperer, n: int) -> Iterator[Mutation]:
    """Changes of what a line commits itself to, committed anew."""
    for subject in it.subjects(n):
        yield Mutation("row gone", 0, partial(Tamperer.without_row, n=n, subject=subject))
        for name, variant, content in _contents(it.row(n, subject)):
            change = partial(Tamperer.side, n=n, subject=subject, content=content)
            yield Mutation(f"row{name}", variant, change)
    nobody = {"reason": "Rien."}
    yield Mutation("row for nobody", 0, lambda it: it.side(n, "zzz", nobody))


def _contents(content: Mapping[str, Any]) -> Iterator[tuple[str, int, Mapping[str, Any]]]:
    yield " more", 0, {**content, "zzz": 1}
    for key in sorted(content)[:3]:
        told = "*" if "." in key else key
        yield f".{told} gone", 0, {name: value for name, value in content.items() if name != key}
        for variant, value in enumerate(SHAPES[:6]):
            if type(value) is not type(content[key]):
                yield f".{told} shape", variant, {**content, key: value}


def _places(value: Any, place: Place = ()) -> Iterator[Place]:
    """The places of a line's data, the outer ones first; one element of a list stands for all."""
    if place:
        yield place
    if isinstance(value, Mapping):
        named = bool(place) and place[-1] in NAMED
        for key in sorted(value)[: 2 if named else None]:
            yield from _places(value[key], (*place, key))
    elif isinstance(value, list) and value:
        yield from _places(value[0], (*place, 0))


def _values(
    line: Line, n: int, place: Place, alike: Sequence[Line], random: Random
) -> Iterator[Mutation]:
    name, present = _told(place), _at(line.data, place)

    def put(sort: str, variant: int, value: object) -> Mutation:
        return Mutation(
            f"data.{name} {sort}",
            variant,
            lambda it: it.change(n, data=_put(line.data, place, value)),
        )

    for variant, value in enumerate(SHAPES):
        if type(value) is not type(present) or (value != present and not value):
            yield put("shape", variant, value)
    if isinstance(present, int) and not isinstance(present, bool):
        yield put("number", 0, present + 1)
    if isinstance(present, bool):
        yield put("other", 0, not present)
    if isinstance(present, Mapping):
        yield put("more", 0, {**present, "zzz": 1})
    others = [_at(other.data, place) for other in alike]
    others = [one for one in others if one not in (present, None) and type(one) is type(present)]
    if others:
        yield put("alike", 0, random.choice(others))
    if isinstance(place[-1], str):
        yield Mutation(f"data.{name} gone", 0, lambda it: it.change(n, data=_put(line.data, place)))


def _told(place: Place) -> str:
    """The name of a place: `messages[].due`, `verdicts.*`, `facts.*[].*`."""
    told, named = "", False
    for step in place:
        if isinstance(step, int):
            told += "[]"
        else:
            told += ("." if told else "") + ("*" if named else step)
            named = named or step in NAMED
    return told


def _at(data: Any, place: Place) -> Any:
    for step in place:
        try:
            data = data[step]
        except (LookupError, TypeError):
            return None
    return data


_GONE = object()


def _put(data: Mapping[str, Any], place: Place, value: object = _GONE) -> Any:
    """The data with another value at a place, or without it."""
    copied = json.loads(json.dumps(data))
    holder = _at(copied, place[:-1])
    if value is _GONE:
        del holder[place[-1]]
    else:
        holder[place[-1]] = value
    return copied
