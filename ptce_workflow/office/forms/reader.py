"""The reader of returned forms: questions by their numbered labels, answers between them.

What is left of a form on its way through other programs is text and tables, never its controls:
anchors are lines that begin with a label, and the answer stands in the box below, or on the lines
before the next question. What answers no question is handed over as it stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import accumulate
from zoneinfo import ZoneInfo

from msgspec import Struct

from ptce_workflow.base.errors import Misuse
from ptce_workflow.base.words import LANGUAGES, _, speaking
from ptce_workflow.office.forms.answers import (
    AnswerRead,
    AnswerReader,
    FormPassage,
    FormRead,
    likeness,
    plain,
)
from ptce_workflow.office.forms.blank import (
    UNTIL,
    WRITE,
    FormQuestion,
    Questionnaire,
    Stamp,
    blank,
    stamp_in,
)
from ptce_workflow.office.forms.blocks import (
    Block,
    Box,
    FormDocument,
    FormLine,
    FormTable,
    lines_of,
)
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
_MOST_BROKEN = 12
_SAME, _OLDER = 0.9, 0.8
"""How alike two sentences of the blank are that tell another date, of 1; of an older edition."""
_LEAST_FOUND, _ONE_IN = 2, 5
"""How many questions a form without a stamp puts at least, and one in how many of its sheet."""
_MOST_BLOCKS = 1_500
_SIGNATURE = FormLine("--")


class _Anchor(Struct, frozen=True):
    """A block that puts a question, with its score; `last` is the label's last block."""

    at: int
    last: int
    score: float
    question: int
    rest: str


class ForeignForm(Misuse):
    """A form whose stamp names another contest, or another sheet."""


