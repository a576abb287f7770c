"""The contest of the rulebook as it is lived, hour by hour, on the frozen clock of the machine."""

import hashlib
import shutil
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from freezegun import freeze_time

# Loaded before time is frozen: models that are defined meanwhile would know another datetime.
from ptce_workflow.app.candidatures.advance import add, advance
from ptce_workflow.app.candidatures.record import receive, record
from ptce_workflow.app.contest import Contest
from ptce_workflow.app.create import create
from ptce_workflow.app.jury.deliberation import deliberate
from ptce_workflow.app.jury.marks import declare_links, score
from ptce_workflow.app.outbox.desk import letter_view, messages, release
from ptce_workflow.ledger.line import decode
from ptce_workflow.mail.settings import MailSettings, read_settings
from ptce_workflow.process.panel import Agenda, Deviation
from ptce_workflow.scheduler.passes import tick
from tests.rehearsal import lines
from tests.smtp import Server

REPOSITORY = Path(__file__).parents[1]
PARIS = ZoneInfo("Europe/Paris")
DESK = "bureau"
SEATS = ("sgar", "cress", "dreets", "region", "coorace", "banque_des_territoires")
POINTS = (
    "constitution", "theme", "needs", "cooperation", "partners", "innovation", "relevance",
)  # fmt: skip
_POINTS_OF_THE_AMI = (
    "composition", "same_territory", "shared_project", "stakeholders", "economic_model",
    "governance", "legal_form",
)  # fmt: skip
CHECKLIST: Mapping[str, Any] = {
    **dict.fromkeys(_POINTS_OF_THE_AMI, True),
    **{f"{point}_evidence": "Compte rendu du 27 mai." for point in _POINTS_OF_THE_AMI},
}

# How the table calls them, by the number of their dossier in the rehearsal.
DOSSIERS = {
    "larzac": 1,  # selected, followed, ready for the AMI
    "canigou": 2,  # asked for completion, selected, never confirms
    "comminges": 3,  # submits in the last hour, waits, gets the place that falls free
    "lomagne": 9,  # lapses, its dossier is found afterwards, not selected
    "couserans": 8,  # lapses
    "bigorre": 11,  # waits until the list closes
    "tescou": 13,  # invited to the AMI directly
    "ceze": 15,  # ineligible
    "segala": 16,  # withdraws while it is a draft
}

FIRST_PASS, LAST_PASS, HALF_AN_HOUR = 8, 19, timedelta(minutes=30)
"""Passes are made in these hours of the day: nobody gets a mail at night that nobody set off."""

Row = tuple[str, str, str]
"""When on the clocks of Paris, which notification, who."""


def instant(text: str) -> datetime:
    """An instant as it is read on the clocks of Paris."""
    return datetime.fromisoformat(text).replace(tzinfo=PARIS).astimezone(UTC)


class _Frozen(Protocol):
    def move_to(self, target_datetime: datetime) -> None: ...


