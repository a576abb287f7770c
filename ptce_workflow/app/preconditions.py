"""What is checked before an act: place, clock, versions, a long stop of the scheduler."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from zoneinfo import TZPATH

from msgspec import Struct

from ptce_workflow.app.projections import contest_content, due_ahead
from ptce_workflow.app.refusals import damaged_line
from ptce_workflow.app.transaction import Transaction
from ptce_workflow.base.errors import Outdated, PtceError
from ptce_workflow.base.notation import from_text, to_text
from ptce_workflow.base.runtime import VERSION, installed_version, release
from ptce_workflow.base.words import _, n_
from ptce_workflow.base.zones import VERSION as GEOGRAPHY
from ptce_workflow.ledger.events.contest import EngineChanged
from ptce_workflow.ledger.line import Malformed, line_instant, read
from ptce_workflow.ledger.state import Accepted, Hours, stands_back
from ptce_workflow.process.process import Process, to_the_minute, to_the_second
from ptce_workflow.process.visibility import SEES_ALL
from ptce_workflow.store.database import Repository
from ptce_workflow.store.rows import ContestRow


class ClockView(Struct, frozen=True):
    """The clock's time beside that of the ledger's last line; `last` is None for a line unread.

    `back` says that the clock stands so far behind that acts are refused (or told, where one
    rehearses), `line` which line accepted it, if it was, `stands` that a rehearsal has set it.
    """

    now: datetime
    last: datetime | None
    back: bool
    line: int | None = None
    stands: bool = False


def must_be_here(row: ContestRow) -> None:
    """Lets through who writes in a contest that goes on in this database. Raises: PtceError."""
    if row.moved_to:
        raise elsewhere(row.moved_to)


def elsewhere(place: str) -> PtceError:
    what = _("This contest goes on in {place}; nothing is written here.").format(place=place)
    why = _("It was moved there with `ptce move`, which also brings it back.")
    return PtceError(what, why, _('Name that database in local.toml: [database] url = "…".'))


def check_sees_all(tx: Transaction, *, keeps: bool = False) -> None:
    """Raises: PtceError for who may not see all; with `keeps`, back it up."""
    roles = tx.actor.roles
    if SEES_ALL.isdisjoint(roles) or (not keeps and tx.process.kept_from(roles)):
        what = _("Only those who may read everything are told the whole ledger.")
        why = _("It holds marks that are closed to you, or sheets that are not for you.")
        mend = _("An auditor can have this made; so can the desk, if no sheet is closed to it.")
        raise PtceError(what, why, mend)


def instant_of_act(
    repo: Repository, row: ContestRow, now: datetime, process: Process, *, happened: bool = False
) -> datetime:
    """The instant that the lines of an act bear.

    Several machines differ a little: a clock that stands somewhat behind takes the instant of the
    last line; so do lines that tell what has `happened` already, whatever the clock says. A
    rehearsal goes where its clock is set.

    Raises: PtceError for a clock that stands further behind: what is late would become timely.
    """
    clock = clock_view(repo, row, now)
    if row.rehearsal or clock.last is None:
        return now
    if clock.back and not happened:
        when = [to_the_minute(process, at) for at in (now, clock.last)]
        what = _("The clock of this machine says {now}; the ledger goes on to {last} already.")
        what = what.format(now=when[0], last=when[1])
        why = _("Were time to run backwards, what is late would become timely: nothing was done.")
        mend = _(
            "Set the clock right. If it is right, and stood ahead before, the desk says so: "
            'ptce clock --accept --reason "…"'
        )
        raise PtceError(what, why, mend)
    return max(now, clock.last)


def accepted_clock(tx: Transaction) -> Accepted | None:
    """The accepted clock by which the present hour is lived a second time, if it is."""
    hours = Hours()
    for row in tx.unit.clock_lines(tx.contest):
        try:
            line = read(row.line)
            if line.type != "clock_accepted":
                continue
            stood = to_text(from_text(line.data["stood"]))
        except (LookupError, TypeError, ValueError) as error:
            raise damaged_line(row.n, error) from error
        hours.furthest = max(hours.furthest, stood)
        hours.accept(line.n, line.at)
        hours.take(line.at)
    return hours.lived_twice(to_text(tx.now))


def last_instant(repo: Repository, contest: str) -> str | None:
    """The instant of the last line; None for a damaged one, which `verify` reports."""
    return _instant(repo.last_line(contest))


def instant_of_line(repo: Repository, contest: str, n: int) -> str | None:
    """The instant of a line; None for one that tells none."""
    return _instant(repo.bytes_of_line(contest, n))


def _instant(line: bytes | None) -> str | None:
    try:
        return None if line is None else line_instant(line)
    except Malformed:
        return None


def clock_view(repo: Repository, row: ContestRow, now: datetime) -> ClockView:
    last = last_instant(repo, row.contest)
    if last is None:
        return ClockView(now, None, False)
    back = stands_back(to_text(now), last, rehearsal=row.rehearsal)
    return ClockView(now, from_text(last), back)


@cache
def engine_versions() -> dict[str, str]:
    return {
        "cel": installed_version("cel-expr-python"),
        "geography": GEOGRAPHY,
        "holidays": installed_version("holidays"),
        "ptce_workflow": VERSION,
        "tzdata": _zone_tables(),
    }


def note_versions(tx: Transaction, row: ContestRow) -> None:
    """Writes an `engine_changed` line when the versions are not those that the ledger tells.

    Raises: Outdated in a program older than the one that wrote last: what a newer law lets it
    write, an older one would judge otherwise.
    """
    versions = engine_versions()
    if tx.state.versions != versions:
        check_not_older(row)
        tx.record_of_contest(EngineChanged(versions))


def check_not_older(row: ContestRow) -> None:
    """Lets through a program that is not older than the one that wrote last. Raises: Outdated."""
    wrote = contest_content(row).versions.get("ptce_workflow", "")
    if (release(wrote) or ()) > (release(VERSION) or ()):
        what = _("This program is version {own}; version {other} wrote in the ledger.")
        what = what.format(own=VERSION, other=wrote)
        why = _("An older program does not know what a newer one has written, nor by which law.")
        raise Outdated(what, why, _("Install version {other} or a later one.").format(other=wrote))


def _zone_tables() -> str:
    """The release of the zone tables that `zoneinfo` reads: the system's first, else our own."""
    for folder in TZPATH:
        for name, prefix in (("+VERSION", ""), ("tzdata.zi", "# version ")):
            path = Path(folder) / name
            if path.is_file():
                with path.open(encoding="utf-8") as stream:
                    return stream.readline().removeprefix(prefix).strip()
        if Path(folder, "Europe", "Paris").is_file():
            return "system"
    return installed_version("tzdata")


