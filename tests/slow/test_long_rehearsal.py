"""The rehearsal of `tests/app/test_replay.py`, played longer and far more often."""

import pytest
from hypothesis import settings

from tests.app.test_replay import Rehearsal

pytestmark = pytest.mark.slow


class LongRehearsal(Rehearsal):
    """The same people at work, for longer."""


LongRehearsal.TestCase.settings = settings(max_examples=120, stateful_step_count=40, deadline=None)
TestLongRehearsal = LongRehearsal.TestCase
