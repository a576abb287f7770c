"""Validation of tables by pydantic, and the JSON schemas for editors."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache, reduce
from types import GenericAlias, MappingProxyType, UnionType
from typing import (
    Annotated,
    Any,
    Literal,
    NamedTuple,
    TypeVar,
    Union,
    get_args,
    get_origin,
    get_type_hints,
)

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    TypeAdapter,
    ValidationError,
    create_model,
)
from pydantic_core import ErrorDetails

from ptce_workflow.base.errors import Finding, shown
from ptce_workflow.base.words import _, suggestion
from ptce_workflow.process.fields import FieldType, field_types
from ptce_workflow.process.model.base import Bound, Model, Text
from ptce_workflow.process.model.notification import recipient_kinds

STRICT = ConfigDict(frozen=True, extra="forbid")
"""The rules for reading tables: no unknown key, no change after reading."""

_PHRASE = StringConstraints(strip_whitespace=True, min_length=1)
M = TypeVar("M", bound=Model)


def validated(model: type[M], table: object) -> M:
    """A table as its model; *raises* pydantic's ValidationError with every fault of it."""
    return _plain(model)(validator(model).model_validate(table))


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
    if hint is Text:
        return Annotated[str, _PHRASE, AfterValidator(Text)]
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Annotated:
        limits = {
            name: limit for bound in hint.__metadata__ for name, limit in bound.limits.items()
        }
        if "one_of" in limits:
            return Literal[tuple(limits["one_of"]())]
        if "or_one" in limits:
            return Annotated[_annotation(arguments[0]), BeforeValidator(puts_in_a_list)]
        return Annotated[_annotation(arguments[0]), *map(_constraint, hint.__metadata__)]
    parts: Any = tuple(map(_annotation, arguments))
    if origin in (Union, UnionType):
        return Union[parts]  # noqa: UP007 - made at run time
    if origin is tuple:
        return tuple[parts]
    if origin is Mapping:
        return Annotated[GenericAlias(Mapping, parts), AfterValidator(MappingProxyType)]
    if isinstance(hint, type) and issubclass(hint, FieldType) and not hint.type:
        types: Any = tuple(
            _annotation(kind) for kind in field_types().values() if issubclass(kind, hint)
        )
        return Annotated[Union[types], Field(discriminator="type")]  # noqa: UP007 - as above
    if isinstance(hint, type) and issubclass(hint, Model):
        return Annotated[validator(hint), AfterValidator(_plain(hint))]
    return hint


def _constraint(bound: Bound) -> Any:
    limits = bound.limits
    if "reads" in limits:

        def check(value: Any) -> Any:
            limits["reads"](value)
            return value

        return AfterValidator(check)
    of_text = "pattern" in limits or "strip_whitespace" in limits
    return StringConstraints(**limits) if of_text else Field(**limits)


