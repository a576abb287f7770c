"""The holes of the page on the ledger: the kinds of line, and a line to try one's hand on."""

from __future__ import annotations

from typing import Any

from msgspec import Struct
from msgspec.structs import fields

from ptce_workflow.base.words import _
from ptce_workflow.exports.tables import commands, findings_table
from ptce_workflow.ledger.events.base import MODULES, kind_of
from ptce_workflow.ledger.line import FIRST_PREV, Line, digest


def holes(language: str) -> dict[str, Any]:
    """The values of the page, in the language in force."""
    line = first_line().encode()
    return {
        "first_line": line.decode().rstrip(),
        "first_hash": digest(line),
        "commands": commands(),
        "findings": findings_table(language),
        "kinds": [
            {
                "name": kind.kind,
                "told": _sentence(kind.tells),
                "data": _keys(kind),
                "side": {} if kind.private is None else _keys(kind.private),
            }
            for kind in filter(None, map(kind_of, MODULES))
        ],
    }


def first_line() -> Line:
    """The first line of a ledger, whose contest and rehearsal are made up."""
    return Line(
        n=1,
        prev=FIRST_PREV,
        at="2024-01-15T08:00:00.000000Z",
        case=None,
        actor="init",
        type="contest_created",
        process="00" * 32,
        data={"contest": "occitanie-2024", "origin": "00" * 32, "rehearsal": True},
        pd=None,
    )


def _sentence(told: str) -> str:
    return _(told)[:1].upper() + _(told)[1:]


def _keys(kind: type[Struct]) -> dict[str, str]:
    """What each key says, in the order of the line."""
    keys = sorted(fields(kind), key=lambda one: one.encode_name)
    return {one.encode_name: _(_description(one.type)) for one in keys}


def _description(annotated: Any) -> str:
    told = [meta.description for meta in annotated.__metadata__ if meta.description]
    return str(told[-1])
