"""A courier that dies at every point it can die at: what is lost, doubled, or wrongly said."""

import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from ptce_workflow.app.audit.verify import verify
from ptce_workflow.app.outbox.desk import messages
from ptce_workflow.base.runtime import EXIT_CODE
from tests.cases import thinned
from tests.courier import DUE, LEASE, Watched, at_work, begun, due, message_id, server, survived
from tests.one_pass import Couriers, Pass
from tests.rehearsal import BEGINNING, english, types

pytestmark = pytest.mark.served

__all__ = ["begun", "due", "english", "server"]

ROOT = Path(__file__).resolve().parents[2]
DOUBTS = {
    "posting": 0,
    "posted": 0,
    "claiming": 0,
    "claimed": 0,
    "beginning": 0,
    "begun": 1,
    "before_data": 1,
    "after_dot": 1,
    "recording": 1,
    "recorded": 1,
    "settling": 1,
}
"""Of how many messages nobody knows whether they arrived, when a courier dies at a point."""

BY_TWENTY = ("posting", "posted")
"""Points that are passed once for twenty messages; the others once for ten, or for one."""

TAKEN = ("after_dot", "recording", "settling")
"""Where the server has taken the message that is in doubt."""


@pytest.fixture
def one(due: Path, tmp_path: Path, server: Watched) -> Pass:
    """A pass over a contest of the test's own, in which mails are to leave."""
    return Pass(shutil.copytree(due, tmp_path / "contest"), server.port, BEGINNING)


@pytest.mark.parametrize("passage", ["first", pytest.param("last", marks=pytest.mark.slow)])
@pytest.mark.parametrize("point", thinned(DOUBTS, 2))
def test_dies(couriers: Couriers, one: Pass, server: Watched, point: str, passage: str) -> None:
    """Wherever it dies: none is lost, none is called sent that is not, one at most in doubt."""
    count = 1 if passage == "first" else 2 if point in BY_TWENTY else 3
    assert couriers.makes(replace(one, dies_at=f"{point}:{count}")) == EXIT_CODE
    with at_work(one.folder, BEGINNING, server) as post:
        assert verify(post.contest).faults == ()
        assert survived(post) == DOUBTS[point]
        asked = len(messages(post.contest, ["uncertain"]))
    taken = [message_id(received.content) for received in server.received]
    if point in TAKEN:
        # In doubt is a mail that has left again, or one that a person is asked about.
        assert len(taken) - len(set(taken)) == DOUBTS[point] - asked
        assert len(set(taken)) == DUE
    else:
        assert len(set(taken)) == len(taken) == DUE - asked


def test_dies_while_giving_back(couriers: Couriers, one: Pass, server: Watched) -> None:
    """Dying while it gives back what it cannot send leaves only the wait for its lease."""
    server.then("greeting", "421 4.3.2 closed")
    assert couriers.makes(replace(one, dies_at="letting_go")) == EXIT_CODE
    with at_work(one.folder, BEGINNING, server) as post:
        assert survived(post) == 0


@pytest.mark.slow
def test_dies_again_and_again(couriers: Couriers, one: Pass, server: Watched) -> None:
    """Whoever takes over from one that died may die as well, at every point, and at taking over."""
    now = BEGINNING
    for point in [*DOUBTS, "recovering", "recovering", *reversed(DOUBTS)]:
        assert couriers.makes(replace(one, now=now, dies_at=point)) in (0, EXIT_CODE)
        now += LEASE
    with at_work(one.folder, now, server) as post:
        doubts = survived(post)
        assert 0 < doubts <= 2 * sum(DOUBTS.values())


@pytest.mark.long
def test_recovery_is_whole(couriers: Couriers, one: Pass, server: Watched) -> None:
    """Dying while it takes over leaves what there was: the next one takes over."""
    assert couriers.makes(replace(one, dies_at="after_dot")) == EXIT_CODE
    later = replace(one, now=BEGINNING + LEASE)
    for _ in range(2):
        assert couriers.makes(replace(later, dies_at="recovering")) == EXIT_CODE
    with at_work(one.folder, later.now, server) as post:
        assert "message_uncertain" not in types(post.contest)
        assert survived(post) == 1


@pytest.mark.long
def test_the_program_itself(one: Pass, server: Watched) -> None:
    """It dies where the tests say, and as often; nothing in its surroundings has it die."""
    words = ["--contest", str(one.folder), "tick"]
    (one.folder / "local.toml").write_text(
        f'[mail]\nhost = "127.0.0.1"\nport = {server.port}\nsecurity = "none"\nfor_real = true\n'
        'sender = "concours@cress.example"\nper_minute = 0\n'
    )
    environ = {**os.environ, "PTCE_NOW": "2024-02-20T10:00:00+01:00"}
    dies = [sys.executable, "-m", "tests.dying", "after_dot:2", *words]
    dying = subprocess.run(dies, env=environ, cwd=ROOT, check=False)
    assert dying.returncode == EXIT_CODE
    assert len(server.received) == 2
    environ["PTCE_FAIL_AT"] = "settling"
    lives = [sys.executable, "-m", "ptce_workflow", *words]
    subprocess.run(lives, env=environ, capture_output=True, check=True)
    assert len(server.received) == DUE - 10 + 2
