"""What goes wrong around the mails: their server, their words, their clock, other couriers."""

import os
import shutil
import signal
import socket
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from queue import SimpleQueue
from threading import Barrier, Event, Thread

import pytest

from ptce_workflow.app.adopt import adopt
from ptce_workflow.app.audit.verify import verify
from ptce_workflow.app.candidatures.record import record
from ptce_workflow.app.outbox.delivery import claim, step
from ptce_workflow.app.outbox.desk import messages, resolve, resume
from ptce_workflow.app.outbox.waiting import waiting
from ptce_workflow.app.people import enrol
from ptce_workflow.base.errors import FolderFaults, Misuse
from ptce_workflow.base.runtime import SetClock
from ptce_workflow.scheduler.passes import DeliveryCounts, PassResult, tick
from tests.courier import (
    DUE,
    LEASE,
    Post,
    Watched,
    at_work,
    begun,
    courier,
    due,
    honest,
    post,
    server,
    survived,
    write_notification,
)
from tests.mail.conftest import Certificates, certificates
from tests.one_pass import Couriers, Pass
from tests.rehearsal import BEGINNING, LAPSE, attack, english, move, opened, states
from tests.smtp import Misbehaviour

pytestmark = pytest.mark.served

__all__ = ["begun", "certificates", "due", "english", "post", "server"]

USER, PASSWORD = "concours@cress.example", "mot de passe é"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
FIRST_REMINDER = datetime(2024, 3, 4, 8, tzinfo=UTC)
SECOND_REMINDER = datetime(2024, 3, 8, 8, tzinfo=UTC)
SUBMISSION = datetime(2024, 3, 11, 11, tzinfo=UTC)


