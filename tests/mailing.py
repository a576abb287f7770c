"""The small contest with mails of every kind, and a real server that takes them.

A test module takes the fixtures it wants by name, in place of those of its folder:

    begun, contest, folder = mailing.begun, mailing.contest, mailing.folder
"""

import email
import shutil
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from email import policy
from pathlib import Path
from textwrap import dedent
from zoneinfo import ZoneInfo

import pytest

from ptce_workflow.app.adopt import adopt
from ptce_workflow.app.audit.verify import verify
from ptce_workflow.app.contest import Contest
from ptce_workflow.app.create import create
from ptce_workflow.app.outbox.desk import Posted, messages
from ptce_workflow.base.runtime import SetClock
from ptce_workflow.ledger.line import Line, decode
from ptce_workflow.mail.settings import MailSettings, read_settings
from ptce_workflow.office.forms.blank import questionnaire
from ptce_workflow.scheduler.passes import PassResult, tick
from tests.rehearsal import BEGINNING, SMALL, added, lines, move, opened
from tests.servers import ON_SERVER, copied, keep_on_server
from tests.smtp import Misbehaviour, Received, Server

PARIS = ZoneInfo("Europe/Paris")
USUAL = Misbehaviour.USUAL

MEETING = """
[dates.meeting]
label = "Meeting"
at = 2024-03-06T14:00:00
lasts = "2 hours"
choice = "a Wednesday"
"""

SET_OFF = {
    "opened": "start.create",
    "visit": "start.create",
    "receipt": "draft.submit",
    "lapsed": "draft.lapse",
    "given_back": "submitted.give_back",
    "chosen": "scored.select",
    "gone": "any.withdraw",
}

NOTIFICATIONS = {
    "opened": """
        in = ["draft"]
        expires = "date.submission"
        """,
    "visit": """
        in = ["draft", "submitted"]
        event = "meeting"
        expires = "date.meeting"
        """,
    "reminder": """
        at = ["date.submission - 7 days at 09:00", "date.submission - 2 days at 09:00"]
        in = ["draft"]
        expires = "date.submission"
        """,
    "incomplete": """
        at = ["date.submission - 5 days at 10:00"]
        in = ["draft"]
        when = "!given.dossier"
        expires = "date.submission"
        uncertain = "ask"
        """,
    "receipt": 'uncertain = "ask"',
    "lapsed": 'uncertain = "ask"',
    "given_back": """
        in = ["draft"]
        held = true
        uncertain = "ask"
        """,
    "chosen": """
        in = ["selected"]
        held = true
        not_before = 2024-03-25T10:00:00
        uncertain = "ask"
        """,
    "follow_up": """
        at = ["entered.selected + 10 days at 09:00"]
        in = ["selected"]
        uncertain = "ask"
        """,
    "gone": 'to = "desk"\nuncertain = "ask"',
    "jury": """
        to = "institutions"
        about = "contest"
        at = ["date.submission + 1 working day at 09:00"]
        uncertain = "ask"
        """,
    "sheets": """
        to = "missing_sheets"
        about = "contest"
        panel = "cra"
        at = [
          "date.submission + 4 working days at 09:00",
          "date.submission + 6 working days at 09:00",
        ]
        uncertain = "ask"
        """,
    "digest": """
        to = "desk"
        about = "contest"
        daily = "08:30"
        until = "date.lapse + 30 days"
        any_hour = true
        expires = "9 hours"
        """,
}

_WORDS = {
    "visit": "{% if update %}Moved: {% endif %}{{ event.when }}",
    "given_back": "About {{ value.dossier.theme }}. {{ transition.reason }}",
    "sheets": "{% for one in missing %}{{ one.ref }} {% endfor %}",
    "digest": "{% for task in digest.tasks %}{{ task.title }} {% endfor %}",
}


def begin(folder: Path, clock: SetClock, *, on_server: bool = ON_SERVER) -> None:
    """Begins the small contest with its mails in a folder, as a rehearsal; `anne` is its desk."""
    shutil.copytree(SMALL, folder)
    if on_server and not ON_SERVER:
        keep_on_server(folder)
    config = folder / "config.toml"
    text = config.read_text("utf-8").replace(
        'timezone = "Europe/Paris"', 'timezone = "Europe/Paris"\nholidays = "FR"'
    )
    config.write_text(text + MEETING, "utf-8")
    for name, toml in NOTIFICATIONS.items():
        notify(folder, name, toml, _WORDS.get(name, "Words."))
    create(folder, login="anne", rehearsal=True, clock=clock)


def notify(folder: Path, name: str, toml: str, words: str = "Words.") -> None:
    """Writes a notification; its subject is its name, then whom or what it is about."""
    of_contest = 'about = "contest"' in toml
    subject = f"{name}: {{{{ {'recipient.name' if of_contest else 'candidature.ref'} }}}}"
    text = f"# {subject}\n\n{words}\n"
    on = f'on = "{SET_OFF[name]}"\n' if name in SET_OFF else ""
    keys = f'label = "{name.replace("_", " ").capitalize()}"\n{on}{dedent(toml).strip()}\n'
    place = folder / "notifications"
    place.mkdir(exist_ok=True)
    (place / f"{name}.md").write_text(f"+++\n{keys}+++\n{text}", "utf-8")
    (place / f"{name}.fr.md").write_text(text, "utf-8")


