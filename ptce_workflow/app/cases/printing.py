"""The contents of prints and hand-outs: candidatures as they stand, with the line they rest on."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from ptce_workflow.app.cases.history import ledger_origin
from ptce_workflow.app.cases.record import FactsRefused, record
from ptce_workflow.base.errors import Misuse, PtceError
from ptce_workflow.base.words import _
from ptce_workflow.ledger.line import digest
from ptce_workflow.process.process import Process
from ptce_workflow.process.rules.case import Case, Moment

if TYPE_CHECKING:
    from ptce_workflow.app.cases.record import Raw
    from ptce_workflow.app.session import Session
    from ptce_workflow.app.transaction import Transaction


@dataclass(frozen=True, slots=True)
class Printable:
    """A candidature as it stands, and the hash of the last ledger line that tells of it."""

    process: Process
    case: Case
    moment: Moment
    hash: str


@dataclass(frozen=True, slots=True)
class Gathered:
    """Candidatures as they stand, by reference, and the ledger that tells of them.

    `origin` is the random origin of the ledger: two ledgers of one contest differ in it.
    """

    process: Process
    cases: tuple[Case, ...]
    contest: str
    origin: str
    now: datetime


def printable(session: Session, ref: str) -> Printable:
    """One candidature, to be printed.

    *Raises* Misuse for a reference that does not exist.
    """
    with session.looking() as act:
        (case,) = act.load([ref])
        seal = digest(act.unit.line(act.contest, case.version))
        return Printable(act.process, case, act.moment(case), seal)


def gather(session: Session, states: Collection[str]) -> Gathered:
    """The candidatures that stand in some states."""
    with session.looking() as act:
        cases = [case for case in act.every_case() if case.state in states]
        origin = ledger_origin(act.unit, act.contest)
        ordered = tuple(sorted(cases, key=lambda case: case.ref))
        return Gathered(act.process, ordered, act.contest, origin, act.now)


def record_all(
    act: Transaction, facts: Mapping[str, Raw], seen: Mapping[str, int]
) -> tuple[Case, ...]:
    """Records facts of several candidatures, by reference; all of them or none.

    `seen` are the versions that whoever wrote the facts had before their eyes.

    *Raises* FactsRefused with every fault, PtceError when a candidature has changed since.
    """
    recorded: list[Case] = []
    problems: list[PtceError] = []
    for case in act.load(facts):
        if case.version != seen.get(case.ref, case.version):
            raise PtceError(
                _("{ref} was changed by somebody else at this very moment.").format(ref=case.ref),
                _("Nothing was written."),
                _("Do it again."),
            )
        try:
            recorded.append(record(act, case, facts[case.ref]))
        except FactsRefused as refused:
            problems += [_of(case.ref, problem) for problem in refused.problems]
    if problems:
        raise FactsRefused(tuple(problems))
    return tuple(recorded)


def _of(ref: str, problem: PtceError) -> Misuse:
    what = _("{file}: {problem}").format(file=ref, problem=problem.what)
    return Misuse(what, problem.why, problem.mend)
