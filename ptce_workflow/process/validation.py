"""Validators of TOML by pydantic, built from the declarations of the models."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from types import GenericAlias, MappingProxyType, UnionType
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, create_model

from ptce_workflow.process.fields import FieldType, field_types
from ptce_workflow.process.model import Bound, Model
from ptce_workflow.process.notifications.recipients import recipient_kinds

STRICT = ConfigDict(frozen=True, extra="forbid")
"""The rules for reading tables: no unknown key, no change after reading."""

M = TypeVar("M", bound=Model)


def validated(model: type[M], table: object) -> M:
    """A table as its model; *raises* pydantic's ValidationError with every fault of it."""
    made = validator(model).model_validate(table)
    return _plain(model)(made)


def validator(model: type[Model]) -> type[BaseModel]:
    """The pydantic model that reads a table: the same keys, bounds and descriptions."""
    as_key: Any = model
    return _validator(as_key, (*field_types().values(), *recipient_kinds()))


@cache
def _validator(model: Any, _kinds: tuple[object, ...]) -> type[BaseModel]:
    # Another type of field, or kind of recipients, makes other validators.
    hints = get_type_hints(model, include_extras=True)
    fields: dict[str, Any] = {
        name: (
            _annotation(hints[name]),
            Field(
                # Only what was written is taken over: an empty table need not be copied.
                None if isinstance(declared.default, Mapping) else declared.default,
                alias=name.removesuffix("_"),
                description=declared.description or None,
                examples=list(declared.examples) or None,
                **declared.bounds,
            ),
        )
        for name, declared in model.keys.items()
    }
    if model.type:
        fields["type"] = (Literal[model.type], ...)
    return create_model(model.__name__, __config__=STRICT, __doc__=model.__doc__, **fields)


def _annotation(hint: Any) -> Any:
    """An annotation of the models as pydantic reads it."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Annotated:
        words = [one.limits["one_of"] for one in hint.__metadata__ if "one_of" in one.limits]
        if words:
            return Literal[tuple(words[0]())]
        return Annotated[_annotation(arguments[0]), *map(_constraint, hint.__metadata__)]
    parts: Any = tuple(map(_annotation, arguments))
    if origin in (Union, UnionType):
        return Union[parts]  # noqa: UP007 - made at run time
    if origin is tuple:
        return tuple[parts]
    if origin is Mapping:
        return Annotated[GenericAlias(Mapping, parts), AfterValidator(MappingProxyType)]
    if isinstance(hint, type) and issubclass(hint, FieldType) and not hint.type:
        return _one_of(hint)
    if isinstance(hint, type) and issubclass(hint, Model):
        return Annotated[validator(hint), AfterValidator(_plain(hint))]
    return hint


def _one_of(base: type[FieldType]) -> Any:
    """Every type of field that is of a kind, told apart by its key `type`."""
    types: Any = tuple(_annotation(one) for one in field_types().values() if issubclass(one, base))
    return Annotated[Union[types], Field(discriminator="type")]  # noqa: UP007 - as above


def _constraint(bound: Bound) -> Any:
    limits = bound.limits
    if "reads" in limits:
        return AfterValidator(_read_by(limits["reads"]))
    of_text = "pattern" in limits or "strip_whitespace" in limits
    return StringConstraints(**limits) if of_text else Field(**limits)


def _read_by(read: Callable[[Any], object]) -> Callable[[Any], Any]:
    def check(value: Any) -> Any:
        read(value)
        return value

    return check


def _plain(model: type[M]) -> Callable[[BaseModel], M]:
    def plain(made: BaseModel) -> M:
        return model.checked(
            {name: getattr(made, name) for name in made.model_fields_set - {"type"}}
        )

    return plain
