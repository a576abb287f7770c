"""The graph of states laid out in lanes: as BPMN and as Mermaid.

The dominators of the farthest ending are what nobody can skip on the way to it: they make the main
line. Other states in which one goes on stand on one side of it, endings on the other, in the
columns that make for the fewest crossings. The same places give two shapes: along a wide screen,
and down a narrow one.

A transition is a task; a state is the gateway where the ways out of it part, or its end. It is no
event in between: programs that mine logs leave such events out, and what follows them with it.
Control flow alone: what the rules ask is told in the documentation of each task, for people.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import combinations, pairwise
from math import floor
from typing import Any
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from msgspec import Struct

from ptce_workflow.base.runtime import VERSION
from ptce_workflow.base.words import _
from ptce_workflow.office.page import clean
from ptce_workflow.process.explain import General
from ptce_workflow.process.model.definition import START
from ptce_workflow.process.process import Edge, Process

StatePair = tuple[str, str]
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
    edges = [edge for edge in process.every_edge() if edge.moves]
    adverse = {edge.to for edge in edges if edge.transition.is_contestable}
    ends = [name for name, state in process.states.items() if state.ends]
    # Of two endings as far away, the main line leads to the one that people wish for.
    ends.sort(key=adverse.__contains__)
    spots = lanes(
        tuple(process.states),
        {(edge.origin, edge.to) for edge in edges},
        ends,
        {(edge.origin, edge.to) for edge in edges if edge.returns},
    )
    arcs = sorted({(edge.origin, edge.to) for edge in edges if edge.origin != START})
    return _drawn(spots, arcs, WIDE), _drawn(_beside(spots), arcs, TALL)


def lanes(
    states: Sequence[str],
    arcs: Collection[StatePair],
    ends: Sequence[str],
    back: Collection[StatePair],
) -> dict[str, Spot]:
    """The lane of each state, two columns apart at least; `back` edges lead back."""
    forth = [arc for arc in arcs if arc not in back]
    spine = _spine(states, forth, ends or states)
    at: dict[str, Spot] = {state: (float(place), 0) for place, state in enumerate(spine)}
    for state in states:
        if state not in at and state not in ends:
            before = max((at[a][0] for a, b in forth if b == state and a in spine), default=0.0)
            after = [at[b][0] for a, b in forth if a == state and b in spine]
            later = min((column for column in after if column > before), default=before + 1)
            # The nearest lane above in which nobody stands at that column, or close to it.
            column, above = (before + later) / 2, -1
            while any(one == above and abs(other - column) < 1 for other, one in at.values()):
                above -= 1
            at[state] = column, above
    # Those that most arrows reach come first: what stands farther off, few have to pass by others.
    busy = Counter(state for arc in arcs for state in arc)
    left = sorted((one for one in states if one not in at), key=lambda one: -busy[one])
    lane, most = 1, max(1, len(spine) - 1)
    while left:
        # One column stays free, so that there is something to choose; every second lane is set off
        # by half a column, so that arrows reach it between the boxes of the one above.
        row, left, aside = left[:most], left[most:], (lane - 1) % 2 / 2
        at |= {one: (column + aside, lane) for one, column in _columns(row, arcs, at).items()}
        lane += 1
    return at


def _reached(arcs: Collection[StatePair], without: str = "") -> set[str]:
    seen, waiting = {START}, [START]
    while waiting:
        here = waiting.pop()
        new = {b for a, b in arcs if a == here and b != without} - seen
        seen |= new
        waiting += new
    return seen


def _spine(states: Sequence[str], arcs: Collection[StatePair], ends: Iterable[str]) -> list[str]:
    """What nobody can skip on the way to the ending that has the most of it, in that order."""
    without = {state: _reached(arcs, state) for state in states}
    reached = _reached(arcs)

    def dominators(end: str) -> list[str]:
        return [one for one in states if one == end or (end in reached and end not in without[one])]

    longest = max(map(dominators, ends), key=len, default=[])
    return sorted(longest, key=lambda state: len(dominators(state)))


def _columns(
    row: Sequence[str], arcs: Collection[StatePair], at: Mapping[str, Spot]
) -> dict[str, int]:
    """Columns for the states of a lane: fewest crossings, then shortest arrows."""
    count = max(len(row), *(int(column) + 1 for column, _lane in at.values())) if at else len(row)
    wires = {
        state: [at[a][0] for a, b in arcs if b == state and a in at]
        + [at[b][0] for a, b in arcs if a == state and b in at]
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
            if (changed := cost(tried)) < best:
                places, best, better = tried, changed, True
    return {state: column for column, state in enumerate(places) if state}


def _beside(spots: Mapping[str, Spot]) -> dict[str, Spot]:
    """The places of a narrow drawing: the main line, and all the others in one lane beside it."""
    rest = sorted((column, lane < 0, state) for state, (column, lane) in spots.items() if lane != 0)
    places = {state: spot for state, spot in spots.items() if spot[1] == 0}
    longest = max(len(places) - len(rest), 0)
    after = 0.0
    for place, (column, _above, state) in enumerate(rest):
        # Never so late that those that follow would not find room beside the main line.
        after = max(after, min(column, longest + place))
        places[state] = (after, 1)
        after += 1
    return {state: places[state] for state in spots}


class _Box(Struct, frozen=True):
    """A box in two measures: along the main line, and across it."""

    along: float
    across: float
    lane: int


def _drawn(spots: Mapping[str, Spot], arcs: Sequence[StatePair], shape: DrawingSizes) -> Layout:
    first = min((lane for _column, lane in spots.values()), default=0)
    boxes = {
        state: _Box(
            shape.room + column * shape.step[0], shape.room + (lane - first) * shape.step[1], lane
        )
        for state, (column, lane) in spots.items()
    }
    ends = (
        max((getattr(box, edge) for box in boxes.values()), default=0) + shape.box[place]
        for place, edge in enumerate(("along", "across"))
    )
    along, across = (round(end) + shape.room for end in ends)
    placed = {
        state: (*_turned(shape, box.along, box.across), *_turned(shape, *shape.box))
        for state, box in boxes.items()
    }
    width, height = _turned(shape, along, across)
    return Layout(width, height, placed, tuple(_arrows(boxes, arcs, shape)))


def _turned(shape: DrawingSizes, along: float, across: float) -> tuple[int, int]:
    return (round(across), round(along)) if shape.turned else (round(along), round(across))


Port = tuple[str, str]
"""A state and a side of its box: `fore` and `aft` along the main line, `over` and `under` it."""


def _sides(boxes: Mapping[str, _Box], arc: StatePair) -> tuple[str, str]:
    origin, to = (boxes[state] for state in arc)
    if origin.lane != to.lane:
        return ("under", "over") if origin.lane < to.lane else ("over", "under")
    between = (
        box.lane == origin.lane and origin.along < box.along < to.along for box in boxes.values()
    )
    if origin.along < to.along and not any(between):
        return "fore", "aft"
    return ("over", "over") if origin.lane <= 0 else ("under", "under")


def _arrows(
    boxes: Mapping[str, _Box], arcs: Sequence[StatePair], shape: DrawingSizes
) -> Iterator[Arrow]:
    sides = {arc: _sides(boxes, arc) for arc in arcs}
    ports: dict[Port, list[tuple[float, float, StatePair, int]]] = {}
    for arc, pair in sides.items():
        for end, side in enumerate(pair):
            other = boxes[arc[1 - end]]
            far = (other.along, other.across)
            # In the order of the other ends: arrows then do not cross where they begin.
            order = far if side in ("over", "under") else (far[1], far[0])
            ports.setdefault((arc[end], side), []).append((*order, arc, end))
    at: dict[tuple[StatePair, int], tuple[float, float]] = {}
    for (state, side), ends in ports.items():
        box, (long, deep) = boxes[state], shape.box
        for place, (_along, _across, arc, end) in enumerate(sorted(ends), 1):
            share = place / (len(ends) + 1)
            if side in ("fore", "aft"):
                at[arc, end] = box.along + long * (side == "fore"), box.across + deep * share
            else:
                at[arc, end] = box.along + long * share, box.across + deep * (side == "under")
    for arc in arcs:
        points = _bent(at[arc, 0], at[arc, 1], sides[arc], shape)
        begin, *rest = (" ".join(map(str, _turned(shape, *point))) for point in points)
        yield Arrow(*arc, f"M {begin} C {', '.join(rest)}")


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


_NAMESPACES = {
    "xmlns:bpmn": "http://www.omg.org/spec/BPMN/20100524/MODEL",
    "xmlns:bpmndi": "http://www.omg.org/spec/BPMN/20100524/DI",
    "xmlns:dc": "http://www.omg.org/spec/DD/20100524/DC",
    "xmlns:di": "http://www.omg.org/spec/DD/20100524/DI",
    "xmlns:xsi": "http://www.w3.org/2001/XMLSchema-instance",
}
_GATEWAY, _START, _END = "exclusiveGateway", "startEvent", "endEvent"
# Where what belongs to a state stands in its cell, from the left; and how large each is.
_FIRST, _STATE, _TASK, _CELL = 0, 90, 290, 420
_SIZES = {_GATEWAY: (50, 50), "userTask": (130, 80), "task": (130, 80)}
_SIZE_OF_EVENT = (36, 36)
_STEP = 110
"""From one task of a state to the next one below."""
_GAP, _TRACK = 60, 12
"""The room between cells, and what each line that runs through it adds."""

Point = tuple[int, int]
Track = tuple[str, int, str]
"""A line between cells: across or along, before which column or lane, on the way to which state."""


class _Node(Struct):
    """An element of the flow: `cell` is the state that has it, `row` its place in the cell."""

    id: str
    kind: str
    name: str
    cell: str
    left: int
    row: int = 0
    says: str = ""
    default: str = ""

    @property
    def size(self) -> Point:
        return _SIZES.get(self.kind, _SIZE_OF_EVENT)


class _Flow(Struct):
    """A sequence flow; `chosen` is the transition that takes it, where a gateway has several.

    `name` is the state in which whoever follows it stands, where no element is that state.
    """

    source: _Node
    target: _Node
    chosen: str = ""
    name: str = ""

    @property
    def id(self) -> str:
        """Its identifier: no two flows join the same elements."""
        return f"{self.source.id}--{self.target.id}"


def bpmn(process: Process, language: str) -> bytes:
    nodes, flows = _graph(process, language)
    contest = process.definition.config.contest
    root = Element("bpmn:definitions", _NAMESPACES)
    root.attrib |= {"id": "definitions", "targetNamespace": f"urn:ptce:{contest.id}"}
    root.attrib |= {"expressionLanguage": "https://cel.dev"}
    root.attrib |= {"exporter": "ptce_workflow", "exporterVersion": VERSION}
    attributes = {"id": "process", "name": contest.title.in_(language), "isExecutable": "true"}
    model = SubElement(root, "bpmn:process", attributes)
    text = _("Process {hash}").format(hash=process.hash)
    SubElement(model, "bpmn:documentation").text = text
    for node in nodes:
        element = SubElement(model, f"bpmn:{node.kind}", {"id": node.id})
        if node.name:
            element.set("name", clean(node.name))
        if node.default:
            element.set("default", node.default)
        if node.says:
            SubElement(element, "bpmn:documentation").text = clean(node.says)
        for flow in flows:
            if flow.target is node:
                SubElement(element, "bpmn:incoming").text = flow.id
        for flow in flows:
            if flow.source is node:
                SubElement(element, "bpmn:outgoing").text = flow.id
    for flow in flows:
        attributes = {"id": flow.id, "sourceRef": flow.source.id, "targetRef": flow.target.id}
        written = SubElement(model, "bpmn:sequenceFlow", attributes)
        if flow.chosen or flow.name:
            written.set("name", clean(flow.chosen or flow.name))
        if flow.chosen:
            kind = {"xsi:type": "bpmn:tFormalExpression"}
            asked = SubElement(written, "bpmn:conditionExpression", kind)
            asked.text = f'transition == "{flow.chosen}"'
    _draw(root, nodes, flows, _Places(process, nodes, flows))
    indent(root)
    return bytes(tostring(root, encoding="utf-8", xml_declaration=True)) + b"\n"


def _graph(process: Process, language: str) -> tuple[list[_Node], list[_Flow]]:
    rules = General(process, language)
    edges = [edge for edge in process.every_edge() if edge.moves]
    parts = {state: _state(process, language, state, edges) for state in (START, *process.states)}
    nodes, flows = [], [_Flow(a, b) for own in parts.values() for a, b in pairwise(own)]
    tasks: dict[str, list[_Node]] = {}
    for state, own in parts.items():
        nodes += own
        if own and own[-1].kind == _GATEWAY and _ends(process, state):
            end = _Node(f"{state}-end", _END, own[-1].name, state, _TASK)
            own[-1].default = f"{own[-1].id}--{end.id}"
            nodes.append(end)
            flows.append(_Flow(own[-1], end))
        above = sum(node.left == _TASK for node in nodes if node.cell == state)
        mine = [edge for edge in edges if edge.origin == state]
        tasks[state] = [_task(edge, row, language, rules) for row, edge in enumerate(mine, above)]
        nodes += tasks[state]
        several = bool(own) and own[-1].id == state and own[-1].kind == _GATEWAY
        for edge, task in zip(mine, tasks[state], strict=True):
            if own:
                flows.append(_Flow(own[-1], task, edge.name if several else ""))
    for edge in edges:
        (task,) = (one for one in tasks[edge.origin] if one.id == f"{edge.origin}.{edge.name}")
        if parts[edge.to]:
            flows.append(_Flow(task, parts[edge.to][0]))
        else:
            label = process.states[edge.to].label.in_(language)
            flows.append(_Flow(task, tasks[edge.to][0], name=label))
    return nodes, flows


def _ends(process: Process, state: str) -> bool:
    return state in process.states and process.states[state].ends


def _state(process: Process, language: str, state: str, edges: Iterable[Edge]) -> list[_Node]:
    """The elements of a state: a gateway in, and one out, unless a single edge."""
    into = sum(edge.to == state for edge in edges)
    out = sum(edge.origin == state for edge in edges)
    ends = _ends(process, state)
    name = _("Start") if state == START else process.states[state].label.in_(language)
    own = []
    if state == START:
        own.append(_Node(f"{state}-event", _START, name, state, _FIRST))
    if ends and not out:
        own.append(_Node(state, _END, name, state, _STATE))
    elif out + ends > 1:
        own.append(_Node(state, _GATEWAY, name, state, _STATE))
    if into > 1:
        own.insert(0, _Node(f"{state}-in", _GATEWAY, "", state, _FIRST))
    return own


def _task(edge: Edge, row: int, language: str, rules: General) -> _Node:
    """A transition; what time alone makes is no person's task."""
    kind = "userTask" if edge.transition.by or edge.transition.at is None else "task"
    says = "\n".join(f"- {rules.sentence(rule)}" for rule in edge.rules.values())
    name = edge.transition.label.in_(language)
    return _Node(f"{edge.origin}.{edge.name}", kind, name, edge.origin, _TASK, row, says)


