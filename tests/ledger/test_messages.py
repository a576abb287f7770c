"""Messages as the ledger tells them, and what verifying finds where the rows tell otherwise."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

import ptce_workflow.ledger.events.base as codec
from ptce_workflow.app.audit.verify import verify
from ptce_workflow.app.contest import Contest
from ptce_workflow.app.outbox.desk import messages, release, resolve
from ptce_workflow.app.people import enrol
from ptce_workflow.base.runtime import SetClock
from ptce_workflow.ledger.events.base import Entry, apply
from ptce_workflow.ledger.events.delivery import Answered, MessageFailed
from ptce_workflow.ledger.line import FIRST_PREV, Line, decode
from ptce_workflow.ledger.state import ContestState
from ptce_workflow.process.candidature import Candidature
from ptce_workflow.process.letters.message import Message, Move, NotAllowed, Stage
from tests import mailing
from tests.mailing import at, pass_at
from tests.rehearsal import BEGINNING, added, attack, forge, lines, move, opened, submitted, told
from tests.servers import copied
from tests.smtp import Misbehaviour, Server

begun = mailing.begun

EARLY, DUE, LATE = (f"2024-03-0{day}T08:00:00.000000Z" for day in (1, 4, 6))
WORDS = "0" * 64

PLANNED = {
    "message": "M-001",
    "notification": "reminder",
    "occurrence": DUE,
    "recipient": "contact",
    "due": DUE,
    "held": False,
    "sequence": 0,
}


def line(kind: str, data: Mapping[str, Any], at: str = EARLY) -> Entry[Any]:
    """A line about a message of one candidature."""
    raw = Line(9, FIRST_PREV, at, "case", "P-001", kind, WORDS, data, None)
    return codec.decode(raw.encode())


def planned(**changes: Any) -> ContestState:
    """What is known once a message was planned."""
    begun = datetime.fromisoformat(EARLY)
    known = ContestState(cases={"case": Candidature("case", "C-001", "draft", begun, 1)})
    take(known, line("messages_planned", {"messages": [{**PLANNED, **changes}]}))
    return known


def take(known: ContestState, entry: Entry[Any]) -> None:
    apply(known, entry, {})


def test_planned() -> None:
    """The line tells all of it: of whom, which slot, when, and whether a person reads it."""
    assert planned().messages == {
        "M-001": Message(1, "case", "reminder", DUE, "contact", DUE, DUE, "planned", held=False)
    }
    assert planned(held=True).messages["M-001"].stage == Stage.HELD


SENT = {"message": "M-001", "attempts": 1, "notification": "reminder", "sha256": WORDS}
UNCERTAIN = {"message": "M-001", "attempts": 1, "sha256": WORDS}
STEPS: tuple[tuple[str, Mapping[str, Any], Stage], ...] = (
    ("messages_cancelled", {"messages": ["M-001"], "why": "state"}, Stage.CANCELLED),
    ("messages_expired", {"messages": ["M-001"], "why": "late"}, Stage.EXPIRED),
    ("message_sent", SENT, Stage.SENT),
    ("message_failed", {"message": "M-001", "attempts": 1, "code": 550}, Stage.FAILED),
    ("message_uncertain", {**UNCERTAIN, "resent": False}, Stage.UNCERTAIN),
    ("message_uncertain", {**UNCERTAIN, "resent": True}, Stage.PLANNED),
)


@pytest.mark.parametrize(("kind", "data", "stage"), STEPS)
def test_what_becomes_of_it(kind: str, data: Mapping[str, Any], stage: Stage) -> None:
    known = planned()
    take(known, line(kind, data))
    assert known.messages["M-001"].stage == stage


@pytest.mark.parametrize(
    ("outcome", "stage"),
    [("sent", Stage.SENT), ("resend", Stage.PLANNED), ("dropped", Stage.CANCELLED)],
)
def test_what_a_person_says(outcome: str, stage: Stage) -> None:
    known = planned()
    take(known, line("message_uncertain", {**UNCERTAIN, "resent": False}))
    take(known, line("message_resolved", {"message": "M-001", "as": outcome}))
    assert known.messages["M-001"].stage == stage


@pytest.mark.parametrize(("at", "due"), [(EARLY, DUE), (DUE, DUE), (LATE, LATE)])
def test_when_it_is_released(at: str, due: str) -> None:
    known = planned(held=True)
    take(known, line("messages_released", {"words": {"M-001": WORDS}}, at))
    assert (known.messages["M-001"].stage, known.messages["M-001"].due) == (Stage.PLANNED, due)


@pytest.mark.parametrize(("at", "due"), [(EARLY, DUE), (LATE, LATE)])
def test_when_it_is_sent_again(at: str, due: str) -> None:
    known = planned()
    take(known, line("message_failed", {"message": "M-001", "attempts": 1, "code": 550}))
    take(known, line("message_resolved", {"message": "M-001", "as": "resend"}, at))
    assert known.messages["M-001"].due == due


def test_planned_again() -> None:
    """What was cancelled may be planned again under its name; nothing else may."""
    known = planned()
    with pytest.raises(NotAllowed):
        take(known, line("messages_planned", {"messages": [PLANNED]}))
    take(known, line("messages_cancelled", {"messages": ["M-001"], "why": "state"}))
    take(known, line("messages_planned", {"messages": [{**PLANNED, "held": True}]}))
    assert known.messages["M-001"].stage == Stage.HELD


@pytest.mark.parametrize(("kind", "data", "_stage"), STEPS)
def test_after_it_was_sent(kind: str, data: Mapping[str, Any], _stage: Stage) -> None:
    known = planned()
    take(known, line("message_sent", SENT))
    with pytest.raises(NotAllowed):
        take(known, line(kind, data))


def test_held_and_sent() -> None:
    """What nobody has released was not sent."""
    with pytest.raises(NotAllowed):
        take(planned(held=True), line("message_sent", SENT))


@pytest.mark.parametrize(("kind", "data", "_stage"), STEPS)
def test_never_planned(kind: str, data: Mapping[str, Any], _stage: Stage) -> None:
    """Nothing happens to what was never planned."""
    with pytest.raises(KeyError):
        take(ContestState(), line(kind, data))


def test_one_law_for_the_row_and_the_ledger() -> None:
    known = planned()
    take(known, line("message_failed", {"message": "M-001", "attempts": 1, "code": 550}, LATE))
    recorded = known.messages["M-001"]
    assert (recorded.next_at, recorded.attempts) == (LATE, 1)
    row = Message(1, "case", "reminder", DUE, "contact", DUE, EARLY, "claimed", held=False)
    side = Answered("a@example.org", "550 nobody")
    moved = MessageFailed("M-001", 1, 550).moved(row, Move.REFUSE, LATE, side)
    assert (moved.next_at, moved.attempts, moved.stage) == (LATE, 1, "failed")
    assert (moved.address, moved.said) == ("a@example.org", "550 nobody")
    assert moved.difference(recorded) == ""


@pytest.fixture(scope="module")
def lived(begun: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A contest with a little of everything that becomes of messages, to be copied."""
    with copied(begun, tmp_path_factory.mktemp("lived") / "contest") as folder, Server() as server:
        with opened(folder, SetClock(BEGINNING)) as contest:
            life(contest, server)
        yield folder


