"""`ptce move`: a contest goes on in another database, and in one only.

What it goes on from is a file, or a database of a server where the suite is run on one.
"""

import json
import shlex
import shutil
from collections.abc import Iterator
from contextlib import closing
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

import ptce_workflow.app.retention.backup as moving
from ptce_workflow.app.contest import Contest
from ptce_workflow.app.locations import database_url, name_moved, without_password
from ptce_workflow.base.errors import Busy, PtceError
from ptce_workflow.base.runtime import EXIT_CODE, never
from ptce_workflow.scheduler.passes import tick
from ptce_workflow.scheduler.runner import Log, Passes
from ptce_workflow.store.database import Database, database_named
from ptce_workflow.store.sqlite import SqliteFile
from tests.cli.lines import run
from tests.cli.posting import english, typed_until
from tests.cli.test_backup import enrol
from tests.one_pass import Couriers
from tests.servers import ON_SERVER, bare_database, by_hand, drop, held, kept

pytestmark = pytest.mark.rehearsed

ROOT = Path(__file__).resolve().parents[2]
Capture = pytest.CaptureFixture[str]


def moved(place: str | Path) -> list[str]:
    """Where the contests of a database go on, "" for one that does so there."""
    with by_hand(place) as database:
        return [one for (one,) in database.execute("SELECT moved_to FROM contest").fetchall()]


