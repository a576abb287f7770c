"""The ranking of many candidatures, beside a NumPy mean of the same marks from the same rows.

The rows are those of one candidature that was opened, submitted and marked by commands, written
many times over with other marks: what is measured is the reading, the arithmetic and the order.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from msgspec import json

from bench.measure import Found, Taken, in_turn
from bench.stage import CRITERIA, SEATS, Stage
from ptce_workflow.app.jury.ranking import ranking
from ptce_workflow.app.projections import case_of, to_columns
from ptce_workflow.process.candidature import Candidature

CANDIDATURES = 10_000
ROUNDS = 5
_SPREAD = 7919
"""A prime: marks that follow one another by it fall everywhere on the scale."""


def figures(folder: Path) -> Found:
    """Ranking from the store, beside the mean."""
    folder.mkdir()
    stage = Stage(folder / "many")
    stage.play(1)
    _multiply(stage)
    ranking(stage.contest, None)
    taken = in_turn({"rank": _rank(stage), "mean": _mean(stage)}, ROUNDS)
    return {"rank": Taken(taken["rank"], taken["mean"], ROUNDS)}


def _multiply(stage: Stage) -> None:
    contest = stage.contest
    with contest.database.writing(contest.id) as repo:
        process = contest.in_force(repo)
        (row,) = repo.every_candidature(contest.id)
        case = case_of(row, process)
        (panel,) = case.scores
        rows = []
        for number in range(1, CANDIDATURES):
            marks = {
                seat: {
                    criterion: (number * _SPREAD + 31 * i + 7 * j) % 11 * 50
                    for j, criterion in enumerate(CRITERIA)
                }
                for i, seat in enumerate(SEATS)
            }
            copy = case.but(
                id=f"{case.id}-{number}",
                ref=f"C-{number + 1:05}",
                scores={panel: marks},
                panels={},
            )
            rows.append({"contest": contest.id, **to_columns(process, copy)})
        repo.add_candidatures(rows)


def _rank(stage: Stage) -> Callable[[int], object]:
    return lambda _round: ranking(stage.contest, None)


def _mean(stage: Stage) -> Callable[[int], object]:
    import numpy

    contest, decoded = stage.contest, json.Decoder(Candidature).decode

    def mean(_round: int) -> object:
        with contest.database.reading() as repo:
            cases = [decoded(row.content) for row in repo.every_candidature(contest.id)]
        marks = numpy.array(
            [[list(given.values()) for given in case.scores["cra"].values()] for case in cases],
            dtype=float,
        )
        return marks.mean(axis=(1, 2))

    return mean