LONGEST = timedelta(days=7)
"""The longest time without a pass after which time still decides by itself."""


class LongStop(PtceError):
    def __init__(self, process: Process, since: datetime, refs: tuple[str, ...]) -> None:
        super().__init__(
            _("After a stop of over {days} days, from {when} on, time decides against nobody.")
            .format(days=LONGEST.days, when=to_the_second(process, since)),
            n_("{count} decision waits: {refs}.", "{count} decisions wait: {refs}.", len(refs))
            .format(count=len(refs), refs=", ".join(refs)),
            _("Record first what has arrived meanwhile; then have them made: ptce tick --yes")
        )  # fmt: skip
        self.since, self.refs = since, refs


def long_since(repo: Repository, contest: str, now: datetime) -> datetime | None:
    """When the last pass was, where that is too long ago; never in a rehearsal."""
    row = repo.contest(contest)
    last = row.last_pass or instant_of_line(repo, contest, 1)
    since = now if row.rehearsal or last is None else from_text(last)
    return since if now - since > LONGEST else None


def long_stop(tx: Transaction) -> LongStop | None:
    """What waits for a yes after a long stop; None where nothing does."""
    since = long_since(tx.unit, tx.contest, tx.now)
    refs = dict[str, None]()
    for row in tx.unit.due_until(tx.contest, to_text(tx.now)) if since else ():
        (case,) = tx.load([row.ref])
        for name, at in due_ahead(tx.process, case).items():
            edge = tx.process.edge(case, name) if at <= tx.now else None
            if edge is not None and edge.transition.is_contestable:
                refs[row.ref] = None
    return LongStop(tx.process, since, tuple(refs)) if since and refs else None
