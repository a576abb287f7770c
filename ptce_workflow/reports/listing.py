"""The lists that commands answer with, each declared by its columns.

A path is attributes, methods, keys of mappings or numbers of items, with dots between; `*` stands
for each item.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from msgspec import Struct
from msgspec.structs import asdict

from ptce_workflow.base.notation import to_text
from ptce_workflow.base.words import N_, _, language, short_instant

if TYPE_CHECKING:
    from ptce_workflow.app.contest import Contest
    from ptce_workflow.app.mailbox import MailView
    from ptce_workflow.app.outbox.desk import Posted
    from ptce_workflow.ledger.state import Person
    from ptce_workflow.office.page import Report, Table
    from ptce_workflow.process.process import Process


_KEY = re.compile(r"[a-z_][a-z_0-9]*(?:=[a-z_.*0-9]+)?\??")


class JsonObject:
    """An object for `--json`: the attributes of another one, and values given by name."""

    def __init__(self, of: object, **values: Any) -> None:
        self.of, self.values = of, values


class Col(NamedTuple):
    """A column: its heading, and the path of what stands in it, or a function that finds it.

    `show` gives what people read in its place, or `none` where nothing stands. Days are written
    without their `hours`, or with them. A column in which nothing stands is left out where it is
    `spare`. The rest is of `report.Column`.
    """

    heading: str | Callable[[Process], str]
    of: str | Callable[[Any], object]
    none: str = ""
    show: Callable[[Process, Any], object] | None = None
    hours: bool | None = None
    spare: bool = False
    number: bool = False
    flexible: bool = False
    below: bool = False
    share: int = 1

    def value(self, process: Process, row: Any) -> object:
        value = at_path(row, self.of) if isinstance(self.of, str) else self.of(row)
        return value if self.show is None or value is None else self.show(process, value)


class Listing:
    """The rows that a command answers with: as data, and as a table under a title."""

    def __init__(self, title: str, keys: str, *columns: Col) -> None:
        self.title, self.columns, self.shape = title, columns, f"[{{{keys}}}]"

    def within(self, path: str) -> str:
        text = self.shape.strip("[{}]")
        return re.sub(r"(\w+)(?:=([\w.*]+))?", lambda m: f"{m[1]}={path}.{m[2] or m[1]}", text)

    def report(self, contest: Contest, rows: Sequence[Any]) -> Report:
        from ptce_workflow.office.page import of_contest

        process, now = contest.process, contest.clock.now()
        return of_contest(process, _(self.title), now, [self.table(process, rows, now)])

    def table(
        self, process: Process, rows: Sequence[Any], now: datetime | None = None, *more: Col
    ) -> Table:
        """The rows as people read them, with `more` columns; the year of `now` is left out."""
        columns = (
            column._replace(heading=_(column.heading))
            if isinstance(column.heading, str)
            else column
            for column in self.columns
        )
        return table(process, rows, *columns, *more, now=now)


def table(
    process: Process | None,
    rows: Iterable[Any],
    *columns: Col,
    now: datetime | None = None,
    caption: str = "",
    named: bool = False,
) -> Table:
    """Rows as people read them; without a process, no column holds instants."""
    # Imported here for start-up time: `--help` builds every command and shows no table.
    from ptce_workflow.office.page import Column, Table, dated

    rows, heads, cells = list(rows), [], []
    process = cast("Process", process)
    for one in columns:
        heading = one.heading(process) if callable(one.heading) else one.heading
        values = [one.value(process, row) for row in rows]
        if one.hours is None:
            column: Sequence[str] = [_shown(process, one, value) for value in values]
        else:
            instants = [value for value in values if isinstance(value, datetime)]
            heading, days = dated(heading, instants, process.zone, hours=one.hours, now=now)
            told = iter(days)
            column = [next(told) if isinstance(value, datetime) else "" for value in values]
        if any(column) or not one.spare:
            heads.append(Column(heading, one.number, one.flexible, one.below, one.share))
            cells.append(column)
    return Table(heads, [*zip(*cells, strict=True)], caption, named)


def _shown(process: Process, column: Col, value: object) -> str:
    if value is None or value in ("", []):
        return _(column.none) if column.none else ""
    if isinstance(value, str):
        return value
    # Imported below what most cells hold: a list has thousands of them.
    from ptce_workflow.office.page import count, instant

    match value:
        case int():
            return count(value)
        case datetime():
            return instant(value, process.zone, short_instant(value, process.zone, language()))
        case Sequence() | Iterator():
            return "\n".join(_shown(process, column, one) for one in value)
        case _:
            return str(getattr(value, "label", value))


def at_path(of: Any, path: str) -> Any:
    """What a path leads to; None where something on the way is None."""
    name, _dot, others = path.partition(".")
    if name == "*":
        return [at_path(one, others) for one in of]
    if of is None or not name:
        return of
    value = _step(of, name)
    return at_path(value, others) if others else value


def _step(of: Any, name: str) -> Any:
    if isinstance(of, JsonObject):
        return of.values[name] if name in of.values else _step(of.of, name)
    if name.isdigit():
        return of[int(name)]
    if isinstance(of, Mapping) and name != "items":
        return of.get(name)
    found = getattr(of, name)
    return found() if callable(found) else found


def documented(shape: str) -> str:
    """A shape as help tells it: the keys, without where each is found."""
    return re.sub(r"=[a-z_.*0-9]+|\?", "", shape)


def shape_keys(shape: str) -> Any:
    """A shape such as `[{ref=case.ref, said?, rules: [{id}]}]`, as nested lists and keys."""
    quoted = _KEY.sub(r'"\g<0>"', shape)
    return json.loads(re.sub(r'"(?=\s*[,}])', '": null', quoted))


def shaped(shape: str, value: Any) -> Any:
    """What a shape names of a value, by key or path; `?` is null where empty."""
    return _shaped(shape_keys(shape), value)


def _shaped(keys: Any, value: Any) -> Any:
    if keys is None or value is None:
        return value
    if isinstance(keys, list):
        return [_shaped(keys[0], one) for one in value]
    found = {}
    for wanted, inner in keys.items():
        key, _sign, path = wanted.removesuffix("?").partition("=")
        at = at_path(value, path or key)
        found[key] = None if wanted.endswith("?") and not at else _shaped(inner, at)
    return found


def plain_json(value: Any) -> Any:
    """What JSON has no form for: an instant, a structure, a file, a mapping, a label."""
    if isinstance(value, datetime):
        return to_text(value)
    if isinstance(value, Struct):
        return asdict(value)
    if isinstance(value, PurePath):
        return str(value)
    return dict(value) if isinstance(value, Mapping) else value.text


def noun(process: Process) -> str:
    from ptce_workflow.process.process import noun_of

    return noun_of(process)


def state(process: Process, name: str) -> object:
    return process.states[name]


CANDIDATURES = Listing(
    N_("Candidatures"),
    "ref, name, state, since, next_date, alarms: [{date, label, at, days}], correct_address, "
    "answered?, waits=awaited: {who, what, until}, answers?",
    Col(N_("ref."), "ref", share=2),
    Col(noun, "name", N_("(erased)"), flexible=True, share=6),
    Col(N_("state"), "state", show=state, share=4),
    Col(N_("since"), "since", hours=False, share=2),
)


FIXED_COLUMNS: Mapping[str, str] = {
    "ref": N_("reference"),
    "name": N_("name"),
    "state": N_("state"),
    "since": N_("since"),
    "waiting": N_("waiting for"),
}
"""The columns of candidatures in every contest, by what people may call them besides."""
WAITS_FOR: Mapping[str, str] = {
    "desk": N_("desk"),
    "jury": N_("jury"),
    "applicant": N_("applicant"),
    "time": N_("a date"),
}
"""Whom a candidature may wait for, by what people call them."""


def _stage(mail: Posted) -> str:
    from ptce_workflow.process.letters.message import PENDING, label_of

    label = label_of(mail.stage)
    label = _("{label}, rewritten").format(label=label) if mail.rewritten else label
    if mail.doubtful and mail.stage in PENDING:
        return _("{label}, address doubtful").format(label=label)
    return _("{label}, will not leave").format(label=label) if mail.moot else label


def to_whom(mail: Posted) -> str:
    """The recipient, after the reference of the candidature that it is about."""
    return mail.to if not mail.ref or mail.to == mail.ref else f"{mail.ref} {mail.to}"


def addressed(mail: Posted) -> str:
    return f"{to_whom(mail)} <{mail.address}>" if mail.address else to_whom(mail)


def _reader(mail: Posted) -> Iterator[str]:
    """The recipient; below, what the server said to one that did not go well."""
    from ptce_workflow.process.letters.message import ANSWERED

    yield addressed(mail)
    if mail.said and mail.stage in ANSWERED:
        yield mail.said


MAILS = Listing(
    N_("Mails"),
    "message=name, stage, notification, label, ref?, candidature?, recipient, to, address?, due, "
    "next_at, leaves, moot, held, attempts, said?, rewritten, doubtful",
    Col(N_("mail"), "name", share=2),
    Col(N_("when"), lambda mail: mail.leaves or mail.next_at, hours=True, share=3),
    Col(N_("what"), "label", flexible=True, share=6),
    Col(N_("state"), _stage, share=3),
    Col(N_("to"), _reader, flexible=True, below=True, share=6),
)


def _sent_by(mail: MailView) -> Iterator[str]:
    """The sender and the subject; below, why a mail is left to a person, and what came with it."""
    yield ", ".join(filter(None, (mail.sender, mail.subject)))
    if mail.why:
        yield mail.why
    for piece in mail.pieces:
        named = (piece.label, piece.name or _(piece.kind), piece.why_refused)
        yield " – ".join(filter(None, named))


def _outcome(mail: MailView) -> str:
    from ptce_workflow.app.pieces import LABELS

    return _(LABELS[mail.outcome])


RECEIVED = Listing(
    N_("Mails received"),
    "mail=name, received_at=at, outcome, why?, ref?, message?, sender, subject, sha256, "
    "pieces: [{piece=label, name, kind, size, sha256, refused=why_refused?}]",
    Col(N_("mail"), "name", share=2),
    Col(N_("when"), "at", hours=True, share=3),
    Col(N_("what"), _outcome, flexible=True, share=4),
    Col(N_("about"), lambda mail: [one for one in (mail.ref, mail.message) if one], share=2),
    Col(N_("from"), _sent_by, flexible=True, below=True, share=6),
)


def _roles(person: Person) -> str:
    from ptce_workflow.process.process import role_label

    return ", ".join(map(role_label, person.roles)) if person.active else _("has left")


def _seat(process: Process, name: str) -> object:
    return process.definition.config.institutions.get(name, name)


PEOPLE = Listing(
    N_("People"),
    "actor=pseudonym, name=private.name, capacity=private.capacity, roles, institution, "
    "login=private.login, active",
    Col(N_("who"), "pseudonym", share=2),
    Col(N_("name"), "called", N_("(erased)"), flexible=True, share=5),
    Col(N_("roles"), _roles, share=3),
    Col(N_("login"), "private.login", flexible=True, share=3),
    Col(
        N_("institution"), "institution", show=_seat, spare=True, flexible=True, below=True, share=5
    ),
)


def _sitting(process: Process, name: str) -> object:
    return process.definition.config.sittings.get(name, name)


SITTINGS = Listing(
    N_("Sittings"),
    "number, sitting=name, call, at, line, closed, hash, present, chair, decided",
    Col(N_("no."), "number", number=True, share=1),
    Col(N_("sitting"), "name", show=_sitting, flexible=True, share=5),
    Col(N_("when"), "at", share=3),
    Col(N_("call"), "call", number=True, share=2),
    Col(N_("present"), lambda held: len(held.present), number=True, share=2),
    Col(N_("decided"), "decided", number=True, share=2),
    Col(N_("line"), "closed", number=True, share=2),
)


STEPS = (
    "[{ref=before.ref, transition=edge.key, from=before.state, to, made=done, allowed=made, "
    "verdicts, line}]"
)
"""Transitions that were made, or refused."""
