"""The house stays one that others can carry on: names, folders, imports, within today's bounds.

A bound may only be lowered.
"""

import ast
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.test_floors import PACKAGE, imports, nodes, plant, trees

pytestmark = pytest.mark.parsed

BORNE_TWICE = frozenset({"Names"})
"""The names of classes that more than one module bears."""
MOST_FILES = 189
MOST_FILES_OF_A_FOLDER = 16
MOST_IMPORTS = 0.077
"""The share of lines that import."""


def borne_twice(package: Path) -> set[str]:
    """The names of classes that more than one module defines."""
    names = Counter(
        name
        for _file, tree in trees(package)
        for name in {node.name for node in nodes(tree) if isinstance(node, ast.ClassDef)}
    )
    return {name for name, modules in names.items() if modules > 1}


def private_imports(package: Path) -> list[str]:
    """Every import of what another module of ours keeps to itself."""
    return [
        f"{file}:{line} imports {target}"
        for file, tree in trees(package)
        for target, line, _at_once in imports(file, tree)
        if target.startswith("ptce_workflow.")
        and any(part.startswith("_") and part.strip("_") for part in target.split("."))
    ]


def share_of_imports(package: Path) -> float:
    lines = [
        (node.end_lineno or node.lineno) - node.lineno + 1
        for _file, tree in trees(package)
        for node in nodes(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    return sum(lines) / sum(len(text.splitlines()) for text in texts(package))


def texts(package: Path) -> Iterator[str]:
    """What each module holds."""
    return (file.read_text("utf-8") for file in sorted(package.rglob("*.py")))


def test_a_class_has_a_name_of_its_own() -> None:
    """Whoever reads `Page` knows which one; what has a name of its own leaves the list."""
    assert borne_twice(PACKAGE) <= BORNE_TWICE


def test_folders_stay_small() -> None:
    """A folder is looked through at a glance, and so is the whole."""
    folders = Counter(file.parent for file in PACKAGE.rglob("*.py"))
    assert max(folders.values()) <= MOST_FILES_OF_A_FOLDER
    assert sum(folders.values()) <= MOST_FILES


def test_few_lines_import() -> None:
    """What is cut too small is held together by imports."""
    assert share_of_imports(PACKAGE) <= MOST_IMPORTS


def test_what_is_private_is_imported_by_no_module() -> None:
    assert private_imports(PACKAGE) == []


@pytest.mark.parametrize(
    "source",
    [
        "from ptce_workflow.app.plan import _Mailing",
        "from .plan import _mail",
        "def f():\n    from ptce_workflow.app._plan import Mailing",
    ],
)
def test_a_planted_private_import_is_found(tmp_path: Path, source: str) -> None:
    package = plant(tmp_path, "app/cases.py", f"{source}\nfrom ptce_workflow.base.words import _")
    assert len(private_imports(package)) == 1


def test_a_planted_name_borne_twice_is_found(tmp_path: Path) -> None:
    package = plant(tmp_path, "app/cases.py", "class Page: ...\nclass Row: ...\nclass Row: ...")
    (package / "app" / "plan.py").write_text("class Page: ...", "utf-8")
    assert borne_twice(package) == {"Page"}


def test_imports_are_counted(tmp_path: Path) -> None:
    """An import over several lines is as many, wherever it stands."""
    source = "import os\nfrom a import (\n    b,\n)\n\ndef f():\n    import c\n    return c\n"
    assert share_of_imports(plant(tmp_path, "app/cases.py", source)) == 5 / 8