def read_form(
    file: str, document: FormDocument, process: Process, *, sheet: str | None = None
) -> FormRead:
    """The answers of a form. Raises: ForeignForm for another contest or sheet, Misuse."""
    if len(document.blocks) > _MOST_BLOCKS:
        what = _("This is no form of this contest.")
        why = _("It holds {count} passages, more than any form.").format(count=len(document.blocks))
        raise Misuse(what, why, _("Ask for the form alone, saved as .docx."))
    # Some programs show what is hidden, the stamp too.
    stamped = [(block, stamp_in(getattr(block, "text", ""))) for block in document.blocks]
    blocks = [block for block, own in stamped if own is None]
    shown = (own for _block, own in stamped if own is not None)
    stamp = stamp_in(document.stamp_text) or next(shown, None)
    _refuse_foreign(stamp, process, sheet)
    sheets = process.definition.sheets
    named = stamp.sheet if stamp else sheet
    names = [named] if named else [name for name in sheets if sheets[name].has_form]
    own = process.definition.config.contest.language
    others = [language for language in LANGUAGES if language != own]
    languages = [stamp.language] if stamp else [own, *others]
    tried = [
        _FormReading(form, document.kind, blocks, stamp)
        for form in [_form(process, name, language) for name in names for language in languages]
    ]
    best = max(tried, key=lambda reading: reading.score)
    count = len(best.questions)
    if stamp is None and len(best.anchors) < max(min(_LEAST_FOUND, count), count // _ONE_IN):
        what = _("This is no form of this contest.")
        mend = _(
            "Ask for the form saved as .docx, or for another: `ptce form` writes one. A letter "
            "or an appeal is filed by `ptce receive`."
        )
        raise Misuse(what, _("Too few of its questions are found in it, and no stamp."), mend)
    return best.read(file, process.zone)


def _refuse_foreign(stamp: Stamp | None, process: Process, sheet: str | None) -> None:
    if stamp is None:
        return
    definition = process.definition
    contest = definition.config.contest.id
    if stamp.contest != contest:
        what = _('This form is one of another contest: "{contest}".').format(contest=stamp.contest)
        mend = _("Go to the folder of that contest, or ask for a form of this one.")
        raise ForeignForm(what, _('The contest here is "{contest}".').format(contest=contest), mend)
    if stamp.sheet not in definition.sheets or sheet not in (None, stamp.sheet):
        what = _('This form is one of the sheet "{sheet}".').format(sheet=stamp.sheet)
        why = _("It is not asked for here.")
        raise ForeignForm(what, why, _("Ask for a form that is made today: `ptce form` writes it."))


class _Form(Struct, frozen=True):
    """A form as it leaves: its labels and the lines that answer nothing, as they are compared.

    `invitation` finds the words that ask for an answer, beside which people write; `term`
    begins the sentence that says until when it is to be sent.
    """

    asked: Questionnaire
    labels: tuple[str, ...]
    printed: frozenset[str]
    invitation: re.Pattern[str]
    term: str


@lru_cache(maxsize=16)
def _form(process: Process, sheet: str, language: str) -> _Form:
    blank_form = blank(process, sheet, language)
    labels = tuple(plain(question.label) for question in blank_form.questionnaire.questions)
    lines = (line for text in blank_form.lines for line in (text, *text.splitlines()))
    with speaking(language):
        here, term = re.escape(_(WRITE)), plain(_(UNTIL).partition("{date}")[0])
    return _Form(
        blank_form.questionnaire,
        labels,
        frozenset(filter(None, map(plain, lines))) - {*labels},
        re.compile(rf"^\s*{here}|{here}\s*$"),
        term,
    )


class _FormReading:
    def __init__(
        self, form: _Form, kind: str, blocks: Sequence[Block], stamp: Stamp | None
    ) -> None:
        self.questions = form.asked.questions
        self._form, self._stamp, self._kind = form, stamp, kind
        self._is_current = stamp is None or stamp.edition == form.asked.stamp.edition
        self._blocks = [part for block in blocks for part in self._opened(block)]
        # The heaviest run of anchors in the order of the questions; the others are answers' words.
        anchors = [*self._all_anchors()]
        heaviest: list[tuple[float, int | None]] = []
        for at, anchor in enumerate(anchors):
            before = [
                (heaviest[i][0], i)
                for i in range(at)
                if anchors[i].question < anchor.question and anchors[i].last < anchor.at
            ]
            score, previous = max(before, default=(0.0, None))
            heaviest.append((anchor.score + score, previous))
        at_end = max(range(len(heaviest)), key=lambda i: heaviest[i][0], default=None)
        chain: list[_Anchor] = []
        while at_end is not None:
            chain.append(anchors[at_end])
            at_end = heaviest[at_end][1]
        self.anchors = chain[::-1]
        # Below its signature, a mail answers nothing any more.
        every, last = len(self._blocks), self.anchors[-1].at if self.anchors else 0
        signed = (at for at in range(last, every) if self._blocks[at] == _SIGNATURE)
        self._end = next(signed, every)
        self.score = sum(anchor.score for anchor in self.anchors)

    def read(self, file: str, zone: ZoneInfo) -> FormRead:
        reader = AnswerReader(zone, self._form.printed)
        places = {anchor.question: place for place, anchor in enumerate(self.anchors)}
        begins = self.anchors[0].at if self.anchors else self._end
        ref = self._stamp.ref if self._stamp else ""
        # The candidature that a form is made for is named above its questions.
        above = self._remarks(self._blocks[:begins])
        outside = [text for text in above if not (ref and text.startswith(ref))]
        answers: list[AnswerRead] = []
        for at, question in enumerate(self.questions):
            if at in places:
                passage = self._passage(question, places[at], at + 1 in places)
                answers += reader.answers(question.name, question.field, passage)
                outside += passage.outside
            else:
                why = _("The question is not found in the form.")
                answers.append(AnswerRead(question.name, "missing", None, "", why))
        outside += self._remarks(self._blocks[self._end + 1 :])
        return FormRead(
            file,
            self._form.asked.stamp.sheet,
            self._form.asked.stamp.language,
            tuple(answers),
            (*outside, *reader.outside),
            self._stamp,
            self._is_current,
        )

    # --- Where the questions stand ----------------------------------------------------------------

    def _opened(self, block: Block) -> Iterator[Block]:
        """The block; or the cells of a table in which questions and answers stand side by side."""
        rows = block.rows if isinstance(block, FormTable) else ()
        cells = [cell for row in rows for cell in row if cell]
        asking = [bool(_LABEL.match(cell[0].text) and self._anchor(cell[0].text)) for cell in cells]
        if not any(asking):
            yield block
            return
        for cell, is_question in zip(cells, asking, strict=True):
            yield from cell if is_question else (Box(cell),)

    def _all_anchors(self) -> Iterator[_Anchor]:
        names = {question.name: at for at, question in enumerate(self.questions)}
        for at, block in enumerate(self._blocks):
            if not isinstance(block, FormLine) or not self._says(block):
                continue
            if block.key in names:
                yield _Anchor(at, at, _OF_KEY, names[block.key], "")
                continue
            tried = [self._anchor(block.text, at, at)]
            following = self._blocks[at + 1] if at + 1 < len(self._blocks) else None
            is_wrapped = self._kind == "text" and len(block.text) >= _WRAPPED
            if is_wrapped and isinstance(following, FormLine):
                tried.append(self._anchor(f"{block.text} {following.text}", at, at + 1))
            anchors = [anchor for anchor in tried if anchor is not None]
            if anchors:
                yield max(anchors, key=lambda anchor: anchor.score)

    def _anchor(self, line: str, at: int = 0, last: int = 0) -> _Anchor | None:
        numbered = _LABEL.match(line)
        number, words = (int(numbered[1]), numbered[2]) if numbered else (None, line)
        ends = [match.end() for match in re.finditer(r"\w+", words)]
        best: _Anchor | None = None
        for question, label in enumerate(self._form.labels):
            own = number == self.questions[question].number
            # In an older edition the numbers may be others.
            is_other = number is not None and not own and self._stamp and self._is_current
            if not ends or is_other:
                continue
            least = _NUMBERED if own else _BARE
            counts = {min(max(len(label.split()) + more, 1), len(ends)) for more in (0, -own, own)}
            cuts = [ends[count - 1] for count in counts]
            alike, cut = max((likeness(plain(words[:cut]), label, least), cut) for cut in cuts)
            rest = _LEADING.sub("", words[cut:])
            score = alike + _OF_NUMBER * own + _ALONE * (not rest)
            if alike and (best is None or score > best.score):
                best = _Anchor(at, last, score, question, rest)
        return best

    # --- What stands between them -----------------------------------------------------------------

    def _passage(self, question: FormQuestion, place: int, is_followed: bool) -> FormPassage:
        anchor, field = self.anchors[place], question.field
        end = self.anchors[place + 1].at if place + 1 < len(self.anchors) else self._end
        parts = self._blocks[anchor.last + 1 : end]
        rest = [FormLine(anchor.rest)] if anchor.rest else []
        loose = self._unprinted([*rest, *(part for part in parts if isinstance(part, FormLine))])
        beside = self._remarks(loose)
        framed = [part for part in parts if not isinstance(part, FormLine)]
        if isinstance(field, TableField):
            is_narrow = len(field.columns) == 1
            tables = [
                FormTable(((part.lines,),)) if isinstance(part, Box) else part
                for part in framed
                if is_narrow or isinstance(part, FormTable)
            ]
            below = lines_of([FormTable(part.rows[1:]) for part in tables])
            is_filled = any(map(self._says, below))
            # The help of an older edition is not what somebody wrote below an empty table.
            if tables and (is_filled or not beside or not self._is_current):
                boxes = [part for part in framed if isinstance(part, Box) and not is_narrow]
                return FormPassage((), tables, outside=beside + self._remarks(boxes))
        # What somebody wrote in a box, where it is not what the blank says there.
        answers = ([self._answered(line) for line in lines_of([part])] for part in framed)
        boxed = [lines if any(map(self._says, lines)) else [] for lines in answers]
        inside = [line for lines in boxed for line in lines]
        if inside:
            doubt = _("Two boxes stand there.") if len(boxed) > 1 else ""
            if beside and isinstance(field, LongTextField):
                return FormPassage([*inside, *loose], doubt=_("More stands below the box."))
            return FormPassage(inside, doubt=doubt, outside=beside)
        # Without the label of the next question, its answer may stand here.
        is_open = isinstance(field, LongTextField) or (
            isinstance(field, TextField) and not anchor.rest
        )
        doubt = ""
        if is_open and not is_followed and question is not self.questions[-1]:
            doubt = _("The next question is not found: its answer may stand here.")
        if not self._is_current and beside:
            doubt = _("It stands outside the box of a form of an older edition.")
        return FormPassage(loose, doubt=doubt)

    def _answered(self, line: FormLine) -> FormLine:
        return FormLine(self._form.invitation.sub("", line.text), line.marked)

    def _says(self, line: FormLine) -> bool:
        return bool(line.text.strip()) and plain(line.text) not in self._form.printed

    def _unprinted(self, lines: Sequence[FormLine]) -> list[FormLine]:
        """The lines without those of the blank or nearly so, which a mail may have broken."""
        unprinted: list[FormLine] = []
        at = 0
        while at < len(lines):
            words = (plain(line.text) for line in lines[at : at + _MOST_BROKEN])
            joined = accumulate(words, lambda before, more: f"{before} {more}".strip())
            ends = [count for count, text in enumerate(joined, 1) if text in self._form.printed]
            is_printed = ends or self._is_nearly_printed(plain(lines[at].text))
            unprinted += [] if is_printed else [self._answered(lines[at])]
            at += max(ends, default=1)
        return unprinted

    def _remarks(self, blocks: Sequence[Block]) -> list[str]:
        lines = self._unprinted([*lines_of(blocks)])
        return [line.text.strip() for line in lines if line.text.strip()]

    def _is_nearly_printed(self, words: str) -> bool:
        """True for a sentence of the blank as it was made another day, or in an older edition."""
        is_older = not self._is_current
        printed = self._form.printed if is_older or len(words) >= _WRAPPED else ()
        least = _OLDER if is_older else _SAME
        return words.startswith(self._form.term) or any(
            likeness(line, words, least) for line in printed
        )
