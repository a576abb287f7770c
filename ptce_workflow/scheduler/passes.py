"""Passes made one after another, whatever becomes of each: what they did, and what went wrong.

A monitor sees by a file that they are made, and how things stand.
"""

from __future__ import annotations

import json
import traceback
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from ptce_workflow.base.clock import elapsed_seconds
from ptce_workflow.base.encoding import to_text
from ptce_workflow.base.errors import PtceError, refusal_of
from ptce_workflow.base.words import _, n_
from ptce_workflow.scheduler.log import Log
from ptce_workflow.scheduler.tick import Ticked

if TYPE_CHECKING:
    from ptce_workflow.app.contest import Contest
    from ptce_workflow.app.outputs import OutputFile
    from ptce_workflow.app.session import Session
    from ptce_workflow.mail.settings import MailSettings

MOST_BROKEN = 10
"""After so many unexpected failures in a row a fresh start is worth more than another try."""


class Tick(Protocol):
    """One pass of everything that is due."""

    def __call__(
        self, session: Session, settings: MailSettings | None, *, stopping: Callable[[], bool]
    ) -> Ticked:
        """Does what is due; goes no further than its present round once `stopping()` holds."""


@dataclass(frozen=True, slots=True)
class RunStatus:
    """The mails sent since the run began, those that are late, and those that ask for a person.

    `paused` is why no mail leaves at present, or empty.
    """

    sent: int = 0
    waiting: int = 0
    held: int = 0
    uncertain: int = 0
    failed: int = 0
    paused: str = ""

    def after(self, ticked: Ticked, contest: Contest) -> RunStatus:
        """Returns the status after a pass."""
        mail = contest.waiting_mail()
        sent = ticked.mail.sent if ticked.mail else 0
        return RunStatus(
            self.sent + sent, mail.late, mail.held, mail.uncertain, mail.failed, mail.paused
        )

    def told(self) -> str:
        """Returns the mails to send or to look at, as part of a line; empty when there are none."""
        parts = (
            (self.waiting, n_("{count} message waits", "{count} messages wait", self.waiting)),
            (self.held, n_("{count} message is held", "{count} messages are held", self.held)),
            (
                self.uncertain,
                n_(
                    "{count} message is uncertain",
                    "{count} messages are uncertain",
                    self.uncertain,
                ),
            ),
            (self.failed, n_("{count} message failed", "{count} messages failed", self.failed)),
        )
        counted = ", ".join(text.format(count=count) for count, text in parts if count)
        pause = _("no mail leaves: {why}").format(why=self.paused) if self.paused else ""
        return "; ".join(filter(None, (counted, pause)))

    def write(self, file: OutputFile, at: datetime) -> None:
        """Puts it into a file, whole or not at all: whoever reads sees this one or the last.

        *Raises* OSError when the file cannot be written.
        """
        file.write((json.dumps({"at": to_text(at), **asdict(self)}) + "\n").encode())


