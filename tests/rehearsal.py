"""A small contest on a clock that stands still: what the tests of the upper floors act on.

`small/` is a contest folder with one of everything that the engine knows. It is begun once; each
test gets a copy of its own, so that most tests cost no more than what they try.
"""

import shutil
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec import json
from msgspec.structs import replace

from ptce_workflow.app.adopt import adopt
from ptce_workflow.app.audit.verify import verify
from ptce_workflow.app.candidatures.advance import add, advance
from ptce_workflow.app.candidatures.history import ledger_origin
from ptce_workflow.app.candidatures.overview import overview
from ptce_workflow.app.candidatures.record import record
from ptce_workflow.app.contest import Contest, accept_clock
from ptce_workflow.app.create import create
from ptce_workflow.app.jury.marks import score
from ptce_workflow.app.locations import CHECKPOINTS
from ptce_workflow.app.people import enrol, leave
from ptce_workflow.app.projections import contest_column, rows_of
from ptce_workflow.app.retention.held import signed_by_contest
from ptce_workflow.app.transaction import Transaction
from ptce_workflow.base.runtime import SetClock
from ptce_workflow.base.words import use_language
from ptce_workflow.ledger.events.base import apply, read
from ptce_workflow.ledger.events.erasure import Again, ListedErasure, PersonalDataErased
from ptce_workflow.ledger.line import FIRST_PREV, Line, decode, digest
from ptce_workflow.ledger.state import ContestState
from ptce_workflow.process.candidature import Candidature
from ptce_workflow.scheduler.passes import tick
from tests.servers import ON_SERVER, copied, keep_on_server, unguarded

SMALL = Path(__file__).with_name("small")
BEGINNING = datetime(2024, 2, 20, 9, tzinfo=UTC)
SUBMISSION = datetime(2024, 3, 11, 11, tzinfo=UTC)
LAPSE = datetime(2024, 3, 14, 17, tzinfo=UTC)
AFTERWARDS = LAPSE + timedelta(days=9)
DOSSIER: Mapping[str, Any] = {
    "name": "Les Jardins",
    "email": "jardins@collectif.example",
    "theme": "food",
    "amount": "300",
    "urgent": False,
    "members": [{"name": "La Serre", "voices": 2}, {"name": "Le Four", "voices": 1}],
}


def begin(
    folder: Path, clock: SetClock, *, rehearsal: bool = True, on_server: bool = ON_SERVER
) -> None:
    """Begins the small contest in a folder, as a rehearsal unless told; `anne` is its desk.

    Its database is a file, or one of a server.
    """
    shutil.copytree(SMALL, folder)
    if on_server and not ON_SERVER:
        keep_on_server(folder)
    create(folder, login="anne", rehearsal=rehearsal, clock=clock)


@contextmanager
def in_earnest(
    folder: Path, clock: SetClock, actor: str = "anne", login: str | None = None
) -> Iterator[Contest]:
    """A contest that is no rehearsal, opened on a machine whose clock a test sets."""
    with Contest.open(folder, actor=actor, login=login) as contest:
        contest.clock = clock
        yield contest


@contextmanager
def opened(folder: Path, clock: SetClock, actor: str = "anne") -> Iterator[Contest]:
    """A contest, opened as somebody."""
    with Contest.open(folder, actor=actor, clock=clock) as contest:
        yield contest


