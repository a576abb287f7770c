"""`ptce export`: a folder whole or not at all, in the place of nothing but an earlier export."""

import shutil
from pathlib import Path

import pytest

import ptce_workflow.exports.tables as verify_pages
from ptce_workflow.base.runtime import EXIT_CODE
from tests.cli.lines import run
from tests.cli.posting import english, typed_until
from tests.one_pass import Couriers

pytestmark = pytest.mark.served

Capture = pytest.CaptureFixture[str]


def test_an_export_is_written_and_verified(contest: Path, capsys: Capture) -> None:
    ended = english(capsys, "export", "out")
    assert (ended.code, "· verified" in ended.out) == (0, True), ended.err
    assert "VERIFY.md" in ended.out
    out = contest / "out"
    assert out.stat().st_mode & 0o077 == 0
    assert not list(contest.glob(".*"))
    verified = english(capsys, "verify", "out")
    assert (verified.code, "chain intact" in verified.out) == (0, True)
    assert "each file is what the ledger says" in verified.out
    assert "shown" not in verified.out
    (out / "mails.txt").unlink()
    verified = english(capsys, "verify", "out")
    assert "ask for another" in verified.out
    assert "restore a backup" not in verified.out
    assert (verified.code, "missing: mails.txt" in verified.out) == (1, True)


def test_an_earlier_export_is_replaced_on_a_yes(contest: Path, capsys: Capture) -> None:
    assert run(capsys, "export", "out").code == 0
    before = (contest / "out" / "ledger.jsonl").read_bytes()
    assert run(capsys, "people", "enrol", "Ada", "--role", "auditor").code == 0
    asked = english(capsys, "export", "out")
    assert (asked.code, "Replace it?" in asked.err) == (2, True)
    assert run(capsys, "export", "out", "--force").code == 0
    after = (contest / "out" / "ledger.jsonl").read_bytes()
    assert after.startswith(before)
    assert after != before
    (contest / "out" / "ledger.jsonl").write_bytes(after.replace(b"P-001", b"P-002"))
    refused = english(capsys, "export", "out", "--force")
    assert (refused.code, "not of an earlier state" in refused.err) == (2, True)
    assert [path.name for path in contest.glob("*out*")] == ["out"]
    assert not list(contest.glob(".*"))


@pytest.mark.parametrize("there", ["states", "config.toml", "notes", "file"])
def test_nothing_else_is_written_over(there: str, contest: Path, capsys: Capture) -> None:
    (contest / "notes").mkdir()
    (contest / "notes" / "mine.txt").write_text("Mine.")
    (contest / "file").write_text("Mine.")
    refused = english(capsys, "export", there, "--force")
    assert (refused.code, "nothing is written over it" in refused.err) == (2, True)
    assert (contest / "notes" / "mine.txt").read_text() == "Mine."


def test_a_member_of_the_panel_makes_none(contest: Path, capsys: Capture) -> None:
    more = ("--login", "nour", "--role", "jury", "--institution", "dreets")
    assert run(capsys, "people", "enrol", "nour", *more).code == 0
    refused = english(capsys, "export", "out", "--as", "nour")
    assert (refused.code, (contest / "out").exists()) == (1, False)


def test_one_that_cannot_be_finished_is_not_there(
    contest: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run(capsys, "export", "out").code == 0
    (contest / "out" / "README").write_text("Mine.")

    def full(_language: str) -> str:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(verify_pages, "findings_table", full)
    for folder in ("out", "new", "nowhere/new"):
        assert english(capsys, "export", folder, "--force").code == 1
    assert (contest / "out" / "README").exists()
    assert not (contest / "new").exists()
    assert not list(contest.glob(".*"))


@pytest.mark.long
@pytest.mark.parametrize(("point", "there"), [("exported", True), ("set aside", False)])
def test_one_that_is_killed(
    point: str, there: bool, contest: Path, couriers: Couriers, capsys: Capture
) -> None:
    assert run(capsys, "export", "out").code == 0
    before = (contest / "out" / "MANIFEST").read_bytes()
    assert run(capsys, "people", "enrol", "Ada", "--role", "auditor").code == 0
    dying = typed_until(point, contest, "export", str(contest / "out"), "--force")
    assert couriers.makes(dying) == EXIT_CODE
    assert (contest / "out").exists() is there
    earlier = contest / "out" if there else next(contest.glob(".out.*.old"))
    assert (earlier / "MANIFEST").read_bytes() == before
    assert run(capsys, "verify", str(earlier)).code == 0
    assert run(capsys, "export", "out", "--force").code == 0
    assert not list(contest.glob(".*"))
    assert (contest / "out" / "MANIFEST").read_bytes() != before


def test_what_is_no_export_is_not_verified(contest: Path, capsys: Capture) -> None:
    assert "is no export" in english(capsys, "verify", "states").err
    assert english(capsys, "verify", "nowhere").code == 2
    assert run(capsys, "export", "out").code == 0
    assert "stands alone" in english(capsys, "verify", "out", "--against", ".").err
    shutil.rmtree(contest / "out" / "processes")
    assert "missing or damaged" in english(capsys, "verify", "out").out
