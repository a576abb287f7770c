"""Mails as the ledger tells them."""

from __future__ import annotations

from msgspec import Struct

from ptce_workflow.process.letters.outbox import Move, Stage, after
from ptce_workflow.process.letters.planning import Slot


class Message(Struct, frozen=True, gc=False, array_like=True):
    """One mail to one recipient, as far as the ledger tells of it; see `outbox.told`.

    `words` names what was read and released; "" where nobody has released it as it is planned.
    """

    name: str
    case: str | None
    slot: Slot
    due: str
    held: bool
    sequence: int
    stage: Stage
    sha256: str = ""
    words: str = ""


def told_after(stage: Stage, move: Move) -> Stage:
    """The stage to which a move leads, as the ledger tells it.

    *Raises* NotAllowed when a mail at that stage cannot make it.
    """
    # The ledger does not tell of the steps between planned and sent: one of its lines means all.
    if move in (Move.DELIVER, Move.DOUBT) and stage is Stage.PLANNED:
        stage = Stage.DATA
    return after(stage, move)
