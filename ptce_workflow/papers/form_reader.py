"""Reads a form that came back: its questions by their numbered labels, the answers between them.

What is left of a form on its way through other programs is text and tables, never its controls:
anchors are lines that begin with a label, and the answer stands in the box below, or on the lines
before the next question. What answers no question is handed over as it stands.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache

from msgspec import Struct

from ptce_workflow.base.errors import Misuse
from ptce_workflow.base.words import _, speaking
from ptce_workflow.papers.blank import WRITE, blank
from ptce_workflow.papers.form_answers import Passage, Reader, likeness, plain
from ptce_workflow.papers.form_blocks import Block, Box, Document, Line, Table
from ptce_workflow.papers.questionnaire import (
    Question,
    Questionnaire,
    Stamp,
    questionnaire,
    stamp_in,
)
from ptce_workflow.papers.returned import AnswerRead, FormRead
from ptce_workflow.process.fields import LongTextField, TableField, TextField
from ptce_workflow.process.process import Process

_LABEL = re.compile(
    r"\W*(?:(?:question|n°)\s*)?(\d{1,2})\s*[.):–-]?\s*(.*)", re.IGNORECASE | re.DOTALL
)
_NUMBERED, _BARE = 0.75, 0.9
"""How alike words and a label are, of 1, where its number stands there or none does."""
_OF_NUMBER, _OF_KEY, _ALONE = 2.0, 5.0, 0.2
_LEADING = re.compile(r"^[\s*:?.]*(?:[–-]\s+)?")
_WRAPPED = 40
"""From how many characters on a line of a mail may have been broken."""
_SAME = 0.9
"""How alike two sentences of the blank are that tell another date, of 1."""
_LEAST_FOUND, _ONE_IN = 2, 5
"""How many questions a form without a stamp puts at least, and one in how many of its sheet."""
_LANGUAGES = ("fr", "en")
# What word processors leave in a text, and nobody sees; signs of Wingdings as plain ones.
_CLEAN = str.maketrans(
    {
        **dict.fromkeys("\u200b\u2060\ufeff\u00ad\u200e\u200f", None),
        **dict.fromkeys("\u2028\x0b\x0c", " "),
        **dict.fromkeys("\uf0fe\uf078", "☒"),
        **dict.fromkeys("\uf0a8\uf06f", "☐"),
        "\uf0fc": "✔",
        "\uf0b7": "•",
    }
)
_SIGNATURE = Line("--")


class _Anchor(Struct, frozen=True):
    """A block that puts a question: how sure that is, and what follows the label.

    *Units* `last` is the place of the last block of the label.
    """

    at: int
    last: int
    score: float
    question: int
    rest: str


class ForeignForm(Misuse):
    """A form whose stamp names another contest, or another sheet."""


def read_form(
    file: str, document: Document, process: Process, *, sheet: str | None = None
) -> FormRead:
    """The answers of a form to the questions of its sheet.

    The stamp says which sheet and language it is in; without one, `sheet` or the labels do.

    *Raises* ForeignForm for one of another contest or sheet, Misuse for what is no form.
    """
    blocks, stamped = _without_stamps(document)
    stamp = stamp_in(document.stamp_text) or stamped
    _refuse_foreign(stamp, process, sheet)
    tried = [
        _Reading(form, document, blocks, process, stamp)
        for form in _candidates(process, stamp, sheet)
    ]
    best = max(tried, key=lambda one: one.score)
    asked = len(best.form.questions)
    if stamp is None and len(best.anchors) < max(min(_LEAST_FOUND, asked), asked // _ONE_IN):
        raise Misuse(
            _("This is no form of this contest."),
            _("Too few of its questions are found in it, and no stamp."),
            _("`ptce form` writes one. A letter or an appeal is filed by `ptce receive`."),
        )
    return best.read(file)


def _refuse_foreign(stamp: Stamp | None, process: Process, sheet: str | None) -> None:
    if stamp is None:
        return
    definition = process.definition
    contest = definition.config.contest.id
    if stamp.contest != contest:
        raise ForeignForm(
            _('This form is one of another contest: "{contest}".').format(contest=stamp.contest),
            _('The contest here is "{contest}".').format(contest=contest),
            _("Go to the folder of that contest, or ask for a form of this one."),
        )
    if stamp.sheet not in definition.sheets or sheet not in (None, stamp.sheet):
        raise ForeignForm(
            _('This form is one of the sheet "{sheet}".').format(sheet=stamp.sheet),
            _("It is not asked for here."),
            _("Ask for a form that is made today: `ptce form` writes it."),
        )


def _candidates(process: Process, stamp: Stamp | None, sheet: str | None) -> list[Questionnaire]:
    """The forms that it may be, the likeliest first."""
    sheets = process.definition.sheets
    named = stamp.sheet if stamp else sheet
    names = [named] if named else [name for name, one in sheets.items() if one.arrives]
    own = process.definition.config.contest.language
    languages = [stamp.language] if stamp else [own, *(one for one in _LANGUAGES if one != own)]
    return [_form(process, name, language) for name in names for language in languages]


@lru_cache(maxsize=16)
def _form(process: Process, sheet: str, language: str) -> Questionnaire:
    return questionnaire(process, sheet, language)


@lru_cache(maxsize=16)
def _printed(process: Process, sheet: str, language: str) -> frozenset[str]:
    """The lines of the blank that answer nothing, as they are compared."""
    found = blank(process, sheet, language)
    lines = (line for text in found.lines for line in (text, *text.splitlines()))
    labels = {plain(one.label) for one in found.questionnaire.questions}
    return frozenset(filter(None, map(plain, lines))) - labels


def _without_stamps(document: Document) -> tuple[list[Block], Stamp | None]:
    """The blocks without the lines that are a stamp, which some programs show; and that stamp."""
    blocks: list[Block] = []
    stamp: Stamp | None = None
    for block in document.blocks:
        match block:
            case Line(text) if "·" in text and (found := stamp_in(text)):
                stamp = found
            case _:
                blocks.append(_each(block, _clean))
    return blocks, stamp


def _each(block: Block, change: Callable[[Line], Line]) -> Block:
    """A block with each of its lines changed."""
    match block:
        case Line():
            return change(block)
        case Box(lines):
            return Box(tuple(map(change, lines)))
        case Table(rows):
            return Table(tuple(tuple(tuple(map(change, cell)) for cell in row) for row in rows))


def _clean(line: Line) -> Line:
    if line.text.isascii():
        return line
    return Line(line.text.translate(_CLEAN), line.struck, line.marked, line.key)


class _Reading:
    """A form read as one of a sheet in a language."""

    def __init__(
        self,
        form: Questionnaire,
        document: Document,
        blocks: Sequence[Block],
        process: Process,
        stamp: Stamp | None,
    ) -> None:
        self.form = form
        self._process, self._stamp, self._kind = process, stamp, document.kind
        self._is_current = stamp is None or stamp.edition == form.stamp.edition
        self._are_todays = stamp is not None and self._is_current
        """True where the numbers are those of today's form."""
        self._labels = [plain(one.label) for one in form.questions]
        with speaking(form.stamp.language):
            here = re.escape(_(WRITE))
        self._here = re.compile(rf"^\s*{here}|{here}\s*$")
        self._known = _printed(process, form.stamp.sheet, form.stamp.language)
        self._blocks = [part for block in blocks for part in self._opened(block)]
        self.anchors = _chain([*self._all_anchors()])
        # Below its signature, a mail answers nothing any more.
        every, last = len(self._blocks), self.anchors[-1].at if self.anchors else 0
        signed = (at for at in range(last, every) if self._blocks[at] == _SIGNATURE)
        self._end = next(signed, every)
        self.score = sum(one.score for one in self.anchors)

    def read(self, file: str) -> FormRead:
        """What the form says."""
        form = self.form
        reader = Reader(self._process.zone, self._known)
        outside: list[str] = []
        found = {one.question: at for at, one in enumerate(self.anchors)}
        begins = self.anchors[0].at if self.anchors else self._end
        outside += self._told(self._blocks[:begins])
        answers: list[AnswerRead] = []
        for at, question in enumerate(form.questions):
            if at not in found:
                why = _("The question is not found in the form.")
                answers.append(AnswerRead(question.name, "missing", None, "", why))
                continue
            passage, beside = self._passage(question, found[at], at + 1 in found)
            answers += reader.answers(question.name, question.field, passage)
            outside += beside
        outside += self._told(self._blocks[self._end + 1 :])
        return FormRead(
            file,
            form.stamp.sheet,
            form.stamp.language,
            tuple(answers),
            (*outside, *reader.outside),
            self._stamp,
            self._is_current,
        )

    # --- Where the questions stand ----------------------------------------------------------------

    def _opened(self, block: Block) -> Iterator[Block]:
        """The block; or the cells of a table in which questions and answers stand side by side."""
        match block:
            case Table(rows) if any(
                cell and self._anchor(cell[0].text, numbered=True) for row in rows for cell in row
            ):
                for cell in (cell for row in rows for cell in row):
                    if cell and self._anchor(cell[0].text, numbered=True):
                        yield from cell
                    elif cell:
                        yield Box(cell)
            case _:
                yield block

    def _all_anchors(self) -> Iterator[_Anchor]:
        names = {one.name: at for at, one in enumerate(self.form.questions)}
        for at, block in enumerate(self._blocks):
            if not isinstance(block, Line) or not self._says(block):
                continue
            if block.key in names:
                yield _Anchor(at, at, _OF_KEY, names[block.key], "")
                continue
            tried = [(at, self._anchor(block.text))]
            following = self._blocks[at + 1] if at + 1 < len(self._blocks) else None
            if self._kind == "text" and len(block.text) >= _WRAPPED and isinstance(following, Line):
                tried.append((at + 1, self._anchor(f"{block.text} {following.text}")))
            last, best = max(tried, key=lambda one: one[1][0] if one[1] else 0)
            if best is not None:
                yield _Anchor(at, last, *best)

    def _anchor(self, line: str, *, numbered: bool = False) -> tuple[float, int, str] | None:
        """How sure a line begins with a label, which question it puts, and what follows on it."""
        found = _LABEL.match(line)
        number, words = (int(found[1]), found[2]) if found else (None, line)
        if numbered and number is None:
            return None
        ends = [match.end() for match in re.finditer(r"\w+", words)]
        best: tuple[float, int, str] | None = None
        for at, label in enumerate(self._labels):
            own = number == self.form.questions[at].number
            if not ends or (number is not None and not own and self._are_todays):
                continue
            least = _NUMBERED if own else _BARE
            counts = {min(max(len(label.split()) + more, 1), len(ends)) for more in (0, -own, own)}
            cuts = [ends[count - 1] for count in counts]
            alike, cut = max((likeness(plain(words[:cut]), label, least), cut) for cut in cuts)
            rest = _LEADING.sub("", words[cut:])
            score = alike + _OF_NUMBER * own + _ALONE * (not rest)
            if alike and (best is None or score > best[0]):
                best = score, at, rest
        return best

    # --- What stands between them -----------------------------------------------------------------

    def _passage(
        self, question: Question, place: int, is_followed: bool
    ) -> tuple[Passage, list[str]]:
        """What answers a question, and what stands there beside it."""
        anchor = self.anchors[place]
        end = self.anchors[place + 1].at if place + 1 < len(self.anchors) else self._end
        parts = self._blocks[anchor.last + 1 : end]
        rest = (Line(anchor.rest),) if anchor.rest else ()
        loose = self._free([*rest, *(one for one in parts if isinstance(one, Line))])
        boxes = [one for one in parts if isinstance(one, Box)]
        tables = tuple(one for one in parts if isinstance(one, Table))
        beside, field = self._told(loose), question.field
        if isinstance(field, TableField):
            if len(field.columns) == 1:
                tables += tuple(Table(((one.lines,),)) for one in boxes)
                boxes = []
            filled = any(map(self._says, _lines_of(tuple(Table(one.rows[1:]) for one in tables))))
            if tables and (filled or not beside):
                return Passage((), tables), beside + self._told(boxes)
        else:
            boxes += [Box(tuple(_lines_of([one]))) for one in tables]
        inside = [line for box in boxes for line in self._inside(box)]
        if inside:
            doubt = _("Two boxes stand there.") if len(boxes) > 1 else ""
            if beside and isinstance(field, LongTextField):
                return Passage((*inside, *loose), doubt=_("More stands below the box.")), []
            return Passage(tuple(inside), doubt=doubt), beside
        # Without the label of the next question, its answer may stand here.
        is_open = isinstance(field, LongTextField) or (
            isinstance(field, TextField) and not anchor.rest
        )
        if is_followed or question is self.form.questions[-1] or not is_open:
            doubt = ""
        else:
            doubt = _("The next question is not found: its answer may stand here.")
        if not self._is_current and beside:
            doubt = _("It stands outside the box of a form of an older edition.")
        return Passage(tuple(loose), doubt=doubt), []

    def _inside(self, box: Box) -> list[Line]:
        """What somebody wrote in a box, also beside the words that asked for it."""
        lines = [*map(self._bare, box.lines)]
        return lines if any(self._says(line) or line.struck for line in lines) else []

    def _bare(self, line: Line) -> Line:
        """The line without the words that ask for an answer, beside which people write."""
        return Line(self._here.sub("", line.text), line.struck, line.marked)

    def _says(self, line: Line) -> bool:
        """True for a line with words that are not those of the blank."""
        return bool(line.text.strip()) and plain(line.text) not in self._known

    def _free(self, lines: Sequence[Line]) -> list[Line]:
        """The lines without those of the blank, which a mail may have broken."""
        kept: list[Line] = []
        at = 0
        while at < len(lines):
            gone = self._length_of_printed(lines, at)
            if not gone:
                kept.append(self._bare(lines[at]))
            at += gone or 1
        return kept

    def _length_of_printed(self, lines: Sequence[Line], at: int) -> int:
        """How many lines from a place on are a line of the blank; 0 for none."""
        said = ""
        for count, line in enumerate(lines[at : at + 12], 1):
            said = f"{said} {plain(line.text)}".strip()
            if not said:
                return 0
            if said in self._known:
                return count
            if not any(one.startswith(said) for one in self._known):
                return 0
        return 0

    def _told(self, blocks: Sequence[Block]) -> list[str]:
        """The passages of some blocks that are not those of the blank."""
        return [
            line.text.strip()
            for line in self._free([*_lines_of(blocks)])
            if line.text.strip() and not self._is_nearly_printed(plain(line.text))
        ]

    def _is_nearly_printed(self, said: str) -> bool:
        """True for a sentence of the blank as it was made another day, with other dates."""
        return len(said) >= _WRAPPED and any(likeness(one, said, _SAME) for one in self._known)


def _lines_of(blocks: Sequence[Block]) -> Iterator[Line]:
    for block in blocks:
        match block:
            case Line():
                yield block
            case Box(lines):
                yield from lines
            case Table(rows):
                yield from (line for row in rows for cell in row for line in cell)


def _chain(anchors: Sequence[_Anchor]) -> list[_Anchor]:
    """The heaviest run of anchors in the order of the questions; the others are answers' words."""
    heaviest: list[tuple[float, int | None]] = []
    for at, one in enumerate(anchors):
        before = [
            (heaviest[i][0], i)
            for i in range(at)
            if anchors[i].question < one.question and anchors[i].last < one.at
        ]
        score, previous = max(before, default=(0.0, None))
        heaviest.append((one.score + score, previous))
    at_end = max(range(len(heaviest)), key=lambda i: heaviest[i][0], default=None)
    kept: list[_Anchor] = []
    while at_end is not None:
        kept.append(anchors[at_end])
        at_end = heaviest[at_end][1]
    return kept[::-1]