class Life:
    """The contest as it is lived: the clock, the mail server, and the hands of the desk."""

    def __init__(self, contest: Contest, server: Server, clock: _Frozen) -> None:
        self.contest = contest
        self.server = server
        self.clock = clock
        self.refs: dict[str, str] = {}
        self.arrived: list[tuple[str, str, str]] = []
        self.settings: MailSettings = read_settings(
            {
                "host": server.host,
                "port": server.port,
                "security": "none",
                "for_real": True,
                "sender": "Concours PTCE <concours@cress.example>",
            },
            "local.toml",
        )

    def live_until(self, text: str) -> None:
        """Makes a pass at every half hour of the day until an instant, then moves there."""
        until = instant(text)
        now = self.contest.clock.now()
        while (now := _next_half_hour(now)) < until:
            self._pass_at(now)
        self.clock.move_to(until)

    def tick(self) -> None:
        self._pass_at(self.contest.clock.now())

    def _pass_at(self, now: datetime) -> None:
        self.clock.move_to(now)
        before = len(self.server.received)
        tick(self.contest, self.settings)
        hour = f"{now.astimezone(PARIS):%Y-%m-%d %H:%M}"
        for received in self.server.received[before:]:
            assert parsedate_to_datetime(str(received.message["Date"])) == now
            [address] = received.recipients
            digest = hashlib.sha256(received.content).hexdigest()
            self.arrived.append((hour, digest, address))

    def calendar(self) -> list[Row]:
        """Every mail that arrived, in reading order: by hour, then notification, then who."""
        known = {
            line.data["sha256"]: line.data["notification"]
            for line in map(decode, lines(self.contest))
            if line.type == "message_sent"
        }
        return sorted(
            (hour, known[digest], _who(address)) for hour, digest, address in self.arrived
        )

    # What people do.

    def add(self, *names: str) -> None:
        """Opens a draft for each."""
        for name in names:
            self.refs[name] = add(self.contest, dossier(name)).ref

    def move(self, transition: str, *names: str, **options: Any) -> None:
        """Makes a transition, whose rules must all hold."""
        refs = [self.refs[name] for name in names]
        for step in advance(self.contest, refs, transition, **options):
            assert step.made, step.outcome.verdicts

    def submit(self, *names: str) -> None:
        """Receives a dossier of each, now, and submits it."""
        for name in names:
            receive(self.contest, self.refs[name], "dossier")
        self.move("submit", *names)

    def record(self, name: str, sheet: str, **facts: Any) -> None:
        record(self.contest, self.refs[name], {sheet: facts})

    def score(self, seat: str, mark: str, *names: str) -> None:
        """Gives one mark on all seven points."""
        for name in names:
            declare_links(self.contest, [self.refs[name]], institution=seat)
            score(self.contest, self.refs[name], seat, dict.fromkeys(POINTS, mark))

    def deliberate(self, *refused: str, reason: str = "") -> None:
        """Holds the sitting of the jury, all six there; it votes to refuse some."""
        votes = [Deviation(self.refs[name], "decline", reason, SEATS) for name in refused]
        held = deliberate(self.contest, Agenda(SEATS, chair="sgar", deviations=votes))
        assert held.decided, held.decisions

    def release(self, *notifications: str, to: str | None = None) -> None:
        """Reads the held mails of some notifications, then lets them leave."""
        found = [
            posted
            for name in notifications
            for posted in messages(self.contest, ["held"], notification=name)
            if to is None or posted.to == to
        ]
        assert found, notifications
        read = {one.name: letter_view(self.contest, one.name).words for one in found}
        release(self.contest, list(read), read=read)


@contextmanager
def life(folder: Path) -> Iterator[Life]:
    """The contest of the rulebook, begun at its opening in a folder that is not there yet."""
    folder.mkdir()
    shutil.copy(REPOSITORY / "config.toml", folder)
    for part in ("states", "sheets", "requests", "notifications", "texts"):
        shutil.copytree(REPOSITORY / part, folder / part)
    config = folder / "config.toml"
    text = config.read_text("utf-8")
    assert text.count("value = 10,") == 1
    config.write_text(text.replace("value = 10,", "value = 2,"), "utf-8")
    with Server() as server, freeze_time(instant("2024-02-05 09:00"), real_asyncio=True) as clock:
        create(folder, login=DESK)
        with Contest.open(folder, actor=DESK) as contest:
            yield Life(contest, server, clock)


def dossier(name: str) -> Mapping[str, Any]:
    """A dossier of the rehearsal, to be answered under the name that the table uses."""
    [file] = (REPOSITORY / "rehearsal" / "dossiers").glob(f"{DOSSIERS[name]:02}-*.toml")
    raw = tomllib.loads(file.read_text("utf-8"))
    raw["dossier"]["contact_email"] = f"{name}@collectif.example"
    return raw


def _who(address: str) -> str:
    return address.partition("@")[0]


def _next_half_hour(now: datetime) -> datetime:
    """The first half hour after an instant, in the hours of passes."""
    local = now.astimezone(PARIS)
    following = local.replace(minute=local.minute // 30 * 30) + HALF_AN_HOUR
    first = following.replace(hour=FIRST_PASS, minute=0)
    last = local.replace(hour=LAST_PASS, minute=0)
    if following > last:
        first = local.replace(hour=FIRST_PASS, minute=0) + timedelta(days=1)
        following = first
    return max(first, following).astimezone(UTC)
