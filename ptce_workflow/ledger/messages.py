"""Messages as the ledger tells them: a fold of its lines, and which moves those lines mean."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, MutableMapping
from dataclasses import dataclass, replace
from typing import Any

from ptce_workflow.ledger import events
from ptce_workflow.ledger.line import Line
from ptce_workflow.process.notifications.outbox import Move, Stage, after
from ptce_workflow.process.notifications.planning import Slot

MESSAGE_LINES = frozenset(
    (
        events.MESSAGES_PLANNED,
        events.MESSAGES_CANCELLED,
        events.MESSAGES_RELEASED,
        events.MESSAGES_EXPIRED,
        events.MESSAGE_SENT,
        events.MESSAGE_FAILED,
        events.MESSAGE_UNCERTAIN,
        events.MESSAGE_RESOLVED,
    )
)
_RESOLVED = {"sent": Move.SETTLE, "resend": Move.RESEND, "dropped": Move.DROP}


@dataclass(frozen=True, slots=True)
class Message:
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


def fold_messages(messages: MutableMapping[str, Message], line: Line) -> None:
    """Takes a line about messages in.

    *Raises* KeyError for a message that was never planned, NotAllowed for one that cannot move so.
    """
    if line.type == events.MESSAGES_PLANNED:
        for planned in line.data["messages"]:
            message = _planned(line.case, planned)
            known = messages.get(message.name)
            if known is not None:
                after(known.stage, Move.PLAN)
            messages[message.name] = message
        return
    sha256 = line.data.get("sha256", "")
    for name, move in moves(line):
        message = messages[name]
        # Once released or sent again, it is as if it had been meant for that hour.
        late = move in (Move.RELEASE, Move.RESEND)
        due = max(message.due, line.at) if late else message.due
        messages[name] = replace(message, stage=_told_after(message.stage, move), due=due)
        if sha256:
            messages[name] = replace(messages[name], sha256=sha256)
        if move is Move.RELEASE:
            messages[name] = replace(messages[name], words=line.data["words"][name])


def moves(line: Line) -> Iterator[tuple[str, Move]]:
    """What a line about messages that were planned makes of each."""
    data = line.data
    match line.type:
        case events.MESSAGES_CANCELLED:
            yield from ((name, Move.CANCEL) for name in data["messages"])
        case events.MESSAGES_EXPIRED:
            yield from ((name, Move.EXPIRE) for name in data["messages"])
        case events.MESSAGES_RELEASED:
            yield from ((name, Move.RELEASE) for name in data["words"])
        case events.MESSAGE_SENT:
            yield data["message"], Move.DELIVER
        case events.MESSAGE_FAILED:
            yield data["message"], Move.REFUSE
        case events.MESSAGE_UNCERTAIN:
            yield data["message"], Move.DOUBT
            if data["resent"]:
                yield data["message"], Move.RESEND
        case events.MESSAGE_RESOLVED:
            yield data["message"], _RESOLVED[data["as"]]


def _told_after(stage: Stage, move: Move) -> Stage:
    # The ledger does not tell of the steps between planned and sent: one of its lines means all.
    if move in (Move.DELIVER, Move.DOUBT) and stage is Stage.PLANNED:
        stage = Stage.DATA
    return after(stage, move)


def _planned(case: str | None, planned: Mapping[str, Any]) -> Message:
    held = bool(planned["held"])
    return Message(
        planned["message"],
        case,
        Slot(planned["notification"], planned["occurrence"], planned["recipient"]),
        planned["due"],
        held,
        planned["sequence"],
        Stage.HELD if held else Stage.PLANNED,
    )
