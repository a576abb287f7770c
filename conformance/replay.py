"""Replays a log of `ptce export --xes` on the diagram of `ptce diagram`, by a program of others.

    .venv-conformance/bin/python conformance/replay.py contest.bpmn contest.xes

pm4py is under the AGPL, and takes half a gigabyte: it lives in an environment of its own, and what
is shipped never imports it. Exits with 1 where an honest log does not fit, or a tampered one does.
"""

from __future__ import annotations

import contextlib
import io
import sys
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from copy import deepcopy
from typing import Any

ACTIVITY = "concept:name"
"""The key of what the diagram calls an event."""
NOTHING = ">>"
"""What an alignment holds where one side makes no step."""

_LONG_ENOUGH = 4
"""The events of a trace that every tampering leaves some of."""

Trace = list[dict[str, Any]]
HistoryEntry = tuple[Trace, Mapping[str, Any]]
"""A trace, and what the log tells of it as a whole."""
Tampering = Callable[[Trace], Trace]

TAMPERINGS: dict[str, Tampering] = {
    "a step left out": lambda trace: [*trace[:2], *trace[3:]],
    "a step that there is not": lambda trace: [*trace[:2], {**trace[2], ACTIVITY: "?"}, *trace[2:]],
    "two steps the other way round": lambda trace: [trace[0], trace[2], trace[1], *trace[3:]],
    "a step made twice": lambda trace: [*trace[:2], trace[1], *trace[2:]],
    "a step after the end": lambda trace: [*trace, trace[1]],
    "no beginning": lambda trace: trace[1:],
}


class Model:
    """The diagram as a net, and how a trace fits it."""

    def __init__(self, bpmn: str) -> None:
        self._net = pm4py.convert_to_petri_net(pm4py.read_bpmn(bpmn))
        self._names = {one.label for one in self._net[0].transitions if one.label}

    def misfits(self, trace: Trace, *, ended: bool) -> list[str]:
        """What of a trace does not fit; names first, which a replay by tokens would let through."""
        unknown = [event[ACTIVITY] for event in trace if event[ACTIVITY] not in self._names]
        if unknown:
            return [f"no task is called so: {name}" for name in unknown]
        moves = list(self._moves(trace))
        if not ended:
            # What is to come of a candidature under way is no deviation.
            while moves and moves[-1][0] == NOTHING:
                moves.pop()
        return [f"{log} / {model}" for log, model in moves if NOTHING in (log, model)]

    def _moves(self, trace: Trace) -> Iterator[tuple[str, str]]:
        """The steps of the log and of the net, side by side; silent ones left out."""
        alignment = self._aligned([trace])[0]["alignment"]
        return ((log, model) for log, model in alignment if model is not None)

    def fitness(self, traces: Iterable[Trace]) -> float:
        """The mean fitness of traces that have ended."""
        found = [float(one["fitness"]) for one in self._aligned(traces)]
        return sum(found) / len(found)

    def _aligned(self, traces: Iterable[Trace]) -> list[dict[str, Any]]:
        log = EventLog([PmTrace(map(PmEvent, trace)) for trace in traces])
        return list(
            pm4py.conformance_diagnostics_alignments(log, *self._net, activity_key=ACTIVITY)
        )


def main(bpmn: str, xes: str) -> int:
    """Judges a log and what tampering makes of it; 0 where both come out as they must."""
    model, wrong = Model(bpmn), 0
    log = pm4py.read_xes(xes, return_legacy_log_object=True)
    traces = {one.attributes["concept:name"]: (list(map(dict, one)), one.attributes) for one in log}
    whole = {ref: trace for ref, (trace, told) in traces.items() if told["ended"]}
    misfits = {ref: model.misfits(trace, ended=of["ended"]) for ref, (trace, of) in traces.items()}
    for ref, found in misfits.items():
        print(*(f"{ref}: {misfit}" for misfit in found), sep="\n", end="\n" if found else "")
        wrong += len(found)
    fit = sum(not found for found in misfits.values())
    print(f"{xes}: {fit} of {len(traces)} traces fit by {ACTIVITY}")
    if whole:
        fitness = model.fitness(whole.values())
        print(f"{len(whole)} have ended, fitness {fitness}")
        wrong += fitness != 1
    longest = max(traces, key=lambda ref: len(traces[ref][0]))
    if len(traces[longest][0]) < _LONG_ENOUGH:
        print(f"{xes}: too little has happened for it to be tampered with")
        return int(wrong > 0)
    return int(wrong + _tampered(model, traces, longest) > 0)


def _tampered(model: Model, traces: Mapping[str, HistoryEntry], ref: str) -> int:
    """How much tampering with one trace is not found."""
    wrong, (trace, told) = 0, traces[ref]
    whole = {one: events for one, (events, of) in traces.items() if of["ended"]}
    for name, tampering in TAMPERINGS.items():
        tampered = tampering(deepcopy(trace))
        misfits = model.misfits(tampered, ended=told["ended"])
        fitness = model.fitness((whole | {ref: tampered}).values())
        first = misfits[0] if misfits else "not found"
        print(f"{ref}, {name}: fitness {fitness:.4f}; {first}")
        wrong += not misfits or fitness >= 1
    return wrong


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    silence = io.StringIO()  # it greets
    with contextlib.redirect_stdout(silence), contextlib.redirect_stderr(silence):
        import pm4py
        from pm4py.objects.log.obj import Event as PmEvent
        from pm4py.objects.log.obj import EventLog
        from pm4py.objects.log.obj import Trace as PmTrace
        from pm4py.util import constants

    constants.SHOW_PROGRESS_BAR = False
    sys.exit(main(*sys.argv[1:]))
