"""The generated pages say what the code and the contest folder say today."""

import re
import subprocess
from itertools import chain
from pathlib import Path

import pytest

from ptce_workflow.cli.commands import IN_FRENCH
from ptce_workflow.cli.grammar import GATHERED, Group, every_command
from rehearsal.day import SOURCES, commands
from tools import docs
from tools.docs import PAGES, ROOT, everything, pages, stale, write
from tools.pages.decisions import index

COMMAND = re.compile(r"`(ptce [^`\n]+)`|^\$ (ptce (?:.*\\\n> )*.+)", re.MULTILINE)


@pytest.fixture(scope="module")
def written() -> dict[str, str]:
    """All that the program writes, as it should read."""
    return everything()


@pytest.fixture
def expected(written: dict[str, str]) -> dict[str, str]:
    """The pages among it."""
    return {path: text for path, text in written.items() if Path(path).name in PAGES}


def test_no_page_is_stale(written: dict[str, str]) -> None:
    """Whoever changes a command, a key or a rule writes the pages again with `make docs`."""
    assert stale(ROOT, written) == [], (
        "stale: run `make docs`; whoever wants to say something else edits what the first line of "
        "the page names (docs/src, the code, the decision records)"
    )


def test_every_page_is_there_in_both_languages(expected: dict[str, str]) -> None:
    names = (
        *("answers.md", "cli.md", "format.md", "ledger.md"),
        *("performance.md", "process.md", "reliability.md"),
    )
    assert set(expected) == {f"docs/{edge}{name}" for name in names for edge in ("", "en/")}
    for name in names:
        assert expected[f"docs/{name}"] != expected[f"docs/en/{name}"]


@pytest.mark.long
def test_writing_a_page_twice_gives_the_same(expected: dict[str, str]) -> None:
    """Nothing in a page depends on the day, the machine or chance."""
    assert pages() == expected


@pytest.mark.parametrize("language", SOURCES)
def test_a_day_types_what_its_script_types(language: str) -> None:
    """The page is as short as one reads at once; what it shows, the next test plays."""
    script = ROOT / SOURCES[language]
    page = (ROOT / docs.FOLDERS[language] / script.name).read_text("utf-8")
    assert commands(page) == commands(script.read_text("utf-8"))
    assert len(commands(page)) > 20
    assert len(page.splitlines()) <= 250


@pytest.mark.slow
def test_a_day_shows_what_the_program_prints() -> None:
    assert stale(ROOT, docs.days()) == [], "stale: run `make docs`"


def test_a_page_out_of_date_is_found_and_written(tmp_path: Path) -> None:
    text = {"docs/a.md": "a\n", "docs/en/b.md": "b\n", "docs/c.md": "c\n"}
    write(tmp_path, text)
    (tmp_path / "docs/a.md").write_text("old\n")
    (tmp_path / "docs/en/b.md").unlink()
    assert stale(tmp_path, text) == ["docs/a.md", "docs/en/b.md"]
    assert write(tmp_path, text) == ["docs/a.md", "docs/en/b.md"]
    assert stale(tmp_path, text) == []


def test_every_page_says_what_it_is_made_from(expected: dict[str, str]) -> None:
    for path, text in expected.items():
        first = text.splitlines()[0]
        language = "en" if path.startswith("docs/en/") else "fr"
        source = f"docs/src/{language}/{Path(path).name}"
        assert first.startswith(f"<!-- Written by `make docs` from {source}, ")
        assert (ROOT / source).is_file()


