r"""What the READMEs, and the pages that go on with their contest, have typed works as printed.

A block fenced as ```console is typed in order, page after page, by a reader at the root of a
clone who has the environment's programs at hand. In it

- `$ command` is typed; a `\` at its end goes on with the next line, which starts with `> `;
- any other line is what the reader sees, in that order; `…` stands for whatever is there;
- `exit=1` after `console` says how the last command of the block ends; all others end well;
- `slow` after `console` leaves a block to the slow tests, where `make demo` is really played.
  Such a block comes back to the folder that it started from.

A block fenced as ```python is a program, run there and then.

The settings and the folder that one command leaves are those the next one finds. The clone is a
copy of the checkout with the environment of the tests in `.venv`.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent
PAGES = {
    "fr": ("README.md", "docs/desk.md", "docs/guarantees.md"),
    "en": ("README.en.md", "docs/en/desk.md", "docs/en/guarantees.md"),
}

_BLOCK = re.compile(r"^( *)```(console|python)([^\n]*)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
# Typed by the shell as it goes: what the next command starts from.
_LEAVE = (
    "import json, os; json.dump([os.getcwd(), dict(os.environ)], open(os.environ['LEFT'], 'w'))"
)


@dataclass(frozen=True)
class Step:
    """One command of a block and what the page says that it prints."""

    command: str
    shown: tuple[str, ...] = ()
    exit_code: int = 0


@dataclass(frozen=True)
class Block:
    """One block of a page: its line there, its steps, and whether only the slow tests type it."""

    line: int
    steps: tuple[Step, ...]
    slow: bool = False


def blocks(page: str) -> list[Block]:
    """What a page has its reader type, in order: its console and its Python blocks.

    *Raises* ValueError for a word after `console` that means nothing and for a block that
    types nothing.
    """
    found = []
    for match in _BLOCK.finditer(page):
        line = page.count("\n", 0, match.start()) + 1
        exit_code, slow = 0, False
        for word in match[3].split():
            if word == "slow":
                slow = True
            elif exits := re.fullmatch(r"exit=(\d)", word):
                exit_code = int(exits[1])
            else:
                raise ValueError(f"line {line}: ```{match[2]} {word}")
        indent = len(match[1])
        lines = [text[indent:] for text in match[4].splitlines()]
        program = "\n".join(("python - <<'END'", *lines, "END"))
        steps = (
            _steps(lines, exit_code) if match[2] == "console" else (Step(program, (), exit_code),)
        )
        if not steps:
            raise ValueError(f"line {line}: a console block without a command")
        found.append(Block(line, steps, slow))
    return found


def _steps(lines: list[str], exit_code: int) -> tuple[Step, ...]:
    typed: list[tuple[str, list[str]]] = []
    for line in lines:
        if line.startswith("$ "):
            typed.append((line[2:], []))
        elif not typed:
            raise ValueError(f"shown before anything is typed: {line}")
        elif typed[-1][0].endswith("\\") and not typed[-1][1]:
            typed[-1] = (f"{typed[-1][0]}\n{line.removeprefix('> ')}", [])
        elif line.strip():
            typed[-1][1].append(line)
    return tuple(
        Step(command, tuple(shown), exit_code if number == len(typed) else 0)
        for number, (command, shown) in enumerate(typed, 1)
    )


class Reader:
    """Someone who types what a page says, from a folder on."""

    def __init__(self, folder: Path, language: str) -> None:
        self.folder = folder
        self._left = folder.parent / "left.json"
        path = f"{BIN}{os.pathsep}{os.environ['PATH']}"
        self._settings = {
            "PATH": path,
            "HOME": str(folder.parent),
            "PWD": str(folder),
            "LOGNAME": "reader",
            "LANG": f"{language}.UTF-8",
            "PYTHONUTF8": "1",
        }

    def types(self, step: Step) -> str:
        """What comes of one step: nothing when it went as the page says, else what went wrong."""
        command = step.command
        if command == "make demo":
            command = ".venv/bin/python -m rehearsal.run demo"
        ended = subprocess.run(
            ["/bin/sh", "-c", f'trap \'"{BIN / "python"}" -I -c "$LEAVE"\' EXIT\n{command}'],
            cwd=self.folder,
            env={**self._settings, "LEAVE": _LEAVE, "LEFT": str(self._left)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            check=False,
        )
        folder, self._settings = json.loads(self._left.read_text("utf-8"))
        self.folder = Path(folder)
        if ended.returncode != step.exit_code:
            return f"ended with {ended.returncode}, not {step.exit_code}:\n{ended.stdout}"
        missing = first_missing(step.shown, ended.stdout)
        return f"never showed {missing!r} (in that order), but:\n{ended.stdout}" if missing else ""


def first_missing(shown: tuple[str, ...], printed: str) -> str:
    """The first line of a page that was not printed after the ones before; empty when none is."""
    lines = iter(printed.splitlines())
    for line in shown:
        pattern = ".*".join(re.escape(part) for part in line.strip().split("…"))
        if line.strip() != "…" and not any(re.fullmatch(pattern, one.strip()) for one in lines):
            return line
    return ""


def typed(page: str, folder: Path, *, slow: bool, language: str = "en") -> str:
    """Types a page from its first block on; where and how it first went wrong, or nothing."""
    reader = Reader(folder, language)
    for block in blocks(page):
        if block.slow and not slow:
            if Step("make demo") in [Step(step.command) for step in block.steps]:
                # Other blocks read the mails that it leaves.
                reader.types(Step("python -m rehearsal.mailbox demo/mailbox"))
            continue
        start = reader.folder
        for step in block.steps:
            if wrong := reader.types(step):
                return f"line {block.line}: $ {step.command}\n{wrong}"
        if block.slow and reader.folder != start:
            return f"line {block.line}: a slow block ends in another folder than it began"
    return ""


def written(language: str) -> str:
    """The README, and the pages that go on with its contest."""
    return "\n".join((ROOT / name).read_text("utf-8") for name in PAGES[language])


def clone(folder: Path) -> Path:
    made = folder / "ptce_workflow"
    left_out = shutil.ignore_patterns(".*", "__pycache__", "demo", "dist", "build")
    shutil.copytree(ROOT, made, ignore=left_out)
    (made / ".venv").symlink_to(BIN.parent, target_is_directory=True)
    return made


@pytest.mark.slow
def test_what_the_readme_says_works(tmp_path: Path) -> None:
    page = written("fr")
    assert any("ptce" in step.command for block in blocks(page) for step in block.steps)
    wrong = typed(page, clone(tmp_path), slow=False, language="fr")
    assert not wrong, wrong


@pytest.mark.slow
@pytest.mark.parametrize("language", PAGES)
def test_what_the_readme_says_works_in_the_demo_too(language: str, tmp_path: Path) -> None:
    """In both languages, with `make demo` really played, so do all commands."""
    page = written(language)
    assert "$ make demo" in page
    wrong = typed(page, clone(tmp_path), slow=True, language=language)
    assert not wrong, wrong


def test_both_languages_type_the_same() -> None:
    french, english = (
        [
            (block.slow, [(step.command.split()[:2], step.exit_code) for step in block.steps])
            for block in blocks(re.sub(r"\b(mon-concours|my-contest)\b", "contest", page))
        ]
        for page in map(written, PAGES)
    )
    assert french == english


@pytest.mark.parametrize("language", PAGES)
def test_a_readme_is_short_and_typed_on_any_shell(language: str) -> None:
    """Brackets that are not quoted fail on zsh; `sed -i` is another one on macOS."""
    assert len((ROOT / PAGES[language][0]).read_text("utf-8").splitlines()) <= 120
    typed_lines = [step.command for block in blocks(written(language)) for step in block.steps]
    bare = [re.sub(r"\"[^\"]*\"", "", line) for line in typed_lines if "python -" not in line]
    assert [line for line in bare if re.search(r"\bsed\b|[\[\]?*]", line)] == []


@pytest.fixture
def empty(tmp_path: Path) -> Path:
    folder = tmp_path / "here"
    folder.mkdir()
    return folder


def page_of(*lines: str) -> str:
    return "\n".join(["# Title", "", *lines, "```", ""])


@pytest.mark.parametrize(
    "lines",
    [
        ("```console", "$ false"),
        ("```console", "$ false", "$ true"),
        ("```console exit=1", "$ true"),
        ("```console exit=1", "$ exit 2"),
        ("```console", "$ echo one", "two"),
        ("```console", "$ printf 'b\\na\\n'", "a", "b"),
        ("```console", "$ echo one hundred", "one"),
        ("```console", "$ cd nowhere"),
        ("```console", "$ no-such-program"),
        ("```console slow", "$ mkdir a", "$ cd a"),
        ("```python", "import no_such_module"),
        ("```python", "assert 1 == 2"),
    ],
)
def test_a_page_that_lies_is_found(empty: Path, lines: tuple[str, ...]) -> None:
    """A command that ends otherwise, a line never printed, a folder that is not there."""
    assert typed(page_of(*lines), empty, slow=True)


@pytest.mark.parametrize(
    "lines",
    [
        ("```console exit=1", "$ true", "$ exit 1"),
        ("```console", "$ printf 'a\\nb\\nc\\n'", "a", "…", "c"),
        ("```console", "$ echo since 3 March", "since … March"),
        ("```console", "$ echo one \\", "> two", "one two"),
        ("```console", "$ mkdir -p a/b", "$ cd a/b", "$ cd ..", "$ test -d b"),
        ("```console", "$ export PTCE_LANG=en", "$ echo $PTCE_LANG", "en"),
        ("```sh", "$ false"),
        ("```python", "from pathlib import Path", "assert Path().is_dir()"),
    ],
)
def test_a_page_that_tells_the_truth_passes(empty: Path, lines: tuple[str, ...]) -> None:
    assert typed(page_of(*lines), empty, slow=True) == ""


def test_a_slow_block_waits(empty: Path) -> None:
    assert typed(page_of("```console slow", "$ false"), empty, slow=False) == ""


@pytest.mark.parametrize("lines", [("```console exti=1", "$ true"), ("```console", "shown")])
def test_a_block_that_makes_no_sense_is_refused(lines: tuple[str, ...]) -> None:
    """A misspelt word after `console`, a block that types nothing."""
    with pytest.raises(ValueError, match=r"line|typed"):
        blocks(page_of(*lines))
