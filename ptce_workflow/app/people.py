"""The people of a contest and their roles; their rights on a database server."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from ptce_workflow.app.contest import Contest, atomic
from ptce_workflow.app.locations import database_url
from ptce_workflow.app.outbox.plan import replan_everything
from ptce_workflow.app.refusals import unknown_name, without_role
from ptce_workflow.app.transaction import Transaction, Words
from ptce_workflow.base.errors import Misuse, PtceError, shown
from ptce_workflow.base.words import _
from ptce_workflow.ledger.events import clauses
from ptce_workflow.ledger.events.contest import (
    ROLES,
    Particulars,
    PersonEnrolled,
    PersonLeft,
    ordered,
)
from ptce_workflow.ledger.state import Person
from ptce_workflow.process.fields.base import normalise
from ptce_workflow.process.fields.text import read_email
from ptce_workflow.store.database import Database
from ptce_workflow.store.schema import grants as schema_grants

_LONGEST_NAME = 63 - len("_scheduler")
"""The bytes that PostgreSQL leaves for the beginning of the longest name of a role."""


def grants(folder: Path, prefix: str) -> str:
    """The script of roles and rights, with a prefix. Raises: Misuse, PtceError."""
    if not prefix.isprintable() or not 0 < len(prefix.encode()) <= _LONGEST_NAME:
        what = _('"{name}" cannot begin the name of a role.').format(name=shown(prefix))
        why = _("It is a word of at most {most} letters.").format(most=_LONGEST_NAME)
        mend = _("For example: {command}").format(command="ptce grants --prefix occitanie")
        raise Misuse(what, why, mend)
    database = Database.open(database_url(folder))
    try:
        if database.file is not None:
            raise PtceError(
                _("The database {place} is a file: it has no roles.").format(place=database.place),
                _("Whoever may open the file may do everything in it."),
                _("`ptce doctor` tells who may; a server's address is set in local.toml."),
            )
        with database.reading() as repo:
            (schema,) = repo.driver.execute("SELECT current_schema()").fetchone()
        return schema_grants(schema, prefix)
    finally:
        database.close()


_PSEUDONYM = re.compile(r"P-[0-9]+")


@atomic
def enrol(
    tx: Transaction,
    /,
    name: str,
    roles: Sequence[str],
    *,
    institution: str | None = None,
    **known: str | None,
) -> Person:
    """Enrols a person, or gives new roles. Raises: Misuse, PtceError for a desk left empty."""
    for role in roles:
        if role not in ROLES:
            raise unknown_name(_('"{role}" is not a role.').format(role=role), role, ROLES)
    private = particulars(name, **known)
    return append_enrolment(tx, private, roles, institution)


def particulars(
    name: str,
    *,
    login: str | None = None,
    email: str | None = None,
    capacity: str | None = None,
) -> dict[str, str]:
    """The erasable name, login, address and capacity of a person. Raises: Misuse."""
    answers = {"name": (name, 200), "login": (login or "", 100), "capacity": (capacity or "", 200)}
    private = {
        key: normal
        for key, (answer, longest) in answers.items()
        if (normal := normalise(answer, multiline=False, max_length=longest))
    }
    if "name" not in private:
        raise Misuse(_("A person needs a name."))
    if is_pseudonym(private.get("login", "")):
        what = _('The login "{login}" could be taken for a pseudonym.').format(login=login)
        raise Misuse(what, mend=_("Choose another login."))
    if email and email.strip():
        private["email"] = read_email(email)
    return private


def is_pseudonym(name: str) -> bool:
    return _PSEUDONYM.fullmatch(name) is not None


def named(people: Iterable[Person], who: str) -> Person | None:
    own = (one for one in people if who in (one.pseudonym, one.private.get("login")))
    return next(own, None)


def append_enrolment(
    tx: Transaction,
    private: dict[str, str],
    roles: Sequence[str],
    institution: str | None,
    pseudonym: str = "",
) -> Person:
    people = tx.people()
    login = private.get("login")
    same = [person for person in people if login and person.private.get("login") == login]
    pseudonym = pseudonym or (same[0].pseudonym if same else f"P-{len(people) + 1:03d}")
    event = PersonEnrolled(institution, pseudonym, ordered(roles))
    tx.record_of_contest(event, {pseudonym: Particulars(**private)}, _words(tx, institution))
    replan_everything(tx, why="recipient")
    return tx.state.people[pseudonym]


@atomic
def sit_as(tx: Transaction, person: Person, capacity: str) -> Person:
    """Records in which capacity an enrolled person sits. Raises: Misuse, PtceError."""
    private = {**person.private, **particulars(person.private["name"], capacity=capacity)}
    return append_enrolment(tx, private, person.roles, person.institution, person.pseudonym)


@atomic
def leave(tx: Transaction, who: str) -> Person:
    """Takes someone's roles away. Raises: Misuse, PtceError for the last of the desk."""
    active = {person.pseudonym: person for person in tx.people() if person.active}
    person = named(active.values(), who)
    if person is None:
        raise unknown_name(_("Nobody enrolled is called {who}.").format(who=who), who, active)
    tx.record_of_contest(PersonLeft(person.pseudonym), words=_words(tx))
    replan_everything(tx, why="recipient")
    return tx.state.people[person.pseudonym]


def list_people(contest: Contest) -> tuple[Person, ...]:
    with contest.looking() as tx:
        return tuple(tx.people())


def need_desk(tx: Transaction, what: str) -> None:
    if "desk" not in tx.actor.roles:
        raise without_role(tx.actor, ("desk",), what)


def need_keeper(contest: Contest, what: str) -> None:
    """Raises: PtceError for who may not move the database: the desk, or a server's owner."""
    database = contest.database
    if database.login is not None:
        raise PtceError(
            _("In the database {place} only the role that owns the tables does that.").format(
                place=database.place
            ),
            _('"{login}" is bound by the rights that were set there.').format(login=database.login),
            _("Whoever keeps the server types it as that role: {command}").format(
                command=f"PGUSER={database.owner()} ptce …"
            ),
        )
    if database.file is None:
        hands = [contest.actor] if contest.rehearsal else [contest.actor, contest.login]
        with database.reading() as repo:
            rows = [repo.person(contest.id, name or "") for name in hands]
        if any(row is None or not row.active for row in rows):
            return
    with contest.looking() as tx:
        need_desk(tx, what)


def _words(tx: Transaction, institution: str | None = None) -> Words:
    institutions = tx.process.definition.config.institutions
    return {
        clauses.DESK: lambda _violation: without_role(
            tx.actor, ("desk",), _("Only the desk enrols people.")
        ),
        clauses.ROLES: lambda _violation: Misuse(
            _("A person needs a role."), mend=_("Add --role, for example --role desk.")
        ),
        clauses.NO_INSTITUTION: lambda _violation: unknown_name(
            _('"{name}" is not an institution of the contest.').format(name=institution),
            institution or "",
            institutions,
        ),
        clauses.JUROR: lambda _violation: Misuse(
            _("A juror speaks for an institution, and only a juror does."),
            mend=_("Give --role jury and --institution together."),
        ),
        clauses.DESK_STAYS: lambda _violation: PtceError(
            _("The last person of the desk cannot leave."),
            _("Nobody could enrol anyone again."),
            _("Enrol another person with --role desk first."),
        ),
    }
