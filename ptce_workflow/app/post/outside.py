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
        for row in reversed(act.unit.messages_at(act.contest, Stage.SENT)):
            if row.recipient == CONTACT:
                continue
            found = _FILE.search(act.unit.mail(act.contest, row.number) or b"")
            if found is not None:
                at = instant_in(row.next_at, "message", row.number)
                return Outside(int(found[1]), name_of(row), row.recipient, at, act.n)
    return None