@pytest.fixture(scope="session")
def begun(on_server: bool, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a contest that has just begun, to be copied and never written."""
    folder = tmp_path_factory.mktemp("begun") / "contest"
    begin(folder, SetClock(BEGINNING), on_server=on_server)
    return folder


@pytest.fixture(scope="session")
def written(begun: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder of a contest in which much has happened, to be copied and never written."""
    with copied(begun, tmp_path_factory.mktemp("written") / "contest") as folder:
        clock = SetClock(BEGINNING)
        with opened(folder, clock) as contest:
            story(contest, clock)
        yield folder


@pytest.fixture
def clock() -> SetClock:
    """The clock of the contest, which a test sets as it goes."""
    return SetClock(BEGINNING)


@pytest.fixture
def folder(begun: Path, tmp_path: Path) -> Iterator[Path]:
    """A contest folder of the test's own, just begun."""
    with copied(begun, tmp_path / "contest") as folder:
        yield folder


@pytest.fixture
def contest(folder: Path, clock: SetClock) -> Iterator[Contest]:
    """The contest, opened by its desk."""
    with opened(folder, clock) as contest:
        yield contest


@pytest.fixture
def full(written: Path, tmp_path: Path) -> Iterator[Contest]:
    """A contest in which much has happened, opened by its desk."""
    with (
        copied(written, tmp_path / "full") as folder,
        opened(folder, SetClock(AFTERWARDS)) as contest,
    ):
        yield contest


@pytest.fixture(autouse=True)
def english() -> None:
    """Messages in the language of the code, whatever the catalogue holds today."""
    use_language("en")


def dossier(**answers: Any) -> dict[str, dict[str, Any]]:
    """A dossier as it is handed over, some of its answers changed; None leaves one out."""
    given = {**DOSSIER, **answers}
    return {"dossier": {name: answer for name, answer in given.items() if answer is not None}}


def added(contest: Contest, **answers: Any) -> str:
    """Opens a candidature; its reference."""
    return add(contest, dossier(**answers)).ref


def submitted(contest: Contest, **answers: Any) -> str:
    """Opens a candidature and submits it; its reference."""
    ref = added(contest, **answers)
    move(contest, "submit", ref)
    return ref


def scored(contest: Contest, mark: str = "4", **answers: Any) -> str:
    """Brings a candidature to where it may be selected; its reference."""
    ref = submitted(contest, **answers)
    for institution in ("north", "south"):
        score(contest, ref, institution, {"idea": mark, "method": mark})
    move(contest, "close_scoring", ref)
    return ref


def move(contest: Contest, transition: str, *refs: str, **options: Any) -> None:
    """Moves candidatures; every rule is expected to hold."""
    for step in advance(contest, refs, transition, **options):
        assert step.made, step.outcome.verdicts


def story(contest: Contest, clock: SetClock) -> None:
    """A little of everything: some thirty lines, of every kind that this engine writes."""
    enrol(contest, "Nour", ["jury"], institution="north", login="nour", email="nour@nord.example")
    enrol(contest, "Sam", ["auditor"], login="sam")
    first = scored(contest)
    clock.instant -= timedelta(seconds=1)
    accept_clock(contest, "Elle avançait d’une seconde.")
    clock.instant += timedelta(hours=1)
    move(contest, "select", first)
    second = submitted(contest, name="Le Moulin", theme="care", founded="2019-05-04")
    move(contest, "give_back", second, reason="Une pièce manque.")
    record(contest, second, {"dossier": {"amount": "450.50", "founded": None}})
    third = added(contest, name="La Halle", amount=None)
    assert not advance(contest, [third], "submit")[0].made
    edit(contest, "config.toml", "value = 2,", "value = 3,")
    adopt(contest, "Une place de plus.")
    score(contest, submitted(contest, name="Le Quai"), "north", {"idea": "3.5", "remark": "Clair."})
    urgent = added(contest, name="Le Phare", urgent=True)
    clock.instant = AFTERWARDS
    assert [step.made for step in tick(contest).steps] == [True, True, False, True]
    move(contest, "withdraw", urgent)
    leave(contest, "sam")


def states(contest: Contest) -> dict[str, str]:
    """Where every candidature stands, by what is kept."""
    return {brief.ref: brief.state for brief in overview(contest).briefs}


def edit(contest: Contest, file: str, old: str, new: str) -> None:
    """Changes one place of a file of the contest folder."""
    change(contest.folder, file, old, new)


def change(folder: Path, file: str, old: str, new: str) -> None:
    """Changes one place of a file of a contest folder, begun or not."""
    path = folder / file
    text = path.read_text("utf-8")
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {file}"
    path.write_text(text.replace(old, new), "utf-8")


def remark(contest: Contest, text: str = "# Une remarque.") -> None:
    """Changes the folder, and nothing that it says."""
    path = contest.folder / "config.toml"
    path.write_bytes(path.read_bytes() + text.encode() + b"\n")


def lines(contest: Contest) -> list[bytes]:
    with contest.database.reading() as repo:
        return [row.line for row in repo.lines(contest.id)]


def types(contest: Contest) -> list[str]:
    return [decode(line).type for line in lines(contest)]


def last(contest: Contest) -> Line:
    """The last line."""
    return decode(lines(contest)[-1])


_candidature = json.Decoder(Candidature)


def erased_again(
    contest: Contest, tx: Transaction, subject: str, numbers: Collection[int]
) -> PersonalDataErased:
    """An erasure of rows that a restore of the ledger as it stands has brought back."""
    rows = {
        n: (line.pd or {})[subject]
        for n, line in rows_of(tx.unit, tx.contest, subject).items()
        if line is not None and n in numbers
    }
    origin, head = ledger_origin(tx.unit, tx.contest), tx.row.head_n
    listed = ListedErasure(origin, head + 1, subject, {str(n): hash_ for n, hash_ in rows.items()})
    [listed] = signed_by_contest(contest, tx.unit, [listed])
    return PersonalDataErased(tuple(numbers), subject, again=Again(listed, head))


def rewrite(database: Any, change: Callable[[Candidature], Candidature]) -> None:
    """Rewrites what the rows of candidatures hold, as a careful hand would."""
    for id_, text in database.execute("SELECT id, content FROM candidature").fetchall():
        content = json.encode(change(_candidature.decode(text))).decode()
        database.execute("UPDATE candidature SET content = ? WHERE id = ?", (content, id_))


def rewrite_contest(database: Any) -> None:
    """Writes in the row of the contest what its lines amount to, as a careful hand would."""
    state = ContestState()
    for (content,) in database.execute("SELECT line FROM ledger ORDER BY n").fetchall():
        # A line that makes no sense after the one before amounts to nothing.
        with suppress(LookupError, TypeError, ValueError, AttributeError):
            apply(state, read(content), {})
    database.execute("UPDATE contest SET content = ?", (contest_column(state),))


@contextmanager
def attack(contest: Contest) -> Iterator[Any]:
    """The database in the hands of someone who owns the file, or the server.

    No trigger stands in the way; afterwards each is there again, as if nothing had happened. The
    checkpoints beside it are gone.
    """
    shutil.rmtree(contest.folder / CHECKPOINTS, ignore_errors=True)
    with unguarded(contest.folder) as database:
        yield database


def forge(database: Any, forged: list[Line], *, head: bool = True) -> None:
    """Writes a whole ledger anew, every number and hash in its place; and the head, if told."""
    (contest,) = database.execute("SELECT contest FROM contest").fetchone()
    database.execute("DELETE FROM ledger")
    prev = FIRST_PREV
    for n, line in enumerate(forged, 1):
        content = replace(line, n=n, prev=prev).encode()
        row = (contest, n, prev, content)
        database.execute("INSERT INTO ledger (contest, n, prev, line) VALUES (?, ?, ?, ?)", row)
        prev = digest(content)
    if head:
        database.execute("UPDATE contest SET head_n = ?, head_hash = ?", (len(forged), prev))


def told(contest: Contest) -> list[tuple[int, str]]:
    """What verifying finds: line and what, in order."""
    return [(fault.line, fault.what) for fault in verify(contest).faults]
