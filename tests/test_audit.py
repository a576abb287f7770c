"""An export tells how to check it by hand: exactly its commands are run here, and what they miss.

What may be done, and what finds it first, is told by one table (`papers/verify/findings.toml`),
printed in the export: each line of it is tried.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest

from ptce_workflow.app.admin.export import export
from ptce_workflow.app.admin.exported import LEDGER, MANIFEST, SIDE, manifest_of, verify_export
from ptce_workflow.app.contest import Contest
from ptce_workflow.ledger.line import canonical
from ptce_workflow.papers.verify_pages import PAGES, commands, findings, verify_pages
from tests.chronicle import EARLIER, GIVER, giver, lived
from tools.docs import page

__all__ = ["giver", "lived"]

CHECKS = ["1 files", "2 form", "3 chain", "4 sides", "5 rules"]
CHECKS += ["6 documents", "7 mails", "8 keys", "9 checkpoints"]
TOOLS = ("bash", "jq", "openssl", "sha256sum")
needs_tools = pytest.mark.skipif(
    not all(map(shutil.which, TOOLS)), reason=f"needs {', '.join(TOOLS)}, as an auditor does"
)


def exported(folder: Path, target: Path) -> Path:
    """An export of a contest."""
    with Contest.open(folder, actor="anne") as contest:
        export(contest, target, verify_pages)
    return target


def printed(text: str) -> str:
    """The commands that a page prints."""
    (block,) = re.findall(r"^```sh\n(.*?)^```$", text, re.M | re.S)
    return str(block)


def checked(folder: Path, kept: str = "") -> list[str]:
    """The checks that hold, by the commands that the export itself prints."""
    shell = ["bash", "-c", printed((folder / "VERIFY.md").read_text("utf-8"))]
    environ = {"PATH": "/usr/local/bin:/usr/bin:/bin", "KEPT": kept}
    done = subprocess.run(
        shell, cwd=folder, env=environ, capture_output=True, text=True, check=False
    )
    return [line for line in done.stdout.splitlines() if line in CHECKS]


@pytest.fixture(scope="session")
def sound(lived: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An export of what was lived, to be copied and never written."""
    return exported(lived / GIVER, tmp_path_factory.mktemp("sound") / "export")


@pytest.fixture
def folder(sound: Path, tmp_path: Path) -> Path:
    """An export of the test's own."""
    return shutil.copytree(sound, tmp_path / "export")


@needs_tools
def test_a_sound_export(sound: Path) -> None:
    """Every check holds, and nothing was written; each page prints the same commands."""
    before = bytes_of(sound)
    assert checked(sound) == CHECKS
    assert bytes_of(sound) == before
    pages = [(sound / name).read_text("utf-8") for name in PAGES]
    pages += [page("ledger.md", language) for language in PAGES.values()]
    assert {printed(text).rstrip() for text in pages} == {commands()}


