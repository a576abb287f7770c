"""What people do to a form besides filling it in: each a change of a filled paper."""

import random
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from docx.document import Document as Paper
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.table import Table, _Cell
from docx.text.paragraph import Paragraph
from docx.text.run import Run

from ptce_workflow.office.forms.blank import FormQuestion, Questionnaire
from ptce_workflow.process.fields import TableField
from rehearsal.filling import BLANK, TICKED, boxes

LINES = ("text", "email", "phone", "url", "date", "integer", "decimal", "siren", "siret")
"""The types that are answered on a line; `WRITTEN` are those that people write words for."""
WRITTEN = (*LINES, "long_text", "territory")
TICKED_TYPES = ("option", "options", "boolean")


@dataclass
class Filled:
    """A filled paper on a desk, beside its blank.

    `lost` are the questions that a change took out; `added`, what it wrote behind an answer.
    """

    paper: Paper
    blank: Paper
    form: Questionnaire
    given: frozenset[str]
    rng: random.Random
    lost: set[str] = field(default_factory=set)
    added: dict[str, str] = field(default_factory=dict)

    def boxes(
        self, *types: str, answered: bool = True
    ) -> Iterator[tuple[FormQuestion, Paragraph, Table]]:
        """The questions of some types that are answered, or all of them, with their places."""
        for question, heading, box in [*boxes(self.paper, self.form)]:
            known = not answered or question.name in self.given
            if known and (not types or question.field.type in types):
                yield question, heading, box

    def blank_box(self, question: FormQuestion) -> Table:
        """The place of a question in the blank."""
        return next(box for one, _at, box in boxes(self.blank, self.form) if one == question)


Change = Callable[[Filled], None]
MANGLINGS: dict[str, Change] = {}
SURE: set[str] = set()
"""The changes after which every answer that stands on the paper must be read, and rightly."""


def mangling(*, sure: bool = True) -> Callable[[Change], Change]:
    """Declares a change; `sure` where nothing about it is a reason to doubt an answer."""

    def declared(change: Change) -> Change:
        MANGLINGS[change.__name__] = change
        if sure:
            SURE.add(change.__name__)
        return change

    return declared


def unwrapped(control: Any) -> None:
    """Takes a control off what it holds, as pasting does; a box to tick leaves its sign."""
    content = control.find(qn("w:sdtContent"))
    for child in [] if content is None else [*content]:
        control.addprevious(child)
    control.getparent().remove(control)


def controls(element: Any) -> list[Any]:
    """The controls within an element, the inner before the outer."""
    return [*element.iter(qn("w:sdt"))][::-1]


def _said(cell: _Cell) -> str:
    return "\n".join("".join(t.text or "" for t in p._p.iter(qn("w:t"))) for p in cell.paragraphs)


def _lines(cell: _Cell) -> list[str]:
    """The lines of an answer, whatever ends them."""
    lines = [""]
    for number, paragraph in enumerate(cell.paragraphs):
        lines += [""] if number else []
        for part in paragraph._p.iter(qn("w:t"), qn("w:br")):
            if part.tag == qn("w:br"):
                lines.append("")
            else:
                lines[-1] += part.text or ""
    return lines


def _written(cell: _Cell, lines: list[str], style: str | None = None) -> list[Paragraph]:
    """Writes lines in a cell as paragraphs, with nothing else in it."""
    first, *others = cell.paragraphs
    for other in others:
        other._p.getparent().remove(other._p)
    for child in [*first._p]:
        if child.tag != qn("w:pPr"):
            first._p.remove(child)
    first.add_run(lines[0] if lines else "")
    made = [first, *(cell.add_paragraph(line) for line in lines[1:])]
    for paragraph in made if style else ():
        paragraph.style = style
    return made


def _after(element: Any, lines: list[str], paper: Paper) -> None:
    """Writes paragraphs behind an element of the body."""
    for line in reversed(lines):
        paragraph = paper.add_paragraph(line)
        element.addnext(paragraph._p)


# --- nothing, and controls --------------------------------------------------------------------


@mangling()
def as_asked(filled: Filled) -> None:
    """Nothing but what the form asks for."""


@mangling()
def beside_the_control(filled: Filled) -> None:
    """Typed before the control or behind it: the control stays, and shows its placeholder."""
    for question, _heading, box in filled.boxes(*WRITTEN):
        cell = box.cell(0, 0)
        lines = _lines(cell)
        (paragraph, *_others) = _written(cell, lines)
        blank = filled.blank_box(question).cell(0, 0).paragraphs[0]._p
        for control in blank.iter(qn("w:sdt")):
            at = paragraph._p.find(qn("w:r"))
            (at.addprevious if filled.rng.random() < 0.5 else at.addnext)(deepcopy(control))


