"""`ptce doctor`: what stands in the way of mail, and what does not."""

import json
import os
from pathlib import Path

import pytest

from ptce_workflow.app.contest import Contest
from ptce_workflow.app.locations import database_url, local_example, private_files
from ptce_workflow.app.outbox.desk import next_readers
from ptce_workflow.app.retention.backup import open_to_others
from rehearsal.cast import DESK
from tests.cli.lines import run
from tests.cli.posting import english, use_server
from tests.ledger.tamperings.found import guards
from tests.servers import ON_SERVER, by_hand
from tests.smtp import Server

Capture = pytest.CaptureFixture[str]
STEPS = [
    *("database", "folder", "files", "clock", "backup", "settings"),
    *(
        "connect",
        "tls",
        "auth",
        "sender",
        "recipient",
        "hours",
        "mailbox",
        "watch",
        "invented",
        "courier",
        "desk",
        "addresses",
        "mails",
        "decisions",
        "retention",
        "outside",
    ),
]


def examined(capsys: Capture) -> dict[str, str]:
    """How each step went."""
    told = json.loads(run(capsys, "doctor", "--json").out)
    outcomes = {step["step"]: step["outcome"] for step in told["steps"]}
    assert told["sound"] is ("failed" not in outcomes.values())
    return outcomes


def test_all_is_well(contest: Path, capsys: Capture) -> None:
    """A server that answers, and a folder in force: 0, and no mail was sent."""
    with Server() as server:
        use_server(contest, server)
        ended = english(capsys, "doctor")
        outcomes = examined(capsys)
    assert ended.code == 0
    assert "Mail can leave" in ended.out
    assert list(outcomes) == STEPS
    assert outcomes["tls"] == outcomes["auth"] == "skipped"
    assert server.received == []
    assert "DATA" not in server.heard


def test_without_a_server_mail_cannot_leave(contest: Path, capsys: Capture) -> None:
    ended = english(capsys, "doctor")
    assert ended.code == 1
    flat = "".join(ended.out.split())
    assert str(contest / "local.toml") in flat
    assert str(local_example()) in flat
    outcomes = examined(capsys)
    assert outcomes["settings"] == "failed"
    assert outcomes["connect"] == outcomes["sender"] == "skipped"


def test_the_servers_whose_hour_is_trusted(contest: Path, capsys: Capture) -> None:
    outcomes = [examined(capsys)["hours"]]
    for text in ("", 'entry = ["mx.desk.example"]'):
        (contest / "local.toml").write_text(f"[receipt]\n{text}\n", "utf-8")
        outcomes.append(examined(capsys)["hours"])
    assert outcomes == ["skipped", "remark", "ok"]
    assert "mx.desk.example" in english(capsys, "doctor").out


def test_a_server_that_is_gone(contest: Path, capsys: Capture) -> None:
    with Server() as server:
        use_server(contest, server)
    outcomes = examined(capsys)
    assert outcomes["settings"] == "ok"
    assert outcomes["connect"] == "failed"
    assert outcomes["sender"] == "skipped"
    assert run(capsys, "doctor").code == 1


def test_a_server_that_refuses_the_sender(contest: Path, capsys: Capture) -> None:
    with Server() as server:
        use_server(contest, server)
        server.always("MAIL", "550 5.7.1 you may not write here")
        ended = english(capsys, "doctor")
    assert ended.code == 1
    assert "you may not write here" in ended.out


def test_a_server_that_relays_to_nobody(contest: Path, capsys: Capture) -> None:
    with Server() as server:
        use_server(contest, server)
        mails = json.loads(run(capsys, "mail", "list", "--state", "planned", "--json").out)
        [name] = [one["message"] for one in mails if one["ref"] == "C-001"][:1]
        with Contest.open(contest, actor=DESK) as opened:
            address = dict(next_readers(opened))[name]
        server.always("RCPT", f"554 5.7.1 <{address.upper()}>: Relay access denied")
        ended = english(capsys, "doctor")
    assert ended.code == 1
    assert f"{name}: 554 5.7.1 <{name}>: Relay access denied" in ended.out
    assert address.lower() not in ended.out.lower()
    assert "DATA" not in server.heard


def test_a_server_that_does_not_know_one(contest: Path, capsys: Capture) -> None:
    """That is no fault of the server: the others may be taken."""
    with Server() as server:
        use_server(contest, server)
        server.always("RCPT", "550 5.1.1 no such user")
        assert examined(capsys)["recipient"] == "remark"
        assert english(capsys, "doctor").code == 0


def test_settings_with_faults(contest: Path, capsys: Capture) -> None:
    """Every fault is told, and the command goes on."""
    (contest / "local.toml").write_text('[mail]\nhots = "mail.example"\n')
    ended = english(capsys, "doctor")
    assert ended.code == 1
    assert "mail.hots" in ended.out
    assert "mail.sender" in ended.out
    assert examined(capsys)["mails"] == "remark"


def test_a_folder_that_differs(contest: Path, capsys: Capture) -> None:
    config = contest / "config.toml"
    config.write_text(config.read_text("utf-8") + "\n", "utf-8")
    assert examined(capsys)["folder"] == "failed"
    assert "ptce adopt --dry-run" in english(capsys, "doctor").out


