"""A small contest that writes mails, a courier that carries them, and what must hold of both.

The contest is `small/` with four notifications. Opening a candidature by `create` sets `opened`
off, which waits for a person when it is uncertain; opening it by `invite` sets `welcome` off, which
is sent again. `reminder` leaves on 4 and on 8 March at 9, Paris time, `digest` on every working day
to those of the desk who have an address: nobody at first.
"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email import message_from_bytes
from pathlib import Path
from threading import Thread
from typing import Any, Self

import pytest

from ptce_workflow.app.audit.verify import verify
from ptce_workflow.app.candidatures.advance import add
from ptce_workflow.app.candidatures.overview import overview
from ptce_workflow.app.contest import Contest
from ptce_workflow.app.create import create
from ptce_workflow.app.outbox.desk import Posted, letter_view, messages
from ptce_workflow.base.runtime import SetClock
from ptce_workflow.mail.settings import MailSettings
from ptce_workflow.process.letters.message import Stage
from ptce_workflow.scheduler.passes import DeliveryCounts, tick
from tests.one_pass import SENDER
from tests.rehearsal import BEGINNING, SMALL, dossier, opened, types
from tests.servers import ON_SERVER, copied, keep_on_server
from tests.smtp import Misbehaviour, Received, Server

DUE = 22
"""Mails that are to leave in `due`: two batches to be written, three to be claimed."""

LEASE = timedelta(hours=5)
"""Longer than any courier of these tests may keep a message."""

NEVER: Mapping[str, int] = {}
"""How often a person has let each mail leave once more, where nobody has."""

NOTIFICATIONS: Mapping[str, str] = {
    "opened": 'in = ["draft"]\nuncertain = "ask"\n',
    "welcome": 'in = ["draft"]\n',
    "reminder": (
        'in = ["draft"]\nexpires = "date.submission"\n'
        'at = ["date.submission - 7 days at 09:00", "date.submission - 2 days at 09:00"]\n'
    ),
    "digest": (
        'to = "desk"\nabout = "contest"\ndaily = "08:30"\nany_hour = true\n'
        'until = "date.submission"\nexpires = "9 hours"\n'
    ),
}
_SET_OFF: Mapping[str, str] = {
    "opened": 'on = "start.create"\n',
    "welcome": 'on = "start.invite"\n',
}
_TEXTS: Mapping[str, str] = {
    "digest": "# Today\n\n{% for task in digest.tasks %}{{ task.title }}: {{ task.things | join }}."
    "\n{% endfor %}Bye.\n",
    "": "# {{ candidature.name }}: {{ date.submission.hour }}\n\nHello {{ recipient.name }}.\n",
}

_INVITE = """
[transitions.invite]
label = "Invite"
to = "draft"
same_as = ["start.create.opened"]
"""


def write_notification(folder: Path, name: str, table: str, text: str | None = None) -> None:
    """Writes a notification into a contest folder, the same words in both languages."""
    words = text or _TEXTS.get(name, _TEXTS[""])
    keys = f'label = "{name}"\n{_SET_OFF.get(name, "")}{table}'
    place = folder / "notifications"
    place.mkdir(exist_ok=True)
    (place / f"{name}.md").write_text(f"+++\n{keys}+++\n{words}", "utf-8")
    (place / f"{name}.fr.md").write_text(words, "utf-8")


def begin(
    folder: Path, clock: SetClock, *, rehearsal: bool = True, on_server: bool = ON_SERVER
) -> None:
    """Begins the contest in a folder, as a rehearsal unless told; `anne` is its desk."""
    shutil.copytree(SMALL, folder)
    if on_server and not ON_SERVER:
        keep_on_server(folder)
    for name, table in NOTIFICATIONS.items():
        write_notification(folder, name, table)
    start = folder / "states" / "start.toml"
    start.write_text(start.read_text("utf-8") + _INVITE, "utf-8")
    create(folder, login="anne", rehearsal=rehearsal, clock=clock)


class Watched(Server):
    """A server during whose steps other things happen."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._meanwhile: dict[str, Callable[[], object]] = {}

    def __enter__(self) -> Self:
        super().__enter__()
        return self

    def while_at(self, step: str, deed: Callable[[], object]) -> None:
        """What happens while the client waits for the next answer at a step."""
        self._meanwhile[step] = deed

    def behaves(self) -> None:
        """Forgets all that it was told to do."""
        self._next.clear()
        self._always.clear()

    def act_at(self, step: str) -> str | Misbehaviour | None:
        """What the test has said to do at this step, once it has seen to the rest."""
        self._meanwhile.pop(step, lambda: None)()
        return super().act_at(step)


def courier(server: Server, **more: Any) -> MailSettings:
    """Settings that lead to a server, patient enough for a slow machine and without a rate."""
    security = "none" if server.tls is None else "tls" if server.implicit else "starttls"
    patience = dict.fromkeys(("connect_timeout_s", "command_timeout_s", "data_timeout_s"), 20)
    given = {"host": server.host, "port": server.port, "security": security, "sender": SENDER}
    given["for_real"] = True
    return MailSettings.model_validate({**given, "per_minute": 0, **patience, **more})


def collective(contest: Contest, number: int, *, by: str = "create", **answers: Any) -> str:
    """Opens the candidature of a collective that has a number; its reference."""
    given = {"name": f"Collectif {number}", "email": f"c{number}@collectif.example", **answers}
    return add(contest, dossier(**given), transition=by).ref


def message_id(content: bytes) -> str:
    return str(message_from_bytes(content)["Message-ID"])


