"""Erasing what is held about a person, with a ledger line that says so."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from msgspec import UNSET
from msgspec.structs import replace as but

from ptce_workflow.app.candidatures.history import entries_about, ledger_origin, lines_of
from ptce_workflow.app.outbox.plan import Mailing
from ptce_workflow.app.projections import person_columns, person_of, rows_of, to_columns
from ptce_workflow.app.refusals import reason_given, without_role
from ptce_workflow.app.retention import held
from ptce_workflow.app.retention.backup import left_by_restores, sweep
from ptce_workflow.app.retention.held import Erasure, Gone, finish, listing
from ptce_workflow.base.errors import Misuse, PtceError
from ptce_workflow.base.words import _
from ptce_workflow.ledger.events import clauses
from ptce_workflow.ledger.events.base import UNSAID, Reason
from ptce_workflow.ledger.events.contest import ProcessAdopted
from ptce_workflow.ledger.events.erasure import PersonalDataErased
from ptce_workflow.ledger.state import with_process
from ptce_workflow.process.candidature import by_ref
from ptce_workflow.process.letters.message import PENDING, Stage

if TYPE_CHECKING:
    from ptce_workflow.app.contest import Contest
    from ptce_workflow.app.transaction import Transaction, Words
    from ptce_workflow.process.letters.message import Message


def goes(contest: Contest, who: str) -> Gone:
    """What of a candidature, by its reference, or of a person, by pseudonym or login, would go.

    Raises: Misuse for nobody, PtceError for anyone but the desk, and for who is needed still.
    """
    with contest.looking() as tx:
        gone = _lawful(tx, held.of(tx, who))
        # The law is asked for nothing to be written: whether the archives agree is said later.
        tuple(_told(tx, gone, UNSAID, UNSAID))
        return gone


def due(contest: Contest) -> tuple[tuple[Gone, ...], tuple[Gone, ...]]:
    """What is kept too long, by candidature: what may go, and what waits for an answer still.

    Raises: PtceError for anyone but the desk.
    """
    with contest.looking() as tx:
        held.need_desk(tx)
        may: list[Gone] = []
        not_yet: list[Gone] = []
        for case in sorted(tx.every_case(), key=lambda case: by_ref(case.ref)):
            gone = held.over(tx, case)
            if not gone.is_empty:
                (may if held.is_settled(tx, case) else not_yet).append(gone)
        return tuple(may), tuple(not_yet)


def erase(contest: Contest, who: str, reason: str | None, visa: str | None = None) -> Gone:
    """Erases all that is held of a candidature or of a person; what is gone.

    Raises: Misuse for nobody and without a reason, PtceError for anyone but the desk and where
    the law or the archives stand in the way.
    """
    text = reason_given(reason)
    return _done(contest, lambda tx: [_lawful(tx, held.of(tx, who))], text, visa)[0]


def words_told(contest: Contest, lines: Sequence[int]) -> Gone:
    """The words beside lines about the contest, or about several candidatures, that would go.

    Raises: PtceError for anyone but the desk, and for other lines.
    """
    with contest.looking() as tx:
        gone = held.beside_lines(lines)
        tuple(_told(tx, gone, UNSAID, None))
        return gone


def erase_words(contest: Contest, lines: Sequence[int], reason: str | None) -> Gone:
    """Erases what was written beside lines about the contest, or about several candidatures.

    Raises: Misuse without a reason, PtceError for anyone but the desk, and for other lines.
    """
    return _done(contest, lambda tx: [held.beside_lines(lines)], reason_given(reason))[0]


def erase_due(contest: Contest, visa: str | None = None, reason: str | None = None) -> list[Gone]:
    """Erases what is kept too long, where nothing waits for an answer; what is gone.

    Raises: PtceError for anyone but the desk, and where the archives have not agreed.
    """

    def found(tx: Transaction) -> Iterator[Gone]:
        for case in tx.every_case():
            gone = held.over(tx, case)
            if not gone.is_empty and held.is_settled(tx, case):
                yield gone

    return _done(contest, found, reason_given(reason), visa)


def erase_again(contest: Contest) -> list[Gone]:
    """Erases anew what an older copy of the database has brought back; what is gone.

    Raises: PtceError for anyone but the desk.
    """
    return _done(contest, partial(held.again, contest), "")


def brought_back_told(contest: Contest) -> list[Gone]:
    """What an older copy of the database has brought back, and would be erased anew.

    Raises: PtceError for anyone but the desk.
    """
    with contest.looking() as tx:
        held.need_desk(tx)
        return list(held.again(contest, tx))


def check_reason(reason: str | None) -> None:
    """Lets a reason through before anybody is asked. Raises: Misuse where there is none."""
    if not reason_given(reason):
        raise _no_reason()


def check_visa(going: Iterable[Gone], visa: str | None) -> None:
    """Lets a visa through before anybody is asked, where one is needed.

    Raises: PtceError where it lacks.
    """
    asked = sorted({name for gone in going for name in gone.visas})
    if asked and not (visa or "").strip():
        raise _no_visa(", ".join(asked))


def _no_reason() -> Misuse:
    what = _("Nothing is erased without a reason.")
    why = _("The line keeps who erased what, and why.")
    return Misuse(what, why, _('Add --reason "…"; name nobody in it.'))


def _no_visa(sheets: str) -> PtceError:
    what = _("The archives have not agreed: {sheets}.").format(sheets=sheets)
    why = _("The folder says so of these sheets (`visa = true`).")
    return PtceError(what, why, _('Say which visa they gave: --visa "…"'))


# How it goes.


def _lawful(tx: Transaction, gone: Gone) -> Gone:
    """The same, where anything is there to go. Raises: Misuse where nothing is."""
    if gone.is_empty or _is_gone(tx, gone):
        what = _("Nothing is held of {who} any more.").format(who=gone.called)
        raise Misuse(what, mend=_("`ptce history` tells when it was erased, by whom and why."))
    return gone


def _is_gone(tx: Transaction, gone: Gone) -> bool:
    """True where all that is left is why somebody was erased before."""
    rows = rows_of(tx.unit, tx.contest, gone.subject)
    left = {*gone.rows.get(gone.subject, ())}
    only = all(
        line is not None and isinstance(line.data, PersonalDataErased)
        for line in (rows.get(n) for n in left)
    )
    return only and not any(row.words or row.address for row in held.mails_of(tx, gone))


def _done(
    contest: Contest,
    found: Callable[[Transaction], Iterable[Gone]],
    reason: str,
    visa: str | None = None,
) -> list[Gone]:
    with ExitStack() as listed, contest.acting() as tx:
        everything = list(found(tx))
        if not everything:
            return []
        written = [one for gone in everything for one in _told(tx, gone, reason, visa)]
        tx.flush()
        for gone in everything:
            _let_go(tx, gone)
        listed.enter_context(listing(contest, written))
    finish(contest)
    sweep(left_by_restores(contest.database.file))
    return everything


def _told(tx: Transaction, gone: Gone, reason: str, visa: str | None) -> Iterator[Erasure]:
    """Writes the lines that tell what is gone; as each is to be listed."""
    origin = ledger_origin(tx.unit, tx.contest)
    for subject, numbers in gone.rows.items():
        whole = subject == gone.subject
        if not (numbers or (whole and gone.mails)):
            continue
        event = PersonalDataErased(
            numbers,
            subject,
            again=gone.again or UNSET,
            mails=(gone.mails or UNSET) if whole else UNSET,
            sheets=gone.sheets or UNSET,
            to=UNSET if whole else gone.subject,
            visa=visa or UNSET,
        )
        side, words = (Reason(reason) if reason else None), _words(tx, gone)
        lines = rows_of(tx.unit, tx.contest, subject)
        committed = {
            str(n): (line.pd or {})[subject] for n in numbers if (line := lines.get(n)) is not None
        }
        if subject in tx.cases or _is_case(tx, subject):
            tx.record(subject, event, side, words)
        else:
            tx.record_of_contest(event, {} if side is None else {subject: side}, words)
        erasure = Erasure(origin, tx.n, subject, committed)
        if whole:
            mails = held.mails_of(tx, gone)
            _cancel(tx, mails)
            erasure = but(erasure, mails={row.name: row.sha256 for row in mails})
        yield erasure


def _cancel(tx: Transaction, mails: Sequence[Message]) -> None:
    """Cancels those that have not left: their reader has no address any more.

    Raises: PtceError where one is leaving at this moment.
    """
    waiting: dict[str, list[Message]] = {}
    for row in mails:
        if row.stage == Stage.DATA:
            what = _("{message} is leaving at this moment; nothing was erased.").format(
                message=row.name
            )
            mend = _(
                "Try again in a minute; where its sending was broken off, "
                "once `ptce tick` has said what became of it."
            )
            raise PtceError(what, mend=mend)
        if row.stage in PENDING:
            waiting.setdefault(row.case_id, []).append(row)
    for case_id, rows in waiting.items():
        Mailing.of(tx).cancel(case_id, rows, "recipient")


def _is_case(tx: Transaction, subject: str) -> bool:
    try:
        tx.case(subject)
    except KeyError:
        return False
    return True


def _let_go(tx: Transaction, gone: Gone) -> None:
    """Takes away what the lines just written say is gone, and what is made of it."""
    unit, contest = tx.unit, tx.contest
    for subject, numbers in gone.rows.items():
        for n in numbers:
            unit.remove_side(contest, n, subject)
    for named in gone.documents:
        # Another contest of the server may have been handed the same file since it was looked for.
        unit.hold(named)
        if not unit.sides_naming(f'"{named}"'):
            unit.remove_document(named)
    mails = held.mails_of(tx, gone)
    unit.change_messages(contest, [(row, row.without_words()) for row in mails])
    for row in mails:
        unit.remove_mail(contest, row.number)
    for person in unit.people(contest):
        if person.pseudonym == gone.subject:
            unit.put_person(person_columns(contest, replace(person_of(person), private={})))
    if gone.subject in tx.cases:
        case = tx.cases[gone.subject]
        left = case.but(private=_left(tx, case.id))
        columns = to_columns(tx.process, left)
        unit.update_candidatures([{"contest": contest, "was": case.version, **columns}])


def _left(tx: Transaction, case_id: str) -> dict[str, Any]:
    """What of a candidature may still be erased, by the lines and the side rows that are left."""
    adopted = [line for line, _content in lines_of(tx.unit, tx.contest, (ProcessAdopted,))]
    about = list(entries_about(tx.unit, tx.contest, case_id))
    case: Any = None
    for line, side in sorted((*about, *((one, None) for one in adopted)), key=lambda one: one[0].n):
        if not isinstance(line.data, ProcessAdopted):
            case = line.data.fold(case, line, side)
        elif case is not None:
            case = with_process(case, line.data.states, line.data.dropped)
    return dict(case.private)


def _words(tx: Transaction, gone: Gone) -> Words:
    """The refusals of an erasure."""
    who = gone.called
    return {
        clauses.DESK: lambda _violation: without_role(tx.actor, ("desk",), _(held.DESK_ALONE)),
        clauses.REASON: lambda _violation: _no_reason(),
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
        clauses.VISA: lambda violation: _no_visa(violation.why),
        clauses.NOT_THERE: lambda violation: Misuse(
            _("Nothing that may be erased so stands beside: {lines}.").format(lines=violation.why),
            _("What tells of one candidature or person is erased with it: ptce erase WHO"),
        ),
    }
