"""Reports on time: calendar, passes, doctor."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime, time, timedelta
from functools import partial
from itertools import starmap
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from ptce_workflow.app.checkpoints import has_line
from ptce_workflow.app.locations import (
    LOCAL_FILE,
    last_backup,
    local_example,
    mail_settings,
    mailbox_settings,
    receipt_settings,
    watch_url,
)
from ptce_workflow.base.errors import PtceError
from ptce_workflow.base.runtime import elapsed_seconds
from ptce_workflow.base.words import (
    N_,
    _,
    clock,
    columns_of,
    hundredths,
    language,
    local_time,
    long_date,
    long_instant,
    n_,
    nN_,
    padding,
    short_date,
)
from ptce_workflow.office import page
from ptce_workflow.office.page import (
    Drawing,
    Paragraph,
    Part,
    Report,
    TimelineEntry,
    instant,
    looked_at,
    of_contest,
    timeline,
)
from ptce_workflow.process.calendar import parse_span
from ptce_workflow.process.letters.message import ANSWERED, Stage
from ptce_workflow.process.process import Process, counted, named, to_the_minute
from ptce_workflow.reports.candidatures import outcome_text
from ptce_workflow.reports.mail import (
    counts_received,
    unnotified_texts,
    waiting_text,
    why_waiting,
)

if TYPE_CHECKING:
    from ptce_workflow.app.candidatures.overview import Alarm, RetainedAnswers
    from ptce_workflow.app.contest import Contest
    from ptce_workflow.app.outbox.waiting import Ahead, Waiting
    from ptce_workflow.app.preconditions import ClockView
    from ptce_workflow.mail.settings import MailboxSettings, MailSettings
    from ptce_workflow.scheduler.passes import PassResult


SERVER = ("connect", "tls", "auth", "sender", "recipient")
"""The steps of the dialogue with the mail server, as `mail.dialogue` names them."""

OK, FAILED, SKIPPED, REMARK = "ok", "failed", "skipped", "remark"
PEOPLE = ("courier", "desk", "addresses", "mails", "decisions", "retention", "outside")
_DECISIONS_TOLD = 20
_OLD = timedelta(hours=36)
"""The age of a backup, made every night, from which one has been missed."""
_MARKS = {OK: "✓", FAILED: "✗", SKIPPED: "–", REMARK: "!"}


class DoctorStep(NamedTuple):
    """Something that was looked at, how that went (`ok`, `failed`, …) and what was seen.

    `trouble` are the kinds of what keeps mails from leaving, or passes from being made.
    """

    step: str
    outcome: str
    said: str | None = None
    trouble: tuple[str, ...] = ()


Seen = tuple[str, str | None]
"""How a check went, and what was seen."""


def steps(open_contest: Callable[[], Contest], folder: Path) -> Iterator[DoctorStep]:
    database = _look("database", lambda: _database(open_contest()))
    yield database
    contest = None if database.outcome == FAILED else open_contest()
    if contest is not None:
        yield _look("folder", lambda: _folder(contest))
        yield _look("files", lambda: _files(folder))
        yield _look("clock", lambda: _clock(contest))
        yield _look("backup", lambda: _backup(contest))
    for step in _mail(folder, contest):
        yield step
    yield _look("hours", lambda: _hours(folder), REMARK)
    if contest is not None:
        yield from _mailboxes(folder, contest)
        yield _look("watch", lambda: _watch(folder))
        yield _look("invented", lambda: _invented(contest, folder))
        if contest.is_read_by_actor:
            # The last step of the dialogue: none comes after one that fails.
            yield from _people_and_mails(contest, reached=step.outcome == OK)
        else:
            text = _("for those enrolled alone; {actor} is not").format(actor=contest.actor or "?")
            yield from (DoctorStep(step, SKIPPED, text) for step in PEOPLE)


def _look(step: str, check: Callable[[], Seen], refused: str = FAILED) -> DoctorStep:
    try:
        return DoctorStep(step, *check())
    except PtceError as error:
        text = "\n".join(filter(None, (error.what, error.why, error.mend)))
        return DoctorStep(step, refused, text)


def _database(contest: Contest) -> Seen:
    from ptce_workflow.app.preconditions import elsewhere

    name = contest.process.definition.config.contest.id
    base, served = contest.database, _served(contest)
    altered = [*base.altered(), *_head(contest)]
    if damage := base.damage():
        altered += [damage.what, damage.why, damage.mend]
    if contest.moved_to:
        raise elsewhere(contest.moved_to)
    if altered:
        return FAILED, "\n".join((*altered, _("`ptce verify` tells what else is.")))
    if served is None:
        return OK, name
    is_standby, text = served
    return REMARK if is_standby else OK, f"{name} · {text}"


def _head(contest: Contest) -> Iterator[str]:
    """What the head that is kept does not know of: no line is added before that is mended."""
    with contest.database.reading() as repo:
        head, last = repo.contest(contest.id).head_n, repo.furthest(contest.id)
    if last > head:
        text = _("Nobody can write: the head that is kept is line {kept}, the last line is {last}.")
        yield text.format(kept=head, last=last)


def _served(contest: Contest) -> tuple[bool, str] | None:
    """Whether the server of the database is a standby, and what it says; None for a file."""
    began = elapsed_seconds()
    served = contest.database.served()
    if served is None:
        return None
    took = hundredths(round((elapsed_seconds() - began) * 100_000), language())
    with contest.database.reading() as repo:
        count = len(repo.contests())
    text = n_(
        "PostgreSQL {version}, {count} contest in it, as the role {role}; it answers in {ms} ms",
        "PostgreSQL {version}, {count} contests in it, as the role {role}; it answers in {ms} ms",
        count,
    ).format(version=served.version, role=served.role, ms=took)
    if served.is_standby:
        text += "\n" + _("It is a standby, where nothing can be written: name the other one.")
    return served.is_standby, text


def _folder(contest: Contest) -> Seen:
    in_force = contest.process.hash
    if contest.folder_hash == in_force:
        return OK, _("the process in force, {hash}").format(hash=in_force[:12])
    return FAILED, _("The folder differs from the process in force: ptce adopt --dry-run")


def _files(folder: Path) -> Seen:
    """The files with names, or the password, that any account may read, and its folder."""
    from ptce_workflow.app.retention.backup import open_to_others

    paths = open_to_others(folder)
    if not paths:
        return OK, _("names and password are not open to every account")
    text = _("anyone with an account here may open: {files} · chmod o= {files}")
    return REMARK, text.format(files=shlex.join(map(str, paths)))


def _clock(contest: Contest) -> Seen:
    from ptce_workflow.app.contest import read_clock

    view = read_clock(contest)
    if view.back and not contest.rehearsal:
        return FAILED, _("The clock stands behind the ledger, and nothing leaves: ptce clock")
    return OK, to_the_minute(contest.process, view.now)


def _backup(contest: Contest) -> Seen:
    if contest.is_copy:
        return SKIPPED, _("an export is a copy, and needs none")
    backup = last_backup(contest.folder)
    if backup is None and contest.database.file is None:
        return SKIPPED, _(
            "a server keeps the database, and makes copies of its own; one to keep elsewhere: "
            "ptce backup FILE"
        )
    if backup is None:
        return REMARK, _("none is known of: ptce backup FILE")
    with contest.database.reading() as repo:
        head = repo.furthest(contest.id)
        is_ours = has_line(repo, contest.id, backup.lines, backup.hash)
    when = to_the_minute(contest.process, backup.at)
    text = _("{when}, in {file}").format(when=when, file=backup.file)
    if not is_ours:
        return REMARK, _("{said}: it is not of this ledger as it stands").format(said=text)
    since = head - backup.lines
    if not since:
        return OK, text
    lines = n_("{count} line since", "{count} lines since", since)
    is_old = contest.clock.now() - backup.at > _OLD
    return REMARK if is_old else OK, f"{text} · {lines}"


def _mail(folder: Path, contest: Contest | None) -> Iterator[DoctorStep]:
    yield _look("settings", lambda: _settings(folder, contest))
    settings = None
    if contest is None or not contest.is_copy:
        with suppress(PtceError):
            settings = mail_settings(folder)
    if settings is None:
        yield from (DoctorStep(step, SKIPPED) for step in SERVER)
    else:
        yield from _server(settings, contest)


def _settings(folder: Path, contest: Contest | None) -> Seen:
    if contest is not None and contest.is_copy:
        return SKIPPED, _("an export sends no mail")
    settings = mail_settings(folder)
    if settings is None:
        return FAILED, _("No mail server is set, so mails wait.")
    text = _("{host}, port {port}, {security}, from {sender}").format(
        host=settings.host, port=settings.port, security=settings.security, sender=settings.sender
    )
    if contest is not None and contest.rehearsal:
        home = settings.kept_home or _("their true recipients")
        text += "\n" + _("a rehearsal: its mails go to {home}").format(home=home)
    if settings.user and not settings.has_token and settings.host.endswith(_MICROSOFT):
        return REMARK, "\n".join((text, _(_NO_PASSWORD)))
    return OK, text


_MICROSOFT = ".office365.com"
_NO_PASSWORD = N_(
    "Microsoft 365 is ending sign-in by password. Sign in by a token: token_file or token_command, "
    "under [mail]."
)
_EXPLAINED = {
    "535 5.7.139": N_(
        "Microsoft 365 lets this mailbox sign in by no password. Its administrator allows "
        "“Authenticated SMTP” for it, or it signs in by a token: token_file or token_command, "
        "under [mail]."
    ),
    "550 5.7.30": _NO_PASSWORD,
    "534 5.7.9": N_(
        "Google asks for a password of this program alone. Make an “app password” in the account, "
        "and put it where the usual one stands."
    ),
    "553 5.7.1": N_(
        "This account may not write under the address of the sender. Give it that right, or put "
        "the address of the account as sender, under [mail]."
    ),
}
"""What servers mean by their answers, and what to do, by code and status."""


def explained(text: str) -> str:
    """The answer of a server, followed by what it means and what to do, where that is known."""
    meanings = (_(meaning) for code, meaning in _EXPLAINED.items() if f"{code} " in f"{text} ")
    return "\n".join((text, *meanings))


def _hours(folder: Path) -> Seen:
    """Whose hour is trusted of a mail that arrives; without any, a person states it."""
    if (settings := receipt_settings(folder)) is not None:
        return OK, ", ".join(settings.entry)
    return SKIPPED, _("no server is named: --at states the hour")


def _invented(contest: Contest, folder: Path) -> Seen:
    """Whether an address that mails bear is one of a model, which nobody can have."""
    if contest.rehearsal or contest.is_copy:
        return SKIPPED, _("only a contest in earnest needs real ones")
    config, found = contest.process.definition.config, {}
    for name in ("organiser", "service"):
        found[f"{name}.mail"] = getattr(getattr(config, name), "mail", None)
    with suppress(PtceError):
        if (settings := mail_settings(folder)) is not None:
            found["sender"] = settings.sender.address
            found["reply_to"] = settings.reply_to and settings.reply_to.address
    invented = [f"{key} = {at}" for key, at in found.items() if f"{at}".endswith(".example")]
    if invented:
        text = _("nobody reads an address in .example: {names}")
        return FAILED, text.format(names=", ".join(invented))
    return OK, _("none is an example")


def _server(settings: MailSettings, contest: Contest | None) -> Iterator[DoctorStep]:
    """What the server says up to a recipient: of a mail that waits, or else the sender's own."""
    import asyncio

    from ptce_workflow.app.outbox.desk import next_readers
    from ptce_workflow.mail.dialogue import probe
    from ptce_workflow.mail.message import is_address

    own = (settings.reply_to or settings.sender).address
    if contest is not None and contest.rehearsal and settings.kept_home:
        readers: Sequence[tuple[str, str]] = [(settings.kept_home,) * 2]
    else:
        reads = contest is not None and contest.is_read_by_actor
        readers = next_readers(contest) if contest is not None and reads else ()
    name, recipient = next((one for one in readers if is_address(one[1])), (own, own))
    promised = 0 if contest is None else contest.process.definition.config.mail.largest_bytes
    for probed in asyncio.run(probe(settings, recipient, promised)):
        text = probed.said
        if probed.step == SERVER[-1] and text:
            # Whoever has no role here reads no address of a dossier: the mail stands for it.
            text = re.sub(re.escape(recipient), lambda _found: name, text, flags=re.IGNORECASE)
            text = page.pair(name, text)
        yield DoctorStep(probed.step, str(probed.outcome), explained(text) or None)


