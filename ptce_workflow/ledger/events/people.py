"""People: who may act, in which roles, for which institution."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, Any, get_args

from msgspec import UNSET, UnsetType, to_builtins

from ptce_workflow.base.words import N_
from ptce_workflow.ledger.events import clauses as law
from ptce_workflow.ledger.events.base import (
    Breach,
    Context,
    Entry,
    InstitutionName,
    Listed,
    Name,
    Pseudonym,
    RoleName,
    Say,
    Side,
    Sides,
    Story,
    doc,
    enter,
)
from ptce_workflow.ledger.events.contest import AboutContest
from ptce_workflow.ledger.state import INIT, ContestState, Person
from ptce_workflow.process.model.sheets import Role

ROLES: tuple[Role, ...] = get_args(Role)
"""The roles, in the order in which a line names them."""

_WHO = doc(N_("the pseudonym under which lines name the person"))


class Particulars(Side, frozen=True):
    """A person's particulars, which may be erased."""

    name: Annotated[Name, doc(N_("the person's name"))]
    login: Annotated[Name | UnsetType, doc(N_("the login by which the person is known"))] = UNSET
    email: Annotated[Name | UnsetType, doc(N_("the person's address"))] = UNSET


def _is_last_of_desk(ctx: Context, person: Person) -> bool:
    """Tells the one person of the desk who is left."""
    return [one for one in ctx.before.people() if one.active and "desk" in one.roles] == [person]


@enter
class PersonEnrolled(AboutContest, frozen=True):
    """Someone who may act; enrolled again, in other roles."""

    kind = "person_enrolled"
    tells = N_("a person may act from here on, or acts in other roles")
    private = Particulars

    institution: Annotated[
        Name | None, doc(N_("the institution for which a juror speaks, or null"))
    ]
    person: Annotated[Pseudonym, _WHO]
    roles: Annotated[tuple[Role, ...], doc(N_("the roles"))]

    def subject(self, ctx: Context) -> str:
        """The person."""
        return self.person

    def may(self, ctx: Context) -> Iterator[Breach]:
        """Tells of anyone but the desk, and of who cannot be enrolled so."""
        first = ctx.actor == INIT.pseudonym and not ctx.before.people()
        if not first and "desk" not in ctx.roles:
            yield law.DESK(ctx.actor)
        if not self.roles or self.roles != ordered(self.roles):
            yield law.ROLES(", ".join(self.roles))
        known = ctx.process.definition.config.institutions
        if self.institution is not None and self.institution not in known:
            yield law.NO_INSTITUTION(self.institution)
        if ("jury" in self.roles) != (self.institution is not None):
            yield law.JUROR(self.person)
        if self.person not in ctx.subjects:
            yield law.PARTICULARS(self.person)
        yield from self._who(ctx)

    def _who(self, ctx: Context) -> Iterator[Breach]:
        before, next_ = ctx.before.person(self.person), f"P-{len(ctx.before.people()) + 1:03d}"
        if before is None:
            if self.person != next_:
                yield law.PSEUDONYM(f"{self.person} ≠ {next_}")
            return
        if "desk" not in self.roles and _is_last_of_desk(ctx, before):
            yield law.DESK_STAYS(self.person)
        side = ctx.sides.get(self.person)
        if isinstance(side, Particulars) and before.private:
            login = None if side.login is UNSET else side.login
            if login != before.private.get("login"):
                yield law.PSEUDONYM(self.person)

    def story(self, line: Entry[Any], side: Any) -> Story:
        """Tells who may act, as what and for whom, and their name while it is kept."""
        values = {"person": self.person, "roles": Listed(tuple(map(RoleName, self.roles)))}
        yield Say(N_("{person} may act: {roles}"), values)
        if self.institution is not None:
            yield Say(N_("for {label}"), {"label": InstitutionName(self.institution)})
        if isinstance(side, Particulars):
            yield Say(N_("name: {name}"), {"name": side.name})
            if side.email:
                yield Say(N_("address: {address}"), {"address": side.email})

    def apply(self, state: ContestState, line: Entry[Any], sides: Sides) -> None:
        """Lets the person act."""
        state.people[self.person] = Person(
            self.person, self.roles, self.institution, True, to_builtins(sides.get(self.person, {}))
        )


def ordered(roles: Sequence[str]) -> tuple[Role, ...]:
    """Roles in the order in which a line names them, each once."""
    return tuple(role for role in ROLES if role in roles)


@enter
class PersonLeft(AboutContest, frozen=True):
    """Someone who may no longer act; what they did stays."""

    kind = "person_left"
    tells = N_("a person may no longer act")

    person: Annotated[Pseudonym, _WHO]

    def may(self, ctx: Context) -> Iterator[Breach]:
        """Tells of anyone but the desk, and of who cannot leave."""
        yield from law.by_desk(ctx)
        before = ctx.before.person(self.person)
        if before is None or not before.active:
            yield law.ACTOR(self.person)
        elif _is_last_of_desk(ctx, before):
            yield law.DESK_STAYS(self.person)

    def story(self, line: Entry[Any], side: Any) -> Story:
        """Tells who."""
        yield Say(N_("{person} may no longer act"), {"person": self.person})

    def apply(self, state: ContestState, line: Entry[Any], sides: Sides) -> None:
        """Takes the person's roles away."""
        state.people[self.person] = state.people[self.person].gone()
