"""Files and values as careless or hostile hands leave them: taken, or refused in words.

Each importer is given some hundred inputs, changed by chance from sound ones. It may refuse them
as the program refuses (`PtceError`), and never break otherwise; what it takes, a ledger records
whole, which still verifies at the end.
"""

import json
import re
import shutil
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import partial
from pathlib import Path
from random import Random
from typing import Any
from zipfile import ZipFile

import pytest
from openpyxl.utils.exceptions import IllegalCharacterError

from ptce_workflow.app.audit.verify import verify
from ptce_workflow.app.candidatures.advance import add, advance
from ptce_workflow.app.candidatures.history import history
from ptce_workflow.app.candidatures.overview import show
from ptce_workflow.app.candidatures.record import record
from ptce_workflow.app.candidatures.why import why
from ptce_workflow.app.contest import Contest
from ptce_workflow.app.jury.deliberation import deliberate
from ptce_workflow.app.jury.grid import take_grid
from ptce_workflow.app.jury.marks import score
from ptce_workflow.app.locations import database_url, mail_settings
from ptce_workflow.app.outbox.desk import letter_view
from ptce_workflow.app.people import enrol
from ptce_workflow.base.errors import PtceError
from ptce_workflow.base.runtime import SetClock
from ptce_workflow.office.form import read_workbook
from ptce_workflow.office.forms.answer_file import read_agenda, read_dossier
from ptce_workflow.office.grid import read_grid, read_sign_in
from ptce_workflow.process.check import check
from tests import grids, signing, voting
from tests.process.juries import JURY
from tests.process.test_check_never_breaks import works
from tests.rehearsal import dossier, opened, submitted

called = voting.called
pytestmark = pytest.mark.slow

MANY, SOME = 400, 60
DOSSIER = """\
[dossier]
name = "Les Jardins"
email = "jardins@collectif.example"
theme = "food"
amount = 300.50
founded = 2019-03-01
urgent = false
members = [
    { name = "La Serre", voices = 2 },
]
"""
AGENDA = """\
sitting = "vote"
present = ["north", "south", "east"]
chair = "north"

[deviations.C-001]
transition = "wait"
ayes = ["north", "south"]
noes = ["east"]
reason = "Déjà aidé."

[orders.last_place]
refs = ["C-003", "C-002"]
ayes = ["north", "south"]
reason = "Le plus mûr."

[reasons]
C-004 = "Hors sujet."
"""
TEXTS = (
    "",
    " ",
    "\x00",
    "\x1b[2J",
    "\u202e",
    "\u2028",
    "\udcff",
    "e\u0301",
    "\ufeff",
    "½",
    "٣",
    "\uff19",
    "1e999",
    "-0",
    "nan",
    "Infinity",
    "1,5",
    "1 000",
    "4.4999999999999996",
    "true",
    "oui",
    "=1+1",
    "@SUM(A1)",
    "{{ 7 * 7 }}",
    "{date.meeting}",
    "../../etc/passwd",
    "C-001\n",
    "C-001",
    "M-001",
    "9999-12-31T23:59:59-14:00",
    "0001-01-01T00:00:00+14:00",
    "2024-02-30",
    "a@b",
    "x" * 20_000,
    "9" * 400,
)
VALUES: tuple[Any, ...] = (
    *TEXTS,
    None,
    True,
    False,
    0,
    -1,
    2**63,
    10**400,
    1.5,
    float("nan"),
    float("inf"),
    Decimal("NaN"),
    Decimal("1e-400"),
    date.min,
    datetime.max.replace(tzinfo=UTC),
    [],
    [[]],
    {},
    {"": None},
    [{"name": 1}],
    b"\xff",
)
"""What a value may turn out to be."""


def broken(random: Random, content: bytes) -> bytes:
    """A file in which a few places were cut, doubled, moved or written over."""
    for _time in range(random.randint(1, 3)):
        start = random.randrange(len(content) + 1)
        end = min(len(content), start + random.choice((1, 1, 2, 8, 40)))
        piece = random.choice(
            (
                b"",
                content[start:end] * 2,
                random.randbytes(2),
                random.choice(TEXTS).encode("utf-8", "surrogateescape"),
                bytes(random.choice(b"\"'[]{}=,;.#\n\\\0") for _ in range(2)),
            )
        )
        content = content[:start] + piece + content[end:]
    return content[: random.randrange(len(content) + 1)] if random.random() < 0.05 else content


def refused_in_words(what: Callable[[], object]) -> None:
    """Does something, which may be refused."""
    with suppress(PtceError):
        what()


def read_broken(random: Random, sound: bytes, file: Path, read: Callable[[Path], object]) -> None:
    """Has a file read that is sound, then as chance leaves it."""
    file.write_bytes(sound)
    read(file)
    for _time in range(MANY):
        file.write_bytes(broken(random, sound))
        refused_in_words(partial(read, file))


@pytest.fixture
def random(request: pytest.FixtureRequest) -> Random:
    """Chance, the same each time for a test."""
    return Random(request.node.name)


def test_local_settings(random: Random, tmp_path: Path) -> None:
    """`local.toml`, with every line of the example in force."""
    example = Path(__file__).resolve().parents[2] / "local.example.toml"
    # Of the ways to name the password, one may be in force.
    ways = rb"password_env|token_command|token_file|client_id|authority"
    settings = re.compile(rb"^# (?!%b|ca_file)(\[|\w+ = )" % ways, re.MULTILINE)
    sound = settings.sub(rb"\1", example.read_bytes())

    def read(file: Path) -> None:
        refused_in_words(lambda: database_url(file.parent))
        mail_settings(file.parent)

    read_broken(random, sound, tmp_path / "local.toml", read)