def _mailboxes(folder: Path, contest: Contest) -> Iterator[DoctorStep]:
    """Whether each mailbox that passes read can be opened, with its folders."""
    from ptce_workflow.mail.mailbox import mails_in_folders

    if contest.rehearsal or contest.is_copy:
        yield DoctorStep("mailbox", SKIPPED, _("only a contest in earnest reads one"))
        return

    def seen(settings: MailboxSettings) -> Seen:
        counts = starmap(page.pair, mails_in_folders(settings).items())
        return OK, f"{settings.user}, {settings.host}\n{', '.join(counts)}"

    none = SKIPPED, _("none is set: what comes back is read by a person")
    try:
        looked = [_look("mailbox", partial(seen, one)) for one in mailbox_settings(folder)]
    except PtceError as error:
        looked = [DoctorStep("mailbox", FAILED, f"{error.what}\n{error.why}")]
    for step in looked or [DoctorStep("mailbox", *none)]:
        yield step._replace(trouble=("mailbox",) if step.outcome == FAILED else ())


def _watch(folder: Path) -> Seen:
    """Where it is told that passes are made; not the whole address, which works as a secret."""
    if (url := watch_url(folder)) is not None:
        return OK, url.split("/")[2]
    return SKIPPED, _("none is set: nobody learns that no pass is made")


