"""The pages and the units for running unattended say what the program says and takes today."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from configparser import ConfigParser
from dataclasses import fields
from pathlib import Path

import pytest

from ptce_workflow.mail.settings import MailSettings
from ptce_workflow.scheduler.passes import RunStatus

ROOT = Path(__file__).resolve().parents[1]
DEPLOY = ROOT / "docs" / "deploy"
PAGES = (DEPLOY / "README.md", ROOT / "docs" / "en" / "deploy.md")
SERVICES = ("ptce-run.service", "ptce-tick.service")


def unit(name: str) -> ConfigParser:
    """A unit of systemd, which is nearly an INI file; of a key given twice the last one counts."""
    parser = ConfigParser(strict=False, interpolation=None, comment_prefixes=("#",))
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read(DEPLOY / name, "utf-8")
    return parser


def minutes(text: str) -> int:
    """A length of time as the units write it."""
    assert text.endswith("min")
    return int(text.removesuffix("min"))


@pytest.mark.parametrize("name", SERVICES)
def test_a_unit_starts_a_command_that_there_is(name: str) -> None:
    """What systemd starts is taken by the command line, option by option."""
    program, *words = shlex.split(unit(name)["Service"]["ExecStart"])
    assert program.endswith("/bin/ptce")
    command = [sys.executable, "-m", "ptce_workflow", *words, "--help"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("name", SERVICES)
def test_a_unit_lets_a_round_end(name: str) -> None:
    """Nothing is cut short that a slow mail server could still accept."""
    slowest = MailSettings.model_fields["data_timeout_s"].default
    assert minutes(unit(name)["Service"]["TimeoutStopSec"]) * 60 > slowest


def test_the_units_are_hardened_alike() -> None:
    """What one service may not do, the other may not either."""
    run, tick = (dict(unit(name)["Service"]) for name in SERVICES)
    own = {"Type", "ExecStart", "Restart", "RestartSec", "KillSignal", "TimeoutStartSec"}
    own |= {"RuntimeDirectory", "RuntimeDirectoryMode"}
    shared = [{key: one[key] for key in one if key not in own} for one in (run, tick)]
    assert shared[0] == shared[1]
    assert shared[0]["ProtectSystem"] == "strict"


def test_the_timer_sets_off_the_service() -> None:
    """The timer and the service it sets off bear one name; only the timer is enabled."""
    assert (DEPLOY / "ptce-tick.timer").is_file()
    assert "Install" in unit("ptce-tick.timer")
    assert "Install" not in unit("ptce-tick.service")


@pytest.mark.parametrize("page", PAGES, ids=("fr", "en"))
def test_a_page_knows_every_event_and_key(page: Path) -> None:
    """Every event of the log and every key of the health file is explained."""
    sources = (ROOT / "ptce_workflow" / "scheduler").glob("*.py")
    told = {
        event
        for source in sources
        for event in re.findall(r'\.tell\(\s*"(\w+)"', source.read_text("utf-8"))
    }
    assert len(told) > 5
    keys = {"at", *(field.name for field in fields(RunStatus))}
    text = page.read_text("utf-8")
    assert [name for name in sorted(told | keys) if f"`{name}`" not in text] == []


@pytest.mark.parametrize("page", PAGES, ids=("fr", "en"))
def test_links_lead_somewhere(page: Path) -> None:
    """Every file that a page links to is there."""
    links = re.findall(r"\]\(([^)]+)\)", page.read_text("utf-8"))
    assert len(links) > 3
    assert [link for link in links if not (page.parent / link).exists()] == []
