"""The agenda of a sitting in a file: every key known and of its kind, or told with its place."""

from datetime import datetime
from pathlib import Path

import pytest

from ptce_workflow.base.errors import Misuse
from ptce_workflow.office.forms.answer_file import read_agenda
from ptce_workflow.process.panel import Agenda, Deviation, VotedOrder
from tests.cases import cases

pytestmark = pytest.mark.usefixtures("in_english")

WHOLE = """
sitting = "vote"
present = ["north", "south", "east"]
chair = "north"
place = "Town hall"
opened = "2024-04-09T14:00+02:00"

[proxies]
west = "east"

[dissent]
east = "Trop peu d’eau."

[deviations.C-007]
transition = "wait"
ayes = ["north", "south"]
noes = ["east"]
reason = "Déjà aidé."

[orders.last_place]
refs = ["C-003", "C-002"]
ayes = ["north"]
reason = "Le plus mûr."

[reasons]
C-009 = "Hors sujet."
"""


def hour(text: str, key: str) -> datetime:
    """An hour as the file has it."""
    assert key in ("opened", "closed")
    return datetime.fromisoformat(text)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "agenda.toml"


def test_whole(file: Path) -> None:
    """All that an agenda may hold."""
    file.write_text(WHOLE, "utf-8")
    assert read_agenda(file, hour) == Agenda(
        present=("north", "south", "east"),
        sitting="vote",
        chair="north",
        place="Town hall",
        opened=datetime.fromisoformat("2024-04-09T14:00+02:00"),
        proxies={"west": "east"},
        dissent={"east": "Trop peu d’eau."},
        deviations=(Deviation("C-007", "wait", "Déjà aidé.", ("north", "south"), ("east",)),),
        orders=(VotedOrder(("C-003", "C-002"), "Le plus mûr.", ("north",), ()),),
        reasons={"C-009": "Hors sujet."},
    )


def test_least(file: Path) -> None:
    """Who is there is enough; a chair left empty is none."""
    file.write_text('present = ["north"]\nchair = ""\n', "utf-8")
    assert read_agenda(file, hour) == Agenda(present=("north",))


@pytest.mark.parametrize(
    ("text", "told"),
    cases(r"""
        "" | empty
        chair = "north" | does not say who is present
        present = "north" | "present" is not
        present = [1] | "present" is not
        present = []\nchair = 1 | "chair" is not
        present = []\nchairs = 1 | no key "chairs"
        present = []\ndeviations = [] | "deviations" is not
        present = []\n[[deviations]]\nref = 1 | "deviations" is not
        present = []\n[deviations]\nC-007 = 1 | "deviations.C-007" is not
        present = []\n[deviations.C-007] | "deviations.C-007.transition" is not
        present = []\n[deviations.C-007]\nto = 1 | no key "deviations.C-007.to"
        present = []\n[deviations.C-007]\ntransition = "wait"\nayes = "north"
            | "deviations.C-007.ayes" is not
        present = []\n[deviations.C-007]\ntransition = "wait"\nreason = 1
            | "deviations.C-007.reason" is not
        present = []\n[orders.a] | "orders.a.refs" is not
        present = []\n[orders.a]\nref = [] | no key "orders.a.ref"
        present = []\n[reasons]\nC-009 = 1 | "reasons.C-009" is not
        present = [ | The file ends at line 1
        present = []\npresent = [] | from line 2
    """),
)
def test_refused(file: Path, text: str, told: str) -> None:
    """What cannot be read is told by its key, and by the name of its file."""
    file.write_text(text, "utf-8")
    with pytest.raises(Misuse, match=told) as refused:
        read_agenda(file, hour)
    assert "agenda.toml" in refused.value.what


def test_the_nearest_key(file: Path) -> None:
    """A key that is misspelt is answered with the one that was meant."""
    file.write_text("presnt = []\npresent = []", "utf-8")
    with pytest.raises(Misuse) as refused:
        read_agenda(file, hour)
    assert '"present"' in refused.value.mend


@pytest.mark.parametrize("content", [b"\xff\xfe", b"present = ['\xe9']", b"a = 1\0"])
def test_no_text(file: Path, content: bytes) -> None:
    """What is no text in UTF-8 is refused in words."""
    file.write_bytes(content)
    with pytest.raises(Misuse, match="agenda"):
        read_agenda(file, hour)


def test_not_there(file: Path) -> None:
    """A file that does not exist is told so."""
    with pytest.raises(Misuse, match="no such file"):
        read_agenda(file, hour)