def test_values_recorded(random: Random, contest: Contest) -> None:
    """Values and marks, by any name."""
    refs = [submitted(contest), add(contest, dossier()).ref]
    names = [*dossier()["dossier"], "letter", "size", *TEXTS[:12]]
    for _time in range(MANY * 2):
        ref, value = random.choice([*refs, random.choice(TEXTS)]), random.choice(VALUES)
        name = random.choice(names)
        refused_in_words(partial(record, contest, ref, {"dossier": {name: value}}))
        mark = {random.choice(("idea", "method", "remark", name)): value}
        refused_in_words(partial(score, contest, ref, random.choice(("north", name)), mark))
    assert verify(contest).faults == ()


@pytest.mark.parametrize("form", ["toml", "json"])
def test_dossiers(random: Random, tmp_path: Path, contest: Contest, form: str) -> None:
    """A dossier in both forms, read and then opened."""
    sound = json.dumps(dossier(), ensure_ascii=False) if form == "json" else DOSSIER
    read_broken(
        random,
        sound.encode(),
        tmp_path / f"dossier.{form}",
        lambda file: add(contest, read_dossier(file)),
    )
    assert verify(contest).faults == ()


def test_agendas(random: Random, tmp_path: Path, called: Path) -> None:
    """The agenda of a sitting, read and then tried."""
    clock = SetClock(voting.SCORING)
    with opened(shutil.copytree(called, tmp_path / "contest"), clock) as contest:
        voting.frozen(contest, "4", "3", "3", "2")
        clock.instant = voting.MEETING
        read_broken(
            random,
            AGENDA.encode(),
            tmp_path / "agenda.toml",
            lambda file: deliberate(
                contest,
                read_agenda(file, lambda text, _key: datetime.fromisoformat(text)),
                dry_run=True,
            ),
        )


def test_references(random: Random, contest: Contest) -> None:
    """References, transitions and names as they are typed."""
    submitted(contest)
    for _time in range(MANY):
        text = "".join(random.choice((*TEXTS[:30], "C-", "0", "1")) for _ in range(2))
        for ask in (show, why, history, letter_view):
            refused_in_words(partial(ask, contest, text))
        refused_in_words(partial(advance, contest, [text], text))
        refused_in_words(partial(enrol, contest, text, ["jury"], login=text, email=text))
    assert verify(contest).faults == ()


def test_grids_in_csv(random: Random, tmp_path: Path, contest: Contest) -> None:
    """The grid of a jury as a table."""
    grids.several(contest)
    read_broken(
        random,
        grids.table(contest).read_bytes(),
        tmp_path / "broken.csv",
        lambda file: take_grid(contest, read_grid(file, contest.process)),
    )
    assert verify(contest).faults == ()


def unzipped(file: Path) -> Mapping[str, bytes]:
    with ZipFile(file) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def workbooks(random: Random, sound: Path, file: Path, read: Callable[[Path], object]) -> None:
    """Has workbooks read that have a part or their archive broken, or any value in a cell."""
    parts, whole = unzipped(sound), sound.read_bytes()
    for number in range(SOME * 2):
        if number % 4 == 0:
            file.write_bytes(broken(random, whole))
        else:
            changed = random.choice(sorted(parts))
            with ZipFile(file, "w") as archive:
                for name, content in parts.items():
                    archive.writestr(name, broken(random, content) if name == changed else content)
        refused_in_words(partial(read, file))


def cells(random: Random, sound: Path, file: Path, read: Callable[[Path], object]) -> None:
    """Has workbooks read in which people have typed anything anywhere."""
    for _time in range(SOME):
        file.write_bytes(sound.read_bytes())
        place = f"{random.choice('ABCDEFGHZ')}{random.choice((1, 4, 5, 6, 7, 8, 9, 40))}"
        try:
            signing.fill(file, {place: random.choice(VALUES)})
        except (ValueError, TypeError, ArithmeticError, IllegalCharacterError):
            continue  # No office program could have written that either.
        refused_in_words(partial(read, file))


@pytest.mark.parametrize("breaking", [workbooks, cells], ids=["parts", "cells"])
def test_grids_in_workbooks(
    random: Random, tmp_path: Path, contest: Contest, breaking: Callable[..., None]
) -> None:
    """The grid of a jury as a workbook."""
    grids.several(contest)

    def read(file: Path) -> None:
        take_grid(contest, read_grid(file, contest.process))

    breaking(random, grids.workbook(contest), tmp_path / "broken.xlsx", read)
    assert verify(contest).faults == ()


@pytest.mark.parametrize("breaking", [workbooks, cells], ids=["parts", "cells"])
def test_sign_in_sheets(random: Random, tmp_path: Path, breaking: Callable[..., None]) -> None:
    """The sheet of a workshop as a workbook."""

    def read(file: Path) -> None:
        read_sign_in(read_workbook(file), signing.PROCESS, signing.signing(), signing.GARDENS)

    sound = signing.sheet(tmp_path / "sheet.xlsx")
    breaking(random, sound, tmp_path / "broken.xlsx", read)


def test_contest_folders(random: Random) -> None:
    """A rulebook in which files are broken, exchanged or gone is told, or it works."""
    for _time in range(SOME):
        files = {path: text.encode() for path, text in JURY.items()}
        for path in random.sample(sorted(files), 2):
            if random.random() < 0.2:
                del files[path]
            else:
                files[path] = broken(
                    random, random.choice((files[path], b"", JURY["config.toml"].encode()))
                )
        if not check(files):
            works(files)
