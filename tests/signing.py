"""The shared gardens on the day of their workshop: who is expected, and what is printed of them."""

import tomllib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from struct import pack
from typing import Any
from zlib import compress, crc32

from openpyxl import load_workbook

from ptce_workflow.office.grid import sign_in_sheet
from ptce_workflow.office.sheets import form_written
from ptce_workflow.process.candidature import Candidature
from ptce_workflow.process.forms import SignIn, sign_ins
from ptce_workflow.process.process import Process
from tests.process.contests import FRENCH, candidature, catalogue, contest

AT = datetime(2024, 4, 18, 8, tzinfo=UTC)
LEDGER = ("gardens-2024", "0" * 64)
CAME, EXCUSED = "venu", "excusé"

CONFIG = '''
[dates.workshop]
label = "Workshop"
at = 2024-04-20T09:30:00
lasts = "3 hours"
choice = "a Saturday"

[documents.card]
label = "Garden card"
in = ["draft"]
text = """
“{candidature.name}” ({candidature.ref}) comes on {date.workshop.day}.

Until {date.workshop.ends}. Plots: {dossier.plots}."""
prints = ["dossier.theme", "workshop"]
rules = "draft.submit"
signed = ["The desk"]
'''
WORKSHOP = """
label = "Workshop"
by = ["desk"]

[fields.people]
type = "table"
label = "Who came"
required = false
roster = "dossier.members.name"
columns.name = { type = "text", label = "name", required = true }

[fields.people.columns.morning]
type = "option"
label = "in the morning"
required = false
sign_in = "workshop"
options.came = "came"
options.excused = "excused"

[fields.ground]
type = "long_text"
label = "Ground of the absence"
required = false
sign_in = "workshop"
max_length = 100
"""
_TEXT = tomllib.loads(CONFIG)["documents"]["card"]["text"]
FRENCH_TOO = {
    "Workshop": "Atelier",
    "a Saturday": "un samedi",
    "Garden card": "Carte du jardin",
    "The desk": "Le bureau",
    "Who came": "Qui est venu",
    "name": "nom",
    "in the morning": "le matin",
    "came": "venu",
    "excused": "excusé",
    "Ground of the absence": "Motif de l’absence",
    _TEXT: """« {candidature.name} » ({candidature.ref}) vient le {date.workshop.day}.

Jusqu’à {date.workshop.ends}. Parcelles : {dossier.plots}.""",
}


def gardens(**changes: Any) -> dict[str, bytes]:
    """The small contest with a workshop, after some more changes."""
    return contest(
        {"config.toml": CONFIG, "sheets/workshop.toml": WORKSHOP},
        replace={
            "states/draft.toml": ('open = ["dossier"]', 'open = ["dossier", "workshop"]'),
            **changes.pop("replace", {}),
        },
        write={"translations/fr.po": catalogue(FRENCH | FRENCH_TOO)},
        **changes,
    )


PROCESS = Process.load(gardens())
ORGANISER = """
[organiser]
name = "Garden & Co"
address = "1 Garden Street"
place = "Mende"
signatory = "Ada Roux, director"
logo = "logo.png"
"""


def png(width: int = 2, height: int = 1) -> bytes:
    """A picture of that size, in one colour."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return pack(">I", len(data)) + kind + data + pack(">I", crc32(kind + data))

    head = pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = compress((b"\0" + b"\x80" * width) * height)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        (chunk(b"IHDR", head), chunk(b"IDAT", rows), chunk(b"IEND", b""))
    )


JPEG = b"".join(
    (
        b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01\x01\x01\0\x48\0\x48\0\0",
        b"\xff\xc0\0\x0b\x08\0\x01\0\x02\x01\x01\x11\0",
        b"\xff\xda\0\x08\x01\x01\0\0\x3f\0\0\xff\xd9",
    )
)
"""The head of a photograph of two pixels, and its end."""


def signing() -> SignIn:
    (found,) = sign_ins(PROCESS.definition)
    return found


def garden(
    ref: str, name: str, members: Sequence[str], rows: Sequence[Mapping[str, str]] = (), **more: Any
) -> Candidature:
    """A garden with its members; `rows` is what is recorded of those who came."""
    facts: dict[str, Any] = {"dossier.members": [{"kind": "neighbour"} for _member in members]}
    private: dict[str, Any] = {
        "dossier.name": name,
        "dossier.members": [{"name": member} for member in members],
    }
    if rows:
        facts["workshop.people"] = [
            {column: value for column, value in row.items() if column != "name"} for row in rows
        ]
        private["workshop.people"] = [{"name": row["name"]} for row in rows]
    facts |= more.pop("facts", {})
    private |= more.pop("private", {})
    return candidature(
        id=ref, ref=ref, facts=facts, private=private, given=frozenset(private), **more
    )


GARDENS = (
    garden("C-001", "Les Jardins", ["Ada", "=Bo()"]),
    garden("C-002", "Le Potager", ["Cléo"], [{"name": "Cléo", "morning": "came"}]),
)


def sheet(file: Path, cases: Sequence[Candidature] = GARDENS, language: str = "fr") -> Path:
    form = sign_in_sheet(PROCESS, signing(), cases, ledger=LEDGER, at=AT, language=language)
    file.write_bytes(form_written(form, file.suffix, AT))
    return file


def fill(file: Path, cells: Mapping[str, Any]) -> Path:
    """Writes in cells of a sheet, as a person would, protection or not."""
    book = load_workbook(file)
    page = book.worksheets[0]
    for merged in [str(cells) for cells in page.merged_cells.ranges]:
        page.unmerge_cells(merged)
    for address, value in cells.items():
        page[address].value = value
    book.save(file)
    return file
