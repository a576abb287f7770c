"""Forms: tables that go out to be filled in, as a workbook or in CSV, and come back cell by cell.

A form says once which columns there are, what each offers and what the file is made for; it is
written by `papers.sheets`, and read back here: one that was made for something else, or whose
columns are no longer where they were, is refused before anything of it is believed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from ptce_workflow.base.errors import Misuse, shown
from ptce_workflow.base.words import LANGUAGES, _
from ptce_workflow.papers.reading import Handed, SheetPage, address, letters
from ptce_workflow.process.panel.forms import CellFault, Returned, ReturnedRow, ReturnRefused

if TYPE_CHECKING:
    from ptce_workflow.process.process import Process

Value = str | int | float | bool | Decimal | datetime | None
"""The value of a cell on its way out; never a formula."""

KEY, REF = 1, 2
"""The first columns: what ties a row to whom it is about, and the reference of the candidature."""
STAYS = 3
"""The number of columns that stay in sight: the key, the reference, and a name."""
_COLUMN, _IN_STAMP, _PARTS_IN_STAMP = "column.", "|", 3
"""How the stamp names its columns; between name, question and heading; how many they are."""
_TABLE_HEADING = 2
"""The row of headings in CSV: under the stamp, and right above the rows."""


@dataclass(frozen=True, slots=True)
class FormColumn:
    """A column: its heading, its width in characters, and the name that its answers come back by.

    Without a name it asks nothing, and its cells are locked. `choices` are all that it takes, if
    not empty; `below` stands under its heading in a workbook; `once` is for what is asked of all
    rows of a candidature together. An empty cell turns red where one of the columns in
    `explains` holds a number below (`<`) or above (`>`) a bound. `hidden` is for what only the
    program reads; `asks` tells apart what is asked: see `process.panel.forms.question`.
    """

    title: str
    width: float = 14
    name: str = ""
    asks: str = ""
    choices: Sequence[Value] = ()
    below: str | None = None
    once: bool = False
    explains: Sequence[tuple[str, str, float]] = ()
    centred: bool = False
    hidden: bool = False
    bold: bool = False
    muted: bool = False

    def fits(self, asked: str, answer: object) -> bool:
        """True for an answer to what was asked then, where it answers what is asked now.

        Of another scale no mark does: 3 of 5 is not 3 of 10. Of other answers, one that is still
        offered does.
        """
        in_words = not any(isinstance(one, int | float) for one in self.choices)
        return asked == self.asks or (in_words and answer in self.choices)


def stamped_columns(stamp: Mapping[str, str]) -> list[FormColumn]:
    """The columns that a form had as it left; none where the stamp was changed."""
    found: list[FormColumn] = []
    while told := stamp.get(f"{_COLUMN}{len(found) + 1}", ""):
        if told.count(_IN_STAMP) < _PARTS_IN_STAMP - 1:
            return []
        name, asks, title = told.split(_IN_STAMP, _PARTS_IN_STAMP - 1)
        found.append(FormColumn(title, name=name, asks=asks))
    return found


@dataclass(frozen=True, slots=True)
class TableSheet:
    """A sheet to be read only: its name, lines above a table, and the table."""

    name: str
    above: Sequence[str]
    columns: Sequence[FormColumn]
    rows: Sequence[Sequence[Value]]


@dataclass(frozen=True, slots=True)
class FormKind:
    """A kind of form: what its stamp calls it, and where its workbooks have their headings.

    `layout` rises with every change that older files would not stand. `made_for` names what else
    the stamp holds, `foreign` says that a file is none, `again` is the command that writes one.
    """

    name: str
    layout: str
    heading: int
    made_for: tuple[str, ...]
    foreign: str
    again: str
    refuses_more: bool = False
    """True where nothing may be written beside its columns."""

    def stamp_of(self, handed: Handed, ledger: Mapping[str, str], process: Process) -> Stamp:
        """The stamp of a file that came back; its process is the one by which it is read.

        Another process than that of its day does no harm: column by column the stamp says what
        was asked.

        *Raises* Misuse for a file of another kind, of another ledger than the one named, of
        another edition of its form, or whose stamp was changed.
        """
        stamp = handed.stamp
        if stamp.get("kind") != self.name:
            raise self.refusal(handed, _(self.foreign))
        if any(stamp.get(name) != value for name, value in ledger.items()):
            why = _(
                "It was made for another contest, or for a rehearsal: {other}. This is {contest}."
            )
            other = shown(stamp.get("contest", "?"))
            raise self.refusal(handed, why.format(other=other, contest=ledger["contest"]))
        if stamp.get("layout") != self.layout:
            told = _("Another version of the program wrote it: its cells stand elsewhere now.")
            raise self.refusal(handed, told)
        whole = set(self.made_for) <= stamp.keys() and len(stamped_columns(stamp)) > REF
        if stamp.get("language") not in LANGUAGES or not whole:
            raise self.refusal(handed, stamp_changed())
        return {**stamp, "process": process.hash}

    def refusal(self, handed: Handed, why: str) -> Misuse:
        """The error for a file that is not taken."""
        said = {name: shown(handed.stamp.get(name, "…")) for name in self.made_for}
        return Misuse(
            _("{file} is not taken; nothing was recorded.").format(file=handed.file),
            why,
            _("Write it again, and copy what was filled in: {command}").format(
                command=self.again.format(**said)
            ),
        )


Stamp = Mapping[str, str]
"""The contest, the process and more that a form is made for; they must come back the same."""


@dataclass(frozen=True, slots=True)
class Form:
    """A form in a language: its columns; and, where it leaves, what stands in it.

    `above` are the lines over the columns of a workbook, the title first; `guide` is its second
    sheet.
    """

    kind: FormKind
    language: str
    columns: Sequence[FormColumn]
    stamp: Stamp = field(default_factory=dict)
    name: str = ""
    author: str = ""
    above: Sequence[str] = ()
    rows: Sequence[Sequence[Value]] = ()
    guide: TableSheet | None = None

    @property
    def asked(self) -> dict[str, int]:
        """The numbers of the columns that ask something, by their names."""
        return {column.name: n for n, column in enumerate(self.columns, 1) if column.name}

    def stamped(self) -> dict[str, str]:
        """All that the stamp says."""
        own = {"language": self.language, "layout": self.kind.layout, "kind": self.kind.name}
        columns = {
            f"{_COLUMN}{n}": _IN_STAMP.join((column.name, column.asks, column.title))
            for n, column in enumerate(self.columns, 1)
        }
        return {**self.stamp, **own, **columns}

    def returned(self, handed: Handed) -> Returned:
        """The rows of a file that came back; blank ones are left out.

        Cells whose question is no longer asked so are left out too, and told.

        *Raises* ReturnRefused with every column that is not where it was.
        """
        heading = _TABLE_HEADING if handed.is_table else self.kind.heading
        then = stamped_columns(handed.stamp)
        page = _page(handed, heading, then)
        if faults := [*_moved(page, heading, then), *self._added(page, heading, len(then))]:
            raise ReturnRefused(handed.file, faults)
        has_wording = any(column.below is not None for column in self.columns)
        first = heading + (2 if has_wording and not handed.is_table else 1)
        asked = {n: column for n, column in enumerate(then, 1) if column.name}
        whose = range(KEY, min(asked, default=len(then) + 1))
        now = {column.name: column for column in self.columns}
        left: dict[str, list[str]] = {}
        begins: dict[int, int] = {}
        for row, column in sorted(page.cells):
            begins.setdefault(row, column)
        rows = []
        for number in (row for row in begins if row >= first):
            texts = tuple(page.text(number, column) for column in whose)
            answers = {}
            for column, one in asked.items():
                answer = page.at(number, column)
                if answer is None:
                    continue
                if one.name in now and now[one.name].fits(one.asks, answer):
                    answers[one.name] = answer
                else:
                    left.setdefault(one.title, []).append(address(number, column))
            rows.append(ReturnedRow(number, begins[number], texts, answers))
        columns = {one.name: letters(column) for column, one in asked.items()}
        renamed = {
            one.title: now[one.name].title
            for one in asked.values()
            if one.name in now and _plain(one.title) != _plain(now[one.name].title)
        }
        return Returned(handed.file, handed.stamp, columns, tuple(rows), left, renamed)

    def _added(self, page: SheetPage, heading: int, wide: int) -> Iterator[CellFault]:
        """The first cell of every column that was added, where none may be."""
        added: dict[int, int] = {}
        for row, column in sorted(page.cells):
            if self.kind.refuses_more and column > wide and row >= heading:
                added.setdefault(column, row)
        for column, row in sorted(added.items()):
            found = shown(page.text(row, column))
            what = _("There was no column here: “{found}”.").format(found=found)
            yield CellFault(address(row, column), _as_it_was(what))


def stamp_changed() -> str:
    """The reason not to take a file whose hidden sheet, or first line, was changed."""
    return _("Its hidden sheet was changed, or the first line of its table: it holds the stamp.")


def _page(handed: Handed, heading: int, columns: Sequence[FormColumn]) -> SheetPage:
    """The sheet that holds the form, wherever it stands among the others."""
    title = columns[REF - 1].title
    named = [page for page in handed.pages if page.text(heading, REF) == title]
    return next(iter(named or handed.pages), SheetPage("", {}))


def _moved(page: SheetPage, heading: int, columns: Sequence[FormColumn]) -> Iterator[CellFault]:
    """Every column that is not where it was, or is called otherwise."""
    for number, column in enumerate(columns, 1):
        found, wanted = (_plain(text) for text in (page.text(heading, number), column.title))
        if found != wanted:
            what = _("The column “{wanted}” is missing.")
            if found:
                what = _("“{wanted}” stood here, and now “{found}” does.")
            what = what.format(wanted=wanted, found=shown(found))
            yield CellFault(address(heading, number), _as_it_was(what))


def _as_it_was(what: str) -> Misuse:
    return Misuse(what, "", _("Columns stay as they were when the file was written."))


def _plain(title: str) -> str:
    return " ".join(title.split())
