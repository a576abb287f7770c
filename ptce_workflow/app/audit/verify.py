"""Verifying everything: the ledger's bytes, and whatever is kept beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING, Protocol

from ptce_workflow.app.admin.crosscheck import Book, compared
from ptce_workflow.app.admin.erased import brought_back
from ptce_workflow.app.admin.verify_checkpoints import (
    Quoted,
    Shown,
    Witness,
    against_witnesses,
    none_kept,
    of_folder,
)
from ptce_workflow.app.admin.verify_mail import Sent, strange, unknown_addresses
from ptce_workflow.app.cases.history import ledger_origin
from ptce_workflow.app.locations import beside_database
from ptce_workflow.app.post.render import letter_of
from ptce_workflow.app.preconditions import versions_text
from ptce_workflow.app.projections import (
    difference,
    is_altered,
    line_of,
    person_of,
)
from ptce_workflow.app.refusals import UNREADABLE
from ptce_workflow.base.encoding import to_text
from ptce_workflow.base.errors import Misuse, PtceError
from ptce_workflow.base.runtime import nothing_to_collect, pieces
from ptce_workflow.base.words import _, n_
from ptce_workflow.ledger.examine import Examiner, Fault, stated
from ptce_workflow.ledger.named import documents_in
from ptce_workflow.ledger.state import ContestState, stands_back
from ptce_workflow.process.letters.message import words_hash
from ptce_workflow.process.letters.outbox import Stage
from ptce_workflow.process.process import Process
from ptce_workflow.process.rules.totals import Key

if TYPE_CHECKING:
    from pathlib import Path

    from ptce_workflow.app.contest import Contest
    from ptce_workflow.ledger.state import Person
    from ptce_workflow.process.letters.message import Message
    from ptce_workflow.store.rows import ContestRow, LineRow, PersonRow
    from ptce_workflow.store.rows import SideRow as StoredSide
    from ptce_workflow.store.unit import Unit

    StoredEntry = tuple[int, LineRow | None, list[StoredSide]]


_UNREADABLE = (*UNREADABLE, PtceError)
_TOLD = (Stage.SENT, Stage.BOUNCED, Stage.UNCERTAIN)


@dataclass(frozen=True, slots=True)
class Verification:
    """The number of things examined, and every fault that was found, in the order of the lines.

    `links` is how many hand-overs were compared with another ledger; None without one. `remarks`
    are what is no fault and has to be known all the same. `copied` tells that nothing else is kept.
    `checkpoints` is how many the ledger goes on from, and `signed` the furthest line of these;
    `kept` are those of these that somebody shows, `receipts` the lines that mails quote and that
    it holds.
    """

    lines: int
    candidatures: int
    processes: int
    faults: tuple[Fault, ...]
    links: int | None = None
    remarks: tuple[Fault, ...] = ()
    copied: bool = False
    checkpoints: int = 0
    signed: int = 0
    kept: tuple[Shown, ...] = ()
    receipts: tuple[Quoted, ...] = ()

    @property
    def intact(self) -> bool:
        """True when nothing is wrong."""
        return not self.faults


class Copied(Protocol):
    """What came with a ledger that was copied without the tables beside it; see `exported`."""

    @property
    def faults(self) -> Sequence[Fault]:
        """What is wrong with it by itself."""

    def keeps(self, hash_: str) -> bool:
        """True for a document that the contest is said to have."""


def verify(
    session: Contest,
    shown: Sequence[Witness] = (),
    *,
    copied: Copied | None = None,
    home: Path | None = None,
) -> Verification:
    """Examines every line, rebuilds what they amount to, and compares it with what is kept.

    With a ledger that is broken nothing is compared: what follows from the damage would bury it.
    Checkpoints are, those kept beside the database and those `shown`, and mails that quote a line.
    Of a ledger that was `copied` nothing else is kept; what came with it has faults of its own.
    `home` is where its checkpoints are, where that is neither.
    """
    # Read first: one made meanwhile is of lines that are not seen here.
    ours = home is None and copied is None
    if home is None:
        home = beside_database(session.folder) if copied is None else session.folder
    beside, faults = of_folder(home)
    gone: tuple[Fault, ...] = ()
    with session.database.reading() as unit, nothing_to_collect():
        # What was rebuilt is let go before the collector wakes: it would look through all of it.
        report, keys = _verified(session, unit, copied)
        found = against_witnesses(unit, session.id, keys, report.lines, (*beside, *shown))
        if ours and not beside and not faults:
            gone = tuple(none_kept(unit, session.id, report.lines))
        if session.moved_to:
            gone += (_moved(session.moved_to),)
    return replace(
        report,
        faults=tuple(sorted({*report.faults, *faults, *found.faults}, key=_place)),
        remarks=(*report.remarks, *found.remarks, *gone),
        checkpoints=found.agreeing,
        signed=found.furthest,
        kept=tuple(one for one in dict.fromkeys(found.sound) if one in shown),
        receipts=tuple(found.receipts),
    )


def _moved(place: str) -> Fault:
    return Fault(
        0,
        _("This contest goes on in {place}; nothing is written here.").format(place=place),
        _("The ledger does not tell of it. If nobody has moved it, name this database: ptce move"),
    )


def _verified(
    session: Contest, unit: Unit, copied: Copied | None
) -> tuple[Verification, Mapping[str, int]]:
    seen: dict[str, Process | None] = {}

    def process_of(hash_: str) -> Process | None:
        if hash_ not in seen:
            seen[hash_] = archived(session, unit, hash_)
        return seen[hash_]

    examiner = Examiner(process_of, partial(line_of, unit, session.id))
    row = unit.contest(session.id)
    lines = session.watch(unit.entries(session.id), _("Verifying the ledger"), row.head_n)
    sent: list[Sent] = []
    keeps = partial(is_document_kept, unit) if copied is None else copied.keeps
    faults = [] if copied is None else list(copied.faults)
    faults += fed(lines, examiner, sent, keeps)
    examiner.finish(row.head_n, row.head_hash)
    faults += examiner.faults
    faults += _ahead_of(session.clock.now(), examiner)
    faults += _forms(unit, seen.values())
    process = process_of(examiner.state.process)
    if process is not None and not faults:
        now = session.clock.now()
        if copied is None:
            faults += _as_far_as_told(_kept(unit, row, examiner, process))
        faults += _as_far_as_told(strange(unit, session.id, examiner.state, process, sent, now))
    # A ledger that hands candidatures over to itself bears both sides of the link.
    if not faults and examiner.handed_to and ledger_origin(unit, session.id) in examiner.handed_to:
        book = Book.of(unit, session.id)
        faults += compared(book, book)[1]
    faults += _altered(session, unit)
    faults += _back_again(session, unit)
    report = Verification(
        examiner.n,
        len(examiner.state.cases),
        len(seen),
        tuple(faults),
        remarks=tuple(examiner.remarks),
        copied=copied is not None,
    )
    return report, examiner.state.keys


def verify_against(session: Contest, other: Contest, shown: Sequence[Witness] = ()) -> Verification:
    """Verifies a ledger, and each hand-over that links it with another one, both ways.

    Two ledgers are compared only if nothing is wrong with either of them by itself.

    *Raises* Misuse for one and the same ledger, or a copy of it: nothing links it with itself.
    """
    report = verify(session, shown)
    broken = len(verify(other).faults)
    if broken:
        what = _("The other ledger is broken.")
        why = n_("It has {count} fault: {command}", "It has {count} faults: {command}", broken)
        command = f"ptce verify --contest {other.folder}"
        fault = Fault(0, what, why.format(count=broken, command=command))
        return replace(report, faults=(*report.faults, fault))
    if report.faults:
        return report
    with session.database.reading() as unit, other.database.reading() as there:
        if ledger_origin(unit, session.id) == ledger_origin(there, other.id):
            raise Misuse(
                _("A ledger is not compared with itself, nor with a copy of it."),
                _("Both folders lead to the contest {contest}.").format(contest=session.id),
                _("Name the other contest: the one that handed over, or the one that took over."),
            )
        links, faults = compared(Book.of(unit, session.id), Book.of(there, other.id))
    return replace(report, links=links, faults=tuple(sorted(set(faults), key=_place)))


def _as_far_as_told(faults: Iterable[Fault]) -> Iterator[Fault]:
    """The faults of a comparison; a ledger with which nothing can be compared has one itself.

    A line may say anything that its law does not forbid: whoever audits is told of a ledger that
    is not sound, never of a program that fails.
    """
    try:
        yield from faults
    except UNREADABLE as error:
        yield Fault(
            0,
            _("What the ledger says cannot be compared with what is kept."),
            f"{type(error).__name__}: {error}",
        )


def _ahead_of(now: datetime, examiner: Examiner) -> Iterator[Fault]:
    """The last line, dated by a clock that stood ahead, or by somebody who made it up."""
    world = examiner.state
    if not world.rehearsal and stands_back(to_text(now), world.hours.last, rehearsal=False):
        yield Fault(
            examiner.n,
            _("The line is dated later than now."),
            _(
                "It is dated {at}; the clock says {now}. Where the clock stood ahead, "
                "`ptce clock --accept` says so."
            ).format(at=world.hours.last, now=to_text(now)),
        )


def archived(session: Contest, unit: Unit, hash_: str) -> Process | None:
    """A process whose archived bytes are still those that its hash names, fetched each time."""
    try:
        return session.archived(unit, hash_)
    except PtceError:
        return None


def _forms(unit: Unit, processes: Iterable[Process | None]) -> Iterator[Fault]:
    """The forms, which commands read in place of the archived files, that say something else."""
    for process in processes:
        if process is not None and is_altered(unit, process):
            yield Fault(
                0,
                _("The form of the process {hash} is not what its files give.").format(
                    hash=process.hash[:12]
                ),
                _("Commands judge by it; somebody has changed it by hand."),
            )


def _back_again(session: Contest, unit: Unit) -> Iterator[Fault]:
    """What an older copy of the database has brought back of what was erased."""
    try:
        for one in brought_back(session, unit):
            yield Fault(
                int(next(iter(one.rows))),
                _("What was erased is there again: an older database was put in place."),
                _("Line {line} of the later one told of it. Erase it: ptce erase --again").format(
                    line=one.line
                ),
            )
    except PtceError as error:
        yield Fault(0, error.what, error.why)


def _place(fault: Fault) -> tuple[int, str, str]:
    return fault.line, fault.what, fault.why


def _altered(session: Contest, unit: Unit) -> Iterator[Fault]:
    """The faults of guards that are not as they were made, and of contests that no line began."""
    for what in session.database.altered():
        yield Fault(
            0, what, _("Tables are guarded by what was made with them, and by nothing else.")
        )
    for row in unit.contests() if session.database.file is not None else ():
        try:
            unit.line(row.contest, row.head_n)
        except KeyError:
            if row.contest != session.id:
                yield Fault(0, _("The contest {name} has no line.").format(name=row.contest))


def fed(
    lines: Iterable[StoredEntry], examiner: Examiner, sent: list[Sent], keeps: Callable[[str], bool]
) -> Iterator[Fault]:
    """Feeds the examiner with every line and the side rows of its number."""
    for some in pieces(lines):
        read = stated([row.line for _n, row, _sides in some if row is not None])
        for n, row, sides in some:
            if row is None:
                yield Fault(n, _("A side row does not belong."), _("There is no such line."))
                continue
            told = next(read)
            examiner.take(n, row.prev, row.line, sides, told)
            if sides:
                sent += unknown_addresses(sides, examiner.state)
            for side in sides:
                yield from _documents(side, keeps)


def is_document_kept(unit: Unit, hash_: str) -> bool:
    """True for a document that is kept as it was."""
    content = unit.document(hash_)
    return content is not None and sha256(content).hexdigest() == hash_


def _documents(side: StoredSide, keeps: Callable[[str], bool]) -> Iterator[Fault]:
    """The documents that a side row speaks of, and that are not kept as they were."""
    for named in documents_in(str(side.data)):
        if not keeps(named):
            yield Fault(
                side.n,
                _("A document is missing or damaged."),
                _("Its hash is {hash}.").format(hash=named[:12]),
            )


def _kept(unit: Unit, row: ContestRow, examiner: Examiner, process: Process) -> Iterator[Fault]:
    """The faults of what is kept beside the ledger and does not agree with it."""
    world, contest = examiner.state, row.contest
    if world.contest != contest:
        yield _disagrees(1, _("the contest"), contest, world.contest)
    if (row.process, bool(row.rehearsal)) != (world.process, world.rehearsal):
        yield _disagrees(0, _("the process in force"), row.process[:12], world.process[:12])
    if row.versions != versions_text(world.versions):
        yield _disagrees(0, _("the versions"), row.versions, versions_text(world.versions))
    yield from _cases(unit, contest, world, process)
    counters = {key: value for key, value in unit.counters(contest).items() if value}
    expected = {key: value for key, value in examiner.counters.items() if value}
    unlike = [
        key
        for key in sorted(counters.keys() | expected.keys())
        if counters.get(key, 0) != expected.get(key, 0)
    ]
    for key in unlike[:1]:
        told = _counter_name(key)
        if others := len(unlike) - 1:
            told += n_(" and {count} other", " and {count} others", others).format(count=others)
        yield _disagrees(0, told, counters.get(key, 0), expected.get(key, 0))
    yield from _people(unit, contest, world)
    yield from _messages(unit, contest, world)


def _cases(unit: Unit, contest: str, world: ContestState, process: Process) -> Iterator[Fault]:
    left = set(world.cases)
    for row in unit.every_candidature(contest):
        left.discard(row.id)
        case = world.cases.get(row.id)
        if case is None:
            yield Fault(0, _("A candidature is kept that the ledger does not know."), row.ref)
            continue
        try:
            found = difference(row, case, process)
            if found is not None:
                yield _disagrees(case.version, case.ref, *found)
        except _UNREADABLE:
            yield _disagrees(case.version, case.ref, "–", case.ref)
    for case in map(world.cases.__getitem__, sorted(left)):
        yield Fault(case.version, _("A candidature of the ledger is not kept."), case.ref)


def _people(unit: Unit, contest: str, world: ContestState) -> Iterator[Fault]:
    kept = {row.pseudonym: row for row in unit.people(contest)}
    for name in sorted(kept.keys() | world.people.keys()):
        row, told = kept.get(name), world.people.get(name)
        if row is None or told is None or not _same_person(row, told):
            yield _disagrees(0, _("the person {name}").format(name=name), "", "")


def _messages(unit: Unit, contest: str, world: ContestState) -> Iterator[Fault]:
    left = set(world.messages)
    for row in unit.messages(contest):
        name = row.name
        left.discard(name)
        message = world.messages.get(name)
        column = "stage" if message is None else row.difference(message)
        if message is None or column:
            stored = f"{column}: {getattr(row, column)}"
            recorded = "–" if message is None else getattr(message, column)
            yield _disagrees(0, _("the message {name}").format(name=name), stored, recorded)
        elif message.erased:
            if row.words or row.address or row.said or unit.mail(contest, row.number) is not None:
                what = _("The mail {name} was erased and is there again.")
                yield Fault(0, what.format(name=name))
            continue
        elif message.stage in (Stage.SENT, Stage.BOUNCED):
            content = unit.mail(contest, row.number)
            hashes = row.sha256, "" if content is None else sha256(content).hexdigest()
            if hashes != (message.sha256, message.sha256):
                what = _("The mail {name} is missing, or not the one that was sent.")
                yield Fault(0, what.format(name=name))
                continue
        if message is not None and not _is_as_answered(row, message):
            what = _("The mail {name} is not told to have gone there, or to have been so answered.")
            yield Fault(0, what.format(name=name))
        if (
            message is not None
            and message.read
            and not _is_as_released(unit, contest, row, message)
        ):
            what = _("The mail {name} does not say what was read and released.")
            yield Fault(0, what.format(name=name))
    for name in sorted(left):
        yield _disagrees(
            0, _("the message {name}").format(name=name), "–", world.messages[name].stage
        )


def _is_as_answered(row: Message, message: Message) -> bool:
    """True for a mail whose row tells as the lines do where it went and what came of it.

    Or tells nothing of it, as one that was erased.
    """
    if message.stage not in _TOLD or not message.address:
        return True
    return row.address in ("", message.address) and row.said in ("", message.said)


def _is_as_released(unit: Unit, contest: str, row: Message, message: Message) -> bool:
    """True when a message that a person has released says those very words, and only those left."""
    if words_hash(row.words) != message.read:
        return False
    # Imported here: few ledgers that are verified hold mails, and composing them is slow to load.
    from ptce_workflow.mail.compose import says

    content = unit.mail(contest, row.number) if row.sha256 else None
    return content is None or says(content, letter_of(row.words))


def _same_person(row: PersonRow, told: Person) -> bool:
    # The login is what opens the door: it stands in a column of its own, to be searched.
    try:
        return person_of(row) == told and row.login == told.private.get("login")
    except _UNREADABLE:
        return False


def _disagrees(line: int, what: str, kept: object, told: object) -> Fault:
    why = _("Kept: {kept}; by the ledger: {told}.").format(kept=kept, told=told) if kept else ""
    return Fault(line, _("What is kept disagrees with the ledger: {what}.").format(what=what), why)


def _counter_name(key: Key) -> str:
    return _("the counter {name}").format(name=".".join(part for part in key if part))
