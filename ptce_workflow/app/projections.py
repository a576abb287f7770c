"""Candidatures, people and forms as database rows, and back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime
from functools import lru_cache
from typing import Any

from msgspec import Struct, field
from msgspec import json as msgspec_json

from ptce_workflow.app.refusals import UNREADABLE, damaged_line
from ptce_workflow.base.notation import from_json, from_text, to_json, to_text
from ptce_workflow.base.runtime import VERSION, installed_version
from ptce_workflow.ledger.events.base import Entry, read
from ptce_workflow.ledger.events.contest import ContestCreated, KeyChanged
from ptce_workflow.ledger.state import ContestState, Person, Sittings
from ptce_workflow.process import process as form
from ptce_workflow.process.candidature import NONE, Candidature, Unread
from ptce_workflow.process.letters.message import Message
from ptce_workflow.process.model.folder import Files
from ptce_workflow.process.process import SHAPE, Process
from ptce_workflow.store.connections import damaged_row
from ptce_workflow.store.database import Repository
from ptce_workflow.store.rows import CandidatureRow, ContestRow, ListedRow, PersonRow


def _plain(value: Any) -> Any:
    """A value of a kind that msgspec does not know: a mapping, or an instant of a subclass."""
    return value.isoformat() if isinstance(value, datetime) else dict(value)


_json = msgspec_json.Encoder(enc_hook=_plain).encode
_content = msgspec_json.Decoder(Candidature)


def _stored(case: Candidature) -> Candidature:
    """What of a candidature its row holds in `content`.

    What may be erased stands beside it; what all know of the contest is in no line of one; what is
    kept from somebody, or supposed while a sitting decides, is of one act alone.
    """
    return case.but(private=NONE, contest=NONE, closed=(), assigned=NONE, taken_up=None)


def to_columns(process: Process, case: Candidature) -> dict[str, Any]:
    """Every column of a candidature; `private` and `name` hold all that may be erased."""
    return {
        **moved_columns(process, case),
        "ref": case.ref,
        "name": case.private.get(process.definition.config.contest.name_field),
        "private": _json(case.private).decode(),
    }


def moved_columns(process: Process, case: Candidature) -> dict[str, Any]:
    """The columns that change when a candidature moves and nothing erasable does."""
    return {
        "id": case.id,
        "state": case.state,
        "since": to_text(case.since),
        "version": case.version,
        "due": next_due(process, case),
        "content": _json(_stored(case)).decode(),
    }


def next_due(process: Process, case: Candidature) -> str:
    """When time will next make a transition of a candidature; empty where it makes none."""
    return to_text(min(ahead)) if (ahead := due_ahead(process, case).values()) else ""


def due_ahead(process: Process, case: Candidature) -> dict[str, datetime]:
    """The transitions that time will make, each with its instant, less those that it has tried."""
    return {name: at for name, at in process.due(case).items() if case.tried.get(name) != at}


def difference(row: CandidatureRow, case: Candidature, process: Process) -> tuple[str, str] | None:
    """How a row differs from a candidature, or None. Raises: ValueError."""
    called = case.private.get(process.definition.config.contest.name_field)
    found_by = (case.id, case.ref, case.state, to_text(case.since), case.version, called)
    for name, ours, theirs in zip(
        row._fields, row, (*found_by, next_due(process, case)), strict=False
    ):
        if ours != theirs:
            return f"{name}: {ours}", str(theirs)
    stored = _content.decode(row.content).but(private=Unread(row.private, _private))
    expected = _stored(case).but(private=case.private)
    for name in Candidature.__struct_fields__ if stored != expected else ():
        had, due = getattr(stored, name), getattr(expected, name)
        if had != due and isinstance(had, Mapping) and isinstance(due, Mapping):
            keys = sorted(key for key in {*had, *due} if had.get(key) != due.get(key))
            return f"{name}: {', '.join(keys)}", ""
        if had != due:
            return f"{name}: {had}", str(due)
    return None


def case_of(row: CandidatureRow, process: Process | None = None) -> Candidature:
    """The candidature of a row. Raises: PtceError for a row that no command has written."""
    try:
        case = _content.decode(row.content)
    except UNREADABLE as error:
        raise damaged_row("candidature", row.ref) from error
    same = (case.id, case.ref, case.state, case.version) == (*row[:3], row.version)
    if not same or (process is not None and case.state not in process.states):
        raise damaged_row("candidature", row.ref)
    # No rule ever looks at what may be erased.
    return case.but(private=Unread(row.private, _private))


def case_in(row: ListedRow) -> Candidature:
    """A row's candidature, without what may be erased. Raises: PtceError."""
    return case_of(CandidatureRow(*row, "{}"))


