"""The floors hold: imports run down only, the ground floor is pure, one place reads the time."""

from __future__ import annotations

import ast
from collections.abc import Container, Iterator, Mapping
from functools import cache
from pathlib import Path

import pytest

pytestmark = pytest.mark.parsed

PACKAGE = Path(__file__).resolve().parents[1] / "ptce_workflow"

FLOORS = {"base": -1, "process": 0, "store": 1, "ledger": 1, "mail": 1, "office": 2, "app": 3}
FLOORS |= {"scheduler": 4, "reports": 5, "exports": 6, "cli": 7}
# The face of the library shows what the app can do; `python -m ptce_workflow` is the command.
FACES = {"__init__": {"base", "process", "ledger", "store", "app"}, "__main__": set(FLOORS)}

CLOCK = "base/runtime.py"
READS_TIME = {
    *(f"datetime.datetime.{name}" for name in ("now", "today", "utcnow")),
    "datetime.date.today",
    *(f"time.{name}" for name in ("ctime", "gmtime", "localtime", "time", "time_ns")),
}
# Floor 0 neither reads nor writes, asks nobody, and answers the same twice.
IMPURE_MODULES = {
    *("http", "os", "pathlib", "random", "secrets", "shutil", "socket", "sqlite3"),
    *("subprocess", "tempfile", "time", "urllib", "uuid"),
}
PURE = ("urllib.parse.",)
"""What within these modules only works out."""
IMPURE_CALLS = {"input", "open", "print"}
LONGEST_MODULE_LINES = 800
LONGEST_FUNCTION_LINES = 60

Tree = tuple[str, ast.Module]
Import = tuple[str, int, bool]


def trees(package: Path) -> Iterator[Tree]:
    """Every module, as its path below the package and what it parses to."""
    for path in sorted(package.rglob("*.py")):
        yield path.relative_to(package).as_posix(), parsed(path.read_text("utf-8"))


parsed = cache(ast.parse)


@cache
def nodes(tree: ast.AST) -> tuple[ast.AST, ...]:
    """A node and all below it, walked through once."""
    return tuple(ast.walk(tree))


@cache
def imports(file: str, tree: ast.Module) -> tuple[Import, ...]:
    """Each imported name in full, its line, and whether it is imported as the module loads."""
    return tuple(_imports(file, tree))


def _imports(file: str, tree: ast.Module) -> Iterator[Import]:
    at_once = {id(node) for node in _at_once(tree)}
    package = ["ptce_workflow", *file.split("/")[:-1]]
    for node in nodes(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, node.lineno, id(node) in at_once
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*above, *([node.module] if node.module else [])])
            for alias in node.names:
                yield f"{module}.{alias.name}", node.lineno, id(node) in at_once
        elif isinstance(node, ast.Call) and _last_name(node.func) in {
            "import_module",
            "__import__",
        }:
            for argument in node.args[:1]:
                if isinstance(argument, ast.Constant):
                    yield str(argument.value), node.lineno, id(node) in at_once


def _at_once(node: ast.AST) -> Iterator[ast.AST]:
    """What runs as the module loads: no function's body, nothing that only type checkers read."""
    for child in ast.iter_child_nodes(node):
        later = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) or (
            isinstance(child, ast.If) and _last_name(child.test) == "TYPE_CHECKING"
        )
        if not later:
            yield child
            yield from _at_once(child)


def _last_name(node: ast.expr) -> str:
    return getattr(node, "attr", getattr(node, "id", ""))


def may_import(file: str, target: str, at_once: bool) -> bool:
    """May this module import that name of our own?"""
    top, *rest = file.removesuffix(".py").split("/")
    part = target.split(".")[1] if "." in target else ""
    if not rest:
        only_the_command = top == "__main__" or part == "base"
        return part in FACES.get(top, set()) and (not at_once or only_the_command)
    if part not in FLOORS:  # the package itself: only the command line stands above it
        return top == "cli"
    return top == part or FLOORS[part] < FLOORS[top]


def climbs(package: Path) -> list[str]:
    """Every import that does not run down."""
    return [
        f"{file}:{line} imports {target}"
        for file, tree in trees(package)
        for target, line, at_once in imports(file, tree)
        if target.split(".")[0] == "ptce_workflow" and not may_import(file, target, at_once)
    ]


