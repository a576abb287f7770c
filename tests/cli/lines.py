"""Lines that cannot be read, one of each kind, and how to run a line in a test."""

from dataclasses import dataclass

import pytest

from ptce_workflow.cli.main import main

MISUSED = (
    "",
    "--",
    "nope",
    "lsit",
    "-x",
    "--nope",
    "--contest",
    "list --as",
    "list --lang=",
    "list --lang de",
    "why",
    "why --nope",
    "why C-001 submit again and again",
    "why C-001 submit again",
    "advance --reason",
    "advance C-001 submit --dry-run=1",
    "advance C-001",
    "people",
    "people lst",
    "people enrol Bureau",
    "people enrol --role desk",
    "jury",
    "jury -z",
    "diagram --format dot",
    "init rehearsal --json",
    "list",
    "list --contest nowhere",
)


@dataclass(frozen=True)
class Run:
    """What a line printed, and its exit code."""

    code: int
    out: str
    err: str


def run(capsys: pytest.CaptureFixture[str], *words: str) -> Run:
    capsys.readouterr()
    code = main(words)
    printed = capsys.readouterr()
    return Run(code, printed.out, printed.err)
