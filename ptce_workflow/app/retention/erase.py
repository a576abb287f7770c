"""Erasing what is held about a person, with a ledger line that says so."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from msgspec import UNSET, structs

from ptce_workflow.app.candidatures.history import entries_about, ledger_origin, lines_of
from ptce_workflow.app.outbox import attachments
from ptce_workflow.app.outbox.desk import read_again, rewrite
from ptce_workflow.app.outbox.plan import Mailing
from ptce_workflow.app.people import is_pseudonym
from ptce_workflow.app.pieces import erase_mails
from ptce_workflow.app.projections import person_columns, person_of, rows_of, to_columns
from ptce_workflow.app.refusals import reason_given, without_role
from ptce_workflow.app.retention.backup import left_by_restores, sweep
from ptce_workflow.app.retention.held import (
    DESK_ALONE,
    Holdings,
    Selection,
    announced,
    finish,
    mails_of,
    selected,
    signed_by_contest,
)
from ptce_workflow.base.errors import Misuse, PtceError
from ptce_workflow.base.words import _
from ptce_workflow.ledger.events import clauses
from ptce_workflow.ledger.events.base import CONTEST_SUBJECT, UNSAID, Reason
from ptce_workflow.ledger.events.contest import ProcessAdopted
from ptce_workflow.ledger.events.erasure import ListedErasure, PersonalDataErased, mail_name
from ptce_workflow.ledger.state import with_process
from ptce_workflow.process.letters.message import PENDING, Message, Move, Stage

if TYPE_CHECKING:
    from ptce_workflow.app.contest import Contest
    from ptce_workflow.app.transaction import Transaction, Words


def preview(
    contest: Contest, selection: Selection, reason: str | None = UNSAID, visa: str | None = UNSAID
) -> tuple[Sequence[Holdings], Sequence[Holdings]]:
    """What an erasure would remove; and what is kept too long, but waits for an answer or a mail.

    Raises: Misuse for nobody and without a reason, PtceError for anyone but the desk, for who is
    needed still and without a visa.
    """
    with contest.looking() as tx:
        erasable, waiting = selected(contest, tx, selection)
        _check_anything_held(tx, selection, erasable)
        for holdings in erasable:
            tuple(_record(tx, holdings, reason_given(reason), visa))
        return erasable, waiting


def erase(
    contest: Contest, selection: Selection | str, reason: str | None, visa: str | None = None
) -> Sequence[Holdings]:
    """Erases what is selected, or all that is held of somebody; what was held.

    Raises: Misuse for nobody and without a reason, PtceError for anyone but the desk and where
    the law or the archives stand in the way.
    """
    if isinstance(selection, str):
        selection = Selection(selection)
    reason = reason_given(reason)
    with ExitStack() as after, contest.acting() as tx:
        erasable, _waiting = selected(contest, tx, selection)
        _check_anything_held(tx, selection, erasable)
        if not erasable:
            return erasable
        erasures = [
            erasure for holdings in erasable for erasure in _record(tx, holdings, reason, visa)
        ]
        tx.flush()
        for holdings in erasable:
            _remove(tx, holdings)
        after.enter_context(announced(contest, signed_by_contest(contest, tx.unit, erasures)))
    finish(contest)
    sweep(left_by_restores(contest.database.file))
    return erasable


def _check_anything_held(
    tx: Transaction, selection: Selection, erasable: Iterable[Holdings]
) -> None:
    """Raises: Misuse for somebody of whom nothing is held any more."""
    for holdings in erasable if selection.who else ():
        rows = rows_of(tx.unit, tx.contest, holdings.subject)
        left = [rows.get(n) for n in holdings.rows.get(holdings.subject, ())]
        # Where somebody was erased before, why they were is all that is left.
        only = all(line is not None and isinstance(line.data, PersonalDataErased) for line in left)
        says = only and any(row.words or row.address for row in mails_of(tx, holdings))
        if holdings.is_empty or (only and not says):
            what = _("Nothing is held of {who} any more.").format(who=holdings.called)
            raise Misuse(what, mend=_("`ptce history` tells when it was erased, by whom and why."))


def _record(
    tx: Transaction, holdings: Holdings, reason: str, visa: str | None
) -> Iterator[ListedErasure]:
    origin = ledger_origin(tx.unit, tx.contest)
    for subject, numbers in holdings.rows.items():
        whole = subject == holdings.subject
        mails = mails_of(tx, holdings) if whole else []
        if not (numbers or mails):
            continue
        event = PersonalDataErased(
            numbers,
            subject,
            again=holdings.again or UNSET,
            mails=tuple(mail.name for mail in mails) or UNSET,
            sheets=holdings.sheets or UNSET,
            to=UNSET if whole else holdings.subject,
            visa=visa or UNSET,
        )
        side, words = (Reason(reason) if reason else None), _words(tx, holdings)
        lines = rows_of(tx.unit, tx.contest, subject)
        hashes = {
            str(n): (line.pd or {})[subject] for n in numbers if (line := lines.get(n)) is not None
        }
        if subject == CONTEST_SUBJECT or is_pseudonym(subject):
            tx.record_of_contest(event, {} if side is None else {subject: side}, words)
        else:
            tx.record(subject, event, side, words)
        gone = {mail.name: mail.sha256 for mail in mails}
        gone |= {mail_name(mail.number): mail.sha256 for mail in holdings.received if whole}
        yield ListedErasure(origin, tx.n, subject, hashes, gone)
        waiting: dict[str, list[Message]] = {}
        for row in mails:
            if row.stage == Stage.DATA:
                raise _leaving(row.name)
            if row.stage in PENDING:
                waiting.setdefault(row.case_id, []).append(row)
        for case_id, rows in waiting.items():
            Mailing.of(tx).cancel(case_id, rows, "recipient")
        if whole:
            _write_anew(tx, holdings)


def _write_anew(tx: Transaction, holdings: Holdings) -> None:
    """Has the waiting mails of others written anew, without the attachments that are erased."""
    others = {row.number for row in holdings.attachments} - {row.number for row in holdings.mails}
    for number in sorted(others):
        row = tx.unit.message(tx.contest, number)
        if row is None or row.stage == Stage.DATA:
            raise _leaving(f"M-{number:03d}")
        if row.stage not in PENDING:
            continue
        if row.held or row.stage == Stage.HELD:
            read_again(tx, row)
        elif row.sha256:
            if row.stage == Stage.CLAIMED:
                row = Mailing.of(tx).move(row, Move.UNCLAIM, attempts=row.attempts - 1)
            if row.stage == Stage.PLANNED:
                # It may have arrived, and was to leave again as it was.
                Mailing.of(tx).change(row, structs.replace(row, words="", sha256=""))
            else:
                rewrite(tx, row)


def _leaving(name: str) -> PtceError:
    what = _("{message} is leaving at this moment; nothing was erased.").format(message=name)
    mend = _(
        "Try again in a minute; where its sending was broken off, "
        "once `ptce tick` has said what became of it."
    )
    return PtceError(what, mend=mend)


def _remove(tx: Transaction, holdings: Holdings) -> None:
    unit, contest = tx.unit, tx.contest
    for subject, numbers in holdings.rows.items():
        for n in numbers:
            unit.remove_side(contest, n, subject)
    erase_mails(unit, contest, holdings.received)
    for document in holdings.documents:
        unit.drop_document(document)
    # Those that waited are cancelled by now: what waits asks others to delete their files.
    mails = [row for row in mails_of(tx, holdings) if row.stage not in PENDING]
    own = {(row.number, row.place) for row in holdings.attachments}
    gone, every = {row.number for row in mails}, unit.attachments(contest)
    files = [row for row in every if row.number in gone or (row.number, row.place) in own]
    attachments.erase(unit, contest, files)
    unit.change_messages(contest, [(row, row.without_words()) for row in mails])
    for row in mails:
        unit.remove_mail(contest, row.number)
    for person in unit.people(contest):
        if person.pseudonym == holdings.subject:
            unit.put_person(person_columns(contest, structs.replace(person_of(person), private={})))
    if holdings.subject in tx.cases:
        case = tx.cases[holdings.subject]
        left = case.but(private=_left(tx, case.id))
        columns = to_columns(tx.process, left)
        unit.update_candidatures([{"contest": contest, "was": case.version, **columns}])


def _left(tx: Transaction, case_id: str) -> dict[str, Any]:
    """What of a candidature may still be erased, by the lines and the side rows that are left."""
    adopted = [line for line, _content in lines_of(tx.unit, tx.contest, (ProcessAdopted,))]
    about = list(entries_about(tx.unit, tx.contest, case_id))
    case: Any = None
    entries = (*about, *((line, None) for line in adopted))
    for line, side in sorted(entries, key=lambda entry: entry[0].n):
        if not isinstance(line.data, ProcessAdopted):
            case = line.data.fold(case, line, side)
        elif case is not None:
            case = with_process(case, line.data.states, line.data.dropped)
    return dict(case.private)


def _words(tx: Transaction, holdings: Holdings) -> Words:
    who = holdings.called
    return {
        clauses.DESK: lambda _violation: without_role(tx.actor, ("desk",), _(DESK_ALONE)),
        clauses.REASON: lambda _violation: Misuse(
            _("Nothing is erased without a reason."),
            _("The line keeps who erased what, and why."),
            _('Add --reason "…"; name nobody in it.'),
        ),
        clauses.UNDER_WAY: lambda _violation: PtceError(
            _("{ref} is under way: what it told is needed to decide on it.").format(ref=who),
            _("It may be erased once it has ended, and no request waits for an answer."),
            _("`ptce why {ref}` shows the ways out; who wants to be erased may withdraw.").format(
                ref=who
            ),
        ),
        clauses.STILL_ACTS: lambda _violation: PtceError(
            _("{who} acts still: nobody else would know whom the ledger means.").format(who=who),
            mend=_("Have them leave first: ptce people leave {who}").format(who=who),
        ),
        clauses.MAIL_WAITS: lambda violation: PtceError(
            _("Mails that tell of {who} are still to leave: {names}.").format(
                who=who, names=violation.why
            ),
            _("Their reader would never be told."),
            _("Let them leave, or drop them: ptce mail list --ref {who}").format(who=who),
        ),
        clauses.VISA: lambda violation: PtceError(
            _("The archives have not agreed: {sheets}.").format(sheets=violation.why),
            _("The folder says so of these sheets (`visa = true`)."),
            _('Say which visa they gave: --visa "…"'),
        ),
        clauses.NOT_THERE: lambda violation: Misuse(
            _("Nothing that may be erased so stands beside: {lines}.").format(lines=violation.why),
            _("What tells of one candidature or person is erased with it: ptce erase WHO"),
        ),
    }
