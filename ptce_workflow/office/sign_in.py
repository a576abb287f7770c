"""The sign-in sheet of a date: signed on paper, then filled in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from ptce_workflow.base.errors import Misuse
from ptce_workflow.base.notation import to_text
from ptce_workflow.base.words import N_, _, clock, language, long_instant, speaking
from ptce_workflow.office.form import REF, Form, FormColumn, FormKind, Handed, Value, address
from ptce_workflow.office.report import capital
from ptce_workflow.process.calendar import parse_span
from ptce_workflow.process.candidature import Candidature
from ptce_workflow.process.fields import OptionField, SignedFor, TableField, ValueRefused
from ptce_workflow.process.forms import (
    CellFault,
    Expected,
    Returned,
    ReturnedRow,
    ReturnRefused,
    SignIn,
    expected,
    question,
    recorded_of,
)
from ptce_workflow.process.process import Process

SIGN_IN = FormKind(
    name="sign-in",
    layout="3",
    heading=6,
    made_for=("date",),
    foreign=N_("It is no sign-in sheet made by this program."),
    again="ptce sign-in --session {date} -o …",
)
_NARROW, _ANSWER, _SIDE, _WIDE = 8, 15, 23, 30

Raw = dict[str, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class SignInChange:
    """One answer that the sheet changes; `who` is the structure, "" for the candidature itself."""

    ref: str
    who: str
    asked: SignedFor
    before: str | None
    after: str


@dataclass(frozen=True, slots=True)
class Signed:
    """The changes of a sheet, answer by answer; the facts to record for it, by reference.

    `remarks` tell what is asked otherwise since the sheet left.
    """

    changes: tuple[SignInChange, ...]
    facts: Mapping[str, Raw]
    remarks: tuple[str, ...] = ()


def sign_in_sheet(
    process: Process,
    sign_in: SignIn,
    cases: Iterable[Candidature],
    *,
    ledger: tuple[str, str],
    at: datetime,
    language: str,
) -> Form:
    """The sheet of a date as it leaves: a row for each structure of each candidature.

    `ledger` names the contest and the random origin of its ledger; `at` is when it is made.
    """
    contest = process.definition.config.contest.title.in_(language)
    with speaking(language):
        return replace(
            sign_in_form(process, sign_in, language),
            stamp={
                "contest": ledger[0],
                "origin": ledger[1],
                "process": process.hash,
                "date": sign_in.date,
                "made": to_text(at),
            },
            name=_("Sign-in sheet"),
            author=contest,
            above=_above(process, sign_in, contest, language),
            rows=[row for case in cases for row in _rows(process, sign_in, case, language)],
        )


def sign_in_form(process: Process, sign_in: SignIn, language: str) -> Form:
    """The columns of a sheet; a single choice is whether somebody came, told by the title."""
    definition = process.definition
    name = definition.field(definition.config.contest.name_field)
    table = definition.field(sign_in.table)
    kinds = [isinstance(field_type, OptionField) for field_type in sign_in.columns.values()]
    with speaking(language):
        columns = [FormColumn(_("key"), hidden=True), FormColumn(_("ref."), _NARROW)]
        if name is not None:
            columns.append(FormColumn(name.label.in_(language), _SIDE))
        if isinstance(table, TableField):
            label = table.columns[sign_in.name].label.in_(language)
            columns.append(FormColumn(label, _SIDE))
        title = _("presence") if kinds == [True] else ""
        columns += [
            _column(column, sign_in.columns[column], language, title) for column in sign_in.columns
        ]
        columns += [FormColumn(_("name of who signs"), _SIDE), FormColumn(_("signature"), _SIDE)]
        for column, field_type in sign_in.fields.items():
            columns.append(replace(_column(column, field_type, language), once=True))
    return Form(
        SIGN_IN, language, [replace(column, title=capital(column.title)) for column in columns]
    )


def _column(name: str, field_type: SignedFor, language: str, title: str = "") -> FormColumn:
    title = title or field_type.label.in_(language)
    if not isinstance(field_type, OptionField):
        return FormColumn(title, _WIDE, name, question(field_type))
    labels = [label.in_(language) for label in field_type.options.values()]
    return FormColumn(title, _ANSWER, name, question(field_type), labels, centred=True)


def _above(process: Process, sign_in: SignIn, contest: str, language: str) -> tuple[str, ...]:
    date = process.definition.config.dates[sign_in.date]
    instant = process.dates.fixed.get(sign_in.date)
    when = ""
    if instant is not None:
        when = long_instant(instant, process.zone, language)
        if date.lasts is not None:
            end = parse_span(date.lasts).after(instant, process.zone)
            ends = clock(end, process.zone, language)
            when = _("{start}, until {end}").format(start=when, end=ends)
    return (
        _("Sign-in sheet: {date}").format(date=date.label.in_(language)),
        " · ".join(filter(None, (when, contest))),
        _("Sign on paper, beside your structure."),
        _("The desk then fills in the yellow cells."),
    )


def _rows(
    process: Process, sign_in: SignIn, case: Candidature, language: str
) -> Iterator[list[Value]]:
    """The rows of a candidature: what is asked of it once stands in the first."""

    def told(field_type: SignedFor, value: str | None) -> str | None:
        shown = field_type.display(value, language, process.zone)
        return None if value is None else shown

    for number, row_ in enumerate(expected(process, sign_in, case)):
        answers = [
            told(field_type, row_.row.get(name)) for name, field_type in sign_in.columns.items()
        ]
        once = [
            told(field_type, recorded_of(process, case, name)) if number == 0 else None
            for name, field_type in sign_in.fields.items()
        ]
        yield [*_whose(process, sign_in, case, row_), *answers, None, None, *once]


def _whose(
    process: Process, sign_in: SignIn, case: Candidature, person: Expected
) -> tuple[str, ...]:
    """The texts that say whose row it is: key, reference, name, and that of the structure."""
    name = str(case.private.get(process.definition.config.contest.name_field) or case.ref)
    return (person.key, case.ref, name, *((person.name,) if sign_in.table else ()))


def date_of(handed: Handed, process: Process, ledger: tuple[str, str]) -> str:
    """The date of a sheet. Raises: Misuse for another contest, process, layout or file."""
    named = dict(zip(("contest", "origin"), ledger, strict=True))
    return SIGN_IN.stamp_of(handed, named, process)["date"]


def read_sign_in(
    handed: Handed,
    process: Process,
    sign_in: SignIn,
    cases: Iterable[Candidature],
    closed: Iterable[Candidature] = (),
) -> Signed:
    """The changes of a sheet; `cases` are those of which it may ask something now.

    The others, `closed`, may stand in it as long as it says nothing new of them.

    An empty cell says nothing: what was recorded stays.

    Raises: ReturnRefused with every cell that cannot be taken; nothing of the sheet is then.
    """
    form = sign_in_form(process, sign_in, handed.stamp.get("language", language()))
    reading = _SignInReading(process, sign_in, form.returned(handed))
    rows = reading.keyed()
    changes: list[SignInChange] = []
    facts: dict[str, Raw] = {}
    for is_open, case in (
        *((True, case) for case in cases),
        *((False, expected_) for expected_ in closed),
    ):
        own = expected(process, sign_in, case)
        rows_ = {
            expected_.key: rows.pop(expected_.key) for expected_ in own if expected_.key in rows
        }
        own_changes, raw = reading.of_case(case, own, rows_)
        if own_changes and is_open:
            changes += own_changes
            facts[case.ref] = raw
        elif own_changes:
            first = min(rows_.values(), key=lambda row: row.number)
            reading.refuse(first, REF, _("nothing is asked of this candidature any more"))
    for row in rows.values():
        if row.answers:
            reading.refuse(row, REF, _("nobody is known by this row"))
    if reading.faults:
        raise ReturnRefused(handed.file, reading.faults)
    return Signed(tuple(changes), facts, tuple(reading.returned.differences()))


@dataclass(slots=True)
class _SignInReading:
    """The rows of a sheet read one after the other, and all that is wrong with any of them."""

    process: Process
    sign_in: SignIn
    returned: Returned
    faults: list[CellFault] = field(default_factory=list)

    def refuse(self, row: ReturnedRow, column: int, what: str) -> None:
        self.faults.append(CellFault(address(row.number, column), Misuse(what)))

    def keyed(self) -> dict[str, ReturnedRow]:
        """The rows by their keys; one without, or twice there, is refused."""
        rows: dict[str, ReturnedRow] = {}
        for row in self.returned.rows:
            if not row.key:
                self.refuse(row, row.begins, _("this row was added by hand"))
            elif row.key in rows:
                self.refuse(row, REF, _("this row stands twice in the sheet"))
            else:
                rows[row.key] = row
        return rows

    def of_case(
        self, case: Candidature, own: tuple[Expected, ...], by_key: Mapping[str, ReturnedRow]
    ) -> tuple[list[SignInChange], Raw]:
        changes: list[SignInChange] = []
        table: list[dict[str, Any]] = []
        raw: Raw = {}
        for person in own:
            result = {}
            if person.key in by_key:
                self._check_identity(by_key[person.key], case, person)
                answers = self._changes(by_key[person.key], self.sign_in.columns, person.row)
                result = {
                    name: replace(answer, ref=case.ref, who=person.name) for name, answer in answers
                }
            changes += result.values()
            after = {name: change.after for name, change in result.items()}
            table.append({**person.row, self.sign_in.name: person.name, **after})
        if changes:
            _put(raw, self.sign_in.table, table)
        for name, fields in self.sign_in.fields.items():
            # What is asked once stands in any one of the rows, mostly the first.
            rows = [row for row in by_key.values() if name in row.answers]
            for row in rows[1:]:
                where = self.returned.cell(row, name)
                what = Misuse(_("this is asked once of a candidature"))
                self.faults.append(CellFault(where, what))
            recorded = {name: recorded_of(self.process, case, name)}
            for row in rows[:1]:
                for _name, change in self._changes(row, {name: fields}, recorded):
                    changes.append(replace(change, ref=case.ref))
                    _put(raw, name, change.after)
        return changes, raw

    def _check_identity(self, row: ReturnedRow, case: Candidature, person: Expected) -> None:
        """Refuses a row whose visible names are not those of its key: something was shifted."""
        whose = _whose(self.process, self.sign_in, case, person)
        for column, (there, wanted) in enumerate(zip(row.whose, whose, strict=False), 1):
            if there != wanted.strip():
                text = _('"{found}" stands where "{wanted}" is expected')
                self.refuse(row, column, text.format(found=there, wanted=wanted))

    def _changes(
        self, row: ReturnedRow, fields: Mapping[str, SignedFor], recorded: Mapping[str, Any]
    ) -> Iterator[tuple[str, SignInChange]]:
        """The answers of a row that are not those recorded; what cannot be taken is kept."""
        for name, field_type in fields.items():
            if name not in row.answers:
                continue
            text = str(row.answers[name]).strip()
            try:
                after: str = field_type.parse(text, zone=self.process.zone)
            except ValueRefused as refused:
                where = self.returned.cell(row, name)
                self.faults.append(CellFault(where, _as_listed(field_type, refused)))
                continue
            if after != recorded.get(name):
                yield name, SignInChange("", "", field_type, recorded.get(name), after)


def _put(raw: Raw, qualified: str, value: Any) -> None:
    sheet, _dot, name = qualified.partition(".")
    raw.setdefault(sheet, {})[name] = value


def _as_listed(field_type: SignedFor, refused: ValueRefused) -> Misuse:
    """A refusal that lists the answers as the sheet offers them: by their labels."""
    if not isinstance(field_type, OptionField) or not refused.why:
        return refused
    labels = ", ".join(label.text for label in field_type.options.values())
    return Misuse(refused.what, _("Answers: {names}.").format(names=labels), refused.mend)
