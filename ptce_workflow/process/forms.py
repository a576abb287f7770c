"""The panel's forms: what grids of marks and sign-in sheets ask, and what comes back.

A sign-in sheet is made of data: every field and column that names the date in `sign_in`. Those of
a table are asked in each of its rows, which `roster` lists; the others once for each candidature.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from msgspec import Struct
from msgspec.structs import replace

from ptce_workflow.base.errors import PtceError
from ptce_workflow.base.words import _, n_
from ptce_workflow.process.candidature import Candidature, comment_name, links_name
from ptce_workflow.process.fields import (
    FieldType,
    LongTextField,
    OptionField,
    ScoreField,
    SignedFor,
    TableField,
    TextField,
)
from ptce_workflow.process.fields.scalars import NO_OPINION, as_shown
from ptce_workflow.process.model.definition import Definition
from ptce_workflow.process.model.sheets import Sheet
from ptce_workflow.process.process import Process

_PURPOSE = "grid_row"
_KEY_LETTERS, _QUESTION_LETTERS = 12, 8

LINKS = "@links"
"""The column of a grid where an institution declares its links; no field is called so."""

Mark = int | str | None
"""The value of a cell: hundredths, a text, or None for no opinion."""


class GridRow(Struct, frozen=True):
    """A row of a grid as it leaves: a candidature, and the marks given so far."""

    key: str
    ref: str
    name: str
    summary: str
    given: Mapping[str, Mark]


class Grid(Struct, frozen=True):
    """A grid as it leaves: `stamp` says for whom it is made, `closes` when marks are closed."""

    stamp: Mapping[str, str]
    language: str
    sheet: Sheet
    contest: str
    noun: str
    institution: str
    rows: tuple[GridRow, ...]
    closes: tuple[str, ...] = ()


def asked(sheet: Sheet) -> Mapping[str, FieldType]:
    """The fields that a grid asks for, in the order of the sheet: marks, and texts beside them."""
    kinds = (ScoreField, TextField, LongTextField)
    return {name: field for name, field in sheet.fields.items() if isinstance(field, kinds)}


def question(field_type: FieldType) -> str:
    """What tells one question from another, in the language of the form: answers are labels."""
    texts: list[str] = [field_type.type]
    if isinstance(field_type, ScoreField):
        texts += map(str, field_type.scale.marks)
        texts += [NO_OPINION] if field_type.no_opinion else []
    elif isinstance(field_type, OptionField):
        texts += [f"{name}={label.text}" for name, label in field_type.options.items()]
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()[:_QUESTION_LETTERS]


def row_key(stamp: Mapping[str, str], case_id: str) -> str:
    """A key that ties a row to a candidature and an institution, never taken for a number."""
    whose = (stamp[name] for name in ("contest", "panel", "institution"))
    named = "\n".join((_PURPOSE, *whose, case_id))
    return f"k{hashlib.sha256(named.encode()).hexdigest()[:_KEY_LETTERS]}"


def given_in(sheet: Sheet, panel: str, institution: str, case: Candidature) -> dict[str, Mark]:
    """What an institution has declared, marked and commented of a candidature, by column."""
    marks: dict[str, Mark] = dict(case.scores.get(panel, {}).get(institution, {}))
    for name, criterion in sheet.fields.items():
        if criterion.in_panel == "comment":
            comment = case.private.get(comment_name(panel, name, institution))
            if comment is not None:
                marks[name] = comment
    declared = case.declared.get(panel, {}).get(institution)
    if sheet.declares is not None and declared is not None:
        links = case.private.get(links_name(panel, institution), "")
        marks[LINKS] = links if declared else NO_OPINION
    return marks


def no_opinion() -> str:
    return _("no opinion")


def bounds_of(field: ScoreField) -> str:
    """The marks that must be explained, in the language in force: `below 2 or above 4`."""
    bounds = []
    if field.comment_under is not None:
        bounds.append(_("below {mark}").format(mark=as_shown(field.comment_under)))
    if field.comment_over is not None:
        bounds.append(_("above {mark}").format(mark=as_shown(field.comment_over)))
    return _(" or ").join(bounds)


LONGEST = 75
"""Letters that an answer takes at most; what is longer is read in the dossier itself."""


def brief(
    definition: Definition,
    names: Sequence[str],
    case: Candidature,
    language: str,
    *,
    zone: ZoneInfo,
) -> str:
    """The known answers to some fields, a line each, in the language in force."""
    lines = []
    for name in names:
        field = definition.field(name)
        value = field and case.answer(name, field)
        if field is None or value is None:
            continue
        named = _named(field, value)
        text = named or field.display(value, language, zone)
        label = field.label.in_(language)
        lines.append(_("{label}: {value}").format(label=label, value=cut(text, LONGEST)))
    return "\n".join(lines)


def _named(field: FieldType, value: Any) -> str:
    if not isinstance(field, TableField):
        return ""
    texts = (name for name, column in field.columns.items() if isinstance(column, TextField))
    column = next(texts, None)
    listed = [str(row[column]) for row in value if row.get(column)] if column else []
    return f"{len(value)} ({', '.join(listed)})" if listed else ""


def cut(text: str, most: int) -> str:
    """A text in one paragraph, cut at a word where it is longer than `most` letters."""
    joined = " ".join(text.split())
    if len(joined) <= most:
        return joined
    head = joined[: most - 1]
    at_word = head.rpartition(" ")[0] if " " in head else head
    return f"{at_word.rstrip(' ,;:.')}…"


class SignIn(Struct, frozen=True):
    """The questions of a date: the columns of a table, by name, and fields, by qualified name.

    `table` is "" where no table is asked. `name` is the column that names its rows, `roster` the
    table and the column that list them.
    """

    date: str
    table: str = ""
    name: str = ""
    roster: tuple[str, str] = ("", "")
    columns: Mapping[str, SignedFor] = {}
    fields: Mapping[str, SignedFor] = {}

    @property
    def asked(self) -> tuple[str, ...]:
        return (*((self.table,) if self.table else ()), *self.fields)


class Expected(Struct, frozen=True):
    """A row of the sheet: its key, who it is, and the recorded `row`, empty for none."""

    key: str
    name: str
    row: Mapping[str, Any]


def sign_ins(definition: Definition) -> Iterator[SignIn]:
    """The sheets of a process, one for each table and date; `check` refuses two for one date."""
    dates: dict[str, list[SignIn]] = {}
    loose: dict[str, dict[str, SignedFor]] = {}
    for qualified in definition.field_names():
        field_type = definition.field(qualified)
        if isinstance(field_type, TableField):
            columns = field_type.columns.values()
            signed = (column.sign_in for column in columns if isinstance(column, SignedFor))
            for date in dict.fromkeys(filter(None, signed)):
                dates.setdefault(date, []).append(_of_table(qualified, field_type, date))
        elif isinstance(field_type, SignedFor) and field_type.sign_in is not None:
            loose.setdefault(field_type.sign_in, {})[qualified] = field_type
    for date in dict.fromkeys((*dates, *loose)):
        for sign_in in dates.get(date, [SignIn(date)]):
            yield replace(sign_in, fields=loose.get(date, {}))


def states_open(process: Process, sign_in: SignIn) -> tuple[str, ...]:
    states, names = process.states, sign_in.asked
    return tuple(state for state in states if all(process.is_open(n, state) for n in names))


def expected(process: Process, sign_in: SignIn, case: Candidature) -> tuple[Expected, ...]:
    """The roster's rows, then those recorded beside it; one row where no table is asked."""
    if not sign_in.table:
        name = case.private.get(process.definition.config.contest.name_field, "")
        return (Expected(f"{case.ref}:1", name, {}),)
    table, column = sign_in.roster
    recorded = recorded_of(process, case, sign_in.table) or []
    names = [row[column] for row in recorded_of(process, case, table) or [] if column in row]
    wanted = Counter(names)
    for row in recorded:
        if (name := row.get(sign_in.name, "")) and wanted[name] == 0:
            names.append(name)
        elif name:
            wanted[name] -= 1
    rest = [dict(row) for row in recorded]
    rows = []
    for number, name in enumerate(names, 1):
        same = [row for row in rest if row.get(sign_in.name) == name][:1]
        for row in same:
            rest.remove(row)
        rows.append(Expected(f"{case.ref}:{number}", name, same[0] if same else {}))
    return tuple(rows)


