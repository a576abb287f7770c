"""A ledger written anew by a patient hand: all that is kept beside it is rebuilt from its lines."""

import json
import re
from collections.abc import Mapping
from functools import partial
from typing import Any

from msgspec import structs
from msgspec.structs import replace

from ptce_workflow.app.audit.verify import ContestExaminer, examine_ledger
from ptce_workflow.app.contest import Contest
from ptce_workflow.app.projections import contest_column, to_columns
from ptce_workflow.process.letters.message import Message
from tests.ledger.tamperer import Tamperer

_TOLD = (
    *("case_id", "occurrence", "recipient", "due", "stage", "held", "sequence", "read", "sent"),
    "erased",
)
_ANSWERED = ("next_at", "attempts", "address", "sha256", "said")


def rebuilds(it: Tamperer, n: int = 0) -> int:
    """Has all that is kept rebuilt once the lines are written; the number of a line."""
    it.on_database(partial(_rebuild, it.contest))
    return n


def without(it: Tamperer, *numbers: int, mails: tuple[str, ...] = ()) -> int:
    """Takes lines out, with the mails that they plan and some others; the last of them.

    All that names later lines and mails by their numbers is told anew.
    """
    gone = [*mails]
    for n in numbers:
        gone += [one["message"] for one in it.line(n).data.get("messages", ()) if "due" in one]
    for name in gone:
        _without_mail(it, name)
    for n in sorted(numbers, reverse=True):
        it.drop(n)
        for at, line in enumerate(it.lines, 1):
            if line.type == "personal_data_erased":
                lines = [one - (one > n) for one in line.data["lines"]]
                it.change(at, data={**line.data, "lines": lines})
    left = sorted({*range(1, _mails(it) + len(gone) + 1)} - {*map(_number, gone)})
    _renumber(it, {old: new for new, old in enumerate(left, 1) if old != new})
    return rebuilds(it, max(numbers, default=0))


def _number(name: str) -> int:
    return int(name.removeprefix("M-"))


def _mails(it: Tamperer) -> int:
    planned = (line.data["messages"] for line in it.lines if line.type == "messages_planned")
    letters = (line for line in it.lines if line.type == "message_written")
    return sum(map(len, planned)) + sum(1 for _line in letters)


def _without_mail(it: Tamperer, name: str) -> None:
    for n, line in enumerate(it.lines, 1):
        if line.type == "messages_planned":
            left = [one for one in line.data["messages"] if one["message"] != name]
            if len(left) < len(line.data["messages"]):
                it.data(n, messages=left)
    for table in ("message", "mail"):
        it.sql(f"DELETE FROM {table} WHERE number = ?", _number(name))


def _renumber(it: Tamperer, moved: Mapping[int, int]) -> None:
    names = {f"M-{old:03d}": f"M-{new:03d}" for old, new in moved.items()}
    for at, line in enumerate(it.lines):
        text = json.dumps(line.data)
        told = re.sub(r"M-\d{3,}", lambda found: names.get(found[0], found[0]), text)
        if told != text:
            it.lines[at] = replace(line, data=json.loads(told))
    for old, new in sorted(moved.items()):
        for table in ("message", "mail"):
            it.sql(f"UPDATE {table} SET number = ? WHERE number = ?", new, old)


def _rebuild(contest: Contest, database: Any) -> None:
    with contest.database.reading() as repo:
        kind = partial(ContestExaminer, has_document=lambda _hash: True)
        examiner = examine_ledger(contest, repo, kind, "")
        rows = {row.name: row for row in repo.messages(contest.id)}
    state, process = examiner.state, examiner.processes[examiner.state.process]
    assert process is not None
    for case in state.cases.values():
        _update(database, "candidature", to_columns(process, case), id=case.id)
    for table, column, known in (
        ("candidature", "id", state.cases),
        ("person", "pseudonym", state.people),
    ):
        for (found,) in database.execute(f"SELECT {column} FROM {table}").fetchall():
            if found not in known:
                database.execute(f"DELETE FROM {table} WHERE {column} = ?", (found,))
    database.execute("DELETE FROM counter")
    for (name, bucket), value in examiner.counters.items():
        told = (contest.id, name, bucket, value)
        database.execute("INSERT INTO counter VALUES (?, ?, ?, ?)", told)
    database.execute("UPDATE contest SET content = ?", (contest_column(state),))
    for name, message in state.messages.items():
        if name in rows:
            _tell(database, rows[name], message)


def _tell(database: Any, row: Message, message: Message) -> None:
    fields = structs.asdict(message)
    names = (*_TOLD, *_ANSWERED) if message.sent or message.sha256 else _TOLD
    told = {name: fields[name] for name in names}
    if message.as_recorded().stage == row.as_recorded().stage:
        # Where the courier has come to, no line tells.
        del told["stage"]
    _update(database, "message", told, number=message.number)


def _update(database: Any, table: str, columns: Mapping[str, Any], **where: Any) -> None:
    given = {name: value for name, value in columns.items() if name not in where}
    [(key, value)] = where.items()
    assignments = ", ".join(f"{name} = ?" for name in given)
    query = f"UPDATE {table} SET {assignments} WHERE {key} = ?"
    database.execute(query, (*given.values(), value))
