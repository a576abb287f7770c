"""The graph of states laid out: the main line straight, no box over another, twice the same."""

import re
from itertools import combinations, pairwise
from pathlib import Path

import pytest

from ptce_workflow.app.locations import read_folder
from ptce_workflow.exports.diagram import Layout, laid_out, lanes
from ptce_workflow.process.model.definition import START
from ptce_workflow.process.process import Process

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = (ROOT, *sorted(one.parent for one in ROOT.glob("contests/**/config.toml")))
FOLDERS += tuple(ROOT / "tests" / name for name in ("small", "vote", "whole"))
MAIN_LINES = {
    ROOT.name: "draft submitted eligible scored selected accompanied ami_ready",
    "ami-permanent": "draft submitted labelled returned",
    "aap-national": "draft submitted regional national scored laureate funded closed",
    "jardins": "draft eligible scored granted",
}


def process_of(folder: Path) -> Process:
    return Process.load(read_folder(folder))


def overlapping(layout: Layout) -> list[tuple[str, str]]:
    """The states whose boxes cover each other, and those that reach out of the drawing."""
    covered = [
        (one, other)
        for (one, (x, y, w, h)), (other, (p, q, u, v)) in combinations(layout.boxes.items(), 2)
        if x < p + u and p < x + w and y < q + v and q < y + h
    ]
    out = [
        (name, "")
        for name, (x, y, w, h) in layout.boxes.items()
        if x < 0 or y < 0 or x + w > layout.width or y + h > layout.height
    ]
    return covered + out


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda one: str(one.relative_to(ROOT)))
def test_no_overlap_and_stable(folder: Path) -> None:
    process = process_of(folder)
    drawn = laid_out(process)
    assert drawn == laid_out(process)
    for layout in drawn:
        assert overlapping(layout) == []
        assert set(layout.boxes) == set(process.states)
        edges = {(edge.origin, edge.to) for edge in process.every_edge() if edge.moves}
        assert [(one.origin, one.to) for one in layout.arrows] == sorted(
            edge for edge in edges if edge[0] != START
        )
        for arrow in layout.arrows:
            points = [int(one) for one in re.findall(r"-?[0-9]+", arrow.path)]
            for along, most in ((points[0::2], layout.width), (points[1::2], layout.height)):
                begin, near, far, end = along
                assert 0 <= (begin + 3 * near + 3 * far + end) / 8 <= most
            for state, (x, y) in ((arrow.origin, points[:2]), (arrow.to, points[-2:])):
                left, top, width, height = layout.boxes[state]
                on_border = x in (left, left + width) or y in (top, top + height)
                assert on_border
                assert left <= x <= left + width
                assert top <= y <= top + height


@pytest.mark.parametrize("name", MAIN_LINES)
def test_main_line(name: str) -> None:
    """What nobody can skip on the way to the farthest ending stands on one straight line."""
    [folder] = [one for one in FOLDERS if one.name == name]
    wide, tall = laid_out(process_of(folder))
    main = MAIN_LINES[name].split()
    lefts, tops = ([layout.boxes[one] for one in main] for layout in (wide, tall))
    assert len({top for _left, top, *_size in lefts}) == 1
    assert all(one[0] < other[0] for one, other in pairwise(lefts))
    assert len({left for left, *_rest in tops}) == 1
    assert all(one[1] < other[1] for one, other in pairwise(tops))


def test_odd_graphs() -> None:
    """Nothing to draw, one state alone, no ending, one that nobody reaches: each has its place."""
    assert lanes((), (), (), ()) == {}
    assert lanes(("a",), [(START, "a"), ("a", "a")], (), ()) == {"a": (0.0, 0)}
    round_ = [(START, "a"), ("a", "b"), ("b", "a")]
    assert lanes(("a", "b"), round_, (), ()) == {"a": (0.0, 0), "b": (1.0, 0)}
    assert set(lanes(("a", "b", "lost"), round_, ("lost",), ())) == {"a", "b", "lost"}


def test_many_endings() -> None:
    """More endings than the main line is long go on in the next lanes."""
    ends = [f"end{number}" for number in range(9)]
    edges = [(START, "a"), ("a", "b"), *(("b", end) for end in ends)]
    spots = lanes(("a", "b", *ends), edges, ends, ())
    assert len(set(spots.values())) == 11
    assert max(lane for _column, lane in spots.values()) == 4
