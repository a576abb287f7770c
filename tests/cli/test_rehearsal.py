"""The story of the rehearsal."""

from __future__ import annotations

from pathlib import Path

import pytest

from ptce_workflow.base.words import LANGUAGES, speaking
from rehearsal.run import HERE, Stage, read


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_story_is_told_in_both_languages(
    language: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every sentence is there, and none is the same in both languages."""
    for name in ("PTCE_CONTEST", "PTCE_ACTOR"):
        monkeypatch.setenv(name, "")
    with speaking(language):
        stage = Stage(tmp_path)
        for scene, words in stage.story.items():
            assert stage.said(scene)
            assert words["fr"] != words["en"]


def test_the_clock_only_goes_forward() -> None:
    """The scenes stand in the order in which they are played."""
    instants = [words["at"] for words in read("story.toml").values() if "at" in words]
    assert instants == sorted(instants)
    assert all(at.tzinfo is not None for at in instants)


def test_every_completion_completes_a_dossier() -> None:
    """A completion bears the name of the dossier that it completes."""
    for file in (HERE / "completions").glob("*.toml"):
        assert (HERE / "dossiers" / file.name).is_file()
