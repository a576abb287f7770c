"""What went wrong, as text and as an exit code."""

import errno
import io
import os
from contextlib import closing
from pathlib import Path

import pytest

from ptce_workflow.base.errors import Finding, FolderFaults, Misuse, PtceError
from ptce_workflow.base.words import speaking
from ptce_workflow.cli.invocation import Invocation
from ptce_workflow.cli.terminal import Output, outcome


class Terminal(io.StringIO):
    """A stream that a person reads."""

    def isatty(self) -> bool:
        """Says that a person reads it."""
        return True


def told(error: BaseException, environ: dict[str, str] | None = None) -> tuple[int, str]:
    """The exit code of an error and what is said of it."""
    out = Output(io.StringIO(), io.StringIO(), environ=environ or {})
    code = outcome(error, out)
    assert isinstance(out.stdout, io.StringIO)
    assert isinstance(out.stderr, io.StringIO)
    assert out.stdout.getvalue() == ""
    return code, out.stderr.getvalue()


def test_what_why_and_mend_are_said_in_turn() -> None:
    code, text = told(PtceError("Quoi.", "Pourquoi.", "Comment."))
    assert code == 1
    assert text == "Refusé\u00a0: Quoi.\n  Pourquoi.\n  Comment.\n"


def test_a_misuse_is_an_error() -> None:
    assert told(Misuse("Quoi.")) == (2, "Erreur\u00a0: Quoi.\n")


def test_every_fault_of_a_folder_is_said() -> None:
    faults = tuple(Finding("config.toml", f"dates.d{n}", f"faute {n}") for n in range(3))
    code, text = told(FolderFaults(faults))
    assert code == 2
    assert all(f"dates.d{n}" in text and f"faute {n}" in text for n in range(3))


def test_interruption_has_its_own_code() -> None:
    assert told(KeyboardInterrupt()) == (130, "Interrompu.\n")


def test_a_closed_pipe_is_silent() -> None:
    assert told(BrokenPipeError()) == (141, "")


@pytest.mark.parametrize(
    ("code", "said"),
    [(errno.ENOSPC, "le disque est plein"), (errno.EROFS, "lecture seule"), (errno.EBUSY, "busy")],
)
def test_the_machine_is_told_in_words(code: int, said: str) -> None:
    exit_code, text = told(OSError(code, "Device or resource busy", "ptce.db"))
    assert exit_code == 1
    assert said in text
    assert "ptce.db" in text


def test_a_fault_of_ours_shows_no_traceback() -> None:
    code, text = told(ZeroDivisionError("x"))
    assert code == 1
    assert "ZeroDivisionError" in text
    assert "PTCE_DEBUG=1" in text
    assert "Traceback" not in text
    assert "Traceback" in told(raised(ZeroDivisionError("x")), {"PTCE_DEBUG": "1"})[1]


def test_an_error_cannot_command_the_terminal() -> None:
    assert "\x1b" not in told(Misuse("réf. \x1b[2J inconnue"))[1]


def test_on_a_terminal_errors_are_wrapped_and_the_label_coloured(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLUMNS", "30")
    out = Output(io.StringIO(), Terminal())
    outcome(Misuse("mot " * 20, "mot " * 20), out)
    assert isinstance(out.stderr, Terminal)
    first, *others = out.stderr.getvalue().splitlines()
    assert first.startswith("\x1b[1;31mErreur\u00a0:\x1b[0m mot")
    assert max(map(len, others)) <= 30


def raised(error: Exception) -> Exception:
    """The error, as it is once it was raised."""
    try:
        raise error
    except Exception as caught:
        return caught


@pytest.mark.parametrize("stream", [Terminal, io.StringIO])
def test_a_long_wait_is_told_to_whoever_sits_there(begun: Path, stream: type[io.StringIO]) -> None:
    call = Invocation(begun, None, os.environ, Output(io.StringIO(), stream()))
    with speaking("en"), closing(call):
        waits = call.contest.database.base.waits
        before = call.out.stderr.tell()
        waits()
        told = call.out.stderr.tell() - before
    assert bool(told) == (stream is Terminal)
