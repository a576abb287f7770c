"""The jury's grid of marks and the sign-in sheet of a date, as they leave and come back.

What the marks are worth that come back is the desk's matter.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from ptce_workflow.base.errors import Misuse, shown
from ptce_workflow.base.notation import to_text
from ptce_workflow.base.runtime import nothing_to_collect
from ptce_workflow.base.words import LANGUAGES, N_, _, clock, language, long_instant, n_, speaking
from ptce_workflow.office.form import (
    REF,
    Form,
    FormColumn,
    FormKind,
    Handed,
    TableSheet,
    Value,
    address,
    read_workbook,
    stamp_changed,
)
from ptce_workflow.office.page import capital, letterhead
from ptce_workflow.process.calendar import parse_span
from ptce_workflow.process.candidature import Candidature
from ptce_workflow.process.explain import ground_of
from ptce_workflow.process.fields import (
    FieldType,
    OptionField,
    ScoreField,
    SignedFor,
    TableField,
    ValueRefused,
)
from ptce_workflow.process.fields.scalars import NO_OPINION, as_shown
from ptce_workflow.process.forms import (
    LINKS,
    CellFault,
    Expected,
    Grid,
    GridRow,
    Returned,
    ReturnedRow,
    ReturnRefused,
    SignIn,
    asked,
    bounds_of,
    expected,
    no_opinion,
    question,
    recorded_of,
)
from ptce_workflow.process.model.base import in_hundredths
from ptce_workflow.process.model.sheets import Sheet
from ptce_workflow.process.process import Process, noun_of

GRID = FormKind(
    name="grid",
    layout="2",
    heading=5,
    made_for=("panel", "institution"),
    foreign=N_("It is no grid of the jury: it bears no stamp of one that was written here."),
    again="ptce jury grid --institution {institution} -o …",
    refuses_more=True,
)
_TEXT_WIDTH, _NARROWEST_MARK, _WIDEST_MARK = 25.0, 10.5, 20.0
_SMALLER = 0.83
"""The width of the wording below the headings against theirs in bold."""
_GUIDE_LINE = 190


def grid_form(grid: Grid) -> Form:
    """The grid as it leaves, in its own language: with its rows, and how to fill it in."""
    with speaking(grid.language):
        title, count = f"{grid.sheet.label.in_(grid.language)} · {grid.institution}", len(grid.rows)
        text = n_("{count} candidature to mark", "{count} candidatures to mark", count)
        hint = _("Only the yellow cells are filled in; the sheet “{name}” explains.")
        under = f"{grid.contest} · {text.format(count=count)}"
        return replace(
            _form(grid.sheet, grid.language, grid.noun),
            stamp=grid.stamp,
            name=_("Grid"),
            author=grid.contest,
            above=(title, under, hint.format(name=_("Guide"))),
            rows=[_values(grid.sheet, row) for row in grid.rows],
            guide=_guide(grid),
        )


def read_grid(source: Path | Handed, process: Process) -> Returned:
    """The answers of a grid, or of its file. Raises: Misuse; ReturnRefused for moved columns."""
    with nothing_to_collect():
        handed = read_workbook(source) if isinstance(source, Path) else source
        definition = process.definition
        stamp = GRID.stamp_of(handed, {"contest": definition.config.contest.id}, process)
        sheet = definition.sheets.get(stamp["panel"])
        if sheet is None or stamp["institution"] not in sheet.members:
            text = _('There is no panel "{panel}" in which "{institution}" sits.')
            text = text.format(panel=shown(stamp["panel"]), institution=shown(stamp["institution"]))
            raise GRID.refusal(handed, f"{stamp_changed()} {text}")
        form = _form(sheet, stamp["language"], noun_of(process))
        returned = form.returned(replace(handed, stamp=stamp))
        silent = {LINKS: _spoken(lambda: _("no"))}
        marks = {name for name, field in asked(sheet).items() if isinstance(field, ScoreField)}
        silent |= dict.fromkeys(marks, _spoken(no_opinion))
        return replace(returned, rows=tuple(_with_silence(row, silent) for row in returned.rows))


def _with_silence(row: ReturnedRow, silent: Mapping[str, frozenset[str]]) -> ReturnedRow:
    """The row with one sign for no opinion, and for no link, in whatever words it was said."""
    readings = {
        name: NO_OPINION
        for name, answer in row.answers.items()
        if isinstance(answer, str) and answer.casefold().rstrip(". ") in silent.get(name, ())
    }
    return replace(row, answers={**row.answers, **readings}) if readings else row


def _form(sheet: Sheet, language: str, noun: str) -> Form:
    with speaking(language):
        whose = (
            FormColumn(_("key"), 4, hidden=True),
            FormColumn(_("ref."), 7, below="", centred=True),
            FormColumn(noun, 16, below="", bold=True),
            FormColumn(_("dossier in brief"), 47, below="", muted=True),
        )
        columns = [_column(sheet, name, field, language) for name, field in asked(sheet).items()]
        if sheet.declares is not None:
            below = _("“no”, or which: “{sentence}”").format(sentence=sheet.declares.in_(language))
            columns.insert(0, FormColumn(links_heading(), _TEXT_WIDTH, LINKS, LINKS, below=below))
        return Form(GRID, language, (*whose, *columns))


def links_heading() -> str:
    return _("link declared")


def _column(sheet: Sheet, name: str, field: FieldType, language: str) -> FormColumn:
    """The column of a field: under its heading what to look at, and where the rulebook says so."""
    label = field.label.in_(language)
    texts = [] if field.help is None else [field.help.in_(language)]
    if field.source is not None:
        texts.append(f"({ground_of(field)})")
    below = "\n".join(texts)
    if isinstance(field, ScoreField):
        # As wide as its longest word, no wider: all columns are to fit a page.
        words = (*map(_long, label.split()), *(_SMALLER * _long(word) for word in below.split()))
        width = max(_NARROWEST_MARK, min(_WIDEST_MARK, max(words, default=0) + 1.6))
        marks = tuple(_as_number(mark) for mark in field.scale.marks)
        offered = (*marks, no_opinion()) if field.no_opinion else marks
        return FormColumn(label, width, name, question(field), offered, below=below, centred=True)
    explains = [
        (criterion, sign, in_hundredths(bound) / 100)
        for criterion, mark in sheet.fields.items()
        if isinstance(mark, ScoreField) and mark.comment_in == name
        for sign, bound in (("<", mark.comment_under), (">", mark.comment_over))
        if bound is not None
    ]
    return FormColumn(label, _TEXT_WIDTH, name, question(field), below=below, explains=explains)


def _long(word: str) -> float:
    """The room that a word of a heading takes, in units of width, roughly."""
    narrow = sum(letter in "ijltfrI'’.,-()" for letter in word)
    wide = sum(letter in "mwMW" for letter in word)
    return 1.15 * len(word) - 0.48 * narrow + 0.5 * wide


def _values(sheet: Sheet, row: GridRow) -> list[Value]:
    values: list[Value] = [row.key, row.ref, row.name, row.summary]
    if sheet.declares is not None:
        links = row.given.get(LINKS, "")
        values.append(_("no") if links == NO_OPINION else str(links) or None)
    for name in asked(sheet):
        value = row.given.get(name, "")
        if value is None:
            values.append(no_opinion())
        else:
            values.append(_as_number(value) if isinstance(value, int) else value or None)
    return values


def _guide(grid: Grid) -> TableSheet:
    columns = [
        FormColumn(_("criterion"), 26),
        FormColumn(_("what to look at"), 44),
        FormColumn(_("marks"), 16),
        FormColumn(_("comment"), 30),
        FormColumn(_("where it comes from"), 44),
    ]
    lines = [part for line in _advice(grid) for part in textwrap.wrap(line, _GUIDE_LINE)]
    above = (_("How to fill in the grid"), *lines)
    return TableSheet(_("Guide"), above, columns, list(_explained(grid)))


def _advice(grid: Grid) -> Iterator[str]:
    fields = asked(grid.sheet).values()
    if grid.sheet.help is not None:
        yield grid.sheet.help.in_(grid.language)
    if grid.sheet.declares is not None:
        yield "• " + _(
            "Before its first mark an institution signs, by “no” under “{name}”: “{sentence}” Or "
            "it writes there which links it has, and gives no mark in that row."
        ).format(sentence=grid.sheet.declares, name=links_heading())
    yield "• " + _("Each yellow cell of a mark offers those that may be given.")
    if any(isinstance(field, ScoreField) and field.no_opinion for field in fields):
        text = _("“{words}” says that you have none; it is not a low mark.")
        yield "• " + text.format(words=no_opinion())
    yield "• " + _(
        "An empty cell says nothing: it takes back no mark that you gave before. Half a grid may "
        "be sent, and the rest later."
    )
    yield "• " + _(
        "Rows and columns stay as they are: a grid whose headings or rows were changed is refused, "
        "and so are formulas."
    )
    if len(grid.closes) == 1:
        yield "• " + _("The marks are closed when: {rule}").format(rule=grid.closes[0])
    elif grid.closes:
        yield "• " + _("The marks are closed when:")
        yield from (f"   – {sentence}" for sentence in grid.closes)


def _explained(grid: Grid) -> Iterator[list[Value]]:
    language = grid.language
    for field in asked(grid.sheet).values():
        reason = field.choice.in_(language) if field.source and field.choice else ""
        marks, comment = None, _("free text")
        if isinstance(field, ScoreField):
            marks, comment = _marks(field), _explanation(grid.sheet, field)
        yield [
            field.label.in_(language),
            field.help.in_(language) if field.help is not None else None,
            marks,
            comment,
            "\n".join(filter(None, (ground_of(field), reason))) or None,
        ]


def _marks(field: ScoreField) -> str:
    low, high, step = map(as_shown, (field.scale.from_, field.scale.to, field.scale.step))
    texts = [_("{low} to {high}, by {step}").format(low=low, high=high, step=step)]
    if field.no_opinion:
        texts.append(_("or: {words}").format(words=no_opinion()))
    if field.weight != 1:
        weight = _as_number(in_hundredths(field.weight))
        texts.append(_("weighs {weight}").format(weight=weight))
    return "\n".join(texts)


def _explanation(sheet: Sheet, field: ScoreField) -> str:
    """A sentence on the marks that must be explained, and where; empty where none must."""
    when = bounds_of(field)
    if field.comment_in is None or not when:
        return ""
    where = sheet.fields[field.comment_in].label.text
    return _("{when}: to be explained under “{field}”").format(when=when, field=where)


def _as_number(mark: int) -> int | float:
    return mark / 100 if mark % 100 else mark // 100


def _spoken(phrase: Callable[[], str]) -> frozenset[str]:
    """A phrase in each language, and the signs that stand for it."""
    words = {NO_OPINION, "–", "—"}
    for spoken in LANGUAGES:
        with speaking(spoken):
            words.add(phrase().casefold())
    return frozenset(words)


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


class SignInChange(Struct, frozen=True):
    """One answer that the sheet changes; `who` is the structure, "" for the candidature itself."""

    ref: str
    who: str
    asked: SignedFor
    before: str | None
    after: str


class Signed(Struct, frozen=True):
    """The changes of a sheet, the facts to record by reference, and `remarks` on old questions."""

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
            head="\n".join(letterhead(process, language).lines),
            above=_above(process, sign_in, contest, language),
            rows=[row for case in cases for row in _rows(process, sign_in, case, language)],
        )


def sign_in_form(process: Process, sign_in: SignIn, language: str) -> Form:
    """The columns of a sheet; a single choice is whether somebody came, as the title says."""
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
            _answer_column(column, sign_in.columns[column], language, title)
            for column in sign_in.columns
        ]
        columns += [FormColumn(_("name of who signs"), _SIDE), FormColumn(_("signature"), _SIDE)]
        for column, field_type in sign_in.fields.items():
            columns.append(replace(_answer_column(column, field_type, language), once=True))
    return Form(
        SIGN_IN, language, [replace(column, title=capital(column.title)) for column in columns]
    )


def _answer_column(name: str, field_type: SignedFor, language: str, title: str = "") -> FormColumn:
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

    def displayed(field_type: SignedFor, value: str | None) -> str | None:
        shown = field_type.display(value, language, process.zone)
        return None if value is None else shown

    for number, expected_row in enumerate(expected(process, sign_in, case)):
        answers = [
            displayed(field_type, expected_row.row.get(name))
            for name, field_type in sign_in.columns.items()
        ]
        once = [
            displayed(field_type, recorded_of(process, case, name)) if number == 0 else None
            for name, field_type in sign_in.fields.items()
        ]
        yield [*_whose(process, sign_in, case, expected_row), *answers, None, None, *once]


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
    """The changes of a sheet, none for `closed` cases or empty cells. Raises: ReturnRefused."""
    form = sign_in_form(process, sign_in, handed.stamp.get("language", language()))
    reading = _SignInReading(process, sign_in, form.returned(handed))
    rows = reading.keyed()
    changes: list[SignInChange] = []
    facts: dict[str, Raw] = {}
    every = (*((True, case) for case in cases), *((False, case) for case in closed))
    for is_open, case in every:
        own = expected(process, sign_in, case)
        own_rows = {row.key: rows.pop(row.key) for row in own if row.key in rows}
        own_changes, raw = reading.of_case(case, own, own_rows)
        if own_changes and is_open:
            changes += own_changes
            facts[case.ref] = raw
        elif own_changes:
            first = min(own_rows.values(), key=lambda row: row.number)
            reading.refuse(first, REF, _("nothing is asked of this candidature any more"))
    for row in rows.values():
        if row.answers:
            reading.refuse(row, REF, _("nobody is known by this row"))
    if reading.faults:
        raise ReturnRefused(handed.file, reading.faults)
    return Signed(tuple(changes), facts, tuple(reading.returned.differences()))


class _SignInReading(Struct):
    """The rows of a sheet read one after the other, and all that is wrong with any of them."""

    process: Process
    sign_in: SignIn
    returned: Returned
    faults: list[CellFault] = []

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
