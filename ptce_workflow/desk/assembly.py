"""A contest as its panel sees it: marks, grids, who steps aside, ranks, sittings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ptce_workflow.desk.session import Session

if TYPE_CHECKING:
    from ptce_workflow.desk.deliberation import Deliberated
    from ptce_workflow.desk.ranking import Ranked
    from ptce_workflow.desk.recusal import Conflict
    from ptce_workflow.desk.sittings import Held, SittingTold
    from ptce_workflow.desk.standing import Standing
    from ptce_workflow.desk.taking import Taken
    from ptce_workflow.process.agenda import Agenda
    from ptce_workflow.process.case import Case
    from ptce_workflow.process.grid import Filled, Grid


class Assembly(Session):
    """The use cases of a panel; what changes something is one transaction, all of it or nothing."""

    def score(self, ref: str, institution: str, marks: Mapping[str, Any]) -> Case:
        """Records an institution's marks for a candidature."""
        from ptce_workflow.desk.jury import score

        with self.acting() as act:
            case = score(act, act.load([ref])[0], institution, marks)
            act.settle()
        return case

    def take_grid(
        self,
        filled: Filled,
        *,
        institution: str | None = None,
        shown: Taken | None = None,
        dry_run: bool = False,
    ) -> Taken:
        """Gives the marks of a grid, all or none; `shown` is what somebody agreed to."""
        from ptce_workflow.desk.taking import take, unless_changed

        with self.looking() if dry_run else self.acting() as act:
            taken = unless_changed(take(act, filled, institution), shown)
            if not dry_run:
                act.settle()
        return taken

    def recuse(
        self,
        ref: str,
        institution: str,
        reason: str | None,
        *,
        lift: bool = False,
        panel: str | None = None,
    ) -> Case:
        """Has an institution step aside from a candidature, or come back; see `desk.recusal`."""
        from ptce_workflow.desk.recusal import recuse

        with self.acting() as act:
            case = recuse(act, act.load([ref])[0], institution, reason, lift=lift, name=panel)
            act.settle()
            return act.cases[case.id]

    def deliberate(
        self, agenda: Agenda, *, dry_run: bool = False, shown: Deliberated | None = None
    ) -> Deliberated:
        """Holds a meeting of a panel, all its decisions or none; see `desk.deliberation`.

        `shown` is how it came out when somebody agreed to it: nothing is written otherwise.
        """
        from ptce_workflow.desk.deliberation import as_shown, deliberate

        with self.acting() as act:
            held = deliberate(act, agenda)
            if shown is not None:
                as_shown(held, shown)
            if not dry_run:
                act.settle()
        return held

    # What people ask.

    def rank(self, panel: str | None = None) -> tuple[str, list[Ranked]]:
        """The panel's name, and the candidatures that it ranked so far."""
        from ptce_workflow.desk.ranking import ranking

        return ranking(self, panel)

    def grid(self, institution: str | None = None, panel: str | None = None) -> Grid:
        """The grid that an institution fills in: those that it is asked about."""
        from ptce_workflow.desk.grids import grid

        return grid(self, institution, panel)

    def standing(self, panel: str | None = None) -> Standing:
        """The ranking, and where the rules would cut; see `desk.standing`."""
        from ptce_workflow.desk.standing import standing

        return standing(self, panel)

    def conflicts(self, panel: str | None = None) -> tuple[Conflict, ...]:
        """The conflicts of interest that dossiers show and nobody has declared yet."""
        from ptce_workflow.desk.recusal import conflicts

        return conflicts(self, panel)

    def sittings(self) -> tuple[Held, ...]:
        """Every sitting that was held, in brief."""
        from ptce_workflow.desk.sittings import sittings

        return sittings(self)

    def sitting(self, number: int | None = None) -> SittingTold:
        """A sitting as the ledger tells it, the last one if none is named."""
        from ptce_workflow.desk.sittings import sitting

        return sitting(self, number)
