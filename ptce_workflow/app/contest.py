"""An open contest: its folder, its database, the actor, and the rules that acts must pass."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from datetime import datetime
from functools import cached_property, partial, wraps
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, Protocol, Self, TypeVar

from msgspec import UNSET, UnsetType
from msgspec.structs import replace

from ptce_workflow.app import preconditions, projections
from ptce_workflow.app.locations import (
    CLOCK_FILE,
    contest_id,
    database_url,
    read_folder,
    write_whole,
)
from ptce_workflow.app.outbox.attachments import AttachmentWriter
from ptce_workflow.app.outbox.plan import Mailing
from ptce_workflow.app.refusals import reason_given, without_role
from ptce_workflow.app.transaction import Policies, Transaction, Words
from ptce_workflow.base.errors import Damaged, Misuse, PtceError
from ptce_workflow.base.notation import to_text
from ptce_workflow.base.runtime import Clock, StoredClock, SystemClock, failpoint
from ptce_workflow.base.words import _
from ptce_workflow.ledger.events import base as events
from ptce_workflow.ledger.events import clauses
from ptce_workflow.ledger.events.contest import ClockAccepted
from ptce_workflow.ledger.state import STATE, Hours, Person
from ptce_workflow.process.model.folder import Files, process_hash
from ptce_workflow.process.process import Process, to_the_second
from ptce_workflow.store.connections import Ahead
from ptce_workflow.store.database import Database, Repository
from ptce_workflow.store.rows import ContestRow


class Seen(events.Past):
    """The contest as a transaction sees it, over the database; `after` is what it adopts."""

    def __init__(self, tx: Transaction, after: Process | None = None) -> None:
        super().__init__(
            tx.state, tx.counters, lambda hash_: after if after and after.hash == hash_ else None
        )
        self._act = tx
        self.messages_of = tx.mail.messages_about
        self.message = tx.mail.message

    @property
    def begun(self) -> str:
        return preconditions.instant_of_line(self._act.unit, self._act.contest, 1) or ""

    @property
    def hours(self) -> Hours:
        unit, now = self._act.unit, to_text(self._act.now)
        last = preconditions.last_instant(unit, self._act.contest) or now
        return Hours(last, max(last, now))

    @property
    def keys(self) -> Mapping[str, int]:
        return projections.public_keys(self._act.unit, self._act.contest)

    @property
    def origin(self) -> str:
        first = projections.line_of(self._act.unit, self._act.contest, 1)
        return "" if first is None else str(first.data.origin)

    def candidatures(self) -> int:
        counters = self._act.counters().items()
        return sum(number for (name, _state), number in counters if name == STATE)

    def messages(self) -> int:
        return Mailing.of(self._act).last

    def set_off_about(self, case_id: str) -> Mapping[int, tuple[str, ...]]:
        return {one.line: one.mails for one in self._act.set_off.get(case_id, ())}

    def side_rows(self, subject: str) -> Mapping[int, events.Entry[Any] | None]:
        return projections.rows_of(self._act.unit, self._act.contest, subject)


def context(
    tx: Transaction,
    case_id: str | None = None,
    *,
    subjects: Collection[str] = (),
    after: Process | None = None,
) -> events.Context:
    """The surroundings of an event to record; `after` is the process that it adopts."""
    actor, now, before = tx.actor, tx.now, Seen(tx, after)
    at = to_text(now)
    return events.Context(before, tx.process, case_id, at, now, actor.pseudonym, actor, subjects)


def judge(
    tx: Transaction, case_id: str | None, event: events.Event, sides: events.Sides, words: Words
) -> None:
    ctx = context(tx, case_id, subjects=sides.keys())
    ctx.sides = sides
    ask(event.validate_new(ctx), words)


def ask(violations: Iterable[events.Violation], words: Words) -> None:
    """Raises the first breach, as the use case words it, or as an auditor reads it."""
    for violation in violations:
        worded = words.get(violation.clause)
        if worded is None:
            raise PtceError(_(violation.clause.says), violation.why)
        raise worded(violation)


STANDARD = Policies(Mailing, judge)
"""The law of the events, and the mails that the process announces."""


class NoLedger(PtceError):
    """A contest that its database does not hold."""


def clock_by_hand() -> PtceError:
    what = _("The clock cannot be set by hand in this contest.")
    mend = _("Unset PTCE_NOW, remove ptce.clock, or rehearse: ptce init DIR --rehearsal")
    return PtceError(what, _("Its ledger would be dated falsely; only a rehearsal may."), mend)


NOBODY = Person("", (), None)
"""Whoever asks for counts alone, without being enrolled."""


class Contest:
    """An open contest: its folder, its database, the actor.

    login: the login at the keyboard. Outside rehearsals only the desk may act for others.
    watch: progress callback for long work.
    complain: receives what could not be done after an act.
    command_options: options that suggested commands need, such as `--contest ../ami`.
    undecided: the line up to which nothing was decided without a checkpoint, as a pass knows.
    mailbox_read: when a pass has last read the mailbox.
    holds_bytes: whether the bytes of mails and documents are kept with it.
    attachments: writes what notifications attach; None where nothing does.
    left_alone: the mails whose rows are not as the ledger tells them, as a pass found, by name, and
        the first column that is not.
    is_copy: true for an export. `moved_to` names the database where the contest goes on: then
    this one is only read.
    """

    is_copy = False
    attachments: AttachmentWriter | None = None

    def __init__(
        self,
        folder: Path,
        database: Database,
        contest_id: str,
        *,
        actor: str | None,
        clock: Clock,
        rehearsal: bool = False,
        login: str | None = None,
    ) -> None:
        self.folder = folder
        self.database = database
        self.id = contest_id
        self.moved_to = ""
        self.actor = actor
        self.clock = clock
        self.rehearsal = rehearsal
        self.login = login
        self.watch: Watch = unwatched
        self.command_options = ""
        self.complain: Callable[[PtceError], None] = lambda _error: None
        self.undecided = 0
        self.mailbox_read: datetime | None = None
        self.left_alone: dict[str, str] = {}
        self.holds_bytes = True
        self._processes: dict[str, Process] = {}
        self._formless: set[str] = set()
        self._read: dict[str, Process] = {}
        self._known: tuple[str | None, int, ActingPerson] | None = None

    @classmethod
    def open(
        cls,
        folder: Path,
        *,
        actor: str | None = None,
        clock: Clock | None = None,
        login: str | None = None,
    ) -> Self:
        """Opens a folder's contest as an actor, or a server's login. Raises: Misuse, PtceError."""
        database = Database.open(database_url(folder))
        with ExitStack() as refused:
            refused.callback(database.close)
            with database.reading() as repo:
                row = _contest_of(folder, repo, database)
            if clock is not None and not isinstance(clock, SystemClock) and not row.rehearsal:
                raise clock_by_hand()
            refused.pop_all()
        login = database.login or login
        contest = cls(
            folder,
            database,
            row.contest,
            actor=actor or login,
            clock=clock or SystemClock(),
            rehearsal=row.rehearsal,
            login=login,
        )
        contest.moved_to = row.moved_to
        return contest

    def close(self) -> None:
        self.database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()

    @cached_property
    def folder_hash(self) -> str:
        """The hash of the folder; people who only look, and time, need not have it read."""
        return process_hash(read_folder(self.folder))

    @property
    def process(self) -> Process:
        with self.database.reading() as repo:
            return self.in_force(repo)

    def in_force(self, repo: Repository) -> Process:
        return self._present(repo)[1]

    def _ahead(self, *, person: bool = True) -> tuple[Ahead, ...]:
        asked: tuple[Ahead, ...] = (("contest", self.id),)
        return (*asked, ("person", self.id, self.actor or "")) if person else asked

    def _present(self, repo: Repository) -> tuple[ContestRow, Process]:
        row = repo.contest(self.id)
        return row, self.process_of(repo, row.process)

    def process_of(self, repo: Repository, hash_: str) -> Process:
        """A process once in force, from its form or its bytes. Raises: Damaged."""
        if hash_ not in self._processes:
            process = projections.kept_process(repo, hash_, lambda: self._archived_files(hash_))
            if process is None:
                process = self.archived(repo, hash_)
                self._formless.add(hash_)
            self._processes[hash_] = process
        return self._processes[hash_]

    def archived(self, repo: Repository, hash_: str) -> Process:
        """A process from its archived bytes, validated once. Raises: Damaged."""
        files = repo.process_files(hash_)
        if process_hash(files) != hash_:
            raise Damaged(
                _("The archived process {hash} is missing or damaged.").format(hash=hash_[:12]),
                mend=_("`ptce verify` tells what else is; restore a backup."),
            )
        # The same bytes give the same process: an open contest reads them again for nothing.
        if hash_ not in self._read:
            self._read[hash_] = Process.load(files)
        return self._read[hash_]

    def _archived_files(self, hash_: str) -> Files:
        with self.database.reading() as repo:
            return repo.process_files(hash_)

    @contextmanager
    def looking(self, *, counts: bool = False) -> Iterator[Transaction]:
        """An act of whoever only looks: it sees one state throughout, and never settles.

        Whatever shows something of a candidature or of a person reads here. What shows `counts`
        alone, or nothing of them, lets anyone read; or asks the database itself.
        """
        with self.database.reading(self._ahead(person=not counts)) as repo:
            row, process = self._present(repo)
            person, typed_by = (NOBODY, UNSET) if counts else self.who(repo, row)
            now, archive = self.clock.now(), partial(self.process_of, repo)
            tx = Transaction(repo, row, process, person, now, STANDARD, archive, typed_by)
            tx.attachments = self.attachments
            tx.discard()
            yield tx

    @contextmanager
    def acting(
        self,
        *,
        by: Person | None = None,
        happened: bool = False,
        adopting: bool = False,
        accepting: bool = False,
        ahead: Iterable[Ahead] = (),
    ) -> Iterator[Transaction]:
        """A transaction that writes; kept once `Transaction.flush` was called.

        A folder that differs from the process in force stops people, save who is `adopting` it;
        never what the engine does by itself (`by`: time, the courier). What has `happened`
        already, a mail that has left, is written down even while the clock stands back; who is
        `accepting` the clock bears its own instant, and notes versions afterwards. What the act
        will ask in any case is asked `ahead`.

        Raises: PtceError when nobody enrolled is acting, the folder differs, or the clock stands
        behind what has happened.
        """
        # Read before the ledger is locked: nobody else should wait for it.
        folder_hash = None if by or adopting else self.folder_hash
        asked = (*self._ahead(person=by is None), ("last_line", self.id), *dict.fromkeys(ahead))
        with self.database.writing(self.id, asked) as repo:
            row, process = self._present(repo)
            preconditions.must_be_here(row)
            if folder_hash not in (None, process.hash):
                why = _("What it says now judges nothing before it is adopted.")
                mend = _("`ptce adopt` shows the difference and adopts it; or put the folder back.")
                raise PtceError(_("The folder differs from the process in force."), why, mend)
            person, typed_by = (by, UNSET) if by else self.who(repo, row)
            # Everybody is judged by it: where rights bind whoever acts, it is for the desk.
            if process.hash in self._formless and (
                self.database.login is None or "desk" in person.roles
            ):
                projections.keep_form(repo, process)
                self._formless.remove(process.hash)
            now = self.clock.now()
            if not accepting:
                now = preconditions.instant_of_act(repo, row, now, process, happened=happened)
            archive = partial(self.process_of, repo)
            begun = Transaction(repo, row, process, person, now, STANDARD, archive, typed_by)
            with begun as tx:
                tx.attachments = self.attachments
                if not accepting:
                    preconditions.note_versions(tx, row)
                yield tx
        failpoint("settled")
        # What time does by itself is followed by the checkpoint of its pass.
        if tx.is_decisive and by is None:
            # Loaded here: few acts are decisive.
            from ptce_workflow.app.checkpoints import make

            try:
                make(self)
            except PtceError as error:
                # What stands in its way is told, and undoes nothing.
                self.complain(error)

    def check_pass(self) -> None:
        """Lets through a pass, made by whoever may make it and a clock that does not stand back.

        Not in a contest that goes on elsewhere: nothing is written here. Raises: PtceError.
        """
        with self.database.reading() as repo:
            row, process = self._present(repo)
            preconditions.must_be_here(row)
            preconditions.check_not_older(row)
            self._check_login(repo)
            preconditions.instant_of_act(repo, row, self.clock.now(), process)

    def _check_login(self, repo: Repository) -> None:
        """Raises: PtceError where a server's rights leave passes to other logins."""
        login = self.database.login
        if self.database.makes_passes or (self.rehearsal and self._enrolled(repo, login)):
            return
        what = _("The login {login} neither sends mails here nor does what is due.")
        why = _("The rights set on the server leave that to a group: ptce_scheduler, as it comes.")
        mend = _("Have it done by a login of that group, PGUSER=LOGIN ptce tick, or be put in it.")
        raise PtceError(what.format(login=login), why, mend)

    def check_reader(self) -> None:
        with self.looking():
            pass

    def check_writer(self) -> None:
        with self.database.reading() as repo:
            person = self._enrolled(repo, self.actor)
        if person is not None and person.roles == ("auditor",):
            what = _("An auditor looks, and has nothing recorded or sent.")
            raise PtceError(what, mend=_("What looks alone: ptce help control"))

    @property
    def is_read_by_actor(self) -> bool:
        with suppress(PtceError):
            self.check_reader()
            return True
        return False

    def who(self, repo: Repository, contest: ContestRow) -> ActingPerson:
        """The person who acts or reads, and who types. Raises: PtceError."""
        # Nobody comes or goes without a line: what was read up to the last one still holds.
        asked = self.actor, contest.head_n
        if self._known is None or self._known[:2] != asked:
            person = self._enrolled(repo, self.actor)
            if person is None:
                raise self._unknown()
            self._known = (*asked, (person, self._typed_by(repo, person)))
        return self._known[2]

    def _enrolled(self, repo: Repository, name: str | None) -> Person | None:
        row = repo.person(self.id, name or "")
        return None if row is None or not row.active else projections.person_of(row)

    def _typed_by(self, repo: Repository, person: Person) -> str | UnsetType:
        """Who types, where that is not the actor. Raises: PtceError for no desk."""
        if self.rehearsal or self.login in (None, self.actor):
            return UNSET
        typist = self._enrolled(repo, self.login)
        if typist is not None and typist.pseudonym == person.pseudonym:
            return UNSET
        if typist is None or "desk" not in typist.roles:
            what = _("In this contest only the desk acts or reads as another person.")
            why = _("You are logged in as {login}; {actor} is somebody else.")
            mend = _(
                "Act under your own login: leave --as and PTCE_ACTOR out. The desk enrols a "
                'login: ptce people enrol "…" --role desk --login {login}'
            ).format(login=self.login)
            raise PtceError(what, why.format(login=self.login, actor=person.pseudonym), mend)
        return typist.pseudonym

    def _unknown(self) -> PtceError:
        mends = [
            _('The desk can enrol them: ptce people enrol "…" --role desk --login {a}').format(
                a=f"{self.actor or '…'}{self.command_options}"
            ),
            _("Whoever is enrolled under another name says so: --as ACTOR, or PTCE_ACTOR."),
        ]
        if self.database.login is not None and self.database.login == self.actor:
            text = _("The login of a scheduler is enrolled nowhere: it serves `ptce run` alone.")
            mends.append(text)
        what = _('"{actor}" is not enrolled in this contest.').format(actor=self.actor or "?")
        why = _("Only those who are enrolled read it, and the ledger names everyone who acts.")
        return PtceError(what, why, "\n".join(mends))


