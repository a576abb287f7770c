"""The model of a document about a candidature: what it says, what it prints, in which states."""

from __future__ import annotations

from pydantic import Field

from ptce_workflow.process.model import N_, Model, Name, Text


class Document(Model):
    """A document about one candidature, printed from what is recorded: `ptce document <name>`."""

    label: Text = Field(description=N_("its title"))
    in_: tuple[Name, ...] = Field(
        alias="in",
        description=N_("the states of a candidature in which it may be printed"),
        examples=['["accompanied"]'],
        min_length=1,
    )
    text: Text | None = Field(
        None,
        description=N_(
            "what it says first; {names} in braces show their value, blank lines part "
            "paragraphs, a line that begins with “- ” is an item of a list"
        ),
        examples=['{ fr = "Le collectif {candidature.name}…", en = "{candidature.name}…" }'],
    )
    prints: tuple[str, ...] = Field(
        (),
        description=N_(
            "the sheets, or single fields, whose answers follow; a field named alone is shown "
            "even when it is not known"
        ),
        examples=['["dossier", "attendance.modules"]'],
    )
    rules: str | None = Field(
        None,
        description=N_("the transition whose rules follow, each with its answer"),
        examples=['"accompanied.declare_ami_ready"'],
    )
    closing: Text | None = Field(None, description=N_("what it says last; written as `text` is"))
    signed: tuple[Text, ...] = Field(
        (),
        description=N_("who signs: a place is left for each"),
        examples=['[{ fr = "Le bureau", en = "The desk" }]'],
    )
