"""The lines that `tools/golden.py` runs name every command, and it sees what differs."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ptce_workflow.cli.grammar import every_command, places
from tests.cli.lines import run
from tools.golden import AS_OF, COMMAND, LINES, compare, masks


def test_every_command_is_run() -> None:
    scenes = [line for scene in LINES["scenes"].values() for line in scene["acts"]]
    lines = [*LINES["reads"], *scenes, *LINES["refusals"]]
    assert [n for n in places() if not any(re.match(rf"{n}( |$)", line) for line in lines)] == []


def test_what_takes_an_earlier_instant_is_read_in_the_help(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """`list --at` and its like are found as click prints them; no other command."""
    dated = {
        name
        for name, command in every_command().items()
        if any(param.name == "as_of" for param in command.params)
    }
    assert {"list", "why"} <= dated
    for name in every_command():
        usage = run(capsys, *name.split(), "--help", "--lang", "en").out
        assert bool(re.search(AS_OF, usage, re.MULTILINE)) == (name in dated), name
    pages = [
        run(capsys, *line).out for line in (["--help"], ["help", "admin"], ["help", "control"])
    ]
    assert set(re.findall(COMMAND, "".join(pages), re.MULTILINE)) == set(every_command())


def test_a_file_that_differs_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, word in (("old", "un"), ("new", "deux")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "list.txt").write_text(f"même\n{word}\n", "utf-8")
    (tmp_path / "new" / "why.txt").write_text("là\n", "utf-8")
    assert compare(tmp_path / "old", tmp_path / "new") == 1
    told = capsys.readouterr().out
    assert "=== list.txt\n@@ -2 +2 @@\n-un\n+deux\n=== why.txt (only in one)" in told
    assert "2 of 2" in told
    assert compare(tmp_path / "new", tmp_path / "new") == 0


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("SHA-256 c0522e9e921b, fin", "SHA-256 HASH, fin"),
        ("efWkjL/ewkzFAGFTuaUhYWX1oi8bQAko1qAE9Xf11cA=", "KEY"),
        (f"{datetime.now(UTC):%Y-%m-%d}T08:00:00.000000Z", "TODAY"),
        ("2024-03-11T12:00:00+01:00, 19 lignes", "2024-03-11T12:00:00+01:00, 19 lignes"),
    ],
)
def test_what_differs_by_chance_is_masked(text: str, masked: str) -> None:
    for pattern, mask in masks(Path("/nowhere")):
        text = pattern.sub(mask, text)
    assert text == masked