ActingPerson = tuple[Person, str | UnsetType]
"""Whoever acts, and the pseudonym of who types for them, if another does."""
P = ParamSpec("P")
T = TypeVar("T")


def atomic(
    done: Callable[Concatenate[Transaction, P], T],
) -> Callable[Concatenate[Contest, P], T]:
    """A use case of an open contest: what is done in a transaction, all of it or nothing."""

    @wraps(done)
    def whole(contest: Contest, /, *args: P.args, **named: P.kwargs) -> T:
        with contest.acting() as tx:
            result = done(tx, *args, **named)
            tx.flush()
        return result

    return whole


def _contest_of(folder: Path, repo: Repository, database: Database) -> ContestRow:
    """The contest of the folder among those of its database.

    The one that the folder names; or, in the file of a contest that is alone in it, that one: a
    folder whose name was changed by mistake is told by what differs, not by a contest that is not
    found.
    """
    rows = repo.contests() if database.file is not None else []
    if len(rows) == 1:
        return rows[0]
    named = contest_id(folder)
    if named is not None and (row := repo.contest_kept(named)) is not None:
        return row
    if named is not None and repo.bytes_of_line(named, 1) is not None:
        what = _("The database {place} no longer knows the contest {contest}.").format(
            place=database.place, contest=named
        )
        why = _("Its ledger is there, but its row in the table contest is gone, or was renamed.")
        raise Damaged(what, why, _("Restore a backup; keep the damaged database for examination."))
    why = _("The database {place} does not hold it.").format(place=database.place)
    mend = _("`ptce init {folder}` begins one; `ptce restore FILE` puts a backup there.")
    raise NoLedger(_("This contest has no ledger yet."), why, mend.format(folder=folder))


