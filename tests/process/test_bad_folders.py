"""What comes into a folder by mistake: each is told with its place, and with what to do."""

import re

import pytest

from ptce_workflow.app.locations import read_folder
from ptce_workflow.base.words import speaking
from ptce_workflow.process.check import check
from tests.process.contests import REPOSITORY

BLANK = dict(read_folder(REPOSITORY / "contests" / "blank" / "en"))
CONFIG, DRAFT, SHEET = "config.toml", "states/draft.toml", "sheets/dossier.toml"
MAIL, RULEBOOK, CATALOGUE = "notifications/receipt.md", "texts/rulebook.md", "translations/fr.po"
CIRCLE = """
[transitions.a]
label = "A"
to = "submitted"
{list_a}
[transitions.b]
label = "B"
to = "submitted"
{list_b}
"""
ADDED = {
    "what an editor keeps": ("states/draft.toml~", "label = 1", "delete it"),
    "what an editor swaps": ("states/.draft.toml.swp", "b0VIM", "delete it"),
    "what an editor locks": ("sheets/.#dossier.toml", "", "delete it"),
    "what a system leaves": ("notifications/.DS_Store", "x", "delete it"),
    "a mail that extends a layout": (MAIL, '\n{% extends "a" %}\n', "no place in a letter"),
    "a file of no kind": ("states/notes.txt", "x", "Move it elsewhere"),
    "a rulebook of 5 MB": (RULEBOOK, "a" * 5_000_000, "at most 1000000 bytes"),
    "a circle": (
        DRAFT,
        CIRCLE.format(list_a='same_as = ["draft.b"]', list_b='same_as = ["draft.a"]'),
        "draft.a → draft.b → draft.a",
    ),
    "a circle through unless": (
        DRAFT,
        CIRCLE.format(list_a='same_as = ["draft.b"]', list_b='unless = ["draft.a"]'),
        "draft.a → draft.b → draft.a",
    ),
    "unless of itself": (
        DRAFT,
        CIRCLE.format(list_a='unless = ["draft.a"]', list_b=""),
        "draft.a → draft.a",
    ),
    "a heading twice": (RULEBOOK, "\n# Calendar\n\nAgain.\n", '"Calendar" stands more than once'),
    "a paragraph that is not there": (
        CONFIG,
        "\n[limits.more]\nlabel = 'More'\nvalue = 5\nsource = 'Calendar, §99'\n",
        "§99",
    ),
    "a heading that is not there": (
        CONFIG,
        "\n[limits.more]\nlabel = 'More'\nvalue = 5\nsource = 'Calender, §1'\n",
        "Calendar",
    ),
    "a mail with two headings": (MAIL, "\n# Again\n", "2"),
    "Markdown that closes nothing": (MAIL, "\nThis **opens.\n", "**"),
    "a catalogue that is cut off": (CATALOGUE, 'msgid "a"\nmsgid', "cannot be read"),
    "a key of 10,000 characters": (CONFIG, f"\n{'k' * 10_000} = 1\n", "at most 60"),
    "a word of 10,000 characters": (
        SHEET,
        f"\n[fields.more]\ntype = '{'t' * 10_000}'\nlabel = 'x'\n",
        "is not one of the accepted words",
    ),
    "a condition of 10,000 characters": (
        DRAFT,
        "\n[transitions.a]\nlabel = 'A'\nto = 'submitted'\n"
        f"rules.b = {{ says = 'x', choice = 'x', when = '{'(' * 10_000}' }}\n",
        "",
    ),
}


def _told(path: str, content: bytes) -> list[str]:
    with speaking("en"):
        found = check(BLANK | {path: content})
    own = [one for one in found if one.file == path]
    assert own
    for one in own:
        assert one.line is not None
        assert 0 < one.line <= content.count(b"\n") + 1
        assert len(str(one)) < 2_000
    return [str(one) for one in own]


@pytest.mark.parametrize("name", ADDED)
def test_what_is_added_by_mistake_is_told(name: str) -> None:
    path, more, words = ADDED[name]
    assert words in "\n".join(_told(path, BLANK.get(path, b"") + more.encode()))


@pytest.mark.parametrize(
    ("path", "old", "new", "words"),
    [
        (MAIL, "\n+++\n", "\n", "The keys of this mail do not end."),
        (MAIL, "\n# ", "\n", "This mail has no heading."),
        (CONFIG, "[contest]", "[contest", "This is not TOML from line"),
        (CONFIG, 'title = "', 'title = "\u202e', "U+202E"),
        (DRAFT, 'label = "', 'label = "\ufeff', "U+FEFF"),
    ],
)
def test_what_is_broken_is_told(path: str, old: str, new: str, words: str) -> None:
    text = BLANK[path].decode()
    assert old in text
    at = text.rindex(old) if path == MAIL and old != "\n# " else text.index(old)
    told = _told(path, (text[:at] + new + text[at + len(old) :]).encode())
    assert words in "\n".join(told)
    assert not re.search(r"Traceback|Error\b", "\n".join(told))
