"""Erasure: what is gone of a person or a candidature; what was decided stays."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Annotated

from msgspec import field

from ptce_workflow.base.words import N_
from ptce_workflow.ledger.events import clauses as law
from ptce_workflow.ledger.events.base import Breach, Context, Count, Name, doc, enter
from ptce_workflow.ledger.events.contest import AboutContest


@enter
class PersonalDataErased(AboutContest, frozen=True):
    """Side rows that are gone; the lines keep their commitments."""

    kind = "personal_data_erased"
    tells = N_("side rows are gone; what was decided stays")

    lines: Annotated[
        tuple[Count, ...], doc(N_("the numbers of the lines whose side rows are gone"))
    ]
    whose: Annotated[Name, doc(N_("whose they were"))] = field(name="subject")

    def may(self, ctx: Context) -> Iterator[Breach]:
        """Tells of anyone but the desk, and of nothing at all."""
        if "desk" not in ctx.roles:
            yield law.DESK(ctx.actor)
        if not self.lines or any(one >= next_ for one, next_ in pairwise(self.lines)):
            yield law.NOTHING(", ".join(map(str, self.lines)))
