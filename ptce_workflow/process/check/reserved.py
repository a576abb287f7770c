"""Names that are taken: by what rules read, by their language, by the state machine."""

from __future__ import annotations

from collections.abc import Iterator

from ptce_workflow.base.errors import Finding
from ptce_workflow.base.words import _
from ptce_workflow.process.check.places import transitions
from ptce_workflow.process.fields import TableField
from ptce_workflow.process.model.definition import Definition
from ptce_workflow.process.model.folder import CONFIG, sheet_file, state_file
from ptce_workflow.process.model.surroundings import SURROUNDINGS
from ptce_workflow.process.panel.figures import FIGURES, RECORDED

ROOTS = frozenset(
    [
        *("contest", "date", "entered", "given", "limit", "sent", "sheet", "total"),
        *(name.partition(".")[0] for name in SURROUNDINGS),
    ]
)
"""Names that no sheet may take: they head the other values that rules read."""

CEL_WORDS = frozenset(
    [
        "as",
        "break",
        "const",
        "continue",
        "else",
        "false",
        "for",
        "function",
        "if",
        "import",
        "in",
        "let",
        "loop",
        "null",
        "package",
        "namespace",
        "return",
        "true",
        "var",
        "void",
        "while",
    ]
)
"""*Source* the CEL language definition, reserved words."""

MACHINE_WORDS = frozenset(["state", "trigger", "states", "events", "models", "initial"])
MACHINE_PREFIXES = ("is_", "may_", "to_")


def faults(definition: Definition) -> Iterator[Finding]:
    """Every name that may not be given."""
    for file, key, name, taken in _names(definition):
        if name in taken:
            yield _reserved(file, key, name)
    for placed in transitions(definition):
        if placed.name in MACHINE_WORDS or placed.name.startswith(MACHINE_PREFIXES):
            yield _reserved(placed.file, placed.key, placed.name)


def _names(definition: Definition) -> Iterator[tuple[str, str, str, frozenset[str]]]:
    """Each name that rules may read, where it is written, and the names that are taken there."""
    figures = frozenset((*FIGURES, *RECORDED))
    for name, sheet in definition.sheets.items():
        file = sheet_file(name)
        yield file, "", name, ROOTS | CEL_WORDS
        for field, asked in sheet.fields.items():
            key = f"fields.{field}"
            yield file, key, field, CEL_WORDS | figures if sheet.is_panel else CEL_WORDS
            for column in asked.columns if isinstance(asked, TableField) else ():
                yield file, f"{key}.columns.{column}", column, CEL_WORDS
    for table in ("limits", "dates", "totals"):
        for name in getattr(definition.config, table):
            yield CONFIG, f"{table}.{name}", name, CEL_WORDS
    for name in definition.states:
        yield state_file(name), "", name, CEL_WORDS


def _reserved(file: str, key: str, name: str) -> Finding:
    return Finding(
        file,
        key,
        _('The name "{name}" is taken.').format(name=name),
        _("It means something else to the rules or to the state machine."),
        _("Choose another, for example {name}_.").format(name=name),
    )
