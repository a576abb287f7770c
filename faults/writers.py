"""Several at one contest at once: every act that was told done stands once, and no other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path
from random import Random
from threading import Event, Thread

from faults.acts import OURS
from faults.bases import copied
from faults.stage import dossier_file, judged, mails
from faults.tally import Run, Tally
from ptce_workflow.app.candidatures.overview import overview, show
from ptce_workflow.base.runtime import SetClock
from tests.one_pass import Couriers, Pass
from tests.rehearsal import BEGINNING, opened

ACTS_EACH = 20
SHARED = ("C-005", "C-006", "C-007")
"""The candidatures that all move to and fro."""

_MOVED = "transition_made"
BUSY = "is busy"


@dataclass
class Writer:
    """Somebody who types one command after another, and what they were told of each.

    `told` are what was typed and the exit code, `busy` how often the database was, `faults` what a
    program should never say.
    """

    folder: Path
    place: Path
    name: str
    chance: Random
    acts: int = 0
    stopped: Event = field(default_factory=Event)
    told: list[tuple[str, int]] = field(default_factory=list)
    busy: int = 0
    faults: list[str] = field(default_factory=list)

    def works(self, couriers: Couriers) -> None:
        """Types until it was often enough, or somebody says stop."""
        number = 0
        while not self.stopped.is_set() and number != self.acts:
            number += 1
            self.types(couriers, number)

    def types(self, couriers: Couriers, number: int) -> None:
        """Hands in a dossier, or moves one that others move as well."""
        file = self.place / f"{self.name}.told"
        file.unlink(missing_ok=True)
        if self.chance.random() < 0.5:
            what = f"{self.name}-{number}"
            words = ["add", dossier_file(self.place, what)]
        else:
            what = self.chance.choice(SHARED)
            back = self.chance.random() < 0.5
            # Two alike at one instant would be one line, which tells both that it was done.
            because = ["--reason", f"{self.name} {number}."]
            words = ["advance", what, "give_back" if back else "submit", *because]
        one = Pass(self.folder, 0, BEGINNING, words=words, told=str(file))
        self.told.append((what, couriers.makes(one)))
        said = file.read_text("utf-8")
        self.busy += BUSY in said
        if OURS in said or self.told[-1][1] not in (0, 1):
            self.faults.append(f"{words[0]} {what}: {self.told[-1][1]} {said[-400:]}")

    def done(self, what: str) -> int:
        """How often it was told that something was done."""
        return sum(code == 0 for name, code in self.told if name == what)


def together(couriers: Sequence[Couriers], people: Sequence[Writer], ending: ExitStack) -> None:
    """Has people begin to work at once, each in processes of their own, until all is ended.

    These are forked from each of the couriers in turn.
    """
    for one, first in zip(people, cycle(couriers), strict=False):
        hands = ending.enter_context(first.another())
        thread = Thread(target=one.works, args=(hands,))
        thread.start()
        ending.callback(thread.join)
    for one in people:
        if one.acts < 0:
            ending.callback(one.stopped.set)


def writers(run: Run) -> Iterator[Tally]:
    """Two, then eight, on the base of a run."""
    begun = run.begun(mails)
    for count in (2, 8):
        tally = run.tally(f"writers {count}")
        with copied(run.base, begun, run.place / f"{count}") as folder:
            people = writers_of(run, folder, count, run.times(ACTS_EACH))
            with ExitStack() as ending:
                together([run.couriers], people, ending)
            tally.tried = sum(len(one.told) for one in people)
            stands(tally, folder, people)
        if tally.unsaid:
            tally.fails(f"{tally.unsaid} acts stand that were refused")
        if tally.busy:
            tally.fails(f"{tally.busy} were told that it is busy, in half a minute")
        yield tally


def writers_of(run: Run, folder: Path, count: int, acts: int) -> list[Writer]:
    """Some people who are to write in a contest, so many acts each."""
    lots = [Random(run.chance.random()) for _ in range(count)]
    return [Writer(folder, run.place, f"w{n}", lot, acts) for n, lot in enumerate(lots)]


def stands(tally: Tally, folder: Path, people: Sequence[Writer]) -> None:
    """Judges a contest on which people have worked, and counts what they were told."""
    tally.acts += sum(code == 0 for one in people for _what, code in one.told)
    tally.refused += sum(code != 0 for one in people for _what, code in one.told)
    tally.busy += sum(one.busy for one in people)
    for one in people:
        for fault in one.faults:
            tally.fails(fault)
    with tally.judging(folder.name), opened(folder, SetClock(BEGINNING)) as contest:
        lines = judged(contest)
        names = Counter(one.name for one in overview(contest).briefs)
        refs = {show(contest, ref).case.id: ref for ref in SHARED}
        moved = Counter(refs.get(line.case or "") for line in lines if line.type == _MOVED)
    for what in {what for one in people for what, _code in one.told}:
        told, stands = sum(one.done(what) for one in people), (names + moved)[what]
        if told > stands:
            tally.loses(f"{what} was told done {told} times, and is there {stands}", told - stands)
        tally.unsaid += max(0, stands - told)
        # A dossier bears its name alone; a move made twice in a row is refused.
        tally.doubled += max(0, names[what] - 1)
