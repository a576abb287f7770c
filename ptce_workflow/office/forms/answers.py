"""Answers read from a returned form: certain, to confirm, missing or not understood.

Nothing is guessed: an answer is `read` where its field accepts it and nothing else stands there.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from functools import lru_cache
from typing import Any, Literal
from zoneinfo import ZoneInfo

from msgspec import Struct
from msgspec.structs import replace

from ptce_workflow.base import words as base_text
from ptce_workflow.base.words import NO, YES, _, n_
from ptce_workflow.office.forms.blank import Stamp
from ptce_workflow.office.forms.blocks import FormLine, FormTable
from ptce_workflow.process import fields
from ptce_workflow.process.model.base import Text

Status = Literal["read", "to_confirm", "missing", "not_understood"]
"""`to_confirm` has a value that a person has to agree with; `not_understood` has words alone."""


class AnswerRead(Struct, frozen=True):
    """What a form answers to a question; `name` is that of the field in its sheet.

    `value` is what a person would hand over for it, as `FieldType.parse` takes it; None where
    there is none. `words` are those of the form, and `why` a sentence on what is not sure.

    A cell that is left out of a table has an answer of its own behind that of the table, named
    `members[2].siret`: its row, from 1, among those that say anything. Where a table cannot be
    without such a cell it is not understood, and its rows stand in `value` as the form has them,
    for whoever puts them right.
    """

    name: str
    status: Status
    value: Any = None
    words: str = ""
    why: str = ""

    @property
    def field(self) -> str:
        """The name of the field; that of the table, of a cell."""
        return self.name.partition("[")[0]

    @property
    def cell(self) -> tuple[int, str] | None:
        """The row of a cell, from 1, and the name of its column."""
        row, _dot, column = self.name.partition("[")[2].partition("].")
        return (int(row), column) if column else None


class FormRead(Struct, frozen=True):
    """A form as it was read: an answer for each question of its sheet, in their order, and cells.

    `stamp` is None where no stamp is left; `is_current` is false for a form of an older edition.
    `outside` are the passages that answer no question.
    """

    file: str
    sheet: str
    language: str
    answers: tuple[AnswerRead, ...]
    outside: tuple[str, ...] = ()
    stamp: Stamp | None = None
    is_current: bool = True

    @property
    def sure(self) -> dict[str, Any]:
        return {answer.name: answer.value for answer in self.answers if answer.status == "read"}

    @property
    def to_agree(self) -> list[AnswerRead]:
        """The answers with a value to agree with; of cells, those whose table is read."""
        some = (answer for answer in self.answers if answer.status == "to_confirm")
        agreed = (answer for answer in some if answer.cell is None or answer.field in self.sure)
        return [answer for answer in agreed if answer.value is not None]

    def agreed(self, answer: AnswerRead) -> FormRead:
        """The form once a person agreed with an answer; a cell joins its row."""
        answers = {given.name: given for given in self.answers}
        if answer.cell is None:
            answers[answer.name] = replace(answer, status="read")
        else:
            row, column = answer.cell
            table = answers[answer.field]
            rows = [dict(values) for values in table.value]
            rows[row - 1][column] = answer.value
            answers[answer.field] = replace(table, value=rows)
            del answers[answer.name]
        return replace(self, answers=tuple(answers.values()))


Labels = Mapping[str, Any]
"""What is asked for by its names, as `plain` gives them."""
Reading = tuple[Status, Any, str]
"""An answer as `AnswerRead` has it: its status, its value, and why it is not sure."""

_ALIKE = 0.85
_ON = r"[☒☑✔✓✅✗✘✖✕×❌❎■◼⬛◉🗹🗷⊠]|[\[(]\s*[xX✓✔×]\s*[\])]"
_OFF = r"[☐□◻⬜○❏❑▢]|[\[(][\s_]*[\])]"
_BOX = re.compile(f"({_ON}|{_OFF})")
_TICKS = {"x": True, "oui": True, "yes": True, "non": False, "no": False}
_JOINERS = re.compile(r"\b(?:et|and|ou|or|puis|la?|les?|des?|d)\b")


@lru_cache(maxsize=4096)
def plain(text: str) -> str:
    return base_text.plain(text)


@lru_cache(maxsize=1024)
def _matcher(label: str) -> SequenceMatcher[str]:
    return SequenceMatcher(None, "", label, False)


def likeness(words: str, label: str, least: float = _ALIKE) -> float:
    """How alike two texts are that are to be compared, of 1; 0 for less than the least."""
    if words == label:
        return 1.0
    matcher = _matcher(label)
    matcher.set_seq1(words)
    quick = min(matcher.real_quick_ratio(), matcher.quick_ratio())
    ratio = matcher.ratio() if quick >= least else 0.0
    return ratio if ratio >= least else 0.0


def nearest(words: str, labels: Labels) -> Any:
    """What is called so, or nearly so and nothing else as nearly; None for nothing."""
    if words in labels:
        return labels[words]
    ratios = {
        label: likeness(words, label)
        for label in labels
        # One word more may be another answer, or a "not".
        if len(words.split()) == len(label.split())
    }
    most = max(ratios.values(), default=0.0)
    values = {labels[label] for label, ratio in ratios.items() if ratio == most > 0}
    return values.pop() if len(values) == 1 else None


def choice(lines: Sequence[FormLine], labels: Labels, *, several: bool) -> Reading:
    """The answer that some lines give, or the answers where there may be several."""
    boxes: dict[bool, set[Any]] = {True: set(), False: set()}
    unboxed: set[Any] = set()
    is_other_ticked = is_more = False
    for tick, text in (part for line in lines for part in _parts(line.text)):
        values, typed, rest = _named(text, labels)
        on = tick if typed is None else typed
        is_more |= bool(rest)
        if on is None:
            unboxed |= values
        elif len(values) == 1:
            boxes[on] |= values
        else:
            is_other_ticked |= on
    highlighted = {value for line in lines for value in _named(line.marked, labels)[0]}
    chosen, doubt = _chosen(boxes[True], boxes[False], unboxed, highlighted, {*labels.values()})
    if not chosen:
        if is_more or is_other_ticked:
            return "not_understood", None, doubt or _("It is none of the answers.")
        return "missing", None, doubt
    if len(chosen) > 1 and not several:
        return "not_understood", None, answers_given(len(chosen))
    if is_other_ticked:
        doubt = doubt or _("Something else is ticked.")
    if is_more:
        doubt = doubt or _("More stands beside it.")
    ordered = [value for value in dict.fromkeys(labels.values()) if value in chosen]
    return "to_confirm" if doubt else "read", ordered if several else ordered[0], doubt


def answers_given(count: int) -> str:
    return n_("{count} answer is given.", "{count} answers are given.", count)


def _chosen(
    ticked: set[Any], empty: set[Any], unboxed: set[Any], highlighted: set[Any], every: set[Any]
) -> tuple[set[Any], str]:
    standing = empty | unboxed
    if ticked:
        return ticked, ""
    if empty and unboxed:
        return unboxed, _("It is written beside the boxes.")
    if standing & highlighted and highlighted < every:
        return standing & highlighted, _("It is highlighted, not ticked.")
    if standing == every:
        return set(), "" if empty else _("No answer is ticked.")
    return standing, _("The others are gone, and it is not ticked.") if empty else ""


def _parts(text: str) -> Iterator[tuple[bool | None, str]]:
    """The parts of a line, each with the tick before it; or behind it, where the line ends so."""
    first, *rest = _BOX.split(text)
    if not rest:
        yield None, text
        return
    ticks, texts = [re.fullmatch(_ON, mark) is not None for mark in rest[::2]], rest[1::2]
    ends_in_box = not texts[-1].strip()
    if first.strip(" \t•·-–—*"):
        texts = [first, *texts[:-1]] if ends_in_box else [f"{first} {texts[0]}", *texts[1:]]
    elif len(texts) > 1 and ends_in_box:
        # A tick that was typed at the end of a line counts beside the box at its beginning.
        ticks, texts = [*ticks[:-2], ticks[-2] or ticks[-1]], texts[:-1]
    yield from zip(ticks, texts, strict=True)


def _named(text: str, labels: Labels) -> tuple[set[Any], bool | None, str]:
    """The answers that words name, the tick that is typed beside one, and what else they say."""
    first, *others = plain(text).split() or [""]
    whole: list[tuple[str, bool | None]] = [(plain(text), None)]
    if others and first in _TICKS:
        whole.append((" ".join(others), _TICKS[first]))
    if others and others[-1] in _TICKS:
        whole.append((" ".join((first, *others[:-1])), _TICKS[others[-1]]))
    for words, tick in whole:
        if words in labels:
            return {labels[words]}, tick, ""
    values, rest = _taken_out(plain(text), labels)
    if values and not rest:
        return values, None, ""
    for words, tick in whole:
        value = nearest(words, labels)
        if value is not None:
            return {value}, tick, ""
    for piece in map(plain, re.split(r"[,;/\n]", text)):
        value = nearest(piece, labels)
        if value is not None and value not in values:
            values.add(value)
            rest = " ".join(word for word in rest.split() if word not in piece.split())
    return values, None, rest


def _taken_out(words: str, labels: Labels) -> tuple[set[Any], str]:
    """The answers whose labels stand among words, the longest first, and the words beside them."""
    values = set()
    for label in sorted(filter(None, labels), key=len, reverse=True):
        rest = re.sub(rf"\b{label}\b", "", words)
        if rest != words:
            words = rest
            values.add(labels[label])
    return values, " ".join(_JOINERS.sub("", words).split())


_MOST_WORDS = 8
"""How many words an answer on a line has at most, where it is cut out of others."""
_MOST_PLACES = 100
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
        rows = ("\t".join(map(_joined, row)) for table in self.tables for row in table.rows)
        return "\n".join((*rows, *(line.text for line in self.lines))).strip()


class AnswerReader:
    """Reads the answers of a form in the zone of its contest.

    `printed` are the words of the blank that answer nothing, such as "Choose". `outside` gathers
    what stands in a table, and in no column of it.
    """

    def __init__(self, zone: ZoneInfo, printed: Collection[str]) -> None:
        self.outside: list[str] = []
        self._zone, self._printed = zone, printed

    def answers(
        self, name: str, field: fields.FieldType, passage: FormPassage
    ) -> Iterator[AnswerRead]:
        """The answer of a field; behind that of a table, each cell that is left out of it."""
        if isinstance(field, fields.TableField):
            yield from self._table(name, field, passage)
            return
        status, value, why = self._read(field, passage.lines)
        if status == "read" and passage.doubt:
            status, why = "to_confirm", passage.doubt
        yield AnswerRead(name, status, value, passage.words, why)

    def _read(self, field: fields.FieldType, lines: Sequence[FormLine]) -> Reading:
        if _UNCOMPUTED.fullmatch("\n".join(line.text for line in lines).strip()):
            return "not_understood", None, _("A formula without its value, or an error, is there.")
        reading = self._unchecked(field, lines)
        why = "" if reading[1] is None else self._refusal(field, reading[1])
        return ("not_understood", None, why) if why else reading

    def _unchecked(self, field: fields.FieldType, lines: Sequence[FormLine]) -> Reading:
        texts = [line.text.strip() for line in lines]
        filled = [text for text in texts if text]
        match field:
            case fields.BooleanField():
                yes, no = dict.fromkeys(YES, True), dict.fromkeys(NO, False)
                return choice(lines, yes | no, several=False)
            case fields.OptionField() | fields.OptionsField():
                labels = _by_label(field.options)
                return choice(lines, labels, several=isinstance(field, fields.OptionsField))
            case _ if not filled:
                return "missing", None, ""
            case fields.LongTextField():
                return "read", "\n".join(texts).strip(), ""
            case fields.TerritoryField():
                return self._places(field, filled)
            case fields.TextField() if len(filled) > 1:
                return "to_confirm", " ".join(filled), _("It stands on several lines.")
        return self._cut_out(field, "\n".join(filled))

    def _refusal(self, field: fields.FieldType, value: Any) -> str:
        try:
            field.parse(value, zone=self._zone)
        except fields.ValueRefused as error:
            return " ".join(map(str, error.problems))
        return ""

    def _cut_out(self, field: fields.FieldType, text: str) -> Reading:
        """The one part of a text that its field accepts; what stands beside it raises a doubt."""
        why = self._refusal(field, text)
        if not why or isinstance(field, fields.TextField):
            return ("not_understood", None, why) if why else ("read", text, "")
        if isinstance(field, fields.UrlField) and not self._refusal(field, f"https://{text}"):
            return "to_confirm", f"https://{text}", _("Its beginning, https://, is added.")
        if isinstance(field, fields.DateField):
            text = _DAY.sub(r"\1/\2/\3", text)
        words = [*re.finditer(r"[^\s:;<>«»\"]+", text)]
        values: dict[Any, str] = {}
        beside: list[str] = []
        while words:
            for count in range(min(len(words), _MOST_WORDS), 0, -1):
                value = text[words[0].start() : words[count - 1].end()].strip(" ./,€*\n")
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

    def _places(self, field: fields.TerritoryField, lines: Sequence[str]) -> Reading:
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

    def _table(
        self, name: str, field: fields.TableField, passage: FormPassage
    ) -> Iterator[AnswerRead]:
        words, doubt = passage.words, passage.doubt
        rows = [[*map(_joined, row)] for table in passage.tables for row in table.rows]
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
        for at, text in enumerate(row):
            if at not in columns and len(plain(text)) > _COUNTER:
                label = header[at] if at < len(header) else ""
                labelled = _("{label}: {value}").format(label=label, value=text)
                self.outside.append(labelled if label else text)


def _columns(
    field: fields.TableField, rows: Sequence[list[str]]
) -> tuple[list[str], dict[int, str]]:
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
    return {plain(spoken): name for name, label in options.items() for spoken in label.spoken()}


def _joined(cell: Sequence[FormLine]) -> str:
    return " ".join(line.text.strip() for line in cell).strip()