def bytes_of(folder: Path) -> dict[str, bytes]:
    """The bytes of every file of a folder."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_exports_of_one_ledger(lived: Path, sound: Path, tmp_path: Path) -> None:
    """They are the same to the byte; an earlier one's lines begin a later one's."""
    again = exported(lived / GIVER, tmp_path / "again")
    assert bytes_of(again) == bytes_of(sound)
    earlier = exported(lived / EARLIER, tmp_path / "earlier")
    before, after = ((one / LEDGER).read_bytes() for one in (earlier, again))
    assert len(before) < len(after)
    assert after.startswith(before)


def test_verifying_writes_nothing(folder: Path) -> None:
    """Not a byte, and in a folder where nothing can be written."""
    before = bytes_of(folder)
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o555 if path.is_dir() else 0o444)
    report = verify_export(folder)
    folder.chmod(0o755)
    assert (report.faults, report.lines) == ((), len(lines_of(folder)))
    assert bytes_of(folder) == before


def lines_of(folder: Path, name: str = LEDGER) -> list[bytes]:
    """The lines of a file."""
    return (folder / name).read_bytes().splitlines(keepends=True)


# --- Hands on the files --------------------------------------------------------------------------

Change = Callable[[bytes], bytes]


def write(name: str, change: Change) -> Callable[[Path], None]:
    """Changes the bytes of one file."""

    def act(folder: Path) -> None:
        path = folder / name
        path.write_bytes(change(path.read_bytes()))

    return act


def of_last_line(old: bytes, new: bytes) -> Change:
    """Changes the last line, which no other line names."""

    def change(content: bytes) -> bytes:
        *before, last = content.splitlines(keepends=True)
        assert old in last
        return b"".join([*before, last.replace(old, new, 1)])

    return change


def swapped(old: bytes, new: bytes, count: int = 1) -> Change:
    """Puts other bytes in the place of some, which are there."""

    def change(content: bytes) -> bytes:
        assert old in content
        return content.replace(old, new, count)

    return change


def said_twice(content: bytes) -> bytes:
    """The last line stands twice."""
    return content + content.splitlines(keepends=True)[-1]


def without(nth: int) -> Change:
    """Takes a line out."""

    def change(content: bytes) -> bytes:
        lines = content.splitlines(keepends=True)
        del lines[nth]
        return b"".join(lines)

    return change


def other_side(content: bytes) -> bytes:
    """A name is another in a side row, which stays of its form."""
    first, *others = content.splitlines(keepends=True)
    row = json.loads(first)
    return b"".join([canonical({**row, "data": row["data"].replace("a", "b")}), *others])


def rules_of(folder: Path) -> Path:
    """The folder of an archived process."""
    return min((folder / "processes").iterdir())


def edit_rules(folder: Path) -> None:
    """A process that was in force says something else."""
    write("config.toml", lambda text: text + b"#")(rules_of(folder))


def add_rules(folder: Path) -> None:
    """One more process is archived than a line names."""
    shutil.copytree(rules_of(folder), folder / "processes" / ("0" * 64))


ACTOR, TWICE = b'{"actor"', b'{"actor":"P-001","actor"'
BY_HAND: dict[str, tuple[str, str, Callable[[Path], object]]] = {
    "crlf": ("form", "2 form", write(LEDGER, swapped(b"\n", b"\r\n", -1))),
    "bom": ("form", "2 form", write(LEDGER, lambda text: b"\xef\xbb\xbf" + text)),
    "key twice": ("form", "2 form", write(LEDGER, of_last_line(ACTOR, TWICE))),
    "blanks": ("form", "2 form", write(LEDGER, of_last_line(ACTOR, b'{ "actor"'))),
    "no last line feed": ("form", "2 form", write(LEDGER, lambda text: text[:-1])),
    "empty": ("form", "2 form", write(LEDGER, lambda _text: b"")),
    "line twice": ("line", "3 chain", write(LEDGER, said_twice)),
    "line gone": ("line", "3 chain", write(LEDGER, without(20))),
    "line edited": ("line", "3 chain", write(LEDGER, swapped(b"P-001", b"P-002"))),
    "side edited": ("side", "4 sides", write(SIDE, other_side)),
    "side gone": ("side", "4 sides", write(SIDE, without(3))),
    "side twice": ("side", "4 sides", write(SIDE, said_twice)),
    "rules edited": ("rules", "5 rules", edit_rules),
    "rules gone": ("rules", "5 rules", lambda folder: shutil.rmtree(rules_of(folder))),
    "rules added": ("rules", "5 rules", add_rules),
    "document gone": ("lists", "6 documents", write("documents.txt", without(0))),
    "document lost": ("lists", "6 documents", write("documents.txt", swapped(b"kept", b"missing"))),
    "mail gone": ("lists", "7 mails", write("mails.txt", without(0))),
    "mail edited": ("lists", "7 mails", write("mails.txt", swapped(b"M-001", b"M-999"))),
}
"""Changes of files, the manifest written anew: what the table calls them, and what finds them."""

FILES: dict[str, Callable[[Path], object]] = {
    "changed": write("VERIFY.en.md", lambda text: text + b"\n"),
    "renamed": lambda folder: (folder / SIDE).rename(folder / "sides.jsonl"),
    "removed": lambda folder: (folder / "mails.txt").unlink(),
    "added": lambda folder: (folder / "notes.txt").write_bytes(b""),
    "linked": lambda folder: (folder / "notes.txt").symlink_to(folder / SIDE),
    "no manifest": lambda folder: (folder / MANIFEST).unlink(),
    "manifest of windows": write(MANIFEST, lambda text: text.replace(b"\n", b"\r\n")),
}


def sign_off(folder: Path) -> None:
    """Writes the manifest anew."""
    files = bytes_of(folder)
    del files[MANIFEST]
    hashes = {name: sha256(content).hexdigest() for name, content in files.items()}
    (folder / MANIFEST).write_bytes(manifest_of(hashes))


@needs_tools
@pytest.mark.parametrize("how", FILES)
def test_a_file_that_is_not_the_one_of_the_manifest(how: str, folder: Path) -> None:
    """The first check does not hold, and `ptce verify` tells it too."""
    FILES[how](folder)
    assert "1 files" not in checked(folder)
    assert verify_export(folder).faults
    assert findings()["file"]["by"] == "shell"


@needs_tools
@pytest.mark.parametrize("how", BY_HAND)
def test_a_change_with_its_manifest(how: str, folder: Path) -> None:
    """The check that it concerns does not hold, and `ptce verify` tells it too."""
    finding, check, act = BY_HAND[how]
    act(folder)
    sign_off(folder)
    held = checked(folder)
    assert ("1 files" in held, check in held) == (True, False)
    assert verify_export(folder).faults
    assert findings()[finding]["by"] == "shell"
