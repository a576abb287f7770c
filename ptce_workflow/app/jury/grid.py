"""The jury's grids of marks as they come back: what they change, what is wrong with them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from ptce_workflow.app.candidatures.record import FactsRefused
from ptce_workflow.app.contest import Contest
from ptce_workflow.app.jury.marks import give_marks, may_speak, panel_of
from ptce_workflow.app.transaction import Transaction
from ptce_workflow.base.errors import Misuse, PtceError
from ptce_workflow.base.runtime import nothing_to_collect
from ptce_workflow.base.words import _, language
from ptce_workflow.ledger.state import Person
from ptce_workflow.process import forms
from ptce_workflow.process.candidature import Candidature, RuleContext, by_ref
from ptce_workflow.process.explain import Teller
from ptce_workflow.process.fields import ValueRefused
from ptce_workflow.process.fields.scalars import NO_OPINION
from ptce_workflow.process.model.sheets import Sheet
from ptce_workflow.process.panel import asked_of
from ptce_workflow.process.process import Process, institution_label, name_of, noun_of
from ptce_workflow.process.visibility import readable

_NOT_THERE = ""
"""Stands for a field that had no answer: no text is ever recorded empty."""


class CellChange(NamedTuple):
    """The change of a cell of a grid; `old` is None and `is_new` true where nothing stood."""

    field: str
    cell: str
    old: forms.Mark
    new: forms.Mark
    is_new: bool


@dataclass(frozen=True, slots=True)
class Marked:
    """The result of a row of a grid: the changes to a candidature, and how much stays the same.

    `silent` counts the empty cells where something is recorded, which stays; `lacking` those where
    nothing is.
    """

    case: Candidature
    changes: tuple[CellChange, ...]
    same: int
    silent: int
    lacking: int


@dataclass(frozen=True, slots=True)
class GridReading:
    """The result of a whole grid, candidature by candidature, in the order of its rows."""

    panel: str
    institution: str
    rows: tuple[Marked, ...]

    @property
    def changed(self) -> tuple[Marked, ...]:
        """The rows that change anything; each is one line of the ledger."""
        return tuple(row for row in self.rows if row.changes)

    def same_as(self, other: GridReading) -> bool:
        mine = [(row.case.id, row.changes) for row in self.changed]
        return mine == [(row.case.id, row.changes) for row in other.changed]


def take_grid(
    contest: Contest,
    filled: forms.Returned,
    *,
    institution: str | None = None,
    shown: GridReading | None = None,
    dry_run: bool = False,
) -> GridReading:
    """Gives the marks of a grid, all or none, if as `shown`. Raises: as `_take`, PtceError."""
    with nothing_to_collect(), contest.looking() if dry_run else contest.acting() as tx:
        taken = _take(tx, filled, institution)
        if shown is not None and not taken.same_as(shown):
            what = _(
                "Marks were given meanwhile: the grid would change something else than was shown."
            )
            raise PtceError(what, mend=_("Look at it again; nothing was recorded."))
        if not dry_run:
            tx.flush()
    return taken


def _take(tx: Transaction, filled: forms.Returned, institution: str | None) -> GridReading:
    """Gives all the marks of a grid, or none; what is the same already is not written again.

    Raises: Misuse for a grid of another institution than the one named, PtceError when the actor
    may not speak for it, ReturnRefused with everything that is wrong with its rows and cells.
    """
    stamp, process = filled.stamp, tx.process
    if stamp["process"] != process.hash:
        what = _("{file} was read by another process.").format(file=filled.file)
        raise PtceError(what, _("The one in force was adopted meanwhile."))
    panel, own = stamp["panel"], stamp["institution"]
    if institution is not None and institution != own:
        what = _('{file} is the grid of "{other}", not of "{name}".').format(
            file=filled.file, other=own, name=institution
        )
        raise Misuse(what, mend=_("Leave out --institution, or hand over the right file."))
    may_speak(tx, process.definition.sheets[panel], own)
    taking = _Taking(tx, filled)
    rows = tuple(taking.rows())
    if taking.faults:
        raise forms.ReturnRefused(filled.file, taking.faults)
    return GridReading(panel, own, rows)


class _Taking:
    """The rows of a grid taken one after the other, and all that is wrong with any of them."""

    def __init__(self, tx: Transaction, filled: forms.Returned) -> None:
        self._act = tx
        self._filled = filled
        self._stamp = filled.stamp
        self._panel, self._institution = filled.stamp["panel"], filled.stamp["institution"]
        self._sheet = tx.process.definition.sheets[self._panel]
        self._asked = forms.asked(self._sheet)
        self._met: dict[str, int] = {}
        self.faults: list[forms.CellFault] = []

    def rows(self) -> Iterator[Marked]:
        """The result of each row; those that are wrong are left out, and told in `faults`."""
        # All at once: a query for each row would take longer than reading those that are not asked.
        cases = {case.ref: case for case in self._act.every_case()}
        rows = [row for row in self._filled.rows if self._has_candidature(row, cases)]
        for row in rows:
            if self._is_its_own(row, cases[row.ref]):
                marked = self._take(row, cases[row.ref])
                if marked is not None:
                    yield marked

    def _has_candidature(self, row: forms.ReturnedRow, refs: Collection[str]) -> bool:
        """True when a row names a candidature, and none that a row above names already."""
        if row.ref not in refs:
            self._tell_row(
                row,
                _("No candidature bears the reference {ref}.").format(ref=row.ref)
                if row.ref
                else _("This row has no reference."),
                _("Rows are neither added nor renamed."),
            )
            return False
        above = self._met.setdefault(row.ref, row.number)
        if above != row.number:
            what = _("{ref} stands in row {row} already.").format(ref=row.ref, row=above)
            self._tell_row(row, what, _("Which of the two counts, nobody could tell."))
        return above == row.number

    def _is_its_own(self, row: forms.ReturnedRow, case: Candidature) -> bool:
        """True when the hidden key of a row is that of its candidature, for this institution."""
        if row.key == forms.row_key(self._stamp, case.id):
            return True
        for other in self._sheet.members:
            if row.key == forms.row_key({**self._stamp, "institution": other}, case.id):
                what = _('This row comes from the grid of "{name}".').format(name=other)
                self._tell_row(row, what, _("Each institution hands over its own."))
                return False
        why = _("Its key, at the beginning of the row, belongs to another; was it moved?")
        self._tell_row(row, _("This row was not written for {ref}.").format(ref=case.ref), why)
        return False

    def _take(self, row: forms.ReturnedRow, case: Candidature) -> Marked | None:
        after = case
        if row.answers:
            try:
                after = give_marks(self._act, case, self._institution, row.answers, self._panel)
            except FactsRefused as refused:
                for field, problem in zip(refused.fields, refused.problems, strict=True):
                    where = f"{self._filled.cell(row, field)} ({row.ref})"
                    # What to type at the keyboard mends no cell that was left empty.
                    mend = problem.mend if field in row.answers else ""
                    self.faults.append(
                        forms.CellFault(where, Misuse(problem.what, problem.why, mend))
                    )
                return None
            except PtceError as error:
                # What is recorded already takes nothing: a grid that comes twice does no harm.
                if not self._changes_nothing(row, case):
                    self.faults.append(forms.CellFault(self._where(row), error))
                    return None
        return self._marked(row, case, after)

    def _changes_nothing(self, row: forms.ReturnedRow, case: Candidature) -> bool:
        given = self._given(case)
        return all(
            name in given and given[name] == self._value(name, answer)
            for name, answer in row.answers.items()
        )

    def _value(self, name: str, answer: Any) -> forms.Mark:
        if answer == NO_OPINION:
            return None
        zone = self._act.process.zone
        try:
            value: forms.Mark = self._asked[name].parse(answer, zone=zone)
        except ValueRefused:
            return _NOT_THERE
        return value

    def _marked(self, row: forms.ReturnedRow, before: Candidature, after: Candidature) -> Marked:
        old = self._given(before)
        new = old if after is before else self._given(after)
        changes = tuple(
            CellChange(
                name, self._filled.cell(row, name), old.get(name), new[name], name not in old
            )
            for name in (() if after is before else row.answers)
            if name not in old or old[name] != new[name]
        )
        silent = sum(name not in row.answers for name in old)
        lacking = sum(name not in new for name in self._sheet.needed)
        same = len(row.answers) - len(changes)
        return Marked(self._act.seen(after), changes, same, silent, lacking)

    def _given(self, case: Candidature) -> dict[str, forms.Mark]:
        return forms.given_in(self._sheet, self._panel, self._institution, case)

    def _tell_row(self, row: forms.ReturnedRow, what: str, why: str) -> None:
        self.faults.append(forms.CellFault(self._where(row), Misuse(what, why)))

    def _where(self, row: forms.ReturnedRow) -> str:
        """The row as people find it: its number, and its reference."""
        text = _("row {row}").format(row=row.number)
        return f"{text} ({row.ref})" if row.ref else text


def grid(contest: Contest, institution: str | None = None, panel: str | None = None) -> forms.Grid:
    """A grid of the candidatures that an institution is asked about, in the language in force.

    Without an institution, that of the juror who asks; its panel, unless one is named.

    Raises: Misuse when either is unknown, or several are possible.
    """
    with contest.looking() as tx:
        member = _institution(tx.actor, institution)
        return grid_of(tx, member, panel_of(tx.process.definition, member, panel))


def grid_of(tx: Transaction, institution: str, panel: str) -> forms.Grid:
    """The grid of an institution for the candidatures that it is asked about in a panel now."""
    process = tx.process
    sheet, config = process.definition.sheets[panel], process.definition.config
    stamp = {"contest": tx.contest, "panel": panel, "institution": institution}
    wanted = [
        # Jurors fill it in, whoever writes it.
        readable(process, tx.seen(case), ("jury",))
        for case in tx.every_case()
        if process.is_open(panel, case.state) and institution in asked_of(panel, sheet, case)
    ]
    wanted.sort(key=lambda case: by_ref(case.ref))
    return forms.Grid(
        stamp,
        language(),
        sheet,
        config.contest.title.text,
        noun_of(process),
        institution_label(process, institution),
        tuple(_row(process, stamp, sheet, case) for case in wanted),
        tuple(dict.fromkeys(_closing(process, panel, wanted, RuleContext(tx.now)))),
    )


def _institution(person: Person, named: str | None) -> str:
    if named is not None:
        return named
    if person.institution is None:
        whose, file = _("INSTITUTION"), _("FILE")
        command = f"ptce jury grid --institution {whose} -o {file}"
        what = _("It is not said whose grid it is.")
        raise Misuse(what, mend=_("For example: {command}").format(command=command))
    return person.institution


def _row(
    process: Process, stamp: Mapping[str, str], sheet: Sheet, case: Candidature
) -> forms.GridRow:
    definition = process.definition
    text = forms.brief(definition, sheet.shows, case, language(), zone=process.zone)
    given = forms.given_in(sheet, stamp["panel"], stamp["institution"], case)
    return forms.GridRow(
        forms.row_key(stamp, case.id), case.ref, name_of(process, case), text, given
    )


def _closing(
    process: Process, name: str, cases: list[Candidature], moment: RuleContext
) -> Iterator[str]:
    """The words of the rules that close the marks of a panel, for the candidatures of a grid."""
    teller = Teller(process, language())
    for state in dict.fromkeys(case.state for case in cases):
        example = next(case for case in cases if case.state == state)
        for edge in process.edges(state).values():
            if edge.transition.freezes == name:
                for rule in edge.rules.values():
                    yield teller.says(rule, example, moment)
