"""Reading 1,000 filled forms of 300 kB back in, beside python-docx's own opening of the same.

Ours opens each in a child process with a limit on memory, takes it apart and reads every answer;
the yardstick is `docx.Document(file)`. A picture makes the weight, as in what people send. The
blank form is a whole command, from the shell's call to the end of the process.
"""

from __future__ import annotations

import os
import random
import struct
import subprocess
import sys
import zlib
from io import BytesIO
from pathlib import Path

import docx

from bench.measure import Found, Taken, in_turn
from bench.stage import DESK, Stage
from ptce_workflow.office.forms.blank import questionnaire
from ptce_workflow.office.forms.blocks import FileReader
from ptce_workflow.office.forms.reader import read_form
from ptce_workflow.process.process import Process
from rehearsal.cast import COMPETING
from rehearsal.filling import filled
from rehearsal.mailbox import answers

FORMS = 1_000
ROUNDS, BLANKS = 3, 5
_WEIGHT = 300_000
_SIDE = 300


def figures(folder: Path) -> Found:
    """The blank form written, and filled ones read."""
    stage = Stage(folder)
    process = stage.contest.process
    stage.contest.close()
    written = in_turn({"blank": lambda round_: _write(folder, round_)}, BLANKS)
    forms = _forms(process, (folder / "0.docx").read_bytes())
    if min(map(len, forms)) < _WEIGHT:
        raise RuntimeError("the forms are too light")
    taken = in_turn(
        {
            "ours": lambda _round: _read(process, forms),
            "beside": lambda _round: [docx.Document(BytesIO(form)) for form in _all(forms)],
        },
        ROUNDS,
    )
    return {
        "blank": Taken(written["blank"], None, BLANKS),
        "read": Taken(taken["ours"], taken["beside"], ROUNDS),
    }


def _write(folder: Path, number: int) -> None:
    file = str(folder / f"{number}.docx")
    command = (str(Path(sys.executable).parent / "ptce"), "form", "dossier", "-o", file)
    environment = {name: value for name, value in os.environ.items() if "PYTHON" not in name}
    subprocess.run(
        (*command, "--contest", str(folder), "--as", DESK),
        check=True,
        env=environment,
        capture_output=True,
    )


def _forms(process: Process, blank: bytes) -> list[bytes]:
    """A form of each collective of the rehearsal that competes, with a picture at its end."""
    form = questionnaire(process, "dossier", "fr")
    made = []
    for number in COMPETING:
        paper = docx.Document(BytesIO(filled(blank, form, answers(number))))
        paper.add_picture(BytesIO(_picture(number)))
        content = BytesIO()
        paper.save(content)
        made.append(content.getvalue())
    return made


def _all(forms: list[bytes]) -> list[bytes]:
    return [forms[number % len(forms)] for number in range(FORMS)]


def _read(process: Process, forms: list[bytes]) -> None:
    with FileReader() as reader:
        for form in _all(forms):
            document = reader.open("dossier.docx", form).document
            assert document is not None
            if not read_form("dossier.docx", document, process).sure:
                raise RuntimeError("nothing was read")


def _picture(seed: int) -> bytes:
    """A picture that no archive makes lighter, in PNG."""
    noise = random.Random(seed).randbytes
    rows = b"".join(b"\0" + noise(3 * _SIDE) for _row in range(_SIDE))
    header = struct.pack(">IIBBBBB", _SIDE, _SIDE, 8, 2, 0, 0, 0)
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(rows, 0)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in parts
    )
