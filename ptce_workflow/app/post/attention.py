"""The mails that wait: for their server, or for a person.

Every list says it, so that nothing is loaded here that writes a letter or speaks to a server.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from ptce_workflow.app.projections import instant_in
from ptce_workflow.base.encoding import to_text
from ptce_workflow.process.letters.outbox import ASKING, LEAVING

if TYPE_CHECKING:
    from ptce_workflow.app.contest import Contest
    from ptce_workflow.app.transaction import Transaction
    from ptce_workflow.store.rows import PauseRow


NEVER_SO_LONG = timedelta(days=1)
"""A lease, a pause or a wait that ends later was given by a clock that was set back since."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """The counts of mails that ask for a person or are late; `paused` is why none leaves, or ""."""

    held: int
    uncertain: int
    failed: int
    late: int
    paused: str
    paused_until: datetime | None
    nobody: tuple[str, ...]


def waiting(session: Contest) -> Waiting:
    """The counts of mails that ask for a person, or are late."""
    now = session.clock.now()
    with session.looking() as act:
        unit = act.unit
        stages = unit.stages(session.id)
        pause = unit.pause(session.id)
        paused = pause is not None and is_paused(pause, now)
        late = sum(
            unit.count_due(session.id, stage, to_text(now))
            for stage in LEAVING
            if stage in stages and stages[stage][1] <= to_text(now)
        )
        institutions = act.process.definition.config.institutions
        held, uncertain, failed = (stages.get(stage, (0, ""))[0] for stage in ASKING)
        return Waiting(
            held,
            uncertain,
            failed,
            late,
            pause.why if pause is not None and paused else "",
            _end_of(pause) if pause is not None and paused else None,
            tuple(str(institutions[name].label) for name in without_address(act)),
        )


def is_paused(pause: PauseRow | None, now: datetime) -> bool:
    """True when no mail leaves at all."""
    if pause is None:
        return False
    return now < _end_of(pause) < now + NEVER_SO_LONG


def _end_of(pause: PauseRow) -> datetime:
    return instant_in(pause.paused_until, "mail_pause", pause.paused_until)


def without_address(act: Transaction) -> list[str]:
    """The institutions that are to be written to, and of which nobody has an address."""
    definition = act.process.definition
    notifications = definition.notifications.values()
    if not any(one.recipients.are_institutions for one in notifications):
        return []
    reached = {one.institution for one in act.people() if one.active and one.private.get("email")}
    return [name for name in definition.config.institutions if name not in reached]
