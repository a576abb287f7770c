"""What every test starts from: the same language, no setting of the person at the keyboard."""

from __future__ import annotations

import os

import pytest
from hypothesis import settings

from ptce_workflow.base.words import use_language

# A slow machine is no fault of the code; where changes are judged, a run can be repeated.
settings.register_profile("ptce", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("ptce")


@pytest.fixture(autouse=True)
def own_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Starts each test in French, without any `PTCE_` variable."""
    for name in [name for name in os.environ if name.startswith("PTCE_")]:
        monkeypatch.delenv(name)
    use_language("fr")