class Watch(Protocol):
    """Passes items on, one by one, and may show how many of `total` were passed."""

    def __call__(self, items: Iterable[T], label: str, total: int | None = None) -> Iterator[T]:
        """Passes the items on; `label` says in the reader's language what is being done."""


def unwatched(items: Iterable[T], label: str, total: int | None = None) -> Iterator[T]:
    """Passes the items on: nobody waits, or nobody says so."""
    del label, total
    return iter(items)


def read_clock(contest: Contest) -> preconditions.ClockView:
    with contest.database.reading() as repo:
        clock = preconditions.clock_view(repo, repo.contest(contest.id), contest.clock.now())
    return replace(clock, stands=isinstance(contest.clock, StoredClock))


def set_clock(contest: Contest, instant: datetime | None) -> preconditions.ClockView:
    """Sets the clock of a rehearsal, or frees it (None). Raises: PtceError."""
    contest.check_writer()
    if not contest.rehearsal:
        raise clock_by_hand()
    with contest.looking() as tx:
        now = instant or SystemClock().now()
        view = preconditions.clock_view(tx.unit, tx.unit.contest(contest.id), now)
    if view.back and view.last is not None:
        hours = {one: to_the_second(tx.process, getattr(view, one)) for one in ("now", "last")}
        what = _("The clock cannot stand at {now}: the ledger goes on to {last}.").format(**hours)
        why = _("What has happened in a rehearsal is not undone by its clock.")
        mend = _("Set a later hour, or begin another rehearsal: ptce init DIR --rehearsal")
        raise PtceError(what, why, mend)
    keep_clock(contest.folder, instant)
    return replace(view, stands=instant is not None)