def _passes(contest: Contest, waiting: Waiting) -> Seen:
    """When the last pass was made, what waits for a yes since, and what none has done."""
    from ptce_workflow.app.preconditions import long_stop

    with contest.looking() as tx:
        if (stopped := long_stop(tx)) is not None:
            raise stopped
    last = waiting.last_pass and to_the_minute(contest.process, waiting.last_pass)
    if waiting.overdue:
        due = to_the_minute(contest.process, waiting.overdue)
        text = _("Something has been due since {due}; last pass: {last} · ptce run, or ptce tick")
        return FAILED, text.format(due=due, last=last or _("none"))
    return (OK, last) if last else (REMARK, _("none yet · ptce run"))


def _courier(contest: Contest, waiting: Waiting, *, reached: bool) -> DoctorStep:
    """When a mail last left; a pause ends here where the server takes mails again."""
    from ptce_workflow.app.outbox.desk import resume

    if not waiting.paused_until:
        if waiting.last_sent is None:
            return DoctorStep("courier", OK, _("no mail has left yet"))
        when = to_the_minute(contest.process, waiting.last_sent)
        return DoctorStep("courier", OK, _("the last mail left on {when}").format(when=when))
    until, why = to_the_minute(contest.process, waiting.paused_until), waiting.paused
    text = explained(_("No mail leaves before {when}: {why}").format(when=until, why=why))
    if reached:
        with suppress(PtceError):
            resume(contest)
            ended = _("Each step above passed: the pause is over, and the next pass tries again.")
            return DoctorStep("courier", REMARK, f"{text}\n{ended}")
    ends = _("It ends then, or before that with a `ptce doctor` of the desk whose steps all pass.")
    return DoctorStep("courier", FAILED, f"{text}\n{ends}", ("paused",))


