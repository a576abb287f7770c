"""The contest of an export: whoever holds the folder reads it as an auditor does, and no more."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import NoReturn

from msgspec import UNSET

from ptce_workflow.app.admin.exported import Exported
from ptce_workflow.app.contest import Contest, Hand
from ptce_workflow.app.then import ContestThen, stood
from ptce_workflow.base.clock import Clock, SystemClock
from ptce_workflow.base.errors import Misuse, PtceError
from ptce_workflow.base.words import _
from ptce_workflow.ledger.state import Person
from ptce_workflow.store.rows import ContestRow
from ptce_workflow.store.unit import Unit

AUDITOR = Person("–", ("auditor",), None)
"""Whoever reads an export: it holds everything, and nobody in it can say who that is."""


class _Lines(Contest):
    """The lines of an export, before anything was worked out of them."""

    def who(self, unit: Unit, contest: ContestRow) -> Hand:
        """An auditor."""
        return AUDITOR, UNSET


class ContestCopied(ContestThen):
    """The contest of an export, as its last line left it."""

    is_copy = True

    def check_writer(self) -> NoReturn:
        """*Raises* Misuse: see `acting`."""
        self.acting()

    def acting(self, **_said: object) -> NoReturn:
        """*Raises* Misuse: a copy is not changed."""
        raise Misuse(
            _("This is an export: it is read, and nothing is recorded in it."),
            _("The contest itself goes on in its own folder."),
            _("Act there: --contest DIR"),
        )


def open_export(folder: Path, clock: Clock | None = None) -> ContestCopied:
    """Opens the contest of an export: a database in memory, its tables worked out of the lines.

    *Raises* Misuse for a folder that is none; PtceError for one that is damaged.
    """
    exported = Exported.read(folder)
    with closing(exported.database()) as database:
        if not exported.contest:
            raise PtceError(
                _("{folder} cannot be read: its ledger has no first line.").format(folder=folder),
                mend=_("`ptce verify {folder}` tells what is wrong with it.").format(folder=folder),
            )
        now = clock if clock is not None and exported.rehearsal else SystemClock()
        lines = _Lines(
            folder,
            database,
            exported.contest,
            actor=AUDITOR.pseudonym,
            clock=now,
            rehearsal=exported.rehearsal,
        )
        return stood(lines, now.now(), ContestCopied)
