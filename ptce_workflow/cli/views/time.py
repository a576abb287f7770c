"""The calendar, the passes of the scheduler, the clock, and whether mail can leave: as printed."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from ptce_workflow.app.locations import LOCAL_FILE, local_example, mail_settings
from ptce_workflow.base import speech
from ptce_workflow.base.clock import local_time
from ptce_workflow.base.errors import PtceError
from ptce_workflow.base.speech import long_instant
from ptce_workflow.base.text import columns_of, padding
from ptce_workflow.base.words import _, language, n_
from ptce_workflow.cli.output import Named
from ptce_workflow.cli.views.cases import outcome_told
from ptce_workflow.cli.views.mail import untold_lines, waiting_told, why_waiting
from ptce_workflow.papers.report import (
    Aside,
    Lead,
    LookedAt,
    NextStep,
    Paragraph,
    Part,
    Report,
    Timeline,
    TimelineEntry,
    VerdictLine,
    instant,
    of_contest,
)
from ptce_workflow.process.process import counted, named
from ptce_workflow.process.time.calendar import parse_span

if TYPE_CHECKING:
    from ptce_workflow.app.cases.deadlines import Alarm, Kept
    from ptce_workflow.app.post.ahead import Ahead, Waiting
    from ptce_workflow.app.preconditions import ClockTold
    from ptce_workflow.cli.invocation import Invocation
    from ptce_workflow.mail.settings import MailSettings
    from ptce_workflow.process.process import Process
    from ptce_workflow.scheduler.delivery import Delivered
    from ptce_workflow.scheduler.passes import Ticked


@dataclass(frozen=True, slots=True)
class ContestDate:
    """A date of the contest; `ends` is None for a mere moment."""

    name: str
    label: str
    at: datetime
    ends: datetime | None


@dataclass(frozen=True, slots=True)
class _Row:
    """A line of the calendar; a date stands before the mails of the same instant."""

    at: datetime
    label: str
    readers: str = ""
    held: bool = False

    @property
    def starred(self) -> str:
        """The label, with the star of what waits for a person."""
        return f"{self.label} *" if self.held else self.label


def dates_of(process: Process) -> tuple[ContestDate, ...]:
    """The dates that no candidature moves, in the order of time."""
    found = []
    for name, at in process.dates.fixed.items():
        date = process.definition.config.dates[name]
        ends = None if date.lasts is None else parse_span(date.lasts).after(at, process.zone)
        found.append(ContestDate(name, date.label.in_(language()), at, ends))
    return tuple(sorted(found, key=lambda date: date.at))


def calendar_data(
    ahead: Sequence[Ahead],
    dates: Sequence[ContestDate],
    alarms: Sequence[Alarm],
    kept: Sequence[Kept],
) -> dict[str, Any]:
    """`ptce calendar --json`; `until` is when a daily mail stops, if it ever does."""
    mails = [Named(one, ref=one.ref or None) for one in ahead]
    return {"mails": mails, "dates": dates, "alarms": alarms, "kept": kept}


def calendar_report(
    process: Process,
    ahead: Sequence[Ahead],
    dates: Sequence[ContestDate],
    now: datetime,
    alarms: Sequence[Alarm] = (),
    kept: Sequence[Kept] = (),
) -> Report:
    """`ptce calendar`: what leaves every day; then day by day, the dates among the mails.

    The desk's own deadlines for candidatures are among them, and what is to be erased.
    """
    daily = [one for one in ahead if one.daily]
    rows = [*_dates(process, dates), *_mails(process, [one for one in ahead if not one.daily])]
    rows += [_Row(one.at, str(one.label), one.ref) for one in alarms if one.at >= now]
    for one in kept:
        if one.at >= now:
            label = _("to be erased: {sheet}").format(sheet=one.label)
            rows.append(_Row(one.at, label, counted(process, len(one.refs))))
    parts: list[Part] = [Lead(label, told) for label, told in _daily(process, daily)]
    if rows:
        rows.sort(key=lambda row: (row.at, bool(row.readers)))
        parts.append(Timeline([_event(process, row) for row in rows]))
    if any(row.held for row in rows):
        told = _("* waits for a person who reads it: ptce mail list --state held")
        parts.append(Paragraph(told, hanging=2))
    return of_contest(process, _("Calendar"), now, parts or [Paragraph(_("Nothing lies ahead."))])


def _event(process: Process, row: _Row) -> TimelineEntry:
    local = local_time(row.at, process.zone)
    day, hour = speech.long_date(local.date(), process.zone, language()), f"{local:%H:%M}"
    at = instant(row.at, process.zone, f"{day}, {hour}")
    return TimelineEntry(day[0].upper() + day[1:], hour, at, row.starred, row.readers)


def _dates(process: Process, dates: Sequence[ContestDate]) -> Iterator[_Row]:
    for date in dates:
        label = date.label
        if date.ends is not None:
            ends = speech.clock(date.ends, process.zone, language())
            label = _("{label} (until {hour})").format(label=label, hour=ends)
        yield _Row(date.at, label)


def _daily(process: Process, daily: Sequence[Ahead]) -> Iterator[tuple[str, str]]:
    """The mails of every working day: their label, and when, until when and to whom.

    One that is late, or tried again, leaves at another hour, and stands beside the next one.
    """
    for notification in dict.fromkeys(one.notification for one in daily):
        same = [one for one in daily if one.notification == notification]
        first = same[0]
        written = process.definition.notifications[notification].daily
        usual = (
            time.fromisoformat(written) if written else local_time(first.at, process.zone).time()
        )
        day = local_time(first.at, process.zone).date()
        hour = speech.clock(datetime.combine(day, usual, process.zone), process.zone, language())
        starts = speech.short_date(first.at, process.zone, language())
        names = ", ".join({one.recipient: one.to for one in same}.values())
        if first.until is None:
            told = _("every working day at {hour}, from {first} on, to: {names}")
            yield first.label, told.format(hour=hour, first=starts, names=names)
            continue
        last = speech.long_date(first.until, process.zone, language())
        told = _("every working day at {hour}, from {first} to {last}, to: {names}")
        yield first.label, told.format(hour=hour, first=starts, last=last, names=names)


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
    if not refs:
        return ", ".join(one.to for one in same)
    return counted(process, len(refs))


def tick_data(done: Ticked | None, waiting: Waiting) -> dict[str, Any]:
    """`ptce tick --json`; `late` counts the mails that should have left and did not.

    None is a pass that others kept from writing: it tells of nothing, and that it was `busy`.
    """
    outcomes = ("sent", "retried", "failed", "uncertain")
    mails = {name: getattr(done and done.mail, name, 0) for name in outcomes}
    return {
        "transitions": [
            {
                "ref": step.before.ref,
                "transition": step.way.name,
                "at": step.moment.now,
                "done": step.made,
            }
            for step in (done.steps if done else ())
        ],
        "mails": {"queued": done.queued if done else 0, **mails},
        "expired": list(done.expired) if done else [],
        "late": waiting.late,
        "paused": waiting.paused or None,
        "busy": done is None,
    }


def ticked(process: Process, done: Ticked | None, waiting: Waiting) -> Iterator[Part]:
    """`ptce tick`: what became of each candidature and of each mail whose hour had come."""
    if done is None:
        yield Paragraph(
            _("Others were writing: what is left is done by them, or by the next pass.")
        )
        return
    for step in done.steps:
        if step.made:
            told = outcome_told(process, step)
        else:
            told = _("{case}: a rule stood in the way of {transition}.").format(
                case=named(process, step.before), transition=step.way.name
            )
        yield Paragraph(told)
    mails = _mails_sent(done.mail) if done.mail else []
    if mails:
        yield Paragraph(_("Mails: {told}.").format(told=", ".join(mails)))
    if done.expired:
        count = len(done.expired)
        told = n_(
            "{count} mail came too late and never leaves: {names}.",
            "{count} mails came too late and never leave: {names}.",
            count,
        )
        spoken = speech.number(count, language())
        yield Paragraph(told.format(count=spoken, names=", ".join(done.expired)))
    if not (done.steps or mails or waiting.late or done.expired):
        yield Paragraph(_("Nothing was due."))
    yield from why_waiting(process, waiting, server=done.mail is not None)
    if done.mail and (done.mail.failed or done.mail.uncertain):
        yield Aside(command="ptce mail list --state failed --state uncertain")


def _mails_sent(mail: Delivered) -> list[str]:
    """The number of mails that came to each end, where any did."""
    counts = (
        (mail.sent, n_("{count} sent", "{count} sent", mail.sent)),
        (mail.retried, n_("{count} to try again", "{count} to try again", mail.retried)),
        (mail.failed, n_("{count} failed", "{count} failed", mail.failed)),
        (mail.uncertain, n_("{count} uncertain", "{count} uncertain", mail.uncertain)),
    )
    return [told.format(count=speech.number(n, language())) for n, told in counts if n]


def clock_told(process: Process, found: ClockTold) -> Iterator[Part]:
    """`ptce clock`: where the clock stands, where the ledger does, and what follows from it."""
    zone, spoken = process.zone, language()

    def spoken_at(instant: datetime) -> str:
        return speech.long_instant(instant, zone, spoken, seconds=True)

    yield Paragraph(_("The clock says {now}.").format(now=spoken_at(found.now)))
    if found.last is None:
        told = _("The last line of the ledger cannot be read; `ptce verify` tells why.")
        yield Paragraph(told)
        return
    yield Paragraph(_("The ledger goes on to {last}.").format(last=spoken_at(found.last)))
    if found.line is not None:
        told = _("Line {n} accepts it: the clock’s hour counts again.")
        yield Paragraph(told.format(n=found.line))
    elif found.back:
        yield Paragraph("")
        told = _("The clock stands behind what has happened. Set it right.")
        yield Paragraph(told, heads=True)
        command = 'ptce clock --accept --reason "…"'
        yield NextStep(_("If it is right, and stood ahead before: {command}"), command)


SERVER = ("connect", "tls", "auth", "sender", "recipient")
"""The steps of the dialogue with the mail server, as `mail.smtp` names them."""

OK, FAILED, SKIPPED, REMARK = "ok", "failed", "skipped", "remark"
PEOPLE = ("addresses", "mails", "decisions", "retention", "outside")
_DECISIONS_TOLD = 20
_MARKS = {OK: "✓", FAILED: "✗", SKIPPED: "–", REMARK: "!"}


class DoctorStep(NamedTuple):
    """Something that was looked at, how that went (`ok`, `failed`, …) and what was seen."""

    step: str
    outcome: str
    said: str | None = None


def steps(call: Invocation, folder: Path) -> Iterator[DoctorStep]:
    """Each step, once it was looked at."""
    database = _database(call)
    yield database
    opened = database.outcome == OK
    if opened:
        yield _folder(call)
        yield _files(folder)
        yield _clock(call)
        yield _backup(call)
    yield from _mail(folder, call if opened else None)
    if opened and call.contest.is_read_by_actor:
        yield from _people_and_mails(call)
    elif opened:
        told = _("for those enrolled alone; {actor} is not").format(actor=call.contest.actor or "?")
        yield from (DoctorStep(step, SKIPPED, told) for step in PEOPLE)


def _database(call: Invocation) -> DoctorStep:
    """Checks that the database opens, and holds a process that can be read."""
    try:
        said = call.contest.process.definition.config.contest.id
        altered = call.contest.database.altered()
    except PtceError as error:
        return _failed("database", error)
    if altered:
        return DoctorStep(
            "database", FAILED, "\n".join((*altered, _("`ptce verify` tells what else is.")))
        )
    return DoctorStep("database", OK, said)


def _folder(call: Invocation) -> DoctorStep:
    """Checks that the folder is the process in force."""
    in_force = call.contest.process.hash
    try:
        same = call.contest.folder_hash == in_force
    except PtceError as error:
        return _failed("folder", error)
    if same:
        return DoctorStep(
            "folder", OK, _("the process in force, {hash}").format(hash=in_force[:12])
        )
    return DoctorStep(
        "folder", FAILED, _("The folder differs from the process in force: ptce adopt --dry-run")
    )


def _files(folder: Path) -> DoctorStep:
    """The files with names, or the password, that any account may read, and its folder."""
    from ptce_workflow.app.admin.backups import open_to_others

    found = open_to_others(folder)
    if not found:
        return DoctorStep("files", OK, _("names and password are not open to every account"))
    told = _("anyone with an account here may open: {files} · chmod o= {files}")
    return DoctorStep("files", REMARK, told.format(files=shlex.join(map(str, found))))


def _clock(call: Invocation) -> DoctorStep:
    """Checks the machine's clock against the ledger."""
    from ptce_workflow.app.admin.clock import clock_told

    told, zone = clock_told(call.contest), call.contest.process.zone
    if not told.back or call.contest.rehearsal:
        return DoctorStep("clock", OK, long_instant(told.now, zone, language()))
    return DoctorStep(
        "clock", FAILED, _("The clock stands behind the ledger, and nothing leaves: ptce clock")
    )


