"""Nothing that typer would say in English of its own reaches a reader."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer

from ptce_workflow.cli.table import entries
from tests.cli.lines import MISUSED, run
from tools.pages.command_line import help_text

SOURCE = Path(typer.__file__).parent
READ = (
    "_click/core.py",
    "_click/decorators.py",
    "_click/exceptions.py",
    "_click/formatting.py",
    "_click/parser.py",
    "_coercion.py",
    "_param_types.py",
    "_adapters.py",
    "_display.py",
    "core.py",
)
# What typer was found to say when our classes were written; each is said by them instead, or
# belongs to something that no command uses (prompts, deprecation, typed values).
REVIEWED = frozenset(
    {
        " (env var: '",
        " arguments.",
        " cannot use the same flag for true/false.",
        " does not exist.",
        " does not match the formats ",
        " does not take a value.",
        " given.",
        " is a directory.",
        " is a file.",
        " is deprecated.",
        " is not a valid ",
        " is not one of ",
        " is not readable.",
        " is not writable.",
        " range",
        " requires ",
        " takes ",
        " values are required, but ",
        " values.",
        "' for help.\n",
        "(DEPRECATED)",
        "(DEPRECATED: ",
        "(Possible options: ",
        "(dynamic)",
        ". Did you mean ",
        "Aborted!",
        "Argument ",
        "Arguments",
        "Boolean option ",
        "COMMAND [ARGS]...",
        "Callable[..., Any]",
        "Choose from:\n\t",
        "Commands",
        "Could not open file ",
        "DeprecationWarning: The command ",
        "Error: ",
        "Expected one list item type, got: ",
        "Got unexpected extra argument(s) (",
        "In Typer, only the parameter 'autocompletion' is supported. The support for "
        "'shell_complete' is deprecated and will be removed in upcoming versions. ",
        "Invalid start character for option (",
        "Invalid value for ",
        "Invalid value: ",
        "Missing ",
        "Missing command.",
        "Missing parameter: ",
        "No such command {name!r}.",
        "No such option: ",
        "None is not a valid string",
        "Option ",
        "Options",
        "Show this message and exit.",
        "Try '",
        "Usage: ",
        "Value ",
        "Value must be an iterable.",
        "an argument.",
        "default: {default}",
        "env var: ",
        "env var: {var}",
        "os.PathLike[str]",
        "required",
        "unknown action '",
        "unknown error",
        "value is not a valid tuple",
    }
)
FRENCH_TOO = {"Arguments", "Argument ", "Options", "Option "}


def phrases(source: str) -> Iterator[str]:
    """Every string of a module that a reader might meet: not its docstrings nor its types."""
    tree = ast.parse(source)
    unseen = {id(part) for node in ast.walk(tree) for part in never_printed(node)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "_":
            yield from (str(part.value) for part in strings(node))
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            wordy = re.search(r"[A-Za-z]{2}", node.value) and re.search(
                r"[\s.:!(]", node.value.strip("\n")
            )
            if wordy and id(node) not in unseen:
                yield node.value


def strings(node: ast.AST) -> Iterator[ast.Constant]:
    """The string constants below a node."""
    for part in ast.walk(node):
        if isinstance(part, ast.Constant) and isinstance(part.value, str):
            yield part


def never_printed(node: ast.AST) -> Iterator[ast.AST]:
    """The constants of a node that only its developers read."""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        yield node.value
    if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
        name = node.exc.func
        if isinstance(name, ast.Name) and name.id in ("TypeError", "RuntimeError"):
            yield from strings(node)
    if isinstance(node, ast.Assert) and node.msg:
        yield from strings(node.msg)
    if isinstance(node, ast.arg | ast.AnnAssign) and node.annotation:
        yield from strings(node.annotation)
    if isinstance(node, ast.FunctionDef) and node.returns:
        yield from strings(node.returns)


def english_left(text: str) -> list[str]:
    """What typer's own words a text still holds."""
    plain = " ".join(text.split(" "))
    return sorted(
        phrase
        for phrase in REVIEWED - FRENCH_TOO
        for fixed in re.split(r"\{[^}]*\}", phrase)
        if re.search(r"[A-Za-z]{2}", fixed)
        and re.search(rf"(?<!\w){re.escape(fixed.strip())}(?!\w)", plain)
    )


def test_typer_says_nothing_that_was_not_reviewed() -> None:
    """A version of typer with a new sentence stops here until our classes say it in French."""
    said = {
        phrase for file in READ for phrase in phrases((SOURCE / file).read_text(encoding="utf-8"))
    }
    assert said - REVIEWED == set()
    assert REVIEWED - said == set()


def test_no_module_of_typer_translates_unread() -> None:
    """Wherever typer translates, the module is among those read, or draws Rich panels (unused)."""
    translating = {
        path.relative_to(SOURCE).as_posix()
        for path in SOURCE.rglob("*.py")
        if "gettext" in path.read_text(encoding="utf-8") and path.name != "parser.py"
    }
    assert translating == {"core.py", "rich_utils.py"}


@pytest.mark.parametrize("name", ["", "people", "jury", *(e.name for e in entries() if e.target)])
def test_help_is_french(name: str) -> None:
    """No help page holds a word of typer's."""
    assert english_left(help_text(name)) == []


@pytest.mark.parametrize("line", MISUSED)
def test_misuse_is_french(
    line: str, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A line that cannot be read is refused in French, with exit code 2 and no data."""
    monkeypatch.chdir(tmp_path)
    done = run(capsys, *line.split())
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(("Erreur\u00a0: ", "Usage\u00a0: "))
    assert english_left(done.err) == []


def test_english_is_found_where_it_is_left() -> None:
    """The search finds typer's own words in a page that typer wrote."""
    app = typer.Typer(add_completion=False, rich_markup_mode=None)
    app.command()(lambda name="x": None)
    command = typer.main.get_command(app)
    page = command.get_help(command.make_context("x", [], resilient_parsing=True))
    assert "Show this message and exit." in english_left(page)
    assert "Usage: " in english_left(page)
