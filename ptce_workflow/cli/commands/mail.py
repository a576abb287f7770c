"""Mails: those that wait, their words, and what a person decides about them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ptce_workflow.base.errors import Misuse, PtceError
from ptce_workflow.base.words import N_, _, n_
from ptce_workflow.cli.faults import DONE, NOT_DONE
from ptce_workflow.cli.grammar import command
from ptce_workflow.cli.invocation import Invocation
from ptce_workflow.cli.parameters import alone, reason, state_named, to_file, yes_to_replace
from ptce_workflow.cli.writing import shown

if TYPE_CHECKING:
    from ptce_workflow.app.post.desk import LetterTold

# Each command brings its views when it runs: `--help` builds every command and needs none.


# What `--json` writes of one mail, and of several.
_ONE = (
    "message, stage, notification, label, ref, candidature, recipient, to, address, due, "
    "next_at, held, attempts, said"
)
_SEVERAL = f"[{{{_ONE}}}]"


@command(
    examples=(
        "ptce mail list",
        "ptce mail list --state held --state uncertain",
        "ptce mail list --ref C-010 --all",
    ),
    shape=_SEVERAL,
)
@click.option(
    "--state",
    metavar=N_("STATE"),
    help=N_("Only the mails in this state; repeatable."),
    multiple=True,
)
@click.option("--ref", metavar=N_("REF"), help=N_("Only those about this candidature."))
@click.option("--notification", metavar=N_("NAME"), help=N_("Only those of this notification."))
@click.option(
    "--all",
    "every",
    is_flag=True,
    help=N_("Also those that were sent, were cancelled or came too late."),
)
@to_file
@yes_to_replace
def listing(
    call: Invocation,
    state: tuple[str, ...],
    ref: str | None,
    notification: str | None,
    every: bool,
    file: Path | None,
    yes: bool,
) -> int:
    """List the mails that have not left or need a person."""
    from ptce_workflow.app.post import ahead
    from ptce_workflow.app.post.desk import messages
    from ptce_workflow.cli.views import mail as views

    labels = views.stage_labels()
    named = [state_named(word, labels) for word in state]
    stages = named or (views.EVERY if every else views.OPEN)
    posted = messages(call.contest, stages, ref=ref, notification=notification)
    process, now = call.contest.process, call.contest.clock.now()
    code = shown(
        call,
        lambda: views.list_report(process, posted, now),
        lambda: views.list_data(posted),
        file,
        yes=yes,
    )
    if file is None and not call.out.as_data:
        views.print_first(call.out, posted)
        waiting = ahead.waiting(call.contest)
        server = not waiting.late or has_server(call.contest_dir)
        views.print_waiting(call.out, process, waiting, server=server)
    return code


@command(
    examples=(
        "ptce mail show M-001",
        "ptce mail show M-001 --open",
        "ptce mail show M-001 --eml > M-001.eml",
    ),
    shape=f"{{{_ONE}, frozen, language, subject, text, html, words, headers: [{{name, value}}]}}",
)
@click.argument("message", metavar=N_("MAIL"), help=N_("The mail, such as M-012."))
@click.option(
    "--open",
    "in_browser",
    is_flag=True,
    help=N_("Show it as a page in a browser; its file is gone once you have seen it."),
)
@click.option("--eml", is_flag=True, help=N_("Write the very bytes that left, and nothing else."))
def show(call: Invocation, message: str, in_browser: bool, eml: bool) -> None:
    """Show a mail as its reader gets it, and what became of it.

    One that is not written yet is shown as it would be written now.
    """
    from ptce_workflow.app.cases.history import history
    from ptce_workflow.app.post.desk import letter_told
    from ptce_workflow.cli.views import letter as views

    if eml:
        alone("--eml", {"--open": in_browser, "--json": call.out.as_data})
    told = letter_told(call.contest, message, call.language_said)
    if eml:
        call.out.raw(views.bytes_of(told))
    elif in_browser:
        views.show_page(call.out, told)
    elif call.out.as_data:
        call.out.data(views.letter_data(told))
    else:
        ref = told.posted.ref
        lines = history(call.contest, ref) if ref else ()
        views.print_letter(call.out, call.contest.process, told, lines)


@command(
    examples=(
        "ptce mail release M-012",
        "ptce mail release --notification selected",
        "ptce mail release --ref C-010 --yes",
    ),
    shape=_SEVERAL,
)
@click.argument("messages", metavar=N_("MAIL"), help=N_("The mails, such as M-012."), nargs=-1)
@click.option(
    "--notification", metavar=N_("NAME"), help=N_("Every mail of this notification that waits.")
)
@click.option("--ref", metavar=N_("REF"), help=N_("Every mail about this candidature that waits."))
@click.option("--yes", is_flag=True, help=N_("Do not ask: they were read already."))
def release(
    call: Invocation,
    messages: tuple[str, ...],
    notification: str | None,
    ref: str | None,
    yes: bool,
) -> int:
    """Let mails leave that a person has to read first.

    Shows each of them, then asks. All of them are released, or none; the ledger keeps who read
    which words.
    """
    from ptce_workflow.app.post.desk import letter_told, release
    from ptce_workflow.cli.asking import agreed
    from ptce_workflow.cli.views import letter as letters
    from ptce_workflow.cli.views import mail as views

    names = list(messages) or held(call, notification, ref)
    if messages and (notification or ref):
        raise Misuse(
            _("Name the mails, or say which ones with an option; not both."),
            mend=_("For example: {command}").format(command=f"ptce mail release {names[0]}"),
        )
    read = [letter_told(call.contest, name) for name in names]
    if waits_for_a_reader(read):
        for letter in read:
            letters.print_preview(call.out, call.contest.process, letter)
        count = len(read)
        question = n_("Release this mail?", "Release these {count} mails?", count)
        if not (yes or agreed(call.out, question.format(count=count))):
            call.out.remark(_("Nothing was released."))
            return NOT_DONE
    words = {letter.posted.name: letter.words for letter in read}
    released = release(call.contest, list(words), read=words)
    if call.out.as_data:
        call.out.data(views.list_data(released))
    else:
        views.print_released(call.out, call.contest.process, released, call.contest.clock.now())
    return DONE


def waits_for_a_reader(read: list[LetterTold]) -> bool:
    """True when all of these may be released; if not, the contest itself says which and why."""
    return all(letter.posted.stage == "held" for letter in read)


def held(call: Invocation, notification: str | None, ref: str | None) -> list[str]:
    """The names of the held mails of a notification, or about a candidature.

    *Raises* Misuse when neither is named, or none is held.
    """
    from ptce_workflow.app.post.desk import messages

    if notification is None and ref is None:
        raise Misuse(
            _("It is not said which mails are to leave."),
            mend=_("For example: {command}").format(command="ptce mail release M-012"),
        )
    posted = messages(call.contest, ("held",), ref=ref, notification=notification)
    if not posted:
        raise Misuse(
            _("No such mail waits to be read."),
            mend=_("Those that do: {command}").format(command="ptce mail list --state held"),
        )
    return [one.name for one in posted]


def has_server(folder: Path) -> bool:
    """True when a mail server is set; settings that cannot be read are told by `ptce doctor`."""
    from ptce_workflow.app.locations import mail_settings

    try:
        return mail_settings(folder) is not None
    except PtceError:
        return True


@command(
    examples=(
        N_('ptce mail resolve M-012 --sent --reason "they confirmed it by telephone"'),
        N_('ptce mail resolve M-012 --resend --reason "the address was mended"'),
        N_('ptce mail resolve M-012 --drop --reason "told by telephone"'),
    ),
    shape=_SEVERAL,
)
@click.argument("message", metavar=N_("MAIL"), help=N_("The mail, such as M-012."))
@click.option("--sent", is_flag=True, help=N_("It did arrive."))
@click.option("--resend", is_flag=True, help=N_("It leaves again."))
@click.option("--drop", is_flag=True, help=N_("It never leaves."))
@reason
def resolve(
    call: Invocation, message: str, sent: bool, resend: bool, drop: bool, reason: str | None
) -> None:
    """Say what becomes of a mail that failed or is uncertain.

    Of an uncertain one nobody knows whether it arrived: ask its reader.
    """
    from ptce_workflow.app.post.desk import resolve
    from ptce_workflow.cli.views import mail as views

    chosen = [
        outcome for outcome, said in (("sent", sent), ("resend", resend), ("dropped", drop)) if said
    ]
    if len(chosen) != 1:
        raise Misuse(
            _("Say one thing that becomes of it."),
            mend=_("Accepted: {words}.").format(words="--sent, --resend, --drop"),
        )
    posted = resolve(call.contest, message, chosen[0], reason)
    if call.out.as_data:
        call.out.data(views.list_data([posted]))
    else:
        views.print_changed(call.out, [posted], call.contest.clock.now())


@command(
    examples=("ptce mail retry", "ptce mail retry M-012 M-013"),
    shape=_SEVERAL,
)
@click.argument("messages", metavar=N_("MAIL"), help=N_("The mails, such as M-012."), nargs=-1)
def retry(call: Invocation, messages: tuple[str, ...]) -> None:
    """Try mails again that failed.

    Without a name, lets all mail leave again where it waits for the server.
    """
    from ptce_workflow.app.post.desk import retry
    from ptce_workflow.cli.views import mail as views

    retried = retry(call.contest, messages)
    if call.out.as_data:
        call.out.data(views.list_data(retried))
    elif messages:
        views.print_changed(call.out, retried, call.contest.clock.now())
    else:
        call.out.say(_("Mail may leave again at once."))
        call.out.next_step("ptce tick")