@pytest.fixture(params=["sqlite", "postgresql"])
def new(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A place for a database, of either kind."""
    if request.param == "sqlite":
        yield str(tmp_path / "new.db")
        return
    url = bare_database()
    yield url
    drop(url)


def named(place: str | Path) -> str:
    """A database as it is named where nothing of a password may be shown."""
    with closing(Database(database_named(place))) as database:
        return database.place


def refused(capsys: Capture, *line: str, of: str | Path = Path()) -> str:
    """What stands in the way of a move, which changes nothing: the contest goes on here."""
    before = held(of), moved(of)
    ended = english(capsys, "move", *line)
    assert (ended.code != 0, ended.out) == (True, ""), ended.out
    assert (held(of), moved(of)) == before
    return " ".join(ended.err.split())


@pytest.mark.long
@pytest.mark.parametrize(
    "new", [pytest.param("sqlite", marks=pytest.mark.slow), "postgresql"], indirect=True
)
def test_a_contest_goes_on_with_the_same_bytes(new: str, demo: Path, capsys: Capture) -> None:
    here, other = database_url(demo), demo.parent / "other"
    assert run(capsys, "init", str(other), "--model", "ami-permanent", "--rehearsal").code == 0
    moving_in = run(capsys, "move", new, "--contest", str(other))
    assert moving_in.code == 0, moving_in.err
    for name in ("ptce.key", "ptce.pub"):
        (demo.parent / name).unlink(missing_ok=True)
    beside, before = held(new), held(here)
    done = run(capsys, "move", new, "--json")
    assert done.code == 0, done.err
    told = json.loads(done.out)
    assert (told["place"], moved(here)) == (named(new), [named(new)])
    assert told["lines"] == len(before["ledger"])
    assert held(here) == before
    for table, rows in held(new).items():
        # Two contests may have the same documents, or rulebooks.
        assert set(rows) == {*before[table], *beside[table]}, table
    if "://" in new:
        with by_hand(new) as server:
            seen = "SELECT relname FROM pg_class WHERE relname = 'candidature' AND reltuples > 0"
            assert server.execute(seen).fetchall() == [("candidature",)]
    assert run(capsys, "verify").code == 0
    enrol(capsys, "Ada")
    assert run(capsys, "checkpoint").code == 0
    assert (len(held(here)["ledger"]), run(capsys, "verify").code) == (len(before["ledger"]), 0)
    assert "where the contest is already" in refused(capsys, new, of=new)
    typed = str(here) if ON_SERVER else "ptce.db"
    back = english(capsys, "move", typed)
    assert (back.code, back.err) == (0, ""), back.err
    assert f'url = "{typed}"' in Path("local.toml").read_text()
    assert (moved(here), sorted(moved(new))) == ([""], ["", named(here)])
    assert len(held(here)["ledger"]) > len(before["ledger"])
    enrol(capsys, "Eve")
    assert run(capsys, "verify").code == 0


@pytest.mark.long
def test_what_is_left_behind_is_only_read(new: str, contest: Path, capsys: Capture) -> None:
    assert run(capsys, "backup", "old.db").code == 0
    stream = StringIO()
    passes = Passes(
        lambda: (Contest.open(contest, actor="bureau"), None),
        Log(stream),
        stopping=never,
        tick=tick,
    )
    passes.make()
    with Contest.open(contest, actor="bureau") as still_open:
        with pytest.MonkeyPatch.context() as here:
            here.setenv("PTCE_DATABASE", str(database_url(contest)))
            done = english(capsys, "move", new)
        assert done.code == 0, done.err
        assert f'url = "{new}"' in done.out
        with pytest.raises(PtceError, match="ptce move"), still_open.acting():
            pass
    assert "The ledger does not tell of it" in english(capsys, "verify").out
    for line in ("people leave P-002", "tick", "restore old.db --yes", "doctor"):
        ended = english(capsys, *line.split())
        said = " ".join((ended.out + ended.err).split())
        assert (ended.code, "nothing is written here" in said) == (1, True), line
    listed = english(capsys, "list")
    assert (listed.code, "as it was then" in listed.err) == (0, True)
    passes.make()
    assert named(new) in stream.getvalue()
    # It is there already: what was left to do is done.
    assert run(capsys, "move", new).code == 0
    stream.truncate(0)
    passes.make()
    assert named(new) not in stream.getvalue()
    # A newer program has written meanwhile: that installed by now is to be started.
    with by_hand(new) as database:
        later = json.dumps({"versions": {"ptce_workflow": "9999.0"}})
        database.execute(f"UPDATE contest SET content = '{later}'")
    passes.make()
    passes.close()
    assert passes.are_worn_out
    assert "as it was then" not in english(capsys, "list").err


KINDS = ("sqlite", "postgresql")
POINTS = ("copying", "copied", "left", "moved")
DEATHS = [
    pytest.param(point, kind, marks=pytest.mark.slow if (turn + other) % 2 else ())
    for turn, point in enumerate(POINTS)
    for other, kind in enumerate(KINDS)
]
"""Each point on each kind of database; half of them, by turns, are tried every time."""


@pytest.mark.long
@pytest.mark.parametrize(("point", "new"), DEATHS, indirect=["new"])
def test_one_that_is_killed(
    point: str, new: str, contest: Path, couriers: Couriers, capsys: Capture
) -> None:
    before = held(contest)
    words = ("move", new)
    assert couriers.makes(typed_until(point, contest, *words)) == EXIT_CODE
    assert held(new)["ledger"] == (before["ledger"] if point != "copying" else [])
    here = database_url(contest)
    there = {"copying": [], "moved": [""]}.get(point, [named(here)])
    is_left = point in ("left", "moved")
    assert (moved(here), moved(new)) == ([named(new) if is_left else ""], there)
    if not is_left:
        enrol(capsys, "Ada")
    elif point == "left":
        assert run(capsys, "people", "leave", "P-002").code == 1
        with pytest.MonkeyPatch.context() as elsewhere:
            elsewhere.setenv("PTCE_DATABASE", new)
            assert run(capsys, "people", "leave", "P-002").code == 1
        # It may be taken back, or be done to the end.
        assert run(capsys, "move", str(here)).code == 0
        assert (moved(here), moved(new)) == ([""], [named(here)])
    assert run(capsys, *words).code == 0
    assert held(new) == held(here)
    assert run(capsys, "verify").code == 0
    assert moved(new) == [""]


def test_nobody_writes_meanwhile(
    contest: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A desk or a pass waits for its turn, and is then told; the copy is of one state."""
    copy, waited = moving.copy_contest, []

    def copying(source: Database, name: str, target: Database, **how: Any) -> object:
        with closing(Database(database_url(contest), busy_timeout_ms=1)) as other:
            with pytest.raises(Busy), other.writing(name):
                pass
            waited.append(True)
        return copy(source, name, target, **how)

    monkeypatch.setattr(moving, "copy_contest", copying)
    assert run(capsys, "move", "new.db").code == 0
    assert waited


def test_a_place_that_will_not_do(contest: Path, tmp_path: Path, capsys: Capture) -> None:
    if ON_SERVER:
        url = str(database_url(contest))
        same = [url, f"{url}&application_name=desk", url.replace("postgresql:", "postgres:")]
    else:
        Path("hard.db").hardlink_to("ptce.db")
        same = ["ptce.db", "hard.db", f"sqlite:///{contest}/ptce.db"]
    for one in same:
        assert "where the contest is already" in refused(capsys, one)
    assert "belongs to the contest" in refused(capsys, "local.toml")
    assert "is not a database" in refused(capsys, "config.toml")
    assert "cannot be opened" in refused(capsys, "nowhere/new.db")
    with by_hand("strange.db") as strange:
        strange.execute("CREATE TABLE mine (x)")
    assert "holds tables" in refused(capsys, "strange.db")
    Database.create(Path("other.db")).close()
    with by_hand("other.db") as other:
        other.execute("UPDATE schema_version SET version = 'other'")
    said = refused(capsys, "other.db")
    assert "Another version of this program made the database" in said
    assert not Path("nowhere").exists()


def test_another_ledger_of_the_contest(contest: Path, tmp_path: Path, capsys: Capture) -> None:
    again = tmp_path / "again"
    shutil.copytree(contest, again, ignore=shutil.ignore_patterns("ptce*", "checkpoints"))
    assert run(capsys, "init", str(again), "--rehearsal").code == 0
    (again / "ptce.key").unlink()
    (again / "ptce.pub").unlink()
    earlier = kept(contest)
    enrol(capsys, "Ada")
    assert run(capsys, "backup", "later.db").code == 0
    earlier()
    for place in (database_url(again), Path("later.db")):
        before = held(place)
        assert "holds the contest" in refused(capsys, str(place))
        assert held(place) == before


def test_a_key_of_another_contest_stands_there(
    contest: Path, tmp_path: Path, capsys: Capture
) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "ptce.key").write_text("another")
    said = refused(capsys, str(tmp_path / "other" / "new.db"))
    assert "is not that of this contest" in said
    assert (tmp_path / "other" / "ptce.key").read_text() == "another"


