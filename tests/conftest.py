"""What every test starts from: the same language, no setting of the person at the keyboard."""

from __future__ import annotations

import gc
import os
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from _pytest.runner import runtestprotocol
from hypothesis import settings
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from ptce_workflow.app.contest import Contest
from ptce_workflow.base.words import speaking, use_language
from ptce_workflow.cli.main import collect_rarely
from ptce_workflow.exports.attachments import write_attachment
from tests.servers import ON_SERVER

if TYPE_CHECKING:
    from tests.one_pass import Couriers

pytest_plugins = ("tests.on_server",)

Contest.attachments = staticmethod(write_attachment)

ROOT = Path(__file__).resolve().parents[1]

# A slow machine is no fault of the code; where changes are judged, a run can be repeated.
settings.register_profile("full", deadline=None, derandomize="CI" in os.environ)
# `make test-slow` runs the properties again with the full one.
settings.register_profile("quick", settings.get_profile("full"), max_examples=10)
settings.load_profile("quick")

# The tests import and make what commands do: as in a command, little of it is ever garbage.
collect_rarely()

REMEMBER_NOTHING = "TEST_REMEMBER_NOTHING" in os.environ
"""Each test reads, checks and makes all that it needs, as the program does for people.

`make test-slow` runs a few folders so: what tests share can hide nothing there.
"""

TOGETHER = ("rehearsed", "served", "parsed")
"""The marks of files that one process runs, as what they need is made once in it.

Those that look at the whole rehearsal; those that need a server of PostgreSQL, or couriers, and go
to the same process, as one file needs all three (among the slow tests they would be more than half
of the work, and stand alone; so they do where every process needs a server); those that read the
whole program as it is parsed.
"""

DEAR = (
    *("tests/slow/test_mutations.py", "tests/test_readme.py", "tests/slow/"),
    *("tests/test_audit_tampered.py", "tests/app/test_replay.py", "tests/ledger/"),
    "tests/test_wheel.py",
)
"""How the paths begin of what takes long: begun first, so that no process ends alone with it."""


class ByFile(LoadScopeScheduling):
    """Gives a process one file after another: what is made for a file is made once.

    The distribution by group that xdist offers writes the group into what pytest 9.2 reads no
    more; and by single tests, each costs the process that hands them out a look at all.
    """

    def _split_scope(self, nodeid: str) -> str:
        path = nodeid.partition("::")[0]
        quick = self.config.option.markexpr.startswith("not slow")
        marks = marks_of(path)
        begun = "rehearsed" in marks or ("served" in marks and quick and not ON_SERVER)
        return "begun" if begun else "parsed" if "parsed" in marks else path


@cache
def marks_of(path: str) -> frozenset[str]:
    """Which marks of those above a file bears: read in it, as who hands tests out imports none."""
    text = (ROOT / path).read_text("utf-8")
    marked = re.search(r"^pytestmark = (.*)", text, re.MULTILINE)
    return frozenset(re.findall(r"mark\.(\w+)", marked[1])) & {*TOGETHER} if marked else frozenset()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Runs on either kind of database what is to hold on both; the slow tests run the server's."""
    both = metafunc.definition.get_closest_marker("both") is not None and not ON_SERVER
    if "on_server" in metafunc.fixturenames and both:
        kinds = [
            pytest.param(False, id="file"),
            pytest.param(True, id="server", marks=pytest.mark.long),
        ]
        metafunc.parametrize("on_server", kinds, indirect=True, scope="session")


def pytest_configure(config: pytest.Config) -> None:
    """Reads, checks and makes once what each test would read, check and make again."""
    _compile_catalogues()
    if REMEMBER_NOTHING:
        return
    if hasattr(config, "workerinput") or not config.getoption("numprocesses", None):
        # The process that only hands the tests out does without.
        from tests.copying import copy_lightly
        from tests.remembered import remember

        copy_lightly()
        remember()


def _compile_catalogues() -> None:
    """Compiles the catalogues where a `.mo` is missing, or older than its `.po`."""
    for source in (ROOT / "ptce_workflow" / "base" / "locale").rglob("*.po"):
        target = source.with_suffix(".mo")
        if not target.exists() or target.stat().st_mtime < source.stat().st_mtime:
            from tools.build_hook import compile_catalogues

            compile_catalogues(ROOT)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> ByFile:
    """Hands out files in the order that follows, not the one with the most tests first."""
    config.option.loadscopereorder = False
    return ByFile(config, log)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Puts first, where tests are run by several processes, what takes long."""
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: _turn(item.nodeid.partition("::")[0]))


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> bool | None:
    """Sends on, from a process that runs tests for another, only what tells how a test ended.

    What is sent otherwise, six times for each test, costs as much as the shortest tests.
    """
    if not hasattr(item.config, "workerinput") or item.config.option.durations is not None:
        return None
    for report in runtestprotocol(item, log=False, nextitem=nextitem):
        if report.when == "call" or not report.passed:
            item.ihook.pytest_runtest_logreport(report=report)
    return True


def pytest_collection_finish() -> None:
    """Has Python never look again through what was imported and collected: none of it goes."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(trylast=True)
def pytest_unconfigure() -> None:
    """Has Python not look through all that the tests have made time and again, as it ends."""
    gc.freeze()


def _turn(path: str) -> int:
    """What a file comes after: what is played or started for many, then what takes long."""
    if marks_of(path) & {"rehearsed", "served"}:
        return -1
    return next((n for n, start in enumerate(DEAR) if path.startswith(start)), len(DEAR))


@pytest.fixture(scope="session")
def on_server(request: pytest.FixtureRequest) -> bool:
    """Whether the contest is kept on a server; what is marked `both` is tried both ways."""
    return bool(getattr(request, "param", ON_SERVER))


@pytest.fixture(scope="session")
def couriers() -> Iterator[Couriers]:
    """Processes that make passes and do what is typed, and may die there; begun once."""
    # Imported here: the process that only hands the tests out begins sooner.
    from tests.one_pass import Couriers

    if ON_SERVER:
        from tests.on_server import notes

        notes()
    with Couriers(commands=True) as running:
        yield running


@pytest.fixture(autouse=True)
def own_settings(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Starts each test in French, without any `PTCE_` variable, nor what an auditor has read."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path_factory.getbasetemp() / "state"))
    for name in [name for name in os.environ if name.startswith("PTCE_")]:
        monkeypatch.delenv(name)
    use_language("fr")


@pytest.fixture
def in_english() -> Iterator[None]:
    """Messages are read in English, in which the code writes them."""
    with speaking("en"):
        yield
