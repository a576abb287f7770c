"""Plays a day at the desk, and prints its page: what is typed, and what comes of it.

    python -m rehearsal.day fr

The source of the page, in docs/src, is the script. Each block ```console is typed in order, in a
contest made for it; after `console` stand the instant to which the clock goes (mails leave on the
way there), `exit=1` where the last command is refused, `first=8` where the first lines of each
answer are enough.
`<!-- play: name -->` stands for what others do out of sight: a function of ACTS.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import sys
from collections.abc import Callable, Mapping
from contextlib import redirect_stdout
from datetime import datetime
from io import BytesIO, TextIOWrapper
from pathlib import Path
from tempfile import TemporaryDirectory

from ptce_workflow.base.words import speaking
from rehearsal.cast import DESK, GRIDS, HERE, REVIEWER, SEATS
from rehearsal.hands import fill_grid
from rehearsal.jury import answers_of, criteria, grid_of
from rehearsal.mailbox import FORM, MAILBOX, answers, deliver_grid, deliver_text, stem
from rehearsal.run import enrol
from rehearsal.server import Server
from rehearsal.serving import HOST
from rehearsal.stage import Stage

SOURCES = {"fr": "docs/src/fr/une-journee.md", "en": "docs/src/en/a-day.md"}
"""The script of each language; its page has the same name, in docs/ or docs/en/."""
BLOCK = re.compile(
    r"^```console(?P<words>[^\n]*)\n(?P<typed>.*?)^```$|^<!-- play: (?P<act>\w+) -->\n",
    re.MULTILINE | re.DOTALL,
)
_COMMAND = re.compile(r"^\$ ((?:.*\\\n> )*.*)$", re.MULTILINE)
_COMPLETE, _INCOMPLETE, _LATE, _ALONE = 1, 5, 16, 15
_SUBMITTED = (2, 4, 6, _ALONE)
_EARLY = (_COMPLETE, 2, 4, _INCOMPLETE, 6, _ALONE)
_LEAVES = 4
_ELIGIBLE = (_COMPLETE, 2, _INCOMPLETE, 6)
_MAILED, _TYPED = "dreets", tuple(seat for seat in SEATS if seat != "dreets")


class _Screen(TextIOWrapper):
    """What a terminal of 80 columns shows, without colours."""

    def __init__(self) -> None:
        self.shown = BytesIO()
        super().__init__(self.shown, encoding="utf-8", write_through=True)

    def isatty(self) -> bool:
        return True


def commands(page: str) -> list[str]:
    """The commands of a page or of its script, each as it is typed."""
    return [one for block in BLOCK.finditer(page) for one in _COMMAND.findall(block["typed"] or "")]


def played(language: str) -> str:
    """The page of a language: its script, with what the commands print."""
    script = (HERE.parent / SOURCES[language]).read_text("utf-8")
    os.environ.update(PTCE_LANG=language, COLUMNS="80", TERM="dumb")
    with speaking(language), TemporaryDirectory() as folder, Server() as server:
        stage = Stage(Path(folder) / "concours", DESK)
        stage.delivered = server.received
        _begin(stage, server)
        return BLOCK.sub(lambda block: _shown(stage, block), script)


def _begin(stage: Stage, server: Server) -> None:
    stage.begin("opening", "--set", "receipt.forms=open")
    stage.until(stage.story["opening"]["at"])
    enrol(stage)
    stage.post_through(HOST, server.port)
    (stage.folder / FORM).parent.mkdir()
    stage.do("form", "dossier", "-o", FORM, "--lang", "fr")


def _shown(stage: Stage, block: re.Match[str]) -> str:
    """A block with what its commands print; nothing for what happens out of sight."""
    if block["act"]:
        ACTS[block["act"]](stage)
        return ""
    options = dict(word.partition("=")[::2] for word in block["words"].split())
    exit_code, first = int(options.pop("exit", "0")), int(options.pop("first", "0"))
    for instant in options:
        stage.until(_at(instant))
    lines = ["```console"]
    typed = _COMMAND.findall(block["typed"])
    for number, command in enumerate(typed, 1):
        words = shlex.split(command.replace("\\\n> ", ""))[1:]
        screen = _Screen()
        with redirect_stdout(screen):
            stage.answer(*words, expect=exit_code if number == len(typed) else 0)
        printed = screen.shown.getvalue().decode().strip("\n").splitlines()
        if first and len(printed) > first:
            printed = [*printed[:first], "…"]
        lines += [f"$ {command}", *printed]
    return "\n".join((*lines, "```"))


def _drafts(stage: Stage) -> None:
    """Six collectives have announced themselves; four of their forms came, and are submitted."""
    stage.until(_at("2024-02-12T10:00+01:00"))
    for number in _EARLY:
        stage.open(number)
    stage.until(_at("2024-03-06T17:00+01:00"))
    stage.take(*_SUBMITTED)
    stage.do("advance", *stage.named(_SUBMITTED), "submit")


def _incomplete(stage: Stage) -> None:
    """A form in which one answer is missing comes in."""
    stage.until(_at("2024-03-07T09:20+01:00"))
    stage.take(_INCOMPLETE)


def _late(stage: Stage) -> None:
    stage.until(_at("2024-03-11T14:05+01:00"))
    stage.take(_LATE)


def _completed(stage: Stage) -> None:
    """The second form of the incomplete one comes in; one of the desk's two days goes by."""
    stage.until(_at("2024-03-08T16:20+01:00"))
    stage.take(_INCOMPLETE)
    stage.do("advance", stage.refs[_INCOMPLETE], "submit")