def _people_and_mails(contest: Contest, *, reached: bool) -> Iterator[DoctorStep]:
    """The people without an address, and the mails that ask for a person: no machine faults."""
    from ptce_workflow.app.candidatures.overview import ahead as ahead_of_desk
    from ptce_workflow.app.outbox import waiting as ahead
    from ptce_workflow.app.outbox.delivery import left_alone
    from ptce_workflow.app.outbox.plan import untrusted
    from ptce_workflow.app.outbox.waiting import unnotified
    from ptce_workflow.app.people import list_people
    from ptce_workflow.reports.history import witness_text
    from ptce_workflow.reports.overview import retention_texts
    from ptce_workflow.reports.retention import leftover_texts

    def remark(step: str, text: str, otherwise: str) -> DoctorStep:
        return DoctorStep(step, REMARK if text else OK, text or otherwise)

    waiting = ahead.waiting(contest)
    if not contest.rehearsal:
        step = _look("passes", lambda: _passes(contest, waiting))
        yield step._replace(trouble=("overdue",) if waiting.overdue else ())
    yield (courier := _courier(contest, waiting, reached=reached))
    if waiting.paused and not courier.trouble:
        waiting = ahead.waiting(contest)
    desk = [one for one in list_people(contest) if one.active and "desk" in one.roles]
    logins = [one.private["login"] for one in desk if one.private.get("login")]
    text, names = "", ", ".join(logins)
    if len(logins) < 2 and not contest.rehearsal:
        text = _("one login alone, {login}: enrol a second one, or nobody can act without it")
    yield remark("desk", text.format(login=names or "–"), names)
    unwritten = (one for one in desk if not one.private.get("email"))
    nobody = [*(one.private.get("name", one.pseudonym) for one in unwritten), *waiting.nobody]
    text = _("none for: {names}").format(names=_("; ").join(nobody)) if nobody else ""
    yield remark("addresses", text, _("everyone can be written to"))
    if left := left_alone(contest):
        error = untrusted(left)
        yield DoctorStep("mails", FAILED, f"{error.what} · ptce verify", ("left_alone",))
    else:
        asks = waiting_text(waiting)
        step = remark("mails", asks and f"{asks} · ptce mail list", _("none asks for a person"))
        kinds = tuple(kind for kind in waiting.trouble if kind in ANSWERED)
        yield step._replace(outcome=FAILED, trouble=kinds) if kinds else step
    decisions = unnotified(contest)
    lines = unnotified_texts(decisions, _DECISIONS_TOLD) or [_("each has been told")]
    outcome = OK if all(one.waits for one in decisions) else REMARK
    yield DoctorStep("decisions", outcome, "\n".join(lines))
    _alarms, answers = ahead_of_desk(contest)
    lines = list(retention_texts(contest.process, answers, contest.clock.now()))
    lines = [f"{line} · ptce erase --due" for line in lines] + list(leftover_texts(contest))
    yield remark("retention", "\n".join(lines), _("nothing is kept too long"))

    def outside() -> Seen:
        held, text = witness_text(contest)
        return OK if held else REMARK, text

    yield _look("outside", outside, REMARK)