def _backup(call: Invocation) -> DoctorStep:
    """Says when the last backup was made, and what it has not."""
    from ptce_workflow.cli.views.restore import backup_told

    kept, said = backup_told(call.contest)
    return DoctorStep("backup", {True: OK, False: REMARK, None: SKIPPED}[kept], said)


def _mail(folder: Path, call: Invocation | None) -> Iterator[DoctorStep]:
    """Checks that the settings can be read, and tells what the server says."""
    try:
        settings = mail_settings(folder)
    except PtceError as error:
        settings = None
        yield _failed("settings", error)
    else:
        if settings is None:
            yield DoctorStep("settings", FAILED, _("No mail server is set, so mails wait."))
    if settings is None:
        yield from (DoctorStep(step, SKIPPED) for step in SERVER)
        return
    told = _("{host}, port {port}, {security}, from {sender}").format(
        host=settings.host, port=settings.port, security=settings.security, sender=settings.sender
    )
    yield DoctorStep("settings", OK, told)
    yield from _server(settings, call)


def _server(settings: MailSettings, call: Invocation | None) -> Iterator[DoctorStep]:
    """What the server says up to a recipient: of a mail that waits, or else the sender's own."""
    import asyncio

    from ptce_workflow.app.post.desk import next_readers
    from ptce_workflow.mail.compose import is_address
    from ptce_workflow.mail.smtp import probe

    own = (settings.reply_to or settings.sender).address
    reads = call is not None and call.contest.is_read_by_actor
    readers = next_readers(call.contest) if call is not None and reads else ()
    name, recipient = next((one for one in readers if is_address(one[1])), (own, own))
    for probed in asyncio.run(probe(settings, recipient)):
        said = probed.said
        if probed.step == SERVER[-1] and said:
            # Whoever has no role here reads no address of a dossier: the mail stands for it.
            said = re.sub(re.escape(recipient), lambda _found: name, said, flags=re.IGNORECASE)
            said = _("{label}: {value}").format(label=name, value=said)
        yield DoctorStep(probed.step, str(probed.outcome), said or None)


