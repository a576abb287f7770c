"""A folder of the first edition is written as one of the second, and means what it meant."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from typing import Any

import pytest

from ptce_workflow.app.locations import read_folder
from ptce_workflow.base.errors import FolderFaults, Misuse
from ptce_workflow.process.first_edition.migration import Migration, migrated
from ptce_workflow.process.first_edition.rewriting import Notes, page_of_two, toml_of
from ptce_workflow.process.model.catalogues import po_of
from ptce_workflow.process.model.definition import Definition
from ptce_workflow.process.model.folder import Files
from ptce_workflow.process.model.notation import read_toml
from ptce_workflow.process.model.reading import read_definition
from ptce_workflow.process.model.shared import Model, Text
from ptce_workflow.process.model.sheets import PANEL_KEYS, Sheet
from ptce_workflow.process.process import Process
from tests.process.contests import REPOSITORY
from tests.process.test_first_edition import half

pytestmark = pytest.mark.usefixtures("in_english")

FIRST = REPOSITORY / "tests" / "older" / "first"
KINDS = sorted(folder.name for folder in FIRST.iterdir())


def first(kind: str, **changes: str) -> dict[str, bytes]:
    """A folder of the first edition; `sheets__cra__toml` changes or adds a file."""
    files = dict(read_folder(FIRST / kind))
    for name, text in changes.items():
        files[".".join(name.replace("__", "/").rsplit("/", 1))] = text.encode()
    return files


def second(files: Files) -> Migration:
    """What becomes of a folder that is of the first edition."""
    made = migrated(files)
    assert made is not None
    return made


def read(files: Files) -> Definition:
    """What a folder says."""
    definition, faults = read_definition(files)
    assert definition is not None, faults
    return definition


def plain(table: Any, key: str = "") -> Any:
    """A table as it is meant: citations in the language of the folder, rules where they are judged.

    What a panel says for all its criteria stands in each of them, with the reason that it takes.
    """
    if isinstance(table, Text):
        return table.phrase if key == "source" else (table.phrase, dict(table.others))
    if isinstance(table, Model):
        names = (name for name in table.keys if name not in APART)
        if isinstance(table, Sheet):
            theirs = {table.fields[name].choice for name in table.criteria}
            taken = ("choice",) if len(theirs) == 1 and table.choice in (None, *theirs) else ()
            names = (name for name in names if name not in (*PANEL_KEYS, *taken))
        return {name: plain(getattr(table, name), name) for name in names}
    if key == "open" and isinstance(table, tuple):
        return [entry.partition(" until ")[0] for entry in table]
    if isinstance(table, Mapping):
        return [(name, plain(one, name)) for name, one in table.items()]
    return [plain(one, key) for one in table] if isinstance(table, tuple) else table


APART = ("rules", "same_as", "edition", "ended", "copied", "notified", "receives")


@pytest.mark.long
@pytest.mark.parametrize("kind", KINDS)
def test_it_checks(kind: str) -> None:
    """Every folder becomes one without fault, and is of the second edition from then on."""
    made = second(first(kind))
    assert made.faults == ()
    assert read(made.files).edition == 2
    assert migrated(made.files) is None


@pytest.mark.long
@pytest.mark.parametrize("kind", KINDS)
def test_no_comment_is_lost(kind: str) -> None:
    """Wherever it stood: above, beside, at the end, at a key that is gone."""
    tables = [text.decode() for name, text in first(kind).items() if name.endswith(".toml")]
    comments = {one for text in tables for one in re.findall(r"(?m)(?:^|\s)(#[ -].*)$", text)}
    written = "\n".join(text.decode() for text in second(first(kind)).files.values())
    assert {one for one in comments if one not in written} == set()


@pytest.mark.parametrize("kind", KINDS)
def test_it_means_the_same(kind: str) -> None:
    """Every key of every table, and every phrase in both languages, but for the receipt."""
    assert plain(read(second(first(kind)).files)) == plain(read(first(kind)))


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_rules_are_judged(kind: str) -> None:
    """A rule that named another stands in a list of its transition now."""

    def judged(files: Files) -> dict[str, set[str]]:
        process = Process.of(read(files), files)
        return {
            f"{way.origin}.{way.name}": {
                str(rule.when).replace("received_at", "received.dossier")
                for rule in way.rules.values()
            }
            for way in process.every_way()
        }

    assert judged(second(first(kind)).files) == judged(first(kind))


def test_what_marked_a_receipt_is_received_by_an_act_of_its_own() -> None:
    """The window closes when the rule says; rules and mails read the arrival; a person is told."""
    made = second(first("whole"))
    written = {name: text.decode() for name, text in made.files.items()}
    draft = written["states/draft.toml"]
    assert 'open = ["dossier until date.submission"]' in draft
    assert "received.dossier <= date.submission" in draft
    assert not [name for name, text in written.items() if re.search(r"receives|received_at", text)]
    told = {(one.file, one.key) for one in made.told if "ptce receive REF dossier" in one.mend}
    assert told == {("states/draft.toml", "transitions.submit")}


def test_one_catalogue_entry_a_phrase() -> None:
    """A context stands only where one phrase has two translations."""
    config = first("minimal")["config.toml"].decode()
    twice = config + "".join(
        f'[limits.{name}]\nlabel = {{ fr = "Note", en = "{words}" }}\nvalue = 1\n'
        'choice = { fr = "x", en = "y" }\n'
        for name, words in (("a", "Mark"), ("b", "Mark"), ("c", "Bill"))
    )
    made = second(first("minimal", config__toml=twice))
    catalogue = po_of(made.files["translations/en.po"])
    assert [entry.context for entry in catalogue if entry.context] == ["limits.c.label"]
    limits = read(made.files).config.limits
    assert [str(limits[name].label.in_("en")) for name in "abc"] == ["Mark", "Mark", "Bill"]


def test_comments_are_kept() -> None:
    """Above a key, beside it, at the end; those of a key that is no more stand further on."""
    text = (
        "# What this is.\n\n"
        'label = "A"  # beside\n'
        "# of the list\n"
        "gone = [ # inside\n  1,\n]  # beside what goes\n"
        "\n# --- A heading ---\n\n"
        "[below]\nkey = 'as written'\n"
        "[below.deeper]\nx = 1.50\n# the end\n"
    )
    table = read_toml(text)
    del table["gone"]
    written = toml_of(table, Notes.of(text))
    assert read_toml(written) == table
    for words in ("# What this is.", "# beside", "# of the list", "# the end", "# --- A heading"):
        assert written.count(words) >= 1
    assert "'as written'" in written
    assert "1.50" in written
    assert written.index("# beside what goes") < written.index("below")


LONG = f'[a.b]\nx = "{"y" * 80}"\nz = "{"y" * 80}"\n\n[a.c]\nx = "{"y" * 160}"\nz = "{"y" * 80}"\n'


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("[a.b]\nx = 1\n[a.c]\n# why\nx = 2\n", "[a]\nb.x = 1\n# why\nc.x = 2\n"),
        ("[a.b]\nx = 1\ny = 2\n[a.c]\nz = 3\n", "a = { b = { x = 1, y = 2 }, c.z = 3 }\n"),
        (
            f'[a.b]\nx = 1\n[a.c]\nx = "{"y" * 160}"\nz = 2\n[a.d]\nx = 3\n',
            f'[a]\nb.x = 1\n\n[a.c]\nx = "{"y" * 160}"\nz = 2\n\n[a.d]\nx = 3\n',
        ),
        (
            f'[a.b]\n[a.b.c]\n[a.b.c.d]\nx = 1\n[a.e]\ny = 3\nz = "{"y" * 130}"\n',
            f'a.b.c.d.x = 1\na.e = {{ y = 3, z = "{"y" * 130}" }}\n',
        ),
        # Two lines beside a heading have one of their own.
        (LONG, LONG),
        (
            "[z]\nx = 1\n\n# About all of them.\n\n# About b.\n[a.b]\nx = 1\n[a.c]\nx = 2\n"
            "[a.d]\nx = 3\n[a.e]\nx = 4\n[a.f]\nx = 5\n",
            "z.x = 1\n\n# About all of them.\n\n[a]\n# About b.\nb.x = 1\nc.x = 2\nd.x = 3\n"
            "e.x = 4\nf.x = 5\n",
        ),
    ],
)
def test_tables_stand_the_shorter_way(text: str, written: str) -> None:
    """On a line, or a line for each thing; a comment about several tables stands above them all."""
    table = tomllib.loads(text)
    found = toml_of(table, Notes.of(text))
    assert found == written
    assert repr(tomllib.loads(found)) == repr(table)


def test_what_is_the_same_in_both_languages_is_written_once() -> None:
    """It is no translation; a mail whose words differ has a text for each."""
    files = second(first("whole") | {"notifications/gone/fr.txt.j2": b"Parti\n\nMots."}).files
    mails = sorted(name for name in files if name.startswith("notifications/"))
    assert [name for name in mails if name.count(".") > 1] == ["notifications/gone.fr.md"]
    assert len(mails) == 10


def templates(text: str, html: str) -> Files:
    """The templates of a mail in one language."""
    return {
        "notifications/m/en.txt.j2": text.encode(),
        "notifications/m/en.html.j2": html.encode(),
    }


BOTH = (
    '{% extends "layout.txt.j2" %}\n{% block subject %}Your *place*{% endblock %}\n'
    "{% block body %}\nDo this: answer, {{ candidature.name }}.\n\n2024. A year\nThe mail\n"
    "- one_two\n{% if x %}\n- two\n{% endif %}\n{% endblock %}\n{% block ask %}Call.{% endblock %}",
    '{% extends "layout.html.j2" %}{% block body %}<p><strong>Do this:</strong> answer, '
    "{{ candidature.name }}.</p><p>2024. A year The mail</p><ul><li>one_two</li>{% if x %}"
    "<li>two</li>{% endif %}</ul>{% endblock %}",
)


def test_a_text_becomes_markdown() -> None:
    """The subject is the heading; what Markdown would take for a sign is written as itself."""
    page, told = page_of_two("m", "en", templates(*BOTH))
    assert page == (
        "# Your \\*place\\*\n\n**Do this:** answer, {{ candidature.name }}.\n\n"
        "2024\\. A year\\\nThe mail\n- one_two\n{% if x %}\n- two\n{% endif %}\n\nCall.\n"
    )
    assert told == ()


@pytest.mark.parametrize(
    ("text", "html", "file", "what"),
    [
        (BOTH[0], BOTH[1].replace("answer", "do not"), "en.html.j2", "does not say what"),
        (
            BOTH[0].replace("{% block ask %}", "{% block foot %}"),
            BOTH[1],
            "en.txt.j2",
            'The block "foot" is left behind.',
        ),
        (
            BOTH[0].replace("{% block ask %}", "{% if x %}{% block ask %}") + "{% endif %}",
            BOTH[1],
            "en.txt.j2",
            "outside the blocks",
        ),
    ],
)
def test_what_no_text_can_do_is_told(text: str, html: str, file: str, what: str) -> None:
    """A page that says other things, a block of one's own, a condition on one: with the file."""
    _page, told = page_of_two("m", "en", templates(text, html))
    assert any(one.file == f"notifications/m/{file}" and what in one.what for one in told)


