"""How things are printed."""

import io
import json
import re
from collections.abc import Iterator

import pytest

from ptce_workflow.base.words import DRAWN_ROWS_AT_MOST
from ptce_workflow.cli.terminal import Output
from ptce_workflow.office.page import Column, Styled, Table

COLUMNS = (Column("réf."), Column("collectif", flexible=True), Column("rang", number=True))
ROWS = [["C-001", "Pôle bois", "9"], ["C-002", "織物", "10"]]


class Terminal(io.StringIO):
    """A stream that a person reads."""

    def isatty(self) -> bool:
        """Says that a person reads it."""
        return True


def output(*, terminal: bool = False, as_data: bool = False, **more: object) -> Output:
    stream = Terminal if terminal else io.StringIO
    return Output(stream(), stream(), as_data=as_data, **more)  # type: ignore[arg-type]


def printed(stream: object) -> str:
    """What was written on a stream kept in memory."""
    assert isinstance(stream, io.StringIO)
    return stream.getvalue()


def test_table_is_drawn_for_a_person(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "24")
    out = output(terminal=True, environ={"NO_COLOR": "1"})
    out.table(Table(COLUMNS, [["C-001", "Pôle bois de Bigorre", "9"]]))
    plain = re.sub(r"\x1b\[\d*m", "", printed(out.stdout))
    lines = [line.rstrip() for line in plain.splitlines()]
    assert len(lines) > 2
    assert lines[1].split()[0] == "C-001"
    assert max(map(len, lines)) <= 24


def test_a_name_is_no_markup() -> None:
    out = output(terminal=True)
    out.table(Table((Column("nom"),), [["[red]x[/red]"]]))
    assert "[red]x[/red]" in printed(out.stdout)


def test_a_long_table_fits_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    out = output(terminal=True)
    out.table(Table(COLUMNS, [["C-001", "mot " * 20, "1"]] * (DRAWN_ROWS_AT_MOST + 1)))
    plain = re.sub(r"\x1b\[\d*m", "", printed(out.stdout))
    assert max(map(len, plain.splitlines())) <= 40


def test_what_stands_out_says_it_in_words_too() -> None:
    for environ, written in (({}, "\x1b[1;32mtenue\x1b[0m"), ({"NO_COLOR": "1"}, "tenue")):
        out = output(terminal=True, environ=environ)
        out.say("règle ", Styled("tenue", "1;32"))
        assert printed(out.stdout) == f"règle {written}\n"
    piped = output()
    piped.say("règle ", Styled("\x1b[2Jtenue", "1;32"))
    assert printed(piped.stdout) == "règle \\x1b[2Jtenue\n"


def test_a_title_stands_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "24")
    out = output(terminal=True)
    out.title("C-001 Chaux devant", " · Déposée")
    assert printed(out.stdout) == "\x1b[1mC-001 Chaux devant\x1b[0m ·\nDéposée\n"


def test_a_command_is_never_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is to be typed stands on one line, so that it can be copied."""
    monkeypatch.setenv("COLUMNS", "30")
    out = output(terminal=True)
    out.advise("To go on: {command}", "ptce list")
    out.advise("To go on: {command}", "ptce advance C-001 C-002 declare_eligible")
    out.next_step("ptce record C-001 review already_ptce=…")
    assert printed(out.stdout).splitlines() == [
        "To go on: ptce list",
        "To go on:",
        "  ptce advance C-001 C-002 declare_eligible",
    ]
    assert printed(out.stderr).splitlines()[1] == "  ptce record C-001 review already_ptce=…"


def test_only_data_on_the_output() -> None:
    out = output(as_data=True)
    out.say("texte")
    out.remark("remarque")
    out.data([{"ref": "C-001", "name": "Pôle"}], "[{ref, name}]")
    assert json.loads(printed(out.stdout)) == [{"ref": "C-001", "name": "Pôle"}]
    assert "Pôle" in printed(out.stdout)
    assert printed(out.stderr) == "texte\nremarque\n"


@pytest.mark.parametrize("value", ["Pôle", "\udcff"])
def test_data_survives_a_stream_that_cannot_hold_it(value: str) -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii", write_through=True)
    Output(stream, io.StringIO()).data({"name": value}, "{name}")
    assert json.loads(raw.getvalue()) == {"name": value}


@pytest.mark.parametrize(
    ("environ", "terminal", "expected"),
    [
        ({}, True, True),
        ({}, False, False),
        ({"NO_COLOR": "1"}, True, False),
        ({"NO_COLOR": ""}, True, True),
        ({"TERM": "dumb"}, True, False),
    ],
)
def test_colour_only_where_it_is_seen(
    environ: dict[str, str], terminal: bool, expected: bool
) -> None:
    out = output(terminal=terminal, environ=environ)
    assert out.coloured(out.stdout) is expected


def test_quick_work_shows_no_progress() -> None:
    out = output(terminal=True, seconds=iter_seconds(0.01))
    assert list(out.progress(range(50), "Vérification", 50)) == list(range(50))
    assert printed(out.stderr) == ""


def test_long_work_shows_progress() -> None:
    out = output(terminal=True, seconds=iter_seconds(0.6), environ={"NO_COLOR": "1"})
    assert list(out.progress(range(5), "Vérification", 5)) == list(range(5))
    assert "Vérification" in printed(out.stderr)
    assert printed(out.stdout) == ""


def test_progress_is_not_written_into_a_file() -> None:
    out = output(seconds=iter_seconds(5.0))
    assert list(out.progress("ab", "Vérification")) == ["a", "b"]
    assert printed(out.stderr) == ""


def test_a_dumb_terminal_shows_no_progress() -> None:
    """Where the cursor cannot go back, a bar would leave lines behind."""
    out = output(terminal=True, seconds=iter_seconds(5.0), environ={"TERM": "dumb"})
    assert list(out.progress("ab", "Vérification")) == ["a", "b"]
    assert printed(out.stderr) == ""


def test_progress_makes_way_for_an_error() -> None:
    """What shows progress is taken away before anything else is said, and may be so twice."""
    out = output(terminal=True, seconds=iter_seconds(0.6), environ={"NO_COLOR": "1"})
    working = out.progress(range(9), "Vérification", 9)
    for _item in range(4):
        next(working)
    out.settle()
    before = printed(out.stderr)
    out.remark("Interrompu.")
    working.close()  # type: ignore[attr-defined]
    assert "Vérification" in before
    assert printed(out.stderr) == before + "Interrompu.\n"


def iter_seconds(step: float) -> object:
    """A clock that goes on by `step` each time it is looked at."""

    def times() -> Iterator[float]:
        now = 0.0
        while True:
            yield now
            now += step

    clock = times()
    return lambda: next(clock)
