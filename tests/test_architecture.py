"""The pages on the house say what is there: files that exist, floors as they are, words of ours."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

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


@pytest.mark.parametrize("name", sorted(set(words_of_the_code())))
def test_the_code_knows_the_words_of_the_glossary(name: str) -> None:
    """Each is a class, a function, a module, or a name that the code reads or writes."""
    modules = {path.stem for path in PACKAGE.rglob("*.py")} | {
        path.name for path in PACKAGE.rglob("*") if path.is_dir()
    }
    assert name in modules or re.search(rf"\b{name}\b", SOURCES)


def test_the_glossary_has_both_languages() -> None:
    """Every row has its four cells, and a meaning in each language."""
    rows = [line for line in GLOSSARY.splitlines() if line.startswith("| ")]
    words = [line.strip("| ").split(" | ") for line in rows if not line.startswith("| ---")]
    told = [row for row in words if row[0] != "français"]
    assert len(told) >= 40
    assert all(len(row) == 4 and re.fullmatch(r"[^*]+\*[^*]+\*", row[3]) for row in told)