class _Places:
    """Where everything stands: a cell for each state, and between the cells room for the lines.

    The lines to one state share theirs, so that they read as one that gathers.
    """

    def __init__(self, process: Process, nodes: Iterable[_Node], flows: Iterable[_Flow]) -> None:
        ends = [name for name, state in process.states.items() if state.ends]
        edges = [edge for edge in process.every_edge() if edge.moves]
        # The main line is the way that most take: what leads out of an ending is none of it.
        back = [(edge.origin, edge.to) for edge in edges if edge.returns or edge.origin in ends]
        arcs = [(edge.origin, edge.to) for edge in edges]
        at = {START: (-1.0, 0), **lanes(tuple(process.states), arcs, ends, back)}
        rows = sorted({lane for _column, lane in at.values()})
        # None of two are less than a column apart in one lane: halves stand in the one before.
        self._cells = {
            state: (floor(column) + 1, rows.index(lane)) for state, (column, lane) in at.items()
        }
        columns = range(max(column for column, _row in self._cells.values()) + 1)
        self._tracks: dict[tuple[str, int], list[str]] = {}
        for flow in flows:
            for across, line, state in self._passes(flow):
                there = self._tracks.setdefault((across, line), [])
                if state not in there:
                    there.append(state)
        heights = [1] * len(rows)
        for node in nodes:
            row = self._cells[node.cell][1]
            heights[row] = max(heights[row], node.row + 1)
        self._left = self._from("x", [_CELL] * len(columns))
        self._top = self._from("y", [height * _STEP for height in heights])

    def _from(self, across: str, sizes: list[int]) -> list[int]:
        """Where each column or lane begins, the lines before it and the cells before those."""
        starts, here = [], 0
        for line, size in enumerate([*sizes, 0]):
            here += _GAP + _TRACK * len(self._tracks.get((across, line), ()))
            starts.append(here)
            here += size
        return starts

    def _passes(self, flow: _Flow) -> Iterator[Track]:
        """The lines between cells that a flow runs along: down, aside, and to its state."""
        if flow.source.cell == flow.target.cell and flow.source.left < flow.target.left:
            return
        (column, _row), (to, lane) = self._cells[flow.source.cell], self._cells[flow.target.cell]
        yield "x", column + 1, flow.target.cell
        if to != column + 1:
            yield "y", lane, flow.target.cell
            yield "x", to, flow.target.cell

    def _track(self, track: Track) -> int:
        across, line, state = track
        begins = (self._left if across == "x" else self._top)[line]
        return begins - _GAP // 2 - _TRACK * self._tracks[across, line].index(state)

    def box(self, node: _Node) -> tuple[int, int, int, int]:
        column, lane = self._cells[node.cell]
        width, height = node.size
        middle = self._top[lane] + _STEP // 2 + node.row * _STEP
        return self._left[column] + node.left, middle - height // 2, width, height

    def line(self, flow: _Flow) -> list[Point]:
        x, y, width, height = self.box(flow.source)
        left, top, _width, tall = self.box(flow.target)
        begins, ends = (x + width, y + height // 2), (left, top + tall // 2)
        turns = [self._track(track) for track in self._passes(flow)]
        if not turns:
            if flow.target.row == 0:
                return [begins, ends]
            below = x + width // 2
            return [(below, y + height), (below, ends[1]), ends]
        drawn = [begins]
        for place, turn in enumerate(turns):
            drawn.append((turn, drawn[-1][1]) if place % 2 == 0 else (drawn[-1][0], turn))
        return [*drawn, (drawn[-1][0], ends[1]), ends]


def _draw(root: Element, nodes: list[_Node], flows: list[_Flow], places: _Places) -> None:
    diagram = SubElement(root, "bpmndi:BPMNDiagram", {"id": "diagram"})
    plane = SubElement(diagram, "bpmndi:BPMNPlane", {"id": "plane", "bpmnElement": "process"})
    for node in nodes:
        attributes = {"id": f"{node.id}-shape", "bpmnElement": node.id}
        if node.kind == _GATEWAY:
            attributes["isMarkerVisible"] = "true"
        left, top, width, height = places.box(node)
        shape = SubElement(plane, "bpmndi:BPMNShape", attributes)
        _bounds(shape, left, top, width, height)
        if node.kind == _GATEWAY and node.name:
            # Above it: what leads on leaves at its right and below.
            label = SubElement(shape, "bpmndi:BPMNLabel")
            _bounds(label, left - 25, top - 18, width + 50, 14)
    for flow in flows:
        attributes = {"id": f"{flow.id}-edge", "bpmnElement": flow.id}
        arc = SubElement(plane, "bpmndi:BPMNEdge", attributes)
        for x, y in places.line(flow):
            SubElement(arc, "di:waypoint", {"x": str(x), "y": str(y)})
        if flow.chosen:
            left, top, _width, height = places.box(flow.target)
            room = _TASK - _STATE - _SIZES[_GATEWAY][0] // 2 - _TRACK
            label = SubElement(arc, "bpmndi:BPMNLabel")
            _bounds(label, left - room + _TRACK, top + height // 2 - 16, room - 2 * _TRACK, 14)


def _bounds(shape: Element, left: int, top: int, width: int, height: int) -> None:
    sizes = {"x": left, "y": top, "width": width, "height": height}
    SubElement(shape, "dc:Bounds", {name: str(size) for name, size in sizes.items()})


def mermaid(process: Process, language: str) -> str:
    """A Mermaid `stateDiagram-v2` of a process, an arrow for two states."""
    # Drawing loads parts of the library that deciding does not need.
    from transitions.extensions import GraphMachine
    from transitions.extensions.diagrams_mermaid import Graph

    machine = GraphMachine(
        model=None,
        states=[START, *process.states],
        initial=None,
        auto_transitions=False,
        graph_engine="mermaid",
        transitions=[
            {
                "trigger": edge.name,
                "source": edge.origin,
                "dest": edge.to,
                "label": edge.transition.label.in_(language),
            }
            for edge in process.every_edge()
            if edge.moves
        ],
    )
    title = process.definition.config.contest.title.in_(language)
    graph: Any = Graph
    drawn = graph(machine).get_graph(title=title).source
    return "\n".join(_dressed(process, language, drawn.splitlines())) + "\n"


def _dressed(process: Process, language: str, lines: list[str]) -> Iterator[str]:
    """The drawing with labels, and with Mermaid's own marks for where it begins and ends."""
    declared = {
        f'state "{name}" as {name}': f'state "{state.label.in_(language)}" as {name}'
        for name, state in process.states.items()
    }
    for line in lines:
        text = line.strip()
        if text.startswith(("classDef", "Class ", f'state "{START}"')):
            continue
        if text.startswith(f"{START} --> "):
            yield line.replace(START, "[*]", 1)
        else:
            yield line.replace(text, declared.get(text, text)).rstrip()
    for name, state in process.states.items():
        if state.ends:
            yield f"  {name} --> [*]"
    for request in process.definition.requests.values():
        answers = (transition.label.in_(language) for transition in request.transitions.values())
        note = f"{request.label.in_(language)}: {', '.join(answers)}"
        yield from (f"  note right of {name}: {note}" for name in request.windows)
