"""The answers of a form by the type of their fields: what is sure, and what a person looks at.

Nothing is guessed: an answer is `read` where its field accepts it and nothing else stands there.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from msgspec import Struct

from ptce_workflow.base import speech
from ptce_workflow.base import text as base_text
from ptce_workflow.base.errors import Misuse
from ptce_workflow.base.words import _, n_
from ptce_workflow.papers.form_blocks import Line, Table
from ptce_workflow.papers.returned import AnswerRead, Status
from ptce_workflow.process.fields import (
    BooleanField,
    FieldType,
    LongTextField,
    OptionField,
    OptionsField,
    TableField,
    TerritoryField,
    ValueRefused,
)

Row = tuple[tuple[Line, ...], ...]
ALIKE = 0.85
"""How alike the words of an option or of a header are to its label, of 1."""

_BETWEEN = " .\u00a0\u2009\u202f-"
_NUMBER = re.compile(r"[-+\u2212]?\d(?:[\d \u00a0\u202f]*\d)?(?:[.,]\d+)?")
_DIGITS = re.compile(rf"\d[\d{_BETWEEN}]{{7,}}\d")
_PATTERNS: Mapping[str, re.Pattern[str]] = {
    "email": re.compile(r"[^\s<>;,()\"«»:]+@[^\s<>;,()\"«»]+[^\s<>;,.()\"«»]"),
    "phone": re.compile(rf"\+?\(?\d(?:[/(){_BETWEEN}]{{0,2}}\d){{7,14}}"),
    "date": re.compile(
        r"\d{4}-\d\d-\d\d|\d{1,2} ?[/.-] ?\d{1,2} ?[/.-] ?\d{4}"
        r"|\d{1,2}(?:er|st|nd|rd|th)? \w+\.? \d{4}|[^\W\d]+\.? \d{1,2}(?:st|nd|rd|th)?,? \d{4}"
    ),
    "integer": _NUMBER,
    "decimal": _NUMBER,
    "siren": _DIGITS,
    "siret": _DIGITS,
    "url": re.compile(r"(?:https?://|www\.)[^\s<>]*[^\s<>.,;)]", re.IGNORECASE),
}
_APART = re.compile(r" ?[/.-] ?")
_NOISE = re.compile(r"\b(?:eur|euros?|mailto|tel|courriel|e?mail|siret|siren|n|le)\b")
"""Words beside an answer that say what it is, and nothing more."""
_JOINERS = re.compile(r"\b(?:et|and|ou|or|puis|la?|les?|des?|d)\b")

_ON = r"[☒☑✔✓✅✗✘✖✕×❌❎■◼⬛◉🗹🗷⊠]|[\[(]\s*[xX✓✔×]\s*[\])]"
_OFF = r"[☐□◻⬜○❏❑▢]|[\[(][\s_]*[\])]"
_MARK = re.compile(f"({_ON}|{_OFF})")
_IS_ON = re.compile(_ON)
_COUNTER = 2
"""The characters at most of what only counts rows."""
_TICKS = {"x": True, "oui": True, "yes": True, "non": False, "no": False}


@lru_cache(maxsize=4096)
def plain(text: str) -> str:
    """The words of a text as they are compared; see `base.text.plain`."""
    return base_text.plain(text)


@lru_cache(maxsize=1024)
def _matcher(label: str) -> SequenceMatcher[str]:
    return SequenceMatcher(None, "", label, False)


def likeness(said: str, label: str, least: float = ALIKE) -> float:
    """How alike two texts are that are to be compared, of 1; 0 for less than the least."""
    if said == label:
        return 1.0
    matcher = _matcher(label)
    matcher.set_seq1(said)
    quick = min(matcher.real_quick_ratio(), matcher.quick_ratio())
    found = matcher.ratio() if quick >= least else 0.0
    return found if found >= least else 0.0


class Passage(Struct, frozen=True):
    """What a form holds for a question: the lines, and the tables where a table is asked for.

    `doubt` says why even what can be read is not sure; "" where it is.
    """

    lines: tuple[Line, ...]
    tables: tuple[Table, ...] = ()
    doubt: str = ""

    @property
    def words(self) -> str:
        """All of it, as a person reads it."""
        rows = ("\t".join(_said(cell) for cell in row) for one in self.tables for row in one.rows)
        return "\n".join((*rows, *(line.text for line in self.lines))).strip()


class Reading(Struct, frozen=True):
    """An answer, or a cell of a table, as it was read; see `AnswerRead`."""

    status: Status
    value: Any = None
    why: str = ""


_NOTHING = Reading("missing")


class Reader:
    """Reads the answers of a form in the zone of its contest.

    `printed` are the words of the blank that answer nothing, such as "Choose". `outside` gathers
    what stands in a table, and in no column of it.
    """

    def __init__(self, zone: ZoneInfo, printed: Collection[str] = ()) -> None:
        self.outside: list[str] = []
        self._zone, self._printed = zone, printed

    def answers(self, name: str, field: FieldType, passage: Passage) -> Iterator[AnswerRead]:
        """The answer of a field; behind that of a table, each cell that is left out of it."""
        if isinstance(field, TableField):
            yield from self._table(name, field, passage)
            return
        found = self.read(field, passage.lines)
        if found.status == "read" and passage.doubt:
            found = Reading("to_confirm", found.value, passage.doubt)
        yield AnswerRead(name, found.status, found.value, passage.words, found.why)

    def read(self, field: FieldType, lines: Sequence[Line]) -> Reading:
        """The answer that some lines give."""
        texts = [line.text.strip() for line in lines]
        given = [text for text in texts if text]
        match field:
            case BooleanField():
                labels: dict[Any, list[str]] = {True: [*speech.YES], False: [*speech.NO]}
                found = _Choice(labels).read(lines, several=False)
            case OptionField() | OptionsField():
                spoken = {name: [*label.spoken()] for name, label in field.options.items()}
                found = _Choice(spoken).read(lines, several=isinstance(field, OptionsField))
            case _ if not given:
                return _NOTHING
            case LongTextField():
                found = Reading("read", "\n".join(texts).strip())
            case TerritoryField():
                return self._places(field, given)
            case _ if field.type in _PATTERNS:
                return self._found(field, "\n".join(given))
            case _:
                several = _("It stands on several lines.") if len(given) > 1 else ""
                found = Reading("to_confirm" if several else "read", " ".join(given), several)
        why = "" if found.value is None else self._refusal(field, found.value)
        return Reading("not_understood", None, why) if why else found

    def _refusal(self, field: FieldType, value: Any) -> str:
        """Why a field does not accept a value; "" where it does."""
        try:
            field.parse(value, zone=self._zone)
        except ValueRefused as error:
            return " ".join(map(str, error.problems))
        except Misuse as error:
            return " ".join(filter(None, (error.what, error.why, error.mend)))
        return ""

    def _found(self, field: FieldType, text: str) -> Reading:
        """The one passage that has the pattern of a type; what stands beside it raises a doubt."""
        why = self._refusal(field, text)
        if not why:
            return Reading("read", text)
        found: dict[Any, tuple[str, str]] = {}
        for match in _PATTERNS[field.type].finditer(text):
            value, doubt = match[0], ""
            if field.type == "date" and not re.match(r"\d{4}-", value):
                value = _APART.sub("/", value)
            elif field.type == "url" and value.lower().startswith("www."):
                value, doubt = f"https://{value}", _("Its beginning, https://, is added.")
            if not self._refusal(field, value):
                rest = _NOISE.sub("", plain(text[: match.start()] + " " + text[match.end() :]))
                is_more = {*rest.split()} - {*plain(str(field.label)).split()}
                beside = _("More stands beside it.") if is_more else ""
                found.setdefault(field.read(value, self._zone), (value, beside or doubt))
        if not found:
            return Reading("not_understood", None, why)
        (value, doubt), *others = found.values()
        if others:
            doubt = _given(len(found))
        return Reading("to_confirm" if doubt else "read", value, doubt)

    def _places(self, field: TerritoryField, lines: Sequence[str]) -> Reading:
        """The places of some lines, each looked up by itself."""
        sure: list[str] = []
        doubts: list[str] = []
        for line in lines:
            for item in self._taken_apart(field, re.sub(r"^[\s•*·–-]+", "", line)):
                why = self._refusal(field, [item])
                doubts += [why] if why else []
                sure += [] if why else [item]
        if doubts:
            status: Status = "to_confirm" if sure else "not_understood"
            return Reading(status, sure or None, " ".join(doubts))
        return Reading("read", sure) if sure else _NOTHING

    def _taken_apart(self, field: TerritoryField, line: str) -> list[str]:
        """The places of a line: all of it, or what signs and words set apart."""
        for sign in ("\0", r"\s*;\s*", r"\s*[;,\t]\s*", r"\s*[;,\t]\s*|\s+(?:et|and|&)\s+"):
            parts = [part for part in re.split(sign, line.rstrip(" .;,")) if part]
            if not any(self._refusal(field, [part]) for part in parts):
                return parts
        return [
            part for part in re.split(r"\s*[;\t]\s*" if ";" in line else r"\s*,\s*", line) if part
        ]

    # --- Tables -----------------------------------------------------------------------------------

    def _table(self, name: str, field: TableField, passage: Passage) -> Iterator[AnswerRead]:
        rows = [row for one in passage.tables for row in one.rows]
        doubt = passage.doubt
        if not rows:
            rows, doubt = _rows_of_lines(field, passage.lines), _("The table has lost its cells.")
        grid = _grid(field, rows)
        places = grid.places
        doubt = doubt or (_("The columns are told by their place.") if grid.by_place else "")
        sure: list[dict[str, Any]] = []
        whole: list[dict[str, Any]] = []
        doubts: list[AnswerRead] = []
        for row in grid.body:
            cells = {
                places[at]: cell
                for at, cell in enumerate(row)
                if at in places and _said(cell) and plain(_said(cell)) not in self._printed
            }
            self.outside += [
                _("{label}: {value}").format(label=grid.header[at], value=_said(cell))
                if at < len(grid.header) and grid.header[at]
                else _said(cell)
                for at, cell in enumerate(row)
                if places and at not in places and len(plain(_said(cell))) > _COUNTER
            ]
            if not cells:
                continue
            read = {one: self.read(field.columns[one], cell) for one, cell in cells.items()}
            sure.append({one: it.value for one, it in read.items() if it.status == "read"})
            whole.append(
                {
                    one: _said(cells[one]) if it.value is None else it.value
                    for one, it in read.items()
                }
            )
            doubts += [
                AnswerRead(
                    f"{name}[{len(whole)}].{one}", it.status, it.value, _said(cells[one]), it.why
                )
                for one, it in read.items()
                if it.status != "read"
            ]
        words = passage.words
        if not places or not whole:
            lost = bool(plain(words)) and not places
            why = _("Its columns are not found.") if lost else ""
            yield AnswerRead(name, "not_understood" if lost else "missing", None, words, why)
            return
        yield self._rows_judged(name, field, sure, whole, doubts, words, doubt)
        yield from doubts

    def _rows_judged(
        self,
        name: str,
        field: TableField,
        sure: list[dict[str, Any]],
        whole: list[dict[str, Any]],
        doubts: Sequence[AnswerRead],
        words: str,
        doubt: str,
    ) -> AnswerRead:
        """The rows without their doubtful cells; with them where they cannot be without."""
        why = self._refusal(field, sure)
        if not why:
            kept = [row for row in sure if row]
            return AnswerRead(name, "to_confirm" if doubt else "read", kept, words, doubt)
        told: list[str] = []
        for one in doubts:
            row, _dot, column = one.name.partition("[")[2].partition("].")
            place = _("row {row}").format(row=row)
            label = f"{place}, {field.columns[column].label}"
            told.append(_("{label}: {value}").format(label=label, value=one.why))
        status: Status = "not_understood" if self._refusal(field, whole) else "to_confirm"
        return AnswerRead(name, status, whole, words, " ".join(told) or why)


def _given(count: int) -> str:
    return n_("{count} answer is given.", "{count} answers are given.", count).format(count=count)


def _said(cell: Sequence[Line]) -> str:
    return " ".join(line.text.strip() for line in cell).strip()


class _Grid(Struct, frozen=True):
    """The columns of a table by their place, what its header says, and the rows below.

    `by_place` is true where a column is told by its place alone.
    """

    places: Mapping[int, str]
    header: Sequence[str]
    body: Sequence[Row]
    by_place: bool


def _grid(field: TableField, rows: Sequence[Row]) -> _Grid:
    labels = {name: [*column.label.spoken()] for name, column in field.columns.items()}
    for number, row in enumerate(rows[:3]):
        header = [_said(cell) for cell in row]
        found = [nearest(plain(text), labels) for text in header]
        places = {at: name for at, name in enumerate(found) if name is not None}
        known = {*places.values()}
        if 2 * len(known) >= len(labels) and len(known) == len(places):
            unnamed = [at for at in range(len(row)) if at not in places]
            left = [name for name in labels if name not in known]
            by_place = len(unnamed) == len(left) > 0
            if by_place:
                places |= dict(zip(unnamed, left, strict=True))
            body = [one for one in rows[number + 1 :] if [_said(cell) for cell in one] != header]
            return _Grid(places, header, body, by_place)
    alike = rows and all(len(row) == len(labels) for row in rows)
    return _Grid(dict(enumerate(labels)) if alike else {}, (), rows, True)


def _rows_of_lines(field: TableField, lines: Sequence[Line]) -> list[Row]:
    """The rows of a table that was flattened: a row on each line, or a cell on each."""
    width, given = len(field.columns), [line.text for line in lines if line.text.strip()]
    for sign in ("\t", "|", ";", ","):
        parts = [line.strip(f" {sign}" if sign == "|" else " ").split(sign) for line in given]
        if given and all(len(part) == width for part in parts) and width > 1:
            return [tuple((Line(cell),) for cell in row) for row in parts]
    labels = {name: [*column.label.spoken()] for name, column in field.columns.items()}
    texts = [line.text for line in lines]
    for start in range(len(texts) - width + 1):
        header = [nearest(plain(text), labels) for text in texts[start : start + width]]
        if header == [*labels]:
            kept = texts[start:] + [""] * width
            return [
                tuple((Line(text),) for text in kept[at : at + width])
                for at in range(0, len(kept) - width, width)
            ]
    return [((Line(text),),) for text in given] if width == 1 else []


# --- Choices --------------------------------------------------------------------------------------


def nearest(said: str, labels: Mapping[Any, Sequence[str]]) -> Any:
    """What is called so, or nearly so and nothing else as nearly; None for nothing."""
    return _nearest(said, labels)[1]


def _nearest(said: str, labels: Mapping[Any, Sequence[str]]) -> tuple[float, Any]:
    """How alike words are to what is called most nearly so, of 1, and that; 0 and None for none."""
    found = [
        (likeness(said, plain(label)), value)
        for value, spoken in labels.items()
        for label in spoken
        # One word more may be another answer, or a "not".
        if len(said.split()) == len(plain(label).split())
    ]
    most = max((ratio for ratio, _value in found), default=0.0)
    rivals = {value for ratio, value in found if ratio == most > 0}
    return (most, rivals.pop()) if said and len(rivals) == 1 else (0.0, None)


class _Choice:
    """Reads which of some answers are ticked, left standing, or named."""

    def __init__(self, labels: Mapping[Any, Sequence[str]]) -> None:
        self._labels = labels
        self._marked: dict[Any, bool | None] = {}
        """Each answer that stands there, with its tick; None where it has no box."""
        self._again: list[Any] = []
        """Answers that stand there once more, without a box."""
        self._beside: list[str] = []
        self._struck: set[Any] = set()
        self._lit: set[Any] = set()
        self._loose = False
        """True where something is ticked that is no answer."""

    def read(self, lines: Sequence[Line], *, several: bool) -> Reading:
        """The answers of some lines."""
        for line in lines:
            self._look_at(line)
        chosen, doubt = self._chosen()
        if not chosen:
            if not (self._beside or self._loose):
                return Reading("missing", None, doubt)
            return Reading("not_understood", None, doubt or _("It is none of the answers."))
        if len(chosen) > 1 and not several:
            return Reading("not_understood", None, _given(len(chosen)))
        if self._beside and not doubt:
            doubt = _("More stands beside it.")
        value = [one for one in self._labels if one in chosen]
        return Reading("to_confirm" if doubt else "read", value if several else value[0], doubt)

    def _look_at(self, line: Line) -> None:
        if line.struck:
            self._struck |= self._named(line.struck)[0]
        if line.marked:
            self._lit |= self._named(line.marked)[0]
        for tick, text in _segments(line.text):
            if not text and tick is None:
                continue
            value, typed, rest = self._option(plain(text), tick is not None)
            is_bare = tick is None and typed is None
            # What is almost one label may be two: a short one behind a long one.
            if value is None or (is_bare and self._names_several(text)):
                self._take_words(text, tick)
                continue
            self._beside += [rest] if rest else []
            on = typed if typed is not None else tick
            if value in self._marked and on is None:
                self._again.append(value)
            elif self._marked.get(value) is not True:
                self._marked[value] = on

    def _names_several(self, text: str) -> bool:
        said = plain(text)
        is_label = any(said == plain(one) for spoken in self._labels.values() for one in spoken)
        return not is_label and len(self._named(text)[0]) > 1

    def _take_words(self, text: str, tick: bool | None) -> None:
        named, rest = self._named(text)
        if named and tick is None:
            self._again += [one for one in self._labels if one in named]
        elif tick is True:
            self._loose = True
        if rest or (named and tick is not None):
            self._beside.append(rest or text)

    def _option(self, said: str, is_boxed: bool) -> tuple[Any, bool | None, str]:
        """The answer that words name, the tick that is typed beside it, and what follows it."""
        words = said.split()
        tried: list[tuple[float, Any, bool | None]] = [(*_nearest(said, self._labels), None)]
        for at, others in ((0, words[1:]), (-1, words[:-1])):
            if others and words[at] in _TICKS:
                tried.append((*_nearest(" ".join(others), self._labels), _TICKS[words[at]]))
        _ratio, value, typed = max(tried, key=lambda one: one[0])
        if value is not None:
            return value, typed, ""
        longest: tuple[int, Any, str] = (0, None, "")
        for one, spoken in self._labels.items() if is_boxed else ():
            for label in map(plain, spoken):
                if said.startswith(f"{label} ") and len(label) > longest[0]:
                    longest = len(label), one, said[len(label) :].strip()
        return longest[1], None, longest[2]

    def _named(self, text: str) -> tuple[set[Any], str]:
        """The answers that a sentence names, and what is left of it."""
        said, found = plain(text), set()
        spoken = [(plain(label), one) for one, labels in self._labels.items() for label in labels]
        for label, one in sorted(spoken, key=lambda named: -len(named[0])):
            left = re.sub(rf"\b{re.escape(label)}\b", "", said) if label else said
            if left != said:
                said = left
                found.add(one)
        rest = " ".join(_JOINERS.sub("", said).split())
        for piece in re.split(r"[,;/\n]", text) if rest else ():
            value = nearest(plain(piece), self._labels)
            if value is not None and value not in found:
                found.add(value)
                rest = " ".join(word for word in rest.split() if word not in plain(piece).split())
        return found, rest

    def _chosen(self) -> tuple[set[Any], str]:
        """The answers that are chosen, and why that is not sure."""
        ticked = {one for one, on in self._marked.items() if on}
        if ticked:
            return ticked, _("Something else is ticked.") if self._loose else ""
        boxed = any(on is False for on in self._marked.values())
        standing = {*self._marked, *self._again}
        if self._again and (boxed or self._marked):
            return {*self._again}, _("It is written beside the boxes.")
        if self._again:
            return standing, ""
        if self._lit and self._lit < {*self._labels}:
            lit = self._lit & standing
            if lit and lit != standing:
                return lit, _("It is highlighted, not ticked.")
        left = standing - self._struck
        if self._struck and left:
            return left, _("The others are struck out, and it is not ticked.")
        free = {one for one, on in self._marked.items() if on is None}
        if boxed and free:
            return free, _("Its box is gone.")
        if boxed:
            gone = {*self._labels} - standing
            return (
                (standing, _("The others are gone, and it is not ticked.")) if gone else (set(), "")
            )
        if standing and len(standing) == len(self._labels) > 1:
            return set(), _("No answer is ticked.")
        return standing, ""


def _segments(text: str) -> Iterator[tuple[bool | None, str]]:
    """The parts of a line, each with the tick before it; or behind it, where the line ends so."""
    first, *rest = _MARK.split(text)
    if not rest:
        yield None, text.strip()
        return
    ticks, texts = [_IS_ON.fullmatch(one) is not None for one in rest[::2]], rest[1::2]
    if first.strip(" \t•·-–—*"):
        behind = not texts[-1].strip()
        texts = [first, *texts[:-1]] if behind else [f"{first} {texts[0]}", *texts[1:]]
    elif len(texts) > 1 and not texts[-1].strip():
        # A tick that was typed at the end of a line counts beside the box at its beginning.
        ticks, texts = [*ticks[:-2], ticks[-2] or ticks[-1]], texts[:-1]
    for tick, said in zip(ticks, texts, strict=True):
        yield tick, said.strip()
