"""Events of the contest as a whole: its beginning, its people, adoptions, engine changes."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal, get_args

from msgspec import UNSET, Meta, UnsetType, field, to_builtins
from msgspec.structs import replace

from ptce_workflow.base.runtime import VERSION, release
from ptce_workflow.base.words import N_
from ptce_workflow.ledger.events import clauses
from ptce_workflow.ledger.events.base import (
    CONTEST_SUBJECT,
    Context,
    Entry,
    Event,
    Hash,
    Instant,
    InstitutionName,
    Listed,
    Name,
    Phrase,
    Pseudonym,
    Reason,
    RoleName,
    Side,
    Sides,
    Story,
    Value,
    Violation,
    When,
    describe_facts,
    describe_reason,
    doc,
    figures_change,
    register,
    without,
)
from ptce_workflow.ledger.state import INIT, ContestState, Person, stands_back, with_process
from ptce_workflow.process.candidature import Candidature, is_given
from ptce_workflow.process.fields import FieldType, TableField
from ptce_workflow.process.model.sheets import Role
from ptce_workflow.process.panel import figures_of
from ptce_workflow.process.process import Process

PublicKey = Annotated[str, Meta(pattern=r"\A[A-Za-z0-9+/]{43}=\Z")]

PROGRAM = "ptce_workflow"
"""The name that `engine_changed` gives this program among the versions."""

ENGINE = (PROGRAM, "cel", "geography", "holidays", "tzdata")
"""The names of what verdicts depend on beside the process and the facts."""


class AboutContest(Event, frozen=True):
    about: ClassVar[Literal["contest", "candidature", "either"]] = "contest"

    def describe(self, line: Entry[Any], side: Any) -> Story:
        yield Phrase(self.tells)
        yield from describe_reason(side)


@register
class ContestCreated(AboutContest, frozen=True):
    kind = "contest_created"
    tells = N_("the contest begins; always the first line, and only that one")

    contest: Annotated[Name, doc(N_("the contest's id"))]
    origin: Annotated[Hash, doc(N_("32 random bytes in hexadecimal: no two ledgers begin alike"))]
    rehearsal: Annotated[bool, doc(N_("whether its clock may be set by hand"))]
    key: Annotated[PublicKey, doc(N_("the public key that signs checkpoints"))]

    def validate_new(self, ctx: Context) -> Iterator[Violation]:
        if ctx.actor != INIT.pseudonym:
            yield clauses.ACTOR(ctx.actor)
        named = ctx.process.definition.config.contest.id
        if self.contest != named:
            yield clauses.CONTEST(f"{named} ≠ {self.contest}")

    def apply(self, state: ContestState, line: Entry[Any], sides: Sides) -> None:
        state.contest, state.origin, state.rehearsal = self.contest, self.origin, self.rehearsal
        state.process = line.process
        state.keys[self.key] = line.n


@register
class EngineChanged(AboutContest, frozen=True):
    kind = "engine_changed"
    tells = N_("what verdicts depend on, beside the process and the facts, has changed")
    waits = True

    versions: Annotated[
        Mapping[Name, str],
        doc(N_("versions, by name: ptce_workflow, cel, tzdata, holidays, geography")),
    ]

    def validate_new(self, ctx: Context) -> Iterator[Violation]:
        for name in self.versions:
            if name not in ENGINE:
                yield clauses.ENGINE(name)
        for name in ENGINE:
            if name not in self.versions:
                yield clauses.ENGINE_LACKS(name)
        version = self.versions.get(PROGRAM)
        now, before = release(version), release(ctx.before.state.versions.get(PROGRAM, ""))
        if now is None:
            yield clauses.NO_VERSION(version)
        elif before is not None and now < before:
            yield clauses.VERSION_BACK(f"{ctx.before.state.versions[PROGRAM]} → {version}")
        elif now > (release(VERSION) or ()):
            yield clauses.LATER_VERSION(f"{version} > {VERSION}")

    def describe(self, line: Entry[Any], side: Any) -> Story:
        yield Phrase(self.tells)
        yield tuple(
            Phrase("{name} {version}", {"name": name, "version": version})
            for name, version in sorted(self.versions.items())
        )

    def apply(self, state: ContestState, line: Entry[Any], sides: Sides) -> None:
        state.versions = self.versions


@register
class ClockAccepted(AboutContest, frozen=True):
    kind = "clock_accepted"
    tells = N_("the clock is right though it stands before the line above: its hour counts again")
    private = Reason

    stood: Annotated[
        Instant, doc(N_("the instant of the line above; the clock stands at that of this line"))
    ]

    def validate_new(self, ctx: Context) -> Iterator[Violation]:
        yield from clauses.by_desk(ctx)
        hours = ctx.before.hours
        if self.stood != hours.last:
            yield clauses.CLOCK_STOOD(f"{self.stood} ≠ {hours.last}")
        elif not stands_back(ctx.at, self.stood, rehearsal=ctx.before.state.rehearsal):
            yield clauses.CLOCK_RIGHT(f"{ctx.at} – {self.stood}")
        if CONTEST_SUBJECT not in ctx.subjects:
            yield clauses.CLOCK_REASON()

    def describe(self, line: Entry[Any], side: Any) -> Story:
        yield Phrase(self.tells)
        yield Phrase(N_("line above: {when}"), {"when": When(self.stood)})
        yield from describe_reason(side)

    def apply(self, state: ContestState, line: Entry[Any], sides: Sides) -> None:
        state.hours.accept(line.n, line.at)


@register
class ContestFactsRecorded(AboutContest, frozen=True):
    kind = "contest_facts_recorded"
    tells = N_("facts of the contest are written down, changed or taken away")

    facts: Annotated[dict[Name, Value], doc(N_("what rules may read, by qualified name"))]
    removed: Annotated[tuple[Name, ...], doc(N_("the names of the facts that are taken away"))]

    def validate_new(self, ctx: Context) -> Iterator[Violation]:
        if not (self.facts or self.removed):
            yield clauses.NOTHING()
        definition, before = ctx.process.definition, ctx.before.state.facts
        for name in dict.fromkeys((*self.facts, *self.removed)):
            field, sheet = definition.field(name), definition.sheets.get(name.partition(".")[0])
            if field is None or sheet is None or not sheet.of_contest:
                yield clauses.NO_FIELD(name)
            elif set(sheet.by).isdisjoint(ctx.roles):
                yield clauses.WRITER(ctx.actor)
            elif field.is_computed:
                yield clauses.NOT_WRITTEN(name)
            elif name in self.facts and not field.records_parts(self.facts[name], None):
                yield clauses.VALUE(name)
            elif name in self.removed and (name in self.facts or name not in before):
                yield clauses.NOTHING(name)

    def after(self, facts: Mapping[str, Any]) -> dict[str, Any]:
        return {**without(facts, self.removed), **self.facts}

    def apply(self, state: ContestState, line: Entry[Any], sides: Sides) -> None:
        state.facts = self.after(state.facts)
        for name in list(state.cases):
            state.cases[name] = state.cases[name].but(contest=state.facts)

    def describe(self, line: Entry[Any], side: Any) -> Story:
        return describe_facts(self.facts, self.removed)


@register
class ProcessAdopted(AboutContest, frozen=True):
    kind = "process_adopted"
    tells = N_("the rules change: later lines are judged by another process")
    private = Reason
    decisive = True

    dropped: Annotated[tuple[Name, ...], doc(N_("fields whose recorded facts are no longer kept"))]
    from_: Annotated[Hash, doc(N_("the hash of the process that was in force"))] = field(
        name="from"
    )
    states: Annotated[
        Mapping[Name, Name], doc(N_("states that changed name: the old one to the new one"))
    ]
    to: Annotated[Hash, doc(N_("the hash of the process that is in force from here on"))]

    def validate_new(self, ctx: Context) -> Iterator[Violation]:
        yield from clauses.by_desk(ctx)
        if self.from_ != ctx.before.state.process:
            yield clauses.IN_FORCE(self.from_[:12])
        figures_change(ctx)
        if self.from_ == self.to:
            yield clauses.SAME(self.to[:12])
            return
        after = ctx.before.process_of(self.to)
        if after is None:
            # Told of the process itself, which every later line needs.
            return
        before = ctx.process
        ids = [process.definition.config.contest.id for process in (before, after)]
        if ids[0] != ids[1]:
            yield clauses.CONTEST(f"{ids[0]} ≠ {ids[1]}")
        for old, new in self.states.items():
            if old not in before.states or new not in after.states or old in after.states:
                yield clauses.MAP(f"{old} → {new}")
        if list(self.dropped) != sorted({*self.dropped}):
            yield clauses.DROP(", ".join(self.dropped))
        for name in self.dropped:
            if before.definition.field(name) is None:
                yield clauses.DROP(name)
        cases = [with_process(case, self.states, self.dropped) for case in ctx.before.every_case()]
        for state, refs in homeless(after, cases).items():
            yield clauses.HOMELESS(f"{state}: {', '.join(refs)}")
        for name, refs in unanswered(before, after, cases).items():
            yield clauses.UNANSWERED(f"{name}: {', '.join(refs)}")
        for name, refs in misfits(before, after, cases).items():
            yield clauses.MISFIT(f"{name}: {', '.join(refs)}")
        for name, refs in refigured(before, after, cases).items():
            yield clauses.REFIGURED(f"{name}: {', '.join(refs)}")
        if CONTEST_SUBJECT not in ctx.subjects:
            yield clauses.REASON(self.kind)

    def apply(self, state: ContestState, line: Entry[Any], sides: Sides) -> None:
        state.process = self.to
        if self.states or self.dropped:
            for id_, case in state.cases.items():
                state.cases[id_] = with_process(case, self.states, self.dropped)


Refs = dict[str, list[str]]
"""References, by what they do not fit."""


def _by_name(named: Iterable[tuple[str, str]]) -> Refs:
    refs: Refs = {}
    for name, ref in named:
        refs.setdefault(name, []).append(ref)
    return refs


def homeless(after: Process, cases: Sequence[Candidature]) -> Refs:
    return _by_name((case.state, case.ref) for case in cases if case.state not in after.states)


def unanswered(before: Process, after: Process, cases: Sequence[Candidature]) -> Refs:
    """Candidatures about which a request waits that is gone, by that request."""
    waiting = ((name, case.ref) for case in cases for name in before.pending(case))
    return _by_name(one for one in waiting if one[0] not in after.definition.requests)


def misfits(before: Process, after: Process, cases: Sequence[Candidature]) -> Refs:
    """Candidatures whose recorded facts or marks the new sheets would not accept, by field."""
    refs: Refs = {}
    for name in before.definition.field_names():
        was, asked = before.definition.field(name), after.definition.field(name)
        if was is None or asked == was:
            continue
        for case in cases:
            if not all(_still_fits(was, asked, *parts) for parts in _recorded(case, name)):
                refs.setdefault(name, []).append(case.ref)
    return refs


def refigured(before: Process, after: Process, cases: Sequence[Candidature]) -> Refs:
    """Candidatures whose figures, closed before a sitting, would come to others, by panel.

    Those of one candidature would follow the new weights or members as soon as an institution
    steps aside from it, and be compared with the others' old ones.
    """
    found: Refs = {}
    for sitting in after.definition.config.sittings.values():
        name, sheet = sitting.panel, after.definition.sheets[sitting.panel]
        was = before.definition.sheets.get(name)
        if was is None or was == sheet:
            continue
        refs = [
            case.ref
            for case in cases
            if case.state in (*sitting.in_, *sitting.rectifies)
            and after.is_closed(name, case)
            and figures_of(name, was, case) != figures_of(name, sheet, case)
        ]
        if refs:
            found[name] = refs
    return found


def _recorded(case: Candidature, name: str) -> Iterator[tuple[Any, Any]]:
    """The recorded parts of a field: the line's and the erasable one, or each mark."""
    if is_given(case, name):
        yield case.facts.get(name), case.private.get(name)
    sheet, _dot, criterion = name.partition(".")
    for marks in case.scores.get(sheet, {}).values():
        if criterion in marks:
            yield marks[criterion], None


