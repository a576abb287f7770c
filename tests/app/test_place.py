"""What this machine alone says of a contest: where the database is, and how mail leaves."""

import re
import shutil
import tomllib
from pathlib import Path

import pytest

from ptce_workflow.app.candidatures.overview import overview
from ptce_workflow.app.locations import database_url, mail_settings, read_folder, receipt_settings
from ptce_workflow.base.errors import Misuse
from ptce_workflow.base.runtime import SetClock
from ptce_workflow.mail.settings import (
    MailSettings,
    ReceiptSettings,
    read_mailbox_settings,
    read_receipt,
    read_settings,
)
from tests.rehearsal import BEGINNING, SMALL, opened

EXAMPLE = Path(__file__).parents[2] / "local.example.toml"
LEAST = '[mail]\nhost = "smtp.collectif.example"\nsender = "contact@collectif.example"\n'
SIGNED_IN = LEAST + 'user = "contact"\n'


def local(folder: Path, text: str) -> Path:
    """The folder, with that `local.toml`."""
    (folder / "local.toml").write_text(text, "utf-8")
    return folder


@pytest.mark.parametrize("text", [None, "", '[database]\nurl = "ledger.db"\n'])
def test_no_mail_server(tmp_path: Path, text: str | None) -> None:
    """Without a `[mail]` table there is no mail server, and that is no fault."""
    if text is not None:
        local(tmp_path, text)
    assert mail_settings(tmp_path) is None


def test_a_mail_server(tmp_path: Path) -> None:
    """The `[mail]` table says how mail leaves; the database may be told beside it."""
    folder = local(tmp_path, LEAST + '[database]\nurl = "ledger.db"\n')
    settings = mail_settings(folder)
    assert settings is not None
    assert (settings.host, settings.port) == ("smtp.collectif.example", 587)
    assert database_url(folder) == folder / "ledger.db"


@pytest.mark.parametrize(
    ("named", "found"),
    [
        ("secret/mail", "{folder}/secret/mail"),
        ("/etc/ptce/mail", "/etc/ptce/mail"),
        ("~/mail", "~/mail"),
    ],
)
def test_files_are_seen_from_the_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, named: str, found: str
) -> None:
    local(tmp_path, SIGNED_IN + f'password_file = "{named}"\nca_file = "{named}"\n')
    monkeypatch.chdir(tmp_path.parent)
    settings = mail_settings(Path(tmp_path.name))
    assert settings is not None
    assert settings.password_file == found.format(folder=tmp_path)
    assert settings.ca_file == found.format(folder=tmp_path)


