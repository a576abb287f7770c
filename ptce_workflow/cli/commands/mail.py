"""The commands of mails: list, read, release, edit, drop, resolve, test, sign in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from ptce_workflow.base.errors import Misuse, PtceError, shown
from ptce_workflow.base.words import N_, _, n_
from ptce_workflow.cli.grammar import command
from ptce_workflow.cli.invocation import Answer, Invocation, agreed
from ptce_workflow.cli.invocation import show as show_parts
from ptce_workflow.cli.parameters import (
    PATH,
    REFERENCE,
    alone,
    argument,
    as_of,
    flag,
    option,
    reason,
    state_named,
    to_file,
)
from ptce_workflow.cli.terminal import DONE, NOT_DONE
from ptce_workflow.cli.terminal import show as show_error
from ptce_workflow.reports.listing import MAILS, RECEIVED, JsonObject

if TYPE_CHECKING:
    from ptce_workflow.app.outbox.desk import Posted
    from ptce_workflow.mail.settings import MailSettings
    from ptce_workflow.office.page import Report

_mail = argument("message", N_("MAIL"), N_("The mail, such as M-012."))
_mails = argument("messages", N_("MAIL"), N_("The mails, such as M-012."), nargs=-1)
_state = option("--state", N_("STATE"), N_("Only those in this state; repeatable."), multiple=True)
_ref = option("--ref", N_("REF"), N_("Only those about this candidature."), type=REFERENCE)
_notification = option("--notification", N_("NAME"), N_("Only those of this notification."))
_to = option("--to", N_("TEXT"), N_("Only those to this address or name, or a part of it."))


def _chosen(
    call: Invocation,
    command: str,
    names: tuple[str, ...],
    stages: Sequence[str],
    choice: Mapping[str, str | None],
    *others: object,
) -> tuple[Posted, ...]:
    """The mails that are named, or those at some stages that options choose. Raises: Misuse."""
    from ptce_workflow.app.outbox.desk import messages

    if bool(names) == any((*choice.values(), *others)):
        what = _("Name the mails, or say which ones with an option; not both.")
        example = f"{command} {names[0] if names else 'M-012'}"
        raise Misuse(what, mend=_("For example: {command}").format(command=example))
    return messages(call.contest, stages, names=names, **choice)


@command(
    "mail list",
    examples=(
        "ptce mail list",
        "ptce mail list --state held --state uncertain",
        "ptce mail list --ref C-010 --all",
        "ptce mail list --to @mairie.example --all",
    ),
    shape=MAILS,
)
@_state
@_ref
@_notification
@_to
@flag("--all every", N_("Also those that were sent, were cancelled or came too late."))
@as_of
@to_file()
def listing(
    call: Invocation,
    state: tuple[str, ...],
    ref: str | None,
    notification: str | None,
    to: str | None,
    every: bool,
) -> Answer:
    """List the mails that have not left or need a person."""
    from ptce_workflow.app.outbox import waiting as ahead
    from ptce_workflow.app.outbox.desk import messages
    from ptce_workflow.reports import mail as views

    labels = views.stage_labels()
    named = [state_named(word, labels) for word in state]
    stages = named or (views.EVERY if every else views.OPEN)
    posted = messages(call.contest, stages, ref=ref, notification=notification, to=to)
    leaving = {one.name: one.at for one in ahead.forecast(call.contest)}
    posted = tuple(one.forecast(leaving) for one in posted)

    def report() -> Report:
        # Nothing leaves from an export: no server is missing there.
        still = call.file or call.as_of or call.contest.is_copy
        waiting = None if still else ahead.waiting(call.contest)
        server = not waiting or not waiting.late or ahead.has_server(call.contest_dir)
        process, now, then = call.contest.process, call.contest.clock.now(), bool(call.as_of)
        return views.list_report(process, posted, now, waiting, server=server, then=then)

    return Answer(report, posted)


@command(
    "mail read",
    examples=("ptce mail read --list", "ptce mail read report.eml", "ptce mail read --imap"),
    shape=RECEIVED,
)
@argument("files", N_("FILE"), N_("A mail (.eml), an mbox, or a Maildir."), type=PATH, nargs=-1)
@flag("--imap", N_("Read the mailboxes that local.toml names."))
@flag("--list listed", N_("Show what was read before."))
def read(call: Invocation, files: tuple[Path, ...], imap: bool, listed: bool) -> Answer:
    """Read what came: reports, answers, forms.

    A report of a mail server on one of our mails marks it as come back; an answer is a line of its
    candidature. A form is filed where the folder says `forms = "open"`. All else is listed for a
    person, with the reason: `ptce add mail:12` files it. Nothing is marked or moved; what was read
    once is not read again. Where local.toml has a table [mailbox], each pass reads it too.
    """
    from ptce_workflow.app import mailbox
    from ptce_workflow.app.locations import mailbox_settings, receipt_settings
    from ptce_workflow.reports import mail as views

    if bool(files) + imap + listed != 1:
        what = _("It is not said what to read.")
        mend = _("Name a file, or one of: {words}.").format(words="--imap, --list")
        raise Misuse(what, mend=mend)
    contest, code = call.contest, DONE
    if listed:
        mails = mailbox.received(contest)
        return Answer(views.received(contest.process, mails, contest.clock.now()), mails)
    mailbox.check_desk(contest)
    receipt = receipt_settings(call.contest_dir)
    settings = mailbox_settings(call.contest_dir) if imap else []
    if imap and not settings:
        what = _("local.toml has no table [mailbox].")
        raise Misuse(what, mend=_("docs/deploy tells what stands in it."))
    readings = [partial(mailbox.read_server, contest, one, receipt) for one in settings]
    if files:
        readings.append(partial(mailbox.read_files, contest, files, receipt))
    mails = []
    for reading in readings:
        try:
            mails.extend(reading())
        except PtceError as error:
            if len(readings) == 1 and not mails:
                raise
            show_error(error, call.out)
            code = NOT_DONE
    return Answer(views.received(contest.process, mails, contest.clock.now()), mails, code)


@command(
    "mail show",
    examples=(
        "ptce mail show M-001",
        "ptce mail show M-001 --eml > M-001.eml",
    ),
    shape=(
        f"{{{MAILS.within('posted')}, frozen, language=letter.language, subject=letter.subject, "
        "text=letter.text, html=letter.html, words, remarks, headers: [{name=0, value=1}], "
        "attached: [{name, sha256, size, erased}]}"
    ),
)
@_mail
@flag("--eml", N_("Write the very bytes that left, and nothing else."))
def show(call: Invocation, message: str, eml: bool) -> Answer | None:
    """Show a mail as its reader gets it, and what became of it.

    One that is not written yet is shown as it would be written now.
    """
    from ptce_workflow.app.candidatures.history import history
    from ptce_workflow.app.outbox.desk import letter_view
    from ptce_workflow.reports import mail as views

    if eml:
        alone("--eml", {"--json": call.out.as_data})
    letter = letter_view(call.contest, message, call.language_option)
    if eml:
        call.out.raw(views.bytes_of(letter))
        return None
    ref = "" if call.out.as_data else letter.posted.ref
    lines = history(call.contest, ref) if ref else ()
    return Answer(
        views.letter(call.contest.process, letter, lines),
        lambda: JsonObject(letter, headers=views.headers(letter)),
    )


@command(
    "mail release",
    examples=(
        "ptce mail release M-012",
        "ptce mail release --notification selected",
        "ptce mail release --ref C-010 --yes",
        N_('ptce mail release M-012 --reason "they ask to have it in writing"'),
    ),
    shape=MAILS,
)
@_mails
@_ref
@_notification
@_to
@reason
@flag("--yes", N_("Do not ask: they were read already."))
def release(
    call: Invocation,
    messages: tuple[str, ...],
    ref: str | None,
    notification: str | None,
    to: str | None,
    reason: str | None,
) -> Answer | int:
    """Let mails leave that a person has to read first, or whose address is doubtful.

    Shows each of them, then asks. All of them are released, or none; the ledger keeps who read
    which words. The mail of a decision that a later one has replaced leaves alone, with a reason.
    """
    from ptce_workflow.app.outbox.desk import letter_view, release
    from ptce_workflow.reports import mail as views

    contest = call.contest
    choice = {"ref": ref, "notification": notification, "to": to}
    posted = _chosen(call, "ptce mail release", messages, ("held", "planned"), choice)
    # If one that is named does not wait, the contest itself says which and why.
    names = [one.name for one in posted if messages or one.waits_for_person]
    if not names:
        mend = _("Those that do: {command}").format(command="ptce mail list --state held")
        raise Misuse(_("No such mail waits to be read."), mend=mend)
    read = [letter_view(contest, name) for name in names]
    if all(letter.posted.waits_for_person for letter in read):
        show_parts(call.out, views.previews(contest.process, read))
        count = len(read)
        question = n_("Release this mail?", "Release these {count} mails?", count)
        if not agreed(call, question.format(count=count), _("Nothing was released.")):
            return NOT_DONE
    words = {letter.posted.name: letter.words for letter in read}
    released = release(contest, list(words), reason, read=words)
    parts = views.released(contest.process, released, contest.clock.now())
    return Answer(parts, released)


@command(
    "mail edit",
    examples=(
        "ptce mail edit M-012",
        "ptce mail edit M-012 --draft > M-012.md",
        N_('ptce mail edit M-012 --from M-012.md --reason "the jury asked for a word more"'),
    ),
    shape=MAILS,
)
@_mail
@option(
    "--from source",
    N_("FILE"),
    N_("The mail in Markdown, its subject first: # Subject."),
    type=PATH,
)
@flag("--draft", N_("Write its Markdown, to be changed and given with --from, and nothing else."))
@reason
def edit(
    call: Invocation, message: str, source: Path | None, draft: bool, reason: str | None
) -> Answer | int | None:
    """Rewrite a mail that waits to be read, for its one reader.

    Opens your editor, as VISUAL or EDITOR names it. The greeting, the signature and the texts that
    such a mail ends with stay as they are; the ledger keeps who rewrote which mail, and the hash of
    its words.
    """
    from ptce_workflow.app.outbox import desk
    from ptce_workflow.cli import editor
    from ptce_workflow.office.files import read_text
    from ptce_workflow.reports import mail as views

    contest = call.contest
    if draft:
        alone("--draft", {"--from": source, "--reason": reason, "--json": call.out.as_data})
        call.out.raw(desk.draft(contest, message).encode())
        return None
    if source is not None:
        posted = desk.edit(contest, message, read_text(source), reason)
    else:
        began = desk.draft(contest, message)
        other = f"ptce mail edit {message} --from FILE"
        posted = editor.edit_text(
            *(call.out, f"{message}.md", began, other),
            lambda written: desk.edit(contest, message, written, reason, draft=began),
        )
    if posted is None:
        call.out.remark(_("Nothing was changed."))
        return NOT_DONE
    letter = desk.letter_view(contest, posted.name)
    return Answer(views.rewritten(contest.process, letter), [posted])


@command(
    "mail drop",
    examples=(
        N_('ptce mail drop M-012 --reason "the meeting was told by telephone"'),
        N_('ptce mail drop M-013 --told --reason "registered letter of 12 March"'),
    ),
    shape=MAILS,
)
@_mail
@flag("--told", N_("Its reader was told otherwise: the reason says how, and when."))
@reason
def drop(call: Invocation, message: str, told: bool, reason: str | None) -> Answer:
    """Keep a mail that waits to be read from ever leaving.

    The mail of a decision is dropped only with --told: nobody is left without knowing it.
    """
    from ptce_workflow.app.outbox import desk
    from ptce_workflow.reports import mail as views

    posted = [desk.drop(call.contest, message, reason, told=told)]
    return Answer(views.changed(posted, call.contest.clock.now()), posted)


@command(
    "mail resolve",
    examples=(
        N_('ptce mail resolve M-012 --sent --reason "they confirmed it by telephone"'),
        N_('ptce mail resolve M-012 --resend --reason "the address was mended"'),
        N_('ptce mail resolve M-012 --drop --reason "told by telephone"'),
        N_('ptce mail resolve M-012 M-015 --bounced --reason "550 unknown mailbox"'),
        "ptce mail resolve --failed",
        "ptce mail resolve --state uncertain --resend",
    ),
    shape=f"{{changed: {MAILS.shape}, skipped: [{{message=0, why=1}}]}}",
)
@_mails
@flag("--failed", N_("Those that failed; they leave again unless another thing is said."))
@_state
@_ref
@_notification
@_to
@flag("--sent", N_("It did arrive."))
@flag("--resend", N_("It leaves again."))
@flag("--drop", N_("It never leaves."))
@flag("--bounced", N_("It came back: the mailbox of the sender holds a report."))
@reason
@flag("--yes", N_("Do not ask: for those that options choose, and for a doubtful address."))
def resolve(
    call: Invocation,
    messages: tuple[str, ...],
    failed: bool,
    state: tuple[str, ...],
    ref: str | None,
    notification: str | None,
    to: str | None,
    sent: bool,
    resend: bool,
    drop: bool,
    bounced: bool,
    reason: str | None,
) -> Answer | int:
    """Say what becomes of mails that failed, are uncertain or came back.

    Of an uncertain one nobody knows whether it arrived: ask its reader. Nothing counts any more
    from the sending of one that came back, and what is to leave for that address waits; `--sent`
    takes that back. What is too late for some of several mails is told, and the others go on.
    """
    from ptce_workflow.app.outbox.desk import resolve_each
    from ptce_workflow.reports import mail as views

    outcomes = {"sent": sent, "resend": resend, "dropped": drop, "bounced": bounced}
    said = [outcome for outcome, is_given in outcomes.items() if is_given]
    if len(said) != 1 and (said or not failed):
        mend = _("Accepted: {words}.").format(words="--sent, --resend, --drop, --bounced")
        raise Misuse(_("Say one thing that becomes of it."), mend=mend)
    outcome, labels = said[0] if said else "resend", views.stage_labels()
    stages = ["failed"] * failed + [state_named(word, labels) for word in state]
    usual = ["sent", "uncertain"] if bounced else ["failed", "uncertain", "bounced"]
    choice = {"ref": ref, "notification": notification, "to": to}
    posted = _chosen(call, "ptce mail resolve", messages, stages or usual, choice, stages)
    doubtful = [one for one in posted if one.doubtful and outcome == "resend"]
    asked = doubtful if messages else posted
    now = call.contest.clock.now()
    if asked:
        show_parts(call.out, views.to_resolve(call.contest.process, asked, doubtful, now))
        n, option = len(posted), "--drop" if drop else f"--{outcome}"
        question = n_("Apply {option} to this mail?", "Apply {option} to these {count} mails?", n)
        question = question.format(option=option, count=n)
        if not agreed(call, question, _("Nothing was changed.")):
            return NOT_DONE
    changed, skipped = resolve_each(call.contest, [one.name for one in posted], outcome, reason)
    parts = views.changed(changed, now, [*skipped.values()])
    why = [(name, refused.what) for name, refused in skipped.items()]
    return Answer(parts, {"changed": changed, "skipped": why}, DONE if changed else NOT_DONE)


@command("mail resume", examples=("ptce mail resume",))
def resume(call: Invocation) -> Answer:
    """Let mail leave again at once where the courier is paused."""
    from ptce_workflow.app.outbox.desk import resume
    from ptce_workflow.reports import mail as views

    resume(call.contest)
    return Answer(views.resumed())


def server_settings(call: Invocation) -> MailSettings:
    """The `[mail]` table of local.toml. Raises: Misuse where there is none, or it has faults."""
    from ptce_workflow.app.locations import mail_settings

    settings = mail_settings(call.contest_dir)
    if settings is None:
        mend = _("Write the table [mail] of local.toml: docs/deploy/mailbox.md.")
        raise Misuse(_("No mail server is set."), mend=mend)
    return settings


@command(
    "mail test",
    examples=(
        "ptce mail test --to me@cress.example",
        "ptce mail test --to me@cress.example --notification selected",
    ),
    shape="[{notification, subject, sent=is_sent, said=answer.text}]",
)
@option("--to", N_("ADDRESS"), N_("Who reads them: yourself."), required=True)
@option("--notification only", N_("NAME"), N_("Only this notification; repeatable."), multiple=True)
def test(call: Invocation, to: str, only: tuple[str, ...]) -> Answer:
    """Send yourself a letter of each kind, of sample data, through the mail server.

    Each is marked as a trial, without the entry for the calendar; the ledger has nothing of them.
    Where one arrives, its header Authentication-Results tells whether SPF, DKIM and DMARC pass.
    """
    import asyncio

    from ptce_workflow.app.refusals import unknown_name
    from ptce_workflow.mail.message import read_mailbox
    from ptce_workflow.mail.trial import send_trials, trial_mails
    from ptce_workflow.reports import mail as views

    contest = call.contest
    contest.check_reader()
    contest.check_writer()
    settings, process = server_settings(call), contest.process
    try:
        reader = read_mailbox(to)
    except ValueError:
        raise Misuse(_('"{text}" is not an e-mail address.').format(text=shown(to))) from None
    known = process.definition.notifications
    for name in only:
        if name not in known:
            what = _('There is no notification "{name}".').format(name=shown(name))
            raise unknown_name(what, name, known)
    mails = list(trial_mails(process, only, settings, reader, contest.clock.now()))
    asyncio.run(send_trials(mails, settings, reader))
    sent = all(mail.is_sent for mail in mails)
    return Answer(views.tried(mails, to), mails, DONE if sent else NOT_DONE)


@command("mail login", examples=("ptce mail login",), shape="{account}")
def login(call: Invocation) -> Answer:
    """Sign in at Microsoft 365, for the mails that leave and for the mailbox that is read.

    Shows a page and a code: open the page on any machine, type the code, and sign in there as who
    may send. The token is kept in `token_file` of `local.toml`, for you alone to read.
    """
    from ptce_workflow.mail.sign_in import login
    from ptce_workflow.reports import mail as views

    call.contest.check_reader()
    call.contest.check_writer()
    settings = server_settings(call)
    if settings.token_file is None:
        what = _("The table [mail] of local.toml names no token_file.")
        raise Misuse(what, mend=_("How it is set: docs/deploy/mailbox.md."))

    def show(page: str, code: str) -> None:
        call.out.remark(_("Open {page} and type the code {code}.").format(page=page, code=code))

    account = login(settings, show)
    return Answer(views.signed_in(account, settings.token_file), {"account": account})
