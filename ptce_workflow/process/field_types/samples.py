"""A plausible value for every type of field, on which rules are tried before anyone is judged."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from decimal import Decimal
from hashlib import sha256
from typing import Any

from ptce_workflow.process.marks import ScoreField
from ptce_workflow.process.model import in_hundredths
from ptce_workflow.process.questions import (
    AnyField,
    DecimalField,
    IntegerField,
    LongTextField,
    OptionField,
    OptionsField,
    TableField,
    TerritoryField,
    TextField,
)

_SIMPLE: Mapping[str, Any] = {
    "boolean": True,
    "date": "2024-05-14",
    "datetime": "2024-05-14T07:30:00.000000Z",
    "email": "contact@collectif.example",
    "phone": "+33561000000",
    "url": "https://www.collectif.example/",
    "siren": "100000009",
    "siret": "10000000900009",
    "file": {"name": "lettre.pdf", "size": 1, "sha256": sha256(b"1").hexdigest()},
}
_ZONES: Mapping[str, Mapping[str, Any]] = {
    "commune": {"code": "12145", "departments": ["12"], "regions": ["76"]},
    "epci": {"code": "200067155", "departments": ["12"], "regions": ["76"]},
    "department": {"code": "12", "departments": ["12"], "regions": ["76"]},
    "region": {
        "code": "76",
        "departments": [
            "09",
            "11",
            "12",
            "30",
            "31",
            "32",
            "34",
            "46",
            "48",
            "65",
            "66",
            "81",
            "82",
        ],
        "regions": ["76"],
    },
}


def sample(field: AnyField) -> Any:
    """A value that the field would record: within its bounds, every column of a table given."""
    match field:
        case TextField() | LongTextField():
            return "Collectif"[: field.max_length]
        case IntegerField():
            return _within(1, field.min, field.max)
        case DecimalField():
            return _within(100, _hundredths(field.min), _hundredths(field.max))
        case ScoreField():
            return in_hundredths(field.scale.from_)
        case OptionField():
            return next(iter(field.options))
        case OptionsField():
            return [next(iter(field.options))]
        case TerritoryField():
            return [{"kind": kind, **deepcopy(dict(_ZONES[kind]))} for kind in field.kinds[:1]]
        case TableField():
            row = {name: sample(column) for name, column in field.columns.items()}
            return [dict(row) for _row in range(max(1, field.min_rows))]
    return deepcopy(_SIMPLE[field.type])


def _within(value: int, lowest: int | None, highest: int | None) -> int:
    if lowest is not None and value < lowest:
        return lowest
    return highest if highest is not None and value > highest else value


def _hundredths(bound: Decimal | int | None) -> int | None:
    return None if bound is None else in_hundredths(bound)
