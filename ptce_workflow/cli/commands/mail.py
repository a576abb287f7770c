"""The commands of mails: list, read, release, edit, drop, resolve, test, sign in."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from ptce_workflow.base.errors import Misuse, PtceError, shown
from ptce_workflow.base.runtime import SystemClock
from ptce_workflow.base.words import N_, _, n_
from ptce_workflow.cli.grammar import Late, command
from ptce_workflow.cli.invocation import (
    Answer,
    Invocation,
    agreed,
    entered,
    is_somebody_here,
    opened,
)
from ptce_workflow.cli.parameters import (
    PATH,
    REFERENCE,
    alone,
    argument,
    as_of,
    flag,
    institutions,
    option,
    reason,
    resolve_key,
    roles,
    spoken,
    state_named,
    to_file,
)
from ptce_workflow.cli.terminal import DONE, MISUSED, NOT_DONE, print_parts, show_error
from ptce_workflow.office import page
from ptce_workflow.reports.listing import MAILS, RECEIVED, JsonObject

if TYPE_CHECKING:
    from ptce_workflow.app.outbox import desk
    from ptce_workflow.app.outbox.desk import LetterView, Posted
    from ptce_workflow.mail.settings import MailSettings
    from ptce_workflow.office.page import Part, Report
    from ptce_workflow.reports import mail as views
else:
    views = Late("ptce_workflow.reports.mail")
    desk = Late("ptce_workflow.app.outbox.desk")

_mail = argument("message", N_("MAIL"), N_("The mail, such as M-012."))
_mails = argument("messages", N_("MAIL"), N_("The mails, such as M-012."), nargs=-1)
_state = option("--state", N_("STATE"), N_("Only those in this state; repeatable."), multiple=True)
_ref = option("--ref", N_("REF"), N_("Only those about this candidature."), type=REFERENCE)
_notification = option("--notification", N_("NAME"), N_("Only those of this notification."))
_to = option("--to", N_("TEXT"), N_("Only those to this address or name, or a part of it."))
_source = option(
    "--from source",
    N_("FILE"),
    N_("The mail in Markdown, its subject first: # Subject."),
    type=PATH,
)


def _chosen(
    call: Invocation,
    command: str,
    names: tuple[str, ...],
    stages: Sequence[str],
    choice: Mapping[str, str | None],
    *others: object,
) -> tuple[Posted, ...]:
    """The mails that are named, or those at some stages that options choose. Raises: Misuse."""
    if bool(names) == any((*choice.values(), *others)):
        what = _("Name the mails, or say which ones with an option; not both.")
        example = f"{command} {names[0] if names else 'M-012'}"
        raise Misuse(what, mend=_("For example: {command}").format(command=example))
    return desk.messages(call.contest, stages, names=names, **choice)


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

    labels = views.stage_labels()
    named = [state_named(word, labels) for word in state]
    stages = named or (views.EVERY if every else views.OPEN)
    posted = desk.messages(call.contest, stages, ref=ref, notification=notification, to=to)
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

    if eml:
        alone("--eml", {"--json": call.out.as_data})
    letter = desk.letter_view(call.contest, message, call.language_option)
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
        "ptce mail release",
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

    Where no mail is named, all that wait are gone through one by one: yes, no (it stays held),
    edit, skip (those of its kind stay held), all (of its kind) or quit. Of a kind that was shown
    before, only what differs is shown. What was answered is done at once.
    """
    contest = call.contest
    choice = {"ref": ref, "notification": notification, "to": to}
    if not any((messages, reason, call.yes, *choice.values())):
        return _go_through(call)
    posted = _chosen(call, "ptce mail release", messages, ("held", "planned"), choice)
    # If one that is named does not wait, the contest itself says which and why.
    names = [one.name for one in posted if messages or one.waits_for_person]
    if not names:
        mend = _("Those that do: {command}").format(command="ptce mail list --state held")
        raise Misuse(_("No such mail waits to be read."), mend=mend)
    read = [desk.letter_view(contest, name) for name in names]
    if all(letter.posted.waits_for_person for letter in read):
        print_parts(call.out, views.previews(contest.process, read))
        if not agreed(call, views.question(len(read)), _("Nothing was released.")):
            return NOT_DONE
    words = {letter.posted.name: letter.words for letter in read}
    released = desk.release(contest, list(words), reason, read=words)
    parts = views.released(contest.process, released, contest.clock.now())
    return Answer(parts, released)


