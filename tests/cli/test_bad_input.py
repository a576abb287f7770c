"""Bad input at the keyboard: a clear error, the right exit code, and nothing half-written."""

import hashlib
import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cases import thinned
from tests.cli.lines import run
from tests.servers import by_hand, held, unguarded

pytestmark = pytest.mark.rehearsed

DOSSIERS = Path(__file__).resolve().parents[2] / "rehearsal" / "dossiers"
GOOD = DOSSIERS / "01-la-fabrique-du-larzac.toml"
MEGABYTES_50 = 50_000_000
Capture = pytest.CaptureFixture[str]


def rows(folder: Path) -> str:
    """Everything that the database holds, in a word: two alike are the same."""
    return hashlib.sha256(repr(held(folder)).encode()).hexdigest()


def said(err: str, *words: str) -> None:
    """The error is said to a person: in words, wherever each is, and without a traceback."""
    assert "Traceback" not in err
    flat = " ".join(err.split())
    for word in words:
        assert word in flat, err


def replaced(old: str, new: str) -> Callable[[], bytes]:
    def content() -> bytes:
        text = GOOD.read_text(encoding="utf-8")
        assert old in text
        return text.replace(old, new, 1).encode()

    return content


NAME = 'collective_name = "La Fabrique du Larzac"'
BAD_DOSSIERS: dict[str, tuple[Callable[[], bytes], tuple[str, ...]]] = {
    "truncated": (lambda: GOOD.read_bytes()[:700], ("15",)),
    "fifty megabytes": (lambda: b"#" * MEGABYTES_50, ()),
    "not text": (lambda: b"\xff\xfe\x00\x01", ("UTF-8",)),
    "a list": (lambda: b"dossier = [1, 2]\n", ()),
    "unknown sheet": (replaced("[dossier]", "[dosier]"), ("dosier", "dossier")),
    "unknown field": (
        replaced("collective_name", "colective_name"),
        ("colective_name", "collective_name"),
    ),
    "unknown column": (replaced("ess = true", "es = true"), ("ess",)),
    "wrong type": (replaced("prepared = false", 'prepared = "peut-être"'), ()),
    "ten thousand characters": (
        replaced(NAME, f'collective_name = "{"x" * 10_000}"'),
        ("Nom du collectif", "120"),
    ),
    "turned round": (replaced(NAME, 'collective_name = "La \\u202Efabrique"'), ("U+202E",)),
    "null": (replaced(NAME, 'collective_name = "La\\u0000fabrique"'), ("U+0000",)),
    "header": (replaced(NAME, 'collective_name = "A =?utf-8?q?=0ABcc:x?="'), ("=?",)),
    "not an address": (
        replaced("contact@la-fabrique-du-larzac.example", "contact.example"),
        ("Adresse électronique",),
    ),
    "ambiguous commune": (replaced('"Nant (12)"', '"Aigues-Vives"'), ("Aigues-Vives (",)),
    "unknown commune": (replaced('"Nant (12)"', '"Nannt (12)"'), ("Nant (12)",)),
}


@pytest.mark.parametrize("kind", thinned(BAD_DOSSIERS, 3))
def test_a_bad_dossier_opens_nothing(
    kind: str, begun: Path, tmp_path: Path, capsys: Capture
) -> None:
    content, words = BAD_DOSSIERS[kind]
    bad = tmp_path / "bad.toml"
    bad.write_bytes(content())
    before = rows(begun)
    ended = run(capsys, "add", str(GOOD), str(bad))
    assert ended.code == 2, ended.err
    said(ended.err, "bad.toml", *words)
    assert rows(begun) == before


def test_every_fault_of_a_dossier_is_told_at_once(
    begun: Path, tmp_path: Path, capsys: Capture
) -> None:
    """Three answers that cannot be recorded make three reasons, not one after the other."""
    bad = tmp_path / "bad.json"
    answers = {"collective_name": "\u0007", "contact_email": "nobody", "territory": ["Atlantide"]}
    bad.write_text(json.dumps({"dossier": answers}))
    ended = run(capsys, "add", str(bad))
    assert ended.code == 2
    said(ended.err, "U+0007", "nobody", "Atlantide")