def recorded_of(process: Process, case: Candidature, qualified: str) -> Any:
    """The recorded value of a field, as a person would hand it over; None for nothing."""
    field_type = process.definition.field(qualified)
    assert field_type is not None, "check accepts no sheet that asks for what does not exist"
    value = case.answer(qualified, field_type)
    return None if value is None else field_type.typed(value)


def _of_table(qualified: str, table: TableField, date: str) -> SignIn:
    source, _dot, column = (table.roster or "").rpartition(".")
    columns = {
        name: field_type
        for name, field_type in table.columns.items()
        if isinstance(field_type, SignedFor) and field_type.sign_in == date
    }
    return SignIn(date, qualified, column, (source, column), columns)


_TOLD = 40
"""More faults than these are only counted."""


class ReturnedRow(Struct, frozen=True):
    """A row: its number, the texts that say whose it is, and the answers by column.

    `begins` is the number of the first column that holds anything; `whose` has the key and the
    reference first. A column whose cell is empty has no answer.
    """

    number: int
    begins: int
    whose: tuple[str, ...]
    answers: Mapping[str, Any]

    @property
    def key(self) -> str:
        """The hidden key; "" in a row that somebody added."""
        return self.whose[0]

    @property
    def ref(self) -> str:
        return self.whose[1]


