"""`python -m bench.lines` (part of `make bench-growth`): a ledger of up to a million lines.

Every candidature has a hundred lines, written by the product's own acts, hundreds in a
transaction: it is opened with a whole dossier, submitted, and an office writes its examination
down over and over. So a longer ledger has more candidatures, of the same history each: what is
told is the time of a line, which ought not to grow, and the memory of the command that reads
it all. One more act is timed on each, in turn. Beside the shortest ledger stands pm4py's replay of
a log in which no two candidatures went the same way: it replays what is alike once.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from bench.measure import Contender, in_turn
from bench.sizes import at_each, memory, told
from bench.stage import Stage
from ptce_workflow.app.audit.verify import verify
from ptce_workflow.app.candidatures.record import Raw, record, write_facts
from ptce_workflow.app.contest import Contest
from ptce_workflow.app.locations import read_folder
from ptce_workflow.exports.diagram import bpmn
from ptce_workflow.exports.tables import extract, xes
from ptce_workflow.process.check import sound

SIZES = (1_000, 10_000, 1_000_000)
LINES_EACH = 100
LINES_BEFORE = 4
"""Opened, received and twice moved: what a candidature has before it is examined."""

ROUNDS = 25
READ = 5
AT_ONCE = 500
VARIANTS = 44
"""Candidatures given back once, twice and so on: some 2,000 moves."""
ROOT = Path(__file__).parents[1]


def main(sizes: list[int]) -> int:
    """Measures ledgers of about those numbers of lines, and prints what grew."""
    with at_each(sizes, "Writing: {size:,} lines …", _written) as written:
        acts = {str(size): _append(*one) for size, one in written.items()}
        appended = in_turn(acts, ROUNDS)
        found = measured({size: stage for size, (stage, _refs) in written.items()})
        for size, of_size in found.items():
            of_size["append"] = appended[str(size)]
        found[sizes[0]]["pm4py"] = _mined(written[sizes[0]][0].folder.with_name("mined"))
        told("lines", {"lines": {"SQLite": found}}, sizes, SIZES)
    return 0


def _written(folder: Path, size: int) -> tuple[Stage, list[str]]:
    """A ledger of about so many lines."""
    stage = Stage(folder, mails=False, at_once=AT_ONCE)
    refs = stage.open(max(1, size // LINES_EACH))
    stage.move(refs, "submit")
    for time in range(LINES_EACH - LINES_BEFORE):
        _examine(stage, refs, time)
    return stage, refs


def measured(stages: Mapping[int, Stage]) -> dict[int, dict[str, float]]:
    """What `verify` takes for each line of the ledgers; and how much memory.

    The ledgers of all sizes are read in turn: read apart, they told how the machine was just then.
    """
    contests = {}
    for size, stage in stages.items():
        stage.contest.close()
        contests[str(size)] = stage.opened()
    lines = {size: verify(contest).lines for size, contest in contests.items()}
    print("Reading: verify …", file=sys.stderr, flush=True)
    contenders = {size: _verified(contest) for size, contest in contests.items()}
    taken = in_turn(contenders, READ)
    for contest in contests.values():
        contest.close()
    return {
        size: {
            "verify": taken[str(size)] / lines[str(size)],
            "verify_memory": memory(stage.folder, "verify"),
        }
        for size, stage in stages.items()
    }


def _verified(contest: Contest) -> Contender:
    return lambda _round: verify(contest)


def _examine(stage: Stage, refs: list[str], time: int) -> None:
    """Writes one more line about each candidature."""
    for start in range(0, len(refs), AT_ONCE):
        with stage.contest.acting() as tx:
            for case in tx.load(refs[start : start + AT_ONCE]):
                write_facts(tx, case, _examination(time))
            tx.flush()
        stage.pass_time()


def _append(stage: Stage, refs: list[str]) -> Contender:
    """An act that appends one line, durably, and has done so once."""

    def record_once(round_: int) -> None:
        record(stage.contest, refs[round_ % len(refs)], _examination(LINES_EACH + round_))

    record_once(ROUNDS)
    return record_once


def _mined(folder: Path) -> float:
    """The seconds of an event in pm4py's replay by tokens, from its start to its end."""
    stage = Stage(folder, mails=False, at_once=VARIANTS)
    refs = stage.open(VARIANTS)
    for time in range(VARIANTS):
        stage.move(refs[time:], "submit")
        stage.move(refs[time:], "return_for_completion", reason="once more")
    diagram, log = folder / "contest.bpmn", folder / "contest.xes"
    diagram.write_bytes(bpmn(sound(read_folder(folder)), "en"))
    log.write_bytes(xes(extract(stage.contest), "en"))
    python, program = ROOT / ".venv-conformance/bin/python", ROOT / "conformance/tokens.py"
    words, events = [python, program, diagram, log], log.read_bytes().count(b"<event>")
    replay = partial(subprocess.run, words, check=True, capture_output=True)
    return in_turn({"pm4py": lambda _round: replay()}, READ)["pm4py"] / events


def _examination(time: int) -> Raw:
    return {"review": {"exists_already": bool(time % 2), "notes": f"Read again, {time}."}}


if __name__ == "__main__":
    sys.exit(main([int(size) for size in sys.argv[1:]] or [*SIZES]))
