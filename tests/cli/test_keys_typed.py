"""The keys typed at the desk for one dossier: as a file in TOML, by hand, and as it arrives."""

import json
import shlex
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

import ptce_workflow.cli.editor as editor
from ptce_workflow.office.forms.blank import questionnaire
from rehearsal.filling import filled
from rehearsal.mailbox import ARRIVALS, Arrival, _mail, answers, the_blank, the_process
from tests.cli.lines import run
from tests.cli.posting import do

pytestmark = pytest.mark.long
RECEIPT = """
[receipt]
entry = ["mx.cress.example"]
inner = ["mail.cress.example"]
networks = ["192.0.2.0/28"]
"""
MEMBERS = ("Les Cardeurs", "La Filature", "Le Rucher")
SHORT: Mapping[str, Any] = {
    "collective_name": "Les Cèdres bleus",
    "contact_email": "contact@cedres.example",
    "territory": ["Millau", "Nant"],
    "members": [{"name": name, "kind": "ess_enterprise", "ess": True} for name in MEMBERS],
    "themes": ["crafts", "employment"],
    "networks": "Aucun encore.",
    "prepared": False,
}
"""A dossier of three members, without its long texts."""
FILE = """[dossier]
collective_name = "Les Cèdres bleus"
contact_email = "contact@cedres.example"
"""
COMMANDS = (
    'ptce add cedres.toml --at "2 mars 15h11" --evidence cedres.eml',
    'ptce record C-001 dossier "territory=Millau ; Nant" "themes=crafts ; employment"',
    *(
        f'ptce record C-001 dossier "members[{number}].name={name}" '
        f'"members[{number}].kind=ess_enterprise" "members[{number}].ess=oui"'
        for number, name in enumerate(MEMBERS, 1)
    ),
    'ptce record C-001 dossier "networks=Aucun encore." prepared=non',
)


class Sent(Arrival):
    """A mail whose form holds the short dossier."""

    @property
    def answers(self) -> Mapping[str, Any]:
        return SHORT


@pytest.fixture(autouse=True)
def desk(begun: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The desk in the folder of the contest, which knows its own mail servers."""
    with (begun / "local.toml").open("a", encoding="utf-8") as settings:
        settings.write(RECEIPT)
    monkeypatch.setenv("PTCE_NOW", "2024-03-06T09:00:00+01:00")
    monkeypatch.chdir(begun)
    return begun


def typed(*lines: str) -> int:
    """Types lines at the keyboard, and counts the keys: each ends with one."""
    for line in lines:
        do(*shlex.split(line)[1:])
    return sum(len(line) + 1 for line in lines)


def saved(arrival: Arrival, file: str, given: Mapping[str, Any]) -> None:
    """Saves the mail of an arrival, with the form that says so."""
    form = filled(the_blank(), questionnaire(the_process(), "dossier", "fr"), given)
    Path(file).write_bytes(_mail(arrival, form))


def facts(capsys: pytest.CaptureFixture[str], ref: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run(capsys, "show", ref, "--json").out)["facts"]
    return found


def test_a_whole_dossier(capsys: pytest.CaptureFixture[str]) -> None:
    """The same answers: by a file of 2,500 characters, and by one line."""
    number = 3
    arrival = next(one for one in ARRIVALS if one.number == number)
    dossier = next((Path(__file__).parents[2] / "rehearsal/dossiers").glob("03-*.toml"))
    file = dossier.read_text("utf-8").partition("[dossier]\n")
    Path("commun.toml").write_text(f"{file[1]}{file[2]}", "utf-8")
    saved(arrival, "commun.eml", answers(number))
    when = f"{arrival.at:%d/%m/%Y %H:%M}"
    now = typed("ptce add commun.eml --yes")
    before = len(file[1]) + len(file[2])
    before += typed(f'ptce add commun.toml --at "{when}" --evidence commun.eml')
    assert facts(capsys, "C-001") == facts(capsys, "C-002")
    assert (before, now) == (2552, 26)


def test_a_short_one(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Three members and no long text: command by command, in an editor, and as it arrives."""
    arrival = Sent(1, ARRIVALS[0].at)
    saved(arrival, "cedres.eml", SHORT)
    Path("cedres.toml").write_text(FILE, "utf-8")
    # A file proves one arrival: the same dossier typed again has a proof of its own.
    Path("cedres.txt").write_text("Les Cèdres bleus", "utf-8")
    before = len(FILE) + typed(*COMMANDS)
    now = typed("ptce add cedres.eml --new --yes") - len(" --new")
    assert facts(capsys, "C-001") == facts(capsys, "C-002")
    keys: list[int] = []
    monkeypatch.setattr(editor, "must_be_here", lambda *_asked: None)
    monkeypatch.setattr(editor, "_run", lambda words: keys.append(_fill(Path(words[-1]))))
    monkeypatch.setenv("VISUAL", "editor")
    by_hand = typed(
        'ptce add --name "Les Cèdres bleus" --email contact@cedres.example '
        '--at "2 mars 15h11" --evidence cedres.txt',
        "ptce record C-003 --edit",
    )
    assert facts(capsys, "C-001") == facts(capsys, "C-003")
    assert (before, by_hand + sum(keys), now) == (625, 270, 26)
    assert run(capsys, "verify").code == 0


def _fill(file: Path) -> int:
    """Types the answers where they belong; how many keys that takes, moving about left out."""
    text = file.read_text("utf-8")
    row = '{ name = "", kind = "", ess = "", siret = "" }'
    count = 0
    edits: Sequence[tuple[str, Callable[[str], str]]] = (
        ("territory = [", lambda at: f'{at}"Millau", "Nant"'),
        ("themes = [", lambda at: f'{at}"crafts", "employment"'),
    )
    for place, typed_there in edits:
        new = typed_there(place)
        assert text.count(place) == 1
        text, count = text.replace(place, new), count + len(new) - len(place)
    for name in MEMBERS:
        new = row.replace('name = ""', f'name = "{name}"', 1)
        new = new.replace('kind = ""', 'kind = "ess_enterprise"').replace('ess = ""', 'ess = "oui"')
        text, count = text.replace(row, new, 1), count + len(new) - len(row)
    for old, new in (('networks = """\n', "Aucun encore."), ('prepared = "', "non")):
        assert text.count(old) == 1
        text, count = text.replace(old, old + new), count + len(new)
    file.write_text(text, "utf-8")
    return count
