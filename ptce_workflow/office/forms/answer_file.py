"""The answers of a sheet as a TOML file for an editor; dossiers and agendas in TOML or JSON.

Nothing here knows what is asked, nor whether a name leads anywhere; types and bounds are the
fields' own matter. What cannot be read at all is refused before it costs memory or time.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from textwrap import wrap
from typing import Any
from zoneinfo import ZoneInfo

from ptce_workflow.base.errors import Misuse, PtceError
from ptce_workflow.base.notation import NotToml, read_json, read_toml
from ptce_workflow.base.words import _, language, n_, suggestion
from ptce_workflow.office.files import content_of, of_file, read_text, text_of
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
from ptce_workflow.process.model.sheets import Sheet
from ptce_workflow.process.panel import Agenda, Deviation, VotedOrder
from ptce_workflow.process.process import Process

FAULT = "#>> "
"""The beginning of a line that tells a fault; it is taken out before the file is read again."""
_WIDTH = 96
_BLANK_ROWS = 3


def answer_file(process: Process, sheet: str, case: Candidature, heading: str) -> str:
    """The file of a sheet: each question with its label, its help, its choices and its answer."""
    # Imported here for start-up time: who records a dossier needs no letters.
    from ptce_workflow.office.forms.blank import questionnaire

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
    """A recorded value as people write it, to be read as the same; "" for none or a file."""
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
    from ptce_workflow.office.forms.blank import choices

    return " | ".join(choices(field))


def _written(name: str, field: FieldType, value: Any) -> Iterator[str]:
    if isinstance(field, TableField):
        yield f"{name} = ["
        for row in value or [{}] * min(max(field.min_rows, _BLANK_ROWS), field.max_rows):
            yield f"  {_toml({column: row.get(column) for column in field.columns})},"
        yield "]"
    elif isinstance(field, LongTextField):
        # Each line as in TOML; none looks like a fault.
        lines = (re.sub("^#", r"\\u0023", _toml(line)[1:-1]) for line in value.split("\n"))
        text = "\n".join(lines)
        yield f'{name} = """\n{text}"""'
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


def changed(before: str, after: str) -> dict[str, dict[str, Any]]:
    """Answers that differ between two files, by sheet. Raises: Misuse for no TOML or no sheets."""
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
    if isinstance(value, dict):
        return {name: item for name, item in value.items() if not is_blank(item)}
    if isinstance(value, list):
        return [item for item in map(_bare, value) if not is_blank(item)] or ""
    return "" if is_blank(value) else value


def with_faults(text: str, faults: Sequence[tuple[str, PtceError]]) -> str:
    """The file with what is wrong, above each field that is named, else where reading stopped."""
    from ptce_workflow.process.model.reading import positions

    places, lines = positions(text), text.split("\n")
    stopped = {key: line for key, (line, _column) in places.items()}
    faults_at: dict[int, list[str]] = {}
    for name, fault in faults:
        # What stops the reader is reported below its line: the number of that line stays right.
        at = fault.line if isinstance(fault, NotToml) else stopped.get(name, 1) - 1
        faults_at.setdefault(at, []).extend(
            f"{FAULT}{problem}" for problem in str(fault).splitlines()
        )
    for at in sorted(faults_at, reverse=True):
        lines[at:at] = faults_at[at]
    return "\n".join(lines)


def without_faults(text: str) -> str:
    return "\n".join(line for line in text.split("\n") if not line.startswith(FAULT))


def read_dossier(path: Path) -> dict[str, dict[str, Any]]:
    """Answers by sheet and field, as written. Raises: Misuse for an unreadable file."""
    suffix = path.suffix.lower()
    if suffix not in (".toml", ".json"):
        what = _("{file} is not a dossier that can be read.").format(file=path)
        why = _("A dossier is a file in TOML or JSON.")
        raise Misuse(what, why, _("Its name ends in .toml or .json."))
    try:
        text = text_of(content_of(path))
        read = read_toml(text) if suffix == ".toml" else read_json(text)
        return by_sheet(read)
    except Misuse as error:
        raise of_file(path, error) from None


def attach_files(
    dossier: Mapping[str, Mapping[str, Any]], sheets: Mapping[str, Sheet], folder: Path
) -> dict[str, dict[str, Any]]:
    """Answers with the content of files for their paths in `folder`. Raises: Misuse."""
    attached = {sheet: dict(answers) for sheet, answers in dossier.items()}
    problems: list[str] = []
    for sheet, answers in attached.items():
        fields = sheets[sheet].fields if sheet in sheets else {}
        for name, answer in answers.items():
            field = fields.get(name)
            if isinstance(field, FileField) and isinstance(answer, str) and answer.strip():
                try:
                    answers[name] = _file(folder, answer, field.max_mb)
                except Misuse as error:
                    problems.append(f"{sheet}.{name}: {' '.join(str(error).split())}")
    if problems:
        what = n_("{count} file cannot be read.", "{count} files cannot be read.", len(problems))
        raise Misuse(what, "\n  ".join(problems))
    return attached


def by_sheet(read: Any) -> dict[str, dict[str, Any]]:
    """The answers of a dossier that was read, by sheet; *raises* Misuse for anything else."""
    if not isinstance(read, dict):
        raise Misuse(_("The dossier is not laid out by sheets."), mend=_example())
    astray = [name for name, answers in read.items() if not isinstance(answers, dict)]
    if astray:
        names = ", ".join(astray[:8])
        what = _("What stands outside a sheet cannot be read: {names}.").format(names=names)
        raise Misuse(what, _("Answers stand under the name of their sheet."), _example())
    if not any(read.values()):
        raise Misuse(_("The dossier holds no answer."), mend=_example())
    return read


def _example() -> str:
    return _("For example: {example}").format(example='[dossier] / name = "…"')


def _file(folder: Path, answer: str, max_mb: int) -> dict[str, Any]:
    try:
        path = (folder / answer.strip()).resolve()
        outside = not path.is_relative_to(folder.resolve())
    except (OSError, RuntimeError, ValueError):
        outside = True
    if outside:
        what = _('"{file}" is not in the folder of the dossier.').format(file=answer)
        raise Misuse(what, mend=_("Put the file beside the dossier."))
    return {"name": path.name, "content": content_of(path, max_mb)}


_HELD = ("place", "opened", "closed", "proxies", "dissent")
_KEYS = ("sitting", "present", "chair", *_HELD, "deviations", "orders", "reasons", "answers")
_VOTE = ("ayes", "noes", "reason")


def read_agenda(path: Path, instant: Callable[[str, str], datetime]) -> Agenda:
    """The agenda of a file; `instant` reads an hour and its key. Raises: Misuse, with the key."""
    text = read_text(path)
    try:
        return agenda_of(read_toml(text), instant)
    except Misuse as error:
        raise of_file(path, error) from None


def agenda_of(table: Mapping[str, Any], instant: Callable[[str, str], datetime]) -> Agenda:
    _check_keys(table, _KEYS, "")
    if "present" not in table:
        what = _("The agenda does not say who is present.")
        raise Misuse(what, mend=_("For example: {example}").format(example='present = ["…", "…"]'))
    opened, closed = (_text(table, key, "") for key in ("opened", "closed"))
    return Agenda(
        place=_text(table, "place", ""),
        opened=instant(opened, "opened") if opened else None,
        closed=instant(closed, "closed") if closed else None,
        proxies=_texts(table, "proxies"),
        dissent=_texts(table, "dissent"),
        present=_names(table["present"], "present"),
        sitting=_text(table, "sitting", "") or None,
        chair=_text(table, "chair", "") or None,
        deviations=tuple(_deviations(table)),
        orders=tuple(_orders(table)),
        reasons=_texts(table, "reasons"),
        answers={
            ref: _by_name(_table(_table(table, "answers", ""), ref, "answers."))
            for ref in _table(table, "answers", "")
        },
    )


def _by_name(answers: Mapping[str, Any]) -> Mapping[str, Mapping[str, Any]]:
    """Answers by sheet and field; one that is named whole, as between quotation marks, too."""
    dossiers: dict[str, dict[str, Any]] = {}
    for key, value in answers.items():
        sheet, _dot, field = key.rpartition(".")
        if isinstance(value, dict):
            dossiers.setdefault(key, {}).update(value)
        else:
            dossiers.setdefault(sheet, {})[field] = value
    return dossiers


def _texts(table: Mapping[str, Any], key: str) -> dict[str, str]:
    texts = _table(table, key, "")
    return {name: _text(texts, name, f"{key}.") for name in texts}


def _deviations(table: Mapping[str, Any]) -> Iterator[Deviation]:
    deviations = _table(table, "deviations", "")
    for ref in deviations:
        place = f"deviations.{ref}."
        vote = _table(deviations, ref, "deviations.")
        _check_keys(vote, ("transition", *_VOTE), place)
        transition = _text(vote, "transition", place)
        if not transition:
            raise _not_a(place + "transition", _("the name of a transition"))
        yield Deviation(ref, transition, *_vote(vote, place))


def _orders(table: Mapping[str, Any]) -> Iterator[VotedOrder]:
    orders = _table(table, "orders", "")
    for name in orders:
        place = f"orders.{name}."
        vote = _table(orders, name, "orders.")
        _check_keys(vote, ("refs", *_VOTE), place)
        yield VotedOrder(_names(vote.get("refs"), place + "refs"), *_vote(vote, place))


def _vote(vote: Mapping[str, Any], place: str) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    ayes, noes = (_names(vote.get(key, []), place + key) for key in ("ayes", "noes"))
    return _text(vote, "reason", place), ayes, noes


def _check_keys(table: Mapping[str, Any], keys: Collection[str], place: str) -> None:
    for key in table:
        if key not in keys:
            what = _('The agenda knows no key "{key}".').format(key=place + key)
            why = _("Accepted: {words}.").format(words=", ".join(keys))
            raise Misuse(what, why, suggestion(key, keys))


def _table(table: Mapping[str, Any], key: str, place: str) -> Mapping[str, Any]:
    value = table.get(key, {})
    if not isinstance(value, dict):
        raise _not_a(place + key, _("a table of its own: [{key}]").format(key=place + key))
    return value


def _text(table: Mapping[str, Any], key: str, place: str) -> str:
    value = table.get(key, "")
    if not isinstance(value, str):
        raise _not_a(place + key, _("a text between quotation marks"))
    return value


def _names(value: Any, key: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
        raise _not_a(key, _('a list of names: ["…", "…"]'))
    return tuple(value)


def _not_a(key: str, expected: str) -> Misuse:
    return Misuse(_('"{key}" is not what it must be.').format(key=key), mend=expected)
