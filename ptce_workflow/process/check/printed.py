"""Documents and sign-in sheets: what they name exists, and can be printed or filled in."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from ptce_workflow.base.errors import Finding
from ptce_workflow.base.suggestions import suggestion
from ptce_workflow.base.words import LANGUAGES, _
from ptce_workflow.process.check.names import unfit, unknown
from ptce_workflow.process.check.places import transitions
from ptce_workflow.process.definition import Definition, Document
from ptce_workflow.process.fields import SignedFor, TableField, TextField
from ptce_workflow.process.folder import CONFIG, sheet_file
from ptce_workflow.process.papers import names_in_texts
from ptce_workflow.process.process import Process
from ptce_workflow.process.signing import sign_ins

_BRACED = re.compile(r"\{([^{}]*)\}")


def faults(definition: Definition) -> Iterator[Finding]:
    """Every document or sign-in sheet that names what does not exist, or cannot be used there."""
    for name, document in definition.config.documents.items():
        yield from _document(definition, f"documents.{name}", document)
    for sheet_name, sheet in definition.sheets.items():
        for field_name, field in sheet.fields.items():
            file, key = sheet_file(sheet_name), f"fields.{field_name}"
            if isinstance(field, TableField):
                yield from _table(definition, file, key, field)
            elif isinstance(field, SignedFor):
                yield from _signed(definition, file, key, field)
    counts = Counter(one.date for one in sign_ins(definition))
    for one in sign_ins(definition):
        if counts[one.date] > 1:
            sheet_name, _dot, field_name = one.table.partition(".")
            yield Finding(
                sheet_file(sheet_name),
                f"fields.{field_name}",
                _('Another table signs in for "{date}" already.').format(date=one.date),
                _("A sign-in sheet lists the rows of one table."),
                _("Put the columns of that date into one table."),
            )


def sentences(process: Process) -> Iterator[Finding]:
    """Every name in braces that has no value. *Needs* names and dates that stand."""
    known = names_in_texts(process)
    for name, document in process.definition.config.documents.items():
        for key in ("text", "closing"):
            text = getattr(document, key)
            for language in LANGUAGES if text is not None else ():
                for found in _BRACED.finditer(text.in_(language)):
                    if found[1] not in known:
                        yield Finding(
                            CONFIG,
                            f"documents.{name}.{key}.{language}",
                            _("{{{name}}} names no value.").format(name=found[1]),
                            _("What stands in braces is replaced by a value of the folder."),
                            suggestion(found[1], known),
                        )


def _document(definition: Definition, key: str, document: Document) -> Iterator[Finding]:
    for state in document.in_:
        if state not in definition.states:
            kind = _("state (a file of states/)")
            yield unknown(CONFIG, f"{key}.in", state, definition.states, kind)
    for entry in document.prints:
        if entry not in definition.sheets and definition.field(entry) is None:
            known = [*definition.sheets, *definition.field_names()]
            yield unknown(CONFIG, f"{key}.prints", entry, known, _("sheet or field"))
        elif entry.partition(".")[0] in definition.panels:
            yield Finding(
                CONFIG,
                f"{key}.prints",
                _('The sheet "{name}" is the panel\'s.').format(name=entry),
                _("What members of a panel say each is no answer of the candidature."),
                _("Leave it out."),
            )
    ways = {
        f"{origin}.{placed.name}" for placed in transitions(definition) for origin in placed.origins
    }
    if document.rules is not None and document.rules not in ways:
        kind = _("transition (state.transition)")
        yield unknown(CONFIG, f"{key}.rules", document.rules, ways, kind)
    if not (document.text or document.prints or document.rules):
        yield Finding(
            CONFIG,
            key,
            _("This document says nothing."),
            _("It has no text, prints no answer and tells no rule."),
            _("For example: {key} = {example}").format(key="prints", example='["dossier"]'),
        )


def _signed(definition: Definition, file: str, key: str, asked: SignedFor) -> Iterator[Finding]:
    if asked.sign_in is not None and asked.sign_in not in definition.config.dates:
        known = definition.config.dates
        yield unknown(file, f"{key}.sign_in", asked.sign_in, known, _("date of config.toml"))


def _table(definition: Definition, file: str, key: str, table: TableField) -> Iterator[Finding]:
    signed = {
        name: column
        for name, column in table.columns.items()
        if isinstance(column, SignedFor) and column.sign_in is not None
    }
    for name, asked in signed.items():
        yield from _signed(definition, file, f"{key}.columns.{name}", asked)
    if table.roster is None:
        if signed:
            yield Finding(
                file,
                f"{key}.roster",
                _("The key {key} is missing.").format(key="roster"),
                _("A sign-in sheet needs to know whom to list."),
                _("For example: {key} = {example}").format(
                    key="roster", example='"dossier.members.name"'
                ),
            )
        return
    source, _dot, column = table.roster.rpartition(".")
    listed = definition.field(source)
    if not isinstance(listed, TableField) or not isinstance(listed.columns.get(column), TextField):
        known = [
            f"{name}.{title}"
            for name in definition.field_names()
            if isinstance(other := definition.field(name), TableField)
            for title, cell in other.columns.items()
            if isinstance(cell, TextField)
        ]
        kind = _("column of type text (sheet.table.column)")
        found = definition.field(table.roster)
        if isinstance(listed, TableField):
            found = listed.columns.get(column)
        yield unfit(file, f"{key}.roster", table.roster, known, kind, found)
    elif not isinstance(table.columns.get(column), TextField) or column in signed:
        yield Finding(
            file,
            f"{key}.columns",
            _('A column "{name}" of type text is missing.').format(name=column),
            _("It takes the names that the roster lists."),
        )
