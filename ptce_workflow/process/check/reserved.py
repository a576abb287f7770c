"""Names that are taken: by what rules read, by their language, by the state machine."""

from __future__ import annotations

from collections.abc import Iterator

from ptce_workflow.base.errors import Finding
from ptce_workflow.base.words import _
from ptce_workflow.process import panel
from ptce_workflow.process.check.places import transitions
from ptce_workflow.process.definition import Definition
from ptce_workflow.process.fields import TableField
from ptce_workflow.process.folder import CONFIG, sheet_file, state_file
from ptce_workflow.process.surroundings import SURROUNDINGS

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
    for name, sheet in definition.sheets.items():
        file = sheet_file(name)
        if name in ROOTS or name in CEL_WORDS:
            yield _reserved(file, "", name)
        for field_name, field in sheet.fields.items():
            figure = sheet.is_panel and field_name in (*panel.FIGURES, *panel.RECORDED)
            if field_name in CEL_WORDS or figure:
                yield _reserved(file, f"fields.{field_name}", field_name)
            for column in field.columns if isinstance(field, TableField) else ():
                if column in CEL_WORDS:
                    yield _reserved(file, f"fields.{field_name}.columns.{column}", column)
    for table in ("limits", "dates", "totals"):
        for name in getattr(definition.config, table):
            if name in CEL_WORDS:
                yield _reserved(CONFIG, f"{table}.{name}", name)
    for name in definition.states:
        if name in CEL_WORDS:
            yield _reserved(state_file(name), "", name)
    for placed in transitions(definition):
        if placed.name in MACHINE_WORDS or placed.name.startswith(MACHINE_PREFIXES):
            yield _reserved(placed.file, placed.key, placed.name)


def _reserved(file: str, key: str, name: str) -> Finding:
    return Finding(
        file,
        key,
        _('The name "{name}" is taken.').format(name=name),
        _("It means something else to the rules or to the state machine."),
        _("Choose another, for example {name}_.").format(name=name),
    )