def test_a_page_edited_by_hand_is_not_overwritten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is named, and nothing is written, unless `--force` is given; what we wrote is ours."""
    pages_now = {"docs/a.md": "first\n"}
    monkeypatch.setattr(docs, "everything", lambda: pages_now)
    assert docs.main([], tmp_path) == 0
    for command in (["init", "-q"], ["add", "docs"], ["commit", "-q", "-m", "Add a page"]):
        author = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
        subprocess.run(["git", *author, *command], cwd=tmp_path, check=True)
    page = tmp_path / "docs/a.md"
    # Twice without a commit: the page differs from git's, and this program wrote it.
    for text in ("second\n", "third\n"):
        pages_now["docs/a.md"] = text
        assert docs.main([], tmp_path) == 0
        assert page.read_text() == text
    page.write_text("by hand\n")
    assert docs.main([], tmp_path) == 1
    assert "docs/a.md: edited, not written" in capsys.readouterr().err
    assert page.read_text() == "by hand\n"
    assert docs.main(["--force"], tmp_path) == 0
    assert page.read_text() == "third\n"


RECORD = "# 0001 · Title\n\n*2026-12-01 · mail · in force{}*\n\n{}**Context.** None.\n"


def test_the_index_lists_records_by_subject(tmp_path: Path) -> None:
    (tmp_path / "0001-a.md").write_text(RECORD.format("", ""))
    row = "| [0001](0001-a.md) | Title | 2026-12-01 | in force |"
    assert (
        f"## Mail\n\n| number | decision | date | status |\n| --- | --- | --- | --- |\n{row}\n"
        in (index(tmp_path))
    )


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("# 0001 · Title\n\n**Context.** None.\n", "its third is not like"),
        (RECORD.format("", "Amends [0002](0002-b.md): all.\n\n"), "does not name 0001"),
        (RECORD.format(", amended by [0003](0003-c.md)", ""), "0003 says"),
    ],
)
def test_a_record_that_the_index_cannot_list_is_named(tmp_path: Path, text: str, why: str) -> None:
    (tmp_path / "0001-a.md").write_text(text)
    with pytest.raises(ValueError, match=why):
        index(tmp_path)


def test_every_path_that_contributors_are_given_is_there() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    paths = set(re.findall(r"(?<![\w./])(?:[a-z_]+/)+[\w.]+|\b\w+\.(?:md|toml)\b", text))
    assert len(paths) > 30
    roots = (ROOT, ROOT / "ptce_workflow", ROOT / "docs")
    assert {one for one in paths if not any((root / one).exists() for root in roots)} == set()


def test_every_folder_of_the_package_has_its_tests() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    rows = "".join(re.findall(r"^\| (`[a-z]+`.*?) \| ", text, re.MULTILINE))
    package = {one.parent.name for one in (ROOT / "ptce_workflow").glob("*/__init__.py")}
    assert package <= set(re.findall(r"`(\w+)`", rows))


@pytest.mark.parametrize(
    ("file", "test"),
    re.findall(
        r"(tests/[\w/]+\.py)(?:::| -k )(\w+)", (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    ),
)
def test_every_test_that_contributors_are_told_to_run_is_there(file: str, test: str) -> None:
    assert f"def {test}(" in (ROOT / file).read_text("utf-8")


def unknown_to_the_program(page: str) -> list[str]:
    """The commands of a page, in its text or typed, that there are not, or not with an option."""
    commands = every_command()
    typed_as = {french: word for word, french in IN_FRENCH.items()}
    common = {"--help", *chain(*(one.opts for one in Group().params))}
    found = []
    for span, typed in COMMAND.findall(page):
        for line in re.split(r"&&|[;|]", (span or typed).replace("\\\n> ", "")):
            if not line.strip().startswith("ptce "):
                continue
            named = re.sub(r"^ptce( --(as|contest|lang) \S+)*", "", line.strip()).split()
            named[:1] = [typed_as.get(word, word) for word in named[:1]]
            name = next((one for one in (" ".join(named[:2]), *named[:1]) if one in commands), "")
            words = [word for word in named if re.match(r"--?[a-z]", word)]
            known = (
                {*common, *chain(*(one.opts for one in commands[name].params))} if name else common
            )
            is_command = name or not named or named[0].startswith("-") or named[0] in GATHERED
            if not is_command or {re.split("[= ]", word)[0] for word in words} - known:
                found.append(line.strip())
    return found


@pytest.mark.long
def test_pages_name_commands_and_options_that_there_are() -> None:
    pages = [*ROOT.glob("README*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("docs/[!sd]*/*.md")]
    pages += ROOT.glob("docs/deploy/*.md")
    texts = {page: page.read_text("utf-8") for page in pages}
    assert sum(len(COMMAND.findall(text)) for text in texts.values()) > 1000
    unknown = {page.name: unknown_to_the_program(text) for page, text in texts.items()}
    assert {name: lines for name, lines in unknown.items() if lines} == {}


@pytest.mark.parametrize(
    ("page", "unknown"),
    [
        ("`ptce list --by-age`", ["ptce list --by-age"]),
        ("`ptce lst`", ["ptce lst"]),
        ("`ptce noter 1 --by-age`, `ptce voir 1 --full`", ["ptce noter 1 --by-age"]),
        ("```console\n$ ptce add a.toml \\\n> --recieved 1\n```", ["ptce add a.toml --recieved 1"]),
        ("`ptce --lang en mail list --ref C-001 --json`, `ptce mail --help`", []),
    ],
)
def test_a_command_that_there_is_not_is_found(page: str, unknown: list[str]) -> None:
    assert unknown_to_the_program(page) == unknown
