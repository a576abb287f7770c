"""Sample candidatures on which conditions are tried: full, empty, nothing, each answer in turn."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from ptce_workflow.process.fields import Computable, DatedField
from ptce_workflow.process.model.definition import OUTCOME, Definition
from ptce_workflow.process.model.surroundings import CARRIED, SITTING
from ptce_workflow.process.panel.figures import FIGURES
from ptce_workflow.process.process import Process
from ptce_workflow.process.rules.case import Case, Moment
from ptce_workflow.process.rules.scope import of_last

_NOW = datetime(2024, 3, 1, 12, tzinfo=UTC)
_SOME, _NONE = 100, 0
Values = Mapping[str, tuple[Any, ...]]


def samples(process: Process, names: tuple[str, ...]) -> Iterator[tuple[Case, Moment]]:
    """Candidatures on which every one of some variables is known.

    Each value is tried beside the first of all the others, then beside the last of all: the
    number of samples grows with the values, not with their combinations. At the end all tables
    are full.
    """
    values = dict(_values(process, names))
    for place in (0, -1):
        base = {name: several[place] for name, several in values.items()}
        yield _case(process, base)
        for name, several in values.items():
            for value in several:
                if value != base[name]:
                    yield _case(process, {**base, name: value})
    full = {name: _full(process, name, several[0]) for name, several in values.items()}
    if any(full[name] is not several[0] for name, several in values.items()):
        yield _case(process, full)


def _values(process: Process, names: tuple[str, ...]) -> Iterator[tuple[str, tuple[Any, ...]]]:
    """The values that a variable is tried with, what is full first and what is empty last."""
    for name in names:
        root = name.partition(".")[0]
        sheet = process.definition.sheets.get(root)
        if name == CARRIED:
            yield name, (True, False)
        elif root in ("total", "sitting") or (sheet is not None and sheet.is_panel):
            yield name, (_SOME, _NONE)
        elif _is_outcome(process, name):
            yield name, tuple(process.definition.requests[root].transitions)
        elif (field := process.definition.field(name)) is not None:
            if isinstance(field, Computable) and field.computed is not None:
                yield from _values(process, _worked_out_from(process)[name])
            else:
                yield name, field.trials()


def _is_outcome(process: Process, name: str) -> bool:
    """True for the answer to a request: a field of any other sheet may be called so too."""
    root, _dot, rest = name.partition(".")
    return rest == OUTCOME and root in process.definition.requests


def _full(process: Process, name: str, value: Any) -> Any:
    """The value of a variable, as large as it may be."""
    field = process.definition.field(name)
    return value if field is None else field.filled(value)


@of_last
def _worked_out_from(process: Process) -> dict[str, tuple[str, ...]]:
    """The names that each computed field reads."""
    return {
        f"{sheet_name}.{name}": process.scope.worked_out_from(computed)
        for sheet_name, sheet in process.definition.sheets.items()
        for name, field in sheet.fields.items()
        if isinstance(field, Computable) and (computed := field.computed) is not None
    }


@of_last
def _basis(definition: Definition) -> tuple[dict[str, Any], dict[str, dict[str, int]]]:
    """What is known on every sample: the answers that instants count from, and all figures."""
    dated = {
        f"{name}.{field_name}": field.sample()
        for name, sheet in definition.sheets.items()
        for field_name, field in sheet.fields.items()
        if isinstance(field, DatedField)
    }
    panels = {
        name: dict.fromkeys((*sheet.criteria, *FIGURES), _SOME)
        for name, sheet in definition.sheets.items()
        if sheet.is_panel
    }
    return dated, panels


def _case(process: Process, values: Mapping[str, Any]) -> tuple[Case, Moment]:
    dated, marked = _basis(process.definition)
    facts = {**dated}
    panels = {name: {**figures} for name, figures in marked.items()}
    totals = dict.fromkeys(process.totals, _SOME)
    sitting: dict[str, Any] = {**dict.fromkeys(SITTING, _SOME), CARRIED.partition(".")[2]: True}
    answers: dict[str, str] = {}
    for name, value in values.items():
        root, _dot, rest = name.partition(".")
        if root in panels:
            panels[root][rest] = value
        elif root == "total":
            totals[rest] = value
        elif root == "sitting":
            sitting[rest] = value
        elif _is_outcome(process, name):
            answers[root] = value
        else:
            facts[name] = value
    case = Case(
        "",
        "C-001",
        "",
        _NOW,
        1,
        facts=facts,
        contest=facts,
        panels=panels,
        entered=dict.fromkeys(process.definition.states, _NOW),
        received=dict.fromkeys(process.definition.requests, (_NOW,)),
        answers=answers,
        origin={"contest": "", "ref": "C-001", "state": ""},
    )
    return case, Moment(_NOW, ("desk",), "", totals, sitting=sitting)