def _people_and_mails(call: Invocation) -> Iterator[DoctorStep]:
    """The people without an address, and the mails that ask for a person: no machine faults."""
    from ptce_workflow.app.admin.people import list_people
    from ptce_workflow.app.cases.deadlines import ahead as ahead_of_desk
    from ptce_workflow.app.post import ahead
    from ptce_workflow.app.post.untold import untold
    from ptce_workflow.cli.views.checkpoint import outside_told
    from ptce_workflow.cli.views.deadlines import kept_told
    from ptce_workflow.cli.views.erasure import left_told

    waiting = ahead.waiting(call.contest)
    desk = [
        person.private.get("name", person.pseudonym)
        for person in list_people(call.contest)
        if person.active and "desk" in person.roles and not person.private.get("email")
    ]
    nobody = [*desk, *waiting.nobody]
    told = _("none for: {names}").format(names=_("; ").join(nobody))
    everyone = DoctorStep("addresses", OK, _("everyone can be written to"))
    yield DoctorStep("addresses", REMARK, told) if nobody else everyone
    asks = waiting_told(waiting)
    none = DoctorStep("mails", OK, _("none asks for a person"))
    yield DoctorStep("mails", REMARK, asks + " · ptce mail list") if asks else none
    lines = untold_lines(untold(call.contest), _DECISIONS_TOLD)
    every = DoctorStep("decisions", OK, _("each has been told"))
    yield DoctorStep("decisions", REMARK, "\n".join(lines)) if lines else every
    _alarms, kept = ahead_of_desk(call.contest)
    lines = list(kept_told(call.contest.process, kept, call.contest.clock.now()))
    lines = [f"{line} · ptce erase --due" for line in lines] + list(left_told(call.contest))
    nothing = DoctorStep("retention", OK, _("nothing is kept too long"))
    yield DoctorStep("retention", REMARK, "\n".join(lines)) if lines else nothing
    try:
        held, told = outside_told(call.contest)
    except PtceError as error:
        yield _failed("outside", error)._replace(outcome=REMARK)
    else:
        yield DoctorStep("outside", OK if held else REMARK, told)


