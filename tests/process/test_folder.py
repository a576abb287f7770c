"""The folder as bytes: which files belong, whether they read, and the hash of it all."""

import shutil
import subprocess
from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest

from ptce_workflow.base.errors import FolderFaults
from ptce_workflow.process.check import check
from ptce_workflow.process.model.folder import LARGEST_FILE_BYTES, process_hash
from ptce_workflow.process.process import Process
from tests.process.contests import CONFIG, SMALL, contest, only
from tests.signing import JPEG, ORGANISER, png

pytestmark = pytest.mark.usefixtures("in_english")

RECIPE = (
    "find config.toml states sheets notifications translations -type f"
    " | LC_ALL=C sort | xargs sha256sum | sha256sum"
)
needs_coreutils = pytest.mark.skipif(
    shutil.which("sha256sum") is None, reason="this machine has no sha256sum"
)


def test_the_small_contest_has_no_fault() -> None:
    assert check(contest()) == ()


@needs_coreutils
def test_the_hash_is_what_the_shell_recipe_says(tmp_path: Path) -> None:
    files = contest(write={"states/draft_2.toml": "x", "states/draft.d.toml": "y"})
    for path, content in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(content)
    ran = subprocess.run(
        ["/bin/sh", "-c", RECIPE], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert ran.stdout == f"{process_hash(files)}  -\n"


def test_the_hash_knows_every_byte_and_every_name() -> None:
    files = contest()
    assert process_hash(dict(reversed(files.items()))) == process_hash(files)
    others = [
        contest(write={"config.toml": CONFIG + "\n"}),
        contest(write={"states/other.toml": SMALL["states/draft.toml"]}),
        contest(remove=["notifications/receipt.fr.md"]),
    ]
    assert len({process_hash(files), *map(process_hash, others)}) == 4


def test_processes_of_equal_bytes_are_equal() -> None:
    one, same = Process.load(contest()), Process.load(contest())
    other = Process.load(contest({"config.toml": "# a remark"}))
    assert one == same
    assert one != other
    assert {one, same, other} == {one, other}
    assert one != one.hash


def test_a_process_cannot_be_changed() -> None:
    files = contest()
    process = Process.load(files)
    definition = process.definition
    for name in ("files", "definition", "hash", "states", "zone"):
        with pytest.raises(FrozenInstanceError):
            setattr(process, name, None)
    for model, name in ((definition, "config"), (definition.config.limits["places"], "value")):
        with pytest.raises(FrozenInstanceError):
            setattr(model, name, 1)
    tables = (
        process.files,
        process.states,
        process.edges("draft"),
        process.edges("draft")["submit"].rules,
        definition.config.limits,
        definition.sheets,
        definition.sheets["dossier"].fields,
    )
    for table in tables:
        with pytest.raises(TypeError):
            table["new"] = None  # type: ignore[index]
    files["config.toml"] = b""
    assert process.files["config.toml"] == CONFIG.encode()


@pytest.mark.parametrize(
    "path",
    [
        "states/draft.toml~",
        "states/Draft.toml",
        "states/old/draft.toml",
        "sheets/dossier.txt",
        "notifications/receipt/de.txt.j2",
        "notifications/receipt.toml",
        "README.md",
    ],
)
def test_a_stray_file_is_a_fault(path: str) -> None:
    """Every file of the folder counts in the hash, so none may lie there unread."""
    found = only(contest(write={path: "x"}))
    assert (found.file, found.key) == (path, "")
    assert "states/<name>.toml" in found.mend or "delete it" in found.mend


def test_config_toml_must_be_there() -> None:
    found = only(contest(remove=["config.toml"]))
    assert (found.file, found.what) == ("config.toml", "This file is missing.")
    assert "ptce init" in found.mend


@pytest.mark.long
@pytest.mark.parametrize("path", ["sheets/dossier.toml", "notifications/receipt.fr.md"])
def test_a_file_too_large_is_not_read(path: str) -> None:
    found = only(contest(write={path: b"\n" * (LARGEST_FILE_BYTES + 1)}))
    assert found.file == path
    assert "1000000" in found.why


def test_a_logo_that_papers_can_show() -> None:
    for name, content in (("logo.png", png()), ("logo.jpg", JPEG)):
        config = ORGANISER.replace("logo.png", name)
        assert check(contest({"config.toml": config}, write={name: content})) == ()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "logo.png is not in the folder."),
        (b"", "no whole PNG"),
        (b"<svg/>", "no whole PNG"),
        (b"GIF89a\x02\0\x01\0", "no whole PNG"),
        (png()[:-9], "no whole PNG"),
        (png()[:20] + png()[-12:], "no whole PNG"),
        (JPEG, "that of logo.jpg"),
        (png(4001), "4001 × 1 pixels"),
        (b"\0" * (LARGEST_FILE_BYTES + 1), "too large"),
    ],
)
def test_a_logo_that_papers_cannot_show(content: bytes | None, words: str) -> None:
    """Of forty megabytes, as of any file, no more is read than tells that it is too large."""
    files = {} if content is None else {"logo.png": content}
    found = only(contest({"config.toml": ORGANISER}, write=files))
    assert words in f"{found.what} {found.why}"
    assert found.mend