# Every language is understood, by the word or its first letter.
_ANSWERS: Mapping[str, tuple[str, ...]] = {
    "release": ("yes", "oui"),
    "keep": ("no", "non"),
    "edit": ("edit", "modifier"),
    "skip": ("skip", "passer"),
    "all": ("all", "tous"),
    # Whoever answers nothing, or is gone, has read no more.
    "quit": ("quit", "quitter", ""),
}


def _go_through(call: Invocation) -> Answer:
    """Asks about each mail that waits for a person. Raises: Misuse where nobody is here."""
    contest = call.contest
    released: list[Posted] = []
    waiting = [one for one in desk.messages(contest, ("held", "planned")) if one.waits_for_person]
    if not waiting:
        return Answer([page.say(_("No mail waits to be read."))], waiting)
    if not is_somebody_here(call.out):
        what = _("Nobody is here to read the mails that wait.")
        mend = _("Name those that were read: {command}").format(
            command=f"ptce mail release {waiting[0].name} --yes"
        )
        raise Misuse(what, "\n".join(views.waiting_lines(waiting)), mend)

    def done() -> Iterator[Part]:
        if released:
            return views.released(contest.process, released, contest.clock.now())
        return iter([page.say(_("Nothing was released."))])

    seen: dict[str, LetterView] = {}
    code, queue = DONE, waiting
    try:
        while queue:
            try:
                those, queue = _asked(call, queue, seen)
                released += those
            except PtceError as refused:
                show_error(refused, call.out)
                # Misuse here is that the input has ended: nobody reads the others.
                code, queue = NOT_DONE, [] if isinstance(refused, Misuse) else queue[1:]
    except KeyboardInterrupt:
        print_parts(call.out, done())
        raise
    return Answer(done(), released, code if released else NOT_DONE)


def _asked(
    call: Invocation, queue: list[Posted], seen: dict[str, LetterView]
) -> tuple[Sequence[Posted], list[Posted]]:
    """What a person releases once the first of some mails was shown, and those to show next.

    Shape: `seen` is the last mail of each kind that was shown.
    """
    contest, kind = call.contest, queue[0].notification
    read = [desk.letter_view(contest, queue[0].name)]
    if not read[0].posted.waits_for_person:
        raise PtceError(_("{message} waits no more.").format(message=queue[0].name))
    print_parts(call.out, views.previews(contest.process, read, seen))
    while (answer := _answer(call, len(queue))) == "edit":
        try:
            _rewrite(call, queue[0].name)
        except PtceError as refused:
            # The mail is as it was shown: asked again at once, the reason stays in sight.
            show_error(refused, call.out)
        else:
            seen.pop(kind)
            return (), queue
    match answer:
        case "quit":
            return (), []
        case "keep":
            return (), queue[1:]
        case "skip":
            return (), [one for one in queue if one.notification != kind]
        case "all":
            same = (one.name for one in queue[1:] if one.notification == kind)
            read += [desk.letter_view(contest, name) for name in same]
            print_parts(call.out, views.previews(contest.process, read[1:], seen))
            if not agreed(call, views.question(len(read)), _("Nothing was released.")):
                return (), queue
    words = {letter.posted.name: letter.words for letter in read}
    left = [one for one in queue if one.name not in words]
    return desk.release(contest, list(words), read=words), left


