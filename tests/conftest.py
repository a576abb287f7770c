"""What every test starts from: the same language, no setting of the person at the keyboard."""

from __future__ import annotations

import os
from collections.abc import Mapping

import pytest
from hypothesis import settings

from ptce_workflow.base.words import use_language
from ptce_workflow.cli.main import collect_rarely

# A slow machine is no fault of the code; where changes are judged, a run can be repeated.
settings.register_profile("full", deadline=None, derandomize="CI" in os.environ)
# `make test-slow` runs the properties again with the full one.
settings.register_profile("quick", settings.get_profile("full"), max_examples=25)
settings.load_profile("quick")

# The tests import and make what commands do: as in a command, little of it is ever garbage.
collect_rarely()

SHARED: Mapping[str, str] = {
    "couriers": "processes that wait to be courier",
    "due": "a contest with many mails",
    "elsewhere": "an environment with the wheel",
    "played": "the whole rehearsal",
    "ready": "a contest before its sitting",
    "wheel": "an environment with the wheel",
}
"""Fixtures made once and for long: the tests that ask for one are run by one process."""


def pytest_itemcollected(item: pytest.Item) -> None:
    """Keeps together, where tests are run by several processes, those that share a fixture."""
    for fixture in getattr(item, "fixturenames", ()):
        if fixture in SHARED:
            item.add_marker(pytest.mark.xdist_group(SHARED[fixture]))
            return


@pytest.fixture(autouse=True)
def own_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Starts each test in French, without any `PTCE_` variable."""
    for name in [name for name in os.environ if name.startswith("PTCE_")]:
        monkeypatch.delenv(name)
    use_language("fr")
