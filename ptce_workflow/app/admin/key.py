"""The key that signs checkpoints, changed: in a line that stays, signed by the key before."""

from __future__ import annotations

from base64 import b64encode
from pathlib import Path
from typing import Any

from ptce_workflow.app.checkpoints import Made, last_key, make, signing_key
from ptce_workflow.app.contest import Contest
from ptce_workflow.app.locations import NEXT_KEY_FILE, beside_database, unwritable, write_whole
from ptce_workflow.app.projections import keys_told
from ptce_workflow.app.refusals import reason_given, without_role
from ptce_workflow.app.transaction import Transaction, Words
from ptce_workflow.base.errors import Misuse, PtceError
from ptce_workflow.base.words import _
from ptce_workflow.ledger import checkpoint as notes
from ptce_workflow.ledger.events import clauses as law
from ptce_workflow.ledger.events.base import CONTEST_SUBJECT, NO_SIDES, Reason
from ptce_workflow.ledger.events.contest import KeyChanged


def change_key(contest: Contest, reason: str | None) -> Made:
    """Has a new key sign from here on, in a line that stays, and makes a checkpoint with it.

    The key before signs the new one; where it is not there any more, the line says so.

    *Raises* Misuse without a reason; PtceError for anyone but the desk.
    """
    reason = reason_given(reason)
    home, pem = beside_database(contest.folder), notes.new_key()
    public = notes.public_key(pem)
    with contest.acting() as act:
        keys = keys_told(act.unit, act.contest)
        why, signed = _handed(home, keys, public)
        event = KeyChanged(b64encode(public).decode(), signed, why)
        sides = {CONTEST_SUBJECT: Reason(reason)} if reason else NO_SIDES
        act.append(event, sides, _words(act))
        try:
            write_whole(home / NEXT_KEY_FILE, pem, private=True)
        except OSError as error:
            raise unwritable(home, error) from error
        act.commit()
        # It is made below, where a failure is an error.
        act.is_decisive, line = False, act.n
    made = make(contest)
    return Made(made.note, made.file, line, why)


def _handed(home: Path, keys: dict[str, int], public: bytes) -> tuple[Any, str]:
    """Why the key changes, and the new one signed by the one before, or ""."""
    try:
        before = signing_key(home, last_key(keys))
    except PtceError:
        return "lost", ""
    return "rotated", b64encode(notes.signed(before, public)).decode()


def _words(act: Transaction) -> Words:
    """The refusals of a key."""
    return {
        law.DESK: lambda _breach: without_role(
            act.actor, ("desk",), _("Only the desk changes the key that signs checkpoints.")
        ),
        law.REASON: lambda _breach: Misuse(
            _("The key is not changed without a reason."),
            _("Who holds earlier checkpoints will ask why another key signs the later ones."),
            _('Add --reason "…".'),
        ),
    }
