"""Words of the command line turned into values."""

from __future__ import annotations

from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import pytest

from ptce_workflow.base.errors import Misuse
from ptce_workflow.cli.invocation import Invocation, instant
from ptce_workflow.cli.output import Output
from ptce_workflow.cli.parameters import one_of, pairs, references_and_transition


def test_pairs_keep_the_value_whole() -> None:
    """Only the first sign = separates; the value is left as it was typed."""
    assert pairs(["a=1", "b= x=y ", "c="], form="f=v") == {"a": "1", "b": " x=y ", "c": ""}


@pytest.mark.parametrize("words", [["a"], ["=1"], ["a=1", "a=2"], [" =1"]])
def test_pairs_that_are_none_are_refused(words: list[str]) -> None:
    """A word without a name or a sign =, or a name given twice, is a misuse with its mend."""
    with pytest.raises(Misuse) as refused:
        pairs(words, form="CHAMP=VALEUR")
    assert refused.value.mend


def test_one_of_suggests_the_nearest() -> None:
    """A word that is not accepted is answered with those that are and the nearest."""
    assert one_of("mermaid", ("mermaid",), option="--format") == "mermaid"
    with pytest.raises(Misuse) as refused:
        one_of("mermade", ("mermaid", "dot"), option="--format")
    assert "dot" in refused.value.why
    assert "mermaid" in refused.value.mend


def test_the_last_word_is_the_transition() -> None:
    """References come first; one word alone lacks its transition."""
    read = references_and_transition(["C-001", "C-002", "submit"])
    assert read == (("C-001", "C-002"), "submit")
    with pytest.raises(Misuse, match="C-001"):
        references_and_transition(["C-001"])


@pytest.mark.parametrize(
    "text", ["2024-03-11T12:00:00+01:00", "2024-03-11 11:00Z", " 2024-03-11T11:00:00+00:00 "]
)
def test_an_instant_has_its_offset(text: str) -> None:
    """An instant is read with the offset that was typed."""
    assert instant(text, said_by="--at") == datetime(2024, 3, 11, 11, tzinfo=UTC)


@pytest.mark.parametrize("text", ["hier", "2024-03-11", "2024-03-11T12:00:00", "2024-02-30T00:00Z"])
def test_an_instant_without_offset_is_refused(text: str) -> None:
    """What is no instant, or may be several, is a misuse that shows how to write one."""
    with pytest.raises(Misuse) as refused:
        instant(text, said_by="PTCE_NOW")
    assert "PTCE_NOW" in refused.value.what
    assert "+01:00" in refused.value.mend


def invocation(folder: Path | None, **environ: str) -> Invocation:
    """An invocation with nothing said."""
    return Invocation(folder, None, environ, Output(StringIO(), StringIO()))


def test_a_folder_without_config_is_no_contest(tmp_path: Path) -> None:
    """Neither no folder nor one without config.toml is a contest; both tell what to do."""
    for folder in (None, tmp_path, tmp_path / "missing"):
        with pytest.raises(Misuse) as refused:
            _ = invocation(folder).contest_dir
        assert "ptce init" in refused.value.mend
    (tmp_path / "config.toml").touch()
    assert invocation(tmp_path).contest_dir == tmp_path


def test_who_acts_is_said_before_it_is_found() -> None:
    """--as comes first, then PTCE_ACTOR."""
    out = Output(StringIO(), StringIO())
    assert Invocation(None, "P-001", {"PTCE_ACTOR": "P-002"}, out).actor == "P-001"
    assert invocation(None, PTCE_ACTOR="P-002").actor == "P-002"


def test_the_clock_is_set_by_its_variable_only() -> None:
    """PTCE_NOW sets the clock; without it there is none to hand over."""
    clock = invocation(None, PTCE_NOW="2024-03-11T12:00:00+01:00").clock
    assert clock is not None
    assert clock.now() == datetime(2024, 3, 11, 11, tzinfo=UTC)
    assert invocation(None).clock is None