def keep_clock(folder: Path, instant: datetime | None) -> None:
    """Keeps in a folder where the clock of its rehearsal stands; None: nowhere."""
    if instant is None:
        (folder / CLOCK_FILE).unlink(missing_ok=True)
    else:
        write_whole(folder / CLOCK_FILE, f"{to_text(instant)}\n".encode())


def accept_clock(contest: Contest, reason: str | None) -> preconditions.ClockView:
    """Has the clock count again behind the ledger's hour. Raises: Misuse, PtceError."""
    reason = reason_given(reason)
    with contest.acting(accepting=True) as tx:
        row = tx.unit.contest(tx.contest)
        view = preconditions.clock_view(tx.unit, row, tx.now)
        sides = {events.CONTEST_SUBJECT: events.Reason(reason)} if reason else events.NO_SIDES
        tx.record_of_contest(ClockAccepted(to_text(view.last or view.now)), sides, _words(tx))
        line = tx.n
        preconditions.note_versions(tx, row)
        tx.flush()
    return preconditions.ClockView(view.now, view.last, False, line)


def _words(tx: Transaction) -> Words:
    return {
        clauses.DESK: lambda _violation: without_role(
            tx.actor, ("desk",), _("Only the desk accepts a clock.")
        ),
        clauses.CLOCK_RIGHT: lambda _violation: Misuse(
            _("The clock does not stand behind the ledger: there is nothing to accept."),
            mend=_("`ptce clock` tells where both stand."),
        ),
        clauses.CLOCK_REASON: lambda _violation: Misuse(
            _("A clock is not accepted without a reason."),
            _("Dates decide who is late: the ledger keeps why time goes back."),
            _('Add --reason "…".'),
        ),
    }