@dataclass
class Post:
    """A contest on a clock that stands still, and the server to which its mails go."""

    contest: Contest
    clock: SetClock
    server: Watched
    settings: dict[str, Any] = field(default_factory=dict)

    def opens(self, count: int = 1, *, by: str = "create", **answers: Any) -> list[str]:
        """Opens candidatures; the names of the mails that this sets off."""
        first = len(overview(self.contest).briefs) + 1
        numbers = range(first, first + count)
        refs = [collective(self.contest, number, by=by, **answers) for number in numbers]
        return [self._set_off(ref).name for ref in refs]

    def goes_on(self, **by: float) -> None:
        """Sets the clock on, or back."""
        self.clock.instant += timedelta(**by)

    def passes(self, **settings: Any) -> DeliveryCounts:
        """One pass; what became of the mails."""
        found = tick(self.contest, courier(self.server, **{**self.settings, **settings})).mail
        assert found is not None
        return found

    def posted(self, name: str) -> Posted:
        """A mail as the desk sees it."""
        return next(one for one in all_mails(self.contest) if one.name == name)

    def stage(self, name: str) -> str:
        return self.posted(name).stage

    def stages(self, names: Sequence[str]) -> list[str]:
        return [self.stage(name) for name in names]

    def meanwhile(self, step: str, deed: Callable[[Contest], object]) -> None:
        """What somebody else does while the server thinks about its next answer at a step."""

        def done() -> None:
            with opened(self.contest.folder, self.clock) as other:
                deed(other)

        def elsewhere() -> None:
            one = Thread(target=done)
            one.start()
            one.join()

        self.server.while_at(step, elsewhere)

    @property
    def taken(self) -> list[str]:
        """To whom the server has taken mails, in its order."""
        return [recipient for one in self.server.received for recipient in one.recipients]

    def is_honest(self) -> bool:
        """Whether nothing contradicts anything; see `honest`."""
        honest(self.contest, self.server.received)
        return True

    def _set_off(self, ref: str) -> Posted:
        mails = messages(self.contest, list(Stage), ref=ref)
        return next(one for one in mails if one.notification in ("opened", "welcome"))


@contextmanager
def at_work(folder: Path, now: datetime, server: Watched) -> Iterator[Post]:
    """A contest, its courier and its server, on a clock that stands at an instant."""
    clock = SetClock(now)
    with opened(folder, clock) as contest:
        yield Post(contest, clock, server)


def all_mails(contest: Contest) -> tuple[Posted, ...]:
    """Every mail, whatever became of it."""
    return messages(contest, list(Stage))


def honest(
    contest: Contest, received: Sequence[Received], *, again: Mapping[str, int] = NEVER
) -> None:
    """No mail left twice, but the very same where it may; none is called sent that did not.

    `again` is how often a person has let a mail leave once more, by its name.
    """
    copies = Counter(one.content for one in received)
    times = Counter(message_id(one.content) for one in received)
    for one in all_mails(contest):
        content = letter_view(contest, one.name).eml if one.attempts else None
        if content is None:
            # What was erased has left for good, and its address with it.
            assert one.stage != Stage.SENT or not one.address
            continue
        count, allowed = times.pop(message_id(content), 0), again.get(one.name, 0)
        if '"ask"' in NOTIFICATIONS.get(one.notification, ""):
            assert count <= 1 + allowed, f"{one.name} was sent {count} times"
        if one.stage == Stage.SENT:
            assert copies[content], f"{one.name} is called sent"
        assert allowed or count in (0, copies[content]), f"{one.name} left in two versions"
    assert not times, "nobody knows of a mail that was sent"
    assert verify(contest).faults == ()


def survived(post: Post) -> int:
    """Has a healthy courier take over, and judges what became of everything; how often in doubt.

    Every mail was sent, or waits for a person to say so.
    """
    post.goes_on(seconds=LEASE.total_seconds())
    post.passes()
    # What is sent again waits five minutes.
    post.goes_on(hours=1)
    post.passes()
    honest(post.contest, post.server.received)
    taken = Counter(post.taken)
    for one in all_mails(post.contest):
        if one.notification in ("opened", "welcome"):
            asked = one.stage == Stage.UNCERTAIN
            assert asked or one.stage == Stage.SENT, f"{one.name} is {one.stage}"
            assert asked or taken[one.address], f"{one.name} is lost"
    return types(post.contest).count("message_uncertain")


@pytest.fixture(scope="session")
def begun(on_server: bool, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a contest that has just begun, to be copied and never written."""
    folder = tmp_path_factory.mktemp("mailing") / "contest"
    begin(folder, SetClock(BEGINNING), on_server=on_server)
    return folder


@pytest.fixture(scope="session")
def due(begun: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder of a contest in which many mails are to leave, to be copied and never written."""
    with copied(begun, tmp_path_factory.mktemp("due") / "contest") as folder:
        with opened(folder, SetClock(BEGINNING)) as contest:
            for number in range(1, DUE + 1):
                collective(contest, number, by="create" if number % 2 else "invite")
        yield folder


@pytest.fixture
def server() -> Iterator[Watched]:
    """A server without encryption that takes everything."""
    with Watched() as running:
        yield running


@pytest.fixture
def post(begun: Path, tmp_path: Path, server: Watched) -> Iterator[Post]:
    """A contest of the test's own, its courier and its server."""
    with copied(begun, tmp_path / "contest") as folder, at_work(folder, BEGINNING, server) as post:
        yield post