def _answer(call: Invocation, left: int) -> str:
    """What a person says of the mail that was shown; asked until it is understood."""
    question = n_("Release it? It is the last.", "Release it? {count} wait to be read.", left)
    words = _("[y]es, [n]o (it waits), [e]dit, [s]kip or [a]ll (of its kind), [q]uit")
    while True:
        typed = entered(call.out, f"{question.format(count=left)}\n{words}").casefold()
        for answer, known in _ANSWERS.items():
            if typed in known or typed in (word[:1] for word in known):
                return answer
        call.out.remark(_('"{text}" is none of these answers.').format(text=shown(typed)))


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
@_source
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
    from ptce_workflow.office.files import read_text

    contest = call.contest
    if draft:
        alone("--draft", {"--from": source, "--reason": reason, "--json": call.out.as_data})
        call.out.raw(desk.draft(contest, message).encode())
        return None
    if source is not None:
        posted = desk.edit(contest, message, read_text(source), reason)
    else:
        posted = _rewrite(call, message, reason)
    if posted is None:
        call.out.remark(_("Nothing was changed."))
        return NOT_DONE
    letter = desk.letter_view(contest, posted.name)
    return Answer(views.rewritten(contest.process, letter), [posted])


def _rewrite(call: Invocation, message: str, reason: str | None = None) -> Posted | None:
    """A held mail as a person has rewritten it in an editor; None where nothing was changed."""
    from ptce_workflow.cli import editor

    began = desk.draft(call.contest, message)
    other = f"ptce mail edit {message} --from FILE"
    return editor.edit_text(
        *(call.out, f"{message}.md", began, other),
        lambda written: desk.edit(call.contest, message, written, reason, draft=began),
    )


@command(
    "mail write",
    examples=(
        "ptce mail write --to C-010",
        "ptce mail write --to eligible --to jury --from letter.md",
        "ptce mail write --about M-012",
    ),
    shape=MAILS,
)
@option(
    "--to",
    N_("WHO"),
    N_(
        "A candidature, all of a state, an institution, a role, a person, or `all` candidatures; "
        "repeatable."
    ),
    multiple=True,
)
@option("--about", N_("MAIL"), N_("The mail that left, and that it corrects, for its reader."))
@_source
@flag("--yes", N_("Do not ask whether all of them are meant."))
def write(
    call: Invocation, to: tuple[str, ...], about: str | None, source: Path | None
) -> Answer | int:
    """Write a letter of your own, or one that corrects a mail.

    Opens your editor, as VISUAL or EDITOR names it. The greeting and the signature are those of
    all mails. There is a letter for each reader; each is held, and is read before it leaves.
    """
    from ptce_workflow.cli import editor
    from ptce_workflow.office.files import read_text

    if bool(to) == bool(about):
        mend = _("For example: {command}").format(command="ptce mail write --to C-010")
        raise Misuse(_("Say to whom it goes, or which mail it corrects; not both."), mend=mend)
    contest = call.contest
    keys = [_reader(call, word) for word in to]
    letters = desk.letters_to(contest, keys, about)
    if len(letters) > 1:
        print_parts(call.out, views.letters_ahead(contest.process, letters))
        count = sum(bool(one.address) for one in letters)
        question = n_("Write this letter?", "Write these {count} letters?", count)
        if not agreed(call, question.format(count=count), _("Nothing was written.")):
            return NOT_DONE

    def take(text: str) -> Sequence[Posted] | None:
        return None if text == began else desk.write(contest, keys, text, about, expected=letters)

    began: str | None = None
    if source is not None:
        written = take(read_text(source))
    else:
        began = views.letter_begun(desk.letter_view(contest, about) if about else None)
        named = " ".join(shlex.join(("--to", word)) for word in to) or f"--about {about}"
        other = f"ptce mail write {named} --from FILE"
        written = editor.edit_text(call.out, "letter.md", began, other, take)
    if written is None:
        call.out.remark(_("Nothing was written."))
        return NOT_DONE
    first = desk.letter_view(contest, written[0].name)
    return Answer(views.letters_written(contest.process, first, written), written)


