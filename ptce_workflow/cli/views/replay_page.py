"""The replay page, as whoever has it made is told of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ptce_workflow.base.words import _
from ptce_workflow.cli.faults import NOT_DONE
from ptce_workflow.cli.invocation import Invocation
from ptce_workflow.cli.parameters import alone
from ptce_workflow.cli.writing import Answer, output_file, written
from ptce_workflow.papers.replay.names import NameChoice
from ptce_workflow.papers.replay.page import replay_page
from ptce_workflow.papers.report import Paragraph, Part


def page(call: Invocation, file: Path, names: str, others: dict[str, object]) -> Answer | int:
    """Writes the page that replays the whole ledger; `others` are options that say another thing.

    *Raises* Misuse where one of them was typed.
    """
    alone("--html", {"-o": call.file is not None, "--json": call.out.as_data, **others})
    target = output_file(call, file, (".html",))
    made = replay_page(call.contest, NameChoice(names))
    if not written(call, target, made.content):
        return NOT_DONE
    return Answer(tuple(_told(file, made.says)))


def _told(file: Path, says: tuple[str, ...]) -> Iterator[Part]:
    yield Paragraph(_("Written: {file}").format(file=file))
    yield from (Paragraph(sentence, hanging=2) for sentence in says)