def test_a_database_that_is_none(contest: Path, capsys: Capture) -> None:
    (contest / "ptce.db").write_bytes(b"not a database at all")
    with Server() as server:
        use_server(contest, server)
        outcomes = examined(capsys)
    assert list(outcomes) == [
        *("database", "settings", "connect", "tls", "auth", "sender", "recipient", "hours")
    ]
    assert outcomes["database"] == "failed"
    assert outcomes["sender"] == "ok"


def test_who_cannot_be_written_to_is_named(contest: Path, capsys: Capture) -> None:
    told = english(capsys, "doctor").out
    assert "bureau" in told
    assert "Coorace Occitanie" in told
    assert "DREETS" not in told
    assert examined(capsys)["addresses"] == "remark"


def test_what_asks_for_a_person_is_counted(contest: Path, capsys: Capture) -> None:
    told = english(capsys, "doctor").out
    assert "1 to be read, 2 to leave" in told
    assert examined(capsys)["mails"] == "remark"


def test_outside_a_contest(
    tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There is nothing to look at: a misuse."""
    monkeypatch.chdir(tmp_path)
    ended = run(capsys, "doctor")
    assert (ended.code, ended.out) == (2, "")


@pytest.mark.skipif(os.name != "posix", reason="other systems have other permissions")
def test_files_that_anyone_may_open_are_named(contest: Path, capsys: Capture) -> None:
    for name in ("password", "token.json", "ca.pem"):
        (contest / name).touch()
        (contest / name).chmod(0o644)
    with Server() as server:
        use_server(contest, server)
        with (contest / "local.toml").open("a", encoding="utf-8") as stream:
            stream.write('ca_file = "ca.pem"\npassword_file = "password"\n')
            stream.write('token_file = "token.json"\n')
        ledger = () if ON_SERVER else ("ptce.db",)
        private = (*ledger, "ptce.key", "password", "token.json")
        for name in private:
            (contest / name).chmod(0o644)
        told = json.loads(run(capsys, "doctor", "--json").out)["steps"]
        seen = {step["step"]: step for step in told}["files"]
        assert seen["outcome"] == "remark"
        for name in private:
            assert str(contest / name) in seen["said"]
            (contest / name).chmod(0o660)
        assert "ca.pem" not in seen["said"]
        assert examined(capsys)["files"] == "ok"


@pytest.mark.skipif(os.name != "posix", reason="other systems have other permissions")
@pytest.mark.parametrize("loose", ["copy.db", "ptce.before-0003.db", "local.toml", "."])
def test_what_else_is_private_is_looked_at(contest: Path, capsys: Capture, loose: str) -> None:
    """The last backup, what was left aside, settings with a password, a folder anyone may fill."""
    assert run(capsys, "backup", "copy.db").code == 0
    (contest / "ptce.before-0003.db").touch(0o600)
    settings, place = contest / "local.toml", database_url(contest)
    url = f"sqlite:///{place}?password=x" if isinstance(place, Path) else f"{place}&password=x"
    settings.write_text(f'[database]\nurl = "{url}"\n')
    for file in (settings, contest / "copy.db"):
        file.chmod(0o600)
    assert open_to_others(contest) == []
    (contest / loose).chmod(0o777)
    assert open_to_others(contest) == [contest / loose]


@pytest.mark.skipif(os.name != "posix", reason="other systems have other permissions")
def test_a_ledger_begins_closed_to_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.setenv("PTCE_ACTOR", "bureau")
    former = os.umask(0)
    try:
        assert run(capsys, "init", str(tmp_path / "new"), "--yes").code == 0
        with Contest.open(tmp_path / "new", actor="bureau") as contest, contest.looking():
            there = [file for file in private_files(contest.folder) if file.exists()]
            modes = {file.name: file.stat().st_mode & 0o777 for file in there}
    finally:
        os.umask(former)
    ledger = () if ON_SERVER else ("ptce.db", "ptce.db-wal", "ptce.db-shm")
    assert modes == dict.fromkeys((*ledger, "ptce.key"), 0o600)


def test_a_guard_that_is_gone_is_named(contest: Path, capsys: Capture) -> None:
    for how, told in (
        *(("added", "extra acts"), ("emptied", "was changed"), ("dropped", "is gone")),
        ("unindexed", "index ledger_case is gone"),
    ):
        with by_hand(contest) as database:
            for statement in guards(contest)[how]:
                database.execute(statement)
        for command in ("doctor", "verify"):
            ended = english(capsys, command)
            assert (ended.code, told in " ".join(ended.out.split())) == (1, True), ended


def test_a_head_that_was_put_back(contest: Path, capsys: Capture) -> None:
    """Nobody can write then: both are told, and that the lines after it may be genuine."""
    with by_hand(contest) as database:
        database.execute("UPDATE contest SET head_n = head_n - 1")
    assert "the head that is kept is line" in " ".join(english(capsys, "doctor").out.split())
    assert "the lines after it are genuine" in english(capsys, "verify").out
