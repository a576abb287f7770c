"""The pages on the house say what is there: files that exist, floors as they are, words of ours."""

import re
from pathlib import Path

import pytest

from tests.test_floors import imports, trees

pytestmark = pytest.mark.parsed

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "ptce_workflow"
SOURCES = "\n".join(path.read_text("utf-8") for path in sorted(PACKAGE.rglob("*.py")))
GLOSSARY = (ROOT / "docs" / "glossary.md").read_text("utf-8")


def named(page: str) -> list[str]:
    """What a page writes as code."""
    return re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", page, flags=re.S))


def words_of_the_code() -> list[str]:
    """The third column of the glossary, name by name."""
    rows = [line.split(" | ") for line in GLOSSARY.splitlines() if line.startswith("| ")]
    return [name for row in rows for name in named(row[2])]


def test_the_code_knows_the_words_of_the_glossary() -> None:
    modules = {path.stem for path in PACKAGE.rglob("*") if path.is_dir() or path.suffix == ".py"}
    known = modules.union(re.findall(r"\w+", SOURCES))
    assert set(words_of_the_code()) <= known


def test_the_glossary_has_both_languages() -> None:
    of_code, of_office = GLOSSARY.split("## Un mot pour une chose")
    for text, columns, least in ((of_code, 4, 40), (of_office, 5, 6)):
        rows = [line for line in text.splitlines() if line.startswith("| ")]
        words = [line.strip("| ").split(" | ") for line in rows if not line.startswith("| ---")]
        told = [row for row in words if row[0] != "français"]
        assert len(told) >= least
        assert all(len(row) == columns for row in told)
        assert all(re.fullmatch(r"[^*]+\*[^*]+\*", row[-1]) for row in told)


PAGES = {"fr": "docs/architecture.md", "en": "docs/en/architecture.md"}
LANGUAGES = pytest.mark.parametrize("language", PAGES)
FILE = re.compile(r"(?:[a-z_]+/)*[a-z_0-9]+\.(?:py|md)|tests(?:/[a-z_]+)+")


def page(language: str) -> str:
    return (ROOT / PAGES[language]).read_text("utf-8")


def drawn(language: str) -> set[tuple[str, str]]:
    return set(re.findall(r"^  (\w+) --> (\w+)$", page(language), re.M))


def changes(language: str) -> list[tuple[int, list[str]]]:
    """Of each change of the table, how many files it is said to touch, and which."""
    rows = re.findall(r"^\| [^|]+ \| (\d+) \| ([^|]*) \|$", page(language), re.M)
    return [(int(count), named(files)) for count, files in rows]


@LANGUAGES
def test_the_floors_are_drawn_as_they_are(language: str) -> None:
    found = {
        (file.split("/")[0], target.split(".")[1])
        for file, tree in trees(PACKAGE)
        for target, _line, _at_once in imports(file, tree)
        if target.startswith("ptce_workflow.") and "/" in file
    }
    assert drawn(language) == {(top, to) for top, to in found if to not in (top, "base")}


@LANGUAGES
def test_every_file_of_the_page_is_there(language: str) -> None:
    files = {name for name in named(page(language)) if FILE.fullmatch(name)}
    assert len(files) > 30
    assert {one for one in files if not (PACKAGE / one).exists() and not (ROOT / one).exists()} == (
        set()
    )


def ways(language: str) -> list[list[str]]:
    """The steps of the page's three numbered lists: what to read first, an act, a mail."""
    sections = page(language).split("\n## ")
    steps = (re.findall(r"^\d+\. .*$", section, re.M) for section in sections)
    return [found for found in steps if found]


@LANGUAGES
def test_the_ways_through_the_house_are_short(language: str) -> None:
    first, act, mail = (
        {name for step in steps for name in named(step) if FILE.fullmatch(name)}
        for steps in ways(language)
    )
    assert len(first) == 10
    assert len(act) <= 15
    assert len(mail) <= 15


@LANGUAGES
def test_every_function_of_the_way_is_where_it_is_said_to_be(language: str) -> None:
    steps = [named(step) for step in ways(language)[1]]
    called = [
        (name, [PACKAGE / one for one in (*step, "ledger/events/base.py") if FILE.fullmatch(one)])
        for step in steps
        for name in step
        if re.fullmatch(r"[a-z_]+", name)
    ]
    assert len(called) >= 7
    for name, files in called:
        assert any(f"def {name}(" in file.read_text("utf-8") for file in files), name


@LANGUAGES
def test_the_changes_are_counted(language: str) -> None:
    told = changes(language)
    assert len(told) == 22
    assert [count for count, _files in told] == [len(files) for _count, files in told]
    (total,) = re.findall(r"^\| \*\*[^|]+\*\* \| \*\*(\d+)\*\* \|", page(language), re.M)
    assert int(total) == sum(count for count, _files in told) <= 40


def test_both_pages_say_the_same() -> None:
    french, english = (
        [name for name in named(page(language)) if "/" in name] for language in PAGES
    )
    assert french == english
    assert drawn("fr") == drawn("en")
    assert changes("fr") == changes("en")