@pytest.mark.parametrize(
    ("way", "told"), [("waiting.promote", ["notifications/chosen.md"]), ("scored.select", [])]
)
def test_a_rule_that_a_text_names_is_told_where_it_stands_elsewhere(
    way: str, told: list[str]
) -> None:
    """It has its whole name there now; that of a rule of one's own has not changed."""
    loop = f'{{% for rule in rules("{way}") if rule.name == "place_left" %}}-{{% endfor %}}'
    text = f"Chosen\n\nYes. {loop}\n".encode()
    made = second(first("whole") | {"notifications/chosen/en.txt.j2": text})
    assert [one.file for one in made.told if "place_left" in one.what] == told


def test_a_layout_of_ones_own_is_told() -> None:
    """The program has one now."""
    files = first("whole")
    files["notifications/layout.html.j2"] = b"<html>{% block body %}{% endblock %}</html>"
    told = second(files).told
    assert any(one.file == "notifications/layout.html.j2" for one in told)


@pytest.mark.parametrize(
    ("name", "content", "what"),
    [
        ("notifications/chosen.md", b"# Already\n", "stands twice"),
        ("notifications/more.md", b"# Already\n\nYes.\n", "of the second edition"),
        ("notifications/chosen/fr.txt.j2~", b"x", "does not belong"),
        ("states/.draft.toml.swp", b"\x00\xff", "does not belong"),
        ("states/draft.toml", b"\xff", "not UTF-8"),
        ("states/draft.toml", b"label = ", "ends at line 1"),
        ("translations/en.po", b"", "of the second edition"),
    ],
)
def test_what_cannot_be_put_is_told(name: str, content: bytes, what: str) -> None:
    """Half migrated, an editor's leavings, what does not read: nothing is made of it."""
    with pytest.raises(FolderFaults) as caught:
        migrated({**first("whole"), name: content})
    assert any(what in one.what for one in caught.value.findings)


@pytest.mark.parametrize("kind", KINDS)
def test_what_was_half_migrated_by_hand_is_told(kind: str) -> None:
    """A title in one language: that, where the first phrase in two is, and both ways on."""
    with pytest.raises(Misuse, match="another of the second") as told:
        migrated(half(kind))
    assert not isinstance(told.value, FolderFaults)
    assert "config.toml:" in told.value.why
    assert "title.fr" in told.value.mend


@pytest.mark.parametrize("kind", KINDS)
def test_it_is_smaller(kind: str) -> None:
    """Before anyone has touched it; what catalogues say was in it, that they are kept was not."""
    before, after = first(kind), second(first(kind)).files
    own = [content for name, content in after.items() if not name.endswith(".po")]
    assert round(sum(map(len, own)) / sum(map(len, before.values())), 2) <= 0.62


def test_no_file_of_the_first_edition_is_left() -> None:
    """Each is of the second, and is written in one language."""
    for name, content in second(first("whole")).files.items():
        assert not name.endswith((".j2", "notification.toml"))
        if name.endswith(".toml"):
            assert not re.search(rb"(?m)^(?:\S+\.)?en = |\ben = ", content)