@pytest.fixture
def contest(lived: Path, tmp_path: Path) -> Iterator[Contest]:
    """A copy of that contest, opened by its desk."""
    clock = SetClock(at("2024-03-05T10:00"))
    with copied(lived, tmp_path / "contest") as folder, opened(folder, clock) as contest:
        yield contest


def life(contest: Contest, server: Server) -> None:
    """A little of everything that becomes of messages."""
    enrol(contest, "Anne", ["desk"], login="anne", email="anne@contest.example")
    first, second = added(contest), submitted(contest, name="Le Moulin")
    move(contest, "give_back", second, reason="Une pièce manque.")
    release(contest, [messages(contest, ["held"])[0].name])
    server.then("RCPT", "550 5.1.1 nobody", "450 4.2.0 later")
    pass_at(contest, server, "2024-02-20T10:00")
    server.then("content", Misbehaviour.KEEP_AND_DROP)
    move(contest, "submit", first)
    pass_at(contest, server, "2024-02-20T10:10")
    resolve(contest, messages(contest, ["failed"])[0].name, "resend")
    pass_at(contest, server, "2024-03-05T10:00")


def test_told_as_they_are(contest: Contest) -> None:
    kinds = {decode(content).type for content in lines(contest)}
    assert {
        "messages_planned",
        "messages_cancelled",
        "messages_released",
        "messages_expired",
        "message_sent",
        "message_failed",
        "message_uncertain",
        "message_resolved",
    } <= kinds
    assert verify(contest).faults == ()


