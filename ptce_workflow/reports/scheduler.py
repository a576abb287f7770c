"""Views of `ptce doctor`: what stands in the way of mail, step by step."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from ptce_workflow.app.locations import (
    LOCAL_FILE,
    local_example,
    mail_settings,
    receipt_settings,
)
from ptce_workflow.base.clock import elapsed_seconds
from ptce_workflow.base.encoding import from_text
from ptce_workflow.base.errors import PtceError
from ptce_workflow.base.speech import hundredths, long_instant
from ptce_workflow.base.text import columns_of, padding
from ptce_workflow.base.words import _, language, n_
from ptce_workflow.cli.views.mail import untold_lines, waiting_told
from ptce_workflow.papers.report import LookedAt, Paragraph, Part, VerdictLine

if TYPE_CHECKING:
    from ptce_workflow.app.contest import Contest
    from ptce_workflow.mail.settings import MailSettings


SERVER = ("connect", "tls", "auth", "sender", "recipient")
"""The steps of the dialogue with the mail server, as `mail.smtp` names them."""

OK, FAILED, SKIPPED, REMARK = "ok", "failed", "skipped", "remark"
PEOPLE = ("desk", "addresses", "mails", "decisions", "retention", "outside")
_DECISIONS_TOLD = 20
_MARKS = {OK: "✓", FAILED: "✗", SKIPPED: "–", REMARK: "!"}


class DoctorStep(NamedTuple):
    """Something that was looked at, how that went (`ok`, `failed`, …) and what was seen."""

    step: str
    outcome: str
    said: str | None = None


def steps(open_contest: Callable[[], Contest], folder: Path) -> Iterator[DoctorStep]:
    """Each step, once it was looked at."""
    database = _database(open_contest)
    yield database
    contest = None if database.outcome == FAILED else open_contest()
    if contest is not None:
        yield _folder(contest)
        yield _files(folder)
        yield _clock(contest)
        yield _backup(contest)
    yield from _mail(folder, contest)
    yield _hours(folder)
    if contest is not None:
        yield _invented(contest, folder)
        if contest.is_read_by_actor:
            yield from _people_and_mails(contest)
        else:
            text = _("for those enrolled alone; {actor} is not").format(actor=contest.actor or "?")
            yield from (DoctorStep(step, SKIPPED, text) for step in PEOPLE)


def _database(open_contest: Callable[[], Contest]) -> DoctorStep:
    from ptce_workflow.app.preconditions import elsewhere

    try:
        contest = open_contest()
        said = contest.process.definition.config.contest.id
        altered = [*contest.database.altered(), *_head(contest)]
        served = _served(contest)
        if contest.moved_to:
            raise elsewhere(contest.moved_to)
    except PtceError as error:
        return _failed("database", error)
    if altered:
        return DoctorStep(
            "database", FAILED, "\n".join((*altered, _("`ptce verify` tells what else is.")))
        )
    if served is None:
        return DoctorStep("database", OK, said)
    is_standby, told = served
    return DoctorStep("database", REMARK if is_standby else OK, f"{said} · {told}")


def _head(contest: Contest) -> Iterator[str]:
    """What the head that is kept does not know of: no line is added before that is mended."""
    with contest.database.reading() as unit:
        kept, last = unit.contest(contest.id).head_n, unit.furthest(contest.id)
    if last > kept:
        told = _("Nobody can write: the head that is kept is line {kept}, the last line is {last}.")
        yield told.format(kept=kept, last=last)


def _served(contest: Contest) -> tuple[bool, str] | None:
    """Whether the server of the database is a standby, and what it says; None for a file."""
    began = elapsed_seconds()
    served = contest.database.served()
    if served is None:
        return None
    took = hundredths(round((elapsed_seconds() - began) * 100_000), language())
    with contest.database.reading() as unit:
        count = len(unit.contests())
    told = n_(
        "PostgreSQL {version}, {count} contest in it, as the role {role}; it answers in {ms} ms",
        "PostgreSQL {version}, {count} contests in it, as the role {role}; it answers in {ms} ms",
        count,
    ).format(version=served.version, count=count, role=served.role, ms=took)
    if served.is_standby:
        told += "\n" + _("It is a standby, where nothing can be written: name the other one.")
    return served.is_standby, told


def _folder(contest: Contest) -> DoctorStep:
    in_force = contest.process.hash
    try:
        same = contest.folder_hash == in_force
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


def _clock(contest: Contest) -> DoctorStep:
    from ptce_workflow.app.admin.clock import clock_told

    told, zone = clock_told(contest), contest.process.zone
    if not told.back or contest.rehearsal:
        return DoctorStep("clock", OK, long_instant(told.now, zone, language()))
    return DoctorStep(
        "clock", FAILED, _("The clock stands behind the ledger, and nothing leaves: ptce clock")
    )


def _backup(contest: Contest) -> DoctorStep:
    from ptce_workflow.cli.views.restore import backup_told

    kept, said = backup_told(contest)
    return DoctorStep("backup", {True: OK, False: REMARK, None: SKIPPED}[kept], said)


def _mail(folder: Path, contest: Contest | None) -> Iterator[DoctorStep]:
    if contest is not None and contest.is_copy:
        yield DoctorStep("settings", SKIPPED, _("an export sends no mail"))
        yield from (DoctorStep(step, SKIPPED) for step in SERVER)
        return
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
    if contest is not None and contest.rehearsal:
        home = settings.kept_home or _("their true recipients")
        told += "\n" + _("a rehearsal: its mails go to {home}").format(home=home)
    yield DoctorStep("settings", OK, told)
    yield from _server(settings, contest)


def _hours(folder: Path) -> DoctorStep:
    """Whose hour is trusted of a mail that arrives; without any, a person states it."""
    try:
        settings = receipt_settings(folder)
    except PtceError as error:
        return DoctorStep("hours", REMARK, str(error))
    if settings is None:
        return DoctorStep("hours", SKIPPED, _("no server is named: --received states the hour"))
    return DoctorStep("hours", OK, ", ".join(settings.entry))


def _invented(contest: Contest, folder: Path) -> DoctorStep:
    """Whether an address that mails bear is one of a model, which nobody can have."""
    if contest.rehearsal or contest.is_copy:
        return DoctorStep("invented", SKIPPED, _("only a contest in earnest needs real ones"))
    config, found = contest.process.definition.config, {}
    for name in ("organiser", "service"):
        found[f"{name}.mail"] = getattr(getattr(config, name), "mail", None)
    with suppress(PtceError):
        if (settings := mail_settings(folder)) is not None:
            found["sender"] = settings.sender.address
            found["reply_to"] = settings.reply_to and settings.reply_to.address
    invented = [f"{key} = {said}" for key, said in found.items() if f"{said}".endswith(".example")]
    if invented:
        told = _("nobody reads an address in .example: {names}")
        return DoctorStep("invented", FAILED, told.format(names=", ".join(invented)))
    return DoctorStep("invented", OK, _("none is an example"))


def _server(settings: MailSettings, contest: Contest | None) -> Iterator[DoctorStep]:
    """What the server says up to a recipient: of a mail that waits, or else the sender's own."""
    import asyncio

    from ptce_workflow.app.post.desk import next_readers
    from ptce_workflow.mail.compose import is_address
    from ptce_workflow.mail.smtp import probe

    own = (settings.reply_to or settings.sender).address
    if contest is not None and contest.rehearsal and settings.kept_home:
        readers: Sequence[tuple[str, str]] = [(settings.kept_home,) * 2]
    else:
        reads = contest is not None and contest.is_read_by_actor
        readers = next_readers(contest) if contest is not None and reads else ()
    name, recipient = next((one for one in readers if is_address(one[1])), (own, own))
    for probed in asyncio.run(probe(settings, recipient)):
        said = probed.said
        if probed.step == SERVER[-1] and said:
            # Whoever has no role here reads no address of a dossier: the mail stands for it.
            said = re.sub(re.escape(recipient), lambda _found: name, said, flags=re.IGNORECASE)
            said = _("{label}: {value}").format(label=name, value=said)
        yield DoctorStep(probed.step, str(probed.outcome), said or None)


