"""Citations: which passage of the texts of a folder each one means."""

from __future__ import annotations

import pytest

from ptce_workflow.process.check import check
from ptce_workflow.process.citations import NotThere, cited, read_work
from tests.process.contests import contest

pytestmark = pytest.mark.usefixtures("in_english")

RULEBOOK = """Preamble.

# Who may apply?

Anyone.

- gardens
- orchards
  1. of apples
  2. of **pears**

Nobody else.

# The jury, and its marks

It sits.

# When

Soon.
"""
LAW = "# R133-10\n\nThe body sits.\n\n# Twice\n\na\n\n# Twice\n\nb\n"
WORKS = {"rulebook": read_work("rulebook", RULEBOOK), "crpa": read_work("crpa", LAW)}


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("Who may apply?, §1", {"Who may apply?, §1": "Anyone."}),
        ("who may apply, §2.1", {"Who may apply?, §2.1": "gardens"}),
        ("Who may apply?, §2.2.2", {"Who may apply?, §2.2.2": "of **pears**"}),
        ("Who may apply?, §1 and §3", {"Who may apply?, §1": "Anyone.", "Who may apply?, §3": ""}),
        ("Who may apply?, §1 to §3", {"Who may apply?, §2": "- gardens"}),
        ("The jury, and its marks, §1", {"The jury, and its marks, §1": "It sits."}),
        ("The jury", {"The jury, and its marks": "It sits."}),
        ("When, §1 : soon", {"When, §1": "Soon."}),
        ("When, §1 (soon)", {"When, §1": "Soon."}),
        ("crpa: R133-10, §1", {"crpa: R133-10, §1": "The body sits."}),
        ("When, §1 ; crpa: R133-10", {"When, §1": "", "crpa: R133-10": "The body sits."}),
    ],
)
def test_a_citation_names_passages(source: str, found: dict[str, str]) -> None:
    """By heading, paragraph and item; a list is one paragraph; free words are left out."""
    passages = {passage.name: passage.words for passage in cited(source, WORKS)}
    assert found.keys() <= passages.keys()
    assert all(passages[name].startswith(words) for name, words in found.items())


@pytest.mark.parametrize(
    ("source", "what", "mend"),
    [
        ("Whom, §1", 'No heading "Whom" stands in texts/rulebook.md.', "When"),
        ("W, §1", 'No heading "W" stands', ""),
        ("When, §2", "When, §2 does not exist.", ""),
        ("Who may apply?, §2.9", "Who may apply?, §2.9 does not exist.", ""),
        ("code: L1, §1", "There is no file texts/code.md.", ""),
        ("", 'No heading "" stands', ""),
    ],
)
def test_what_is_not_there_is_refused(source: str, what: str, mend: str) -> None:
    """With the nearest that is, where one is near."""
    with pytest.raises(NotThere) as caught:
        cited(source, WORKS)
    assert caught.value.what.startswith(what)
    assert mend in caught.value.mend


def test_headings_that_stand_twice_are_known() -> None:
    """They cannot be cited without doubt."""
    assert WORKS["crpa"].repeated == ("Twice",)
    assert WORKS["rulebook"].repeated == ()


def test_check_tells_what_the_rulebook_does_not_hold() -> None:
    """With the file and the key of the citation; nothing where the folder holds no text."""
    assert not check(contest())
    rulebook = {"texts/rulebook.md": "# When\n\nSoon.\n\n# Twice\n\na\n\n# Twice\n\nb\n"}
    found = {(one.file, one.key): one.what for one in check(contest(write=rulebook))}
    assert found["texts/rulebook.md", ""] == 'The heading "Twice" stands more than once.'
    assert found["config.toml", "dates.closing.source"].startswith('No heading "§1" stands')
    assert all(key.endswith("source") for file, key in found if not file.startswith("texts/"))
