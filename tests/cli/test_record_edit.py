"""`ptce record --edit`: the answers of a sheet in an editor, taken whole or opened again."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import ptce_workflow.cli.editor as editor
import ptce_workflow.cli.invocation as writing
from tests.cli.lines import run
from tests.cli.posting import do, english
from tests.contests.test_jardins import begun

__all__ = ["begun"]

Capture = pytest.CaptureFixture[str]
Edit = Callable[[Path], object]


@pytest.fixture(autouse=True)
def _here(begun: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody at the keyboard, whose files are beside the contest."""
    monkeypatch.setattr(editor, "must_be_here", lambda *_asked: None)
    monkeypatch.setenv("TMPDIR", str(begun.parent))
    monkeypatch.setattr("tempfile.tempdir", None)


def use(monkeypatch: pytest.MonkeyPatch, *edits: Edit) -> list[str]:
    """Has each edit made as the editor opens once more; the texts with which it opened."""
    opened: list[str] = []

    def ran(words: list[str]) -> None:
        file = Path(words[-1])
        opened.append(file.read_text("utf-8"))
        edits[len(opened) - 1](file)

    monkeypatch.setenv("VISUAL", "editor")
    monkeypatch.setattr(editor, "_run", ran)
    return opened


def put(old: str, new: str) -> Edit:
    """An edit that changes one place."""

    def change(file: Path) -> None:
        text = file.read_text("utf-8")
        assert text.count(old) == 1, old
        file.write_text(text.replace(old, new), "utf-8")

    return change


def leave(_file: Path) -> None:
    """Saves nothing."""


def answers(capsys: Capture, ref: str = "C-001") -> dict[str, Any]:
    facts: dict[str, Any] = json.loads(run(capsys, "show", ref, "--json").out)["facts"]
    return facts


def kept(begun: Path) -> list[Path]:
    """The files that were kept."""
    return list(begun.parent.glob("ptce-*/*"))


def kinds(capsys: Capture) -> list[str]:
    """The kinds of the lines about the candidature."""
    return [one["type"] for one in json.loads(run(capsys, "history", "C-001", "--json").out)]


