"""Files that commands write: whole or not at all, and over another one only on a yes."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ptce_workflow.base.errors import Misuse
from ptce_workflow.cli.writing import form_of, replace


@pytest.mark.parametrize("name", ["minutes.pdf", "minutes", ".", "..", ".docx"])
def test_a_form_that_nobody_writes(name: str) -> None:
    """Whatever the name, those that are written are told."""
    with pytest.raises(Misuse, match=r"\.docx, \.html"):
        form_of(Path(name), (".docx", ".html"))


def test_the_form_is_the_ending() -> None:
    """In capitals or not."""
    assert form_of(Path("notes.v2/Minutes.DOCX"), (".docx", ".html")) == ".docx"


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    """The refusal names the file that was asked for, and leaves nothing behind."""
    wanted = tmp_path / "nowhere" / "grid.xlsx"
    with pytest.raises(FileNotFoundError) as refused:
        replace(wanted, b"new")
    assert refused.value.filename == str(wanted)
    assert list(tmp_path.iterdir()) == []


def test_what_cannot_be_replaced_stays(tmp_path: Path) -> None:
    """A folder of that name is neither written to nor taken away."""
    folder = tmp_path / "grid.xlsx"
    folder.mkdir()
    with pytest.raises(IsADirectoryError):
        replace(folder, b"new")
    assert list(tmp_path.iterdir()) == [folder]


def test_a_pipe_is_written_to(tmp_path: Path) -> None:
    """What is no file is not put in another's place."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        replace(pipe, b"new")
        assert os.read(reader, 10) == b"new"
    finally:
        os.close(reader)
    assert pipe.is_fifo()
