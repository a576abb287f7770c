"""The commands of time: today, calendar, tick, run, doctor."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import asdict

from ptce_workflow.app import locations
from ptce_workflow.app.locations import OutputFile, is_export, mail_settings
from ptce_workflow.base.errors import Busy, Misuse, PtceError
from ptce_workflow.base.notation import from_json, to_json, to_text
from ptce_workflow.base.runtime import StoredClock, SystemClock
from ptce_workflow.base.words import N_, _
from ptce_workflow.cli.grammar import Late, command
from ptce_workflow.cli.invocation import Answer, Invocation, holds_contest, output_file, write
from ptce_workflow.cli.parameters import (
    COUNT,
    PATH,
    REFERENCE,
    OneOf,
    alone,
    argument,
    as_of,
    flag,
    option,
    reason,
    to_file,
)
from ptce_workflow.cli.terminal import DONE, NOT_DONE, print_parts

if TYPE_CHECKING:
    from ptce_workflow.app.contest import Contest
    from ptce_workflow.app.today import SeenLine
    from ptce_workflow.ledger.state import Person
    from ptce_workflow.mail.settings import MailSettings
    from ptce_workflow.reports import scheduler as views
else:
    views = Late("ptce_workflow.reports.scheduler")


@command(
    "today",
    examples=("ptce today", "ptce today --all", N_("ptce today --since 11/03/2024")),
    shape=(
        "{now, rehearsal, stands, tasks: [{kind, title, late, command, more?, things}], leaves: "
        "[{at, message=name?, notification, label, ref?, to}], due, next_date: {name, label, at}, "
        "last_pass, last_backup, line=head.n, hash=head.hash, since=since.n}"
    ),
)
@flag("--all whole", N_("Show all of it, however long."))
@option(
    "--since",
    N_("INSTANT"),
    N_("What changed since a day, a line, or the file of a checkpoint; not for the jury."),
)
@as_of
def today(call: Invocation, whole: bool, since: str | None) -> Answer:
    """Tell what waits for you today, and what leaves by itself.

    Inside a contest `ptce` alone does the same. An auditor is told what the ledger holds since they
    last looked: the line is kept in a file of theirs, in the folder XDG_STATE_HOME/ptce, else
    ~/.local/state/ptce.
    """
    from ptce_workflow.app.today import today
    from ptce_workflow.process.process import to_the_minute
    from ptce_workflow.reports import overview as views

    call.names_rehearsal = True
    contest, typed = call.contest, None if since is None else _seen_line(call, since)
    found = today(contest, lambda who, ledger: typed or _last_seen(call, who, ledger))
    backup = None if contest.is_copy else locations.last_backup(contest.folder)
    remarks = []
    if backup is not None:
        when = to_the_minute(found.process, backup.at)
        remarks.append(_("Last backup: {when}, {file}").format(when=when, file=backup.file))
    elif contest.database.file is not None and "desk" in found.actor.roles:
        remarks.append(_("Last backup: none is known of: ptce backup FILE"))
    # A line that was altered is told until it is right again.
    altered = any(task.kind == "altered" for task in found.tasks)
    if "auditor" in found.actor.roles and call.as_of is None and not altered:
        file = _seen_file(call, found.actor, found.ledger)
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            locations.write_whole(file, to_json(found.head._asdict()).encode())
            text = _("Read up to line {n}, which is kept in {file}.")
        except OSError:
            text = _("Read up to line {n}; it cannot be kept in {file}.")
        remarks.append(text.format(n=found.head.n, file=file))
    return Answer(
        lambda: views.today_report(found, remarks, whole=whole),
        lambda: views.today_data(found, None if backup is None else backup.at),
    )


def _seen_file(call: Invocation, who: Person, ledger: str) -> Path:
    """Where an auditor keeps how far they have read, which is no part of the contest."""
    home = call.environ.get("HOME") or call.environ.get("USERPROFILE") or os.devnull
    folder = call.environ.get("XDG_STATE_HOME") or Path(home) / ".local" / "state"
    return Path(folder) / "ptce" / f"{call.contest.id}.{ledger[:12]}.{who.pseudonym}.json"


def _last_seen(call: Invocation, who: Person, ledger: str) -> SeenLine | None:
    """How far an auditor had read; None where nothing is kept that can be read."""
    from ptce_workflow.app.today import SeenLine

    if "auditor" not in who.roles:
        return None
    with suppress(OSError, ValueError, TypeError, LookupError):
        kept = from_json(_seen_file(call, who, ledger).read_text("utf-8"))
        return SeenLine(int(kept["n"]), str(kept["hash"]))
    return None


def _seen_line(call: Invocation, typed: str) -> SeenLine:
    """The line that `--since` means; of a checkpoint, with its hash. Raises: Misuse, PtceError."""
    from ptce_workflow.app.candidatures.history import last_line
    from ptce_workflow.app.today import SeenLine

    if (file := Path(typed)).is_file():
        from ptce_workflow.app.audit.verify import checkpoints_in
        from ptce_workflow.office.files import content_typed

        last = checkpoints_in(file, content_typed(file))[-1].note.checkpoint
        return SeenLine(last.size, last.hash)
    moment = call.earlier(typed, said_by="--since", begins=True)
    with call.contest.looking() as tx:
        return SeenLine(moment.line or last_line(tx.unit, call.contest.id, to_text(moment.at)))


@command(
    "calendar",
    examples=("ptce calendar", "ptce calendar --ref C-010", N_("ptce calendar --ics contest.ics")),
    shape=(
        "{mails: [{at, message=name?, notification, label, ref?, to, stage, held, daily, until}], "
        "dates: [{name, "
        "label, at, ends}], alarms: [{at, date, label, ref}], kept: [{at, sheet, label, refs}]}"
    ),
)
@option("--ref", N_("REF"), N_("Only the mails about this candidature."), type=REFERENCE)
@option(
    "--ics", N_("FILE"), N_("Write the dates of the contest there; - is the output."), type=PATH
)
@as_of
@to_file()
def calendar(call: Invocation, ref: str | None, ics: Path | None) -> Answer | int:
    """Tell what will leave until the end if nothing else happens.

    Day by day, between the dates of the contest, in the hours of the contest. --ics writes these
    dates for a calendar instead.
    """
    from ptce_workflow.app.candidatures.overview import ahead as ahead_of_desk
    from ptce_workflow.app.candidatures.overview import show
    from ptce_workflow.app.outbox.waiting import forecast

    contest = call.contest
    dates = views.dates_of(contest.process)
    if ics is not None:
        alone("--ics", {"--json": call.out.as_data, "-o": call.file})
        if str(ics) == "-":
            call.out.raw(dates_as_ics(contest))
            return DONE
        return write(call, output_file(call, ics, (".ics",)), dates_as_ics(contest))
    if ref is not None:
        # One that does not exist is refused, not answered with nothing.
        ref = show(contest, ref).case.ref
    ahead = [one for one in forecast(contest) if ref in (None, one.ref)]
    now = contest.clock.now()
    still = [date for date in dates if (date.ends or date.at) >= now]
    alarms, retained = ahead_of_desk(contest)
    alarms = tuple(one for one in alarms if ref in (None, one.ref))
    retained = tuple(one for one in retained if ref is None or ref in one.refs)
    return Answer(
        lambda: views.calendar_report(contest.process, ahead, still, now, alarms, retained),
        {"mails": ahead, "dates": dates, "alarms": alarms, "kept": retained},
    )


def dates_as_ics(contest: Contest) -> bytes:
    from ptce_workflow.mail.message import CalendarDate, calendar

    definition = contest.process.definition
    config, dates = definition.config.contest, definition.config.dates
    title = str(config.title)
    return calendar(
        CalendarDate(
            f"{date.name}.{config.id}@ptce.invalid",
            date.label,
            date.at,
            date.ends,
            contest.clock.now(),
            title,
            str(dates[date.name].place or ""),
        )
        for date in views.dates_of(contest.process)
    )


def read_by_monitor(folder: Path, file: Path | None) -> OutputFile | None:
    """The file that tells a monitor how passes go, if one is named. Raises: Misuse."""
    return None if file is None else locations.output_file(folder, file, (".json",), any_name=True)


@command(
    "tick",
    examples=("ptce tick", "ptce tick --yes", "ptce tick --health-file health.json"),
    shape=(
        "{transitions=steps: [{ref=before.ref, transition=edge.name, at=moment.now, done=made}], "
        "mails: {queued, sent, retried, failed, uncertain}, late, paused?, busy, "
        "stopped: {since, refs}, left_alone, trouble, received: [{mail=name, outcome}]}"
    ),
)
@flag("--yes", N_("Do not ask: have decided too what has waited since a long stop."))
@option("--health-file", N_("FILE"), N_("Where to write, each time, how it is doing."), type=PATH)
def tick(call: Invocation, health_file: Path | None) -> Answer:
    """Do all that is due by now.

    Makes the timed transitions whose hour has come, and sends the mails that are due. Running it
    twice does no harm, nor does running several at once. It exits with 1 where mails failed, are
    uncertain or are paused; where a decision waits for --yes, since it decides against nobody after
    more than seven days without a pass; and where the row of a mail is not as the ledger tells it.
    """
    from ptce_workflow.app.outbox import waiting as ahead
    from ptce_workflow.scheduler.passes import RunStatus, call_watch, tick, write_health

    health = read_by_monitor(call.contest_dir, health_file)
    call.contest.check_writer()
    try:
        ticked = tick(call.contest, mail_settings(call.contest_dir), sure=call.yes)
    except Busy:
        # Another pass, or a person, does its part: for whoever waits (cron) that is no fault.
        ticked = None
    waiting = ahead.waiting(call.contest)
    status = RunStatus() if ticked is None else RunStatus().after(ticked, waiting)
    if ticked is not None:
        call_watch(call.contest, status.trouble)
        if health is not None:
            write_health(health, SystemClock().now(), asdict(status))
    parts = views.ticked(call.contest.process, ticked, waiting)
    code = NOT_DONE if status.trouble else DONE
    return Answer(parts, views.tick_data(ticked, waiting, status.trouble), code)


@command(
    "run",
    examples=(
        "ptce run",
        "ptce run --every 60 --log json --health-file /run/ptce/health.json",
        "ptce run /srv/ptce --log json",
    ),
)
@argument(
    "folders",
    N_("DIR"),
    N_("A contest's folder, or one that holds several; without any, the contest at hand."),
    type=PATH,
    nargs=-1,
)
@option(
    "--every",
    N_("SECONDS"),
    N_("How long it rests at most, an hour or less: what others plan is seen then."),
    type=COUNT,
    default=30,
)
@option("--health-file", N_("FILE"), N_("Where to write, each time, how it is doing."), type=PATH)
@option(
    "--log",
    N_("FORMAT"),
    N_("How each thing done is told."),
    type=OneOf(("plain", "json")),
    default="plain",
)
def run(
    call: Invocation, folders: tuple[Path, ...], every: int, health_file: Path | None, log: str
) -> int:
    """Do what is due, again and again, until stopped.

    What `ptce tick` does, each thing at its hour; several may run at once. Of several contests,
    one that fails does not stop the others.
    """
    from ptce_workflow.scheduler.runner import RunOptions, run

    contests = contests_in(folders) or [call.contest_dir]
    if folders:
        call.speak_of(contests[0])
    health = read_by_monitor(contests[0], health_file)

    def opened(folder: Path) -> tuple[Contest, MailSettings | None]:
        settings = mail_settings(folder)
        contest = call.opened(folder)
        with ExitStack() as refused:
            refused.callback(contest.close)
            call.attend(contest)
            contest.check_writer()
            if isinstance(contest.clock, StoredClock):
                what = _("The clock of this rehearsal stands: nothing becomes due by itself.")
                why = _("`ptce clock --set` has stopped it, in {folder}.").format(folder=folder)
                mend = _("Do what is due at that hour: ptce tick; or let it go: ptce clock --free")
                raise PtceError(what, why, mend)
            refused.pop_all()
        return contest, settings

    named = {str(one) if len(contests) > 1 else "": partial(opened, one) for one in contests}
    return run(named, RunOptions(every, health, log == "json"), call.out.stdout)


def contests_in(folders: Sequence[Path]) -> list[Path]:
    """The contests' folders among those named and in them, each once. Raises: Misuse."""
    contests = list[Path]()
    for folder in folders:
        inside = sorted(folder.iterdir()) if folder.is_dir() else []
        here = [one for one in inside if holds_contest(one) and not is_export(one)]
        here = [folder] if holds_contest(folder) else here
        if not here:
            what = _("{folder} is no contest's folder.").format(folder=folder)
            why = _("It holds no config.toml.")
            raise Misuse(what, why, _("Name another folder, or one that holds contests' folders."))
        contests += here
    return list(dict.fromkeys(contests))