class Passes:
    """The passes of one run.

    The contest stays open from one pass to the next, and is opened anew after a failure. Nothing
    that goes wrong in a pass leaves it: the next one tries again.
    """

    def __init__(
        self,
        open_contest: Callable[[], Contest],
        settings: MailSettings | None,
        log: Log,
        *,
        stopping: Callable[[], bool],
        tick: Tick,
        health_file: OutputFile | None = None,
        seconds: Callable[[], float] = elapsed_seconds,
    ) -> None:
        self._open_contest = open_contest
        self._settings = settings
        self._log = log
        self._stopping = stopping
        self._tick = tick
        self._health_file = health_file
        self._seconds = seconds
        self._contest: Contest | None = None
        self._broken = 0
        self.status = RunStatus()
        self.began_s: float | None = None
        self.ended_s = seconds()

    @property
    def are_worn_out(self) -> bool:
        """True once so many failed, one after another, that the next would fail as well."""
        return self._broken >= MOST_BROKEN

    def make(self) -> float | None:
        """Makes one pass; returns after how many seconds another has something to do, if known."""
        if self._stopping() or self.are_worn_out:
            return None
        self.began_s = self._seconds()
        due_s = None
        try:
            due_s = self._make()
            self._broken = 0
        except PtceError as error:
            self._broken = 0
            self._log.tell("failed", str(error), what=error.what, why=error.why, mend=error.mend)
        except Exception:
            said = _("A pass failed; the fault is the program's own.")
            in_a_row = self._broken + 1
            self._tell_broken(said, traceback.format_exc(), in_a_row)
            # Counted once it is told: the thread that watches ends the log when it is the last.
            self._broken = in_a_row
        finally:
            self.ended_s = self._seconds()
            self.began_s = None
        return due_s

    def close(self) -> None:
        """Lets go of the contest; the next pass opens it again."""
        contest, self._contest = self._contest, None
        if contest is not None:
            contest.close()

    def _make(self) -> float | None:
        with ExitStack() as unless_done:
            unless_done.callback(self.close)
            if self._contest is None:
                self._contest = self._open_contest()
            ticked = self._tick(self._contest, self._settings, stopping=self._stopping)
            before, self.status = self.status, self.status.after(ticked, self._contest)
            # By the contest's clock: a rehearsal's is not the machine's.
            now, due = self._contest.clock.now(), ticked.next_due
            unless_done.pop_all()
        self._write_health()
        did = _counts(ticked)
        if any(did.values()) or before.paused != self.status.paused:
            again = _("mail leaves again") if before.paused and not self.status.paused else ""
            said = "; ".join(filter(None, (_told(did), again, self.status.told())))
            facts = {name: getattr(self.status, name) for name in ("waiting", "held", "paused")}
            self._log.tell("tick", said, **did, **facts)
        return (due - now).total_seconds() if due is not None else None

    def _write_health(self) -> None:
        if self._health_file is None:
            return
        try:
            self.status.write(self._health_file, self._log.clock.now())
        except OSError as error:
            said = _("{file}: {reason}.").format(
                file=self._health_file.path, reason=refusal_of(error)
            )
            self._log.tell("health", said)

    def _tell_broken(self, said: str, trace: str, in_a_row: int) -> None:
        if self._log.as_json:
            self._log.tell("broken", said, traceback=trace, in_a_row=in_a_row)
        else:
            self._log.tell("broken", f"{said}\n{trace}")


def _counts(ticked: Ticked) -> dict[str, int]:
    """Returns the deeds of a pass, counted."""
    made, mail = sum(step.made for step in ticked.steps), ticked.mail
    return {
        "made": made,
        "refused": len(ticked.steps) - made,
        "queued": ticked.queued,
        "sent": mail.sent if mail else 0,
        "retried": mail.retried if mail else 0,
        "failed": mail.failed if mail else 0,
        "uncertain": mail.uncertain if mail else 0,
    }


def _told(did: dict[str, int]) -> str:
    """Returns the deeds of a pass in words; what left the queue at once is told as sent alone."""
    words = {
        "made": n_("{count} transition made", "{count} transitions made", did["made"]),
        "refused": n_("{count} transition refused", "{count} transitions refused", did["refused"]),
        "queued": n_("{count} message queued", "{count} messages queued", did["queued"]),
        "sent": n_("{count} message sent", "{count} messages sent", did["sent"]),
        "retried": n_(
            "{count} message put off by its server",
            "{count} messages put off by their server",
            did["retried"],
        ),
        "failed": n_("{count} message refused", "{count} messages refused", did["failed"]),
        "uncertain": n_(
            "{count} message that nobody knows to have arrived",
            "{count} messages that nobody knows to have arrived",
            did["uncertain"],
        ),
    }
    if did["sent"]:
        del words["queued"]
    return ", ".join(text.format(count=did[name]) for name, text in words.items() if did[name])
