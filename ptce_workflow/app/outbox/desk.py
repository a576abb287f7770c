"""What the desk decides about mails: release, edit, drop, resolve, review.

The ledger names the words that were released: they leave, or nobody has read what does. What is
recorded of a candidature after a release does not count, for its reader knew what they released;
a process that is adopted, or a mail that is tried again, asks for a new look.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any, Self

from msgspec import Struct
from msgspec.structs import replace

from ptce_workflow.app.contest import Contest, Seen, atomic, judge
from ptce_workflow.app.outbox.attachments import WholeMail, named_in, whole_mail
from ptce_workflow.app.outbox.letters import Letters, letter_of, rewritten_of
from ptce_workflow.app.outbox.plan import (
    CONTEST,
    Mailing,
    called_by,
    case_of,
    number_of,
    untrusted,
    was_uncertain,
)
from ptce_workflow.app.outbox.waiting import WHENEVER, doubts
from ptce_workflow.app.people import need_desk
from ptce_workflow.app.projections import due_of, instant_in
from ptce_workflow.app.refusals import reason_given, unknown_name, without_role
from ptce_workflow.app.transaction import Transaction, Words
from ptce_workflow.base.errors import Misuse, PtceError
from ptce_workflow.base.notation import from_text, to_text
from ptce_workflow.base.words import N_, _, language, long_instant
from ptce_workflow.ledger.events import clauses
from ptce_workflow.ledger.events.base import NO_SIDES, Reason, Violation
from ptce_workflow.ledger.events.contest import ROLES
from ptce_workflow.ledger.events.delivery import (
    MOVES,
    MessageBounced,
    MessageDropped,
    MessageEdited,
    MessageResolved,
)
from ptce_workflow.ledger.events.mail import CANCELLED_BECAUSE, AboutMails, MessagesReleased
from ptce_workflow.process.candidature import Candidature, by_ref
from ptce_workflow.process.explain import closed_text
from ptce_workflow.process.letters.message import (
    ENDED,
    HAVE_LEFT,
    LEAVING,
    PENDING,
    RETURNED,
    Message,
    Move,
    Stage,
    label_of,
    may,
    words_hash,
)
from ptce_workflow.process.letters.planning import takes_back
from ptce_workflow.process.letters.variables import Letter
from ptce_workflow.process.model.folder import mail_file
from ptce_workflow.process.model.notification import CONTACT, DESK_LETTER
from ptce_workflow.process.process import sheet_label


def says_now(letters: Letters, row: Message) -> str:
    """The words of a message if it were written now, or "" where its letter cannot be written."""
    try:
        return letters.words(replace(row, words=""))
    except PtceError:
        return ""


def says_the_same(letters: Letters, row: Message) -> bool:
    """True where what was read, or rewritten, stands for what the message would say now."""
    now, rewritten = says_now(letters, row), rewritten_of(row.words)
    return now == row.words if rewritten is None else words_hash(now) == rewritten.instead


def words_of_released(tx: Transaction) -> dict[int, str]:
    """The present words of the messages that were released and have not left, by number."""
    letters = Letters(tx)
    return {row.number: says_now(letters, row) for row in _pending(tx) if row.held and row.words}


def hold_what_changed(tx: Transaction, words_before: Mapping[int, str]) -> tuple[str, ...]:
    """Has read again what an adoption makes say something else, or what waits for a reader now.

    Shape: `words_before` is what `words_of_released` gave under the process before. The names of
    those that wait for a reader again.
    """
    letters, held = Letters(tx), []
    for before in _pending(tx):
        row = Mailing.of(tx).as_changed(before)
        if _is_unread(tx, letters, row, words_before):
            row = read_again(tx, row)
        if row.stage == Stage.HELD:
            held.append(row.name)
    return tuple(held)


def _is_unread(
    tx: Transaction, letters: Letters, row: Message, words_before: Mapping[int, str]
) -> bool:
    """True when a message is about to leave in words that nobody has read, and somebody should."""
    notification = tx.process.definition.notifications.get(row.notification)
    # Bytes that are kept although the process has changed may have arrived: they stay as they are.
    waits = row.stage == Stage.PLANNED and not row.sha256
    if notification is None or not waits or takes_back(row.occurrence):
        return False
    if not row.held:
        return notification.held
    return says_now(letters, row) not in (row.words, words_before.get(row.number))


def look_again(tx: Transaction, row: Message) -> None:
    """Has what is planned read again, unless its released words are its words."""
    notification = tx.process.definition.notifications.get(row.notification)
    if notification is None or takes_back(row.occurrence) or not (row.held or notification.held):
        return
    if not (row.held and row.words and says_the_same(Letters(tx), row)):
        read_again(tx, Mailing.of(tx).as_changed(row))


def read_again(tx: Transaction, row: Message) -> Message:
    """Plans a message anew, at its hour; its row, held for a reader if the process says so."""
    mailing = Mailing.of(tx)
    mailing.cancel(row.case_id, [row], "words" if row.held else "process")
    mailing.plan(row.case_id, {row.key: due_of(row)}, [row], sequence=row.sequence)
    return mailing.as_changed(row)


def _pending(tx: Transaction) -> Iterator[Message]:
    """The messages that have not left, as they stood when the act began."""
    for stage in PENDING:
        if stage is not Stage.HELD:
            yield from tx.unit.messages_at(tx.contest, stage)


_QUEUED = (Stage.QUEUED, Stage.RETRY, Stage.CLAIMED)


def rewrite_queued(tx: Transaction) -> None:
    """Has what waits in the queue written anew: the process has changed what it would say.

    What may have arrived leaves as the very same mail.
    """
    for stage in _QUEUED:
        for row in tx.unit.messages_at(tx.contest, stage):
            if not was_uncertain(tx, row):
                if stage is Stage.CLAIMED:
                    row = Mailing.of(tx).move(row, Move.UNCLAIM, attempts=row.attempts - 1)
                rewrite(tx, row)


def rewrite(tx: Transaction, row: Message) -> None:
    released = row.words if row.held else ""
    Mailing.of(tx).move(row, Move.UNQUEUE, words=released, sha256="")


BOUNCED = "bounced"
"""The outcome of a mail that came back."""

_UNREAD: Mapping[str, str] = {}
_FIRST_ONES = 20


class Posted(Struct, frozen=True):
    """A message in a list; `ref` and `candidature` are empty for one about the contest.

    `address` is that to which it went, or would go now; a `doubtful` one is an address from which a
    mail came back. `leaves` is when it will leave if nothing else happens, and `moot` says that it
    never will: it is of no more use by then. Both are None where the mail was not compared with
    what lies ahead.
    """

    name: str
    stage: Stage
    notification: str
    label: str
    ref: str
    candidature: str
    recipient: str
    to: str
    due: datetime
    next_at: datetime
    held: bool
    attempts: int
    said: str
    address: str
    rewritten: bool = False
    doubtful: bool = False
    leaves: datetime | None = None
    moot: bool | None = None

    def forecast(self, ahead: Mapping[str, datetime]) -> Self:
        """With the hour at which it leaves, by its name; one that waits and has none is moot."""
        waits = self.stage in PENDING and self.stage in LEAVING
        moot = waits and self.name not in ahead and not self.doubtful
        return replace(self, leaves=ahead.get(self.name), moot=moot)

    @property
    def waits_for_person(self) -> bool:
        return self.stage is Stage.HELD or (self.stage is Stage.PLANNED and self.doubtful)


class AttachedFile(Struct, frozen=True):
    """An attachment of a mail; its size is None where its bytes are not kept."""

    name: str
    sha256: str
    size: int | None
    erased: bool = False


class LetterView(Struct, frozen=True):
    """A message and what it says; `frozen` once it will say nothing else.

    `words` names all that is read before a release, the calendar entry and the attachments
    included; `remarks` say what whoever releases it has to know besides.
    """

    posted: Posted
    letter: Letter
    frozen: bool
    words: str
    eml: bytes | None
    remarks: tuple[str, ...] = ()
    attached: tuple[AttachedFile, ...] = ()


def messages(
    contest: Contest,
    stages: Sequence[str] = (),
    *,
    ref: str | None = None,
    notification: str | None = None,
    to: str | None = None,
    names: Sequence[str] = (),
) -> tuple[Posted, ...]:
    """The messages at some stages, else all that have not ended. Raises: Misuse.

    Shape: `to` is a part of the address or the name of their reader; `names` choose alone.
    """
    for stage in stages:
        if stage not in tuple(Stage):
            what = _('"{name}" is not a stage of a message.').format(name=stage)
            raise unknown_name(what, stage, list(map(str, Stage)))
    with contest.looking() as tx:
        if names:
            return tuple(posted(tx, Letters(tx), row) for row in _every(tx, names))
        unit, notifications = tx.unit, tx.process.definition.mails
        if notification is not None and notification not in notifications:
            what = _('There is no notification "{name}".').format(name=notification)
            raise unknown_name(what, notification, notifications)
        about = None if ref is None else tx.load([ref])[0].id
        wanted = [Stage(stage) for stage in stages] or [s for s in Stage if s not in ENDED]
        letters = Letters(tx)
        rows = unit.messages_of(contest.id, about) if about else unit.messages(contest.id)
        chosen = [
            row for row in rows if row.stage in wanted and notification in (None, row.notification)
        ]
        chosen.sort(key=lambda row: (row.next_at, row.number))
        listed, part = (posted(tx, letters, row) for row in chosen), (to or "").casefold()
        return tuple(one for one in listed if part in f"{one.to} <{one.address}>".casefold())


def letter_view(contest: Contest, name: str, language: str | None = None) -> LetterView:
    """A message and its words. Raises: Misuse, TemplateFault, PtceError."""
    with contest.looking() as tx:
        row, letters = row_of(tx, name), Letters(tx)
        _may_read(tx, row, case_of(tx, row))
        recorded, column = Mailing.of(tx).recorded(row), Mailing.of(tx).difference(row)
        remark = _("The row of {message} is not as the ledger tells it ({column}): ptce verify")
        known = {"message": row.name, "column": column}
        remarks: tuple[str, ...] = (remark.format(**known),) if column else ()
        has_left = recorded is not None and recorded.stage in HAVE_LEFT
        row = row.as_it_left(recorded) if recorded is not None and has_left else row
        mail = whole_mail(tx.unit, contest.id, row.number) if row.sha256 else WholeMail(None, None)
        content = mail.content
        left = _bytes_that_left(contest, row, mail) if has_left else None
        files = _attached(tx, row)
        if row.sha256 and not row.words and left is None:
            # What left is known by its hash alone: what it would say now is another letter.
            text = _("Its words were erased. The SHA-256 of the bytes that left stays: {hash}")
            text = text.format(hash=row.sha256)
            own = language or tx.process.language
            letter = Letter(_("(erased)"), f"{text}\n", f"<p>{text}</p>", own)
            return LetterView(posted(tx, letters, row), letter, True, "", None, remarks)
        shown, frozen = posted(tx, letters, row), bool(row.words)
        if left is not None and language in (None, left.language):
            return LetterView(shown, left, True, words_hash(row.words), content, remarks, files)
        if shown.doubtful and row.stage in PENDING:
            text = _(
                "A mail to this address came back. To let this one leave all the same: {command}"
            )
            remarks = (*remarks, text.format(command=f"ptce mail release {name}"))
        words, remarks = letters.words(row, language), (*remarks, *doubts(tx, row))
        says, files = words_hash(words), files or _attached(tx, replace(row, words=words))
        return LetterView(shown, letter_of(words), frozen, says, content, remarks, files)


def _attached(tx: Transaction, row: Message) -> tuple[AttachedFile, ...]:
    """The attachments of a mail: those that are kept, else those that its words name."""
    written = (one for files in Mailing.of(tx).files.values() for one in files)
    fresh = {one.sha256: one.content for one in written}
    every: Sequence[Any] = tx.unit.attachments_of(tx.contest, row.number) or named_in(row.words)
    files = []
    for one in every:
        content = fresh.get(one.sha256) or tx.unit.document(one.sha256)
        size = None if content is None else len(content)
        files.append(AttachedFile(one.name, one.sha256, size, getattr(one, "erased", False)))
    return tuple(files)


def _bytes_that_left(contest: Contest, row: Message, mail: WholeMail) -> Letter | None:
    """The letter that the bytes of a mail say. Raises: PtceError unless they are those that left.

    None once they were erased, and as of an earlier instant, where no bytes are kept.
    """
    from ptce_workflow.mail.message import letter_in

    content = mail.content
    if mail.text is not None and mail.gone:
        return letter_in(mail.text)
    if content is None and (row.erased or not contest.holds_bytes):
        return None
    if content is None or sha256(content).hexdigest() != row.sha256:
        what = _("The mail {name} is missing, or not the one that was sent.")
        mend = _("Compare all that is kept with the ledger: ptce verify")
        raise PtceError(what.format(name=row.name), mend=mend)
    return letter_in(content)


def _may_read(tx: Transaction, row: Message, case: Candidature | None) -> None:
    """Lets through whoever may read a mail: it may tell marks, or all that is known of others."""
    sheets_hidden = tx.process.kept_from(tx.actor.roles)
    if sheets_hidden and row.recipient != tx.actor.pseudonym:
        sheets = ", ".join(sheet_label(tx.process, name) for name in sorted(sheets_hidden))
        why = _("It may tell what is kept from you: {sheets}.").format(sheets=sheets)
        raise PtceError(_("{message} is not for you to read.").format(message=row.name), why)
    closed = () if case is None else [one for one in tx.seen(case).closed if one in case.panels]
    if case is not None and closed:
        what = _("{message} is about {ref}, and may tell its marks.").format(
            message=row.name, ref=case.ref
        )
        raise PtceError(what, closed_text(tx.process, closed[0], case))


def next_readers(contest: Contest) -> tuple[tuple[str, str], ...]:
    """Some mails that are to leave or failed, the next ones first: name and address of each."""
    with contest.looking() as tx:
        letters, rows = Letters(tx), []
        for stage in (*LEAVING, Stage.FAILED, Stage.HELD):
            rows += tx.unit.messages_due(contest.id, stage, WHENEVER, _FIRST_ONES)
        return tuple((row.name, letters.address(row)[1]) for row in rows)


@atomic
def release(
    tx: Transaction,
    names: Sequence[str],
    reason: str | None = None,
    *,
    read: Mapping[str, str] = _UNREAD,
) -> tuple[Posted, ...]:
    """Lets messages leave that wait for a person, in the words that they have read; all, or none.

    Shape: `read` gives for each name what `LetterView.words` said when it was read.
    Raises: PtceError when one does not wait, would say something else by now, or would be cancelled
    when it is to leave; for the mail of a decision that a later one has replaced, unless it is
    alone and there is a `reason`.
    """
    letters, released, rows = Letters(tx), [], list(_every(tx, names))
    if reason is not None and len(rows) > 1:
        raise Misuse(_("A reason is given for one mail alone."))
    text = reason_given(reason)
    for row in rows:
        ask(tx, row, MessagesReleased({row.name: row.read}), reason=text)
        _refuse_release(tx, row)
    # As they were read, together: what only a first mail says goes once the first is released.
    texts = {row.number: letters.words(row) for row in rows}
    for row in rows:
        if row.words and not says_the_same(letters, row):
            what = _(
                "{message} was rewritten, and would say something else by itself since."
            ).format(message=row.name)
            mend = _("Look at it again: {command}").format(command=f"ptce mail edit {row.name}")
            raise PtceError(what, _("What was written may be true no more."), mend)
        words = texts[row.number]
        named = words_hash(words)
        if read.get(row.name, named) != named:
            raise PtceError(
                _("{message} would not say any more what you have read.").format(message=row.name),
                _("What is recorded of the candidature has changed meanwhile."),
                _("Read it again: ptce mail show {message}").format(message=row.name),
            )
        event = MessagesReleased({row.name: named})
        released.append(Mailing.of(tx).tell(row, event, _side(text), words=words))
    return tuple(posted(tx, letters, row) for row in released)


def _refuse_release(tx: Transaction, row: Message) -> None:
    """Raises: PtceError for a message that waits for nobody, or that the courier would cancel."""
    mailing, name = Mailing.of(tx), row.notification
    if row.stage != Stage.HELD and not (row.stage == Stage.PLANNED and mailing.is_doubtful(row)):
        raise _not_so(row, _(_NOT_HELD))
    notification = tx.process.definition.notifications.get(name)
    if notification is None or takes_back(row.occurrence):
        return
    moot = mailing.moot(replace(row, held=True), max(tx.now, due_of(row)))
    if moot is not None:
        what = _("{message} would be cancelled, not sent: {why}.")
        why = _("{file} says so: when = {rule}") if moot == "condition" else ""
        mend = _("To have it wait no more: {command}") if row.stage == Stage.HELD else ""
        raise PtceError(
            what.format(message=row.name, why=_(CANCELLED_BECAUSE[moot])),
            why.format(file=mail_file(name), rule=notification.when),
            mend.format(command=f'ptce mail drop {row.name} --reason "…"'),
        )


@atomic
def resolve(tx: Transaction, name: str, outcome: str, reason: str | None = None) -> Posted:
    """Says what becomes of a message that stands still. Raises: Misuse, PtceError."""
    row = _resolve(tx, row_of(tx, name), outcome, reason_given(reason))
    return posted(tx, Letters(tx), row)


@atomic
def resolve_each(
    tx: Transaction, names: Sequence[str], outcome: str, reason: str | None = None
) -> tuple[tuple[Posted, ...], dict[str, PtceError]]:
    """Says the same of several messages; those it was said of, and why not of others, by name.

    Raises: Misuse; PtceError where it cannot be said of the only one.
    """
    rows, text, changed = _every(tx, names), reason_given(reason), list[Message]()
    skipped: dict[str, PtceError] = {}
    if text and outcome == "resend" and len(rows) > 1:
        # With a reason, the law lets a decision leave that a later one has replaced.
        raise Misuse(_("A reason is given for one mail alone."))
    for row in rows:
        try:
            changed.append(_resolve(tx, row, outcome, text))
        except PtceError as refused:
            if len(rows) == 1 or isinstance(refused, Misuse):
                raise
            skipped[row.name] = refused
    letters = Letters(tx)
    return tuple(posted(tx, letters, row) for row in changed), skipped


def _resolve(tx: Transaction, row: Message, outcome: str, reason: str) -> Message:
    """A message as it is once a person has said what becomes of it. Raises: Misuse, PtceError."""
    back = outcome == BOUNCED
    if back or (outcome == "sent" and row.stage in RETURNED):
        bounced = MessageBounced.of(Seen(tx), row, back=back)
        ask(tx, row, bounced, reason=reason)
        return Mailing.of(tx).tell(row, bounced, _side(reason))
    chosen = next((move for move in MOVES if move == outcome), None)
    if chosen is None:
        what = _('"{name}" is no outcome.').format(name=outcome)
        raise unknown_name(what, outcome, (*MOVES, BOUNCED))
    if chosen == "resend" and row.stage == Stage.DROPPED:
        # What was dropped was never released: it waits for its reader again.
        chosen = "held"
    event = MessageResolved(row.name, chosen)
    ask(tx, row, event, reason=reason)
    # What may have arrived leaves again as the very same mail.
    anew = MOVES[chosen] is Move.RESEND and row.stage != Stage.UNCERTAIN
    columns = {}
    if anew:
        has_letter = row.notification in tx.process.definition.notifications
        columns = {"sha256": "", "words": row.words if row.held or not has_letter else ""}
    Mailing.of(tx).tell(row, event, _side(reason), **columns)
    if anew:
        look_again(tx, row)
    return Mailing.of(tx).as_changed(row)


def resume(contest: Contest) -> None:
    """Ends the pause of the courier. Raises: PtceError."""
    with contest.acting() as tx:
        need_desk(tx, _(_RESOLVES))
        tx.unit.end_pause(tx.contest, to_text(tx.now))


def posted(tx: Transaction, letters: Letters, row: Message) -> Posted:
    case = case_of(tx, row)
    notification = tx.process.definition.mails.get(row.notification)
    stage, (name, address) = Stage(row.stage), letters.address(row)
    to = name or row.recipient
    if row.sha256 or stage not in PENDING:
        address = row.address
    if row.recipient == CONTACT and case is not None:
        to = tx.name_of(case) or to
        address = "" if tx.hides(tx.process.definition.config.contest.contact_field) else address
    return Posted(
        row.name,
        stage,
        row.notification,
        row.notification if notification is None else str(notification.label),
        "" if case is None else case.ref,
        "" if case is None else tx.name_of(case) or "",
        row.recipient,
        to,
        due_of(row),
        instant_in(row.next_at, "message", row.number),
        row.held,
        row.attempts,
        row.said,
        address,
        row.notification != DESK_LETTER and rewritten_of(row.words) is not None,
        (stage in PENDING or Move.RESEND in may(stage)) and Mailing.of(tx).is_doubtful(row),
    )


def letters_ahead(tx: Transaction) -> tuple[Posted, ...]:
    """The mails that follow from an act under way, with the addresses to which they would go."""
    tx.follow()
    letters = Letters(tx)
    fresh = [row for was, row in Mailing.of(tx).changes() if was is None]
    return tuple(posted(tx, letters, row) for row in fresh)


def _side(reason: str) -> Reason | None:
    return Reason(reason) if reason else None


_RESOLVES = N_("Only the desk resolves messages.")
_NOT_HELD = N_("It is not held for review.")
_REFUSED: Mapping[Move, tuple[str, str]] = {
    Move.RELEASE: (N_("Only the desk releases messages."), _NOT_HELD),
    Move.EDIT: (N_("Only the desk rewrites messages."), _NOT_HELD),
    Move.DISCARD: (N_("Only the desk drops messages."), _NOT_HELD),
    Move.BOUNCE: (_RESOLVES, N_("Only a mail that has left can come back.")),
}
"""Why a move of the desk is refused: to anyone else, and at another stage."""


def ask(tx: Transaction, row: Message, event: AboutMails, *, reason: str = "") -> None:
    """Raises: PtceError, in the words of a move, where the law forbids it."""
    if column := Mailing.of(tx).difference(row):
        raise untrusted({row.name: column})
    others = _RESOLVES, N_("Nothing about it is to be resolved so.")
    only, at_stage = map(_, _REFUSED.get(next(move for _name, move in event.moves()), others))
    side = {row.case_id or row.recipient: Reason(reason)} if reason else NO_SIDES
    name, is_held = row.name, row.stage == Stage.HELD
    never = f"drop {name}" if is_held else f"resolve {name} --drop"
    still = f"release {name}" if is_held else f"resolve {name} --resend"
    words: Words = {
        clauses.DESK: lambda _violation: without_role(tx.actor, ("desk",), only),
        clauses.MAIL_MOVE: lambda _violation: _not_so(row, at_stage),
        clauses.REASON: lambda _violation: Misuse(
            _("Say why it never leaves.") if is_held else _("Say how you know that it arrived."),
            _("The ledger keeps why nobody sends it."),
            _('Add --reason "…".'),
        ),
        clauses.EXPIRED: lambda violation: _expired_refusal(tx, row, violation),
        clauses.REPLACED: lambda _violation: PtceError(
            _("{message} tells a decision that a later one has replaced.").format(message=name),
            mend=_("It never leaves: {drop}. It leaves all the same, alone: {release}.").format(
                drop=f'ptce mail {never} --reason "…"', release=f'ptce mail {still} --reason "…"'
            ),
        ),
        clauses.DECISION_TOLD: lambda violation: PtceError(
            _("{message} tells a decision, and nobody would know of it.").format(
                message=violation.why
            ),
            mend=_("If its reader was told otherwise: --told, and how and when as the reason."),
        ),
    }
    judge(tx, row.case_id or None, event, side, words)


def _expired_refusal(tx: Transaction, row: Message, violation: Violation) -> PtceError:
    definition, (_name, at) = tx.process.definition, violation.why.split(": ", 1)
    file = mail_file(row.notification)
    what = _("{message} would not leave any more: it is of no more use since {when}.").format(
        message=row.name, when=long_instant(from_text(at), tx.process.zone, language())
    )
    if called_by(tx, row):
        return PtceError(what, _("The sitting to which it calls was to meet then."))
    why = _("{file} says so: expires = {instant}").format(
        file=file, instant=definition.notifications[row.notification].expires
    )
    mend = _(
        "If it has to be told all the same: change or take out `expires` there, then {command}"
    ).format(command="ptce adopt")
    return PtceError(what, why, mend)


def _every(tx: Transaction, names: Sequence[str]) -> list[Message]:
    """The messages of some names, each once however often it is named."""
    rows = [row_of(tx, name) for name in names]
    return list({row.number: row for row in rows}.values())


def row_of(tx: Transaction, name: str) -> Message:
    row = tx.unit.message(tx.contest, number_of(name))
    if row is None:
        what = _("There is no message {name}.").format(name=name)
        raise Misuse(what, mend=_("`ptce mail list --all` shows those there are."))
    return row


def _not_so(row: Message, why: str, mend: str = "") -> PtceError:
    what = _("{message} is {stage}.").format(message=row.name, stage=label_of(Stage(row.stage)))
    return PtceError(what, why, mend)


_BLANK = "0" * 64


def draft(contest: Contest, name: str) -> str:
    """The Markdown of a held message, to `edit`. Raises: PtceError."""
    with contest.acting() as tx:
        row = row_of(tx, name)
        ask(tx, row, MessageEdited(row.name, _BLANK))
        return Letters(tx).draft(row)


@atomic
def edit(
    tx: Transaction, name: str, source: str, reason: str | None = None, *, draft: str | None = None
) -> Posted | None:
    """Has a held message say what a person has written; None where it says that already.

    Shape: `draft` is what the person began with, where that is known.
    Raises: PtceError for one that is not held, that would say something else by now than `draft`,
    or for words that are no letter.
    """
    row, text, letters = row_of(tx, name), reason_given(reason), Letters(tx)
    ask(tx, row, MessageEdited(row.name, _BLANK))
    before = letters.draft(row)
    if draft is not None and draft != before:
        what = _("{message} would not say any more what you have begun with.").format(
            message=row.name
        )
        raise PtceError(what, _("What is recorded of the candidature has changed meanwhile."))
    words = letters.edited(row, source)
    if words == row.words or (not row.words and source.strip() == before.strip()):
        return None
    event = MessageEdited(row.name, words_hash(words))
    return posted(tx, letters, Mailing.of(tx).tell(row, event, _side(text), words=words))


@atomic
def drop(tx: Transaction, name: str, reason: str | None, *, told: bool = False) -> Posted:
    """Keeps a held message from leaving; `told` otherwise. Raises: PtceError, Misuse."""
    row, text = row_of(tx, name), reason_given(reason)
    event = MessageDropped(row.name, told)
    ask(tx, row, event, reason=text)
    return posted(tx, Letters(tx), Mailing.of(tx).tell(row, event, Reason(text)))


EVERYONE = "all"
"""The word for every candidature, where a letter says to whom it goes."""


def letters_to(
    contest: Contest, to: Sequence[str], corrects: str | None = None
) -> tuple[Posted, ...]:
    """The letters that `write` would make, and those that it would not, without an address.

    Shape: `to` are references, names of states, institutions and roles, pseudonyms, or `EVERYONE`;
    with `corrects`, the reader is that of the mail.
    Raises: Misuse for another word; PtceError where nobody can be written to.
    """
    with contest.looking() as tx:
        return _letters_to(tx, to, corrects)[0]


def _letters_to(
    tx: Transaction, to: Sequence[str], corrects: str | None
) -> tuple[tuple[Posted, ...], list[Message]]:
    """What would be written to each reader, and the mails of those that have an address."""
    need_desk(tx, _("Only the desk writes letters."))
    keys = [key for word in to for key in _readers_meant(tx, word)]
    if corrects is not None:
        before = row_of(tx, corrects)
        if before.stage not in HAVE_LEFT:
            mend = _("Rewrite it: {command}").format(command=f"ptce mail edit {before.name}")
            raise _not_so(before, _("A letter corrects a mail that has left."), mend)
        keys = [(before.case_id, before.recipient)]
    at, letters = to_text(tx.now), Letters(tx)
    rows = [
        Message(0, case_id, DESK_LETTER, "", recipient, at, at, Stage.HELD.value, True)
        for case_id, recipient in dict.fromkeys(keys)
    ]
    every = tuple(posted(tx, letters, row) for row in rows)
    reached = [row for row, one in zip(rows, every, strict=True) if one.address]
    if not reached:
        names = ", ".join(one.to for one in every)
        why = _("No address is known: {names}.").format(names=names) if names else ""
        raise PtceError(_("There is nobody to write to."), why)
    return every, reached


def _readers_meant(tx: Transaction, word: str) -> Iterator[tuple[str, str]]:
    """The candidatures, or the people, of a word: what a mail is about, and its recipient."""
    if word == EVERYONE or word in tx.process.states:
        cases = sorted(tx.every_case(), key=lambda case: by_ref(case.ref))
        yield from ((case.id, CONTACT) for case in cases if word in (EVERYONE, case.state))
        return
    people = (one for one in tx.people() if one.active)
    called = ((one.pseudonym, {one.pseudonym, one.institution, *one.roles}) for one in people)
    named = [(CONTEST, name) for name, names in called if word in names]
    is_known = word in ROLES or word in tx.process.definition.config.institutions
    yield from named if named or is_known else ((one.id, CONTACT) for one in tx.load([word]))


@atomic
def write(
    tx: Transaction,
    to: Sequence[str],
    source: str,
    corrects: str | None = None,
    *,
    expected: Sequence[Posted] | None = None,
) -> tuple[Posted, ...]:
    """Writes a letter to each of some readers, held until it is read; see `letters_to`.

    Shape: `expected` is what that gave.
    Raises: Misuse, PtceError as there; PtceError where it gives another answer by now,
    TemplateFault for words that are no letter.
    """
    every, rows = _letters_to(tx, to, corrects)
    readers = [[(one.ref, one.recipient) for one in those] for those in (every, expected or every)]
    if readers[0] != readers[1]:
        what = _("Those to whom you write are not those that were shown.")
        raise PtceError(what, _("Something was recorded meanwhile; nothing was written."))
    letters, mailing, written = Letters(tx), Mailing.of(tx), []
    corrected = None if corrects is None else row_of(tx, corrects).name
    for row in rows:
        held = mailing.write_letter(row.case_id, row.recipient, corrected)
        words = letters.edited(held, source)
        event = MessageEdited(held.name, words_hash(words))
        written.append(mailing.tell(held, event, words=words))
    return tuple(posted(tx, letters, row) for row in written)
