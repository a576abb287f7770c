"""The graph of states as BPMN 2.0, for modelling programs and for the mining of logs.

A transition is a task; a state is the gateway where the ways out of it part, or its end. It is no
event in between: programs that mine logs leave such events out, and what follows them with it.
Control flow alone: what the rules ask is told in the documentation of each task, for people.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise
from math import floor
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from msgspec import Struct

from ptce_workflow.base.runtime import VERSION
from ptce_workflow.base.words import _
from ptce_workflow.papers.report import clean
from ptce_workflow.process.explain import General
from ptce_workflow.process.layout import lanes
from ptce_workflow.process.machine import Way
from ptce_workflow.process.model.definition import START
from ptce_workflow.process.process import Process

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
        """Its width and its height."""
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
    """The states and transitions of a process as BPMN 2.0, with a picture of them."""
    nodes, flows = _graph(process, language)
    contest = process.definition.config.contest
    root = Element("bpmn:definitions", _NAMESPACES)
    root.attrib |= {"id": "definitions", "targetNamespace": f"urn:ptce:{contest.id}"}
    root.attrib |= {"expressionLanguage": "https://cel.dev"}
    root.attrib |= {"exporter": "ptce_workflow", "exporterVersion": VERSION}
    told = {"id": "process", "name": contest.title.in_(language), "isExecutable": "true"}
    model = SubElement(root, "bpmn:process", told)
    said = _("Process {hash}").format(hash=process.hash)
    SubElement(model, "bpmn:documentation").text = said
    for node in nodes:
        _write_node(model, node, flows)
    for flow in flows:
        _write_flow(model, flow)
    _draw(root, nodes, flows, _Places(process, nodes, flows))
    indent(root)
    return bytes(tostring(root, encoding="utf-8", xml_declaration=True)) + b"\n"


def _graph(process: Process, language: str) -> tuple[list[_Node], list[_Flow]]:
    """The elements and the flows."""
    rules = General(process, language)
    ways = [way for way in process.every_way() if way.moves]
    parts = {state: _state(process, language, state, ways) for state in (START, *process.states)}
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
        mine = [way for way in ways if way.origin == state]
        tasks[state] = [_task(way, row, language, rules) for row, way in enumerate(mine, above)]
        nodes += tasks[state]
        several = bool(own) and own[-1].id == state and own[-1].kind == _GATEWAY
        for way, task in zip(mine, tasks[state], strict=True):
            if own:
                flows.append(_Flow(own[-1], task, way.name if several else ""))
    for way in ways:
        (task,) = (one for one in tasks[way.origin] if one.id == f"{way.origin}.{way.name}")
        if parts[way.to]:
            flows.append(_Flow(task, parts[way.to][0]))
        else:
            label = process.states[way.to].label.in_(language)
            flows.append(_Flow(task, tasks[way.to][0], name=label))
    return nodes, flows


def _ends(process: Process, state: str) -> bool:
    return state in process.states and process.states[state].ends


def _state(process: Process, language: str, state: str, ways: Iterable[Way]) -> list[_Node]:
    """The elements of a state: where the ways into it meet, then where those out of it part.

    None where a single way leads to it, and a single one on.
    """
    into = sum(way.to == state for way in ways)
    out = sum(way.origin == state for way in ways)
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


def _task(way: Way, row: int, language: str, rules: General) -> _Node:
    """A transition; what time alone makes is no person's task."""
    kind = "userTask" if way.transition.by or way.transition.at is None else "task"
    says = "\n".join(f"- {rules.sentence(rule)}" for rule in way.rules.values())
    name = way.transition.label.in_(language)
    return _Node(f"{way.origin}.{way.name}", kind, name, way.origin, _TASK, row, says)


