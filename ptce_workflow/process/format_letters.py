"""The chapter of the format's page on notifications: who is told, when, and in what words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ptce_workflow.base.words import _
from ptce_workflow.process.markdown import table
from ptce_workflow.process.notifications.budget import LONGEST_TEXT, STEPS
from ptce_workflow.process.notifications.readable import NAMES
from ptce_workflow.process.notifications.sandbox import FILTERS
from ptce_workflow.process.notifications.templates import LONGEST_SUBJECT
from ptce_workflow.process.paths import LAYOUTS, TEMPLATES

LETTER = """\
Received: {{ candidature.name }}

Hello {{ recipient.name }},

Your dossier was received on {{ received_at }}.
{% if value("dossier.theme") %}
Its theme: {{ value("dossier.theme") }}.
{% endif %}
What comes next is decided by {{ date.closing.day }}, {{ date.closing.hour }}.
{% for rule in rules("draft.submit") if not rule.holds %}
- {{ rule.says }} ({{ rule.ground }})
{% endfor %}
"""
"""A text template, with the names of the examples on the page."""


def notifications() -> Iterator[str]:
    """The chapter, in the language in force."""
    yield "## " + _("Notifications")
    yield _(
        "A notification is a folder with `notification.toml` and four Jinja templates: "
        '{templates}. It is about a candidature, or with `about = "contest"` about the contest '
        "as a whole; one message goes to each reader."
    ).format(templates=_listed(TEMPLATES))
    yield from _hours()
    yield from _readers()
    yield from _templates()
    yield from _variables()
    yield from _grammar()


def _hours() -> Iterator[str]:
    yield "### " + _("When it leaves")
    yield table(
        (_("written"), _("meaning")),
        (
            _("named in a transition's `notify`"),
            _("as soon as the transition is made or, with `not_before`, not before that instant"),
        ),
        (
            "`at`",
            _(
                "at each of these instants; about a candidature, only while it stands in one of "
                "the states of `in`"
            ),
        ),
        ("`daily`", _("at that hour of every working day, `until` an instant; about the contest")),
    )
    yield _(
        "One of these is needed, and a transition does not go with hours of its own. `when` is a "
        "condition that must still hold as the mail leaves; about the contest it reads dates, "
        "limits and totals only. A mail that has not left by `expires` never leaves: that is an "
        "instant, or a length of time in minutes, hours or days after its hour."
    )
    yield _(
        "What leaves at an hour of its own, or not before an instant, leaves on working days "
        "between `opens` and `closes` of `[mail]`: one that falls on a day off leaves on the "
        "working day before, never past its `expires`. `any_hour = true` lifts this."
    )
    yield _(
        "With `held = true` a person reads a message and releases it. `uncertain` says what "
        "becomes of one of which nobody knows whether it arrived: `ask` leaves it to a person, "
        "`resend` sends it again, with the same identifier."
    )


def _readers() -> Iterator[str]:
    yield "### " + _("Who reads it")
    yield table(
        ("`to`", _("who")),
        ("`contact`", _("the address in the candidature's `contact_field`")),
        ("`desk`", _("everyone of the desk who has an address")),
        ("`institutions`", _("everyone of the jury who has an address")),
        (
            "`missing_sheets`",
            _(
                "those of the jury whose institution has given no complete sheet of `panel` for a "
                "candidature that stands where it is open"
            ),
        ),
    )
    yield _(
        "`event` names a date of `config.toml` that `lasts`: its calendar entry goes with the "
        "mail, and a new one if the date moves."
    )


def _templates() -> Iterator[str]:
    yield "### " + _("Templates")
    yield _(
        "The first line of a text template is the subject, {most} characters at most; the rest is "
        "the text. The HTML template gives a whole page, in which values are escaped. A template "
        'may begin with `{{% extends "layout.txt.j2" %}}` or `{{% extends "layout.html.j2" '
        "%}}` and then fills the blocks of that layout, and nothing else; the layouts are the "
        "files {layouts}, for both languages, and part of the process."
    ).format(most=LONGEST_SUBJECT, layouts=_listed(f"notifications/{layout}" for layout in LAYOUTS))
    yield _(
        "A line that holds nothing but tags leaves no line behind, and several blank lines become "
        "one. For example:"
    )
    yield f"```jinja\n{LETTER.strip()}\n```"


def _variables() -> Iterator[str]:
    yield "### " + _("What templates read")
    yield table(
        (_("name"), _("what it is")),
        *((f"`{name}`", _(told)) for name, told in NAMES.items()),
    )
    yield _(
        "`candidature`, `entered`, `received_at`, `value` and `rules` are there about a "
        "candidature only. A name that does not exist is a fault; so is one that has no value "
        "when it is printed, such as a date that hangs on something that has not happened: ask "
        "first with `{% if date.appeal is defined %}`."
    )
    yield _(
        "An instant prints as its day and hour in words, in the language of the letter; it also "
        "has `.day`, `.hour` and, for a date that `lasts`, `.ends` (the hour) and `.ends_at` (the "
        "day and the hour)."
    )


def _grammar() -> Iterator[str]:
    yield "### " + _("What templates may do")
    yield _(
        "They print values (`{{{{ … }}}}`), ask (`if`, `elif`, `else`), go through lists (`for`), "
        "name values (`set`), join texts with `~`, take a part with `[:12]`, count with whole "
        "numbers, and use these filters: {filters}. `range(3)` gives numbers; a loop knows "
        "`loop.index`, `loop.first`, `loop.last` and `loop.length`."
    ).format(filters=_listed(FILTERS))
    yield _(
        "All else that Jinja has is refused: macros, imports, inclusions, methods, other filters "
        "and tests than `is defined`. A letter takes {steps} steps at most, where a turn of a loop "
        "takes as many as stands in it, and {characters} characters. `ptce check` writes every "
        "letter on samples, with all that may be known and with no more than must be."
    ).format(steps=STEPS, characters=LONGEST_TEXT)


def _listed(words: Iterable[str]) -> str:
    return ", ".join(f"`{word}`" for word in words)
