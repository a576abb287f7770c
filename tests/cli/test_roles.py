"""What each role may not do: refused for the role, and nothing is recorded.

`test_auditor.py` tries every command on the played contest; here each guard is held quickly.
"""

import re
import shlex
from pathlib import Path

import pytest

from tests.cli.lines import run
from tests.cli.posting import do
from tests.servers import held

FOR_THE_DESK = (
    "adopt --reason x",
    'add --name "Un autre" --email autre@collectif.example',
    "advance C-001 withdraw --reason x --yes",
    "checkpoint --rotate-key --reason x",
    "clock --accept --reason x",
    "deliberate --present sgar,dreets,region --chair sgar --yes",
    "convene --at 2024-10-01T14:00:00+02:00",
    "erase C-001 --reason x --yes",
    "mail drop M-001 --reason x",
    "mail edit M-001 --from config.toml",
    "mail release M-001 --yes",
    "mail resolve M-001 --drop --reason x",
    "mail resume",
    "mail resolve M-001 --resend",
    "note C-001 x",
    "people enrol X --role desk",
    "people leave P-001",
    "receive C-001 dossier",
    "record C-001 dossier collective_name=Autre",
)
NOT_FOR_AN_AUDITOR = (
    "checkpoint",
    "jury declare C-001 --none --institution sgar",
    "jury recuse C-001 sgar --reason x",
    "run --every 1",
    "tick",
)
NOT_FOR_THE_JURY = ("audit", "erase --due", "export ../out", "replay --html ../page.html")
FOR_THE_ROLE = re.compile(
    "Refused: (An auditor looks|Only the desk|This person may not|Only those who may read every)"
)


@pytest.mark.parametrize(
    ("role", "lines"), [("auditor", NOT_FOR_AN_AUDITOR), ("jury", NOT_FOR_THE_JURY)]
)
def test_what_is_not_for_a_role_is_refused(
    role: str, lines: tuple[str, ...], contest: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    seat = ("--institution", "sgar") if role == "jury" else ()
    do("people", "enrol", "X", "--role", role, "--login", "other", *seat)
    before = held(contest)
    for line in (*FOR_THE_DESK, *lines):
        ended = run(capsys, *shlex.split(line), "--as", "other", "--lang", "en")
        assert ended.code == 1, line
        assert FOR_THE_ROLE.match(ended.err), (line, ended.err)
    assert held(contest) == before