@mangling()
def controls_gone(filled: Filled) -> None:
    """Each control was taken off, the words of its placeholder included where nobody answered."""
    for _question, _heading, box in filled.boxes(answered=False):
        for control in controls(box._tbl):
            if control.find(f".//{qn('w:showingPlcHdr')}") is None:
                unwrapped(control)
            else:
                control.getparent().remove(control)


@mangling()
def placeholder_left_standing(filled: Filled) -> None:
    """The words of the placeholder are text now, and the answer stands under them."""
    for question, _heading, box in filled.boxes(*WRITTEN):
        lines = _lines(box.cell(0, 0))
        told = _said(filled.blank_box(question).cell(0, 0)).strip()
        _written(box.cell(0, 0), [told, *lines] if told else lines)


# --- texts ------------------------------------------------------------------------------------


@mangling()
def bullets(filled: Filled) -> None:
    """Long texts and places stand as a list."""
    for _question, _heading, box in filled.boxes("long_text", "territory"):
        _written(box.cell(0, 0), _lines(box.cell(0, 0)), "List Bullet")


@mangling()
def several_paragraphs(filled: Filled) -> None:
    """A paragraph for each line, and an empty one between two."""
    for _question, _heading, box in filled.boxes("long_text", "territory"):
        lines = [part for line in _lines(box.cell(0, 0)) for part in (line, "")]
        _written(box.cell(0, 0), ["", *lines])


@mangling()
def blanks_around(filled: Filled) -> None:
    """No-break blanks, tabs and empty lines stand around what is written."""
    for _question, _heading, box in filled.boxes(*WRITTEN):
        lines = [f"\u00a0 {line} \u202f" for line in _lines(box.cell(0, 0))]
        _written(box.cell(0, 0), ["", *lines, "\u00a0"])


@mangling()
def places_on_a_line(filled: Filled) -> None:
    """Places stand on one line, commas or semicolons between them."""
    for _question, _heading, box in filled.boxes("territory"):
        between = filled.rng.choice((", ", " ; "))
        _written(box.cell(0, 0), [between.join(_lines(box.cell(0, 0)))])


@mangling()
def tracked_changes(filled: Filled) -> None:
    """What is written is an insertion; what stood there before is a deletion."""
    for _question, _heading, box in filled.boxes(*WRITTEN):
        for paragraph in _written(box.cell(0, 0), _lines(box.cell(0, 0))):
            for run in [*paragraph._p.iter(qn("w:r"))]:
                around, gone = OxmlElement("w:ins"), OxmlElement("w:del")
                old = deepcopy(run)
                for text in [*old.iter(qn("w:t"))]:
                    text.tag, text.text = qn("w:delText"), "Un ancien texte"
                run.addprevious(gone)
                gone.append(old)
                run.addprevious(around)
                around.append(run)


@mangling()
def struck_first_try(filled: Filled) -> None:
    """An earlier answer stands before the good one, struck out."""
    for _question, _heading, box in filled.boxes("text", "long_text", "integer", "date"):
        paragraph = _written(box.cell(0, 0), _lines(box.cell(0, 0)))[0]
        struck = deepcopy(paragraph._p.find(qn("w:r")))
        paragraph._p.find(qn("w:r")).addprevious(struck)
        run = Run(struck, paragraph)
        run.text, run.font.strike = "Pas cela", True


@mangling()
def in_bold_and_colours(filled: Filled) -> None:
    """Answers are bold, marked with a colour, underlined."""
    for _question, _heading, box in filled.boxes(*WRITTEN):
        for paragraph in _written(box.cell(0, 0), _lines(box.cell(0, 0))):
            for run in paragraph.runs:
                run.font.bold, run.font.underline = True, filled.rng.random() < 0.5


@mangling()
def a_table_within(filled: Filled) -> None:
    """A text was pasted from a table, and stands in one within its box."""
    for _question, _heading, box in filled.boxes("long_text"):
        cell = box.cell(0, 0)
        lines = _lines(cell)
        _written(cell, [""])
        inner = cell.add_table(1, 1)
        inner.cell(0, 0).text = "\n".join(lines)
        cell.add_paragraph("")


# --- ticking ----------------------------------------------------------------------------------


def _ticking(name: str, on: str, off: str, *, sure: bool = True) -> None:
    """Declares a way to tick: what a label becomes where it is meant, and where it is not."""

    def change(filled: Filled) -> None:
        for _question, _heading, box in filled.boxes(*TICKED_TYPES):
            cell = box.cell(0, 0)
            said = [_said_of_box(paragraph) for paragraph in cell.paragraphs]
            lines = [(on if ticked else off).format(label) for ticked, label in said]
            _written(cell, [line for line in lines if line])

    change.__name__ = name
    mangling(sure=sure)(change)


