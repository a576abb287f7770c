"""Jinja for letters: it reaches nothing but what it is given, and takes no more than its budget."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from jinja2 import BaseLoader, StrictUndefined, pass_context
from jinja2.compiler import CodeGenerator, DependencyFinderVisitor
from jinja2.nodes import Node
from jinja2.runtime import Context, LoopContext, Undefined, markup_join
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup, escape

from ptce_workflow.base.words import _
from ptce_workflow.process.letters.grammar import COMPARED, COUNTED, JOINED, MEASURED, TESTS
from ptce_workflow.process.letters.readable import (
    LARGEST_NUMBER,
    Budget,
    Passage,
    Readable,
    TemplateFault,
)

BUDGET = "(budget)"
"""The name of the budget in the context of a rendering: no template can write it."""

MARKS = "(marks)"
"""The name of the marks of a letter in Markdown, in the context of its rendering."""

LINE_BREAK = "\u2028"
"""Stands for a line break that came with a value, until the letter is put together."""

CALL_STEPS = 50
_LOOP = ("index", "index0", "revindex", "revindex0", "first", "last", "length")
_OPERATORS = frozenset(["+", "-", "*", "/", "//", "**", "%"])


class Unknown(StrictUndefined):
    """A name that has no value in this letter: it can be asked for, not printed."""

    __slots__ = ()

    @property
    def _undefined_message(self) -> str:
        return _('"{name}" is not known in this letter.').format(name=self._undefined_name)


class _Writer(CodeGenerator):
    """Writes a template in Python; its filters and tests are known, as the grammar has seen."""

    def pull_dependencies(self, nodes: Iterable[Node]) -> None:
        """Names each filter and test once, and asks no more whether it is there."""
        found = DependencyFinderVisitor()
        for node in nodes:
            found.visit(node)
        for kind, known, names in (
            ("filters", self.filters, found.filters),
            ("tests", self.tests, found.tests),
        ):
            for name in sorted(names):
                if name not in known:
                    known[name] = self.temporary_identifier()
                self.writeline(f"{known[name]} = environment.{kind}[{name!r}]")


class Sandbox(ImmutableSandboxedEnvironment):
    """The environment in which the templates of one process are compiled and rendered."""

    intercepted_binops = _OPERATORS
    code_generator_class = _Writer

    def __init__(self, loader: BaseLoader) -> None:
        super().__init__(
            loader=loader,
            undefined=Unknown,
            finalize=_printed,
            # Jinja's own choice goes by `.html` alone, and would leave `.html.j2` open.
            autoescape=lambda name: name is not None and name.endswith(".html.j2"),
            # What can be worked out before rendering would be worked out without a budget.
            optimized=False,
            trim_blocks=True,
            lstrip_blocks=True,
            cache_size=-1,
        )
        self.globals = {"range": _range}
        self.filters = {**FILTERS, **_GUARDS}
        self.tests = {name: self.tests[name] for name in TESTS}

    def getattr(self, obj: Any, attribute: str) -> Any:
        """A part of what is readable, or what a loop knows of itself."""
        if isinstance(obj, Readable):
            value = obj.part(attribute)
            return self.undefined(name=f"{obj.path}.{attribute}") if value is None else value
        if isinstance(obj, LoopContext) and attribute in _LOOP:
            return getattr(obj, attribute)
        if isinstance(obj, Undefined):
            str(obj)  # raises what is wrong with it
        raise TemplateFault(
            _('"{name}" cannot be read here.').format(name=attribute),
            _("Texts, numbers and lists have no parts; docs/format.md names what has."),
        )

    def getitem(self, obj: Any, argument: Any) -> Any:
        """An item of a list, a letter of a text, or what `getattr` gives."""
        if isinstance(argument, str):
            return self.getattr(obj, argument)
        if isinstance(obj, list | tuple | str):
            return obj[argument]
        return self.getattr(obj, str(argument))

    def call(self, context: Context, function: Any, /, *args: Any, **kwargs: Any) -> Any:
        """Calls one of the functions that letters know, at its price."""
        budget_of(context).spend(CALL_STEPS)
        return super().call(context, function, *args, **kwargs)

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """Adds texts, and counts with whole numbers that stay small."""
        if operator == "+" and isinstance(left, str) and isinstance(right, str):
            budget_of(context).make(len(left) + len(right))
            return left + right
        for value in (left, right):
            if type(value) is not int:
                if isinstance(value, Undefined):
                    str(value)  # raises what is wrong with it
                raise TemplateFault(
                    _('"{sign}" does not go with these values.').format(sign=operator),
                    _("Letters count with whole numbers, and join texts with ~."),
                )
        result = super().call_binop(context, operator, left, right)
        if abs(result) > LARGEST_NUMBER:
            raise TemplateFault(
                _("This template counts too far."),
                _("No number of a letter lies beyond {most}.").format(most=LARGEST_NUMBER),
            )
        return result


def budget_of(context: Context) -> Budget:
    """The budget that is left to the rendering of a context."""
    budget = context[BUDGET]
    assert isinstance(budget, Budget)
    return budget


def _text(context: Context, value: Any) -> str:
    """A value as text: a text itself, a whole number, an instant in words."""
    if isinstance(value, Readable | Undefined) or type(value) is int:
        value = str(value)
    if not isinstance(value, str):
        raise TemplateFault(
            _("This is no text and cannot be printed: {kind}.").format(kind=_kind(value)),
            _("Texts, whole numbers and instants are printed; yes or no is asked with `if`."),
        )
    budget_of(context).make(len(value))
    return value


def _kind(value: Any) -> str:
    """The sort of a value, in words."""
    if value is None:
        return _("nothing")
    kinds = {bool: _("yes or no"), int: _("a whole number"), float: _("a number")}
    kinds |= {str: _("text"), list: _("a list"), tuple: _("a list")}
    return kinds.get(type(value), _("something made of parts"))


@pass_context
def _printed(context: Context, value: Any) -> str:
    """The text of a value in the letter; its line breaks are marked, not to end a subject.

    In Markdown a mark of its own stands for the value.
    """
    text = _text(context, value)
    if isinstance(value, Passage):
        return str(text)
    marks = context.get(MARKS)
    if marks is not None:
        return str(marks.mark(text))
    return text.replace("\r\n", LINE_BREAK).replace("\r", LINE_BREAK).replace("\n", LINE_BREAK)


def _items(context: Context, value: Any) -> list[Any]:
    if isinstance(value, Undefined):
        str(value)  # raises what is wrong with it
    if not isinstance(value, list | tuple | range):
        raise TemplateFault(
            _("This is no list: {kind}.").format(kind=_kind(value)),
            _("Only lists are gone through, joined or sorted."),
        )
    budget_of(context).spend(len(value))
    return list(value)


@pass_context
def _counted(context: Context, value: Any, turn: int) -> list[Any]:
    items = _items(context, value)
    budget_of(context).spend(len(items) * turn)
    return items


@pass_context
def _joined(context: Context, *values: Any) -> str:
    texts = [_text(context, value) for value in values]
    budget_of(context).make(sum(map(len, texts)))
    return markup_join(texts)


@pass_context
def _compared(context: Context, value: Any) -> Any:
    if value is None or isinstance(value, int | float):
        return value
    if isinstance(value, str | Undefined):
        return _text(context, value)
    raise TemplateFault(
        _("This cannot be compared: {kind}.").format(kind=_kind(value)),
        _("Texts and numbers are compared, and looked for in lists of them."),
    )


@pass_context
def _measured(context: Context, value: Any) -> Any:
    return _text(context, value) if isinstance(value, str) else _items(context, value)


@pass_context
def _range(context: Context, *bounds: int) -> range:
    numbers = range(*bounds)
    budget_of(context).spend(len(numbers))
    return numbers


@pass_context
def _join(context: Context, value: Any, separator: str = "") -> str:
    texts = [_text(context, item) for item in _items(context, value)]
    budget_of(context).make(sum(map(len, texts)) + len(separator) * len(texts))
    return separator.join(texts)


@pass_context
def _replace(context: Context, value: Any, old: str, new: str) -> str:
    text = _text(context, value)
    budget_of(context).make(len(text) + text.count(old) * len(new))
    return text.replace(old, new)


@pass_context
def _sort(context: Context, value: Any) -> list[str]:
    return sorted((_text(context, item) for item in _items(context, value)), key=str.casefold)


@pass_context
def _unique(context: Context, value: Any) -> list[str]:
    return list(dict.fromkeys(_text(context, item) for item in _items(context, value)))


@pass_context
def _length(context: Context, value: Any) -> int:
    return len(value) if isinstance(value, str) else len(_items(context, value))


@pass_context
def _escape(context: Context, value: Any) -> Markup:
    escaped = escape(_text(context, value))
    budget_of(context).make(len(escaped))
    return escaped


def _default(value: Any, otherwise: Any = "", boolean: bool = False) -> Any:
    missing = isinstance(value, Undefined) or (boolean and not value)
    return otherwise if missing else value


def _each(change: Callable[[str], str]) -> Callable[..., str]:
    @pass_context
    def filtered(context: Context, value: Any) -> str:
        return change(_text(context, value))

    return filtered


def _one(choose: Callable[[list[Any]], Any]) -> Callable[..., Any]:
    @pass_context
    def filtered(context: Context, value: Any) -> Any:
        items: Iterable[Any] = value if isinstance(value, str) else _items(context, value)
        return choose(list(items))

    return filtered


FILTERS: Mapping[str, Callable[..., Any]] = {
    "capitalize": _each(lambda text: text[:1].upper() + text[1:]),
    "default": _default,
    "e": _escape,
    "escape": _escape,
    "first": _one(lambda items: items[0]),
    "join": _join,
    "last": _one(lambda items: items[-1]),
    "length": _length,
    "list": _one(lambda items: items),
    "lower": _each(str.lower),
    "replace": _replace,
    "sort": _sort,
    "trim": _each(str.strip),
    "unique": _unique,
    "upper": _each(str.upper),
}
"""The filters of letters, each within the budget."""

_GUARDS: Mapping[str, Callable[..., Any]] = {
    COMPARED: _compared,
    COUNTED: _counted,
    JOINED: _joined,
    MEASURED: _measured,
}