def _still_fits(was: FieldType, asked: FieldType | None, line: Any, private: Any) -> bool:
    """True where a field, as it is asked now, would record the same again in the same place."""
    if asked is None or isinstance(asked, TableField) != isinstance(was, TableField):
        return False
    whole = was.join(line, private)
    return whole is None or (asked.split(whole)[0] == line and asked.fits(line, private))


@register
class KeyChanged(AboutContest, frozen=True):
    kind = "key_changed"
    tells = N_("another key signs checkpoints from here on")
    private = Reason
    decisive = True

    key: Annotated[PublicKey, doc(N_("the public key, in base64"))]
    signed: Annotated[
        str, doc(N_("the new key's 32 bytes signed by the key before, in base64, or empty"))
    ]
    why: Annotated[
        Literal["rotated", "lost"],
        doc(N_("rotated: the one before signs this one; lost: it cannot")),
    ]

    def validate_new(self, ctx: Context) -> Iterator[Violation]:
        yield from clauses.by_desk(ctx)
        keys = tuple(ctx.before.keys)
        if self.key in keys:
            yield clauses.KEY_AGAIN()
        if self.why == "lost" and self.signed:
            yield clauses.KEY_WHY(self.why)
        elif self.why == "rotated" and not (keys and _follows(keys[-1], self.key, self.signed)):
            yield clauses.KEY_UNSIGNED()
        if CONTEST_SUBJECT not in ctx.subjects:
            yield clauses.REASON(self.kind)

    def noted(self) -> Iterator[Violation]:
        if self.why == "lost":
            yield clauses.KEY_LOST()

    def apply(self, state: ContestState, line: Entry[Any], sides: Sides) -> None:
        state.keys[self.key] = line.n

    def describe(self, line: Entry[Any], side: Any) -> Story:
        yield Phrase(self.tells)
        if self.why == "lost":
            yield Phrase(clauses.KEY_LOST.says)
        yield from describe_reason(side)


