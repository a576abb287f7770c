"""Sign-in sheets: who is expected at a date, what is asked of each, and what was recorded of it.

A sheet is made of data: every field and column that names the date in `sign_in`. Those of a table
are asked in each of its rows, which `roster` lists; the others once for each candidature.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ptce_workflow.base.errors import PtceError
from ptce_workflow.base.words import _, n_
from ptce_workflow.process.fields import SignedFor, TableField
from ptce_workflow.process.model.definition import Definition
from ptce_workflow.process.process import Process
from ptce_workflow.process.rules.case import Case


@dataclass(frozen=True, slots=True)
class SignIn:
    """The questions of a date: the columns of a table, by name, and fields, by qualified name.

    `table` is "" where no table is asked. `name` is the column that names its rows, `roster` the
    table and the column that list them.
    """

    date: str
    table: str = ""
    name: str = ""
    roster: tuple[str, str] = ("", "")
    columns: Mapping[str, SignedFor] = field(default_factory=dict)
    fields: Mapping[str, SignedFor] = field(default_factory=dict)

    @property
    def asked(self) -> tuple[str, ...]:
        """The qualified names of the fields that it fills."""
        return (*((self.table,) if self.table else ()), *self.fields)


@dataclass(frozen=True, slots=True)
class Expected:
    """A row of the sheet: its key, who it is, and what is recorded of it so far.

    `row` is the recorded row, as a person would hand it over; empty while there is none.
    """

    key: str
    name: str
    row: Mapping[str, Any]


def sign_ins(definition: Definition) -> Iterator[SignIn]:
    """The sheets of a process, one for each table and date; `check` refuses two for one date."""
    dates: dict[str, list[SignIn]] = {}
    loose: dict[str, dict[str, SignedFor]] = {}
    for qualified in definition.field_names():
        asked = definition.field(qualified)
        if isinstance(asked, TableField):
            for date in dict.fromkeys(_dates_of(asked)):
                dates.setdefault(date, []).append(_of_table(qualified, asked, date))
        elif isinstance(asked, SignedFor) and asked.sign_in is not None:
            loose.setdefault(asked.sign_in, {})[qualified] = asked
    for date in dict.fromkeys((*dates, *loose)):
        for one in dates.get(date, [SignIn(date)]):
            yield SignIn(date, one.table, one.name, one.roster, one.columns, loose.get(date, {}))


def states_open(process: Process, sign_in: SignIn) -> tuple[str, ...]:
    """The states in which everything that the sheet asks may be written."""
    return tuple(
        state
        for state in process.states
        if all(process.is_open(name, state) for name in sign_in.asked)
    )


def expected(process: Process, sign_in: SignIn, case: Case) -> tuple[Expected, ...]:
    """The rows of a candidature: those of the roster, then those recorded beside it.

    *Shape* one row for the candidature itself where no table is asked; none where the names of the
    roster were erased.
    """
    if not sign_in.table:
        name = case.private.get(process.definition.config.contest.name_field, "")
        return (Expected(f"{case.ref}:1", name, {}),)
    recorded = _rows(process, case, sign_in.table)
    names = [
        row[sign_in.roster[1]]
        for row in _rows(process, case, sign_in.roster[0])
        if sign_in.roster[1] in row
    ]
    wanted = Counter(names)
    for row in recorded:
        if (name := row.get(sign_in.name, "")) and wanted[name] == 0:
            names.append(name)
        elif name:
            wanted[name] -= 1
    left = [dict(row) for row in recorded]
    found = []
    for number, name in enumerate(names, 1):
        same = [row for row in left if row.get(sign_in.name) == name][:1]
        for row in same:
            left.remove(row)
        found.append(Expected(f"{case.ref}:{number}", name, same[0] if same else {}))
    return tuple(found)


def recorded_of(process: Process, case: Case, qualified: str) -> Any:
    """The recorded value of a field, as a person would hand it over; None for nothing."""
    asked = process.definition.field(qualified)
    assert asked is not None, "check accepts no sheet that asks for what does not exist"
    value = case.answer(qualified, asked)
    return None if value is None else asked.typed(value)


def _rows(process: Process, case: Case, table: str) -> list[dict[str, Any]]:
    return recorded_of(process, case, table) or []


def _dates_of(table: TableField) -> Iterator[str]:
    for column in table.columns.values():
        if isinstance(column, SignedFor) and column.sign_in is not None:
            yield column.sign_in


def _of_table(qualified: str, table: TableField, date: str) -> SignIn:
    source, _dot, column = (table.roster or "").rpartition(".")
    columns = {
        name: asked
        for name, asked in table.columns.items()
        if isinstance(asked, SignedFor) and asked.sign_in == date
    }
    return SignIn(date, qualified, column, (source, column), columns)


_TOLD = 40
"""More faults than these are only counted."""


@dataclass(frozen=True, slots=True)
class ReturnedRow:
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
        """The reference of the candidature, as it stands there."""
        return self.whose[1]


@dataclass(frozen=True, slots=True)
class Returned:
    """A form that came back; `letters` are those of the columns that ask, by their names."""

    file: str
    stamp: Mapping[str, str]
    letters: Mapping[str, str]
    rows: tuple[ReturnedRow, ...]

    def cell(self, row: ReturnedRow, column: str) -> str:
        """The cell of a row as people call it: `E7`."""
        return f"{self.letters[column]}{row.number}"


@dataclass(frozen=True, slots=True)
class CellFault:
    """One thing that is wrong with what came back, and the cell or the row where it is."""

    where: str
    error: PtceError

    def __str__(self) -> str:
        parts = (self.error.what, self.error.why, self.error.mend)
        told = " ".join(line.strip() for part in parts for line in part.splitlines())
        return _("{label}: {value}").format(label=self.where, value=told) if self.where else told


class ReturnRefused(PtceError):
    """Something of what came back cannot be taken: nothing of it was; `faults` has all of them."""

    def __init__(self, file: str, faults: Sequence[CellFault]) -> None:
        count = len(faults)
        told = [str(fault) for fault in faults[:_TOLD]]
        if count > _TOLD:
            more = count - _TOLD
            told.append(n_("and {count} more", "and {count} more", more).format(count=more))
        super().__init__(
            n_(
                "{file}: {count} fault; nothing was recorded.",
                "{file}: {count} faults; nothing was recorded.",
                count,
            ).format(file=file, count=count),
            "\n".join(told),
            _("Correct them and import it again, or write a fresh one."),
        )
        self.faults = tuple(faults)
        self.exit_code = max(fault.error.exit_code for fault in faults)
