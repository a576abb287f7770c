"""The page on reliability shows every fault of a mail server, and that none did any harm."""

import pytest

from faults.answers import FAULTS
from tools.pages.reliability import holes


@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_fault_of_a_mail_server(language: str) -> None:
    rows = holes(language)["answers"]
    assert [row["what"] for row in rows] == [fault.name for fault in FAULTS]
    harm = ("lost", "doubled", "mistaken", "failures")
    assert [row["what"] for row in rows if any(row[name] for name in harm)] == []
    assert all(row["said"]["tick"] for row in rows)