def step_part(step: DoctorStep) -> Drawing:
    labels = {
        "database": _("Database"),
        "folder": _("Folder"),
        "files": _("Access"),
        "clock": _("Clock"),
        "backup": _("Backup"),
        "settings": _("Mail settings"),
        "connect": _("Connection"),
        "tls": _("Encryption"),
        "auth": _("Signing in"),
        "sender": _("Sender"),
        "recipient": _("Recipient"),
        "mailbox": _("Mailbox"),
        "hours": _("Hour of a mail"),
        "watch": _("Watch"),
        "invented": _("Addresses written"),
        "desk": _("Desk"),
        "passes": _("Last pass"),
        "courier": _("Courier"),
        "addresses": _("Addresses"),
        "mails": _("Mails"),
        "decisions": _("Decisions"),
        "retention": _("Retention"),
        "outside": _("Witness"),
    }
    label = labels[step.step]
    text = step.said or (_("not tried") if step.outcome == SKIPPED else _("yes"))
    width = max(map(columns_of, labels.values()))
    return looked_at(_MARKS[step.outcome], label + padding(label, width), text)


def verdict(steps: Sequence[DoctorStep], folder: Path, *, sound: bool) -> Iterator[Part]:
    """Whether mail can leave; and where its server is set, where that is in the way."""
    yield Paragraph("", heads=True)
    sends = not any(step.step == "settings" and step.outcome == SKIPPED for step in steps)
    fine = _("Mail can leave.") if sends else _("Nothing has to be mended.")
    yield page.verdict("", (fine if sound else _("Something has to be mended first.")), good=sound)
    if any(step.outcome == FAILED and step.step in ("settings", *SERVER) for step in steps):
        text = _("The mail server is set in {file}, under [mail].")
        yield page.say(text, file=folder / LOCAL_FILE)
        if (example := local_example()) is not None:
            yield page.say(_("To be copied and adapted: {file}"), file=example)