def _examined(stage: Stage) -> None:
    """The others are examined; one is not eligible. The letter of the late one is read."""
    stage.do("mail", "release", "--ref", stage.refs[_LATE], "--yes")
    others = [number for number in _ELIGIBLE if number != _COMPLETE]
    for number in (*others, _ALONE):
        stage.do("record", stage.refs[number], "review", "exists_already=oui", "already_ptce=non")
    stage.do("advance", *stage.named(others), "declare_eligible")
    reason = stage.said("reason_alone")
    stage.do("advance", stage.refs[_ALONE], "declare_ineligible", "--reason", reason, "--yes")


def _appeal(stage: Stage) -> None:
    """The contact of that one contests the decision, by mail; somebody else will answer."""
    sender = answers(_ALONE)["contact_email"]
    words = (stage.said("appeal_subject"), stage.said("appeal_text"))
    deliver_text(stage.folder / MAILBOX, sender, _at("2024-03-22T17:50+01:00"), *words)
    stage.do("mail", "read", MAILBOX)
    stage.do("people", "enrol", stage.said("reviewer"), "--role", "desk", "--login", REVIEWER)


def _reopened(stage: Stage) -> None:
    """The structure that was left out is entered, and the application is eligible."""
    ref, name = stage.refs[_ALONE], f"{stem(_ALONE)}.toml"
    shutil.copy(HERE / "completions" / name, stage.folder / name)
    words = ("--rectify", "--reason", stage.said("reason_typed"), "--evidence", name)
    stage.do("mail", "release", "--ref", ref, "--yes")
    stage.do("advance", ref, "reopen")
    stage.do("record", ref, "--from", name, *words)
    stage.do("advance", ref, "declare_eligible")
    (stage.folder / stage.said("letter_file")).write_text(stage.said("letter_text"), "utf-8")


def _grids(stage: Stage) -> None:
    """One institution fills in the grid that came with its invitation, and sends it back."""
    stage.until(_at("2024-03-28T14:00+01:00"))
    (stage.folder / GRIDS).mkdir()
    grid = stage.folder / grid_of(_MAILED)
    grid.write_bytes(stage.attached(f"{_MAILED}@cra.example", ".xlsx"))
    fill_grid(grid, answers_of(stage, _MAILED))
    noon = _at("2024-03-28T12:00+01:00")
    deliver_grid(stage.folder / MAILBOX, grid, f"{_MAILED}@cra.example", noon)
    stage.do("mail", "read", MAILBOX)


def _marked(stage: Stage) -> None:
    """The other institutions declare no link, and give their marks."""
    names = [*criteria(stage), "comment"]
    for seat in _TYPED:
        stage.do("jury", "declare", "--none", "--as", seat)
        marks = answers_of(stage, seat)
        for ref in stage.named((*_ELIGIBLE, _ALONE)):
            pairs = [f"{name}={one}" for name, one in zip(names, marks[ref], strict=False)]
            stage.do("jury", "score", ref, seat, *pairs, "--as", seat)
    stage.until(_at("2024-04-05T18:02+02:00"))
    stage.do("advance", *stage.named((*_ELIGIBLE, _ALONE)), "close_scoring")


def _read(stage: Stage) -> None:
    """The desk reads what the sitting has decided: it leaves when results are announced."""
    stage.until(_at("2024-04-11T16:00+02:00"))
    stage.do("mail", "release", *stage.mails("held"), "--yes")


def _at(instant: str) -> datetime:
    return datetime.fromisoformat(instant)


ACTS: Mapping[str, Callable[[Stage], object]] = {
    "drafts": _drafts,
    "complete": lambda stage: stage.deliver(_COMPLETE),
    "incomplete": _incomplete,
    "completed": _completed,
    "late": _late,
    "examined": _examined,
    "appeal": _appeal,
    "reopened": _reopened,
    "convened": lambda stage: stage.do(
        "mail", "release", "--notification", "jury_convocation", "--yes"
    ),
    "grids": _grids,
    "marked": _marked,
    "read": _read,
}
"""What happens out of sight, by the name that a script calls it."""


def main() -> int:
    """Prints the page of the language that is named."""
    sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    sys.stdout.write(played(sys.argv[1]))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
