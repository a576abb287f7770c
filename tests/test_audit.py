"""The page on the ledger tells how to check one by hand: exactly its commands are run here."""

from __future__ import annotations

import re
import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import pytest

from tests.chronicle import giver, lived

__all__ = ["giver", "lived"]

PAGES = ("docs/ledger.md", "docs/en/ledger.md")
ROOT = Path(__file__).resolve().parents[1]
CHECKS = ["1 form", "2 chain", "3 head", "4 sides", "5 mails"]
TOOLS = ("bash", "jq", "sha256sum", "sqlite3")
pytestmark = pytest.mark.skipif(
    not all(map(shutil.which, TOOLS)), reason=f"needs {', '.join(TOOLS)}, as an auditor does"
)


def commands(page: str) -> str:
    """The commands that a page prints."""
    (block,) = re.findall(r"^```sh\n(.*?)^```$", (ROOT / page).read_text("utf-8"), re.M | re.S)
    return str(block)


def checked(database: Path, page: str = PAGES[0]) -> list[str]:
    """What the commands write about a database, in a folder of their own."""
    place = database.parent / "audit"
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    with closing(sqlite3.connect(database)) as source:
        source.execute(f"VACUUM INTO '{place / 'ptce.db'}'").close()
    done = subprocess.run(
        ["bash", "-c", commands(page)], cwd=place, capture_output=True, text=True, check=False
    )
    return [line for line in done.stdout.splitlines() if line in CHECKS]


@pytest.mark.parametrize("page", PAGES)
def test_a_sound_ledger(page: str, giver: Path) -> None:
    """Each check holds, on either page, and nothing is missing that was not erased."""
    assert checked(giver / "ptce.db", page) == CHECKS
    audit = giver / "audit"
    erased = [line.split()[1] for line in (audit / "erased").read_text("utf-8").splitlines()]
    with closing(sqlite3.connect(giver / "ptce.db")) as database:
        lines = [line for (line,) in database.execute("SELECT line FROM ledger")]
    assert bool(erased) == any(b"personal_data_erased" in line for line in lines)
    assert len((audit / "hashes").read_text("utf-8").splitlines()) == len(lines)


TAMPERINGS = {
    "edited": ("UPDATE ledger SET line = replace(line, 'P-001', 'P-009') WHERE n = 5", "2 chain"),
    "last": (
        """UPDATE ledger SET line = replace(line, '"at":"2', '"at":"1') """
        "WHERE n = (SELECT max(n) FROM ledger)",
        "3 head",
    ),
    "blanks": ("UPDATE ledger SET line = replace(line, ',', ', ') WHERE n = 5", "1 form"),
    "deleted": ("DELETE FROM ledger WHERE n = 5", "2 chain"),
    "cut": ("DELETE FROM ledger WHERE n > 20", "3 head"),
    "side": ("UPDATE side SET data = replace(data, 'a', 'b') WHERE n = 3", "4 sides"),
    "mail": ("UPDATE mail SET content = content || 'x'", "5 mails"),
    "mail gone": ("DELETE FROM mail", "5 mails"),
}


@pytest.mark.parametrize("how", TAMPERINGS)
def test_what_was_changed(how: str, giver: Path) -> None:
    """The check that it concerns does not hold."""
    statement, fails = TAMPERINGS[how]
    with closing(sqlite3.connect(giver / "ptce.db")) as database, database:
        triggers = database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        for (name,) in triggers.fetchall():
            database.execute(f"DROP TRIGGER {name}")
        assert database.execute(statement).rowcount
    assert fails not in checked(giver / "ptce.db")


def test_a_side_row_that_is_gone(giver: Path) -> None:
    """It is listed: no line tells that it was erased."""
    with closing(sqlite3.connect(giver / "ptce.db")) as database, database:
        database.execute("DELETE FROM side WHERE n = 3")
    assert checked(giver / "ptce.db") == CHECKS
    assert "sides/3 " in (giver / "audit" / "erased").read_text("utf-8")
