"""Checkpoints that have left with a mail: whoever keeps such a mail is a witness."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from ptce_workflow.app.contest import Contest
from ptce_workflow.app.post.enqueue import ENCLOSED
from ptce_workflow.app.post.plan import name_of
from ptce_workflow.app.projections import instant_in
from ptce_workflow.process.letters.outbox import Stage
from ptce_workflow.process.letters.recipients import CONTACT
from ptce_workflow.store.unit import Unit

_FILE = re.compile(rb'filename="%s([0-9]{9,})\.txt"' % ENCLOSED.encode())


@dataclass(frozen=True, slots=True)
class Outside:
    """A checkpoint that left: its line, the mail, to whom, and when; `lines` the ledger has now."""

    size: int
    message: str
    recipient: str
    at: datetime
    lines: int


def last_outside(contest: Contest) -> Outside | None:
    """The last checkpoint that a server has taken with a mail; None where none has left."""
    with contest.looking(counts=True) as act:
        return last_sent(act.unit, act.contest, act.n)


def last_sent(unit: Unit, contest: str, lines: int) -> Outside | None:
    """The same, in a transaction."""
    for row in reversed(unit.messages_at(contest, Stage.SENT)):
        if row.recipient == CONTACT:
            continue
        found = _FILE.search(unit.mail(contest, row.number) or b"")
        if found is not None:
            at = instant_in(row.next_at, "message", row.number)
            return Outside(int(found[1]), name_of(row), row.recipient, at, lines)
    return None