class Returned(Struct, frozen=True):
    """A form that came back; `letters` are those of the columns that ask, by their names.

    `left` are the filled cells that answer what is asked no more, or otherwise now, by the heading
    of their column; `renamed` the headings that have other words now.
    """

    file: str
    stamp: Mapping[str, str]
    letters: Mapping[str, str]
    rows: tuple[ReturnedRow, ...]
    left: Mapping[str, Sequence[str]] = {}
    renamed: Mapping[str, str] = {}

    def differences(self) -> Iterator[str]:
        for then, now in self.renamed.items():
            text = _("“{then}” is called “{now}” now: its cells are taken.")
            yield text.format(then=then, now=now)
        for title, cells in self.left.items():
            text = n_(
                "“{title}” is no longer asked so: {count} cell is not taken ({cells}).",
                "“{title}” is no longer asked so: {count} cells are not taken ({cells}).",
                len(cells),
            )
            named = ", ".join(cells[:_TOLD]) + (", …" if len(cells) > _TOLD else "")
            yield text.format(title=title, count=len(cells), cells=named)

    def cell(self, row: ReturnedRow, column: str) -> str:
        """The cell of a row as people call it: `E7`; the row alone, where it has no such column."""
        return f"{self.letters.get(column, '')}{row.number}"


class CellFault(Struct, frozen=True):
    where: str
    error: PtceError

    def __str__(self) -> str:
        parts = (self.error.what, self.error.why, self.error.mend)
        text = " ".join(line.strip() for part in parts for line in part.splitlines())
        return _("{label}: {value}").format(label=self.where, value=text) if self.where else text


class ReturnRefused(PtceError):
    """Something of what came back cannot be taken: nothing of it was; `faults` has all of them."""

    def __init__(self, file: str, faults: Sequence[CellFault]) -> None:
        count = len(faults)
        texts = [str(fault) for fault in faults[:_TOLD]]
        if count > _TOLD:
            more = count - _TOLD
            texts.append(n_("and {count} more", "and {count} more", more))
        what = n_(
            "{file}: {count} fault; nothing was recorded.",
            "{file}: {count} faults; nothing was recorded.",
            count,
        )
        mend = _("Correct them and import it again, or write a fresh one.")
        super().__init__(what.format(file=file, count=count), "\n".join(texts), mend)
        self.faults = tuple(faults)
        self.exit_code = max(fault.error.exit_code for fault in faults)
