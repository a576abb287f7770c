"""An export tells how to check it by hand: exactly its commands are run here, and what they miss.

What may be done, and what finds it first, is told by one table (`exports/verify/findings.toml`),
printed in the export: each line of it is tried.
"""

import json
import re
import shutil
import subprocess
from collections.abc import Callable, Iterable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from ptce_workflow.app.audit.export import SIDE, export, manifest_of, verify_export
from ptce_workflow.app.audit.verify import checkpoints_in
from ptce_workflow.app.candidatures.overview import overview
from ptce_workflow.app.checkpoints import make
from ptce_workflow.app.contest import Contest
from ptce_workflow.app.locations import LEDGER, MANIFEST
from ptce_workflow.exports.tables import PAGES, commands, findings, verify_pages
from ptce_workflow.ledger.checkpoint import new_key, public_key, public_pem, read, sign
from ptce_workflow.ledger.line import canonical, digest
from tests.app.test_handover import erase
from tests.chronicle import EARLIER, GIVER, giver, lived
from tests.rehearsal import begun, english, full, written
from tools.docs import page

__all__ = ["begun", "english", "full", "giver", "lived", "written"]

CHECKS = ["1 files", "2 form", "3 chain", "4 sides", "5 rules"]
CHECKS += ["6 documents", "7 mails", "8 keys", "9 checkpoints"]
TOOLS = ("bash", "jq", "openssl", "sha256sum")
needs_tools = pytest.mark.skipif(
    not all(map(shutil.which, TOOLS)), reason=f"needs {', '.join(TOOLS)}, as an auditor does"
)


def exported(folder: Path, target: Path) -> Path:
    with Contest.open(folder, actor="anne") as contest:
        export(contest, target, verify_pages)
    return target


def printed(text: str) -> str:
    """The commands that a page prints."""
    (block,) = re.findall(r"^```sh\n(.*?)^```$", text, re.M | re.S)
    return str(block)


def checked(folder: Path, kept: str = "") -> list[str]:
    """The checks that hold, by the commands that the export itself prints; the last one counts."""
    lines = (line.partition(":")[0] for line in typed(folder, kept))
    return [line for line in lines if line in CHECKS]


def typed(folder: Path, kept: str = "", afterwards: str = "") -> list[str]:
    """What these commands write, and one typed after them."""
    text = printed((folder / "VERIFY.md").read_text("utf-8"))
    shell = ["bash", "-c", text + afterwards]
    environ = {"PATH": "/usr/local/bin:/usr/bin:/bin", "KEPT": kept}
    done = subprocess.run(
        shell, cwd=folder, env=environ, capture_output=True, text=True, check=False
    )
    return done.stdout.splitlines()