def test_a_logo_that_no_key_names() -> None:
    found = only(contest(write={"logo.jpg": JPEG}))
    assert found.what == "No key names this picture."
    assert found.mend == 'For example: logo = "logo.jpg"'


@pytest.mark.parametrize(
    ("path", "character"),
    [
        ("states/draft.toml", "\u202e"),
        ("states/draft.toml", "\u2066"),
        ("config.toml", "\u2028"),
        ("sheets/dossier.toml", "\u200b"),
        ("notifications/receipt.md", "\u2069"),
        ("states/submitted.toml", "\u0085"),
    ],
)
def test_a_character_that_hides_is_a_fault(path: str, character: str) -> None:
    """A line that shows otherwise than it is would let a rule say one thing and do another."""
    files = contest(write={path: f"{SMALL[path]}\n{'#' if path[-1] == 'l' else ''} a{character}b"})
    found = only(files)
    line = SMALL[path].count("\n") + 2
    assert found.file == path
    assert f"Line {line} " in found.what
    assert f"U+{ord(character):04X}" in found.what


def test_faults_of_several_files_are_told_at_once() -> None:
    files = contest(
        {"states/draft.toml": "colour = 1", "sheets/marks.toml": "member = []"},
        replace={"config.toml": ("label = ", "lable = ")},
        write={"states/notes.txt": "", "sheets/dossier.toml": "label ="},
    )
    found = check(files)
    assert [finding.file for finding in found] == [
        "config.toml",
        "config.toml",
        "sheets/dossier.toml",
        "sheets/marks.toml",
        "states/draft.toml",
        "states/notes.txt",
    ]


def test_faults_of_meaning_in_several_files_are_told_at_once() -> None:
    files = contest(
        {"states/island.toml": SMALL["states/refused.toml"].replace("ends = true", "")},
        replace={
            "config.toml": ('not_before = "date.opening"', 'not_before = "date.openning"'),
            "states/draft.toml": ('to = "submitted"', 'to = "submited"'),
            "sheets/marks.toml": ("from = 0, to = 5", "from = 5, to = 0"),
            "states/submitted.toml": ('choice = "a bar"', ""),
        },
    )
    told = {(finding.file, finding.key) for finding in check(files)}
    assert told >= {
        ("config.toml", "dates.closing.not_before"),
        ("states/draft.toml", "transitions.submit.to"),
        ("sheets/marks.toml", "fields.beauty.scale.from"),
        ("states/submitted.toml", "transitions.select.rules.every_point"),
        ("states/island.toml", ""),
        ("states/island.toml", "ends"),
    }


def test_a_folder_with_faults_does_not_load() -> None:
    with pytest.raises(FolderFaults) as raised:
        Process.load(contest({"config.toml": "x = 1"}, write={"sheets/dossier.toml": "="}))
    assert len(raised.value.findings) == 2
    assert "2 faults" in raised.value.what
    assert raised.value.exit_code == 2
