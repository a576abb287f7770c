"""Setting a contest up at the keyboard: folders that are checked, contests that begin."""

import shutil
from io import StringIO
from pathlib import Path

import pytest

from ptce_workflow.cli.terminal import Output
from tests.cli.lines import run
from tests.process.contests import REPOSITORY

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def outside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is no contest, in which nobody has said what language to speak."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LOGNAME", "anne")
    for name in ("PTCE_LANG", "PTCE_CONTEST", "PTCE_ACTOR", "PTCE_NOW"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def gardens(folder: Path, language: str) -> Path:
    """The smallest contest, in a language."""
    shutil.copytree(REPOSITORY / "contests" / "minimal", folder)
    config = folder / "config.toml"
    text = config.read_text("utf-8")
    config.write_text(text.replace("timezone", f'language = "{language}"\ntimezone', 1), "utf-8")
    return folder


def test_a_folder_is_checked_in_its_language(outside: Path, capsys: Capture) -> None:
    """From outside of it as from inside, unless another language is asked for."""
    gardens(outside / "english", "en")
    gardens(outside / "french", "fr")
    assert "no fault" in run(capsys, "check", "english").out
    assert "aucune faute" in run(capsys, "check", "french").out
    assert "aucune faute" in run(capsys, "check", "english", "--lang", "fr").out
    (outside / "english" / "states" / "ends.toml").unlink()
    assert "faults." in run(capsys, "check", "english").out
    assert "no config.toml" in run(capsys, "check", "english/states", "--lang", "en").err
    (outside / "english" / "texts").symlink_to(outside)
    assert run(capsys, "check", "english").err.startswith("Error:")


def test_a_contest_that_begins_here_says_where(
    outside: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = gardens(outside / "gardens", "en")
    monkeypatch.chdir(folder)
    begun = run(capsys, "--as", "anne", "init", ".", "--lang", "en")
    assert f"has begun in {folder}." in begun.out
    assert "cd " not in begun.err
    assert "ptce check && ptce list" in begun.err


def test_a_contest_elsewhere_is_reached_first(outside: Path, capsys: Capture) -> None:
    gardens(outside / "gardens", "en")
    begun = run(capsys, "--as", "anne", "init", "gardens", "--lang", "en")
    assert "has begun in gardens." in begun.out
    assert "cd gardens && ptce check && ptce list" in begun.err


def test_nobody_begins_a_contest_under_a_pseudonym(
    outside: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PTCE_ACTOR", "P-001")
    folder = gardens(outside / "gardens", "en")
    ended = run(capsys, "init", "gardens", "--lang", "en")
    assert ended.code == 2
    assert '"P-001" is a pseudonym' in ended.err
    assert "PTCE_ACTOR" in ended.err
    assert not (folder / "ptce.db").exists()


def test_a_blank_contest_is_begun_in_the_language_that_is_spoken(
    outside: Path, capsys: Capture
) -> None:
    """French unless another is asked for; it is checked without a word too many."""
    french = run(capsys, "--as", "anne", "init", "le-mien", "--blank")
    assert "Nouveau concours\u00a0: concours créé dans le-mien." in french.out
    assert french.code == 0
    words = ("init", "mine", "--blank", "--lang", "en", "--set", "contest.title=My call")
    assert "My call: the contest has begun in mine." in run(capsys, "--as", "anne", *words).out
    for name in ("le-mien", "mine"):
        checked = run(capsys, "check", name, "--lang", "en")
        assert checked.code == 0
        assert "remark" not in checked.out


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("--blank --set limits.plces=3", 'Did you mean "limits.places"?'),
        ("--blank --set limits.places=three", "Expected: a whole number"),
        ("--blank --set limits.places", "KEY=VALUE"),
        ("--blank --set limits.places=1 --set limits.places=2", "given twice"),
        ("--blank --shift 0d", '"0d" is no length'),
        ("--blank --shift", "shift"),
        ("--blank --model ami-permanent", "--model, --blank"),
        ("--from nowhere", "no config.toml in nowhere"),
        ("--from broken", "before everything is closed"),
        ("--from . --blank", "--blank, --from"),
    ],
)
def test_what_a_contest_cannot_begin_with(
    words: str, told: str, outside: Path, capsys: Capture
) -> None:
    gardens(outside / "broken", "en")
    (outside / "broken" / "config.toml").write_text("[", "utf-8")
    refused = run(capsys, "--as", "anne", "init", "new", "--lang", "en", *words.split())
    assert refused.code == 2
    assert told in refused.err
    assert not (outside / "new").exists()


def test_past_dates_are_told_with_the_command_that_moves_them(
    outside: Path, capsys: Capture
) -> None:
    gardens(outside / "gardens", "en")
    words = ("--as", "anne", "init", "new", "--from", "gardens", "--lang", "en")
    told = run(capsys, *words)
    assert told.code == 0
    assert "1 date is past: Clôture." in told.err
    assert "ptce init new-2 --from gardens --shift" in told.err
    (words_again,) = [one for one in told.err.splitlines() if "--shift" in one]
    again = run(capsys, "--as", "anne", "--lang", "en", *words_again.split("ptce ")[1].split())
    assert again.code == 0
    (closing,) = (line for line in again.out.splitlines() if line.startswith("  Clôture"))
    assert "  14 Mar 12:00  " in closing
    assert "past" not in again.err


@pytest.mark.parametrize(
    ("answer", "opens"),
    [
        ("\n", None),
        ("18 March 2041\n", "18 Mar 12:00"),
        ("20/03/2041\n", "20 Mar 12:00"),
        ("no\n", ""),
        ("n\n", ""),
    ],
)
def test_whoever_is_at_the_keyboard_is_asked_for_the_opening(
    answer: str, opens: str | None, outside: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    gardens(outside / "gardens", "en")
    monkeypatch.setattr(Output, "is_terminal", staticmethod(lambda _stream: True))
    monkeypatch.setattr("sys.stdin", StringIO(answer))
    words = ("--as", "anne", "init", "new", "--from", "gardens", "--lang", "en")
    asked = run(capsys, *words)
    assert asked.code == 0
    question = " ".join(asked.err.split())
    assert "1 date is past: Clôture" in question
    assert "Clôture: Friday 14 March 2025 in the folder copied. On which day in yours" in question
    offered = question.partition("[")[2].partition("]")[0]
    if opens is None:
        opens = "{1} {2:.3} 12:00".format(*offered.split())
    assert ("These dates were moved:" in asked.out) == bool(opens)
    assert opens in asked.out


def test_an_answer_that_is_no_day_begins_nothing(
    outside: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    gardens(outside / "gardens", "en")
    monkeypatch.setattr(Output, "is_terminal", staticmethod(lambda _stream: True))
    monkeypatch.setattr("sys.stdin", StringIO("soon\n"))
    asked = run(capsys, "--as", "anne", "init", "new", "--from", "gardens", "--lang", "en")
    assert (asked.code, '"soon" is not a day' in asked.err) == (2, True)
    assert not (outside / "new").exists()


def test_schemas_are_written_beside_the_folder_and_named_by_its_files(
    outside: Path, capsys: Capture
) -> None:
    """`init` brings them, and its files name them; `schema` writes them in another language."""
    assert run(capsys, "--as", "anne", "init", "new", "--blank", "--lang", "en").code == 0
    schema = outside / "new" / "schemas" / "state.json"
    assert "the ways out, by name" in schema.read_text("utf-8")
    again = run(capsys, "schema", "new", "--lang", "en")
    assert "up to date" in again.out
    assert run(capsys, "schema", "new", "--lang", "fr").code == 0
    assert "the ways out, by name" not in schema.read_text("utf-8")
    sheet = outside / "new" / "sheets" / "dossier.toml"
    first, _end, _rest = sheet.read_text("utf-8").partition("\n")
    assert (sheet.parent / first.removeprefix("#:schema ")).is_file()
    assert "no fault" in run(capsys, "check", "new", "--lang", "en").out


def test_years_to_move_by_are_counted_from_the_folder_copied(
    outside: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = gardens(outside / "source", "en")
    monkeypatch.setenv("PTCE_NOW", "2039-06-01T09:00:00+02:00")
    words = ("--from", "source", "--rehearsal", "--lang", "fr", "--as", "anne")
    whole = run(capsys, "init", "again", *words).err
    command = next(line for line in whole.splitlines() if "again-2" in line)
    assert command.endswith("a --rehearsal")
    moved = run(capsys, "init", "moved", *words, "--shift", "1a")
    assert command.replace("again-2", "moved-2") in moved.err
    typed = command[command.index("--from") :].split()
    moved = run(capsys, "--as", "anne", "init", "ahead", *typed)
    assert moved.code == 0
    assert "--shift" not in moved.err
    assert source.exists()


@pytest.mark.long
def test_what_a_moved_contest_still_says_of_another_is_listed(
    outside: Path, capsys: Capture
) -> None:
    told = run(capsys, "--as", "anne", "init", "moved", "--shift", "33m", "--lang", "en").out
    listed = [line.strip() for line in told.split("To be written anew")[1].splitlines()[1:]]
    # A law of ten years before is no date of the contest.
    assert [line for line in listed if "rulebook" in line] == [
        f"texts/rulebook.md: Processus de candidature au concours, §{number}"
        for number in (1, 5, 6)
    ]
    for kept in ("contest.id: occitanie-2024", "service.telephone: 05 36 49 00 10"):
        assert kept in listed
    (results,) = (line for line in told.splitlines() if "  12 Apr 10:00  " in line)
    assert results.endswith("2 → 0 days")
    (meeting,) = (line for line in told.splitlines() if "  26 Feb 14:00  " in line)
    assert "days" not in meeting
    remarked = run(capsys, "check", "moved", "--lang", "en").out
    assert "5 numbers or days do not stand in the passages that they cite:" in remarked
    named = ("--set", "contest.id=mine", "--set", "service.telephone=05 00 00 00 00")
    own = run(capsys, "--as", "anne", "init", "own", "--shift", "1y", "--lang", "en", *named).out
    assert "contest.id" not in own
    assert "service.telephone" not in own
    assert "service.mail: " in own


@pytest.mark.long
def test_an_invented_address_is_a_fault_in_earnest(outside: Path, capsys: Capture) -> None:
    invented = "service.mail = concours@cress.example, sender = a@cress.example"
    for folder, words, told in (
        ("real", (), f"✗ Addresses written  nobody reads an address in .example: {invented}"),
        ("played", ("--rehearsal",), "– Addresses written"),
    ):
        run(capsys, "--as", "anne", "init", folder, *words, "--lang", "en")
        mail = (
            '[mail]\nhost = "localhost"\nport = 9\nsecurity = "none"\nsender = "a@cress.example"\n'
        )
        (outside / folder / "local.toml").write_text(mail)
        ended = run(capsys, "doctor", "--contest", folder, "--as", "anne", "--lang", "en")
        assert told in ended.out.replace("\n  ", " ")
    mended = ("--set", "service.mail=ptce@cress-occitanie.org")
    run(capsys, "--as", "anne", "init", "mended", *mended, "--lang", "en")
    ended = run(capsys, "doctor", "--contest", "mended", "--as", "anne", "--lang", "en")
    assert "✓ Addresses written" in ended.out


@pytest.mark.sqlite("a server knows whom it lets in")
def test_nobody_begins_a_contest_that_nobody_can_act_in(
    outside: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    gardens(outside / "gardens", "en")
    begun = ("init", "gardens", "--as", "desk", "--lang", "en")
    refused = run(capsys, *begun)
    assert (refused.code, "only whoever logs in as desk" in refused.err) == (2, True)
    assert not (outside / "gardens" / "ptce.db").exists()
    begun_all_the_same = run(capsys, *begun, "--yes")
    assert "enrol a second person: ptce people enrol" in begun_all_the_same.out
    monkeypatch.chdir(outside / "gardens")
    second = ("people", "enrol", "Second", "--role", "desk", "--login", "anne")
    assert run(capsys, *second).code == 1
    doctor = run(capsys, "doctor", "--as", "desk").out
    monkeypatch.setenv("LOGNAME", "desk")
    doctor = run(capsys, "doctor").out
    assert "one login alone, desk" in doctor
    assert run(capsys, *second).code == 0
    assert "one login alone" not in run(capsys, "doctor").out


@pytest.mark.sqlite("a server knows whom it lets in")
def test_the_account_of_a_service_is_nobody_of_the_desk(
    outside: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    gardens(outside / "gardens", "en")
    monkeypatch.setenv("LOGNAME", "ptce")
    monkeypatch.setenv("SUDO_USER", "anne")
    monkeypatch.delenv("PTCE_ACTOR", raising=False)
    refused = run(capsys, "init", "gardens", "--lang", "en")
    assert (refused.code, "Make anne its first person?" in refused.err) == (2, True)
    begun = run(capsys, "init", "gardens", "--yes", "--lang", "en")
    assert "anne is enrolled as P-001, for the desk." in begun.out


@pytest.mark.sqlite("the ledger beside a folder is a file")
def test_no_ledger_begins_beside_the_checkpoints_of_another(
    outside: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = gardens(outside / "gardens", "en")
    (folder / "checkpoints").mkdir()
    (folder / "checkpoints" / "000000009.txt").write_text("a checkpoint", "utf-8")
    refused = run(capsys, "init", "gardens", "--lang", "en")
    assert (refused.code, "checkpoints of another ledger" in refused.err) == (1, True)
    (folder / "checkpoints" / "000000009.txt").unlink()
    assert run(capsys, "init", "gardens", "--lang", "en").code == 0
    assert run(capsys, "check", "gardens").code == 0
    config = folder / "config.toml"
    config.write_text(config.read_text("utf-8").replace('id = "', 'id = "not-', 1), "utf-8")
    told = run(capsys, "check", "gardens")
    assert (told.code, "The ledger beside this folder is that of" in told.out) == (2, True)
