"""One pass of everything that is due: what time makes by itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ptce_workflow.base.instants import to_text
from ptce_workflow.base.words import _
from ptce_workflow.desk.act import Act
from ptce_workflow.desk.advance import Request, Step, refuse, step
from ptce_workflow.desk.casefile import instant_in
from ptce_workflow.desk.session import Session

Due = tuple[str, str, datetime]
"""What time is to make: the candidature's reference, the transition, the instant."""


@dataclass(frozen=True, slots=True)
class Ticked:
    """What a pass did: the transitions that were due, made or refused, in the order of time."""

    steps: tuple[Step, ...]


def tick(session: Session) -> Ticked:
    """Makes every timed transition that is due by now, and those that become due by it.

    A rule that stands in the way is written down once for each due instant. Any number of
    passes may run at once: each candidature is taken in a transaction of its own, which looks
    again whether the transition is still due.
    """
    steps = []
    seen: set[Due] = set()
    while fresh := [due for due in _due(session) if due not in seen]:
        for due in session.watch(fresh, _("Doing what is due"), len(fresh)):
            # Two states may hand a candidature to and fro: each instant has its turn once.
            seen.add(due)
            with session.acting(as_time=True) as act:
                done = _make(act, *due)
                if done is not None:
                    act.settle()
                    steps.append(done)
    return Ticked(tuple(steps))


def _due(session: Session) -> list[Due]:
    until = to_text(session.clock.now())
    with session.database.reading() as unit:
        return [
            (row.ref, row.transition, instant_in(row.at, "due", row.ref))
            for row in unit.due_until(session.id, until)
        ]


def _make(act: Act, ref: str, transition: str, due: datetime) -> Step | None:
    (case,) = act.load([ref])
    if act.process.due(case).get(transition) != due or case.tried.get(transition) == due:
        return None
    request = Request(transition, due=due)
    made = step(act, case, request)
    return made if made.made else refuse(act, made, request)
