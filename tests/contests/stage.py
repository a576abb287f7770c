"""The contests of the rulebook, lived on a clock set by hand, with a real mail server."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from ptce_workflow.app.audit.verify import verify
from ptce_workflow.app.candidatures.advance import advance
from ptce_workflow.app.candidatures.overview import overview, show
from ptce_workflow.app.candidatures.record import receive, record
from ptce_workflow.app.contest import Contest
from ptce_workflow.app.create import FolderOrigin, create
from ptce_workflow.app.outbox.desk import letter_view, messages, release
from ptce_workflow.app.outbox.waiting import forecast
from ptce_workflow.base.runtime import SetClock
from ptce_workflow.ledger.events.facts import Evidence
from ptce_workflow.ledger.line import decode
from ptce_workflow.process.letters.message import Stage
from ptce_workflow.scheduler.passes import tick
from tests.mailing import PARIS, at, settings
from tests.rehearsal import lines, opened
from tests.smtp import Server

REPOSITORY = Path(__file__).resolve().parents[2]
DESK = "anne"
A_MINUTE = timedelta(minutes=1)
Sent = tuple[str, str]
"""When on the clocks of Paris, and which notification."""


def letter_text(contest: Contest, name: str) -> str:
    """The text of a mail, each paragraph and item on one line: one that left is wrapped."""
    return re.sub(r"(?<=[^\n])\n *(?=\w)", " ", letter_view(contest, name).letter.text)


class Life:
    """A contest as it is lived: the clock, the mail server, and the hands of the desk."""

    def __init__(self, contest: Contest, server: Server, clock: SetClock) -> None:
        self.contest = contest
        self.server = server
        self.clock = clock

    def live_until(self, text: str) -> None:
        """Makes a pass at every instant at which a mail leaves or time moves a candidature."""
        until = at(text)
        self.tick()
        while True:
            now = self.clock.now()
            following = [instant for instant in self._instants() if instant <= until]
            if not following:
                break
            self.clock.instant = max(min(following), now + A_MINUTE)
            self.tick()
        self.clock.instant = until
        self.tick()

    def tick(self) -> None:
        tick(self.contest, settings(self.server))

    def move(self, transition: str, *refs: str, **options: Any) -> None:
        """Makes a transition, whose rules must all hold; what it sets off leaves."""
        for step in advance(self.contest, refs, transition, **options):
            assert step.made, step.outcome.verdicts
        self.release()
        self.tick()

    def refused(self, transition: str, ref: str, **options: Any) -> set[str]:
        """The rules that stand in the way of a transition; it stays in the ledger as refused."""
        (step,) = advance(self.contest, [ref], transition, **options)
        assert not step.made
        return {one.rule for one in step.outcome.verdicts if one.answer.value != "holds"}

    def submit(self, *refs: str) -> None:
        """Receives dossiers that are complete, now, and submits them."""
        for ref in refs:
            receive(self.contest, ref, "dossier")
        self.move("submit", *refs)

    def appeals(self, ref: str, arrived: datetime, given: str) -> None:
        """Receives an appeal at its hour, and answers it; both mails leave."""
        receive(self.contest, ref, "appeal", at=arrived)
        self.tick()
        said, proof = "Après examen du recours.", Evidence("ab" * 32, 99)
        for step in advance(self.contest, [ref], f"appeal.{given}", reason=said, evidence=proof):
            assert step.made, step.outcome.verdicts
        self.release()
        self.tick()

    def record(self, ref: str, sheet: str, **facts: Any) -> None:
        record(self.contest, ref, {sheet: facts})

    def release(self) -> None:
        """Reads the held mails, then lets them leave."""
        held = [one.name for one in messages(self.contest, [Stage.HELD])]
        if held:
            read = {name: letter_view(self.contest, name).words for name in held}
            release(self.contest, held, read=read)

    def state(self, ref: str) -> str:
        return show(self.contest, ref).case.state

    def sent(self, ref: str) -> list[Sent]:
        """The mails that left about a candidature, in order."""
        case = show(self.contest, ref).case.id
        return [
            (_hour(line.at), line.data["notification"])
            for line in map(decode, lines(self.contest))
            if line.type == "message_sent" and line.case == case
        ]

    def _instants(self) -> Iterator[datetime]:
        now = self.clock.now()
        for one in forecast(self.contest):
            if one.at > now and not one.daily and not one.held:
                yield one.at
        for brief in overview(self.contest).briefs:
            yield from (due for due in show(self.contest, brief.ref).due.values() if due > now)


@contextmanager
def living(folder: Path, model: str, start: str) -> Iterator[Life]:
    """A bundled contest, begun as a rehearsal at an hour of Paris; whatever comes, it is intact."""
    clock = SetClock(at(start))
    create(folder, login=DESK, rehearsal=True, clock=clock, origin=FolderOrigin(model))
    with ExitStack() as stack:
        server = stack.enter_context(Server())
        contest = stack.enter_context(opened(folder, clock, DESK))
        yield Life(contest, server, clock)
        assert verify(contest).faults == ()


def tescou() -> Mapping[str, Any]:
    """The dossier of the rehearsal that is ready for what follows the contest."""
    (file,) = (REPOSITORY / "rehearsal" / "dossiers").glob("13-*.toml")
    return tomllib.loads(file.read_text("utf-8"))


def cluster(name: str, **answers: Any) -> dict[str, Any]:
    """A dossier that both calls accept, whatever they ask beyond."""
    told = tescou()["dossier"]
    shared = {key: told[key] for key in ("territory", "members", "partners", "themes", "needs")}
    shared |= {"collective_name": name, "contact_email": "pole@collectif.example", **answers}
    return {"dossier": shared}


def _hour(text: str) -> str:
    return f"{datetime.fromisoformat(text).astimezone(PARIS):%Y-%m-%d %H:%M}"
