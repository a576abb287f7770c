"""Mail: draining the outbox beside bare `aiosmtplib`, an idle pass, and what planning costs.

The standard library's `smtplib` stands beside them, on one connection.

Draining begins with 1,000 messages whose hour has come, each opening's two (one of them with a
calendar entry), and ends with all of them `sent`: letters written from the templates, MIME, every
stage of every message committed to the disk, lines in the ledger. The yardstick is given what the
letters say; it builds an `EmailMessage` of each and sends it, on as many connections, and keeps
nothing. Both speak to one server, which is another process.
"""

from __future__ import annotations

import asyncio
import email
import shutil
import smtplib
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from email import policy
from email.message import EmailMessage
from pathlib import Path
from typing import NamedTuple

from aiosmtplib import SMTP
from msgspec.structs import asdict, replace

from bench.measure import Contender, Found, Taken, in_turn
from bench.sink import HOST, Sink, sink
from bench.stage import DESK, Stage
from ptce_workflow.app.candidatures.advance import advance
from ptce_workflow.app.contest import Contest
from ptce_workflow.app.outbox.plan import Mailing
from ptce_workflow.base.notation import to_text
from ptce_workflow.mail.settings import MailSettings, read_settings
from ptce_workflow.process.letters.message import Message
from ptce_workflow.process.letters.message import Stage as At
from ptce_workflow.scheduler.passes import tick

MESSAGES = 1_000
CANDIDATURES = MESSAGES // 2
LANES = 4
DRAINS = 5
FEW, MANY = 1_000, 100_000
IDLE_ROUNDS = 60
ADVANCES = 300
_FAR = timedelta(days=300)


class RecordedWords(NamedTuple):
    """What a mail says, as the yardstick is told it."""

    sender: str
    recipient: str
    subject: str
    text: str
    html: str
    entry: bytes | None


def figures(folder: Path) -> Found:
    """Draining with one connection and with several, idle passes, and advances that plan."""
    folder.mkdir()
    return {
        **_drained(folder / "drained"),
        "idle": _idle(folder / "idle"),
        "planned": _planned(folder / "planned"),
    }


def _drained(folder: Path) -> Found:
    stage = Stage(folder / "full")
    stage.open(CANDIDATURES)
    asked = _asked(stage.contest)
    stage.contest.close()
    with sink() as server:
        # The first one tells what the mails say, and warms both up.
        said = _said(_Drain(stage, folder / "warm", server, 1))
        _send_bare(said, server, 1)
        alone = _drain_each(stage, folder, server, said, 1)
        several = _drain_each(stage, folder, server, said, LANES)
    # The contests are copies, and name their mails alike; the yardsticks name none.
    drains = 2 + len(alone) * DRAINS + len(several) * DRAINS
    if (server.taken, server.different) != (drains * MESSAGES, MESSAGES):
        raise RuntimeError(f"the server took {server.taken}, {server.different} different ones")
    return {
        "drained": Taken(alone["ours"], alone["bare"], DRAINS),
        "smtplib": Taken(alone["ours"], alone["smtplib"], DRAINS),
        "several": Taken(several["ours"], several["bare"], DRAINS),
        "asked": asked,
    }


def _asked(contest: Contest) -> Taken:
    """What the courier takes to ask the ledger of one mail, in transactions of several mails."""
    with contest.looking() as tx:
        rows = tx.unit.messages_at(contest.id, At.PLANNED)

    def ask(_round: int) -> None:
        for start in range(0, len(rows), LANES):
            with contest.looking(counts=True) as tx:
                if any(Mailing.of(tx).difference(row) for row in rows[start : start + LANES]):
                    raise RuntimeError("a mail is not as the ledger tells it")

    return Taken(in_turn({"asked": ask}, DRAINS)["asked"] / len(rows), runs=DRAINS)


def _drain_each(
    stage: Stage, folder: Path, server: Sink, said: list[RecordedWords], lanes: int
) -> Mapping[str, float]:
    """The median seconds of a mail on so many connections, ours and the yardsticks'."""
    drains = [_Drain(stage, folder / f"{lanes}-{n}", server, lanes) for n in range(DRAINS)]
    contenders: dict[str, Contender] = {
        "ours": lambda round_: drains[round_](),
        "bare": lambda _round: _send_bare(said, server, lanes),
    }
    if lanes == 1:
        contenders["smtplib"] = lambda _round: _send_plainly(said, server)
    return {name: taken / MESSAGES for name, taken in in_turn(contenders, DRAINS).items()}