def test_a_file_is_named_as_it_was_typed(begun: Path, capsys: Capture) -> None:
    """Two folders may hold files of one name."""
    for name in ("nowhere/dossier.toml", "nowhere/dossier.odt"):
        said(run(capsys, "add", name).err, name)


def test_a_dossier_added_twice_is_remarked_on(begun: Path, tmp_path: Path, capsys: Capture) -> None:
    """It is opened all the same: the two may be twins by right; another name is no twin."""
    assert run(capsys, "add", str(GOOD), "--lang", "en").err.count("same name") == 0
    again = run(capsys, "add", str(GOOD), str(GOOD), "--lang", "en")
    assert again.code == 0
    said(again.err, "C-002 has the same name and the same address as C-001", "C-003 has the same")
    other = tmp_path / "other.toml"
    other.write_bytes(replaced(NAME, 'collective_name = "Le Quai"')())
    moved = tmp_path / "moved.toml"
    moved.write_bytes(replaced("contact@la-fabrique", "autre@la-fabrique")())
    assert "same name" not in run(capsys, "add", str(other), str(moved), "--lang", "en").err


WRONG_LINES: dict[str, tuple[str, tuple[str, ...]]] = {
    "unknown reference": ("advance C-099 submit", ("C-099",)),
    "unknown transition": ("advance C-001 sumbit", ("sumbit", "submit")),
    "transition of another state": ("advance C-001 select", ("select", "C-001")),
    "day without its hour": (
        "receive C-001 dossier --at 2024-03-08",
        ("--at", "2024-03-08", "heure"),
    ),
    "no instant": ("receive C-001 dossier --at midi", ("midi",)),
    "receipt in the future": ("receive C-001 dossier --at 2030-01-01T00:00:00+01:00", ("2030",)),
    "reason left out": ("advance C-001 withdraw", ("--reason",)),
    "sheet that is closed": ("record C-001 review already_ptce=non", ("review.already_ptce",)),
    "field worked out": ("record C-001 dossier ess_members=3", ("ess_members",)),
    "panel's sheet": ("record C-001 cra innovation=3", ("ptce jury score",)),
    "marks before their time": ("jury score C-001 dreets innovation=3", ("C-001",)),
    "unknown state": ("list --state submited", ("submited", "submitted")),
    "unknown column": ("list --columns name,telefone", ("telefone", "Telephone")),
    "nobody to wait for": ("list --waiting bureaux", ("bureaux", "bureau")),
    "unknown role": ("people enrol X --role dsk", ("dsk", "desk")),
    "juror without institution": ("people enrol X --role jury", ("--institution",)),
    "unknown institution": ("people enrol X --role jury --institution drets", ("drets", "dreets")),
    "nobody": ("advance C-001 submit --as personne", ("personne", "ptce people enrol")),
}


@pytest.mark.parametrize("kind", thinned(WRONG_LINES, 3))
def test_a_wrong_line_changes_nothing(kind: str, begun: Path, capsys: Capture) -> None:
    line, words = WRONG_LINES[kind]
    assert run(capsys, "add", str(GOOD)).code == 0
    before = rows(begun)
    ended = run(capsys, *line.split())
    assert ended.code in (1, 2)
    said(ended.err, *words)
    assert not ended.out
    assert rows(begun) == before


@pytest.mark.parametrize(
    ("hour", "word"), [("2024-03-31T02:30:00", "2024-03-31"), ("2024-10-27T02:30:00", "2024-10-27")]
)
def test_an_hour_that_is_no_hour_is_told_in_the_folder(
    hour: str, word: str, begun: Path, capsys: Capture
) -> None:
    config = begun / "config.toml"
    text = config.read_text(encoding="utf-8").replace("at = 2024-04-05T18:00:00", f"at = {hour}")
    config.write_text(text, encoding="utf-8")
    ended = run(capsys, "check")
    assert ended.code == 2
    line = text[: text.index(f"at = {hour}")].count("\n") + 1
    said(ended.out, f"config.toml:{line}:1 · dates.scoring_end.at", word)


