"""A name that rules read in every contest is declared in one place, and known everywhere."""

from typing import cast

import pytest
from cel_expr_python import cel

from ptce_workflow.process.candidature import RuleAnswer
from ptce_workflow.process.check import check
from ptce_workflow.process.explain import Teller
from ptce_workflow.process.panel import FIGURES
from ptce_workflow.process.process import Process
from ptce_workflow.process.rules import SURROUNDINGS, ReadableName
from tests.process.contests import candidature, verdict, with_rule
from tools.docs import page

pytestmark = pytest.mark.usefixtures("in_english")


def test_a_new_name_is_read_labelled_and_documented(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rules judge by it, `check` tries them, people read its label, the page tells it."""
    length = ReadableName(
        cel.Type.INT, lambda case, _moment: len(case.ref), "how long its reference is", "length"
    )
    monkeypatch.setitem(cast("dict[str, ReadableName]", SURROUNDINGS), "actor.length", length)
    assert check(with_rule("actor.length == 5")) == ()
    assert verdict("actor.length == 5", candidature()).answer is RuleAnswer.HOLDS
    assert verdict("actor.length == 4", candidature()).answer is RuleAnswer.FAILS
    process = Process.load(with_rule("actor.length == 5"))
    assert Teller(process, "en").label("actor.length") == "length"
    assert "| `actor.length` | `int` | how long its reference is |" in page("format.md", "en")


@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_name_and_figure_is_on_the_page(language: str) -> None:
    text = page("format.md", language)
    for name in (*SURROUNDINGS, *(f"<panel>.{figure}" for figure in FIGURES)):
        assert f"\n| `{name}` | `" in text
