"""One pass of everything that is due: what time makes by itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from ptce_workflow.app.cases.advance import Request, Step, refuse, step
from ptce_workflow.app.contest import Contest
from ptce_workflow.app.post.delivery import instants_ahead, recover
from ptce_workflow.app.projections import instant_in
from ptce_workflow.app.transaction import Transaction
from ptce_workflow.base.encoding import to_text
from ptce_workflow.base.words import _
from ptce_workflow.ledger.state import SCHEDULER

if TYPE_CHECKING:
    from ptce_workflow.mail.settings import MailSettings
    from ptce_workflow.scheduler.delivery import Delivered

Due = tuple[str, str, datetime]
"""What time is to make: the candidature's reference, the transition, the instant."""


@dataclass(frozen=True, slots=True)
class Ticked:
    """The deeds of a pass: the transitions that were due, made or refused, in the order of time.

    `mail` is None where no mail server is set; `next_due` is when there is next something to do,
    as far as anybody knows by now.
    """

    steps: tuple[Step, ...]
    queued: int = 0
    mail: Delivered | None = None
    next_due: datetime | None = None


def never() -> bool:
    """Says that nobody asks to stop."""
    return False


def tick(
    session: Contest,
    settings: MailSettings | None = None,
    *,
    stopping: Callable[[], bool] = never,
) -> Ticked:
    """Makes every timed transition that is due by now, then sends the mails whose hour has come.

    Without a mail server, mails wait. Any number of passes may run at once, and a pass may be
    interrupted anywhere: each step is a transaction of its own, which looks again at what is due.

    *Raises* PtceError, and does nothing, while the clock stands behind what has happened.
    """
    session.check_clock()
    began = session.clock.now()
    ahead = instants_ahead(session, began, mails=settings is not None)
    is_due = any(at <= to_text(began) for at in ahead)
    steps = _make_due(session, stopping) if is_due else ()
    queued, mail = 0, None
    if is_due:
        recover(session)
    if settings is not None:
        # Imported here: whoever has no mail server, or only transitions to make, loads none of it.
        from ptce_workflow.app.post.enqueue import post_due
        from ptce_workflow.scheduler.delivery import Delivered, deliver

        queued = post_due(session, settings, stopping) if is_due else 0
        mail = deliver(session, settings, stopping) if is_due else Delivered()
    if is_due:
        ahead = instants_ahead(session, began, mails=settings is not None)
    # What was due before and is so still, a queue longer than the rate allows say, is not awaited.
    next_due = min((at for at in ahead if at > to_text(began)), default=None)
    return Ticked(
        steps, queued, mail, None if next_due is None else instant_in(next_due, "message", next_due)
    )


def _make_due(session: Contest, stopping: Callable[[], bool]) -> tuple[Step, ...]:
    """Makes the timed transitions that are due by now, and those that become due by it.

    A rule that stands in the way is written down once for each due instant.
    """
    steps, seen = list[Step](), set[Due]()
    while fresh := [due for due in _due(session) if due not in seen]:
        for due in session.watch(fresh, _("Doing what is due"), len(fresh)):
            if stopping():
                return tuple(steps)
            # Two states may hand a candidature to and fro: each instant has its turn once.
            seen.add(due)
            with session.acting(by=SCHEDULER) as act:
                done = _make(act, *due)
                if done is not None:
                    act.commit()
                    steps.append(done)
    return tuple(steps)


def _due(session: Contest) -> list[Due]:
    until = to_text(session.clock.now())
    with session.database.reading() as unit:
        return [
            (row.ref, row.transition, instant_in(row.at, "due", row.ref))
            for row in unit.due_until(session.id, until)
        ]


def _make(act: Transaction, ref: str, transition: str, due: datetime) -> Step | None:
    (case,) = act.load([ref])
    if act.process.due(case).get(transition) != due or case.tried.get(transition) == due:
        return None
    request = Request(transition, due=due)
    made = step(act, case, request)
    return made if made.made else refuse(act, made, request)