def _failed(name: str, error: PtceError) -> DoctorStep:
    """A step that was refused: what, why and how to mend it."""
    return DoctorStep(name, FAILED, "\n".join(filter(None, (error.what, error.why, error.mend))))


def step_told(step: DoctorStep) -> LookedAt:
    """A step: its mark, its name, what was seen."""
    labels = _labels()
    label = labels[step.step]
    said = step.said or (_("not tried") if step.outcome == SKIPPED else _("yes"))
    width = max(map(columns_of, labels.values()))
    return LookedAt(_MARKS[step.outcome], label + padding(label, width), said)


def verdict(steps: Sequence[DoctorStep], folder: Path, *, sound: bool) -> Iterator[Part]:
    """Whether mail can leave; and where its server is set, where that is in the way."""
    yield Paragraph("", heads=True)
    said = _("Mail can leave.") if sound else _("Something has to be mended first.")
    yield VerdictLine("", said, good=sound)
    if any(one.outcome == FAILED and one.step in ("settings", *SERVER) for one in steps):
        told = _("The mail server is set in {file}, under [mail].")
        yield Paragraph(told.format(file=folder / LOCAL_FILE))
        if (example := local_example()) is not None:
            yield Paragraph(_("To be copied and adapted: {file}").format(file=example))


def _labels() -> dict[str, str]:
    return {
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
        "addresses": _("Addresses"),
        "mails": _("Mails"),
        "decisions": _("Decisions"),
        "retention": _("Retention"),
        "outside": _("Witness"),
    }