AHEAD = "2024-12-31T00:00:00.000000Z"
EDITS = (
    ("stage = 'sent'", "planned"),
    ("stage = 'planned'", "sent"),
    ("recipient = 'P-002'", "sent"),
    ("notification = 'other'", "sent"),
    ("occurrence = '1'", "planned"),
    (f"due = '{AHEAD}'", "planned"),
    ("held = TRUE", "planned"),
    ("sequence = 7", "planned"),
    ("attempts = 5", "sent"),
    (f"next_at = '{AHEAD}'", "planned"),
    (f"next_at = '{AHEAD}'", "sent"),
    (f"next_at = '{AHEAD}'", "expired"),
    ("address = 'a@elsewhere.example'", "sent"),
    ("said = 'refused'", "sent"),
    ("sha256 = 'f'", "sent"),
    ("words = 'other'", "released"),
    (f"read = '{WORDS}'", "planned"),
    (f"sent = '{AHEAD}'", "sent"),
    ("erased = TRUE", "sent"),
)
"""What somebody changes in the rows of mails at a stage."""


@pytest.mark.parametrize(("change", "stage"), EDITS)
def test_columns_changed_by_hand(contest: Contest, change: str, stage: str) -> None:
    released = "read <> '' AND words <> ''"
    chosen = released if stage == "released" else f"stage = '{stage}'"
    with attack(contest) as database:
        one = f"(SELECT max(number) FROM message WHERE {chosen})"
        assert database.execute(f"UPDATE message SET {change} WHERE number = {one}").rowcount == 1
    assert told(contest) != []


def test_the_column_is_named(contest: Contest) -> None:
    """Whoever verifies is told which column tells otherwise, and what."""
    with attack(contest) as database:
        database.execute(f"UPDATE message SET due = '{AHEAD}' WHERE number = 1")
    assert any(f"due: {AHEAD}" in fault.why for fault in verify(contest).faults)


@pytest.mark.parametrize(
    "change",
    [
        "DELETE FROM message WHERE number = 2",
        "UPDATE mail SET content = x'00'",
        "DELETE FROM mail",
        """UPDATE side SET data = '{"to":[[]],"said":{}}' WHERE data LIKE '%"to":%'""",
    ],
)
def test_rows_changed_by_hand(contest: Contest, change: str) -> None:
    """A row that tells otherwise is found, and so are other bytes than those that left."""
    with attack(contest) as database:
        assert database.execute(change).rowcount > 0
    assert told(contest) != []


@pytest.mark.parametrize("change", ["attempts = 5", "said = 'later'"])
def test_what_the_courier_keeps_for_itself(contest: Contest, change: str) -> None:
    with attack(contest) as database:
        done = database.execute(f"UPDATE message SET {change} WHERE stage = 'planned'")
        assert done.rowcount > 0
    assert told(contest) == []


def forged(contest: Contest, kind: str, **changes: Any) -> list[tuple[int, str]]:
    """What is found once the last line of a kind tells otherwise, every hash in its place."""
    found = [decode(content) for content in lines(contest)]
    number = max(one.n for one in found if one.type == kind)
    old = found[number - 1]
    actor = changes.pop("actor", old.actor)
    found[number - 1] = replace(old, actor=actor, data={**old.data, **changes})
    with attack(contest) as database:
        forge(database, found)
    return [fault for fault in told(contest) if fault[0] in (number, 0)]


@pytest.mark.parametrize(
    ("kind", "changes"),
    [
        ("message_sent", {"message": "M-001"}),
        ("message_sent", {"message": "M-999"}),
        ("message_sent", {"sha256": WORDS}),
        ("message_sent", {"attached": [WORDS]}),
        ("message_sent", {"notification": "receipt"}),
        ("message_sent", {"actor": "P-001"}),
        ("message_failed", {"message": "M-999"}),
        ("messages_released", {"actor": "courier"}),
        ("message_resolved", {"as": "sent"}),
        ("message_resolved", {"actor": "courier"}),
        ("messages_cancelled", {"messages": ["M-999"]}),
    ],
)
def test_lines_that_lie(contest: Contest, kind: str, changes: dict[str, Any]) -> None:
    """A ledger that was written anew, and tells what cannot be, or was not allowed."""
    assert forged(contest, kind, **changes) != []
