"""A pass over a contest: all that is due; checkpoints by time."""

from __future__ import annotations

import json
import traceback
from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from threading import Lock
from typing import TYPE_CHECKING, Any, TextIO

from ptce_workflow.app.candidatures.advance import AdvanceRequest, AdvanceStep, refuse, step
from ptce_workflow.app.checkpoints import GoneBack, Made, last_kept, make
from ptce_workflow.app.contest import Contest
from ptce_workflow.app.outbox.delivery import expire_unread, expired_from, instants_ahead, recover
from ptce_workflow.app.outbox.waiting import waiting
from ptce_workflow.app.preconditions import LongStop, long_since, long_stop
from ptce_workflow.app.projections import case_of, contest_content, due_ahead, instant_in
from ptce_workflow.app.refusals import UNREADABLE
from ptce_workflow.app.retention.held import finish
from ptce_workflow.app.transaction import Transaction
from ptce_workflow.base.errors import Busy, Outdated, PtceError
from ptce_workflow.base.notation import from_text, to_text
from ptce_workflow.base.runtime import Clock, SystemClock, elapsed_seconds
from ptce_workflow.base.words import _, n_, nN_, one_line
from ptce_workflow.ledger.events.codec import is_decisive
from ptce_workflow.ledger.line import digest, instant_told
from ptce_workflow.ledger.state import SCHEDULER

if TYPE_CHECKING:
    from ptce_workflow.mail.settings import MailSettings
    from ptce_workflow.scheduler.courier import Delivered


EVERY = timedelta(days=1)


def is_due(contest: Contest) -> bool:
    """True when there are new lines, and a day has gone by, or a date, or something was decided.

    What an act could not do, since its file could not be written, is made up for so. So it is, to
    be told by the one that is made, where the ledger does not go on from the last one.
    """
    before = last_kept(contest.folder)
    if before is None:
        return True
    size, signed = before.checkpoint.size, before.checkpoint.hash
    with contest.database.reading() as repo:
        row = repo.contest(contest.id)
        if size == (head := row.head_n):
            return signed != row.head_hash
        try:
            line = repo.line(contest.id, size)
            if digest(line) != signed:
                return True
            then = from_text(instant_told(line))
            now, dates = contest.clock.now(), contest.in_force(repo).dates.fixed.values()
            if now - then >= EVERY or any(then < date <= now for date in dates):
                return True
            # Up to there an earlier pass has found nothing; an older copy may have come since.
            since = max(size, contest.undecided) if contest.undecided <= head else size
            rows = repo.lines_after(contest.id, since)
            decides = any(is_decisive(row.line) for row in rows)
            if not decides:
                contest.undecided = head
            return decides
        except UNREADABLE:
            return True


def make_due(contest: Contest) -> Made | None:
    """Makes a checkpoint where one is due. Raises: PtceError; see `make`."""
    return make(contest) if is_due(contest) else None


Due = tuple[str, str, datetime]
"""What time is to make: the candidature's reference, the transition, the instant."""


@dataclass(frozen=True, slots=True)
class Ticked:
    """The deeds of a pass: the transitions that were due, made or refused, in the order of time.

    `mail` is None where no mail server is set; `expired` are the names of the mails that were found
    to be of no more use; `next_due` is when there is next something to do, as far as anybody knows
    by now. `gone_back` is why no mail leaves where the ledger lacks lines that were signed, or "";
    `stopped` what waits for a yes after a long stop.
    """

    steps: tuple[AdvanceStep, ...]
    queued: int = 0
    mail: Delivered | None = None
    next_due: datetime | None = None
    expired: tuple[str, ...] = ()
    gone_back: str = ""
    stopped: LongStop | None = None


def never() -> bool:
    """Says that nobody asks to stop."""
    return False


