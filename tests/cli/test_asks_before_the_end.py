"""What ends a candidature is shown with the mails that it sends, and asked."""

from io import StringIO
from pathlib import Path

import pytest

from tests.cli.lines import run
from tests.cli.posting import english

pytestmark = pytest.mark.rehearsed

Capture = pytest.CaptureFixture[str]
WITHDRAW = ("advance", "C-001", "withdraw", "--reason", "at its own request")


class Keyboard(StringIO):
    """Somebody who types."""

    def isatty(self) -> bool:
        """Says that a person is there."""
        return True


@pytest.fixture
def keyboard(monkeypatch: pytest.MonkeyPatch) -> Keyboard:
    """A terminal at which somebody will answer what a test writes there."""
    typed = Keyboard()
    monkeypatch.setattr("sys.stdin", typed)
    monkeypatch.setattr(
        "ptce_workflow.cli.terminal.Output.is_terminal", staticmethod(lambda _stream: True)
    )
    return typed


def answers(keyboard: Keyboard, said: str) -> None:
    keyboard.seek(0)
    keyboard.truncate()
    keyboard.write(f"{said}\n")
    keyboard.seek(0)


def state(capsys: Capture) -> str:
    return run(capsys, "show", "C-001", "--json").out


def test_nobody_there_is_no_yes(contest: Path, capsys: Capture) -> None:
    ended = english(capsys, *WITHDRAW)
    assert ended.code == 2
    assert "--yes" in ended.err
    assert '"state": "draft"' in state(capsys)
    assert english(capsys, *WITHDRAW, "--yes").code == 0
    assert '"state": "withdrawn"' in state(capsys)


def test_who_is_written_to_is_shown(contest: Path, capsys: Capture, keyboard: Keyboard) -> None:
    for answer in ("", "n", "peut-être\nnon"):
        answers(keyboard, answer)
        ended = english(capsys, *WITHDRAW)
        assert ended.code == 1
        assert "Nothing was changed." in ended.err
        told = " ".join(ended.out.split())
        assert "would become" in told
        assert "contact@la-fabrique-du-larzac.example" in told
    assert '"state": "draft"' in state(capsys)
    answers(keyboard, "o")
    assert english(capsys, *WITHDRAW).code == 0
    assert '"state": "withdrawn"' in state(capsys)
    # A bare no would read as a no to the rule, which asks that it had not been submitted.
    assert "observed: Submitted: no" in english(capsys, "why", "C-001").out


@pytest.mark.parametrize(
    "words", [("advance", "C-001", "submit"), (*WITHDRAW, "--dry-run"), ("advance", "1", "lapse")]
)
def test_what_ends_nothing_is_not_asked(
    words: tuple[str, ...], contest: Path, capsys: Capture
) -> None:
    assert "--yes" not in english(capsys, *words).err


def test_a_refusal_is_recorded_without_a_question(contest: Path, capsys: Capture) -> None:
    """Nothing would end: there is nothing to agree to."""
    run(capsys, "receive", "C-001", "dossier")
    run(capsys, "advance", "C-001", "submit")
    run(capsys, "record", "C-001", "review", "exists_already=yes", "already_ptce=no")
    ended = english(capsys, "advance", "C-001", "declare_ineligible", "--reason", "none")
    assert ended.code == 1
    assert "the attempt is in the ledger" in ended.err


def test_an_end_that_was_a_mistake_names_the_way_back(contest: Path, capsys: Capture) -> None:
    """After the act, in the refusal of what comes next, and among the ways out once it is open."""
    way = "If that was a mistake: `ptce why C-001 back_to_draft` says whether it can be undone."
    assert way in english(capsys, *WITHDRAW, "--yes").err
    refused = english(capsys, "advance", "C-001", "submit")
    assert (refused.code, way in " ".join(refused.err.split())) == (1, True)
    for words in (("why", "C-001"), ("why", "C-001", "back_to_draft")):
        command = 'ptce advance C-001 back_to_draft --reason "…"'
        assert f"If that was a mistake: {command}\n" in english(capsys, *words).out
    assert "that was a mistake" not in english(capsys, "why", "C-001", "back_to_place").out


def test_where_nothing_leads_out_it_says_so(demo: Path, capsys: Capture) -> None:
    refused = english(capsys, "advance", "C-001", "nowhere")
    assert "No transition leads out of" in refused.err
