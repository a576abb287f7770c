"""What was tried, how often, and what came of it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from random import Random
from typing import Any, TypeVar

from faults.bases import Base
from tests.one_pass import Couriers

T = TypeVar("T")
_FEW, _TOLD, _SAID = 5, 300, 600


@dataclass
class Tally:
    """One row of the table: what was tried, by its name in the pages, and on which database.

    `tried` is how often something was broken; `acts` how many acts were acknowledged, `unsaid` how
    many stood though nobody was told so, `refused` how many were refused with a reason, `busy` how
    many of these because others went on writing, `announced` the erasures that were only listed.
    `lost` and `doubled` are acts and mails; `uncertain` mails of which nobody knew whether they
    arrived, and that a person is asked about, or that left `again` since their notification says
    so; `failed` are mails that a server refused, `mistaken` those among them that it did not refuse
    for their own sake, but for one; `failures` is how much else ought not to be, `found` tells of
    each and of what was lost. `said` is what the program said of it, by the language.
    """

    what: str
    base: str
    tried: int = 0
    acts: int = 0
    unsaid: int = 0
    refused: int = 0
    busy: int = 0
    announced: int = 0
    mails: int = 0
    lost: int = 0
    doubled: int = 0
    uncertain: int = 0
    again: int = 0
    failed: int = 0
    mistaken: int = 0
    failures: int = 0
    said: dict[str, dict[str, str]] = field(default_factory=dict)
    found: list[str] = field(default_factory=list)

    @property
    def sound(self) -> bool:
        """Whether nothing was lost, nothing doubled, and nothing else went wrong."""
        return not (self.lost or self.doubled or self.mistaken or self.failures)

    @contextmanager
    def judging(self, where: str) -> Iterator[None]:
        """Takes down what does not hold, and goes on: a campaign tells all that it finds."""
        try:
            yield
        except AssertionError as error:
            self.fails(f"{where}: {error}")

    def not_tried(self, why: object) -> Tally:
        """The row, once it is said why nothing of it can be tried on this machine."""
        print(f"  {self.what} ({self.base}): not tried here: {why}", file=sys.stderr, flush=True)
        return self

    def fails(self, told: str) -> None:
        """Takes down something that ought not to be."""
        self.failures += 1
        self._find(told)

    def ended(self, what: str, code: int, told: Path) -> None:
        """Takes down a program that did not end well, with what it said last."""
        if code != 0:
            self.fails(f"{what} ended with {code}: {told.read_text('utf-8')[-_SAID:]}")

    def loses(self, told: str, times: int = 1) -> None:
        """Takes down an act or a mail that is missing."""
        self.lost += times
        self._find(f"lost: {told}")

    def _find(self, told: str) -> None:
        self.found.append(told)
        print(f"  {self.what} ({self.base}): {told}", file=sys.stderr, flush=True)

    def told(self) -> dict[str, Any]:
        """The row as it is kept; of what was found, the first few, in a line each."""
        found = [" ".join(one.split())[:_TOLD] for one in self.found[:_FEW]]
        return {**asdict(self), "found": found}


@dataclass(frozen=True)
class Run:
    """What a part of the campaign works with.

    `share` is how much of the whole is tried, `chance` what is drawn by lot, the same for the same
    seed; `place` a folder of the part's own, `shared` one for all parts on the base, `told` the
    file of what a command says.
    """

    base: Base
    couriers: Couriers
    place: Path
    shared: Path
    told: Path
    chance: Random
    share: float = 1

    def times(self, whole: int) -> int:
        """How often something is tried in this run, of how often in a whole one."""
        return max(1, round(whole * self.share))

    def some(self, all_of: Sequence[T], times: int) -> list[T]:
        """What is tried in this run of all that there is, in its order: times its share, by lot."""
        count = min(len(all_of), self.times(times * len(all_of)))
        return [all_of[n] for n in sorted(self.chance.sample(range(len(all_of)), count))]

    def begun(self, make: Callable[[Base, Path], Path]) -> Path:
        """A contest that is made once on the base, to be copied and never written."""
        folder = self.shared / make.__name__
        return folder if folder.exists() else make(self.base, folder)

    def tally(self, what: str) -> Tally:
        """An empty row."""
        return Tally(what, self.base.name)


Part = Callable[[Run], Iterator[Tally]]
