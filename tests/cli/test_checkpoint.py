"""`ptce checkpoint`, and what `ptce verify` makes of those that somebody kept."""

import json
import shutil
from pathlib import Path

import pytest

from ptce_workflow.app.locations import CHECKPOINTS, KEY_FILE
from tests.cli.lines import run
from tests.cli.posting import english, use_server
from tests.smtp import Server

Capture = pytest.CaptureFixture[str]
KEPT = "kept.txt"


@pytest.fixture
def kept(contest: Path, capsys: Capture) -> Path:
    """A checkpoint that somebody else keeps."""
    made = json.loads(run(capsys, "checkpoint", "--json").out)
    return Path(shutil.copy(made["file"], contest / KEPT))


def test_one_is_made_shown_and_verified(contest: Path, kept: Path, capsys: Capture) -> None:
    assert run(capsys, "people", "enrol", "Ada", "--login", "ada", "--role", "auditor").code == 0
    made = english(capsys, "checkpoint")
    assert "lines · signed" in made.out
    assert "It protects once somebody else keeps it" in made.err
    shown = english(capsys, "checkpoint", "--list", "--as", "ada")
    assert shown.out.count(f"{CHECKPOINTS}/0000") == 2
    assert english(capsys, "checkpoint", "--as", "ada").code == 1
    verified = english(capsys, "verify", "--checkpoint", KEPT)
    assert verified.code == 0
    assert "2 checkpoints: the ledger goes on from each" in verified.out


def test_a_key_is_changed_with_a_reason(contest: Path, kept: Path, capsys: Capture) -> None:
    """What is lost is told, how to mend it, and `verify` remarks it from then on."""
    assert english(capsys, "checkpoint", "--rotate-key").code == 2
    rotated = english(capsys, "checkpoint", "--rotate-key", "--reason", "The machine was stolen.")
    assert "the one before has signed it" in rotated.out
    (contest / KEY_FILE).unlink()
    assert run(capsys, "people", "enrol", "Ada", "--role", "auditor").code == 0
    refused = english(capsys, "checkpoint")
    assert refused.code == 1
    assert "ptce checkpoint --rotate-key --reason" in refused.err
    assert "the key that signs is not in" in english(capsys, "doctor").out
    lost = english(capsys, "checkpoint", "--rotate-key", "--reason", "Lost.")
    assert "says that the one before was lost" in lost.out
    verified = english(capsys, "verify", "--checkpoint", KEPT)
    assert verified.code == 0
    assert "The key before was lost" in verified.out
    assert f"{KEPT}: the ledger goes on from what it was at line" in verified.out
    twice = english(capsys, "verify", "--checkpoint", KEPT, KEPT)
    assert (twice.code, "repeat them" in twice.err) == (2, True)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("checkpoint --list --rotate-key", "--list stands alone"),
        ("checkpoint --reason Because", "--reason goes with --rotate-key"),
        ("verify --checkpoint nowhere.eml", "nowhere.eml: There is no such file"),
        ("verify --checkpoint config.toml", "There is no checkpoint in config.toml"),
        ("verify --checkpoint mail.eml", "There is no checkpoint in mail.eml.\n  Name a file"),
        ("verify --receipt config.toml", "config.toml quotes no line of the ledger"),
        ("verify --receipt states", "states: This is a folder"),
    ],
)
def test_misuse(words: str, said: str, contest: Path, capsys: Capture) -> None:
    """A line that makes no sense, or a file that holds nothing of the kind, ends with 2."""
    # The lines of every mail end so: that is not why there is no checkpoint in it.
    Path("mail.eml").write_bytes(b"Subject: Nothing\r\n\r\nNothing.\r\n")
    ended = english(capsys, *words.split())
    assert (ended.code, ended.out) == (2, "")
    assert said in ended.err


def test_the_mails_that_somebody_kept(contest: Path, capsys: Capture) -> None:
    with Server() as server:
        use_server(contest, server)
        assert run(capsys, "receive", "C-001", "dossier").code == 0
        assert run(capsys, "tick").code == 0
    [content] = [one.content for one in server.received if "C-001" in one.subject][:1]
    (contest / "accuse.eml").write_bytes(content)
    ended = english(capsys, "verify", "--receipt", "accuse.eml")
    assert ended.code == 0, ended.err
    assert "stands as quoted" in ended.out
    told = json.loads(run(capsys, "verify", "--receipt", "accuse.eml", "--json").out)
    [receipt] = told["receipts"]
    assert (receipt["file"], receipt["ref"]) == ("accuse.eml", "C-001")
    other = content.replace(b"=\r\n", b"").replace(receipt["hash"].encode(), b"0" * 64)
    (contest / "autre.eml").write_bytes(other)
    ended = english(capsys, "verify", "--receipt", "accuse.eml", "--receipt", "autre.eml")
    assert ended.code == 1
    assert "The line is not the one that autre.eml quotes." in ended.out
    assert "accuse.eml: line" in ended.out


@pytest.mark.long
def test_none_kept_is_remarked(contest: Path, capsys: Capture) -> None:
    config = contest / "config.toml"
    config.write_text(config.read_text("utf-8") + "\n", "utf-8")
    assert run(capsys, "adopt", "--reason", "A line.", "--yes").code == 0
    (contest / CHECKPOINTS).rename(contest / "away")
    told = json.loads(run(capsys, "verify", "--json", "--lang", "en").out)
    assert (told["intact"], told["checkpoints"]) == (True, 0)
    assert "No checkpoint is kept beside the database" in told["remarks"][-1]["what"]


def test_a_folder_among_them(contest: Path, capsys: Capture) -> None:
    assert run(capsys, "checkpoint").code == 0
    (contest / CHECKPOINTS / "b.txt").mkdir()
    verified = english(capsys, "verify")
    flat = " ".join(verified.out.split())
    assert (verified.code, f"There is no checkpoint in {CHECKPOINTS}/b.txt" in flat) == (1, True)
    assert "it is a folder" in flat
    assert english(capsys, "checkpoint").code == 0
    assert "b.txt" not in english(capsys, "checkpoint", "--list").out
    refused = english(capsys, "export", "out")
    assert (refused.code, f"{CHECKPOINTS}/b.txt cannot be read" in refused.err) == (1, True)


@pytest.mark.parametrize("link", [False, True])
def test_their_folder_is_none(link: bool, contest: Path, capsys: Capture) -> None:
    place = contest / CHECKPOINTS
    shutil.rmtree(place, ignore_errors=True)
    if link:
        place.symlink_to("nowhere")
    else:
        place.write_text("mine")
    for words in ("checkpoint", "checkpoint --list", "export out"):
        refused = english(capsys, *words.split())
        assert (refused.code, "move away what stands in its place" in refused.err) == (1, True)
    assert f"{CHECKPOINTS} cannot be read" in "".join(english(capsys, "verify").out)


def test_the_key_is_looked_for_where_nothing_is_new(contest: Path, capsys: Capture) -> None:
    assert run(capsys, "checkpoint").code == 0
    key = contest / KEY_FILE
    for spoil in (lambda: key.write_text("broken"), key.unlink):
        spoil()
        refused = english(capsys, "checkpoint")
        assert (refused.code, refused.out) == (1, "")
        assert "the key that signs is not in" in refused.err
