"""What is held of people: erased when they ask, or when the time for which it is kept is over."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ptce_workflow.base.errors import Misuse
from ptce_workflow.base.words import N_, _
from ptce_workflow.cli.faults import DONE, NOT_DONE
from ptce_workflow.cli.grammar import command
from ptce_workflow.cli.invocation import Invocation
from ptce_workflow.cli.parameters import alone, argument, dry_run, flag, option, reason
from ptce_workflow.cli.writing import Answer, agreed, show

if TYPE_CHECKING:
    from ptce_workflow.app.admin.extent import Gone


@command(
    "erase",
    examples=(
        N_('ptce erase C-012 --reason "asked by letter on 3 June" --visa "AD31 2026/118"'),
        N_('ptce erase P-004 --reason "has left the jury, and asks for it"'),
        "ptce erase --due",
        N_('ptce erase --due --visa "AD31 2026/118"'),
    ),
    shape=(
        "{done, pending, erased: [{who=called, name, lines, mails, documents, unsent, sheets, "
        "visas, over, named, elsewhere, askable=askable.*.0}], under_way: [{who=called, name, "
        "sheets, over}]}"
    ),
)
@argument(
    "who",
    N_("WHO"),
    N_("A candidature, or a person: P-004 or a login."),
    required=False,
)
@flag("--due", N_("What is kept longer than the folder says, and nothing else."))
@flag("--again", N_("What an older copy of the database has brought back."))
@option(
    "--line lines",
    N_("N"),
    N_("The words beside a line about the contest, such as a reason; repeatable."),
    multiple=True,
)
@reason
@option("--visa", N_("TEXT"), N_("The reference of the visa of the archives; the line keeps it."))
@flag("--yes", N_("Do not ask before erasing."))
@dry_run
def erase(
    call: Invocation,
    who: str | None,
    due: bool,
    again: bool,
    lines: tuple[str, ...],
    reason: str | None,
    visa: str | None,
    dry_run: bool,
) -> Answer | int:
    """Erase what is held of a candidature or of a person.

    Shows first what goes: answers, documents, reasons, the words of mails. The decisions stay, with
    the marks, the dates and the figures that they rest on, and who decided; the ledger still
    verifies. Refused while a candidature is under way, or a person acts. What has left this
    database, such as mails, exports and backups, is not reached.
    """
    from ptce_workflow.app.admin import erasure
    from ptce_workflow.app.admin.erased import is_pending
    from ptce_workflow.cli.views import erasure as views

    contest = call.contest
    _one_of(who, due=due, again=again, lines=lines)
    going, later, erased = _asked(call, who, lines, due=due)
    if not call.out.as_data:
        now = contest.clock.now()
        show(call.out, views.going(contest.process, going, later, now, dry_run=dry_run))
    if dry_run or not going:
        return Answer((), views.data(going, later, done=False, pending=is_pending(contest)))
    if who is not None or lines:
        erasure.check_reason(reason)
    erasure.check_visa(going, visa)
    if not agreed(call, _("Erase it? It cannot be undone."), _("Nothing was erased.")):
        return NOT_DONE
    gone = erased(reason, visa)
    pending = is_pending(contest)
    by_server = contest.database.file is None
    return Answer(
        views.done(gone, pending=pending, by_server=by_server),
        views.data(gone, later, done=True, pending=pending),
        DONE,
    )


Erase = Callable[[str | None, str | None], "list[Gone]"]
"""Erases for a reason, with the visa of the archives; what is gone."""


def _asked(
    call: Invocation, who: str | None, lines: tuple[str, ...], *, due: bool
) -> tuple[list[Gone], tuple[Gone, ...], Erase]:
    """What would go, what is kept still, and what erases it."""
    from ptce_workflow.app.admin import erasure

    contest = call.contest
    if who is not None:
        named = meant(call, who)
        going = [erasure.goes(contest, named)]
        return going, (), lambda reason, visa: [erasure.erase(contest, named, reason, visa)]
    if due:
        found, later = erasure.due(contest)
        return list(found), later, lambda reason, visa: erasure.erase_due(contest, visa, reason)
    if lines:
        numbers = _numbers(lines)
        going = [erasure.words_told(contest, numbers)]
        return going, (), lambda reason, _visa: [erasure.erase_words(contest, numbers, reason)]
    return erasure.brought_back_told(contest), (), lambda *_: erasure.erase_again(contest)


def _one_of(who: str | None, *, due: bool, again: bool, lines: tuple[str, ...]) -> None:
    """Lets through one thing to erase.

    *Raises* Misuse for none, and for several.
    """
    typed = {_("WHO"): who is not None, "--due": due, "--again": again, "--line": bool(lines)}
    named = [name for name, is_typed in typed.items() if is_typed]
    if not named:
        raise Misuse(
            _("Say what is to be erased."),
            mend=_("For example: {command}").format(command='ptce erase C-012 --reason "…"'),
        )
    alone(named[0], dict.fromkeys(named[1:], True))


def meant(call: Invocation, who: str) -> str:
    """The person as they are typed, or the reference of the candidature that a word means."""
    from ptce_workflow.app.admin.people import list_people

    people = list_people(call.contest)
    known = {name for one in people for name in (one.pseudonym, one.private.get("login"))}
    return who if who in known else call.reference(who)


def _numbers(words: tuple[str, ...]) -> tuple[int, ...]:
    """The numbers of some lines.

    *Raises* Misuse for what is none.
    """
    for word in words:
        if not (word.isascii() and word.isdecimal()) or len(word) > 9:
            raise Misuse(
                _('"{word}" is not the number of a line.').format(word=word),
                mend=_("`ptce history` tells the numbers of lines."),
            )
    return tuple(map(int, words))
