"""What goes with an erasure: of a candidature, of a person, or of sheets whose time is over."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ptce_workflow.app.admin import people
from ptce_workflow.app.admin.erased import Erasure, brought_back
from ptce_workflow.app.policies import context
from ptce_workflow.app.post.plan import CONTEST, number_of
from ptce_workflow.app.projections import rows_of
from ptce_workflow.base.encoding import from_json, to_json
from ptce_workflow.base.words import N_, _
from ptce_workflow.ledger.events.base import CONTEST_SUBJECT, Entry
from ptce_workflow.ledger.events.erasure import rows_over, visas
from ptce_workflow.ledger.events.mail import AboutMails
from ptce_workflow.ledger.named import documents_in
from ptce_workflow.ledger.state import Person
from ptce_workflow.process.letters.outbox import PENDING
from ptce_workflow.process.letters.planning import planner_of
from ptce_workflow.process.rules.case import Case

if TYPE_CHECKING:
    from ptce_workflow.app.contest import Contest
    from ptce_workflow.app.transaction import Transaction
    from ptce_workflow.process.letters.message import Message
    from ptce_workflow.store.unit import Unit

DESK_ALONE = N_("Only the desk erases what is held of anyone.")
_SHORTEST = 4
"""What is shorter names nobody: it would be found everywhere."""


@dataclass(frozen=True, slots=True)
class Gone:
    """What goes with somebody, or with the sheets whose time is over: nothing is gone yet.

    `rows` are the numbers of lines by the subject of their side rows; `unsent` are those of the
    `mails` that have not left, and never will; `words` are the numbers of lines and the names of
    mails that name them besides, and stay. `elsewhere` are the references
    that a candidature has got in the contests to which it was handed over. `over` is since when the
    first of the `sheets` should be gone, `again` the line that had told so before an older copy
    brought it back. `askable` are the requests whose term is not over, with its end.
    """

    subject: str
    called: str
    name: str | None
    rows: dict[str, tuple[int, ...]]
    mails: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()
    unsent: tuple[str, ...] = ()
    sheets: tuple[str, ...] = ()
    visas: tuple[str, ...] = ()
    words: tuple[int | str, ...] = ()
    elsewhere: tuple[str, ...] = ()
    over: datetime | None = None
    again: int = 0
    askable: tuple[tuple[str, datetime | None], ...] = ()

    @property
    def is_empty(self) -> bool:
        """True where there is nothing to erase."""
        return not (self.mails or any(self.rows.values()))


def need_desk(act: Transaction) -> None:
    """Lets the desk through, which alone erases.

    *Raises* PtceError for anyone else.
    """
    people.need_desk(act, _(DESK_ALONE))


def of(act: Transaction, who: str) -> Gone:
    """What of a candidature, by its reference, or of a person, by pseudonym or login, would go.

    *Raises* Misuse for nobody, PtceError for anyone but the desk.
    """
    need_desk(act)
    found = [one for one in act.people() if who in (one.pseudonym, one.private.get("login"))]
    if found:
        return _of_person(act, found[0])
    return _of_case(act, act.load([who])[0])


def _named(act: Transaction, subject: str) -> tuple[str, str | None]:
    """What people call a subject: its reference or pseudonym, and its name while it has one."""
    if subject == CONTEST_SUBJECT:
        return _("the contest"), None
    for person in act.people():
        if person.pseudonym == subject:
            return subject, person.private.get("name")
    case = act.case(subject)
    return case.ref, act.name_of(case)


def _of_case(act: Transaction, case: Case) -> Gone:
    unit, contest = act.unit, act.contest
    rows = {case.id: tuple(rows_of(unit, contest, case.id))}
    about = unit.messages_of(contest, case.id)
    called = _names(case.private.values(), act, case)
    theirs = [*about, *_naming(unit.messages_of(contest, CONTEST), called)]
    others = _others(act, case.id, called, {row.name for row in theirs})
    return Gone(
        case.id,
        case.ref,
        act.name_of(case),
        rows,
        tuple(row.name for row in theirs),
        tuple(_documents(unit, contest, rows)),
        _unsent(theirs),
        visas=visas(act.process, case),
        words=others,
        elsewhere=tuple(case.handed_over.values()),
        askable=_askable(act, case),
    )


def _of_person(act: Transaction, person: Person) -> Gone:
    unit, contest, who = act.unit, act.contest, person.pseudonym
    theirs = [row for row in unit.messages(contest) if row.recipient == who]
    rows: dict[str, tuple[int, ...]] = {}
    for case_id in dict.fromkeys(row.case_id for row in theirs if row.case_id != CONTEST):
        names = {row.name for row in theirs if row.case_id == case_id}
        found = rows_of(unit, contest, case_id).items()
        lines = tuple(n for n, line in found if line is not None and _tells_of(line, names))
        if lines:
            rows[case_id] = lines
    rows[who] = tuple(rows_of(unit, contest, who))
    called = _names(person.private.values(), act)
    naming = _naming(unit.messages_of(contest, CONTEST), called)
    theirs += [row for row in naming if row.recipient != who]
    mails = {row.name for row in theirs}
    return Gone(
        who,
        who,
        person.private.get("name"),
        rows,
        tuple(sorted(mails)),
        unsent=_unsent(theirs),
        words=_others(act, who, called, mails, rows),
    )


def _unsent(mails: Iterable[Message]) -> tuple[str, ...]:
    """The names of mails that wait, and are cancelled with whom they were for."""
    return tuple(row.name for row in mails if row.stage in PENDING)


def is_settled(act: Transaction, case: Case) -> bool:
    """True where no request waits for its answer, and the contact knows of every decision."""
    if act.process.pending(case):
        return False
    told = planner_of(act.process).decisions
    about = act.unit.messages_of(act.contest, case.id)
    return not any(row.stage in PENDING and row.notification in told for row in about)


def over(act: Transaction, case: Case) -> Gone:
    """What of a candidature is kept longer than its sheets say."""
    ends = act.process.kept_until(case)
    over = {name for name, at in ends.items() if at <= act.now}
    held = {act.process.definition.kept_with(name.partition(".")[0]) for name in case.private}
    ctx = context(act, case.id)
    sheets = tuple(sorted(held & over))
    lines = tuple(rows_over(ctx, case.id, sheets, over)) if sheets else ()
    mails: tuple[Message, ...] = ()
    if act.process.definition.contact_sheet in sheets:
        unit, contest = act.unit, act.contest
        called = _names(case.private.values(), act, case)
        naming = _naming(unit.messages_of(contest, CONTEST), called)
        mails = (*unit.messages_of(contest, case.id), *naming)
    rows = {case.id: lines}
    return Gone(
        case.id,
        case.ref,
        act.name_of(case),
        rows,
        tuple(row.name for row in mails),
        tuple(_documents(act.unit, act.contest, rows)),
        _unsent(mails),
        sheets,
        visas(act.process, case, sheets),
        over=min((ends[name] for name in sheets), default=None),
        askable=_askable(act, case),
    )


def _askable(act: Transaction, case: Case) -> tuple[tuple[str, datetime | None], ...]:
    """The requests that may still be asked about a candidature, such as an appeal."""
    terms = {
        name: act.process.asked_until(name, case)
        for name in act.process.definition.requests
        if act.process.asked_from(name, case) is not None
    }
    return tuple((name, end) for name, end in terms.items() if end is None or end >= act.now)


def again(contest: Contest, act: Transaction) -> Iterator[Gone]:
    """What an older copy of the database has brought back of what was erased."""
    for one in brought_back(contest, act.unit):
        mails = tuple(row for name, row in _rows_named(act, one) if _is_same_mail(row, one))
        named = _named(act, one.subject)
        rows = {one.subject: tuple(map(int, one.rows))}
        documents = tuple(_documents(act.unit, act.contest, rows))
        names = tuple(row.name for row in mails)
        unsent = _unsent(mails)
        yield Gone(one.subject, *named, rows, names, documents, unsent, again=one.line)


def mails_of(act: Transaction, gone: Gone) -> list[Message]:
    """The rows of the mails that go."""
    found = (act.unit.message(act.contest, number_of(name)) for name in gone.mails)
    return [row for row in found if row is not None]


def beside_lines(lines: Sequence[int]) -> Gone:
    """The words beside lines about the contest, or about several candidatures."""
    numbers = tuple(sorted({*lines}))
    return Gone(CONTEST_SUBJECT, _("the contest"), None, {CONTEST_SUBJECT: numbers})


def _tells_of(line: Entry[Any], names: set[str]) -> bool:
    return isinstance(line.data, AboutMails) and not names.isdisjoint(line.data.names())


def _documents(unit: Unit, contest: str, rows: dict[str, tuple[int, ...]]) -> Iterator[str]:
    """The documents that rows name, each once, and no row of anything else does."""
    found: dict[str, int] = {}
    for subject, numbers in rows.items():
        for row in unit.sides_of(contest, subject):
            if row.n in numbers:
                for named in {*documents_in(row.data)}:
                    found[named] = found.get(named, 0) + 1
    return (one for one, times in found.items() if unit.sides_naming(f'"{one}"') == times)


def _names(values: Iterable[Any], act: Transaction, case: Case | None = None) -> tuple[str, ...]:
    """The words by which somebody is known elsewhere: names and addresses, no texts.

    Of a candidature: its name, and what is written like an address or a number to call.
    """
    if case is not None:
        name_field = act.process.definition.config.contest.name_field
        values = (
            value
            for name, value in case.private.items()
            if name == name_field or (isinstance(value, str) and "@" in value)
        )
    texts = (value for value in values if isinstance(value, str) and "\n" not in value)
    return tuple(text for text in texts if len(text) >= _SHORTEST)


def _naming(rows: Iterable[Message], called: Sequence[str]) -> list[Message]:
    """The mails in whose words somebody is named."""
    # As JSON has it, between its quotation marks.
    written = [to_json(word)[1:-1] for word in called]
    return [row for row in rows if any(word in row.words for word in written)]


def _others(
    act: Transaction,
    subject: str,
    called: Sequence[str],
    mails: Collection[str],
    rows: Collection[str] = (),
) -> tuple[int | str, ...]:
    """What names somebody besides, and stays: lines with words about others, and their mails."""
    found = []
    for row in act.unit.sides(act.contest):
        if row.subject != subject and row.subject not in rows:
            said = " ".join(_texts(from_json(row.data)))
            if any(word in said for word in called):
                found.append(row.n)
    every = _naming(act.unit.messages(act.contest), called)
    return (*found, *(name for name in (row.name for row in every) if name not in mails))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _texts(one)


def _rows_named(act: Transaction, one: Erasure) -> Iterator[tuple[str, Message]]:
    for row in act.unit.messages(act.contest):
        if row.name in one.mails:
            yield row.name, row


def _is_same_mail(row: Message, one: Erasure) -> bool:
    """True for the mail that was erased: the same bytes, or nobody has written any yet."""
    known = one.mails[row.name]
    ours = one.subject in (row.case_id, row.recipient)
    return row.sha256 == known if known else ours
