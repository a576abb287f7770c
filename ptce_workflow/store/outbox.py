"""The outbox as one transaction reads and writes it; see `store.unit`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from ptce_workflow.store.rows import MessageRow, PauseRow, sound
from ptce_workflow.store.statements import Statement, Statements

_KEY = ("number", "case_id", "notification", "occurrence", "recipient")


class Outbox:
    """The part of a unit of work that is about mail."""

    _cursor: Any
    _do: Statements

    def _stream(self) -> Any:
        raise NotImplementedError

    def add_messages(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Adds messages, every column named."""
        self._write(self._do.add_message, rows)

    def last_message(self, contest: str) -> int:
        """The highest number of a message; 0 while there is none."""
        row = self._do.last_message.run(self._cursor, contest=contest).fetchone()
        return int(row[0] or 0)

    def message(self, contest: str, number: int) -> MessageRow | None:
        """The message of that number."""
        row = self._do.message.run(self._cursor, contest=contest, number=number).fetchone()
        return None if row is None else _message(row)

    def messages(self, contest: str) -> Iterator[MessageRow]:
        """Every message, by number, read as it goes."""
        return map(_message, self._do.messages.run(self._stream(), contest=contest))

    def messages_of(self, contest: str, case_id: str) -> list[MessageRow]:
        """Every message about a candidature, or about the contest (an empty id), by number."""
        found = self._do.messages_of.run(self._cursor, contest=contest, case_id=case_id)
        return sorted(map(_message, found))

    def messages_standing(
        self,
        contest: str,
        case_id: str,
        stages: Iterable[str],
        slots: Iterable[tuple[str, str, str]],
    ) -> list[MessageRow]:
        """The messages about a candidature at some stages, or in some slots; by number."""
        keys = {"contest": contest, "case_id": case_id}
        found = [
            row
            for stage in stages
            for row in self._do.messages_of_at.run(self._cursor, **keys, stage=stage).fetchall()
        ]
        for notification, occurrence, recipient in slots:
            slot = {"notification": notification, "occurrence": occurrence, "recipient": recipient}
            found += self._do.message_in_slot.run(self._cursor, **keys, **slot).fetchall()
        return sorted(map(_message, dict.fromkeys(map(tuple, found))))

    def messages_at(self, contest: str, stage: str) -> list[MessageRow]:
        """Every message at a stage, the earliest first."""
        found = self._do.messages_at.run(self._cursor, contest=contest, stage=stage)
        return [_message(row) for row in found]

    def messages_due(self, contest: str, stage: str, until: str, most: int) -> list[MessageRow]:
        """Messages at a stage that are to be looked at by an instant, the earliest first."""
        found = self._do.messages_due.run(
            self._cursor, contest=contest, stage=stage, until=until, most=most
        )
        return [_message(row) for row in found]

    def leases_over(self, contest: str, stage: str, until: str) -> list[MessageRow]:
        """Messages at a stage whose sender has let the lease run out, by number."""
        found = self._do.leases_over.run(self._cursor, contest=contest, stage=stage, until=until)
        return sorted(map(_message, found))

    def leases_after(self, contest: str, stage: str, since: str) -> list[MessageRow]:
        """Messages at a stage whose lease ends after an instant, by number."""
        found = self._do.leases_after.run(self._cursor, contest=contest, stage=stage, since=since)
        return sorted(map(_message, found))

    def count_due(self, contest: str, stage: str, until: str) -> int:
        """How many messages at a stage are to be looked at by an instant."""
        row = self._do.count_due.run(
            self._cursor, contest=contest, stage=stage, until=until
        ).fetchone()
        return int(row[0])

    def stages(self, contest: str) -> dict[str, tuple[int, str]]:
        """How many messages are at each stage, and the earliest instant to look at one."""
        found = self._do.stages.run(self._cursor, contest=contest)
        return {stage: (count, earliest) for stage, count, earliest in found}

    def sent_since(self, contest: str, stage: str, since: str) -> int:
        """How many messages came to a stage after an instant."""
        row = self._do.sent_since.run(
            self._cursor, contest=contest, stage=stage, since=since
        ).fetchone()
        return int(row[0])

    def change_messages(
        self, contest: str, changes: Sequence[tuple[MessageRow, MessageRow]]
    ) -> None:
        """Changes messages, each from what it was.

        *Raises* RuntimeError when one is no longer so: whoever changes it has its turn to write,
        and has read it in the same transaction.
        """
        for was, now in changes:
            changed = {name: value for name, value in now._asdict().items() if name not in _KEY}
            keys = {"of_contest": contest, "of_number": was.number, "was": was.stage}
            done = self._do.change_message.run(
                self._cursor, **keys, **changed, was_worker=was.worker
            )
            if done.rowcount != 1:
                raise RuntimeError(f"message {was.number} is no longer {was.stage}")

    def mail(self, contest: str, number: int) -> bytes | None:
        """The bytes of a message as they leave, or left."""
        row = self._do.mail.run(self._cursor, contest=contest, number=number).fetchone()
        return None if row is None else bytes(row[0])

    def put_mail(self, contest: str, number: int, content: bytes) -> None:
        """Keeps the bytes of a message, in place of others."""
        self._do.remove_mail.run(self._cursor, contest=contest, number=number)
        self._do.add_mail.run(self._cursor, contest=contest, number=number, content=content)

    def pause(self, contest: str) -> PauseRow | None:
        """Why no mail leaves, and until when."""
        row = self._do.pause.run(self._cursor, contest=contest).fetchone()
        return None if row is None else sound(PauseRow, row)

    def put_pause(self, contest: str, pause: PauseRow | None) -> None:
        """Has no mail leave for a time, or lets them leave again."""
        self._do.remove_pause.run(self._cursor, contest=contest)
        if pause is not None:
            self._do.add_pause.run(self._cursor, contest=contest, **pause._asdict())

    def _write(self, statement: Statement, rows: Sequence[Mapping[str, Any]]) -> None:
        if len(rows) == 1:
            statement.run(self._cursor, **rows[0])
        elif rows:
            statement.run_many(self._cursor, rows)


def _message(row: Sequence[Any]) -> MessageRow:
    found = sound(MessageRow, row)
    return found._replace(held=bool(found.held))