def circles(package: Path) -> list[str]:
    """Every ring of modules that import each other, however late or for whatever reader."""
    found = {_module(file): tree for file, tree in trees(package)}
    below = {
        name: {
            known
            for target, _line, _at_once in imports(name.replace(".", "/") + ".py", tree)
            if (known := _known(target, found)) not in ("", name)
        }
        for name, tree in found.items()
    }
    while bare := {name for name, targets in below.items() if not targets & below.keys()}:
        below = {name: targets for name, targets in below.items() if name not in bare}
    # What is left stands in a ring, or above one.
    return sorted(name for name in below if name in _reached(name, below))


def _module(file: str) -> str:
    return file.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def _known(target: str, modules: Container[str]) -> str:
    """The module that an imported name stands in; empty for one that is not of ours."""
    name = target.removeprefix("ptce_workflow.")
    while name and name not in modules:
        name = name.rpartition(".")[0]
    return name


def _reached(start: str, below: Mapping[str, set[str]]) -> set[str]:
    reached, ahead = set[str](), [start]
    while ahead:
        fresh = below.get(ahead.pop(), set()) - reached
        reached |= fresh
        ahead.extend(fresh)
    return reached


def full_names(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """Every name that the code reads, in full where it was imported."""
    known: dict[str, str] = {}
    for node in nodes(tree):
        if isinstance(node, ast.Import):
            known |= {alias.asname: alias.name for alias in node.names if alias.asname}
        elif isinstance(node, ast.ImportFrom):
            known |= {
                alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names
            }
    for node in nodes(tree):
        if isinstance(node, ast.Name | ast.Attribute):
            root, dot, rest = _spelt(node).partition(".")
            yield f"{known.get(root, root)}{dot}{rest}", node.lineno


def _spelt(node: ast.expr) -> str:
    """A dotted name as it is written; what is asked of no name begins with a dot."""
    if isinstance(node, ast.Attribute):
        return f"{_spelt(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def time_readers(package: Path) -> list[str]:
    """Every place but the clock that reads the time, or hands on a function that does."""
    return [
        f"{file}:{line} uses {name}"
        for file, tree in trees(package)
        if file != CLOCK
        for name, line in full_names(tree)
        if name in READS_TIME
    ]


def impurities(package: Path) -> list[str]:
    """Every place of floor 0 that could read, write, ask or vary."""
    found = []
    for file, tree in trees(package / "process"):
        names = [
            (name, line)
            for name, line, _ in imports(f"process/{file}", tree)
            if name.split(".")[0] in IMPURE_MODULES and not name.startswith(PURE)
        ]
        names += [
            (node.func.id, node.lineno)
            for node in nodes(tree)
            if isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id in IMPURE_CALLS
        ]
        found += [f"process/{file}:{line} uses {name}" for name, line in names]
    return found


def too_long(package: Path) -> list[str]:
    """Every module and function that has outgrown one reading; nobody reads a generated one."""
    found = []
    for path in sorted(package.rglob("*.py")):
        text = path.read_text("utf-8")
        generated = "Written by tools/generate.py" in text
        if (lines := text.count("\n")) > LONGEST_MODULE_LINES and not generated:
            found.append(f"{path.name}: {lines} lines")
        for node in nodes(parsed(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                if lines > LONGEST_FUNCTION_LINES:
                    found.append(f"{path.name}:{node.lineno} {node.name}: {lines} lines")
    return found


def test_imports_run_down() -> None:
    """No module imports from a floor above its own or from a neighbour."""
    assert climbs(PACKAGE) == []


def test_no_modules_import_each_other() -> None:
    assert circles(PACKAGE) == []


@pytest.mark.parametrize(
    "back",
    [
        "from ptce_workflow.app.transaction import Transaction",
        "def f():\n    from ptce_workflow.app import transaction",
        "if TYPE_CHECKING:\n    from .transaction import Transaction",
    ],
)
def test_a_planted_circle_is_found(tmp_path: Path, back: str) -> None:
    package = plant(tmp_path, "app/transaction.py", "from ptce_workflow.app.plan import Mailing")
    (package / "app" / "plan.py").write_text(back, "utf-8")
    (package / "app" / "contest.py").write_text("from .transaction import Transaction", "utf-8")
    assert circles(package) == ["app.plan", "app.transaction"]


def test_every_folder_has_a_floor() -> None:
    """A folder that the floors do not know would escape them."""
    folders = {path.parent.relative_to(PACKAGE).parts[0] for path in PACKAGE.glob("*/**/*.py")}
    assert folders <= set(FLOORS)


def test_only_the_clock_reads_the_time() -> None:
    """Everywhere else `now` is an argument."""
    assert time_readers(PACKAGE) == []


def test_the_ground_floor_is_pure() -> None:
    assert impurities(PACKAGE) == []


def test_no_room_outgrows_one_reading() -> None:
    assert too_long(PACKAGE) == []


def plant(folder: Path, file: str, source: str) -> Path:
    """A package that consists of one module, at that path."""
    path = folder / "ptce_workflow" / file
    path.parent.mkdir(parents=True)
    path.write_text(source, "utf-8")
    return folder / "ptce_workflow"


@pytest.mark.parametrize(
    ("file", "source"),
    [
        ("process/rules.py", "from ptce_workflow.cli.main import main"),
        ("process/rules.py", "import ptce_workflow.store.tables"),
        ("process/rules.py", "from ptce_workflow import cli"),
        ("process/rules.py", "from ptce_workflow import Contest"),
        ("process/check/names.py", "from ...ledger import line"),
        ("process/rules.py", "from .. import app"),
        ("process/rules.py", "def f():\n    from ptce_workflow.ledger import line"),
        ("base/words.py", "if TYPE_CHECKING:\n    from ptce_workflow.process import folder"),
        ("ledger/replay.py", "import_module('ptce_workflow.store')"),
        ("ledger/replay.py", "importlib.import_module('ptce_workflow.store')"),
        ("app/cases.py", "from ..scheduler import tick"),
        ("mail/message.py", "from ptce_workflow.app import outbox"),
        ("mail/connection.py", "from ptce_workflow.store import tables"),
        ("mail/connection.py", "from ptce_workflow.scheduler import tick"),
        ("store/database.py", "from ..mail import answer"),
        ("scheduler/passes.py", "from ptce_workflow.reports import telling"),
        ("__init__.py", "def f():\n    from ptce_workflow.cli.main import main"),
        ("__init__.py", "def f():\n    from ptce_workflow.mail import compose"),
        ("__init__.py", "from ptce_workflow.app.contest import Contest"),
        ("other.py", "from ptce_workflow.base import words"),
    ],
)
def test_a_planted_climb_is_found(tmp_path: Path, file: str, source: str) -> None:
    assert len(climbs(plant(tmp_path, file, source))) == 1


@pytest.mark.parametrize(
    ("file", "source"),
    [
        ("cli/main.py", "from ptce_workflow import Contest\nfrom ptce_workflow.app import cases"),
        ("scheduler/passes.py", "from ptce_workflow.mail import a\nfrom ..app import b"),
        ("app/outbox/delivery.py", "from ptce_workflow.mail.answer import Answer"),
        ("process/check/names.py", "from ..rules import Rules\nfrom ...base import words"),
        ("__init__.py", "def f():\n    from ptce_workflow.app.contest import Contest"),
        ("__init__.py", "if TYPE_CHECKING:\n    from ptce_workflow.app.contest import Contest"),
        ("__main__.py", "from ptce_workflow.cli.main import main"),
    ],
)
def test_what_runs_down_is_left_alone(tmp_path: Path, file: str, source: str) -> None:
    assert climbs(plant(tmp_path, file, source)) == []


@pytest.mark.parametrize(
    "source",
    [
        "from datetime import datetime\nnow = datetime.now()",
        "from datetime import datetime as instant\nnow = instant.utcnow()",
        "import datetime as d\nday = d.date.today()",
        "import time\nseconds = time.time()",
        "from time import time_ns as ticks\nseconds = ticks()",
        "from datetime import datetime\nclass A:\n    at = field(default_factory=datetime.now)",
    ],
)
def test_a_planted_look_at_the_time_is_found(tmp_path: Path, source: str) -> None:
    assert time_readers(plant(tmp_path, "app/cases.py", source)) != []


def test_asking_the_clock_is_allowed(tmp_path: Path) -> None:
    """`clock.now()` is how everyone else learns the time."""
    assert time_readers(plant(tmp_path, "app/cases.py", "now = clock.now()")) == []


@pytest.mark.parametrize(
    "source",
    [
        "import os.path",
        "from pathlib import Path",
        "def f():\n    import random",
        "from urllib.request import urlopen",
        "text = open('config.toml').read()",
        "print('read')",
    ],
)
def test_a_planted_impurity_is_found(tmp_path: Path, source: str) -> None:
    """I/O and chance are seen on floor 0."""
    assert impurities(plant(tmp_path, "process/model/folder.py", source)) != []


@pytest.mark.parametrize(
    "source", ["#\n" * 801, "def f():\n" + "    a()\n" * 60], ids=["module", "function"]
)
def test_a_planted_giant_is_found(tmp_path: Path, source: str) -> None:
    assert len(too_long(plant(tmp_path, "app/cases.py", source))) == 1
