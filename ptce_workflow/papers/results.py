"""The results of a contest as they are published: the name of each laureate, and what goes with it.

Nothing else is in it: no reference, no state, no figure.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ptce_workflow.base.words import _, language
from ptce_workflow.papers.report import (
    Aside,
    Column,
    Note,
    Part,
    Report,
    Table,
    capital,
    clean,
    of_contest,
)
from ptce_workflow.process.explain import Teller
from ptce_workflow.process.process import counted, name_of, noun_of
from ptce_workflow.process.rules.case import Moment

if TYPE_CHECKING:
    from ptce_workflow.app.cases.overview import Gathered
    from ptce_workflow.process.rules.case import Case


def results(found: Gathered, untold: int) -> Report:
    """The report of the results; `untold` decisions wait for their mail, which is remarked."""
    return of_contest(found.process, _("Results"), found.now, _result_parts(found, untold))


def results_data(found: Gathered) -> list[dict[str, Any]]:
    """`ptce results --json`: the name of each, and in words the answers published with it."""
    return [
        {"name": name, "answers": dict(zip(_shown(found), answers, strict=True))}
        for name, *answers in (_cells(found, case) for case in found.cases)
    ]


def _result_parts(found: Gathered, untold: int) -> Iterator[Part]:
    process = found.process
    if found.cases:
        teller = Teller(process, language())
        labels = (capital(noun_of(process)), *map(teller.label, _shown(found)))
        columns = [Column(label, flexible=True, share=4) for label in labels]
        rows = [_cells(found, case) for case in found.cases]
        yield Table(columns, rows, counted(process, len(rows)), named=True)
    else:
        yield Note(_("There is nobody to publish."))
    if untold:
        yield Aside(_("Decisions wait for their mail: nobody should read theirs here first."))


def _shown(found: Gathered) -> tuple[str, ...]:
    published = found.process.definition.config.results
    return () if published is None else published.shows


def _cells(found: Gathered, case: Case) -> list[str]:
    teller, moment = Teller(found.process, language()), Moment(found.now)
    answers = (teller.known(name, case, moment) or "" for name in _shown(found))
    return [clean(cell) for cell in (name_of(found.process, case), *answers)]
