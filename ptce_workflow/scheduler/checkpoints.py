"""Checkpoints as time makes them: daily, after each date, and where an act could not."""

from __future__ import annotations

from datetime import timedelta

from ptce_workflow.app.checkpoints import UNREAD, Made, last_kept, make
from ptce_workflow.app.contest import Contest
from ptce_workflow.app.projections import keys_told
from ptce_workflow.base.encoding import from_text
from ptce_workflow.ledger.events.codec import read
from ptce_workflow.ledger.line import instant_told

EVERY = timedelta(days=1)


def is_due(contest: Contest) -> bool:
    """True when there are new lines, and a day has gone by, or a date, or something was decided.

    What an act could not do, since its file could not be written, is made up for so.
    """
    before = last_kept(contest.folder)
    if before is None:
        with contest.database.reading() as unit:
            return bool(keys_told(unit, contest.id))
    size = before.checkpoint.size
    with contest.database.reading() as unit:
        head = unit.contest(contest.id).head_n
        if size == head:
            return False
        try:
            then = from_text(instant_told(unit.line(contest.id, size)))
            now, dates = contest.clock.now(), contest.in_force(unit).dates.fixed.values()
            if now - then >= EVERY or any(then < date <= now for date in dates):
                return True
            # Up to there an earlier pass has found nothing; an older copy may have come since.
            since = max(size, contest.undecided) if contest.undecided <= head else size
            rows = unit.lines_after(contest.id, since)
            decides = any(read(row.line).data.is_decisive for row in rows)
            if not decides:
                contest.undecided = head
            return decides
        except UNREAD:
            # To be told by the one that is made.
            return True


def make_due(contest: Contest) -> Made | None:
    """Makes a checkpoint where one is due.

    *Raises* PtceError; see `make`.
    """
    return make(contest) if is_due(contest) else None
