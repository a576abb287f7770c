"""What goes wrong around the mails, and what people do about it, as rules of a state machine.

The model is the server, which counts what it takes.
"""

from collections import Counter
from contextlib import suppress
from datetime import timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from ptce_workflow.app.outbox.desk import Posted, letter_view, messages, resolve
from ptce_workflow.base.errors import PtceError
from ptce_workflow.process.letters.message import Stage
from tests.courier import Watched, all_mails, message_id
from tests.rehearsal import SUBMISSION
from tests.smtp import Misbehaviour

WEEK = timedelta(days=7)
STEPS = ("greeting", "EHLO", "MAIL", "RCPT", "DATA", "content", "RSET")
REPLIES = ("421 4.3.2 closed", "450 4.2.0 later", "550 5.1.1 nobody", "554 5.7.1 never")


class Unruly(RuleBasedStateMachine):
    """A contest whose mail server does not do as it should; `again` is what a person let leave."""

    contest: Any
    server: Watched

    def __init__(self) -> None:
        super().__init__()
        self.again: Counter[str] = Counter()

    @rule(step=st.sampled_from(STEPS), act=st.sampled_from([*REPLIES, Misbehaviour.DROP]))
    def misbehaves(self, step: str, act: str | Misbehaviour) -> None:
        """Has the server do something else the next time that a step comes."""
        self.server.then(step, act)

    @rule(reply=st.sampled_from(["450 4.2.0 later", Misbehaviour.KEEP_AND_DROP]))
    def misbehaves_at_the_end(self, reply: str | Misbehaviour) -> None:
        """Has the server take a message and not say so, or refuse it for now."""
        self.server.then("content", reply)

    @precondition(lambda self: self.at(Stage.FAILED, Stage.EXPIRED))
    @rule()
    def retries(self) -> None:
        """Has what failed or expired leave again."""
        found = self.at(Stage.FAILED, Stage.EXPIRED)[0]
        # One that is of no more use is refused, with a reason.
        with suppress(PtceError):
            resolve(self.contest, found.name, "resend")
            self.again[found.name] += 1

    @precondition(lambda self: self.at(Stage.UNCERTAIN))
    @rule(outcome=st.sampled_from(["resend", "sent", "dropped"]))
    def resolves(self, outcome: str) -> None:
        """Says what becomes of a mail that is in doubt; truly, if it says that it arrived."""
        found = self.at(Stage.UNCERTAIN)[0]
        # None where it is about somebody who was erased meanwhile.
        content = letter_view(self.contest, found.name).eml
        if outcome == "sent" and content not in [one.content for one in self.server.received]:
            outcome = "dropped"
        if outcome == "resend":
            self.again[found.name] += 1
        resolve(self.contest, found.name, outcome, "On le sait.")

    def at(self, *stages: Stage) -> tuple[Posted, ...]:
        return messages(self.contest, stages)

    def judges(self, before: int) -> None:
        """Judges what has just left: it was of use, and no copy that nobody has allowed."""
        taken = Counter(message_id(one.content) for one in self.server.received)
        left = {message_id(one.content) for one in self.server.received[before:]}
        for found in all_mails(self.contest) if left else ():
            content = letter_view(self.contest, found.name).eml if found.attempts else None
            if content is not None and message_id(content) in left:
                expires = SUBMISSION if found.notification == "reminder" else found.due + WEEK
                assert self.contest.clock.now() < expires
                copies = 2 if found.notification != "opened" else 0
                assert taken[message_id(content)] <= 1 + copies + self.again[found.name]
