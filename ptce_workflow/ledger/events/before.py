"""What the law of an event may ask of the contest before it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any, Protocol

from ptce_workflow.ledger.state import Hours, Meeting, Person, Sittings
from ptce_workflow.process.letters.message import MailKey, Message
from ptce_workflow.process.process import Process
from ptce_workflow.process.rules.case import Case
from ptce_workflow.process.rules.totals import Key


class Before(Protocol):
    """The contest as the lines before left it: in memory, or through a transaction."""

    @property
    def rehearsal(self) -> bool:
        """True when its clock may be set by hand."""

    @property
    def begun(self) -> str:
        """The instant of its first line; "" where that cannot be told."""

    @property
    def hours(self) -> Hours:
        """The last and the furthest instant of its lines."""

    @property
    def process(self) -> str:
        """The hash of the process in force."""

    @property
    def versions(self) -> Mapping[str, str]:
        """The versions that verdicts depend on, by name."""

    @property
    def keys(self) -> Mapping[str, int]:
        """The keys that sign checkpoints, each with the line from which it does; the last one now.

        *Shape* base64 of the 32 bytes of the public key.
        """

    @property
    def facts(self) -> Mapping[str, Any]:
        """The facts of the contest, by qualified name."""

    @property
    def meeting(self) -> Meeting | None:
        """The meeting under way."""

    @property
    def adopted(self) -> tuple[int, str] | None:
        """The adoption that what happens now follows from, if it follows from one.

        *Shape* the number of its line, the hash of the process that was in force before.
        """

    @property
    def sittings(self) -> Sittings:
        """The meetings held and called so far."""

    def case(self, id_: str) -> Case | None:
        """A candidature."""

    def candidatures(self) -> int:
        """The number of candidatures."""

    def every_case(self) -> Iterable[Case]:
        """All of them."""

    def message(self, name: str) -> Message | None:
        """A mail."""

    def messages(self) -> int:
        """The number of mails."""

    def messages_of(self, case_id: str | None) -> Mapping[MailKey, Message]:
        """Those about a candidature, or about the contest as a whole."""

    def person(self, pseudonym: str) -> Person | None:
        """Someone who was enrolled, whether or not they have left."""

    def people(self) -> Collection[Person]:
        """Everyone who was ever enrolled."""

    def set_off_about(self, case_id: str) -> Mapping[int, tuple[str, ...]]:
        """The mails that the act under way has set off about a candidature, by line."""

    def counters(self) -> Mapping[Key, int]:
        """The totals of the candidatures; see `process.rules.totals`."""

    def beside(self, subject: str) -> Mapping[int, Any]:
        """The lines with a side row about somebody that no line has erased; None: damaged."""

    def process_of(self, hash_: str) -> Process | None:
        """A process that is archived."""