def _said_of_box(paragraph: Paragraph) -> tuple[bool, str]:
    text = "".join(part.text or "" for part in paragraph._p.iter(qn("w:t")))
    return TICKED in text, text.replace(TICKED, "").replace(BLANK, "").strip()


_ticking("tick_by_a_sign", "☑ {}", "☐ {}")
_ticking("tick_by_x", "X {}", "☐ {}")
_ticking("tick_by_small_x", "x {}", "{}")
_ticking("tick_behind", "{} X", "{}")
_ticking("tick_in_brackets", "[x] {}", "[ ] {}")
_ticking("tick_in_parentheses", "(X) {}", "( ) {}")
_ticking("tick_with_check_mark", "✔ {}", "☐ {}")
_ticking("tick_by_a_cross", "✗ {}", "☐ {}")
_ticking("tick_by_a_square", "■ {}", "□ {}")
_ticking("tick_by_yes", "{} : oui", "{} : non")
_ticking("tick_by_leaving", "{}", "")
_ticking("tick_by_leaving_with_dashes", "- {}", "")
_ticking("tick_beside_the_box", "x ☐ {}", "☐ {}")


@mangling()
def tick_with_wingdings(filled: Filled) -> None:
    """The boxes are signs of a font of signs."""
    for _question, _heading, box in filled.boxes(*TICKED_TYPES):
        cell = box.cell(0, 0)
        said = [_said_of_box(paragraph) for paragraph in cell.paragraphs]
        made = _written(cell, [f" {label}" for _ticked, label in said])
        for paragraph, (ticked, _label) in zip(made, said, strict=True):
            run, sign = OxmlElement("w:r"), OxmlElement("w:sym")
            sign.set(qn("w:font"), "Wingdings")
            sign.set(qn("w:char"), "F0FE" if ticked else "F0A8")
            run.append(sign)
            paragraph._p.find(qn("w:r")).addprevious(run)


@mangling()
def tick_by_a_sentence(filled: Filled) -> None:
    """The labels that are meant stand in a line, without boxes."""
    for question, _heading, box in filled.boxes(*TICKED_TYPES):
        said = [_said_of_box(paragraph) for paragraph in box.cell(0, 0).paragraphs]
        between = " ; " if any("," in label for _ticked, label in said) else ", "
        meant = [label for ticked, label in said if ticked]
        told = between.join(meant[:1] if question.field.type == "option" else meant)
        _written(box.cell(0, 0), [told[:1].upper() + told[1:]])


@mangling(sure=False)
def tick_by_striking(filled: Filled) -> None:
    """What is not meant is struck out."""
    for _question, _heading, box in filled.boxes(*TICKED_TYPES):
        cell = box.cell(0, 0)
        said = [_said_of_box(paragraph) for paragraph in cell.paragraphs]
        made = _written(cell, [f"☐ {label}" for _ticked, label in said])
        for paragraph, (ticked, _label) in zip(made, said, strict=True):
            paragraph.runs[0].font.strike = not ticked


# --- tables -----------------------------------------------------------------------------------


def _rows(box: Table) -> list[Any]:
    return [row._tr for row in box.rows][1:]


def _emptied(row: Any) -> Any:
    copy = deepcopy(row)
    for control in controls(copy):
        control.getparent().remove(control)
    for text in [*copy.iter(qn("w:t"))]:
        text.text = ""
    return copy


@mangling()
def rows_added(filled: Filled) -> None:
    """Empty rows stand behind the others."""
    for _question, _heading, box in filled.boxes("table", answered=False):
        for _time in range(filled.rng.randint(1, 9)):
            box._tbl.append(_emptied(_rows(box)[-1]))


@mangling()
def rows_removed(filled: Filled) -> None:
    """Rows that were not needed are gone."""
    for question, _heading, box in filled.boxes("table", answered=False):
        blank = filled.blank_box(question).rows[-1]._tr
        said = "".join(blank.itertext())
        for row in _rows(box)[1:]:
            if "".join(row.itertext()) == said:
                box._tbl.remove(row)


@mangling()
def rows_spaced(filled: Filled) -> None:
    """An empty row stands between two."""
    for _question, _heading, box in filled.boxes("table"):
        for row in _rows(box):
            row.addprevious(_emptied(row))


@mangling()
def column_inserted(filled: Filled) -> None:
    """A column of one's own stands first: the numbers of the rows."""
    for _question, _heading, box in filled.boxes("table"):
        for number, row in enumerate(box.rows):
            cell = deepcopy(row.cells[0]._tc)
            for control in controls(cell):
                unwrapped(control)
            _written(_Cell(cell, box), [str(number) if number else "N° d’ordre"])
            row._tr.findall(qn("w:tc"))[0].addprevious(cell)


