"""What is asked about a candidature and answered, as rules, dates and letters read it."""

from __future__ import annotations

from datetime import datetime

from ptce_workflow.process.model.definition import Definition
from ptce_workflow.process.rules.case import Case


def pending(definition: Definition, case: Case) -> tuple[str, ...]:
    """The requests that wait for their answer, in the order of the folder."""
    return tuple(name for name in definition.requests if case.is_asked(name))


def asked(definition: Definition, name: str, case: Case) -> datetime | None:
    """When the last request of a name arrived; None where there is none, or it counts no more.

    One that was answered counts until the candidature comes again where it may be asked: what was
    granted against one decision opens nothing against the next.
    """
    arrived = case.received.get(name)
    if not arrived:
        return None
    since = [
        case.entered[state] for state in definition.requests[name].in_ if state in case.entered
    ]
    over = name in case.answers and max(since, default=arrived[-1]) > arrived[-1]
    return None if over else arrived[-1]


def outcome(definition: Definition, name: str, case: Case) -> str | None:
    """The answer to the last request of a name; None while there is none, or it counts no more."""
    return case.answers.get(name) if asked(definition, name, case) is not None else None
