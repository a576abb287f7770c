"""What the lines of a ledger amount to: where candidatures are many, one after the other's.

Ten thousand candidatures fit into no processor's cache, and each line is about another one than
the line before: fetching it took longer than the line itself. Of some thousand lines at a time,
those about one candidature are taken in together.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from itertools import islice
from operator import itemgetter

from ptce_workflow.app.projections import UNREADABLE
from ptce_workflow.app.refusals import damaged_line
from ptce_workflow.ledger.events.base import Event, apply
from ptce_workflow.ledger.events.codec import Row, kind_in, kind_written, read_rows
from ptce_workflow.ledger.packed import Cases, Packed
from ptce_workflow.ledger.state import ContestState, Message

MANY = 2_048
"""From so many candidatures on it is worth it."""

EACH = 16
"""And from so many lines of each on: of few, most are the first, and concern others too."""

AT_ONCE = 65_536
"""So many lines are then in memory."""

_A_FEW = 64
_CASE = b'"case":"'


class OutOfPlace(Exception):
    """A line names its candidature where, or as, no program of ours writes it."""


def process_after(
    rows: Iterable[Row],
    cases: Cases,
    many: int = MANY,
    each: int = EACH,
    at_once: int = AT_ONCE,
) -> str:
    """The process in force after some lines, from the first one on, the candidatures in `cases`.

    *Raises* PtceError for the first line that is damaged, or does not follow from those before it;
    OutOfPlace where the lines have to be taken in as they come, from the first one on.
    """
    state = ContestState(cases=cases, messages=Packed(Message), overwrites=True)
    left, taken, is_worth_it = iter(rows), 0, False
    while some := list(islice(left, at_once if is_worth_it else _A_FEW)):
        for run in _runs(some) if is_worth_it else [{"": some}]:
            faults = [_taken(state, *one) for one in run.items()]
            if found := [fault for fault in faults if fault is not None]:
                raise damaged_line(*min(found, key=itemgetter(0)))
        taken += len(some)
        is_worth_it = many <= len(cases) <= taken // each
    return state.process


def _runs(rows: Iterable[Row]) -> Iterator[dict[str, list[Row]]]:
    """Lines by the candidature that they are about and alone concern; under "" those in order.

    Those of a run may be taken in whatever comes first, those of a later one only afterwards.
    """
    run: dict[str, list[Row]] = {}
    for row in rows:
        about = "" if row[1] is None else _about(row[1][-1])
        if run and (about == "") != ("" in run):
            yield run
            run = {}
        if about in run:
            run[about].append(row)
        else:
            run[about] = [row]
    yield run


def _about(content: bytes) -> str:
    """The candidature that a line is about and alone concerns; "" where it may concern more."""
    if not _is_of_one(kind_in(content)):
        return ""
    before = content.find(_CASE)
    if before < 0:
        return ""
    start = before + len(_CASE)
    return content[start : content.find(b'"', start)].decode("ascii", "replace")


@cache
def _is_of_one(name: bytes) -> bool:
    """True for lines that neither ask nor change anything but the candidature they are about."""
    kind = kind_written(name)
    return kind is not None and kind.about == "candidature" and kind.apply is Event.apply


def _taken(state: ContestState, about: str, rows: Sequence[Row]) -> tuple[int, Exception] | None:
    """Takes lines in up to the first one that is at fault: its number, and what is wrong."""
    told, fault = read_rows(rows)
    if about and any(line.case != about for line, _sides in told):
        raise OutOfPlace
    for line, sides in told:
        try:
            apply(state, line, sides)
        except UNREADABLE as error:
            return line.n, error
    return fault