@command(
    "clock",
    examples=(
        "ptce clock",
        N_('ptce clock --set "8 March 2024 10:00"'),
        N_('ptce clock --accept --reason "the machine’s clock stood a year ahead"'),
    ),
    shape="{now, last, back, stands, line}",
)
@option("--set hour", N_("INSTANT"), N_("In a rehearsal: where it stands, until it is set again."))
@flag("--free", N_("In a rehearsal: the clock goes again, at the hour of the machine."))
@flag("--accept", N_("The clock is right: its hour counts again from here on."))
@reason
def clock(
    call: Invocation, hour: str | None, free: bool, accept: bool, reason: str | None
) -> Answer:
    """Tell where the clock stands; set that of a rehearsal; accept one that is right.

    A rehearsal has a clock of its own: it stands where --set says, for every command, never before
    what has happened; PTCE_NOW wins over it.

    Outside a rehearsal nothing is recorded while the clock stands more than five minutes behind the
    last line. One that is right, and stood ahead before, is accepted by the desk; the ledger keeps
    why, and `ptce verify` and `ptce why` name what is timely by it alone.
    """
    from ptce_workflow.app.contest import accept_clock, read_clock, set_clock

    options = {"--set": hour is not None, "--free": free, "--accept": accept}
    first, *others = [name for name, is_said in options.items() if is_said] or [""]
    alone(first, dict.fromkeys(others, True))
    if reason is not None and not accept:
        mend = _("For example: {command}")
        mend = mend.format(command=f'ptce clock --accept --reason "{reason}"')
        raise Misuse(_("A reason goes with --accept."), mend=mend)
    contest = call.contest
    if hour is not None or free:
        instant = None if hour is None else call.instant(hour, said_by="--set")
        clock_view = set_clock(contest, instant)
        if call.environ.get("PTCE_NOW"):
            call.out.remark(_("PTCE_NOW is set, and wins over it: unset PTCE_NOW"))
    else:
        clock_view = accept_clock(contest, reason) if accept else read_clock(contest)
    parts = views.clock_parts(contest.process, clock_view, rehearsal=contest.rehearsal)
    return Answer(parts, clock_view)


@command(
    "doctor", examples=("ptce doctor",), shape="{sound, steps: [{step, outcome, said}], trouble}"
)
def doctor(call: Invocation) -> Answer | int:
    """Check that mail can leave, without sending any.

    Looks at the database, the folder, the settings and the mail server, and names who has no
    address and which decisions nobody was told. Where each step passes it ends a pause of the
    courier. Exits with 1 if anything fails, where mails failed, are uncertain or are paused, and
    where a pass is overdue.
    """
    # Outside a contest nothing is looked at: that is a misuse, not a fault found.
    folder, steps = call.contest_dir, []
    for step in views.steps(lambda: call.contest, folder):
        steps.append(step)
        if not call.out.as_data:
            # Each is told at once: a server that does not answer takes its time.
            print_parts(call.out, [views.step_part(step)])
    sound = not any(step.outcome == views.FAILED for step in steps)
    trouble = [kind for step in steps for kind in step.trouble]
    return Answer(
        views.verdict(steps, folder, sound=sound),
        {"sound": sound, "steps": steps, "trouble": trouble},
        DONE if sound else NOT_DONE,
    )