def test_a_misspelt_field_is_named_with_the_nearest(begun: Path, capsys: Capture) -> None:
    """`ptce check` names the file, the key, and what was meant."""
    file = begun / "states" / "submitted.toml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("dossier.territory.inside", "dossier.teritory.inside"))
    ended = run(capsys, "check")
    assert ended.code == 2
    said(
        ended.out,
        "states/submitted.toml:",
        ":1 · transitions.declare_eligible.rules.in_region.when",
        "dossier.teritory",
        "dossier.territory",
    )


def test_a_folder_that_differs_stops_the_desk_not_time(begun: Path, capsys: Capture) -> None:
    assert run(capsys, "add", str(GOOD)).code == 0
    config = begun / "config.toml"
    config.write_text(config.read_text(encoding="utf-8") + "\n# autre\n", encoding="utf-8")
    refused = run(capsys, "advance", "C-001", "submit")
    assert refused.code == 1
    said(refused.err, "ptce adopt")
    assert run(capsys, "tick").code == 0
    assert run(capsys, "list").code == 0


@pytest.mark.long
def test_adopting_needs_a_place_for_every_candidature(begun: Path, capsys: Capture) -> None:
    assert run(capsys, "add", str(GOOD)).code == 0
    states = begun / "states"
    shutil.move(states / "draft.toml", states / "sketch.toml")
    for file in (begun / "config.toml", *states.iterdir(), *begun.glob("notifications/*.md")):
        text = file.read_text(encoding="utf-8")
        # The state itself, and the first part of the whole name of a transition or rule.
        text = re.sub(r'"(entered\.)?draft(?=[".])', r'"\1sketch', text)
        file.write_text(text.replace("rules.draft.", "rules.sketch."), encoding="utf-8")
    before = rows(begun)
    refused = run(capsys, "adopt", "--reason", "x")
    assert refused.code == 1, refused.err
    said(refused.err, "draft", "C-001", "--map")
    assert rows(begun) == before
    assert run(capsys, "adopt", "--reason", "x", "--map", "draft=sketch").code == 0
    assert run(capsys, "verify").code == 0
    assert '"sketch"' in run(capsys, "list", "--json").out


@pytest.mark.long
def test_one_changed_byte_names_its_line(demo: Path, capsys: Capture) -> None:
    with by_hand(demo) as database, pytest.raises(Exception, match="append-only"):
        database.execute("UPDATE ledger SET line = x'00' WHERE n = 100")
    with unguarded(demo) as database:
        (content,) = database.execute("SELECT line FROM ledger WHERE n = 100").fetchone()
        changed = content.replace(b'"actor":"', b'"actor":"x')
        assert changed != content
        database.execute("UPDATE ledger SET line = ? WHERE n = 100", (changed,))
    ended = run(capsys, "verify", "--json")
    assert ended.code == 1
    findings = json.loads(ended.out)["findings"]
    assert 100 in {finding["line"] for finding in findings}
    told = run(capsys, "verify")
    assert told.code == 1
    assert "100" in told.out


def test_the_clock_is_set_by_hand_in_a_rehearsal_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    """Elsewhere PTCE_NOW would date the ledger falsely."""
    monkeypatch.setenv("PTCE_ACTOR", "bureau")
    assert run(capsys, "init", str(tmp_path / "true"), "--yes").code == 0
    monkeypatch.setenv("PTCE_NOW", "2024-02-27T09:00:00+01:00")
    ended = run(capsys, "list", "--contest", str(tmp_path / "true"))
    assert ended.code == 1
    said(ended.err, "PTCE_NOW", "--rehearsal")
