"""The ways that a filled form takes before it is read: through programs, mails, other formats."""

import shutil
import subprocess
from collections.abc import Callable, Iterator
from copy import deepcopy
from io import BytesIO
from pathlib import Path
from typing import Any

import docx
from docx.document import Document as Paper
from docx.oxml.ns import qn
from docx.table import Table

from ptce_workflow.office.forms.blocks import (
    FormDocument,
    blocks_of_docx,
    blocks_of_odt,
    blocks_of_text,
)
from rehearsal.filling import BLANK, TICKED
from tests.forms.mangling import controls, unwrapped

OFFICE = shutil.which("soffice")
Route = Callable[[Paper], FormDocument]


def direct(paper: Paper) -> FormDocument:
    return blocks_of_docx(saved(paper))


def stripped(paper: Paper) -> FormDocument:
    """Without its controls and bookmarks: what an office on the web may leave of it."""
    return blocks_of_docx(saved(_stripped(paper)))


def pasted(paper: Paper) -> FormDocument:
    """All that is seen of it, pasted in a new document."""
    made, body = docx.Document(), _stripped(paper).element.body
    for hidden in [*body.iter(qn("w:vanish"))]:
        run = hidden.getparent().getparent()
        run.getparent().remove(run)
    for element in body:
        if element.tag != qn("w:sectPr"):
            made.element.body.insert(len(made.element.body) - 1, deepcopy(element))
    return blocks_of_docx(saved(made))


def as_text(paper: Paper) -> FormDocument:
    """As the text of a mail: cells of a row are set apart by tabs."""
    return blocks_of_text("\n".join(_told(_stripped(paper))))


ROUTES: dict[str, Route] = {one.__name__: one for one in (direct, stripped, pasted, as_text)}


def saved(paper: Paper) -> bytes:
    written = BytesIO()
    paper.save(written)
    return written.getvalue()


def _stripped(paper: Paper) -> Paper:
    copy = docx.Document(BytesIO(saved(paper)))
    body = copy.element.body
    for control in controls(body):
        unwrapped(control)
    for name in ("w:bookmarkStart", "w:bookmarkEnd"):
        for mark in [*body.iter(qn(name))]:
            mark.getparent().remove(mark)
    return copy


def _told(paper: Paper) -> Iterator[str]:
    for block in paper.iter_inner_content():
        if not isinstance(block, Table):
            yield from _shown(block._p).split("\n")
            continue
        for row in block.rows:
            cells = ["\n".join(_shown(p) for p in cell._tc.iter(qn("w:p"))) for cell in row.cells]
            yield from "\t".join(cells).split("\n")


def _shown(paragraph: Any) -> str:
    """The text of a paragraph; a program that makes text of it knows no deletion."""
    if any(True for _hidden in paragraph.iter(qn("w:vanish"))):
        return ""
    alone = {qn("w:br"): "\n", qn("w:tab"): "\t"}
    signs = {"F0FE": TICKED, "F0A8": BLANK}
    return "".join(
        signs[part.get(qn("w:char"))]
        if part.tag == qn("w:sym")
        else alone.get(part.tag, part.text or "")
        for part in paragraph.iter(*map(qn, ("w:t", "w:br", "w:tab", "w:sym")))
        if part.tag != qn("w:tab") or part.getparent().tag == qn("w:r")
    )


def through_office(
    files: dict[str, bytes], kinds: tuple[str, ...], place: Path
) -> dict[str, bytes]:
    """Files of one kind as LibreOffice saves them in another, and that in the next; by name."""
    assert OFFICE is not None
    folder = place / "given"
    folder.mkdir(parents=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    for step, kind in enumerate(kinds):
        out = place / f"{step}"
        subprocess.run(
            [
                *(OFFICE, f"-env:UserInstallation=file://{place}/profile", "--headless"),
                *("--convert-to", kind, "--outdir", str(out)),
                *map(str, sorted(folder.iterdir())),
            ],
            check=True,
            capture_output=True,
            timeout=600,
        )
        folder = out
    return {file.stem: file.read_bytes() for file in folder.iterdir()}


OPENED = {"docx": blocks_of_docx, "odt": blocks_of_odt}