def test_what_changed_is_recorded(
    begun: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = answers(capsys)
    do("note", "C-001", "A appelé.")
    opened = use(monkeypatch, put('gardeners = "5"', "gardeners = 7"))
    done = english(capsys, "record", "C-001", "--edit")
    assert done.code == 0
    assert "5 → 7" in done.out
    assert "# C-001 Tilleuls · Demande\n# Note of" in opened[0]
    assert "A appelé." in opened[0].split("\n[dossier]")[0]
    assert "# 4. Nombre de personnes qui jardinent *\n" in opened[0]
    assert "# yes | no\nopen_to_all" in opened[0]
    assert answers(capsys) == {**before, "dossier.gardeners": 7}
    assert english(capsys, "verify").code == 0


def test_an_answer_that_is_emptied_is_withdrawn(
    begun: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def change(file: Path) -> None:
        put("Des bacs et une serre.", "")(file)
        put('asked = "1500"\n', "")(file)

    use(monkeypatch, change)
    assert english(capsys, "record", "C-001", "--edit").code == 0
    found = answers(capsys)
    assert "dossier.project" not in found
    assert found["dossier.asked"] == 1500
    assert kept(begun) == []


def test_faults_are_told_where_they_are(
    begun: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def wrong(file: Path) -> None:
        put('gardeners = "5"', 'gardeners = "sept"')(file)
        put('place = ["Lodève (34)"]', 'place = ["Lodévv"]')(file)
        put('open_to_all = "yes"', "open_to_all = yes")(file)

    opened = use(
        monkeypatch,
        wrong,
        put("\nopen_to_all = yes", '\nopen_to_all = "no"'),
        put('gardeners = "sept"', "gardeners = 7"),
        put('place = ["Lodévv"]', 'place = ["Lodève", "Millau"]'),
    )
    done = english(capsys, "record", "C-001", "dossier", "--edit")
    assert done.code == 0, done.err
    stopped, both, one = (text.splitlines() for text in opened[1:])
    place = stopped.index("open_to_all = yes")
    assert stopped[place + 1].startswith(f"#>> This is not TOML from line {place + 1}")
    for text, fields in ((both, ["gardeners", "place"]), (one, ["place"])):
        told = [n for n, line in enumerate(text) if line.startswith("#>> ")]
        below = [text[n + 1].split(" =")[0] for n in told if not text[n + 1].startswith("#>> ")]
        assert sorted(below) == fields
    found = answers(capsys)
    assert (found["dossier.gardeners"], found["dossier.open_to_all"]) == (7, False)
    assert [zone["code"] for zone in found["dossier.place"]] == ["34142", "12145"]
    assert kinds(capsys).count("facts_recorded") == 1
    assert kept(begun) == []


def test_what_is_left_with_its_fault_is_kept(
    begun: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = kinds(capsys)
    use(monkeypatch, put('gardeners = "5"', "gardeners = 0.5"), leave)
    ended = english(capsys, "record", "C-001", "--edit")
    assert ended.code == 2
    assert "0.5 is not a whole number" in ended.err
    (file,) = kept(begun)
    assert str(file) in "".join(ended.err.split("\n"))
    assert kinds(capsys) == before
    put("gardeners = 0.5", "gardeners = 6")(file)
    assert english(capsys, "record", "C-001", "--from", str(file)).code == 0
    assert answers(capsys)["dossier.gardeners"] == 6


@pytest.mark.parametrize("saved", [None, "", " \n", "[dossier]\n"])
def test_nothing_was_changed(
    saved: str | None, begun: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Saved as it was, or emptied: nothing is written, and that is said."""
    before = kinds(capsys)
    use(monkeypatch, leave if saved is None else lambda file: file.write_text(saved))
    ended = english(capsys, "record", "C-001", "--edit")
    assert (ended.code, ended.err.strip().splitlines()[-1]) == (1, "Nothing was changed.")
    assert kinds(capsys) == before
    assert kept(begun) == []


@pytest.mark.parametrize(
    ("script", "code", "said", "files"),
    [
        ('printf "[dossier]\\nname = \\"\\351\\"\\n" > "$1"', 2, "not in UTF-8", 1),
        ('printf "half" >> "$1"; exit 3', 1, "ended with code 3", 1),
        ('printf "half" >> "$1"; kill -9 $$', 1, "was stopped", 1),
        ("exit 1", 1, "ended with code 1", 0),
        ('rm "$1"', 2, "no such file", 0),
        ('printf "name = 1" > "$1"', 2, "outside a sheet", 1),
        ('printf "[nope]\\nname = 1" > "$1"', 2, "no sheet", 1),
    ],
)
def test_an_editor_in_vain(
    script: str,
    code: int,
    said: str,
    files: int,
    begun: Path,
    capsys: Capture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    program = begun.parent / "editor"
    program.write_text(f'#!/bin/sh\ngrep -q "#>>" "$1" && exit 0\n{script}\n', "utf-8")
    program.chmod(0o700)
    monkeypatch.setenv("VISUAL", str(program))
    before = kinds(capsys)
    ended = english(capsys, "record", "C-001", "dossier", "--edit")
    assert (ended.code, said in " ".join(ended.err.split())) == (code, True), ended.err
    assert ("kept in" in ended.err, len(kept(begun))) == (bool(files), files)
    assert kinds(capsys) == before


def test_an_editor_that_is_interrupted(
    begun: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(file: Path) -> None:
        file.write_text("half", "utf-8")
        raise KeyboardInterrupt

    use(monkeypatch, stopped)
    assert english(capsys, "record", "C-001", "dossier", "--edit").code == 130
    assert [file.read_text() for file in kept(begun)] == ["half"]


def test_nobody_or_no_editor(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("VISUAL", "EDITOR"):
        monkeypatch.delenv(name, raising=False)
    ended = english(capsys, "record", "C-001", "dossier", "--edit")
    assert (ended.code, "ptce record C-001 --from FILE" in ended.err) == (2, True)
    monkeypatch.setenv("EDITOR", "/nowhere/editor")
    ended = english(capsys, "record", "C-001", "dossier", "--edit")
    assert (ended.code, "It is not found, or may not be run." in ended.err) == (1, True)
    monkeypatch.setattr(editor, "must_be_here", writing.must_be_here)
    ended = english(capsys, "record", "C-001", "dossier", "--edit")
    assert (ended.code, "Nobody is here" in ended.err) == (2, True)


def test_two_people_at_once(begun: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    def meanwhile(file: Path) -> None:
        do("record", "C-001", "dossier", "gardeners=9")
        put('gardeners = "5"', "gardeners = 7")(file)

    opened = use(monkeypatch, meanwhile, leave)
    ended = english(capsys, "record", "C-001", "dossier", "--edit")
    assert ended.code == 2
    assert "# Opened: 1 Mar 10:00" in opened[0]
    told = "#>> Somebody else has written here since you opened it: 9\n"
    assert told in opened[1].split("gardeners = 7")[0]
    assert answers(capsys)["dossier.gardeners"] == 9
    (file,) = kept(begun)
    assert f"ptce record C-001 --from {file}" in "".join(ended.err.split("\n"))

    def again(file: Path) -> None:
        do("record", "C-001", "dossier", "gardeners=10")
        put('gardeners = "9"', "gardeners = 7")(file)

    def over(file: Path) -> None:
        put("#>>   To write your answer over it, take these lines out and save.\n", "")(file)

    use(monkeypatch, again, over)
    assert english(capsys, "record", "C-001", "dossier", "--edit").code == 0
    assert answers(capsys)["dossier.gardeners"] == 7
    do("record", "C-001", "dossier", "gardeners=9")

    def beside(file: Path) -> None:
        do("record", "C-001", "dossier", "asked=1000")
        put('gardeners = "9"', "gardeners = 7")(file)

    use(monkeypatch, beside)
    assert english(capsys, "record", "C-001", "dossier", "--edit").code == 0
    found = answers(capsys)
    assert (found["dossier.gardeners"], found["dossier.asked"]) == (7, 1000)
    assert english(capsys, "verify").code == 0


def test_with_its_hour_of_arrival(
    begun: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    proof = begun.parent / "mail.eml"
    proof.write_text("Sept.", "utf-8")
    use(monkeypatch, put('gardeners = "5"', "gardeners = 7"))
    when = ("--at", "01/03/2027 10:00", "--evidence", str(proof))
    done = english(capsys, "record", "C-001", "dossier", "--edit", *when)
    assert done.code == 0, done.err
    assert kinds(capsys)[-2:] == ["sheet_received", "facts_received"]
    assert english(capsys, "verify").code == 0


def test_a_slip_is_mended_once_it_is_closed(
    begun: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PTCE_NOW", "2027-03-16T10:00:00+01:00")
    opened = use(monkeypatch, put('gardeners = "5"', "gardeners = 7"), leave)
    assert english(capsys, "record", "C-001", "dossier", "--edit").code == 2
    assert "#>>   Add --at INSTANT" in opened[1]
    proof = begun.parent / "mail.eml"
    proof.write_text("Sept.", "utf-8")
    use(monkeypatch, put('gardeners = "5"', "gardeners = 7"))
    why = ("--rectify", "--reason", "mal lu", "--evidence", str(proof))
    done = english(capsys, "record", "C-001", "dossier", "--edit", *why)
    assert (done.code, "5 → 7 (mal lu" in done.out) == (0, True), done.err
    assert english(capsys, "verify").code == 0


def test_what_does_not_go_with_it(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch)
    for words in (
        ("C-001", "dossier", "asked=1", "--edit"),
        ("C-001", "dossier", "--edit", "--from", "x.toml"),
        ("contest", "dossier", "--edit"),
        ("C-001", "nope", "--edit"),
        ("C-001", "dossier", "--edit", "--rectify"),
    ):
        assert english(capsys, "record", *words).code == 2, words
