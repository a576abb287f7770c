"""The limits that change though the decisions of a sitting that was held have read them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from ptce_workflow.base.words import language
from ptce_workflow.process.explain import General
from ptce_workflow.process.process import Process, way_label


@dataclass(frozen=True, slots=True)
class LimitMoved:
    """A limit that changes though the decisions of a sitting read it: before, after, which one.

    `could` are those who could move now by a way that reads it, and could not, with its label.
    """

    limit: str
    before: str
    after: str
    sitting: str
    could: tuple[tuple[str, str], ...] = ()


Freed = tuple[str, str, str]
"""A reference, its state, and a transition that is allowed now and was not."""


def limits_moved(
    before: Process, after: Process, held: Iterable[str], freed: Sequence[Freed] = ()
) -> Iterator[LimitMoved]:
    """The limits that change, each with those of some sittings whose decisions read it before."""
    old, new = before.definition.config, after.definition.config
    for name, limit in old.limits.items():
        now = new.limits.get(name)
        if now is not None and (now.value, now.zone) == (limit.value, limit.zone):
            continue
        told = General(before, language()).of(f"limit.{name}")
        anew = "–" if now is None else General(after, language()).of(f"limit.{name}")
        could = tuple(
            (ref, way_label(after, state, way))
            for ref, state, way in freed
            if f"limit.{name}" in after.judge_of(after.ways(state)[way]).names
        )
        for sitting in held:
            if f"limit.{name}" in read_in(before, sitting):
                yield LimitMoved(name, told, anew, sitting, could)


def read_in(process: Process, name: str) -> frozenset[str]:
    """The names that the rules of the decisions of a sitting read."""
    ways = (way for way in process.every_way() if name in way.sittings)
    return frozenset(read for way in ways for read in process.judge_of(way, name).names)
