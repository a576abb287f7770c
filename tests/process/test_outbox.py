"""The outbox as a state machine: what may become of a message, every case of it."""

from itertools import pairwise, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ptce_workflow.base.words import speaking
from ptce_workflow.process.letters.message import (
    ENDED,
    PENDING,
    Message,
    Move,
    NotAllowed,
    Stage,
    after,
    label_of,
    may,
)

TABLE = """
          planned    held       queued     claimed    data       retry      sent     failed     bounced      undelivered  uncertain  cancelled  dropped  expired
plan      -          -          -          -          -          -          -        -          -            -            -          planned    -        -
release   planned    planned    -          -          -          -          -        -          -            -            -          -          -        -
edit      -          held       -          -          -          -          -        -          -            -            -          -          -        -
discard   -          dropped    -          -          -          -          -        -          -            -            -          -          -        -
restore   -          -          -          -          -          -          -        -          -            -            -          -          held     -
queue     queued     -          -          -          -          -          -        -          -            -            -          -          -        -
unqueue   -          -          planned    -          -          planned    -        -          -            -            -          -          -        -
claim     -          -          claimed    -          -          claimed    -        -          -            -            -          -          -        -
unclaim   -          -          -          queued     queued     -          -        -          -            -            -          -          -        -
begin     -          -          -          data       -          -          -        -          -            -            -          -          -        -
deliver   -          -          -          -          sent       -          -        -          -            -            -          -          -        -
defer     -          -          -          retry      retry      -          -        -          -            -            -          -          -        -
refuse    failed     -          -          failed     failed     -          -        -          -            -            -          -          -        -
doubt     -          -          -          -          uncertain  -          -        -          -            -            -          -          -        -
cancel    cancelled  cancelled  cancelled  cancelled  -          cancelled  -        -          -            -            -          -          -        -
expire    expired    expired    expired    expired    -          expired    -        -          -            -            -          -          -        -
resend    -          -          -          -          -          -          -        planned    planned      planned      planned    -          -        planned
settle    -          -          -          -          -          -          -        -          -            -            sent       -          -        -
bounce    -          -          -          -          -          -          bounced  -          -            -            bounced    -          -        -
unbounce  -          -          -          -          -          -          -        -          sent         sent         -          -          -        -
drop      -          -          -          -          -          -          -        cancelled  undelivered  -            cancelled  -          -        -
"""  # noqa: E501

_heads, *_rows = (row.split() for row in TABLE.strip().splitlines())
EXPECTED = {
    (Stage(stage), Move(row[0])): None if to == "-" else Stage(to)
    for row in _rows
    for stage, to in zip(_heads, row[1:], strict=True)
}
PAIRS = list(product(Stage, Move))
MOVES = st.lists(st.sampled_from(Move), max_size=30)


def test_the_table_is_whole() -> None:
    assert EXPECTED.keys() == set(PAIRS)


def is_allowed(stage: Stage, move: Move) -> bool:
    """True where a message at that stage can make a move."""
    try:
        after(stage, move)
    except NotAllowed:
        return False
    return True


@pytest.mark.parametrize(("stage", "move"), PAIRS, ids=lambda part: str(part))
def test_every_move(stage: Stage, move: Move) -> None:
    """From every stage, every move leads where the table says, or nowhere."""
    to = EXPECTED[stage, move]
    assert is_allowed(stage, move) == (to is not None)
    if to is not None:
        assert after(stage, move) is to
        return
    with pytest.raises(NotAllowed, match=f"{stage}: {move}"):
        after(stage, move)


def walk(moves: list[Move]) -> list[tuple[Move | None, Stage]]:
    """What becomes of a message on which moves are tried; those that are not allowed are not."""
    path: list[tuple[Move | None, Stage]] = [(None, Stage.PLANNED)]
    for move in moves:
        stage = path[-1][1]
        if is_allowed(stage, move):
            path.append((move, after(stage, move)))
    return path


@given(MOVES)
def test_sent_is_the_end(moves: list[Move]) -> None:
    """What was sent stays sent, whatever is tried, unless a person says that it came back."""
    for (_earlier, before), (move, _stage) in pairwise(walk(moves)):
        assert before is not Stage.SENT or move is Move.BOUNCE


@given(MOVES)
def test_sent_only_through_data_or_a_person(moves: list[Move]) -> None:
    path = walk(moves)
    for (_earlier, before), (move, stage) in pairwise(path):
        if stage is Stage.SENT:
            assert (before, move) in {
                (Stage.DATA, Move.DELIVER),
                (Stage.UNCERTAIN, Move.SETTLE),
                (Stage.BOUNCED, Move.UNBOUNCE),
            }


@given(MOVES)
def test_data_only_through_a_claim(moves: list[Move]) -> None:
    path = walk(moves)
    for (_earlier, before), (_move, stage) in pairwise(path):
        assert stage is not Stage.DATA or before is Stage.CLAIMED


@pytest.mark.parametrize("stage", Stage)
def test_every_stage_is_reached_and_left(stage: Stage) -> None:
    origins = {to for to in EXPECTED.values() if to is not None} | {Stage.PLANNED, Stage.HELD}
    assert stage in origins
    edges = [to for (origin, _move), to in EXPECTED.items() if origin is stage and to is not None]
    assert edges


def test_what_can_still_be_stopped() -> None:
    assert {stage for stage in Stage if is_allowed(stage, Move.CANCEL)} == set(PENDING)
    assert set(ENDED).isdisjoint(PENDING)


def test_what_asks_for_a_person() -> None:
    asking = set(Stage) - set(PENDING) - set(ENDED) - {Stage.DATA}
    assert asking == {Stage.FAILED, Stage.UNCERTAIN, Stage.BOUNCED}
    for stage in asking:
        assert is_allowed(stage, Move.RESEND)
        assert is_allowed(stage, Move.DROP)


def test_as_the_ledger_tells_it() -> None:
    between = {Stage.QUEUED, Stage.CLAIMED, Stage.DATA, Stage.RETRY}
    for stage in Stage:
        mail = Message(1, "", "call", "12", "contact", "", "", stage.value, held=False)
        assert mail.as_recorded().stage == (Stage.PLANNED if stage in between else stage)


@pytest.mark.parametrize("stage", Stage)
def test_the_moves_of_a_stage(stage: Stage) -> None:
    told = {move for (origin, move), to in EXPECTED.items() if origin is stage and to is not None}
    assert set(may(stage)) == told


def test_labels() -> None:
    """Every stage has a name of its own for people."""
    with speaking("en"):
        assert len({label_of(stage) for stage in Stage}) == len(Stage)
        assert label_of(Stage.HELD) == "held for review"
