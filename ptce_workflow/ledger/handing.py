"""Hand-overs between two contests: what each ledger says of the other, and whether it may."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import Any
from uuid import UUID

from ptce_workflow.base.words import _
from ptce_workflow.process.case import Case
from ptce_workflow.process.machine import Way
from ptce_workflow.process.process import Process

_HASH = re.compile(r"[0-9a-f]{64}")
_NAMED = {"contest": str, "origin": str, "case": str, "ref": str, "n": int, "hash": str}
_ORIGIN = {**_NAMED, "state": str}

Told = tuple[str, str]
"""What was not allowed, and why."""


def received_id(origin: str, case: str) -> str:
    """The id of a candidature in the contest that takes it over.

    It follows from the origin of the ledger that hands it over and from its id there: taken over
    twice, a candidature would have the same id twice, which no ledger allows.
    """
    digest = sha256(f"{origin}\n{case}\n".encode()).digest()
    return str(UUID(bytes=digest[:16], version=4))


def opened_faults(way: Way | None, case: str, origin: Any) -> Iterator[Told]:
    """What is wrong with where a candidature says that it comes from."""
    if way is not None and bool(way.transition.carries) != (origin is not None):
        yield (
            _("The way in is for candidatures that another contest hands over, and for no others."),
            way.name,
        )
    if origin is None:
        return
    if not _names(origin, _ORIGIN):
        yield _("The line does not say where the candidature comes from."), str(origin)
    elif case != received_id(origin["origin"], origin["case"]):
        yield _("The candidature is not the one that was handed over."), origin["ref"]


def handed_faults(process: Process, case: Case, data: Mapping[str, Any]) -> Iterator[Told]:
    """What is wrong with a line that hands a candidature over."""
    if not _names(data, _NAMED):
        yield _("The line does not say where the candidature went."), str(data["contest"])
        return
    if not process.states[case.state].hands_over:
        yield _("No candidature is handed over from that state."), case.state
    if data["origin"] in case.handed_over:
        yield _("The candidature was handed over there already."), data["contest"]


def is_origin(value: Any) -> bool:
    """Whether a value names the line of another ledger from which a candidature came."""
    return _names(value, _ORIGIN)


def _names(value: Any, kinds: Mapping[str, type]) -> bool:
    # `true` is an integer to Python, and no number of a line.
    return (
        isinstance(value, Mapping)
        and {key: type(one) for key, one in value.items()} == kinds
        and value["n"] > 0
        and all(_HASH.fullmatch(value[key]) for key in ("origin", "hash"))
    )
