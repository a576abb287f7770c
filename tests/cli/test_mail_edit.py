"""A held letter at the keyboard: rewritten in an editor or from a file, dropped, shown whole."""

import json
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

import ptce_workflow.cli.commands.mail as commands
import ptce_workflow.cli.editor as editor
import ptce_workflow.cli.invocation as invocation
from ptce_workflow.base.errors import Misuse
from tests.cli.lines import Run, run
from tests.cli.posting import do, english
from tests.contests.test_jardins import begun

__all__ = ["begun"]

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def held(begun: Path, capsys: Capture) -> str:
    """The mail of a decision that waits to be read."""
    do("advance", "C-002", "refuse", "--reason", "trop peu de personnes", "--yes")
    (one,) = json.loads(run(capsys, "mail", "list", "--state", "held", "--json").out)
    return str(one["message"])


def shown(capsys: Capture, name: str) -> dict[str, object]:
    """A mail as data."""
    told: dict[str, object] = json.loads(run(capsys, "mail", "show", name, "--json").out)
    return told


def test_as_it_was(begun: Path, held: str, capsys: Capture) -> None:
    """Its Markdown, given back unchanged, is the very same letter, and nothing is written."""
    before = shown(capsys, held)
    draft = run(capsys, "mail", "edit", held, "--draft").out
    subject = str(before["subject"]).removeprefix("[RÉPÉTITION] ")
    assert draft.startswith(f"# {subject}\n")
    assert "Bonjour" in str(before["text"])
    assert "Bonjour" not in draft
    file = begun.parent / "letter.md"
    file.write_text(draft, "utf-8")
    ended = english(capsys, "mail", "edit", held, "--from", str(file))
    assert (ended.code, ended.err.strip()) == (1, "Nothing was changed.")
    file.write_text(f"{draft}\n", "utf-8")
    assert shown(capsys, held) == before


def test_from_a_file(begun: Path, held: str, capsys: Capture) -> None:
    """A sentence more: text and page have it, greeting, signature and remedies stay."""
    before = shown(capsys, held)
    file = begun.parent / "letter.md"
    more = "Revenez **l’an prochain**."
    file.write_text(f"{run(capsys, 'mail', 'edit', held, '--draft').out}\n{more}\n", "utf-8")
    ended = english(capsys, "mail", "edit", held, "--from", str(file), "--reason", "un mot")
    assert ended.code == 0
    assert "Revenez l’an prochain." in ended.out
    assert f"ptce mail release {held}" in ended.err
    now = shown(capsys, held)
    assert (before["rewritten"], now["rewritten"]) == (False, True)
    assert now["subject"] == before["subject"]
    assert str(now["text"]).replace("Revenez l’an prochain.\n\n", "") == before["text"]
    assert "<strong>l’an prochain</strong>" in str(now["html"])
    assert "held for review, rewritten" in " ".join(english(capsys, "mail", "list").out.split())
    assert f"mail rewritten: {held}" in english(capsys, "mail", "show", held).out
    released = english(capsys, "mail", "release", held, "--yes")
    assert "Revenez l’an prochain." in released.out
    assert english(capsys, "verify").code == 0


def test_released_letters_are_shown_whole(held: str, capsys: Capture) -> None:
    asked = english(capsys, "mail", "release", held)
    assert asked.code == 2
    told = " ".join(asked.out.split())
    assert " ".join(str(shown(capsys, held)["text"]).split()) in told


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(editor, "must_be_here", lambda *_asked: None)