@pytest.fixture
def closed_port() -> Iterator[int]:
    """A port at which nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


# The server


@pytest.fixture
def guarded(post: Post, certificates: Certificates) -> Iterator[Post]:
    """A courier whose server wants encryption and a password."""
    with Watched(tls=certificates.right, password=(USER, PASSWORD)) as server:
        post.server = server
        post.settings = {"ca_file": str(certificates.right_file), "user": USER}
        yield post


def password(tmp_path: Path, word: str) -> str:
    """A file that holds a password."""
    file = tmp_path / "password"
    file.write_text(word, "utf-8")
    file.chmod(0o600)
    return str(file)


def test_wrong_password(guarded: Post, tmp_path: Path) -> None:
    """All wait, no try is counted, the desk reads why; with the right one all leave."""
    names = guarded.opens(3)
    wrong = password(tmp_path, "autre chose")
    assert guarded.passes(password_file=wrong) == DeliveryCounts(stopped=True)
    assert guarded.stages(names) == ["queued"] * 3
    assert [guarded.posted(name).attempts for name in names] == [0, 0, 0]
    assert waiting(guarded.contest).paused.startswith("535 5.7.8")
    assert guarded.server.heard.count("AUTH") == 1
    guarded.goes_on(minutes=14)
    assert guarded.passes(password_file=wrong) == DeliveryCounts()
    assert guarded.server.heard.count("AUTH") == 1
    guarded.goes_on(minutes=1)
    assert guarded.passes(password_file=password(tmp_path, PASSWORD)) == DeliveryCounts(sent=3)
    assert guarded.is_honest()


def test_encryption_struck_out(guarded: Post, tmp_path: Path) -> None:
    """A server that no longer offers encryption hears no password and gets no mail."""
    [name] = guarded.opens()
    right = password(tmp_path, PASSWORD)
    with Watched(password=(USER, PASSWORD)) as stripped:
        assert guarded.passes(port=stripped.port, password_file=right) == DeliveryCounts(
            stopped=True
        )
        assert not {"AUTH", "MAIL", "DATA"} & set(stripped.heard)
    assert guarded.stage(name) == "queued"
    assert "STARTTLS" in waiting(guarded.contest).paused
    resume(guarded.contest)
    assert guarded.passes(password_file=right) == DeliveryCounts(sent=1)


def test_wrong_certificate(guarded: Post, certificates: Certificates, tmp_path: Path) -> None:
    """A server that cannot show who it is gets neither a password nor a mail."""
    [name] = guarded.opens()
    right = password(tmp_path, PASSWORD)
    with Watched(tls=certificates.wrong_name, password=(USER, PASSWORD)) as other:
        assert guarded.passes(port=other.port, password_file=right) == DeliveryCounts(stopped=True)
        assert not {"AUTH", "MAIL", "DATA"} & set(other.heard)
    assert (guarded.stage(name), guarded.posted(name).attempts) == ("queued", 0)
    assert "certificate" in waiting(guarded.contest).paused


def test_no_settings(post: Post) -> None:
    """Without a mail server mails wait, and leave once there is one."""
    [name] = post.opens()
    assert tick(post.contest) == PassResult((), next_due=LAPSE)
    assert post.stage(name) == "planned"
    assert waiting(post.contest).late == 1
    post.goes_on(days=1)
    assert post.passes() == DeliveryCounts(sent=1)


def test_when_there_is_next_something_to_do(post: Post, closed_port: int) -> None:
    def next_due(**settings: object) -> datetime | None:
        return tick(post.contest, courier(post.server, **settings)).next_due

    [name] = post.opens()
    pause = next_due(port=closed_port)
    assert pause == waiting(post.contest).paused_until
    assert pause is not None
    post.server.always("RCPT", "451 later")
    post.clock.instant = pause - timedelta(seconds=1)
    assert next_due() == pause
    post.clock.instant = pause
    again = next_due()
    assert again == post.posted(name).next_at
    assert again is not None
    post.server.behaves()
    post.clock.instant = again
    assert next_due() == FIRST_REMINDER
    assert post.stage(name) == "sent"
    post.opens()
    settings = courier(post.server)
    assert next_due(port=closed_port) is not None
    resume(post.contest)
    assert len(claim(post.contest, settings, "another", 1)) == 1
    assert next_due() == again + timedelta(minutes=1, seconds=settings.lease_s)


def test_what_the_rate_leaves_is_not_chased(post: Post) -> None:
    post.opens(3)
    post.server.while_at("DATA", lambda: post.goes_on(seconds=1))
    ticked = tick(post.contest, courier(post.server, per_minute=1))
    assert ticked.mail == DeliveryCounts(sent=1)
    assert ticked.next_due == FIRST_REMINDER


def hourly(post: Post, until: datetime, **settings: object) -> int:
    """Makes a pass every hour until an instant; how many mails left."""
    sent = 0
    while post.clock.instant <= until:
        sent += post.passes(**settings).sent
        post.clock.instant += HOUR
    return sent


def test_down_for_days(post: Post, closed_port: int) -> None:
    """Of the reminders that became due meanwhile, the latest alone leaves once the server is up."""
    post.opens(12)
    post.passes()
    post.clock.instant = FIRST_REMINDER - HOUR
    assert hourly(post, SECOND_REMINDER, port=closed_port) == 0
    # No pause outlasts an hour: the pass at which the second is due has found the first overtaken.
    assert len(messages(post.contest, ["queued"])) == 12
    before = len(post.taken)
    post.clock.instant = SECOND_REMINDER + 2 * HOUR
    assert post.passes() == DeliveryCounts(sent=12)
    assert len(set(post.taken[before:])) == 12
    first, second = messages(
        post.contest, ["expired", "sent"], ref="C-001", notification="reminder"
    )
    assert (first.due, first.stage) == (FIRST_REMINDER, "expired")
    assert (second.due, second.stage) == (SECOND_REMINDER, "sent")
    post.clock.instant = SUBMISSION - HOUR
    assert post.passes() == DeliveryCounts()
    assert post.is_honest()


@pytest.mark.long
def test_down_past_the_deadline(post: Post, closed_port: int) -> None:
    """A reminder of a deadline that has passed never leaves."""
    post.opens()
    post.passes()
    post.clock.instant = FIRST_REMINDER
    assert hourly(post, SUBMISSION, port=closed_port) == 0
    assert post.passes() == DeliveryCounts()
    post.goes_on(days=1)
    assert post.passes() == DeliveryCounts()
    reminders = messages(post.contest, ["expired"], notification="reminder")
    assert len(reminders) == 2
    assert len(post.taken) == 1
    assert post.is_honest()


def test_nobody_at_work_for_days(post: Post) -> None:
    post.opens()
    post.passes()
    post.clock.instant = SECOND_REMINDER + HOUR
    assert post.passes() == DeliveryCounts(sent=1)
    assert len(messages(post.contest, ["expired"], notification="reminder")) == 1
    assert post.is_honest()


# The words


POISON = (
    "# {{ candidature.name }}\n\n"
    "Hello.{% if candidature.name == 'Collectif 2' %}{{ entered.submitted }}{% endif %}\n"
)


def test_words_that_fail_for_one(post: Post) -> None:
    write_notification(post.contest.folder, "opened", 'to = "contact"\n', POISON)
    adopt(post.contest, "Un texte qui échoue.")
    names = post.opens(3)
    assert post.passes() == DeliveryCounts(sent=2)
    assert post.stages(names) == ["sent", "failed", "sent"]
    assert "submitted" in post.posted(names[1]).said
    assert waiting(post.contest).failed == 1
    assert post.is_honest()


def queued(post: Post, count: int) -> list[str]:
    """Opens candidatures whose mails wait in the queue."""
    names = post.opens(count)
    post.server.then("greeting", "421 4.3.2 closed")
    post.passes()
    resume(post.contest)
    return names


@pytest.mark.parametrize(
    "poison",
    [
        "UPDATE mail SET content = x'c3a9' WHERE number = {number}",
        "UPDATE mail SET content = x'68616c66' WHERE number = {number}",
        "DELETE FROM mail WHERE number = {number}",
        "UPDATE message SET address = 'a@b.example>\r\nDATA' WHERE number = {number}",
        "UPDATE message SET address = 'é@collectif.example' WHERE number = {number}",
    ],
)
def test_bytes_that_cannot_be_sent(post: Post, poison: str) -> None:
    names = queued(post, 3)
    with attack(post.contest) as database:
        database.execute(poison.format(number=int(names[1].removeprefix("M-"))))
    assert post.passes() == DeliveryCounts(sent=2, failed=1)
    assert post.stages(names) == ["sent", "failed", "sent"]
    assert post.taken == ["c1@collectif.example", "c3@collectif.example"]
    assert post.passes() == DeliveryCounts()


def test_no_address(post: Post) -> None:
    """Without an address nothing can leave; it leaves once one is known."""
    [name] = post.opens(email=None)
    assert post.passes() == DeliveryCounts()
    assert (post.stage(name), post.posted(name).said) == ("failed", "No address is known.")
    assert waiting(post.contest).failed == 1
    record(post.contest, "C-001", {"dossier": {"email": "trouve@collectif.example"}})
    resolve(post.contest, name, "resend")
    assert post.passes() == DeliveryCounts(sent=1)
    assert post.taken == ["trouve@collectif.example"]
    assert post.is_honest()


@pytest.mark.parametrize(
    "name",
    [
        "Asso =?utf-8?q?=0ABcc:_x@evil.example?=",
        "Asso\r\nBcc: x@evil.example",
        "Asso\nBcc: x@evil.example",
        "Asso\x00",
        "Asso\u2028Bcc: x@evil.example",
        "Asso \u202eeslaf",
        "A" * 10_000,
    ],
)
def test_names_that_are_refused(post: Post, name: str) -> None:
    """A name that could become a header, or deceive, never gets in: of a collective or a person."""
    with pytest.raises(Misuse):
        post.opens(name=name)
    with pytest.raises(Misuse):
        enrol(post.contest, name, ["desk"], email="anne@cress.example")
    assert post.passes() == DeliveryCounts()


@pytest.mark.parametrize(
    "name",
    [
        "Asso, x@evil.example",
        "Asso <x@evil.example>",
        '"Asso" <x@evil.example>, "Autre"',
        "Asso; Bcc: x@evil.example",
        "Asso = ?utf-8?q?=0ABcc:_x@evil.example?",
        "Association d’éducation populaire « L’Été » (à Sète) 🌾",
        "É" * 200,
        "Un nom " + "très " * 35 + "long",
    ],
)
def test_names_that_are_odd(post: Post, name: str) -> None:
    """A name may hold anything else: one recipient, and no header beside those that are meant."""
    post.opens(name=name)
    assert post.passes() == DeliveryCounts(sent=1)
    [received] = post.server.received
    assert received.recipients == ("c1@collectif.example",)
    to = received.message["To"].addresses
    assert [address.addr_spec for address in to] == ["c1@collectif.example"]
    headers = "From To Subject Date Message-ID References Auto-Submitted Content-Language"
    more = ["X-PTCE-Line", "MIME-Version", "Content-Type"]
    assert received.message.keys() == [*headers.split(), *more]
    assert post.is_honest()


@pytest.mark.parametrize(
    "address",
    ["été@collectif.example", "a@b.example\r\nRCPT TO:<x@evil.example>", "a b@c.example", "c@"],
)
def test_addresses_that_are_refused(post: Post, address: str) -> None:
    """An address that a server could misunderstand never gets in."""
    with pytest.raises(Misuse):
        post.opens(email=address)


@pytest.mark.parametrize(
    "words",
    [
        "{{ ().__class__.__mro__ }}",
        "{{ candidature['__class__'] }}",
        "{{ ''|attr('__class__') }}",
        "{% for a in range(99999999) %}{{ a }}{% endfor %}",
        "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}",
        "{% include 'opened.md' %}",
        "{{ 'a' * 2000000000 }}",
        "{{ nobody_knows_this }}",
    ],
)
def test_words_that_reach_too_far(post: Post, words: str) -> None:
    write_notification(post.contest.folder, "opened", 'to = "contact"\n', f"# Bonjour\n\n{words}\n")
    with pytest.raises(FolderFaults):
        adopt(post.contest, "Pour voir.")
    assert "opened" in post.contest.process.definition.notifications


def without_opened(post: Post) -> None:
    """Adopts a process that no longer knows the notification `opened`."""
    folder = post.contest.folder
    for file in (folder / "notifications").glob("opened.*"):
        file.unlink()
    adopt(post.contest, "On n’écrit plus.")


def test_notification_that_is_gone(post: Post) -> None:
    enrol(post.contest, "Anne", ["desk"], login="anne", email="anne@cress.example")
    names = post.opens(3)
    post.server.then("RCPT", "550 5.1.1 no such user")
    post.server.then("content", Misbehaviour.KEEP_AND_DROP)
    post.passes()
    post.goes_on(minutes=1)
    post.passes()
    assert post.stages(names) == ["failed", "uncertain", "sent"]
    without_opened(post)
    post.goes_on(days=1)
    assert post.passes() == DeliveryCounts(sent=1)
    assert post.taken[-1] == "anne@cress.example"
    resolve(post.contest, names[0], "resend")
    resolve(post.contest, names[1], "resend")
    assert post.passes() == DeliveryCounts()
    assert post.stages(names) == ["cancelled", "cancelled", "sent"]
    assert verify(post.contest).intact


# The clock


def troubled(post: Post) -> list[str]:
    """A contest caught in the middle of everything; the names of its mails.

    Sent, put off, claimed and leaving with a courier that has died, in the queue behind a pause.
    """
    settings = courier(post.server)
    names = post.opens(1)
    post.passes()
    names += post.opens(1, by="invite")
    post.server.then("RCPT", "450 4.2.0 later")
    post.passes()
    names += queued(post, 3)
    [leaving] = claim(post.contest, settings, "dead", 1)
    step(post.contest, "dead", [], [leaving])
    claim(post.contest, settings, "dead too", 1)
    post.server.then("greeting", "421 4.3.2 closed")
    post.passes()
    assert post.stages(names) == ["sent", "retry", "data", "claimed", "queued"]
    assert waiting(post.contest).paused
    return names


@pytest.mark.parametrize("jump", [HOUR, -HOUR, 365 * DAY, -365 * DAY])
@pytest.mark.parametrize("returns", [False, True])
def test_clock_that_jumps(post: Post, jump: timedelta, returns: bool) -> None:
    """A clock set wrong, and perhaps right again: nothing leaves twice, and nothing is stuck."""
    names = troubled(post)
    post.clock.instant += jump
    post.passes()
    if returns:
        post.clock.instant -= jump
        [later] = post.opens()
    for _ in range(10):
        post.passes()
        post.goes_on(hours=1)
    if jump > DAY:
        # Time has closed these drafts, and what they were to be told is of no more use.
        assert post.stages(names) == ["sent", "cancelled", "uncertain", "cancelled", "cancelled"]
    else:
        assert post.stages(names) == ["sent", "sent", "uncertain", "sent", "sent"]
    if returns:
        assert post.stage(later) == "sent"
    assert post.is_honest()


@pytest.mark.parametrize("jump", [HOUR, 10 * DAY])
def test_clock_set_back_after_work(post: Post, jump: timedelta) -> None:
    post.clock.instant += jump
    names = post.opens(6)
    post.server.then("RCPT", "450 4.2.0 later")
    assert post.passes(per_minute=4) == DeliveryCounts(sent=4, retried=1)
    post.goes_on(minutes=1)
    post.server.then("greeting", "421 4.3.2 closed")
    assert post.passes(per_minute=4) == DeliveryCounts(stopped=True)
    post.clock.instant -= jump
    for _ in range(3):
        post.goes_on(minutes=30)
        post.passes(per_minute=4)
    assert post.stages(names) == ["sent"] * 6
    assert post.is_honest()


def test_hours_that_clocks_skip_or_repeat(post: Post) -> None:
    table = (
        'to = "contact"\nin = ["withdrawn"]\nany_hour = true\nexpires = "1 day"\n'
        'at = ["date.submission + 20 days at 02:30", "date.submission + 230 days at 02:30"]\n'
    )
    write_notification(post.contest.folder, "night", table)
    adopt(post.contest, "Une nuit blanche.")
    post.opens()
    post.passes()
    move(post.contest, "withdraw", "C-001")
    left = []
    for night in (datetime(2024, 3, 30, 22, tzinfo=UTC), datetime(2024, 10, 26, 22, tzinfo=UTC)):
        post.clock.instant = night
        while post.clock.instant < night + timedelta(hours=8):
            if post.passes().sent:
                left.append(post.clock.instant)
            post.goes_on(minutes=15)
    assert left == [datetime(2024, 3, 31, 1, tzinfo=UTC), datetime(2024, 10, 27, 0, 30, tzinfo=UTC)]
    assert post.is_honest()


# Other couriers


def at_once(*deeds: Callable[[], object]) -> None:
    """Does several things at the same time, each in a thread."""
    barrier = Barrier(len(deeds))

    def done(deed: Callable[[], object]) -> None:
        barrier.wait()
        deed()

    threads = [Thread(target=done, args=(deed,)) for deed in deeds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_two_couriers(post: Post) -> None:
    """Two couriers share the mails between them; each leaves once."""
    names = post.opens(24)
    found: list[PassResult] = []

    def one() -> None:
        with opened(post.contest.folder, SetClock(BEGINNING), "") as own:
            found.append(tick(own, courier(post.server, connections=2)))

    at_once(one, one)
    assert sum(ticked.queued for ticked in found) == 24
    assert sum(ticked.mail.sent for ticked in found if ticked.mail) == 24
    assert post.stages(names) == ["sent"] * 24
    assert set(Counter(post.taken).values()) == {1}
    assert post.is_honest()


@pytest.mark.long
def test_two_couriers_and_a_rate(post: Post) -> None:
    post.opens(30)

    def one() -> None:
        with opened(post.contest.folder, SetClock(BEGINNING), "") as own:
            tick(own, courier(post.server, per_minute=25, connections=2))

    at_once(one, one)
    assert len(post.taken) <= 25
    post.passes(per_minute=25)
    assert len(post.taken) == 25
    post.goes_on(minutes=1)
    post.passes(per_minute=25)
    assert len(post.taken) == 30
    assert post.is_honest()


def test_two_processes(due: Path, tmp_path: Path, couriers: Couriers, server: Watched) -> None:
    """The same of two processes, while the desk acts: what it submits is written to no more."""
    folder = shutil.copytree(due, tmp_path / "contest")
    one = Pass(folder, server.port, BEGINNING)
    with opened(folder, SetClock(BEGINNING)) as contest, couriers.another() as second:
        for one_of_them in (couriers, second):
            one_of_them.starts(one)
        for ref in sorted(states(contest))[-6:]:
            move(contest, "submit", ref)
        assert [one_of_them.ended() for one_of_them in (couriers, second)] == [0, 0]
        spared = [one for one in messages(contest, ["cancelled"]) if one.notification != "reminder"]
        assert len(messages(contest, ["sent"])) == len(server.received) == DUE - len(spared)
        assert len(spared) <= 6
        honest(contest, server.received)


@pytest.mark.parametrize(
    ("at", "doubts"),
    [
        *(pytest.param(at, 0, marks=pytest.mark.slow) for at in ("MAIL", "RCPT")),
        pytest.param("DATA", 1, marks=pytest.mark.slow),
        ("content", 1),
    ],
)
def test_frozen_past_its_lease(
    due: Path, tmp_path: Path, couriers: Couriers, server: Watched, at: str, doubts: int
) -> None:
    """A courier that was stopped, and woken once another took over, sends and writes no more.

    In doubt is what it was handing over: a person is asked, and it leaves no second time.
    """
    folder = shutil.copytree(due, tmp_path / "contest")
    pids, frozen = SimpleQueue[int](), Event()

    def freeze() -> None:
        os.kill(pids.get(), signal.SIGSTOP)
        frozen.set()

    server.while_at(at, freeze)
    one = Pass(folder, server.port, BEGINNING)
    with couriers.another() as second:
        pid = couriers.starts(one)
        pids.put(pid)
        assert frozen.wait(20)
        assert second.makes(replace(one, now=BEGINNING + LEASE)) == 0
        os.kill(pid, signal.SIGCONT)
        assert couriers.ended() == 0
    with at_work(folder, BEGINNING + LEASE, server) as post:
        assert survived(post) == doubts
    assert set(Counter(post.taken).values()) == {1}
    assert len(post.taken) == DUE
