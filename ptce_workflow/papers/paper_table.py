"""What a document on paper is drawn with: tables with thin lines, their cells, words, grounds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

from ptce_workflow.papers.report import clean

if TYPE_CHECKING:
    from docx.document import Document as Paper
    from docx.table import Table as PaperTable
    from docx.table import _Cell as PaperCell
    from docx.text.paragraph import Paragraph as PaperParagraph

PAGE_WIDTH, SIDE = 210, 22
"""A page and the margin on either side of it, in millimetres."""
TEXT_WIDTH = PAGE_WIDTH - 2 * SIDE
_RULE = "C4CAD1"


def lined_table(
    paper: Paper, rows: int, columns: int, shares: tuple[int, ...], wide: float = TEXT_WIDTH
) -> PaperTable:
    """A table with thin lines, `wide` in millimetres, its columns wide by their shares."""
    table: PaperTable = paper.add_table(rows, columns)
    table.style = "Table Grid"
    table.alignment = WD_TABLE_ALIGNMENT.CENTER
    table.autofit = False
    properties = table._tbl.tblPr
    borders = OxmlElement("w:tblBorders")
    for side in ("top", "left", "bottom", "right", "insideH", "insideV"):
        borders.append(border(side))
    properties.append(borders)
    margins = OxmlElement("w:tblCellMar")
    for side, twips in (("top", 50), ("left", 100), ("bottom", 50), ("right", 100)):
        margin = OxmlElement(f"w:{side}")
        margin.set(qn("w:w"), str(twips))
        margin.set(qn("w:type"), "dxa")
        margins.append(margin)
    properties.append(margins)
    whole = sum(shares)
    for column, share in zip(table.columns, shares, strict=True):
        width = Mm(wide * share / whole)
        column.width = width
        for cell in column.cells:
            cell.width = width
    return table


def fill(
    cell: PaperCell,
    text: str,
    *,
    bold: bool | None = None,
    size: float = 0,
    colour: RGBColor | None = None,
) -> None:
    """Writes words in an empty cell."""
    line = cell.paragraphs[0]
    line.paragraph_format.space_after = Pt(0)
    add_words(line, text, bold=bold, size=size, colour=colour)


def add_words(
    line: PaperParagraph,
    text: str,
    *,
    bold: bool | None = None,
    size: float = 0,
    colour: RGBColor | None = None,
) -> None:
    """Adds text, its line ends kept."""
    run = line.add_run(clean(text))
    run.bold = bold
    if size:
        run.font.size = Pt(size)
    if colour is not None:
        run.font.color.rgb = colour


def align(cell: PaperCell, number: bool) -> None:
    """Sets a figure to the right; words stay where they are."""
    if number:
        cell.paragraphs[0].alignment = WD_ALIGN_PARAGRAPH.RIGHT


def shade(cell: PaperCell, colour: str) -> None:
    """Gives a cell a ground, `colour` in six hexadecimal digits."""
    cell._tc.get_or_add_tcPr().append(shading(colour))


def shading(colour: str) -> Any:
    """The element that gives a cell or a paragraph its ground."""
    ground = OxmlElement("w:shd")
    for key, value in (("val", "clear"), ("color", "auto"), ("fill", colour)):
        ground.set(qn(f"w:{key}"), value)
    return ground


def border(side: str, *, space: str = "0") -> Any:
    """The element of a thin line on one side; `space` is between it and the words, in points."""
    line = OxmlElement(f"w:{side}")
    for key, value in (("val", "single"), ("sz", "4"), ("space", space), ("color", _RULE)):
        line.set(qn(f"w:{key}"), value)
    return line


def repeat_on_pages(row: Any) -> None:
    """Has a row stand at the head of every page that its table goes on to."""
    row._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))


def keep_whole(row: Any) -> None:
    """Keeps a row from being parted by the end of a page."""
    row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
