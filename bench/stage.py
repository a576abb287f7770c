"""Contests to measure on: the bundled rulebook, with the dossiers of the rehearsal in numbers."""

from __future__ import annotations

import re
import shutil
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from ptce_workflow.app.candidatures.advance import add_all, advance
from ptce_workflow.app.candidatures.record import Arrival, write_facts
from ptce_workflow.app.contest import Contest
from ptce_workflow.app.create import create
from ptce_workflow.app.jury.marks import declare_links, give_marks
from ptce_workflow.app.locations import LOCAL_FILE, bundled_contest
from ptce_workflow.base.runtime import SetClock
from ptce_workflow.process.model.folder import PARTS

DESK = "bureau"
SEATS = ("sgar", "cress", "dreets", "region", "coorace", "banque_des_territoires")
CRITERIA = (
    "constitution",
    "theme",
    "needs",
    "cooperation",
    "partners",
    "innovation",
    "relevance",
)
COMPETING = 12
"""The first dossiers of the rehearsal compete for a place; of them, one comes in unfinished."""

_OPENING = datetime(2024, 2, 20, 9, tzinfo=UTC)
_SCORING = datetime(2024, 3, 26, 9, tzinfo=UTC)
_BETWEEN = timedelta(seconds=47)
_AT_ONCE = 20
_DECIDED = re.compile(r"^(?:decision|remedies) = .*\n|, decision = \"\w+\"", re.MULTILINE)

Raw = Mapping[str, Mapping[str, Any]]


class Stage:
    """A rehearsal contest in a folder of its own, and the clock that dates its lines.

    Without `mails` its process has no notifications: what follows a transition then is what the
    yardsticks do as well. `at_once` is how many candidatures an act concerns at most. A `url`
    names the server's database that keeps it; otherwise a file in its folder does.
    """

    def __init__(
        self, folder: Path, *, mails: bool = True, at_once: int = _AT_ONCE, url: str | None = None
    ) -> None:
        self.folder = folder
        self._at_once = at_once
        self.clock = SetClock(_OPENING)
        if not mails:
            _silent(folder)
        if url is not None:
            folder.mkdir(parents=True, exist_ok=True)
            (folder / LOCAL_FILE).write_text(f'[database]\nurl = "{url}"\n', "utf-8")
        create(folder, login=DESK, rehearsal=True, clock=self.clock)
        self.contest = self.opened()
        self._dossiers = tuple(_dossiers())

    def opened(self) -> Contest:
        """The contest, opened once more: nothing of it is in memory yet."""
        return Contest.open(self.folder, actor=DESK, clock=self.clock)

    def open(self, count: int) -> list[str]:
        """Opens candidatures with whole dossiers, arrived as they are opened; their references."""
        refs: list[str] = []
        for numbers in self._groups(range(count)):
            dossiers = [(str(n), self.dossier(n)) for n in numbers]
            cases = add_all(self.contest, dossiers, arrival=Arrival(self.clock.instant))
            refs += [case.ref for case in cases]
            self.pass_time()
        return refs

    def dossier(self, number: int) -> Raw:
        """A dossier of the rehearsal under a name of its own."""
        answers = self._dossiers[number % len(self._dossiers)]
        return {
            "dossier": {
                **answers,
                "collective_name": f"{answers['collective_name']} {number}",
                "contact_email": f"contact-{number}@collective.example",
            }
        }

    def move(self, refs: Sequence[str], transition: str, *, reason: str | None = None) -> None:
        """Moves candidatures along a transition, a few at a time as a desk does."""
        for some in self._groups(refs):
            steps = advance(self.contest, some, transition, reason=reason)
            if not all(step.made for step in steps):
                raise RuntimeError(f"{transition}: {steps[0].outcome}")
            self.pass_time()

    def examine(self, refs: Sequence[str]) -> None:
        """Reviews candidatures and declares them eligible."""
        for some in self._groups(refs):
            with self.contest.acting() as tx:
                for case in tx.load(some):
                    answers = {"exists_already": True, "already_ptce": False, "notes": case.ref}
                    write_facts(tx, case, {"review": answers})
                tx.flush()
            self.pass_time()
        self.move(refs, "declare_eligible")

    def mark(self, refs: Sequence[str], seats: Sequence[str] = SEATS) -> None:
        """Has institutions score every candidature."""
        self.clock.instant = max(self.clock.instant, _SCORING)
        for seat in seats:
            # Of all that are left to declare: why is kept only where a dossier names the seat.
            declare_links(self.contest, institution=seat, reason="Named as a partner alone.")
            for some in self._groups(refs):
                with self.contest.acting() as tx:
                    for number, case in enumerate(tx.load(some)):
                        give_marks(tx, case, seat, _marks(number, seat))
                    tx.flush()
                self.pass_time()

    def scored(self, count: int, *, seats: Sequence[str] = SEATS) -> list[str]:
        """Candidatures from their opening to their marks, by some seats or all."""
        refs = self.open(count)
        self.move(refs, "submit")
        self.examine(refs)
        self.mark(refs, seats)
        return refs

    def play(self, count: int) -> list[str]:
        """Candidatures from their opening to the end of the scoring: twelve lines each."""
        refs = self.scored(count)
        self.move(refs, "close_scoring")
        return refs

    def pass_time(self) -> None:
        """Moves the clock a little: acts do not happen all at one instant."""
        self.clock.instant += _BETWEEN

    def _groups(self, items: Sequence[Any]) -> Iterator[Sequence[Any]]:
        for start in range(0, len(items), self._at_once):
            yield items[start : start + self._at_once]


def _silent(folder: Path) -> None:
    """Lays the bundled contest out, but for its mails."""
    for part in PARTS:
        source = bundled_contest() / part
        if source.is_file():
            folder.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, folder)
        # Without the folder of mails, that of texts would be read as theirs.
        elif source.is_dir() and part not in ("notifications", "texts"):
            shutil.copytree(source, folder / part)
    # A decision that no mail tells is refused, and a term counts from that mail.
    for file in folder.glob("**/*.toml"):
        text = _DECIDED.sub("", file.read_text(encoding="utf-8"))
        file.write_text(text.replace('"notified +', '"entered.draft +'), encoding="utf-8")


def _dossiers() -> Iterator[Mapping[str, Any]]:
    folder = Path(__file__).parents[1] / "rehearsal" / "dossiers"
    for file in sorted(folder.glob("*.toml"))[:COMPETING]:
        dossier = tomllib.loads(file.read_text(encoding="utf-8"))["dossier"]
        if dossier.get("project"):
            yield dossier


def _marks(number: int, seat: str) -> dict[str, Any]:
    """Marks from 2 to 5 by half points, never the same twice in a row."""
    start = number + SEATS.index(seat)
    return {name: 2 + ((start + 3 * place) % 7) / 2 for place, name in enumerate(CRITERIA)}
