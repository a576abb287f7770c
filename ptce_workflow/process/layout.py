"""A graph of states laid out in lanes: the way nobody can skip, what lies beside, the endings.

The dominators of the farthest ending are what nobody can skip on the way to it: they make the main
line. Other states in which one goes on stand on one side of it, endings on the other, in the
columns that make for the fewest crossings. The same places give two shapes: along a wide screen,
and down a narrow one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import combinations

from msgspec import Struct

from ptce_workflow.process.model.definition import START
from ptce_workflow.process.process import Process

Edge = tuple[str, str]
Spot = tuple[float, int]
"""A column along the main line, and a lane: 0 for that line, below it above 0."""


class DrawingSizes(Struct, frozen=True):
    """The measures of a drawing: a box, the steps between boxes, the room around, along and across.

    `turned` where the main line goes down.
    """

    box: tuple[int, int]
    step: tuple[int, int]
    room: int
    turned: bool = False


WIDE = DrawingSizes((140, 62), (170, 140), 34)
TALL = DrawingSizes((58, 132), (96, 206), 30, turned=True)
_SPREAD = 14
"""How far an arrow that passes over boxes leaves its lane, at the most as far as the room goes."""


class Arrow(Struct, frozen=True):
    """What leads from one state to another: a path that ends at their borders."""

    origin: str
    to: str
    path: str


class Layout(Struct, frozen=True):
    """A drawing: its size, the box of each state (left, top, width, height), the arrows."""

    width: int
    height: int
    boxes: Mapping[str, tuple[int, int, int, int]]
    arrows: tuple[Arrow, ...]


def laid_out(process: Process) -> tuple[Layout, Layout]:
    """The drawing of a process for a wide screen, and that for a narrow one."""
    ways = [way for way in process.every_way() if way.moves]
    adverse = {way.to for way in ways if way.transition.is_contestable}
    ends = [name for name, state in process.states.items() if state.ends]
    # Of two endings as far away, the main line leads to the one that people wish for.
    ends.sort(key=adverse.__contains__)
    spots = lanes(
        tuple(process.states),
        {(way.origin, way.to) for way in ways},
        ends,
        {(way.origin, way.to) for way in ways if way.returns},
    )
    edges = sorted({(way.origin, way.to) for way in ways if way.origin != START})
    return _drawn(spots, edges, WIDE), _drawn(_beside(spots), edges, TALL)


def lanes(
    states: Sequence[str], edges: Collection[Edge], ends: Sequence[str], back: Collection[Edge]
) -> dict[str, Spot]:
    """The place of each state; of none two are less than a column apart in one lane.

    `states` come as a candidature meets them; `back` are the edges that only lead where it has
    been before.
    """
    forth = [edge for edge in edges if edge not in back]
    spine = _spine(states, forth, ends or states)
    at: dict[str, Spot] = {state: (float(place), 0) for place, state in enumerate(spine)}
    for state in states:
        if state not in at and state not in ends:
            before = max((at[a][0] for a, b in forth if b == state and a in spine), default=0.0)
            after = [at[b][0] for a, b in forth if a == state and b in spine]
            later = min((column for column in after if column > before), default=before + 1)
            at[state] = _free((before + later) / 2, at)
    # Those that most arrows reach come first: what stands farther off, few have to pass by others.
    busy = Counter(state for edge in edges for state in edge)
    left = sorted((one for one in states if one not in at), key=lambda one: -busy[one])
    lane, most = 1, max(1, len(spine) - 1)
    while left:
        # One column stays free, so that there is something to choose; every second lane is set off
        # by half a column, so that arrows reach it between the boxes of the one above.
        row, left, aside = left[:most], left[most:], (lane - 1) % 2 / 2
        at |= {one: (column + aside, lane) for one, column in _columns(row, edges, at).items()}
        lane += 1
    return at


def _reached(edges: Collection[Edge], without: str = "") -> set[str]:
    seen, waiting = {START}, [START]
    while waiting:
        here = waiting.pop()
        new = {b for a, b in edges if a == here and b != without} - seen
        seen |= new
        waiting += new
    return seen


def _spine(states: Sequence[str], edges: Collection[Edge], ends: Iterable[str]) -> list[str]:
    """What nobody can skip on the way to the ending that has the most of it, in that order."""
    without = {state: _reached(edges, state) for state in states}
    reached = _reached(edges)

    def dominators(end: str) -> list[str]:
        return [one for one in states if one == end or (end in reached and end not in without[one])]

    longest = max(map(dominators, ends), key=len, default=[])
    return sorted(longest, key=lambda state: len(dominators(state)))


def _free(column: float, at: Mapping[str, Spot]) -> Spot:
    """The nearest lane above in which nobody stands at a column, or close to it."""
    lane = -1
    while any(one == lane and abs(other - column) < 1 for other, one in at.values()):
        lane -= 1
    return column, lane


def _columns(row: Sequence[str], edges: Collection[Edge], at: Mapping[str, Spot]) -> dict[str, int]:
    """Columns for the states of one lane: the fewest crossings, then the shortest arrows.

    Two change places, or one goes to a free column, as long as that makes it better.
    """
    count = max(len(row), *(int(column) + 1 for column, _lane in at.values())) if at else len(row)
    wires = {
        state: [at[a][0] for a, b in edges if b == state and a in at]
        + [at[b][0] for a, b in edges if a == state and b in at]
        for state in row
    }

    def cost(places: Sequence[str]) -> float:
        ends = [
            (from_, column)
            for column, state in enumerate(places)
            for from_ in (wires[state] if state else ())
        ]
        crossed = sum((p - r) * (q - t) < 0 for (p, q), (r, t) in combinations(ends, 2))
        return crossed + sum(abs(p - q) for p, q in ends)

    places = [*row, *[""] * (count - len(row))]
    best = cost(places)
    better = True
    while better:
        better = False
        for one, other in combinations(range(count), 2):
            tried = [*places]
            tried[one], tried[other] = tried[other], tried[one]
            if (found := cost(tried)) < best:
                places, best, better = tried, found, True
    return {state: column for column, state in enumerate(places) if state}


def _beside(spots: Mapping[str, Spot]) -> dict[str, Spot]:
    """The places of a narrow drawing: the main line, and all the others in one lane beside it."""
    rest = sorted((column, lane < 0, state) for state, (column, lane) in spots.items() if lane != 0)
    found = {state: spot for state, spot in spots.items() if spot[1] == 0}
    longest = max(len(found) - len(rest), 0)
    after = 0.0
    for place, (column, _above, state) in enumerate(rest):
        # Never so late that those that follow would not find room beside the main line.
        after = max(after, min(column, longest + place))
        found[state] = (after, 1)
        after += 1
    return {state: found[state] for state in spots}


class _Box(Struct, frozen=True):
    """A box in two measures: along the main line, and across it."""

    along: float
    across: float
    lane: int


def _drawn(spots: Mapping[str, Spot], edges: Sequence[Edge], shape: DrawingSizes) -> Layout:
    first = min((lane for _column, lane in spots.values()), default=0)
    boxes = {
        state: _Box(
            shape.room + column * shape.step[0], shape.room + (lane - first) * shape.step[1], lane
        )
        for state, (column, lane) in spots.items()
    }
    ends = (
        max((getattr(box, way) for box in boxes.values()), default=0) + shape.box[place]
        for place, way in enumerate(("along", "across"))
    )
    along, across = (round(end) + shape.room for end in ends)
    placed = {
        state: (*_turned(shape, box.along, box.across), *_turned(shape, *shape.box))
        for state, box in boxes.items()
    }
    width, height = _turned(shape, along, across)
    return Layout(width, height, placed, tuple(_arrows(boxes, edges, shape)))


def _turned(shape: DrawingSizes, along: float, across: float) -> tuple[int, int]:
    return (round(across), round(along)) if shape.turned else (round(along), round(across))


Port = tuple[str, str]
"""A state and a side of its box: `fore` and `aft` along the main line, `over` and `under` it."""


def _sides(boxes: Mapping[str, _Box], edge: Edge) -> tuple[str, str]:
    """The sides that an arrow leaves and enters."""
    origin, to = (boxes[state] for state in edge)
    if origin.lane != to.lane:
        return ("under", "over") if origin.lane < to.lane else ("over", "under")
    between = (
        box.lane == origin.lane and origin.along < box.along < to.along for box in boxes.values()
    )
    if origin.along < to.along and not any(between):
        return "fore", "aft"
    return ("over", "over") if origin.lane <= 0 else ("under", "under")


def _arrows(
    boxes: Mapping[str, _Box], edges: Sequence[Edge], shape: DrawingSizes
) -> Iterator[Arrow]:
    sides = {edge: _sides(boxes, edge) for edge in edges}
    ports: dict[Port, list[tuple[float, float, Edge, int]]] = {}
    for edge, pair in sides.items():
        for end, side in enumerate(pair):
            other = boxes[edge[1 - end]]
            far = (other.along, other.across)
            # In the order of the other ends: arrows then do not cross where they begin.
            order = far if side in ("over", "under") else (far[1], far[0])
            ports.setdefault((edge[end], side), []).append((*order, edge, end))
    at: dict[tuple[Edge, int], tuple[float, float]] = {}
    for (state, side), found in ports.items():
        for place, (_along, _across, edge, end) in enumerate(sorted(found), 1):
            at[edge, end] = _port(boxes[state], side, place / (len(found) + 1), shape)
    for edge in edges:
        points = _bent(at[edge, 0], at[edge, 1], sides[edge], shape)
        begin, *rest = (" ".join(map(str, _turned(shape, *point))) for point in points)
        yield Arrow(*edge, f"M {begin} C {', '.join(rest)}")


def _port(box: _Box, side: str, share: float, shape: DrawingSizes) -> tuple[float, float]:
    long, deep = shape.box
    match side:
        case "fore":
            return box.along + long, box.across + deep * share
        case "aft":
            return box.along, box.across + deep * share
        case "over":
            return box.along + long * share, box.across
        case _:
            return box.along + long * share, box.across + deep


def _bent(
    begin: tuple[float, float],
    end: tuple[float, float],
    sides: tuple[str, str],
    shape: DrawingSizes,
) -> Iterator[tuple[float, float]]:
    """The four points of a curve that leaves and enters its boxes straight."""
    yield begin
    if sides == ("fore", "aft"):
        half = (end[0] - begin[0]) / 2
        yield begin[0] + half, begin[1]
        yield end[0] - half, end[1]
    elif sides[0] == sides[1]:
        out = min(shape.room, _SPREAD + abs(end[0] - begin[0]) / 12) * 4 / 3
        across = begin[1] - out if sides[0] == "over" else begin[1] + out
        yield begin[0], across
        yield end[0], across
    else:
        half = (end[1] - begin[1]) / 2
        yield begin[0], begin[1] + half
        yield end[0], end[1] - half
    yield end
