"""How things stand after a pass, and the file by which a monitor sees that passes are made."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from ptce_workflow.base.instants import to_text
from ptce_workflow.base.words import _, n_

if TYPE_CHECKING:
    from ptce_workflow.app.contest import Contest
    from ptce_workflow.app.outputs import OutputFile
    from ptce_workflow.scheduler.tick import Ticked


@dataclass(frozen=True, slots=True)
class Standing:
    """What was sent since the run began, what is late, and what asks for a person.

    `paused` is why no mail leaves at present, or empty.
    """

    sent: int = 0
    waiting: int = 0
    held: int = 0
    uncertain: int = 0
    failed: int = 0
    paused: str = ""

    def after(self, ticked: Ticked, contest: Contest) -> Standing:
        """How things stand after a pass."""
        mail = contest.waiting_mail()
        sent = ticked.mail.sent if ticked.mail else 0
        return Standing(
            self.sent + sent, mail.late, mail.held, mail.uncertain, mail.failed, mail.paused
        )

    def told(self) -> str:
        """What there is to send or to look at, as part of a line; empty when there is nothing."""
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
