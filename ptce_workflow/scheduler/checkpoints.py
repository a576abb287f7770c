"""Checkpoints as time makes them: daily, after each date, and where an act could not."""

from __future__ import annotations

from datetime import timedelta

from ptce_workflow.app.checkpoints import UNREAD, Made, last_kept, make
from ptce_workflow.app.contest import Contest
from ptce_workflow.base.encoding import from_text
from ptce_workflow.ledger.events.codec import is_decisive
from ptce_workflow.ledger.line import digest, instant_told

EVERY = timedelta(days=1)


def is_due(contest: Contest) -> bool:
    """True when there are new lines, and a day has gone by, or a date, or something was decided.

    What an act could not do, since its file could not be written, is made up for so. So it is, to
    be told by the one that is made, where the ledger does not go on from the last one.
    """
    before = last_kept(contest.folder)
    if before is None:
        return True
    size, signed = before.checkpoint.size, before.checkpoint.hash
    with contest.database.reading() as unit:
        row = unit.contest(contest.id)
        if size == (head := row.head_n):
            return signed != row.head_hash
        try:
            line = unit.line(contest.id, size)
            if digest(line) != signed:
                return True
            then = from_text(instant_told(line))
            now, dates = contest.clock.now(), contest.in_force(unit).dates.fixed.values()
            if now - then >= EVERY or any(then < date <= now for date in dates):
                return True
            # Up to there an earlier pass has found nothing; an older copy may have come since.
            since = max(size, contest.undecided) if contest.undecided <= head else size
            rows = unit.lines_after(contest.id, since)
            decides = any(is_decisive(row.line) for row in rows)
            if not decides:
                contest.undecided = head
            return decides
        except UNREAD:
            return True


def make_due(contest: Contest) -> Made | None:
    """Makes a checkpoint where one is due.

    *Raises* PtceError; see `make`.
    """
    return make(contest) if is_due(contest) else None
