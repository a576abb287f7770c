"""A database of a server that breaks off under a command: it is done once, or refused in words."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

import ptce_workflow.app.transaction as transaction
from ptce_workflow.app.contest import Contest
from tests.cli.posting import DOSSIERS, NOW, do, english
from tests.rehearsal import types
from tests.servers import drop, end_all, fresh_database, restart, standby
from tests.servers import run as by_hand

pytestmark = pytest.mark.served

DOSSIER = str(DOSSIERS / "01-la-fabrique-du-larzac.toml")


@pytest.fixture
def url(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[str]:
    """The address of a database of a server in which a contest has begun, in the present folder."""
    url = fresh_database()
    monkeypatch.setenv("PTCE_DATABASE", url)
    monkeypatch.setenv("PTCE_ACTOR", "bureau")
    monkeypatch.setenv("PTCE_NOW", NOW)
    do("init", str(tmp_path / "contest"), "--rehearsal")
    monkeypatch.chdir(tmp_path / "contest")
    yield url
    drop(url)


def break_at(monkeypatch: pytest.MonkeyPatch, times: int, breaks: Callable[[], None]) -> None:
    """Has the connection break just before an act is committed, the first times."""
    left = iter(range(times))

    def reach(_point: str) -> None:
        if next(left, None) is not None:
            breaks()

    monkeypatch.setattr(transaction, "failpoint", reach)


@pytest.mark.parametrize(
    "mode",
    ["ended", *(pytest.param(mode, marks=pytest.mark.slow) for mode in ("fast", "immediate"))],
)
def test_an_act_is_done_once(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], url: str, mode: str
) -> None:
    break_at(monkeypatch, 2, partial(end_all, url) if mode == "ended" else partial(restart, mode))
    told = english(capsys, "add", DOSSIER)
    assert (told.code, told.err) == (0, "What is next: ptce why C-001\n")
    with Contest.open(Path()) as contest:
        assert types(contest).count("candidature_opened") == 1


@pytest.mark.parametrize("number", ["40001", "40P01"])
def test_an_act_that_has_to_give_way(
    capsys: pytest.CaptureFixture[str], url: str, number: str
) -> None:
    by_hand(
        url,
        "CREATE SEQUENCE times",
        "CREATE FUNCTION gives_way() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        # It counts on, whatever is rolled back.
        f"IF nextval('times') < 3 THEN RAISE EXCEPTION 'given way' USING ERRCODE = '{number}'; "
        "END IF; RETURN NULL; END $$",
        "CREATE TRIGGER gives_way AFTER INSERT ON ledger EXECUTE FUNCTION gives_way()",
    )
    told = english(capsys, "add", DOSSIER)
    assert (told.code, told.err) == (0, "What is next: ptce why C-001\n")
    with Contest.open(Path()) as contest:
        assert types(contest).count("candidature_opened") == 1


def test_it_breaks_again_and_again(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], url: str
) -> None:
    break_at(monkeypatch, 3, partial(end_all, url))
    told = english(capsys, "add", DOSSIER)
    assert told.code == 1
    assert "nothing was written" in told.err
    assert english(capsys, "list", "--json").out.count('"ref"') == 0


def test_doctor(capsys: pytest.CaptureFixture[str], url: str) -> None:
    """It tells which server, how many contests are in it, in which role, how soon it answers."""
    told = english(capsys, "doctor").out
    assert "PostgreSQL 18" in told
    assert "1 contest in it, as the role postgres" in told


@pytest.mark.slow
def test_a_standby(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], url: str
) -> None:
    """What a standby has is read; what would be written is refused, and `doctor` says why."""
    with standby(url) as there:
        monkeypatch.setenv("PTCE_DATABASE", there)
        assert english(capsys, "list").code == 0
        told = english(capsys, "add", DOSSIER)
        assert told.code == 1
        assert "standby" in told.err
        assert "It is a standby" in english(capsys, "doctor").out
