"""A form that was read, beside what was written in it: right, doubted, missed or wrong."""

import random
import re
from collections import Counter
from io import BytesIO
from typing import Any, Literal

import docx

from ptce_workflow.base.errors import Misuse
from ptce_workflow.office.forms.answers import AnswerRead, FormRead
from ptce_workflow.office.forms.blocks import FormDocument
from ptce_workflow.office.forms.reader import read_form
from rehearsal.cast import ZONE
from rehearsal.filling import filled
from tests.forms.blanks import blank_of
from tests.forms.made import Made
from tests.forms.mangling import MANGLINGS, Filled

Verdict = Literal["right", "flagged", "missed", "wrong"]
"""`flagged` is asked about, its words at hand; `missed` is told to be missing, and is not."""


def mangled(made: Made, change: str, seed: int) -> Filled:
    """The form of somebody who filled it in, and changed it otherwise."""
    blank = blank_of(made.process)
    paper = docx.Document(BytesIO(filled(blank, made.form, made.given)))
    rng = random.Random(seed)
    desk = Filled(paper, docx.Document(BytesIO(blank)), made.form, frozenset(made.given), rng)
    MANGLINGS[change](desk)
    return desk


def judged(made: Made, desk: Filled, document: FormDocument) -> tuple[Counter[Verdict], list[str]]:
    """How often an answer was read rightly, and a line for each that was not."""
    read = read_form("dossier", document, made.process)
    counted: Counter[Verdict] = Counter()
    told = []
    answers = {one.name: one for one in read.answers}
    for question in desk.form.questions:
        answer = answers[question.name]
        meant = None
        if question.name not in desk.lost and question.name in made.given:
            meant = question.field.parse(made.given[question.name], zone=ZONE)
            if question.name in desk.added:
                meant = f"{meant}\n{desk.added[question.name]}"
        verdict = _verdict(question.field, meant, answer)
        counted[verdict] += 1
        if verdict != "right":
            told.append(f"{verdict} {question.number}. {question.field.type}: {meant!r} · {answer}")
    return counted, told


def _verdict(field: Any, meant: Any, answer: AnswerRead) -> Verdict:
    match answer.status:
        case "missing":
            return "right" if meant is None else "missed"
        case "to_confirm" | "not_understood":
            return "flagged"
    try:
        value = field.parse(answer.value, zone=ZONE)
    except Misuse:
        return "wrong"
    return "right" if _plain(value) == _plain(meant) else "wrong"


def _plain(value: Any) -> Any:
    """A value without what a change of lines, of bullets or of blanks does to a text."""
    if isinstance(value, str):
        return " ".join(
            re.sub(r"^[•\-–·o]\s+", "", line.strip()) for line in value.split("\n")
        ).split()
    if isinstance(value, list):
        return [_plain(one) for one in value]
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    return value


def saved_words(read: FormRead, words: str) -> bool:
    """Whether words stand somewhere in what was read: in an answer, or outside all of them."""
    return any(words in f"{one.words} {one.value}" for one in read.answers) or any(
        words in one for one in read.outside
    )