def test_a_disk_that_is_full(
    contest: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    ready = Database.ready

    def narrow(url: str | Path) -> Database:
        database = ready(url)
        assert isinstance(database.base, SqliteFile)
        database.base.pragmas = (*database.base.pragmas, "max_page_count=60")
        return database

    monkeypatch.setattr(Database, "ready", narrow)
    assert "no room left" in refused(capsys, "new.db")
    assert held(Path("new.db"))["ledger"] == []


def test_a_ledger_with_faults(contest: Path, capsys: Capture) -> None:
    """It is moved as it is where somebody says so; what cannot stand in a table is not."""
    here = database_url(contest)
    with by_hand(contest) as database:
        database.execute("UPDATE candidature SET state = 'winner'")
    assert "fault" in refused(capsys, "new.db")
    assert moved("new.db") == [named(here)]
    assert english(capsys, "move", "new.db", "--force").code == 1
    assert moved(here) == [str(contest / "new.db")]
    assert run(capsys, "move", str(here), "--force").code == 1
    assert (moved(here), moved("new.db")) == ([""], [named(here)])
    if not ON_SERVER:
        with by_hand(contest) as database:
            database.execute("UPDATE candidature SET version = 'many'")
        said = refused(capsys, "new.db", "--force")
        assert "candidature of the database is damaged" in said


@pytest.mark.long
def test_brought_back_by_the_name_of_the_former_one(
    new: str, contest: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = database_url(contest)
    assert run(capsys, "move", new).code == 0
    enrol(capsys, "Ada")
    monkeypatch.setenv("PTCE_DATABASE", str(here))
    third = english(capsys, "move", "third.db")
    assert (third.code, "goes on in" in third.err) == (1, True), third.err
    done = english(capsys, "move", str(here))
    assert (done.code, "[database]" in done.out) == (0, True), done.err
    assert (moved(here), moved(new)) == ([""], [named(here)])
    assert held(here)["ledger"] == held(new)["ledger"]
    again = english(capsys, "move", str(here))
    assert (again.code, "where the contest is already" in again.err) == (2, True), again.err
    enrol(capsys, "Eve")
    # Typed the wrong way round, after a copy that was given up: nothing of the later acts goes.
    monkeypatch.setenv("PTCE_DATABASE", new)
    before = held(here)
    assert run(capsys, "move", str(here)).code == 0
    assert (held(here), moved(here), moved(new)) == (before, [""], [named(here)])
    monkeypatch.delenv("PTCE_DATABASE")
    assert run(capsys, "move", str(here)).code == 0
    assert run(capsys, "verify").code == 0


def test_a_password_is_not_shown(contest: Path, capsys: Capture) -> None:
    url = bare_database()
    mark = "&" if "?" in url else "?"
    done = english(capsys, "move", f"{url}{mark}password=S3cr3t")
    drop(url)
    assert "S3cr3t" not in Path("local.toml").read_text("utf-8")
    told = done.out + done.err
    assert (done.code, "~/.pgpass" in told, "S3cr3t" in told) == (0, True, False), told


def test_what_was_moved_on_is_not_taken_back(
    contest: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = database_url(contest)
    assert run(capsys, "move", "new.db").code == 0
    assert run(capsys, "move", "third.db").code == 0
    monkeypatch.setenv("PTCE_DATABASE", str(here))
    for place in ("new.db", str(here)):
        ended = english(capsys, "move", place)
        assert (ended.code, "third.db" in ended.err) == (1, True), ended.err
    found = [moved(one) for one in (here, "new.db", "third.db")]
    assert found == [[str(contest / "new.db")], [str(contest / "third.db")], [""]]


def test_one_that_is_lost(contest: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the other one cannot be looked at, only whoever says so goes on in the former one."""
    here = database_url(contest)
    assert run(capsys, "move", "new.db").code == 0
    monkeypatch.setenv("PTCE_DATABASE", str(here))
    Path("new.db").unlink()
    ended = english(capsys, "move", str(here))
    assert (ended.code, "cannot be looked at there" in ended.err) == (1, True), ended.err
    assert moved(here) == [str(contest / "new.db")]
    Database.create(Path("new.db")).close()
    ended = english(capsys, "move", str(here))
    assert (ended.code, "The contest is not there" in ended.err) == (1, True), ended.err
    assert run(capsys, "move", str(here), "--force").code == 0
    assert moved(here) == [""]


def test_only_the_desk_moves_a_contest(contest: Path, capsys: Capture) -> None:
    """Nobody else, not even whoever may read all of it; nor out of an export."""
    assert run(capsys, "people", "enrol", "ada", "--login", "ada", "--role", "auditor").code == 0
    assert "Only the desk" in refused(capsys, "new.db", "--as", "ada")
    assert not Path("new.db").exists()
    assert run(capsys, "export", "copy").code == 0
    ended = english(capsys, "move", "new.db", "--contest", "copy")
    assert (ended.code, "is an export" in ended.err) == (2, True)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", '[database]\nurl = "x"\n'),
        ("# mine\n[mail]\nport = 1\n", '# mine\n[mail]\nport = 1\n\n[database]\nurl = "x"\n'),
        ("[database]\n", '[database]\nurl = "x"\n'),
        ("[database]", '[database]\nurl = "x"\n'),
        (
            '[database]  # where\n# old\nurl = "ptce.db" # old\n\n[mail]\nurl = "m"\n',
            '[database]  # where\n# old\nurl = "x" # old\n\n[mail]\nurl = "m"\n',
        ),
        ('database = { url = "ptce.db" }\n', 'database = { url = "x" }\n'),
        ('database.url = "ptce.db"\n', 'database.url = "x"\n'),
    ],
)
def test_local_toml_keeps_the_rest(before: str, after: str, tmp_path: Path) -> None:
    (tmp_path / "local.toml").write_text(before, encoding="utf-8")
    assert name_moved(tmp_path, "x").is_written
    assert (tmp_path / "local.toml").read_text("utf-8") == after


def test_a_variable_says_where_the_database_is(
    contest: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """local.toml is not asked then, so that writing it would change nothing: it stays."""
    local = Path("local.toml")
    before = local.read_text("utf-8") if local.exists() else ""
    monkeypatch.setenv("PTCE_DATABASE", str(database_url(contest)))
    done = english(capsys, "move", "new.db")
    assert (done.code, 'url = "new.db"' in done.out) == (0, True), done.err
    assert (local.read_text("utf-8") if local.exists() else "") == before


@pytest.mark.long
@pytest.mark.sqlite("names a database of its own by PTCE_DATABASE")
def test_a_contest_begun_on_a_server_is_found_there(
    tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = bare_database()
    secret = url.replace("postgres:@", "postgres:S3cr3t@")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PTCE_DATABASE", secret)
    begun = english(capsys, "init", "one", "--rehearsal")
    said = begun.out + begun.err
    assert (begun.code, "S3cr3t" in said, "~/.pgpass" in said) == (0, False, True)
    local, named = tmp_path / "one" / "local.toml", url.replace("postgres:@", "postgres@")
    assert local.read_text("utf-8") == f'[database]\nurl = "{named}"\n'
    assert local.stat().st_mode & 0o777 == (tmp_path / "one" / "config.toml").stat().st_mode & 0o777
    # What is advised for dates that are past can be typed as it stands.
    advised = " ".join(said.split()).partition("elsewhere: ")[2]
    assert advised.startswith(f"PTCE_DATABASE={shlex.quote(named)} ptce init one-2 ")
    line = shlex.split(advised.partition(" --rehearsal")[0])[2:]
    monkeypatch.setenv("PTCE_DATABASE", named)
    shutil.copytree("one", "three", ignore=shutil.ignore_patterns("ptce.*", "local.toml"))
    for folder in ("three", "four"):
        refused = english(capsys, "init", folder)
        assert "holds the contest occitanie-2024 already" in " ".join(refused.err.split())
    # Nothing is put where no contest begins.
    assert not (tmp_path / "four").exists()
    assert not (tmp_path / "three" / "ptce.key").exists()
    again = english(capsys, *line, "--rehearsal")
    assert (again.code, ".pgpass" in again.err) == (0, False), again.err
    shutil.copytree(ROOT / "contests" / "minimal", "two")
    Path("two", "local.toml").write_text('[database]\nurl = "own.db"\n')
    other = english(capsys, "init", "two", "--rehearsal")
    assert (other.code, f'[database]\nurl = "{named}"' in other.out) == (0, True), other.out
    assert "own.db" in Path("two", "local.toml").read_text("utf-8")
    # A shell that knows of neither.
    monkeypatch.delenv("PTCE_DATABASE")
    for folder in ("one", "one-2"):
        assert run(capsys, "verify", "--contest", folder).code == 0
        assert not (tmp_path / folder / "ptce.db").exists()
    shutil.rmtree("one")
    drop(url)


@pytest.mark.parametrize(
    ("url", "shared"),
    [
        ("postgresql://anne:s@db.example/c?sslmode=require", "anne@db.example/c?sslmode=require"),
        ("postgresql://:s@db.example:5/c", "@db.example:5/c"),
        ("postgresql://db.example/c?password=s", "db.example/c"),
        ("postgresql:///c?pass%77ord=s&host=/run/pg", "/c?host=/run/pg"),
        ("postgresql://a.example:1,b.example:2/c", "a.example:1,b.example:2/c"),
        ("postgresql://[::1]:5/c", "[::1]:5/c"),
    ],
)
def test_an_address_is_shared_without_its_password(url: str, shared: str) -> None:
    assert without_password(url) == f"postgresql://{shared}"