def _write_node(model: Element, node: _Node, flows: Iterable[_Flow]) -> None:
    written = SubElement(model, f"bpmn:{node.kind}", {"id": node.id})
    if node.name:
        written.set("name", clean(node.name))
    if node.default:
        written.set("default", node.default)
    if node.says:
        SubElement(written, "bpmn:documentation").text = clean(node.says)
    for flow in flows:
        if flow.target is node:
            SubElement(written, "bpmn:incoming").text = flow.id
    for flow in flows:
        if flow.source is node:
            SubElement(written, "bpmn:outgoing").text = flow.id


def _write_flow(model: Element, flow: _Flow) -> None:
    told = {"id": flow.id, "sourceRef": flow.source.id, "targetRef": flow.target.id}
    written = SubElement(model, "bpmn:sequenceFlow", told)
    if flow.chosen or flow.name:
        written.set("name", clean(flow.chosen or flow.name))
    if flow.chosen:
        kind = {"xsi:type": "bpmn:tFormalExpression"}
        asked = SubElement(written, "bpmn:conditionExpression", kind)
        asked.text = f'transition == "{flow.chosen}"'


class _Places:
    """Where everything stands: a cell for each state, and between the cells room for the lines.

    The lines to one state share theirs, so that they read as one that gathers.
    """

    def __init__(self, process: Process, nodes: Iterable[_Node], flows: Iterable[_Flow]) -> None:
        ends = [name for name, state in process.states.items() if state.ends]
        ways = [way for way in process.every_way() if way.moves]
        # The main line is the way that most take: what leads out of an ending is none of it.
        back = [(way.origin, way.to) for way in ways if way.returns or way.origin in ends]
        edges = [(way.origin, way.to) for way in ways]
        at = {START: (-1.0, 0), **lanes(tuple(process.states), edges, ends, back)}
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
        found, here = [], 0
        for line, size in enumerate([*sizes, 0]):
            here += _GAP + _TRACK * len(self._tracks.get((across, line), ()))
            found.append(here)
            here += size
        return found

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
        """The left, the top, the width and the height of an element."""
        column, lane = self._cells[node.cell]
        width, height = node.size
        middle = self._top[lane] + _STEP // 2 + node.row * _STEP
        return self._left[column] + node.left, middle - height // 2, width, height

    def line(self, flow: _Flow) -> list[Point]:
        """The points through which a flow is drawn."""
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
    """The picture, which modelling programs show."""
    diagram = SubElement(root, "bpmndi:BPMNDiagram", {"id": "diagram"})
    plane = SubElement(diagram, "bpmndi:BPMNPlane", {"id": "plane", "bpmnElement": "process"})
    for node in nodes:
        told = {"id": f"{node.id}-shape", "bpmnElement": node.id}
        if node.kind == _GATEWAY:
            told["isMarkerVisible"] = "true"
        left, top, width, height = places.box(node)
        shape = SubElement(plane, "bpmndi:BPMNShape", told)
        _bounds(shape, left, top, width, height)
        if node.kind == _GATEWAY and node.name:
            # Above it: what leads on leaves at its right and below.
            label = SubElement(shape, "bpmndi:BPMNLabel")
            _bounds(label, left - 25, top - 18, width + 50, 14)
    for flow in flows:
        told = {"id": f"{flow.id}-edge", "bpmnElement": flow.id}
        edge = SubElement(plane, "bpmndi:BPMNEdge", told)
        for x, y in places.line(flow):
            SubElement(edge, "di:waypoint", {"x": str(x), "y": str(y)})
        if flow.chosen:
            left, top, _width, height = places.box(flow.target)
            room = _TASK - _STATE - _SIZES[_GATEWAY][0] // 2 - _TRACK
            label = SubElement(edge, "bpmndi:BPMNLabel")
            _bounds(label, left - room + _TRACK, top + height // 2 - 16, room - 2 * _TRACK, 14)


def _bounds(shape: Element, left: int, top: int, width: int, height: int) -> None:
    sizes = {"x": left, "y": top, "width": width, "height": height}
    SubElement(shape, "dc:Bounds", {name: str(size) for name, size in sizes.items()})
