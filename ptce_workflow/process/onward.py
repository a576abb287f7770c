"""Which ways bring a candidature further, and which would have been better than another."""

from __future__ import annotations

from collections.abc import Iterator

from ptce_workflow.process.machine import Way
from ptce_workflow.process.process import Process


def leads_onward(process: Process, state: str, way: Way, *, timed: bool = False) -> bool:
    """True when people take a way to bring a candidature further, or time does where `timed`.

    Those back to a state that it has passed already do not, nor those out of several states. An
    answer to a request does, whatever it is.
    """
    back = state in process.states and way.to in process.states[state].must_pass
    return (
        (timed or bool(way.transition.by or way.decided))
        and (not way.moves or way.file == process.definition.state_file(state))
        and not back
    )


def better_ways(process: Process, made: Way, sitting: str | None = None) -> Iterator[Way]:
    """The ways that would have been better for a candidature than the one that was made.

    Where a sitting decides, those that it tries before; elsewhere, instead of a decision against
    the candidature or of its end, those that lead it further.
    """
    state, ways = made.origin, process.ways(made.origin)
    if sitting is not None:
        decides = process.definition.config.sittings[sitting].decides
        before = decides[: decides.index(made.name)] if made.name in decides else ()
        yield from (ways[name] for name in before if name in ways)
        return
    if not _is_against(process, made) or not leads_onward(process, state, made, timed=True):
        return
    for way in ways.values():
        if leads_onward(process, state, way) and not _is_against(process, way):
            yield way


def _is_against(process: Process, way: Way) -> bool:
    """True for a decision against a candidature, and for an end that is not in its favour."""
    ends = way.moves and process.states[way.to].ends
    return way.transition.is_contestable or (way.transition.decision is None and ends)
