"""The templates of a process: found among its files, guarded, compiled once, run in a sandbox."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, MutableMapping
from traceback import walk_tb
from types import CodeType
from typing import Any

from jinja2 import (
    BaseLoader,
    Environment,
    Template,
    TemplateNotFound,
    TemplateSyntaxError,
    UndefinedError,
)

from ptce_workflow.base.words import _
from ptce_workflow.process.letters.grammar import guarded
from ptce_workflow.process.letters.markdown import page_of
from ptce_workflow.process.letters.readable import LONGEST_TEXT, Budget, TemplateFault, too_long
from ptce_workflow.process.letters.sandbox import BUDGET, FILTERS, Sandbox
from ptce_workflow.process.model.folder import Files

_TAGS_ALONE = re.compile(r"\s*(?:(?:\{%(?:(?!%\}).)*%\}|\{#(?:(?!#\}).)*#\})\s*)+")
_TAG_AT_END = re.compile(r"(?<![-+])([%#]\})$")
_RAW = re.compile(r"\{%[-+]?\s*raw\b")


class Templates:
    """The templates among the files of a process."""

    def __init__(self, files: Files) -> None:
        self._files = files
        self._environment = Sandbox(_Loader(files))
        self._kept: dict[str, Template] = {}

    def read(self, file: str) -> None:
        """Makes sure that a template can be read.

        *Raises* TemplateFault otherwise.
        """
        self._template(file)

    def rendered(self, file: str, variables: Mapping[str, Any]) -> str:
        """What a template gives.

        *Raises* TemplateFault, and nothing else, when it gives nothing.
        """
        template = self._template(file)
        try:
            context = template.new_context({**variables, BUDGET: Budget()})
            return "".join(_bounded(template.root_render_func(context)))
        # Whatever a template does wrong is told as its own fault: no other letter waits for it.
        except Exception as error:
            raise _fault_of(error, file) from None

    def _template(self, file: str) -> Template:
        # Jinja keeps them too, and asks more about each than a letter of several texts can await.
        kept = self._kept.get(file)
        if kept is not None:
            return kept
        try:
            return self._kept.setdefault(file, self._environment.get_template(file))
        except TemplateNotFound:
            raise TemplateFault(_("This template is missing."), file=file) from None


def _bounded(parts: Iterator[str]) -> Iterator[str]:
    length = 0
    for part in parts:
        length += len(part)
        if length > LONGEST_TEXT:
            raise too_long()
        yield part


class _Loader(BaseLoader):
    """Finds templates among the files of a process."""

    def __init__(self, files: Files) -> None:
        self._files = files

    def load(
        self,
        environment: Environment,
        file: str,
        globals: MutableMapping[str, Any] | None = None,
    ) -> Template:
        """The template of that path, guarded and compiled.

        *Raises* TemplateNotFound, or TemplateFault for one that cannot be read.
        """
        if file not in self._files:
            raise TemplateNotFound(file)
        try:
            code = self._code(environment, file)
            return environment.template_class.from_code(
                environment, code, {**environment.globals, **(globals or {})}
            )
        # A template may be nested without end or hold a number of a thousand digits; each breaks
        # another part of the reader.
        except Exception as error:
            raise _unread(error, file) from None

    def _code(self, environment: Environment, file: str) -> CodeType:
        text = self._files[file].decode("utf-8")
        if len(text) > LONGEST_TEXT:
            raise too_long()
        # The keys of a mail give way to blank lines, so that faults are told with their line.
        if file.endswith(".md"):
            page = page_of(text)
            text = "\n" * (page.first_line - 1) + page.body
        return compiled(environment, text, file)


def compiled(environment: Environment, text: str, file: str) -> CodeType:
    """A template, guarded and compiled; *raises* TemplateFault, or whatever the reader meets."""
    tree = environment.parse(_without_standing_tags(text), file, file)
    return environment.compile(guarded(tree, FILTERS), file, file)


def _without_standing_tags(source: str) -> str:
    """The source, in which lines that hold nothing but tags will leave no line behind.

    Jinja drops the line break after every tag, or after none: where something else stands on the
    line, the tag that ends it is told to keep its break.
    """
    raw = _RAW.search(source)
    if raw is not None:
        line = source.count("\n", 0, raw.start()) + 1
        raise TemplateFault(_('"{thing}" has no place in a letter.').format(thing="raw"), line=line)
    return "\n".join(
        line if "}" not in line or _TAGS_ALONE.fullmatch(line) else _TAG_AT_END.sub(r"+\1", line)
        for line in (line.rstrip() for line in source.replace("\r\n", "\n").split("\n"))
    )


def _unread(error: Exception, file: str) -> TemplateFault:
    """Why a template cannot be read."""
    what = _("This template cannot be read.")
    match error:
        case TemplateFault():
            return error.at(file, 0)
        case UnicodeDecodeError():
            return TemplateFault(_("This file is not UTF-8 text."), file=file)
        case TemplateSyntaxError():
            return TemplateFault(what, error.message or "", file=file, line=error.lineno)
    return TemplateFault(what, file=file)


def _fault_of(error: Exception, file: str) -> TemplateFault:
    """The fault met while a letter was written, with its line."""
    place, line = file, 0
    for frame, number in walk_tb(error.__traceback__):
        template = frame.f_globals.get("__jinja_template__")
        if template is not None:
            place, line = str(template.name), template.get_corresponding_lineno(number)
    match error:
        case TemplateFault():
            return error.at(place, line)
        case UndefinedError():
            return TemplateFault(
                error.message or "",
                _("It is there in some letters only, or not yet."),
                _("Ask first: {example}").format(example="{% if … is defined %}"),
                file=place,
                line=line,
            )
    what, why = _("This template fails as the letter is written."), str(error)
    return TemplateFault(what, why or type(error).__name__, file=place, line=line)
