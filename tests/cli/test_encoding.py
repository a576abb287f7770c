"""What a terminal that lacks a letter shows in its place."""

import io

import pytest

from ptce_workflow.cli.terminal import open_stream


@pytest.mark.parametrize(
    ("encoding", "told"),
    [
        ("utf-8", "✓ oui, ✗ non, ? on ne sait"),
        ("latin-1", "\\u2713 oui, \\u2717 non, ? on ne sait"),
    ],
)
def test_marks_stay_apart(encoding: str, told: str) -> None:
    """The three answers of a rule differ on every terminal, and none is taken for another."""
    raw = io.BytesIO()
    stream = open_stream(io.TextIOWrapper(raw, encoding=encoding, write_through=True))
    stream.write("✓ oui, ✗ non, ? on ne sait")
    assert raw.getvalue().decode(encoding) == told
