"""The rights in the database of a server, as SQL for whoever administers it."""

from __future__ import annotations

from pathlib import Path

from ptce_workflow.app.locations import database_url
from ptce_workflow.base.errors import Misuse, PtceError, shown
from ptce_workflow.base.words import _
from ptce_workflow.store.database import Database

_LONGEST_NAME = 63 - len("_scheduler")
"""The bytes that PostgreSQL leaves for the beginning of the longest name of a role."""


def grants(folder: Path, prefix: str) -> str:
    """The script that makes the roles, their names with a prefix, and sets what each may do.

    *Raises* Misuse for a prefix that no name can have, PtceError for a database that is a file.
    """
    if not prefix.isprintable() or not 0 < len(prefix.encode()) <= _LONGEST_NAME:
        raise Misuse(
            _('"{name}" cannot begin the name of a role.').format(name=shown(prefix)),
            _("It is a word of at most {most} letters.").format(most=_LONGEST_NAME),
            _("For example: {command}").format(command="ptce grants --prefix occitanie"),
        )
    database = Database.open(database_url(folder))
    try:
        if database.file is not None:
            raise PtceError(
                _("The database {place} is a file: it has no roles.").format(place=database.place),
                _("Whoever may open the file may do everything in it."),
                _("`ptce doctor` tells who may; a server's address is set in local.toml."),
            )
        # Imported here for start-up time: SQLAlchemy comes with the tables.
        from ptce_workflow.store import grants as rights

        with database.reading() as unit:
            (schema,) = unit.driver.execute("SELECT current_schema()").fetchone()
        return rights.grants(schema, prefix)
    finally:
        database.close()