def tick(
    contest: Contest,
    settings: MailSettings | None = None,
    *,
    stopping: Callable[[], bool] = never,
    sure: bool = False,
) -> Ticked:
    """Makes every timed transition that is due by now, then sends the mails whose hour has come.

    Without a mail server, mails wait. Any number of passes may run at once, and a pass may be
    interrupted anywhere: each step is a transaction of its own, which looks again at what is due.
    After a long stop time decides against nobody, unless somebody is `sure`.

    Raises: PtceError, and does nothing, while the clock stands behind what has happened, and under
    a login to which the rights set on a server leave no pass.
    """
    contest.check_pass()
    began = contest.clock.now()
    before = expired_from(contest, began)
    ahead = instants_ahead(contest, began, mails=settings is not None)
    is_due = any(at <= to_text(began) for at in ahead)
    steps = _make_due(contest, stopping, sure=sure) if is_due else ()
    queued, mail = 0, None
    # Before mails leave: they take it along.
    gone_back = _checkpoint(contest)
    if gone_back:
        # Whether one has left already may be among what is missing.
        settings = None
    if is_due:
        recover(contest)
    expire_unread(contest)
    if settings is not None:
        # Imported here: whoever has no mail server, or only transitions to make, loads none of it.
        from ptce_workflow.app.outbox.delivery import post_due
        from ptce_workflow.scheduler.courier import Delivered, deliver

        queued = post_due(contest, settings, stopping) if is_due else 0
        mail = deliver(contest, settings, stopping) if is_due else Delivered()
    if is_due:
        ahead = instants_ahead(contest, began, mails=settings is not None)
    # What was erased while somebody read the database left bytes behind.
    finish(contest)
    stopped = _end(contest, began, sure=sure)
    # What was due before and is so still, a queue longer than the rate allows say, is not awaited.
    next_due = min((at for at in ahead if at > to_text(began)), default=None)
    return Ticked(
        steps,
        queued,
        mail,
        None if next_due is None else instant_in(next_due, "message", next_due),
        tuple(name for name in expired_from(contest, began) if name not in before),
        gone_back,
        stopped,
    )


def _end(contest: Contest, began: datetime, *, sure: bool) -> LongStop | None:
    """Keeps when the pass was made; unless decisions wait for a yes after a long stop, told here.

    Others who write meanwhile keep no pass from having been made.
    """
    with contest.looking(counts=True) as tx:
        stopped = None if sure else long_stop(tx)
    if stopped is not None:
        contest.complain(stopped)
    elif not contest.rehearsal:
        with suppress(Busy), contest.database.writing(contest.id) as repo:
            repo.set_passed(contest.id, to_text(began))
    return stopped


def _checkpoint(contest: Contest) -> str:
    """Makes a checkpoint where one is due; what stands in its way is told.

    Shape: what does so where the ledger does not go on from the last one, and "" otherwise.
    """
    try:
        make_due(contest)
    except PtceError as error:
        contest.complain(error)
        return error.what if isinstance(error, GoneBack) else ""
    return ""


def _make_due(
    contest: Contest, stopping: Callable[[], bool], *, sure: bool
) -> tuple[AdvanceStep, ...]:
    """Makes the timed transitions that are due by now, and those that become due by it.

    A rule that stands in the way is written down once for each due instant.
    """
    with contest.database.reading() as repo:
        waits = not sure and long_since(repo, contest.id, contest.clock.now()) is not None
    steps, seen = list[AdvanceStep](), set[Due]()
    while fresh := [due for due in _due(contest) if due not in seen]:
        for due in contest.watch(fresh, _("Doing what is due"), len(fresh)):
            if stopping():
                return tuple(steps)
            # Two states may hand a candidature to and fro: each instant has its turn once.
            seen.add(due)
            with contest.acting(by=SCHEDULER) as tx:
                done = _make(tx, *due)
                decides = done is not None and done.made and done.edge.transition.is_contestable
                if done is None or (waits and decides):
                    tx.discard()
                else:
                    tx.flush()
                    steps.append(done)
    return tuple(steps)


def _due(contest: Contest) -> list[Due]:
    """The transitions that are due by now, the first ones first."""
    now, found = contest.clock.now(), list[Due]()
    with contest.database.reading() as repo:
        for row in repo.due_until(contest.id, to_text(now)):
            process = contest.in_force(repo)
            facts = contest_content(repo.contest(contest.id)).facts
            case = case_of(row, process).but(contest=facts)
            ahead = due_ahead(process, case).items()
            found += ((case.ref, name, at) for name, at in ahead if at <= now)
    return sorted(found, key=lambda due: (due[2], *due[:2]))


