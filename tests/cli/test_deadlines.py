"""What falls due at the desk: the hour at which silence refuses, answers that are kept too long."""

import json
from pathlib import Path

import pytest

from tests.cli.lines import run
from tests.cli.posting import do
from tests.cli.test_untold import told
from tests.contests.test_jardins import begun

__all__ = ["begun"]

Capture = pytest.CaptureFixture[str]
SILENCE = (
    'silence = { label = "Refus implicite", at = "received.dossier + 2 months at 18:00", '
    'alarm = ["draft"], choice = "deux mois sans réponse" }\n'
)
DIGEST = """+++
to = "desk"
about = "contest"
daily = "08:30"
+++
# Point du jour

{% for task in digest.tasks %}
## {{ task.title }}

{% for one in task.things %}
- {{ one }}
{% endfor %}
{% endfor %}
"""


@pytest.fixture
def silent(begun: Path) -> Path:
    """The contest in which silence refuses two months after a receipt; C-003 has its answer."""
    config, dossier = begun / "config.toml", begun / "sheets" / "dossier.toml"
    config.write_text(
        config.read_text("utf-8").replace("[dates]\n", f"[dates]\n{SILENCE}"), "utf-8"
    )
    kept = 'kept_until = "date.results + 2 years"\n'
    dossier.write_text(kept + dossier.read_text("utf-8"), "utf-8")
    (begun / "notifications" / "digest.md").write_text(DIGEST, "utf-8")
    do("adopt", "--reason", "le silence vaut refus")
    do("advance", "C-003", "admit")
    return begun


def test_the_hour_at_which_silence_refuses(
    silent: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    due = "Refus implicite, samedi 1 mai 2027 à 18 h"
    assert due in told(capsys, "show", "C-001").replace("1er", "1")
    assert "Refus implicite" not in told(capsys, "show", "C-003")
    assert "C-001 Tilleuls : Refus" not in told(capsys, "today"), "two months ahead it is no news"
    assert "Refus implicite C-001" in told(capsys, "calendar")
    alarms = json.loads(run(capsys, "calendar", "--json").out)["alarms"]
    assert [(one["ref"], one["date"]) for one in alarms] == [
        ("C-001", "silence"),
        ("C-002", "silence"),
    ]
    for now, far in (("2027-04-26", "dans 5 jours"), ("2027-05-04", "il y a 3 jours")):
        monkeypatch.setenv("PTCE_NOW", f"{now}T10:00:00+02:00")
        assert f"C-001 Tilleuls : {due} ({far})" in told(capsys, "today").replace("1er", "1")
    briefs = json.loads(run(capsys, "list", "--json").out)
    assert [[one["days"] for one in brief["alarms"]] for brief in briefs] == [[-3], [-3], []]
    do("advance", "C-001", "admit")
    listed = told(capsys, "today")
    assert "C-002 Saules : Refus implicite" in listed
    assert "C-001 Tilleuls : Refus implicite" not in listed


def test_the_desk_reads_it_in_the_morning(
    silent: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    do("people", "enrol", "Zoé", "--role", "desk", "--login", "zoe", "--email", "z@lodeve.example")
    for now, far in (("2027-04-26", "dans 5 jours"), ("2027-05-04", "il y a 3 jours")):
        monkeypatch.setenv("PTCE_NOW", f"{now}T10:00:00+02:00")
        listed = json.loads(run(capsys, "mail", "list", "--notification", "digest", "--json").out)
        said = told(capsys, "mail", "show", listed[0]["message"]).replace("1er", "1")
        assert f"C-001 Tilleuls : Refus implicite, samedi 1 mai 2027 à 18 h ({far})" in said


def test_answers_that_are_kept_too_long(
    silent: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The calendar says until when they are kept, and `doctor` that this has passed."""
    assert "à effacer : Demande 3 jardins" in told(capsys, "calendar")
    assert "rien n’est conservé trop longtemps" in told(capsys, "doctor")
    monkeypatch.setenv("PTCE_NOW", "2029-04-12T10:00:00+02:00")
    assert "3 jardins, à effacer depuis le lundi 9 avril 2029" in told(capsys, "doctor")
    do("people", "enrol", "Zoé", "--role", "desk", "--login", "zoe", "--email", "z@lodeve.example")
    listed = json.loads(run(capsys, "mail", "list", "--notification", "digest", "--json").out)
    assert "Réponses à effacer (1) - Demande : 3" in told(
        capsys, "mail", "show", listed[0]["message"]
    )


def test_what_does_not_stand(begun: Path, capsys: Capture) -> None:
    """A state that there is not, and an instant that cannot be."""
    config = begun / "config.toml"
    wrong = SILENCE.replace('"draft"', '"drft"')
    config.write_text(config.read_text("utf-8").replace("[dates]\n", f"[dates]\n{wrong}"), "utf-8")
    sheet = begun / "sheets" / "dossier.toml"
    sheet.write_text('kept_until = "date.nope"\n' + sheet.read_text("utf-8"), "utf-8")
    ended = run(capsys, "check", "--lang", "en")
    assert ended.code == 2
    assert 'Did you mean "draft"?' in ended.out
    assert '"nope" does not exist.' in ended.out


def test_the_first_deadline_stands_first(silent: Path, capsys: Capture) -> None:
    config = silent / "config.toml"
    earlier = SILENCE.replace("silence =", "reminder =").replace("2 months", "1 month")
    assert earlier != SILENCE
    config.write_text(config.read_text("utf-8").replace(SILENCE, SILENCE + earlier), "utf-8")
    do("adopt", "--reason", "x")
    alarms = json.loads(run(capsys, "calendar", "--json").out)["alarms"]
    assert [(one["date"], one["ref"]) for one in alarms] == [
        ("reminder", "C-001"),
        ("reminder", "C-002"),
        ("silence", "C-001"),
        ("silence", "C-002"),
    ]
