"""What sets passes off: APScheduler, as a ticker that knows no deadline and keeps nothing.

`docs/decisions/0022-ticker.md` says what it is not trusted with, and why.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextvars import copy_context
from datetime import UTC, datetime, timedelta

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger

from ptce_workflow.base.clock import Clock, SystemClock

_JOB = "pass"


class Every(BaseTrigger):
    """A run every so often, counted from the present.

    APScheduler's own interval lists every run that was missed before it drops all but one: a
    machine whose clock is set right by half a century would fill its memory.
    """

    def __init__(self, every_s: float) -> None:
        self._interval = timedelta(seconds=every_s)

    def get_next_fire_time(self, previous: datetime | None, now: datetime) -> datetime:
        """When the next run is due."""
        return max(previous or now, now) + self._interval


class Ticker:
    """Runs a job at once and then every so often, in a thread of its own, never twice at once."""

    def __init__(
        self, job: Callable[[], None], every_s: float, *, clock: Clock | None = None
    ) -> None:
        self._clock = clock or SystemClock()
        self._scheduler = BackgroundScheduler(
            timezone=UTC,
            executors={"default": ThreadPoolExecutor(max_workers=1)},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
            logger=_silent(),
        )
        # A new thread speaks no language yet.
        context = copy_context()
        self._scheduler.add_job(
            lambda: context.run(job), Every(every_s), id=_JOB, next_run_time=self._clock.now()
        )

    def start(self) -> None:
        """Begins."""
        self._scheduler.start()

    def nudge(self) -> None:
        """Has a run made now, unless one is under way, whatever the clock was set to meanwhile."""
        self._scheduler.modify_job(_JOB, next_run_time=self._clock.now())

    @property
    def next_run(self) -> datetime:
        """When the next run is due, by the machine's clock."""
        due: datetime = self._scheduler.get_job(_JOB).next_run_time
        return due

    def stop(self) -> None:
        """Begins no other run, and waits for the end of the one under way."""
        self._scheduler.shutdown(wait=True)


def _silent() -> logging.Logger:
    # A run that is skipped because the last one goes on is nothing to complain of.
    logger = logging.Logger("ptce.ticker")
    logger.addHandler(logging.NullHandler())
    return logger