class ContestContent(Struct, frozen=True):
    """What the lines about the contest as a whole amount to, as its row holds it."""

    versions: Mapping[str, str] = {}
    facts: Mapping[str, Any] = {}
    sittings: Sittings = field(default_factory=Sittings)


_contest_content = msgspec_json.Decoder(ContestContent)


def contest_column(state: ContestState) -> str:
    return _json(ContestContent(state.versions, state.facts, state.sittings)).decode()


def contest_content(row: ContestRow) -> ContestContent:
    """What the row of a contest holds, an object of its own each time. Raises: PtceError."""
    try:
        return _contest_content.decode(row.content)
    except UNREADABLE as error:
        raise damaged_row("contest", row.contest) from error


def public_keys(repo: Repository, contest: str) -> dict[str, int]:
    """The public keys of a ledger, in base64, each with its first line. Raises: PtceError."""
    n, keys = 1, dict[str, int]()
    try:
        first = read(repo.line(contest, n)).data
        if not isinstance(first, ContestCreated):
            raise ValueError(first.kind)
        keys[first.key] = n
        for row in repo.key_lines(contest):
            n, event = row.n, read(row.line).data
            if isinstance(event, KeyChanged):
                keys[event.key] = n
    except (KeyError, ValueError) as error:
        raise damaged_line(n, error) from error
    return keys


def line_of(repo: Repository, contest: str, n: int) -> Entry[Any] | None:
    """A line by its number; None for one that is gone or damaged."""
    with suppress(KeyError, ValueError):
        return read(repo.line(contest, n))
    return None


def rows_of(repo: Repository, contest: str, subject: str) -> dict[int, Entry[Any] | None]:
    return {row.n: line_of(repo, contest, row.n) for row in repo.sides_of(contest, subject)}


def instant_in(text: str, table: str, row: object) -> datetime:
    """The instant that a column holds. Raises: PtceError for anything else."""
    try:
        instant = from_text(text)
    except ValueError as error:
        raise damaged_row(table, row) from error
    if instant.tzinfo is None:
        raise damaged_row(table, row)
    return instant


def due_of(row: Message) -> datetime:
    return instant_in(row.due, "message", row.number)


@lru_cache(maxsize=512)
def _private(text: str) -> Mapping[str, Any]:
    try:
        return dict(from_json(text))
    except UNREADABLE as error:
        raise damaged_row("candidature", text) from error


def person_columns(contest: str, person: Person) -> dict[str, Any]:
    """The columns of a person; all that may be erased is in `login` and `private`."""
    return {
        "contest": contest,
        "pseudonym": person.pseudonym,
        "roles": to_json(list(person.roles)),
        "institution": person.institution,
        "login": person.private.get("login"),
        "private": to_json(dict(person.private)),
        "active": person.active,
    }


@lru_cache(maxsize=64)
def person_of(row: PersonRow) -> Person:
    try:
        private = dict(from_json(row.private))
        roles = tuple(map(str, from_json(row.roles)))
    except UNREADABLE as error:
        raise damaged_row("person", row.pseudonym) from error
    return Person(row.pseudonym, roles, row.institution, bool(row.active), private)


def keep_form(repo: Repository, process: Process) -> None:
    """Keeps the form of a process, in place of one that another program made."""
    repo.hold(process.hash)
    repo.remove_form(process.hash)
    row = {"process": process.hash, "made_by": _this_program(), "content": form.dump(process)}
    repo.add_form([row])


def kept_process(repo: Repository, hash_: str, source: Callable[[], Files]) -> Process | None:
    """A process as its form tells it; None where this program has made none that it can load."""
    form_ = repo.form(hash_)
    if form_ is None or form_.made_by != _this_program():
        return None
    try:
        process = form.load(form_.content, source)
    except form.FormError:
        return None
    return process if process.hash == hash_ else None


def is_altered(repo: Repository, process: Process) -> bool:
    """The form of a process, read from its files, is no longer the one that this program made."""
    form_ = repo.form(process.hash)
    return (
        form_ is not None
        and form_.made_by == _this_program()
        and form_.content != form.dump(process)
    )


def _this_program() -> str:
    return f"ptce_workflow {VERSION} {SHAPE}, holidays {installed_version('holidays')}"