def use_editor(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """Has an editor do something to its file."""
    file = folder / "editor"
    file.write_text(f"#!/bin/sh\n{script}\n", "utf-8")
    file.chmod(file.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("VISUAL", f"{file} --wait")


def test_in_an_editor(
    here: None, begun: Path, held: str, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the person has changed is what the mail says; the file is gone."""
    monkeypatch.setenv("TMPDIR", str(begun.parent))
    monkeypatch.setattr("tempfile.tempdir", None)
    use_editor(begun.parent, monkeypatch, 'printf "\\nRevenez.\\n" >> "$2"')
    assert english(capsys, "mail", "edit", held).code == 0
    assert "Revenez." in str(shown(capsys, held)["text"])
    assert list(begun.parent.glob("ptce-*")) == []


@pytest.mark.parametrize(
    ("script", "said", "kept"),
    [
        ('printf "no subject" > "$2"', "0 headings", 1),
        ("exit 3", "ended with code 3", 0),
        ("exit 0", "Nothing was changed", 0),
    ],
)
def test_an_editor_in_vain(
    script: str,
    said: str,
    kept: int,
    here: None,
    begun: Path,
    held: str,
    capsys: Capture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TMPDIR", str(begun.parent))
    monkeypatch.setattr("tempfile.tempdir", None)
    use_editor(begun.parent, monkeypatch, script)
    before = shown(capsys, held)
    ended = english(capsys, "mail", "edit", held)
    assert ended.code == 1
    assert said in ended.err
    assert len(list(begun.parent.glob("ptce-*/*.md"))) == kept
    assert shown(capsys, held) == before


def test_nobody_writes_in_an_editor(
    held: str, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert english(capsys, "mail", "edit", held).code == 2
    monkeypatch.setattr(editor, "must_be_here", lambda *_asked: None)
    for name in ("VISUAL", "EDITOR"):
        monkeypatch.delenv(name, raising=False)
    ended = english(capsys, "mail", "edit", held)
    assert ended.code == 2
    assert "--from" in ended.err
    monkeypatch.setenv("EDITOR", "/nowhere/editor")
    assert english(capsys, "mail", "edit", held).code == 1
    monkeypatch.setenv("EDITOR", '"')
    assert english(capsys, "mail", "edit", held).code == 2


def test_a_decision_is_dropped_when_it_was_told(held: str, capsys: Capture) -> None:
    """Never without a reason, and never so that nobody would know; it can be taken back."""
    assert english(capsys, "mail", "drop", held, "--told").code == 2
    refused = english(capsys, "mail", "drop", held, "--reason", "no")
    assert refused.code == 1
    assert "--told" in refused.err
    done = english(capsys, "mail", "drop", held, "--told", "--reason", "registered letter")
    assert (done.code, "dropped" in done.out) == (0, True)
    assert json.loads(run(capsys, "show", "C-002", "--json").out)["untold"] == []
    told = english(capsys, "mail", "show", held).out
    assert "its reader was told otherwise" in told
    assert "reason: registered letter" in told
    assert "held for review" in english(capsys, "mail", "resolve", held, "--resend").out
    assert english(capsys, "verify").code == 0


Reads = Callable[..., Run]


@pytest.fixture
def three(begun: Path, capsys: Capture) -> list[str]:
    """Three letters of one decision that wait to be read."""
    for ref in ("C-001", "C-002", "C-003"):
        do("record", ref, "dossier", "gardeners=1")
        do("advance", ref, "refuse", "--reason", f"trop peu de personnes en {ref}", "--yes")
    return waiting(capsys)


def waiting(capsys: Capture) -> list[str]:
    held = json.loads(run(capsys, "mail", "list", "--state", "held", "--json").out)
    return [str(one["message"]) for one in held]


@pytest.fixture
def reads(here: None, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> Reads:
    """A person who goes through the mails that wait, with these answers."""

    def reads(*answers: str | BaseException | Callable[[], None]) -> Run:
        left = iter(answers)

        def entered(*_asked: object) -> str:
            answer = next(left)
            if isinstance(answer, BaseException):
                raise answer
            if callable(answer):
                answer()
                return "y"
            return answer

        for module in (commands, invocation):
            monkeypatch.setattr(module, "entered", entered)
            monkeypatch.setattr(module, "is_somebody_here", lambda *_streams: True)
        ended = english(capsys, "mail", "release")
        assert next(left, None) is None, "an answer was not asked for"
        return ended

    return reads


def test_mails_are_gone_through(three: list[str], reads: Reads, capsys: Capture) -> None:
    """The first is shown whole, of the others the words that differ; each answer is done."""
    ended = reads("oui", "what?", "n", "Q")
    assert ended.code == 0
    told = " ".join(ended.out.split())
    assert told.count("Bonjour") == 1
    assert f"As {three[0]}, but for the words between brackets:" in told
    assert "candidature [C-002] …" in told
    assert '"what?" is none of these answers.' in ended.err
    assert "1 mail is released" in told
    assert waiting(capsys) == three[1:]
    assert english(capsys, "verify").code == 0


@pytest.mark.parametrize(("answers", "left"), [(("t", "y"), 0), (("a", "n", ""), 3), (("p",), 3)])
def test_all_of_a_kind(
    answers: tuple[str, ...], left: int, three: list[str], reads: Reads, capsys: Capture
) -> None:
    """They are released once all were shown, and a person says yes; or passed over together."""
    ended = reads(*answers)
    assert ended.code == (left > 0)
    assert ("[C-003" in ended.out) == (answers[0] != "p")
    assert len(waiting(capsys)) == left


def test_interrupted_after_an_answer(three: list[str], reads: Reads, capsys: Capture) -> None:
    ended = reads("y", KeyboardInterrupt())
    assert ended.code == 130
    assert "1 mail is released" in ended.out
    assert waiting(capsys) == three[1:]


def test_two_people_release_at_once(three: list[str], reads: Reads, capsys: Capture) -> None:
    """What another has released while it was read is refused, and the next one is shown."""
    ended = reads(lambda: do("mail", "release", three[0], "--yes"), "n", "y")
    assert ended.code == 1
    assert f"{three[0]} is planned." in ended.err
    assert waiting(capsys) == [three[1]]


def test_nobody_reads_on_where_the_input_has_ended(three: list[str], reads: Reads) -> None:
    ended = reads(Misuse("the input ended"))
    assert (ended.code, ended.out.count("C-002"), ended.err.count("the input ended")) == (1, 0, 1)
    assert "Nothing was released." in ended.out


def test_nothing_that_waits_is_no_fault(begun: Path, capsys: Capture) -> None:
    ended = english(capsys, "mail", "release")
    assert (ended.code, ended.out.strip()) == (0, "No mail waits to be read.")
    assert english(capsys, "mail", "release", "--ref", "C-001").code == 2


def test_edited_on_the_way(
    begun: Path, three: list[str], reads: Reads, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An editor that fails changes nothing; after another the mail is shown whole, and asked."""
    monkeypatch.setenv("TMPDIR", str(begun.parent))
    monkeypatch.setattr("tempfile.tempdir", None)
    use_editor(begun.parent, monkeypatch, "exit 3")
    before = shown(capsys, three[0])
    failed = reads("e", "q")
    assert ("ended with code 3" in failed.err, failed.out.count("Bonjour")) == (True, 1)
    assert shown(capsys, three[0]) == before
    use_editor(begun.parent, monkeypatch, 'printf "\\nRevenez.\\n" >> "$2"')
    ended = reads("modifier", "y", "q")
    assert (ended.code, ended.out.count("Bonjour"), "Revenez." in ended.out) == (0, 2, True)
    assert waiting(capsys) == three[1:]
    assert "Revenez." in str(shown(capsys, three[0])["text"])


def test_a_letter_from_a_file(begun: Path, capsys: Capture) -> None:
    """It is shown, held and seen in the list, the history and the candidature; then released."""
    file = begun.parent / "letter.md"
    file.write_text("# La réunion est déplacée\n\nElle a lieu **mardi**.\n", "utf-8")
    ended = english(capsys, "mail", "write", "--to", "tilleuls", "--from", str(file))
    assert (ended.code, "Elle a lieu mardi." in ended.out) == (0, True)
    assert "The letter is held." in ended.out
    [name] = waiting(capsys)
    assert f"ptce mail release {name}" in ended.err
    assert name in english(capsys, "mail", "list", "--notification", "desk_letter").out
    assert f"letter written: {name}" in english(capsys, "history", "C-001").out
    assert english(capsys, "mail", "release", name, "--yes").code == 0
    assert "Letter from the desk" in english(capsys, "calendar").out
    assert english(capsys, "mail", "write", "--about", name, "--from", str(file)).code == 1
    assert english(capsys, "verify").code == 0


def test_letters_to_several_are_asked_about(
    begun: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By a label of a state, and of a role; nothing is written without a yes."""
    file = begun.parent / "letter.md"
    file.write_text("# Une date\n\nMardi.\n", "utf-8")
    state = json.loads(run(capsys, "list", "--json").out)[0]["state"]
    line = ("mail", "write", "--to", state, "--to", "jury", "--from", str(file))
    asked = english(capsys, *line)
    assert (asked.code, "Write these 6 letters?" in asked.err) == (2, True)
    assert "town@lodeve.example" in asked.out
    monkeypatch.setattr(invocation, "is_somebody_here", lambda *_streams: True)
    monkeypatch.setattr(invocation, "entered", lambda *_asked: "n")
    assert english(capsys, *line).code == 1
    assert waiting(capsys) == []
    assert "6 such letters are held" in english(capsys, *line, "--yes").out
    assert len(waiting(capsys)) == 6


@pytest.mark.parametrize(
    ("script", "said", "kept"),
    [
        ("exit 0", "Nothing was written.", 0),
        ("exit 3", "ended with code 3", 0),
        (': > "$2"', "Nothing was written.", 0),
        ('printf "Sans objet" > "$2"', "0 headings", 1),
        ('printf "# Objet\\n\\nMardi.\\n" > "$2"', "", 0),
    ],
)
def test_a_letter_in_an_editor(
    script: str,
    said: str,
    kept: int,
    here: None,
    begun: Path,
    capsys: Capture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What is left as it began, or emptied, is no letter; what cannot be one is kept in a file."""
    monkeypatch.setenv("TMPDIR", str(begun.parent))
    monkeypatch.setattr("tempfile.tempdir", None)
    use_editor(begun.parent, monkeypatch, script)
    ended = english(capsys, "mail", "write", "--to", "C-001")
    assert (ended.code, said in ended.err) == (bool(said), True)
    assert len(waiting(capsys)) == (not said)
    assert len(list(begun.parent.glob("ptce-*/*.md"))) == kept
    if kept:
        assert "ptce mail write --to C-001 --from " in ended.err


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        ((), 2, "Say to whom it goes"),
        (("--to", "C-001", "--about", "M-001"), 2, "not both"),
        (("--to", "C-099"), 2, "C-099"),
        (("--to", "personne"), 2, "personne"),
        (("--about", "M-999"), 2, "M-999"),
        (("--to", "auditeur"), 1, "nobody to write to"),
        (("--to", "C-001"), 2, "--from FILE"),
        (("--to", "C-001", "--from", "nowhere.md"), 2, "nowhere.md"),
    ],
)
def test_no_letter_can_be_written(
    words: tuple[str, ...], code: int, said: str, begun: Path, capsys: Capture
) -> None:
    ended = english(capsys, "mail", "write", *words)
    assert (ended.code, said in ended.err) == (code, True), ended.err