class ContestDate(Struct, frozen=True):
    """A date of the contest; `ends` is None for a mere moment."""

    name: str
    label: str
    at: datetime
    ends: datetime | None


class _Row(Struct, frozen=True):
    """A line of the calendar; a date stands before the mails of the same instant."""

    at: datetime
    label: str
    readers: str = ""
    held: bool = False


def dates_of(process: Process) -> tuple[ContestDate, ...]:
    found = []
    for name, at in process.dates.fixed.items():
        date = process.definition.config.dates[name]
        ends = None if date.lasts is None else parse_span(date.lasts).after(at, process.zone)
        found.append(ContestDate(name, date.label.text, at, ends))
    return tuple(sorted(found, key=lambda date: date.at))


def calendar_report(
    process: Process,
    ahead: Sequence[Ahead],
    dates: Sequence[ContestDate],
    now: datetime,
    alarms: Sequence[Alarm] = (),
    answers: Sequence[RetainedAnswers] = (),
) -> Report:
    """`ptce calendar`: daily mails, then dates, mails, deadlines by day."""
    daily = [one for one in ahead if one.daily]
    rows = [*_dates(process, dates), *_mails(process, [one for one in ahead if not one.daily])]
    rows += [_Row(one.at, str(one.label), one.ref) for one in alarms if one.at >= now]
    for one in answers:
        if one.at >= now:
            label = _("to be erased: {sheet}").format(sheet=one.label)
            rows.append(_Row(one.at, label, counted(process, len(one.refs))))
    parts: list[Part] = [page.lead(label, text) for label, text in _daily(process, daily)]
    if rows:
        rows.sort(key=lambda row: (row.at, bool(row.readers)))
        parts.append(timeline([_event(process, row) for row in rows]))
    if any(row.held for row in rows):
        parts.append(page.line(_("* waits for a person who reads it: ptce mail list --state held")))
    return of_contest(process, _("Calendar"), now, parts or [page.say(_("Nothing lies ahead."))])


def _event(process: Process, row: _Row) -> TimelineEntry:
    local = local_time(row.at, process.zone)
    day, hour = long_date(local.date(), process.zone, language()), f"{local:%H:%M}"
    at = instant(row.at, process.zone, f"{day}, {hour}")
    label = f"{row.label} *" if row.held else row.label
    return TimelineEntry(day[0].upper() + day[1:], hour, at, label, row.readers)


def _dates(process: Process, dates: Sequence[ContestDate]) -> Iterator[_Row]:
    for date in dates:
        label = date.label
        if date.ends is not None:
            ends = clock(date.ends, process.zone, language())
            label = _("{label} (until {hour})").format(label=label, hour=ends)
        yield _Row(date.at, label)


def _daily(process: Process, daily: Sequence[Ahead]) -> Iterator[tuple[str, str]]:
    """The daily mails; one that is late stands beside the next."""
    for notification in dict.fromkeys(one.notification for one in daily):
        same = [one for one in daily if one.notification == notification]
        first = same[0]
        table = process.definition.notifications[notification]
        days = _("every working day") if table.daily else _("the first working day of every week")
        usual = time.fromisoformat(table.recurs or f"{local_time(first.at, process.zone):%H:%M}")
        day = local_time(first.at, process.zone).date()
        hour = clock(datetime.combine(day, usual, process.zone), process.zone, language())
        starts = short_date(first.at, process.zone, language())
        names = ", ".join({one.recipient: one.to for one in same}.values())
        text, last = _("{days} at {hour}, from {first} on, to: {names}"), ""
        if first.until is not None:
            text = _("{days} at {hour}, from {first} to {last}, to: {names}")
            last = long_date(first.until, process.zone, language())
        values = {"days": days, "hour": hour, "first": starts, "last": last}
        yield first.label, text.format(names=names, **values)


def _mails(process: Process, ahead: Iterable[Ahead]) -> Iterator[_Row]:
    """One row for each mail, or for those that leave at one instant and say the same."""
    together: dict[tuple[datetime, str, bool], list[Ahead]] = {}
    for one in ahead:
        together.setdefault((one.at, one.notification, one.held), []).append(one)
    for (at, _notification, held), same in together.items():
        yield _Row(at, same[0].label, _readers(process, same), held)


