"""Mails: those that wait, their words, and what a person decides about them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from ptce_workflow.base.errors import Misuse, PtceError
from ptce_workflow.base.words import _, n_
from ptce_workflow.cli.faults import DONE, NOT_DONE
from ptce_workflow.cli.invocation import Invocation
from ptce_workflow.cli.parameters import argument, flag, option, reason
from ptce_workflow.cli.values import alone, state_named

if TYPE_CHECKING:
    from ptce_workflow.desk.mailbox import LetterTold

# Each command brings its views when it runs: `--help` builds every command and needs none.


def listing(
    call: Invocation,
    state: Annotated[
        list[str] | None,
        option("--state", _("STATE"), _("Only the mails in this state; repeatable.")),
    ] = None,
    ref: Annotated[
        str | None, option("--ref", _("REF"), _("Only those about this candidature."))
    ] = None,
    notification: Annotated[
        str | None,
        option("--notification", _("NAME"), _("Only those of this notification.")),
    ] = None,
    every: Annotated[
        bool, flag("--all", _("Also those that were sent, were cancelled or came too late."))
    ] = False,
) -> None:
    """Lists mails."""
    from ptce_workflow.cli.views import mail as views

    labels = views.stage_labels()
    named = [state_named(word, labels) for word in state or ()]
    stages = named or (views.EVERY if every else views.OPEN)
    posted = call.contest.messages(stages, ref=ref, notification=notification)
    if call.out.as_data:
        call.out.data(views.list_data(posted))
        return
    views.print_list(call.out, call.contest.process, posted, call.contest.clock.now())
    waiting = call.contest.waiting_mail()
    server = not waiting.late or has_server(call.contest_dir)
    views.print_waiting(call.out, call.contest.process, waiting, server=server)


def show(
    call: Invocation,
    message: Annotated[str, argument(_("MAIL"), _("The mail, such as M-012."))],
    in_browser: Annotated[
        bool, flag("--open", _("Write it as a page, tell its file and show it in a browser."))
    ] = False,
    eml: Annotated[
        bool, flag("--eml", _("Write the very bytes that left, and nothing else."))
    ] = False,
) -> None:
    """Shows one mail."""
    from ptce_workflow.cli.views import letter as views

    if eml:
        alone("--eml", {"--open": in_browser, "--json": call.out.as_data})
    told = call.contest.letter(message, call.language_said)
    if eml:
        call.out.raw(views.bytes_of(told))
    elif in_browser:
        views.show_page(call.out, told)
    elif call.out.as_data:
        call.out.data(views.letter_data(told))
    else:
        ref = told.posted.ref
        lines = call.contest.history(ref) if ref else ()
        views.print_letter(call.out, call.contest.process, told, lines)


def release(
    call: Invocation,
    messages: Annotated[
        list[str] | None, argument(_("MAIL"), _("The mails, such as M-012."))
    ] = None,
    notification: Annotated[
        str | None,
        option("--notification", _("NAME"), _("Every mail of this notification that waits.")),
    ] = None,
    ref: Annotated[
        str | None, option("--ref", _("REF"), _("Every mail about this candidature that waits."))
    ] = None,
    yes: Annotated[bool, flag("--yes", _("Do not ask: they were read already."))] = False,
) -> int:
    """Releases held mails after they were read."""
    from ptce_workflow.cli.asking import agreed
    from ptce_workflow.cli.views import letter as letters
    from ptce_workflow.cli.views import mail as views

    names = list(messages or ()) or held(call, notification, ref)
    if messages and (notification or ref):
        raise Misuse(
            _("Name the mails, or say which ones with an option; not both."),
            mend=_("For example: {command}").format(command=f"ptce mail release {names[0]}"),
        )
    read = [call.contest.letter(name) for name in names]
    if waits_for_a_reader(read):
        for letter in read:
            letters.print_preview(call.out, call.contest.process, letter)
        count = len(read)
        question = n_("Release this mail?", "Release these {count} mails?", count)
        if not (yes or agreed(call.out, question.format(count=count))):
            call.out.remark(_("Nothing was released."))
            return NOT_DONE
    words = {letter.posted.name: letter.words for letter in read}
    released = call.contest.release(list(words), read=words)
    if call.out.as_data:
        call.out.data(views.list_data(released))
    else:
        views.print_released(call.out, call.contest.process, released, call.contest.clock.now())
    return DONE


def waits_for_a_reader(read: list[LetterTold]) -> bool:
    """Whether all of these may be released; if not, the contest itself says which and why."""
    return all(letter.posted.stage == "held" for letter in read)


def held(call: Invocation, notification: str | None, ref: str | None) -> list[str]:
    """The names of the held mails of a notification, or about a candidature.

    *Raises* Misuse when neither is named, or none is held.
    """
    if notification is None and ref is None:
        raise Misuse(
            _("It is not said which mails are to leave."),
            mend=_("For example: {command}").format(command="ptce mail release M-012"),
        )
    posted = call.contest.messages(("held",), ref=ref, notification=notification)
    if not posted:
        raise Misuse(
            _("No such mail waits to be read."),
            mend=_("Those that do: {command}").format(command="ptce mail list --state held"),
        )
    return [one.name for one in posted]


def has_server(folder: Path) -> bool:
    """Whether a mail server is set; settings that cannot be read are told by `ptce doctor`."""
    from ptce_workflow.desk.place import mail_settings

    try:
        return mail_settings(folder) is not None
    except PtceError:
        return True


def resolve(
    call: Invocation,
    message: Annotated[str, argument(_("MAIL"), _("The mail, such as M-012."))],
    sent: Annotated[bool, flag("--sent", _("It did arrive."))] = False,
    resend: Annotated[bool, flag("--resend", _("It leaves again."))] = False,
    drop: Annotated[bool, flag("--drop", _("It never leaves."))] = False,
    reason: Annotated[str | None, reason()] = None,
) -> None:
    """Says what becomes of a mail that failed or is uncertain."""
    from ptce_workflow.cli.views import mail as views

    chosen = [
        outcome for outcome, said in (("sent", sent), ("resend", resend), ("dropped", drop)) if said
    ]
    if len(chosen) != 1:
        raise Misuse(
            _("Say one thing that becomes of it."),
            mend=_("Accepted: {words}.").format(words="--sent, --resend, --drop"),
        )
    posted = call.contest.resolve(message, chosen[0], reason)
    if call.out.as_data:
        call.out.data(views.list_data([posted]))
    else:
        views.print_changed(call.out, [posted], call.contest.clock.now())


def retry(
    call: Invocation,
    messages: Annotated[
        list[str] | None, argument(_("MAIL"), _("The mails, such as M-012."))
    ] = None,
) -> None:
    """Tries failed mails again, or lets all mail leave at once."""
    from ptce_workflow.cli.views import mail as views

    retried = call.contest.retry(messages or ())
    if call.out.as_data:
        call.out.data(views.list_data(retried))
    elif messages:
        views.print_changed(call.out, retried, call.contest.clock.now())
    else:
        call.out.say(_("Mail may leave again at once."))
        call.out.next_step("ptce tick")