def _make(tx: Transaction, ref: str, transition: str, due: datetime) -> AdvanceStep | None:
    (case,) = tx.load([ref])
    ahead = tx.process.due(case)
    if ahead.get(transition) != due or case.tried.get(transition) == due:
        return None
    request = AdvanceRequest(transition, due=due)
    asked = step(tx, case, request)
    if asked.made:
        return asked
    # Of several that time was to make at one hour, the one that the rules let through is made, and
    # nothing is told of the others.
    rivals = (AdvanceRequest(name, due=at) for name, at in ahead.items() if at == due)
    steps = (step(tx, case, rival) for rival in rivals if rival != request)
    return next((one for one in steps if one.made), None) or refuse(tx, asked, request)


_LONGEST_LINE = 2000
MOST_BROKEN = 10
"""After so many unexpected failures in a row a fresh start is worth more than another try."""


Tick = Callable[..., Ticked]
"""One pass of everything that is due, as `tick` makes it."""

Open = Callable[[], tuple[Contest, "MailSettings | None"]]
"""Opens a contest that passes are made over, and reads by which server its mails leave."""

_DEEDS = {
    "made": nN_("{count} transition made", "{count} transitions made"),
    "refused": nN_("{count} transition refused", "{count} transitions refused"),
    "queued": nN_("{count} message queued", "{count} messages queued"),
    "sent": nN_("{count} message sent", "{count} messages sent"),
    "retried": nN_(
        "{count} message put off by its server", "{count} messages put off by their server"
    ),
    "failed": nN_("{count} message refused", "{count} messages refused"),
    "uncertain": nN_(
        "{count} message that nobody knows to have arrived",
        "{count} messages that nobody knows to have arrived",
    ),
    "expired": nN_("{count} message came too late", "{count} messages came too late"),
}
_LEFT = {
    "waiting": nN_("{count} message waits", "{count} messages wait"),
    "held": nN_("{count} message is held", "{count} messages are held"),
    "uncertain": nN_("{count} message is uncertain", "{count} messages are uncertain"),
    "failed": nN_("{count} message failed", "{count} messages failed"),
}


def _counted(counts: Mapping[str, Any], phrases: Mapping[str, tuple[str, str]]) -> str:
    return ", ".join(
        n_(*phrase, counts[name]).format(count=counts[name])
        for name, phrase in phrases.items()
        if counts.get(name)
    )


@dataclass
class Log:
    """The lines of a run; plain ones go on indented, JSON ones have `at`, `event` and `said`.

    Lines bear the machine's time, in a rehearsal too: they are about the program.
    """

    stream: TextIO
    as_json: bool = False
    clock: Clock = field(default_factory=SystemClock)
    seconds: Callable[[], float] = elapsed_seconds
    last_s: float = 0.0
    _turn: Lock = field(default_factory=Lock, repr=False)

    def tell(self, event: str, text: str, **facts: Any) -> None:
        """Writes one line; `facts` are for programs only.

        A log that nobody takes any more stops nothing: mails matter more than their log.
        """
        at = to_text(self.clock.now())
        if self.as_json:
            line = json.dumps({"at": at, "event": event, "said": text, **facts})
        else:
            line = "\n  ".join(filter(None, map(_printable, f"{at} {text}".splitlines())))
        with self._turn, suppress(OSError, ValueError):
            self.last_s = self.seconds()
            self.stream.write(f"{line}\n")
            self.stream.flush()


def _printable(line: str) -> str:
    """The line without what a terminal would obey, its indentation kept."""
    bare = line.lstrip(" ")
    return " " * (len(line) - len(bare)) + one_line(bare, at_most=_LONGEST_LINE)


@dataclass(frozen=True, slots=True)
class RunStatus:
    """The mails sent since the run began, those that are late, and those that ask for a person.

    `paused` is why no mail leaves at present, or empty.
    """

    sent: int = 0
    waiting: int = 0
    held: int = 0
    uncertain: int = 0
    failed: int = 0
    paused: str = ""

    def after(self, ticked: Ticked, contest: Contest) -> RunStatus:
        """Returns the status after a pass."""
        mail = waiting(contest)
        sent = ticked.mail.sent if ticked.mail else 0
        failed = mail.failed + mail.bounced
        return RunStatus(
            self.sent + sent,
            mail.late,
            mail.held,
            mail.uncertain,
            failed,
            ticked.gone_back or mail.paused,
        )

    def told(self) -> str:
        """Returns the mails to send or to look at, as part of a line; empty when there are none."""
        pause = _("no mail leaves: {why}").format(why=self.paused) if self.paused else ""
        return "; ".join(filter(None, (_counted(asdict(self), _LEFT), pause)))


