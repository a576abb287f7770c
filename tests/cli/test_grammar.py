"""The command line's grammar: what it reads, what it refuses, what its pages say."""

import inspect
import os
import shlex
import subprocess
import sys
from pathlib import Path

import click
import pytest

from ptce_workflow.base.words import LANGUAGES, _, speaking
from ptce_workflow.cli import grammar
from ptce_workflow.cli.grammar import Command, Group, declared_in, load, places
from ptce_workflow.cli.parameters import refuse, split
from tests.cases import thinned
from tests.cli.lines import run
from tools.docs import page as page_of
from tools.pages.command_line import help_text

ROOT = Path(__file__).resolve().parents[2]


def test_a_command_that_no_heading_names_comes_last_below_that_of_its_module(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(grammar, "SECTIONS", {"Now": (("forms", "form"),), "Mail": ()})
    monkeypatch.setattr(grammar, "LISTED", {"form": "forms"})
    below = dict.fromkeys(("form", *(declared_in("forms").keys() - {"form"})), "forms")
    assert grammar.headed.__wrapped__() == {"Now": below, "Mail": {}}


@pytest.mark.parametrize("name", places())
def test_every_command_is_documented(name: str) -> None:
    command = load(name)
    assert command.examples
    for parameter in command.params:
        assert isinstance(parameter, click.Argument | click.Option)
        assert parameter.help
        chosen = isinstance(parameter.type, click.Choice) or getattr(parameter, "is_flag", False)
        assert parameter.metavar or chosen
    with speaking("en"):
        assert command.examples[0] in help_text(name)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", thinned(places(), 4))
def test_every_example_can_be_typed(name: str, language: str) -> None:
    with speaking(language):
        for example in load(name).examples:
            program, *words = shlex.split(_(example).partition(" > ")[0])
            assert program == "ptce"
            common, rest = split(words)
            refuse(common, None)
            command: click.Command = Group()
            context = command.make_context("ptce", list(rest))
            for word in name.split():
                assert isinstance(command, Group)
                assert rest[0] == word
                found = command.get_command(context, word)
                assert found is not None
                command, rest = found, rest[1:]
                context = command.make_context(word, list(rest), parent=context)
            assert isinstance(command, Command)


@pytest.mark.parametrize("name", places())
def test_a_function_takes_what_its_command_reads(name: str) -> None:
    command = load(name)
    assert command.callback is not None
    first, *others = inspect.signature(command.callback).parameters
    # Where the answer goes, as of when, and a yes said beforehand, are asked of the invocation.
    asked = ("as_of", "file", "force", "yes")
    typed = [one.name for one in command.params if one.expose_value and one.name not in asked]
    assert (first, others) == ("call", typed)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("lsit", "Vouliez-vous dire «\u00a0list\u00a0»\u00a0?"),
        ("score", "«\u00a0jury score\u00a0»"),
        ("people lst", "«\u00a0people list\u00a0»"),
        ("advance C-001 submit --dry-rum", "--dry-run"),
        ("list --contst x", "--contest"),
        ("why", "Il manque RÉF."),
        ("why C-001", "Il n’y a pas de concours ici."),
        ("advance --reason", "L’option --reason attend une valeur."),
        ("advance C-001 submit --dry-run=1", "L’option --dry-run ne prend pas de valeur."),
        ("why C-001 submit again", "Mot inattendu\u00a0: again."),
        ("why C-001 submit a b", "Mots inattendus\u00a0: a b."),
        ("people enrol Bureau", "Il manque l’option --role."),
        ("advance C-001", "ptce why C-001"),
        ("--contest", "L’option --contest attend une valeur."),
        ("list --lang de", "ptce ne parle pas «\u00a0de\u00a0»."),
        ("init x --json", "--json n’y a pas de sens"),
        ("--", "Il manque la commande."),
        ("-- list --json", "Il n’y a pas d’option --json."),
        ("-- list --as", "Il n’y a pas d’option --as."),
    ],
)
def test_misuse_says_how_to_mend_it(
    line: str,
    said: str,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A line that cannot be read is answered with what is wrong or what was meant."""
    monkeypatch.chdir(tmp_path)
    done = run(capsys, *line.split())
    assert done.code == 2
    assert said in done.err


@pytest.mark.parametrize("line", ["people", "jury"])
def test_a_word_that_only_gathers_shows_its_help(
    line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """It answers with its help, on the error stream, as a misuse; so does `ptce` alone."""
    done = run(capsys, *line.split())
    assert (done.code, done.out) == (2, "")
    assert help_text(line).splitlines()[:3] == done.err.splitlines()[:3]


@pytest.mark.parametrize("words", [("why", "-h"), ("--help",), ("jury", "score", "--help")])
def test_help_is_an_answer(words: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    done = run(capsys, *words)
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("Usage\u00a0: ptce")


def test_help_groups_the_commands(capsys: pytest.CaptureFixture[str]) -> None:
    """`ptce --help` shows each command once, under the heading of its group."""
    lines = run(capsys, "--help").out.splitlines()
    headings = [line for line in lines if line.endswith("\u00a0:") and not line.startswith(" ")]
    assert headings[:3] == [
        "Retrouver une information\u00a0:",
        "Un dossier arrive\u00a0:",
        "La recevabilité, et chaque étape\u00a0:",
    ]
    assert headings[-2:] == ["Pour le jury\u00a0:", "Options\u00a0:"]
    assert "Pour l’informatique  ptce help admin" in lines
    for words in ("admin", "controle"):
        lines += run(capsys, "help", words).out.splitlines()
    for name in places():
        assert sum(line.startswith(f"  {name}  ") for line in lines) == 1


@pytest.mark.parametrize(
    ("words", "same"),
    [
        (("help",), ("--help",)),
        (("help", "jury", "score"), ("jury", "score", "--help")),
        (("help", "Contrôle"), ("help", "control")),
        (("help", "informatique"), ("help", "admin")),
    ],
)
def test_help_of_what_is_named(
    words: tuple[str, ...], same: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    asked = run(capsys, *words)
    assert asked.code == 0
    assert asked.out == run(capsys, *same).out


def test_help_of_nothing_that_is_known(capsys: pytest.CaptureFixture[str]) -> None:
    done = run(capsys, "help", "shwo")
    assert done.code == 2
    assert "show" in done.err


def test_without_a_contest_ptce_alone_shows_its_help(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = run(capsys)
    assert (done.code, done.out) == (2, "")
    assert "Pour le jury" in done.err


@pytest.mark.parametrize("name", places())
def test_help_of_a_command_is_that_of_click(name: str) -> None:
    """All options of a command stand in one list, the common ones and `--json` among them."""
    page = help_text(name).replace("\u00a0", " ")
    options = page.partition("Options :\n")[2].partition("\n\n")[0]
    assert all(f"  {word}" in options for word in ("--contest", "--as", "--lang", "-h, --help"))
    assert ("  --json" in options) == bool(load(name).shape)


def test_version_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    """`ptce --version` says one line, wherever it stands."""
    done = run(capsys, "why", "--version")
    assert done.code == 0
    assert done.out.startswith("ptce ")
    assert done.out.count("\n") == 1


@pytest.mark.long
@pytest.mark.parametrize("language", LANGUAGES)
def test_page_is_the_same_on_every_terminal(language: str, monkeypatch: pytest.MonkeyPatch) -> None:
    pages = set()
    for columns, other in (("40", "fr"), ("200", "en")):
        monkeypatch.setenv("COLUMNS", columns)
        with speaking(other):
            pages.add(page_of("cli.md", language))
    (page,) = pages
    help_of_ptce = page.partition("```text")[2].partition("```")[0]
    assert max(map(len, help_of_ptce.splitlines())) <= 80
    assert page.count("```text") == 1 + len(places())


@pytest.mark.long
def test_pages_differ_by_language() -> None:
    assert "Le règlement" not in page_of("cli.md", "en")
    assert "Usage: ptce why" in page_of("cli.md", "en")
    assert "Usage\u00a0: ptce why" in page_of("cli.md", "fr")


def test_help_imports_nothing_heavy() -> None:
    heavy = [
        "sqlmodel",
        "sqlalchemy",
        "pydantic",
        "cel_expr_python",
        "holidays",
        "babel",
        "jinja2",
        "asyncio",
    ]
    program = (
        "import sys\n"
        "from ptce_workflow.cli.main import main\n"
        "main(['--help']); main(['advance', '--help'])\n"
        f"print([name for name in {heavy} if name in sys.modules], file=sys.stderr)"
    )
    done = process("-c", program)
    assert done.stderr == "[]\n"


@pytest.mark.parametrize(
    ("typed", "name"),
    [("avancer", "advance"), ("répondre", "answer"), ("REPONDRE", "answer"), ("courriels", "mail")],
)
def test_a_french_word_is_the_command(
    typed: str, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is typed with its accents or without; the help that it gives is that of the command."""
    assert run(capsys, typed, "--help") == run(capsys, name, "--help")
    assert f"  {typed} " not in run(capsys, "--help").out


def test_a_french_word_stands_in_the_help_of_its_command(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert "S’écrit aussi\u00a0: ptce courriels liste\n" in run(capsys, "mail", "list", "-h").out
    assert "S’écrit aussi" not in run(capsys, "mail", "resolve", "-h").out
    assert "«\u00a0avancer\u00a0»" in run(capsys, "avencer").err


def test_a_reader_that_leaves_is_no_fault() -> None:
    """`ptce --help | true` ends without a word."""
    read, write = os.pipe()
    os.close(read)
    try:
        done = process("-m", "ptce_workflow", "--help", stdout=write)
    finally:
        os.close(write)
    assert (done.returncode, done.stderr) == (141, "")


def process(
    *words: str, environ: dict[str, str] | None = None, stdout: int = subprocess.PIPE
) -> subprocess.CompletedProcess[str]:
    """Runs Python in a process of its own, as a shell would."""
    return subprocess.run(
        [sys.executable, *words],
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        env={**os.environ, "PYTHONPATH": str(ROOT), **(environ or {})},
        cwd=ROOT,
        check=False,
    )
