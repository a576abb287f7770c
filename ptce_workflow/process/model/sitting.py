"""The model of a sitting: who meets and when, on what it decides, and what is asked of that."""

from __future__ import annotations

from ptce_workflow.base.words import N_
from ptce_workflow.process.model.shared import (
    NOTHING,
    Bool,
    Grounded,
    Int,
    Name,
    Named,
    Rule,
    Text,
    declare,
)


class Sitting(Grounded):
    """A meeting of a panel that decides on the candidatures it has ranked."""

    label: Text = declare(description=N_("its name, as people read it"))
    panel: Name = declare(description=N_("the panel that sits"), examples=['"cra"'])
    in_: tuple[Name, ...] = declare(
        description=N_("the states of the candidatures that it decides on"),
        examples=['["scored"]'],
        min_length=1,
    )
    rectifies: tuple[Name, ...] = declare(
        default=(),
        description=N_(
            "the states out of which it takes decisions up again, once a mark was rectified: a "
            "transition of each, named as the sitting, leads to `in`, and it is decided anew from "
            "there. Whoever it decides on as before stays as they were"
        ),
        examples=['["selected", "waitlisted", "not_selected"]'],
    )
    decides: tuple[Name, ...] = declare(
        description=N_(
            "the transitions tried for each candidature in rank order, until the rules allow one"
        ),
        examples=['["select", "wait_list", "decline"]'],
        min_length=1,
    )
    reasons: Named[Text] = declare(
        default=NOTHING,
        description=N_(
            "by transition, the reason written down when the panel gives none of its own; "
            "{names} in braces show their value"
        ),
        examples=['{ decline = "Rang {cra.rank}…" }'],
    )
    casting_vote: Bool = declare(
        default=False,
        description=N_("whether the chair decides when as many are for as against"),
    )
    at: str | None = declare(
        default=None,
        description=N_("the date before which nothing is decided, and to which it is called"),
        examples=['"date.deliberation"'],
    )
    when: str | None = declare(
        default=None,
        description=N_(
            "a condition, in CEL, on the candidatures that it decides on, where it is not all"
        ),
        examples=["\"dossier.theme == 'food'\""],
    )
    rules: Named[Rule] = declare(
        default=NOTHING,
        description=N_("the rules asked for each decision it takes, beside those of the decision"),
    )
    same_as: tuple[str, ...] = declare(
        default=(),
        description=N_(
            "transitions, other sittings or single rules whose rules are asked here too: "
            "`sittings.<sitting>`, `sittings.<sitting>.<rule>`"
        ),
        examples=['["eligible.close.quorum"]'],
    )
    unless: tuple[str, ...] = declare(
        default=(),
        description=N_("transitions or rules of which one at least does not hold"),
        examples=['["scored.invite"]'],
    )
    members: tuple[Name, ...] = declare(
        default=(),
        description=N_("the institutions that sit, where they are not those of the panel"),
        examples=['["sgar", "region"]'],
    )
    advises: tuple[Name, ...] = declare(
        default=(),
        description=N_("institutions that are heard and have no voice"),
        examples=['["cress"]'],
    )
    proxies: Int = declare(
        default=0,
        description=N_("how many voices of who is not there one of those present may bear"),
        examples=["1"],
        ge=0,
        le=9,
    )
    dissent: Bool = declare(
        default=False,
        description=N_("whether who sits may have it written that it does not agree, and why"),
    )
    chairs: tuple[Name, ...] = declare(
        default=(),
        description=N_("who chairs: the first of them that is present"),
        examples=['["sgar", "region"]'],
    )

    @property
    def date(self) -> str:
        """The name of the date to which it is called; "" where it has none."""
        return (self.at or "").removeprefix("date.")
