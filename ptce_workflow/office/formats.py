"""The formats of a report; HTML."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape

from ptce_workflow.base.words import _, speaking
from ptce_workflow.office.page import (
    Advice,
    Bullets,
    Column,
    Drawing,
    Heading,
    LabelledValues,
    Lead,
    Paragraph,
    Part,
    Report,
    Signatures,
    Table,
    clean,
    plain,
)

PAPERS = (".docx", ".html")
"""The endings of the names of files that hold all of a report."""

FORMATS = (".csv", ".xlsx", *PAPERS)
"""Also those that hold its tables."""


def as_written(report: Report, form: str) -> bytes:
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

_STYLE = """
:root { color-scheme: light; }
* { box-sizing: border-box; }
body { margin: 0; background: #fff; color: #1f2328; font: 17px/1.55 system-ui, -apple-system,
  "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; overflow-wrap: break-word; }
main { max-width: 52em; margin: 0 auto; padding: 2em 1.25em 3em; }
header { border-bottom: 3px solid #0a4f9c; padding-bottom: 1em; margin-bottom: 1.5em; }
header p { margin: 0; color: #4a525b; }
h1 { margin: 0.2em 0; font-size: 1.8em; line-height: 1.25; color: #0a4f9c; }
h2 { margin: 2em 0 0.5em; font-size: 1.3em; line-height: 1.3; color: #0a4f9c; }
h3 { margin: 1.6em 0 0.4em; font-size: 1.1em; line-height: 1.3; }
h4 { margin: 1.2em 0 0.3em; font-size: 1em; color: #4a525b; }
p, ul, dl { margin: 0 0 1em; }
p, td, th, dd { white-space: pre-line; }
ul { padding-left: 1.25em; }
.wide { overflow-x: auto; margin: 0 0 1.5em; }
table { border-collapse: collapse; width: 100%; font-size: 0.94em; }
caption { text-align: left; color: #4a525b; padding-bottom: 0.4em; }
th, td { border: 1px solid #c4cad1; padding: 0.4em 0.6em; text-align: left; vertical-align: top; }
thead th { background: #0a4f9c; color: #fff; }
tbody th { font-weight: 600; }
tbody tr:nth-child(even) { background: #f6f8fa; }
.number { text-align: right; font-variant-numeric: tabular-nums; }
td.number, .ref { white-space: nowrap; }
.wide:has(.dense) { width: min(94vw, 76em); margin-left: calc(50% - min(47vw, 38em)); }
.dense th, .dense td { font-size: 0.84em; line-height: 1.4; padding: 0.4em; }
dl { display: grid; grid-template-columns: minmax(9em, 1fr) 2.2fr; gap: 0.35em 1.25em; }
dt { color: #4a525b; }
dt, dd { margin: 0; min-width: 0; }
.note { border-left: 4px solid #0a4f9c; background: #eef4fb; padding: 0.6em 1em; color: #4a525b;
  font-size: 0.94em; }
figure { margin: 0 0 1.5em; }
figure svg { width: 100%; height: auto; display: block; }
.sign { display: grid; grid-template-columns: repeat(auto-fill, minmax(15em, 1fr)); gap: 1em;
  list-style: none; padding: 0; margin-top: 2em; }
.sign li { border: 1px solid #c4cad1; min-height: 6em; padding: 0.5em 0.75em; break-inside: avoid; }
footer { margin-top: 3em; padding-top: 0.75em; border-top: 1px solid #c4cad1; color: #4a525b;
  font-size: 0.9em; }
@media (max-width: 34em) { dl { grid-template-columns: 1fr; gap: 0; } dd { margin-bottom: 0.6em; } }
@media print {
  @page { size: A4; margin: 18mm 20mm; }
  body { font-size: 10.5pt; }
  main { max-width: none; padding: 0; }
  h2, h3, h4 { break-after: avoid; }
  tr { break-inside: avoid; }
  thead { display: table-header-group; }
  .wide, .wide:has(.dense) { overflow: visible; width: auto; margin-left: 0; }
  thead th { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
"""


def to_html(report: Report) -> str:
    with speaking(report.language):
        body = "\n".join(line for part in plain(report.parts) for line in _part(part))
    over = f"<p>{_html(report.over)}</p>\n" if report.over else ""
    under = f"<p>{_html(report.under)}</p>\n" if report.under else ""
    foot = f"<footer><p>{_html(report.running)}</p></footer>\n" if report.running else ""
    return (
        "<!DOCTYPE html>\n"
        f'<html lang="{_text(report.language)}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta name="author" content="{_text(report.author)}">\n'
        f"<title>{_text(report.title)}</title>\n<style>{_STYLE}</style>\n</head>\n"
        f"<body>\n<main>\n<header>\n{over}<h1>{_text(report.title)}</h1>\n{under}</header>\n"
        f"{body}\n{foot}</main>\n</body>\n</html>\n"
    )


def _text(text: str) -> str:
    return escape(clean(text), quote=True)


def _html(text: str) -> str:
    """Text of the page: a short name and its number, such as a reference, stay on one line."""
    return _NUMBERED.sub(r'<span class="ref">\g<0></span>', _text(text))


def _part(part: Part) -> Iterator[str]:
    match part:
        case Heading(text, level):
            # The title is the one heading of level 1 of the page.
            yield f"<h{level + 1}>{_html(text)}</h{level + 1}>"
        case Paragraph(text, note=True):
            yield f'<p class="note">{_html(text)}</p>'
        case Paragraph(text, strong):
            yield f"<p><strong>{_html(text)}</strong></p>" if strong else f"<p>{_html(text)}</p>"
        case Lead(name, rest):
            yield f"<p><strong>{_html(name)}</strong>{f' · {_html(rest)}' if rest else ''}</p>"
        case Advice(text, command):
            yield f"<p>{_html(text.format(command=command))}</p>"
        case Bullets(items):
            yield from ("<ul>", *(f"<li>{_html(item)}</li>" for item in items), "</ul>")
        case LabelledValues(pairs):
            facts = (f"<dt>{_html(label)}</dt><dd>{_html(value)}</dd>" for label, value in pairs)
            yield from ("<dl>", *facts, "</dl>")
        case Drawing(said, svg=svg) if svg is not None:
            yield f'<figure role="img" aria-label="{_text(said)}">{svg()}</figure>'
        case Drawing(said):
            yield f"<p>{_html(said)}</p>"
        case Signatures(names):
            label = _text(_("Signatures"))
            yield f'<ul class="sign" aria-label="{label}">'
            yield from (*(f"<li>{_html(name)}</li>" for name in names), "</ul>")
        case Table():
            yield from _table(part)


def _table(part: Table) -> Iterator[str]:
    dense = ' class="dense"' if len(part.columns) > _MANY_COLUMNS else ""
    yield f'<div class="wide"><table{dense}>'
    if part.caption:
        yield f"<caption>{_html(part.caption)}</caption>"
    cells = "".join(
        f'<th scope="col"{_class(column)}>{_html(column.heading)}</th>' for column in part.columns
    )
    yield f"<thead><tr>{cells}</tr></thead>\n<tbody>"
    for row in part.rows:
        written = zip(part.columns, row, strict=True)
        first, *others = (f"<td{_class(column)}>{_html(cell)}</td>" for column, cell in written)
        if part.named:
            first = f'<th scope="row">{_html(row[0])}</th>'
        yield f"<tr>{''.join((first, *others))}</tr>"
    yield "</tbody></table></div>"


def _class(column: Column) -> str:
    return ' class="number"' if column.number else ""