def form_text(contest: Contest, **answers: str) -> str:
    """The dossier's form as a text, with its stamp and some answers."""
    asked = questionnaire(contest.process, "dossier", "en")
    lines = [f"{one.number}. {one.label}\n{answers.get(one.name, '')}" for one in asked.questions]
    return "\n\n".join((*lines, str(asked.stamp)))


def reword(contest: Contest, name: str, words: str, *, toml: str | None = None) -> None:
    """Has a notification say something else, and adopts it."""
    notify(contest.folder, name, NOTIFICATIONS[name] if toml is None else toml, words)
    adopt(contest, "D’autres mots.")


@pytest.fixture(scope="session")
def begun(on_server: bool, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a contest with mails that has just begun, to be copied and never written."""
    folder = tmp_path_factory.mktemp("mails") / "contest"
    begin(folder, SetClock(BEGINNING), on_server=on_server)
    return folder


@pytest.fixture
def folder(begun: Path, tmp_path: Path) -> Iterator[Path]:
    """A contest folder of the test's own, just begun."""
    with copied(begun, tmp_path / "contest") as folder:
        yield folder


@pytest.fixture
def contest_as_it_is(folder: Path, clock: SetClock) -> Iterator[Contest]:
    """The contest, opened by its desk."""
    with opened(folder, clock) as contest:
        yield contest


@pytest.fixture
def contest(folder: Path, clock: SetClock) -> Iterator[Contest]:
    """The contest, opened by its desk; whatever the test does, its ledger must be intact."""
    with opened(folder, clock) as contest:
        yield contest
        assert verify(contest).faults == ()


@pytest.fixture
def server() -> Iterator[Server]:
    """A mail server that takes everything."""
    with Server() as server:
        yield server


def settings(server: Server) -> MailSettings:
    """How to reach it, without a limit."""
    return read_settings(
        {
            "host": server.host,
            "port": server.port,
            "security": "none",
            "for_real": True,
            "sender": "The desk <desk@contest.example>",
            "per_minute": 0,
        },
        "local.toml",
    )


def at(text: str) -> datetime:
    """An instant as it is read on the clocks of Paris."""
    return datetime.fromisoformat(text).replace(tzinfo=PARIS).astimezone(UTC)


def read(instant: datetime) -> str:
    """An instant as the clocks of Paris show it."""
    return f"{instant.astimezone(PARIS):%m-%d %H:%M}"


def pass_at(contest: Contest, server: Server, instant: str) -> PassResult:
    assert isinstance(contest.clock, SetClock)
    contest.clock.instant = at(instant)
    return tick(contest, settings(server))


def uncertain(contest: Contest, server: Server) -> str:
    """A message of which nobody knows whether it arrived: it did."""
    ref = added(contest)
    pass_at(contest, server, "2024-02-20T10:00")
    move(contest, "submit", ref)
    server.then("content", Misbehaviour.KEEP_AND_DROP)
    pass_at(contest, server, "2024-02-20T10:01")
    [posted] = messages(contest, ["uncertain"])
    return posted.name


def subjects(server: Server) -> list[str]:
    """What has arrived so far, in order."""
    return [one.subject for one in server.received]


def bodies(server: Server, name: str) -> list[str]:
    """What the mails of a notification that have arrived say in plain text, in order."""
    return [
        body_of(received)
        for received in server.received
        if received.subject.startswith(f"{name}: ")
    ]


def body_of(received: Received) -> str:
    """What a mail says in plain text, without what stands around it: greeting, signature, trace."""
    body = received.message.get_body(("plain",))
    assert body is not None
    _greeting, *said, _signature, _trace = body.get_content().replace("\r", "").split("\n\n")
    return "\n\n".join(one for one in said if not one.startswith("A question?"))


def calendar_of(received: Received) -> bytes:
    """The calendar entry that came with a mail."""
    message = email.message_from_bytes(received.content, policy=policy.default)
    [entry, *_copies] = [
        part.get_payload(decode=True)
        for part in message.walk()
        if part.get_content_type() == "text/calendar"
    ]
    assert isinstance(entry, bytes)
    return entry


def brief(posted: Sequence[Posted]) -> list[tuple[str, str, str]]:
    """Messages as their notification, their stage, and when they are to be looked at."""
    return [(one.notification, str(one.stage), read(one.next_at)) for one in posted]


def told(contest: Contest, kind: str) -> list[Line]:
    return [line for line in map(decode, lines(contest)) if line.type == kind]


def planned(contest: Contest) -> list[tuple[str, str, str]]:
    """The mails that the ledger tells were planned: notification, recipient, when, in order."""
    messages = [
        message for line in told(contest, "messages_planned") for message in line.data["messages"]
    ]
    return [
        (one["notification"], one["recipient"], read(datetime.fromisoformat(one["due"])))
        for one in messages
    ]


def cancelled(contest: Contest) -> list[tuple[str, str]]:
    """The mails that the ledger tells were cancelled: their notification, and why, in order."""
    names = {
        message["message"]: message["notification"]
        for line in told(contest, "messages_planned")
        for message in line.data["messages"]
    }
    return [
        (names[message], line.data["why"])
        for line in told(contest, "messages_cancelled")
        for message in line.data["messages"]
    ]