@mangling()
def columns_exchanged(filled: Filled) -> None:
    """The first column stands last, its heading with it."""
    for question, _heading, box in filled.boxes("table"):
        if isinstance(question.field, TableField) and len(question.field.columns) > 1:
            for row in box.rows:
                row._tr.append(row.cells[0]._tc)


@mangling(sure=False)
def header_gone(filled: Filled) -> None:
    """The row that names the columns is gone."""
    for _question, _heading, box in filled.boxes("table"):
        box._tbl.remove(box.rows[0]._tr)


@mangling()
def numbers_in_groups(filled: Filled) -> None:
    """SIRET and SIREN numbers have blanks between their groups, in tables and out of them."""
    for _question, _heading, box in filled.boxes("siret", "siren", "table"):
        for text in box._tbl.iter(qn("w:t")):
            digits = text.text or ""
            if digits.isdecimal() and len(digits) in (9, 14):
                cut = [digits[:3], digits[3:6], digits[6:9], digits[9:]]
                text.text = filled.rng.choice((" ", "\u00a0")).join(filter(None, cut))


# --- labels, places ---------------------------------------------------------------------------


def _relabelled(filled: Filled, told: Callable[[FormQuestion, str], str]) -> None:
    for question, heading, _box in filled.boxes(answered=False):
        _first, *others = heading.runs
        heading.runs[0].text = told(question, heading.text)
        for run in others:
            run._r.getparent().remove(run._r)


@mangling()
def labels_in_capitals(filled: Filled) -> None:
    """Labels are in capitals."""
    _relabelled(filled, lambda _question, text: text.upper())


@mangling()
def labels_misspelt(filled: Filled) -> None:
    """A letter of each label is missing."""

    def misspelt(_question: FormQuestion, text: str) -> str:
        at = filled.rng.randrange(len(text) // 2, len(text) - 2)
        return text[:at] + text[at + 1 :]

    _relabelled(filled, misspelt)


@mangling()
def labels_unnumbered(filled: Filled) -> None:
    """Labels have lost their numbers."""
    _relabelled(filled, lambda question, _text: question.label)


@mangling()
def labels_numbered_otherwise(filled: Filled) -> None:
    """`Question 4 : …` or `4) …` in the place of `4. …`."""
    edge = filled.rng.choice(("Question {} : {}", "{}) {}", "N° {} – {}"))
    _relabelled(filled, lambda question, _text: edge.format(question.number, question.label))


@mangling()
def answer_under_the_label(filled: Filled) -> None:
    """The box is gone; what was in it stands under the label."""
    for _question, _heading, box in filled.boxes(*WRITTEN):
        _after(box._tbl, _lines(box.cell(0, 0)), filled.paper)
        box._tbl.getparent().remove(box._tbl)


@mangling()
def answer_on_the_line(filled: Filled) -> None:
    """The box is gone; what was in it stands on the line of the label."""
    for _question, heading, box in filled.boxes(*LINES):
        heading.add_run(f" : {' '.join(_lines(box.cell(0, 0)))}")
        box._tbl.getparent().remove(box._tbl)


@mangling()
def labels_quoted(filled: Filled) -> None:
    """A long text names another question at the beginning of a line."""
    for question, _heading, box in filled.boxes("long_text"):
        other = filled.rng.choice([one for one in filled.form.questions if one != question])
        cell = box.cell(0, 0)
        filled.added[question.name] = f"{other.label} : nous l’avons dit plus haut."
        _written(cell, [*_lines(cell), filled.added[question.name]])


@mangling()
def question_removed(filled: Filled) -> None:
    """A question is gone, its label and its box."""
    found = [*filled.boxes(answered=False)]
    for question, heading, box in filled.rng.sample(found, 1 + len(found) // 8):
        filled.lost.add(question.name)
        for element in (heading._p, box._tbl):
            element.getparent().remove(element)


@mangling()
def help_removed(filled: Filled) -> None:
    """The lines that help to answer are gone."""
    for paragraph in [*filled.paper.paragraphs]:
        if paragraph.style is not None and paragraph.style.name == "Caption":
            paragraph._p.getparent().remove(paragraph._p)


@mangling()
def two_columns(filled: Filled) -> None:
    """Somebody put label and answer side by side, in a table of two cells."""
    for _question, heading, box in filled.boxes(*WRITTEN):
        lines, label = _lines(box.cell(0, 0)), heading.text
        made = filled.paper.add_table(1, 2)
        made.cell(0, 0).text, made.cell(0, 1).text = label, "\n".join(lines)
        box._tbl.addnext(made._tbl)
        for element in (heading._p, box._tbl):
            element.getparent().remove(element)
