"""`kill -9` of a courier at any instant: no mail twice, none lost, none wrongly called sent."""

from __future__ import annotations

import secrets
import shutil
from datetime import timedelta
from pathlib import Path
from random import Random
from signal import SIGKILL

import pytest

from ptce_workflow.app.post.desk import messages
from ptce_workflow.base.clock import elapsed_seconds
from tests.courier import DUE, Watched, at_work, begun, due, message_id, survived
from tests.one_pass import Couriers, Pass
from tests.rehearsal import BEGINNING

__all__ = ["begun", "due"]

KILLS = 200
MOST_IN_A_CONTEST = 24
LEASE = timedelta(hours=1)


def killed(couriers: Couriers, one: Pass) -> bool:
    """Whether a courier was killed before it had ended its pass."""
    code = couriers.makes(one)
    assert code in (0, -SIGKILL)
    return code != 0


def whole_s(couriers: Couriers, due: Path, folder: Path) -> float:
    """How long a courier lives that nobody kills, on this machine."""
    shutil.copytree(due, folder)
    with Watched() as server:
        couriers.starts(Pass(folder, server.port, BEGINNING))
        began_s = elapsed_seconds()
        assert couriers.ended() == 0
        return elapsed_seconds() - began_s


@pytest.mark.slow
def test_killed_at_any_instant(due: Path, tmp_path: Path) -> None:
    """Couriers are killed, one after another, until all has left: contest after contest."""
    seed = secrets.randbits(32)
    print(f"seed {seed}")
    chance = Random(seed)
    kills = doubts = contests = copies = 0
    with Couriers() as couriers:
        # Half of it, so that it takes several to send everything.
        longest_s = whole_s(couriers, due, tmp_path / "whole") / 2
        while kills < KILLS:
            folder = shutil.copytree(due, tmp_path / f"{contests}")
            with Watched() as server:
                now, here = BEGINNING, 0
                while here < MOST_IN_A_CONTEST:
                    lives_s = chance.uniform(0, longest_s)
                    one = Pass(folder, server.port, now, killed_after_s=lives_s)
                    if not killed(couriers, one):
                        break
                    now += LEASE
                    here += 1
                with at_work(folder, now, server) as post:
                    in_doubt = survived(post)
                    asked = len(messages(post.contest, ["uncertain"]))
                assert in_doubt <= here
                taken = [message_id(received.content) for received in server.received]
                assert DUE - asked <= len(set(taken)) <= DUE
                assert len(taken) - len(set(taken)) <= in_doubt - asked
            shutil.rmtree(folder)
            kills, doubts, contests = kills + here, doubts + in_doubt, contests + 1
            copies += len(taken) - len(set(taken))
    print(f"{kills} kills, {contests} contests: {doubts} times in doubt, {copies} second copies")
