"""The texts of a folder as a report: under each paragraph, what of the process rests on it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from ptce_workflow.base.errors import PtceError
from ptce_workflow.base.words import _, language
from ptce_workflow.papers.report import Bullets, Heading, Paragraph, Part, Report, of_contest
from ptce_workflow.process.check.places import Place, places
from ptce_workflow.process.citations import RULEBOOK, Passage, Work, cited, works_of
from ptce_workflow.process.model.definition import Rule
from ptce_workflow.process.model.folder import text_file
from ptce_workflow.process.model.shared import Grounded
from ptce_workflow.process.process import Process

Resting = Mapping[str, Sequence[str]]
"""What rests on each passage, by its name."""


def rulebook(process: Process, now: datetime) -> Report:
    """What rests on each paragraph of the texts of a folder, on none, and on a choice alone.

    *Raises* PtceError for a folder without a rulebook.
    """
    works = works_of(process.files)
    if RULEBOOK not in works:
        mend = _("Put its text into {file}.").format(file=text_file(RULEBOOK))
        raise PtceError(_("This folder holds no rulebook."), mend=mend)
    resting: dict[str, list[str]] = defaultdict(list)
    chosen = []
    for place in places(process.definition, Grounded):
        source = place.table.source
        for passage in () if source is None else cited(source.phrase, works):
            resting[passage.name].append(_told(place))
        if source is None and place.table.choice is not None:
            chosen.append(_told(place))
    shown = [work for work in works.values() if work.name == RULEBOOK or _is_cited(work, resting)]
    parts = [part for work in shown for part in _text(work, resting)]
    return of_contest(
        process, _("What rests on what"), now, [*parts, *_rest(shown, resting, chosen)]
    )


def _told(place: Place[Grounded]) -> str:
    """Something of the folder: what people call it, and where it is written."""
    table = place.table
    words = table.says if isinstance(table, Rule) else getattr(table, "label", None)
    name = " · ".join(part for part in (place.file, place.key()) if part)
    return name if words is None else f"{words.in_(language())} ({name})"


def _is_cited(work: Work, resting: Resting) -> bool:
    return any(name.startswith(f"{work.name}: ") for name in resting)


def _text(work: Work, resting: Resting) -> Iterator[Part]:
    heading = None
    for passage in work.passages():
        if passage.heading != heading:
            heading = passage.heading
            if heading:
                yield Heading(heading)
            yield from _items(resting.get(Passage(work.name, heading, (), "").name, ()))
        if len(passage.place) == 1:
            yield Paragraph(f"§{passage.place[0]} {passage.words}")
        found = resting.get(passage.name, ())
        at = ".".join(map(str, passage.place))
        yield from _items(found if len(passage.place) == 1 else [f"§{at}: {one}" for one in found])


def _items(told: Sequence[str]) -> Iterator[Bullets]:
    if told:
        yield Bullets(tuple(told))


def _rest(works: Sequence[Work], resting: Resting, chosen: Sequence[str]) -> Iterator[Part]:
    free = [
        passage.name
        for work in works
        for passage in work.passages()
        if len(passage.place) == 1 and not any(name in resting for name in _reaching(work, passage))
    ]
    for heading, told in (
        (_("Paragraphs that nothing rests on"), free),
        (_("What rests on a choice alone"), chosen),
    ):
        yield Heading(heading)
        yield Bullets(tuple(told)) if told else Paragraph(_("None."))


def _reaching(work: Work, paragraph: Passage) -> Iterator[str]:
    """The names of a paragraph, of its heading, and of the items within it."""
    yield Passage(work.name, paragraph.heading, (), "").name
    for passage in work.passages():
        if passage.heading == paragraph.heading and passage.place[:1] == paragraph.place:
            yield passage.name
