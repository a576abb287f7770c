"""Errors: what happened, why, and how to mend it."""

from __future__ import annotations

import errno
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from ptce_workflow.base.words import _, n_

T = TypeVar("T")

_SHOWN = 60


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One fault of a contest folder, as a value that can be collected with the others.

    Shape: `line` and `column` count from 1; None before the place is looked up, and for a file
    that is missing.
    """

    file: str
    key: str
    what: str
    why: str = ""
    mend: str = ""
    line: int | None = field(default=None, compare=False)
    column: int | None = field(default=None, compare=False)

    @property
    def place(self) -> str:
        """The file with the line and the column, as terminals and editors take it."""
        return self.file if self.line is None else f"{self.file}:{self.line}:{self.column or 1}"

    def __str__(self) -> str:
        place = f"{self.place} · {self.key}" if self.key else self.place
        return "\n  ".join(part for part in (place, self.what, self.why, self.mend) if part)


class PtceError(Exception):
    """Something was understood and not done (exit code 1).

    `what` happened, `why`, and how to `mend` it are in the reader's language already.
    """

    exit_code = 1

    def __init__(self, what: str, why: str = "", mend: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.why = why
        self.mend = mend

    def __str__(self) -> str:
        return "\n  ".join(part for part in (self.what, self.why, self.mend) if part)


class Busy(PtceError):
    """Somebody else was writing all the while; nothing was done, and another try may do it."""


class Outdated(PtceError):
    """The program is older than what it works on: only another one can go on."""


class Damaged(PtceError):
    """Something that was archived is gone, or is no longer what it was."""


class Lost(PtceError):
    """The connection to the database broke, or gave way to others, before anything was kept.

    Another try does nothing twice. `again` is true where that holds for all that was asked of the
    database since it was opened, and not for this transaction alone; None until that is known.
    """

    again: bool | None = None


class InDoubt(PtceError):
    """The connection to the database broke, and nobody can tell whether an act was kept."""


_TRIES = 3


def retry_when_busy(act: Callable[[], T], may_again: Callable[[PtceError], bool]) -> T:
    """What comes of an act; it is done anew after a refusal that lets it, three times at most."""
    for _try in range(_TRIES - 1):
        try:
            return act()
        except PtceError as error:
            if not may_again(error):
                raise
    return act()


class Misuse(PtceError):
    """Something typed or handed over that cannot be read or makes no sense (exit code 2)."""

    exit_code = 2


def shown(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"


class FolderFaults(Misuse):
    """A contest folder does not load; every fault is in `findings`, none is left for later."""

    def __init__(self, findings: tuple[Finding, ...]) -> None:
        count = len(findings)
        super().__init__(
            n_(
                "The contest folder has {count} fault.",
                "The contest folder has {count} faults.",
                count,
            ),
            "\n".join(str(finding) for finding in findings),
        )
        self.findings = findings


def refusal_of(error: OSError) -> str:
    """The reason of a refusal, as the end of a sentence without its full stop."""
    reasons = {
        errno.ENOENT: _("there is no such file or folder"),
        errno.EACCES: _("you are not allowed to"),
        errno.EPERM: _("you are not allowed to"),
        errno.EROFS: _("this disk can only be read"),
        errno.ENOSPC: _("the disk is full"),
        errno.EDQUOT: _("the disk is full"),
        errno.EISDIR: _("it is a folder, not a file"),
        errno.ENOTDIR: _("it is a file, not a folder"),
        errno.EEXIST: _("it is there already"),
        errno.ENOTEMPTY: _("it is there already"),
        errno.ENAMETOOLONG: _("its name is too long"),
        errno.ELOOP: _("it is a link that leads back to itself"),
        errno.EBADF: _("nothing can be written there"),
    }
    return reasons.get(error.errno or 0) or error.strerror or str(error)
