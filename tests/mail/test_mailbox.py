"""Where mails lie: files, an mbox, a Maildir, folders of a server; none of them is changed."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

import ptce_workflow.mail.mailbox as mailbox
from ptce_workflow.base.errors import Misuse, PtceError
from ptce_workflow.mail.mailbox import StoredMail, of_file, of_server
from ptce_workflow.mail.settings import MailboxSettings, read_mailbox_settings
from tests.imap import PASSWORD, Imap

pytestmark = pytest.mark.usefixtures("in_english")

MAIL = b"From: a@b.example\nSubject: %d\n\nBonjour\n"
LEAST = {"host": "imap.desk.example", "user": "desk@desk.example", "password_env": "PTCE_TEST"}


def mail(n: int) -> bytes:
    return MAIL % n


def settings(**other: object) -> MailboxSettings:
    return read_mailbox_settings({**LEAST, **other}, "local.toml")


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> Callable[[Imap], Imap]:
    """Has the program speak with a server of the tests, and know the password."""
    monkeypatch.setenv("PTCE_TEST", PASSWORD)

    def serve(imap: Imap) -> Imap:
        monkeypatch.setattr(mailbox, "_connected", lambda _settings: imap)
        return imap

    return serve


def none(_mailbox: str, _validity: int) -> set[int]:
    return set()


def test_a_file(tmp_path: Path) -> None:
    file = tmp_path / "a.eml"
    file.write_bytes(mail(1))
    assert list(of_file(file)) == [StoredMail(str(file), mail(1))]


def test_a_file_of_many(tmp_path: Path) -> None:
    file = tmp_path / "box"
    line = b"From a@b.example Tue Mar  5 11:44:00 2024\n"
    file.write_bytes(b"".join(line + mail(n) + b"\n" for n in range(3)))
    assert [one.content for one in of_file(file)] == [mail(n) for n in range(3)]


def test_a_maildir_is_not_changed(tmp_path: Path) -> None:
    for folder, name in (("new", "1.a.box"), ("cur", "2.b.box:2,S")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / name).write_bytes(mail(int(name[0])))
    before = sorted(str(path) for path in tmp_path.rglob("*"))
    assert [one.content for one in of_file(tmp_path)] == [mail(1), mail(2)]
    assert sorted(str(path) for path in tmp_path.rglob("*")) == before


@pytest.mark.parametrize(
    ("name", "said"), [("no.eml", "no mail"), ("folder", "no Maildir"), ("gone", "cannot be read")]
)
def test_what_is_no_mailbox(tmp_path: Path, name: str, said: str) -> None:
    (tmp_path / "no.eml").write_bytes(b"%PDF-1.7")
    (tmp_path / "folder").mkdir()
    with pytest.raises(Misuse, match=said):
        list(of_file(tmp_path / name))


def test_a_mail_that_is_too_large(tmp_path: Path) -> None:
    file = tmp_path / "a.eml"
    file.write_bytes(mail(1))
    os.truncate(file, 60_000_000)
    [one] = of_file(file)
    assert (one.content, one.is_cut) == (b"From: a@b.example\nSubject: 1", True)


def test_the_folders_of_a_server(served: Callable[[Imap], Imap]) -> None:
    junk = "Ind&AOk-sirables"
    imap = served(Imap({"INBOX": {1: mail(1), 3: mail(3)}, junk: {2: mail(2)}, "Empty": {}}))
    read = {"imap://desk@desk.example@imap.desk.example/INBOX": {1}}
    found = list(
        of_server(
            settings(folders=["INBOX", "Empty", "Indésirables"]),
            lambda name, _validity: read.get(name, set()),
        )
    )
    assert imap.fetched == [("INBOX", 3), (junk, 2)]
    assert [(one.uid, one.validity, one.content) for one in found] == [
        (3, 7, mail(3)),
        (2, 7, mail(2)),
    ]
    assert imap.signed_in == [("PLAIN", f"\0desk@desk.example\0{PASSWORD}".encode())]


def test_a_large_mail_of_a_server_is_not_fetched(served: Callable[[Imap], Imap]) -> None:
    served(Imap({"INBOX": {1: mail(1)}}, sizes={1: 60_000_000}))
    [one] = of_server(settings(), none)
    assert (one.content, one.is_cut) == (b"From: a@b.example\nSubject: 1", True)


def test_a_connection_that_breaks(served: Callable[[Imap], Imap]) -> None:
    served(Imap({"INBOX": {n: mail(n) for n in range(1, 9)}}, breaks_after=3))
    found: list[StoredMail] = []
    with pytest.raises(PtceError, match="signed out") as refused:
        found.extend(of_server(settings(), none))
    assert [one.uid for one in found] == [1, 2, 3]
    assert "goes on from there" in refused.value.mend


def test_a_password_that_is_refused(
    served: Callable[[Imap], Imap], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the server says is told, without the password that it repeats."""
    served(Imap({"INBOX": {}}))
    monkeypatch.setenv("PTCE_TEST", "wrong" * 100)
    with pytest.raises(PtceError, match="AUTHENTICATIONFAILED") as refused:
        list(of_server(settings(), none))
    assert "wrong" not in str(refused.value)


def test_a_token(served: Callable[[Imap], Imap]) -> None:
    imap = served(Imap({"INBOX": {}}))
    command = ["printf", PASSWORD.replace(" ", "")]
    with pytest.raises(PtceError):
        list(of_server(settings(password_env=None, token_command=command), none))
    [(mechanism, answer)] = imap.signed_in
    token = PASSWORD.replace(" ", "")
    assert mechanism == "XOAUTH2"
    assert answer == f"user=desk@desk.example\x01auth=Bearer {token}\x01\x01".encode()


def test_a_folder_that_is_not_there(served: Callable[[Imap], Imap]) -> None:
    served(Imap({"INBOX": {}}))
    with pytest.raises(PtceError, match="has no folder Junk"):
        list(of_server(settings(folders=["Junk"]), none))


@pytest.mark.parametrize(
    ("given", "port"), [({}, 993), ({"security": "starttls"}, 143), ({"port": 1993}, 1993)]
)
def test_the_settings(given: dict[str, object], port: int) -> None:
    assert settings(**given).port == port


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"user": None}, "user"),
        ({"password_env": None}, "where the password is"),
        ({"security": "none"}, "Without encryption nobody signs in"),
        ({"folders": []}, "folders"),
        ({"per_minute": 3}, "per_minute"),
    ],
)
def test_settings_that_are_refused(given: dict[str, object], said: str) -> None:
    table = {name: one for name, one in {**LEAST, **given}.items() if one is not None}
    with pytest.raises(Misuse) as refused:
        read_mailbox_settings(table, "local.toml")
    assert said in str(refused.value)
