"""Words of the command line turned into values."""

from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import click
import pytest

from ptce_workflow.base.errors import Misuse
from ptce_workflow.cli.invocation import Invocation, instant
from ptce_workflow.cli.parameters import OneOf, pairs, references_and_transition
from ptce_workflow.cli.terminal import Output
from tests.cli.lines import run


def test_pairs_keep_the_value_whole() -> None:
    assert pairs(["a=1", "b= x=y ", "c="], form="f=v") == {"a": "1", "b": " x=y ", "c": ""}


@pytest.mark.parametrize("words", [["a"], ["=1"], ["a=1", "a=2"], [" =1"]])
def test_pairs_that_are_none_are_refused(words: list[str]) -> None:
    with pytest.raises(Misuse) as refused:
        pairs(words, form="CHAMP=VALEUR")
    assert refused.value.mend


def test_one_of_suggests_the_nearest() -> None:
    kind, param = OneOf(("mermaid", "dot")), click.Option(["--format"])
    assert kind.convert("mermaid", param, None) == "mermaid"
    with pytest.raises(Misuse) as refused:
        kind.convert("mermade", param, None)
    assert "dot" in refused.value.why
    assert "mermaid" in refused.value.mend


def test_the_last_word_is_the_transition() -> None:
    read = references_and_transition(["C-001", "C-002", "submit"])
    assert read == (("C-001", "C-002"), "submit", {})
    granted = references_and_transition(["C-001", "grant", "award.amount=80000"])
    assert granted == (("C-001",), "grant", {"award.amount": "80000"})
    with pytest.raises(Misuse, match="C-001"):
        references_and_transition(["C-001"])


@pytest.mark.parametrize(
    "text", ["2024-03-11T12:00:00+01:00", "2024-03-11 11:00Z", " 2024-03-11T11:00:00+00:00 "]
)
def test_an_instant_has_its_offset(text: str) -> None:
    assert instant(text, said_by="--at", zone=None) == datetime(2024, 3, 11, 11, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "lacks"),
    [
        *(("hier", "jour"), ("2024-03-11", "heure"), ("2024-02-30T00:00Z", "calendrier")),
        ("2024-03-11T12:00:00", "décalage"),
    ],
)
def test_what_is_no_instant_or_several_is_refused(text: str, lacks: str) -> None:
    with pytest.raises(Misuse) as refused:
        instant(text, said_by="PTCE_NOW", zone=None)
    assert refused.value.what.startswith("PTCE_NOW")
    assert lacks in refused.value.what
    assert refused.value.mend


def invocation(folder: Path | None, **environ: str) -> Invocation:
    """An invocation with nothing said."""
    return Invocation(folder, None, environ, Output(StringIO(), StringIO()))


def test_a_folder_without_config_is_no_contest(tmp_path: Path) -> None:
    for folder in (None, tmp_path, tmp_path / "missing"):
        with pytest.raises(Misuse) as refused:
            _ = invocation(folder).contest_dir
        assert "ptce init" in refused.value.mend
    (tmp_path / "config.toml").touch()
    assert invocation(tmp_path).contest_dir == tmp_path


def test_who_acts_is_said_before_it_is_found() -> None:
    out = Output(StringIO(), StringIO())
    assert Invocation(None, "P-001", {"PTCE_ACTOR": "P-002"}, out).actor == "P-001"
    assert invocation(None, PTCE_ACTOR="P-002").actor == "P-002"


def test_the_clock_is_set_by_its_variable_only() -> None:
    clock = invocation(None, PTCE_NOW="2024-03-11T12:00:00+01:00").clock
    assert clock is not None
    assert clock.now() == datetime(2024, 3, 11, 11, tzinfo=UTC)
    assert invocation(None).clock is None


def test_what_was_understood_is_told(begun: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = run(capsys, "list", "--at", "26 février 2024 à 9 h").err
    assert "--at" in told
    assert "lundi 26 février 2024 à 9" in told
    assert "26 février 2024 à 24" in run(capsys, "list", "--at", "26/02/2024").err
    assert "--at" not in run(capsys, "list", "--at", "2024-02-26T09:00:00+01:00").err


def test_the_clock_of_a_rehearsal_is_set_in_its_zone(
    begun: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PTCE_NOW", "27 février 2024 à 10 h")
    ended = run(capsys, "clock", "--json")
    assert '"now": "2024-02-27T09:00:00' in ended.out
    assert ended.err.count("PTCE_NOW") == 1
    monkeypatch.setenv("PTCE_NOW", "27 février 2024")
    ended = run(capsys, "clock")
    assert ended.code == 2
    assert "PTCE_NOW" in ended.err
    assert "heure" in ended.err


def test_a_day_does_not_say_when_a_dossier_arrived(
    begun: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ended = run(capsys, "receive", "C-001", "dossier", "--at", "27/02/2024")
    assert ended.code == 2
    assert "--at" in ended.err
