"""Nothing that click would say in English of its own reaches a reader."""

import ast
import re
from pathlib import Path

import click
import pytest

from ptce_workflow.base.words import speaking
from ptce_workflow.cli.grammar import GATHERED, load, places
from tests.cases import thinned
from tests.cli.lines import MISUSED, run
from tools import words
from tools.pages.command_line import help_text

SOURCE = Path(click.__file__).parent
READ = ("core.py", "decorators.py", "exceptions.py", "formatting.py", "parser.py", "types.py")
# They translate too, and no command uses them: prompts, pagers, pages of a shell's completion,
# files opened by click. Of the progress bar nothing is translated but the "d" of days.
UNUSED = {*("_termui_impl.py", "_winconsole.py", "shell_completion.py", "termui.py", "utils.py")}
# What click was found to say when `messages.po` was written; each has its French there, or belongs
# to something that no command uses (prompts, deprecation, typed values).
REVIEWED = frozenset(
    {
        "%(prog)s, version %(version)s",
        "(Did you mean one of: {possibilities}?)",
        "(dynamic)",
        "Aborted!",
        "Argument {name!r} takes {nargs} values.",
        "Arguments take exactly one parameter declaration, got {length}: {decls}.",
        "Boolean option {decl!r} cannot use the same flag for true/false.",
        "Choice({choices})",
        "Choose from:\n\t{choices}",
        "Commands",
        "Confirm the action without prompting.",
        "Could not determine name for option with declarations {decls!r}",
        "Could not open file {filename!r}: {message}",
        "DeprecationWarning: The command {name!r} is deprecated.{extra_message}",
        "DeprecationWarning: The {param_type} {name!r} is deprecated.{extra_message}",
        "Did you mean {possibility}?",
        "Do you want to continue?",
        "Error: {message}",
        "Got unexpected extra argument ({args})",
        "Got unexpected extra arguments ({args})",
        "Invalid start character for option ({option})",
        "Invalid value for {param_hint}: {message}",
        "Invalid value: {message}",
        "Missing argument",
        "Missing command.",
        "Missing option",
        "Missing parameter",
        "Missing parameter: {param_name}",
        "Missing {param_type}",
        "Name '{name}' defined twice",
        "No options defined but a name was passed ({name}). Did you mean to declare an argument "
        "instead? Did you mean to pass '--{name}'?",
        "No such command {name!r}.",
        "No such option {name!r}.",
        "Option {name!r} does not take a value.",
        "Option {name!r} requires an argument.",
        "Option {name!r} requires {nargs} arguments.",
        "Options",
        "Positional arguments",
        "Show the version and exit.",
        "Show this message and exit.",
        "Takes {nargs} values but 1 was given.",
        "Takes {nargs} values but {len} were given.",
        "Try '{command} {option}' for help.",
        "Usage:",
        "Value must be an iterable.",
        "default: {default}",
        "deprecated",
        "directory",
        "env var: {var}",
        "file",
        "path",
        "unknown error",
        "{len_type} values are required, but {len_value} was given.",
        "{len_type} values are required, but {len_value} were given.",
        "{name} {filename!r} does not exist.",
        "{name} {filename!r} is a directory.",
        "{name} {filename!r} is a file.",
        "{name} {filename!r} is not executable.",
        "{name} {filename!r} is not readable.",
        "{name} {filename!r} is not writable.",
        "{value!r} does not match the format {format}.",
        "{value!r} does not match the formats {formats}.",
        "{value!r} is not a valid UUID.",
        "{value!r} is not a valid boolean. Recognized values: {states}",
        "{value!r} is not a valid {number_type}.",
        "{value!r} is not one of {choices}.",
        "{value!r} is not {choice}.",
        "{value} is not in the range {range}.",
    }
)
# Words that are French as well, or stand among the keys of what `--json` writes.
ALSO_OURS = {"Options", "directory", "file", "path"}


def phrases(source: str) -> set[str]:
    """Every string that a module of click hands to gettext: all that it says to a reader."""
    return {
        part.value
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in ("_", "ngettext")
        for part in node.args[:2]
        if isinstance(part, ast.Constant) and isinstance(part.value, str)
    }


def english_left(text: str) -> list[str]:
    """What click's own words a text still holds."""
    plain = " ".join(text.split(" "))
    return sorted(
        phrase
        for phrase in REVIEWED - ALSO_OURS
        for fixed in re.split(r"\{[^}]*\}", phrase)
        if re.search(r"[A-Za-z]{2}", fixed)
        and re.search(rf"(?<!\w){re.escape(fixed.strip())}(?!\w)", plain)
    )


def test_click_says_nothing_that_was_not_reviewed() -> None:
    """A version of click with a new sentence stops here until `messages.po` has its French."""
    said = set().union(*(phrases((SOURCE / file).read_text(encoding="utf-8")) for file in READ))
    assert said - REVIEWED == set()
    assert REVIEWED - said == set()


def test_the_catalogue_of_click_holds_what_click_says() -> None:
    """`messages.po` translates sentences of this version of click alone."""
    # A word that click translates from a variable.
    held = {"required", *REVIEWED}
    ids = [one.id for one in words.read("fr", "messages") if one.id]
    assert len(ids) > 8
    for one in ids:
        assert held.issuperset([one] if isinstance(one, str) else one)


def test_no_module_of_click_translates_unread() -> None:
    translating = {
        path.relative_to(SOURCE).as_posix()
        for path in SOURCE.rglob("*.py")
        if "gettext" in path.read_text(encoding="utf-8")
    }
    assert translating == {*READ, *UNUSED}


@pytest.mark.parametrize("name", thinned(["", *GATHERED, *places()], 4))
def test_help_is_french(name: str) -> None:
    """No help page holds a word of click's."""
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


def test_english_is_found_where_it_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANGUAGE", "en")
    command = click.Command("x", params=[click.Option(["--name"])])
    page = command.get_help(command.make_context("x", [], resilient_parsing=True))
    assert "Show this message and exit." in english_left(page)
    assert "Usage:" in english_left(page)


def test_help_in_a_second_language() -> None:
    command, helps = load("list"), []
    for spoken in ("fr", "en"):
        with speaking(spoken):
            load("list")
            option = command.get_help_option(click.Context(command))
            helps.append(option and option.help)
    assert helps == ["Afficher cette aide et s’arrêter.", "Show this message and exit."]
