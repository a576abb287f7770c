"""The jury's grid of marks as a workbook.

What the marks are worth that come back is the desk's matter.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from ptce_workflow.base.errors import shown
from ptce_workflow.base.runtime import nothing_to_collect
from ptce_workflow.base.words import LANGUAGES, N_, _, n_, speaking
from ptce_workflow.office.form import (
    Form,
    FormColumn,
    FormKind,
    TableSheet,
    Value,
    read_workbook,
    stamp_changed,
)
from ptce_workflow.process.fields import FieldType, ScoreField
from ptce_workflow.process.fields.numbers import NO_OPINION
from ptce_workflow.process.forms import (
    Grid,
    GridRow,
    Returned,
    ReturnedRow,
    as_shown,
    asked,
    bounds_of,
    no_opinion,
    question,
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
_GUIDE_WIDTHS = (26, 44, 16, 30, 44)
_GUIDE_LINE = 190


def grid_form(grid: Grid) -> Form:
    """The grid as it leaves, in its own language: with its rows, and how to fill it in."""
    with speaking(grid.language):
        title = f"{grid.sheet.label.in_(grid.language)} · {grid.institution}"
        count = len(grid.rows)
        text = n_("{count} candidature to mark", "{count} candidatures to mark", count)
        hint = _("Only the yellow cells are filled in; the sheet “{name}” explains.")
        return replace(
            _form(grid.sheet, grid.language, grid.noun),
            stamp=grid.stamp,
            name=_("Grid"),
            author=grid.contest,
            above=(
                title,
                f"{grid.contest} · {text.format(count=count)}",
                hint.format(name=_("Guide")),
            ),
            rows=[_values(grid.sheet, row) for row in grid.rows],
            guide=_guide(grid),
        )


def read_grid(path: Path, process: Process) -> Returned:
    """The answers of a grid (.xlsx or .csv). Raises: Misuse; ReturnRefused for moved columns."""
    with nothing_to_collect():
        handed = read_workbook(path)
        definition = process.definition
        stamp = GRID.stamp_of(handed, {"contest": definition.config.contest.id}, process)
        sheet = definition.sheets.get(stamp["panel"])
        if sheet is None or stamp["institution"] not in sheet.members:
            text = _('There is no panel "{panel}" in which "{institution}" sits.').format(
                panel=shown(stamp["panel"]), institution=shown(stamp["institution"])
            )
            raise GRID.refusal(handed, f"{stamp_changed()} {text}")
        form = _form(sheet, stamp["language"], noun_of(process))
        returned = form.returned(replace(handed, stamp=stamp))
        silent = _silence()
        marks = {name for name, field in asked(sheet).items() if isinstance(field, ScoreField)}
        return replace(
            returned, rows=tuple(_with_silence(row, marks, silent) for row in returned.rows)
        )


def _with_silence(row: ReturnedRow, marks: set[str], silent: frozenset[str]) -> ReturnedRow:
    """The row with one sign for no opinion, in whatever words it was said."""
    readings = {
        name: NO_OPINION
        for name, answer in row.answers.items()
        if name in marks and isinstance(answer, str) and answer.casefold() in silent
    }
    return replace(row, answers={**row.answers, **readings}) if readings else row


def _form(sheet: Sheet, language: str, noun: str) -> Form:
    """The grid of a panel: whose row it is, then what each field asks."""
    with speaking(language):
        whose = (
            FormColumn(_("key"), 4, hidden=True),
            FormColumn(_("ref."), 7, below="", centred=True),
            FormColumn(noun, 16, below="", bold=True),
            FormColumn(_("dossier in brief"), 47, below="", muted=True),
        )
        columns = (_column(sheet, name, field, language) for name, field in asked(sheet).items())
        return Form(GRID, language, (*whose, *columns))


def _column(sheet: Sheet, name: str, field: FieldType, language: str) -> FormColumn:
    """The column of a field: under its heading what to look at, and where the rulebook says so."""
    label = field.label.in_(language)
    texts = [] if field.help is None else [field.help.in_(language)]
    if field.source is not None:
        texts.append(f"({field.source.in_(language)})")
    below = "\n".join(texts)
    if isinstance(field, ScoreField):
        width = _room_for(label, below)
        offered = _choices(field)
        return FormColumn(label, width, name, question(field), offered, below=below, centred=True)
    explains = [
        (criterion, sign, in_hundredths(bound) / 100)
        for criterion, mark in sheet.fields.items()
        if isinstance(mark, ScoreField) and mark.comment_in == name
        for sign, bound in (("<", mark.comment_under), (">", mark.comment_over))
        if bound is not None
    ]
    return FormColumn(label, _TEXT_WIDTH, name, question(field), below=below, explains=explains)


def _room_for(title: str, below: str) -> float:
    """The width of a column of marks: its longest word's, no wider, for all to fit a page."""
    words = [*map(_long, title.split()), *(_SMALLER * _long(word) for word in below.split())]
    return max(_NARROWEST_MARK, min(_WIDEST_MARK, max(words, default=0) + 1.6))


