"""Time: what lies ahead, and what is due now or from now on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from ptce_workflow.base.errors import Misuse
from ptce_workflow.base.words import _
from ptce_workflow.cli.faults import DONE, NOT_DONE
from ptce_workflow.cli.invocation import Invocation
from ptce_workflow.cli.parameters import flag, option, reason, yes_to_replace
from ptce_workflow.cli.values import alone, one_of
from ptce_workflow.cli.writing import output_file, written

if TYPE_CHECKING:
    from ptce_workflow.desk.contest import Contest

# Each command brings its views when it runs: `--help` builds every command and needs none.
LOGS = ("plain", "json")


def calendar(
    call: Invocation,
    ref: Annotated[
        str | None, option("--ref", _("REF"), _("Only the mails about this candidature."))
    ] = None,
    ics: Annotated[
        Path | None,
        option("--ics", _("FILE"), _("Write the dates of the contest there; - is the output.")),
    ] = None,
    yes: Annotated[bool, yes_to_replace()] = False,
) -> int:
    """Tells what lies ahead."""
    from ptce_workflow.cli.views import calendar as views

    contest = call.contest
    dates = views.dates_of(contest.process)
    if ics is not None:
        alone("--ics", {"--json": call.out.as_data})
        return export(call, ics, dates_as_ics(contest), yes=yes)
    if ref is not None:
        # One that does not exist is refused, not answered with nothing.
        ref = contest.show(ref).case.ref
    ahead = [one for one in contest.forecast() if ref in (None, one.ref)]
    if call.out.as_data:
        call.out.data(views.calendar_data(ahead, dates))
    else:
        now = contest.clock.now()
        still = [date for date in dates if (date.ends or date.at) >= now]
        views.print_calendar(call.out, contest.process, ahead, still)
    return DONE


def dates_as_ics(contest: Contest) -> bytes:
    """The dates of the contest as an iCalendar file."""
    from ptce_workflow.cli.views.calendar import dates_of
    from ptce_workflow.mail.invitation import Listed, calendar

    config = contest.process.definition.config.contest
    title = str(config.title)
    return calendar(
        Listed(
            f"{date.name}.{config.id}@ptce.invalid",
            date.label,
            date.at,
            date.ends,
            contest.clock.now(),
            title,
        )
        for date in dates_of(contest.process)
    )


def export(call: Invocation, file: Path, content: bytes, *, yes: bool) -> int:
    """Writes a calendar file, or prints it for `-`; the exit code."""
    if str(file) == "-":
        call.out.raw(content)
        return DONE
    if not written(call, output_file(call, file, (".ics",)), content, yes=yes):
        return NOT_DONE
    call.out.tell(_("The dates of the contest are in {file}.").format(file=file))
    return DONE


def clock(
    call: Invocation,
    accept: Annotated[
        bool, flag("--accept", _("The clock is right: its hour counts again from here on."))
    ] = False,
    why: Annotated[str | None, reason()] = None,
) -> None:
    """Tells where the clock stands beside the ledger, or accepts one that stands behind."""
    from ptce_workflow.cli.views import time as views

    if why is not None and not accept:
        raise Misuse(
            _("A reason goes with --accept."),
            mend=_("For example: {command}").format(
                command=f'ptce clock --accept --reason "{why}"'
            ),
        )
    contest = call.contest
    found = contest.accept_clock(why) if accept else contest.clock_told()
    if call.out.as_data:
        call.out.data(views.clock_data(found))
    else:
        views.print_clock(call.out, contest.process, found)


def tick(call: Invocation) -> None:
    """Does all that is due by now."""
    from ptce_workflow.cli.views import time as views
    from ptce_workflow.desk.place import mail_settings
    from ptce_workflow.scheduler.tick import tick

    ticked = tick(call.contest, mail_settings(call.contest_dir))
    waiting = call.contest.waiting_mail()
    if call.out.as_data:
        call.out.data(views.tick_data(ticked, waiting))
    else:
        views.print_tick(call.out, call.contest.process, ticked, waiting)


def run(
    call: Invocation,
    every: Annotated[
        str, option("--every", _("SECONDS"), _("How long it rests in between, at most an hour."))
    ] = "30",
    health_file: Annotated[
        Path | None,
        option("--health-file", _("FILE"), _("Where to write, each time, how it is doing.")),
    ] = None,
    log: Annotated[
        str, option("--log", _("FORMAT"), _("How each thing done is told: plain or json."))
    ] = "plain",
) -> int:
    """Does what is due, again and again."""
    one_of(log, LOGS, option="--log")
    every_s = seconds(every, option="--every")
    from ptce_workflow.desk.contest import Contest
    from ptce_workflow.desk.place import mail_settings
    from ptce_workflow.scheduler.runner import RunOptions, run

    def opened() -> Contest:
        return Contest.open(call.contest_dir, actor=call.actor, clock=call.clock)

    settings = mail_settings(call.contest_dir)
    health = None
    if health_file is not None:
        health = output_file(call, health_file, (".json",), any_name=True)
    options = RunOptions(every_s, health, log == "json")
    return run(opened, settings, options, call.out.stdout)


def seconds(word: str, *, option: str) -> float:
    """Reads a number of seconds.

    *Raises* Misuse for anything else.
    """
    try:
        return float(word.replace(",", "."))
    except ValueError:
        raise Misuse(
            _('{option}: "{word}" is not a number of seconds.').format(option=option, word=word),
            mend=_("For example: {command}").format(command=f"ptce run {option} 30"),
        ) from None