@pytest.fixture(scope="session")
def sound(lived: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An export of what was lived, to be copied and never written."""
    return exported(lived / GIVER, tmp_path_factory.mktemp("sound") / "export")


@pytest.fixture
def folder(sound: Path, tmp_path: Path) -> Path:
    return shutil.copytree(sound, tmp_path / "export")


@needs_tools
def test_a_sound_export(sound: Path) -> None:
    """Every check holds, and nothing was written; each page prints the same commands."""
    before, here = bytes_of(sound), len([*(sound / "checkpoints").iterdir()])
    counted = f"{CHECKS[-1]}: {here} here, 0 kept elsewhere"
    [line] = re.findall(r"`(sed -n 30p .*?)`", (sound / "VERIFY.md").read_text("utf-8"))
    assert typed(sound, afterwards=line) == [*CHECKS[:-1], counted, digest(lines_of(sound)[29])]
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
    report = verify_export(folder, verify_pages)
    folder.chmod(0o755)
    assert (report.faults, report.lines) == ((), len(lines_of(folder)))
    assert bytes_of(folder) == before


def lines_of(folder: Path, name: str = LEDGER) -> list[bytes]:
    return (folder / name).read_bytes().splitlines(keepends=True)


# --- Hands on the files --------------------------------------------------------------------------

Change = Callable[[bytes], bytes]


def write(name: str, change: Change) -> Callable[[Path], None]:
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


def listed_as(old: bytes, new: bytes) -> Callable[[Path], None]:
    """A document is listed otherwise."""
    return write("documents.txt", swapped(old, new))


def said_twice(content: bytes) -> bytes:
    """The last line stands twice."""
    return content + content.splitlines(keepends=True)[-1]


def without(nth: int) -> Change:
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


def decomposed(content: bytes) -> bytes:
    """Letters with accents are written as the letter and the accent, in a text that is there."""
    assert b"\\\\u00e9" in content
    return content.replace(b"\\\\u00e9", b"e\\\\u0301")


def note_of(folder: Path) -> Path:
    """The last checkpoint of an export."""
    return max((folder / "checkpoints").iterdir())


def change_note(folder: Path) -> None:
    """A checkpoint tells another hash than it was signed for."""
    path = note_of(folder)
    *head, hash_, empty, signature = path.read_text("utf-8").splitlines()
    lines = (*head, hash_[::-1].replace("=", "") + "=", empty, signature)
    path.write_text("".join(f"{line}\n" for line in lines), "utf-8")


def forge_note(folder: Path) -> None:
    """A checkpoint is signed again, by somebody's own key."""
    path = note_of(folder)
    path.write_bytes(sign(read(path.read_bytes()).checkpoint, new_key()).encode())


def misplace_note(folder: Path) -> None:
    """A checkpoint is of a line that is not the one it says."""
    path = note_of(folder)
    path.write_bytes(path.read_bytes().replace(b"\n1", b"\n", 1))


def note_of_another_contest(folder: Path) -> None:
    """A checkpoint of another contest lies among those of this one."""
    note, pem = read(note_of(folder).read_bytes()).checkpoint, new_key()
    theirs = sign(replace(note, origin=f"ptce/other/{'0' * 64}"), pem)
    (folder / "checkpoints" / "000000001.txt").write_bytes(theirs.encode())


def double_note(folder: Path) -> None:
    """A checkpoint is there twice, under two names."""
    shutil.copy(note_of(folder), folder / "checkpoints" / "000000001.txt")


def other_key(folder: Path) -> None:
    file = min((folder / "keys").iterdir())
    file.write_bytes(public_pem(public_key(new_key())))


def rules_of(folder: Path) -> Path:
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
    "side decomposed": ("side", "4 sides", write(SIDE, decomposed)),
    "rules edited": ("rules", "5 rules", edit_rules),
    "rules gone": ("rules", "5 rules", lambda folder: shutil.rmtree(rules_of(folder))),
    "rules added": ("rules", "5 rules", add_rules),
    "document gone": ("lists", "6 documents", write("documents.txt", without(0))),
    "document lost": ("lists", "6 documents", listed_as(b"kept", b"missing")),
    "proof told as kept": ("lists", "6 documents", listed_as(b"proof", b"kept")),
    "mail gone": ("lists", "7 mails", write("mails.txt", without(0))),
    "mail edited": ("lists", "7 mails", write("mails.txt", swapped(b"M-001", b"M-999"))),
    "other key": ("note", "8 keys", other_key),
    "key gone": ("note", "8 keys", lambda folder: min((folder / "keys").iterdir()).unlink()),
    "note changed": ("note", "9 checkpoints", change_note),
    "note forged": ("note", "9 checkpoints", forge_note),
    "note misplaced": ("note", "9 checkpoints", misplace_note),
    "note of another contest": ("note", "9 checkpoints", note_of_another_contest),
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


def rid_of_notes(folder: Path) -> None:
    shutil.rmtree(folder / "checkpoints")


def rewritten(folder: Path, last: int) -> None:
    """Checkpoints are taken away, from one on, and each page counts those that stay."""
    notes = sorted((folder / "checkpoints").iterdir())
    for note in notes[last:]:
        note.unlink()
    left = len(notes[:last])
    for name in PAGES:
        write(name, swapped(f": {len(notes)}.".encode(), f": {left}.".encode()))(folder)


PAGE = "is not the page"
WEAK = write("VERIFY.md", lambda text: text.replace(b"diff -", b"cat -"))
REMARKED: dict[str, tuple[str, str, Callable[[Path], object]]] = {
    "page weakened": ("page", PAGE, WEAK),
    "page gone": ("page", PAGE, lambda folder: (folder / "VERIFY.en.md").unlink()),
    "note gone": ("page", PAGE, lambda folder: note_of(folder).unlink()),
    "note doubled": ("page", PAGE, double_note),
    "notes gone": ("none", "No checkpoint is in this export", rid_of_notes),
    "notes gone, the page written anew": (
        "none",
        "No checkpoint",
        lambda folder: rewritten(folder, 0),
    ),
    "note gone, the page written anew": ("withdrawn", "", lambda folder: rewritten(folder, -1)),
}
"""What `ptce verify` remarks on, the manifest written anew: what the table calls it."""


def sign_off(folder: Path) -> None:
    """Writes the manifest anew."""
    files = bytes_of(folder)
    del files[MANIFEST]
    hashes = {name: sha256(content).hexdigest() for name, content in files.items()}
    (folder / MANIFEST).write_bytes(manifest_of(hashes))


QUICK: tuple[str, ...] = ("renamed", "crlf", "line edited", "side edited", "note forged")


def each(table: Iterable[str]) -> list[Any]:
    """The names of a table: those that stand for others, and the others among the slow tests."""
    return [pytest.param(name, marks=[] if name in QUICK else pytest.mark.slow) for name in table]


@needs_tools
@pytest.mark.parametrize("how", each(FILES))
def test_a_file_that_is_not_the_one_of_the_manifest(how: str, folder: Path) -> None:
    """The first check does not hold, and `ptce verify` tells it too."""
    FILES[how](folder)
    assert "1 files" not in checked(folder)
    assert verify_export(folder, verify_pages).faults
    assert findings()["file"]["by"] == "shell"


@pytest.mark.long
@needs_tools
@pytest.mark.parametrize("how", each(BY_HAND))
def test_a_change_with_its_manifest(how: str, folder: Path) -> None:
    """The check that it concerns does not hold, and `ptce verify` tells it too."""
    finding, check, act = BY_HAND[how]
    act(folder)
    sign_off(folder)
    held = checked(folder)
    assert ("1 files" in held, check in held) == (True, False)
    assert verify_export(folder, verify_pages).faults
    assert findings()[finding]["by"] == "shell"


@pytest.mark.long
@needs_tools
@pytest.mark.parametrize("how", each(REMARKED))
def test_what_is_remarked_on(how: str, folder: Path) -> None:
    """No check of a sound ledger fails, but the one that counts; `ptce verify` tells of it."""
    finding, remark, act = REMARKED[how]
    before, remarks = typed(folder), verify_export(folder, verify_pages).remarks
    act(folder)
    sign_off(folder)
    if finding == "none":
        assert CHECKS[-1] not in checked(folder)
    elif "doubled" in how:
        assert typed(folder) == before
    report = verify_export(folder, verify_pages)
    assert report.faults == ()
    new = {one.what for one in report.remarks} - {one.what for one in remarks}
    assert bool(new) == bool(remark)
    assert all(remark in what or PAGE in what for what in new)
    assert any(remark in what for what in new) == bool(remark)
    by = "nothing" if not remark else "shell" if finding == "none" else "verify"
    assert findings()[finding]["by"] == by


@needs_tools
@pytest.mark.slow
def test_checkpoints_held_elsewhere(folder: Path, lived: Path, tmp_path: Path) -> None:
    """One of this ledger holds, countersigned too; one of another, or none at all, does not."""
    mine = Path(shutil.copy(note_of(folder), tmp_path / "mine.txt"))
    line = mine.read_text("utf-8").splitlines()[-1]
    other = line.replace("ptce/", "witness/", 1) + "\n"
    mine.write_text(mine.read_text("utf-8") + 2 * other, "utf-8")
    assert checked(folder, str(mine)) == CHECKS
    note, pem = read(note_of(folder).read_bytes()), (lived / GIVER / "ptce.key").read_bytes()
    theirs, origin = tmp_path / "theirs.txt", note.checkpoint.origin[:-64] + "0" * 64
    theirs.write_bytes(sign(replace(note.checkpoint, origin=origin), pem).encode())
    for kept in (theirs, tmp_path / "nothing.txt", folder / "MANIFEST"):
        assert checked(folder, f"{mine} {kept}") == CHECKS[:-1]


@needs_tools
def test_one_line(folder: Path) -> None:
    """It is a ledger; whoever holds a checkpoint of a later line can tell that it was cut."""
    write(LEDGER, lambda text: text.splitlines(keepends=True)[0])(folder)
    for name in (SIDE, "documents.txt", "mails.txt"):
        (folder / name).write_bytes(b"")
    kept = shutil.copy(note_of(folder), folder.parent)
    shutil.rmtree(folder / "checkpoints")
    max((folder / "keys").iterdir()).unlink()
    only = json.loads((folder / LEDGER).read_bytes())["def"]
    for rules in (folder / "processes").iterdir():
        if rules.name != only:
            shutil.rmtree(rules)
    sign_off(folder)
    assert checked(folder) == CHECKS[:-1]
    assert verify_export(folder, verify_pages).faults == ()
    assert checked(folder, str(kept)) == CHECKS[:-1]
    held = checkpoints_in(Path(kept), Path(kept).read_bytes())
    assert verify_export(folder, verify_pages, held).faults


@needs_tools
def test_what_was_erased(full: Contest, tmp_path: Path) -> None:
    """The checks hold; a side row that is there again, or gone without a line, is found."""
    ref = overview(full).briefs[0].ref
    folder = tmp_path / "before"
    export(full, folder, verify_pages)
    erase(full, ref)
    make(full)
    erased = tmp_path / "erased"
    export(full, erased, verify_pages)
    assert checked(erased) == CHECKS
    before, after = lines_of(folder, SIDE), lines_of(erased, SIDE)
    assert 0 < len(after) < len(before)
    (erased / SIDE).write_bytes(b"".join(before))
    sign_off(erased)
    assert "4 sides" not in checked(erased)
