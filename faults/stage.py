"""The contests that the campaign breaks things around, and what must hold of each of them."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from faults.bases import Base, begun
from faults.tally import Tally
from ptce_workflow.app.audit.verify import verify
from ptce_workflow.app.candidatures.overview import overview, show
from ptce_workflow.app.contest import Contest
from ptce_workflow.app.create import create
from ptce_workflow.app.outbox.desk import messages
from ptce_workflow.base.runtime import SetClock
from ptce_workflow.ledger.line import Line, decode
from tests import courier
from tests.courier import DUE, Watched, collective, honest, message_id
from tests.one_pass import Couriers, Pass
from tests.rehearsal import BEGINNING, dossier, move, opened
from tests.replaying import replayed
from tests.voting import MEETING, SCORING, VOTE, marked

FAR = datetime(2100, 1, 1, tzinfo=UTC)
LEASE = timedelta(hours=5)
"""Longer than any courier may keep a message, and than any waits to try once more."""

GONE = "C-004"
"""A candidature that has withdrawn, so that it may be erased."""

_UNDER_WAY = ("planned", "queued", "claimed", "data", "retry")
GROUP = ("C-001", "C-002", "C-003")


def mailing(base: Base, folder: Path) -> Path:
    """A contest that writes mails, and has just begun."""
    return begun(base, folder, partial(courier.begin, clock=SetClock(BEGINNING)))


def mails(base: Base, folder: Path) -> Path:
    """A contest in which many mails are to leave at its beginning, and a candidature has gone."""
    mailing(base, folder)
    with opened(folder, SetClock(BEGINNING)) as contest:
        for number in range(1, DUE + 1):
            collective(contest, number, by="create" if number % 2 else "invite")
        move(contest, "withdraw", GONE)
    return folder


def panel(base: Base, folder: Path) -> Path:
    """A contest whose panel is about to meet: marks are closed, two places are to be given."""

    def begin(folder: Path) -> None:
        shutil.copytree(VOTE, folder)
        create(folder, login="anne", rehearsal=True, clock=SetClock(SCORING))

    begun(base, folder, begin)
    with opened(folder, SetClock(SCORING)) as contest:
        refs = [marked(contest, mark) for mark in ("5", "4", "3", "2.5", "0.5")]
        move(contest, "close_scoring", *refs)
    return folder


def written(contest: Contest) -> list[Line]:
    """The lines of a ledger."""
    with contest.database.reading() as repo:
        return [decode(row.line) for _n, row, _sides in repo.entries(contest.id) if row is not None]


def kinds(folder: Path) -> list[str]:
    """The kind of every line of a contest."""
    with opened(folder, SetClock(MEETING)) as contest:
        return [line.type for line in written(contest)]


def judged(contest: Contest) -> list[Line]:
    """The lines of a contest, once it has been judged: what is kept is what they amount to."""
    faults = verify(contest).faults
    assert faults == (), faults
    cases = replayed(contest, FAR)
    assert {one.ref: one.state for one in overview(contest).briefs} == {
        ref: case.state for ref, case in cases.items()
    }
    assert all(show(contest, ref).case == case for ref, case in cases.items())
    return written(contest)


def delivered(tally: Tally, contest: Contest, server: Watched) -> None:
    """Judges the mails of a contest, and counts what left, what was in doubt, what left again.

    A mail leaves again where it was in doubt and its notification says so; never otherwise.
    """
    honest(contest, server.received)
    first = {message_id(one.content) for one in server.received}
    doubts = sum(line.type == "message_uncertain" for line in written(contest))
    again = len(server.received) - len(first)
    tally.mails += len(first)
    tally.uncertain += doubts
    tally.again += again
    tally.doubled += max(0, again - doubts)
    failed = len(messages(contest, ["failed"]))
    tally.refused += failed
    tally.failed += failed
    now = contest.clock.now()
    for one in messages(contest, _UNDER_WAY):
        if one.due <= now:
            tally.loses(f"{one.name} to {one.address}, {one.stage}, due {one.due}: {one.attempts}")


def settled(couriers: Couriers, tally: Tally, folder: Path, now: datetime, server: Watched) -> None:
    """Has a courier that nothing befalls take over, then judges everything."""
    told = folder.with_name(f"{folder.name}.told")
    for _ in range(2):
        # What is sent again waits a little.
        now += LEASE
        told.unlink(missing_ok=True)
        one = Pass(folder, server.port, now, words=["tick"], told=str(told))
        code = couriers.makes(one)
        # 1 where mails have failed, or wait for a person.
        tally.ended("tick", code if code > 1 else 0, told)
    with tally.judging(folder.name), opened(folder, SetClock(now)) as contest:
        judged(contest)
        delivered(tally, contest, server)


def dossier_file(folder: Path, name: str) -> str:
    """The path of a dossier that bears a name, to be handed in."""
    file = folder / f"{name}.json"
    given = dossier(name=name, email=f"{name}@collectif.example")
    file.write_text(json.dumps(given), "utf-8")
    return str(file)
