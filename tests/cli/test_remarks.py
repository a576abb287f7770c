"""What a person should look at in what was just written; nothing is decided by it."""

import json
from pathlib import Path

import pytest

from tests.cli.lines import run
from tests.cli.test_bad_input import GOOD, NAME, replaced, said

Capture = pytest.CaptureFixture[str]
MEMBER = '{ name = "Filature de Combe Noire", kind = "enterprise", ess = false }'


def test_a_name_close_to_that_of_a_known_ptce_is_told(
    begun: Path, tmp_path: Path, capsys: Capture
) -> None:
    known = tmp_path / "known.toml"
    known.write_bytes(replaced(NAME, 'collective_name = "PTCE des Herbes-Folles"')())
    ended = run(capsys, "add", str(known), "--lang", "fr")
    assert ended.code == 0
    said(ended.err, "C-001 : un PTCE connu porte un nom voisin : « Les Herbes Folles » (Toulouse")
    assert "connu" not in run(capsys, "add", str(GOOD), "--lang", "fr").err


def test_doubtful_answers_are_told_when_they_are_written_and_not_again(
    begun: Path, tmp_path: Path, capsys: Capture
) -> None:
    odd = tmp_path / "odd.toml"
    row = '{ name = "Association Filature", kind = "ess_enterprise", ess = false }'
    odd.write_bytes(replaced(MEMBER, row)())
    ended = run(capsys, "add", str(odd), "--lang", "en")
    said(
        ended.err, 'C-001, Member structures: row 3, social economy: no: "association" in the name'
    )
    said(ended.err, "row 3: A social economy enterprise, but not of the social economy.")
    phone = run(capsys, "record", "C-001", "dossier", "contact_phone=05 61 00 00 00")
    assert (phone.code, "row 3" in phone.err) == (0, False)
    mended = run(capsys, "record", "C-001", "dossier", "members[3].ess=yes", "--lang", "en")
    assert (mended.code, "row 3" in mended.err) == (0, False)
    across = run(capsys, "record", "C-001", "dossier", "territory=EPCI 248400251", "--lang", "en")
    said(across.err, "CA du Grand Avignon (COGA) straddles regions. Its 16 communes: Occitanie 7")
    shown = json.loads(run(capsys, "show", "C-001", "--json").out)
    assert shown["ref"] == "C-001"
    assert run(capsys, "verify").code == 0
