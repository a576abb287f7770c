"""The formats of a report; HTML."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterator
from html import escape

from ptce_workflow.base.runtime import data
from ptce_workflow.base.words import _, speaking
from ptce_workflow.office import page

PAPERS = (".docx", ".html")
"""The endings of the names of files that hold all of a report."""

FORMATS = (".csv", ".xlsx", *PAPERS)
"""Also those that hold its tables."""


def as_written(report: page.Report, form: str) -> bytes:
    if form == ".html":
        return to_html(report).encode()
    # Imported here for start-up time: python-docx takes a fifth of a second to load.
    if form == ".docx":
        from ptce_workflow.office.docx import to_docx

        return to_docx(report)
    from ptce_workflow.office.sheets import to_csv, to_xlsx

    return to_csv(report) if form == ".csv" else to_xlsx(report)


_MANY_COLUMNS = 7
"""A table of more is set smaller, so that it stays as wide as the page."""
_NUMBERED = re.compile(r"\b[^\W\d_]{1,6}-\d{1,6}\b")


def to_html(report: page.Report) -> str:
    with speaking(report.language):
        body = "\n".join(line for part in page.plain(report.parts) for line in _part(part))
    letterhead = report.head()
    head = _letterhead(letterhead) if letterhead.lines else ""
    over = f"<p>{_html(report.over)}</p>\n" if report.over else ""
    under = f"<p>{_html(report.under)}</p>\n" if report.under else ""
    style = data("office/page.css").read_text("utf-8")
    foot = f"<footer><p>{_html(report.running)}</p></footer>\n" if report.running else ""
    return (
        "<!DOCTYPE html>\n"
        f'<html lang="{escaped(report.language)}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta name="author" content="{escaped(report.author)}">\n'
        f"<title>{escaped(report.title)}</title>\n<style>\n{style}</style>\n</head>\n"
        f"<body>\n<main>\n<header>\n{head}{over}<h1>{escaped(report.title)}</h1>\n{under}</header>\n"
        f"{body}\n{foot}</main>\n</body>\n</html>\n"
    )


def _letterhead(head: page.Letterhead) -> str:
    kind = "png" if head.logo.startswith(b"\x89PNG") else "jpeg"
    source = f"data:image/{kind};base64,{b64encode(head.logo).decode()}"
    # Whoever hears the page has the name below.
    logo = f'<img src="{source}" alt="">' if head.logo else ""
    name, *address = map(_html, head.lines)
    return f'<div class="head">{logo}<p>{"<br>".join((f"<b>{name}</b>", *address))}</p></div>\n'


def escaped(text: str) -> str:
    return escape(page.clean(text), quote=True)


def _html(text: str) -> str:
    """Text of the page: a short name and its number, such as a reference, stay on one line."""
    return _NUMBERED.sub(r'<span class="ref">\g<0></span>', escaped(text))


def _part(part: page.Part) -> Iterator[str]:
    match part:
        case page.Heading(text, level, anchor):
            # The title is the one heading of level 1 of the page.
            named = f' id="{escaped(anchor)}" class="chapter"' if anchor else ""
            yield f"<h{level + 1}{named}>{_html(text)}</h{level + 1}>"
        case page.Contents(chapters):
            links = (
                f'<li><a href="#{escaped(c.anchor)}">{_html(c.text)}</a></li>' for c in chapters
            )
            yield from ("<nav><ul>", *links, "</ul></nav>")
        case page.Paragraph(text, note=True):
            yield f'<p class="note">{_html(text)}</p>'
        case page.Paragraph(text, strong):
            yield f"<p><strong>{_html(text)}</strong></p>" if strong else f"<p>{_html(text)}</p>"
        case page.Lead(name, rest):
            yield f"<p><strong>{_html(name)}</strong>{f' · {_html(rest)}' if rest else ''}</p>"
        case page.Advice(text, command):
            yield f"<p>{_html(text.format(command=command))}</p>"
        case page.Bullets(items):
            yield from ("<ul>", *(f"<li>{_html(item)}</li>" for item in items), "</ul>")
        case page.LabelledValues(pairs):
            facts = (f"<dt>{_html(label)}</dt><dd>{_html(value)}</dd>" for label, value in pairs)
            yield from ("<dl>", *facts, "</dl>")
        case page.Drawing(said, svg=svg) if svg is not None:
            yield f'<figure role="img" aria-label="{escaped(said)}">{svg()}</figure>'
        case page.Drawing(said):
            yield f"<p>{_html(said)}</p>"
        case page.Signatures(names):
            label = escaped(_("Signatures"))
            yield f'<ul class="sign" aria-label="{label}">'
            yield from (*(f"<li>{_html(name)}</li>" for name in names), "</ul>")
        case page.Table():
            yield from _table(part)


def _table(part: page.Table) -> Iterator[str]:
    dense = ' class="dense"' if len(part.columns) > _MANY_COLUMNS else ""
    yield f'<div class="wide"><table{dense}>'
    if part.caption:
        yield f"<caption>{_html(part.caption)}</caption>"
    cells = "".join(
        f'<th scope="col"{_class(column)}>{_html(column.heading)}</th>' for column in part.columns
    )
    yield f"<thead><tr>{cells}</tr></thead>\n<tbody>"
    columns = zip(part.columns, zip(*part.rows, strict=True), strict=False)
    most = [max(map(_figure, cells)) if column.bars else 0 for column, cells in columns]
    for row in part.rows:
        written = zip(part.columns, most, row, strict=True)
        first, *others = (_cell(column, most, cell) for column, most, cell in written)
        if part.named:
            first = f'<th scope="row">{_html(row[0])}</th>'
        yield f"<tr>{''.join((first, *others))}</tr>"
    yield "</tbody></table></div>"


def _figure(cell: str) -> int:
    return int(getattr(cell, "value", 0))


def _cell(column: page.Column, most: int, cell: str) -> str:
    if not most:
        return f"<td{_class(column)}>{_html(cell)}</td>"
    part = round(100 * _figure(cell) / most)
    return f'<td class="number bar" style="--part: {part}%">{_html(cell)}</td>'


def _class(column: page.Column) -> str:
    return ' class="number"' if column.number else ""
