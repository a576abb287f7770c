"""The same contest with ten times the history: 200 candidatures, of some 6 lines or some 60.

The longer history is of dossiers submitted and given back over and over, and what they set off is
sent each time: a courier runs, as it does where people work. `advance`, `list` (the overview that
it prints) and `why` are asked of both in turn, through the library: start-up would hide the
difference.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from bench.mail import settings
from bench.measure import Found, Taken, in_turn
from bench.sink import Sink, sink
from bench.stage import Stage
from ptce_workflow.app.candidatures.advance import advance
from ptce_workflow.app.candidatures.overview import overview
from ptce_workflow.app.candidatures.why import why
from ptce_workflow.app.outbox.desk import messages, release
from ptce_workflow.scheduler.passes import tick

CANDIDATURES = 200
SHORT, LONG = 2, 29
"""How often each dossier is submitted and given back: 2 lines each time, after the first 2."""

ROUNDS = 200


def figures(folder: Path) -> Found:
    """`advance`, `list` and `why`, with a long history beside a short one."""
    folder.mkdir()
    with sink() as server:
        stages = {
            "short": _played(folder / "short", SHORT, server),
            "long": _played(folder / "long", LONG, server),
        }
    found = {}
    for what, work in (("advance", _advance), ("list", _list), ("why", _why)):
        taken = in_turn({name: work(stage) for name, stage in stages.items()}, ROUNDS)
        found[what] = Taken(taken["long"], taken["short"], ROUNDS)
    return found


def _played(folder: Path, times: int, server: Sink) -> Stage:
    # Half of the candidatures in an act, so that all of it happens while mails may leave.
    stage = Stage(folder, at_once=CANDIDATURES // 2)
    refs = stage.open(CANDIDATURES)
    for _time in range(times):
        stage.move(refs, "submit")
        stage.move(refs, "return_for_completion", reason="once more")
        _send(stage, server)
    return stage


def _send(stage: Stage, server: Sink) -> None:
    """Releases what a person would, and sends all that is due."""
    contest = stage.contest
    release(contest, [one.name for one in messages(contest, ["held"])])
    tick(contest, settings(server.port, 4))
    waiting = [one.name for one in messages(contest) if one.next_at <= stage.clock.now()]
    if waiting:
        raise RuntimeError(f"{len(waiting)} mails have not left: {waiting[:3]}")
    stage.pass_time()


def _advance(stage: Stage) -> Callable[[int], object]:
    refs = [brief.ref for brief in overview(stage.contest).briefs]
    return lambda round_: advance(stage.contest, [refs[round_ % len(refs)]], "submit")


def _list(stage: Stage) -> Callable[[int], object]:
    return lambda _round: overview(stage.contest)


def _why(stage: Stage) -> Callable[[int], object]:
    refs = [brief.ref for brief in overview(stage.contest).briefs]
    return lambda round_: why(stage.contest, refs[round_ % len(refs)])
