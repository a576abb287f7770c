"""The blank form of a sheet: what it says, its stamps, and that it opens everywhere."""

import re
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest
from docx import Document
from docx.oxml.ns import qn
from freezegun import freeze_time
from openpyxl import load_workbook
from openpyxl.cell import Cell

from ptce_workflow.app.locations import read_folder
from ptce_workflow.base.words import STAMP
from ptce_workflow.office.docx import blank_to_docx
from ptce_workflow.office.forms.blank import Blank, blank, heading, stamp_in
from ptce_workflow.office.forms.blocks import (
    Box,
    FormTable,
    blocks_of_docx,
    blocks_of_odt,
    blocks_of_xlsx,
)
from ptce_workflow.office.forms.blocks import FormDocument as Blocks
from ptce_workflow.office.forms.reader import read_form
from ptce_workflow.office.sheets import blank_to_xlsx
from ptce_workflow.process.candidature import Candidature, Decided
from ptce_workflow.process.check import sound
from ptce_workflow.process.fields import Cell as CellField
from ptce_workflow.process.fields import field_types
from ptce_workflow.process.process import Process

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = {
    "root": ROOT,
    "blank": ROOT / "contests/blank/fr",
    **{folder.name: folder for folder in sorted((ROOT / "contests").glob("[!b]*"))},
}


@cache
def process(name: str) -> Process:
    return sound(read_folder(FOLDERS[name]))


def sent(name: str) -> list[str]:
    """The sheets of a folder that somebody sends in."""
    return [sheet for sheet, one in process(name).definition.sheets.items() if one.has_form]


def made(sheet: str = "dossier", language: str = "fr", folder: str = "root") -> Blank:
    """The blank form of a sheet of a shipped folder."""
    return blank(process(folder), sheet, language)


@pytest.mark.long
@pytest.mark.parametrize("folder", FOLDERS)
@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_sheet_that_is_sent_in_makes_a_form(folder: str, language: str) -> None:
    for sheet in sent(folder):
        form = made(sheet, language, folder)
        paper = Document(BytesIO(blank_to_docx(form)))
        told = [one.text for one in paper.paragraphs if one.style and one.style.name == "Heading 2"]
        asked = [heading(question) for question in form.questionnaire.questions]
        assert told[len(told) - len(asked) :] == asked
        assert len(paper.tables) == len(asked)
        book = load_workbook(BytesIO(blank_to_xlsx(form)))
        pages = [page for page in book.worksheets if page.sheet_state == "visible"]
        keys = [str(row[0].value or "") for page in pages for row in page.iter_rows(max_col=1)]
        names = [question.name for question in form.questionnaire.questions]
        assert sorted(filter(None, keys)) == sorted(names)


@pytest.mark.long
def test_the_same_form_gives_the_same_bytes_whenever_it_is_written() -> None:
    for write in (blank_to_docx, blank_to_xlsx):
        with freeze_time("2025-01-01"):
            later = write(made())
        assert write(made()) == later


def test_a_form_is_stamped_in_its_properties_its_last_line_and_its_foot() -> None:
    form = made()
    content = blank_to_docx(form)
    paper = Document(BytesIO(content))
    with ZipFile(BytesIO(content)) as archive:
        properties = archive.read("docProps/core.xml").decode()
    last = paper.paragraphs[-1]
    assert last.runs[0].font.hidden
    for told in (properties, last.text, paper.sections[0].footer.paragraphs[0].text):
        assert stamp_in(told) == form.questionnaire.stamp


def test_a_workbook_is_stamped_and_takes_text_in_its_answers_alone() -> None:
    """A zero in front of a number stays, and lists offer what may be answered."""
    form = made()
    content = blank_to_xlsx(form)
    book = load_workbook(BytesIO(content))
    with ZipFile(BytesIO(content)) as archive:
        properties = archive.read("docProps/core.xml").decode()
    assert stamp_in(properties) == form.questionnaire.stamp
    assert stamp_in(str(book[STAMP]["B1"].value)) == form.questionnaire.stamp
    main, members = book.worksheets[:2]
    assert members.title == "5. Structures membres"
    for page in (main, members):
        assert page.protection.sheet
        assert page.column_dimensions["A"].hidden
        cells = (cell for row in page.iter_rows() for cell in row if isinstance(cell, Cell))
        opened = [cell for cell in cells if not cell.protection.locked]
        assert opened
        assert {cell.number_format for cell in opened} == {"@"}
        assert page.data_validations.dataValidation


def test_a_form_says_by_when_it_must_have_arrived_where_the_sheet_closes() -> None:
    """A sheet that never closes has no such sentence."""
    assert "au plus tard le lundi 11 mars 2024 à 12" in "\n".join(made().before)
    assert "at the latest" in "\n".join(made(language="en").before)
    assert "au plus tard" not in "\n".join(made(folder="ami-permanent").before)


@pytest.mark.parametrize("name", ["attendance", "review", "ami", "cra"])
def test_a_sheet_that_the_desk_alone_fills_in_has_no_form(name: str) -> None:
    assert not process("root").definition.sheets[name].has_form


