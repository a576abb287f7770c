"""A mail that waits for a reader, in the words of a person, or kept from leaving at all."""

from __future__ import annotations

from ptce_workflow.app.contest import Contest, atomic
from ptce_workflow.app.post.desk import Posted, ask, posted, row_of
from ptce_workflow.app.post.plan import Mailing, name_of, words_hash
from ptce_workflow.app.post.render import Letters
from ptce_workflow.app.refusals import reason_given
from ptce_workflow.app.transaction import Transaction
from ptce_workflow.base.errors import PtceError
from ptce_workflow.base.words import _
from ptce_workflow.ledger.events.base import Reason
from ptce_workflow.ledger.events.delivery import MessageDropped, MessageEdited
from ptce_workflow.store.rows import MessageRow

_BLANK = "0" * 64


def draft(contest: Contest, name: str) -> str:
    """The Markdown of a held message, for a person to change and give to `edit`.

    *Raises* PtceError for anyone but the desk, and for one that is not held.
    """
    with contest.acting() as act:
        row = row_of(act, name)
        _may_edit(act, row)
        return Letters(act).draft(row)


@atomic
def edit(
    act: Transaction, name: str, source: str, reason: str | None = None, *, draft: str | None = None
) -> Posted | None:
    """Has a held message say what a person has written; None where it says that already.

    *Shape* `draft` is what the person began with, where that is known.
    *Raises* PtceError for one that is not held, that would say something else by now than `draft`,
    or for words that are no letter.
    """
    row, text, letters = row_of(act, name), reason_given(reason), Letters(act)
    _may_edit(act, row)
    before = letters.draft(row)
    if draft is not None and draft != before:
        raise PtceError(
            _("{message} would not say any more what you have begun with.").format(
                message=name_of(row)
            ),
            _("What is recorded of the candidature has changed meanwhile."),
        )
    words = letters.edited(row, source)
    if words == row.words or (not row.words and source.strip() == before.strip()):
        return None
    event = MessageEdited(name_of(row), words_hash(words))
    told = Mailing.of(act).tell(row, event, Reason(text) if text else None, words=words)
    return posted(act, letters, told)


@atomic
def drop(act: Transaction, name: str, reason: str | None, *, told: bool = False) -> Posted:
    """Keeps a held message from ever leaving.

    *Shape* `told` says that its reader was told otherwise, as the reason has it.
    *Raises* PtceError for one that is not held; Misuse without a reason, and for a decision that
    nobody would be told.
    """
    row, text = row_of(act, name), reason_given(reason)
    event = MessageDropped(name_of(row), told)
    only, not_so = _("Only the desk drops messages."), _("It is not held for review.")
    ask(act, row, event, only, not_so, reason=text)
    done = Mailing.of(act).tell(row, event, Reason(text))
    return posted(act, Letters(act), done)


def _may_edit(act: Transaction, row: MessageRow) -> None:
    only, not_so = _("Only the desk rewrites messages."), _("It is not held for review.")
    ask(act, row, MessageEdited(name_of(row), _BLANK), only, not_so)