def _long(word: str) -> float:
    """The room that a word of a heading takes, in units of width, roughly."""
    narrow = sum(letter in "ijltfrI'’.,-()" for letter in word)
    wide = sum(letter in "mwMW" for letter in word)
    return 1.15 * len(word) - 0.48 * narrow + 0.5 * wide


def _values(sheet: Sheet, row: GridRow) -> list[Value]:
    values: list[Value] = [row.key, row.ref, row.name, row.summary]
    for name in asked(sheet):
        value = row.given.get(name, "")
        if value is None:
            values.append(no_opinion())
        else:
            values.append(_as_number(value) if isinstance(value, int) else value or None)
    return values


def _guide(grid: Grid) -> TableSheet:
    titles = (
        _("criterion"),
        _("what to look at"),
        _("marks"),
        _("comment"),
        _("where it comes from"),
    )
    columns = [FormColumn(title, width) for title, width in zip(titles, _GUIDE_WIDTHS, strict=True)]
    lines = [part for line in _advice(grid) for part in textwrap.wrap(line, _GUIDE_LINE)]
    above = (_("How to fill in the grid"), *lines)
    return TableSheet(_("Guide"), above, columns, list(_explained(grid)))


def _advice(grid: Grid) -> Iterator[str]:
    fields = asked(grid.sheet).values()
    if grid.sheet.help is not None:
        yield grid.sheet.help.in_(grid.language)
    if grid.sheet.declares is not None:
        yield "• " + _(
            "Before its first mark an institution signs: “{sentence}” Or it tells the desk which "
            "links it has."
        ).format(sentence=grid.sheet.declares)
    yield "• " + _("Each yellow cell of a mark offers those that may be given.")
    if any(isinstance(field, ScoreField) and field.no_opinion for field in fields):
        yield "• " + _("“{words}” says that you have none; it is not a low mark.").format(
            words=no_opinion()
        )
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
        grounds = [ground.in_(language) for ground in (field.source, field.choice) if ground]
        marks, comment = None, _("free text")
        if isinstance(field, ScoreField):
            marks, comment = _marks(field), _explanation(grid.sheet, field)
        yield [
            field.label.in_(language),
            field.help.in_(language) if field.help is not None else None,
            marks,
            comment,
            "\n".join(grounds) or None,
        ]


def _marks(field: ScoreField) -> str:
    texts = [_scale(field)]
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


def _scale(field: ScoreField) -> str:
    low, high = (as_shown(bound) for bound in (field.scale.from_, field.scale.to))
    return _("{low} to {high}, by {step}").format(
        low=low, high=high, step=as_shown(field.scale.step)
    )


def _choices(field: ScoreField) -> tuple[int | float | str, ...]:
    marks = tuple(_as_number(mark) for mark in field.scale.marks)
    return (*marks, no_opinion()) if field.no_opinion else marks


def _as_number(mark: int) -> int | float:
    return mark / 100 if mark % 100 else mark // 100


def _silence() -> frozenset[str]:
    words = {NO_OPINION, "–", "—"}
    for spoken in LANGUAGES:
        with speaking(spoken):
            words.add(no_opinion().casefold())
    return frozenset(words)
