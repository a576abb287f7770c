"""The JSON schemas of a folder's files, for editors.

A file names its schema on its first line, `#:schema ../schemas/state.json`; Taplo and VS Code's
Even Better TOML read that.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, get_args

from pydantic.json_schema import GenerateJsonSchema
from pydantic_core import core_schema

from ptce_workflow.base.words import _
from ptce_workflow.process.fields import field_types
from ptce_workflow.process.model.base import Model, Name
from ptce_workflow.process.model.definition import ENDS, End
from ptce_workflow.process.model.folder import CONFIG
from ptce_workflow.process.model.reading import MODELS, part_of
from ptce_workflow.process.model.validation import puts_in_a_list, validator

FOLDER = "schemas"
"""The folder beside `config.toml` that holds them; it is no part of the process."""
DIRECTIVE = "#:schema "
_DIALECT = "http://json-schema.org/draft-07/schema#"
_BOUNDS = {"ge": "minimum", "le": "maximum", "gt": "exclusiveMinimum", "lt": "exclusiveMaximum"}
_NAMED = ("properties", "patternProperties", "$defs")
"""The keywords below which names stand, and schemas below these."""
_DROPPED = ("title", "discriminator", "propertyNames")


def schemas() -> dict[str, dict[str, Any]]:
    """The schema of each kind of file by its name, described in the language in force.

    `config`, `sheet`, `request`, `state`, `gate` (`start` and `any`), `ends`; `mail` is that of
    the keys between the two `+++` of a mail.
    """
    by_kind: dict[str, dict[str, Any]] = {kind: _schema(model) for kind, model in MODELS.items()}
    by_kind["mail"] = by_kind.pop("notification")
    end = _schema(End)
    below = {"$defs": end.pop("$defs")} if "$defs" in end else {}
    (bound,) = get_args(Name)[1:]
    names = {"type": "object", "patternProperties": {bound.limits["pattern"]: end}}
    return by_kind | {ENDS: {"$schema": _DIALECT, **names, "additionalProperties": False, **below}}


def written_schemas() -> dict[str, bytes]:
    """Every schema as the file of its name, `schemas/state.json`, holds it."""
    return {
        f"{FOLDER}/{kind}.json": f"{json.dumps(schema, ensure_ascii=False, indent=1)}\n".encode()
        for kind, schema in schemas().items()
    }


def with_directive(file: str, content: bytes) -> bytes:
    """A file in TOML that names its schema on its first line; any other as it is."""
    if not file.endswith(".toml") or content.startswith(DIRECTIVE.encode()):
        return content
    part = part_of(file, tomllib.loads(content.decode("utf-8")))
    if part is None:
        return content
    up = "." if file == CONFIG else ".."
    return f"{DIRECTIVE}{up}/{FOLDER}/{part.kind}.json\n".encode() + content


def _schema(model: type[Model]) -> dict[str, Any]:
    first_lines = {
        kind.__name__: (kind.__doc__ or "").strip().splitlines()[0]
        for kind in field_types().values()
    }
    schema: dict[str, Any]
    schema = _plain_schema(validator(model).model_json_schema(schema_generator=_Generator))
    for name, below in schema.get("$defs", {}).items():
        below.pop("description", "")  # the key under which it stands says what it is
        if name in first_lines:
            below["description"] = _(first_lines[name])
    schema.pop("description", "")
    return {"$schema": _DIALECT} | schema


class _Generator(GenerateJsonSchema):
    """Schemas of what TOML can say: it has no null, its numbers are numbers, its days are text."""

    def encode_default(self, dft: Any) -> Any:
        if isinstance(dft, Decimal):
            return int(dft) if dft == int(dft) else float(dft)
        return None if isinstance(dft, Model) else super().encode_default(dft)

    def nullable_schema(self, schema: core_schema.NullableSchema) -> dict[str, Any]:
        return self.generate_inner(schema["schema"])

    def decimal_schema(self, schema: core_schema.DecimalSchema) -> dict[str, Any]:
        return {"type": "number"} | {key: bound for key, bound in schema.items() if key in _BOUNDS}

    def date_schema(self, schema: core_schema.DateSchema) -> dict[str, Any]:
        return {"type": "string"}

    def datetime_schema(self, schema: core_schema.DatetimeSchema) -> dict[str, Any]:
        return {"type": "string"}

    def function_before_schema(
        self, schema: core_schema.BeforeValidatorFunctionSchema
    ) -> dict[str, Any]:
        inner = super().function_before_schema(schema)
        if schema["function"]["function"] is not puts_in_a_list:
            return inner
        return {"anyOf": [{"type": "string"}, inner]}


def _plain_schema(schema: Any) -> Any:
    """A schema of pydantic's without what says nothing to who writes a folder."""
    if isinstance(schema, list):
        return [_plain_schema(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    plain: dict[str, Any] = {}
    for key, value in schema.items():
        if key in _NAMED:
            plain[key] = {name: _plain_schema(below) for name, below in value.items()}
        elif key in _PUT:
            plain |= _PUT[key](value)
        elif key not in _DROPPED:
            plain[_BOUNDS.get(str(key), str(key))] = _plain_schema(value)
    if "patternProperties" in plain:
        plain["additionalProperties"] = False
    if isinstance(several := plain.get("anyOf"), list):
        plain["anyOf"] = [item for n, item in enumerate(several) if item not in several[:n]]
    return plain


def _as_json(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _as_json(below) for name, below in value.items()}
    if isinstance(value, list):
        return [_as_json(item) for item in value]
    if isinstance(value, Decimal):
        return float(value)
    return value.isoformat() if isinstance(value, date | datetime) else value


_PUT: Mapping[str, Callable[[Any], dict[str, Any]]] = {
    "default": lambda value: {} if value in (None, [], {}) else {"default": value},
    "examples": lambda written: {
        "examples": [_as_json(tomllib.loads(f"key = {example}")["key"]) for example in written]
    },
    "description": lambda text: {"description": _(text)},
}
