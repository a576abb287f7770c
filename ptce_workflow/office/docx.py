"""A report as DOCX: A4, real headings, repeated table headings, page numbers; and blank forms.

Controls are a comfort for whoever fills in a form; it is read back by its labels. It is not
protected: that would forbid to paste, and to add rows.

Only commands that write one import this module: python-docx takes a fifth of a second to load.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from io import BytesIO
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape, quoteattr

from docx import Document
from docx.enum.section import WD_SECTION
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_TAB_ALIGNMENT
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Emu, Mm, Pt, RGBColor
from docx.text.paragraph import Paragraph as PaperParagraph

from ptce_workflow.base import words
from ptce_workflow.base.words import _, speaking
from ptce_workflow.office import page
from ptce_workflow.office.files import steady
from ptce_workflow.office.forms import blank as forms
from ptce_workflow.office.forms.blank import Blank, FormQuestion
from ptce_workflow.process.fields import LongTextField, TableField

if TYPE_CHECKING:
    from docx.document import Document as Paper
    from docx.styles.style import ParagraphStyle
    from docx.table import Table as PaperTable
    from docx.table import _Cell as PaperCell


_FONT = "Arial"
_INK, _MUTED = RGBColor(0x1F, 0x23, 0x28), RGBColor(0x4A, 0x52, 0x5B)
_ACCENT = RGBColor(10, 79, 156)
_WHITE = RGBColor(255, 255, 255)
_FILL, _TINT = "0A4F9C", "EEF4FB"
_PAGE_HEIGHT, _TOP = 297, 20
_LOGO_HEIGHT, _LOGO_WIDTH = Mm(18), Mm(70)
_LABEL_SHARE, _VALUE_SHARE = 34, 66
_AFTER_BORDERS = ("w:shd", "w:tabs", "w:spacing", "w:ind", "w:jc", "w:rPr")
_PLACES_A_ROW = 2
_SIZES, _SMALLEST = ((4, 0.0), (7, 9.0)), 7.0
"""The letters of a table of so many columns at most, in points; 0 for those of the text."""


def to_docx(report: page.Report) -> bytes:
    return saved(document(report), report.at)


def document(report: page.Report) -> Paper:
    paper = Document()
    _set_up(paper, report)
    _letterhead(paper, report.head())
    if report.over:
        say(paper, report.over, "Subtitle")
    say(paper, report.title, "Title")
    if report.under:
        say(paper, report.under, "Subtitle").paragraph_format.space_after = Pt(14)
    parts = tuple(page.plain(report.parts))
    for number, part in enumerate(parts, 1):
        _write(paper, part)
        match part, *parts[number : number + 2]:
            # What leads to these stays on their page, as with signatures.
            case (
                (page.Paragraph(), page.Bullets() | page.Table() | page.LabelledValues(), *_)
                | (page.Paragraph(), page.Signatures(), *_)
                | (page.Paragraph(), page.Heading() | page.Paragraph(), page.Signatures())
            ):
                paper.paragraphs[-1].paragraph_format.keep_with_next = True
    return paper


def _letterhead(paper: Paper, head: page.Letterhead) -> None:
    if head.logo:
        run = paper.add_paragraph().add_run()
        picture = run.add_picture(BytesIO(head.logo), height=_LOGO_HEIGHT)
        if picture.width > _LOGO_WIDTH:
            picture.height = Emu(picture.height * _LOGO_WIDTH // picture.width)
            picture.width = _LOGO_WIDTH
        run._r.xpath(".//wp:docPr")[0].set("descr", page.clean(head.lines[0]))
    for number, text in enumerate(head.lines, 1):
        line = paper.add_paragraph()
        line.paragraph_format.space_after = Pt(18 if number == len(head.lines) else 0)
        add_words(line, text, bold=number == 1 or None, size=9.5, colour=_MUTED)


def saved(paper: Paper, at: datetime) -> bytes:
    written = BytesIO()
    paper.save(written)
    return steady(written.getvalue(), at.astimezone(UTC))


def _set_up(paper: Paper, report: page.Report) -> None:
    moment = report.at.astimezone(UTC).replace(tzinfo=None, microsecond=0)
    tag = words.tag(report.language)
    properties = paper.core_properties
    properties.title = page.clean(report.title)[:255]
    properties.author = page.clean(report.author)[:255]
    properties.last_modified_by = properties.author
    properties.language, properties.comments, properties.keywords = tag, "", ""
    properties.created = properties.modified = moment
    properties.revision = 1
    section = paper.sections[0]
    section.page_width, section.page_height = Mm(PAGE_WIDTH), Mm(_PAGE_HEIGHT)
    section.left_margin = section.right_margin = Mm(SIDE)
    section.top_margin = section.bottom_margin = Mm(_TOP)
    for element in paper.styles.element.iter(qn("w:lang")):
        element.set(qn("w:val"), tag)
    _style(paper, "Normal", 10.5, _INK, after=6)
    _style(paper, "Title", 20, _ACCENT, bold=True, after=4)
    _style(paper, "Subtitle", 11, _MUTED, after=2)
    for level, size in ((1, 15), (2, 12.5), (3, 10.5)):
        colour = _MUTED if level == 3 else _ACCENT
        _style(paper, f"Heading {level}", size, colour, bold=True, before=14 - 2 * level, after=4)
    _style(paper, "List Bullet", 10.5, _INK, after=3)
    _style(paper, "Caption", 9.5, _MUTED, after=3)
    paper.styles["Caption"].paragraph_format.keep_with_next = True
    title = paper.styles["Title"].element
    for ruled in title.findall(f".//{qn('w:pBdr')}"):
        ruled.getparent().remove(ruled)
    # Whoever hears a document meets its title as its first heading.
    title.get_or_add_pPr().append(_element("outlineLvl", val="0"))
    line = paper.sections[0].footer.paragraphs[0]
    line.alignment = WD_ALIGN_PARAGRAPH.CENTER
    if report.running:
        add_words(line, f"{report.running} · ", size=8.5, colour=_MUTED)
    _field(line, "PAGE")
    add_words(line, " / ", size=8.5, colour=_MUTED)
    _field(line, "NUMPAGES")


def _style(
    paper: Paper,
    name: str,
    size: float,
    colour: RGBColor,
    *,
    bold: bool = False,
    before: float = 0,
    after: float = 0,
) -> None:
    style: ParagraphStyle = paper.styles[name]
    font, layout = style.font, style.paragraph_format
    font.name, font.size, font.bold, font.italic = _FONT, Pt(size), bold, False
    font.color.rgb = colour
    layout.space_before, layout.space_after = Pt(before), Pt(after)
    properties = style.element.get_or_add_rPr()
    fonts = properties.get_or_add_rFonts()
    fonts.attrib.clear()
    for script in ("ascii", "hAnsi", "cs", "eastAsia"):
        fonts.set(qn(f"w:{script}"), _FONT)
    for spacing in properties.findall(qn("w:spacing")):
        properties.remove(spacing)


def _field(line: PaperParagraph, name: str, before: str = "1") -> None:
    """What a program works out; it shows what was there `before` until then."""
    for kind in ("begin", "instrText", "separate", "t", "end"):
        # A run for each step: programs give the number the look of its own run.
        run = line.add_run()
        run.font.size, run.font.color.rgb = Pt(8.5), _MUTED
        if kind in ("begin", "separate", "end"):
            element = _element("fldChar", fldCharType=kind)
        else:
            element = OxmlElement(f"w:{kind}")
            element.set(qn("xml:space"), "preserve")
            element.text = before if kind == "t" else f" {name} "
        run._r.append(element)


def say(holder: Paper | PaperCell, text: str, style: str = "Normal") -> PaperParagraph:
    """Adds a paragraph; the style by its name is looked for at length, its identifier is not."""
    line = holder.add_paragraph()
    if style != "Normal":
        line._p.style = style.replace(" ", "")
    add_words(line, text)
    return line


def _write(paper: Paper, part: page.Part) -> None:
    match part:
        case page.Heading(text, level, anchor):
            if anchor:
                header = paper.add_section(WD_SECTION.NEW_PAGE).header
                header.is_linked_to_previous = False
                add_words(header.paragraphs[0], text, size=8.5, colour=_MUTED)
            line = say(paper, text, f"Heading {level}")
            if anchor:
                id_ = str(len(paper.sections))
                start = _element("bookmarkStart", id=id_, name=_bookmark(anchor))
                line._p.insert_element_before(start, "w:r")
                line._p.append(_element("bookmarkEnd", id=id_))
        case page.Contents(chapters):
            _contents(paper, chapters)
        case page.Paragraph(note=True):
            _note(paper, part)
        case page.Paragraph(text, strong):
            line = paper.add_paragraph()
            line.paragraph_format.keep_together = True
            add_words(line, text, bold=strong or None)
        case page.Lead(name, rest):
            line = paper.add_paragraph()
            add_words(line, name, bold=True)
            if rest:
                add_words(line, f" · {rest}")
        case page.Advice(text, command):
            say(paper, text.format(command=command))
        case page.Drawing(said):
            say(paper, said)
        case page.Bullets(items):
            for item in items:
                say(paper, item, "List Bullet")
        case page.LabelledValues():
            _facts(paper, part)
        case page.Table():
            _table(paper, part)
        case page.Signatures(names):
            _places(paper, names)


def _bookmark(anchor: str) -> str:
    """The name of a bookmark, in which Word takes no hyphen."""
    return anchor.replace("-", "_")


def _contents(paper: Paper, chapters: Sequence[page.Heading]) -> None:
    """A link to each chapter, and its page: Word works it out when asked, LibreOffice at once."""
    for chapter in chapters:
        line = paper.add_paragraph()
        layout = line.paragraph_format
        layout.space_after = Pt(3)
        layout.tab_stops.add_tab_stop(Mm(TEXT_WIDTH), WD_TAB_ALIGNMENT.RIGHT)
        link = _element("hyperlink", anchor=_bookmark(chapter.anchor), history="1")
        line._p.append(link)
        add_words(line, chapter.text, colour=_ACCENT)
        link.append(line.runs[-1]._r)
        line.add_run("\t")
        _field(line, f"PAGEREF {_bookmark(chapter.anchor)}", "")


def _note(paper: Paper, part: page.Paragraph) -> None:
    line = paper.add_paragraph()
    layout = line.paragraph_format
    layout.keep_together = True
    layout.left_indent = layout.right_indent = Mm(2)
    layout.space_before, layout.space_after = Pt(6), Pt(10)
    add_words(line, part.text, size=9.5, colour=_MUTED)
    properties = line._p.get_or_add_pPr()
    # Their order is that of the schema: what stands elsewhere is damage to some programs.
    borders = _element("pBdr")
    for side in ("top", "left", "bottom", "right"):
        borders.append(_border(side, space="4"))
    properties.insert_element_before(borders, *_AFTER_BORDERS)
    properties.insert_element_before(_shading(_TINT), *_AFTER_BORDERS[1:])


def _facts(paper: Paper, part: page.LabelledValues) -> None:
    table = lined_table(paper, len(part.pairs), 2, (_LABEL_SHARE, _VALUE_SHARE))
    for row, (label, value) in zip(table.rows, part.pairs, strict=True):
        mark(row, "cantSplit")
        row.cells[0]._tc.get_or_add_tcPr().append(_shading(_TINT))
        add_words(row.cells[0], label, colour=_MUTED)
        add_words(row.cells[1], value)
    _gap(paper)


def _table(paper: Paper, part: page.Table) -> None:
    if part.caption:
        say(paper, part.caption).paragraph_format.keep_with_next = True
    columns = part.columns
    shares = tuple(column.share for column in columns)
    table = lined_table(paper, 1 + len(part.rows), len(columns), shares)
    size = next((points for most, points in _SIZES if len(columns) <= most), _SMALLEST)
    rows = iter(table.rows)
    heading = next(rows)
    mark(heading, "tblHeader")
    mark(heading, "cantSplit")
    for cell, column in zip(heading.cells, columns, strict=True):
        cell._tc.get_or_add_tcPr().append(_shading(_FILL))
        add_words(cell, column.heading, bold=True, colour=_WHITE, size=size)
        if column.number:
            cell.paragraphs[0].alignment = WD_ALIGN_PARAGRAPH.RIGHT
    for row, values in zip(rows, part.rows, strict=True):
        mark(row, "cantSplit")
        for cell, value, column in zip(row.cells, values, columns, strict=True):
            bold = True if part.named and column is columns[0] else None
            add_words(cell, value, bold=bold, size=size)
            if column.number:
                cell.paragraphs[0].alignment = WD_ALIGN_PARAGRAPH.RIGHT
    _gap(paper)


def _places(paper: Paper, names: Sequence[str]) -> None:
    rows = -(-len(names) // _PLACES_A_ROW)
    columns = min(_PLACES_A_ROW, len(names))
    table = lined_table(paper, rows, columns, (1,) * columns, TEXT_WIDTH * columns / _PLACES_A_ROW)
    if columns < _PLACES_A_ROW:
        table.alignment = WD_TABLE_ALIGNMENT.RIGHT
    for index, name in enumerate(names):
        row = table.rows[index // _PLACES_A_ROW]
        row.height = Mm(28)
        mark(row, "cantSplit")
        cell = row.cells[index % _PLACES_A_ROW]
        add_words(cell, name, colour=_MUTED)
        if index // _PLACES_A_ROW < rows - 1:
            cell.paragraphs[0].paragraph_format.keep_with_next = True


def mark(row: Any, name: str) -> None:
    """Has a row head every page that its table goes on to, or keeps it whole on one."""
    row._tr.get_or_add_trPr().append(_element(name))


def _gap(paper: Paper) -> None:
    paper.add_paragraph().paragraph_format.space_after = Pt(2)


PAGE_WIDTH, SIDE = 210, 22
"""A page and the margin on either side of it, in millimetres."""
TEXT_WIDTH = PAGE_WIDTH - 2 * SIDE
_RULE = "C4CAD1"


def lined_table(
    paper: Paper,
    rows: int,
    columns: int,
    shares: tuple[int, ...],
    wide: float = TEXT_WIDTH,
    colour: str = _RULE,
) -> PaperTable:
    """A table with thin lines, `wide` in millimetres, its columns wide by their shares."""
    table: PaperTable = paper.add_table(rows, columns)
    table._tbl.tblStyle_val = "TableGrid"
    table.alignment = WD_TABLE_ALIGNMENT.CENTER
    table.autofit = False
    properties = table._tbl.tblPr
    borders = _element("tblBorders")
    for side in ("top", "left", "bottom", "right", "insideH", "insideV"):
        borders.append(_border(side, colour=colour))
    # In the order of the schema, as above.
    properties.insert_element_before(borders, "w:shd", "w:tblLayout", "w:tblLook")
    margins = _element("tblCellMar")
    for side, twips in (("top", 50), ("left", 100), ("bottom", 50), ("right", 100)):
        margins.append(_element(side, w=str(twips), type="dxa"))
    properties.insert_element_before(margins, "w:tblLook")
    whole = sum(shares)
    for column, share in zip(table.columns, shares, strict=True):
        width = Mm(wide * share / whole)
        column.width = width
        for cell in column.cells:
            cell.width = width
    return table


def add_words(
    place: PaperParagraph | PaperCell,
    text: str,
    *,
    bold: bool | None = None,
    size: float = 0,
    colour: RGBColor | None = None,
) -> None:
    """Adds words to a line; in a cell to its first one, which leaves no room below."""
    line = place if isinstance(place, PaperParagraph) else place.paragraphs[0]
    if line is not place:
        line.paragraph_format.space_after = Pt(0)
    run = line.add_run(page.clean(text))
    run.bold = bold
    if size:
        run.font.size = Pt(size)
    if colour is not None:
        run.font.color.rgb = colour


def _element(tag: str, **attributes: str) -> Any:
    element = OxmlElement(f"w:{tag}")
    for key, value in attributes.items():
        element.set(qn(f"w:{key}"), value)
    return element


def _shading(colour: str) -> Any:
    return _element("shd", val="clear", color="auto", fill=colour)


def _border(side: str, *, space: str = "0", colour: str = _RULE) -> Any:
    """A thin line on one side; `space` is between it and the words, in points."""
    return _element(side, val="single", sz="4", space=space, color=colour)


_BOX, _HEADER = "929292", "EEEEEE"
_BOX_HEIGHT, _LONG_HEIGHT = Mm(8), Mm(40)
_LONGEST_ALIAS = 64
_NAMESPACES = nsdecls("w") + ' xmlns:w14="http://schemas.microsoft.com/office/word/2010/wordml"'
_TEXT, _LIST = '<w:text w:multiLine="1"/>', "<w:dropDownList>{}</w:dropDownList>"
_CHECKBOX = (
    '<w14:checkbox><w14:checked w14:val="0"/><w14:checkedState w14:val="2612" '
    'w14:font="MS Gothic"/><w14:uncheckedState w14:val="2610" w14:font="MS Gothic"/>'
    "</w14:checkbox>"
)
_SIGNS = '<w:rFonts w:ascii="MS Gothic" w:hAnsi="MS Gothic" w:eastAsia="MS Gothic"/>'


def blank_to_docx(blank: Blank) -> bytes:
    stamp = str(blank.questionnaire.stamp)
    with speaking(blank.language):
        parts: list[page.Part] = [page.Bullets(blank.before)]
        if any(blank.notice):
            parts += [page.Heading(_(forms.NOTICE), 2), *map(page.Paragraph, blank.notice)]
        about = (blank.title, blank.language, blank.at, blank.contest)
        paper = document(page.Report(*about, tuple(parts), over=blank.contest, running=stamp))
        paper.core_properties.subject = stamp
        for question in blank.questionnaire.questions:
            _ask(paper, question)
    say(paper, stamp).runs[0].font.hidden = True
    for number, control in enumerate(paper.element.body.iter(qn("w:id")), 1):
        control.set(qn("w:val"), str(number))
    return saved(paper, blank.at)


def _ask(paper: Paper, question: FormQuestion) -> None:
    field = question.field
    say(paper, forms.heading(question), "Heading 2")
    for hint in forms.hints(field):
        say(paper, hint, "Caption")
    if isinstance(field, TableField):
        _add_table(paper, field)
        return
    row = lined_table(paper, 1, 1, (1,), colour=_BOX).rows[0]
    if isinstance(field, LongTextField):
        row.height = _LONG_HEIGHT
    else:
        row.height = _BOX_HEIGHT
        mark(row, "cantSplit")
    cell = row.cells[0]
    add_words(cell, "")
    choices = forms.choices(field)
    if not choices:
        _add_control(cell.paragraphs[0], question.label, _TEXT, _(forms.WRITE))
    for number, label in enumerate(choices):
        line: PaperParagraph = say(cell, "") if number else cell.paragraphs[0]
        line.paragraph_format.space_after = Pt(0)
        _add_control(line, label, _CHECKBOX, "☐", _SIGNS)
        line.add_run(page.clean(f" {label}"))


def _add_table(paper: Paper, field: TableField) -> None:
    columns = tuple(field.columns.values())
    shares = tuple(column.width for column in columns)
    table = lined_table(paper, 1 + forms.rows(field), len(columns), shares, colour=_BOX)
    for row in table.rows:
        mark(row, "cantSplit")
    heading, *below = table.rows
    mark(heading, "tblHeader")
    for cell, column in zip(heading.cells, columns, strict=True):
        cell._tc.get_or_add_tcPr().append(_shading(_HEADER))
        add_words(cell, forms.starred(str(column.label), column), bold=True, size=9.5)
    for row in below:
        row.height = _BOX_HEIGHT
        for cell, column in zip(row.cells, columns, strict=True):
            add_words(cell, "")
            if choices := forms.choices(column):
                items = (f"<w:listItem w:displayText={_quoted(choice)}/>" for choice in choices)
                kind = _LIST.format("".join(items))
                _add_control(cell.paragraphs[0], str(column.label), kind, _(forms.CHOOSE))


def _add_control(
    line: PaperParagraph, label: str, kind: str, shown: str, look: str = '<w:color w:val="595959"/>'
) -> None:
    """Adds a control within a line: people may not delete it, and may write beside it."""
    blank = "" if kind is _CHECKBOX else "<w:showingPlcHdr/>"
    line._p.append(
        parse_xml(
            f"<w:sdt {_NAMESPACES}><w:sdtPr><w:alias w:val={_quoted(label[:_LONGEST_ALIAS])}/>"
            f'<w:id/><w:lock w:val="sdtLocked"/>{blank}{kind}</w:sdtPr><w:sdtContent><w:r>'
            f"<w:rPr>{look}</w:rPr><w:t>{escape(shown)}</w:t></w:r></w:sdtContent></w:sdt>"
        )
    )


def _quoted(text: str) -> str:
    return quoteattr(page.clean(text))