def _readers(process: Process, same: Sequence[Ahead]) -> str:
    if len(same) == 1:
        (one,) = same
        return f"{one.ref} {one.to}" if one.ref and one.to != one.ref else one.to
    refs = {one.ref for one in same} - {""}
    return counted(process, len(refs)) if refs else ", ".join(one.to for one in same)


def tick_data(done: PassResult | None, waiting: Waiting, trouble: Sequence[str]) -> dict[str, Any]:
    """`ptce tick --json`; None is a pass that others kept from writing."""
    outcomes = ("sent", "retried", "failed", "uncertain")
    mails = {name: getattr(done and done.mail, name, 0) for name in outcomes}
    return {
        "steps": done.steps if done else (),
        "mails": {"queued": done.queued if done else 0, **mails},
        "late": waiting.late,
        "paused": waiting.paused,
        "busy": done is None,
        "stopped": done and done.stopped,
        "left_alone": done.left_alone if done else (),
        "received": done.read if done else (),
        "trouble": trouble,
    }


def ticked(process: Process, done: PassResult | None, waiting: Waiting) -> Iterator[Part]:
    """`ptce tick`: what became of each candidature and of each mail whose hour had come."""
    if done is None:
        yield page.say(_("Others were writing: what is left is done by them, or by the next pass."))
        return
    for step in done.steps:
        if step.made:
            text = outcome_text(process, step)
        else:
            text = _("{case}: a rule stood in the way of {transition}.")
            text = text.format(case=named(process, step.before), transition=step.edge.name)
        yield page.say(text)
    counts = {
        "sent": nN_("{count} sent", "{count} sent"),
        "retried": nN_("{count} to try again", "{count} to try again"),
        "failed": nN_("{count} failed", "{count} failed"),
        "uncertain": nN_("{count} uncertain", "{count} uncertain"),
    }
    ends = [(texts, getattr(done.mail, end, 0)) for end, texts in counts.items()]
    mails = [n_(*texts, count) for texts, count in ends if count]
    if mails:
        yield page.say(_("Mails: {text}."), text=", ".join(mails))
    if done.read:
        yield page.say(_("Mails received: {text}."), text=counts_received(done.read))
    if done.expired:
        text = n_(
            "{count} mail came too late and never leaves: {names}.",
            "{count} mails came too late and never leave: {names}.",
            len(done.expired),
        )
        yield page.say(text, names=", ".join(done.expired))
    told = done.steps or mails or waiting.late or done.expired or done.stopped or done.read
    if not (told or done.left_alone):
        yield page.say(_("Nothing was due."))
    # No pass sends what is left alone: why has been told.
    waiting = replace(waiting, late=max(0, waiting.late - len(done.left_alone)))
    yield from why_waiting(process, waiting, server=done.mail is not None)
    states = [state for state in (Stage.FAILED, Stage.UNCERTAIN) if getattr(waiting, state)]
    if states:
        # On the error stream: who reads it alone, from cron, is told how many.
        yield page.aside(_("To be looked at: {text}."), text=waiting_text(waiting))
        yield page.suggest(" ".join(["ptce mail list", *(f"--state {state}" for state in states)]))


def clock_parts(process: Process, found: ClockView, *, rehearsal: bool) -> Iterator[Part]:
    """`ptce clock`: where the clock stands, where the ledger does, and what follows from it."""

    def spoken_at(instant: datetime) -> str:
        return long_instant(instant, process.zone, language(), seconds=True)

    yield page.say(_("The clock says {now}."), now=spoken_at(found.now))
    if found.stands:
        yield page.say(_("It stands there until it is set again, or let go: ptce clock --free"))
    if found.last is None:
        yield page.say(_("The last line of the ledger cannot be read; `ptce verify` tells why."))
        return
    yield page.say(_("The ledger goes on to {last}."), last=spoken_at(found.last))
    if found.line is not None:
        yield page.say(_("Line {n} accepts it: the clock’s hour counts again."), n=found.line)
    elif found.back and not rehearsal:
        yield page.say("")
        yield page.above(_("The clock stands behind what has happened. Set it right."))
        command = 'ptce clock --accept --reason "…"'
        yield page.advise(_("If it is right, and stood ahead before: {command}"), command)
