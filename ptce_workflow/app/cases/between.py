"""What changed between two instants: candidatures and their marks, mails, rules, people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ptce_workflow.app.admin.adopt import differing
from ptce_workflow.app.then import at
from ptce_workflow.base.errors import Misuse
from ptce_workflow.base.words import _
from ptce_workflow.process.letters.outbox import Stage
from ptce_workflow.process.rules.case import Case, by_ref

if TYPE_CHECKING:
    from ptce_workflow.app.contest import Contest
    from ptce_workflow.app.post.desk import Posted
    from ptce_workflow.app.then import ContestThen
    from ptce_workflow.ledger.state import Person
    from ptce_workflow.process.process import Process

KINDS = ("state", "fact", "mark", "rank", "mail", "rule", "person")
"""The kinds of what may have changed, in the order in which they are told."""


@dataclass(frozen=True, slots=True)
class Changed:
    """Something that stood otherwise at each of two instants; None where there was none.

    `key` names it: the qualified name of an answer, `panel.criterion@institution` for a mark,
    `panel.figure` for a figure of a panel, the name of a mail, a file of the rules, a pseudonym.
    `ref` is the candidature, `name` what it is called, empty for what is about none.
    """

    kind: str
    ref: str
    name: str
    key: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class DiffSide:
    """One of the two instants: the last line by then, and the process in force."""

    at: datetime
    line: int
    process: Process


@dataclass(frozen=True, slots=True)
class Between:
    """The changes between two instants; `difference` is that of the rules, as `diff -u` has it."""

    before: DiffSide
    after: DiffSide
    changes: tuple[Changed, ...]
    difference: str


@dataclass(frozen=True, slots=True)
class _Snapshot:
    side: DiffSide
    cases: Mapping[str, Case]
    names: Mapping[str, str]
    mails: Mapping[str, Posted]
    people: Mapping[str, Person]

    @classmethod
    def of(cls, contest: ContestThen) -> _Snapshot:
        """A contest as it stood, as far as whoever looks may see it."""
        # Imported here: what writes letters takes long to load.
        from ptce_workflow.app.post.desk import messages

        with contest.looking() as act:
            cases = sorted(map(act.seen, act.every_case()), key=lambda case: by_ref(case.ref))
            names = {case.ref: act.name_of(case) or "" for case in cases}
            people = {one.pseudonym: one for one in act.people()}
            side = DiffSide(act.now, contest.last, act.process)
        mails = {one.name: one for one in messages(contest, tuple(map(str, Stage)))}
        return cls(side, {case.ref: case for case in cases}, names, mails, people)


def between(contest: Contest, since: datetime, until: datetime) -> Between:
    """What changed between two instants, as far as whoever looks may see both.

    *Raises* Misuse where the second is not after the first; see `then.at`.
    """
    if until <= since:
        raise Misuse(
            _("The second instant is not after the first."),
            mend=_("For example: {example}").format(
                example="ptce diff --from 11/03/2024 --to 12/03/2024"
            ),
        )
    with at(contest, since) as first, at(contest, until) as second:
        before, after = _Snapshot.of(first), _Snapshot.of(second)
        found = sorted(_changes(before, after), key=_place)
        rules = "".join(differing(before.side.process, after.side.process))
    return Between(before.side, after.side, tuple(found), rules)


def _place(one: Changed) -> tuple[int, tuple[int, str]]:
    return KINDS.index(one.kind), by_ref(one.ref) if one.ref else (0, "")


def _changes(before: _Snapshot, after: _Snapshot) -> Iterator[Changed]:
    for ref, case in after.cases.items():
        was = before.cases.get(ref)
        for kind, found in _of_case(case).items():
            had = {} if was is None else _of_case(was)[kind]
            for key, old, new in _differing(had, found):
                yield Changed(kind, ref, after.names[ref], key, old, new)
    mails = ({name: str(one.stage) for name, one in side.mails.items()} for side in (before, after))
    for key, old, new in _differing(*mails):
        mail = after.mails[key]
        yield Changed("mail", mail.ref, mail.label, key, old, new)
    rules = (side.side.process.files for side in (before, after))
    for key, old, new in _differing(*rules):
        yield Changed(
            "rule", "", "", key, *(None if one is None else len(one) for one in (old, new))
        )
    people = (
        {key: [*one.roles] if one.active else [] for key, one in side.people.items()}
        for side in (before, after)
    )
    for key, old, new in _differing(*people):
        named = after.people[key].private.get("name") or ""
        yield Changed("person", "", named, key, old, new)


def _of_case(case: Case) -> dict[str, dict[str, Any]]:
    """All that may change of a candidature, by kind and key."""
    marks = {
        f"{panel}.{criterion}@{institution}": mark
        for panel, given in case.scores.items()
        for institution, own in given.items()
        for criterion, mark in own.items()
    }
    ranks = {
        f"{panel}.{figure}": figures[figure]
        for panel, figures in case.panels.items()
        for figure in ("rank", "total")
        if figure in figures
    }
    private = {name: value for name, value in case.private.items() if "@" not in name}
    facts = {**case.facts, **private}
    return {"state": {"": case.state}, "fact": facts, "mark": marks, "rank": ranks}


def _differing(
    before: Mapping[str, Any], after: Mapping[str, Any]
) -> Iterator[tuple[str, Any, Any]]:
    """Each key whose value is another, in the order of those after, then of those that are gone."""
    for key in dict.fromkeys((*after, *before)):
        old, new = before.get(key), after.get(key)
        if old != new or (key in before) != (key in after):
            yield key, old, new