def puts_in_a_list(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def _plain(model: type[M]) -> Callable[[BaseModel], M]:
    def plain(read: BaseModel) -> M:
        written = read.model_fields_set - {"type"}
        return model.checked({name: getattr(read, name) for name in written})

    return plain


def from_validation(file: str, model: type[BaseModel], error: ValidationError) -> Iterator[Finding]:
    """Every fault of one file as findings, one for each key at most."""
    keys: set[str] = set()
    for detail in error.errors(include_url=False):
        place = _place(model, detail["loc"])
        finding = Finding(file, place.key, *_words(detail, place))
        if finding.key not in keys:
            keys.add(finding.key)
            yield finding


class _Place(NamedTuple):
    """The place of a fault in the models: the key path as written, and the value expected."""

    key: str
    expected: Any
    holder: type[BaseModel] | None


def _place(model: type[BaseModel], loc: tuple[int | str, ...]) -> _Place:
    """Follows pydantic's path, leaving out the steps that are no keys of the file."""
    keys: list[str] = []
    expected: Any = model
    holder: type[BaseModel] | None = None
    for step in map(str, loc):
        if step == "[key]":  # pydantic's mark for a key that is at fault itself
            continue
        kind, above = _shape(expected)[0], _bare(expected)
        expected = _below(above, step)
        if kind in (Model, Mapping):
            keys.append(shown(step))
        if kind in (Model, Mapping, tuple):
            holder = above if kind is Model else None
        elif expected is None:
            return _Place(".".join(keys), above, holder)
    return _Place(".".join(keys), expected, holder)


def _below(expected: Any, step: str) -> Any:
    """What stands under a key, in a list, or for the type of a table; None where nothing does."""
    kind, arguments = _shape(expected)
    if kind is Model:
        return _fields(_bare(expected)).get(step)
    if kind in (Mapping, tuple):
        return arguments[1] if kind is Mapping else arguments[0]
    tagged = (model for model in map(_bare, arguments) if _is_model(model))
    return next((m for m in tagged if step in get_args(_fields(m).get("type"))), None)


def _is_model(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def _shape(annotation: Any) -> tuple[Any, tuple[Any, ...]]:
    """What an annotation is, bare: Model, Mapping, Union, tuple, Literal; and its arguments."""
    expected = _bare(annotation)
    origin, arguments = get_origin(expected), get_args(expected)
    if _is_model(expected):
        return Model, ()
    if origin in (Union, UnionType):
        return Union, tuple(part for part in arguments if part is not type(None))
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return Mapping, arguments
    return origin, arguments


def _bare(annotation: Any) -> Any:
    """An annotation without its bounds, and without the leave to be absent."""
    while True:
        arguments = get_args(annotation)
        present = [part for part in arguments if part is not type(None)]
        if get_origin(annotation) is Annotated:
            annotation = arguments[0]
        elif get_origin(annotation) in (Union, UnionType) and len(present) == 1:
            annotation = present[0]
        else:
            return annotation


def _fields(model: type[BaseModel]) -> dict[str, Any]:
    return {info.alias or name: info.annotation for name, info in model.model_fields.items()}


def _words(detail: ErrorDetails, place: _Place) -> tuple[str, str, str]:
    kind, value, context = detail["type"], detail["input"], detail.get("ctx") or {}
    last = place.key.rpartition(".")[2]
    if kind == "missing":
        return missing(last, place.holder)
    if kind == "extra_forbidden":
        names = _fields(place.holder) if place.holder else ()
        return _('"{key}" is not a known key.').format(key=last), "", suggestion(last, names)
    if kind in ("literal_error", "union_tag_invalid"):
        word = str(context.get("tag", value))
        expected = str(context.get("expected") or context.get("expected_tags"))
        values = [accepted.strip(" '") for accepted in re.split(" or |,", expected)]
        what = _('"{word}" is not one of the accepted words.').format(word=shown(word))
        why = _("Accepted: {words}.").format(words=", ".join(values))
        return what, why, suggestion(word, values) if len(values) > 1 else ""
    if kind == "union_tag_not_found":
        return _("The key {key} is missing.").format(key="type"), "", _("Say of what type it is.")
    if kind == "string_pattern_mismatch":
        what = _('"{name}" cannot be a name here.').format(name=shown(str(value)))
        why = _("It is made of small letters and digits, in words joined by hyphens.")
        if "_" in context.get("pattern", ""):
            why = _("Names begin with a small letter and hold small letters, digits and _ only.")
        return what, why, ""
    what = _("This value is not of the expected kind.")
    return what, _expectation(kind, context, place.expected), ""


def missing(last: str, model: type[BaseModel] | None) -> tuple[str, str, str]:
    """The words for a key that is not there: that, what it says, and an example."""
    infos = model.model_fields.items() if model else ()
    info = next((info for name, info in infos if last == (info.alias or name)), None)
    why = _(info.description) if info is not None and info.description else ""
    mend = ""
    if info is not None and info.examples:
        mend = _("For example: {key} = {example}").format(key=last, example=info.examples[0])
    return _("The key {key} is missing.").format(key=last), why[:1].upper() + why[1:], mend


def _expectation(kind: str, context: Mapping[str, Any], expected: Any) -> str:
    bounds = {
        "greater_than_equal": _("It must be {bound} or more."),
        "greater_than": _("It must be more than {bound}."),
        "less_than_equal": _("It must be {bound} or less."),
        "too_short": _("It must hold at least {bound}."),
        "too_long": _("It must hold at most {bound}."),
        "string_too_short": _("It must not be empty."),
        "string_too_long": _("It must hold at most {bound}."),
    }
    limits = ("ge", "gt", "le", "min_length", "max_length")
    bound = next((context[name] for name in limits if name in context), "")
    return bounds.get(kind, _("Expected: {kind}.")).format(bound=bound, kind=kind_of(expected))


def kind_of(expected: Any) -> str:
    """The kind of value that an annotation of the models accepts, in words."""
    kind, arguments = _shape(expected)
    if kind is Union:
        return _(" or ").join(dict.fromkeys(kind_of(part) for part in arguments))
    if kind is tuple:
        is_literal = get_origin(arguments[0]) is Literal
        words = ", ".join(f'"{word}"' for word in get_args(arguments[0]) if is_literal)
        listed = _("a list between brackets")
        return f"{listed} ({words})" if words else listed
    if kind is Literal:
        return _(" or ").join(f'"{word}"' for word in arguments)
    if kind in (Model, Mapping):
        return _("a table")
    names = {
        "str": _("text between quotes"),
        "bool": _("true or false"),
        "int": _("a whole number"),
        "Decimal": _("a number"),
        "datetime": _("a day and an hour, without quotes or zone"),
        "date": _("a day"),
    }
    return names.get(getattr(_bare(expected), "__name__", ""), _("another kind of value"))


def expected_at(model: type[Model], path: Sequence[str]) -> Any:
    """What a key of a table may hold, by the names that lead to it; None where none leads there."""
    return _bare(reduce(_below, path, validator(model)))


def accepts(expected: Any, value: object) -> bool:
    """True where a key may hold a value, as far as its kind and its bounds go."""
    try:
        TypeAdapter(expected).validate_python(value, strict=not isinstance(value, list))
    except ValidationError:
        return False
    return True


def keys_of(expected: Any) -> tuple[str, ...] | None:
    """The keys of a table, () for one whose names are free; None for what is no table."""
    kind, _arguments = _shape(expected)
    return tuple(_fields(_bare(expected))) if kind is Model else () if kind is Mapping else None