class _Drain:
    """A copy of the contest whose messages wait, and the pass that sends them."""

    def __init__(self, stage: Stage, folder: Path, server: Sink, lanes: int) -> None:
        shutil.copytree(stage.folder, folder)
        self.contest = Contest.open(folder, actor=DESK, clock=stage.clock)
        self._settings = settings(server.port, lanes)

    def __call__(self, _round: int = 0) -> None:
        """Sends them all."""
        tick(self.contest, self._settings)
        with self.contest.database.reading() as repo:
            sent, *_hours = repo.stages(self.contest.id)[At.SENT]
        if sent != MESSAGES:
            raise RuntimeError(f"{sent} messages were sent")


def _said(drain: _Drain) -> list[RecordedWords]:
    """What the mails say that a contest sends."""
    drain()
    with drain.contest.looking() as tx:
        sent = [row.number for row in tx.unit.messages_at(drain.contest.id, At.SENT)]
        return [_read(tx.unit.mail(drain.contest.id, number) or b"") for number in sent]


def _read(content: bytes) -> RecordedWords:
    mail = email.message_from_bytes(content, policy=policy.default)
    assert isinstance(mail, EmailMessage)
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text is not None
    assert html is not None
    entries = (part for part in mail.walk() if part.get_content_type() == "text/calendar")
    entry = next((part.get_content().encode() for part in entries), None)
    words = (text.get_content(), html.get_content())
    return RecordedWords(str(mail["From"]), str(mail["To"]), str(mail["Subject"]), *words, entry)


def _send_bare(said: list[RecordedWords], server: Sink, lanes: int) -> None:
    asyncio.run(_sent_bare(iter(said), server, lanes))


async def _sent_bare(waiting: Iterator[RecordedWords], server: Sink, lanes: int) -> None:
    async def lane() -> None:
        async with SMTP(hostname=HOST, port=server.port, start_tls=False) as client:
            for one in waiting:
                await client.send_message(_built(one))

    await asyncio.gather(*(lane() for _ in range(lanes)))


def _send_plainly(said: list[RecordedWords], server: Sink) -> None:
    with smtplib.SMTP(HOST, server.port) as client:
        for one in said:
            client.send_message(_built(one))


def _built(said: RecordedWords) -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = said.sender, said.recipient, said.subject
    mail.set_content(said.text)
    mail.add_alternative(said.html, subtype="html")
    if said.entry is not None:
        mail.add_alternative(said.entry, "text", "calendar", params={"method": "REQUEST"})
        mail.add_attachment(said.entry, "application", "ics", filename="invite.ics")
    return mail


def _idle(folder: Path) -> Taken:
    """A pass that finds nothing due, with many messages planned and with few."""
    stages = {"many": _filled(folder / "many", MANY), "few": _filled(folder / "few", FEW)}
    # Nothing is due, so that nobody speaks to the server.
    nobody = settings(1, 1)
    taken = in_turn({name: _pass(stage, nobody) for name, stage in stages.items()}, IDLE_ROUNDS)
    return Taken(taken["many"], taken["few"], IDLE_ROUNDS)


def _pass(stage: Stage, mail: MailSettings) -> Callable[[int], object]:
    return lambda _round: tick(stage.contest, mail)


def _filled(folder: Path, messages: int) -> Stage:
    """A contest of a few candidatures whose outbox holds many messages, all of them ahead."""
    stage = Stage(folder)
    stage.open(20)
    contest, later = stage.contest, to_text(stage.clock.now() + _FAR)
    with contest.database.writing(contest.id) as repo:
        for row in repo.messages(contest.id):
            moved = replace(row, due=later, next_at=later)
            repo.change_messages(contest.id, [(row, moved)])
        ids = [row.id for row in repo.every_candidature(contest.id)]
        first = repo.last_message(contest.id) + 1
        repo.add_messages(
            [
                {
                    "contest": contest.id,
                    **asdict(
                        Message(
                            *(number, ids[number % len(ids)], "draft_reminder", str(number)),
                            *("contact", later, later, At.PLANNED.value),
                            held=False,
                        )
                    ),
                }
                for number in range(first, messages + 1)
            ]
        )
    return stage


def _planned(folder: Path) -> Taken:
    """An advance whose mails are planned and cancelled, and one of a contest without mails."""
    folder.mkdir()
    stages = {
        "mails": Stage(folder / "mails"),
        "silent": Stage(folder / "silent", mails=False),
    }
    taken = in_turn({name: _advance(stage) for name, stage in stages.items()}, ADVANCES)
    return Taken(taken["mails"], taken["silent"], ADVANCES)


def _advance(stage: Stage) -> Callable[[int], object]:
    refs = stage.open(ADVANCES)
    return lambda round_: advance(stage.contest, [refs[round_]], "submit")


def settings(port: int, lanes: int) -> MailSettings:
    """How to reach a server on this machine, on so many connections."""
    table = {
        "host": HOST,
        "port": port,
        "security": "none",
        "for_real": True,
        "sender": "Concours <concours@cress.example>",
        "per_minute": 0,
        "connections": lanes,
    }
    return read_settings(table, "bench")
