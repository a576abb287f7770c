"""Reads a sign-in sheet that came back: what it changes, or every cell that cannot be taken."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ptce_workflow.base.errors import Misuse, PtceError
from ptce_workflow.base.gazetteer import Gazetteer
from ptce_workflow.base.words import LANGUAGES, _, language
from ptce_workflow.papers.reading import Handed, Page, address
from ptce_workflow.process.case import Case
from ptce_workflow.process.fields import OptionField, SignedFor, ValueRefused
from ptce_workflow.process.process import Process
from ptce_workflow.process.returned import CellFault, ReturnRefused
from ptce_workflow.process.signing import (
    KEY,
    KIND,
    LAYOUT,
    NAME,
    REF,
    ROW,
    Expected,
    SignIn,
    expected,
    recorded_of,
    titles,
)

Raw = dict[str, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class AnswerChange:
    """One answer that the sheet changes; `who` is the structure, "" for the candidature itself."""

    ref: str
    who: str
    asked: SignedFor
    before: str | None
    after: str


@dataclass(frozen=True, slots=True)
class Signed:
    """What a sheet changes, answer by answer; and the facts to record for it, by reference."""

    changes: tuple[AnswerChange, ...]
    facts: Mapping[str, Raw]


@dataclass(slots=True)
class _Reading:
    process: Process
    sign_in: SignIn
    page: Page
    faults: list[CellFault] = field(default_factory=list)

    def refuse(self, row: int, column: int, what: str) -> None:
        """Keeps what is wrong with a cell."""
        self.faults.append(CellFault(address(row, column), Misuse(what)))

    def check(self, file: str) -> None:
        """*Raises* ReturnRefused if anything is wrong so far."""
        if self.faults:
            raise ReturnRefused(file, self.faults)


def date_of(handed: Handed, process: Process, ledger: tuple[str, str]) -> str:
    """The date that a sheet was made for.

    *Raises* Misuse for a workbook that is no sign-in sheet, or was made for another contest,
    process or layout.
    """
    stamp = handed.stamp
    if stamp.get("kind") != KIND:
        raise _foreign(handed, _("It is no sign-in sheet made by this program."))
    if (stamp.get("contest"), stamp.get("origin")) != ledger:
        raise _foreign(
            handed,
            _("It was made for another contest, or for a rehearsal: {name}.").format(
                name=stamp.get("contest", "?")
            ),
        )
    if stamp.get("process") != process.hash or stamp.get("layout") != LAYOUT:
        raise _foreign(handed, _("The process has changed since it was made."))
    if stamp.get("language") not in LANGUAGES:
        raise _foreign(handed, _("Its hidden sheet was changed."))
    return stamp.get("date", "")


def read_sign_in(
    handed: Handed,
    process: Process,
    sign_in: SignIn,
    cases: Iterable[Case],
    closed: Iterable[Case] = (),
) -> Signed:
    """What a sheet changes; `cases` are those of which it may ask something now.

    The others, `closed`, may stand in it as long as it says nothing new of them.

    An empty cell says nothing: what was recorded stays.

    *Raises* ReturnRefused with every cell that cannot be taken; nothing of the sheet is then.
    """
    page = handed.pages[0] if handed.pages else Page("", {})
    reading = _Reading(process, sign_in, page)
    _check_headings(reading, titles(process, sign_in, handed.stamp["language"]))
    reading.check(handed.file)
    rows = dict(_keyed_rows(reading))
    changes: list[AnswerChange] = []
    facts: dict[str, Raw] = {}
    for is_open, case in (*((True, case) for case in cases), *((False, one) for one in closed)):
        own = expected(process, sign_in, case)
        found = {one.key: rows.pop(one.key) for one in own if one.key in rows}
        made, raw = _of_case(reading, case, own, found) if found else ([], {})
        if made and is_open:
            changes += made
            facts[case.ref] = raw
        elif made:
            reading.refuse(
                min(found.values()), REF, _("nothing is asked of this candidature any more")
            )
    for row in rows.values():
        if any(reading.page.text(row, column) for column in _asking(sign_in)):
            reading.refuse(row, REF, _("nobody is known by this row"))
    reading.check(handed.file)
    return Signed(tuple(changes), facts)


def _check_headings(reading: _Reading, wanted: tuple[str, ...]) -> None:
    row = reading.sign_in.heading
    for column, title in enumerate(wanted, 1):
        there = reading.page.text(row, column)
        if there != " ".join(title.split()) and there != title:
            reading.refuse(
                row,
                column,
                _('"{found}" stands where "{wanted}" is expected').format(
                    found=there, wanted=title
                ),
            )


def _keyed_rows(reading: _Reading) -> Iterator[tuple[str, int]]:
    """The rows of the sheet by their keys; one without, or twice there, is refused."""
    page, seen = reading.page, set[str]()
    for row in range(reading.sign_in.heading + 1, page.rows + 1):
        key = page.text(row, KEY)
        if not key:
            written = [column for column in range(1, page.columns + 1) if page.text(row, column)]
            if written:
                reading.refuse(row, written[0], _("this row was added by hand"))
        elif key in seen:
            reading.refuse(row, REF, _("this row stands twice in the sheet"))
        else:
            seen.add(key)
            yield key, row


def _of_case(
    reading: _Reading, case: Case, own: tuple[Expected, ...], found: Mapping[str, int]
) -> tuple[list[AnswerChange], Raw]:
    """The changes to a candidature, and the facts that make them."""
    sign_in = reading.sign_in
    for one in own:
        row = found.get(one.key)
        if row is not None:
            _check_identity(reading, row, case, one)
    changes: list[AnswerChange] = []
    raw: Raw = {}
    table: list[dict[str, Any]] = []
    for one in own:
        told = _row_answers(reading, case, one, found.get(one.key))
        changes += told
        answers = {
            name: change.after
            for name, asked in sign_in.columns.items()
            for change in told
            if change.asked is asked
        }
        table.append({**one.row, sign_in.name: one.name, **answers})
    if changes:
        sheet, _dot, name = sign_in.table.partition(".")
        raw.setdefault(sheet, {})[name] = table
    for qualified, change in _field_answers(reading, case, own, found):
        sheet, _dot, name = qualified.partition(".")
        raw.setdefault(sheet, {})[name] = change.after
        changes.append(change)
    return changes, raw


def _check_identity(reading: _Reading, row: int, case: Case, one: Expected) -> None:
    """Refuses a row whose visible names are not those of its key: something was shifted."""
    name_field = reading.process.definition.config.contest.name_field
    wanted = [(REF, case.ref), (NAME, str(case.private.get(name_field) or case.ref))]
    if reading.sign_in.table:
        wanted.append((ROW, one.name))
    for column, text in wanted:
        there = reading.page.text(row, column)
        if there != text.strip():
            reading.refuse(
                row,
                column,
                _('"{found}" stands where "{wanted}" is expected').format(found=there, wanted=text),
            )


def _row_answers(
    reading: _Reading, case: Case, one: Expected, row: int | None
) -> list[AnswerChange]:
    if row is None:
        return []
    changes = []
    for column, (name, asked) in enumerate(
        reading.sign_in.columns.items(), reading.sign_in.first_asked
    ):
        answer = _answer(reading, row, column, asked)
        before = one.row.get(name)
        if answer is not None and answer != before:
            changes.append(AnswerChange(case.ref, one.name, asked, before, answer))
    return changes


def _field_answers(
    reading: _Reading, case: Case, own: tuple[Expected, ...], found: Mapping[str, int]
) -> Iterator[tuple[str, AnswerChange]]:
    """What is asked once of a candidature stands in any one of its rows, mostly the first."""
    for column, (name, asked) in enumerate(
        reading.sign_in.fields.items(), reading.sign_in.first_field
    ):
        rows = [
            row
            for one in own
            if (row := found.get(one.key)) is not None and reading.page.text(row, column)
        ]
        for row in rows[1:]:
            reading.refuse(row, column, _("this is asked once of a candidature"))
        if rows:
            answer = _answer(reading, rows[0], column, asked)
            before = recorded_of(reading.process, case, name)
            if answer is not None and answer != before:
                yield name, AnswerChange(case.ref, "", asked, before, answer)


def _answer(reading: _Reading, row: int, column: int, asked: SignedFor) -> str | None:
    """What a cell answers; None for nothing, or for what was refused."""
    text = reading.page.text(row, column)
    if not text:
        return None
    try:
        answer: str = asked.parse(text, places=Gazetteer, zone=reading.process.zone)
    except ValueRefused as refused:
        reading.faults.append(CellFault(address(row, column), _as_listed(asked, refused)))
        return None
    return answer


def _as_listed(asked: SignedFor, refused: ValueRefused) -> PtceError:
    """A refusal that lists the answers as the sheet offers them: by their labels."""
    if not isinstance(asked, OptionField) or not refused.why:
        return refused
    labels = ", ".join(label.in_(language()) for label in asked.options.values())
    return Misuse(refused.what, _("Answers: {names}.").format(names=labels), refused.mend)


def _asking(sign_in: SignIn) -> Iterator[int]:
    """The numbers of the columns that ask something."""
    yield from range(sign_in.first_asked, sign_in.first_asked + len(sign_in.columns))
    yield from range(sign_in.first_field, sign_in.first_field + len(sign_in.fields))


def _foreign(handed: Handed, why: str) -> Misuse:
    return Misuse(
        _("{file} is not taken; nothing was recorded.").format(file=handed.file),
        why,
        _("Make a fresh sheet: {command}").format(command="ptce sign-in --session … -o …"),
    )