class Passes:
    """The passes over one contest.

    It stays open from one pass to the next, and is opened anew after a failure. Nothing that goes
    wrong in a pass leaves it: the next one tries again. One of several contests has a `name`, by
    which the log tells of it.
    """

    def __init__(
        self,
        open_contest: Open,
        log: Log,
        *,
        stopping: Callable[[], bool],
        tick: Tick,
        name: str = "",
    ) -> None:
        self._open_contest = open_contest
        self._log = log
        self._stopping = stopping
        self._tick = tick
        self._name = name
        self._opened: tuple[Contest, MailSettings | None] | None = None
        self._complaints = ("", "")
        self._broken = 0
        self.status = RunStatus()
        self.trouble = ""
        self.done_at = log.clock.now()

    @property
    def are_worn_out(self) -> bool:
        """True once so many failed, one after another, that the next would fail as well."""
        return self._broken >= MOST_BROKEN

    def make(self) -> float | None:
        """Makes one pass; returns after how many seconds another has something to do, if known.

        `trouble` tells why it failed, or is empty; `done_at` is when one ended well, or when they
        began.
        """
        if self._stopping():
            return None
        try:
            due_s = self._make()
        except PtceError as error:
            # Whoever starts the program again starts the one that was installed meanwhile.
            self._broken = MOST_BROKEN if isinstance(error, Outdated) else 0
            self.trouble = str(error)
            self.tell("failed", str(error), what=error.what, why=error.why, mend=error.mend)
        except Exception:
            self.trouble = _("A pass failed; the fault is the program's own.")
            in_a_row = self._broken + 1
            trace = traceback.format_exc()
            text = self.trouble if self._log.as_json else f"{self.trouble}\n{trace}"
            self.tell("broken", text, traceback=trace, in_a_row=in_a_row)
            # Counted once it is told: the thread that watches ends the log when it is the last.
            self._broken = in_a_row
        else:
            if self.trouble:
                self.tell("again", _("A pass was made again."), after=self.trouble)
            self._broken, self.trouble, self.done_at = 0, "", self._log.clock.now()
            return due_s
        return None

    def tell(self, event: str, text: str, **facts: Any) -> None:
        """Writes a line of the log about this contest."""
        if self._name:
            text, facts = f"{self._name}: {text}", {"contest": self._name, **facts}
        self._log.tell(event, text, **facts)

    def close(self) -> None:
        """Lets go of the contest; the next pass opens it again."""
        opened, self._opened = self._opened, None
        if opened is not None:
            opened[0].close()

    def _make(self) -> float | None:
        with ExitStack() as unless_done:
            unless_done.callback(self.close)
            if self._opened is None:
                self._opened = self._open_contest()
                self._opened[0].complain = self._complain
            contest, settings = self._opened
            self._complaints = ("", self._complaints[0])
            ticked = self._tick(contest, settings, stopping=self._stopping)
            before, self.status = self.status, self.status.after(ticked, contest)
            # By the contest's clock: a rehearsal's is not the machine's.
            now, due = contest.clock.now(), ticked.next_due
            unless_done.pop_all()
        self._tell_deeds(ticked, before)
        return (due - now).total_seconds() if due is not None else None

    def _tell_deeds(self, ticked: Ticked, before: RunStatus) -> None:
        made = sum(step.made for step in ticked.steps)
        did = {"made": made, "refused": len(ticked.steps) - made, "queued": ticked.queued}
        for end in ("sent", "retried", "failed", "uncertain"):
            did[end] = getattr(ticked.mail, end, 0)
        did["expired"] = len(ticked.expired)
        if any(did.values()) or before.paused != self.status.paused:
            again = _("mail leaves again") if before.paused and not self.status.paused else ""
            # What left the queue at once is told as sent alone.
            told = did | ({"queued": 0} if did["sent"] else {})
            text = "; ".join(filter(None, (_counted(told, _DEEDS), again, self.status.told())))
            facts = {name: getattr(self.status, name) for name in ("waiting", "held", "paused")}
            self.tell("tick", text, **did, **facts)

    def _complain(self, error: PtceError) -> None:
        """Tells what could not be done beside the pass, unless the one before told the same."""
        _now, before = self._complaints
        self._complaints = (str(error), before)
        if str(error) != before:
            self.tell("failed", str(error), what=error.what, why=error.why, mend=error.mend)
