"""Templates of notifications: all four are there, and each one reads."""

from __future__ import annotations

import pytest

from ptce_workflow.process.check import check
from ptce_workflow.process.model.folder import TEMPLATES
from tests.process.contests import contest, only

pytestmark = pytest.mark.usefixtures("in_english")


@pytest.mark.parametrize("template", TEMPLATES)
def test_a_missing_template_is_told(template: str) -> None:
    """A mail is written as text and as HTML, in both languages."""
    path = f"notifications/receipt/{template}"
    found = only(contest(remove=[path]))
    assert (found.file, found.what) == (path, "This template is missing.")


def test_every_missing_template_is_told() -> None:
    """All at once, like everything else."""
    files = contest(remove=[f"notifications/receipt/{template}" for template in TEMPLATES])
    assert len(check(files)) == len(TEMPLATES)


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ("Bonjour\n\n{{ name }", 3),
        ("Bonjour\n{% if name %}", 2),
        ("{% nonsense %}", 1),
    ],
)
def test_a_template_that_does_not_read_says_where(content: str, line: int) -> None:
    """The line is told, as in a text editor."""
    found = only(contest(write={"notifications/receipt/en.txt.j2": content}))
    assert (found.file, found.what) == (
        "notifications/receipt/en.txt.j2",
        "This template cannot be read.",
    )
    assert found.line == line


@pytest.mark.parametrize("content", ["{{ " + "(" * 5_000, "{{ 1" + "0" * 5_000 + " }}"])
def test_a_template_without_end_is_a_fault(content: str) -> None:
    """However deep or long it is, it is told and nothing breaks."""
    found = only(contest(write={"notifications/receipt/en.txt.j2": content}))
    assert found.what == "This template cannot be read."


def test_a_template_is_utf_8() -> None:
    """Any other encoding would come out wrong in a mail."""
    found = only(contest(write={"notifications/receipt/fr.txt.j2": b"caf\xe9"}))
    assert found.what == "This file is not UTF-8 text."


@pytest.mark.parametrize("layout", ["layout.txt.j2", "layout.html.j2"])
def test_a_layout_is_read_like_a_template(layout: str) -> None:
    """It is part of the process, even while no template extends it."""
    path = f"notifications/{layout}"
    assert check(contest(write={path: "{% block body %}{% endblock %}"})) == ()
    found = only(contest(write={path: "Hello\n{{ nobody }}"}))
    assert (found.file, found.what) == (path, '"nobody" does not exist.')
    assert found.line == 2


@pytest.mark.parametrize("layout", ["layout.j2", "layout.md.j2", "fr.txt.j2", "base.html.j2"])
def test_no_other_template_belongs_beside_the_layouts(layout: str) -> None:
    """Every byte of the folder counts."""
    found = only(contest(write={f"notifications/{layout}": "Hello"}))
    assert found.what == "This file does not belong in a contest folder."
    assert "notifications/layout.html.j2" in found.mend


@pytest.mark.parametrize(
    ("template", "what"),
    [
        ("Hello\n\n{{ recipient.nmae }}", '"recipient.nmae" does not exist.'),
        ("Hello\n\n{{ digest.empty }}", '"digest" is not known in this letter.'),
        ("Hello\n\n{{ value('dossier.nmae') }}", '"dossier.nmae" does not exist.'),
        ("Hello\n\n{{ rules('draft.sumbit') }}", '"draft.sumbit" does not exist.'),
        (
            "Hello\n\n{% for a in range(999999) %}{% endfor %}",
            "This template takes too many steps.",
        ),
        ("{{ value('dossier.tools') }}\n\nHello", "This template gives no subject."),
        ("Hello\n\n{{ value('dossier.plots') }}", "This template gives no text."),
        ("Hello\n\n{{ transition.reason[0] }}", "This template fails as the letter is written."),
    ],
)
def test_a_template_that_gives_no_letter_is_told(template: str, what: str) -> None:
    """Each is written on samples: one that knows all, and one that knows the least."""
    found = only(contest(write={"notifications/receipt/en.txt.j2": template}))
    assert (found.file, found.what) == ("notifications/receipt/en.txt.j2", what)


def test_what_some_candidatures_lack_is_asked_for_first() -> None:
    """A date that hangs on an answer which need not be given."""
    date = """
    [dates.after]
    label = { fr = "Après", en = "After" }
    at = "dossier.visit + 1 week"
    choice = { fr = "une semaine", en = "a week" }
    """
    path = "notifications/receipt/fr.html.j2"
    found = only(contest({"config.toml": date}, write={path: "<p>\n{{ date.after }}</p>"}))
    assert (found.file, found.what) == (path, '"date.after" is not known in this letter.')
    assert found.line == 2
    asked = "{% if date.after is defined %}{{ date.after }}{% endif %}{{ date.closing }}"
    assert check(contest({"config.toml": date}, write={path: f"<p>{asked}</p>"})) == ()


def test_what_every_candidature_has_by_then_is_printed_freely() -> None:
    """A receipt leaves once the dossier was received and the draft was left."""
    text = (
        "{{ received_at }}\n\n{{ entered.draft }} {{ entered.submitted.day }} {{ transition.line }}"
    )
    assert check(contest(write={"notifications/receipt/en.txt.j2": text})) == ()
    text = "Hello\n\n{{ entered.selected }}"
    found = only(contest(write={"notifications/receipt/en.txt.j2": text}))
    assert found.what == '"entered.selected" is not known in this letter.'


def test_letters_are_tried_once_all_else_stands() -> None:
    """A rule that cannot be read would be told again as a fault of each letter that tells it."""
    files = contest(
        replace={
            "states/draft.toml": ("received_at <= date.closing", "received_at <= date.closng")
        },
        write={"notifications/receipt/en.txt.j2": "Hello\n\n{{ rules('draft.submit')[0].says }}"},
    )
    assert only(files).file == "states/draft.toml"
