"""The same six steps of a candidature, by ours and by what one would otherwise take.

A candidature that was opened with its dossier is submitted, given back, submitted again, examined,
found eligible, and withdrawn: six acts, each durable before the next begins. The others keep what
our lines and side rows hold of each act, and are asked for nothing else: no rule is judged, nothing
is chained. Opening is told apart: ours reads every answer and looks places up, which no other does.

- SpiffWorkflow has the dossier as data and runs six manual tasks in a line; before each the
  workflow is read from a row and deserialised, after it serialised and written back, as where
  people act days apart.
- DBOS runs one durable workflow a candidature, of six steps in a row, each of which returns what
  is kept. It is not given the dossier, and nobody is waited for: where people act, each step would
  begin with a message besides.
- `eventsourcing` has an aggregate that was opened with the dossier; it loads it, triggers the
  events of an act and saves it, six times.

Each has a process of its own, which is halted while it is not its turn, so that nobody's threads
disturb another; candidature by candidature they take turns. SQLite waits for the disk as
PostgreSQL does.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from itertools import groupby, pairwise
from operator import itemgetter
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING, Any, Protocol

from msgspec import to_builtins

from bench.bare import Driver
from bench.measure import Found, Taken, timed
from bench.servers import server
from bench.stage import Stage
from ptce_workflow.app.candidatures.advance import add_all, advance
from ptce_workflow.app.candidatures.record import Arrival, record
from ptce_workflow.ledger.line import decode

if TYPE_CHECKING:
    from bench.sourced import Candidature

CANDIDATURES = 60
WARM = 5
"""The first candidatures are not counted: they find nothing ready."""
STEPS = 6
Step = list[dict[str, Any]]
"""What one act has written: the kind, actor and data of each line, and what may be erased."""


class Peer(Protocol):
    """Another program that keeps candidatures."""

    def open(self, ref: str, dossier: Step) -> None:
        """Keeps what a candidature was opened with."""

    def play(self, ref: str, steps: list[Step]) -> None:
        """Keeps what followed, durably after each step."""


def figures(folder: Path) -> Found:
    """A step with each of them, on both databases."""
    folder.mkdir(parents=True)
    found: dict[str, Taken] = {}
    with server(folder / "server") as urls:
        for name in ("sqlite", "postgresql"):
            place = folder / name
            place.mkdir()
            beside = {
                peer: str(place / f"{peer}.db") if name == "sqlite" else urls(peer)
                for peer in KINDS
            }
            url = None if name == "sqlite" else urls("ours")
            ours = Stage(place / "contest", mails=False, url=url)
            taken = _in_turn(ours, beside)
            found[f"opening_{name}"] = Taken(taken["opening"], None, CANDIDATURES)
            for peer in beside:
                found[f"{peer}_{name}"] = Taken(taken["ours"], taken[peer], CANDIDATURES)
    return found


def _in_turn(stage: Stage, beside: Mapping[str, str]) -> dict[str, float]:
    """The median seconds of a step, ours and of the others, each at its own place; of opening."""
    seconds: dict[str, list[float]] = {name: [] for name in ("opening", "ours", *beside)}
    with ExitStack() as running:
        asked = {peer: running.enter_context(_Child(peer, at)) for peer, at in beside.items()}
        for number in range(WARM + CANDIDATURES):
            ref, opening, taken = _played(stage, number)
            seconds["opening"].append(opening)
            seconds["ours"].append(taken / STEPS)
            steps = _written(stage, ref)
            for peer, child in asked.items():
                seconds[peer].append(child.play(ref, steps) / STEPS)
    return {name: median(taken[WARM:]) for name, taken in seconds.items()}


def _played(stage: Stage, number: int) -> tuple[str, float, float]:
    """Plays a candidature; its reference, the seconds of its opening, and of the six acts."""
    contest = stage.contest
    begun = perf_counter()
    dossier = (str(number), stage.dossier(number))
    (case,) = add_all(contest, [dossier], arrival=Arrival(stage.clock.instant))
    opening, ref = perf_counter() - begun, case.ref
    stage.pass_time()

    def move(transition: str, reason: str | None = None) -> None:
        (step,) = advance(contest, [ref], transition, reason=reason)
        if not step.made:
            raise RuntimeError(f"{transition}: {step.outcome}")

    review = {"review": {"exists_already": True, "already_ptce": False, "notes": "Read."}}
    acts: tuple[Callable[[], object], ...] = (
        lambda: move("submit"),
        lambda: move("return_for_completion", "A page is missing."),
        lambda: move("submit"),
        lambda: record(contest, ref, review),
        lambda: move("declare_eligible"),
        lambda: move("withdraw", "It asks so."),
    )
    taken = 0.0
    for act in acts:
        taken += timed(act)
        stage.pass_time()
    return ref, opening, taken


def _written(stage: Stage, ref: str) -> list[Step]:
    """What the acts on a candidature have written, act by act: each has an instant of its own."""
    contest = stage.contest
    with contest.looking() as tx:
        row = tx.unit.candidature(contest.id, ref)
        assert row is not None
        lines = [
            {
                "at": line.at,
                "kind": line.type,
                "actor": line.actor,
                "data": to_builtins(line.data),
                "private": {side.subject: json.loads(side.data) for side in sides},
            }
            for line, sides in (
                (decode(kept.line), sides)
                for _n, kept, sides in tx.unit.entries_about(contest.id, row.id)
            )
        ]
    steps = [list(step) for _at, step in groupby(lines, itemgetter("at"))]
    if len(steps) != 1 + STEPS:
        raise RuntimeError(f"{len(steps)} acts were made")
    return steps


class _Child:
    """One of the others in a process of its own, which is asked candidature by candidature."""

    def __init__(self, peer: str, place: str) -> None:
        self._program = subprocess.Popen(
            [sys.executable, "-m", "bench.peers", peer, place],
            cwd=Path(__file__).parents[1],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def play(self, ref: str, steps: list[Step]) -> float:
        """The seconds of what follows the opening, whose lines are the first step."""
        stdin, stdout = self._program.stdin, self._program.stdout
        assert stdin is not None
        assert stdout is not None
        self._program.send_signal(signal.SIGCONT)
        print(json.dumps([ref, steps]), file=stdin, flush=True)
        taken = float(stdout.readline())
        self._program.send_signal(signal.SIGSTOP)
        return taken

    def __enter__(self) -> _Child:
        return self

    def __exit__(self, *_raised: object) -> None:
        assert self._program.stdin is not None
        self._program.send_signal(signal.SIGCONT)
        self._program.stdin.close()
        if self._program.wait(timeout=30):
            raise RuntimeError("the other program has failed")


class Spiff:
    """SpiffWorkflow, with the serialiser of its own."""

    def __init__(self, place: str) -> None:
        from SpiffWorkflow.bpmn.parser import BpmnParser
        from SpiffWorkflow.bpmn.serializer import BpmnWorkflowSerializer

        parser = BpmnParser()
        parser.add_bpmn_str(_diagram().encode())
        self._spec, self._serializer = parser.get_spec("contest"), BpmnWorkflowSerializer()
        self._rows = Driver(place)
        self._rows.run("CREATE TABLE workflow (name TEXT PRIMARY KEY, content TEXT NOT NULL)")

    def open(self, ref: str, dossier: Step) -> None:
        """Begins a workflow that holds the dossier."""
        from SpiffWorkflow.bpmn import BpmnWorkflow

        workflow = BpmnWorkflow(self._spec)
        workflow.data["dossier"] = dossier
        workflow.do_engine_steps()
        content = self._serializer.serialize_json(workflow)
        self._rows.run("INSERT INTO workflow VALUES (?, ?)", (ref, content))

    def play(self, ref: str, steps: list[Step]) -> None:
        """Runs a task a step: read, deserialised, run with its facts, serialised, written."""
        from SpiffWorkflow.util.task import TaskState

        for number, step in enumerate(steps):
            asked = self._rows.run("SELECT content FROM workflow WHERE name = ?", (ref,))
            workflow = self._serializer.deserialize_json(asked.fetchone()[0])
            (task,) = workflow.get_tasks(state=TaskState.READY, manual=True)
            task.data[f"step_{number}"] = step
            task.run()
            workflow.do_engine_steps()
            content = self._serializer.serialize_json(workflow)
            self._rows.run("UPDATE workflow SET content = ? WHERE name = ?", (content, ref))
        if not workflow.completed:
            raise RuntimeError("the workflow has not ended")


def _diagram() -> str:
    """Six manual tasks in a line, as BPMN."""
    nodes = ["start", *(f"task_{number}" for number in range(STEPS)), "end"]
    tasks = "".join(f'<manualTask id="{node}" name="{node}"/>' for node in nodes[1:-1])
    flows = "".join(
        f'<sequenceFlow id="{one}_{other}" sourceRef="{one}" targetRef="{other}"/>'
        for one, other in pairwise(nodes)
    )
    return (
        '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" id="all" '
        'targetNamespace="https://contest.example"><process id="contest" isExecutable="true">'
        f'<startEvent id="start"/>{tasks}<endEvent id="end"/>{flows}</process></definitions>'
    )


class Durable:
    """DBOS: a durable workflow a candidature."""

    def __init__(self, place: str) -> None:
        from dbos import DBOS

        url = place if place.startswith("postgresql:") else f"sqlite:///{place}"
        self._steps: list[Step] = []

        @DBOS.step()
        def keep(step: Step) -> Step:
            return step

        @DBOS.workflow()
        def candidature(ref: str) -> None:
            for step in self._steps:
                keep(step)

        DBOS(
            config={
                "name": "contest",
                "system_database_url": url,
                "log_level": "ERROR",
                "console_log_level": "ERROR",
            }
        )
        DBOS.launch()
        self._run = candidature

    def open(self, ref: str, dossier: Step) -> None:
        """Nothing has to be done: a workflow begins as it runs."""

    def play(self, ref: str, steps: list[Step]) -> None:
        """Runs the workflow of a candidature to its end."""
        from dbos import SetWorkflowID

        self._steps = steps
        with SetWorkflowID(ref):
            self._run(ref)


class Sourcing:
    """`eventsourcing`, with an event a line."""

    def __init__(self, place: str) -> None:
        from bench.sourced import Sourced

        self._sourced = Sourced(place)

    def open(self, ref: str, dossier: Step) -> None:
        """Makes the aggregate, with the events of its opening."""
        self._kept(None, dossier)

    def play(self, ref: str, steps: list[Step]) -> None:
        """Loads the aggregate, tells it the lines of a step and saves it, step after step."""
        for step in steps:
            self._kept(self._sourced.get(ref), step)

    def _kept(self, case: Candidature | None, step: Step) -> None:
        for line in step:
            said = (line["kind"], line["actor"], line["data"], line["private"])
            case = self._sourced.told(case, *said)
        assert case is not None
        self._sourced.app.save(case)


KINDS: Mapping[str, Callable[[str], Peer]] = {
    "spiff": Spiff,
    "dbos": Durable,
    "sourced": Sourcing,
}
"""The others by their names."""


def _serve(peer: Peer, asked: Iterable[str]) -> None:
    """Plays what is asked for, a line each, and says how long what follows the opening took."""
    for line in asked:
        ref, (dossier, *steps) = json.loads(line)
        peer.open(ref, dossier)
        print(timed(peer.play, ref, steps), flush=True)


if __name__ == "__main__":
    _serve(KINDS[sys.argv[1]](sys.argv[2]), sys.stdin)
    # Without waiting for the threads of whoever has some.
    os._exit(0)
