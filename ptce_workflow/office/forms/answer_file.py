"""The answers of a sheet as a TOML file for an editor."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from textwrap import wrap
from typing import Any
from zoneinfo import ZoneInfo

from ptce_workflow.base.errors import Misuse, PtceError
from ptce_workflow.base.notation import NotToml, read_toml
from ptce_workflow.base.words import _, language
from ptce_workflow.office.dossiers import by_sheet
from ptce_workflow.office.forms.blank import choices, questionnaire
from ptce_workflow.process.candidature import Candidature
from ptce_workflow.process.fields import (
    DatedField,
    FieldType,
    FileField,
    LongTextField,
    OptionsField,
    TableField,
    TerritoryField,
    is_blank,
)
from ptce_workflow.process.model.reading import positions
from ptce_workflow.process.process import Process

FAULT = "#>> "
"""The beginning of a line that tells a fault; it is taken out before the file is read again."""
_WIDTH = 96
_BLANK_ROWS = 3


def answer_file(process: Process, sheet: str, case: Candidature, heading: str) -> str:
    """The file of a sheet: each question with its label, its help, its choices and its answer."""
    form = questionnaire(process, sheet, language())
    numbers = {question.name: f"{question.number}. " for question in form.questions}
    lines = [*_commented(heading), "", f"[{sheet}]"]
    for name, field in form.sheet.fields.items():
        if not field.is_computed:
            lines += ["", *_commented(f"{numbers.get(name, '')}{_label(field)}")]
            lines += [*_commented(str(field.help or "")), *_commented(_choices(field))]
            for column, question in getattr(field, "columns", {}).items():
                text = f" ({offered})" if (offered := _choices(question)) else ""
                lines += _commented(f"- {column} = {_label(question)}{text}")
            value = case.answer(f"{sheet}.{name}", field)
            lines += _written(name, field, handed_over(field, value, process.zone))
    return "\n".join([*lines, ""])


def handed_over(field: FieldType, value: Any, zone: ZoneInfo) -> Any:
    """A recorded value as people write it, where that is read as the very same value.

    Shape: "" for none, and for a file, of which a path is asked.
    """
    if value is None or isinstance(field, FileField):
        return ""
    if isinstance(field, TableField):
        columns = field.columns
        return [{n: handed_over(columns[n], row[n], zone) for n in row} for row in value]
    if isinstance(value, list):
        return [_as_shown(field, [item], item, zone) for item in value]
    return _as_shown(field, value, field.typed(value), zone)


def _as_shown(field: FieldType, value: Any, otherwise: Any, zone: ZoneInfo) -> Any:
    shown = field.display(value, language(), zone)
    if isinstance(field, DatedField):
        # A weekday would have to be changed with its day.
        at = field.instant(value)
        shown = f"{at.astimezone(zone):%Y-%m-%d %H:%M}" if isinstance(at, datetime) else f"{at}"
    try:
        return shown if field.parse(shown, zone=zone) == value else otherwise
    except Misuse:
        return otherwise


def _label(field: FieldType) -> str:
    return f"{field.label} *" if field.required else str(field.label)


def _commented(text: str) -> list[str]:
    return [
        f"# {line}" for paragraph in text.splitlines() for line in wrap(paragraph, _WIDTH) or [""]
    ]


def _choices(field: FieldType) -> str:
    if isinstance(field, FileField):
        return _("The path of a file below this folder; left empty, nothing changes.")
    return " | ".join(choices(field))


def _written(name: str, field: FieldType, value: Any) -> Iterator[str]:
    if isinstance(field, TableField):
        yield f"{name} = ["
        for row in value or [{}] * min(max(field.min_rows, _BLANK_ROWS), field.max_rows):
            yield f"  {_toml({column: row.get(column) for column in field.columns})},"
        yield "]"
    elif isinstance(field, LongTextField):
        yield f'{name} = """\n{_lines(value)}"""'
    else:
        empty: Any = [] if isinstance(field, OptionsField | TerritoryField) else ""
        yield f"{name} = {_toml(empty if is_blank(value) else value)}"


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        return f"{{ {', '.join(f'{key} = {_toml(item)}' for key, item in value.items())} }}"
    if isinstance(value, list):
        return f"[{', '.join(map(_toml, value))}]"
    # What JSON leaves of a text, TOML takes too, but for this one character.
    text = json.dumps("" if value is None else value, ensure_ascii=False, default=str)
    return text.replace("\x7f", "\\u007f")


def _lines(text: str) -> str:
    """A text between two times three quotation marks; no line of it looks like a fault."""
    lines = (_toml(line)[1:-1] for line in text.split("\n"))
    return "\n".join(re.sub("^#", r"\\u0023", line) for line in lines)


def changed(before: str, after: str) -> dict[str, dict[str, Any]]:
    """The answers that differ in the file as it was given and as it came back, by sheet.

    Raises: Misuse for what is no TOML, or not laid out by sheets.
    """
    former, read = read_toml(before), read_toml(after)
    sheets = by_sheet(read) if any(read.values()) else {}
    return {
        sheet: {
            name: value
            for name, value in answers.items()
            if _bare(value) != _bare(former.get(sheet, {}).get(name))
        }
        for sheet, answers in sheets.items()
    }


def _bare(value: Any) -> Any:
    """A value without blank cells and blank rows: they say nothing."""
    if isinstance(value, dict):
        return {name: item for name, item in value.items() if not is_blank(item)}
    if isinstance(value, list):
        return [item for item in map(_bare, value) if not is_blank(item)] or ""
    return "" if is_blank(value) else value


def with_faults(text: str, faults: Sequence[tuple[str, PtceError]]) -> str:
    """The file with what is wrong, above each field that is named, else where reading stopped."""
    places, lines = positions(text), text.split("\n")
    stopped = {key: line for key, (line, _column) in places.items()}
    faults_at: dict[int, list[str]] = {}
    for name, fault in faults:
        # What stops the reader is told below its line: the number of that line stays right.
        at = fault.line if isinstance(fault, NotToml) else stopped.get(name, 1) - 1
        faults_at.setdefault(at, []).extend(
            f"{FAULT}{problem}" for problem in str(fault).splitlines()
        )
    for at in sorted(faults_at, reverse=True):
        lines[at:at] = faults_at[at]
    return "\n".join(lines)


def without_faults(text: str) -> str:
    return "\n".join(line for line in text.split("\n") if not line.startswith(FAULT))
