"""Where the keys of a folder stand: faults are told as `file:line:column`."""

import tomllib
from collections.abc import Iterator, Mapping
from textwrap import dedent
from typing import Any

import pytest

from ptce_workflow.base.errors import Finding, shown
from ptce_workflow.process.check import check
from ptce_workflow.process.model.reading import located, positions
from tests.process.contests import contest, shipped

TOML = dedent(
    '''\
    label = "§ = [not.a.key]"
    by = [
        "desk",  # by = "nobody"
        { name = "a", more.deep = 1 },
    ]

    [fields.name]
    type = "text"
      label = """
    key = "inside"
    [fields.inside]
    """
    options.food = { label = 'a = 1', "odd.name" = 2 }
    at = 2024-03-11 12:00:00

    [[rows]]
    x = 1.5
    [rows.below]
    y = 1

    [[rows]]
    x = 2
    "quoted key" = { }
    '''
)
PLACES = {
    "label": (1, 1),
    "by": (2, 1),
    "by.1": (3, 5),
    "by.2.name": (4, 7),
    "by.name": (4, 7),
    "by.2.more.deep": (4, 24),
    "fields": (7, 2),
    "fields.name": (7, 9),
    "fields.name.type": (8, 1),
    "fields.name.label": (9, 3),
    "fields.name.options": (13, 1),
    "fields.name.options.food": (13, 9),
    "fields.name.options.food.label": (13, 18),
    "fields.name.options.food.odd.name": (13, 35),
    "fields.name.at": (14, 1),
    "rows": (16, 3),
    "rows.x": (17, 1),
    "rows.below.y": (19, 1),
    "rows.2.x": (22, 1),
    "rows.2.quoted key": (23, 1),
}


@pytest.mark.parametrize("key", PLACES)
def test_every_way_to_write_a_key_has_its_place(key: str) -> None:
    assert positions(TOML)[key] == PLACES[key]
    assert "key" not in positions(TOML)
    assert "fields.inside" not in positions(TOML)


def _keys(table: Any, above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    if isinstance(table, Mapping):
        for name, below in table.items():
            yield (*above, name)
            yield from _keys(below, (*above, name))
    for place, one in enumerate(table if isinstance(table, list) else (), 1):
        yield from _keys(one, (*above, str(place)))


@pytest.mark.parametrize("folder", [shipped(), contest()], ids=["shipped", "small"])
def test_every_key_of_a_folder_is_found_where_it_stands(folder: Mapping[str, bytes]) -> None:
    tables = {path: content.decode() for path, content in folder.items() if path.endswith(".toml")}
    assert len(tables) > 3
    for path, text in tables.items():
        found, lines, seen = positions(text), text.split("\n"), set()
        for key in _keys(tomllib.loads(text)):
            line, column = found[".".join(map(shown, key))]
            assert lines[line - 1][column - 1 :].lstrip("\"'").startswith(key[-1]), (path, key)
            seen.add((line, column))
        assert len(seen) == len(list(_keys(tomllib.loads(text)))), path


def test_faults_have_the_line_and_the_column_of_their_key() -> None:
    """As `check` tells them, of a file that does not read and of one that does."""
    path = "sheets/dossier.toml"
    lines = contest()[path].decode().count("\n")
    found = check(contest({path: "[fields.more]\ntype = 'text'\nlabl = 'x'\n"}))
    places = {one.key.rpartition(".")[2]: (one.line, one.column) for one in found}
    last = contest({path: "[fields.more]\ntype = 'text'\nlabl = 'x'\n"})[path].decode()
    line = last.split("\n").index("labl = 'x'") + 1
    assert places == {"labl": (line, 1), "label": (line - 2, 9)}
    assert line > lines
    dates = contest({"config.toml": "[dates.more]\nat = 'date.none + 1 day'\n"})
    (lost, *_others) = check(dates)
    text = dates["config.toml"].decode().split("\n")
    assert lost.line is not None
    assert text[lost.line - 1].startswith(("at = 'date.none", "[dates.more]"))


@pytest.mark.parametrize(
    ("path", "text", "key", "place"),
    [
        ("config.toml", "[contest]\nid = \n", "", (2, 6)),
        ("config.toml", '[contest]\nid = "a"\n', "contest.title", (1, 2)),
        ("config.toml", "", "contest", (1, 1)),
        ("config.toml", "[contest]\ntitle.fr = 'a'\n", "contest.title.en", (2, 1)),
        ("sheets/a.toml", "a = { b.c = 1 }\n", "a.b.c", (1, 9)),
        ("notifications/a.md", '+++\non = "entered.a"\nto = "b"\n+++\n# A\n', "to", (3, 1)),
        ("notifications/a.en.md", '+++ of = "0123" +++\n# A\n', "of", (1, 5)),
        ("notifications/a.md", "+++\nto = 1\n", "to", (1, 1)),
        ("translations/en.po", 'msgid "a"\n', "", (1, 1)),
        ("states/é.toml", '"é" = "é"\r\n\r\nx = "é" # é\r\n', "x", (3, 1)),
        ("states/deep.toml", f"a = {'[' * 5000}", "a", (1, 1)),
    ],
)
def test_a_fault_is_told_with_its_place(
    path: str, text: str, key: str, place: tuple[int, int]
) -> None:
    (found,) = located({path: text.encode()}, [Finding(path, key, "…")])
    assert (found.line, found.column) == place
    assert found.place == f"{path}:{place[0]}:{place[1]}"
    assert str(found).startswith(found.place)


def test_what_is_missing_or_known_already_is_not_looked_up() -> None:
    missing = Finding("config.toml", "", "…")
    known = Finding("notifications/a.md", "", "…", line=7)
    told = located({"notifications/a.md": b"# A\n"}, [missing, known])
    assert [one.place for one in told] == ["config.toml", "notifications/a.md:7:1"]
