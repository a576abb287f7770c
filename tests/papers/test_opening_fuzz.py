"""Files that are broken in every way: no exception but our own, and never for long."""

import random
import re
import zlib
from base64 import encodebytes
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from random import Random
from time import perf_counter
from zipfile import BadZipFile

import pytest

from ptce_workflow.app.locations import read_folder
from ptce_workflow.base.errors import Misuse
from ptce_workflow.office.forms.blocks import FileReader, FormDocument, OpenedFile
from ptce_workflow.office.forms.reader import read_form
from ptce_workflow.process.check import sound
from ptce_workflow.process.process import Process
from tests.papers.test_opening import EML, archive, open_document, parts, workbook

pytestmark = pytest.mark.usefixtures("in_english")

LONGEST_SECONDS = 10


@cache
def process() -> Process:
    return sound(read_folder(Path(__file__).resolve().parents[2]))


@cache
def whole() -> Mapping[str, bytes]:
    """One file of each kind, as it should be."""
    from ptce_workflow.office.docx import blank_to_docx
    from ptce_workflow.office.forms.blank import blank, heading

    made = blank(process(), "dossier", "fr")
    form = blank_to_docx(made)
    asked = [(question.name, heading(question)) for question in made.questionnaire.questions]
    box = "<table:table-row><table:table-cell><text:p>{}</text:p></table:table-cell>{}"
    box += "</table:table-row>"
    beside = '<table:table-cell office:value="3" table:number-columns-repeated="3"/>'
    lines = "".join(
        f"<text:p>{label}</text:p><table:table>{box.format('12', '')}</table:table>"
        for _name, label in asked
    )
    rows = "".join(box.format(label, beside) for _name, label in asked)
    sheet = f"<office:spreadsheet><table:table>{rows}</table:table></office:spreadsheet>"
    return {
        "docx": form,
        "odt": open_document("text", f"<office:text>{lines}</office:text>"),
        "ods": open_document("spreadsheet", sheet),
        "xlsx": workbook(*((name, label, 4.9e13) for name, label in asked)),
        "eml": EML % encodebytes(form),
    }


def flipped(content: bytes, chance: Random) -> bytes:
    changed = bytearray(content)
    for _time in range(chance.randint(1, 20)):
        changed[chance.randrange(len(changed))] = chance.randrange(256)
    return bytes(changed)


def cut(content: bytes, chance: Random) -> bytes:
    """The end is missing, or a piece within."""
    start = chance.randrange(len(content))
    end = chance.choice((len(content), chance.randrange(start, len(content))))
    return content[:start] + content[end:]


def doubled(content: bytes, chance: Random) -> bytes:
    start = chance.randrange(len(content))
    piece = content[start : start + chance.randint(1, 400)]
    return content[:start] + piece * chance.randint(2, 200) + content[start:]


def swapped(content: bytes, chance: Random) -> bytes:
    """Parts of an archive stand in for one another, or are missing."""
    held = within(content)
    if len(held) < 2:
        return cut(content, chance)
    one, other = chance.sample(sorted(held), 2)
    held[one], held[other] = held[other], held[one]
    if chance.random() < 0.3:
        del held[other]
    return archive(held)


ODD = (
    b"", b"<", b"&x;", b"<!DOCTYPE x>", b"\0", b"\xff", b"-1", b"99999999999", b"1e999999999",
    b"<w:tbl/>", b"<w:sdt><w:sdtPr/></w:sdt>", b"<table:table-row/>", b"NaN", b'xmlns="x"',
    b'w:val="x"', b"]]>", b"<a>" * 300, b"<w:tc>" * 3_000,
)  # fmt: skip


def within_xml(content: bytes, chance: Random) -> bytes:
    """The XML of a part says something else: marks, numbers and names are odd."""
    held = within(content)
    if not held:
        return flipped(content, chance)
    named = [name for name in sorted(held) if name.endswith((".xml", ".rels"))]
    name = chance.choice(named or sorted(held))
    for _time in range(chance.randint(1, 3)):
        found = [*re.finditer(rb"<[^<>]*>|\"[^\"<>]*\"|[^<>]+", held[name])]
        if found:
            place = chance.choice(found)
            head, tail = held[name][: place.start()], held[name][place.end() :]
            held[name] = head + chance.choice(ODD) + tail
    return archive(held)


def within(content: bytes) -> dict[str, bytes]:
    """The parts of an archive; none of what is no archive, or no longer one."""
    try:
        return parts(content)
    except (BadZipFile, EOFError, NotImplementedError, RuntimeError, ValueError, zlib.error):
        return {}


MUTATIONS: tuple[Callable[[bytes, Random], bytes], ...] = (
    flipped, cut, doubled, swapped, within_xml, within_xml,
)  # fmt: skip


def mutated(number: int) -> bytes:
    """A file that is broken in a way of its own, the same each time."""
    chance = random.Random(number)
    content = whole()[sorted(whole())[number % len(whole())]]
    for _time in range(chance.choice((1, 1, 2))):
        content = chance.choice(MUTATIONS)(content, chance) if content else content
    return content


def documents(opened: OpenedFile) -> list[FormDocument]:
    """The forms in a file, and in its pieces."""
    own = [] if opened.document is None else [opened.document]
    return own + [one for piece in opened.pieces for one in documents(piece)]


def read(reader: FileReader, number: int) -> set[str]:
    """What comes of a broken file: it is read, refused, or holds forms that are refused."""
    ends = set()
    try:
        found = reader.open(f"{number}", mutated(number))
    except Misuse as error:
        return {error.what.split(":", 1)[-1].strip()}
    for document in documents(found):
        try:
            assert read_form(found.name, document, process()).answers
            ends.add("read")
        except Misuse as error:
            ends.add(error.what)
    return ends


def tried(numbers: range) -> dict[str, int]:
    """How many of the files came to which end."""
    ends: dict[str, int] = {}
    with FileReader() as reader:
        for number in numbers:
            begun = perf_counter()
            for end in read(reader, number):
                ends[end] = ends.get(end, 0) + 1
            assert perf_counter() - begun < LONGEST_SECONDS, number
    return ends


@pytest.mark.long
def test_broken_files_are_read_or_refused() -> None:
    ends = tried(range(100))
    assert ends["read"] > 2
    assert len(ends) > 3


@pytest.mark.slow
def test_very_many_broken_files_are_read_or_refused() -> None:
    ends = tried(range(2_000))
    assert ends["read"] > 200
    assert "This file cannot be read." not in ends