def _reader(call: Invocation, word: str) -> str:
    """What the application calls those whom a word means. Raises: Misuse for none or several."""
    from ptce_workflow.app.candidatures.overview import person_meant
    from ptce_workflow.app.people import is_pseudonym

    process = call.contest.process
    labels = {**spoken(process.states), **institutions(process), **roles()}
    labels[desk.EVERYONE] = ("tous", "toutes")
    key = resolve_key(word, labels)
    if key in labels or is_pseudonym(key):
        return key
    person = person_meant(call.contest, word)
    return call.reference(word) if person is None else person.pseudonym


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
        print_parts(call.out, views.to_resolve(call.contest.process, asked, doubtful, now))
        n, option = len(posted), "--drop" if drop else f"--{outcome}"
        question = n_("Apply {option} to this mail?", "Apply {option} to these {count} mails?", n)
        question = question.format(option=option, count=n)
        if not agreed(call, question, _("Nothing was changed.")):
            return NOT_DONE
    changed, skipped = desk.resolve_each(
        call.contest, [one.name for one in posted], outcome, reason
    )
    parts = views.changed(changed, now, [*skipped.values()])
    why = [(name, refused.what) for name, refused in skipped.items()]
    return Answer(parts, {"changed": changed, "skipped": why}, DONE if changed else NOT_DONE)


@command("mail resume", examples=("ptce mail resume",))
def resume(call: Invocation) -> Answer:
    """Let mail leave again at once where the courier is paused."""
    desk.resume(call.contest)
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

    from ptce_workflow.mail.dialogue import send_trials, trial_mails
    from ptce_workflow.mail.message import read_mailbox

    contest = call.contest
    contest.check_reader()
    contest.check_writer()
    settings, process = server_settings(call), contest.process
    try:
        reader = read_mailbox(to)
    except ValueError:
        raise Misuse(_('"{text}" is not an e-mail address.').format(text=shown(to))) from None
    mails = list(trial_mails(process, only, settings, reader, contest.clock.now()))
    asyncio.run(send_trials(mails, settings, reader))
    sent = all(mail.is_sent for mail in mails)
    return Answer(views.tried(mails, to), mails, DONE if sent else NOT_DONE)


@command(
    "mail preview",
    examples=("ptce mail preview", "ptce mail preview selected", "ptce mail preview --open"),
    shape="[{notification=0, subject=1.subject, text=1.text, html=1.html}]",
)
@argument("names", N_("NAME"), N_("Only this notification; several may be named."), nargs=-1)
@flag("--open opens", N_("Show them in the browser, as their readers see them."))
@to_file(N_("Write them there as a page, .html."))
def preview(call: Invocation, names: tuple[str, ...], opens: bool) -> Answer | int:
    """Show the letters of the folder, of sample data.

    Reads the folder alone: no ledger is needed. Its faults are listed instead, as `ptce check`
    does.
    """
    from ptce_workflow.app.locations import read_folder
    from ptce_workflow.process.check import examined
    from ptce_workflow.process.check.letters import sample_letters
    from ptce_workflow.reports.setup import faults

    if opens:
        alone("--open", {"-o": call.file, "--json": call.out.as_data})
    call.speak_of(call.contest_dir)
    process, findings = examined(read_folder(call.contest_dir))
    if process is None or findings:
        print_parts(call.out, faults(call.contest_dir, findings))
        return MISUSED
    letters = list(sample_letters(process, names))
    report = views.samples(process, letters, (call.clock or SystemClock()).now())
    return opened(call, report) if opens else Answer(lambda: report, letters, forms=(".html",))


@command("mail login", examples=("ptce mail login",), shape="{account}")
def login(call: Invocation) -> Answer:
    """Sign in at Microsoft 365, for the mails that leave and for the mailbox that is read.

    Shows a page and a code: open the page on any machine, type the code, and sign in there as who
    may send. The token is kept in `token_file` of `local.toml`, for you alone to read.
    """
    from ptce_workflow.mail.sign_in import login

    call.contest.check_reader()
    call.contest.check_writer()
    settings = server_settings(call)
    if settings.token_file is None:
        what = _("The table [mail] of local.toml names no token_file.")
        raise Misuse(what, mend=_("How it is set: docs/deploy/mailbox.md."))

    def show(page: str, code: str) -> None:
        call.out.remark(_("Open {page} and type the code {code}.").format(page=page, code=code))

    account = login(settings, show)
    text = _("{account} is signed in; the token is in {file}.")
    said = page.say(text, account=account, file=settings.token_file)
    return Answer([said, page.suggest("ptce doctor")], {"account": account})
