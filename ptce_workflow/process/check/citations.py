"""Citations that name no passage of the texts of the folder, or one that says something else."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import islice

from ptce_workflow.base.errors import Finding
from ptce_workflow.base.words import _, language, n_
from ptce_workflow.process.check.places import Place, places
from ptce_workflow.process.citations import RULEBOOK, NotThere, Work, cited, works_of
from ptce_workflow.process.explain import General
from ptce_workflow.process.model.definition import Date
from ptce_workflow.process.model.folder import text_file
from ptce_workflow.process.model.quantities import Limit
from ptce_workflow.process.model.shared import Grounded
from ptce_workflow.process.process import Process
from ptce_workflow.process.time.instant import parse_instant
from ptce_workflow.process.time.mentioned import mentioned_days, mentions_number


def faults(process: Process) -> Iterator[Finding]:
    """Every citation of what is not there, and every heading that cannot be told from another.

    A folder without a rulebook rests on a text that it does not hold: nothing of that can be
    looked up.
    """
    works = works_of(process.files)
    for work in works.values():
        for heading in work.repeated:
            yield Finding(
                text_file(work.name),
                "",
                _('The heading "{heading}" stands more than once.').format(heading=heading),
                _("Nobody could say which of them is cited."),
                _("Add a word to one of them, in square brackets."),
                _line_of_second(heading, process.files[text_file(work.name)].decode()),
            )
    for place in places(process.definition, Grounded):
        source = place.table.source
        try:
            cited(source.phrase, works) if source is not None else ()
        except NotThere as fault:
            if fault.text != RULEBOOK or RULEBOOK in works:
                yield place.fault("source", fault.what, fault.why, fault.mend)


def unsaid(process: Process) -> Iterator[Finding]:
    """The numbers and days of the folder that do not stand in the passages that they cite."""
    works, teller = works_of(process.files), General(process, language())
    if RULEBOOK not in works:
        return
    found: list[Place[Limit] | Place[Date]] = [
        *(one for one in places(process.definition, Limit) if not _stands(process, one, works)),
        *(one for one in places(process.definition, Date) if not _stands(process, one, works)),
    ]
    if found:
        what = n_(
            "{count} number or day does not stand in the passage that it cites:",
            "{count} numbers or days do not stand in the passages that they cite:",
            len(found),
        )
        told = (
            _("{label}: {value} ({source})").format(
                label=one.table.label,
                value=teller.of(one.path.replace("s.", ".", 1)),
                source=one.table.source,
            )
            for one in found
        )
        mend = _("Mend one of the two; what the organiser decides has a `choice`.")
        yield found[0].fault("", "\n".join((what.format(count=len(found)), *told)), "", mend)


def _stands(process: Process, place: Place[Limit] | Place[Date], works: Mapping[str, Work]) -> bool:
    """True where what a limit or a date says stands in the passages that it cites, if any.

    A limit with a `choice` is the organiser's own number. So is a date with one, unless what it
    cites names days of the calendar, and others. One that is counted may be said by its count.
    """
    table, chosen = place.table, place.table.choice is not None
    if table.source is None:
        return True
    words = " ".join(passage.words for passage in cited(table.source.phrase, works))
    if isinstance(table, Limit):
        return chosen or table.value is None or mentions_number(words, table.value)
    at = process.dates.fixed.get(place.name)
    offset = getattr(parse_instant(table.at), "offset", None)
    if offset is not None and mentions_number(words, abs(offset.count)):
        return True
    named = [*mentioned_days(words)]
    if at is None or (chosen and not named):
        return chosen or offset is None
    day = at.astimezone(process.zone).date()
    return any(
        (one.day, one.month) == (day.day, day.month) and one.year in (None, day.year)
        for one in named
    )


def _line_of_second(heading: str, text: str) -> int | None:
    """The line on which a heading stands again; None where it is not written as it reads."""
    found = re.finditer(rf"^#+[ \t]+{re.escape(heading)}[ \t#]*$", text, re.MULTILINE)
    second = next(islice(found, 1, None), None)
    return second and text.count("\n", 0, second.start()) + 1
