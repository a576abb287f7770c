"""BPMN: a reader of others finds our states, our transitions and our ways through them."""

import re
from collections.abc import Iterator, Mapping
from itertools import combinations

import pytest
from defusedxml import ElementTree
from SpiffWorkflow.bpmn.parser.BpmnParser import BpmnParser, BpmnValidator
from SpiffWorkflow.bpmn.specs.bpmn_task_spec import BpmnTaskSpec

from ptce_workflow.app.locations import MODELS, bundled_contest, read_folder
from ptce_workflow.exports.diagram import bpmn
from ptce_workflow.process.model.definition import START
from ptce_workflow.process.process import Process

_DI = "{http://www.omg.org/spec/BPMN/20100524/DI}"
_DC = "{http://www.omg.org/spec/DD/20100524/DC}"

Track = tuple[str, ...]


@pytest.fixture(scope="module", params=MODELS)
def process(request: pytest.FixtureRequest) -> Process:
    """Each contest that is shipped."""
    return Process.load(read_folder(bundled_contest(request.param)))


def simple_paths(edges: Mapping[str, list[tuple[str, str]]], ends: set[str]) -> set[Track]:
    """The ways (`state.transition`) from the start to each ending, each state met once at most."""

    def onward(state: str, met: frozenset[str], path: Track) -> Iterator[Track]:
        if state in ends:
            yield path
        for name, to in edges.get(state, ()):
            if to not in met:
                yield from onward(to, met | {to}, (*path, f"{state}.{name}"))

    return set(onward(START, frozenset({START}), ()))


def ours(process: Process) -> set[Track]:
    edges: dict[str, list[tuple[str, str]]] = {}
    for edge in process.every_edge():
        if edge.moves:
            edges.setdefault(edge.origin, []).append((edge.name, edge.to))
    return simple_paths(edges, {name for name, one in process.states.items() if one.ends})


def theirs(drawn: bytes) -> set[Track]:
    """The paths of the same, as SpiffWorkflow reads it."""
    parser = BpmnParser(validator=BpmnValidator())
    parser.add_bpmn_str(drawn)
    found: set[Track] = set()

    def onward(element: BpmnTaskSpec, met: frozenset[str], path: Track) -> None:
        kind, name = type(element).__name__, element.bpmn_id
        if kind == "EndEvent":
            found.add(path)
            return
        if kind == "ExclusiveGateway" and not name.endswith("-in"):
            if name in met:
                return
            met |= {name}
        if kind in ("UserTask", "NoneTask"):
            path = (*path, name)
        for follows in element.outputs:
            onward(follows, met, path)

    onward(parser.get_spec("process").task_specs[f"{START}-event"], frozenset(), ())
    return found


def test_the_paths_are_ours(process: Process) -> None:
    paths = ours(process)
    assert len(paths) > 30
    assert theirs(bpmn(process, "fr")) == paths


def test_another_target_is_seen(process: Process) -> None:
    edge = next(
        edge for edge in process.every_edge() if edge.to != "draft" and edge.origin != START
    )
    flow = rf'(sourceRef="{edge.origin}\.{edge.name}" targetRef=")[^"]+'
    drawn, count = re.subn(flow, r"\1draft-in", bpmn(process, "fr").decode())
    assert count == 1
    assert theirs(drawn.encode()) != ours(process)


def test_the_picture_is_clear(process: Process) -> None:
    root = ElementTree.fromstring(bpmn(process, "en"))
    boxes = {
        shape.get("bpmnElement"): tuple(
            int(bounds.get(key, "")) for key in ("x", "y", "width", "height")
        )
        for shape in root.iter(f"{_DI}BPMNShape")
        for bounds in shape.findall(f"{_DC}Bounds")
    }
    model = root[0]
    nodes = [
        one
        for one in model
        if one.find("{*}incoming") is not None or one.find("{*}outgoing") is not None
    ]
    assert boxes.keys() == {one.get("id") for one in nodes}
    assert all(one.get("name") for one in nodes if not str(one.get("id")).endswith("-in"))
    for (x, y, width, height), (left, top, wide, tall) in combinations(boxes.values(), 2):
        assert x + width < left or left + wide < x or y + height < top or top + tall < y
    flows = {one.get("id"): one for one in model.findall("{*}sequenceFlow")}
    edges = {one.get("bpmnElement"): one for one in root.iter(f"{_DI}BPMNEdge")}
    assert flows.keys() == edges.keys()
    for name, edge in edges.items():
        points = [(int(p.get("x", "")), int(p.get("y", ""))) for p in edge.findall("{*}waypoint")]
        x, y, width, height = boxes[flows[name].get("sourceRef")]
        left, top, _wide, tall = boxes[flows[name].get("targetRef")]
        assert points[0] in {(x + width, y + height // 2), (x + width // 2, y + height)}
        assert points[-1] == (left, top + tall // 2)
