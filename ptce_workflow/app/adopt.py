"""Adopting a process: the one way in which a rule changes, written down with its reason."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import unified_diff
from typing import TYPE_CHECKING

from ptce_workflow.app.admin.consequences import (
    Consequences,
    MovedDate,
    answers,
    forms_out,
    mails_moved,
    moved,
    told_before,
    turned,
)
from ptce_workflow.app.admin.limits import limits_moved
from ptce_workflow.app.jury.convocation import CallMoved, calls_moved
from ptce_workflow.app.jury.meetings import held_before
from ptce_workflow.app.locations import read_folder
from ptce_workflow.app.policies import ask, context
from ptce_workflow.app.post.entries import after_adoption
from ptce_workflow.app.post.plan import Mailing, number_of, replan_everything
from ptce_workflow.app.post.review import (
    hold_what_changed,
    rewrite_queued,
    said_of_released,
)
from ptce_workflow.app.refusals import reason_given, unknown_name, without_role
from ptce_workflow.app.transaction import Transaction, Words
from ptce_workflow.base.errors import Misuse, PtceError
from ptce_workflow.base.words import N_, _
from ptce_workflow.ledger.events import clauses as law
from ptce_workflow.ledger.events.base import CONTEST_SUBJECT, Clause, Context
from ptce_workflow.ledger.events.contest import ProcessAdopted
from ptce_workflow.process.check import sound
from ptce_workflow.process.model.catalogues import in_other_words
from ptce_workflow.process.process import Process

if TYPE_CHECKING:
    from ptce_workflow.app.contest import Contest


_UNMAPPED: Mapping[str, str] = {}
_NONE = Consequences()


class _OnlyTried(Exception):
    """Takes back what an adoption that is only tried has done."""

    def __init__(self, consequences: Consequences) -> None:
        super().__init__()
        self.consequences = consequences


@dataclass(frozen=True, slots=True)
class Adoption:
    """The changes of an adoption: both processes, their difference as text, the dates that move.

    `held` are the messages that were released, or waited for nobody, and wait for a reader now.
    `reread` tells that a limit changes which the decisions of a sitting that was held have read.
    `consequences` are those of one that is only tried. `over` are the dates that move though they
    were over, or that would be over at once: an adoption that is to ask is tried, and no more.
    `calls` are the sittings that are called for an hour that is no more their date.
    """

    before: Process
    after: Process
    difference: str
    dates: tuple[MovedDate, ...]
    line: int
    held: tuple[str, ...] = ()
    consequences: Consequences = _NONE
    over: tuple[MovedDate, ...] = ()
    calls: tuple[CallMoved, ...] = ()
    reread: bool = False

    @property
    def moved(self) -> tuple[str, ...]:
        """The dates that move, each in words: `date.name: before → after`."""
        return tuple(map(str, self.dates))

    @property
    def changes(self) -> bool:
        """True when the folder differs from the process that was in force."""
        return self.before.hash != self.after.hash

    @property
    def words_alone(self) -> bool:
        """True when nothing but words differs: phrases, their translations, texts of mails."""
        return self.changes and in_other_words(self.before.definition, self.after.definition)


def adopt(
    contest: Contest,
    reason: str | None,
    *,
    states: Mapping[str, str] = _UNMAPPED,
    drop: Sequence[str] = (),
    dry_run: bool = False,
    ask: bool = False,
) -> Adoption:
    """Makes the folder the process in force, in one transaction.

    *Shape* with `ask`, what moves a date that is over, or a limit that a sitting has read, is only
    tried: see `Adoption.over` and `.reread`.
    *Raises* FolderFaults for a folder with faults; Misuse for a missing reason or a name that
    leads nowhere; PtceError when a candidature would be left without its state or its facts.
    """
    reason = reason_given(reason)
    after = sound(read_folder(contest.folder))
    held: tuple[str, ...] = ()
    consequences, over, reread = _NONE, tuple[MovedDate, ...](), False
    try:
        with contest.acting(adopting=True) as act:
            before, line = act.process, act.n
            difference, dates = "".join(differing(before, after)), tuple(moved(before, after))
            event = ProcessAdopted(tuple(sorted({*drop})), before.hash, dict(states), after.hash)
            calls = tuple(calls_moved(act, before, after))
            if ask:
                over = tuple(one for one in dates if one.is_over(act.now))
                reread = any(limits_moved(before, after, held_before(act).decided))
            dry_run = dry_run or bool(over) or reread
            # What is only tried needs no reason.
            subjects = (CONTEST_SUBJECT,) if reason or dry_run else ()
            _must_be_lawful(act, after, event, context(act, subjects=subjects, after=after))
            if before.hash != after.hash and dry_run:
                raise _OnlyTried(_tried(act, after, event))
            if before.hash != after.hash:
                line, held = _adopted(act, after, event, reason)
                act.commit()
    except _OnlyTried as tried:
        consequences = tried.consequences
    if not dry_run:
        contest.folder_hash = after.hash
    told = difference, dates, line, held, consequences, over, calls, reread
    return Adoption(before, after, *told)


def _adopted(
    act: Transaction, after: Process, event: ProcessAdopted, reason: str
) -> tuple[int, tuple[str, ...]]:
    """Adopts, and plans the mails anew as the new process has them; the line, and mails to read."""
    before, said = act.process, said_of_released(act)
    line = act.adopt(after, event, reason)
    doubted = rewrite_queued(act)
    replan_everything(act, why="process")
    held = hold_what_changed(act, said)
    mailing, numbers = Mailing.of(act), frozenset(map(number_of, doubted))
    for case in (None, *act.every_case()):
        after_adoption(mailing, before, after, case, numbers)
    mailing.announce(before, line)
    return line, held


def _tried(act: Transaction, after: Process, event: ProcessAdopted) -> Consequences:
    """What would follow: all is done as if it were adopted, and what it makes of it is compared."""
    before = act.process
    alike = in_other_words(before.definition, after.definition)
    then = {} if alike else answers(act)
    forms = tuple(forms_out(list(act.every_case()), before, after))
    _adopted(act, after, event, "")
    verdicts = () if alike else tuple(turned(then, answers(act)))
    mails, told = mails_moved(Mailing.of(act)), told_before(act, before, after)
    freed = [(one.ref, one.state, one.transition) for one in verdicts if one.after == "allowed"]
    limits = limits_moved(before, after, held_before(act).decided, freed)
    return Consequences(verdicts, tuple(mails), tuple(told), forms, tuple(limits))


def _must_be_lawful(act: Transaction, after: Process, event: ProcessAdopted, ctx: Context) -> None:
    """Asks the law: what of the contest does not fit is told all at once, after what is wrong.

    *Raises* PtceError for the first thing that is wrong, or for all that does not fit.
    """
    breaches, words = list(event.may(ctx)), _words(act, after)
    problems = []
    for breach in breaches:
        if breach.clause in UNFIT:
            name, refs = breach.why.split(": ", 1)
            says = _(UNFIT[breach.clause])
            names = dict.fromkeys(("state", "request", "field", "panel"), name)
            problems.append(says.format(refs=refs, **names))
    ask((one for one in breaches if one.clause in words), words)
    if problems:
        raise PtceError(
            _("The new process does not fit what is recorded; nothing was changed."),
            "\n".join(problems),
            _("Say what becomes of it: --map old=new for a state, --drop sheet.field for facts."),
        )
    # Told last: a folder that does not fit is mended before anybody says why it is adopted.
    # One that changes nothing is told, not refused.
    ask((one for one in breaches if one.clause is not law.SAME), _WITHOUT_REASON)


def _words(act: Transaction, after: Process) -> Words:
    """The refusals of an adoption that may not be, each with how to mend it."""
    before = act.process
    ids = [process.definition.config.contest.id for process in (before, after)]
    return {
        law.DESK: lambda _breach: without_role(
            act.actor, ("desk",), _("Only the desk adopts a process.")
        ),
        law.CONTEST: lambda _breach: PtceError(
            _('The contest is called "{old}", the folder says "{new}".').format(
                old=ids[0], new=ids[1]
            ),
            _("A ledger tells of one contest, under one name."),
            _("Put contest.id back, or begin another contest with `ptce init`."),
        ),
        law.MAP: lambda breach: _unmapped(before, after, *breach.why.split(" → ")),
        law.DROP: lambda breach: unknown_name(
            _('--drop: there was no field "{name}".').format(name=breach.why),
            breach.why,
            before.definition.field_names(),
        ),
    }


def _unmapped(before: Process, after: Process, old: str, new: str) -> PtceError:
    """The error for a state that cannot be renamed so."""
    if old not in before.states:
        what = _('--map: there was no state "{name}".').format(name=old)
        return unknown_name(what, old, before.states)
    if new not in after.states:
        what = _('--map: there is no state "{name}" now.').format(name=new)
        return unknown_name(what, new, after.states)
    return Misuse(
        _('--map: the state "{name}" is still there.').format(name=old),
        _("An adoption renames states; only transitions move candidatures."),
    )


_WITHOUT_REASON: Words = {
    law.REASON: lambda _breach: Misuse(
        _("An adoption needs a reason."),
        _("The ledger keeps why a rule changed."),
        _('Add --reason "…".'),
    )
}
UNFIT: Mapping[Clause, str] = {
    law.HOMELESS: N_('The state "{state}" is gone; candidatures stand there: {refs}.'),
    law.UNANSWERED: N_(
        'The request "{request}" is gone, and waits for an answer: {refs}. Answer it first.'
    ),
    law.MISFIT: N_('The facts of "{field}" no longer fit: {refs}.'),
    law.REFIGURED: N_(
        'The scores of "{panel}" are closed, and would come to other means: {refs}. '
        "Put its members, weights and criteria back until the sitting has decided."
    ),
}
"""What of the contest another process does not hold, by the clause that it would break."""


def differing(before: Process, after: Process) -> Iterator[str]:
    """The lines by which the files of two processes differ, as `diff -u` writes them."""
    for path in sorted(before.files.keys() | after.files.keys()):
        old, new = (
            process.files.get(path, b"").decode("utf-8", "replace").splitlines(keepends=True)
            for process in (before, after)
        )
        yield from unified_diff(old, new, f"a/{path}", f"b/{path}", n=1)
