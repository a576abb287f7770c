"""What every test starts from: the same language, no setting of the person at the keyboard."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from _pytest.runner import runtestprotocol
from hypothesis import settings
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from ptce_workflow.base.words import use_language
from ptce_workflow.cli.main import collect_rarely
from tests.servers import ON_SERVER

if TYPE_CHECKING:
    from tests.one_pass import Couriers

pytest_plugins = ("tests.on_server",)

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

REHEARSED = frozenset(
    f"tests/cli/test_{name}.py"
    for name in (
        *("as_of", "audit_questions", "auditor", "bad_input", "data", "export_formats"),
        *("database", "judged_again", "pages"),
        *("progress", "read_only", "readers", "rehearsal", "replay_page", "to_file"),
    )
)
"""The files whose tests look at the whole rehearsal: one process plays it, once for them all."""

SERVED = frozenset(
    f"tests/{folder}/test_{name}.py"
    for folder, names in {
        "app": ("act", "concurrency", "deliberation", "grants", "handover"),
        "cli": ("export", "lost", "restore", "several_in_one"),
        "ledger": ("sides",),
        "scheduler": ("delivery", "fail_points", "faults", "lost", "tick"),
        "store": ("lost", "server", "transactions", "unit", "versions"),
    }.items()
    for name in names
)
"""The files whose tests need a server of PostgreSQL, or couriers: one process starts either.

It is the one that plays the rehearsal, as one of those files needs all three; together they are
less than half of the work. Among the slow tests they would be more, and stand alone; so they do
where every process needs a server.
"""

PARSED = frozenset(
    f"tests/{name}.py" for name in ("base/test_words", "test_architecture", "test_floors")
)
"""The files whose tests read the whole program as it is parsed: one process parses it."""

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
        served = path in SERVED and quick and not ON_SERVER
        return "begun" if path in REHEARSED or served else "parsed" if path in PARSED else path


BOTH: dict[str, tuple[str, ...]] = {
    "app/test_act": (),
    "app/test_concurrency": ("test_two_people", "test_adopted"),
    "ledger/test_sides": ("test_side_rows_swapped", "test_erased"),
    "scheduler/test_delivery": (
        *("test_taken", "test_put_off_once", "test_lost_on_the_way", "test_asleep"),
        *("test_withdrawn_while_claimed", "test_rate_of_two", "test_several_connections"),
    ),
    "scheduler/test_tick": (),
}
"""The files whose tests of the small contest are run on a file and on a server.

Where names follow, the tests that begin with one of them are enough of it here: `make test-slow`
runs all of them on a server.
"""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Runs on either kind of database what is to hold on both."""
    if "on_server" in metafunc.fixturenames and _holds_on_both(metafunc.definition.nodeid):
        kinds = {"file": False, "server": True}
        metafunc.parametrize("on_server", kinds.values(), ids=kinds, indirect=True, scope="session")


def _holds_on_both(nodeid: str) -> bool:
    path, _colons, test = nodeid.partition("::")
    names = BOTH.get(path.removeprefix("tests/").removesuffix(".py"))
    return names is not None and not ON_SERVER and (not names or test.startswith(names))


def pytest_configure(config: pytest.Config) -> None:
    """Reads, checks and makes once what each test would read, check and make again."""
    if REMEMBER_NOTHING:
        return
    if hasattr(config, "workerinput") or not config.getoption("numprocesses", None):
        # The process that only hands the tests out does without.
        from tests.copying import copy_lightly
        from tests.remembered import remember

        copy_lightly()
        remember()


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
    if path in REHEARSED | SERVED:
        return -1
    return next((n for n, start in enumerate(DEAR) if path.startswith(start)), len(DEAR))


@pytest.fixture(scope="session")
def on_server(request: pytest.FixtureRequest) -> bool:
    """Whether the contest is kept on a server; the modules in BOTH are tried both ways."""
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
def own_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Starts each test in French, without any `PTCE_` variable."""
    for name in [name for name in os.environ if name.startswith("PTCE_")]:
        monkeypatch.delenv(name)
    use_language("fr")
