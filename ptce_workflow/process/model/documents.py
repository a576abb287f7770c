"""What leaves a contest, as its folder describes it: documents about one candidature, results."""

from __future__ import annotations

from ptce_workflow.base.words import N_
from ptce_workflow.process.model.shared import (
    NOTHING,
    InstantSource,
    Model,
    Name,
    Named,
    Text,
    declare,
)


class Document(Model):
    """A document about one candidature, printed from what is recorded: `ptce document <name>`."""

    label: Text = declare(description=N_("its title"))
    in_: tuple[Name, ...] = declare(
        description=N_("the states of a candidature in which it may be printed"),
        examples=['["accompanied"]'],
        min_length=1,
    )
    text: Text | None = declare(
        default=None,
        description=N_(
            "what it says first; {names} in braces show their value, blank lines part "
            "paragraphs, a line that begins with “- ” is an item of a list"
        ),
        examples=['"Le collectif {candidature.name}…"'],
    )
    lists: Named[tuple[str, ...]] = declare(
        default=NOTHING,
        description=N_(
            "by the name that stands in braces in `text` and `closing`, an enumeration: each item "
            "is the name of a value, then `if` and a condition; those whose condition holds are "
            "printed, and the document is not where none does"
        ),
        examples=['{ days = ["date.session_1.day if attendance.present_1"] }'],
    )
    prints: tuple[str, ...] = declare(
        default=(),
        description=N_(
            "the sheets, or single fields, whose answers follow; a field named alone is shown "
            "even when it is not known"
        ),
        examples=['["dossier", "attendance.modules"]'],
    )
    rules: str | None = declare(
        default=None,
        description=N_("the transition whose rules follow, each with its answer"),
        examples=['"accompanied.declare_ami_ready"'],
    )
    closing: Text | None = declare(
        default=None, description=N_("what it says last; written as `text` is")
    )
    signed: tuple[Text, ...] = declare(
        default=(),
        description=N_(
            "who signs: a place is left for each; {names} in braces show their value, such as "
            "{organiser.signatory}"
        ),
        examples=['["Pour {organiser.name} : {organiser.signatory}"]'],
    )


def item_of(item: str) -> tuple[str, str]:
    """The name of a value, and the condition under which a list has it; "" without one."""
    name, _if, condition = item.partition(" if ")
    return name.strip(), condition.strip()


class Results(Model):
    """What is published of a contest, and when: `ptce results`."""

    in_: tuple[Name, ...] = declare(
        description=N_("the states of the candidatures that are named"),
        examples=['["selected", "accompanied"]'],
        min_length=1,
    )
    after: InstantSource = declare(
        description=N_("the instant before which nothing is published"),
        examples=['"date.results"'],
    )
    shows: tuple[str, ...] = declare(
        default=(),
        description=N_("the fields published beside the name; without any, the name alone"),
        examples=['["dossier.territory", "dossier.theme"]'],
    )
