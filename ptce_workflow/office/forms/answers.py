"""The answers of a form by the type of their fields: what is sure, and what a person looks at.

Nothing is guessed: an answer is `read` where its field accepts it and nothing else stands there.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from msgspec import Struct

from ptce_workflow.base import speech
from ptce_workflow.base.words import _
from ptce_workflow.papers.form_blocks import FormLine, FormTable
from ptce_workflow.papers.form_choices import Reading, answers_given, choice, nearest, plain
from ptce_workflow.papers.returned import AnswerRead
from ptce_workflow.process.fields import (
    BooleanField,
    DateField,
    FieldType,
    LongTextField,
    OptionField,
    OptionsField,
    TableField,
    TerritoryField,
    TextField,
    UrlField,
    ValueRefused,
)
from ptce_workflow.process.model.shared import Text

_MOST_WORDS = 8
"""How many words an answer on a line has at most, where it is cut out of others."""
_MOST_PLACES = 100
_WORD = re.compile(r"[^\s:;<>«»\"]+")
_AROUND = " ./,€*\n"
_DAY = re.compile(r"\b(\d{1,2}) ?[/.-] ?(\d{1,2}) ?[/.-] ?(\d{4})\b")
_NOISE = {"eur", "euro", "euros", "mailto", "tel", "courriel", "mail", "e", "email"} | {
    *("siret", "siren", "n", "le")
}
"""Words beside an answer that say what it is, and nothing more."""
_COUNTER = 2
"""The characters at most of what only counts rows."""
_UNCOMPUTED = re.compile(r"(?:of:)?=[^\s=>].*|#[A-ZÉ/0]+\s?[!?]|#N/[AD]|Err\s?:\s?\d+")
"""What a cell of a workbook shows that holds no value."""


class FormPassage(Struct, frozen=True):
    """What a form holds for a question: the lines, and the tables where a table is asked for.

    `doubt` says why even what can be read is not sure; "" where it is. `outside` are the passages
    that stand there and answer nothing.
    """

    lines: Sequence[FormLine]
    tables: Sequence[FormTable] = ()
    doubt: str = ""
    outside: Sequence[str] = ()

    @property
    def words(self) -> str:
        """All that answers, as a person reads it."""
        rows = ("\t".join(map(_joined, row)) for one in self.tables for row in one.rows)
        return "\n".join((*rows, *(line.text for line in self.lines))).strip()


class AnswerReader:
    """Reads the answers of a form in the zone of its contest.

    `printed` are the words of the blank that answer nothing, such as "Choose". `outside` gathers
    what stands in a table, and in no column of it.
    """

    def __init__(self, zone: ZoneInfo, printed: Collection[str]) -> None:
        self.outside: list[str] = []
        self._zone, self._printed = zone, printed

    def answers(self, name: str, field: FieldType, passage: FormPassage) -> Iterator[AnswerRead]:
        """The answer of a field; behind that of a table, each cell that is left out of it."""
        if isinstance(field, TableField):
            yield from self._table(name, field, passage)
            return
        status, value, why = self._read(field, passage.lines)
        if status == "read" and passage.doubt:
            status, why = "to_confirm", passage.doubt
        yield AnswerRead(name, status, value, passage.words, why)

    def _read(self, field: FieldType, lines: Sequence[FormLine]) -> Reading:
        if _UNCOMPUTED.fullmatch("\n".join(line.text for line in lines).strip()):
            return "not_understood", None, _("A formula without its value, or an error, is there.")
        reading = self._unchecked(field, lines)
        why = "" if reading[1] is None else self._refusal(field, reading[1])
        return ("not_understood", None, why) if why else reading

    def _unchecked(self, field: FieldType, lines: Sequence[FormLine]) -> Reading:
        texts = [line.text.strip() for line in lines]
        filled = [text for text in texts if text]
        match field:
            case BooleanField():
                yes, no = dict.fromkeys(speech.YES, True), dict.fromkeys(speech.NO, False)
                return choice(lines, yes | no, several=False)
            case OptionField() | OptionsField():
                labels = _by_label(field.options)
                return choice(lines, labels, several=isinstance(field, OptionsField))
            case _ if not filled:
                return "missing", None, ""
            case LongTextField():
                return "read", "\n".join(texts).strip(), ""
            case TerritoryField():
                return self._places(field, filled)
            case TextField() if len(filled) > 1:
                return "to_confirm", " ".join(filled), _("It stands on several lines.")
        return self._cut_out(field, "\n".join(filled))

    def _refusal(self, field: FieldType, value: Any) -> str:
        """Why a field does not accept a value; "" where it does."""
        try:
            field.parse(value, zone=self._zone)
        except ValueRefused as error:
            return " ".join(map(str, error.problems))
        return ""

    def _cut_out(self, field: FieldType, text: str) -> Reading:
        """The one part of a text that its field accepts; what stands beside it raises a doubt."""
        why = self._refusal(field, text)
        if not why or isinstance(field, TextField):
            return ("not_understood", None, why) if why else ("read", text, "")
        if isinstance(field, UrlField) and not self._refusal(field, f"https://{text}"):
            return "to_confirm", f"https://{text}", _("Its beginning, https://, is added.")
        if isinstance(field, DateField):
            text = _DAY.sub(r"\1/\2/\3", text)
        words = [*_WORD.finditer(text)]
        values: dict[Any, str] = {}
        beside: list[str] = []
        while words:
            for count in range(min(len(words), _MOST_WORDS), 0, -1):
                value = text[words[0].start() : words[count - 1].end()].strip(_AROUND)
                if value and not self._refusal(field, value):
                    values.setdefault(field.read(value, self._zone), value)
                    break
            else:
                count = 1
                beside.append(words[0][0])
            words = words[count:]
        if not values:
            return "not_understood", None, why
        more = {*plain(" ".join(beside)).split()} - _NOISE - {*plain(str(field.label)).split()}
        doubt = _("More stands beside it.") if more else ""
        if len(values) > 1:
            doubt = answers_given(len(values))
        return "to_confirm" if doubt else "read", next(iter(values.values())), doubt

    def _places(self, field: TerritoryField, lines: Sequence[str]) -> Reading:
        """The places of some lines, each looked up by itself."""
        places = [
            place
            for line in lines
            for place in field.places_in(re.sub(r"^[\s•*·–-]+", "", line).rstrip(" .;,"))
        ]
        if len(places) > _MOST_PLACES:
            many = _("{count} places are too many to be looked up here.")
            return "not_understood", None, many.format(count=len(places))
        refusals = [self._refusal(field, [place]) for place in places]
        sure = [place for place, why in zip(places, refusals, strict=True) if not why]
        doubt = " ".join(filter(None, refusals))
        if not doubt:
            return ("read", sure, "") if sure else ("missing", None, "")
        return "to_confirm" if sure else "not_understood", sure or None, doubt

    # --- Tables -----------------------------------------------------------------------------------

    def _table(self, name: str, field: TableField, passage: FormPassage) -> Iterator[AnswerRead]:
        words, doubt = passage.words, passage.doubt
        rows = [[*map(_joined, row)] for one in passage.tables for row in one.rows]
        if not rows:
            texts = [line.text for line in passage.lines]
            rows = [text.split("\t") for text in texts if text.strip()]
            doubt = _("The table has lost its cells.")
        header, columns = _columns(field, rows)
        if not header:
            doubt = doubt or _("The columns are told by their place.")
        elif len(columns) < len(field.columns):
            doubt = doubt or _("Not all of its columns are found.")
        sure: list[dict[str, Any]] = []
        whole: list[dict[str, Any]] = []
        doubtful: list[AnswerRead] = []
        for row in rows[rows.index(header) + 1 :] if header else rows:
            cells = {
                columns[at]: text
                for at, text in enumerate(row)
                if at in columns and text and plain(text) not in self._printed
            }
            if row == header or not columns:
                continue
            self._keep_outside(header, columns, row)
            if not cells:
                continue
            sure.append({})
            whole.append({})
            for column, text in cells.items():
                status, value, why = self._read(field.columns[column], [FormLine(text)])
                whole[-1][column] = text if value is None else value
                if status == "read":
                    sure[-1][column] = value
                else:
                    place = f"{name}[{len(whole)}].{column}"
                    doubtful.append(AnswerRead(place, status, value, text, why))
        if not whole:
            is_lost = bool(plain(words)) and not columns
            why = _("Its columns are not found.") if is_lost else ""
            yield AnswerRead(name, "not_understood" if is_lost else "missing", None, words, why)
        elif why := self._refusal(field, sure):
            # A row cannot be without what is doubtful in it.
            status = "not_understood" if self._refusal(field, whole) else "to_confirm"
            yield AnswerRead(name, status, whole, words, why)
        else:
            # A row without a sure cell keeps its place: the doubtful ones are known by it.
            yield AnswerRead(name, "to_confirm" if doubt else "read", sure, words, doubt)
        yield from doubtful

    def _keep_outside(
        self, header: Sequence[str], columns: Mapping[int, str], row: Sequence[str]
    ) -> None:
        """Keeps what a row holds in the columns that somebody added."""
        for at, text in enumerate(row):
            if at not in columns and len(plain(text)) > _COUNTER:
                label = header[at] if at < len(header) else ""
                told = _("{label}: {value}").format(label=label, value=text)
                self.outside.append(told if label else text)


def _columns(field: TableField, rows: Sequence[list[str]]) -> tuple[list[str], dict[int, str]]:
    """The header of a table and its columns by their place; no header where none is found."""
    labels = _by_label({name: column.label for name, column in field.columns.items()})
    for row in rows[:3]:
        names = [nearest(plain(text), labels) for text in row]
        columns = {at: name for at, name in enumerate(names) if name is not None}
        count = len({*columns.values()})
        if 2 * count >= len(field.columns) and count == len(columns):
            return row, columns
    if rows and all(len(row) == len(field.columns) for row in rows):
        return [], dict(enumerate(field.columns))
    return [], {}


def _by_label(options: Mapping[str, Text]) -> dict[str, str]:
    """Options, or columns, by what they are called in either language."""
    return {plain(spoken): name for name, label in options.items() for spoken in label.spoken()}


def _joined(cell: Sequence[FormLine]) -> str:
    return " ".join(line.text.strip() for line in cell).strip()