def _follows(before: str, key: str, signed: str) -> bool:
    # Loaded here: every list loads this module.
    from ptce_workflow.ledger.checkpoint import is_signed

    try:
        return is_signed(b64decode(before), b64decode(key), b64decode(signed, validate=True))
    except ValueError:
        return False


ROLES: tuple[Role, ...] = get_args(Role)
"""The roles, in the order in which a line names them."""

_WHO = doc(N_("the pseudonym under which lines name the person"))


class Particulars(Side, frozen=True):
    name: Annotated[Name, doc(N_("the person's name"))]
    login: Annotated[Name | UnsetType, doc(N_("the login by which the person is known"))] = UNSET
    email: Annotated[Name | UnsetType, doc(N_("the person's address"))] = UNSET
    capacity: Annotated[Name | UnsetType, doc(N_("in which capacity the person sits or acts"))] = (
        UNSET
    )


def _is_last_of_desk(ctx: Context, person: Person) -> bool:
    desk = [one for one in ctx.before.people() if one.active and "desk" in one.roles]
    return desk == [person]


@register
class PersonEnrolled(AboutContest, frozen=True):
    kind = "person_enrolled"
    tells = N_("a person may act from here on, or acts in other roles")
    private = Particulars

    institution: Annotated[
        Name | None, doc(N_("the institution for which a juror speaks, or null"))
    ]
    person: Annotated[Pseudonym, _WHO]
    roles: Annotated[tuple[Role, ...], doc(N_("the roles"))]

    def subject(self, ctx: Context) -> str:
        return self.person

    def validate_new(self, ctx: Context) -> Iterator[Violation]:
        first = ctx.actor == INIT.pseudonym and not ctx.before.people()
        if not first and "desk" not in ctx.roles:
            yield clauses.DESK(ctx.actor)
        if not self.roles or self.roles != ordered(self.roles):
            yield clauses.ROLES(", ".join(self.roles))
        institutions = ctx.process.definition.config.institutions
        if self.institution is not None and self.institution not in institutions:
            yield clauses.NO_INSTITUTION(self.institution)
        if ("jury" in self.roles) != (self.institution is not None):
            yield clauses.JUROR(self.person)
        if self.person not in ctx.subjects:
            yield clauses.PARTICULARS(self.person)
        before, next_ = ctx.before.person(self.person), f"P-{len(ctx.before.people()) + 1:03d}"
        if before is None:
            if self.person != next_:
                yield clauses.PSEUDONYM(f"{self.person} ≠ {next_}")
            return
        if "desk" not in self.roles and _is_last_of_desk(ctx, before):
            yield clauses.DESK_STAYS(self.person)
        side = ctx.sides.get(self.person)
        if isinstance(side, Particulars) and before.private:
            login = None if side.login is UNSET else side.login
            if login != before.private.get("login"):
                yield clauses.PSEUDONYM(self.person)

    def describe(self, line: Entry[Any], side: Any) -> Story:
        values = {"person": self.person, "roles": Listed(tuple(map(RoleName, self.roles)))}
        yield Phrase(N_("{person} may act: {roles}"), values)
        if self.institution is not None:
            yield Phrase(N_("for {label}"), {"label": InstitutionName(self.institution)})
        if isinstance(side, Particulars):
            yield Phrase(N_("name: {name}"), {"name": side.name})
            if side.email:
                yield Phrase(N_("address: {address}"), {"address": side.email})

    def apply(self, state: ContestState, line: Entry[Any], sides: Sides) -> None:
        state.people[self.person] = Person(
            self.person, self.roles, self.institution, True, to_builtins(sides.get(self.person, {}))
        )


def ordered(roles: Sequence[str]) -> tuple[Role, ...]:
    return tuple(role for role in ROLES if role in roles)


@register
class PersonLeft(AboutContest, frozen=True):
    kind = "person_left"
    tells = N_("a person may no longer act")

    person: Annotated[Pseudonym, _WHO]

    def validate_new(self, ctx: Context) -> Iterator[Violation]:
        yield from clauses.by_desk(ctx)
        before = ctx.before.person(self.person)
        if before is None or not before.active:
            yield clauses.ACTOR(self.person)
        elif _is_last_of_desk(ctx, before):
            yield clauses.DESK_STAYS(self.person)

    def describe(self, line: Entry[Any], side: Any) -> Story:
        yield Phrase(N_("{person} may no longer act"), {"person": self.person})

    def apply(self, state: ContestState, line: Entry[Any], sides: Sides) -> None:
        state.people[self.person] = replace(state.people[self.person], active=False)