def _passes(contest: Contest) -> DoctorStep:
    """Says when the last pass was made, and what waits for a yes since."""
    from ptce_workflow.app.long_stop import long_stop

    with contest.looking() as act:
        stopped, last = long_stop(act), act.unit.contest(contest.id).last_pass
    if stopped is not None:
        return _failed("passes", stopped)
    said = long_instant(from_text(last), contest.process.zone, language()) if last else ""
    return DoctorStep("passes", OK if last else REMARK, said or _("none yet · ptce run"))


def _people_and_mails(contest: Contest) -> Iterator[DoctorStep]:
    """The people without an address, and the mails that ask for a person: no machine faults."""
    from ptce_workflow.app.admin.people import list_people
    from ptce_workflow.app.cases.deadlines import ahead as ahead_of_desk
    from ptce_workflow.app.post import ahead
    from ptce_workflow.app.post.untold import untold
    from ptce_workflow.cli.views.checkpoint import outside_told
    from ptce_workflow.cli.views.deadlines import kept_told
    from ptce_workflow.cli.views.erasure import left_told

    if not contest.rehearsal:
        yield _passes(contest)
    waiting = ahead.waiting(contest)
    desk = [one for one in list_people(contest) if one.active and "desk" in one.roles]
    logins = [one.private["login"] for one in desk if one.private.get("login")]
    several = contest.rehearsal or len(logins) > 1
    told = _("one login alone, {login}: enrol a second one, or nobody can act without it")
    alone = told.format(login=", ".join(logins) or "–")
    yield (
        DoctorStep("desk", OK, ", ".join(logins)) if several else DoctorStep("desk", REMARK, alone)
    )
    unwritten = [one for one in desk if not one.private.get("email")]
    nobody = [*(one.private.get("name", one.pseudonym) for one in unwritten), *waiting.nobody]
    told = _("none for: {names}").format(names=_("; ").join(nobody))
    everyone = DoctorStep("addresses", OK, _("everyone can be written to"))
    yield DoctorStep("addresses", REMARK, told) if nobody else everyone
    asks = waiting_told(waiting)
    none = DoctorStep("mails", OK, _("none asks for a person"))
    yield DoctorStep("mails", REMARK, asks + " · ptce mail list") if asks else none
    found = untold(contest)
    lines = untold_lines(found, _DECISIONS_TOLD) or [_("each has been told")]
    outcome = OK if all(one.waits for one in found) else REMARK
    yield DoctorStep("decisions", outcome, "\n".join(lines))
    _alarms, kept = ahead_of_desk(contest)
    lines = list(kept_told(contest.process, kept, contest.clock.now()))
    lines = [f"{line} · ptce erase --due" for line in lines] + list(left_told(contest))
    nothing = DoctorStep("retention", OK, _("nothing is kept too long"))
    yield DoctorStep("retention", REMARK, "\n".join(lines)) if lines else nothing
    try:
        held, told = outside_told(contest)
    except PtceError as error:
        yield _failed("outside", error)._replace(outcome=REMARK)
    else:
        yield DoctorStep("outside", OK if held else REMARK, told)


def _failed(name: str, error: PtceError) -> DoctorStep:
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
    sends = not any(one.step == "settings" and one.outcome == SKIPPED for one in steps)
    fine = _("Mail can leave.") if sends else _("Nothing has to be mended.")
    said = fine if sound else _("Something has to be mended first.")
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
        "hours": _("Hour of a mail"),
        "invented": _("Addresses written"),
        "desk": _("Desk"),
        "passes": _("Last pass"),
        "addresses": _("Addresses"),
        "mails": _("Mails"),
        "decisions": _("Decisions"),
        "retention": _("Retention"),
        "outside": _("Witness"),
    }
