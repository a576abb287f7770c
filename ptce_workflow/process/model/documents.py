"""The documents about one candidature that a contest folder describes."""

from __future__ import annotations

from ptce_workflow.process.model.shared import N_, Model, Name, Text, declare


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
        description=N_("who signs: a place is left for each"),
        examples=['["Le bureau"]'],
    )