def test_a_form_for_one_candidature_names_it_and_says_when_its_answer_is_due() -> None:
    at = datetime(2024, 4, 10, 10, tzinfo=UTC)
    edge, mails = "scored.select", {"selected": at}
    case = Candidature("1", "C-003", "selected", at, 1, decided=Decided(edge, at, mails))
    case = case.but(private={"dossier.collective_name": "Les Tanneurs"})
    form = blank(process("root"), "confirmation", "fr", case)
    said = "\n".join(form.before)
    assert form.before[0] == "C-003 Les Tanneurs"
    assert "au plus tard le vendredi 19 avril 2024 à 18" in said
    assert "bureau" not in said
    for document in (blocks_of_docx(blank_to_docx(form)), blocks_of_xlsx(blank_to_xlsx(form))):
        assert read_form("f", document, process("root")).outside == ()
    assert any("de quelle candidature" in line for line in made("appeal").before)


def test_a_form_says_where_it_goes_and_what_becomes_of_the_data() -> None:
    form = made()
    assert "concours@cress.example" in "\n".join(form.before)
    assert "conservées jusqu’au" in "\n".join(form.notice)


def test_no_two_tables_touch_and_headers_repeat() -> None:
    body = Document(BytesIO(blank_to_docx(made()))).element.body
    tags = [one.tag.rpartition("}")[2] for one in body]
    assert "tbl tbl" not in " ".join(tags)
    wide = [one for one in body.iter(qn("w:tbl")) if len(one.findall(qn("w:tr"))) > 1]
    assert wide
    for table in wide:
        assert table.find(f"{qn('w:tr')}/{qn('w:trPr')}/{qn('w:tblHeader')}") is not None


def test_every_control_has_a_number_of_its_own_and_is_not_deleted() -> None:
    """The form itself is not protected: rows may be added."""
    with ZipFile(BytesIO(blank_to_docx(made()))) as archive:
        document = archive.read("word/document.xml").decode()
        assert b"documentProtection" not in archive.read("word/settings.xml")
    numbers = re.findall(r'<w:id w:val="(\d+)"', document)
    assert len(numbers) == len(set(numbers)) == document.count("sdtLocked")


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize(
    ("write", "document"), [(blank_to_docx, blocks_of_docx), (blank_to_xlsx, blocks_of_xlsx)]
)
def test_a_blank_form_answers_nothing_and_holds_nothing_else(
    language: str, write: Callable[[Blank], bytes], document: Callable[[bytes], Blocks]
) -> None:
    form = made(language=language)
    read = read_form("dossier", document(write(form)), process("root"))
    assert read.stamp == form.questionnaire.stamp
    assert read.is_current
    # In a workbook nothing stands beside an answer that is not ticked.
    unread = {one.name for one in read.answers if one.status != "missing"}
    assert unread <= ({"themes"} if write is blank_to_xlsx else set())
    assert not any(one.status == "read" for one in read.answers)
    assert read.outside == ()


OPTIONS = 'options = { one = "One & only", two = "<Two>" }'
KEYS = {"option": OPTIONS, "options": OPTIONS, "text": "max_length = 40"}
KEYS |= {"integer": "min = 0\nmax = 10"}


def every_type() -> Process:
    """A folder whose sheet asks a question of every type, and has a table of every type."""
    files = dict(read_folder(ROOT / "contests/blank/en"))
    types = [one for one in field_types() if one not in ("table", "score", "file")]
    cells = [one for one in types if issubclass(field_types()[one], CellField)]
    asked = {one: f'type = "{one}"\nlabel = "One {one}"\n{KEYS.get(one, "")}' for one in types}
    more = [f"[fields.a_{one}]\n{keys}" for one, keys in asked.items()]
    more.append('[fields.sent]\ntype = "file"\nlabel = "Budget & plan"')
    more.append('[fields.rows]\ntype = "table"\nlabel = "Rows"\nmin_rows = 8\n')
    more += [f"[fields.rows.columns.of_{one}]\n{asked[one]}" for one in cells]
    sheet = files["sheets/dossier.toml"].decode()
    return sound(files | {"sheets/dossier.toml": "\n\n".join((sheet, *more)).encode()})


@pytest.mark.long
@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_type_of_field_stands_in_a_form(language: str) -> None:
    form = blank(every_type(), "dossier", language)
    assert any("Budget & plan" in line for line in form.before)
    document = Document(BytesIO(blank_to_docx(form)))
    told = "\n".join(paragraph.text for paragraph in document.paragraphs)
    assert "100 000 009 00009" in told
    assert "14/05/2024" in told
    table = document.tables[-1]
    assert len(table.rows) == 9
    lists = list(table._tbl.iter(qn("w:dropDownList")))
    assert len(lists) == 2 * 8
    items = {one.get(qn("w:displayText")) for one in table._tbl.iter(qn("w:listItem"))}
    assert items == {
        *(("oui", "non") if language == "fr" else ("yes", "no")),
        "One & only",
        "<Two>",
    }
    book = load_workbook(BytesIO(blank_to_xlsx(form)))
    (page,) = (one for one in book.worksheets if one.title.endswith("Rows"))
    assert page.max_row > 8


@pytest.mark.slow
def test_programs_that_open_a_form_keep_its_tables_apart(tmp_path: Path) -> None:
    form = made()
    (tmp_path / "dossier.docx").write_bytes(blank_to_docx(form))
    words = ("--convert-to", "odt", "--outdir", str(tmp_path), str(tmp_path / "dossier.docx"))
    subprocess.run(("soffice", "--headless", *words), check=True, capture_output=True)
    document = blocks_of_odt((tmp_path / "dossier.odt").read_bytes())
    asked = [one for one in document.blocks if isinstance(one, (Box, FormTable))]
    assert len(asked) == len(form.questionnaire.questions)
    read = read_form("dossier", document, process("root"))
    assert (read.stamp, read.outside) == (form.questionnaire.stamp, ())
