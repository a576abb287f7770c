"""What the tables of a database must be: of which version, and guarded by which triggers.

The triggers refuse whatever is not one more line at the end of the ledger. They guard against
mistakes and against SQL typed in haste, not against whoever owns the file: that is what the
chain is for.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ptce_workflow.base.errors import PtceError, shown
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
        found = str(row[0])
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


_MESSAGE = "append-only: only the next line may be added"
_FROZEN = {
    "ledger": ("UPDATE", "DELETE"),
    "process_file": ("UPDATE", "DELETE"),
    "side": ("UPDATE",),
}
_NEXT = " OR ".join(
    (
        "NEW.n IS DISTINCT FROM (SELECT COALESCE(MAX(n), 0) + 1 FROM ledger "
        "WHERE contest = NEW.contest)",
        # Whoever begins to write names the head that is kept, and none of its lines names the
        # line of another: two chains cannot begin at one line.
        "EXISTS (SELECT 1 FROM contest WHERE contest = NEW.contest "
        "AND head_n = NEW.n - 1 AND head_hash <> NEW.prev)",
        "EXISTS (SELECT 1 FROM ledger WHERE contest = NEW.contest "
        "AND n = NEW.n - 1 AND prev = NEW.prev)",
    )
)


def guard(dialect: str) -> Iterator[str]:
    """The statements that set the triggers, for one dialect."""
    yield from _postgresql() if dialect == "postgresql" else _sqlite()


def _sqlite() -> Iterator[str]:
    """INSERT OR REPLACE deletes the row in its way, and fires no DELETE trigger.

    So what it might replace is looked for first, by every key there is: the next line has none in
    its way but by its rowid.
    """
    for table, acts in _FROZEN.items():
        for act in acts:
            yield (
                f"CREATE TRIGGER {table}_no_{act.lower()} BEFORE {act} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{_MESSAGE}'); END"
            )
    # SQLite before 3.39 has no IS DISTINCT FROM; its IS NOT is the same.
    following = _NEXT.replace("IS DISTINCT FROM", "IS NOT")
    refused = {
        "ledger_next": (
            "ledger",
            f"{following} OR EXISTS (SELECT 1 FROM ledger WHERE rowid = NEW.rowid)",
        ),
        "side_no_replace": ("side", _exists("side", "contest", "n", "subject")),
        "process_file_no_replace": ("process_file", _exists("process_file", "process", "path")),
    }
    for name, (table, condition) in refused.items():
        yield (
            f"CREATE TRIGGER {name} BEFORE INSERT ON {table} WHEN {condition} "
            f"BEGIN SELECT RAISE(ABORT, '{_MESSAGE}'); END"
        )


def _exists(table: str, *key: str) -> str:
    same = " AND ".join(f"{column} = NEW.{column}" for column in key)
    return f"EXISTS (SELECT 1 FROM {table} WHERE {same})"


def _postgresql() -> Iterator[str]:
    yield (
        "CREATE FUNCTION ptce_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{_MESSAGE}'; END $$"
    )
    yield (
        "CREATE FUNCTION ptce_next_line() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN IF {_NEXT} THEN RAISE EXCEPTION '{_MESSAGE}'; END IF; RETURN NEW; END $$"
    )
    yield (
        "CREATE TRIGGER ledger_next BEFORE INSERT ON ledger "
        "FOR EACH ROW EXECUTE FUNCTION ptce_next_line()"
    )
    for table, acts in _FROZEN.items():
        yield (
            f"CREATE TRIGGER {table}_frozen BEFORE {' OR '.join(acts)} ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION ptce_refuse()"
        )
        yield (
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION ptce_refuse()"
        )


def altered(driver: Any) -> list[str]:
    """The triggers and views of an SQLite database that are not as made, each in a sentence.

    Whoever takes a trigger away, empties it or adds one has a reason that the chain does not show.
    """
    made = {statement.split()[2]: statement for statement in _sqlite()}
    acting = "SELECT name, sql FROM sqlite_master WHERE type IN ('trigger', 'view') ORDER BY name"
    found = dict(driver.execute(acting).fetchall())
    gone, other = _("The trigger {name} is gone."), _("The trigger {name} was changed.")
    added = _("{name} acts in the tables and was not made with them.")
    told = [(gone if name not in found else other, name) for name in made]
    told = [(what, name) for what, name in told if found.get(name) != made[name]]
    told += [(added, name) for name in found if name not in made]
    return [what.format(name=shown(name)) for what, name in told]
