"""The answers of a sheet as a file for an editor: TOML, with what is asked told as comments."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from textwrap import wrap
from typing import Any
from zoneinfo import ZoneInfo

from ptce_workflow.base.errors import Misuse, PtceError
from ptce_workflow.base.words import _, speaking
from ptce_workflow.papers.intake import by_sheet
from ptce_workflow.papers.questionnaire import questionnaire
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
from ptce_workflow.process.model.notation import NotToml, read_toml
from ptce_workflow.process.model.positions import positions
from ptce_workflow.process.process import Process

FAULT = "#>> "
"""The beginning of a line that tells a fault; it is taken out before the file is read again."""
_WIDTH = 96
_BLANK_ROWS = 3


def handed_over(field: FieldType, value: Any, language: str, zone: ZoneInfo) -> Any:
    """A recorded value as people write it, where that is read as the very same value.

    *Shape* "" for none, and for a file, of which a path is asked.
    """
    if value is None or isinstance(field, FileField):
        return ""
    if isinstance(field, TableField):
        return [
            {name: handed_over(field.columns[name], cell, language, zone) for name, cell in one}
            for one in (row.items() for row in value)
        ]
    if isinstance(value, list):
        return [_as_shown(field, [one], one, language, zone) for one in value]
    return _as_shown(field, value, field.typed(value), language, zone)


def _as_shown(field: FieldType, value: Any, otherwise: Any, language: str, zone: ZoneInfo) -> Any:
    shown = field.display(value, language, zone)
    if isinstance(field, DatedField):
        # A weekday would have to be changed with its day.
        instant = field.instant(value)
        shown = instant.isoformat()
        if isinstance(instant, datetime):
            shown = f"{instant.astimezone(zone):%Y-%m-%d %H:%M}"
    try:
        return shown if field.parse(shown, zone=zone) == value else otherwise
    except Misuse:
        return otherwise


def answer_file(
    process: Process,
    sheet: str,
    values: Mapping[str, Any],
    language: str,
    *,
    heading: str = "",
    remarks: Mapping[str, str] | None = None,
) -> str:
    """The file of a sheet: each question with its label, its help, its answers and its value.

    `values` are by name, as people hand them over; `remarks` are told above the answers.
    """
    asked, told = questionnaire(process, sheet, language), remarks or {}
    numbers = {one.name: f"{one.number}. " for one in asked.questions}
    with speaking(language):
        lines = [*_commented(heading), *_commented(_how()), "", f"[{sheet}]"]
        for name, field in asked.sheet.fields.items():
            if field.is_computed:
                continue
            lines += ["", *_commented(numbers.get(name, "") + _label(field, language))]
            lines += _commented(field.help.in_(language) if field.help else "")
            lines += [*_asked(field, language), *_commented(told.get(name, ""))]
            lines += _written(name, field, values.get(name))
    return "\n".join([*lines, ""])


def _how() -> str:
    return _(
        "A line that begins with # is not read. An answer that you empty is withdrawn; one whose "
        "lines you take out stays as it is. * is required."
    )


def _label(field: FieldType, language: str) -> str:
    return field.label.in_(language) + (" *" if field.required else "")


def _commented(text: str) -> list[str]:
    return [f"# {line}" for one in text.splitlines() for line in wrap(one, _WIDTH) or [""]]


def _asked(field: FieldType, language: str) -> Iterator[str]:
    """The answers that may be chosen, and the columns of a table."""
    if isinstance(field, FileField):
        yield from _commented(
            _("The path of a file below this folder; left empty, nothing changes.")
        )
    yield from _commented(_choices(field, language))
    for name, column in getattr(field, "columns", {}).items():
        choices = _choices(column, language)
        label = _label(column, language)
        told = _("{label}: {value}").format(label=label, value=choices) if choices else label
        yield from _commented(f"- {name} = {told}")


def _choices(field: FieldType, language: str) -> str:
    options = getattr(field, "options", {})
    return " | ".join(label.in_(language) for label in options.values())


def _written(name: str, field: FieldType, value: Any) -> Iterator[str]:
    """The lines of an answer, or of an empty one to be filled in."""
    if isinstance(field, TableField):
        yield f"{name} = ["
        for row in value or [{}] * min(max(field.min_rows, _BLANK_ROWS), field.max_rows):
            yield f"  {_toml({column: row.get(column) for column in field.columns})},"
        yield "]"
    elif isinstance(field, LongTextField):
        yield f'{name} = """'
        yield f'{_lines("" if value is None else str(value))}"""'
    else:
        empty: Any = [] if isinstance(field, OptionsField | TerritoryField) else ""
        yield f"{name} = {_toml(empty if is_blank(value) else value)}"


def _toml(value: Any) -> str:
    """A value in TOML, on one line; "" for none."""
    if isinstance(value, dict):
        return f"{{ {', '.join(f'{key} = {_toml(one)}' for key, one in value.items())} }}"
    if isinstance(value, list):
        return f"[{', '.join(map(_toml, value))}]"
    # What JSON leaves of a text, TOML takes too, but for this one character.
    told = json.dumps("" if value is None else value, ensure_ascii=False, default=str)
    return told.replace("\x7f", "\\u007f")


def _lines(text: str) -> str:
    """A text between two times three quotation marks."""
    quoted = re.sub(r'"(?="|\Z)', r"\"", text.replace("\\", "\\\\"))
    # A line that looks like a fault is none.
    quoted = re.sub(r"^#(?=>> )", r"\\u0023", quoted, flags=re.MULTILINE)
    return re.sub(r"[\0-\x08\x0b-\x1f\x7f]", lambda sign: f"\\u{ord(sign[0]):04x}", quoted)


def changed(before: str, after: str) -> dict[str, dict[str, Any]]:
    """The answers that differ in the file as it was given and as it came back, by sheet.

    *Raises* Misuse for what is no TOML, or not laid out by sheets.
    """
    given, read = read_toml(before), read_toml(after)
    found = by_sheet(read) if any(read.values()) else {}
    return {
        sheet: {
            name: value
            for name, value in answers.items()
            if _bare(value) != _bare(given.get(sheet, {}).get(name))
        }
        for sheet, answers in found.items()
    }


def _bare(value: Any) -> Any:
    """A value without blank cells and blank rows: they say nothing."""
    if isinstance(value, dict):
        return {name: one for name, one in value.items() if not is_blank(one)}
    if isinstance(value, list):
        return [one for one in map(_bare, value) if not is_blank(one)] or ""
    return "" if is_blank(value) else value


def with_faults(text: str, faults: Sequence[tuple[str, PtceError]]) -> str:
    """The file with what is wrong, above each field that is named, else where reading stopped."""
    known, lines = positions(text), text.split("\n")
    stopped = {key: line for key, (line, _column) in known.items()}
    told: dict[int, list[str]] = {}
    for name, fault in faults:
        # What stops the reader is told below its line: the number of that line stays right.
        at = fault.line if isinstance(fault, NotToml) else stopped.get(name, 1) - 1
        told.setdefault(at, []).extend(f"{FAULT}{one}" for one in str(fault).splitlines())
    for at in sorted(told, reverse=True):
        lines[at:at] = told[at]
    return "\n".join(lines)


def without_faults(text: str) -> str:
    """The file without what was told in it."""
    return "\n".join(line for line in text.split("\n") if not line.startswith(FAULT))
