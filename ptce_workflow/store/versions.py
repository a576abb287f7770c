"""Which versions of the tables this program knows, and which one a database has."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ptce_workflow.base.errors import PtceError
from ptce_workflow.base.words import _

_VERSIONS = Path(__file__).parent / "migrations" / "versions"


@dataclass(frozen=True, slots=True)
class Lineage:
    """Every version of the tables, the newest last, and the folders that say how each is made.

    The names stand here as well as in the scripts, so that a database is judged by one query
    and without Alembic, which takes longer to load than most commands take to run.
    """

    revisions: tuple[str, ...]
    scripts: tuple[Path, ...]

    @property
    def head(self) -> str:
        """The newest version."""
        return self.revisions[-1]

    def version(self, driver: Any, place: str) -> str:
        """The version of a database, one of `revisions`.

        *Raises* PtceError when it is no database of ours, or is newer than this program.
        """
        found = _recorded(driver, place)
        if found not in self.revisions:
            raise PtceError(
                _("The database {place} is newer than this program.").format(place=place),
                _("Its tables are of version {found}; this program knows {head}.").format(
                    found=found, head=self.head
                ),
                _("Install the newer ptce_workflow."),
            )
        return found


LINEAGE = Lineage(("0001", "0002", "0003", "0004"), (_VERSIONS,))
"""The versions of this program."""

HEAD = LINEAGE.head


def check_version(driver: Any, place: str, lineage: Lineage = LINEAGE) -> None:
    """Makes sure that a database has the tables that this program knows.

    *Raises* PtceError when it is no database of ours, older, or newer.
    """
    found = lineage.version(driver, place)
    if found != lineage.head:
        raise PtceError(
            _("The database {place} is older than this program.").format(place=place),
            _("Its tables are of version {found}; this program needs {head}.").format(
                found=found, head=lineage.head
            ),
            _("Bring it up to date, a copy being kept: ptce init DIR --upgrade"),
        )


def _recorded(driver: Any, place: str) -> str:
    try:
        row = driver.execute("SELECT version_num FROM alembic_version").fetchone()
    except Exception as error:  # each driver has errors of its own
        if "no such table" not in str(error) and "does not exist" not in str(error):
            raise
        row = None
    if row is None:
        raise PtceError(
            _("{place} is not the database of a contest.").format(place=place),
            _("It has none of its tables."),
            _("Name the right file, or begin a contest with `ptce init`."),
        )
    return str(row[0])
