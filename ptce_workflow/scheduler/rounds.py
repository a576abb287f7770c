"""Rounds: a pass over each contest of a run, one after another, and how things stand with them."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import asdict, fields
from random import sample
from typing import TYPE_CHECKING, Any

from ptce_workflow.base.clock import elapsed_seconds
from ptce_workflow.base.encoding import to_text
from ptce_workflow.base.errors import refusal_of
from ptce_workflow.base.words import _
from ptce_workflow.scheduler.passes import Log, Open, Passes, RunStatus, Tick

if TYPE_CHECKING:
    from ptce_workflow.app.locations import OutputFile


class Rounds:
    """The rounds of one run, over contests that have each a name; a single one needs none.

    What goes wrong with one contest stops no other.
    """

    def __init__(
        self,
        contests: Mapping[str, Open],
        log: Log,
        *,
        stopping: Callable[[], bool],
        tick: Tick,
        health_file: OutputFile | None = None,
        seconds: Callable[[], float] = elapsed_seconds,
    ) -> None:
        self._passes = {
            name: Passes(contest, log, stopping=stopping, tick=tick, name=name)
            for name, contest in contests.items()
        }
        self._log = log
        self._stopping = stopping
        self._health_file = health_file
        self._seconds = seconds
        self.began_s: float | None = None
        self.ended_s = seconds()

    @property
    def are_worn_out(self) -> bool:
        """True once so many passes failed over each that only a fresh start may help."""
        return all(passes.are_worn_out for passes in self._passes.values())

    @property
    def status(self) -> RunStatus:
        """How things stand with all contests together."""
        each = [passes.status for passes in self._passes.values()]
        paused = "; ".join(dict.fromkeys(filter(None, (one.paused for one in each))))
        names = [field.name for field in fields(RunStatus) if field.name != "paused"]
        counts: dict[str, Any] = {name: sum(getattr(one, name) for one in each) for name in names}
        return RunStatus(**counts, paused=paused)

    def make(self) -> float | None:
        """Makes one round; returns after how many seconds another has something to do, if known."""
        if self._stopping() or self.are_worn_out:
            return None
        self.began_s = self._seconds()
        try:
            # In no order: several runs over the same contests would else meet at each of them.
            each = sample(list(self._passes.values()), len(self._passes))
            due_s = [due_s for passes in each if (due_s := passes.make()) is not None]
        finally:
            self.ended_s = self._seconds()
            self.began_s = None
        if not all(passes.trouble for passes in each):
            self._write_health()
        return min(due_s, default=None)

    def close(self) -> None:
        """Lets go of the contests; the next round opens them again."""
        for passes in self._passes.values():
            passes.close()

    def _write_health(self) -> None:
        """Writes how things stand; the file is as old as the oldest of what it tells."""
        if self._health_file is None:
            return
        oldest = min(passes.done_at for passes in self._passes.values())
        told = {"at": to_text(oldest), **asdict(self.status)}
        if len(self._passes) > 1:
            told["contests"] = {
                name: {"at": to_text(one.done_at), "trouble": one.trouble, **asdict(one.status)}
                for name, one in self._passes.items()
            }
        try:
            self._health_file.write((json.dumps(told) + "\n").encode())
            os.utime(self._health_file.path, (oldest.timestamp(), oldest.timestamp()))
        except OSError as error:
            said = _("{file}: {reason}.").format(
                file=self._health_file.path, reason=refusal_of(error)
            )
            self._log.tell("health", said)
