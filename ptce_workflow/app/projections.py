"""What is kept beside the ledger, as rows of the database and back: candidatures, people, forms.

The form of a process lets commands load it without reading its files again. It is kept by who
made it: a program whose tables of the folder have other keys, or that counts days off by other
calendars, makes it again when it next writes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any

from msgspec import Struct, json
from msgspec.structs import asdict

from ptce_workflow.app.refusals import UNREADABLE, damaged_line
from ptce_workflow.base.encoding import from_json, from_text, to_json, to_text
from ptce_workflow.base.runtime import VERSION, installed_version
from ptce_workflow.ledger.state import Person
from ptce_workflow.process.model import form
from ptce_workflow.process.model.shape import SHAPE
from ptce_workflow.process.rules.case import Case, Decided, Scores, Unread
from ptce_workflow.store.connections import damaged_row
from ptce_workflow.store.rows import CandidatureRow

if TYPE_CHECKING:
    from ptce_workflow.ledger.beside import Rows
    from ptce_workflow.ledger.events.base import Entry
    from ptce_workflow.process.letters.message import Message
    from ptce_workflow.process.model.folder import Files
    from ptce_workflow.process.process import Process
    from ptce_workflow.store.rows import ListedRow, PersonRow
    from ptce_workflow.store.unit import Unit


_PEOPLE_KEPT = 64
_PRIVATE_KEPT = 512


def to_columns(case: Case, name_field: str) -> dict[str, Any]:
    """Every column of a candidature; `private` and `name` hold all that may be erased."""
    return {
        **moved_columns(case),
        "ref": case.ref,
        "name": case.private.get(name_field),
        "private": _encode(dict(case.private)),
    }


def moved_columns(case: Case) -> dict[str, Any]:
    """The columns that change when a candidature moves and nothing erasable does."""
    return {
        "id": case.id,
        "state": case.state,
        "since": to_text(case.since),
        "version": case.version,
        "record": _encode(_record(case)),
    }


def tells(row: CandidatureRow, case: Case, name_field: str) -> bool:
    """True when a row tells a candidature as it is.

    *Raises* ValueError for a row that tells nothing.
    """
    name, since = case.private.get(name_field), to_text(case.since)
    told = (case.id, case.ref, case.state, since, case.version, name)
    return (
        (row.id, row.ref, row.state, row.since, row.version, row.name) == told
        and from_json(row.record) == _record(case)
        and from_json(row.private) == case.private
    )


def case_of(row: CandidatureRow, process: Process | None = None) -> Case:
    """The candidature that a row holds, in a state that the process knows.

    *Raises* PtceError for a row that no command has written.
    """
    try:
        case = _case_of(row)
    except UNREADABLE as error:
        raise damaged_row("candidature", row.ref) from error
    if process is not None and case.state not in process.states:
        raise damaged_row("candidature", row.ref)
    return case


def case_in(row: ListedRow) -> Case:
    """The candidature of a list, without what may be erased.

    *Raises* PtceError for a row that no command has written.
    """
    return case_of(CandidatureRow(*row[:-1], "{}"))


def contest_facts(unit: Unit, contest: str) -> Mapping[str, Any]:
    """The facts of a contest, by qualified name, as its lines tell them.

    *Raises* PtceError for a line that is damaged.
    """
    # Few contests have any.
    from ptce_workflow.ledger.events.codec import decode
    from ptce_workflow.ledger.events.contest import ContestFactsRecorded

    facts: Mapping[str, Any] = {}
    for row in unit.fact_lines(contest):
        try:
            event = decode(row.line).data
        except ValueError as error:
            raise damaged_line(row.n, error) from error
        if isinstance(event, ContestFactsRecorded):
            facts = event.after(facts)
    return facts


def keys_told(unit: Unit, contest: str) -> dict[str, int]:
    """The public keys that a ledger tells, in base64, each with the line from which it signs.

    *Raises* PtceError for a line that is damaged.
    """
    # Asked where a checkpoint is made.
    from ptce_workflow.ledger.events.codec import read
    from ptce_workflow.ledger.events.contest import ContestCreated, KeyChanged

    n, told = 1, dict[str, int]()
    try:
        first = read(unit.line(contest, n)).data
        if not isinstance(first, ContestCreated):
            raise ValueError(first.kind)
        told[first.key] = n
        for row in unit.key_lines(contest):
            n, event = row.n, read(row.line).data
            if isinstance(event, KeyChanged):
                told[event.key] = n
    except (KeyError, ValueError) as error:
        raise damaged_line(n, error) from error
    return told


def line_of(unit: Unit, contest: str, n: int) -> Entry[Any] | None:
    """A line by its number; None for one that is gone or damaged."""
    # Few commands look a line up.
    from ptce_workflow.ledger.events.codec import read

    with suppress(KeyError, ValueError):
        return read(unit.line(contest, n))
    return None


def rows_of(unit: Unit, contest: str, subject: str) -> Rows:
    """The lines that have a side row about somebody still."""
    from ptce_workflow.ledger.beside import Rows

    numbers = (row.n for row in unit.sides_of(contest, subject))
    return Rows(numbers, partial(line_of, unit, contest))


def instant_in(text: str, table: str, row: object) -> datetime:
    """The instant that a column holds.

    *Raises* PtceError for anything else.
    """
    try:
        instant = from_text(text)
    except ValueError as error:
        raise damaged_row(table, row) from error
    if instant.tzinfo is None:
        raise damaged_row(table, row)
    return instant


def due_of(row: Message) -> datetime:
    """The hour for which a message was planned.

    *Raises* PtceError for a row that tells none.
    """
    return instant_in(row.due, "message", row.number)


class _Record(Struct, gc=False):
    """What a row keeps of a candidature in one column, by the names that it has there."""

    entered: dict[str, datetime]
    facts: dict[str, Any]
    given: frozenset[str]
    panels: dict[str, dict[str, int]]
    scores: dict[str, Scores]
    tried: dict[str, datetime]
    sent: dict[str, datetime] = {}
    recused: dict[str, tuple[str, ...]] = {}
    origin: dict[str, Any] | None = None
    handed_over: dict[str, str] = {}
    received: dict[str, tuple[datetime, ...]] = {}
    rectified: dict[str, int] = {}
    answers: dict[str, str] = {}
    decided: Decided | None = None
    declared: dict[str, dict[str, bool | str]] = {}
    aside: dict[str, tuple[str, ...]] = {}
    late: dict[str, datetime] = {}


_records = json.Decoder(_Record)


def _case_of(row: CandidatureRow) -> Case:
    return Case(
        id=row.id,
        ref=row.ref,
        state=row.state,
        since=instant_in(row.since, "candidature", row.ref),
        version=row.version,
        # No rule ever looks at it.
        private=Unread(row.private, _private),
        **asdict(_records.decode(row.record)),
    )


@lru_cache(maxsize=_PRIVATE_KEPT)
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
        "roles": _encode(list(person.roles)),
        "institution": person.institution,
        "login": person.private.get("login"),
        "private": _encode(dict(person.private)),
        "active": person.active,
    }


@lru_cache(maxsize=_PEOPLE_KEPT)
def person_of(row: PersonRow) -> Person:
    """The person that some columns hold.

    *Raises* PtceError for columns that no command has written.
    """
    try:
        private = dict(from_json(row.private))
        roles = tuple(map(str, from_json(row.roles)))
    except UNREADABLE as error:
        raise damaged_row("person", row.pseudonym) from error
    return Person(row.pseudonym, roles, row.institution, bool(row.active), private)


def _record(case: Case) -> dict[str, Any]:
    # What a database of an older program does not hold is left out while there is none.
    later: dict[str, Any] = {
        "sent": case.sent and _texts(case.sent),
        "recused": case.recused and {name: list(those) for name, those in case.recused.items()},
        "origin": case.origin,
        "handed_over": case.handed_over,
        "rectified": case.rectified,
        "answers": case.answers,
        "late": _texts(case.late),
        "decided": case.decided and _decided(case.decided),
        "declared": dict(case.declared),
        "aside": case.aside and {name: list(those) for name, those in case.aside.items()},
        "received": {sheet: list(map(to_text, all_)) for sheet, all_ in case.received.items()},
    }
    return {
        **{name: value for name, value in later.items() if value},
        "entered": _texts(case.entered),
        "facts": dict(case.facts),
        "given": sorted(case.given),
        "panels": case.panels,
        "scores": dict(case.scores),
        "tried": _texts(case.tried),
    }


def _decided(decided: Decided | None) -> list[Any] | None:
    if decided is None:
        return None
    told, against, before = _texts(decided.told), _decided(decided.against), decided.before
    line = decided.n, _decided(before), decided.undone, decided.by
    return [decided.way, to_text(decided.at), told, against, *line]


def _encode(value: object) -> str:
    # No hash is taken of these columns: their JSON need not be that of the ledger, which the
    # standard library writes three times more slowly.
    return to_json(value)


def _texts(instants: Mapping[str, datetime]) -> dict[str, str]:
    return {name: to_text(instant) for name, instant in instants.items()}


def keep_form(unit: Unit, process: Process) -> None:
    """Keeps the form of a process, in place of one that another program made."""
    unit.hold(process.hash)
    unit.remove_form(process.hash)
    row = {"process": process.hash, "made_by": _this_program(), "content": form.dump(process)}
    unit.add_form([row])


def kept_process(unit: Unit, hash_: str, source: Callable[[], Files]) -> Process | None:
    """A process as its form tells it; None where this program has made none that it can load."""
    kept = unit.form(hash_)
    if kept is None or kept.made_by != _this_program():
        return None
    try:
        process = form.load(kept.content, source)
    except form.FormError:
        return None
    return process if process.hash == hash_ else None


def is_altered(unit: Unit, process: Process) -> bool:
    """The form of a process, read from its files, is no longer the one that this program made."""
    kept = unit.form(process.hash)
    return (
        kept is not None and kept.made_by == _this_program() and kept.content != form.dump(process)
    )


def _this_program() -> str:
    return f"ptce_workflow {VERSION} {SHAPE}, holidays {installed_version('holidays')}"
