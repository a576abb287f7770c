"""Templates of notifications: each one reads."""

import pytest

from ptce_workflow.process.check import check
from ptce_workflow.process.model.folder import LAYOUT, mail_file
from tests.process.contests import contest, mail, only

pytestmark = pytest.mark.usefixtures("in_english")

FILE, FRENCH_FILE = mail_file("receipt"), mail_file("receipt", "fr")
HEADING = "# Hello\n\n"


def receipt(text: str) -> dict[str, str | bytes]:
    """The receipt of the small contest with another text."""
    keys = 'label = "Receipt"\non = "draft.submit"\nwhen = "given.dossier"'
    return {FILE: mail(keys, f"{HEADING}{text}\n")}


@pytest.mark.parametrize(
    ("content", "line"),
    [("Bonjour\n\n{{ name }", 10), ("Bonjour\n{% if name %}", 9), ("{% nonsense %}", 8)],
)
def test_a_template_that_does_not_read_says_where(content: str, line: int) -> None:
    found = only(contest(write=receipt(content)))
    assert (found.file, found.what) == (FILE, "This template cannot be read.")
    assert found.line == line


@pytest.mark.parametrize("content", ["{{ " + "(" * 5_000, "{{ 1" + "0" * 5_000 + " }}"])
def test_a_template_without_end_is_a_fault(content: str) -> None:
    found = only(contest(write=receipt(content)))
    assert found.what == "This template cannot be read."


def test_a_template_is_utf_8() -> None:
    """Any other encoding would come out wrong in a mail."""
    found = only(contest(write={FRENCH_FILE: b"caf\xe9"}))
    assert found.what == "This file is not UTF-8 text."


def test_a_layout_is_read_like_a_template() -> None:
    assert check(contest(write={LAYOUT: "<p>{{ body }}</p>"})) == ()
    found = only(contest(write={LAYOUT: "Hello\n{{ nobody }}"}))
    assert (found.file, found.what) == (LAYOUT, '"nobody" does not exist.')
    assert found.line == 2


@pytest.mark.parametrize("layout", ["layout.j2", "layout.txt.j2", "fr.txt.j2", "base.html.j2"])
def test_no_other_template_belongs_beside_the_layouts(layout: str) -> None:
    found = only(contest(write={f"notifications/{layout}": "Hello"}))
    assert found.what == "This file does not belong in a contest folder."
    assert "notifications/layout.html.j2" in found.mend


@pytest.mark.parametrize(
    ("template", "what"),
    [
        ("{{ recipient.nmae }}", '"recipient.nmae" does not exist.'),
        ("{{ digest.empty }}", '"digest" is not known in this letter.'),
        ("{{ value.dossier.nmae }}", '"value.dossier.nmae" does not exist.'),
        ("{{ rules.draft.sumbit }}", '"rules.draft.sumbit" does not exist.'),
        ("{{ transition.reason - 1 }}", "This template fails as the letter is written."),
    ],
)
def test_a_template_that_gives_no_letter_is_told(template: str, what: str) -> None:
    found = only(contest(write=receipt(template)))
    assert (found.file, found.what) == (FILE, what)


def test_what_some_candidatures_lack_is_asked_for_first() -> None:
    date = """
    [dates.after]
    label = "After"
    at = "dossier.visit + 1 week"
    choice = "a week"
    """
    french = {FRENCH_FILE: f"{HEADING}{{{{ date.after }}}}\n"}
    found = only(contest({"config.toml": date}, write=french))
    assert (found.file, found.what) == (FRENCH_FILE, '"date.after" is not known in this letter.')
    assert found.line == 3
    asked = "{% if date.after is defined %}{{ date.after }}{% endif %}{{ date.closing }}"
    assert check(contest({"config.toml": date}, write={FRENCH_FILE: f"{HEADING}{asked}\n"})) == ()


def test_what_every_candidature_has_by_then_is_printed_freely() -> None:
    text = "{{ entered.draft }} {{ entered.submitted.day }} {{ transition.line }}"
    assert check(contest(write=receipt(text))) == ()
    text = "{{ entered.selected }}"
    found = only(contest(write=receipt(text)))
    assert found.what == '"entered.selected" is not known in this letter.'


def test_letters_are_tried_once_all_else_stands() -> None:
    """A rule that cannot be read would be told again as a fault of each letter that tells it."""
    files = contest(
        replace={"states/draft.toml": ("<= date.closing", "<= date.closng")},
        write=receipt("{% for one in rules.draft.submit %}{{ one.says }}{% endfor %}"),
    )
    assert only(files).file == "states/draft.toml"
