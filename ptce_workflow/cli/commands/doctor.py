"""The check that mail can leave: made step by step, without sending any."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from ptce_workflow.base.errors import PtceError
from ptce_workflow.base.speech import long_instant
from ptce_workflow.base.words import _, language
from ptce_workflow.cli.faults import DONE, NOT_DONE
from ptce_workflow.cli.grammar import command
from ptce_workflow.cli.invocation import Invocation

if TYPE_CHECKING:
    from ptce_workflow.cli.views.doctor import DoctorStep
    from ptce_workflow.mail.settings import MailSettings

# The command brings what it needs when it runs: `--help` builds every command and needs none.


@command(
    examples=("ptce doctor",),
    shape="{sound, steps: [{step, outcome, said}]}",
)
def doctor(call: Invocation) -> int:
    """Check that mail can leave, without sending any.

    Looks at the database, the folder, the settings and the mail server, and names who has no
    address; exits with 1 if anything fails.
    """
    from ptce_workflow.cli.views import doctor as views

    # Outside a contest nothing is looked at: that is a misuse, not a fault found.
    folder = call.contest_dir
    steps: list[DoctorStep] = []
    for step in _steps(call, folder):
        steps.append(step)
        if not call.out.as_data:
            views.print_step(call.out, step)
    if call.out.as_data:
        call.out.data(views.doctor_data(steps))
    else:
        views.print_verdict(call.out, steps, folder)
    return DONE if views.sound(steps) else NOT_DONE


def _steps(call: Invocation, folder: Path) -> Iterator[DoctorStep]:
    """Each step, once it was looked at."""
    database = _database(call)
    yield database
    opened = database.outcome == "ok"
    if opened:
        yield _folder(call)
        yield _files(folder)
        yield _clock(call)
    yield from _mail(folder)
    if opened:
        yield from _people_and_mails(call)


def _database(call: Invocation) -> DoctorStep:
    """Checks that the database opens, and holds a process that can be read."""
    from ptce_workflow.cli.views.doctor import DATABASE, failed, ok

    try:
        said = call.contest.process.definition.config.contest.id
        altered = call.contest.database.altered()
    except PtceError as error:
        return _failed(DATABASE, error)
    if altered:
        return failed(DATABASE, "\n".join((*altered, _("`ptce verify` tells what else is."))))
    return ok(DATABASE, said)


def _folder(call: Invocation) -> DoctorStep:
    """Checks that the folder is the process in force."""
    from ptce_workflow.cli.views.doctor import FOLDER, failed, ok

    in_force = call.contest.process.hash
    try:
        same = call.contest.folder_hash == in_force
    except PtceError as error:
        return _failed(FOLDER, error)
    if same:
        return ok(FOLDER, _("the process in force, {hash}").format(hash=in_force[:12]))
    return failed(FOLDER, _("The folder differs from the process in force: ptce adopt --dry-run"))


def _files(folder: Path) -> DoctorStep:
    """The files with names, or the password, that any account may read."""
    from ptce_workflow.app.locations import open_to_others
    from ptce_workflow.cli.views.doctor import FILES, ok, remark

    found = open_to_others(folder)
    if not found:
        return ok(FILES, _("names and password are not open to every account"))
    told = _("anyone with an account here may open: {files} · chmod o= {files}")
    return remark(FILES, told.format(files=" ".join(shlex.quote(str(file)) for file in found)))


def _clock(call: Invocation) -> DoctorStep:
    """Checks the machine's clock against the ledger."""
    from ptce_workflow.app.admin.clock import clock_told
    from ptce_workflow.cli.views.doctor import CLOCK, failed, ok

    told, zone = clock_told(call.contest), call.contest.process.zone
    if not told.back or call.contest.rehearsal:
        return ok(CLOCK, long_instant(told.now, zone, language()))
    return failed(CLOCK, _("The clock stands behind the ledger, and nothing leaves: ptce clock"))


def _mail(folder: Path) -> Iterator[DoctorStep]:
    """Checks that the settings can be read, and tells what the server says."""
    from ptce_workflow.app.locations import mail_settings
    from ptce_workflow.cli.views.doctor import SERVER, SETTINGS, failed, ok, skipped

    settings: MailSettings | None = None
    try:
        settings = mail_settings(folder)
    except PtceError as error:
        yield _failed(SETTINGS, error)
    else:
        if settings is None:
            yield failed(SETTINGS, _("No mail server is set, so mails wait."))
        else:
            told = _("{host}, port {port}, {security}, from {sender}")
            yield ok(
                SETTINGS,
                told.format(
                    host=settings.host,
                    port=settings.port,
                    security=settings.security,
                    sender=settings.sender,
                ),
            )
    if settings is None:
        yield from (skipped(step) for step in SERVER)
    else:
        yield from _server(settings)


def _server(settings: MailSettings) -> Iterator[DoctorStep]:
    import asyncio

    from ptce_workflow.cli.views.doctor import DoctorStep
    from ptce_workflow.mail.smtp import probe

    for probed in asyncio.run(probe(settings)):
        yield DoctorStep(probed.step, str(probed.outcome), probed.said)


def _people_and_mails(call: Invocation) -> Iterator[DoctorStep]:
    """The people without an address, and the mails that ask for a person: no machine faults."""
    from ptce_workflow.app.admin.people import list_people
    from ptce_workflow.app.post import ahead
    from ptce_workflow.cli.views.doctor import ADDRESSES, MAILS, ok, remark
    from ptce_workflow.cli.views.mail import waiting_told

    waiting = ahead.waiting(call.contest)
    desk = [
        person.private.get("name", person.pseudonym)
        for person in list_people(call.contest)
        if person.active and "desk" in person.roles and not person.private.get("email")
    ]
    nobody = [*desk, *waiting.nobody]
    if nobody:
        told = _("none for: {names}").format(names=_("; ").join(nobody))
        yield remark(ADDRESSES, told)
    else:
        yield ok(ADDRESSES, _("everyone can be written to"))
    asks = waiting_told(waiting)
    if asks:
        yield remark(MAILS, asks + " · ptce mail list")
    else:
        yield ok(MAILS, _("none asks for a person"))


def _failed(name: str, error: PtceError) -> DoctorStep:
    """A step that was refused: what, why and how to mend it."""
    from ptce_workflow.cli.views.doctor import failed

    return failed(name, "\n".join(filter(None, (error.what, error.why, error.mend))))