def test_every_fault_is_told(tmp_path: Path) -> None:
    local(tmp_path, '[mail]\nhots = "smtp.collectif.example"\nport = 0\n')
    with pytest.raises(Misuse) as refused:
        mail_settings(tmp_path)
    for part in ("local.toml · mail.hots", '"host"', "mail.port", "mail.sender"):
        assert part in str(refused.value)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("mail = 'smtp.collectif.example'\n", '"mail" is not written as a table'),
        ("database = 'postgresql://db.example/c'\n", "Write [database] on a line of its own"),
        ("[[database]]\nurl = 'ptce.db'\n", '"database" is not written as a table'),
        ("[database]\nurl = 3\n", '"database.url" names no database'),
        ("[database]\nurl = ' '\n", '"database.url" names no database'),
        ("[database]\nur = 'ptce.db'\n", 'Did you mean "url"'),
        ("[mial]\nhost = 'x'\n", 'Did you mean "mail"'),
        ("[mail\n", "cannot be read"),
    ],
)
def test_what_is_no_table(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(Misuse, match=r"local\.toml") as refused:
        mail_settings(local(tmp_path, text))
    assert told in str(refused.value)


def test_what_cannot_be_read_is_not_quoted(tmp_path: Path) -> None:
    """It may hold a password: the line is named, and what to do; a folder is no absent file."""
    (tmp_path / "local.toml").mkdir()
    with pytest.raises(Misuse, match="cannot be read") as refused:
        database_url(tmp_path)
    (tmp_path / "local.toml").rmdir()
    local(tmp_path, '[database]\nurl = "postgresql://anne:S3cr3t@db.example/c\n')
    with pytest.raises(Misuse, match="cannot be read") as refused:
        database_url(tmp_path)
    assert "S3cr3t" not in str(refused.value)
    for part in ("line 2", "quotation marks"):
        assert part in str(refused.value)
    (tmp_path / "local.toml").write_bytes(b"# \xff")
    with pytest.raises(Misuse, match="The file is not in UTF-8") as refused:
        database_url(tmp_path)


def test_a_fault_of_mail_stops_mail_alone(folder: Path) -> None:
    local(folder, "[mail]\nport = 0\n")
    with opened(folder, SetClock(BEGINNING)) as contest:
        assert overview(contest).briefs == ()


@pytest.mark.sqlite("names the file that is meant without a server")
def test_the_example_is_read(tmp_path: Path) -> None:
    """`local.example.toml` is what it says: a file to copy and adapt."""
    settings = mail_settings(local(tmp_path, EXAMPLE.read_text("utf-8")))
    assert settings is not None
    assert settings.password_file == "/etc/ptce/mail-password"
    assert database_url(tmp_path) == tmp_path / "ptce.db"


def test_the_example_shows_every_key() -> None:
    text = EXAMPLE.read_text("utf-8")
    live = tomllib.loads(text)["mail"]
    every = tomllib.loads("\n".join(re.findall(r"^(?:# )?(\[\w+\]|\w+ = .*)$", text, re.MULTILINE)))
    assert every["database"] == {"url": "ptce.db"}
    assert every["watch"]["url"].startswith("https://")
    assert read_mailbox_settings(every["mailbox"], "local.toml").folders == ("INBOX", "Junk")
    assert read_receipt(every["receipt"], "local.toml").entry == ("mx.collectif.example",)
    assert set(every["receipt"]) == set(ReceiptSettings.model_fields)
    assert set(every["mail"]) == set(MailSettings.model_fields)
    shown = {key: value for key, value in every["mail"].items() if key not in live}
    together = ("token_file", "client_id")
    for key, value in shown.items():
        secret = key in ("password_env", "token_command", "token_file", "client_id")
        least = {name: live[name] for name in live if not (secret and name == "password_file")}
        if key in together:
            least |= {name: shown[name] for name in together}
        assert getattr(read_settings({**least, key: value}, "local.toml"), key) is not None


@pytest.mark.parametrize("linked", ["states/zz.toml", "notifications", "config.toml"])
def test_a_link_that_leads_out_is_not_followed(linked: str, tmp_path: Path) -> None:
    folder, private = tmp_path / "contest", tmp_path / "private"
    shutil.copytree(SMALL, folder)
    private.mkdir()
    (private / "secret.toml").write_text("my password = secret", "utf-8")
    link = folder / linked
    shutil.rmtree(link, ignore_errors=True)
    link.unlink(missing_ok=True)
    link.symlink_to(private if linked == "notifications" else private / "secret.toml")
    with pytest.raises(Misuse, match=r"leads out|mène hors") as refused:
        read_folder(folder)
    assert linked in refused.value.what
    assert "password" not in str(refused.value)


def test_a_link_to_the_folder_or_inside_it(tmp_path: Path) -> None:
    folder, link = tmp_path / "contest", tmp_path / "link"
    shutil.copytree(SMALL, folder)
    link.symlink_to(folder)
    before = read_folder(folder)
    (folder / "states" / "zz.toml").symlink_to(folder / "states" / "draft.toml")
    assert read_folder(link) == {**before, "states/zz.toml": before["states/draft.toml"]}


def test_the_servers_whose_hour_is_trusted(tmp_path: Path) -> None:
    assert receipt_settings(local(tmp_path, LEAST)) is None
    found = receipt_settings(local(tmp_path, LEAST + '[receipt]\nentry = ["MX.desk.example"]\n'))
    assert found is not None
    assert (found.entry, found.inner, found.networks) == (("mx.desk.example",), (), ())
    local(tmp_path, LEAST + "[receipt]\n")
    assert mail_settings(tmp_path) is not None
    with pytest.raises(Misuse, match=r"receipt\.entry"):
        receipt_settings(tmp_path)
