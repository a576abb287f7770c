"""The jury's grids of marks as they come back: what they change, what is wrong with them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from msgspec import UNSET, Struct

from ptce_workflow.app import pieces
from ptce_workflow.app.candidatures.record import FactsRefused
from ptce_workflow.app.contest import Contest
from ptce_workflow.app.jury.marks import declare, give_marks, may_speak, panel_name, panel_of
from ptce_workflow.app.people import need_desk
from ptce_workflow.app.transaction import Transaction
from ptce_workflow.base.errors import Misuse, PtceError
from ptce_workflow.base.runtime import nothing_to_collect
from ptce_workflow.base.words import _, language
from ptce_workflow.ledger.events.facts import Evidence
from ptce_workflow.process import forms
from ptce_workflow.process.candidature import Candidature, RuleContext, by_ref
from ptce_workflow.process.explain import Teller
from ptce_workflow.process.fields import ValueRefused
from ptce_workflow.process.fields.scalars import NO_OPINION
from ptce_workflow.process.model.sheets import Sheet
from ptce_workflow.process.panel import asked_of
from ptce_workflow.process.process import Process, institution_label, name_of, noun_of
from ptce_workflow.process.visibility import readable
from ptce_workflow.store.rows import ReceivedRow

_BARE_ANSWER = re.compile(r"(?i)(?:yes|oui|true|false)\W*|(?:no|non)[\s,;:.].*", re.DOTALL)


class CellChange(NamedTuple):
    """The change of a cell of a grid; `old` is None and `is_new` true where nothing stood."""

    field: str
    cell: str
    old: forms.Mark
    new: forms.Mark
    is_new: bool


class Marked(Struct, frozen=True):
    """The result of a row of a grid: the changes to a candidature, and how much stays the same.

    `silent` counts the empty cells where something is recorded, which stays; `lacking` those where
    nothing is.
    """

    case: Candidature
    changes: tuple[CellChange, ...]
    same: int
    silent: int
    lacking: int


class GridReading(Struct, frozen=True):
    """The result of a whole grid, candidature by candidature, in the order of its rows."""

    panel: str
    institution: str
    rows: tuple[Marked, ...]

    @property
    def changed(self) -> tuple[Marked, ...]:
        """The rows that change anything; each is one line of the ledger."""
        return tuple(row for row in self.rows if row.changes)

    @property
    def changes(self) -> list[tuple[str, tuple[CellChange, ...]]]:
        return [(row.case.id, row.changes) for row in self.changed]


def take_grid(
    contest: Contest,
    filled: forms.Returned,
    *,
    institution: str | None = None,
    mail: ReceivedRow | None = None,
    shown: GridReading | None = None,
    dry_run: bool = False,
) -> GridReading:
    """Gives the marks of a grid, all or none, if as `shown`; the `mail` it came in proves them.

    Raises: as `_take`, PtceError.
    """
    with nothing_to_collect(), contest.looking() if dry_run else contest.acting() as tx:
        taken = _take(tx, filled, institution, mail)
        if shown is not None and taken.changes != shown.changes:
            what = _(
                "Marks were given meanwhile: the grid would change something else than was shown."
            )
            raise PtceError(what, mend=_("Look at it again; nothing was recorded."))
        if not dry_run:
            # Cells that are not taken are for a person to look at.
            if mail is not None and (taken.changed or not filled.left):
                pieces.mark_filed(tx, mail, outcome="filed" if taken.changed else "unchanged")
            tx.flush()
    return taken


class HandedGrid(NamedTuple):
    """A grid as it came back, with its `mail`, if any; `is_known` if its institution sent that."""

    filled: forms.Returned
    mail: ReceivedRow | None = None
    is_known: bool = True


_SUFFIXES = {"xlsx": ".xlsx", "ods": ".ods"}


def grids_of_mail(contest: Contest, name: str) -> list[HandedGrid]:
    """The grids among the pieces of a received mail.

    Raises: Misuse for none, or one that cannot be read; PtceError for anyone but the desk, and for
    a sender who is enrolled for another institution.
    """
    # Imported here for start-up time.
    from ptce_workflow.office.form import read_content
    from ptce_workflow.office.grid import GRID, read_grid

    grids, stored = [], pieces.received_mail(contest, name)
    assert stored is not None, "the name of a mail"
    row, _content = stored
    with contest.looking() as tx:
        need_desk(tx, _("Only the desk reads the mailbox."))
        for piece in pieces.pieces_of(row):
            suffix = _SUFFIXES.get(piece.kind, Path(piece.name).suffix.lower())
            content = None if piece.why_refused else tx.unit.document(piece.sha256)
            if content is None or suffix not in (*_SUFFIXES.values(), ".csv"):
                continue
            handed = read_content(piece.name, suffix, content)
            if handed.stamp.get("kind") == GRID.name:
                filled = read_grid(handed, tx.process)
                grids.append(HandedGrid(filled, row, _is_known(tx, filled, row.sender)))
    if not grids:
        what = _("No file of {name} is a grid of the jury.").format(name=name)
        raise Misuse(what, mend=_("`ptce mail read --list` shows what is."))
    return grids


def _is_known(tx: Transaction, filled: forms.Returned, sender: str) -> bool:
    """Whether a sender is of the institution of a grid. Raises: PtceError for one of another."""
    own = filled.stamp["institution"]
    seats = {
        person.institution
        for person in tx.state.people.values()
        if person.active and str(person.private.get("email", "")).lower() == sender.lower()
    } - {None}
    if seats and own not in seats:
        what = _('{file} is the grid of "{name}", and {sender} is enrolled for "{other}".')
        others = ", ".join(sorted(map(str, seats)))
        raise PtceError(
            what.format(file=filled.file, name=own, sender=sender, other=others),
            _("Each institution hands over its own."),
        )
    return bool(seats)


def _take(
    tx: Transaction,
    filled: forms.Returned,
    institution: str | None,
    mail: ReceivedRow | None,
) -> GridReading:
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
    taking = _Taking(tx, filled, mail)
    rows = tuple(taking.rows())
    if taking.faults:
        raise forms.ReturnRefused(filled.file, taking.faults)
    return GridReading(panel, own, rows)


class _Taking:
    """The rows of a grid taken one after the other, and all that is wrong with any of them."""

    def __init__(self, tx: Transaction, filled: forms.Returned, mail: ReceivedRow | None) -> None:
        self._act = tx
        content = mail and tx.unit.document(mail.sha256)
        self._proof = Evidence(mail.sha256, len(content)) if mail and content else UNSET
        self._filled = filled
        self._stamp = filled.stamp
        self._panel, self._institution = filled.stamp["panel"], filled.stamp["institution"]
        self._sheet = tx.process.definition.sheets[self._panel]
        self._met: dict[str, int] = {}
        self.faults: list[forms.CellFault] = []

    def rows(self) -> Iterator[Marked]:
        """The result of each row; those that are wrong are left out, and told in `faults`."""
        # All at once: a query for each row would take longer than reading those that are not asked.
        cases = {case.ref: case for case in self._act.every_case()}
        rows = [row for row in self._filled.rows if self._has_candidature(row, cases)]
        own = (row for row in rows if self._is_its_own(row, cases[row.ref]))
        yield from filter(None, (self._take(row, cases[row.ref]) for row in own))

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
        marks = {name: answer for name, answer in row.answers.items() if name != forms.LINKS}
        after = self._declare(row, case)
        if after is not None and marks:
            try:
                given = self._institution, marks, self._panel, self._proof
                after = give_marks(self._act, after, *given)
            except FactsRefused as refused:
                for field, problem in zip(refused.fields, refused.problems, strict=True):
                    where = f"{self._filled.cell(row, field)} ({row.ref})"
                    # What to type at the keyboard mends no cell that was left empty.
                    mend = problem.mend if field in row.answers else ""
                    error = Misuse(problem.what, problem.why, mend)
                    self.faults.append(forms.CellFault(where, error))
                return None
            except PtceError as error:
                # What is recorded already takes nothing: a grid that comes twice does no harm.
                if after is not case or not self._changes_nothing(marks, case):
                    self.faults.append(forms.CellFault(self._where(row), error))
                    return None
        return None if after is None else self._marked(row, case, after)

    def _declare(self, row: forms.ReturnedRow, case: Candidature) -> Candidature | None:
        """The candidature with the links that a row declares anew; None where that is refused."""
        links = str(row.answers.get(forms.LINKS, "")).strip()
        if not links or self._given(case).get(forms.LINKS) == links:
            return case
        try:
            if _BARE_ANSWER.fullmatch(links):
                what = _("“{text}” does not say whether there is a link, and which.")
                mend = _("Write “no” alone, or which link it is.")
                raise Misuse(what.format(text=links), mend=mend)
            own = self._panel, case, self._institution
            return declare(self._act, *own, "" if links == NO_OPINION else links, self._proof)
        except PtceError as error:
            where = f"{self._filled.cell(row, forms.LINKS)} ({row.ref})"
            self.faults.append(forms.CellFault(where, error))
            return None

    def _changes_nothing(self, marks: Mapping[str, Any], case: Candidature) -> bool:
        given, zone = self._given(case), self._act.process.zone
        asked = forms.asked(self._sheet)
        try:
            values = {
                name: None if answer == NO_OPINION else asked[name].parse(answer, zone=zone)
                for name, answer in marks.items()
            }
        except ValueRefused:
            return False
        return values.items() <= given.items()

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
        member = tx.actor.institution if institution is None else institution
        if member is None:
            whose, file = _("INSTITUTION"), _("FILE")
            command = f"ptce jury grid --institution {whose} -o {file}"
            what = _("It is not said whose grid it is.")
            raise Misuse(what, mend=_("For example: {command}").format(command=command))
        return grid_of(tx, member, panel_of(tx.process.definition, member, panel))


def grids_asked(contest: Contest, panel: str | None = None) -> dict[str, forms.Grid]:
    """The grid of each institution of a panel; one that is asked about nothing has no rows."""
    with contest.looking() as tx:
        chosen = panel_name(tx.process.definition, panel)
        seats = tx.process.definition.seated(chosen)
        return {name: grid_of(tx, name, chosen) for name in seats}


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
