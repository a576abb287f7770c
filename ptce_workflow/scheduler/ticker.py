"""APScheduler, as what wakes a run: at the next due instant, or when the interval is over.

`docs/decisions/0130-woken-at-the-next-due-instant.md` says what it is not trusted with, and why.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextvars import copy_context
from datetime import UTC, datetime, timedelta

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from ptce_workflow.base.clock import Clock, SystemClock

_JOB = "pass"
_SHORTEST_S = 0.1


class Ticker:
    """Runs a job at once, then again and again, in a thread of its own, never twice at once.

    The job gives after how many seconds there is next something to do, or None: it is run again
    then, and at the latest when the interval is over.
    """

    def __init__(
        self, job: Callable[[], float | None], every_s: float, *, clock: Clock | None = None
    ) -> None:
        self._job = job
        self._every_s = every_s
        self._clock = clock or SystemClock()
        self._executor = ThreadPoolExecutor(max_workers=1)
        self._scheduler = BackgroundScheduler(
            timezone=UTC,
            executors={"default": self._executor},
            # Two, of which one waits for the thread: a run that comes just as the last one ends
            # would else be dropped, and nobody would ask for another.
            job_defaults={"max_instances": 2, "misfire_grace_time": None},
            logger=_silent(),
        )
        # A new thread speaks no language yet.
        self._context = copy_context()
        self._run_in(0.0)

    def start(self) -> None:
        """Begins."""
        self._scheduler.start()

    def nudge(self) -> None:
        """Has a run made now, or after the one under way, whatever the clock was set to."""
        self._run_in(0.0)

    @property
    def next_run(self) -> datetime | None:
        """The hour of the next run, by the machine's clock; None while one is under way."""
        job = self._scheduler.get_job(_JOB)
        return None if job is None else job.next_run_time

    def stop(self) -> None:
        """Takes no other run, and waits for the end of those under way."""
        # In this order: as it shuts down it holds a lock that a run asks for at its end, and
        # stumbles over a job that is just due.
        self._executor.shutdown(wait=True)
        self._scheduler.remove_all_jobs()
        self._scheduler.shutdown(wait=False)

    def _run(self) -> None:
        wait_s = self._every_s
        try:
            due_s = self._context.run(self._job)
            if due_s is not None:
                wait_s = min(wait_s, max(due_s, _SHORTEST_S))
        finally:
            self._run_in(wait_s)

    def _run_in(self, seconds: float) -> None:
        at = self._clock.now() + timedelta(seconds=seconds)
        self._scheduler.add_job(self._run, "date", run_date=at, id=_JOB, replace_existing=True)


def _silent() -> logging.Logger:
    # A run that is skipped because the last one goes on is nothing to complain of.
    logger = logging.Logger("ptce.ticker")
    logger.addHandler(logging.NullHandler())
    return logger
